//! Templates into bytes. It does not judge: a case may say what the specification forbids.

use std::collections::BTreeMap;

use crate::{
    case::{Mistake, Version},
    field::{self, Field, Form, Value},
    packet::{Arg, Kind, Template},
    text::variable_byte_integer,
};

/// Values found out while a case is played, by name.
pub(crate) type Found = BTreeMap<String, Value>;

/// The packet as it goes over the wire.
pub(crate) fn encode(
    template: &Template,
    version: Version,
    found: &Found,
) -> Result<Vec<u8>, Mistake> {
    let packet = Packet::resolve(template, version, found)?;
    let mut flags = 0;
    let mut body = Vec::new();
    match packet.kind {
        Kind::Connect => packet.connect(&mut body)?,
        Kind::Publish => {
            let number = |field| packet.number(field).map_or(0, low_byte);
            let qos = number(field::QOS);
            flags = number(field::DUP) << 3 | qos << 1 | number(field::RETAIN);
            packet.put(field::TOPIC, &mut body)?;
            if qos > 0 || packet.number(field::ID).is_some() {
                packet.put(field::ID, &mut body)?;
            }
            packet.properties(false, &mut body)?;
            if let Some(Value::Bytes(payload)) = packet.get(field::PAYLOAD) {
                body.extend(payload);
            }
        }
        Kind::PubAck | Kind::PubRec | Kind::PubRel | Kind::PubComp => {
            flags = if packet.kind == Kind::PubRel { 2 } else { 0 };
            packet.put(field::ID, &mut body)?;
            packet.code_and_properties(&mut body)?;
        }
        Kind::Disconnect | Kind::Auth => packet.code_and_properties(&mut body)?,
        Kind::Subscribe | Kind::Unsubscribe => {
            flags = 2;
            packet.put(field::ID, &mut body)?;
            packet.properties(false, &mut body)?;
            packet.filters(&mut body)?;
        }
        Kind::PingReq | Kind::PingResp => {}
        Kind::ConnAck => {
            body.push(packet.number(field::SESSION_PRESENT).map_or(0, low_byte));
            body.push(packet.number(field::CODE).map_or(0, low_byte));
            packet.properties(false, &mut body)?;
        }
        Kind::SubAck | Kind::UnsubAck => {
            packet.put(field::ID, &mut body)?;
            packet.properties(false, &mut body)?;
            for value in packet.all(field::CODE) {
                write(field::CODE, value, &mut body)?;
            }
        }
    }
    if packet.kind != Kind::Connect
        && let Some(given) = packet.number(field::FLAGS)
    {
        flags = low_byte(given);
    }
    let mut bytes = vec![(packet.kind as u8) << 4 | flags];
    bytes.extend(variable_byte_integer(body.len()));
    bytes.extend(body);
    Ok(bytes)
}

/// The version a CONNECT makes the connection speak.
pub(crate) fn version_of(connect: &Template, usual: Version) -> Version {
    match connect.number(field::LEVEL) {
        Some(3) => Version::V31,
        Some(4) => Version::V311,
        Some(5) => Version::V5,
        _ => usual,
    }
}

/// A template whose values are all known.
struct Packet {
    kind: Kind,
    version: Version,
    /// With whether they belong to the will.
    fields: Vec<(&'static Field, Value, bool)>,
}

impl Packet {
    fn resolve(template: &Template, version: Version, found: &Found) -> Result<Self, Mistake> {
        let mut fields = Vec::with_capacity(template.fields.len());
        for given in &template.fields {
            let value = match &given.value {
                Arg::Is(value) => value.clone(),
                Arg::Named(name) => found
                    .get(name)
                    .cloned()
                    .ok_or_else(|| Mistake::new(format!("${name} was not found out before")))?,
            };
            fields.push((given.field, value, given.of_will));
        }
        Ok(Self { kind: template.kind, version, fields })
    }

    fn all(&self, field: &'static Field) -> impl Iterator<Item = &Value> {
        self.fields
            .iter()
            .filter(move |(known, _, of_will)| *known == field && !of_will)
            .map(|(_, value, _)| value)
    }

    fn get(&self, field: &'static Field) -> Option<&Value> {
        self.all(field).next()
    }

    fn number(&self, field: &'static Field) -> Option<u32> {
        match self.get(field) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// Writes a field that has to be given.
    fn put(&self, field: &'static Field, body: &mut Vec<u8>) -> Result<(), Mistake> {
        let value = self
            .get(field)
            .ok_or_else(|| Mistake::new(format!("{} needs {}", self.kind.name(), field.name)))?;
        write(field, value, body)
    }

    fn connect(&self, body: &mut Vec<u8>) -> Result<(), Mistake> {
        let (name, level): (&[u8], u8) = match self.version {
            Version::V31 => (b"MQIsdp", 3),
            Version::V311 => (b"MQTT", 4),
            Version::V5 => (b"MQTT", 5),
        };
        let name = self.get(field::NAME).cloned().unwrap_or_else(|| Value::Bytes(name.to_vec()));
        write(field::NAME, &name, body)?;
        body.push(self.number(field::LEVEL).map_or(level, low_byte));
        let is_given = |field| u8::from(self.get(field).is_some());
        let number = |field| self.number(field).map_or(0, low_byte);
        let flags = is_given(field::USER) << 7
            | is_given(field::PASSWORD) << 6
            | number(field::WILL_RETAIN) << 5
            | number(field::WILL_QOS) << 3
            | is_given(field::WILL) << 2
            | self.number(field::CLEAN).map_or(1, low_byte) << 1;
        body.push(self.number(field::FLAGS).map_or(flags, low_byte));
        let keep_alive = Value::Number(self.number(field::KEEP_ALIVE).unwrap_or(0));
        write(field::KEEP_ALIVE, &keep_alive, body)?;
        self.properties(false, body)?;
        self.put(field::CLIENT, body)?;
        if self.get(field::WILL).is_some() {
            self.properties(true, body)?;
            self.put(field::WILL, body)?;
            let payload = self.get(field::WILL_PAYLOAD).cloned();
            let payload = payload.unwrap_or_else(|| Value::Bytes(Vec::new()));
            write(field::CORRELATION, &payload, body)?;
        }
        for credential in [field::USER, field::PASSWORD] {
            if self.get(credential).is_some() {
                self.put(credential, body)?;
            }
        }
        Ok(())
    }

    /// Both may be left out when there is nothing to say.
    fn code_and_properties(&self, body: &mut Vec<u8>) -> Result<(), Mistake> {
        let has_properties = self.fields.iter().any(|(field, ..)| is_property(field));
        if has_properties || self.get(field::CODE).is_some() {
            body.push(self.number(field::CODE).map_or(0, low_byte));
        }
        if has_properties {
            self.properties(false, body)?;
        }
        Ok(())
    }

    fn properties(&self, of_will: bool, body: &mut Vec<u8>) -> Result<(), Mistake> {
        if self.version != Version::V5 {
            return Ok(());
        }
        let mut bytes = Vec::new();
        for (field, value, belongs) in &self.fields {
            if *belongs != of_will || !is_property(field) {
                continue;
            }
            match (field.property, value) {
                (Some(id), value) => {
                    bytes.push(id);
                    write(field, value, &mut bytes)?;
                }
                (None, Value::Bytes(raw)) => bytes.extend(raw),
                (None, _) => {}
            }
        }
        body.extend(variable_byte_integer(bytes.len()));
        body.extend(bytes);
        Ok(())
    }

    /// Filters; the options behind one belong to it.
    fn filters(&self, body: &mut Vec<u8>) -> Result<(), Mistake> {
        let mut options: Option<u8> = None;
        for (field, value, _) in &self.fields {
            if *field == field::FILTER {
                body.extend(options.take());
                write(field, value, body)?;
                options = (self.kind == Kind::Subscribe).then_some(0);
                continue;
            }
            let Value::Number(number) = value else { continue };
            let bits = match *field {
                field if field == field::QOS => low_byte(*number),
                field if field == field::NO_LOCAL => low_byte(*number) << 2,
                field if field == field::RETAIN_AS_PUBLISHED => low_byte(*number) << 3,
                field if field == field::RETAIN_HANDLING => low_byte(*number) << 4,
                field if field == field::OPTIONS => low_byte(*number),
                _ => continue,
            };
            match &mut options {
                Some(options) => *options |= bits,
                None => return Err(Mistake::new("options stand behind their filter")),
            }
        }
        body.extend(options);
        Ok(())
    }
}

fn is_property(field: &Field) -> bool {
    field.property.is_some() || field == field::RAW_PROPERTY
}

fn low_byte(number: u32) -> u8 {
    number.to_le_bytes()[0]
}

fn write(field: &Field, value: &Value, body: &mut Vec<u8>) -> Result<(), Mistake> {
    let mut text = |bytes: &[u8]| match u16::try_from(bytes.len()) {
        Ok(length) => {
            body.extend(length.to_be_bytes());
            body.extend(bytes);
            Ok(())
        }
        Err(_) => Err(Mistake::new(format!("{} is longer than 65,535 bytes", field.name))),
    };
    match (field.form, value) {
        (Form::Byte, Value::Number(number)) => body.push(low_byte(*number)),
        (Form::TwoBytes, Value::Number(number)) => {
            body.extend(&number.to_be_bytes()[2..]);
        }
        (Form::FourBytes, Value::Number(number)) => body.extend(number.to_be_bytes()),
        (Form::VariableInteger, Value::Number(number)) => {
            body.extend(variable_byte_integer(usize::try_from(*number).unwrap_or(usize::MAX)));
        }
        (Form::Text | Form::Binary, Value::Bytes(bytes)) => text(bytes)?,
        (Form::TextPair, Value::Pair(name, value)) => {
            text(name)?;
            text(value)?;
        }
        _ => return Err(Mistake::new(format!("{} has a value of another kind", field.name))),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::words;

    fn encoded(kind: Kind, text: &str, version: Version) -> Vec<u8> {
        let template = Template::parse(kind, &words(text).unwrap()).unwrap();
        encode(&template, version, &Found::new()).unwrap()
    }

    #[test]
    fn packets_are_written_as_the_specification_shows_them() {
        let connect = encoded(
            Kind::Connect,
            "c clean=0 keepalive=10 expiry=10 will=w will-payload=p will-qos=1 will.delay=1 user=u",
            Version::V5,
        );
        let expected = b"\x10\x28\x00\x04MQTT\x05\x8C\x00\x0A\x05\x11\x00\x00\x00\x0A\x00\x01c\
            \x05\x18\x00\x00\x00\x01\x00\x01w\x00\x01p\x00\x01u";
        assert_eq!(connect[2..], expected[2..]);
        assert_eq!(usize::from(connect[1]), connect.len() - 2);

        let subscribe = encoded(Kind::Subscribe, "10 a/b qos=1 c/d qos=2", Version::V311);
        assert_eq!(subscribe, b"\x82\x0e\x00\x0a\x00\x03a/b\x01\x00\x03c/d\x02");

        let publish = encoded(Kind::Publish, "a/b x qos=1 id=10 retain=1", Version::V5);
        assert_eq!(publish, b"\x33\x09\x00\x03a/b\x00\x0a\x00x");

        assert_eq!(encoded(Kind::PubAck, "1", Version::V5), b"\x40\x02\x00\x01");
        assert_eq!(encoded(Kind::PubRel, "1 0x92", Version::V5), b"\x62\x03\x00\x01\x92");
        assert_eq!(
            encoded(Kind::Disconnect, "expiry=1", Version::V5),
            b"\xE0\x07\x00\x05\x11\0\0\0\x01"
        );
    }
}
