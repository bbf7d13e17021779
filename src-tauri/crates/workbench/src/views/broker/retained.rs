//! Retained messages, and messages of the broker itself.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::views::{MessageProperty, PayloadInput};

/// Retained messages in the order of their topics.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RetainedPage {
    /// At most as many as asked for.
    pub messages: Vec<RetainedMessage>,
    /// All that the filter matches.
    pub total: u32,
    /// Ask for what comes after this topic; `None` at the end.
    pub next: Option<String>,
}

/// One retained message.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RetainedMessage {
    /// Its topic.
    pub topic: String,
    /// As published.
    pub qos: u8,
    /// Of the payload, in bytes.
    pub size: u32,
    /// Beginning of the payload on one line; bytes that are no text in hexadecimal.
    pub preview: String,
    /// `json`, `text`, `binary` or `empty`.
    pub format: String,
    /// When it came; ms since the epoch.
    pub received: i64,
    /// When it ends; ms since the epoch.
    pub expires: Option<i64>,
    /// Client identifier; `None` for the broker itself.
    pub publisher: Option<String>,
    /// MQTT 5.0.
    pub properties: Vec<MessageProperty>,
}

/// A message of the broker itself.
#[derive(Clone, Debug, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub struct BrokerPublish {
    pub topic: String,
    pub payload: PayloadInput,
    pub qos: u8,
    pub retain: bool,
}

/// Something with many retained messages: it can be watched and cancelled.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Transfer {
    /// Retained messages are being removed.
    Clearing {
        /// Removed so far.
        done: u32,
        /// To remove.
        total: u32,
    },
    /// They were removed, or it was cancelled.
    Cleared {
        /// Removed.
        done: u32,
        /// Whether it was cancelled.
        cancelled: bool,
    },
    /// It could not go on.
    Failed {
        /// Why.
        cause: crate::Failure,
    },
}

/// What came of reading retained messages from a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Type)]
pub struct ImportReport {
    /// Messages that are retained now.
    pub imported: u32,
    /// Lines that are not; at most a hundred.
    pub rejected: Vec<RejectedLine>,
    /// How many lines were not imported.
    pub failed: u32,
}

/// A line of a file that says nothing usable.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct RejectedLine {
    /// 1 is the first.
    pub line: u32,
    /// Why.
    pub reason: String,
}
