//! What the tests of a session share: a sink that collects, and waiting for a state.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use session::{
    AckHandle, Config, PublishRequest, ReconnectPolicy, Session, SessionState, Sink, Target,
};
use testkit::{PATIENCE, Peer};
use tokio::{sync::Notify, time::timeout};
use wire::{
    Direction, Message, QoS, Version,
    packet::{RetainHandling, Subscription},
    property::PublishProperties,
};

/// Both versions a session speaks.
pub(crate) const VERSIONS: [Version; 2] = [Version::V311, Version::V5];

/// A configuration for `peer` that reconnects fast.
pub(crate) fn config(peer: &Peer, version: Version) -> Config {
    Config {
        version,
        client_id: "tester".into(),
        connect_timeout: Duration::from_secs(2),
        reconnect: ReconnectPolicy {
            first: Duration::from_millis(20),
            longest: Duration::from_millis(50),
            stable_after: Duration::from_secs(10),
        },
        ..Config::new(Target::new("127.0.0.1", peer.port()))
    }
}

/// Starts a session whose messages are collected.
pub(crate) fn start(config: Config) -> (Session, Arc<Collector>) {
    let collector = Arc::new(Collector::default());
    let session = Session::start(config, Arc::clone(&collector) as _, 1).unwrap();
    (session, collector)
}

/// The first state that `wanted` accepts.
pub(crate) async fn reach(
    session: &Session,
    wanted: impl Fn(&SessionState) -> bool,
) -> SessionState {
    let mut states = session.state();
    let reached = timeout(PATIENCE, states.wait_for(|state| wanted(state))).await;
    let state = reached.unwrap_or_else(|_| panic!("still {:?}", session.state().borrow()));
    state.unwrap().clone()
}

pub(crate) async fn online(session: &Session) -> Arc<session::Online> {
    match reach(session, SessionState::is_online).await {
        SessionState::Online(online) => online,
        other => panic!("{other:?}"),
    }
}

/// The cause of the first failure, whether it is tried again or not.
pub(crate) async fn failure(session: &Session) -> session::ConnectError {
    let failed = |state: &SessionState| {
        matches!(state, SessionState::Backoff { .. } | SessionState::Refused { .. })
    };
    match reach(session, failed).await {
        SessionState::Backoff { cause, .. } | SessionState::Refused { cause } => cause,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn subscription(filter: &str, qos: QoS) -> Subscription {
    Subscription {
        filter: filter.parse().unwrap(),
        qos,
        no_local: false,
        retain_as_published: false,
        retain_handling: RetainHandling::Send,
    }
}

pub(crate) fn message(topic: &str, payload: impl Into<Bytes>, qos: QoS) -> PublishRequest {
    PublishRequest {
        topic: topic.parse().unwrap(),
        payload: payload.into(),
        qos,
        retain: false,
        properties: PublishProperties::default(),
    }
}

/// A sink that keeps everything, and is full when it is told to be.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    delivered: Mutex<Vec<(Arc<Message>, Option<AckHandle>)>>,
    arrived: Notify,
    /// Messages it still takes; `None` for any number.
    room: Mutex<Option<usize>>,
    emptied: Notify,
    turned_full: AtomicUsize,
}

impl Collector {
    /// Takes `count` more messages and is full then.
    pub(crate) fn limit(&self, count: usize) {
        *self.room.lock().unwrap() = Some(count);
    }

    /// Takes any number again.
    pub(crate) fn unlimit(&self) {
        *self.room.lock().unwrap() = None;
        self.emptied.notify_waiters();
        self.emptied.notify_one();
    }

    /// All rows so far.
    pub(crate) fn rows(&self) -> Vec<Arc<Message>> {
        self.delivered.lock().unwrap().iter().map(|(message, _)| Arc::clone(message)).collect()
    }

    pub(crate) fn received(&self) -> Vec<Arc<Message>> {
        let mut rows = self.rows();
        rows.retain(|row| row.direction == Direction::Received);
        rows
    }

    /// The JSON of the events so far.
    pub(crate) fn events(&self) -> Vec<String> {
        let rows = self.rows();
        let events = rows.iter().filter(|row| row.direction == Direction::Event);
        events.map(|row| String::from_utf8(row.payload.to_vec()).unwrap()).collect()
    }

    /// Waits until `count` messages were received.
    pub(crate) async fn wait_received(&self, count: usize) -> Vec<Arc<Message>> {
        let enough = async {
            loop {
                let arrived = self.arrived.notified();
                if self.received().len() >= count {
                    return;
                }
                arrived.await;
            }
        };
        let arrived = timeout(PATIENCE, enough).await.is_ok();
        assert!(arrived, "{} of {count} messages received", self.received().len());
        self.received()
    }

    /// Takes the acknowledgement of the `index`th received message.
    pub(crate) fn take_ack(&self, index: usize) -> Option<AckHandle> {
        let mut delivered = self.delivered.lock().unwrap();
        let mut received =
            delivered.iter_mut().filter(|(row, _)| row.direction == Direction::Received);
        received.nth(index).and_then(|(_, ack)| ack.take())
    }
}

impl Sink for Collector {
    fn accept(&self, message: Arc<Message>, ack: Option<AckHandle>) {
        self.delivered.lock().unwrap().push((message, ack));
        if let Some(room) = &mut *self.room.lock().unwrap() {
            *room = room.saturating_sub(1);
        }
        self.arrived.notify_waiters();
    }

    fn has_room(&self) -> bool {
        *self.room.lock().unwrap() != Some(0)
    }

    fn ready(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.turned_full.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            while !self.has_room() {
                self.emptied.notified().await;
            }
        })
    }
}
