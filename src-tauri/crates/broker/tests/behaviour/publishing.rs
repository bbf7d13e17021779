use std::{num::NonZeroU16, time::Duration};

use broker::{Broker, BrokerConfig};
use wire::{Packet, ReasonCode, Version, packet::Publish};

use crate::peer::{
    Peer, QOS0, QOS1, QOS2, ack, connect, id, persistent, publish, start, subscription, text,
};

#[tokio::test(start_paused = true)]
async fn a_message_arrives_with_the_lower_of_both_qos() {
    let broker = start();
    let mut publisher = Peer::v311(&broker, "p").await;

    for granted in [QOS0, QOS1, QOS2] {
        for sent in [QOS0, QOS1, QOS2] {
            let mut subscriber = Peer::v311(&broker, "s").await;
            let answer = subscriber.subscribe("a", granted).await;
            publisher.publish(publish("a", "1", sent)).await;

            let received = subscriber.receive_publish().await;

            assert_eq!(answer.reasons, [ReasonCode(granted as u8)]);
            assert_eq!(received.qos, granted.min(sent));
            assert_eq!((received.dup, received.retain), (false, false));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn versions_understand_each_other() {
    let broker = start();
    let mut modern = Peer::v5(&broker, "modern").await;
    let mut old = Peer::join(&broker, connect(Version::V31, "old")).await;
    modern.subscribe("to/modern", QOS2).await;
    old.subscribe("to/old", QOS2).await;
    let mut message = publish("to/old", "hello", QOS2);
    message.properties.content_type = Some("text/plain".into());

    modern.publish(message).await;
    let to_old = old.receive_publish().await;
    old.publish(publish("to/modern", "hi", QOS2)).await;
    let to_modern = modern.receive_publish().await;

    assert_eq!(text(&to_old), ("to/old".into(), "hello".into()));
    assert_eq!(text(&to_modern), ("to/modern".into(), "hi".into()));
}

#[tokio::test(start_paused = true)]
async fn properties_arrive_as_they_were_sent() {
    let broker = start();
    let mut subscriber = Peer::v5(&broker, "s").await;
    subscriber.subscribe("a", QOS0).await;
    let mut publisher = Peer::v5(&broker, "p").await;
    let mut message = publish("a", "1", QOS0);
    message.properties.payload_format_indicator = Some(true);
    message.properties.content_type = Some("text/plain".into());
    message.properties.response_topic = Some("answers".parse().unwrap());
    message.properties.correlation_data = Some(vec![1, 2, 3].into());
    message.properties.user_properties =
        vec![("b".into(), "2".into()), ("a".into(), "1".into()), ("b".into(), "2".into())];

    publisher.publish(message.clone()).await;

    assert_eq!(subscriber.receive_publish().await.properties, message.properties);
}

#[tokio::test(start_paused = true)]
async fn a_payload_of_five_megabytes_arrives_whole() {
    let broker = start();
    let mut subscriber = Peer::v311(&broker, "s").await;
    subscriber.subscribe("a", QOS0).await;
    let mut publisher = Peer::v311(&broker, "p").await;
    let payload: Vec<u8> = (0..5_000_000_u32).map(|n| n.to_le_bytes()[n as usize % 4]).collect();
    let message = Publish { payload: payload.into(), ..publish("a", "", QOS0) };
    let sent = message.payload.clone();

    let (received, ()) =
        tokio::join!(subscriber.receive_publish(), publisher.send(Packet::Publish(message)));

    assert!(received.payload == sent);
}

#[tokio::test(start_paused = true)]
async fn a_5_0_publisher_learns_that_nobody_listens() {
    let broker = start();
    let mut publisher = Peer::v5(&broker, "p").await;

    let unheard = [
        publisher.publish(publish("a", "1", QOS1)).await,
        publisher.publish(publish("a", "1", QOS2)).await,
    ];
    publisher.subscribe("a", QOS0).await;
    publisher.send(Packet::Publish(publish("a", "1", QOS1))).await;
    let message = publisher.receive().await;
    let heard = publisher.receive().await;

    assert_eq!(unheard, [ReasonCode::NO_MATCHING_SUBSCRIBERS; 2]);
    assert!(matches!(message, Some(Packet::Publish(_))));
    let Some(Packet::PubAck(heard)) = heard else { panic!("{heard:?}") };
    assert_eq!(heard.reason, ReasonCode::SUCCESS);
}

#[tokio::test(start_paused = true)]
async fn a_repeated_qos_2_publish_is_routed_once() {
    let broker = start();
    let mut subscriber = Peer::v5(&broker, "s").await;
    subscriber.subscribe("a", QOS0).await;
    let mut publisher = Peer::v5(&broker, "p").await;
    let message = publish("a", "1", QOS2);

    publisher.send(Packet::Publish(message.clone())).await;
    publisher.send(Packet::Publish(Publish { dup: true, ..message })).await;
    let answers = [publisher.receive().await, publisher.receive().await];
    publisher.send(Packet::PubRel(ack(1))).await;
    let completed = publisher.receive().await;

    assert_eq!(answers, [Some(Packet::PubRec(ack(1))), Some(Packet::PubRec(ack(1)))]);
    assert_eq!(completed, Some(Packet::PubComp(ack(1))));
    assert_eq!(subscriber.payloads().await, ["1"]);
}

#[tokio::test(start_paused = true)]
async fn releasing_an_unknown_identifier_is_answered_not_found() {
    let broker = start();
    let mut publisher = Peer::v5(&broker, "p").await;

    publisher.send(Packet::PubRel(ack(7))).await;
    let completed = publisher.receive().await;
    publisher.send(Packet::PubRec(ack(7))).await;
    let released = publisher.receive().await;

    let Some(Packet::PubComp(completed)) = completed else { panic!("{completed:?}") };
    assert_eq!(completed.reason, ReasonCode::PACKET_IDENTIFIER_NOT_FOUND);
    let Some(Packet::PubRel(released)) = released else { panic!("{released:?}") };
    assert_eq!(released.reason, ReasonCode::PACKET_IDENTIFIER_NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn no_more_than_the_receive_maximum_is_in_flight_to_a_client() {
    let broker = start();
    let mut attempt = connect(Version::V5, "s");
    attempt.properties.receive_maximum = NonZeroU16::new(2);
    let mut subscriber = Peer::join(&broker, attempt).await;
    subscriber.subscribe("a", QOS2).await;
    let mut publisher = Peer::v5(&broker, "p").await;
    for payload in ["1", "2", "3"] {
        publisher.publish(publish("a", payload, QOS1)).await;
    }
    publisher.publish(publish("a", "4", QOS0)).await;

    let before = subscriber.payloads().await;
    subscriber.send(Packet::PubAck(ack(1))).await;
    let after = subscriber.payloads().await;

    assert_eq!(before, ["1", "2", "4"]);
    assert_eq!(after, ["3"]);
}

#[tokio::test(start_paused = true)]
async fn a_qos_2_delivery_runs_to_its_end() {
    let broker = start();
    let mut subscriber = Peer::v5(&broker, "s").await;
    subscriber.subscribe("a", QOS2).await;
    let mut publisher = Peer::v5(&broker, "p").await;
    publisher.publish(publish("a", "1", QOS2)).await;

    let packet_id = subscriber.receive_publish().await.packet_id.unwrap().get();
    subscriber.send(Packet::PubRec(ack(packet_id))).await;
    let released = subscriber.receive().await;
    subscriber.send(Packet::PubComp(ack(packet_id))).await;
    subscriber.sync().await;

    assert_eq!(released, Some(Packet::PubRel(ack(packet_id))));
    assert_eq!(broker.snapshot().await.unwrap().inflight, 0);
}

#[tokio::test(start_paused = true)]
async fn a_packet_above_the_clients_maximum_is_not_sent() {
    let broker = start();
    let mut attempt = connect(Version::V5, "s");
    attempt.properties.maximum_packet_size = std::num::NonZeroU32::new(20);
    let mut subscriber = Peer::join(&broker, attempt).await;
    subscriber.subscribe("a", QOS1).await;
    let mut publisher = Peer::v5(&broker, "p").await;

    // Header 2, topic 3, properties 1, so 14 bytes fit, and 12 with a packet identifier.
    for (payload, qos) in [(14, QOS0), (15, QOS0), (12, QOS1), (13, QOS1)] {
        publisher.publish(publish("a", &"x".repeat(payload), qos)).await;
    }

    let sizes: Vec<_> = subscriber.payloads().await.iter().map(String::len).collect();
    assert_eq!(sizes, [14, 12]);
    assert_eq!(broker.snapshot().await.unwrap().counters.dropped.too_large, 2);
}

#[tokio::test(start_paused = true)]
async fn a_topic_alias_stands_for_the_topic_it_was_defined_with() {
    let broker = start();
    let mut subscriber = Peer::v5(&broker, "s").await;
    subscriber.subscribe("#", QOS0).await;
    let mut publisher = Peer::v5(&broker, "p").await;
    let with_alias = |topic: Option<&str>| {
        let mut message = publish("x", "1", QOS0);
        message.topic = topic.map(|topic| topic.parse().unwrap());
        message.properties.topic_alias = NonZeroU16::new(1);
        Packet::Publish(message)
    };

    for topic in [Some("a"), None, Some("b"), None] {
        publisher.send(with_alias(topic)).await;
    }

    let topics: Vec<_> = subscriber.messages().await.into_iter().map(|(topic, _)| topic).collect();
    assert_eq!(topics, ["a", "a", "b", "b"]);
}

#[tokio::test(start_paused = true)]
async fn the_broker_abbreviates_topics_for_clients_that_allow_it_when_it_is_told_to() {
    for use_topic_aliases in [false, true] {
        let broker = Broker::start(BrokerConfig { use_topic_aliases, ..BrokerConfig::default() });
        let mut attempt = connect(Version::V5, "s");
        attempt.properties.topic_alias_maximum = Some(1);
        let mut subscriber = Peer::join(&broker, attempt).await;
        subscriber.subscribe("#", QOS0).await;
        let mut publisher = Peer::v5(&broker, "p").await;
        for topic in ["first", "first", "second"] {
            publisher.publish(publish(topic, "1", QOS0)).await;
        }

        let mut seen = Vec::new();
        for _ in 0..3 {
            let message = subscriber.receive_publish().await;
            seen.push((text(&message).0, message.properties.topic_alias));
        }

        let alias = NonZeroU16::new(1).filter(|_| use_topic_aliases);
        let again = if use_topic_aliases { "" } else { "first" };
        let expected =
            [("first".into(), alias), (again.into(), alias), ("second".to_owned(), None)];
        assert_eq!(seen, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn an_alias_that_is_too_great_or_undefined_is_an_error() {
    let broker = start();
    let mut reasons = Vec::new();

    for (topic, alias) in [(Some("a"), 65), (None, 64)] {
        let mut publisher = Peer::v5(&broker, "p").await;
        let mut message = publish("x", "1", QOS0);
        message.topic = topic.map(|topic: &str| topic.parse().unwrap());
        message.properties.topic_alias = NonZeroU16::new(alias);
        publisher.send(Packet::Publish(message)).await;
        reasons.push(publisher.receive_disconnect().await);
    }

    assert_eq!(reasons, [ReasonCode::TOPIC_ALIAS_INVALID, ReasonCode::PROTOCOL_ERROR]);
}

#[tokio::test(start_paused = true)]
async fn what_is_left_of_the_expiry_is_sent_and_what_expired_is_not() {
    let broker = start();
    let mut sleeper = Peer::join(&broker, persistent(Version::V5, "s")).await;
    sleeper.subscribe("a", QOS1).await;
    sleeper.disconnect().await;
    let mut publisher = Peer::v5(&broker, "p").await;
    for (payload, expiry) in [("short", Some(10)), ("long", Some(100)), ("none", None)] {
        let mut message = publish("a", payload, QOS1);
        message.properties.message_expiry_interval = expiry;
        publisher.publish(message).await;
    }

    tokio::time::sleep(Duration::from_secs(30)).await;
    let mut sleeper = Peer::join(&broker, persistent(Version::V5, "s")).await;
    let received = [sleeper.receive_publish().await, sleeper.receive_publish().await];

    let seen =
        received.map(|message| (text(&message).1, message.properties.message_expiry_interval));
    assert_eq!(seen, [("long".into(), Some(70)), ("none".into(), None)]);
    assert_eq!(broker.snapshot().await.unwrap().counters.dropped.expired, 1);
}

#[tokio::test(start_paused = true)]
async fn the_brokers_own_topics_cannot_be_published_to() {
    let broker = start();
    let mut subscriber = Peer::v5(&broker, "s").await;
    subscriber.subscribe("$SYS/#", QOS0).await;
    let mut modern = Peer::v5(&broker, "p5").await;
    let mut old = Peer::v311(&broker, "p3").await;

    let reasons = [
        modern.publish(publish("$SYS/x", "1", QOS1)).await,
        modern.publish(publish("$SYS/x", "1", QOS2)).await,
        old.publish(publish("$SYS/x", "1", QOS1)).await,
        old.publish(publish("$SYS/x", "1", QOS2)).await,
    ];

    let (told, untold) = (ReasonCode::NOT_AUTHORIZED, ReasonCode::SUCCESS);
    assert_eq!(reasons, [told, told, untold, untold]);
    assert_eq!(subscriber.payloads().await, Vec::<String>::new());
    assert_eq!(broker.snapshot().await.unwrap().counters.dropped.refused, 4);
}

#[tokio::test(start_paused = true)]
async fn packet_identifiers_of_both_directions_are_independent() {
    let broker = start();
    let mut peer = Peer::v5(&broker, "c").await;
    peer.send(Packet::Subscribe(wire::packet::Subscribe {
        packet_id: id(1),
        filters: vec![subscription("a", QOS2)],
        properties: wire::property::SubscribeProperties::default(),
    }))
    .await;
    peer.receive().await;

    peer.send(Packet::Publish(publish("a", "1", QOS2))).await;
    let received = peer.receive_publish().await;
    let acknowledged = peer.receive().await;

    assert_eq!(received.packet_id, Some(id(1)));
    assert_eq!(acknowledged, Some(Packet::PubRec(ack(1))));
}
