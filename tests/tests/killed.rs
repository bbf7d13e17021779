//! What a killed process may not lose.

use std::{collections::BTreeSet, path::Path, time::Duration};

use acceptance::{
    AppUnderTest, Mosquitto,
    client::{Client, config},
    trouble::{Result, Trouble},
    wait::{self, Look},
    webdriver::Window,
};
use history::{History, OpenMode};
use serde_json::json;
use wire::{QoS, Version};

const MESSAGES: u32 = 2_000;

/// The broker keeps a message until the application acknowledges it, and the application does that
/// only when the message is stored. So after a crash and a second start all of them are there.
#[tokio::test(flavor = "multi_thread")]
async fn real_window_killed_during_traffic_has_every_message_after_the_next_start() {
    // Arrange
    let broker = Mosquitto::start().unwrap();
    let app = AppUnderTest::new().unwrap();
    let running = app.start().unwrap();
    let id = connect(running.window().unwrap(), broker.port()).unwrap();
    let publisher = Client::connect(config(broker.port(), Version::V5, "publisher")).await.unwrap();

    // Act
    let traffic = tokio::spawn(async move {
        for number in 0..MESSAGES {
            publisher
                .publish("flow/1", number.to_string().as_bytes(), QoS::AtLeastOnce, false)
                .await?;
        }
        Ok::<_, Trouble>(())
    });
    let stored = app.data().join("history.sqlite");
    while recorded(&stored, &id).await.unwrap().len() < 200 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(!traffic.is_finished(), "the crash has to come during the traffic");
    running.kill().unwrap();
    traffic.await.unwrap().unwrap();

    // Assert: what was not acknowledged comes again
    let running = app.start().unwrap();
    running.window().unwrap().invoke("connect", &json!({ "connection": id })).unwrap();
    let complete: BTreeSet<u32> = (0..MESSAGES).collect();
    let mut numbers = BTreeSet::new();
    for _ in 0..100 {
        numbers = recorded(&stored, &id).await.unwrap();
        if numbers == complete {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    running.quit().unwrap();
    let missing: Vec<&u32> = complete.difference(&numbers).collect();
    assert!(missing.is_empty(), "{} are missing, first {:?}", missing.len(), missing.first());
}

/// A connection that keeps its session and is subscribed, online.
fn connect(window: &Window, port: u16) -> Result<String> {
    let draft = json!({
        "id": null, "name": "crash", "host": "127.0.0.1", "port": port, "version": "v5", "clientId": "crash",
        "username": null, "password": { "action": "keep" }, "keepAliveSeconds": 60, "cleanStart": false,
    });
    // The page has to be there before it can call.
    window.part("welcome-start")?;
    let connection = window.invoke("save_connection", &json!({ "draft": draft }))?;
    let id =
        connection.get("id").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    window.invoke("subscribe", &json!({ "connection": id, "filter": "flow/#", "qos": 1 }))?;
    window.invoke("connect", &json!({ "connection": id }))?;
    wait::until("the granted subscription", Duration::from_secs(10), || {
        let start = window.invoke("app_start", &json!({}))?;
        let state = start.pointer("/connections/0/subscriptions/0/state/state").cloned();
        let granted = state.as_ref().and_then(serde_json::Value::as_str) == Some("granted");
        Ok(if granted { Look::Found(()) } else { Look::NotYet(format!("{state:?}")) })
    })?;
    Ok(id)
}

/// The numbers that are in the history, read beside the running application.
async fn recorded(file: &Path, connection: &str) -> Result<BTreeSet<u32>> {
    let unexpected = |error: String| Trouble::Unexpected(error);
    let history = History::open(file, OpenMode::ReadOnly)
        .await
        .map_err(|error| unexpected(error.to_string()))?;
    let connection =
        history.connection(connection).await.map_err(|error| unexpected(error.to_string()))?;
    let mut numbers = BTreeSet::new();
    if let Some(bounds) =
        history.bounds(connection).await.map_err(|error| unexpected(error.to_string()))?
    {
        let mut from = bounds.first;
        while from <= bounds.last {
            let rows = history.page(connection, from, history::PAGE_ROWS).await;
            for row in rows.map_err(|error| unexpected(error.to_string()))? {
                numbers.extend(
                    std::str::from_utf8(&row.head).ok().and_then(|text| text.parse::<u32>().ok()),
                );
            }
            from += u64::from(history::PAGE_ROWS);
        }
    }
    history.close().await;
    Ok(numbers)
}
