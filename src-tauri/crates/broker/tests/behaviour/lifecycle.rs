//! Listeners and the broker as a whole, on real sockets where it matters.

use std::{net::SocketAddr, time::Duration};

use broker::{Broker, BrokerConfig, BrokerEvent, DisconnectCause, ListenError};
use bytes::BytesMut;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use wire::{DecodeLimits, Decoder, Packet, ReasonCode, Version};

use crate::peer::{Peer, QOS1, connect, persistent, start};

const ANY_PORT: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

async fn dial(address: SocketAddr, version: Version, client_id: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut bytes = BytesMut::new();
    let packet = Packet::Connect(Box::new(connect(version, client_id)));
    wire::encode(&packet, version, &mut bytes).unwrap();
    stream.write_all(&bytes).await.unwrap();
    stream
}

async fn receive(stream: &mut TcpStream, version: Version, count: usize) -> Vec<Packet> {
    let mut decoder = Decoder::for_client(version, DecodeLimits::default());
    let mut buffer = BytesMut::new();
    let mut packets = Vec::new();
    while packets.len() < count {
        if let Some(packet) = decoder.decode(&mut buffer).unwrap() {
            packets.push(packet);
        } else if stream.read_buf(&mut buffer).await.unwrap() == 0 {
            break;
        }
    }
    packets
}

#[tokio::test]
async fn a_broker_comes_back_on_the_same_port_at_once() {
    let mut address = ANY_PORT.into();

    for _ in 0..3 {
        let broker = start();
        address = broker.listen_tcp(address).unwrap().address;
        let mut client = dial(address, Version::V5, "c").await;
        let connected = receive(&mut client, Version::V5, 1).await;
        let farewell = async move { receive(&mut client, Version::V5, 2).await };
        let ((), end) = tokio::join!(broker.stop(), farewell);

        assert!(matches!(&connected[..], [Packet::ConnAck(_)]), "{connected:?}");
        let [Packet::Disconnect(end)] = &end[..] else { panic!("{end:?}") };
        assert_eq!(end.reason, ReasonCode::SERVER_SHUTTING_DOWN);
    }
}

#[tokio::test]
async fn stopping_closes_3_1_1_clients_and_connections_without_a_connect() {
    let broker = start();
    let address = broker.listen_tcp(ANY_PORT.into()).unwrap().address;
    let mut client = dial(address, Version::V311, "c").await;
    receive(&mut client, Version::V311, 1).await;
    let mut silent = TcpStream::connect(address).await.unwrap();

    let ended = async {
        let of_client = async move { client.read_u8().await };
        let of_silent = async move { silent.read_u8().await };
        tokio::join!(broker.stop(), of_client, of_silent)
    };
    let ((), of_client, of_silent) = timeout(Duration::from_secs(5), ended).await.unwrap();

    assert!(of_client.is_err() && of_silent.is_err());
}

#[tokio::test]
async fn the_last_packet_arrives_although_the_client_keeps_sending() {
    let broker = start();
    let address = broker.listen_tcp(ANY_PORT.into()).unwrap().address;
    let mut client = dial(address, Version::V5, "c").await;
    receive(&mut client, Version::V5, 1).await;
    // A PUBREL with wrong flags, and more than any buffer holds. What is not read when a socket is
    // closed resets the connection, and the client never sees why.
    let mut offence = vec![0x60, 2, 0, 1];
    offence.resize(8 * 1024 * 1024, 0xFF);

    let (mut source, mut sink) = client.into_split();
    let sending = tokio::spawn(async move {
        let result = sink.write_all(&offence).await;
        (sink, result)
    });
    let mut bytes = Vec::new();
    source.read_to_end(&mut bytes).await.unwrap();
    let (_sink, sent) = sending.await.unwrap();

    assert_eq!((bytes[0], bytes[2]), (0xE0, ReasonCode::MALFORMED_PACKET.0));
    assert!(sent.is_ok(), "{sent:?}");
}

#[tokio::test]
async fn a_port_in_use_and_a_foreign_address_are_named() {
    let broker = start();
    let taken = broker.listen_tcp(ANY_PORT.into()).unwrap().address;

    let in_use = broker.listen_tcp(taken);
    let foreign = broker.listen_tcp(([192, 0, 2, 1], 0).into());

    assert!(matches!(in_use, Err(ListenError::AddressInUse { address }) if address == taken));
    assert!(matches!(foreign, Err(ListenError::AddressNotAvailable { .. })), "{foreign:?}");
}

#[tokio::test]
async fn listeners_stop_one_by_one_and_their_connections_go_on() {
    let broker = start();
    let mut events = broker.events();
    let first = broker.listen_tcp(ANY_PORT.into()).unwrap();
    let second = broker.listen_tcp(ANY_PORT.into()).unwrap();
    let mut client = dial(first.address, Version::V311, "c").await;
    receive(&mut client, Version::V311, 1).await;

    let stopped = [broker.stop_listener(first.id).await, broker.stop_listener(first.id).await];

    assert_eq!(stopped, [true, false]);
    assert_eq!(broker.listeners(), [second]);
    assert!(TcpStream::connect(first.address).await.is_err());
    client.write_all(&[0xC0, 0]).await.unwrap();
    assert_eq!(receive(&mut client, Version::V311, 1).await, [Packet::PingResp]);
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(events.recv().await.unwrap());
    }
    assert!(
        matches!(
            &seen[..],
            [
                BrokerEvent::ListenerUp(a),
                BrokerEvent::ListenerUp(b),
                BrokerEvent::ClientConnected { .. },
                BrokerEvent::ListenerDown(c),
            ] if (*a, *b, *c) == (first, second, first)
        ),
        "{seen:?}"
    );
}

#[tokio::test]
async fn a_dropped_broker_frees_its_port() {
    let broker = start();
    let address = broker.listen_tcp(ANY_PORT.into()).unwrap().address;
    let mut client = dial(address, Version::V5, "c").await;
    receive(&mut client, Version::V5, 1).await;

    drop(broker);
    let end = receive(&mut client, Version::V5, 2).await;

    assert!(matches!(&end[..], [Packet::Disconnect(_)]), "{end:?}");
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_kicked_client_is_told_why_and_keeps_its_session() {
    let broker = start();
    let mut events = broker.events();
    let mut peer = Peer::join(&broker, persistent(Version::V5, "c")).await;
    peer.subscribe("a", QOS1).await;
    let reason = ReasonCode::ADMINISTRATIVE_ACTION;

    let kicked = broker.kick("c", reason).await;
    let unknown = broker.kick("nobody", reason).await;

    assert_eq!((kicked, unknown), (Ok(true), Ok(false)));
    assert_eq!(peer.receive_disconnect().await, reason);
    assert!(peer.is_closed().await);
    events.recv().await.unwrap();
    let event = events.recv().await.unwrap();
    let BrokerEvent::ClientDisconnected { cause, .. } = event else { panic!("{event:?}") };
    assert_eq!(cause, DisconnectCause::Kicked { reason });
    let (_, answer) = Peer::attempt(&broker, persistent(Version::V5, "c")).await;
    assert!(answer.session_present);
}

#[tokio::test(start_paused = true)]
async fn a_broker_stops_even_if_a_client_never_reads_or_closes() {
    let broker = Broker::start(BrokerConfig::default());
    let mut deaf = Peer::dial_with_buffer(&broker, Version::V311, 8);
    deaf.send(Packet::Connect(Box::new(connect(Version::V311, "c")))).await;
    deaf.send_raw(&[0xC0, 0].repeat(100)).await;

    let stopped = timeout(Duration::from_secs(10), broker.stop()).await;

    assert!(stopped.is_ok());
}
