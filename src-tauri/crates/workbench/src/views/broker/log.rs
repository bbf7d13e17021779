//! What happened in the broker, for people.

use serde::Serialize;
use specta::Type;

use super::ListenerProtocol;

/// Entries of the log, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BrokerLogPage {
    /// What is still there of what was asked for.
    pub entries: Vec<BrokerLogEntry>,
    /// Ask for this one next.
    pub next: u64,
    /// Entries that were asked for and are gone: only the last thousand are kept.
    pub lost: u64,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct BrokerLogEntry {
    /// Counts up from 0 when the broker is switched on.
    pub seq: u64,
    /// ms since the epoch.
    pub at: i64,
    /// What.
    pub event: BrokerLogEvent,
}

/// What happened. `cause` is a sentence for people, `code` what the window words by.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum BrokerLogEvent {
    ListenerUp {
        protocol: ListenerProtocol,
        address: String,
    },
    ListenerDown {
        protocol: ListenerProtocol,
        address: String,
    },
    ClientConnected {
        client_id: String,
        address: String,
        version: String,
        protocol: ListenerProtocol,
        username: Option<String>,
        session_present: bool,
    },
    ClientDisconnected {
        client_id: String,
        address: String,
        code: String,
        cause: String,
    },
    /// A connection that never got a session, as the broker sees it.
    ConnectionFailed {
        address: String,
        code: String,
        cause: String,
        /// Reason code it was told, if any.
        reason: Option<u8>,
        client_id: Option<String>,
        username: Option<String>,
        /// What to ask `brokerAttemptPackets` for, when its bytes were kept.
        attempt: Option<u64>,
    },
    PublishRefused {
        client_id: String,
        username: Option<String>,
        topic: String,
        reason: u8,
        /// How often since it was last told.
        count: u64,
    },
    SubscribeRefused {
        client_id: String,
        username: Option<String>,
        filter: String,
        reason: u8,
    },
    /// A limit or the store has something to say.
    Notice {
        code: String,
        cause: String,
        client_id: Option<String>,
    },
    /// Entries were lost because too much happened at once.
    Lost {
        count: u64,
    },
}
