//! Writes packets.

use bytes::{BufMut, BytesMut};

use super::{
    EncodeError, MAX_VARIABLE_BYTE_INTEGER, Sender, rules,
    write::{Count, Sink, Writer, variable_byte_integer_len},
    write_properties::{WriteProperties, count_properties, write_properties},
};
use crate::{
    packet::{
        Ack, Auth, ConnAck, Connect, Disconnect, Packet, PacketType, Publish, QoS, SubAck,
        Subscribe, Subscription, UnsubAck, Unsubscribe, Version, Will,
    },
    reason::ReasonCode,
};

type Result<T = ()> = std::result::Result<T, EncodeError>;

/// Appends `packet` to `out` as `version` writes it.
///
/// A CONNACK of 3.x gets the return code that says its reason best, a SUBACK of 3.1.1 the one code
/// for failure; everything else a version lacks must be absent.
///
/// # Errors
///
/// What the version or the format does not allow. `out` is then as it was.
pub fn encode(packet: &Packet, version: Version, out: &mut BytesMut) -> Result {
    let remaining = remaining_length(packet, version)?;
    out.reserve(1 + variable_byte_integer_len(remaining) + remaining);
    out.put_u8(first_byte(packet));
    let mut writer = Writer { sink: out, version };
    writer.variable_byte_integer(remaining)?;
    body(packet, &mut writer)
}

/// Size in bytes of `packet` as `version` writes it, its fixed header included: what a peer's maximum
/// packet size is compared with.
///
/// # Errors
///
/// The same as [`encode`].
pub fn encoded_len(packet: &Packet, version: Version) -> Result<usize> {
    let remaining = remaining_length(packet, version)?;
    Ok(1 + variable_byte_integer_len(remaining) + remaining)
}

fn remaining_length(packet: &Packet, version: Version) -> Result<usize> {
    let mut writer = Writer { sink: Count::default(), version };
    body(packet, &mut writer)?;
    let bytes = writer.sink.0;
    if bytes > MAX_VARIABLE_BYTE_INTEGER as usize {
        return Err(EncodeError::PacketTooLarge { bytes });
    }
    Ok(bytes)
}

fn first_byte(packet: &Packet) -> u8 {
    let flags = match packet {
        Packet::Publish(publish) => {
            u8::from(publish.dup) << 3 | (publish.qos as u8) << 1 | u8::from(publish.retain)
        }
        Packet::PubRel(_) | Packet::Subscribe(_) | Packet::Unsubscribe(_) => 0b0010,
        _ => 0,
    };
    (packet.packet_type() as u8) << 4 | flags
}

/// Variable header and payload. Fails before the first byte or not at all when it did not fail on
/// [`Count`].
fn body<S: Sink>(packet: &Packet, writer: &mut Writer<S>) -> Result {
    let packet_type = packet.packet_type();
    match packet {
        Packet::Connect(packet) => connect(packet, writer),
        Packet::ConnAck(packet) => connack(packet, writer),
        Packet::Publish(packet) => publish(packet, writer),
        Packet::PubAck(packet)
        | Packet::PubRec(packet)
        | Packet::PubRel(packet)
        | Packet::PubComp(packet) => ack(packet_type, packet, writer),
        Packet::Subscribe(packet) => subscribe(packet, writer),
        Packet::SubAck(packet) => suback(packet, writer),
        Packet::Unsubscribe(packet) => unsubscribe(packet, writer),
        Packet::UnsubAck(packet) => unsuback(packet, writer),
        Packet::PingReq | Packet::PingResp => Ok(()),
        Packet::Disconnect(packet) => disconnect(packet, writer),
        Packet::Auth(packet) => auth(packet, writer),
    }
}

fn connect<S: Sink>(packet: &Connect, writer: &mut Writer<S>) -> Result {
    let version = writer.version;
    if packet.version != version {
        return Err(EncodeError::VersionMismatch { inside: packet.version, version });
    }
    if packet.password.is_some() && packet.username.is_none() && version != Version::V5 {
        return Err(EncodeError::PasswordWithoutUserName { version });
    }
    let properties = &packet.properties;
    if properties.authentication_data.is_some() && properties.authentication_method.is_none() {
        return Err(EncodeError::AuthenticationDataWithoutMethod);
    }
    writer.text("protocol name", version.protocol_name())?;
    writer.u8(version.level());
    let will = packet
        .will
        .as_ref()
        .map_or(0, |will| 1 << 2 | (will.qos as u8) << 3 | u8::from(will.retain) << 5);
    writer.u8(u8::from(packet.clean_start) << 1
        | will
        | u8::from(packet.password.is_some()) << 6
        | u8::from(packet.username.is_some()) << 7);
    writer.u16(packet.keep_alive);
    write_properties(properties, writer)?;
    writer.text("client identifier", &packet.client_id)?;
    if let Some(Will { topic, payload, properties, .. }) = &packet.will {
        write_properties(properties, writer)?;
        writer.text("will topic", topic.as_str())?;
        writer.binary("will payload", payload)?;
    }
    if let Some(username) = &packet.username {
        writer.text("user name", username)?;
    }
    if let Some(password) = &packet.password {
        writer.binary("password", password)?;
    }
    Ok(())
}

fn connack<S: Sink>(packet: &ConnAck, writer: &mut Writer<S>) -> Result {
    let version = writer.version;
    if packet.session_present && packet.reason != ReasonCode::SUCCESS {
        return Err(EncodeError::SessionPresentOnRefusal);
    }
    if packet.session_present && version == Version::V31 {
        return Err(EncodeError::NotInVersion { what: "session present flag", version });
    }
    let properties = &packet.properties;
    if properties.authentication_data.is_some() && properties.authentication_method.is_none() {
        return Err(EncodeError::AuthenticationDataWithoutMethod);
    }
    writer.u8(u8::from(packet.session_present));
    if version == Version::V5 {
        check_reason(PacketType::ConnAck, packet.reason)?;
        writer.u8(packet.reason.0);
    } else {
        writer.u8(packet.reason.to_v3_connack());
    }
    write_properties(properties, writer)
}

fn publish<S: Sink>(packet: &Publish, writer: &mut Writer<S>) -> Result {
    if packet.dup && packet.qos == QoS::AtMostOnce && writer.version != Version::V31 {
        return Err(EncodeError::DupWithQos0);
    }
    if packet.packet_id.is_some() != (packet.qos != QoS::AtMostOnce) {
        return Err(EncodeError::PacketId);
    }
    match &packet.topic {
        Some(topic) => writer.text("topic name", topic.as_str())?,
        None if packet.properties.topic_alias.is_some() && writer.version == Version::V5 => {
            writer.u16(0);
        }
        None => return Err(EncodeError::NoTopic),
    }
    if let Some(id) = packet.packet_id {
        writer.u16(id.get());
    }
    write_properties(&packet.properties, writer)?;
    writer.bytes(&packet.payload);
    Ok(())
}

fn ack<S: Sink>(packet_type: PacketType, packet: &Ack, writer: &mut Writer<S>) -> Result {
    writer.u16(packet.packet_id.get());
    optional_reason(packet_type, packet.reason, &packet.properties, writer)
}

fn subscribe<S: Sink>(packet: &Subscribe, writer: &mut Writer<S>) -> Result {
    if packet.filters.is_empty() {
        return Err(EncodeError::NoFilters { packet: PacketType::Subscribe });
    }
    writer.u16(packet.packet_id.get());
    write_properties(&packet.properties, writer)?;
    for subscription in &packet.filters {
        writer.text("topic filter", subscription.filter.as_str())?;
        writer.u8(subscription_options(subscription, writer.version)?);
    }
    Ok(())
}

fn subscription_options(subscription: &Subscription, version: Version) -> Result<u8> {
    if subscription.no_local && subscription.filter.shared().is_some() {
        return Err(EncodeError::NoLocalOnShared);
    }
    let beyond_qos = u8::from(subscription.no_local) << 2
        | u8::from(subscription.retain_as_published) << 3
        | (subscription.retain_handling as u8) << 4;
    if beyond_qos != 0 && version != Version::V5 {
        return Err(EncodeError::NotInVersion { what: "subscription options", version });
    }
    Ok(beyond_qos | subscription.qos as u8)
}

fn suback<S: Sink>(packet: &SubAck, writer: &mut Writer<S>) -> Result {
    if packet.reasons.is_empty() {
        return Err(EncodeError::NoReasons { packet: PacketType::SubAck });
    }
    writer.u16(packet.packet_id.get());
    write_properties(&packet.properties, writer)?;
    for &reason in &packet.reasons {
        let written = match writer.version {
            Version::V311 if reason.is_error() => ReasonCode::UNSPECIFIED_ERROR,
            _ => reason,
        };
        if !rules::allows_in_suback(writer.version, written) {
            return Err(EncodeError::ReasonNotAllowed { packet: PacketType::SubAck, reason });
        }
        writer.u8(written.0);
    }
    Ok(())
}

fn unsubscribe<S: Sink>(packet: &Unsubscribe, writer: &mut Writer<S>) -> Result {
    if packet.filters.is_empty() {
        return Err(EncodeError::NoFilters { packet: PacketType::Unsubscribe });
    }
    writer.u16(packet.packet_id.get());
    write_properties(&packet.properties, writer)?;
    for filter in &packet.filters {
        writer.text("topic filter", filter.as_str())?;
    }
    Ok(())
}

fn unsuback<S: Sink>(packet: &UnsubAck, writer: &mut Writer<S>) -> Result {
    let version = writer.version;
    writer.u16(packet.packet_id.get());
    write_properties(&packet.properties, writer)?;
    if version != Version::V5 {
        return if packet.reasons.is_empty() {
            Ok(())
        } else {
            Err(EncodeError::NotInVersion { what: "reason codes in UNSUBACK", version })
        };
    }
    if packet.reasons.is_empty() {
        return Err(EncodeError::NoReasons { packet: PacketType::UnsubAck });
    }
    for &reason in &packet.reasons {
        check_reason(PacketType::UnsubAck, reason)?;
        writer.u8(reason.0);
    }
    Ok(())
}

fn disconnect<S: Sink>(packet: &Disconnect, writer: &mut Writer<S>) -> Result {
    let properties = &packet.properties;
    optional_reason(PacketType::Disconnect, packet.reason, properties, writer)
}

fn auth<S: Sink>(packet: &Auth, writer: &mut Writer<S>) -> Result {
    let version = writer.version;
    if version != Version::V5 {
        return Err(EncodeError::NotInVersion { what: "AUTH", version });
    }
    check_reason(PacketType::Auth, packet.reason)?;
    let properties = &packet.properties;
    if properties.authentication_method.is_none() {
        if properties.authentication_data.is_some() {
            return Err(EncodeError::AuthenticationDataWithoutMethod);
        }
        if packet.reason != ReasonCode::SUCCESS {
            return Err(EncodeError::NoAuthenticationMethod);
        }
    }
    if packet.reason == ReasonCode::SUCCESS && count_properties(properties, version)? == 0 {
        return Ok(());
    }
    writer.u8(packet.reason.0);
    write_properties(properties, writer)
}

/// A reason code and properties, left out when they say nothing (§3.4.2.1, §3.14.2.1).
fn optional_reason<S: Sink, P: WriteProperties>(
    packet: PacketType,
    reason: ReasonCode,
    properties: &P,
    writer: &mut Writer<S>,
) -> Result {
    let version = writer.version;
    let is_bare = count_properties(properties, version)? == 0;
    if version != Version::V5 {
        return match (is_bare, reason) {
            (true, ReasonCode::SUCCESS) => Ok(()),
            (false, _) => Err(EncodeError::NotInVersion { what: "properties", version }),
            _ => Err(EncodeError::NotInVersion { what: "reason code here", version }),
        };
    }
    check_reason(packet, reason)?;
    if is_bare && reason == ReasonCode::SUCCESS {
        return Ok(());
    }
    writer.u8(reason.0);
    // A DISCONNECT may end here too, but widely used clients take that for malformed.
    if is_bare && packet != PacketType::Disconnect {
        return Ok(());
    }
    write_properties(properties, writer)
}

fn check_reason(packet: PacketType, reason: ReasonCode) -> Result {
    if rules::allows(packet, Sender::Either, reason) {
        Ok(())
    } else {
        Err(EncodeError::ReasonNotAllowed { packet, reason })
    }
}
