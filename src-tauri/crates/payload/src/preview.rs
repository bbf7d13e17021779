//! One line of a list for a payload of any size and content.

use std::fmt::Write as _;

use crate::{
    binary,
    classify::{Kind, Sample, sample},
};

/// Most bytes of a preview's text.
pub const PREVIEW_BYTES: usize = 256;

/// How a list shows a payload.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Preview {
    /// What it is.
    pub kind: Kind,
    /// One line: the beginning of a text, with control characters made visible (`␊`) and an
    /// ellipsis when there is more; of a binary its format, when known, and bytes in hex.
    pub text: String,
}

/// The preview of a whole payload, at most `limit` bytes of text.
pub fn preview(payload: &[u8], limit: usize) -> Preview {
    preview_head(payload, payload.len(), limit)
}

/// The preview of a payload of `size` bytes that begins with `head`. It equals the preview of
/// the whole when `head` has at least [`crate::SAMPLE_BYTES`].
pub fn preview_head(head: &[u8], size: usize, limit: usize) -> Preview {
    let sample = sample(head, size);
    let kind = sample.kind();
    let text = match sample {
        Sample::Empty => String::new(),
        Sample::Text { text, whole } => one_line(text, whole, kind == Kind::Json, limit),
        Sample::Binary => in_hex(head, size, limit),
    };
    Preview { kind, text }
}

/// A text on one line. In JSON, line breaks and indentation mean nothing and become one space.
fn one_line(text: &str, whole: bool, is_json: bool, limit: usize) -> String {
    let mut line = Line::new(limit);
    let mut in_string = false;
    let mut escaped = false;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let fits = if is_json && !in_string && matches!(c, ' ' | '\t' | '\r' | '\n') {
            while characters.next_if(|c| matches!(c, ' ' | '\t' | '\r' | '\n')).is_some() {}
            let at_an_end = line.is_empty() || (characters.peek().is_none() && whole);
            at_an_end || line.push(" ")
        } else {
            line.push_visible(c)
        };
        if !fits {
            return line.cut();
        }
        if c == '"' && !escaped {
            in_string = !in_string;
        }
        escaped = in_string && c == '\\' && !escaped;
    }
    if whole { line.finish() } else { line.cut() }
}

fn in_hex(head: &[u8], size: usize, limit: usize) -> String {
    let mut line = Line::new(limit);
    let named = match binary::name(head, size) {
        Some(name) => line.push(name) && line.push(" · "),
        None => true,
    };
    let mut group = String::with_capacity(3);
    for (position, byte) in head.iter().enumerate() {
        group.clear();
        // Writing to a string cannot fail.
        let _ = write!(group, "{}{byte:02x}", if position == 0 { "" } else { " " });
        if !named || position == HEX_BYTES || !line.push(&group) {
            return line.cut();
        }
    }
    if head.len() < size { line.cut() } else { line.finish() }
}

/// A text that grows up to a limit, with room for an ellipsis.
struct Line {
    text: String,
    limit: usize,
    /// The longest beginning that leaves room for the ellipsis.
    cut_at: usize,
}

impl Line {
    fn new(limit: usize) -> Self {
        Self { text: String::new(), limit, cut_at: 0 }
    }

    fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether it fitted; otherwise nothing was added.
    fn push(&mut self, part: &str) -> bool {
        let length = self.text.len() + part.len();
        if length > self.limit {
            return false;
        }
        self.text.push_str(part);
        if length + ELLIPSIS.len() <= self.limit {
            self.cut_at = length;
        }
        true
    }

    /// Characters that would act on the line instead of standing in it are shown as a symbol or
    /// by their number.
    fn push_visible(&mut self, c: char) -> bool {
        let mut buffer = [0; 4];
        match c {
            '\0'..='\x1F' => {
                let symbol = char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{FFFD}');
                self.push(symbol.encode_utf8(&mut buffer))
            }
            '\x7F' => self.push("\u{2421}"),
            '\u{80}'..='\u{9F}'
            | '\u{AD}'
            | '\u{61C}'
            | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E0FFF}' => self.push(&format!("\\u{{{:x}}}", u32::from(c))),
            _ => self.push(c.encode_utf8(&mut buffer)),
        }
    }

    fn finish(self) -> String {
        self.text
    }

    fn cut(mut self) -> String {
        self.text.truncate(self.cut_at);
        if self.cut_at + ELLIPSIS.len() <= self.limit {
            self.text.push_str(ELLIPSIS);
        }
        self.text
    }
}

const ELLIPSIS: &str = "…";
/// More of them on a line say nothing.
const HEX_BYTES: usize = 48;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::SAMPLE_BYTES;

    fn text(payload: impl AsRef<[u8]>) -> String {
        preview(payload.as_ref(), PREVIEW_BYTES).text
    }

    #[test]
    fn payloads_are_shown_on_one_line() {
        assert_eq!(text(""), "");
        assert_eq!(text("55.49"), "55.49");
        assert_eq!(text("ON\r\n"), "ON␍␊");
        assert_eq!(text("21.5\0"), "21.5␀");
        assert_eq!(
            text("{\n  \"t\": 21.5,\n  \"s\": \"a  b\\\"  c\"\n}\n"),
            r#"{ "t": 21.5, "s": "a  b\"  c" }"#
        );
        assert_eq!(text([0, 1, 0xFF]), "00 01 ff");
        assert_eq!(text(b"\xFF\xD8\xFF\xE0"), "JPEG · ff d8 ff e0");
    }

    #[test]
    fn characters_that_turn_or_hide_text_are_shown_by_number() {
        assert_eq!(text("pay\u{202E}load\u{200B}"), "pay\\u{202e}load\\u{200b}");
    }

    #[test]
    fn what_does_not_fit_ends_in_an_ellipsis() {
        assert_eq!(preview(b"abcdef", 6).text, "abcdef");
        assert_eq!(preview(b"abcdefg", 6).text, "abc…");
        assert_eq!(preview("aäää".as_bytes(), 6).text, "aä…");
        assert_eq!(preview(b"abc", 2).text, "");
        assert!(text([0xFF; 100]).ends_with(" ff…"));
        assert!(text("x".repeat(SAMPLE_BYTES + 1)).ends_with("x…"));
    }

    #[test]
    fn a_large_payload_costs_no_more_than_its_beginning() {
        let large = "{\"k\":[".to_owned() + &"1,".repeat(40_000_000);

        let started = std::time::Instant::now();
        let shown = preview(large.as_bytes(), PREVIEW_BYTES);

        assert_eq!(shown.kind, Kind::Json);
        assert!(started.elapsed().as_millis() < 50, "{:?}", started.elapsed());
    }

    proptest! {
        #[test]
        fn any_payload_has_a_preview_of_one_line_within_the_limit(
            payload in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..600),
                ".{0,300}".prop_map(String::into_bytes),
                "[\\[\\]{}\":,0-9 \n\\\\]{0,300}".prop_map(String::into_bytes),
            ],
            limit in 0usize..400,
        ) {
            let shown = preview(&payload, limit);

            prop_assert!(shown.text.len() <= limit);
            prop_assert!(!shown.text.contains(char::is_control));
            prop_assert_eq!(payload.is_empty(), shown.kind == Kind::Empty);
        }

        #[test]
        fn the_beginning_gives_the_same_preview_as_the_whole(
            start in prop_oneof![Just(""), Just("[\""), Just("\u{1}")],
            filler in "[a-zä\"\\\\,]{1,9}",
            more in 0usize..5000,
        ) {
            let mut payload = start.to_owned() + &filler.repeat(SAMPLE_BYTES);
            payload.truncate(payload.floor_char_boundary(SAMPLE_BYTES + more));
            let payload = payload.as_bytes();
            let head = &payload[..payload.len().min(SAMPLE_BYTES)];

            prop_assert_eq!(
                preview_head(head, payload.len(), PREVIEW_BYTES),
                preview(payload, PREVIEW_BYTES)
            );
        }
    }
}
