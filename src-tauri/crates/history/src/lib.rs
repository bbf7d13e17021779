//! The message history: every message of every connection in one SQLite file, written in batches.
//!
//! [`History::open`] gives the store or a reason a person can act on. A session hands messages to
//! a [`Writer`], which never waits; one task writes them, a transaction for each batch, and calls
//! each message's completion after the commit. Reading uses connections of its own and never
//! holds up the writer. How the file is laid out is told in `schema.rs`.
//!
//! # Invariants
//!
//! * A completion with `Ok` is called only after the message is committed: a process that is
//!   killed afterwards does not lose it.
//! * What is not stored is counted for its connection, and the gap is recorded as soon as the
//!   file can be written again.
//! * A file that is damaged, newer or not ours is never written to.
//! * The queue is bounded in rows and bytes ([`QUEUE_ROWS`], [`QUEUE_BYTES`]).

mod batch;
mod deletion;
mod error;
mod migrate;
mod open;
mod properties;
mod queue;
mod read;
mod record;
mod schema;
mod status;
mod writer;

pub use error::{Cause, HistoryError};
pub use open::{History, OpenError, OpenMode, Replaced};
pub use queue::{QUEUE_BYTES, QUEUE_ROWS, RESERVED_ROWS, SubmitError, Writer};
pub use read::{Bounds, Detail, Gap, HEAD_BYTES, PAGE_ROWS, Row};
pub use record::{Completion, NotStored, Record};
pub use schema::{ConnectionId, MAX_SEQ};
pub use status::{Counts, Recording, Status};
