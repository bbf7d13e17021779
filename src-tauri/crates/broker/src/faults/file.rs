//! Rules from a file: JSON, and nothing to be written that goes without saying.

use serde_json::{Map, Value, json};

use super::{
    presets::presets,
    rule::FaultRule,
    scope::{FaultProblem, Scope},
};

/// Why a file of faults is not taken.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FaultFileError {
    /// It is not JSON.
    #[error("not JSON: {what}")]
    NotJson {
        /// What the parser says, with line and column.
        what: Box<str>,
    },
    /// It is JSON, but no list.
    #[error("a file of faults is a list: [ … ]")]
    NotAList,
    /// One of its entries is wrong.
    #[error("entry {}: {what}", .index + 1)]
    Entry {
        /// Position in the list, from 0.
        index: usize,
        /// What is wrong with it.
        what: FaultEntryError,
    },
}

/// Why an entry of a file of faults is not taken.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FaultEntryError {
    /// No preset has this name.
    #[error("there is no preset `{name}`; there are {}", preset_names())]
    UnknownPreset {
        /// The name.
        name: Box<str>,
    },
    /// It lacks a field, or has one that does not exist or is of another type.
    #[error("{what}")]
    NotARule {
        /// What the parser says.
        what: Box<str>,
    },
    /// It is a rule, but not a valid one.
    #[error(transparent)]
    Problem(#[from] FaultProblem),
}

/// The rules of a file of faults.
///
/// It is a list of rules in the form of [`FaultRule`] in which everything but `effect` may be left
/// out, and of names of [`presets`]:
///
/// ```json
/// ["flaky-wifi", { "only": { "packet": "pubAck" }, "effect": { "kind": "drop" } }]
/// ```
///
/// # Errors
///
/// The first thing that is wrong, with its entry.
pub fn from_json(text: &str) -> Result<Vec<FaultRule>, FaultFileError> {
    let not_json = |error: serde_json::Error| error.to_string().into();
    let value: Value = serde_json::from_str(text)
        .map_err(|error| FaultFileError::NotJson { what: not_json(error) })?;
    let Value::Array(entries) = value else { return Err(FaultFileError::NotAList) };
    let mut rules = Vec::new();
    for (index, entry) in entries.into_iter().enumerate() {
        let of_entry = read(entry).map_err(|what| FaultFileError::Entry { index, what })?;
        rules.extend(of_entry);
    }
    Ok(rules)
}

fn read(entry: Value) -> Result<Vec<FaultRule>, FaultEntryError> {
    let mut rule = match entry {
        Value::String(name) => {
            let preset = presets().into_iter().find(|preset| preset.id == name);
            let unknown = || FaultEntryError::UnknownPreset { name: name.into() };
            return preset.map(|preset| preset.rules).ok_or_else(unknown);
        }
        Value::Object(rule) => rule,
        _ => {
            let what = "neither a rule nor the name of a preset".into();
            return Err(FaultEntryError::NotARule { what });
        }
    };
    fill_in(&mut rule);
    let rule: FaultRule = serde_json::from_value(Value::Object(rule))
        .map_err(|error| FaultEntryError::NotARule { what: error.to_string().into() })?;
    Scope::of(&rule)?;
    Ok(vec![rule])
}

/// Adds what was left out.
fn fill_in(rule: &mut Map<String, Value>) {
    let kind = rule.get("effect").and_then(|effect| effect.get("kind")).and_then(Value::as_str);
    let kind = kind.unwrap_or_default().to_owned();
    if kind == "delay"
        && let Some(Value::Object(delay)) = rule.get_mut("effect")
    {
        delay.entry("jitter").or_insert(json!(0));
    }
    let defaults = [
        ("name", json!(kind)),
        ("on", json!(true)),
        ("only", json!({})),
        ("when", json!({ "kind": "always" })),
        ("seed", json!(0)),
    ];
    for (field, default) in defaults {
        rule.entry(field).or_insert(default);
    }
}

fn preset_names() -> String {
    presets().iter().map(|preset| preset.id).collect::<Vec<_>>().join(", ")
}
