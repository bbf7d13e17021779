//! What a store does beside the router: a thread that makes the journal reach the disk at most once a
//! second, and one at a time that writes a snapshot.

use std::{
    fs::File,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::AcqRel},
        mpsc as sync_mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use tokio::sync::mpsc;

use super::{
    files::Folder,
    snapshot::{self, SnapshotError, Source},
};

/// What the router is told.
#[derive(Debug)]
pub(crate) enum Event {
    /// A snapshot was written, of so many bytes, or not.
    Snapshot { number: u64, result: Result<u64, SnapshotError> },
    /// The journal may not be on the disk.
    SyncFailed(io::Error),
    /// Time to try again.
    Retry,
}

#[derive(Debug)]
enum Order {
    Sync(Arc<File>),
    RetryIn(Duration),
}

/// Longest time a written byte is only in the memory of the system.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// How exactly the end of a killed broker is known.
const BEAT_EVERY: Duration = Duration::from_secs(30);

/// The router's end.
#[derive(Debug)]
pub(super) struct Keeper {
    folder: Folder,
    orders: Option<sync_mpsc::Sender<Order>>,
    is_sync_ordered: Arc<AtomicBool>,
    events: mpsc::UnboundedReceiver<Event>,
    /// Dropped when the store closes, so that `events` ends with the threads.
    tell: Option<mpsc::UnboundedSender<Event>>,
}

impl Keeper {
    pub(super) fn start(folder: Folder) -> io::Result<Self> {
        let (orders, waiting) = sync_mpsc::channel();
        // At most an event for each order, and orders wait for their event.
        let (tell, events) = mpsc::unbounded_channel();
        let is_sync_ordered = Arc::new(AtomicBool::new(false));
        let work = Work {
            folder: folder.clone(),
            is_sync_ordered: Arc::clone(&is_sync_ordered),
            tell: tell.clone(),
            sync: None,
            retry_at: None,
        };
        thread::Builder::new().name("broker-store".into()).spawn(move || work.run(&waiting))?;
        Ok(Self { folder, orders: Some(orders), is_sync_ordered, events, tell: Some(tell) })
    }

    /// The journal has bytes that are not on the disk.
    pub(super) fn sync(&self, file: &Arc<File>) {
        if !self.is_sync_ordered.swap(true, AcqRel) {
            self.order(Order::Sync(Arc::clone(file)));
        }
    }

    pub(super) fn retry_in(&self, time: Duration) {
        self.order(Order::RetryIn(time));
    }

    /// Writes a snapshot; its end is an event.
    pub(super) fn write_snapshot(&self, number: u64, source: Source) {
        let Some(tell) = self.tell.clone() else { return };
        let (folder, on_failure) = (self.folder.clone(), tell.clone());
        let work = move || {
            let result = snapshot::write(&folder, number, &source);
            // Freed before the router goes on, not while it waits.
            drop(source);
            let _ = tell.send(Event::Snapshot { number, result });
        };
        if let Err(error) = thread::Builder::new().name("broker-snapshot".into()).spawn(work) {
            let _ = on_failure.send(Event::Snapshot { number, result: Err(error.into()) });
        }
    }

    /// The next event; never one after [`Self::close`].
    pub(super) async fn event(&mut self) -> Event {
        match self.events.recv().await {
            Some(event) => event,
            None => std::future::pending().await,
        }
    }

    /// Returns when everything is on the disk and no thread works on the store any more.
    pub(super) async fn close(&mut self) {
        self.orders = None;
        self.tell = None;
        while let Some(event) = self.events.recv().await {
            tracing::debug!(?event, "the last of the store");
        }
    }

    fn order(&self, order: Order) {
        if let Some(orders) = &self.orders {
            // The thread ends after this sender.
            let _ = orders.send(order);
        }
    }
}

struct Work {
    folder: Folder,
    is_sync_ordered: Arc<AtomicBool>,
    tell: mpsc::UnboundedSender<Event>,
    sync: Option<(Instant, Arc<File>)>,
    retry_at: Option<Instant>,
}

impl Work {
    fn run(mut self, orders: &sync_mpsc::Receiver<Order>) {
        let mut beat_at = Instant::now();
        loop {
            let now = Instant::now();
            if now >= beat_at {
                self.folder.beat();
                beat_at = now + BEAT_EVERY;
            }
            if self.sync.as_ref().is_some_and(|(at, _)| now >= *at) {
                self.sync_now();
            }
            if self.retry_at.is_some_and(|at| now >= at) {
                self.retry_at = None;
                let _ = self.tell.send(Event::Retry);
            }
            let dues = [self.sync.as_ref().map(|(at, _)| *at), self.retry_at, Some(beat_at)];
            let next = dues.into_iter().flatten().min().unwrap_or(beat_at);
            match orders.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Ok(Order::Sync(file)) => {
                    // An order for the next journal: this one will not be asked for again.
                    if self.sync.as_ref().is_some_and(|(_, other)| !Arc::ptr_eq(other, &file)) {
                        self.sync_now();
                    }
                    self.sync = Some((Instant::now() + SYNC_EVERY, file));
                }
                Ok(Order::RetryIn(time)) => self.retry_at = Some(Instant::now() + time),
                Err(sync_mpsc::RecvTimeoutError::Timeout) => {}
                Err(sync_mpsc::RecvTimeoutError::Disconnected) => break,
            }
        }
        self.sync_now();
        self.folder.beat();
    }

    fn sync_now(&mut self) {
        let Some((_, file)) = self.sync.take() else { return };
        // Before it: what is written meanwhile needs another one.
        self.is_sync_ordered.store(false, std::sync::atomic::Ordering::Release);
        if let Err(error) = file.sync_data() {
            let _ = self.tell.send(Event::SyncFailed(error));
        }
    }
}
