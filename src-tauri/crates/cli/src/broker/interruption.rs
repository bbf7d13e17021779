//! The signals that end a command.

use workbench::{Failure, FailureCode};

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
