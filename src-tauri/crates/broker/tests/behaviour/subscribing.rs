use std::num::NonZeroU32;

use broker::NewMessage;
use bytes::Bytes;
use wire::{
    Packet, ReasonCode, Version,
    packet::{Subscribe, Subscription, Unsubscribe},
    property::{PublishProperties, SubscribeProperties, UnsubscribeProperties},
};

use crate::peer::{
    Peer, QOS0, QOS1, QOS2, connect, id, persistent, publish, start, subscription, text,
};

#[tokio::test(start_paused = true)]
async fn overlapping_subscriptions_deliver_one_copy_with_all_identifiers() {
    let broker = start();
    let mut peer = Peer::v5(&broker, "c").await;
    peer.subscribe_with(vec![subscription("a/+", QOS0)], Some(7)).await;
    peer.subscribe_with(vec![subscription("a/#", QOS1)], Some(268_435_455)).await;
    peer.subscribe_with(vec![subscription("a/b", QOS0)], None).await;
    let mut publisher = Peer::v5(&broker, "p").await;

    publisher.publish(publish("a/b", "1", QOS2)).await;

    let mut message = peer.receive_publish().await;
    message.properties.subscription_identifiers.sort_unstable();
    assert_eq!(message.qos, QOS1);
    assert_eq!(message.properties.subscription_identifiers, [7, 268_435_455]);
    assert_eq!(peer.receive().await, None);
}

#[tokio::test(start_paused = true)]
async fn an_answer_above_the_clients_maximum_is_not_sent_and_ends_the_connection() {
    // Header 2, identifier 2, properties 1, so 15 filters can be answered.
    const MAX: u32 = 20;
    let broker = start();
    let mut attempt = persistent(Version::V5, "c");
    attempt.properties.maximum_packet_size = NonZeroU32::new(MAX);
    let filters = |count: u32| (0..count).map(|number| format!("t/{number}"));
    let subscribe = |count| {
        let filters = filters(count).map(|filter| subscription(&filter, QOS0)).collect();
        let properties = SubscribeProperties::default();
        Packet::Subscribe(Subscribe { packet_id: id(1), filters, properties })
    };
    let unsubscribe = |count| {
        let filters = filters(count).map(|filter| filter.parse().unwrap()).collect();
        let properties = UnsubscribeProperties::default();
        Packet::Unsubscribe(Unsubscribe { packet_id: id(1), filters, properties })
    };

    for (fits, too_large) in [(subscribe(15), subscribe(16)), (unsubscribe(15), unsubscribe(16))] {
        let mut peer = Peer::join(&broker, attempt.clone()).await;
        peer.send(fits).await;
        let answer = peer.receive_raw().await;
        peer.send(too_large).await;
        let end = peer.receive_raw().await;

        assert_eq!(answer.len(), 20);
        assert_eq!(end, [0xE0, 2, ReasonCode::PACKET_TOO_LARGE.0, 0]);
        assert!(peer.is_closed().await);
    }
}

#[tokio::test(start_paused = true)]
async fn subscribing_again_replaces_the_subscription() {
    let broker = start();
    let mut peer = Peer::v5(&broker, "c").await;
    peer.subscribe_with(vec![subscription("a", QOS2)], Some(1)).await;
    peer.subscribe_with(vec![subscription("a", QOS0)], Some(2)).await;
    let mut publisher = Peer::v5(&broker, "p").await;

    publisher.publish(publish("a", "1", QOS2)).await;

    let message = peer.receive_publish().await;
    assert_eq!(message.qos, QOS0);
    assert_eq!(message.properties.subscription_identifiers, [2]);
    assert_eq!(broker.snapshot().await.unwrap().subscriptions, 1);
}

#[tokio::test(start_paused = true)]
async fn unsubscribing_says_for_each_filter_whether_it_was_there() {
    let broker = start();
    let mut modern = Peer::v5(&broker, "modern").await;
    modern.subscribe("a", QOS0).await;
    let mut old = Peer::v311(&broker, "old").await;
    old.subscribe("a", QOS0).await;

    let answers = [
        modern.unsubscribe("a").await.reasons,
        modern.unsubscribe("a").await.reasons,
        old.unsubscribe("a").await.reasons,
    ];

    let expected =
        [vec![ReasonCode::SUCCESS], vec![ReasonCode::NO_SUBSCRIPTION_EXISTED], Vec::new()];
    assert_eq!(answers, expected);
    let mut publisher = Peer::v5(&broker, "p").await;
    publisher.publish(publish("a", "1", QOS0)).await;
    assert_eq!(modern.receive().await, None);
    assert_eq!(old.receive().await, None);
}

#[tokio::test(start_paused = true)]
async fn no_local_keeps_a_clients_own_messages_away() {
    let broker = start();
    let mut peer = Peer::v5(&broker, "c").await;
    let wanted = Subscription { no_local: true, ..subscription("a", QOS0) };
    peer.subscribe_with(vec![wanted], None).await;
    let mut other = Peer::v5(&broker, "p").await;

    peer.publish(publish("a", "own", QOS0)).await;
    other.publish(publish("a", "other", QOS0)).await;

    assert_eq!(peer.payloads().await, ["other"]);
}

#[tokio::test(start_paused = true)]
async fn no_local_on_a_shared_subscription_is_a_protocol_error() {
    let broker = start();
    let mut peer = Peer::v5(&broker, "c").await;

    // SUBSCRIBE 1 to `$share/g/a` with option no local.
    peer.send_raw(b"\x82\x10\x00\x01\x00\x00\x0A$share/g/a\x04").await;

    assert_eq!(peer.receive_disconnect().await, ReasonCode::PROTOCOL_ERROR);
}

#[tokio::test(start_paused = true)]
async fn wildcards_do_not_see_topics_that_begin_with_a_dollar() {
    let broker = start();
    let mut peer = Peer::v5(&broker, "c").await;
    let filters = ["#", "+/x", "$own/#"].map(|filter| subscription(filter, QOS0));
    peer.subscribe_with(filters[..2].to_vec(), None).await;
    let mut publisher = Peer::v5(&broker, "p").await;

    publisher.publish(publish("$own/x", "1", QOS0)).await;
    let hidden = peer.payloads().await;
    peer.subscribe_with(filters[2..].to_vec(), None).await;
    publisher.publish(publish("$own/x", "2", QOS0)).await;

    assert_eq!(hidden, Vec::<String>::new());
    assert_eq!(peer.payloads().await, ["2"]);
}

#[tokio::test(start_paused = true)]
async fn a_shared_group_shares_the_messages() {
    let broker = start();
    let mut members = Vec::new();
    for name in ["one", "two", "three"] {
        let mut member = Peer::v5(&broker, name).await;
        member.subscribe("$share/g/a/#", QOS1).await;
        members.push(member);
    }
    let mut outsider = Peer::v311(&broker, "outsider").await;
    outsider.subscribe("$share/other/a/#", QOS0).await;
    let mut publisher = Peer::v5(&broker, "p").await;

    for number in 0..9 {
        publisher.publish(publish("a/b", &number.to_string(), QOS1)).await;
    }

    for member in &mut members {
        assert_eq!(member.payloads().await.len(), 3);
    }
    assert_eq!(outsider.payloads().await.len(), 9);
}

#[tokio::test(start_paused = true)]
async fn a_shared_message_waits_for_an_offline_member_only_when_nobody_is_there() {
    let broker = start();
    let mut sleeper = Peer::join(&broker, persistent(Version::V5, "sleeper")).await;
    sleeper.subscribe("$share/g/a", QOS1).await;
    sleeper.disconnect().await;
    let mut awake = Peer::v5(&broker, "awake").await;
    awake.subscribe("$share/g/a", QOS1).await;
    let mut publisher = Peer::v5(&broker, "p").await;
    for payload in ["1", "2"] {
        publisher.publish(publish("a", payload, QOS1)).await;
    }
    let heard = awake.payloads().await;
    awake.disconnect().await;

    publisher.publish(publish("a", "3", QOS1)).await;
    let mut sleeper = Peer::join(&broker, persistent(Version::V5, "sleeper")).await;

    assert_eq!(heard, ["1", "2"]);
    assert_eq!(sleeper.payloads().await, ["3"]);
}

#[tokio::test(start_paused = true)]
async fn several_filters_are_answered_in_order() {
    let broker = start();
    let mut peer = Peer::join(&broker, connect(Version::V311, "c")).await;
    let filters = vec![subscription("a", QOS2), subscription("b", QOS0), subscription("c", QOS1)];

    let answer = peer.subscribe_with(filters, None).await;

    assert_eq!(answer.reasons, [2, 0, 1].map(ReasonCode));
}

#[tokio::test(start_paused = true)]
async fn a_message_of_the_broker_itself_reaches_its_subscribers() {
    let broker = start();
    let mut peer = Peer::v5(&broker, "c").await;
    peer.subscribe("$SYS/#", QOS1).await;
    let message = |topic: &str| NewMessage {
        topic: topic.parse().unwrap(),
        payload: Bytes::from_static(b"up"),
        qos: QOS1,
        retain: false,
        properties: PublishProperties::default(),
    };

    let reached = broker.publish(message("$SYS/state")).await;
    let unheard = broker.publish(message("other")).await;

    assert_eq!((reached, unheard), (Ok(1), Ok(0)));
    assert_eq!(text(&peer.receive_publish().await), ("$SYS/state".into(), "up".into()));
}

#[tokio::test(start_paused = true)]
async fn a_subscription_with_an_invalid_filter_is_refused() {
    let broker = start();
    let mut peer = Peer::v5(&broker, "c").await;

    // SUBSCRIBE 1 to `a#`.
    peer.send_raw(b"\x82\x08\x00\x01\x00\x00\x02a#\x00").await;

    assert_eq!(peer.receive_disconnect().await, ReasonCode::MALFORMED_PACKET);
    assert!(peer.is_closed().await);
}
