//! Addresses as people paste them: `mqtt://user@host:1883`, `host:1883`, `host`.

use serde::Serialize;
use url::{Host, Url};

use crate::{Failure, FailureCode};

/// Port of MQTT over TCP, registered with IANA.
pub const MQTT_PORT: u16 = 1883;

/// The parts of an address.
#[derive(Clone, Eq, PartialEq, Serialize, specta::Type)]
pub struct Address {
    /// Name or address; an IPv6 address without brackets.
    pub host: String,
    /// 1883 when the address names none.
    pub port: u16,
    /// From `user@` or `user:password@`.
    pub username: Option<String>,
    /// From `user:password@`.
    pub password: Option<String>,
}

impl std::str::FromStr for Address {
    type Err = Failure;

    fn from_str(input: &str) -> Result<Self, Failure> {
        let text = input.trim();
        let invalid = |reason: &str| {
            let shown = without_password(text);
            let message = format!("`{shown}` is not an address: {reason}");
            Failure::new(FailureCode::InvalidAddress, message)
                .hint("Write it as mqtt://host:1883 or host:1883.")
                .detail("address", shown)
                .detail("reason", reason)
        };
        let with_scheme =
            if text.contains("://") { text.to_owned() } else { format!("mqtt://{text}") };
        let url = Url::parse(&with_scheme).map_err(|error| invalid(&error.to_string()))?;
        match url.scheme() {
            "mqtt" | "tcp" => {}
            "mqtts" | "ssl" | "tls" | "ws" | "wss" => {
                return Err(invalid(&format!(
                    "{}:// is not supported in this version, only mqtt:// is",
                    url.scheme()
                )));
            }
            other => return Err(invalid(&format!("{other}:// is not MQTT"))),
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(invalid("nothing may follow the port"));
        }
        let host = match url.host() {
            Some(Host::Domain(name)) if !name.is_empty() => decode(name),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            _ => return Err(invalid("the host is missing")),
        };
        if host.contains(char::is_whitespace) {
            return Err(invalid("a host has no spaces"));
        }
        if url.port() == Some(0) {
            return Err(invalid("port 0 cannot be reached"));
        }
        Ok(Self {
            host,
            port: url.port().unwrap_or(MQTT_PORT),
            username: (!url.username().is_empty()).then(|| decode(url.username())),
            password: url.password().map(decode),
        })
    }
}

/// The address as it may be shown, logged and copied into a report: `user:…@host`.
fn without_password(text: &str) -> String {
    let Some((before, host)) = text.rsplit_once('@') else { return text.to_owned() };
    let start = before.find("://").map_or(0, |at| at + 3);
    match before[start..].find(':') {
        Some(at) => format!("{}:…@{host}", &before[..start + at]),
        None => text.to_owned(),
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Address")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("username", &self.username)
            .field("password", &self.password.as_ref().map(|_| "…"))
            .finish()
    }
}

fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> (String, u16) {
        let address: Address = text.parse().unwrap();
        (address.host, address.port)
    }

    #[test]
    fn host_and_port_are_found_in_every_way_people_write_them() {
        for (text, host, port) in [
            ("mqtt://broker.example:1884", "broker.example", 1884),
            ("tcp://broker.example:1884/", "broker.example", 1884),
            ("broker.example:1884", "broker.example", 1884),
            ("  broker.example ", "broker.example", 1883),
            ("127.0.0.1", "127.0.0.1", 1883),
            ("mqtt://[::1]:1885", "::1", 1885),
            ("[::1]", "::1", 1883),
            ("raspberry_pi:1883", "raspberry_pi", 1883),
        ] {
            assert_eq!(parse(text), (host.to_owned(), port), "{text}");
        }
    }

    #[test]
    fn user_and_password_are_decoded() {
        let address: Address = "mqtt://plant%40brno:p%3Aw@host".parse().unwrap();

        assert_eq!(address.username.as_deref(), Some("plant@brno"));
        assert_eq!(address.password.as_deref(), Some("p:w"));
    }

    #[test]
    fn a_password_is_never_in_a_failure_or_a_debug_text() {
        for text in ["mqtts://ada:p@ss:w0rd@host", "ada:p@ss:w0rd@host:0"] {
            let failure = text.parse::<Address>().unwrap_err();

            let said = format!("{failure:?}");
            assert!(said.contains("ada:…@host") && !said.contains("w0rd"), "{said}");
        }
        let address: Address = "ada:w0rd@host".parse().unwrap();
        assert!(!format!("{address:?}").contains("w0rd"));
    }

    #[test]
    fn what_is_not_an_mqtt_address_is_refused_with_the_reason() {
        for (text, reason) in [
            ("", "the host is missing"),
            ("mqtts://host", "mqtts:// is not supported in this version, only mqtt:// is"),
            ("http://host", "http:// is not MQTT"),
            ("host:0", "port 0 cannot be reached"),
            ("host:99999", "invalid port number"),
            ("mqtt://host/topic", "nothing may follow the port"),
        ] {
            let failure = text.parse::<Address>().unwrap_err();

            assert_eq!(failure.code, FailureCode::InvalidAddress);
            assert_eq!(failure.details["reason"], reason, "{text}");
        }
    }
}
