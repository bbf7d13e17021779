//! Questions about the running broker, and what can be done to its clients.

use broker::{ClientQuery, NewMessage, Only, SubscriptionQuery};
use wire::{ReasonCode, property::PublishProperties};

use super::{LocalBroker, describe, packets};
use crate::{
    Failure, FailureCode, client, explain,
    views::{
        BrokerActivity, BrokerClientDetail, BrokerLogPage, BrokerPublish, PacketDetail, PacketPage,
        SubscriptionPage,
    },
};

/// Clients in one look at what goes on.
const CLIENTS: usize = 1_000;
/// Packets in one page.
const PACKETS: usize = 512;
/// Filters in one page, and holders of each.
const FILTERS: usize = 200;
const HOLDERS: usize = 100;

impl LocalBroker {
    /// Counters, clients and faults right now; all zero while it is off.
    pub async fn activity(&self, search: &str) -> Result<BrokerActivity, Failure> {
        let locked = self.running().await;
        let Ok(running) = locked.get() else { return Ok(BrokerActivity::default()) };
        let now = running.broker.snapshot().await?;
        let mut activity = describe::activity(&now);
        for only in [Only::Online, Only::Offline] {
            let limit = CLIENTS - activity.clients.len();
            let query = ClientQuery { search: search.into(), only, after: None, limit };
            let page = running.broker.clients(query).await?;
            activity.clients.extend(page.clients.iter().map(describe::client));
        }
        activity.listeners = running.clients_by_listener(&now);
        activity.faults = running.broker.faults().into_iter().map(describe::fault).collect();
        activity.log_end = running.log.end();
        activity.transfer = running.clearing.view();
        Ok(activity)
    }

    /// What happened, from entry `after` on.
    pub async fn log(&self, after: u64) -> Result<BrokerLogPage, Failure> {
        let locked = self.running().await;
        Ok(locked.get().map(|running| running.log.page(after)).unwrap_or_default())
    }

    /// One client with its subscriptions.
    pub async fn client(&self, client_id: &str) -> Result<BrokerClientDetail, Failure> {
        let locked = self.running().await;
        let found = locked.get()?.broker.client(client_id).await?;
        found.map(|detail| describe::detail(&detail)).ok_or_else(|| unknown(client_id))
    }

    /// Packets of one client, after number `after`.
    pub async fn packets(&self, client_id: &str, after: u64) -> Result<PacketPage, Failure> {
        let locked = self.running().await;
        Ok(packets::page(&locked.get()?.broker.packets(client_id, after, PACKETS)))
    }

    /// One packet of a client, byte by byte.
    pub async fn packet(&self, client_id: &str, seq: u64) -> Result<PacketDetail, Failure> {
        let locked = self.running().await;
        let page = locked.get()?.broker.packets(client_id, seq.saturating_sub(1), 1);
        let found = page.entries.iter().find(|entry| entry.seq == seq);
        found.map(packets::detail).ok_or_else(not_kept)
    }

    /// The first bytes of a connection that never got a session.
    pub async fn attempt(&self, attempt: u64) -> Result<PacketDetail, Failure> {
        let locked = self.running().await;
        let failed = locked.get()?.broker.failed_attempts();
        let found = failed.iter().find(|failed| failed.attempt == attempt);
        found.map(packets::attempt).ok_or_else(not_kept)
    }

    /// Ends a client's connection with a reason code of DISCONNECT; its session stays.
    pub async fn kick(&self, client_id: &str, reason: u8) -> Result<(), Failure> {
        let locked = self.running().await;
        if locked.get()?.broker.kick(client_id, ReasonCode(reason)).await? {
            return Ok(());
        }
        let message = format!("`{client_id}` is not connected to the broker any more.");
        Err(Failure::new(FailureCode::NotConnected, message))
    }

    /// Ends a session: its subscriptions and what waits for it are gone.
    pub async fn delete_session(&self, client_id: &str) -> Result<(), Failure> {
        let locked = self.running().await;
        let deleted = locked.get()?.broker.delete_session(client_id).await?;
        if deleted { Ok(()) } else { Err(unknown(client_id)) }
    }

    /// Filters that contain `search`, after filter `after`.
    pub async fn subscriptions(
        &self,
        search: &str,
        after: Option<&str>,
    ) -> Result<SubscriptionPage, Failure> {
        let query = SubscriptionQuery {
            search: search.into(),
            after: after.map(client::filter_from).transpose()?,
            limit: FILTERS,
            subscribers: HOLDERS,
            ..SubscriptionQuery::default()
        };
        let locked = self.running().await;
        Ok(describe::subscriptions(&locked.get()?.broker.subscriptions(query).await?))
    }

    /// Publishes a message of the broker itself; returns the number of sessions it went to.
    pub async fn publish(&self, message: &BrokerPublish) -> Result<u32, Failure> {
        let topic = message.topic.as_str();
        let message = NewMessage {
            topic: topic.parse().map_err(|error| explain::invalid_topic(topic, &error))?,
            payload: client::bytes_of(&message.payload)?,
            qos: client::qos_from(message.qos)?,
            retain: message.retain,
            properties: PublishProperties::default(),
        };
        let locked = self.running().await;
        let sessions = locked.get()?.broker.publish(message).await?;
        Ok(u32::try_from(sessions).unwrap_or(u32::MAX))
    }
}

fn unknown(client_id: &str) -> Failure {
    let message = format!("The broker knows no client `{client_id}` any more.");
    Failure::new(FailureCode::ClientNotFound, message).detail("clientId", client_id)
}

fn not_kept() -> Failure {
    Failure::new(FailureCode::MessageNotFound, "The packet is not kept any more.")
}
