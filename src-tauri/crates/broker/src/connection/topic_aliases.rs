//! Topic aliases of the broker's own publishes (§3.3.2.3.4).

use std::{collections::HashMap, num::NonZeroU16};

use wire::{Packet, TopicName, property::ConnectProperties};

use crate::config::BrokerConfig;

/// A topic alias property is no shorter than this.
const WORTHWHILE: usize = 4;

/// The aliases one client knows. The first topics get them; none is ever given to another topic.
#[derive(Clone, Debug)]
pub(super) struct TopicAliases {
    known: HashMap<TopicName, NonZeroU16>,
    /// How many there may be.
    room: u16,
}

impl TopicAliases {
    pub(super) fn new(client: &ConnectProperties, config: &BrokerConfig) -> Self {
        let wanted = client.topic_alias_maximum.unwrap_or(0);
        // Whether a packet is within the client's limit was decided without an alias.
        let may_grow = client.maximum_packet_size.is_none();
        let is_used = config.use_topic_aliases && may_grow;
        let room = if is_used { wanted.min(config.limits.topic_alias_maximum) } else { 0 };
        Self { known: HashMap::new(), room }
    }

    /// Replaces the topic of a PUBLISH by its alias, or gives it one.
    pub(super) fn abbreviate(&mut self, packet: &mut Packet) {
        let Packet::Publish(publish) = packet else { return };
        if self.room == 0 {
            return;
        }
        let Some(topic) = publish.topic.take() else { return };
        if let Some(alias) = self.known.get(&topic) {
            publish.properties.topic_alias = Some(*alias);
            return;
        }
        let next = u16::try_from(self.known.len() + 1).ok().and_then(NonZeroU16::new);
        if let Some(next) = next.filter(|next| next.get() <= self.room)
            && topic.as_str().len() >= WORTHWHILE
        {
            publish.properties.topic_alias = Some(next);
            self.known.insert(topic.clone(), next);
        }
        publish.topic = Some(topic);
    }
}
