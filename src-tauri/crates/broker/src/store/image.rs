//! The stored state as plain data: what records lead to, and what a snapshot is written from.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    sync::Arc,
};

use wire::{
    PacketId, QoS, Timestamp, TopicFilter,
    packet::{RetainHandling, Will},
};

use super::{
    read::Damage,
    record::{Frame, Record, will_from_packet, will_to_packet},
};
use crate::router::Options;

/// Everything a store holds but the messages themselves, which it names by number.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Image {
    pub(crate) sessions: BTreeMap<u64, StoredSession>,
    by_client: HashMap<Arc<str>, u64>,
    pub(crate) retained: BTreeMap<Box<str>, u64>,
    /// The greatest numbers given so far.
    pub(crate) last_session: u64,
    pub(crate) last_body: u64,
}

#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct StoredSession {
    pub(crate) client_id: Arc<str>,
    /// Seconds; `u32::MAX` is never.
    pub(crate) expiry: u32,
    /// `None` while its client is connected.
    pub(crate) offline_since: Option<Timestamp>,
    pub(crate) will: Option<Will>,
    /// With the order they came in.
    pub(crate) subscriptions: HashMap<TopicFilter, (u64, Options)>,
    pub(crate) unreleased: BTreeSet<PacketId>,
    /// With the order they were sent in; without a message only the PUBCOMP is missing.
    pub(crate) inflight: HashMap<PacketId, (u64, Option<Waiting>)>,
    pub(crate) queue: VecDeque<Waiting>,
    pub(crate) last_id: u16,
    pub(crate) last_order: u64,
}

/// One copy of a message for one session.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Waiting {
    pub(crate) body: u64,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    pub(crate) identifiers: Vec<u32>,
}

impl Image {
    /// Adds a session that is not there yet.
    pub(crate) fn add(&mut self, number: u64, session: StoredSession) {
        self.by_client.insert(Arc::clone(&session.client_id), number);
        self.last_session = self.last_session.max(number);
        self.sessions.insert(number, session);
    }

    /// Does what a record says; `packet` is what stands behind it.
    pub(super) fn apply(&mut self, record: &Record<'_>, packet: &[u8]) -> Result<(), Damage> {
        match *record {
            Record::Body { body, .. } => self.last_body = self.last_body.max(body),
            Record::Retained { topic, body } => {
                self.retained.insert(topic.into(), body);
            }
            Record::NotRetained { topic } => {
                self.retained.remove(topic);
            }
            Record::Session { session, client_id } => {
                let client_id: Arc<str> = client_id.into();
                let known = self.by_client.contains_key(&client_id);
                if known || self.sessions.contains_key(&session) {
                    return Err(Damage::Session);
                }
                self.add(session, StoredSession { client_id, ..StoredSession::default() });
            }
            Record::Ended { session } => {
                let ended = self.sessions.remove(&session).ok_or(Damage::Session)?;
                self.by_client.remove(&ended.client_id);
            }
            Record::End => {}
            _ => self.session_of(record)?.apply(record, packet)?,
        }
        Ok(())
    }

    /// The messages that are needed.
    pub(super) fn referenced(&self) -> HashSet<u64> {
        let waiting = self.sessions.values().flat_map(|session| {
            let inflight = session.inflight.values().filter_map(|(_, waiting)| waiting.as_ref());
            inflight.chain(&session.queue).map(|waiting| waiting.body)
        });
        self.retained.values().copied().chain(waiting).collect()
    }

    /// Writes the records that lead here from nothing, the messages excepted, in one or more frames.
    pub(super) fn write<E>(
        &self,
        frame: &mut Frame,
        mut flush: impl FnMut(&mut Frame) -> Result<(), E>,
    ) -> Result<(), E> {
        for (topic, body) in &self.retained {
            frame.push(&Record::Retained { topic, body: *body });
            flush(frame)?;
        }
        for (number, session) in &self.sessions {
            session.write(*number, frame, &mut flush)?;
        }
        Ok(())
    }

    fn session_of(&mut self, record: &Record<'_>) -> Result<&mut StoredSession, Damage> {
        let number = record.session().ok_or(Damage::Session)?;
        self.sessions.get_mut(&number).ok_or(Damage::Session)
    }
}

impl StoredSession {
    fn apply(&mut self, record: &Record<'_>, packet: &[u8]) -> Result<(), Damage> {
        match record {
            Record::Online { expiry, .. } => {
                (self.expiry, self.offline_since, self.will) = (*expiry, None, None);
            }
            Record::Will { delay, .. } => self.will = Some(will_from_packet(packet, *delay)?),
            Record::NoWill { .. } => self.will = None,
            Record::Offline { expiry, since, .. } => {
                (self.expiry, self.offline_since) = (*expiry, Some(Timestamp(*since)));
            }
            Record::Subscribed { filter, .. } => {
                let filter: TopicFilter = filter.parse().map_err(|_| Damage::Record)?;
                let options = options(record)?;
                let order = self.next_order();
                // A replaced one keeps its place, as it does in the broker.
                self.subscriptions.entry(filter).or_insert((order, options)).1 = options;
            }
            Record::Unsubscribed { filter, .. } => {
                let filter: TopicFilter = filter.parse().map_err(|_| Damage::Record)?;
                self.subscriptions.remove(&filter);
            }
            Record::Queued { body, qos, retain, identifiers, .. } => {
                let qos = QoS::from_level(*qos).ok_or(Damage::Record)?;
                let identifiers = identifiers.clone();
                self.queue.push_back(Waiting { body: *body, qos, retain: *retain, identifiers });
            }
            Record::Sent { body, id, .. } => {
                let id = packet_id(*id)?;
                let waiting = self.take(*body)?;
                let order = self.next_order();
                self.inflight.insert(id, (order, Some(waiting)));
                self.last_id = id.get();
            }
            Record::Skipped { body, .. } => {
                self.take(*body)?;
            }
            Record::Released { id, .. } => {
                let order = self.next_order();
                // A snapshot says only this of it.
                self.inflight.entry(packet_id(*id)?).or_insert((order, None)).1 = None;
            }
            Record::Finished { id, .. } => {
                self.inflight.remove(&packet_id(*id)?);
            }
            Record::Received { id, .. } => {
                self.unreleased.insert(packet_id(*id)?);
            }
            Record::Completed { id, .. } => {
                self.unreleased.remove(&packet_id(*id)?);
            }
            Record::LastId { id, .. } => self.last_id = *id,
            _ => return Err(Damage::Record),
        }
        Ok(())
    }

    /// Takes a waiting message; the ones before it are dropped.
    fn take(&mut self, body: u64) -> Result<Waiting, Damage> {
        loop {
            let waiting = self.queue.pop_front().ok_or(Damage::Message)?;
            if waiting.body == body {
                return Ok(waiting);
            }
        }
    }

    fn next_order(&mut self) -> u64 {
        self.last_order += 1;
        self.last_order
    }

    fn write<E>(
        &self,
        session: u64,
        frame: &mut Frame,
        mut flush: impl FnMut(&mut Frame) -> Result<(), E>,
    ) -> Result<(), E> {
        frame.push(&Record::Session { session, client_id: &self.client_id });
        frame.push(&Record::Online { session, expiry: self.expiry });
        if let Some(will) = &self.will {
            let delay = will.properties.will_delay_interval.unwrap_or(0);
            let record = |packet| Record::Will { session, delay, packet };
            if let Err(error) = frame.push_with_packet(&will_to_packet(will), record) {
                tracing::error!(%error, "a will cannot be stored");
            }
        }
        if let Some(since) = self.offline_since {
            frame.push(&Record::Offline { session, expiry: self.expiry, since: since.0 });
        }
        let mut subscriptions: Vec<_> = self.subscriptions.iter().collect();
        subscriptions.sort_unstable_by_key(|(_, (order, _))| *order);
        for (filter, (_, options)) in subscriptions {
            frame.push(&subscribed(session, filter, *options));
            flush(frame)?;
        }
        for id in &self.unreleased {
            frame.push(&Record::Received { session, id: id.get() });
        }
        let mut inflight: Vec<_> = self.inflight.iter().collect();
        inflight.sort_unstable_by_key(|(_, (order, _))| *order);
        for (id, (_, waiting)) in inflight {
            let id = id.get();
            match waiting {
                Some(waiting) => {
                    frame.push(&waiting.record(session));
                    frame.push(&Record::Sent { session, body: waiting.body, id });
                }
                None => frame.push(&Record::Released { session, id }),
            }
            flush(frame)?;
        }
        for waiting in &self.queue {
            frame.push(&waiting.record(session));
            flush(frame)?;
        }
        frame.push(&Record::LastId { session, id: self.last_id });
        flush(frame)
    }
}

impl Waiting {
    fn record(&self, session: u64) -> Record<'static> {
        Record::Queued {
            session,
            body: self.body,
            qos: self.qos as u8,
            retain: self.retain,
            identifiers: self.identifiers.clone(),
        }
    }
}

/// The record of a subscription.
pub(crate) fn subscribed(session: u64, filter: &TopicFilter, options: Options) -> Record<'_> {
    Record::Subscribed {
        session,
        filter: filter.as_str(),
        qos: options.qos as u8,
        no_local: options.no_local,
        retain_as_published: options.retain_as_published,
        retain_handling: options.retain_handling as u8,
        identifier: options.identifier,
    }
}

fn options(record: &Record<'_>) -> Result<Options, Damage> {
    let Record::Subscribed {
        qos, no_local, retain_as_published, retain_handling, identifier, ..
    } = *record
    else {
        return Err(Damage::Record);
    };
    let handlings = [RetainHandling::Send, RetainHandling::SendIfNew, RetainHandling::DoNotSend];
    let retain_handling = handlings.get(usize::from(retain_handling)).ok_or(Damage::Record)?;
    let retain_handling = *retain_handling;
    let qos = QoS::from_level(qos).ok_or(Damage::Record)?;
    Ok(Options { qos, no_local, retain_as_published, retain_handling, identifier })
}

fn packet_id(id: u16) -> Result<PacketId, Damage> {
    PacketId::new(id).ok_or(Damage::Record)
}
