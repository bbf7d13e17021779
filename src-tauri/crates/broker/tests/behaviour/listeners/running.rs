//! Listeners that run side by side, start and stop.

use std::sync::Arc;

use broker::{
    Broker, BrokerEvent, ListenError, ListenerConfig, ListenerInfo, ListenerProtocol, TlsSettings,
    WebSocketSettings,
};
use pki::{LocalAuthority, loopback_names};
use rustls::ClientConfig;
use tokio::net::TcpStream;
use wire::Version;

use super::client::{ANY_PORT, Client, clients_of, read_all, tls};
use crate::peer::{QOS0, publish, start};

/// A listener of every protocol, and what a client needs for them.
fn listen_on_all(broker: &Broker) -> ([ListenerInfo; 4], Arc<ClientConfig>) {
    let authority = LocalAuthority::create().unwrap();
    let identity = authority.issue_server(&loopback_names()).unwrap().identity;
    let secure = Some(TlsSettings::new(identity));
    let web = Some(WebSocketSettings::default());
    let listeners = [(None, None), (secure.clone(), None), (None, web.clone()), (secure, web)]
        .map(|(tls, websocket)| ListenerConfig { address: ANY_PORT.into(), tls, websocket })
        .map(|config| broker.listen(config).unwrap());
    (listeners, tls(&authority, None))
}

#[tokio::test]
async fn clients_of_all_listeners_and_versions_share_one_broker() {
    let broker = start();
    let (listeners, config) = listen_on_all(&broker);
    let mut clients = Vec::new();
    for version in [Version::V311, Version::V5] {
        for listener in listeners {
            let name = format!("{version:?}-{:?}", listener.protocol);
            let mut client = Client::join(listener, &config, version, &name).await;
            client.subscribe("#").await;
            clients.push((name, client));
        }
    }

    for sender in 0..clients.len() {
        let (name, client) = &mut clients[sender];
        let expected = ("a".to_owned(), name.clone());
        client.publish(publish("a", name, QOS0)).await;

        for (_, receiver) in &mut clients {
            assert_eq!(receiver.message().await, expected);
        }
    }

    let protocols = listeners.map(|listener| listener.protocol);
    let all =
        [ListenerProtocol::Tcp, ListenerProtocol::Tls, ListenerProtocol::Ws, ListenerProtocol::Wss];
    assert_eq!(protocols, all);
    for listener in listeners {
        assert_eq!(clients_of(&broker, listener).await, 2);
    }
}

#[tokio::test]
async fn large_messages_pass_every_listener_whole() {
    let broker = start();
    let (listeners, config) = listen_on_all(&broker);
    let payload: String = ('a'..='z').cycle().take(3_000_000).collect();

    for listener in listeners {
        let mut client = Client::join(listener, &config, Version::V5, "c").await;
        client.subscribe("large").await;
        client.publish(publish("large", &payload, QOS0)).await;

        let (_, received) = client.message().await;

        assert!(received == payload, "{:?}: {} bytes", listener.protocol, received.len());
    }
}

#[tokio::test]
async fn a_listener_that_cannot_start_leaves_the_others_alone() {
    let broker = start();
    let (listeners, config) = listen_on_all(&broker);
    let taken = listeners[0].address;
    let web = |path: &str| Some(WebSocketSettings { path: Some(path.into()) });

    let in_use =
        broker.listen(ListenerConfig { websocket: web("/x"), ..ListenerConfig::tcp(taken) });
    let path = broker
        .listen(ListenerConfig { websocket: web("mqtt"), ..ListenerConfig::tcp(ANY_PORT.into()) });

    assert!(matches!(in_use, Err(ListenError::AddressInUse { .. })), "{in_use:?}");
    assert!(matches!(path, Err(ListenError::Path { .. })), "{path:?}");
    assert_eq!(broker.listeners(), listeners);
    for listener in listeners {
        assert!(Client::join(listener, &config, Version::V311, "c").await.ping().await);
    }
}

#[tokio::test]
async fn listeners_of_every_protocol_stop_one_by_one_and_their_clients_go_on() {
    let broker = start();
    let (listeners, config) = listen_on_all(&broker);
    let mut clients = Vec::new();
    for listener in listeners {
        let name = format!("{:?}", listener.protocol);
        clients.push(Client::join(listener, &config, Version::V5, &name).await);
    }

    for (at, listener) in listeners.into_iter().enumerate() {
        assert!(broker.stop_listener(listener.id).await);

        assert_eq!(broker.listeners(), listeners[at + 1..]);
        assert!(TcpStream::connect(listener.address).await.is_err());
        assert_eq!(clients_of(&broker, listener).await, 1);
        for client in &mut clients {
            assert!(client.ping().await);
        }
    }
}

#[tokio::test]
async fn stopping_says_goodbye_on_every_listener_and_ends_unfinished_handshakes() {
    let broker = start();
    let (listeners, config) = listen_on_all(&broker);
    let mut clients = Vec::new();
    let mut silent = Vec::new();
    for listener in listeners {
        let name = format!("{:?}", listener.protocol);
        clients.push(Client::join(listener, &config, Version::V5, &name).await);
        silent.push(TcpStream::connect(listener.address).await.unwrap());
    }

    let unfinished = tokio::spawn(async move {
        for stream in silent {
            assert_eq!(read_all(stream).await, b"");
        }
    });
    let clients = tokio::spawn(async move {
        let mut reasons = Vec::new();
        for client in &mut clients {
            let farewell = client.receive().await;
            let Some(wire::Packet::Disconnect(farewell)) = farewell else { panic!("{farewell:?}") };
            assert_eq!(client.receive().await, None);
            reasons.push(farewell.reason);
        }
        reasons
    });
    broker.stop().await;

    unfinished.await.unwrap();
    assert_eq!(clients.await.unwrap(), [wire::ReasonCode::SERVER_SHUTTING_DOWN; 4]);
}

#[tokio::test]
async fn what_a_client_came_over_is_told() {
    let broker = start();
    let (listeners, config) = listen_on_all(&broker);
    let mut events = broker.events();
    let [.., wss] = listeners;

    let _client = Client::join(wss, &config, Version::V5, "c").await;

    let event = events.recv().await.unwrap();
    let BrokerEvent::ClientConnected { protocol, common_name, .. } = event else {
        panic!("{event:?}")
    };
    assert_eq!((protocol, common_name), (ListenerProtocol::Wss, None));
    let clients = crate::peer::clients(&broker).await;
    let link = clients[0].online().unwrap();
    assert_eq!((link.protocol, link.listener), (ListenerProtocol::Wss, Some(wss.id)));
}
