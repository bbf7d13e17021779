//! What the broker says about itself.

use std::{collections::BTreeMap, time::Duration};

use broker::{Broker, BrokerConfig, Limits};
use tokio::time::sleep;
use wire::{ReasonCode, Version};

use crate::{
    lives::{End, config, live},
    peer::{Peer, QOS0, QOS1, connect, persistent, publish, retained, subscription},
};

const INTERVAL: Duration = Duration::from_secs(10);

fn telling() -> Broker {
    Broker::start(BrokerConfig { sys_interval: Some(INTERVAL), ..BrokerConfig::default() })
}

/// What comes until it is quiet, by topic below `$SYS/broker/`.
async fn said(peer: &mut Peer) -> BTreeMap<String, String> {
    let messages = peer.messages().await.into_iter();
    messages
        .map(|(topic, value)| (topic.strip_prefix("$SYS/broker/").unwrap().to_owned(), value))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn the_first_values_are_there_at_once_under_the_names_mosquitto_gives_them() {
    let broker = telling();
    let mut peer = Peer::v5(&broker, "c").await;

    peer.subscribe("$SYS/#", QOS0).await;
    let said = said(&mut peer).await;

    let others = said.iter().filter(|(name, _)| !name.starts_with("load/"));
    let others: Vec<_> = others.map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let version = format!("topicscope version {}", env!("CARGO_PKG_VERSION"));
    assert_eq!(
        others,
        [
            ("bytes/received", "0"),
            ("bytes/sent", "0"),
            ("clients/active", "0"),
            ("clients/connected", "0"),
            ("clients/disconnected", "0"),
            ("clients/expired", "0"),
            ("clients/inactive", "0"),
            ("clients/maximum", "0"),
            ("clients/total", "0"),
            ("messages/received", "0"),
            ("messages/sent", "0"),
            ("publish/bytes/received", "0"),
            ("publish/bytes/sent", "0"),
            ("publish/messages/dropped", "0"),
            ("publish/messages/received", "0"),
            ("publish/messages/sent", "0"),
            ("retained messages/count", "0"),
            ("shared_subscriptions/count", "0"),
            ("store/messages/bytes", "0"),
            ("store/messages/count", "0"),
            ("subscriptions/count", "0"),
            ("uptime", "0 seconds"),
            ("version", &version),
        ]
    );
    let loads: Vec<_> = said.keys().filter(|name| name.starts_with("load/")).collect();
    assert_eq!(loads.len(), 9 * 3);
    for name in ["load/publish/dropped/15min", "load/connections/5min", "load/sockets/1min"] {
        assert_eq!(said.get(name).map(String::as_str), Some("0.00"), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_what_has_changed_is_said_again_and_only_in_its_interval() {
    let broker = telling();
    let mut peer = Peer::v311(&broker, "c").await;
    let names = ["clients/#", "uptime", "version"];
    let filters = names.map(|name| subscription(&format!("$SYS/broker/{name}"), QOS0));
    peer.subscribe_with(filters.into(), None).await;
    said(&mut peer).await;

    let before = said(&mut peer).await;
    sleep(INTERVAL).await;
    let first = said(&mut peer).await;
    sleep(Duration::from_secs(9)).await;
    let second = said(&mut peer).await;

    assert_eq!(before, BTreeMap::new());
    let expected = [
        ("clients/active", "1"),
        ("clients/connected", "1"),
        ("clients/maximum", "1"),
        ("clients/total", "1"),
        ("uptime", "10 seconds"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(first, BTreeMap::from(expected));
    assert_eq!(second, BTreeMap::from([("uptime".to_owned(), "20 seconds".to_owned())]));
}

#[tokio::test(start_paused = true)]
async fn traffic_subscriptions_and_sessions_are_counted() {
    let broker = telling();
    let mut kept = Peer::join(&broker, persistent(Version::V311, "kept")).await;
    kept.subscribe("$share/g/a", QOS1).await;
    kept.disconnect().await;
    let mut peer = Peer::v311(&broker, "c").await;
    peer.publish(retained("a/b", "12345")).await;
    peer.publish(publish("a", "waits", QOS1)).await;

    sleep(INTERVAL).await;
    peer.subscribe("$SYS/#", QOS0).await;
    let said = said(&mut peer).await;

    for (name, value) in [
        ("clients/disconnected", "1"),
        ("clients/connected", "1"),
        ("publish/messages/received", "2"),
        ("publish/bytes/received", "10"),
        ("retained messages/count", "1"),
        ("subscriptions/count", "1"),
        ("shared_subscriptions/count", "1"),
        ("store/messages/count", "2"),
        // Two in ten seconds, of which 1 - e^-1/6 have come in.
        ("load/connections/1min", "1.84"),
    ] {
        assert_eq!(said.get(name).map(String::as_str), Some(value), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_switched_on_and_off_while_clients_are_connected() {
    let broker = Broker::start(BrokerConfig::default());
    let mut peer = Peer::v5(&broker, "c").await;
    peer.subscribe("$SYS/broker/uptime", QOS0).await;
    let off = said(&mut peer).await;

    broker.set_sys_interval(Some(INTERVAL)).await.unwrap();
    let on = said(&mut peer).await;
    broker.set_sys_interval(None).await.unwrap();
    sleep(INTERVAL * 2).await;
    let off_again = said(&mut peer).await;
    peer.subscribe("$SYS/#", QOS0).await;
    let left = said(&mut peer).await;

    assert_eq!((off.len(), on.len(), off_again.len(), left.len()), (0, 1, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn the_same_interval_again_changes_nothing_and_another_one_takes_effect() {
    let broker = telling();
    let mut peer = Peer::v5(&broker, "c").await;
    peer.subscribe("$SYS/broker/uptime", QOS0).await;
    said(&mut peer).await;

    broker.set_sys_interval(Some(INTERVAL)).await.unwrap();
    let same = said(&mut peer).await;
    broker.set_sys_interval(Some(INTERVAL / 5)).await.unwrap();
    sleep(INTERVAL / 5).await;
    let sooner = said(&mut peer).await;

    assert_eq!((same.len(), sooner.len()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn it_takes_no_room_from_other_retained_messages() {
    let limits = Limits { retained_messages: 1, ..Limits::default() };
    let broker = Broker::start(BrokerConfig {
        sys_interval: Some(INTERVAL),
        limits,
        ..BrokerConfig::default()
    });
    let mut peer = Peer::v5(&broker, "c").await;

    let mut first = retained("a", "1");
    first.qos = QOS1;
    let mut second = retained("b", "1");
    second.qos = QOS1;
    let answers = [peer.publish(first).await, peer.publish(second).await];

    let expected = [ReasonCode::NO_MATCHING_SUBSCRIBERS, ReasonCode::QUOTA_EXCEEDED];
    assert_eq!(answers, expected);
    assert_eq!(broker.snapshot().await.unwrap().retained, 1);
}

#[test]
fn a_store_has_nothing_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let telling = BrokerConfig { sys_interval: Some(INTERVAL), ..config(folder.path()) };
    live(telling, End::Stop, async |broker| {
        let mut kept = Peer::join(broker, persistent(Version::V5, "kept")).await;
        kept.publish(retained("a", "1")).await;
        kept.subscribe("$SYS/#", QOS1).await;
        kept.vanish(broker).await;
        sleep(INTERVAL * 3).await;
    });

    live(config(folder.path()), End::Stop, async |broker| {
        let mut peer = Peer::join(broker, connect(Version::V5, "c")).await;
        peer.subscribe("$SYS/#", QOS0).await;
        peer.subscribe("a", QOS0).await;
        assert_eq!(peer.payloads().await, ["1"]);
        let mut kept = Peer::join(broker, persistent(Version::V5, "kept")).await;
        assert_eq!(kept.payloads().await, Vec::<String>::new());
    });
    let files = std::fs::read_dir(folder.path()).unwrap();
    for file in files {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(11).any(|part| part == b"$SYS/broker"));
    }
}
