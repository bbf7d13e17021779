//! Connections that end, or only seem to go on.

use std::{net::SocketAddr, time::Duration};

use broker::{
    Broker, BrokerEvent, DisconnectCause, FaultClose, FaultDirection, FaultEffect, FaultMoment,
    FaultPacket, FaultRule, FaultTrigger,
};
use bytes::BytesMut;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use wire::{Packet, ReasonCode, Version};

use super::{always, at, fired, start};
use crate::peer::{Peer, QOS0, QOS1, connect, publish, will};

fn close(how: FaultClose, moment: FaultMoment) -> FaultEffect {
    FaultEffect::Close { how, moment }
}

async fn last_cause(broker: &Broker, act: impl AsyncFnOnce()) -> DisconnectCause {
    let mut events = broker.events();
    act().await;
    loop {
        if let BrokerEvent::ClientDisconnected { cause, .. } = events.recv().await.unwrap() {
            return cause;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_ends_before_or_after_the_nth_packet_from_the_client() {
    for (moment, arrived) in [(FaultMoment::Before, 2), (FaultMoment::After, 3)] {
        let rule = FaultRule {
            when: FaultTrigger::Nth { number: 3 },
            ..at(FaultPacket::Publish, close(FaultClose::Fin, moment))
        };
        let broker = start([rule]);
        let mut attempt = connect(Version::V5, "c");
        attempt.will = Some(will("gone", "1"));
        let mut peer = Peer::join(&broker, attempt).await;

        for _ in 0..5 {
            peer.send(Packet::Publish(publish("a", "1", QOS1))).await;
        }
        let mut acks = 0;
        while let Some(packet) = peer.receive().await {
            assert!(matches!(packet, Packet::PubAck(_)), "{packet:?}");
            acks += 1;
        }

        assert!(peer.is_closed().await);
        assert_eq!(acks, arrived);
        assert_eq!(broker.snapshot().await.unwrap().counters.messages_in, arrived);
        assert_eq!(fired(&broker), [1]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_ends_before_or_after_the_nth_packet_from_the_broker() {
    for (moment, arrived) in [(FaultMoment::Before, 2), (FaultMoment::After, 3)] {
        let rule = FaultRule {
            when: FaultTrigger::Nth { number: 3 },
            ..at(FaultPacket::PubAck, close(FaultClose::Fin, moment))
        };
        let broker = start([rule]);
        let mut peer = Peer::v5(&broker, "c").await;

        let cause = last_cause(&broker, async || {
            for _ in 0..5 {
                peer.send(Packet::Publish(publish("a", "1", QOS1))).await;
            }
        });
        let cause = cause.await;
        let mut acks = 0;
        while let Some(packet) = peer.receive().await {
            assert!(matches!(packet, Packet::PubAck(_)), "{packet:?}");
            acks += 1;
        }

        assert!(peer.is_closed().await);
        assert_eq!(acks, arrived);
        assert_eq!(cause, DisconnectCause::Fault { rule: "test".into(), reason: None });
    }
}

#[tokio::test(start_paused = true)]
async fn nth_counts_anew_on_each_connection() {
    let rule = FaultRule {
        when: FaultTrigger::Nth { number: 2 },
        ..at(FaultPacket::PubAck, FaultEffect::Drop)
    };
    let broker = start([rule]);

    for connection in 1..=3 {
        let mut peer = Peer::v5(&broker, "c").await;
        let mut answers = Vec::new();
        for _ in 0..4 {
            peer.send(Packet::Publish(publish("a", "1", QOS1))).await;
            answers.push(peer.receive().await.is_some());
        }
        peer.disconnect().await;

        assert_eq!(answers, [true, false, true, true]);
        assert_eq!(fired(&broker), [connection]);
    }
}

async fn dial(address: SocketAddr, version: Version) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut bytes = BytesMut::new();
    let packet = Packet::Connect(Box::new(connect(version, "c")));
    wire::encode(&packet, version, &mut bytes).unwrap();
    stream.write_all(&bytes).await.unwrap();
    stream
}

/// What the client reads and how it ends: the error, or none for an orderly end.
async fn read_to_end(stream: &mut TcpStream) -> (Vec<u8>, Option<std::io::ErrorKind>) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 64];
    loop {
        match stream.read(&mut buffer).await {
            Ok(0) => return (bytes, None),
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) => return (bytes, Some(error.kind())),
        }
    }
}

#[tokio::test]
async fn rst_and_fin_are_told_apart_on_a_real_socket() {
    const CONNACK: [u8; 4] = [0x20, 2, 0, 0];
    const PINGRESP: [u8; 2] = [0xD0, 0];
    let reset = Some(std::io::ErrorKind::ConnectionReset);
    for (packet, how, moment, bytes, end) in [
        (FaultPacket::PingReq, FaultClose::Fin, FaultMoment::Before, &CONNACK[..], None),
        (FaultPacket::PingReq, FaultClose::Rst, FaultMoment::Before, &CONNACK[..], reset),
        (FaultPacket::PingResp, FaultClose::Fin, FaultMoment::Before, &CONNACK[..], None),
        (FaultPacket::PingResp, FaultClose::Rst, FaultMoment::Before, &CONNACK[..], reset),
        (FaultPacket::PingResp, FaultClose::Fin, FaultMoment::After, &PINGRESP[..], None),
        (FaultPacket::Connect, FaultClose::Rst, FaultMoment::Before, &[], reset),
        (FaultPacket::Connect, FaultClose::Fin, FaultMoment::Before, &[], None),
    ] {
        let broker = start([at(packet, close(how, moment))]);
        let address = broker.listen_tcp(([127, 0, 0, 1], 0).into()).unwrap().address;
        let mut stream = dial(address, Version::V311).await;
        if packet != FaultPacket::Connect {
            let mut connack = [0; 4];
            stream.read_exact(&mut connack).await.unwrap();
            assert_eq!(connack, CONNACK);
            stream.write_all(&[0xC0, 0]).await.unwrap();
        }

        let (received, ended) = read_to_end(&mut stream).await;

        let expected = if bytes == CONNACK { &[][..] } else { bytes };
        assert_eq!((&received[..], ended), (expected, end), "{packet:?} {how:?} {moment:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_server_disconnects_with_a_code_and_3_x_is_closed() {
    let reason = ReasonCode::QUOTA_EXCEEDED;
    for packet in [FaultPacket::Publish, FaultPacket::PubAck] {
        let broker = start([at(packet, FaultEffect::Disconnect { reason: reason.0 })]);
        let mut modern = Peer::v5(&broker, "c").await;
        let mut old = Peer::v311(&broker, "d").await;

        let message = Packet::Publish(publish("a", "1", QOS1));
        let cause = last_cause(&broker, async || modern.send(message.clone()).await).await;
        old.send(message).await;

        assert_eq!(modern.receive_disconnect().await, reason);
        assert!(modern.is_closed().await);
        assert_eq!(old.receive().await, None);
        assert!(old.is_closed().await);
        assert_eq!(cause, DisconnectCause::Fault { rule: "test".into(), reason: Some(reason) });
    }
}

#[tokio::test(start_paused = true)]
async fn on_a_dead_line_nothing_arrives_and_nobody_is_told() {
    for direction in [FaultDirection::In, FaultDirection::Out] {
        let broker = start([]);
        let mut watcher = Peer::v5(&broker, "watcher").await;
        watcher.subscribe("#", QOS0).await;
        let mut attempt = connect(Version::V5, "c");
        attempt.keep_alive = 10;
        attempt.will = Some(will("will", "gone"));
        let mut peer = Peer::join(&broker, attempt).await;
        peer.subscribe("#", QOS0).await;
        let mut rule = always(FaultEffect::HalfOpen);
        rule.only.client_id = Some("c".into());
        rule.only.direction = Some(direction);
        broker.set_faults(vec![rule]).unwrap();

        watcher.send(Packet::Publish(publish("wakes", "1", QOS0))).await;
        watcher.receive().await;
        peer.send(Packet::Publish(publish("a", "lost", QOS1))).await;
        peer.send(Packet::Publish(publish("a", "lost", QOS1))).await;
        let nothing = peer.receive_within(Duration::from_secs(10)).await;
        // The broker finds out by the keep-alive, the client does not.
        let message = watcher.receive_within(Duration::from_secs(20)).await;
        let still_nothing = peer.receive_within(Duration::from_mins(10)).await;
        let open = !peer.is_closed().await;
        broker.set_faults(Vec::new()).unwrap();

        assert_eq!(still_nothing, None);
        if direction == FaultDirection::In {
            let Some(Packet::Publish(received)) = nothing else { panic!("{nothing:?}") };
            assert_eq!(&received.payload[..], b"1");
        } else {
            assert_eq!(nothing, None);
        }
        let Some(Packet::Publish(message)) = message else { panic!("{message:?}") };
        assert_eq!(message.topic.unwrap().as_str(), "will");
        assert!(open);
        assert!(peer.is_closed().await);
        assert_eq!(fired(&broker), Vec::<u64>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_line_ends_when_the_rule_is_switched_off() {
    let broker = start([at(FaultPacket::PingReq, FaultEffect::HalfOpen)]);
    let mut peer = Peer::v5(&broker, "c").await;
    peer.send(Packet::PingReq).await;
    assert_eq!(peer.receive().await, None);

    let cause = last_cause(&broker, async || broker.set_faults(Vec::new()).unwrap()).await;

    assert!(peer.is_closed().await);
    assert_eq!(cause, DisconnectCause::Fault { rule: "test".into(), reason: None });
}

#[tokio::test(start_paused = true)]
async fn a_broker_with_dead_lines_stops_at_once() {
    let broker = start([at(FaultPacket::PingReq, FaultEffect::HalfOpen)]);
    let mut peer = Peer::v5(&broker, "c").await;
    peer.send(Packet::PingReq).await;
    assert_eq!(peer.receive().await, None);

    let stopped = tokio::time::timeout(Duration::from_secs(3), broker.stop()).await;

    assert!(stopped.is_ok());
    assert!(peer.is_closed().await);
}
