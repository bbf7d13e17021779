//! A packet as a case writes it: its name, then its parts.

use crate::{
    case::Mistake,
    field::{self, Field, Value},
    text::Word,
};

/// The packets there are (§2.1.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub(crate) enum Kind {
    Connect = 1,
    ConnAck,
    Publish,
    PubAck,
    PubRec,
    PubRel,
    PubComp,
    Subscribe,
    SubAck,
    Unsubscribe,
    UnsubAck,
    PingReq,
    PingResp,
    Disconnect,
    Auth,
}

/// A packet with some of its fields: to be sent, or to be compared with what came.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Template {
    pub(crate) kind: Kind,
    pub(crate) fields: Vec<Given>,
    /// Fields that must not be there.
    pub(crate) absent: Vec<&'static Field>,
}

/// A field and what it is to be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Given {
    pub(crate) field: &'static Field,
    pub(crate) value: Arg,
    /// Whether it belongs to the properties of the will.
    pub(crate) of_will: bool,
}

/// A value, or the name of one that is found out while the case is played.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Arg {
    Is(Value),
    Named(String),
}

const KINDS: [(Kind, &str); 15] = [
    (Kind::Connect, "connect"),
    (Kind::ConnAck, "connack"),
    (Kind::Publish, "publish"),
    (Kind::PubAck, "puback"),
    (Kind::PubRec, "pubrec"),
    (Kind::PubRel, "pubrel"),
    (Kind::PubComp, "pubcomp"),
    (Kind::Subscribe, "subscribe"),
    (Kind::SubAck, "suback"),
    (Kind::Unsubscribe, "unsubscribe"),
    (Kind::UnsubAck, "unsuback"),
    (Kind::PingReq, "pingreq"),
    (Kind::PingResp, "pingresp"),
    (Kind::Disconnect, "disconnect"),
    (Kind::Auth, "auth"),
];

impl Kind {
    pub(crate) fn named(name: &str) -> Option<Self> {
        KINDS.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }

    pub(crate) fn name(self) -> &'static str {
        KINDS[usize::from(self as u8) - 1].1
    }

    pub(crate) fn from_type(number: u8) -> Option<Self> {
        KINDS.get(usize::from(number).checked_sub(1)?).map(|(kind, _)| *kind)
    }

    /// What the words without a key mean, in their order; the last one may repeat.
    fn parts(self) -> &'static [&'static Field] {
        match self {
            Self::Connect => &[field::CLIENT],
            Self::ConnAck | Self::Disconnect | Self::Auth => &[field::CODE],
            Self::Publish => &[field::TOPIC, field::PAYLOAD],
            Self::PubAck | Self::PubRec | Self::PubRel | Self::PubComp => &[field::ID, field::CODE],
            Self::SubAck | Self::UnsubAck => &[field::ID, field::CODE, field::CODE],
            Self::Subscribe | Self::Unsubscribe => &[field::ID, field::FILTER, field::FILTER],
            Self::PingReq | Self::PingResp => &[],
        }
    }
}

impl Template {
    /// Reads what follows the name of the packet.
    pub(crate) fn parse(kind: Kind, words: &[Word]) -> Result<Self, Mistake> {
        let mut template = Self { kind, fields: Vec::new(), absent: Vec::new() };
        let parts = kind.parts();
        let mut position = 0;
        for word in words {
            match word {
                Word::Pair(key, value) => {
                    let (of_will, name) = match key.strip_prefix("will.") {
                        Some(name) => (true, name),
                        None => (false, &**key),
                    };
                    let field = known(name)?;
                    let value = arg(field, value)?;
                    template.fields.push(Given { field, value, of_will });
                }
                Word::Bare(name) if name.starts_with('!') => {
                    template.absent.push(known(&name[1..])?);
                }
                word => {
                    let repeats = parts.len() > 2;
                    let last = parts.len().saturating_sub(1);
                    let at = if repeats { position.min(last) } else { position };
                    let field = *parts.get(at).ok_or_else(|| {
                        Mistake::new(format!("{} has no part {}", kind.name(), position + 1))
                    })?;
                    position += 1;
                    let value = arg(field, word)?;
                    template.fields.push(Given { field, value, of_will: false });
                }
            }
        }
        Ok(template)
    }

    /// The first value given for `field`, as it is written.
    pub(crate) fn literal(&self, field: &Field) -> Option<&Value> {
        self.fields.iter().find(|given| given.field == field && !given.of_will).and_then(|given| {
            match &given.value {
                Arg::Is(value) => Some(value),
                Arg::Named(_) => None,
            }
        })
    }

    /// Gives a field a value.
    pub(crate) fn set(&mut self, field: &'static Field, value: Value) {
        self.fields.push(Given { field, value: Arg::Is(value), of_will: false });
    }

    /// A number that is written in it.
    pub(crate) fn number(&self, field: &Field) -> Option<u32> {
        match self.literal(field) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }
}

fn known(name: &str) -> Result<&'static Field, Mistake> {
    field::named(name).ok_or_else(|| Mistake::new(format!("no field is called `{name}`")))
}

fn arg(field: &Field, word: &Word) -> Result<Arg, Mistake> {
    if let Word::Bare(text) = word
        && let Some(name) = text.strip_prefix('$')
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_lowercase())
    {
        return Ok(Arg::Named(name.to_owned()));
    }
    let bytes = word.bytes();
    if field.form.is_number() {
        let Word::Bare(text) = word else {
            return Err(Mistake::new(format!("{} is a number without quotes", field.name)));
        };
        let number = match text.strip_prefix("0x") {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => text.parse(),
        };
        let number = number.map_err(|_| {
            Mistake::new(format!("{} is a number, and `{text}` is none", field.name))
        })?;
        return Ok(Arg::Is(Value::Number(number)));
    }
    if field.form == field::Form::TextPair {
        let at = bytes.iter().position(|byte| *byte == b':');
        let at = at.ok_or_else(|| Mistake::new(format!("{} is `name:value`", field.name)))?;
        return Ok(Arg::Is(Value::Pair(bytes[..at].to_vec(), bytes[at + 1..].to_vec())));
    }
    Ok(Arg::Is(Value::Bytes(bytes)))
}
