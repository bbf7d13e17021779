//! The one error a person sees: what failed, why, and what to do.
//!
//! The window shows its own text for a [`FailureCode`], filled with the details; `message` and
//! `hint` are for the command line and for logs. Nothing ever parses `message`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Why something failed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, specta::Type, thiserror::Error)]
#[serde(rename_all = "camelCase")]
#[error("{message}")]
pub struct Failure {
    /// What the window decides by.
    pub code: FailureCode,
    /// One sentence: what failed, and why.
    pub message: String,
    /// What to do about it, when there is something.
    pub hint: Option<String>,
    /// The facts that belong to the code, e.g. `host`, `port`, `reason`.
    pub details: BTreeMap<String, String>,
}

/// What kind of failure it is. A new one needs texts in every language of the window.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, specta::Type)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum FailureCode {
    // Dialling.
    HostNotFound,
    ConnectionRefused,
    Unreachable,
    ConnectTimeout,
    ConnectionLost,
    ConnectionReset,
    NotMqtt,
    TlsOnPlainPort,
    // MQTT.
    ConnectRefused,
    BadCredentials,
    NotAuthorized,
    ClientIdRejected,
    ServerUnavailable,
    UnsupportedVersion,
    SessionTakenOver,
    ServerDisconnected,
    KeepAliveTimeout,
    PacketTooLarge,
    ProtocolViolation,
    PublishRefused,
    PublishTimeout,
    // Input.
    InvalidAddress,
    InvalidTopic,
    InvalidFilter,
    InvalidClientId,
    InvalidPayload,
    InvalidField,
    NotConnected,
    ConnectionNotFound,
    MessageNotFound,
    // Broker.
    PortInUse,
    PortForbidden,
    AddressNotAvailable,
    BrokerNotRunning,
    NoTcpListener,
    AnonymousExposed,
    ClientNotFound,
    InvalidRule,
    InvalidFault,
    InvalidCertificate,
    BrokerStoreUnavailable,
    BrokerStoreDamaged,
    // Files the person chose.
    FileUnreadable,
    FileUnwritable,
    // Storage.
    DiskFull,
    HistoryReadOnly,
    HistoryDamaged,
    HistoryNewer,
    Storage,
    SecretsUnavailable,
    Internal,
}

impl Failure {
    /// A failure without hint or details.
    pub fn new(code: FailureCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None, details: BTreeMap::new() }
    }

    /// Says what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a fact.
    #[must_use]
    #[allow(clippy::needless_pass_by_value, reason = "call sites read better without borrowing")]
    pub fn detail(mut self, name: &str, value: impl ToString) -> Self {
        self.details.insert(name.into(), value.to_string());
        self
    }
}
