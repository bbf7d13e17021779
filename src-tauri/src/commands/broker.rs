//! The local broker: switch, settings, who can reach it, what goes on in it.

use workbench::{
    Failure,
    views::{
        BrokerActivity, BrokerClientDetail, BrokerLogPage, BrokerPublish, BrokerSettings,
        BrokerView, Connection, PacketDetail, PacketPage, SubscriptionPage,
    },
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

/// Keeps the settings. In a running broker, listeners that changed are started, moved or stopped one
/// by one; what only a new start can change takes effect with it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_broker_settings(
    bench: Bench<'_>,
    settings: BrokerSettings,
) -> Result<BrokerView, Failure> {
    bench.save_broker_settings(settings).await
}

/// Opens the broker to the network for `minutes` (for ever without), or closes it. With anonymous
/// access on, opening fails with `anonymousExposed` unless `confirmed`.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_broker_reach(
    bench: Bench<'_>,
    network: bool,
    minutes: Option<u32>,
    confirmed: bool,
) -> Result<BrokerView, Failure> {
    bench.set_broker_reach(network, minutes, confirmed).await
}

/// Makes a new certificate with the names and addresses this computer has now.
#[tauri::command]
#[specta::specta]
pub(crate) async fn renew_broker_certificate(bench: Bench<'_>) -> Result<BrokerView, Failure> {
    bench.renew_broker_certificate().await
}

/// Counters, clients and faults right now.
#[tauri::command]
#[specta::specta]
pub(crate) async fn broker_activity(
    bench: Bench<'_>,
    search: String,
) -> Result<BrokerActivity, Failure> {
    bench.broker_activity(&search).await
}

/// What happened, from entry `after` on.
#[tauri::command]
#[specta::specta]
pub(crate) async fn broker_log(bench: Bench<'_>, after: u64) -> Result<BrokerLogPage, Failure> {
    bench.broker_log(after).await
}

/// One client with its subscriptions.
#[tauri::command]
#[specta::specta]
pub(crate) async fn broker_client(
    bench: Bench<'_>,
    client_id: String,
) -> Result<BrokerClientDetail, Failure> {
    bench.broker_client(&client_id).await
}

/// Packets of one client, from `after` on.
#[tauri::command]
#[specta::specta]
pub(crate) async fn broker_packets(
    bench: Bench<'_>,
    client_id: String,
    after: u64,
) -> Result<PacketPage, Failure> {
    bench.broker_packets(&client_id, after).await
}

/// One packet of a client, byte by byte.
#[tauri::command]
#[specta::specta]
pub(crate) async fn broker_packet(
    bench: Bench<'_>,
    client_id: String,
    seq: u64,
) -> Result<PacketDetail, Failure> {
    bench.broker_packet(&client_id, seq).await
}

/// The first bytes of a connection that never got a session.
#[tauri::command]
#[specta::specta]
pub(crate) async fn broker_attempt(
    bench: Bench<'_>,
    attempt: u64,
) -> Result<PacketDetail, Failure> {
    bench.broker_attempt(attempt).await
}

/// Disconnects a client with a reason code of DISCONNECT.
#[tauri::command]
#[specta::specta]
pub(crate) async fn kick_client(
    bench: Bench<'_>,
    client_id: String,
    reason: u8,
) -> Result<(), Failure> {
    bench.kick_client(&client_id, reason).await
}

/// Ends a session: its subscriptions and what waits for it are gone.
#[tauri::command]
#[specta::specta]
pub(crate) async fn delete_broker_session(
    bench: Bench<'_>,
    client_id: String,
) -> Result<(), Failure> {
    bench.delete_broker_session(&client_id).await
}

/// Filters that contain `search`, after filter `after`.
#[tauri::command]
#[specta::specta]
pub(crate) async fn broker_subscriptions(
    bench: Bench<'_>,
    search: String,
    after: Option<String>,
) -> Result<SubscriptionPage, Failure> {
    bench.broker_subscriptions(&search, after).await
}

/// Publishes a message of the broker itself; returns the number of sessions it went to.
#[tauri::command]
#[specta::specta]
pub(crate) async fn publish_as_broker(
    bench: Bench<'_>,
    message: BrokerPublish,
) -> Result<u32, Failure> {
    bench.publish_as_broker(message).await
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
