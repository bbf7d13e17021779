//! Who wants which topics: all subscriptions of a broker in one trie of topic levels.
//!
//! Matching and removing are loops, not recursion, so a filter of any depth costs memory for its
//! levels and nothing of the stack.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
};

use wire::{QoS, TopicFilter};

use super::session::SessionKey;
pub(crate) use crate::query::SubscriptionOptions as Options;

/// The trie.
#[derive(Debug)]
pub(crate) struct Subscriptions {
    nodes: Vec<Node>,
    free: Vec<usize>,
    /// The node of each filter that anybody holds, for those who look through them.
    by_filter: BTreeMap<TopicFilter, usize>,
    count: usize,
    shared_count: usize,
}

/// The sessions one message goes to, overlapping subscriptions merged (§3.3.4).
#[derive(Debug, Default)]
pub(crate) struct Targets {
    list: Vec<Target>,
    /// By session: the round it was last seen in, and where in `list`.
    seen: Vec<(u64, usize)>,
    round: u64,
}

/// How well the member of a shared group can take a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Readiness {
    /// It gets it at once.
    Ready,
    /// It is connected, and much waits for it already.
    Behind,
    /// It is not connected, or may not receive it.
    Away,
}

/// One session a message goes to, once.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Target {
    pub(crate) session: SessionKey,
    pub(crate) qos: QoS,
    pub(crate) retain_as_published: bool,
    pub(crate) identifiers: Vec<u32>,
}

const ROOT: usize = 0;

#[derive(Debug, Default)]
struct Node {
    parent: usize,
    /// The level that leads here from the parent.
    level: Box<str>,
    children: HashMap<Box<str>, usize>,
    /// The child `+`.
    single: Option<usize>,
    /// The child `#`.
    multi: Option<usize>,
    members: Vec<(SessionKey, Options)>,
    groups: Vec<Group>,
}

/// The members of a `$share` group on one filter, and whose turn it is (§4.8.2).
#[derive(Debug)]
struct Group {
    name: Box<str>,
    members: Vec<(SessionKey, Options)>,
    turn: usize,
}

impl Subscriptions {
    pub(crate) fn new() -> Self {
        Self {
            nodes: vec![Node::default()],
            free: Vec::new(),
            by_filter: BTreeMap::new(),
            count: 0,
            shared_count: 0,
        }
    }

    /// Subscriptions of all sessions, shared ones included.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Subscriptions to `$share/…`.
    pub(crate) fn shared_count(&self) -> usize {
        self.shared_count
    }

    /// Filters that anybody holds.
    pub(crate) fn filter_count(&self) -> usize {
        self.by_filter.len()
    }

    /// Those filters behind `after`, in the order of their text, with who holds them.
    pub(crate) fn filters(
        &self,
        after: Option<&TopicFilter>,
    ) -> impl Iterator<Item = (&TopicFilter, &[(SessionKey, Options)])> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.by_filter.range((from, Bound::Unbounded)).map(|(filter, at)| {
            let node = &self.nodes[*at];
            let members = match filter.shared() {
                None => Some(&node.members),
                Some(shared) => {
                    let group = node.groups.iter().find(|group| &*group.name == shared.group);
                    group.map(|group| &group.members)
                }
            };
            (filter, members.map_or(&[][..], |members| members))
        })
    }

    /// Adds or replaces the subscription of `session`.
    pub(crate) fn insert(&mut self, filter: &TopicFilter, session: SessionKey, options: Options) {
        let (group, path) = parts(filter);
        let mut at = ROOT;
        for level in path.split('/') {
            at = match self.child(at, level) {
                Some(child) => child,
                None => self.add_child(at, level),
            };
        }
        let node = &mut self.nodes[at];
        let members = match group {
            None => &mut node.members,
            Some(name) => {
                let position = node.groups.iter().position(|group| &*group.name == name);
                let position = position.unwrap_or_else(|| {
                    let group = Group { name: name.into(), members: Vec::new(), turn: 0 };
                    node.groups.push(group);
                    node.groups.len() - 1
                });
                &mut node.groups[position].members
            }
        };
        if let Some(member) = members.iter_mut().find(|(member, _)| *member == session) {
            member.1 = options;
            return;
        }
        if members.is_empty() {
            self.by_filter.insert(filter.clone(), at);
        }
        members.push((session, options));
        self.count += 1;
        self.shared_count += usize::from(group.is_some());
    }

    /// Removes the subscription of `session`, and the levels nobody needs any more.
    pub(crate) fn remove(&mut self, filter: &TopicFilter, session: SessionKey) {
        let (group, path) = parts(filter);
        let mut at = ROOT;
        for level in path.split('/') {
            match self.child(at, level) {
                Some(child) => at = child,
                None => return,
            }
        }
        let node = &mut self.nodes[at];
        let left = match group {
            None => leave(&mut node.members, session).map(|_| node.members.len()),
            Some(name) => {
                let group = node.groups.iter_mut().find(|group| &*group.name == name);
                let left = group.and_then(|group| group.leave(session));
                node.groups.retain(|group| !group.members.is_empty());
                left
            }
        };
        let Some(left) = left else { return };
        self.count -= 1;
        self.shared_count -= usize::from(group.is_some());
        if left == 0 {
            self.by_filter.remove(filter);
            self.prune(at);
        }
    }

    /// Collects into `targets` who gets a message published to `topic` by `publisher`.
    ///
    /// Of a shared group one member is chosen in turn, the readiest there is.
    pub(crate) fn find(
        &mut self,
        topic: &str,
        publisher: Option<SessionKey>,
        readiness: impl Fn(SessionKey) -> Readiness,
        targets: &mut Targets,
    ) {
        targets.begin();
        let hidden = topic.starts_with('$');
        let mut waiting = vec![(ROOT, Some(topic))];
        while let Some((at, rest)) = waiting.pop() {
            let wildcards = at != ROOT || !hidden;
            // `#` also stands for the level above it (§4.7.1.2).
            if wildcards && let Some(multi) = self.nodes[at].multi {
                self.nodes[multi].collect(publisher, &readiness, targets);
            }
            let Some(rest) = rest else {
                self.nodes[at].collect(publisher, &readiness, targets);
                continue;
            };
            let (level, rest) = match rest.split_once('/') {
                Some((level, rest)) => (level, Some(rest)),
                None => (rest, None),
            };
            let node = &self.nodes[at];
            waiting.extend(node.children.get(level).map(|child| (*child, rest)));
            if wildcards {
                waiting.extend(node.single.map(|child| (child, rest)));
            }
        }
    }

    fn child(&self, at: usize, level: &str) -> Option<usize> {
        let node = &self.nodes[at];
        match level {
            "+" => node.single,
            "#" => node.multi,
            _ => node.children.get(level).copied(),
        }
    }

    fn add_child(&mut self, parent: usize, level: &str) -> usize {
        let node = Node { parent, level: level.into(), ..Node::default() };
        let child = if let Some(child) = self.free.pop() {
            self.nodes[child] = node;
            child
        } else {
            self.nodes.push(node);
            self.nodes.len() - 1
        };
        let parent = &mut self.nodes[parent];
        match level {
            "+" => parent.single = Some(child),
            "#" => parent.multi = Some(child),
            _ => {
                parent.children.insert(level.into(), child);
            }
        }
        child
    }

    fn prune(&mut self, mut at: usize) {
        while at != ROOT && self.nodes[at].is_empty() {
            let node = std::mem::take(&mut self.nodes[at]);
            self.free.push(at);
            at = node.parent;
            let parent = &mut self.nodes[at];
            match &*node.level {
                "+" => parent.single = None,
                "#" => parent.multi = None,
                level => {
                    parent.children.remove(level);
                }
            }
        }
    }
}

fn parts(filter: &TopicFilter) -> (Option<&str>, &str) {
    match filter.shared() {
        Some(shared) => (Some(shared.group), shared.filter),
        None => (None, filter.as_str()),
    }
}

impl Node {
    fn is_empty(&self) -> bool {
        self.children.is_empty()
            && self.single.is_none()
            && self.multi.is_none()
            && self.members.is_empty()
            && self.groups.is_empty()
    }

    fn collect(
        &mut self,
        publisher: Option<SessionKey>,
        readiness: &impl Fn(SessionKey) -> Readiness,
        targets: &mut Targets,
    ) {
        for (session, options) in &self.members {
            if !(options.no_local && publisher == Some(*session)) {
                targets.add(*session, options);
            }
        }
        for group in &mut self.groups {
            if let Some((session, options)) = group.choose(readiness) {
                targets.add(session, &options);
            }
        }
    }
}

/// Takes `session` out of `members`; returns where it was.
fn leave(members: &mut Vec<(SessionKey, Options)>, session: SessionKey) -> Option<usize> {
    let at = members.iter().position(|(member, _)| *member == session)?;
    members.remove(at);
    Some(at)
}

impl Group {
    /// Takes `session` out; returns how many are left if it was in.
    fn leave(&mut self, session: SessionKey) -> Option<usize> {
        let at = leave(&mut self.members, session)?;
        // Whose turn it is stays.
        if at < self.turn {
            self.turn -= 1;
        }
        Some(self.members.len())
    }

    fn choose(
        &mut self,
        readiness: impl Fn(SessionKey) -> Readiness,
    ) -> Option<(SessionKey, Options)> {
        let count = self.members.len();
        let order = (0..count).map(|step| (self.turn + step) % count);
        let find = |wanted| order.clone().find(|at| readiness(self.members[*at].0) == wanted);
        let chosen = find(Readiness::Ready)
            .or_else(|| find(Readiness::Behind))
            .or_else(|| order.clone().next())?;
        self.turn = chosen + 1;
        self.members.get(chosen).copied()
    }
}

impl Targets {
    fn begin(&mut self) {
        self.list.clear();
        self.round += 1;
    }

    fn add(&mut self, session: SessionKey, options: &Options) {
        let index = session.index();
        if self.seen.len() <= index {
            self.seen.resize(index + 1, (0, 0));
        }
        let (round, position) = self.seen[index];
        if round == self.round {
            let target = &mut self.list[position];
            target.qos = target.qos.max(options.qos);
            target.retain_as_published |= options.retain_as_published;
            target.identifiers.extend(options.identifier);
        } else {
            self.seen[index] = (self.round, self.list.len());
            self.list.push(Target {
                session,
                qos: options.qos,
                retain_as_published: options.retain_as_published,
                identifiers: options.identifier.into_iter().collect(),
            });
        }
    }

    /// Empties the list.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Target> + '_ {
        self.list.drain(..)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wire::packet::RetainHandling;

    use super::*;

    const PLAIN: Options = Options {
        qos: QoS::AtMostOnce,
        no_local: false,
        retain_as_published: false,
        retain_handling: RetainHandling::Send,
        identifier: None,
    };

    fn filter(text: &str) -> TopicFilter {
        text.parse().unwrap()
    }

    fn find(subscriptions: &mut Subscriptions, topic: &str) -> Vec<SessionKey> {
        let mut targets = Targets::default();
        subscriptions.find(topic, None, |_| Readiness::Ready, &mut targets);
        let mut sessions: Vec<_> = targets.drain().map(|target| target.session).collect();
        sessions.sort_unstable();
        sessions
    }

    #[test]
    fn overlapping_subscriptions_become_one_copy_with_the_highest_qos_and_all_identifiers() {
        let mut subscriptions = Subscriptions::new();
        let me = SessionKey::new(3);
        let low = Options { identifier: Some(7), ..PLAIN };
        let high = Options { qos: QoS::ExactlyOnce, identifier: Some(9), ..PLAIN };
        subscriptions.insert(&filter("a/+"), me, low);
        subscriptions.insert(&filter("a/#"), me, high);
        let mut targets = Targets::default();

        subscriptions.find("a/b", None, |_| Readiness::Ready, &mut targets);

        let mut found: Vec<_> = targets.drain().collect();
        found[0].identifiers.sort_unstable();
        let expected = Target {
            session: me,
            qos: QoS::ExactlyOnce,
            retain_as_published: false,
            identifiers: vec![7, 9],
        };
        assert_eq!(found, [expected]);
    }

    #[test]
    fn a_shared_group_takes_turns_and_skips_who_is_offline() {
        let mut subscriptions = Subscriptions::new();
        for member in 0..3 {
            subscriptions.insert(&filter("$share/g/a"), SessionKey::new(member), PLAIN);
        }
        let mut chosen = Vec::new();

        for _ in 0..4 {
            let mut targets = Targets::default();
            let readiness = |key: SessionKey| {
                if key == SessionKey::new(1) { Readiness::Away } else { Readiness::Ready }
            };
            subscriptions.find("a", None, readiness, &mut targets);
            chosen.extend(targets.drain().map(|target| target.session.index()));
        }

        assert_eq!(chosen, [0, 2, 0, 2]);
    }

    #[test]
    fn removing_the_last_subscription_leaves_an_empty_trie() {
        let mut subscriptions = Subscriptions::new();
        let deep = format!("a{}", "/".repeat(60_000));
        let all = ["a/b/c", "a/+/c", "a/#", "$share/g/a/b", &deep];

        for text in all {
            subscriptions.insert(&filter(text), SessionKey::new(1), PLAIN);
        }
        for text in all {
            subscriptions.remove(&filter(text), SessionKey::new(1));
        }

        assert!(subscriptions.nodes[ROOT].is_empty());
        assert!(subscriptions.by_filter.is_empty());
        assert_eq!((subscriptions.count(), subscriptions.shared_count()), (0, 0));
        assert_eq!(subscriptions.free.len() + 1, subscriptions.nodes.len());
    }

    fn level() -> impl Strategy<Value = String> {
        prop_oneof![Just("a"), Just("b"), Just(""), Just("$x")].prop_map(String::from)
    }

    fn any_topic() -> impl Strategy<Value = String> {
        prop::collection::vec(level(), 1..4)
            .prop_map(|levels| levels.join("/"))
            .prop_filter("a topic is not empty", |topic| !topic.is_empty())
    }

    fn any_filter() -> impl Strategy<Value = String> {
        let inner = prop_oneof![level(), Just("+".to_owned())];
        (prop::collection::vec(inner, 0..4), any::<bool>())
            .prop_map(|(mut levels, multi)| {
                if multi {
                    levels.push("#".into());
                }
                levels.join("/")
            })
            .prop_filter("a filter is not empty", |filter| !filter.is_empty())
    }

    proptest! {
        #[test]
        fn the_trie_finds_exactly_the_filters_that_match(
            filters in prop::collection::vec(any_filter(), 1..12),
            removed in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
            topic in any_topic(),
        ) {
            let mut subscriptions = Subscriptions::new();
            let mut held: HashMap<usize, TopicFilter> = HashMap::new();
            for (index, text) in filters.iter().enumerate() {
                subscriptions.insert(&filter(text), SessionKey::new(index), PLAIN);
                held.insert(index, filter(text));
            }
            for index in removed {
                let index = index.index(filters.len());
                subscriptions.remove(&filter(&filters[index]), SessionKey::new(index));
                held.remove(&index);
            }

            let found = find(&mut subscriptions, &topic);

            let mut expected: Vec<_> = held
                .iter()
                .filter(|(_, filter)| filter.matches(&topic))
                .map(|(index, _)| SessionKey::new(*index))
                .collect();
            expected.sort_unstable();
            prop_assert_eq!(found, expected);
        }
    }
}
