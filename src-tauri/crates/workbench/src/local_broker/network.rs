//! The addresses of this computer, and how a client writes those of a listener.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::views::{ListenerProtocol, ListenerUrl, NetworkAddress};

/// The addresses another device could use, wired and wireless ones first.
pub(crate) fn addresses() -> Vec<NetworkAddress> {
    let Ok(interfaces) = if_addrs::get_if_addrs() else { return Vec::new() };
    let mut found: Vec<_> = interfaces
        .into_iter()
        .filter(|interface| !interface.is_loopback())
        .filter_map(|interface| match interface.ip() {
            // The listeners are bound to IPv4; link-local addresses reach nobody's phone.
            IpAddr::V4(address) if !address.is_link_local() => Some((interface.name, address)),
            IpAddr::V4(_) | IpAddr::V6(_) => None,
        })
        .collect();
    // Bridges of containers and virtual machines are seldom what a device can reach.
    found.sort_by_key(|(name, address)| (is_virtual(name), !address.is_private()));
    found
        .into_iter()
        .map(|(interface, address)| NetworkAddress { interface, address: address.to_string() })
        .collect()
}

fn is_virtual(interface: &str) -> bool {
    ["docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "tun", "tap", "utun"]
        .iter()
        .any(|start| interface.starts_with(start))
}

/// What to paste into a client: on this computer, then on each network the listener is open to.
pub(super) fn urls(protocol: ListenerProtocol, bound: SocketAddr, path: &str) -> Vec<ListenerUrl> {
    let scheme = match protocol {
        ListenerProtocol::Tcp => "mqtt",
        ListenerProtocol::Tls => "mqtts",
        ListenerProtocol::Ws => "ws",
        ListenerProtocol::Wss => "wss",
    };
    let path = match protocol {
        ListenerProtocol::Tcp | ListenerProtocol::Tls => "",
        ListenerProtocol::Ws | ListenerProtocol::Wss if path.is_empty() => "/",
        ListenerProtocol::Ws | ListenerProtocol::Wss => path,
    };
    let url = |host: &str, interface| ListenerUrl {
        url: format!("{scheme}://{host}:{}{path}", bound.port()),
        interface,
    };
    if !bound.ip().is_unspecified() {
        let host = match bound.ip() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        };
        return vec![url(&host, None)];
    }
    let here = url(&Ipv4Addr::LOCALHOST.to_string(), None);
    let there = addresses().into_iter().map(|found| url(&found.address, Some(found.interface)));
    std::iter::once(here).chain(there).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_written_as_a_client_wants_it() {
        let written = |protocol, address: &str, path| {
            urls(protocol, address.parse().unwrap(), path)[0].url.clone()
        };

        assert_eq!(
            written(ListenerProtocol::Tcp, "127.0.0.1:1883", "/mqtt"),
            "mqtt://127.0.0.1:1883"
        );
        assert_eq!(written(ListenerProtocol::Wss, "[::1]:9002", "/mqtt"), "wss://[::1]:9002/mqtt");
        assert_eq!(written(ListenerProtocol::Ws, "127.0.0.1:1", ""), "ws://127.0.0.1:1/");
        assert_eq!(written(ListenerProtocol::Tls, "0.0.0.0:8883", ""), "mqtts://127.0.0.1:8883");
    }
}
