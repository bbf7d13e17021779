//! What can be wrong with a packet, on the way in and on the way out.

use std::fmt;

use crate::{
    packet::{PacketType, Version},
    property::PropertyId,
    reason::ReasonCode,
    topic::TopicError,
};

/// Why bytes are not a packet the specification allows. The connection cannot go on after it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DecodeError {
    /// What is wrong.
    pub kind: DecodeErrorKind,
    /// The rule that is broken, e.g. `MQTT 5.0 §3.3.1.2`.
    pub section: &'static str,
    /// Where in the packet, counted from the first byte of its fixed header.
    pub offset: usize,
    /// What a DISCONNECT or CONNACK of MQTT 5.0 says about it (§4.13).
    pub reason: ReasonCode,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (byte {}, {})", self.kind, self.offset, self.section)
    }
}

impl std::error::Error for DecodeError {}

/// The ways a packet can be wrong.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum DecodeErrorKind {
    #[error("the packet has {size} bytes, the limit is {limit}")]
    PacketTooLarge { size: usize, limit: usize },
    #[error("a variable byte integer has more than four bytes")]
    VariableByteIntegerTooLong,
    #[error("a variable byte integer is not written in the fewest possible bytes")]
    VariableByteIntegerNotMinimal,
    #[error("packet type 0 is reserved")]
    ReservedPacketType,
    #[error("{packet} does not exist in {version}")]
    NotInVersion { packet: PacketType, version: Version },
    #[error("{packet} is not sent in this direction")]
    WrongDirection { packet: PacketType },
    #[error("the first packet is {packet} and not CONNECT")]
    FirstPacketNotConnect { packet: PacketType },
    #[error("a second CONNECT on the same connection")]
    SecondConnect,
    #[error("the flags of the fixed header of {packet} are {flags:#06b}")]
    FixedHeaderFlags { packet: PacketType, flags: u8 },
    #[error("QoS 3 does not exist")]
    InvalidQos,
    #[error("DUP is set although the QoS is 0")]
    DupWithQos0,
    #[error("{needed} bytes should follow, but only {left} are left")]
    PastTheEnd { needed: usize, left: usize },
    #[error("{count} bytes follow the end of the packet's content")]
    TrailingBytes { count: usize },
    #[error("a text is not valid UTF-8")]
    InvalidUtf8,
    #[error("a text contains the null character")]
    NullCharacter,
    #[error("the protocol name is neither MQTT nor MQIsdp")]
    ProtocolName,
    #[error("protocol level {level} is not supported")]
    UnsupportedVersion { level: u8 },
    #[error("the reserved connect flag is set")]
    ReservedConnectFlag,
    #[error("will QoS or will retain is set without a will")]
    WillFlagsWithoutWill,
    #[error("there is a password without a user name")]
    PasswordWithoutUserName,
    #[error("the client identifier has {characters} characters, MQTT 3.1 wants 1 to 23")]
    ClientIdLength { characters: usize },
    #[error("the acknowledge flags of CONNACK are {flags:#04x}")]
    ConnAckFlags { flags: u8 },
    #[error("session present is set although the connection is refused")]
    SessionPresentOnRefusal,
    #[error("the packet identifier is 0")]
    PacketIdZero,
    #[error("the topic name is invalid: {0}")]
    TopicName(TopicError),
    #[error("the response topic is invalid: {0}")]
    ResponseTopic(TopicError),
    #[error("the topic filter is invalid: {0}")]
    TopicFilter(TopicError),
    #[error("the topic name is empty and there is no topic alias")]
    NoTopic,
    #[error("there is no property with identifier {id:#04x}")]
    UnknownProperty { id: u32 },
    #[error("{property} is not allowed in {packet}")]
    PropertyNotAllowed { property: PropertyId, packet: &'static str },
    #[error("{property} is not sent in this direction")]
    PropertyFromWrongSide { property: PropertyId },
    #[error("{property} occurs twice")]
    DuplicateProperty { property: PropertyId },
    #[error("{property} cannot be {value}")]
    PropertyValue { property: PropertyId, value: u32 },
    #[error("there is authentication data without an authentication method")]
    AuthenticationDataWithoutMethod,
    #[error("there is no authentication method")]
    NoAuthenticationMethod,
    #[error("{packet} cannot carry the code {reason}")]
    ReasonNotAllowed { packet: PacketType, reason: ReasonCode },
    #[error("{packet} has no topic filter")]
    NoFilters { packet: PacketType },
    #[error("{packet} has no reason code")]
    NoReasons { packet: PacketType },
    #[error("the reserved bits of the subscription options {options:#04x} are set")]
    SubscriptionOptions { options: u8 },
    #[error("retain handling 3 does not exist")]
    RetainHandling,
    #[error("no local is set on a shared subscription")]
    NoLocalOnShared,
}

impl DecodeErrorKind {
    /// The reason code that tells the peer (§4.13).
    pub const fn reason(&self) -> ReasonCode {
        match self {
            Self::PacketTooLarge { .. } => ReasonCode::PACKET_TOO_LARGE,
            Self::UnsupportedVersion { .. } | Self::ProtocolName => {
                ReasonCode::UNSUPPORTED_PROTOCOL_VERSION
            }
            Self::ClientIdLength { .. } => ReasonCode::CLIENT_IDENTIFIER_NOT_VALID,
            Self::PropertyValue { property: PropertyId::TopicAlias, .. } => {
                ReasonCode::TOPIC_ALIAS_INVALID
            }
            // "Topic Name invalid" and "Topic Filter invalid" are for correct ones that are not wanted.
            Self::ResponseTopic(_)
            | Self::TopicFilter(TopicError::ShareName | TopicError::ShareWithoutFilter)
            | Self::ReservedPacketType
            | Self::PacketIdZero
            | Self::ReasonNotAllowed { .. }
            | Self::WrongDirection { .. }
            | Self::FirstPacketNotConnect { .. }
            | Self::SecondConnect
            | Self::SessionPresentOnRefusal
            | Self::NoTopic
            | Self::PropertyFromWrongSide { .. }
            | Self::DuplicateProperty { .. }
            | Self::PropertyValue { .. }
            | Self::AuthenticationDataWithoutMethod
            | Self::NoAuthenticationMethod
            | Self::NoFilters { .. }
            | Self::NoReasons { .. }
            | Self::RetainHandling
            | Self::NoLocalOnShared => ReasonCode::PROTOCOL_ERROR,
            _ => ReasonCode::MALFORMED_PACKET,
        }
    }
}

/// Why a packet cannot be written: its types allow what the version or the format does not.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum EncodeError {
    #[error("the packet has {bytes} bytes after its fixed header, MQTT allows 268,435,455")]
    PacketTooLarge { bytes: usize },
    #[error("{field} has {bytes} bytes, MQTT allows 65,535")]
    TooLong { field: &'static str, bytes: usize },
    #[error("{field} contains the null character")]
    NullCharacter { field: &'static str },
    #[error("{version} has no {what}")]
    NotInVersion { what: &'static str, version: Version },
    #[error("the CONNECT is {inside}, the connection speaks {version}")]
    VersionMismatch { inside: Version, version: Version },
    #[error("{packet} cannot carry the code {reason}")]
    ReasonNotAllowed { packet: PacketType, reason: ReasonCode },
    #[error("{property} cannot be {value}")]
    PropertyValue { property: PropertyId, value: u32 },
    #[error("a packet identifier belongs to QoS 1 and 2 and to nothing else")]
    PacketId,
    #[error("DUP is set although the QoS is 0")]
    DupWithQos0,
    #[error("there is neither a topic name nor a topic alias")]
    NoTopic,
    #[error("{packet} has no topic filter")]
    NoFilters { packet: PacketType },
    #[error("{packet} has no reason code")]
    NoReasons { packet: PacketType },
    #[error("no local is set on a shared subscription")]
    NoLocalOnShared,
    #[error("session present is set although the connection is refused")]
    SessionPresentOnRefusal,
    #[error("{version} allows no password without a user name")]
    PasswordWithoutUserName { version: Version },
    #[error("there is authentication data without an authentication method")]
    AuthenticationDataWithoutMethod,
    #[error("there is no authentication method")]
    NoAuthenticationMethod,
}
