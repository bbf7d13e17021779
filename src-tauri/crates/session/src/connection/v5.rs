//! MQTT 5.0 over `rumqttc_v5`.

use std::{fmt, future::ready, num::NonZeroU16, pin::Pin, sync::Arc};

use rumqttc_v5 as engine;
use tokio::time::timeout;
use wire::{
    QoS, ReasonCode, TopicFilter, TopicName,
    packet::{PacketId, RetainHandling, Subscription},
    property::{PublishProperties, UserProperties},
};

use super::{
    Connection, ENGINE_TIMEOUT, Event, MAX_INFLIGHT, Opened, QUEUE_CAPACITY, QueueFull, READ_BATCH,
    Received, Requests, WRITE_BATCH,
    link::{EngineError, Link},
    packet_id,
};
use crate::{
    config::Config,
    error::{ConnectError, Stage},
    session::PublishRequest,
    state::ServerLimits,
};

/// The engine and its socket.
pub(crate) struct V5 {
    engine: engine::EventLoop,
    client: engine::AsyncClient,
    link: Link,
}

impl V5 {
    pub(crate) fn new(config: &Config) -> Self {
        let link = Link::new(config);
        let (client, engine) = engine::AsyncClient::builder(options(config, &link)).build();
        Self { engine, client, link }
    }
}

impl Connection for V5 {
    type Requests = V5Requests;

    fn requests(&self) -> V5Requests {
        V5Requests(self.client.clone())
    }

    async fn connect(&mut self) -> Result<Opened, ConnectError> {
        let attempt = async {
            loop {
                match self.engine.poll().await {
                    Ok(engine::Event::Incoming(engine::Packet::ConnAck(connack))) => {
                        return Ok(connack);
                    }
                    Ok(_) => {}
                    Err(error) => return Err(engine_error(error)),
                }
            }
        };
        let outcome = timeout(self.link.attempt_timeout(), attempt).await;
        let connack = outcome
            .unwrap_or(Err(EngineError::Timeout))
            .map_err(|error| self.link.explain(error, Stage::BeforeConnAck))?;
        // From here on the session is known; saving it after every packet would only cost time.
        self.engine.options.clear_session_store();
        let keep_alive = self.engine.options.keep_alive().as_secs();
        let keep_alive = u16::try_from(keep_alive).unwrap_or(u16::MAX);
        self.link.set_keep_alive(keep_alive);
        let tap = self.link.current().map(|current| current.tap).unwrap_or_default();
        Ok(Opened {
            session_present: connack.session_present,
            client_id: self.engine.options.client_id().into(),
            keep_alive,
            limits: limits(connack.properties),
            tap,
        })
    }

    async fn next(&mut self) -> Result<Event, ConnectError> {
        match self.engine.poll().await {
            Ok(event) => translate(event).map_err(|words| {
                self.engine.clean();
                ConnectError::ProtocolViolation { words: words.into() }
            }),
            Err(error) => Err(self.link.explain(engine_error(error), Stage::Online)),
        }
    }

    fn forgive_ping(&mut self) {
        // A PINGRESP nobody waits for is ignored, so the real one may still come.
        let _ = self.engine.state.handle_incoming_packet(engine::Packet::PingResp);
    }

    fn abandon(&mut self) {
        self.engine.clean();
    }
}

impl fmt::Debug for V5 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("V5").field("link", &self.link).finish_non_exhaustive()
    }
}

/// The client half of the engine.
#[derive(Clone, Debug)]
pub(crate) struct V5Requests(engine::AsyncClient);

impl Requests for V5Requests {
    fn publish(&self, request: &PublishRequest) -> Result<(), QueueFull> {
        let options =
            engine::PublishOptions::new(to_engine_qos(request.qos)).retain(request.retain);
        let options = match engine_properties(&request.properties) {
            Some(properties) => options.properties(properties),
            None => options,
        };
        let sent =
            self.0.try_publish(request.topic.as_str().to_owned(), request.payload.clone(), options);
        sent.map_err(|_| QueueFull)
    }

    fn subscribe(&self, subscriptions: &[Subscription]) -> Result<(), QueueFull> {
        let filters = subscriptions.iter().map(|subscription| {
            let qos = to_engine_qos(subscription.qos);
            engine::SubscribeFilterInput::new(subscription.filter.as_str(), qos)
                .no_local(subscription.no_local)
                .preserve_retain(subscription.retain_as_published)
                .retain_forward_rule(match subscription.retain_handling {
                    RetainHandling::Send => engine::RetainForwardRule::OnEverySubscribe,
                    RetainHandling::SendIfNew => engine::RetainForwardRule::OnNewSubscribe,
                    RetainHandling::DoNotSend => engine::RetainForwardRule::Never,
                })
        });
        self.0.try_subscribe_many(filters).map_err(|_| QueueFull)
    }

    fn unsubscribe(&self, filter: &TopicFilter) -> Result<(), QueueFull> {
        self.0.try_unsubscribe(filter.as_str().to_owned()).map_err(|_| QueueFull)
    }

    fn acknowledge(&self, packet_id: PacketId, qos: QoS) -> Result<(), QueueFull> {
        let ack = match qos {
            QoS::ExactlyOnce => {
                engine::ManualAck::PubRec(engine::PubRec::new(packet_id.get(), None))
            }
            _ => engine::ManualAck::PubAck(engine::PubAck::new(packet_id.get(), None)),
        };
        self.0.try_manual_ack(ack).map_err(|_| QueueFull)
    }

    fn disconnect(&self) {
        // It fails only when the engine is gone, and with it the connection.
        let _ = self.0.try_disconnect_now();
    }
}

fn options(config: &Config, link: &Link) -> engine::MqttOptions {
    let broker = engine::Broker::tcp(config.target.host.clone(), config.target.port);
    let mut options = engine::MqttOptions::new(config.client_id.clone(), broker);
    let expiry = config.effective_session_expiry();
    options
        .set_keep_alive(config.keep_alive)
        .set_clean_start(config.clean_start)
        .set_session_expiry_interval((expiry > 0).then_some(expiry))
        .set_incoming_packet_size_limit(engine::IncomingPacketSizeLimit::Bytes(
            config.max_packet_size,
        ))
        .set_topic_alias_max(Some(TOPIC_ALIAS_MAX))
        .set_outgoing_inflight_upper_limit(MAX_INFLIGHT)
        .set_request_channel_capacity(QUEUE_CAPACITY)
        .set_max_request_batch(WRITE_BATCH)
        .set_read_batch_size(READ_BATCH)
        .set_connect_timeout(ENGINE_TIMEOUT)
        .set_ack_mode(if config.ack_after_commit {
            engine::AckMode::Manual
        } else {
            engine::AckMode::Automatic
        });
    match &config.credentials {
        None => {}
        Some(credentials) => match &credentials.password {
            None => {
                options.set_username(credentials.username.clone());
            }
            Some(password) => {
                options.set_credentials(credentials.username.clone(), password.clone());
            }
        },
    }
    if !config.clean_start {
        options.set_session_store(EmptySession { ack_after_commit: config.ack_after_commit });
    }
    let link = link.clone();
    options.set_socket_connector(move |_, _| link.clone().open());
    options
}

/// Says that there is an empty local session, so that a session the server kept can be resumed.
#[derive(Debug)]
struct EmptySession {
    ack_after_commit: bool,
}

type StoreFuture<'a, T> =
    Pin<Box<dyn Future<Output = Result<T, engine::SessionStoreError>> + Send + 'a>>;

impl engine::SessionStore for EmptySession {
    fn load<'a>(
        &'a self,
        key: &'a engine::SessionStoreKey,
    ) -> StoreFuture<'a, Option<engine::PersistedSession>> {
        let session = engine::PersistedSession {
            format_version: 1,
            client_id: key.client_id().to_owned(),
            clean_start: false,
            session_expiry_interval: None,
            outgoing_inflight_upper_limit: Some(MAX_INFLIGHT),
            ack_mode: if self.ack_after_commit {
                engine::PersistedAckMode::Manual
            } else {
                engine::PersistedAckMode::Automatic
            },
            last_pkid: 0,
            last_puback: 0,
            replay: Vec::new(),
            incoming_qos2: Vec::new(),
        };
        Box::pin(ready(Ok(Some(session))))
    }

    fn save<'a>(
        &'a self,
        _: &'a engine::SessionStoreKey,
        _: &'a engine::PersistedSession,
    ) -> StoreFuture<'a, ()> {
        Box::pin(ready(Ok(())))
    }

    fn clear<'a>(&'a self, _: &'a engine::SessionStoreKey) -> StoreFuture<'a, ()> {
        Box::pin(ready(Ok(())))
    }
}

fn translate(event: engine::Event) -> Result<Event, &'static str> {
    use engine::{Event as E, Outgoing, Packet};

    Ok(match event {
        E::Incoming(Packet::Publish(publish)) => Event::Received(received(publish)?),
        E::Incoming(Packet::PubAck(ack)) => match packet_id(ack.pkid) {
            Some(packet_id) => {
                Event::PublishDone { packet_id, reason: ReasonCode(ack.reason as u8) }
            }
            None => Event::Other,
        },
        E::Incoming(Packet::PubRec(ack)) => match packet_id(ack.pkid) {
            Some(packet_id) => {
                let reason = ReasonCode(ack.reason as u8);
                if reason.is_error() {
                    Event::PublishDone { packet_id, reason }
                } else {
                    Event::PublishReceived { packet_id, reason }
                }
            }
            None => Event::Other,
        },
        E::Incoming(Packet::PubComp(ack)) => match packet_id(ack.pkid) {
            Some(packet_id) => {
                Event::PublishDone { packet_id, reason: ReasonCode(ack.reason as u8) }
            }
            None => Event::Other,
        },
        E::Incoming(Packet::SubAck(ack)) => match packet_id(ack.pkid) {
            Some(packet_id) => {
                let reasons = ack.return_codes.into_iter().map(suback_reason).collect();
                Event::SubscribeDone { packet_id, reasons }
            }
            None => Event::Other,
        },
        E::Incoming(Packet::UnsubAck(ack)) => match packet_id(ack.pkid) {
            Some(packet_id) => {
                let reason = ack.reasons.first().map_or(0, |&reason| reason as u8);
                Event::UnsubscribeDone { packet_id, reason: ReasonCode(reason) }
            }
            None => Event::Other,
        },
        E::Outgoing(Outgoing::Publish(id)) => Event::PublishWritten(packet_id(id)),
        E::Outgoing(Outgoing::Subscribe(id)) => {
            packet_id(id).map_or(Event::Other, Event::SubscribeWritten)
        }
        E::Outgoing(Outgoing::Unsubscribe(id)) => {
            packet_id(id).map_or(Event::Other, Event::UnsubscribeWritten)
        }
        E::Outgoing(Outgoing::PingReq) => Event::PingWritten,
        E::Outgoing(Outgoing::Disconnect) => Event::DisconnectWritten,
        _ => Event::Other,
    })
}

fn received(publish: engine::Publish) -> Result<Received, &'static str> {
    if publish.topic.is_empty() {
        return Err("PUBLISH has neither a topic nor a topic alias (MQTT 5.0 §3.3.2.1)");
    }
    Ok(Received {
        topic: publish.topic,
        payload: publish.payload,
        qos: from_engine_qos(publish.qos),
        retain: publish.retain,
        dup: publish.dup,
        packet_id: packet_id(publish.pkid),
        properties: publish.properties.map(wire_properties).transpose()?.map(Arc::new),
    })
}

fn wire_properties(from: engine::PublishProperties) -> Result<PublishProperties, &'static str> {
    let response_topic = match from.response_topic {
        None => None,
        Some(topic) => Some(
            topic
                .parse::<TopicName>()
                .map_err(|_| "the response topic is not a topic name (MQTT 5.0 §3.3.2.3.5)")?,
        ),
    };
    let mut subscription_identifiers = Vec::with_capacity(from.subscription_identifiers.len());
    for id in from.subscription_identifiers {
        match u32::try_from(id) {
            Ok(0) | Err(_) => return Err("subscription identifier 0 (MQTT 5.0 §3.3.2.3.8)"),
            Ok(id) => subscription_identifiers.push(id),
        }
    }
    Ok(PublishProperties {
        payload_format_indicator: from.payload_format_indicator.map(|indicator| indicator != 0),
        message_expiry_interval: from.message_expiry_interval,
        topic_alias: from.topic_alias.and_then(NonZeroU16::new),
        response_topic,
        correlation_data: from.correlation_data,
        user_properties: user_properties(from.user_properties),
        subscription_identifiers,
        content_type: from.content_type.map(Into::into),
    })
}

/// `None` when there is nothing to send.
fn engine_properties(from: &PublishProperties) -> Option<engine::PublishProperties> {
    if *from == PublishProperties::default() {
        return None;
    }
    Some(engine::PublishProperties {
        payload_format_indicator: from.payload_format_indicator.map(u8::from),
        message_expiry_interval: from.message_expiry_interval,
        topic_alias: None,
        response_topic: from.response_topic.as_ref().map(ToString::to_string),
        correlation_data: from.correlation_data.clone(),
        user_properties: from
            .user_properties
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect(),
        subscription_identifiers: Vec::new(),
        content_type: from.content_type.as_deref().map(str::to_owned),
    })
}

fn limits(properties: Option<engine::ConnAckProperties>) -> ServerLimits {
    let Some(given) = properties else { return ServerLimits::default() };
    let is_available = |flag: Option<u8>| flag != Some(0);
    ServerLimits {
        maximum_qos: match given.max_qos {
            Some(0) => QoS::AtMostOnce,
            Some(1) => QoS::AtLeastOnce,
            _ => QoS::ExactlyOnce,
        },
        retain_available: is_available(given.retain_available),
        maximum_packet_size: given.max_packet_size,
        receive_maximum: given.receive_max.unwrap_or(u16::MAX),
        topic_alias_maximum: given.topic_alias_max.unwrap_or(0),
        wildcard_subscriptions: is_available(given.wildcard_subscription_available),
        subscription_identifiers: is_available(given.subscription_identifiers_available),
        shared_subscriptions: is_available(given.shared_subscription_available),
        session_expiry: given.session_expiry_interval,
        response_information: given.response_information.map(Into::into),
        user_properties: user_properties(given.user_properties),
    }
}

fn user_properties(from: Vec<(String, String)>) -> UserProperties {
    from.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}

const fn suback_reason(code: engine::SubscribeReasonCode) -> ReasonCode {
    use engine::SubscribeReasonCode as Code;

    match code {
        Code::Success(qos) => ReasonCode(qos as u8),
        Code::Failure | Code::Unspecified => ReasonCode::UNSPECIFIED_ERROR,
        Code::ImplementationSpecific => ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR,
        Code::NotAuthorized => ReasonCode::NOT_AUTHORIZED,
        Code::TopicFilterInvalid => ReasonCode::TOPIC_FILTER_INVALID,
        Code::PkidInUse => ReasonCode::PACKET_IDENTIFIER_IN_USE,
        Code::QuotaExceeded => ReasonCode::QUOTA_EXCEEDED,
        Code::SharedSubscriptionsNotSupported => ReasonCode::SHARED_SUBSCRIPTIONS_NOT_SUPPORTED,
        Code::SubscriptionIdNotSupported => ReasonCode::SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED,
        Code::WildcardSubscriptionsNotSupported => ReasonCode::WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED,
    }
}

fn engine_error(error: engine::ConnectionError) -> EngineError {
    use engine::{ConnectionError as Error, Error as Bytes, StateError as State};

    match error {
        Error::Io(error)
        | Error::MqttState(State::Io(error) | State::Deserialization(Bytes::Io(error))) => {
            EngineError::Io(error)
        }
        Error::MqttState(State::ConnectionAborted) => EngineError::Ended,
        Error::MqttState(State::AwaitPingResp) => EngineError::PingUnanswered,
        Error::MqttState(
            State::IncomingPacketTooLarge { .. }
            | State::Deserialization(Bytes::PayloadSizeLimitExceeded { .. }),
        ) => EngineError::TooLarge,
        Error::Timeout(_) => EngineError::Timeout,
        Error::MqttState(error) => EngineError::Protocol(error.to_string().into()),
        error => EngineError::Protocol(error.to_string().into()),
    }
}

const fn to_engine_qos(qos: QoS) -> engine::QoS {
    match qos {
        QoS::AtMostOnce => engine::QoS::AtMostOnce,
        QoS::AtLeastOnce => engine::QoS::AtLeastOnce,
        QoS::ExactlyOnce => engine::QoS::ExactlyOnce,
    }
}

const fn from_engine_qos(qos: engine::QoS) -> QoS {
    match qos {
        engine::QoS::AtMostOnce => QoS::AtMostOnce,
        engine::QoS::AtLeastOnce => QoS::AtLeastOnce,
        engine::QoS::ExactlyOnce => QoS::ExactlyOnce,
    }
}

/// How many aliases the server may use; each costs one topic name of memory.
const TOPIC_ALIAS_MAX: u16 = 256;
