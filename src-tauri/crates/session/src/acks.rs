//! Acknowledgements that wait for the history: PUBACK and PUBREC after the commit.
//!
//! # Invariants
//!
//! * They are sent in the order in which the messages were received (MQTT 5.0 §4.6), whatever the
//!   order in which the handles are completed.
//! * A handle of a connection that is gone does nothing: the server will send the message again.
//! * At most one entry for each message the server may have in flight, so at most 65,535.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{Notify, futures::Notified};
use wire::{QoS, packet::PacketId};

/// The right to acknowledge one received message. Dropped without [`AckHandle::complete`], the
/// message stays unacknowledged and the server sends it again after a reconnect.
#[derive(Debug)]
pub struct AckHandle {
    shared: Arc<Shared>,
    generation: u64,
    position: u64,
    settled: bool,
}

impl AckHandle {
    /// Lets the acknowledgement go out. Cheap, from any task or thread.
    pub fn complete(mut self) {
        self.settled = true;
        self.shared.settle(self.generation, self.position, Settlement::Send);
    }
}

impl Drop for AckHandle {
    fn drop(&mut self) {
        if !self.settled {
            self.shared.settle(self.generation, self.position, Settlement::Withhold);
        }
    }
}

/// The acknowledgements of one session that are not sent yet.
#[derive(Debug, Default)]
pub(crate) struct AckQueue {
    shared: Arc<Shared>,
}

impl AckQueue {
    /// Notes a received message.
    pub(crate) fn push(&self, packet_id: PacketId, qos: QoS) -> AckHandle {
        let mut entries = self.shared.lock();
        let position = entries.first + entries.queue.len() as u64;
        entries.queue.push_back(Entry { packet_id, qos, settlement: None });
        let generation = entries.generation;
        drop(entries);
        AckHandle { shared: Arc::clone(&self.shared), generation, position, settled: false }
    }

    /// Hands over what may be sent now, oldest first, until `send` has no room.
    pub(crate) fn send_ready(&self, mut send: impl FnMut(PacketId, QoS) -> bool) {
        let mut entries = self.shared.lock();
        while let Some(&Entry { packet_id, qos, settlement: Some(settlement) }) =
            entries.queue.front()
        {
            if settlement == Settlement::Send && !send(packet_id, qos) {
                return;
            }
            entries.queue.pop_front();
            entries.first += 1;
        }
    }

    /// Resolves when [`AckQueue::send_ready`] may have something to hand over.
    pub(crate) fn changed(&self) -> Notified<'_> {
        self.shared.front_settled.notified()
    }

    /// Forgets everything: the connection is gone.
    pub(crate) fn void(&self) {
        let mut entries = self.shared.lock();
        entries.generation += 1;
        entries.first += entries.queue.len() as u64;
        entries.queue.clear();
    }

    /// Whether no acknowledgement is owed.
    pub(crate) fn is_empty(&self) -> bool {
        self.shared.lock().queue.is_empty()
    }
}

#[derive(Debug, Default)]
struct Shared {
    entries: Mutex<Entries>,
    front_settled: Notify,
}

#[derive(Debug, Default)]
struct Entries {
    generation: u64,
    /// Position of the front of the queue.
    first: u64,
    queue: VecDeque<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    packet_id: PacketId,
    qos: QoS,
    settlement: Option<Settlement>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Settlement {
    Send,
    Withhold,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Entries> {
        // Nothing panics while it is held; should it ever, the queue is still consistent.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settle(&self, generation: u64, position: u64, settlement: Settlement) {
        let mut entries = self.lock();
        if entries.generation != generation {
            return;
        }
        let Some(index) = position.checked_sub(entries.first) else { return };
        let Ok(index) = usize::try_from(index) else { return };
        if let Some(entry) = entries.queue.get_mut(index) {
            entry.settlement = Some(settlement);
        }
        drop(entries);
        if index == 0 {
            self.front_settled.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(value: u16) -> PacketId {
        PacketId::new(value).expect("not zero")
    }

    fn sent(queue: &AckQueue) -> Vec<u16> {
        let mut ids = Vec::new();
        queue.send_ready(|packet_id, _| {
            ids.push(packet_id.get());
            true
        });
        ids
    }

    #[test]
    fn acknowledgements_go_out_in_the_order_of_reception() {
        let queue = AckQueue::default();
        let first = queue.push(id(7), QoS::AtLeastOnce);
        let second = queue.push(id(3), QoS::ExactlyOnce);

        second.complete();
        assert_eq!(sent(&queue), [], "the first one is not stored yet");
        first.complete();

        assert_eq!(sent(&queue), [7, 3]);
        assert!(queue.is_empty());
    }

    #[test]
    fn a_dropped_handle_is_not_acknowledged_and_holds_up_nothing() {
        let queue = AckQueue::default();
        let first = queue.push(id(1), QoS::AtLeastOnce);
        let second = queue.push(id(2), QoS::AtLeastOnce);

        drop(first);
        second.complete();

        assert_eq!(sent(&queue), [2]);
    }

    #[test]
    fn a_handle_of_a_lost_connection_does_nothing() {
        let queue = AckQueue::default();
        let stale = queue.push(id(1), QoS::AtLeastOnce);
        queue.void();
        let fresh = queue.push(id(1), QoS::AtLeastOnce);

        stale.complete();
        assert_eq!(sent(&queue), []);
        fresh.complete();

        assert_eq!(sent(&queue), [1]);
    }

    #[test]
    fn what_does_not_fit_is_sent_next_time() {
        let queue = AckQueue::default();
        queue.push(id(1), QoS::AtLeastOnce).complete();

        queue.send_ready(|_, _| false);

        assert_eq!(sent(&queue), [1]);
    }
}
