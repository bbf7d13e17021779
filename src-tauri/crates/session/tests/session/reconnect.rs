//! What survives a lost connection.

use std::time::Duration;

use session::{
    Config, ConnectError, ReconnectPolicy, SessionState, SubscribeError, SubscriptionState,
    SubscriptionView,
};
use testkit::Peer;
use tokio::time::timeout;
use wire::{Packet, QoS, ReasonCode, Version};

use crate::support::{VERSIONS, config, failure, online, reach, start, subscription};

fn states(views: &[SubscriptionView]) -> Vec<(&str, SubscriptionState)> {
    views.iter().map(|view| (view.subscription.filter.as_str(), view.state)).collect()
}

#[tokio::test]
async fn subscriptions_are_requested_again_when_the_server_forgot_them() {
    for version in VERSIONS {
        // Arrange
        let peer = Peer::listen().await;
        let subscriptions = vec![subscription("a/#", QoS::AtMostOnce)];
        let (session, _) = start(Config { subscriptions, ..config(&peer, version) });
        let (mut link, _) = peer.welcome(version, false).await;
        let first = link.grant().await;
        let (granted, _) =
            tokio::join!(session.subscribe(subscription("b", QoS::ExactlyOnce)), link.grant());
        assert_eq!(granted, Ok(ReasonCode::GRANTED_QOS_2));

        // Act
        link.close();
        let (mut link, _) = peer.welcome(version, false).await;
        let again = link.grant().await;

        // Assert
        assert_eq!(first.filters.len(), 1);
        let filters: Vec<_> = again.filters.iter().map(|entry| entry.filter.as_str()).collect();
        assert_eq!(filters, ["a/#", "b"]);
        let mut views = session.subscriptions();
        let all_granted = [
            ("a/#", SubscriptionState::Granted(QoS::AtMostOnce)),
            ("b", SubscriptionState::Granted(QoS::ExactlyOnce)),
        ];
        views.wait_for(|views| states(views) == all_granted).await.unwrap();
    }
}

#[tokio::test]
async fn subscriptions_the_server_kept_are_not_requested_again() {
    for version in VERSIONS {
        let peer = Peer::listen().await;
        let subscriptions = vec![subscription("a", QoS::AtLeastOnce)];
        let kept = Config { subscriptions, clean_start: false, ..config(&peer, version) };
        let (session, _) = start(kept);
        let (mut link, _) = peer.welcome(version, false).await;
        link.grant().await;
        let mut views = session.subscriptions();
        let granted = [("a", SubscriptionState::Granted(QoS::AtLeastOnce))];
        views.wait_for(|views| states(views) == granted).await.unwrap();

        link.close();
        let (mut link, _) = peer.welcome(version, true).await;
        online(&session).await;

        link.expect_silence(Duration::from_millis(50)).await;
        views.wait_for(|views| states(views) == granted).await.unwrap();
    }
}

#[tokio::test]
async fn a_session_kept_from_an_earlier_run_is_resumed_and_subscribed_and_published_to() {
    for version in VERSIONS {
        let peer = Peer::listen().await;
        let subscriptions = vec![subscription("a", QoS::AtLeastOnce)];
        let kept = Config { subscriptions, clean_start: false, ..config(&peer, version) };
        let (session, collector) = start(kept);

        let (mut link, connect) = peer.welcome(version, true).await;
        link.grant().await;
        link.publish("a", "queued", QoS::AtLeastOnce, 1).await;

        assert!(!connect.clean_start);
        assert!(online(&session).await.session_present);
        assert_eq!(collector.wait_received(1).await[0].payload, "queued");
        assert!(matches!(link.expect().await, Packet::PubAck(_)));
        let expected = (version == Version::V5).then_some(u32::MAX);
        assert_eq!(connect.properties.session_expiry_interval, expected);
    }
}

#[tokio::test]
async fn a_subscription_without_a_connection_is_remembered() {
    for version in VERSIONS {
        let peer = Peer::listen().await;
        let (session, _) = start(config(&peer, version));
        let (link, _) = peer.welcome(version, false).await;
        online(&session).await;
        link.close();
        failure(&session).await;

        let outcome = session.subscribe(subscription("later", QoS::AtMostOnce)).await;
        let (mut link, _) = peer.welcome(version, false).await;

        assert_eq!(outcome, Err(SubscribeError::NotConnected));
        assert_eq!(link.grant().await.filters[0].filter.as_str(), "later");
    }
}

#[tokio::test]
async fn a_refused_subscription_is_told_and_shown() {
    for version in VERSIONS {
        let peer = Peer::listen().await;
        let (session, _) = start(config(&peer, version));
        let (mut link, _) = peer.welcome(version, false).await;
        online(&session).await;
        let expected = match version {
            Version::V5 => ReasonCode::NOT_AUTHORIZED,
            _ => ReasonCode::UNSPECIFIED_ERROR,
        };

        let server = async {
            let subscribe = link.expect_subscribe().await;
            link.answer_subscribe(subscribe.packet_id, vec![expected]).await;
        };
        let (outcome, ()) =
            tokio::join!(session.subscribe(subscription("secret", QoS::AtMostOnce)), server);

        assert_eq!(outcome, Ok(expected));
        let views = session.subscriptions();
        assert_eq!(states(&views.borrow()), [("secret", SubscriptionState::Refused(expected))]);
    }
}

#[tokio::test]
async fn an_unsubscribed_filter_is_gone() {
    for version in VERSIONS {
        let peer = Peer::listen().await;
        let (session, _) = start(config(&peer, version));
        let (mut link, _) = peer.welcome(version, false).await;
        online(&session).await;
        let (granted, _) =
            tokio::join!(session.subscribe(subscription("a", QoS::AtMostOnce)), link.grant());
        granted.expect("it is answered");

        let server = async {
            let packet = link.expect().await;
            let Packet::Unsubscribe(unsubscribe) = packet else { panic!("{packet:?}") };
            link.answer_unsubscribe(unsubscribe.packet_id, ReasonCode::SUCCESS).await;
            unsubscribe.filters[0].clone()
        };
        let (outcome, filter) = tokio::join!(session.unsubscribe("a".parse().unwrap()), server);

        assert_eq!(outcome, Ok(ReasonCode::SUCCESS));
        assert_eq!(filter.as_str(), "a");
        assert_eq!(states(&session.subscriptions().borrow()), []);
    }
}

#[tokio::test]
async fn the_client_identifier_the_server_chose_is_told() {
    let peer = Peer::listen().await;
    let (session, _) = start(Config { client_id: String::new(), ..config(&peer, Version::V5) });
    let mut link = peer.accept(Version::V5).await;
    link.expect_connect().await;

    // CONNACK with an Assigned Client Identifier.
    link.send_bytes(&[0x20, 8, 0, 0, 5, 0x12, 0, 2, b'i', b'd']).await;

    assert_eq!(&*online(&session).await.client_id, "id");
}

#[tokio::test]
async fn retry_now_does_not_wait() {
    let peer = Peer::listen().await;
    let reconnect = ReconnectPolicy {
        first: Duration::from_hours(1),
        longest: Duration::from_hours(1),
        ..ReconnectPolicy::default()
    };
    let (session, _) = start(Config { reconnect, ..config(&peer, Version::V5) });
    peer.accept(Version::V5).await.close();
    failure(&session).await;

    session.retry_now().await;

    let (_link, _) = peer.welcome(Version::V5, false).await;
    online(&session).await;
}

#[tokio::test]
async fn a_refused_session_stays_so_until_somebody_wants_another_attempt() {
    let peer = Peer::listen().await;
    let (session, _) = start(config(&peer, Version::V311));
    let mut link = peer.accept(Version::V311).await;
    link.expect_connect().await;
    link.send_bytes(&[0x20, 2, 0, 5]).await;
    reach(&session, |state| matches!(state, SessionState::Refused { .. })).await;
    let waited = timeout(Duration::from_millis(150), peer.accept(Version::V311)).await;
    assert!(waited.is_err(), "it came back by itself");

    session.retry_now().await;

    let (_link, _) = peer.welcome(Version::V311, false).await;
    online(&session).await;
}

#[tokio::test]
async fn a_disconnect_while_waiting_ends_the_session() {
    let peer = Peer::listen().await;
    let (session, _) = start(config(&peer, Version::V5));
    peer.accept(Version::V5).await.close();
    let cause = failure(&session).await;
    assert!(matches!(cause, ConnectError::Closed { .. } | ConnectError::Reset { .. }));

    session.disconnect().await;

    assert_eq!(*session.state().borrow(), SessionState::Offline);
}
