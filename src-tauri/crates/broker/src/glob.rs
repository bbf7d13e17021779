//! Patterns for client identifiers: `*` stands for any text and `?` for one character.

/// Whether `text` fits `pattern` as a whole. Takes at most the product of their lengths in steps.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // Where to go on when what follows the last `*` did not fit: let it stand for one more.
    let mut retry = None;
    loop {
        let before = (pattern.clone(), text.clone());
        match (pattern.next(), text.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                text = before.1;
                retry = Some((pattern.clone(), text.clone()));
            }
            (Some(wanted), Some(given)) if wanted == '?' || wanted == given => {}
            _ => {
                let Some((after_star, rest)) = &mut retry else { return false };
                if rest.next().is_none() {
                    return false;
                }
                (pattern, text) = (after_star.clone(), rest.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_is_any_text_and_a_question_mark_one_character() {
        let fitting =
            [("", ""), ("*", ""), ("*", "ab"), ("a*c", "abbc"), ("?b", "äb"), ("**a", "a")];
        let others = [("", "a"), ("a", ""), ("?", ""), ("a*c", "acb"), ("a?", "a"), ("A", "a")];

        assert!(fitting.iter().all(|(pattern, text)| fits(pattern, text)));
        assert!(!others.iter().any(|(pattern, text)| fits(pattern, text)));
    }

    #[test]
    fn a_pattern_of_many_stars_is_judged_in_no_time() {
        let text = "a".repeat(20_000);

        assert!(!fits(&format!("{}b", "*a".repeat(500)), &text));
    }
}
