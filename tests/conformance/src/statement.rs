//! The normative statements of the specifications, in our words, and what shows that they hold.

use std::{collections::BTreeMap, fs, path::Path};

use crate::case::{Case, Mistake, Version};

/// A numbered statement of a specification (5.0 appendix B, 3.1.1 appendix B).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Statement {
    /// Its number, e.g. `MQTT-3.1.0-2`.
    pub number: String,
    /// What it says.
    pub meaning: String,
    /// Why no case can show that a broker keeps it.
    pub not_testable: Option<String>,
}

/// Reads the statements of a version.
///
/// # Errors
///
/// The first mistake, with its line.
pub(crate) fn read(root: &Path, version: Version) -> Result<Vec<Statement>, Mistake> {
    let path = root.join(format!("{}.txt", version.folder()));
    let text = fs::read_to_string(&path)
        .map_err(|error| Mistake::new(format!("{}: {error}", path.display())))?;
    parse(&text)
}

/// Two lines for a statement at most: `[MQTT-3.1.0-1] what it says` and, indented,
/// `not testable: why`.
fn parse(text: &str) -> Result<Vec<Statement>, Mistake> {
    let mut statements: Vec<Statement> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let at = |what: &str| Mistake::new(format!("line {}: {what}", index + 1));
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(why) = line.trim().strip_prefix("not testable: ") {
            let last = statements.last_mut().ok_or_else(|| at("a reason without a statement"))?;
            last.not_testable = Some(why.to_owned());
            continue;
        }
        let (number, meaning) = line
            .strip_prefix('[')
            .and_then(|line| line.split_once("] "))
            .ok_or_else(|| at("a statement begins with its number in brackets"))?;
        if statements.iter().any(|known| known.number == number) {
            return Err(at("this number was there already"));
        }
        let (number, meaning) = (number.to_owned(), meaning.to_owned());
        statements.push(Statement { number, meaning, not_testable: None });
    }
    Ok(statements)
}

/// The names of the cases of `version` by the statement they show.
pub fn coverage<'a>(
    cases: impl IntoIterator<Item = &'a Case>,
    version: Version,
) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut covered: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for case in cases.into_iter().filter(|case| case.version == version) {
        for number in &case.statements {
            covered.entry(number).or_default().push(&case.name);
        }
    }
    covered
}

/// What is wrong between statements and cases: one sentence each.
pub fn gaps(statements: &[Statement], covered: &BTreeMap<&str, Vec<&str>>) -> Vec<String> {
    let mut gaps = Vec::new();
    for statement in statements {
        let number = &statement.number;
        match (covered.get(&**number), &statement.not_testable) {
            (None, None) => gaps.push(format!("[{number}] has neither a case nor a reason")),
            (Some(cases), Some(_)) => {
                gaps.push(format!("[{number}] is said not to be testable, but see {}", cases[0]));
            }
            _ => {}
        }
    }
    for (number, cases) in covered {
        if !statements.iter().any(|statement| statement.number == *number) {
            gaps.push(format!("{} names [{number}], which is not in the list", cases[0]));
        }
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_found_both_ways() {
        let text =
            "# Title\n[MQTT-1] One.\n[MQTT-2] Two.\n  not testable: inside\n[MQTT-3] Three.\n";
        let statements = parse(text).unwrap();
        let covered = BTreeMap::from([
            ("MQTT-2", vec!["two"]),
            ("MQTT-4", vec!["four"]),
            ("MQTT-3", vec!["x"]),
        ]);

        let expected = [
            "[MQTT-1] has neither a case nor a reason",
            "[MQTT-2] is said not to be testable, but see two",
            "four names [MQTT-4], which is not in the list",
        ];
        assert_eq!(gaps(&statements, &covered), expected);
    }
}
