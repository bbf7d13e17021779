//! Opening a store: whatever state it is in, a broker can start afterwards.

use std::{
    cell::RefCell,
    collections::HashMap,
    fs::{self, OpenOptions},
    io,
    path::Path,
    sync::Arc,
};

use wire::Timestamp;

use super::{
    Batch, Mode, RETRY, Store,
    files::{Folder, Kind, StoreFile},
    image::Image,
    keeper::Keeper,
    read::{Clock, Damage, FILE_HEADER, LoadError, Loaded, load, messages},
    record::Frame,
    status::{SetAside, StoreNotice, StoreWatch, Unavailable},
};
use crate::message::Message;

/// A store that can be written, and what it held.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) store: Store,
    pub(crate) image: Image,
    pub(crate) messages: HashMap<u64, Arc<Message>>,
    /// The last time its former holder was known to live.
    pub(crate) last_seen: Timestamp,
}

/// Opens the store in `path`, if it can be used; `watch` is told what it is like. Reads all of it.
pub(crate) fn open(path: &Path, watch: &Arc<StoreWatch>) -> Option<Opened> {
    match try_open(path, watch) {
        Ok(opened) => {
            watch.used(path);
            Some(opened)
        }
        Err(unavailable) => {
            tracing::warn!(%unavailable, "the broker starts without its store");
            watch.note(StoreNotice::Unavailable(unavailable));
            None
        }
    }
}

fn try_open(path: &Path, watch: &Arc<StoreWatch>) -> Result<Opened, Unavailable> {
    let folder = Folder::take(path)?;
    let last_seen = folder.last_beat();
    let (mut files, mut last) = folder.files()?;
    let clock = Clock::read();
    let (loaded, messages) = match load_all(&files, clock) {
        Ok(all) => all,
        Err(error) => {
            let cause = match error {
                LoadError::Io(error) => return Err(error.into()),
                LoadError::Damaged(damage) => SetAside::Damaged(damage),
                LoadError::Newer { version } => SetAside::Newer { version },
            };
            let aside = folder.set_aside()?;
            watch.note(StoreNotice::SetAside { path: aside, cause });
            (files, last) = (Vec::new(), 0);
            Default::default()
        }
    };
    if loaded.is_torn
        && let Some(journal) = files.last()
    {
        cut_off(journal, loaded.good)?;
        if loaded.good < FILE_HEADER as u64 {
            files.pop();
        }
    }
    let bytes = |kind| {
        let of_kind = files.iter().filter(move |file| file.kind == kind);
        of_kind
            .filter_map(|file| fs::metadata(&file.path).ok())
            .map(|metadata| metadata.len())
            .sum()
    };
    let (snapshot_bytes, journal_bytes): (u64, u64) = (bytes(Kind::Snapshot), bytes(Kind::Journal));
    // A journal that was written is never appended to again.
    let is_taken = files.last().is_some_and(|file| file.kind == Kind::Journal);
    let number = if is_taken { last + 1 } else { last.max(1) };
    let keeper = Keeper::start(folder.clone())?;
    let begun = folder.begin_journal(number).and_then(|begun| {
        folder.sync()?;
        Ok(begun)
    });
    let batch = Batch {
        frame: Frame::new(),
        is_recording: true,
        clock,
        last_body: loaded.image.last_body,
        last_session: loaded.image.last_session,
    };
    let mut store = Store {
        batch: RefCell::new(batch),
        mode: Mode::Paused,
        folder,
        keeper,
        watch: Arc::clone(watch),
        number,
        snapshot_bytes,
        journal_bytes,
        is_compacting: false,
        retry_after: RETRY.0,
    };
    match begun {
        Ok((file, length)) => {
            store.mode = Mode::Running { file: Arc::new(file), length };
            store.journal_bytes += length;
            watch.holds(store.snapshot_bytes + store.journal_bytes);
        }
        // It can be read, so its state is not lost: only what happens from now on may be.
        Err(error) => store.begin_paused(&error.to_string()),
    }
    Ok(Opened { store, image: loaded.image, messages, last_seen })
}

impl Store {
    fn begin_paused(&mut self, reason: &str) {
        self.watch.note(StoreNotice::Paused { reason: reason.into() });
        self.pause(reason);
    }
}

type All = (Loaded, HashMap<u64, Arc<Message>>);

fn load_all(files: &[StoreFile], clock: Clock) -> Result<All, LoadError> {
    let first = match files.first() {
        Some(file) if file.kind == Kind::Snapshot => file.number,
        _ => 1,
    };
    let journals = files.iter().filter(|file| file.kind == Kind::Journal);
    if !journals.zip(first..).all(|(file, expected)| file.number == expected) {
        return Err(LoadError::Damaged(Damage::Missing));
    }
    let loaded = load(files)?;
    let messages = messages(files, &loaded.image, clock)?;
    Ok((loaded, messages))
}

/// Removes the torn end of the last journal, or all of it if not even its beginning is there.
fn cut_off(journal: &StoreFile, good: u64) -> io::Result<()> {
    if good < FILE_HEADER as u64 {
        return fs::remove_file(&journal.path);
    }
    let file = OpenOptions::new().write(true).open(&journal.path)?;
    file.set_len(good)?;
    file.sync_all()
}
