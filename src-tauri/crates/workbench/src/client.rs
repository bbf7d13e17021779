//! One MQTT client in the terms of the application: texts in, failures out.

use std::sync::Arc;

use bytes::Bytes;
pub use session::{AckHandle, Config, Sink};
use session::{Credentials, Session, SessionState, Target};
use tokio::sync::watch;
pub use wire::{Direction, Message, QoS, TopicFilter};
use wire::{
    packet::{RetainHandling, Subscription},
    property::PublishProperties,
};

use crate::{
    Failure, FailureCode,
    address::Address,
    explain,
    views::{
        MqttVersion, PayloadFormat, PayloadInput, PublishReceipt, PublishRequest, SessionView,
        SubscriptionState,
    },
};

/// A running client.
#[derive(Debug)]
pub struct Client {
    session: Session,
}

impl Client {
    /// Starts connecting; what it receives goes to `sink`, numbered from `next_seq`.
    pub fn start(config: Config, sink: Arc<dyn Sink>, next_seq: u64) -> Result<Self, Failure> {
        Ok(Self { session: Session::start(config, sink, next_seq)? })
    }

    /// Where it stands.
    pub fn view(&self) -> SessionView {
        (&*self.session.state().borrow()).into()
    }

    /// Changes whenever [`Client::view`] does.
    pub(crate) fn states(&self) -> watch::Receiver<SessionState> {
        self.session.state()
    }

    /// Changes whenever a subscription does.
    pub(crate) fn subscriptions(&self) -> watch::Receiver<Vec<session::SubscriptionView>> {
        self.session.subscriptions()
    }

    /// Resolves when it is online, or with the first failure.
    pub async fn online(&self) -> Result<(), Failure> {
        let mut states = self.session.state();
        loop {
            match &*states.borrow_and_update() {
                SessionState::Online(_) => return Ok(()),
                SessionState::Backoff { cause, .. } | SessionState::Refused { cause } => {
                    return Err(cause.clone().into());
                }
                SessionState::Offline => return Err(not_connected()),
                SessionState::Connecting { .. } => {}
            }
            if states.changed().await.is_err() {
                return Err(not_connected());
            }
        }
    }

    /// Resolves when the connection is lost, with the reason.
    pub async fn lost(&self) -> Failure {
        let mut states = self.session.state();
        loop {
            match &*states.borrow_and_update() {
                SessionState::Online(_) | SessionState::Connecting { .. } => {}
                SessionState::Backoff { cause, .. } | SessionState::Refused { cause } => {
                    return cause.clone().into();
                }
                SessionState::Offline => return not_connected(),
            }
            if states.changed().await.is_err() {
                return not_connected();
            }
        }
    }

    /// Subscribes and waits for the answer; the granted quality of service may be lower.
    pub async fn subscribe(&self, filter: &TopicFilter, qos: QoS) -> Result<QoS, Failure> {
        let reason = self.session.subscribe(subscription(filter.clone(), qos)).await?;
        qos_from(reason.0)
            .map_err(|_| explain::refused(&format!("the subscription `{filter}`"), reason))
    }

    /// Ends a subscription and waits for the answer.
    pub async fn unsubscribe(&self, filter: TopicFilter) -> Result<(), Failure> {
        self.session.unsubscribe(filter).await?;
        Ok(())
    }

    /// Publishes what a person typed; see [`Client::publish_bytes`].
    pub async fn publish(&self, request: PublishRequest) -> Result<PublishReceipt, Failure> {
        let payload = bytes_of(&request.payload)?;
        self.publish_bytes(&request.topic, payload, request.qos, request.retain).await
    }

    /// Publishes and waits until the broker has acknowledged (`QoS` 1, 2) or the packet is written.
    pub async fn publish_bytes(
        &self,
        topic: &str,
        payload: Bytes,
        qos: u8,
        retain: bool,
    ) -> Result<PublishReceipt, Failure> {
        let bytes = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        let request = session::PublishRequest {
            topic: topic.parse().map_err(|error| explain::invalid_topic(topic, &error))?,
            payload,
            qos: qos_from(qos)?,
            retain,
            properties: PublishProperties::default(),
        };
        let receipt = self.session.publish(request).await?;
        if let Some(reason) = receipt.reason.filter(|reason| reason.is_error()) {
            return Err(explain::refused(&format!("the message to `{topic}`"), reason));
        }
        Ok(PublishReceipt {
            seq: receipt.seq,
            packet_id: receipt.packet_id.map(u16::from),
            reason: receipt.reason.map(Into::into),
            acknowledged_ms: receipt.acknowledged_after.map(|after| after.as_secs_f64() * 1000.0),
            bytes,
        })
    }

    /// Does not wait for the end of the back-off.
    pub async fn retry_now(&self) {
        self.session.retry_now().await;
    }

    /// Ends the session in order.
    pub async fn disconnect(&self) {
        self.session.disconnect().await;
    }
}

/// What a client needs to connect to `address`, everything else at its default.
pub fn config(address: &Address, version: MqttVersion) -> Config {
    let credentials = address.username.clone().map(|username| Credentials {
        username,
        password: address.password.clone().map(Bytes::from),
    });
    Config {
        version: version.into(),
        credentials,
        ..Config::new(Target::new(&address.host, address.port))
    }
}

/// A subscription with everything but filter and `QoS` at the specification's default.
pub(crate) fn subscription(filter: TopicFilter, qos: QoS) -> Subscription {
    Subscription {
        filter,
        qos,
        no_local: false,
        retain_as_published: false,
        retain_handling: RetainHandling::Send,
    }
}

/// A quality of service from its number.
pub fn qos_from(number: u8) -> Result<QoS, Failure> {
    match number {
        0 => Ok(QoS::AtMostOnce),
        1 => Ok(QoS::AtLeastOnce),
        2 => Ok(QoS::ExactlyOnce),
        _ => Err(Failure::new(FailureCode::InvalidField, "QoS is 0, 1 or 2.")
            .detail("field", "qos")
            .detail("reason", number)),
    }
}

/// A topic filter as typed.
pub fn filter_from(text: &str) -> Result<TopicFilter, Failure> {
    text.parse().map_err(|error| explain::invalid_filter(text, &error))
}

pub(crate) fn bytes_of(input: &PayloadInput) -> Result<Bytes, Failure> {
    let format = match input.format {
        PayloadFormat::Text => payload::InputFormat::Text,
        PayloadFormat::Json => payload::InputFormat::Json,
        PayloadFormat::Hex => payload::InputFormat::Hex,
        PayloadFormat::Base64 => payload::InputFormat::Base64,
    };
    Ok(payload::parse_input(format, &input.text)?)
}

fn not_connected() -> Failure {
    Failure::new(FailureCode::NotConnected, "The connection is not online.").hint("Connect first.")
}

impl From<&SessionState> for SessionView {
    fn from(state: &SessionState) -> Self {
        match state {
            SessionState::Offline => Self::Offline,
            SessionState::Connecting { attempt } => Self::Connecting { attempt: *attempt },
            SessionState::Online(online) => Self::Online {
                since: online.since.0 / 1000,
                session_present: online.session_present,
                client_id: online.client_id.to_string(),
                version: online.version.into(),
                maximum_qos: Some(online.limits.maximum_qos)
                    .filter(|qos| *qos < QoS::ExactlyOnce)
                    .map(|qos| qos as u8),
            },
            SessionState::Backoff { attempt, retry_at, cause } => Self::Backoff {
                attempt: *attempt,
                retry_at: retry_at.0 / 1000,
                cause: cause.clone().into(),
            },
            SessionState::Refused { cause } => Self::Refused { cause: cause.clone().into() },
        }
    }
}

impl From<session::SubscriptionState> for SubscriptionState {
    fn from(state: session::SubscriptionState) -> Self {
        use session::SubscriptionState as State;
        match state {
            State::Offline => Self::Offline,
            State::Requested => Self::Requested,
            State::Granted(qos) => Self::Granted { qos: qos as u8 },
            State::Refused(reason) => Self::Refused { reason: reason.into() },
        }
    }
}

impl From<MqttVersion> for wire::Version {
    fn from(version: MqttVersion) -> Self {
        match version {
            MqttVersion::V311 => Self::V311,
            MqttVersion::V5 => Self::V5,
        }
    }
}

impl From<wire::Version> for MqttVersion {
    fn from(version: wire::Version) -> Self {
        match version {
            wire::Version::V31 | wire::Version::V311 => Self::V311,
            wire::Version::V5 => Self::V5,
        }
    }
}
