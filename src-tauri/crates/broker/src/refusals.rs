//! Which refusals are told as events: of each kind, the first one each second.
//!
//! # Invariants
//!
//! * A client that is refused all the time makes no more than one event a second for each topic or
//!   filter, and all clients together no more than [`ROOM`].

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Kinds told of within one second, and remembered.
const ROOM: usize = 128;

/// How long one event speaks for its kind.
const WINDOW: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(crate) struct Refusals(Mutex<State>);

/// What makes two refusals one of a kind.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Refused {
    pub(crate) client_id: Arc<str>,
    /// Topic or filter.
    pub(crate) topic: Arc<str>,
    pub(crate) is_subscribe: bool,
}

#[derive(Debug, Default)]
struct State {
    since: Option<Instant>,
    kinds: HashMap<Refused, Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// In this window.
    is_told: bool,
    untold: u64,
}

impl Refusals {
    /// Counts one; returns how many of its kind there were since the last time, if it is time to
    /// tell of it.
    pub(crate) fn count(&self, refused: Refused) -> Option<u64> {
        let now = Instant::now();
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.since.is_none_or(|since| now.saturating_duration_since(since) >= WINDOW) {
            state.since = Some(now);
            state.kinds.retain(|_, seen| {
                seen.is_told = false;
                seen.untold > 0
            });
        }
        if state.kinds.len() >= ROOM && !state.kinds.contains_key(&refused) {
            return None;
        }
        let seen = state.kinds.entry(refused).or_default();
        seen.untold += 1;
        if seen.is_told {
            return None;
        }
        seen.is_told = true;
        Some(std::mem::take(&mut seen.untold))
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    fn refused(client_id: &str, topic: &str) -> Refused {
        Refused { client_id: client_id.into(), topic: topic.into(), is_subscribe: false }
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_of_each_kind_is_told_each_second_with_the_count() {
        let refusals = Refusals::default();
        let mut told = Vec::new();

        for _ in 0..3 {
            for _ in 0..5 {
                told.extend(refusals.count(refused("c", "a")));
            }
            told.extend(refusals.count(refused("c", "b")));
            advance(WINDOW).await;
        }

        assert_eq!(told, [1, 1, 5, 1, 5, 1]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_of_kinds_is_bounded_and_forgotten() {
        let refusals = Refusals::default();
        let flood = || (0..10_000).filter_map(|n| refusals.count(refused("c", &n.to_string())));

        let first = flood().count();
        advance(WINDOW).await;
        let second = flood().count();

        assert_eq!([first, second], [ROOM, ROOM]);
        assert_eq!(refusals.0.lock().unwrap().kinds.len(), ROOM);
    }
}
