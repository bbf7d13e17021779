//! From the first byte to a judged CONNECT (§3.1, §3.2).

use std::{num::NonZeroU32, sync::Arc};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{Instant, timeout_at},
};
use wire::{
    DecodeError, DecodeErrorKind, Packet, ReasonCode, Version,
    packet::{ConnAck, Connect},
    property::ConnAckProperties,
};

use super::{
    Shared,
    authentication::{Enhanced, Unfinished},
    encoded,
    incoming::Incoming,
    prepare::judge_publish,
    standing::Standing,
};
use crate::{
    access::{Access, Admitted, ConnectAttempt, Denied, Identity, Verdict},
    admission::Admission,
    config::BrokerConfig,
    event::ConnectFailure,
    expiry::Expiry,
    origin::Origin,
};

/// A CONNECT that was found good.
pub(super) struct Accepted {
    pub(super) connect: Box<Connect>,
    pub(super) standing: Standing,
    /// How it proved who it is, if it was with a method.
    pub(super) enhanced: Option<Enhanced>,
    /// The keep-alive in force, seconds.
    pub(super) keep_alive: u16,
    pub(super) expiry: Expiry,
    pub(super) properties: ConnAckProperties,
}

/// A connection that gets no session.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) cause: ConnectFailure,
    /// The last bytes it gets; may be none.
    pub(super) answer: BytesMut,
}

/// Waits for a CONNECT and judges it.
pub(super) async fn greet<R, W>(
    incoming: &mut Incoming<R>,
    sink: &mut W,
    origin: &Origin,
    admission: &mut Admission,
    shared: &Shared,
) -> Result<Accepted, Refusal>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let waited = shared.config.limits.connect_timeout;
    let connect = tokio::select! {
        biased;
        () = shared.shutdown.cancelled() => Err(Refusal::silent(ConnectFailure::Stopping)),
        () = admission.gives_way() => Err(Refusal::silent(ConnectFailure::TooManyConnections)),
        connect = timeout_at(admission.deadline, read_connect(incoming)) => {
            connect.unwrap_or_else(|_| Err(Refusal::silent(ConnectFailure::Timeout { waited })))
        }
    }?;
    let version = connect.version;
    if !admission.take_place() {
        let answer = refuse(version, ReasonCode::SERVER_BUSY, None);
        return Err(Refusal { cause: ConnectFailure::TooManyConnections, answer });
    }
    let limit = connect.properties.maximum_packet_size;
    let judging = async {
        let enhanced = match connect.properties.authentication_method.as_deref() {
            Some(method) => {
                let talk = authenticate(&connect, method, incoming, sink, &shared.config.access);
                let abandoned = |_| Err(Refusal::unfinished(&connect, None, Unfinished::Abandoned));
                Some(timeout_at(admission.deadline, talk).await.unwrap_or_else(abandoned)?)
            }
            None => None,
        };
        judge(connect, enhanced, origin, admission.deadline, &shared.config).await
    };
    let judged = tokio::select! {
        biased;
        () = shared.shutdown.cancelled() => Err(Refusal::stopping(version)),
        accepted = judging => accepted,
    };
    match limit.and_then(|limit| usize::try_from(limit.get()).ok()) {
        Some(limit) => within(limit, judged),
        None => judged,
    }
}

/// Nothing larger than a client takes is sent to it, not even the answer (§3.1.2.11.4).
fn within(limit: usize, judged: Result<Accepted, Refusal>) -> Result<Accepted, Refusal> {
    match judged {
        Ok(accepted) => {
            let answer = connack(ReasonCode::SUCCESS, accepted.properties.clone());
            if encoded(&answer, accepted.connect.version).len() <= limit {
                return Ok(accepted);
            }
            let Connect { client_id, username, .. } = *accepted.connect;
            let reason = ReasonCode::PACKET_TOO_LARGE;
            Err(Refusal::silent(ConnectFailure::Refused { reason, client_id, username }))
        }
        Err(mut refusal) => {
            if refusal.answer.len() > limit {
                refusal.answer.clear();
            }
            Err(refusal)
        }
    }
}

/// A client that was admitted with a method, and what the CONNACK tells it.
struct Authenticated {
    enhanced: Enhanced,
    admitted: Admitted,
    data: Bytes,
}

impl Refusal {
    /// A well-formed CONNECT that is refused for `reason`.
    pub(super) fn new(
        version: Version,
        reason: ReasonCode,
        client_id: &str,
        username: Option<Box<str>>,
    ) -> Self {
        let cause = ConnectFailure::Refused { reason, client_id: client_id.into(), username };
        Self { cause, answer: refuse(version, reason, None) }
    }

    pub(super) fn stopping(version: Version) -> Self {
        let answer = refuse(version, ReasonCode::SERVER_UNAVAILABLE, None);
        Self { cause: ConnectFailure::Stopping, answer }
    }

    fn silent(cause: ConnectFailure) -> Self {
        Self { cause, answer: BytesMut::new() }
    }

    /// A CONNECT with a method that led to nothing, of somebody who claims to be `username`.
    fn unfinished(connect: &Connect, username: Option<&str>, unfinished: Unfinished) -> Self {
        let client_id = &*connect.client_id;
        match unfinished {
            Unfinished::Refused(reason) => {
                let username = username.or(connect.username.as_deref()).map(Into::into);
                Self::new(connect.version, reason, client_id, username)
            }
            Unfinished::Malformed(error) => {
                let detail = error.to_string();
                let answer = refuse(connect.version, error.reason, Some(&detail));
                let DecodeError { offset: at, reason, .. } = error;
                let detail = detail.into();
                Self { cause: ConnectFailure::Malformed { at, detail, reason }, answer }
            }
            Unfinished::Abandoned => {
                let client_id = client_id.into();
                Self::silent(ConnectFailure::NotAuthenticated { client_id })
            }
        }
    }

    /// The first bytes are wrong. 3.x has a CONNACK only for an unknown version (3.1.1 §3.1.2.2).
    fn malformed(error: &DecodeError, start: Start) -> Self {
        if let Some(protocol) = start.other_protocol {
            return Self::silent(ConnectFailure::OtherProtocol { protocol });
        }
        let cause = match error.kind {
            DecodeErrorKind::FirstPacketNotConnect { packet } => {
                return Self::silent(ConnectFailure::NotConnect { packet: packet.name() });
            }
            DecodeErrorKind::UnsupportedVersion { .. } | DecodeErrorKind::ProtocolName => {
                ConnectFailure::UnsupportedVersion { detail: error.to_string().into() }
            }
            _ => ConnectFailure::Malformed {
                at: error.offset,
                detail: error.kind.to_string().into(),
                reason: error.reason,
            },
        };
        let detail = error.to_string();
        let answer = match start.level {
            Some(5..) => refuse(Version::V5, error.reason, Some(&detail)),
            Some(_) if error.reason == ReasonCode::UNSUPPORTED_PROTOCOL_VERSION => {
                refuse(Version::V311, error.reason, None)
            }
            _ => BytesMut::new(),
        };
        Self { cause, answer }
    }
}

/// What the first bytes say before they are decoded.
#[derive(Clone, Copy, Debug)]
struct Start {
    /// The protocol level, if they go that far.
    level: Option<u8>,
    /// What they are instead of MQTT, if they look like it.
    other_protocol: Option<&'static str>,
}

/// How connections begin that were meant for another port.
const OTHER_PROTOCOLS: [(&[u8], &str); 7] = [
    (b"\x16\x03", "a TLS handshake, and this listener speaks plain MQTT"),
    (b"GET ", "an HTTP request, perhaps for a WebSocket"),
    (b"POST ", "an HTTP request"),
    (b"HEAD ", "an HTTP request"),
    (b"PUT ", "an HTTP request"),
    (b"CONNECT ", "an HTTP proxy request"),
    (b"SSH-", "SSH"),
];

impl Start {
    fn of(bytes: &[u8]) -> Self {
        let after_length = || {
            let length_bytes = bytes.get(1..)?.iter().take(4).position(|byte| byte & 0x80 == 0)?;
            let rest = bytes.get(length_bytes + 2..)?;
            let name_len = u16::from_be_bytes([*rest.first()?, *rest.get(1)?]);
            rest.get(2 + usize::from(name_len)).copied()
        };
        let other = OTHER_PROTOCOLS.iter().find(|(start, _)| bytes.starts_with(start));
        Self { level: after_length(), other_protocol: other.map(|(_, protocol)| *protocol) }
    }
}

async fn read_connect<R: AsyncRead + Unpin>(
    incoming: &mut Incoming<R>,
) -> Result<Box<Connect>, Refusal> {
    let mut received = 0;
    loop {
        let start = Start::of(incoming.pending());
        match incoming.decode() {
            Ok(Some(Packet::Connect(connect))) => return Ok(connect),
            Ok(Some(other)) => {
                let packet = other.packet_type().name();
                return Err(Refusal::silent(ConnectFailure::NotConnect { packet }));
            }
            Ok(None) => {}
            Err(error) => return Err(Refusal::malformed(&error, start)),
        }
        match incoming.fill().await {
            Ok(0) => return Err(Refusal::silent(ConnectFailure::Closed { bytes: received })),
            Ok(count) => received += count,
            Err(error) => {
                return Err(Refusal::silent(ConnectFailure::from_io(&error)));
            }
        }
    }
}

async fn authenticate<R, W>(
    connect: &Connect,
    method: &str,
    incoming: &mut Incoming<R>,
    sink: &mut W,
    access: &Arc<dyn Access>,
) -> Result<Authenticated, Refusal>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let Some(mut enhanced) = Enhanced::new(access, method) else {
        let refused = Unfinished::Refused(ReasonCode::BAD_AUTHENTICATION_METHOD);
        return Err(Refusal::unfinished(connect, None, refused));
    };
    match enhanced.authenticate(connect, incoming, sink).await {
        Ok((admitted, data)) => Ok(Authenticated { enhanced, admitted, data }),
        Err(unfinished) => Err(Refusal::unfinished(connect, enhanced.claimed(), unfinished)),
    }
}

async fn judge(
    mut connect: Box<Connect>,
    authenticated: Option<Authenticated>,
    origin: &Origin,
    deadline: Instant,
    config: &BrokerConfig,
) -> Result<Accepted, Refusal> {
    let version = connect.version;
    if let Some(user) = origin.certified_user() {
        connect.username = Some(user.into());
    }
    let refused =
        |reason| Refusal::new(version, reason, &connect.client_id, connect.username.clone());
    let will_properties =
        connect.will.as_ref().map_or(0, |will| will.properties.user_properties.len());
    if connect.properties.user_properties.len() + will_properties > config.limits.user_properties {
        return Err(refused(ReasonCode::QUOTA_EXCEEDED));
    }
    let assigned = connect.client_id.is_empty();
    // A client without a name cannot come back for a session (3.1.1 §3.1.3.1), and 3.1 wants a name.
    let may_be_nameless = match version {
        Version::V31 => false,
        Version::V311 => connect.clean_start,
        Version::V5 => true,
    };
    if assigned && !may_be_nameless {
        return Err(refused(ReasonCode::CLIENT_IDENTIFIER_NOT_VALID));
    }
    let client_id: Arc<str> = if assigned {
        format!("auto-{:016x}", rand::random::<u64>()).into()
    } else {
        (*connect.client_id).into()
    };
    let attempt = ConnectAttempt {
        client_id: &client_id,
        username: connect.username.as_deref(),
        password: connect.password.as_deref(),
        address: origin.address,
        version,
        certificate: origin.certificate.as_ref(),
    };
    let denied = |denied: Denied| refused(denied.reason());
    let (admitted, proven) = match authenticated {
        Some(Authenticated { enhanced, admitted, data }) => (Ok(admitted), Some((enhanced, data))),
        None => (admit(config, &attempt, deadline).await, None),
    };
    let Admitted { username, proof } = admitted.map_err(denied)?;
    let identity = Identity { client_id, username, proof };
    let mut standing = Standing::new(identity, &config.access).map_err(denied)?;
    if let Some(will) = &connect.will {
        let is_text = will.properties.payload_format_indicator == Some(true);
        let text = is_text.then_some(&will.payload);
        if let Some(reason) = judge_publish(&mut standing, config, &will.topic, text) {
            return Err(refused(reason));
        }
    }
    Ok(accept(connect, standing, proven, assigned, config))
}

/// Lets a client in by what is in its CONNECT.
async fn admit(
    config: &BrokerConfig,
    attempt: &ConnectAttempt<'_>,
    deadline: Instant,
) -> Result<Admitted, Denied> {
    match config.access.authenticate(attempt) {
        Verdict::Now(answer) => answer,
        Verdict::Later(answer) => {
            timeout_at(deadline, answer).await.unwrap_or(Err(Denied::ServerBusy))
        }
    }
}

/// Negotiates what an accepted client gets.
fn accept(
    connect: Box<Connect>,
    standing: Standing,
    proven: Option<(Enhanced, Bytes)>,
    assigned: bool,
    config: &BrokerConfig,
) -> Accepted {
    let limits = &config.limits;
    let (enhanced, proof) = proven.unzip();
    let client_id = &*standing.identity.client_id;
    let is_v5 = connect.version == Version::V5;
    // Only 5.0 can be told another keep-alive (§3.2.2.3.14).
    let server_keep_alive = config
        .max_keep_alive
        .map(u16::from)
        .filter(|max| is_v5 && (connect.keep_alive == 0 || connect.keep_alive > *max));
    let seconds = match (is_v5, connect.clean_start) {
        (true, _) => connect.properties.session_expiry_interval.unwrap_or(0),
        (false, true) => 0,
        (false, false) => u32::MAX,
    };
    let expiry = Expiry::granted(seconds, config.max_session_expiry);
    let granted = expiry.seconds();
    let properties = if is_v5 {
        ConnAckProperties {
            session_expiry_interval: (granted != seconds).then_some(granted),
            receive_maximum: Some(limits.receive_maximum),
            maximum_packet_size: NonZeroU32::new(limits.effective_packet_size()),
            assigned_client_identifier: assigned.then(|| client_id.into()),
            topic_alias_maximum: (limits.topic_alias_maximum > 0)
                .then_some(limits.topic_alias_maximum),
            server_keep_alive,
            response_information: config
                .response_information
                .as_deref()
                .filter(|_| connect.properties.request_response_information == Some(true))
                .map(|text| text.replace("%c", client_id).into()),
            authentication_method: enhanced.as_ref().map(|enhanced| enhanced.method().into()),
            authentication_data: proof,
            ..ConnAckProperties::default()
        }
    } else {
        ConnAckProperties::default()
    };
    let keep_alive = server_keep_alive.unwrap_or(connect.keep_alive);
    Accepted { connect, standing, enhanced, keep_alive, expiry, properties }
}

/// A CONNACK that refuses.
fn refuse(version: Version, reason: ReasonCode, detail: Option<&str>) -> BytesMut {
    let properties =
        ConnAckProperties { reason_string: detail.map(Into::into), ..ConnAckProperties::default() };
    encoded(&connack(reason, properties), version)
}

fn connack(reason: ReasonCode, properties: ConnAckProperties) -> Packet {
    Packet::ConnAck(Box::new(ConnAck { session_present: false, reason, properties }))
}
