//! Which packets a rule fires at, how often, and that it is the same each time.

use broker::{
    Broker, FaultDirection, FaultEffect, FaultMatch, FaultPacket, FaultProblem, FaultRule,
    FaultTrigger,
};
use wire::{Packet, Version, packet::Subscribe, property::SubscribeProperties};

use super::{always, at, fired, marked, start};
use crate::peer::{Peer, QOS0, QOS1, connect, id, publish, subscription};

fn lost(only: FaultMatch) -> FaultRule {
    FaultRule { only, ..always(FaultEffect::Drop) }
}

fn chance(percent: f64, seed: u32) -> FaultRule {
    FaultRule {
        when: FaultTrigger::Chance { percent },
        seed,
        ..at(FaultPacket::PubAck, FaultEffect::Drop)
    }
}

/// Which of `count` publishes were answered.
async fn answered(peer: &mut Peer, count: usize) -> Vec<bool> {
    let mut answers = Vec::new();
    for _ in 0..count {
        peer.send(Packet::Publish(publish("a", "1", QOS1))).await;
        answers.push(peer.receive().await.is_some());
    }
    answers
}

#[tokio::test(start_paused = true)]
async fn a_rule_concerns_clients_by_pattern_and_users_by_name() {
    let by_client = FaultMatch { client_id: Some("dev-?".into()), ..FaultMatch::default() };
    let by_user = FaultMatch { username: Some("ada".into()), ..FaultMatch::default() };
    let puback = Some(FaultPacket::PubAck);
    for (only, hit, missed) in [(by_client, "dev-1", "dev-10"), (by_user, "ada", "bob")] {
        let broker = start([lost(FaultMatch { packet: puback, ..only })]);
        let mut peers = Vec::new();
        for name in [hit, missed] {
            let mut attempt = connect(Version::V5, name);
            attempt.username = Some(name.into());
            peers.push(Peer::join(&broker, attempt).await);
        }

        assert_eq!(answered(&mut peers[0], 1).await, [false]);
        assert_eq!(answered(&mut peers[1], 1).await, [true]);
        assert_eq!(fired(&broker), [1]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_rule_concerns_topics_by_filter_also_when_an_alias_stands_for_them() {
    let broker = start([lost(FaultMatch {
        topic: Some("plant/+/secret".into()),
        direction: Some(FaultDirection::In),
        ..FaultMatch::default()
    })]);
    let mut peer = Peer::v5(&broker, "c").await;
    let mut with_alias = publish("plant/1/secret", "1", QOS1);
    with_alias.properties.topic_alias = Some(id(1));
    let mut by_alias = with_alias.clone();
    by_alias.topic = None;

    let plain = peer.publish(publish("plant/1/open", "1", QOS1)).await;
    peer.send(Packet::Publish(with_alias)).await;
    peer.send(Packet::Publish(by_alias)).await;
    let subscribe = |filter| {
        let (packet_id, filters) = (id(9), vec![subscription(filter, QOS0)]);
        let properties = SubscribeProperties::default();
        Packet::Subscribe(Subscribe { packet_id, filters, properties })
    };
    for filter in ["plant/1/secret", "plant/+/secret", "$share/g/plant/+/secret", "other"] {
        peer.send(subscribe(filter)).await;
    }

    assert!(!plain.is_error());
    assert!(matches!(peer.receive().await, Some(Packet::SubAck(_))));
    assert_eq!(peer.receive().await, None);
    assert_eq!(fired(&broker), [5]);
}

#[tokio::test(start_paused = true)]
async fn a_rule_concerns_messages_to_a_subscriber_by_their_topic() {
    let broker = start([lost(FaultMatch {
        topic: Some("secret/#".into()),
        direction: Some(FaultDirection::Out),
        ..FaultMatch::default()
    })]);
    let mut peer = Peer::v5(&broker, "c").await;
    peer.subscribe("#", QOS0).await;

    for topic in ["secret/a", "open", "secret"] {
        peer.send(Packet::Publish(publish(topic, topic, QOS0))).await;
    }

    assert_eq!(peer.payloads().await, ["open"]);
}

#[tokio::test(start_paused = true)]
async fn every_third_is_every_third_over_all_connections_of_a_client() {
    let rule = FaultRule {
        when: FaultTrigger::Every { count: 3 },
        ..at(FaultPacket::PubAck, FaultEffect::Drop)
    };
    let broker = start([rule]);
    let mut answers = Vec::new();

    for _ in 0..2 {
        let mut peer = Peer::v5(&broker, "c").await;
        answers.extend(answered(&mut peer, 4).await);
        peer.disconnect().await;
    }

    assert_eq!(answers, [true, true, false, true, true, false, true, true]);
    let state = &broker.faults()[0];
    assert_eq!((state.seen, state.fired), (8, 2));
    assert!(state.last.is_some());
}

#[tokio::test(start_paused = true)]
async fn at_most_is_counted_over_all_clients() {
    let rule = FaultRule { at_most: Some(3), ..at(FaultPacket::PubAck, FaultEffect::Drop) };
    let broker = start([rule]);
    let mut first = Peer::v5(&broker, "a").await;
    let mut second = Peer::v5(&broker, "b").await;

    let answers = [answered(&mut first, 2).await, answered(&mut second, 2).await].concat();

    assert_eq!(answers, [false, false, false, true]);
    assert_eq!(fired(&broker), [3]);
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_faults_whatever_else_goes_on() {
    const COUNT: usize = 60;
    let alone = start([chance(30.0, 5)]);
    let expected = answered(&mut Peer::v5(&alone, "c").await, COUNT).await;

    // The same with another client in between, in two connections, and all at once.
    let crowded = start([chance(30.0, 5)]);
    let mut other = Peer::v5(&crowded, "other").await;
    let mut interleaved = Vec::new();
    for part in 0..2 {
        let mut peer = Peer::v5(&crowded, "c").await;
        for _ in 0..COUNT / 2 {
            answered(&mut other, 1 + part).await;
            interleaved.extend(answered(&mut peer, 1).await);
        }
        peer.disconnect().await;
    }
    let burst = start([chance(30.0, 5)]);
    let mut peer = Peer::v5(&burst, "c").await;
    for number in 1..=COUNT {
        let mut message = publish("a", "1", QOS1);
        message.packet_id = Some(id(u16::try_from(number).unwrap()));
        peer.send(Packet::Publish(message)).await;
    }
    let mut at_once = vec![false; COUNT];
    while let Some(Packet::PubAck(ack)) = peer.receive().await {
        at_once[usize::from(ack.packet_id.get()) - 1] = true;
    }
    let another_seed = start([chance(30.0, 6)]);
    let different = answered(&mut Peer::v5(&another_seed, "c").await, COUNT).await;

    let fired = expected.iter().filter(|answered| !**answered).count();
    assert!((8..30).contains(&fired), "{fired}");
    assert_eq!(interleaved, expected);
    assert_eq!(at_once, expected);
    assert_ne!(different, expected);
}

#[tokio::test(start_paused = true)]
async fn the_first_rule_that_fires_decides_and_delays_add_up() {
    let delay = |milliseconds| FaultEffect::Delay { milliseconds, jitter: 0 };
    let every_second = FaultRule {
        when: FaultTrigger::Every { count: 2 },
        ..at(FaultPacket::PubAck, FaultEffect::Drop)
    };
    let broker = start([
        at(FaultPacket::PubAck, delay(100)),
        at(FaultPacket::PubAck, delay(50)),
        every_second,
        at(FaultPacket::PubAck, FaultEffect::Duplicate),
    ]);
    let mut peer = Peer::v5(&broker, "c").await;

    let begun = tokio::time::Instant::now();
    peer.send(Packet::Publish(publish("a", "1", QOS1))).await;
    let twice = [peer.receive().await, peer.receive().await];
    let took = begun.elapsed();
    peer.send(Packet::Publish(publish("a", "1", QOS1))).await;

    assert!(twice.iter().all(Option::is_some), "{twice:?}");
    assert_eq!(took.as_millis(), 150);
    assert_eq!(peer.receive().await, None);
    let seen: Vec<_> = broker.faults().iter().map(|state| (state.seen, state.fired)).collect();
    assert_eq!(seen, [(2, 2), (2, 2), (2, 1), (1, 1)]);
    let last_three: Vec<_> = marked(&broker).split_off(6);
    assert_eq!(last_three, [(0x40, delay(100)), (0x40, delay(50)), (0x40, FaultEffect::Drop)]);
}

#[tokio::test(start_paused = true)]
async fn rules_are_switched_while_connections_run_and_counts_survive() {
    let rule = at(FaultPacket::PubAck, FaultEffect::Drop);
    let other = at(FaultPacket::PingResp, FaultEffect::Drop);
    let broker = start([]);
    let mut peer = Peer::v5(&broker, "c").await;
    let set = |broker: &Broker, rules| broker.set_faults(rules).unwrap();

    let mut answers = answered(&mut peer, 1).await;
    set(&broker, vec![rule.clone()]);
    answers.extend(answered(&mut peer, 2).await);
    set(&broker, vec![other.clone(), rule.clone()]);
    answers.extend(answered(&mut peer, 1).await);
    let running = fired(&broker);
    set(&broker, vec![other.clone(), FaultRule { on: false, ..rule.clone() }]);
    answers.extend(answered(&mut peer, 1).await);
    let off = fired(&broker);
    set(&broker, vec![rule]);
    answers.extend(answered(&mut peer, 1).await);
    set(&broker, Vec::new());
    answers.extend(answered(&mut peer, 1).await);

    assert_eq!(answers, [true, false, false, false, true, false, true]);
    assert_eq!((running, off), (vec![0, 3], vec![0, 3]));
    assert!(broker.faults().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_list_with_a_rule_that_makes_no_sense_changes_nothing() {
    let good = at(FaultPacket::PubAck, FaultEffect::Drop);
    let broker = start([good.clone()]);
    let wrong = [
        FaultRule {
            only: FaultMatch { topic: Some("a/#/b".into()), ..FaultMatch::default() },
            ..always(FaultEffect::Drop)
        },
        chance(100.1, 0),
        chance(f64::NAN, 0),
        FaultRule { when: FaultTrigger::Every { count: 0 }, ..good.clone() },
        FaultRule { when: FaultTrigger::Nth { number: 0 }, ..good.clone() },
        always(FaultEffect::Throttle { bytes_per_second: 0 }),
        always(FaultEffect::Corrupt { bytes: 0 }),
        always(FaultEffect::RefuseConnect { reason: 0 }),
        always(FaultEffect::RefuseConnect { reason: 0x8E }),
        always(FaultEffect::Disconnect { reason: 0x8C }),
        at(FaultPacket::PubRel, FaultEffect::FailAck { reason: 0x97 }),
        at(FaultPacket::Publish, FaultEffect::IgnorePing),
        FaultRule {
            only: FaultMatch { direction: Some(FaultDirection::Out), ..FaultMatch::default() },
            ..always(FaultEffect::IgnoreConnect)
        },
        at(FaultPacket::Publish, FaultEffect::Restart { every_seconds: 30, down_seconds: 5 }),
        always(FaultEffect::Restart { every_seconds: 0, down_seconds: 0 }),
        always(FaultEffect::Restart { every_seconds: 5, down_seconds: 5 }),
    ];

    for rule in wrong {
        let error = broker.set_faults(vec![good.clone(), rule.clone()]).unwrap_err();
        assert_eq!(error.index, 1, "{rule:?}");
    }

    assert_eq!(broker.faults()[0].rule, good);
    let error = broker.set_faults(vec![chance(101.0, 0)]).unwrap_err();
    assert_eq!(error.what, FaultProblem::Percent { percent: 101.0 });
    assert_eq!(error.to_string(), "rule 1: a chance has 0 to 100 percent, not 101");
}
