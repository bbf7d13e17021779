//! Bytes of a broker into fields.
//!
//! Strict, and on its own: it shares no code with the product. Whatever a broker sends that the
//! specification does not allow fails the case during which it came.

use crate::{
    case::Version,
    field::{self, Field, Form, Value},
    packet::Kind,
    text::shown,
};

/// A packet of the broker.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) kind: Kind,
    pub(crate) fields: Vec<(&'static Field, Value)>,
    pub(crate) bytes: Vec<u8>,
}

/// The length of the packet `buffer` begins with, once it is there as a whole.
pub(crate) fn frame(buffer: &[u8]) -> Result<Option<usize>, String> {
    let mut length = 0;
    for at in 1..=4 {
        let Some(&byte) = buffer.get(at) else { return Ok(None) };
        length |= usize::from(byte & 0x7F) << (7 * (at - 1));
        if byte & 0x80 == 0 {
            if byte == 0 && at > 1 {
                return Err("the remaining length is longer than needed".to_owned());
            }
            let whole = 1 + at + length;
            return Ok((buffer.len() >= whole).then_some(whole));
        }
    }
    Err("the remaining length has more than four bytes".to_owned())
}

/// Reads one whole packet.
pub(crate) fn decode(bytes: &[u8], version: Version) -> Result<Received, String> {
    let kind = Kind::from_type(bytes[0] >> 4).ok_or("a packet of type 0")?;
    let length_bytes = bytes[1..].iter().position(|byte| byte & 0x80 == 0).unwrap_or_default() + 1;
    let mut reader = Reader { rest: &bytes[1 + length_bytes..], version, fields: Vec::new() };
    reader.packet(kind, bytes[0] & 0x0F).map_err(|why| format!("{}: {why}", kind.name()))?;
    Ok(Received { kind, fields: reader.fields, bytes: bytes.to_vec() })
}

impl Received {
    /// The values of a field, in order.
    pub(crate) fn all(&self, field: &Field) -> Vec<Value> {
        self.fields
            .iter()
            .filter(|(known, _)| *known == field)
            .map(|(_, value)| value.clone())
            .collect()
    }

    /// As a case would write it.
    pub(crate) fn shown(&self) -> String {
        let mut text = self.kind.name().to_owned();
        for (field, value) in &self.fields {
            let value = match value {
                Value::Number(number) if *field == field::CODE => format!("{number:#04x}"),
                Value::Number(number) => number.to_string(),
                Value::Bytes(bytes) => shown(bytes),
                Value::Pair(name, value) => format!("{}:{}", shown(name), shown(value)),
            };
            text.extend([" ", field.name, "=", &*value]);
        }
        text
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    version: Version,
    fields: Vec<(&'static Field, Value)>,
}

impl Reader<'_> {
    fn packet(&mut self, kind: Kind, flags: u8) -> Result<(), String> {
        let is_v5 = self.version == Version::V5;
        let expected_flags = match kind {
            Kind::Publish => flags,
            Kind::PubRel => 2,
            _ => 0,
        };
        if flags != expected_flags {
            return Err(format!("its flags are {flags:#06b}"));
        }
        match kind {
            Kind::ConnAck => self.connack()?,
            Kind::Publish => return self.publish(flags),
            Kind::PubAck | Kind::PubRec | Kind::PubRel | Kind::PubComp => {
                self.packet_id()?;
                self.code_and_properties(kind)?;
            }
            Kind::SubAck | Kind::UnsubAck => {
                self.packet_id()?;
                self.properties(kind)?;
                while !self.rest.is_empty() && (kind == Kind::SubAck || is_v5) {
                    self.code(kind)?;
                }
            }
            Kind::PingResp => {}
            Kind::Disconnect | Kind::Auth if is_v5 => self.code_and_properties(kind)?,
            _ => return Err("a server does not send it".to_owned()),
        }
        match self.rest.len() {
            0 => Ok(()),
            count => Err(format!("{count} bytes too many")),
        }
    }

    fn connack(&mut self) -> Result<(), String> {
        let flags = self.byte()?;
        if flags > 1 {
            return Err(format!("its acknowledge flags are {flags:#04x}"));
        }
        self.fields.push((field::SESSION_PRESENT, Value::Number(flags.into())));
        let code = self.code(Kind::ConnAck)?;
        if code != 0 && flags != 0 {
            return Err("session present although it refuses".to_owned());
        }
        self.properties(Kind::ConnAck)
    }

    fn publish(&mut self, flags: u8) -> Result<(), String> {
        let (dup, qos, retain) = (flags >> 3, flags >> 1 & 3, flags & 1);
        if qos == 3 || (qos == 0 && dup == 1) {
            return Err(format!("its flags are {flags:#06b}"));
        }
        let topic = self.text()?;
        if topic.iter().any(|byte| matches!(byte, b'+' | b'#')) {
            return Err("a wildcard in its topic".to_owned());
        }
        self.fields.push((field::TOPIC, Value::Bytes(topic.clone())));
        for (field, value) in [(field::QOS, qos), (field::RETAIN, retain), (field::DUP, dup)] {
            self.fields.push((field, Value::Number(value.into())));
        }
        if qos > 0 {
            self.packet_id()?;
        }
        self.properties(Kind::Publish)?;
        if topic.is_empty() && !self.fields.iter().any(|(known, _)| *known == field::ALIAS) {
            return Err("neither a topic nor a topic alias".to_owned());
        }
        self.fields.push((field::PAYLOAD, Value::Bytes(self.rest.to_vec())));
        Ok(())
    }

    fn code_and_properties(&mut self, kind: Kind) -> Result<(), String> {
        if self.version != Version::V5 {
            return Ok(());
        }
        if self.rest.is_empty() {
            self.fields.push((field::CODE, Value::Number(0)));
            return Ok(());
        }
        self.code(kind)?;
        if self.rest.is_empty() { Ok(()) } else { self.properties(kind) }
    }

    fn code(&mut self, kind: Kind) -> Result<u8, String> {
        let code = self.byte()?;
        let allowed: &[u8] = match (kind, self.version) {
            (Kind::ConnAck, Version::V5) => &[
                0, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x90,
                0x95, 0x97, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F,
            ],
            (Kind::ConnAck, _) => &[0, 1, 2, 3, 4, 5],
            (Kind::PubAck | Kind::PubRec, _) => {
                &[0, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99]
            }
            (Kind::PubRel | Kind::PubComp, _) => &[0, 0x92],
            (Kind::SubAck, Version::V5) => {
                &[0, 1, 2, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2]
            }
            (Kind::SubAck, _) => &[0, 1, 2, 0x80],
            (Kind::UnsubAck, _) => &[0, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91],
            (Kind::Disconnect, _) => &[
                0, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8D, 0x8E, 0x8F, 0x90, 0x93, 0x94,
                0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2,
            ],
            (Kind::Auth, _) => &[0, 0x18],
            _ => &[0],
        };
        if !allowed.contains(&code) {
            return Err(format!("it cannot carry the code {code:#04x}"));
        }
        self.fields.push((field::CODE, Value::Number(code.into())));
        Ok(code)
    }

    fn packet_id(&mut self) -> Result<(), String> {
        match self.number(2)? {
            0 => Err("its packet identifier is 0".to_owned()),
            id => {
                self.fields.push((field::ID, Value::Number(id)));
                Ok(())
            }
        }
    }

    fn properties(&mut self, kind: Kind) -> Result<(), String> {
        if self.version != Version::V5 {
            return Ok(());
        }
        let length = usize::try_from(self.variable_integer()?).unwrap_or(usize::MAX);
        let after =
            self.rest.get(length..).ok_or("its properties are longer than the packet")?.len();
        let mut seen = Vec::new();
        while self.rest.len() > after {
            let id = self.variable_integer()?;
            let field = field::property(id).ok_or(format!("property {id:#04x} does not exist"))?;
            if !may_carry(kind, id) {
                return Err(format!("{} does not belong into it", field.name));
            }
            let repeats = field == field::USER_PROPERTY
                || (field == field::SUBSCRIPTION_ID && kind == Kind::Publish);
            if seen.contains(&id) && !repeats {
                return Err(format!("{} twice", field.name));
            }
            seen.push(id);
            let value = self.value(field)?;
            self.fields.push((field, value));
        }
        if self.rest.len() < after {
            return Err("a property is longer than the properties".to_owned());
        }
        Ok(())
    }

    fn value(&mut self, field: &Field) -> Result<Value, String> {
        Ok(match field.form {
            Form::Byte => match self.number(1)? {
                value @ (0 | 1) => Value::Number(value),
                value => return Err(format!("{} is {value}", field.name)),
            },
            Form::TwoBytes => Value::Number(self.number(2)?),
            Form::FourBytes => Value::Number(self.number(4)?),
            Form::VariableInteger => Value::Number(self.variable_integer()?),
            Form::Text => Value::Bytes(self.text()?),
            Form::Binary => Value::Bytes(self.binary()?),
            Form::TextPair => Value::Pair(self.text()?, self.text()?),
        })
    }

    fn take(&mut self, count: usize) -> Result<&[u8], String> {
        if count > self.rest.len() {
            return Err("it ends too early".to_owned());
        }
        let (taken, rest) = self.rest.split_at(count);
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, String> {
        Ok(self.take(1)?[0])
    }

    fn number(&mut self, bytes: usize) -> Result<u32, String> {
        Ok(self.take(bytes)?.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
    }

    fn variable_integer(&mut self) -> Result<u32, String> {
        let mut value = 0;
        for shift in [0, 7, 14, 21] {
            let byte = self.byte()?;
            value |= u32::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                if byte == 0 && shift > 0 {
                    return Err("a variable byte integer is longer than needed".to_owned());
                }
                return Ok(value);
            }
        }
        Err("a variable byte integer has more than four bytes".to_owned())
    }

    fn binary(&mut self) -> Result<Vec<u8>, String> {
        let length = self.number(2)?;
        self.take(usize::try_from(length).unwrap_or(usize::MAX)).map(<[u8]>::to_vec)
    }

    fn text(&mut self) -> Result<Vec<u8>, String> {
        let bytes = self.binary()?;
        if std::str::from_utf8(&bytes).is_err() || bytes.contains(&0) {
            return Err(format!("{} is not a text of MQTT", shown(&bytes)));
        }
        Ok(bytes)
    }
}

/// The table of §2.2.2.2, for packets of a server.
fn may_carry(kind: Kind, property: u32) -> bool {
    match kind {
        Kind::ConnAck => matches!(
            property,
            0x11..=0x13 | 0x15 | 0x16 | 0x1A | 0x1C | 0x1F | 0x21 | 0x22 | 0x24..=0x2A
        ),
        Kind::Publish => matches!(property, 0x01..=0x03 | 0x08 | 0x09 | 0x0B | 0x23 | 0x26),
        Kind::Disconnect => matches!(property, 0x1C | 0x1F | 0x26),
        Kind::Auth => matches!(property, 0x15 | 0x16 | 0x1F | 0x26),
        _ => matches!(property, 0x1F | 0x26),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(bytes: &[u8]) -> String {
        decode(bytes, Version::V5).unwrap_err()
    }

    #[test]
    fn a_publish_is_shown_as_a_case_writes_it() {
        let received = decode(b"\x32\x0A\x00\x01a\x00\x07\x02\x01\x01hi", Version::V5).unwrap();

        let expected =
            "publish topic=\"a\" qos=1 retain=0 dup=0 id=7 payload-format=1 payload=\"hi\"";
        assert_eq!(received.shown(), expected);
    }

    #[test]
    fn what_a_server_must_not_send_is_told() {
        assert_eq!(complaint(b"\x20\x03\x00\x01\x00"), "connack: it cannot carry the code 0x01");
        assert_eq!(complaint(b"\x20\x03\x02\x00\x00"), "connack: its acknowledge flags are 0x02");
        assert_eq!(complaint(b"\x40\x02\x00\x00"), "puback: its packet identifier is 0");
        assert_eq!(
            complaint(b"\xE0\x07\x00\x05\x11\0\0\0\x01"),
            "disconnect: expiry does not belong into it"
        );
        assert_eq!(complaint(b"\x30\x04\x00\x01+\x00"), "publish: a wildcard in its topic");
        assert_eq!(complaint(b"\xC0\x00"), "pingreq: a server does not send it");
        assert_eq!(complaint(b"\xD1\x00"), "pingresp: its flags are 0b0001");
        assert_eq!(
            frame(b"\xD0\x80\x00").unwrap_err(),
            "the remaining length is longer than needed"
        );
    }
}
