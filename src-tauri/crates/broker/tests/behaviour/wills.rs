use std::time::Duration;

use wire::{Packet, ReasonCode, Version, packet::Connect};

use crate::peer::{Peer, QOS0, QOS1, connect, disconnect, persistent, start, text, will};

const SECOND: Duration = Duration::from_secs(1);

fn with_will(mut connect: Connect, delay: Option<u32>) -> Connect {
    let mut will = will("wills/c", "gone");
    will.properties.will_delay_interval = delay;
    connect.will = Some(will);
    connect
}

async fn watcher(broker: &broker::Broker) -> Peer {
    let mut watcher = Peer::v5(broker, "watcher").await;
    watcher.subscribe("wills/#", QOS1).await;
    watcher
}

#[tokio::test(start_paused = true)]
async fn a_will_is_published_when_the_connection_breaks() {
    let broker = start();
    let mut watcher = watcher(&broker).await;
    let mut attempt = connect(Version::V311, "c");
    let mut last = will("wills/c", "gone");
    last.qos = QOS1;
    last.retain = true;
    attempt.will = Some(last);
    let peer = Peer::join(&broker, attempt).await;

    peer.vanish(&broker).await;

    let received = watcher.receive_publish().await;
    assert_eq!(text(&received), ("wills/c".into(), "gone".into()));
    assert_eq!(received.qos, QOS1);
    assert_eq!(broker.snapshot().await.unwrap().retained, 1);
}

#[tokio::test(start_paused = true)]
async fn an_orderly_disconnect_discards_the_will() {
    let broker = start();
    let mut watcher = watcher(&broker).await;

    for version in [Version::V311, Version::V5] {
        let peer = Peer::join(&broker, with_will(connect(version, "c"), None)).await;
        peer.disconnect().await;
    }

    assert_eq!(watcher.payloads().await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_disconnect_with_will_message_publishes_it() {
    let broker = start();
    let mut watcher = watcher(&broker).await;
    let mut peer = Peer::join(&broker, with_will(connect(Version::V5, "c"), None)).await;

    peer.send(disconnect(ReasonCode::DISCONNECT_WITH_WILL)).await;

    assert_eq!(watcher.payloads().await, ["gone"]);
}

#[tokio::test(start_paused = true)]
async fn a_protocol_error_publishes_the_will() {
    let broker = start();
    let mut watcher = watcher(&broker).await;
    let mut peer = Peer::join(&broker, with_will(connect(Version::V5, "c"), None)).await;

    peer.send_raw(&[0xF0, 0xFF, 0xFF, 0xFF, 0xFF]).await;

    assert_eq!(watcher.payloads().await, ["gone"]);
}

#[tokio::test(start_paused = true)]
async fn a_delayed_will_waits_for_its_delay() {
    let broker = start();
    let mut watcher = watcher(&broker).await;
    let attempt = with_will(persistent(Version::V5, "c"), Some(10));
    Peer::join(&broker, attempt).await.vanish(&broker).await;

    let early = watcher.receive_within(9 * SECOND).await;
    let late = watcher.receive_within(2 * SECOND).await;

    assert_eq!(early, None);
    assert!(matches!(late, Some(Packet::Publish(_))), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn a_resumed_session_cancels_its_delayed_will() {
    let broker = start();
    let mut watcher = watcher(&broker).await;
    let attempt = with_will(persistent(Version::V5, "c"), Some(10));
    Peer::join(&broker, attempt).await.vanish(&broker).await;

    let peer = Peer::join(&broker, persistent(Version::V5, "c")).await;
    let before = watcher.receive_within(60 * SECOND).await;
    peer.vanish(&broker).await;
    let after = watcher.receive_within(60 * SECOND).await;

    assert_eq!((before, after), (None, None));
}

#[tokio::test(start_paused = true)]
async fn a_delayed_will_is_published_at_the_latest_when_the_session_ends() {
    let broker = start();
    let mut watcher = watcher(&broker).await;
    let mut attempt = with_will(persistent(Version::V5, "c"), Some(1000));
    attempt.properties.session_expiry_interval = Some(5);
    Peer::join(&broker, attempt.clone()).await.vanish(&broker).await;

    let by_expiry = watcher.receive_within(6 * SECOND).await;
    Peer::join(&broker, attempt).await.vanish(&broker).await;
    let clean = Peer::join(&broker, connect(Version::V5, "c")).await;
    let by_clean_start = watcher.receive().await;

    assert!(matches!(by_expiry, Some(Packet::Publish(_))), "{by_expiry:?}");
    assert!(matches!(by_clean_start, Some(Packet::Publish(_))), "{by_clean_start:?}");
    clean.disconnect().await;
}

#[tokio::test(start_paused = true)]
async fn a_takeover_publishes_a_will_without_delay() {
    let broker = start();
    let mut watcher = watcher(&broker).await;
    let _old = Peer::join(&broker, with_will(persistent(Version::V5, "c"), None)).await;

    let _new = Peer::join(&broker, persistent(Version::V5, "c")).await;

    assert_eq!(watcher.payloads().await, ["gone"]);
}

#[tokio::test(start_paused = true)]
async fn the_properties_of_a_will_arrive_without_its_delay() {
    let broker = start();
    let mut watcher = watcher(&broker).await;
    let mut attempt = connect(Version::V5, "c");
    let mut last = will("wills/c", "gone");
    last.properties.content_type = Some("text/plain".into());
    last.properties.user_properties = vec![("k".into(), "v".into())];
    last.properties.message_expiry_interval = Some(60);
    attempt.will = Some(last.clone());
    Peer::join(&broker, attempt).await.vanish(&broker).await;

    let properties = watcher.receive_publish().await.properties;

    assert_eq!(properties.content_type, last.properties.content_type);
    assert_eq!(properties.user_properties, last.properties.user_properties);
    assert_eq!(properties.message_expiry_interval, Some(60));
}

#[tokio::test(start_paused = true)]
async fn a_will_to_the_brokers_own_topics_is_refused() {
    let broker = start();
    let mut attempt = connect(Version::V5, "c");
    attempt.will = Some(will("$SYS/broker", "mine"));

    let (_, answer) = Peer::attempt(&broker, attempt).await;

    assert_eq!(answer.reason, ReasonCode::NOT_AUTHORIZED);
}

#[tokio::test(start_paused = true)]
async fn a_client_does_not_keep_the_will_of_its_earlier_connection() {
    let broker = start();
    let mut watcher = watcher(&broker).await;
    watcher.subscribe("wills/#", QOS0).await;
    let first = Peer::join(&broker, with_will(persistent(Version::V311, "c"), None)).await;
    first.disconnect().await;

    let second = Peer::join(&broker, persistent(Version::V311, "c")).await;
    second.vanish(&broker).await;

    assert_eq!(watcher.payloads().await, Vec::<String>::new());
}
