use std::{num::NonZeroU16, time::Duration};

use broker::{Broker, BrokerConfig, BrokerEvent, DisconnectCause};
use wire::{Packet, ReasonCode, Version, packet::Disconnect, property::DisconnectProperties};

use crate::peer::{
    Peer, QOS0, QOS1, QOS2, ack, clients, connect, persistent, publish, start, text,
};

#[tokio::test(start_paused = true)]
async fn a_kept_session_gets_what_was_published_meanwhile() {
    for version in [Version::V311, Version::V5] {
        let broker = start();
        let mut sleeper = Peer::join(&broker, persistent(version, "s")).await;
        sleeper.subscribe("a", QOS2).await;
        sleeper.disconnect().await;
        let mut publisher = Peer::v5(&broker, "p").await;
        for (payload, qos) in [("0", QOS0), ("1", QOS1), ("2", QOS2)] {
            publisher.publish(publish("a", payload, qos)).await;
        }

        let (mut sleeper, answer) = Peer::attempt(&broker, persistent(version, "s")).await;

        assert!(answer.session_present);
        assert_eq!(sleeper.payloads().await, ["1", "2"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_of_3_1_goes_on_without_a_session_present_flag() {
    let broker = start();
    let mut peer = Peer::join(&broker, persistent(Version::V31, "s")).await;
    peer.subscribe("a", QOS1).await;
    peer.disconnect().await;

    let (mut peer, answer) = Peer::attempt(&broker, persistent(Version::V31, "s")).await;
    peer.send(Packet::Publish(publish("a", "1", QOS0))).await;

    assert!(!answer.session_present);
    assert_eq!(peer.payloads().await, ["1"]);
}

#[tokio::test(start_paused = true)]
async fn a_clean_start_forgets_the_session() {
    let broker = start();
    let mut peer = Peer::join(&broker, persistent(Version::V5, "c")).await;
    peer.subscribe("a", QOS1).await;
    peer.disconnect().await;
    let mut publisher = Peer::v5(&broker, "p").await;
    publisher.publish(publish("a", "1", QOS1)).await;

    let (mut clean, answer) = Peer::attempt(&broker, connect(Version::V5, "c")).await;
    publisher.publish(publish("a", "2", QOS1)).await;

    assert!(!answer.session_present);
    assert_eq!(clean.payloads().await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_session_expires_after_its_interval() {
    let broker = start();
    let mut attempt = persistent(Version::V5, "c");
    attempt.properties.session_expiry_interval = Some(60);
    Peer::join(&broker, attempt.clone()).await.disconnect().await;
    tokio::time::sleep(Duration::from_secs(59)).await;
    let (peer, in_time) = Peer::attempt(&broker, attempt.clone()).await;
    peer.disconnect().await;
    tokio::time::sleep(Duration::from_secs(61)).await;

    let activity = broker.snapshot().await.unwrap();
    let (_, too_late) = Peer::attempt(&broker, attempt).await;

    assert!(in_time.session_present);
    assert_eq!((activity.online, activity.offline), (0, 0));
    assert_eq!(activity.counters.expired_sessions, 1);
    assert!(!too_late.session_present);
}

#[tokio::test(start_paused = true)]
async fn a_disconnect_can_change_the_session_expiry() {
    let broker = start();
    let end_with = |seconds| {
        Packet::Disconnect(Disconnect {
            reason: ReasonCode::SUCCESS,
            properties: DisconnectProperties {
                session_expiry_interval: Some(seconds),
                ..DisconnectProperties::default()
            },
        })
    };
    let mut forgetful = Peer::join(&broker, persistent(Version::V5, "forgetful")).await;
    forgetful.send(end_with(0)).await;
    assert!(forgetful.is_closed().await);
    let mut greedy = Peer::v5(&broker, "greedy").await;

    greedy.send(end_with(5)).await;

    assert_eq!(greedy.receive_disconnect().await, ReasonCode::PROTOCOL_ERROR);
    assert_eq!(clients(&broker).await.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_broker_can_limit_the_session_expiry_and_says_so() {
    let max_session_expiry = Some(Duration::from_secs(30));
    let broker = Broker::start(BrokerConfig { max_session_expiry, ..BrokerConfig::default() });

    let (peer, answer) = Peer::attempt(&broker, persistent(Version::V5, "c")).await;
    peer.disconnect().await;
    tokio::time::sleep(Duration::from_secs(31)).await;

    assert_eq!(answer.properties.session_expiry_interval, Some(30));
    assert_eq!(clients(&broker).await.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_second_connection_takes_the_session_over() {
    let broker = start();
    let mut events = broker.events();
    let mut old = Peer::join(&broker, persistent(Version::V5, "c")).await;
    old.subscribe("a", QOS1).await;

    let (mut new, answer) = Peer::attempt(&broker, persistent(Version::V5, "c")).await;
    new.send(Packet::Publish(publish("a", "1", QOS0))).await;

    assert!(answer.session_present);
    assert_eq!(old.receive_disconnect().await, ReasonCode::SESSION_TAKEN_OVER);
    assert!(old.is_closed().await);
    assert_eq!(new.payloads().await, ["1"]);
    events.recv().await.unwrap();
    let event = events.recv().await.unwrap();
    let BrokerEvent::ClientDisconnected { cause, .. } = event else { panic!("{event:?}") };
    assert_eq!(cause, DisconnectCause::TakenOver);
}

#[tokio::test(start_paused = true)]
async fn a_session_without_expiry_is_not_resumed_by_a_takeover() {
    let broker = start();
    let _old = Peer::v5(&broker, "c").await;
    let mut attempt = connect(Version::V5, "c");
    attempt.clean_start = false;

    let (_, answer) = Peer::attempt(&broker, attempt).await;

    assert!(!answer.session_present);
}

#[tokio::test(start_paused = true)]
async fn what_was_not_acknowledged_is_repeated_with_dup_and_the_same_identifier() {
    let broker = start();
    let mut peer = Peer::join(&broker, persistent(Version::V5, "c")).await;
    peer.subscribe("a", QOS2).await;
    let mut publisher = Peer::v5(&broker, "p").await;
    for (payload, qos) in [("1", QOS1), ("2", QOS2), ("3", QOS2), ("4", QOS1)] {
        publisher.publish(publish("a", payload, qos)).await;
    }
    let mut first = Vec::new();
    for _ in 0..4 {
        let message = peer.receive_publish().await;
        first.push((text(&message).1, message.packet_id, message.dup));
    }
    let (_, second_id, _) = first[1].clone();
    peer.send(Packet::PubAck(ack(first[0].1.unwrap().get()))).await;
    peer.send(Packet::PubRec(ack(second_id.unwrap().get()))).await;
    assert!(matches!(peer.receive().await, Some(Packet::PubRel(_))));
    peer.vanish(&broker).await;

    let mut peer = Peer::join(&broker, persistent(Version::V5, "c")).await;

    let released = peer.receive().await;
    assert_eq!(released, Some(Packet::PubRel(ack(second_id.unwrap().get()))));
    for (payload, packet_id, _) in &first[2..] {
        let repeated = peer.receive_publish().await;
        assert_eq!((&text(&repeated).1, repeated.packet_id), (payload, *packet_id));
        assert!(repeated.dup);
    }
    assert_eq!(peer.receive().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_qos_2_publish_is_still_known_after_a_reconnect() {
    let broker = start();
    let mut subscriber = Peer::v5(&broker, "s").await;
    subscriber.subscribe("a", QOS0).await;
    let mut peer = Peer::join(&broker, persistent(Version::V5, "c")).await;
    let message = publish("a", "1", QOS2);
    peer.send(Packet::Publish(message.clone())).await;
    peer.receive().await;
    peer.vanish(&broker).await;

    let mut peer = Peer::join(&broker, persistent(Version::V5, "c")).await;
    peer.send(Packet::Publish(wire::packet::Publish { dup: true, ..message })).await;
    let received = peer.receive().await;
    peer.send(Packet::PubRel(ack(1))).await;
    let completed = peer.receive().await;

    assert_eq!(received, Some(Packet::PubRec(ack(1))));
    assert_eq!(completed, Some(Packet::PubComp(ack(1))));
    assert_eq!(subscriber.payloads().await, ["1"]);
}

#[tokio::test(start_paused = true)]
async fn a_smaller_window_after_a_reconnect_is_kept() {
    let broker = start();
    let mut peer = Peer::join(&broker, persistent(Version::V5, "c")).await;
    peer.subscribe("a", QOS1).await;
    let mut publisher = Peer::v5(&broker, "p").await;
    for payload in ["1", "2", "3"] {
        publisher.publish(publish("a", payload, QOS1)).await;
    }
    assert_eq!(peer.payloads().await.len(), 3);
    peer.vanish(&broker).await;
    let mut attempt = persistent(Version::V5, "c");
    attempt.properties.receive_maximum = NonZeroU16::new(1);

    let mut peer = Peer::join(&broker, attempt).await;

    for expected in ["1", "2", "3"] {
        let message = peer.receive_publish().await;
        let then = peer.receive().await;
        assert_eq!((text(&message).1.as_str(), then), (expected, None));
        peer.send(Packet::PubAck(ack(message.packet_id.unwrap().get()))).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_snapshot_shows_who_is_there_and_what_waits() {
    let broker = start();
    let mut sleeper = Peer::join(&broker, persistent(Version::V311, "a-sleeper")).await;
    sleeper.subscribe("a", QOS1).await;
    sleeper.disconnect().await;
    let mut attempt = connect(Version::V5, "b-online");
    attempt.username = Some("ada".into());
    attempt.keep_alive = 30;
    let mut online = Peer::join(&broker, attempt).await;
    online.subscribe("a", QOS1).await;
    online.send(Packet::Publish(publish("a", "1", QOS1))).await;
    online.receive().await;
    online.receive().await;

    let activity = broker.snapshot().await.unwrap();

    let [sleeper, online] = &clients(&broker).await[..] else { panic!("{activity:?}") };
    assert_eq!(
        (&*sleeper.client_id, sleeper.online().is_some(), sleeper.queued),
        ("a-sleeper", false, 1)
    );
    let link = online.online().unwrap();
    assert_eq!((link.version, link.keep_alive), (Version::V5, 30));
    assert_eq!(link.username.as_deref(), Some("ada"));
    assert_eq!((online.messages_in, online.messages_out, online.inflight), (1, 1, 1));
    assert_eq!((activity.queued, activity.counters.messages_in), (1, 1));
    assert!(activity.counters.bytes_in > 0 && activity.counters.bytes_out > 0);
}
