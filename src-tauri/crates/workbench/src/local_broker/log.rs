//! What happened in the broker: the last thousand events, for people.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use broker::BrokerEvent;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use wire::Timestamp;

use super::events;
use crate::{
    views::{BrokerLogEntry, BrokerLogEvent, BrokerLogPage},
    workbench::lock,
};

/// Entries kept.
const KEPT: usize = 1_000;

/// The log of one run of the broker.
#[derive(Clone, Debug, Default)]
pub(super) struct Log(Arc<Mutex<Entries>>);

#[derive(Debug, Default)]
struct Entries {
    kept: VecDeque<BrokerLogEntry>,
    next: u64,
}

impl Log {
    /// Follows the events of a broker until it ends; `heard` gets each of them too.
    pub(super) async fn follow(
        self,
        mut events: Receiver<BrokerEvent>,
        heard: impl Fn(&BrokerLogEntry) + Send,
    ) {
        loop {
            let event = match events.recv().await {
                Ok(event) => events::describe(event),
                Err(RecvError::Lagged(count)) => BrokerLogEvent::Lost { count },
                Err(RecvError::Closed) => return,
            };
            heard(&self.add(event));
        }
    }

    /// Entries from `after` on.
    pub(super) fn page(&self, after: u64) -> BrokerLogPage {
        let entries = lock(&self.0);
        let first = entries.next - entries.kept.len() as u64;
        let skip = usize::try_from(after.saturating_sub(first)).unwrap_or(usize::MAX);
        BrokerLogPage {
            entries: entries.kept.iter().skip(skip).cloned().collect(),
            next: entries.next,
            lost: first.saturating_sub(after),
        }
    }

    /// How many entries there have been.
    pub(super) fn end(&self) -> u64 {
        lock(&self.0).next
    }

    fn add(&self, event: BrokerLogEvent) -> BrokerLogEntry {
        let mut entries = lock(&self.0);
        let entry = BrokerLogEntry { seq: entries.next, at: Timestamp::now().0 / 1000, event };
        entries.next += 1;
        if entries.kept.len() == KEPT {
            entries.kept.pop_front();
        }
        entries.kept.push_back(entry.clone());
        entry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_thousand_are_kept_and_the_rest_is_counted() {
        let log = Log::default();
        for count in 0..1_200 {
            log.add(BrokerLogEvent::Lost { count });
        }

        let all = log.page(0);
        let newest = log.page(1_199);

        assert_eq!((all.entries.len(), all.lost, all.next), (KEPT, 200, 1_200));
        assert_eq!(all.entries[0].seq, 200);
        assert_eq!(newest.entries.len(), 1);
    }
}
