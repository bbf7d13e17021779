//! What the writer tells about itself.

use crate::error::Cause;

/// State of the recording; watched with [`crate::History::status`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Status {
    /// Rows committed since the history was opened.
    pub stored: u64,
    /// Rows that were not stored since the history was opened.
    pub dropped: u64,
    /// Size of the database with its write-ahead log, bytes; up to 250 ms old.
    pub bytes_on_disk: u64,
    /// Whether messages are being recorded.
    pub recording: Recording,
}

/// Whether messages are being recorded.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Recording {
    /// They are.
    On,
    /// They are counted and dropped; the writer tries again by itself every few seconds, unless
    /// the history was opened read-only.
    Paused {
        /// What stands in the way.
        cause: Cause,
    },
    /// The history was closed.
    Closed,
}

/// Rows of one connection since the history was opened.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Committed.
    pub stored: u64,
    /// Not stored.
    pub dropped: u64,
}
