//! The vault: named secrets that outlive the application when the system has a keychain.

use std::{
    collections::HashMap,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use tokio::task::spawn_blocking;

use crate::{
    file::{self, Contents, KEY_BYTES, ReadError},
    key_store::{self, KeyStore, Keychain},
    secret::Secret,
};

/// Named secrets; cheap to clone.
///
/// Several processes may use the same folder: every change reads the file again, under a lock.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    backend: Backend,
    set_aside: Option<PathBuf>,
}

enum Backend {
    Keychain { path: PathBuf, key: Secret<Vec<u8>> },
    Memory { reason: String, values: Mutex<HashMap<String, Secret<Vec<u8>>>> },
}

/// Where secrets are kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum VaultKind {
    /// Encrypted in a file, with a key in the system's keychain.
    Keychain,
    /// In memory, until the application ends.
    Memory {
        /// Why, in words.
        reason: String,
    },
}

/// Why a secret cannot be read or kept.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum VaultError {
    /// The file or the system failed; what was kept before is still there.
    #[error("the secrets cannot be accessed: {detail}")]
    Io {
        /// The system's words.
        detail: String,
    },
    /// The value in the file is not what was written.
    #[error("the secret `{name}` was altered and cannot be used")]
    Altered {
        /// Whose value it is.
        name: String,
    },
}

impl Vault {
    /// Opens the vault in `folder`; never fails, see [`Vault::kind`]. It takes at most 10 s, the
    /// time a person has to answer when the system asks for the keychain's password.
    pub async fn open(folder: impl AsRef<Path>) -> Self {
        Self::open_with(folder, Arc::new(Keychain), KEYCHAIN_LIMIT).await
    }

    /// Opens the vault in `folder` with a key store that has `limit` to answer each question.
    pub async fn open_with(
        folder: impl AsRef<Path>,
        store: Arc<dyn KeyStore>,
        limit: Duration,
    ) -> Self {
        let path = folder.as_ref().join(FILE_NAME);
        let inner = match open_encrypted(path, &store, limit).await {
            Ok(inner) => inner,
            Err(reason) => {
                tracing::warn!(reason, "secrets are kept in memory only");
                let backend = Backend::Memory { reason, values: Mutex::default() };
                Inner { backend, set_aside: None }
            }
        };
        Self(Arc::new(inner))
    }

    /// Where secrets are kept.
    pub fn kind(&self) -> VaultKind {
        match &self.0.backend {
            Backend::Keychain { .. } => VaultKind::Keychain,
            Backend::Memory { reason, .. } => VaultKind::Memory { reason: reason.clone() },
        }
    }

    /// The new name of a vault file that was found damaged or encrypted with a lost key.
    pub fn set_aside(&self) -> Option<&Path> {
        self.0.set_aside.as_deref()
    }

    /// Keeps `value` under `name`, in place of any other.
    pub async fn set(&self, name: &str, value: Secret<Vec<u8>>) -> Result<(), VaultError> {
        match &self.0.backend {
            Backend::Memory { values, .. } => {
                let mut values = values.lock().unwrap_or_else(PoisonError::into_inner);
                values.insert(name.to_owned(), value);
                Ok(())
            }
            Backend::Keychain { path, key } => {
                let (name, key) = (name.to_owned(), key.clone());
                change(path.clone(), move |path| {
                    let mut contents = load(path, &key)?;
                    contents.set(&name, &value, &key)?;
                    Ok(contents.write(path)?)
                })
                .await
            }
        }
    }

    /// The value under `name`, if there is one.
    pub async fn get(&self, name: &str) -> Result<Option<Secret<Vec<u8>>>, VaultError> {
        match &self.0.backend {
            Backend::Memory { values, .. } => {
                let values = values.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(values.get(name).cloned())
            }
            Backend::Keychain { path, key } => {
                let (path, name, key) = (path.clone(), name.to_owned(), key.clone());
                blocking(move || load(&path, &key)?.get(&name, &key)).await
            }
        }
    }

    /// Forgets the value under `name`; nothing happens when there is none.
    pub async fn remove(&self, name: &str) -> Result<(), VaultError> {
        match &self.0.backend {
            Backend::Memory { values, .. } => {
                values.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
                Ok(())
            }
            Backend::Keychain { path, key } => {
                let (name, key) = (name.to_owned(), key.clone());
                change(path.clone(), move |path| {
                    let mut contents = load(path, &key)?;
                    if contents.remove(&name) {
                        contents.write(path)?;
                    }
                    Ok(())
                })
                .await
            }
        }
    }
}

/// The key from the key store, or a new one there, and the file it opens; otherwise the reason
/// why secrets cannot be kept.
async fn open_encrypted(
    path: PathBuf,
    store: &Arc<dyn KeyStore>,
    limit: Duration,
) -> Result<Inner, String> {
    // Held to the end, so that two processes that start together agree on one key.
    let lock = {
        let path = path.clone();
        blocking(move || lock(&path)).await.map_err(|error| error.to_string())?
    };
    let known = key_store::ask(store, limit, KeyStore::load).await;
    let key = match known.map_err(|error| error.reason)? {
        Some(key) if key.expose().len() == KEY_BYTES => key,
        Some(_) => return Err("the key in the keychain is not one of this application".into()),
        None => {
            let new = file::random::<KEY_BYTES>().map_err(|error| error.to_string())?;
            let new = Secret::new(new.to_vec());
            let stored = new.clone();
            // Read back: a keychain that forgets is none.
            let kept = key_store::ask(store, limit, move |store| {
                store.store(&stored)?;
                store.load()
            });
            match kept.await.map_err(|error| error.reason)? {
                Some(kept) if kept.expose() == new.expose() => new,
                _ => return Err("the keychain does not keep what is stored in it".into()),
            }
        }
    };
    blocking(move || {
        let _lock = lock;
        let set_aside = match Contents::read(&path, &key) {
            Ok(_) => None,
            Err(ReadError::Damaged(_) | ReadError::WrongKey) => Some(file::set_aside(&path)?),
            Err(error @ (ReadError::Io(_) | ReadError::Newer(_))) => {
                return Err(VaultError::Io { detail: error.to_string() });
            }
        };
        if let Some(name) = &set_aside {
            tracing::warn!(name = %name.display(), "the vault could not be read and was set aside");
        }
        Ok(Inner { backend: Backend::Keychain { path, key }, set_aside })
    })
    .await
    .map_err(|error| error.to_string())
}

fn load(path: &Path, key: &Secret<Vec<u8>>) -> Result<Contents, VaultError> {
    match Contents::read(path, key) {
        Ok(Some(contents)) => Ok(contents),
        Ok(None) => Contents::new(key),
        // Damaged since it was opened: a change must not overwrite it.
        Err(error) => Err(VaultError::Io { detail: error.to_string() }),
    }
}

async fn change(
    path: PathBuf,
    work: impl FnOnce(&Path) -> Result<(), VaultError> + Send + 'static,
) -> Result<(), VaultError> {
    blocking(move || {
        let _lock = lock(&path)?;
        work(&path)
    })
    .await
}

/// Keeps other processes from changing the file, until it is dropped.
fn lock(path: &Path) -> Result<File, VaultError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path.with_extension("lock"))?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
    }
    Err(VaultError::Io { detail: "another process is using them".into() })
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, VaultError> {
    let done = spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(VaultError::Io { detail: error.to_string() }))
}

impl From<io::Error> for VaultError {
    fn from(error: io::Error) -> Self {
        Self::Io { detail: error.to_string() }
    }
}

const FILE_NAME: &str = "secrets.json";
const KEYCHAIN_LIMIT: Duration = Duration::from_secs(10);
const LOCK_TRIES: u32 = 250;
const LOCK_PAUSE: Duration = Duration::from_millis(20);
