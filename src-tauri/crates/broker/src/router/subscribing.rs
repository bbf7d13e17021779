//! SUBSCRIBE and UNSUBSCRIBE (§3.8 – §3.11).

use wire::{
    Packet, PacketId, ReasonCode, Version,
    codec::encoded_len,
    packet::{RetainHandling, SubAck, Subscribe, Subscription, UnsubAck, Unsubscribe},
    property::AckProperties,
};

use super::{Offence, Router, session::SessionKey, subscriptions::Options};
use crate::store::{Record, image::subscribed};

impl Router {
    pub(super) fn subscribe(
        &mut self,
        key: SessionKey,
        packet: &Subscribe,
        refusals: &[Option<ReasonCode>],
    ) -> Result<(), Offence> {
        self.can_answer(key, packet.filters.len())?;
        let version = self.version_of(key);
        let identifier = packet.properties.subscription_identifier;
        let mut reasons = Vec::with_capacity(packet.filters.len());
        let mut wants_retained = Vec::new();
        for (index, wanted) in packet.filters.iter().enumerate() {
            let refusal = refusals.get(index).copied().flatten();
            match refusal.map_or_else(|| self.add_subscription(key, wanted, identifier), Err) {
                Ok(is_new) => {
                    reasons.push(ReasonCode(wanted.qos as u8));
                    let send = match wanted.retain_handling {
                        RetainHandling::Send => true,
                        RetainHandling::SendIfNew => is_new,
                        RetainHandling::DoNotSend => false,
                    };
                    if send && wanted.filter.shared().is_none() {
                        wants_retained.push(wanted);
                    }
                }
                Err(reason) => match version {
                    Version::V5 => reasons.push(reason),
                    Version::V311 => reasons.push(ReasonCode::UNSPECIFIED_ERROR),
                    Version::V31 => {
                        return Err(Offence {
                            reason,
                            detail: "a subscription is not allowed, and MQTT 3.1 cannot say so",
                        });
                    }
                },
            }
        }
        let packet_id = packet.packet_id;
        let answer = SubAck { packet_id, reasons, properties: AckProperties::default() };
        self.with_session(key, |session, _| session.answer(Packet::SubAck(answer)));
        for wanted in wants_retained {
            self.want_retained(key, wanted, identifier);
        }
        self.replay_at_once(key);
        Ok(())
    }

    pub(super) fn unsubscribe(
        &mut self,
        key: SessionKey,
        packet: &Unsubscribe,
    ) -> Result<(), Offence> {
        self.can_answer(key, packet.filters.len())?;
        let mut reasons = Vec::with_capacity(packet.filters.len());
        for filter in &packet.filters {
            let existed = self.sessions[key.index()].subscriptions.remove(filter).is_some();
            if existed {
                self.sessions[key.index()].replays.retain(|replay| replay.filter != *filter);
                self.with_session(key, |session, with| {
                    let filter = filter.as_str();
                    session.record(with, |session| Record::Unsubscribed { session, filter });
                });
                self.subscriptions.remove(filter, key);
            }
            reasons.push(if existed {
                ReasonCode::SUCCESS
            } else {
                ReasonCode::NO_SUBSCRIPTION_EXISTED
            });
        }
        if self.version_of(key) != Version::V5 {
            reasons.clear();
        }
        let packet_id = packet.packet_id;
        let answer = UnsubAck { packet_id, reasons, properties: AckProperties::default() };
        self.with_session(key, |session, _| session.answer(Packet::UnsubAck(answer)));
        Ok(())
    }

    /// Fails when a SUBACK or UNSUBACK for so many filters is larger than the client's maximum packet
    /// size [MQTT-3.1.2-24]. What cannot be answered is not done.
    fn can_answer(&self, key: SessionKey, filters: usize) -> Result<(), Offence> {
        let link = self.sessions[key.index()].link.as_ref();
        let Some(max) = link.and_then(|link| link.max_packet_size) else { return Ok(()) };
        // Both have the same form (§3.9, §3.11).
        let answer = Packet::SubAck(SubAck {
            packet_id: PacketId::MIN,
            reasons: vec![ReasonCode::SUCCESS; filters],
            properties: AckProperties::default(),
        });
        match encoded_len(&answer, self.version_of(key)) {
            Ok(len) if len <= max => Ok(()),
            _ => Err(Offence {
                reason: ReasonCode::PACKET_TOO_LARGE,
                detail: "the answer is larger than the client's maximum packet size",
            }),
        }
    }

    /// Adds or replaces a subscription; says whether it is new, or why it cannot be.
    fn add_subscription(
        &mut self,
        key: SessionKey,
        wanted: &Subscription,
        identifier: Option<u32>,
    ) -> Result<bool, ReasonCode> {
        let options = Options {
            qos: wanted.qos,
            no_local: wanted.no_local,
            retain_as_published: wanted.retain_as_published,
            retain_handling: wanted.retain_handling,
            identifier,
        };
        let held = &mut self.sessions[key.index()].subscriptions;
        let is_new = !held.contains_key(&wanted.filter);
        if is_new && held.len() >= self.config.limits.subscriptions_per_client {
            return Err(ReasonCode::QUOTA_EXCEEDED);
        }
        held.insert(wanted.filter.clone(), options);
        self.subscriptions.insert(&wanted.filter, key, options);
        self.with_session(key, |session, with| {
            session.record(with, |number| subscribed(number, &wanted.filter, options));
        });
        Ok(is_new)
    }

    fn version_of(&self, key: SessionKey) -> Version {
        let link = self.sessions[key.index()].link.as_ref();
        link.map_or(Version::V5, |link| link.version)
    }
}
