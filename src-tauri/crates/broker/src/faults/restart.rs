//! A broker that goes down again and again.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep, sleep_until};

use super::{active::ActiveRule, rule::FaultEffect};
use crate::{connection::Shared, router::Command};

/// Cuts every connection at its times, until the rule is not in force any more.
pub(crate) async fn restart(rule: Arc<ActiveRule>, shared: Arc<Shared>) {
    let ended = rule.ended.clone();
    let shutdown = shared.shutdown.clone();
    tokio::select! {
        () = cut_again_and_again(&rule, &shared) => {}
        () = ended.cancelled() => {}
        () = shutdown.cancelled() => {}
    }
    shared.faults.set_restart(None);
}

async fn cut_again_and_again(rule: &ActiveRule, shared: &Shared) {
    let FaultEffect::Restart { every_seconds, down_seconds } = rule.rule.effect else { return };
    let mut next = Instant::now();
    loop {
        next += Duration::from_secs(every_seconds.into());
        sleep_until(next).await;
        rule.see();
        if !rule.fire() {
            return;
        }
        if down_seconds > 0 {
            shared.faults.set_restart(Some(Arc::clone(&rule.name)));
        }
        let command = Command::CutAll { rule: Arc::clone(&rule.name) };
        if shared.router.send(command).await.is_err() {
            return;
        }
        sleep(Duration::from_secs(down_seconds.into())).await;
        shared.faults.set_restart(None);
    }
}
