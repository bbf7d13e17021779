//! What the engine loses, kept from the bytes themselves: refusals with their properties, the size
//! of a packet it would not take, and the packet it could not read.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use transport::Observer;
use wire::{
    DecodeError, DecodeErrorKind, DecodeLimits, Decoder, Packet, Version,
    packet::{ConnAck, Disconnect},
};

/// What was kept of one connection; readable while it is open and afterwards.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    version: Version,
    kept: Arc<Mutex<Kept>>,
}

impl Record {
    pub(crate) fn new(version: Version) -> Self {
        Self { version, kept: Arc::default() }
    }

    /// Whether CONNECT was handed to the socket.
    pub(crate) fn connect_sent(&self) -> bool {
        self.kept(|kept| kept.connect_sent)
    }

    /// The CONNACK received.
    pub(crate) fn connack(&self) -> Option<ConnAck> {
        match self.decode(self.kept(|kept| kept.connack.clone())?)? {
            Packet::ConnAck(connack) => Some(*connack),
            _ => None,
        }
    }

    /// The byte of a CONNACK that says why, known or not.
    pub(crate) fn connack_code(&self) -> Option<u8> {
        self.kept(|kept| {
            let packet = kept.connack.as_ref()?;
            // The remaining length ends with the first byte whose top bit is clear (§1.5.5).
            let length_end = packet.iter().skip(1).position(|byte| byte & 0x80 == 0)? + 1;
            packet.get(length_end + 2).copied()
        })
    }

    /// The DISCONNECT received.
    pub(crate) fn disconnect(&self) -> Option<Disconnect> {
        match self.decode(self.kept(|kept| kept.disconnect.clone())?)? {
            Packet::Disconnect(disconnect) => Some(disconnect),
            _ => None,
        }
    }

    /// Why the last bytes received are not what MQTT allows, after the connection ended.
    pub(crate) fn violation(&self) -> Option<DecodeError> {
        let mut bytes = BytesMut::from(&*self.kept(|kept| kept.recent.clone()));
        let mut decoder = Decoder::for_client(self.version, DecodeLimits::default());
        loop {
            match decoder.decode(&mut bytes) {
                Ok(Some(_)) => {}
                Ok(None) => return None,
                Err(error) => return Some(error),
            }
        }
    }

    /// Size of the first packet among the last bytes received that is larger than `limit`.
    pub(crate) fn oversize(&self, limit: u32) -> Option<u64> {
        let mut bytes = BytesMut::from(&*self.kept(|kept| kept.recent.clone()));
        let max_packet_size = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut decoder = Decoder::for_client(self.version, DecodeLimits { max_packet_size });
        loop {
            match decoder.decode(&mut bytes) {
                Ok(Some(_)) => {}
                Err(DecodeError { kind: DecodeErrorKind::PacketTooLarge { size, .. }, .. }) => {
                    return Some(size as u64);
                }
                Ok(None) | Err(_) => return None,
            }
        }
    }

    fn kept<T>(&self, look: impl FnOnce(&Kept) -> T) -> T {
        look(&self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn keep(&self, change: impl FnOnce(&mut Kept)) {
        change(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn decode(&self, packet: Bytes) -> Option<Packet> {
        let mut decoder = Decoder::for_client(self.version, DecodeLimits::default());
        decoder.decode(&mut BytesMut::from(packet)).ok().flatten()
    }
}

#[derive(Debug, Default)]
struct Kept {
    connect_sent: bool,
    connack: Option<Bytes>,
    disconnect: Option<Bytes>,
    /// From the start of a packet to the last byte received.
    recent: Vec<u8>,
}

/// The observer that fills a [`Record`].
///
/// It keeps the last bytes read, from the beginning of the packet they are part of, and copies
/// them out when the connection ends. Only the packets of interest are copied one by one.
#[derive(Debug)]
pub(crate) struct Recorder {
    record: Record,
    recent: Vec<u8>,
    /// `recent` begins where a packet begins.
    aligned: bool,
    framer: Framer,
    connect_sent: bool,
}

impl Recorder {
    pub(crate) fn new(record: Record) -> Self {
        let framer = Framer::default();
        Self { record, recent: Vec::new(), aligned: true, framer, connect_sent: false }
    }
}

impl Observer for Recorder {
    fn sent(&mut self, _bytes: &[u8]) {
        // CONNECT is what a client writes first, and rumqttc writes it in one piece.
        if !self.connect_sent {
            self.connect_sent = true;
            self.record.keep(|kept| kept.connect_sent = true);
        }
    }

    fn received(&mut self, bytes: &[u8]) {
        // What was kept before belongs to whole packets, except for the one still incomplete.
        let start = self.framer.packet_start;
        self.aligned = self.framer.between_packets() || self.aligned && start <= self.recent.len();
        self.recent.drain(..start.min(self.recent.len()));
        self.framer.packet_start = 0;
        let room = RECENT_LIMIT.saturating_sub(self.recent.len());
        let old = self.recent.len();
        self.recent.extend_from_slice(&bytes[..bytes.len().min(room)]);
        let Self { record, recent, framer, .. } = self;
        framer.advance(old, bytes, |first, packet| {
            let Some(packet) = recent.get(packet) else { return };
            let packet = Bytes::copy_from_slice(packet);
            record.keep(|kept| match first {
                CONNACK => kept.connack = Some(packet),
                _ => kept.disconnect = Some(packet),
            });
        });
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if self.aligned {
            let recent = std::mem::take(&mut self.recent);
            self.record.keep(|kept| kept.recent = recent);
        }
    }
}

/// Finds where packets begin, from their fixed headers alone.
#[derive(Debug, Default)]
struct Framer {
    /// Where the packet being received begins, counted in what is kept.
    packet_start: usize,
    header: Header,
    /// Bytes of its body still to come, when the header is complete.
    left: usize,
}

#[derive(Clone, Copy, Debug, Default)]
enum Header {
    #[default]
    Start,
    Length {
        first: u8,
        value: usize,
        shift: u32,
    },
    Body {
        first: u8,
    },
}

impl Framer {
    const fn between_packets(&self) -> bool {
        matches!(self.header, Header::Start)
    }

    /// Goes over `bytes`, which are kept from `offset` on, and reports the first byte and the place
    /// of each packet of interest that ends in them.
    fn advance(
        &mut self,
        offset: usize,
        bytes: &[u8],
        mut found: impl FnMut(u8, std::ops::Range<usize>),
    ) {
        let mut at = 0;
        while at < bytes.len() {
            match self.header {
                Header::Start => {
                    self.packet_start = offset + at;
                    self.header = Header::Length { first: bytes[at], value: 0, shift: 0 };
                    at += 1;
                    continue;
                }
                Header::Length { first, value, shift } => {
                    let byte = bytes[at];
                    at += 1;
                    let value = value | usize::from(byte & 0x7F) << shift;
                    if byte & 0x80 != 0 && shift < 21 {
                        self.header = Header::Length { first, value, shift: shift + 7 };
                        continue;
                    }
                    self.header = Header::Body { first };
                    self.left = value;
                }
                Header::Body { .. } => {
                    let step = self.left.min(bytes.len() - at);
                    at += step;
                    self.left -= step;
                }
            }
            if let Header::Body { first } = self.header
                && self.left == 0
            {
                if matches!(first, CONNACK | DISCONNECT) {
                    found(first, self.packet_start..offset + at);
                }
                self.header = Header::Start;
                self.packet_start = offset + at;
            }
        }
    }
}

const CONNACK: u8 = 0x20;
const DISCONNECT: u8 = 0xE0;
/// Enough for the largest read and for every CONNACK a person has a use for.
const RECENT_LIMIT: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: &[u8] = &[0x20, 2, 0, 5];
    /// DISCONNECT 0x8E with the reason string "bye".
    const TAKEN_OVER: &[u8] = &[0xE0, 8, 0x8E, 6, 0x1F, 0, 3, b'b', b'y', b'e'];

    fn record_of(version: Version, reads: &[&[u8]]) -> Record {
        let record = Record::new(version);
        let mut recorder = Recorder::new(record.clone());
        for read in reads {
            recorder.received(read);
        }
        record
    }

    #[test]
    fn a_connack_is_kept_however_it_is_cut() {
        for cut in 0..=REFUSED.len() {
            let (head, tail) = REFUSED.split_at(cut);

            let record = record_of(Version::V311, &[head, tail]);

            assert_eq!(record.connack_code(), Some(5), "cut at {cut}");
        }
    }

    #[test]
    fn a_disconnect_behind_other_packets_is_kept_with_its_words() {
        let publish = [&[0x30, 5, 0, 1, b'a', 1, 2][..], TAKEN_OVER].concat();
        for cut in 0..publish.len() {
            let (head, tail) = publish.split_at(cut);

            let disconnect = record_of(Version::V5, &[head, tail]).disconnect();

            let words = disconnect.and_then(|packet| packet.properties.reason_string);
            assert_eq!(words.as_deref(), Some("bye"), "cut at {cut}");
        }
    }

    #[test]
    fn the_packet_that_breaks_a_rule_is_found_among_the_last_bytes() {
        // A PUBLISH of QoS 3 behind a good PINGRESP.
        let record = record_of(Version::V311, &[&[0xD0, 0], &[0xD0, 0, 0x36, 3, 0, 1, b'a']]);

        let violation = record.violation().expect("QoS 3 is not allowed");

        assert_eq!(violation.kind, DecodeErrorKind::InvalidQos);
    }

    #[test]
    fn a_long_packet_does_not_make_the_record_grow() {
        let record = Record::new(Version::V311);
        let mut recorder = Recorder::new(record.clone());
        recorder.received(&[0x30, 0xFF, 0xFF, 0xFF, 0x7F]);
        let read = vec![0; 64 * 1024];
        for _ in 0..100 {
            recorder.received(&read);
        }

        assert!(recorder.recent.len() <= RECENT_LIMIT);
    }
}
