//! The newest messages of one connection, in memory, so that the window never waits for the disk.
//!
//! # Invariants
//!
//! * At most [`ROWS`] messages and [`PAYLOAD_BYTES`] of payload, but always the newest one.
//! * Sequence numbers ascend.

use std::{collections::VecDeque, sync::Arc};

use wire::Message;

/// Most messages kept.
const ROWS: usize = 16_384;
/// Most payload kept, in bytes.
const PAYLOAD_BYTES: usize = 32 << 20;

/// A ring of messages in the order of their sequence numbers.
#[derive(Debug, Default)]
pub(crate) struct LiveRing {
    messages: VecDeque<Arc<Message>>,
    payload_bytes: usize,
}

impl LiveRing {
    /// Adds the newest message and lets go of the oldest ones beyond the limits.
    pub(crate) fn push(&mut self, message: Arc<Message>) {
        self.payload_bytes += message.payload.len();
        self.messages.push_back(message);
        while self.messages.len() > ROWS
            || (self.payload_bytes > PAYLOAD_BYTES && self.messages.len() > 1)
        {
            if let Some(oldest) = self.messages.pop_front() {
                self.payload_bytes -= oldest.payload.len();
            }
        }
    }

    /// The message with this number.
    pub(crate) fn get(&self, seq: u64) -> Option<Arc<Message>> {
        let at = self.messages.binary_search_by_key(&seq, |message| message.seq).ok()?;
        self.messages.get(at).map(Arc::clone)
    }

    /// The messages with numbers from `from` to `to`, both included.
    pub(crate) fn range(&self, from: u64, to: u64) -> Vec<Arc<Message>> {
        let start = self.messages.partition_point(|message| message.seq < from);
        self.messages.range(start..).take_while(|message| message.seq <= to).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use wire::{Direction, QoS, Timestamp};

    use super::*;

    fn message(seq: u64, size: usize) -> Arc<Message> {
        Arc::new(Message {
            seq,
            time: Timestamp(0),
            direction: Direction::Received,
            topic: "t".into(),
            payload: Bytes::from(vec![0; size]),
            qos: QoS::AtMostOnce,
            retain: false,
            dup: false,
            packet_id: None,
            properties: None,
        })
    }

    fn seqs(messages: &[Arc<Message>]) -> Vec<u64> {
        messages.iter().map(|message| message.seq).collect()
    }

    #[test]
    fn the_oldest_messages_go_when_there_are_too_many() {
        let mut ring = LiveRing::default();

        for seq in 1..=20_000 {
            ring.push(message(seq, 1));
        }

        assert_eq!(ring.range(0, u64::MAX).len(), 16_384);
        assert!(ring.get(20_000 - 16_384).is_none());
        assert!(ring.get(20_000).is_some());
    }

    #[test]
    fn large_payloads_push_out_older_ones_but_never_the_newest() {
        let mut ring = LiveRing::default();

        ring.push(message(1, 20 << 20));
        ring.push(message(2, 20 << 20));
        ring.push(message(3, 40 << 20));

        assert_eq!(seqs(&ring.range(1, 9)), [3]);
    }

    #[test]
    fn a_range_skips_numbers_that_are_missing() {
        let mut ring = LiveRing::default();

        for seq in [1, 2, 5, 6] {
            ring.push(message(seq, 1));
        }

        assert_eq!(seqs(&ring.range(2, 5)), [2, 5]);
        assert!(ring.get(3).is_none());
    }
}
