//! Keys and certificates: read, explained and issued.
//!
//! Everything is kept in memory and read from PEM: [`Identity`] is what one side of a connection
//! shows, [`Authorities`] what it trusts in the other. [`LocalAuthority`] issues certificates for
//! brokers and clients of this computer, and [`describe`] says in data what a certificate says.
//!
//! # Invariants
//!
//! * The key of an [`Identity`] belongs to its first certificate.
//! * [`Authorities`] are never empty.
//! * No `Debug` text shows a private key.

mod authorities;
mod describe;
mod identity;
mod issue;

pub use authorities::{Authorities, AuthoritiesError};
pub use describe::{Description, Fingerprint, NotACertificate, describe};
pub use identity::{Identity, IdentityError};
pub use issue::{IssueError, Issued, LocalAuthority, loopback_names};
/// DER of a certificate and the name of a server, as everything that speaks TLS here knows them.
pub use rustls::pki_types::{CertificateDer, ServerName};
