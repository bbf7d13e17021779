use std::time::Duration;

use wire::{
    ReasonCode, Version,
    packet::{Publish, RetainHandling, Subscription},
};

use crate::peer::{Peer, QOS0, QOS1, QOS2, connect, publish, retained, start, subscription, text};

#[tokio::test(start_paused = true)]
async fn a_retained_message_reaches_a_later_subscriber() {
    let broker = start();
    let mut publisher = Peer::v311(&broker, "p").await;
    publisher.publish(Publish { qos: QOS1, ..retained("a/b", "1") }).await;
    publisher.disconnect().await;

    for (filter, granted) in [("a/b", QOS2), ("a/+", QOS1), ("#", QOS0)] {
        let mut subscriber = Peer::v311(&broker, "s").await;
        subscriber.subscribe(filter, granted).await;
        let received = subscriber.receive_publish().await;

        assert_eq!(text(&received), ("a/b".into(), "1".into()));
        assert!(received.retain);
        assert_eq!(received.qos, granted.min(QOS1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_topic_keeps_only_its_last_retained_message_and_an_empty_one_removes_it() {
    let broker = start();
    let mut publisher = Peer::v5(&broker, "p").await;
    for (topic, payload) in [("a", "1"), ("a", "2"), ("b", "1"), ("b", "")] {
        publisher.publish(retained(topic, payload)).await;
    }
    publisher.publish(publish("a", "not retained", QOS0)).await;

    let mut subscriber = Peer::v5(&broker, "s").await;
    subscriber.subscribe("#", QOS0).await;

    assert_eq!(subscriber.messages().await, [("a".into(), "2".into())]);
    assert_eq!(broker.snapshot().await.unwrap().retained, 1);
}

#[tokio::test(start_paused = true)]
async fn the_retain_flag_of_a_live_message_is_kept_only_on_request() {
    let broker = start();
    let mut plain = Peer::v5(&broker, "plain").await;
    plain.subscribe("a", QOS0).await;
    let mut as_published = Peer::v5(&broker, "as-published").await;
    let wanted = Subscription { retain_as_published: true, ..subscription("a", QOS0) };
    as_published.subscribe_with(vec![wanted], None).await;
    let mut publisher = Peer::v5(&broker, "p").await;

    publisher.publish(retained("a", "1")).await;

    assert!(!plain.receive_publish().await.retain);
    assert!(as_published.receive_publish().await.retain);
}

#[tokio::test(start_paused = true)]
async fn retain_handling_says_when_retained_messages_are_sent() {
    let broker = start();
    let mut peer = Peer::v5(&broker, "c").await;
    peer.publish(retained("a", "1")).await;
    let cases = [
        (RetainHandling::DoNotSend, 0),
        (RetainHandling::SendIfNew, 0),
        (RetainHandling::Send, 1),
        (RetainHandling::Send, 1),
    ];

    for (retain_handling, expected) in cases {
        let wanted = Subscription { retain_handling, ..subscription("a", QOS0) };
        peer.subscribe_with(vec![wanted], None).await;
        assert_eq!(peer.payloads().await.len(), expected, "{retain_handling:?}");
    }
    peer.unsubscribe("a").await;
    let retain_handling = RetainHandling::SendIfNew;
    let wanted = Subscription { retain_handling, ..subscription("a", QOS0) };
    peer.subscribe_with(vec![wanted], None).await;
    assert_eq!(peer.payloads().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_retained_message_expires() {
    let broker = start();
    let mut peer = Peer::v5(&broker, "c").await;
    let mut message = retained("a", "1");
    message.properties.message_expiry_interval = Some(10);
    peer.publish(message).await;

    tokio::time::sleep(Duration::from_secs(4)).await;
    peer.subscribe("a", QOS0).await;
    let in_time = peer.receive_publish().await;
    tokio::time::sleep(Duration::from_secs(6)).await;
    peer.subscribe("a", QOS0).await;

    assert_eq!(in_time.properties.message_expiry_interval, Some(6));
    assert_eq!(peer.payloads().await, Vec::<String>::new());
    assert_eq!(broker.snapshot().await.unwrap().retained, 0);
}

#[tokio::test(start_paused = true)]
async fn a_shared_subscription_gets_no_retained_messages() {
    let broker = start();
    let mut peer = Peer::v5(&broker, "c").await;
    peer.publish(retained("a", "1")).await;

    let answer = peer.subscribe("$share/g/a", QOS1).await;

    assert_eq!(answer.reasons, [ReasonCode::GRANTED_QOS_1]);
    assert_eq!(peer.payloads().await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn thousands_of_retained_messages_all_arrive() {
    const COUNT: usize = 30_000;
    let broker = start();
    let mut publisher = Peer::join(&broker, connect(Version::V311, "p")).await;
    for number in 0..COUNT {
        let message = retained(&format!("t/{number:05}"), "value");
        publisher.send(wire::Packet::Publish(message)).await;
    }
    publisher.sync().await;
    let mut subscriber = Peer::v311(&broker, "s").await;

    subscriber.subscribe("t/#", QOS0).await;

    let received = subscriber.messages().await;
    assert_eq!(received.len(), COUNT);
    assert!(received.is_sorted());
}
