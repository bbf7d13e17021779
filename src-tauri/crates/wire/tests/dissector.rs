//! What the dissector shows of good, damaged and foreign bytes.

#![allow(clippy::unwrap_used, reason = "helpers of tests may unwrap as tests do")]

mod support;

use bytes::BytesMut;
use proptest::{collection::vec, prelude::*};
use wire::{
    Dissected, Field, PacketType, Version, dissect,
    dissect::{Content, MAX_FIELDS, MAX_PACKETS},
    encode,
};

/// Name, span and value of every field, children indented.
fn outline(fields: &[Field]) -> Vec<String> {
    fn add(fields: &[Field], indent: usize, lines: &mut Vec<String>) {
        for field in fields {
            let Field { name, span, value, error, .. } = field;
            let error = error.as_ref().map_or(String::new(), |error| format!(" !{error}"));
            let line = format!("{:indent$}{name} {span:?} {value}", "");
            lines.push(line.trim_end().to_owned() + &error);
            add(&field.children, indent + 2, lines);
        }
    }
    let mut lines = Vec::new();
    add(fields, 0, &mut lines);
    lines
}

fn has_error(fields: &[Field]) -> bool {
    fields.iter().any(|field| field.error.is_some() || has_error(&field.children))
}

fn only(mut all: Vec<Dissected>) -> Dissected {
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

fn contents(all: &[Dissected]) -> Vec<Content> {
    all.iter().map(|dissected| dissected.content).collect()
}

/// The promises of the module, for any input.
fn assert_is_sound(bytes: &[u8], offset: usize, all: &[Dissected]) {
    fn check(fields: &[Field], parent: &std::ops::Range<usize>, depth: usize) -> usize {
        assert!(depth < 5 || fields.is_empty(), "too deep");
        let inside = |field: &Field| {
            assert!(field.span.start <= field.span.end, "{field:?}");
            assert!(parent.start <= field.span.start && field.span.end <= parent.end, "{field:?}");
            assert!(field.value.len() <= 3 * 256 + 16, "{field:?}");
            1 + check(&field.children, &field.span, depth + 1)
        };
        fields.iter().map(inside).sum()
    }
    let mut position = offset.min(bytes.len());
    for dissected in all {
        assert_eq!(dissected.span.start, position, "a hole or an overlap");
        assert!(dissected.span.end > position);
        position = dissected.span.end;
        assert!(check(&dissected.fields, &dissected.span, 0) <= MAX_FIELDS + 1);
    }
    assert_eq!(position, bytes.len(), "not all bytes are covered");
}

#[test]
fn every_part_of_a_publish_has_its_name_and_place() {
    let bytes = b"\x3B\x12\x00\x03a/b\x00\x07\x08\x01\x01\x26\x00\x01k\x00\x00hi";

    let publish = only(dissect(bytes, Some(Version::V5), 0));

    assert_eq!(publish.content, Content::Packet(PacketType::Publish));
    assert_eq!(publish.error, None);
    assert_eq!(
        outline(&publish.fields),
        [
            "Fixed header 0..2",
            "  Packet type 0..1 PUBLISH",
            "  DUP 0..1 1",
            "  QoS 0..1 1",
            "  RETAIN 0..1 1",
            "  Remaining length 1..2 18",
            "Topic name 2..7 a/b",
            "Packet identifier 7..9 7",
            "Properties 9..18",
            "  Property length 9..10 8",
            "  Payload Format Indicator 10..12 1",
            "  User Property 12..18 k:",
            "    Name 13..16 k",
            "    Value 16..18",
            "Payload 18..20 hi",
        ]
    );
}

#[test]
fn the_password_of_a_connect_is_located_and_not_shown() {
    let bytes = b"\x10\x14\x00\x04MQTT\x04\xC2\x00\x3C\x00\x01c\x00\x00\x00\x03abc";

    let connect = only(dissect(bytes, None, 0));

    assert_eq!(connect.version, Version::V311);
    assert_eq!(connect.note, None);
    let lines = outline(&connect.fields);
    assert_eq!(
        lines[3..6],
        [
            "  Remaining length 1..2 20",
            "Protocol name 2..8 MQTT",
            "Protocol level 8..9 4 (MQTT 3.1.1)"
        ]
    );
    assert_eq!(lines.last().unwrap(), "Password 17..22 3 bytes, hidden");
}

#[test]
fn spans_count_from_the_start_of_the_bytes_wherever_dissection_begins() {
    let all = dissect(b"junk\xC0\x00\xD0\x00", Some(Version::V311), 4);

    assert_eq!(
        contents(&all),
        [Content::Packet(PacketType::PingReq), Content::Packet(PacketType::PingResp)]
    );
    assert_eq!((all[0].span.clone(), all[1].span.clone()), (4..6, 6..8));
    assert_eq!(all[1].fields[0].span, 6..8);
    assert!(dissect(b"junk", None, 99).is_empty());
}

#[test]
fn a_connect_among_the_bytes_tells_the_version_of_what_follows() {
    let connect = b"\x10\x0D\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x00";
    let publish = b"\x30\x05\x00\x01a\x00x";

    let all = dissect(&[&connect[..], publish].concat(), None, 0);

    assert_eq!(all[1].version, Version::V5);
    assert_eq!(all[1].note, None);
    assert_eq!(all[1].fields.last().unwrap().value, "x");
}

#[test]
fn a_version_that_nothing_tells_is_guessed_and_said_to_be() {
    let v311 = only(dissect(b"\x30\x04\x00\x01ax", None, 0));
    assert_eq!(v311.version, Version::V311);
    assert_eq!(v311.note.as_deref(), Some("the version is not known: read as MQTT 3.1.1"));

    let v5 = only(dissect(b"\x30\x08\x00\x01a\x03\x23\x00\x01x", None, 0));
    assert_eq!(v5.version, Version::V5);

    let all = dissect(b"\x20\x03\x00\x00\x00\x40\x02\x00\x01", None, 0);
    assert_eq!((all[0].version, all[1].version), (Version::V5, Version::V5));
}

#[test]
fn a_broken_rule_is_named_at_the_packet_and_at_its_field() {
    let publish = only(dissect(b"\x30\x08\x00\x01a\x03\x23\x00\x00x", Some(Version::V5), 0));

    let error = publish.error.unwrap();
    assert_eq!((error.section, error.offset), ("MQTT 5.0 §3.3.2.3", 7));
    let lines = outline(&publish.fields);
    assert_eq!(
        lines[9..],
        ["  Topic Alias 6..9 0 !Topic Alias cannot be 0 (MQTT 5.0 §3.3.2.3)", "Payload 9..10 x",]
    );
}

#[test]
fn damage_inside_a_packet_does_not_hide_the_next_one() {
    // A text that is no UTF-8, an unknown property, a length beyond the end, then a PINGREQ.
    let damaged: [&[u8]; 4] = [
        b"\x30\x06\x00\x02\xC3\x28\x00x\xC0\x00",
        b"\x30\x08\x00\x01a\x03\x7F\x01\x02x\xC0\x00",
        b"\x30\x05\x00\x09abc\xC0\x00",
        b"\x40\x06\x00\x01\x00\x00zz\xC0\x00",
    ];
    for bytes in damaged {
        let all = dissect(bytes, Some(Version::V5), 0);

        assert_is_sound(bytes, 0, &all);
        assert_eq!(all.len(), 2, "{bytes:02X?}");
        assert!(all[0].error.is_some(), "{bytes:02X?}");
        assert!(has_error(&all[0].fields), "{bytes:02X?}");
        assert_eq!(all[1].content, Content::Packet(PacketType::PingReq));
    }
}

#[test]
fn what_follows_an_unknown_property_is_still_read() {
    let bytes = b"\x30\x08\x00\x01a\x03\x7F\x01\x02x";
    let publish = only(dissect(bytes, Some(Version::V5), 0));

    let lines = outline(&publish.fields);
    assert!(lines[9].starts_with("  Undecodable properties 6..9 7F 01 02 !"), "{lines:#?}");
    assert_eq!(lines[10], "Payload 9..10 x");
}

#[test]
fn a_packet_with_wrong_flags_is_shown_when_another_follows() {
    let all = dissect(b"\x61\x02\x00\x01\xC0\x00", Some(Version::V311), 0);

    assert_eq!(
        contents(&all),
        [Content::Packet(PacketType::PubRel), Content::Packet(PacketType::PingReq)]
    );
    assert_eq!(all[0].error.as_ref().unwrap().offset, 0);
}

#[test]
fn bytes_that_are_no_packet_are_skipped_up_to_the_next_one() {
    let all = dissect(b"\x00\x01\x02\xC0\x00\x40\x02\x00\x01", Some(Version::V311), 0);

    assert_eq!(all[0].content, Content::Undecodable);
    assert_eq!(all[0].span, 0..3);
    assert_eq!(
        contents(&all[1..]),
        [Content::Packet(PacketType::PingReq), Content::Packet(PacketType::PubAck)]
    );
}

#[test]
fn a_packet_that_is_not_there_as_a_whole_says_how_much_is_missing() {
    let publish = only(dissect(b"\x30\x0A\x00\x01apay", Some(Version::V311), 0));
    let packet = PacketType::Publish;
    assert_eq!(publish.content, Content::Incomplete { packet, missing: 4 });
    assert_eq!(publish.fields.last().unwrap().value, "pay");

    let header = only(dissect(b"\x30\x80", Some(Version::V311), 0));
    assert_eq!(header.content, Content::Undecodable);
    assert!(header.note.unwrap().contains("beginning"));
}

#[test]
fn other_protocols_are_named() {
    for (bytes, expected) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], "HTTP answer"),
        (b"GET /mqtt HTTP/1.1\r\n\r\n", "HTTP request"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xFC", "TLS handshake"),
        (b"\x15\x03\x03\x00\x02\x02\x28", "TLS alert"),
    ] {
        let foreign = only(dissect(bytes, None, 0));

        assert_eq!(foreign.content, Content::Undecodable);
        assert!(foreign.note.as_ref().unwrap().contains(expected), "{foreign:?}");
    }
}

#[test]
fn long_values_are_shortened_and_say_so() {
    let topic = "a".repeat(255) + &"é".repeat(382);
    let bytes = [b"\x30\xFD\x07\x03\xFB", topic.as_bytes()].concat();

    let publish = only(dissect(&bytes, Some(Version::V311), 0));

    let topic = &publish.fields[1];
    assert_eq!(topic.value, "a".repeat(255) + "…");
    assert_eq!(topic.note.as_deref(), Some("shortened: 1019 bytes"));
}

#[test]
fn thousands_of_user_properties_are_counted_and_not_listed() {
    let properties = b"\x26\x00\x00\x00\x00".repeat(3000);
    let bytes = [b"\x30\x9E\x75\x00\x01a\x98\x75", &properties[..], b"x"].concat();

    let publish = only(dissect(&bytes, Some(Version::V5), 0));

    assert_eq!(publish.error, None);
    assert_is_sound(&bytes, 0, std::slice::from_ref(&publish));
    let last = publish.fields.last().unwrap();
    assert_eq!(last.name, "Not shown");
    assert_eq!(last.span.end, bytes.len());
}

#[test]
fn a_long_capture_ends_with_what_is_not_shown() {
    let bytes = b"\xC0\x00".repeat(MAX_PACKETS + 5);

    let all = dissect(&bytes, Some(Version::V311), 0);

    assert_is_sound(&bytes, 0, &all);
    assert_eq!(all.len(), MAX_PACKETS + 1);
    let last = all.last().unwrap();
    assert_eq!((last.content, last.span.len()), (Content::NotShown, 10));
}

proptest! {
    #![proptest_config(support::cases(1000))]

    #[test]
    fn nothing_is_wrong_with_a_packet_that_was_encoded(
        (version, packet) in prop_oneof![Just(Version::V31), Just(Version::V311), Just(Version::V5)]
            .prop_flat_map(|version| (Just(version), support::packet_of(version))),
    ) {
        let mut bytes = BytesMut::new();
        encode(&packet, version, &mut bytes).unwrap();

        let all = dissect(&bytes, Some(version), 0);

        assert_is_sound(&bytes, 0, &all);
        prop_assert_eq!(contents(&all), [Content::Packet(packet.packet_type())]);
        prop_assert_eq!(&all[0].error, &None);
        prop_assert!(!has_error(&all[0].fields), "{:#?}", outline(&all[0].fields));
    }

    #[test]
    fn any_bytes_are_covered_without_holes(
        bytes in vec(any::<u8>(), 0..200),
        offset in 0_usize..20,
        version in prop_oneof![Just(None), Just(Some(Version::V31)), Just(Some(Version::V5))],
    ) {
        assert_is_sound(&bytes, offset, &dissect(&bytes, version, offset));
    }
}
