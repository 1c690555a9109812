//! What Tab puts in: names, commands, rooms, files.

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

/// Those of `all` that begin with `typed`, whatever the case, each followed by `behind`.
pub fn matching<'a>(typed: &str, all: impl Iterator<Item = &'a str>, behind: &str) -> Vec<String> {
    let folded = typed.to_lowercase();
    let mut found: Vec<String> = Vec::new();
    for name in all.filter(|name| name.to_lowercase().starts_with(&folded)) {
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
    fn the_word_is_the_one_before_the_caret() {
        assert_eq!(word("say hi al", 9), (7, "al"));
        assert_eq!(word("你　好", 6), (6, ""));
        assert_eq!(word("al", 2), (0, "al"));
    }
}
