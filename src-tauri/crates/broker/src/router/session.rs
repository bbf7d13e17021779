//! One session: what the broker knows of a client identifier, online or not (§4.1).

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use tokio::time::Instant;
use wire::{
    Packet, PacketId, QoS, ReasonCode, Timestamp, TopicFilter, Version,
    codec::encoded_len,
    packet::{Ack, Will},
    property::AckProperties,
};

use super::{
    Offence,
    outflow::{AfterPubRec, Outflow},
    replaying::Replay,
    subscriptions::Options,
};
use crate::{
    access::{Identity, Rights},
    activity::{ClientInfo, ClientLink, Dropped, Loss, OfflineSession, Presence},
    config::Limits,
    connection::ConnectionId,
    counters::{Tally, Traffic},
    expiry::Expiry,
    message::Delivery,
    origin::Origin,
    outbound::{Offered, Outbound, Pushed},
    store::{Record, Store},
};

/// Where a session is in the router's list.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct SessionKey(usize);

impl SessionKey {
    pub(crate) const fn new(index: usize) -> Self {
        Self(index)
    }

    pub(crate) const fn index(self) -> usize {
        self.0
    }
}

#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) client_id: Arc<str>,
    /// Changes with every connection, so that a timer of an earlier one means nothing.
    pub(crate) epoch: u64,
    pub(crate) link: Option<Link>,
    pub(crate) expiry: Expiry,
    /// Published when the connection ends, or later (§3.1.2.5).
    pub(crate) will: Option<Will>,
    /// Its number in the store, when it may outlive its connection and there is a store.
    pub(crate) stored: Option<u64>,
    /// When its client went; `None` while it is here.
    pub(crate) offline_since: Option<Timestamp>,
    pub(crate) subscriptions: HashMap<TopicFilter, Options>,
    /// Received `QoS` 2 identifiers the client has not released.
    pub(crate) unreleased: HashSet<PacketId>,
    pub(crate) outflow: Outflow,
    pub(crate) messages_in: u64,
    pub(crate) dropped: Dropped,
    /// Retained messages it is still to get, subscription by subscription.
    pub(crate) replays: VecDeque<Replay>,
    /// What its earlier connections carried.
    earlier: Carried,
}

/// What connections that have ended carried.
#[derive(Clone, Copy, Debug, Default)]
struct Carried {
    messages_out: u64,
    bytes_in: u64,
    bytes_out: u64,
}

/// The connection a session has.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) connection: ConnectionId,
    pub(crate) outbound: Arc<Outbound>,
    pub(crate) version: Version,
    /// `QoS` 1 and 2 messages that may be in flight.
    pub(crate) window: usize,
    /// The client's maximum packet size.
    pub(crate) max_packet_size: Option<usize>,
    pub(crate) origin: Origin,
    pub(crate) identity: Identity,
    pub(crate) rights: Rights,
    pub(crate) keep_alive: u16,
    pub(crate) since: Timestamp,
    /// Something was queued since its writer was last woken.
    pub(crate) dirty: bool,
    /// Whether the publishers were told that much waits here.
    pub(crate) backlog: bool,
}

/// What every delivery needs to know.
#[derive(Clone, Copy)]
pub(crate) struct Delivering<'a> {
    pub(crate) limits: &'a Limits,
    pub(crate) tally: &'a Tally,
    pub(crate) store: Option<&'a Store>,
    pub(crate) now: Instant,
}

/// Whether the publisher should slow down for this client.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Pace {
    KeepsUp,
    FallsBehind,
    /// Its queue is full, and it reads nothing.
    Overflows,
}

impl Session {
    pub(crate) fn new(client_id: Arc<str>) -> Self {
        Self {
            client_id,
            epoch: 0,
            link: None,
            expiry: Expiry::AtOnce,
            will: None,
            stored: None,
            offline_since: None,
            subscriptions: HashMap::new(),
            unreleased: HashSet::new(),
            outflow: Outflow::default(),
            messages_in: 0,
            dropped: Dropped::default(),
            replays: VecDeque::new(),
            earlier: Carried::default(),
        }
    }

    /// Takes the connection away.
    pub(crate) fn unlink(&mut self) -> Option<Link> {
        let link = self.link.take()?;
        self.earlier = self.earlier.and(&link.outbound.traffic);
        self.dropped.expired += link.outbound.traffic.expired.get();
        self.offline_since = Some(Timestamp::now());
        Some(link)
    }

    /// Sends one copy, or lets it wait, or drops and counts it.
    pub(crate) fn deliver(&mut self, delivery: Delivery, with: Delivering<'_>) -> Pace {
        if delivery.qos != QoS::AtMostOnce {
            return self.queue(delivery, with);
        }
        // Offline, QoS 0 is not kept and nobody expects it (§3.1.2.4).
        let Some(link) = &mut self.link else {
            self.lose(Loss::Offline, 1, with);
            return Pace::KeepsUp;
        };
        if let Some(loss) = link.objection(&delivery, with.now) {
            self.lose(loss, 1, with);
            return Pace::KeepsUp;
        }
        link.dirty = true;
        let Pushed { dropped, room } = link.outbound.push(delivery);
        if dropped > 0 {
            self.lose(Loss::SlowConsumer, dropped, with);
        }
        match room {
            Offered::Plenty => Pace::KeepsUp,
            Offered::Filling => Pace::FallsBehind,
        }
    }

    /// Whether it can take the next of the retained messages it is to get.
    pub(crate) fn takes_retained(&self, with: Delivering<'_>) -> bool {
        let link = self.link.as_ref();
        link.is_some_and(|link| link.outbound.asks_for_more())
            && !self.outflow.is_filling(with.limits)
    }

    /// Sends some retained messages; [`Self::takes_retained`] said that there is room.
    pub(crate) fn deliver_retained(&mut self, deliveries: Vec<Delivery>, with: Delivering<'_>) {
        for delivery in deliveries {
            match &mut self.link {
                Some(link) if delivery.qos == QoS::AtMostOnce => {
                    if let Some(loss) = link.objection(&delivery, with.now) {
                        self.lose(loss, 1, with);
                    } else {
                        link.outbound.force(delivery);
                        link.dirty = true;
                    }
                }
                _ => {
                    self.deliver(delivery, with);
                }
            }
        }
    }

    /// Sends what waits, as far as window and socket allow.
    pub(crate) fn pump(&mut self, with: Delivering<'_>) {
        let Some(link) = &mut self.link else { return };
        let stored = with.store.zip(self.stored);
        let dropped = &mut self.dropped;
        let mut drop_one = |loss| {
            dropped.add(loss, 1);
            with.tally.dropped.add(loss, 1);
        };
        loop {
            let next = self.outflow.next(link.window, |delivery| {
                let is_expired = delivery.message.is_expired(with.now);
                let loss = is_expired.then_some(Loss::Expired);
                let Some(loss) = loss.or_else(|| link.objection(delivery, with.now)) else {
                    return true;
                };
                drop_one(loss);
                if let Some(((store, session), body)) = stored.zip(delivery.message.stored.get()) {
                    store.record(&Record::Skipped { session, body });
                }
                false
            });
            let Some(delivery) = next else { break };
            if let Some(id) = delivery.packet_id
                && delivery.dup
                && let Some(loss) = link.objection(&delivery, with.now)
            {
                drop_one(loss);
                self.outflow.abandon(id);
                if let Some((store, session)) = stored {
                    store.record(&Record::Finished { session, id: id.get() });
                }
                continue;
            }
            link.dirty = true;
            // A repetition was recorded when it was new.
            let sent = stored.filter(|_| !delivery.dup);
            let sent = sent.zip(delivery.message.stored.get()).zip(delivery.packet_id);
            if let Err(delivery) = link.outbound.offer(delivery) {
                self.outflow.put_back(delivery);
                break;
            }
            if let Some((((store, session), body), id)) = sent {
                store.record(&Record::Sent { session, body, id: id.get() });
            }
        }
        let backlog = self.outflow.is_filling(with.limits);
        if link.backlog != backlog {
            link.backlog = backlog;
            link.outbound.set_backlog(backlog);
        }
    }

    /// Handles an acknowledgement of something that was sent to the client.
    ///
    /// One that does not fit the message it names is an offence; one that names none is not: the
    /// message may be of an earlier connection.
    pub(crate) fn acknowledge(
        &mut self,
        packet: Acknowledgement,
        with: Delivering<'_>,
    ) -> Result<(), Offence> {
        let misplaced = |detail| Err(Offence { reason: ReasonCode::PROTOCOL_ERROR, detail });
        match packet {
            Acknowledgement::Done(id) => {
                if self.outflow.acknowledged(id) {
                    self.record(with, |session| Record::Finished { session, id: id.get() });
                } else if self.outflow.is_inflight(id) {
                    return misplaced("PUBACK for a message with QoS 2");
                }
            }
            Acknowledgement::Complete(id) => {
                if self.outflow.completed(id) {
                    self.record(with, |session| Record::Finished { session, id: id.get() });
                } else if self.outflow.is_inflight(id) {
                    return misplaced("PUBCOMP for a message that was not released");
                }
            }
            Acknowledgement::Received(id, reason) => {
                let reason = match self.outflow.received(id, reason) {
                    AfterPubRec::Release => {
                        self.record(with, |session| Record::Released { session, id: id.get() });
                        Some(ReasonCode::SUCCESS)
                    }
                    AfterPubRec::Unknown if self.outflow.is_inflight(id) => {
                        return misplaced("PUBREC for a message with QoS 1");
                    }
                    AfterPubRec::Unknown => Some(ReasonCode::PACKET_IDENTIFIER_NOT_FOUND),
                    AfterPubRec::Refused => {
                        self.record(with, |session| Record::Finished { session, id: id.get() });
                        None
                    }
                    AfterPubRec::Ignored => None,
                };
                if let Some(reason) = reason {
                    self.answer(Packet::PubRel(ack(id, reason)));
                }
            }
        }
        self.pump(with);
        Ok(())
    }

    /// Queues an answer for the client, if it is there.
    pub(crate) fn answer(&mut self, packet: Packet) {
        if let Some(link) = &mut self.link {
            link.outbound.send(packet);
            link.dirty = true;
        }
    }

    /// Takes the will if `condition` holds for it, and out of the store.
    pub(crate) fn take_will_if(
        &mut self,
        store: Option<&Store>,
        condition: impl FnOnce(&mut Will) -> bool,
    ) -> Option<Will> {
        let will = self.will.take_if(condition)?;
        if let Some((store, session)) = store.zip(self.stored) {
            store.record(&Record::NoWill { session });
        }
        Some(will)
    }

    /// Records something about this session, if it is recorded at all.
    pub(crate) fn record<'a>(&self, with: Delivering<'_>, record: impl FnOnce(u64) -> Record<'a>) {
        if let Some((store, stored)) = with.store.zip(self.stored) {
            store.record(&record(stored));
        }
    }

    /// Drops what has expired while it waited, so that the count of waiting messages is true.
    pub(crate) fn drop_expired(&mut self, with: Delivering<'_>) {
        let expired = self.outflow.drop_expired(with.now);
        if expired > 0 {
            self.lose(Loss::Expired, expired, with);
        }
    }

    /// Counts copies that will not arrive.
    pub(crate) fn lose(&mut self, loss: Loss, count: usize, with: Delivering<'_>) {
        self.dropped.add(loss, count);
        with.tally.dropped.add(loss, count);
    }

    pub(crate) fn info(&self) -> ClientInfo {
        let outbound = self.link.as_ref().map(|link| &link.outbound);
        let carried = outbound.map_or(self.earlier, |outbound| self.earlier.and(&outbound.traffic));
        let mut dropped = self.dropped;
        dropped.expired += outbound.map_or(0, |outbound| outbound.traffic.expired.get());
        let (waiting, waiting_bytes) = outbound.map_or((0, 0), |outbound| outbound.held());
        ClientInfo {
            client_id: Arc::clone(&self.client_id),
            presence: self.presence(),
            subscriptions: self.subscriptions.len(),
            messages_in: self.messages_in,
            messages_out: carried.messages_out,
            bytes_in: carried.bytes_in,
            bytes_out: carried.bytes_out,
            inflight: self.outflow.inflight(),
            queued: self.outflow.queued(),
            queued_bytes: self.outflow.queued_bytes(),
            outbound: waiting,
            outbound_bytes: waiting_bytes,
            dropped,
        }
    }

    fn presence(&self) -> Presence {
        let Some(link) = &self.link else {
            let since = self.offline_since.unwrap_or_else(Timestamp::now);
            let expires = self.expiry.end(since);
            return Presence::Offline(OfflineSession { since, expires });
        };
        Presence::Online(ClientLink {
            version: link.version,
            address: link.origin.address,
            protocol: link.origin.protocol,
            listener: link.origin.listener,
            common_name: link.origin.common_name(),
            username: link.identity.username.clone(),
            keep_alive: link.keep_alive,
            since: link.since,
            last_packet: link.outbound.last_packet.get(),
        })
    }

    fn queue(&mut self, delivery: Delivery, with: Delivering<'_>) -> Pace {
        if let Err(delivery) = self.outflow.enqueue(delivery, with.limits) {
            self.drop_expired(with);
            if self.outflow.enqueue(delivery, with.limits).is_err() {
                self.lose(Loss::QueueFull, 1, with);
                let has_stopped = |link: &Link| link.outbound.has_stopped();
                return match self.link.as_ref().map(has_stopped) {
                    Some(true) => Pace::Overflows,
                    Some(false) => Pace::FallsBehind,
                    None => Pace::KeepsUp,
                };
            }
        }
        if let (Some((store, stored)), Some(newest)) =
            (with.store.zip(self.stored), self.outflow.newest())
        {
            store.queued(stored, newest);
        }
        self.pump(with);
        self.pace(with)
    }

    fn pace(&self, with: Delivering<'_>) -> Pace {
        match self.link {
            Some(_) if self.outflow.is_filling(with.limits) => Pace::FallsBehind,
            _ => Pace::KeepsUp,
        }
    }
}

impl Carried {
    /// This and what one more connection carried.
    fn and(self, traffic: &Traffic) -> Self {
        Self {
            messages_out: self.messages_out + traffic.messages_out.get(),
            bytes_in: self.bytes_in + traffic.bytes_in.get(),
            bytes_out: self.bytes_out + traffic.bytes_out.get(),
        }
    }
}

/// An acknowledgement by the client.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Acknowledgement {
    /// PUBACK.
    Done(PacketId),
    /// PUBREC.
    Received(PacketId, ReasonCode),
    /// PUBCOMP.
    Complete(PacketId),
}

/// An acknowledgement packet without properties.
pub(crate) fn ack(packet_id: PacketId, reason: ReasonCode) -> Ack {
    Ack { packet_id, reason, properties: AckProperties::default() }
}

impl Link {
    /// Why the client may not receive it, or cannot take it.
    fn objection(&self, delivery: &Delivery, now: Instant) -> Option<Loss> {
        if !self.rights.may_receive(&delivery.message.topic) {
            return Some(Loss::Forbidden);
        }
        (!self.can_take(delivery, now)).then_some(Loss::TooLarge)
    }

    /// Whether the packet is within the client's maximum packet size (§3.1.2.11.4).
    fn can_take(&self, delivery: &Delivery, now: Instant) -> bool {
        let Some(max) = self.max_packet_size else { return true };
        if delivery.message.payload.len() > max {
            return false;
        }
        let mut delivery = delivery.clone();
        if delivery.qos != QoS::AtMostOnce {
            // Any identifier has the same size.
            delivery.packet_id.get_or_insert(PacketId::MIN);
        }
        encoded_len(&delivery.to_packet(self.version, now), self.version)
            .is_ok_and(|length| length <= max)
    }
}
