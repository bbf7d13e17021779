//! The queue between the router and the writer of one connection.
//!
//! # Invariants
//!
//! * Publishes are bounded in number and bytes: [`Outbound::offer`] refuses what does not fit, and
//!   [`Outbound::push`] drops the oldest messages of `QoS` 0 for it.
//! * Control packets are always taken, but the reader waits in [`Outbound::control_room`] before it
//!   reads the packets that would be answered, so a peer cannot make them pile up.
//! * With a store, what the router queued is taken only after [`Outbound::wake`], which it calls when
//!   the changes behind it are stored.
//! * Nothing is taken after [`Outbound::close`], whose packet is the last one.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;
use wire::{Packet, QoS};

use crate::{config::Limits, counters::Traffic, last_packet::LastPacketCell, message::Delivery};

/// Answers that may wait for one socket before its reader pauses.
const CONTROL_ROOM: usize = 2_048;

/// Entries of dropped messages a queue may have before it is tidied up.
const MANY_DROPPED: usize = 1_024;

/// The part of the room that, when it is taken, makes publishers wait. What is on its way to the
/// router then still has room.
const FILLING: usize = 4;

/// Longest time a publisher is held up for a consumer, for each batch it sends.
const BRAKE_LIMIT: Duration = Duration::from_millis(250);

/// A consumer whose socket took nothing for this long is stuck.
const STUCK_AFTER: Duration = Duration::from_millis(200);

/// And one for this long has stopped reading: it is not waited for when its queue is full.
const STOPPED_AFTER: Duration = Duration::from_millis(500);

/// One packet to write.
#[derive(Debug)]
pub(crate) enum Outgoing {
    Publish(Delivery),
    Control(Packet),
    /// A message that was dropped while it waited.
    Dropped,
}

/// How much room an accepted offer left.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Offered {
    Plenty,
    /// A quarter of the room is taken: who sends much should wait.
    Filling,
}

/// What became of a message that may push others out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Pushed {
    /// Messages that are dropped; the new one itself if nothing else could be.
    pub(crate) dropped: usize,
    pub(crate) room: Offered,
}

/// What [`Outbound::take`] found out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Taken {
    /// Nothing comes after what was taken.
    pub(crate) finished: bool,
    /// A refused offer is worth another try.
    pub(crate) has_room_again: bool,
}

#[derive(Debug)]
pub(crate) struct Outbound {
    state: Mutex<State>,
    ready: Notify,
    room: Notify,
    closing: CancellationToken,
    max_messages: usize,
    max_bytes: usize,
    /// Whether packets are held back until they are released.
    holds_back: bool,
    pub(crate) traffic: Traffic,
    /// The packet that passed last, either way.
    pub(crate) last_packet: LastPacketCell,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Outgoing>,
    /// How many entries of the queue are of dropped messages.
    dropped: usize,
    /// No `QoS` 0 message waits before this place.
    first_qos_0: usize,
    /// Packets at the front of the queue that may be taken, when packets are held back.
    released: usize,
    publishes: usize,
    bytes: usize,
    closed: bool,
    refused_one: bool,
    backlog: bool,
    last_take: Option<Instant>,
    brake: Option<Arc<Outbound>>,
}

impl Outbound {
    /// `holds_back`: packets can be taken only after the next [`Self::wake`].
    pub(crate) fn new(limits: &Limits, holds_back: bool) -> Self {
        Self {
            state: Mutex::default(),
            ready: Notify::new(),
            room: Notify::new(),
            closing: CancellationToken::new(),
            max_messages: limits.outbound_messages,
            max_bytes: limits.outbound_bytes,
            holds_back,
            traffic: Traffic::default(),
            last_packet: LastPacketCell::default(),
        }
    }

    /// Queues an answer. Call [`Self::wake`] after the last one of a batch.
    pub(crate) fn send(&self, packet: Packet) {
        let mut state = self.lock();
        if !state.closed {
            state.queue.push_back(Outgoing::Control(packet));
        }
    }

    /// Queues a message if it fits; gives it back if not.
    pub(crate) fn offer(&self, delivery: Delivery) -> Result<Offered, Delivery> {
        let mut state = self.lock();
        if state.closed || !self.has_room_for(&state, delivery.message.size()) {
            state.refused_one = true;
            return Err(delivery);
        }
        state.push(delivery);
        Ok(self.room_left(&state))
    }

    /// Queues a `QoS` 0 message. If it does not fit, the oldest ones of `QoS` 0 make room: what is
    /// new is worth more.
    pub(crate) fn push(&self, delivery: Delivery) -> Pushed {
        let mut state = self.lock();
        let size = delivery.message.size();
        let mut dropped = 0;
        while !state.closed && !self.has_room_for(&state, size) && state.drop_oldest() {
            dropped += 1;
        }
        if state.closed || !self.has_room_for(&state, size) {
            return Pushed { dropped: dropped + 1, room: Offered::Filling };
        }
        state.push(delivery);
        Pushed { dropped, room: self.room_left(&state) }
    }

    /// Whether there is plenty of room. If not, its writer will say when there is.
    pub(crate) fn asks_for_more(&self) -> bool {
        let mut state = self.lock();
        let has_room = !self.has_reached(&state, 2);
        state.refused_one |= !has_room;
        has_room
    }

    /// Queues a message that is already bounded otherwise: the retained ones of one subscription.
    pub(crate) fn force(&self, delivery: Delivery) {
        let mut state = self.lock();
        if !state.closed {
            state.push(delivery);
        }
    }

    /// Whether an offer would be refused now.
    pub(crate) fn is_full(&self) -> bool {
        self.has_reached(&self.lock(), 1)
    }

    /// Messages that wait, and their bytes.
    pub(crate) fn held(&self) -> (usize, usize) {
        let state = self.lock();
        (state.publishes, state.bytes)
    }

    /// Says whether many messages wait in the session behind this queue.
    pub(crate) fn set_backlog(&self, backlog: bool) {
        self.lock().backlog = backlog;
        self.room.notify_waiters();
    }

    /// Makes the reader of this connection wait for `slower` before it reads on.
    pub(crate) fn brake_for(&self, slower: Arc<Self>) {
        let mut state = self.lock();
        if !state.closed {
            state.brake = Some(slower);
        }
    }

    /// Whether the reader should wait for somebody.
    pub(crate) fn is_braked(&self) -> bool {
        self.lock().brake.is_some()
    }

    /// Whether its socket has taken nothing for so long that it is not only slow.
    pub(crate) fn has_stopped(&self) -> bool {
        self.lock().last_take.is_none_or(|at| at.elapsed() > STOPPED_AFTER)
    }

    /// What the reader should wait for, if anything.
    pub(crate) fn take_brake(&self) -> Option<Arc<Self>> {
        self.lock().brake.take()
    }

    /// Queues what needs no router and promises nothing.
    pub(crate) fn send_at_once(&self, packet: Packet) {
        let mut state = self.lock();
        if !state.closed {
            // Behind what is held back it waits for that, which is not long.
            state.released += usize::from(state.released == state.queue.len());
            state.queue.push_back(Outgoing::Control(packet));
        }
        drop(state);
        self.ready.notify_one();
    }

    /// Tells the writer that there is something to take.
    pub(crate) fn wake(&self) {
        if self.holds_back {
            let mut state = self.lock();
            state.released = state.queue.len();
        }
        self.ready.notify_one();
    }

    /// Ends the connection after what is queued and, if given, `last`. Only the first call counts.
    pub(crate) fn close(&self, last: Option<Packet>) {
        {
            let mut state = self.lock();
            if state.closed {
                return;
            }
            state.closed = true;
            // It may be this very queue.
            state.brake = None;
            state.queue.extend(last.map(Outgoing::Control));
        }
        self.closing.cancel();
        self.ready.notify_one();
        self.room.notify_waiters();
    }

    /// Resolves when [`Self::close`] was called.
    pub(crate) async fn closing(&self) {
        self.closing.cancelled().await;
    }

    /// Moves up to `count` packets into `into`, at most about `bytes` of payload.
    pub(crate) fn take(&self, into: &mut Vec<Outgoing>, count: usize, bytes: usize) -> Taken {
        let mut state = self.lock();
        let mut taken_bytes = 0;
        let places = if self.holds_back { state.released } else { usize::MAX };
        let mut passed = 0;
        while into.len() < count && taken_bytes < bytes && passed < places {
            let Some(outgoing) = state.queue.pop_front() else { break };
            passed += 1;
            match &outgoing {
                Outgoing::Publish(delivery) => {
                    let size = delivery.message.size();
                    taken_bytes += size;
                    state.publishes -= 1;
                    state.bytes -= size;
                }
                Outgoing::Control(_) => {}
                Outgoing::Dropped => {
                    state.dropped -= 1;
                    continue;
                }
            }
            into.push(outgoing);
        }
        state.released = state.released.saturating_sub(passed);
        state.first_qos_0 = state.first_qos_0.saturating_sub(passed);
        state.last_take = Some(Instant::now());
        let has_room_again = state.refused_one && !self.has_reached(&state, 2) && !state.closed;
        if has_room_again {
            state.refused_one = false;
        }
        let finished = state.closed && state.queue.is_empty();
        drop(state);
        self.room.notify_waiters();
        Taken { finished, has_room_again }
    }

    /// Resolves when there is something to take.
    pub(crate) async fn ready(&self) {
        self.ready.notified().await;
    }

    /// Waits until few enough answers are queued, or the connection ends.
    pub(crate) async fn control_room(&self) {
        loop {
            let mut room = std::pin::pin!(self.room.notified());
            room.as_mut().enable();
            {
                let state = self.lock();
                if state.closed || state.answers() < CONTROL_ROOM {
                    return;
                }
            }
            room.await;
        }
    }

    /// Waits for a consumer that is behind, as long as it makes progress and at most [`BRAKE_LIMIT`].
    ///
    /// One that does not read at all must not hold up the others: then this returns at once.
    pub(crate) async fn caught_up(&self) {
        let wait = async {
            loop {
                let mut room = std::pin::pin!(self.room.notified());
                room.as_mut().enable();
                {
                    let state = self.lock();
                    let behind = state.backlog || self.has_reached(&state, FILLING);
                    let stuck = state.last_take.is_none_or(|at| at.elapsed() > STUCK_AFTER);
                    if state.closed || !behind || stuck {
                        return;
                    }
                }
                // The timeout notices a consumer that got stuck meanwhile.
                let _ = timeout(STUCK_AFTER, room).await;
            }
        };
        let _ = timeout(BRAKE_LIMIT, wait).await;
    }

    fn has_room_for(&self, state: &State, size: usize) -> bool {
        // A message larger than all the room passes when nothing else waits.
        state.publishes == 0
            || (state.publishes < self.max_messages && state.bytes + size <= self.max_bytes)
    }

    fn room_left(&self, state: &State) -> Offered {
        if self.has_reached(state, FILLING) { Offered::Filling } else { Offered::Plenty }
    }

    fn has_reached(&self, state: &State, part: usize) -> bool {
        state.publishes >= self.max_messages / part || state.bytes >= self.max_bytes / part
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves the counts right: every change below is complete or not begun.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn push(&mut self, delivery: Delivery) {
        self.publishes += 1;
        self.bytes += delivery.message.size();
        self.queue.push_back(Outgoing::Publish(delivery));
    }

    /// Drops the `QoS` 0 message that waits longest; false if there is none. Its entry stays, so that
    /// this costs the same in a queue of any length, until such entries are the most.
    fn drop_oldest(&mut self) -> bool {
        let found = self.queue.range(self.first_qos_0..).position(|outgoing| {
            matches!(outgoing, Outgoing::Publish(delivery) if delivery.qos == QoS::AtMostOnce)
        });
        let Some(found) = found else {
            self.first_qos_0 = self.queue.len();
            return false;
        };
        let at = self.first_qos_0 + found;
        self.first_qos_0 = at + 1;
        let entry = std::mem::replace(&mut self.queue[at], Outgoing::Dropped);
        if let Outgoing::Publish(delivery) = entry {
            self.publishes -= 1;
            self.bytes -= delivery.message.size();
        }
        self.dropped += 1;
        if self.dropped > MANY_DROPPED && self.dropped > self.queue.len() / 2 {
            self.tidy();
        }
        true
    }

    /// Removes the entries of dropped messages.
    fn tidy(&mut self) {
        let is_there = |outgoing: &&Outgoing| !matches!(outgoing, Outgoing::Dropped);
        self.released = self.queue.iter().take(self.released).filter(is_there).count();
        self.queue.retain(|outgoing| is_there(&outgoing));
        (self.dropped, self.first_qos_0) = (0, 0);
    }

    /// Answers that wait.
    fn answers(&self) -> usize {
        self.queue.len() - self.publishes - self.dropped
    }
}
