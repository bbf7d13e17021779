//! Faults at work on one direction of a connection: packets enter a lane as the rules say.

use std::{collections::HashMap, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};
use wire::{
    DecodeLimits, Decoder, Packet, PacketId, PacketType, ReasonCode, TopicName, Version,
    packet::Publish,
};

use super::lane::{End, Ending, Lane, Parcel};
use crate::access::Identity;
use crate::faults::{
    FaultDirection, FaultEffect, FaultMark, FaultMoment, FaultTable, Judge, Random, Rules, Subject,
    Topics, Verdict,
};

/// Topic aliases of a client that are remembered for topic filters.
const KNOWN_ALIASES: usize = 1024;

#[derive(Debug)]
pub(super) struct Interference {
    judge: Judge,
    pub(super) lane: Lane,
    changes: watch::Receiver<Rules>,
    /// Topics of the client's aliases, as far as they were seen.
    aliases: HashMap<u16, TopicName>,
}

/// A packet that enters.
#[derive(Debug)]
pub(super) struct Entering<'a> {
    pub(super) bytes: Bytes,
    /// Size of its fixed header.
    pub(super) header: usize,
    /// What it says, if that is known; otherwise it is decoded when it matters.
    pub(super) packet: Option<&'a Packet>,
    /// `None` before CONNECT.
    pub(super) version: Option<Version>,
    pub(super) is_message: bool,
}

/// What became of a packet that entered.
#[derive(Debug)]
pub(super) struct Entered {
    /// The packet will not leave, or much later than the ones after it: log it now.
    pub(super) log: Option<(Bytes, Vec<FaultMark>)>,
    /// It never arrives.
    pub(super) is_lost: bool,
}

impl Interference {
    pub(super) fn new(direction: FaultDirection, table: &FaultTable) -> Self {
        let mut changes = table.watch();
        let mut judge = Judge::new(direction);
        judge.follow(Arc::clone(&changes.borrow_and_update()));
        Self { judge, lane: Lane::default(), changes, aliases: HashMap::new() }
    }

    /// Says whose packets they are.
    pub(super) fn identify(&mut self, identity: &Identity) {
        self.judge.identify(Arc::clone(&identity.client_id), identity.username.clone());
    }

    /// Takes over a new list of rules; what the old one held back goes on.
    pub(super) fn follow(&mut self) {
        if self.changes.has_changed().unwrap_or(false) {
            self.judge.follow(Arc::clone(&self.changes.borrow_and_update()));
            self.lane.let_go(Instant::now());
        }
    }

    /// Whether no rule concerns this connection, and nothing is on the lane.
    pub(super) fn is_over(&self) -> bool {
        self.judge.is_idle() && self.lane.is_bare() && !self.lane.has_ended()
    }

    /// Resolves when the rules have changed.
    pub(super) async fn changed(&mut self) {
        if self.changes.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        self.changes.mark_changed();
    }

    /// Resolves when something leaves, if something will.
    pub(super) async fn due(due: Option<Instant>) {
        match due {
            Some(due) => sleep_until(due).await,
            None => std::future::pending().await,
        }
    }

    /// Asks the rules about a packet and does as they say.
    pub(super) fn enter(&mut self, entering: Entering<'_>, now: Instant) -> Entered {
        let Entering { bytes, header, packet, version, is_message } = entering;
        let Some(packet_type) = bytes.first().copied().and_then(PacketType::from_first_byte) else {
            return self.pass(bytes, now);
        };
        let decoded = if packet.is_none() && self.must_read(packet_type) {
            decode(&bytes, version)
        } else {
            None
        };
        let packet = packet.or(decoded.as_ref());
        if !self.judge.is_identified()
            && let Some(Packet::Connect(connect)) = packet
        {
            self.judge.identify((*connect.client_id).into(), connect.username.clone());
        }
        if let Some(Packet::Publish(publish)) = packet {
            self.learn_alias(publish);
        }
        let topics = packet.map_or(Topics::None, |packet| topics(packet, &self.aliases));
        let verdict = self.judge.judge(&Subject { packet: packet_type, topics });
        let Verdict { delay, rate, effect, marks } = verdict;
        let parcel = Parcel { bytes, faults: marks, is_logged: false, is_message };
        self.act(parcel, effect, Arrival { header, delay, rate, version, now })
    }

    /// Lets bytes through that no rule can concern.
    pub(super) fn pass(&mut self, bytes: Bytes, now: Instant) -> Entered {
        let parcel = Parcel { bytes, faults: Vec::new(), is_logged: false, is_message: false };
        self.lane.enter(parcel, Duration::ZERO, None, now);
        Entered { log: None, is_lost: false }
    }

    fn act(
        &mut self,
        mut parcel: Parcel,
        effect: Option<(FaultEffect, Random)>,
        arrival: Arrival,
    ) -> Entered {
        let Arrival { header, delay, rate, version, now } = arrival;
        let rule = parcel.faults.last().map(|mark| Arc::clone(&mark.name));
        let lane = &mut self.lane;
        let kept = Entered { log: None, is_lost: false };
        let Some(((effect, random), rule)) = effect.zip(rule) else {
            lane.enter(parcel, delay, rate, now);
            return kept;
        };
        let end = |how| Ending { how, rule };
        match effect {
            FaultEffect::Drop => return gone(parcel, true),
            FaultEffect::IgnorePing => return gone(parcel, false),
            FaultEffect::Duplicate => {
                lane.enter(parcel.clone(), delay, rate, now);
                lane.enter(parcel, delay, rate, now);
            }
            // It overtakes the one that waits.
            FaultEffect::Reorder if lane.has_aside() => lane.enter(parcel, delay, rate, now),
            FaultEffect::Reorder => lane.set_aside(parcel, now),
            FaultEffect::Corrupt { bytes } => {
                corrupt(&mut parcel, header, bytes, random);
                lane.enter(parcel, delay, rate, now);
            }
            FaultEffect::WrongPacketId
            | FaultEffect::FailAck { .. }
            | FaultEffect::FlipSessionPresent => match rewrite(&parcel.bytes, version, effect) {
                Some(bytes) => {
                    parcel.bytes = bytes;
                    lane.enter(parcel, delay, rate, now);
                }
                // This version has no words for it.
                None => return gone(parcel, true),
            },
            FaultEffect::Hold { milliseconds } => {
                let time = milliseconds.map(|time| Duration::from_millis(time.into()));
                let log = Some((parcel.bytes.clone(), parcel.faults.clone()));
                parcel.is_logged = true;
                lane.hold(parcel, time, now);
                return Entered { log, is_lost: false };
            }
            FaultEffect::RefuseConnect { reason } => {
                lane.enter(parcel, delay, rate, now);
                lane.end(end(End::Refuse(ReasonCode(reason))), now);
            }
            FaultEffect::Close { how, moment: FaultMoment::After } => {
                lane.enter(parcel, delay, rate, now);
                lane.end(end(End::Close(how)), now);
            }
            FaultEffect::Close { how, moment: FaultMoment::Before } => {
                lane.end(end(End::Close(how)), now);
                return gone(parcel, true);
            }
            FaultEffect::Disconnect { reason } => {
                let is_answer = parcel.bytes[0] >> 4 == PacketType::ConnAck as u8;
                let entered = if is_answer {
                    lane.enter(parcel, delay, rate, now);
                    kept
                } else {
                    gone(parcel, true)
                };
                lane.end(end(End::Disconnect(ReasonCode(reason))), now);
                return entered;
            }
            FaultEffect::IgnoreConnect | FaultEffect::HalfOpen => {
                lane.end(end(End::Silence), now);
                return gone(parcel, true);
            }
            // Not asked about packets, or added up before.
            FaultEffect::Restart { .. }
            | FaultEffect::Delay { .. }
            | FaultEffect::Throttle { .. } => {
                lane.enter(parcel, delay, rate, now);
            }
        }
        kept
    }

    /// Whether the rules, or what comes later, depend on what is in the packet.
    fn must_read(&self, packet: PacketType) -> bool {
        match packet {
            PacketType::Connect => !self.judge.is_identified(),
            PacketType::Publish | PacketType::Subscribe | PacketType::Unsubscribe => {
                self.judge.wants_topics()
            }
            _ => false,
        }
    }

    fn learn_alias(&mut self, publish: &Publish) {
        if let (Some(topic), Some(alias)) = (&publish.topic, publish.properties.topic_alias)
            && (self.aliases.len() < KNOWN_ALIASES || self.aliases.contains_key(&alias.get()))
        {
            self.aliases.insert(alias.get(), topic.clone());
        }
    }
}

/// What topic filters are compared with.
fn topics<'a>(packet: &'a Packet, aliases: &'a HashMap<u16, TopicName>) -> Topics<'a> {
    match packet {
        Packet::Publish(publish) => {
            let alias = publish.properties.topic_alias;
            let by_alias = || alias.and_then(|alias| aliases.get(&alias.get()));
            let topic = publish.topic.as_ref().or_else(by_alias);
            topic.map_or(Topics::None, |topic| Topics::Name(topic.as_str()))
        }
        Packet::Subscribe(subscribe) => {
            Topics::Filters(subscribe.filters.iter().map(|wanted| &wanted.filter).collect())
        }
        Packet::Unsubscribe(unsubscribe) => Topics::Filters(unsubscribe.filters.iter().collect()),
        _ => Topics::None,
    }
}

/// How and when a packet enters.
#[derive(Clone, Copy, Debug)]
struct Arrival {
    header: usize,
    delay: Duration,
    rate: Option<u32>,
    version: Option<Version>,
    now: Instant,
}

fn gone(parcel: Parcel, is_lost: bool) -> Entered {
    Entered { log: Some((parcel.bytes, parcel.faults)), is_lost }
}

fn decode(bytes: &[u8], version: Option<Version>) -> Option<Packet> {
    let limits = DecodeLimits::default();
    let mut decoder =
        version.map_or_else(|| Decoder::for_server(limits), |it| Decoder::new(it, limits));
    decoder.decode(&mut BytesMut::from(bytes)).ok().flatten()
}

/// Changes up to `count` bytes after the fixed header, each to another value.
fn corrupt(parcel: &mut Parcel, header: usize, count: u32, mut random: Random) {
    let mut bytes = BytesMut::from(&parcel.bytes[..]);
    let body = bytes.len().saturating_sub(header);
    let count = usize::try_from(count).unwrap_or(usize::MAX).min(body);
    let mut changed = std::collections::BTreeSet::new();
    // Few positions at random; of many, all from one on.
    let start = random.below(body as u64);
    for step in 0..count {
        let offset = if count > body / 2 { start + step as u64 } else { random.below(body as u64) };
        let offset = offset % body.max(1) as u64;
        changed.insert(header + usize::try_from(offset).unwrap_or(0));
    }
    for &at in &changed {
        let flip = u8::try_from(1 + random.below(255)).unwrap_or(u8::MAX);
        bytes[at] ^= flip;
    }
    if let Some(mark) = parcel.faults.last_mut() {
        mark.changed = changed.into_iter().collect();
    }
    parcel.bytes = bytes.freeze();
}

/// The packet as the effect makes it; `None` when the version cannot say it.
///
/// What is no packet stays as it is.
fn rewrite(bytes: &Bytes, version: Option<Version>, effect: FaultEffect) -> Option<Bytes> {
    let version = version?;
    let Some(mut packet) = decode(bytes, Some(version)) else { return Some(bytes.clone()) };
    match effect {
        FaultEffect::WrongPacketId => {
            let id = packet_id(&mut packet)?;
            *id = id.checked_add(1).unwrap_or(PacketId::MIN);
        }
        FaultEffect::FailAck { reason } => fail(&mut packet, ReasonCode(reason), version)?,
        FaultEffect::FlipSessionPresent => {
            let Packet::ConnAck(answer) = &mut packet else { return Some(bytes.clone()) };
            // 3.1 has no such flag, and a refusal is never with a session.
            if version == Version::V31 || answer.reason != ReasonCode::SUCCESS {
                return Some(bytes.clone());
            }
            answer.session_present = !answer.session_present;
        }
        _ => {}
    }
    let mut out = BytesMut::new();
    wire::encode(&packet, version, &mut out).ok()?;
    Some(out.freeze())
}

fn packet_id(packet: &mut Packet) -> Option<&mut PacketId> {
    match packet {
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack) => {
            Some(&mut ack.packet_id)
        }
        Packet::SubAck(ack) => Some(&mut ack.packet_id),
        Packet::UnsubAck(ack) => Some(&mut ack.packet_id),
        _ => None,
    }
}

/// Makes an acknowledgement report a failure; `None` when the version has no words for it.
fn fail(packet: &mut Packet, reason: ReasonCode, version: Version) -> Option<()> {
    match packet {
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack) => {
            ack.reason = reason;
        }
        Packet::SubAck(ack) => ack.reasons.fill(reason),
        Packet::UnsubAck(ack) if version == Version::V5 => ack.reasons.fill(reason),
        _ => return None,
    }
    Some(())
}
