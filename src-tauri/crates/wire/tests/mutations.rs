//! The fuzz entry points, driven by a seeded mutator for a bounded time.

use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};
use wire::fuzzing::{decode_any, dissect_any, match_any};

/// Good packets of every type and some bad ones, to begin with.
const PACKETS: &[&[u8]] = &[
    b"\x10\x0C\x00\x04MQTT\x04\x02\x00\x3C\x00\x00",
    b"\x10\x22\x00\x04MQTT\x05\xCE\x00\x0A\x05\x11\x00\x00\x00\x0A\x00\x01c\x00\x00\x01w\x00\x03bye\x00\x01u\x00\x01p",
    b"\x10\x0F\x00\x06MQIsdp\x03\x02\x00\x3C\x00\x01c",
    b"\x20\x02\x01\x00",
    b"\x20\x0E\x00\x00\x0B\x21\x00\x0A\x24\x01\x25\x00\x1F\x00\x01r",
    b"\x30\x08\x00\x03a/bxyz",
    b"\x3B\x13\x00\x03a/b\x00\x07\x0A\x01\x01\x0B\x01\x26\x00\x01k\x00\x00h",
    b"\x30\x0A\x00\x00\x03\x23\x00\x01abcd",
    b"\x40\x02\x00\x01",
    b"\x50\x03\x00\x01\x10",
    b"\x62\x04\x00\x01\x92\x00",
    b"\x70\x02\x00\x01",
    b"\x82\x09\x00\x0A\x02\x0B\x01\x00\x01a\x2D",
    b"\x82\x06\x00\x01\x00\x01#\x01",
    b"\x90\x04\x00\x0A\x00\x01",
    b"\xA2\x06\x00\x0A\x00\x00\x01a",
    b"\xB0\x04\x00\x0A\x00\x11",
    b"\xC0\x00",
    b"\xD0\x00",
    b"\xE0\x02\x8E\x00",
    b"\xF0\x06\x18\x04\x15\x00\x01m",
];

const TOPICS: &[&[u8]] =
    &[b"a/b\na/b", b"+/b/#\na/b", b"$share/g/a/#\na", b"#\n$SYS/x", "é/+\né/ü".as_bytes()];

/// Runs `entry` on mutations of `seeds`: as many as there is time for, at least a thousand.
fn drive(seed: u64, seeds: &[&[u8]], prefixes: &[u8], entry: fn(&[u8])) {
    let mut random = SmallRng::seed_from_u64(seed);
    let started = Instant::now();
    let mut input = Vec::new();
    for round in 0..200_000 {
        if round >= 1000 && started.elapsed() > Duration::from_millis(700) {
            break;
        }
        input.clear();
        input.extend(prefixes.choose(&mut random));
        for _ in 0..random.random_range(1..4) {
            input.extend_from_slice(seeds.choose(&mut random).copied().unwrap_or_default());
        }
        for _ in 0..random.random_range(0..6) {
            mutate(&mut random, &mut input);
        }
        entry(&input);
    }
}

fn mutate(random: &mut SmallRng, input: &mut Vec<u8>) {
    if input.is_empty() {
        return;
    }
    let at = random.random_range(0..input.len());
    let interesting = *[0, 1, 2, 0x26, 0x7F, 0x80, 0xFF, b'+', b'#', b'$', b'/', b'\n']
        .choose(random)
        .unwrap_or(&0);
    match random.random_range(0..7) {
        0 => input[at] = random.random(),
        1 => input[at] ^= 1 << random.random_range(0..8),
        2 => input[at] = interesting,
        3 => input.insert(at, interesting),
        4 => drop(input.remove(at)),
        5 => input.truncate(at),
        _ => {
            let end = input.len().min(at + random.random_range(1..16));
            let piece = input[at..end].to_vec();
            input.extend_from_slice(&piece);
        }
    }
}

#[test]
fn mutated_streams_are_decoded_or_refused_whatever_the_split() {
    drive(1, PACKETS, &[0, 1, 2, 3, 4, 5, 6, 7, 15, 23, 100], decode_any);
}

#[test]
fn mutated_streams_are_dissected_and_judged_as_the_codec_does() {
    drive(2, PACKETS, &[0, 1, 2, 3], dissect_any);
}

#[test]
fn mutated_topics_are_parsed_and_matched_without_a_panic() {
    drive(3, TOPICS, &[], match_any);
}
