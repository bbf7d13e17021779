//! Packets that say something else than they should.

use broker::{FaultDirection, FaultEffect, FaultPacket};
use wire::{Packet, ReasonCode, Version, packet::Subscribe, property::SubscribeProperties};

use super::{VERSIONS, always, at, fired, marked, start};
use crate::peer::{Peer, QOS1, QOS2, clients, connect, id, persistent, publish, subscription};

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_can_be_for_another_packet() {
    for version in VERSIONS {
        let broker = start([always(FaultEffect::WrongPacketId)]);
        let mut peer = Peer::join(&broker, connect(version, "c")).await;
        let mut message = publish("a", "1", QOS1);

        message.packet_id = Some(id(65_535));
        peer.send(Packet::Publish(message.clone())).await;
        let puback = peer.receive_raw().await;
        (message.packet_id, message.qos) = (Some(id(7)), QOS2);
        peer.send(Packet::Publish(message)).await;
        let pubrec = peer.receive_raw().await;
        let (packet_id, filters) = (id(9), vec![subscription("a", QOS1)]);
        let properties = SubscribeProperties::default();
        peer.send(Packet::Subscribe(Subscribe { packet_id, filters, properties })).await;
        let suback = peer.receive_raw().await;

        let short = |bytes: &[u8]| (bytes[0], u16::from_be_bytes([bytes[2], bytes[3]]));
        assert_eq!(
            [short(&puback), short(&pubrec), short(&suback)],
            [(0x40, 1), (0x50, 8), (0x90, 10)]
        );
        assert_eq!(marked(&broker).len(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_can_report_a_failure_where_the_version_has_words_for_it() {
    let reason = 0x97;
    let answers = async |version| {
        let broker = start([always(FaultEffect::FailAck { reason })]);
        let mut peer = Peer::join(&broker, connect(version, "c")).await;
        let mut answers = Vec::new();
        for qos in [QOS1, QOS2] {
            peer.send(Packet::Publish(publish("a", "1", qos))).await;
            answers.push(peer.receive_raw().await);
        }
        let (packet_id, filters) = (id(9), vec![subscription("a", QOS1); 2]);
        let properties = SubscribeProperties::default();
        peer.send(Packet::Subscribe(Subscribe { packet_id, filters, properties })).await;
        answers.push(peer.receive_raw().await);
        assert_eq!(fired(&broker), [3]);
        answers
    };

    let modern = answers(Version::V5).await;
    let old = answers(Version::V311).await;
    let oldest = answers(Version::V31).await;

    assert_eq!(
        modern,
        [
            vec![0x40, 3, 0, 1, reason],
            vec![0x50, 3, 0, 1, reason],
            vec![0x90, 5, 0, 9, 0, reason, reason]
        ]
    );
    assert_eq!(old, [vec![], vec![], vec![0x90, 4, 0, 9, 0x80, 0x80]]);
    assert_eq!(oldest, [Vec::<u8>::new(), vec![], vec![]]);
}

#[tokio::test(start_paused = true)]
async fn connack_says_the_opposite_about_the_session() {
    for version in [Version::V311, Version::V5] {
        let broker = start([always(FaultEffect::FlipSessionPresent)]);

        let (first, new) = Peer::attempt(&broker, persistent(version, "c")).await;
        first.disconnect().await;
        let (_, known) = Peer::attempt(&broker, persistent(version, "c")).await;

        assert_eq!([new.session_present, known.session_present], [true, false]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_ping_is_never_answered_and_the_client_is_not_taken_for_dead() {
    let broker = start([always(FaultEffect::IgnorePing)]);
    let mut attempt = connect(Version::V311, "c");
    attempt.keep_alive = 1;
    let mut peer = Peer::join(&broker, attempt).await;

    for _ in 0..10 {
        peer.send(Packet::PingReq).await;
        assert_eq!(peer.receive().await, None);
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    let reason = peer.publish(publish("a", "1", QOS1)).await;

    assert_eq!(reason, ReasonCode::SUCCESS);
    assert_eq!(fired(&broker), [10]);
    assert_eq!(marked(&broker), [(0xC0, FaultEffect::IgnorePing); 10]);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_loses_its_pings_is_taken_for_dead() {
    let broker = start([at(FaultPacket::PingReq, FaultEffect::Drop)]);
    let mut attempt = connect(Version::V5, "c");
    attempt.keep_alive = 1;
    let mut peer = Peer::join(&broker, attempt).await;

    peer.send(Packet::PingReq).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    peer.send(Packet::PingReq).await;
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;

    assert_eq!(peer.receive_disconnect().await, ReasonCode::KEEP_ALIVE_TIMEOUT);
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_of_the_client_can_be_spoilt_on_the_way_in() {
    let broker = start([]);
    let mut peer = Peer::join(&broker, persistent(Version::V5, "c")).await;
    peer.subscribe("a", QOS1).await;
    let mut rule = at(FaultPacket::PubAck, FaultEffect::WrongPacketId);
    rule.only.direction = Some(FaultDirection::In);
    broker.set_faults(vec![rule]).unwrap();
    let mut other = Peer::v5(&broker, "other").await;

    other.publish(publish("a", "1", QOS1)).await;
    let message = peer.receive_publish().await;
    peer.send(Packet::PubAck(crate::peer::ack(message.packet_id.unwrap().get()))).await;
    peer.sync().await;
    let clients = clients(&broker).await;

    // For the broker, the message is still on its way.
    let client = clients.iter().find(|client| &*client.client_id == "c").unwrap();
    assert_eq!(client.inflight, 1);
}
