//! A certificate chain with its private key.

use rustls::{
    crypto::ring::sign::any_supported_type,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use x509_parser::prelude::{FromDer, X509Certificate};

/// What one side of a connection shows: its certificate, those between it and an authority, and
/// the private key of the first.
#[derive(Debug)]
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

/// Why texts hold no identity.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum IdentityError {
    /// There is no `CERTIFICATE` section.
    #[error("no certificate found")]
    NoCertificate,
    /// There is no private key section.
    #[error("no private key found")]
    NoKey,
    /// The private key is protected by a pass phrase.
    #[error("the private key is encrypted")]
    EncryptedKey,
    /// It is not PEM all the way.
    #[error("not valid PEM: {detail}")]
    NotPem {
        /// What is wrong.
        detail: Box<str>,
    },
    /// The first certificate cannot be read.
    #[error("the certificate cannot be read: {detail}")]
    UnreadableCertificate {
        /// What is wrong with it.
        detail: Box<str>,
    },
    /// The key is of a kind that TLS here does not know, or damaged.
    #[error("the private key cannot be used: {detail}")]
    UnusableKey {
        /// What is wrong with it.
        detail: Box<str>,
    },
    /// The certificate was made for another key.
    #[error("the private key does not belong to the certificate")]
    KeyOfAnother,
}

impl Identity {
    /// Reads a PEM chain, the certificate of the key first, and a PEM key (PKCS#8, PKCS#1 or SEC1).
    /// Both may be the same text.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, IdentityError> {
        let not_pem = |error: rustls::pki_types::pem::Error| IdentityError::NotPem {
            detail: error.to_string().into(),
        };
        let chain: Vec<_> = CertificateDer::pem_slice_iter(without_mark(chain))
            .collect::<Result<_, _>>()
            .map_err(not_pem)?;
        if is_encrypted(key) {
            return Err(IdentityError::EncryptedKey);
        }
        let key = PrivateKeyDer::pem_slice_iter(without_mark(key)).next();
        let key = key.ok_or(IdentityError::NoKey)?.map_err(not_pem)?;
        Self::new(chain, key)
    }

    /// Puts a chain and the key of its first certificate together.
    pub fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, IdentityError> {
        let first = chain.first().ok_or(IdentityError::NoCertificate)?;
        let (_, certificate) = X509Certificate::from_der(first).map_err(|error| {
            IdentityError::UnreadableCertificate { detail: error.to_string().into() }
        })?;
        let signer = any_supported_type(&key)
            .map_err(|error| IdentityError::UnusableKey { detail: error.to_string().into() })?;
        let public = signer.public_key().ok_or_else(|| IdentityError::UnusableKey {
            detail: "its public part is not known".into(),
        })?;
        if certificate.public_key().raw != public.as_ref() {
            return Err(IdentityError::KeyOfAnother);
        }
        Ok(Self { chain, key })
    }

    /// Its certificate and those between it and an authority.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    /// The private key.
    pub fn key(&self) -> &PrivateKeyDer<'static> {
        &self.key
    }
}

impl Clone for Identity {
    fn clone(&self) -> Self {
        Self { chain: self.chain.clone(), key: self.key.clone_key() }
    }
}

/// Some editors begin a text with a byte order mark, which would hide the first section.
fn without_mark(pem: &[u8]) -> &[u8] {
    pem.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(pem)
}

/// PKCS#8 says it in the name of its section, PKCS#1 and SEC1 in a header of theirs.
fn is_encrypted(pem: &[u8]) -> bool {
    let text = String::from_utf8_lossy(pem);
    text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----")
        || text.contains("Proc-Type: 4,ENCRYPTED")
}
