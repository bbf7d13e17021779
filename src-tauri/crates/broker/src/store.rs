//! What survives a stop, a crash and a restart: retained messages and sessions.
//!
//! The router records every change while it handles a batch of commands and appends them to a journal
//! with one write before anybody hears of what it did ([`Store::commit`], then the writers are woken).
//! From time to time a snapshot of the whole replaces the journals. `store::record` is the format,
//! `store::image` what it means.
//!
//! # Invariants
//!
//! * An answer (CONNACK, SUBACK, UNSUBACK, PUBACK, PUBREC, PUBCOMP) leaves after what it promises was
//!   given to the system. That survives the end of this process; a power cut may take the last second.
//! * A session that ends with its connection, and `QoS` 0 that is not retained, is never recorded.
//! * A message gets a record when it is first referred to, and later only what still refers to it
//!   leads to new references: so a snapshot can leave out what nobody refers to.
//! * When writing fails the broker goes on in memory, and says so.
//!
//! # After a crash
//!
//! Clients that were connected are offline since the broker was last known to live. Their wills, which
//! nobody could publish, are published at the start, or when their delay has passed.

mod files;
pub(crate) mod fuzzing;
pub(crate) mod image;
mod keeper;
mod open;
mod read;
mod record;
mod snapshot;
mod status;

use std::{
    cell::{RefCell, RefMut},
    fs::File,
    io::{self, Seek, SeekFrom, Write},
    sync::Arc,
    time::Duration,
};

use wire::{Timestamp, packet::Will};

use self::{
    files::Folder,
    keeper::Keeper,
    record::{Frame, will_to_packet},
    snapshot::push_message,
};
pub(crate) use self::{
    image::Image,
    keeper::Event,
    open::{Opened, open},
    read::Clock,
    record::Record,
    snapshot::Source,
    status::StoreWatch,
};
pub use self::{
    read::Damage,
    status::{SetAside, StoreNotice, StoreStatus, Unavailable},
};
use crate::message::{Delivery, Message};

/// Journal bytes before which no snapshot is worth it.
const SMALLEST_COMPACTION: u64 = 32 * 1024 * 1024;

/// Bytes that may wait for the snapshot that ends a pause.
const WAITING_BYTES: usize = 64 * 1024 * 1024;

/// First and longest time between two attempts to end a pause.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));

/// The router's end of an open store.
#[derive(Debug)]
pub(crate) struct Store {
    batch: RefCell<Batch>,
    mode: Mode,
    folder: Folder,
    keeper: Keeper,
    watch: Arc<StoreWatch>,
    /// Number of the current journal.
    number: u64,
    snapshot_bytes: u64,
    /// Bytes of the journals since that snapshot.
    journal_bytes: u64,
    is_compacting: bool,
    retry_after: Duration,
}

/// What was recorded since the last commit.
#[derive(Debug)]
struct Batch {
    frame: Frame,
    is_recording: bool,
    clock: Clock,
    last_body: u64,
    last_session: u64,
}

#[derive(Debug)]
enum Mode {
    /// Records go to a journal of so many bytes.
    Running { file: Arc<File>, length: u64 },
    /// Nothing is recorded.
    Paused,
    /// Records wait for the snapshot that goes before them.
    Resuming,
}

/// What the router is to do after a commit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Wanted {
    Nothing,
    /// [`Store::begin_snapshot`].
    Snapshot,
}

impl Store {
    /// A number for a session that is recorded from now on.
    pub(crate) fn next_session(&self) -> u64 {
        let mut batch = self.batch.borrow_mut();
        batch.last_session += 1;
        batch.last_session
    }

    pub(crate) fn record(&self, record: &Record<'_>) {
        if let Some(mut batch) = self.recording() {
            batch.frame.push(record);
        }
    }

    /// `message` is the retained one of its topic now.
    pub(crate) fn retained(&self, message: &Message) {
        let Some(mut batch) = self.recording() else { return };
        if let Some(body) = batch.body(message) {
            batch.frame.push(&Record::Retained { topic: message.topic.as_str(), body });
        }
    }

    /// A client is connected.
    pub(crate) fn online(&self, session: u64, expiry: u32, will: Option<&Will>) {
        let Some(mut batch) = self.recording() else { return };
        batch.frame.push(&Record::Online { session, expiry });
        if let Some(will) = will {
            let delay = will.properties.will_delay_interval.unwrap_or(0);
            let record = |packet| Record::Will { session, delay, packet };
            if let Err(error) = batch.frame.push_with_packet(&will_to_packet(will), record) {
                tracing::error!(%error, "a will cannot be stored");
            }
        }
    }

    /// A message waits in a session.
    pub(crate) fn queued(&self, session: u64, delivery: &Delivery) {
        let Some(mut batch) = self.recording() else { return };
        if let Some(body) = batch.body(&delivery.message) {
            batch.frame.push(&Record::Queued {
                session,
                body,
                qos: delivery.qos as u8,
                retain: delivery.retain,
                identifiers: delivery.identifiers.clone(),
            });
        }
    }

    /// The number a message is stored under; gives it one if it has none, for an image.
    pub(crate) fn number_of(&self, message: &Message) -> u64 {
        self.batch.borrow_mut().number_of(message).0
    }

    /// The wall clock of the current batch.
    pub(crate) fn wall(&self) -> Timestamp {
        self.batch.borrow_mut().clock().wall
    }

    /// Appends what was recorded to the journal. Only after it may anybody hear of it.
    pub(crate) fn commit(&mut self) -> Wanted {
        let batch = self.batch.get_mut();
        if batch.frame.is_empty() {
            return Wanted::Nothing;
        }
        match &mut self.mode {
            Mode::Paused => batch.frame.clear(),
            Mode::Resuming => {
                if batch.frame.len() > WAITING_BYTES {
                    // The snapshot will be too old when it comes.
                    batch.frame.clear();
                    batch.is_recording = false;
                    self.mode = Mode::Paused;
                }
            }
            Mode::Running { file, length } => {
                let written = append(file, length, &mut batch.frame);
                batch.frame.clear();
                match written {
                    Ok(bytes) => {
                        self.journal_bytes += bytes;
                        self.keeper.sync(file);
                        self.watch.holds(self.snapshot_bytes + self.journal_bytes);
                        let enough = SMALLEST_COMPACTION.max(2 * self.snapshot_bytes);
                        if self.journal_bytes > enough && !self.is_compacting {
                            return Wanted::Snapshot;
                        }
                    }
                    Err(error) => self.pause(&error.to_string()),
                }
            }
        }
        Wanted::Nothing
    }

    /// Begins to replace the journals by a snapshot. `source` is the state after the last commit.
    pub(crate) fn begin_snapshot(&mut self, source: Source) {
        match &self.mode {
            Mode::Running { .. } => match self.folder.begin_journal(self.number + 1) {
                Ok((file, length)) => {
                    let before = std::mem::replace(
                        &mut self.mode,
                        Mode::Running { file: Arc::new(file), length },
                    );
                    if let Mode::Running { file, .. } = before {
                        self.keeper.sync(&file);
                    }
                    self.journal_bytes += length;
                }
                Err(error) => return self.pause(&error.to_string()),
            },
            Mode::Paused => {
                self.mode = Mode::Resuming;
                self.batch.get_mut().is_recording = true;
            }
            Mode::Resuming => return,
        }
        self.number += 1;
        self.is_compacting = true;
        self.keeper.write_snapshot(self.number, source);
    }

    /// Resolves with something that happened beside the router.
    pub(crate) async fn event(&mut self) -> Event {
        self.keeper.event().await
    }

    /// Handles an event; may want a snapshot from memory.
    pub(crate) fn handle(&mut self, event: Event) -> Wanted {
        match event {
            Event::Snapshot { number, result } => {
                self.is_compacting = false;
                match (result, &self.mode) {
                    (Ok(bytes), Mode::Running { length, .. }) => {
                        (self.snapshot_bytes, self.journal_bytes) = (bytes, *length);
                        self.watch.holds(bytes + self.journal_bytes);
                    }
                    (Ok(bytes), Mode::Resuming) => self.resume(number, bytes),
                    // It is complete, but the records since are not.
                    (Ok(_), Mode::Paused) => self.retry_later(),
                    (Err(error), _) => self.pause(&error.to_string()),
                }
            }
            Event::SyncFailed(error) => self.pause(&error.to_string()),
            Event::Retry => match self.mode {
                Mode::Paused if self.is_compacting => self.retry_later(),
                Mode::Paused => return Wanted::Snapshot,
                Mode::Running { .. } | Mode::Resuming => {}
            },
        }
        Wanted::Nothing
    }

    /// Whether a snapshot must come from memory because the files lack something.
    pub(crate) fn is_paused(&self) -> bool {
        !matches!(self.mode, Mode::Running { .. })
    }

    pub(crate) fn clock(&self) -> Clock {
        self.batch.borrow_mut().clock()
    }

    /// Returns when everything is on the disk.
    pub(crate) async fn close(mut self) {
        self.commit();
        self.keeper.close().await;
    }

    fn recording(&self) -> Option<RefMut<'_, Batch>> {
        let batch = self.batch.borrow_mut();
        batch.is_recording.then_some(batch)
    }

    fn pause(&mut self, reason: &str) {
        let batch = self.batch.get_mut();
        batch.frame.clear();
        batch.is_recording = false;
        let is_new = matches!(self.mode, Mode::Running { .. });
        self.mode = Mode::Paused;
        if is_new {
            tracing::warn!(reason, "the store is paused");
            self.watch.note(StoreNotice::Paused { reason: reason.into() });
        }
        self.retry_later();
    }

    fn retry_later(&mut self) {
        self.keeper.retry_in(self.retry_after);
        self.retry_after = (self.retry_after * 2).min(RETRY.1);
    }

    /// The snapshot is there: what came after it goes into the journal that belongs to it.
    fn resume(&mut self, number: u64, bytes: u64) {
        match self.folder.begin_journal(number) {
            Ok((file, length)) => {
                self.number = number;
                self.mode = Mode::Running { file: Arc::new(file), length };
                (self.snapshot_bytes, self.journal_bytes) = (bytes, length);
                self.retry_after = RETRY.0;
                self.commit();
                if matches!(self.mode, Mode::Running { .. }) {
                    self.watch.note(StoreNotice::Resumed);
                }
            }
            Err(error) => self.pause(&error.to_string()),
        }
    }
}

impl Batch {
    /// The number of a message whose record is written, now if it was not yet.
    fn body(&mut self, message: &Message) -> Option<u64> {
        let clock = self.clock();
        let (number, is_new) = self.number_of(message);
        if is_new && !push_message(&mut self.frame, number, message, clock) {
            message.stored.set(0);
            return None;
        }
        Some(number)
    }

    fn number_of(&mut self, message: &Message) -> (u64, bool) {
        if let Some(number) = message.stored.get() {
            return (number, false);
        }
        self.last_body += 1;
        message.stored.set(self.last_body);
        (self.last_body, true)
    }

    /// One reading of the clocks serves a whole batch.
    fn clock(&mut self) -> Clock {
        if self.frame.is_empty() {
            self.clock = Clock::read();
        }
        self.clock
    }
}

/// Writes a frame; after a failure the file is as it was, if that is possible at all.
fn append(file: &File, length: &mut u64, frame: &mut Frame) -> io::Result<u64> {
    let sealed = frame.seal().ok_or(io::ErrorKind::FileTooLarge)?;
    let mut out = file;
    if let Err(error) = out.write_all(sealed) {
        let _ = file.set_len(*length);
        let _ = out.seek(SeekFrom::Start(*length));
        return Err(error);
    }
    let bytes = sealed.len() as u64;
    *length += bytes;
    Ok(bytes)
}
