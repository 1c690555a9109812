//! Where a text speaks of somebody by name.

use std::ops::Range;

/// What the one who looks is called, and what the others are who are there.
#[derive(Clone, Debug, Default)]
pub struct PeopleNamed<'n> {
    /// The one who looks.
    pub nick: &'n str,
    /// Words that the one who looks waits for, too.
    pub words: &'n [String],
    /// The others.
    pub others: Vec<&'n str>,
}

/// Where `text` speaks of the one who looks: by the nick as a word of its own, in any case, or by a word that is waited for.
/// Where a longer name of somebody else stands, that one is meant.
pub fn mentions(text: &str, named: &PeopleNamed<'_>) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let (mut next, mut is_link) = (0, false);
    for (start, c) in text.char_indices() {
        is_link = !c.is_whitespace() && (is_link || text[..start].ends_with("://"));
        if is_link || start < next {
            continue;
        }
        let here = |name: &str| stands(text, start, name);
        let longest = named.others.iter().filter_map(|other| here(other)).max().unwrap_or(0);
        let own = here(named.nick).filter(|&length| length >= longest);
        let own = own.max(named.words.iter().filter_map(|word| here(word)).max());
        found.extend(own.map(|length| start..start + length));
        next = start + own.unwrap_or(longest);
    }
    found
}

/// The length of `name` at `start`, where it stands there as a word of its own.
fn stands(text: &str, start: usize, name: &str) -> Option<usize> {
    let length = matched(&text[start..], name)?;
    let (before, behind) = (&text[..start], &text[start + length..]);
    let is_torn = is_of_one_word(before.chars().rev(), name.chars().next())
        || is_of_one_word(behind.chars(), name.chars().next_back());
    (!is_torn).then_some(length)
}

/// Whether a word goes on from `edge`, its last character or its first, to what lies beside it.
fn is_of_one_word(beside: impl Iterator<Item = char>, edge: Option<char>) -> bool {
    let mut beyond = beside.skip_while(|c| matches!(c, '-' | '/' | '@' | '.'));
    edge.is_some_and(is_of_word) && beyond.next().is_some_and(is_of_word)
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

/// Whether a word goes on beside it. Scripts without spaces (from U+2E80 on) have no such thing.
fn is_of_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric() && u32::from(c) < 0x2e80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_waited_for_is_found_as_a_name_is() {
        let words = ["deploy".to_owned(), "部署".to_owned()];
        let named = PeopleNamed { nick: "tim", words: &words, others: vec![] };
        for (text, count) in [("Deploy now, tim", 2), ("redeployed", 0), ("今天部署吗", 1), ("deploy.sh", 0)] {
            assert_eq!(mentions(text, &named).len(), count, "{text}");
        }
    }

    #[test]
    fn a_name_is_found_as_a_word_of_its_own() {
        let found = |text: &str, nick: &str| -> Vec<String> {
            let named = PeopleNamed { nick, words: &[], others: vec!["tim-2", "李雷雷", "an"] };
            mentions(text, &named).into_iter().map(|range| text[range].to_owned()).collect()
        };
        assert_eq!(found("Tim: tim, @TIM! time timothy _tim", "tim"), ["Tim", "tim", "TIM"]);
        assert_eq!(found("李雷你好", "李雷"), ["李雷"]);
        assert_eq!(found("ask tim-2 now", "tim-2"), ["tim-2"]);
        assert_eq!(found("Аняша и аня", "Аня"), ["аня"]);
        assert_eq!(found("anything", ""), [""; 0]);
        assert_eq!(found("(tim), tim... tim- @tim /tim -tim \"tim\" tim's 你好tim", "tim"), ["tim"; 9]);
        for text in ["tim-2", "tim-3", "half-tim", "x/tim", "tim/x", "tim@x.org", "x@tim", "tim.org", "x.tim", "x--tim"]
        {
            assert_eq!(found(text, "tim"), [""; 0], "{text}");
        }
        assert_eq!(found("http://x?tim http://tim see:http://[tim]　tim:http://x", "tim"), ["tim"]);
        assert_eq!(found("李雷雷，李雷", "李雷"), ["李雷"]);
        assert_eq!(found("an anna and an", "an"), ["an", "an"], "who has this name, too, takes nothing away");
    }
}
