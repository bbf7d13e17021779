//! What is handed to the writer.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use wire::Message;

use crate::{error::Cause, schema::ConnectionId};

/// Called by the writer's task after the commit, in the order of submission. It must not block.
pub type Completion = Box<dyn FnOnce(Result<(), NotStored>) + Send>;

/// One message to be stored.
pub struct Record {
    /// Whose message it is.
    pub connection: ConnectionId,
    /// The message; its `seq` must be new to the connection.
    pub message: Arc<Message>,
    /// Who waits for the commit. A record that somebody waits for is written at once, together
    /// with everything before it; others may wait up to 50 ms for company.
    pub committed: Option<Completion>,
}

/// Why a record is not in the history. It is counted as dropped.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NotStored {
    /// Recording is paused.
    #[error("recording is paused: {0}")]
    Paused(Cause),
    /// The connection already has a message with this sequence number.
    #[error("the sequence number is in the history already")]
    Duplicate,
    /// The connection was deleted.
    #[error("the connection was deleted from the history")]
    Deleted,
}

/// What of a record is written.
pub(crate) struct Entry {
    pub(crate) connection: ConnectionId,
    pub(crate) message: Arc<Message>,
}

impl Record {
    /// Apart, because a completion cannot be shared with SQLite's thread.
    pub(crate) fn split(self) -> (Entry, Option<Completion>) {
        (Entry { connection: self.connection, message: self.message }, self.committed)
    }

    /// What it counts for in the queue's budget, bytes.
    pub(crate) fn weight(&self) -> usize {
        /// Queue entry, message and reference counts.
        const OVERHEAD: usize = 256;
        let message = &self.message;
        let properties = message.properties.as_deref().map_or(0, |properties| {
            let user = &properties.user_properties;
            user.iter().map(|(name, value)| name.len() + value.len() + 32).sum::<usize>()
                + properties.correlation_data.as_ref().map_or(0, Bytes::len)
                + 4 * properties.subscription_identifiers.len()
        });
        message.payload.len() + message.topic.len() + properties + OVERHEAD
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("connection", &self.connection)
            .field("seq", &self.message.seq)
            .field("awaited", &self.committed.is_some())
            .finish()
    }
}
