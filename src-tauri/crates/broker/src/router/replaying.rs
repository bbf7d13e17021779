//! Retained messages for new subscriptions (§3.3.1.3), a slice at a time.
//!
//! The first slices are sent with the SUBACK. What is left is sent as the client takes it, and the
//! router works in between: one SUBSCRIBE holds up nobody, however many filters and messages it
//! meets, and nothing of what it asked for is dropped.

use std::{collections::VecDeque, sync::Arc};

use wire::{QoS, TopicFilter, packet::Subscription};

use super::{Router, session::SessionKey};
use crate::message::{Delivery, Message};

/// The retained messages of one subscription that are still to be sent.
#[derive(Debug)]
pub(crate) struct Replay {
    pub(crate) filter: TopicFilter,
    qos: QoS,
    no_local: bool,
    identifier: Option<u32>,
    /// Up to which topic it is done.
    after: Option<Arc<str>>,
}

/// Retained messages one slice looks at, and of those found, as many are sent and this many bytes.
const LOOKED_AT: usize = 2_000;
const SENT: usize = 500;
const SENT_BYTES: usize = 256 * 1024;

/// Slices that are sent with the SUBACK.
const AT_ONCE: usize = 4;

/// Filters one slice begins with.
const FILTERS: usize = 100;

impl Router {
    /// Remembers that a session is to get what is retained under a filter.
    pub(super) fn want_retained(
        &mut self,
        key: SessionKey,
        wanted: &Subscription,
        identifier: Option<u32>,
    ) {
        let replays = &mut self.sessions[key.index()].replays;
        // Asked again, it begins again. Nearly always there is nothing to look through.
        if !replays.is_empty() && replays.len() < FILTERS {
            replays.retain(|replay| replay.filter != wanted.filter);
        }
        replays.push_back(Replay {
            filter: wanted.filter.clone(),
            qos: wanted.qos,
            no_local: wanted.no_local,
            identifier,
            after: None,
        });
    }

    /// Sends the first slices, and remembers to send the rest.
    pub(super) fn replay_at_once(&mut self, key: SessionKey) {
        for _ in 0..AT_ONCE {
            if !self.replay_slice(key) {
                return;
            }
        }
        self.replaying.push_back(key);
    }

    /// Goes on with a session that may have room again.
    pub(super) fn resume_replay(&mut self, key: SessionKey) {
        let Some(session) = self.sessions.get(key.index()) else { return };
        if !session.replays.is_empty() && !self.replaying.contains(&key) {
            self.replaying.push_back(key);
        }
    }

    /// Sends one slice to the session whose turn it is.
    pub(super) fn replay_next(&mut self) {
        let Some(key) = self.replaying.pop_front() else { return };
        if self.sessions.contains(key.index()) && self.replay_slice(key) {
            self.replaying.push_back(key);
        }
    }

    /// Sends one slice; returns whether there is more and room for it.
    fn replay_slice(&mut self, key: SessionKey) -> bool {
        if self.sessions[key.index()].replays.is_empty() {
            return false;
        }
        if !self.with_session(key, |session, with| session.takes_retained(with)) {
            return false;
        }
        let mut replays = std::mem::take(&mut self.sessions[key.index()].replays);
        let deliveries = self.next_slice(key, &mut replays);
        let is_more = !replays.is_empty();
        self.with_session(key, |session, with| {
            session.replays = replays;
            session.deliver_retained(deliveries, with);
        });
        is_more
    }

    fn next_slice(&self, key: SessionKey, replays: &mut VecDeque<Replay>) -> Vec<Delivery> {
        let me = &self.sessions[key.index()].client_id;
        // Half of the queue is free: that much may come.
        let limits = &self.config.limits;
        let mut slice = Slice {
            max_messages: SENT.min(limits.queued_messages / 2).max(1),
            max_bytes: SENT_BYTES.min(limits.queued_bytes / 2),
            ..Slice::default()
        };
        let mut filters = 0;
        while let Some(replay) = replays.front_mut()
            && !slice.is_full()
            && slice.looked_at < LOOKED_AT
            && filters < FILTERS
        {
            filters += 1;
            let (after, left) = (replay.after.take(), LOOKED_AT - slice.looked_at);
            let mut looked_at = 0;
            let next = self.retained.scan_while(
                &replay.filter,
                after.as_deref(),
                left,
                self.now,
                &mut looked_at,
                |entry| {
                    if !(replay.no_local && entry.message.publisher.as_ref() == Some(me)) {
                        slice.found.push(Arc::clone(&entry.message));
                        slice.bytes += entry.message.size();
                    }
                    !slice.is_full()
                },
            );
            slice.looked_at += looked_at;
            let delivery = |message: Arc<Message>| Delivery {
                qos: message.qos.min(replay.qos),
                retain: true,
                dup: false,
                packet_id: None,
                identifiers: replay.identifier.into_iter().collect(),
                message,
            };
            slice.deliveries.extend(slice.found.drain(..).map(delivery));
            match next {
                Some(topic) => replay.after = Some(topic),
                None => {
                    replays.pop_front();
                }
            }
        }
        slice.deliveries
    }
}

/// What one slice has got so far.
#[derive(Debug, Default)]
struct Slice {
    max_messages: usize,
    max_bytes: usize,
    looked_at: usize,
    bytes: usize,
    found: Vec<Arc<Message>>,
    deliveries: Vec<Delivery>,
}

impl Slice {
    fn is_full(&self) -> bool {
        self.deliveries.len() + self.found.len() >= self.max_messages
            || self.bytes >= self.max_bytes
    }
}
