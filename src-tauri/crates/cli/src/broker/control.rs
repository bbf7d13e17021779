//! Commands for a running broker, one JSON object a line on the standard input, each answered with
//! one line: `{"answer": …}` or `{"failure": …}`, with the `id` of the command when it has one.

use std::io::{BufRead as _, Read as _};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::mpsc;
use workbench::{
    Failure, FailureCode,
    local_broker::LocalBroker,
    views::{BrokerPublish, PayloadFormat, PayloadInput},
};

use crate::output;

/// Bytes of the longest line that is read.
const LONGEST_LINE: u64 = 16 * 1024 * 1024;

/// Lines read before they are obeyed.
const LINES_AHEAD: usize = 16;

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    id: Value,
    #[serde(flatten)]
    command: Command,
}

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Command {
    Clients {
        #[serde(default)]
        search: String,
    },
    Client {
        client_id: String,
    },
    Subscriptions {
        #[serde(default)]
        search: String,
        after: Option<String>,
    },
    Retained {
        #[serde(default)]
        filter: String,
        after: Option<String>,
    },
    Packets {
        client_id: String,
        #[serde(default)]
        after: u64,
    },
    Packet {
        client_id: String,
        seq: u64,
    },
    Attempt {
        attempt: u64,
    },
    Kick {
        client_id: String,
        #[serde(default = "administrative_action")]
        reason: u8,
    },
    DeleteSession {
        client_id: String,
    },
    Publish {
        topic: String,
        #[serde(default)]
        payload: String,
        #[serde(default)]
        qos: u8,
        #[serde(default)]
        retain: bool,
    },
    ClearRetained {
        filter: String,
    },
    CancelClearing,
    ExportRetained {
        #[serde(default)]
        filter: String,
        path: std::path::PathBuf,
    },
    ImportRetained {
        path: std::path::PathBuf,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Answer {
    Answer(Value),
    Failure(Failure),
}

#[derive(Serialize)]
struct Reply {
    #[serde(skip_serializing_if = "Value::is_null")]
    id: Value,
    #[serde(flatten)]
    answer: Answer,
}

/// Does what the standard input says; when that ends, waits for ever.
pub(super) async fn obey(broker: &LocalBroker) {
    let mut lines = lines();
    while let Some(line) = lines.recv().await {
        let reply = match serde_json::from_slice::<Line>(&line) {
            Ok(Line { id, command }) => Reply { id, answer: answer(broker, command).await },
            Err(error) => {
                let message = format!("That is no command: {error}.");
                let failure = Failure::new(FailureCode::InvalidField, message);
                Reply { id: Value::Null, answer: Answer::Failure(failure) }
            }
        };
        output::json(&reply);
    }
    std::future::pending::<()>().await;
}

/// Reads on a thread of its own, which nobody waits for: a read cannot be cancelled.
fn lines() -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel(LINES_AHEAD);
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        loop {
            let mut line = Vec::new();
            let read = input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
            let is_line = matches!(read, Ok(1..)) && (line.len() as u64) < LONGEST_LINE;
            // A blank line says nothing.
            let says = line.iter().any(|byte| !byte.is_ascii_whitespace());
            if !is_line || (says && sender.blocking_send(line).is_err()) {
                return;
            }
        }
    });
    receiver
}

async fn answer(broker: &LocalBroker, command: Command) -> Answer {
    match perform(broker, command).await {
        Ok(value) => Answer::Answer(value),
        Err(failure) => Answer::Failure(failure),
    }
}

async fn perform(broker: &LocalBroker, command: Command) -> Result<Value, Failure> {
    match command {
        Command::Clients { search } => value(broker.activity(&search).await?.clients),
        Command::Client { client_id } => value(broker.client(&client_id).await?),
        Command::Subscriptions { search, after } => {
            value(broker.subscriptions(&search, after.as_deref()).await?)
        }
        Command::Retained { filter, after } => {
            value(broker.retained(&filter, after.as_deref()).await?)
        }
        Command::Packets { client_id, after } => value(broker.packets(&client_id, after).await?),
        Command::Packet { client_id, seq } => value(broker.packet(&client_id, seq).await?),
        Command::Attempt { attempt } => value(broker.attempt(attempt).await?),
        Command::Kick { client_id, reason } => value(broker.kick(&client_id, reason).await?),
        Command::DeleteSession { client_id } => value(broker.delete_session(&client_id).await?),
        Command::Publish { topic, payload, qos, retain } => {
            let payload = PayloadInput { format: PayloadFormat::Text, text: payload };
            value(broker.publish(&BrokerPublish { topic, payload, qos, retain }).await?)
        }
        Command::ClearRetained { filter } => value(broker.clear_retained(&filter).await?),
        Command::CancelClearing => {
            broker.cancel_clearing().await;
            Ok(Value::Null)
        }
        Command::ExportRetained { filter, path } => {
            value(broker.export_retained(&filter, &path).await?)
        }
        Command::ImportRetained { path } => value(broker.import_retained(&path).await?),
    }
}

fn value(answer: impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(answer)
        .map_err(|error| Failure::new(FailureCode::Internal, error.to_string()))
}

const fn administrative_action() -> u8 {
    0x98
}
