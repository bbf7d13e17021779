//! Packets between the broker and one client.

use broker::FaultDirection;
use serde::Serialize;
use specta::Type;

/// Packets of one client, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Type)]
pub struct PacketPage {
    /// What is still there of what was asked for.
    pub rows: Vec<PacketRow>,
    /// Ask for this one next.
    pub next: u64,
    /// Packets that were asked for and are gone.
    pub skipped: u64,
}

/// One packet in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PacketRow {
    /// Counts up.
    pub seq: u64,
    /// ms since the epoch, with µs as fraction.
    #[specta(type = u32)]
    pub at: f64,
    /// Which way it went.
    pub direction: FaultDirection,
    /// E.g. `PUBLISH`.
    pub packet: String,
    /// What matters in it, e.g. `a/b · QoS 1 · id 7 · 12 B`.
    pub summary: String,
    /// Its size in bytes.
    pub size: u32,
    /// Name of the fault that fired at it.
    pub fault: Option<String>,
    /// What is wrong with it.
    pub problem: Option<String>,
}

/// One packet, byte by byte.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct PacketDetail {
    /// As in the list.
    pub row: PacketRow,
    /// Its first bytes in hexadecimal digits, two a byte.
    pub bytes: String,
    /// Bytes that were not kept.
    pub cut: u32,
    /// Its parts; those with a greater depth belong to the one before them.
    pub fields: Vec<PacketField>,
}

/// A named part of a packet.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct PacketField {
    /// The specification's name.
    pub name: String,
    /// Empty for a group.
    pub value: String,
    /// 0 is the packet's own.
    pub depth: u8,
    /// First byte.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
    /// Something worth knowing.
    pub note: Option<String>,
    /// What is wrong with it.
    pub problem: Option<String>,
}
