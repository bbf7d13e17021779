//! The strict codec: packets to bytes and back (MQTT 5.0 §2, §3; MQTT 3.1.1 §2, §3).
//!
//! # Invariants
//!
//! * [`encode`] writes a whole valid packet or leaves the buffer as it was.
//! * [`Decoder::decode`] accepts nothing the specification calls malformed or a protocol error as far
//!   as one packet shows it; what depends on a session (alias ranges, quotas) is the caller's.
//! * Nothing is allocated because of a length that is claimed but not yet received.

mod decoder;
mod encode;
mod error;
mod parse;
mod read;
mod read_properties;
mod rules;
mod section;
mod write;
mod write_properties;

pub use decoder::{DecodeLimits, Decoder, Sender};
pub(crate) use decoder::{is_plausible_first_byte, remaining_length};
pub use encode::{encode, encoded_len};
pub use error::{DecodeError, DecodeErrorKind, EncodeError};

/// The greatest number a variable byte integer can hold (§1.5.5), so also the greatest remaining length.
pub const MAX_VARIABLE_BYTE_INTEGER: u32 = 268_435_455;

/// Size in bytes of the largest packet there can be: five bytes of fixed header and what follows.
pub const MAX_PACKET_SIZE: usize = 268_435_460;
