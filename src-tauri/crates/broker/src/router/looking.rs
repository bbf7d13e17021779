//! What people want to know about sessions, subscriptions and retained messages.
//!
//! Each scan looks at [`SLICE`] rows at most and is then continued from outside, so that the router
//! works in between and no question holds up the traffic.

use std::{collections::BTreeMap, ops::Bound, sync::Arc};

use wire::TopicFilter;

use super::{Delivering, Router, session::Session};
use crate::{
    activity::{Activity, Held},
    query::{
        ClientDetail, ClientPage, ClientQuery, FilterInfo, Only, RetainedPage, RetainedQuery,
        Subscriber, SubscriptionPage, SubscriptionQuery,
    },
};

/// Rows one visit looks at: below a millisecond.
const SLICE: usize = 1_000;

/// A question about sessions, and what was found so far.
#[derive(Debug)]
pub(crate) struct ClientScan {
    query: ClientQuery,
    needle: Needle,
    at: Option<Arc<str>>,
    pub(crate) page: ClientPage,
    pub(crate) is_done: bool,
}

/// A question about subscriptions, and what was found so far.
#[derive(Debug)]
pub(crate) struct SubscriptionScan {
    query: SubscriptionQuery,
    needle: Needle,
    at: Option<TopicFilter>,
    pub(crate) page: SubscriptionPage,
    pub(crate) is_done: bool,
}

/// A question about retained messages, and what was found so far.
#[derive(Debug)]
pub(crate) struct RetainedScan {
    query: RetainedQuery,
    /// Whether to count those before and behind the page too.
    counts_all: bool,
    at: Option<Arc<str>>,
    pub(crate) page: RetainedPage,
    pub(crate) is_done: bool,
}

impl Router {
    /// Sums; it walks over the sessions, and touches nothing of their content.
    pub(crate) fn snapshot(&mut self) -> Activity {
        let with = Delivering {
            limits: &self.config.limits,
            tally: &self.tally,
            store: self.store.as_ref(),
            now: self.now,
        };
        let (mut queued, mut inflight) = (0, 0);
        let mut by_listener = BTreeMap::new();
        let retained = self.retained.count(self.now);
        let mut held = Held { retained: self.retained.bytes(), ..Held::default() };
        for (_, session) in &mut self.sessions {
            session.drop_expired(with);
            queued += session.outflow.queued();
            inflight += session.outflow.inflight();
            held.queued += session.outflow.queued_bytes();
            if let Some(link) = &session.link {
                held.outbound += link.outbound.held().1;
                if let Some(listener) = link.origin.listener {
                    *by_listener.entry(listener).or_insert(0) += 1;
                }
            }
        }
        Activity {
            since: self.since,
            counters: self.tally.read(),
            online: self.connections.len(),
            by_listener,
            offline: self.sessions.len() - self.connections.len(),
            subscriptions: self.subscriptions.count(),
            shared_subscriptions: self.subscriptions.shared_count(),
            retained,
            queued,
            inflight,
            held,
        }
    }

    /// One session with its subscriptions, in no order.
    pub(crate) fn client(&mut self, client_id: &str) -> Option<ClientDetail> {
        let key = self.by_client.get(client_id).copied()?;
        self.with_session(key, Session::drop_expired);
        let session = &self.sessions[key.index()];
        let subscriptions = session.subscriptions.iter();
        Some(ClientDetail {
            info: session.info(),
            subscriptions: subscriptions.map(|(filter, held)| (filter.clone(), *held)).collect(),
        })
    }

    /// Goes on with a scan.
    pub(crate) fn scan_clients(&mut self, scan: &mut ClientScan) {
        let is_counting = !scan.needle.is_empty();
        if !is_counting {
            let online = self.connections.len();
            scan.page.total = match scan.query.only {
                Only::All => self.sessions.len(),
                Only::Online => online,
                Only::Offline => self.sessions.len() - online,
            };
        }
        let from = scan.at.clone().map_or(Bound::Unbounded, Bound::Excluded);
        let mut found = Vec::new();
        let (mut looked_at, mut last) = (0, None);
        for (client_id, key) in self.by_client.range((from, Bound::Unbounded)).take(SLICE) {
            (looked_at, last) = (looked_at + 1, Some(client_id));
            let session = &self.sessions[key.index()];
            if !scan.matches(session) {
                continue;
            }
            scan.page.total += usize::from(is_counting);
            if scan.query.after.as_ref().is_some_and(|after| client_id <= after) {
                continue;
            }
            if scan.page.clients.len() + found.len() < scan.query.limit {
                found.push(*key);
            } else {
                scan.page.more = true;
                if !is_counting {
                    break;
                }
            }
        }
        scan.is_done = looked_at < SLICE || (scan.page.more && !is_counting);
        scan.at = last.cloned();
        for key in found {
            self.with_session(key, Session::drop_expired);
            scan.page.clients.push(self.sessions[key.index()].info());
        }
    }

    /// Goes on with a scan.
    pub(crate) fn scan_subscriptions(&self, scan: &mut SubscriptionScan) {
        let is_counting = !scan.needle.is_empty() || scan.query.topic.is_some();
        if !is_counting {
            scan.page.total = self.subscriptions.filter_count();
        }
        let (mut looked_at, mut last) = (0, None);
        for (filter, members) in self.subscriptions.filters(scan.at.as_ref()).take(SLICE) {
            (looked_at, last) = (looked_at + 1, Some(filter));
            if !scan.matches(filter) {
                continue;
            }
            scan.page.total += usize::from(is_counting);
            if scan.query.after.as_ref().is_some_and(|after| filter <= after) {
                continue;
            }
            if scan.page.filters.len() >= scan.query.limit {
                scan.page.more = true;
                if !is_counting {
                    break;
                }
                continue;
            }
            let subscribers = members.iter().take(scan.query.subscribers).map(|(key, options)| {
                let session = &self.sessions[key.index()];
                Subscriber {
                    client_id: Arc::clone(&session.client_id),
                    is_online: session.link.is_some(),
                    options: *options,
                }
            });
            scan.page.filters.push(FilterInfo {
                filter: filter.clone(),
                subscribers: subscribers.collect(),
                count: members.len(),
            });
        }
        scan.is_done = looked_at < SLICE || (scan.page.more && !is_counting);
        scan.at = last.cloned();
    }

    /// Goes on with a scan.
    pub(crate) fn scan_retained(&self, scan: &mut RetainedScan) {
        let RetainedScan { query, counts_all, at, page, .. } = scan;
        let next = self.retained.scan(&query.filter, at.as_deref(), SLICE, self.now, |entry| {
            page.total += 1;
            if query.after.as_ref().is_some_and(|after| entry.message.topic <= *after) {
                return;
            }
            if page.messages.len() < query.limit {
                page.messages.push(entry.info(self.now));
            } else {
                page.more = true;
            }
        });
        let has_enough = page.more && !*counts_all;
        scan.is_done = next.is_none() || has_enough;
        scan.at = next;
    }
}

impl ClientScan {
    pub(crate) fn new(query: ClientQuery) -> Self {
        let needle = Needle::new(&query.search);
        // What comes before the page is looked at only to count what the search finds.
        let at = query.after.clone().filter(|_| needle.is_empty());
        Self { query, needle, at, page: ClientPage::default(), is_done: false }
    }

    fn matches(&self, session: &Session) -> bool {
        let is_wanted = match self.query.only {
            Only::All => true,
            Only::Online => session.link.is_some(),
            Only::Offline => session.link.is_none(),
        };
        is_wanted
            && (self.needle.is_empty()
                || self.needle.is_in(&session.client_id)
                || session.link.as_ref().is_some_and(|link| {
                    link.identity.username.as_deref().is_some_and(|name| self.needle.is_in(name))
                        || self.needle.is_in(&link.origin.address.to_string())
                }))
    }
}

impl SubscriptionScan {
    pub(crate) fn new(query: SubscriptionQuery) -> Self {
        let needle = Needle::new(&query.search);
        let at = query.after.clone().filter(|_| needle.is_empty() && query.topic.is_none());
        Self { query, needle, at, page: SubscriptionPage::default(), is_done: false }
    }

    fn matches(&self, filter: &TopicFilter) -> bool {
        self.query.topic.as_ref().is_none_or(|topic| filter.matches(topic.as_str()))
            && (self.needle.is_empty() || self.needle.is_in(filter.as_str()))
    }
}

impl RetainedScan {
    /// For a page and the number of messages on all of them.
    pub(crate) fn counting(query: RetainedQuery) -> Self {
        Self { query, counts_all: true, at: None, page: RetainedPage::default(), is_done: false }
    }

    /// For the page only; `total` means nothing.
    pub(crate) fn page_only(query: RetainedQuery) -> Self {
        let at = query.after.as_ref().map(wire::TopicName::to_shared);
        Self { at, counts_all: false, ..Self::counting(query) }
    }
}

/// A text to find in any case.
#[derive(Debug)]
struct Needle(String);

impl Needle {
    fn new(text: &str) -> Self {
        Self(text.to_lowercase())
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn is_in(&self, text: &str) -> bool {
        text.to_lowercase().contains(&self.0)
    }
}
