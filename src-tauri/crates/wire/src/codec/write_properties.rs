//! Writes the properties of every packet (§2.2.2).

use super::{
    EncodeError, MAX_VARIABLE_BYTE_INTEGER,
    write::{Count, Sink, Writer},
};
use crate::{
    packet::{QoS, Version},
    property::{
        AckProperties, AuthProperties, ConnAckProperties, ConnectProperties, DisconnectProperties,
        PropertyId, PublishProperties, SubscribeProperties, UnsubscribeProperties, UserProperties,
        WillProperties,
    },
};

type Result<T = ()> = std::result::Result<T, EncodeError>;

/// The properties of one packet, without their length.
pub(super) trait WriteProperties {
    fn write<S: Sink>(&self, writer: &mut Writer<S>) -> Result;
}

/// Writes length and properties; in 3.x there must be none.
pub(super) fn write_properties<S: Sink, P: WriteProperties>(
    properties: &P,
    writer: &mut Writer<S>,
) -> Result {
    let version = writer.version;
    let length = count_properties(properties, version)?;
    if version != Version::V5 {
        return match length {
            0 => Ok(()),
            _ => Err(EncodeError::NotInVersion { what: "properties", version }),
        };
    }
    writer.variable_byte_integer(length)?;
    if length == 0 {
        return Ok(());
    }
    properties.write(writer)
}

/// Size of the properties without their length.
pub(super) fn count_properties<P: WriteProperties>(
    properties: &P,
    version: Version,
) -> Result<usize> {
    let mut writer = Writer { sink: Count::default(), version };
    properties.write(&mut writer)?;
    Ok(writer.sink.0)
}

impl WriteProperties for ConnectProperties {
    fn write<S: Sink>(&self, writer: &mut Writer<S>) -> Result {
        writer.four(PropertyId::SessionExpiryInterval, self.session_expiry_interval);
        writer.two(PropertyId::ReceiveMaximum, self.receive_maximum.map(u16::from));
        writer.four(PropertyId::MaximumPacketSize, self.maximum_packet_size.map(u32::from));
        writer.two(PropertyId::TopicAliasMaximum, self.topic_alias_maximum);
        writer.boolean(PropertyId::RequestResponseInformation, self.request_response_information);
        writer.boolean(PropertyId::RequestProblemInformation, self.request_problem_information);
        writer.user_properties(&self.user_properties)?;
        writer.words(PropertyId::AuthenticationMethod, self.authentication_method.as_deref())?;
        writer.blob(PropertyId::AuthenticationData, self.authentication_data.as_deref())
    }
}

impl WriteProperties for WillProperties {
    fn write<S: Sink>(&self, writer: &mut Writer<S>) -> Result {
        writer.four(PropertyId::WillDelayInterval, self.will_delay_interval);
        writer.boolean(PropertyId::PayloadFormatIndicator, self.payload_format_indicator);
        writer.four(PropertyId::MessageExpiryInterval, self.message_expiry_interval);
        writer.words(PropertyId::ContentType, self.content_type.as_deref())?;
        let response_topic = self.response_topic.as_ref().map(crate::TopicName::as_str);
        writer.words(PropertyId::ResponseTopic, response_topic)?;
        writer.blob(PropertyId::CorrelationData, self.correlation_data.as_deref())?;
        writer.user_properties(&self.user_properties)
    }
}

impl WriteProperties for ConnAckProperties {
    fn write<S: Sink>(&self, writer: &mut Writer<S>) -> Result {
        writer.four(PropertyId::SessionExpiryInterval, self.session_expiry_interval);
        writer.two(PropertyId::ReceiveMaximum, self.receive_maximum.map(u16::from));
        if self.maximum_qos == Some(QoS::ExactlyOnce) {
            let property = PropertyId::MaximumQoS;
            return Err(EncodeError::PropertyValue { property, value: 2 });
        }
        writer.one(PropertyId::MaximumQoS, self.maximum_qos.map(|qos| qos as u8));
        writer.boolean(PropertyId::RetainAvailable, self.retain_available);
        writer.four(PropertyId::MaximumPacketSize, self.maximum_packet_size.map(u32::from));
        let client_id = self.assigned_client_identifier.as_deref();
        writer.words(PropertyId::AssignedClientIdentifier, client_id)?;
        writer.two(PropertyId::TopicAliasMaximum, self.topic_alias_maximum);
        writer.words(PropertyId::ReasonString, self.reason_string.as_deref())?;
        writer.user_properties(&self.user_properties)?;
        let wildcards = self.wildcard_subscription_available;
        writer.boolean(PropertyId::WildcardSubscriptionAvailable, wildcards);
        let identifiers = self.subscription_identifiers_available;
        writer.boolean(PropertyId::SubscriptionIdentifierAvailable, identifiers);
        let shared = self.shared_subscription_available;
        writer.boolean(PropertyId::SharedSubscriptionAvailable, shared);
        writer.two(PropertyId::ServerKeepAlive, self.server_keep_alive);
        writer.words(PropertyId::ResponseInformation, self.response_information.as_deref())?;
        writer.words(PropertyId::ServerReference, self.server_reference.as_deref())?;
        writer.words(PropertyId::AuthenticationMethod, self.authentication_method.as_deref())?;
        writer.blob(PropertyId::AuthenticationData, self.authentication_data.as_deref())
    }
}

impl WriteProperties for PublishProperties {
    fn write<S: Sink>(&self, writer: &mut Writer<S>) -> Result {
        writer.boolean(PropertyId::PayloadFormatIndicator, self.payload_format_indicator);
        writer.four(PropertyId::MessageExpiryInterval, self.message_expiry_interval);
        writer.two(PropertyId::TopicAlias, self.topic_alias.map(u16::from));
        let response_topic = self.response_topic.as_ref().map(crate::TopicName::as_str);
        writer.words(PropertyId::ResponseTopic, response_topic)?;
        writer.blob(PropertyId::CorrelationData, self.correlation_data.as_deref())?;
        writer.user_properties(&self.user_properties)?;
        for &identifier in &self.subscription_identifiers {
            writer.subscription_identifier(identifier)?;
        }
        writer.words(PropertyId::ContentType, self.content_type.as_deref())
    }
}

impl WriteProperties for AckProperties {
    fn write<S: Sink>(&self, writer: &mut Writer<S>) -> Result {
        writer.words(PropertyId::ReasonString, self.reason_string.as_deref())?;
        writer.user_properties(&self.user_properties)
    }
}

impl WriteProperties for SubscribeProperties {
    fn write<S: Sink>(&self, writer: &mut Writer<S>) -> Result {
        if let Some(identifier) = self.subscription_identifier {
            writer.subscription_identifier(identifier)?;
        }
        writer.user_properties(&self.user_properties)
    }
}

impl WriteProperties for UnsubscribeProperties {
    fn write<S: Sink>(&self, writer: &mut Writer<S>) -> Result {
        writer.user_properties(&self.user_properties)
    }
}

impl WriteProperties for DisconnectProperties {
    fn write<S: Sink>(&self, writer: &mut Writer<S>) -> Result {
        writer.four(PropertyId::SessionExpiryInterval, self.session_expiry_interval);
        writer.words(PropertyId::ReasonString, self.reason_string.as_deref())?;
        writer.user_properties(&self.user_properties)?;
        writer.words(PropertyId::ServerReference, self.server_reference.as_deref())
    }
}

impl WriteProperties for AuthProperties {
    fn write<S: Sink>(&self, writer: &mut Writer<S>) -> Result {
        writer.words(PropertyId::AuthenticationMethod, self.authentication_method.as_deref())?;
        writer.blob(PropertyId::AuthenticationData, self.authentication_data.as_deref())?;
        writer.words(PropertyId::ReasonString, self.reason_string.as_deref())?;
        writer.user_properties(&self.user_properties)
    }
}

impl<S: Sink> Writer<S> {
    fn one(&mut self, id: PropertyId, value: Option<u8>) {
        if let Some(value) = value {
            self.u8(id as u8);
            self.u8(value);
        }
    }

    fn boolean(&mut self, id: PropertyId, value: Option<bool>) {
        self.one(id, value.map(u8::from));
    }

    fn two(&mut self, id: PropertyId, value: Option<u16>) {
        if let Some(value) = value {
            self.u8(id as u8);
            self.u16(value);
        }
    }

    fn four(&mut self, id: PropertyId, value: Option<u32>) {
        if let Some(value) = value {
            self.u8(id as u8);
            self.u32(value);
        }
    }

    fn words(&mut self, id: PropertyId, value: Option<&str>) -> Result {
        if let Some(value) = value {
            self.u8(id as u8);
            self.text(id.name(), value)?;
        }
        Ok(())
    }

    fn blob(&mut self, id: PropertyId, value: Option<&[u8]>) -> Result {
        if let Some(value) = value {
            self.u8(id as u8);
            self.binary(id.name(), value)?;
        }
        Ok(())
    }

    fn subscription_identifier(&mut self, value: u32) -> Result {
        let property = PropertyId::SubscriptionIdentifier;
        if !(1..=MAX_VARIABLE_BYTE_INTEGER).contains(&value) {
            return Err(EncodeError::PropertyValue { property, value });
        }
        self.u8(property as u8);
        self.variable_byte_integer(value as usize)
    }

    fn user_properties(&mut self, properties: &UserProperties) -> Result {
        for (name, value) in properties {
            self.u8(PropertyId::UserProperty as u8);
            self.text("user property name", name)?;
            self.text("user property value", value)?;
        }
        Ok(())
    }
}
