//! What errors of a stream mean: the layers below MQTT hide in them what they have to say.

use std::io;

use super::{TlsFailure, WebSocketFailure};
use crate::event::{ConnectFailure, DisconnectCause};

impl ConnectFailure {
    /// Before there is a session.
    pub(crate) fn from_io(error: &io::Error) -> Self {
        let inner = error.get_ref();
        if let Some(error) = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return TlsFailure::from(error).into();
        }
        if let Some(broken) = inner.and_then(|inner| inner.downcast_ref()) {
            return WebSocketFailure::Frame(*broken).into();
        }
        Self::Broken { kind: error.kind() }
    }
}

impl DisconnectCause {
    /// After that.
    pub(crate) fn from_io(error: &io::Error) -> Self {
        match ConnectFailure::from_io(error) {
            ConnectFailure::Broken { kind } => Self::ConnectionLost { error: Some(kind) },
            broken => Self::BrokenTransport { detail: broken.to_string().into() },
        }
    }
}

impl From<TlsFailure> for ConnectFailure {
    fn from(failure: TlsFailure) -> Self {
        Self::Tls(failure)
    }
}

impl From<WebSocketFailure> for ConnectFailure {
    fn from(failure: WebSocketFailure) -> Self {
        Self::WebSocket(failure)
    }
}
