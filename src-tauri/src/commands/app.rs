//! The application as a whole.

use workbench::{
    AppStart, Failure,
    settings::Settings,
    views::{HistoryChoice, HistoryView},
};

use super::Bench;

/// Everything the window needs to draw its first frame.
#[tauri::command]
#[specta::specta]
pub(crate) async fn app_start(bench: Bench<'_>) -> Result<AppStart, Failure> {
    Ok(bench.app_start().await)
}

/// Keeps how the window looks and speaks.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_settings(bench: Bench<'_>, settings: Settings) -> Result<(), Failure> {
    bench.save_settings(settings).await
}

/// Decides what happens to a history that cannot be used as it is.
#[tauri::command]
#[specta::specta]
pub(crate) async fn choose_history(
    bench: Bench<'_>,
    choice: HistoryChoice,
) -> Result<HistoryView, Failure> {
    bench.choose_history(choice).await
}
