//! What a session asks of a protocol engine, in its own words. Production drives rumqttc
//! ([`v4`], [`v5`]); tests play a script.

pub(crate) mod link;
pub(crate) mod recorder;
pub(crate) mod v4;
pub(crate) mod v5;

use std::{num::NonZeroU16, sync::Arc, time::Duration};

use bytes::Bytes;
use transport::Tap;
use wire::{
    QoS, ReasonCode, TopicFilter,
    packet::{PacketId, Subscription},
    property::PublishProperties,
};

use crate::{error::ConnectError, session::PublishRequest, state::ServerLimits};

/// One connection after the other to the same server, with the session state that outlives them.
pub(crate) trait Connection: Send + 'static {
    /// The way to ask for something while [`Connection::next`] is being awaited.
    type Requests: Requests;

    /// The requests of this connection.
    fn requests(&self) -> Self::Requests;

    /// Opens a connection: returns once CONNACK was received.
    fn connect(&mut self) -> impl Future<Output = Result<Opened, ConnectError>> + Send;

    /// Drives the open connection to its next event; an error means that it is closed.
    ///
    /// Not safe to cancel: a dropped future may lose what it was writing, so drop it only together
    /// with the connection ([`Connection::abandon`]).
    fn next(&mut self) -> impl Future<Output = Result<Event, ConnectError>> + Send;

    /// Takes an outstanding ping for answered, because reading is paused.
    fn forgive_ping(&mut self);

    /// Closes the open connection at once. Only an open one: what is to be repeated on the next
    /// connection is put together when one closes, and doing that twice loses it.
    fn abandon(&mut self);
}

/// Requests are queued, never awaited. They are carried out in order, except that acknowledgements
/// and subscriptions may pass messages that wait for the server.
pub(crate) trait Requests: Send + Sync + 'static {
    /// Queues a message.
    fn publish(&self, request: &PublishRequest) -> Result<(), QueueFull>;
    /// Queues one SUBSCRIBE.
    fn subscribe(&self, subscriptions: &[Subscription]) -> Result<(), QueueFull>;
    /// Queues one UNSUBSCRIBE.
    fn unsubscribe(&self, filter: &TopicFilter) -> Result<(), QueueFull>;
    /// Queues PUBACK or PUBREC.
    fn acknowledge(&self, packet_id: PacketId, qos: QoS) -> Result<(), QueueFull>;
    /// Queues DISCONNECT, ahead of everything.
    fn disconnect(&self);
}

/// There is no room in the engine's queue; ask again after its next event.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct QueueFull;

/// A connection that is open.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) session_present: bool,
    pub(crate) client_id: Box<str>,
    pub(crate) keep_alive: u16,
    pub(crate) limits: ServerLimits,
    /// Watches and pauses its bytes.
    pub(crate) tap: Tap,
}

/// What happened on an open connection.
#[derive(Debug)]
pub(crate) enum Event {
    Received(Received),
    /// PUBLISH was written; `None` for `QoS` 0.
    PublishWritten(Option<PacketId>),
    /// PUBACK, or the end of a `QoS` 2 exchange: PUBCOMP, or PUBREC with a failure.
    PublishDone {
        packet_id: PacketId,
        reason: ReasonCode,
    },
    /// PUBREC without a failure.
    PublishReceived {
        packet_id: PacketId,
        reason: ReasonCode,
    },
    SubscribeWritten(PacketId),
    SubscribeDone {
        packet_id: PacketId,
        reasons: Vec<ReasonCode>,
    },
    UnsubscribeWritten(PacketId),
    UnsubscribeDone {
        packet_id: PacketId,
        reason: ReasonCode,
    },
    PingWritten,
    /// DISCONNECT was written: nothing follows.
    DisconnectWritten,
    /// Nothing the session acts on.
    Other,
}

/// A received PUBLISH.
#[derive(Debug)]
pub(crate) struct Received {
    /// UTF-8, checked by the receiver of this event.
    pub(crate) topic: Bytes,
    pub(crate) payload: Bytes,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    pub(crate) dup: bool,
    pub(crate) packet_id: Option<PacketId>,
    pub(crate) properties: Option<Arc<PublishProperties>>,
}

/// The packet identifier rumqttc means with 0: none.
const fn packet_id(id: u16) -> Option<PacketId> {
    NonZeroU16::new(id)
}

/// Room for requests in rumqttc's queues. The session keeps fewer on their way.
const QUEUE_CAPACITY: usize = 1024;
/// How many `QoS` 1 and 2 messages are in flight at most; rumqttc scans as many slots now and then.
const MAX_INFLIGHT: u16 = 1000;
/// Messages written in one go.
const WRITE_BATCH: usize = 64;
/// Packets handled in one read. More than one, and rumqttc loses those that came with an end of
/// the connection.
const READ_BATCH: usize = 1;
/// How long rumqttc itself waits; longer than every time limit of ours, which tell more.
const ENGINE_TIMEOUT: Duration = Duration::from_mins(10);
