//! Names of well-known binary formats.

/// The name of the format `head` begins with, or is, when all `size` bytes of it are there.
pub(crate) fn name(head: &[u8], size: usize) -> Option<&'static str> {
    let magic = MAGIC
        .iter()
        .find(|(offset, magic, _)| head.get(*offset..).is_some_and(|rest| rest.starts_with(magic)));
    if let Some((_, _, name)) = magic {
        return Some(name);
    }
    if let [0x78, second @ (0x01 | 0x5E | 0x9C | 0xDA), ..] = head
        && (0x7800 + u16::from(*second)).is_multiple_of(31)
        && size > 6
    {
        return Some("zlib");
    }
    if head.len() < size {
        return None;
    }
    // One format's bytes can be well-formed in the other; CBOR is the one with a standard.
    if cbor::is_structure(head) {
        Some("CBOR")
    } else if message_pack::is_structure(head) {
        Some("MessagePack")
    } else {
        None
    }
}

/// Offset, bytes there, name.
const MAGIC: &[(usize, &[u8], &str)] = &[
    (0, b"\xFF\xD8\xFF", "JPEG"),
    (0, b"\x89PNG\r\n\x1A\n", "PNG"),
    (0, b"GIF8", "GIF"),
    (8, b"WEBP", "WebP"),
    (8, b"WAVE", "WAV"),
    (4, b"ftyp", "MP4"),
    (0, b"OggS", "Ogg"),
    (0, b"\x1F\x8B", "gzip"),
    (0, b"\x28\xB5\x2F\xFD", "Zstandard"),
    (0, b"\x04\x22\x4D\x18", "LZ4"),
    (0, b"BZh", "bzip2"),
    (0, b"\xFD7zXZ\0", "xz"),
    (0, b"PK\x03\x04", "ZIP"),
    (0, b"%PDF-", "PDF"),
    (0, b"\x7FELF", "ELF"),
    (0, b"Obj\x01", "Avro"),
    (0, b"PAR1", "Parquet"),
    (0, b"SQLite format 3\0", "SQLite"),
    (0, b"\xAC\xED\x00\x05", "Java object"),
    (0, b"\xD9\xD9\xF7", "CBOR"),
    (0, b"\xFF\xFE", "UTF-16"),
    (0, b"\xFE\xFF", "UTF-16"),
];

/// Deeper nesting is not looked into and not called by name.
const DEPTH: u32 = 32;

/// Well-formedness of CBOR (RFC 8949 §3).
mod cbor {
    /// Whether `bytes` is exactly one array or map that is not empty.
    pub(super) fn is_structure(bytes: &[u8]) -> bool {
        matches!(bytes.first(), Some(0x81..=0x9F | 0xA1..=0xBF))
            && item(bytes, super::DEPTH).is_some_and(<[u8]>::is_empty)
    }

    /// What follows the first item.
    fn item(bytes: &[u8], depth: u32) -> Option<&[u8]> {
        let depth = depth.checked_sub(1)?;
        let (&initial, rest) = bytes.split_first()?;
        let (major, additional) = (initial >> 5, initial & 0x1F);
        if additional == 31 {
            return match major {
                2..=5 => until_break(rest, major, depth),
                _ => None,
            };
        }
        let (argument, mut rest) = match additional {
            0..=23 => (u64::from(additional), rest),
            24..=27 => {
                let (bytes, rest) = rest.split_at_checked(1 << (additional - 24))?;
                (bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)), rest)
            }
            _ => return None,
        };
        let items = match major {
            2 => return rest.get(usize::try_from(argument).ok()?..),
            3 => {
                let (text, rest) = rest.split_at_checked(usize::try_from(argument).ok()?)?;
                return std::str::from_utf8(text).is_ok().then_some(rest);
            }
            4 => argument,
            5 => argument.checked_mul(2)?,
            6 => 1,
            7 if additional == 24 && argument < 32 => return None,
            _ => 0,
        };
        for _ in 0..items {
            rest = item(rest, depth)?;
        }
        Some(rest)
    }

    fn until_break(mut rest: &[u8], major: u8, depth: u32) -> Option<&[u8]> {
        let mut items = 0u64;
        while *rest.first()? != 0xFF {
            let is_chunk = rest[0] >> 5 == major && rest[0] & 0x1F != 31;
            if major < 4 && !is_chunk {
                return None;
            }
            rest = item(rest, depth)?;
            items += 1;
        }
        (major != 5 || items.is_multiple_of(2)).then_some(&rest[1..])
    }
}

/// Well-formedness of `MessagePack`.
mod message_pack {
    /// Whether `bytes` is exactly one array or map that is not empty.
    pub(super) fn is_structure(bytes: &[u8]) -> bool {
        matches!(bytes.first(), Some(0x81..=0x8F | 0x91..=0x9F | 0xDC..=0xDF))
            && bytes.len() > 1
            && item(bytes, super::DEPTH).is_some_and(<[u8]>::is_empty)
    }

    /// What follows the first item.
    fn item(bytes: &[u8], depth: u32) -> Option<&[u8]> {
        let depth = depth.checked_sub(1)?;
        let (&tag, rest) = bytes.split_first()?;
        let (items, mut rest) = match tag {
            0x00..=0x7F | 0xE0..=0xFF | 0xC0 | 0xC2 | 0xC3 => (0, rest),
            0x80..=0x8F => (2 * u64::from(tag & 0x0F), rest),
            0x90..=0x9F => (u64::from(tag & 0x0F), rest),
            0xA0..=0xBF => return text(rest, u64::from(tag & 0x1F)),
            0xC1 => return None,
            0xC4..=0xC6 => {
                let (length, rest) = integer(rest, 1 << (tag - 0xC4))?;
                return skip(rest, length);
            }
            0xC7..=0xC9 => {
                let (length, rest) = integer(rest, 1 << (tag - 0xC7))?;
                return skip(rest, length + 1);
            }
            0xCA => return skip(rest, 4),
            0xCB => return skip(rest, 8),
            0xCC..=0xCF => return skip(rest, 1 << (tag - 0xCC)),
            0xD0..=0xD3 => return skip(rest, 1 << (tag - 0xD0)),
            0xD4..=0xD8 => return skip(rest, (1 << (tag - 0xD4)) + 1),
            0xD9..=0xDB => {
                let (length, rest) = integer(rest, 1 << (tag - 0xD9))?;
                return text(rest, length);
            }
            0xDC | 0xDD => integer(rest, 2 << (tag - 0xDC))?,
            0xDE | 0xDF => {
                let (pairs, rest) = integer(rest, 2 << (tag - 0xDE))?;
                (2 * pairs, rest)
            }
        };
        for _ in 0..items {
            rest = item(rest, depth)?;
        }
        Some(rest)
    }

    /// A big-endian integer of at most four bytes.
    fn integer(bytes: &[u8], width: usize) -> Option<(u64, &[u8])> {
        let (bytes, rest) = bytes.split_at_checked(width)?;
        Some((bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)), rest))
    }

    fn skip(bytes: &[u8], length: u64) -> Option<&[u8]> {
        bytes.get(usize::try_from(length).ok()?..)
    }

    fn text(bytes: &[u8], length: u64) -> Option<&[u8]> {
        let (text, rest) = bytes.split_at_checked(usize::try_from(length).ok()?)?;
        std::str::from_utf8(text).is_ok().then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_formats_are_called_by_name() {
        for (bytes, expected) in [
            (&b"\xFF\xD8\xFF\xE0\0\x10JFIF"[..], "JPEG"),
            (b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR", "PNG"),
            (b"\x1F\x8B\x08\0\0\0\0\0", "gzip"),
            (b"\x78\x9C\x4B\x4C\x04\x00\x00\x62", "zlib"),
            (b"RIFF\x24\0\0\0WAVEfmt ", "WAV"),
            // {"t": 21.5}
            (b"\xA1\x61t\xF9\x4D\x60", "CBOR"),
            // [_ 1, [2, 3]]
            (b"\x9F\x01\x82\x02\x03\xFF", "CBOR"),
            // {"t": 21.5, "ok": true}
            (b"\x82\xA1t\xCB\x40\x35\x80\0\0\0\0\0\xA2ok\xC3", "MessagePack"),
        ] {
            assert_eq!(name(bytes, bytes.len()), Some(expected), "{bytes:02x?}");
        }
    }

    #[test]
    fn what_only_looks_similar_has_no_name() {
        for bytes in [
            &b"\xA1\x61t\xF9\x4D"[..],
            b"\xA1\x61t\xF9\x4D\x60\0",
            b"\x80",
            b"\xA0",
            b"\xFF\x00",
            b"\x9B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
            b"\xDF\xFF\xFF\xFF\xFF",
            b"\xBF\x01\xFF",
        ] {
            assert_eq!(name(bytes, bytes.len()), None, "{bytes:02x?}");
        }
        let nested = [0x81; 4000];
        assert_eq!(name(&nested, nested.len()), None);
        assert_eq!(name(b"\xA1\x61t", 6), None);
    }
}
