//! How many 64-byte messages a second the broker moves: `cargo run -p broker --release --example throughput`.
//!
//! Clients are threads with blocking sockets that do as little as possible, over loopback TCP and
//! MQTT 3.1.1. A publisher of `QoS` 1 keeps a window of messages unacknowledged. The last lines compare
//! subscribers whose sessions are kept, in memory and in a store.

#![allow(clippy::print_stdout, reason = "a report is what it is for")]

use std::{
    error::Error,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use broker::{Broker, BrokerConfig};
use bytes::{Bytes, BytesMut};
use wire::{
    Packet, PacketId, QoS, Version,
    packet::{Connect, Publish, RetainHandling, Subscribe, Subscription},
    property::{ConnectProperties, PublishProperties, SubscribeProperties},
};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const PAYLOAD: usize = 64;
const TOPIC: &str = "bench/topic";
/// Messages a publisher sends in one write, and for `QoS` 1 before it waits for their PUBACKs.
const WINDOW: u16 = 200;
const PUBACK: usize = 4;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    for (qos, total) in [(QoS::AtMostOnce, 2_000_000), (QoS::AtLeastOnce, 400_000)] {
        for (publishers, subscribers) in [(1, 1), (10, 1), (50, 1), (1, 10)] {
            let run = Run { publishers, subscribers, qos, total: total / subscribers, clean: true };
            measure(run, None).await?;
        }
    }
    for (publishers, subscribers) in [(1, 1), (10, 1), (50, 1), (1, 10)] {
        let total = 400_000 / subscribers;
        let qos = QoS::AtLeastOnce;
        let run = Run { publishers, subscribers, qos, total, clean: false };
        measure(run, None).await?;
        let folder = tempfile::tempdir()?;
        measure(run, Some(folder.path())).await?;
    }
    Ok(())
}

#[derive(Clone, Copy)]
struct Run {
    publishers: usize,
    subscribers: usize,
    qos: QoS,
    total: usize,
    /// Whether the subscribers' sessions end with them.
    clean: bool,
}

/// Sends `total` messages through a new broker and prints how many a second arrived.
async fn measure(run: Run, store: Option<&Path>) -> Result<()> {
    let Run { publishers, subscribers, qos, total, clean } = run;
    let config = BrokerConfig { store: store.map(Into::into), ..BrokerConfig::default() };
    let broker = Broker::open(config).await;
    let address = broker.listen_tcp(([127, 0, 0, 1], 0).into())?.address;
    let rounds = total / publishers / usize::from(WINDOW);
    let each = rounds * publishers * usize::from(WINDOW);
    let mut sockets = Vec::new();
    for number in 0..subscribers {
        let mut socket = dial(address, &format!("s{number}"), clean)?;
        subscribe(&mut socket, qos)?;
        sockets.push(socket);
    }

    let begun = Instant::now();
    let receivers: Vec<_> = sockets
        .into_iter()
        .map(|socket| thread::spawn(move || receive(socket, qos, each)))
        .collect();
    let senders: Vec<_> = (0..publishers)
        .map(|number| {
            thread::spawn(move || publish(dial(address, &format!("p{number}"), true)?, qos, rounds))
        })
        .collect();
    for sender in senders {
        finish(sender).await?;
    }
    let (mut received, mut last) = (0, begun);
    for receiver in receivers {
        let (count, at) = finish(receiver).await?;
        received += count;
        last = last.max(at);
    }

    let time = last.duration_since(begun);
    let activity = broker.snapshot().await?;
    println!(
        "{publishers:>2} -> {subscribers:<2}  QoS {}  {:>9} msg/s  {received} of {} arrived, {} dropped{}",
        qos as u8,
        u128::try_from(received)? * 1_000_000 / time.as_micros().max(1),
        each * subscribers,
        activity.counters.dropped.total(),
        match (clean, store) {
            (true, _) => "",
            (false, None) => ", sessions kept in memory",
            (false, Some(_)) => ", sessions kept in a store",
        },
    );
    broker.stop().await;
    Ok(())
}

async fn finish<T: Send + 'static>(thread: thread::JoinHandle<Result<T>>) -> Result<T> {
    let joined = tokio::task::spawn_blocking(move || thread.join()).await?;
    joined.map_err(|_| "a client failed")?
}

fn dial(address: SocketAddr, client_id: &str, clean: bool) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let connect = Connect {
        version: Version::V311,
        clean_start: clean,
        keep_alive: 0,
        client_id: client_id.into(),
        will: None,
        username: None,
        password: None,
        properties: ConnectProperties::default(),
    };
    stream.write_all(&encoded(&Packet::Connect(Box::new(connect)))?)?;
    stream.read_exact(&mut [0; 4])?;
    Ok(stream)
}

fn subscribe(stream: &mut TcpStream, qos: QoS) -> Result<()> {
    let subscription = Subscription {
        filter: TOPIC.parse()?,
        qos,
        no_local: false,
        retain_as_published: false,
        retain_handling: RetainHandling::Send,
    };
    let subscribe = Subscribe {
        packet_id: PacketId::MIN,
        filters: vec![subscription],
        properties: SubscribeProperties::default(),
    };
    stream.write_all(&encoded(&Packet::Subscribe(subscribe))?)?;
    stream.read_exact(&mut [0; 5])?;
    Ok(())
}

fn publish(mut stream: TcpStream, qos: QoS, rounds: usize) -> Result<()> {
    let mut burst = BytesMut::new();
    for id in 1..=WINDOW {
        burst.extend_from_slice(&message(qos, id)?);
    }
    let mut answers = vec![0; PUBACK * usize::from(WINDOW)];
    for _ in 0..rounds {
        stream.write_all(&burst)?;
        if qos == QoS::AtLeastOnce {
            stream.read_exact(&mut answers)?;
        }
    }
    Ok(())
}

/// Counts until all have arrived, or none has for a second; returns when the last one came.
fn receive(mut stream: TcpStream, qos: QoS, expected: usize) -> Result<(usize, Instant)> {
    let size = message(qos, 1)?.len();
    let id_at = size - PAYLOAD - 2;
    let mut buffer = vec![0; 256 * 1024];
    let (mut filled, mut count, mut last) = (0, 0, Instant::now());
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    while count < expected {
        let Ok(read) = stream.read(&mut buffer[filled..]) else { break };
        if read == 0 {
            break;
        }
        last = Instant::now();
        filled += read;
        let whole = filled / size;
        if qos == QoS::AtLeastOnce {
            let ids = buffer[..whole * size].chunks_exact(size);
            let answers: Vec<u8> =
                ids.flat_map(|packet| [0x40, 2, packet[id_at], packet[id_at + 1]]).collect();
            stream.write_all(&answers)?;
        }
        count += whole;
        buffer.copy_within(whole * size..filled, 0);
        filled -= whole * size;
    }
    Ok((count, last))
}

fn message(qos: QoS, id: u16) -> Result<BytesMut> {
    encoded(&Packet::Publish(Publish {
        dup: false,
        qos,
        retain: false,
        topic: Some(TOPIC.parse()?),
        packet_id: PacketId::new(id).filter(|_| qos != QoS::AtMostOnce),
        payload: Bytes::from_static(&[b'x'; PAYLOAD]),
        properties: PublishProperties::default(),
    }))
}

fn encoded(packet: &Packet) -> Result<BytesMut> {
    let mut bytes = BytesMut::new();
    wire::encode(packet, Version::V311, &mut bytes)?;
    Ok(bytes)
}
