//! Lines that are slow, lose packets or change them.

use std::time::Duration;

use broker::{FaultDirection, FaultEffect, FaultMatch, FaultPacket, FaultRule, FaultTrigger};
use tokio::time::Instant;
use wire::{Packet, ReasonCode, Version};

use super::{VERSIONS, always, at, fired, marked, start};
use crate::peer::{Peer, QOS0, QOS1, ack, connect, publish, text};

const LONG: Duration = Duration::from_mins(1);

fn only(direction: FaultDirection, rule: FaultRule) -> FaultRule {
    FaultRule { only: FaultMatch { direction: Some(direction), ..rule.only }, ..rule }
}

#[tokio::test(start_paused = true)]
async fn a_delay_keeps_the_order_and_is_the_same_for_all_of_a_burst() {
    let delay = FaultEffect::Delay { milliseconds: 400, jitter: 0 };
    for direction in [FaultDirection::In, FaultDirection::Out] {
        let broker = start([]);
        let mut peer = Peer::v5(&broker, "c").await;
        peer.subscribe("a", QOS0).await;
        broker.set_faults(vec![only(direction, always(delay))]).unwrap();
        let begun = Instant::now();

        for number in 0..100 {
            peer.send(Packet::Publish(publish("a", &number.to_string(), QOS0))).await;
        }
        let mut received = Vec::new();
        while received.len() < 100 {
            received.push(text(&peer.receive_publish().await).1);
        }

        assert_eq!(received, (0..100).map(|number| number.to_string()).collect::<Vec<_>>());
        // One delay and not a hundred.
        let took = begun.elapsed();
        assert!((400..450).contains(&took.as_millis()), "{took:?}");
        assert_eq!(fired(&broker), [100]);
    }
}

#[tokio::test(start_paused = true)]
async fn jitter_never_changes_the_order_and_is_within_its_bounds() {
    let delay = FaultEffect::Delay { milliseconds: 100, jitter: 80 };
    let broker = start([at(FaultPacket::Publish, delay)]);
    let mut peer = Peer::v5(&broker, "c").await;

    for number in 0..50 {
        peer.send(Packet::Publish(publish("a", &number.to_string(), QOS1))).await;
    }
    let mut acks = 0;
    while let Some(Packet::PubAck(_)) = peer.receive().await {
        acks += 1;
    }

    assert_eq!(acks, 50);
    let page = broker.packets("c", 0, usize::MAX);
    let late: Vec<_> =
        page.entries.iter().flat_map(|entry| &entry.faults).map(|mark| mark.late).collect();
    assert_eq!(late.len(), 50);
    assert!(late.iter().all(|late| (20..=180).contains(late)), "{late:?}");
    assert!(late.iter().any(|late| *late < 60) && late.iter().any(|late| *late > 140), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn a_throttled_line_takes_the_time_its_bytes_take() {
    let broker = start([]);
    let mut peer = Peer::v5(&broker, "c").await;
    peer.subscribe("a", QOS0).await;
    let throttle = always(FaultEffect::Throttle { bytes_per_second: 1000 });
    broker.set_faults(vec![only(FaultDirection::Out, throttle)]).unwrap();
    let begun = Instant::now();

    // 200 bytes each: 2 of fixed header, 2 + 1 of topic, 1 without properties, the payload.
    for _ in 0..10 {
        peer.send(Packet::Publish(publish("a", &"x".repeat(193), QOS0))).await;
    }
    let mut count = 0;
    while count < 10 {
        assert!(peer.receive_within(LONG).await.is_some());
        count += 1;
    }

    let took = begun.elapsed();
    assert!((2000..2100).contains(&took.as_millis()), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_dropped_packet_never_arrives_and_is_in_the_log() {
    for version in VERSIONS {
        let broker = start([at(FaultPacket::PubAck, FaultEffect::Drop)]);
        let mut peer = Peer::join(&broker, connect(version, "c")).await;

        peer.send(Packet::Publish(publish("a", "1", QOS1))).await;

        assert_eq!(peer.receive().await, None);
        assert_eq!(marked(&broker), [(0x40, FaultEffect::Drop)]);
        assert_eq!(fired(&broker), [1]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_packet_dropped_on_the_way_in_is_not_handled() {
    let rule = only(FaultDirection::In, at(FaultPacket::Publish, FaultEffect::Drop));
    let broker = start([]);
    let mut peer = Peer::v5(&broker, "c").await;
    peer.subscribe("a", QOS0).await;
    broker.set_faults(vec![rule]).unwrap();

    peer.publish(publish("a", "lost", QOS0)).await;
    broker.set_faults(Vec::new()).unwrap();
    peer.send(Packet::Publish(publish("a", "kept", QOS0))).await;

    assert_eq!(peer.payloads().await, ["kept"]);
}

#[tokio::test(start_paused = true)]
async fn a_duplicated_packet_arrives_twice() {
    let broker = start([at(FaultPacket::PubAck, FaultEffect::Duplicate)]);
    let mut peer = Peer::v5(&broker, "c").await;

    peer.send(Packet::Publish(publish("a", "1", QOS1))).await;
    let [first, second] = [peer.receive().await, peer.receive().await];

    assert!(matches!(first, Some(Packet::PubAck(_))), "{first:?}");
    assert_eq!(first, second);
    assert_eq!(peer.receive().await, None);
}

#[tokio::test(start_paused = true)]
async fn the_next_packet_overtakes_one_that_is_reordered() {
    let first = FaultRule {
        when: FaultTrigger::Nth { number: 2 },
        ..only(FaultDirection::Out, at(FaultPacket::Publish, FaultEffect::Reorder))
    };
    let broker = start([first]);
    let mut peer = Peer::v5(&broker, "c").await;
    peer.subscribe("a", QOS0).await;

    for payload in ["1", "2", "3", "4"] {
        peer.send(Packet::Publish(publish("a", payload, QOS0))).await;
    }

    assert_eq!(peer.payloads().await, ["1", "3", "2", "4"]);
}

#[tokio::test(start_paused = true)]
async fn pairs_change_places_when_every_packet_is_reordered() {
    let broker = start([]);
    let mut peer = Peer::v5(&broker, "c").await;
    peer.subscribe("a", QOS0).await;
    let rule = only(FaultDirection::In, at(FaultPacket::Publish, FaultEffect::Reorder));
    broker.set_faults(vec![rule]).unwrap();

    for payload in ["1", "2", "3", "4"] {
        peer.send(Packet::Publish(publish("a", payload, QOS0))).await;
    }

    assert_eq!(peer.payloads().await, ["2", "1", "4", "3"]);
}

#[tokio::test(start_paused = true)]
async fn a_packet_that_nothing_overtakes_waits_a_second() {
    let broker = start([at(FaultPacket::PubAck, FaultEffect::Reorder)]);
    let mut peer = Peer::v5(&broker, "c").await;
    let begun = Instant::now();

    peer.send(Packet::Publish(publish("a", "1", QOS1))).await;
    let answer = peer.receive_within(LONG).await;

    assert!(matches!(answer, Some(Packet::PubAck(_))), "{answer:?}");
    assert_eq!(begun.elapsed().as_millis(), 1000);
}

#[tokio::test(start_paused = true)]
async fn a_corrupt_packet_is_refused_like_any_other() {
    let broker = start([at(FaultPacket::Subscribe, FaultEffect::Corrupt { bytes: 100 })]);
    let mut peer = Peer::v5(&broker, "c").await;

    peer.send_raw(&[0x82, 7, 0, 1, 0, 0, 1, b'a', 0]).await;
    let reason = peer.receive_disconnect().await;

    assert!(reason == ReasonCode::MALFORMED_PACKET || reason == ReasonCode::PROTOCOL_ERROR);
    assert!(peer.is_closed().await);
    let page = broker.packets("c", 0, usize::MAX);
    let entry = page.entries.iter().find(|entry| entry.bytes[0] == 0x82).unwrap();
    assert_eq!(entry.faults[0].changed, [2, 3, 4, 5, 6, 7, 8]);
    assert!(entry.error.is_some());
    let sent = [0x82, 7, 0, 1, 0, 0, 1, b'a', 0];
    assert!(entry.bytes[2..].iter().zip(&sent[2..]).all(|(now, before)| now != before));
}

#[tokio::test(start_paused = true)]
async fn a_corrupt_message_differs_in_as_many_bytes_as_the_log_says() {
    let broker = start([]);
    let mut peer = Peer::v311(&broker, "c").await;
    peer.subscribe("topic", QOS0).await;
    // The payload only: what comes before it decides whether it can be read at all.
    let rule = at(FaultPacket::Publish, FaultEffect::Corrupt { bytes: 3 });
    broker.set_faults(vec![only(FaultDirection::Out, rule)]).unwrap();

    peer.send(Packet::Publish(publish("topic", &"x".repeat(1000), QOS0))).await;
    peer.receive_raw().await;

    let page = broker.packets("c", 0, usize::MAX);
    let entries: Vec<_> = page.entries.iter().filter(|entry| entry.bytes[0] == 0x30).collect();
    let [sent, received] = entries[..] else { panic!("{entries:?}") };
    let differing: Vec<_> =
        (0..sent.bytes.len()).filter(|at| sent.bytes[*at] != received.bytes[*at]).collect();
    assert_eq!(received.faults[0].changed, differing);
    assert!((1..=3).contains(&differing.len()), "{differing:?}");
    assert!(differing.iter().all(|at| *at >= 3), "{differing:?}");
}

#[tokio::test(start_paused = true)]
async fn others_pass_a_packet_that_is_held() {
    let hold = FaultEffect::Hold { milliseconds: Some(2_000) };
    let broker = start([at(FaultPacket::PubAck, hold)]);
    let mut peer = Peer::v5(&broker, "c").await;
    let begun = Instant::now();

    peer.send(Packet::Publish(publish("a", "1", QOS1))).await;
    peer.send(Packet::PingReq).await;
    let first = peer.receive_within(LONG).await;
    let second = peer.receive_within(LONG).await;

    assert_eq!(first, Some(Packet::PingResp));
    assert!(matches!(second, Some(Packet::PubAck(_))), "{second:?}");
    assert_eq!(begun.elapsed().as_millis(), 2000);
    // Once in the log, when it was held.
    assert_eq!(marked(&broker), [(0x40, hold)]);
}

#[tokio::test(start_paused = true)]
async fn what_is_held_for_ever_goes_on_when_the_rule_is_switched_off() {
    for packet in [FaultPacket::PubRec, FaultPacket::PubComp] {
        let rule = at(packet, FaultEffect::Hold { milliseconds: None });
        let broker = start([rule.clone()]);
        let mut peer = Peer::v5(&broker, "c").await;

        peer.send(Packet::Publish(publish("a", "1", crate::peer::QOS2))).await;
        if packet == FaultPacket::PubComp {
            assert!(matches!(peer.receive().await, Some(Packet::PubRec(_))));
            peer.send(Packet::PubRel(ack(1))).await;
        }
        let held = peer.receive_within(LONG).await;
        broker.set_faults(vec![FaultRule { on: false, ..rule }]).unwrap();
        let released = peer.receive().await;

        assert_eq!(held, None);
        assert!(matches!(released, Some(Packet::PubRec(_) | Packet::PubComp(_))), "{released:?}");
        assert_eq!(fired(&broker), [1]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_held_pubrel_lets_the_message_wait() {
    let hold = FaultEffect::Hold { milliseconds: Some(300) };
    let broker = start([at(FaultPacket::PubRel, hold)]);
    let mut peer = Peer::v5(&broker, "c").await;
    let begun = Instant::now();

    let reason = peer.publish(publish("a", "1", crate::peer::QOS2)).await;

    assert!(!reason.is_error());
    assert_eq!(begun.elapsed().as_millis(), 300);
}

#[tokio::test(start_paused = true)]
async fn a_good_client_on_a_slow_line_is_not_taken_for_dead() {
    let delay = FaultEffect::Delay { milliseconds: 10_000, jitter: 0 };
    let broker = start([]);
    let mut attempt = connect(Version::V5, "c");
    attempt.keep_alive = 2;
    let mut peer = Peer::join(&broker, attempt).await;
    broker.set_faults(vec![only(FaultDirection::In, always(delay))]).unwrap();

    for _ in 0..10 {
        peer.send(Packet::PingReq).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    let mut answers = 0;
    while peer.receive_within(Duration::from_secs(3)).await == Some(Packet::PingResp) {
        answers += 1;
    }

    assert_eq!(answers, 10);
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_before_the_line_was_closed_still_arrives_late() {
    let delay = FaultEffect::Delay { milliseconds: 5_000, jitter: 0 };
    let broker = start([]);
    let mut subscriber = Peer::v5(&broker, "s").await;
    subscriber.subscribe("#", QOS0).await;
    let mut peer = Peer::v5(&broker, "c").await;
    let mut rule = only(FaultDirection::In, always(delay));
    rule.only.client_id = Some("c".into());
    broker.set_faults(vec![rule]).unwrap();
    let begun = Instant::now();

    peer.send(Packet::Publish(publish("a", "1", QOS0))).await;
    drop(peer);
    let message = subscriber.receive_within(LONG).await;

    assert!(matches!(message, Some(Packet::Publish(_))), "{message:?}");
    assert_eq!(begun.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_full_lane_slows_the_sender_down_instead_of_growing() {
    let delay = FaultEffect::Delay { milliseconds: 60_000, jitter: 0 };
    let broker = start([]);
    let mut peer = Peer::dial_with_buffer(&broker, Version::V311, 64 * 1024);
    peer.send(Packet::Connect(Box::new(connect(Version::V311, "c")))).await;
    peer.receive().await;
    broker.set_faults(vec![only(FaultDirection::In, always(delay))]).unwrap();
    let burst = Packet::Publish(publish("a", &"x".repeat(10_000), QOS0));

    let mut sent = 0;
    while sent < 10_000
        && tokio::time::timeout(Duration::from_secs(1), peer.send(burst.clone())).await.is_ok()
    {
        sent += 1;
    }

    // A mebibyte on the lane, what the transport holds, and one chunk.
    assert!((100..140).contains(&sent), "{sent}");
}
