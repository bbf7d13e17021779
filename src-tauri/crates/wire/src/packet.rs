//! The packets of all versions as values (MQTT 5.0 §3, MQTT 3.1.1 §3).
//!
//! One set of types serves every version: what a version lacks is `None`, empty or `Success`.

use std::{fmt, num::NonZeroU16};

use bytes::Bytes;

use crate::{
    property::{
        AckProperties, AuthProperties, ConnAckProperties, ConnectProperties, DisconnectProperties,
        PublishProperties, SubscribeProperties, UnsubscribeProperties, WillProperties,
    },
    reason::ReasonCode,
    topic::{TopicFilter, TopicName},
};

/// A packet identifier (§2.2.1); never 0.
pub type PacketId = NonZeroU16;

/// Version of the protocol (§3.1.2.2).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Version {
    /// MQTT 3.1: protocol name `MQIsdp`, level 3.
    V31,
    /// MQTT 3.1.1: protocol name `MQTT`, level 4.
    V311,
    /// MQTT 5.0: protocol name `MQTT`, level 5.
    V5,
}

/// Quality of service (§4.3).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum QoS {
    /// At most once.
    #[default]
    AtMostOnce = 0,
    /// At least once.
    AtLeastOnce = 1,
    /// Exactly once.
    ExactlyOnce = 2,
}

/// Any control packet (§2.1.2).
#[derive(Clone, Debug, Eq, PartialEq)]
#[allow(missing_docs, reason = "the names are the specification's")]
pub enum Packet {
    Connect(Box<Connect>),
    ConnAck(Box<ConnAck>),
    Publish(Publish),
    PubAck(Ack),
    PubRec(Ack),
    PubRel(Ack),
    PubComp(Ack),
    Subscribe(Subscribe),
    SubAck(SubAck),
    Unsubscribe(Unsubscribe),
    UnsubAck(UnsubAck),
    PingReq,
    PingResp,
    Disconnect(Disconnect),
    Auth(Auth),
}

impl Packet {
    /// Which packet it is.
    pub const fn packet_type(&self) -> PacketType {
        match self {
            Self::Connect(_) => PacketType::Connect,
            Self::ConnAck(_) => PacketType::ConnAck,
            Self::Publish(_) => PacketType::Publish,
            Self::PubAck(_) => PacketType::PubAck,
            Self::PubRec(_) => PacketType::PubRec,
            Self::PubRel(_) => PacketType::PubRel,
            Self::PubComp(_) => PacketType::PubComp,
            Self::Subscribe(_) => PacketType::Subscribe,
            Self::SubAck(_) => PacketType::SubAck,
            Self::Unsubscribe(_) => PacketType::Unsubscribe,
            Self::UnsubAck(_) => PacketType::UnsubAck,
            Self::PingReq => PacketType::PingReq,
            Self::PingResp => PacketType::PingResp,
            Self::Disconnect(_) => PacketType::Disconnect,
            Self::Auth(_) => PacketType::Auth,
        }
    }
}

/// The type of a control packet: the upper four bits of its first byte (§2.1.2).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names are the specification's")]
pub enum PacketType {
    Connect = 1,
    ConnAck = 2,
    Publish = 3,
    PubAck = 4,
    PubRec = 5,
    PubRel = 6,
    PubComp = 7,
    Subscribe = 8,
    SubAck = 9,
    Unsubscribe = 10,
    UnsubAck = 11,
    PingReq = 12,
    PingResp = 13,
    Disconnect = 14,
    Auth = 15,
}

impl PacketType {
    /// The type in the first byte of a packet; `None` for the reserved type 0.
    pub const fn from_first_byte(byte: u8) -> Option<Self> {
        Some(match byte >> 4 {
            1 => Self::Connect,
            2 => Self::ConnAck,
            3 => Self::Publish,
            4 => Self::PubAck,
            5 => Self::PubRec,
            6 => Self::PubRel,
            7 => Self::PubComp,
            8 => Self::Subscribe,
            9 => Self::SubAck,
            10 => Self::Unsubscribe,
            11 => Self::UnsubAck,
            12 => Self::PingReq,
            13 => Self::PingResp,
            14 => Self::Disconnect,
            15 => Self::Auth,
            _ => return None,
        })
    }

    /// The specification's name, e.g. `CONNECT`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "CONNECT",
            Self::ConnAck => "CONNACK",
            Self::Publish => "PUBLISH",
            Self::PubAck => "PUBACK",
            Self::PubRec => "PUBREC",
            Self::PubRel => "PUBREL",
            Self::PubComp => "PUBCOMP",
            Self::Subscribe => "SUBSCRIBE",
            Self::SubAck => "SUBACK",
            Self::Unsubscribe => "UNSUBSCRIBE",
            Self::UnsubAck => "UNSUBACK",
            Self::PingReq => "PINGREQ",
            Self::PingResp => "PINGRESP",
            Self::Disconnect => "DISCONNECT",
            Self::Auth => "AUTH",
        }
    }
}

impl fmt::Display for PacketType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl QoS {
    /// The level with this number; `None` above 2.
    pub const fn from_level(level: u8) -> Option<Self> {
        match level {
            0 => Some(Self::AtMostOnce),
            1 => Some(Self::AtLeastOnce),
            2 => Some(Self::ExactlyOnce),
            _ => None,
        }
    }
}

impl Version {
    /// The protocol level in a CONNECT: 3, 4 or 5.
    pub const fn level(self) -> u8 {
        match self {
            Self::V31 => 3,
            Self::V311 => 4,
            Self::V5 => 5,
        }
    }

    /// The protocol name in a CONNECT.
    pub const fn protocol_name(self) -> &'static str {
        match self {
            Self::V31 => "MQIsdp",
            Self::V311 | Self::V5 => "MQTT",
        }
    }
}

/// As people write it: `MQTT 3.1.1`.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V31 => "MQTT 3.1",
            Self::V311 => "MQTT 3.1.1",
            Self::V5 => "MQTT 5.0",
        })
    }
}

/// CONNECT (§3.1).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Connect {
    /// Version the client speaks.
    pub version: Version,
    /// Clean Start (5.0) or Clean Session (3.1, 3.1.1).
    pub clean_start: bool,
    /// Keep-alive in seconds; 0 switches it off.
    pub keep_alive: u16,
    /// Client identifier; may be empty.
    pub client_id: Box<str>,
    /// The will, if any.
    pub will: Option<Will>,
    /// User name.
    pub username: Option<Box<str>>,
    /// Password: any bytes.
    pub password: Option<Bytes>,
    /// 5.0 only.
    pub properties: ConnectProperties,
}

/// The will in a CONNECT (§3.1.2.5).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Will {
    /// Where the will is published.
    pub topic: TopicName,
    /// What is published.
    pub payload: Bytes,
    /// Its quality of service.
    pub qos: QoS,
    /// Whether it is retained.
    pub retain: bool,
    /// 5.0 only.
    pub properties: WillProperties,
}

/// CONNACK (§3.2).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConnAck {
    /// Whether the server kept a session; always false in MQTT 3.1.
    pub session_present: bool,
    /// 5.0: a reason code; 3.x: the return code, mapped by [`ReasonCode::from_v3_connack`].
    pub reason: ReasonCode,
    /// 5.0 only.
    pub properties: ConnAckProperties,
}

/// PUBLISH (§3.3).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Publish {
    /// DUP flag.
    pub dup: bool,
    /// Quality of service.
    pub qos: QoS,
    /// RETAIN flag.
    pub retain: bool,
    /// `None` only in 5.0 with a topic alias in the properties (the empty topic name on the wire).
    pub topic: Option<TopicName>,
    /// Present exactly when `qos` is 1 or 2.
    pub packet_id: Option<PacketId>,
    /// The payload, not copied from the read buffer.
    pub payload: Bytes,
    /// 5.0 only.
    pub properties: PublishProperties,
}

/// PUBACK, PUBREC, PUBREL or PUBCOMP (§3.4 – §3.7).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ack {
    /// Which exchange it belongs to.
    pub packet_id: PacketId,
    /// 5.0; `Success` in 3.x.
    pub reason: ReasonCode,
    /// 5.0 only.
    pub properties: AckProperties,
}

/// SUBSCRIBE (§3.8).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Subscribe {
    /// Answered by the SUBACK with the same identifier.
    pub packet_id: PacketId,
    /// At least one.
    pub filters: Vec<Subscription>,
    /// 5.0 only.
    pub properties: SubscribeProperties,
}

/// One entry of a SUBSCRIBE (§3.8.3).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Subscription {
    /// The topic filter; may be a `$share` one.
    pub filter: TopicFilter,
    /// Maximum quality of service wanted.
    pub qos: QoS,
    /// 5.0: do not send back what this client published.
    pub no_local: bool,
    /// 5.0: keep the RETAIN flag as published.
    pub retain_as_published: bool,
    /// 5.0: when to send retained messages.
    pub retain_handling: RetainHandling,
}

/// When retained messages are sent on a SUBSCRIBE (§3.8.3.1).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[repr(u8)]
pub enum RetainHandling {
    /// On every SUBSCRIBE.
    #[default]
    Send = 0,
    /// Only when the subscription did not exist.
    SendIfNew = 1,
    /// Never.
    DoNotSend = 2,
}

/// SUBACK (§3.9).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SubAck {
    /// The SUBSCRIBE's identifier.
    pub packet_id: PacketId,
    /// One for each filter, in order: granted `QoS` 0–2 or a failure.
    pub reasons: Vec<ReasonCode>,
    /// 5.0 only.
    pub properties: AckProperties,
}

/// UNSUBSCRIBE (§3.10).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unsubscribe {
    /// Answered by the UNSUBACK with the same identifier.
    pub packet_id: PacketId,
    /// At least one.
    pub filters: Vec<TopicFilter>,
    /// 5.0 only.
    pub properties: UnsubscribeProperties,
}

/// UNSUBACK (§3.11).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnsubAck {
    /// The UNSUBSCRIBE's identifier.
    pub packet_id: PacketId,
    /// One for each filter in 5.0; empty in 3.x.
    pub reasons: Vec<ReasonCode>,
    /// 5.0 only.
    pub properties: AckProperties,
}

/// DISCONNECT (§3.14).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Disconnect {
    /// 5.0; `Success` (normal disconnection) in 3.x.
    pub reason: ReasonCode,
    /// 5.0 only.
    pub properties: DisconnectProperties,
}

/// AUTH (§3.15), 5.0 only.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Auth {
    /// Success, continue, or re-authenticate.
    pub reason: ReasonCode,
    /// Method and data.
    pub properties: AuthProperties,
}
