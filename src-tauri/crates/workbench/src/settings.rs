//! What the person chose for the whole application, kept in `settings.json`.

use std::path::PathBuf;

use broker::{AccessRules, FaultRule};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::Value;
use specta::Type;

use crate::{Failure, files, views::BrokerSettings};

/// How the window looks and speaks.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize, Type)]
pub struct Settings {
    /// Colours.
    pub theme: Theme,
    /// Texts.
    pub language: Language,
}

/// Colours of the window.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Theme {
    #[default]
    System,
    Dark,
    Light,
}

/// Language of the window.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize, Type)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Language {
    #[default]
    #[serde(rename = "system")]
    System,
    #[serde(rename = "en")]
    English,
    #[serde(rename = "zh-CN")]
    SimplifiedChinese,
}

/// The file.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Document {
    pub(crate) window: Settings,
    #[serde(deserialize_with = "over_the_default")]
    pub(crate) broker: BrokerSettings,
    /// Whether the broker opens to the network whenever it starts.
    pub(crate) broker_network: bool,
    pub(crate) broker_access: AccessRules,
    pub(crate) broker_faults: Vec<FaultRule>,
}

/// Reads settings an older version wrote: what it did not know has its default.
fn over_the_default<'de, D: Deserializer<'de>>(read: D) -> Result<BrokerSettings, D::Error> {
    let mut value = serde_json::to_value(BrokerSettings::default()).map_err(D::Error::custom)?;
    let read = Value::deserialize(read)?;
    // Up to version 0.1 there was one listener, described by its port.
    let port = read.get("port").cloned();
    lay_over(&mut value, read);
    if let (Some(port), Some(tcp)) = (port, value.pointer_mut("/listeners/0/port")) {
        *tcp = port;
    }
    serde_json::from_value(value).map_err(D::Error::custom)
}

/// Replaces the members of `base` by those of `read`; what `base` does not have is ignored.
fn lay_over(base: &mut Value, read: Value) {
    match (base, read) {
        (Value::Object(base), Value::Object(read)) if !base.contains_key("kind") => {
            for (name, value) in read {
                if let Some(known) = base.get_mut(&name) {
                    lay_over(known, value);
                }
            }
        }
        (base, read) => *base = read,
    }
}

/// The settings and where they are kept.
#[derive(Debug)]
pub(crate) struct SettingsStore {
    path: PathBuf,
    document: Document,
}

impl SettingsStore {
    pub(crate) fn open(path: PathBuf) -> Result<(Self, Option<Failure>), Failure> {
        let loaded = files::load::<Document>(&path)?;
        let mut document = loaded.value;
        document.broker_faults.iter_mut().for_each(|fault| fault.on = false);
        Ok((Self { path, document }, loaded.notice))
    }

    pub(crate) fn get(&self) -> Document {
        self.document.clone()
    }

    /// Changes the settings; what could not be saved is not changed.
    pub(crate) fn change(&mut self, edit: impl FnOnce(&mut Document)) -> Result<(), Failure> {
        let mut document = self.document.clone();
        edit(&mut document);
        files::save(&self.path, &document)?;
        self.document = document;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_the_first_version_keep_their_port() {
        let written = r#"{"broker": {"port": 1884, "startWithApp": true}}"#;

        let document: Document = serde_json::from_str(written).unwrap();

        let settings = document.broker;
        assert_eq!((settings.listeners[0].port, settings.start_with_app), (1884, true));
        assert_eq!(settings.listeners.len(), 4);
    }

    #[test]
    fn settings_are_read_back_as_they_were_written() {
        let mut document = Document::default();
        document.broker.listeners.pop();
        document.broker.certificate = crate::views::CertificateSource::Files {
            certificate: "a.pem".into(),
            key: "b.pem".into(),
        };

        let read: Document =
            serde_json::from_str(&serde_json::to_string(&document).unwrap()).unwrap();

        assert_eq!(read.broker, document.broker);
    }
}
