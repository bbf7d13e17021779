//! Faults from files, and the presets.

use broker::{
    BrokerEvent, FaultClose, FaultEffect, FaultMatch, FaultMoment, FaultPacket, FaultProblem,
    FaultRule, FaultTrigger,
    faults::{FaultEntryError, FaultFileError, from_json, presets},
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use wire::{Packet, ReasonCode, Version};

use super::{fired, start};
use crate::peer::{Peer, QOS1, QOS2, connect, persistent, publish};

#[test]
fn everything_but_the_effect_may_be_left_out() {
    let rules = from_json(
        r#"[{ "effect": { "kind": "delay", "milliseconds": 5 } },
            { "name": "cut", "on": false, "only": { "packet": "pubAck", "clientId": "a*" },
              "when": { "kind": "every", "count": 3 }, "atMost": 2, "seed": 9,
              "effect": { "kind": "close", "how": "rst", "moment": "before" } }]"#,
    );

    let delay = FaultEffect::Delay { milliseconds: 5, jitter: 0 };
    let close = FaultEffect::Close { how: FaultClose::Rst, moment: FaultMoment::Before };
    assert_eq!(
        rules.unwrap(),
        [
            FaultRule {
                name: "delay".into(),
                on: true,
                only: FaultMatch::default(),
                when: FaultTrigger::Always,
                effect: delay,
                at_most: None,
                seed: 0,
            },
            FaultRule {
                name: "cut".into(),
                on: false,
                only: FaultMatch {
                    packet: Some(FaultPacket::PubAck),
                    client_id: Some("a*".into()),
                    ..FaultMatch::default()
                },
                when: FaultTrigger::Every { count: 3 },
                effect: close,
                at_most: Some(2),
                seed: 9,
            },
        ]
    );
}

#[test]
fn a_preset_in_a_file_stands_for_its_rules() {
    for preset in presets() {
        let rules = from_json(&format!(r#"["{}"]"#, preset.id)).unwrap();

        assert_eq!(rules, preset.rules);
        let text = serde_json::to_string(&preset.rules).unwrap();
        assert_eq!(from_json(&text).unwrap(), preset.rules, "{text}");
        assert_eq!(count_started(rules), preset.rules.len());
    }
}

/// How many rules a broker takes.
fn count_started(rules: Vec<FaultRule>) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { start(rules).faults().len() })
}

#[test]
fn what_is_wrong_in_a_file_is_said_with_its_entry() {
    let error = |text: &str| from_json(text).unwrap_err();
    let entry = |text: &str| match error(&format!(r#"["full-disk", {text}]"#)) {
        FaultFileError::Entry { index: 1, what } => what,
        other => panic!("{other:?}"),
    };

    assert!(matches!(error("[,]"), FaultFileError::NotJson { .. }));
    assert_eq!(error("{}"), FaultFileError::NotAList);
    let unknown = entry(r#""flaky""#);
    assert!(unknown.to_string().contains("`flaky`; there are high-latency, flaky-wifi"));
    assert!(matches!(entry("7"), FaultEntryError::NotARule { .. }));
    for (text, part) in [
        ("{}", "missing field `effect`"),
        (r#"{ "efect": 1, "effect": { "kind": "drop" } }"#, "unknown field `efect`"),
        (r#"{ "effect": { "kind": "explode" } }"#, "explode"),
        (r#"{ "effect": { "kind": "hold", "seconds": 1 } }"#, "seconds"),
        (r#"{ "only": { "topics": "a" }, "effect": { "kind": "drop" } }"#, "topics"),
    ] {
        let what = entry(text);
        assert!(what.to_string().contains(part), "{what}");
    }
    let never = entry(r#"{ "only": { "packet": "connect" }, "effect": { "kind": "ignorePing" } }"#);
    assert_eq!(never, FaultEntryError::Problem(FaultProblem::NeverFires));
}

#[test]
fn no_file_makes_the_reader_panic_and_what_it_takes_is_valid() {
    let good = serde_json::to_string(
        &presets().into_iter().flat_map(|preset| preset.rules).collect::<Vec<_>>(),
    )
    .unwrap();
    let mut random = StdRng::seed_from_u64(11);

    for _ in 0..2_000 {
        let mut bytes = good.clone().into_bytes();
        for _ in 0..random.random_range(1..6) {
            let at = random.random_range(0..bytes.len());
            match random.random_range(0..4) {
                0 => bytes[at] = random.random(),
                1 => drop(bytes.remove(at)),
                2 => bytes[at] = b"0123456789-.eE{}[]\",:"[random.random_range(0..21)],
                _ => bytes.truncate(at.max(1)),
            }
        }
        if let Ok(text) = std::str::from_utf8(&bytes)
            && let Ok(rules) = from_json(text)
        {
            let again = serde_json::to_string(&rules).unwrap();
            assert_eq!(from_json(&again).unwrap(), rules, "{text}");
        }
    }
}

fn preset(id: &str) -> Vec<FaultRule> {
    presets().into_iter().find(|preset| preset.id == id).unwrap().rules
}

#[tokio::test(start_paused = true)]
async fn with_a_full_disk_publishes_fail_with_quota_exceeded() {
    let broker = start(preset("full-disk"));
    let mut peer = Peer::v5(&broker, "c").await;

    let answers =
        [peer.publish(publish("a", "1", QOS1)).await, peer.publish(publish("a", "1", QOS2)).await];

    assert_eq!(answers, [ReasonCode::QUOTA_EXCEEDED; 2]);
}

#[tokio::test(start_paused = true)]
async fn slow_acknowledgements_come_two_seconds_late() {
    let broker = start(preset("slow-acknowledgements"));
    let mut peer = Peer::v5(&broker, "c").await;
    let begun = tokio::time::Instant::now();

    peer.send(Packet::Publish(publish("a", "1", QOS1))).await;
    peer.receive_within(std::time::Duration::from_secs(3)).await.unwrap();

    assert_eq!(begun.elapsed().as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_presets_for_connections_do_what_they_say() {
    let refused = start(preset("refuses-everybody"));
    let (_, answer) = Peer::attempt(&refused, connect(Version::V5, "c")).await;
    assert_eq!(answer.reason, ReasonCode::SERVER_UNAVAILABLE);

    let lost = start(preset("lost-session"));
    Peer::join(&lost, persistent(Version::V311, "c")).await.disconnect().await;
    let (_, answer) = Peer::attempt(&lost, persistent(Version::V311, "c")).await;
    assert!(!answer.session_present);

    let silent = start(preset("silent-broker"));
    let mut peer = Peer::v5(&silent, "c").await;
    peer.send(Packet::PingReq).await;
    assert_eq!(peer.receive().await, None);

    let half_open = start(preset("half-open"));
    let mut peer = Peer::v5(&half_open, "c").await;
    for _ in 0..18 {
        peer.sync().await;
    }
    peer.send(Packet::PingReq).await;
    assert_eq!(peer.receive().await, None);
    assert_eq!(fired(&half_open), [1]);
}

#[tokio::test(start_paused = true)]
async fn the_presets_for_lines_leave_their_mark() {
    for id in ["high-latency", "flaky-wifi", "lossy-line", "out-of-order", "corrupt-bytes"] {
        let broker = start(preset(id));
        for _ in 0..10 {
            let mut peer = Peer::dial(&broker, Version::V311);
            peer.send(Packet::Connect(Box::new(connect(Version::V311, "c")))).await;
            for _ in 0..40 {
                peer.send_if_open(Packet::Publish(publish("a", "some payload", QOS1))).await;
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }

        let counts = fired(&broker);
        assert!(counts[0] > 0 && counts.iter().sum::<u64>() >= 3, "{id}: {counts:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_restarts_comes_back() {
    let broker = start(preset("broker-restarts"));
    let mut events = broker.events();
    let mut cuts = 0;

    for _ in 0..3 {
        let _peer = Peer::v5(&broker, "c").await;
        tokio::time::sleep(std::time::Duration::from_secs(36)).await;
    }
    while let Ok(event) = events.try_recv() {
        cuts += usize::from(matches!(event, BrokerEvent::ClientDisconnected { .. }));
    }

    assert_eq!(cuts, 3);
}
