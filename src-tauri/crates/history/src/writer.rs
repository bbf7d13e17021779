//! The one task that writes.
//!
//! # Invariants
//!
//! * Records are completed in the order of submission, after the commit of their batch.
//! * While recording is paused records are dropped, completed with the cause and counted; at
//!   most every [`RETRY`] a batch is tried, and the first that succeeds ends the pause and writes
//!   down the gaps.
//! * Deleting gives way to messages: one piece at a time, only when no batch is due.
//!
//! A commit survives the end of the process, however it ends. It does not wait for the disk
//! (`synchronous = NORMAL`), which would cut 44,000 awaited commits a second down to 4,000; the
//! disk catches up [`SYNC`] later. So a power cut can take about the last two seconds with it, in
//! order and without damage to the file.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    fs::File,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sqlx::Connection as _;
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep_until},
};

use crate::{
    batch::{PendingGap, Store},
    deletion,
    error::{Cause, HistoryError},
    open::size_on_disk,
    queue::{Queue, Writer},
    record::{Completion, Entry, NotStored},
    schema::ConnectionId,
    status::{Counts, Recording, Status},
};

/// How long the writer waits before it tries again after a failure.
const RETRY: Duration = Duration::from_millis(if cfg!(test) { 50 } else { 2000 });
/// How long after a commit the disk is made to catch up, at most.
const SYNC: Duration = Duration::from_secs(2);

/// The task as the rest of the crate sees it.
#[derive(Clone)]
pub(crate) struct Handle {
    queue: Arc<Queue>,
    commands: mpsc::Sender<Command>,
    status: watch::Receiver<Status>,
    counts: Arc<Mutex<HashMap<ConnectionId, Counts>>>,
}

type Reply<T> = oneshot::Sender<Result<T, HistoryError>>;

enum Command {
    AddConnection {
        key: String,
        reply: Reply<ConnectionId>,
    },
    Delete {
        connection: ConnectionId,
        reply: Reply<()>,
    },
    Flush {
        reply: Reply<()>,
    },
    Close {
        reply: Reply<()>,
    },
    /// Does something to the writer's connection that makes it fail.
    #[cfg(test)]
    Execute {
        sql: &'static str,
        reply: Reply<()>,
    },
}

/// Starts the task; without a `store` (read-only) it drops everything, and says so.
pub(crate) fn start(
    path: &Path,
    store: Option<Store>,
    deletions: Vec<ConnectionId>,
    lock: Option<File>,
) -> Handle {
    let pause = store.is_none().then_some(Pause { cause: Cause::ReadOnly, retry_at: None });
    let (status, status_seen) = watch::channel(Status {
        stored: 0,
        dropped: 0,
        bytes_on_disk: size_on_disk(path),
        recording: recording(pause.as_ref()),
    });
    let (commands, inbox) = mpsc::channel(64);
    let queue = Arc::<Queue>::default();
    let counts = Arc::<Mutex<_>>::default();
    let task = Task {
        path: path.to_owned(),
        queue: Arc::clone(&queue),
        store,
        status,
        counts: Arc::clone(&counts),
        pause,
        gaps: HashMap::new(),
        deleted: deletions.iter().copied().collect(),
        deletions: deletions.into(),
        piece: deletion::FIRST_PIECE,
        measured: Instant::now(),
        sync_at: None,
        _lock: lock,
    };
    tokio::spawn(task.run(inbox));
    Handle { queue, commands, status: status_seen, counts }
}

impl Handle {
    pub(crate) fn writer(&self) -> Writer {
        self.queue.writer()
    }

    pub(crate) fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    pub(crate) fn counts(&self, connection: ConnectionId) -> Counts {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(&connection).copied().unwrap_or_default()
    }

    pub(crate) async fn add_connection(&self, key: &str) -> Result<ConnectionId, HistoryError> {
        self.ask(|reply| Command::AddConnection { key: key.to_owned(), reply }).await
    }

    pub(crate) async fn delete_connection(
        &self,
        connection: ConnectionId,
    ) -> Result<(), HistoryError> {
        self.ask(|reply| Command::Delete { connection, reply }).await
    }

    pub(crate) async fn flush(&self) -> Result<(), HistoryError> {
        self.ask(|reply| Command::Flush { reply }).await
    }

    pub(crate) async fn close(&self) {
        self.queue.close();
        // An error means that it is closed already.
        let _ = self.ask(|reply| Command::Close { reply }).await;
    }

    #[cfg(test)]
    pub(crate) async fn execute(&self, sql: &'static str) -> Result<(), HistoryError> {
        self.ask(|reply| Command::Execute { sql, reply }).await
    }

    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, HistoryError> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.map_err(|_| HistoryError::Closed)?;
        answer.await.map_err(|_| HistoryError::Closed)?
    }
}

struct Task {
    path: PathBuf,
    queue: Arc<Queue>,
    store: Option<Store>,
    status: watch::Sender<Status>,
    counts: Arc<Mutex<HashMap<ConnectionId, Counts>>>,
    pause: Option<Pause>,
    gaps: HashMap<ConnectionId, PendingGap>,
    deleted: HashSet<ConnectionId>,
    deletions: VecDeque<ConnectionId>,
    /// How many rows the next piece of a deletion has.
    piece: u32,
    /// When the size on disk was last looked at.
    measured: Instant,
    /// When the disk is to catch up; `None` when it has.
    sync_at: Option<Instant>,
    _lock: Option<File>,
}

struct Pause {
    cause: Cause,
    /// `None`: never.
    retry_at: Option<Instant>,
}

impl Task {
    async fn run(mut self, mut inbox: mpsc::Receiver<Command>) {
        loop {
            let retry_at = self.pause.as_ref().and_then(|pause| pause.retry_at);
            let deleting = !self.deletions.is_empty() && self.pause.is_none();
            let closing = tokio::select! {
                biased;
                command = inbox.recv() => match command {
                    Some(Command::Close { reply }) => Some(Some(reply)),
                    Some(command) => {
                        self.obey(command).await;
                        None
                    }
                    None => Some(None),
                },
                () = self.queue.batch_due() => {
                    self.write_batch().await;
                    None
                }
                () = sleep_until(retry_at.unwrap_or_else(Instant::now)), if retry_at.is_some() => {
                    self.write_batch().await;
                    None
                }
                () = sleep_until(self.sync_at.unwrap_or_else(Instant::now)), if self.sync_at.is_some() => {
                    self.sync().await;
                    None
                }
                () = std::future::ready(()), if deleting => {
                    self.delete_piece().await;
                    None
                }
            };
            if let Some(reply) = closing {
                self.close().await;
                if let Some(reply) = reply {
                    let _ = reply.send(Ok(()));
                }
                return;
            }
        }
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::AddConnection { key, reply } => {
                let _ = reply.send(self.add_connection(&key).await);
            }
            Command::Delete { connection, reply } => {
                let _ = reply.send(self.begin_deletion(connection).await);
            }
            Command::Flush { reply } => {
                self.write_all().await;
                let outcome = match &self.pause {
                    None => Ok(()),
                    Some(pause) => Err(pause.cause.clone().into()),
                };
                let _ = reply.send(outcome);
            }
            Command::Close { .. } => {}
            #[cfg(test)]
            Command::Execute { sql, reply } => {
                let store = self.store.as_mut().expect("a history that is recording");
                let outcome = sqlx::raw_sql(sql).execute(&mut store.connection).await;
                let _ = reply.send(outcome.map(drop).map_err(HistoryError::from));
            }
        }
    }

    /// What is waiting now; not what is submitted meanwhile.
    async fn write_all(&mut self) {
        let mut waiting = self.queue.len();
        while waiting > 0 {
            waiting = waiting.saturating_sub(self.write_batch().await.max(1));
        }
    }

    /// Writes the next batch and reports its length.
    async fn write_batch(&mut self) -> usize {
        let taken = self.queue.take_batch();
        let length = taken.len();
        let mut batch = Vec::with_capacity(length);
        let mut completions = Vec::with_capacity(length);
        for record in taken {
            let (entry, completion) = record.split();
            if self.deleted.contains(&entry.connection) {
                self.drop_entry(&entry, completion, NotStored::Deleted);
            } else {
                batch.push(entry);
                completions.push(completion);
            }
        }
        let outcome = match (&mut self.store, &self.pause) {
            (Some(store), None) => store.commit(&batch, &self.gaps).await,
            (Some(store), Some(Pause { retry_at: Some(at), .. })) if *at <= Instant::now() => {
                store.commit(&batch, &self.gaps).await
            }
            (_, Some(pause)) => Err(pause.cause.clone()),
            (None, None) => Err(Cause::ReadOnly),
        };
        match outcome {
            Ok(outcome) => {
                self.gaps.clear();
                self.sync_at.get_or_insert_with(|| Instant::now() + SYNC);
                if self.pause.take().is_some() {
                    tracing::info!("recording goes on");
                }
                self.complete(&batch, completions, outcome);
            }
            Err(cause) => {
                self.pause(&cause);
                for (entry, completion) in batch.iter().zip(completions) {
                    self.note_gap(entry, &cause);
                    self.drop_entry(entry, completion, NotStored::Paused(cause.clone()));
                }
            }
        }
        self.report();
        length
    }

    fn complete(
        &mut self,
        batch: &[Entry],
        completions: Vec<Option<Completion>>,
        outcome: Vec<Result<(), NotStored>>,
    ) {
        let mut stored = 0;
        {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            for (entry, outcome) in batch.iter().zip(&outcome) {
                let counts = counts.entry(entry.connection).or_default();
                match outcome {
                    Ok(()) => {
                        counts.stored += 1;
                        stored += 1;
                    }
                    Err(_) => counts.dropped += 1,
                }
            }
        }
        let dropped = batch.len() as u64 - stored;
        self.status.send_if_modified(|status| {
            status.stored += stored;
            status.dropped += dropped;
            false
        });
        for (completion, outcome) in completions.into_iter().zip(outcome) {
            if let Some(committed) = completion {
                committed(outcome);
            }
        }
    }

    fn drop_entry(&self, entry: &Entry, completion: Option<Completion>, why: NotStored) {
        self.counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(entry.connection)
            .or_default()
            .dropped += 1;
        self.status.send_if_modified(|status| {
            status.dropped += 1;
            false
        });
        if let Some(committed) = completion {
            committed(Err(why));
        }
    }

    fn note_gap(&mut self, entry: &Entry, cause: &Cause) {
        let seq = entry.message.seq;
        let gap = self.gaps.entry(entry.connection).or_insert_with(|| PendingGap {
            first: seq,
            last: seq,
            count: 0,
            cause: cause.clone(),
        });
        gap.first = gap.first.min(seq);
        gap.last = gap.last.max(seq);
        gap.count += 1;
    }

    /// Begins a pause, or puts off the end of one.
    fn pause(&mut self, cause: &Cause) {
        let retry_at = match &self.pause {
            Some(Pause { retry_at: None, .. }) => None,
            Some(Pause { retry_at: Some(at), .. }) if *at > Instant::now() => Some(*at),
            _ => Some(Instant::now() + RETRY),
        };
        if self.pause.is_none() {
            tracing::warn!(%cause, "recording is paused");
        }
        self.pause = Some(Pause { cause: cause.clone(), retry_at });
    }

    /// Tells the watchers.
    fn report(&mut self) {
        let bytes = (self.measured.elapsed() >= Duration::from_millis(250)).then(|| {
            self.measured = Instant::now();
            size_on_disk(&self.path)
        });
        self.status.send_modify(|status| {
            status.bytes_on_disk = bytes.unwrap_or(status.bytes_on_disk);
            status.recording = recording(self.pause.as_ref());
        });
    }

    /// A passive checkpoint: it syncs the log and waits for no reader.
    async fn sync(&mut self) {
        self.sync_at = None;
        let Some(store) = &mut self.store else { return };
        let synced =
            sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&mut store.connection).await;
        if let Err(error) = synced {
            tracing::warn!(%error, "the write-ahead log could not be synced");
        }
    }

    async fn add_connection(&mut self, key: &str) -> Result<ConnectionId, HistoryError> {
        let store = self.store.as_mut().ok_or(Cause::ReadOnly)?;
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO connections (key) VALUES (?) \
             ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING id",
        )
        .bind(key)
        .fetch_one(&mut store.connection)
        .await?;
        ConnectionId::from_row(id).ok_or_else(|| {
            Cause::Damaged { detail: "connection numbers are used up".into() }.into()
        })
    }

    async fn begin_deletion(&mut self, connection: ConnectionId) -> Result<(), HistoryError> {
        let store = self.store.as_mut().ok_or(Cause::ReadOnly)?;
        sqlx::query("UPDATE connections SET key = NULL WHERE id = ?")
            .bind(connection.as_row())
            .execute(&mut store.connection)
            .await?;
        self.gaps.remove(&connection);
        if self.deleted.insert(connection) {
            self.deletions.push_back(connection);
        }
        Ok(())
    }

    /// Removes some rows of the connection that is being deleted, at last the connection.
    async fn delete_piece(&mut self) {
        let (Some(store), Some(&connection)) = (&mut self.store, self.deletions.front()) else {
            return;
        };
        let started = Instant::now();
        match deletion::delete_piece(&mut store.connection, connection, self.piece).await {
            Ok(true) => {
                self.deletions.pop_front();
            }
            Ok(false) => self.piece = deletion::next_piece(self.piece, started.elapsed()),
            // It goes on with the recording, or after a restart.
            Err(error) => self.pause(&error.into()),
        }
        self.report();
    }

    async fn close(&mut self) {
        self.queue.close();
        self.write_all().await;
        if let Some(mut store) = self.store.take() {
            if !self.gaps.is_empty()
                && let Err(cause) = store.commit(&[], &self.gaps).await
            {
                tracing::warn!(%cause, "the gaps could not be recorded");
            }
            let merged =
                sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut store.connection).await;
            if let Err(error) = merged {
                tracing::warn!(%error, "the write-ahead log could not be merged");
            }
            if let Err(error) = store.connection.close().await {
                tracing::warn!(%error, "the history could not be closed");
            }
        }
        let bytes = size_on_disk(&self.path);
        self.status.send_modify(|status| {
            status.bytes_on_disk = bytes;
            status.recording = Recording::Closed;
        });
    }
}

fn recording(pause: Option<&Pause>) -> Recording {
    match pause {
        None => Recording::On,
        Some(pause) => Recording::Paused { cause: pause.cause.clone() },
    }
}

#[cfg(test)]
mod tests;
