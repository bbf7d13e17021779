//! An application message as one session saw it cross its socket.

use std::{
    num::NonZeroU16,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;

use crate::{packet::QoS, property::PublishProperties};

/// A message or event of one connection, built once and shared by everything that looks at it.
///
/// # Invariants
///
/// * `seq` is unique and without holes within its connection.
/// * `payload` is what was on the wire, whole.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Message {
    /// Position in its connection's history, from 1.
    pub seq: u64,
    /// When the packet was read from or handed to the socket.
    pub time: Timestamp,
    /// Received, sent, or an event of the session itself.
    pub direction: Direction,
    /// The topic name; after resolving a topic alias. Empty for an event.
    pub topic: Arc<str>,
    /// The payload; for an event, its JSON text.
    pub payload: Bytes,
    /// Quality of service of this delivery.
    pub qos: QoS,
    /// RETAIN flag as it was on the wire.
    pub retain: bool,
    /// DUP flag as it was on the wire.
    pub dup: bool,
    /// Packet identifier; `None` for `QoS` 0 and events.
    pub packet_id: Option<NonZeroU16>,
    /// MQTT 5.0 properties; `None` when there was none.
    pub properties: Option<Arc<PublishProperties>>,
}

/// Which way a message went.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Direction {
    /// From the server to us.
    Received,
    /// From us to the server.
    Sent,
    /// Not a message: something that happened to the session.
    Event,
}

/// Microseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The time of the system's clock.
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    /// Milliseconds since the epoch, the microseconds as fraction: what the window works with.
    #[allow(clippy::cast_precision_loss, reason = "exact up to the year 2255")]
    pub fn as_millis_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}
