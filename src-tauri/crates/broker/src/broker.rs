//! The handle of a running broker.

mod acting;
mod clearing;
mod looking;
mod transfer;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{Semaphore, broadcast, mpsc, oneshot},
    task::JoinHandle,
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use wire::ReasonCode;

use crate::{
    admission::Gate,
    config::BrokerConfig,
    connection::{self, Shared},
    counters::Tally,
    event::BrokerEvent,
    faults::{FaultError, FaultRule, FaultState, restart},
    listener::{
        self, ListenError, Listener, ListenerConfig, ListenerId, ListenerInfo, ListenerProtocol,
        ReplaceTlsError, TlsSettings, WebSocketSettings,
    },
    origin::Origin,
    packet_log::{FailedAttempt, PacketLog, PacketPage},
    refusals::Refusals,
    router::{Command, Gone, Router, Visit},
    store::{self, Opened, StoreNotice, StoreStatus, StoreWatch},
};

pub use self::{
    acting::{DISCONNECT_REASONS, NewMessage},
    clearing::{ClearJob, ClearProgress, ClearRetained, ClearState},
    transfer::{ImportProblem, ImportReport, Rejected, TransferError},
};

/// A running broker. [`Broker::stop`] ends it in order; dropping it ends it as soon as possible.
#[derive(Debug)]
pub struct Broker {
    shared: Arc<Shared>,
    listeners: Mutex<BTreeMap<ListenerId, Listener>>,
    last_listener: AtomicU64,
    router: JoinHandle<()>,
    _ends_with_me: DropGuard,
}

/// Why a running broker could not do something.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BrokerError {
    /// It is not running any more.
    #[error("the broker is not running")]
    NotRunning,
    /// A server cannot say this in a DISCONNECT (§3.14.2.1).
    #[error("a DISCONNECT of a server cannot carry the reason {reason}")]
    ReasonNotAllowed {
        /// What was asked for.
        reason: ReasonCode,
    },
}

impl From<Gone> for BrokerError {
    fn from(_: Gone) -> Self {
        Self::NotRunning
    }
}

/// Commands that may wait for the router.
const INBOX: usize = 256;

/// Events an observer may be behind before it loses some, and is told so.
const EVENTS: usize = 1_024;

impl Broker {
    /// Starts a broker without a listener. Must be called in a tokio runtime, which it blocks while it
    /// reads its store, if it has one: then [`Broker::open`] is better.
    ///
    /// A store that cannot be used does not keep it from starting; see [`Broker::notices`].
    pub fn start(config: BrokerConfig) -> Self {
        let watch = Arc::new(StoreWatch::new(broadcast::Sender::new(EVENTS)));
        let opened = config.store.as_deref().and_then(|path| store::open(path, &watch));
        Self::start_with(config, watch, opened)
    }

    /// The same without blocking the runtime.
    pub async fn open(config: BrokerConfig) -> Self {
        let watch = Arc::new(StoreWatch::new(broadcast::Sender::new(EVENTS)));
        let opened = match config.store.clone() {
            Some(path) => {
                let watch = Arc::clone(&watch);
                let opening = tokio::task::spawn_blocking(move || store::open(&path, &watch)).await;
                opening.unwrap_or_else(|error| {
                    tracing::error!(%error, "opening the store failed");
                    None
                })
            }
            None => None,
        };
        Self::start_with(config, watch, opened)
    }

    fn start_with(config: BrokerConfig, watch: Arc<StoreWatch>, opened: Option<Opened>) -> Self {
        let config = Arc::new(config);
        let tally = Arc::new(Tally::default());
        let events = watch.events.clone();
        let (router, inbox) = mpsc::channel(INBOX);
        let limits = &config.limits;
        let inbox_bytes = usize::try_from(limits.inbox_bytes).unwrap_or(usize::MAX);
        let shutdown = CancellationToken::new();
        let shared = Arc::new(Shared {
            tally: Arc::clone(&tally),
            events: events.clone(),
            refusals: Refusals::default(),
            router,
            inbox: Arc::new(Semaphore::new(inbox_bytes.min(Semaphore::MAX_PERMITS))),
            gate: Arc::new(Gate::new(limits.connections)),
            tasks: TaskTracker::new(),
            shutdown: shutdown.clone(),
            last_id: AtomicU64::new(0),
            last_attempt: AtomicU64::new(0),
            faults: Arc::default(),
            packet_log: Arc::new(PacketLog::new(config.packet_log)),
            config: Arc::clone(&config),
            store: watch,
        });
        let router = Router::new(config, tally, events, shutdown.clone(), opened);
        Self {
            shared,
            listeners: Mutex::default(),
            last_listener: AtomicU64::new(0),
            router: tokio::spawn(router.run(inbox)),
            _ends_with_me: shutdown.drop_guard(),
        }
    }

    /// Starts a listener; port 0 lets the system choose one.
    ///
    /// # Errors
    ///
    /// What is wrong with the settings, or what the system says against it.
    pub fn listen(&self, config: ListenerConfig) -> Result<ListenerInfo, ListenError> {
        let mut listeners = self.lock();
        if self.shared.shutdown.is_cancelled() {
            return Err(ListenError::Stopping);
        }
        let id = ListenerId(self.last_listener.fetch_add(1, Relaxed));
        let listener = Listener::start(id, config, Arc::clone(&self.shared))?;
        let info = listener.info;
        listeners.insert(id, listener);
        Ok(info)
    }

    /// Listens for MQTT over plain TCP.
    ///
    /// # Errors
    ///
    /// As [`Broker::listen`].
    pub fn listen_tcp(&self, address: SocketAddr) -> Result<ListenerInfo, ListenError> {
        self.listen(ListenerConfig::tcp(address))
    }

    /// Gives a TLS listener other certificates without a pause: handshakes that begin from now on use
    /// them, connections that were made before go on.
    ///
    /// # Errors
    ///
    /// Why everything stays as it was.
    pub fn replace_tls(
        &self,
        id: ListenerId,
        settings: &TlsSettings,
    ) -> Result<(), ReplaceTlsError> {
        self.lock().get(&id).ok_or(ReplaceTlsError::NoListener)?.replace_tls(settings)
    }

    /// The listeners that accept connections, in the order they were started.
    pub fn listeners(&self) -> Vec<ListenerInfo> {
        self.lock().values().map(|listener| listener.info).collect()
    }

    /// Stops one listener; its connections go on. Returns whether it was there.
    pub async fn stop_listener(&self, id: ListenerId) -> bool {
        let listener = self.lock().remove(&id);
        match listener {
            Some(listener) => {
                listener.stop().await;
                true
            }
            None => false,
        }
    }

    /// Serves a connection that was made elsewhere, e.g. in memory.
    pub fn serve<R, W>(&self, source: R, sink: W, address: SocketAddr)
    where
        R: AsyncRead + Send + Unpin + 'static,
        W: AsyncWrite + Send + Unpin + 'static,
    {
        let origin = Origin::elsewhere(address);
        if let Some(admission) = self.shared.admit(&origin) {
            let shared = Arc::clone(&self.shared);
            self.shared.tasks.spawn(connection::run(
                source,
                sink,
                origin,
                admission,
                shared,
                |_, _| (),
            ));
        }
    }

    /// The same for a byte stream that begins with an HTTP request for a WebSocket.
    ///
    /// # Errors
    ///
    /// [`ListenError::Path`].
    pub fn serve_websocket<S>(
        &self,
        stream: S,
        settings: WebSocketSettings,
        address: SocketAddr,
    ) -> Result<(), ListenError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let rules = listener::Rules::new(settings)?;
        let origin = Origin { protocol: ListenerProtocol::Ws, ..Origin::elsewhere(address) };
        if let Some(admission) = self.shared.admit(&origin) {
            let shared = Arc::clone(&self.shared);
            self.shared.tasks.spawn(async move {
                listener::serve_websocket(stream, &rules, origin, admission, shared, drop).await;
            });
        }
        Ok(())
    }

    /// Switches the packet log on or off, for all connections at once. What was kept stays. A
    /// connection made before has no CONNECT in it.
    pub fn set_packet_log(&self, on: bool) {
        self.shared.packet_log.set(on);
    }

    /// The packets of a client that are kept and have a number greater than `after_seq`, oldest
    /// first, at most `limit`. They outlive its session.
    pub fn packets(&self, client_id: &str, after_seq: u64, limit: usize) -> PacketPage {
        self.shared.packet_log.page(client_id, after_seq, limit)
    }

    /// The last 64 connections that got no session while the packet log was on, oldest first.
    pub fn failed_attempts(&self) -> Vec<FailedAttempt> {
        self.shared.packet_log.failed()
    }

    /// Whether the broker's state survives it.
    pub fn store_status(&self) -> StoreStatus {
        self.shared.store.status()
    }

    /// What was to be said about the store since the start, oldest first; at most the last 32.
    pub fn notices(&self) -> Vec<StoreNotice> {
        self.shared.store.notices()
    }

    /// Puts a list of faults in force instead of the one before, at the next packet of each
    /// connection. What the old rules hold back is let go. A rule that stays as it is goes on
    /// counting; one that is switched on begins anew.
    ///
    /// # Errors
    ///
    /// The first rule that makes no sense; then the list before stays in force.
    pub fn set_faults(&self, rules: Vec<FaultRule>) -> Result<(), FaultError> {
        for rule in self.shared.faults.set(rules)? {
            self.shared.tasks.spawn(restart(rule, Arc::clone(&self.shared)));
        }
        Ok(())
    }

    /// The faults in force, in the order they are asked, and what each did so far.
    pub fn faults(&self) -> Vec<FaultState> {
        self.shared.faults.states()
    }

    /// Everything that happens from now on. Who falls behind loses the oldest and is told how many.
    pub fn events(&self) -> broadcast::Receiver<BrokerEvent> {
        self.shared.events.subscribe()
    }

    /// Stops listening, says goodbye to every client (0x8B in 5.0) and returns when all is closed.
    pub async fn stop(self) {
        self.shared.shutdown.cancel();
        let listeners = std::mem::take(&mut *self.lock());
        for listener in listeners.into_values() {
            listener.stop().await;
        }
        let (reply, answer) = oneshot::channel();
        let asked = self.shared.router.send(Command::Stop { reply }).await;
        if asked.is_err() || answer.await.is_err() {
            tracing::error!("the router ended before the broker");
        }
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
        let Self { shared, router, .. } = self;
        // The router ends with the last sender of commands.
        drop(shared);
        if let Err(error) = router.await {
            tracing::error!(%error, "the router failed");
        }
    }

    async fn visit<T: Send + 'static>(
        &self,
        what: impl FnOnce(&mut Router) -> T + Send + 'static,
    ) -> Result<T, BrokerError> {
        Ok(Visit::to(&self.shared.router, what).await?)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ListenerId, Listener>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
