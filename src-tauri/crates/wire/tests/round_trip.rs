//! What is written is read again, however the bytes arrive.

#![allow(clippy::unwrap_used, reason = "helpers of tests may unwrap as tests do")]

mod support;

use bytes::{Bytes, BytesMut};
use proptest::{collection::vec, prelude::*};
use wire::{DecodeLimits, Decoder, Packet, Version, encode, encoded_len};

fn version() -> impl Strategy<Value = Version> {
    prop_oneof![Just(Version::V31), Just(Version::V311), Just(Version::V5)]
}

fn packet() -> impl Strategy<Value = (Version, Packet)> {
    version().prop_flat_map(|version| (Just(version), support::packet_of(version)))
}

fn written(packet: &Packet, version: Version) -> BytesMut {
    let mut out = BytesMut::new();
    encode(packet, version, &mut out).unwrap();
    out
}

proptest! {
    #![proptest_config(support::cases(2000))]

    #[test]
    fn any_packet_of_any_version_survives_the_round_trip((version, packet) in packet()) {
        let mut bytes = written(&packet, version);
        prop_assert_eq!(encoded_len(&packet, version).unwrap(), bytes.len());

        let read = Decoder::new(version, DecodeLimits::default()).decode(&mut bytes).unwrap();

        prop_assert_eq!(read, Some(packet));
        prop_assert!(bytes.is_empty());
    }
}

proptest! {
    #![proptest_config(support::cases(300))]

    #[test]
    fn a_packet_that_arrives_byte_by_byte_is_complete_at_its_last_byte(
        (version, packet) in packet(),
    ) {
        let bytes = written(&packet, version);
        let mut decoder = Decoder::new(version, DecodeLimits::default());
        let mut buffer = BytesMut::new();
        let (last, before) = bytes.split_last().unwrap();

        for &byte in before {
            buffer.extend_from_slice(&[byte]);
            prop_assert_eq!(decoder.decode(&mut buffer).unwrap(), None);
        }
        buffer.extend_from_slice(&[*last]);

        prop_assert_eq!(decoder.decode(&mut buffer).unwrap(), Some(packet));
    }

    #[test]
    fn a_packet_in_two_reads_is_the_same_wherever_it_is_split(
        (version, packet) in packet(),
    ) {
        let bytes = written(&packet, version);
        for at in 0..bytes.len() {
            let mut decoder = Decoder::new(version, DecodeLimits::default());
            let mut buffer = BytesMut::from(&bytes[..at]);
            prop_assert_eq!(decoder.decode(&mut buffer).unwrap(), None);
            buffer.extend_from_slice(&bytes[at..]);
            prop_assert_eq!(decoder.decode(&mut buffer).unwrap(), Some(packet.clone()));
        }
    }

    #[test]
    fn packets_in_a_row_come_out_in_order(
        (version, packets) in version().prop_flat_map(|version| {
            (Just(version), vec(support::packet_of(version), 1..6))
        }),
    ) {
        let mut bytes = BytesMut::new();
        for packet in &packets {
            encode(packet, version, &mut bytes).unwrap();
        }
        let mut decoder = Decoder::new(version, DecodeLimits::default());

        let mut read = Vec::new();
        while let Some(packet) = decoder.decode(&mut bytes).unwrap() {
            read.push(packet);
        }

        prop_assert_eq!(read, packets);
    }

    #[test]
    fn a_connect_cut_short_inside_is_an_error_and_not_a_shorter_packet(
        (version, packet) in prop_oneof![Just(Version::V311), Just(Version::V5)]
            .prop_flat_map(|version| (Just(version), support::connect(version))),
        cut in any::<proptest::sample::Index>(),
    ) {
        let bytes = written(&Packet::Connect(Box::new(packet)), version);
        let header = bytes.iter().skip(1).position(|byte| byte & 0x80 == 0).unwrap() + 2;
        let body = &bytes[header..];
        let shorter = &body[..cut.index(body.len())];
        let length = u16::try_from(shorter.len()).unwrap();
        let low = u8::try_from(length % 128).unwrap();
        let high = u8::try_from(length / 128).unwrap();
        let header = if high == 0 { vec![0x10, low] } else { vec![0x10, low | 0x80, high] };
        let mut framed: BytesMut = header.iter().chain(shorter).collect();

        let read = Decoder::new(version, DecodeLimits::default()).decode(&mut framed);

        prop_assert!(read.is_err(), "{:?}", read);
    }
}

#[test]
fn a_payload_shares_the_memory_it_was_read_into() {
    let mut buffer = BytesMut::from(&b"\x30\x0A\x00\x01apayload"[..]);
    let range = buffer.as_ptr_range();

    let packet = Decoder::new(Version::V311, DecodeLimits::default()).decode(&mut buffer).unwrap();

    let Some(Packet::Publish(publish)) = packet else { panic!("{packet:?}") };
    assert_eq!(publish.payload, Bytes::from_static(b"payload"));
    assert!(range.contains(&publish.payload.as_ptr()));
}

#[test]
fn a_claimed_length_allocates_nothing() {
    let mut buffer = BytesMut::from(&b"\x30\xFF\xFF\xFF\x7F\x00\x01a"[..]);
    let capacity = buffer.capacity();

    let read = Decoder::new(Version::V311, DecodeLimits::default()).decode(&mut buffer);

    assert_eq!(read, Ok(None));
    assert_eq!(buffer.capacity(), capacity);
}
