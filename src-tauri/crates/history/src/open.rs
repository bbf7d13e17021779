//! Opening, closing and replacing the file.
//!
//! What is checked on opening: that it is a database of this application and version, both ends
//! of the messages, and as much of SQLite's own `quick_check` as 50 ms allow (small files whole).
//! A process that was killed leaves a write-ahead log, which SQLite recovers by its checksums:
//! that is not damage and needs no longer check.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use sqlx::{
    ConnectOptions as _, Connection as _, SqliteConnection, SqlitePool,
    migrate::Migrator,
    sqlite::{
        SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions,
        SqliteSynchronous,
    },
};
use tokio::sync::watch;

use crate::{
    batch::Store,
    deletion,
    error::{
        self, Cause, HistoryError, SQLITE_CANTOPEN, SQLITE_INTERRUPT, SQLITE_NOTADB,
        SQLITE_READONLY,
    },
    migrate::{self, MIGRATIONS},
    queue::Writer,
    read::{PAGE_SQL, Reader},
    schema::{APPLICATION_ID, ConnectionId},
    status::{Counts, Status},
    writer::{self, Handle},
};

/// An open history; cheap to clone.
#[derive(Clone)]
pub struct History {
    path: Arc<Path>,
    pub(crate) handle: Handle,
    pub(crate) reader: Reader,
}

/// What may be done with the file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OpenMode {
    /// Record and read; the file is made when there is none.
    ReadWrite,
    /// Only read. Recording is paused for good, with [`Cause::ReadOnly`]; a damaged file is
    /// opened as far as it can be read.
    ReadOnly,
}

/// A new history in the place of another.
pub struct Replaced {
    /// The new one.
    pub history: History,
    /// What the old file is called now.
    pub set_aside: PathBuf,
}

/// Why a history cannot be opened. Nothing was changed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum OpenError {
    /// Its content is broken: open it read-only, or start a new one.
    #[error("the history is damaged: {detail}")]
    Damaged {
        /// What is wrong, in SQLite's words.
        detail: String,
    },
    /// A newer version of this application wrote it: open it read-only, or start a new one.
    #[error("the history has layout {found}; this version knows layouts up to {supported}")]
    Newer {
        /// Its layout version.
        found: i64,
        /// The newest this version knows.
        supported: i64,
    },
    /// It cannot be written to: open it read-only.
    #[error("the history is read-only")]
    ReadOnly,
    /// Another process records into it: open it read-only, or end the other.
    #[error("another program is using the history")]
    Locked,
    /// No space is left.
    #[error("the disk is full")]
    DiskFull,
    /// It is some other file: start a new one, which keeps this under another name.
    #[error("the file is not a message history")]
    NotADatabase,
    /// There is no such file to read or to set aside.
    #[error("there is no history file")]
    NotFound,
    /// Anything else.
    #[error("the history cannot be opened: {detail}")]
    Io {
        /// The system's words.
        detail: String,
    },
}

impl History {
    /// Opens or makes the history at `path`. An older layout is brought up to date after a copy
    /// of the file was made beside it.
    pub async fn open(path: impl AsRef<Path>, mode: OpenMode) -> Result<Self, OpenError> {
        let path = path.as_ref();
        match mode {
            OpenMode::ReadWrite => Self::open_for_writing(path, &MIGRATIONS).await,
            OpenMode::ReadOnly => Self::open_for_reading(path).await,
        }
    }

    /// Sets the file at `path` (with its write-ahead log) aside under a new name and starts an
    /// empty history in its place.
    pub async fn start_new(path: impl AsRef<Path>) -> Result<Replaced, OpenError> {
        let path = path.as_ref();
        let set_aside = set_aside(path)?;
        let history = Self::open_for_writing(path, &MIGRATIONS).await?;
        Ok(Replaced { history, set_aside })
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes messages to be stored.
    pub fn writer(&self) -> Writer {
        self.handle.writer()
    }

    /// State of the recording; changes with every commit.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.handle.status()
    }

    /// Rows stored and dropped for one connection since the history was opened.
    pub fn counts(&self, connection: ConnectionId) -> Counts {
        self.handle.counts(connection)
    }

    /// The number of the connection called `key`, which gets one when it has none.
    pub async fn connection(&self, key: &str) -> Result<ConnectionId, HistoryError> {
        match self.reader.connection(key).await? {
            Some(id) => Ok(id),
            None => self.handle.add_connection(key).await,
        }
    }

    /// Deletes a connection and its messages. Resolves when it is gone from every list; its rows
    /// are removed afterwards, piece by piece between the batches, also after a restart. Records
    /// still submitted for it are dropped with [`crate::NotStored::Deleted`].
    pub async fn delete_connection(&self, connection: ConnectionId) -> Result<(), HistoryError> {
        self.handle.delete_connection(connection).await
    }

    /// Resolves when everything submitted before is committed; an error when it could not be.
    pub async fn flush(&self) -> Result<(), HistoryError> {
        self.handle.flush().await
    }

    /// Size of the database with its write-ahead log, bytes.
    pub fn size(&self) -> u64 {
        size_on_disk(&self.path)
    }

    /// Writes what is waiting, merges the write-ahead log and closes the file. Later calls fail
    /// with [`HistoryError::Closed`].
    pub async fn close(&self) {
        self.reader.close().await;
        self.handle.close().await;
    }

    pub(crate) async fn open_for_writing(
        path: &Path,
        migrations: &Migrator,
    ) -> Result<Self, OpenError> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let existed = is_database(path)?;
        let found = if existed { examine(path, migrate::newest(migrations)).await? } else { 0 };
        let lock = lock(path)?;
        if existed {
            // Tells a file without write permission, which SQLite would open read-only.
            File::options().write(true).open(path)?;
        }
        let mut connection = options(path)
            .create_if_missing(true)
            .auto_vacuum(SqliteAutoVacuum::Incremental)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .pragma("journal_size_limit", WAL_KEPT)
            .connect()
            .await?;
        migrate::bring_up_to_date(&mut connection, path, found, migrations).await?;
        let deletions = deletion::unfinished(&mut connection).await?;
        let handle = writer::start(path, Some(Store::new(connection)), deletions, Some(lock));
        let reader = Reader::new(pool(options(path).read_only(true)));
        Ok(Self { path: path.into(), handle, reader })
    }

    async fn open_for_reading(path: &Path) -> Result<Self, OpenError> {
        if !is_database(path)? {
            return Err(OpenError::NotFound);
        }
        let mut options = options(path).read_only(true);
        if let Err(error) = try_reading(&options).await {
            let log_is_empty =
                fs::metadata(sibling(path, "-wal")).map_or(true, |log| log.len() == 0);
            // In a folder that cannot be written, the shared memory of the log cannot be made.
            let no_memory =
                matches!(error::primary_code(&error), Some(SQLITE_CANTOPEN | SQLITE_READONLY));
            if no_memory && log_is_empty {
                options = options.immutable(true);
                try_reading(&options).await?;
            } else {
                let supported = migrate::newest(&MIGRATIONS);
                let found = inspect(&mut options.connect().await?, i64::MAX).await?;
                return Err(if found > supported {
                    OpenError::Newer { found, supported }
                } else {
                    error.into()
                });
            }
        }
        let handle = writer::start(path, None, Vec::new(), None);
        Ok(Self { path: path.into(), handle, reader: Reader::new(pool(options)) })
    }
}

/// Renames the file and its log; returns the new name.
fn set_aside(path: &Path) -> Result<PathBuf, OpenError> {
    let _lock = lock(path)?;
    if !fs::exists(path)? {
        return Err(OpenError::NotFound);
    }
    let target = migrate::unused_name(path, "set-aside")?;
    // The log first: the file is never found without the log that belongs to it but under a name
    // that nothing opens.
    for suffix in ["-wal", "-shm", ""] {
        match fs::rename(sibling(path, suffix), sibling(&target, suffix)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && !suffix.is_empty() => {}
            renamed => renamed?,
        }
    }
    tracing::warn!(name = %target.display(), "the old history was set aside");
    Ok(target)
}

/// The lock that keeps a second process from recording into the same file. The system releases
/// it when the process ends, however it ends.
fn lock(path: &Path) -> Result<File, OpenError> {
    let file =
        File::options().create(true).truncate(false).write(true).open(sibling(path, ".lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Whether there is a file with content, and that it is SQLite's.
fn is_database(path: &Path) -> Result<bool, OpenError> {
    let mut header = Vec::with_capacity(MAGIC.len());
    match File::open(path) {
        Ok(file) => file.take(MAGIC.len() as u64).read_to_end(&mut header)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    match header.as_slice() {
        [] => Ok(false),
        MAGIC => Ok(true),
        _ => Err(OpenError::NotADatabase),
    }
}

/// Asks for a page of messages that cannot exist.
async fn try_reading(options: &SqliteConnectOptions) -> Result<(), sqlx::Error> {
    let mut connection = options.connect().await?;
    sqlx::query(PAGE_SQL).bind(0).bind(0).fetch_all(&mut connection).await?;
    connection.close().await
}

/// [`inspect`] and [`check`] on a connection that cannot change anything.
async fn examine(path: &Path, supported: i64) -> Result<i64, OpenError> {
    let mut connection = options(path).read_only(true).connect().await?;
    let found = inspect(&mut connection, supported).await?;
    if found > 0 {
        check(&mut connection).await?;
    }
    connection.close().await?;
    Ok(found)
}

/// The layout version of the file; 0 when it is empty.
async fn inspect(connection: &mut SqliteConnection, supported: i64) -> Result<i64, OpenError> {
    let (application, found, tables): (i64, i64, i64) = sqlx::query_as(
        "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema) \
         FROM pragma_application_id, pragma_user_version",
    )
    .fetch_one(connection)
    .await?;
    match (application, found) {
        (0, 0) if tables == 0 => Ok(0),
        (APPLICATION_ID, found) if found > supported => Err(OpenError::Newer { found, supported }),
        (APPLICATION_ID, found) => Ok(found),
        _ => Err(OpenError::NotADatabase),
    }
}

/// See the head of this file.
async fn check(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    sqlx::query(
        "SELECT * FROM messages WHERE id IN \
         ((SELECT min(id) FROM messages), (SELECT max(id) FROM messages))",
    )
    .fetch_all(&mut *connection)
    .await?;
    let until = Instant::now() + CHECK_BUDGET;
    connection.lock_handle().await?.set_progress_handler(1000, move || Instant::now() < until);
    let verdict =
        sqlx::query_scalar::<_, String>("PRAGMA quick_check(1)").fetch_all(&mut *connection).await;
    connection.lock_handle().await?.remove_progress_handler();
    match verdict {
        Ok(lines) if lines == ["ok"] => Ok(()),
        Ok(lines) => Err(OpenError::Damaged { detail: lines.join("; ") }),
        // The time is up, and nothing was wrong so far.
        Err(error) if error::primary_code(&error) == Some(SQLITE_INTERRUPT) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(Duration::from_secs(5))
        .disable_statement_logging()
}

fn pool(options: SqliteConnectOptions) -> SqlitePool {
    SqlitePoolOptions::new().max_connections(READERS).connect_lazy_with(options)
}

pub(crate) fn size_on_disk(path: &Path) -> u64 {
    let size = |suffix| fs::metadata(sibling(path, suffix)).map_or(0, |file| file.len());
    size("") + size("-wal")
}

fn sibling(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Cause::from(error).into()
    }
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        match error::primary_code(&error) {
            Some(SQLITE_NOTADB) => Self::Damaged { detail: "its header is broken".into() },
            _ => Cause::from(error).into(),
        }
    }
}

impl From<Cause> for OpenError {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::DiskFull => Self::DiskFull,
            Cause::ReadOnly => Self::ReadOnly,
            Cause::Locked => Self::Locked,
            Cause::Damaged { detail } => Self::Damaged { detail },
            Cause::Io { detail } => Self::Io { detail },
        }
    }
}

const MAGIC: &[u8] = b"SQLite format 3\0";
const CHECK_BUDGET: Duration = Duration::from_millis(50);
/// Connections for reading; each has a thread of its own.
const READERS: u32 = 3;
/// The write-ahead log is cut back to this after a burst, bytes.
const WAL_KEPT: &str = "67108864";
