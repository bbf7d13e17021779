//! Builds the tree of fields while walking over the bytes.

use std::{borrow::Cow, fmt::Write as _, ops::Range};

use super::{Field, MAX_FIELDS, MAX_VALUE_BYTES};
use crate::packet::Version;

/// How many bytes of binary data are in a field's value.
const MAX_HEX_BYTES: usize = 32;

/// A cursor over one packet that collects fields. Reading past the end makes a field with an error,
/// and gives `None`.
pub(super) struct Builder<'a> {
    bytes: &'a [u8],
    pub(super) position: usize,
    /// Reading stops here: the end of the packet or of its properties.
    pub(super) end: usize,
    pub(super) version: Version,
    fields: Vec<Field>,
    left: usize,
}

impl<'a> Builder<'a> {
    pub(super) fn new(bytes: &'a [u8], span: Range<usize>, version: Version) -> Self {
        let (position, end) = (span.start, span.end);
        Self { bytes, position, end, version, fields: Vec::new(), left: MAX_FIELDS }
    }

    pub(super) fn into_fields(self) -> Vec<Field> {
        self.fields
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.position >= self.end
    }

    /// No more fields fit: loops end here.
    pub(super) fn is_full(&self) -> bool {
        self.left == 0
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes[self.position..self.end].first().copied()
    }

    /// Adds a field from `start` to the current position.
    pub(super) fn field(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        start: usize,
        value: impl Into<String>,
    ) -> Option<&mut Field> {
        self.left = self.left.checked_sub(1)?;
        self.fields.push(Field {
            name: name.into(),
            span: start..self.position,
            value: value.into(),
            note: None,
            error: None,
            children: Vec::new(),
        });
        self.fields.last_mut()
    }

    /// Adds a field whose children `fill` adds.
    pub(super) fn group<T>(
        &mut self,
        name: &'static str,
        fill: impl FnOnce(&mut Self) -> T,
    ) -> (T, Option<&mut Field>) {
        let start = self.position;
        let outer = std::mem::take(&mut self.fields);
        // Counted before its children, so that a group is never there without its own place.
        let has_place = self.left > 0;
        self.left = self.left.saturating_sub(1);
        let result = fill(self);
        let children = std::mem::replace(&mut self.fields, outer);
        if !has_place {
            return (result, None);
        }
        self.left += 1;
        let mut field = self.field(name, start, "");
        if let Some(field) = &mut field {
            field.children = children;
        }
        (result, field)
    }

    /// Adds a part of the byte just read, e.g. one of its flags.
    pub(super) fn part(&mut self, name: &'static str, value: impl Into<String>) {
        let start = self.position - 1;
        self.field(name, start, value);
    }

    pub(super) fn flag(&mut self, name: &'static str, is_set: bool) {
        self.part(name, if is_set { "1" } else { "0" });
    }

    /// Takes `count` bytes, or reports that they are missing.
    fn take(&mut self, name: &'static str, count: usize) -> Option<&'a [u8]> {
        let left = self.end - self.position;
        if count <= left {
            let taken = &self.bytes[self.position..self.position + count];
            self.position += count;
            return Some(taken);
        }
        let start = self.position;
        self.position = self.end;
        let value = if left == 0 { String::new() } else { hex(&self.bytes[start..self.end]) };
        if let Some(field) = self.field(name, start, value) {
            field.error = Some(format!("{count} bytes are needed, {left} are left"));
        }
        None
    }

    /// A byte that the caller describes.
    pub(super) fn byte(&mut self, name: &'static str) -> Option<u8> {
        self.take(name, 1).map(|bytes| bytes[0])
    }

    pub(super) fn u8(&mut self, name: &'static str) -> Option<u8> {
        let value = self.byte(name)?;
        self.field(name, self.position - 1, value.to_string());
        Some(value)
    }

    pub(super) fn u16(&mut self, name: &'static str) -> Option<u16> {
        let bytes = self.take(name, 2)?;
        let value = u16::from_be_bytes([bytes[0], bytes[1]]);
        self.field(name, self.position - 2, value.to_string());
        Some(value)
    }

    pub(super) fn u32(&mut self, name: &'static str) -> Option<u32> {
        let bytes = self.take(name, 4)?;
        let value = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        self.field(name, self.position - 4, value.to_string());
        Some(value)
    }

    /// A variable byte integer (§1.5.5), however it is written.
    pub(super) fn variable_byte_integer(&mut self, name: &'static str) -> Option<usize> {
        let start = self.position;
        let value = self.bare_variable_byte_integer(name)?;
        self.field(name, start, value.to_string());
        Some(value)
    }

    /// A variable byte integer without a field of its own; one that is too long ends the packet.
    pub(super) fn bare_variable_byte_integer(&mut self, name: &'static str) -> Option<usize> {
        let start = self.position;
        let mut value = 0;
        for shift in [0, 7, 14, 21] {
            let byte = self.take(name, 1)?[0];
            value |= usize::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        let value = hex(&self.bytes[start..self.position]);
        if let Some(field) = self.field(name, start, value) {
            field.error = Some("a variable byte integer has at most four bytes".into());
        }
        None
    }

    /// UTF-8 text behind its length, shown even when it is none.
    pub(super) fn text(&mut self, name: &'static str) -> Option<&'a [u8]> {
        let start = self.position;
        let bytes = self.sized(name)?;
        let (value, is_cut) = preview(bytes);
        let error = match std::str::from_utf8(bytes) {
            Ok(_) if bytes.contains(&0) => Some("it contains the null character".to_owned()),
            Ok(_) => None,
            Err(error) => Some(format!("not valid UTF-8 from its byte {} on", error.valid_up_to())),
        };
        if let Some(field) = self.field(name, start, value) {
            field.note = is_cut.then(|| format!("shortened: {} bytes", bytes.len()).into());
            field.error = error;
        }
        Some(bytes)
    }

    /// Bytes behind their length.
    pub(super) fn binary(&mut self, name: &'static str) -> Option<()> {
        let start = self.position;
        let bytes = self.sized(name)?;
        if let Some(field) = self.field(name, start, hex(bytes)) {
            field.note = Some(format!("{} bytes", bytes.len()).into());
        }
        Some(())
    }

    /// Bytes behind their length that do not belong on a screen.
    pub(super) fn secret(&mut self, name: &'static str) -> Option<()> {
        let start = self.position;
        let length = self.sized(name)?.len();
        self.field(name, start, format!("{length} bytes, hidden"));
        Some(())
    }

    fn sized(&mut self, name: &'static str) -> Option<&'a [u8]> {
        let length = self.take(name, 2)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let at = self.position;
        let bytes = self.take(name, length);
        if bytes.is_none() {
            // The length belongs to the field that is cut short.
            if let Some(field) = self.fields.last_mut().filter(|field| field.span.start == at) {
                field.span.start = at - 2;
            }
        }
        bytes
    }

    /// All that is left as a payload: text when it is text.
    pub(super) fn payload(&mut self) {
        let start = self.position;
        let bytes = &self.bytes[start..self.end];
        self.position = self.end;
        let is_text = std::str::from_utf8(bytes)
            .is_ok_and(|text| !text.chars().any(|c| c.is_control() && !c.is_whitespace()));
        let value = if is_text { preview(bytes).0 } else { hex(bytes) };
        if let Some(field) = self.field("Payload", start, value) {
            field.note = Some(format!("{} bytes", bytes.len()).into());
        }
    }

    /// All that is left, with an error.
    pub(super) fn raw_rest(&mut self, name: &'static str, error: &str) {
        let start = self.position;
        self.position = self.end;
        let bytes = &self.bytes[start..self.end];
        if let Some(field) = self.field(name, start, hex(bytes)) {
            field.note = Some(format!("{} bytes", bytes.len()).into());
            field.error = Some(error.to_owned());
        }
    }

    /// Ends the packet: what is left is too much, or was too much to show.
    pub(super) fn finish(&mut self) {
        if self.is_full() {
            self.left = 1;
            let start = self.position;
            self.position = self.end;
            let value = format!("{} bytes", self.end - start);
            if let Some(field) = self.field("Not shown", start, value) {
                field.note = Some("the packet has more fields than are shown".into());
            }
        } else if !self.is_at_end() {
            self.raw_rest("Trailing bytes", "the packet should have ended here");
        }
    }
}

/// The beginning of a text, and whether something is left out.
fn preview(bytes: &[u8]) -> (String, bool) {
    let head = &bytes[..bytes.len().min(MAX_VALUE_BYTES)];
    let is_cut = head.len() < bytes.len();
    let mut text = match std::str::from_utf8(head) {
        // A character cut in half by the limit is left out, not shown as damage.
        Err(error) if is_cut && error.error_len().is_none() => {
            String::from_utf8_lossy(&head[..error.valid_up_to()]).into_owned()
        }
        _ => String::from_utf8_lossy(head).into_owned(),
    };
    if is_cut {
        text.push('…');
    }
    (text, is_cut)
}

/// `01 A0 FF …`
fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(3 * bytes.len().min(MAX_HEX_BYTES) + 3);
    for (index, byte) in bytes.iter().take(MAX_HEX_BYTES).enumerate() {
        let separator = if index == 0 { "" } else { " " };
        // Writing to a string cannot fail.
        let _ = write!(text, "{separator}{byte:02X}");
    }
    if bytes.len() > MAX_HEX_BYTES {
        text.push_str(" …");
    }
    text
}
