//! How many tests passed and failed, read from what test programs print.

use std::ops::Add;

/// Tests that passed and tests that failed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
}

impl Tally {
    /// What one line of output adds; nothing when it is not a summary.
    ///
    /// Known are cargo-nextest, `cargo test`, vitest and node's own test runner.
    pub(crate) fn of_line(line: &str) -> Self {
        let line = without_colour(line);
        let line = line.trim();
        if let Some((_, counts)) =
            line.strip_prefix("Summary [").and_then(|rest| rest.split_once(" run:"))
        {
            return counted(counts.split(','));
        }
        if let Some(counts) = line.strip_prefix("test result:") {
            return counted(counts.split(['.', ';']));
        }
        if let Some(counts) = line.strip_prefix("Tests ") {
            return counted(counts.split('|'));
        }
        let node = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ "));
        match node.and_then(|rest| rest.split_once(' ')) {
            Some(("pass", count)) => Self { passed: count.parse().unwrap_or(0), failed: 0 },
            Some(("fail", count)) => Self { passed: 0, failed: count.parse().unwrap_or(0) },
            _ => Self::default(),
        }
    }
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

/// Adds up parts such as `11 passed (2 slow)`.
fn counted<'a>(parts: impl Iterator<Item = &'a str>) -> Tally {
    let mut tally = Tally::default();
    for part in parts {
        let mut words = part.split_whitespace();
        let Some(count) = words.next().and_then(|word| word.parse::<u32>().ok()) else { continue };
        match words.next() {
            Some("passed") => tally.passed += count,
            Some("failed" | "exec" | "timed") => tally.failed += count,
            _ => {}
        }
    }
    tally
}

fn without_colour(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            characters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(character);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: u32, failed: u32) -> Tally {
        Tally { passed, failed }
    }

    #[test]
    fn nextest_summary_is_counted_with_its_colours() {
        let line = "\u{1b}[31;1m     Summary\u{1b}[0m [   0.123s] \u{1b}[1m13\u{1b}[0m tests run: 10 passed (1 slow), 2 failed, 1 timed out, 4 skipped";

        assert_eq!(Tally::of_line(line), tally(10, 3));
    }

    #[test]
    fn cargo_test_summary_is_counted() {
        let line = "test result: FAILED. 5 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s";

        assert_eq!(Tally::of_line(line), tally(5, 2));
    }

    #[test]
    fn vitest_counts_tests_and_not_files() {
        assert_eq!(Tally::of_line("      Tests  1 failed | 11 passed (12)"), tally(11, 1));
        assert_eq!(Tally::of_line(" Test Files  3 passed (3)"), tally(0, 0));
    }

    #[test]
    fn node_test_runner_is_counted() {
        assert_eq!(Tally::of_line("ℹ pass 7"), tally(7, 0));
        assert_eq!(Tally::of_line("# fail 2"), tally(0, 2));
    }

    #[test]
    fn other_lines_count_nothing() {
        for line in
            ["running 12 tests", "test a_passed ... ok", "", "# tests 4", "ℹ duration_ms 12"]
        {
            assert_eq!(Tally::of_line(line), tally(0, 0), "{line}");
        }
    }
}
