//! One retained message as JSON.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use wire::{QoS, Timestamp, TopicName, property::PublishProperties};

use super::ImportProblem;
use crate::{
    config::Limits,
    message::{Message, StoredAs},
    query::RetainedMessage,
};

/// MQTT's bound on a string or binary value (§1.5.4, §1.5.6).
const LONGEST_TEXT: usize = 65_535;

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    topic: String,
    #[serde(default)]
    qos: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payload: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payload_base64: Option<String>,
    #[serde(default, skip_serializing_if = "Properties::is_empty")]
    properties: Properties,
    /// What is left of the message expiry interval, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_in_s: Option<u32>,
    /// Microseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    received_us: Option<i64>,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Properties {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payload_is_text: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content_type: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    response_topic: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    correlation_data_base64: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    user: Vec<(Box<str>, Box<str>)>,
}

/// The longest line worth reading: Base64 and escapes make a packet at most twice as long, and the
/// names of the fields come on top.
pub(super) fn longest(limits: &Limits) -> usize {
    const NAMES: usize = 1024 * 1024;
    let packet = usize::try_from(limits.effective_packet_size()).unwrap_or(usize::MAX);
    packet.saturating_mul(2).saturating_add(NAMES)
}

/// The message of a line, and when it was received first.
pub(super) fn read(line: &[u8], limits: &Limits) -> Result<(Message, Timestamp), ImportProblem> {
    let line: Line = serde_json::from_slice(line).map_err(ImportProblem::Json)?;
    let topic = topic(&line.topic)?;
    if topic.as_str() == "$SYS" || topic.as_str().starts_with("$SYS/") {
        return Err(ImportProblem::System);
    }
    if !limits.allow_topic(topic.as_str()) {
        return Err(ImportProblem::TopicLimit);
    }
    let payload = match (line.payload, line.payload_base64) {
        (Some(text), None) => Bytes::from(text),
        (None, Some(text)) => STANDARD.decode(text).map_err(ImportProblem::Base64)?.into(),
        _ => return Err(ImportProblem::Payload),
    };
    if payload.is_empty() {
        return Err(ImportProblem::Payload);
    }
    if payload.len() > usize::try_from(limits.effective_packet_size()).unwrap_or(usize::MAX) {
        return Err(ImportProblem::TooLarge { bytes: payload.len() });
    }
    // As if it had been here all the time: then its age is right after the next start too.
    let received = line.received_us.map_or_else(Timestamp::now, Timestamp);
    let age = u64::try_from(Timestamp::now().0.saturating_sub(received.0)).unwrap_or(0) / 1_000_000;
    let now = Instant::now();
    let then = now.checked_sub(Duration::from_secs(age));
    let age = u32::try_from(age).unwrap_or(u32::MAX);
    let age = if then.is_some() { age } else { 0 };
    let mut properties = line.properties.into_mqtt(limits)?;
    properties.message_expiry_interval =
        line.expires_in_s.map(|seconds| seconds.saturating_add(age));
    let message = Message {
        topic,
        payload,
        qos: qos(line.qos)?,
        retain: true,
        properties,
        received: then.unwrap_or(now),
        publisher: None,
        stored: StoredAs::default(),
    };
    Ok((message, received))
}

impl From<RetainedMessage> for Line {
    fn from(message: RetainedMessage) -> Self {
        let text = readable(&message.payload).map(ToOwned::to_owned);
        let base64 = text.is_none().then(|| STANDARD.encode(&message.payload));
        let seconds = message.expires_in.map(|left| left.as_millis().div_ceil(1_000));
        Self {
            topic: message.topic.to_string(),
            qos: message.qos as u8,
            payload: text,
            payload_base64: base64,
            expires_in_s: seconds.map(|left| u32::try_from(left).unwrap_or(u32::MAX)),
            received_us: Some(message.received.0),
            properties: Properties {
                payload_is_text: message.properties.payload_format_indicator,
                content_type: message.properties.content_type,
                response_topic: message.properties.response_topic.map(|topic| topic.to_string()),
                correlation_data_base64: message
                    .properties
                    .correlation_data
                    .map(|data| STANDARD.encode(data)),
                user: message.properties.user_properties,
            },
        }
    }
}

impl Properties {
    fn is_empty(&self) -> bool {
        self.payload_is_text.is_none()
            && self.content_type.is_none()
            && self.response_topic.is_none()
            && self.correlation_data_base64.is_none()
            && self.user.is_empty()
    }

    fn into_mqtt(self, limits: &Limits) -> Result<PublishProperties, ImportProblem> {
        let data = self.correlation_data_base64.map(|text| STANDARD.decode(text)).transpose();
        let data = data.map_err(ImportProblem::Base64)?;
        let fits = |text: &str| text.len() <= LONGEST_TEXT && !text.contains('\0');
        let can_be_sent = self.user.len() <= limits.user_properties
            && self.user.iter().all(|(name, value)| fits(name) && fits(value))
            && self.content_type.as_deref().is_none_or(fits)
            && data.as_ref().is_none_or(|data| data.len() <= LONGEST_TEXT);
        if !can_be_sent {
            return Err(ImportProblem::Properties);
        }
        Ok(PublishProperties {
            payload_format_indicator: self.payload_is_text,
            content_type: self.content_type,
            response_topic: self.response_topic.as_deref().map(topic).transpose()?,
            correlation_data: data.map(Into::into),
            user_properties: self.user,
            ..PublishProperties::default()
        })
    }
}

/// The text of a payload a person can read in a line of JSON.
fn readable(payload: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(payload).ok()?;
    let is_readable =
        text.chars().all(|character| !character.is_control() || "\t\r\n".contains(character));
    is_readable.then_some(text)
}

fn topic(text: &str) -> Result<TopicName, ImportProblem> {
    text.parse().map_err(|error| ImportProblem::Topic { topic: text.into(), error })
}

fn qos(value: u8) -> Result<QoS, ImportProblem> {
    [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce]
        .into_iter()
        .find(|qos| *qos as u8 == value)
        .ok_or(ImportProblem::Qos(value))
}
