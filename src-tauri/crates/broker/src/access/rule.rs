//! Who may publish, subscribe and receive what, as a person describes it.

use serde::{Deserialize, Serialize};
use specta::Type;

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
    /// A topic filter. `%u` stands for the user name and `%c` for the client identifier.
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
