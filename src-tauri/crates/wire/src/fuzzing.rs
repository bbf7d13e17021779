//! Entry points for fuzzing: each takes any bytes and panics when a promise of this crate is broken.
//!
//! The targets in `fuzz/` call them from libFuzzer, a test calls them with seeded mutations.

use std::ops::Range;

use bytes::BytesMut;

use crate::{
    Field, Packet, TopicFilter, TopicName, Version,
    codec::{DecodeError, DecodeLimits, Decoder, encode, encoded_len},
    dissect::{Content, MAX_FIELDS, dissect},
};

/// Decodes a stream: what is accepted can be written and read again, and how the bytes are split over
/// reads changes nothing.
pub fn decode_any(data: &[u8]) {
    let Some((&choice, stream)) = data.split_first() else { return };
    let decoder = decoder(choice);
    let whole = decode_in_pieces(decoder.clone(), stream, stream.len().max(1));
    assert_eq!(whole, decode_in_pieces(decoder, stream, 1 + usize::from(choice >> 3)));
    for (packet, version) in &whole.0 {
        let mut again = BytesMut::new();
        assert_eq!(encode(packet, *version, &mut again), Ok(()), "{packet:?}");
        assert_eq!(encoded_len(packet, *version), Ok(again.len()));
        let read = Decoder::new(*version, DecodeLimits::default()).decode(&mut again);
        assert_eq!(read.as_ref(), Ok(&Some(packet.clone())));
    }
}

/// Dissects: everything is covered, nested and bounded, and a packet is said to be wrong exactly when
/// the strict codec refuses it.
pub fn dissect_any(data: &[u8]) {
    let Some((&choice, bytes)) = data.split_first() else { return };
    let version = match choice % 4 {
        0 => None,
        1 => Some(Version::V31),
        2 => Some(Version::V311),
        _ => Some(Version::V5),
    };
    let mut position = 0;
    for dissected in dissect(bytes, version, 0) {
        let span = dissected.span.clone();
        assert!(span.start == position && span.end > position, "a hole or an overlap at {span:?}");
        position = span.end;
        let (fields, is_wrong) = inspect(&dissected.fields, &span, 0);
        assert!(fields <= MAX_FIELDS + 1);
        if let Content::Packet(_) = dissected.content {
            let mut frame = BytesMut::from(&bytes[span]);
            let mut decoder = Decoder::new(dissected.version, DecodeLimits::default());
            let verdict = decoder.decode(&mut frame);
            assert_eq!(dissected.error, verdict.as_ref().err().cloned());
            assert!(verdict.is_err() || !is_wrong, "{:#?}", dissected.fields);
        }
    }
    assert_eq!(position, bytes.len(), "not everything is covered");
}

/// Parses a filter and a topic and matches them.
pub fn match_any(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (filter, topic) = text.split_once('\n').unwrap_or((text, text));
    if let Ok(filter) = filter.parse::<TopicFilter>() {
        assert_eq!(filter.as_str().parse(), Ok(filter.clone()));
        let _ = filter.matches(topic);
    }
    if let Ok(name) = topic.parse::<TopicName>() {
        let is_share_syntax = topic.starts_with("$share/");
        let itself = topic.parse::<TopicFilter>();
        assert!(is_share_syntax || itself.is_ok_and(|filter| filter.matches(name.as_str())));
    }
}

/// Number and faults of the fields, which lie in `parent`, in order.
fn inspect(fields: &[Field], parent: &Range<usize>, depth: usize) -> (usize, bool) {
    assert!(depth < 5 || fields.is_empty(), "too deep");
    let (mut count, mut is_wrong) = (0, false);
    for field in fields {
        let span = &field.span;
        assert!(parent.start <= span.start && span.start <= span.end && span.end <= parent.end);
        let (inner, is_inner_wrong) = inspect(&field.children, span, depth + 1);
        count += 1 + inner;
        is_wrong |= is_inner_wrong || field.error.is_some();
    }
    (count, is_wrong)
}

fn decoder(choice: u8) -> Decoder {
    let limits = DecodeLimits::default();
    match choice % 8 {
        0 => Decoder::for_server(limits),
        1 => Decoder::for_client(Version::V311, limits),
        2 => Decoder::for_client(Version::V5, limits),
        3 => Decoder::new(Version::V31, limits),
        4 => Decoder::new(Version::V311, limits),
        5 => Decoder::new(Version::V31, limits).with_strict_client_id(true),
        6 => Decoder::for_server(DecodeLimits { max_packet_size: 64 }),
        _ => Decoder::new(Version::V5, limits),
    }
}

type Decoded = (Vec<(Packet, Version)>, Result<(), DecodeError>);

/// All packets up to the first error, fed `step` bytes at a time.
fn decode_in_pieces(mut decoder: Decoder, stream: &[u8], step: usize) -> Decoded {
    let (mut buffer, mut packets) = (BytesMut::new(), Vec::new());
    for piece in stream.chunks(step) {
        buffer.extend_from_slice(piece);
        loop {
            match decoder.decode(&mut buffer) {
                Ok(Some(packet)) => {
                    let version = match &packet {
                        Packet::Connect(connect) => connect.version,
                        _ => decoder.version().unwrap_or(Version::V5),
                    };
                    packets.push((packet, version));
                }
                Ok(None) => break,
                Err(error) => return (packets, Err(error)),
            }
        }
    }
    (packets, Ok(()))
}
