//! Packets byte by byte, the specification's own examples among them.

#![allow(clippy::unwrap_used, reason = "helpers of tests may unwrap as tests do")]

use bytes::{Bytes, BytesMut};
use wire::{
    DecodeLimits, Decoder, Packet, QoS, ReasonCode, Version, encode, encoded_len,
    packet::{Ack, ConnAck, Connect, Disconnect, Publish, Subscribe, Subscription, Will},
    property::{ConnectProperties, PublishProperties},
};

/// Both directions of one example.
fn assert_is_written_as(packet: &Packet, version: Version, bytes: &[u8]) {
    let mut written = BytesMut::new();
    encode(packet, version, &mut written).unwrap();
    assert_eq!(&written[..], bytes);
    assert_eq!(encoded_len(packet, version), Ok(bytes.len()));

    let read = Decoder::new(version, DecodeLimits::default()).decode(&mut written).unwrap();
    assert_eq!(read.as_ref(), Some(packet));
    assert!(written.is_empty());
}

#[test]
fn publish_of_the_specification_has_topic_a_b_and_identifier_10() {
    let packet = Packet::Publish(Publish {
        dup: false,
        qos: QoS::AtLeastOnce,
        retain: false,
        topic: Some("a/b".parse().unwrap()),
        packet_id: 10.try_into().ok(),
        payload: Bytes::from_static(b"hi"),
        properties: PublishProperties::default(),
    });

    assert_is_written_as(&packet, Version::V311, b"\x32\x09\x00\x03a/b\x00\x0Ahi");
    assert_is_written_as(&packet, Version::V5, b"\x32\x0A\x00\x03a/b\x00\x0A\x00hi");
}

#[test]
fn subscribe_of_the_specification_asks_for_a_b_and_c_d() {
    let subscription = |filter: &str, qos| Subscription {
        filter: filter.parse().unwrap(),
        qos,
        no_local: false,
        retain_as_published: false,
        retain_handling: wire::packet::RetainHandling::Send,
    };
    let packet = Packet::Subscribe(Subscribe {
        packet_id: 10.try_into().unwrap(),
        filters: vec![subscription("a/b", QoS::AtLeastOnce), subscription("c/d", QoS::ExactlyOnce)],
        properties: wire::property::SubscribeProperties::default(),
    });

    let v311 = b"\x82\x0E\x00\x0A\x00\x03a/b\x01\x00\x03c/d\x02";
    assert_is_written_as(&packet, Version::V311, v311);
    let v5 = b"\x82\x0F\x00\x0A\x00\x00\x03a/b\x01\x00\x03c/d\x02";
    assert_is_written_as(&packet, Version::V5, v5);
}

#[test]
fn connect_carries_session_expiry_will_and_credentials() {
    let packet = Packet::Connect(Box::new(Connect {
        version: Version::V5,
        clean_start: true,
        keep_alive: 10,
        client_id: "c".into(),
        will: Some(Will {
            topic: "w".parse().unwrap(),
            payload: Bytes::from_static(b"bye"),
            qos: QoS::AtLeastOnce,
            retain: false,
            properties: wire::property::WillProperties::default(),
        }),
        username: Some("u".into()),
        password: Some(Bytes::from_static(b"\xFF")),
        properties: ConnectProperties {
            session_expiry_interval: Some(10),
            ..ConnectProperties::default()
        },
    }));

    assert_is_written_as(
        &packet,
        Version::V5,
        b"\x10\x22\x00\x04MQTT\x05\xCE\x00\x0A\x05\x11\x00\x00\x00\x0A\x00\x01c\x00\x00\x01w\x00\x03bye\x00\x01u\x00\x01\xFF",
    );
}

#[test]
fn connect_of_mqtt_31_is_called_mqisdp() {
    let packet = Packet::Connect(Box::new(Connect {
        version: Version::V31,
        clean_start: false,
        keep_alive: 0,
        client_id: "c".into(),
        will: None,
        username: None,
        password: None,
        properties: ConnectProperties::default(),
    }));

    let bytes = b"\x10\x0F\x00\x06MQIsdp\x03\x00\x00\x00\x00\x01c";
    assert_is_written_as(&packet, Version::V31, bytes);
}

#[test]
fn a_refusal_is_a_return_code_in_v3_and_a_reason_code_in_v5() {
    let packet = Packet::ConnAck(Box::new(ConnAck {
        session_present: false,
        reason: ReasonCode::NOT_AUTHORIZED,
        properties: wire::property::ConnAckProperties::default(),
    }));

    assert_is_written_as(&packet, Version::V31, b"\x20\x02\x00\x05");
    assert_is_written_as(&packet, Version::V311, b"\x20\x02\x00\x05");
    assert_is_written_as(&packet, Version::V5, b"\x20\x03\x00\x87\x00");
}

#[test]
fn what_says_nothing_is_left_out() {
    let ack = |reason| {
        let properties = wire::property::AckProperties::default();
        Packet::PubAck(Ack { packet_id: 1.try_into().unwrap(), reason, properties })
    };
    assert_is_written_as(&ack(ReasonCode::SUCCESS), Version::V5, b"\x40\x02\x00\x01");
    let no_subscribers = ack(ReasonCode::NO_MATCHING_SUBSCRIBERS);
    assert_is_written_as(&no_subscribers, Version::V5, b"\x40\x03\x00\x01\x10");

    let goodbye = |reason| {
        let properties = wire::property::DisconnectProperties::default();
        Packet::Disconnect(Disconnect { reason, properties })
    };
    assert_is_written_as(&goodbye(ReasonCode::SUCCESS), Version::V5, b"\xE0\x00");
    assert_is_written_as(&goodbye(ReasonCode::SUCCESS), Version::V311, b"\xE0\x00");
    assert_is_written_as(
        &goodbye(ReasonCode::DISCONNECT_WITH_WILL),
        Version::V5,
        b"\xE0\x02\x04\x00",
    );
    assert_is_written_as(&Packet::PingReq, Version::V31, b"\xC0\x00");
    assert_is_written_as(&Packet::PingResp, Version::V5, b"\xD0\x00");
}

#[test]
fn a_packet_that_cannot_be_written_leaves_the_buffer_alone() {
    let mut out = BytesMut::from(&b"before"[..]);
    let packet = Packet::Publish(Publish {
        dup: false,
        qos: QoS::AtMostOnce,
        retain: false,
        topic: Some("a".parse().unwrap()),
        packet_id: None,
        payload: Bytes::new(),
        properties: PublishProperties {
            user_properties: vec![("n".into(), "x".repeat(65_536).into())],
            ..PublishProperties::default()
        },
    });

    encode(&packet, Version::V5, &mut out).unwrap_err();

    assert_eq!(&out[..], b"before");
}
