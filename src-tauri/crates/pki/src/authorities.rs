//! Whom to trust.

use std::sync::Arc;

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

/// Certificate authorities; at least one. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Authorities(Arc<RootCertStore>);

/// Why a text holds no authorities.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AuthoritiesError {
    /// There is no `CERTIFICATE` section in it.
    #[error("no certificate found")]
    NoCertificate,
    /// It is not PEM all the way.
    #[error("not valid PEM: {detail}")]
    NotPem {
        /// What is wrong.
        detail: Box<str>,
    },
    /// A certificate cannot be used.
    #[error("certificate {number} cannot be used: {detail}")]
    Unusable {
        /// Which one, counted from 1.
        number: usize,
        /// What is wrong with it.
        detail: Box<str>,
    },
}

impl Authorities {
    /// Reads all certificates of a PEM text; other sections are passed over.
    pub fn from_pem(pem: &[u8]) -> Result<Self, AuthoritiesError> {
        let mut roots = RootCertStore::empty();
        for (at, certificate) in CertificateDer::pem_slice_iter(pem).enumerate() {
            let certificate = certificate
                .map_err(|error| AuthoritiesError::NotPem { detail: error.to_string().into() })?;
            roots.add(certificate).map_err(|error| AuthoritiesError::Unusable {
                number: at + 1,
                detail: error.to_string().into(),
            })?;
        }
        if roots.is_empty() {
            return Err(AuthoritiesError::NoCertificate);
        }
        Ok(Self(Arc::new(roots)))
    }

    /// The same for a TLS library.
    pub fn roots(&self) -> Arc<RootCertStore> {
        Arc::clone(&self.0)
    }
}
