//! A client on a real socket, over any of the protocols.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use broker::{Broker, BrokerEvent, ConnectFailure, ListenerInfo, ListenerProtocol};
use bytes::{Bytes, BytesMut};
use pki::{Authorities, Identity, LocalAuthority, ServerName};
use rustls::{ClientConfig, crypto::ring};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    sync::broadcast,
    time::timeout,
};
use tokio_rustls::TlsConnector;
use transport::websocket::{Role, WebSocket};
use wire::{
    DecodeLimits, Decoder, Packet, ReasonCode, Version,
    packet::{Connect, Publish},
};

use crate::peer::{connect, subscription, text};

pub const ANY_PORT: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

/// Longer than anything takes, even on a busy machine; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

pub struct Client {
    pub stream: Box<dyn Stream>,
    buffer: BytesMut,
    decoder: Decoder,
    version: Version,
}

/// Trusts `authority` and shows `identity`, if there is one.
pub fn tls(authority: &LocalAuthority, identity: Option<&Identity>) -> Arc<ClientConfig> {
    let roots = Authorities::from_pem(authority.certificate_pem().as_bytes()).unwrap().roots();
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    Arc::new(match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => builder
            .with_client_auth_cert(identity.chain().to_vec(), identity.key().clone_key())
            .unwrap(),
    })
}

pub async fn dial_tls(
    address: SocketAddr,
    config: Arc<ClientConfig>,
) -> io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::from(address.ip());
    TlsConnector::from(config).connect(name, stream).await
}

/// The request of a client for `path`, with `headers` of its own.
pub fn request(path: &str, headers: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n"
    )
}

pub const MQTT: &str = "Sec-WebSocket-Protocol: mqtt\r\n";

/// Asks for a WebSocket; returns it, or what was answered instead.
pub async fn upgrade<S: Stream>(mut stream: S) -> Result<WebSocket<S>, String> {
    stream.write_all(request("/mqtt", MQTT).as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.unwrap());
    }
    let answer = String::from_utf8(answer).unwrap();
    if answer.starts_with("HTTP/1.1 101 ") {
        Ok(WebSocket::new(stream, Role::Client, Bytes::new()))
    } else {
        Err(answer)
    }
}

/// Everything a peer sends until it closes.
pub async fn read_all<S: Stream>(mut stream: S) -> Vec<u8> {
    let mut answer = Vec::new();
    // A reset ends it too.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap();
    answer
}

/// Why the next connection that failed did so.
pub async fn next_failure(events: &mut broadcast::Receiver<BrokerEvent>) -> ConnectFailure {
    loop {
        let event = timeout(PATIENCE, events.recv()).await.unwrap().unwrap();
        if let BrokerEvent::ConnectionFailed { cause, .. } = event {
            return cause;
        }
    }
}

impl Client {
    pub fn on(stream: impl Stream + 'static, version: Version) -> Self {
        let decoder = Decoder::for_client(version, DecodeLimits::default());
        Self { stream: Box::new(stream), buffer: BytesMut::new(), decoder, version }
    }

    /// Opens a connection as the listener wants it; over TLS with `config`.
    pub async fn dial(
        listener: ListenerInfo,
        config: &Arc<ClientConfig>,
        version: Version,
    ) -> Self {
        let address = listener.address;
        let secure = || dial_tls(address, Arc::clone(config));
        match listener.protocol {
            ListenerProtocol::Tcp => Self::on(TcpStream::connect(address).await.unwrap(), version),
            ListenerProtocol::Tls => Self::on(secure().await.unwrap(), version),
            ListenerProtocol::Ws => {
                let stream = TcpStream::connect(address).await.unwrap();
                Self::on(upgrade(stream).await.unwrap(), version)
            }
            ListenerProtocol::Wss => {
                Self::on(upgrade(secure().await.unwrap()).await.unwrap(), version)
            }
        }
    }

    /// Sends a CONNECT; returns what the answer to it says.
    pub async fn attempt(&mut self, connect: Connect) -> ReasonCode {
        self.send(Packet::Connect(Box::new(connect))).await;
        match self.receive().await {
            Some(Packet::ConnAck(answer)) => answer.reason,
            other => panic!("no CONNACK but {other:?}"),
        }
    }

    /// Opens a connection and a session.
    pub async fn join(
        listener: ListenerInfo,
        config: &Arc<ClientConfig>,
        version: Version,
        client_id: &str,
    ) -> Self {
        let mut client = Self::dial(listener, config, version).await;
        assert_eq!(client.attempt(connect(version, client_id)).await, ReasonCode::SUCCESS);
        client
    }

    pub async fn send(&mut self, packet: Packet) {
        let mut bytes = BytesMut::new();
        wire::encode(&packet, self.version, &mut bytes).unwrap();
        self.stream.write_all(&bytes).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// Sends a CONNECT to a broker that may have closed the connection.
    pub async fn send_if_open(&mut self, connect: Connect) {
        let mut bytes = BytesMut::new();
        wire::encode(&Packet::Connect(Box::new(connect)), self.version, &mut bytes).unwrap();
        let _ = self.stream.write_all(&bytes).await;
        let _ = self.stream.flush().await;
    }

    /// The next packet; `None` when the connection ends.
    pub async fn receive(&mut self) -> Option<Packet> {
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
        timeout(PATIENCE, next).await.unwrap()
    }

    pub async fn subscribe(&mut self, filter: &str) {
        self.send(Packet::Subscribe(wire::packet::Subscribe {
            packet_id: crate::peer::id(1),
            filters: vec![subscription(filter, crate::peer::QOS0)],
            properties: wire::property::SubscribeProperties::default(),
        }))
        .await;
        assert!(matches!(self.receive().await, Some(Packet::SubAck(_))));
    }

    pub async fn publish(&mut self, publish: Publish) {
        self.send(Packet::Publish(publish)).await;
    }

    /// Topic and payload of the next packet.
    pub async fn message(&mut self) -> (String, String) {
        match self.receive().await {
            Some(Packet::Publish(publish)) => text(&publish),
            other => panic!("no PUBLISH but {other:?}"),
        }
    }

    /// Whether the connection is alive.
    pub async fn ping(&mut self) -> bool {
        self.send(Packet::PingReq).await;
        self.receive().await == Some(Packet::PingResp)
    }
}

/// How many clients are online through a listener.
pub async fn clients_of(broker: &Broker, listener: ListenerInfo) -> usize {
    broker.snapshot().await.unwrap().clients_of(listener.id)
}
