//! Every way a connection can fail is told apart.

use std::time::Duration;

use session::{Config, ConnectError, DialError, NotMqtt, SessionState, Stage, Target};
use testkit::Peer;
use wire::{
    Packet, ReasonCode, Version,
    packet::{ConnAck, Disconnect},
    property::{ConnAckProperties, DisconnectProperties},
};

use crate::support::{VERSIONS, config, failure, online, reach, start};

fn is_refused(state: &SessionState) -> bool {
    matches!(state, SessionState::Refused { .. })
}

#[tokio::test]
async fn a_port_without_a_listener_is_refused_and_tried_again() {
    let peer = Peer::listen().await;
    let (address, config) = (peer.address(), config(&peer, Version::V5));
    drop(peer);

    let (session, _) = start(config);

    let cause = ConnectError::Dial(DialError::Refused { address });
    assert_eq!(failure(&session).await, cause);
    reach(&session, |state| matches!(state, SessionState::Connecting { attempt: 2.. })).await;
}

#[tokio::test]
async fn a_name_without_an_address_is_a_host_not_found() {
    // A label of more than 63 bytes: the resolver says so without asking anybody.
    let host = "x".repeat(70);
    let (session, _) = start(Config::new(Target::new(host.clone(), 1883)));

    let cause = failure(&session).await;

    let ConnectError::Dial(DialError::HostNotFound { host: named, .. }) = &cause else {
        panic!("{cause:?}")
    };
    assert_eq!(**named, *host);
    assert_eq!(cause.code(), "hostNotFound");
}

#[tokio::test]
async fn a_web_server_is_named_and_not_tried_again() {
    for version in VERSIONS {
        let peer = Peer::listen().await;
        let (session, _) = start(config(&peer, version));
        let mut link = peer.accept(version).await;
        link.expect_connect().await;

        // It does not close, as many do not.
        link.send_bytes(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;

        reach(&session, is_refused).await;
        let status_line = "HTTP/1.1 400 Bad Request".into();
        assert_eq!(failure(&session).await, ConnectError::NotMqtt(NotMqtt::Http { status_line }));
    }
}

#[tokio::test]
async fn a_tls_port_is_named() {
    for version in VERSIONS {
        let peer = Peer::listen().await;
        let (session, _) = start(config(&peer, version));
        let mut link = peer.accept(version).await;
        link.expect_connect().await;

        link.send_bytes(&[0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x46]).await;
        link.close();

        let cause = failure(&session).await;
        assert_eq!(cause, ConnectError::NotMqtt(NotMqtt::Tls));
        assert_eq!(cause.code(), "tlsOnPlainPort");
    }
}

#[tokio::test]
async fn each_return_code_of_3_1_1_is_told_apart() {
    let cases = [
        (1, ReasonCode::UNSUPPORTED_PROTOCOL_VERSION, "unsupportedVersion", true),
        (2, ReasonCode::CLIENT_IDENTIFIER_NOT_VALID, "clientIdRejected", true),
        (3, ReasonCode::SERVER_UNAVAILABLE, "serverUnavailable", false),
        (4, ReasonCode::BAD_USER_NAME_OR_PASSWORD, "badCredentials", true),
        (5, ReasonCode::NOT_AUTHORIZED, "notAuthorized", true),
    ];
    for (code, expected, name, is_terminal) in cases {
        let peer = Peer::listen().await;
        let (session, collector) = start(config(&peer, Version::V311));
        let mut link = peer.accept(Version::V311).await;
        link.expect_connect().await;

        link.send_bytes(&[0x20, 2, 0, code]).await;
        link.close();

        let cause = failure(&session).await;
        let ConnectError::Refused { reason, .. } = &cause else { panic!("{cause:?}") };
        assert_eq!((*reason, cause.code()), (expected, name));
        assert_eq!(is_refused(&session.state().borrow()), is_terminal, "code {code}");
        let event = format!(r#"{{"event":"connectRefused","code":"{name}"}}"#);
        assert_eq!(collector.events()[0], event);
    }
}

#[tokio::test]
async fn a_return_code_3_1_1_does_not_define_is_a_violation() {
    let peer = Peer::listen().await;
    let (session, _) = start(config(&peer, Version::V311));
    let mut link = peer.accept(Version::V311).await;
    link.expect_connect().await;

    link.send_bytes(&[0x20, 2, 0, 99]).await;
    link.close();

    let cause = failure(&session).await;
    let ConnectError::ProtocolViolation { words } = cause else { panic!("{cause:?}") };
    assert!(words.contains("99"), "{words}");
}

#[tokio::test]
async fn a_refusal_of_5_0_comes_with_the_words_and_the_reference_of_the_server() {
    let cases = [
        (ReasonCode::BANNED, "notAuthorized", true),
        (ReasonCode::SERVER_BUSY, "serverUnavailable", false),
        (ReasonCode::BAD_USER_NAME_OR_PASSWORD, "badCredentials", true),
        (ReasonCode::SERVER_MOVED, "connectRefused", true),
        (ReasonCode::QUOTA_EXCEEDED, "connectRefused", false),
    ];
    for (reason, name, is_terminal) in cases {
        let peer = Peer::listen().await;
        let (session, _) = start(config(&peer, Version::V5));
        let properties = ConnAckProperties {
            reason_string: Some("not today".into()),
            server_reference: Some("other:1883".into()),
            ..ConnAckProperties::default()
        };
        let connack = ConnAck { session_present: false, reason, properties };

        let (link, _) = peer.welcome_with(Version::V5, connack).await;
        link.close();

        let cause = failure(&session).await;
        let reason_string = Some("not today".into());
        let server_reference = Some("other:1883".into());
        assert_eq!(cause, ConnectError::Refused { reason, reason_string, server_reference });
        assert_eq!(cause.code(), name);
        assert!(cause.to_string().contains("not today"), "{cause}");
        assert_eq!(is_refused(&session.state().borrow()), is_terminal, "{reason}");
    }
}

#[tokio::test]
async fn a_refusal_longer_than_a_few_bytes_is_read_all_the_same() {
    let peer = Peer::listen().await;
    let (session, _) = start(config(&peer, Version::V5));
    let words: Box<str> = "x".repeat(1000).into();
    let properties =
        ConnAckProperties { reason_string: Some(words.clone()), ..ConnAckProperties::default() };
    let reason = ReasonCode::NOT_AUTHORIZED;

    let connack = ConnAck { session_present: false, reason, properties };
    let (link, _) = peer.welcome_with(Version::V5, connack).await;
    link.close();

    let cause = failure(&session).await;
    let ConnectError::Refused { reason_string, .. } = cause else { panic!("{cause:?}") };
    assert_eq!(reason_string, Some(words));
}

#[tokio::test]
async fn a_disconnect_of_the_server_is_told_with_its_words_and_tried_again() {
    let peer = Peer::listen().await;
    let (session, collector) = start(config(&peer, Version::V5));
    let (mut link, _) = peer.welcome(Version::V5, false).await;
    online(&session).await;

    let properties = DisconnectProperties {
        reason_string: Some("maintenance".into()),
        server_reference: Some("other".into()),
        ..DisconnectProperties::default()
    };
    let reason = ReasonCode::SERVER_SHUTTING_DOWN;
    link.send(Packet::Disconnect(Disconnect { reason, properties })).await;

    let cause = failure(&session).await;
    let reason_string = Some("maintenance".into());
    let server_reference = Some("other".into());
    assert_eq!(cause, ConnectError::Disconnected { reason, reason_string, server_reference });
    let (_again, _) = peer.welcome(Version::V5, false).await;
    online(&session).await;
    assert_eq!(collector.events()[1], r#"{"event":"connectionLost","code":"serverDisconnected"}"#);
}

#[tokio::test]
async fn a_takeover_is_not_fought() {
    let peer = Peer::listen().await;
    let (session, _) = start(config(&peer, Version::V5));
    let (mut link, _) = peer.welcome(Version::V5, false).await;
    online(&session).await;

    link.send_bytes(&[0xE0, 2, 0x8E, 0]).await;

    reach(&session, is_refused).await;
    assert_eq!(failure(&session).await.code(), "sessionTakenOver");
}

#[tokio::test]
async fn a_server_that_does_not_answer_connect_is_given_up() {
    for version in VERSIONS {
        let peer = Peer::listen().await;
        let connect_timeout = Duration::from_millis(100);
        let (session, _) = start(Config { connect_timeout, ..config(&peer, version) });
        let mut link = peer.accept(version).await;
        link.expect_connect().await;

        let cause = failure(&session).await;

        assert_eq!(cause, ConnectError::NoAnswer { after: connect_timeout });
    }
}

#[tokio::test]
async fn a_server_that_closes_instead_of_answering_is_told_apart() {
    for version in VERSIONS {
        let peer = Peer::listen().await;
        let (session, _) = start(config(&peer, version));
        let mut link = peer.accept(version).await;
        link.expect_connect().await;

        link.close();

        let cause = failure(&session).await;
        assert_eq!(cause, ConnectError::Closed { stage: Stage::BeforeConnAck });
    }
}

#[tokio::test]
async fn an_end_and_a_reset_of_an_open_connection_are_told_apart() {
    for version in VERSIONS {
        for is_reset in [false, true] {
            let peer = Peer::listen().await;
            let (session, collector) = start(config(&peer, version));
            let (link, _) = peer.welcome(version, false).await;
            online(&session).await;

            if is_reset {
                link.reset();
            } else {
                link.close();
            }

            let cause = failure(&session).await;
            let code = if is_reset { "connectionReset" } else { "connectionLost" };
            assert_eq!(cause.code(), code, "{cause:?}");
            let event = format!(r#"{{"event":"connectionLost","code":"{code}"}}"#);
            assert_eq!(collector.events()[1], event);
        }
    }
}

#[tokio::test]
async fn a_peer_that_is_gone_without_a_word_is_noticed_by_keep_alive() {
    for version in VERSIONS {
        let peer = Peer::listen().await;
        let (session, _) = start(Config { keep_alive: 1, ..config(&peer, version) });
        let (mut link, connect) = peer.welcome(version, false).await;
        online(&session).await;

        assert_eq!(connect.keep_alive, 1);
        assert_eq!(link.expect().await, Packet::PingReq);
        let cause = failure(&session).await;

        assert_eq!(cause, ConnectError::KeepAliveTimeout { after: Duration::from_secs(1) });
    }
}

#[tokio::test]
async fn a_broken_rule_is_told_in_words_with_its_section() {
    for version in VERSIONS {
        let peer = Peer::listen().await;
        let (session, _) = start(config(&peer, version));
        let (mut link, _) = peer.welcome(version, false).await;
        online(&session).await;

        // A good packet, then QoS 3.
        link.send_bytes(&[0xD0, 0, 0x36, 6, 0, 1, b'a', 0, 1, 0]).await;

        let cause = failure(&session).await;
        let ConnectError::ProtocolViolation { words } = &cause else { panic!("{cause:?}") };
        assert!(words.contains("QoS 3") && words.contains('§'), "{words}");
    }
}

#[tokio::test]
async fn an_answer_to_connect_that_is_no_connack_is_a_violation() {
    for version in VERSIONS {
        let peer = Peer::listen().await;
        let (session, _) = start(config(&peer, version));
        let mut link = peer.accept(version).await;
        link.expect_connect().await;

        link.send_bytes(&[0x20, 3, 2, 0, 0]).await;

        let cause = failure(&session).await;
        assert_eq!(cause.code(), "protocolViolation", "{cause:?}");
    }
}

#[tokio::test]
async fn a_packet_above_the_limit_is_named_with_its_size_and_not_asked_for_for_ever() {
    for version in VERSIONS {
        let peer = Peer::listen().await;
        let (session, _) = start(Config { max_packet_size: 1000, ..config(&peer, version) });

        for _ in 0..3 {
            let (mut link, _) = peer.welcome(version, false).await;
            link.send_bytes(&[0x30, 0xD0, 0x0F, 0, 1, b'a']).await;
            link.send_bytes(&vec![0; 1997]).await;
            link.expect_end().await;
        }

        let state = reach(&session, is_refused).await;
        let cause = ConnectError::PacketTooLarge { size: Some(2003), limit: 1000 };
        assert_eq!(state, SessionState::Refused { cause });
    }
}
