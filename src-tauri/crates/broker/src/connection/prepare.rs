//! What can be said about a client's packet without the router: aliases, limits, access.

use std::{collections::HashMap, num::NonZeroU16, sync::Arc};

use bytes::Bytes;
use tokio::time::Instant;
use wire::{
    DecodeError, Packet, ReasonCode, TopicFilter, TopicName, Version,
    packet::{Publish, Subscribe},
};

use super::{Shared, authentication::Enhanced, standing::Standing};
use crate::{
    access::Identity,
    config::BrokerConfig,
    event::DisconnectCause,
    expiry::Expiry,
    message::{Message, StoredAs},
    router::{Acknowledgement, Inbound},
};

/// Payloads up to this size get memory of their own. A slice of the read buffer would keep all of it
/// alive for as long as the message is retained or queued.
const COPIED_PAYLOAD: usize = 16 * 1024;

/// A client broke the rules; its connection ends.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Violation {
    reason: ReasonCode,
    detail: Box<str>,
}

/// What to do with a packet.
#[derive(Debug)]
pub(super) enum Prepared {
    /// Give it to the router.
    Inbound(Inbound),
    /// Answer it with this.
    Answer(Packet),
    Disconnect {
        reason: ReasonCode,
        expiry: Option<Expiry>,
    },
}

pub(super) struct Prepare {
    standing: Standing,
    enhanced: Option<Enhanced>,
    publisher: Arc<str>,
    version: Version,
    /// Session expiry of the CONNECT.
    expiry: Expiry,
    aliases: HashMap<NonZeroU16, TopicName>,
    shared: Arc<Shared>,
}

impl Prepare {
    pub(super) fn new(
        standing: Standing,
        enhanced: Option<Enhanced>,
        version: Version,
        expiry: Expiry,
        shared: Arc<Shared>,
    ) -> Self {
        let publisher = Arc::clone(&standing.identity.client_id);
        Self { standing, enhanced, publisher, version, expiry, aliases: HashMap::new(), shared }
    }

    pub(super) fn identity(&self) -> &Identity {
        &self.standing.identity
    }

    pub(super) fn version(&self) -> Version {
        self.version
    }

    pub(super) fn prepare(&mut self, packet: Packet) -> Result<Prepared, Violation> {
        let inbound = match packet {
            Packet::Publish(publish) => self.publish(publish)?,
            Packet::PubAck(ack) => Inbound::Acknowledgement(Acknowledgement::Done(ack.packet_id)),
            Packet::PubRec(ack) => {
                Inbound::Acknowledgement(Acknowledgement::Received(ack.packet_id, ack.reason))
            }
            Packet::PubComp(ack) => {
                Inbound::Acknowledgement(Acknowledgement::Complete(ack.packet_id))
            }
            Packet::PubRel(ack) => Inbound::PubRel(ack.packet_id),
            Packet::Subscribe(subscribe) => {
                self.check_user_properties(subscribe.properties.user_properties.len())?;
                self.check_filters(subscribe.filters.len())?;
                let refusals = self.subscribe_refusals(&subscribe);
                Inbound::Subscribe(subscribe, refusals)
            }
            Packet::Unsubscribe(unsubscribe) => {
                self.check_user_properties(unsubscribe.properties.user_properties.len())?;
                self.check_filters(unsubscribe.filters.len())?;
                Inbound::Unsubscribe(unsubscribe)
            }
            Packet::PingReq => return Ok(Prepared::Answer(Packet::PingResp)),
            Packet::Disconnect(disconnect) => {
                let expiry = self.new_expiry(disconnect.properties.session_expiry_interval)?;
                return Ok(Prepared::Disconnect { reason: disconnect.reason, expiry });
            }
            Packet::Auth(auth) => {
                let enhanced = self.enhanced.as_mut().ok_or_else(|| {
                    Violation::protocol("AUTH without an authentication method in CONNECT")
                })?;
                let answer = enhanced.answer(&auth, &mut self.standing.identity)?;
                return Ok(Prepared::Answer(answer));
            }
            Packet::Connect(_)
            | Packet::ConnAck(_)
            | Packet::SubAck(_)
            | Packet::UnsubAck(_)
            | Packet::PingResp => {
                return Err(Violation::protocol("a packet that only a server sends"));
            }
        };
        Ok(Prepared::Inbound(inbound))
    }

    fn publish(&mut self, publish: Publish) -> Result<Inbound, Violation> {
        let Publish { qos, retain, topic, packet_id, payload, mut properties, .. } = publish;
        self.check_user_properties(properties.user_properties.len())?;
        let topic = self.resolve(topic, properties.topic_alias.take())?;
        properties.correlation_data = properties.correlation_data.as_deref().map(copy);
        let payload = if payload.len() <= COPIED_PAYLOAD { copy(&payload) } else { payload };
        let is_text = properties.payload_format_indicator == Some(true);
        let refusal = self.publish_refusal(&topic, is_text.then_some(&payload));
        if let (Some(reason), None, Version::V5) = (refusal, packet_id, self.version) {
            // QoS 0 has no answer, and a broken limit should not look like success.
            let detail = match reason {
                ReasonCode::TOPIC_NAME_INVALID => {
                    Some("the topic is too long or has too many levels")
                }
                ReasonCode::PAYLOAD_FORMAT_INVALID => Some("the payload is not UTF-8 text"),
                _ => None,
            };
            if let Some(detail) = detail {
                return Err(Violation::new(reason, detail));
            }
        }
        let message = Arc::new(Message {
            topic,
            payload,
            qos,
            retain,
            properties,
            received: Instant::now(),
            publisher: Some(Arc::clone(&self.publisher)),
            stored: StoredAs::default(),
        });
        Ok(Inbound::Publish { message, packet_id, refusal })
    }

    /// The topic, by name or by alias (§3.3.2.3.4).
    fn resolve(
        &mut self,
        topic: Option<TopicName>,
        alias: Option<NonZeroU16>,
    ) -> Result<TopicName, Violation> {
        if let Some(alias) = alias
            && alias.get() > self.shared.config.limits.topic_alias_maximum
        {
            return Err(Violation::new(
                ReasonCode::TOPIC_ALIAS_INVALID,
                "the topic alias is greater than the maximum that was announced",
            ));
        }
        match (topic, alias) {
            (Some(topic), Some(alias)) => {
                self.aliases.insert(alias, topic.clone());
                Ok(topic)
            }
            (Some(topic), None) => Ok(topic),
            (None, Some(alias)) => self
                .aliases
                .get(&alias)
                .cloned()
                .ok_or_else(|| Violation::protocol("a topic alias that was never defined")),
            (None, None) => Err(Violation::protocol("neither a topic name nor a topic alias")),
        }
    }

    fn publish_refusal(&mut self, topic: &TopicName, text: Option<&Bytes>) -> Option<ReasonCode> {
        let refusal = judge_publish(&mut self.standing, &self.shared.config, topic, text);
        if let Some(reason) = refusal {
            self.shared.tell_refused(&self.standing.identity, topic.to_shared(), reason, false);
        }
        refusal
    }

    fn subscribe_refusals(&mut self, subscribe: &Subscribe) -> Vec<Option<ReasonCode>> {
        let Self { standing, shared, .. } = self;
        let mut refusal = |filter: &TopicFilter| {
            // `$share/group/` is not a part of the topic.
            let path = filter.shared().map_or(filter.as_str(), |shared| shared.filter);
            let reason = if !shared.config.limits.allow_topic(path) {
                ReasonCode::TOPIC_FILTER_INVALID
            } else if standing.rights().may_subscribe(filter) {
                return None;
            } else {
                ReasonCode::NOT_AUTHORIZED
            };
            shared.tell_refused(&standing.identity, filter.as_str().into(), reason, true);
            Some(reason)
        };
        subscribe.filters.iter().map(|wanted| refusal(&wanted.filter)).collect()
    }

    /// The session expiry a DISCONNECT sets (§3.14.2.2.2).
    fn new_expiry(&self, seconds: Option<u32>) -> Result<Option<Expiry>, Violation> {
        match seconds {
            None => Ok(None),
            Some(1..) if self.expiry == Expiry::AtOnce => Err(Violation::protocol(
                "DISCONNECT sets a session expiry although CONNECT set none",
            )),
            Some(seconds) => {
                Ok(Some(Expiry::granted(seconds, self.shared.config.max_session_expiry)))
            }
        }
    }

    fn check_filters(&self, count: usize) -> Result<(), Violation> {
        if count > self.shared.config.limits.filters_per_packet {
            let detail = format!("{count} topic filters in one packet");
            return Err(Violation { reason: ReasonCode::QUOTA_EXCEEDED, detail: detail.into() });
        }
        Ok(())
    }

    fn check_user_properties(&self, count: usize) -> Result<(), Violation> {
        if count > self.shared.config.limits.user_properties {
            let detail = format!("{count} user properties in one packet");
            return Err(Violation { reason: ReasonCode::QUOTA_EXCEEDED, detail: detail.into() });
        }
        Ok(())
    }
}

/// Why a client may not publish to `topic`, or have a will there; `text` is a payload that is
/// announced as text.
pub(super) fn judge_publish(
    standing: &mut Standing,
    config: &BrokerConfig,
    topic: &TopicName,
    text: Option<&Bytes>,
) -> Option<ReasonCode> {
    if !config.limits.allow_topic(topic.as_str()) {
        return Some(ReasonCode::TOPIC_NAME_INVALID);
    }
    // What the broker says about itself, only it can say.
    let is_system = topic.as_str() == "$SYS" || topic.as_str().starts_with("$SYS/");
    if is_system || !standing.rights().may_publish(topic) {
        return Some(ReasonCode::NOT_AUTHORIZED);
    }
    let is_broken = |text: &Bytes| config.check_payload_format && str::from_utf8(text).is_err();
    text.is_some_and(is_broken).then_some(ReasonCode::PAYLOAD_FORMAT_INVALID)
}

fn copy(bytes: &[u8]) -> Bytes {
    Bytes::copy_from_slice(bytes)
}

impl Violation {
    /// What the client did.
    pub(super) fn detail(&self) -> &str {
        &self.detail
    }

    pub(super) fn new(reason: ReasonCode, detail: &str) -> Self {
        Self { reason, detail: detail.into() }
    }

    pub(super) fn protocol(detail: &str) -> Self {
        Self::new(ReasonCode::PROTOCOL_ERROR, detail)
    }
}

impl From<DecodeError> for Violation {
    fn from(error: DecodeError) -> Self {
        Self { reason: error.reason, detail: error.to_string().into() }
    }
}

impl From<Violation> for DisconnectCause {
    fn from(violation: Violation) -> Self {
        let Violation { reason, detail } = violation;
        Self::Violation { reason, detail }
    }
}
