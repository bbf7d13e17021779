//! What people do to a running broker.

use std::sync::Arc;

use bytes::Bytes;
use tokio::time::Instant;
use wire::{QoS, ReasonCode, Timestamp, TopicFilter, TopicName, property::PublishProperties};

use super::{Leave, Router, retained::Full, stored::is_about_the_broker};
use crate::{
    event::DisconnectCause,
    message::{Message, StoredAs},
};

/// How far a removal of retained messages has come.
#[derive(Debug, Default)]
pub(crate) struct Cleared {
    pub(crate) count: usize,
    /// Where to go on; `None`: it is done.
    pub(crate) at: Option<Arc<str>>,
}

impl Router {
    /// Publishes a message of the broker itself; returns the number of sessions it went to.
    pub(crate) fn publish_own(&mut self, message: &Arc<Message>) -> usize {
        let count = self.publish(message, None);
        self.congested = None;
        count
    }

    /// Ends the connection of a client; returns whether it had one.
    pub(crate) fn kick(&mut self, client_id: &str, reason: ReasonCode) -> bool {
        let link =
            self.by_client.get(client_id).and_then(|key| self.sessions[key.index()].link.as_ref());
        let Some(link) = link else { return false };
        let connection = link.connection;
        self.leave(Leave { connection, cause: DisconnectCause::Kicked { reason }, expiry: None });
        true
    }

    /// Ends a session, its connection first; returns whether there was one.
    pub(crate) fn delete_session(&mut self, client_id: &str) -> bool {
        let was_online = self.kick(client_id, ReasonCode::ADMINISTRATIVE_ACTION);
        // A session that was to end with its connection has ended.
        let Some(key) = self.by_client.get(client_id).copied() else { return was_online };
        self.end_session(key);
        true
    }

    /// Removes the retained messages `filter` matches behind the topic `after`, and looks at no more
    /// than `count`. With `notify` subscribers get what a client would have sent to remove them.
    pub(crate) fn clear_retained(
        &mut self,
        filter: &TopicFilter,
        after: Option<&str>,
        count: usize,
        notify: bool,
    ) -> Cleared {
        let mut topics = Vec::new();
        let at = self.retained.scan(filter, after, count, self.now, |entry| {
            topics.push(entry.message.topic.clone());
        });
        // What the broker says about itself stays true.
        topics.retain(|topic| !is_about_the_broker(topic));
        for topic in &topics {
            self.forget_retained(topic);
            if notify {
                self.publish_own(&Arc::new(removal(topic, self.now)));
            }
        }
        Cleared { count: topics.len(), at }
    }

    /// Retains messages that come from elsewhere, without sending them to anybody.
    pub(crate) fn import_retained(
        &mut self,
        messages: Vec<(Arc<Message>, Timestamp)>,
    ) -> Vec<Result<(), Full>> {
        let retain = |(message, received)| self.retain_received(&message, Some(received));
        messages.into_iter().map(retain).collect()
    }
}

/// The message that removes the retained one of a topic (§3.3.1.3).
fn removal(topic: &TopicName, now: Instant) -> Message {
    Message {
        topic: topic.clone(),
        payload: Bytes::new(),
        qos: QoS::AtMostOnce,
        retain: true,
        properties: PublishProperties::default(),
        received: now,
        publisher: None,
        stored: StoredAs::default(),
    }
}
