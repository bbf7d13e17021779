//! The retained messages: looked at, cleared, written to a file and read from one.

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use broker::{ClearJob, ClearRetained, ClearState, RetainedQuery, TransferError};
use payload::Kind;
use tokio::{
    fs::File,
    io::{AsyncWriteExt as _, BufWriter},
};
use wire::{Timestamp, TopicFilter, TopicName};

use super::{
    LocalBroker,
    describe::{count, milliseconds},
};
use crate::{
    Failure, client, explain, files,
    views::{ImportReport, RejectedLine, RetainedMessage, RetainedPage, Transfer},
};

/// Messages in one page.
const PAGE: usize = 200;

/// The clearing that runs or ran last.
#[derive(Default)]
pub(super) struct Clearing(Mutex<Option<Job>>);

struct Job {
    job: ClearJob,
    /// How many there were to remove.
    total: u32,
}

impl Clearing {
    pub(super) fn view(&self) -> Option<Transfer> {
        let job = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        job.as_ref().map(Job::view)
    }

    pub(super) fn cancel(&self) {
        if let Some(job) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            job.job.cancel();
        }
    }

    fn replace(&self, job: Job) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(job);
    }
}

impl Job {
    fn view(&self) -> Transfer {
        let progress = *self.job.progress().borrow();
        let done = count(progress.cleared);
        match progress.state {
            ClearState::Running => Transfer::Clearing { done, total: self.total.max(done) },
            ClearState::Done => Transfer::Cleared { done, cancelled: false },
            ClearState::Cancelled | ClearState::BrokerStopped => {
                Transfer::Cleared { done, cancelled: true }
            }
        }
    }
}

impl LocalBroker {
    /// Retained messages that `filter` matches (all without one), after topic `after`.
    pub async fn retained(
        &self,
        filter: &str,
        after: Option<&str>,
    ) -> Result<RetainedPage, Failure> {
        let query = RetainedQuery {
            after: after.map(topic_from).transpose()?,
            limit: PAGE,
            ..RetainedQuery::new(filter_or_all(filter)?)
        };
        let locked = self.running().await;
        let page = locked.get()?.broker.retained(query).await?;
        let last = page.messages.last().filter(|_| page.more);
        Ok(RetainedPage {
            next: last.map(|last| last.topic.to_string()),
            total: count(page.total),
            messages: page.messages.iter().map(message).collect(),
        })
    }

    /// Begins to remove the retained messages that `filter` matches.
    pub async fn clear_retained(&self, filter: &str) -> Result<(), Failure> {
        let filter = filter_or_all(filter)?;
        let locked = self.running().await;
        let running = locked.get()?;
        running.clearing.cancel();
        let count_only = RetainedQuery { limit: 0, ..RetainedQuery::new(filter.clone()) };
        let total = count(running.broker.retained(count_only).await?.total);
        let job = running.broker.clear_retained(ClearRetained { filter, notify: false });
        running.clearing.replace(Job { job, total });
        Ok(())
    }

    /// Stops removing.
    pub async fn cancel_clearing(&self) {
        if let Ok(running) = self.running().await.get() {
            running.clearing.cancel();
        }
    }

    /// Writes the retained messages that `filter` matches; returns how many.
    pub async fn export_retained(&self, filter: &str, path: &Path) -> Result<u32, Failure> {
        let filter = filter_or_all(filter)?;
        let beside = path.with_extension("part");
        let unwritable = |error: std::io::Error| files::unwritable(path, &error);
        let mut file = BufWriter::new(File::create(&beside).await.map_err(unwritable)?);
        let exported = {
            let locked = self.running().await;
            locked.get()?.broker.export_retained(filter, &mut file).await
        };
        let exported = exported.map_err(|error| match error {
            TransferError::Io(error) => unwritable(error),
            TransferError::Broker(error) => error.into(),
        })?;
        file.flush().await.map_err(unwritable)?;
        file.into_inner().sync_all().await.map_err(unwritable)?;
        tokio::fs::rename(&beside, path).await.map_err(unwritable)?;
        Ok(count(exported))
    }

    /// Retains the messages in a file.
    pub async fn import_retained(&self, path: &Path) -> Result<ImportReport, Failure> {
        let file = File::open(path).await.map_err(|error| files::unreadable(path, &error))?;
        let locked = self.running().await;
        let report = locked.get()?.broker.import_retained(file).await;
        let report = report.map_err(|error| match error {
            TransferError::Io(error) => files::unreadable(path, &error),
            TransferError::Broker(error) => error.into(),
        })?;
        let rejected = report.details.iter().map(|rejected| RejectedLine {
            line: count(rejected.line),
            reason: rejected.problem.to_string(),
        });
        Ok(ImportReport {
            imported: count(report.imported),
            failed: count(report.rejected),
            rejected: rejected.collect(),
        })
    }
}

fn message(message: &broker::RetainedMessage) -> RetainedMessage {
    let now = Timestamp::now();
    let preview = payload::preview(&message.payload, payload::PREVIEW_BYTES);
    let expires = message
        .expires_in
        .map(|left| milliseconds(now) + i64::try_from(left.as_millis()).unwrap_or(i64::MAX / 2));
    RetainedMessage {
        topic: message.topic.to_string(),
        qos: message.qos as u8,
        size: count(message.payload.len()),
        preview: preview.text,
        format: match preview.kind {
            Kind::Empty => "empty",
            Kind::Text => "text",
            Kind::Json => "json",
            Kind::Binary => "binary",
        }
        .into(),
        received: milliseconds(message.received),
        expires,
        publisher: message.publisher.as_deref().map(Into::into),
        properties: crate::rows::properties(&message.properties),
    }
}

fn filter_or_all(filter: &str) -> Result<TopicFilter, Failure> {
    client::filter_from(if filter.trim().is_empty() { "#" } else { filter.trim() })
}

fn topic_from(topic: &str) -> Result<TopicName, Failure> {
    topic.parse().map_err(|error| explain::invalid_topic(topic, &error))
}
