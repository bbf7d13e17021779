//! What is on its way between socket and broker while faults are on.
//!
//! # Invariants
//!
//! * Packets leave in the order they entered, each not before it is due; only one that is held, or
//!   set aside to be overtaken, loses its place.
//! * [`Lane::has_room`] is false once [`ROOM`] bytes or [`PACKETS`] packets are on it. Packets that are
//!   held are bounded apart: beyond [`ROOM`] bytes or [`HELD`] packets the first ones are let go.
//! * Nothing leaves after an [`Ending`].

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use tokio::time::Instant;
use wire::ReasonCode;

use crate::faults::{FaultClose, FaultEffect, FaultMark};

/// Bytes after which nothing more should enter.
pub(super) const ROOM: usize = 1024 * 1024;

/// Packets after which nothing more should enter.
pub(super) const PACKETS: usize = 8 * 1024;

/// Packets held at most.
const HELD: usize = 64 * 1024;

/// A packet to be overtaken waits no longer than this for another one.
const ASIDE: Duration = Duration::from_secs(1);

/// A packet on the lane.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Parcel {
    pub(super) bytes: Bytes,
    /// The faults that fired at it.
    pub(super) faults: Vec<FaultMark>,
    /// The log has it already.
    pub(super) is_logged: bool,
    /// It counts as a message.
    pub(super) is_message: bool,
}

/// The end of a connection by a fault.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Ending {
    pub(super) how: End,
    /// The rule that fired.
    pub(super) rule: Arc<str>,
}

/// How a fault ends a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum End {
    Close(FaultClose),
    /// After a DISCONNECT (5.0).
    Disconnect(ReasonCode),
    /// After a CONNACK that refuses the CONNECT.
    Refuse(ReasonCode),
    /// It stays open, and nothing passes any more.
    Silence,
}

/// Something that leaves the lane.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Leaving {
    Packet(Parcel),
    End(Ending),
}

#[derive(Debug, Default)]
pub(super) struct Lane {
    queue: VecDeque<(Instant, Leaving)>,
    /// Packets others pass, by the time they go on and the order they came in.
    held: BTreeMap<(Instant, u64), Parcel>,
    /// Packets that others pass for ever.
    stuck: VecDeque<Parcel>,
    held_before: u64,
    /// A packet that waits to be overtaken, and until when.
    aside: Option<(Instant, Parcel)>,
    /// When the last one in the queue is due.
    last_due: Option<Instant>,
    queued_bytes: usize,
    held_bytes: usize,
    has_ended: bool,
}

impl Lane {
    /// Whether more may enter.
    pub(super) fn has_room(&self) -> bool {
        self.queued_bytes < ROOM && self.queue.len() < PACKETS && !self.has_ended
    }

    /// Whether nothing is on it but what is held.
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.aside.is_none()
    }

    /// Whether nothing is on it, and nothing is held.
    pub(super) fn is_bare(&self) -> bool {
        self.is_empty() && self.held.is_empty() && self.stuck.is_empty()
    }

    /// Whether an ending is on it: nothing enters any more.
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Whether a packet waits to be overtaken.
    pub(super) fn has_aside(&self) -> bool {
        self.aside.is_some()
    }

    /// Lets a packet enter at `now`; it leaves `delay` later and as slowly as `rate` bytes a second.
    pub(super) fn enter(
        &mut self,
        mut parcel: Parcel,
        delay: Duration,
        rate: Option<u32>,
        now: Instant,
    ) {
        let mut due = self.last_due.map_or(now + delay, |last| last.max(now + delay));
        if let Some(rate) = rate {
            due += time_on_line(parcel.bytes.len(), rate);
            let late = u32::try_from((due - now).as_millis()).unwrap_or(u32::MAX);
            let is_throttle =
                |mark: &&mut FaultMark| matches!(mark.effect, FaultEffect::Throttle { .. });
            parcel.faults.iter_mut().filter(is_throttle).for_each(|mark| mark.late = late);
        }
        self.append(due, parcel);
        if let Some((_, overtaken)) = self.aside.take() {
            self.append(due, overtaken);
        }
    }

    /// Takes a packet out of the order until `time` has passed, or for ever.
    pub(super) fn hold(&mut self, parcel: Parcel, time: Option<Duration>, now: Instant) {
        self.held_bytes += parcel.bytes.len();
        self.held_before += 1;
        match time {
            Some(time) => drop(self.held.insert((now + time, self.held_before), parcel)),
            None => self.stuck.push_back(parcel),
        }
        while self.held_bytes > ROOM || self.held.len() + self.stuck.len() > HELD {
            let first = self.held.pop_first().map(|(_, parcel)| parcel);
            let Some(first) = first.or_else(|| self.stuck.pop_front()) else { break };
            self.held_bytes -= first.bytes.len();
            self.append(self.last_due.map_or(now, |last| last.max(now)), first);
        }
    }

    /// Takes a packet out of the order until the next one has entered, or a second has passed.
    pub(super) fn set_aside(&mut self, parcel: Parcel, now: Instant) {
        if let Some((_, before)) = self.aside.replace((now + ASIDE, parcel)) {
            self.append(self.last_due.map_or(now, |last| last.max(now)), before);
        }
    }

    /// Ends it after what is on it.
    pub(super) fn end(&mut self, ending: Ending, now: Instant) {
        let due = self.last_due.map_or(now, |last| last.max(now));
        if let Some((_, overtaken)) = self.aside.take() {
            self.append(due, overtaken);
        }
        self.has_ended = true;
        self.queue.push_back((due, Leaving::End(ending)));
    }

    /// The next thing that leaves at `now`.
    pub(super) fn next(&mut self, now: Instant) -> Option<Leaving> {
        if let Some(first) = self.held.first_entry().filter(|first| first.key().0 <= now) {
            let parcel = first.remove();
            self.held_bytes -= parcel.bytes.len();
            return Some(Leaving::Packet(parcel));
        }
        if self.aside.as_ref().is_some_and(|(until, _)| *until <= now) {
            self.let_overtaken_go(now);
        }
        if self.queue.front()?.0 > now {
            return None;
        }
        let (_, leaving) = self.queue.pop_front()?;
        if let Leaving::Packet(parcel) = &leaving {
            self.queued_bytes -= parcel.bytes.len();
        }
        Some(leaving)
    }

    /// When the next thing leaves, if nothing else enters.
    pub(super) fn due(&self) -> Option<Instant> {
        let queued = self.queue.front().map(|(due, _)| *due);
        let aside = self.aside.as_ref().map(|(until, _)| *until);
        let held = self.held.keys().next().map(|(until, _)| *until);
        [held, queued, aside].into_iter().flatten().min()
    }

    /// Takes a refusal that is the next thing to leave.
    pub(super) fn take_refusal(&mut self) -> Option<Ending> {
        match self.queue.pop_front()? {
            (_, Leaving::End(ending)) if matches!(ending.how, End::Refuse(_)) => Some(ending),
            other => {
                self.queue.push_front(other);
                None
            }
        }
    }

    /// Does not wait any longer for one that overtakes.
    pub(super) fn let_overtaken_go(&mut self, now: Instant) {
        if let Some((_, overtaken)) = self.aside.take() {
            self.append(self.last_due.map_or(now, |last| last.max(now)), overtaken);
        }
    }

    /// Lets everything leave at once, what is held last.
    pub(super) fn let_go(&mut self, now: Instant) {
        self.let_overtaken_go(now);
        let ending = self.queue.pop_back_if(|(_, last)| matches!(last, Leaving::End(_)));
        let held = std::mem::take(&mut self.held).into_values();
        for parcel in held.chain(std::mem::take(&mut self.stuck)) {
            self.queued_bytes += parcel.bytes.len();
            self.queue.push_back((now, Leaving::Packet(parcel)));
        }
        self.held_bytes = 0;
        self.queue.extend(ending);
        self.queue.iter_mut().for_each(|(due, _)| *due = now);
        self.last_due = None;
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Self { has_ended: self.has_ended, ..Self::default() };
    }

    fn append(&mut self, due: Instant, parcel: Parcel) {
        if self.has_ended {
            return;
        }
        self.queued_bytes += parcel.bytes.len();
        self.queue.push_back((due, Leaving::Packet(parcel)));
        self.last_due = Some(due);
    }
}

/// How long a line of `rate` bytes a second takes for `bytes`.
fn time_on_line(bytes: usize, rate: u32) -> Duration {
    let nanoseconds = bytes as u128 * 1_000_000_000 / u128::from(rate.max(1));
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;
