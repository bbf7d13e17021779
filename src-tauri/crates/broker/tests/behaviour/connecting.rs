use std::{num::NonZeroU16, time::Duration};

use broker::{Broker, BrokerConfig, BrokerEvent, ConnectFailure, DisconnectCause};
use bytes::Bytes;
use wire::{Packet, ReasonCode, Version};

use crate::access::{start_with, users_only};
use crate::peer::{Peer, QOS1, connect, persistent, publish, start};

#[tokio::test(start_paused = true)]
async fn every_version_is_welcome() {
    let broker = start();

    for version in [Version::V31, Version::V311, Version::V5] {
        let (mut peer, answer) = Peer::attempt(&broker, connect(version, "c")).await;

        assert_eq!((answer.reason, answer.session_present), (ReasonCode::SUCCESS, false));
        peer.send(Packet::PingReq).await;
        assert_eq!(peer.receive().await, Some(Packet::PingResp));
        peer.disconnect().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_5_0_clients_are_told_is_within_what_they_accept() {
    let broker = start();

    let (_, answer) = Peer::attempt(&broker, connect(Version::V5, "c")).await;

    let size = answer.properties.maximum_packet_size.unwrap().get();
    assert!(size <= 268_435_455);
    assert_eq!(answer.properties.assigned_client_identifier, None);
    assert_eq!(answer.properties.server_keep_alive, None);
    assert_eq!(answer.properties.session_expiry_interval, None);
}

#[tokio::test(start_paused = true)]
async fn a_5_0_client_without_identifier_gets_one_of_its_own() {
    let broker = start();

    let (_first, one) = Peer::attempt(&broker, connect(Version::V5, "")).await;
    let (_second, other) = Peer::attempt(&broker, connect(Version::V5, "")).await;

    let one = one.properties.assigned_client_identifier.unwrap();
    assert_ne!(Some(one), other.properties.assigned_client_identifier);
}

#[tokio::test(start_paused = true)]
async fn a_nameless_client_cannot_have_a_lasting_session() {
    let broker = start();

    let (_, clean) = Peer::attempt(&broker, connect(Version::V311, "")).await;
    let (mut lasting, answer) = Peer::attempt(&broker, persistent(Version::V311, "")).await;

    assert_eq!(clean.reason, ReasonCode::SUCCESS);
    assert_eq!(answer.reason, ReasonCode::CLIENT_IDENTIFIER_NOT_VALID);
    assert!(lasting.is_closed().await);
}

#[tokio::test(start_paused = true)]
async fn wrong_credentials_are_told_apart_from_missing_ones() {
    let broker = start_with(users_only(&[("ada", "engine")])).0;
    let credentials = [(Some("ada"), "engine"), (Some("ada"), "wrong"), (None, "")];

    for version in [Version::V311, Version::V5] {
        let mut answers = Vec::new();
        for (username, password) in credentials {
            let mut attempt = connect(version, "c");
            attempt.username = username.map(Into::into);
            attempt.password = username.map(|_| Bytes::copy_from_slice(password.as_bytes()));
            answers.push(Peer::attempt(&broker, attempt).await.1.reason);
        }

        let expected = [
            ReasonCode::SUCCESS,
            ReasonCode::BAD_USER_NAME_OR_PASSWORD,
            ReasonCode::NOT_AUTHORIZED,
        ];
        assert_eq!(answers, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_version_is_answered_in_its_own_kind() {
    let broker = start();
    let mut events = broker.events();
    let attempt = |level| {
        let mut bytes = vec![0x10, 13, 0, 4];
        bytes.extend_from_slice(b"MQTT");
        bytes.extend_from_slice(&[level, 2, 0, 0, 0, 1, b'c']);
        bytes
    };

    let mut later = Peer::dial(&broker, Version::V5);
    later.send_raw(&attempt(6)).await;
    let mut earlier = Peer::dial(&broker, Version::V311);
    earlier.send_raw(&attempt(2)).await;

    for peer in [&mut later, &mut earlier] {
        let Some(Packet::ConnAck(answer)) = peer.receive().await else { panic!("no CONNACK") };
        assert_eq!(answer.reason, ReasonCode::UNSUPPORTED_PROTOCOL_VERSION);
        let event = events.recv().await.unwrap();
        let BrokerEvent::ConnectionFailed { cause, .. } = event else { panic!("{event:?}") };
        assert!(matches!(cause, ConnectFailure::UnsupportedVersion { .. }), "{cause:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_malformed_connect_is_explained_to_both_sides() {
    let broker = start();
    let mut events = broker.events();
    let mut peer = Peer::dial(&broker, Version::V5);

    // The reserved flag in byte 9 is set.
    peer.send_raw(&[0x10, 14, 0, 4, b'M', b'Q', b'T', b'T', 5, 3, 0, 0, 0, 0, 1, b'c']).await;

    let Some(Packet::ConnAck(answer)) = peer.receive().await else { panic!("no CONNACK") };
    assert_eq!(answer.reason, ReasonCode::MALFORMED_PACKET);
    assert!(answer.properties.reason_string.is_some());
    let event = events.recv().await.unwrap();
    let BrokerEvent::ConnectionFailed { cause, .. } = event else { panic!("{event:?}") };
    assert!(matches!(cause, ConnectFailure::Malformed { at: 9, .. }), "{cause:?}");
}

#[tokio::test(start_paused = true)]
async fn something_else_than_mqtt_is_named_and_dropped() {
    let broker = start();
    let mut events = broker.events();
    let mut peer = Peer::dial(&broker, Version::V311);

    peer.send_raw(b"\xC0\x00").await;

    assert!(peer.is_closed().await);
    let event = events.recv().await.unwrap();
    let BrokerEvent::ConnectionFailed { cause, .. } = event else { panic!("{event:?}") };
    assert_eq!(cause, ConnectFailure::NotConnect { packet: "PINGREQ" });
}

#[tokio::test(start_paused = true)]
async fn a_client_of_another_protocol_is_recognised() {
    let broker = start();
    let mut events = broker.events();

    for (first_bytes, expected) in
        [(&b"GET /mqtt HTTP/1.1\r\n"[..], "HTTP"), (b"\x16\x03\x01\x02\x00\x01", "TLS")]
    {
        let mut peer = Peer::dial(&broker, Version::V311);
        peer.send_raw(first_bytes).await;

        assert!(peer.is_closed().await);
        let event = events.recv().await.unwrap();
        let BrokerEvent::ConnectionFailed { cause, .. } = event else { panic!("{event:?}") };
        assert!(cause.to_string().contains(expected), "{cause}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_large_packet_on_a_slow_line_keeps_the_connection_alive_and_a_trickle_does_not() {
    for (piece, survives) in [(20_000, true), (1, false)] {
        let broker = start();
        let mut attempt = connect(Version::V311, "c");
        attempt.keep_alive = 2;
        let mut peer = Peer::join(&broker, attempt).await;
        // The fixed header of a PUBLISH with 200,000 bytes to follow.
        peer.send_raw(&[0x30, 0xC0, 0x9A, 0x0C]).await;

        for _ in 0..4 {
            peer.send_raw(&vec![b'x'; piece]).await;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }

        assert_eq!(!peer.is_closed().await, survives);
    }
}

#[tokio::test(start_paused = true)]
async fn who_does_not_connect_in_time_is_dropped() {
    let broker = start();
    let mut events = broker.events();
    let mut peer = Peer::dial(&broker, Version::V311);

    assert_eq!(peer.receive_within(Duration::from_secs(11)).await, None);

    assert!(peer.is_closed().await);
    let event = events.recv().await.unwrap();
    let BrokerEvent::ConnectionFailed { cause, .. } = event else { panic!("{event:?}") };
    assert_eq!(cause, ConnectFailure::Timeout { waited: Duration::from_secs(10) });
}

#[tokio::test(start_paused = true)]
async fn a_second_connect_is_a_protocol_error() {
    let broker = start();
    let mut peer = Peer::v5(&broker, "c").await;

    peer.send(Packet::Connect(Box::new(connect(Version::V5, "c")))).await;

    assert_eq!(peer.receive_disconnect().await, ReasonCode::PROTOCOL_ERROR);
    assert!(peer.is_closed().await);
}

#[tokio::test(start_paused = true)]
async fn an_authentication_method_nobody_knows_is_refused() {
    let broker = start();
    let mut attempt = connect(Version::V5, "c");
    attempt.properties.authentication_method = Some("SCRAM".into());

    let (_, answer) = Peer::attempt(&broker, attempt).await;

    assert_eq!(answer.reason, ReasonCode::BAD_AUTHENTICATION_METHOD);
}

#[tokio::test(start_paused = true)]
async fn silence_longer_than_one_and_a_half_keep_alives_ends_the_connection() {
    let broker = start();
    let mut events = broker.events();
    let mut attempt = connect(Version::V5, "c");
    attempt.keep_alive = 10;
    let mut peer = Peer::join(&broker, attempt).await;

    tokio::time::sleep(Duration::from_millis(14_900)).await;
    peer.send(Packet::PingReq).await;
    let answer = peer.receive().await;
    let quiet = peer.receive_within(Duration::from_millis(14_800)).await;
    let end = peer.receive_within(Duration::from_millis(400)).await;

    assert_eq!((answer, quiet), (Some(Packet::PingResp), None));
    let Some(Packet::Disconnect(end)) = end else { panic!("{end:?}") };
    assert_eq!(end.reason, ReasonCode::KEEP_ALIVE_TIMEOUT);
    events.recv().await.unwrap();
    let event = events.recv().await.unwrap();
    let BrokerEvent::ClientDisconnected { cause, .. } = event else { panic!("{event:?}") };
    assert_eq!(cause, DisconnectCause::KeepAlive { seconds: 10 });
}

#[tokio::test(start_paused = true)]
async fn keep_alive_zero_never_times_out() {
    let broker = start();
    let mut peer = Peer::v5(&broker, "c").await;

    tokio::time::sleep(Duration::from_hours(48)).await;
    peer.send(Packet::PingReq).await;

    assert_eq!(peer.receive().await, Some(Packet::PingResp));
}

#[tokio::test(start_paused = true)]
async fn a_keep_alive_above_the_limit_is_replaced_in_5_0() {
    let max_keep_alive = NonZeroU16::new(30);
    let broker = Broker::start(BrokerConfig { max_keep_alive, ..BrokerConfig::default() });
    let mut attempt = connect(Version::V5, "c");
    attempt.keep_alive = 600;

    let (mut peer, answer) = Peer::attempt(&broker, attempt).await;

    assert_eq!(answer.properties.server_keep_alive, Some(30));
    let end = peer.receive_within(Duration::from_secs(46)).await;
    assert!(matches!(end, Some(Packet::Disconnect(_))), "{end:?}");
}

#[tokio::test(start_paused = true)]
async fn packets_sent_together_with_the_connect_are_handled() {
    let broker = start();
    let mut bytes = bytes::BytesMut::new();
    let packets = [
        Packet::Connect(Box::new(connect(Version::V311, "c"))),
        Packet::Publish(publish("a", "1", QOS1)),
        Packet::PingReq,
    ];
    for packet in &packets {
        wire::encode(packet, Version::V311, &mut bytes).unwrap();
    }
    let mut peer = Peer::dial(&broker, Version::V311);

    peer.send_raw(&bytes).await;

    let mut answers = [peer.receive().await, peer.receive().await, peer.receive().await]
        .map(|packet| packet.unwrap().packet_type());
    answers.sort_unstable();
    let expected =
        [wire::PacketType::ConnAck, wire::PacketType::PubAck, wire::PacketType::PingResp];
    assert_eq!(answers, expected);
}

#[tokio::test(start_paused = true)]
async fn an_offence_ends_the_connection_after_the_answers_to_what_came_before() {
    let broker = start();
    let mut peer = Peer::v5(&broker, "c").await;
    let mut bytes = bytes::BytesMut::new();
    wire::encode(&Packet::Publish(publish("a", "1", QOS1)), Version::V5, &mut bytes).unwrap();
    // PUBREL with wrong flags.
    bytes.extend_from_slice(&[0x60, 2, 0, 1]);

    peer.send_raw(&bytes).await;

    assert!(matches!(peer.receive().await, Some(Packet::PubAck(_))));
    assert_eq!(peer.receive_disconnect().await, ReasonCode::MALFORMED_PACKET);
    assert!(peer.is_closed().await);
}
