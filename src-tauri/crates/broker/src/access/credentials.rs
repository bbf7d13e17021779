//! What is kept of a password: enough to check it, and not the password.
//!
//! An Argon2id hash checks a password in a CONNECT; a SCRAM-SHA-256 verifier (RFC 5802 §3) lets a
//! client prove that it knows the password without sending it.

use std::fmt;

use argon2::{
    Argon2, PasswordHash, PasswordVerifier,
    password_hash::{PasswordHasher, SaltString},
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The length of SHA-256.
pub(super) const HASH: usize = 32;

/// What a password is checked with; kept as text, never shown.
#[derive(Clone, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(try_from = "Kept", into = "Kept")]
pub struct Credentials {
    /// In the PHC format.
    hash: String,
    verifier: ScramVerifier,
}

/// Why a text is not [`Credentials`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CredentialsError {
    /// The hash is damaged, or not made with Argon2id.
    #[error("the password hash is not readable")]
    Hash,
    /// The verifier is damaged.
    #[error("the SCRAM-SHA-256 verifier is not readable")]
    Verifier,
}

/// What a server keeps of a password for SCRAM-SHA-256. As text it is
/// `SCRAM-SHA-256$iterations:salt$stored key:server key` with Base64.
#[derive(Clone, Eq, Hash, PartialEq)]
pub(super) struct ScramVerifier {
    pub(super) iterations: u32,
    pub(super) salt: Vec<u8>,
    pub(super) stored_key: [u8; HASH],
    pub(super) server_key: [u8; HASH],
}

/// As it is written.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    argon2: String,
    scram: String,
}

/// As many as RFC 7677 §4 finds right for a tenth of a second, and fewer than its 4,096 never: the
/// client has to work this much as well, and it may be a small one.
pub(super) const ITERATIONS: u32 = 15_000;

/// Length of a salt in bytes.
pub(super) const SALT: usize = 16;

/// Takes as long as any other hash to check, and no password fits it.
const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
                     AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

impl Credentials {
    /// Hashes a password, with new salts. Takes some ten milliseconds.
    ///
    /// For SCRAM the bytes count as they are, which for ASCII is what its clients do.
    pub fn from_password(password: &[u8]) -> Self {
        let salt: [u8; SALT] = rand::random();
        let salt = SaltString::encode_b64(&salt);
        let hash = salt.and_then(|salt| {
            Argon2::default().hash_password(password, &salt).map(|hash| hash.to_string())
        });
        // It fails for parameters and passwords of 4 GiB only; then nobody gets in.
        let hash = hash.unwrap_or_else(|_| DECOY.into());
        let salt: [u8; SALT] = rand::random();
        Self { hash, verifier: ScramVerifier::derive(password, &salt, ITERATIONS) }
    }

    /// Whether it is this password. Takes some ten milliseconds.
    pub(super) fn fit(&self, password: &[u8]) -> bool {
        is_hash_of(&self.hash, password)
    }

    pub(super) fn verifier(&self) -> &ScramVerifier {
        &self.verifier
    }

    /// As long as [`Self::fit`] takes, for a user who does not exist.
    pub(super) fn pretend_to_fit(password: &[u8]) -> bool {
        is_hash_of(DECOY, password)
    }
}

fn is_hash_of(hash: &str, password: &[u8]) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password, &hash).is_ok())
}

impl ScramVerifier {
    /// Of a user who does not exist: always the same for one name, and no password fits it.
    pub(super) fn decoy(key: &[u8; HASH], username: &str) -> Self {
        let salt = hmac(key, username.as_bytes());
        let [stored_key, server_key] = [rand::random(), rand::random()];
        Self { iterations: ITERATIONS, salt: salt[..SALT].into(), stored_key, server_key }
    }

    /// RFC 5802 §3.
    pub(super) fn derive(password: &[u8], salt: &[u8], iterations: u32) -> Self {
        let salted: [u8; HASH] =
            pbkdf2::pbkdf2_hmac_array::<Sha256, HASH>(password, salt, iterations);
        let stored_key = Sha256::digest(hmac(&salted, b"Client Key")).into();
        let server_key = hmac(&salted, b"Server Key");
        Self { iterations, salt: salt.into(), stored_key, server_key }
    }
}

impl fmt::Display for ScramVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [salt, stored, server] =
            [&self.salt[..], &self.stored_key, &self.server_key].map(|bytes| BASE64.encode(bytes));
        write!(f, "SCRAM-SHA-256${}:{salt}${stored}:{server}", self.iterations)
    }
}

impl std::str::FromStr for ScramVerifier {
    type Err = CredentialsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (parameters, keys) = text.strip_prefix("SCRAM-SHA-256$")?.split_once('$')?;
            let (iterations, salt) = parameters.split_once(':')?;
            let (stored, server) = keys.split_once(':')?;
            let bytes = |text: &str| BASE64.decode(text).ok();
            Some(Self {
                iterations: iterations.parse().ok().filter(|count| *count > 0)?,
                salt: bytes(salt).filter(|salt| !salt.is_empty())?,
                stored_key: bytes(stored)?.try_into().ok()?,
                server_key: bytes(server)?.try_into().ok()?,
            })
        };
        read().ok_or(CredentialsError::Verifier)
    }
}

impl TryFrom<Kept> for Credentials {
    type Error = CredentialsError;

    fn try_from(Kept { argon2: hash, scram }: Kept) -> Result<Self, Self::Error> {
        let is_readable = PasswordHash::new(&hash).is_ok_and(|parsed| {
            parsed.algorithm == argon2::ARGON2ID_IDENT
                && parsed.hash.is_some()
                && argon2::Params::try_from(&parsed).is_ok()
        });
        if !is_readable {
            return Err(CredentialsError::Hash);
        }
        Ok(Self { hash, verifier: scram.parse()? })
    }
}

impl From<Credentials> for Kept {
    fn from(Credentials { hash, verifier }: Credentials) -> Self {
        Self { argon2: hash, scram: verifier.to_string() }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// HMAC-SHA-256.
pub(super) fn hmac(key: &[u8; HASH], message: &[u8]) -> [u8; HASH] {
    let mut mac = keyed(key);
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// An HMAC-SHA-256 to give the message to.
pub(super) fn keyed(key: &[u8; HASH]) -> Hmac<Sha256> {
    // Shorter than a block, which is what HMAC pads a key to.
    let mut block = [0; 64];
    block[..HASH].copy_from_slice(key);
    Hmac::new(&block.into())
}

/// Compares without telling by its duration where two differ.
pub(super) fn same(one: &[u8; HASH], other: &[u8; HASH]) -> bool {
    one.iter().zip(other).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_recognised_and_another_one_is_not() {
        let credentials = Credentials::from_password(b"engine");

        let answers = [&b"engine"[..], b"enginE", b""].map(|password| credentials.fit(password));

        assert_eq!(answers, [true, false, false]);
        assert!(!Credentials::pretend_to_fit(b""));
    }

    #[test]
    fn what_is_kept_is_text_that_can_be_read_again() {
        let credentials = Credentials::from_password(b"engine");

        let text = serde_json::to_string(&credentials).unwrap();

        assert!(text.starts_with(r#"{"argon2":"$argon2id$"#), "{text}");
        assert!(text.contains(r#""scram":"SCRAM-SHA-256$15000:"#), "{text}");
        assert_eq!(serde_json::from_str::<Credentials>(&text).unwrap(), credentials);
    }

    #[test]
    fn damaged_text_is_no_credentials() {
        let text = serde_json::to_string(&Credentials::from_password(b"engine")).unwrap();
        let error = |from: &str, to: &str| {
            let damaged = text.replace(from, to);
            assert_ne!(damaged, text);
            serde_json::from_str::<Credentials>(&damaged).unwrap_err().to_string()
        };

        assert!(error("$argon2id$", "$argon2d$").contains("password hash"));
        assert!(error("$m=19456", "$m=1").contains("password hash"));
        assert!(error("15000:", "0:").contains("verifier"));
        assert!(error("15000:", "15000:!").contains("verifier"));
        assert!(error("SHA-256$", "SHA-1$").contains("verifier"));
    }

    #[test]
    fn nothing_of_it_is_shown() {
        let user = super::super::User::new("ada", b"engine");

        assert_eq!(format!("{user:?}"), r#"User { name: "ada", credentials: Credentials { .. } }"#);
    }
}
