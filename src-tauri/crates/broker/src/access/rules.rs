//! The accounts of a broker as they are kept: users, and what clients may do.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{
    credentials::Credentials,
    rule::{AclRule, AclRuleError},
};

/// Who may connect, and what they may do then.
///
/// Without users and with `anonymous`, any user name is let in and taken for true.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessRules {
    /// Whether clients without a user name may connect.
    pub anonymous: bool,
    /// Who may connect with a user name.
    pub users: Vec<User>,
    /// What clients may do.
    pub acl: Vec<AclRule>,
}

/// Somebody with a password.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// User name.
    pub name: String,
    /// What the password is checked with.
    pub credentials: Credentials,
}

/// Why rules cannot be kept; `index` counts from 0.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AccessRulesError {
    /// A user without a name.
    #[error("user {}: the name is empty", index + 1)]
    EmptyUserName {
        /// Which of the users.
        index: usize,
    },
    /// Two users with one name.
    #[error("user {}: there is another user `{name}`", index + 1)]
    DuplicateUser {
        /// The second of them.
        index: usize,
        /// Their name.
        name: Box<str>,
    },
    /// A rule that means nothing.
    #[error("rule {}: {problem}", index + 1)]
    Rule {
        /// Which of the rules.
        index: usize,
        /// Why.
        problem: AclRuleError,
    },
}

impl Default for AccessRules {
    fn default() -> Self {
        Self { anonymous: true, users: Vec::new(), acl: Vec::new() }
    }
}

impl AccessRules {
    /// Whether all of it makes sense; names the first part that does not.
    pub fn check(&self) -> Result<(), AccessRulesError> {
        let mut names = HashSet::new();
        for (index, User { name, .. }) in self.users.iter().enumerate() {
            if name.is_empty() {
                return Err(AccessRulesError::EmptyUserName { index });
            }
            if !names.insert(name) {
                return Err(AccessRulesError::DuplicateUser { index, name: name.as_str().into() });
            }
        }
        for (index, rule) in self.acl.iter().enumerate() {
            rule.check().map_err(|problem| AccessRulesError::Rule { index, problem })?;
        }
        Ok(())
    }
}

impl User {
    /// Somebody with this password. Takes some ten milliseconds: it is hashed on purpose slowly.
    pub fn new(name: &str, password: &[u8]) -> Self {
        Self { name: name.into(), credentials: Credentials::from_password(password) }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::rule::{AclEffect, AclWho},
        *,
    };

    fn users(names: &[&str]) -> AccessRules {
        let credentials = Credentials::from_password(b"pw");
        let user = |name: &&str| User { name: (*name).into(), credentials: credentials.clone() };
        AccessRules { users: names.iter().map(user).collect(), ..AccessRules::default() }
    }

    #[test]
    fn the_part_that_makes_no_sense_is_named() {
        let rule = AclRule {
            who: AclWho::Everyone,
            effect: AclEffect::Deny,
            publish: true,
            subscribe: true,
            receive: true,
            topics: "a/#".into(),
        };
        let wrong = AclRule { topics: "a/#/b".into(), ..rule.clone() };
        let rules = AccessRules { acl: vec![rule, wrong], ..AccessRules::default() };

        let errors = [users(&["a", "b"]), users(&["a", ""]), users(&["a", "b", "a"]), rules]
            .map(|rules| rules.check().map_err(|error| error.to_string()));

        let expected = [
            Ok(()),
            Err("user 2: the name is empty"),
            Err("user 3: there is another user `a`"),
            Err("rule 2: `a/#/b` is not a topic filter: the wildcard is not allowed in level `#`"),
        ];
        assert_eq!(errors, expected.map(|error| error.map_err(str::to_owned)));
    }
}
