//! What can be asked of a running broker.

use std::time::Duration;

use broker::{Broker, ClientQuery, NewMessage, Only, Presence, RetainedQuery, SubscriptionQuery};
use wire::{
    Packet, ReasonCode, Version,
    packet::{Publish, RetainHandling},
};

use crate::peer::{Peer, QOS0, QOS1, connect, persistent, publish, retained, start, subscription};

async fn fill(broker: &Broker, count: usize) {
    let mut peer = Peer::v5(broker, "filler").await;
    for number in 0..count {
        peer.publish(retained(&format!("fill/{number:05}"), "x")).await;
    }
    peer.disconnect().await;
}

#[tokio::test(start_paused = true)]
async fn clients_come_in_pages_that_fit_together() {
    let broker = start();
    let mut peers = Vec::new();
    for number in 0..7 {
        peers.push(Peer::v5(&broker, &format!("c{number}")).await);
    }
    let mut query = ClientQuery { limit: 3, ..ClientQuery::default() };
    let mut seen = Vec::new();
    let mut more = Vec::new();

    loop {
        let page = broker.clients(query.clone()).await.unwrap();
        assert_eq!(page.total, 7);
        seen.extend(page.clients.iter().map(|client| client.client_id.to_string()));
        more.push(page.more);
        query.after = page.clients.last().map(|client| client.client_id.clone());
        if !page.more {
            break;
        }
    }

    assert_eq!(seen, ["c0", "c1", "c2", "c3", "c4", "c5", "c6"]);
    assert_eq!(more, [true, true, false]);
}

#[tokio::test(start_paused = true)]
async fn clients_are_found_by_name_user_and_presence() {
    let broker = start();
    let mut attempt = connect(Version::V5, "press-1");
    attempt.username = Some("Ada".into());
    let _press = Peer::join(&broker, attempt).await;
    let _pump = Peer::v5(&broker, "Pump-2").await;
    Peer::join(&broker, persistent(Version::V5, "pump-3")).await.disconnect().await;
    let find = async |search: &str, only| {
        let query = ClientQuery { search: search.into(), only, ..ClientQuery::default() };
        let page = broker.clients(query).await.unwrap();
        assert_eq!(page.total, page.clients.len());
        page.clients.iter().map(|client| client.client_id.to_string()).collect::<Vec<_>>()
    };

    assert_eq!(find("PUMP", Only::All).await, ["Pump-2", "pump-3"]);
    assert_eq!(find("pump", Only::Online).await, ["Pump-2"]);
    assert_eq!(find("ada", Only::All).await, ["press-1"]);
    assert_eq!(find("", Only::Offline).await, ["pump-3"]);
    assert_eq!(find("127.0.0.1", Only::All).await, ["Pump-2", "press-1"]);
    assert!(find("nothing", Only::All).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_client_is_shown_with_its_subscriptions_and_what_it_carried() {
    let broker = start();
    let mut peer = Peer::v5(&broker, "c").await;
    let mut wanted = subscription("b/#", QOS1);
    wanted.no_local = true;
    wanted.retain_handling = RetainHandling::SendIfNew;
    peer.subscribe_with(vec![subscription("a", QOS0), wanted], Some(7)).await;
    let mut publisher = Peer::v5(&broker, "p").await;
    publisher.publish(publish("b/1", "12345", QOS1)).await;
    peer.receive_publish().await;

    let detail = broker.client("c").await.unwrap().unwrap();
    let unknown = broker.client("nobody").await.unwrap();

    assert!(unknown.is_none());
    let filters: Vec<_> = detail.subscriptions.iter().map(|(filter, _)| filter.as_str()).collect();
    assert_eq!(filters, ["a", "b/#"]);
    let options = detail.subscriptions[1].1;
    assert_eq!((options.qos, options.no_local, options.identifier), (QOS1, true, Some(7)));
    assert_eq!(options.retain_handling, RetainHandling::SendIfNew);
    assert_eq!((detail.info.messages_out, detail.info.inflight), (1, 1));
    assert!(detail.info.bytes_in > 20 && detail.info.bytes_out > 20, "{:?}", detail.info);
}

#[tokio::test(start_paused = true)]
async fn a_session_goes_on_counting_over_connections_and_says_when_it_ends() {
    let broker = start();
    let mut attempt = persistent(Version::V5, "c");
    attempt.properties.session_expiry_interval = Some(60);
    let mut before = Vec::new();
    for _ in 0..2 {
        let mut peer = Peer::join(&broker, attempt.clone()).await;
        peer.publish(publish("a", "1", QOS0)).await;
        peer.disconnect().await;
        before.push(broker.client("c").await.unwrap().unwrap().info);
    }

    let Presence::Offline(offline) = before[1].presence else { panic!("{before:?}") };
    assert_eq!(offline.expires.map(|at| at.0 - offline.since.0), Some(60_000_000));
    assert_eq!((before[0].messages_in, before[1].messages_in), (1, 2));
    assert_eq!(before[1].bytes_in, 2 * before[0].bytes_in);
}

#[tokio::test(start_paused = true)]
async fn qos_0_for_an_offline_session_is_counted() {
    let broker = start();
    let mut sleeper = Peer::join(&broker, persistent(Version::V311, "s")).await;
    sleeper.subscribe("a", QOS1).await;
    sleeper.disconnect().await;
    let mut publisher = Peer::v5(&broker, "p").await;

    publisher.publish(publish("a", "1", QOS0)).await;

    assert_eq!(broker.snapshot().await.unwrap().counters.dropped.offline, 1);
    assert_eq!(broker.client("s").await.unwrap().unwrap().info.dropped.offline, 1);
}

#[tokio::test(start_paused = true)]
async fn filters_are_listed_with_who_holds_them() {
    let broker = start();
    let mut first = Peer::v5(&broker, "first").await;
    let mut second = Peer::join(&broker, persistent(Version::V5, "second")).await;
    for filter in ["plant/+/state", "$share/g/plant/#", "other"] {
        first.subscribe(filter, QOS0).await;
    }
    second.subscribe("plant/+/state", QOS1).await;
    second.disconnect().await;
    let ask = async |query: SubscriptionQuery| {
        let page = broker.subscriptions(query).await.unwrap();
        let filters = page.filters.iter().map(|found| found.filter.to_string());
        (filters.collect::<Vec<_>>(), page.total, page.more)
    };
    let plain = SubscriptionQuery::default();

    let all = broker.subscriptions(plain.clone()).await.unwrap();
    let paged = ask(SubscriptionQuery { limit: 2, ..plain.clone() }).await;
    let after = Some("other".parse().unwrap());
    let rest = ask(SubscriptionQuery { after, ..plain.clone() }).await;
    let found = ask(SubscriptionQuery { search: "STATE".into(), ..plain.clone() }).await;
    let topic = Some("plant/1/state".parse().unwrap());
    let matching = ask(SubscriptionQuery { topic, ..plain }).await;

    let holders: Vec<_> =
        all.filters[2].subscribers.iter().map(|held| (&*held.client_id, held.is_online)).collect();
    assert_eq!(holders, [("first", true), ("second", false)]);
    assert_eq!(all.filters[2].count, 2);
    let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(paged, (texts(&["$share/g/plant/#", "other"]), 3, true));
    assert_eq!(rest, (texts(&["plant/+/state"]), 3, false));
    assert_eq!(found, (texts(&["plant/+/state"]), 1, false));
    assert_eq!(matching, (texts(&["$share/g/plant/#", "plant/+/state"]), 2, false));
}

#[tokio::test(start_paused = true)]
async fn retained_messages_are_shown_whole_and_counted_over_all_pages() {
    let broker = start();
    fill(&broker, 2_500).await;
    let mut peer = Peer::v5(&broker, "p").await;
    let mut message = Publish { qos: QOS1, ..retained("a/b", "\u{0}binary") };
    message.properties.message_expiry_interval = Some(60);
    message.properties.content_type = Some("text/plain".into());
    peer.publish(message).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let query = |filter: &str| RetainedQuery::new(filter.parse().unwrap());

    let one = broker.retained(query("a/+")).await.unwrap();
    let count = broker.retained(RetainedQuery { limit: 0, ..query("fill/#") }).await.unwrap();
    let after = Some("fill/02498".parse().unwrap());
    let last = broker.retained(RetainedQuery { after, ..query("#") }).await.unwrap();

    let [shown] = &one.messages[..] else { panic!("{one:?}") };
    assert_eq!(&shown.payload[..], b"\0binary");
    assert_eq!((shown.qos, shown.publisher.as_deref()), (QOS1, Some("p")));
    assert_eq!(shown.expires_in, Some(Duration::from_secs(50)));
    assert_eq!(shown.properties.content_type.as_deref(), Some("text/plain"));
    assert!(shown.received.0 > 0);
    assert_eq!((count.total, count.messages.len(), count.more), (2_500, 0, true));
    assert_eq!((last.total, last.messages.len(), last.more), (2_501, 1, false));
}

#[tokio::test(start_paused = true)]
async fn the_memory_messages_hold_is_told() {
    let broker = start();
    let mut sleeper = Peer::join(&broker, persistent(Version::V5, "s")).await;
    sleeper.subscribe("a", QOS1).await;
    sleeper.disconnect().await;
    let message = NewMessage {
        topic: "a".parse().unwrap(),
        payload: vec![0; 1_000].into(),
        qos: QOS1,
        retain: true,
        properties: wire::property::PublishProperties::default(),
    };

    broker.publish(message).await.unwrap();

    let held = broker.snapshot().await.unwrap().held;
    assert!(held.retained > 1_000 && held.queued > 1_000, "{held:?}");
    let mut sleeper = Peer::join(&broker, persistent(Version::V5, "s")).await;
    let arrived = sleeper.receive_publish().await;
    sleeper.send(Packet::PubAck(crate::peer::ack(arrived.packet_id.unwrap().get()))).await;
    sleeper.sync().await;
    let activity = broker.snapshot().await.unwrap();
    assert_eq!((activity.held.queued, activity.held.outbound, activity.inflight), (0, 0, 0));
    assert_eq!(broker.kick("s", ReasonCode::SERVER_MOVED).await, Ok(true));
}
