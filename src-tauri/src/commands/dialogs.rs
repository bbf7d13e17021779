//! The system's dialogs for files.

use std::path::PathBuf;

use tauri::AppHandle;
use tauri_plugin_dialog::{DialogExt as _, FilePath};
use tokio::sync::oneshot;
use workbench::{Failure, FailureCode};

use super::Bench;

/// Lets the person choose a file; nothing when they changed their mind.
#[tauri::command]
#[specta::specta]
pub(crate) async fn choose_file(app: AppHandle) -> Result<Option<String>, Failure> {
    Ok(open(&app).await?.map(|path| path.display().to_string()))
}

/// Writes the certificate of the broker's authority where the person wants it; returns the path.
#[tauri::command]
#[specta::specta]
pub(crate) async fn export_broker_authority(
    app: AppHandle,
    bench: Bench<'_>,
) -> Result<Option<String>, Failure> {
    let Some(path) = save(&app, "topicscope-authority.pem").await? else { return Ok(None) };
    bench.export_broker_authority(&path).await?;
    Ok(Some(path.display().to_string()))
}

/// Asks for a file to read.
pub(super) async fn open(app: &AppHandle) -> Result<Option<PathBuf>, Failure> {
    let (answer, chosen) = oneshot::channel();
    app.dialog().file().pick_file(move |path| {
        // Whoever asked may have gone.
        let _ = answer.send(path);
    });
    local(chosen.await.ok().flatten())
}

/// Asks where to write a file.
pub(super) async fn save(app: &AppHandle, name: &str) -> Result<Option<PathBuf>, Failure> {
    let (answer, chosen) = oneshot::channel();
    app.dialog().file().set_file_name(name).save_file(move |path| {
        let _ = answer.send(path);
    });
    local(chosen.await.ok().flatten())
}

fn local(chosen: Option<FilePath>) -> Result<Option<PathBuf>, Failure> {
    chosen.map(FilePath::into_path).transpose().map_err(|error| {
        Failure::new(
            FailureCode::FileUnreadable,
            format!("That is no file on this computer: {error}."),
        )
    })
}
