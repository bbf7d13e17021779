//! Which packets an effect can happen to, and whether a rule makes sense at all.

use wire::{
    Packet, PacketId, PacketType, ReasonCode, TopicFilter, Version,
    packet::{Ack, ConnAck, Disconnect, SubAck, UnsubAck},
    property::{AckProperties, ConnAckProperties, DisconnectProperties},
    topic::TopicError,
};

use super::rule::{FaultDirection, FaultEffect, FaultMatch, FaultPacket, FaultRule, FaultTrigger};

/// Why a list of rules is not taken.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("rule {}: {what}", .index + 1)]
pub struct FaultError {
    /// Position of the rule in the list, from 0.
    pub index: usize,
    /// What is wrong with it.
    pub what: FaultProblem,
}

/// Whether every rule makes sense.
///
/// # Errors
///
/// The first one that does not.
pub fn check(rules: &[FaultRule]) -> Result<(), FaultError> {
    rules.iter().enumerate().try_for_each(|(index, rule)| {
        Scope::of(rule).map(drop).map_err(|what| FaultError { index, what })
    })
}

/// What is wrong with a rule.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FaultProblem {
    /// The topic is not a topic filter.
    #[error("the topic filter is not valid: {0}")]
    Topic(#[from] TopicError),
    /// A chance is a number from 0 to 100.
    #[error("a chance has 0 to 100 percent, not {percent}")]
    Percent {
        /// What was given.
        percent: f64,
    },
    /// A count, rate or time that must be at least 1 is 0.
    #[error("`{field}` must be at least 1")]
    Zero {
        /// Its name in the rule.
        field: &'static str,
    },
    /// What is matched and what happens exclude each other.
    #[error("it can never fire: its effect happens to other packets than it matches")]
    NeverFires,
    /// The packet cannot carry this reason code, or it is none of a failure.
    #[error("{0} is not a failure that the packet can carry")]
    Reason(ReasonCode),
    /// A restart concerns everybody, and time is what triggers it.
    #[error("a restart concerns every connection: it matches nothing and is always on")]
    RestartIsForAll,
    /// The next restart would come before the last one is over.
    #[error("a restart must be over before the next one")]
    RestartOverlaps,
}

/// A set of packet types.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct PacketSet(u16);

/// What a rule concerns, its effect considered.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    pub(crate) packets: PacketSet,
    /// Both when not given.
    pub(crate) direction: Option<FaultDirection>,
    pub(crate) topic: Option<TopicFilter>,
}

impl PacketSet {
    const ALL: Self = Self(0xFFFE);

    const fn of<const N: usize>(packets: [PacketType; N]) -> Self {
        let mut bits = 0;
        let mut at = 0;
        while at < N {
            bits |= 1 << packets[at] as u8;
            at += 1;
        }
        Self(bits)
    }

    pub(crate) const fn contains(self, packet: PacketType) -> bool {
        self.0 & (1 << packet as u8) != 0
    }

    const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

const ACKS: [PacketType; 6] = [
    PacketType::PubAck,
    PacketType::PubRec,
    PacketType::PubRel,
    PacketType::PubComp,
    PacketType::SubAck,
    PacketType::UnsubAck,
];
const WITH_TOPIC: PacketSet =
    PacketSet::of([PacketType::Publish, PacketType::Subscribe, PacketType::Unsubscribe]);
/// Nothing follows their fixed header.
const BARE: PacketSet = PacketSet::of([PacketType::PingReq, PacketType::PingResp]);
const BY_CLIENT: PacketSet = PacketSet::of([
    PacketType::Connect,
    PacketType::Subscribe,
    PacketType::Unsubscribe,
    PacketType::PingReq,
]);
const BY_SERVER: PacketSet = PacketSet::of([
    PacketType::ConnAck,
    PacketType::SubAck,
    PacketType::UnsubAck,
    PacketType::PingResp,
]);

impl Scope {
    /// What `rule` concerns; an error when that is nothing, or the rule makes no sense.
    pub(crate) fn of(rule: &FaultRule) -> Result<Self, FaultProblem> {
        check_trigger(rule.when)?;
        check_numbers(rule)?;
        let FaultMatch { topic, packet, direction, .. } = &rule.only;
        let topic = topic.as_ref().map(|topic| topic.parse::<TopicFilter>()).transpose()?;
        let mut packets = possible(rule.effect)?;
        if topic.is_some() {
            packets = packets.and(WITH_TOPIC);
        }
        if let Some(packet) = packet {
            packets = packets.and(PacketSet::of([packet_type(*packet)]));
        }
        match direction {
            Some(FaultDirection::In) => packets = packets.without(BY_SERVER),
            Some(FaultDirection::Out) => packets = packets.without(BY_CLIENT),
            None => {}
        }
        if packets.is_empty() && !matches!(rule.effect, FaultEffect::Restart { .. }) {
            return Err(FaultProblem::NeverFires);
        }
        Ok(Self { packets, direction: *direction, topic })
    }
}

/// The packets an effect can happen to.
fn possible(effect: FaultEffect) -> Result<PacketSet, FaultProblem> {
    Ok(match effect {
        FaultEffect::Delay { .. }
        | FaultEffect::Throttle { .. }
        | FaultEffect::Drop
        | FaultEffect::Duplicate
        | FaultEffect::Reorder
        | FaultEffect::Close { .. }
        | FaultEffect::Hold { .. }
        | FaultEffect::HalfOpen => PacketSet::ALL,
        FaultEffect::Corrupt { .. } => PacketSet::ALL.without(BARE),
        FaultEffect::IgnoreConnect => PacketSet::of([PacketType::Connect]),
        FaultEffect::RefuseConnect { reason } => {
            carrying(reason, &[PacketType::ConnAck])?;
            PacketSet::of([PacketType::Connect])
        }
        FaultEffect::IgnorePing => PacketSet::of([PacketType::PingReq]),
        FaultEffect::Disconnect { reason } => {
            carrying(reason, &[PacketType::Disconnect])?;
            // No DISCONNECT comes before CONNACK, or after another.
            PacketSet::ALL.without(PacketSet::of([PacketType::Connect, PacketType::Disconnect]))
        }
        FaultEffect::WrongPacketId => PacketSet::of(ACKS),
        FaultEffect::FailAck { reason } => carrying(reason, &ACKS)?,
        FaultEffect::FlipSessionPresent => PacketSet::of([PacketType::ConnAck]),
        FaultEffect::Restart { .. } => PacketSet(0),
    })
}

/// Those of `packets` that can report the failure `reason`.
fn carrying(reason: u8, packets: &[PacketType]) -> Result<PacketSet, FaultProblem> {
    let reason = ReasonCode(reason);
    let able = packets.iter().filter(|packet| reason.is_error() && allows(**packet, reason));
    let set = able.fold(PacketSet(0), |set, packet| PacketSet(set.0 | 1 << *packet as u8));
    if set.is_empty() { Err(FaultProblem::Reason(reason)) } else { Ok(set) }
}

/// Whether 5.0 lets `packet` carry `reason`; the codec knows.
fn allows(packet: PacketType, reason: ReasonCode) -> bool {
    let packet_id = PacketId::MIN;
    let properties = AckProperties::default;
    let ack = || Ack { packet_id, reason, properties: properties() };
    let packet = match packet {
        PacketType::ConnAck => Packet::ConnAck(Box::new(ConnAck {
            session_present: false,
            reason,
            properties: ConnAckProperties::default(),
        })),
        PacketType::PubAck => Packet::PubAck(ack()),
        PacketType::PubRec => Packet::PubRec(ack()),
        PacketType::PubRel => Packet::PubRel(ack()),
        PacketType::PubComp => Packet::PubComp(ack()),
        PacketType::SubAck => {
            Packet::SubAck(SubAck { packet_id, reasons: vec![reason], properties: properties() })
        }
        PacketType::UnsubAck => Packet::UnsubAck(UnsubAck {
            packet_id,
            reasons: vec![reason],
            properties: properties(),
        }),
        PacketType::Disconnect => {
            Packet::Disconnect(Disconnect { reason, properties: DisconnectProperties::default() })
        }
        _ => return false,
    };
    wire::encoded_len(&packet, Version::V5).is_ok()
}

fn check_trigger(trigger: FaultTrigger) -> Result<(), FaultProblem> {
    match trigger {
        FaultTrigger::Chance { percent } if !(0.0..=100.0).contains(&percent) => {
            Err(FaultProblem::Percent { percent })
        }
        FaultTrigger::Every { count: 0 } => Err(FaultProblem::Zero { field: "count" }),
        FaultTrigger::Nth { number: 0 } => Err(FaultProblem::Zero { field: "number" }),
        _ => Ok(()),
    }
}

fn check_numbers(rule: &FaultRule) -> Result<(), FaultProblem> {
    match rule.effect {
        FaultEffect::Throttle { bytes_per_second: 0 } => {
            Err(FaultProblem::Zero { field: "bytesPerSecond" })
        }
        FaultEffect::Corrupt { bytes: 0 } => Err(FaultProblem::Zero { field: "bytes" }),
        FaultEffect::Restart { every_seconds: 0, .. } => {
            Err(FaultProblem::Zero { field: "everySeconds" })
        }
        FaultEffect::Restart { every_seconds, down_seconds } if down_seconds >= every_seconds => {
            Err(FaultProblem::RestartOverlaps)
        }
        FaultEffect::Restart { .. }
            if rule.only != FaultMatch::default() || rule.when != FaultTrigger::Always =>
        {
            Err(FaultProblem::RestartIsForAll)
        }
        _ => Ok(()),
    }
}

fn packet_type(packet: FaultPacket) -> PacketType {
    match packet {
        FaultPacket::Connect => PacketType::Connect,
        FaultPacket::ConnAck => PacketType::ConnAck,
        FaultPacket::Publish => PacketType::Publish,
        FaultPacket::PubAck => PacketType::PubAck,
        FaultPacket::PubRec => PacketType::PubRec,
        FaultPacket::PubRel => PacketType::PubRel,
        FaultPacket::PubComp => PacketType::PubComp,
        FaultPacket::Subscribe => PacketType::Subscribe,
        FaultPacket::SubAck => PacketType::SubAck,
        FaultPacket::Unsubscribe => PacketType::Unsubscribe,
        FaultPacket::UnsubAck => PacketType::UnsubAck,
        FaultPacket::PingReq => PacketType::PingReq,
        FaultPacket::PingResp => PacketType::PingResp,
        FaultPacket::Disconnect => PacketType::Disconnect,
        FaultPacket::Auth => PacketType::Auth,
    }
}
