//! SUBSCRIBE, SUBACK, UNSUBSCRIBE and UNSUBACK (§3.8 – §3.11).

use super::{Result, read_properties, rules};
use crate::{
    codec::{
        DecodeErrorKind, Sender,
        read::Reader,
        section::{Section, section},
    },
    packet::{
        PacketType, QoS, RetainHandling, SubAck, Subscribe, Subscription, UnsubAck, Unsubscribe,
        Version,
    },
    property::{AckProperties, SubscribeProperties, UnsubscribeProperties},
    reason::ReasonCode,
};

const SUBSCRIBE_PROPERTIES: Section = section!("3.8.2", "3.8.2.1");
const SUBSCRIBE_PAYLOAD: Section = section!("3.8.3");
const SUBSCRIPTION_OPTIONS: Section = section!("3.8.3", "3.8.3.1");
const SUBACK_PROPERTIES: Section = section!("3.9.2", "3.9.2.1");
const SUBACK_PAYLOAD: Section = section!("3.9.3");
const UNSUBSCRIBE_PROPERTIES: Section = section!("3.10.2", "3.10.2.1");
const UNSUBSCRIBE_PAYLOAD: Section = section!("3.10.3");
const UNSUBACK_PROPERTIES: Section = section!("3.11.2", "3.11.2.1");
const UNSUBACK_PAYLOAD: Section = section!("3.11.3");

pub(super) fn subscribe(reader: &mut Reader) -> Result<Subscribe> {
    let packet_id = reader.packet_id()?;
    let mut properties = SubscribeProperties::default();
    if reader.version == Version::V5 {
        read_properties(reader.under(SUBSCRIBE_PROPERTIES), &mut properties)?;
    }
    let mut filters = Vec::new();
    while !reader.is_at_end() {
        filters.push(subscription(reader)?);
    }
    if filters.is_empty() {
        let kind = DecodeErrorKind::NoFilters { packet: PacketType::Subscribe };
        let at = reader.position();
        return Err(reader.under(SUBSCRIBE_PAYLOAD).error_at(at, kind));
    }
    Ok(Subscribe { packet_id, filters, properties })
}

fn subscription(reader: &mut Reader) -> Result<Subscription> {
    let filter = reader.under(SUBSCRIBE_PAYLOAD).topic_filter()?;
    let at = reader.position();
    let options = reader.under(SUBSCRIPTION_OPTIONS).u8()?;
    let reserved = match reader.version {
        // The upper six bits are not used, and nothing says that they must be clear.
        Version::V31 => 0,
        Version::V311 => 0b1111_1100,
        Version::V5 => 0b1100_0000,
    };
    if options & reserved != 0 {
        return Err(reader.error_at(at, DecodeErrorKind::SubscriptionOptions { options }));
    }
    let Some(qos) = QoS::from_level(options & 0b11) else {
        return Err(reader.error_at(at, DecodeErrorKind::InvalidQos));
    };
    if reader.version != Version::V5 {
        let (no_local, retain_as_published) = (false, false);
        let retain_handling = RetainHandling::Send;
        return Ok(Subscription { filter, qos, no_local, retain_as_published, retain_handling });
    }
    let retain_handling = match (options >> 4) & 0b11 {
        0 => RetainHandling::Send,
        1 => RetainHandling::SendIfNew,
        2 => RetainHandling::DoNotSend,
        _ => return Err(reader.error_at(at, DecodeErrorKind::RetainHandling)),
    };
    let no_local = options & 0b0100 != 0;
    if no_local && filter.shared().is_some() {
        return Err(reader.error_at(at, DecodeErrorKind::NoLocalOnShared));
    }
    let retain_as_published = options & 0b1000 != 0;
    Ok(Subscription { filter, qos, no_local, retain_as_published, retain_handling })
}

pub(super) fn suback(reader: &mut Reader) -> Result<SubAck> {
    let packet_id = reader.packet_id()?;
    let mut properties = AckProperties::default();
    if reader.version == Version::V5 {
        read_properties(reader.under(SUBACK_PROPERTIES), &mut properties)?;
    }
    let version = reader.version;
    let reasons = reasons(reader.under(SUBACK_PAYLOAD), PacketType::SubAck, |reason| {
        rules::allows_in_suback(version, reason)
    })?;
    Ok(SubAck { packet_id, reasons, properties })
}

pub(super) fn unsubscribe(reader: &mut Reader) -> Result<Unsubscribe> {
    let packet_id = reader.packet_id()?;
    let mut properties = UnsubscribeProperties::default();
    if reader.version == Version::V5 {
        read_properties(reader.under(UNSUBSCRIBE_PROPERTIES), &mut properties)?;
    }
    reader.under(UNSUBSCRIBE_PAYLOAD);
    let mut filters = Vec::new();
    while !reader.is_at_end() {
        filters.push(reader.topic_filter()?);
    }
    if filters.is_empty() {
        let kind = DecodeErrorKind::NoFilters { packet: PacketType::Unsubscribe };
        return Err(reader.error_at(reader.position(), kind));
    }
    Ok(Unsubscribe { packet_id, filters, properties })
}

pub(super) fn unsuback(reader: &mut Reader) -> Result<UnsubAck> {
    let packet_id = reader.packet_id()?;
    let mut properties = AckProperties::default();
    let mut codes = Vec::new();
    if reader.version == Version::V5 {
        read_properties(reader.under(UNSUBACK_PROPERTIES), &mut properties)?;
        codes = reasons(reader.under(UNSUBACK_PAYLOAD), PacketType::UnsubAck, |reason| {
            rules::allows(PacketType::UnsubAck, Sender::Server, reason)
        })?;
    }
    reader.under(UNSUBACK_PAYLOAD);
    Ok(UnsubAck { packet_id, reasons: codes, properties })
}

/// All that is left, one code for each filter.
fn reasons(
    reader: &mut Reader,
    packet: PacketType,
    is_allowed: impl Fn(ReasonCode) -> bool,
) -> Result<Vec<ReasonCode>> {
    if reader.is_at_end() {
        let kind = DecodeErrorKind::NoReasons { packet };
        return Err(reader.error_at(reader.position(), kind));
    }
    let mut reasons = Vec::with_capacity(reader.remaining());
    while !reader.is_at_end() {
        let at = reader.position();
        let reason = ReasonCode(reader.u8()?);
        if !is_allowed(reason) {
            return Err(reader.error_at(at, DecodeErrorKind::ReasonNotAllowed { packet, reason }));
        }
        reasons.push(reason);
    }
    Ok(reasons)
}
