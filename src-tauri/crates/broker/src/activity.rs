//! What a broker is doing, at one moment.

use std::{net::SocketAddr, sync::Arc};

use wire::{PacketType, Timestamp, Version};

use crate::faults::FaultDirection;

use crate::listener::{ListenerId, ListenerProtocol};

/// The answer of [`Broker::snapshot`](crate::Broker::snapshot).
#[derive(Clone, Debug)]
pub struct Activity {
    /// Sums since the start.
    pub counters: Counters,
    /// Every session, online or kept, by client identifier.
    pub clients: Vec<ClientInfo>,
    /// Retained messages held.
    pub retained: usize,
    /// `QoS` 1 and 2 messages waiting in all sessions, without those in flight.
    pub queued: usize,
}

/// Sums since the broker started.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counters {
    /// Connections whose CONNECT was accepted.
    pub connections: u64,
    /// Connections that ended before that.
    pub refused_connections: u64,
    /// PUBLISH packets received.
    pub messages_in: u64,
    /// PUBLISH packets written.
    pub messages_out: u64,
    /// Bytes read from sockets.
    pub bytes_in: u64,
    /// Bytes written to sockets.
    pub bytes_out: u64,
    /// Copies of messages that will not arrive.
    pub dropped: Dropped,
}

/// Why copies of messages were dropped.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Dropped {
    /// `QoS` 0 for a client that does not read fast enough.
    pub slow_consumer: u64,
    /// `QoS` 1 or 2 for a session whose queue is full.
    pub queue_full: u64,
    /// Larger than the client's maximum packet size.
    pub too_large: u64,
    /// Their message expiry interval passed while they waited.
    pub expired: u64,
    /// Published without permission, or retained beyond the limit.
    pub refused: u64,
    /// For a client that may not receive their topic.
    pub forbidden: u64,
}

/// One session.
#[derive(Clone, Debug)]
pub struct ClientInfo {
    /// Client identifier.
    pub client_id: Arc<str>,
    /// `None`: offline, the session is kept.
    pub online: Option<ClientLink>,
    /// Subscriptions held.
    pub subscriptions: usize,
    /// PUBLISH packets received from it since the session began.
    pub messages_in: u64,
    /// PUBLISH packets sent to it since the session began.
    pub messages_out: u64,
    /// `QoS` 1 and 2 messages sent and not yet acknowledged.
    pub inflight: usize,
    /// `QoS` 1 and 2 messages waiting.
    pub queued: usize,
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
        let links = self.clients.iter().filter_map(|client| client.online.as_ref());
        links.filter(|link| link.listener == Some(listener)).count()
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
    }
}
