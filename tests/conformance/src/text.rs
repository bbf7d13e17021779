//! A line of a case as words: what stands between blanks, with quoted texts and hexadecimal bytes.

use crate::case::Mistake;

/// One word of a line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Word {
    /// Without quotes, e.g. `publish` or `0x82`.
    Bare(String),
    /// In quotes; `\xFF` is a byte, `"a"*5` repeats.
    Quoted(Vec<u8>),
    /// `key=value`.
    Pair(String, Box<Word>),
}

impl Word {
    /// The bytes it stands for as a text.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Bare(text) => text.clone().into_bytes(),
            Self::Quoted(bytes) => bytes.clone(),
            Self::Pair(key, value) => {
                let mut bytes = format!("{key}=").into_bytes();
                bytes.extend(value.bytes());
                bytes
            }
        }
    }
}

/// Splits a line into words; `#` after a blank begins a comment.
pub(crate) fn words(line: &str) -> Result<Vec<Word>, Mistake> {
    let mut letters = Letters { rest: line };
    let mut words = Vec::new();
    loop {
        letters.rest = letters.rest.trim_start();
        // A comment has a blank behind its sign, so that `#` can be a topic filter.
        if letters.rest.is_empty() || letters.rest.starts_with("# ") {
            return Ok(words);
        }
        if letters.rest == "#" {
            return Err(Mistake::new("the filter `#` stands in quotes"));
        }
        words.push(word(&mut letters)?);
    }
}

struct Letters<'a> {
    rest: &'a str,
}

impl Letters<'_> {
    fn next(&mut self) -> Option<char> {
        let letter = self.rest.chars().next()?;
        self.rest = &self.rest[letter.len_utf8()..];
        Some(letter)
    }
}

fn word(letters: &mut Letters<'_>) -> Result<Word, Mistake> {
    if letters.rest.starts_with('"') {
        return quoted(letters).map(Word::Quoted);
    }
    let end = letters.rest.find([' ', '\t', '"']).unwrap_or(letters.rest.len());
    let (start, rest) = letters.rest.split_at(end);
    if let Some(key) = start.strip_suffix('=')
        && rest.starts_with('"')
    {
        letters.rest = rest;
        return Ok(Word::Pair(key.to_owned(), Box::new(Word::Quoted(quoted(letters)?))));
    }
    if rest.starts_with('"') && !matches!(start, "s") {
        return Err(Mistake::new(format!("a quotation mark inside the word `{start}`")));
    }
    letters.rest = rest;
    match start.split_once('=') {
        Some((key, value)) if !key.is_empty() && is_key(key) => {
            Ok(Word::Pair(key.to_owned(), Box::new(Word::Bare(value.to_owned()))))
        }
        _ => Ok(Word::Bare(start.to_owned())),
    }
}

fn is_key(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'.'))
}

fn quoted(letters: &mut Letters<'_>) -> Result<Vec<u8>, Mistake> {
    letters.next();
    let mut bytes = Vec::new();
    loop {
        match letters.next() {
            None => return Err(Mistake::new("a quotation mark is missing")),
            Some('"') => break,
            Some('\\') => bytes.push(escaped(letters)?),
            Some(other) => bytes.extend(other.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    let Some(rest) = letters.rest.strip_prefix('*') else { return Ok(bytes) };
    let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    let times = rest[..end].parse().map_err(|_| Mistake::new("`*` needs a number"))?;
    letters.rest = &rest[end..];
    Ok(bytes.repeat(times))
}

fn escaped(letters: &mut Letters<'_>) -> Result<u8, Mistake> {
    match letters.next() {
        Some('x') => {
            let digits: String = letters.rest.chars().take(2).collect();
            let byte = u8::from_str_radix(&digits, 16);
            let byte = byte.map_err(|_| Mistake::new("`\\x` needs two hexadecimal digits"))?;
            letters.rest = &letters.rest[2..];
            Ok(byte)
        }
        Some('0') => Ok(0),
        Some(letter @ ('"' | '\\')) => u8::try_from(letter).map_err(|_| Mistake::new("no byte")),
        _ => Err(Mistake::new("after `\\` comes `x`, `0`, `\"` or `\\`")),
    }
}

/// Bytes as they are written in a case: hexadecimal, texts in quotes, `s"…"` behind their length,
/// and `( … )` behind their length as a variable byte integer.
pub(crate) fn raw(words: &[Word]) -> Result<Vec<u8>, Mistake> {
    let mut stack = vec![Vec::new()];
    let mut with_length = false;
    for word in words {
        let mut bytes = match word {
            Word::Bare(text) if text == "(" => {
                stack.push(Vec::new());
                continue;
            }
            Word::Bare(text) if text == ")" => {
                let inner = stack.pop().filter(|_| !stack.is_empty());
                let inner = inner.ok_or_else(|| Mistake::new("`)` without `(`"))?;
                let mut bytes = variable_byte_integer(inner.len());
                bytes.extend(inner);
                bytes
            }
            Word::Bare(text) if text == "s" => {
                with_length = true;
                continue;
            }
            Word::Bare(text) => hexadecimal(text)?,
            Word::Quoted(bytes) => bytes.clone(),
            Word::Pair(key, _) => return Err(Mistake::new(format!("`{key}=` among raw bytes"))),
        };
        if std::mem::take(&mut with_length) {
            let length = u16::try_from(bytes.len());
            let length = length.map_err(|_| Mistake::new("a text of more than 65,535 bytes"))?;
            bytes.splice(0..0, length.to_be_bytes());
        }
        if let Some(top) = stack.last_mut() {
            top.extend(bytes);
        }
    }
    match <[Vec<u8>; 1]>::try_from(stack) {
        Ok([bytes]) => Ok(bytes),
        Err(_) => Err(Mistake::new("`(` without `)`")),
    }
}

/// A length as MQTT writes it (§1.5.5).
pub(crate) fn variable_byte_integer(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(value % 128).unwrap_or_default();
        value /= 128;
        bytes.push(if value == 0 { low } else { low | 0x80 });
        if value == 0 {
            return bytes;
        }
    }
}

fn hexadecimal(text: &str) -> Result<Vec<u8>, Mistake> {
    let wrong = || Mistake::new(format!("`{text}` is not hexadecimal"));
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return Err(wrong());
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| wrong()))
        .collect()
}

/// Bytes for people: text where it is text, the rest as `\xNN`.
pub(crate) fn shown(bytes: &[u8]) -> String {
    const MOST: usize = 60;
    let mut text = String::from("\"");
    for byte in bytes.iter().take(MOST) {
        match byte {
            b'"' | b'\\' => {
                text.push('\\');
                text.push(char::from(*byte));
            }
            b' '..=b'~' => text.push(char::from(*byte)),
            other => text.extend(["\\x".to_owned(), format!("{other:02X}")]),
        }
    }
    text.push('"');
    if bytes.len() > MOST {
        let more = bytes.len() - MOST;
        text.extend([" and ", &more.to_string(), " bytes more"]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_know_quotes_escapes_repetition_and_comments() {
        let words = words(r#"a > publish "x\xFF"*2 qos=1 key="v w" # # the rest"#).unwrap();

        let bare = |text: &str| Word::Bare(text.to_owned());
        let expected = [
            bare("a"),
            bare(">"),
            bare("publish"),
            Word::Quoted(b"x\xFFx\xFF".to_vec()),
            Word::Pair("qos".to_owned(), Box::new(bare("1"))),
            Word::Pair("key".to_owned(), Box::new(Word::Quoted(b"v w".to_vec()))),
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn raw_bytes_know_texts_and_lengths() {
        let words = words(r#"10 ( s"MQTT" 05 ( ) ) "z""#).unwrap();

        assert_eq!(raw(&words).unwrap(), b"\x10\x08\x00\x04MQTT\x05\x00z");
    }

    #[test]
    fn mistakes_are_told() {
        let told = |line: &str| match words(line).and_then(|words| raw(&words)) {
            Err(mistake) => mistake.to_string(),
            Ok(bytes) => panic!("{bytes:?}"),
        };

        assert_eq!(told(r#""open"#), "a quotation mark is missing");
        assert_eq!(told("1"), "`1` is not hexadecimal");
        assert_eq!(told("( 10"), "`(` without `)`");
        assert_eq!(told(r#""\q""#), "after `\\` comes `x`, `0`, `\"` or `\\`");
    }
}
