//! A session and a scripted server talking: publish, subscribe, receive, acknowledge.

use std::time::Duration;

use testkit::{Peer, ack};
use wire::{Packet, QoS, ReasonCode, Version};

use crate::support::{VERSIONS, config, message, online, start, subscription};

#[tokio::test]
async fn a_session_connects_subscribes_and_receives() {
    for version in VERSIONS {
        // Arrange
        let peer = Peer::listen().await;
        let (session, collector) = start(config(&peer, version));
        let (mut link, connect) = peer.welcome(version, false).await;
        online(&session).await;

        // Act
        let subscribing = session.subscribe(subscription("plant/#", QoS::AtLeastOnce));
        let (granted, _) = tokio::join!(subscribing, link.grant());
        link.publish("plant/1/temp", "21.5", QoS::AtMostOnce, 0).await;

        // Assert
        assert_eq!(connect.client_id.as_ref(), "tester");
        assert_eq!(granted, Ok(ReasonCode::GRANTED_QOS_1));
        let received = collector.wait_received(1).await;
        assert_eq!(&*received[0].topic, "plant/1/temp");
        assert_eq!(&received[0].payload[..], b"21.5");
    }
}

#[tokio::test]
async fn a_publish_ends_with_the_acknowledgement_of_its_quality_of_service() {
    for version in VERSIONS {
        for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
            // Arrange
            let peer = Peer::listen().await;
            let (session, collector) = start(config(&peer, version));
            let (mut link, _) = peer.welcome(version, false).await;
            online(&session).await;

            // Act
            let server = async {
                let publish = link.expect_publish().await;
                if let Some(id) = publish.packet_id {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    if qos == QoS::AtLeastOnce {
                        link.send(Packet::PubAck(ack(id, ReasonCode::SUCCESS))).await;
                    } else {
                        link.send(Packet::PubRec(ack(id, ReasonCode::SUCCESS))).await;
                        assert!(matches!(link.expect().await, Packet::PubRel(_)));
                        link.send(Packet::PubComp(ack(id, ReasonCode::SUCCESS))).await;
                    }
                }
                publish
            };
            let (receipt, publish) =
                tokio::join!(session.publish(message("a/b", "hello", qos)), server);

            // Assert
            let receipt = receipt.expect("it is acknowledged");
            assert_eq!(receipt.packet_id, publish.packet_id);
            assert_eq!(receipt.reason, (qos > QoS::AtMostOnce).then_some(ReasonCode::SUCCESS));
            let after = receipt.acknowledged_after;
            assert_eq!(after.is_some(), qos > QoS::AtMostOnce);
            assert!(after.is_none_or(|after| after >= Duration::from_millis(5)), "{after:?}");
            assert_eq!(&publish.payload[..], b"hello");
            let rows = collector.rows();
            let row = rows.last().expect("the sent message has a row");
            assert_eq!((row.seq, row.packet_id, row.qos), (receipt.seq, publish.packet_id, qos));
        }
    }
}

#[tokio::test]
async fn a_payload_of_five_megabytes_arrives_whole_both_ways() {
    for version in VERSIONS {
        let peer = Peer::listen().await;
        let (session, collector) = start(config(&peer, version));
        let (mut link, _) = peer.welcome(version, false).await;
        online(&session).await;
        let payload: Vec<u8> = (0..5_000_000_u32).map(|index| (index % 251) as u8).collect();

        let (receipt, sent) = tokio::join!(
            session.publish(message("big", payload.clone(), QoS::AtMostOnce)),
            link.expect_publish()
        );
        link.publish("big", payload.clone(), QoS::AtMostOnce, 0).await;

        assert!(receipt.is_ok(), "{receipt:?}");
        assert!(sent.payload == payload, "{} bytes sent", sent.payload.len());
        let received = collector.wait_received(1).await;
        assert!(received[0].payload == payload, "{} bytes received", received[0].payload.len());
    }
}

#[tokio::test]
async fn a_payload_that_is_not_text_arrives_byte_for_byte() {
    for version in VERSIONS {
        let peer = Peer::listen().await;
        let (session, collector) = start(config(&peer, version));
        let (mut link, _) = peer.welcome(version, false).await;
        online(&session).await;
        let payload: Vec<u8> = (0..=255).collect();

        link.publish("raw", payload.clone(), QoS::AtMostOnce, 0).await;

        assert_eq!(collector.wait_received(1).await[0].payload, payload);
    }
}

#[tokio::test]
async fn what_came_with_the_end_of_the_connection_is_not_lost() {
    for version in VERSIONS {
        let peer = Peer::listen().await;
        let (session, collector) = start(config(&peer, version));
        let (mut link, _) = peer.welcome(version, false).await;
        online(&session).await;

        for number in 0..500 {
            link.publish("a", number.to_string(), QoS::AtMostOnce, 0).await;
        }
        link.close();

        let received = collector.wait_received(500).await;
        assert_eq!(received[499].payload, "499");
    }
}

#[tokio::test]
async fn a_topic_alias_is_resolved() {
    // Arrange
    let peer = Peer::listen().await;
    let (session, collector) = start(config(&peer, Version::V5));
    let (mut link, _) = peer.welcome(Version::V5, false).await;
    online(&session).await;

    // Act: alias 1 is given to `a`, then used without a topic.
    link.send_bytes(&[0x30, 8, 0, 1, b'a', 3, 0x23, 0, 1, b'1']).await;
    link.send_bytes(&[0x30, 7, 0, 0, 3, 0x23, 0, 1, b'2']).await;

    // Assert
    let received = collector.wait_received(2).await;
    assert_eq!((&*received[1].topic, &received[1].payload[..]), ("a", &b"2"[..]));
}

#[tokio::test]
async fn every_row_takes_the_next_number() {
    // Arrange
    let peer = Peer::listen().await;
    let (session, collector) = start(config(&peer, Version::V5));
    let (mut link, _) = peer.welcome(Version::V5, false).await;
    online(&session).await;

    // Act
    link.publish("in", "1", QoS::AtMostOnce, 0).await;
    collector.wait_received(1).await;
    session.publish(message("out", "2", QoS::AtMostOnce)).await.expect("it is written");
    session.disconnect().await;

    // Assert
    let rows = collector.rows();
    assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
    let connected = r#"{"event":"connected","sessionPresent":false,"version":"v5"}"#;
    assert_eq!(collector.events(), [connected, r#"{"event":"disconnected"}"#]);
}

#[tokio::test]
async fn a_disconnect_waits_for_what_is_outstanding_and_says_goodbye() {
    for version in VERSIONS {
        // Arrange
        let peer = Peer::listen().await;
        let (session, _) = start(config(&peer, version));
        let (mut link, _) = peer.welcome(version, false).await;
        online(&session).await;

        // Act
        let server = async {
            let publish = link.expect_publish().await;
            tokio::time::sleep(Duration::from_millis(50)).await;
            let id = publish.packet_id.expect("it has QoS 1");
            link.send(Packet::PubAck(ack(id, ReasonCode::SUCCESS))).await;
            link.expect_end().await
        };
        let client = async {
            let publishing = session.publish(message("a", "1", QoS::AtLeastOnce));
            let leaving = async {
                tokio::time::sleep(Duration::from_millis(10)).await;
                session.disconnect().await;
            };
            tokio::join!(publishing, leaving).0
        };
        let (last, receipt) = tokio::join!(server, client);

        // Assert
        assert!(receipt.is_ok(), "{receipt:?}");
        assert!(matches!(last[..], [Packet::Disconnect(_)]), "{last:?}");
        assert_eq!(*session.state().borrow(), session::SessionState::Offline);
    }
}

#[tokio::test]
async fn a_session_that_is_dropped_says_goodbye() {
    let peer = Peer::listen().await;
    let (session, _) = start(config(&peer, Version::V5));
    let (mut link, _) = peer.welcome(Version::V5, false).await;
    online(&session).await;

    drop(session);

    let last = link.expect_end().await;
    assert!(matches!(last[..], [Packet::Disconnect(_)]), "{last:?}");
}
