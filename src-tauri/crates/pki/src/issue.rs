//! An authority of this computer, and what it issues.
//!
//! A server certificate that signed itself is refused by many clients even if they are told to
//! trust it, so there are always two: an authority, which clients are given, and certificates
//! signed by it.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
    time::{Duration, SystemTime},
};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};

use crate::{
    describe::Fingerprint,
    identity::{Identity, IdentityError},
};

/// A certificate authority whose key is on this computer.
#[derive(Clone)]
pub struct LocalAuthority {
    certificate_pem: String,
    key_pem: String,
}

/// A certificate with its key, just issued.
#[derive(Clone)]
pub struct Issued {
    /// The certificate and that of the authority, PEM.
    pub chain_pem: String,
    /// The private key, PKCS#8 in PEM.
    pub key_pem: String,
    /// Both, ready to use.
    pub identity: Identity,
}

/// Why a certificate could not be issued.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum IssueError {
    /// The kept authority is no usable pair of certificate and key.
    #[error("the authority cannot be used: {0}")]
    Authority(IdentityError),
    /// A name that a certificate cannot hold.
    #[error("`{name}` cannot be in a certificate")]
    Name {
        /// The name.
        name: Box<str>,
    },
    /// Anything else.
    #[error("the certificate could not be made: {detail}")]
    Failed {
        /// What went wrong.
        detail: Box<str>,
    },
}

/// By these a client on this computer reaches a server on it.
pub fn loopback_names() -> Vec<ServerName<'static>> {
    let localhost = ServerName::try_from("localhost").ok();
    let addresses = [
        ServerName::IpAddress(Ipv4Addr::LOCALHOST.into()),
        ServerName::IpAddress(Ipv6Addr::LOCALHOST.into()),
    ];
    localhost.into_iter().chain(addresses).collect()
}

impl LocalAuthority {
    /// Makes a new one.
    pub fn create() -> Result<Self, IssueError> {
        let key = KeyPair::generate()?;
        let mut params = validity(AUTHORITY_VALIDITY)?;
        // Two authorities must not have the same name: clients look them up by it.
        let [first, second, ..] = Fingerprint::of(key.public_key_raw()).0;
        let name = format!("Topicscope local authority {first:02x}{second:02x}");
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::CrlSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        let certificate = params.self_signed(&key)?;
        Ok(Self { certificate_pem: certificate.pem(), key_pem: key.serialize_pem() })
    }

    /// Takes up one that was kept.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, IssueError> {
        Identity::from_pem(certificate.as_bytes(), key.as_bytes())
            .map_err(IssueError::Authority)?;
        Ok(Self { certificate_pem: certificate.to_owned(), key_pem: key.to_owned() })
    }

    /// What clients are given to trust, PEM.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// Its private key, PKCS#8 in PEM: a secret.
    pub fn key_pem(&self) -> &str {
        &self.key_pem
    }

    /// Issues a certificate for a server that is reached by `names`; the first is its common name.
    pub fn issue_server(&self, names: &[ServerName<'_>]) -> Result<Issued, IssueError> {
        let mut params = leaf(ExtendedKeyUsagePurpose::ServerAuth)?;
        if let Some(first) = names.first() {
            params.distinguished_name.push(DnType::CommonName, first.to_str().into_owned());
        }
        for name in names {
            params.subject_alt_names.push(alternative_name(name)?);
        }
        self.issue(&params)
    }

    /// Issues a certificate for a client; brokers can take `common_name` as its user name.
    pub fn issue_client(&self, common_name: &str) -> Result<Issued, IssueError> {
        let mut params = leaf(ExtendedKeyUsagePurpose::ClientAuth)?;
        params.distinguished_name.push(DnType::CommonName, common_name);
        self.issue(&params)
    }

    fn issue(&self, params: &CertificateParams) -> Result<Issued, IssueError> {
        let key = KeyPair::generate()?;
        let authority = CertificateDer::from_pem_slice(self.certificate_pem.as_bytes())
            .map_err(|error| IssueError::Failed { detail: error.to_string().into() })?;
        let issuer = Issuer::from_ca_cert_der(&authority, KeyPair::from_pem(&self.key_pem)?)?;
        let certificate = params.signed_by(&key, &issuer)?;
        let chain_pem = certificate.pem() + &self.certificate_pem;
        let key_pem = key.serialize_pem();
        let identity = Identity::from_pem(chain_pem.as_bytes(), key_pem.as_bytes())
            .map_err(|error| IssueError::Failed { detail: error.to_string().into() })?;
        Ok(Issued { chain_pem, key_pem, identity })
    }
}

const DAY: Duration = Duration::from_hours(24);

const AUTHORITY_VALIDITY: Duration = Duration::from_hours(24 * 3_650);

/// Some systems accept no server certificate that is valid for more than 825 days.
const LEAF_VALIDITY: Duration = Duration::from_hours(24 * 820);

fn leaf(usage: ExtendedKeyUsagePurpose) -> Result<CertificateParams, IssueError> {
    let mut params = validity(LEAF_VALIDITY)?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![usage];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// Valid since yesterday: the clocks of devices differ.
fn validity(duration: Duration) -> Result<CertificateParams, IssueError> {
    let mut params = CertificateParams::new(Vec::new())?;
    let now = SystemTime::now();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.not_before = (now - DAY).into();
    params.not_after = (now + duration).into();
    Ok(params)
}

fn alternative_name(name: &ServerName<'_>) -> Result<SanType, IssueError> {
    let text = name.to_str();
    match name {
        ServerName::IpAddress(address) => Ok(SanType::IpAddress((*address).into())),
        _ => match (*text).try_into() {
            Ok(name) => Ok(SanType::DnsName(name)),
            Err(_) => Err(IssueError::Name { name: text.into() }),
        },
    }
}

impl From<rcgen::Error> for IssueError {
    fn from(error: rcgen::Error) -> Self {
        Self::Failed { detail: error.to_string().into() }
    }
}

impl fmt::Debug for LocalAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let certificate = &self.certificate_pem;
        f.debug_struct("LocalAuthority")
            .field("certificate_pem", certificate)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").field("chain_pem", &self.chain_pem).finish_non_exhaustive()
    }
}
