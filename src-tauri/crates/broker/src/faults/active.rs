//! A rule in force, and what it did so far.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
    },
};

use tokio_util::sync::CancellationToken;
use wire::Timestamp;

use super::{
    rule::FaultRule,
    scope::{FaultProblem, Scope},
};

/// A rule and what it did; see [`Broker::faults`](crate::Broker::faults).
#[derive(Clone, Debug, PartialEq)]
pub struct FaultState {
    /// The rule.
    pub rule: FaultRule,
    /// Packets it was asked about: those it concerns and no earlier rule decided about.
    pub seen: u64,
    /// Packets it fired at.
    pub fired: u64,
    /// When it last fired.
    pub last: Option<Timestamp>,
}

/// One rule of the list in force.
#[derive(Debug)]
pub(crate) struct ActiveRule {
    pub(crate) rule: FaultRule,
    pub(crate) name: Arc<str>,
    pub(crate) scope: Scope,
    pub(crate) counts: Arc<RuleCounts>,
    /// The rule was switched off, changed or removed.
    pub(crate) ended: CancellationToken,
}

#[derive(Debug, Default)]
pub(crate) struct RuleCounts {
    seen: AtomicU64,
    fired: AtomicU64,
    /// µs; 0 is never.
    last: AtomicI64,
    clients: Mutex<HashMap<Arc<str>, Arc<ClientCounts>>>,
}

/// Packets of one client a rule was asked about, in and out.
#[derive(Debug, Default)]
pub(crate) struct ClientCounts(pub(crate) [AtomicU64; 2]);

/// Clients whose counts are kept although they have no connection.
const KEPT_CLIENTS: usize = 20_000;

impl ActiveRule {
    pub(crate) fn new(rule: FaultRule) -> Result<Self, FaultProblem> {
        let scope = Scope::of(&rule)?;
        let name = rule.name.as_str().into();
        Ok(Self { rule, name, scope, counts: Arc::default(), ended: CancellationToken::new() })
    }

    pub(crate) fn state(&self) -> FaultState {
        let last = self.counts.last.load(Relaxed);
        FaultState {
            rule: self.rule.clone(),
            seen: self.counts.seen.load(Relaxed),
            fired: self.counts.fired.load(Relaxed),
            last: (last != 0).then_some(Timestamp(last)),
        }
    }

    /// Counts a packet it was asked about.
    pub(crate) fn see(&self) {
        self.counts.seen.fetch_add(1, Relaxed);
    }

    /// Counts that it fires, unless it did as often as it may.
    pub(crate) fn fire(&self) -> bool {
        let limit = self.rule.at_most.map_or(u64::MAX, u64::from);
        let next = |fired: u64| (fired < limit).then(|| fired + 1);
        let fires = self.counts.fired.fetch_update(Relaxed, Relaxed, next).is_ok();
        if fires {
            self.counts.last.store(Timestamp::now().0, Relaxed);
        }
        fires
    }

    /// What it saw of a client so far.
    pub(crate) fn client(&self, client_id: &Arc<str>) -> Arc<ClientCounts> {
        let mut clients = self.counts.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= KEPT_CLIENTS && !clients.contains_key(client_id) {
            clients.retain(|_, counts| Arc::strong_count(counts) > 1);
        }
        Arc::clone(clients.entry(Arc::clone(client_id)).or_default())
    }
}
