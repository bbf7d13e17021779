//! The router's state into the store and back.

use std::{collections::HashMap, sync::Arc, time::Duration};

use wire::{Timestamp, TopicName};

use super::{
    Router,
    outflow::Outflow,
    retained::Full,
    session::{Session, SessionKey},
    timers::Due,
};
use crate::{
    activity::Loss,
    expiry::Expiry,
    message::{Delivery, Message},
    store::{
        Event, Image, Opened, Record, Source, Store, Wanted,
        image::{StoredSession, Waiting},
    },
};

/// Things a snapshot may copy while everybody waits: a few milliseconds of work.
const COPIED_AT_ONCE: usize = 20_000;

impl Router {
    /// Retains a message, or removes the retained one if it is empty; false when there is no room.
    pub(super) fn retain(&mut self, message: &Arc<Message>, from: Option<SessionKey>) -> bool {
        let is_retained = self.retain_received(message, None).is_ok();
        if !is_retained {
            match from {
                Some(key) => self.refused(key),
                None => self.tally.dropped.add(Loss::Refused, 1),
            }
        }
        is_retained
    }

    /// The same with a message that was received at another time than its `received` tells.
    pub(super) fn retain_received(
        &mut self,
        message: &Arc<Message>,
        received: Option<Timestamp>,
    ) -> Result<(), Full> {
        match received {
            Some(received) => self.retained.store_received(message, received, self.now)?,
            None => self.retained.store(message, self.now)?,
        }
        if let Some(store) = self.store.as_ref().filter(|_| !is_about_the_broker(&message.topic)) {
            if message.payload.is_empty() {
                store.record(&Record::NotRetained { topic: message.topic.as_str() });
            } else {
                store.retained(message);
            }
        }
        Ok(())
    }

    /// Removes the retained message of a topic.
    pub(super) fn forget_retained(&mut self, topic: &TopicName) {
        if self.retained.remove(topic.as_str())
            && let Some(store) = self.store.as_ref().filter(|_| !is_about_the_broker(topic))
        {
            store.record(&Record::NotRetained { topic: topic.as_str() });
        }
    }

    /// Makes what was done safe from the end of the process. The writers are woken after it.
    pub(super) fn commit(&mut self) {
        let Some(store) = &mut self.store else { return };
        if store.commit() == Wanted::Snapshot {
            self.begin_snapshot();
        }
    }

    pub(super) fn handle_store_event(&mut self, event: Event) {
        let Some(store) = &mut self.store else { return };
        if store.handle(event) == Wanted::Snapshot {
            self.begin_snapshot();
        }
    }

    fn begin_snapshot(&mut self) {
        let Some(store) = &self.store else { return };
        let waiting = |session: &Session| {
            session.outflow.inflight() + session.outflow.queued() + session.subscriptions.len()
        };
        let things = self.sessions.iter().map(|(_, session)| 1 + waiting(session));
        let is_small = things.sum::<usize>() + self.retained.len() <= COPIED_AT_ONCE;
        let source = if is_small || store.is_paused() {
            let (image, messages) = self.image(store);
            Source::Memory { image: Box::new(image), messages, clock: store.clock() }
        } else {
            Source::Files
        };
        if let Some(store) = &mut self.store {
            store.begin_snapshot(source);
        }
    }

    /// All that is to survive.
    fn image(&self, store: &Store) -> (Image, HashMap<u64, Arc<Message>>) {
        let mut image = Image::default();
        let mut messages = HashMap::new();
        let mut number = |message: &Arc<Message>| {
            let number = store.number_of(message);
            messages.entry(number).or_insert_with(|| Arc::clone(message));
            number
        };
        for message in self.retained.iter().filter(|message| !is_about_the_broker(&message.topic)) {
            let body = number(message);
            image.retained.insert(message.topic.as_str().into(), body);
        }
        for (_, session) in &self.sessions {
            let Some(stored) = session.stored else { continue };
            let mut waiting = |delivery: &Delivery| Waiting {
                body: number(&delivery.message),
                qos: delivery.qos,
                retain: delivery.retain,
                identifiers: delivery.identifiers.clone(),
            };
            let inflight = session.outflow.in_order().into_iter();
            let inflight = inflight
                .zip(0..)
                .map(|((id, delivery), order)| (id, (order, delivery.map(&mut waiting))));
            let inflight = inflight.collect();
            let subscriptions = session.subscriptions.iter().zip(0..);
            image.add(
                stored,
                StoredSession {
                    client_id: Arc::clone(&session.client_id),
                    expiry: session.expiry.seconds(),
                    offline_since: session.offline_since,
                    will: session.will.clone(),
                    subscriptions: subscriptions
                        .map(|((filter, options), order)| (filter.clone(), (order, *options)))
                        .collect(),
                    unreleased: session.unreleased.iter().copied().collect(),
                    inflight,
                    queue: session.outflow.waiting().map(waiting).collect(),
                    last_id: session.outflow.last_id(),
                    last_order: 0,
                },
            );
        }
        (image, messages)
    }

    /// Begins with what a store held: sessions whose clients are away, and retained messages.
    pub(super) fn restore(&mut self, opened: Opened) {
        let Opened { store, image, messages, last_seen } = opened;
        let clock = store.clock();
        self.now = clock.now;
        for message in image.retained.values().filter_map(|body| messages.get(body)) {
            if !message.is_expired(self.now) && self.retained.store(message, self.now).is_err() {
                self.tally.dropped.add(Loss::Refused, 1);
            }
        }
        for (stored, image) in image.sessions {
            let since = image.offline_since.unwrap_or(last_seen);
            if image.offline_since.is_none() {
                let expiry = image.expiry;
                store.record(&Record::Offline { session: stored, expiry, since: since.0 });
            }
            let key = self.restore_session(stored, image, &messages);
            let session = &mut self.sessions[key.index()];
            session.offline_since = Some(since);
            let (away, epoch) = (clock.since(since), session.epoch);
            let mut due = |after: Duration, due| {
                // What is overdue comes in the order it was due, at once.
                let at = (clock.now + after).checked_sub(away).unwrap_or(clock.now);
                self.timers.set(at, key, epoch, due);
            };
            if let Some(will) = &session.will {
                due(super::joining::will_delay(will), Due::Will);
            }
            if let Expiry::After(time) = session.expiry {
                due(time, Due::EndOfSession);
            }
        }
        self.store = Some(store);
        self.ring();
        self.commit();
    }

    fn restore_session(
        &mut self,
        stored: u64,
        image: StoredSession,
        messages: &HashMap<u64, Arc<Message>>,
    ) -> SessionKey {
        let deliver = |waiting: Waiting| {
            let message = Arc::clone(messages.get(&waiting.body)?);
            let Waiting { qos, retain, identifiers, .. } = waiting;
            Some(Delivery { message, qos, retain, dup: false, packet_id: None, identifiers })
        };
        let mut inflight: Vec<_> = image.inflight.into_iter().collect();
        inflight.sort_unstable_by_key(|(_, (order, _))| *order);
        let inflight =
            inflight.into_iter().map(|(id, (_, waiting))| (id, waiting.and_then(deliver)));
        let queue = image.queue.into_iter().filter_map(deliver);
        let mut session = Session::new(Arc::clone(&image.client_id));
        session.stored = Some(stored);
        session.epoch = self.next_epoch();
        session.expiry = Expiry::granted(image.expiry, self.config.max_session_expiry);
        session.will = image.will;
        session.unreleased = image.unreleased.into_iter().collect();
        session.outflow = Outflow::restored(inflight, queue, image.last_id);
        let mut subscriptions: Vec<_> = image.subscriptions.into_iter().collect();
        subscriptions.sort_unstable_by_key(|(_, (order, _))| *order);
        let key = SessionKey::new(self.sessions.insert(session));
        self.by_client.insert(image.client_id, key);
        for (filter, (_, options)) in subscriptions {
            self.subscriptions.insert(&filter, key, options);
            self.sessions[key.index()].subscriptions.insert(filter, options);
        }
        key
    }
}

/// `$SYS` is what the broker says about itself; the next one says it anew.
pub(super) fn is_about_the_broker(topic: &TopicName) -> bool {
    topic.as_str() == "$SYS" || topic.as_str().starts_with("$SYS/")
}
