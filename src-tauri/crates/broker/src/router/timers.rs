//! What the router does later: publish a delayed will, end a session (§3.1.2.11.2, §3.1.3.2.2).

use std::{cmp::Reverse, collections::BinaryHeap};

use tokio::time::{Instant, sleep_until};

use super::session::SessionKey;

/// Something that is due for a session, unless it has got another epoch since.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Timer {
    at: Instant,
    pub(crate) session: SessionKey,
    pub(crate) epoch: u64,
    pub(crate) due: Due,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Due {
    Will,
    EndOfSession,
}

#[derive(Debug, Default)]
pub(crate) struct Timers(BinaryHeap<Reverse<Timer>>);

impl Timers {
    pub(crate) fn set(&mut self, at: Instant, session: SessionKey, epoch: u64, due: Due) {
        self.0.push(Reverse(Timer { at, session, epoch, due }));
    }

    /// Resolves with the next timer when it is due; never without one.
    pub(crate) async fn wait(&self) {
        match self.0.peek() {
            Some(Reverse(timer)) => sleep_until(timer.at).await,
            None => std::future::pending().await,
        }
    }

    /// Takes a timer that is due at `now`.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<Timer> {
        if self.0.peek()?.0.at > now {
            return None;
        }
        self.0.pop().map(|Reverse(timer)| timer)
    }

    /// Forgets timers `keep` rejects, once they are many.
    pub(crate) fn compact(&mut self, keep: impl Fn(&Timer) -> bool) {
        const MANY: usize = 1_024;
        if self.0.len() > MANY && self.0.len() == self.0.capacity() {
            self.0.retain(|Reverse(timer)| keep(timer));
        }
    }
}
