//! What goes wrong is said, and nothing is lost.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::fs;

use support::{Home, draft, eventually, feed, online, online_locally, row, session, text};
use workbench::{
    FailureCode, Workbench,
    views::{
        ConnectionDraft, HistoryChoice, HistoryView, PasswordChange, PayloadFormat, PayloadInput,
        PublishRequest, SessionView,
    },
};

async fn cause_of_failing(draft: ConnectionDraft) -> FailureCode {
    let home = Home::new();
    let workbench = home.open().await;
    let connection = workbench.save_connection(draft).await.unwrap();
    workbench.connect(&connection.id).await.unwrap();
    let view = session(&workbench, &connection.id, |view| {
        matches!(view, SessionView::Backoff { .. } | SessionView::Refused { .. })
    })
    .await;
    workbench.close().await;
    match view {
        SessionView::Backoff { cause, .. } | SessionView::Refused { cause } => cause.code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_nobody_listens_on_is_a_refused_connection() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);

    assert_eq!(cause_of_failing(draft(port)).await, FailureCode::ConnectionRefused);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_does_not_exist_is_named_so() {
    let draft = ConnectionDraft { host: "no-such-host.invalid".into(), ..draft(1883) };

    assert_eq!(cause_of_failing(draft).await, FailureCode::HostNotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_input_is_refused_before_anything_is_sent() {
    let home = Home::new();
    let workbench = home.open().await;
    let local = online_locally(&workbench).await;
    let half_json = PublishRequest {
        payload: PayloadInput { format: PayloadFormat::Json, text: "{\n  \"a\": }".into() },
        ..text("a", "", 0)
    };

    let bad_filter = workbench.subscribe(&local.id, "a/#/b", 0).await.unwrap_err();
    let bad_topic = workbench.publish(&local.id, text("a/+", "", 0)).await.unwrap_err();
    let bad_json = workbench.publish(&local.id, half_json).await.unwrap_err();

    assert_eq!(bad_filter.code, FailureCode::InvalidFilter);
    assert_eq!(bad_topic.code, FailureCode::InvalidTopic);
    assert_eq!((bad_json.code, &*bad_json.details["line"]), (FailureCode::InvalidPayload, "2"));
    workbench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn publishing_while_offline_says_so() {
    let home = Home::new();
    let workbench = home.open().await;
    let connection = workbench.save_connection(draft(1)).await.unwrap();

    let failure = workbench.publish(&connection.id, text("a", "1", 1)).await.unwrap_err();

    assert_eq!(failure.code, FailureCode::NotConnected);
    workbench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn large_and_binary_payloads_arrive_byte_for_byte() {
    let home = Home::new();
    let workbench = home.open().await;
    let local = online_locally(&workbench).await;
    let large = "x".repeat(5 << 20);
    let binary = PublishRequest {
        payload: PayloadInput { format: PayloadFormat::Hex, text: "ff 00 fe 80".into() },
        ..text("binary", "", 1)
    };

    workbench.publish(&local.id, text("large", &large, 1)).await.unwrap();
    workbench.publish(&local.id, binary).await.unwrap();

    let large_row = row(&workbench, &local.id, "large").await;
    let binary_row = row(&workbench, &local.id, "binary").await;
    assert_eq!(workbench.read_payload(&local.id, large_row.seq).await.unwrap(), large);
    assert!(large_row.preview.len() <= 256);
    let payload = workbench.read_payload(&local.id, binary_row.seq).await.unwrap();
    assert_eq!(payload, &[0xff, 0, 0xfe, 0x80][..]);
    workbench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_history_waits_for_a_choice_and_is_never_overwritten() {
    // Arrange
    let home = Home::new();
    fs::create_dir_all(home.history().parent().unwrap()).unwrap();
    fs::write(home.history(), b"these are holiday photos").unwrap();

    // Act
    let workbench = home.open().await;
    let blocked = workbench.app_start().await.history;
    let local = online_locally(&workbench).await;
    workbench.publish(&local.id, text("live", "only", 1)).await.unwrap();
    row(&workbench, &local.id, "live").await;
    let chosen = workbench.choose_history(HistoryChoice::StartNew).await.unwrap();

    // Assert
    let HistoryView::Blocked { cause, choices, .. } = blocked else { panic!("{blocked:?}") };
    assert_eq!(cause.code, FailureCode::HistoryDamaged);
    assert!(choices.contains(&HistoryChoice::StartNew));
    assert!(matches!(chosen, HistoryView::Open { .. }));
    let folder = fs::read_dir(home.history().parent().unwrap()).unwrap();
    let kept = folder
        .map(|entry| entry.unwrap().path())
        .filter(|path| fs::read(path).is_ok_and(|bytes| bytes == b"these are holiday photos"))
        .count();
    assert_eq!(kept, 1);

    // Act: the session goes on and is recorded now
    online(&workbench, &local.id).await;
    workbench.publish(&local.id, text("recorded", "now", 1)).await.unwrap();
    row(&workbench, &local.id, "recorded").await;
    eventually("it is stored", async || {
        let feed = feed(&workbench, &local.id, None, 10).await;
        (feed.stored > 0 && feed.stored == feed.received).then_some(())
    })
    .await;
    workbench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_profile_file_is_kept_aside_and_said() {
    let home = Home::new();
    fs::create_dir_all(home.folders().config).unwrap();
    fs::write(home.folders().config.join("connections.json"), "{ half").unwrap();

    let workbench = Workbench::open(home.folders()).await.unwrap();

    let notices = workbench.app_start().await.notices;
    assert_eq!(notices.len(), 1);
    assert_eq!(fs::read_to_string(&notices[0].details["keptAs"]).unwrap(), "{ half");
    workbench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_never_in_the_profiles() {
    let home = Home::new();
    let workbench = home.open().await;
    let password = PasswordChange::Set { value: "correct horse".into() };
    let with_password = ConnectionDraft { username: Some("ada".into()), password, ..draft(1883) };

    let saved = workbench.save_connection(with_password).await.unwrap();

    let file = fs::read_to_string(home.folders().config.join("connections.json")).unwrap();
    assert!(saved.has_password && file.contains("ada") && !file.contains("correct horse"));
    workbench.close().await;
}
