//! Everything a session knows besides the connection itself: it answers requests, keeps the books
//! and builds messages. Nothing in it waits.

use std::{num::NonZeroU16, sync::Arc};

use bytes::Bytes;
use tokio::sync::watch;
use transport::Tap;
use wire::{Direction, Message, QoS, Timestamp, Version, property::PublishProperties};

use crate::{
    acks::AckQueue,
    config::Config,
    connection::{Event, Opened, Received, Requests},
    error::{ConnectError, PublishError, SubscribeError},
    outbox::{self, Outbox},
    roster::Roster,
    session::{Command, Publish, Receipt},
    sink::Sink,
    state::{Online, ServerLimits, SessionState},
    topics::TopicCache,
};

/// The books of one session.
pub(crate) struct Desk<R> {
    pub(crate) config: Arc<Config>,
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) acks: Arc<AckQueue>,
    pub(crate) outbox: Outbox,
    pub(crate) tap: Tap,
    requests: R,
    roster: Roster,
    limits: ServerLimits,
    topics: TopicCache,
    next_seq: u64,
    state: watch::Sender<SessionState>,
}

/// Whatever ends the task, nobody goes on believing in a connection.
impl<R> Drop for Desk<R> {
    fn drop(&mut self) {
        self.state.send_if_modified(|shown| {
            let is_new = *shown != SessionState::Offline;
            *shown = SessionState::Offline;
            is_new
        });
    }
}

impl<R: Requests> Desk<R> {
    pub(crate) fn new(
        config: Arc<Config>,
        sink: Arc<dyn Sink>,
        next_seq: u64,
        requests: R,
        state: watch::Sender<SessionState>,
    ) -> Self {
        Self {
            roster: Roster::new(&config.subscriptions),
            acks: Arc::default(),
            outbox: Outbox::default(),
            tap: Tap::default(),
            limits: ServerLimits::default(),
            topics: TopicCache::default(),
            config,
            sink,
            requests,
            next_seq,
            state,
        }
    }

    pub(crate) fn roster(&self) -> &Roster {
        &self.roster
    }

    /// Shows a new state to those who watch.
    pub(crate) fn enter(&self, state: SessionState) {
        tracing::info!(target = %self.config.target, ?state, "session state");
        self.state.send_if_modified(|shown| {
            let is_new = *shown != state;
            *shown = state;
            is_new
        });
    }

    /// A connection is open.
    pub(crate) fn come_online(&mut self, opened: Opened) {
        self.tap = opened.tap;
        self.limits = opened.limits.clone();
        if !opened.session_present {
            self.outbox.fail_all(&PublishError::SessionLost);
        }
        let version = self.config.version;
        let name = match version {
            Version::V31 => "v31",
            Version::V311 => "v311",
            Version::V5 => "v5",
        };
        let present = opened.session_present;
        self.event(format!(
            r#"{{"event":"connected","sessionPresent":{present},"version":"{name}"}}"#
        ));
        self.enter(SessionState::Online(Arc::new(Online {
            since: Timestamp::now(),
            session_present: present,
            client_id: opened.client_id,
            version,
            keep_alive: opened.keep_alive,
            limits: opened.limits,
        })));
        self.roster.came_online(present);
        self.roster.request(&self.requests);
    }

    /// The open connection was lost.
    pub(crate) fn go_offline(&mut self, cause: &ConnectError) {
        self.disconnected(!self.config.clean_start);
        self.event(format!(r#"{{"event":"connectionLost","code":"{}"}}"#, cause.code()));
    }

    /// The server refused a connection.
    pub(crate) fn note_refusal(&mut self, cause: &ConnectError) {
        self.event(format!(r#"{{"event":"connectRefused","code":"{}"}}"#, cause.code()));
    }

    /// The session ends; with `was_online`, a connection ends with it.
    pub(crate) fn end(&mut self, was_online: bool) {
        self.disconnected(false);
        if was_online {
            self.event(r#"{"event":"disconnected"}"#.to_owned());
        }
        self.enter(SessionState::Offline);
    }

    /// Asks for DISCONNECT.
    pub(crate) fn request_disconnect(&self) {
        self.requests.disconnect();
    }

    /// Whether nothing is owed to either side.
    pub(crate) fn is_settled(&self) -> bool {
        self.outbox.is_empty() && self.acks.is_empty()
    }

    /// Sends the acknowledgements whose turn it is.
    pub(crate) fn send_acks(&self) {
        let requests = &self.requests;
        self.acks.send_ready(|packet_id, qos| requests.acknowledge(packet_id, qos).is_ok());
    }

    /// Hands a message to the engine, or says why not.
    pub(crate) fn publish(&mut self, publish: Publish) {
        let outcome = outbox::check(&publish.request, &self.limits).and_then(|()| {
            self.requests.publish(&publish.request).map_err(|_| PublishError::NotConnected)
        });
        match outcome {
            Ok(()) => self.outbox.queued(publish),
            Err(error) => {
                let _ = publish.reply.send(Err(error));
            }
        }
    }

    /// Changes the subscriptions, with a connection or without; gives back any other command.
    pub(crate) fn change_subscriptions(
        &mut self,
        command: Command,
        is_online: bool,
    ) -> Option<Command> {
        let (waiting, reply) = match command {
            Command::Subscribe { subscription, reply } => (self.roster.add(subscription), reply),
            Command::Unsubscribe { filter, reply } => (self.roster.remove(&filter), reply),
            other => return Some(other),
        };
        if is_online {
            waiting.push(reply);
            self.roster.request(&self.requests);
        } else {
            let _ = reply.send(Err(SubscribeError::NotConnected));
        }
        None
    }

    /// Books one event of the connection. An error means that the connection cannot go on.
    pub(crate) fn book(&mut self, event: Event) -> Result<(), ConnectError> {
        match event {
            Event::Received(received) => return self.receive(received),
            Event::PublishWritten(id) => self.publish_written(id),
            Event::PublishReceived { packet_id, reason } => self.outbox.received(packet_id, reason),
            Event::PublishDone { packet_id, reason } => self.outbox.done(packet_id, reason),
            Event::SubscribeWritten(id) => self.roster.subscribe_written(id),
            Event::SubscribeDone { packet_id, reasons } => {
                self.roster.subscribe_done(packet_id, &reasons);
                self.roster.request(&self.requests);
            }
            Event::UnsubscribeWritten(id) => self.roster.unsubscribe_written(id),
            Event::UnsubscribeDone { packet_id, reason } => {
                self.roster.unsubscribe_done(packet_id, reason);
                self.roster.request(&self.requests);
            }
            // The engine has room for more acknowledgements now.
            Event::Other => self.send_acks(),
            Event::PingWritten | Event::DisconnectWritten => {}
        }
        Ok(())
    }

    fn receive(&mut self, received: Received) -> Result<(), ConnectError> {
        let Ok(topic) = std::str::from_utf8(&received.topic) else {
            let words = "a topic is not valid UTF-8 (MQTT 5.0 §1.5.4)".into();
            return Err(ConnectError::ProtocolViolation { words });
        };
        let topic = self.topics.share(topic);
        let ack = match received.packet_id {
            Some(id) if self.config.ack_after_commit => Some(self.acks.push(id, received.qos)),
            _ => None,
        };
        let message = Message {
            seq: self.take_seq(),
            time: self.tap.last_read(),
            direction: Direction::Received,
            topic,
            payload: received.payload,
            qos: received.qos,
            retain: received.retain,
            dup: received.dup,
            packet_id: received.packet_id,
            properties: received.properties,
        };
        self.sink.accept(Arc::new(message), ack);
        Ok(())
    }

    fn publish_written(&mut self, packet_id: Option<NonZeroU16>) {
        let Some(Publish { request, reply }) = self.outbox.written(packet_id) else { return };
        let seq = self.take_seq();
        let has_properties = request.properties != PublishProperties::default();
        let message = Message {
            seq,
            time: Timestamp::now(),
            direction: Direction::Sent,
            topic: request.topic.to_shared(),
            payload: request.payload,
            qos: request.qos,
            retain: request.retain,
            dup: false,
            packet_id,
            properties: has_properties.then(|| Arc::new(request.properties)),
        };
        self.sink.accept(Arc::new(message), None);
        if let Some(id) = packet_id {
            self.outbox.await_ack(id, seq, reply);
        } else {
            let receipt = Receipt { seq, packet_id, reason: None, acknowledged_after: None };
            // The caller may have stopped waiting.
            let _ = reply.send(Ok(receipt));
        }
    }

    fn disconnected(&mut self, session_is_kept: bool) {
        self.tap = Tap::default();
        self.acks.void();
        self.outbox.connection_lost(session_is_kept);
        self.roster.went_offline();
    }

    /// Delivers an event of the session itself as a row.
    fn event(&mut self, json: String) {
        let message = Message {
            seq: self.take_seq(),
            time: Timestamp::now(),
            direction: Direction::Event,
            topic: Arc::default(),
            payload: Bytes::from(json),
            qos: QoS::AtMostOnce,
            retain: false,
            dup: false,
            packet_id: None,
            properties: None,
        };
        self.sink.accept(Arc::new(message), None);
    }

    fn take_seq(&mut self) -> u64 {
        let seq = self.next_seq;
        self.next_seq += 1;
        seq
    }
}
