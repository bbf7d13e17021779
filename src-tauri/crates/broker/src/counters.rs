//! Figures that many tasks add to.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::activity::{Counters, Dropped};

/// Counts since the broker started. Sums only: no count orders another one.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) connections: Count,
    pub(crate) refused_connections: Count,
    pub(crate) messages_in: Count,
    pub(crate) messages_out: Count,
    pub(crate) bytes_in: Count,
    pub(crate) bytes_out: Count,
    pub(crate) slow_consumer: Count,
    pub(crate) queue_full: Count,
    pub(crate) too_large: Count,
    pub(crate) expired: Count,
    pub(crate) refused: Count,
    pub(crate) forbidden: Count,
}

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, amount: usize) {
        self.0.fetch_add(amount as u64, Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

impl Tally {
    pub(crate) fn read(&self) -> Counters {
        Counters {
            connections: self.connections.get(),
            refused_connections: self.refused_connections.get(),
            messages_in: self.messages_in.get(),
            messages_out: self.messages_out.get(),
            bytes_in: self.bytes_in.get(),
            bytes_out: self.bytes_out.get(),
            dropped: Dropped {
                slow_consumer: self.slow_consumer.get(),
                queue_full: self.queue_full.get(),
                too_large: self.too_large.get(),
                expired: self.expired.get(),
                refused: self.refused.get(),
                forbidden: self.forbidden.get(),
            },
        }
    }
}
