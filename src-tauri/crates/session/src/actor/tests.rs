//! The state machine over a scripted connection, with time that stands still until it is needed.

use std::{collections::VecDeque, future::pending, sync::Mutex};

use tokio::time::timeout;
use transport::{DialError, Tap, Target};
use wire::{
    Message, QoS, ReasonCode, TopicFilter,
    packet::{PacketId, Subscription},
};

use super::*;
use crate::{
    AckHandle, ServerLimits, Stage,
    connection::{QueueFull, Requests},
    session::PublishRequest,
};

/// One connection attempt: `Ok` lasts as long as it says, and ends with the cause.
type Attempt = Result<(Duration, ConnectError), ConnectError>;

/// Plays its attempts one after the other; when there are no more, the last connection stays open.
struct Script {
    attempts: VecDeque<Attempt>,
    open: Option<(Duration, ConnectError)>,
    requests: Log,
}

/// Writes down what was asked for.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<&'static str>>>);

impl Log {
    fn note(&self, what: &'static str) {
        self.0.lock().expect("no test panics while it is locked").push(what);
    }
}

impl Connection for Script {
    type Requests = Log;

    fn requests(&self) -> Log {
        self.requests.clone()
    }

    async fn connect(&mut self) -> Result<Opened, ConnectError> {
        // Long enough for those who watch to see the state.
        tokio::time::sleep(Duration::from_millis(1)).await;
        match self.attempts.pop_front() {
            Some(Ok(open)) => self.open = Some(open),
            Some(Err(cause)) => return Err(cause),
            None => self.open = None,
        }
        Ok(Opened {
            session_present: false,
            client_id: "tester".into(),
            keep_alive: 60,
            limits: ServerLimits::default(),
            tap: Tap::default(),
        })
    }

    async fn next(&mut self) -> Result<Event, ConnectError> {
        match self.open.clone() {
            Some((lasts, cause)) => {
                tokio::time::sleep(lasts).await;
                Err(cause)
            }
            None => pending().await,
        }
    }

    fn forgive_ping(&mut self) {}

    fn abandon(&mut self) {
        self.requests.note("abandon");
    }
}

impl Requests for Log {
    fn publish(&self, _: &PublishRequest) -> Result<(), QueueFull> {
        self.note("publish");
        Ok(())
    }

    fn subscribe(&self, _: &[Subscription]) -> Result<(), QueueFull> {
        self.note("subscribe");
        Ok(())
    }

    fn unsubscribe(&self, _: &TopicFilter) -> Result<(), QueueFull> {
        self.note("unsubscribe");
        Ok(())
    }

    fn acknowledge(&self, _: PacketId, _: QoS) -> Result<(), QueueFull> {
        self.note("acknowledge");
        Ok(())
    }

    fn disconnect(&self) {
        self.note("disconnect");
    }
}

#[derive(Debug)]
struct Nowhere;

impl Sink for Nowhere {
    fn accept(&self, _: Arc<Message>, _: Option<AckHandle>) {}
}

fn play(attempts: impl IntoIterator<Item = Attempt>) -> (Session, Log) {
    let requests = Log::default();
    let attempts = attempts.into_iter().collect();
    let script = Script { attempts, open: None, requests: requests.clone() };
    let config = Config::new(Target::new("server", 1883));
    (start_with(script, config, Arc::new(Nowhere), 1), requests)
}

fn network_down() -> ConnectError {
    ConnectError::Dial(DialError::Refused { address: ([127, 0, 0, 1], 1883).into() })
}

fn closed() -> ConnectError {
    ConnectError::Closed { stage: Stage::Online }
}

fn refused(reason: ReasonCode) -> ConnectError {
    ConnectError::Refused { reason, reason_string: None, server_reference: None }
}

/// The states one after the other, until `last` is there.
async fn states(session: &Session, last: impl Fn(&SessionState) -> bool) -> Vec<SessionState> {
    let mut watched = session.state();
    let mut seen = vec![watched.borrow_and_update().clone()];
    while !seen.last().is_some_and(&last) {
        let changed = timeout(Duration::from_hours(1), watched.changed()).await;
        assert!(changed.is_ok(), "nothing after {seen:?}");
        seen.push(watched.borrow_and_update().clone());
    }
    seen
}

fn is_refused(state: &SessionState) -> bool {
    matches!(state, SessionState::Refused { .. })
}

#[tokio::test(start_paused = true)]
async fn a_session_comes_back_by_itself_after_a_network_failure() {
    let begin = Instant::now();
    let (session, _) = play([Err(network_down()), Err(network_down())]);

    let seen = states(&session, SessionState::is_online).await;

    let words: Vec<_> = seen
        .iter()
        .map(|state| match state {
            SessionState::Connecting { attempt } => format!("connecting {attempt}"),
            SessionState::Backoff { attempt, cause, .. } => {
                format!("backoff {attempt} {}", cause.code())
            }
            SessionState::Online(_) => "online".to_owned(),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(
        words,
        [
            "connecting 1",
            "backoff 1 connectionRefused",
            "connecting 2",
            "backoff 2 connectionRefused",
            "connecting 3",
            "online"
        ]
    );
    // One second and two, less up to a fifth of jitter.
    let waited = begin.elapsed();
    assert!((2.4..=3.1).contains(&waited.as_secs_f64()), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_does_not_last_does_not_shorten_the_wait() {
    let short = || Ok((Duration::from_secs(1), closed()));
    let (session, _) = play([short(), short(), short()]);

    let third = |state: &SessionState| matches!(state, SessionState::Backoff { attempt: 3, .. });

    states(&session, third).await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_lasted_starts_a_new_series() {
    let (session, _) =
        play([Err(network_down()), Err(network_down()), Ok((Duration::from_mins(1), closed()))]);
    states(&session, SessionState::is_online).await;

    let seen = states(&session, |state| matches!(state, SessionState::Backoff { .. })).await;

    let Some(SessionState::Backoff { attempt, .. }) = seen.last() else { panic!("{seen:?}") };
    assert_eq!(*attempt, 1);
}

#[tokio::test(start_paused = true)]
async fn wrong_credentials_are_not_tried_again() {
    let cause = refused(ReasonCode::BAD_USER_NAME_OR_PASSWORD);
    let (session, _) = play([Err(cause.clone())]);

    let seen = states(&session, is_refused).await;

    assert_eq!(seen.last(), Some(&SessionState::Refused { cause }));
    tokio::time::sleep(Duration::from_hours(1)).await;
    assert!(is_refused(&session.state().borrow()));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_busy_is_tried_again() {
    let (session, _) = play([Err(refused(ReasonCode::SERVER_BUSY))]);

    states(&session, SessionState::is_online).await;
}

#[tokio::test(start_paused = true)]
async fn a_message_that_ends_every_connection_ends_the_session_after_the_third() {
    let cause = ConnectError::PacketTooLarge { size: Some(2000), limit: 1000 };
    let attempt = || Ok((Duration::from_secs(1), cause.clone()));
    let (session, _) = play([attempt(), attempt(), attempt()]);

    let seen = states(&session, is_refused).await;

    assert_eq!(seen.iter().filter(|state| state.is_online()).count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_disconnect_that_is_never_written_does_not_hang() {
    let (session, log) = play([]);
    states(&session, SessionState::is_online).await;
    let begin = Instant::now();

    session.disconnect().await;

    assert_eq!(*session.state().borrow(), SessionState::Offline);
    assert_eq!(*log.0.lock().expect("not poisoned"), ["disconnect"]);
    assert!(begin.elapsed() <= LAST_WRITE, "{:?}", begin.elapsed());
}
