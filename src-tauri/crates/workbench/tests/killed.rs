//! A killed process loses no message it has acknowledged (promise 3 of `architecture.md`).

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::{
    collections::BTreeSet,
    path::Path,
    process::{Child, Command},
    sync::Arc,
    time::Duration,
};

use support::{draft, eventually, feed};
use workbench::{
    Folders, Workbench,
    client::{AckHandle, Client, Config, Message, Sink, config},
    local_broker::{LocalBroker, Plan, PlannedListener, Status},
    views::{ConnectionDraft, MqttVersion},
};

/// Tells the child where to record, and from which port.
const FOLDER: &str = "TOPICSCOPE_TEST_FOLDER";
const PORT: &str = "TOPICSCOPE_TEST_PORT";
const MESSAGES: u32 = 2000;

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_message_is_missing_after_a_kill_during_traffic() {
    // Arrange
    let folder = tempfile::tempdir().unwrap();
    let broker = LocalBroker::default();
    let listeners = vec![PlannedListener::tcp("127.0.0.1:0".parse().unwrap())];
    broker.start(Plan { listeners, ..Plan::default() }).await.unwrap();
    let Status::On(on) = broker.status().await else { panic!("it is off") };
    let port = on.tcp_port().unwrap();
    let mut recorder = Some(Recorder::start(folder.path(), port));
    eventually("the recorder has subscribed", async || {
        let clients = broker.activity("").await.unwrap().clients;
        clients.iter().any(|client| client.subscriptions == 1).then_some(())
    })
    .await;

    // Act
    let publisher = Client::start(server(port), Arc::new(Nothing), 1).unwrap();
    publisher.online().await.unwrap();
    for number in 0..MESSAGES {
        if number == MESSAGES / 2 {
            drop(recorder.take());
        }
        let payload = number.to_string().into();
        publisher.publish_bytes("count", payload, 1, false).await.unwrap();
    }
    publisher.disconnect().await;
    let workbench = Workbench::open(folders(folder.path())).await.unwrap();
    let id = workbench.connections()[0].id.clone();
    let kept = numbers(&workbench, &id).await;
    workbench.connect(&id).await.unwrap();

    // Assert: what was acknowledged is not sent again, so it can only come from the history.
    assert!(!kept.is_empty() && kept.len() < MESSAGES as usize, "{} were kept", kept.len());
    let all: BTreeSet<u32> = (0..MESSAGES).collect();
    eventually("every message is in the history", async || {
        (numbers(&workbench, &id).await == all).then_some(())
    })
    .await;
    workbench.close().await;
    broker.stop().await;
}

/// The process that is killed; does nothing as a test.
#[tokio::test(flavor = "multi_thread")]
async fn recorder_process() {
    let (Ok(folder), Ok(port)) = (std::env::var(FOLDER), std::env::var(PORT)) else { return };
    let workbench = Workbench::open(folders(folder.as_ref())).await.unwrap();
    let draft = ConnectionDraft { clean_start: false, ..draft(port.parse().unwrap()) };
    let connection = workbench.save_connection(draft).await.unwrap();
    workbench.subscribe(&connection.id, "count", 1).await.unwrap();
    workbench.connect(&connection.id).await.unwrap();
    // Ends by itself should the parent be gone.
    tokio::time::sleep(Duration::from_mins(1)).await;
}

/// A recorder that is killed (SIGKILL) when it is dropped.
struct Recorder(Child);

impl Recorder {
    fn start(folder: &Path, port: u16) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "recorder_process", "--nocapture"]);
        command.env(FOLDER, folder).env(PORT, port.to_string());
        Self(command.spawn().unwrap())
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

async fn numbers(workbench: &Workbench, id: &str) -> BTreeSet<u32> {
    let mut numbers = BTreeSet::new();
    let mut from = 1;
    loop {
        let feed = feed(workbench, id, Some(from), 500).await;
        let rows = feed.rows.iter().filter(|row| row.topic == "count" && row.kind == 0);
        numbers.extend(rows.map(|row| row.preview.parse::<u32>().unwrap()));
        from += 500;
        if from > feed.last_seq {
            return numbers;
        }
    }
}

fn folders(folder: &Path) -> Folders {
    Folders { config: folder.join("config"), data: folder.join("data") }
}

fn server(port: u16) -> Config {
    config(&format!("127.0.0.1:{port}").parse().unwrap(), MqttVersion::V5)
}

struct Nothing;

impl Sink for Nothing {
    fn accept(&self, _: Arc<Message>, _: Option<AckHandle>) {}
}
