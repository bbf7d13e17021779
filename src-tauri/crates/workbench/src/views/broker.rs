//! The local broker.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::Failure;

/// What is kept between starts.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BrokerSettings {
    /// TCP port on the loopback address; 0 takes a free one.
    pub port: u16,
    /// Whether it starts with the application.
    pub start_with_app: bool,
}

impl Default for BrokerSettings {
    fn default() -> Self {
        Self { port: 1883, start_with_app: false }
    }
}

/// The broker as the window shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct BrokerView {
    /// What is kept between starts.
    pub settings: BrokerSettings,
    /// Whether the demo publisher is running.
    pub demo: bool,
    /// Whether it runs.
    pub status: BrokerStatus,
}

/// Whether the broker runs.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum BrokerStatus {
    /// Switched off.
    Off,
    /// Running.
    On {
        /// ms since the epoch.
        since: i64,
        /// Where it can be reached.
        listeners: Vec<ListenerView>,
    },
    /// It could not start.
    Failed {
        /// Why.
        cause: Failure,
    },
}

/// A place where the broker can be reached.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct ListenerView {
    /// What it speaks.
    pub protocol: ListenerProtocol,
    /// `address:port` as bound.
    pub address: String,
    /// What to paste into another client.
    pub url: String,
}

/// What a listener speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ListenerProtocol {
    /// MQTT over TCP.
    Tcp,
}

/// What goes on in the broker right now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub struct BrokerActivity {
    pub messages_in: u64,
    pub messages_out: u64,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub dropped: u64,
    pub retained: u64,
    pub queued: u64,
    pub clients: Vec<BrokerClient>,
}

/// A client of the broker, connected or with a kept session.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub struct BrokerClient {
    pub client_id: String,
    /// `None`: offline with a kept session.
    pub connected: Option<BrokerClientLink>,
    pub subscriptions: u32,
    pub messages_in: u64,
    pub messages_out: u64,
    pub inflight: u32,
    pub queued: u32,
}

/// The connection of a client that is online.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub struct BrokerClientLink {
    /// `3.1`, `3.1.1` or `5.0`.
    pub version: String,
    pub address: String,
    pub username: Option<String>,
    pub keep_alive_seconds: u16,
    /// ms since the epoch.
    pub since: i64,
}
