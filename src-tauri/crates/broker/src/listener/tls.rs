//! The TLS side of a listener.

use std::{io, sync::Arc, time::Duration};

use pki::{CertificateDer, Fingerprint, describe};
use rustls::{
    CertificateError, Error, PeerIncompatible, ServerConfig,
    crypto::ring,
    server::WebPkiClientVerifier,
    sign::{CertifiedKey, SingleCertAndKey},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{Alert, ClientCertificates, TlsSettings, entry::Rejected};
use crate::{event::ConnectFailure, origin::PeerCertificate};

/// Why a TLS handshake came to nothing.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TlsFailure {
    /// The client said no.
    #[error("{0}")]
    Alert(Alert),
    /// The listener requires a certificate.
    #[error("the client showed no certificate, and this listener requires one")]
    NoClientCertificate,
    /// The client's certificate is not good enough.
    #[error("the client's certificate was refused: {detail}")]
    ClientCertificate {
        /// What is wrong with it.
        detail: Box<str>,
    },
    /// The first bytes are no TLS handshake.
    #[error("not TLS but {protocol}")]
    NotTls {
        /// What they look like.
        protocol: &'static str,
    },
    /// The client speaks neither TLS 1.2 nor 1.3.
    #[error("the client speaks neither TLS 1.2 nor TLS 1.3")]
    NoCommonVersion,
    /// The two have no cipher, curve or signature in common.
    #[error("the client and the broker have no way of encrypting in common: {detail}")]
    NothingInCommon {
        /// What is missing.
        detail: Box<str>,
    },
    /// The client closed the connection in the middle.
    #[error("closed by the client during the TLS handshake")]
    Closed,
    /// It took too long.
    #[error("the TLS handshake was not done within {} s", .waited.as_secs())]
    Timeout {
        /// How long the broker waited.
        waited: Duration,
    },
    /// The client broke the rules of TLS.
    #[error("TLS failed: {detail}")]
    Broken {
        /// How.
        detail: Box<str>,
    },
}

/// TLS as one listener speaks it at a time.
#[derive(Debug)]
pub(super) struct Tls {
    config: Arc<ServerConfig>,
    common_name_is_user: bool,
}

impl Tls {
    pub(super) fn new(settings: &TlsSettings) -> Result<Self, Error> {
        let provider = Arc::new(ring::default_provider());
        let identity = &settings.identity;
        let signer = provider.key_provider.load_private_key(identity.key().clone_key())?;
        let certified = CertifiedKey::new(identity.chain().to_vec(), signer);
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?;
        let verifier = |authorities: &pki::Authorities| {
            WebPkiClientVerifier::builder_with_provider(authorities.roots(), Arc::clone(&provider))
        };
        let verifier = match &settings.clients {
            ClientCertificates::Off => None,
            ClientCertificates::Optional(authorities) => {
                Some(verifier(authorities).allow_unauthenticated().build())
            }
            ClientCertificates::Required(authorities) => Some(verifier(authorities).build()),
        };
        let builder = match verifier {
            None => builder.with_no_client_auth(),
            Some(verifier) => builder.with_client_cert_verifier(
                verifier.map_err(|error| Error::General(error.to_string()))?,
            ),
        };
        // Not `with_single_cert`: it refuses kinds of certificates that some clients accept.
        let config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
        let common_name_is_user = settings.common_name_is_user;
        Ok(Self { config: Arc::new(config), common_name_is_user })
    }

    /// Does the handshake.
    pub(super) async fn accept(
        &self,
        stream: TcpStream,
    ) -> Result<(TlsStream<TcpStream>, Option<PeerCertificate>), Rejected<TcpStream>> {
        let mut first = [0; 11];
        // An error will be met again by the handshake.
        let count = stream.peek(&mut first).await.unwrap_or_default();
        if let Some((failure, answer)) = other_protocol(&first[..count]) {
            return Err(Rejected { cause: failure.into(), stream, answer: answer.into() });
        }
        let accept = TlsAcceptor::from(Arc::clone(&self.config)).accept(stream).into_fallible();
        match accept.await {
            Ok(stream) => {
                let certificates = stream.get_ref().1.peer_certificates();
                let certificate = certificates.and_then(<[_]>::first);
                let certificate = certificate.map(|certificate| self.peer(certificate));
                Ok((stream, certificate))
            }
            Err((error, stream)) => {
                let cause = match ConnectFailure::from_io(&error) {
                    ConnectFailure::Broken { kind: io::ErrorKind::UnexpectedEof } => {
                        TlsFailure::Closed.into()
                    }
                    // What it misses in an old client is not the point.
                    ConnectFailure::Tls(TlsFailure::NothingInCommon { .. }) if is_old(first) => {
                        TlsFailure::NoCommonVersion.into()
                    }
                    cause => cause,
                };
                Err(Rejected { cause, stream, answer: Box::default() })
            }
        }
    }

    fn peer(&self, certificate: &CertificateDer<'_>) -> PeerCertificate {
        PeerCertificate {
            common_name: describe(certificate).ok().and_then(|said| said.common_name),
            fingerprint: Fingerprint::of(certificate),
            names_user: self.common_name_is_user,
        }
    }
}

/// The first byte of a TLS connection.
const HANDSHAKE: u8 = 0x16;

/// What the first bytes are instead of TLS, and what to answer.
fn other_protocol(first: &[u8]) -> Option<(TlsFailure, &'static [u8])> {
    const ANSWER: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\
        Connection: close\r\n\r\nThis port speaks TLS: use https, wss or mqtts.\n";
    let protocol = match first {
        [] | [HANDSHAKE, ..] => return None,
        [0x10, ..] => "MQTT without TLS",
        [b'G' | b'P' | b'H' | b'O' | b'C' | b'D', next, ..] if next.is_ascii_uppercase() => {
            return Some((TlsFailure::NotTls { protocol: "HTTP without TLS" }, ANSWER));
        }
        [b'S', b'S', b'H', ..] => "SSH",
        _ => "something else",
    };
    Some((TlsFailure::NotTls { protocol }, &[]))
}

/// Whether a connection begins with a `ClientHello` of TLS 1.1 or before.
fn is_old(first: [u8; 11]) -> bool {
    const CLIENT_HELLO: u8 = 1;
    matches!(first, [HANDSHAKE, _, _, _, _, CLIENT_HELLO, _, _, _, 3, 0..=2])
}

impl From<&Error> for TlsFailure {
    fn from(error: &Error) -> Self {
        match error {
            Error::AlertReceived(alert) => Self::Alert(Alert(u8::from(*alert))),
            Error::NoCertificatesPresented => Self::NoClientCertificate,
            Error::InvalidCertificate(wrong) => Self::ClientCertificate { detail: explain(wrong) },
            Error::PeerIncompatible(
                PeerIncompatible::Tls12NotOffered
                | PeerIncompatible::Tls12NotOfferedOrEnabled
                | PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::SupportedVersionsExtensionRequired,
            ) => Self::NoCommonVersion,
            Error::PeerIncompatible(missing) => {
                Self::NothingInCommon { detail: format!("{missing:?}").into() }
            }
            other => Self::Broken { detail: other.to_string().into() },
        }
    }
}

fn explain(wrong: &CertificateError) -> Box<str> {
    match wrong {
        CertificateError::UnknownIssuer => {
            "none of the authorities this listener trusts has signed it".into()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired".into()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet".into()
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "it was not made for clients".into()
        }
        other => other.to_string().into(),
    }
}
