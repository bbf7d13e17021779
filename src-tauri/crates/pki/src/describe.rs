//! What a certificate says, as data.

use std::{fmt, net::IpAddr};

use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate, X509Name};

/// What a certificate says about itself. Nothing of it is verified.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Description {
    /// Whom it is for, e.g. `CN=sensor, O=Plant`.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// The first common name of the subject.
    pub common_name: Option<Box<str>>,
    /// Host names and addresses it is valid for.
    pub names: Vec<String>,
    /// Begin of its validity, seconds since 1970.
    pub not_before: i64,
    /// End of its validity, seconds since 1970.
    pub not_after: i64,
    /// What distinguishes it from every other certificate.
    pub fingerprint: Fingerprint,
    /// Whether it may sign others.
    pub is_authority: bool,
    /// Whether it signed itself.
    pub is_self_signed: bool,
}

/// SHA-256 over the DER of a certificate. Its text is `AB:CD:…`, as other tools show it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Fingerprint(pub [u8; 32]);

/// These bytes are no certificate.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a certificate: {detail}")]
pub struct NotACertificate {
    /// What is wrong.
    pub detail: Box<str>,
}

/// Reads what the DER of a certificate says.
pub fn describe(der: &[u8]) -> Result<Description, NotACertificate> {
    let (_, certificate) = X509Certificate::from_der(der)
        .map_err(|error| NotACertificate { detail: error.to_string().into() })?;
    let subject = certificate.subject();
    let common_name = subject.iter_common_name().next().and_then(|name| name.as_str().ok());
    let validity = certificate.validity();
    Ok(Description {
        subject: subject.to_string(),
        issuer: certificate.issuer().to_string(),
        common_name: common_name.map(Into::into),
        names: names(&certificate),
        not_before: validity.not_before.timestamp(),
        not_after: validity.not_after.timestamp(),
        fingerprint: Fingerprint::of(der),
        is_authority: certificate.is_ca(),
        is_self_signed: is_self_signed(&certificate, subject),
    })
}

impl Fingerprint {
    /// Of a certificate in DER.
    pub fn of(der: &[u8]) -> Self {
        Self(Sha256::digest(der).into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            let separator = if at == 0 { "" } else { ":" };
            write!(f, "{separator}{byte:02X}")?;
        }
        Ok(())
    }
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    let names = &extension.value.general_names;
    names.iter().filter_map(name).collect()
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let address = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
            let address = address.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from));
            address.ok().map(|address| address.to_string())
        }
        _ => None,
    }
}

fn is_self_signed(certificate: &X509Certificate<'_>, subject: &X509Name<'_>) -> bool {
    subject == certificate.issuer() && certificate.verify_signature(None).is_ok()
}
