//! Who can reach the local broker: this computer, or its network for a while or for ever.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use wire::Timestamp;

use super::access::exposed;
use crate::{
    Failure,
    views::BrokerView,
    workbench::{Workbench, edit, lock},
};

/// How far the broker's listeners are open.
#[derive(Default)]
pub(crate) struct Reach(Mutex<Open>);

#[derive(Default)]
struct Open {
    network: bool,
    /// ms since the epoch.
    until: Option<i64>,
    /// Ends the wait for `until`.
    timer: Option<CancellationToken>,
}

impl Reach {
    pub(crate) fn new(network: bool) -> Self {
        Self(Mutex::new(Open { network, ..Open::default() }))
    }

    /// Whether it is open to the network, and until when.
    pub(crate) fn get(&self) -> (bool, Option<i64>) {
        let open = lock(&self.0);
        (open.network, open.until)
    }

    /// Opens or closes; returns what ends the wait, when it is for a while.
    fn set(&self, network: bool, time: Option<Duration>) -> Option<CancellationToken> {
        let mut open = lock(&self.0);
        if let Some(timer) = open.timer.take() {
            timer.cancel();
        }
        let time = time.filter(|_| network);
        open.network = network;
        open.until = time.map(|time| {
            let milliseconds = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
            (Timestamp::now().0 / 1000).saturating_add(milliseconds)
        });
        open.timer = time.map(|_| CancellationToken::new());
        open.timer.clone()
    }
}

impl Workbench {
    /// Opens the broker to the network for `minutes` (for ever without), or closes it; who came
    /// from another computer is disconnected then. With anonymous access, opening has to be
    /// confirmed.
    pub async fn set_broker_reach(
        self: &Arc<Self>,
        network: bool,
        minutes: Option<u32>,
        confirmed: bool,
    ) -> Result<BrokerView, Failure> {
        if network && !confirmed && self.settings().broker_access.anonymous {
            return Err(exposed(
                "Anyone on the network could connect, publish and subscribe without a password.",
            ));
        }
        let for_ever = network && minutes.is_none();
        edit(&self.settings, move |store| {
            store.change(|document| document.broker_network = for_ever)
        })
        .await?;
        let time = minutes.map(|minutes| Duration::from_secs(u64::from(minutes) * 60));
        if let (Some(timer), Some(time)) = (self.reach.set(network, time), time) {
            self.close_later(timer, time);
        }
        self.follow_reach(network).await
    }

    fn close_later(self: &Arc<Self>, timer: CancellationToken, time: Duration) {
        let workbench = Arc::clone(self);
        self.tasks.spawn(async move {
            let over = async {
                tokio::select! {
                    () = timer.cancelled() => false,
                    () = workbench.closing.cancelled() => false,
                    () = sleep(time) => true,
                }
            };
            if over.await {
                workbench.reach.set(false, None);
                if let Err(failure) = workbench.follow_reach(false).await {
                    tracing::error!("the broker could not be closed to the network: {failure}");
                }
            }
        });
    }

    async fn follow_reach(&self, network: bool) -> Result<BrokerView, Failure> {
        let view = self.apply_broker().await?;
        if !network {
            // Off, it has nobody to disconnect.
            let _ = self.broker.disconnect_remote().await;
        }
        Ok(view)
    }
}
