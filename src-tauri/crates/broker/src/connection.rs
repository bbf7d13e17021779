//! One connection: handshake, then a reader (this task) and a writer until either side ends it.

mod authentication;
mod frame;
mod handshake;
mod incoming;
mod interference;
mod lane;
mod prepare;
mod standing;
mod tap;
mod topic_aliases;
mod writer;

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    sync::{Semaphore, broadcast, mpsc, oneshot},
    time::{Instant, sleep, sleep_until},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use wire::{ReasonCode, Timestamp};

use self::{
    handshake::{Accepted, Refusal},
    incoming::{Incoming, Line},
    lane::{End, Ending},
    prepare::{Prepare, Prepared, Violation},
    tap::Tap,
    topic_aliases::TopicAliases,
};
use crate::{
    access::Identity,
    admission::{Admission, Gate},
    config::BrokerConfig,
    counters::Tally,
    event::{BrokerEvent, ConnectFailure, DisconnectCause},
    faults::{FaultClose, FaultDirection, FaultTable},
    origin::Origin,
    outbound::Outbound,
    packet_log::{FailedAttempt, PacketLog},
    refusals::{Refusals, Refused},
    router::{Budget, Command, Join, Leave},
    store::StoreWatch,
};

/// A connection, unique as long as the broker runs.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct ConnectionId(u64);

/// What all connections of a broker have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Arc<BrokerConfig>,
    pub(crate) tally: Arc<Tally>,
    pub(crate) events: broadcast::Sender<BrokerEvent>,
    pub(crate) refusals: Refusals,
    pub(crate) router: mpsc::Sender<Command>,
    /// Bytes that may wait for the router.
    pub(crate) inbox: Arc<Semaphore>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) tasks: TaskTracker,
    /// Ends listeners and handshakes.
    pub(crate) shutdown: CancellationToken,
    pub(crate) last_id: AtomicU64,
    /// Number of connections that failed.
    pub(crate) last_attempt: AtomicU64,
    pub(crate) packet_log: Arc<PacketLog>,
    pub(crate) store: Arc<StoreWatch>,
    pub(crate) faults: Arc<FaultTable>,
}

impl Shared {
    pub(crate) fn tell(&self, event: BrokerEvent) {
        // Nobody has to listen.
        let _ = self.events.send(event);
    }

    /// Resolves when a connection that is closing has had its time, which is short when the broker
    /// stops.
    pub(crate) async fn closing_time(&self) {
        const WHEN_STOPPING: Duration = Duration::from_secs(1);
        let stopping = async {
            self.shutdown.cancelled().await;
            sleep(WHEN_STOPPING).await;
        };
        tokio::select! {
            () = sleep(self.config.limits.close_timeout) => {}
            () = stopping => {}
        }
    }

    /// Lets a connection in, unless a fault keeps the broker closed: then it must be dropped.
    pub(crate) fn admit(&self, origin: &Origin) -> Option<Admission> {
        if let Some(rule) = self.faults.restart() {
            self.fail(origin, ConnectFailure::Fault { rule: (*rule).into() });
            return None;
        }
        let deadline = Instant::now() + self.config.limits.connect_timeout;
        Some(self.gate.enter(deadline))
    }

    /// Tells that `client` may not publish to `topic`, or not subscribe with it; seldom if often.
    fn tell_refused(
        &self,
        client: &Identity,
        topic: Arc<str>,
        reason: ReasonCode,
        is_subscribe: bool,
    ) {
        let Identity { client_id, username, .. } = client.clone();
        let refused =
            Refused { client_id: Arc::clone(&client_id), topic: Arc::clone(&topic), is_subscribe };
        let Some(count) = self.refusals.count(refused) else { return };
        self.tell(if is_subscribe {
            BrokerEvent::SubscribeRefused { client_id, username, filter: topic, reason, count }
        } else {
            BrokerEvent::PublishRefused { client_id, username, topic, reason, count }
        });
    }

    /// Tells that a connection got no session; returns the number of the attempt.
    pub(crate) fn fail(&self, origin: &Origin, cause: ConnectFailure) -> u64 {
        self.tally.refused_connections.add(1);
        let attempt = self.last_attempt.fetch_add(1, Relaxed) + 1;
        let Origin { address, protocol, .. } = *origin;
        self.tell(BrokerEvent::ConnectionFailed { attempt, address, protocol, cause });
        attempt
    }
}

/// Serves one connection to its end. `reset` closes its socket with RST, if it has one.
pub(crate) async fn run<R, W>(
    source: R,
    mut sink: W,
    origin: Origin,
    mut admission: Admission,
    shared: Arc<Shared>,
    reset: impl FnOnce(R, W) + Send,
) where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let mut incoming = Incoming::new(source, &shared);
    // Each stage has memory of its own, for as long as it lasts: this future lives as long as the
    // connection, and there may be ten thousand of them.
    let entering = enter(&mut incoming, &mut sink, &origin, &mut admission, &shared);
    let sink = match Box::pin(entering).await {
        Err(refusal) => Box::pin(fail(*refusal, &mut incoming, sink, &origin, &shared)).await,
        Ok(member) => Box::pin(serve(member, &mut incoming, sink, &shared)).await,
    };
    if incoming.line.is_silent() {
        Box::pin(incoming.linger(&shared.shutdown)).await;
    } else if incoming.line.is_reset.load(Relaxed)
        && let Some(sink) = sink
    {
        reset(incoming.into_source(), sink);
    }
    drop(admission);
}

/// From the first byte to a session, or to the reason why there is none.
async fn enter<R, W>(
    incoming: &mut Incoming<R>,
    sink: &mut W,
    origin: &Origin,
    admission: &mut Admission,
    shared: &Arc<Shared>,
) -> Result<Box<Member>, Box<Refusal>>
where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin,
{
    let accepted = handshake::greet(incoming, sink, origin, admission, shared).await?;
    let accepted = refuse_by_fault(accepted, incoming)?;
    Ok(Box::new(join(accepted, origin, shared).await?))
}

/// Tells a client that it gets no session, and everybody else. Gives back what is left to close.
async fn fail<R, W>(
    refusal: Refusal,
    incoming: &mut Incoming<R>,
    mut sink: W,
    origin: &Origin,
    shared: &Shared,
) -> Option<W>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let Refusal { mut cause, mut answer } = refusal;
    let ending = incoming.take_ending();
    if let Some(Ending { rule, .. }) = &ending {
        cause = ConnectFailure::Fault { rule: (**rule).into() };
        answer.clear();
    }
    let makes_room = answer.is_empty() && cause == ConnectFailure::TooManyConnections;
    let attempt = shared.fail(origin, cause.clone());
    if let Some(beginning) = incoming.take_beginning() {
        shared.packet_log.add_failed(FailedAttempt {
            attempt,
            at: Timestamp::now(),
            address: origin.address,
            cause,
            received: beginning.into(),
            received_len: incoming.received(),
            answer: Bytes::copy_from_slice(&answer),
            faults: incoming.take_faults(),
        });
    }
    if ending.is_some_and(|ending| ending.how == End::Close(FaultClose::Rst)) {
        incoming.line.is_reset.store(true, Relaxed);
        return Some(sink);
    }
    if incoming.line.is_silent() || makes_room {
        return Some(sink);
    }
    let farewell = async {
        sink.write_all(&answer).await?;
        sink.shutdown().await?;
        incoming.drain().await
    };
    tokio::select! {
        _ = farewell => {}
        () = shared.closing_time() => {}
    }
    Some(sink)
}

/// Serves a client that has a session. Gives back what is left to close.
async fn serve<R, W>(
    mut member: Box<Member>,
    incoming: &mut Incoming<R>,
    sink: W,
    shared: &Arc<Shared>,
) -> Option<W>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let line = Arc::clone(&incoming.line);
    incoming.accept(member.prepare.identity(), member.max_packet_size());
    let broken = CancellationToken::new();
    let writing = writer::run(sink, member.link(shared, Arc::clone(&line), broken.clone()));
    let writing = shared.tasks.spawn(writing);
    let leave = member.read(incoming, broken).await;
    Box::pin(part(leave, &member, incoming, &line, shared)).await;
    // A failed writer has nothing more to say.
    writing.await.ok()
}

/// Ends what was served.
async fn part<R: AsyncRead + Unpin>(
    leave: Leave,
    member: &Member,
    incoming: &mut Incoming<R>,
    line: &Line,
    shared: &Shared,
) {
    if line.is_reset.load(Relaxed) {
        line.hurry.notify_one();
    }
    if member.tell_router(Command::Leave(Box::new(leave))).await.is_err() {
        member.outbound.close(None);
    }
    if !line.is_reset.load(Relaxed) && !line.is_silent() {
        // Reading on until the peer closes keeps the last packets from being reset away.
        tokio::select! {
            _ = incoming.drain() => {}
            () = shared.closing_time() => {}
        }
    }
}

/// Refuses a good CONNECT if a fault wants it.
fn refuse_by_fault<R: AsyncRead + Unpin>(
    accepted: Accepted,
    incoming: &mut Incoming<R>,
) -> Result<Accepted, Refusal> {
    let Some(Ending { how: End::Refuse(reason), .. }) = incoming.take_refusal() else {
        return Ok(accepted);
    };
    let Identity { client_id, username, .. } = accepted.standing.identity;
    Err(Refusal::new(accepted.connect.version, reason, &client_id, username))
}

/// Asks the router for a session.
async fn join(
    accepted: Accepted,
    origin: &Origin,
    shared: &Arc<Shared>,
) -> Result<Member, Refusal> {
    let connection = ConnectionId(shared.last_id.fetch_add(1, Relaxed));
    let outbound = Arc::new(Outbound::new(&shared.config.limits, shared.config.store.is_some()));
    let (reply, answer) = oneshot::channel();
    let Accepted { connect, standing, enhanced, keep_alive, expiry, properties } = accepted;
    let version = connect.version;
    let identity = standing.identity.clone();
    let join = Join {
        connection,
        outbound: Arc::clone(&outbound),
        identity: identity.clone(),
        version,
        clean_start: connect.clean_start,
        expiry,
        will: connect.will,
        receive_maximum: connect.properties.receive_maximum.map_or(u16::MAX, Into::into),
        max_packet_size: connect
            .properties
            .maximum_packet_size
            .map(|size| usize::try_from(size.get()).unwrap_or(usize::MAX)),
        origin: origin.clone(),
        keep_alive,
        properties,
        reply,
    };
    let aliases = TopicAliases::new(&connect.properties, &shared.config);
    let stopping = || Refusal::stopping(version);
    shared.router.send(Command::Join(Box::new(join))).await.map_err(|_| stopping())?;
    match answer.await {
        Ok(Ok(())) => {}
        Ok(Err(reason)) => {
            return Err(Refusal::new(version, reason, &identity.client_id, identity.username));
        }
        Err(_) => return Err(stopping()),
    }
    let prepare = Prepare::new(standing, enhanced, version, expiry, Arc::clone(shared));
    let turns = Arc::new(Semaphore::new(BATCHES_AHEAD));
    let shared = Arc::clone(shared);
    Ok(Member { connection, outbound, prepare, aliases, keep_alive, turns, shared })
}

/// Batches of one connection that may wait for the router.
const BATCHES_AHEAD: usize = 2;

/// Bytes of an unfinished packet that count like a packet for the keep-alive.
const SIGN_OF_LIFE: usize = 16 * 1024;

/// Packets in a batch.
const BATCH: usize = 512;

/// A connection that has a session.
struct Member {
    connection: ConnectionId,
    outbound: Arc<Outbound>,
    prepare: Prepare,
    aliases: TopicAliases,
    keep_alive: u16,
    turns: Arc<Semaphore>,
    shared: Arc<Shared>,
}

impl Member {
    fn link(
        &self,
        shared: &Arc<Shared>,
        line: Arc<Line>,
        broken: CancellationToken,
    ) -> writer::Link {
        writer::Link {
            line,
            identity: self.prepare.identity().clone(),
            generation: 0,
            interference: None,
            connection: self.connection,
            outbound: Arc::clone(&self.outbound),
            tap: self.tap(),
            version: self.prepare.version(),
            aliases: self.aliases.clone(),
            shared: Arc::clone(shared),
            broken,
        }
    }

    fn tap(&self) -> Tap {
        let mut tap = Tap::new(Arc::clone(&self.shared.packet_log), FaultDirection::Out);
        tap.identify(&self.prepare.identity().client_id);
        tap
    }

    fn max_packet_size(&self) -> usize {
        let size = self.shared.config.limits.effective_packet_size();
        usize::try_from(size).unwrap_or(usize::MAX)
    }

    async fn tell_router(&self, command: Command) -> Result<(), Stopped> {
        self.shared.router.send(command).await.map_err(|_| Stopped)
    }

    /// Reads packets until the connection ends; the result says how it did.
    async fn read<R: AsyncRead + Unpin>(
        &mut self,
        incoming: &mut Incoming<R>,
        broken: CancellationToken,
    ) -> Leave {
        let connection = self.connection;
        let leave = |cause, expiry| Leave { connection, cause, expiry };
        self.outbound.traffic.bytes_in.add(incoming.consumed + incoming.pending().len());
        let mut last_sign = Instant::now();
        let mut since_last_sign = 0;
        loop {
            let mut batch = Vec::new();
            let mut end = None;
            let before = incoming.consumed;
            incoming.begin_batch();
            let (mut packets, mut payload) = (0, 0);
            while batch.len() < BATCH && end.is_none() {
                match incoming.decode() {
                    Ok(None) => break,
                    Ok(Some(packet)) => {
                        (last_sign, since_last_sign) = (Instant::now(), 0);
                        packets += 1;
                        match self.prepare.prepare(packet) {
                            Ok(Prepared::Inbound(inbound)) => {
                                payload += inbound.payload();
                                batch.push(inbound);
                            }
                            Ok(Prepared::Answer(packet)) => {
                                // The log has the question before the answer.
                                incoming.end_batch();
                                self.outbound.send_at_once(packet);
                            }
                            Ok(Prepared::Disconnect { reason, expiry }) => {
                                end = Some(leave(DisconnectCause::ByClient { reason }, expiry));
                            }
                            Err(violation) => {
                                incoming.blame(violation.detail());
                                end = Some(leave(violation.into(), None));
                            }
                        }
                    }
                    Err(error) => end = Some(leave(Violation::from(error).into(), None)),
                }
            }
            incoming.end_batch();
            if incoming.consumed > before {
                self.outbound.last_packet.set(incoming.last_first, FaultDirection::In);
            }
            let is_full = batch.len() == BATCH;
            self.shared.tally.packets_in.add(packets);
            self.shared.tally.payload_in.add(payload);
            if !batch.is_empty() {
                let bytes = incoming.consumed - before;
                if self.hand_over(batch, bytes).await.is_err() {
                    return leave(DisconnectCause::BrokerStopped, None);
                }
            }
            if let Some(end) = end {
                return end;
            }
            if is_full {
                continue;
            }
            match self.fill(incoming, last_sign, &broken).await {
                Ok(count) => {
                    self.outbound.traffic.bytes_in.add(count);
                    since_last_sign += count;
                }
                Err(cause) => return leave(end_by_fault(incoming).unwrap_or(cause), None),
            }
            // It is not the client's fault if the broker gets a packet late.
            if incoming.take_arrival() {
                (last_sign, since_last_sign) = (Instant::now(), 0);
            }
            // A large packet on a slow line is a sign of life too, a byte now and then is not.
            if since_last_sign >= SIGN_OF_LIFE {
                (last_sign, since_last_sign) = (Instant::now(), 0);
            }
        }
    }

    /// Gives a batch to the router, once the budgets allow it.
    async fn hand_over(
        &self,
        batch: Vec<crate::router::Inbound>,
        bytes: usize,
    ) -> Result<(), Stopped> {
        let budget = self.shared.config.limits.inbox_bytes;
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX).min(budget);
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| Stopped)?;
        let bytes = loop {
            if let Some(slower) = self.outbound.take_brake() {
                slower.caught_up().await;
            }
            let inbox = Arc::clone(&self.shared.inbox);
            let held = inbox.acquire_many_owned(bytes).await.map_err(|_| Stopped)?;
            // The batch before this one may have met a slow consumer meanwhile.
            if !self.outbound.is_braked() {
                break held;
            }
        };
        let budget = Budget { _bytes: bytes, _turn: turn };
        self.tell_router(Command::Packets { connection: self.connection, batch, budget }).await
    }

    /// Reads more bytes, unless the connection ends first.
    async fn fill<R: AsyncRead + Unpin>(
        &self,
        incoming: &mut Incoming<R>,
        last_sign: Instant,
        broken: &CancellationToken,
    ) -> Result<usize, DisconnectCause> {
        let is_held_up = incoming.is_held_up();
        let next_bytes = async {
            self.outbound.control_room().await;
            incoming.fill().await
        };
        // One and a half times the keep-alive (§3.1.2.10).
        let seconds = self.keep_alive;
        let silence = async {
            if seconds == 0 || is_held_up {
                std::future::pending::<()>().await;
            }
            let limit = Duration::from_millis(u64::from(seconds) * 1_500);
            sleep_until(last_sign + limit).await;
        };
        tokio::select! {
            biased;
            () = self.outbound.closing() => Err(DisconnectCause::BrokerStopped),
            () = broken.cancelled() => Err(DisconnectCause::ConnectionLost {
                error: Some(io::ErrorKind::BrokenPipe),
            }),
            read = next_bytes => match read {
                Ok(0) => Err(DisconnectCause::ConnectionLost { error: None }),
                Ok(count) => Ok(count),
                Err(error) => Err(DisconnectCause::from_io(&error)),
            },
            () = silence => Err(DisconnectCause::KeepAlive { seconds }),
        }
    }
}

/// How a connection ends that a fault ended on the way in, if one did.
fn end_by_fault<R: AsyncRead + Unpin>(incoming: &mut Incoming<R>) -> Option<DisconnectCause> {
    let Ending { how, rule } = incoming.take_ending()?;
    let reason = match how {
        End::Silence => return None,
        End::Disconnect(reason) => Some(reason),
        End::Refuse(_) | End::Close(FaultClose::Fin) => None,
        End::Close(FaultClose::Rst) => {
            incoming.line.is_reset.store(true, Relaxed);
            None
        }
    };
    Some(DisconnectCause::Fault { rule: (*rule).into(), reason })
}

/// The router is gone.
#[derive(Debug)]
struct Stopped;

/// Encodes what a refused client is told; empty when its version has no words for it.
fn encoded(packet: &wire::Packet, version: wire::Version) -> BytesMut {
    let mut bytes = BytesMut::new();
    if let Err(error) = wire::encode(packet, version, &mut bytes) {
        tracing::error!(%error, ?packet, "an answer cannot be encoded");
    }
    bytes
}
