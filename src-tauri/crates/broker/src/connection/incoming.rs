//! Bytes from a socket into packets.

use std::{io, sync::Arc};

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt};
use wire::{DecodeError, DecodeLimits, Decoder, Packet};

use crate::{config::Limits, counters::Tally};

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
    pub(super) decoder: Decoder,
    /// Bytes decoded since the connection began.
    pub(super) consumed: usize,
}

impl<R: AsyncRead + Unpin> Incoming<R> {
    pub(super) fn new(source: R, limits: &Limits, tally: Arc<Tally>) -> Self {
        let max_packet_size = usize::try_from(limits.connect_packet_size).unwrap_or(usize::MAX);
        Self {
            source,
            buffer: BytesMut::new(),
            chunk: SMALLEST_CHUNK,
            tally,
            decoder: Decoder::for_server(DecodeLimits { max_packet_size }),
            consumed: 0,
        }
    }

    /// Takes the next packet that is there as a whole.
    pub(super) fn decode(&mut self) -> Result<Option<Packet>, DecodeError> {
        let before = self.buffer.len();
        let packet = self.decoder.decode(&mut self.buffer);
        self.consumed += before - self.buffer.len();
        packet
    }

    /// Reads once; 0 is the end. Cancelling it loses nothing.
    pub(super) async fn fill(&mut self) -> io::Result<usize> {
        if self.buffer.capacity() - self.buffer.len() < SMALLEST_READ {
            self.buffer.reserve(self.chunk);
        }
        let count = self.source.read_buf(&mut self.buffer).await?;
        self.tally.bytes_in.add(count);
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
