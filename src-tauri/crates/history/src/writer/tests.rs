//! What the writer does when the file cannot be written.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use tempfile::TempDir;
use tokio::time::timeout;
use wire::{Direction, Message, QoS, Timestamp};

use crate::{
    Cause, ConnectionId, Counts, Gap, History, HistoryError, NotStored, OpenMode, Record, Recording,
};

type Outcomes = Arc<Mutex<Vec<(u64, Result<(), NotStored>)>>>;

async fn fresh() -> (TempDir, History, ConnectionId) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let history = History::open(path, OpenMode::ReadWrite).await.unwrap();
    let connection = history.connection("bench").await.unwrap();
    (folder, history, connection)
}

fn submit(history: &History, connection: ConnectionId, seq: u64, size: usize, done: &Outcomes) {
    let message = Message {
        seq,
        time: Timestamp(0),
        direction: Direction::Received,
        topic: format!("topic/{seq}").into(),
        payload: Bytes::from(vec![b'x'; size]),
        qos: QoS::AtLeastOnce,
        retain: false,
        dup: false,
        packet_id: None,
        properties: None,
    };
    let done = Arc::clone(done);
    let committed = Box::new(move |outcome| done.lock().unwrap().push((seq, outcome)));
    let record = Record { connection, message: Arc::new(message), committed: Some(committed) };
    history.writer().submit(record).unwrap();
}

async fn recording_again(history: &History) {
    let mut status = history.status();
    let resumed = status.wait_for(|status| status.recording == Recording::On);
    let resumed = timeout(Duration::from_secs(10), resumed).await.is_ok();
    assert!(resumed, "{:?}", history.status().borrow());
}

#[tokio::test]
async fn a_full_disk_pauses_the_recording_which_goes_on_by_itself_and_tells_the_gap() {
    let (_folder, history, connection) = fresh().await;
    let done = Outcomes::default();
    submit(&history, connection, 1, 10, &done);
    history.flush().await.unwrap();

    history.handle.execute("PRAGMA max_page_count = 1").await.unwrap();
    for seq in 2..=4 {
        submit(&history, connection, seq, 100_000, &done);
    }
    let refused = history.flush().await;
    let paused = history.status().borrow().clone();
    history.handle.execute("PRAGMA max_page_count = 1000000").await.unwrap();
    recording_again(&history).await;
    submit(&history, connection, 5, 10, &done);
    history.flush().await.unwrap();

    let full = NotStored::Paused(Cause::DiskFull);
    assert_eq!(refused, Err(HistoryError::Storage(Cause::DiskFull)));
    assert_eq!(paused.recording, Recording::Paused { cause: Cause::DiskFull });
    assert_eq!((paused.stored, paused.dropped), (1, 3));
    assert_eq!(
        *done.lock().unwrap(),
        [(1, Ok(())), (2, Err(full.clone())), (3, Err(full.clone())), (4, Err(full)), (5, Ok(()))]
    );
    assert_eq!(history.counts(connection), Counts { stored: 2, dropped: 3 });
    let gap = Gap { first: 2, last: 4, count: 3, cause: "the disk is full".into() };
    assert_eq!(history.gaps(connection).await.unwrap(), [gap]);
    let rows = history.page(connection, 1, 10).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), [1, 5]);
    assert_eq!(&*rows[1].topic, "topic/5");
}

#[tokio::test]
async fn a_file_that_turned_read_only_pauses_the_recording() {
    let (_folder, history, connection) = fresh().await;
    let done = Outcomes::default();

    history.handle.execute("PRAGMA query_only = ON").await.unwrap();
    submit(&history, connection, 1, 10, &done);
    let refused = history.flush().await;
    history.handle.execute("PRAGMA query_only = OFF").await.unwrap();
    recording_again(&history).await;

    assert_eq!(refused, Err(HistoryError::Storage(Cause::ReadOnly)));
    assert_eq!(*done.lock().unwrap(), [(1, Err(NotStored::Paused(Cause::ReadOnly)))]);
    assert_eq!(history.gaps(connection).await.unwrap().len(), 1);
}

#[tokio::test]
async fn gaps_at_the_end_are_part_of_the_bounds_after_a_restart() {
    let (folder, history, connection) = fresh().await;
    let done = Outcomes::default();
    submit(&history, connection, 1, 10, &done);
    history.flush().await.unwrap();
    history.handle.execute("PRAGMA query_only = ON").await.unwrap();
    submit(&history, connection, 2, 10, &done);
    history.flush().await.unwrap_err();
    history.handle.execute("PRAGMA query_only = OFF").await.unwrap();
    history.close().await;

    let path = folder.path().join("history.db");
    let history = History::open(path, OpenMode::ReadWrite).await.unwrap();

    let bounds = history.bounds(connection).await.unwrap().unwrap();
    assert_eq!((bounds.first, bounds.last), (1, 2));
}

#[tokio::test]
async fn closing_a_paused_history_ends_and_reports_every_record() {
    let (_folder, history, connection) = fresh().await;
    let done = Outcomes::default();
    history.handle.execute("PRAGMA query_only = ON").await.unwrap();
    for seq in 1..=2500 {
        submit(&history, connection, seq, 10, &done);
    }

    timeout(Duration::from_secs(20), history.close()).await.unwrap();

    let done = done.lock().unwrap();
    assert_eq!(done.len(), 2500);
    assert!(done.iter().all(|(_, outcome)| outcome.is_err()));
    assert_eq!(history.status().borrow().dropped, 2500);
}
