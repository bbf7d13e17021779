//! Cuts packets out of a stream of bytes.

use bytes::BytesMut;

use super::{
    DecodeError, DecodeErrorKind, MAX_PACKET_SIZE, parse,
    section::{Section, section},
};
use crate::packet::{Packet, PacketType, Version};

const FIXED_HEADER: Section = section!("2.2.2", "2.1.3");
const PACKET_TYPES: Section = section!("2.2.1", "2.1.2");
const REMAINING_LENGTH: Section = section!("2.2.3", "2.1.4");
const MAXIMUM_PACKET_SIZE: Section = section!("2.2.3", "3.1.2.11.4");
const CONNECT: Section = section!("3.1");

/// Decodes the packets of one direction of one connection.
///
/// # Invariants
///
/// * A packet that is too large, of a type that cannot come, or with wrong flags is refused as soon as
///   its fixed header shows it: the rest need not arrive.
/// * After an error the connection is over; what the decoder would say next means nothing.
#[derive(Clone, Debug)]
pub struct Decoder {
    /// `None` until CONNECT has said it.
    version: Option<Version>,
    limits: DecodeLimits,
    sender: Sender,
    strict_client_id: bool,
}

/// What a decoder accepts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DecodeLimits {
    /// Size in bytes of the largest packet, its fixed header included (§3.1.2.11.4).
    pub max_packet_size: usize,
}

impl Default for DecodeLimits {
    /// Whatever MQTT allows.
    fn default() -> Self {
        Self { max_packet_size: MAX_PACKET_SIZE }
    }
}

/// The side whose packets are decoded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sender {
    /// A client sent them.
    Client,
    /// A server sent them.
    Server,
    /// Not known: what either may send is accepted.
    Either,
}

impl Sender {
    /// Whether a client may have sent it.
    pub const fn may_be_client(self) -> bool {
        !matches!(self, Self::Server)
    }

    /// Whether a server may have sent it.
    pub const fn may_be_server(self) -> bool {
        !matches!(self, Self::Client)
    }

    const fn may_send(self, packet: PacketType) -> bool {
        match packet {
            PacketType::Connect
            | PacketType::Subscribe
            | PacketType::Unsubscribe
            | PacketType::PingReq => self.may_be_client(),
            PacketType::ConnAck
            | PacketType::SubAck
            | PacketType::UnsubAck
            | PacketType::PingResp => self.may_be_server(),
            _ => true,
        }
    }
}

impl Decoder {
    /// A decoder that accepts what either side may send in `version`.
    pub fn new(version: Version, limits: DecodeLimits) -> Self {
        Self { version: Some(version), limits, sender: Sender::Either, strict_client_id: false }
    }

    /// A server's decoder. The first packet must be CONNECT, which tells the version.
    pub fn for_server(limits: DecodeLimits) -> Self {
        Self { version: None, limits, sender: Sender::Client, strict_client_id: false }
    }

    /// A client's decoder: accepts what a server may send in `version`.
    pub fn for_client(version: Version, limits: DecodeLimits) -> Self {
        Self { sender: Sender::Server, ..Self::new(version, limits) }
    }

    /// Whether a client identifier of MQTT 3.1 must have 1 to 23 characters, as its specification
    /// says and few servers insist on. Off at first.
    #[must_use]
    pub fn with_strict_client_id(mut self, strict: bool) -> Self {
        self.strict_client_id = strict;
        self
    }

    /// The version in use; `None` before CONNECT.
    pub fn version(&self) -> Option<Version> {
        self.version
    }

    /// Changes the limit, e.g. once the client is authenticated.
    pub fn set_limits(&mut self, limits: DecodeLimits) {
        self.limits = limits;
    }

    /// Takes the next packet off the front of `buffer`; `None` when it is not there as a whole yet.
    ///
    /// Payloads and binary properties share the memory of `buffer`: keep them only as long as needed,
    /// or copy them.
    ///
    /// # Errors
    ///
    /// The first rule the bytes break.
    pub fn decode(&mut self, buffer: &mut BytesMut) -> Result<Option<Packet>, DecodeError> {
        let Some(&first) = buffer.first() else { return Ok(None) };
        let packet_type = self.check_first_byte(first)?;
        let Some(length) =
            RemainingLength::parse(buffer).map_err(|kind| self.error(REMAINING_LENGTH, 1, kind))?
        else {
            return Ok(None);
        };
        let header_len = 1 + length.bytes;
        let size = header_len + length.value;
        let limit = self.limits.max_packet_size;
        if size > limit {
            let kind = DecodeErrorKind::PacketTooLarge { size, limit };
            return Err(self.error(MAXIMUM_PACKET_SIZE, 1, kind));
        }
        if length.is_overlong && self.version == Some(Version::V5) {
            let kind = DecodeErrorKind::VariableByteIntegerNotMinimal;
            return Err(self.error(REMAINING_LENGTH, 1, kind));
        }
        if buffer.len() < size {
            return Ok(None);
        }
        let frame = buffer.split_to(size).freeze();
        let context = parse::Context {
            first,
            packet_type,
            header_len,
            version: self.version,
            sender: self.sender,
            strict_client_id: self.strict_client_id,
        };
        if self.version.is_some() {
            return parse::packet(frame, &context).map(Some);
        }
        let packet = parse::packet(frame, &context)?;
        if let Packet::Connect(connect) = &packet {
            self.version = Some(connect.version);
            if length.is_overlong && connect.version == Version::V5 {
                let kind = DecodeErrorKind::VariableByteIntegerNotMinimal;
                return Err(self.error(REMAINING_LENGTH, 1, kind));
            }
        }
        Ok(Some(packet))
    }

    /// Refuses what the first byte alone shows to be wrong.
    fn check_first_byte(&self, first: u8) -> Result<PacketType, DecodeError> {
        let Some(packet) = PacketType::from_first_byte(first) else {
            return Err(self.error(PACKET_TYPES, 0, DecodeErrorKind::ReservedPacketType));
        };
        match self.version {
            None if packet != PacketType::Connect => {
                let kind = DecodeErrorKind::FirstPacketNotConnect { packet };
                return Err(self.error(CONNECT, 0, kind));
            }
            Some(_) if packet == PacketType::Connect && self.sender == Sender::Client => {
                return Err(self.error(CONNECT, 0, DecodeErrorKind::SecondConnect));
            }
            Some(version) if packet == PacketType::Auth && version != Version::V5 => {
                let kind = DecodeErrorKind::NotInVersion { packet, version };
                return Err(self.error(PACKET_TYPES, 0, kind));
            }
            _ => {}
        }
        let server_disconnect = packet == PacketType::Disconnect
            && self.sender == Sender::Server
            && self.version != Some(Version::V5);
        if !self.sender.may_send(packet) || server_disconnect {
            let kind = DecodeErrorKind::WrongDirection { packet };
            return Err(self.error(PACKET_TYPES, 0, kind));
        }
        let flags = first & 0x0F;
        if !flags_allowed(packet, flags, self.version) {
            let kind = DecodeErrorKind::FixedHeaderFlags { packet, flags };
            return Err(self.error(FIXED_HEADER, 0, kind));
        }
        Ok(packet)
    }

    #[cold]
    fn error(&self, section: Section, offset: usize, kind: DecodeErrorKind) -> DecodeError {
        let reason = kind.reason();
        let section = section.text(self.version.unwrap_or(Version::V5));
        DecodeError { kind, section, offset, reason }
    }
}

/// Whether the flags of the fixed header may be as they are (§2.1.3). Those of PUBLISH mean
/// something and are checked where they are read.
const fn flags_allowed(packet: PacketType, flags: u8, version: Option<Version>) -> bool {
    let is_v31 = matches!(version, Some(Version::V31));
    match packet {
        PacketType::Publish => true,
        // MQTT 3.1 repeats these with DUP, and does not say what an unused flag must be.
        PacketType::PubRel | PacketType::Subscribe | PacketType::Unsubscribe if is_v31 => {
            flags & 0b0110 == 0b0010
        }
        PacketType::PubRel | PacketType::Subscribe | PacketType::Unsubscribe => flags == 0b0010,
        _ => flags == 0 || is_v31,
    }
}

/// Whether a packet can begin with this byte, in any version when it is not known.
pub(crate) fn is_plausible_first_byte(first: u8, version: Option<Version>) -> bool {
    PacketType::from_first_byte(first).is_some_and(|packet| match packet {
        PacketType::Publish => first & 0b0110 != 0b0110,
        _ => flags_allowed(packet, first & 0x0F, version),
    })
}

/// The remaining length in a fixed header and the number of bytes it takes; `None` when it cannot be
/// read or is not there as a whole.
pub(crate) fn remaining_length(header: &[u8]) -> Option<(usize, usize)> {
    RemainingLength::parse(header).ok().flatten().map(|length| (length.value, length.bytes))
}

/// The remaining length of a fixed header (§2.1.4).
struct RemainingLength {
    value: usize,
    /// How many bytes it takes.
    bytes: usize,
    /// Fewer bytes would do, which only 5.0 forbids.
    is_overlong: bool,
}

impl RemainingLength {
    /// `None` while bytes are missing.
    fn parse(buffer: &[u8]) -> Result<Option<Self>, DecodeErrorKind> {
        let mut value = 0;
        for bytes in 1..=4 {
            let Some(&byte) = buffer.get(bytes) else { return Ok(None) };
            value |= usize::from(byte & 0x7F) << (7 * (bytes - 1));
            if byte & 0x80 == 0 {
                return Ok(Some(Self { value, bytes, is_overlong: byte == 0 && bytes > 1 }));
            }
        }
        Err(DecodeErrorKind::VariableByteIntegerTooLong)
    }
}
