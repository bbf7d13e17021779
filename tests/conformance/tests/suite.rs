//! The cases against our own broker, one test a file, and the lists that belong to them.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::{env, fs};

use conformance::{
    Chapter, Outcome, Suite, Version, chapter_names, coverage, gaps, page, play_own, root,
};

macro_rules! chapters {
    ($($test:ident => $name:literal,)*) => {
        const CHAPTERS: &[&str] = &[$($name),*];
        $(
            #[test]
            fn $test() {
                play($name);
            }
        )*
    };
}

chapters! {
    v5_data_types => "v5/1-data-types",
    v5_packet_format => "v5/2-packet-format",
    v5_connect => "v5/3.01-connect",
    v5_sessions => "v5/3.01-sessions",
    v5_wills => "v5/3.01-wills",
    v5_connack => "v5/3.02-connack",
    v5_publish => "v5/3.03-publish",
    v5_retained => "v5/3.03-retained",
    v5_acknowledgements => "v5/3.04-acknowledgements",
    v5_subscribe => "v5/3.08-subscribe",
    v5_unsubscribe => "v5/3.10-unsubscribe",
    v5_disconnect_and_auth => "v5/3.14-disconnect-auth",
    v5_delivery => "v5/4.3-delivery",
    v5_topics => "v5/4.7-topics",
    v311_connect => "v3.1.1/3.1-connect",
    v311_sessions_and_wills => "v3.1.1/3.1-sessions-wills",
    v311_publish => "v3.1.1/3.3-publish",
    v311_subscribe => "v3.1.1/3.8-subscribe",
    v31 => "v3.1/mqisdp",
}

fn play(name: &str) {
    let chapter = Chapter::read(&root().join("cases"), name).unwrap();
    let failed: Vec<String> = chapter
        .cases
        .iter()
        .filter_map(|case| match play_own(case) {
            Outcome::Passed => None,
            Outcome::Failed(why) | Outcome::NotRun(why) => {
                Some(format!("{}\n    {why}", case.name))
            }
        })
        .collect();
    assert!(
        failed.is_empty(),
        "{} of {} cases fail:\n  {}",
        failed.len(),
        chapter.cases.len(),
        failed.join("\n  ")
    );
}

#[test]
fn every_file_of_cases_is_played() {
    assert_eq!(chapter_names().unwrap(), CHAPTERS);
}

#[test]
fn every_statement_has_a_case_or_a_reason() {
    let suite = Suite::read().unwrap();

    for version in [Version::V5, Version::V311] {
        let gaps = gaps(suite.statements(version), &coverage(suite.cases(), version));
        assert!(gaps.is_empty(), "{} gaps:\n{}", gaps.len(), gaps.join("\n"));
    }
}

#[test]
fn the_page_is_current() {
    let path = root().join("../../src-tauri/docs/conformance.md");
    let page = page(&Suite::read().unwrap());
    if env::var_os("UPDATE_CONFORMANCE").is_some() {
        fs::write(&path, &page).unwrap();
    }

    let written = fs::read_to_string(&path).unwrap_or_default();

    assert!(written == page, "run `cargo xtask conformance --table`");
}
