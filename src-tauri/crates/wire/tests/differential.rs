//! Our codec against the ones inside the client crates: each must understand what the other writes.

#![allow(clippy::unwrap_used, reason = "helpers of tests may unwrap as tests do")]

mod support;

use bytes::BytesMut;
use proptest::{collection::vec, prelude::*, sample::Index};
use wire::{DecodeLimits, Decoder, Packet, Version, encode};

/// Reads with the other codec and lets it write again; `None` when it refuses either.
fn through_the_other(version: Version, bytes: &[u8]) -> Option<BytesMut> {
    let mut bytes = BytesMut::from(bytes);
    let mut out = BytesMut::new();
    if version == Version::V5 {
        let packet = rumqttc_v5::mqttbytes::v5::Packet::read(&mut bytes, None).ok()?;
        packet.write(&mut out, None).ok()?;
    } else {
        let packet = rumqttc_v4::mqttbytes::v4::Packet::read(&mut bytes, usize::MAX).ok()?;
        packet.write(&mut out, usize::MAX).ok()?;
    }
    Some(out)
}

fn read(version: Version, bytes: &[u8]) -> Option<Packet> {
    let mut decoder = Decoder::new(version, DecodeLimits::default());
    decoder.decode(&mut BytesMut::from(bytes)).ok().flatten()
}

/// Where the other codec is known to be narrower than the specification.
fn is_known_difference(packet: &Packet, bytes: &[u8]) -> bool {
    match packet {
        // It refuses what only the server's answer should (3.1.1 §3.1.3.1).
        Packet::Connect(connect) => {
            connect.version == Version::V311 && connect.client_id.is_empty() && !connect.clean_start
        }
        // It wants properties behind the reason code (5.0 §3.14.2.2.1).
        Packet::Disconnect(_) => bytes[1] == 1,
        // It wants more than nothing (5.0 §3.15.2.1).
        Packet::Auth(_) => bytes[1] == 0,
        _ => false,
    }
}

fn version_both_speak() -> impl Strategy<Value = Version> {
    prop_oneof![Just(Version::V311), Just(Version::V5)]
}

fn packet() -> impl Strategy<Value = (Version, Packet)> {
    version_both_speak().prop_flat_map(|version| (Just(version), support::packet_of(version)))
}

proptest! {
    #![proptest_config(support::cases(3000))]

    #[test]
    fn what_we_write_means_the_same_to_the_other_codec((version, packet) in packet()) {
        let mut bytes = BytesMut::new();
        encode(&packet, version, &mut bytes).unwrap();
        if is_known_difference(&packet, &bytes) {
            return Ok(());
        }

        let back = through_the_other(version, &bytes);

        prop_assert!(back.is_some(), "it refuses {:02X?}", &bytes[..]);
        prop_assert_eq!(read(version, &back.unwrap()), Some(packet));
    }

    #[test]
    fn what_we_accept_of_damaged_packets_means_the_same_to_the_other_codec(
        (version, packet) in packet(),
        damage in vec((any::<Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = BytesMut::new();
        encode(&packet, version, &mut bytes).unwrap();
        for (index, byte) in damage {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        let accepted = read(version, &bytes).filter(|packet| !is_known_difference(packet, &bytes));
        if let Some(accepted) = accepted {
            let back = through_the_other(version, &bytes);
            prop_assert!(back.is_some(), "it refuses {:02X?} {:?}", &bytes[..], accepted);
            prop_assert_eq!(read(version, &back.unwrap()), Some(accepted));
        }
    }
}
