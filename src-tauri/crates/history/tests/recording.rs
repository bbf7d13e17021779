//! What is submitted comes back, whole and in order.

mod support;

use std::{
    num::NonZeroU16,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use history::{
    Bounds, Counts, HEAD_BYTES, History, HistoryError, MAX_SEQ, NotStored, OpenMode, Record,
    Recording, SubmitError,
};
use support::{fill, fresh, message, record};
use wire::{Direction, QoS, property::PublishProperties};

#[tokio::test]
async fn a_message_comes_back_with_everything_it_had() {
    let (_folder, history, connection) = fresh().await;
    let mut sent = message(1, &b"\xff\x00 not text"[..]);
    sent.direction = Direction::Sent;
    sent.qos = QoS::ExactlyOnce;
    sent.retain = true;
    sent.dup = true;
    sent.packet_id = NonZeroU16::new(65_535);
    sent.properties = Some(Arc::new(PublishProperties {
        content_type: Some("application/octet-stream".into()),
        user_properties: vec![("k".into(), "v".into())],
        ..PublishProperties::default()
    }));

    history.writer().submit(record(connection, sent.clone())).unwrap();
    history.flush().await.unwrap();

    let detail = history.message(connection, 1).await.unwrap();
    assert_eq!(detail.direction, sent.direction);
    assert_eq!(detail.time, sent.time);
    assert_eq!(detail.topic, sent.topic);
    assert_eq!((detail.qos, detail.retain, detail.dup), (sent.qos, true, true));
    assert_eq!(detail.packet_id, sent.packet_id);
    assert_eq!(detail.properties, sent.properties);
    assert_eq!(detail.size, sent.payload.len() as u64);
    assert_eq!(history.payload(connection, 1).await.unwrap(), sent.payload);
    let rows = history.page(connection, 1, 1).await.unwrap();
    assert_eq!(rows[0].head, sent.payload);
    assert_eq!((rows[0].seq, rows[0].size), (1, sent.payload.len() as u64));
}

#[tokio::test]
async fn payloads_of_every_size_are_stored_whole_and_listed_by_their_beginning() {
    let (_folder, history, connection) = fresh().await;
    let sizes = [0, 1, 255, HEAD_BYTES - 1, HEAD_BYTES, HEAD_BYTES + 1, 8 * HEAD_BYTES, 5_000_000];
    let payload = |size: usize| (0..size).map(|i| i.to_le_bytes()[0] ^ 0x5A).collect::<Bytes>();

    let writer = history.writer();
    for (seq, size) in (1..).zip(sizes) {
        writer.submit(record(connection, message(seq, payload(size)))).unwrap();
    }
    history.flush().await.unwrap();

    let rows = history.page(connection, 1, 100).await.unwrap();
    assert_eq!(rows.len(), sizes.len());
    for (row, size) in rows.iter().zip(sizes) {
        assert_eq!(row.size, size as u64);
        assert_eq!(row.head, payload(size)[..size.min(HEAD_BYTES)]);
        assert_eq!(history.payload(connection, row.seq).await.unwrap(), payload(size));
    }
}

#[tokio::test]
async fn a_page_is_a_window_of_sequence_numbers() {
    let (_folder, history, connection) = fresh().await;
    fill(&history, connection, 1, 120).await;
    fill(&history, connection, 131, 140).await;

    let seqs = async |from, count| -> Vec<u64> {
        let rows = history.page(connection, from, count).await.unwrap();
        rows.iter().map(|row| row.seq).collect()
    };

    assert_eq!(seqs(1, 3).await, [1, 2, 3]);
    assert_eq!(seqs(118, 15).await, [118, 119, 120, 131, 132]);
    assert_eq!(seqs(139, 50).await, [139, 140]);
    assert!(seqs(141, 50).await.is_empty());
    assert!(seqs(u64::MAX, 50).await.is_empty());
}

#[tokio::test]
async fn an_event_is_listed_whole_and_without_a_topic() {
    let (_folder, history, connection) = fresh().await;
    let text = format!(r#"{{"event":"connectionLost","detail":"{}"}}"#, "x".repeat(2 * HEAD_BYTES));
    let mut event = message(1, text.clone());
    event.direction = Direction::Event;
    event.topic = "".into();

    history.writer().submit(record(connection, event)).unwrap();
    history.flush().await.unwrap();

    let rows = history.page(connection, 1, 1).await.unwrap();
    assert_eq!((rows[0].direction, &*rows[0].topic), (Direction::Event, ""));
    assert_eq!(rows[0].head, text);
}

#[tokio::test]
async fn completions_are_called_in_order_once_the_messages_can_be_read() {
    let (_folder, history, connection) = fresh().await;
    let (done, mut called) = tokio::sync::mpsc::unbounded_channel();

    for seq in 1..=3000 {
        let done = done.clone();
        let committed = Box::new(move |outcome| done.send((seq, outcome)).unwrap());
        let message = Arc::new(message(seq, "x"));
        history
            .writer()
            .submit(Record { connection, message, committed: Some(committed) })
            .unwrap();
    }
    let mut order = Vec::new();
    for _ in 1..=3000 {
        let (seq, outcome) = called.recv().await.unwrap();
        assert_eq!(outcome, Ok(()));
        if seq % 500 == 0 {
            assert!(history.message(connection, seq).await.is_ok(), "{seq}");
        }
        order.push(seq);
    }

    assert_eq!(order, (1..=3000).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_message_nobody_waits_for_is_committed_within_a_moment() {
    let (_folder, history, connection) = fresh().await;
    let mut status = history.status();

    history.writer().submit(record(connection, message(1, "x"))).unwrap();
    let stored = tokio::time::timeout(Duration::from_secs(5), status.wait_for(|s| s.stored == 1));

    assert_eq!(stored.await.unwrap().unwrap().recording, Recording::On);
    assert!(history.message(connection, 1).await.is_ok());
}

#[tokio::test]
async fn everything_is_there_after_closing_and_opening_again() {
    let (folder, history, connection) = fresh().await;
    fill(&history, connection, 1, 10).await;
    history.writer().submit(record(connection, message(11, "not flushed"))).unwrap();
    history.close().await;
    drop(history);

    let path = folder.path().join("history.db");
    assert!(!path.with_extension("db-wal").exists(), "the log was not merged");
    let history = History::open(&path, OpenMode::ReadWrite).await.unwrap();
    let again = history.connection("bench").await.unwrap();

    assert_eq!(again, connection);
    assert_eq!(history.bounds(again).await.unwrap(), Some(Bounds { first: 1, last: 11 }));
    assert_eq!(history.payload(again, 11).await.unwrap(), "not flushed");
}

#[tokio::test]
async fn connections_do_not_see_each_other() {
    let (_folder, history, first) = fresh().await;
    let second = history.connection("other").await.unwrap();
    fill(&history, first, 1, 5).await;
    fill(&history, second, 1, 7).await;

    assert_ne!(first, second);
    assert_eq!(history.bounds(first).await.unwrap(), Some(Bounds { first: 1, last: 5 }));
    assert_eq!(history.bounds(second).await.unwrap(), Some(Bounds { first: 1, last: 7 }));
    assert_eq!(history.page(first, 1, 100).await.unwrap().len(), 5);
    assert_eq!(history.counts(second), Counts { stored: 7, dropped: 0 });
    let third = history.connection("silent").await.unwrap();
    assert_eq!(history.bounds(third).await.unwrap(), None);
}

#[tokio::test]
async fn a_sequence_number_used_twice_is_reported_and_the_first_message_stays() {
    let (_folder, history, connection) = fresh().await;
    fill(&history, connection, 5, 5).await;
    let outcomes = Arc::new(Mutex::new(Vec::new()));

    for seq in 1..=60 {
        let outcomes = Arc::clone(&outcomes);
        let committed = Box::new(move |outcome| outcomes.lock().unwrap().push((seq, outcome)));
        let message = Arc::new(message(seq, "second"));
        history
            .writer()
            .submit(Record { connection, message, committed: Some(committed) })
            .unwrap();
    }
    history.flush().await.unwrap();

    let outcomes = outcomes.lock().unwrap().clone();
    let refused: Vec<_> = outcomes.iter().filter(|(_, outcome)| outcome.is_err()).collect();
    assert_eq!(refused, [&(5, Err(NotStored::Duplicate))]);
    assert_eq!(outcomes.len(), 60);
    assert_eq!(history.payload(connection, 5).await.unwrap(), "payload 5");
    assert_eq!(history.payload(connection, 60).await.unwrap(), "second");
    assert_eq!(history.counts(connection), Counts { stored: 60, dropped: 1 });
}

#[tokio::test]
async fn a_full_queue_gives_the_record_back_and_tells_when_there_is_room() {
    let (_folder, history, connection) = fresh().await;
    let writer = history.writer();
    // The task cannot run before this one waits: the runtime has one thread.
    let huge = Bytes::from(vec![7; history::QUEUE_BYTES]);
    writer.submit(record(connection, message(1, huge))).unwrap();

    let Err(SubmitError::Full(back)) = writer.submit(record(connection, message(2, "next"))) else {
        panic!("the queue has no limit");
    };
    tokio::time::timeout(Duration::from_secs(20), writer.ready()).await.unwrap();
    writer.submit(back).unwrap();
    history.flush().await.unwrap();

    assert_eq!(history.bounds(connection).await.unwrap(), Some(Bounds { first: 1, last: 2 }));
}

#[tokio::test]
async fn numbers_that_do_not_fit_are_refused() {
    let (_folder, history, connection) = fresh().await;

    for seq in [0, MAX_SEQ + 1] {
        let refused = history.writer().submit(record(connection, message(seq, "x")));

        assert!(matches!(refused, Err(SubmitError::Sequence(_))), "{seq}");
    }
}

#[tokio::test]
async fn a_closed_history_says_so() {
    let (_folder, history, connection) = fresh().await;
    let writer = history.writer();
    history.close().await;

    let refused = writer.submit(record(connection, message(1, "x")));

    assert!(matches!(refused, Err(SubmitError::Closed(_))));
    writer.ready().await;
    assert_eq!(history.flush().await, Err(HistoryError::Closed));
    assert_eq!(history.bounds(connection).await, Err(HistoryError::Closed));
    assert_eq!(history.status().borrow().recording, Recording::Closed);
    history.close().await;
}

#[tokio::test]
async fn a_deleted_connection_is_gone_with_its_messages_and_its_space() {
    let (_folder, history, connection) = fresh().await;
    let kept = history.connection("kept").await.unwrap();
    fill(&history, kept, 1, 10).await;
    for seq in 1..=3000 {
        let record = record(connection, message(seq, vec![7; 1000]));
        history.writer().submit(record).unwrap();
    }
    history.flush().await.unwrap();

    history.delete_connection(connection).await.unwrap();
    let new = history.connection("bench").await.unwrap();
    let mut left = u64::MAX;
    for _ in 0..200 {
        left = history.page(connection, 1, 1000).await.unwrap().len() as u64
            + history.page(connection, 2001, 1000).await.unwrap().len() as u64;
        if left == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    assert_eq!(left, 0);
    assert_ne!(new, connection);
    assert_eq!(history.page(kept, 1, 100).await.unwrap().len(), 10);
    history.writer().submit(record(connection, message(3001, "late"))).unwrap();
    history.flush().await.unwrap();
    assert_eq!(history.message(connection, 3001).await, Err(HistoryError::NotFound));
    history.close().await;
    assert!(history.size() < 500_000, "{} bytes are left", history.size());
}
