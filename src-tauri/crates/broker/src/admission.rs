//! Places for connections.
//!
//! Strangers and clients do not compete: a connection waits for its CONNECT in a room of its own, as
//! large as the places for clients are many. When the room is full, who has waited longest goes, so
//! that any number of half-open connections keeps nobody out.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

/// Where connections come in.
#[derive(Debug)]
pub(crate) struct Gate {
    places: Arc<Semaphore>,
    most_waiting: usize,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    last: u64,
    by_age: BTreeMap<u64, CancellationToken>,
}

/// A connection that came in.
#[derive(Debug)]
pub(crate) struct Admission {
    /// By then its CONNECT must be there.
    pub(crate) deadline: Instant,
    gate: Arc<Gate>,
    number: u64,
    gives_way: CancellationToken,
    /// Free again when the connection has ended.
    place: Option<OwnedSemaphorePermit>,
}

impl Gate {
    /// With places for so many clients.
    pub(crate) fn new(connections: usize) -> Self {
        let connections = connections.min(Semaphore::MAX_PERMITS);
        let places = Arc::new(Semaphore::new(connections));
        Self { places, most_waiting: connections.max(1), waiting: Mutex::default() }
    }

    /// Lets a connection in, in place of the one that has waited longest if need be.
    pub(crate) fn enter(self: &Arc<Self>, deadline: Instant) -> Admission {
        let gives_way = CancellationToken::new();
        let mut waiting = self.lock();
        waiting.last += 1;
        let number = waiting.last;
        waiting.by_age.insert(number, gives_way.clone());
        let oldest = (waiting.by_age.len() > self.most_waiting).then(|| waiting.by_age.pop_first());
        drop(waiting);
        if let Some((_, oldest)) = oldest.flatten() {
            oldest.cancel();
        }
        Admission { deadline, gate: Arc::clone(self), number, gives_way, place: None }
    }

    /// Sends away the older half of those who wait: the system has no room for more.
    pub(crate) fn make_room(&self) {
        let mut waiting = self.lock();
        let count = waiting.by_age.len().div_ceil(2);
        let middle = waiting.by_age.keys().nth(count).copied().unwrap_or(u64::MAX);
        let younger = waiting.by_age.split_off(&middle);
        let older = std::mem::replace(&mut waiting.by_age, younger);
        drop(waiting);
        older.values().for_each(CancellationToken::cancel);
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Admission {
    /// Takes a place, for a connection whose CONNECT has come. Returns whether there was one.
    pub(crate) fn take_place(&mut self) -> bool {
        self.place = Arc::clone(&self.gate.places).try_acquire_owned().ok();
        if self.place.is_some() {
            self.gate.lock().by_age.remove(&self.number);
        }
        self.place.is_some()
    }

    /// Resolves when it has to make room for others.
    pub(crate) async fn gives_way(&self) {
        self.gives_way.cancelled().await;
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        self.gate.lock().by_age.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goes(admission: &Admission) -> bool {
        admission.gives_way.is_cancelled()
    }

    #[tokio::test]
    async fn who_has_waited_longest_goes_and_who_has_a_place_stays() {
        let gate = Arc::new(Gate::new(2));
        let enter = || gate.enter(Instant::now());
        let mut client = enter();
        assert!(client.take_place());

        let (first, second) = (enter(), enter());
        let third = enter();

        let gone = [&client, &first, &second, &third].map(goes);
        assert_eq!(gone, [false, true, false, false]);
    }

    #[tokio::test]
    async fn a_place_is_free_again_when_its_connection_has_ended() {
        let gate = Arc::new(Gate::new(1));
        let enter = || gate.enter(Instant::now());
        let (mut first, mut second) = (enter(), enter());
        let both = (first.take_place(), second.take_place());

        drop(first);

        assert_eq!((both, second.take_place()), ((true, false), true));
        assert!(gate.lock().by_age.is_empty());
    }

    #[tokio::test]
    async fn the_older_half_makes_room() {
        let gate = Arc::new(Gate::new(10));
        let waiting: Vec<_> = (0..5).map(|_| gate.enter(Instant::now())).collect();

        gate.make_room();

        let gone: Vec<_> = waiting.iter().map(goes).collect();
        assert_eq!(gone, [true, true, true, false, false]);
    }
}
