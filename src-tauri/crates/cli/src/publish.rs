//! `tscope pub`: one message, acknowledged before it ends.

use std::{io::Read as _, path::Path, sync::Arc};

use workbench::{
    Failure, FailureCode,
    client::{AckHandle, Client, Message, Sink},
};

use crate::arguments::PubOptions;

pub(crate) async fn run(options: PubOptions) -> Result<(), Failure> {
    let payload = match (options.message, options.file) {
        (Some(text), _) => text.into_bytes(),
        (None, Some(path)) => tokio::task::spawn_blocking(move || read(&path))
            .await
            .unwrap_or_else(|error| Err(Failure::new(FailureCode::Internal, error.to_string())))?,
        (None, None) => Vec::new(),
    };
    let client = Client::start(options.server.config()?, Arc::new(Nothing), 1)?;
    let outcome = async {
        client.online().await?;
        client.publish_bytes(&options.topic, payload.into(), options.qos, options.retain).await
    };
    let outcome = outcome.await;
    client.disconnect().await;
    outcome.map(drop)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let outcome = if path == Path::new("-") {
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    outcome.map_err(|error| {
        Failure::new(FailureCode::InvalidPayload, format!("{}: {error}.", path.display()))
    })
}

/// A publisher subscribes to nothing.
struct Nothing;

impl Sink for Nothing {
    fn accept(&self, _: Arc<Message>, _: Option<AckHandle>) {}
}
