//! The product's own client session, as a test peer.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use session::{AckHandle, Config, PublishRequest, Receipt, Session, SessionState, Sink, Target};
use tokio::time;
use wire::{
    Direction, Message, QoS, Version,
    packet::{RetainHandling, Subscription},
    property::PublishProperties,
};

use crate::trouble::{Result, Trouble};

/// A session that remembers what it received.
#[derive(Debug)]
pub struct Client {
    session: Session,
    recorder: Arc<Recorder>,
}

/// How the sessions of the tests connect: to a loopback port, with short waits.
pub fn config(port: u16, version: Version, client_id: &str) -> Config {
    let mut config = Config::new(Target::new("127.0.0.1", port));
    config.version = version;
    client_id.clone_into(&mut config.client_id);
    config.reconnect.first = Duration::from_millis(100);
    config.reconnect.longest = Duration::from_millis(400);
    config
}

/// A subscription as the window makes it.
pub fn subscription(filter: &str, qos: QoS) -> Result<Subscription> {
    let filter = filter.parse().map_err(unexpected)?;
    Ok(Subscription {
        filter,
        qos,
        no_local: false,
        retain_as_published: true,
        retain_handling: RetainHandling::default(),
    })
}

impl Client {
    /// Connects and waits until it is online.
    pub async fn connect(config: Config) -> Result<Self> {
        let recorder = Arc::new(Recorder::default());
        let session = Session::start(config, recorder.clone(), 1).map_err(unexpected)?;
        let client = Self { session, recorder };
        client.online().await?;
        Ok(client)
    }

    /// The session itself.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Waits until it is online and every subscription is answered.
    pub async fn online(&self) -> Result {
        self.reach("online", SessionState::is_online).await?;
        let mut subscriptions = self.session.subscriptions();
        let answered = subscriptions.wait_for(|views| {
            views.iter().all(|view| matches!(view.state, session::SubscriptionState::Granted(_)))
        });
        time::timeout(PATIENCE, answered)
            .await
            .map_err(|_| {
                too_late(
                    "all subscriptions granted",
                    format!("{:?}", self.session.subscriptions().borrow()),
                )
            })?
            .map_err(unexpected)?;
        Ok(())
    }

    /// Waits until it is not online any more.
    pub async fn offline(&self) -> Result {
        self.reach("not online", |state| !state.is_online()).await
    }

    /// Subscribes and waits for the answer.
    pub async fn subscribe(&self, filter: &str, qos: QoS) -> Result {
        let reason =
            self.session.subscribe(subscription(filter, qos)?).await.map_err(unexpected)?;
        if reason.is_error() {
            Err(Trouble::Unexpected(format!("refused: {reason:?}")))
        } else {
            Ok(())
        }
    }

    /// Publishes and waits for the outcome.
    pub async fn publish(
        &self,
        topic: &str,
        payload: &[u8],
        qos: QoS,
        retain: bool,
    ) -> Result<Receipt> {
        let topic = topic.parse().map_err(unexpected)?;
        let payload = Bytes::copy_from_slice(payload);
        let request = PublishRequest {
            topic,
            payload,
            qos,
            retain,
            properties: PublishProperties::default(),
        };
        self.session.publish(request).await.map_err(unexpected)
    }

    /// The messages received so far, once there are at least `count`.
    pub async fn received(&self, count: usize) -> Result<Vec<Arc<Message>>> {
        let started = Instant::now();
        loop {
            let messages = self.recorder.received();
            if messages.len() >= count {
                return Ok(messages);
            }
            if started.elapsed() > PATIENCE {
                return Err(too_late(
                    &format!("{count} messages"),
                    format!("{} messages", messages.len()),
                ));
            }
            time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Disconnects in order.
    pub async fn disconnect(self) {
        self.session.disconnect().await;
    }

    async fn reach(&self, what: &str, wanted: impl Fn(&SessionState) -> bool) -> Result {
        let mut state = self.session.state();
        let reached = time::timeout(PATIENCE, state.wait_for(|state| wanted(state)))
            .await
            .is_ok_and(|end| end.is_ok());
        if reached {
            Ok(())
        } else {
            Err(too_late(what, format!("{:?}", self.session.state().borrow())))
        }
    }
}

/// Keeps everything, acknowledges at once.
#[derive(Debug, Default)]
struct Recorder {
    messages: Mutex<Vec<Arc<Message>>>,
}

impl Recorder {
    fn received(&self) -> Vec<Arc<Message>> {
        let messages = self.lock();
        messages
            .iter()
            .filter(|message| message.direction == Direction::Received)
            .cloned()
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Message>>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Recorder {
    fn accept(&self, message: Arc<Message>, ack: Option<AckHandle>) {
        self.lock().push(message);
        if let Some(ack) = ack {
            ack.complete();
        }
    }
}

const PATIENCE: Duration = Duration::from_secs(15);

fn unexpected(error: impl std::fmt::Display) -> Trouble {
    Trouble::Unexpected(error.to_string())
}

fn too_late(what: &str, last: String) -> Trouble {
    Trouble::TooLate { what: what.to_owned(), seconds: PATIENCE.as_secs(), last }
}
