//! What depends on who speaks, on the version, and on the limits of a decoder.

use bytes::BytesMut;
use wire::{
    DecodeError, DecodeErrorKind as Kind, DecodeLimits, Decoder, PacketType, PropertyId,
    ReasonCode,
    Version::{V5, V31, V311},
};

fn error_of(mut decoder: Decoder, bytes: &[u8]) -> DecodeError {
    match decoder.decode(&mut BytesMut::from(bytes)) {
        Err(error) => error,
        read => panic!("{bytes:02X?} was read as {read:?}"),
    }
}

const fn reason(packet: PacketType, code: u8) -> Kind {
    Kind::ReasonNotAllowed { packet, reason: ReasonCode(code) }
}

#[test]
fn a_packet_above_the_limit_is_refused_before_it_has_arrived() {
    let limits = DecodeLimits { max_packet_size: 100 };

    let found = error_of(Decoder::new(V5, limits), b"\x30\x63");

    assert_eq!(found.kind, Kind::PacketTooLarge { size: 101, limit: 100 });
    assert_eq!(found.reason, ReasonCode::PACKET_TOO_LARGE);
    let just_fits = Decoder::new(V5, limits).decode(&mut BytesMut::from(&b"\x30\x62"[..]));
    assert_eq!(just_fits, Ok(None));
}

#[test]
fn a_server_wants_connect_first_and_once() {
    let server = || Decoder::for_server(DecodeLimits::default());
    let first = error_of(server(), b"\x30");
    assert_eq!(first.kind, Kind::FirstPacketNotConnect { packet: PacketType::Publish });
    assert_eq!(first.section, "MQTT 5.0 §3.1");

    let connect = b"\x10\x0C\x00\x04MQTT\x04\x02\x00\x00\x00\x00";
    let mut decoder = server();
    assert!(decoder.decode(&mut BytesMut::from(&connect[..])).is_ok());
    assert_eq!(decoder.version(), Some(V311));
    let second = error_of(decoder, connect);
    assert_eq!(second.kind, Kind::SecondConnect);
    assert_eq!(second.section, "MQTT 3.1.1 §3.1");
}

#[test]
fn a_server_hears_of_an_unknown_version_by_its_level() {
    let connect = b"\x10\x0D\x00\x04MQTT\x07\x02\x00\x00\x00\x00\x00";

    let found = error_of(Decoder::for_server(DecodeLimits::default()), connect);

    assert_eq!(found.kind, Kind::UnsupportedVersion { level: 7 });
    assert_eq!(found.reason, ReasonCode::UNSUPPORTED_PROTOCOL_VERSION);
}

#[test]
fn a_server_refuses_what_only_servers_send() {
    let client_speaks = |bytes: &[u8]| {
        let mut decoder = Decoder::for_server(DecodeLimits::default());
        let connect = b"\x10\x0D\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x00";
        assert!(decoder.decode(&mut BytesMut::from(&connect[..])).is_ok());
        error_of(decoder, bytes)
    };
    for (first, packet) in [
        (0x20, PacketType::ConnAck),
        (0x90, PacketType::SubAck),
        (0xB0, PacketType::UnsubAck),
        (0xD0, PacketType::PingResp),
    ] {
        assert_eq!(client_speaks(&[first]).kind, Kind::WrongDirection { packet });
    }
    let with_identifier = client_speaks(b"\x30\x06\x00\x01a\x02\x0B\x01");
    let property = PropertyId::SubscriptionIdentifier;
    assert_eq!(with_identifier.kind, Kind::PropertyFromWrongSide { property });
    assert_eq!((with_identifier.offset, with_identifier.reason), (6, ReasonCode::PROTOCOL_ERROR));
    let referring = client_speaks(b"\xE0\x05\x00\x03\x1C\x00\x00");
    let property = PropertyId::ServerReference;
    assert_eq!(referring.kind, Kind::PropertyFromWrongSide { property });
    assert_eq!(client_speaks(b"\xE0\x01\x8E").kind, reason(PacketType::Disconnect, 0x8E));
    assert_eq!(client_speaks(b"\xF0\x00").kind, reason(PacketType::Auth, 0));
}

#[test]
fn a_client_refuses_what_only_clients_send() {
    let server_speaks = |version, bytes: &[u8]| {
        error_of(Decoder::for_client(version, DecodeLimits::default()), bytes).kind
    };
    for (first, packet) in [
        (0x10, PacketType::Connect),
        (0x82, PacketType::Subscribe),
        (0xA2, PacketType::Unsubscribe),
        (0xC0, PacketType::PingReq),
    ] {
        assert_eq!(server_speaks(V5, &[first]), Kind::WrongDirection { packet });
    }
    let packet = PacketType::Disconnect;
    assert_eq!(server_speaks(V311, b"\xE0\x00"), Kind::WrongDirection { packet });
    assert_eq!(server_speaks(V5, b"\xE0\x01\x04"), reason(packet, 4));
    let expiring = server_speaks(V5, b"\xE0\x07\x00\x05\x11\x00\x00\x00\x01");
    let property = PropertyId::SessionExpiryInterval;
    assert_eq!(expiring, Kind::PropertyFromWrongSide { property });
    assert_eq!(server_speaks(V5, b"\xF0\x02\x19\x00"), reason(PacketType::Auth, 0x19));
}

#[test]
fn an_overlong_remaining_length_is_wrong_in_v5_only() {
    let mut v5 = Decoder::for_server(DecodeLimits::default());
    let connect = b"\x10\x8D\x00\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x00";
    let found = v5.decode(&mut BytesMut::from(&connect[..])).map_err(|error| error.kind);
    assert_eq!(found, Err(Kind::VariableByteIntegerNotMinimal));

    let mut v311 = Decoder::for_server(DecodeLimits::default());
    let connect = b"\x10\x8C\x00\x00\x04MQTT\x04\x02\x00\x00\x00\x00";
    assert!(matches!(v311.decode(&mut BytesMut::from(&connect[..])), Ok(Some(_))));
}

#[test]
fn mqtt_31_lets_pass_what_its_specification_does_not_forbid() {
    for bytes in [
        // DUP on a repeated SUBSCRIBE, UNSUBSCRIBE and PUBREL.
        &b"\x8A\x06\x00\x01\x00\x01a\x00"[..],
        b"\xAA\x05\x00\x01\x00\x01a",
        b"\x6A\x02\x00\x01",
        // Unused upper bits of the requested QoS.
        b"\x82\x06\x00\x01\x00\x01a\xFC",
        // The reserved byte of CONNACK.
        b"\x20\x02\xFF\x00",
        // User name and password flagged, but missing.
        b"\x10\x0F\x00\x06MQIsdp\x03\xC2\x00\x00\x00\x01c",
        // Flags of a will that is not there, and the reserved flag.
        b"\x10\x0F\x00\x06MQIsdp\x03\x3B\x00\x00\x00\x01c",
    ] {
        let mut buffer = BytesMut::from(bytes);
        let read = Decoder::new(V31, DecodeLimits::default()).decode(&mut buffer);
        assert!(matches!(read, Ok(Some(_))), "{bytes:02X?}: {read:?}");
    }
}

#[test]
fn client_identifiers_of_mqtt_31_are_counted_only_when_asked() {
    let connect = |id: &str| {
        let mut bytes = b"\x10\x00\x00\x06MQIsdp\x03\x02\x00\x00\x00".to_vec();
        bytes.push(u8::try_from(id.len()).unwrap_or_default());
        bytes.extend_from_slice(id.as_bytes());
        bytes[1] = u8::try_from(bytes.len() - 2).unwrap_or_default();
        BytesMut::from(&bytes[..])
    };
    let decoder = Decoder::for_server(DecodeLimits::default());
    let strict = decoder.clone().with_strict_client_id(true);
    for (id, characters) in [("", 0), ("123456789012345678901234", 24)] {
        assert!(decoder.clone().decode(&mut connect(id)).is_ok(), "{id}");
        let found = error_of(strict.clone(), &connect(id));
        assert_eq!(found.kind, Kind::ClientIdLength { characters });
        assert_eq!(found.section, "MQTT 3.1 §3.1");
        assert_eq!(found.reason, ReasonCode::CLIENT_IDENTIFIER_NOT_VALID);
    }
    for id in ["1", "éééééééééééééééééééé123"] {
        assert!(strict.clone().decode(&mut connect(id)).is_ok(), "{id}");
    }
}
