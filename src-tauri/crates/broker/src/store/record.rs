//! What is written: small changes of the stored state, many of them in one frame.
//!
//! A frame is `length`, `crc32(payload)`, `crc32(the eight bytes before)` and the payload, all numbers
//! little endian. The payload is records in postcard, one after the other; some are followed by a
//! PUBLISH packet of MQTT 5.0. A frame is what the router did in one go, so it counts as a whole or
//! not at all.

use bytes::{BufMut, Bytes, BytesMut};
use serde::{Deserialize, Serialize};
use wire::{
    DecodeLimits, Decoder, EncodeError, Packet, PacketId, QoS, Timestamp, Version, encoded_len,
    packet::{Publish, Will},
    property::{PublishProperties, WillProperties},
};

use super::read::Damage;

/// One change. `session` and `body` are numbers that are never given twice in one store.
#[derive(Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Record<'a> {
    /// A message others refer to; `packet` bytes of PUBLISH follow.
    Body {
        body: u64,
        /// Wall clock, microseconds.
        received: i64,
        #[serde(borrow)]
        publisher: Option<&'a str>,
        packet: u32,
    },
    /// The retained message of `topic` is this one now.
    Retained {
        topic: &'a str,
        body: u64,
    },
    NotRetained {
        topic: &'a str,
    },
    /// A session begins.
    Session {
        session: u64,
        client_id: &'a str,
    },
    /// Its client is connected. Its will is none until the next record.
    Online {
        session: u64,
        expiry: u32,
    },
    /// Its will; `packet` bytes of PUBLISH follow.
    Will {
        session: u64,
        delay: u32,
        packet: u32,
    },
    NoWill {
        session: u64,
    },
    /// Its client is gone.
    Offline {
        session: u64,
        expiry: u32,
        since: i64,
    },
    Ended {
        session: u64,
    },
    Subscribed {
        session: u64,
        filter: &'a str,
        qos: u8,
        no_local: bool,
        retain_as_published: bool,
        retain_handling: u8,
        identifier: Option<u32>,
    },
    Unsubscribed {
        session: u64,
        filter: &'a str,
    },
    /// A message waits behind the others.
    Queued {
        session: u64,
        body: u64,
        qos: u8,
        retain: bool,
        identifiers: Vec<u32>,
    },
    /// It was sent under `id`. What waited before it was dropped.
    Sent {
        session: u64,
        body: u64,
        id: u16,
    },
    /// It was dropped, and what waited before it.
    Skipped {
        session: u64,
        body: u64,
    },
    /// Of a message in flight only the PUBCOMP is missing.
    Released {
        session: u64,
        id: u16,
    },
    /// Nothing is in flight under `id` any more.
    Finished {
        session: u64,
        id: u16,
    },
    /// A `QoS` 2 message of the client was received under `id`.
    Received {
        session: u64,
        id: u16,
    },
    /// And the client released it.
    Completed {
        session: u64,
        id: u16,
    },
    /// Where the packet identifiers of a session go on.
    LastId {
        session: u64,
        id: u16,
    },
    /// The last record of a snapshot.
    End,
}

impl Record<'_> {
    /// The session it is about.
    pub(super) fn session(&self) -> Option<u64> {
        match *self {
            Self::Session { session, .. }
            | Self::Online { session, .. }
            | Self::Will { session, .. }
            | Self::NoWill { session }
            | Self::Offline { session, .. }
            | Self::Ended { session }
            | Self::Subscribed { session, .. }
            | Self::Unsubscribed { session, .. }
            | Self::Queued { session, .. }
            | Self::Sent { session, .. }
            | Self::Skipped { session, .. }
            | Self::Released { session, .. }
            | Self::Finished { session, .. }
            | Self::Received { session, .. }
            | Self::Completed { session, .. }
            | Self::LastId { session, .. } => Some(session),
            Self::Body { .. } | Self::Retained { .. } | Self::NotRetained { .. } | Self::End => {
                None
            }
        }
    }
}

/// Bytes before a payload.
pub(super) const FRAME_HEADER: usize = 12;

/// A frame that is being filled.
#[derive(Debug)]
pub(crate) struct Frame(BytesMut);

impl Frame {
    pub(crate) fn new() -> Self {
        let mut frame = Self(BytesMut::new());
        frame.clear();
        frame
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.len() == FRAME_HEADER
    }

    /// Bytes, with the header.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn clear(&mut self) {
        // Room for usual traffic is kept, that of an exception is not.
        const KEPT: usize = 4 * 1024 * 1024;
        if self.0.capacity() > KEPT {
            self.0 = BytesMut::new();
        }
        self.0.clear();
        self.0.put_bytes(0, FRAME_HEADER);
    }

    pub(crate) fn push(&mut self, record: &Record<'_>) {
        if let Err(error) = postcard::serialize_with_flavor(record, Append(&mut self.0)) {
            // Neither the memory nor any of the types above can refuse.
            tracing::error!(%error, ?record, "a record cannot be written");
        }
    }

    /// A record and the packet behind it.
    pub(crate) fn push_with_packet(
        &mut self,
        packet: &Packet,
        record: impl FnOnce(u32) -> Record<'static>,
    ) -> Result<(), EncodeError> {
        let length = encoded_len(packet, Version::V5)?;
        let length = u32::try_from(length).map_err(|_| too_large(length))?;
        self.push(&record(length));
        wire::encode(packet, Version::V5, &mut self.0)
    }

    /// The same for the one record that borrows.
    pub(crate) fn push_body(
        &mut self,
        packet: &Packet,
        body: u64,
        received: Timestamp,
        publisher: Option<&str>,
    ) -> Result<(), EncodeError> {
        let length = encoded_len(packet, Version::V5)?;
        let length = u32::try_from(length).map_err(|_| too_large(length))?;
        self.push(&Record::Body { body, received: received.0, publisher, packet: length });
        wire::encode(packet, Version::V5, &mut self.0)
    }

    /// A body that is in bytes already.
    pub(super) fn push_raw(&mut self, record: &Record<'_>, packet: &[u8]) {
        self.push(record);
        self.0.put_slice(packet);
    }

    /// The records.
    pub(super) fn payload(&self) -> &[u8] {
        &self.0[FRAME_HEADER..]
    }

    /// Header and payload, ready to be written; `None` when it is too long for its header.
    pub(super) fn seal(&mut self) -> Option<&[u8]> {
        let length = u32::try_from(self.0.len() - FRAME_HEADER).ok()?;
        let check = crc32fast::hash(&self.0[FRAME_HEADER..]);
        self.0[..4].copy_from_slice(&length.to_le_bytes());
        self.0[4..8].copy_from_slice(&check.to_le_bytes());
        let check = crc32fast::hash(&self.0[..8]);
        self.0[8..FRAME_HEADER].copy_from_slice(&check.to_le_bytes());
        Some(&self.0)
    }
}

struct Append<'a>(&'a mut BytesMut);

impl postcard::ser_flavors::Flavor for Append<'_> {
    type Output = ();

    fn try_push(&mut self, data: u8) -> postcard::Result<()> {
        self.0.put_u8(data);
        Ok(())
    }

    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        self.0.put_slice(data);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

fn too_large(bytes: usize) -> EncodeError {
    EncodeError::PacketTooLarge { bytes }
}

/// Calls `each` with every record of a payload and the packet behind it.
pub(super) fn records(
    mut payload: &[u8],
    mut each: impl FnMut(Record<'_>, &[u8]) -> Result<(), Damage>,
) -> Result<(), Damage> {
    while !payload.is_empty() {
        let (record, rest) =
            postcard::take_from_bytes::<Record<'_>>(payload).map_err(|_| Damage::Record)?;
        let packet = match record {
            Record::Body { packet, .. } | Record::Will { packet, .. } => packet,
            _ => 0,
        };
        let packet = usize::try_from(packet).map_err(|_| Damage::Record)?;
        let (packet, rest) = rest.split_at_checked(packet).ok_or(Damage::Record)?;
        each(record, packet)?;
        payload = rest;
    }
    Ok(())
}

/// What was stored as a packet.
pub(super) fn publish(packet: &[u8]) -> Result<Publish, Damage> {
    let mut bytes = BytesMut::from(packet);
    match Decoder::new(Version::V5, DecodeLimits::default()).decode(&mut bytes) {
        Ok(Some(Packet::Publish(publish))) if bytes.is_empty() => Ok(publish),
        _ => Err(Damage::Packet),
    }
}

/// The packet a will is stored as; its delay is not part of it.
pub(crate) fn will_to_packet(will: &Will) -> Packet {
    let properties = PublishProperties {
        payload_format_indicator: will.properties.payload_format_indicator,
        message_expiry_interval: will.properties.message_expiry_interval,
        response_topic: will.properties.response_topic.clone(),
        correlation_data: will.properties.correlation_data.clone(),
        user_properties: will.properties.user_properties.clone(),
        content_type: will.properties.content_type.clone(),
        ..PublishProperties::default()
    };
    Packet::Publish(Publish {
        dup: false,
        qos: will.qos,
        retain: will.retain,
        topic: Some(will.topic.clone()),
        // A packet needs one; it means nothing here.
        packet_id: (will.qos != QoS::AtMostOnce).then_some(PacketId::MIN),
        payload: will.payload.clone(),
        properties,
    })
}

/// The will such a packet stands for.
pub(super) fn will_from_packet(packet: &[u8], delay: u32) -> Result<Will, Damage> {
    let Publish { qos, retain, topic, payload, properties, .. } = publish(packet)?;
    Ok(Will {
        topic: topic.ok_or(Damage::Packet)?,
        payload: Bytes::copy_from_slice(&payload),
        qos,
        retain,
        properties: WillProperties {
            will_delay_interval: (delay > 0).then_some(delay),
            payload_format_indicator: properties.payload_format_indicator,
            message_expiry_interval: properties.message_expiry_interval,
            content_type: properties.content_type,
            response_topic: properties.response_topic,
            correlation_data: properties.correlation_data,
            user_properties: properties.user_properties,
        },
    })
}
