//! Connections that come and go: sessions, takeover, wills, expiry (§3.1, §3.2, §3.14, §4.1).

use std::{sync::Arc, time::Duration};

use tokio::sync::oneshot;
use wire::{
    Packet, ReasonCode, Timestamp, Version,
    codec::encoded_len,
    packet::{ConnAck, Disconnect, Will},
    property::{ConnAckProperties, DisconnectProperties},
};

use super::{
    Router, ack,
    session::{Link, Session, SessionKey},
    timers::Due,
};
use crate::{
    access::Identity,
    broker::DISCONNECT_REASONS,
    connection::ConnectionId,
    event::{BrokerEvent, DisconnectCause},
    expiry::Expiry,
    origin::Origin,
    outbound::Outbound,
    store::Record,
};

/// A client that was let in, with all that was negotiated.
#[derive(Debug)]
pub(crate) struct Join {
    pub(crate) connection: ConnectionId,
    pub(crate) outbound: Arc<Outbound>,
    pub(crate) identity: Identity,
    pub(crate) version: Version,
    pub(crate) clean_start: bool,
    pub(crate) expiry: Expiry,
    pub(crate) will: Option<Will>,
    pub(crate) receive_maximum: u16,
    pub(crate) max_packet_size: Option<usize>,
    pub(crate) origin: Origin,
    pub(crate) keep_alive: u16,
    /// The CONNACK is sent with these.
    pub(crate) properties: ConnAckProperties,
    /// Answers with the reason when there is no room for a session.
    pub(crate) reply: oneshot::Sender<Result<(), ReasonCode>>,
}

/// The end of a connection.
#[derive(Debug)]
pub(crate) struct Leave {
    pub(crate) connection: ConnectionId,
    pub(crate) cause: DisconnectCause,
    /// A session expiry the DISCONNECT set instead of the CONNECT's.
    pub(crate) expiry: Option<Expiry>,
}

impl Router {
    pub(super) fn join(&mut self, join: Join) {
        if self.stopping {
            let _ = join.reply.send(Err(ReasonCode::SERVER_UNAVAILABLE));
            return;
        }
        // The rules may have changed since its CONNECT was judged.
        let rights = match self.config.access.rights(&join.identity) {
            Ok(rights) => rights,
            Err(denied) => {
                let _ = join.reply.send(Err(denied.reason()));
                return;
            }
        };
        let client_id = Arc::clone(&join.identity.client_id);
        self.take_over(&client_id, join.clean_start);
        let existing = self.by_client.get(&client_id).copied();
        if existing.is_none() && self.sessions.len() >= self.config.limits.sessions {
            let _ = join.reply.send(Err(ReasonCode::QUOTA_EXCEEDED));
            return;
        }
        let key = existing.unwrap_or_else(|| {
            let key = SessionKey::new(self.sessions.insert(Session::new(Arc::clone(&client_id))));
            self.by_client.insert(Arc::clone(&client_id), key);
            key
        });
        self.connections.insert(join.connection, key);
        self.tally.connections.add(1);
        self.tally.most_online.raise_to(self.connections.len());
        self.tell(BrokerEvent::ClientConnected {
            client_id,
            address: join.origin.address,
            protocol: join.origin.protocol,
            version: join.version,
            username: join.identity.username.clone(),
            common_name: join.origin.common_name(),
            session_present: existing.is_some(),
        });
        self.record_joining(key, &join);
        let _ = join.reply.send(Ok(()));
        let epoch = self.next_epoch();
        let inflight = self.config.limits.inflight.get();
        self.with_session(key, |session, with| {
            session.epoch = epoch;
            session.offline_since = None;
            session.expiry = join.expiry;
            session.will = join.will;
            session.link = Some(Link {
                connection: join.connection,
                outbound: join.outbound,
                version: join.version,
                window: join.receive_maximum.min(inflight).into(),
                max_packet_size: join.max_packet_size,
                origin: join.origin,
                identity: join.identity,
                rights,
                keep_alive: join.keep_alive,
                since: Timestamp::now(),
                dirty: false,
                backlog: false,
            });
            session.answer(Packet::ConnAck(Box::new(ConnAck {
                session_present: existing.is_some() && join.version != Version::V31,
                reason: ReasonCode::SUCCESS,
                properties: join.properties,
            })));
            for id in session.outflow.restart() {
                session.answer(Packet::PubRel(ack(id, ReasonCode::SUCCESS)));
            }
            session.pump(with);
        });
        self.resume_replay(key);
    }

    pub(super) fn leave(&mut self, leave: Leave) {
        let Some(key) = self.connections.get(&leave.connection).copied() else { return };
        let now = self.now;
        let session = &mut self.sessions[key.index()];
        if let Some(expiry) = leave.expiry {
            session.expiry = expiry;
        }
        let orderly = DisconnectCause::ByClient { reason: ReasonCode::SUCCESS };
        if leave.cause == orderly {
            session.will = None;
        }
        let expiry = session.expiry;
        let delay = session.will.as_ref().map(will_delay);
        self.unlink(key, leave.cause);
        if expiry == Expiry::AtOnce {
            self.end_session(key);
            return;
        }
        self.record_leaving(key);
        let epoch = self.next_epoch();
        self.sessions[key.index()].epoch = epoch;
        match delay {
            Some(Duration::ZERO) => self.publish_will(key),
            Some(delay) => self.timers.set(now + delay, key, epoch, Due::Will),
            None => {}
        }
        if let Expiry::After(time) = expiry {
            self.timers.set(now + time, key, epoch, Due::EndOfSession);
        }
        let sessions = &self.sessions;
        self.timers.compact(|timer| {
            let session = sessions.get(timer.session.index());
            session.is_some_and(|session| session.epoch == timer.epoch)
        });
    }

    /// Ends a session: its will, if still to come, is published now (§3.1.3.2.2).
    pub(super) fn end_session(&mut self, key: SessionKey) {
        let Some(session) = self.sessions.get_mut(key.index()) else { return };
        for filter in std::mem::take(&mut session.subscriptions).into_keys() {
            self.subscriptions.remove(&filter, key);
        }
        self.publish_will(key);
        let session = self.sessions.remove(key.index());
        if let (Some(store), Some(stored)) = (&self.store, session.stored) {
            store.record(&Record::Ended { session: stored });
        }
        self.by_client.remove(&session.client_id);
    }

    /// Makes room for a connection with a client identifier that is known already.
    fn take_over(&mut self, client_id: &Arc<str>, clean_start: bool) {
        let Some(key) = self.by_client.get(client_id).copied() else { return };
        let session = &mut self.sessions[key.index()];
        let was_online = session.link.is_some();
        let ends = clean_start || (was_online && session.expiry == Expiry::AtOnce);
        let delayed = session.will.as_ref().is_some_and(|will| !will_delay(will).is_zero());
        if was_online {
            self.unlink(key, DisconnectCause::TakenOver);
        }
        if ends {
            self.end_session(key);
        } else if delayed {
            // The session goes on, so the delayed will is not sent (§3.1.3.2.2).
            self.forget_will(key);
        } else {
            self.publish_will(key);
        }
    }

    /// Takes the connection away from a session and tells both sides why.
    fn unlink(&mut self, key: SessionKey, cause: DisconnectCause) {
        let session = &mut self.sessions[key.index()];
        let Some(link) = session.unlink() else { return };
        self.connections.remove(&link.connection);
        let last = farewell(&cause, &link).filter(|_| link.version == Version::V5);
        link.outbound.close(last);
        self.closed.push(Arc::clone(&link.outbound));
        self.tell(BrokerEvent::ClientDisconnected {
            client_id: Arc::clone(&self.sessions[key.index()].client_id),
            address: link.origin.address,
            cause,
        });
    }

    /// A session that may outlive its connection is recorded, one that cannot no longer is.
    fn record_joining(&mut self, key: SessionKey, join: &Join) {
        let Some(store) = &self.store else { return };
        let session = &mut self.sessions[key.index()];
        if join.expiry == Expiry::AtOnce {
            if let Some(stored) = session.stored.take() {
                store.record(&Record::Ended { session: stored });
            }
            return;
        }
        let stored = *session.stored.get_or_insert_with(|| {
            let number = store.next_session();
            store.record(&Record::Session { session: number, client_id: &join.identity.client_id });
            number
        });
        store.online(stored, join.expiry.seconds(), join.will.as_ref());
    }

    fn record_leaving(&mut self, key: SessionKey) {
        let Some(store) = &self.store else { return };
        let session = &mut self.sessions[key.index()];
        let since = store.wall();
        session.offline_since = Some(since);
        if let Some(stored) = session.stored {
            let expiry = session.expiry.seconds();
            store.record(&Record::Offline { session: stored, expiry, since: since.0 });
            if session.will.is_none() {
                store.record(&Record::NoWill { session: stored });
            }
        }
    }

    /// Takes the will of a session, which is published or not wanted any more.
    pub(super) fn forget_will(&mut self, key: SessionKey) -> Option<Will> {
        let session = &mut self.sessions[key.index()];
        session.take_will_if(self.store.as_ref(), |_| true)
    }

    pub(super) fn next_epoch(&mut self) -> u64 {
        self.last_epoch += 1;
        self.last_epoch
    }
}

pub(super) fn will_delay(will: &Will) -> Duration {
    Duration::from_secs(will.properties.will_delay_interval.unwrap_or(0).into())
}

/// The DISCONNECT that tells a client why (§3.14.2.1); none when it knows, or could not take it.
fn farewell(cause: &DisconnectCause, link: &Link) -> Option<Packet> {
    // Room for the fixed header, the reason code and the lengths.
    const FRAME: usize = 16;
    let reason = match cause {
        DisconnectCause::ByClient { .. }
        | DisconnectCause::ConnectionLost { .. }
        | DisconnectCause::BrokenTransport { .. }
        | DisconnectCause::Fault { reason: None, .. } => return None,
        DisconnectCause::KeepAlive { .. } => ReasonCode::KEEP_ALIVE_TIMEOUT,
        // It may come from a CONNACK: what refuses a client now would not let it in again.
        DisconnectCause::Kicked { reason } if !DISCONNECT_REASONS.contains(reason) => {
            ReasonCode::NOT_AUTHORIZED
        }
        DisconnectCause::Violation { reason, .. }
        | DisconnectCause::Kicked { reason }
        | DisconnectCause::Fault { reason: Some(reason), .. } => *reason,
        DisconnectCause::TooSlow { .. } => ReasonCode::QUOTA_EXCEEDED,
        DisconnectCause::TakenOver => ReasonCode::SESSION_TAKEN_OVER,
        DisconnectCause::BrokerStopped => ReasonCode::SERVER_SHUTTING_DOWN,
    };
    let detail = match cause {
        DisconnectCause::Violation { detail, .. } => Some(detail.clone()),
        _ => None,
    };
    let fits = |text: &str| link.max_packet_size.is_none_or(|max| text.len() + FRAME <= max);
    let properties = DisconnectProperties {
        reason_string: detail.filter(|text| fits(text)),
        ..Default::default()
    };
    let farewell = Packet::Disconnect(Disconnect { reason, properties });
    let len = encoded_len(&farewell, link.version).ok()?;
    link.max_packet_size.is_none_or(|max| len <= max).then_some(farewell)
}
