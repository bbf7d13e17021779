//! What happens to a packet: the rules asked in their order.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use wire::{PacketType, TopicFilter};

use super::{
    active::{ActiveRule, ClientCounts},
    mark::FaultMark,
    random::{Decision, Random},
    rule::{FaultDirection, FaultEffect, FaultTrigger},
    table::Rules,
};
use crate::glob;

/// Judges the packets of one direction of one connection.
#[derive(Debug)]
pub(crate) struct Judge {
    direction: FaultDirection,
    who: Option<Who>,
    /// The list in force.
    all: Rules,
    /// Those of it that may concern this connection.
    asked: Vec<Asked>,
}

#[derive(Debug)]
struct Who {
    client_id: Arc<str>,
    username: Option<Box<str>>,
}

#[derive(Debug)]
struct Asked {
    /// Position in the list.
    index: usize,
    rule: Arc<ActiveRule>,
    of_client: Arc<ClientCounts>,
    /// Packets of this connection it was asked about.
    of_connection: u64,
}

/// A packet to judge.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) packet: PacketType,
    pub(crate) topics: Topics<'a>,
}

/// What a topic filter of a rule is compared with.
#[derive(Debug)]
pub(crate) enum Topics<'a> {
    /// None, or not known.
    None,
    /// Where a PUBLISH goes.
    Name(&'a str),
    /// What a SUBSCRIBE or UNSUBSCRIBE asks for.
    Filters(Vec<&'a TopicFilter>),
}

/// What is to happen.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// By all rules that delay it.
    pub(crate) delay: Duration,
    /// Bytes a second the line carries, by the slowest rule.
    pub(crate) rate: Option<u32>,
    /// What the rule that decided does, and the numbers it may use.
    pub(crate) effect: Option<(FaultEffect, Random)>,
    /// Every rule that fired; the one that decided is the last.
    pub(crate) marks: Vec<FaultMark>,
}

impl Judge {
    pub(crate) fn new(direction: FaultDirection) -> Self {
        Self { direction, who: None, all: Rules::default(), asked: Vec::new() }
    }

    /// Says whose packets they are.
    pub(crate) fn identify(&mut self, client_id: Arc<str>, username: Option<Box<str>>) {
        self.who = Some(Who { client_id, username });
        self.follow(Arc::clone(&self.all));
    }

    /// Takes over a new list.
    pub(crate) fn follow(&mut self, rules: Rules) {
        self.all = rules;
        let old = std::mem::take(&mut self.asked);
        let Some(who) = &self.who else { return };
        let concerned =
            self.all.iter().enumerate().filter(|(_, rule)| who.is_meant(rule, self.direction));
        self.asked = concerned
            .map(|(index, rule)| Asked {
                index,
                rule: Arc::clone(rule),
                of_client: rule.client(&who.client_id),
                of_connection: old
                    .iter()
                    .find(|asked| Arc::ptr_eq(&asked.rule, rule))
                    .map_or(0, |asked| asked.of_connection),
            })
            .collect();
    }

    pub(crate) fn is_identified(&self) -> bool {
        self.who.is_some()
    }

    /// Whether no rule can fire: nobody needs to ask. Before it is known who it is, all can.
    pub(crate) fn is_idle(&self) -> bool {
        match self.who {
            Some(_) => self.asked.is_empty(),
            None => !self.all.iter().any(|rule| rule.rule.on),
        }
    }

    /// Whether the topic of a packet may matter.
    pub(crate) fn wants_topics(&self) -> bool {
        self.asked.iter().any(|asked| asked.rule.scope.topic.is_some())
    }

    pub(crate) fn judge(&mut self, subject: &Subject<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        let Some(who) = &self.who else { return verdict };
        for asked in &mut self.asked {
            if !asked.concerns(subject) {
                continue;
            }
            let Some(mut random) = asked.fires(&who.client_id, self.direction) else { continue };
            let effect = asked.rule.rule.effect;
            let name = Arc::clone(&asked.rule.name);
            let mut mark =
                FaultMark { rule: asked.index, name, effect, late: 0, changed: Vec::new() };
            match effect {
                FaultEffect::Delay { milliseconds, jitter } => {
                    mark.late = late(milliseconds, jitter, &mut random);
                    verdict.delay += Duration::from_millis(mark.late.into());
                    verdict.marks.push(mark);
                }
                FaultEffect::Throttle { bytes_per_second: rate } => {
                    verdict.rate = Some(verdict.rate.map_or(rate, |slowest| slowest.min(rate)));
                    verdict.marks.push(mark);
                }
                effect => {
                    verdict.effect = Some((effect, random));
                    verdict.marks.push(mark);
                    break;
                }
            }
        }
        verdict
    }
}

/// `milliseconds`, up to `jitter` more or less.
fn late(milliseconds: u32, jitter: u32, random: &mut Random) -> u32 {
    let span = u64::from(jitter) * 2 + 1;
    let late = u64::from(milliseconds) + random.below(span);
    u32::try_from(late.saturating_sub(jitter.into())).unwrap_or(u32::MAX)
}

impl Who {
    fn is_meant(&self, rule: &ActiveRule, direction: FaultDirection) -> bool {
        let only = &rule.rule.only;
        rule.rule.on
            && !matches!(rule.rule.effect, FaultEffect::Restart { .. })
            && rule.scope.direction.is_none_or(|wanted| wanted == direction)
            && only.username.as_ref().is_none_or(|name| Some(&**name) == self.username.as_deref())
            && only.client_id.as_ref().is_none_or(|wanted| glob::fits(wanted, &self.client_id))
    }
}

impl Asked {
    fn concerns(&self, subject: &Subject<'_>) -> bool {
        let scope = &self.rule.scope;
        scope.packets.contains(subject.packet)
            && scope.topic.as_ref().is_none_or(|wanted| subject.topics.fit(wanted))
    }

    /// Counts a packet; the numbers for what follows if the rule fires at it.
    fn fires(&mut self, client_id: &str, direction: FaultDirection) -> Option<Random> {
        let rule = &self.rule.rule;
        self.rule.see();
        self.of_connection += 1;
        let number = self.of_client.0[direction as usize].fetch_add(1, Relaxed);
        let decision = Decision { seed: rule.seed, rule: self.index, client_id, direction, number };
        let mut random = Random::new(decision);
        let is_time = match rule.when {
            FaultTrigger::Always => true,
            FaultTrigger::Chance { percent } => random.happens(percent),
            FaultTrigger::Every { count } => (number + 1).is_multiple_of(count.into()),
            FaultTrigger::Nth { number } => self.of_connection == u64::from(number),
        };
        (is_time && self.rule.fire()).then_some(random)
    }
}

impl Topics<'_> {
    fn fit(&self, wanted: &TopicFilter) -> bool {
        match self {
            Self::None => false,
            Self::Name(name) => wanted.matches(name),
            Self::Filters(filters) => filters.iter().any(|filter| {
                *filter == wanted
                    || wanted.matches(filter.shared().map_or(filter.as_str(), |share| share.filter))
            }),
        }
    }
}
