//! CONNECT and CONNACK (§3.1, §3.2).

use super::{Result, read_properties, rules};
use crate::{
    codec::{
        DecodeErrorKind, Sender,
        read::Reader,
        section::{Section, section},
    },
    packet::{ConnAck, Connect, PacketType, QoS, Version, Will},
    property::{ConnAckProperties, ConnectProperties, WillProperties},
    reason::ReasonCode,
};

const PROTOCOL_NAME: Section = section!("3.1.2.1");
const PROTOCOL_LEVEL: Section = section!("3.1.2.2");
const CONNECT_FLAGS: Section = section!("3.1.2.3");
const WILL_FLAG: Section = section!("3.1.2.5");
const WILL_QOS: Section = section!("3.1.2.6");
const WILL_RETAIN: Section = section!("3.1.2.7");
const PASSWORD_FLAG: Section = section!("3.1.2.9");
const KEEP_ALIVE: Section = section!("3.1.2.10");
const CONNECT_PROPERTIES: Section = section!("3.1.2", "3.1.2.11");
const AUTHENTICATION_DATA: Section = section!("3.1.2", "3.1.2.11.10");
const CLIENT_ID: Section = section!("3.1.3.1");
const WILL_PROPERTIES: Section = section!("3.1.3", "3.1.3.2");
const WILL_TOPIC: Section = section!("3.1.3.2", "3.1.3.3");
const WILL_PAYLOAD: Section = section!("3.1.3.3", "3.1.3.4");
const USER_NAME: Section = section!("3.1.3.4", "3.1.3.5");
const PASSWORD: Section = section!("3.1.3.5", "3.1.3.6");
const CONNACK_FLAGS: Section = section!("3.2.2.1");
const SESSION_PRESENT: Section = section!("3.2.2.2", "3.2.2.1.1");
const CONNACK_REASON: Section = section!("3.2.2.3", "3.2.2.2");
const CONNACK_PROPERTIES: Section = section!("3.2.2", "3.2.2.3");
const CONNACK_AUTHENTICATION_DATA: Section = section!("3.2.2", "3.2.2.3.18");

const MQTT_31_CLIENT_ID: Section = Section::new("MQTT 3.1 §3.1", "MQTT 3.1 §3.1");

pub(super) fn connect(reader: &mut Reader, strict_client_id: bool) -> Result<Connect> {
    let version = protocol(reader)?;
    let flags = flags(reader)?;
    let keep_alive = reader.under(KEEP_ALIVE).u16()?;
    let mut properties = ConnectProperties::default();
    if version == Version::V5 {
        let at = reader.position();
        read_properties(reader.under(CONNECT_PROPERTIES), &mut properties)?;
        if properties.authentication_data.is_some() && properties.authentication_method.is_none() {
            let kind = DecodeErrorKind::AuthenticationDataWithoutMethod;
            return Err(reader.under(AUTHENTICATION_DATA).error_at(at, kind));
        }
    }
    let client_id = client_id(reader, strict_client_id)?;
    let will = match flags.will {
        Some((qos, retain)) => Some(will(reader, qos, retain)?),
        None => None,
    };
    // For the sake of its forerunner, MQTT 3.1 §3.1 lets both be missing although they are flagged.
    let may_be_missing = version == Version::V31;
    let username = if flags.username && !(may_be_missing && reader.is_at_end()) {
        Some(reader.under(USER_NAME).owned_text()?)
    } else {
        None
    };
    let password = if flags.password && !(may_be_missing && reader.is_at_end()) {
        Some(reader.under(PASSWORD).binary()?)
    } else {
        None
    };
    reader.under(CONNECT_FLAGS);
    Ok(Connect {
        version,
        clean_start: flags.clean_start,
        keep_alive,
        client_id,
        will,
        username,
        password,
        properties,
    })
}

/// Protocol name and level; from here on the reader knows the version.
fn protocol(reader: &mut Reader) -> Result<Version> {
    let name_at = reader.position();
    let name = reader.under(PROTOCOL_NAME).binary()?;
    let level_at = reader.position();
    let version = match &name[..] {
        b"MQTT" => match reader.under(PROTOCOL_LEVEL).u8()? {
            4 => Ok(Version::V311),
            5 => Ok(Version::V5),
            level => Err(level),
        },
        b"MQIsdp" => match reader.under(PROTOCOL_LEVEL).u8()? {
            3 => Ok(Version::V31),
            level => Err(level),
        },
        _ => return Err(reader.error_at(name_at, DecodeErrorKind::ProtocolName)),
    };
    match version {
        Ok(version) => {
            reader.version = version;
            Ok(version)
        }
        Err(level) => Err(reader.error_at(level_at, DecodeErrorKind::UnsupportedVersion { level })),
    }
}

struct Flags {
    clean_start: bool,
    will: Option<(QoS, bool)>,
    username: bool,
    password: bool,
}

fn flags(reader: &mut Reader) -> Result<Flags> {
    let at = reader.position();
    let flags = reader.under(CONNECT_FLAGS).u8()?;
    let is_set = |bit: u8| flags & (1 << bit) != 0;
    // MQTT 3.1 does not check bits it has no use for.
    let is_v31 = reader.version == Version::V31;
    if is_set(0) && !is_v31 {
        return Err(reader.error_at(at, DecodeErrorKind::ReservedConnectFlag));
    }
    let will_qos = (flags >> 3) & 0b11;
    let will = if is_set(2) {
        let Some(qos) = QoS::from_level(will_qos) else {
            return Err(reader.under(WILL_QOS).error_at(at, DecodeErrorKind::InvalidQos));
        };
        Some((qos, is_set(5)))
    } else {
        if will_qos != 0 && !is_v31 {
            let kind = DecodeErrorKind::WillFlagsWithoutWill;
            return Err(reader.under(WILL_QOS).error_at(at, kind));
        }
        if is_set(5) && !is_v31 {
            let kind = DecodeErrorKind::WillFlagsWithoutWill;
            return Err(reader.under(WILL_RETAIN).error_at(at, kind));
        }
        None
    };
    let (username, password) = (is_set(7), is_set(6));
    if password && !username && reader.version != Version::V5 {
        let kind = DecodeErrorKind::PasswordWithoutUserName;
        return Err(reader.under(PASSWORD_FLAG).error_at(at, kind));
    }
    Ok(Flags { clean_start: is_set(1), will, username, password })
}

fn client_id(reader: &mut Reader, strict: bool) -> Result<Box<str>> {
    let at = reader.position();
    let client_id = reader.under(CLIENT_ID).owned_text()?;
    if strict && reader.version == Version::V31 {
        let characters = client_id.chars().count();
        if !(1..=23).contains(&characters) {
            let kind = DecodeErrorKind::ClientIdLength { characters };
            return Err(reader.under(MQTT_31_CLIENT_ID).error_at(at, kind));
        }
    }
    Ok(client_id)
}

fn will(reader: &mut Reader, qos: QoS, retain: bool) -> Result<Will> {
    let mut properties = WillProperties::default();
    if reader.version == Version::V5 {
        read_properties(reader.under(WILL_PROPERTIES), &mut properties)?;
    }
    let topic = reader.under(WILL_TOPIC).topic_name()?;
    let payload = reader.under(WILL_PAYLOAD).binary()?;
    reader.under(WILL_FLAG);
    Ok(Will { topic, payload, qos, retain, properties })
}

pub(super) fn connack(reader: &mut Reader) -> Result<ConnAck> {
    let flags_at = reader.position();
    let flags = reader.under(CONNACK_FLAGS).u8()?;
    // In MQTT 3.1 the whole byte is reserved and not looked at.
    let session_present = flags == 1 && reader.version != Version::V31;
    if flags > 1 && reader.version != Version::V31 {
        return Err(reader.error_at(flags_at, DecodeErrorKind::ConnAckFlags { flags }));
    }
    let reason_at = reader.position();
    let code = reader.under(CONNACK_REASON).u8()?;
    let packet = PacketType::ConnAck;
    let reason = match reader.version {
        Version::V31 | Version::V311 => ReasonCode::from_v3_connack(code),
        Version::V5 => {
            Some(ReasonCode(code)).filter(|&reason| rules::allows(packet, Sender::Either, reason))
        }
    };
    let Some(reason) = reason else {
        let kind = DecodeErrorKind::ReasonNotAllowed { packet, reason: ReasonCode(code) };
        return Err(reader.error_at(reason_at, kind));
    };
    if session_present && reason != ReasonCode::SUCCESS {
        let kind = DecodeErrorKind::SessionPresentOnRefusal;
        return Err(reader.under(SESSION_PRESENT).error_at(flags_at, kind));
    }
    let mut properties = ConnAckProperties::default();
    if reader.version == Version::V5 {
        let at = reader.position();
        read_properties(reader.under(CONNACK_PROPERTIES), &mut properties)?;
        if properties.authentication_data.is_some() && properties.authentication_method.is_none() {
            let kind = DecodeErrorKind::AuthenticationDataWithoutMethod;
            return Err(reader.under(CONNACK_AUTHENTICATION_DATA).error_at(at, kind));
        }
    }
    reader.under(CONNACK_REASON);
    Ok(ConnAck { session_present, reason, properties })
}
