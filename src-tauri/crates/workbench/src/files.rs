//! Small documents on disk: read whole, written whole, never half.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};
use wire::Timestamp;

use crate::{Failure, FailureCode};

/// What was read, and what went wrong on the way.
#[derive(Debug)]
pub(crate) struct Loaded<T> {
    pub(crate) value: T,
    /// Set when the file was damaged: it was set aside and the default is used.
    pub(crate) notice: Option<Failure>,
}

/// Reads a JSON document. A missing file is the default; one that cannot be understood is set
/// aside under another name, never overwritten.
pub(crate) fn load<T: DeserializeOwned + Default>(path: &Path) -> Result<Loaded<T>, Failure> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Loaded { value: T::default(), notice: None });
        }
        Err(error) => return Err(unusable(path, &error)),
    };
    match serde_json::from_slice(&bytes) {
        Ok(value) => Ok(Loaded { value, notice: None }),
        Err(error) => {
            let aside = set_aside(path).map_err(|error| unusable(path, &error))?;
            let notice = Failure::new(
                FailureCode::Storage,
                format!("{} could not be read: {error}", path.display()),
            )
            .hint(format!("It was kept as {}; a new one was started.", aside.display()))
            .detail("path", path.display())
            .detail("keptAs", aside.display())
            .detail("reason", error);
            Ok(Loaded { value: T::default(), notice: Some(notice) })
        }
    }
}

/// Replaces a JSON document: written beside it, made durable, then renamed over it.
pub(crate) fn save<T: Serialize>(path: &Path, value: &T) -> Result<(), Failure> {
    let write = || -> io::Result<()> {
        let beside = path.with_extension("json.new");
        let mut file = File::create(&beside)?;
        file.write_all(&serde_json::to_vec_pretty(value)?)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&beside, path)
    };
    write().map_err(|error| unusable(path, &error))
}

/// Makes a folder with everything above it.
pub(crate) fn make_folder(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|error| unusable(path, &error))
}

/// Writes a file that only this user can read.
pub(crate) fn write_secret(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&beside, path)
}

/// A file the person chose cannot be read.
pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Failure {
    chosen(FailureCode::FileUnreadable, "cannot be read", path, error)
}

/// A file the person chose cannot be written.
pub(crate) fn unwritable(path: &Path, error: &io::Error) -> Failure {
    chosen(FailureCode::FileUnwritable, "cannot be written", path, error)
}

fn chosen(code: FailureCode, what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::new(code, format!("{} {what}: {error}.", path.display()))
        .detail("path", path.display())
        .detail("reason", error)
}

fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let seconds = Timestamp::now().0 / 1_000_000;
    let aside = path.with_extension(format!("damaged-{seconds}.json"));
    fs::rename(path, &aside)?;
    Ok(aside)
}

fn unusable(path: &Path, error: &io::Error) -> Failure {
    let (code, hint) = match error.kind() {
        io::ErrorKind::StorageFull => (FailureCode::DiskFull, "Free some space and try again."),
        _ => (FailureCode::Storage, "Check that the folder exists and can be written to."),
    };
    Failure::new(code, format!("{}: {error}", path.display()))
        .hint(hint)
        .detail("path", path.display())
        .detail("reason", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_document_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("list.json");

        save(&path, &vec![1, 2, 3]).unwrap();

        assert_eq!(load::<Vec<u8>>(&path).unwrap().value, [1, 2, 3]);
    }

    #[test]
    fn a_damaged_document_is_set_aside_and_said() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("list.json");
        fs::write(&path, "[1, 2").unwrap();

        let loaded = load::<Vec<u8>>(&path).unwrap();

        let kept_as = loaded.notice.unwrap().details["keptAs"].clone();
        assert!(loaded.value.is_empty());
        assert_eq!(fs::read_to_string(kept_as).unwrap(), "[1, 2");
        assert!(!path.exists());
    }

    #[test]
    fn a_folder_that_is_not_there_is_a_failure_with_its_path() {
        let failure = save(Path::new("/nowhere/at/all.json"), &1).unwrap_err();

        assert_eq!(failure.code, FailureCode::Storage);
        assert_eq!(failure.details["path"], "/nowhere/at/all.json");
    }
}
