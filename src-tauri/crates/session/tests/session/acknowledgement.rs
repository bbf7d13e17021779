//! Received messages of `QoS` 1 and 2: when they are acknowledged, and in which order.

use std::time::Duration;

use session::Config;
use testkit::{Link, Peer, ack};
use wire::{Packet, QoS, ReasonCode, Version};

use crate::support::{VERSIONS, config, online, start};

/// Long enough to see that nothing is sent.
const A_WHILE: Duration = Duration::from_millis(100);

fn recording(peer: &Peer, version: Version) -> Config {
    Config { ack_after_commit: true, ..config(peer, version) }
}

async fn expect_puback(link: &mut Link, id: u16) {
    let packet = link.expect().await;
    let Packet::PubAck(ack) = packet else { panic!("PUBACK expected, {packet:?} received") };
    assert_eq!(ack.packet_id.get(), id);
}

async fn expect_pubrec(link: &mut Link, id: u16) {
    let packet = link.expect().await;
    let Packet::PubRec(ack) = packet else { panic!("PUBREC expected, {packet:?} received") };
    assert_eq!(ack.packet_id.get(), id);
}

#[tokio::test]
async fn without_recording_a_message_is_acknowledged_at_once() {
    for version in VERSIONS {
        let peer = Peer::listen().await;
        let (session, collector) = start(config(&peer, version));
        let (mut link, _) = peer.welcome(version, false).await;
        online(&session).await;

        link.publish("one", "1", QoS::AtLeastOnce, 7).await;
        expect_puback(&mut link, 7).await;
        link.publish("two", "2", QoS::ExactlyOnce, 8).await;
        expect_pubrec(&mut link, 8).await;
        let id = 8.try_into().unwrap();
        link.send(Packet::PubRel(ack(id, ReasonCode::SUCCESS))).await;
        assert!(matches!(link.expect().await, Packet::PubComp(_)));

        let received = collector.wait_received(2).await;
        let ids: Vec<_> = received.iter().map(|row| row.packet_id.unwrap().get()).collect();
        assert_eq!(ids, [7, 8]);
        assert!(collector.take_ack(0).is_none());
    }
}

#[tokio::test]
async fn with_recording_nothing_is_acknowledged_before_the_commit() {
    for version in VERSIONS {
        for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
            // Arrange
            let peer = Peer::listen().await;
            let (session, collector) = start(recording(&peer, version));
            let (mut link, _) = peer.welcome(version, false).await;
            online(&session).await;

            // Act
            link.publish("a", "1", qos, 9).await;
            collector.wait_received(1).await;
            link.expect_silence(A_WHILE).await;
            collector.take_ack(0).unwrap().complete();

            // Assert
            if qos == QoS::AtLeastOnce {
                expect_puback(&mut link, 9).await;
            } else {
                expect_pubrec(&mut link, 9).await;
                let id = 9.try_into().unwrap();
                link.send(Packet::PubRel(ack(id, ReasonCode::SUCCESS))).await;
                assert!(matches!(link.expect().await, Packet::PubComp(_)));
            }
        }
    }
}

#[tokio::test]
async fn acknowledgements_go_out_in_the_order_of_reception_whatever_the_order_of_the_commits() {
    for version in VERSIONS {
        let peer = Peer::listen().await;
        let (session, collector) = start(recording(&peer, version));
        let (mut link, _) = peer.welcome(version, false).await;
        online(&session).await;
        for id in [3, 1, 2] {
            link.publish("a", "x", QoS::AtLeastOnce, id).await;
        }
        collector.wait_received(3).await;
        let acks: Vec<_> = (0..3).map(|index| collector.take_ack(index).unwrap()).collect();

        for ack in acks.into_iter().rev() {
            ack.complete();
        }

        for id in [3, 1, 2] {
            expect_puback(&mut link, id).await;
        }
    }
}

#[tokio::test]
async fn a_message_that_was_not_stored_stays_unacknowledged_and_holds_up_nothing() {
    let peer = Peer::listen().await;
    let (session, collector) = start(recording(&peer, Version::V5));
    let (mut link, _) = peer.welcome(Version::V5, false).await;
    online(&session).await;
    link.publish("a", "lost", QoS::AtLeastOnce, 1).await;
    link.publish("a", "kept", QoS::AtLeastOnce, 2).await;
    collector.wait_received(2).await;

    drop(collector.take_ack(0).unwrap());
    collector.take_ack(1).unwrap().complete();

    expect_puback(&mut link, 2).await;
    link.expect_silence(A_WHILE).await;
}

#[tokio::test]
async fn an_acknowledgement_is_void_when_its_connection_was_lost() {
    for version in VERSIONS {
        // Arrange: a message is received, and the connection is lost before it is stored.
        let peer = Peer::listen().await;
        let kept = Config { clean_start: false, ..recording(&peer, version) };
        let (session, collector) = start(kept);
        let (mut link, _) = peer.welcome(version, false).await;
        link.publish("a", "1", QoS::AtLeastOnce, 5).await;
        collector.wait_received(1).await;
        link.close();
        let (mut link, _) = peer.welcome(version, true).await;
        online(&session).await;

        // Act
        collector.take_ack(0).unwrap().complete();
        link.expect_silence(A_WHILE).await;
        link.publish("a", "1", QoS::AtLeastOnce, 5).await;
        collector.wait_received(2).await;
        collector.take_ack(1).unwrap().complete();

        // Assert
        expect_puback(&mut link, 5).await;
    }
}

#[tokio::test]
async fn thousands_of_messages_are_each_acknowledged_once() {
    for version in VERSIONS {
        const COUNT: u16 = 3000;
        let peer = Peer::listen().await;
        let (session, collector) = start(recording(&peer, version));
        let (mut link, _) = peer.welcome(version, false).await;
        online(&session).await;
        for id in 1..=COUNT {
            link.publish("a", "x", QoS::AtLeastOnce, id).await;
        }
        collector.wait_received(usize::from(COUNT)).await;

        let acks: Vec<_> =
            (0..usize::from(COUNT)).map(|index| collector.take_ack(index).unwrap()).collect();
        acks.into_iter().for_each(session::AckHandle::complete);

        for id in 1..=COUNT {
            expect_puback(&mut link, id).await;
        }
    }
}
