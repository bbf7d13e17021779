//! `tscope broker`: the local broker until it is interrupted.

use workbench::{
    Failure, FailureCode,
    local_broker::{LocalBroker, Status},
};

use crate::{arguments::BrokerOptions, output};

pub(crate) async fn run(options: &BrokerOptions) -> Result<(), Failure> {
    let broker = LocalBroker::default();
    broker.start_on(&options.tcp).await?;
    if let Status::On { addresses, .. } = broker.status().await {
        for address in addresses {
            output::line(format!("listening tcp {address}").as_bytes());
        }
    }
    let outcome = interrupted().await;
    broker.stop().await;
    outcome
}

/// Resolves at SIGINT (Ctrl C) or SIGTERM.
pub(crate) async fn interrupted() -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(FailureCode::Internal, format!("Signals cannot be heard: {error}."))
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        tokio::select! {
            outcome = tokio::signal::ctrl_c() => outcome.map_err(failed),
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.map_err(failed)
}
