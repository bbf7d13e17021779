//! The file with the encrypted values.
//!
//! JSON: a version, a check value that tells whether a key is the right one, and for each name a
//! nonce and the value encrypted with XChaCha20-Poly1305. The name is authenticated with it, so a
//! value cannot be moved to another name.
//!
//! # Invariants
//!
//! * It is replaced as a whole: written beside, synced, renamed. A crash leaves the old or the new.
//! * On Unix nobody but the owner can read it.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use rand::{TryRngCore as _, rngs::OsRng};
use serde::{Deserialize, Serialize};

use crate::{secret::Secret, vault::VaultError};

/// Length of the data key, bytes.
pub(crate) const KEY_BYTES: usize = 32;

/// What the file holds.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Contents {
    version: u32,
    check: Sealed,
    values: BTreeMap<String, Sealed>,
}

/// Why a file cannot be used with a key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("the file is damaged: {0}")]
    Damaged(String),
    #[error("the values were encrypted with another key")]
    WrongKey,
    /// Kept as it is: a newer version of this application reads it.
    #[error("the file was written by a newer version ({0})")]
    Newer(u32),
}

/// One encrypted value.
#[derive(Debug, Deserialize, Serialize)]
struct Sealed {
    nonce: String,
    data: String,
}

impl Contents {
    /// Without values, for `key`.
    pub(crate) fn new(key: &Secret<Vec<u8>>) -> Result<Self, VaultError> {
        let check = seal(key, CHECK, CHECK.as_bytes())?;
        Ok(Self { version: VERSION, check, values: BTreeMap::new() })
    }

    /// `None` when there is no file.
    pub(crate) fn read(path: &Path, key: &Secret<Vec<u8>>) -> Result<Option<Self>, ReadError> {
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let damaged = |error: serde_json::Error| ReadError::Damaged(error.to_string());
        let Version { version } = serde_json::from_slice(&text).map_err(damaged)?;
        if version > VERSION {
            return Err(ReadError::Newer(version));
        }
        let contents: Self = serde_json::from_slice(&text).map_err(damaged)?;
        match open(key, CHECK, &contents.check) {
            Some(check) if check.expose() == CHECK.as_bytes() => Ok(Some(contents)),
            _ => Err(ReadError::WrongKey),
        }
    }

    /// Replaces the file.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        let beside = path.with_extension("new");
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = private().open(&beside)?;
        let text = serde_json::to_vec_pretty(self)?;
        let written = file
            .write_all(&text)
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&beside, path));
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written?;
        sync_folder(path)
    }

    /// The value of `name`; `Err` when it was altered.
    pub(crate) fn get(
        &self,
        name: &str,
        key: &Secret<Vec<u8>>,
    ) -> Result<Option<Secret<Vec<u8>>>, VaultError> {
        let Some(sealed) = self.values.get(name) else { return Ok(None) };
        match open(key, &named(name), sealed) {
            Some(value) => Ok(Some(value)),
            None => Err(VaultError::Altered { name: name.to_owned() }),
        }
    }

    pub(crate) fn set(
        &mut self,
        name: &str,
        value: &Secret<Vec<u8>>,
        key: &Secret<Vec<u8>>,
    ) -> Result<(), VaultError> {
        let sealed = seal(key, &named(name), value.expose())?;
        self.values.insert(name.to_owned(), sealed);
        Ok(())
    }

    /// Whether there was one.
    pub(crate) fn remove(&mut self, name: &str) -> bool {
        self.values.remove(name).is_some()
    }
}

/// Renames a file that cannot be used; nothing is overwritten.
pub(crate) fn set_aside(path: &Path) -> io::Result<PathBuf> {
    for number in 1..=1000 {
        let target = path.with_extension(format!("unreadable-{number}"));
        if !fs::exists(&target)? {
            fs::rename(path, &target)?;
            return Ok(target);
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "there are too many unreadable vaults"))
}

/// Random bytes of the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut bytes = [0; N];
    let filled = OsRng.try_fill_bytes(&mut bytes);
    filled.map_err(|error| VaultError::Io { detail: error.to_string() })?;
    Ok(bytes)
}

/// A new file only the owner can read.
pub(crate) fn private() -> fs::OpenOptions {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn seal(key: &Secret<Vec<u8>>, context: &str, value: &[u8]) -> Result<Sealed, VaultError> {
    let nonce = random::<24>()?;
    let data = cipher(key)
        .and_then(|cipher| {
            let payload = Payload { msg: value, aad: context.as_bytes() };
            cipher.encrypt(XNonce::from_slice(&nonce), payload).ok()
        })
        .ok_or_else(|| VaultError::Io { detail: "the value cannot be encrypted".into() })?;
    Ok(Sealed { nonce: STANDARD.encode(nonce), data: STANDARD.encode(data) })
}

fn open(key: &Secret<Vec<u8>>, context: &str, sealed: &Sealed) -> Option<Secret<Vec<u8>>> {
    let nonce: [u8; 24] = STANDARD.decode(&sealed.nonce).ok()?.try_into().ok()?;
    let data = STANDARD.decode(&sealed.data).ok()?;
    let payload = Payload { msg: &data, aad: context.as_bytes() };
    cipher(key)?.decrypt(XNonce::from_slice(&nonce), payload).ok().map(Secret::new)
}

fn cipher(key: &Secret<Vec<u8>>) -> Option<XChaCha20Poly1305> {
    XChaCha20Poly1305::new_from_slice(key.expose()).ok()
}

/// The text that binds a value to its name; never equal to [`CHECK`].
fn named(name: &str) -> String {
    format!("value:{name}")
}

/// Makes the rename last.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

const VERSION: u32 = 1;
const CHECK: &str = "topicscope vault";
