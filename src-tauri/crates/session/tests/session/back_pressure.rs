//! A full sink stops the reading and nothing else.

use std::time::Duration;

use session::Config;
use testkit::Peer;
use wire::{Packet, QoS};

use crate::support::{VERSIONS, config, message, online, start};

#[tokio::test]
async fn a_full_sink_stops_the_reading_and_nothing_is_lost() {
    for version in VERSIONS {
        // Arrange
        const COUNT: usize = 20_000;
        let peer = Peer::listen().await;
        let (session, collector) = start(config(&peer, version));
        let (mut link, _) = peer.welcome(version, false).await;
        online(&session).await;
        collector.limit(100);

        // Act: far more than the buffers of both sockets hold at once is not taken.
        let sender = tokio::spawn(async move {
            for number in 0..COUNT {
                link.publish("a", format!("{number:01000}"), QoS::AtMostOnce, 0).await;
            }
            link
        });
        collector.wait_received(100).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        let while_full = collector.received().len();
        let is_held_up = !sender.is_finished();
        collector.unlimit();

        // Assert
        let received = collector.wait_received(COUNT).await;
        assert!(while_full < 200, "{while_full} taken although only 100 had room");
        assert!(is_held_up, "the sender was not slowed down");
        for (number, row) in received.iter().enumerate() {
            assert_eq!(row.payload, format!("{number:01000}"));
        }
        let _link = sender.await.unwrap();
    }
}

#[tokio::test]
async fn keep_alive_and_requests_go_on_while_the_sink_is_full() {
    for version in VERSIONS {
        // Arrange
        let peer = Peer::listen().await;
        let (session, collector) = start(Config { keep_alive: 1, ..config(&peer, version) });
        let (mut link, _) = peer.welcome(version, false).await;
        online(&session).await;
        collector.limit(1);
        link.publish("a", "1", QoS::AtMostOnce, 0).await;
        collector.wait_received(1).await;

        // Act: three times the keep-alive, and no PINGRESP can be read.
        for _ in 0..3 {
            assert_eq!(link.expect().await, Packet::PingReq);
            link.send(Packet::PingResp).await;
        }
        let subscribing = session.subscribe(crate::support::subscription("b", QoS::AtMostOnce));
        let server = async {
            let subscribe = link.expect_subscribe().await;
            collector.unlimit();
            link.answer_subscribe(subscribe.packet_id, vec![wire::ReasonCode::SUCCESS]).await;
        };
        let (granted, ()) = tokio::join!(subscribing, server);

        // Assert
        assert!(session.state().borrow().is_online(), "{:?}", session.state().borrow());
        assert!(granted.is_ok(), "{granted:?}");
        let (sent, _) = tokio::join!(
            session.publish(message("c", "2", QoS::AtMostOnce)),
            link.expect_publish()
        );
        assert!(sent.is_ok(), "{sent:?}");
    }
}
