//! Connection profiles, kept in `connections.json`. Passwords are not in it.

use std::path::PathBuf;

use rand::Rng as _;
use serde::{Deserialize, Serialize};
use wire::{QoS, TopicFilter};

use crate::{
    Failure, FailureCode, files,
    views::{ConnectionDraft, MqttVersion},
};

/// A connection as it is kept.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Profile {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) version: MqttVersion,
    pub(crate) client_id: String,
    pub(crate) username: Option<String>,
    pub(crate) has_password: bool,
    pub(crate) keep_alive_seconds: u16,
    pub(crate) clean_start: bool,
    #[serde(default)]
    pub(crate) is_local_broker: bool,
    #[serde(default)]
    pub(crate) subscriptions: Vec<ProfileSubscription>,
}

/// A subscription of a profile.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct ProfileSubscription {
    /// Checked when it is added; one edited by hand into something invalid is left out of a session.
    pub(crate) filter: String,
    pub(crate) qos: u8,
    pub(crate) color: u8,
}

/// Number of subscription colours.
const COLORS: u8 = 8;

impl Profile {
    /// Takes over a draft from the editor; everything in it is checked.
    pub(crate) fn from_draft(draft: &ConnectionDraft, id: String) -> Result<Self, Failure> {
        let host = draft.host.trim();
        if host.is_empty() || host.contains(char::is_whitespace) {
            return Err(invalid_field("host", "A host name or address is needed, without spaces."));
        }
        if draft.port == 0 {
            return Err(invalid_field("port", "The port is a number from 1 to 65535."));
        }
        if draft.username.is_none()
            && matches!(draft.password, crate::views::PasswordChange::Set { .. })
            && draft.version == MqttVersion::V311
        {
            return Err(invalid_field(
                "username",
                "MQTT 3.1.1 sends a password only together with a user name.",
            ));
        }
        let client_id = match draft.client_id.trim() {
            "" => random_client_id(),
            given if given.len() > usize::from(u16::MAX) || given.contains('\0') => {
                return Err(Failure::new(
                    FailureCode::InvalidClientId,
                    "A client identifier has at most 65,535 bytes and no null character.",
                ));
            }
            given => given.to_owned(),
        };
        let name = match draft.name.trim() {
            "" => host.to_owned(),
            given => given.to_owned(),
        };
        Ok(Self {
            id,
            name,
            host: host.to_owned(),
            port: draft.port,
            version: draft.version,
            client_id,
            username: draft.username.clone().filter(|name| !name.is_empty()),
            has_password: false,
            keep_alive_seconds: draft.keep_alive_seconds,
            clean_start: draft.clean_start,
            is_local_broker: false,
            subscriptions: Vec::new(),
        })
    }

    /// The connection to the broker inside this application.
    pub(crate) fn local_broker(port: u16) -> Self {
        Self {
            id: random_id(),
            name: "Local broker".into(),
            host: "127.0.0.1".into(),
            port,
            version: MqttVersion::V5,
            client_id: random_client_id(),
            username: None,
            has_password: false,
            keep_alive_seconds: 60,
            clean_start: true,
            is_local_broker: true,
            subscriptions: Vec::new(),
        }
    }

    /// Adds a subscription or changes the `QoS` of the one with the same filter.
    pub(crate) fn subscribe(&mut self, filter: &TopicFilter, qos: QoS) {
        let found = self.subscriptions.iter_mut().find(|known| known.filter == filter.as_str());
        if let Some(known) = found {
            known.qos = qos as u8;
            return;
        }
        let color = (0..COLORS)
            .min_by_key(|color| self.subscriptions.iter().filter(|s| s.color == *color).count())
            .unwrap_or(0);
        let filter = filter.as_str().to_owned();
        self.subscriptions.push(ProfileSubscription { filter, qos: qos as u8, color });
    }
}

/// All profiles and where they are kept.
#[derive(Debug)]
pub(crate) struct ProfileStore {
    path: PathBuf,
    profiles: Vec<Profile>,
}

#[derive(Default, Deserialize, Serialize)]
struct Document {
    connections: Vec<Profile>,
}

impl ProfileStore {
    pub(crate) fn open(path: PathBuf) -> Result<(Self, Option<Failure>), Failure> {
        let loaded = files::load::<Document>(&path)?;
        Ok((Self { path, profiles: loaded.value.connections }, loaded.notice))
    }

    pub(crate) fn all(&self) -> &[Profile] {
        &self.profiles
    }

    pub(crate) fn get(&self, id: &str) -> Result<&Profile, Failure> {
        self.profiles.iter().find(|profile| profile.id == id).ok_or_else(|| unknown(id))
    }

    /// Changes the list; what could not be saved is not changed.
    pub(crate) fn change<T>(
        &mut self,
        edit: impl FnOnce(&mut Vec<Profile>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut document = Document { connections: self.profiles.clone() };
        let result = edit(&mut document.connections)?;
        files::save(&self.path, &document)?;
        self.profiles = document.connections;
        Ok(result)
    }

    /// Changes one profile.
    pub(crate) fn change_one(
        &mut self,
        id: &str,
        edit: impl FnOnce(&mut Profile) -> Result<(), Failure>,
    ) -> Result<Profile, Failure> {
        self.change(|profiles| {
            let profile =
                profiles.iter_mut().find(|profile| profile.id == id).ok_or_else(|| unknown(id))?;
            edit(profile)?;
            Ok(profile.clone())
        })
    }
}

/// A new identifier of a profile.
pub(crate) fn random_id() -> String {
    format!("{:016x}", rand::rng().random::<u64>())
}

/// At most 23 characters of letters and digits: every server must take it (MQTT 3.1.1 §3.1.3.1).
pub(crate) fn random_client_id() -> String {
    format!("topicscope{:08x}", rand::rng().random::<u32>())
}

fn unknown(id: &str) -> Failure {
    Failure::new(FailureCode::ConnectionNotFound, "This connection does not exist any more.")
        .detail("connection", id)
}

fn invalid_field(field: &str, reason: &str) -> Failure {
    Failure::new(FailureCode::InvalidField, reason).detail("field", field).detail("reason", reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::PasswordChange;

    fn draft() -> ConnectionDraft {
        ConnectionDraft {
            id: None,
            name: String::new(),
            host: "broker.example".into(),
            port: 1883,
            version: MqttVersion::V5,
            client_id: String::new(),
            username: None,
            password: PasswordChange::Keep,
            keep_alive_seconds: 60,
            clean_start: true,
        }
    }

    #[test]
    fn a_profile_without_name_is_called_by_its_host_and_gets_a_client_id() {
        let profile = Profile::from_draft(&draft(), "1".into()).unwrap();

        assert_eq!(profile.name, "broker.example");
        assert!(profile.client_id.starts_with("topicscope") && profile.client_id.len() <= 23);
    }

    #[test]
    fn a_wrong_field_is_named() {
        let failure =
            Profile::from_draft(&ConnectionDraft { port: 0, ..draft() }, "1".into()).unwrap_err();

        assert_eq!(failure.details["field"], "port");
    }

    #[test]
    fn new_subscriptions_take_the_least_used_colour() {
        let mut profile = Profile::from_draft(&draft(), "1".into()).unwrap();

        for index in 0..9 {
            profile.subscribe(&format!("t/{index}").parse().unwrap(), QoS::AtMostOnce);
        }

        let colors: Vec<u8> = profile.subscriptions.iter().map(|s| s.color).collect();
        assert_eq!(colors, [0, 1, 2, 3, 4, 5, 6, 7, 0]);
    }

    #[test]
    fn subscribing_again_changes_the_qos_only() {
        let mut profile = Profile::from_draft(&draft(), "1".into()).unwrap();
        let filter = "plant/#".parse().unwrap();

        profile.subscribe(&filter, QoS::AtMostOnce);
        profile.subscribe(&filter, QoS::ExactlyOnce);

        assert_eq!(profile.subscriptions.len(), 1);
        assert_eq!(profile.subscriptions[0].qos, 2);
    }

    #[test]
    fn profiles_survive_a_restart_and_a_failed_edit_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("connections.json");
        let (mut store, _) = ProfileStore::open(path.clone()).unwrap();
        let profile = Profile::from_draft(&draft(), "1".into()).unwrap();

        store
            .change(|all| {
                all.push(profile.clone());
                Ok(())
            })
            .unwrap();
        store
            .change(|all| -> Result<(), Failure> {
                all.clear();
                Err(unknown("1"))
            })
            .unwrap_err();

        assert_eq!(ProfileStore::open(path).unwrap().0.all(), [profile]);
    }
}
