use std::{num::NonZeroU16, time::Duration};

use broker::{Broker, BrokerConfig, BrokerEvent, ConnectFailure, Limits};
use wire::{Packet, ReasonCode, Version, packet::Publish};

use crate::peer::{
    Peer, QOS0, QOS1, QOS2, connect, id, persistent, publish, retained, subscription,
};

fn start(limits: Limits) -> Broker {
    Broker::start(BrokerConfig { limits, ..BrokerConfig::default() })
}

#[tokio::test(start_paused = true)]
async fn a_stranger_cannot_announce_a_large_packet() {
    let broker = start(Limits::default());
    let mut events = broker.events();
    let mut peer = Peer::dial(&broker, Version::V311);

    peer.send_raw(&[0x10, 0xFF, 0xFF, 0xFF, 0x7F]).await;

    assert!(peer.is_closed().await);
    let event = events.recv().await.unwrap();
    let BrokerEvent::ConnectionFailed { cause, .. } = event else { panic!("{event:?}") };
    let ConnectFailure::Malformed { reason, .. } = cause else { panic!("{cause:?}") };
    assert_eq!(reason, ReasonCode::PACKET_TOO_LARGE);
}

#[tokio::test(start_paused = true)]
async fn a_packet_above_the_announced_size_ends_the_connection() {
    let broker = start(Limits { packet_size: 100, ..Limits::default() });
    let (mut peer, answer) = Peer::attempt(&broker, connect(Version::V5, "c")).await;
    let fits = publish("a", &"x".repeat(94), QOS0);
    let exceeds = publish("a", &"x".repeat(95), QOS0);

    peer.publish(fits).await;
    peer.send(Packet::Publish(exceeds)).await;

    assert_eq!(answer.properties.maximum_packet_size.map(u32::from), Some(100));
    assert_eq!(peer.receive_disconnect().await, ReasonCode::PACKET_TOO_LARGE);
}

#[tokio::test(start_paused = true)]
async fn a_connection_too_many_is_told_that_the_server_is_busy() {
    let broker = start(Limits { connections: 1, ..Limits::default() });
    let first = Peer::v5(&broker, "first").await;

    let (_, refused) = Peer::attempt(&broker, connect(Version::V5, "second")).await;
    first.disconnect().await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    let (_, accepted) = Peer::attempt(&broker, connect(Version::V5, "second")).await;

    assert_eq!(refused.reason, ReasonCode::SERVER_BUSY);
    assert_eq!(accepted.reason, ReasonCode::SUCCESS);
}

#[tokio::test(start_paused = true)]
async fn a_session_too_many_is_refused_and_a_known_one_is_not() {
    let broker = start(Limits { sessions: 1, ..Limits::default() });
    Peer::join(&broker, persistent(Version::V5, "known")).await.disconnect().await;

    let (_, stranger) = Peer::attempt(&broker, connect(Version::V5, "stranger")).await;
    let (_, known) = Peer::attempt(&broker, persistent(Version::V5, "known")).await;

    assert_eq!(stranger.reason, ReasonCode::QUOTA_EXCEEDED);
    assert_eq!(known.reason, ReasonCode::SUCCESS);
}

#[tokio::test(start_paused = true)]
async fn topics_and_filters_have_a_limited_number_of_levels() {
    let broker = start(Limits { topic_levels: 3, ..Limits::default() });
    let mut peer = Peer::v5(&broker, "c").await;
    let filters = ["a/b/c", "a/b/c/d", "$share/g/a/b/c"].map(|text| subscription(text, QOS0));

    let answer = peer.subscribe_with(filters.to_vec(), None).await;
    let refused = peer.publish(publish("a/b/c/d", "1", QOS1)).await;
    peer.send(Packet::Publish(publish("a/b/c/d", "1", QOS0))).await;

    let ok = ReasonCode::SUCCESS;
    assert_eq!(answer.reasons, [ok, ReasonCode::TOPIC_FILTER_INVALID, ok]);
    assert_eq!(refused, ReasonCode::TOPIC_NAME_INVALID);
    assert_eq!(peer.receive_disconnect().await, ReasonCode::TOPIC_NAME_INVALID);
}

#[tokio::test(start_paused = true)]
async fn one_client_has_a_limited_number_of_subscriptions() {
    let broker = start(Limits { subscriptions_per_client: 1, ..Limits::default() });

    for (version, refusal) in
        [(Version::V311, ReasonCode::UNSPECIFIED_ERROR), (Version::V5, ReasonCode::QUOTA_EXCEEDED)]
    {
        let mut peer = Peer::join(&broker, connect(version, "c")).await;
        let first = peer.subscribe("a", QOS1).await;
        let second = peer.subscribe("b", QOS1).await;
        let again = peer.subscribe("a", QOS0).await;

        assert_eq!(first.reasons, [ReasonCode::GRANTED_QOS_1]);
        assert_eq!(second.reasons, [refusal]);
        assert_eq!(again.reasons, [ReasonCode::SUCCESS]);
    }
}

#[tokio::test(start_paused = true)]
async fn user_properties_are_limited() {
    let broker = start(Limits { user_properties: 2, ..Limits::default() });
    let mut peer = Peer::v5(&broker, "c").await;
    let mut message = publish("a", "1", QOS0);

    message.properties.user_properties = vec![("k".into(), "v".into()); 2];
    peer.publish(message.clone()).await;
    message.properties.user_properties.push(("k".into(), "v".into()));
    peer.send(Packet::Publish(message)).await;

    assert_eq!(peer.receive_disconnect().await, ReasonCode::QUOTA_EXCEEDED);
}

#[tokio::test(start_paused = true)]
async fn more_unfinished_qos_2_messages_than_announced_end_the_connection() {
    let receive_maximum = NonZeroU16::new(2).unwrap();
    let broker = start(Limits { receive_maximum, ..Limits::default() });
    let (mut peer, answer) = Peer::attempt(&broker, connect(Version::V5, "c")).await;

    for number in 1..=3 {
        let packet_id = Some(id(number));
        let message = Publish { packet_id, ..publish("a", "1", QOS2) };
        peer.send(Packet::Publish(message)).await;
    }

    assert_eq!(answer.properties.receive_maximum, Some(receive_maximum));
    assert!(matches!(peer.receive().await, Some(Packet::PubRec(_))));
    assert!(matches!(peer.receive().await, Some(Packet::PubRec(_))));
    assert_eq!(peer.receive_disconnect().await, ReasonCode::RECEIVE_MAXIMUM_EXCEEDED);
}

#[tokio::test(start_paused = true)]
async fn the_queue_of_an_offline_session_is_bounded_and_what_it_drops_is_counted() {
    let broker = start(Limits { queued_messages: 2, ..Limits::default() });
    let mut sleeper = Peer::join(&broker, persistent(Version::V5, "s")).await;
    sleeper.subscribe("a", QOS1).await;
    sleeper.disconnect().await;
    let mut publisher = Peer::v5(&broker, "p").await;

    for payload in ["1", "2", "3", "4", "5"] {
        publisher.publish(publish("a", payload, QOS1)).await;
    }

    let activity = broker.snapshot().await.unwrap();
    assert_eq!((activity.queued, activity.counters.dropped.queue_full), (2, 3));
    let mut sleeper = Peer::join(&broker, persistent(Version::V5, "s")).await;
    assert_eq!(sleeper.payloads().await, ["1", "2"]);
}

#[tokio::test(start_paused = true)]
async fn qos_0_for_a_client_that_does_not_read_is_dropped_and_counted() {
    const COUNT: usize = 1_000;
    let broker = start(Limits { outbound_messages: 100, ..Limits::default() });
    let mut subscriber = Peer::dial_with_buffer(&broker, Version::V311, 256);
    subscriber.send(Packet::Connect(Box::new(connect(Version::V311, "s")))).await;
    subscriber.receive().await;
    subscriber.subscribe("a", QOS0).await;
    let mut publisher = Peer::v311(&broker, "p").await;

    for _ in 0..COUNT {
        publisher.send(Packet::Publish(publish("a", "0123456789", QOS0))).await;
    }
    publisher.sync().await;
    let dropped = broker.snapshot().await.unwrap().counters.dropped.slow_consumer;
    let received = subscriber.payloads().await.len();

    assert!(dropped > 0);
    assert_eq!(received + usize::try_from(dropped).unwrap(), COUNT);
}

#[tokio::test(start_paused = true)]
async fn qos_1_for_a_client_that_does_not_read_waits_and_arrives() {
    const COUNT: usize = 1_000;
    let limits = Limits { outbound_messages: 100, ..Limits::default() };
    let broker = start(limits);
    let mut subscriber = Peer::dial_with_buffer(&broker, Version::V311, 256);
    subscriber.send(Packet::Connect(Box::new(connect(Version::V311, "s")))).await;
    subscriber.receive().await;
    subscriber.subscribe("a", QOS1).await;
    let mut publisher = Peer::v311(&broker, "p").await;
    for number in 0..COUNT {
        publisher.publish(publish("a", &number.to_string(), QOS1)).await;
    }

    let received = subscriber.payloads().await;

    assert_eq!(received, (0..COUNT).map(|number| number.to_string()).collect::<Vec<_>>());
    assert_eq!(broker.snapshot().await.unwrap().counters.dropped.total(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_does_not_hold_up_the_others() {
    const COUNT: usize = 5_000;
    let broker = start(Limits { outbound_messages: 100, ..Limits::default() });
    let mut deaf = Peer::dial_with_buffer(&broker, Version::V311, 256);
    deaf.send(Packet::Connect(Box::new(connect(Version::V311, "deaf")))).await;
    deaf.receive().await;
    deaf.subscribe("a", QOS0).await;
    let mut publisher = Peer::v311(&broker, "p").await;
    let begun = tokio::time::Instant::now();

    for _ in 0..COUNT {
        publisher.send(Packet::Publish(publish("a", "0123456789", QOS0))).await;
    }
    publisher.sync().await;

    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_publisher_that_is_too_fast_waits_for_a_client_that_reads_steadily() {
    const COUNT: usize = 20_000;
    for qos in [QOS0, QOS1] {
        let limits =
            Limits { outbound_messages: 4_000, queued_messages: 4_000, ..Limits::default() };
        let broker = start(limits);
        let mut steady = Peer::dial_with_buffer(&broker, Version::V311, 1_000);
        steady.send(Packet::Connect(Box::new(connect(Version::V311, "steady")))).await;
        steady.receive().await;
        steady.subscribe("a", qos).await;
        let mut publisher = Peer::v311(&broker, "p").await;
        let message = Packet::Publish(publish("a", "0123456789", QOS0));
        let sending = async {
            let message = match qos {
                QOS0 => message,
                _ => Packet::Publish(publish("a", "0123456789", qos)),
            };
            for _ in 0..COUNT {
                publisher.send(message.clone()).await;
            }
        };
        let reading = async {
            let mut count = 0;
            while let Some(packet) = steady.receive().await {
                let Packet::Publish(publish) = packet else { panic!("{packet:?}") };
                if let Some(id) = publish.packet_id {
                    steady.send(Packet::PubAck(crate::peer::ack(id.get()))).await;
                }
                count += 1;
                if count % 50 == 0 {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
            count
        };

        let ((), received) = tokio::join!(sending, reading);

        let dropped = broker.snapshot().await.unwrap().counters.dropped.total();
        assert_eq!((received, dropped), (COUNT, 0), "{qos:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_reads_cannot_pile_up_answers() {
    let broker = start(Limits::default());
    let mut peer = Peer::dial_with_buffer(&broker, Version::V311, 64);
    peer.send(Packet::Connect(Box::new(connect(Version::V311, "c")))).await;
    let ping = [0xC0, 0];

    let mut sent = 0_usize;
    let flood = async {
        loop {
            peer.send_raw(&ping).await;
            sent += 1;
        }
    };
    let stopped = tokio::time::timeout(Duration::from_secs(5), flood).await;

    assert!(stopped.is_err());
    assert!(sent < 10_000, "{sent} requests were taken from a peer that reads no answer");
}

#[tokio::test(start_paused = true)]
async fn a_retained_message_beyond_the_limit_is_refused() {
    let broker = start(Limits { retained_messages: 1, ..Limits::default() });
    let mut peer = Peer::v5(&broker, "c").await;

    let first = peer.publish(Publish { qos: QOS1, ..retained("a", "1") }).await;
    let second = peer.publish(Publish { qos: QOS1, ..retained("b", "1") }).await;

    assert_eq!(first, ReasonCode::NO_MATCHING_SUBSCRIBERS);
    assert_eq!(second, ReasonCode::QUOTA_EXCEEDED);
}
