//! The subscriptions of a session: what is wanted, what the server granted, what is on its way.
//!
//! # Invariants
//!
//! * What was asked for is requested until the server has answered, over any number of connections.
//! * A server that kept the session is not asked again for what it granted.

use std::collections::{HashMap, VecDeque};

use tokio::sync::watch;
use wire::{
    QoS, ReasonCode, TopicFilter,
    packet::{PacketId, Subscription},
};

use crate::{
    connection::Requests,
    error::SubscribeError,
    session::SubscribeReply,
    state::{SubscriptionState, SubscriptionView},
};

/// The subscriptions of one session.
#[derive(Debug)]
pub(crate) struct Roster {
    entries: Vec<Entry>,
    leaving: Vec<Leaving>,
    subscribing: Exchanges<Vec<(TopicFilter, u64)>>,
    unsubscribing: Exchanges<TopicFilter>,
    /// Numbers the requests, so that an answer to an older one is not taken for the newest.
    requests: u64,
    view: watch::Sender<Vec<SubscriptionView>>,
}

impl Roster {
    pub(crate) fn new(subscriptions: &[Subscription]) -> Self {
        let entries = subscriptions.iter().cloned().map(Entry::new).collect();
        let roster = Self {
            entries,
            leaving: Vec::new(),
            subscribing: Exchanges::default(),
            unsubscribing: Exchanges::default(),
            requests: 0,
            view: watch::Sender::default(),
        };
        roster.show();
        roster
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Vec<SubscriptionView>> {
        self.view.subscribe()
    }

    /// Adds or replaces a subscription; [`Roster::request`] sends it.
    pub(crate) fn add(&mut self, subscription: Subscription) -> &mut Vec<SubscribeReply> {
        let known = self.position(&subscription.filter);
        let index = known.unwrap_or_else(|| {
            self.entries.push(Entry::new(subscription.clone()));
            self.entries.len() - 1
        });
        let entry = &mut self.entries[index];
        entry.subscription = subscription;
        entry.state = SubscriptionState::Offline;
        entry.granted = None;
        entry.on_its_way = None;
        show(&self.view, &self.entries);
        &mut self.entries[index].replies
    }

    /// Removes a subscription; [`Roster::request`] tells the server.
    pub(crate) fn remove(&mut self, filter: &TopicFilter) -> &mut Vec<SubscribeReply> {
        if let Some(index) = self.position(filter) {
            for reply in self.entries.remove(index).replies {
                let _ = reply.send(Err(SubscribeError::NotConnected));
            }
            self.show();
        }
        let known = self.leaving.iter().position(|leaving| leaving.filter == *filter);
        let index = known.unwrap_or_else(|| {
            let filter = filter.clone();
            self.leaving.push(Leaving { filter, is_requested: false, replies: Vec::new() });
            self.leaving.len() - 1
        });
        &mut self.leaving[index].replies
    }

    /// A connection is open: what the server has forgotten is due again.
    pub(crate) fn came_online(&mut self, session_present: bool) {
        if session_present {
            for entry in &mut self.entries {
                if let Some(qos) = entry.granted {
                    entry.state = SubscriptionState::Granted(qos);
                } else if entry.on_its_way.is_some() {
                    // The engine repeats what it had not seen answered.
                    entry.state = SubscriptionState::Requested;
                }
            }
        } else {
            self.subscribing.clear();
            self.unsubscribing.clear();
            for leaving in self.leaving.drain(..) {
                leaving.answer(&Ok(ReasonCode::NO_SUBSCRIPTION_EXISTED));
            }
            for entry in &mut self.entries {
                entry.granted = None;
                entry.on_its_way = None;
                entry.state = SubscriptionState::Offline;
            }
        }
        self.show();
    }

    /// The connection is gone.
    pub(crate) fn went_offline(&mut self) {
        for entry in &mut self.entries {
            entry.state = SubscriptionState::Offline;
            for reply in entry.replies.drain(..) {
                let _ = reply.send(Err(SubscribeError::ConnectionLost));
            }
        }
        for leaving in &mut self.leaving {
            for reply in leaving.replies.drain(..) {
                let _ = reply.send(Err(SubscribeError::ConnectionLost));
            }
        }
        self.show();
    }

    /// Sends what is due, as far as the engine has room.
    pub(crate) fn request(&mut self, requests: &impl Requests) {
        for leaving in &mut self.leaving {
            if self.unsubscribing.is_full() {
                return;
            }
            if !leaving.is_requested {
                if requests.unsubscribe(&leaving.filter).is_err() {
                    return;
                }
                leaving.is_requested = true;
                self.unsubscribing.queued(leaving.filter.clone());
            }
        }
        while !self.subscribing.is_full() {
            let is_due = |entry: &&mut Entry| entry.state == SubscriptionState::Offline;
            let due: Vec<_> = self.entries.iter_mut().filter(is_due).take(MAX_FILTERS).collect();
            let wanted: Vec<_> = due.iter().map(|entry| entry.subscription.clone()).collect();
            if wanted.is_empty() || requests.subscribe(&wanted).is_err() {
                return;
            }
            self.requests += 1;
            for entry in due {
                entry.state = SubscriptionState::Requested;
                entry.on_its_way = Some(self.requests);
            }
            let numbered = wanted.into_iter().map(|wanted| (wanted.filter, self.requests));
            self.subscribing.queued(numbered.collect());
            self.show();
        }
    }

    pub(crate) fn subscribe_written(&mut self, id: PacketId) {
        self.subscribing.written(id);
    }

    pub(crate) fn unsubscribe_written(&mut self, id: PacketId) {
        self.unsubscribing.written(id);
    }

    pub(crate) fn subscribe_done(&mut self, id: PacketId, reasons: &[ReasonCode]) {
        let Some(filters) = self.subscribing.done(id) else { return };
        for ((filter, number), &reason) in filters.iter().zip(reasons) {
            let Some(index) = self.position(filter) else { continue };
            let entry = &mut self.entries[index];
            // Changed while the answer was on its way: another one follows.
            if entry.on_its_way != Some(*number) {
                continue;
            }
            entry.on_its_way = None;
            entry.granted = granted_qos(reason);
            entry.state = entry
                .granted
                .map_or(SubscriptionState::Refused(reason), SubscriptionState::Granted);
            for reply in entry.replies.drain(..) {
                let _ = reply.send(Ok(reason));
            }
        }
        self.show();
    }

    pub(crate) fn unsubscribe_done(&mut self, id: PacketId, reason: ReasonCode) {
        let Some(filter) = self.unsubscribing.done(id) else { return };
        if let Some(index) = self.leaving.iter().position(|leaving| leaving.filter == filter) {
            self.leaving.remove(index).answer(&Ok(reason));
        }
    }

    fn position(&self, filter: &TopicFilter) -> Option<usize> {
        self.entries.iter().position(|entry| entry.subscription.filter == *filter)
    }

    fn show(&self) {
        show(&self.view, &self.entries);
    }
}

#[derive(Debug)]
struct Entry {
    subscription: Subscription,
    state: SubscriptionState,
    /// What the server's session holds, as far as this client knows.
    granted: Option<QoS>,
    /// The request handed to the engine that is not answered, on whichever connection.
    on_its_way: Option<u64>,
    replies: Vec<SubscribeReply>,
}

impl Entry {
    const fn new(subscription: Subscription) -> Self {
        Self {
            subscription,
            state: SubscriptionState::Offline,
            granted: None,
            on_its_way: None,
            replies: Vec::new(),
        }
    }
}

/// A subscription the server is to forget.
#[derive(Debug)]
struct Leaving {
    filter: TopicFilter,
    is_requested: bool,
    replies: Vec<SubscribeReply>,
}

impl Leaving {
    fn answer(self, outcome: &Result<ReasonCode, SubscribeError>) {
        for reply in self.replies {
            let _ = reply.send(outcome.clone());
        }
    }
}

/// Requests handed to the engine, first without and then with a packet identifier.
#[derive(Debug)]
struct Exchanges<T> {
    unwritten: VecDeque<T>,
    written: HashMap<PacketId, T>,
}

impl<T> Default for Exchanges<T> {
    fn default() -> Self {
        Self { unwritten: VecDeque::new(), written: HashMap::new() }
    }
}

impl<T> Exchanges<T> {
    fn is_full(&self) -> bool {
        self.unwritten.len() + self.written.len() >= MAX_EXCHANGES
    }

    fn queued(&mut self, request: T) {
        self.unwritten.push_back(request);
    }

    fn written(&mut self, id: PacketId) {
        // A known identifier is a repetition on a new connection.
        if !self.written.contains_key(&id)
            && let Some(request) = self.unwritten.pop_front()
        {
            self.written.insert(id, request);
        }
    }

    fn done(&mut self, id: PacketId) -> Option<T> {
        self.written.remove(&id)
    }

    fn clear(&mut self) {
        self.unwritten.clear();
        self.written.clear();
    }
}

fn show(view: &watch::Sender<Vec<SubscriptionView>>, entries: &[Entry]) {
    let views = entries.iter().map(|entry| SubscriptionView {
        subscription: entry.subscription.clone(),
        state: entry.state,
    });
    view.send_replace(views.collect());
}

const fn granted_qos(reason: ReasonCode) -> Option<QoS> {
    match reason {
        ReasonCode::SUCCESS => Some(QoS::AtMostOnce),
        ReasonCode::GRANTED_QOS_1 => Some(QoS::AtLeastOnce),
        ReasonCode::GRANTED_QOS_2 => Some(QoS::ExactlyOnce),
        _ => None,
    }
}

/// Filters in one SUBSCRIBE: few enough for servers with small packet limits.
const MAX_FILTERS: usize = 32;
/// SUBSCRIBEs, and UNSUBSCRIBEs, on their way at once.
const MAX_EXCHANGES: usize = 8;
