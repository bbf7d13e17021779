//! Fields of every packet.

use super::{build::Builder, connect::connect, properties::properties};
use crate::{
    packet::{PacketType, Version},
    reason::ReasonCode,
};

/// Adds the fields of a packet whose type and remaining length can be read.
pub(super) fn packet(builder: &mut Builder, packet: PacketType) {
    let first = builder.peek().unwrap_or_default();
    fixed_header(builder, packet, first);
    if builder.is_at_end() && may_be_empty(packet) {
        return;
    }
    let whole = match packet {
        PacketType::Connect => connect(builder),
        PacketType::ConnAck => connack(builder),
        PacketType::Publish => publish(builder, first),
        PacketType::PubAck | PacketType::PubRec | PacketType::PubRel | PacketType::PubComp => {
            ack(builder)
        }
        PacketType::Subscribe => subscribe(builder),
        PacketType::SubAck | PacketType::UnsubAck => list_of_reasons(builder, packet),
        PacketType::Unsubscribe => unsubscribe(builder),
        PacketType::PingReq | PacketType::PingResp => Some(()),
        PacketType::Disconnect => reason_and_properties(builder),
        // There is none in 3.x, so it can only be meant as one of 5.0.
        PacketType::Auth => {
            builder.version = Version::V5;
            reason_and_properties(builder)
        }
    };
    if whole.is_none() && !builder.is_at_end() && !builder.is_full() {
        builder.raw_rest("Undecodable bytes", "what comes before is damaged");
    }
    builder.finish();
}

/// Packets that need nothing behind their fixed header.
fn may_be_empty(packet: PacketType) -> bool {
    matches!(
        packet,
        PacketType::PingReq | PacketType::PingResp | PacketType::Disconnect | PacketType::Auth
    )
}

fn fixed_header(builder: &mut Builder, packet: PacketType, first: u8) {
    builder.group("Fixed header", |builder| {
        builder.byte("Packet type");
        builder.part("Packet type", packet.name());
        if packet == PacketType::Publish {
            builder.flag("DUP", first & 0b1000 != 0);
            builder.part("QoS", ((first >> 1) & 0b11).to_string());
            builder.flag("RETAIN", first & 1 != 0);
        } else {
            builder.part("Flags", format!("{:#06b}", first & 0x0F));
        }
        builder.variable_byte_integer("Remaining length");
    });
}

fn publish(builder: &mut Builder, first: u8) -> Option<()> {
    builder.text("Topic name")?;
    if (first >> 1) & 0b11 != 0 {
        builder.u16("Packet identifier")?;
    }
    if builder.version == Version::V5 {
        properties(builder, "Properties")?;
    }
    builder.payload();
    Some(())
}

fn connack(builder: &mut Builder) -> Option<()> {
    let (flags, group) = builder.group("Acknowledge flags", |builder| {
        let flags = builder.byte("Acknowledge flags")?;
        builder.flag("Session present", flags & 1 != 0);
        Some(flags)
    });
    let flags = flags?;
    if let Some(group) = group {
        group.value = format!("{flags:#04x}");
    }
    if builder.version == Version::V5 {
        reason(builder)?;
        return properties(builder, "Properties");
    }
    let code = builder.byte("Return code")?;
    let meaning = ReasonCode::from_v3_connack(code).and_then(ReasonCode::name);
    let meaning = meaning.unwrap_or("Unknown return code");
    builder.field("Return code", builder.position - 1, format!("{meaning} ({code})"));
    Some(())
}

fn ack(builder: &mut Builder) -> Option<()> {
    builder.u16("Packet identifier")?;
    reason_and_properties(builder)
}

/// Both can be left out in 5.0, and are not there in 3.x.
fn reason_and_properties(builder: &mut Builder) -> Option<()> {
    if builder.version != Version::V5 || builder.is_at_end() {
        return Some(());
    }
    reason(builder)?;
    if builder.is_at_end() {
        return Some(());
    }
    properties(builder, "Properties")
}

fn reason(builder: &mut Builder) -> Option<()> {
    let code = builder.byte("Reason code")?;
    builder.field("Reason code", builder.position - 1, ReasonCode(code).to_string());
    Some(())
}

fn subscribe(builder: &mut Builder) -> Option<()> {
    builder.u16("Packet identifier")?;
    if builder.version == Version::V5 {
        properties(builder, "Properties")?;
    }
    while !builder.is_at_end() && !builder.is_full() {
        let (subscription, group) = builder.group("Subscription", |builder| {
            let filter = builder.text("Topic filter")?;
            subscription_options(builder)?;
            Some(filter)
        });
        if let Some(group) = group
            && let Some(filter) = group.children.first()
        {
            group.value.clone_from(&filter.value);
        }
        subscription?;
    }
    Some(())
}

fn subscription_options(builder: &mut Builder) -> Option<()> {
    let (options, group) = builder.group("Subscription options", |builder| {
        let options = builder.byte("Subscription options")?;
        builder.part("QoS", (options & 0b11).to_string());
        if builder.version == Version::V5 {
            builder.flag("No local", options & 0b0100 != 0);
            builder.flag("Retain as published", options & 0b1000 != 0);
            let handling = match (options >> 4) & 0b11 {
                0 => "0 (send retained messages)",
                1 => "1 (send them if the subscription is new)",
                2 => "2 (do not send them)",
                _ => "3 (unknown)",
            };
            builder.part("Retain handling", handling);
        }
        Some(options)
    });
    let options = options?;
    if let Some(group) = group {
        group.value = format!("{options:#04x}");
    }
    Some(())
}

fn unsubscribe(builder: &mut Builder) -> Option<()> {
    builder.u16("Packet identifier")?;
    if builder.version == Version::V5 {
        properties(builder, "Properties")?;
    }
    while !builder.is_at_end() && !builder.is_full() {
        builder.text("Topic filter")?;
    }
    Some(())
}

fn list_of_reasons(builder: &mut Builder, packet: PacketType) -> Option<()> {
    builder.u16("Packet identifier")?;
    if builder.version == Version::V5 {
        properties(builder, "Properties")?;
    } else if packet == PacketType::UnsubAck {
        return Some(());
    }
    while !builder.is_at_end() && !builder.is_full() {
        let code = builder.byte("Reason code")?;
        let value = match (packet, code) {
            (PacketType::SubAck, 0) => "Granted QoS 0 (0x00)".to_owned(),
            (_, code) => ReasonCode(code).to_string(),
        };
        builder.field("Reason code", builder.position - 1, value);
    }
    Some(())
}
