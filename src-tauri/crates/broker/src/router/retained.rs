//! The retained messages: the last one of each topic (§3.3.1.3).
//!
//! # Invariants
//!
//! * Number and bytes stay within their limits.

use std::{collections::BTreeMap, ops::Bound, sync::Arc};

use tokio::time::Instant;
use wire::TopicFilter;

use crate::{config::Limits, message::Message};

#[derive(Debug)]
pub(crate) struct Retained {
    by_topic: BTreeMap<Arc<str>, Arc<Message>>,
    bytes: usize,
    max_messages: usize,
    max_bytes: usize,
}

/// There is no room for one more retained message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Full;

impl Retained {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            by_topic: BTreeMap::new(),
            bytes: 0,
            max_messages: limits.retained_messages,
            max_bytes: limits.retained_bytes,
        }
    }

    /// Replaces the message of its topic; an empty payload removes it.
    pub(crate) fn store(&mut self, message: &Arc<Message>, now: Instant) -> Result<(), Full> {
        let topic = message.topic.as_str();
        if message.payload.is_empty() {
            self.remove(topic);
            return Ok(());
        }
        if !self.has_room_for(message) {
            self.remove_expired(now);
        }
        if !self.has_room_for(message) {
            return Err(Full);
        }
        self.remove(topic);
        self.bytes += message.size();
        self.by_topic.insert(message.topic.to_shared(), Arc::clone(message));
        Ok(())
    }

    /// The messages `filter` matches, in the order of their topics.
    pub(crate) fn matching(&self, filter: &TopicFilter, now: Instant) -> Vec<Arc<Message>> {
        let start = literal_start(filter.as_str());
        if start == filter.as_str() {
            let exact = self.by_topic.get(start).filter(|message| !message.is_expired(now));
            return exact.cloned().into_iter().collect();
        }
        self.by_topic
            .range::<str, _>((Bound::Included(start), Bound::Unbounded))
            .take_while(|(topic, _)| topic.starts_with(start))
            .filter(|(topic, message)| filter.matches(topic) && !message.is_expired(now))
            .map(|(_, message)| Arc::clone(message))
            .collect()
    }

    /// All of them, the expired ones too.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Message>> {
        self.by_topic.values()
    }

    /// How many that is.
    pub(crate) fn len(&self) -> usize {
        self.by_topic.len()
    }

    /// How many there are.
    pub(crate) fn count(&mut self, now: Instant) -> usize {
        self.remove_expired(now);
        self.by_topic.len()
    }

    fn has_room_for(&self, message: &Message) -> bool {
        let (replaced, replaced_bytes) = match self.by_topic.get(message.topic.as_str()) {
            Some(old) => (1, old.size()),
            None => (0, 0),
        };
        self.by_topic.len() - replaced < self.max_messages
            && self.bytes - replaced_bytes + message.size() <= self.max_bytes
    }

    fn remove(&mut self, topic: &str) {
        if let Some(old) = self.by_topic.remove(topic) {
            self.bytes -= old.size();
        }
    }

    fn remove_expired(&mut self, now: Instant) {
        let bytes = &mut self.bytes;
        self.by_topic.retain(|_, message| {
            let keep = !message.is_expired(now);
            if !keep {
                *bytes -= message.size();
            }
            keep
        });
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
        let found = retained.matching(&filter.parse().unwrap(), Instant::now());
        found.iter().map(|message| message.topic.to_string()).collect()
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
}
