//! Where a session stands, for people.

use serde::Serialize;
use specta::Type;

use super::MqttVersion;
use crate::Failure;

/// The state of a connection's session. Times are ms since the epoch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Type)]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum SessionView {
    #[default]
    Offline,
    Connecting {
        attempt: u32,
    },
    Online {
        since: i64,
        session_present: bool,
        client_id: String,
        version: MqttVersion,
        /// Largest `QoS` the server takes; `None`: no limit told.
        maximum_qos: Option<u8>,
    },
    Backoff {
        attempt: u32,
        retry_at: i64,
        cause: Failure,
    },
    Refused {
        cause: Failure,
    },
}

/// A reason code with the specification's name for it.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename = "ReasonCode")]
pub struct ReasonView {
    /// The byte.
    pub code: u8,
    /// E.g. `Not authorized`.
    pub name: String,
}

impl From<wire::ReasonCode> for ReasonView {
    fn from(reason: wire::ReasonCode) -> Self {
        Self { code: reason.0, name: reason.name().unwrap_or("Unknown reason").into() }
    }
}
