//! The retained messages: the last one of each topic (§3.3.1.3).
//!
//! # Invariants
//!
//! * Number and bytes stay within their limits; what the broker says about itself does not count.
//! * `expiring` has exactly the messages that have an expiry interval.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::Arc,
};

use tokio::time::Instant;
use wire::{Timestamp, TopicFilter};

use super::stored::is_about_the_broker;
use crate::{config::Limits, message::Message, query::RetainedMessage};

#[derive(Debug)]
pub(crate) struct Retained {
    by_topic: BTreeMap<Arc<str>, Entry>,
    /// Those that expire, the next one first.
    expiring: BTreeSet<(Instant, Arc<str>)>,
    /// Those that count, and bytes of them.
    counted: usize,
    bytes: usize,
    max_messages: usize,
    max_bytes: usize,
}

/// One retained message.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) message: Arc<Message>,
    pub(crate) received: Timestamp,
}

/// There is no room for one more retained message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Full;

impl Retained {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            by_topic: BTreeMap::new(),
            expiring: BTreeSet::new(),
            counted: 0,
            bytes: 0,
            max_messages: limits.retained_messages,
            max_bytes: limits.retained_bytes,
        }
    }

    /// Replaces the message of its topic; an empty payload removes it.
    pub(crate) fn store(&mut self, message: &Arc<Message>, now: Instant) -> Result<(), Full> {
        let age = now.saturating_duration_since(message.received).as_micros();
        let age = i64::try_from(age).unwrap_or(i64::MAX);
        let received = Timestamp(Timestamp::now().0.saturating_sub(age));
        self.store_received(message, received, now)
    }

    /// The same with a message that came at another time than its `received` tells.
    pub(crate) fn store_received(
        &mut self,
        message: &Arc<Message>,
        received: Timestamp,
        now: Instant,
    ) -> Result<(), Full> {
        let topic = message.topic.as_str();
        if message.payload.is_empty() {
            self.remove(topic);
            return Ok(());
        }
        self.remove_expired(now);
        let counts = !is_about_the_broker(&message.topic);
        if counts && !self.has_room_for(message) {
            return Err(Full);
        }
        self.remove(topic);
        if counts {
            self.counted += 1;
            self.bytes += message.size();
        }
        let topic = message.topic.to_shared();
        if let Some(at) = message.expires_at() {
            self.expiring.insert((at, Arc::clone(&topic)));
        }
        self.by_topic.insert(topic, Entry { message: Arc::clone(message), received });
        Ok(())
    }

    /// Removes the message of a topic; returns whether there was one.
    pub(crate) fn remove(&mut self, topic: &str) -> bool {
        let Some(Entry { message, .. }) = self.by_topic.remove(topic) else { return false };
        if !is_about_the_broker(&message.topic) {
            self.counted -= 1;
            self.bytes -= message.size();
        }
        if let Some(at) = message.expires_at() {
            self.expiring.remove(&(at, message.topic.to_shared()));
        }
        true
    }

    /// Shows `see` the messages behind the topic `after` that `filter` matches, in the order of their
    /// topics, but looks at no more than `count`. Returns the topic to go on behind, if it must.
    pub(crate) fn scan(
        &self,
        filter: &TopicFilter,
        after: Option<&str>,
        count: usize,
        now: Instant,
        mut see: impl FnMut(&Entry),
    ) -> Option<Arc<str>> {
        self.scan_while(filter, after, count, now, &mut 0, |entry| {
            see(entry);
            true
        })
    }

    /// The same, and ends when `see` says false. Adds to `looked_at` how many it looked at.
    pub(crate) fn scan_while(
        &self,
        filter: &TopicFilter,
        after: Option<&str>,
        count: usize,
        now: Instant,
        looked_at: &mut usize,
        mut see: impl FnMut(&Entry) -> bool,
    ) -> Option<Arc<str>> {
        let start = literal_start(filter.as_str());
        if start == filter.as_str() {
            let exact =
                self.by_topic.get(start).filter(|_| after.is_none_or(|after| after < start));
            exact.filter(|entry| !entry.message.is_expired(now)).map(see);
            *looked_at += 1;
            return None;
        }
        let from = match after {
            Some(after) if after >= start => Bound::Excluded(after),
            _ => Bound::Included(start),
        };
        let range = self
            .by_topic
            .range::<str, _>((from, Bound::Unbounded))
            .take_while(|(topic, _)| topic.starts_with(start));
        for (index, (topic, entry)) in range.enumerate() {
            *looked_at += 1;
            let goes_on = !filter.matches(topic) || entry.message.is_expired(now) || see(entry);
            if !goes_on || index + 1 >= count {
                return Some(Arc::clone(topic));
            }
        }
        None
    }

    /// All of them, the expired ones too.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Message>> {
        self.by_topic.values().map(|entry| &entry.message)
    }

    /// How many that is.
    pub(crate) fn len(&self) -> usize {
        self.by_topic.len()
    }

    /// How many there are that count.
    pub(crate) fn count(&mut self, now: Instant) -> usize {
        self.remove_expired(now);
        self.counted
    }

    /// Bytes of them, as the limits count.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    fn has_room_for(&self, message: &Message) -> bool {
        let (replaced, replaced_bytes) = match self.by_topic.get(message.topic.as_str()) {
            Some(old) => (1, old.message.size()),
            None => (0, 0),
        };
        self.counted - replaced < self.max_messages
            && self.bytes - replaced_bytes + message.size() <= self.max_bytes
    }

    fn remove_expired(&mut self, now: Instant) {
        while let Some((_, topic)) = self.expiring.first().filter(|(at, _)| *at <= now) {
            let topic = Arc::clone(topic);
            self.remove(&topic);
        }
    }
}

impl Entry {
    /// It as a person may see it.
    pub(crate) fn info(&self, now: Instant) -> RetainedMessage {
        let message = &self.message;
        RetainedMessage {
            topic: message.topic.clone(),
            payload: message.payload.clone(),
            qos: message.qos,
            properties: message.properties.clone(),
            publisher: message.publisher.clone(),
            received: self.received,
            expires_in: message.expires_at().map(|at| at.saturating_duration_since(now)),
        }
    }
}

/// What every topic that matches `filter` begins with: the part before the first wildcard level,
/// without its slash, because `a/#` matches `a` too.
fn literal_start(filter: &str) -> &str {
    match filter.find(['+', '#']) {
        None => filter,
        Some(at) => filter[..at].strip_suffix('/').unwrap_or(&filter[..at]),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use wire::{QoS, property::PublishProperties};

    use super::*;
    use crate::message::StoredAs;

    fn message(topic: &str, payload: &'static str) -> Arc<Message> {
        Arc::new(Message {
            topic: topic.parse().unwrap(),
            payload: Bytes::from_static(payload.as_bytes()),
            qos: QoS::AtMostOnce,
            retain: true,
            properties: PublishProperties::default(),
            received: Instant::now(),
            publisher: None,
            stored: StoredAs::default(),
        })
    }

    fn topics(retained: &Retained, filter: &str) -> Vec<String> {
        let mut found = Vec::new();
        let see = |entry: &Entry| found.push(entry.message.topic.to_string());
        retained.scan(&filter.parse().unwrap(), None, usize::MAX, Instant::now(), see);
        found
    }

    #[test]
    fn a_filter_finds_exactly_the_topics_it_matches() {
        let mut retained = Retained::new(&Limits::default());
        for topic in ["a", "a/b", "a/b/c", "ab", "a!", "$SYS/x", "/a"] {
            retained.store(&message(topic, "1"), Instant::now()).unwrap();
        }

        assert_eq!(topics(&retained, "a/#"), ["a", "a/b", "a/b/c"]);
        assert_eq!(topics(&retained, "#"), ["/a", "a", "a!", "a/b", "a/b/c", "ab"]);
        assert_eq!(topics(&retained, "+/b"), ["a/b"]);
        assert_eq!(topics(&retained, "a/b"), ["a/b"]);
        assert_eq!(topics(&retained, "$SYS/#"), ["$SYS/x"]);
    }

    #[test]
    fn a_full_store_still_replaces_and_removes() {
        let limits = Limits { retained_messages: 1, ..Limits::default() };
        let mut retained = Retained::new(&limits);
        let now = Instant::now();

        let first = retained.store(&message("a", "1"), now);
        let second = retained.store(&message("b", "1"), now);
        let replaced = retained.store(&message("a", "2"), now);
        let removed = retained.store(&message("a", ""), now);

        assert_eq!([first, second, replaced, removed], [Ok(()), Err(Full), Ok(()), Ok(())]);
        assert_eq!((retained.count(now), retained.bytes), (0, 0));
    }

    #[test]
    fn a_scan_in_slices_sees_what_one_scan_sees() {
        let mut retained = Retained::new(&Limits::default());
        for topic in ["a", "a/b", "a/b/c", "a/c", "ab", "a!", "b/b"] {
            retained.store(&message(topic, "1"), Instant::now()).unwrap();
        }
        for filter in ["a/#", "#", "+/b", "a/b", "a/+"] {
            let mut sliced = Vec::new();
            let mut after: Option<Arc<str>> = None;

            loop {
                let see = |entry: &Entry| sliced.push(entry.message.topic.to_string());
                let parsed = filter.parse().unwrap();
                after = retained.scan(&parsed, after.as_deref(), 2, Instant::now(), see);
                if after.is_none() {
                    break;
                }
            }

            assert_eq!(sliced, topics(&retained, filter), "{filter}");
        }
    }

    #[test]
    fn expired_messages_make_room_and_replaced_ones_do_not_expire() {
        let limits = Limits { retained_messages: 2, ..Limits::default() };
        let mut retained = Retained::new(&limits);
        let now = Instant::now();
        let short = |topic: &str, seconds| {
            let mut message = Arc::into_inner(message(topic, "1")).unwrap();
            message.properties.message_expiry_interval = Some(seconds);
            Arc::new(message)
        };
        retained.store(&short("a", 1), now).unwrap();
        retained.store(&short("b", 1), now).unwrap();
        retained.store(&message("b", "2"), now).unwrap();
        let later = now + std::time::Duration::from_secs(5);

        let stored = retained.store(&message("c", "1"), later);

        assert_eq!(stored, Ok(()));
        assert_eq!(topics(&retained, "#"), ["b", "c"]);
        assert!(retained.expiring.is_empty());
    }
}
