//! What crossed the sockets: the last packets of each client, and how failed connections began.
//!
//! A reader or a writer hands over what it saw once a batch; whoever looks takes pages with
//! [`Broker::packets`](crate::Broker::packets) and dissects them itself. The bytes are those of MQTT,
//! whatever carries them, and include what a CONNECT says in confidence.
//!
//! # Invariants
//!
//! * Off, a batch costs one relaxed load, and nothing is kept.
//! * Every packet that passed while it was on has a number; one that is not there any more is counted
//!   as skipped.
//! * All together hold at most about [`BUDGET`] bytes: whose packets passed longest ago loses them.

mod ring;

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
};

use bytes::Bytes;
use wire::{Timestamp, Version};

use self::ring::Ring;
use crate::{
    event::ConnectFailure,
    faults::{FaultDirection, FaultMark},
};

/// Bytes kept of one packet, and of the beginning of a connection that failed.
pub(crate) const KEPT_BYTES: usize = 1024;

/// Packets kept of one client, not counting a pinned CONNECT and CONNACK.
const KEPT_PACKETS: usize = 512;

/// Failed attempts kept.
const KEPT_ATTEMPTS: usize = 64;

/// Bytes all logs together hold.
const BUDGET: usize = 64 * 1024 * 1024;

/// One packet as it crossed a client's connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PacketEntry {
    /// Its number among the packets of this client, both ways, over all its connections, from 1.
    pub seq: u64,
    /// When the broker took it from the client or gave it to the socket, or a fault took it away.
    pub at: Timestamp,
    /// Which way it went.
    pub direction: FaultDirection,
    /// Its size in bytes, fixed header included.
    pub total_len: usize,
    /// Its first bytes, as the receiver gets them: at most 1 KiB.
    pub bytes: Bytes,
    /// What the connection speaks.
    pub version: Version,
    /// The faults that fired at it, in the order of the rules.
    pub faults: Vec<FaultMark>,
    /// Why the broker refused it and ended the connection.
    pub error: Option<Box<str>>,
}

/// The answer of [`Broker::packets`](crate::Broker::packets).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PacketPage {
    /// The packets in their order.
    pub entries: Vec<PacketEntry>,
    /// Ask with this as `after_seq` for what comes next.
    pub next_seq: u64,
    /// Packets between `after_seq` and `next_seq` that are not kept any more.
    pub skipped: u64,
}

/// A connection that never got a session; see
/// [`Broker::failed_attempts`](crate::Broker::failed_attempts).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FailedAttempt {
    /// The number its [`ConnectionFailed`](crate::BrokerEvent::ConnectionFailed) has.
    pub attempt: u64,
    /// When it ended.
    pub at: Timestamp,
    /// The peer.
    pub address: SocketAddr,
    /// Why, as the broker sees it.
    pub cause: ConnectFailure,
    /// Its first bytes: at most 1 KiB.
    pub received: Bytes,
    /// How many bytes it sent.
    pub received_len: usize,
    /// What it was answered; may be nothing.
    pub answer: Bytes,
    /// The faults that fired at its packets.
    pub faults: Vec<FaultMark>,
}

/// The logs of all clients.
#[derive(Debug)]
pub(crate) struct PacketLog {
    on: AtomicBool,
    budget: usize,
    /// Bytes held by all clients.
    used: AtomicUsize,
    /// Grows with every use of a log.
    clock: AtomicU64,
    clients: Mutex<HashMap<Arc<str>, Arc<ClientLog>>>,
    failed: Mutex<VecDeque<FailedAttempt>>,
}

/// The log of one client; outlives its connections.
#[derive(Debug, Default)]
pub(crate) struct ClientLog {
    ring: Mutex<Ring>,
    last_use: AtomicU64,
}

/// A packet on its way into the log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Seen {
    pub(crate) direction: FaultDirection,
    pub(crate) total_len: usize,
    pub(crate) bytes: Bytes,
    pub(crate) version: Version,
    pub(crate) faults: Vec<FaultMark>,
    pub(crate) error: Option<Box<str>>,
}

impl PacketLog {
    pub(crate) fn new(on: bool) -> Self {
        Self::with_budget(on, BUDGET)
    }

    fn with_budget(on: bool, budget: usize) -> Self {
        Self {
            on: AtomicBool::new(on),
            budget,
            used: AtomicUsize::new(0),
            clock: AtomicU64::new(0),
            clients: Mutex::default(),
            failed: Mutex::default(),
        }
    }

    pub(crate) fn is_on(&self) -> bool {
        self.on.load(Relaxed)
    }

    /// Switches it; what was kept stays.
    pub(crate) fn set(&self, on: bool) {
        self.on.store(on, Relaxed);
    }

    /// The log of a client, new or from earlier.
    pub(crate) fn client(&self, client_id: &Arc<str>) -> Arc<ClientLog> {
        let mut clients = lock(&self.clients);
        if let Some(client) = clients.get(client_id) {
            return Arc::clone(client);
        }
        let client = Arc::new(ClientLog::default());
        clients.insert(Arc::clone(client_id), Arc::clone(&client));
        drop(clients);
        self.used.fetch_add(ring::CLIENT_COST, Relaxed);
        client
    }

    /// Appends what passed together.
    pub(crate) fn append(&self, client: &ClientLog, batch: impl IntoIterator<Item = Seen>) {
        client.last_use.store(self.clock.fetch_add(1, Relaxed), Relaxed);
        let at = Timestamp::now();
        {
            let mut ring = lock(&client.ring);
            let before = ring.cost();
            batch.into_iter().for_each(|seen| ring.push(seen, at));
            // Under the lock, so that nobody gives back what is not counted yet.
            self.used.fetch_add(ring.cost(), Relaxed);
            self.used.fetch_sub(before, Relaxed);
        }
        if self.used.load(Relaxed) > self.budget {
            self.make_room();
        }
    }

    /// Packets of a client after `after_seq`, at most `limit`; nothing for a client without a log.
    pub(crate) fn page(&self, client_id: &str, after_seq: u64, limit: usize) -> PacketPage {
        let client = lock(&self.clients).get(client_id).map(Arc::clone);
        let Some(client) = client else {
            return PacketPage { next_seq: after_seq, ..PacketPage::default() };
        };
        lock(&client.ring).page(after_seq, limit)
    }

    pub(crate) fn add_failed(&self, attempt: FailedAttempt) {
        let mut failed = lock(&self.failed);
        if failed.len() == KEPT_ATTEMPTS {
            failed.pop_front();
        }
        failed.push_back(attempt);
    }

    pub(crate) fn failed(&self) -> Vec<FailedAttempt> {
        lock(&self.failed).iter().cloned().collect()
    }

    /// Forgets the packets of who was quiet longest, until a quarter of the budget is free.
    #[cold]
    fn make_room(&self) {
        let mut clients = lock(&self.clients);
        let mut oldest: Vec<_> =
            clients.iter().map(|(id, log)| (log.last_use.load(Relaxed), Arc::clone(id))).collect();
        oldest.sort_unstable();
        for (_, id) in oldest {
            if self.used.load(Relaxed) <= self.budget / 4 * 3 {
                return;
            }
            let Some(client) = clients.get(&id) else { continue };
            {
                let mut ring = lock(&client.ring);
                self.used.fetch_sub(ring.forget(), Relaxed);
            }
            // Nobody writes to it: only this list knows it, and the list is locked.
            if Arc::strong_count(client) == 1 {
                clients.remove(&id);
                self.used.fetch_sub(ring::CLIENT_COST, Relaxed);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What a panic elsewhere leaves is a log that lacks something, not a wrong one.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
