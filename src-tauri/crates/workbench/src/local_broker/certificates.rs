//! What the broker's TLS listeners show, and whose client certificates they accept.

use std::{fs, io, net::IpAddr, path::Path};

use pki::{Authorities, Identity, LocalAuthority, ServerName};

use super::{network, plan::TlsPlan};
use crate::{
    Failure, FailureCode, files,
    views::{BrokerCertificate, CertificateSource},
};

/// The files of the broker's own authority in its folder: what clients are given, and the secret.
const AUTHORITY: &str = "broker-authority.pem";
const AUTHORITY_KEY: &str = "broker-authority.key";

/// Certificates, ready to use.
#[derive(Clone)]
pub(super) struct Certificates {
    pub(super) identity: Identity,
    /// Whose client certificates are accepted.
    pub(super) clients: Authorities,
    pub(super) view: BrokerCertificate,
}

/// Reads or makes them. Reads files: not on an async thread.
pub(super) fn load(plan: &TlsPlan) -> Result<Certificates, Failure> {
    let own = || authority(plan.folder.as_deref());
    let (identity, authority) = match &plan.source {
        CertificateSource::SelfMade => {
            let own = own()?;
            let issued = own.issue_server(&names()).map_err(|error| not_made(&error))?;
            (issued.identity, Some(own))
        }
        CertificateSource::Files { certificate, key } => {
            let (certificate, key) = (Path::new(certificate), Path::new(key));
            let identity = Identity::from_pem(&read(certificate)?, &read(key)?);
            (identity.map_err(|error| unusable(certificate, &error))?, None)
        }
    };
    let clients = match (&plan.client_authority, &authority) {
        (Some(path), _) => {
            Authorities::from_pem(&read(path)?).map_err(|error| unusable(path, &error))?
        }
        (None, Some(own)) => trusting(own)?,
        (None, None) => trusting(&own()?)?,
    };
    let view = view(&identity, authority.map(|own| own.certificate_pem().to_owned()))?;
    Ok(Certificates { identity, clients, view })
}

fn trusting(authority: &LocalAuthority) -> Result<Authorities, Failure> {
    let pem = authority.certificate_pem().as_bytes();
    Authorities::from_pem(pem).map_err(|error| not_made(&error))
}

/// The broker's own authority: the one that was kept, else a new one.
fn authority(folder: Option<&Path>) -> Result<LocalAuthority, Failure> {
    let new = || LocalAuthority::create().map_err(|error| not_made(&error));
    let Some(folder) = folder else { return new() };
    let (certificate, key) = (folder.join(AUTHORITY), folder.join(AUTHORITY_KEY));
    if let (Some(certificate_pem), Some(key_pem)) = (kept(&certificate)?, kept(&key)?) {
        return LocalAuthority::from_pem(&certificate_pem, &key_pem)
            .map_err(|error| unusable(&certificate, &error));
    }
    let made = new()?;
    // The key first: a certificate without it would be found and not be usable.
    for (path, pem) in [(key, made.key_pem()), (certificate, made.certificate_pem())] {
        files::write_secret(&path, pem.as_bytes())
            .map_err(|error| files::unwritable(&path, &error))?;
    }
    Ok(made)
}

fn kept(path: &Path) -> Result<Option<String>, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(files::unreadable(path, &error)),
    }
}

/// By these a client can reach this computer.
fn names() -> Vec<ServerName<'static>> {
    let host = hostname().and_then(|name| ServerName::try_from(name).ok());
    let addresses = network::addresses()
        .into_iter()
        .filter_map(|found| found.address.parse::<IpAddr>().ok())
        .map(|address| ServerName::IpAddress(address.into()));
    pki::loopback_names().into_iter().chain(host).chain(addresses).collect()
}

fn hostname() -> Option<String> {
    let name = gethostname::gethostname().into_string().ok()?;
    (!name.is_empty() && name != "localhost").then_some(name)
}

fn view(identity: &Identity, authority: Option<String>) -> Result<BrokerCertificate, Failure> {
    let described = identity.chain().first().map(|der| pki::describe(der));
    let described = match described {
        Some(Ok(described)) => described,
        Some(Err(error)) => return Err(not_made(&error)),
        None => return Err(not_made(&"the chain is empty")),
    };
    Ok(BrokerCertificate {
        subject: described.subject,
        issuer: described.issuer,
        names: described.names,
        not_before: described.not_before * 1000,
        not_after: described.not_after * 1000,
        fingerprint: described.fingerprint.to_string(),
        self_made: authority.is_some(),
        authority,
    })
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| files::unreadable(path, &error))
}

fn unusable(path: &Path, error: &impl ToString) -> Failure {
    let reason = error.to_string();
    Failure::new(FailureCode::InvalidCertificate, format!("{}: {reason}.", path.display()))
        .detail("path", path.display())
        .detail("reason", reason)
}

fn not_made(error: &impl ToString) -> Failure {
    let reason = error.to_string();
    Failure::new(
        FailureCode::InvalidCertificate,
        format!("No certificate could be made: {reason}."),
    )
    .detail("path", "")
    .detail("reason", reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authority_is_kept_and_the_certificate_is_for_this_computer() {
        let folder = tempfile::tempdir().unwrap();
        let plan = TlsPlan { folder: Some(folder.path().into()), ..TlsPlan::default() };

        let first = load(&plan).ok().unwrap().view;
        let second = load(&plan).ok().unwrap().view;

        assert_eq!(first.authority, second.authority);
        assert!(!second.authority.unwrap().contains("PRIVATE"));
        assert_ne!(first.fingerprint, second.fingerprint);
        assert!(first.names.contains(&"localhost".to_owned()), "{:?}", first.names);
        assert!(first.names.contains(&"127.0.0.1".to_owned()), "{:?}", first.names);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_the_key_of_the_authority() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let plan = TlsPlan { folder: Some(folder.path().into()), ..TlsPlan::default() };

        load(&plan).ok().unwrap();

        let mode = fs::metadata(folder.path().join(AUTHORITY_KEY)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_is_no_certificate_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.pem");
        fs::write(&path, "hello").unwrap();
        let file = path.display().to_string();
        let source = CertificateSource::Files { certificate: file.clone(), key: file.clone() };

        let failure = load(&TlsPlan { source, ..TlsPlan::default() }).err().unwrap();

        assert_eq!(failure.code, FailureCode::InvalidCertificate);
        assert_eq!(failure.details["path"], file);
    }
}
