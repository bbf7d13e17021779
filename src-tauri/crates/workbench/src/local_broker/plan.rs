//! Everything a start of the broker needs, in its own terms.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::NonZeroU16,
    path::PathBuf,
    time::Duration,
};

use broker::{AccessRules, BrokerConfig, FaultRule, Limits};

use crate::views::{
    BrokerLimits, BrokerSettings, CertificateSource, ClientCertificates, ListenerProtocol,
};

/// What to start.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Where to listen.
    pub listeners: Vec<PlannedListener>,
    /// What TLS listeners show and trust.
    pub tls: TlsPlan,
    /// Who may do what.
    pub access: AccessRules,
    /// What goes wrong on purpose.
    pub faults: Vec<FaultRule>,
    /// What only a new start can change.
    pub fixed: Fixed,
    /// Whether `$SYS/#` is published.
    pub sys_topics: bool,
}

/// A listener to start.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PlannedListener {
    /// Unique in a plan.
    pub id: String,
    /// Where; port 0 takes a free one.
    pub address: SocketAddr,
    /// What it speaks.
    pub protocol: ListenerProtocol,
    /// Of a WebSocket; empty takes any.
    pub path: String,
    /// Whether clients show certificates.
    pub client_certificates: ClientCertificates,
    /// Whether the common name of a client certificate is its user name.
    pub common_name_is_user: bool,
}

/// What TLS listeners show and trust.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TlsPlan {
    /// Where their certificate comes from.
    pub source: CertificateSource,
    /// Whose client certificates are accepted; those of the broker's own authority without one.
    pub client_authority: Option<PathBuf>,
    /// Where the broker's own authority is kept; without a folder it ends with the broker.
    pub folder: Option<PathBuf>,
}

/// What only a new start can change.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Fixed {
    /// Where retained messages and sessions are kept; in memory only without a folder.
    pub store: Option<PathBuf>,
    /// Whether a payload that says it is UTF-8 is checked.
    pub check_payload_format: bool,
    /// Whether topics are abbreviated for 5.0 clients that allow it.
    pub topic_aliases: bool,
    /// Whether the packets of each client are logged.
    pub packet_log: bool,
    /// The bounds.
    pub limits: BrokerLimits,
}

impl PlannedListener {
    /// MQTT over TCP without anything special.
    pub fn tcp(address: SocketAddr) -> Self {
        Self::new(ListenerProtocol::Tcp, address)
    }

    /// A listener for `protocol` with the defaults.
    pub fn new(protocol: ListenerProtocol, address: SocketAddr) -> Self {
        Self {
            id: format!("{protocol:?} {address}"),
            address,
            protocol,
            path: "/mqtt".into(),
            client_certificates: ClientCertificates::Off,
            common_name_is_user: false,
        }
    }

    /// Whether it speaks TLS.
    pub(super) const fn is_tls(&self) -> bool {
        matches!(self.protocol, ListenerProtocol::Tls | ListenerProtocol::Wss)
    }

    /// Whether it speaks WebSocket.
    pub(super) const fn is_websocket(&self) -> bool {
        matches!(self.protocol, ListenerProtocol::Ws | ListenerProtocol::Wss)
    }
}

/// The listeners that are switched on, on this computer or on all its addresses.
pub(crate) fn listeners(settings: &BrokerSettings, network: bool) -> Vec<PlannedListener> {
    let ip = IpAddr::V4(if network { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST });
    settings
        .listeners
        .iter()
        .filter(|listener| listener.on)
        .map(|listener| PlannedListener {
            id: listener.id.clone(),
            address: SocketAddr::new(ip, listener.port),
            protocol: listener.protocol,
            path: listener.path.clone(),
            client_certificates: listener.client_certificates,
            common_name_is_user: listener.common_name_is_user,
        })
        .collect()
}

impl Fixed {
    /// The broker's configuration without access rules.
    pub(super) fn config(&self) -> BrokerConfig {
        let given = &self.limits;
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        let wide = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        BrokerConfig {
            max_keep_alive: NonZeroU16::new(given.max_keep_alive),
            max_session_expiry: (given.max_session_expiry > 0)
                .then(|| seconds(given.max_session_expiry)),
            use_topic_aliases: self.topic_aliases,
            check_payload_format: self.check_payload_format,
            packet_log: self.packet_log,
            store: self.store.clone(),
            limits: Limits {
                connections: wide(given.connections),
                packet_size: given.packet_size,
                topic_length: given.topic_length.into(),
                topic_levels: given.topic_levels.into(),
                inflight: NonZeroU16::new(given.inflight).unwrap_or(NonZeroU16::MIN),
                queued_messages: wide(given.queued_messages),
                queued_bytes: wide(given.queued_bytes),
                outbound_bytes: wide(given.outbound_bytes),
                retained_messages: wide(given.retained_messages),
                retained_bytes: wide(given.retained_bytes),
                ..Limits::default()
            },
            ..BrokerConfig::default()
        }
    }
}
