//! State changes, told to the window. Never messages: those it pulls.

use std::sync::Arc;

use serde::Serialize;
use tauri::AppHandle;
use tauri_specta::Event as _;
use tokio::sync::broadcast::error::RecvError;
use workbench::{
    Workbench, WorkbenchEvent,
    views::{BrokerView, Connection, HistoryView, SecretsView, SessionView},
};

/// A session's state changed.
#[derive(Clone, Debug, Serialize, specta::Type, tauri_specta::Event)]
pub(crate) struct SessionChanged {
    connection: String,
    session: SessionView,
}

/// The list of connections, or a subscription of one, changed.
#[derive(Clone, Debug, Serialize, specta::Type, tauri_specta::Event)]
pub(crate) struct ConnectionsChanged {
    connections: Vec<Connection>,
}

/// The local broker was switched, moved or failed.
#[derive(Clone, Debug, Serialize, specta::Type, tauri_specta::Event)]
pub(crate) struct BrokerChanged {
    broker: Box<BrokerView>,
}

/// Recording stopped or went on.
#[derive(Clone, Debug, Serialize, specta::Type, tauri_specta::Event)]
pub(crate) struct HistoryChanged {
    history: HistoryView,
}

/// It is known where passwords are kept.
#[derive(Clone, Debug, Serialize, specta::Type, tauri_specta::Event)]
pub(crate) struct SecretsChanged {
    secrets: SecretsView,
}

/// Passes the workbench's events on until it is closed.
pub(crate) fn forward(app: AppHandle, workbench: &Arc<Workbench>) {
    let mut events = workbench.events();
    let workbench = Arc::clone(workbench);
    tauri::async_runtime::spawn(async move {
        loop {
            let told = match events.recv().await {
                Ok(event) => tell(&app, event),
                // Too many changes at once: the window gets the whole state instead.
                Err(RecvError::Lagged(_)) => {
                    let state = workbench.current_state().await;
                    state.into_iter().try_for_each(|event| tell(&app, event))
                }
                Err(RecvError::Closed) => return,
            };
            if let Err(error) = told {
                tracing::warn!("the window did not hear of a change: {error}");
            }
        }
    });
}

fn tell(app: &AppHandle, event: WorkbenchEvent) -> tauri::Result<()> {
    match event {
        WorkbenchEvent::Session { connection, session } => {
            SessionChanged { connection, session }.emit(app)
        }
        WorkbenchEvent::Connections(connections) => ConnectionsChanged { connections }.emit(app),
        WorkbenchEvent::Broker(broker) => BrokerChanged { broker }.emit(app),
        WorkbenchEvent::History(history) => HistoryChanged { history }.emit(app),
        WorkbenchEvent::Secrets(secrets) => SecretsChanged { secrets }.emit(app),
    }
}
