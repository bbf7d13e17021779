//! Failures of the storage, sorted by what a person can do about them.

use std::io;

/// Why the file cannot be written or read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Cause {
    /// No space is left on the disk.
    #[error("the disk is full")]
    DiskFull,
    /// The file, its folder or its disk cannot be written to.
    #[error("the history is read-only")]
    ReadOnly,
    /// Another program holds the file.
    #[error("another program is using the history")]
    Locked,
    /// The content of the file is not what was written.
    #[error("the history is damaged: {detail}")]
    Damaged {
        /// SQLite's words.
        detail: String,
    },
    /// Anything else the system reported.
    #[error("the history cannot be accessed: {detail}")]
    Io {
        /// The system's words.
        detail: String,
    },
}

/// Why an operation of an open history failed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum HistoryError {
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] Cause),
    /// It was closed.
    #[error("the history is closed")]
    Closed,
    /// There is no such row: it was never recorded, or was deleted.
    #[error("the message is not in the history")]
    NotFound,
}

impl From<sqlx::Error> for HistoryError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolClosed => Self::Closed,
            error => Self::Storage(error.into()),
        }
    }
}

impl From<sqlx::Error> for Cause {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Io(io) => from_io(io),
            sqlx::Error::Database(_) => match primary_code(&error) {
                Some(SQLITE_FULL) => Self::DiskFull,
                Some(SQLITE_READONLY | SQLITE_PERM) => Self::ReadOnly,
                Some(SQLITE_BUSY | SQLITE_LOCKED) => Self::Locked,
                Some(SQLITE_CORRUPT | SQLITE_NOTADB) => Self::Damaged { detail: text(&error) },
                _ => Self::Io { detail: text(&error) },
            },
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                Self::Damaged { detail: error.to_string() }
            }
            _ => Self::Io { detail: error.to_string() },
        }
    }
}

impl From<io::Error> for Cause {
    fn from(error: io::Error) -> Self {
        from_io(&error)
    }
}

fn from_io(error: &io::Error) -> Cause {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Cause::DiskFull,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Cause::ReadOnly,
        io::ErrorKind::WouldBlock | io::ErrorKind::ResourceBusy => Cause::Locked,
        _ => Cause::Io { detail: error.to_string() },
    }
}

/// SQLite's primary result code, without the extension in the upper bits.
pub(crate) fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code = error.as_database_error()?.code()?.parse::<i32>().ok()?;
    Some(code & 0xFF)
}

fn text(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}

pub(crate) const SQLITE_INTERRUPT: i32 = 9;
pub(crate) const SQLITE_NOTADB: i32 = 26;
pub(crate) const SQLITE_CANTOPEN: i32 = 14;
const SQLITE_PERM: i32 = 3;
const SQLITE_BUSY: i32 = 5;
const SQLITE_LOCKED: i32 = 6;
pub(crate) const SQLITE_READONLY: i32 = 8;
const SQLITE_CORRUPT: i32 = 11;
const SQLITE_FULL: i32 = 13;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_system_become_what_a_person_can_act_on() {
        for (kind, cause) in [
            (io::ErrorKind::StorageFull, Cause::DiskFull),
            (io::ErrorKind::PermissionDenied, Cause::ReadOnly),
            (io::ErrorKind::ReadOnlyFilesystem, Cause::ReadOnly),
            (io::ErrorKind::ResourceBusy, Cause::Locked),
        ] {
            assert_eq!(Cause::from(io::Error::from(kind)), cause);
        }
        assert!(
            matches!(Cause::from(io::Error::other("broken")), Cause::Io { detail } if detail == "broken")
        );
    }
}
