//! What happens in the broker, as an entry of its log.

use broker::{BrokerEvent, ConnectFailure, DisconnectCause, StoreNotice};
use wire::ReasonCode;

use super::describe::{protocol, version};
use crate::views::BrokerLogEvent;

pub(super) fn describe(event: BrokerEvent) -> BrokerLogEvent {
    match event {
        BrokerEvent::ListenerUp(info) => BrokerLogEvent::ListenerUp {
            protocol: protocol(info.protocol),
            address: info.address.to_string(),
        },
        BrokerEvent::ListenerDown(info) => BrokerLogEvent::ListenerDown {
            protocol: protocol(info.protocol),
            address: info.address.to_string(),
        },
        BrokerEvent::ClientConnected {
            client_id,
            address,
            version: spoken,
            protocol: over,
            username,
            session_present,
            ..
        } => BrokerLogEvent::ClientConnected {
            client_id: client_id.to_string(),
            address: address.to_string(),
            version: version(spoken).into(),
            protocol: protocol(over),
            username: username.map(Into::into),
            session_present,
        },
        BrokerEvent::ClientDisconnected { client_id, address, cause } => {
            BrokerLogEvent::ClientDisconnected {
                client_id: client_id.to_string(),
                address: address.to_string(),
                code: disconnect_code(&cause).into(),
                cause: cause.to_string(),
            }
        }
        BrokerEvent::ConnectionFailed { attempt, address, cause, .. } => {
            failed(attempt, address.to_string(), cause)
        }
        BrokerEvent::PublishRefused { client_id, username, topic, reason, count } => {
            BrokerLogEvent::PublishRefused {
                client_id: client_id.to_string(),
                username: username.map(Into::into),
                topic: topic.to_string(),
                reason: reason.0,
                count,
            }
        }
        BrokerEvent::SubscribeRefused { client_id, username, filter, reason, .. } => {
            BrokerLogEvent::SubscribeRefused {
                client_id: client_id.to_string(),
                username: username.map(Into::into),
                filter: filter.to_string(),
                reason: reason.0,
            }
        }
        BrokerEvent::Store(notice) => BrokerLogEvent::Notice {
            code: store_code(&notice).into(),
            cause: notice.to_string(),
            client_id: None,
        },
    }
}

fn failed(attempt: u64, address: String, cause: ConnectFailure) -> BrokerLogEvent {
    let text = cause.to_string();
    let code = failure_code(&cause).into();
    let (reason, client_id, username) = match cause {
        ConnectFailure::Refused { reason, client_id, username } => {
            (Some(reason), Some(client_id.into()), username.map(Into::into))
        }
        ConnectFailure::Malformed { reason, .. } => (Some(reason), None, None),
        _ => (None, None, None),
    };
    BrokerLogEvent::ConnectionFailed {
        address,
        code,
        cause: text,
        reason: reason.map(|ReasonCode(code)| code),
        client_id,
        username,
        attempt: Some(attempt),
    }
}

const fn disconnect_code(cause: &DisconnectCause) -> &'static str {
    match cause {
        DisconnectCause::ByClient { .. } => "byClient",
        DisconnectCause::ConnectionLost { .. } => "connectionLost",
        DisconnectCause::KeepAlive { .. } => "keepAlive",
        DisconnectCause::Violation { .. } => "violation",
        DisconnectCause::TooSlow { .. } => "tooSlow",
        DisconnectCause::TakenOver => "takenOver",
        DisconnectCause::Kicked { .. } => "kicked",
        DisconnectCause::BrokenTransport { .. } => "brokenTransport",
        DisconnectCause::Fault { .. } => "fault",
        DisconnectCause::BrokerStopped => "brokerStopped",
    }
}

const fn failure_code(cause: &ConnectFailure) -> &'static str {
    match cause {
        ConnectFailure::Timeout { .. } => "timeout",
        ConnectFailure::Closed { .. } => "closed",
        ConnectFailure::Broken { .. } => "broken",
        ConnectFailure::Malformed { .. } => "malformed",
        ConnectFailure::NotConnect { .. } => "notConnect",
        ConnectFailure::OtherProtocol { .. } => "otherProtocol",
        ConnectFailure::Tls(_) => "tls",
        ConnectFailure::WebSocket(_) => "webSocket",
        ConnectFailure::UnsupportedVersion { .. } => "unsupportedVersion",
        ConnectFailure::NotAuthenticated { .. } => "notAuthenticated",
        ConnectFailure::Refused { .. } => "refused",
        ConnectFailure::TooManyConnections => "tooManyConnections",
        ConnectFailure::Fault { .. } => "fault",
        ConnectFailure::Stopping => "stopping",
    }
}

const fn store_code(notice: &StoreNotice) -> &'static str {
    match notice {
        StoreNotice::SetAside { .. } => "storeSetAside",
        StoreNotice::Unavailable(_) => "storeUnavailable",
        StoreNotice::Paused { .. } => "storePaused",
        StoreNotice::Resumed => "storeResumed",
    }
}
