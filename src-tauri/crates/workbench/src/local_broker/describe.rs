//! What the broker says, in the words of the window.

use broker::{
    Activity, ClientDetail, ClientInfo, ClientLink, FaultState, FilterInfo, Presence, Subscriber,
    SubscriptionOptions,
};
use wire::{Timestamp, TopicFilter, Version};

use crate::views::{
    BrokerActivity, BrokerClient, BrokerClientDetail, BrokerClientLink, BrokerSubscription,
    Dropped, FaultView, LastPacket, ListenerProtocol, SubscriptionPage, SubscriptionRow,
};

pub(super) fn activity(now: &Activity) -> BrokerActivity {
    let counters = now.counters;
    BrokerActivity {
        messages_in: counters.messages_in,
        messages_out: counters.messages_out,
        bytes_in: counters.bytes_in,
        bytes_out: counters.bytes_out,
        dropped: Dropped {
            slow_consumer: counters.dropped.slow_consumer,
            queue_full: counters.dropped.queue_full,
            too_large: counters.dropped.too_large,
            expired: counters.dropped.expired,
            refused: counters.dropped.refused,
            offline: counters.dropped.offline,
            forbidden: counters.dropped.forbidden,
        },
        retained: now.retained as u64,
        retained_bytes: now.held.retained as u64,
        queued: now.queued as u64,
        queued_bytes: now.held.queued as u64,
        connections: counters.connections,
        failed_connections: counters.refused_connections,
        online: count(now.online),
        offline: count(now.offline),
        ..BrokerActivity::default()
    }
}

pub(super) fn client(client: &ClientInfo) -> BrokerClient {
    let (connected, expires) = match &client.presence {
        Presence::Online(online) => (Some(link(online)), None),
        Presence::Offline(offline) => (None, offline.expires.map(milliseconds)),
    };
    BrokerClient {
        client_id: client.client_id.to_string(),
        connected,
        expires,
        subscriptions: count(client.subscriptions),
        messages_in: client.messages_in,
        messages_out: client.messages_out,
        bytes_in: client.bytes_in,
        bytes_out: client.bytes_out,
        inflight: count(client.inflight),
        queued: count(client.queued),
        queued_bytes: client.queued_bytes as u64,
        dropped: client.dropped.total(),
    }
}

pub(super) fn detail(detail: &ClientDetail) -> BrokerClientDetail {
    /// Subscriptions shown of one client.
    const SHOWN: usize = 1_000;
    let client_id = &detail.info.client_id;
    let subscriptions = detail.subscriptions.iter().take(SHOWN);
    BrokerClientDetail {
        client: client(&detail.info),
        subscriptions: subscriptions
            .map(|(filter, options)| subscription(client_id, filter, options))
            .collect(),
    }
}

pub(super) fn subscriptions(page: &broker::SubscriptionPage) -> SubscriptionPage {
    let last = page.filters.last().filter(|_| page.more);
    SubscriptionPage {
        rows: page.filters.iter().map(row).collect(),
        next: last.map(|last| last.filter.to_string()),
    }
}

pub(super) fn fault(fault: FaultState) -> FaultView {
    FaultView {
        rule: fault.rule,
        seen: fault.seen,
        fired: fault.fired,
        last: fault.last.map(milliseconds),
    }
}

pub(super) const fn protocol(protocol: broker::ListenerProtocol) -> ListenerProtocol {
    match protocol {
        broker::ListenerProtocol::Tcp => ListenerProtocol::Tcp,
        broker::ListenerProtocol::Tls => ListenerProtocol::Tls,
        broker::ListenerProtocol::Ws => ListenerProtocol::Ws,
        broker::ListenerProtocol::Wss => ListenerProtocol::Wss,
    }
}

fn link(link: &ClientLink) -> BrokerClientLink {
    BrokerClientLink {
        version: version(link.version).into(),
        protocol: protocol(link.protocol),
        address: link.address.to_string(),
        username: link.username.as_deref().map(Into::into),
        certificate: link.common_name.as_deref().map(Into::into),
        keep_alive_seconds: link.keep_alive,
        since: milliseconds(link.since),
        last_packet: link.last_packet.map(|last| LastPacket {
            packet: last.packet.name().into(),
            direction: last.direction,
            at: milliseconds(last.at),
        }),
    }
}

fn row(info: &FilterInfo) -> SubscriptionRow {
    let holder =
        |holder: &Subscriber| subscription(&holder.client_id, &info.filter, &holder.options);
    SubscriptionRow {
        filter: info.filter.to_string(),
        holders: info.subscribers.iter().map(holder).collect(),
        count: count(info.count),
    }
}

fn subscription(
    client_id: &str,
    filter: &TopicFilter,
    options: &SubscriptionOptions,
) -> BrokerSubscription {
    BrokerSubscription {
        client_id: client_id.into(),
        filter: filter.to_string(),
        qos: options.qos as u8,
        no_local: options.no_local,
        retain_as_published: options.retain_as_published,
        identifier: options.identifier,
    }
}

pub(super) const fn version(version: Version) -> &'static str {
    match version {
        Version::V31 => "3.1",
        Version::V311 => "3.1.1",
        Version::V5 => "5.0",
    }
}

pub(super) const fn milliseconds(at: Timestamp) -> i64 {
    at.0 / 1000
}

pub(super) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
