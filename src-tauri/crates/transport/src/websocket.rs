//! MQTT over WebSocket: the bytes of binary messages as a byte stream (RFC 6455, MQTT 5.0 §6).
//!
//! Where messages and frames begin and end means nothing to MQTT, so nothing is gathered: the bytes
//! of a frame are handed on as they come, unmasked where they were read, and a frame of any size
//! costs no memory.
//!
//! # Invariants
//!
//! * Only whole frames are queued for writing, so an answer to a ping never cuts a message in two.
//! * What is queued is bounded: one frame of data, the newest pong, one close.
//! * After the first offence of the peer nothing of it is handed on, and it is told by a close code.

mod frame;

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker, ready},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::{Buf, Bytes, BytesMut};
use futures_util::task::AtomicWaker;
use sha1::{Digest, Sha1};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use self::frame::{Control, Happened, Parser};

/// Which end of the connection this is: clients mask what they send, servers do not (§5.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Role {
    Client,
    Server,
}

/// A byte stream inside a WebSocket whose opening handshake is done.
///
/// Reading and writing may happen in two tasks, with [`tokio::io::split`].
#[derive(Debug)]
pub struct WebSocket<S> {
    stream: S,
    /// Read together with the end of the handshake.
    early: Bytes,
    parser: Parser,
    role: Role,
    /// Whole frames to be written.
    queue: BytesMut,
    needs_flush: bool,
    /// What to answer the newest ping with.
    pong: Option<Control>,
    close: Close,
    end: Option<End>,
    wakers: Arc<Wakers>,
}

/// How far closing got on this side.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Close {
    /// Not at all.
    Open,
    /// This code is to be sent.
    Due(u16),
    /// It was sent, nothing may follow (§5.5.1).
    Sent,
}

/// Why nothing more of the peer is handed on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum End {
    /// It said goodbye, or the stream ended.
    Closed,
    /// It broke the protocol, and the reader does not know yet.
    Broken(BrokenFrame),
    /// The reader knows. What still comes is read away: a socket closed with unread bytes resets the
    /// connection, and the peer would not see why.
    Discarding,
}

/// How a peer broke the WebSocket protocol. It is the inner error of an [`io::Error`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BrokenFrame {
    /// MQTT wants binary messages (MQTT 5.0 §6).
    #[error("a text message; MQTT is sent in binary ones")]
    Text,
    /// Bits that only extensions use, and none was agreed on.
    #[error("reserved bits are set, as with compression that was not agreed on")]
    ReservedBits,
    /// An opcode nobody defined.
    #[error("a frame with the unknown opcode {opcode}")]
    Opcode {
        /// The opcode.
        opcode: u8,
    },
    /// A client must mask.
    #[error("a frame without a mask")]
    Unmasked,
    /// A server must not mask.
    #[error("a masked frame from a server")]
    Masked,
    /// A continuation of nothing.
    #[error("a continuation frame, and no message was begun")]
    Continuation,
    /// The last message has not ended.
    #[error("a new message, and the last one has not ended")]
    Interrupted,
    /// Ping, pong and close are whole frames.
    #[error("a control frame in fragments")]
    FragmentedControl,
    /// Ping, pong and close have up to 125 bytes.
    #[error("a control frame of {length} bytes; 125 are allowed")]
    LongControl {
        /// Its length.
        length: u64,
    },
    /// A close frame with a body has at least a code.
    #[error("a close frame of one byte")]
    CloseBody,
    /// A length not in its shortest form, or above 2⁶³.
    #[error("a length that is not in its shortest form")]
    Length,
}

/// The largest frame that is sent: with it the length takes two bytes.
const LARGEST_FRAME: usize = 0xFFFF;

/// A queue that grew beyond this is not kept.
const KEPT_QUEUE: usize = 4 * 1024;

/// Close codes (RFC 6455 §7.4.1).
const NORMAL: u16 = 1000;
const PROTOCOL_ERROR: u16 = 1002;
const UNACCEPTABLE: u16 = 1003;

impl<S> WebSocket<S> {
    /// Goes on after the opening handshake; `early` are bytes that were read beyond it.
    pub fn new(stream: S, role: Role, early: Bytes) -> Self {
        Self {
            stream,
            early,
            parser: Parser::new(role),
            role,
            queue: BytesMut::new(),
            needs_flush: false,
            pong: None,
            close: Close::Open,
            end: None,
            wakers: Arc::default(),
        }
    }

    /// The stream inside. What was not read or written is lost.
    pub fn into_inner(self) -> S {
        self.stream
    }
}

/// What a server answers `Sec-WebSocket-Key` with (RFC 6455 §4.2.2); `None` if the key is not the
/// Base64 of 16 bytes.
pub fn accept_key(key: &str) -> Option<String> {
    const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    BASE64_STANDARD.decode(key).ok().filter(|bytes| bytes.len() == 16)?;
    Some(BASE64_STANDARD.encode(Sha1::new().chain_update(key).chain_update(GUID).finalize()))
}

/// The code that answers a close frame: the same, if it may be sent at all.
fn echoed(code: u16) -> u16 {
    match code {
        1000..=1003 | 1007..=1014 | 3000..=4999 => code,
        _ => PROTOCOL_ERROR,
    }
}

impl BrokenFrame {
    fn close_code(self) -> u16 {
        if self == Self::Text { UNACCEPTABLE } else { PROTOCOL_ERROR }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for WebSocket<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        this.wakers.reader.register(cx.waker());
        if buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let start = buffer.filled().len();
        loop {
            match this.end {
                Some(End::Closed) => return Poll::Ready(Ok(())),
                Some(End::Broken(broken)) => {
                    this.end = Some(End::Discarding);
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, broken)));
                }
                Some(End::Discarding) | None => {}
            }
            if this.early.is_empty() {
                ready!(Pin::new(&mut this.stream).poll_read(cx, buffer))?;
            } else {
                let early = this.early.split_to(this.early.len().min(buffer.remaining()));
                buffer.put_slice(&early);
            }
            if buffer.filled().len() == start {
                this.end = Some(End::Closed);
                return Poll::Ready(Ok(()));
            }
            let kept = this.unwrap(&mut buffer.filled_mut()[start..]);
            buffer.set_filled(start + kept);
            // Answers go out from here if they can; else the next write takes them along.
            let _ = this.poll_drain_to_socket();
            if kept > 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for WebSocket<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        this.wakers.writer.register(cx.waker());
        ready!(this.poll_drain())?;
        if this.close != Close::Open {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let count = bytes.len().min(LARGEST_FRAME);
        frame::write(frame::BINARY, &bytes[..count], this.role, &mut this.queue);
        // It is taken whether or not it can be written at once.
        if let Poll::Ready(Err(error)) = this.poll_drain() {
            return Poll::Ready(Err(error));
        }
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wakers.writer.register(cx.waker());
        self.poll_drain_to_socket()
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        this.wakers.writer.register(cx.waker());
        if this.close == Close::Open {
            this.close = Close::Due(NORMAL);
        }
        ready!(this.poll_drain_to_socket())?;
        let waker = Waker::from(Arc::clone(&this.wakers));
        Pin::new(&mut this.stream).poll_shutdown(&mut Context::from_waker(&waker))
    }
}

impl<S> WebSocket<S> {
    /// Takes the payload out of `bytes`, to their front, and notes what is to be answered; returns
    /// its length.
    fn unwrap(&mut self, bytes: &mut [u8]) -> usize {
        let (mut at, mut kept) = (0, 0);
        while at < bytes.len() && self.end.is_none() {
            match self.parser.next(bytes, &mut at, &mut kept) {
                Ok(Happened::Nothing) => {}
                Ok(Happened::Ping(body)) => self.pong = Some(body),
                Ok(Happened::Close(code)) => {
                    self.end = Some(End::Closed);
                    self.answer_close(code.map_or(NORMAL, echoed));
                }
                Err(broken) => {
                    self.end = Some(End::Broken(broken));
                    self.answer_close(broken.close_code());
                }
            }
        }
        kept
    }

    fn answer_close(&mut self, code: u16) {
        if self.close == Close::Open {
            self.close = Close::Due(code);
        }
    }
}

impl<S: AsyncWrite + Unpin> WebSocket<S> {
    /// Writes what is queued and due.
    fn poll_drain(&mut self) -> Poll<io::Result<()>> {
        if self.queue.is_empty() && !self.queue_control() {
            return Poll::Ready(Ok(()));
        }
        // A task that waits to write must not be forgotten because the other one tried.
        let waker = Waker::from(Arc::clone(&self.wakers));
        let mut cx = Context::from_waker(&waker);
        loop {
            while !self.queue.is_empty() {
                match ready!(Pin::new(&mut self.stream).poll_write(&mut cx, &self.queue))? {
                    0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    count => self.queue.advance(count),
                }
                self.needs_flush = true;
            }
            if !self.queue_control() {
                break;
            }
        }
        if self.queue.capacity() > KEPT_QUEUE {
            self.queue = BytesMut::new();
        }
        Poll::Ready(Ok(()))
    }

    /// The same, and makes sure that nothing waits in the stream inside.
    fn poll_drain_to_socket(&mut self) -> Poll<io::Result<()>> {
        ready!(self.poll_drain())?;
        if self.needs_flush {
            let waker = Waker::from(Arc::clone(&self.wakers));
            let mut cx = Context::from_waker(&waker);
            ready!(Pin::new(&mut self.stream).poll_flush(&mut cx))?;
            self.needs_flush = false;
        }
        Poll::Ready(Ok(()))
    }

    /// Queues a pong or a close that is due; returns whether there was one.
    fn queue_control(&mut self) -> bool {
        if self.close == Close::Sent {
            return false;
        }
        if let Some(body) = self.pong.take() {
            frame::write(frame::PONG, body.bytes(), self.role, &mut self.queue);
            return true;
        }
        let Close::Due(code) = self.close else { return false };
        frame::write(frame::CLOSE, &code.to_be_bytes(), self.role, &mut self.queue);
        self.close = Close::Sent;
        true
    }
}

/// The tasks that read and write. Whichever of them tried to write last, both are woken.
#[derive(Debug, Default)]
struct Wakers {
    reader: AtomicWaker,
    writer: AtomicWaker,
}

impl Wake for Wakers {
    fn wake(self: Arc<Self>) {
        self.reader.wake();
        self.writer.wake();
    }
}
