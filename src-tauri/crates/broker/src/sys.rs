//! What a broker says about itself under `$SYS/broker/`, in Mosquitto's names and forms.
//!
//! # Invariants
//!
//! * `said` has the value of each topic that was said last: only another one is said again.

mod load;

use std::{collections::BTreeMap, time::Duration};

use self::load::Loads;
use crate::activity::Activity;

/// The topics and what was said last.
#[derive(Debug, Default)]
pub(crate) struct SysTopics {
    said: BTreeMap<Box<str>, Box<str>>,
    loads: Loads,
}

/// What all the topics begin with.
const ROOT: &str = "$SYS/broker/";

/// What the value of `version` says.
const VERSION: &str = concat!("topicscope version ", env!("CARGO_PKG_VERSION"));

impl SysTopics {
    /// The topics whose values are others than before, with those, when the broker has run for
    /// `uptime`.
    pub(crate) fn changes(
        &mut self,
        activity: &Activity,
        uptime: Duration,
    ) -> Vec<(Box<str>, Box<str>)> {
        self.loads.measure(&activity.counters, uptime);
        let mut changes = Vec::new();
        let mut say = |name: &str, value: String| {
            let topic: Box<str> = [ROOT, name].concat().into();
            let value: Box<str> = value.into();
            if self.said.get(&topic) != Some(&value) {
                self.said.insert(topic.clone(), value.clone());
                changes.push((topic, value));
            }
        };
        say("version", VERSION.into());
        say("uptime", format!("{} seconds", uptime.as_secs()));
        let counters = &activity.counters;
        let sums = [
            ("clients/expired", counters.expired_sessions),
            ("clients/maximum", counters.most_online),
            ("messages/received", counters.packets_in),
            ("messages/sent", counters.packets_out),
            ("publish/messages/received", counters.messages_in),
            ("publish/messages/sent", counters.messages_out),
            ("publish/messages/dropped", load::dropped(counters)),
            ("publish/bytes/received", counters.payload_in),
            ("publish/bytes/sent", counters.payload_out),
            ("bytes/received", counters.bytes_in),
            ("bytes/sent", counters.bytes_out),
        ];
        for (name, value) in sums {
            say(name, value.to_string());
        }
        let held = [
            ("clients/total", activity.online + activity.offline),
            ("clients/connected", activity.online),
            ("clients/active", activity.online),
            ("clients/disconnected", activity.offline),
            ("clients/inactive", activity.offline),
            ("retained messages/count", activity.retained),
            ("subscriptions/count", activity.subscriptions),
            ("shared_subscriptions/count", activity.shared_subscriptions),
            ("store/messages/count", activity.retained + activity.queued + activity.inflight),
            ("store/messages/bytes", activity.held.retained + activity.held.queued),
        ];
        for (name, value) in held {
            say(name, value.to_string());
        }
        for (name, value) in self.loads.values() {
            say(&name, value);
        }
        changes
    }

    /// Every topic that was said.
    pub(crate) fn topics(&self) -> impl Iterator<Item = &str> {
        self.said.keys().map(AsRef::as_ref)
    }
}
