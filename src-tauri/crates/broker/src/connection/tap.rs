//! One direction of a connection on its way into the packet log.

use std::sync::Arc;

use bytes::Bytes;
use wire::Version;

use crate::{
    faults::{FaultDirection, FaultMark},
    packet_log::{ClientLog, KEPT_BYTES, PacketLog, Seen},
};

/// More room for the bytes of a batch than this is not kept.
const KEPT_ROOM: usize = 64 * 1024;

/// Collects the packets of a batch, so that the log is locked once for all of them.
#[derive(Debug)]
pub(super) struct Tap {
    log: Arc<PacketLog>,
    direction: FaultDirection,
    client_id: Option<Arc<str>>,
    client: Option<Arc<ClientLog>>,
    on: bool,
    /// What is kept of the packets, one after the other.
    bytes: Vec<u8>,
    packets: Vec<Noted>,
}

#[derive(Debug)]
struct Noted {
    kept: usize,
    total_len: usize,
    faults: Vec<FaultMark>,
    error: Option<Box<str>>,
}

impl Tap {
    pub(super) fn new(log: Arc<PacketLog>, direction: FaultDirection) -> Self {
        let on = log.is_on();
        let (bytes, packets) = (Vec::new(), Vec::new());
        Self { log, direction, client_id: None, client: None, on, bytes, packets }
    }

    /// Says whose log it is; until then nothing gets further than this.
    pub(super) fn identify(&mut self, client_id: &Arc<str>) {
        self.client_id = Some(Arc::clone(client_id));
    }

    /// Looks whether the log is on.
    pub(super) fn begin_batch(&mut self) {
        self.on = self.log.is_on();
    }

    pub(super) fn is_on(&self) -> bool {
        self.on
    }

    /// Takes a packet of `total_len` bytes that begins with `bytes`.
    pub(super) fn note(&mut self, bytes: &[u8], total_len: usize, faults: Vec<FaultMark>) {
        let kept = bytes.len().min(KEPT_BYTES);
        self.bytes.extend_from_slice(&bytes[..kept]);
        self.packets.push(Noted { kept, total_len, faults, error: None });
    }

    /// Says what was wrong with the packet that was noted last.
    pub(super) fn blame(&mut self, detail: &str) {
        if let Some(noted) = self.packets.last_mut() {
            noted.error = Some(detail.into());
        }
    }

    /// The faults noted so far, for a connection that gets no log.
    pub(super) fn take_faults(&mut self) -> Vec<FaultMark> {
        self.packets.drain(..).flat_map(|noted| noted.faults).collect()
    }

    /// Writes the batch into the log.
    pub(super) fn commit(&mut self, version: Version) {
        if self.packets.is_empty() {
            return;
        }
        let Some(client_id) = &self.client_id else { return };
        let client = self.client.get_or_insert_with(|| self.log.client(client_id));
        let mut bytes = Bytes::copy_from_slice(&self.bytes);
        let direction = self.direction;
        let batch = self.packets.drain(..).map(|noted| {
            let Noted { kept, total_len, faults, error } = noted;
            Seen { direction, total_len, bytes: bytes.split_to(kept), version, faults, error }
        });
        self.log.append(client, batch);
        self.bytes.clear();
        if self.bytes.capacity() > KEPT_ROOM {
            self.bytes = Vec::new();
        }
    }
}
