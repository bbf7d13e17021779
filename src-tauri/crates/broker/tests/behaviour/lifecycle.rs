//! Listeners and the broker as a whole, on real sockets where it matters.

use std::{net::SocketAddr, time::Duration};

use broker::{Broker, BrokerConfig, BrokerEvent, DisconnectCause, ListenError, NewMessage};
use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout},
};
use wire::{
    DecodeLimits, Decoder, Packet, ReasonCode, Version,
    packet::Subscribe,
    property::{PublishProperties, SubscribeProperties},
};

use crate::peer::{Peer, QOS0, QOS1, connect, id, persistent, start, subscription};

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

async fn subscribe(stream: &mut TcpStream, filter: &str) {
    let filters = vec![subscription(filter, QOS0)];
    let properties = SubscribeProperties::default();
    let packet = Packet::Subscribe(Subscribe { packet_id: id(1), filters, properties });
    let mut bytes = BytesMut::new();
    wire::encode(&packet, Version::V5, &mut bytes).unwrap();
    stream.write_all(&bytes).await.unwrap();
    let answer = receive(stream, Version::V5, 1).await;
    assert!(matches!(&answer[..], [Packet::SubAck(_)]), "{answer:?}");
}

fn large(topic: &str) -> NewMessage {
    NewMessage {
        topic: topic.parse().unwrap(),
        payload: Bytes::from(vec![0; 4 * 1024 * 1024]),
        qos: QOS0,
        retain: false,
        properties: PublishProperties::default(),
    }
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
async fn a_broker_with_a_thousand_clients_stops_and_comes_back_on_the_same_port() {
    const CLIENTS: usize = 1_000;
    // Each is two open files of this process; without the right to so many the test fails.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let broker = start();
    let address = broker.listen_tcp(ANY_PORT.into()).unwrap().address;
    let mut polite = Vec::new();
    for number in 0..CLIENTS {
        polite.push(dial(address, Version::V5, &format!("c{number}")).await);
    }
    for client in &mut polite {
        let answer = receive(client, Version::V5, 1).await;
        assert!(matches!(&answer[..], [Packet::ConnAck(_)]), "{answer:?}");
    }
    // The others neither read nor close, and what some of them are sent does not fit their sockets.
    let mut deaf = polite.split_off(CLIENTS / 2);
    for client in &mut deaf[..10] {
        subscribe(client, "a").await;
    }
    for _ in 0..5 {
        broker.publish(large("a")).await.unwrap();
    }
    let silent = TcpStream::connect(address).await.unwrap();

    let farewells = polite
        .into_iter()
        .map(|mut client| tokio::spawn(async move { receive(&mut client, Version::V5, 2).await }));
    let farewells: Vec<_> = farewells.collect();
    let stopped = timeout(Duration::from_secs(10), broker.stop()).await;
    let next = start();
    let listening = next.listen_tcp(address);
    let mut client = dial(address, Version::V5, "c").await;
    let connected = receive(&mut client, Version::V5, 1).await;

    assert!(stopped.is_ok());
    assert_eq!(listening.unwrap().address, address);
    assert!(matches!(&connected[..], [Packet::ConnAck(_)]), "{connected:?}");
    for farewell in farewells {
        let farewell = farewell.await.unwrap();
        let [Packet::Disconnect(end)] = &farewell[..] else { panic!("{farewell:?}") };
        assert_eq!(end.reason, ReasonCode::SERVER_SHUTTING_DOWN);
    }
    drop((deaf, silent));
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

    // The clock is paused: this is the time the broker gives its clients, on any machine.
    let began = Instant::now();
    broker.stop().await;

    assert!(began.elapsed() <= Duration::from_millis(1_500), "{:?}", began.elapsed());
}
