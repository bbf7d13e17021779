//! Fields of CONNECT (§3.1).

use super::{build::Builder, properties::properties};
use crate::packet::Version;

/// The version a CONNECT states; `body` begins behind the fixed header.
pub(super) fn stated_version(body: &[u8]) -> Option<Version> {
    let length = usize::from(u16::from_be_bytes([*body.first()?, *body.get(1)?]));
    let name = body.get(2..2 + length)?;
    match (name, body.get(2 + length)?) {
        (b"MQIsdp", 3 | 0x83) => Some(Version::V31),
        // Bridges set the top bit.
        (b"MQTT", 4 | 0x84) => Some(Version::V311),
        (b"MQTT", 5..) => Some(Version::V5),
        _ => None,
    }
}

pub(super) fn connect(builder: &mut Builder) -> Option<()> {
    builder.text("Protocol name")?;
    let level = builder.byte("Protocol level")?;
    let name = match level {
        3 => "MQTT 3.1",
        4 => "MQTT 3.1.1",
        5 => "MQTT 5.0",
        0x83 | 0x84 => "a bridge",
        _ => "unknown",
    };
    builder.field("Protocol level", builder.position - 1, format!("{level} ({name})"));
    let flags = connect_flags(builder)?;
    builder.u16("Keep alive")?;
    if builder.version == Version::V5 {
        properties(builder, "Properties")?;
    }
    builder.text("Client identifier")?;
    if flags & 0b0000_0100 != 0 {
        if builder.version == Version::V5 {
            properties(builder, "Will properties")?;
        }
        builder.text("Will topic")?;
        builder.binary("Will payload")?;
    }
    // MQTT 3.1 lets both be missing although they are flagged.
    let may_be_missing = builder.version == Version::V31;
    if flags & 0b1000_0000 != 0 && !(may_be_missing && builder.is_at_end()) {
        builder.text("User name")?;
    }
    if flags & 0b0100_0000 != 0 && !(may_be_missing && builder.is_at_end()) {
        builder.secret("Password")?;
    }
    Some(())
}

fn connect_flags(builder: &mut Builder) -> Option<u8> {
    let (flags, group) = builder.group("Connect flags", |builder| {
        let flags = builder.byte("Connect flags")?;
        let is_set = |bit: u8| flags & (1 << bit) != 0;
        let clean = match builder.version {
            Version::V5 => "Clean start",
            Version::V31 | Version::V311 => "Clean session",
        };
        builder.flag("User name flag", is_set(7));
        builder.flag("Password flag", is_set(6));
        builder.flag("Will retain", is_set(5));
        builder.part("Will QoS", ((flags >> 3) & 0b11).to_string());
        builder.flag("Will flag", is_set(2));
        builder.flag(clean, is_set(1));
        builder.flag("Reserved", is_set(0));
        Some(flags)
    });
    if let (Some(flags), Some(group)) = (flags, group) {
        group.value = format!("{flags:#010b}");
    }
    flags
}
