//! The rules in force, for all connections.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use tokio::sync::watch;

use super::{
    active::{ActiveRule, FaultState},
    rule::{FaultEffect, FaultRule},
    scope::FaultError,
};

/// The list in the order the rules are asked.
pub(crate) type Rules = Arc<[Arc<ActiveRule>]>;

/// See the module.
#[derive(Debug)]
pub(crate) struct FaultTable {
    /// Grows with every change; 0 is a list that was never set.
    generation: AtomicU64,
    rules: watch::Sender<Rules>,
    /// The restart that is going on.
    restart: Mutex<Option<Arc<str>>>,
}

impl Default for FaultTable {
    fn default() -> Self {
        let (rules, _) = watch::channel(Rules::default());
        Self { generation: AtomicU64::new(0), rules, restart: Mutex::default() }
    }
}

impl FaultTable {
    /// Which list is in force: all a connection looks at as long as it stays the same.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Relaxed)
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Rules> {
        self.rules.subscribe()
    }

    pub(crate) fn states(&self) -> Vec<FaultState> {
        self.rules.borrow().iter().map(|rule| rule.state()).collect()
    }

    /// Puts a list in force; returns the restarts among it that have to begin.
    ///
    /// A rule that stays as it is goes on counting. One that is switched on begins anew.
    pub(crate) fn set(&self, rules: Vec<FaultRule>) -> Result<Vec<Arc<ActiveRule>>, FaultError> {
        let mut new = Vec::with_capacity(rules.len());
        for (index, rule) in rules.into_iter().enumerate() {
            new.push(ActiveRule::new(rule).map_err(|what| FaultError { index, what })?);
        }
        let mut begun = Vec::new();
        self.rules.send_modify(|rules| {
            let mut old: Vec<_> = rules.iter().map(Arc::clone).collect();
            let next: Vec<_> = new
                .into_iter()
                .map(|mut rule| {
                    let at = old.iter().position(|old| differ_only_in_on(&old.rule, &rule.rule));
                    let Some(at) = at else { return begin(rule, &mut begun) };
                    let old = old.remove(at);
                    match (old.rule.on, rule.rule.on) {
                        (true, true) | (false, false) => old,
                        (false, true) => begin(rule, &mut begun),
                        (true, false) => {
                            old.ended.cancel();
                            rule.counts = Arc::clone(&old.counts);
                            Arc::new(rule)
                        }
                    }
                })
                .collect();
            for gone in old {
                gone.ended.cancel();
            }
            *rules = next.into();
            self.generation.fetch_add(1, Relaxed);
        });
        Ok(begun)
    }

    /// The restart that is going on: nobody can connect.
    pub(crate) fn restart(&self) -> Option<Arc<str>> {
        self.restart.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_restart(&self, restart: Option<Arc<str>>) {
        *self.restart.lock().unwrap_or_else(PoisonError::into_inner) = restart;
    }
}

fn begin(rule: ActiveRule, begun: &mut Vec<Arc<ActiveRule>>) -> Arc<ActiveRule> {
    let rule = Arc::new(rule);
    if rule.rule.on && matches!(rule.rule.effect, FaultEffect::Restart { .. }) {
        begun.push(Arc::clone(&rule));
    }
    rule
}

fn differ_only_in_on(a: &FaultRule, b: &FaultRule) -> bool {
    let FaultRule { name, on: _, only, when, effect, at_most, seed } = a;
    (name, only, when, effect, at_most, seed)
        == (&b.name, &b.only, &b.when, &b.effect, &b.at_most, &b.seed)
}
