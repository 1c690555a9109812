//! What Tab puts in: names, commands, rooms, files.

use crate::view::text::terms::{self, folded};

/// What can be put in at a place of the text, and which of it is.
#[derive(Debug)]
pub struct Completion {
    /// Where what was typed of it begins.
    pub from: usize,
    /// Each as it is put in.
    candidates: Vec<String>,
    /// Which is in; as many as there are: what was typed.
    at: usize,
    typed: String,
}

impl Completion {
    /// What can stand in place of `typed`, which begins at `from`. `None`: nothing.
    pub fn new(from: usize, typed: &str, candidates: Vec<String>) -> Option<Self> {
        let at = candidates.len();
        (at > 0).then(|| Self { from, candidates, at, typed: typed.to_owned() })
    }

    /// The next one, after the last one what was typed again.
    pub fn on(&mut self) -> &str {
        self.at = (self.at + 1) % (self.candidates.len() + 1);
        self.shown()
    }

    /// The one before.
    pub fn back(&mut self) -> &str {
        self.at = self.at.checked_sub(1).unwrap_or(self.candidates.len());
        self.shown()
    }

    /// All of them, where there is a choice.
    pub fn choice(&self) -> &[String] {
        if self.candidates.len() > 1 { &self.candidates } else { &[] }
    }

    /// Whether there is only one, so that a further Tab is about what follows it.
    pub fn is_clear(&self) -> bool {
        self.candidates.len() == 1
    }

    fn shown(&self) -> &str {
        self.candidates.get(self.at).unwrap_or(&self.typed)
    }
}

/// The word before the caret, and where it begins.
pub fn word(text: &str, caret: usize) -> (usize, &str) {
    let start = text[..caret]
        .rfind(char::is_whitespace)
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    (start, &text[start..caret])
}

/// Where a name may begin in a word, the whole of it first: behind what opens a quotation or calls somebody, and behind each
/// sign of a script that has no spaces.
pub fn beginnings(word: &str) -> Vec<usize> {
    let is_opening = |c: char| matches!(c, '@' | '(' | '"' | '\'' | '[' | '“' | '「' | '（');
    let opened = word.find(|c| !is_opening(c)).unwrap_or(word.len());
    let is_spaceless = |c: char| u32::from(c) >= 0x2e80;
    let behind = word.char_indices().filter(|&(_, c)| is_spaceless(c)).map(|(at, c)| at + c.len_utf8());
    let mut all: Vec<usize> = [0, opened].into_iter().chain(behind).filter(|&at| at == 0 || at < word.len()).collect();
    all.dedup();
    all
}

/// Those of `all` that begin with `typed`, whatever the case and the accents, each followed by `behind`.
pub fn matching<'a>(typed: &str, all: impl Iterator<Item = &'a str>, behind: &str) -> Vec<String> {
    let lower = typed.to_lowercase();
    let folded = typed.chars().all(char::is_alphanumeric).then(|| folded(typed)).filter(|folded| !folded.is_empty());
    let begins = |name: &str| {
        let is_alike = |typed: &String| terms::folded(name).starts_with(typed);
        name.to_lowercase().starts_with(&lower) || folded.as_ref().is_some_and(is_alike)
    };
    let mut found: Vec<String> = Vec::new();
    for name in all.filter(|name| begins(name)) {
        let name = format!("{name}{behind}");
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tab_goes_round_and_comes_back_to_what_was_typed() {
        let mut completion =
            Completion::new(0, "a", matching("A", ["alice", "bob", "anna"].into_iter(), ": ")).unwrap();
        assert_eq!(completion.on(), "alice: ");
        assert_eq!(completion.on(), "anna: ");
        assert_eq!(completion.on(), "a");
        assert_eq!(completion.back(), "anna: ");
        assert!(Completion::new(0, "x", Vec::new()).is_none());
    }

    #[test]
    fn a_name_begins_behind_what_opens_and_behind_signs_without_spaces() {
        let pieces = |word: &str| beginnings(word).into_iter().map(|at| word[at..].to_owned()).collect::<Vec<_>>();
        assert_eq!(pieces("@al"), ["@al", "al"]);
        assert_eq!(pieces("(\"al"), ["(\"al", "al"]);
        assert_eq!(pieces("你好李"), ["你好李", "好李", "李"]);
        assert_eq!(pieces(""), [""]);
    }

    #[test]
    fn accents_and_case_do_not_matter() {
        let all = ["André", "andrea", "tim-2"];
        assert_eq!(matching("andre", all.into_iter(), ""), ["André", "andrea"]);
        assert_eq!(matching("ANDRÉ", all.into_iter(), ""), ["André", "andrea"]);
        assert_eq!(matching("tim-", all.into_iter(), ""), ["tim-2"]);
        assert_eq!(matching("tim_", all.into_iter(), ""), [""; 0]);
    }

    #[test]
    fn the_word_is_the_one_before_the_caret() {
        assert_eq!(word("say hi al", 9), (7, "al"));
        assert_eq!(word("你　好", 6), (6, ""));
        assert_eq!(word("al", 2), (0, "al"));
    }
}
