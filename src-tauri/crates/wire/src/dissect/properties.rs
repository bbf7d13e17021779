//! Fields of the properties (§2.2.2).

use super::build::Builder;
use crate::property::{PropertyId, PropertyType};

/// The properties' length and all of them. `None` when the packet cannot be read on.
pub(super) fn properties(builder: &mut Builder, name: &'static str) -> Option<()> {
    let (result, _) = builder.group(name, |builder| {
        let length = builder.variable_byte_integer("Property length")?;
        let outer_end = builder.end;
        let is_too_long = length > outer_end - builder.position;
        builder.end = outer_end.min(builder.position.saturating_add(length));
        while !builder.is_at_end() && !builder.is_full() {
            if property(builder).is_none() {
                if !builder.is_at_end() {
                    builder.raw_rest("Undecodable properties", "the property is not known");
                }
                break;
            }
        }
        builder.end = outer_end;
        (!is_too_long && !builder.is_full()).then_some(())
    });
    result
}

/// One property. `None` when there is no way to tell where it ends.
fn property(builder: &mut Builder) -> Option<()> {
    let start = builder.position;
    let raw = builder.bare_variable_byte_integer("Property identifier")?;
    let Some(id) = u32::try_from(raw).ok().and_then(PropertyId::from_id) else {
        builder.position = start;
        return None;
    };
    let (value, group) = builder.group(id.name(), |builder| match id.data_type() {
        PropertyType::Byte => builder.u8("Value").map(drop),
        PropertyType::TwoByteInteger => builder.u16("Value").map(drop),
        PropertyType::FourByteInteger => builder.u32("Value").map(drop),
        PropertyType::VariableByteInteger => builder.variable_byte_integer("Value").map(drop),
        PropertyType::Binary => builder.binary("Value"),
        PropertyType::Text => builder.text("Value").map(drop),
        PropertyType::TextPair => {
            builder.text("Name")?;
            builder.text("Value").map(drop)
        }
    });
    if let Some(group) = group {
        group.span.start = start;
        // One value needs no level of its own.
        let is_pair = id.data_type() == PropertyType::TextPair;
        if !is_pair && let Some(only) = group.children.pop() {
            (group.value, group.note, group.error) = (only.value, only.note, only.error);
        } else if let [name, value] = &group.children[..] {
            group.value = format!("{}: {}", name.value, value.value);
        }
        if value.is_some() && group.note.is_none() {
            group.note = unit(id).map(Into::into);
        }
    }
    value
}

fn unit(id: PropertyId) -> Option<&'static str> {
    match id {
        PropertyId::MessageExpiryInterval
        | PropertyId::SessionExpiryInterval
        | PropertyId::WillDelayInterval
        | PropertyId::ServerKeepAlive => Some("seconds"),
        PropertyId::MaximumPacketSize => Some("bytes"),
        _ => None,
    }
}
