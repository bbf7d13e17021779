//! What happens in a broker and is worth telling a person.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use wire::{ReasonCode, Version};

use crate::{
    listener::{ListenerInfo, ListenerProtocol, TlsFailure, WebSocketFailure},
    store::StoreNotice,
};

/// Something that happened; see [`Broker::events`](crate::Broker::events).
#[derive(Clone, Debug)]
pub enum BrokerEvent {
    /// A listener accepts connections.
    ListenerUp(ListenerInfo),
    /// A listener was stopped.
    ListenerDown(ListenerInfo),
    /// A CONNECT was accepted.
    ClientConnected {
        /// Client identifier, as given or assigned.
        client_id: Arc<str>,
        /// The peer.
        address: SocketAddr,
        /// What it came over.
        protocol: ListenerProtocol,
        /// What it speaks.
        version: Version,
        /// User name given, or that of its certificate.
        username: Option<Box<str>>,
        /// The common name of the certificate it showed.
        common_name: Option<Box<str>>,
        /// Whether an earlier session goes on.
        session_present: bool,
    },
    /// A connection with a session ended.
    ClientDisconnected {
        /// Client identifier.
        client_id: Arc<str>,
        /// The peer.
        address: SocketAddr,
        /// Who ended it and why.
        cause: DisconnectCause,
    },
    /// Messages of a client were not routed. Told once a second for each client and topic.
    PublishRefused {
        /// Client identifier.
        client_id: Arc<str>,
        /// User name.
        username: Option<Box<str>>,
        /// Where they were published to.
        topic: Arc<str>,
        /// Why; 5.0 clients are told as well, unless it was `QoS` 0.
        reason: ReasonCode,
        /// How many since the last event like this one.
        count: u64,
    },
    /// A client may not subscribe with a filter. Told once a second for each client and filter.
    SubscribeRefused {
        /// Client identifier.
        client_id: Arc<str>,
        /// User name.
        username: Option<Box<str>>,
        /// What it asked for.
        filter: Arc<str>,
        /// Why.
        reason: ReasonCode,
        /// How often since the last event like this one.
        count: u64,
    },
    /// A connection ended before it had a session.
    ConnectionFailed {
        /// Its number among the failed ones, from 1; see
        /// [`Broker::failed_attempts`](crate::Broker::failed_attempts).
        attempt: u64,
        /// The peer.
        address: SocketAddr,
        /// What it came over, or should have.
        protocol: ListenerProtocol,
        /// Why, as the broker sees it.
        cause: ConnectFailure,
    },
    /// Something about the store; see [`Broker::notices`](crate::Broker::notices) for all of them.
    Store(StoreNotice),
}

/// Who ended a connection and why.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DisconnectCause {
    /// The client sent a DISCONNECT.
    #[error("the client disconnected: {reason}")]
    ByClient {
        /// The reason it gave; Success in 3.x.
        reason: ReasonCode,
    },
    /// The socket was closed or broke without a DISCONNECT.
    #[error("the connection was lost ({})", .error.map_or("closed by the client".into(), |kind| kind.to_string()))]
    ConnectionLost {
        /// The error; `None` when the client closed it.
        error: Option<io::ErrorKind>,
    },
    /// The client broke TLS or WebSocket, below MQTT.
    #[error("{detail}")]
    BrokenTransport {
        /// What it did.
        detail: Box<str>,
    },
    /// Nothing was received for one and a half times the keep-alive.
    #[error("nothing was received for one and a half times the keep-alive of {seconds} s")]
    KeepAlive {
        /// The keep-alive.
        seconds: u16,
    },
    /// The client broke the rules.
    #[error("the client broke the protocol: {detail} ({reason})")]
    Violation {
        /// What it was told (5.0).
        reason: ReasonCode,
        /// What it did.
        detail: Box<str>,
    },
    /// It did not read, and the messages of `QoS` 1 and 2 that waited for it reached the limit.
    #[error("the client is too slow: {queued} messages wait for it, and no more may")]
    TooSlow {
        /// Messages that wait; they stay with its session.
        queued: usize,
    },
    /// Another connection came with the same client identifier.
    #[error("another client connected with the same client identifier")]
    TakenOver,
    /// [`Broker::kick`](crate::Broker::kick).
    #[error("disconnected by the broker: {reason}")]
    Kicked {
        /// What it was told (5.0).
        reason: ReasonCode,
    },
    /// A fault did it, on purpose.
    #[error("a fault ended the connection: {rule}")]
    Fault {
        /// Name of the rule.
        rule: Box<str>,
        /// What it was told (5.0), if anything.
        reason: Option<ReasonCode>,
    },
    /// The broker stopped.
    #[error("the broker stopped")]
    BrokerStopped,
}

/// Why a connection never got a session.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ConnectFailure {
    /// No CONNECT came in time.
    #[error("no CONNECT arrived within {} s", .waited.as_secs())]
    Timeout {
        /// How long the broker waited.
        waited: Duration,
    },
    /// The peer closed the connection first.
    #[error("closed by the client after {bytes} bytes, before a whole CONNECT")]
    Closed {
        /// Bytes received.
        bytes: usize,
    },
    /// The socket broke.
    #[error("the connection broke: {kind}")]
    Broken {
        /// The error.
        kind: io::ErrorKind,
    },
    /// The first bytes are no valid CONNECT.
    #[error("not a valid CONNECT at byte {at}: {detail}")]
    Malformed {
        /// Byte offset from the start of the connection.
        at: usize,
        /// What is wrong, with the section of the specification.
        detail: Box<str>,
        /// What the client was told (5.0).
        reason: ReasonCode,
    },
    /// The first packet is another one.
    #[error("the first packet is {packet}, not CONNECT")]
    NotConnect {
        /// Its name.
        packet: &'static str,
    },
    /// The first bytes belong to another protocol.
    #[error("not MQTT but {protocol}")]
    OtherProtocol {
        /// What it looks like.
        protocol: &'static str,
    },
    /// There is no TLS connection.
    #[error("{0}")]
    Tls(TlsFailure),
    /// There is no WebSocket.
    #[error("{0}")]
    WebSocket(WebSocketFailure),
    /// A protocol name or level that MQTT 3.1, 3.1.1 and 5.0 do not have.
    #[error("protocol version not supported: {detail}")]
    UnsupportedVersion {
        /// What it asked for.
        detail: Box<str>,
    },
    /// The CONNECT is well-formed and was refused.
    #[error("refused: {reason}{}", who(.client_id, .username.as_deref()))]
    Refused {
        /// What the client was told.
        reason: ReasonCode,
        /// The client identifier it gave.
        client_id: Box<str>,
        /// The user name it gave.
        username: Option<Box<str>>,
    },
    /// The client ended its enhanced authentication (5.0), or did not answer in time.
    #[error("the client `{client_id}` did not finish its authentication")]
    NotAuthenticated {
        /// The client identifier it gave.
        client_id: Box<str>,
    },
    /// More connections than allowed.
    #[error("too many connections")]
    TooManyConnections,
    /// A fault did it, on purpose.
    #[error("a fault ended the connection: {rule}")]
    Fault {
        /// Name of the rule.
        rule: Box<str>,
    },
    /// The broker is stopping.
    #[error("the broker is stopping")]
    Stopping,
}

/// ` (client …, user …)`, as far as the client said it.
fn who(client_id: &str, username: Option<&str>) -> String {
    let client = (!client_id.is_empty()).then(|| format!("client `{client_id}`"));
    let user = username.map(|name| format!("user `{name}`"));
    match [client, user].into_iter().flatten().collect::<Vec<_>>().join(", ") {
        nobody if nobody.is_empty() => nobody,
        said => format!(" ({said})"),
    }
}
