//! Reading what a store holds, and telling a torn end from damage.
//!
//! A process that was killed leaves at most one unfinished frame, the last one of the last journal; a
//! power cut may leave zeros there. Nobody was told that what stood in it is safe, so it is cut off
//! silently. Anything else that is not as it was written is damage.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufReader, Read},
    sync::Arc,
};

use bytes::Bytes;
use tokio::time::Instant;
use wire::Timestamp;

use super::{
    files::{Kind, StoreFile},
    image::Image,
    record::{FRAME_HEADER, Record, publish, records},
};
use crate::message::{Message, StoredAs};

/// What is wrong with a store.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Damage {
    /// A file does not begin as the files of a store do.
    #[error("a file does not begin like one of a store")]
    Header,
    /// A checksum is wrong.
    #[error("a checksum is wrong")]
    Checksum,
    /// A record that says nothing.
    #[error("a record cannot be read")]
    Record,
    /// A stored message that is none.
    #[error("a message cannot be read")]
    Packet,
    /// A record about a session there is not, or twice the same session.
    #[error("a record does not fit the sessions")]
    Session,
    /// A record about a message there is not.
    #[error("a record speaks of a message that is not there")]
    Message,
    /// A file ends too early, and it is not the last one.
    #[error("a file is cut short")]
    CutShort,
    /// A file between others is missing.
    #[error("a file is missing")]
    Missing,
}

/// Why a store cannot be loaded.
#[derive(Debug)]
pub(super) enum LoadError {
    Damaged(Damage),
    /// Written by a later version of the format.
    Newer {
        version: u32,
    },
    Io(io::Error),
}

/// What a store holds.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub(super) image: Image,
    /// Good bytes of the last journal; what comes after them is torn.
    pub(super) good: u64,
    /// Whether anything is torn.
    pub(super) is_torn: bool,
}

/// First bytes of every file.
const MAGIC: [u8; 8] = *b"TSCOPEST";
pub(super) const FORMAT: u32 = 1;
pub(super) const FILE_HEADER: usize = 16;

/// What a file begins with.
pub(super) fn file_header(version: u32) -> [u8; FILE_HEADER] {
    let mut header = [0; FILE_HEADER];
    header[..8].copy_from_slice(&MAGIC);
    header[8..12].copy_from_slice(&version.to_le_bytes());
    let check = crc32fast::hash(&header[..12]);
    header[12..].copy_from_slice(&check.to_le_bytes());
    header
}

/// Replays the newest snapshot and the journals after it.
pub(super) fn load(files: &[StoreFile]) -> Result<Loaded, LoadError> {
    let mut loaded = Loaded::default();
    for (index, file) in files.iter().enumerate() {
        let is_last = index + 1 == files.len();
        let may_be_torn = is_last && file.kind == Kind::Journal;
        let (mut reader, mut has_end) = (FrameReader::open(file)?, false);
        let end = loop {
            match reader.next()? {
                Next::Frame(payload) => records(payload, |record, packet| {
                    has_end |= record == Record::End;
                    loaded.image.apply(&record, packet)
                })?,
                Next::End { is_torn } => break is_torn,
            }
        };
        if (end && !may_be_torn) || (file.kind == Kind::Snapshot && !has_end) {
            return Err(LoadError::Damaged(Damage::CutShort));
        }
        (loaded.good, loaded.is_torn) = (reader.good, end);
    }
    Ok(loaded)
}

/// Calls `each` with the messages that `wanted` names and the files hold.
pub(super) fn bodies<E: From<LoadError>>(
    files: &[StoreFile],
    wanted: &Image,
    mut each: impl FnMut(&Record<'_>, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut missing = wanted.referenced();
    for file in files {
        let mut reader = FrameReader::open(file)?;
        while let Next::Frame(payload) = reader.next()? {
            let mut failure = None;
            let read = records(payload, |record, packet| {
                if let Record::Body { body, .. } = record
                    && failure.is_none()
                    && missing.remove(&body)
                {
                    failure = each(&record, packet).err();
                }
                Ok(())
            });
            if let Some(failure) = failure {
                return Err(failure);
            }
            read.map_err(LoadError::Damaged)?;
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(LoadError::Damaged(Damage::Message).into()) }
}

/// The same as messages.
pub(super) fn messages(
    files: &[StoreFile],
    wanted: &Image,
    clock: Clock,
) -> Result<HashMap<u64, Arc<Message>>, LoadError> {
    let mut messages = HashMap::new();
    bodies(files, wanted, |record, packet| {
        let (number, message) = message(record, packet, clock)?;
        messages.insert(number, Arc::new(message));
        Ok::<_, LoadError>(())
    })?;
    Ok(messages)
}

/// The message a body record stands for.
pub(super) fn message(
    record: &Record<'_>,
    packet: &[u8],
    clock: Clock,
) -> Result<(u64, Message), Damage> {
    let Record::Body { body, received, publisher, .. } = *record else {
        return Err(Damage::Record);
    };
    let packet = publish(packet)?;
    let mut properties = packet.properties;
    if properties.topic_alias.is_some() || !properties.subscription_identifiers.is_empty() {
        return Err(Damage::Packet);
    }
    // A slice would keep the memory of its neighbours.
    properties.correlation_data =
        properties.correlation_data.map(|data| Bytes::copy_from_slice(&data));
    let waited = clock.since(Timestamp(received));
    let begun = clock.now.checked_sub(waited);
    if begun.is_none() {
        // The clock of the system began later than that: shorten the rest instead.
        let waited = u32::try_from(waited.as_secs()).unwrap_or(u32::MAX);
        let rest = properties.message_expiry_interval;
        properties.message_expiry_interval = rest.map(|rest| rest.saturating_sub(waited));
    }
    let message = Message {
        topic: packet.topic.ok_or(Damage::Packet)?,
        payload: Bytes::copy_from_slice(&packet.payload),
        qos: packet.qos,
        retain: packet.retain,
        properties,
        received: begun.unwrap_or(clock.now),
        publisher: publisher.map(Into::into),
        stored: StoredAs::number(body),
    };
    Ok((body, message))
}

/// The wall clock and the one the broker works with, at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    pub(crate) wall: Timestamp,
    pub(crate) now: Instant,
}

impl Clock {
    pub(crate) fn read() -> Self {
        Self { wall: Timestamp::now(), now: Instant::now() }
    }

    /// The wall clock at `moment`.
    pub(crate) fn wall_at(&self, moment: Instant) -> Timestamp {
        let micros =
            |time: std::time::Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
        let ago = micros(self.now.saturating_duration_since(moment));
        let ahead = micros(moment.saturating_duration_since(self.now));
        Timestamp(self.wall.0.saturating_sub(ago).saturating_add(ahead))
    }

    /// How long ago the wall clock showed `time`; nothing when it was put back since.
    pub(crate) fn since(&self, time: Timestamp) -> std::time::Duration {
        let micros = self.wall.0.saturating_sub(time.0);
        std::time::Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }
}

/// Takes one frame after the other from a file.
pub(super) struct FrameReader<R> {
    source: R,
    left: u64,
    payload: Vec<u8>,
    /// Bytes up to the end of the last good frame.
    pub(super) good: u64,
}

pub(super) enum Next<'a> {
    Frame(&'a [u8]),
    End { is_torn: bool },
}

impl FrameReader<BufReader<File>> {
    fn open(file: &StoreFile) -> Result<Self, LoadError> {
        let source = File::open(&file.path)?;
        let length = source.metadata()?.len();
        Self::new(BufReader::with_capacity(256 * 1024, source), length)
    }
}

impl<R: Read> FrameReader<R> {
    /// Reads the header of a file of `length` bytes. One that is too short for a header is torn.
    pub(super) fn new(mut source: R, length: u64) -> Result<Self, LoadError> {
        let payload = Vec::new();
        let mut header = [0; FILE_HEADER];
        let Some(left) = length.checked_sub(FILE_HEADER as u64) else {
            return Ok(Self { source, left: 0, payload, good: 0 });
        };
        source.read_exact(&mut header)?;
        if header == [0; FILE_HEADER] {
            return Ok(Self { source, left, payload, good: 0 });
        }
        let [.., a, b, c, d, _, _, _, _] = header;
        let version = u32::from_le_bytes([a, b, c, d]);
        if header[..8] == MAGIC && version > FORMAT {
            return Err(LoadError::Newer { version });
        }
        if header != file_header(FORMAT) {
            return Err(LoadError::Damaged(Damage::Header));
        }
        Ok(Self { source, left, payload, good: FILE_HEADER as u64 })
    }

    pub(super) fn next(&mut self) -> Result<Next<'_>, LoadError> {
        if self.left == 0 {
            return Ok(Next::End { is_torn: self.good < FILE_HEADER as u64 });
        }
        if self.good == 0 || self.left < FRAME_HEADER as u64 {
            return self.torn();
        }
        let mut header = [0; FRAME_HEADER];
        self.source.read_exact(&mut header)?;
        self.left -= FRAME_HEADER as u64;
        let number = |at: usize| {
            u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
        };
        if header == [0; FRAME_HEADER] {
            return self.torn();
        }
        if number(8) != crc32fast::hash(&header[..8]) {
            return Err(LoadError::Damaged(Damage::Checksum));
        }
        let length = u64::from(number(0));
        if length > self.left {
            self.left = 0;
            return Ok(Next::End { is_torn: true });
        }
        self.payload.clear();
        self.source.by_ref().take(length).read_to_end(&mut self.payload)?;
        if self.payload.len() as u64 != length {
            return Err(LoadError::Io(io::ErrorKind::UnexpectedEof.into()));
        }
        self.left -= length;
        if crc32fast::hash(&self.payload) != number(4) {
            // Its header may have reached the disk before it did.
            return if self.left == 0 {
                Ok(Next::End { is_torn: true })
            } else {
                Err(LoadError::Damaged(Damage::Checksum))
            };
        }
        self.good += FRAME_HEADER as u64 + length;
        Ok(Next::Frame(&self.payload))
    }

    /// What is left is torn if it is too short for anything or nothing but zeros.
    fn torn(&mut self) -> Result<Next<'_>, LoadError> {
        let mut rest = [0; 4096];
        let is_short = self.left < FRAME_HEADER as u64;
        while self.left > 0 {
            let count = self.source.read(&mut rest)?;
            if count == 0 {
                break;
            }
            self.left = self.left.saturating_sub(count as u64);
            if !is_short && rest[..count].iter().any(|byte| *byte != 0) {
                return Err(LoadError::Damaged(Damage::Checksum));
            }
        }
        self.left = 0;
        Ok(Next::End { is_torn: true })
    }
}

impl From<io::Error> for LoadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Damage> for LoadError {
    fn from(damage: Damage) -> Self {
        Self::Damaged(damage)
    }
}
