//! MQTT on the wire: packets of MQTT 3.1, 3.1.1 and 5.0, topics, and what a message is.
//!
//! Everything here is pure: bytes in, values out, no sockets and no clocks but [`Timestamp::now`].
//!
//! * [`codec`]: [`encode`] and [`Decoder`], strict, for whoever takes part in a conversation.
//! * [`mod@dissect`]: any bytes as a tree of named fields, for whoever looks at one.

pub mod codec;
pub mod dissect;
#[doc(hidden)]
pub mod fuzzing;
pub mod message;
pub mod packet;
pub mod property;
pub mod reason;
pub mod topic;

pub use codec::{
    DecodeError, DecodeErrorKind, DecodeLimits, Decoder, EncodeError, encode, encoded_len,
};
pub use dissect::{Dissected, Dissector, Field, dissect};
pub use message::{Direction, Message, Timestamp};
pub use packet::{Packet, PacketId, PacketType, QoS, Version};
pub use property::PropertyId;
pub use reason::ReasonCode;
pub use topic::{SharedFilter, TopicFilter, TopicName};
