//! Messages on their way to the server, from the request to the last acknowledgement.
//!
//! # Invariants
//!
//! * Messages are written in the order they were queued.
//! * Every request is answered exactly once; at the latest when the session ends.

use std::collections::{HashMap, VecDeque};

use tokio::{sync::oneshot, time::Instant};
use wire::{QoS, ReasonCode, packet::PacketId, property::PublishProperties};

use crate::{
    error::PublishError,
    session::{Publish, PublishRequest, Receipt},
    state::ServerLimits,
};

/// Messages that wait for the engine or for the server.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    unwritten: VecDeque<Publish>,
    in_flight: HashMap<PacketId, InFlight>,
}

impl Outbox {
    /// Whether another message may be handed to the engine.
    pub(crate) fn has_room(&self) -> bool {
        self.unwritten.len() < MAX_UNWRITTEN
    }

    /// Whether nothing is outstanding.
    pub(crate) fn is_empty(&self) -> bool {
        self.unwritten.is_empty() && self.in_flight.is_empty()
    }

    /// Notes a message handed to the engine.
    pub(crate) fn queued(&mut self, publish: Publish) {
        self.unwritten.push_back(publish);
    }

    /// The message that has just been written; `None` when it is one written before, or one whose
    /// sender has been told that it is lost.
    pub(crate) fn written(&mut self, packet_id: Option<PacketId>) -> Option<Publish> {
        match packet_id {
            Some(id) if self.in_flight.contains_key(&id) => None,
            Some(_) => {
                // The engine drops a QoS 0 message whose write failed without saying so.
                while self.front_is(QoS::AtMostOnce) {
                    self.fail_front(&PublishError::ConnectionLost);
                }
                self.unwritten.pop_front()
            }
            None if self.front_is(QoS::AtMostOnce) => self.unwritten.pop_front(),
            None => None,
        }
    }

    /// Waits for the acknowledgement of a message that was written.
    pub(crate) fn await_ack(&mut self, id: PacketId, seq: u64, reply: PublishReply) {
        let written = Instant::now();
        self.in_flight.insert(id, InFlight { seq, written, received: None, reply });
    }

    /// Notes the first of the two acknowledgements of a `QoS` 2 message.
    pub(crate) fn received(&mut self, id: PacketId, reason: ReasonCode) {
        if let Some(message) = self.in_flight.get_mut(&id) {
            message.received = Some(reason);
        }
    }

    /// Notes the last acknowledgement of a message.
    pub(crate) fn done(&mut self, id: PacketId, reason: ReasonCode) {
        let Some(message) = self.in_flight.remove(&id) else { return };
        // PUBCOMP only says whether the exchange ended well; the verdict came with PUBREC.
        let verdict = match message.received {
            Some(first) if !reason.is_error() => first,
            _ => reason,
        };
        let receipt = Receipt {
            seq: message.seq,
            packet_id: Some(id),
            reason: Some(verdict),
            acknowledged_after: Some(message.written.elapsed()),
        };
        // The caller may have stopped waiting.
        let _ = message.reply.send(Ok(receipt));
    }

    /// The connection is gone. With `kept`, messages of `QoS` 1 and 2 wait for the next one.
    pub(crate) fn connection_lost(&mut self, kept: bool) {
        if kept {
            let (lost, waiting): (VecDeque<_>, VecDeque<_>) = std::mem::take(&mut self.unwritten)
                .into_iter()
                .partition(|publish| publish.request.qos == QoS::AtMostOnce);
            self.unwritten = waiting;
            for publish in lost {
                let _ = publish.reply.send(Err(PublishError::ConnectionLost));
            }
        } else {
            self.fail_all(&PublishError::ConnectionLost);
        }
    }

    /// Answers every request with `error`.
    pub(crate) fn fail_all(&mut self, error: &PublishError) {
        while !self.unwritten.is_empty() {
            self.fail_front(error);
        }
        for (_, message) in self.in_flight.drain() {
            let _ = message.reply.send(Err(error.clone()));
        }
    }

    fn front_is(&self, qos: QoS) -> bool {
        self.unwritten.front().is_some_and(|publish| publish.request.qos == qos)
    }

    fn fail_front(&mut self, error: &PublishError) {
        if let Some(publish) = self.unwritten.pop_front() {
            let _ = publish.reply.send(Err(error.clone()));
        }
    }
}

/// Where the outcome of a publish goes.
pub(crate) type PublishReply = oneshot::Sender<Result<Receipt, PublishError>>;

#[derive(Debug)]
struct InFlight {
    seq: u64,
    written: Instant,
    /// What PUBREC said.
    received: Option<ReasonCode>,
    reply: PublishReply,
}

/// Whether the server takes `request`, as far as it said.
///
/// The engine would drop such a message without a word, so it must never see one.
pub(crate) fn check(request: &PublishRequest, limits: &ServerLimits) -> Result<(), PublishError> {
    if request.qos > limits.maximum_qos {
        return Err(PublishError::QosNotSupported { maximum: limits.maximum_qos });
    }
    if request.retain && !limits.retain_available {
        return Err(PublishError::RetainNotSupported);
    }
    if request.properties.topic_alias.is_some() {
        return Err(PublishError::PropertyNotAllowed { name: "Topic Alias" });
    }
    if !request.properties.subscription_identifiers.is_empty() {
        return Err(PublishError::PropertyNotAllowed { name: "Subscription Identifier" });
    }
    let size = packet_size(request);
    let limit = limits.maximum_packet_size.unwrap_or(LARGEST_PACKET);
    if size > u64::from(limit) {
        return Err(PublishError::PacketTooLarge { size, limit });
    }
    Ok(())
}

/// At least the size of the PUBLISH, at most a few bytes more.
fn packet_size(request: &PublishRequest) -> u64 {
    let content = request.topic.as_str().len() + request.payload.len();
    (PACKET_OVERHEAD + content + properties_size(&request.properties)) as u64
}

fn properties_size(properties: &PublishProperties) -> usize {
    let text = |length: usize| length + 3;
    let pairs = properties.user_properties.iter();
    let user: usize = pairs.map(|(name, value)| text(name.len()) + 2 + value.len()).sum();
    user + properties.response_topic.as_ref().map_or(0, |topic| text(topic.as_str().len()))
        + properties.correlation_data.as_ref().map_or(0, |data| text(data.len()))
        + properties.content_type.as_ref().map_or(0, |content| text(content.len()))
        + properties.message_expiry_interval.map_or(0, |_| 5)
        + properties.payload_format_indicator.map_or(0, |_| 2)
}

/// Fixed header, topic length, packet identifier, property length.
const PACKET_OVERHEAD: usize = 5 + 2 + 2 + 4;
/// The greatest remaining length (5.0 §2.1.4).
const LARGEST_PACKET: u32 = 268_435_455;
/// Messages handed to the engine and not written yet: enough for several of its batches.
const MAX_UNWRITTEN: usize = 256;
