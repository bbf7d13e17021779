//! MQTT 3.1.1 over `rumqttc_v4`.

use std::fmt;

use rumqttc_v4 as engine;
use tokio::time::timeout;
use wire::{
    QoS, ReasonCode, TopicFilter,
    packet::{PacketId, Subscription},
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
pub(crate) struct V4 {
    engine: engine::EventLoop,
    client: engine::AsyncClient,
    link: Link,
}

impl V4 {
    pub(crate) fn new(config: &Config) -> Self {
        let link = Link::new(config);
        let (client, mut engine) = engine::AsyncClient::builder(options(config, &link)).build();
        engine.network_options.set_connection_timeout(ENGINE_TIMEOUT.as_secs());
        Self { engine, client, link }
    }
}

impl Connection for V4 {
    type Requests = V4Requests;

    fn requests(&self) -> V4Requests {
        V4Requests(self.client.clone())
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
        let keep_alive = self.engine.mqtt_options.keep_alive().as_secs();
        Ok(Opened {
            session_present: connack.session_present,
            client_id: self.engine.mqtt_options.client_id().into(),
            keep_alive: u16::try_from(keep_alive).unwrap_or(u16::MAX),
            limits: ServerLimits::default(),
            tap: self.link.current().map(|current| current.tap).unwrap_or_default(),
        })
    }

    async fn next(&mut self) -> Result<Event, ConnectError> {
        match self.engine.poll().await {
            Ok(event) => Ok(translate(event)),
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

impl fmt::Debug for V4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("V4").field("link", &self.link).finish_non_exhaustive()
    }
}

/// The client half of the engine.
#[derive(Clone, Debug)]
pub(crate) struct V4Requests(engine::AsyncClient);

impl Requests for V4Requests {
    fn publish(&self, request: &PublishRequest) -> Result<(), QueueFull> {
        let options =
            engine::PublishOptions::new(to_engine_qos(request.qos)).retain(request.retain);
        let sent =
            self.0.try_publish(request.topic.as_str().to_owned(), request.payload.clone(), options);
        sent.map_err(|_| QueueFull)
    }

    fn subscribe(&self, subscriptions: &[Subscription]) -> Result<(), QueueFull> {
        let filters = subscriptions.iter().map(|subscription| {
            let qos = to_engine_qos(subscription.qos);
            engine::SubscribeFilter::new(subscription.filter.as_str().to_owned(), qos)
        });
        self.0.try_subscribe_many(filters).map_err(|_| QueueFull)
    }

    fn unsubscribe(&self, filter: &TopicFilter) -> Result<(), QueueFull> {
        self.0.try_unsubscribe(filter.as_str().to_owned()).map_err(|_| QueueFull)
    }

    fn acknowledge(&self, packet_id: PacketId, qos: QoS) -> Result<(), QueueFull> {
        let ack = match qos {
            QoS::ExactlyOnce => engine::ManualAck::PubRec(engine::PubRec::new(packet_id.get())),
            _ => engine::ManualAck::PubAck(engine::PubAck::new(packet_id.get())),
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
    let incoming = usize::try_from(config.max_packet_size).unwrap_or(usize::MAX);
    options
        .set_keep_alive(config.keep_alive)
        .set_clean_session(config.clean_start)
        .set_max_packet_size(incoming, wire::codec::MAX_PACKET_SIZE)
        .set_inflight(MAX_INFLIGHT)
        .set_request_channel_capacity(QUEUE_CAPACITY)
        .set_max_request_batch(WRITE_BATCH)
        .set_read_batch_size(READ_BATCH)
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
    let link = link.clone();
    options.set_socket_connector(move |_, _| link.clone().open());
    options
}

fn translate(event: engine::Event) -> Event {
    use engine::{Event as E, Outgoing, Packet};

    let done = |id| {
        let reason = ReasonCode::SUCCESS;
        packet_id(id).map_or(Event::Other, |packet_id| Event::PublishDone { packet_id, reason })
    };
    match event {
        E::Incoming(Packet::Publish(publish)) => Event::Received(Received {
            topic: publish.topic,
            payload: publish.payload,
            qos: from_engine_qos(publish.qos),
            retain: publish.retain,
            dup: publish.dup,
            packet_id: packet_id(publish.pkid),
            properties: None,
        }),
        E::Incoming(Packet::PubAck(ack)) => done(ack.pkid),
        E::Incoming(Packet::PubComp(ack)) => done(ack.pkid),
        E::Incoming(Packet::SubAck(ack)) => match packet_id(ack.pkid) {
            Some(packet_id) => {
                let reasons = ack.return_codes.into_iter().map(suback_reason).collect();
                Event::SubscribeDone { packet_id, reasons }
            }
            None => Event::Other,
        },
        E::Incoming(Packet::UnsubAck(ack)) => match packet_id(ack.pkid) {
            Some(packet_id) => Event::UnsubscribeDone { packet_id, reason: ReasonCode::SUCCESS },
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
    }
}

/// 3.1.1 §3.9.3 knows one failure, 0x80.
const fn suback_reason(code: engine::SubscribeReasonCode) -> ReasonCode {
    match code {
        engine::SubscribeReasonCode::Success(qos) => ReasonCode(qos as u8),
        engine::SubscribeReasonCode::Failure => ReasonCode::UNSPECIFIED_ERROR,
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
        Error::MqttState(State::Deserialization(Bytes::PayloadSizeLimitExceeded(_))) => {
            EngineError::TooLarge
        }
        Error::NetworkTimeout | Error::FlushTimeout => EngineError::Timeout,
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
