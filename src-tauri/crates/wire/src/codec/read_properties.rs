//! Reads the properties of every packet (§2.2.2).

use std::num::{NonZeroU16, NonZeroU32};

use super::{
    DecodeError, DecodeErrorKind,
    parse::{DisconnectFrom, PublishFrom},
    read::Reader,
    section::{Section, section},
};
use crate::{
    packet::QoS,
    property::{
        AckProperties, AuthProperties, ConnAckProperties, ConnectProperties, PropertyId,
        SubscribeProperties, UnsubscribeProperties, UserProperties, WillProperties,
    },
};

type Result<T> = std::result::Result<T, DecodeError>;

const PROPERTIES: Section = section!("2.2.2");

/// The properties one packet can carry.
pub(super) trait PropertySet {
    /// Whose they are, for error messages.
    const OWNER: &'static str;
    /// Whether [`PropertyId::SubscriptionIdentifier`] may repeat.
    const MANY_SUBSCRIPTION_IDENTIFIERS: bool = false;

    /// Reads the value of `id`; `false` when this packet does not carry it.
    fn read(&mut self, id: PropertyId, reader: &mut Reader) -> Result<bool>;
}

/// Reads the properties' length and all of them. Values are read under the reader's current rule.
pub(super) fn read_properties<P: PropertySet>(reader: &mut Reader, set: &mut P) -> Result<()> {
    let confined = reader.enter_properties()?;
    let mut seen = 0_u64;
    while !reader.is_at_end() {
        let at = reader.position();
        let raw = reader.variable_byte_integer()?;
        let Some(id) = PropertyId::from_id(raw) else {
            let kind = DecodeErrorKind::UnknownProperty { id: raw };
            return Err(reader.under(PROPERTIES).error_at(at, kind));
        };
        let repeats = id == PropertyId::UserProperty
            || (P::MANY_SUBSCRIPTION_IDENTIFIERS && id == PropertyId::SubscriptionIdentifier);
        let bit = 1_u64 << id as u8;
        if seen & bit != 0 && !repeats {
            return Err(reader.error_at(at, DecodeErrorKind::DuplicateProperty { property: id }));
        }
        seen |= bit;
        if !set.read(id, reader)? {
            let kind = DecodeErrorKind::PropertyNotAllowed { property: id, packet: P::OWNER };
            return Err(reader.error_at(at, kind));
        }
    }
    reader.leave_properties(confined);
    Ok(())
}

impl PropertySet for ConnectProperties {
    const OWNER: &'static str = "CONNECT";

    fn read(&mut self, id: PropertyId, reader: &mut Reader) -> Result<bool> {
        match id {
            PropertyId::SessionExpiryInterval => {
                self.session_expiry_interval = Some(reader.u32()?);
            }
            PropertyId::ReceiveMaximum => self.receive_maximum = Some(non_zero_u16(reader, id)?),
            PropertyId::MaximumPacketSize => {
                self.maximum_packet_size = Some(non_zero_u32(reader, id)?);
            }
            PropertyId::TopicAliasMaximum => self.topic_alias_maximum = Some(reader.u16()?),
            PropertyId::RequestResponseInformation => {
                self.request_response_information = Some(boolean(reader, id)?);
            }
            PropertyId::RequestProblemInformation => {
                self.request_problem_information = Some(boolean(reader, id)?);
            }
            PropertyId::UserProperty => user_property(reader, &mut self.user_properties)?,
            PropertyId::AuthenticationMethod => {
                self.authentication_method = Some(reader.owned_text()?);
            }
            PropertyId::AuthenticationData => self.authentication_data = Some(reader.binary()?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl PropertySet for WillProperties {
    const OWNER: &'static str = "a will";

    fn read(&mut self, id: PropertyId, reader: &mut Reader) -> Result<bool> {
        match id {
            PropertyId::WillDelayInterval => self.will_delay_interval = Some(reader.u32()?),
            PropertyId::PayloadFormatIndicator => {
                self.payload_format_indicator = Some(boolean(reader, id)?);
            }
            PropertyId::MessageExpiryInterval => {
                self.message_expiry_interval = Some(reader.u32()?);
            }
            PropertyId::ContentType => self.content_type = Some(reader.owned_text()?),
            PropertyId::ResponseTopic => self.response_topic = Some(reader.response_topic()?),
            PropertyId::CorrelationData => self.correlation_data = Some(reader.binary()?),
            PropertyId::UserProperty => user_property(reader, &mut self.user_properties)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl PropertySet for ConnAckProperties {
    const OWNER: &'static str = "CONNACK";

    fn read(&mut self, id: PropertyId, reader: &mut Reader) -> Result<bool> {
        match id {
            PropertyId::SessionExpiryInterval => {
                self.session_expiry_interval = Some(reader.u32()?);
            }
            PropertyId::ReceiveMaximum => self.receive_maximum = Some(non_zero_u16(reader, id)?),
            PropertyId::MaximumQoS => {
                let at = reader.position();
                self.maximum_qos = Some(match reader.u8()? {
                    0 => QoS::AtMostOnce,
                    1 => QoS::AtLeastOnce,
                    value => return Err(bad_value(reader, at, id, value.into())),
                });
            }
            PropertyId::RetainAvailable => self.retain_available = Some(boolean(reader, id)?),
            PropertyId::MaximumPacketSize => {
                self.maximum_packet_size = Some(non_zero_u32(reader, id)?);
            }
            PropertyId::AssignedClientIdentifier => {
                self.assigned_client_identifier = Some(reader.owned_text()?);
            }
            PropertyId::TopicAliasMaximum => self.topic_alias_maximum = Some(reader.u16()?),
            PropertyId::ReasonString => self.reason_string = Some(reader.owned_text()?),
            PropertyId::UserProperty => user_property(reader, &mut self.user_properties)?,
            PropertyId::WildcardSubscriptionAvailable => {
                self.wildcard_subscription_available = Some(boolean(reader, id)?);
            }
            PropertyId::SubscriptionIdentifierAvailable => {
                self.subscription_identifiers_available = Some(boolean(reader, id)?);
            }
            PropertyId::SharedSubscriptionAvailable => {
                self.shared_subscription_available = Some(boolean(reader, id)?);
            }
            PropertyId::ServerKeepAlive => self.server_keep_alive = Some(reader.u16()?),
            PropertyId::ResponseInformation => {
                self.response_information = Some(reader.owned_text()?);
            }
            PropertyId::ServerReference => self.server_reference = Some(reader.owned_text()?),
            PropertyId::AuthenticationMethod => {
                self.authentication_method = Some(reader.owned_text()?);
            }
            PropertyId::AuthenticationData => self.authentication_data = Some(reader.binary()?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl PropertySet for PublishFrom<'_> {
    const OWNER: &'static str = "PUBLISH";
    const MANY_SUBSCRIPTION_IDENTIFIERS: bool = true;

    fn read(&mut self, id: PropertyId, reader: &mut Reader) -> Result<bool> {
        let set = &mut *self.properties;
        match id {
            PropertyId::PayloadFormatIndicator => {
                set.payload_format_indicator = Some(boolean(reader, id)?);
            }
            PropertyId::MessageExpiryInterval => set.message_expiry_interval = Some(reader.u32()?),
            PropertyId::TopicAlias => set.topic_alias = Some(non_zero_u16(reader, id)?),
            PropertyId::ResponseTopic => set.response_topic = Some(reader.response_topic()?),
            PropertyId::CorrelationData => set.correlation_data = Some(reader.binary()?),
            PropertyId::UserProperty => user_property(reader, &mut set.user_properties)?,
            PropertyId::SubscriptionIdentifier => {
                only_from(self.sender.may_be_server(), reader, id)?;
                set.subscription_identifiers.push(subscription_identifier(reader)?);
            }
            PropertyId::ContentType => set.content_type = Some(reader.owned_text()?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl PropertySet for AckProperties {
    const OWNER: &'static str = "an acknowledgement";

    fn read(&mut self, id: PropertyId, reader: &mut Reader) -> Result<bool> {
        match id {
            PropertyId::ReasonString => self.reason_string = Some(reader.owned_text()?),
            PropertyId::UserProperty => user_property(reader, &mut self.user_properties)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl PropertySet for SubscribeProperties {
    const OWNER: &'static str = "SUBSCRIBE";

    fn read(&mut self, id: PropertyId, reader: &mut Reader) -> Result<bool> {
        match id {
            PropertyId::SubscriptionIdentifier => {
                self.subscription_identifier = Some(subscription_identifier(reader)?);
            }
            PropertyId::UserProperty => user_property(reader, &mut self.user_properties)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl PropertySet for UnsubscribeProperties {
    const OWNER: &'static str = "UNSUBSCRIBE";

    fn read(&mut self, id: PropertyId, reader: &mut Reader) -> Result<bool> {
        match id {
            PropertyId::UserProperty => user_property(reader, &mut self.user_properties)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl PropertySet for DisconnectFrom {
    const OWNER: &'static str = "DISCONNECT";

    fn read(&mut self, id: PropertyId, reader: &mut Reader) -> Result<bool> {
        let set = &mut self.properties;
        match id {
            PropertyId::SessionExpiryInterval => {
                only_from(self.sender.may_be_client(), reader, id)?;
                set.session_expiry_interval = Some(reader.u32()?);
            }
            PropertyId::ReasonString => set.reason_string = Some(reader.owned_text()?),
            PropertyId::UserProperty => user_property(reader, &mut set.user_properties)?,
            PropertyId::ServerReference => {
                only_from(self.sender.may_be_server(), reader, id)?;
                set.server_reference = Some(reader.owned_text()?);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl PropertySet for AuthProperties {
    const OWNER: &'static str = "AUTH";

    fn read(&mut self, id: PropertyId, reader: &mut Reader) -> Result<bool> {
        match id {
            PropertyId::AuthenticationMethod => {
                self.authentication_method = Some(reader.owned_text()?);
            }
            PropertyId::AuthenticationData => self.authentication_data = Some(reader.binary()?),
            PropertyId::ReasonString => self.reason_string = Some(reader.owned_text()?),
            PropertyId::UserProperty => user_property(reader, &mut self.user_properties)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Refuses a property, its identifier just read, that the sender must not use.
fn only_from(is_right_side: bool, reader: &Reader, property: PropertyId) -> Result<()> {
    if is_right_side {
        return Ok(());
    }
    let kind = DecodeErrorKind::PropertyFromWrongSide { property };
    Err(reader.error_at(reader.position().saturating_sub(1), kind))
}

fn boolean(reader: &mut Reader, id: PropertyId) -> Result<bool> {
    let at = reader.position();
    match reader.u8()? {
        0 => Ok(false),
        1 => Ok(true),
        value => Err(bad_value(reader, at, id, value.into())),
    }
}

fn non_zero_u16(reader: &mut Reader, id: PropertyId) -> Result<NonZeroU16> {
    let at = reader.position();
    let value = reader.u16()?;
    NonZeroU16::new(value).ok_or_else(|| bad_value(reader, at, id, 0))
}

fn non_zero_u32(reader: &mut Reader, id: PropertyId) -> Result<NonZeroU32> {
    let at = reader.position();
    let value = reader.u32()?;
    NonZeroU32::new(value).ok_or_else(|| bad_value(reader, at, id, 0))
}

fn subscription_identifier(reader: &mut Reader) -> Result<u32> {
    let at = reader.position();
    match reader.variable_byte_integer()? {
        0 => Err(bad_value(reader, at, PropertyId::SubscriptionIdentifier, 0)),
        value => Ok(value),
    }
}

fn user_property(reader: &mut Reader, into: &mut UserProperties) -> Result<()> {
    into.push((reader.owned_text()?, reader.owned_text()?));
    Ok(())
}

fn bad_value(reader: &Reader, at: usize, property: PropertyId, value: u32) -> DecodeError {
    reader.error_at(at, DecodeErrorKind::PropertyValue { property, value })
}
