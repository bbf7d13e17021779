//! Messages out and in.

use workbench::{
    Failure,
    views::{MessageDetail, PublishReceipt, PublishRequest},
};

use super::Bench;

/// Resolves when the broker has acknowledged (QoS 1, 2) or the packet was written (QoS 0).
#[tauri::command]
#[specta::specta]
pub(crate) async fn publish(
    bench: Bench<'_>,
    connection: String,
    message: PublishRequest,
) -> Result<PublishReceipt, Failure> {
    bench.publish(&connection, message).await
}

/// Everything known of one message but its payload.
#[tauri::command]
#[specta::specta]
pub(crate) async fn message_detail(
    bench: Bench<'_>,
    connection: String,
    seq: u64,
) -> Result<MessageDetail, Failure> {
    bench.message_detail(&connection, seq).await
}
