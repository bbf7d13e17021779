//! The history as a whole: opened, paused, blocked; and the journals of the connections in it.

use std::{collections::HashMap, path::PathBuf, sync::Arc};

use history::{Cause, History, OpenError, OpenMode, Recording};
use tokio::sync::RwLock;

use crate::{
    Failure,
    journal::{Journal, Store},
    views::{HistoryChoice, HistoryView},
};

/// The history and the journals that write to it.
pub(crate) struct Recorder {
    path: PathBuf,
    state: RwLock<State>,
}

struct State {
    store: HistoryState,
    journals: HashMap<String, Arc<Journal>>,
}

enum HistoryState {
    Open(History),
    /// Nothing is recorded until the person has chosen.
    Blocked {
        cause: Failure,
        choices: Vec<HistoryChoice>,
    },
}

impl Recorder {
    /// Opens the history, or finds out why it cannot be opened.
    pub(crate) async fn open(path: PathBuf) -> Self {
        let store = open(&path, OpenMode::ReadWrite).await;
        Self { path, state: RwLock::new(State { store, journals: HashMap::new() }) }
    }

    /// The journal of a connection.
    pub(crate) async fn journal(&self, id: &str) -> Result<Arc<Journal>, Failure> {
        if let Some(journal) = self.state.read().await.journals.get(id) {
            return Ok(Arc::clone(journal));
        }
        let mut state = self.state.write().await;
        if let Some(journal) = state.journals.get(id) {
            return Ok(Arc::clone(journal));
        }
        let store = match &state.store {
            HistoryState::Open(history) => Store::open(history, id).await?,
            HistoryState::Blocked { .. } => None,
        };
        let journal = Arc::new(Journal::open(store).await?);
        state.journals.insert(id.to_owned(), Arc::clone(&journal));
        Ok(journal)
    }

    /// Forgets a connection and deletes what is recorded of it.
    pub(crate) async fn delete(&self, id: &str) -> Result<(), Failure> {
        let journal = self.journal(id).await?;
        self.state.write().await.journals.remove(id);
        match journal.store() {
            Some(store) => store.delete().await,
            None => Ok(()),
        }
    }

    /// Carries out a choice. The sessions must have ended: their journals start anew.
    pub(crate) async fn choose(&self, choice: HistoryChoice) -> Result<(), Failure> {
        let mut state = self.state.write().await;
        if let HistoryState::Open(history) = &state.store {
            history.close().await;
        }
        state.journals.clear();
        state.store = match choice {
            HistoryChoice::Retry => open(&self.path, OpenMode::ReadWrite).await,
            HistoryChoice::OpenReadOnly => open(&self.path, OpenMode::ReadOnly).await,
            HistoryChoice::StartNew => match History::start_new(&self.path).await {
                Ok(replaced) => HistoryState::Open(replaced.history),
                Err(error) => blocked(error),
            },
        };
        Ok(())
    }

    /// The history as the window shows it.
    pub(crate) async fn view(&self) -> HistoryView {
        let path = self.path.display().to_string();
        match &self.state.read().await.store {
            HistoryState::Blocked { cause, choices } => {
                HistoryView::Blocked { path, cause: cause.clone(), choices: choices.clone() }
            }
            HistoryState::Open(history) => {
                let status = history.status().borrow().clone();
                let bytes = history.size();
                match status.recording {
                    Recording::On => HistoryView::Open { path, bytes },
                    Recording::Paused { cause: cause @ Cause::Damaged { .. } } => {
                        let choices = vec![HistoryChoice::OpenReadOnly, HistoryChoice::StartNew];
                        HistoryView::Blocked { path, cause: cause.into(), choices }
                    }
                    Recording::Paused { cause } => {
                        HistoryView::Paused { path, bytes, cause: cause.into() }
                    }
                    Recording::Closed => HistoryView::Paused {
                        path,
                        bytes,
                        cause: history::HistoryError::Closed.into(),
                    },
                }
            }
        }
    }

    /// The open history, to watch it.
    pub(crate) async fn history(&self) -> Option<History> {
        match &self.state.read().await.store {
            HistoryState::Open(history) => Some(history.clone()),
            HistoryState::Blocked { .. } => None,
        }
    }

    /// Writes what is waiting and closes the file.
    pub(crate) async fn close(&self) {
        if let Some(history) = self.history().await {
            history.close().await;
        }
    }
}

async fn open(path: &std::path::Path, mode: OpenMode) -> HistoryState {
    if let Some(folder) = path.parent()
        && let Err(error) = tokio::fs::create_dir_all(folder).await
    {
        let cause = Failure::from(Cause::from(error)).detail("path", folder.display());
        return HistoryState::Blocked { cause, choices: vec![HistoryChoice::Retry] };
    }
    match History::open(path, mode).await {
        Ok(history) => HistoryState::Open(history),
        Err(error) => blocked(error),
    }
}

fn blocked(error: OpenError) -> HistoryState {
    use HistoryChoice::{OpenReadOnly, Retry, StartNew};
    tracing::warn!("the history cannot be opened: {error}");
    let choices = match &error {
        OpenError::Damaged { .. } | OpenError::Newer { .. } => vec![OpenReadOnly, StartNew, Retry],
        OpenError::NotADatabase => vec![StartNew, Retry],
        OpenError::ReadOnly | OpenError::Locked => vec![OpenReadOnly, Retry],
        OpenError::DiskFull | OpenError::NotFound | OpenError::Io { .. } => vec![Retry],
    };
    HistoryState::Blocked { cause: error.into(), choices }
}
