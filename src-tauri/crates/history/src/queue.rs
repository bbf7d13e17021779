//! The bounded queue between the sessions and the writer's task.
//!
//! # Invariants
//!
//! * At most [`QUEUE_ROWS`] records wait, and a record is taken only while fewer than
//!   [`QUEUE_BYTES`] wait: no message is too large to be stored, and at most one is beyond it.
//! * [`Writer::submit`] never waits.

use std::{
    collections::VecDeque,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};

use crate::{record::Record, schema::MAX_SEQ};

/// Most records that wait to be written.
pub const QUEUE_ROWS: usize = 50_000;
/// Bytes of waiting messages from which on no further one is taken.
pub const QUEUE_BYTES: usize = 64 << 20;

/// Rows kept free for what sessions have read when [`Writer::has_room`] turns false: one read of
/// the socket holds at most 1,700 packets.
pub const RESERVED_ROWS: usize = 10_000;
/// Bytes kept free for the same.
const RESERVED_BYTES: usize = 8 << 20;

/// Rows in one transaction.
pub(crate) const BATCH_ROWS: usize = 1000;
/// Payload bytes after which a transaction takes no further row.
const BATCH_BYTES: usize = 8 << 20;
/// How long records that nobody waits for may wait for company.
const LINGER: Duration = Duration::from_millis(50);

/// Takes records for the history; cheap to clone.
#[derive(Clone)]
pub struct Writer(Arc<Queue>);

/// Why a record was not taken; it comes back.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The queue is full: wait for [`Writer::ready`].
    #[error("the history's queue is full")]
    Full(Record),
    /// The history was closed.
    #[error("the history is closed")]
    Closed(Record),
    /// The sequence number is 0 or above [`MAX_SEQ`].
    #[error("the sequence number is out of range")]
    Sequence(Record),
}

impl Writer {
    /// Puts a record in the queue.
    pub fn submit(&self, record: Record) -> Result<(), SubmitError> {
        self.0.push(record)
    }

    /// Whether a session may go on reading its socket: false while there is still room for what
    /// the sessions have already read ([`RESERVED_ROWS`]).
    pub fn has_room(&self) -> bool {
        self.0.lock().has_room()
    }

    /// Resolves when [`Writer::has_room`], or the history is closed.
    pub async fn ready(&self) {
        loop {
            let mut changed = pin!(self.0.drained.notified());
            changed.as_mut().enable();
            if self.0.lock().has_room() {
                return;
            }
            changed.await;
        }
    }
}

/// The queue itself; the writer's task is its only consumer.
#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    /// For the task: there may be a batch.
    filled: Notify,
    /// For the sessions: there may be room.
    drained: Notify,
}

#[derive(Default)]
struct State {
    records: VecDeque<Record>,
    bytes: usize,
    /// How many records somebody waits for.
    awaited: usize,
    /// When the first of `records` was put into the empty queue.
    since: Option<Instant>,
    closed: bool,
}

impl Queue {
    pub(crate) fn writer(self: &Arc<Self>) -> Writer {
        Writer(Arc::clone(self))
    }

    /// From now on nothing is taken.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.drained.notify_waiters();
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().records.len()
    }

    /// Resolves when a batch should be written: it is full, somebody waits for one of its
    /// records, or the oldest has waited long enough. Nothing is lost when it is cancelled.
    pub(crate) async fn batch_due(&self) {
        loop {
            let due = match self.lock().due() {
                Due::Now => return,
                Due::At(due) => Some(due),
                Due::Never => None,
            };
            match due {
                Some(due) => {
                    if timeout_at(due, self.filled.notified()).await.is_err() {
                        return;
                    }
                }
                None => self.filled.notified().await,
            }
        }
    }

    /// The records of the next transaction, oldest first.
    pub(crate) fn take_batch(&self) -> Vec<Record> {
        let mut state = self.lock();
        let mut bytes = 0;
        let mut count = 0;
        for record in state.records.iter().take(BATCH_ROWS) {
            if bytes >= BATCH_BYTES {
                break;
            }
            bytes += record.weight();
            count += 1;
        }
        let batch: Vec<_> = state.records.drain(..count).collect();
        state.bytes -= bytes;
        state.awaited -= batch.iter().filter(|record| record.committed.is_some()).count();
        state.since = (!state.records.is_empty()).then(Instant::now);
        drop(state);
        self.drained.notify_waiters();
        batch
    }

    fn push(&self, record: Record) -> Result<(), SubmitError> {
        if record.message.seq == 0 || record.message.seq > MAX_SEQ {
            return Err(SubmitError::Sequence(record));
        }
        let mut state = self.lock();
        if state.closed {
            return Err(SubmitError::Closed(record));
        }
        if !state.takes_more() {
            return Err(SubmitError::Full(record));
        }
        let was_due = state.due();
        state.bytes += record.weight();
        state.awaited += usize::from(record.committed.is_some());
        state.records.push_back(record);
        state.since.get_or_insert_with(Instant::now);
        // The task is woken only when that changes something for it.
        let wake = match (was_due, state.due()) {
            (Due::Never, _) | (Due::At(_), Due::Now) => true,
            (Due::Now | Due::At(_), _) => false,
        };
        drop(state);
        if wake {
            self.filled.notify_one();
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When the next batch should be written.
enum Due {
    Now,
    At(Instant),
    Never,
}

impl State {
    fn takes_more(&self) -> bool {
        self.closed || (self.records.len() < QUEUE_ROWS && self.bytes < QUEUE_BYTES)
    }

    fn has_room(&self) -> bool {
        self.closed
            || (self.records.len() < QUEUE_ROWS - RESERVED_ROWS
                && self.bytes < QUEUE_BYTES - RESERVED_BYTES)
    }

    fn due(&self) -> Due {
        match self.since {
            None => Due::Never,
            Some(_) if self.awaited > 0 => Due::Now,
            Some(_) if self.records.len() >= BATCH_ROWS || self.bytes >= BATCH_BYTES => Due::Now,
            Some(since) => Due::At(since + LINGER),
        }
    }
}
