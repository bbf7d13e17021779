//! Errors of the crates below, as failures a person can act on.

mod broker;

pub(crate) use self::broker::*;
use history::{Cause, HistoryError, OpenError};
use secrets::VaultError;
use serde::{Deserialize as _, de::IntoDeserializer as _};
use session::{ConfigError, ConnectError, DialError, NotMqtt, PublishError, SubscribeError};
use wire::{ReasonCode, topic::TopicError};

use crate::{Failure, FailureCode};

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        let failure = Self::new(code_of(&error), sentence(&error));
        match error {
            ConnectError::Dial(error) => dial(failure, &error),
            ConnectError::NotMqtt(peer) => not_mqtt(failure, &peer),
            ConnectError::NoAnswer { after } => {
                failure.detail("seconds", after.as_secs_f32()).hint(
                    "Check that the port belongs to an MQTT server, and that it is not overloaded.",
                )
            }
            ConnectError::Refused { reason, reason_string, server_reference } => {
                reasoned(failure, reason, reason_string, server_reference)
                    .hint(refusal_hint(reason))
            }
            ConnectError::Disconnected { reason, reason_string, server_reference } => {
                reasoned(failure, reason, reason_string, server_reference).hint(
                    if reason == ReasonCode::SESSION_TAKEN_OVER {
                        "Another client uses the same client id. Give this connection its own."
                    } else {
                        "The log of the server may say more."
                    },
                )
            }
            ConnectError::Closed { .. } => failure.hint(
                "Servers do this when they do not accept a client, run out of resources, or stop.",
            ),
            ConnectError::Reset { detail, .. } => failure
                .detail("reason", detail)
                .hint("The server or something on the way broke the connection."),
            ConnectError::KeepAliveTimeout { after } | ConnectError::Stalled { after } => failure
                .detail("seconds", after.as_secs_f32())
                .hint("The server or the network is gone. It is tried again by itself."),
            ConnectError::PacketTooLarge { size, limit } => {
                let failure = failure.detail("limit", limit);
                match size {
                    Some(size) => failure.detail("size", size),
                    None => failure,
                }
            }
            ConnectError::ProtocolViolation { words } => failure
                .detail("reason", words)
                .hint("This is a fault of the server, or of something between that changes bytes."),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let (code, field) = match &error {
            ConfigError::NoHost => (FailureCode::InvalidField, "host"),
            ConfigError::NoPort => (FailureCode::InvalidField, "port"),
            ConfigError::VersionNotAvailable => (FailureCode::InvalidField, "version"),
            ConfigError::ClientIdNeeded
            | ConfigError::ClientIdTooLong { .. }
            | ConfigError::ClientIdNull { .. } => (FailureCode::InvalidClientId, "clientId"),
            ConfigError::Username => (FailureCode::InvalidField, "username"),
            ConfigError::PasswordTooLong { .. } => (FailureCode::InvalidField, "password"),
            ConfigError::PacketLimit { .. } => (FailureCode::InvalidField, "maxPacketSize"),
        };
        Self::new(code, sentence(&error)).detail("field", field).detail("reason", error)
    }
}

impl From<PublishError> for Failure {
    fn from(error: PublishError) -> Self {
        let code = match &error {
            PublishError::NotConnected => FailureCode::NotConnected,
            PublishError::PacketTooLarge { .. } => FailureCode::PacketTooLarge,
            PublishError::QosNotSupported { .. }
            | PublishError::RetainNotSupported
            | PublishError::PropertyNotAllowed { .. } => FailureCode::PublishRefused,
            PublishError::ConnectionLost | PublishError::SessionLost => FailureCode::ConnectionLost,
            PublishError::Timeout { .. } => FailureCode::PublishTimeout,
        };
        let failure = Self::new(code, sentence(&error)).detail("reason", &error);
        match error {
            PublishError::PacketTooLarge { size, limit } => {
                failure.detail("size", size).detail("limit", limit)
            }
            PublishError::Timeout { after } => failure.detail("seconds", after.as_secs_f32()),
            _ => failure,
        }
    }
}

impl From<SubscribeError> for Failure {
    fn from(error: SubscribeError) -> Self {
        let code = match &error {
            SubscribeError::NotConnected => FailureCode::NotConnected,
            SubscribeError::ConnectionLost => FailureCode::ConnectionLost,
            SubscribeError::Timeout { .. } => FailureCode::PublishTimeout,
        };
        Self::new(code, sentence(&error)).detail("reason", error)
    }
}

impl From<HistoryError> for Failure {
    fn from(error: HistoryError) -> Self {
        match error {
            HistoryError::Storage(cause) => cause.into(),
            HistoryError::Closed => Self::new(FailureCode::Storage, "The history is closed."),
            HistoryError::NotFound => {
                Self::new(FailureCode::MessageNotFound, "The message is not in the history.")
            }
        }
    }
}

impl From<Cause> for Failure {
    fn from(cause: Cause) -> Self {
        let (code, hint) = match &cause {
            Cause::DiskFull => {
                (FailureCode::DiskFull, "Free some space: recording goes on by itself.")
            }
            Cause::ReadOnly => (
                FailureCode::HistoryReadOnly,
                "Make the file and its folder writable: recording goes on by itself.",
            ),
            Cause::Locked => {
                (FailureCode::Storage, "Close the other program that uses the history.")
            }
            Cause::Damaged { .. } => (FailureCode::HistoryDamaged, "Start a new history."),
            Cause::Io { .. } => (FailureCode::Storage, "Check the disk."),
        };
        Self::new(code, sentence(&cause)).hint(hint).detail("reason", cause)
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let code = match &error {
            OpenError::Damaged { .. } | OpenError::NotADatabase => FailureCode::HistoryDamaged,
            OpenError::Newer { .. } => FailureCode::HistoryNewer,
            OpenError::ReadOnly => FailureCode::HistoryReadOnly,
            OpenError::DiskFull => FailureCode::DiskFull,
            OpenError::Locked | OpenError::NotFound | OpenError::Io { .. } => FailureCode::Storage,
        };
        let failure = Self::new(code, sentence(&error)).detail("reason", &error);
        match error {
            OpenError::Newer { found, supported } => {
                failure.detail("found", found).detail("supported", supported)
            }
            _ => failure,
        }
    }
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        Self::new(FailureCode::SecretsUnavailable, sentence(&error))
            .hint("Enter the password again in the editor of the connection.")
            .detail("reason", error)
    }
}

impl From<payload::InputError> for Failure {
    fn from(error: payload::InputError) -> Self {
        Self::new(FailureCode::InvalidPayload, sentence(&error))
            .detail("reason", &error.kind)
            .detail("line", error.position.line)
            .detail("column", error.position.column)
    }
}

/// A topic to publish to that is none.
pub(crate) fn invalid_topic(topic: &str, error: &TopicError) -> Failure {
    Failure::new(FailureCode::InvalidTopic, format!("`{topic}` is not a topic: {error}."))
        .detail("topic", topic)
        .detail("reason", error)
}

/// A topic filter that is none.
pub(crate) fn invalid_filter(filter: &str, error: &TopicError) -> Failure {
    Failure::new(FailureCode::InvalidFilter, format!("`{filter}` is not a topic filter: {error}."))
        .hint("`+` stands for one level, `#` for all levels that follow.")
        .detail("filter", filter)
        .detail("reason", error)
}

/// The server's verdict on a publish or a subscription.
pub(crate) fn refused(what: &str, reason: ReasonCode) -> Failure {
    Failure::new(FailureCode::PublishRefused, format!("The server refused {what}: {reason}."))
        .hint("Check what this user may do on the server.")
        .detail("reason", reason)
        .detail("code", format!("0x{:02X}", reason.0))
}

fn code_of(error: &ConnectError) -> FailureCode {
    let code: serde::de::value::StrDeserializer<'_, serde::de::value::Error> =
        error.code().into_deserializer();
    FailureCode::deserialize(code).unwrap_or(FailureCode::Internal)
}

fn dial(failure: Failure, error: &DialError) -> Failure {
    match error {
        DialError::HostNotFound { host, reason } => failure
            .detail("host", host)
            .detail("reason", reason)
            .hint("Check the spelling, and whether this computer is in the right network or VPN."),
        DialError::ResolveTimeout { host, after } => failure
            .detail("address", host)
            .detail("seconds", after.as_secs_f32())
            .hint("Check the network: the name service did not answer."),
        DialError::Refused { address } => failure
            .detail("address", address)
            .detail("port", address.port())
            .hint("The computer answers, but nothing listens on this port: is the server running?"),
        DialError::Unreachable { address, reason } => failure
            .detail("address", address)
            .detail("reason", reason)
            .hint("Check the network, the VPN and the firewall."),
        DialError::Timeout { address, after } => failure
            .detail("address", address)
            .detail("seconds", after.as_secs_f32())
            .hint("The computer is off, or a firewall drops the packets."),
        DialError::Reset { address } => failure.detail("address", address),
        DialError::System { .. } => failure.detail("reason", error),
    }
}

fn not_mqtt(failure: Failure, peer: &NotMqtt) -> Failure {
    let (what, hint) = match peer {
        NotMqtt::Http { status_line } => (
            format!("HTTP ({status_line})"),
            "This is a web server or the WebSocket port of an MQTT server. The usual port of MQTT is 1883.",
        ),
        NotMqtt::Tls => {
            ("TLS".to_owned(), "This port wants TLS. The port without TLS is usually 1883.")
        }
        NotMqtt::Ssh => {
            ("SSH".to_owned(), "This is an SSH server. The usual port of MQTT is 1883.")
        }
        NotMqtt::Unknown { .. } => {
            (peer.to_string(), "Check host and port. The usual port of MQTT is 1883.")
        }
    };
    failure.detail("what", what).hint(hint)
}

fn reasoned(
    failure: Failure,
    reason: ReasonCode,
    words: Option<Box<str>>,
    reference: Option<Box<str>>,
) -> Failure {
    let failure = failure.detail("reason", reason).detail("code", format!("0x{:02X}", reason.0));
    let failure = match words {
        Some(words) => failure.detail("serverSays", words),
        None => failure,
    };
    match reference {
        Some(reference) => failure.detail("useServer", reference),
        None => failure,
    }
}

fn refusal_hint(reason: ReasonCode) -> &'static str {
    match reason {
        ReasonCode::BAD_USER_NAME_OR_PASSWORD => "Check user name and password.",
        ReasonCode::NOT_AUTHORIZED => {
            "Check user name and password, and whether this user or client id may connect."
        }
        ReasonCode::BANNED => "Ask who runs the server why this client is banned.",
        ReasonCode::CLIENT_IDENTIFIER_NOT_VALID => {
            "Choose another client id: some servers want a certain form, or letters and digits only."
        }
        ReasonCode::UNSUPPORTED_PROTOCOL_VERSION => {
            "Choose the other version of MQTT for this connection."
        }
        ReasonCode::SERVER_UNAVAILABLE | ReasonCode::SERVER_BUSY => {
            "The server is busy or starting. It is tried again by itself."
        }
        ReasonCode::USE_ANOTHER_SERVER | ReasonCode::SERVER_MOVED => {
            "Connect to the server it names."
        }
        _ => "The log of the server may say more.",
    }
}

/// An error text as a sentence.
fn sentence(error: &impl ToString) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), characters.as_str()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_connect_says_the_reason_the_server_s_words_and_what_to_do() {
        let failure = Failure::from(ConnectError::Refused {
            reason: ReasonCode::BAD_USER_NAME_OR_PASSWORD,
            reason_string: Some("unknown user ada".into()),
            server_reference: None,
        });

        assert_eq!(failure.code, FailureCode::BadCredentials);
        assert_eq!(failure.details["serverSays"], "unknown user ada");
        assert_eq!(failure.details["code"], "0x86");
        assert_eq!(failure.hint.as_deref(), Some("Check user name and password."));
    }

    #[test]
    fn every_refusal_code_of_mqtt_has_a_failure_code() {
        for byte in 0x80..=0xA2 {
            let reason = ReasonCode(byte);
            let refused =
                ConnectError::Refused { reason, reason_string: None, server_reference: None };
            let disconnected =
                ConnectError::Disconnected { reason, reason_string: None, server_reference: None };

            for error in [refused, disconnected] {
                assert_ne!(Failure::from(error).code, FailureCode::Internal, "{reason}");
            }
        }
    }

    #[test]
    fn a_port_nobody_listens_on_is_named() {
        let address = ([127, 0, 0, 1], 1884).into();

        let failure = Failure::from(ConnectError::Dial(DialError::Refused { address }));

        assert_eq!(failure.code, FailureCode::ConnectionRefused);
        assert_eq!(failure.details["port"], "1884");
    }
}
