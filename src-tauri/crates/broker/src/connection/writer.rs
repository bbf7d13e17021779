//! Packets from the queue of a connection to its socket, many in one write.

use std::{io, sync::Arc};

use bytes::BytesMut;
use tokio::{
    io::{AsyncWrite, AsyncWriteExt},
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;
use wire::{QoS, Version};

use super::{ConnectionId, Shared, tap::Tap, topic_aliases::TopicAliases};
use crate::{
    faults::FaultDirection,
    outbound::{Outbound, Outgoing},
    router::Command,
};

/// Packets taken at once.
const PACKETS: usize = 512;

/// Payload bytes after which no more packets are taken.
const BYTES: usize = 128 * 1024;

/// A buffer larger than this is not kept.
const KEPT_BUFFER: usize = 1024 * 1024;

pub(super) struct Link {
    pub(super) connection: ConnectionId,
    pub(super) outbound: Arc<Outbound>,
    pub(super) version: Version,
    pub(super) aliases: TopicAliases,
    pub(super) tap: Tap,
    pub(super) shared: Arc<Shared>,
    /// Tells the reader that nothing can be written any more.
    pub(super) broken: CancellationToken,
}

/// Writes until the queue is closed and empty, then closes its direction of the socket.
pub(super) async fn run<W: AsyncWrite + Unpin>(mut sink: W, mut link: Link) {
    let outbound = Arc::clone(&link.outbound);
    let close_timeout = link.shared.config.limits.close_timeout;
    let overdue = async {
        outbound.closing().await;
        sleep(close_timeout).await;
    };
    let result = tokio::select! {
        result = write(&mut sink, &mut link) => result,
        () = overdue => Err(io::ErrorKind::TimedOut.into()),
    };
    if let Err(error) = result {
        tracing::debug!(%error, "writing ended");
        link.broken.cancel();
    }
}

async fn write<W: AsyncWrite + Unpin>(sink: &mut W, link: &mut Link) -> io::Result<()> {
    let mut packets = Vec::new();
    let mut bytes = BytesMut::new();
    loop {
        let taken = link.outbound.take(&mut packets, PACKETS, BYTES);
        if taken.has_room_again {
            let command = Command::HasRoom { connection: link.connection };
            // Without a router the queue will be closed.
            let _ = link.shared.router.send(command).await;
        }
        if packets.is_empty() {
            if taken.finished {
                return sink.shutdown().await;
            }
            link.outbound.ready().await;
            continue;
        }
        link.tap.begin_batch();
        let messages = encode(&mut packets, link, &mut bytes);
        // Before anybody can answer.
        link.tap.commit(link.version);
        sink.write_all(&bytes).await?;
        sink.flush().await?;
        let tally = &link.shared.tally;
        tally.bytes_out.add(bytes.len());
        tally.messages_out.add(messages);
        link.outbound.written.add(messages);
        bytes.clear();
        if bytes.capacity() > KEPT_BUFFER {
            bytes = BytesMut::new();
        }
    }
}

/// Appends the packets to `bytes`; returns how many of them are messages.
fn encode(packets: &mut Vec<Outgoing>, link: &mut Link, bytes: &mut BytesMut) -> usize {
    let now = Instant::now();
    let tally = &link.shared.tally;
    let mut messages = 0;
    let mut last = None;
    for outgoing in packets.drain(..) {
        let (packet, is_message) = match outgoing {
            Outgoing::Control(packet) => (packet, false),
            Outgoing::Publish(delivery) => {
                // With a packet identifier it has begun, and ends with its acknowledgement.
                if delivery.qos == QoS::AtMostOnce && delivery.message.is_expired(now) {
                    tally.expired.add(1);
                    continue;
                }
                let mut packet = delivery.to_packet(link.version, now);
                link.aliases.abbreviate(&mut packet);
                (packet, true)
            }
        };
        let start = bytes.len();
        match wire::encode(&packet, link.version, bytes) {
            Ok(()) => {
                messages += usize::from(is_message);
                last = Some(start);
                if link.tap.is_on() {
                    link.tap.note(&bytes[start..], bytes.len() - start, Vec::new());
                }
            }
            Err(error) => {
                tracing::error!(%error, "a packet cannot be encoded");
                tally.too_large.add(usize::from(is_message));
            }
        }
    }
    if let Some(first) = last.and_then(|start| bytes.get(start)) {
        link.outbound.last_packet.set(*first, FaultDirection::Out);
    }
    messages
}
