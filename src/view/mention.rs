//! Where a text speaks of somebody by name.

use std::ops::Range;

/// The places of `nick` in `text`: as a word of its own, in any case.
pub fn mentions(text: &str, nick: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut previous: Option<char> = None;
    for (start, c) in text.char_indices() {
        let is_new = found.last().is_none_or(|last| last.end <= start);
        if is_new
            && !is_within_word(previous, nick.chars().next())
            && let Some(length) = matched(&text[start..], nick)
            && !is_within_word(nick.chars().next_back(), text[start + length..].chars().next())
        {
            found.push(start..start + length);
        }
        previous = Some(c);
    }
    found
}

/// The length of `nick` at the front of `text`, whatever its case.
fn matched(text: &str, nick: &str) -> Option<usize> {
    let mut rest = text.char_indices();
    let mut length = 0;
    for wanted in nick.chars() {
        let (at, c) = rest.next()?;
        if c != wanted && !c.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
        length = at + c.len_utf8();
    }
    (length > 0).then_some(length)
}

/// Whether two characters side by side are of one word. Scripts without spaces (from U+2E80 on) have no such thing.
fn is_within_word(left: Option<char>, right: Option<char>) -> bool {
    let is_of_word = |c: Option<char>| c.is_some_and(|c| c == '_' || c.is_alphanumeric() && u32::from(c) < 0x2e80);
    is_of_word(left) && is_of_word(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_as_a_word_of_its_own() {
        let found = |text: &str, nick: &str| -> Vec<String> {
            mentions(text, nick).into_iter().map(|range| text[range].to_owned()).collect()
        };
        assert_eq!(found("Tim: tim, @TIM! time timothy _tim", "tim"), ["Tim", "tim", "TIM"]);
        assert_eq!(found("李雷你好", "李雷"), ["李雷"]);
        assert_eq!(found("ask tim-2 now", "tim-2"), ["tim-2"]);
        assert_eq!(found("Аняша и аня", "Аня"), ["аня"]);
        assert_eq!(found("anything", ""), [""; 0]);
    }
}
