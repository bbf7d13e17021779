//! The way from rumqttc to the transport: its socket connector, and what became of the socket.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use transport::{DialError, DialOptions, Lingering, Tap, Tapped, Target, dial, tap::ReadEnd};
use wire::{ReasonCode, Version, property::ConnAckProperties};

use super::recorder::{Record, Recorder};
use crate::{
    config::Config,
    error::{ConnectError, Stage},
};

/// Dials for rumqttc and remembers the connection it dialled last.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    target: Target,
    version: Version,
    connect_timeout: Duration,
    keep_alive: u16,
    max_packet_size: u32,
    current: Arc<Mutex<Option<Current>>>,
}

/// The connection dialled last.
#[derive(Clone, Debug)]
pub(crate) struct Current {
    pub(crate) tap: Tap,
    pub(crate) record: Record,
}

impl Link {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            target: config.target.clone(),
            version: config.version,
            connect_timeout: config.connect_timeout,
            keep_alive: config.keep_alive,
            max_packet_size: config.max_packet_size,
            current: Arc::default(),
        }
    }

    /// Opens the socket: rumqttc's connector. A [`DialError`] travels inside of the `io::Error`.
    pub(crate) async fn open(self) -> io::Result<Tapped<Lingering, Recorder>> {
        self.set_current(None);
        let options = DialOptions { timeout: self.connect_timeout, ..DialOptions::default() };
        let stream = dial(&self.target, options).await.map_err(io::Error::other)?;
        let record = Record::new(self.version);
        let (tapped, tap) =
            transport::tap::tap(Lingering::from(stream), Recorder::new(record.clone()));
        self.set_current(Some(Current { tap, record }));
        Ok(tapped)
    }

    /// The connection dialled last, if one was opened.
    pub(crate) fn current(&self) -> Option<Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How long an attempt may take: to open the connection, and again for the answer to CONNECT.
    pub(crate) fn attempt_timeout(&self) -> Duration {
        self.connect_timeout * 2
    }

    /// The connection opened, and nothing came back.
    pub(crate) fn no_answer(&self) -> ConnectError {
        ConnectError::NoAnswer { after: self.connect_timeout }
    }

    /// Changes the keep-alive to what the server wants.
    pub(crate) fn set_keep_alive(&mut self, seconds: u16) {
        self.keep_alive = seconds;
    }

    /// Why the connection ended, from what was seen on it; `engine` is what rumqttc made of it.
    pub(crate) fn explain(&self, engine: EngineError, stage: Stage) -> ConnectError {
        if let EngineError::Io(error) = &engine
            && let Some(error) = dial_error(error)
        {
            return ConnectError::Dial(error);
        }
        let Some(Current { tap, record }) = self.current() else {
            return ConnectError::Reset { stage, detail: engine.words() };
        };
        if let Some(peer) = tap.not_mqtt() {
            return ConnectError::NotMqtt(peer.clone());
        }
        if stage != Stage::Online
            && let Some(refusal) = self.refusal(&record)
        {
            return refusal;
        }
        if let Some(packet) = record.disconnect() {
            return ConnectError::Disconnected {
                reason: packet.reason,
                reason_string: packet.properties.reason_string,
                server_reference: packet.properties.server_reference,
            };
        }
        let stage = match stage {
            Stage::BeforeConnAck if !record.connect_sent() => Stage::BeforeConnect,
            stage => stage,
        };
        match engine {
            EngineError::PingUnanswered => ConnectError::KeepAliveTimeout {
                after: Duration::from_secs(u64::from(self.keep_alive)),
            },
            EngineError::TooLarge => ConnectError::PacketTooLarge {
                size: record.oversize(self.max_packet_size),
                limit: self.max_packet_size,
            },
            EngineError::Protocol(words) => {
                if let Some(size) = record.oversize(self.max_packet_size) {
                    let limit = self.max_packet_size;
                    return ConnectError::PacketTooLarge { size: Some(size), limit };
                }
                let violation = record.violation().map(|error| error.to_string().into());
                ConnectError::ProtocolViolation { words: violation.unwrap_or(words) }
            }
            EngineError::Timeout => self.no_answer(),
            EngineError::Ended => ended(&tap, stage, "connection closed".into()),
            EngineError::Io(error) => ended(&tap, stage, error.to_string().into()),
        }
    }

    /// The CONNACK that refused the connection.
    fn refusal(&self, record: &Record) -> Option<ConnectError> {
        let code = record.connack_code().filter(|&code| code != 0)?;
        let (reason, properties) = match record.connack() {
            Some(connack) => (connack.reason, connack.properties),
            // Not a reason the specification allows here; the byte is still the server's answer.
            None if self.version == Version::V5 => (ReasonCode(code), ConnAckProperties::default()),
            None => {
                let words = format!("CONNACK has the reserved return code {code}").into();
                return Some(ConnectError::ProtocolViolation { words });
            }
        };
        Some(ConnectError::Refused {
            reason,
            reason_string: properties.reason_string,
            server_reference: properties.server_reference,
        })
    }

    fn set_current(&self, current: Option<Current>) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = current;
    }
}

/// What rumqttc reports, without its versions.
#[derive(Debug)]
pub(crate) enum EngineError {
    /// The stream ended.
    Ended,
    /// The stream failed.
    Io(io::Error),
    /// No PINGRESP.
    PingUnanswered,
    /// A packet above the limit.
    TooLarge,
    /// The server broke a rule; rumqttc's words.
    Protocol(Box<str>),
    /// The attempt took too long.
    Timeout,
}

impl EngineError {
    fn words(self) -> Box<str> {
        match self {
            Self::Io(error) => error.to_string().into(),
            Self::Protocol(words) => words,
            other => format!("{other:?}").into(),
        }
    }
}

fn dial_error(error: &io::Error) -> Option<DialError> {
    error.get_ref()?.downcast_ref::<DialError>().cloned()
}

fn ended(tap: &Tap, stage: Stage, detail: Box<str>) -> ConnectError {
    match tap.read_end() {
        Some(ReadEnd::Closed) => ConnectError::Closed { stage },
        Some(ReadEnd::Failed(_)) | None => ConnectError::Reset { stage, detail },
    }
}
