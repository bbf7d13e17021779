//! A workbench in a folder of its own, and ways to wait for what it does.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "support of tests")]

use std::{sync::Arc, time::Duration};

use tempfile::TempDir;
use tokio::time::{sleep, timeout};
use workbench::{
    Folders, Workbench,
    views::{
        BrokerSettings, BrokerStatus, Connection, ConnectionDraft, ListenerState, MqttVersion,
        PasswordChange, PayloadFormat, PayloadInput, PublishRequest, SessionView,
        SubscriptionState,
    },
};

/// Longer than anything here takes, shorter than a person waits for a hanging test.
const PATIENCE: Duration = Duration::from_secs(20);

/// A folder that outlives the workbenches opened in it.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn folders(&self) -> Folders {
        Folders { config: self.0.path().join("config"), data: self.0.path().join("data") }
    }

    pub(crate) fn history(&self) -> std::path::PathBuf {
        self.folders().data.join("history.sqlite")
    }

    /// A workbench whose broker will take a free port.
    pub(crate) async fn open(&self) -> Arc<Workbench> {
        let workbench = Workbench::open(self.folders()).await.unwrap();
        let settings = tcp_only(0);
        workbench.save_broker_settings(settings).await.unwrap();
        workbench
    }
}

/// Waits until `look` finds something.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let search = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, search).await.unwrap_or_else(|_| panic!("never: {what}"))
}

pub(crate) async fn session(
    workbench: &Workbench,
    id: &str,
    wanted: impl Fn(&SessionView) -> bool,
) -> SessionView {
    eventually("the session gets there", async || {
        Some(workbench.app_start().await.sessions[id].clone()).filter(|view| wanted(view))
    })
    .await
}

pub(crate) async fn online(workbench: &Workbench, id: &str) {
    session(workbench, id, |view| matches!(view, SessionView::Online { .. })).await;
}

/// A workbench that is connected to its own broker and subscribed to everything.
pub(crate) async fn online_locally(workbench: &Arc<Workbench>) -> Connection {
    let local = workbench.start_local(false).await.unwrap();
    eventually("`#` is granted", async || {
        let mut connections = workbench.connections().into_iter();
        let connection = connections.find(|connection| connection.id == local.id)?;
        let granted = SubscriptionState::Granted { qos: 2 };
        (connection.subscriptions.first()?.state == granted).then_some(connection)
    })
    .await
}

pub(crate) async fn broker_port(workbench: &Workbench) -> u16 {
    match workbench.broker_view().await.status {
        BrokerStatus::On { listeners, .. } => {
            let ListenerState::Listening { address, .. } = &listeners[0].state else {
                panic!("the listener is {:?}", listeners[0]);
            };
            address.rsplit(':').next().unwrap().parse().unwrap()
        }
        other => panic!("the broker is {other:?}"),
    }
}

/// The default settings with another TCP port.
pub(crate) fn tcp_only(port: u16) -> BrokerSettings {
    let mut settings = BrokerSettings::default();
    settings.listeners[0].port = port;
    settings
}

pub(crate) fn draft(port: u16) -> ConnectionDraft {
    ConnectionDraft {
        id: None,
        name: String::new(),
        host: "127.0.0.1".into(),
        port,
        version: MqttVersion::V5,
        client_id: String::new(),
        username: None,
        password: PasswordChange::Keep,
        keep_alive_seconds: 60,
        clean_start: true,
    }
}

pub(crate) fn text(topic: &str, text: &str, qos: u8) -> PublishRequest {
    let payload = PayloadInput { format: PayloadFormat::Text, text: text.into() };
    PublishRequest { topic: topic.into(), payload, qos, retain: false }
}

/// A decoded feed: what the window would show.
#[derive(Debug)]
pub(crate) struct Feed {
    pub(crate) received: u64,
    pub(crate) stored: u64,
    pub(crate) dropped: u64,
    pub(crate) first_seq: u64,
    pub(crate) last_seq: u64,
    pub(crate) rows: Vec<Row>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) seq: u64,
    pub(crate) kind: u8,
    pub(crate) topic: String,
    pub(crate) preview: String,
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are whole numbers"
)]
pub(crate) async fn feed(workbench: &Workbench, id: &str, from: Option<u64>, count: u16) -> Feed {
    let bytes = workbench.pull_feed(id, from, count).await.unwrap();
    let number = |at: usize| f64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as u64;
    let short = |at: usize| usize::from(u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap()));
    let mut at = 80;
    let rows = (0..short(2)).map(|_| {
        let (topic, preview) = (short(at + 28), short(at + 30));
        let text = |from: usize, length: usize| {
            String::from_utf8(bytes[from..from + length].to_vec()).unwrap()
        };
        let row = Row {
            seq: number(at),
            kind: bytes[at + 16],
            topic: text(at + 32, topic),
            preview: text(at + 32 + topic, preview),
        };
        at += 32 + topic + preview;
        row
    });
    let rows = rows.collect();
    Feed {
        received: number(24),
        stored: number(40),
        dropped: number(48),
        first_seq: number(56),
        last_seq: number(64),
        rows,
    }
}

/// The newest row with this topic.
pub(crate) async fn row(workbench: &Workbench, id: &str, topic: &str) -> Row {
    eventually("the row is there", async || {
        let feed = feed(workbench, id, None, 500).await;
        feed.rows.into_iter().rev().find(|row| row.topic == topic && row.kind == 0)
    })
    .await
}
