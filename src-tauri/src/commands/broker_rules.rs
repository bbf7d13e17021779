//! Who may do what in the local broker, and what it does wrong on purpose.

use workbench::{
    Failure,
    broker_rules::{AclRule, FaultRule},
    views::{BrokerView, FaultPreset},
};

use super::Bench;

/// Lets clients without a user name in, or not.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_broker_anonymous(
    bench: Bench<'_>,
    anonymous: bool,
) -> Result<BrokerView, Failure> {
    bench.set_broker_anonymous(anonymous).await
}

/// Adds a user, or gives one another password, which disconnects it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_broker_user(
    bench: Bench<'_>,
    name: String,
    password: String,
) -> Result<BrokerView, Failure> {
    bench.save_broker_user(name, password).await
}

/// Deletes a user, which disconnects it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn delete_broker_user(
    bench: Bench<'_>,
    name: String,
) -> Result<BrokerView, Failure> {
    bench.delete_broker_user(&name).await
}

/// Replaces the rules; `invalidRule` names the first wrong one (`index`, from 0).
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_broker_rules(
    bench: Bench<'_>,
    rules: Vec<AclRule>,
) -> Result<BrokerView, Failure> {
    bench.save_broker_rules(rules).await
}

/// Replaces the faults; `invalidFault` names the first wrong one (`index`, from 0).
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_faults(
    bench: Bench<'_>,
    faults: Vec<FaultRule>,
) -> Result<BrokerView, Failure> {
    bench.save_faults(faults).await
}

/// Faults that belong together, ready to use.
#[tauri::command]
#[specta::specta]
pub(crate) fn fault_presets() -> Vec<FaultPreset> {
    workbench::broker_rules::fault_presets()
}
