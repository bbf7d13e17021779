//! The broker inside the application: on and off, where it listens, what goes on in it.
//!
//! It knows nothing of the window: `tscope broker` runs it too.

mod certificates;
mod describe;
mod events;
mod log;
pub(crate) mod network;
mod packets;
mod plan;
mod queries;
mod retained;
mod running;

use broker::BrokerError;
use tokio::sync::{Mutex, MutexGuard, broadcast};
use wire::Timestamp;

pub(crate) use self::plan::listeners;
pub use self::plan::{Fixed, Plan, PlannedListener, TlsPlan};
use self::running::Running;
use crate::{
    Failure, FailureCode,
    views::{BrokerCertificate, BrokerLogEntry, ListenerProtocol, ListenerState, ListenerView},
};

/// Log entries a slow reader may be behind.
const ENTRIES: usize = 1_024;

/// The local broker, on or off.
pub struct LocalBroker {
    state: Mutex<State>,
    entries: broadcast::Sender<BrokerLogEntry>,
}

#[derive(Default)]
enum State {
    #[default]
    Off,
    On(Box<Running>),
    Failed(Failure),
}

/// What [`LocalBroker::status`] tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// Switched off.
    Off,
    /// Running.
    On(On),
    /// It could not start.
    Failed(Failure),
}

/// A broker that runs.
#[derive(Clone, Debug, PartialEq)]
pub struct On {
    /// Since when.
    pub since: Timestamp,
    /// Where, with the ports the system chose, or why not; in the order of the plan.
    pub listeners: Vec<ListenerView>,
    /// What TLS listeners show, once there is one.
    pub certificate: Option<BrokerCertificate>,
    /// What only a new start can change.
    pub fixed: Fixed,
    /// What is worth knowing about its store.
    pub notices: Vec<Failure>,
}

impl On {
    /// The port of its first TCP listener.
    pub fn tcp_port(&self) -> Option<u16> {
        self.listeners.iter().find_map(|listener| match &listener.state {
            ListenerState::Listening { address, .. }
                if listener.protocol == ListenerProtocol::Tcp =>
            {
                address.rsplit_once(':')?.1.parse().ok()
            }
            _ => None,
        })
    }
}

impl Default for LocalBroker {
    fn default() -> Self {
        Self { state: Mutex::default(), entries: broadcast::channel(ENTRIES).0 }
    }
}

impl LocalBroker {
    /// Starts it; does nothing when it is running. It fails when none of its listeners could start.
    pub async fn start(&self, plan: Plan) -> Result<(), Failure> {
        let mut state = self.state.lock().await;
        if matches!(*state, State::On(_)) {
            return Ok(());
        }
        match Running::start(plan, self.entries.clone()).await {
            Ok(running) => {
                *state = State::On(Box::new(running));
                Ok(())
            }
            Err(failure) => {
                *state = State::Failed(failure.clone());
                Err(failure)
            }
        }
    }

    /// Changes what a running broker can change: listeners one by one, certificates, access, faults.
    pub async fn apply(&self, plan: Plan) -> Result<(), Failure> {
        match &mut *self.state.lock().await {
            State::On(running) => running.apply(plan).await,
            State::Off | State::Failed(_) => Ok(()),
        }
    }

    /// Stops it: clients are told, ports are free when it returns.
    pub async fn stop(&self) {
        let mut state = self.state.lock().await;
        if let State::On(running) = std::mem::take(&mut *state) {
            running.stop().await;
        }
    }

    /// Disconnects who came from another computer.
    pub async fn disconnect_remote(&self) -> Result<(), Failure> {
        self.running().await.get()?.disconnect_remote().await
    }

    /// Makes a new certificate and shows it from now on.
    pub async fn renew_certificate(&self) -> Result<(), Failure> {
        match &mut *self.state.lock().await {
            State::On(running) => running.renew_certificate().await,
            State::Off | State::Failed(_) => Err(not_running()),
        }
    }

    /// Whether it runs, and where.
    pub async fn status(&self) -> Status {
        match &*self.state.lock().await {
            State::Off => Status::Off,
            State::On(running) => Status::On(running.view().await),
            State::Failed(cause) => Status::Failed(cause.clone()),
        }
    }

    /// What happens from now on.
    pub fn entries(&self) -> broadcast::Receiver<BrokerLogEntry> {
        self.entries.subscribe()
    }

    async fn running(&self) -> Locked<'_> {
        Locked(self.state.lock().await)
    }
}

/// The state, for as long as a question takes.
struct Locked<'a>(MutexGuard<'a, State>);

impl Locked<'_> {
    fn get(&self) -> Result<&Running, Failure> {
        match &*self.0 {
            State::On(running) => Ok(running),
            State::Off | State::Failed(_) => Err(not_running()),
        }
    }
}

fn not_running() -> Failure {
    Failure::new(FailureCode::BrokerNotRunning, "The local broker is off.").hint("Switch it on.")
}

impl From<BrokerError> for Failure {
    fn from(error: BrokerError) -> Self {
        match error {
            BrokerError::NotRunning => not_running(),
            BrokerError::ReasonNotAllowed { reason } => {
                Self::new(FailureCode::InvalidField, format!("{error}."))
                    .detail("field", "reason")
                    .detail("reason", reason)
            }
        }
    }
}

#[cfg(test)]
mod tests;
