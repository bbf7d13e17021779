//! Where a session and its subscriptions stand: what the rest of the application watches.

use std::sync::Arc;

use wire::{QoS, ReasonCode, Timestamp, Version, packet::Subscription, property::UserProperties};

use crate::error::ConnectError;

/// Where a session stands. Each state carries only what is true in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SessionState {
    /// Ended by [`Session::disconnect`]; it does not come back.
    ///
    /// [`Session::disconnect`]: crate::Session::disconnect
    Offline,
    /// Dialling, or waiting for the answer to CONNECT.
    Connecting {
        /// From 1, within one series of failures.
        attempt: u32,
    },
    /// CONNACK was received.
    Online(Arc<Online>),
    /// Waiting to try again.
    Backoff {
        /// The attempt that failed, from 1.
        attempt: u32,
        /// When the next one begins.
        retry_at: Timestamp,
        /// Why.
        cause: ConnectError,
    },
    /// A failure that trying again cannot cure; only [`Session::retry_now`] does.
    ///
    /// [`Session::retry_now`]: crate::Session::retry_now
    Refused {
        /// Why.
        cause: ConnectError,
    },
}

impl SessionState {
    /// Whether messages can be published now.
    pub const fn is_online(&self) -> bool {
        matches!(self, Self::Online(_))
    }
}

/// What is known of an open connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Online {
    /// When CONNACK was received.
    pub since: Timestamp,
    /// Whether the server still had the session.
    pub session_present: bool,
    /// The client identifier in use: the configured one or the one the server assigned.
    pub client_id: Box<str>,
    /// The version spoken.
    pub version: Version,
    /// Seconds between packets; the server's choice when it made one. 0 is off.
    pub keep_alive: u16,
    /// What the server takes.
    pub limits: ServerLimits,
}

/// What a server said it takes (5.0 §3.2.2.3); what it did not say has the specification's default.
#[derive(Clone, Debug, Eq, PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a property of the specification")]
pub struct ServerLimits {
    /// Largest quality of service to publish with.
    pub maximum_qos: QoS,
    /// Whether messages can be retained.
    pub retain_available: bool,
    /// Largest packet it takes, bytes.
    pub maximum_packet_size: Option<u32>,
    /// How many `QoS` 1 and 2 messages it handles at once.
    pub receive_maximum: u16,
    /// Largest topic alias it takes.
    pub topic_alias_maximum: u16,
    /// Whether filters may contain wildcards.
    pub wildcard_subscriptions: bool,
    /// Whether subscriptions may have identifiers.
    pub subscription_identifiers: bool,
    /// Whether `$share` works.
    pub shared_subscriptions: bool,
    /// Seconds it keeps the session, when it changed what was asked for.
    pub session_expiry: Option<u32>,
    /// Topic prefix for responses.
    pub response_information: Option<Box<str>>,
    /// User properties of the CONNACK.
    pub user_properties: UserProperties,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            maximum_qos: QoS::ExactlyOnce,
            retain_available: true,
            maximum_packet_size: None,
            receive_maximum: u16::MAX,
            topic_alias_maximum: 0,
            wildcard_subscriptions: true,
            subscription_identifiers: true,
            shared_subscriptions: true,
            session_expiry: None,
            response_information: None,
            user_properties: UserProperties::new(),
        }
    }
}

/// One subscription the session remembers, and where it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SubscriptionView {
    /// What is asked of the server.
    pub subscription: Subscription,
    /// What became of it.
    pub state: SubscriptionState,
}

/// Where a subscription stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SubscriptionState {
    /// Remembered; it will be requested when the session is online.
    Offline,
    /// SUBSCRIBE is on its way; SUBACK has not arrived.
    Requested,
    /// The server granted it with this quality of service, perhaps less than asked for.
    Granted(QoS),
    /// The server refused it.
    Refused(ReasonCode),
}
