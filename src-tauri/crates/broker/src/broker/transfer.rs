//! Retained messages to a file and back: one JSON object a line.
//!
//! ```json
//! {"topic":"plant/1/name","qos":1,"payload":"Press","received_us":1767225600000000}
//! {"topic":"plant/1/image","qos":0,"payload_base64":"/9j/4A==","expires_in_s":60}
//! ```
//!
//! A payload is text where it is UTF-8 without control characters, else Base64; either gives back the
//! same bytes. `properties` has the 5.0 properties. What the broker says about itself under `$SYS/`
//! is neither written nor read.

mod line;
mod lines;

use std::{io, sync::Arc};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use wire::{TopicFilter, topic::TopicError};

use self::{
    line::Line,
    lines::{Lines, Next},
};
use super::{Broker, BrokerError};
use crate::{query::RetainedQuery, router::RetainedScan};

/// What became of an import.
#[derive(Debug, Default)]
pub struct ImportReport {
    /// Messages that are retained now.
    pub imported: usize,
    /// Lines that are not.
    pub rejected: usize,
    /// The first of them, at most [`ImportReport::DETAILS`].
    pub details: Vec<Rejected>,
}

/// A line that was not imported.
#[derive(Debug)]
pub struct Rejected {
    /// Its number, from 1.
    pub line: usize,
    /// Why.
    pub problem: ImportProblem,
}

/// Why a line was not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportProblem {
    /// Longer than any message the broker takes.
    #[error("the line is longer than {limit} bytes")]
    TooLong {
        /// What is read.
        limit: usize,
    },
    /// Not the JSON it should be.
    #[error("not a retained message: {0}")]
    Json(serde_json::Error),
    /// A topic that MQTT does not allow.
    #[error("`{topic}` is not a topic: {error}")]
    Topic {
        /// What the line has.
        topic: Box<str>,
        /// What is wrong.
        error: TopicError,
    },
    /// A topic of the broker itself.
    #[error("topics under $SYS belong to the broker")]
    System,
    /// More levels or bytes than the limits of this broker.
    #[error("the topic is longer or deeper than this broker allows")]
    TopicLimit,
    /// A quality of service that is none.
    #[error("{0} is not a QoS")]
    Qos(u8),
    /// No payload, two, or an empty one.
    #[error("it needs one payload that is not empty, as `payload` or `payload_base64`")]
    Payload,
    /// Base64 that is none.
    #[error("not Base64: {0}")]
    Base64(base64::DecodeError),
    /// A property value that MQTT cannot carry, or too many of them.
    #[error("the properties cannot be sent")]
    Properties,
    /// The payload is larger than the largest packet.
    #[error("the payload has {bytes} bytes, more than this broker takes")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The limits of retained messages are reached.
    #[error("the broker retains no more messages")]
    Full,
}

/// Why an export or import ended early.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The file.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The broker.
    #[error("{0}")]
    Broker(#[from] BrokerError),
}

/// Messages that go to or come from the router together.
const BATCH: usize = 256;

/// Bytes of payload after which a batch is full.
const BATCH_BYTES: usize = 1024 * 1024;

impl Broker {
    /// Writes the retained messages that `filter` matches, one a line; returns how many. As in a
    /// subscription, `#` leaves out topics that begin with `$`.
    ///
    /// # Errors
    ///
    /// What the writer says, or that the broker is not running any more.
    pub async fn export_retained<W: AsyncWrite + Unpin>(
        &self,
        filter: TopicFilter,
        mut writer: W,
    ) -> Result<usize, TransferError> {
        let mut query = RetainedQuery { filter, after: None, limit: BATCH };
        let mut count = 0;
        loop {
            let page = self.scan_retained(RetainedScan::page_only(query.clone())).await?;
            query.after = page.messages.last().map(|message| message.topic.clone());
            for message in page.messages {
                if message.topic.as_str().starts_with("$SYS/") {
                    continue;
                }
                let mut line = serde_json::to_vec(&Line::from(message)).map_err(io::Error::from)?;
                line.push(b'\n');
                writer.write_all(&line).await?;
                count += 1;
            }
            if !page.more {
                writer.flush().await?;
                return Ok(count);
            }
        }
    }

    /// Retains what [`Broker::export_retained`] wrote, in place of what the topics have. Nobody is
    /// sent anything: clients get the messages when they subscribe. What cannot be imported is in
    /// the report and does not stop the rest.
    ///
    /// # Errors
    ///
    /// What the reader says, or that the broker is not running any more.
    pub async fn import_retained<R: AsyncRead + Unpin>(
        &self,
        reader: R,
    ) -> Result<ImportReport, TransferError> {
        let limits = &self.shared.config.limits;
        let mut lines = Lines::new(BufReader::new(reader), line::longest(limits));
        let mut report = ImportReport::default();
        let (mut batch, mut numbers, mut bytes) = (Vec::new(), Vec::new(), 0);
        loop {
            let next = lines.next().await?;
            let is_end = matches!(next, Next::End);
            match next {
                Next::Line(text) if text.trim_ascii().is_empty() => {}
                Next::Line(text) => match line::read(text, limits) {
                    Ok((message, received)) => {
                        bytes += message.payload.len();
                        batch.push((Arc::new(message), received));
                        numbers.push(lines.number());
                    }
                    Err(problem) => report.reject(lines.number(), problem),
                },
                Next::TooLong { limit } => {
                    report.reject(lines.number(), ImportProblem::TooLong { limit });
                }
                Next::End => {}
            }
            if is_end || batch.len() >= BATCH || bytes >= BATCH_BYTES {
                bytes = 0;
                let batch = std::mem::take(&mut batch);
                let outcomes = self.visit(move |router| router.import_retained(batch)).await?;
                for (line, outcome) in numbers.drain(..).zip(outcomes) {
                    match outcome {
                        Ok(()) => report.imported += 1,
                        Err(_) => report.reject(line, ImportProblem::Full),
                    }
                }
            }
            if is_end {
                return Ok(report);
            }
        }
    }
}

impl ImportReport {
    /// Rejected lines that are named one by one.
    pub const DETAILS: usize = 1_000;

    fn reject(&mut self, line: usize, problem: ImportProblem) {
        self.rejected += 1;
        if self.details.len() < Self::DETAILS {
            self.details.push(Rejected { line, problem });
        }
    }
}
