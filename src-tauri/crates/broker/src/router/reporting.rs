//! What the router says about the broker every now and then; see [`SysTopics`].

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::time::{Interval, MissedTickBehavior, interval_at};
use wire::{QoS, TopicName, property::PublishProperties};

use super::Router;
use crate::{
    message::{Message, StoredAs},
    sys::SysTopics,
};

/// Reports at regular times.
#[derive(Debug)]
pub(super) struct Reporting {
    topics: SysTopics,
    ticks: Interval,
}

/// More often than this costs more than it tells.
const SHORTEST: Duration = Duration::from_secs(1);

impl Router {
    /// Reports at once and then in this interval, or takes back all that was reported.
    pub(crate) fn set_sys_interval(&mut self, interval: Option<Duration>) {
        let Some(interval) = interval else {
            let said = self.reporting.take();
            for topic in said.iter().flat_map(|reporting| reporting.topics.topics()) {
                self.retained.remove(topic);
            }
            return;
        };
        let interval = interval.max(SHORTEST);
        if self.reporting.as_ref().is_some_and(|said| said.ticks.period() == interval) {
            return;
        }
        let mut ticks = interval_at(self.now + interval, interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let topics = self.reporting.take().map(|said| said.topics).unwrap_or_default();
        self.reporting = Some(Reporting { topics, ticks });
        self.report();
    }

    /// Publishes what is not as it was.
    pub(super) fn report(&mut self) {
        let activity = self.snapshot();
        let uptime = self.now.saturating_duration_since(self.began);
        let Some(reporting) = &mut self.reporting else { return };
        for (topic, value) in reporting.topics.changes(&activity, uptime) {
            let Ok(topic) = topic.parse() else { continue };
            let message = self.saying(topic, value);
            self.publish_own(&Arc::new(message));
        }
    }

    /// QoS 0: what the broker says about itself is not worth waiting in a session.
    fn saying(&self, topic: TopicName, value: Box<str>) -> Message {
        Message {
            topic,
            payload: Bytes::from(String::from(value)),
            qos: QoS::AtMostOnce,
            retain: true,
            properties: PublishProperties::default(),
            received: self.now,
            publisher: None,
            stored: StoredAs::default(),
        }
    }
}

/// Resolves when it is time for the next report; never when there is none.
pub(super) async fn due(reporting: &mut Option<Reporting>) {
    match reporting {
        Some(reporting) => {
            reporting.ticks.tick().await;
        }
        None => std::future::pending().await,
    }
}
