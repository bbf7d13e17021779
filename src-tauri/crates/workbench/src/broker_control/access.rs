//! Users and rules of the local broker, and how this application's own clients get in.

use std::sync::Arc;

use broker::{AclRule, Credentials, User};
use bytes::Bytes;
use tokio::sync::OnceCell;

use crate::{
    Failure, FailureCode, explain,
    profiles::random_id,
    settings::Document,
    views::BrokerView,
    workbench::{Workbench, edit},
};

/// The application's own user: it exists as long as the application runs, and only when
/// anonymous clients are not let in.
#[derive(Default)]
pub(crate) struct OwnAccess(OnceCell<Own>);

struct Own {
    name: String,
    password: String,
    user: User,
}

impl Workbench {
    /// Lets clients without a user name in, or not.
    pub async fn set_broker_anonymous(
        self: &Arc<Self>,
        anonymous: bool,
    ) -> Result<BrokerView, Failure> {
        if anonymous && self.reach.get().0 {
            return Err(exposed("Anyone on the network could connect."));
        }
        self.change_access(move |document| {
            document.broker_access.anonymous = anonymous;
            Ok(())
        })
        .await?;
        self.introduce_own_clients().await?;
        Ok(self.broker_view().await)
    }

    /// Adds a user, or gives one another password, which disconnects it.
    pub async fn save_broker_user(
        &self,
        name: String,
        password: String,
    ) -> Result<BrokerView, Failure> {
        let credentials = hashed(password).await?;
        self.change_access(move |document| {
            let users = &mut document.broker_access.users;
            match users.iter_mut().find(|user| user.name == name) {
                Some(user) => user.credentials = credentials,
                None => users.push(User { name, credentials }),
            }
            Ok(())
        })
        .await
    }

    /// Deletes a user, which disconnects it.
    pub async fn delete_broker_user(&self, name: &str) -> Result<BrokerView, Failure> {
        let name = name.to_owned();
        self.change_access(move |document| {
            document.broker_access.users.retain(|user| user.name != name);
            Ok(())
        })
        .await
    }

    /// Replaces the rules.
    pub async fn save_broker_rules(&self, rules: Vec<AclRule>) -> Result<BrokerView, Failure> {
        self.change_access(move |document| {
            document.broker_access.acl = rules;
            Ok(())
        })
        .await
    }

    async fn change_access(
        &self,
        change: impl FnOnce(&mut Document) -> Result<(), Failure> + Send + 'static,
    ) -> Result<BrokerView, Failure> {
        edit(&self.settings, |store| {
            let mut document = store.get();
            change(&mut document)?;
            document.broker_access.check().map_err(|error| explain::access_rules(&error))?;
            store.change(|kept| *kept = document)
        })
        .await?;
        self.apply_broker().await
    }

    /// Connects the application's own clients again with the credentials that count from now on.
    async fn introduce_own_clients(self: &Arc<Self>) -> Result<(), Failure> {
        let local = self.profiles().all().iter().find(|p| p.is_local_broker).cloned();
        if let Some(local) = local.filter(|local| self.client(&local.id).is_some()) {
            self.disconnect(&local.id).await?;
            self.connect(&local.id).await?;
        }
        if self.stop_demo().await {
            self.set_demo(true).await?;
        }
        Ok(())
    }

    /// What the application's own clients connect with; nothing while everybody is let in.
    pub(crate) async fn own_credentials(&self) -> Result<Option<session::Credentials>, Failure> {
        if self.settings().broker_access.anonymous {
            return Ok(None);
        }
        let own = self.own().await?;
        let password = Some(Bytes::from(own.password.clone()));
        Ok(Some(session::Credentials { username: own.name.clone(), password }))
    }

    /// The user that belongs to them.
    pub(super) async fn own_user(&self, anonymous: bool) -> Result<Option<User>, Failure> {
        if anonymous { Ok(None) } else { Ok(Some(self.own().await?.user.clone())) }
    }

    async fn own(&self) -> Result<&Own, Failure> {
        self.own_access
            .0
            .get_or_try_init(|| async {
                let (name, password) = (format!("topicscope-{}", random_id()), random_id());
                let user =
                    User { name: name.clone(), credentials: hashed(password.clone()).await? };
                Ok(Own { name, password, user })
            })
            .await
    }
}

pub(super) fn exposed(message: &str) -> Failure {
    Failure::new(FailureCode::AnonymousExposed, message)
        .hint("Add a user and switch anonymous access off, or open it to this computer only.")
}

/// Hashing a password takes a core some ten milliseconds.
async fn hashed(password: String) -> Result<Credentials, Failure> {
    let hashing =
        tokio::task::spawn_blocking(move || Credentials::from_password(password.as_bytes()));
    match hashing.await {
        Ok(credentials) => Ok(credentials),
        Err(error) => Err(Failure::new(FailureCode::Internal, format!("Interrupted: {error}."))),
    }
}
