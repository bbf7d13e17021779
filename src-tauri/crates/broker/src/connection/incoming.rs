//! Bytes from a socket into packets.

use std::{io, sync::Arc};

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt};
use wire::{DecodeError, DecodeLimits, Decoder, Packet};

use super::{Shared, frame::Front, tap::Tap};
use crate::{
    counters::Tally,
    faults::{FaultDirection, FaultMark},
    packet_log::KEPT_BYTES,
};

/// Room made for a read at first: an idle client costs no more.
const SMALLEST_CHUNK: usize = 2 * 1024;

/// Room made for a client that sends much. The buffer grows beyond it only as bytes arrive.
const LARGEST_CHUNK: usize = 64 * 1024;

/// Less room than this is not worth a read.
const SMALLEST_READ: usize = 512;

#[derive(Debug)]
pub(super) struct Incoming<R> {
    source: R,
    buffer: BytesMut,
    chunk: usize,
    tally: Arc<Tally>,
    decoder: Decoder,
    max_packet_size: usize,
    /// Bytes decoded since the connection began.
    pub(super) consumed: usize,
    /// The first byte of the packet that was decoded last.
    pub(super) last_first: u8,
    tap: Tap,
    /// How the connection began, as long as it may fail and the packet log is on.
    beginning: Option<Vec<u8>>,
    /// Bytes received since the connection began.
    pub(super) received: usize,
}

impl<R: AsyncRead + Unpin> Incoming<R> {
    pub(super) fn new(source: R, shared: &Shared) -> Self {
        let connect_packet_size = shared.config.limits.connect_packet_size;
        let max_packet_size = usize::try_from(connect_packet_size).unwrap_or(usize::MAX);
        let tap = Tap::new(Arc::clone(&shared.packet_log), FaultDirection::In);
        Self {
            source,
            buffer: BytesMut::new(),
            chunk: SMALLEST_CHUNK,
            tally: Arc::clone(&shared.tally),
            decoder: Decoder::for_server(DecodeLimits { max_packet_size }),
            max_packet_size,
            consumed: 0,
            last_first: 0,
            beginning: tap.is_on().then(Vec::new),
            tap,
            received: 0,
        }
    }

    /// Changes the limit, once the client has a session, and says whose packets they are.
    pub(super) fn accept(&mut self, client_id: &Arc<str>, max_packet_size: usize) {
        self.max_packet_size = max_packet_size;
        self.decoder.set_limits(DecodeLimits { max_packet_size });
        self.beginning = None;
        self.tap.identify(client_id);
        self.end_batch();
    }

    /// Looks what is switched on. To be called between two batches.
    pub(super) fn begin_batch(&mut self) {
        self.tap.begin_batch();
    }

    /// Logs what was decoded.
    pub(super) fn end_batch(&mut self) {
        if let Some(version) = self.decoder.version() {
            self.tap.commit(version);
        }
    }

    /// The first bytes of the connection, if it is still at its beginning and the log is on.
    pub(super) fn take_beginning(&mut self) -> Option<Vec<u8>> {
        self.beginning.take()
    }

    /// Takes the next packet that is there as a whole.
    pub(super) fn decode(&mut self) -> Result<Option<Packet>, DecodeError> {
        let before = self.buffer.len();
        let first = self.buffer.first().copied();
        let is_noted = self.tap.is_on() && self.note_next();
        let packet = self.decoder.decode(&mut self.buffer);
        let taken = before - self.buffer.len();
        self.consumed += taken;
        if taken > 0 {
            self.last_first = first.unwrap_or_default();
        }
        if let Err(error) = &packet
            && self.tap.is_on()
        {
            if !is_noted {
                let len = self.buffer.len();
                self.tap.note(&self.buffer[..len.min(KEPT_BYTES)], len, Vec::new());
            }
            self.tap.blame(&error.to_string());
        }
        packet
    }

    /// The faults that fired so far at a connection that gets no log.
    pub(super) fn take_faults(&mut self) -> Vec<FaultMark> {
        self.tap.take_faults()
    }

    /// Says in the log what is wrong with the last packet.
    pub(super) fn blame(&mut self, detail: &str) {
        self.tap.blame(detail);
    }

    /// Logs the packet at the front of the buffer, if it is there as a whole.
    fn note_next(&mut self) -> bool {
        let Front::Whole { size, .. } = Front::of(&self.buffer, self.max_packet_size) else {
            return false;
        };
        self.tap.note(&self.buffer[..size.min(KEPT_BYTES)], size, Vec::new());
        true
    }

    /// Reads once; 0 is the end. Cancelling it loses nothing.
    pub(super) async fn fill(&mut self) -> io::Result<usize> {
        if self.buffer.capacity() - self.buffer.len() < SMALLEST_READ {
            self.buffer.reserve(self.chunk);
        }
        let count = self.source.read_buf(&mut self.buffer).await?;
        self.tally.bytes_in.add(count);
        self.received += count;
        if let Some(beginning) = &mut self.beginning {
            let new = &self.buffer[self.buffer.len() - count..];
            beginning.extend_from_slice(&new[..count.min(KEPT_BYTES - beginning.len())]);
        }
        if self.buffer.len() == self.buffer.capacity() {
            self.chunk = (self.chunk * 4).min(LARGEST_CHUNK);
        } else if count < self.chunk / 16 {
            self.chunk = (self.chunk / 2).max(SMALLEST_CHUNK);
        }
        Ok(count)
    }

    /// Bytes received that are not decoded.
    pub(super) fn pending(&self) -> &[u8] {
        &self.buffer
    }

    /// Reads and forgets everything until the end.
    pub(super) async fn drain(&mut self) -> io::Result<()> {
        loop {
            self.buffer.clear();
            if self.fill().await? == 0 {
                return Ok(());
            }
        }
    }
}
