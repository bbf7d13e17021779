//! The directory of a store: which files there are, what they are called, who holds it.
//!
//! `snapshot-N` is the whole state when `journal-N` began. A store is its newest snapshot and the
//! journals with that number and above; everything older is left from an interrupted clean-up.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use wire::Timestamp;

use super::{
    read::{FORMAT, file_header},
    status::Unavailable,
};

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Kind {
    Snapshot,
    Journal,
}

#[derive(Clone, Debug)]
pub(super) struct StoreFile {
    pub(super) kind: Kind,
    pub(super) number: u64,
    pub(super) path: PathBuf,
}

/// The directory, for as long as this process has it for itself.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    pub(super) path: Arc<Path>,
    lock: Arc<File>,
}

impl Folder {
    /// Takes the directory for this process.
    pub(super) fn take(path: &Path) -> Result<Self, Unavailable> {
        fs::create_dir_all(path)?;
        let mut options = OpenOptions::new();
        let lock = options.write(true).create(true).truncate(false).open(path.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.into(), lock: Arc::new(lock) }),
            Err(TryLockError::WouldBlock) => Err(Unavailable::Locked),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// When its last holder was seen alive.
    pub(super) fn last_beat(&self) -> Timestamp {
        let modified = self.lock.metadata().and_then(|metadata| metadata.modified());
        let since = modified.ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let micros = since.unwrap_or(Duration::ZERO).as_micros();
        Timestamp(i64::try_from(micros).unwrap_or(i64::MAX))
    }

    /// Says that its holder is alive.
    pub(super) fn beat(&self) {
        if let Err(error) = self.lock.set_modified(SystemTime::now()) {
            tracing::debug!(%error, "the store's time cannot be set");
        }
    }

    /// The files that make up the store, in the order they are read, and the greatest number of all.
    pub(super) fn files(&self) -> io::Result<(Vec<StoreFile>, u64)> {
        let mut files = self.all()?;
        files.sort_unstable_by_key(|file| (file.number, file.kind));
        let last = files.last().map_or(0, |file| file.number);
        let newest =
            files.iter().filter(|file| file.kind == Kind::Snapshot).map(|file| file.number);
        let newest = newest.max().unwrap_or(0);
        files.retain(|file| file.number >= newest);
        Ok((files, last))
    }

    pub(super) fn snapshot(&self, number: u64) -> PathBuf {
        self.path.join(format!("snapshot-{number:08}"))
    }

    pub(super) fn journal(&self, number: u64) -> PathBuf {
        self.path.join(format!("journal-{number:08}"))
    }

    /// Begins a journal; returns it and its length.
    pub(super) fn begin_journal(&self, number: u64) -> io::Result<(File, u64)> {
        let mut file = File::create(self.journal(number))?;
        let header = file_header(FORMAT);
        file.write_all(&header)?;
        Ok((file, header.len() as u64))
    }

    /// Removes what snapshot `number` replaces. What cannot be removed is removed another time.
    pub(super) fn remove_before(&self, number: u64) {
        for file in self.all().unwrap_or_default() {
            if file.number < number
                && let Err(error) = fs::remove_file(&file.path)
            {
                tracing::warn!(%error, "an old file of the store cannot be removed");
            }
        }
    }

    /// Where a snapshot is written before it is one.
    pub(super) fn unfinished(&self) -> PathBuf {
        self.path.join("snapshot.unfinished")
    }

    /// Makes a new name in the directory survive a power cut.
    pub(super) fn sync(&self) -> io::Result<()> {
        // Elsewhere a directory cannot be opened, and the system does it by itself.
        if cfg!(unix) { File::open(&self.path)?.sync_all() } else { Ok(()) }
    }

    /// Moves all files of the store into a new directory beside them.
    pub(super) fn set_aside(&self) -> io::Result<PathBuf> {
        let name = format!("set-aside-{}", date_and_time(Timestamp::now()));
        let mut target = self.path.join(&name);
        for number in 2.. {
            if !target.exists() {
                break;
            }
            target = self.path.join(format!("{name}-{number}"));
        }
        fs::create_dir(&target)?;
        for file in self.all()? {
            let name = file.path.file_name().unwrap_or_default();
            fs::rename(&file.path, target.join(name))?;
        }
        self.sync()?;
        Ok(target)
    }

    fn all(&self) -> io::Result<Vec<StoreFile>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            let (kind, number) = match name.split_once('-') {
                Some(("snapshot", number)) => (Kind::Snapshot, number),
                Some(("journal", number)) => (Kind::Journal, number),
                _ => continue,
            };
            // What is named otherwise is not the store's, or not finished.
            if let Ok(number) = number.parse() {
                files.push(StoreFile { kind, number, path });
            }
        }
        Ok(files)
    }
}

/// `20261122-175959`, UTC.
fn date_and_time(time: Timestamp) -> String {
    let seconds = time.0.max(0) / 1_000_000;
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Days since 1 March of the year 0, in eras of 400 years.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let leap = day_of_era / 1_460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leap) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    format!("{year:04}{month:02}{day:02}-{hour:02}{minute:02}{:02}", second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_aside_store_is_named_by_the_calendar() {
        let seconds = [0, 951_782_399, 951_868_800, 1_795_370_399];

        let names = seconds.map(|second| date_and_time(Timestamp(second * 1_000_000)));

        assert_eq!(
            names,
            ["19700101-000000", "20000228-235959", "20000301-000000", "20261122-175959"]
        );
    }
}
