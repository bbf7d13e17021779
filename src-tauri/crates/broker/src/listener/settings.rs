//! What a listener is to be.

use std::net::SocketAddr;

use pki::{Authorities, Identity};

use super::ListenerProtocol;

/// A listener to start.
#[derive(Clone, Debug)]
pub struct ListenerConfig {
    /// Where to listen; port 0 lets the system choose one.
    pub address: SocketAddr,
    /// `None`: not encrypted.
    pub tls: Option<TlsSettings>,
    /// `None`: MQTT without WebSocket.
    pub websocket: Option<WebSocketSettings>,
}

/// How a listener speaks TLS (1.2 and 1.3).
#[derive(Clone, Debug)]
pub struct TlsSettings {
    /// What it shows.
    pub identity: Identity,
    /// What it wants to see.
    pub clients: ClientCertificates,
    /// The common name of a client's certificate is its user name: that of the CONNECT does not
    /// count, and no password is needed.
    pub common_name_is_user: bool,
}

/// What a listener does about certificates of clients.
#[derive(Clone, Debug, Default)]
pub enum ClientCertificates {
    /// It does not ask for one.
    #[default]
    Off,
    /// A client may do without; one it shows must be signed by these.
    Optional(Authorities),
    /// Without one that is signed by these there is no connection.
    Required(Authorities),
}

/// How a listener speaks WebSocket.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct WebSocketSettings {
    /// The only path it answers to, e.g. `/mqtt`. `None` is the usual `/mqtt`, and `/` too.
    pub path: Option<Box<str>>,
}

impl ListenerConfig {
    /// MQTT over plain TCP.
    pub const fn tcp(address: SocketAddr) -> Self {
        Self { address, tls: None, websocket: None }
    }

    /// What its clients will have to speak.
    pub const fn protocol(&self) -> ListenerProtocol {
        match (&self.tls, &self.websocket) {
            (None, None) => ListenerProtocol::Tcp,
            (Some(_), None) => ListenerProtocol::Tls,
            (None, Some(_)) => ListenerProtocol::Ws,
            (Some(_), Some(_)) => ListenerProtocol::Wss,
        }
    }
}

impl TlsSettings {
    /// Encrypted, and nothing asked of clients.
    pub const fn new(identity: Identity) -> Self {
        Self { identity, clients: ClientCertificates::Off, common_name_is_user: false }
    }
}
