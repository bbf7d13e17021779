//! Figures that many tasks add to.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::activity::{Counters, Dropped, Loss};

/// Counts since the broker started. Sums only: no count orders another one.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) connections: Count,
    pub(crate) refused_connections: Count,
    pub(crate) expired_sessions: Count,
    pub(crate) most_online: Count,
    pub(crate) messages_in: Count,
    pub(crate) messages_out: Count,
    pub(crate) packets_in: Count,
    pub(crate) packets_out: Count,
    pub(crate) bytes_in: Count,
    pub(crate) bytes_out: Count,
    pub(crate) payload_in: Count,
    pub(crate) payload_out: Count,
    pub(crate) dropped: Losses,
}

/// Copies of messages that were dropped, by cause.
#[derive(Debug, Default)]
pub(crate) struct Losses {
    slow_consumer: Count,
    queue_full: Count,
    too_large: Count,
    expired: Count,
    refused: Count,
    forbidden: Count,
    offline: Count,
}

/// What one connection carried; its reader and its writer count.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    /// PUBLISH packets written.
    pub(crate) messages_out: Count,
    pub(crate) bytes_in: Count,
    pub(crate) bytes_out: Count,
    /// Messages that expired in the queue of the socket.
    pub(crate) expired: Count,
}

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, amount: usize) {
        self.0.fetch_add(amount as u64, Relaxed);
    }

    /// Makes it at least `value`.
    pub(crate) fn raise_to(&self, value: usize) {
        self.0.fetch_max(value as u64, Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

impl Losses {
    pub(crate) fn add(&self, loss: Loss, count: usize) {
        let sum = match loss {
            Loss::SlowConsumer => &self.slow_consumer,
            Loss::QueueFull => &self.queue_full,
            Loss::TooLarge => &self.too_large,
            Loss::Expired => &self.expired,
            Loss::Refused => &self.refused,
            Loss::Forbidden => &self.forbidden,
            Loss::Offline => &self.offline,
        };
        sum.add(count);
    }

    fn read(&self) -> Dropped {
        Dropped {
            slow_consumer: self.slow_consumer.get(),
            queue_full: self.queue_full.get(),
            too_large: self.too_large.get(),
            expired: self.expired.get(),
            refused: self.refused.get(),
            forbidden: self.forbidden.get(),
            offline: self.offline.get(),
        }
    }
}

impl Tally {
    pub(crate) fn read(&self) -> Counters {
        Counters {
            connections: self.connections.get(),
            refused_connections: self.refused_connections.get(),
            expired_sessions: self.expired_sessions.get(),
            most_online: self.most_online.get(),
            messages_in: self.messages_in.get(),
            messages_out: self.messages_out.get(),
            packets_in: self.packets_in.get(),
            packets_out: self.packets_out.get(),
            bytes_in: self.bytes_in.get(),
            bytes_out: self.bytes_out.get(),
            payload_in: self.payload_in.get(),
            payload_out: self.payload_out.get(),
            dropped: self.dropped.read(),
        }
    }
}
