//! A message inside the broker, and one copy of it on its way to a client.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::time::Instant;
use wire::{
    Packet, PacketId, QoS, TopicName, Version,
    packet::{Publish, Will},
    property::PublishProperties,
};

/// A message as it was published; shared by all its deliveries.
///
/// # Invariants
///
/// * `properties` holds neither a topic alias nor subscription identifiers.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) topic: TopicName,
    pub(crate) payload: Bytes,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    pub(crate) properties: PublishProperties,
    pub(crate) received: Instant,
    /// Client identifier of the publisher; `None` for the broker itself.
    pub(crate) publisher: Option<Arc<str>>,
    /// Where the store has it, if it has.
    pub(crate) stored: StoredAs,
}

/// The number a message has in the store; only the router sets it.
#[derive(Debug, Default)]
pub(crate) struct StoredAs(AtomicU64);

/// One copy of a message for one client.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) message: Arc<Message>,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    pub(crate) dup: bool,
    pub(crate) packet_id: Option<PacketId>,
    pub(crate) identifiers: Vec<u32>,
}

impl Message {
    /// A will as the message it becomes at `now`.
    pub(crate) fn from_will(will: Will, publisher: Arc<str>, now: Instant) -> Self {
        let properties = PublishProperties {
            payload_format_indicator: will.properties.payload_format_indicator,
            message_expiry_interval: will.properties.message_expiry_interval,
            response_topic: will.properties.response_topic,
            correlation_data: will.properties.correlation_data,
            user_properties: will.properties.user_properties,
            content_type: will.properties.content_type,
            ..PublishProperties::default()
        };
        Self {
            topic: will.topic,
            payload: will.payload,
            qos: will.qos,
            retain: will.retain,
            properties,
            received: now,
            publisher: Some(publisher),
            stored: StoredAs::default(),
        }
    }

    /// As the PUBLISH the store keeps it as.
    pub(crate) fn to_packet(&self) -> Packet {
        Packet::Publish(Publish {
            dup: false,
            qos: self.qos,
            retain: self.retain,
            topic: Some(self.topic.clone()),
            // A packet needs one; it means nothing here.
            packet_id: (self.qos != QoS::AtMostOnce).then_some(PacketId::MIN),
            payload: self.payload.clone(),
            properties: self.properties.clone(),
        })
    }

    /// When its expiry interval has passed (§3.3.2.3.3); `None` is never.
    pub(crate) fn expires_at(&self) -> Option<Instant> {
        let seconds = self.properties.message_expiry_interval?;
        self.received.checked_add(Duration::from_secs(seconds.into()))
    }

    /// Whether its expiry interval has passed.
    pub(crate) fn is_expired(&self, now: Instant) -> bool {
        self.expires_at().is_some_and(|at| at <= now)
    }

    /// About the memory it holds, in bytes; what the budgets count.
    pub(crate) fn size(&self) -> usize {
        // Itself, its entry in a queue, and what the allocator adds to it, payload and topic.
        const OVERHEAD: usize = size_of::<Message>() + size_of::<Delivery>() + 4 * 16;
        self.payload.len() + self.topic.as_str().len() + self.properties_size() + OVERHEAD
    }

    fn properties_size(&self) -> usize {
        let properties = &self.properties;
        let user = properties.user_properties.iter();
        user.map(|(name, value)| name.len() + value.len() + 64).sum::<usize>()
            + properties.content_type.as_ref().map_or(0, |text| text.len())
            + properties.correlation_data.as_ref().map_or(0, Bytes::len)
            + properties.response_topic.as_ref().map_or(0, |topic| topic.as_str().len())
    }
}

impl StoredAs {
    pub(crate) fn number(number: u64) -> Self {
        Self(AtomicU64::new(number))
    }

    pub(crate) fn get(&self) -> Option<u64> {
        Some(self.0.load(Relaxed)).filter(|number| *number != 0)
    }

    /// 0 is none.
    pub(crate) fn set(&self, number: u64) {
        self.0.store(number, Relaxed);
    }
}

impl Delivery {
    /// The packet to send at `now`: the expiry interval is what is left of it (§3.3.2.3.3).
    pub(crate) fn to_packet(&self, version: Version, now: Instant) -> Packet {
        let properties = if version == Version::V5 {
            let mut properties = self.message.properties.clone();
            properties.message_expiry_interval =
                properties.message_expiry_interval.map(|seconds| {
                    let waited = now.saturating_duration_since(self.message.received).as_secs();
                    seconds.saturating_sub(u32::try_from(waited).unwrap_or(u32::MAX))
                });
            properties.subscription_identifiers.clone_from(&self.identifiers);
            properties
        } else {
            PublishProperties::default()
        };
        Packet::Publish(Publish {
            dup: self.dup,
            qos: self.qos,
            retain: self.retain,
            topic: Some(self.message.topic.clone()),
            packet_id: self.packet_id,
            payload: self.message.payload.clone(),
            properties,
        })
    }
}
