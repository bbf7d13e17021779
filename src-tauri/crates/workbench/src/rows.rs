//! Messages, live or recorded, as rows of the feed and as details for the inspector.

use std::fmt::Write as _;

use payload::{PREVIEW_BYTES, Preview};
use wire::{Direction, Message, property::PublishProperties};

use crate::{
    feed::{FeedWriter, Row},
    views::{MessageDetail, MessageDirection, MessageProperty},
};

/// A message that is still in memory.
pub(crate) fn write_live(writer: &mut FeedWriter<'_>, message: &Message) {
    let preview = preview(message.direction, &message.payload, message.payload.len());
    writer.row(&Row {
        seq: message.seq,
        time: message.time,
        kind: message.direction.into(),
        qos: message.qos,
        retain: message.retain,
        dup: message.dup,
        payload_kind: preview.kind,
        size: size(message.payload.len() as u64),
        topic: &message.topic,
        preview: &preview.text,
    });
}

/// A message from the history.
pub(crate) fn write_recorded(writer: &mut FeedWriter<'_>, row: &history::Row) {
    let whole = usize::try_from(row.size).unwrap_or(usize::MAX);
    let preview = preview(row.direction, &row.head, whole);
    writer.row(&Row {
        seq: row.seq,
        time: row.time,
        kind: row.direction.into(),
        qos: row.qos,
        retain: row.retain,
        dup: row.dup,
        payload_kind: preview.kind,
        size: size(row.size),
        topic: &row.topic,
        preview: &preview.text,
    });
}

pub(crate) fn live_detail(message: &Message) -> MessageDetail {
    MessageDetail {
        seq: message.seq,
        time: message.time.as_millis_f64(),
        direction: direction(message.direction),
        topic: message.topic.to_string(),
        qos: message.qos as u8,
        retain: message.retain,
        dup: message.dup,
        packet_id: message.packet_id.map(u16::from),
        size: size(message.payload.len() as u64),
        properties: message.properties.as_deref().map(properties).unwrap_or_default(),
        stored: false,
    }
}

pub(crate) fn recorded_detail(detail: &history::Detail) -> MessageDetail {
    MessageDetail {
        seq: detail.seq,
        time: detail.time.as_millis_f64(),
        direction: direction(detail.direction),
        topic: detail.topic.to_string(),
        qos: detail.qos as u8,
        retain: detail.retain,
        dup: detail.dup,
        packet_id: detail.packet_id.map(u16::from),
        size: size(detail.size),
        properties: detail.properties.as_deref().map(properties).unwrap_or_default(),
        stored: true,
    }
}

/// An event's payload is its text and is never cut; a message's is looked into.
fn preview(direction: Direction, head: &[u8], size: usize) -> Preview {
    if direction == Direction::Event {
        return Preview {
            kind: payload::Kind::Json,
            text: String::from_utf8_lossy(head).into_owned(),
        };
    }
    payload::preview_head(head, size, PREVIEW_BYTES)
}

/// MQTT cannot carry a payload of 4 GiB.
fn size(bytes: u64) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

fn direction(direction: Direction) -> MessageDirection {
    match direction {
        Direction::Received => MessageDirection::Received,
        Direction::Sent => MessageDirection::Sent,
        Direction::Event => MessageDirection::Event,
    }
}

/// The properties that are there, in the order of MQTT 5.0 §3.3.2.3.
pub(crate) fn properties(from: &PublishProperties) -> Vec<MessageProperty> {
    let mut list = Vec::new();
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            list.push(MessageProperty { name: name.into(), value, key: None });
        }
    };
    let utf8 = |is_utf8| if is_utf8 { "1 (UTF-8)" } else { "0 (unspecified)" };
    add("Payload Format Indicator", from.payload_format_indicator.map(|set| utf8(set).into()));
    add("Message Expiry Interval", from.message_expiry_interval.map(|s| format!("{s} s")));
    add("Topic Alias", from.topic_alias.map(|alias| alias.to_string()));
    add("Response Topic", from.response_topic.as_ref().map(ToString::to_string));
    add("Correlation Data", from.correlation_data.as_deref().map(hex));
    for identifier in &from.subscription_identifiers {
        add("Subscription Identifier", Some(identifier.to_string()));
    }
    add("Content Type", from.content_type.as_deref().map(str::to_owned));
    list.extend(from.user_properties.iter().map(|(key, value)| MessageProperty {
        name: "User Property".into(),
        value: value.to_string(),
        key: Some(key.to_string()),
    }));
    list
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_listed_with_the_names_of_the_specification() {
        let listed = properties(&PublishProperties {
            payload_format_indicator: Some(true),
            correlation_data: Some(vec![0, 0xAB].into()),
            user_properties: vec![("site".into(), "brno".into())],
            ..PublishProperties::default()
        });

        let texts: Vec<_> =
            listed.iter().map(|p| (p.name.as_str(), p.value.as_str(), p.key.as_deref())).collect();
        assert_eq!(
            texts,
            [
                ("Payload Format Indicator", "1 (UTF-8)", None),
                ("Correlation Data", "00ab", None),
                ("User Property", "brno", Some("site")),
            ]
        );
    }
}
