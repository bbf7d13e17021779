//! Hostile bytes, and many connections that come to nothing.

use std::time::Duration;

use broker::{Broker, BrokerEvent, WebSocketSettings};
use bytes::BytesMut;
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};
use wire::{Packet, Version};

use super::client::{Client, MQTT, request, upgrade};
use crate::peer::{address, connect, start};

/// A good beginning: the request, and two frames.
fn conversation() -> Vec<Vec<u8>> {
    let mut connect_bytes = BytesMut::new();
    let packet = Packet::Connect(Box::new(connect(Version::V5, "c")));
    wire::encode(&packet, Version::V5, &mut connect_bytes).unwrap();
    let frame = |payload: &[u8]| {
        let length = 0x80 | u8::try_from(payload.len()).unwrap();
        [&[0x82, length, 0, 0, 0, 0], payload].concat()
    };
    vec![request("/mqtt", MQTT).into_bytes(), frame(&connect_bytes), frame(&[0xC0, 0])]
}

fn mutate(random: &mut SmallRng, bytes: &mut Vec<u8>) {
    const INTERESTING: &[u8] = b"\0\x01\x10\x16\x7F\x80\x82\x88\xFF\r\n: /";
    let at = random.random_range(0..bytes.len());
    let interesting = *INTERESTING.choose(random).unwrap();
    match random.random_range(0..7) {
        0 => bytes[at] = random.random(),
        1 => bytes[at] ^= 1 << random.random_range(0..8),
        2 => bytes[at] = interesting,
        3 => bytes.insert(at, interesting),
        4 if bytes.len() > 1 => drop(bytes.remove(at)),
        5 if at > 0 => bytes.truncate(at),
        _ => {
            let end = bytes.len().min(at + random.random_range(1..64));
            let piece = bytes[at..end].to_vec();
            bytes.splice(at..at, piece);
        }
    }
}

/// Plays one conversation; the broker must say how it ended.
async fn attack(broker: &Broker, random: &mut SmallRng) {
    let mut events = broker.events();
    let mut bytes: Vec<u8> = Vec::new();
    for (at, part) in conversation().into_iter().enumerate() {
        let mut part = part;
        // Half of them get as far as frames.
        let is_kept = at == 0 && random.random_bool(0.5);
        for _ in 0..random.random_range(0..if is_kept { 1 } else { 4 }) {
            mutate(random, &mut part);
        }
        bytes.extend(part);
    }
    let (ours, theirs) = tokio::io::duplex(4 * 1024);
    broker.serve_websocket(theirs, WebSocketSettings::default(), address()).unwrap();
    let (mut source, mut sink) = tokio::io::split(ours);
    let step = random.random_range(1..64);
    let sending = async {
        for piece in bytes.chunks(step) {
            if sink.write_all(piece).await.is_err() {
                break;
            }
        }
        let _ = sink.shutdown().await;
    };
    let reading = async {
        let mut answer = Vec::new();
        let _ = source.read_to_end(&mut answer).await;
    };
    let ended = async {
        loop {
            match events.recv().await.unwrap() {
                BrokerEvent::ConnectionFailed { .. } | BrokerEvent::ClientDisconnected { .. } => {
                    break;
                }
                _ => {}
            }
        }
    };
    let all = async { tokio::join!(sending, reading, ended) };
    let heard = timeout(Duration::from_mins(1), all).await;
    assert!(heard.is_ok(), "nobody was told how this ended: {bytes:02X?}");
}

#[tokio::test(start_paused = true)]
async fn twelve_thousand_half_open_connections_keep_nobody_out() {
    let broker = start();
    let mut half_open = Vec::new();
    for number in 0..12_000 {
        let (mut ours, theirs) = tokio::io::duplex(64);
        if number % 2 == 0 {
            let (source, sink) = tokio::io::split(theirs);
            broker.serve(source, sink, address());
            ours.write_all(&[0x10]).await.unwrap();
        } else {
            broker.serve_websocket(theirs, WebSocketSettings::default(), address()).unwrap();
            ours.write_all(b"GET /mqtt HTTP/1.1\r\n").await.unwrap();
        }
        half_open.push(ours);
    }

    let (ours, theirs) = tokio::io::duplex(4 * 1024);
    broker.serve_websocket(theirs, WebSocketSettings::default(), address()).unwrap();
    let mut client = Client::on(upgrade(ours).await.unwrap(), Version::V5);
    let reason = client.attempt(connect(Version::V5, "c")).await;

    assert_eq!(reason, wire::ReasonCode::SUCCESS);
    assert_eq!(half_open[0].read(&mut [0]).await.unwrap(), 0, "the oldest made room");
    assert!(client.ping().await);
    drop((client, half_open));
    assert!(timeout(Duration::from_secs(10), broker.stop()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn mutated_conversations_end_and_are_told_and_others_notice_nothing() {
    let broker = start();
    let (ours, theirs) = tokio::io::duplex(4 * 1024);
    broker.serve_websocket(theirs, WebSocketSettings::default(), address()).unwrap();
    let mut bystander = Client::on(upgrade(ours).await.unwrap(), Version::V5);
    bystander.attempt(connect(Version::V5, "bystander")).await;
    let mut random = SmallRng::seed_from_u64(11);

    for _ in 0..1_500 {
        attack(&broker, &mut random).await;
    }

    assert!(bystander.ping().await);
    drop(bystander);
    assert!(timeout(Duration::from_secs(10), broker.stop()).await.is_ok());
}
