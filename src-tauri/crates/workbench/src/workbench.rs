//! The workbench: owns everything that outlives a view, and tells of every change of state.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use secrets::{Vault, VaultKind};
use serde::Serialize;
use tokio::{
    sync::{OnceCell, broadcast},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Failure, FailureCode,
    broker_control::{OwnAccess, Reach},
    client::Client,
    demo::Demo,
    files,
    local_broker::LocalBroker,
    profiles::ProfileStore,
    recording::Recorder,
    settings::{Document, Settings, SettingsStore},
    views::{BrokerView, Connection, HistoryChoice, HistoryView, SecretsView, SessionView},
};

/// Where the application keeps its files.
#[derive(Clone, Debug)]
pub struct Folders {
    /// Profiles, settings, secrets.
    pub config: PathBuf,
    /// The history.
    pub data: PathBuf,
}

/// Everything behind the window.
pub struct Workbench {
    pub(crate) settings: Arc<Mutex<SettingsStore>>,
    pub(crate) profiles: Arc<Mutex<ProfileStore>>,
    vault: OnceCell<Vault>,
    pub(crate) folders: Folders,
    pub(crate) recorder: Recorder,
    pub(crate) broker: LocalBroker,
    pub(crate) reach: Reach,
    pub(crate) own_access: OwnAccess,
    pub(crate) demo: tokio::sync::Mutex<Option<Demo>>,
    pub(crate) clients: Mutex<HashMap<String, Arc<Client>>>,
    /// Held while a client is started or ended, so that a connection never has two.
    pub(crate) switching: tokio::sync::Mutex<()>,
    pub(crate) tasks: TaskTracker,
    pub(crate) closing: CancellationToken,
    events: broadcast::Sender<WorkbenchEvent>,
    notices: Vec<Failure>,
}

/// Everything the window needs to draw its first frame.
#[derive(Clone, Debug, Serialize, specta::Type)]
#[allow(missing_docs, reason = "the names say it")]
pub struct AppStart {
    /// Of the application.
    pub version: String,
    pub settings: Settings,
    pub connections: Vec<Connection>,
    pub sessions: BTreeMap<String, SessionView>,
    pub broker: BrokerView,
    pub history: HistoryView,
    pub secrets: SecretsView,
    /// What went wrong while starting, e.g. a damaged file that was set aside.
    pub notices: Vec<Failure>,
}

/// A change of state; never a message.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum WorkbenchEvent {
    Session { connection: String, session: SessionView },
    Connections(Vec<Connection>),
    Broker(Box<BrokerView>),
    History(HistoryView),
    Secrets(SecretsView),
}

/// How long the first frame waits for the keychain.
const KEYCHAIN_PATIENCE: Duration = Duration::from_millis(300);
/// Changes a slow listener may be behind before it is told to look at everything again.
const EVENTS: usize = 256;

impl Workbench {
    /// Opens the files. A damaged small file is set aside and a history that cannot be used waits
    /// for a choice; only a folder that cannot be made stops the application.
    pub async fn open(folders: Folders) -> Result<Arc<Self>, Failure> {
        files::make_folder(&folders.config)?;
        let (settings, settings_notice) =
            SettingsStore::open(folders.config.join("settings.json"))?;
        let (profiles, profiles_notice) =
            ProfileStore::open(folders.config.join("connections.json"))?;
        let recorder = Recorder::open(folders.data.join("history.sqlite")).await;
        let document = settings.get();
        let start_broker = document.broker.start_with_app;
        let workbench = Arc::new(Self {
            settings: Arc::new(Mutex::new(settings)),
            profiles: Arc::new(Mutex::new(profiles)),
            vault: OnceCell::new(),
            folders,
            recorder,
            broker: LocalBroker::default(),
            reach: Reach::new(document.broker_network),
            own_access: OwnAccess::default(),
            demo: tokio::sync::Mutex::default(),
            clients: Mutex::default(),
            switching: tokio::sync::Mutex::default(),
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
            events: broadcast::channel(EVENTS).0,
            notices: [settings_notice, profiles_notice].into_iter().flatten().collect(),
        });
        workbench.watch_history().await;
        workbench.open_vault();
        if start_broker {
            // A failure is part of the broker's state and shown there.
            let _ = workbench.start_broker().await;
        }
        Ok(workbench)
    }

    /// Everything the window needs to draw its first frame.
    pub async fn app_start(&self) -> AppStart {
        // Most keychains answer at once; the window does not wait for a person to unlock one.
        let _ = timeout(KEYCHAIN_PATIENCE, self.vault()).await;
        let connections = self.connections();
        let sessions = connections
            .iter()
            .map(|connection| (connection.id.clone(), self.session_view(&connection.id)))
            .collect();
        AppStart {
            version: env!("CARGO_PKG_VERSION").into(),
            settings: self.settings().window,
            connections,
            sessions,
            broker: self.broker_view().await,
            history: self.recorder.view().await,
            secrets: self.secrets_view(),
            notices: self.notices.iter().cloned().chain(self.vault_notice()).collect(),
        }
    }

    /// Every change of state from now on.
    pub fn events(&self) -> broadcast::Receiver<WorkbenchEvent> {
        self.events.subscribe()
    }

    /// The whole state as events, for a listener that missed some.
    pub async fn current_state(&self) -> Vec<WorkbenchEvent> {
        let connections = self.connections();
        let sessions = connections.iter().map(|connection| WorkbenchEvent::Session {
            connection: connection.id.clone(),
            session: self.session_view(&connection.id),
        });
        let mut events: Vec<_> = sessions.collect();
        events.push(WorkbenchEvent::Connections(connections));
        events.push(WorkbenchEvent::Broker(Box::new(self.broker_view().await)));
        events.push(WorkbenchEvent::History(self.recorder.view().await));
        events.push(WorkbenchEvent::Secrets(self.secrets_view()));
        events
    }

    /// Keeps how the window looks and speaks.
    pub async fn save_settings(&self, window: Settings) -> Result<(), Failure> {
        edit(&self.settings, move |store| store.change(|document| document.window = window)).await
    }

    /// Decides what happens to a history that cannot be used as it is. Sessions that were running
    /// are started again with the new history.
    pub async fn choose_history(
        self: &Arc<Self>,
        choice: HistoryChoice,
    ) -> Result<HistoryView, Failure> {
        let running = self.end_clients().await;
        self.recorder.choose(choice).await?;
        self.watch_history().await;
        let view = self.recorder.view().await;
        self.tell(WorkbenchEvent::History(view.clone()));
        for connection in running {
            if let Err(failure) = self.connect(&connection).await {
                tracing::warn!(connection, "not connected again: {failure}");
            }
        }
        Ok(view)
    }

    /// Ends the sessions in order, stops the broker, and writes what is waiting.
    pub async fn close(&self) {
        self.closing.cancel();
        self.end_clients().await;
        if let Some(demo) = self.demo.lock().await.take() {
            demo.stop().await;
        }
        self.broker.stop().await;
        self.recorder.close().await;
        self.tasks.close();
        self.tasks.wait().await;
    }

    pub(crate) fn tell(&self, event: WorkbenchEvent) {
        // An error means that nobody listens.
        let _ = self.events.send(event);
    }

    pub(crate) fn settings(&self) -> Document {
        lock(&self.settings).get()
    }

    pub(crate) fn profiles(&self) -> MutexGuard<'_, ProfileStore> {
        lock(&self.profiles)
    }

    /// Where the passwords are; waits until the system has said whether there is a keychain.
    pub(crate) async fn vault(&self) -> &Vault {
        self.vault.get_or_init(|| Vault::open(&self.folders.config)).await
    }

    /// Opens the vault beside everything else: unlocking a keychain may take a person a while.
    fn open_vault(self: &Arc<Self>) {
        let workbench = Arc::clone(self);
        self.tasks.spawn(async move {
            if workbench.closing.run_until_cancelled(workbench.vault()).await.is_some() {
                workbench.tell(WorkbenchEvent::Secrets(workbench.secrets_view()));
            }
        });
    }

    fn secrets_view(&self) -> SecretsView {
        match self.vault.get().map(Vault::kind) {
            None => SecretsView::Opening,
            Some(VaultKind::Keychain) => SecretsView::Keychain,
            Some(VaultKind::Memory { reason }) => SecretsView::Memory { reason },
        }
    }

    fn vault_notice(&self) -> Option<Failure> {
        let kept_as = self.vault.get()?.set_aside()?.display();
        let message = "The stored passwords could not be read; they have to be entered again.";
        let notice = Failure::new(FailureCode::SecretsUnavailable, message)
            .hint(format!("The file was kept as {kept_as}."))
            .detail("keptAs", kept_as);
        Some(notice)
    }

    /// Tells when recording stops or goes on; ends with the history it watches.
    async fn watch_history(self: &Arc<Self>) {
        let Some(history) = self.recorder.history().await else { return };
        let mut status = history.status();
        drop(history);
        let workbench = Arc::clone(self);
        self.tasks.spawn(async move {
            let mut known = status.borrow_and_update().recording.clone();
            while let Some(Ok(())) = workbench.closing.run_until_cancelled(status.changed()).await {
                let recording = status.borrow_and_update().recording.clone();
                if recording != known {
                    known = recording;
                    let view = workbench.recorder.view().await;
                    workbench.tell(WorkbenchEvent::History(view));
                }
            }
        });
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Changes a small file off the async threads: saving waits for the disk.
pub(crate) async fn edit<S: Send + 'static, T: Send + 'static>(
    store: &Arc<Mutex<S>>,
    change: impl FnOnce(&mut S) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let store = Arc::clone(store);
    tokio::task::spawn_blocking(move || change(&mut lock(&store))).await.unwrap_or_else(|error| {
        Err(Failure::new(FailureCode::Internal, format!("Saving was interrupted: {error}.")))
    })
}
