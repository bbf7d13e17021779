//! A connection profile and its subscriptions.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::ReasonView;

/// A saved connection, without its password.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub struct Connection {
    pub id: String,
    pub name: String,
    pub host: String,
    pub port: u16,
    pub version: MqttVersion,
    pub client_id: String,
    pub username: Option<String>,
    pub has_password: bool,
    pub keep_alive_seconds: u16,
    pub clean_start: bool,
    /// It is the connection to the broker inside this application; its port follows the broker.
    pub is_local_broker: bool,
    pub subscriptions: Vec<Subscription>,
}

/// A topic filter of a connection and how the server took it.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub struct Subscription {
    pub filter: String,
    pub qos: u8,
    /// 0 … 7: index into the subscription colours.
    pub color: u8,
    pub state: SubscriptionState,
}

/// How far a subscription has come.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum SubscriptionState {
    /// Sent as soon as the connection is online.
    Offline,
    /// Sent, not answered yet.
    Requested,
    /// In force.
    Granted {
        /// What the server granted; may be less than asked for.
        qos: u8,
    },
    /// Not in force.
    Refused {
        /// Why.
        reason: ReasonView,
    },
}

/// The version of the protocol a connection speaks.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum MqttVersion {
    /// MQTT 3.1.1.
    V311,
    /// MQTT 5.0.
    #[default]
    V5,
}

/// What the editor saves.
#[derive(Clone, Debug, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub struct ConnectionDraft {
    /// `None` makes a new one.
    pub id: Option<String>,
    /// Empty: made from the host.
    pub name: String,
    pub host: String,
    pub port: u16,
    pub version: MqttVersion,
    /// Empty: the application makes one.
    pub client_id: String,
    pub username: Option<String>,
    pub password: PasswordChange,
    pub keep_alive_seconds: u16,
    pub clean_start: bool,
}

/// What to do with the stored password.
#[derive(Clone, Deserialize, Type)]
#[serde(tag = "action", rename_all = "camelCase")]
pub enum PasswordChange {
    /// Leave it.
    Keep,
    /// Forget it.
    Clear,
    /// Replace it.
    Set {
        /// The new one.
        value: String,
    },
}

impl std::fmt::Debug for PasswordChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Keep => "Keep",
            Self::Clear => "Clear",
            Self::Set { .. } => "Set { … }",
        })
    }
}
