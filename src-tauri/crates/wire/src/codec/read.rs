//! Reads the data types of §1.5 from one whole packet.

use bytes::{Buf, Bytes};

use super::{
    DecodeError, DecodeErrorKind,
    section::{Section, section},
};
use crate::{
    packet::{PacketId, Version},
    topic::{TopicFilter, TopicName},
};

const TEXT: Section = section!("1.5.3", "1.5.4");
const BINARY: Section = section!("1.5.3", "1.5.6");
const VARIABLE_BYTE_INTEGER: Section = section!("2.2.3", "1.5.5");
const PACKET_ID: Section = section!("2.3.1", "2.2.1");

/// A cursor over a packet that knows which rule it is reading under.
pub(super) struct Reader {
    frame: Bytes,
    position: usize,
    /// Reading stops here: the end of the packet or of its properties.
    end: usize,
    section: Section,
    pub(super) version: Version,
}

type Result<T> = std::result::Result<T, DecodeError>;

impl Reader {
    /// Reads `frame`, a whole packet, from behind its fixed header.
    #[inline]
    pub(super) fn new(frame: Bytes, header_len: usize, version: Version, section: Section) -> Self {
        let end = frame.len();
        Self { frame, position: header_len, end, section, version }
    }

    /// Names the rule that what follows is read under.
    #[inline]
    pub(super) fn under(&mut self, section: Section) -> &mut Self {
        self.section = section;
        self
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    pub(super) fn remaining(&self) -> usize {
        self.end - self.position
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.position >= self.end
    }

    /// An error at `offset` under the current rule.
    #[cold]
    pub(super) fn error_at(&self, offset: usize, kind: DecodeErrorKind) -> DecodeError {
        self.error_under(self.section, offset, kind)
    }

    #[cold]
    fn error_under(&self, section: Section, offset: usize, kind: DecodeErrorKind) -> DecodeError {
        let reason = kind.reason();
        DecodeError { kind, section: section.text(self.version), offset, reason }
    }

    #[inline]
    fn take(&mut self, count: usize) -> Result<&[u8]> {
        let (start, left) = (self.position, self.remaining());
        if count > left {
            return Err(self.error_at(start, DecodeErrorKind::PastTheEnd { needed: count, left }));
        }
        self.position += count;
        Ok(&self.frame[start..start + count])
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub(super) fn u8(&mut self) -> Result<u8> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    pub(super) fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    /// A variable byte integer (§1.5.5).
    pub(super) fn variable_byte_integer(&mut self) -> Result<u32> {
        let start = self.position;
        let mut value = 0;
        for shift in [0, 7, 14, 21] {
            let byte = self.u8()?;
            value |= u32::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                if byte == 0 && shift > 0 {
                    return Err(self.error_under(
                        VARIABLE_BYTE_INTEGER,
                        start,
                        DecodeErrorKind::VariableByteIntegerNotMinimal,
                    ));
                }
                return Ok(value);
            }
        }
        Err(self.error_under(
            VARIABLE_BYTE_INTEGER,
            start,
            DecodeErrorKind::VariableByteIntegerTooLong,
        ))
    }

    /// Whether a text of no bytes comes next.
    pub(super) fn is_empty_text(&self) -> bool {
        self.frame[self.position..self.end].starts_with(&[0, 0])
    }

    /// UTF-8 text behind its length (§1.5.4).
    #[inline]
    pub(super) fn text(&mut self) -> Result<&str> {
        let start = self.position + 2;
        let length = usize::from(self.u16()?);
        self.take(length)?;
        let bytes = &self.frame[start..start + length];
        match std::str::from_utf8(bytes) {
            Ok(text) if !bytes.contains(&0) => Ok(text),
            Ok(_) => {
                let at = bytes.iter().position(|&byte| byte == 0).unwrap_or(0);
                Err(self.error_under(TEXT, start + at, DecodeErrorKind::NullCharacter))
            }
            Err(error) => Err(self.error_under(
                TEXT,
                start + error.valid_up_to(),
                DecodeErrorKind::InvalidUtf8,
            )),
        }
    }

    pub(super) fn owned_text(&mut self) -> Result<Box<str>> {
        Ok(self.text()?.into())
    }

    /// A topic name (§4.7) under the current rule.
    #[inline]
    pub(super) fn topic_name(&mut self) -> Result<TopicName> {
        let start = self.position;
        let parsed = self.text()?.parse::<TopicName>();
        parsed.map_err(|error| self.error_at(start, DecodeErrorKind::TopicName(error)))
    }

    /// A response topic (§3.3.2.3.5) under the current rule.
    pub(super) fn response_topic(&mut self) -> Result<TopicName> {
        let start = self.position;
        let parsed = self.text()?.parse::<TopicName>();
        parsed.map_err(|error| self.error_at(start, DecodeErrorKind::ResponseTopic(error)))
    }

    /// A topic filter (§4.7) under the current rule.
    pub(super) fn topic_filter(&mut self) -> Result<TopicFilter> {
        let start = self.position;
        let parsed = self.text()?.parse::<TopicFilter>();
        parsed.map_err(|error| self.error_at(start, DecodeErrorKind::TopicFilter(error)))
    }

    /// Bytes behind their length (§1.5.6), shared with the packet.
    pub(super) fn binary(&mut self) -> Result<Bytes> {
        let length = usize::from(self.u16()?);
        let start = self.position;
        if self.remaining() < length {
            let left = self.remaining();
            let kind = DecodeErrorKind::PastTheEnd { needed: length, left };
            return Err(self.error_under(BINARY, start, kind));
        }
        self.position += length;
        Ok(self.frame.slice(start..start + length))
    }

    /// A packet identifier (§2.2.1).
    pub(super) fn packet_id(&mut self) -> Result<PacketId> {
        let start = self.position;
        let id = self.under(PACKET_ID).u16()?;
        PacketId::new(id).ok_or_else(|| self.error_at(start, DecodeErrorKind::PacketIdZero))
    }

    /// Reads the properties' length and confines reading to them until [`Self::leave_properties`].
    pub(super) fn enter_properties(&mut self) -> Result<Confined> {
        let length = self.variable_byte_integer()? as usize;
        if length > self.remaining() {
            let left = self.remaining();
            let kind = DecodeErrorKind::PastTheEnd { needed: length, left };
            return Err(self.error_at(self.position, kind));
        }
        let outer_end = std::mem::replace(&mut self.end, self.position + length);
        Ok(Confined { outer_end })
    }

    pub(super) fn leave_properties(&mut self, confined: Confined) {
        self.end = confined.outer_end;
    }

    /// Makes sure that nothing follows.
    pub(super) fn finish(&self) -> Result<()> {
        match self.remaining() {
            0 => Ok(()),
            count => Err(self.error_at(self.position, DecodeErrorKind::TrailingBytes { count })),
        }
    }

    /// Everything that follows, without a copy.
    #[inline]
    pub(super) fn into_rest(mut self) -> Bytes {
        self.frame.advance(self.position);
        self.frame
    }
}

/// Proof that reading is confined to the properties; holds where the packet really ends.
#[derive(Clone, Copy)]
pub(super) struct Confined {
    outer_end: usize,
}
