//! The history and the place where secrets are kept.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::Failure;

/// The message history as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(tag = "state", rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum HistoryView {
    /// Recording.
    Open { path: String, bytes: u64 },
    /// Not recording (disk full, opened read-only); live goes on.
    Paused { path: String, bytes: u64, cause: Failure },
    /// It cannot be used as it is: the person chooses.
    Blocked { path: String, cause: Failure, choices: Vec<HistoryChoice> },
}

/// What to do with a history that cannot be used as it is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum HistoryChoice {
    /// Look at what can be read; record nothing.
    OpenReadOnly,
    /// Set the file aside under another name and start an empty one.
    StartNew,
    /// Try again as it is.
    Retry,
}

/// Where passwords are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum SecretsView {
    /// The system is being asked; a person may have to unlock the keychain first.
    Opening,
    /// Encrypted, the key in the keychain of the operating system.
    Keychain,
    /// No keychain on this system: kept until the application ends.
    Memory {
        /// Why.
        reason: String,
    },
}
