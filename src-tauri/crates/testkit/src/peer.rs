//! A server made of a script: a TCP listener on a free loopback port, and what is done with each
//! connection is written in the test.

use std::{fmt, io, net::SocketAddr, time::Duration};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use wire::{
    DecodeLimits, Decoder, Packet, QoS, ReasonCode, TopicName, Version, encode,
    packet::{Ack, ConnAck, Connect, PacketId, Publish, SubAck, Subscribe, UnsubAck},
    property::{AckProperties, ConnAckProperties, PublishProperties},
};

/// How long a peer waits for anything before the test fails.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A listener on a free loopback port.
#[derive(Debug)]
pub struct Peer {
    listener: TcpListener,
}

impl Peer {
    /// Starts to listen.
    pub async fn listen() -> Self {
        let listener = done("listen on loopback", TcpListener::bind("127.0.0.1:0").await);
        Self { listener }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        done("tell the address", self.listener.local_addr())
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address().port()
    }

    /// The next connection, whose client speaks `version`.
    pub async fn accept(&self, version: Version) -> Link {
        let (stream, _) = done("accept", in_time("a connection", self.listener.accept()).await);
        done("switch off Nagle's algorithm", stream.set_nodelay(true));
        Link { stream, version, buffer: BytesMut::new() }
    }

    /// The next connection, after its CONNECT was answered with `connack`.
    pub async fn welcome_with(&self, version: Version, connack: ConnAck) -> (Link, Connect) {
        let mut link = self.accept(version).await;
        let connect = link.expect_connect().await;
        link.send(Packet::ConnAck(Box::new(connack))).await;
        (link, connect)
    }

    /// The next connection, after its CONNECT was accepted.
    pub async fn welcome(&self, version: Version, session_present: bool) -> (Link, Connect) {
        let reason = ReasonCode::SUCCESS;
        let properties = ConnAckProperties::default();
        self.welcome_with(version, ConnAck { session_present, reason, properties }).await
    }
}

/// The server's end of one connection.
#[derive(Debug)]
pub struct Link {
    stream: TcpStream,
    version: Version,
    buffer: BytesMut,
}

impl Link {
    /// The next packet of the client.
    pub async fn expect(&mut self) -> Packet {
        in_time("a packet", self.next()).await.unwrap_or_else(|| panic!("the client closed"))
    }

    /// The next packet, which must be CONNECT.
    pub async fn expect_connect(&mut self) -> Connect {
        match self.expect().await {
            Packet::Connect(connect) => *connect,
            other => panic!("CONNECT expected, {other:?} received"),
        }
    }

    /// The next packet, which must be SUBSCRIBE.
    pub async fn expect_subscribe(&mut self) -> Subscribe {
        match self.expect().await {
            Packet::Subscribe(subscribe) => subscribe,
            other => panic!("SUBSCRIBE expected, {other:?} received"),
        }
    }

    /// The next packet, which must be PUBLISH.
    pub async fn expect_publish(&mut self) -> Publish {
        match self.expect().await {
            Packet::Publish(publish) => publish,
            other => panic!("PUBLISH expected, {other:?} received"),
        }
    }

    /// Waits for a SUBSCRIBE and grants every filter what it asks for.
    pub async fn grant(&mut self) -> Subscribe {
        let subscribe = self.expect_subscribe().await;
        let reasons = subscribe.filters.iter().map(|filter| ReasonCode(filter.qos as u8)).collect();
        self.answer_subscribe(subscribe.packet_id, reasons).await;
        subscribe
    }

    /// Sends SUBACK.
    pub async fn answer_subscribe(&mut self, packet_id: PacketId, reasons: Vec<ReasonCode>) {
        let properties = AckProperties::default();
        self.send(Packet::SubAck(SubAck { packet_id, reasons, properties })).await;
    }

    /// Sends UNSUBACK for one filter.
    pub async fn answer_unsubscribe(&mut self, packet_id: PacketId, reason: ReasonCode) {
        let reasons = if self.version == Version::V5 { vec![reason] } else { Vec::new() };
        let properties = AckProperties::default();
        self.send(Packet::UnsubAck(UnsubAck { packet_id, reasons, properties })).await;
    }

    /// Sends a message.
    pub async fn publish(&mut self, topic: &str, payload: impl Into<Bytes>, qos: QoS, id: u16) {
        let publish = Publish {
            dup: false,
            qos,
            retain: false,
            topic: Some(done("be a topic", topic.parse::<TopicName>())),
            packet_id: PacketId::new(id).filter(|_| qos != QoS::AtMostOnce),
            payload: payload.into(),
            properties: PublishProperties::default(),
        };
        self.send(Packet::Publish(publish)).await;
    }

    /// Sends one packet.
    pub async fn send(&mut self, packet: Packet) {
        let mut bytes = BytesMut::new();
        done("encode", encode(&packet, self.version, &mut bytes));
        self.send_bytes(&bytes).await;
    }

    /// Sends any bytes.
    pub async fn send_bytes(&mut self, bytes: &[u8]) {
        done("send", in_time("room to send", self.stream.write_all(bytes)).await);
    }

    /// The next bytes of the client, as they come.
    pub async fn expect_bytes(&mut self) -> Bytes {
        let read = in_time("bytes", self.stream.read_buf(&mut self.buffer)).await;
        done("read", read);
        self.buffer.split().freeze()
    }

    /// Asserts that the client sends nothing for `time`.
    pub async fn expect_silence(&mut self, time: Duration) {
        if let Ok(packet) = timeout(time, self.next()).await {
            panic!("silence expected, {packet:?} received");
        }
    }

    /// Waits until the client closes, and returns what it sent before.
    pub async fn expect_end(&mut self) -> Vec<Packet> {
        let mut packets = Vec::new();
        while let Some(packet) = in_time("the end", self.next()).await {
            packets.push(packet);
        }
        packets
    }

    /// Closes in order.
    pub fn close(self) {
        drop(self);
    }

    /// Resets the connection.
    pub fn reset(self) {
        done("reset", self.stream.set_zero_linger());
    }

    /// The next packet; `None` when the client closed or reset the connection.
    async fn next(&mut self) -> Option<Packet> {
        let limits = DecodeLimits::default();
        let mut decoder = Decoder::new(self.version, limits);
        loop {
            if let Some(packet) = done("decode", decoder.decode(&mut self.buffer)) {
                return Some(packet);
            }
            match self.stream.read_buf(&mut self.buffer).await {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("cannot read: {error}"),
            }
        }
    }
}

/// An acknowledgement without properties.
pub fn ack(packet_id: PacketId, reason: ReasonCode) -> Ack {
    Ack { packet_id, reason, properties: AckProperties::default() }
}

async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    let outcome = timeout(PATIENCE, future).await;
    outcome.unwrap_or_else(|_| panic!("waited {PATIENCE:?} for {what}"))
}

fn done<T, E: fmt::Display>(what: &str, outcome: Result<T, E>) -> T {
    match outcome {
        Ok(value) => value,
        Err(error) => panic!("cannot {what}: {error}"),
    }
}
