//! Packets from the queue of a connection to its socket, many in one write.

use std::{
    io,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use bytes::BytesMut;
use tokio::{
    io::{AsyncWrite, AsyncWriteExt},
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use wire::{Packet, QoS, Version};

use super::{
    ConnectionId, Shared,
    frame::Front,
    incoming::Line,
    interference::{Entering, Interference},
    lane::{End, Ending, Leaving},
    tap::Tap,
    topic_aliases::TopicAliases,
};
use crate::{
    access::Identity,
    activity::Loss,
    event::DisconnectCause,
    faults::{FaultClose, FaultDirection},
    outbound::{Outbound, Outgoing, Taken},
    router::{Command, Leave},
};

/// Packets taken at once.
const PACKETS: usize = 512;

/// Payload bytes after which no more packets are taken.
const BYTES: usize = 128 * 1024;

/// A buffer larger than this is not kept.
const KEPT_BUFFER: usize = 1024 * 1024;

pub(super) struct Link {
    pub(super) connection: ConnectionId,
    pub(super) identity: Identity,
    pub(super) outbound: Arc<Outbound>,
    pub(super) version: Version,
    pub(super) aliases: TopicAliases,
    pub(super) tap: Tap,
    pub(super) shared: Arc<Shared>,
    pub(super) line: Arc<Line>,
    /// The list of faults that was looked at last.
    pub(super) generation: u64,
    pub(super) interference: Option<Box<Interference>>,
    /// Tells the reader that nothing can be written any more.
    pub(super) broken: CancellationToken,
}

/// What was gathered for one write.
#[derive(Debug, Default)]
struct Batch {
    bytes: BytesMut,
    /// How many of the packets are messages.
    messages: usize,
    packets: usize,
    /// Payload bytes of the messages.
    payload: usize,
    /// Where the last packet begins.
    last: Option<usize>,
}

/// How writing goes on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Next {
    GoOn,
    /// The socket is left as it is.
    Stop,
}

/// Writes until the queue is closed and empty, then closes its direction of the socket. Gives it back.
pub(super) async fn run<W: AsyncWrite + Unpin>(mut sink: W, mut link: Link) -> W {
    let outbound = Arc::clone(&link.outbound);
    let told = Arc::clone(&link.line);
    let shared = Arc::clone(&link.shared);
    let overdue = async {
        outbound.closing().await;
        shared.closing_time().await;
    };
    let result = tokio::select! {
        result = write(&mut sink, &mut link) => result,
        () = overdue => Err(io::ErrorKind::TimedOut.into()),
        () = told.hurry.notified() => Ok(()),
    };
    if let Err(error) = result {
        tracing::debug!(%error, "writing ended");
        link.broken.cancel();
    }
    sink
}

async fn write<W: AsyncWrite + Unpin>(sink: &mut W, link: &mut Link) -> io::Result<()> {
    let mut packets = Vec::new();
    let mut batch = Batch::default();
    loop {
        link.begin_batch();
        let taken = link.take(&mut packets);
        if taken.has_room_again {
            let command = Command::HasRoom { connection: link.connection };
            // Without a router the queue will be closed.
            let _ = link.shared.router.send(command).await;
        }
        if link.line.is_silent() {
            packets.clear();
            if taken.finished {
                return Ok(());
            }
            link.outbound.ready().await;
            continue;
        }
        link.encode(&mut packets, &mut batch);
        let ending = link.release(&mut batch, taken.finished);
        // Before anybody can answer.
        link.tap.commit(link.version);
        if !batch.bytes.is_empty() {
            link.put(sink, &mut batch).await?;
        } else if ending.is_none() {
            if taken.finished && link.is_empty() {
                return sink.shutdown().await;
            }
            link.ready().await;
        }
        if let Some(ending) = ending
            && link.end(sink, ending).await? == Next::Stop
        {
            return Ok(());
        }
    }
}

impl Link {
    /// Looks what is switched on.
    fn begin_batch(&mut self) {
        self.tap.begin_batch();
        let generation = self.shared.faults.generation();
        if self.generation != generation {
            self.generation = generation;
            if let Some(interference) = &mut self.interference {
                interference.follow();
            } else {
                let table = &self.shared.faults;
                let mut interference = Interference::new(FaultDirection::Out, table);
                interference.identify(&self.identity);
                self.interference = Some(Box::new(interference));
            }
        }
        if self.interference.as_ref().is_some_and(|interference| interference.is_over()) {
            self.interference = None;
        }
    }

    fn take(&self, packets: &mut Vec<Outgoing>) -> Taken {
        match &self.interference {
            Some(interference) if !interference.lane.has_room() => {
                Taken { finished: false, has_room_again: false }
            }
            _ => self.outbound.take(packets, PACKETS, BYTES),
        }
    }

    /// Resolves when there is something to take, or something leaves the lane.
    async fn ready(&mut self) {
        let Some(interference) = &mut self.interference else {
            return self.outbound.ready().await;
        };
        let due = interference.lane.due();
        let has_room = interference.lane.has_room();
        tokio::select! {
            () = self.outbound.ready(), if has_room => {}
            () = Interference::due(due) => {}
            () = interference.changed() => {}
        }
    }

    fn is_empty(&self) -> bool {
        self.interference.as_ref().is_none_or(|interference| interference.lane.is_empty())
    }

    /// Appends the packets to the batch, or puts them on the lane.
    fn encode(&mut self, packets: &mut Vec<Outgoing>, batch: &mut Batch) {
        let now = Instant::now();
        for outgoing in packets.drain(..) {
            let (mut packet, is_message) = match outgoing {
                Outgoing::Control(packet) => (packet, false),
                Outgoing::Dropped => continue,
                Outgoing::Publish(delivery) => {
                    // With a packet identifier it has begun, and ends with its acknowledgement.
                    if delivery.qos == QoS::AtMostOnce && delivery.message.is_expired(now) {
                        self.shared.tally.dropped.add(Loss::Expired, 1);
                        self.outbound.traffic.expired.add(1);
                        continue;
                    }
                    batch.payload += delivery.message.payload.len();
                    (delivery.to_packet(self.version, now), true)
                }
            };
            if self.interference.is_some() {
                self.disturb(&packet, is_message, now);
                continue;
            }
            self.aliases.abbreviate(&mut packet);
            let start = batch.bytes.len();
            if self.append(&packet, is_message, &mut batch.bytes) {
                batch.packets += 1;
                batch.messages += usize::from(is_message);
                batch.last = Some(start);
                if self.tap.is_on() {
                    let bytes = &batch.bytes[start..];
                    self.tap.note(bytes, bytes.len(), Vec::new());
                }
            }
        }
    }

    fn append(&self, packet: &Packet, is_message: bool, bytes: &mut BytesMut) -> bool {
        match wire::encode(packet, self.version, bytes) {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(%error, "a packet cannot be encoded");
                self.shared.tally.dropped.add(Loss::TooLarge, usize::from(is_message));
                false
            }
        }
    }

    /// Puts a packet on the lane.
    fn disturb(&mut self, packet: &Packet, is_message: bool, now: Instant) {
        let mut short = packet.clone();
        self.aliases.abbreviate(&mut short);
        let mut bytes = BytesMut::new();
        if !self.append(&short, is_message, &mut bytes) {
            return;
        }
        let Some(interference) = &mut self.interference else { return };
        let Front::Whole { header, .. } = Front::of(&bytes, usize::MAX) else { return };
        let (bytes, version) = (bytes.freeze(), Some(self.version));
        let packet = Some(packet);
        let entered =
            interference.enter(Entering { bytes, header, packet, version, is_message }, now);
        if let Some((bytes, faults)) = entered.log
            && self.tap.is_on()
        {
            self.tap.note(&bytes, bytes.len(), faults);
        }
    }

    /// Appends what leaves the lane to the batch, up to an ending.
    fn release(&mut self, batch: &mut Batch, is_finished: bool) -> Option<Ending> {
        let interference = self.interference.as_mut()?;
        let now = Instant::now();
        if is_finished {
            // Nothing will come to overtake it.
            interference.lane.let_overtaken_go(now);
        }
        while batch.bytes.len() < BYTES {
            match interference.lane.next(now)? {
                Leaving::Packet(parcel) => {
                    batch.packets += 1;
                    batch.messages += usize::from(parcel.is_message);
                    batch.last = Some(batch.bytes.len());
                    batch.bytes.extend_from_slice(&parcel.bytes);
                    if self.tap.is_on() && !parcel.is_logged {
                        self.tap.note(&parcel.bytes, parcel.bytes.len(), parcel.faults);
                    }
                }
                Leaving::End(ending) => return Some(ending),
            }
        }
        None
    }

    /// Writes the batch.
    async fn put<W: AsyncWrite + Unpin>(&self, sink: &mut W, batch: &mut Batch) -> io::Result<()> {
        if let Some(first) = batch.last.take().and_then(|start| batch.bytes.get(start)) {
            self.outbound.last_packet.set(*first, FaultDirection::Out);
        }
        sink.write_all(&batch.bytes).await?;
        sink.flush().await?;
        let messages = std::mem::take(&mut batch.messages);
        let tally = &self.shared.tally;
        tally.bytes_out.add(batch.bytes.len());
        tally.messages_out.add(messages);
        tally.packets_out.add(std::mem::take(&mut batch.packets));
        tally.payload_out.add(std::mem::take(&mut batch.payload));
        self.outbound.traffic.messages_out.add(messages);
        self.outbound.traffic.bytes_out.add(batch.bytes.len());
        batch.bytes.clear();
        if batch.bytes.capacity() > KEPT_BUFFER {
            batch.bytes = BytesMut::new();
        }
        Ok(())
    }

    /// Ends the connection as a fault wants it.
    async fn end<W: AsyncWrite + Unpin>(
        &mut self,
        sink: &mut W,
        ending: Ending,
    ) -> io::Result<Next> {
        let Ending { how, rule } = ending;
        // What comes now is not judged any more.
        self.interference = None;
        let reason = match how {
            End::Silence => {
                self.line.silence(&rule);
                return Ok(Next::GoOn);
            }
            End::Disconnect(reason) | End::Refuse(reason) => Some(reason),
            End::Close(_) => None,
        };
        if how == End::Close(FaultClose::Rst) {
            self.line.is_reset.store(true, Relaxed);
        }
        let cause = DisconnectCause::Fault { rule: (*rule).into(), reason };
        let leave = Leave { connection: self.connection, cause, expiry: None };
        // Without a router the queue will be closed.
        let _ = self.shared.router.send(Command::Leave(Box::new(leave))).await;
        match how {
            End::Close(FaultClose::Fin) => sink.shutdown().await.map(|()| Next::Stop),
            End::Close(FaultClose::Rst) => Ok(Next::Stop),
            _ => Ok(Next::GoOn),
        }
    }
}
