//! `tscope sub`: prints what arrives. A message is acknowledged after it was printed.

use std::{pin::Pin, sync::Arc};

use base64::Engine as _;
use serde::Serialize;
use tokio::sync::mpsc;
use workbench::{
    Failure,
    client::{AckHandle, Client, Direction, Message, Sink, filter_from, qos_from},
};

use crate::{arguments::SubOptions, broker::Interruption, output};

/// Messages that may wait to be printed before the socket is no longer read.
const WAITING: usize = 4096;
/// Room for what one read of the socket holds.
const RESERVED: usize = 2048;

pub(crate) async fn run(options: SubOptions) -> Result<(), Failure> {
    let filters: Vec<_> =
        options.topics.iter().map(|text| filter_from(text)).collect::<Result<_, _>>()?;
    let qos = qos_from(options.qos)?;
    let mut interruption = Interruption::listen()?;
    let (printer, mut messages) = mpsc::channel(WAITING + RESERVED);
    let mut config = options.server.config()?;
    config.ack_after_commit = true;
    let client = Client::start(config, Arc::new(Printer(printer)), 1)?;
    let listen = async {
        client.online().await?;
        for filter in &filters {
            let granted = client.subscribe(filter, qos).await?;
            if granted < qos {
                output::note(&format!("{filter}: the server granted QoS {}", granted as u8));
            }
        }
        let mut left = options.count.unwrap_or(u64::MAX);
        while left > 0 {
            let (message, ack): (Arc<Message>, Option<AckHandle>) = tokio::select! {
                received = messages.recv() => match received {
                    Some(received) => received,
                    None => break,
                },
                failure = client.lost() => return Err(failure),
            };
            if !print(&message, options.json) {
                break;
            }
            if let Some(ack) = ack {
                ack.complete();
            }
            left -= 1;
        }
        Ok(())
    };
    let outcome = tokio::select! {
        outcome = listen => outcome,
        () = interruption.heard() => Ok(()),
    };
    client.disconnect().await;
    outcome
}

/// Hands received messages to the printing task.
struct Printer(mpsc::Sender<(Arc<Message>, Option<AckHandle>)>);

impl Sink for Printer {
    fn accept(&self, message: Arc<Message>, ack: Option<AckHandle>) {
        if message.direction == Direction::Received && self.0.try_send((message, ack)).is_err() {
            output::note("a message was not printed: the output is too slow");
        }
    }

    fn has_room(&self) -> bool {
        self.0.is_closed() || self.0.capacity() > RESERVED
    }

    fn ready(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            // Resolves when there is room, or nobody prints any more.
            let _ = self.0.reserve_many(RESERVED + 1).await;
        })
    }
}

/// One message as JSON.
#[derive(Serialize)]
struct Line<'a> {
    /// ms since the epoch, the µs as fraction.
    time: f64,
    topic: &'a str,
    qos: u8,
    retain: bool,
    dup: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    packet_id: Option<u16>,
    size: usize,
    /// There when the payload is UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a str>,
    /// There when it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_base64: Option<String>,
}

fn print(message: &Message, json: bool) -> bool {
    if !json {
        let mut line = Vec::with_capacity(message.topic.len() + 1 + message.payload.len());
        line.extend(message.topic.as_bytes());
        line.push(b' ');
        line.extend(&message.payload);
        return output::line(&line);
    }
    let text = std::str::from_utf8(&message.payload).ok();
    let line = Line {
        time: message.time.as_millis_f64(),
        topic: &message.topic,
        qos: message.qos as u8,
        retain: message.retain,
        dup: message.dup,
        packet_id: message.packet_id.map(u16::from),
        size: message.payload.len(),
        payload: text,
        payload_base64: text
            .is_none()
            .then(|| base64::engine::general_purpose::STANDARD.encode(&message.payload)),
    };
    serde_json::to_vec(&line).is_ok_and(|line| output::line(&line))
}
