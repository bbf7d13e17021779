//! Hostile and unlucky clients, played from a seed.

use std::collections::HashSet;

use broker::BrokerEvent;
use bytes::BytesMut;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use wire::{Packet, ReasonCode, Version};

use crate::peer::{
    Peer, QOS0, QOS1, QOS2, ack, connect, disconnect, persistent, publish, retained, start,
    subscription, text, will,
};

/// What a lively client sends in one go, as bytes.
fn conversation(version: Version, client_id: &str) -> Vec<u8> {
    let mut attempt = connect(version, client_id);
    attempt.will = Some(will("a/will", "gone"));
    let mut aliased = publish("a/b", "1", QOS0);
    let mut properties = publish("a/c", "1", QOS2);
    if version == Version::V5 {
        aliased.properties.topic_alias = std::num::NonZeroU16::new(3);
        properties.properties.user_properties = vec![("k".into(), "v".into()); 3];
        properties.properties.message_expiry_interval = Some(5);
    }
    let subscribe = wire::packet::Subscribe {
        packet_id: crate::peer::id(1),
        filters: vec![subscription("#", QOS2), subscription("$share/g/a/+", QOS1)],
        properties: wire::property::SubscribeProperties::default(),
    };
    let packets = [
        Packet::Connect(Box::new(attempt)),
        Packet::Subscribe(subscribe),
        Packet::Publish(aliased),
        Packet::Publish(properties),
        Packet::PubRel(ack(1)),
        Packet::Publish(retained("a/r", "kept")),
        Packet::PubAck(ack(1)),
        Packet::PubRec(ack(2)),
        Packet::PubComp(ack(2)),
        Packet::PingReq,
        disconnect(ReasonCode::SUCCESS),
    ];
    let mut bytes = BytesMut::new();
    for packet in &packets {
        wire::encode(packet, version, &mut bytes).unwrap();
    }
    bytes.to_vec()
}

fn damage(bytes: &mut Vec<u8>, random: &mut StdRng) {
    for _ in 0..random.random_range(0..4) {
        let at = random.random_range(0..bytes.len());
        match random.random_range(0..5) {
            0 => bytes[at] = random.random(),
            1 => bytes[at] ^= 1 << random.random_range(0..8),
            2 => bytes.truncate(at.max(1)),
            3 => {
                bytes.remove(at);
            }
            _ => bytes.insert(at, random.random()),
        }
        if bytes.is_empty() {
            bytes.push(0);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn damaged_conversations_end_and_leave_nothing_behind() {
    const ROUNDS: usize = 1_500;
    let broker = start();
    let mut events = broker.events();
    let mut random = StdRng::seed_from_u64(7);
    let versions = [Version::V31, Version::V311, Version::V5];

    for round in 0..ROUNDS {
        let version = *versions.choose(&mut random).unwrap();
        let mut bytes = conversation(version, "victim");
        damage(&mut bytes, &mut random);
        let mut peer = Peer::dial(&broker, version);
        peer.send_raw(&bytes).await;
        drop(peer);
        // Every connection is accounted for, so none of its tasks has died.
        let first = events.recv().await.unwrap();
        let end = match first {
            BrokerEvent::ClientConnected { .. } => events.recv().await.unwrap(),
            other => other,
        };
        assert!(
            matches!(
                end,
                BrokerEvent::ClientDisconnected { .. } | BrokerEvent::ConnectionFailed { .. }
            ),
            "round {round}: {end:?}"
        );
    }

    let mut sane = Peer::v5(&broker, "sane").await;
    sane.subscribe("sane", QOS1).await;
    sane.send(Packet::Publish(publish("sane", "1", QOS0))).await;
    assert_eq!(sane.payloads().await, ["1"]);
    assert_eq!(broker.snapshot().await.unwrap().online, 1);
}

/// A subscriber that follows the rules for `QoS` 2 and loses its connection all the time.
struct Unlucky {
    received: Vec<String>,
    unreleased: HashSet<u16>,
}

impl Unlucky {
    /// Handles some packets; what it has seen and not answered is lost with the connection.
    async fn live(&mut self, peer: &mut Peer, random: &mut StdRng) -> bool {
        for _ in 0..random.random_range(1..30) {
            let answer = match peer.receive().await {
                None => return true,
                Some(Packet::Publish(message)) => {
                    let packet_id = message.packet_id.unwrap().get();
                    if self.unreleased.insert(packet_id) {
                        self.received.push(text(&message).1);
                    }
                    Packet::PubRec(ack(packet_id))
                }
                Some(Packet::PubRel(released)) => {
                    self.unreleased.remove(&released.packet_id.get());
                    Packet::PubComp(ack(released.packet_id.get()))
                }
                other => panic!("{other:?}"),
            };
            if random.random_ratio(1, 40) {
                return false;
            }
            peer.send(answer).await;
        }
        false
    }
}

#[tokio::test(start_paused = true)]
async fn qos_2_arrives_exactly_once_and_in_order_however_often_the_connection_breaks() {
    const COUNT: usize = 300;
    for seed in 0..5 {
        let broker = start();
        let mut random = StdRng::seed_from_u64(seed);
        let mut peer = Peer::join(&broker, persistent(Version::V311, "unlucky")).await;
        peer.subscribe("a", QOS2).await;
        let mut publisher = Peer::v5(&broker, "p").await;
        let mut unlucky = Unlucky { received: Vec::new(), unreleased: HashSet::new() };
        let mut sent = 0;

        loop {
            for _ in 0..random.random_range(0..20).min(COUNT - sent) {
                publisher.publish(publish("a", &sent.to_string(), QOS2)).await;
                sent += 1;
            }
            let is_quiet = unlucky.live(&mut peer, &mut random).await;
            if is_quiet && sent == COUNT {
                break;
            }
            peer.vanish(&broker).await;
            peer = Peer::join(&broker, persistent(Version::V311, "unlucky")).await;
        }

        let expected: Vec<_> = (0..COUNT).map(|number| number.to_string()).collect();
        assert_eq!(unlucky.received, expected, "seed {seed}");
        let activity = broker.snapshot().await.unwrap();
        assert_eq!((activity.queued, activity.inflight), (0, 0));
    }
}
