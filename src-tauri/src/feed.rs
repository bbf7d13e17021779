//! Raw answers: rows and payloads as bytes, without JSON in between.
//!
//! The generator of the typed bindings does not know raw answers, so these two commands are
//! dispatched by name and wrapped by hand in `ui/src/ipc/host.ts`.

use tauri::ipc::{Invoke, Response};
use workbench::Failure;

use crate::commands::Bench;

/// Name of the command that reads what is on screen.
pub(crate) const PULL_FEED: &str = "pull_feed";
/// Name of the command that reads one whole payload.
pub(crate) const READ_PAYLOAD: &str = "read_payload";

/// Dispatches the two commands of this module.
pub(crate) fn handler() -> impl Fn(Invoke) -> bool + Send + Sync + 'static {
    tauri::generate_handler![pull_feed, read_payload]
}

/// The rows `from` … `from + count`, or the newest, with the counters.
#[tauri::command]
async fn pull_feed(
    bench: Bench<'_>,
    connection: String,
    from: Option<u64>,
    count: u16,
) -> Result<Response, Failure> {
    Ok(Response::new(bench.pull_feed(&connection, from, count).await?))
}

/// The whole payload of one message.
#[tauri::command]
async fn read_payload(bench: Bench<'_>, connection: String, seq: u64) -> Result<Response, Failure> {
    Ok(Response::new(bench.read_payload(&connection, seq).await?.to_vec()))
}
