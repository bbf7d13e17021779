//! Where a connection comes from, and what is known of it before its first packet.

use std::net::SocketAddr;

use pki::Fingerprint;

use crate::listener::{ListenerId, ListenerProtocol};

/// The other end of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) address: SocketAddr,
    pub(crate) protocol: ListenerProtocol,
    /// None for a connection that was made elsewhere.
    pub(crate) listener: Option<ListenerId>,
    pub(crate) certificate: Option<PeerCertificate>,
}

/// The certificate of a client; an authority of the listener has signed it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PeerCertificate {
    /// The common name of its subject.
    pub common_name: Option<Box<str>>,
    /// What distinguishes it from every other certificate.
    pub fingerprint: Fingerprint,
    /// The common name is the user name, whatever the CONNECT says, and no password is needed.
    pub names_user: bool,
}

impl Origin {
    /// A connection that brings plain MQTT, from no listener.
    pub(crate) fn elsewhere(address: SocketAddr) -> Self {
        Self { address, protocol: ListenerProtocol::Tcp, listener: None, certificate: None }
    }

    pub(crate) fn common_name(&self) -> Option<Box<str>> {
        self.certificate.as_ref()?.common_name.clone()
    }

    /// The user name that the certificate proves.
    pub(crate) fn certified_user(&self) -> Option<&str> {
        self.certificate
            .as_ref()
            .filter(|certificate| certificate.names_user)?
            .common_name
            .as_deref()
    }
}
