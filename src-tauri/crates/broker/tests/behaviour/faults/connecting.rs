//! Connections that are refused, ignored or cut again and again.

use std::time::Duration;

use broker::{
    BrokerEvent, ConnectFailure, DisconnectCause, FaultClose, FaultEffect, FaultMoment,
    FaultPacket, FaultRule,
};
use wire::{Packet, ReasonCode, Version};

use super::{always, at, fired, start};
use crate::peer::{Peer, QOS0, clients, connect, persistent, publish, will};

#[tokio::test(start_paused = true)]
async fn a_connect_is_refused_with_the_code_of_its_version() {
    let refuse = FaultEffect::RefuseConnect { reason: 0x97 };
    let broker = start([always(refuse)]);
    let mut events = broker.events();
    let mut answers = Vec::new();

    for version in [Version::V31, Version::V311, Version::V5] {
        let mut peer = Peer::dial(&broker, version);
        peer.send(Packet::Connect(Box::new(connect(version, "c")))).await;
        answers.push(peer.receive_raw().await);
        assert!(peer.is_closed().await);
    }

    assert_eq!(answers, [vec![0x20, 2, 0, 3], vec![0x20, 2, 0, 3], vec![0x20, 3, 0, 0x97, 0]]);
    let BrokerEvent::ConnectionFailed { cause, .. } = events.recv().await.unwrap() else {
        panic!("no failure");
    };
    assert!(matches!(cause, ConnectFailure::Refused { reason: ReasonCode(0x97), .. }), "{cause:?}");
    let attempts = broker.failed_attempts();
    assert_eq!(attempts[2].faults[0].effect, refuse);
    assert_eq!((attempts[2].received[0], &attempts[2].answer[..]), (0x10, &answers[2][..]));
}

#[tokio::test(start_paused = true)]
async fn an_ignored_connect_gets_no_answer_and_the_connection_stays_open() {
    let mut rule = always(FaultEffect::IgnoreConnect);
    rule.only.client_id = Some("sensor-*".into());
    let broker = start([rule]);
    let mut ignored = Peer::dial(&broker, Version::V5);

    ignored.send(Packet::Connect(Box::new(connect(Version::V5, "sensor-1")))).await;
    let answer = ignored.receive_within(Duration::from_hours(1)).await;
    ignored.send(Packet::PingReq).await;
    let open = !ignored.is_closed().await;
    let _other = Peer::v5(&broker, "actor-1").await;
    broker.set_faults(Vec::new()).unwrap();

    assert_eq!(answer, None);
    assert!(open);
    assert!(ignored.is_closed().await);
}

#[tokio::test(start_paused = true)]
async fn a_connection_can_be_closed_instead_of_its_connect() {
    for how in [FaultClose::Fin, FaultClose::Rst] {
        let close = FaultEffect::Close { how, moment: FaultMoment::Before };
        let broker = start([at(FaultPacket::Connect, close)]);
        let mut peer = Peer::dial(&broker, Version::V311);

        peer.send(Packet::Connect(Box::new(connect(Version::V311, "c")))).await;

        assert_eq!(peer.receive().await, None);
        assert!(peer.is_closed().await);
        let cause = broker.failed_attempts()[0].cause.clone();
        assert_eq!(cause, ConnectFailure::Fault { rule: "test".into() });
        assert!(clients(&broker).await.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_can_end_right_after_its_connack() {
    let reason = ReasonCode::SERVER_MOVED;
    let rule = at(FaultPacket::ConnAck, FaultEffect::Disconnect { reason: reason.0 });
    let broker = start([rule]);

    let (mut peer, answer) = Peer::attempt(&broker, connect(Version::V5, "c")).await;

    assert_eq!(answer.reason, ReasonCode::SUCCESS);
    assert_eq!(peer.receive_disconnect().await, reason);
    assert!(peer.is_closed().await);
}

#[tokio::test(start_paused = true)]
async fn a_restart_cuts_everybody_and_lets_nobody_in_for_a_while() {
    let restart = FaultEffect::Restart { every_seconds: 30, down_seconds: 5 };
    let broker = start([always(restart)]);
    let mut events = broker.events();
    let mut attempt = persistent(Version::V5, "c");
    attempt.will = Some(will("will", "gone"));
    let mut peer = Peer::join(&broker, attempt.clone()).await;
    peer.subscribe("#", QOS0).await;

    tokio::time::sleep(Duration::from_secs(29)).await;
    peer.send(Packet::Publish(publish("a", "1", QOS0))).await;
    let before = peer.receive_publish().await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let closed = peer.is_closed().await;
    let mut down = Peer::dial(&broker, Version::V5);
    let refused = down.is_closed().await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let (_, again) = Peer::attempt(&broker, attempt).await;

    assert_eq!(&before.payload[..], b"1");
    assert!(closed && refused);
    assert!(again.session_present);
    let mut causes = Vec::new();
    while let Ok(event) = events.try_recv() {
        match event {
            BrokerEvent::ClientDisconnected { cause, .. } => causes.push(Ok(cause)),
            BrokerEvent::ConnectionFailed { cause, .. } => causes.push(Err(cause)),
            _ => {}
        }
    }
    let rule: Box<str> = "test".into();
    assert_eq!(
        causes,
        [
            Ok(DisconnectCause::Fault { rule: rule.clone(), reason: None }),
            Err(ConnectFailure::Fault { rule })
        ]
    );
    assert_eq!(fired(&broker), [1]);
}

#[tokio::test(start_paused = true)]
async fn a_restart_that_is_switched_off_lets_everybody_in_at_once() {
    let restart = FaultEffect::Restart { every_seconds: 10, down_seconds: 9 };
    let rule = FaultRule { at_most: Some(1), ..always(restart) };
    let broker = start([rule.clone()]);

    tokio::time::sleep(Duration::from_secs(11)).await;
    let down = Peer::dial(&broker, Version::V5).is_closed().await;
    broker.set_faults(vec![FaultRule { on: false, ..rule.clone() }]).unwrap();
    tokio::time::sleep(Duration::from_millis(1)).await;
    let _up = Peer::v5(&broker, "c").await;
    let once = fired(&broker);
    broker.set_faults(vec![rule]).unwrap();
    tokio::time::sleep(Duration::from_mins(1)).await;

    assert!(down);
    assert_eq!(once, [1]);
    // Switched on, it begins anew; and again it fires only once.
    assert_eq!(fired(&broker), [1]);
}

#[tokio::test(start_paused = true)]
async fn a_broker_stops_at_once_while_a_restart_goes_on() {
    let restart = FaultEffect::Restart { every_seconds: 10, down_seconds: 9 };
    let broker = start([always(restart)]);

    tokio::time::sleep(Duration::from_secs(11)).await;
    let stopped = tokio::time::timeout(Duration::from_secs(1), broker.stop()).await;

    assert!(stopped.is_ok());
}
