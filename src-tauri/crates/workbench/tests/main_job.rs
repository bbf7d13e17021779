//! The main job, without a window: broker on, connect, subscribe, publish, see, restart, still there.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use support::{Home, draft, eventually, feed, online, online_locally, row, session, text};
use workbench::views::{MessageDirection, SessionView, SubscriptionState};

#[tokio::test(flavor = "multi_thread")]
async fn a_published_message_is_seen_and_still_there_after_a_restart() {
    // Arrange
    let home = Home::new();
    let workbench = home.open().await;
    let local = online_locally(&workbench).await;

    // Act
    workbench.subscribe(&local.id, "plant/#", 1).await.unwrap();
    let receipt =
        workbench.publish(&local.id, text("plant/1/temp", r#"{"t":21.5}"#, 1)).await.unwrap();
    let seen = row(&workbench, &local.id, "plant/1/temp").await;
    let detail = workbench.message_detail(&local.id, seen.seq).await.unwrap();

    // Assert
    assert_eq!(receipt.bytes, 10);
    assert!(receipt.acknowledged_ms.is_some());
    assert_eq!(seen.preview, r#"{"t":21.5}"#);
    assert_eq!((detail.direction, detail.qos, detail.size), (MessageDirection::Received, 1, 10));

    // Act: again
    workbench.close().await;
    drop(workbench);
    let workbench = home.open().await;

    // Assert
    let start = workbench.app_start().await;
    assert_eq!(start.connections[0].id, local.id);
    assert_eq!(start.sessions[&local.id], SessionView::Offline);
    let again = row(&workbench, &local.id, "plant/1/temp").await;
    assert_eq!(again, seen);
    assert!(workbench.message_detail(&local.id, seen.seq).await.unwrap().stored);
    let payload = workbench.read_payload(&local.id, seen.seq).await.unwrap();
    assert_eq!(payload, &br#"{"t":21.5}"#[..]);
    workbench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_go_on_where_they_ended_before_the_restart() {
    let home = Home::new();
    let workbench = home.open().await;
    let local = online_locally(&workbench).await;
    workbench.publish(&local.id, text("a", "1", 1)).await.unwrap();
    workbench.close().await;
    drop(workbench);

    let workbench = home.open().await;
    let before = feed(&workbench, &local.id, None, 500).await;
    online_locally(&workbench).await;
    workbench.publish(&local.id, text("a", "2", 1)).await.unwrap();
    row(&workbench, &local.id, "a").await;
    let after = feed(&workbench, &local.id, Some(1), 500).await;

    let seqs: Vec<u64> = after.rows.iter().map(|row| row.seq).collect();
    assert_eq!(seqs, (1..=after.last_seq).collect::<Vec<_>>());
    assert!(after.last_seq > before.last_seq);
    assert_eq!(after.rows[..before.rows.len()], before.rows);
    workbench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_received_and_stored_whole() {
    let home = Home::new();
    let workbench = home.open().await;
    let local = online_locally(&workbench).await;

    for number in 0..500 {
        workbench.publish(&local.id, text("flood", &number.to_string(), 0)).await.unwrap();
    }

    let last = eventually("everything is stored", async || {
        let feed = feed(&workbench, &local.id, None, 500).await;
        Some(feed).filter(|feed| feed.received == 500 && feed.stored == 500)
    })
    .await;
    assert_eq!(last.dropped, 0);
    workbench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_comes_back_finds_the_subscriptions_again() {
    let home = Home::new();
    let workbench = home.open().await;
    let local = online_locally(&workbench).await;
    let port = support::broker_port(&workbench).await;
    workbench.save_broker_settings(support::tcp_only(port)).await.unwrap();

    workbench.stop_broker().await.unwrap();
    session(&workbench, &local.id, |view| matches!(view, SessionView::Backoff { .. })).await;
    workbench.start_broker().await.unwrap();
    workbench.retry_now(&local.id).await.unwrap();
    online(&workbench, &local.id).await;

    eventually("`#` is granted again", async || {
        let connection = workbench.connections().remove(0);
        (connection.subscriptions[0].state == SubscriptionState::Granted { qos: 2 }).then_some(())
    })
    .await;
    workbench.publish(&local.id, text("back", "again", 1)).await.unwrap();
    row(&workbench, &local.id, "back").await;
    workbench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_connection_takes_its_messages_with_it() {
    let home = Home::new();
    let workbench = home.open().await;
    let local = online_locally(&workbench).await;
    workbench.publish(&local.id, text("a", "1", 1)).await.unwrap();

    workbench.delete_connection(&local.id).await.unwrap();

    assert!(workbench.connections().is_empty());
    assert!(workbench.pull_feed(&local.id, None, 10).await.is_err());
    workbench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_connections_see_the_same_message_each_in_its_own_rows() {
    let home = Home::new();
    let workbench = home.open().await;
    let local = online_locally(&workbench).await;
    let port = support::broker_port(&workbench).await;
    let other = workbench.save_connection(draft(port)).await.unwrap();
    workbench.connect(&other.id).await.unwrap();
    online(&workbench, &other.id).await;
    workbench.subscribe(&other.id, "shared/+", 0).await.unwrap();

    workbench.publish(&local.id, text("shared/1", "both", 0)).await.unwrap();

    assert_eq!(row(&workbench, &local.id, "shared/1").await.preview, "both");
    assert_eq!(row(&workbench, &other.id, "shared/1").await.preview, "both");
    workbench.close().await;
}
