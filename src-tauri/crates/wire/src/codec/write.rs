//! Writes the data types of §1.5.

use bytes::{BufMut, BytesMut};

use super::{EncodeError, MAX_VARIABLE_BYTE_INTEGER};
use crate::packet::Version;

type Result<T = ()> = std::result::Result<T, EncodeError>;

/// Where bytes go: into a buffer, or only into a count.
pub(super) trait Sink {
    fn put(&mut self, bytes: &[u8]);
}

impl Sink for &mut BytesMut {
    fn put(&mut self, bytes: &[u8]) {
        self.put_slice(bytes);
    }
}

/// Counts what would be written.
#[derive(Default)]
pub(super) struct Count(pub(super) usize);

impl Sink for Count {
    fn put(&mut self, bytes: &[u8]) {
        self.0 += bytes.len();
    }
}

/// Writes for one version and refuses what cannot be written.
pub(super) struct Writer<S> {
    pub(super) sink: S,
    pub(super) version: Version,
}

impl<S: Sink> Writer<S> {
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.sink.put(bytes);
    }

    pub(super) fn u8(&mut self, value: u8) {
        self.bytes(&[value]);
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    /// A variable byte integer (§1.5.5).
    pub(super) fn variable_byte_integer(&mut self, value: usize) -> Result {
        if value > MAX_VARIABLE_BYTE_INTEGER as usize {
            return Err(EncodeError::PacketTooLarge { bytes: value });
        }
        let mut rest = value;
        loop {
            let low = u8::try_from(rest & 0x7F).unwrap_or_default();
            rest >>= 7;
            if rest == 0 {
                self.u8(low);
                return Ok(());
            }
            self.u8(low | 0x80);
        }
    }

    /// UTF-8 text behind its length (§1.5.4).
    pub(super) fn text(&mut self, field: &'static str, text: &str) -> Result {
        if text.as_bytes().contains(&0) {
            return Err(EncodeError::NullCharacter { field });
        }
        self.binary(field, text.as_bytes())
    }

    /// Bytes behind their length (§1.5.6).
    pub(super) fn binary(&mut self, field: &'static str, bytes: &[u8]) -> Result {
        let Ok(length) = u16::try_from(bytes.len()) else {
            return Err(EncodeError::TooLong { field, bytes: bytes.len() });
        };
        self.u16(length);
        self.bytes(bytes);
        Ok(())
    }
}

/// How many bytes a variable byte integer takes.
pub(super) const fn variable_byte_integer_len(value: usize) -> usize {
    match value {
        0..=0x7F => 1,
        0x80..=0x3FFF => 2,
        0x4000..=0x001F_FFFF => 3,
        _ => 4,
    }
}
