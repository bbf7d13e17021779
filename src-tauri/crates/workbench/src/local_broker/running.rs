//! A broker that runs, with its listeners and its log.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

use broker::{
    Accounts, Activity, Broker, BrokerConfig, ClientQuery, ListenError, ListenerConfig, ListenerId,
    Only, TlsSettings, WebSocketSettings,
};
use tokio::sync::broadcast;
use wire::{ReasonCode, Timestamp};

use super::{
    On,
    certificates::{self, Certificates},
    describe::count,
    log::Log,
    network,
    plan::{Fixed, Plan, PlannedListener, TlsPlan},
    retained::Clearing,
};
use crate::{
    Failure, FailureCode, explain,
    views::{BrokerLogEntry, ClientCertificates, ListenerState, ListenerView},
};

pub(super) struct Running {
    pub(super) broker: Broker,
    pub(super) log: Log,
    pub(super) clearing: Clearing,
    since: Timestamp,
    accounts: Arc<Accounts>,
    listeners: Vec<Listening>,
    certificates: Option<Certificates>,
    tls: TlsPlan,
    fixed: Fixed,
}

/// A listener of the plan and what became of it.
struct Listening {
    plan: PlannedListener,
    outcome: Result<(ListenerId, SocketAddr), Failure>,
}

/// How often `$SYS/#` is brought up to date, as Mosquitto does it.
const SYS_INTERVAL: Duration = Duration::from_secs(10);

impl Running {
    pub(super) async fn start(
        plan: Plan,
        entries: broadcast::Sender<BrokerLogEntry>,
    ) -> Result<Self, Failure> {
        // A connection is an open file, and the usual limit is 1,024 of them. Without the right to
        // raise it, the broker serves as many clients as there is room for.
        let _ = rlimit::increase_nofile_limit(u64::MAX);
        let accounts = Arc::new(Accounts::new(plan.access.clone()));
        let access = Arc::clone(&accounts) as _;
        let broker = Broker::open(BrokerConfig { access, ..plan.fixed.config() }).await;
        let log = Log::default();
        let heard = move |entry: &BrokerLogEntry| {
            // Nobody has to listen.
            let _ = entries.send(entry.clone());
        };
        tokio::spawn(log.clone().follow(broker.events(), heard));
        let mut running = Self {
            broker,
            log,
            clearing: Clearing::default(),
            since: Timestamp::now(),
            accounts,
            listeners: Vec::new(),
            certificates: None,
            tls: plan.tls.clone(),
            fixed: plan.fixed.clone(),
        };
        if let Err(failure) = running.apply(plan).await {
            running.stop().await;
            return Err(failure);
        }
        let failures = running.listeners.iter().map(|listener| listener.outcome.as_ref().err());
        if let Some(first) =
            failures.collect::<Option<Vec<_>>>().and_then(|all| all.first().copied())
        {
            let failure = first.clone();
            running.stop().await;
            return Err(failure);
        }
        Ok(running)
    }

    /// Changes what can be changed without a new start. A listener that did not change goes on.
    pub(super) async fn apply(&mut self, plan: Plan) -> Result<(), Failure> {
        self.broker.set_faults(plan.faults.clone()).map_err(|error| explain::fault(&error))?;
        self.accounts.replace(plan.access.clone());
        self.broker.set_sys_interval(plan.sys_topics.then_some(SYS_INTERVAL)).await?;
        let is_new_certificate = self.tls != plan.tls;
        let needs_one = plan.listeners.iter().any(PlannedListener::is_tls);
        if !needs_one || (!is_new_certificate && self.certificates.is_some()) {
            return self.listen_to(plan.listeners, &Ok(false)).await;
        }
        let before = std::mem::replace(&mut self.tls, plan.tls);
        match self.load_certificates().await {
            Ok(certificates) => {
                self.certificates = Some(certificates);
                self.listen_to(plan.listeners, &Ok(is_new_certificate)).await
            }
            Err(failure) => {
                // The next change tries again. Listeners that run go on with what they show.
                self.tls = before;
                self.listen_to(plan.listeners, &Err(failure.clone())).await?;
                if self.certificates.is_some() { Err(failure) } else { Ok(()) }
            }
        }
    }

    pub(super) async fn renew_certificate(&mut self) -> Result<(), Failure> {
        self.certificates = Some(self.load_certificates().await?);
        let wanted = self.listeners.iter().map(|listener| listener.plan.clone()).collect();
        self.listen_to(wanted, &Ok(true)).await
    }

    pub(super) async fn stop(self) {
        self.clearing.cancel();
        self.broker.stop().await;
    }

    pub(super) async fn disconnect_remote(&self) -> Result<(), Failure> {
        let mut query = ClientQuery { only: Only::Online, ..ClientQuery::default() };
        loop {
            let page = self.broker.clients(query.clone()).await?;
            for client in &page.clients {
                let is_remote =
                    client.online().is_some_and(|link| !link.address.ip().is_loopback());
                if is_remote {
                    let reason = ReasonCode::ADMINISTRATIVE_ACTION;
                    // It may have gone by itself.
                    let _ = self.broker.kick(&client.client_id, reason).await;
                }
            }
            if !page.more {
                return Ok(());
            }
            query.after = page.clients.last().map(|client| Arc::clone(&client.client_id));
        }
    }

    pub(super) async fn view(&self) -> On {
        let activity = self.broker.snapshot().await.ok();
        let clients = |id| activity.as_ref().map_or(0, |activity| activity.clients_of(id));
        On {
            since: self.since,
            listeners: self.listeners.iter().map(|listening| listening.view(clients)).collect(),
            certificate: self.certificates.as_ref().map(|loaded| loaded.view.clone()),
            fixed: self.fixed.clone(),
            notices: self.broker.notices().iter().map(explain::store_notice).collect(),
        }
    }

    pub(super) fn clients_by_listener(&self, now: &Activity) -> BTreeMap<String, u32> {
        let listening = self.listeners.iter().filter_map(|listener| {
            let (id, _) = listener.outcome.as_ref().ok()?;
            Some((listener.plan.id.clone(), count(now.clients_of(*id))))
        });
        listening.collect()
    }

    async fn load_certificates(&self) -> Result<Certificates, Failure> {
        let plan = self.tls.clone();
        let loading = tokio::task::spawn_blocking(move || certificates::load(&plan)).await;
        loading.unwrap_or_else(|error| {
            Err(Failure::new(FailureCode::Internal, format!("Reading was interrupted: {error}.")))
        })
    }

    /// Stops what is not wanted any more, then starts what is new or failed before.
    async fn listen_to(
        &mut self,
        wanted: Vec<PlannedListener>,
        certificate: &Result<bool, Failure>,
    ) -> Result<(), Failure> {
        let mut before = std::mem::take(&mut self.listeners);
        let mut kept = Vec::new();
        for listening in before.drain(..) {
            match listening.outcome {
                Ok((id, _)) if wanted.contains(&listening.plan) => {
                    kept.push((listening.plan, id, listening.outcome));
                }
                Ok((id, _)) => {
                    self.broker.stop_listener(id).await;
                }
                Err(_) => {}
            }
        }
        for plan in wanted {
            let known = kept.iter().position(|(known, ..)| *known == plan);
            let outcome = match known.map(|at| kept.swap_remove(at)) {
                Some((_, id, outcome)) => {
                    if plan.is_tls()
                        && matches!(certificate, Ok(true))
                        && let Some(settings) = self.tls_settings(&plan)
                    {
                        self.broker
                            .replace_tls(id, &settings)
                            .map_err(|error| cannot_listen(&error))?;
                    }
                    outcome
                }
                None => match certificate {
                    Err(failure) if plan.is_tls() => Err(failure.clone()),
                    _ => self.listen(&plan).await,
                },
            };
            self.listeners.push(Listening { plan, outcome });
        }
        Ok(())
    }

    async fn listen(&self, plan: &PlannedListener) -> Result<(ListenerId, SocketAddr), Failure> {
        let path = (!plan.path.is_empty()).then(|| plan.path.as_str().into());
        let config = ListenerConfig {
            address: plan.address,
            tls: plan.is_tls().then(|| self.tls_settings(plan)).flatten(),
            websocket: plan.is_websocket().then_some(WebSocketSettings { path }),
        };
        match self.broker.listen(config) {
            Ok(info) => Ok((info.id, info.address)),
            Err(error) => Err(explain(error).await),
        }
    }

    fn tls_settings(&self, plan: &PlannedListener) -> Option<TlsSettings> {
        let loaded = self.certificates.as_ref()?;
        let authorities = loaded.clients.clone();
        Some(TlsSettings {
            identity: loaded.identity.clone(),
            clients: match plan.client_certificates {
                ClientCertificates::Off => broker::ClientCertificates::Off,
                ClientCertificates::Optional => broker::ClientCertificates::Optional(authorities),
                ClientCertificates::Required => broker::ClientCertificates::Required(authorities),
            },
            common_name_is_user: plan.common_name_is_user,
        })
    }
}

impl Listening {
    fn view(&self, clients: impl Fn(ListenerId) -> usize) -> ListenerView {
        let Self { plan, outcome } = self;
        let state = match outcome {
            Ok((id, bound)) => ListenerState::Listening {
                address: bound.to_string(),
                urls: network::urls(plan.protocol, *bound, &plan.path),
                clients: count(clients(*id)),
            },
            Err(cause) => ListenerState::Failed { cause: cause.clone() },
        };
        ListenerView { id: plan.id.clone(), protocol: plan.protocol, state }
    }
}

fn cannot_listen(error: &impl std::fmt::Display) -> Failure {
    Failure::new(FailureCode::Internal, format!("The local broker cannot listen: {error}."))
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
        error => cannot_listen(&error),
    }
}
