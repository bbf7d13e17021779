//! The last packet of a connection, in one word.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use wire::{PacketType, Timestamp};

use crate::{activity::LastPacket, faults::FaultDirection};

/// Written once a batch by reader and writer, read for a snapshot.
///
/// 56 bits of time (µs, for two thousand years), four of type, one of direction; 0 is none.
#[derive(Debug, Default)]
pub(crate) struct LastPacketCell(AtomicU64);

const TIME_SHIFT: u32 = 8;
const OUT: u64 = 0x01;

impl LastPacketCell {
    /// Notes the packet that begins with `first`; it passes now.
    pub(crate) fn set(&self, first: u8, direction: FaultDirection) {
        let time = u64::try_from(Timestamp::now().0).unwrap_or(0) << TIME_SHIFT;
        let way = if direction == FaultDirection::Out { OUT } else { 0 };
        self.0.store(time | u64::from(first & 0xF0) | way, Relaxed);
    }

    pub(crate) fn get(&self) -> Option<LastPacket> {
        let value = self.0.load(Relaxed);
        let [low, ..] = value.to_le_bytes();
        Some(LastPacket {
            packet: PacketType::from_first_byte(low)?,
            direction: if value & OUT == 0 { FaultDirection::In } else { FaultDirection::Out },
            at: Timestamp(i64::try_from(value >> TIME_SHIFT).ok()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_packet_is_the_one_that_was_set_last() {
        let cell = LastPacketCell::default();
        let none = cell.get();
        let before = Timestamp::now();

        cell.set(0xC0, FaultDirection::In);
        let ping = cell.get().unwrap();
        cell.set(0x3B, FaultDirection::Out);
        let publish = cell.get().unwrap();

        assert_eq!(none, None);
        assert_eq!((ping.packet, ping.direction), (PacketType::PingReq, FaultDirection::In));
        assert_eq!((publish.packet, publish.direction), (PacketType::Publish, FaultDirection::Out));
        assert!(before <= ping.at && ping.at <= publish.at);
    }
}
