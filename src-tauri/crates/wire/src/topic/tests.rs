use proptest::{collection::vec, prelude::*, sample::select};

use super::{TopicError, TopicFilter, TopicName};

fn filter(text: &str) -> TopicFilter {
    text.parse().unwrap()
}

#[test]
fn filters_match_as_the_specification_says() {
    for (wanted, topic, is_match) in [
        // §4.7.1.2
        ("sport/tennis/player1/#", "sport/tennis/player1", true),
        ("sport/tennis/player1/#", "sport/tennis/player1/ranking", true),
        ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true),
        ("sport/#", "sport", true),
        ("#", "sport/tennis", true),
        ("#", "/", true),
        // §4.7.1.3
        ("sport/tennis/+", "sport/tennis/player1", true),
        ("sport/tennis/+", "sport/tennis/player1/ranking", false),
        ("sport/+", "sport", false),
        ("sport/+", "sport/", true),
        ("+/+", "/finance", true),
        ("/+", "/finance", true),
        ("+", "/finance", false),
        // §4.7.2
        ("#", "$SYS/broker", false),
        ("+/monitor/Clients", "$SYS/monitor/Clients", false),
        ("+", "$SYS", false),
        ("$SYS/#", "$SYS/monitor/Clients", true),
        ("$SYS/#", "$SYS", true),
        ("$SYS/monitor/+", "$SYS/monitor/Clients", true),
        // §4.7.3
        ("accounts", "ACCOUNTS", false),
        ("finance", "/finance", false),
        ("/finance", "finance", false),
        ("a", "a/b", false),
        ("a/b", "a", false),
        ("a//b", "a//b", true),
        ("a/+/b", "a//b", true),
        // §4.8.2
        ("$share/group/sport/#", "sport/tennis", true),
        ("$share/group/#", "$SYS/broker", false),
        ("$share/group//finance", "/finance", true),
        ("$share/group/a", "$share/group/a", false),
    ] {
        assert_eq!(filter(wanted).matches(topic), is_match, "{wanted} against {topic}");
    }
}

#[test]
fn filters_with_a_misplaced_wildcard_are_refused_with_the_level() {
    for (text, level) in [
        ("sport/tennis#", "tennis#"),
        ("sport/tennis/#/ranking", "#"),
        ("sport+", "sport+"),
        ("a/+b/c", "+b"),
        ("##", "##"),
        ("++", "++"),
        ("#/", "#"),
        ("$share/g/a#", "a#"),
        ("$share/g/#/a", "#"),
    ] {
        let error = text.parse::<TopicFilter>().unwrap_err();

        assert_eq!(error, TopicError::MisplacedWildcard { level: level.into() }, "{text}");
    }
}

#[test]
fn a_shared_subscription_needs_a_group_and_a_filter() {
    for (text, expected) in [
        ("$share/", TopicError::ShareWithoutFilter),
        ("$share/group", TopicError::ShareWithoutFilter),
        ("$share/group/", TopicError::ShareWithoutFilter),
        ("$share//a", TopicError::ShareName),
        ("$share/+/a", TopicError::ShareName),
        ("$share/g#/a", TopicError::ShareName),
    ] {
        assert_eq!(text.parse::<TopicFilter>(), Err(expected), "{text}");
    }
}

#[test]
fn a_shared_subscription_tells_group_and_filter() {
    let shared = filter("$share/group/a/+/b");
    let shared = shared.shared().unwrap();

    assert_eq!((shared.group, shared.filter), ("group", "a/+/b"));
    assert_eq!(filter("$share").shared(), None);
    assert_eq!(filter("$shared/group/a").shared(), None);
}

#[test]
fn texts_that_are_no_topic_are_refused_with_the_place() {
    for (text, expected) in [
        ("", TopicError::Empty),
        ("a\0b", TopicError::NullCharacter { at: 1 }),
        ("a/+", TopicError::WildcardInName { at: 2 }),
        ("#", TopicError::WildcardInName { at: 0 }),
        ("温/度#", TopicError::WildcardInName { at: 7 }),
    ] {
        assert_eq!(text.parse::<TopicName>(), Err(expected), "{text:?}");
    }
    assert_eq!("".parse::<TopicFilter>(), Err(TopicError::Empty));
    assert_eq!("a\0".parse::<TopicFilter>(), Err(TopicError::NullCharacter { at: 1 }));
}

#[test]
fn the_length_limit_counts_bytes() {
    let longest = "é".repeat(32_767) + "x";
    let too_long = "é".repeat(32_768);

    assert!(longest.parse::<TopicName>().is_ok());
    assert!(longest.parse::<TopicFilter>().is_ok());
    assert_eq!(too_long.parse::<TopicName>(), Err(TopicError::TooLong { bytes: 65_536 }));
    assert_eq!(too_long.parse::<TopicFilter>(), Err(TopicError::TooLong { bytes: 65_536 }));
}

#[test]
fn odd_but_valid_topics_are_kept_as_they_are() {
    for text in [" ", "/", "//", "a b/ c", "\u{FEFF}a", "\u{1}", "$SYS", "🌡/°C", "$share/g/a"] {
        assert_eq!(text.parse::<TopicName>().unwrap().as_str(), text);
    }
}

#[test]
fn a_filter_of_65400_slashes_is_parsed_and_matched_without_depth() {
    let slashes = "/".repeat(65_400);

    assert!(filter(&slashes).matches(&slashes));
    assert!(filter(&format!("{slashes}#")).matches(&slashes));
    assert!(!filter(&slashes).matches(&slashes[1..]));
    assert!(filter(&vec!["+"; 32_000].join("/")).matches(&"/".repeat(31_999)));
}

/// §4.7 word for word: levels one by one, from the front.
fn matches_naively(filter: &[&str], topic: &[&str]) -> bool {
    match (filter, topic) {
        (["#"], _) | ([], []) => true,
        (["+", filter @ ..], [_, topic @ ..]) => matches_naively(filter, topic),
        ([wanted, filter @ ..], [given, topic @ ..]) => {
            wanted == given && matches_naively(filter, topic)
        }
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 5000,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1883),
        ..ProptestConfig::default()
    })]

    #[test]
    fn matching_agrees_with_the_specification_word_for_word(
        wanted in vec(select(&["a", "", "b", "+", "$s"][..]), 1..5),
        is_open in any::<bool>(),
        given in vec(select(&["a", "", "b", "$s"][..]), 1..6),
    ) {
        let mut wanted = wanted;
        if is_open {
            wanted.push("#");
        }
        let (text, topic) = (wanted.join("/"), given.join("/"));
        if text.is_empty() || topic.is_empty() {
            return Ok(());
        }
        let is_hidden = given[0].starts_with('$') && matches!(wanted[0], "+" | "#");

        prop_assert_eq!(
            filter(&text).matches(&topic),
            matches_naively(&wanted, &given) && !is_hidden
        );
    }

    #[test]
    fn any_text_is_parsed_or_refused_and_kept_unchanged(text in "\\PC{0,12}|[a/+#$\\x00]{0,8}") {
        if let Ok(name) = text.parse::<TopicName>() {
            prop_assert_eq!(name.as_str(), &text);
            // What can be published to can be subscribed to, but for the share syntax.
            prop_assert!(text.parse::<TopicFilter>().is_ok() || text.starts_with("$share/"));
        }
        if let Ok(filter) = text.parse::<TopicFilter>() {
            prop_assert_eq!(filter.as_str(), &text);
        }
    }
}
