//! What the tests of this crate share.
#![allow(dead_code, reason = "no test file uses all of it")]
#![allow(clippy::unwrap_used, reason = "only tests call it")]

use std::sync::Arc;

use bytes::Bytes;
use history::{ConnectionId, History, OpenMode, Record};
use tempfile::TempDir;
use wire::{Direction, Message, QoS, Timestamp};

/// A history in a folder that goes away with it.
pub(crate) async fn fresh() -> (TempDir, History, ConnectionId) {
    let folder = tempfile::tempdir().unwrap();
    let history =
        History::open(folder.path().join("history.db"), OpenMode::ReadWrite).await.unwrap();
    let connection = history.connection("bench").await.unwrap();
    (folder, history, connection)
}

pub(crate) fn message(seq: u64, payload: impl Into<Bytes>) -> Message {
    Message {
        seq,
        time: Timestamp(1_700_000_000_000_000 + seq.cast_signed()),
        direction: Direction::Received,
        topic: "plant/1/temperature".into(),
        payload: payload.into(),
        qos: QoS::AtMostOnce,
        retain: false,
        dup: false,
        packet_id: None,
        properties: None,
    }
}

pub(crate) fn record(connection: ConnectionId, message: Message) -> Record {
    Record { connection, message: Arc::new(message), committed: None }
}

/// Submits messages `first..=last` with a short payload and waits until they are committed.
pub(crate) async fn fill(history: &History, connection: ConnectionId, first: u64, last: u64) {
    let writer = history.writer();
    for seq in first..=last {
        writer.ready().await;
        writer.submit(record(connection, message(seq, format!("payload {seq}")))).unwrap();
    }
    history.flush().await.unwrap();
}
