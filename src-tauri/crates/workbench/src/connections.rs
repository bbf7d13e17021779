//! Connection profiles and their sessions.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use secrets::Secret;
use session::{Config, Credentials, SessionState, Target};
use wire::TopicFilter;

use crate::{
    Failure, FailureCode,
    client::{Client, filter_from, qos_from, subscription},
    profiles::{Profile, random_id},
    views::{
        Connection, ConnectionDraft, PasswordChange, SessionView, Subscription, SubscriptionState,
    },
    workbench::{Workbench, WorkbenchEvent, edit, lock},
};

impl Workbench {
    /// All connections, in the order they were made.
    pub fn connections(&self) -> Vec<Connection> {
        let profiles = self.profiles().all().to_vec();
        profiles.into_iter().map(|profile| self.connection_view(profile)).collect()
    }

    /// Saves a new or changed profile; takes effect at the next connect.
    pub async fn save_connection(&self, draft: ConnectionDraft) -> Result<Connection, Failure> {
        let id = draft.id.clone().unwrap_or_else(random_id);
        let mut profile = Profile::from_draft(&draft, id)?;
        let known = match &draft.id {
            Some(id) => Some(self.profiles().get(id)?.clone()),
            None => None,
        };
        if let Some(known) = known {
            profile.subscriptions = known.subscriptions;
            profile.is_local_broker = known.is_local_broker;
            profile.has_password = known.has_password;
        }
        profile.has_password = self.change_password(&profile, draft.password).await?;
        let saved = profile.clone();
        edit(&self.profiles, |store| {
            store.change(|all| {
                match all.iter_mut().find(|known| known.id == saved.id) {
                    Some(known) => *known = saved,
                    None => all.push(saved),
                }
                Ok(())
            })
        })
        .await?;
        self.tell_connections();
        Ok(self.connection_view(profile))
    }

    /// Deletes the profile, its secrets and its recorded messages.
    pub async fn delete_connection(&self, id: &str) -> Result<(), Failure> {
        self.profiles().get(id)?;
        self.disconnect(id).await?;
        self.recorder.delete(id).await?;
        self.vault().await.remove(&password_name(id)).await?;
        let gone = id.to_owned();
        edit(&self.profiles, move |store| {
            store.change(|all| {
                all.retain(|profile| profile.id != gone);
                Ok(())
            })
        })
        .await?;
        self.tell_connections();
        Ok(())
    }

    /// Starts the session; when it is waiting or was refused, it tries again now.
    pub async fn connect(self: &Arc<Self>, id: &str) -> Result<(), Failure> {
        let _switching = self.switching.lock().await;
        if let Some(client) = self.client(id) {
            client.retry_now().await;
            return Ok(());
        }
        let profile = self.profiles().get(id)?.clone();
        let config = self.config_of(&profile).await?;
        let journal = self.recorder.journal(id).await?;
        let next_seq = journal.next_seq();
        let client = Arc::new(Client::start(config, journal, next_seq)?);
        lock(&self.clients).insert(id.to_owned(), Arc::clone(&client));
        self.watch_client(id.to_owned(), &client);
        Ok(())
    }

    /// Ends the session with a DISCONNECT.
    pub async fn disconnect(&self, id: &str) -> Result<(), Failure> {
        let _switching = self.switching.lock().await;
        let client = lock(&self.clients).remove(id);
        if let Some(client) = client {
            client.disconnect().await;
        }
        Ok(())
    }

    /// Does not wait for the end of the back-off.
    pub async fn retry_now(self: &Arc<Self>, id: &str) -> Result<(), Failure> {
        self.connect(id).await
    }

    /// Adds or changes a subscription of the profile; sent at once when online. How the server
    /// took it is in the connection's subscriptions.
    pub async fn subscribe(&self, id: &str, filter: &str, qos: u8) -> Result<Connection, Failure> {
        let filter = filter_from(filter)?;
        let qos = qos_from(qos)?;
        let (owner, added) = (id.to_owned(), filter.clone());
        let profile = edit(&self.profiles, move |store| {
            store.change_one(&owner, |profile| {
                profile.subscribe(&added, qos);
                Ok(())
            })
        })
        .await?;
        self.tell_connections();
        if let Some(client) = self.client(id)
            && let Err(failure) = client.subscribe(&filter, qos).await
        {
            tracing::info!(%filter, "not subscribed: {failure}");
        }
        Ok(self.connection_view(profile))
    }

    /// Removes a subscription from the profile and, when online, from the server.
    pub async fn unsubscribe(&self, id: &str, filter: &str) -> Result<Connection, Failure> {
        let filter = filter_from(filter)?;
        let (owner, gone) = (id.to_owned(), filter.clone());
        let profile = edit(&self.profiles, move |store| {
            store.change_one(&owner, |profile| {
                profile.subscriptions.retain(|known| known.filter != gone.as_str());
                Ok(())
            })
        })
        .await?;
        self.tell_connections();
        if let Some(client) = self.client(id)
            && let Err(failure) = client.unsubscribe(filter).await
        {
            tracing::info!("not unsubscribed: {failure}");
        }
        Ok(self.connection_view(profile))
    }

    pub(crate) fn client(&self, id: &str) -> Option<Arc<Client>> {
        lock(&self.clients).get(id).cloned()
    }

    pub(crate) fn session_view(&self, id: &str) -> SessionView {
        self.client(id).map(|client| client.view()).unwrap_or_default()
    }

    /// Ends all sessions; returns whose they were.
    pub(crate) async fn end_clients(&self) -> Vec<String> {
        let _switching = self.switching.lock().await;
        let clients: HashMap<_, _> = lock(&self.clients).drain().collect();
        futures_util::future::join_all(clients.values().map(|client| client.disconnect())).await;
        clients.into_keys().collect()
    }

    pub(crate) fn tell_connections(&self) {
        self.tell(WorkbenchEvent::Connections(self.connections()));
    }

    fn connection_view(&self, profile: Profile) -> Connection {
        let states: HashMap<String, SubscriptionState> = self
            .client(&profile.id)
            .map(|client| {
                let views = client.subscriptions();
                let views = views.borrow();
                let known = views.iter();
                known.map(|v| (v.subscription.filter.to_string(), v.state.into())).collect()
            })
            .unwrap_or_default();
        let subscriptions = profile.subscriptions.into_iter().map(|known| Subscription {
            state: states.get(&known.filter).cloned().unwrap_or(SubscriptionState::Offline),
            filter: known.filter,
            qos: known.qos,
            color: known.color,
        });
        Connection {
            subscriptions: subscriptions.collect(),
            id: profile.id,
            name: profile.name,
            host: profile.host,
            port: profile.port,
            version: profile.version,
            client_id: profile.client_id,
            username: profile.username,
            has_password: profile.has_password,
            keep_alive_seconds: profile.keep_alive_seconds,
            clean_start: profile.clean_start,
            is_local_broker: profile.is_local_broker,
        }
    }

    async fn config_of(&self, profile: &Profile) -> Result<Config, Failure> {
        let password = if profile.has_password {
            let stored = self.vault().await.get(&password_name(&profile.id)).await?;
            let missing = || {
                Failure::new(
                    FailureCode::SecretsUnavailable,
                    "The password of this connection is not there any more.",
                )
                .hint("Enter it again in the editor.")
            };
            Some(Bytes::copy_from_slice(stored.ok_or_else(missing)?.expose()))
        } else {
            None
        };
        let credentials = match (&profile.username, password) {
            (None, None) if profile.is_local_broker => self.own_credentials().await?,
            (None, None) => None,
            (username, password) => {
                Some(Credentials { username: username.clone().unwrap_or_default(), password })
            }
        };
        let subscriptions = profile.subscriptions.iter().filter_map(|known| {
            let filter = known.filter.parse::<TopicFilter>().ok()?;
            Some(subscription(filter, qos_from(known.qos).ok()?))
        });
        Ok(Config {
            version: profile.version.into(),
            client_id: profile.client_id.clone(),
            clean_start: profile.clean_start,
            keep_alive: profile.keep_alive_seconds,
            credentials,
            subscriptions: subscriptions.collect(),
            ack_after_commit: true,
            ..Config::new(Target::new(&profile.host, profile.port))
        })
    }

    /// Returns whether there is a password afterwards.
    async fn change_password(
        &self,
        profile: &Profile,
        change: PasswordChange,
    ) -> Result<bool, Failure> {
        let name = password_name(&profile.id);
        match change {
            PasswordChange::Keep => Ok(profile.has_password),
            PasswordChange::Clear => {
                self.vault().await.remove(&name).await?;
                Ok(false)
            }
            PasswordChange::Set { value } => {
                self.vault().await.set(&name, Secret::new(value.into_bytes())).await?;
                Ok(true)
            }
        }
    }

    /// Tells every change of a session and its subscriptions, until the session has ended.
    fn watch_client(self: &Arc<Self>, id: String, client: &Arc<Client>) {
        let workbench = Arc::clone(self);
        let mut states = client.states();
        let mut subscriptions = client.subscriptions();
        self.tasks.spawn(async move {
            loop {
                let state = states.borrow_and_update().clone();
                let session = SessionView::from(&state);
                workbench.tell(WorkbenchEvent::Session { connection: id.clone(), session });
                if state == SessionState::Offline {
                    break;
                }
                tokio::select! {
                    changed = states.changed() => if changed.is_err() { break },
                    changed = subscriptions.changed() => {
                        if changed.is_err() { break }
                        subscriptions.borrow_and_update();
                        workbench.tell_connections();
                    }
                }
            }
            workbench.tell_connections();
        });
    }
}

fn password_name(connection: &str) -> String {
    format!("connection/{connection}/password")
}
