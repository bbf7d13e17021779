//! The vault with key stores of every temper.

#![allow(clippy::unwrap_used, reason = "only tests are here")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use secrets::{KeyStore, KeyStoreError, Secret, Vault, VaultError, VaultKind};

const LIMIT: Duration = Duration::from_secs(5);

#[derive(Default)]
struct GoodStore(Mutex<Option<Vec<u8>>>);

impl KeyStore for GoodStore {
    fn load(&self) -> Result<Option<Secret<Vec<u8>>>, KeyStoreError> {
        Ok(self.0.lock().unwrap().clone().map(Secret::new))
    }

    fn store(&self, key: &Secret<Vec<u8>>) -> Result<(), KeyStoreError> {
        *self.0.lock().unwrap() = Some(key.expose().clone());
        Ok(())
    }
}

struct NoStore;

impl KeyStore for NoStore {
    fn load(&self) -> Result<Option<Secret<Vec<u8>>>, KeyStoreError> {
        Err(KeyStoreError { reason: "there is none".into() })
    }

    fn store(&self, _: &Secret<Vec<u8>>) -> Result<(), KeyStoreError> {
        Err(KeyStoreError { reason: "there is none".into() })
    }
}

struct ForgetfulStore;

impl KeyStore for ForgetfulStore {
    fn load(&self) -> Result<Option<Secret<Vec<u8>>>, KeyStoreError> {
        Ok(None)
    }

    fn store(&self, _: &Secret<Vec<u8>>) -> Result<(), KeyStoreError> {
        Ok(())
    }
}

struct StuckStore;

impl KeyStore for StuckStore {
    fn load(&self) -> Result<Option<Secret<Vec<u8>>>, KeyStoreError> {
        thread::sleep(Duration::from_mins(1));
        Ok(None)
    }

    fn store(&self, _: &Secret<Vec<u8>>) -> Result<(), KeyStoreError> {
        Ok(())
    }
}

fn secret(text: &str) -> Secret<Vec<u8>> {
    Secret::new(text.as_bytes().to_vec())
}

async fn text(vault: &Vault, name: &str) -> Option<String> {
    let value = vault.get(name).await.unwrap()?;
    Some(String::from_utf8(value.expose().clone()).unwrap())
}

fn vault_file(folder: &Path) -> PathBuf {
    folder.join("secrets.json")
}

#[tokio::test]
async fn values_outlive_the_application_where_there_is_a_keychain() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(GoodStore::default());
    let vault = Vault::open_with(&folder, store.clone(), LIMIT).await;
    vault.set("a", secret("hunter2")).await.unwrap();
    vault.set("b", secret("")).await.unwrap();
    vault.set("c", secret("old")).await.unwrap();
    vault.set("c", secret("new")).await.unwrap();
    vault.set("d", secret("gone")).await.unwrap();
    vault.remove("d").await.unwrap();
    vault.remove("never there").await.unwrap();

    let again = Vault::open_with(&folder, store, LIMIT).await;

    assert_eq!(again.kind(), VaultKind::Keychain);
    assert_eq!(text(&again, "a").await.as_deref(), Some("hunter2"));
    assert_eq!(text(&again, "b").await.as_deref(), Some(""));
    assert_eq!(text(&again, "c").await.as_deref(), Some("new"));
    assert_eq!(text(&again, "d").await, None);
    assert_eq!(again.set_aside(), None);
}

#[tokio::test]
async fn the_file_is_private_and_shows_no_value() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open_with(&folder, Arc::new(GoodStore::default()), LIMIT).await;

    vault.set("a", secret("hunter2-hunter2")).await.unwrap();

    let content = fs::read_to_string(vault_file(folder.path())).unwrap();
    assert!(!content.contains("hunter2"));
    assert!(!content.contains("aHVudGVyMi"), "not in Base64 either");
    #[cfg(unix)]
    {
        let mode = fs::metadata(vault_file(folder.path())).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&mode.permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test]
async fn without_a_keychain_values_are_kept_in_memory_and_the_vault_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open_with(&folder, Arc::new(NoStore), LIMIT).await;

    vault.set("a", secret("hunter2")).await.unwrap();

    assert_eq!(vault.kind(), VaultKind::Memory { reason: "there is none".into() });
    assert_eq!(text(&vault, "a").await.as_deref(), Some("hunter2"));
    assert!(!vault_file(folder.path()).exists());
    vault.remove("a").await.unwrap();
    assert_eq!(text(&vault, "a").await, None);
}

#[tokio::test]
async fn a_keychain_that_forgets_is_not_trusted() {
    let folder = tempfile::tempdir().unwrap();

    let vault = Vault::open_with(&folder, Arc::new(ForgetfulStore), LIMIT).await;

    assert!(matches!(vault.kind(), VaultKind::Memory { .. }));
}

#[tokio::test]
async fn a_keychain_that_never_answers_holds_nothing_up() {
    let folder = tempfile::tempdir().unwrap();
    let started = Instant::now();

    let vault = Vault::open_with(&folder, Arc::new(StuckStore), Duration::from_millis(50)).await;

    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(vault.kind(), VaultKind::Memory { reason: "the keychain did not answer".into() });
    vault.set("a", secret("hunter2")).await.unwrap();
    assert_eq!(text(&vault, "a").await.as_deref(), Some("hunter2"));
}

#[tokio::test]
async fn a_damaged_file_is_set_aside_and_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(GoodStore::default());
    for damage in ["", "{", "{\"version\":1}", "not json at all"] {
        fs::write(vault_file(folder.path()), damage).unwrap();

        let vault = Vault::open_with(&folder, store.clone(), LIMIT).await;
        vault.set("a", secret("hunter2")).await.unwrap();

        assert_eq!(vault.kind(), VaultKind::Keychain);
        let old = vault.set_aside().unwrap();
        assert_eq!(fs::read_to_string(old).unwrap(), damage);
        assert_eq!(text(&vault, "a").await.as_deref(), Some("hunter2"));
    }
}

#[tokio::test]
async fn a_file_whose_key_was_lost_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open_with(&folder, Arc::new(GoodStore::default()), LIMIT).await;
    vault.set("a", secret("hunter2")).await.unwrap();
    let before = fs::read(vault_file(folder.path())).unwrap();

    let other = Vault::open_with(&folder, Arc::new(GoodStore::default()), LIMIT).await;

    assert_eq!(text(&other, "a").await, None);
    assert_eq!(fs::read(other.set_aside().unwrap()).unwrap(), before);
}

#[tokio::test]
async fn the_file_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(vault_file(folder.path()), "{\"version\":2,\"new\":true}").unwrap();

    let vault = Vault::open_with(&folder, Arc::new(GoodStore::default()), LIMIT).await;
    vault.set("a", secret("hunter2")).await.unwrap();

    assert!(matches!(vault.kind(), VaultKind::Memory { reason } if reason.contains("newer")));
    let content = fs::read_to_string(vault_file(folder.path())).unwrap();
    assert_eq!(content, "{\"version\":2,\"new\":true}");
}

#[tokio::test]
async fn a_value_moved_to_another_name_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(GoodStore::default());
    let vault = Vault::open_with(&folder, store, LIMIT).await;
    vault.set("mine", secret("hunter2")).await.unwrap();
    let path = vault_file(folder.path());
    let moved = fs::read_to_string(&path).unwrap().replace("\"mine\"", "\"theirs\"");
    fs::write(&path, moved).unwrap();

    let refused = vault.get("theirs").await;

    assert_eq!(refused.unwrap_err(), VaultError::Altered { name: "theirs".into() });
}

#[tokio::test]
async fn a_file_damaged_while_in_use_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open_with(&folder, Arc::new(GoodStore::default()), LIMIT).await;
    vault.set("a", secret("hunter2")).await.unwrap();
    fs::write(vault_file(folder.path()), "damaged").unwrap();

    let refused = vault.set("a", secret("other")).await;

    assert!(matches!(refused, Err(VaultError::Io { .. })));
    assert_eq!(fs::read_to_string(vault_file(folder.path())).unwrap(), "damaged");
}

#[tokio::test]
async fn vaults_open_at_the_same_time_keep_each_others_values() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(GoodStore::default());
    let (first, second) = tokio::join!(
        Vault::open_with(&folder, store.clone(), LIMIT),
        Vault::open_with(&folder, store.clone(), LIMIT),
    );

    let (a, b) = tokio::join!(first.set("a", secret("1")), second.set("b", secret("2")));
    a.unwrap();
    b.unwrap();

    assert_eq!(text(&second, "a").await.as_deref(), Some("1"));
    assert_eq!(text(&first, "b").await.as_deref(), Some("2"));
}

#[tokio::test]
async fn the_systems_keychain_is_there_or_told_to_be_missing_within_a_moment() {
    let started = Instant::now();

    // Only looked at: a test leaves no entry in a person's keychain.
    let known = tokio::task::spawn_blocking(|| secrets::Keychain.load()).await.unwrap();

    if let Err(error) = known {
        assert!(error.reason.contains("keychain"), "{error}");
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    }
}
