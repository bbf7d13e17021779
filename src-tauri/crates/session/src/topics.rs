//! Shares the text of topics that come again and again.

use std::{collections::HashSet, sync::Arc};

/// The topics seen lately. Bounded: it starts afresh when it is full.
#[derive(Debug, Default)]
pub(crate) struct TopicCache {
    topics: HashSet<Arc<str>>,
}

impl TopicCache {
    /// The shared text of `topic`.
    pub(crate) fn share(&mut self, topic: &str) -> Arc<str> {
        if let Some(known) = self.topics.get(topic) {
            return Arc::clone(known);
        }
        let shared = Arc::<str>::from(topic);
        if topic.len() <= LONGEST_CACHED {
            if self.topics.len() >= CAPACITY {
                self.topics.clear();
            }
            self.topics.insert(Arc::clone(&shared));
        }
        shared
    }
}

const CAPACITY: usize = 4096;
const LONGEST_CACHED: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_topic_is_shared() {
        let mut cache = TopicCache::default();

        let first = cache.share("plant/1/temp");
        let second = cache.share("plant/1/temp");

        assert!(Arc::ptr_eq(&first, &second));
    }

    #[test]
    fn any_number_of_topics_takes_bounded_room() {
        let mut cache = TopicCache::default();

        for number in 0..3 * CAPACITY {
            cache.share(&number.to_string());
        }

        assert!(cache.topics.len() <= CAPACITY);
    }
}
