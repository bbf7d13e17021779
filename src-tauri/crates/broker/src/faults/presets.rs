//! Faults that belong together, as people know them.

use super::rule::{
    FaultClose, FaultDirection, FaultEffect, FaultMatch, FaultMoment, FaultPacket, FaultRule,
    FaultTrigger,
};

/// Rules that together play one kind of trouble.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultPreset {
    /// What a fault file and the window call it, e.g. `flaky-wifi`.
    pub id: &'static str,
    /// Its rules; valid.
    pub rules: Vec<FaultRule>,
}

/// All presets, the gentlest first.
pub fn presets() -> Vec<FaultPreset> {
    use FaultDirection::{In, Out};
    use FaultPacket::{PubAck, PubComp, PubRec, Publish};
    let always = FaultTrigger::Always;
    let chance = |percent| FaultTrigger::Chance { percent };
    let hold = FaultEffect::Hold { milliseconds: Some(2_000) };
    let full = FaultEffect::FailAck { reason: 0x97 };
    let list: Vec<(&'static str, Vec<FaultRule>)> = vec![
        (
            "high-latency",
            vec![everything(
                "slow line",
                always,
                FaultEffect::Delay { milliseconds: 300, jitter: 50 },
            )],
        ),
        (
            "flaky-wifi",
            vec![
                everything("jitter", always, FaultEffect::Delay { milliseconds: 60, jitter: 50 }),
                everything(
                    "stall",
                    chance(2.0),
                    FaultEffect::Delay { milliseconds: 1_500, jitter: 1_000 },
                ),
                everything(
                    "connection reset",
                    chance(0.5),
                    FaultEffect::Close { how: FaultClose::Rst, moment: FaultMoment::Before },
                ),
            ],
        ),
        (
            "slow-acknowledgements",
            vec![
                only("late PUBACK", PubAck, Some(Out), always, hold),
                only("late PUBREC", PubRec, Some(Out), always, hold),
                only("late PUBCOMP", PubComp, Some(Out), always, hold),
            ],
        ),
        (
            "full-disk",
            vec![
                only("PUBACK: quota exceeded", PubAck, Some(Out), always, full),
                only("PUBREC: quota exceeded", PubRec, Some(Out), always, full),
            ],
        ),
        (
            "lossy-line",
            vec![
                only("lost PUBLISH", Publish, None, chance(5.0), FaultEffect::Drop),
                only("PUBLISH twice", Publish, None, chance(2.0), FaultEffect::Duplicate),
                only("lost PUBACK", PubAck, None, chance(5.0), FaultEffect::Drop),
                only("lost PUBREC", PubRec, None, chance(5.0), FaultEffect::Drop),
                only("lost PUBCOMP", PubComp, None, chance(5.0), FaultEffect::Drop),
            ],
        ),
        (
            "out-of-order",
            vec![only("overtaken PUBLISH", Publish, None, chance(20.0), FaultEffect::Reorder)],
        ),
        (
            "corrupt-bytes",
            vec![only(
                "corrupt PUBLISH",
                Publish,
                None,
                chance(2.0),
                FaultEffect::Corrupt { bytes: 2 },
            )],
        ),
        (
            "half-open",
            vec![FaultRule {
                only: FaultMatch { direction: Some(In), ..FaultMatch::default() },
                ..everything("dead line", FaultTrigger::Nth { number: 20 }, FaultEffect::HalfOpen)
            }],
        ),
        ("silent-broker", vec![everything("no PINGRESP", always, FaultEffect::IgnorePing)]),
        (
            "lost-session",
            vec![everything("wrong session-present", always, FaultEffect::FlipSessionPresent)],
        ),
        (
            "broker-restarts",
            vec![everything(
                "restart",
                always,
                FaultEffect::Restart { every_seconds: 30, down_seconds: 5 },
            )],
        ),
        (
            "refuses-everybody",
            vec![everything(
                "server unavailable",
                always,
                FaultEffect::RefuseConnect { reason: 0x88 },
            )],
        ),
    ];
    list.into_iter().map(|(id, rules)| FaultPreset { id, rules }).collect()
}

fn everything(name: &str, when: FaultTrigger, effect: FaultEffect) -> FaultRule {
    let (name, only) = (name.into(), FaultMatch::default());
    FaultRule { name, on: true, only, when, effect, at_most: None, seed: 1 }
}

fn only(
    name: &str,
    packet: FaultPacket,
    direction: Option<FaultDirection>,
    when: FaultTrigger,
    effect: FaultEffect,
) -> FaultRule {
    let only = FaultMatch { packet: Some(packet), direction, ..FaultMatch::default() };
    FaultRule { only, ..everything(name, when, effect) }
}
