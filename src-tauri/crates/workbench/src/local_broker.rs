//! The broker inside the application: on and off, where it listens, what goes on in it.
//!
//! It listens on the loopback address only.

use std::net::{Ipv4Addr, SocketAddr};

use broker::{
    Activity, Broker, BrokerConfig, ClientInfo, ClientQuery, ListenError, Only, Presence,
};
use tokio::sync::{Mutex, MutexGuard};
use wire::{ReasonCode, Timestamp, Version};

use crate::{
    Failure, FailureCode,
    views::{
        BrokerActivity, BrokerClient, BrokerClientLink, ListenerProtocol, ListenerState,
        ListenerUrl, ListenerView,
    },
};

/// The local broker, on or off.
#[derive(Default)]
pub struct LocalBroker {
    state: Mutex<State>,
}

#[derive(Default)]
enum State {
    #[default]
    Off,
    On(Running),
    Failed(Failure),
}

struct Running {
    broker: Broker,
    since: Timestamp,
}

/// Clients in one view of the activity.
const CLIENTS_SHOWN: usize = 1_000;

/// What [`LocalBroker::status`] tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// Switched off.
    Off,
    /// Running.
    On {
        /// Since when.
        since: Timestamp,
        /// Where, with the ports the system chose.
        addresses: Vec<SocketAddr>,
    },
    /// It could not start.
    Failed(Failure),
}

impl LocalBroker {
    /// Starts it on the given port of the loopback address; does nothing when it is running.
    pub async fn start(&self, port: u16) -> Result<(), Failure> {
        self.start_on(&[SocketAddr::from((Ipv4Addr::LOCALHOST, port))]).await
    }

    /// Starts it on these addresses, or on none; does nothing when it is running.
    pub async fn start_on(&self, addresses: &[SocketAddr]) -> Result<(), Failure> {
        let mut state = self.state.lock().await;
        if matches!(*state, State::On(_)) {
            return Ok(());
        }
        let broker = Broker::start(BrokerConfig::default());
        let outcome =
            addresses.iter().try_for_each(|address| broker.listen_tcp(*address).map(drop));
        if let Err(error) = outcome {
            broker.stop().await;
            let failure = explain(error).await;
            *state = State::Failed(failure.clone());
            return Err(failure);
        }
        *state = State::On(Running { broker, since: Timestamp::now() });
        Ok(())
    }

    /// Stops it: clients are told, ports are free when it returns.
    pub async fn stop(&self) {
        let mut state = self.state.lock().await;
        if let State::On(running) = std::mem::take(&mut *state) {
            running.broker.stop().await;
        }
    }

    /// Whether it runs, and where.
    pub async fn status(&self) -> Status {
        match &*self.state.lock().await {
            State::Off => Status::Off,
            State::On(running) => Status::On {
                since: running.since,
                addresses: running.broker.listeners().iter().map(|l| l.address).collect(),
            },
            State::Failed(cause) => Status::Failed(cause.clone()),
        }
    }

    /// Counters and clients right now; all zero while it is off.
    pub async fn activity(&self) -> Result<BrokerActivity, Failure> {
        match &*self.state.lock().await {
            State::On(running) => {
                let activity = running.broker.snapshot().await.map_err(|_| not_running())?;
                let mut view = BrokerActivity::from(activity);
                for only in [Only::Online, Only::Offline] {
                    let limit = CLIENTS_SHOWN - view.clients.len();
                    let query = ClientQuery { only, limit, ..ClientQuery::default() };
                    let page = running.broker.clients(query).await.map_err(|_| not_running())?;
                    view.clients.extend(page.clients.into_iter().map(BrokerClient::from));
                }
                Ok(view)
            }
            State::Off | State::Failed(_) => Ok(BrokerActivity::default()),
        }
    }

    /// Ends a client's connection; its session stays.
    pub async fn kick(&self, client_id: &str) -> Result<(), Failure> {
        let state = self.state.lock().await;
        let running = running(&state)?;
        let reason = ReasonCode::ADMINISTRATIVE_ACTION;
        match running.broker.kick(client_id, reason).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failure::new(
                FailureCode::NotConnected,
                format!("`{client_id}` is not connected to the broker any more."),
            )),
            Err(_) => Err(not_running()),
        }
    }
}

fn running<'a>(state: &'a MutexGuard<'_, State>) -> Result<&'a Running, Failure> {
    match &**state {
        State::On(running) => Ok(running),
        State::Off | State::Failed(_) => Err(not_running()),
    }
}

fn not_running() -> Failure {
    Failure::new(FailureCode::BrokerNotRunning, "The local broker is off.").hint("Switch it on.")
}

/// Names the program that has the port, when the system tells.
async fn explain(error: ListenError) -> Failure {
    let message = format!("The local broker cannot start: {error}.");
    let of = |code, address: SocketAddr| {
        Failure::new(code, message.clone())
            .detail("address", address)
            .detail("port", address.port())
    };
    match error {
        ListenError::AddressInUse { address } => {
            let failure = of(FailureCode::PortInUse, address);
            let owner = tokio::task::spawn_blocking(move || {
                listeners::get_process_by_port(address.port(), listeners::Protocol::TCP).ok()
            });
            match owner.await {
                Ok(Some(process)) => failure
                    .hint(format!(
                        "End {} (process {}), or choose another port.",
                        process.name, process.pid
                    ))
                    .detail("owner", process.name)
                    .detail("pid", process.pid),
                _ => failure.hint("End the program that uses it, or choose another port."),
            }
        }
        ListenError::Forbidden { address } => {
            of(FailureCode::PortForbidden, address).hint("Choose a port from 1024 on.")
        }
        ListenError::AddressNotAvailable { address } => {
            of(FailureCode::AddressNotAvailable, address)
        }
        ListenError::Other { .. }
        | ListenError::Tls { .. }
        | ListenError::Path { .. }
        | ListenError::Stopping => Failure::new(FailureCode::Internal, message),
    }
}

/// What to paste into another client.
pub(crate) fn listener_view(address: SocketAddr) -> ListenerView {
    ListenerView {
        id: "tcp".into(),
        protocol: ListenerProtocol::Tcp,
        state: ListenerState::Listening {
            address: address.to_string(),
            urls: vec![ListenerUrl { url: format!("mqtt://{address}"), interface: None }],
            clients: 0,
        },
    }
}

impl From<Activity> for BrokerActivity {
    fn from(activity: Activity) -> Self {
        let counters = activity.counters;
        Self {
            messages_in: counters.messages_in,
            messages_out: counters.messages_out,
            bytes_in: counters.bytes_in,
            bytes_out: counters.bytes_out,
            retained: activity.retained as u64,
            retained_bytes: activity.held.retained as u64,
            queued: activity.queued as u64,
            queued_bytes: activity.held.queued as u64,
            connections: counters.connections,
            failed_connections: counters.refused_connections,
            online: count(activity.online),
            offline: count(activity.offline),
            ..Self::default()
        }
    }
}

impl From<ClientInfo> for BrokerClient {
    fn from(client: ClientInfo) -> Self {
        let (link, expires) = match client.presence {
            Presence::Online(link) => (Some(link), None),
            Presence::Offline(offline) => (None, offline.expires.map(|at| at.0 / 1000)),
        };
        Self {
            client_id: client.client_id.to_string(),
            connected: link.map(|link| BrokerClientLink {
                version: match link.version {
                    Version::V31 => "3.1",
                    Version::V311 => "3.1.1",
                    Version::V5 => "5.0",
                }
                .into(),
                protocol: ListenerProtocol::Tcp,
                certificate: None,
                last_packet: None,
                address: link.address.to_string(),
                username: link.username.map(Into::into),
                keep_alive_seconds: link.keep_alive,
                since: link.since.0 / 1000,
            }),
            subscriptions: count(client.subscriptions),
            messages_in: client.messages_in,
            messages_out: client.messages_out,
            inflight: count(client.inflight),
            queued: count(client.queued),
            expires,
            bytes_in: client.bytes_in,
            bytes_out: client.bytes_out,
            queued_bytes: client.queued_bytes as u64,
            dropped: client.dropped.total(),
        }
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_in_use_names_the_program_that_has_it() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        let broker = LocalBroker::default();

        let failure = broker.start(port).await.unwrap_err();

        assert_eq!(failure.code, FailureCode::PortInUse);
        assert_eq!(failure.details["port"], port.to_string());
        assert_eq!(failure.details["pid"], std::process::id().to_string());
        assert_eq!(broker.status().await, Status::Failed(failure));
    }

    #[tokio::test]
    async fn it_starts_again_on_the_same_port() {
        let broker = LocalBroker::default();
        broker.start(0).await.unwrap();
        let Status::On { addresses, .. } = broker.status().await else { panic!("it is off") };
        let port = addresses[0].port();

        broker.stop().await;
        broker.start(port).await.unwrap();

        assert!(matches!(broker.status().await, Status::On { .. }));
        broker.stop().await;
    }
}
