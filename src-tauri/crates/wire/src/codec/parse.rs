//! Reads the variable header and payload of every packet.

mod connect;
mod subscribe;

use bytes::Bytes;

use super::{
    DecodeError, DecodeErrorKind, Sender,
    read::Reader,
    read_properties::read_properties,
    rules,
    section::{Section, section},
};
use crate::{
    packet::{Ack, Auth, Disconnect, Packet, PacketType, Publish, QoS, Version},
    property::{AckProperties, AuthProperties, DisconnectProperties, PublishProperties},
    reason::ReasonCode,
};

type Result<T> = std::result::Result<T, DecodeError>;

const PUBLISH_DUP: Section = section!("3.3.1.1");
const PUBLISH_QOS: Section = section!("3.3.1.2");
const PUBLISH_TOPIC: Section = section!("3.3.2.1");
const PUBLISH_PROPERTIES: Section = section!("3.3.2", "3.3.2.3");
const PINGREQ: Section = section!("3.12");
const PINGRESP: Section = section!("3.13");
const DISCONNECT: Section = section!("3.14", "3.14.2");
const DISCONNECT_REASON: Section = section!("3.14", "3.14.2.1");
const DISCONNECT_PROPERTIES: Section = section!("3.14", "3.14.2.2");
const AUTH_REASON: Section = section!("2.2.1", "3.15.2.1");
const AUTH_PROPERTIES: Section = section!("2.2.1", "3.15.2.2");

/// What is known before the variable header is read.
pub(super) struct Context {
    pub(super) first: u8,
    pub(super) packet_type: PacketType,
    pub(super) header_len: usize,
    pub(super) version: Option<Version>,
    pub(super) sender: Sender,
    pub(super) strict_client_id: bool,
}

/// Reads `frame`, one whole packet whose fixed header is already checked.
pub(super) fn packet(frame: Bytes, context: &Context) -> Result<Packet> {
    let version = context.version.unwrap_or(Version::V5);
    let mut reader = Reader::new(frame, context.header_len, version, PUBLISH_TOPIC);
    let sender = context.sender;
    let packet = match context.packet_type {
        // The payload takes what is left, so there is nothing to finish.
        PacketType::Publish => return publish(reader, context.first, sender),
        PacketType::Connect => {
            Packet::Connect(Box::new(connect::connect(&mut reader, context.strict_client_id)?))
        }
        PacketType::ConnAck => Packet::ConnAck(Box::new(connect::connack(&mut reader)?)),
        PacketType::PubAck => Packet::PubAck(ack(&mut reader, PacketType::PubAck)?),
        PacketType::PubRec => Packet::PubRec(ack(&mut reader, PacketType::PubRec)?),
        PacketType::PubRel => Packet::PubRel(ack(&mut reader, PacketType::PubRel)?),
        PacketType::PubComp => Packet::PubComp(ack(&mut reader, PacketType::PubComp)?),
        PacketType::Subscribe => Packet::Subscribe(subscribe::subscribe(&mut reader)?),
        PacketType::SubAck => Packet::SubAck(subscribe::suback(&mut reader)?),
        PacketType::Unsubscribe => Packet::Unsubscribe(subscribe::unsubscribe(&mut reader)?),
        PacketType::UnsubAck => Packet::UnsubAck(subscribe::unsuback(&mut reader)?),
        PacketType::PingReq => {
            reader.under(PINGREQ);
            Packet::PingReq
        }
        PacketType::PingResp => {
            reader.under(PINGRESP);
            Packet::PingResp
        }
        PacketType::Disconnect => Packet::Disconnect(disconnect(&mut reader, sender)?),
        PacketType::Auth => Packet::Auth(auth(&mut reader, sender)?),
    };
    reader.finish()?;
    Ok(packet)
}

/// Gives a [`Packet`], so that the big value is not moved once more.
fn publish(mut reader: Reader, first: u8, sender: Sender) -> Result<Packet> {
    let dup = first & 0b1000 != 0;
    let Some(qos) = QoS::from_level((first >> 1) & 0b11) else {
        return Err(reader.under(PUBLISH_QOS).error_at(0, DecodeErrorKind::InvalidQos));
    };
    // MQTT 3.1 only says what DUP is for, not that it must be clear.
    if dup && qos == QoS::AtMostOnce && reader.version != Version::V31 {
        return Err(reader.under(PUBLISH_DUP).error_at(0, DecodeErrorKind::DupWithQos0));
    }
    let topic_at = reader.position();
    let topic = if reader.under(PUBLISH_TOPIC).is_empty_text() && reader.version == Version::V5 {
        reader.u16()?;
        None
    } else {
        Some(reader.topic_name()?)
    };
    let packet_id = match qos {
        QoS::AtMostOnce => None,
        QoS::AtLeastOnce | QoS::ExactlyOnce => Some(reader.packet_id()?),
    };
    let mut properties = PublishProperties::default();
    if reader.version == Version::V5 {
        reader.under(PUBLISH_PROPERTIES);
        read_properties(&mut reader, &mut PublishFrom { sender, properties: &mut properties })?;
        if topic.is_none() && properties.topic_alias.is_none() {
            return Err(reader.under(PUBLISH_TOPIC).error_at(topic_at, DecodeErrorKind::NoTopic));
        }
    }
    let payload = reader.into_rest();
    let retain = first & 1 != 0;
    Ok(Packet::Publish(Publish { dup, qos, retain, topic, packet_id, payload, properties }))
}

/// The properties of a PUBLISH; a client must not send a subscription identifier (§3.3.4).
pub(super) struct PublishFrom<'a> {
    pub(super) sender: Sender,
    pub(super) properties: &'a mut PublishProperties,
}

fn ack(reader: &mut Reader, packet: PacketType) -> Result<Ack> {
    const PUBACK: Section = section!("3.4.2", "3.4.2.1");
    const PUBREC: Section = section!("3.5.2", "3.5.2.1");
    const PUBREL: Section = section!("3.6.2", "3.6.2.1");
    const PUBCOMP: Section = section!("3.7.2", "3.7.2.1");
    const PUBACK_PROPERTIES: Section = section!("3.4.2", "3.4.2.2");
    const PUBREC_PROPERTIES: Section = section!("3.5.2", "3.5.2.2");
    const PUBREL_PROPERTIES: Section = section!("3.6.2", "3.6.2.2");
    const PUBCOMP_PROPERTIES: Section = section!("3.7.2", "3.7.2.2");

    let (reason_section, properties_section) = match packet {
        PacketType::PubRec => (PUBREC, PUBREC_PROPERTIES),
        PacketType::PubRel => (PUBREL, PUBREL_PROPERTIES),
        PacketType::PubComp => (PUBCOMP, PUBCOMP_PROPERTIES),
        _ => (PUBACK, PUBACK_PROPERTIES),
    };
    let packet_id = reader.packet_id()?;
    reader.under(reason_section);
    let reason = optional_reason(reader, packet, Sender::Either)?;
    let mut properties = AckProperties::default();
    if !reader.is_at_end() && reader.version == Version::V5 {
        read_properties(reader.under(properties_section), &mut properties)?;
    }
    Ok(Ack { packet_id, reason, properties })
}

fn disconnect(reader: &mut Reader, sender: Sender) -> Result<Disconnect> {
    reader.under(DISCONNECT_REASON);
    let reason = optional_reason(reader, PacketType::Disconnect, sender)?;
    let mut from = DisconnectFrom { sender, properties: DisconnectProperties::default() };
    if !reader.is_at_end() && reader.version == Version::V5 {
        read_properties(reader.under(DISCONNECT_PROPERTIES), &mut from)?;
    }
    reader.under(DISCONNECT);
    Ok(Disconnect { reason, properties: from.properties })
}

/// The properties of a DISCONNECT; each side has one of its own (§3.14.2.2).
pub(super) struct DisconnectFrom {
    pub(super) sender: Sender,
    pub(super) properties: DisconnectProperties,
}

fn auth(reader: &mut Reader, sender: Sender) -> Result<Auth> {
    reader.under(AUTH_REASON);
    if reader.is_at_end() {
        // Nothing at all means success, which a client has no right to say.
        let reason = ReasonCode::SUCCESS;
        if !rules::allows(PacketType::Auth, sender, reason) {
            let kind = DecodeErrorKind::ReasonNotAllowed { packet: PacketType::Auth, reason };
            return Err(reader.error_at(reader.position(), kind));
        }
        return Ok(Auth { reason, properties: AuthProperties::default() });
    }
    let reason = optional_reason(reader, PacketType::Auth, sender)?;
    let mut properties = AuthProperties::default();
    let properties_at = reader.position();
    // Unlike elsewhere, the properties can be left out only together with the reason code.
    read_properties(reader.under(AUTH_PROPERTIES), &mut properties)?;
    if properties.authentication_method.is_none() {
        let kind = if properties.authentication_data.is_some() {
            DecodeErrorKind::AuthenticationDataWithoutMethod
        } else {
            DecodeErrorKind::NoAuthenticationMethod
        };
        if reason != ReasonCode::SUCCESS || properties.authentication_data.is_some() {
            return Err(reader.error_at(properties_at, kind));
        }
    }
    Ok(Auth { reason, properties })
}

/// A reason code that 5.0 may leave out and 3.x does not have.
fn optional_reason(reader: &mut Reader, packet: PacketType, sender: Sender) -> Result<ReasonCode> {
    if reader.is_at_end() || reader.version != Version::V5 {
        return Ok(ReasonCode::SUCCESS);
    }
    let at = reader.position();
    let reason = ReasonCode(reader.u8()?);
    if !rules::allows(packet, sender, reason) {
        return Err(reader.error_at(at, DecodeErrorKind::ReasonNotAllowed { packet, reason }));
    }
    Ok(reason)
}
