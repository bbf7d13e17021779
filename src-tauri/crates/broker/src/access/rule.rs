//! Who may publish, subscribe and receive what, as a person describes it.

use serde::{Deserialize, Serialize};
use specta::Type;
use wire::{TopicFilter, topic::TopicError};

use super::Identity;
use crate::glob;

/// One line of an access control list. Their order does not matter: what any rule denies is denied;
/// what a rule allows is allowed; and whoever has a rule that allows something of a kind (publish,
/// subscribe, receive) may do nothing else of that kind.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AclRule {
    /// Whom it concerns.
    pub who: AclWho,
    /// What it says.
    pub effect: AclEffect,
    /// Whether it is about publishing.
    pub publish: bool,
    /// Whether it is about subscribing.
    pub subscribe: bool,
    /// Whether it is about messages delivered to the client.
    pub receive: bool,
    /// A topic filter. `%u` stands for the user name, `%c` for the client identifier and `%%` for a
    /// percent sign. As in a subscription, a wildcard at the start matches no topic with `$` there.
    pub topics: String,
}

/// Whom a rule concerns.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
pub enum AclWho {
    /// Every client.
    Everyone,
    /// Clients without a user name.
    Anonymous,
    /// The clients of one user.
    User {
        /// User name, exactly.
        name: String,
    },
    /// Clients by their client identifier.
    Client {
        /// `*` stands for any text and `?` for one character.
        pattern: String,
    },
}

/// What a rule says.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum AclEffect {
    Allow,
    Deny,
}

/// Why a rule cannot be kept.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AclRuleError {
    /// Neither publish, subscribe nor receive.
    #[error("it is about nothing: choose publish, subscribe or receive")]
    NothingSelected,
    /// It is for a user without a name.
    #[error("the user name is empty")]
    EmptyUserName,
    /// It is for clients, and fits none.
    #[error("the pattern for client identifiers is empty")]
    EmptyPattern,
    /// The topics are no topic filter.
    #[error("`{topics}` is not a topic filter: {problem}")]
    InvalidFilter {
        /// What was given.
        topics: Box<str>,
        /// What is wrong with it.
        problem: TopicError,
    },
    /// A subscription is judged by the filter in it.
    #[error("write the filter without $share and the name of the group")]
    SharedFilter,
    /// `%` with something else than `u`, `c` or `%`.
    #[error("`{found}` stands for nothing: write %u, %c, or %% for a percent sign")]
    UnknownPlaceholder {
        /// The percent sign and what follows it.
        found: Box<str>,
    },
    /// `%u` for clients that have none.
    #[error("clients without a user name have nothing to put in place of %u")]
    UserOfAnonymous,
}

/// A part of [`AclRule::topics`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Part<'a> {
    Text(&'a str),
    UserName,
    ClientId,
}

impl AclRule {
    /// Whether it says something.
    pub fn check(&self) -> Result<(), AclRuleError> {
        if !(self.publish || self.subscribe || self.receive) {
            return Err(AclRuleError::NothingSelected);
        }
        match &self.who {
            AclWho::User { name } if name.is_empty() => return Err(AclRuleError::EmptyUserName),
            AclWho::Client { pattern } if pattern.is_empty() => {
                return Err(AclRuleError::EmptyPattern);
            }
            _ => {}
        }
        let mut example = String::new();
        for part in self.parts() {
            match part? {
                Part::Text(text) => example.push_str(text),
                Part::UserName if self.who == AclWho::Anonymous => {
                    return Err(AclRuleError::UserOfAnonymous);
                }
                Part::UserName | Part::ClientId => example.push('x'),
            }
        }
        if example.starts_with("$share/") {
            return Err(AclRuleError::SharedFilter);
        }
        let topics = || self.topics.as_str().into();
        let parsed = example.parse::<TopicFilter>().map(|_| ());
        parsed.map_err(|problem| AclRuleError::InvalidFilter { topics: topics(), problem })
    }

    /// The topics, taken apart at their placeholders.
    pub(super) fn parts(&self) -> impl Iterator<Item = Result<Part<'_>, AclRuleError>> {
        let mut rest = self.topics.as_str();
        std::iter::from_fn(move || {
            let at = match rest.find('%') {
                _ if rest.is_empty() => return None,
                Some(0) => {
                    let end = rest.chars().take(2).map(char::len_utf8).sum();
                    let (placeholder, after) = rest.split_at(end);
                    rest = after;
                    return Some(match placeholder {
                        "%u" => Ok(Part::UserName),
                        "%c" => Ok(Part::ClientId),
                        "%%" => Ok(Part::Text("%")),
                        _ => Err(AclRuleError::UnknownPlaceholder { found: placeholder.into() }),
                    });
                }
                at => at.unwrap_or(rest.len()),
            };
            let (text, after) = rest.split_at(at);
            rest = after;
            Some(Ok(Part::Text(text)))
        })
    }
}

impl AclWho {
    /// Whether `client` is meant.
    pub(super) fn is(&self, client: &Identity) -> bool {
        match self {
            Self::Everyone => true,
            Self::Anonymous => client.username.is_none(),
            Self::User { name } => client.username.as_deref() == Some(name),
            Self::Client { pattern } => glob::fits(pattern, &client.client_id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(who: AclWho, topics: &str) -> AclRule {
        AclRule {
            who,
            effect: AclEffect::Allow,
            publish: true,
            subscribe: false,
            receive: false,
            topics: topics.into(),
        }
    }

    fn of_everyone(topics: &str) -> Result<(), AclRuleError> {
        rule(AclWho::Everyone, topics).check()
    }

    #[test]
    fn a_rule_that_means_something_is_good() {
        for topics in ["#", "a/+/b", "home/%u/%c/#", "100%%/%u-%c", "$SYS/#", "a b"] {
            assert_eq!(of_everyone(topics), Ok(()), "{topics}");
        }
    }

    #[test]
    fn a_rule_that_means_nothing_says_why() {
        let nothing = AclRule { publish: false, ..rule(AclWho::Everyone, "a") };
        let nobody = rule(AclWho::User { name: String::new() }, "a");
        let no_client = rule(AclWho::Client { pattern: String::new() }, "a");
        let nameless = rule(AclWho::Anonymous, "a/%u");
        let placeholder = |found: &str| AclRuleError::UnknownPlaceholder { found: found.into() };

        assert_eq!(nothing.check(), Err(AclRuleError::NothingSelected));
        assert_eq!(nobody.check(), Err(AclRuleError::EmptyUserName));
        assert_eq!(no_client.check(), Err(AclRuleError::EmptyPattern));
        assert_eq!(nameless.check(), Err(AclRuleError::UserOfAnonymous));
        assert_eq!(of_everyone("$share/g/a"), Err(AclRuleError::SharedFilter));
        assert_eq!(of_everyone("a/%x"), Err(placeholder("%x")));
        assert_eq!(of_everyone("a/%ü"), Err(placeholder("%ü")));
        assert_eq!(of_everyone("50%"), Err(placeholder("%")));
        for topics in ["", "a/#/b", "a+", "a\0"] {
            let problem = of_everyone(topics);
            assert!(matches!(problem, Err(AclRuleError::InvalidFilter { .. })), "{topics:?}");
        }
    }
}
