//! The local broker.

use workbench::{
    Failure,
    views::{BrokerActivity, BrokerSettings, BrokerView, Connection},
};

use super::Bench;

/// Switches the broker on.
#[tauri::command]
#[specta::specta]
pub(crate) async fn start_broker(bench: Bench<'_>) -> Result<BrokerView, Failure> {
    bench.start_broker().await
}

/// Switches the broker off; clients are told.
#[tauri::command]
#[specta::specta]
pub(crate) async fn stop_broker(bench: Bench<'_>) -> Result<BrokerView, Failure> {
    bench.stop_broker().await
}

/// Keeps port and start-up; a running broker moves to the new port.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_broker_settings(
    bench: Bench<'_>,
    settings: BrokerSettings,
) -> Result<BrokerView, Failure> {
    bench.save_broker_settings(settings).await
}

/// Counters and clients right now.
#[tauri::command]
#[specta::specta]
pub(crate) async fn broker_activity(bench: Bench<'_>) -> Result<BrokerActivity, Failure> {
    bench.broker_activity().await
}

/// Disconnects a client.
#[tauri::command]
#[specta::specta]
pub(crate) async fn kick_client(bench: Bench<'_>, client_id: String) -> Result<(), Failure> {
    bench.kick_client(&client_id).await
}

/// Starts the broker if need be, makes or finds the local connection, and connects.
#[tauri::command]
#[specta::specta]
pub(crate) async fn start_local(bench: Bench<'_>, demo: bool) -> Result<Connection, Failure> {
    bench.start_local(demo).await
}

/// Starts or stops the demo publisher.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_demo(bench: Bench<'_>, on: bool) -> Result<BrokerView, Failure> {
    bench.set_demo(on).await
}
