//! Text typed into the composer, as bytes to send.

use std::fmt;

use base64::{
    DecodeError, Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;
use serde::{Deserialize, Serialize, de::IgnoredAny};

/// How the text is to be read.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum InputFormat {
    /// Sent as it is, in UTF-8.
    #[default]
    Text,
    /// Checked, then sent exactly as typed.
    Json,
    /// Bytes of two digits: `0a 0B`, `0a0b`, `0x0a, 0x0b`, `0a:0b`, `0a-0b`, on any lines.
    Hex,
    /// The standard or the URL-safe alphabet, on any lines; padding may be left out.
    Base64,
}

/// Why a text cannot be read in its format, and where.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{kind} ({position})")]
pub struct InputError {
    /// What is wrong.
    pub kind: InputErrorKind,
    /// Where.
    pub position: Position,
}

/// What is wrong with a text.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InputErrorKind {
    /// Not JSON.
    #[error("this is not valid JSON: {reason}")]
    Json {
        /// The parser's words.
        reason: String,
    },
    /// A character that is no hexadecimal digit or separator.
    #[error("`{found}` is not a hexadecimal digit")]
    NotHex {
        /// The character.
        found: char,
    },
    /// A byte of one digit.
    #[error("a byte has two hexadecimal digits, here is only one")]
    HalfByte,
    /// A character that is not in the alphabet.
    #[error("`{found}` is not a Base64 character")]
    NotBase64 {
        /// The character.
        found: char,
    },
    /// It stops in the middle, or its padding is wrong.
    #[error("the Base64 text is incomplete")]
    IncompleteBase64,
}

/// A place in a text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Position {
    /// Offset in bytes, from 0.
    pub byte: usize,
    /// Line, from 1.
    pub line: usize,
    /// Character of the line, from 1.
    pub column: usize,
}

/// The bytes that `text` describes.
pub fn parse_input(format: InputFormat, text: &str) -> Result<Bytes, InputError> {
    let parsed = match format {
        InputFormat::Text => Ok(text.as_bytes().to_vec()),
        InputFormat::Json => check_json(text).map(|()| text.as_bytes().to_vec()),
        InputFormat::Hex => parse_hex(text),
        InputFormat::Base64 => parse_base64(text),
    };
    parsed
        .map(Bytes::from)
        .map_err(|(kind, byte)| InputError { kind, position: position(text, byte) })
}

/// What is wrong and at which byte.
type Fault = (InputErrorKind, usize);

fn check_json(text: &str) -> Result<(), Fault> {
    let Err(error) = serde_json::from_str::<IgnoredAny>(text) else { return Ok(()) };
    let line_start: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let byte =
        if error.is_eof() { text.len() } else { line_start + error.column().saturating_sub(1) };
    let words = error.to_string();
    let reason = words.split(" at line ").next().unwrap_or_default().to_owned();
    Err((InputErrorKind::Json { reason }, byte))
}

fn parse_hex(text: &str) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        if c.is_whitespace() || matches!(c, ',' | ':' | '-' | ';') {
            continue;
        }
        if c == '0' && characters.next_if(|(_, c)| matches!(c, 'x' | 'X')).is_some() {
            if !characters.peek().is_some_and(|(_, c)| c.is_ascii_hexdigit()) {
                return Err((InputErrorKind::HalfByte, at));
            }
            continue;
        }
        let high = c.to_digit(16).ok_or((InputErrorKind::NotHex { found: c }, at))?;
        let low = match characters.next() {
            Some((_, c)) if c.is_ascii_hexdigit() => c.to_digit(16).unwrap_or_default(),
            Some((at, c)) if c.is_alphanumeric() => {
                return Err((InputErrorKind::NotHex { found: c }, at));
            }
            _ => return Err((InputErrorKind::HalfByte, at)),
        };
        bytes.push((high << 4 | low).to_le_bytes()[0]);
    }
    Ok(bytes)
}

fn parse_base64(text: &str) -> Result<Vec<u8>, Fault> {
    let mut symbols = Vec::with_capacity(text.len());
    let mut places = Vec::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            c if c.is_whitespace() => continue,
            '-' => symbols.push(b'+'),
            '_' => symbols.push(b'/'),
            'A'..='Z' | 'a'..='z' | '0'..='9' | '+' | '/' | '=' => {
                symbols.push(u32::from(c).to_le_bytes()[0]);
            }
            found => return Err((InputErrorKind::NotBase64 { found }, at)),
        }
        places.push(at);
    }
    BASE64.decode(&symbols).map_err(|error| {
        let at = match error {
            DecodeError::InvalidByte(index, _) | DecodeError::InvalidLastSymbol(index, _) => index,
            DecodeError::InvalidLength(_) | DecodeError::InvalidPadding => symbols.len(),
        };
        (InputErrorKind::IncompleteBase64, places.get(at).copied().unwrap_or(text.len()))
    })
}

fn position(text: &str, byte: usize) -> Position {
    let byte = text.floor_char_boundary(byte);
    let before = &text[..byte];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Position {
        byte,
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn error(format: InputFormat, text: &str) -> (InputErrorKind, usize, usize, usize) {
        let InputError { kind, position } = parse_input(format, text).unwrap_err();
        (kind, position.byte, position.line, position.column)
    }

    #[test]
    fn json_is_sent_exactly_as_typed() {
        for text in ["{\"t\" : 21.50 }\n", "55.49", "null", " [1,\r\n 2]", "\"\\ud800\""] {
            assert_eq!(parse_input(InputFormat::Json, text).unwrap(), text);
        }
    }

    #[test]
    fn an_error_in_json_tells_where_it_is() {
        let (kind, byte, line, column) = error(InputFormat::Json, "{\n  \"ä\": tru }");
        assert_eq!(kind, InputErrorKind::Json { reason: "expected ident".into() });
        assert_eq!((byte, line, column), (13, 2, 11));

        let (kind, byte, line, column) = error(InputFormat::Json, "{\"t\":\n");
        assert!(matches!(kind, InputErrorKind::Json { reason } if reason.starts_with("EOF")));
        assert_eq!((byte, line, column), (6, 2, 1));

        let (_, byte, ..) = error(InputFormat::Json, "{} {}");
        assert_eq!(byte, 3);
        assert!(parse_input(InputFormat::Json, "").is_err());
    }

    #[test]
    fn hex_is_read_in_the_ways_people_write_it() {
        for text in ["0aff00", "0A FF 00", "0x0a, 0xFF, 0x00", "0a:ff:00", "0a-ff-00\n", "0X0aff00"]
        {
            assert_eq!(
                parse_input(InputFormat::Hex, text).unwrap(),
                &[0x0A, 0xFF, 0][..],
                "{text}"
            );
        }
        assert!(parse_input(InputFormat::Hex, " ").unwrap().is_empty());
    }

    #[test]
    fn an_error_in_hex_tells_where_it_is() {
        for (text, kind, byte) in [
            ("0a f", InputErrorKind::HalfByte, 3),
            ("0a f 00", InputErrorKind::HalfByte, 3),
            ("0x", InputErrorKind::HalfByte, 0),
            ("0a\n0g", InputErrorKind::NotHex { found: 'g' }, 4),
            ("é0", InputErrorKind::NotHex { found: 'é' }, 0),
        ] {
            let (found, at, ..) = error(InputFormat::Hex, text);
            assert_eq!((found, at), (kind, byte), "{text:?}");
        }
    }

    #[test]
    fn base64_is_read_with_either_alphabet_and_with_or_without_padding() {
        for text in ["+/8=", "-_8=", "-_8", " +/\n8= "] {
            assert_eq!(
                parse_input(InputFormat::Base64, text).unwrap(),
                &[0xFB, 0xFF][..],
                "{text}"
            );
        }
    }

    #[test]
    fn an_error_in_base64_tells_where_it_is() {
        for (text, kind, byte) in [
            ("AAA*", InputErrorKind::NotBase64 { found: '*' }, 3),
            ("AAAA\nA", InputErrorKind::IncompleteBase64, 6),
            ("AA=A", InputErrorKind::IncompleteBase64, 2),
        ] {
            let (found, at, ..) = error(InputFormat::Base64, text);
            assert_eq!((found, at), (kind, byte), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn bytes_survive_hex_and_base64(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let hex = bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x} "));
            let base64 = BASE64.encode(&bytes);

            prop_assert_eq!(&parse_input(InputFormat::Hex, &hex).unwrap(), &bytes);
            prop_assert_eq!(&parse_input(InputFormat::Base64, &base64).unwrap(), &bytes);
        }

        #[test]
        fn any_text_is_read_or_refused_at_a_place_within_it(text in "\\PC{0,40}|[0-9a-fx ,\n\"{}\\[\\]:]{0,40}") {
            for format in [InputFormat::Text, InputFormat::Json, InputFormat::Hex, InputFormat::Base64] {
                if let Err(error) = parse_input(format, &text) {
                    prop_assert!(text.is_char_boundary(error.position.byte));
                    prop_assert!(error.position.line <= text.matches('\n').count() + 1);
                }
            }
        }
    }
}
