//! Messages out, and what is known of the ones that were.

use bytes::Bytes;
use wire::TopicFilter;

use crate::{
    Failure, FailureCode,
    views::{MessageDetail, PublishReceipt, PublishRequest},
    workbench::Workbench,
};

impl Workbench {
    /// Resolves when the broker has acknowledged (`QoS` 1, 2) or the packet was written (`QoS` 0).
    pub async fn publish(
        &self,
        connection: &str,
        request: PublishRequest,
    ) -> Result<PublishReceipt, Failure> {
        let client = self.client(connection).ok_or_else(|| {
            Failure::new(FailureCode::NotConnected, "The connection is not online.")
                .hint("Connect, then publish.")
        })?;
        client.publish(request).await
    }

    /// Rows `from` … `from + count` of a connection, or the newest, with its counters; the layout
    /// is described in `data-flow.md`.
    pub async fn pull_feed(
        &self,
        connection: &str,
        from: Option<u64>,
        count: u16,
    ) -> Result<Vec<u8>, Failure> {
        let filters: Vec<Option<TopicFilter>> = {
            let profiles = self.profiles();
            let subscriptions = &profiles.get(connection)?.subscriptions;
            subscriptions.iter().take(32).map(|known| known.filter.parse().ok()).collect()
        };
        self.recorder.journal(connection).await?.feed(from, count, &filters).await
    }

    /// Everything known of one message but its payload.
    pub async fn message_detail(
        &self,
        connection: &str,
        seq: u64,
    ) -> Result<MessageDetail, Failure> {
        self.profiles().get(connection)?;
        self.recorder.journal(connection).await?.detail(seq).await
    }

    /// The whole payload of one message.
    pub async fn read_payload(&self, connection: &str, seq: u64) -> Result<Bytes, Failure> {
        self.profiles().get(connection)?;
        self.recorder.journal(connection).await?.payload(seq).await
    }
}
