//! Removing retained messages by filter, in the background.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use wire::TopicFilter;

use super::Broker;
use crate::router::{Command, Gone, Visit};

/// Which retained messages to remove, and how.
#[derive(Clone, Debug)]
pub struct ClearRetained {
    /// Topics it matches; as in a subscription, `#` leaves out those that begin with `$`. What the
    /// broker says about itself under `$SYS/` is never removed.
    pub filter: TopicFilter,
    /// Whether subscribers get an empty retained message for each topic, as if a client had removed
    /// it (§3.3.1.3). Without it they are not told: what they last heard stays what they know.
    pub notify: bool,
}

/// A removal of retained messages that goes on by itself, also when this is dropped.
#[derive(Clone, Debug)]
pub struct ClearJob {
    progress: watch::Receiver<ClearProgress>,
    cancel: CancellationToken,
}

/// How far a removal has come.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ClearProgress {
    /// Messages removed.
    pub cleared: usize,
    /// Whether it goes on.
    pub state: ClearState,
}

/// Whether a removal goes on.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ClearState {
    /// It does.
    #[default]
    Running,
    /// All that the filter matches is removed.
    Done,
    /// [`ClearJob::cancel`]; what was removed stays removed.
    Cancelled,
    /// The broker stopped.
    BrokerStopped,
}

/// Messages looked at in one go, and the pause after it: at most 200,000 a second, or a tenth of it
/// when subscribers are told, so that their queues do not overflow.
const SLICE: usize = 1_000;
const NOTIFYING_SLICE: usize = 100;
const PAUSE: Duration = Duration::from_millis(5);

impl Broker {
    /// Removes the retained messages a filter matches, bit by bit so that traffic goes on. How many
    /// there are tells [`Broker::retained`] beforehand, with a limit of 0.
    pub fn clear_retained(&self, what: ClearRetained) -> ClearJob {
        let (report, progress) = watch::channel(ClearProgress::default());
        let cancel = CancellationToken::new();
        let job = ClearJob { progress, cancel: cancel.clone() };
        let shared = Arc::clone(&self.shared);
        self.shared.tasks.spawn(async move {
            let end = tokio::select! {
                biased;
                () = shared.shutdown.cancelled() => ClearState::BrokerStopped,
                end = clear(what, &shared.router, &report, &cancel) => {
                    end.unwrap_or(ClearState::BrokerStopped)
                }
            };
            report.send_modify(|progress| progress.state = end);
        });
        job
    }
}

impl ClearJob {
    /// How far it has come, now and later.
    pub fn progress(&self) -> watch::Receiver<ClearProgress> {
        self.progress.clone()
    }

    /// Stops it; what is removed stays removed.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Waits for its end.
    pub async fn finished(mut self) -> ClearProgress {
        let ended = self.progress.wait_for(|progress| progress.state != ClearState::Running).await;
        match ended.map(|progress| *progress) {
            Ok(progress) => progress,
            // Its task was ended from outside, with the whole runtime.
            Err(_) => ClearProgress { state: ClearState::BrokerStopped, ..*self.progress.borrow() },
        }
    }
}

async fn clear(
    what: ClearRetained,
    router: &mpsc::Sender<Command>,
    report: &watch::Sender<ClearProgress>,
    cancel: &CancellationToken,
) -> Result<ClearState, Gone> {
    let ClearRetained { filter, notify } = what;
    let count = if notify { NOTIFYING_SLICE } else { SLICE };
    let mut at: Option<Arc<str>> = None;
    loop {
        let filter = filter.clone();
        let visit =
            Visit::to(router, move |r| r.clear_retained(&filter, at.as_deref(), count, notify));
        let cleared = visit.await?;
        report.send_modify(|progress| progress.cleared += cleared.count);
        at = cleared.at;
        if at.is_none() {
            return Ok(ClearState::Done);
        }
        // Only here: what a visit removed is counted.
        if timeout(PAUSE, cancel.cancelled()).await.is_ok() {
            return Ok(ClearState::Cancelled);
        }
    }
}
