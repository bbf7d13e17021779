//! How fast a session receives: 64-byte messages of `QoS` 0 from a scripted server to a sink that
//! only counts. Run it with `cargo run --release -p session --example receive`.
//!
//! It prints messages a second, and CPU time a message of the whole process: the server's writes
//! are in it.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "it is a measurement")]

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::BytesMut;
use session::{AckHandle, Config, Session, Sink, Target};
use testkit::Peer;
use wire::{
    Direction, Message, Packet, QoS, Version, encode, packet::Publish, property::PublishProperties,
};

const MESSAGES: u64 = 2_000_000;
const BATCH: u64 = 1000;

#[derive(Debug, Default)]
struct Counter(AtomicU64);

impl Sink for Counter {
    fn accept(&self, message: Arc<Message>, _: Option<AckHandle>) {
        if message.direction == Direction::Received {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    for version in [Version::V311, Version::V5] {
        let peer = Peer::listen().await;
        let target = Target::new("127.0.0.1", peer.port());
        let config = Config { version, client_id: "receiver".into(), ..Config::new(target) };
        let counter = Arc::new(Counter::default());
        let session = Session::start(config, Arc::clone(&counter) as _, 1).unwrap();
        let (mut link, _) = peer.welcome(version, false).await;
        let batch = batch(version);

        let (begin, cpu) = (Instant::now(), cpu_time());
        for _ in 0..MESSAGES / BATCH {
            link.send_bytes(&batch).await;
        }
        while counter.0.load(Ordering::Relaxed) < MESSAGES {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let (wall, cpu) = (begin.elapsed().as_secs_f64(), cpu_time() - cpu);

        #[allow(clippy::cast_precision_loss, reason = "a few million")]
        let count = MESSAGES as f64;
        let (rate, each) = (count / wall, cpu / count * 1e6);
        println!("{version:?}: {rate:.0} messages/s, {each:.2} µs CPU each");
        session.disconnect().await;
    }
}

fn batch(version: Version) -> BytesMut {
    let mut bytes = BytesMut::new();
    for number in 0..BATCH {
        let publish = Publish {
            dup: false,
            qos: QoS::AtMostOnce,
            retain: false,
            topic: Some(format!("plant/{}/temperature", number % 50).parse().unwrap()),
            packet_id: None,
            payload: vec![b'x'; 64].into(),
            properties: PublishProperties::default(),
        };
        encode(&Packet::Publish(publish), version, &mut bytes).unwrap();
    }
    bytes
}

/// User and system time of this process in seconds; Linux counts it in ticks of 10 ms.
fn cpu_time() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks: u64 =
        fields.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().unwrap()).sum();
    #[allow(clippy::cast_precision_loss, reason = "a few thousand")]
    let seconds = ticks as f64 / 100.0;
    seconds
}
