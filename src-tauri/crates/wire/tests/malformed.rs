//! Every way a packet can be wrong: what is said, under which section, and where.

use bytes::BytesMut;
use wire::{
    DecodeError, DecodeErrorKind as Kind, DecodeLimits, Decoder, PacketType, PropertyId,
    ReasonCode,
    Version::{self, V5, V31, V311},
    topic::TopicError,
};

/// Decodes bytes that come from either side.
fn error(version: Version, bytes: &[u8]) -> DecodeError {
    let mut decoder = Decoder::new(version, DecodeLimits::default());
    match decoder.decode(&mut BytesMut::from(bytes)) {
        Err(error) => error,
        read => panic!("{bytes:02X?} was read as {read:?}"),
    }
}

/// A case: version, bytes, what is wrong, section (without the specification's name), offset.
type Case<'a> = (Version, &'a [u8], Kind, &'a str, usize);

fn assert_cases(cases: &[Case]) {
    for (version, bytes, kind, section, offset) in cases {
        let found = error(*version, bytes);
        let context = format!("{version}, {bytes:02X?}");
        assert_eq!(&found.kind, kind, "{context}");
        let name = if *version == V5 { "MQTT 5.0" } else { "MQTT 3.1.1" };
        assert_eq!(found.section, format!("{name} §{section}"), "{context}");
        assert_eq!(found.offset, *offset, "{context}");
        assert_eq!(found.reason, kind.reason(), "{context}");
    }
}

const fn past_the_end(needed: usize, left: usize) -> Kind {
    Kind::PastTheEnd { needed, left }
}

const fn flags(packet: PacketType, flags: u8) -> Kind {
    Kind::FixedHeaderFlags { packet, flags }
}

const fn reason(packet: PacketType, code: u8) -> Kind {
    Kind::ReasonNotAllowed { packet, reason: ReasonCode(code) }
}

const fn value(property: PropertyId, value: u32) -> Kind {
    Kind::PropertyValue { property, value }
}

const fn not_allowed(property: PropertyId, packet: &'static str) -> Kind {
    Kind::PropertyNotAllowed { property, packet }
}

#[test]
fn fixed_headers() {
    assert_cases(&[
        (V311, b"\x00\x00", Kind::ReservedPacketType, "2.2.1", 0),
        (V5, b"\x0F", Kind::ReservedPacketType, "2.1.2", 0),
        (
            V311,
            b"\xF0\x00",
            Kind::NotInVersion { packet: PacketType::Auth, version: V311 },
            "2.2.1",
            0,
        ),
        (
            V31,
            b"\xF0\x00",
            Kind::NotInVersion { packet: PacketType::Auth, version: V31 },
            "2.2.1",
            0,
        ),
        (V5, b"\x11", flags(PacketType::Connect, 1), "2.1.3", 0),
        (V5, b"\x28", flags(PacketType::ConnAck, 8), "2.1.3", 0),
        (V5, b"\x42", flags(PacketType::PubAck, 2), "2.1.3", 0),
        (V5, b"\x51", flags(PacketType::PubRec, 1), "2.1.3", 0),
        (V5, b"\x60", flags(PacketType::PubRel, 0), "2.1.3", 0),
        (V5, b"\x6A", flags(PacketType::PubRel, 0b1010), "2.1.3", 0),
        (V31, b"\x60", flags(PacketType::PubRel, 0), "2.2.2", 0),
        (V5, b"\x74", flags(PacketType::PubComp, 4), "2.1.3", 0),
        (V311, b"\x80", flags(PacketType::Subscribe, 0), "2.2.2", 0),
        (V311, b"\x91", flags(PacketType::SubAck, 1), "2.2.2", 0),
        (V311, b"\xA3", flags(PacketType::Unsubscribe, 3), "2.2.2", 0),
        (V311, b"\xB2", flags(PacketType::UnsubAck, 2), "2.2.2", 0),
        (V311, b"\xC1", flags(PacketType::PingReq, 1), "2.2.2", 0),
        (V311, b"\xD2", flags(PacketType::PingResp, 2), "2.2.2", 0),
        (V311, b"\xE4", flags(PacketType::Disconnect, 4), "2.2.2", 0),
        (V5, b"\xF8", flags(PacketType::Auth, 8), "2.1.3", 0),
        (V5, b"\x30\xFF\xFF\xFF\xFF", Kind::VariableByteIntegerTooLong, "2.1.4", 1),
        (V311, b"\x30\x80\x80\x80\x80\x00", Kind::VariableByteIntegerTooLong, "2.2.3", 1),
        (V5, b"\xC0\x80\x00", Kind::VariableByteIntegerNotMinimal, "2.1.4", 1),
        (V5, b"\xC0\x80\x80\x00", Kind::VariableByteIntegerNotMinimal, "2.1.4", 1),
    ]);
}

#[test]
fn publish() {
    use PropertyId::{
        MessageExpiryInterval, PayloadFormatIndicator, ReceiveMaximum, SubscriptionIdentifier,
        TopicAlias,
    };
    let wildcard = |at| Kind::TopicName(TopicError::WildcardInName { at });
    let empty = || Kind::TopicName(TopicError::Empty);
    assert_cases(&[
        (V311, b"\x36\x05\x00\x01a\x00\x01", Kind::InvalidQos, "3.3.1.2", 0),
        (V5, b"\x3E\x05\x00\x01a\x00\x01", Kind::InvalidQos, "3.3.1.2", 0),
        (V311, b"\x38\x03\x00\x01a", Kind::DupWithQos0, "3.3.1.1", 0),
        (V5, b"\x38\x04\x00\x01a\x00", Kind::DupWithQos0, "3.3.1.1", 0),
        (V311, b"\x30\x00", past_the_end(2, 0), "3.3.2.1", 2),
        (V311, b"\x30\x01\x00", past_the_end(2, 1), "3.3.2.1", 2),
        (V311, b"\x30\x03\x00\x05a", past_the_end(5, 1), "3.3.2.1", 4),
        (V311, b"\x30\x02\x00\x00", empty(), "3.3.2.1", 2),
        (V5, b"\x30\x03\x00\x00\x00", Kind::NoTopic, "3.3.2.1", 2),
        (V311, b"\x30\x05\x00\x03a/#", wildcard(2), "3.3.2.1", 2),
        (V5, b"\x30\x06\x00\x03+/a\x00", wildcard(0), "3.3.2.1", 2),
        (V311, b"\x30\x04\x00\x02a\xFF", Kind::InvalidUtf8, "1.5.3", 5),
        (V5, b"\x30\x06\x00\x03\xED\xA0\x80\x00", Kind::InvalidUtf8, "1.5.4", 4),
        (V5, b"\x30\x05\x00\x02\xC0\x80\x00", Kind::InvalidUtf8, "1.5.4", 4),
        (V311, b"\x30\x04\x00\x02a\x00", Kind::NullCharacter, "1.5.3", 5),
        (V311, b"\x32\x03\x00\x01a", past_the_end(2, 0), "2.3.1", 5),
        (V311, b"\x32\x04\x00\x01a\x00", past_the_end(2, 1), "2.3.1", 5),
        (V311, b"\x32\x05\x00\x01a\x00\x00", Kind::PacketIdZero, "2.3.1", 5),
        (V5, b"\x34\x06\x00\x01a\x00\x00\x00", Kind::PacketIdZero, "2.2.1", 5),
        (V5, b"\x30\x03\x00\x01a", past_the_end(1, 0), "3.3.2.3", 5),
        (V5, b"\x30\x04\x00\x01a\x05", past_the_end(5, 0), "3.3.2.3", 6),
        (V5, b"\x30\x05\x00\x01a\x80\x00", Kind::VariableByteIntegerNotMinimal, "1.5.5", 5),
        (
            V5,
            b"\x30\x08\x00\x01a\x80\x80\x80\x80\x01",
            Kind::VariableByteIntegerTooLong,
            "1.5.5",
            5,
        ),
        (V5, b"\x30\x06\x00\x01a\x02\x01\x02", value(PayloadFormatIndicator, 2), "3.3.2.3", 7),
        (V5, b"\x30\x07\x00\x01a\x03\x23\x00\x00", value(TopicAlias, 0), "3.3.2.3", 7),
        (V5, b"\x30\x06\x00\x01a\x02\x0B\x00", value(SubscriptionIdentifier, 0), "3.3.2.3", 7),
        (V5, b"\x30\x06\x00\x01a\x02\x02\x00", past_the_end(4, 1), "3.3.2.3", 7),
        // A value may not reach beyond the properties into the payload.
        (V5, b"\x30\x0A\x00\x01a\x03\x02\x00\x00\x00\x01x", past_the_end(4, 2), "3.3.2.3", 7),
        (
            V5,
            b"\x30\x07\x00\x01a\x03\x08\x00\x00",
            Kind::ResponseTopic(TopicError::Empty),
            "3.3.2.3",
            7,
        ),
        (
            V5,
            b"\x30\x08\x00\x01a\x04\x08\x00\x01#",
            Kind::ResponseTopic(TopicError::WildcardInName { at: 0 }),
            "3.3.2.3",
            7,
        ),
        (V5, b"\x30\x08\x00\x01a\x04\x03\x00\x01\xFF", Kind::InvalidUtf8, "1.5.4", 9),
        (V5, b"\x30\x08\x00\x01a\x04\x09\x00\x02x", past_the_end(2, 1), "1.5.6", 9),
        (V5, b"\x30\x09\x00\x01a\x05\x26\x00\x01n\x00", past_the_end(2, 1), "3.3.2.3", 10),
        (V5, b"\x30\x05\x00\x01a\x01\x7F", Kind::UnknownProperty { id: 0x7F }, "2.2.2", 6),
        (V5, b"\x30\x05\x00\x01a\x01\x00", Kind::UnknownProperty { id: 0 }, "2.2.2", 6),
        (V5, b"\x30\x06\x00\x01a\x02\x81\x01", Kind::UnknownProperty { id: 129 }, "2.2.2", 6),
        (
            V5,
            b"\x30\x07\x00\x01a\x03\x21\x00\x01",
            not_allowed(ReceiveMaximum, "PUBLISH"),
            "3.3.2.3",
            6,
        ),
        (
            V5,
            b"\x30\x0E\x00\x01a\x0A\x02\x00\x00\x00\x01\x02\x00\x00\x00\x01",
            Kind::DuplicateProperty { property: MessageExpiryInterval },
            "3.3.2.3",
            11,
        ),
    ]);
}

#[test]
fn connect_headers() {
    let level = |level| Kind::UnsupportedVersion { level };
    let will_flags = || Kind::WillFlagsWithoutWill;
    assert_cases(&[
        (V311, b"\x10\x00", past_the_end(2, 0), "3.1.2.1", 2),
        (V5, b"\x10\x06\x00\x04MQTX", Kind::ProtocolName, "3.1.2.1", 2),
        (V5, b"\x10\x06\x00\x04mqtt", Kind::ProtocolName, "3.1.2.1", 2),
        (V5, b"\x10\x02\x00\x00", Kind::ProtocolName, "3.1.2.1", 2),
        (V5, b"\x10\x06\x00\x04MQTT", past_the_end(1, 0), "3.1.2.2", 8),
        (V5, b"\x10\x07\x00\x04MQTT\x06", level(6), "3.1.2.2", 8),
        (V5, b"\x10\x07\x00\x04MQTT\x03", level(3), "3.1.2.2", 8),
        (V5, b"\x10\x07\x00\x04MQTT\x84", level(0x84), "3.1.2.2", 8),
        (V5, b"\x10\x09\x00\x06MQIsdp\x04", level(4), "3.1.2.2", 10),
        (V311, b"\x10\x07\x00\x04MQTT\x04", past_the_end(1, 0), "3.1.2.3", 9),
        (V311, b"\x10\x08\x00\x04MQTT\x04\x01", Kind::ReservedConnectFlag, "3.1.2.3", 9),
        (V5, b"\x10\x08\x00\x04MQTT\x05\x01", Kind::ReservedConnectFlag, "3.1.2.3", 9),
        (V5, b"\x10\x08\x00\x04MQTT\x05\x1C", Kind::InvalidQos, "3.1.2.6", 9),
        (V311, b"\x10\x08\x00\x04MQTT\x04\x08", will_flags(), "3.1.2.6", 9),
        (V311, b"\x10\x08\x00\x04MQTT\x04\x20", will_flags(), "3.1.2.7", 9),
        (V311, b"\x10\x08\x00\x04MQTT\x04\x40", Kind::PasswordWithoutUserName, "3.1.2.9", 9),
        (V311, b"\x10\x09\x00\x04MQTT\x04\x02\x00", past_the_end(2, 1), "3.1.2.10", 10),
        (V311, b"\x10\x0A\x00\x04MQTT\x04\x02\x00\x00", past_the_end(2, 0), "3.1.3.1", 12),
        (V5, b"\x10\x0A\x00\x04MQTT\x05\x02\x00\x00", past_the_end(1, 0), "3.1.2.11", 12),
    ]);
}

#[test]
fn connect_payloads() {
    assert_cases(&[
        (
            V311,
            b"\x10\x0D\x00\x04MQTT\x04\x02\x00\x00\x00\x01\x00",
            Kind::NullCharacter,
            "1.5.3",
            14,
        ),
        (
            V311,
            b"\x10\x0D\x00\x04MQTT\x04\x02\x00\x00\x00\x00x",
            Kind::TrailingBytes { count: 1 },
            "3.1.2.3",
            14,
        ),
        (
            V311,
            b"\x10\x0E\x00\x04MQTT\x04\x06\x00\x00\x00\x00\x00\x00",
            Kind::TopicName(TopicError::Empty),
            "3.1.3.2",
            14,
        ),
        (
            V5,
            b"\x10\x11\x00\x04MQTT\x05\x06\x00\x00\x00\x00\x00\x00\x00\x01+",
            Kind::TopicName(TopicError::WildcardInName { at: 0 }),
            "3.1.3.3",
            16,
        ),
        (
            V311,
            b"\x10\x0F\x00\x04MQTT\x04\x06\x00\x00\x00\x00\x00\x01w",
            past_the_end(2, 0),
            "3.1.3.3",
            17,
        ),
        (V311, b"\x10\x0C\x00\x04MQTT\x04\x82\x00\x00\x00\x00", past_the_end(2, 0), "3.1.3.4", 14),
        (
            V311,
            b"\x10\x0E\x00\x04MQTT\x04\xC2\x00\x00\x00\x00\x00\x00",
            past_the_end(2, 0),
            "3.1.3.5",
            16,
        ),
    ]);
}

#[test]
fn connect_properties() {
    use PropertyId::{
        MaximumPacketSize, ReceiveMaximum, RequestProblemInformation, RequestResponseInformation,
        TopicAlias,
    };
    assert_cases(&[
        (
            V5,
            b"\x10\x10\x00\x04MQTT\x05\x02\x00\x00\x03\x21\x00\x00\x00\x00",
            value(ReceiveMaximum, 0),
            "3.1.2.11",
            14,
        ),
        (
            V5,
            b"\x10\x12\x00\x04MQTT\x05\x02\x00\x00\x05\x27\x00\x00\x00\x00\x00\x00",
            value(MaximumPacketSize, 0),
            "3.1.2.11",
            14,
        ),
        (
            V5,
            b"\x10\x0F\x00\x04MQTT\x05\x02\x00\x00\x02\x19\x02\x00\x00",
            value(RequestResponseInformation, 2),
            "3.1.2.11",
            14,
        ),
        (
            V5,
            b"\x10\x0F\x00\x04MQTT\x05\x02\x00\x00\x02\x17\xFF\x00\x00",
            value(RequestProblemInformation, 255),
            "3.1.2.11",
            14,
        ),
        (
            V5,
            b"\x10\x11\x00\x04MQTT\x05\x02\x00\x00\x04\x16\x00\x01x\x00\x00",
            Kind::AuthenticationDataWithoutMethod,
            "3.1.2.11.10",
            12,
        ),
        (
            V5,
            b"\x10\x10\x00\x04MQTT\x05\x02\x00\x00\x03\x23\x00\x01\x00\x00",
            not_allowed(TopicAlias, "CONNECT"),
            "3.1.2.11",
            13,
        ),
        // A will has properties of its own; those of PUBLISH are not all among them.
        (
            V5,
            b"\x10\x16\x00\x04MQTT\x05\x06\x00\x00\x00\x00\x00\x03\x23\x00\x01\x00\x01w\x00\x00",
            not_allowed(TopicAlias, "a will"),
            "3.1.3.2",
            16,
        ),
    ]);
}

#[test]
fn connack() {
    use PropertyId::{MaximumQoS, RetainAvailable, WillDelayInterval};
    assert_cases(&[
        (V311, b"\x20\x00", past_the_end(1, 0), "3.2.2.1", 2),
        (V311, b"\x20\x01\x00", past_the_end(1, 0), "3.2.2.3", 3),
        (V311, b"\x20\x02\x02\x00", Kind::ConnAckFlags { flags: 2 }, "3.2.2.1", 2),
        (V5, b"\x20\x03\x81\x00\x00", Kind::ConnAckFlags { flags: 0x81 }, "3.2.2.1", 2),
        (V311, b"\x20\x02\x00\x06", reason(PacketType::ConnAck, 6), "3.2.2.3", 3),
        (V31, b"\x20\x02\x00\x80", reason(PacketType::ConnAck, 0x80), "3.2.2.3", 3),
        (V5, b"\x20\x03\x00\x01\x00", reason(PacketType::ConnAck, 1), "3.2.2.2", 3),
        (V5, b"\x20\x03\x00\x8B\x00", reason(PacketType::ConnAck, 0x8B), "3.2.2.2", 3),
        (V311, b"\x20\x02\x01\x05", Kind::SessionPresentOnRefusal, "3.2.2.2", 2),
        (V5, b"\x20\x03\x01\x87\x00", Kind::SessionPresentOnRefusal, "3.2.2.1.1", 2),
        (V5, b"\x20\x02\x00\x00", past_the_end(1, 0), "3.2.2.3", 4),
        (V311, b"\x20\x03\x00\x00\x00", Kind::TrailingBytes { count: 1 }, "3.2.2.3", 4),
        (V5, b"\x20\x04\x00\x00\x00\x00", Kind::TrailingBytes { count: 1 }, "3.2.2.2", 5),
        (V5, b"\x20\x05\x00\x00\x02\x24\x02", value(MaximumQoS, 2), "3.2.2.3", 6),
        (V5, b"\x20\x05\x00\x00\x02\x25\x02", value(RetainAvailable, 2), "3.2.2.3", 6),
        (
            V5,
            b"\x20\x07\x00\x00\x04\x25\x01\x25\x01",
            Kind::DuplicateProperty { property: RetainAvailable },
            "3.2.2.3",
            7,
        ),
        (
            V5,
            b"\x20\x08\x00\x00\x05\x18\x00\x00\x00\x00",
            not_allowed(WillDelayInterval, "CONNACK"),
            "3.2.2.3",
            5,
        ),
        (
            V5,
            b"\x20\x06\x00\x00\x03\x16\x00\x00",
            Kind::AuthenticationDataWithoutMethod,
            "3.2.2.3.18",
            4,
        ),
    ]);
}

#[test]
fn acknowledgements() {
    assert_cases(&[
        (V311, b"\x40\x01\x00", past_the_end(2, 1), "2.3.1", 2),
        (V311, b"\x40\x02\x00\x00", Kind::PacketIdZero, "2.3.1", 2),
        (V311, b"\x50\x02\x00\x00", Kind::PacketIdZero, "2.3.1", 2),
        (V311, b"\x62\x02\x00\x00", Kind::PacketIdZero, "2.3.1", 2),
        (V311, b"\x70\x02\x00\x00", Kind::PacketIdZero, "2.3.1", 2),
        (V311, b"\x40\x03\x00\x01\x00", Kind::TrailingBytes { count: 1 }, "3.4.2", 4),
        (V5, b"\x40\x03\x00\x01\x01", reason(PacketType::PubAck, 1), "3.4.2.1", 4),
        (V5, b"\x50\x03\x00\x01\x92", reason(PacketType::PubRec, 0x92), "3.5.2.1", 4),
        (V5, b"\x62\x03\x00\x01\x10", reason(PacketType::PubRel, 0x10), "3.6.2.1", 4),
        (V5, b"\x70\x03\x00\x01\x80", reason(PacketType::PubComp, 0x80), "3.7.2.1", 4),
        (V5, b"\x40\x04\x00\x01\x00\x01", past_the_end(1, 0), "3.4.2.2", 6),
        (V5, b"\x40\x05\x00\x01\x00\x00\x00", Kind::TrailingBytes { count: 1 }, "3.4.2.2", 6),
        (
            V5,
            b"\x40\x06\x00\x01\x00\x02\x01\x00",
            not_allowed(PropertyId::PayloadFormatIndicator, "an acknowledgement"),
            "3.4.2.2",
            6,
        ),
        (
            V5,
            b"\x50\x0A\x00\x01\x00\x06\x1F\x00\x00\x1F\x00\x00",
            Kind::DuplicateProperty { property: PropertyId::ReasonString },
            "3.5.2.2",
            9,
        ),
    ]);
}

#[test]
fn subscribe_and_unsubscribe() {
    use PropertyId::SubscriptionIdentifier;
    let options = |options| Kind::SubscriptionOptions { options };
    let no_filters = |packet| Kind::NoFilters { packet };
    let misplaced =
        |level: &str| Kind::TopicFilter(TopicError::MisplacedWildcard { level: level.into() });
    assert_cases(&[
        (V311, b"\x82\x06\x00\x00\x00\x01a\x00", Kind::PacketIdZero, "2.3.1", 2),
        (V311, b"\x82\x02\x00\x01", no_filters(PacketType::Subscribe), "3.8.3", 4),
        (V5, b"\x82\x03\x00\x01\x00", no_filters(PacketType::Subscribe), "3.8.3", 5),
        (V311, b"\x82\x05\x00\x01\x00\x01a", past_the_end(1, 0), "3.8.3", 7),
        (V311, b"\x82\x06\x00\x01\x00\x01a\x03", Kind::InvalidQos, "3.8.3", 7),
        (V5, b"\x82\x07\x00\x01\x00\x00\x01a\x03", Kind::InvalidQos, "3.8.3.1", 8),
        (V31, b"\x82\x06\x00\x01\x00\x01a\x03", Kind::InvalidQos, "3.8.3", 7),
        (V311, b"\x82\x06\x00\x01\x00\x01a\x04", options(4), "3.8.3", 7),
        (V5, b"\x82\x07\x00\x01\x00\x00\x01a\x40", options(0x40), "3.8.3.1", 8),
        (V5, b"\x82\x07\x00\x01\x00\x00\x01a\x80", options(0x80), "3.8.3.1", 8),
        (V5, b"\x82\x07\x00\x01\x00\x00\x01a\x30", Kind::RetainHandling, "3.8.3.1", 8),
        (V5, b"\x82\x10\x00\x01\x00\x00\x0A$share/g/a\x04", Kind::NoLocalOnShared, "3.8.3.1", 17),
        (V311, b"\x82\x05\x00\x01\x00\x00\x00", Kind::TopicFilter(TopicError::Empty), "3.8.3", 4),
        (V311, b"\x82\x07\x00\x01\x00\x02a#\x00", misplaced("a#"), "3.8.3", 4),
        (
            V5,
            b"\x82\x0E\x00\x01\x00\x00\x08$share/g\x00",
            Kind::TopicFilter(TopicError::ShareWithoutFilter),
            "3.8.3",
            5,
        ),
        (
            V5,
            b"\x82\x09\x00\x01\x02\x0B\x00\x00\x01a\x00",
            value(SubscriptionIdentifier, 0),
            "3.8.2.1",
            6,
        ),
        (
            V5,
            b"\x82\x0B\x00\x01\x04\x0B\x01\x0B\x02\x00\x01a\x00",
            Kind::DuplicateProperty { property: SubscriptionIdentifier },
            "3.8.2.1",
            7,
        ),
        (V311, b"\xA2\x05\x00\x00\x00\x01a", Kind::PacketIdZero, "2.3.1", 2),
        (V311, b"\xA2\x02\x00\x01", no_filters(PacketType::Unsubscribe), "3.10.3", 4),
        (V5, b"\xA2\x03\x00\x01\x00", no_filters(PacketType::Unsubscribe), "3.10.3", 5),
        (V311, b"\xA2\x07\x00\x01\x00\x03#/a", misplaced("#"), "3.10.3", 4),
        (
            V5,
            b"\xA2\x08\x00\x01\x02\x0B\x01\x00\x01a",
            not_allowed(SubscriptionIdentifier, "UNSUBSCRIBE"),
            "3.10.2.1",
            5,
        ),
    ]);
}

#[test]
fn suback_and_unsuback() {
    let no_reasons = |packet| Kind::NoReasons { packet };
    assert_cases(&[
        (V311, b"\x90\x03\x00\x00\x00", Kind::PacketIdZero, "2.3.1", 2),
        (V311, b"\x90\x02\x00\x01", no_reasons(PacketType::SubAck), "3.9.3", 4),
        (V5, b"\x90\x03\x00\x01\x00", no_reasons(PacketType::SubAck), "3.9.3", 5),
        (V31, b"\x90\x03\x00\x01\x80", reason(PacketType::SubAck, 0x80), "3.9.3", 4),
        (V311, b"\x90\x04\x00\x01\x00\x87", reason(PacketType::SubAck, 0x87), "3.9.3", 5),
        (V311, b"\x90\x03\x00\x01\x03", reason(PacketType::SubAck, 3), "3.9.3", 4),
        (V5, b"\x90\x04\x00\x01\x00\x03", reason(PacketType::SubAck, 3), "3.9.3", 5),
        (V5, b"\x90\x04\x00\x01\x00\x11", reason(PacketType::SubAck, 0x11), "3.9.3", 5),
        (V311, b"\xB0\x02\x00\x00", Kind::PacketIdZero, "2.3.1", 2),
        (V311, b"\xB0\x03\x00\x01\x00", Kind::TrailingBytes { count: 1 }, "3.11.3", 4),
        (V5, b"\xB0\x03\x00\x01\x00", no_reasons(PacketType::UnsubAck), "3.11.3", 5),
        (V5, b"\xB0\x04\x00\x01\x00\x01", reason(PacketType::UnsubAck, 1), "3.11.3", 5),
    ]);
}

#[test]
fn ping_disconnect_and_auth() {
    let trailing = |count| Kind::TrailingBytes { count };
    assert_cases(&[
        (V311, b"\xC0\x01\x00", trailing(1), "3.12", 2),
        (V5, b"\xD0\x02\x00\x00", trailing(2), "3.13", 2),
        (V311, b"\xE0\x01\x00", trailing(1), "3.14", 2),
        (V5, b"\xE0\x01\x01", reason(PacketType::Disconnect, 1), "3.14.2.1", 2),
        (V5, b"\xE0\x01\x91", reason(PacketType::Disconnect, 0x91), "3.14.2.1", 2),
        (V5, b"\xE0\x03\x00\x00\x00", trailing(1), "3.14.2", 4),
        (V5, b"\xE0\x02\x00\x05", past_the_end(5, 0), "3.14.2.2", 4),
        (
            V5,
            b"\xE0\x05\x00\x03\x15\x00\x00",
            not_allowed(PropertyId::AuthenticationMethod, "DISCONNECT"),
            "3.14.2.2",
            4,
        ),
        (V5, b"\xF0\x01\x18", past_the_end(1, 0), "3.15.2.2", 3),
        (V5, b"\xF0\x02\x01\x00", reason(PacketType::Auth, 1), "3.15.2.1", 2),
        (V5, b"\xF0\x02\x18\x00", Kind::NoAuthenticationMethod, "3.15.2.2", 3),
        (V5, b"\xF0\x05\x00\x03\x16\x00\x00", Kind::AuthenticationDataWithoutMethod, "3.15.2.2", 3),
    ]);
}

#[test]
fn errors_carry_the_reason_to_answer_with() {
    for (version, bytes, expected) in [
        (V5, &b"\x30\x04\x00\x01a\x05"[..], ReasonCode::MALFORMED_PACKET),
        (V5, b"\x30\x03\x00\x00\x00", ReasonCode::PROTOCOL_ERROR),
        (V5, b"\x30\x04\x00\x01#\x00", ReasonCode::MALFORMED_PACKET),
        (V5, b"\x30\x08\x00\x01a\x04\x08\x00\x01#", ReasonCode::PROTOCOL_ERROR),
        (V5, b"\x40\x02\x00\x00", ReasonCode::PROTOCOL_ERROR),
        (V5, b"\x00", ReasonCode::PROTOCOL_ERROR),
        (V5, b"\x82\x07\x00\x01\x00\x00\x02a#\x00", ReasonCode::MALFORMED_PACKET),
        (V5, b"\x30\x07\x00\x01a\x03\x23\x00\x00", ReasonCode::TOPIC_ALIAS_INVALID),
        (V5, b"\x10\x07\x00\x04MQTT\x06", ReasonCode::UNSUPPORTED_PROTOCOL_VERSION),
    ] {
        assert_eq!(error(version, bytes).reason, expected, "{bytes:02X?}");
    }
}

#[test]
fn an_error_reads_as_a_sentence_with_place_and_section() {
    let text = error(V5, b"\x30\x07\x00\x01a\x03\x23\x00\x00").to_string();

    assert_eq!(text, "Topic Alias cannot be 0 (byte 7, MQTT 5.0 §3.3.2.3)");
}
