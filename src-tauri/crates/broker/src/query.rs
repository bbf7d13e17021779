//! Questions about sessions, subscriptions and retained messages, answered a page at a time.
//!
//! Pages are in the order of their key (client identifier, filter, topic); `after` is the key of the
//! last row of the page before. Nothing is held between two pages, so what changes meanwhile is in
//! the next page or is not, and no row comes twice.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use wire::{
    QoS, Timestamp, TopicFilter, TopicName, packet::RetainHandling, property::PublishProperties,
};

use crate::activity::ClientInfo;

/// Rows of a page when nothing else is asked for.
const PAGE: usize = 100;

/// Which sessions [`Broker::clients`](crate::Broker::clients) shows.
#[derive(Clone, Debug)]
pub struct ClientQuery {
    /// Only those with this text in client identifier, user name or address, in any case. Empty: all.
    pub search: Box<str>,
    /// Only those with or without a connection.
    pub only: Only,
    /// Only those behind this client identifier.
    pub after: Option<Arc<str>>,
    /// At most so many.
    pub limit: usize,
}

/// Which sessions by their connection.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Only {
    /// All.
    #[default]
    All,
    /// Those with a connection.
    Online,
    /// Those without one.
    Offline,
}

/// Some sessions, by client identifier.
#[derive(Clone, Debug, Default)]
pub struct ClientPage {
    /// The sessions.
    pub clients: Vec<ClientInfo>,
    /// How many the question matches on all pages.
    pub total: usize,
    /// Whether another page follows.
    pub more: bool,
}

/// One session and its subscriptions.
#[derive(Clone, Debug)]
pub struct ClientDetail {
    /// The session.
    pub info: ClientInfo,
    /// Its subscriptions, by filter.
    pub subscriptions: Vec<(TopicFilter, SubscriptionOptions)>,
}

/// What one subscription asks for (§3.8.3.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SubscriptionOptions {
    /// Highest quality of service messages come with.
    pub qos: QoS,
    /// Whether the client's own messages are left out.
    pub no_local: bool,
    /// Whether messages keep their RETAIN flag.
    pub retain_as_published: bool,
    /// When retained messages were asked for.
    pub retain_handling: RetainHandling,
    /// Subscription identifier.
    pub identifier: Option<u32>,
}

/// Which filters [`Broker::subscriptions`](crate::Broker::subscriptions) shows.
#[derive(Clone, Debug)]
pub struct SubscriptionQuery {
    /// Only filters with this text, in any case. Empty: all.
    pub search: Box<str>,
    /// Only filters that match this topic: who would get a message.
    pub topic: Option<TopicName>,
    /// Only those behind this filter.
    pub after: Option<TopicFilter>,
    /// At most so many filters.
    pub limit: usize,
    /// At most so many clients of each.
    pub subscribers: usize,
}

/// Some filters, in the order of their text.
#[derive(Clone, Debug, Default)]
pub struct SubscriptionPage {
    /// The filters.
    pub filters: Vec<FilterInfo>,
    /// How many the question matches on all pages.
    pub total: usize,
    /// Whether another page follows.
    pub more: bool,
}

/// A filter and who holds it.
#[derive(Clone, Debug)]
pub struct FilterInfo {
    /// The filter; `$share/group/…` with its group.
    pub filter: TopicFilter,
    /// The first clients that hold it.
    pub subscribers: Vec<Subscriber>,
    /// How many hold it.
    pub count: usize,
}

/// A client that holds a filter.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Subscriber {
    /// Its client identifier.
    pub client_id: Arc<str>,
    /// Whether it is connected.
    pub is_online: bool,
    /// What it asked for.
    pub options: SubscriptionOptions,
}

/// Which messages [`Broker::retained`](crate::Broker::retained) shows.
#[derive(Clone, Debug)]
pub struct RetainedQuery {
    /// Only topics it matches. As in a subscription, `#` leaves out topics that begin with `$`.
    pub filter: TopicFilter,
    /// Only those behind this topic.
    pub after: Option<TopicName>,
    /// At most so many; 0 only counts.
    pub limit: usize,
}

/// Some retained messages, by topic.
#[derive(Clone, Debug, Default)]
pub struct RetainedPage {
    /// The messages.
    pub messages: Vec<RetainedMessage>,
    /// How many the filter matches on all pages.
    pub total: usize,
    /// Whether another page follows.
    pub more: bool,
}

/// A retained message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RetainedMessage {
    /// Where it was published.
    pub topic: TopicName,
    /// What.
    pub payload: Bytes,
    /// The quality of service it was published with.
    pub qos: QoS,
    /// Its 5.0 properties, as published.
    pub properties: PublishProperties,
    /// Client identifier of the publisher; `None` for the broker itself or an import.
    pub publisher: Option<Arc<str>>,
    /// When the broker received it.
    pub received: Timestamp,
    /// What is left of its message expiry interval.
    pub expires_in: Option<Duration>,
}

impl Default for ClientQuery {
    fn default() -> Self {
        Self { search: "".into(), only: Only::All, after: None, limit: PAGE }
    }
}

impl Default for SubscriptionQuery {
    fn default() -> Self {
        Self { search: "".into(), topic: None, after: None, limit: PAGE, subscribers: PAGE }
    }
}

impl RetainedQuery {
    /// The first page of what `filter` matches.
    pub fn new(filter: TopicFilter) -> Self {
        Self { filter, after: None, limit: PAGE }
    }
}
