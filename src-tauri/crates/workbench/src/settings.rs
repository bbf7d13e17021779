//! What the person chose for the whole application, kept in `settings.json`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
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
    pub(crate) broker: BrokerSettings,
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
        Ok((Self { path, document: loaded.value }, loaded.notice))
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
