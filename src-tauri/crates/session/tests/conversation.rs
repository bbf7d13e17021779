//! A session and a scripted server talking: publish, subscribe, receive, acknowledge.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "panicking is what a test wants")]

mod support;

use std::time::Duration;

use support::{VERSIONS, config, message, online, start, subscription};
use testkit::{Peer, ack};
use wire::{Packet, QoS, ReasonCode};

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
