//! Who may connect, publish, subscribe and receive.
//!
//! [`Access`] is asked once for each CONNECT and for the [`Rights`] of a client; these are kept
//! beside the client and asked for every message, without a lock. When the rules change, they are
//! asked for again.

mod accounts;
mod acl_file;
mod credentials;
mod exchange;
mod filters;
mod rights;
mod rule;
mod rules;
mod scram;
mod verified;

use std::{net::SocketAddr, pin::Pin, sync::Arc};

use bytes::Bytes;
use tokio::sync::watch;
use wire::{ReasonCode, Version};

pub use self::{
    accounts::Accounts,
    acl_file::{AclFileError, parse_acl},
    credentials::{Credentials, CredentialsError},
    rights::Rights,
    rule::{AclEffect, AclRule, AclRuleError, AclWho},
    rules::{AccessRules, AccessRulesError, User},
};
use crate::origin::PeerCertificate;

/// The rules of a broker.
pub trait Access: Send + Sync + 'static {
    /// Whether this connection may have a session.
    fn authenticate(&self, attempt: &ConnectAttempt<'_>) -> Verdict;

    /// Begins an authentication with a method (§4.12); `None`: it is not supported.
    fn exchange(&self, method: &str) -> Option<Box<dyn Exchange>> {
        let _ = method;
        None
    }

    /// What `client` may do under the rules of now, or why it may not stay. Must not block.
    fn rights(&self, client: &Identity) -> Result<Rights, Denied> {
        let _ = client;
        Ok(Rights::everything())
    }

    /// Tells when [`Self::rights`] may give other answers; `None`: it never does.
    fn changes(&self) -> Option<watch::Receiver<u64>> {
        None
    }
}

/// Everybody may do everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct AnyOne;

/// What a client said about itself in its CONNECT.
#[derive(Clone, Copy, Debug)]
pub struct ConnectAttempt<'a> {
    /// The client identifier it will have.
    pub client_id: &'a str,
    /// User name: that of the CONNECT, or that of the certificate when it counts.
    pub username: Option<&'a str>,
    /// Password.
    pub password: Option<&'a [u8]>,
    /// Where it comes from.
    pub address: SocketAddr,
    /// What it speaks.
    pub version: Version,
    /// The certificate it showed.
    pub certificate: Option<&'a PeerCertificate>,
}

impl ConnectAttempt<'_> {
    /// Whether the user name is that of the certificate: it needs no password.
    pub fn is_certified(&self) -> bool {
        let certificate = self.certificate.filter(|certificate| certificate.names_user);
        let certified = certificate.and_then(|certificate| certificate.common_name.as_deref());
        certified.is_some() && certified == self.username
    }
}

/// The answer to a [`ConnectAttempt`].
pub enum Verdict {
    /// Known at once.
    Now(Result<Admitted, Denied>),
    /// Known after some work, which the future does without holding up its thread.
    Later(Pin<Box<dyn Future<Output = Result<Admitted, Denied>> + Send>>),
}

/// One authentication with a method (§4.12), message by message.
pub trait Exchange: Send + Sync {
    /// Takes what the client said, which may be nothing, and answers it. Must not block.
    fn step(&mut self, data: &[u8]) -> Result<Step, Denied>;

    /// Who the client says it is, as soon as it does.
    fn claimed(&self) -> Option<&str> {
        None
    }
}

/// The answer to one message of an [`Exchange`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Step {
    /// The client has to answer this.
    Continue(Bytes),
    /// The client is who it says.
    Done {
        /// Who it is.
        admitted: Admitted,
        /// What convinces the client that the broker is the right one.
        data: Bytes,
    },
}

/// Who was let in.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Admitted {
    /// The user name that counts from now on.
    pub username: Option<Box<str>>,
    /// What let it in, in numbers of the [`Access`]; comes back in the [`Identity`].
    pub proof: u64,
}

/// A client whose CONNECT was accepted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Identity {
    /// Its client identifier.
    pub client_id: Arc<str>,
    /// Its user name.
    pub username: Option<Box<str>>,
    /// See [`Admitted::proof`].
    pub proof: u64,
}

/// Why a connection is refused or ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Denied {
    /// 0x82, return code 3: a message of an [`Exchange`] makes no sense.
    Malformed,
    /// 0x86, return code 4.
    BadUserNameOrPassword,
    /// 0x87, return code 5.
    NotAuthorized,
    /// 0x89, return code 3: too many wait for their password to be checked.
    ServerBusy,
    /// 0x8A, return code 5.
    Banned,
}

impl Denied {
    /// What the CONNACK says.
    pub const fn reason(self) -> ReasonCode {
        match self {
            Self::Malformed => ReasonCode::PROTOCOL_ERROR,
            Self::BadUserNameOrPassword => ReasonCode::BAD_USER_NAME_OR_PASSWORD,
            Self::NotAuthorized => ReasonCode::NOT_AUTHORIZED,
            Self::ServerBusy => ReasonCode::SERVER_BUSY,
            Self::Banned => ReasonCode::BANNED,
        }
    }

    /// What the DISCONNECT says of a client that had a session: it knows fewer reasons (§3.14.2.1).
    pub(crate) const fn reason_to_disconnect(self) -> ReasonCode {
        match self {
            Self::Malformed => ReasonCode::PROTOCOL_ERROR,
            Self::ServerBusy => ReasonCode::SERVER_BUSY,
            Self::BadUserNameOrPassword | Self::NotAuthorized | Self::Banned => {
                ReasonCode::NOT_AUTHORIZED
            }
        }
    }
}

impl Admitted {
    /// With the user name the client gave, unchecked.
    pub fn unchecked(attempt: &ConnectAttempt<'_>) -> Self {
        Self { username: attempt.username.map(Into::into), proof: 0 }
    }
}

impl Access for AnyOne {
    fn authenticate(&self, attempt: &ConnectAttempt<'_>) -> Verdict {
        Verdict::Now(Ok(Admitted::unchecked(attempt)))
    }
}
