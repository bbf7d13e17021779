//! Enhanced authentication: before the CONNACK, and again at any time (§4.12).

use std::sync::Arc;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use wire::{
    DecodeError, Packet, ReasonCode, Version,
    packet::{Auth, Connect},
    property::AuthProperties,
};

use super::{encoded, incoming::Incoming, prepare::Violation};
use crate::access::{Access, Admitted, Denied, Exchange, Identity, Step};

/// The method a client chose in its CONNECT, and how far it has got with it.
pub(super) struct Enhanced {
    access: Arc<dyn Access>,
    method: Box<str>,
    /// The one that goes on.
    exchange: Option<Box<dyn Exchange>>,
    /// Messages the client may still send in it.
    rounds: u32,
}

/// An authentication before the CONNACK that admits nobody.
#[derive(Debug)]
pub(super) enum Unfinished {
    Refused(ReasonCode),
    Malformed(DecodeError),
    /// The client is gone.
    Abandoned,
}

/// More messages than any method needs.
const ROUNDS: u32 = 8;

impl Enhanced {
    /// Begins with `method`; `None`: it is not supported.
    pub(super) fn new(access: &Arc<dyn Access>, method: &str) -> Option<Self> {
        let exchange = Some(access.exchange(method)?);
        Some(Self { access: Arc::clone(access), method: method.into(), exchange, rounds: ROUNDS })
    }

    pub(super) fn method(&self) -> &str {
        &self.method
    }

    /// The user name of a client that is not admitted, if it gave one.
    pub(super) fn claimed(&self) -> Option<&str> {
        self.exchange.as_ref()?.claimed()
    }

    /// Asks and listens until the client is admitted; returns what the CONNACK tells it.
    pub(super) async fn authenticate<R, W>(
        &mut self,
        connect: &Connect,
        incoming: &mut Incoming<R>,
        sink: &mut W,
    ) -> Result<(Admitted, Bytes), Unfinished>
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        let max = connect.properties.maximum_packet_size.map_or(u32::MAX, Into::into);
        let mut said = connect.properties.authentication_data.clone();
        loop {
            let step = self.step(said.as_ref());
            match step.map_err(|denied| Unfinished::Refused(denied.reason()))? {
                Step::Done { admitted, data } => return Ok((admitted, data)),
                Step::Continue(data) => {
                    let question = self.packet(ReasonCode::CONTINUE_AUTHENTICATION, data);
                    let question = encoded(&question, Version::V5);
                    if u32::try_from(question.len()).is_ok_and(|length| length > max) {
                        return Err(Unfinished::Refused(ReasonCode::PACKET_TOO_LARGE));
                    }
                    let sent = async {
                        sink.write_all(&question).await?;
                        sink.flush().await
                    };
                    sent.await.map_err(|_| Unfinished::Abandoned)?;
                    said = self.listen(incoming).await?;
                }
            }
        }
    }

    /// Handles an AUTH of a client that has a session; returns the answer.
    pub(super) fn answer(
        &mut self,
        auth: &Auth,
        client: &mut Identity,
    ) -> Result<Packet, Violation> {
        if auth.properties.authentication_method.as_deref() != Some(&self.method) {
            return Err(Violation::protocol("another authentication method than in CONNECT"));
        }
        match (auth.reason, &self.exchange) {
            (ReasonCode::RE_AUTHENTICATE, None) => {
                self.exchange = self.access.exchange(&self.method);
                self.rounds = ROUNDS;
            }
            (ReasonCode::CONTINUE_AUTHENTICATION, Some(_)) => {}
            (ReasonCode::RE_AUTHENTICATE, Some(_)) => {
                return Err(Violation::protocol("a re-authentication within another one"));
            }
            _ => return Err(Violation::protocol("an AUTH that nothing asked for")),
        }
        let failed = |denied: Denied| {
            Violation::new(denied.reason_to_disconnect(), "the re-authentication failed")
        };
        match self.step(auth.properties.authentication_data.as_ref()).map_err(failed)? {
            Step::Continue(data) => Ok(self.packet(ReasonCode::CONTINUE_AUTHENTICATION, data)),
            // The session belongs to the user it was begun by.
            Step::Done { admitted, .. } if admitted.username != client.username => {
                Err(failed(Denied::NotAuthorized))
            }
            Step::Done { admitted, data } => {
                client.proof = admitted.proof;
                Ok(self.packet(ReasonCode::SUCCESS, data))
            }
        }
    }

    fn step(&mut self, said: Option<&Bytes>) -> Result<Step, Denied> {
        let exchange = self.exchange.as_mut().filter(|_| self.rounds > 0);
        let exchange = exchange.ok_or(Denied::NotAuthorized)?;
        self.rounds -= 1;
        let step = exchange.step(said.map_or(&[], |data| data))?;
        if matches!(step, Step::Done { .. }) {
            self.exchange = None;
        }
        Ok(step)
    }

    /// What the client says next. It may send nothing but AUTH and DISCONNECT now (§3.1.2.11.9).
    async fn listen<R: AsyncRead + Unpin>(
        &self,
        incoming: &mut Incoming<R>,
    ) -> Result<Option<Bytes>, Unfinished> {
        loop {
            match incoming.decode().map_err(Unfinished::Malformed)? {
                Some(Packet::Auth(Auth { reason, properties }))
                    if reason == ReasonCode::CONTINUE_AUTHENTICATION
                        && properties.authentication_method.as_deref() == Some(&self.method) =>
                {
                    return Ok(properties.authentication_data);
                }
                Some(Packet::Disconnect(_)) => return Err(Unfinished::Abandoned),
                Some(_) => return Err(Unfinished::Refused(ReasonCode::PROTOCOL_ERROR)),
                None => {}
            }
            if incoming.fill().await.unwrap_or(0) == 0 {
                return Err(Unfinished::Abandoned);
            }
        }
    }

    fn packet(&self, reason: ReasonCode, data: Bytes) -> Packet {
        let properties = AuthProperties {
            authentication_method: Some(self.method.clone()),
            authentication_data: (!data.is_empty()).then_some(data),
            ..AuthProperties::default()
        };
        Packet::Auth(Auth { reason, properties })
    }
}
