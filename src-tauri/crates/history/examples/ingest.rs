//! Measures the writer: `cargo run -p history --release --example ingest [rows] [payload bytes]`.
//!
//! First nobody waits for a commit (`QoS` 0), then every message is awaited with at most 20 in
//! flight (`QoS` 1 with a usual receive maximum).
#![allow(
    clippy::cast_precision_loss,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement, not the product"
)]

use std::{
    env, fs,
    sync::Arc,
    time::{Duration, Instant},
};

use history::{ConnectionId, History, OpenMode, Record};
use tokio::sync::Semaphore;
use wire::{Direction, Message, QoS, Timestamp};

#[tokio::main]
async fn main() {
    let mut arguments = env::args().skip(1).map(|argument| argument.parse::<u64>().unwrap());
    let rows = arguments.next().unwrap_or(1_000_000);
    let payload = usize::try_from(arguments.next().unwrap_or(200)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let history =
        History::open(folder.path().join("ingest.db"), OpenMode::ReadWrite).await.unwrap();

    let connection = history.connection("QoS 0").await.unwrap();
    let (time, cpu) = measure(unawaited(&history, connection, rows, payload)).await;
    report("nobody waits", rows, time, cpu);

    let connection = history.connection("QoS 1").await.unwrap();
    let awaited_rows = rows / 10;
    let (time, cpu) = measure(awaited(&history, connection, awaited_rows, payload)).await;
    report("20 in flight, awaited", awaited_rows, time, cpu);

    let bytes = history.size();
    println!("{:.0} bytes a row on disk", bytes as f64 / (rows + awaited_rows) as f64);
    let started = Instant::now();
    let page = history.page(connection, awaited_rows / 2, 40).await.unwrap();
    println!("a page of {} rows in {:?}", page.len(), started.elapsed());
    history.close().await;
    println!("dropped {}", history.status().borrow().dropped);
}

async fn unawaited(history: &History, connection: ConnectionId, rows: u64, payload: usize) {
    let writer = history.writer();
    for seq in 1..=rows {
        if !writer.has_room() {
            writer.ready().await;
        }
        let message = Arc::new(message(seq, payload));
        writer.submit(Record { connection, message, committed: None }).unwrap();
    }
    history.flush().await.unwrap();
}

async fn awaited(history: &History, connection: ConnectionId, rows: u64, payload: usize) {
    let writer = history.writer();
    let in_flight = Arc::new(Semaphore::new(20));
    for seq in 1..=rows {
        let permit = Arc::clone(&in_flight).acquire_owned().await.unwrap();
        let committed = Box::new(move |outcome: Result<(), _>| {
            outcome.unwrap();
            drop(permit);
        });
        let message = Arc::new(message(seq, payload));
        writer.submit(Record { connection, message, committed: Some(committed) }).unwrap();
    }
    history.flush().await.unwrap();
}

fn message(seq: u64, payload: usize) -> Message {
    Message {
        seq,
        time: Timestamp::now(),
        direction: Direction::Received,
        topic: format!("plant/{}/temperature", seq % 100).into(),
        payload: vec![b'x'; payload].into(),
        qos: QoS::AtMostOnce,
        retain: false,
        dup: false,
        packet_id: None,
        properties: None,
    }
}

async fn measure(work: impl Future<Output = ()>) -> (Duration, Option<Duration>) {
    let (started, cpu) = (Instant::now(), cpu_time());
    work.await;
    (started.elapsed(), cpu_time().zip(cpu).map(|(after, before)| after.saturating_sub(before)))
}

/// CPU time of this process, where the system tells it in files (Linux).
fn cpu_time() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<_> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

fn report(what: &str, rows: u64, time: Duration, cpu: Option<Duration>) {
    let rate = rows as f64 / time.as_secs_f64();
    let cpu = cpu.map_or_else(String::new, |cpu| {
        format!(", {:.1} µs CPU each", cpu.as_secs_f64() * 1e6 / rows as f64)
    });
    println!("{what}: {rows} rows in {time:.2?}, {rate:.0} rows/s{cpu}");
}
