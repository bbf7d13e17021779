//! How fast a session receives and publishes 64-byte messages, with a scripted server in the same
//! process and a sink that only counts. Run it with
//! `cargo run --release -p session --example session_throughput`.
//!
//! It prints messages a second, and CPU time a message of the whole process: what the server does
//! is in it.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "it is a measurement")]

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, StreamExt};
use session::{AckHandle, Config, PublishRequest, Session, SessionState, Sink, Target};
use testkit::{Link, Peer, ack};
use wire::{
    Direction, Message, Packet, QoS, ReasonCode, Version, encode,
    packet::{PacketId, Publish},
    property::PublishProperties,
};

const BATCH: u16 = 1000;
const PAYLOAD: &[u8] = &[b'x'; 64];

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    for version in [Version::V311, Version::V5] {
        receive(version, QoS::AtMostOnce, 2000).await;
        receive(version, QoS::AtLeastOnce, 200).await;
        publish(version, QoS::AtMostOnce, 500).await;
        publish(version, QoS::AtLeastOnce, 100).await;
    }
}

/// Counts what it receives and acknowledges at once.
#[derive(Debug, Default)]
struct Counter(AtomicU64);

impl Sink for Counter {
    fn accept(&self, message: Arc<Message>, ack: Option<AckHandle>) {
        if message.direction == Direction::Received {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(ack) = ack {
            ack.complete();
        }
    }
}

async fn receive(version: Version, qos: QoS, batches: u64) {
    let (session, mut link, counter) = connect(version).await;
    let batch = batch(version, qos);
    let count = batches * u64::from(BATCH);

    let watch = Stopwatch::start();
    for _ in 0..batches {
        link.send_bytes(&batch).await;
        if qos > QoS::AtMostOnce {
            for _ in 0..BATCH {
                link.expect().await;
            }
        }
    }
    while counter.0.load(Ordering::Relaxed) < count {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    watch.report(&format!("{version:?} receive {qos:?}"), count);
    drop(session);
}

async fn publish(version: Version, qos: QoS, batches: u64) {
    let (session, mut link, _) = connect(version).await;
    let count = batches * u64::from(BATCH);
    let server = tokio::spawn(async move {
        for _ in 0..count {
            if let Some(id) = link.expect_publish().await.packet_id {
                link.send(Packet::PubAck(ack(id, ReasonCode::SUCCESS))).await;
            }
        }
    });

    let watch = Stopwatch::start();
    let request = PublishRequest {
        topic: "plant/1/temperature".parse().unwrap(),
        payload: Bytes::from_static(PAYLOAD),
        qos,
        retain: false,
        properties: PublishProperties::default(),
    };
    let requests = stream::iter(0..count).map(|_| session.publish(request.clone()));
    let receipts = requests.buffer_unordered(256);
    receipts.for_each(|receipt| async move { assert!(receipt.is_ok(), "{receipt:?}") }).await;
    server.await.unwrap();
    watch.report(&format!("{version:?} publish {qos:?}"), count);
}

async fn connect(version: Version) -> (Session, Link, Arc<Counter>) {
    let peer = Peer::listen().await;
    let target = Target::new("127.0.0.1", peer.port());
    let config = Config {
        version,
        client_id: "client".into(),
        ack_after_commit: true,
        ..Config::new(target)
    };
    let counter = Arc::new(Counter::default());
    let session = Session::start(config, Arc::clone(&counter) as _, 1).unwrap();
    let (link, _) = peer.welcome(version, false).await;
    session.state().wait_for(SessionState::is_online).await.unwrap();
    (session, link, counter)
}

fn batch(version: Version, qos: QoS) -> BytesMut {
    let mut bytes = BytesMut::new();
    for number in 1..=BATCH {
        let publish = Publish {
            dup: false,
            qos,
            retain: false,
            topic: Some(format!("plant/{}/temperature", number % 50).parse().unwrap()),
            packet_id: PacketId::new(number).filter(|_| qos > QoS::AtMostOnce),
            payload: Bytes::from_static(PAYLOAD),
            properties: PublishProperties::default(),
        };
        encode(&Packet::Publish(publish), version, &mut bytes).unwrap();
    }
    bytes
}

struct Stopwatch {
    wall: Instant,
    cpu: f64,
}

impl Stopwatch {
    fn start() -> Self {
        Self { wall: Instant::now(), cpu: cpu_seconds() }
    }

    #[allow(clippy::cast_precision_loss, reason = "a few million")]
    fn report(&self, what: &str, count: u64) {
        let (wall, cpu) = (self.wall.elapsed().as_secs_f64(), cpu_seconds() - self.cpu);
        let count = count as f64;
        println!("{what}: {:.0} messages/s, {:.2} µs CPU each", count / wall, cpu / count * 1e6);
    }
}

/// User and system time of this process; Linux counts it in ticks of 10 ms.
#[allow(clippy::cast_precision_loss, reason = "a few thousand")]
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let times = fields.split_whitespace().skip(11).take(2);
    let ticks: u64 = times.map(|field| field.parse::<u64>().unwrap()).sum();
    ticks as f64 / 100.0
}
