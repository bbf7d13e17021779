//! How the file is laid out.
//!
//! * A message's row id is `connection << 40 | seq`: the rows of a connection lie next to each
//!   other in order, so that a page of them is one range of the primary key and no further index
//!   has to be kept while messages come in.
//! * Topics are interned: a row holds a small number instead of the text. Number 0 means no
//!   topic (an event).
//! * `flags`: bits 0–1 `QoS`, bit 2 RETAIN, bit 3 DUP, bits 4–5 direction.
//! * `head` repeats the first bytes of a large payload, so that a list of large messages is drawn
//!   without reading them; `payload` is always whole and stands last.
//! * `gaps`: rows that were not recorded, by the first of them.
//!
//! Search and retention by size will add segments: further tables (or files) of the same columns
//! and the same row ids, sealed when full and indexed once they are. `messages` is then the open
//! segment, and nothing in it changes.

use std::{fmt, num::NonZeroU32};

use wire::{Direction, QoS};

/// The largest sequence number a connection can use.
pub const MAX_SEQ: u64 = (1 << SEQ_BITS) - 1;

const SEQ_BITS: u32 = 40;
/// Row ids are positive `i64`s.
const MAX_CONNECTION: u32 = (1 << (63 - SEQ_BITS)) - 1;

/// "TPSC" in the file's header: tells this format from other SQLite files.
pub(crate) const APPLICATION_ID: i64 = 0x5450_5343;

/// A connection's small number in the history; never used again after it was deleted.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ConnectionId(NonZeroU32);

impl ConnectionId {
    pub(crate) fn from_row(id: i64) -> Option<Self> {
        u32::try_from(id)
            .ok()
            .filter(|id| *id <= MAX_CONNECTION)
            .and_then(NonZeroU32::new)
            .map(Self)
    }

    pub(crate) fn as_row(self) -> i64 {
        i64::from(self.0.get())
    }

    /// The row id of `seq`, which is limited to [`MAX_SEQ`].
    pub(crate) fn row(self, seq: u64) -> i64 {
        (self.as_row() << SEQ_BITS) | seq.min(MAX_SEQ).cast_signed()
    }

    /// The row ids of the connection, both ends included.
    pub(crate) fn rows(self) -> (i64, i64) {
        (self.row(0), self.row(MAX_SEQ))
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The sequence number in a row id.
pub(crate) fn seq_of(row: i64) -> u64 {
    row.cast_unsigned() & MAX_SEQ
}

/// What the `flags` column holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Flags {
    pub(crate) direction: Direction,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    pub(crate) dup: bool,
}

impl Flags {
    pub(crate) fn to_column(self) -> i64 {
        let direction = match self.direction {
            Direction::Received => 0,
            Direction::Sent => 1,
            Direction::Event => 2,
        };
        i64::from(self.qos as u8)
            | i64::from(self.retain) << 2
            | i64::from(self.dup) << 3
            | direction << 4
    }

    /// `None` for a value this version never writes.
    pub(crate) fn from_column(column: i64) -> Option<Self> {
        Some(Self {
            qos: match column & 3 {
                0 => QoS::AtMostOnce,
                1 => QoS::AtLeastOnce,
                2 => QoS::ExactlyOnce,
                _ => return None,
            },
            retain: column & 4 != 0,
            dup: column & 8 != 0,
            direction: match column >> 4 {
                0 => Direction::Received,
                1 => Direction::Sent,
                2 => Direction::Event,
                _ => return None,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_id_keeps_connection_and_sequence_number_apart() {
        let first = ConnectionId::from_row(1).unwrap();
        let last = ConnectionId::from_row(i64::from(MAX_CONNECTION)).unwrap();

        assert_eq!(seq_of(first.row(77)), 77);
        assert_eq!(seq_of(last.row(MAX_SEQ)), MAX_SEQ);
        assert_eq!(last.row(MAX_SEQ), i64::MAX);
        assert!(first.rows().1 < ConnectionId::from_row(2).unwrap().rows().0);
    }

    #[test]
    fn connection_numbers_that_do_not_fit_are_refused() {
        for id in [-1, 0, i64::from(MAX_CONNECTION) + 1, i64::MAX] {
            assert_eq!(ConnectionId::from_row(id), None, "{id}");
        }
    }

    #[test]
    fn every_combination_of_flags_survives_the_column() {
        for direction in [Direction::Received, Direction::Sent, Direction::Event] {
            for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
                for (retain, dup) in [(false, false), (false, true), (true, false), (true, true)] {
                    let flags = Flags { direction, qos, retain, dup };

                    assert_eq!(Flags::from_column(flags.to_column()), Some(flags));
                }
            }
        }
        assert_eq!(Flags::from_column(3), None);
        assert_eq!(Flags::from_column(0x30), None);
    }
}
