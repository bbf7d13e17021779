//! Bytes from a socket into packets.

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use bytes::BytesMut;
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    sync::Notify,
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use wire::{DecodeError, DecodeLimits, Decoder, Packet};

use super::{
    Shared,
    frame::Front,
    interference::{Entered, Entering, Interference},
    lane::{End, Ending, Leaving},
    tap::Tap,
};
use crate::{
    access::Identity,
    counters::Tally,
    faults::{FaultClose, FaultDirection, FaultMark, FaultTable},
    packet_log::KEPT_BYTES,
};

/// Room made for a read at first: an idle client costs no more.
const SMALLEST_CHUNK: usize = 1024;

/// Room made for a client that sends much. The buffer grows beyond it only as bytes arrive.
const LARGEST_CHUNK: usize = 64 * 1024;

/// Less room than this is not worth a read.
const SMALLEST_READ: usize = 512;

/// What a fault told both sides of a connection.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// Nothing passes any more, and nobody is told.
    is_silent: AtomicBool,
    /// The rule that did it.
    silenced_by: OnceLock<Arc<str>>,
    /// The connection is to end with RST.
    pub(super) is_reset: AtomicBool,
    /// The writer has to stop at once.
    pub(super) hurry: Notify,
}

impl Line {
    /// From now on nothing passes, because of `rule`.
    pub(super) fn silence(&self, rule: &Arc<str>) {
        self.silenced_by.get_or_init(|| Arc::clone(rule));
        self.is_silent.store(true, Relaxed);
    }

    pub(super) fn is_silent(&self) -> bool {
        self.is_silent.load(Relaxed)
    }
}

#[derive(Debug)]
pub(super) struct Incoming<R> {
    socket: Socket<R>,
    /// What is to be decoded.
    buffer: BytesMut,
    decoder: Decoder,
    max_packet_size: usize,
    /// Bytes decoded since the connection began.
    pub(super) consumed: usize,
    /// The first byte of the packet that was decoded last.
    pub(super) last_first: u8,
    tap: Tap,
    /// How the connection began, as long as it may fail and the packet log is on.
    beginning: Option<Vec<u8>>,
    faults: Arc<FaultTable>,
    /// The list of rules that was looked at last.
    generation: u64,
    /// Whose packets they are, once a CONNECT was accepted.
    identity: Option<Identity>,
    disturbed: Option<Box<Disturbed>>,
    /// For the packets in `buffer` that left the lane: the faults that fired at them, unless the log
    /// has them already.
    released: VecDeque<Option<Vec<FaultMark>>>,
    pub(super) line: Arc<Line>,
    ending: Option<Ending>,
}

#[derive(Debug)]
struct Socket<R> {
    source: R,
    chunk: usize,
    tally: Arc<Tally>,
    /// Bytes received since the connection began.
    received: usize,
}

/// What a connection needs while faults may concern it.
#[derive(Debug)]
struct Disturbed {
    interference: Interference,
    /// From the socket, not yet on the lane.
    raw: BytesMut,
    is_at_end: bool,
    /// A packet arrived at the socket since this was last asked.
    has_arrived: bool,
}

impl<R: AsyncRead + Unpin> Incoming<R> {
    pub(super) fn new(source: R, shared: &Shared) -> Self {
        let connect_packet_size = shared.config.limits.connect_packet_size;
        let max_packet_size = usize::try_from(connect_packet_size).unwrap_or(usize::MAX);
        let tap = Tap::new(Arc::clone(&shared.packet_log), FaultDirection::In);
        let tally = Arc::clone(&shared.tally);
        let mut incoming = Self {
            socket: Socket { source, chunk: SMALLEST_CHUNK, tally, received: 0 },
            buffer: BytesMut::new(),
            decoder: Decoder::for_server(DecodeLimits { max_packet_size }),
            max_packet_size,
            consumed: 0,
            last_first: 0,
            beginning: tap.is_on().then(Vec::new),
            tap,
            faults: Arc::clone(&shared.faults),
            generation: 0,
            identity: None,
            disturbed: None,
            released: VecDeque::new(),
            line: Arc::default(),
            ending: None,
        };
        incoming.follow_faults();
        incoming
    }

    /// Changes the limit, once the client has a session, and says whose packets they are.
    pub(super) fn accept(&mut self, identity: &Identity, max_packet_size: usize) {
        self.max_packet_size = max_packet_size;
        self.decoder.set_limits(DecodeLimits { max_packet_size });
        self.beginning = None;
        self.tap.identify(&identity.client_id);
        self.end_batch();
        if let Some(disturbed) = &mut self.disturbed {
            disturbed.interference.identify(identity);
        }
        self.identity = Some(identity.clone());
    }

    /// Looks what is switched on. To be called between two batches.
    pub(super) fn begin_batch(&mut self) {
        self.tap.begin_batch();
        self.follow_faults();
        if self.line.is_silent() {
            self.buffer.clear();
        }
    }

    /// Logs what was decoded.
    pub(super) fn end_batch(&mut self) {
        if let Some(version) = self.decoder.version() {
            self.tap.commit(version);
        }
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
            if !self.released.is_empty() {
                self.released.pop_front();
            }
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

    /// Reads once, or lets packets arrive that were late; 0 is the end. Cancelling it loses nothing.
    ///
    /// # Errors
    ///
    /// What the system says, or [`io::ErrorKind::ConnectionAborted`] when a fault ended the
    /// connection: then there is an ending to take.
    pub(super) async fn fill(&mut self) -> io::Result<usize> {
        if self.line.is_silent() {
            return self.be_silent().await;
        }
        if self.disturbed.is_some() {
            return self.fill_disturbed().await;
        }
        let count = self.socket.read(&mut self.buffer).await?;
        self.remember_beginning(count);
        Ok(count)
    }

    /// Bytes received that are not decoded.
    pub(super) fn pending(&self) -> &[u8] {
        &self.buffer
    }

    /// Bytes received since the connection began.
    pub(super) fn received(&self) -> usize {
        self.socket.received
    }

    /// Reads and forgets everything until the end.
    pub(super) async fn drain(&mut self) -> io::Result<()> {
        loop {
            self.buffer.clear();
            if self.socket.read(&mut self.buffer).await? == 0 {
                return Ok(());
            }
        }
    }

    /// Keeps a silent connection open until its peer ends it, the faults change or `shutdown`.
    pub(super) async fn linger(&mut self, shutdown: &CancellationToken) {
        let mut changes = self.faults.watch();
        tokio::select! {
            _ = self.drain() => {}
            _ = changes.changed() => {}
            () = shutdown.cancelled() => {}
        }
    }

    /// The first bytes of the connection, if it is still at its beginning and the log is on.
    pub(super) fn take_beginning(&mut self) -> Option<Vec<u8>> {
        self.beginning.take()
    }

    /// The faults that fired so far at a connection that gets no log.
    pub(super) fn take_faults(&mut self) -> Vec<FaultMark> {
        self.tap.take_faults()
    }

    /// Says in the log what is wrong with the last packet.
    pub(super) fn blame(&mut self, detail: &str) {
        self.tap.blame(detail);
    }

    /// The fault that ended the connection, if one did.
    pub(super) fn take_ending(&mut self) -> Option<Ending> {
        self.ending.take()
    }

    /// A refusal that was decided about the CONNECT that was just decoded.
    pub(super) fn take_refusal(&mut self) -> Option<Ending> {
        self.disturbed.as_mut()?.interference.lane.take_refusal()
    }

    /// Whether a packet arrived that the broker does not have yet, since this was last asked.
    pub(super) fn take_arrival(&mut self) -> bool {
        let disturbed = self.disturbed.as_mut();
        disturbed.is_some_and(|disturbed| std::mem::take(&mut disturbed.has_arrived))
    }

    /// Whether faults keep packets from the broker that the client has sent.
    pub(super) fn is_held_up(&self) -> bool {
        let disturbed = self.disturbed.as_ref();
        disturbed.is_some_and(|disturbed| !disturbed.interference.lane.is_empty())
    }

    pub(super) fn into_source(self) -> R {
        self.socket.source
    }

    /// Logs the packet at the front of the buffer, if it is there as a whole.
    fn note_next(&mut self) -> bool {
        let Front::Whole { size, .. } = Front::of(&self.buffer, self.max_packet_size) else {
            return false;
        };
        let faults = match self.released.front_mut() {
            None => Vec::new(),
            Some(Some(faults)) => std::mem::take(faults),
            // It is in the log.
            Some(None) => return false,
        };
        self.tap.note(&self.buffer[..size.min(KEPT_BYTES)], size, faults);
        true
    }

    fn remember_beginning(&mut self, count: usize) {
        if let Some(beginning) = &mut self.beginning {
            let buffer = self.disturbed.as_ref().map_or(&self.buffer, |disturbed| &disturbed.raw);
            let new = &buffer[buffer.len() - count..];
            beginning.extend_from_slice(&new[..count.min(KEPT_BYTES - beginning.len())]);
        }
    }

    fn follow_faults(&mut self) {
        let generation = self.faults.generation();
        if self.generation != generation {
            self.generation = generation;
            if let Some(disturbed) = &mut self.disturbed {
                disturbed.interference.follow();
            } else {
                let mut interference = Interference::new(FaultDirection::In, &self.faults);
                if let Some(identity) = &self.identity {
                    interference.identify(identity);
                }
                let raw = std::mem::take(&mut self.buffer);
                let (is_at_end, has_arrived) = (false, false);
                let disturbed = Disturbed { interference, raw, is_at_end, has_arrived };
                self.disturbed = Some(Box::new(disturbed));
            }
            self.advance();
        }
        // What is left goes the short way again.
        if let Some(disturbed) = &self.disturbed
            && disturbed.interference.is_over()
            && !disturbed.is_at_end
            && let Some(disturbed) = self.disturbed.take()
        {
            self.buffer.extend_from_slice(&disturbed.raw);
        }
    }
}

/// The long way, while faults may concern the connection.
impl<R: AsyncRead + Unpin> Incoming<R> {
    async fn fill_disturbed(&mut self) -> io::Result<usize> {
        loop {
            let released = self.advance();
            if released > 0 {
                return Ok(released);
            }
            if self.line.is_silent() {
                return self.be_silent().await;
            }
            if self.ending.is_some() {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            let Some(disturbed) = &mut self.disturbed else { return Ok(0) };
            let Disturbed { interference, raw, is_at_end, .. } = &mut **disturbed;
            if *is_at_end && interference.lane.is_empty() {
                return Ok(0);
            }
            let due = interference.lane.due();
            let may_read = !*is_at_end && interference.lane.has_room();
            let count = tokio::select! {
                count = self.socket.read(raw), if may_read => count?,
                () = Interference::due(due) => continue,
                () = interference.changed() => continue,
            };
            *is_at_end = count == 0;
            if count == 0 {
                // Nothing will come to overtake it.
                interference.lane.let_overtaken_go(Instant::now());
                continue;
            }
            self.remember_beginning(count);
            self.advance();
            return Ok(count);
        }
    }

    /// Moves packets from the socket to the lane, and those that are due to the decoder. Returns
    /// their bytes.
    fn advance(&mut self) -> usize {
        let now = Instant::now();
        let version = self.decoder.version();
        let Some(disturbed) = &mut self.disturbed else { return 0 };
        let Disturbed { interference, raw, has_arrived, .. } = &mut **disturbed;
        // What arrives after a change is judged by the new rules.
        interference.follow();
        let mut released = 0;
        loop {
            // What a CONNECT says decides how the next packets are read.
            while interference.lane.has_room()
                && (version.is_some() || interference.lane.is_empty())
            {
                let entered = match Front::of(raw, self.max_packet_size) {
                    Front::Part => break,
                    // The decoder finds out what is wrong.
                    Front::Broken | Front::TooLarge => interference.pass(raw.split().freeze(), now),
                    Front::Whole { header, size } => {
                        let bytes = raw.split_to(size).freeze();
                        let (packet, is_message) = (None, false);
                        let entering = Entering { bytes, header, packet, version, is_message };
                        interference.enter(entering, now)
                    }
                };
                let Entered { log, is_lost } = entered;
                *has_arrived |= !is_lost;
                if let Some((bytes, faults)) = log
                    && self.tap.is_on()
                {
                    self.tap.note(&bytes, bytes.len(), faults);
                }
            }
            match interference.lane.next(now) {
                None => break,
                Some(Leaving::Packet(parcel)) => {
                    released += parcel.bytes.len();
                    self.buffer.extend_from_slice(&parcel.bytes);
                    self.released.push_back((!parcel.is_logged).then_some(parcel.faults));
                    if version.is_none() {
                        break;
                    }
                }
                Some(Leaving::End(ending)) => {
                    raw.clear();
                    interference.lane.clear();
                    if ending.how == End::Silence {
                        self.line.silence(&ending.rule);
                    }
                    self.ending = Some(ending);
                    break;
                }
            }
        }
        released
    }

    /// Reads without listening, until the peer ends it or the faults change.
    async fn be_silent(&mut self) -> io::Result<usize> {
        let mut changes = self.faults.watch();
        tokio::select! {
            ended = self.drain() => ended.map(|()| 0),
            _ = changes.changed() => {
                self.line.is_silent.store(false, Relaxed);
                let rule = self.line.silenced_by.get().map(Arc::clone);
                let how = End::Close(FaultClose::Fin);
                self.ending = rule.map(|rule| Ending { how, rule });
                Err(io::ErrorKind::ConnectionAborted.into())
            }
        }
    }
}

impl<R: AsyncRead + Unpin> Socket<R> {
    async fn read(&mut self, buffer: &mut BytesMut) -> io::Result<usize> {
        if buffer.capacity() - buffer.len() < SMALLEST_READ {
            buffer.reserve(self.chunk);
        }
        let count = match self.source.read_buf(buffer).await {
            // TLS tells an end without a goodbye apart; MQTT has a goodbye of its own.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => 0,
            read => read?,
        };
        self.tally.bytes_in.add(count);
        self.received += count;
        if buffer.len() == buffer.capacity() {
            self.chunk = (self.chunk * 4).min(LARGEST_CHUNK);
        } else if count < self.chunk / 16 {
            self.chunk = (self.chunk / 2).max(SMALLEST_CHUNK);
        }
        Ok(count)
    }
}
