use std::{sync::Arc, time::Duration};

use broker::{
    Access, AccessRules, Accounts, AclEffect, AclRule, AclWho, Broker, BrokerConfig, BrokerEvent,
    ConnectAttempt, Denied, DisconnectCause, User, Verdict,
};
use bytes::Bytes;
use tokio::{sync::broadcast, time::advance};
use wire::{
    Packet, ReasonCode, Version,
    packet::{Connect, Publish, Subscribe},
    property::SubscribeProperties,
};

use crate::peer::{
    Peer, QOS0, QOS1, QOS2, connect, id, persistent, publish, retained, subscription, will,
};

/// A broker with `rules`, which can be replaced.
pub fn start_with(rules: AccessRules) -> (Broker, Arc<Accounts>) {
    let accounts = Arc::new(Accounts::new(rules));
    let access = Arc::clone(&accounts) as Arc<dyn Access>;
    (Broker::start(BrokerConfig { access, ..BrokerConfig::default() }), accounts)
}

/// Rules that let nobody in but these users.
pub fn users_only(users: &[(&str, &str)]) -> AccessRules {
    let user = |(name, password): &(&str, &str)| User::new(name, password.as_bytes());
    AccessRules { anonymous: false, users: users.iter().map(user).collect(), acl: Vec::new() }
}

fn acl(rules: &[AclRule]) -> AccessRules {
    AccessRules { acl: rules.into(), ..AccessRules::default() }
}

fn rule(effect: AclEffect, kinds: &str, topics: &str) -> AclRule {
    AclRule {
        who: AclWho::Everyone,
        effect,
        publish: kinds.contains('p'),
        subscribe: kinds.contains('s'),
        receive: kinds.contains('r'),
        topics: topics.into(),
    }
}

fn allow(kinds: &str, topics: &str) -> AclRule {
    rule(AclEffect::Allow, kinds, topics)
}

fn deny(kinds: &str, topics: &str) -> AclRule {
    rule(AclEffect::Deny, kinds, topics)
}

fn of_client(pattern: &str, rule: AclRule) -> AclRule {
    AclRule { who: AclWho::Client { pattern: pattern.into() }, ..rule }
}

fn with_user(mut connect: Connect, name: &str, password: &str) -> Connect {
    connect.username = Some(name.into());
    connect.password = Some(Bytes::copy_from_slice(password.as_bytes()));
    connect
}

fn refusals(events: &mut broadcast::Receiver<BrokerEvent>) -> Vec<(String, String, u64)> {
    let mut refusals = Vec::new();
    while let Ok(event) = events.try_recv() {
        refusals.extend(match event {
            BrokerEvent::PublishRefused { client_id, topic, count, .. } => {
                Some((client_id.to_string(), topic.to_string(), count))
            }
            BrokerEvent::SubscribeRefused { client_id, filter, count, .. } => {
                Some((client_id.to_string(), filter.to_string(), count))
            }
            _ => None,
        });
    }
    refusals
}

#[tokio::test(start_paused = true)]
async fn a_publish_that_is_not_allowed_reaches_nobody_and_is_answered_as_the_version_can() {
    let (broker, _) = start_with(acl(&[of_client("p*", deny("p", "a/secret"))]));
    let mut witness = Peer::v5(&broker, "witness").await;
    witness.subscribe("#", QOS0).await;
    let mut modern = Peer::v5(&broker, "p5").await;
    let mut old = Peer::v311(&broker, "p4").await;
    let mut oldest = Peer::join(&broker, connect(Version::V31, "p3")).await;

    let mut answers = Vec::new();
    for qos in [QOS0, QOS1, QOS2] {
        for peer in [&mut modern, &mut old, &mut oldest] {
            answers.push(peer.publish(publish("a/secret", "1", qos)).await);
        }
    }

    let (good, bad) = (ReasonCode::SUCCESS, ReasonCode::NOT_AUTHORIZED);
    assert_eq!(answers, [good, good, good, bad, good, good, bad, good, good]);
    assert!(witness.messages().await.is_empty());
    assert_eq!(broker.snapshot().await.unwrap().counters.dropped.refused, 9);
    let mut other = Peer::v5(&broker, "other").await;
    assert_eq!(other.publish(publish("a/secret", "1", QOS1)).await, good);
}

#[tokio::test(start_paused = true)]
async fn a_subscription_that_is_not_allowed_is_answered_as_the_version_can() {
    let (broker, _) = start_with(acl(&[allow("s", "a/#"), deny("s", "a/secret")]));
    let mut modern = Peer::v5(&broker, "p5").await;
    let mut old = Peer::v311(&broker, "p4").await;
    let mut oldest = Peer::join(&broker, connect(Version::V31, "p3")).await;
    let filters = || ["a/+", "#", "a/secret", "$share/g/b"].map(|f| subscription(f, QOS0)).to_vec();

    let new_answer = modern.subscribe_with(filters(), None).await.reasons;
    let old_answer = old.subscribe_with(filters(), None).await.reasons;
    let properties = SubscribeProperties::default();
    let packet = Subscribe { packet_id: id(1), filters: filters(), properties };
    oldest.send(Packet::Subscribe(packet)).await;

    assert_eq!(new_answer, [0, 0x87, 0x87, 0x87].map(ReasonCode));
    assert_eq!(old_answer, [0, 0x80, 0x80, 0x80].map(ReasonCode));
    // MQTT 3.1 has no code for it, and "granted" would be a lie.
    assert!(oldest.is_closed().await);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_must_not_be_received_is_neither_sent_nor_kept_for_later() {
    let (broker, _) = start_with(acl(&[of_client("c", deny("r", "a/secret"))]));
    let mut publisher = Peer::v5(&broker, "p").await;
    publisher.publish(retained("a/secret", "kept")).await;
    publisher.publish(retained("a/open", "kept")).await;
    let mut peer = Peer::join(&broker, persistent(Version::V5, "c")).await;

    peer.subscribe("a/#", QOS2).await;
    let mut received = peer.messages().await;
    for qos in [QOS0, QOS1, QOS2] {
        publisher.publish(publish("a/secret", "live", qos)).await;
    }
    received.extend(peer.messages().await);
    peer.vanish(&broker).await;
    publisher.publish(publish("a/secret", "missed", QOS1)).await;
    publisher.publish(publish("a/open", "missed", QOS1)).await;
    let mut peer = Peer::join(&broker, persistent(Version::V5, "c")).await;
    received.extend(peer.messages().await);

    let open = |payload: &str| ("a/open".to_owned(), payload.to_owned());
    assert_eq!(received, [open("kept"), open("missed")]);
    let activity = broker.snapshot().await.unwrap();
    assert_eq!((activity.counters.dropped.forbidden, activity.queued), (5, 0));
}

#[tokio::test(start_paused = true)]
async fn a_partly_denied_wildcard_delivers_the_rest() {
    let (broker, _) = start_with(acl(&[of_client("c", deny("s", "a/secret/#"))]));
    let mut peer = Peer::v5(&broker, "c").await;
    let mut publisher = Peer::v5(&broker, "p").await;

    let answer = peer.subscribe("a/#", QOS0).await.reasons;
    for topic in ["a/secret", "a/secret/1", "a/1"] {
        publisher.publish(publish(topic, "1", QOS0)).await;
    }

    assert_eq!(answer, [ReasonCode::SUCCESS]);
    assert_eq!(peer.messages().await, [("a/1".to_owned(), "1".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn a_shared_message_goes_to_a_member_that_may_receive_it() {
    let (broker, _) = start_with(acl(&[of_client("blind", deny("r", "#"))]));
    let mut blind = Peer::v5(&broker, "blind").await;
    let mut seeing = Peer::v5(&broker, "seeing").await;
    for peer in [&mut blind, &mut seeing] {
        peer.subscribe("$share/g/a", QOS0).await;
    }
    let mut publisher = Peer::v5(&broker, "p").await;

    for payload in ["1", "2", "3"] {
        publisher.publish(publish("a", payload, QOS0)).await;
    }

    assert_eq!(seeing.payloads().await, ["1", "2", "3"]);
    assert!(blind.payloads().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_will_that_must_not_be_published_keeps_the_client_out() {
    let (broker, _) = start_with(acl(&[deny("p", "a/will")]));

    let mut answers = Vec::new();
    for version in [Version::V31, Version::V311, Version::V5] {
        for topic in ["a/will", "b/will"] {
            let mut attempt = connect(version, "c");
            attempt.will = Some(will(topic, "gone"));
            answers.push(Peer::attempt(&broker, attempt).await.1.reason);
        }
    }

    assert_eq!(answers, [[ReasonCode::NOT_AUTHORIZED, ReasonCode::SUCCESS]; 3].concat());
}

#[tokio::test(start_paused = true)]
async fn new_rules_hold_for_clients_that_are_connected() {
    let (broker, accounts) = start_with(AccessRules::default());
    let mut peer = Peer::v5(&broker, "c").await;
    let mut publisher = Peer::v5(&broker, "p").await;
    peer.subscribe("a", QOS0).await;
    let mut received = Vec::new();
    let mut answers = Vec::new();

    let rules = [
        acl(&[]),
        acl(&[of_client("c", deny("ps", "#"))]),
        acl(&[of_client("c", allow("s", "b"))]),
        acl(&[]),
    ];
    for (step, rules) in rules.into_iter().enumerate() {
        accounts.replace(rules);
        publisher.publish(publish("a", &step.to_string(), QOS0)).await;
        received.extend(peer.payloads().await);
        answers.push(peer.publish(publish("own", "1", QOS1)).await);
    }

    let (none, bad) = (ReasonCode::NO_MATCHING_SUBSCRIBERS, ReasonCode::NOT_AUTHORIZED);
    assert_eq!(received, ["0", "3"]);
    assert_eq!(answers, [none, bad, none, none]);
}

#[tokio::test(start_paused = true)]
async fn messages_that_wait_are_judged_by_the_rules_of_the_moment_they_are_sent() {
    let (broker, accounts) = start_with(AccessRules::default());
    let mut peer = Peer::join(&broker, persistent(Version::V311, "c")).await;
    peer.subscribe("#", QOS1).await;
    peer.vanish(&broker).await;
    let mut publisher = Peer::v5(&broker, "p").await;
    for topic in ["a", "b"] {
        publisher.publish(publish(topic, "waits", QOS1)).await;
    }

    accounts.replace(acl(&[deny("r", "a")]));
    let mut peer = Peer::join(&broker, persistent(Version::V311, "c")).await;

    assert_eq!(peer.messages().await, [("b".to_owned(), "waits".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn a_message_on_its_way_is_not_repeated_to_who_may_not_receive_it_any_more() {
    let (broker, accounts) = start_with(AccessRules::default());
    let mut peer = Peer::join(&broker, persistent(Version::V311, "c")).await;
    peer.subscribe("a", QOS1).await;
    let mut publisher = Peer::v5(&broker, "p").await;
    publisher.publish(publish("a", "unanswered", QOS1)).await;
    peer.receive_publish().await;
    peer.vanish(&broker).await;

    accounts.replace(acl(&[deny("r", "a")]));
    let mut peer = Peer::join(&broker, persistent(Version::V311, "c")).await;

    assert!(peer.messages().await.is_empty());
    assert_eq!(broker.snapshot().await.unwrap().inflight, 0);
}

#[tokio::test(start_paused = true)]
async fn a_user_who_is_gone_or_has_another_password_is_disconnected_and_others_stay() {
    let before = users_only(&[("gone", "1"), ("changed", "2"), ("same", "3")]);
    let (broker, accounts) = start_with(before.clone());
    let mut events = broker.events();
    let mut peers = Vec::new();
    for (name, password) in [("gone", "1"), ("changed", "2"), ("same", "3")] {
        let mut connect = with_user(connect(Version::V5, name), name, password);
        connect.will = Some(will("will", name.to_owned().leak()));
        peers.push(Peer::join(&broker, connect).await);
        events.recv().await.unwrap();
    }
    let same = &mut peers[2];
    same.subscribe("will", QOS0).await;
    let mut old = with_user(connect(Version::V311, "old"), "gone", "1");
    old.keep_alive = 10;
    let mut old = Peer::join(&broker, old).await;
    events.recv().await.unwrap();

    let mut after = users_only(&[("changed", "other")]);
    after.users.extend(before.users.into_iter().filter(|user| user.name == "same"));
    accounts.replace(after);

    for peer in &mut peers[..2] {
        assert_eq!(peer.receive_disconnect().await, ReasonCode::NOT_AUTHORIZED);
        assert!(peer.is_closed().await);
    }
    assert!(old.is_closed().await);
    let mut causes = Vec::new();
    while let Ok(BrokerEvent::ClientDisconnected { cause, .. }) = events.try_recv() {
        causes.push(cause);
    }
    let kicked = DisconnectCause::Kicked { reason: ReasonCode::NOT_AUTHORIZED };
    assert_eq!(causes, [kicked.clone(), kicked.clone(), kicked]);
    // Nor do they have the last word.
    assert!(peers[2].messages().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn rules_name_users_and_their_topics() {
    let mut rules = users_only(&[("ada", "1"), ("bob", "2")]);
    rules.acl = vec![allow("psr", "home/%u/%c/#")];
    let (broker, _) = start_with(rules);
    let mut ada = Peer::join(&broker, with_user(connect(Version::V5, "c1"), "ada", "1")).await;
    let mut bob = Peer::join(&broker, with_user(connect(Version::V5, "c2"), "bob", "2")).await;

    let own = ada.subscribe("home/ada/c1/in/#", QOS0).await.reasons;
    let all = bob.subscribe("home/#", QOS0).await.reasons;
    let to_own = ada.publish(publish("home/ada/c1/x", "1", QOS1)).await;
    let to_other = bob.publish(publish("home/ada/c1/x", "2", QOS1)).await;

    let (good, bad) = (ReasonCode::SUCCESS, ReasonCode::NOT_AUTHORIZED);
    assert_eq!((own, all), (vec![good], vec![bad]));
    assert_eq!([to_own, to_other], [ReasonCode::NO_MATCHING_SUBSCRIBERS, bad]);
}

#[tokio::test(start_paused = true)]
async fn refusals_are_told_with_who_and_what_and_do_not_flood() {
    let (broker, _) = start_with(acl(&[deny("ps", "a/#")]));
    let mut events = broker.events();
    let mut peer = Peer::v5(&broker, "c").await;

    for _ in 0..100 {
        peer.publish(publish("a/1", "x", QOS1)).await;
    }
    peer.subscribe("a/#", QOS0).await;
    let first = refusals(&mut events);
    advance(Duration::from_secs(1)).await;
    peer.publish(publish("a/1", "x", QOS0)).await;
    let second = refusals(&mut events);

    let told = |what: &str, count| ("c".to_owned(), what.to_owned(), count);
    assert_eq!(first, [told("a/1", 1), told("a/#", 1)]);
    assert_eq!(second, [told("a/1", 100)]);
}

/// Lets in who has a client identifier it likes.
struct Picky;

impl Access for Picky {
    fn authenticate(&self, attempt: &ConnectAttempt<'_>) -> Verdict {
        let is_banned = attempt.client_id == "banned";
        Verdict::Later(Box::pin(async move {
            tokio::task::yield_now().await;
            if is_banned { Err(Denied::Banned) } else { Ok(broker::Admitted::default()) }
        }))
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_may_take_its_time() {
    let broker = Broker::start(BrokerConfig { access: Arc::new(Picky), ..BrokerConfig::default() });

    let mut answers = Vec::new();
    for client_id in ["banned", "c"] {
        answers.push(Peer::attempt(&broker, connect(Version::V5, client_id)).await.1.reason);
    }

    assert_eq!(answers, [ReasonCode::BANNED, ReasonCode::SUCCESS]);
}

fn as_text(mut publish: Publish, payload: &'static [u8]) -> Publish {
    publish.payload = Bytes::from_static(payload);
    publish.properties.payload_format_indicator = Some(true);
    publish
}

#[tokio::test(start_paused = true)]
async fn a_payload_that_is_not_the_text_it_claims_to_be_is_refused_if_that_is_wanted() {
    let check = |check_payload_format| BrokerConfig { check_payload_format, ..Default::default() };
    let mut answers = Vec::new();

    for config in [check(false), check(true)] {
        let broker = Broker::start(config);
        let mut peer = Peer::v5(&broker, "c").await;
        peer.subscribe("a", QOS0).await;
        for payload in [b"ok", b"\xFF\xFE"] {
            for qos in [QOS1, QOS2] {
                let reason = peer.publish(as_text(publish("b", "", qos), payload)).await;
                answers.push(reason.0);
            }
        }
        let mut attempt = connect(Version::V5, "w");
        let mut last = will("a", "");
        last.payload = Bytes::from_static(b"\xFF");
        last.properties.payload_format_indicator = Some(true);
        attempt.will = Some(last);
        answers.push(Peer::attempt(&broker, attempt).await.1.reason.0);
        peer.send(Packet::Publish(as_text(publish("a", "", QOS0), b"\xFF"))).await;
        match peer.receive().await {
            Some(Packet::Publish(received)) => assert_eq!(&received.payload[..], b"\xFF"),
            Some(Packet::Disconnect(disconnect)) => answers.push(disconnect.reason.0),
            other => panic!("{other:?}"),
        }
    }

    let lenient = [0x10, 0x10, 0x10, 0x10, 0];
    let strict = [0x10, 0x10, 0x99, 0x99, 0x99, 0x99];
    assert_eq!(answers, [&lenient[..], &strict].concat());
}

#[tokio::test(start_paused = true)]
async fn response_information_is_given_to_who_asks_for_it() {
    let config = BrokerConfig {
        response_information: Some("answers/%c/".into()),
        ..BrokerConfig::default()
    };
    let broker = Broker::start(config);

    let mut given = Vec::new();
    for wanted in [None, Some(false), Some(true)] {
        let mut attempt = connect(Version::V5, "c");
        attempt.properties.request_response_information = wanted;
        let (_, answer) = Peer::attempt(&broker, attempt).await;
        given.push(answer.properties.response_information);
    }

    assert_eq!(given, [None, None, Some("answers/c/".into())]);
}

#[tokio::test(start_paused = true)]
async fn who_wants_no_problem_information_gets_none_in_answers() {
    let (broker, _) = start_with(acl(&[deny("ps", "a")]));
    let mut attempt = connect(Version::V5, "c");
    attempt.properties.request_problem_information = Some(false);
    let mut peer = Peer::join(&broker, attempt).await;

    let suback = peer.subscribe("a", QOS0).await;
    peer.send(Packet::Publish(publish("a", "1", QOS1))).await;
    let puback = peer.receive().await;

    assert_eq!(suback.properties.reason_string, None);
    let Some(Packet::PubAck(puback)) = puback else { panic!("{puback:?}") };
    assert_eq!(puback.properties.reason_string, None);
    assert_eq!(puback.reason, ReasonCode::NOT_AUTHORIZED);
}
