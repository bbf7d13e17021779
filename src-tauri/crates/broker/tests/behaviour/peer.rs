//! A client in the test's hands: it sends what it is told to and shows what comes back.
//!
//! It is connected through memory and the clock is paused: waiting for something that does not come
//! takes no time, and no answer depends on the machine.

use std::{net::SocketAddr, num::NonZeroU16, time::Duration};

use broker::{Broker, BrokerConfig, ClientInfo, ClientQuery};
use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    time::timeout,
};
use wire::{
    DecodeLimits, Decoder, Packet, PacketId, QoS, ReasonCode, Version,
    packet::{
        Ack, ConnAck, Connect, Disconnect, Publish, RetainHandling, SubAck, Subscribe,
        Subscription, UnsubAck, Unsubscribe, Will,
    },
    property::{
        AckProperties, ConnectProperties, DisconnectProperties, PublishProperties,
        SubscribeProperties, UnsubscribeProperties, WillProperties,
    },
};

pub const QOS0: QoS = QoS::AtMostOnce;
pub const QOS1: QoS = QoS::AtLeastOnce;
pub const QOS2: QoS = QoS::ExactlyOnce;

/// Longer than anything the broker does by itself in these tests.
const PATIENCE: Duration = Duration::from_millis(500);

pub struct Peer {
    stream: DuplexStream,
    buffer: BytesMut,
    decoder: Decoder,
    version: Version,
    last_id: u16,
}

pub fn start() -> Broker {
    Broker::start(BrokerConfig::default())
}

/// Every session, by client identifier.
pub async fn clients(broker: &Broker) -> Vec<ClientInfo> {
    let all = ClientQuery { limit: usize::MAX, ..ClientQuery::default() };
    broker.clients(all).await.unwrap().clients
}

pub fn address() -> SocketAddr {
    ([127, 0, 0, 1], 40_000).into()
}

/// A CONNECT of `client_id` that leaves no session behind.
pub fn connect(version: Version, client_id: &str) -> Connect {
    Connect {
        version,
        clean_start: true,
        keep_alive: 0,
        client_id: client_id.into(),
        will: None,
        username: None,
        password: None,
        properties: ConnectProperties::default(),
    }
}

/// A CONNECT of `client_id` whose session is kept for ever.
pub fn persistent(version: Version, client_id: &str) -> Connect {
    let mut connect = connect(version, client_id);
    connect.clean_start = false;
    if version == Version::V5 {
        connect.properties.session_expiry_interval = Some(u32::MAX);
    }
    connect
}

pub fn will(topic: &str, payload: &'static str) -> Will {
    Will {
        topic: topic.parse().unwrap(),
        payload: Bytes::from_static(payload.as_bytes()),
        qos: QOS0,
        retain: false,
        properties: WillProperties::default(),
    }
}

pub fn publish(topic: &str, payload: &str, qos: QoS) -> Publish {
    Publish {
        dup: false,
        qos,
        retain: false,
        topic: Some(topic.parse().unwrap()),
        packet_id: (qos != QOS0).then_some(PacketId::MIN),
        payload: Bytes::copy_from_slice(payload.as_bytes()),
        properties: PublishProperties::default(),
    }
}

pub fn retained(topic: &str, payload: &str) -> Publish {
    Publish { retain: true, ..publish(topic, payload, QOS0) }
}

pub fn subscription(filter: &str, qos: QoS) -> Subscription {
    Subscription {
        filter: filter.parse().unwrap(),
        qos,
        no_local: false,
        retain_as_published: false,
        retain_handling: RetainHandling::Send,
    }
}

pub fn id(value: u16) -> PacketId {
    NonZeroU16::new(value).unwrap()
}

pub fn ack(value: u16) -> Ack {
    Ack { packet_id: id(value), reason: ReasonCode::SUCCESS, properties: AckProperties::default() }
}

pub fn disconnect(reason: ReasonCode) -> Packet {
    Packet::Disconnect(Disconnect { reason, properties: DisconnectProperties::default() })
}

/// Topic and payload, as most tests want to see a message.
pub fn text(publish: &Publish) -> (String, String) {
    let topic = publish.topic.as_ref().map_or_else(String::new, ToString::to_string);
    (topic, String::from_utf8(publish.payload.to_vec()).unwrap())
}

impl Peer {
    /// A connection on which nothing was sent yet.
    pub fn dial(broker: &Broker, version: Version) -> Self {
        Self::dial_with_buffer(broker, version, 256 * 1024)
    }

    /// The same with a transport that holds `buffer` bytes each way.
    pub fn dial_with_buffer(broker: &Broker, version: Version, buffer: usize) -> Self {
        let (stream, theirs) = tokio::io::duplex(buffer);
        let (source, sink) = tokio::io::split(theirs);
        broker.serve(source, sink, address());
        let decoder = Decoder::for_client(version, DecodeLimits::default());
        Self { stream, buffer: BytesMut::new(), decoder, version, last_id: 0 }
    }

    /// Connects and returns the CONNACK, whatever it says.
    pub async fn attempt(broker: &Broker, connect: Connect) -> (Self, ConnAck) {
        let mut peer = Self::dial(broker, connect.version);
        peer.send(Packet::Connect(Box::new(connect))).await;
        match peer.receive().await {
            Some(Packet::ConnAck(answer)) => (peer, *answer),
            other => panic!("no CONNACK but {other:?}"),
        }
    }

    /// Connects, successfully.
    pub async fn join(broker: &Broker, connect: Connect) -> Self {
        let (peer, answer) = Self::attempt(broker, connect).await;
        assert_eq!(answer.reason, ReasonCode::SUCCESS);
        peer
    }

    /// Connects with 5.0 and no session.
    pub async fn v5(broker: &Broker, client_id: &str) -> Self {
        Self::join(broker, connect(Version::V5, client_id)).await
    }

    /// Connects with 3.1.1 and no session.
    pub async fn v311(broker: &Broker, client_id: &str) -> Self {
        Self::join(broker, connect(Version::V311, client_id)).await
    }

    pub async fn send(&mut self, packet: Packet) {
        let mut bytes = BytesMut::new();
        wire::encode(&packet, self.version, &mut bytes).unwrap();
        self.send_raw(&bytes).await;
    }

    /// Sends, unless the broker has closed the connection.
    pub async fn send_if_open(&mut self, packet: Packet) {
        let mut bytes = BytesMut::new();
        wire::encode(&packet, self.version, &mut bytes).unwrap();
        let _ = self.stream.write_all(&bytes).await;
    }

    pub async fn send_raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// The next packet; `None` when none comes or the connection ends.
    pub async fn receive(&mut self) -> Option<Packet> {
        self.receive_within(PATIENCE).await
    }

    pub async fn receive_within(&mut self, patience: Duration) -> Option<Packet> {
        let next = async {
            loop {
                if let Some(packet) = self.decoder.decode(&mut self.buffer).unwrap() {
                    return Some(packet);
                }
                if self.stream.read_buf(&mut self.buffer).await.ok()? == 0 {
                    return None;
                }
            }
        };
        timeout(patience, next).await.ok().flatten()
    }

    /// The bytes that come next, as they are; none when nothing comes.
    pub async fn receive_raw(&mut self) -> Vec<u8> {
        let _ = timeout(PATIENCE, self.stream.read_buf(&mut self.buffer)).await;
        self.buffer.split().to_vec()
    }

    pub async fn receive_publish(&mut self) -> Publish {
        match self.receive().await {
            Some(Packet::Publish(publish)) => publish,
            other => panic!("no PUBLISH but {other:?}"),
        }
    }

    pub async fn receive_disconnect(&mut self) -> ReasonCode {
        match self.receive().await {
            Some(Packet::Disconnect(disconnect)) => disconnect.reason,
            other => panic!("no DISCONNECT but {other:?}"),
        }
    }

    /// Everything that comes until it is quiet.
    pub async fn messages_and_answers(&mut self) -> Vec<Packet> {
        let mut packets = Vec::new();
        while let Some(packet) = self.receive().await {
            packets.push(packet);
        }
        packets
    }

    /// Topic and payload of everything that comes until it is quiet.
    pub async fn messages(&mut self) -> Vec<(String, String)> {
        let mut messages = Vec::new();
        while let Some(packet) = self.receive().await {
            match packet {
                Packet::Publish(publish) => messages.push(text(&publish)),
                other => panic!("no PUBLISH but {other:?}"),
            }
        }
        messages
    }

    /// Payloads of everything that comes until it is quiet.
    pub async fn payloads(&mut self) -> Vec<String> {
        self.messages().await.into_iter().map(|(_, payload)| payload).collect()
    }

    /// Whether the broker has closed the connection, after whatever it still sent.
    pub async fn is_closed(&mut self) -> bool {
        while self.receive().await.is_some() {}
        let read = timeout(PATIENCE, self.stream.read_u8()).await;
        matches!(read, Ok(Err(_)))
    }

    pub async fn subscribe(&mut self, filter: &str, qos: QoS) -> SubAck {
        self.subscribe_with(vec![subscription(filter, qos)], None).await
    }

    pub async fn subscribe_with(
        &mut self,
        filters: Vec<Subscription>,
        subscription_identifier: Option<u32>,
    ) -> SubAck {
        let properties =
            SubscribeProperties { subscription_identifier, ..SubscribeProperties::default() };
        let packet_id = self.next_id();
        self.send(Packet::Subscribe(Subscribe { packet_id, filters, properties })).await;
        match self.receive().await {
            Some(Packet::SubAck(answer)) => answer,
            other => panic!("no SUBACK but {other:?}"),
        }
    }

    pub async fn unsubscribe(&mut self, filter: &str) -> UnsubAck {
        let packet_id = self.next_id();
        let filters = vec![filter.parse().unwrap()];
        let properties = UnsubscribeProperties::default();
        self.send(Packet::Unsubscribe(Unsubscribe { packet_id, filters, properties })).await;
        match self.receive().await {
            Some(Packet::UnsubAck(answer)) => answer,
            other => panic!("no UNSUBACK but {other:?}"),
        }
    }

    /// Publishes and plays the exchange to its end; returns the reason the broker gave.
    pub async fn publish(&mut self, mut publish: Publish) -> ReasonCode {
        let qos = publish.qos;
        if qos != QOS0 {
            publish.packet_id = Some(self.next_id());
        }
        let packet_id = publish.packet_id;
        self.send(Packet::Publish(publish)).await;
        match (qos, packet_id) {
            (QoS::AtLeastOnce, Some(_)) => match self.receive().await {
                Some(Packet::PubAck(ack)) => ack.reason,
                other => panic!("no PUBACK but {other:?}"),
            },
            (QoS::ExactlyOnce, Some(packet_id)) => {
                let reason = match self.receive().await {
                    Some(Packet::PubRec(ack)) => ack.reason,
                    other => panic!("no PUBREC but {other:?}"),
                };
                if !reason.is_error() {
                    self.send(Packet::PubRel(ack(packet_id.get()))).await;
                    let answer = self.receive().await;
                    assert_eq!(answer, Some(Packet::PubComp(ack(packet_id.get()))));
                }
                reason
            }
            _ => self.sync().await,
        }
    }

    /// Returns when the router has handled everything sent before.
    pub async fn sync(&mut self) -> ReasonCode {
        let packet_id = self.next_id();
        let filters = vec!["no/such/subscription".parse().unwrap()];
        let properties = UnsubscribeProperties::default();
        self.send(Packet::Unsubscribe(Unsubscribe { packet_id, filters, properties })).await;
        match self.receive().await {
            Some(Packet::UnsubAck(_)) => ReasonCode::SUCCESS,
            other => panic!("no UNSUBACK but {other:?}"),
        }
    }

    pub async fn disconnect(mut self) {
        self.send(disconnect(ReasonCode::SUCCESS)).await;
        assert!(self.is_closed().await);
    }

    /// Closes the connection without a word and waits until the broker has noticed.
    pub async fn vanish(self, broker: &Broker) {
        let mut events = broker.events();
        drop(self.stream);
        timeout(PATIENCE, events.recv()).await.unwrap().unwrap();
    }

    fn next_id(&mut self) -> PacketId {
        self.last_id = self.last_id.checked_add(1).unwrap_or(1);
        id(self.last_id)
    }
}
