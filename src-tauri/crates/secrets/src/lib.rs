//! Secrets: values that do not show themselves, and the vault that keeps them.
//!
//! The vault's data key is in the keychain of the system (Keychain, Credential Manager, Secret
//! Service); the values are in a file, encrypted with it. Where there is no keychain, values are
//! kept in memory until the application ends, and [`Vault::kind`] says so.

mod file;
mod key_store;
mod secret;
mod vault;

pub use key_store::{KeyStore, KeyStoreError, Keychain};
pub use secret::Secret;
pub use vault::{Vault, VaultError, VaultKind};
