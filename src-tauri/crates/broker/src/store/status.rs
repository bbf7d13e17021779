//! What a person is told about the store.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use tokio::sync::broadcast;

use super::read::Damage;
use crate::event::BrokerEvent;

/// Whether the broker's state survives it; see [`Broker::store_status`](crate::Broker::store_status).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum StoreStatus {
    /// It does not: none was asked for, or it cannot be used (there is a notice then).
    #[default]
    Off,
    /// It does.
    On {
        /// The directory.
        path: PathBuf,
        /// Bytes of its files.
        bytes: u64,
    },
    /// The broker goes on in memory until the directory can be written again.
    Paused {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        reason: Box<str>,
    },
}

/// Something about the store a person should know; see [`Broker::notices`](crate::Broker::notices).
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum StoreNotice {
    /// The store was damaged or is from a newer version. Its files were moved, and the broker began
    /// with an empty one: half a session would tell its client that nothing was lost.
    #[error("the store was set aside in {}: {cause}", .path.display())]
    SetAside {
        /// Where its files are now.
        path: PathBuf,
        /// Why.
        cause: SetAside,
    },
    /// The store cannot be used, and the broker keeps everything in memory only.
    #[error("nothing is stored: {0}")]
    Unavailable(Unavailable),
    /// Writing failed. Everything goes on in memory, and a new snapshot is tried now and then.
    #[error("storing is paused: {reason}")]
    Paused {
        /// What the system says.
        reason: Box<str>,
    },
    /// After a pause, everything is stored again.
    #[error("everything is stored again")]
    Resumed,
}

/// Why a store was set aside.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SetAside {
    /// It is damaged.
    #[error("it is damaged: {0}")]
    Damaged(Damage),
    /// A later version of the program wrote it.
    #[error("it has the format {version}, which is newer than this program")]
    Newer {
        /// Its format.
        version: u32,
    },
}

/// Why a store cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Unavailable {
    /// Another broker has it.
    #[error("another broker uses the store")]
    Locked,
    /// Its directory or files cannot be read or written.
    #[error("the store cannot be read and written: {reason}")]
    Unwritable {
        /// What the system says.
        reason: Box<str>,
    },
}

impl From<io::Error> for Unavailable {
    fn from(error: io::Error) -> Self {
        Self::Unwritable { reason: error.to_string().into() }
    }
}

/// What the router knows of the store, for everybody who asks.
#[derive(Debug)]
pub(crate) struct StoreWatch {
    pub(crate) events: broadcast::Sender<BrokerEvent>,
    bytes: AtomicU64,
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    path: Option<PathBuf>,
    paused: Option<Box<str>>,
    notices: Vec<StoreNotice>,
}

impl StoreWatch {
    pub(crate) fn new(events: broadcast::Sender<BrokerEvent>) -> Self {
        Self { events, bytes: AtomicU64::new(0), told: Mutex::default() }
    }

    pub(crate) fn status(&self) -> StoreStatus {
        let told = self.lock();
        match (&told.path, &told.paused) {
            (None, _) => StoreStatus::Off,
            (Some(path), None) => {
                StoreStatus::On { path: path.clone(), bytes: self.bytes.load(Relaxed) }
            }
            (Some(path), Some(reason)) => {
                StoreStatus::Paused { path: path.clone(), reason: reason.clone() }
            }
        }
    }

    pub(crate) fn notices(&self) -> Vec<StoreNotice> {
        self.lock().notices.clone()
    }

    /// A directory is in use from now on.
    pub(super) fn used(&self, path: &Path) {
        self.lock().path = Some(path.to_owned());
    }

    pub(super) fn holds(&self, bytes: u64) {
        self.bytes.store(bytes, Relaxed);
    }

    /// Keeps a notice, the newest ones if there are many.
    pub(super) fn note(&self, notice: StoreNotice) {
        const KEPT: usize = 32;
        let mut told = self.lock();
        match &notice {
            StoreNotice::Paused { reason } => told.paused = Some(reason.clone()),
            StoreNotice::Resumed => told.paused = None,
            StoreNotice::SetAside { .. } | StoreNotice::Unavailable(_) => {}
        }
        if told.notices.len() == KEPT {
            told.notices.remove(0);
        }
        told.notices.push(notice.clone());
        drop(told);
        // Nobody has to listen.
        let _ = self.events.send(BrokerEvent::Store(notice));
    }

    fn lock(&self) -> MutexGuard<'_, Told> {
        // Every change is complete or not begun.
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
