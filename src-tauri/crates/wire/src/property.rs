//! Properties of MQTT 5.0 (§2.2.2), one struct for each packet that carries them.
//!
//! Which property may appear where is the type: a packet cannot hold one it must not carry.

use std::fmt;

use bytes::Bytes;

use crate::{packet::QoS, topic::TopicName};

/// User properties: name and value, in order, names may repeat (§3.1.2.11.8).
pub type UserProperties = Vec<(Box<str>, Box<str>)>;

/// Of CONNECT (§3.1.2.11).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[allow(missing_docs, reason = "the names are the specification's")]
pub struct ConnectProperties {
    /// Seconds; `u32::MAX` never expires.
    pub session_expiry_interval: Option<u32>,
    pub receive_maximum: Option<std::num::NonZeroU16>,
    pub maximum_packet_size: Option<std::num::NonZeroU32>,
    pub topic_alias_maximum: Option<u16>,
    pub request_response_information: Option<bool>,
    pub request_problem_information: Option<bool>,
    pub user_properties: UserProperties,
    pub authentication_method: Option<Box<str>>,
    pub authentication_data: Option<Bytes>,
}

/// Of the will in a CONNECT (§3.1.3.2).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[allow(missing_docs, reason = "the names are the specification's")]
pub struct WillProperties {
    /// Seconds.
    pub will_delay_interval: Option<u32>,
    pub payload_format_indicator: Option<bool>,
    /// Seconds.
    pub message_expiry_interval: Option<u32>,
    pub content_type: Option<Box<str>>,
    pub response_topic: Option<TopicName>,
    pub correlation_data: Option<Bytes>,
    pub user_properties: UserProperties,
}

/// Of CONNACK (§3.2.2.3).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[allow(missing_docs, reason = "the names are the specification's")]
pub struct ConnAckProperties {
    pub session_expiry_interval: Option<u32>,
    pub receive_maximum: Option<std::num::NonZeroU16>,
    /// Only 0 or 1 on the wire; absent means 2.
    pub maximum_qos: Option<QoS>,
    pub retain_available: Option<bool>,
    pub maximum_packet_size: Option<std::num::NonZeroU32>,
    pub assigned_client_identifier: Option<Box<str>>,
    pub topic_alias_maximum: Option<u16>,
    pub reason_string: Option<Box<str>>,
    pub user_properties: UserProperties,
    pub wildcard_subscription_available: Option<bool>,
    pub subscription_identifiers_available: Option<bool>,
    pub shared_subscription_available: Option<bool>,
    pub server_keep_alive: Option<u16>,
    pub response_information: Option<Box<str>>,
    pub server_reference: Option<Box<str>>,
    pub authentication_method: Option<Box<str>>,
    pub authentication_data: Option<Bytes>,
}

/// Of PUBLISH (§3.3.2.3).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[allow(missing_docs, reason = "the names are the specification's")]
pub struct PublishProperties {
    pub payload_format_indicator: Option<bool>,
    /// Seconds.
    pub message_expiry_interval: Option<u32>,
    pub topic_alias: Option<std::num::NonZeroU16>,
    pub response_topic: Option<TopicName>,
    pub correlation_data: Option<Bytes>,
    pub user_properties: UserProperties,
    /// 1 to 268,435,455; several when a server merges overlapping subscriptions.
    pub subscription_identifiers: Vec<u32>,
    pub content_type: Option<Box<str>>,
}

/// Of PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK and UNSUBACK (§3.4.2.2).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[allow(missing_docs, reason = "the names are the specification's")]
pub struct AckProperties {
    pub reason_string: Option<Box<str>>,
    pub user_properties: UserProperties,
}

/// Of SUBSCRIBE (§3.8.2.1).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[allow(missing_docs, reason = "the names are the specification's")]
pub struct SubscribeProperties {
    /// 1 to 268,435,455.
    pub subscription_identifier: Option<u32>,
    pub user_properties: UserProperties,
}

/// Of UNSUBSCRIBE (§3.10.2.1).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[allow(missing_docs, reason = "the names are the specification's")]
pub struct UnsubscribeProperties {
    pub user_properties: UserProperties,
}

/// Of DISCONNECT (§3.14.2.2).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[allow(missing_docs, reason = "the names are the specification's")]
pub struct DisconnectProperties {
    pub session_expiry_interval: Option<u32>,
    pub reason_string: Option<Box<str>>,
    pub user_properties: UserProperties,
    pub server_reference: Option<Box<str>>,
}

/// Of AUTH (§3.15.2.2).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[allow(missing_docs, reason = "the names are the specification's")]
pub struct AuthProperties {
    pub authentication_method: Option<Box<str>>,
    pub authentication_data: Option<Bytes>,
    pub reason_string: Option<Box<str>>,
    pub user_properties: UserProperties,
}

macro_rules! property_ids {
    ($($id:ident = $value:literal, $name:literal, $data:ident;)*) => {
        /// The identifier of a property (§2.2.2.2).
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[repr(u8)]
        #[allow(missing_docs, reason = "the names are the specification's")]
        pub enum PropertyId {
            $($id = $value,)*
        }

        impl PropertyId {
            /// Every property there is, by identifier.
            pub const ALL: &[Self] = &[$(Self::$id),*];

            /// The property with this identifier; `None` when the specification defines none.
            pub const fn from_id(id: u32) -> Option<Self> {
                match id {
                    $($value => Some(Self::$id),)*
                    _ => None,
                }
            }

            /// The specification's name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$id => $name,)*
                }
            }

            /// How its value is written.
            pub const fn data_type(self) -> PropertyType {
                match self {
                    $(Self::$id => PropertyType::$data,)*
                }
            }
        }
    };
}

property_ids! {
    PayloadFormatIndicator = 0x01, "Payload Format Indicator", Byte;
    MessageExpiryInterval = 0x02, "Message Expiry Interval", FourByteInteger;
    ContentType = 0x03, "Content Type", Text;
    ResponseTopic = 0x08, "Response Topic", Text;
    CorrelationData = 0x09, "Correlation Data", Binary;
    SubscriptionIdentifier = 0x0B, "Subscription Identifier", VariableByteInteger;
    SessionExpiryInterval = 0x11, "Session Expiry Interval", FourByteInteger;
    AssignedClientIdentifier = 0x12, "Assigned Client Identifier", Text;
    ServerKeepAlive = 0x13, "Server Keep Alive", TwoByteInteger;
    AuthenticationMethod = 0x15, "Authentication Method", Text;
    AuthenticationData = 0x16, "Authentication Data", Binary;
    RequestProblemInformation = 0x17, "Request Problem Information", Byte;
    WillDelayInterval = 0x18, "Will Delay Interval", FourByteInteger;
    RequestResponseInformation = 0x19, "Request Response Information", Byte;
    ResponseInformation = 0x1A, "Response Information", Text;
    ServerReference = 0x1C, "Server Reference", Text;
    ReasonString = 0x1F, "Reason String", Text;
    ReceiveMaximum = 0x21, "Receive Maximum", TwoByteInteger;
    TopicAliasMaximum = 0x22, "Topic Alias Maximum", TwoByteInteger;
    TopicAlias = 0x23, "Topic Alias", TwoByteInteger;
    MaximumQoS = 0x24, "Maximum QoS", Byte;
    RetainAvailable = 0x25, "Retain Available", Byte;
    UserProperty = 0x26, "User Property", TextPair;
    MaximumPacketSize = 0x27, "Maximum Packet Size", FourByteInteger;
    WildcardSubscriptionAvailable = 0x28, "Wildcard Subscription Available", Byte;
    SubscriptionIdentifierAvailable = 0x29, "Subscription Identifier Available", Byte;
    SharedSubscriptionAvailable = 0x2A, "Shared Subscription Available", Byte;
}

/// How the value of a property is written (§1.5).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(missing_docs, reason = "the names are the specification's")]
pub enum PropertyType {
    Byte,
    TwoByteInteger,
    FourByteInteger,
    VariableByteInteger,
    Binary,
    Text,
    TextPair,
}

impl fmt::Display for PropertyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
