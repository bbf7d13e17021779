//! Tells text, JSON and binary payloads apart by their beginning.

use serde::de::IgnoredAny;

/// How much of a payload is looked at, bytes: a longer one is judged by its beginning.
pub const SAMPLE_BYTES: usize = 4096;

/// What a payload is, as far as a list needs to know.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(u8)]
pub enum Kind {
    /// No bytes at all.
    Empty = 0,
    /// UTF-8 with few control characters; numbers and single words, too.
    Text = 1,
    /// A JSON object or array (of a long one: the beginning of it).
    Json = 2,
    /// Anything else.
    Binary = 3,
}

/// What the payload is that begins with `head` and has `size` bytes. `head` should hold the whole
/// payload or at least [`SAMPLE_BYTES`] of it; more of it is not looked at.
pub fn classify(head: &[u8], size: usize) -> Kind {
    sample(head, size).kind()
}

/// The part of a payload that is judged.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sample<'a> {
    Empty,
    Text { text: &'a str, whole: bool },
    Binary,
}

impl Sample<'_> {
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Empty => Kind::Empty,
            Self::Binary => Kind::Binary,
            Self::Text { text, whole } if is_json(text, whole) => Kind::Json,
            Self::Text { .. } => Kind::Text,
        }
    }
}

pub(crate) fn sample(head: &[u8], size: usize) -> Sample<'_> {
    if head.is_empty() {
        return if size == 0 { Sample::Empty } else { Sample::Binary };
    }
    let sampled = &head[..head.len().min(SAMPLE_BYTES)];
    let whole = sampled.len() >= size;
    let text = match std::str::from_utf8(sampled) {
        Ok(text) => text,
        // The sample may end within a character, the payload may not.
        Err(error) if !whole && error.error_len().is_none() => {
            let Ok(text) = std::str::from_utf8(&sampled[..error.valid_up_to()]) else {
                return Sample::Binary;
            };
            text
        }
        Err(_) => return Sample::Binary,
    };
    if reads_as_text(text) { Sample::Text { text, whole } } else { Sample::Binary }
}

/// Devices end texts with NUL and put a stray control character in; more of them is not text.
fn reads_as_text(text: &str) -> bool {
    let text = text.trim_end_matches('\0');
    let strange = |c: &char| c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r' | '\x1B');
    !text.is_empty() && text.chars().filter(strange).count() * 10 <= text.chars().count()
}

/// Whether `text` is an object or array, or the beginning of one when it is not the `whole`.
fn is_json(text: &str, whole: bool) -> bool {
    text.trim_start().starts_with(['{', '['])
        && match serde_json::from_str::<IgnoredAny>(text) {
            Ok(IgnoredAny) => true,
            Err(error) => !whole && error.is_eof(),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(payload: &[u8]) -> Kind {
        classify(payload, payload.len())
    }

    #[test]
    fn payloads_as_devices_send_them_are_told_apart() {
        for (payload, expected) in [
            (&b""[..], Kind::Empty),
            (b"55.49", Kind::Text),
            (b"-1", Kind::Text),
            (b"true", Kind::Text),
            (b"\"on\"", Kind::Text),
            (b"ON\r\n", Kind::Text),
            (b"21.5\0", Kind::Text),
            ("Größe 中文".as_bytes(), Kind::Text),
            (b"\x1B[31mred\x1B[0m", Kind::Text),
            (b"{}", Kind::Json),
            (b" [1, 2]\n", Kind::Json),
            (br#"{"t":21.5}"#, Kind::Json),
            (br#"{"t":21.5"#, Kind::Text),
            (br#"{"t":21.5} trailing"#, Kind::Text),
            (b"{t: 1}", Kind::Text),
            (b"\0", Kind::Binary),
            (b"\x01\x02ab", Kind::Binary),
            (b"\xFF\xD8\xFF", Kind::Binary),
            (b"caf\xC3", Kind::Binary),
        ] {
            assert_eq!(kind(payload), expected, "{:?}", String::from_utf8_lossy(payload));
        }
    }

    #[test]
    fn a_long_payload_is_judged_by_its_beginning() {
        let json = format!("[{}\"end\"]", "\"äöü\",".repeat(100_000)).into_bytes();
        let text = "ä".repeat(100_000).into_bytes();
        let mut binary = json.clone();
        binary[10] = 0xFF;

        assert_eq!(kind(&json), Kind::Json);
        assert_eq!(classify(&json[..SAMPLE_BYTES], json.len()), Kind::Json);
        assert_eq!(kind(&text), Kind::Text);
        assert_eq!(kind(&binary), Kind::Binary);
    }

    #[test]
    fn deep_nesting_is_json_and_no_stack_overflow() {
        let deep = format!("{}{}", "[".repeat(2000), "]".repeat(2000)).into_bytes();
        let deeper = "[".repeat(1_000_000).into_bytes();

        assert_eq!(kind(&deep), Kind::Json);
        assert_eq!(kind(&deeper), Kind::Json);
    }
}
