//! Topic names and topic filters (MQTT 5.0 §4.7), parsed once at the edge and valid ever after.

use std::{fmt, str::FromStr, sync::Arc};

/// A valid topic name: what a message is published to. Cheap to clone.
///
/// # Invariants
///
/// * 1 to 65,535 bytes of UTF-8 without U+0000, `+` or `#`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TopicName(Arc<str>);

/// A valid topic filter, e.g. `plant/+/temperature`, `plant/#` or `$share/group/plant/#`.
///
/// # Invariants
///
/// * 1 to 65,535 bytes of UTF-8 without U+0000.
/// * `#` is the whole last level; `+` is a whole level.
/// * A `$share` filter has a group without wildcards and a filter that is not empty.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TopicFilter(Arc<str>);

/// The parts of a `$share/group/filter` (§4.8.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SharedFilter<'a> {
    /// The share name.
    pub group: &'a str,
    /// The filter messages are matched with.
    pub filter: &'a str,
}

impl TopicName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The shared text.
    pub fn to_shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

impl TopicFilter {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Group and filter when this is a shared subscription.
    pub fn shared(&self) -> Option<SharedFilter<'_>> {
        let (group, filter) = self.0.strip_prefix("$share/")?.split_once('/')?;
        Some(SharedFilter { group, filter })
    }

    /// Whether a message published to `topic` matches (§4.7.1, §4.7.2: a wildcard at the start
    /// does not match a topic that begins with `$`). A shared filter matches by its inner filter.
    pub fn matches(&self, topic: &str) -> bool {
        matches(self.shared().map_or(&*self.0, |shared| shared.filter), topic)
    }
}

/// Matches a bare filter, known to be valid, against a topic.
fn matches(filter: &str, topic: &str) -> bool {
    if topic.starts_with('$') && filter.starts_with(['#', '+']) {
        return false;
    }
    let mut topic_levels = topic.split('/');
    for level in filter.split('/') {
        match (level, topic_levels.next()) {
            ("#", _) => return true,
            ("+", Some(_)) => {}
            (wanted, Some(given)) if wanted == given => {}
            _ => return false,
        }
    }
    topic_levels.next().is_none()
}

impl FromStr for TopicName {
    type Err = TopicError;

    fn from_str(input: &str) -> Result<Self, Self::Err> {
        // One pass without a branch per byte: this runs for every message.
        let is_suspicious =
            input.bytes().fold(false, |found, byte| found | matches!(byte, 0 | b'+' | b'#'));
        if is_suspicious || input.is_empty() || input.len() > MAX_BYTES {
            check_text(input)?;
            if let Some(at) = input.find(['+', '#']) {
                return Err(TopicError::WildcardInName { at });
            }
        }
        Ok(Self(input.into()))
    }
}

impl FromStr for TopicFilter {
    type Err = TopicError;

    fn from_str(input: &str) -> Result<Self, Self::Err> {
        check_text(input)?;
        let bare = match input.strip_prefix("$share/") {
            None => input,
            Some(rest) => {
                let (group, filter) = rest.split_once('/').ok_or(TopicError::ShareWithoutFilter)?;
                if group.is_empty() || group.contains(['+', '#']) {
                    return Err(TopicError::ShareName);
                }
                if filter.is_empty() {
                    return Err(TopicError::ShareWithoutFilter);
                }
                filter
            }
        };
        let mut levels = bare.split('/').peekable();
        while let Some(level) = levels.next() {
            let is_last = levels.peek().is_none();
            let misplaced = match level {
                "#" => !is_last,
                "+" => false,
                _ => level.contains(['#', '+']),
            };
            if misplaced {
                return Err(TopicError::MisplacedWildcard { level: level.into() });
            }
        }
        Ok(Self(input.into()))
    }
}

/// §4.7.3.
const MAX_BYTES: usize = 65_535;

fn check_text(input: &str) -> Result<(), TopicError> {
    if input.is_empty() {
        return Err(TopicError::Empty);
    }
    if input.len() > MAX_BYTES {
        return Err(TopicError::TooLong { bytes: input.len() });
    }
    if let Some(at) = input.find('\0') {
        return Err(TopicError::NullCharacter { at });
    }
    Ok(())
}

impl fmt::Display for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for TopicFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is not a topic name or filter.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TopicError {
    /// §4.7.3: at least one character.
    #[error("it cannot be empty")]
    Empty,
    /// §4.7.3: at most 65,535 bytes.
    #[error("it has {bytes} bytes, more than the 65,535 MQTT allows")]
    TooLong {
        /// Its length in UTF-8.
        bytes: usize,
    },
    /// §4.7.3: no U+0000.
    #[error("it contains the null character at byte {at}")]
    NullCharacter {
        /// Byte offset.
        at: usize,
    },
    /// §4.7.1: no wildcard in a topic name.
    #[error("a topic to publish to cannot contain a wildcard (byte {at})")]
    WildcardInName {
        /// Byte offset.
        at: usize,
    },
    /// §4.7.1: `#` only as the last level, `+` only as a whole level.
    #[error("the wildcard is not allowed in level `{level}`")]
    MisplacedWildcard {
        /// The level it stands in.
        level: Box<str>,
    },
    /// §4.8.2: `$share/{name}/{filter}`.
    #[error("a shared subscription is written $share/group/filter")]
    ShareWithoutFilter,
    /// §4.8.2: a share name is not empty and has no wildcard.
    #[error("the group of a shared subscription cannot be empty or contain a wildcard")]
    ShareName,
}

#[cfg(test)]
mod tests;
