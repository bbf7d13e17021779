//! What goes on in the broker.

use std::collections::BTreeMap;

use broker::FaultDirection;
use serde::Serialize;
use specta::Type;

use super::{FaultView, ListenerProtocol, Transfer};

/// What goes on in the broker right now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub struct BrokerActivity {
    pub messages_in: u64,
    pub messages_out: u64,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub dropped: Dropped,
    pub retained: u64,
    pub retained_bytes: u64,
    pub queued: u64,
    pub queued_bytes: u64,
    /// Connections accepted since it was switched on.
    pub connections: u64,
    /// Connections that never got a session.
    pub failed_connections: u64,
    /// Online first; at most a thousand.
    pub clients: Vec<BrokerClient>,
    /// Clients connected through each listener, by its identifier.
    pub listeners: BTreeMap<String, u32>,
    /// Of all clients, not only those above.
    pub online: u32,
    /// Sessions without a connection.
    pub offline: u32,
    pub faults: Vec<FaultView>,
    /// Entries of the log so far: more than the window has means that there is something new.
    pub log_end: u64,
    /// Clearing, export or import of retained messages that runs or ran last.
    pub transfer: Option<Transfer>,
}

/// Copies of messages that will not arrive, by why.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub struct Dropped {
    pub slow_consumer: u64,
    pub queue_full: u64,
    pub too_large: u64,
    pub expired: u64,
    pub refused: u64,
    /// `QoS` 0 for a session without a connection.
    pub offline: u64,
    /// For clients that may not receive them.
    pub forbidden: u64,
}

/// A client of the broker, connected or with a kept session.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub struct BrokerClient {
    pub client_id: String,
    /// `None`: offline with a kept session.
    pub connected: Option<BrokerClientLink>,
    /// When a session without a connection ends; ms since the epoch.
    pub expires: Option<i64>,
    pub subscriptions: u32,
    pub messages_in: u64,
    pub messages_out: u64,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub inflight: u32,
    pub queued: u32,
    pub queued_bytes: u64,
    pub dropped: u64,
}

/// The connection of a client that is online.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub struct BrokerClientLink {
    /// `3.1`, `3.1.1` or `5.0`.
    pub version: String,
    pub protocol: ListenerProtocol,
    pub address: String,
    pub username: Option<String>,
    /// Common name of its certificate.
    pub certificate: Option<String>,
    pub keep_alive_seconds: u16,
    /// ms since the epoch.
    pub since: i64,
    pub last_packet: Option<LastPacket>,
}

/// The last packet of a connection.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct LastPacket {
    /// E.g. `PUBLISH`.
    pub packet: String,
    /// Which way it went.
    pub direction: FaultDirection,
    /// ms since the epoch.
    pub at: i64,
}

/// A client and all its subscriptions.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct BrokerClientDetail {
    /// As in the list.
    pub client: BrokerClient,
    /// At most a thousand.
    pub subscriptions: Vec<BrokerSubscription>,
}

/// One subscription of one client.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub struct BrokerSubscription {
    pub client_id: String,
    pub filter: String,
    pub qos: u8,
    pub no_local: bool,
    pub retain_as_published: bool,
    pub identifier: Option<u32>,
}

/// A filter and who holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct SubscriptionRow {
    /// The filter, with `$share/group/` if it has one.
    pub filter: String,
    /// At most a hundred.
    pub holders: Vec<BrokerSubscription>,
    /// How many there are.
    pub count: u32,
}

/// Filters in their order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Type)]
pub struct SubscriptionPage {
    /// At most as many as asked for.
    pub rows: Vec<SubscriptionRow>,
    /// Ask for what comes after this; `None` at the end.
    pub next: Option<String>,
}
