//! Messages: what is published, what came of it, and what is known of one.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::ReasonView;

/// A message to publish.
#[derive(Clone, Debug, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub struct PublishRequest {
    pub topic: String,
    pub payload: PayloadInput,
    pub qos: u8,
    pub retain: bool,
}

/// A payload as typed.
#[derive(Clone, Debug, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PayloadInput {
    /// How the text stands for bytes.
    pub format: PayloadFormat,
    /// The text.
    pub text: String,
}

/// How a typed text stands for bytes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Type)]
#[serde(rename_all = "camelCase")]
pub enum PayloadFormat {
    /// UTF-8 as it is.
    Text,
    /// UTF-8 as it is, checked to be JSON.
    Json,
    /// Hexadecimal digits.
    Hex,
    /// Base64.
    Base64,
}

/// What came of a publish.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PublishReceipt {
    /// Its row in the stream.
    pub seq: u64,
    /// `None` for `QoS` 0.
    pub packet_id: Option<u16>,
    /// `None` for `QoS` 0.
    pub reason: Option<ReasonView>,
    /// ms from write to the last acknowledgement; `None` for `QoS` 0.
    #[specta(type = Option<u32>)]
    pub acknowledged_ms: Option<f64>,
    /// Size of the payload.
    pub bytes: u32,
}

/// Everything known of one message but its payload.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub struct MessageDetail {
    pub seq: u64,
    /// ms since the epoch, with µs as fraction.
    #[specta(type = u32)]
    pub time: f64,
    pub direction: MessageDirection,
    pub topic: String,
    pub qos: u8,
    pub retain: bool,
    pub dup: bool,
    pub packet_id: Option<u16>,
    pub size: u32,
    pub properties: Vec<MessageProperty>,
    /// Whether it is committed to the history.
    pub stored: bool,
}

/// Which way a message went.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum MessageDirection {
    Received,
    Sent,
    Event,
}

/// A property of MQTT 5.0, named as in the specification, e.g. `Content Type`.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct MessageProperty {
    /// Its name.
    pub name: String,
    /// Its value as text; bytes in hexadecimal.
    pub value: String,
    /// Of a User Property: the name in the pair.
    pub key: Option<String>,
}
