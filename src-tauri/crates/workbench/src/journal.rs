//! The rows of one connection: everything its session delivered, live and recorded.
//!
//! # Invariants
//!
//! * `accept` never waits; it is called by the session's task.
//! * A message is in the live ring before it is handed to the history, so a row is always in one
//!   of them until it is let go of by both, and then counted as dropped.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};

use bytes::Bytes;
use history::{Cause, Completion, ConnectionId, History, HistoryError, NotStored, Record, Writer};
use session::{AckHandle, Sink};
use wire::{Direction, Message, TopicFilter};

use crate::{
    Failure, FailureCode,
    feed::{FeedWriter, Header, MOST_ROWS},
    live::LiveRing,
    rates::{RateMeter, Totals},
    rows,
    views::MessageDetail,
};

/// The rows of one connection.
pub(crate) struct Journal {
    live: Mutex<Live>,
    counters: Counters,
    store: Option<Store>,
}

/// Where the rows are recorded.
#[derive(Clone)]
pub(crate) struct Store {
    history: History,
    writer: Writer,
    connection: ConnectionId,
}

struct Live {
    ring: LiveRing,
    rates: RateMeter,
    /// The first and last row there is, recorded or live; 0 when there is none.
    first_seq: u64,
    last_seq: u64,
}

#[derive(Default)]
struct Counters {
    received: AtomicU64,
    sent: AtomicU64,
    received_bytes: AtomicU64,
    sent_bytes: AtomicU64,
    events: AtomicU64,
    /// Not taken by the history at all; what it took and could not write, it counts itself.
    not_taken: AtomicU64,
}

impl Store {
    /// Finds or makes the place of connection `id` in the history. There is none when the history
    /// can only be read and has nothing of this connection.
    pub(crate) async fn open(history: &History, id: &str) -> Result<Option<Self>, Failure> {
        let connection = match history.connection(id).await {
            Ok(connection) => connection,
            Err(HistoryError::NotFound | HistoryError::Storage(Cause::ReadOnly)) => {
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Some(Self { history: history.clone(), writer: history.writer(), connection }))
    }

    /// Deletes everything recorded for the connection.
    pub(crate) async fn delete(&self) -> Result<(), Failure> {
        Ok(self.history.delete_connection(self.connection).await?)
    }
}

impl Journal {
    /// Goes on after what is recorded in `store`; without one, the rows are live only.
    pub(crate) async fn open(store: Option<Store>) -> Result<Self, Failure> {
        let bounds = match &store {
            Some(store) => store.history.bounds(store.connection).await?,
            None => None,
        };
        let live = Live {
            ring: LiveRing::default(),
            rates: RateMeter::default(),
            first_seq: bounds.map_or(0, |bounds| bounds.first),
            last_seq: bounds.map_or(0, |bounds| bounds.last),
        };
        Ok(Self { live: Mutex::new(live), counters: Counters::default(), store })
    }

    /// The number the next row takes.
    pub(crate) fn next_seq(&self) -> u64 {
        self.live().last_seq + 1
    }

    /// Where the rows are recorded, if they are.
    pub(crate) fn store(&self) -> Option<&Store> {
        self.store.as_ref()
    }

    /// Rows and counters for the window; see `data-flow.md`.
    pub(crate) async fn feed(
        &self,
        from: Option<u64>,
        count: u16,
        filters: &[Option<TopicFilter>],
    ) -> Result<Vec<u8>, Failure> {
        let count = u64::from(count.min(MOST_ROWS));
        let (header, from, to, live) = {
            let mut live = self.live();
            let header = self.header(&mut live);
            let newest = header.last_seq.saturating_sub(count) + 1;
            let from = from.unwrap_or(newest).max(header.first_seq).max(1);
            let to = (from + count).saturating_sub(1).min(header.last_seq);
            (header, from, to, live.ring.range(from, to))
        };
        let recorded = match (&self.store, live.first().map_or(to + 1, |message| message.seq)) {
            (Some(store), live_from) if header.first_seq > 0 && from < live_from => {
                let wanted = u16::try_from(live_from - from).unwrap_or(MOST_ROWS);
                store.history.page(store.connection, from, wanted.into()).await?
            }
            _ => Vec::new(),
        };
        let mut writer = FeedWriter::new(&header, filters);
        if header.last_seq == 0 {
            return Ok(writer.finish());
        }
        let (mut recorded, mut live) = (recorded.iter().peekable(), live.iter().peekable());
        for seq in from..=to {
            if let Some(row) = recorded.next_if(|row| row.seq == seq) {
                rows::write_recorded(&mut writer, row);
            } else if let Some(message) = live.next_if(|message| message.seq == seq) {
                rows::write_live(&mut writer, message);
            } else {
                writer.not_available(seq);
            }
        }
        Ok(writer.finish())
    }

    /// Everything known of one message but its payload.
    pub(crate) async fn detail(&self, seq: u64) -> Result<MessageDetail, Failure> {
        let recorded = match &self.store {
            Some(store) => found(store.history.message(store.connection, seq).await)?,
            None => None,
        };
        if let Some(detail) = recorded {
            return Ok(rows::recorded_detail(&detail));
        }
        let live = self.live().ring.get(seq);
        live.map(|message| rows::live_detail(&message)).ok_or_else(|| missing(seq))
    }

    /// The whole payload of one message.
    pub(crate) async fn payload(&self, seq: u64) -> Result<Bytes, Failure> {
        let live = self.live().ring.get(seq);
        if let Some(message) = live {
            return Ok(message.payload.clone());
        }
        match &self.store {
            Some(store) => found(store.history.payload(store.connection, seq).await)?,
            None => None,
        }
        .ok_or_else(|| missing(seq))
    }

    fn header(&self, live: &mut Live) -> Header {
        let totals = self.counters.totals();
        let counts = self.store.as_ref().map(|store| store.history.counts(store.connection));
        let status = self.store.as_ref().map(|store| store.history.status().borrow().clone());
        let recording = status.as_ref().is_some_and(|s| s.recording == history::Recording::On);
        Header {
            recording,
            rates: live.rates.update(Instant::now(), totals),
            received: totals.received,
            sent: totals.sent,
            stored: counts.map_or(0, |counts| {
                let others = totals.sent + self.counters.events.load(Relaxed);
                counts.stored.saturating_sub(others).min(totals.received)
            }),
            dropped: counts.map_or(0, |counts| counts.dropped)
                + self.counters.not_taken.load(Relaxed),
            first_seq: live.first_seq,
            last_seq: live.last_seq,
            history_bytes: status.map_or(0, |status| status.bytes_on_disk),
        }
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Journal {
    fn accept(&self, message: Arc<Message>, ack: Option<AckHandle>) {
        self.counters.count(&message);
        {
            let mut live = self.live();
            live.last_seq = message.seq;
            if live.first_seq == 0 {
                live.first_seq = message.seq;
            }
            live.ring.push(Arc::clone(&message));
        }
        let Some(store) = &self.store else {
            if let Some(ack) = ack {
                ack.complete();
            }
            return;
        };
        let record = Record {
            connection: store.connection,
            message,
            committed: ack.map(acknowledge_after_commit),
        };
        // Refused records are counted, and their acknowledgement is withheld: the server sends
        // them again.
        if let Err(error) = store.writer.submit(record) {
            self.counters.not_taken.fetch_add(1, Relaxed);
            tracing::warn!("a message is not recorded: {error}");
        }
    }

    fn has_room(&self) -> bool {
        self.store.as_ref().is_none_or(|store| store.writer.has_room())
    }

    fn ready(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            if let Some(store) = &self.store {
                store.writer.ready().await;
            }
        })
    }
}

/// While recording is paused live goes on, so the message is acknowledged although it is not
/// stored; it is counted as dropped and the window says so.
fn acknowledge_after_commit(ack: AckHandle) -> Completion {
    Box::new(move |outcome| match outcome {
        Ok(()) | Err(NotStored::Paused(_)) => ack.complete(),
        Err(NotStored::Duplicate | NotStored::Deleted) => drop(ack),
    })
}

impl Counters {
    fn count(&self, message: &Message) {
        let bytes = message.payload.len() as u64;
        let (messages, total) = match message.direction {
            Direction::Received => (&self.received, &self.received_bytes),
            Direction::Sent => (&self.sent, &self.sent_bytes),
            Direction::Event => {
                self.events.fetch_add(1, Relaxed);
                return;
            }
        };
        messages.fetch_add(1, Relaxed);
        total.fetch_add(bytes, Relaxed);
    }

    fn totals(&self) -> Totals {
        Totals {
            received: self.received.load(Relaxed),
            sent: self.sent.load(Relaxed),
            received_bytes: self.received_bytes.load(Relaxed),
            sent_bytes: self.sent_bytes.load(Relaxed),
        }
    }
}

fn found<T>(outcome: Result<T, HistoryError>) -> Result<Option<T>, Failure> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(HistoryError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn missing(seq: u64) -> Failure {
    Failure::new(
        FailureCode::MessageNotFound,
        format!("Message {seq} is no longer in memory and was not recorded."),
    )
    .detail("seq", seq)
}
