//! Which topic filters lie within which.

/// Whether `outer` matches every topic that `inner` matches; both are valid filters without
/// `$share`. Wildcards at the start match no topic that begins with `$` (§4.7.2).
pub(super) fn covers(outer: &str, inner: &str) -> bool {
    if inner.starts_with('$') && outer.starts_with(['#', '+']) {
        return false;
    }
    // Every topic has a first level, so these two match the same.
    if (outer, inner) == ("+/#", "#") {
        return true;
    }
    let mut inner_levels = inner.split('/');
    for level in outer.split('/') {
        match (level, inner_levels.next()) {
            // It matches the level above it as well (§4.7.1.2).
            ("#", _) => return true,
            (_, None | Some("#")) => return false,
            ("+", Some(_)) => {}
            (outer, Some(inner)) if outer == inner => {}
            _ => return false,
        }
    }
    inner_levels.next().is_none()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wire::TopicFilter;

    use super::covers;

    #[test]
    fn a_filter_covers_what_lies_within_it() {
        let within = [
            ("a/#", "a/+"),
            ("a/#", "a"),
            ("a/#", "a/#"),
            ("a/#", "a/b/c"),
            ("+", "a"),
            ("+/b", "+/b"),
            ("#", "+/+"),
            ("+/#", "#"),
            ("$SYS/#", "$SYS/a/+"),
        ];
        let beyond = [
            ("a/b", "a/+"),
            ("a/+", "a/#"),
            ("a/+", "a"),
            ("+/+/#", "#"),
            ("#", "$SYS/a"),
            ("+/a", "$SYS/a"),
            ("a/b/#", "a/#"),
            ("a", "a/b"),
        ];

        assert!(within.iter().all(|(outer, inner)| covers(outer, inner)));
        assert!(!beyond.iter().any(|(outer, inner)| covers(outer, inner)));
    }

    const LEVELS: [&str; 4] = ["a", "b", "", "$x"];

    fn any_filter() -> impl Strategy<Value = String> {
        let level = prop::sample::select(["a", "b", "", "$x", "+"].as_slice());
        (prop::collection::vec(level, 0..4), any::<bool>())
            .prop_map(|(mut levels, is_open)| {
                levels.extend(is_open.then_some("#"));
                levels.join("/")
            })
            .prop_filter("a filter is not empty", |filter| !filter.is_empty())
    }

    /// Every topic of up to five of the levels.
    fn all_topics() -> Vec<String> {
        let mut topics: Vec<String> = LEVELS.map(String::from).into();
        let mut longest = topics.clone();
        for _ in 1..5 {
            longest = longest
                .iter()
                .flat_map(|start| LEVELS.map(|level| format!("{start}/{level}")))
                .collect();
            topics.extend(longest.iter().cloned());
        }
        topics.retain(|topic| !topic.is_empty());
        topics
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn a_covered_filter_matches_no_topic_that_the_covering_one_does_not(
            outer in any_filter(),
            inner in any_filter(),
        ) {
            let [wide, narrow] =
                [&outer, &inner].map(|text| text.parse::<TopicFilter>().unwrap());
            let stays_within = all_topics()
                .iter()
                .all(|topic| !narrow.matches(topic) || wide.matches(topic));

            if covers(&outer, &inner) {
                prop_assert!(stays_within);
            }
        }
    }
}
