//! What can be done to a running broker.

use broker::{
    BrokerError, ClearProgress, ClearRetained, ClearState, DISCONNECT_REASONS, ImportProblem,
    RetainedQuery,
};
use bytes::Bytes;
use wire::{Packet, ReasonCode, Version, packet::Publish};

use crate::peer::{Peer, QOS0, QOS1, persistent, publish, retained, start, will};

fn filter(text: &str) -> wire::TopicFilter {
    text.parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_client_is_kicked_with_every_reason_a_server_has_and_with_no_other() {
    let broker = start();
    let mut told = Vec::new();
    let mut rejected = Vec::new();

    for reason in (0..=u8::MAX).map(ReasonCode) {
        let mut peer = Peer::v5(&broker, "c").await;
        match broker.kick("c", reason).await {
            Ok(true) => told.push(peer.receive_disconnect().await),
            Err(BrokerError::ReasonNotAllowed { reason }) => rejected.push(reason),
            other => panic!("{other:?}"),
        }
        assert_eq!(peer.is_closed().await, told.last() == Some(&reason));
    }

    assert_eq!(told, DISCONNECT_REASONS);
    assert_eq!(rejected.len(), 256 - DISCONNECT_REASONS.len());
}

#[tokio::test(start_paused = true)]
async fn a_deleted_session_is_gone_with_its_subscriptions_online_or_not() {
    let broker = start();
    let mut watcher = Peer::v5(&broker, "w").await;
    watcher.subscribe("will", QOS0).await;
    let mut attempt = persistent(Version::V5, "online");
    attempt.will = Some(will("will", "gone"));
    let mut online = Peer::join(&broker, attempt).await;
    online.subscribe("a", QOS1).await;
    let mut offline = Peer::join(&broker, persistent(Version::V5, "offline")).await;
    offline.subscribe("a", QOS1).await;
    offline.disconnect().await;

    let deleted = [
        broker.delete_session("online").await.unwrap(),
        broker.delete_session("offline").await.unwrap(),
        broker.delete_session("offline").await.unwrap(),
    ];

    assert_eq!(deleted, [true, true, false]);
    assert_eq!(online.receive_disconnect().await, ReasonCode::ADMINISTRATIVE_ACTION);
    assert_eq!(watcher.payloads().await, ["gone"]);
    let activity = broker.snapshot().await.unwrap();
    assert_eq!((activity.online, activity.offline, activity.subscriptions), (1, 0, 1));
}

#[tokio::test(start_paused = true)]
async fn clearing_removes_what_the_filter_matches_and_tells_nobody() {
    let broker = start();
    let mut peer = Peer::v5(&broker, "c").await;
    for number in 0..2_500 {
        peer.publish(retained(&format!("old/{number}"), "x")).await;
    }
    peer.publish(retained("new", "x")).await;
    peer.subscribe("old/1", QOS0).await;
    peer.receive_publish().await;

    let job = broker.clear_retained(ClearRetained { filter: filter("old/#"), notify: false });
    let end = job.finished().await;

    assert_eq!(end, ClearProgress { cleared: 2_500, state: ClearState::Done });
    assert_eq!(broker.snapshot().await.unwrap().retained, 1);
    assert_eq!(peer.receive().await, None);
}

#[tokio::test(start_paused = true)]
async fn clearing_can_tell_subscribers_as_a_client_would() {
    let broker = start();
    let mut peer = Peer::v5(&broker, "c").await;
    peer.publish(retained("a", "x")).await;
    peer.subscribe("#", QOS0).await;
    peer.receive_publish().await;

    broker.clear_retained(ClearRetained { filter: filter("a"), notify: true }).finished().await;

    assert_eq!(peer.messages().await, [("a".to_owned(), String::new())]);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_clearing_stops_in_between_and_says_how_far_it_came() {
    let broker = start();
    let mut peer = Peer::v5(&broker, "c").await;
    for number in 0..3_000 {
        peer.publish(retained(&format!("old/{number}"), "x")).await;
    }

    let job = broker.clear_retained(ClearRetained { filter: filter("#"), notify: false });
    job.progress().wait_for(|progress| progress.cleared > 0).await.unwrap();
    job.cancel();
    let end = job.finished().await;

    assert_eq!(end.state, ClearState::Cancelled);
    assert!((1..3_000).contains(&end.cleared), "{end:?}");
    assert_eq!(broker.snapshot().await.unwrap().retained, 3_000 - end.cleared);
}

#[tokio::test(start_paused = true)]
async fn export_and_import_give_back_every_byte() {
    let (source, target) = (start(), start());
    let mut peer = Peer::v5(&source, "c").await;
    let payloads: [&[u8]; 5] =
        [b"text \"quoted\" \\ \n\xC3\xA9", &[0, 1, 2, 255], b"\xEF\xBB\xBFbom", b"\x7F", b" "];
    for (number, payload) in payloads.into_iter().enumerate() {
        let mut message = Publish { qos: QOS1, ..retained(&format!("t/{number} \u{1F}\"é"), "") };
        message.payload = Bytes::from_static(payload);
        message.properties.payload_format_indicator = Some(number == 0);
        message.properties.user_properties = vec![("k".into(), "\u{1}v".into()); 2];
        message.properties.correlation_data = Some(Bytes::from_static(&[0, 255]));
        message.properties.response_topic = Some("answer".parse().unwrap());
        message.properties.message_expiry_interval = Some(600);
        peer.publish(message).await;
    }
    let (mut first, mut second) = (Vec::new(), Vec::new());

    let written = source.export_retained(filter("#"), &mut first).await.unwrap();
    let report = target.import_retained(&first[..]).await.unwrap();
    target.export_retained(filter("#"), &mut second).await.unwrap();

    assert_eq!((written, report.imported, report.rejected), (5, 5, 0), "{report:?}");
    assert_eq!(String::from_utf8(first).unwrap(), String::from_utf8(second).unwrap());
    let query = RetainedQuery::new(filter("#"));
    let kept = target.retained(query.clone()).await.unwrap().messages;
    let mut original = source.retained(query).await.unwrap().messages;
    for message in &mut original {
        message.publisher = None;
    }
    assert_eq!(kept, original);
}

#[tokio::test(start_paused = true)]
async fn an_import_says_which_lines_it_left_out_and_why() {
    let broker = start();
    let text = concat!(
        "{\"topic\":\"a\",\"payload\":\"1\"}\r\n",
        "\n",
        "nonsense\n",
        "{\"topic\":\"a/#\",\"payload\":\"1\"}\n",
        "{\"topic\":\"$SYS/x\",\"payload\":\"1\"}\n",
        "{\"topic\":\"b\"}\n",
        "{\"topic\":\"b\",\"payload\":\"1\",\"qos\":3}\n",
        "{\"topic\":\"b\",\"payload_base64\":\"?\"}\n",
        "{\"topic\":\"c\",\"payload\":\"2\"}",
    );

    let report = broker.import_retained(text.as_bytes()).await.unwrap();

    assert_eq!((report.imported, report.rejected), (2, 6));
    let lines: Vec<_> = report.details.iter().map(|rejected| rejected.line).collect();
    assert_eq!(lines, [3, 4, 5, 6, 7, 8]);
    assert!(matches!(
        report.details.iter().map(|rejected| &rejected.problem).collect::<Vec<_>>()[..],
        [
            ImportProblem::Json(_),
            ImportProblem::Topic { .. },
            ImportProblem::System,
            ImportProblem::Payload,
            ImportProblem::Qos(3),
            ImportProblem::Base64(_),
        ]
    ));
}

#[tokio::test(start_paused = true)]
async fn an_import_reaches_those_who_subscribe_later_and_the_limit_is_kept() {
    let limits = broker::Limits { retained_messages: 1, ..broker::Limits::default() };
    let config = broker::BrokerConfig { limits, ..broker::BrokerConfig::default() };
    let broker = broker::Broker::start(config);
    let mut early = Peer::v5(&broker, "early").await;
    early.subscribe("#", QOS0).await;
    let lines = "{\"topic\":\"a\",\"payload\":\"1\"}\n{\"topic\":\"b\",\"payload\":\"1\"}\n";

    let report = broker.import_retained(lines.as_bytes()).await.unwrap();
    let mut late = Peer::v5(&broker, "late").await;
    late.subscribe("#", QOS0).await;

    assert!(matches!(
        report.details[..],
        [broker::Rejected { line: 2, problem: ImportProblem::Full }]
    ));
    assert_eq!(early.receive().await, None);
    assert_eq!(late.payloads().await, ["1"]);
    late.send(Packet::Publish(publish("a", "live", QOS0))).await;
    assert_eq!(early.payloads().await, ["live"]);
}
