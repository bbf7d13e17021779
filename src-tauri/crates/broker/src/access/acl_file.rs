//! Access rules in a file: a JSON array of [`AclRule`]s.

use super::rule::{AclRule, AclRuleError};

/// Why a file is no access control list; entries count from 0.
#[derive(Debug, thiserror::Error)]
pub enum AclFileError {
    /// It is not a JSON array.
    #[error("not a JSON array of rules: {0}")]
    NoList(serde_json::Error),
    /// An entry has not the form of a rule.
    #[error("rule {}: {problem}", index + 1)]
    NoRule {
        /// Which one.
        index: usize,
        /// What is wrong.
        problem: serde_json::Error,
    },
    /// An entry is a rule that means nothing.
    #[error("rule {}: {problem}", index + 1)]
    Meaningless {
        /// Which one.
        index: usize,
        /// Why.
        problem: AclRuleError,
    },
}

/// Reads the text of a file.
///
/// # Errors
///
/// The first entry that is not a rule, and why.
pub fn parse_acl(text: &str) -> Result<Vec<AclRule>, AclFileError> {
    let entries: Vec<serde_json::Value> =
        serde_json::from_str(text).map_err(AclFileError::NoList)?;
    let read = |(index, entry)| {
        let rule: AclRule = serde_json::from_value(entry)
            .map_err(|problem| AclFileError::NoRule { index, problem })?;
        rule.check().map_err(|problem| AclFileError::Meaningless { index, problem })?;
        Ok(rule)
    };
    entries.into_iter().enumerate().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"who": {"kind": "user", "name": "ada"}, "effect": "allow",
        "publish": true, "subscribe": true, "receive": false, "topics": "home/%u/#"}"#;

    #[test]
    fn a_file_is_a_list_of_rules() {
        let rules = parse_acl(&format!("[{GOOD}, {GOOD}]")).unwrap();

        assert_eq!((rules.len(), rules[1].topics.as_str()), (2, "home/%u/#"));
        assert!(parse_acl("[]").unwrap().is_empty());
    }

    #[test]
    fn the_entry_that_is_wrong_is_named() {
        let error = |text: &str| parse_acl(text).unwrap_err().to_string();
        let second = |entry: &str| error(&format!("[{GOOD}, {entry}]"));

        assert!(error("{}").starts_with("not a JSON array of rules: "));
        assert!(error("[").starts_with("not a JSON array of rules: "));
        assert!(second("7").starts_with("rule 2: "));
        assert!(second(&GOOD.replace("effect", "efect")).starts_with("rule 2: unknown field"));
        assert!(second(&GOOD.replace("user", "robot")).starts_with("rule 2: unknown variant"));
        let wildcard = second(&GOOD.replace("%u/#", "#/%u"));
        assert!(wildcard.starts_with("rule 2: `home/#/%u` is not a topic filter"), "{wildcard}");
    }
}
