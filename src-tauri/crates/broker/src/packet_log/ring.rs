//! The last packets of one client.

use std::collections::VecDeque;

use wire::{PacketType, Timestamp};

use super::{KEPT_PACKETS, PacketEntry, PacketPage, Seen};

/// What a log without packets counts in the budget.
pub(super) const CLIENT_COST: usize = 512;

/// What a packet counts besides its bytes.
const ENTRY_COST: usize = size_of::<PacketEntry>() + 64;

#[derive(Debug, Default)]
pub(super) struct Ring {
    /// The last packets, in the order of their numbers.
    recent: VecDeque<PacketEntry>,
    /// CONNECT and CONNACK of the current connection, once they are not among the last any more.
    pinned: Vec<PacketEntry>,
    last_seq: u64,
    /// Bytes of both lists.
    cost: usize,
}

impl Ring {
    pub(super) fn push(&mut self, seen: Seen, at: Timestamp) {
        self.last_seq += 1;
        let Seen { direction, total_len, bytes, version, faults, error } = seen;
        let seq = self.last_seq;
        let entry = PacketEntry { seq, at, direction, total_len, bytes, version, faults, error };
        if is_connect(&entry) {
            self.cost -= self.pinned.drain(..).map(|entry| cost(&entry)).sum::<usize>();
        }
        self.cost += cost(&entry);
        self.recent.push_back(entry);
        if self.recent.len() > KEPT_PACKETS {
            self.retire();
        }
    }

    /// Bytes held.
    pub(super) fn cost(&self) -> usize {
        self.cost
    }

    /// Drops all packets; returns the bytes that were held.
    pub(super) fn forget(&mut self) -> usize {
        self.recent = VecDeque::new();
        self.pinned = Vec::new();
        std::mem::take(&mut self.cost)
    }

    pub(super) fn page(&self, after_seq: u64, limit: usize) -> PacketPage {
        // A number from the future belongs to a log that was forgotten: begin again.
        let after_seq = if after_seq > self.last_seq { 0 } else { after_seq };
        let wanted = |entry: &&PacketEntry| entry.seq > after_seq;
        let entries: Vec<_> =
            self.pinned.iter().chain(&self.recent).filter(wanted).take(limit).cloned().collect();
        let is_whole = entries.len() < limit;
        let last = entries.last().map_or(after_seq, |entry| entry.seq);
        let next_seq = if is_whole { self.last_seq } else { last };
        let skipped = next_seq - after_seq - entries.len() as u64;
        PacketPage { entries, next_seq, skipped }
    }

    fn retire(&mut self) {
        let Some(oldest) = self.recent.pop_front() else { return };
        let is_greeting =
            matches!(packet_type(&oldest), Some(PacketType::Connect | PacketType::ConnAck));
        if is_greeting && !self.recent.iter().any(is_connect) {
            self.pinned.push(oldest);
        } else {
            self.cost -= cost(&oldest);
        }
    }
}

fn is_connect(entry: &PacketEntry) -> bool {
    packet_type(entry) == Some(PacketType::Connect)
}

fn packet_type(entry: &PacketEntry) -> Option<PacketType> {
    entry.bytes.first().copied().and_then(PacketType::from_first_byte)
}

fn cost(entry: &PacketEntry) -> usize {
    ENTRY_COST + entry.bytes.len()
}
