//! The handle of a session: what the application calls. The work is done by one task behind it.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::timeout,
};
use wire::{
    QoS, ReasonCode, TopicFilter, TopicName,
    packet::{PacketId, Subscription},
    property::PublishProperties,
};

use crate::{
    actor,
    config::{Config, ConfigError},
    error::{PublishError, SubscribeError},
    sink::Sink,
    state::{SessionState, SubscriptionView},
};

/// One client session: it connects, stays connected, and delivers to its sink.
///
/// Dropping it disconnects in order, without waiting for it.
#[derive(Debug)]
pub struct Session {
    commands: mpsc::Sender<Command>,
    publishes: mpsc::Sender<Publish>,
    state: watch::Receiver<SessionState>,
    subscriptions: watch::Receiver<Vec<SubscriptionView>>,
    publish_timeout: Duration,
}

impl Session {
    /// Starts connecting at once. Messages and events are numbered from `next_seq`.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime.
    pub fn start(config: Config, sink: Arc<dyn Sink>, next_seq: u64) -> Result<Self, ConfigError> {
        config.validate()?;
        Ok(actor::start(config, sink, next_seq))
    }

    /// Where the session stands; changes are seen by watching it.
    pub fn state(&self) -> watch::Receiver<SessionState> {
        self.state.clone()
    }

    /// The subscriptions it remembers and where each stands.
    pub fn subscriptions(&self) -> watch::Receiver<Vec<SubscriptionView>> {
        self.subscriptions.clone()
    }

    /// Adds or changes a subscription and waits for the server's answer: the granted quality of
    /// service or a refusal ([`ReasonCode::is_error`]).
    ///
    /// It is remembered whatever the outcome, and requested again whenever the server forgot it.
    pub async fn subscribe(
        &self,
        subscription: Subscription,
    ) -> Result<ReasonCode, SubscribeError> {
        self.request(|reply| Command::Subscribe { subscription, reply }).await
    }

    /// Forgets a subscription and waits for the server's answer.
    pub async fn unsubscribe(&self, filter: TopicFilter) -> Result<ReasonCode, SubscribeError> {
        self.request(|reply| Command::Unsubscribe { filter, reply }).await
    }

    /// Publishes and waits until the message is written (`QoS` 0) or acknowledged (`QoS` 1 and 2).
    ///
    /// An acknowledgement may be a refusal: look at [`Receipt::reason`].
    pub async fn publish(&self, request: PublishRequest) -> Result<Receipt, PublishError> {
        if !self.state.borrow().is_online() {
            return Err(PublishError::NotConnected);
        }
        let (reply, outcome) = oneshot::channel();
        let exchange = async {
            let publish = Publish { request, reply };
            self.publishes.send(publish).await.map_err(|_| PublishError::NotConnected)?;
            outcome.await.unwrap_or(Err(PublishError::ConnectionLost))
        };
        let after = self.publish_timeout;
        timeout(after, exchange).await.unwrap_or(Err(PublishError::Timeout { after }))
    }

    /// Tries again now instead of at the end of the wait, or after a refusal.
    pub async fn retry_now(&self) {
        // An error means that the session has ended, and then there is nothing to try.
        let _ = self.commands.send(Command::RetryNow).await;
    }

    /// Ends the session in order: outstanding acknowledgements, DISCONNECT, close. Returns when it
    /// is [`SessionState::Offline`], at the latest a second after [`Config::disconnect_timeout`].
    pub async fn disconnect(&self) {
        let (reply, done) = oneshot::channel();
        if self.commands.send(Command::Disconnect { reply }).await.is_ok() {
            let _ = done.await;
        }
    }

    pub(crate) fn new(
        commands: mpsc::Sender<Command>,
        publishes: mpsc::Sender<Publish>,
        state: watch::Receiver<SessionState>,
        subscriptions: watch::Receiver<Vec<SubscriptionView>>,
        publish_timeout: Duration,
    ) -> Self {
        Self { commands, publishes, state, subscriptions, publish_timeout }
    }

    async fn request(
        &self,
        command: impl FnOnce(SubscribeReply) -> Command,
    ) -> Result<ReasonCode, SubscribeError> {
        let (reply, outcome) = oneshot::channel();
        let exchange = async {
            let sent = self.commands.send(command(reply)).await;
            sent.map_err(|_| SubscribeError::NotConnected)?;
            outcome.await.unwrap_or(Err(SubscribeError::NotConnected))
        };
        let after = self.publish_timeout;
        timeout(after, exchange).await.unwrap_or(Err(SubscribeError::Timeout { after }))
    }
}

/// A message to publish.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishRequest {
    /// Where to.
    pub topic: TopicName,
    /// What.
    pub payload: Bytes,
    /// How.
    pub qos: QoS,
    /// Whether the server keeps it for later subscribers.
    pub retain: bool,
    /// 5.0 only; ignored in 3.1.1.
    pub properties: PublishProperties,
}

/// What became of a published message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Receipt {
    /// Its row in the history.
    pub seq: u64,
    /// The packet identifier; `None` for `QoS` 0.
    pub packet_id: Option<PacketId>,
    /// The server's verdict; `None` for `QoS` 0. An acknowledgement in 3.1.1 is a success.
    pub reason: Option<ReasonCode>,
    /// From the write to the last acknowledgement; `None` for `QoS` 0.
    pub acknowledged_after: Option<Duration>,
}

/// What the handle asks of the task.
#[derive(Debug)]
pub(crate) enum Command {
    Subscribe { subscription: Subscription, reply: SubscribeReply },
    Unsubscribe { filter: TopicFilter, reply: SubscribeReply },
    RetryNow,
    Disconnect { reply: oneshot::Sender<()> },
}

pub(crate) type SubscribeReply = oneshot::Sender<Result<ReasonCode, SubscribeError>>;

/// A message on its way to the task.
#[derive(Debug)]
pub(crate) struct Publish {
    pub(crate) request: PublishRequest,
    pub(crate) reply: oneshot::Sender<Result<Receipt, PublishError>>,
}
