//! Who may connect, publish and subscribe.
//!
//! The rules are asked in the task of the connection they concern, never in the router.

mod rule;

use std::{collections::HashMap, net::SocketAddr, sync::Arc};

use wire::{ReasonCode, TopicFilter, TopicName, Version};

pub use self::rule::{AclEffect, AclRule, AclWho};

/// The rules of a broker. They may block for a moment (hash a password), but not wait for a network.
pub trait Access: Send + Sync + 'static {
    /// Whether this connection may have a session.
    fn authenticate(&self, attempt: &ConnectAttempt<'_>) -> Result<(), Denied>;

    /// Whether `client` may publish to `topic`; also asked for its will.
    fn may_publish(&self, client: &Identity, topic: &TopicName) -> bool {
        let _ = (client, topic);
        true
    }

    /// Whether `client` may subscribe with `filter`.
    fn may_subscribe(&self, client: &Identity, filter: &TopicFilter) -> bool {
        let _ = (client, filter);
        true
    }
}

/// Everybody may do everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct AnyOne;

/// Only the listed users, with their passwords.
///
/// Without a user name the answer is "not authorized", with a wrong pair "bad user name or password".
#[derive(Clone, Default)]
pub struct Users {
    passwords: HashMap<Box<str>, Box<[u8]>>,
}

/// What a client said about itself in its CONNECT.
#[derive(Clone, Copy, Debug)]
pub struct ConnectAttempt<'a> {
    /// The client identifier it will have.
    pub client_id: &'a str,
    /// User name.
    pub username: Option<&'a str>,
    /// Password.
    pub password: Option<&'a [u8]>,
    /// Where it comes from.
    pub address: SocketAddr,
    /// What it speaks.
    pub version: Version,
}

/// A client whose CONNECT was accepted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Identity {
    /// Its client identifier.
    pub client_id: Arc<str>,
    /// Its user name.
    pub username: Option<Box<str>>,
}

/// Why a connection is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Denied {
    /// 0x86, return code 4.
    BadUserNameOrPassword,
    /// 0x87, return code 5.
    NotAuthorized,
    /// 0x8A, return code 5.
    Banned,
}

impl Denied {
    /// What the CONNACK says.
    pub const fn reason(self) -> ReasonCode {
        match self {
            Self::BadUserNameOrPassword => ReasonCode::BAD_USER_NAME_OR_PASSWORD,
            Self::NotAuthorized => ReasonCode::NOT_AUTHORIZED,
            Self::Banned => ReasonCode::BANNED,
        }
    }
}

impl Access for AnyOne {
    fn authenticate(&self, _: &ConnectAttempt<'_>) -> Result<(), Denied> {
        Ok(())
    }
}

impl Users {
    /// Only these pairs of user name and password.
    pub fn new<N, P>(users: impl IntoIterator<Item = (N, P)>) -> Self
    where
        N: Into<Box<str>>,
        P: Into<Vec<u8>>,
    {
        let passwords = users
            .into_iter()
            .map(|(name, password)| (name.into(), password.into().into_boxed_slice()))
            .collect();
        Self { passwords }
    }
}

impl Access for Users {
    fn authenticate(&self, attempt: &ConnectAttempt<'_>) -> Result<(), Denied> {
        let name = attempt.username.ok_or(Denied::NotAuthorized)?;
        let given = attempt.password.unwrap_or_default();
        match self.passwords.get(name) {
            Some(expected) if same(expected, given) => Ok(()),
            _ => Err(Denied::BadUserNameOrPassword),
        }
    }
}

/// Compares without telling by its duration where two passwords of one length differ.
fn same(expected: &[u8], given: &[u8]) -> bool {
    expected.len() == given.len()
        && expected.iter().zip(given).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt<'a>(username: Option<&'a str>, password: Option<&'a [u8]>) -> ConnectAttempt<'a> {
        ConnectAttempt {
            client_id: "c",
            username,
            password,
            address: ([127, 0, 0, 1], 1).into(),
            version: Version::V5,
        }
    }

    #[test]
    fn only_the_right_pair_is_let_in() {
        let users = Users::new([("ada", "engine")]);

        let answers = [
            users.authenticate(&attempt(Some("ada"), Some(b"engine"))),
            users.authenticate(&attempt(Some("ada"), Some(b"enginE"))),
            users.authenticate(&attempt(Some("ada"), None)),
            users.authenticate(&attempt(Some("bob"), Some(b"engine"))),
            users.authenticate(&attempt(None, None)),
        ];

        let bad = Err(Denied::BadUserNameOrPassword);
        assert_eq!(answers, [Ok(()), bad, bad, bad, Err(Denied::NotAuthorized)]);
    }
}
