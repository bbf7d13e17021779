//! Why a connection, a publish or a subscription failed, as data.

use std::time::Duration;

use transport::{DialError, NotMqtt};
use wire::{QoS, ReasonCode};

/// Why a session is not online.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ConnectError {
    /// No connection was opened.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// Something else than an MQTT server answered.
    #[error("{0}")]
    NotMqtt(NotMqtt),
    /// The connection opened, CONNECT was sent, and nothing came back in time.
    #[error("the server did not answer CONNECT within {after:?}")]
    NoAnswer {
        /// The time given.
        after: Duration,
    },
    /// CONNACK refused the connection.
    #[error("the server refused the connection: {}", with_words(*reason, reason_string.as_deref()))]
    Refused {
        /// Why; a return code of 3.1.1 is mapped by [`ReasonCode::from_v3_connack`].
        reason: ReasonCode,
        /// The server's own words.
        reason_string: Option<Box<str>>,
        /// Where it sends the client instead.
        server_reference: Option<Box<str>>,
    },
    /// DISCONNECT from the server.
    #[error("the server disconnected: {}", with_words(*reason, reason_string.as_deref()))]
    Disconnected {
        /// Why.
        reason: ReasonCode,
        /// The server's own words.
        reason_string: Option<Box<str>>,
        /// Where it sends the client instead.
        server_reference: Option<Box<str>>,
    },
    /// The server closed the connection without a word.
    #[error("the server closed the connection {}", stage.words())]
    Closed {
        /// How far the connection had come.
        stage: Stage,
    },
    /// The connection was reset or broke.
    #[error("the connection broke {}: {detail}", stage.words())]
    Reset {
        /// How far the connection had come.
        stage: Stage,
        /// What the system said.
        detail: Box<str>,
    },
    /// No PINGRESP: the server or the network is gone.
    #[error("the server did not answer a ping within {after:?}")]
    KeepAliveTimeout {
        /// The time waited.
        after: Duration,
    },
    /// The server reads nothing: what is sent waits in the socket.
    #[error("the server has not read anything for {after:?}")]
    Stalled {
        /// The time waited.
        after: Duration,
    },
    /// A packet from the server is larger than [`Config::max_packet_size`].
    ///
    /// [`Config::max_packet_size`]: crate::Config::max_packet_size
    #[error("the server sent a packet larger than the limit of {limit} bytes")]
    PacketTooLarge {
        /// Bytes of the packet with its header, when known.
        size: Option<u64>,
        /// The limit in force.
        limit: u32,
    },
    /// The server sent something that MQTT does not allow.
    #[error("the server broke the protocol: {words}")]
    ProtocolViolation {
        /// What, in words.
        words: Box<str>,
    },
}

/// How far a connection had come when it ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage {
    /// Opened, but CONNECT was not written.
    BeforeConnect,
    /// CONNECT was written, CONNACK had not arrived.
    BeforeConnAck,
    /// CONNACK had arrived.
    Online,
}

impl Stage {
    const fn words(self) -> &'static str {
        match self {
            Self::BeforeConnect => "before CONNECT was sent",
            Self::BeforeConnAck => "instead of answering CONNECT",
            Self::Online => "while it was in use",
        }
    }
}

impl ConnectError {
    /// Whether trying again cannot cure it, or would make it worse.
    ///
    /// A takeover is terminal: two clients with one identifier would throw each other out for ever.
    pub fn is_terminal(&self) -> bool {
        match self {
            Self::Refused { reason, .. } => {
                matches!(
                    *reason,
                    ReasonCode::UNSUPPORTED_PROTOCOL_VERSION
                        | ReasonCode::CLIENT_IDENTIFIER_NOT_VALID
                        | ReasonCode::BAD_USER_NAME_OR_PASSWORD
                        | ReasonCode::NOT_AUTHORIZED
                        | ReasonCode::BANNED
                        | ReasonCode::BAD_AUTHENTICATION_METHOD
                        | ReasonCode::MALFORMED_PACKET
                        | ReasonCode::PROTOCOL_ERROR
                        | ReasonCode::USE_ANOTHER_SERVER
                        | ReasonCode::SERVER_MOVED
                )
            }
            Self::Disconnected { reason, .. } => {
                matches!(
                    *reason,
                    ReasonCode::SESSION_TAKEN_OVER
                        | ReasonCode::NOT_AUTHORIZED
                        | ReasonCode::BANNED
                        | ReasonCode::USE_ANOTHER_SERVER
                        | ReasonCode::SERVER_MOVED
                )
            }
            Self::NotMqtt(_) => true,
            _ => false,
        }
    }

    /// Whether the same message will cause it again as long as the server keeps the session.
    pub(crate) const fn repeats_with_the_session(&self) -> bool {
        matches!(self, Self::PacketTooLarge { .. } | Self::ProtocolViolation { .. })
    }

    /// The failure code of the IPC contract: what the window acts on.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Dial(error) => dial_code(error),
            Self::NotMqtt(NotMqtt::Tls) => "tlsOnPlainPort",
            Self::NotMqtt(_) => "notMqtt",
            Self::NoAnswer { .. } => "connectTimeout",
            Self::Refused { reason, .. } => match *reason {
                ReasonCode::BAD_USER_NAME_OR_PASSWORD | ReasonCode::BAD_AUTHENTICATION_METHOD => {
                    "badCredentials"
                }
                ReasonCode::NOT_AUTHORIZED | ReasonCode::BANNED => "notAuthorized",
                ReasonCode::CLIENT_IDENTIFIER_NOT_VALID => "clientIdRejected",
                ReasonCode::UNSUPPORTED_PROTOCOL_VERSION => "unsupportedVersion",
                ReasonCode::SERVER_UNAVAILABLE | ReasonCode::SERVER_BUSY => "serverUnavailable",
                _ => "connectRefused",
            },
            Self::Disconnected { reason, .. } => match *reason {
                ReasonCode::SESSION_TAKEN_OVER => "sessionTakenOver",
                ReasonCode::NOT_AUTHORIZED => "notAuthorized",
                ReasonCode::PACKET_TOO_LARGE => "packetTooLarge",
                _ => "serverDisconnected",
            },
            Self::Closed { .. } => "connectionLost",
            Self::Reset { .. } => "connectionReset",
            Self::KeepAliveTimeout { .. } | Self::Stalled { .. } => "keepAliveTimeout",
            Self::PacketTooLarge { .. } => "packetTooLarge",
            Self::ProtocolViolation { .. } => "protocolViolation",
        }
    }
}

/// Why a message was not published, or why that is not known.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PublishError {
    /// Nothing was sent.
    #[error("the session is not online")]
    NotConnected,
    /// Nothing was sent: the server said that it takes less.
    #[error("the server takes at most QoS {}", *maximum as u8)]
    QosNotSupported {
        /// What it takes.
        maximum: QoS,
    },
    /// Nothing was sent: the server said that it does not retain messages.
    #[error("the server does not keep retained messages")]
    RetainNotSupported,
    /// Nothing was sent: the packet is larger than the server or MQTT allows.
    #[error("the packet has {size} bytes, more than the {limit} the server takes")]
    PacketTooLarge {
        /// Bytes of the packet with its header, rounded up by a few.
        size: u64,
        /// What the server takes.
        limit: u32,
    },
    /// Nothing was sent: a property that only the receiver of a message can have, or a topic alias,
    /// which the session manages.
    #[error("the property {name} cannot be set on a message to publish")]
    PropertyNotAllowed {
        /// Its name in the specification.
        name: &'static str,
    },
    /// The connection was lost before the acknowledgement; the server may have the message.
    #[error("the connection was lost before the message was acknowledged")]
    ConnectionLost,
    /// The server forgot the session, and with it whether it had the message.
    #[error("the server lost the session before the message was acknowledged")]
    SessionLost,
    /// No acknowledgement in time; it may still come.
    #[error("the message was not acknowledged within {after:?}")]
    Timeout {
        /// The time waited.
        after: Duration,
    },
}

/// Why a subscription or its end was not acknowledged.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SubscribeError {
    /// It is remembered, and sent when the session is online.
    #[error("the session is not online: the change is made when it is")]
    NotConnected,
    /// The connection was lost before the answer; the request is repeated when the session is online.
    #[error("the connection was lost before the answer")]
    ConnectionLost,
    /// No answer in time; it may still come.
    #[error("the server did not answer within {after:?}")]
    Timeout {
        /// The time waited.
        after: Duration,
    },
}

fn with_words(reason: ReasonCode, words: Option<&str>) -> String {
    match words {
        Some(words) => format!("{reason}, \"{words}\""),
        None => reason.to_string(),
    }
}

fn dial_code(error: &DialError) -> &'static str {
    match error {
        DialError::HostNotFound { .. } => "hostNotFound",
        DialError::Refused { .. } => "connectionRefused",
        DialError::Unreachable { .. } | DialError::System { .. } => "unreachable",
        DialError::Timeout { .. } | DialError::ResolveTimeout { .. } => "connectTimeout",
        DialError::Reset { .. } => "connectionReset",
    }
}
