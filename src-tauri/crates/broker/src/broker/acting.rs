//! What can be done to clients and sessions, and messages of the broker itself.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::time::Instant;
use wire::{QoS, ReasonCode, TopicName, property::PublishProperties};

use super::{Broker, BrokerError};
use crate::message::{Message, StoredAs};

/// A message the broker itself publishes.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// Where to.
    pub topic: TopicName,
    /// What.
    pub payload: Bytes,
    /// The highest quality of service subscribers get it with.
    pub qos: QoS,
    /// Whether it is retained.
    pub retain: bool,
    /// 5.0 properties. Topic alias and subscription identifiers are ignored.
    pub properties: PublishProperties,
}

impl Broker {
    /// Publishes a message of the broker itself; returns the number of sessions it went to.
    ///
    /// # Errors
    ///
    /// [`BrokerError::NotRunning`].
    pub async fn publish(&self, message: NewMessage) -> Result<usize, BrokerError> {
        let mut properties = message.properties;
        properties.topic_alias = None;
        properties.subscription_identifiers.clear();
        let message = Arc::new(Message {
            topic: message.topic,
            payload: message.payload,
            qos: message.qos,
            retain: message.retain,
            properties,
            received: Instant::now(),
            publisher: None,
            stored: StoredAs::default(),
        });
        self.visit(move |router| router.publish_own(&message)).await
    }

    /// Ends the connection of a client with `reason`; its session stays. Returns whether it had one.
    ///
    /// # Errors
    ///
    /// [`BrokerError::NotRunning`], and [`BrokerError::ReasonNotAllowed`] when a server cannot say
    /// `reason` in a DISCONNECT.
    pub async fn kick(&self, client_id: &str, reason: ReasonCode) -> Result<bool, BrokerError> {
        if !DISCONNECT_REASONS.contains(&reason) {
            return Err(BrokerError::ReasonNotAllowed { reason });
        }
        let client_id: Box<str> = client_id.into();
        self.visit(move |router| router.kick(&client_id, reason)).await
    }

    /// Says under `$SYS/broker/`, in retained messages, how the broker is doing: at once, and what has
    /// changed each time `interval` has passed, which is at least a second. `None` takes all of it back.
    /// Nothing of it is kept in a store.
    ///
    /// # Errors
    ///
    /// [`BrokerError::NotRunning`].
    pub async fn set_sys_interval(&self, interval: Option<Duration>) -> Result<(), BrokerError> {
        self.visit(move |router| router.set_sys_interval(interval)).await
    }

    /// Ends a session: its connection first, with 0x98 in 5.0, then its subscriptions and what waits
    /// for it. Returns whether there was one.
    ///
    /// # Errors
    ///
    /// [`BrokerError::NotRunning`].
    pub async fn delete_session(&self, client_id: &str) -> Result<bool, BrokerError> {
        let client_id: Box<str> = client_id.into();
        self.visit(move |router| router.delete_session(&client_id)).await
    }
}

/// What a server may say in a DISCONNECT (5.0 §3.14.2.1): what [`Broker::kick`] takes.
pub const DISCONNECT_REASONS: [ReasonCode; 28] = [
    ReasonCode::SUCCESS,
    ReasonCode::UNSPECIFIED_ERROR,
    ReasonCode::MALFORMED_PACKET,
    ReasonCode::PROTOCOL_ERROR,
    ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR,
    ReasonCode::NOT_AUTHORIZED,
    ReasonCode::SERVER_BUSY,
    ReasonCode::SERVER_SHUTTING_DOWN,
    ReasonCode::KEEP_ALIVE_TIMEOUT,
    ReasonCode::SESSION_TAKEN_OVER,
    ReasonCode::TOPIC_FILTER_INVALID,
    ReasonCode::TOPIC_NAME_INVALID,
    ReasonCode::RECEIVE_MAXIMUM_EXCEEDED,
    ReasonCode::TOPIC_ALIAS_INVALID,
    ReasonCode::PACKET_TOO_LARGE,
    ReasonCode::MESSAGE_RATE_TOO_HIGH,
    ReasonCode::QUOTA_EXCEEDED,
    ReasonCode::ADMINISTRATIVE_ACTION,
    ReasonCode::PAYLOAD_FORMAT_INVALID,
    ReasonCode::RETAIN_NOT_SUPPORTED,
    ReasonCode::QOS_NOT_SUPPORTED,
    ReasonCode::USE_ANOTHER_SERVER,
    ReasonCode::SERVER_MOVED,
    ReasonCode::SHARED_SUBSCRIPTIONS_NOT_SUPPORTED,
    ReasonCode::CONNECTION_RATE_EXCEEDED,
    ReasonCode::MAXIMUM_CONNECT_TIME,
    ReasonCode::SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED,
    ReasonCode::WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED,
];
