//! Files that are not as they should be.
#![allow(clippy::unwrap_used, reason = "only tests are here")]

mod support;

use std::{
    fs,
    io::{Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use history::{Cause, History, HistoryError, OpenError, OpenMode, Recording};
use support::{fill, fresh, message, record};
use tempfile::TempDir;

/// A closed history with 3,000 messages.
async fn written() -> (TempDir, PathBuf) {
    let (folder, history, connection) = fresh().await;
    fill(&history, connection, 1, 3000).await;
    history.close().await;
    let path = folder.path().join("history.db");
    (folder, path)
}

async fn refused(path: &Path, mode: OpenMode) -> OpenError {
    let before = fs::read(path).ok();
    let error = History::open(path, mode).await.err().unwrap();
    assert!(fs::read(path).ok() == before, "the file was changed");
    error
}

/// Changes something in a closed file behind the history's back.
async fn tamper(path: &Path, sql: &'static str) {
    use sqlx::Connection as _;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_missing_folder_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/history.db");

    History::open(&path, OpenMode::ReadWrite).await.unwrap().close().await;

    assert!(path.exists());
}

#[tokio::test]
async fn a_second_process_cannot_record_into_the_same_file_but_can_read_it() {
    let (folder, history, connection) = fresh().await;
    fill(&history, connection, 1, 3).await;
    let path = folder.path().join("history.db");

    let second = History::open(&path, OpenMode::ReadWrite).await.err();
    let reader = History::open(&path, OpenMode::ReadOnly).await.unwrap();
    let replaced = History::start_new(&path).await.err();

    assert_eq!(second, Some(OpenError::Locked));
    assert_eq!(replaced, Some(OpenError::Locked));
    assert_eq!(reader.page(connection, 1, 10).await.unwrap().len(), 3);
    history.close().await;
    History::open(&path, OpenMode::ReadWrite).await.unwrap();
}

#[tokio::test]
async fn a_file_of_something_else_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    fs::write(&text, "these are my notes, not a database").unwrap();
    let other = folder.path().join("other.db");
    tamper(&other, "CREATE TABLE cats (name TEXT)").await;

    for mode in [OpenMode::ReadWrite, OpenMode::ReadOnly] {
        assert_eq!(refused(&text, mode).await, OpenError::NotADatabase);
    }
    assert_eq!(refused(&other, OpenMode::ReadWrite).await, OpenError::NotADatabase);
}

#[tokio::test]
async fn a_newer_layout_is_refused_for_writing_and_can_be_read_while_it_is_compatible() {
    let (_folder, path) = written().await;
    tamper(&path, "PRAGMA user_version = 99; ALTER TABLE messages ADD COLUMN new TEXT").await;

    let error = refused(&path, OpenMode::ReadWrite).await;
    let reader = History::open(&path, OpenMode::ReadOnly).await.unwrap();

    assert_eq!(error, OpenError::Newer { found: 99, supported: 1 });
    let connection = reader.connection("bench").await.unwrap();
    assert_eq!(reader.page(connection, 1, 1000).await.unwrap().len(), 1000);
}

#[tokio::test]
async fn a_newer_layout_that_cannot_be_read_says_that_it_is_newer() {
    let (_folder, path) = written().await;
    tamper(&path, "PRAGMA user_version = 99; ALTER TABLE messages RENAME TO segments").await;

    let error = refused(&path, OpenMode::ReadOnly).await;

    assert_eq!(error, OpenError::Newer { found: 99, supported: 1 });
}

#[tokio::test]
async fn a_damaged_file_is_found_and_can_still_be_read_in_part() {
    let (_folder, path) = written().await;
    let mut file = fs::File::options().write(true).open(&path).unwrap();
    let length = file.metadata().unwrap().len();
    file.seek(SeekFrom::Start(length / 2)).unwrap();
    file.write_all(&[0xA5; 8192]).unwrap();
    drop(file);

    let error = refused(&path, OpenMode::ReadWrite).await;
    let reader = History::open(&path, OpenMode::ReadOnly).await.unwrap();

    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    let connection = reader.connection("bench").await.unwrap();
    assert_eq!(reader.payload(connection, 1).await.unwrap(), "payload 1");
    assert_eq!(reader.payload(connection, 3000).await.unwrap(), "payload 3000");
    let middle = reader.page(connection, 1001, 1000).await;
    assert!(
        matches!(middle, Err(HistoryError::Storage(Cause::Damaged { .. }))),
        "damage reads as {middle:?}"
    );
}

#[tokio::test]
async fn a_file_that_was_cut_off_is_found() {
    let (_folder, path) = written().await;
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_len(file.metadata().unwrap().len() / 2).unwrap();
    drop(file);

    let error = refused(&path, OpenMode::ReadWrite).await;

    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
}

#[tokio::test]
async fn starting_anew_sets_the_old_file_aside_under_a_name_of_its_own() {
    let (folder, path) = written().await;
    let old = fs::read(&path).unwrap();
    fs::write(folder.path().join("history.db-wal"), "a log").unwrap();
    fs::write(folder.path().join("history.db.set-aside"), "an earlier one").unwrap();

    let replaced = History::start_new(&path).await.unwrap();

    assert_eq!(replaced.set_aside, folder.path().join("history.db.set-aside-2"));
    assert!(fs::read(&replaced.set_aside).unwrap() == old, "the old file was changed");
    let log = folder.path().join("history.db.set-aside-2-wal");
    assert_eq!(fs::read_to_string(log).unwrap(), "a log");
    let earlier = fs::read_to_string(folder.path().join("history.db.set-aside")).unwrap();
    assert_eq!(earlier, "an earlier one");
    let connection = replaced.history.connection("bench").await.unwrap();
    assert_eq!(replaced.history.bounds(connection).await.unwrap(), None);
    fill(&replaced.history, connection, 1, 5).await;
}

#[tokio::test]
async fn a_read_only_history_counts_what_it_does_not_record() {
    let (_folder, path) = written().await;
    let before = fs::read(&path).unwrap();
    let history = History::open(&path, OpenMode::ReadOnly).await.unwrap();
    let connection = history.connection("bench").await.unwrap();

    history.writer().submit(record(connection, message(3001, "x"))).unwrap();
    let flushed = history.flush().await;

    assert_eq!(flushed, Err(HistoryError::Storage(Cause::ReadOnly)));
    assert_eq!(history.counts(connection).dropped, 1);
    let status = history.status().borrow().clone();
    assert_eq!(status.recording, Recording::Paused { cause: Cause::ReadOnly });
    let refused = HistoryError::Storage(Cause::ReadOnly);
    assert_eq!(history.connection("new").await, Err(refused.clone()));
    assert_eq!(history.delete_connection(connection).await, Err(refused));
    history.close().await;
    assert!(fs::read(&path).unwrap() == before, "the file was changed");
}

#[tokio::test]
async fn a_file_without_write_permission_is_told_apart() {
    let (_folder, path) = written().await;
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    // Root may write to any file.
    let is_enforced = fs::File::options().write(true).open(&path).is_err();

    let opened = History::open(&path, OpenMode::ReadWrite).await.err();

    assert_eq!(opened, is_enforced.then_some(OpenError::ReadOnly));
}

#[tokio::test]
async fn a_deletion_that_was_interrupted_goes_on() {
    let (_folder, path) = written().await;
    let reader = History::open(&path, OpenMode::ReadOnly).await.unwrap();
    let connection = reader.connection("bench").await.unwrap();
    reader.close().await;
    tamper(&path, "UPDATE connections SET key = NULL").await;

    let history = History::open(&path, OpenMode::ReadWrite).await.unwrap();
    let mut bounds = history.bounds(connection).await.unwrap();
    for _ in 0..500 {
        if bounds.is_none() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        bounds = history.bounds(connection).await.unwrap();
    }

    assert_eq!(bounds, None);
}

#[cfg(unix)]
#[tokio::test]
async fn a_history_in_a_folder_that_cannot_be_written_can_be_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, path) = written().await;
    fs::remove_file(folder.path().join("history.db.lock")).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    // Root may write to any folder.
    let is_enforced = fs::write(folder.path().join("probe"), "").is_err();

    let refused = History::open(&path, OpenMode::ReadWrite).await.err();
    let reader = History::open(&path, OpenMode::ReadOnly).await;
    let reader = reader.map_err(|error| error.to_string()).unwrap();

    assert_eq!(refused, is_enforced.then_some(OpenError::ReadOnly));
    let connection = reader.connection("bench").await.unwrap();
    assert_eq!(reader.payload(connection, 3000).await.unwrap(), "payload 3000");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn reading_needs_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");

    assert_eq!(refused(&path, OpenMode::ReadOnly).await, OpenError::NotFound);
    assert_eq!(History::start_new(&path).await.err(), Some(OpenError::NotFound));
}

#[tokio::test]
async fn opening_a_large_history_takes_no_longer_check() {
    let (folder, history, connection) = fresh().await;
    let writer = history.writer();
    for seq in 1..=30_000 {
        writer.ready().await;
        writer.submit(record(connection, message(seq, vec![b'x'; 2000]))).unwrap();
    }
    history.close().await;

    let started = Instant::now();
    History::open(folder.path().join("history.db"), OpenMode::ReadWrite).await.unwrap();

    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}
