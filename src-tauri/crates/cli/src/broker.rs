//! `tscope broker`: the local broker until it is interrupted.

use workbench::{
    Failure, FailureCode,
    local_broker::{LocalBroker, Status},
};

use crate::{arguments::BrokerOptions, output};

pub(crate) async fn run(options: &BrokerOptions) -> Result<(), Failure> {
    // Before anybody is told that the broker runs: who stops it then is heard.
    let mut interruption = Interruption::listen()?;
    let broker = LocalBroker::default();
    broker.start_on(&options.tcp).await?;
    if let Status::On { addresses, .. } = broker.status().await {
        for address in addresses {
            output::line(format!("listening tcp {address}").as_bytes());
        }
    }
    interruption.heard().await;
    broker.stop().await;
    Ok(())
}

/// SIGINT (Ctrl C) and SIGTERM, heard from the moment it is made.
pub(crate) struct Interruption {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 2],
    #[cfg(windows)]
    signal: tokio::signal::windows::CtrlC,
}

impl Interruption {
    #[cfg(unix)]
    pub(crate) fn listen() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| signal(kind).map_err(|error| deaf(&error));
        let signals = [listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?];
        Ok(Self { signals })
    }

    #[cfg(windows)]
    pub(crate) fn listen() -> Result<Self, Failure> {
        let signal = tokio::signal::windows::ctrl_c().map_err(|error| deaf(&error))?;
        Ok(Self { signal })
    }

    /// Resolves when one of them has come.
    pub(crate) async fn heard(&mut self) {
        #[cfg(unix)]
        {
            let [interrupt, terminate] = &mut self.signals;
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        #[cfg(windows)]
        self.signal.recv().await;
    }
}

fn deaf(error: &std::io::Error) -> Failure {
    Failure::new(FailureCode::Internal, format!("Signals cannot be heard: {error}."))
}
