//! The retained messages of the local broker.

use workbench::{
    Failure,
    views::{ImportReport, RetainedPage},
};

use super::{Bench, dialogs};

/// Retained messages that `filter` matches (all without one), after topic `after`.
#[tauri::command]
#[specta::specta]
pub(crate) async fn broker_retained(
    bench: Bench<'_>,
    filter: String,
    after: Option<String>,
) -> Result<RetainedPage, Failure> {
    bench.broker_retained(&filter, after).await
}

/// Begins to remove the retained messages that `filter` matches; `broker_activity` tells how it goes.
#[tauri::command]
#[specta::specta]
pub(crate) async fn clear_retained(bench: Bench<'_>, filter: String) -> Result<(), Failure> {
    bench.clear_retained(&filter).await
}

/// Stops removing.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cancel_clear_retained(bench: Bench<'_>) -> Result<(), Failure> {
    bench.cancel_clear_retained().await;
    Ok(())
}

/// Writes the retained messages that `filter` matches to a file the person chooses; returns its path
/// and how many there are, or nothing when the person changed their mind.
#[tauri::command]
#[specta::specta]
pub(crate) async fn export_retained(
    app: tauri::AppHandle,
    bench: Bench<'_>,
    filter: String,
) -> Result<Option<(String, u32)>, Failure> {
    let Some(path) = dialogs::save(&app, "retained.ndjson").await? else { return Ok(None) };
    let count = bench.export_retained(&filter, &path).await?;
    Ok(Some((path.display().to_string(), count)))
}

/// Retains the messages in a file the person chooses.
#[tauri::command]
#[specta::specta]
pub(crate) async fn import_retained(
    app: tauri::AppHandle,
    bench: Bench<'_>,
) -> Result<Option<ImportReport>, Failure> {
    match dialogs::open(&app).await? {
        Some(path) => bench.import_retained(&path).await.map(Some),
        None => Ok(None),
    }
}
