//! Whether what came is what was expected.

use crate::{
    decode::Received,
    encode::Found,
    field::{self, Value},
    packet::{Arg, Template},
};

/// Compares the fields a template names; the others may be anything. Values a template gives a
/// name to are put into `found`, unless the packet is another one.
pub(crate) fn compare(
    template: &Template,
    received: &Received,
    found: &mut Found,
) -> Result<(), String> {
    if template.kind != received.kind {
        return Err(format!("it is no {}", template.kind.name()));
    }
    if let Some(field) = template.absent.iter().find(|field| !received.all(field).is_empty()) {
        return Err(format!("{} must not be there", field.name));
    }
    let mut news = Found::new();
    let mut compared = Vec::new();
    for given in &template.fields {
        if compared.contains(&given.field) {
            continue;
        }
        compared.push(given.field);
        let mut actual = received.all(given.field);
        let wanted = template.fields.iter().filter(|other| other.field == given.field);
        let mut wanted_values = Vec::new();
        for other in wanted {
            match &other.value {
                Arg::Is(value) => wanted_values.push(value.clone()),
                Arg::Named(name) => match (found.get(name).or(news.get(name)), actual.first()) {
                    (Some(value), _) => wanted_values.push(value.clone()),
                    (None, Some(value)) => {
                        news.insert(name.clone(), value.clone());
                        wanted_values.push(value.clone());
                    }
                    (None, None) => return Err(format!("{} is missing", given.field.name)),
                },
            }
        }
        if given.field == field::SUBSCRIPTION_ID {
            // Their order says nothing (§3.3.4).
            actual.sort();
            wanted_values.sort();
        }
        if given.field == field::PAYLOAD && actual.is_empty() {
            actual.push(Value::Bytes(Vec::new()));
        }
        if actual != wanted_values {
            return Err(format!("{} is another", given.field.name));
        }
    }
    found.append(&mut news);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{case::Version, decode::decode, packet::Kind, text::words};

    fn publish(text: &str) -> Template {
        Template::parse(Kind::Publish, &words(text).unwrap()).unwrap()
    }

    #[test]
    fn fields_that_are_not_named_are_free() {
        let bytes = b"\x32\x0B\x00\x01a\x00\x07\x04\x0B\x02\x0B\x01x";
        let received = decode(bytes, Version::V5).unwrap();
        let mut found = Found::new();
        let mut says = |text: &str| compare(&publish(text), &received, &mut found);

        assert_eq!(says("a"), Ok(()));
        assert_eq!(says("a x qos=1 subscription-id=1 subscription-id=2 !alias"), Ok(()));
        assert_eq!(says("b"), Err("topic is another".to_owned()));
        assert_eq!(
            says("a x !subscription-id"),
            Err("subscription-id must not be there".to_owned())
        );
        assert_eq!(says("a x alias=$n"), Err("alias is missing".to_owned()));
        assert_eq!(says("a x id=$m"), Ok(()));
        assert_eq!(says("a x id=$m"), Ok(()));
        assert_eq!(found["m"], Value::Number(7));
    }
}
