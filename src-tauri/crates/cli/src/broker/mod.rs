//! `tscope broker`: the local broker until it is interrupted.

mod control;
mod interruption;
mod options;

use std::time::Duration;

use serde::Serialize;
use tokio::{
    sync::broadcast::error::RecvError,
    time::{MissedTickBehavior, interval},
};
use workbench::{
    Failure,
    local_broker::{LocalBroker, Status},
    views::{BrokerActivity, ListenerState, ListenerView},
};

pub(crate) use self::{interruption::Interruption, options::BrokerOptions};
use crate::output;

/// How often `--json` says what goes on.
const ACTIVITY: Duration = Duration::from_secs(1);

pub(crate) async fn run(options: &BrokerOptions) -> Result<(), Failure> {
    // Before anybody is told that the broker runs: who stops it then is heard.
    let mut interruption = Interruption::listen()?;
    let broker = LocalBroker::default();
    let entries = broker.entries();
    broker.start(options.plan()?).await?;
    if let Status::On(on) = broker.status().await {
        // Each of them was asked for by name: one that cannot listen is a failure here.
        let failed = on.listeners.iter().find_map(|listener| match &listener.state {
            ListenerState::Failed { cause } => Some(cause.clone()),
            ListenerState::Listening { .. } => None,
        });
        if let Some(failure) = failed {
            broker.stop().await;
            return Err(failure);
        }
        on.notices.iter().for_each(output::failure);
        if !options.json {
            on.listeners.iter().for_each(announce);
        }
    }
    if options.json {
        tokio::select! {
            () = report(&broker, entries) => {}
            () = control::obey(&broker) => {}
            () = interruption.heard() => {}
        }
    } else {
        interruption.heard().await;
    }
    broker.stop().await;
    Ok(())
}

fn announce(listener: &ListenerView) {
    if let ListenerState::Listening { address, .. } = &listener.state {
        let protocol = format!("{:?}", listener.protocol).to_lowercase();
        output::line(format!("listening {protocol} {address}").as_bytes());
    }
}

/// What goes on, as a line.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum Report<'a> {
    Activity(&'a BrokerActivity),
}

/// Prints what happens and what goes on; ends when nobody reads it any more.
async fn report(
    broker: &LocalBroker,
    mut entries: tokio::sync::broadcast::Receiver<workbench::views::BrokerLogEntry>,
) {
    let mut ticks = interval(ACTIVITY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.reset();
    loop {
        let is_read = tokio::select! {
            biased;
            entry = entries.recv() => match entry {
                Ok(entry) => output::json(&entry),
                Err(RecvError::Lagged(lost)) => output::json(&serde_json::json!({ "lost": lost })),
                Err(RecvError::Closed) => false,
            },
            _ = ticks.tick() => match broker.activity("").await {
                Ok(activity) => output::json(&Report::Activity(&activity)),
                Err(_) => false,
            },
        };
        if !is_read {
            return;
        }
    }
}
