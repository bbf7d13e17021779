//! Connection profiles and their sessions.

use workbench::{
    Failure,
    address::Address,
    views::{Connection, ConnectionDraft},
};

use super::Bench;

/// Saves a new or changed profile; takes effect at the next connect.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_connection(
    bench: Bench<'_>,
    draft: ConnectionDraft,
) -> Result<Connection, Failure> {
    bench.save_connection(draft).await
}

/// Deletes the profile, its secrets and its recorded messages.
#[tauri::command]
#[specta::specta]
pub(crate) async fn delete_connection(bench: Bench<'_>, connection: String) -> Result<(), Failure> {
    bench.delete_connection(&connection).await
}

/// Turns a pasted `mqtt://user@host:port` or `host:port` into the fields of a draft.
#[tauri::command]
#[specta::specta]
pub(crate) async fn parse_address(text: String) -> Result<Address, Failure> {
    text.parse()
}

/// Starts the session.
#[tauri::command]
#[specta::specta]
pub(crate) async fn connect(bench: Bench<'_>, connection: String) -> Result<(), Failure> {
    bench.connect(&connection).await
}

/// Ends the session with a DISCONNECT.
#[tauri::command]
#[specta::specta]
pub(crate) async fn disconnect(bench: Bench<'_>, connection: String) -> Result<(), Failure> {
    bench.disconnect(&connection).await
}

/// Does not wait for the end of the back-off.
#[tauri::command]
#[specta::specta]
pub(crate) async fn retry_now(bench: Bench<'_>, connection: String) -> Result<(), Failure> {
    bench.retry_now(&connection).await
}

/// Adds or changes a subscription of the profile; sent at once when online.
#[tauri::command]
#[specta::specta]
pub(crate) async fn subscribe(
    bench: Bench<'_>,
    connection: String,
    filter: String,
    qos: u8,
) -> Result<Connection, Failure> {
    bench.subscribe(&connection, &filter, qos).await
}

/// Removes a subscription from the profile and, when online, from the server.
#[tauri::command]
#[specta::specta]
pub(crate) async fn unsubscribe(
    bench: Bench<'_>,
    connection: String,
    filter: String,
) -> Result<Connection, Failure> {
    bench.unsubscribe(&connection, &filter).await
}
