//! What a broker is doing, at one moment.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use wire::{PacketType, Timestamp, Version};

use crate::{
    faults::FaultDirection,
    listener::{ListenerId, ListenerProtocol},
};

/// The answer of [`Broker::snapshot`](crate::Broker::snapshot): sums only, so that asking stays cheap
/// with any number of clients.
#[derive(Clone, Debug)]
pub struct Activity {
    /// When the broker started.
    pub since: Timestamp,
    /// Sums since then.
    pub counters: Counters,
    /// Sessions with a connection.
    pub online: usize,
    /// Of them, those that came through each listener that has any.
    pub by_listener: BTreeMap<ListenerId, usize>,
    /// Sessions without one that are kept.
    pub offline: usize,
    /// Subscriptions of all sessions, the shared ones included.
    pub subscriptions: usize,
    /// Subscriptions to `$share/…` among them.
    pub shared_subscriptions: usize,
    /// Retained messages held, without those of the broker about itself.
    pub retained: usize,
    /// `QoS` 1 and 2 messages waiting in all sessions, without those in flight.
    pub queued: usize,
    /// `QoS` 1 and 2 messages sent and not yet acknowledged.
    pub inflight: usize,
    /// The memory messages hold.
    pub held: Held,
}

/// Memory held by messages, in bytes, as the limits count it. One message that several queues hold
/// counts in each of them, although it is in memory once.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Held {
    /// Retained messages.
    pub retained: usize,
    /// `QoS` 1 and 2 messages waiting in sessions.
    pub queued: usize,
    /// Messages waiting for a socket.
    pub outbound: usize,
}

/// Sums since the broker started.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counters {
    /// Connections whose CONNECT was accepted.
    pub connections: u64,
    /// Connections that ended before that.
    pub refused_connections: u64,
    /// Sessions that ended because their expiry interval passed.
    pub expired_sessions: u64,
    /// Most connections with a session at the same time.
    pub most_online: u64,
    /// PUBLISH packets received.
    pub messages_in: u64,
    /// PUBLISH packets written.
    pub messages_out: u64,
    /// Packets of any kind received.
    pub packets_in: u64,
    /// Packets of any kind written.
    pub packets_out: u64,
    /// Bytes read from sockets.
    pub bytes_in: u64,
    /// Bytes written to sockets.
    pub bytes_out: u64,
    /// Payload bytes of the PUBLISH packets received.
    pub payload_in: u64,
    /// Payload bytes of the PUBLISH packets written.
    pub payload_out: u64,
    /// Copies of messages that will not arrive.
    pub dropped: Dropped,
}

/// Why copies of messages were dropped.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Dropped {
    /// `QoS` 0 for a client that does not read fast enough: the oldest that waited.
    pub slow_consumer: u64,
    /// `QoS` 1 or 2 for a session whose queue is full.
    pub queue_full: u64,
    /// Larger than the client's maximum packet size.
    pub too_large: u64,
    /// Their message expiry interval passed while they waited.
    pub expired: u64,
    /// Published without permission, or retained beyond the limit; counted for the publisher.
    pub refused: u64,
    /// For a client that may not receive their topic.
    pub forbidden: u64,
    /// `QoS` 0 for a session without a connection (§3.1.2.11.2 lets a server keep them; this one
    /// does not).
    pub offline: u64,
}

/// A field of [`Dropped`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Loss {
    SlowConsumer,
    QueueFull,
    TooLarge,
    Expired,
    Refused,
    Forbidden,
    Offline,
}

/// One session.
#[derive(Clone, Debug)]
pub struct ClientInfo {
    /// Client identifier.
    pub client_id: Arc<str>,
    /// Its connection, or since when it has none.
    pub presence: Presence,
    /// Subscriptions held.
    pub subscriptions: usize,
    /// PUBLISH packets received from it since the session began.
    pub messages_in: u64,
    /// PUBLISH packets sent to it since the session began.
    pub messages_out: u64,
    /// Bytes received from it since the session began.
    pub bytes_in: u64,
    /// Bytes sent to it since the session began.
    pub bytes_out: u64,
    /// `QoS` 1 and 2 messages sent and not yet acknowledged.
    pub inflight: usize,
    /// `QoS` 1 and 2 messages waiting.
    pub queued: usize,
    /// Bytes of them, as the limits count.
    pub queued_bytes: usize,
    /// Messages waiting for its socket.
    pub outbound: usize,
    /// Bytes of them, as the limits count.
    pub outbound_bytes: usize,
    /// Copies of messages it did not get, and messages of it that were refused.
    pub dropped: Dropped,
}

/// Whether a session has a connection.
#[derive(Clone, Debug)]
pub enum Presence {
    /// It has.
    Online(ClientLink),
    /// It is kept without one.
    Offline(OfflineSession),
}

/// A session without a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OfflineSession {
    /// When its last connection ended.
    pub since: Timestamp,
    /// When it ends; `None` is never.
    pub expires: Option<Timestamp>,
}

/// The connection of a session.
#[derive(Clone, Debug)]
pub struct ClientLink {
    /// Version spoken.
    pub version: Version,
    /// The peer.
    pub address: SocketAddr,
    /// What it came over.
    pub protocol: ListenerProtocol,
    /// The listener it came through, even if that has stopped; `None` for a connection that was made
    /// elsewhere.
    pub listener: Option<ListenerId>,
    /// The common name of the certificate it showed.
    pub common_name: Option<Box<str>>,
    /// User name given, or that of its certificate.
    pub username: Option<Box<str>>,
    /// Keep-alive in force, seconds; 0 is off.
    pub keep_alive: u16,
    /// When its CONNECT was accepted.
    pub since: Timestamp,
    /// The packet that passed last, either way.
    pub last_packet: Option<LastPacket>,
}

/// A packet that passed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LastPacket {
    /// Its type.
    pub packet: PacketType,
    /// Which way it went.
    pub direction: FaultDirection,
    /// When.
    pub at: Timestamp,
}

impl Activity {
    /// How many clients are online through a listener.
    pub fn clients_of(&self, listener: ListenerId) -> usize {
        self.by_listener.get(&listener).copied().unwrap_or(0)
    }
}

impl ClientInfo {
    /// The connection, if it has one.
    pub const fn online(&self) -> Option<&ClientLink> {
        match &self.presence {
            Presence::Online(link) => Some(link),
            Presence::Offline(_) => None,
        }
    }
}

impl Dropped {
    /// All of them.
    pub const fn total(&self) -> u64 {
        self.slow_consumer
            + self.queue_full
            + self.too_large
            + self.expired
            + self.refused
            + self.forbidden
            + self.offline
    }

    pub(crate) fn add(&mut self, loss: Loss, count: usize) {
        let field = match loss {
            Loss::SlowConsumer => &mut self.slow_consumer,
            Loss::QueueFull => &mut self.queue_full,
            Loss::TooLarge => &mut self.too_large,
            Loss::Expired => &mut self.expired,
            Loss::Refused => &mut self.refused,
            Loss::Forbidden => &mut self.forbidden,
            Loss::Offline => &mut self.offline,
        };
        *field += count as u64;
    }
}
