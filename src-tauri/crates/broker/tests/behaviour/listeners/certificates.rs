//! Certificates of the broker and of its clients.

use std::{net::SocketAddr, sync::Arc};

use broker::{
    AccessRules, Accounts, Alert, Broker, BrokerConfig, BrokerEvent, ClientCertificates,
    ConnectFailure, ListenerConfig, ListenerInfo, ReplaceTlsError, TlsFailure, TlsSettings, User,
};
use pki::{Authorities, Identity, LocalAuthority, loopback_names};
use tokio::{io::AsyncWriteExt, net::TcpStream};
use wire::{ReasonCode, Version};

use super::client::{ANY_PORT, Client, dial_tls, next_failure, read_all, tls};
use crate::peer::{connect, start};

fn server(authority: &LocalAuthority) -> Identity {
    authority.issue_server(&loopback_names()).unwrap().identity
}

/// Only a user `ada` with a password is let in.
fn start_for_ada() -> Broker {
    let users = vec![User::new("ada", b"engine")];
    let rules = AccessRules { anonymous: false, users, acl: Vec::new() };
    let access = Arc::new(Accounts::new(rules));
    Broker::start(BrokerConfig { access, ..BrokerConfig::default() })
}

fn trust(authority: &LocalAuthority) -> Authorities {
    Authorities::from_pem(authority.certificate_pem().as_bytes()).unwrap()
}

fn listen(broker: &Broker, tls: TlsSettings) -> ListenerInfo {
    let config = ListenerConfig { tls: Some(tls), ..ListenerConfig::tcp(ANY_PORT.into()) };
    broker.listen(config).unwrap()
}

fn tls_failure(failure: ConnectFailure) -> TlsFailure {
    match failure {
        ConnectFailure::Tls(failure) => failure,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_client_that_does_not_trust_the_certificate_says_so() {
    let broker = start();
    let mut events = broker.events();
    let listener = listen(&broker, TlsSettings::new(server(&LocalAuthority::create().unwrap())));
    let other = tls(&LocalAuthority::create().unwrap(), None);

    let refused = dial_tls(listener.address, other).await;

    assert!(refused.is_err());
    let failure = next_failure(&mut events).await;
    let text = "the client does not trust this certificate (alert: unknown certificate authority)";
    assert_eq!(failure.to_string(), text);
    assert_eq!(tls_failure(failure), TlsFailure::Alert(Alert::UNKNOWN_AUTHORITY));
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused_by_the_client() {
    let broker = start();
    let mut events = broker.events();
    let authority = LocalAuthority::create().unwrap();
    let names = ["broker.example".try_into().unwrap()];
    let identity = authority.issue_server(&names).unwrap().identity;
    let listener = listen(&broker, TlsSettings::new(identity));

    let refused = dial_tls(listener.address, tls(&authority, None)).await;

    assert!(refused.is_err());
    let failure = tls_failure(next_failure(&mut events).await);
    assert_eq!(failure, TlsFailure::Alert(Alert::BAD_CERTIFICATE));
}

#[tokio::test]
async fn new_handshakes_use_a_replaced_certificate_and_connections_go_on() {
    let broker = start();
    let (old, new) = (LocalAuthority::create().unwrap(), LocalAuthority::create().unwrap());
    let listener = listen(&broker, TlsSettings::new(server(&old)));
    let mut early = Client::join(listener, &tls(&old, None), Version::V5, "early").await;

    broker.replace_tls(listener.id, &TlsSettings::new(server(&new))).unwrap();
    let mut late = Client::join(listener, &tls(&new, None), Version::V5, "late").await;

    assert!(early.ping().await && late.ping().await);
    assert!(dial_tls(listener.address, tls(&old, None)).await.is_err());
    assert_eq!(broker.listeners(), [listener]);
}

#[tokio::test]
async fn only_a_running_tls_listener_takes_other_certificates() {
    let broker = start();
    let settings = TlsSettings::new(server(&LocalAuthority::create().unwrap()));
    let plain = broker.listen_tcp(ANY_PORT.into()).unwrap();
    let stopped = listen(&broker, settings.clone());
    broker.stop_listener(stopped.id).await;

    let answers = [plain.id, stopped.id].map(|id| broker.replace_tls(id, &settings).unwrap_err());

    assert_eq!(answers, [ReplaceTlsError::NotTls, ReplaceTlsError::NoListener]);
}

/// What becomes of clients without a certificate, with one, and with one of a stranger.
async fn judged(clients: impl Fn(Authorities) -> ClientCertificates) -> Vec<Option<TlsFailure>> {
    let broker = start();
    let authority = LocalAuthority::create().unwrap();
    let stranger = LocalAuthority::create().unwrap();
    let clients = clients(trust(&authority));
    let settings = TlsSettings { clients, ..TlsSettings::new(server(&authority)) };
    let listener = listen(&broker, settings);
    let known = authority.issue_client("sensor").unwrap().identity;
    let unknown = stranger.issue_client("sensor").unwrap().identity;
    let mut judged = Vec::new();
    for identity in [None, Some(&known), Some(&unknown)] {
        let mut events = broker.events();
        // In TLS 1.3 the client hears of it only after its side of the handshake.
        if let Ok(stream) = dial_tls(listener.address, tls(&authority, identity)).await {
            let mut client = Client::on(stream, Version::V5);
            client.send_if_open(connect(Version::V5, "c")).await;
            if client.receive().await.is_some() {
                judged.push(None);
                continue;
            }
        }
        judged.push(Some(tls_failure(next_failure(&mut events).await)));
    }
    judged
}

#[tokio::test]
async fn without_interest_in_certificates_every_client_is_let_in() {
    assert_eq!(judged(|_| ClientCertificates::Off).await, [None, None, None]);
}

#[tokio::test]
async fn an_optional_certificate_must_be_good_if_it_is_shown() {
    let judged = judged(ClientCertificates::Optional).await;

    let [None, None, Some(TlsFailure::ClientCertificate { detail })] = &judged[..] else {
        panic!("{judged:?}")
    };
    assert_eq!(&**detail, "none of the authorities this listener trusts has signed it");
}

#[tokio::test]
async fn without_a_required_certificate_there_is_no_connection() {
    let judged = judged(ClientCertificates::Required).await;

    assert!(
        matches!(
            &judged[..],
            [
                Some(TlsFailure::NoClientCertificate),
                None,
                Some(TlsFailure::ClientCertificate { .. })
            ]
        ),
        "{judged:?}"
    );
}

#[tokio::test]
async fn the_common_name_is_the_user_and_needs_no_password() {
    // Arrange
    let broker = start_for_ada();
    let authority = LocalAuthority::create().unwrap();
    let listener = listen(
        &broker,
        TlsSettings {
            clients: ClientCertificates::Optional(trust(&authority)),
            common_name_is_user: true,
            ..TlsSettings::new(server(&authority))
        },
    );
    let identity = authority.issue_client("sensor 7").unwrap().identity;
    let mut impostor = connect(Version::V5, "c");
    impostor.username = Some("ada".into());
    let mut events = broker.events();

    // Act
    let certified = tls(&authority, Some(&identity));
    let mut client = Client::dial(listener, &certified, Version::V5).await;
    let with = client.attempt(impostor.clone()).await;
    let mut nobody = Client::dial(listener, &tls(&authority, None), Version::V5).await;
    let without = nobody.attempt(impostor).await;

    // Assert
    assert_eq!(with, ReasonCode::SUCCESS);
    assert_eq!(without, ReasonCode::BAD_USER_NAME_OR_PASSWORD);
    let event = events.recv().await.unwrap();
    let BrokerEvent::ClientConnected { username, common_name, .. } = event else {
        panic!("{event:?}")
    };
    let expected = Some("sensor 7".into());
    assert_eq!((username, common_name), (expected.clone(), expected));
}

#[tokio::test]
async fn a_certificate_alone_is_no_user_unless_it_is_to_be() {
    let broker = start_for_ada();
    let authority = LocalAuthority::create().unwrap();
    let clients = ClientCertificates::Required(trust(&authority));
    let settings = TlsSettings { clients, ..TlsSettings::new(server(&authority)) };
    let listener = listen(&broker, settings);
    let identity = authority.issue_client("ada").unwrap().identity;

    let config = tls(&authority, Some(&identity));
    let mut client = Client::dial(listener, &config, Version::V5).await;
    let reason = client.attempt(connect(Version::V5, "c")).await;

    assert_eq!(reason, ReasonCode::NOT_AUTHORIZED);
}

/// Sends plain bytes to a TLS listener; returns the answer.
async fn blurt(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    // What is no TLS is refused; what could be is waited for.
    stream.shutdown().await.unwrap();
    read_all(stream).await
}

#[tokio::test]
async fn what_is_spoken_instead_of_tls_is_named() {
    let broker = start();
    let mut events = broker.events();
    let settings = TlsSettings::new(server(&LocalAuthority::create().unwrap()));
    let address = listen(&broker, settings).address;
    let mut told = Vec::new();

    for bytes in [
        &b"\x10\x0C\x00\x04MQTT\x04\x02\x00\x3C\x00\x00"[..],
        b"GET /mqtt HTTP/1.1\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x00\x00",
        b"\x16\x03\x01\x00",
        b"",
        // A ClientHello of TLS 1.1 without extensions.
        b"\x16\x03\x01\x00\x2D\x01\x00\x00\x29\x03\x02\
          0123456789abcdef0123456789abcdef\x00\x00\x02\x00\x2F\x01\x00",
        b"\x16\x03\x01\x00\x04\x7F\x00\x00\x00",
    ] {
        let answer = blurt(address, bytes).await;
        told.push(tls_failure(next_failure(&mut events).await));
        let is_http = bytes.starts_with(b"GET");
        assert_eq!(answer.starts_with(b"HTTP/1.1 400 "), is_http, "{answer:?}");
    }

    let not_tls = |protocol| TlsFailure::NotTls { protocol };
    let expected = [
        not_tls("MQTT without TLS"),
        not_tls("HTTP without TLS"),
        not_tls("SSH"),
        not_tls("something else"),
        TlsFailure::Closed,
        TlsFailure::Closed,
        TlsFailure::NoCommonVersion,
    ];
    assert_eq!(told[..7], expected);
    assert!(matches!(told[7], TlsFailure::Broken { .. }), "{:?}", told[7]);
}

#[tokio::test]
async fn a_tls_client_that_closes_without_a_word_is_just_gone() {
    let broker = start();
    let mut events = broker.events();
    let authority = LocalAuthority::create().unwrap();
    let listener = listen(&broker, TlsSettings::new(server(&authority)));
    let mut stream = dial_tls(listener.address, tls(&authority, None)).await.unwrap();
    stream.write_all(&[0x10]).await.unwrap();
    stream.flush().await.unwrap();

    // Without the goodbye of TLS.
    stream.get_mut().0.shutdown().await.unwrap();

    assert_eq!(next_failure(&mut events).await, ConnectFailure::Closed { bytes: 1 });
}
