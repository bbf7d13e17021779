//! The task behind a session: the state machine and the loop that drives the connection.
//!
//! # Invariants
//!
//! * `Actor::run` is the only place that changes the state; each state is one function that returns
//!   the next step.
//! * A connection attempt or an open connection is never restarted by a request: its future is
//!   pinned outside of the `select!`.
//! * The task never waits for a consumer: keep-alive depends on it returning to the socket.

use std::{pin::pin, sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};
use wire::{Timestamp, Version};

use crate::{
    config::{Config, ReconnectPolicy},
    connection::{Connection, Event, Opened, v4::V4, v5::V5},
    desk::Desk,
    error::{ConnectError, PublishError},
    session::{Command, Publish, Session},
    sink::Sink,
    state::SessionState,
};

/// Starts a session over rumqttc.
pub(crate) fn start(config: Config, sink: Arc<dyn Sink>, next_seq: u64) -> Session {
    match config.version {
        Version::V5 => {
            let connection = V5::new(&config);
            start_with(connection, config, sink, next_seq)
        }
        Version::V31 | Version::V311 => {
            let connection = V4::new(&config);
            start_with(connection, config, sink, next_seq)
        }
    }
}

/// Starts a session over any connection.
pub(crate) fn start_with<C: Connection>(
    connection: C,
    config: Config,
    sink: Arc<dyn Sink>,
    next_seq: u64,
) -> Session {
    let (commands, command_inbox) = mpsc::channel(COMMAND_QUEUE);
    let (publishes, publish_inbox) = mpsc::channel(PUBLISH_QUEUE);
    let (state, watched_state) = watch::channel(SessionState::Connecting { attempt: 1 });
    let publish_timeout = config.publish_timeout;
    let config = Arc::new(config);
    let desk = Desk::new(config, sink, next_seq, connection.requests(), state);
    let subscriptions = desk.roster().watch();
    let actor = Actor {
        connection,
        inbox: Inbox { commands: command_inbox, publishes: publish_inbox },
        desk,
        failures: Failures::default(),
    };
    tokio::spawn(actor.run());
    Session::new(commands, publishes, watched_state, subscriptions, publish_timeout)
}

struct Actor<C: Connection> {
    connection: C,
    inbox: Inbox,
    desk: Desk<C::Requests>,
    failures: Failures,
}

/// What to do next.
enum Step {
    Connect { attempt: u32 },
    Stay(Opened),
    BackOff { attempt: u32, cause: ConnectError },
    Refuse { cause: ConnectError },
    End(Ending),
}

/// Somebody wants the session to end.
#[derive(Default)]
struct Ending {
    was_online: bool,
    /// Told when it has ended.
    waiting: Vec<oneshot::Sender<()>>,
}

impl<C: Connection> Actor<C> {
    async fn run(mut self) {
        let mut step = Step::Connect { attempt: 1 };
        loop {
            step = match step {
                Step::Connect { attempt } => self.connect(attempt).await,
                Step::Stay(opened) => self.stay(opened).await,
                Step::BackOff { attempt, cause } => self.back_off(attempt, cause).await,
                Step::Refuse { cause } => self.refuse(cause).await,
                Step::End(ending) => return self.end(ending),
            };
        }
    }

    /// Tries to open a connection.
    async fn connect(&mut self, attempt: u32) -> Step {
        self.desk.enter(SessionState::Connecting { attempt });
        let outcome = {
            let mut opening = pin!(self.connection.connect());
            loop {
                tokio::select! {
                    biased;
                    order = self.inbox.serve_offline(&mut self.desk) => {
                        if let Order::End(ending) = order {
                            return Step::End(ending);
                        }
                    }
                    outcome = &mut opening => break outcome,
                }
            }
        };
        match outcome {
            Ok(opened) => Step::Stay(opened),
            Err(cause) => {
                if matches!(cause, ConnectError::Refused { .. }) && self.failures.is_news(&cause) {
                    self.desk.note_refusal(&cause);
                }
                self.failures.next_step(cause)
            }
        }
    }

    /// Drives the open connection until it is lost or somebody ends it.
    async fn stay(&mut self, opened: Opened) -> Step {
        let since = Instant::now();
        self.desk.come_online(opened);
        match self.drive().await {
            Ok(ending) => Step::End(ending),
            Err(cause) => {
                self.desk.go_offline(&cause);
                self.failures.lost_after(since.elapsed(), &self.desk.config.reconnect);
                self.failures.next_step(cause)
            }
        }
    }

    async fn drive(&mut self) -> Result<Ending, ConnectError> {
        let Self { connection, inbox, desk, .. } = self;
        let sink = Arc::clone(&desk.sink);
        let acks = Arc::clone(&desk.acks);
        let mut acks_changed = pin!(acks.changed());
        let mut room = None;
        let mut closing: Option<Closing> = None;
        let mut check_up = interval(CHECK_UP);
        check_up.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let event = {
                let mut next = pin!(connection.next());
                loop {
                    if let Some(closing) = &mut closing {
                        closing.go_on(desk);
                    }
                    let may_publish = room.is_none() && closing.is_none() && desk.outbox.has_room();
                    tokio::select! {
                        biased;
                        command = inbox.commands.recv(), if closing.is_none() => {
                            closing = obey(command, desk);
                        }
                        Some(publish) = inbox.publishes.recv(), if may_publish => {
                            desk.publish(publish);
                        }
                        () = acks_changed.as_mut(), if desk.config.ack_after_commit => {
                            acks_changed.set(acks.changed());
                            desk.send_acks();
                        }
                        () = resolve(&mut room), if room.is_some() => {
                            room = None;
                            desk.tap.resume();
                        }
                        event = next.as_mut() => break Some(event),
                        _ = check_up.tick() => {
                            if stalled(desk).is_some() {
                                break None;
                            }
                        }
                        () = Closing::deadline(closing.as_ref()), if closing.is_some() => {
                            if let Some(ending) = Closing::expire(&mut closing, desk) {
                                return Ok(ending);
                            }
                        }
                    }
                }
            };
            let event = event.unwrap_or_else(|| {
                connection.abandon();
                Err(ConnectError::Stalled { after: stalled(desk).unwrap_or(STALL_LIMIT) })
            });
            let event = match event {
                Ok(event) => event,
                Err(cause) => return closing.map(Closing::into_ending).ok_or(cause),
            };
            match event {
                Event::DisconnectWritten if closing.is_some() => {
                    return Ok(closing.map(Closing::into_ending).unwrap_or_default());
                }
                Event::PingWritten if room.is_some() => connection.forgive_ping(),
                event => {
                    if let Err(cause) = desk.book(event) {
                        connection.abandon();
                        return Err(cause);
                    }
                }
            }
            if room.is_none() && !sink.has_room() {
                // From now on PINGRESP cannot be read, not even one that is due.
                desk.tap.pause();
                connection.forgive_ping();
                room = Some(sink.ready());
            }
        }
    }

    /// Waits for the next attempt.
    async fn back_off(&mut self, attempt: u32, cause: ConnectError) -> Step {
        let delay = self.desk.config.reconnect.delay(attempt, rand::random());
        let retry_at = Timestamp(Timestamp::now().0.saturating_add(micros(delay)));
        self.desk.enter(SessionState::Backoff { attempt, retry_at, cause });
        let next = Step::Connect { attempt: attempt.saturating_add(1) };
        tokio::select! {
            order = self.inbox.serve_offline(&mut self.desk) => match order {
                Order::Retry => next,
                Order::End(ending) => Step::End(ending),
            },
            () = sleep_until(Instant::now() + delay) => next,
        }
    }

    /// Waits for somebody to want another attempt.
    async fn refuse(&mut self, cause: ConnectError) -> Step {
        self.desk.enter(SessionState::Refused { cause });
        self.failures = Failures::default();
        match self.inbox.serve_offline(&mut self.desk).await {
            Order::Retry => Step::Connect { attempt: 1 },
            Order::End(ending) => Step::End(ending),
        }
    }

    fn end(mut self, ending: Ending) {
        self.desk.end(ending.was_online);
        drop(self.connection);
        for waiting in ending.waiting {
            let _ = waiting.send(());
        }
    }
}

/// Where requests come in.
struct Inbox {
    commands: mpsc::Receiver<Command>,
    publishes: mpsc::Receiver<Publish>,
}

/// A request that changes what a session without a connection does.
enum Order {
    Retry,
    End(Ending),
}

impl Inbox {
    /// Serves requests while there is no connection, until one of them is an [`Order`]. Safe to
    /// cancel.
    async fn serve_offline<R>(&mut self, desk: &mut Desk<R>) -> Order
    where
        R: crate::connection::Requests,
    {
        loop {
            tokio::select! {
                command = self.commands.recv() => {
                    let Some(command) = command else { return Order::End(Ending::default()) };
                    match desk.change_subscriptions(command, false) {
                        Some(Command::RetryNow) => return Order::Retry,
                        Some(Command::Disconnect { reply }) => {
                            return Order::End(Ending { was_online: false, waiting: vec![reply] });
                        }
                        _ => {}
                    }
                }
                Some(publish) = self.publishes.recv() => {
                    let _ = publish.reply.send(Err(PublishError::NotConnected));
                }
            }
        }
    }
}

/// Carries out a command on an open connection; the answer is there when the session is to end.
fn obey<R>(command: Option<Command>, desk: &mut Desk<R>) -> Option<Closing>
where
    R: crate::connection::Requests,
{
    let waiting = match command.map(|command| desk.change_subscriptions(command, true)) {
        Some(Some(Command::Disconnect { reply })) => vec![reply],
        // Every handle is gone.
        None => Vec::new(),
        _ => return None,
    };
    let deadline = Instant::now() + desk.config.disconnect_timeout;
    Some(Closing { deadline, is_asked: false, waiting })
}

/// The way to an end in order: what is outstanding first, then DISCONNECT.
struct Closing {
    deadline: Instant,
    /// DISCONNECT was requested.
    is_asked: bool,
    waiting: Vec<oneshot::Sender<()>>,
}

impl Closing {
    fn go_on<R: crate::connection::Requests>(&mut self, desk: &Desk<R>) {
        if !self.is_asked && desk.is_settled() {
            self.ask(desk);
        }
    }

    fn ask<R: crate::connection::Requests>(&mut self, desk: &Desk<R>) {
        desk.request_disconnect();
        self.is_asked = true;
        self.deadline = Instant::now() + LAST_WRITE;
    }

    async fn deadline(closing: Option<&Self>) {
        match closing {
            Some(closing) => sleep_until(closing.deadline).await,
            None => std::future::pending().await,
        }
    }

    /// The deadline has passed: DISCONNECT anyway, or the end if that is what took too long.
    fn expire<R>(closing: &mut Option<Self>, desk: &Desk<R>) -> Option<Ending>
    where
        R: crate::connection::Requests,
    {
        let mut this = closing.take()?;
        if this.is_asked {
            return Some(this.into_ending());
        }
        this.ask(desk);
        *closing = Some(this);
        None
    }

    fn into_ending(self) -> Ending {
        Ending { was_online: true, waiting: self.waiting }
    }
}

/// Failures in a row.
#[derive(Debug, Default)]
struct Failures {
    count: u32,
    /// Of the kind that the same message causes again and again.
    repeated: u32,
    last_code: Option<&'static str>,
}

impl Failures {
    /// Whether `cause` is not what happened last time.
    fn is_news(&self, cause: &ConnectError) -> bool {
        self.last_code != Some(cause.code())
    }

    /// A connection that lasted ends a series.
    fn lost_after(&mut self, lasted: Duration, policy: &ReconnectPolicy) {
        if lasted >= policy.stable_after {
            *self = Self::default();
        }
    }

    /// The transition table of failures.
    fn next_step(&mut self, cause: ConnectError) -> Step {
        self.last_code = Some(cause.code());
        self.count = self.count.saturating_add(1);
        self.repeated = if cause.repeats_with_the_session() { self.repeated + 1 } else { 0 };
        if cause.is_terminal() || self.repeated >= MAX_REPEATED {
            Step::Refuse { cause }
        } else {
            Step::BackOff { attempt: self.count, cause }
        }
    }
}

/// How long the peer has not read, when that is too long.
fn stalled<R>(desk: &Desk<R>) -> Option<Duration> {
    let since = desk.tap.write_blocked_since()?;
    let micros = u64::try_from(Timestamp::now().0.saturating_sub(since.0)).unwrap_or(0);
    Some(Duration::from_micros(micros)).filter(|after| *after >= STALL_LIMIT)
}

async fn resolve<F: Future<Output = ()> + Unpin>(future: &mut Option<F>) {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// Commands waiting for the task; more make the caller wait.
const COMMAND_QUEUE: usize = 64;
/// Messages waiting for the task; more make the caller wait.
const PUBLISH_QUEUE: usize = 256;
/// How often an idle connection is looked at.
const CHECK_UP: Duration = Duration::from_secs(5);
/// How long a peer may take nothing off a full socket.
const STALL_LIMIT: Duration = Duration::from_mins(1);
/// How long DISCONNECT may take to be written.
const LAST_WRITE: Duration = Duration::from_secs(1);
/// After so many connections in a row that ended over the same kind of message, trying again only
/// repeats it.
const MAX_REPEATED: u32 = 3;

#[cfg(test)]
mod tests;
