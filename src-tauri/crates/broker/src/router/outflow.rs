//! `QoS` 1 and 2 messages on their way to one client: waiting, in flight, to be repeated (§4.3, §4.4).
//!
//! # Invariants
//!
//! * A packet identifier is in `inflight` from the first PUBLISH to the last acknowledgement.
//! * No more than the client's window is in flight on one connection (§4.9).
//! * The queue stays within its limits, in number and bytes.

use std::collections::{HashMap, VecDeque};

use tokio::time::Instant;
use wire::{PacketId, QoS, ReasonCode};

use crate::{config::Limits, message::Delivery};

#[derive(Debug, Default)]
pub(crate) struct Outflow {
    queue: VecDeque<Delivery>,
    queued_bytes: usize,
    /// No message in the queue expires before this; `None`: none does at all.
    first_expiry: Option<Instant>,
    inflight: HashMap<PacketId, Sent>,
    /// Identifiers in flight on an earlier connection that this one has not seen yet, oldest first.
    repeat: VecDeque<PacketId>,
    /// How much of the window is used on this connection.
    used: usize,
    sent_count: u64,
    last_id: u16,
}

#[derive(Debug)]
struct Sent {
    order: u64,
    stage: Stage,
    /// Whether it uses the window of this connection.
    counted: bool,
}

#[derive(Debug)]
enum Stage {
    /// Waits for PUBACK or PUBREC.
    Published(Delivery),
    /// PUBREL was sent; waits for PUBCOMP.
    Released,
}

/// What a PUBREC leads to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum AfterPubRec {
    /// Answer with PUBREL.
    Release,
    /// The client refused the message; nothing more to say.
    Refused,
    /// It refused something else than it was sent.
    Ignored,
    /// Answer with PUBREL and "packet identifier not found".
    Unknown,
}

impl Outflow {
    /// What a store kept: in flight, oldest first, without a message when only the PUBCOMP is missing;
    /// and waiting. It was within the limits once.
    pub(crate) fn restored(
        inflight: impl Iterator<Item = (PacketId, Option<Delivery>)>,
        queue: impl Iterator<Item = Delivery>,
        last_id: u16,
    ) -> Self {
        let mut outflow = Self { last_id, ..Self::default() };
        for (id, delivery) in inflight {
            outflow.sent_count += 1;
            let stage = match delivery {
                Some(delivery) => Stage::Published(Delivery { packet_id: Some(id), ..delivery }),
                None => Stage::Released,
            };
            let sent = Sent { order: outflow.sent_count, stage, counted: false };
            outflow.inflight.insert(id, sent);
        }
        outflow.queue = queue.collect();
        outflow.queued_bytes = outflow.queue.iter().map(|delivery| delivery.message.size()).sum();
        let expiries = outflow.queue.iter().filter_map(|delivery| delivery.message.expires_at());
        outflow.first_expiry = expiries.min();
        outflow
    }

    /// What is in flight, oldest first; without a message when only the PUBCOMP is missing.
    pub(crate) fn in_order(&self) -> Vec<(PacketId, Option<&Delivery>)> {
        let mut sent: Vec<_> = self.inflight.iter().collect();
        sent.sort_unstable_by_key(|(_, sent)| sent.order);
        let in_order = sent.into_iter().map(|(id, sent)| match &sent.stage {
            Stage::Published(delivery) => (*id, Some(delivery)),
            Stage::Released => (*id, None),
        });
        in_order.collect()
    }

    /// What waits, oldest first.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &Delivery> {
        self.queue.iter()
    }

    /// What was put in last.
    pub(crate) fn newest(&self) -> Option<&Delivery> {
        self.queue.back()
    }

    /// The packet identifier that was given last.
    pub(crate) fn last_id(&self) -> u16 {
        self.last_id
    }

    /// Puts a message behind the ones that wait; gives it back when there is no room.
    pub(crate) fn enqueue(&mut self, delivery: Delivery, limits: &Limits) -> Result<(), Delivery> {
        let size = delivery.message.size();
        let full = self.queue.len() >= limits.queued_messages
            || self.queued_bytes + size > limits.queued_bytes;
        // A single message beyond the byte limit must not be undeliverable to an idle client.
        if full && !self.queue.is_empty() {
            return Err(delivery);
        }
        self.queued_bytes += size;
        self.first_expiry = earlier(self.first_expiry, delivery.message.expires_at());
        self.queue.push_back(delivery);
        Ok(())
    }

    /// The next message to send while less than `window` is in flight: repetitions first.
    ///
    /// `accept` judges a message that has waited: one it rejects is forgotten.
    pub(crate) fn next(
        &mut self,
        window: usize,
        mut accept: impl FnMut(&Delivery) -> bool,
    ) -> Option<Delivery> {
        if self.used >= window {
            return None;
        }
        while let Some(id) = self.repeat.pop_front() {
            let Some(sent) = self.inflight.get_mut(&id) else { continue };
            let Stage::Published(delivery) = &mut sent.stage else { continue };
            delivery.dup = true;
            sent.counted = true;
            self.used += 1;
            return Some(delivery.clone());
        }
        while let Some(mut delivery) = self.queue.pop_front() {
            self.queued_bytes -= delivery.message.size();
            if !accept(&delivery) {
                continue;
            }
            let id = self.unused_id()?;
            delivery.packet_id = Some(id);
            self.sent_count += 1;
            let stage = Stage::Published(delivery.clone());
            self.inflight.insert(id, Sent { order: self.sent_count, stage, counted: true });
            self.used += 1;
            return Some(delivery);
        }
        None
    }

    /// Takes back what [`Self::next`] returned and the connection had no room for.
    pub(crate) fn put_back(&mut self, mut delivery: Delivery) {
        let Some(id) = delivery.packet_id else { return };
        self.used -= 1;
        if delivery.dup {
            self.repeat.push_front(id);
            if let Some(sent) = self.inflight.get_mut(&id) {
                sent.counted = false;
            }
        } else {
            self.inflight.remove(&id);
            delivery.packet_id = None;
            self.queued_bytes += delivery.message.size();
            self.first_expiry = earlier(self.first_expiry, delivery.message.expires_at());
            self.queue.push_front(delivery);
        }
    }

    /// A PUBACK; returns whether it ended something.
    pub(crate) fn acknowledged(&mut self, id: PacketId) -> bool {
        let ends = self.is_published(id, QoS::AtLeastOnce);
        if ends {
            self.forget(id);
        }
        ends
    }

    /// A PUBREC.
    pub(crate) fn received(&mut self, id: PacketId, reason: ReasonCode) -> AfterPubRec {
        if reason.is_error() {
            if !self.is_published(id, QoS::ExactlyOnce) {
                return AfterPubRec::Ignored;
            }
            self.forget(id);
            return AfterPubRec::Refused;
        }
        match self.inflight.get_mut(&id) {
            Some(Sent { stage: Stage::Published(delivery), .. })
                if delivery.qos != QoS::ExactlyOnce =>
            {
                AfterPubRec::Unknown
            }
            Some(sent) => {
                sent.stage = Stage::Released;
                AfterPubRec::Release
            }
            None => AfterPubRec::Unknown,
        }
    }

    /// A PUBCOMP; returns whether it ended something.
    pub(crate) fn completed(&mut self, id: PacketId) -> bool {
        let ends = matches!(self.inflight.get(&id), Some(Sent { stage: Stage::Released, .. }));
        if ends {
            self.forget(id);
        }
        ends
    }

    /// Begins a new connection; returns the identifiers to send a PUBREL for, oldest first.
    pub(crate) fn restart(&mut self) -> Vec<PacketId> {
        let mut order: Vec<_> = self.inflight.iter().map(|(id, sent)| (sent.order, *id)).collect();
        order.sort_unstable();
        self.used = 0;
        self.repeat.clear();
        let mut released = Vec::new();
        for (_, id) in order {
            let Some(sent) = self.inflight.get_mut(&id) else { continue };
            sent.counted = matches!(sent.stage, Stage::Released);
            if sent.counted {
                self.used += 1;
                released.push(id);
            } else {
                self.repeat.push_back(id);
            }
        }
        released
    }

    /// Drops a message in flight that the client cannot take.
    pub(crate) fn abandon(&mut self, id: PacketId) {
        self.forget(id);
    }

    /// Whether a message with this identifier is not completely acknowledged.
    pub(crate) fn is_inflight(&self, id: PacketId) -> bool {
        self.inflight.contains_key(&id)
    }

    /// Messages sent and not completely acknowledged.
    pub(crate) fn inflight(&self) -> usize {
        self.inflight.len()
    }

    /// Messages that wait.
    pub(crate) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Whether more than a quarter of what may wait does.
    pub(crate) fn is_filling(&self, limits: &Limits) -> bool {
        self.queue.len() >= limits.queued_messages / 4
            || self.queued_bytes >= limits.queued_bytes / 4
    }

    /// Bytes of the messages that wait, as the limits count.
    pub(crate) fn queued_bytes(&self) -> usize {
        self.queued_bytes
    }

    /// Drops the waiting messages that have expired; returns how many. Costs nothing if none has.
    pub(crate) fn drop_expired(&mut self, now: Instant) -> usize {
        if self.first_expiry.is_none_or(|at| at > now) {
            return 0;
        }
        let before = self.queue.len();
        let bytes = &mut self.queued_bytes;
        let mut first = None;
        self.queue.retain(|delivery| {
            let keep = !delivery.message.is_expired(now);
            if keep {
                first = earlier(first, delivery.message.expires_at());
            } else {
                *bytes -= delivery.message.size();
            }
            keep
        });
        self.first_expiry = first;
        before - self.queue.len()
    }

    fn is_published(&self, id: PacketId, qos: QoS) -> bool {
        matches!(
            self.inflight.get(&id),
            Some(Sent { stage: Stage::Published(delivery), .. }) if delivery.qos == qos
        )
    }

    fn forget(&mut self, id: PacketId) {
        if let Some(sent) = self.inflight.remove(&id)
            && sent.counted
        {
            self.used -= 1;
        }
    }

    /// The identifiers go round, so that a late acknowledgement rarely meets a new message.
    fn unused_id(&mut self) -> Option<PacketId> {
        for _ in 0..=u16::MAX {
            self.last_id = self.last_id.wrapping_add(1);
            if let Some(id) = PacketId::new(self.last_id)
                && !self.inflight.contains_key(&id)
            {
                return Some(id);
            }
        }
        None
    }
}

/// The earlier one of those there are.
fn earlier(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use wire::property::PublishProperties;

    use super::*;
    use crate::message::{Message, StoredAs};

    fn delivery(qos: QoS) -> Delivery {
        let message = Message {
            topic: "a".parse().unwrap(),
            payload: Bytes::new(),
            qos,
            retain: false,
            properties: PublishProperties::default(),
            received: Instant::now(),
            publisher: None,
            stored: StoredAs::default(),
        };
        Delivery {
            message: Arc::new(message),
            qos,
            retain: false,
            dup: false,
            packet_id: None,
            identifiers: Vec::new(),
        }
    }

    fn filled(count: usize) -> Outflow {
        let mut outflow = Outflow::default();
        for _ in 0..count {
            outflow.enqueue(delivery(QoS::ExactlyOnce), &Limits::default()).unwrap();
        }
        outflow
    }

    fn send_all(outflow: &mut Outflow, window: usize) -> Vec<(u16, bool)> {
        std::iter::from_fn(|| outflow.next(window, |_| true))
            .filter_map(|delivery| Some((delivery.packet_id?.get(), delivery.dup)))
            .collect()
    }

    fn id(value: u16) -> PacketId {
        PacketId::new(value).unwrap()
    }

    #[test]
    fn no_more_than_the_window_is_in_flight() {
        let mut outflow = filled(3);

        let first = send_all(&mut outflow, 2);
        outflow.received(id(1), ReasonCode::SUCCESS);
        let still_in_flight = send_all(&mut outflow, 2);
        outflow.completed(id(1));
        let after_completion = send_all(&mut outflow, 2);

        assert_eq!(first, [(1, false), (2, false)]);
        assert_eq!(still_in_flight, []);
        assert_eq!(after_completion, [(3, false)]);
    }

    #[test]
    fn a_new_connection_repeats_in_order_within_its_own_window() {
        let mut outflow = filled(4);
        send_all(&mut outflow, 10);
        outflow.received(id(2), ReasonCode::SUCCESS);

        let released = outflow.restart();
        let repeated = send_all(&mut outflow, 3);
        outflow.completed(id(2));
        let rest = send_all(&mut outflow, 3);

        assert_eq!(released, [id(2)]);
        assert_eq!(repeated, [(1, true), (3, true)]);
        assert_eq!(rest, [(4, true)]);
    }

    #[test]
    fn what_the_connection_had_no_room_for_comes_first_again() {
        let mut outflow = filled(2);

        let first = outflow.next(10, |_| true).unwrap();
        outflow.put_back(first);

        assert_eq!((outflow.inflight(), outflow.queued()), (0, 2));
        assert_eq!(send_all(&mut outflow, 10).len(), 2);
    }

    #[test]
    fn an_identifier_in_flight_is_not_given_to_another_message() {
        let mut outflow = filled(1);
        send_all(&mut outflow, 10);

        for _ in 0..u16::MAX {
            outflow.enqueue(delivery(QoS::AtLeastOnce), &Limits::default()).unwrap();
            for (sent, _) in send_all(&mut outflow, 10) {
                assert_ne!(sent, 1);
                outflow.acknowledged(id(sent));
            }
        }
    }

    #[test]
    fn a_full_queue_says_so() {
        let limits = Limits { queued_messages: 1, ..Limits::default() };
        let mut outflow = Outflow::default();

        let answers =
            [(); 2].map(|()| outflow.enqueue(delivery(QoS::AtLeastOnce), &limits).is_ok());

        assert_eq!(answers, [true, false]);
    }
}
