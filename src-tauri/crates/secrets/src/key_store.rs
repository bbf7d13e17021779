//! Where the vault's data key is.

use std::{io, sync::Arc, thread, time::Duration};

use tokio::{sync::oneshot, time::timeout};

use crate::secret::Secret;

/// A place for the data key. Calls may block, e.g. while the system asks for a password.
pub trait KeyStore: Send + Sync + 'static {
    /// The key; `None` when none was stored yet.
    fn load(&self) -> Result<Option<Secret<Vec<u8>>>, KeyStoreError>;

    /// Stores the key in place of any other.
    fn store(&self, key: &Secret<Vec<u8>>) -> Result<(), KeyStoreError>;
}

/// Why the key cannot be read or stored.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{reason}")]
pub struct KeyStoreError {
    /// In words.
    pub reason: String,
}

/// The keychain of the system.
pub struct Keychain;

impl KeyStore for Keychain {
    fn load(&self) -> Result<Option<Secret<Vec<u8>>>, KeyStoreError> {
        match keyring::Entry::new(SERVICE, ACCOUNT).and_then(|entry| entry.get_secret()) {
            Ok(key) => Ok(Some(Secret::new(key))),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(explain(&error)),
        }
    }

    fn store(&self, key: &Secret<Vec<u8>>) -> Result<(), KeyStoreError> {
        keyring::Entry::new(SERVICE, ACCOUNT)
            .and_then(|entry| entry.set_secret(key.expose()))
            .map_err(|error| explain(&error))
    }
}

/// Runs `call` on a thread of its own and waits for at most `limit`. It is not one of the
/// runtime's threads: a keychain that never answers must not keep the application from ending.
pub(crate) async fn ask<T: Send + 'static>(
    store: &Arc<dyn KeyStore>,
    limit: Duration,
    call: impl FnOnce(&dyn KeyStore) -> Result<T, KeyStoreError> + Send + 'static,
) -> Result<T, KeyStoreError> {
    let (reply, answer) = oneshot::channel();
    let store = Arc::clone(store);
    let started = thread::Builder::new().name("keychain".into()).spawn(move || {
        // Nobody listens any more when the time is up.
        let _ = reply.send(call(&*store));
    });
    let failed = |reason: String| Err(KeyStoreError { reason });
    match (started, timeout(limit, answer).await) {
        (Err(error), _) => failed(format!("the keychain cannot be asked: {error}")),
        (Ok(_), Ok(Ok(answer))) => answer,
        (Ok(_), Ok(Err(_))) => failed("the keychain failed".into()),
        (Ok(_), Err(_)) => failed("the keychain did not answer".into()),
    }
}

fn explain(error: &keyring::Error) -> KeyStoreError {
    let reason = match error {
        keyring::Error::NoDefaultStore => match keyring::Entry::store_status() {
            Err(cause) => format!("this system has no keychain service ({cause})"),
            Ok(()) => "this system has no keychain service".into(),
        },
        keyring::Error::NoStorageAccess(cause) => {
            format!("the keychain is locked or refused access ({cause})")
        }
        other => format!("the keychain failed ({other})"),
    };
    KeyStoreError { reason }
}

impl From<io::Error> for KeyStoreError {
    fn from(error: io::Error) -> Self {
        Self { reason: error.to_string() }
    }
}

/// What the entry is called in the keychain.
const SERVICE: &str = "Topicscope";
const ACCOUNT: &str = "data key";
