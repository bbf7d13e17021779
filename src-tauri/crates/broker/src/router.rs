//! The router: one task that owns sessions, subscriptions and retained messages.
//!
//! # Invariants
//!
//! * Nothing else changes that state, so there is no lock around it.
//! * It never waits for a connection: deliveries go into bounded queues or are dropped and counted.
//! * Every connection in `connections` has a session whose link names it, and the other way round.

mod acting;
mod joining;
mod looking;
mod outflow;
mod permissions;
mod publishing;
mod replaying;
mod reporting;
mod retained;
mod session;
mod stored;
mod subscribing;
mod subscriptions;
mod timers;
mod visit;

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    sync::Arc,
};

use slab::Slab;
use tokio::{
    sync::{OwnedSemaphorePermit, broadcast, mpsc, oneshot, watch},
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use wire::{
    PacketId, ReasonCode, Timestamp,
    packet::{Subscribe, Unsubscribe},
};

pub(crate) use self::{
    joining::{Join, Leave},
    looking::{ClientScan, RetainedScan, SubscriptionScan},
    session::{Acknowledgement, ack},
    subscriptions::Options,
    visit::{Gone, Visit},
};
use self::{
    reporting::Reporting,
    retained::Retained,
    session::{Delivering, Session, SessionKey},
    subscriptions::{Subscriptions, Targets},
    timers::{Due, Timers},
};
use crate::{
    config::BrokerConfig,
    connection::ConnectionId,
    counters::Tally,
    event::{BrokerEvent, DisconnectCause},
    message::Message,
    outbound::Outbound,
    store::{Event, Opened, Store},
};

/// Something the router is asked to do.
#[derive(Debug)]
pub(crate) enum Command {
    /// A CONNECT that was found good.
    Join(Box<Join>),
    /// What a connection sent, in order.
    Packets { connection: ConnectionId, batch: Vec<Inbound>, budget: Budget },
    /// A connection ended; nothing comes from it after this.
    Leave(Box<Leave>),
    /// A queue that refused a message has room again.
    HasRoom { connection: ConnectionId },
    /// Something that is asked or done now and then; it takes some milliseconds at most.
    Visit(Visit),
    /// Ends all connections, because of a fault.
    CutAll { rule: Arc<str> },
    /// Ends all connections and takes no new ones.
    Stop { reply: oneshot::Sender<()> },
}

/// A packet of a client, prepared by its reader.
#[derive(Debug)]
pub(crate) enum Inbound {
    Publish {
        message: Arc<Message>,
        packet_id: Option<PacketId>,
        /// Why it must not be routed.
        refusal: Option<ReasonCode>,
    },
    PubRel(PacketId),
    Acknowledgement(Acknowledgement),
    /// With a refusal for each filter that must not be subscribed.
    Subscribe(Subscribe, Vec<Option<ReasonCode>>),
    Unsubscribe(Unsubscribe),
}

impl Inbound {
    /// Bytes of the message it carries.
    pub(crate) fn payload(&self) -> usize {
        match self {
            Self::Publish { message, .. } => message.payload.len(),
            _ => 0,
        }
    }
}

/// What a batch holds of the budgets until the router has handled it.
#[derive(Debug)]
pub(crate) struct Budget {
    pub(crate) _bytes: OwnedSemaphorePermit,
    pub(crate) _turn: OwnedSemaphorePermit,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Router {
    config: Arc<BrokerConfig>,
    tally: Arc<Tally>,
    events: broadcast::Sender<BrokerEvent>,
    sessions: Slab<Session>,
    by_client: BTreeMap<Arc<str>, SessionKey>,
    connections: HashMap<ConnectionId, SessionKey>,
    subscriptions: Subscriptions,
    targets: Targets,
    retained: Retained,
    timers: Timers,
    /// What the broker says about itself, if it does.
    reporting: Option<Reporting>,
    /// Tells when the access rules change.
    rule_changes: Option<watch::Receiver<u64>>,
    /// Where everything that is to survive is recorded.
    store: Option<Store>,
    /// Sessions whose writers have to be woken.
    dirty: Vec<SessionKey>,
    /// Queues that were closed and may be held back.
    closed: Vec<Arc<Outbound>>,
    /// Sessions whose queue was full, and whose connection ends therefore.
    overflowing: Vec<SessionKey>,
    /// Sessions that can take more retained messages.
    replaying: VecDeque<SessionKey>,
    /// The client the messages of the current batch pile up for.
    congested: Option<Arc<Outbound>>,
    last_epoch: u64,
    shutdown: CancellationToken,
    stopping: bool,
    since: Timestamp,
    began: Instant,
    now: Instant,
}

impl Router {
    pub(crate) fn new(
        config: Arc<BrokerConfig>,
        tally: Arc<Tally>,
        events: broadcast::Sender<BrokerEvent>,
        shutdown: CancellationToken,
        store: Option<Opened>,
    ) -> Self {
        let retained = Retained::new(&config.limits);
        let rule_changes = config.access.changes();
        let now = Instant::now();
        let mut router = Self {
            config,
            tally,
            events,
            sessions: Slab::new(),
            by_client: BTreeMap::new(),
            connections: HashMap::new(),
            subscriptions: Subscriptions::new(),
            targets: Targets::default(),
            retained,
            timers: Timers::default(),
            reporting: None,
            rule_changes,
            store: None,
            dirty: Vec::new(),
            closed: Vec::new(),
            overflowing: Vec::new(),
            replaying: VecDeque::new(),
            congested: None,
            last_epoch: 0,
            shutdown,
            stopping: false,
            since: Timestamp::now(),
            began: now,
            now,
        };
        if let Some(opened) = store {
            router.restore(opened);
        }
        router
    }

    /// Works until every sender of commands is gone.
    pub(crate) async fn run(mut self, mut inbox: mpsc::Receiver<Command>) {
        const AT_ONCE: usize = 16;
        let mut commands = Vec::with_capacity(AT_ONCE);
        self.set_sys_interval(self.config.sys_interval);
        loop {
            tokio::select! {
                received = inbox.recv_many(&mut commands, AT_ONCE) => {
                    if received == 0 {
                        break;
                    }
                    self.now = Instant::now();
                    self.keep_to_the_rules();
                    for command in commands.drain(..) {
                        self.obey(command);
                    }
                }
                () = self.shutdown.cancelled(), if !self.stopping => {
                    self.now = Instant::now();
                    self.stop();
                }
                () = self.timers.wait() => {
                    self.now = Instant::now();
                    self.ring();
                }
                () = permissions::changed(&mut self.rule_changes) => {
                    self.now = Instant::now();
                    self.renew_rights();
                }
                () = reporting::due(&mut self.reporting) => {
                    self.now = Instant::now();
                    self.report();
                }
                event = next_event(&mut self.store) => {
                    self.now = Instant::now();
                    self.handle_store_event(event);
                }
                () = std::future::ready(()), if !self.replaying.is_empty() => {
                    self.now = Instant::now();
                    self.replay_next();
                }
            }
            self.part_with_the_slow();
            self.commit();
            self.wake_writers();
        }
        if let Some(store) = self.store {
            store.close().await;
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Join(join) => self.join(*join),
            Command::Packets { connection, batch, budget } => {
                self.handle(connection, batch);
                drop(budget);
            }
            Command::Leave(leave) => self.leave(*leave),
            Command::HasRoom { connection } => {
                if let Some(key) = self.connections.get(&connection).copied() {
                    self.with_session(key, Session::pump);
                    self.resume_replay(key);
                }
            }
            Command::CutAll { rule } => {
                let rule: Box<str> = (*rule).into();
                self.leave_all(&DisconnectCause::Fault { rule, reason: None });
            }
            Command::Visit(visit) => visit.pay(self),
            Command::Stop { reply } => {
                self.stop();
                let _ = reply.send(());
            }
        }
    }

    /// Handles what one connection sent; an offence ends it, and the rest is not looked at.
    fn handle(&mut self, connection: ConnectionId, batch: Vec<Inbound>) {
        let Some(key) = self.connections.get(&connection).copied() else { return };
        for inbound in batch {
            let outcome = match inbound {
                Inbound::Publish { message, packet_id, refusal } => {
                    self.receive(key, &message, packet_id, refusal)
                }
                Inbound::PubRel(id) => {
                    self.release(key, id);
                    Ok(())
                }
                Inbound::Acknowledgement(packet) => {
                    let outcome =
                        self.with_session(key, |session, with| session.acknowledge(packet, with));
                    self.resume_replay(key);
                    outcome
                }
                Inbound::Subscribe(packet, refusals) => self.subscribe(key, &packet, &refusals),
                Inbound::Unsubscribe(packet) => self.unsubscribe(key, &packet),
            };
            if let Err(offence) = outcome {
                let Offence { reason, detail } = offence;
                let cause = DisconnectCause::Violation { reason, detail: detail.into() };
                self.leave(Leave { connection, cause, expiry: None });
                return;
            }
        }
        if let Some(slower) = self.congested.take()
            && let Some(link) = &self.sessions[key.index()].link
        {
            link.outbound.brake_for(slower);
        }
    }

    /// Runs `action` on a session and remembers to wake its writer.
    fn with_session<R>(
        &mut self,
        key: SessionKey,
        action: impl FnOnce(&mut Session, Delivering<'_>) -> R,
    ) -> R {
        let session = &mut self.sessions[key.index()];
        let was_dirty = session.link.as_ref().is_some_and(|link| link.dirty);
        let with = Delivering {
            limits: &self.config.limits,
            tally: &self.tally,
            store: self.store.as_ref(),
            now: self.now,
        };
        let result = action(session, with);
        if !was_dirty && session.link.as_ref().is_some_and(|link| link.dirty) {
            self.dirty.push(key);
        }
        result
    }

    /// Ends the connections of those whose queue was full. What waits for them stays.
    fn part_with_the_slow(&mut self) {
        for key in std::mem::take(&mut self.overflowing) {
            let Some(session) = self.sessions.get(key.index()) else { continue };
            let Some(link) = &session.link else { continue };
            let cause = DisconnectCause::TooSlow { queued: session.outflow.queued() };
            let connection = link.connection;
            self.leave(Leave { connection, cause, expiry: None });
        }
    }

    fn wake_writers(&mut self) {
        for outbound in self.closed.drain(..) {
            outbound.wake();
        }
        for key in self.dirty.drain(..) {
            // The session may have ended, and another one taken its place.
            if let Some(link) =
                self.sessions.get_mut(key.index()).and_then(|session| session.link.as_mut())
            {
                link.dirty = false;
                link.outbound.wake();
            }
        }
    }

    fn ring(&mut self) {
        while let Some(timer) = self.timers.pop(self.now) {
            let session = self.sessions.get(timer.session.index());
            if session.is_none_or(|session| session.epoch != timer.epoch) {
                continue;
            }
            match timer.due {
                Due::Will => self.publish_will(timer.session),
                Due::EndOfSession => {
                    self.tally.expired_sessions.add(1);
                    self.end_session(timer.session);
                }
            }
        }
    }

    fn stop(&mut self) {
        // A second time, a connection may have joined in between.
        self.stopping = true;
        self.leave_all(&DisconnectCause::BrokerStopped);
    }

    fn leave_all(&mut self, cause: &DisconnectCause) {
        let connections: HashSet<_> = self.connections.keys().copied().collect();
        for connection in connections {
            self.leave(Leave { connection, cause: cause.clone(), expiry: None });
        }
    }

    fn tell(&self, event: BrokerEvent) {
        // Nobody has to listen.
        let _ = self.events.send(event);
    }
}

async fn next_event(store: &mut Option<Store>) -> Event {
    match store {
        Some(store) => store.event().await,
        None => std::future::pending().await,
    }
}

/// What a client did that ends its connection.
#[derive(Debug)]
struct Offence {
    reason: ReasonCode,
    detail: &'static str,
}
