//! Messages in, copies out (§3.3, §4.3).

use std::sync::Arc;

use wire::{Packet, PacketId, QoS, ReasonCode};

use super::{
    Offence, Router, ack,
    session::{Pace, SessionKey},
    subscriptions::Readiness,
};
use crate::{
    activity::Loss,
    message::{Delivery, Message},
    store::Record,
};

impl Router {
    /// A PUBLISH of a client: routes it once and answers it.
    pub(super) fn receive(
        &mut self,
        key: SessionKey,
        message: &Arc<Message>,
        packet_id: Option<PacketId>,
        refusal: Option<ReasonCode>,
    ) -> Result<(), Offence> {
        self.tally.messages_in.add(1);
        let max_unreleased = usize::from(self.config.limits.receive_maximum.get());
        let session = &mut self.sessions[key.index()];
        session.messages_in += 1;
        let Some(id) = packet_id else {
            if refusal.is_none() {
                self.route(key, message);
            } else {
                self.refused(key);
            }
            return Ok(());
        };
        let exactly_once = message.qos == QoS::ExactlyOnce;
        let is_new = !exactly_once || !session.unreleased.contains(&id);
        // 3.x cannot announce a receive maximum; its identifiers are the bound.
        let is_v5 = session.link.as_ref().is_some_and(|link| link.version == wire::Version::V5);
        if is_new && exactly_once && is_v5 && session.unreleased.len() >= max_unreleased {
            return Err(Offence {
                reason: ReasonCode::RECEIVE_MAXIMUM_EXCEEDED,
                detail: "more QoS 2 messages unfinished than the receive maximum allows",
            });
        }
        let reason = match refusal {
            _ if !is_new => ReasonCode::SUCCESS,
            None => self.route(key, message),
            Some(reason) => {
                self.refused(key);
                // 3.x has no words for it; an error would be read as success anyway (§3.4.2).
                if is_v5 { reason } else { ReasonCode::SUCCESS }
            }
        };
        let reason = if is_v5 { reason } else { ReasonCode::SUCCESS };
        self.with_session(key, |session, with| {
            if exactly_once {
                if !reason.is_error() && session.unreleased.insert(id) {
                    session.record(with, |session| Record::Received { session, id: id.get() });
                }
                session.answer(Packet::PubRec(ack(id, reason)));
            } else {
                session.answer(Packet::PubAck(ack(id, reason)));
            }
        });
        Ok(())
    }

    /// A PUBREL.
    pub(super) fn release(&mut self, key: SessionKey, id: PacketId) {
        self.with_session(key, |session, with| {
            let is_v5 = session.link.as_ref().is_some_and(|link| link.version == wire::Version::V5);
            let known = session.unreleased.remove(&id);
            if known {
                session.record(with, |session| Record::Completed { session, id: id.get() });
            }
            let reason = if known || !is_v5 {
                ReasonCode::SUCCESS
            } else {
                ReasonCode::PACKET_IDENTIFIER_NOT_FOUND
            };
            session.answer(Packet::PubComp(ack(id, reason)));
        });
    }

    /// Retains and delivers a message; returns the number of sessions it went to.
    pub(super) fn publish(&mut self, message: &Arc<Message>, from: Option<SessionKey>) -> usize {
        if message.retain {
            self.retain(message, from);
        }
        self.deliver(message, from)
    }

    /// Publishes the will of a session, if it still has one.
    pub(super) fn publish_will(&mut self, key: SessionKey) {
        let Some(will) = self.forget_will(key) else { return };
        let client_id = Arc::clone(&self.sessions[key.index()].client_id);
        let message = Arc::new(Message::from_will(will, client_id, self.now));
        self.publish(&message, Some(key));
        self.congested = None;
    }

    /// Counts a message of a client that is not routed, or not retained.
    pub(super) fn refused(&mut self, publisher: SessionKey) {
        self.with_session(publisher, |session, with| session.lose(Loss::Refused, 1, with));
    }

    fn route(&mut self, key: SessionKey, message: &Arc<Message>) -> ReasonCode {
        if message.retain && !self.retain(message, Some(key)) && message.qos != QoS::AtMostOnce {
            return ReasonCode::QUOTA_EXCEEDED;
        }
        match self.deliver(message, Some(key)) {
            0 => ReasonCode::NO_MATCHING_SUBSCRIBERS,
            _ => ReasonCode::SUCCESS,
        }
    }

    fn deliver(&mut self, message: &Arc<Message>, from: Option<SessionKey>) -> usize {
        let sessions = &self.sessions;
        let limits = &self.config.limits;
        // Of a group, somebody who will get it, at best soon.
        let readiness = |key: SessionKey| {
            let member = sessions.get(key.index());
            let link = member.and_then(|member| member.link.as_ref());
            match member.zip(link) {
                Some((_, link)) if !link.rights.may_receive(&message.topic) => Readiness::Away,
                Some((member, link))
                    if link.outbound.is_full() || member.outflow.is_filling(limits) =>
                {
                    Readiness::Behind
                }
                Some(_) => Readiness::Ready,
                None => Readiness::Away,
            }
        };
        let mut targets = std::mem::take(&mut self.targets);
        self.subscriptions.find(message.topic.as_str(), from, readiness, &mut targets);
        let mut count = 0;
        for target in targets.drain() {
            count += 1;
            let delivery = Delivery {
                qos: message.qos.min(target.qos),
                retain: message.retain && target.retain_as_published,
                dup: false,
                packet_id: None,
                identifiers: target.identifiers,
                message: Arc::clone(message),
            };
            let pace =
                self.with_session(target.session, |session, with| session.deliver(delivery, with));
            match pace {
                Pace::FallsBehind if self.congested.is_none() => {
                    let link = self.sessions[target.session.index()].link.as_ref();
                    self.congested = link.map(|link| Arc::clone(&link.outbound));
                }
                Pace::KeepsUp | Pace::FallsBehind => {}
                Pace::Overflows => self.overflowing.push(target.session),
            }
        }
        self.targets = targets;
        count
    }
}
