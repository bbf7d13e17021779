//! Publishing: what comes back, and what is refused before anything is sent.

use std::time::Duration;

use session::{Config, PublishError, PublishRequest};
use testkit::{Peer, ack};
use wire::{
    Packet, QoS, ReasonCode, Version,
    packet::ConnAck,
    property::{ConnAckProperties, PublishProperties},
};

use crate::support::{VERSIONS, config, failure, message, online, start};

#[tokio::test]
async fn without_a_connection_nothing_is_published() {
    let peer = Peer::listen().await;
    let config = config(&peer, Version::V5);
    drop(peer);
    let (session, _) = start(config);
    failure(&session).await;

    let outcome = session.publish(message("a", "1", QoS::AtMostOnce)).await;

    assert_eq!(outcome, Err(PublishError::NotConnected));
}

#[tokio::test]
async fn the_reason_of_the_server_is_told() {
    for (qos, reason) in [
        (QoS::AtLeastOnce, ReasonCode::NOT_AUTHORIZED),
        (QoS::AtLeastOnce, ReasonCode::NO_MATCHING_SUBSCRIBERS),
        (QoS::ExactlyOnce, ReasonCode::QUOTA_EXCEEDED),
        (QoS::ExactlyOnce, ReasonCode::NO_MATCHING_SUBSCRIBERS),
    ] {
        let peer = Peer::listen().await;
        let (session, _) = start(config(&peer, Version::V5));
        let (mut link, _) = peer.welcome(Version::V5, false).await;
        online(&session).await;

        let server = async {
            let id = link.expect_publish().await.packet_id.expect("it has an identifier");
            if qos == QoS::AtLeastOnce {
                link.send(Packet::PubAck(ack(id, reason))).await;
                return;
            }
            link.send(Packet::PubRec(ack(id, reason))).await;
            if !reason.is_error() {
                assert!(matches!(link.expect().await, Packet::PubRel(_)));
                link.send(Packet::PubComp(ack(id, ReasonCode::SUCCESS))).await;
            }
        };
        let (receipt, ()) = tokio::join!(session.publish(message("a", "1", qos)), server);

        assert_eq!(receipt.expect("it is answered").reason, Some(reason), "{qos:?}");
    }
}

#[tokio::test]
async fn what_the_server_does_not_take_is_refused_here() {
    // Arrange
    let peer = Peer::listen().await;
    let (session, _) = start(config(&peer, Version::V5));
    let properties = ConnAckProperties {
        maximum_qos: Some(QoS::AtLeastOnce),
        retain_available: Some(false),
        maximum_packet_size: Some(100.try_into().unwrap()),
        ..ConnAckProperties::default()
    };
    let reason = ReasonCode::SUCCESS;
    let connack = ConnAck { session_present: false, reason, properties };
    let (mut link, _) = peer.welcome_with(Version::V5, connack).await;
    let online = online(&session).await;
    assert_eq!(online.limits.maximum_packet_size, Some(100));

    // Act
    let retained = PublishRequest { retain: true, ..message("a", "1", QoS::AtMostOnce) };
    let with_alias = PublishRequest {
        properties: PublishProperties {
            topic_alias: Some(1.try_into().unwrap()),
            ..PublishProperties::default()
        },
        ..message("a", "1", QoS::AtMostOnce)
    };
    let too_good = session.publish(message("a", "1", QoS::ExactlyOnce)).await;
    let too_large = session.publish(message("a", vec![0; 200], QoS::AtMostOnce)).await;
    let retained = session.publish(retained).await;
    let with_alias = session.publish(with_alias).await;

    // Assert
    assert_eq!(too_good, Err(PublishError::QosNotSupported { maximum: QoS::AtLeastOnce }));
    assert!(matches!(too_large, Err(PublishError::PacketTooLarge { limit: 100, .. })));
    assert_eq!(retained, Err(PublishError::RetainNotSupported));
    assert_eq!(with_alias, Err(PublishError::PropertyNotAllowed { name: "Topic Alias" }));
    link.expect_silence(Duration::from_millis(50)).await;
}

#[tokio::test]
async fn properties_go_over_the_wire() {
    let peer = Peer::listen().await;
    let (session, _) = start(config(&peer, Version::V5));
    let (mut link, _) = peer.welcome(Version::V5, false).await;
    online(&session).await;
    let properties = PublishProperties {
        payload_format_indicator: Some(true),
        message_expiry_interval: Some(60),
        response_topic: Some("answer".parse().unwrap()),
        correlation_data: Some(vec![1, 2].into()),
        user_properties: vec![("k".into(), "1".into()), ("k".into(), "2".into())],
        content_type: Some("text/plain".into()),
        ..PublishProperties::default()
    };
    let request =
        PublishRequest { properties: properties.clone(), ..message("a", "1", QoS::AtMostOnce) };

    let (receipt, sent) = tokio::join!(session.publish(request), link.expect_publish());

    assert!(receipt.is_ok(), "{receipt:?}");
    assert_eq!(sent.properties, properties);
}

#[tokio::test]
async fn a_message_without_an_answer_times_out() {
    let peer = Peer::listen().await;
    let after = Duration::from_millis(50);
    let (session, _) = start(Config { publish_timeout: after, ..config(&peer, Version::V5) });
    let (_link, _) = peer.welcome(Version::V5, false).await;
    online(&session).await;

    let outcome = session.publish(message("a", "1", QoS::AtLeastOnce)).await;

    assert_eq!(outcome, Err(PublishError::Timeout { after }));
}

#[tokio::test]
async fn with_a_clean_start_a_lost_connection_ends_the_wait() {
    for version in VERSIONS {
        let peer = Peer::listen().await;
        let (session, _) = start(config(&peer, version));
        let (mut link, _) = peer.welcome(version, false).await;
        online(&session).await;

        let server = async {
            link.expect_publish().await;
            link.close();
        };
        let (outcome, ()) =
            tokio::join!(session.publish(message("a", "1", QoS::AtLeastOnce)), server);

        assert_eq!(outcome, Err(PublishError::ConnectionLost));
    }
}

#[tokio::test]
async fn in_a_kept_session_a_message_is_sent_again_and_acknowledged() {
    for version in VERSIONS {
        // Arrange
        let peer = Peer::listen().await;
        let (session, collector) = start(Config { clean_start: false, ..config(&peer, version) });
        let (mut link, _) = peer.welcome(version, false).await;
        online(&session).await;

        // Act
        let server = async {
            let first = link.expect_publish().await;
            link.close();
            let (mut link, _) = peer.welcome(version, true).await;
            let again = link.expect_publish().await;
            let id = again.packet_id.expect("it has QoS 1");
            link.send(Packet::PubAck(ack(id, ReasonCode::SUCCESS))).await;
            (first, again, link)
        };
        let (outcome, (first, again, _link)) =
            tokio::join!(session.publish(message("a", "1", QoS::AtLeastOnce)), server);

        // Assert
        assert_eq!(outcome.expect("it is acknowledged").packet_id, first.packet_id);
        assert!(again.dup && again.packet_id == first.packet_id, "{again:?}");
        let sent = collector.rows().into_iter().filter(|row| &*row.topic == "a").count();
        assert_eq!(sent, 1, "one row for one message");
    }
}

#[tokio::test]
async fn a_message_of_quality_two_is_finished_on_the_next_connection_of_a_kept_session() {
    for version in VERSIONS {
        // Arrange
        let peer = Peer::listen().await;
        let (session, _) = start(Config { clean_start: false, ..config(&peer, version) });
        let (mut link, _) = peer.welcome(version, false).await;
        online(&session).await;

        // Act: the connection is lost between PUBREC and PUBCOMP.
        let server = async {
            let id = link.expect_publish().await.packet_id.expect("it has QoS 2");
            link.send(Packet::PubRec(ack(id, ReasonCode::SUCCESS))).await;
            assert!(matches!(link.expect().await, Packet::PubRel(_)));
            link.close();
            let (mut link, _) = peer.welcome(version, true).await;
            let packet = link.expect().await;
            let Packet::PubRel(pubrel) = packet else { panic!("PUBREL expected, {packet:?}") };
            link.send(Packet::PubComp(ack(pubrel.packet_id, ReasonCode::SUCCESS))).await;
            (id, pubrel.packet_id, link)
        };
        let (outcome, (id, released, _link)) =
            tokio::join!(session.publish(message("a", "1", QoS::ExactlyOnce)), server);

        // Assert
        assert_eq!(released, id);
        assert_eq!(outcome.expect("it is finished").packet_id, Some(id));
    }
}

#[tokio::test]
async fn when_the_server_lost_the_session_the_outcome_is_unknown() {
    for version in VERSIONS {
        let peer = Peer::listen().await;
        let (session, _) = start(Config { clean_start: false, ..config(&peer, version) });
        let (mut link, _) = peer.welcome(version, false).await;
        online(&session).await;

        let server = async {
            link.expect_publish().await;
            link.close();
            peer.welcome(version, false).await
        };
        let (outcome, _link) =
            tokio::join!(session.publish(message("a", "1", QoS::AtLeastOnce)), server);

        assert_eq!(outcome, Err(PublishError::SessionLost));
    }
}

#[tokio::test]
async fn hundreds_of_messages_at_once_are_all_acknowledged_in_order() {
    for version in VERSIONS {
        // Arrange
        const COUNT: usize = 2000;
        let peer = Peer::listen().await;
        let (session, collector) = start(config(&peer, version));
        let (mut link, _) = peer.welcome(version, false).await;
        online(&session).await;

        // Act
        let server = async {
            for _ in 0..COUNT {
                let id = link.expect_publish().await.packet_id.expect("it has QoS 1");
                link.send(Packet::PubAck(ack(id, ReasonCode::SUCCESS))).await;
            }
        };
        let publishing = futures_util::future::join_all(
            (0..COUNT).map(|n| session.publish(message("a", n.to_string(), QoS::AtLeastOnce))),
        );
        let (receipts, ()) = tokio::join!(publishing, server);

        // Assert
        for (number, receipt) in receipts.into_iter().enumerate() {
            let receipt = receipt.expect("it is acknowledged");
            let rows = collector.rows();
            let row = rows.iter().find(|row| row.seq == receipt.seq).expect("it has a row");
            assert_eq!(row.payload, number.to_string());
            assert_eq!(row.packet_id, receipt.packet_id);
        }
    }
}
