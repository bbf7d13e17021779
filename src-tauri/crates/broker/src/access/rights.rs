//! What one client may do: the rules that concern it, made ready to be asked for every message.
//!
//! # Invariants
//!
//! * A name in place of `%u` or `%c` stands for itself in one level, or the rule fails closed: it
//!   allows nothing, and denies all it might be about.
//! * Who may not subscribe to a topic does not receive it either, so neither a wildcard nor a
//!   subscription that is older than a rule gets around the rule.

use std::sync::Arc;

use wire::{TopicFilter, TopicName};

use super::{
    Identity,
    filters::covers,
    rule::{AclEffect, AclRule, Part},
};

/// What one client may do. Cheap to clone, and to ask where nothing is restricted.
#[derive(Clone, Debug, Default)]
pub struct Rights(Option<Arc<Kinds>>);

#[derive(Debug, Default)]
struct Kinds {
    publish: Kind,
    subscribe: Kind,
    receive: Kind,
}

#[derive(Debug, Default)]
struct Kind {
    /// Nothing else is allowed.
    allow: Option<Vec<Pattern>>,
    deny: Vec<Pattern>,
}

#[derive(Clone, Debug)]
enum Pattern {
    Filter(TopicFilter),
    Everything,
}

impl Rights {
    /// No restriction at all.
    pub const fn everything() -> Self {
        Self(None)
    }

    /// Neither publish nor subscribe nor receive.
    pub fn nothing() -> Self {
        let none = || Kind { allow: Some(Vec::new()), deny: Vec::new() };
        Self(Some(Arc::new(Kinds { publish: none(), subscribe: none(), receive: none() })))
    }

    /// What `rules` say about `client`.
    pub fn of(rules: &[AclRule], client: &Identity) -> Self {
        let mut kinds = Kinds::default();
        let mut is_restricted = false;
        for rule in rules.iter().filter(|rule| rule.who.is(client)) {
            is_restricted = true;
            let pattern = Pattern::of(rule, client);
            let Kinds { publish, subscribe, receive } = &mut kinds;
            let about =
                [(rule.publish, publish), (rule.subscribe, subscribe), (rule.receive, receive)];
            for (_, kind) in about.into_iter().filter(|(is_about, _)| *is_about) {
                let list = match rule.effect {
                    AclEffect::Allow => kind.allow.get_or_insert_default(),
                    AclEffect::Deny => &mut kind.deny,
                };
                list.extend(pattern.clone());
            }
        }
        Self(is_restricted.then(|| Arc::new(kinds)))
    }

    /// Whether it may publish to `topic`; also asked for its will.
    pub fn may_publish(&self, topic: &TopicName) -> bool {
        self.0.as_ref().is_none_or(|kinds| kinds.publish.allows_topic(topic))
    }

    /// Whether it may subscribe with `filter`: all of what that can match must be allowed, and not
    /// all of it denied.
    pub fn may_subscribe(&self, filter: &TopicFilter) -> bool {
        let bare = filter.shared().map_or(filter.as_str(), |shared| shared.filter);
        self.0.as_ref().is_none_or(|kinds| kinds.subscribe.allows(|it| it.covers(bare)))
    }

    /// Whether a message with `topic` may be delivered to it.
    pub fn may_receive(&self, topic: &TopicName) -> bool {
        self.0.as_ref().is_none_or(|kinds| {
            kinds.receive.allows_topic(topic) && kinds.subscribe.allows_topic(topic)
        })
    }
}

impl Kind {
    fn allows_topic(&self, topic: &TopicName) -> bool {
        self.allows(|pattern| pattern.matches(topic))
    }

    fn allows(&self, mut is_meant: impl FnMut(&Pattern) -> bool) -> bool {
        self.allow.as_ref().is_none_or(|list| list.iter().any(&mut is_meant))
            && !self.deny.iter().any(is_meant)
    }
}

impl Pattern {
    /// The topics of `rule` for `client`; `None` for a rule that allows something nobody can name.
    fn of(rule: &AclRule, client: &Identity) -> Option<Self> {
        let mut topics = String::with_capacity(rule.topics.len());
        for part in rule.parts() {
            let name = match part {
                Ok(Part::Text(text)) => {
                    topics.push_str(text);
                    continue;
                }
                Ok(Part::UserName) => client.username.as_deref(),
                Ok(Part::ClientId) => Some(&*client.client_id),
                Err(_) => None,
            };
            match name.filter(|name| is_plain(name, topics.is_empty())) {
                Some(name) => topics.push_str(name),
                None => return Self::without_name(rule.effect, &topics),
            }
        }
        match topics.parse() {
            Ok(filter) => Some(Self::Filter(filter)),
            Err(_) => Self::without_name(rule.effect, ""),
        }
    }

    /// What a rule means whose topics cannot be known beyond `start`.
    fn without_name(effect: AclEffect, start: &str) -> Option<Self> {
        if effect == AclEffect::Allow {
            return None;
        }
        let above = start.rfind('/').map(|at| format!("{}/#", &start[..at]));
        let filter = above.and_then(|filter| filter.parse().ok());
        Some(filter.map_or(Self::Everything, Self::Filter))
    }

    fn matches(&self, topic: &TopicName) -> bool {
        match self {
            Self::Filter(filter) => filter.matches(topic.as_str()),
            Self::Everything => true,
        }
    }

    fn covers(&self, inner: &str) -> bool {
        match self {
            Self::Filter(filter) => covers(filter.as_str(), inner),
            Self::Everything => true,
        }
    }
}

/// Whether a name in a filter means nothing but itself.
fn is_plain(name: &str, is_first: bool) -> bool {
    let starts_apart = is_first && name.starts_with('$');
    !(starts_apart || name.is_empty() || name.contains(['+', '#', '/', '\0']))
}

#[cfg(test)]
mod tests {
    use super::{super::rule::AclWho, *};

    fn client(client_id: &str, username: Option<&str>) -> Identity {
        let username = username.map(Into::into);
        Identity { client_id: client_id.into(), username, proof: 0 }
    }

    fn rule(effect: AclEffect, kinds: &str, topics: &str) -> AclRule {
        AclRule {
            who: AclWho::Everyone,
            effect,
            publish: kinds.contains('p'),
            subscribe: kinds.contains('s'),
            receive: kinds.contains('r'),
            topics: topics.into(),
        }
    }

    fn allow(kinds: &str, topics: &str) -> AclRule {
        rule(AclEffect::Allow, kinds, topics)
    }

    fn deny(kinds: &str, topics: &str) -> AclRule {
        rule(AclEffect::Deny, kinds, topics)
    }

    fn publishes(rights: &Rights, topic: &str) -> bool {
        rights.may_publish(&topic.parse().unwrap())
    }

    fn subscribes(rights: &Rights, filter: &str) -> bool {
        rights.may_subscribe(&filter.parse().unwrap())
    }

    fn receives(rights: &Rights, topic: &str) -> bool {
        rights.may_receive(&topic.parse().unwrap())
    }

    #[test]
    fn what_any_rule_denies_is_denied_whatever_the_order() {
        let mut rules = [allow("p", "a/#"), deny("p", "a/b")];

        for _ in 0..2 {
            let rights = Rights::of(&rules, &client("c", None));
            let answers = ["a", "a/b", "a/c"].map(|topic| publishes(&rights, topic));
            assert_eq!(answers, [true, false, true]);
            rules.reverse();
        }
    }

    #[test]
    fn an_allow_rule_restricts_its_own_kind_only() {
        let rights = Rights::of(&[allow("p", "a")], &client("c", None));

        assert!(publishes(&rights, "a"));
        assert!(!publishes(&rights, "b"));
        assert!(subscribes(&rights, "b"));
        assert!(receives(&rights, "b"));
    }

    #[test]
    fn rules_concern_whom_they_name() {
        let of = |who| vec![AclRule { who, ..deny("p", "a") }];
        let ada = client("pump-7", Some("ada"));
        let nobody = client("valve", None);
        let user = of(AclWho::User { name: "ada".into() });
        let anonymous = of(AclWho::Anonymous);
        let pumps = of(AclWho::Client { pattern: "pump-?".into() });

        for (rules, expected) in
            [(user, [false, true]), (anonymous, [true, false]), (pumps, [false, true])]
        {
            let answers = [&ada, &nobody].map(|who| publishes(&Rights::of(&rules, who), "a"));
            assert_eq!(answers, expected, "{rules:?}");
        }
    }

    #[test]
    fn a_subscription_needs_one_rule_that_allows_all_of_it() {
        let rights = Rights::of(&[allow("s", "a/#"), allow("s", "b/+")], &client("c", None));
        let allowed = ["a", "a/+", "a/#", "b/x", "$share/g/a/b"];
        let refused = ["#", "+/x", "b", "b/#", "$share/g/#", "$SYS/#"];

        assert!(allowed.iter().all(|filter| subscribes(&rights, filter)));
        assert!(!refused.iter().any(|filter| subscribes(&rights, filter)));
    }

    #[test]
    fn a_partly_denied_wildcard_is_filtered_at_delivery() {
        let rights = Rights::of(&[deny("s", "a/secret/#")], &client("c", None));

        assert!(subscribes(&rights, "a/#"));
        assert!(!subscribes(&rights, "a/secret/+"));
        assert!(receives(&rights, "a/open"));
        assert!(!receives(&rights, "a/secret/1"));
    }

    #[test]
    fn what_may_not_be_subscribed_any_more_is_not_received() {
        let rights = Rights::of(&[allow("s", "a/#")], &client("c", None));

        assert_eq!([receives(&rights, "a/1"), receives(&rights, "b/1")], [true, false]);
    }

    #[test]
    fn names_stand_in_their_places() {
        let rules = [allow("ps", "home/%u/%c/#"), allow("ps", "100%%")];
        let rights = Rights::of(&rules, &client("c1", Some("ada")));

        assert!(publishes(&rights, "home/ada/c1/x"));
        assert!(publishes(&rights, "100%"));
        assert!(!publishes(&rights, "home/bob/c1/x"));
        assert!(!subscribes(&rights, "home/ada/+/#"));
    }

    #[test]
    fn a_name_with_a_meaning_in_filters_widens_no_rule() {
        let allowed = [allow("psr", "home/%u/#"), allow("psr", "own/%c")];
        let denied = [deny("psr", "home/%u/x"), deny("psr", "%u/x")];
        for name in ["+", "#", "a/b", "a+", "#/", "\0", "", "$SYS"] {
            let who = client(name, Some(name));
            let may = Rights::of(&allowed, &who);
            let may_not = Rights::of(&denied, &who);

            for topic in ["home/ada/x", "own/x", "x"] {
                assert!(!publishes(&may, topic) && !receives(&may, topic), "{name:?} {topic}");
            }
            assert!(!subscribes(&may, "#") && !subscribes(&may, "home/+/x"), "{name:?}");
            for topic in ["home/ada/x", "$SYS/x"] {
                assert!(!publishes(&may_not, topic), "{name:?} {topic}");
            }
        }
        let nameless = client("c", None);
        assert!(!publishes(&Rights::of(&allowed, &nameless), "home/x"));
        assert!(!publishes(&Rights::of(&denied, &nameless), "home/ada/x"));
    }

    #[test]
    fn a_wildcard_at_the_start_leaves_the_dollar_topics_alone() {
        let rights = Rights::of(&[allow("s", "#")], &client("c", None));

        assert_eq!([subscribes(&rights, "#"), subscribes(&rights, "$SYS/#")], [true, false]);
    }

    #[test]
    fn a_rule_that_cannot_be_understood_fails_closed() {
        let may = Rights::of(&[allow("p", "a/%x")], &client("c", None));
        let may_not = Rights::of(&[deny("p", "a/#/b")], &client("c", None));

        assert_eq!([publishes(&may, "a/%x"), publishes(&may_not, "z")], [false, false]);
    }
}
