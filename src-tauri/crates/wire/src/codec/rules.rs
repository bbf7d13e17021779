//! Which reason codes a packet may carry, from which side.

use super::Sender;
use crate::{
    packet::{PacketType, Version},
    reason::ReasonCode,
};

/// Whether `packet`, coming from `sender`, may carry `reason` in MQTT 5.0 (the tables in §3).
pub(super) const fn allows(packet: PacketType, sender: Sender, reason: ReasonCode) -> bool {
    let code = reason.0;
    match packet {
        PacketType::ConnAck => matches!(
            code,
            0 | 0x80..=0x8A | 0x8C | 0x90 | 0x95 | 0x97 | 0x99..=0x9D | 0x9F
        ),
        PacketType::PubAck | PacketType::PubRec => {
            matches!(code, 0 | 0x10 | 0x80 | 0x83 | 0x87 | 0x90 | 0x91 | 0x97 | 0x99)
        }
        PacketType::PubRel | PacketType::PubComp => matches!(code, 0 | 0x92),
        PacketType::SubAck => {
            matches!(code, 0..=2 | 0x80 | 0x83 | 0x87 | 0x8F | 0x91 | 0x97 | 0x9E | 0xA1 | 0xA2)
        }
        PacketType::UnsubAck => {
            matches!(code, 0 | 0x11 | 0x80 | 0x83 | 0x87 | 0x8F | 0x91)
        }
        PacketType::Disconnect => match code {
            // A server has no normal disconnection in the table, but many say 0 and mean it.
            0 | 0x80..=0x83 | 0x90 | 0x93..=0x99 => true,
            0x04 => sender.may_be_client(),
            0x87 | 0x89 | 0x8B | 0x8D..=0x8F | 0x9A..=0xA2 => sender.may_be_server(),
            _ => false,
        },
        PacketType::Auth => match code {
            0x00 => sender.may_be_server(),
            0x18 => true,
            0x19 => sender.may_be_client(),
            _ => false,
        },
        _ => code == 0,
    }
}

/// Whether a SUBACK of `version` may carry `reason`: 3.1 knows no failure, 3.1.1 only one.
pub(super) const fn allows_in_suback(version: Version, reason: ReasonCode) -> bool {
    match version {
        Version::V31 => reason.0 <= 2,
        Version::V311 => reason.0 <= 2 || reason.0 == 0x80,
        Version::V5 => allows(PacketType::SubAck, Sender::Either, reason),
    }
}
