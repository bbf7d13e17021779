//! The loads, bounded in time: threads with blocking sockets that do as little as possible.

use std::{
    io::Write as _,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use bytes::Bytes;
use wire::QoS;

use crate::{
    Result,
    frames::{Client, ack, publish, retained},
    peers::Peer,
};

const TOPIC: &str = "bench/topic";
/// How long messages are published.
const TIME: Duration = Duration::from_secs(2);
/// Messages in one write, and in flight with `QoS` 1 and 2.
const BLOCK: u16 = 200;
/// `QoS` 0 messages that may be on their way: less than any broker drops.
const CREDIT: u64 = 8_000;
/// Bytes of them.
const CREDIT_BYTES: u64 = 4 * 1024 * 1024;
/// What has not arrived after so long a silence was lost.
const SILENCE: Duration = Duration::from_secs(1);

/// One measurement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figure {
    pub(crate) value: f64,
    /// Processor time of the broker a message, µs.
    pub(crate) cpu: Option<f64>,
    /// Messages that never arrived, of a hundred.
    pub(crate) lost: f64,
}

/// Some publishers, some subscribers, one topic.
pub(crate) struct Fan {
    publishers: u64,
    subscribers: u64,
    qos: QoS,
    payload: usize,
    /// Whether the subscribers have sessions that are kept.
    kept: bool,
}

impl Fan {
    pub(crate) fn new(publishers: u64, subscribers: u64, qos: u8, payload: usize) -> Self {
        let qos = match qos {
            0 => QoS::AtMostOnce,
            1 => QoS::AtLeastOnce,
            _ => QoS::ExactlyOnce,
        };
        Self { publishers, subscribers, qos, payload, kept: false }
    }

    /// The same with sessions that are kept.
    pub(crate) const fn kept(self) -> Self {
        Self { kept: true, ..self }
    }
}

/// What the threads of a load share.
struct Progress {
    sent: AtomicU64,
    /// By each subscriber.
    received: Vec<AtomicU64>,
    /// µs from the beginning to the last message received.
    last: AtomicU64,
    done: AtomicBool,
}

impl Progress {
    fn new(subscribers: u64) -> Self {
        Self {
            sent: AtomicU64::new(0),
            received: (0..subscribers).map(|_| AtomicU64::new(0)).collect(),
            last: AtomicU64::new(0),
            done: AtomicBool::new(false),
        }
    }

    fn received(&self) -> u64 {
        self.received.iter().map(|count| count.load(Relaxed)).sum()
    }

    /// What the slowest has.
    fn least(&self) -> u64 {
        self.received.iter().map(|count| count.load(Relaxed)).min().unwrap_or(0)
    }
}

/// Messages received a second, and processor time for each of them.
pub(crate) fn fan(peer: &Peer, fan: &Fan) -> Result<Figure> {
    let progress = Arc::new(Progress::new(fan.subscribers));
    let begun = Instant::now();
    let mut receivers = Vec::new();
    for number in 0..fan.subscribers {
        let mut client = Client::connect(peer.port, &format!("s{number}"), !fan.kept)?;
        client.subscribe(TOPIC, fan.qos)?;
        let progress = Arc::clone(&progress);
        receivers.push((
            client.socket.try_clone()?,
            thread::spawn(move || receive(client, number, &progress, begun)),
        ));
    }
    let before = peer.processor_time()?;
    let start = Instant::now();
    let payload = Bytes::from(vec![b'x'; fan.payload]);
    let senders: Vec<JoinHandle<Result>> = (0..fan.publishers)
        .map(|number| {
            let (progress, payload) = (Arc::clone(&progress), payload.clone());
            let (port, qos) = (peer.port, fan.qos);
            thread::spawn(move || {
                let client = Client::connect(port, &format!("p{number}"), true)?;
                send(client, qos, &payload, &progress, start)
            })
        })
        .collect();
    for sender in senders {
        sender.join().map_err(|_| "a publisher failed")??;
    }
    let expected = progress.sent.load(Relaxed) * fan.subscribers;
    let (mut seen, mut since) = (0, Instant::now());
    while progress.received() < expected && since.elapsed() < SILENCE {
        if progress.received() != seen {
            (seen, since) = (progress.received(), Instant::now());
        }
        thread::sleep(Duration::from_millis(1));
    }
    let cpu = peer.processor_time()?.saturating_sub(before);
    progress.done.store(true, Relaxed);
    for (socket, receiver) in receivers {
        // It may have been closed already.
        let _ = socket.shutdown(std::net::Shutdown::Both);
        receiver.join().map_err(|_| "a subscriber failed")??;
    }
    let received = progress.received();
    let offset = start.duration_since(begun);
    let time = Duration::from_micros(progress.last.load(Relaxed)).saturating_sub(offset);
    let count = as_f64(received);
    Ok(Figure {
        value: count / time.as_secs_f64(),
        cpu: Some(cpu.as_secs_f64() * 1e6 / count),
        lost: as_f64(expected.saturating_sub(received)) * 100.0 / as_f64(expected.max(1)),
    })
}

fn send(
    mut client: Client,
    qos: QoS,
    payload: &Bytes,
    progress: &Progress,
    start: Instant,
) -> Result {
    let block = if payload.len() > 1024 { 10 } else { BLOCK };
    let mut bytes = Vec::new();
    for id in 1..=block {
        bytes.extend_from_slice(&publish(TOPIC, qos, id, payload)?);
    }
    let credit = CREDIT.min(CREDIT_BYTES / payload.len() as u64).max(block.into());
    while start.elapsed() < TIME {
        let sent = progress.sent.fetch_add(block.into(), Relaxed) + u64::from(block);
        client.socket.write_all(&bytes)?;
        match qos {
            QoS::AtMostOnce => {
                while sent.saturating_sub(progress.least()) > credit {
                    thread::sleep(Duration::from_micros(50));
                    // What was lost never makes room.
                    if start.elapsed() > TIME {
                        break;
                    }
                }
            }
            QoS::AtLeastOnce => await_all(&mut client, 0x40, block)?,
            QoS::ExactlyOnce => {
                await_all(&mut client, 0x50, block)?;
                let releases: Vec<u8> = (1..=block).flat_map(|id| ack(0x62, id)).collect();
                client.socket.write_all(&releases)?;
                await_all(&mut client, 0x70, block)?;
            }
        }
    }
    Ok(())
}

fn await_all(client: &mut Client, first: u8, count: u16) -> Result {
    let mut seen = 0;
    while seen < count {
        match client.next()? {
            Some((found, _)) if found == first => seen += 1,
            Some((other, _)) => {
                return Err(format!("packet {other:#x} instead of {first:#x}").into());
            }
            None => return Err("the broker closed the connection".into()),
        }
    }
    Ok(())
}

/// Takes and acknowledges everything; one write for all that came in one read.
fn receive(mut client: Client, number: u64, progress: &Progress, begun: Instant) -> Result {
    let received = &progress.received[usize::try_from(number)?];
    let mut answers = Vec::new();
    loop {
        match client.fill() {
            Ok(1..) => {}
            _ if progress.done.load(Relaxed) => return Ok(()),
            Ok(_) => return Err("the broker closed a subscriber".into()),
            Err(error) => return Err(error.into()),
        }
        let mut count = 0;
        while let Some((first, id)) = client.take() {
            match first >> 4 {
                3 => {
                    count += 1;
                    match first & 0b110 {
                        0b010 => answers.extend_from_slice(&ack(0x40, id)),
                        0b100 => answers.extend_from_slice(&ack(0x50, id)),
                        _ => {}
                    }
                }
                6 => answers.extend_from_slice(&ack(0x70, id)),
                _ => {}
            }
        }
        if !answers.is_empty() {
            match client.socket.write_all(&answers) {
                // Everything has arrived: nobody waits for the last answers.
                Err(_) if progress.done.load(Relaxed) => return Ok(()),
                written => written?,
            }
            answers.clear();
        }
        let now = u64::try_from(begun.elapsed().as_micros())?;
        progress.last.fetch_max(now, Relaxed);
        received.fetch_add(count, Relaxed);
    }
}

/// One publisher, one subscriber and one match, beside `count` wildcard subscriptions and as many
/// retained messages that do not match.
pub(crate) fn beside(peer: &Peer, count: u32) -> Result<Figure> {
    const FILTERS_EACH: usize = 10_000;
    const FILTERS_A_PACKET: usize = 100;
    let filters: Vec<_> = (0..count).map(|site| format!("site/{site}/+/temp")).collect();
    let mut others = Vec::new();
    for (number, filters) in filters.chunks(FILTERS_EACH).enumerate() {
        let mut client = Client::connect(peer.port, &format!("w{number}"), true)?;
        for filters in filters.chunks(FILTERS_A_PACKET) {
            client.subscribe_all(filters, QoS::AtMostOnce)?;
        }
        others.push(client);
    }
    let mut keeper = Client::connect(peer.port, "keeper", true)?;
    let topics: Vec<_> = (0..count).map(|number| format!("kept/{number}/state")).collect();
    for topics in topics.chunks(usize::from(BLOCK)) {
        let mut bytes = Vec::new();
        for (topic, id) in topics.iter().zip(1..) {
            bytes.extend_from_slice(&retained(topic, id)?);
        }
        keeper.socket.write_all(&bytes)?;
        await_all(&mut keeper, 0x40, u16::try_from(topics.len())?)?;
    }
    fan(peer, &Fan::new(1, 1, 0, 64))
}

/// Connections with CONNECT and CONNACK a second.
pub(crate) fn connections(peer: &Peer) -> Result<Figure> {
    const THREADS: u64 = 8;
    const EACH: u64 = 500;
    let before = peer.processor_time()?;
    let start = Instant::now();
    let port = peer.port;
    let threads: Vec<JoinHandle<Result>> = (0..THREADS)
        .map(|thread| {
            thread::spawn(move || {
                (0..EACH).try_for_each(|number| {
                    Client::connect(port, &format!("c{thread}-{number}"), true).map(drop)
                })
            })
        })
        .collect();
    for thread in threads {
        thread.join().map_err(|_| "a client failed")??;
    }
    let count = as_f64(THREADS * EACH);
    let value = count / start.elapsed().as_secs_f64();
    let cpu = peer.processor_time()?.saturating_sub(before).as_secs_f64() * 1e6 / count;
    Ok(Figure { value, cpu: Some(cpu), lost: 0.0 })
}

/// From a `QoS` 1 PUBLISH to its arrival and its PUBACK: the 99th percentile in µs.
pub(crate) fn round_trip(peer: &Peer) -> Result<Figure> {
    const SAMPLES: usize = 5_000;
    let mut subscriber = Client::connect(peer.port, "s", true)?;
    subscriber.subscribe(TOPIC, QoS::AtLeastOnce)?;
    let mut publisher = Client::connect(peer.port, "p", true)?;
    let message = publish(TOPIC, QoS::AtLeastOnce, 1, &Bytes::from_static(&[b'x'; 64]))?;
    let mut times = Vec::with_capacity(SAMPLES);
    for _ in 0..SAMPLES {
        let sent = Instant::now();
        publisher.socket.write_all(&message)?;
        let (_, id) = subscriber.next()?.ok_or("the subscriber was closed")?;
        subscriber.socket.write_all(&ack(0x40, id))?;
        await_all(&mut publisher, 0x40, 1)?;
        times.push(sent.elapsed());
    }
    times.sort_unstable();
    Ok(Figure { value: times[SAMPLES * 99 / 100].as_secs_f64() * 1e6, cpu: None, lost: 0.0 })
}

/// Memory with ten thousand connections that say nothing.
pub(crate) fn idle(peer: &Peer) -> Result<Figure> {
    const CONNECTIONS: usize = 10_000;
    let mut sockets = Vec::with_capacity(CONNECTIONS);
    for number in 0..CONNECTIONS {
        // Without its buffer: this side has to be small, too.
        sockets.push(Client::connect(peer.port, &format!("i{number}"), true)?.socket);
    }
    thread::sleep(Duration::from_millis(200));
    Ok(Figure { value: as_f64(peer.memory()?) / 1e6, cpu: None, lost: 0.0 })
}

#[allow(clippy::cast_precision_loss, reason = "counts here are far below 2^52")]
fn as_f64(number: u64) -> f64 {
    number as f64
}
