//! The tap: the last wrapper of a connection, where its bytes are seen, counted and held back.
//!
//! # Invariants
//!
//! * Every byte is shown to the observer exactly once, in order, before the reader gets it or
//!   after the writer has handed it over.
//! * A closed gate stops reading and nothing else: writing, and so keep-alive, goes on.
//! * One read takes at most [`MOST_AT_ONCE`], so little is on its way when the gate closes.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};

use futures_util::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use wire::Timestamp;

use crate::sniff::{NotMqtt, sniff};

/// Sees the bytes of one connection. It runs inside the connection's reads and writes, so it must
/// be quick and must bound what it keeps.
pub trait Observer: Send + Sync + Unpin + 'static {
    /// Bytes handed to the socket.
    fn sent(&mut self, bytes: &[u8]);
    /// Bytes read from the socket.
    fn received(&mut self, bytes: &[u8]);
}

/// The most bytes one read takes, however large the reader's buffer has grown.
pub const MOST_AT_ONCE: usize = 64 * 1024;

/// Wraps `stream`; the handle stays valid after the stream is gone.
pub fn tap<S, O: Observer>(stream: S, observer: O) -> (Tapped<S, O>, Tap) {
    let tap = Tap::default();
    let tapped = Tapped { stream, observer, shared: Arc::clone(&tap.shared), answered: false };
    (tapped, tap)
}

/// A handle on a tapped connection. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Tap {
    shared: Arc<Shared>,
}

/// How the receiving side of a connection ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ReadEnd {
    /// The peer closed it in order.
    Closed,
    /// The peer or the network reset it, or the system gave up: what the system calls it.
    Failed(io::ErrorKind),
}

impl Tap {
    /// Stops reading until [`Tap::resume`]. What was read before is still delivered.
    pub fn pause(&self) {
        self.shared.paused.store(true, Ordering::Release);
    }

    /// Reads again.
    pub fn resume(&self) {
        self.shared.paused.store(false, Ordering::Release);
        self.shared.reader.wake();
    }

    /// Whether reading is stopped.
    pub fn is_paused(&self) -> bool {
        self.shared.paused.load(Ordering::Acquire)
    }

    /// When bytes were last read; 0 before the first.
    pub fn last_read(&self) -> Timestamp {
        Timestamp(self.shared.last_read.load(Ordering::Relaxed))
    }

    /// Bytes read so far.
    pub fn bytes_read(&self) -> u64 {
        self.shared.bytes_read.load(Ordering::Relaxed)
    }

    /// Bytes written so far.
    pub fn bytes_written(&self) -> u64 {
        self.shared.bytes_written.load(Ordering::Relaxed)
    }

    /// Since when the socket takes no more bytes because the peer does not read; `None` when it does.
    pub fn write_blocked_since(&self) -> Option<Timestamp> {
        match self.shared.write_blocked_since.load(Ordering::Relaxed) {
            0 => None,
            since => Some(Timestamp(since)),
        }
    }

    /// What the peer speaks, once its first bytes have shown that it is not MQTT.
    pub fn not_mqtt(&self) -> Option<&NotMqtt> {
        self.shared.not_mqtt.get()
    }

    /// How the receiving side ended; `None` while it is open.
    pub fn read_end(&self) -> Option<ReadEnd> {
        self.shared.read_end.get().copied()
    }
}

/// A stream with a tap in it.
#[derive(Debug)]
pub struct Tapped<S, O> {
    stream: S,
    observer: O,
    shared: Arc<Shared>,
    /// The first bytes of the answer have been looked at.
    answered: bool,
}

#[derive(Debug, Default)]
struct Shared {
    paused: AtomicBool,
    reader: AtomicWaker,
    last_read: AtomicI64,
    bytes_read: AtomicU64,
    bytes_written: AtomicU64,
    /// Microseconds since the epoch; 0 while writing is possible.
    write_blocked_since: AtomicI64,
    not_mqtt: OnceLock<NotMqtt>,
    read_end: OnceLock<ReadEnd>,
}

impl Shared {
    /// Whether the gate is closed; then `cx` is woken when it opens.
    fn held_back(&self, cx: &Context<'_>) -> bool {
        if !self.paused.load(Ordering::Acquire) {
            return false;
        }
        self.reader.register(cx.waker());
        // Asked again, or a `resume` just before the registration would be missed.
        self.paused.load(Ordering::Acquire)
    }

    fn note_write(&self, outcome: &Poll<io::Result<usize>>) {
        match outcome {
            Poll::Pending => {
                if self.write_blocked_since.load(Ordering::Relaxed) == 0 {
                    self.write_blocked_since.store(Timestamp::now().0, Ordering::Relaxed);
                }
            }
            Poll::Ready(written) => {
                self.write_blocked_since.store(0, Ordering::Relaxed);
                if let Ok(written) = written {
                    self.bytes_written.fetch_add(*written as u64, Ordering::Relaxed);
                }
            }
        }
    }
}

impl<S: AsyncRead + Unpin, O: Observer> AsyncRead for Tapped<S, O> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.shared.held_back(cx) {
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        let room = buffer.remaining();
        if let Err(error) = ready!(poll_read_some(Pin::new(&mut this.stream), cx, buffer)) {
            let _ = this.shared.read_end.set(ReadEnd::Failed(error.kind()));
            return Poll::Ready(Err(error));
        }
        let read = &buffer.filled()[before..];
        if read.is_empty() {
            if room > 0 {
                let _ = this.shared.read_end.set(ReadEnd::Closed);
            }
            return Poll::Ready(Ok(()));
        }
        this.shared.last_read.store(Timestamp::now().0, Ordering::Relaxed);
        this.shared.bytes_read.fetch_add(read.len() as u64, Ordering::Relaxed);
        this.observer.received(read);
        if !this.answered {
            this.answered = true;
            if let Some(peer) = sniff(read) {
                let _ = this.shared.not_mqtt.set(peer.clone());
                return Poll::Ready(Err(io::Error::other(peer)));
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// Reads at most [`MOST_AT_ONCE`].
fn poll_read_some(
    stream: Pin<&mut impl AsyncRead>,
    cx: &mut Context<'_>,
    buffer: &mut ReadBuf<'_>,
) -> Poll<io::Result<()>> {
    if buffer.remaining() <= MOST_AT_ONCE {
        return stream.poll_read(cx, buffer);
    }
    let mut part = ReadBuf::new(buffer.initialize_unfilled_to(MOST_AT_ONCE));
    ready!(stream.poll_read(cx, &mut part))?;
    let count = part.filled().len();
    buffer.advance(count);
    Poll::Ready(Ok(()))
}

impl<S: AsyncWrite + Unpin, O: Observer> AsyncWrite for Tapped<S, O> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let outcome = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.shared.note_write(&outcome);
        if let Poll::Ready(Ok(written)) = outcome {
            this.observer.sent(&bytes[..written]);
        }
        outcome
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let outcome = Pin::new(&mut this.stream).poll_write_vectored(cx, slices);
        this.shared.note_write(&outcome);
        if let Poll::Ready(Ok(mut written)) = outcome {
            for slice in slices {
                let part = written.min(slice.len());
                this.observer.sent(&slice[..part]);
                written -= part;
            }
        }
        outcome
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
