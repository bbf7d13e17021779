//! What is kept of the broker between starts.

use serde::{Deserialize, Serialize};
use specta::Type;

/// What is kept between starts.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_excessive_bools, reason = "switches, each independent of the others")]
pub struct BrokerSettings {
    /// Whether it starts with the application.
    pub start_with_app: bool,
    /// Where it listens.
    pub listeners: Vec<ListenerSettings>,
    /// What TLS listeners show.
    pub certificate: CertificateSource,
    /// PEM file of the authority whose client certificates are accepted; the broker's own when it
    /// is not given.
    pub client_authority: Option<String>,
    /// Whether retained messages and sessions survive a restart.
    pub persistence: bool,
    /// Whether `$SYS/#` is published.
    pub sys_topics: bool,
    /// Whether a payload that says it is UTF-8 is checked (5.0).
    pub check_payload_format: bool,
    /// Whether topics are abbreviated for 5.0 clients that allow it.
    pub topic_aliases: bool,
    /// Bounds on what clients may do.
    pub limits: BrokerLimits,
}

/// A place to listen.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ListenerSettings {
    /// Unique among the listeners.
    pub id: String,
    /// Whether it is started with the broker.
    pub on: bool,
    /// What it speaks.
    pub protocol: ListenerProtocol,
    /// 0 takes a free one.
    pub port: u16,
    /// Of a WebSocket, e.g. `/mqtt`; empty takes any.
    pub path: String,
    /// Whether clients show certificates.
    pub client_certificates: ClientCertificates,
    /// Whether the common name of a client certificate is its user name.
    pub common_name_is_user: bool,
}

/// What a listener speaks.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ListenerProtocol {
    /// MQTT over TCP.
    Tcp,
    /// MQTT over TLS.
    Tls,
    /// MQTT over WebSocket.
    Ws,
    /// MQTT over WebSocket over TLS.
    Wss,
}

/// Whether clients show certificates.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ClientCertificates {
    /// They are not asked for one.
    #[default]
    Off,
    /// One that is shown must be good.
    Optional,
    /// Nobody is let in without one.
    Required,
}

/// Where the certificate of TLS listeners comes from.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum CertificateSource {
    /// Made here, with an authority of its own.
    #[default]
    SelfMade,
    /// PEM files.
    Files {
        /// Certificate chain.
        certificate: String,
        /// Private key.
        key: String,
    },
}

/// Bounds on what clients may do.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BrokerLimits {
    /// Connections at the same time.
    pub connections: u32,
    /// Largest packet in bytes.
    pub packet_size: u32,
    /// Longest topic in bytes.
    pub topic_length: u16,
    /// Levels in a topic.
    pub topic_levels: u16,
    /// Unacknowledged messages on the way to one client.
    pub inflight: u16,
    /// Messages waiting for one client.
    pub queued_messages: u32,
    /// Bytes of them.
    pub queued_bytes: u32,
    /// Bytes waiting for the socket of one client.
    pub outbound_bytes: u32,
    /// Retained messages.
    pub retained_messages: u32,
    /// Bytes of them.
    pub retained_bytes: u32,
    /// Longest keep-alive in seconds; 0 allows all.
    pub max_keep_alive: u16,
    /// Longest time a session is kept in seconds; 0 keeps as long as the client asked.
    pub max_session_expiry: u32,
}

impl Default for BrokerSettings {
    fn default() -> Self {
        let listener = |id: &str, protocol, port| ListenerSettings {
            id: id.into(),
            on: protocol == ListenerProtocol::Tcp,
            protocol,
            port,
            path: "/mqtt".into(),
            client_certificates: ClientCertificates::Off,
            common_name_is_user: false,
        };
        Self {
            start_with_app: false,
            listeners: vec![
                listener("tcp", ListenerProtocol::Tcp, 1883),
                listener("tls", ListenerProtocol::Tls, 8883),
                listener("ws", ListenerProtocol::Ws, 9001),
                listener("wss", ListenerProtocol::Wss, 9002),
            ],
            certificate: CertificateSource::SelfMade,
            client_authority: None,
            persistence: true,
            sys_topics: true,
            check_payload_format: false,
            topic_aliases: false,
            limits: BrokerLimits::default(),
        }
    }
}

impl Default for BrokerLimits {
    fn default() -> Self {
        const MIB: u32 = 1024 * 1024;
        Self {
            connections: 10_000,
            packet_size: 64 * MIB,
            topic_length: u16::MAX,
            topic_levels: 128,
            inflight: 1024,
            queued_messages: 10_000,
            queued_bytes: 64 * MIB,
            outbound_bytes: 8 * MIB,
            retained_messages: 100_000,
            retained_bytes: 256 * MIB,
            max_keep_alive: 0,
            max_session_expiry: 0,
        }
    }
}
