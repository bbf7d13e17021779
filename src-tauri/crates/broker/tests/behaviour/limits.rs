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

/// A subscriber that has read its CONNACK and SUBACK and reads no more.
async fn deaf(broker: &Broker, connect: wire::packet::Connect, qos: wire::QoS) -> Peer {
    let mut peer = Peer::dial_with_buffer(broker, connect.version, 256);
    peer.send(Packet::Connect(Box::new(connect))).await;
    peer.receive().await;
    peer.subscribe("a", qos).await;
    peer
}

#[tokio::test(start_paused = true)]
async fn of_qos_0_the_oldest_is_dropped_and_the_newest_arrives() {
    const COUNT: usize = 1_000;
    let broker = start(Limits { outbound_messages: 100, ..Limits::default() });
    let mut slow = deaf(&broker, connect(Version::V311, "slow"), QOS0).await;
    let mut publisher = Peer::v311(&broker, "p").await;

    for number in 0..COUNT {
        publisher.send(Packet::Publish(publish("a", &number.to_string(), QOS0))).await;
    }
    publisher.sync().await;
    let info = broker.client("slow").await.unwrap().unwrap().info;
    let received: Vec<usize> =
        slow.payloads().await.iter().map(|payload| payload.parse().unwrap()).collect();

    assert!(received.is_sorted());
    assert_eq!(received.last(), Some(&(COUNT - 1)));
    assert_eq!(info.dropped.slow_consumer, (COUNT - received.len()) as u64);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_stops_reading_holds_no_more_than_the_limit_and_others_get_everything() {
    const COUNT: usize = 200_000;
    let broker = start(Limits::default());
    let _deaf = deaf(&broker, connect(Version::V311, "deaf"), QOS0).await;
    let mut reader = Peer::v311(&broker, "reader").await;
    reader.subscribe("a", QOS0).await;
    let mut publisher = Peer::v311(&broker, "p").await;
    let message = Packet::Publish(publish("a", &"x".repeat(256), QOS0));

    let sending = async {
        for _ in 0..COUNT {
            publisher.send(message.clone()).await;
        }
    };
    let reading = async {
        let mut count = 0;
        while count < COUNT && reader.receive().await.is_some() {
            count += 1;
        }
        count
    };
    let ((), received) = tokio::join!(sending, reading);

    let deaf = broker.client("deaf").await.unwrap().unwrap().info;
    let activity = broker.snapshot().await.unwrap();
    assert_eq!(received, COUNT);
    assert!(deaf.outbound_bytes <= 8 * 1024 * 1024, "{deaf:?}");
    assert!(activity.held.outbound <= 8 * 1024 * 1024, "{activity:?}");
    assert!(deaf.dropped.slow_consumer > 100_000, "{deaf:?}");
}

#[tokio::test(start_paused = true)]
async fn a_client_whose_queue_is_full_is_told_and_finds_what_waited_when_it_returns() {
    let limits = Limits { outbound_messages: 10, queued_messages: 50, ..Limits::default() };
    let broker = start(limits);
    let mut slow = deaf(&broker, persistent(Version::V5, "slow"), QOS1).await;
    let mut events = broker.events();
    let mut publisher = Peer::v5(&broker, "p").await;

    for number in 0..200 {
        publisher.publish(publish("a", &number.to_string(), QOS1)).await;
        if number == 100 {
            // Until then it might be slow only.
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    let mut last = None;
    while let Some(packet) = slow.receive().await {
        last = Some(packet);
    }
    let Some(Packet::Disconnect(goodbye)) = last else { panic!("{last:?}") };
    assert_eq!(goodbye.reason, ReasonCode::QUOTA_EXCEEDED);
    events.recv().await.unwrap();
    let event = events.recv().await.unwrap();
    let BrokerEvent::ClientDisconnected { cause, .. } = event else { panic!("{event:?}") };
    assert_eq!(cause, broker::DisconnectCause::TooSlow { queued: 50 });
    let info = broker.client("slow").await.unwrap().unwrap().info;
    assert_eq!(info.dropped.queue_full + (info.queued + info.inflight) as u64, 200);
    let mut slow = Peer::join(&broker, persistent(Version::V5, "slow")).await;
    let mut again = 0;
    while let Some(packet) = slow.receive().await {
        let Packet::Publish(publish) = packet else { panic!("{packet:?}") };
        slow.send(Packet::PubAck(crate::peer::ack(publish.packet_id.unwrap().get()))).await;
        again += 1;
    }
    assert_eq!(again, info.queued + info.inflight);
}

#[tokio::test(start_paused = true)]
async fn more_retained_messages_than_a_queue_holds_all_arrive() {
    const COUNT: usize = 3_000;
    for qos in [QOS0, QOS1] {
        let limits = Limits { outbound_messages: 100, queued_messages: 600, ..Limits::default() };
        let broker = start(limits);
        let mut publisher = Peer::v5(&broker, "p").await;
        for number in 0..COUNT {
            let message = retained(&format!("a/{number:04}"), "x");
            publisher.publish(Publish { qos, ..message }).await;
        }
        let mut subscriber = Peer::v5(&broker, "s").await;

        subscriber.subscribe("a/+", qos).await;
        let mut topics = Vec::new();
        while let Some(packet) = subscriber.receive().await {
            let Packet::Publish(publish) = packet else { panic!("{packet:?}") };
            if let Some(id) = publish.packet_id {
                subscriber.send(Packet::PubAck(crate::peer::ack(id.get()))).await;
            }
            topics.push(publish.topic.unwrap().to_string());
        }

        assert_eq!(topics.len(), COUNT, "{qos:?}");
        assert!(topics.is_sorted());
        assert_eq!(broker.snapshot().await.unwrap().counters.dropped.total(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_shared_group_prefers_a_member_with_room() {
    let limits = Limits { outbound_messages: 10, queued_messages: 40, ..Limits::default() };
    let broker = start(limits);
    let mut stuck = Peer::dial_with_buffer(&broker, Version::V311, 64);
    stuck.send(Packet::Connect(Box::new(connect(Version::V311, "stuck")))).await;
    stuck.receive().await;
    stuck.subscribe("$share/g/a", QOS0).await;
    let mut good = Peer::v311(&broker, "good").await;
    good.subscribe("$share/g/a", QOS0).await;
    let mut publisher = Peer::v5(&broker, "p").await;

    for number in 0..100 {
        publisher.publish(publish("a", &number.to_string(), QOS0)).await;
    }

    let dropped = broker.snapshot().await.unwrap().counters.dropped.total();
    assert_eq!(dropped, 0);
    assert!(good.payloads().await.len() > 70);
}
