//! What the window asks the local broker, and what it does to its clients.

use std::path::Path;

use crate::{
    Failure, FailureCode, files,
    local_broker::Status,
    views::{
        BrokerActivity, BrokerClientDetail, BrokerLogPage, BrokerPublish, ImportReport,
        PacketDetail, PacketPage, RetainedPage, SubscriptionPage,
    },
    workbench::Workbench,
};

impl Workbench {
    /// Counters, clients and faults right now.
    pub async fn broker_activity(&self, search: &str) -> Result<BrokerActivity, Failure> {
        self.broker.activity(search).await
    }

    /// What happened, from entry `after` on.
    pub async fn broker_log(&self, after: u64) -> Result<BrokerLogPage, Failure> {
        self.broker.log(after).await
    }

    /// One client with its subscriptions.
    pub async fn broker_client(&self, client_id: &str) -> Result<BrokerClientDetail, Failure> {
        self.broker.client(client_id).await
    }

    /// Packets of one client, from `after` on.
    pub async fn broker_packets(&self, client_id: &str, after: u64) -> Result<PacketPage, Failure> {
        self.broker.packets(client_id, after).await
    }

    /// One packet of a client, byte by byte.
    pub async fn broker_packet(&self, client_id: &str, seq: u64) -> Result<PacketDetail, Failure> {
        self.broker.packet(client_id, seq).await
    }

    /// The first bytes of a connection that never got a session.
    pub async fn broker_attempt(&self, attempt: u64) -> Result<PacketDetail, Failure> {
        self.broker.attempt(attempt).await
    }

    /// Disconnects a client with a reason code of DISCONNECT.
    pub async fn kick_client(&self, client_id: &str, reason: u8) -> Result<(), Failure> {
        self.broker.kick(client_id, reason).await
    }

    /// Ends a session.
    pub async fn delete_broker_session(&self, client_id: &str) -> Result<(), Failure> {
        self.broker.delete_session(client_id).await
    }

    /// Filters that contain `search`, after filter `after`.
    pub async fn broker_subscriptions(
        &self,
        search: &str,
        after: Option<String>,
    ) -> Result<SubscriptionPage, Failure> {
        self.broker.subscriptions(search, after.as_deref()).await
    }

    /// Publishes a message of the broker itself; returns the number of sessions it went to.
    pub async fn publish_as_broker(&self, message: BrokerPublish) -> Result<u32, Failure> {
        self.broker.publish(&message).await
    }

    /// Retained messages that `filter` matches, after topic `after`.
    pub async fn broker_retained(
        &self,
        filter: &str,
        after: Option<String>,
    ) -> Result<RetainedPage, Failure> {
        self.broker.retained(filter, after.as_deref()).await
    }

    /// Begins to remove the retained messages that `filter` matches.
    pub async fn clear_retained(&self, filter: &str) -> Result<(), Failure> {
        self.broker.clear_retained(filter).await
    }

    /// Stops removing.
    pub async fn cancel_clear_retained(&self) {
        self.broker.cancel_clearing().await;
    }

    /// Writes the retained messages that `filter` matches; returns how many.
    pub async fn export_retained(&self, filter: &str, path: &Path) -> Result<u32, Failure> {
        self.broker.export_retained(filter, path).await
    }

    /// Retains the messages in a file.
    pub async fn import_retained(&self, path: &Path) -> Result<ImportReport, Failure> {
        self.broker.import_retained(path).await
    }

    /// Writes what clients need to trust the broker's own certificate.
    pub async fn export_broker_authority(&self, path: &Path) -> Result<(), Failure> {
        let authority = match self.broker.status().await {
            Status::On(on) => on.certificate.and_then(|certificate| certificate.authority),
            Status::Off | Status::Failed(_) => None,
        };
        let Some(authority) = authority else {
            let message = "The broker shows no certificate of its own.";
            return Err(Failure::new(FailureCode::BrokerNotRunning, message)
                .hint("Switch the broker and a TLS listener on."));
        };
        let written = tokio::fs::write(path, authority).await;
        written.map_err(|error| files::unwritable(path, &error))
    }
}
