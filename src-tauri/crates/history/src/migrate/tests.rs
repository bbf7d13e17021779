//! From one layout to the next.

use std::{fs, path::Path, sync::Arc};

use sqlx::{
    SqlSafeStr as _,
    migrate::{Migration, MigrationType, Migrator},
};
use wire::{Direction, Message, QoS, Timestamp};

use super::MIGRATIONS;
use crate::{History, OpenError, OpenMode, Record};

/// The layouts there are and one more.
fn with_next(sql: &'static str) -> Migrator {
    let mut migrations: Vec<_> = MIGRATIONS.iter().cloned().collect();
    let version = super::newest(&MIGRATIONS) + 1;
    let sql = sql.into_sql_str();
    migrations.push(Migration::new(version, "next".into(), MigrationType::Simple, sql, false));
    Migrator::with_migrations(migrations)
}

/// A history of today's layout with one message.
async fn written(path: &Path) {
    let history = History::open(path, OpenMode::ReadWrite).await.unwrap();
    let connection = history.connection("bench").await.unwrap();
    let message = Message {
        seq: 1,
        time: Timestamp(0),
        direction: Direction::Received,
        topic: "t".into(),
        payload: "kept".into(),
        qos: QoS::AtMostOnce,
        retain: false,
        dup: false,
        packet_id: None,
        properties: None,
    };
    let record = Record { connection, message: Arc::new(message), committed: None };
    history.writer().submit(record).unwrap();
    history.close().await;
}

async fn payload(history: &History) -> String {
    let connection = history.connection("bench").await.unwrap();
    String::from_utf8(history.payload(connection, 1).await.unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn an_older_layout_is_brought_up_to_date_after_a_copy_was_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    written(&path).await;
    let next = with_next("ALTER TABLE gaps ADD COLUMN note TEXT; PRAGMA user_version = 2;");

    let history = History::open_for_writing(&path, &next).await.unwrap();
    assert_eq!(payload(&history).await, "kept");
    history.handle.execute("UPDATE gaps SET note = 'migrated'").await.unwrap();
    history.close().await;

    let newer = History::open(&path, OpenMode::ReadWrite).await.err();
    assert_eq!(newer, Some(OpenError::Newer { found: 2, supported: 1 }));
    let copy = folder.path().join("history.db.v1-copy");
    let history = History::open(&copy, OpenMode::ReadWrite).await.unwrap();
    assert_eq!(payload(&history).await, "kept");
}

#[tokio::test]
async fn a_migration_that_fails_changes_nothing_and_an_older_copy_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    written(&path).await;
    fs::write(folder.path().join("history.db.v1-copy"), "an older copy").unwrap();
    let broken = with_next("DELETE FROM messages; PRAGMA user_version = 2; NOT SQL;");

    let refused = History::open_for_writing(&path, &broken).await.err();

    assert!(refused.is_some());
    let older = fs::read_to_string(folder.path().join("history.db.v1-copy")).unwrap();
    assert_eq!(older, "an older copy");
    assert!(folder.path().join("history.db.v1-copy-2").exists());
    let history = History::open(&path, OpenMode::ReadWrite).await.unwrap();
    assert_eq!(payload(&history).await, "kept");
}
