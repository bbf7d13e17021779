//! PUBLISH properties as a blob.
//!
//! A version byte, then one entry for each property in the order of [`PublishProperties`]: the
//! property's identifier (MQTT 5.0 §2.2.2.2) and its value. Integers and lengths are LEB128, so
//! that values of any size fit; texts and binary data are a length and the bytes.

use std::num::NonZeroU16;

use bytes::Bytes;
use wire::property::PublishProperties;

use crate::error::Cause;

/// The blob of `properties`.
pub(crate) fn encode(properties: &PublishProperties) -> Vec<u8> {
    let PublishProperties {
        payload_format_indicator,
        message_expiry_interval,
        topic_alias,
        response_topic,
        correlation_data,
        user_properties,
        subscription_identifiers,
        content_type,
    } = properties;
    let mut blob = vec![VERSION];
    if let Some(is_text) = payload_format_indicator {
        blob.extend([PAYLOAD_FORMAT, u8::from(*is_text)]);
    }
    if let Some(seconds) = message_expiry_interval {
        blob.push(MESSAGE_EXPIRY);
        put_integer(&mut blob, u64::from(*seconds));
    }
    if let Some(alias) = topic_alias {
        blob.push(TOPIC_ALIAS);
        put_integer(&mut blob, u64::from(alias.get()));
    }
    if let Some(topic) = response_topic {
        blob.push(RESPONSE_TOPIC);
        put_bytes(&mut blob, topic.as_str().as_bytes());
    }
    if let Some(data) = correlation_data {
        blob.push(CORRELATION_DATA);
        put_bytes(&mut blob, data);
    }
    for (name, value) in user_properties {
        blob.push(USER_PROPERTY);
        put_bytes(&mut blob, name.as_bytes());
        put_bytes(&mut blob, value.as_bytes());
    }
    for identifier in subscription_identifiers {
        blob.push(SUBSCRIPTION_IDENTIFIER);
        put_integer(&mut blob, u64::from(*identifier));
    }
    if let Some(text) = content_type {
        blob.push(CONTENT_TYPE);
        put_bytes(&mut blob, text.as_bytes());
    }
    blob
}

/// The properties in a blob that [`encode`] made; anything else is damage.
pub(crate) fn decode(blob: &[u8]) -> Result<PublishProperties, Cause> {
    parse(blob).ok_or_else(|| Cause::Damaged { detail: "unreadable message properties".into() })
}

fn parse(blob: &[u8]) -> Option<PublishProperties> {
    let (&VERSION, mut rest) = blob.split_first()? else { return None };
    let mut properties = PublishProperties::default();
    while let Some((&identifier, tail)) = rest.split_first() {
        rest = tail;
        match identifier {
            PAYLOAD_FORMAT => {
                properties.payload_format_indicator = Some(match take_integer(&mut rest)? {
                    0 => false,
                    1 => true,
                    _ => return None,
                });
            }
            MESSAGE_EXPIRY => {
                properties.message_expiry_interval = Some(take_u32(&mut rest)?);
            }
            TOPIC_ALIAS => {
                let alias = u16::try_from(take_integer(&mut rest)?).ok()?;
                properties.topic_alias = Some(NonZeroU16::new(alias)?);
            }
            RESPONSE_TOPIC => {
                properties.response_topic = Some(take_text(&mut rest)?.parse().ok()?);
            }
            CORRELATION_DATA => {
                let data = Bytes::copy_from_slice(take_bytes(&mut rest)?);
                properties.correlation_data = Some(data);
            }
            USER_PROPERTY => {
                let name = take_text(&mut rest)?.into();
                properties.user_properties.push((name, take_text(&mut rest)?.into()));
            }
            SUBSCRIPTION_IDENTIFIER => {
                properties.subscription_identifiers.push(take_u32(&mut rest)?);
            }
            CONTENT_TYPE => properties.content_type = Some(take_text(&mut rest)?.into()),
            _ => return None,
        }
    }
    Some(properties)
}

fn put_integer(blob: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        blob.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    blob.push(value.to_le_bytes()[0]);
}

fn put_bytes(blob: &mut Vec<u8>, bytes: &[u8]) {
    put_integer(blob, bytes.len() as u64);
    blob.extend_from_slice(bytes);
}

fn take_integer(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (&byte, tail) = rest.split_first()?;
        *rest = tail;
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn take_u32(rest: &mut &[u8]) -> Option<u32> {
    take_integer(rest)?.try_into().ok()
}

fn take_bytes<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take_integer(rest)?).ok()?;
    let (bytes, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(bytes)
}

fn take_text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    std::str::from_utf8(take_bytes(rest)?).ok()
}

const VERSION: u8 = 1;

// Identifiers of MQTT 5.0 §2.2.2.2.
const PAYLOAD_FORMAT: u8 = 0x01;
const MESSAGE_EXPIRY: u8 = 0x02;
const CONTENT_TYPE: u8 = 0x03;
const RESPONSE_TOPIC: u8 = 0x08;
const CORRELATION_DATA: u8 = 0x09;
const SUBSCRIPTION_IDENTIFIER: u8 = 0x0B;
const TOPIC_ALIAS: u8 = 0x23;
const USER_PROPERTY: u8 = 0x26;

#[cfg(test)]
mod tests {
    use super::*;

    fn everything() -> PublishProperties {
        PublishProperties {
            payload_format_indicator: Some(true),
            message_expiry_interval: Some(u32::MAX),
            topic_alias: NonZeroU16::new(65_535),
            response_topic: Some("reply/to".parse().unwrap()),
            correlation_data: Some(Bytes::from_static(&[0, 255, 7])),
            user_properties: vec![
                ("a".into(), "1".into()),
                ("a".into(), "".into()),
                ("b".into(), "x".repeat(300).into()),
            ],
            subscription_identifiers: vec![1, 268_435_455],
            content_type: Some("application/json".into()),
        }
    }

    #[test]
    fn properties_survive_the_blob() {
        for properties in [PublishProperties::default(), everything()] {
            assert_eq!(decode(&encode(&properties)), Ok(properties));
        }
    }

    #[test]
    fn a_blob_that_is_cut_or_altered_is_damage_and_never_a_panic() {
        let blob = encode(&everything());
        let mut unreadable = 0;

        for length in 0..blob.len() {
            unreadable += usize::from(decode(&blob[..length]).is_err());
        }
        for position in 0..blob.len() {
            let mut altered = blob.clone();
            altered[position] = 0xFF;
            unreadable += usize::from(decode(&altered).is_err());
        }

        assert!(unreadable > blob.len(), "{unreadable} of {}", 2 * blob.len());
        assert!(matches!(decode(&[]), Err(Cause::Damaged { .. })));
        assert!(matches!(decode(&[VERSION + 1]), Err(Cause::Damaged { .. })));
    }
}
