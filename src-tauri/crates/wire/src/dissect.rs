//! The lenient dissector: any bytes become packets with a tree of named fields, for people to look at.
//!
//! Where the strict codec stops at the first broken rule, this goes on: it shows what can be read, marks
//! what is wrong, and finds the next packet.
//!
//! # Invariants
//!
//! * Nothing panics, whatever the bytes.
//! * The spans of what [`dissect`] returns follow each other without holes and cover all the bytes;
//!   a field lies inside its parent.
//! * At most [`MAX_FIELDS`] fields a packet (and one for the rest), at most five levels deep; no value
//!   is longer than [`MAX_VALUE_BYTES`] and a few characters, and one that is cut says so.

mod build;
mod connect;
mod packets;
mod properties;

use std::{borrow::Cow, ops::Range};

use bytes::BytesMut;

use crate::{
    codec::{DecodeError, DecodeLimits, Decoder, is_plausible_first_byte, remaining_length},
    packet::{PacketType, Version},
};

/// How many fields of one packet are shown.
pub const MAX_FIELDS: usize = 1000;
/// How many packets [`dissect`] shows.
pub const MAX_PACKETS: usize = 10_000;
/// How many bytes of a text are in a field's value.
pub const MAX_VALUE_BYTES: usize = 256;

/// A stretch of bytes and what it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Dissected {
    /// Where it is in the bytes that were given.
    pub span: Range<usize>,
    /// What it is.
    pub content: Content,
    /// The version it was read as.
    pub version: Version,
    /// Its parts in the order of the bytes.
    pub fields: Vec<Field>,
    /// The first rule it breaks; the field it concerns carries the message too.
    pub error: Option<DecodeError>,
    /// Something worth knowing that is not wrong.
    pub note: Option<Cow<'static, str>>,
}

/// What a stretch of bytes is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Content {
    /// A packet, from its first byte to its last.
    Packet(PacketType),
    /// The beginning of a packet.
    Incomplete {
        /// Its type.
        packet: PacketType,
        /// How many bytes are not there.
        missing: usize,
    },
    /// The beginning of a fixed header, or bytes that no packet begins with.
    Undecodable,
    /// The limit is reached: it was not looked at.
    NotShown,
}

/// A named part of a packet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Field {
    /// The specification's name.
    pub name: Cow<'static, str>,
    /// Where it is in the bytes that were given.
    pub span: Range<usize>,
    /// Its value for reading; empty for a group.
    pub value: String,
    /// Something worth knowing that is not wrong.
    pub note: Option<Cow<'static, str>>,
    /// What is wrong with it.
    pub error: Option<String>,
    /// Its parts.
    pub children: Vec<Field>,
}

/// Dissects `bytes` from `offset` on; all spans count from the start of `bytes`.
///
/// `version` is what the connection speaks, when that is known. A CONNECT among the bytes says it for
/// what follows; otherwise it is guessed for each packet, and the packet's note says so.
pub fn dissect(bytes: &[u8], version: Option<Version>, offset: usize) -> Vec<Dissected> {
    let mut dissector = Dissector::new(bytes, version, offset);
    let mut all: Vec<_> = dissector.by_ref().take(MAX_PACKETS).collect();
    let rest = dissector.position..bytes.len();
    if !rest.is_empty() {
        all.push(Dissected {
            span: rest,
            content: Content::NotShown,
            version: dissector.assumed_version(),
            fields: Vec::new(),
            error: None,
            note: Some("only the first 10,000 packets are shown".into()),
        });
    }
    all
}

/// Dissects packet by packet; see [`dissect`].
#[derive(Clone, Debug)]
pub struct Dissector<'a> {
    bytes: &'a [u8],
    position: usize,
    /// Given, or said by a CONNECT or CONNACK.
    version: Option<Version>,
    /// What the packets so far look like, when nothing says it.
    guess: Option<Version>,
    is_first: bool,
}

impl<'a> Dissector<'a> {
    /// Begins at `offset` of `bytes`.
    pub fn new(bytes: &'a [u8], version: Option<Version>, offset: usize) -> Self {
        let position = offset.min(bytes.len());
        Self { bytes, position, version, guess: None, is_first: true }
    }

    fn assumed_version(&self) -> Version {
        self.version.or(self.guess).unwrap_or(Version::V311)
    }
}

impl Iterator for Dissector<'_> {
    type Item = Dissected;

    fn next(&mut self) -> Option<Dissected> {
        let start = self.position;
        let rest = &self.bytes[start..];
        if rest.is_empty() {
            return None;
        }
        let is_first = std::mem::take(&mut self.is_first);
        let dissected = match find(rest, self.version, is_first) {
            Found::Packet(header) => self.packet(header),
            Found::Undecodable { length, note } => self.undecodable(start..start + length, note),
        };
        self.position = dissected.span.end;
        Some(dissected)
    }
}

impl Dissector<'_> {
    /// A packet of `size` bytes at the current position, as far as it is there.
    fn packet(&mut self, header: Header) -> Dissected {
        let Header { packet, size, body_at } = header;
        let start = self.position;
        let end = self.bytes.len().min(start.saturating_add(size));
        let frame = &self.bytes[start..end];
        let missing = size - frame.len();
        let version = self.version_of(packet, body_at, frame, missing == 0);
        let error = if missing == 0 { strict_error(frame, version) } else { None };

        let mut builder = build::Builder::new(self.bytes, start..end, version);
        packets::packet(&mut builder, packet);
        let mut fields = builder.into_fields();
        if let Some(error) = &error {
            let message = format!("{} ({})", error.kind, error.section);
            blame(&mut fields, start + error.offset, &message);
        }
        let note = match self.version {
            None => Some(format!("the version is not known: read as {version}").into()),
            Some(_) => None,
        };
        let content = match missing {
            0 => Content::Packet(packet),
            _ => Content::Incomplete { packet, missing },
        };
        Dissected { span: start..end, content, version, fields, error, note }
    }

    /// Decides how to read a packet, and learns from it.
    fn version_of(
        &mut self,
        packet: PacketType,
        body_at: usize,
        frame: &[u8],
        is_whole: bool,
    ) -> Version {
        if packet == PacketType::Connect {
            let stated = connect::stated_version(&frame[body_at..]);
            self.version = stated.or(self.version);
        }
        if let Some(version) = self.version {
            return version;
        }
        let fits = |version| is_whole && strict_error(frame, version).is_none();
        let version = match (fits(Version::V311), fits(Version::V5)) {
            (true, true) => self.guess.unwrap_or(Version::V5),
            (false, false) => self.guess.unwrap_or(Version::V311),
            (is_v311, _) => {
                let only = if is_v311 { Version::V311 } else { Version::V5 };
                self.guess = Some(only);
                only
            }
        };
        // Only in CONNACK do the versions differ beyond doubt.
        if packet == PacketType::ConnAck && is_whole {
            let stated = if frame.len() > 4 { Version::V5 } else { Version::V311 };
            self.version = Some(stated);
            return stated;
        }
        version
    }

    fn undecodable(&self, span: Range<usize>, note: Option<&'static str>) -> Dissected {
        let mut builder = build::Builder::new(self.bytes, span.clone(), self.assumed_version());
        builder.raw_rest("Undecodable bytes", "no packet begins here");
        Dissected {
            span,
            content: Content::Undecodable,
            version: self.assumed_version(),
            fields: builder.into_fields(),
            error: None,
            note: note.map(Cow::Borrowed),
        }
    }
}

/// What the strict codec says about one whole packet.
fn strict_error(frame: &[u8], version: Version) -> Option<DecodeError> {
    Decoder::new(version, DecodeLimits::default()).decode(&mut BytesMut::from(frame)).err()
}

/// Writes `message` to the smallest field at `offset`, unless it has one of its own.
fn blame(fields: &mut [Field], offset: usize, message: &str) -> bool {
    for field in fields {
        let is_there = field.span.contains(&offset) || field.span == (offset..offset);
        if is_there {
            if !blame(&mut field.children, offset, message) {
                field.error.get_or_insert_with(|| message.to_owned());
            }
            return true;
        }
    }
    false
}

enum Found {
    Packet(Header),
    Undecodable { length: usize, note: Option<&'static str> },
}

/// Says what `rest` begins with. A packet with wrong flags counts when another follows where it ends.
fn find(rest: &[u8], version: Option<Version>, is_first: bool) -> Found {
    let header = Header::parse(rest);
    let is_clean = is_plausible_first_byte(rest[0], version);
    if (is_first || !is_clean)
        && let Some(note) = foreign(rest)
    {
        return Found::Undecodable { length: rest.len(), note: Some(note) };
    }
    if let Some(header) = header
        && (is_clean || is_followed_by_packet(rest, header.size, version))
    {
        return Found::Packet(header);
    }
    if is_clean && rest.len() < 5 && rest[1..].iter().all(|byte| byte & 0x80 != 0) {
        let note = Some("the beginning of a fixed header: more bytes are to come");
        return Found::Undecodable { length: rest.len(), note };
    }
    let next = (1..rest.len()).find(|&at| is_plausible_packet(&rest[at..], version));
    Found::Undecodable { length: next.unwrap_or(rest.len()), note: None }
}

/// A fixed header whose type and remaining length can be read.
#[derive(Clone, Copy)]
struct Header {
    packet: PacketType,
    /// Where the variable header begins.
    body_at: usize,
    /// Of the whole packet.
    size: usize,
}

impl Header {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let packet = PacketType::from_first_byte(*bytes.first()?)?;
        let (length, length_bytes) = remaining_length(bytes)?;
        let body_at = 1 + length_bytes;
        Some(Self { packet, body_at, size: body_at + length })
    }
}

fn is_plausible_packet(bytes: &[u8], version: Option<Version>) -> bool {
    is_plausible_first_byte(bytes[0], version)
        && Header::parse(bytes)
            .is_some_and(|header| is_followed_by_packet(bytes, header.size, version))
}

/// Whether the bytes end, or go on like a packet, after `size` bytes.
fn is_followed_by_packet(bytes: &[u8], size: usize, version: Option<Version>) -> bool {
    match bytes.get(size) {
        Some(&first) => is_plausible_first_byte(first, version),
        None => bytes.len() == size,
    }
}

/// Names another protocol by its first bytes.
fn foreign(bytes: &[u8]) -> Option<&'static str> {
    const KNOWN: &[(&[u8], &str)] = &[
        (b"HTTP/", "this is an HTTP answer: the port speaks HTTP or WebSocket, not plain MQTT"),
        (b"GET /", "this is an HTTP request: a browser, or MQTT over WebSocket"),
        (b"POST /", "this is an HTTP request"),
        (b"HEAD /", "this is an HTTP request"),
        (b"CONNECT ", "this is a request to an HTTP proxy"),
        (b"\x16\x03", "this is a TLS handshake: the other side wants an encrypted connection"),
        (b"\x15\x03", "this is a TLS alert: the other side speaks TLS"),
        (b"PROXY ", "this is a PROXY protocol header"),
        (b"\r\n\r\n\0\r\nQUIT\n", "this is a PROXY protocol header"),
        (b"SSH-", "this is SSH"),
        (b"AMQP", "this is AMQP"),
    ];
    KNOWN.iter().find(|(prefix, _)| bytes.starts_with(prefix)).map(|&(_, note)| note)
}
