//! The page `src-tauri/docs/conformance.md`, made from statements and cases.

use std::{collections::BTreeSet, fmt::Write};

use crate::{Suite, case::Version, statement};

/// The page.
pub fn page(suite: &Suite) -> String {
    let mut page = String::from(INTRODUCTION);
    for version in [Version::V5, Version::V311] {
        let statements = suite.statements(version);
        let covered = statement::coverage(suite.cases(), version);
        let shown = statements.iter().filter(|one| covered.contains_key(&*one.number)).count();
        let title = match version {
            Version::V5 => "MQTT 5.0",
            _ => "MQTT 3.1.1",
        };
        let cases = suite.cases().filter(|case| case.version == version).count();
        let _ = write!(
            page,
            "\n## {title}\n\n{cases} cases; {} statements, {shown} of them shown by cases.\n\n\
            | statement | what it says | shown by |\n|---|---|---|\n",
            statements.len()
        );
        for one in statements {
            let by = match (covered.get(&*one.number), &one.not_testable) {
                (Some(cases), _) => names(cases),
                (None, Some(why)) => format!("*not testable from outside:* {why}"),
                (None, None) => "**nothing yet**".to_owned(),
            };
            let _ =
                writeln!(page, "| {} | {} | {by} |", one.number, one.meaning.replace('|', "\\|"));
        }
    }
    let old = suite.cases().filter(|case| case.version == Version::V31).count();
    let _ = write!(
        page,
        "\n## MQTT 3.1\n\nIts specification has no numbered statements; {old} cases in \
        `cases/v3.1` show where it differs from 3.1.1.\n\n{MOSQUITTO}"
    );
    for difference in suite.differences() {
        let _ = writeln!(page, "| `{}` | {} |", difference.case, difference.decision);
    }
    page
}

fn names(cases: &[&str]) -> String {
    /// A row is for reading; the rest is found by searching for the number.
    const MOST: usize = 4;
    let mut seen = BTreeSet::new();
    let mut names: Vec<String> = cases
        .iter()
        .filter(|name| seen.insert(**name))
        .map(|name| format!("`{}`", name.split_once('/').map_or(*name, |(_, name)| name)))
        .collect();
    if names.len() > MOST {
        let more = names.len() - MOST;
        names.truncate(MOST);
        names.push(format!("and {more} more"));
    }
    names.join(", ")
}

const INTRODUCTION: &str = "\
# Conformance

<!-- Written by `cargo xtask conformance --table`; a test fails when it is out of date. -->

What the specifications ask of a server, statement by statement (their appendix B), in our words, and the
cases in `tests/conformance/cases` that show it. `tests/conformance/README.md` says how a case is written.
`cargo xtask conformance --target HOST:PORT` plays them against any broker.
";

const MOSQUITTO: &str = "\
## Where Mosquitto differs

Cases that Mosquitto 2.0.11 (Debian 12) fails, and what the specification decides.

| case | decision |
|---|---|
";
