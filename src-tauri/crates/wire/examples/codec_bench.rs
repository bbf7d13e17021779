//! Nanoseconds per packet: `cargo run -p wire --release --example codec_bench`.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement for the terminal")]

use std::{hint::black_box, time::Instant};

use bytes::{Bytes, BytesMut};
use wire::{
    DecodeLimits, Decoder, Packet, QoS, TopicFilter, Version, dissect, encode, encoded_len,
    packet::Publish, property::PublishProperties,
};

const PACKETS: usize = 1000;
const ROUNDS: usize = 2000;

fn main() {
    for version in [Version::V311, Version::V5] {
        for size in [64, 1024] {
            let publish = publish(size);
            let mut stream = BytesMut::new();
            for _ in 0..PACKETS {
                encode(&publish, version, &mut stream).unwrap();
            }
            let name = format!("{version}, QoS 0, {size}-byte payload");

            measure(&format!("decode  {name}"), || {
                let mut decoder = Decoder::new(version, DecodeLimits::default());
                let mut buffer = BytesMut::from(&stream[..]);
                while let Some(packet) = decoder.decode(&mut buffer).unwrap() {
                    black_box(packet);
                }
            });
            let mut out = BytesMut::with_capacity(stream.len());
            measure(&format!("encode  {name}"), || {
                out.clear();
                for _ in 0..PACKETS {
                    encode(black_box(&publish), version, &mut out).unwrap();
                }
            });
            measure(&format!("measure {name}"), || {
                for _ in 0..PACKETS {
                    black_box(encoded_len(black_box(&publish), version).unwrap());
                }
            });
        }
    }
    let publish = &publish(64);
    let mut bytes = BytesMut::new();
    encode(publish, Version::V5, &mut bytes).unwrap();
    measure("dissect MQTT 5.0, QoS 0, 64-byte payload", || {
        for _ in 0..PACKETS {
            black_box(dissect(black_box(&bytes), Some(Version::V5), 0));
        }
    });
    let filter: TopicFilter = "plant/+/temperature/#".parse().unwrap();
    measure("match   plant/+/temperature/#", || {
        for _ in 0..PACKETS {
            black_box(filter.matches(black_box("plant/17/temperature")));
        }
    });
}

fn publish(payload: usize) -> Packet {
    Packet::Publish(Publish {
        dup: false,
        qos: QoS::AtMostOnce,
        retain: false,
        topic: Some("plant/17/temperature".parse().unwrap()),
        packet_id: None,
        payload: Bytes::from(vec![b'x'; payload]),
        properties: PublishProperties::default(),
    })
}

/// Prints the best of all rounds: the one other programs disturbed least.
fn measure(name: &str, mut round: impl FnMut()) {
    let best = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            round();
            started.elapsed()
        })
        .min()
        .unwrap_or_default();
    println!("{:6} ns  {name}", best.as_nanos() / PACKETS as u128);
}
