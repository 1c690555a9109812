//! What a session waits for: messages that match, in some order or in this one, and so many of them.

use regex::Regex;

/// Messages that are waited for.
#[derive(Clone, Debug, Default)]
pub struct Expect {
    /// Each with whether a message matched it.
    patterns: Vec<(Regex, bool)>,
    is_ordered: bool,
    /// So many are still to come.
    left: usize,
}

impl Expect {
    /// All of `patterns` must match, in the order given where it `is_ordered`; and at least `count` messages must come, any
    /// where there is no pattern. `None`: nothing is waited for.
    pub fn new(patterns: Vec<Regex>, is_ordered: bool, count: usize) -> Option<Self> {
        let is_something = !patterns.is_empty() || count > 0;
        let patterns = patterns.into_iter().map(|pattern| (pattern, false)).collect();
        is_something.then_some(Self { patterns, is_ordered, left: count })
    }

    /// Looks at a message. Says whether it is one of those that are waited for.
    pub fn take(&mut self, text: &str) -> bool {
        if self.is_met() {
            return false;
        }
        let has_patterns = !self.patterns.is_empty();
        let is_expected = match self.patterns.iter_mut().find(|(_, is_met)| !is_met).filter(|_| self.is_ordered) {
            Some((pattern, is_met)) => {
                *is_met = pattern.is_match(text);
                *is_met
            }
            None => self.match_any(text) || !has_patterns,
        };
        self.left = self.left.saturating_sub(usize::from(is_expected));
        is_expected
    }

    /// Whether a message matches a pattern that no other did before, or any where more of them are wanted.
    fn match_any(&mut self, text: &str) -> bool {
        let mut is_expected = false;
        for (pattern, is_met) in &mut self.patterns {
            if (!*is_met || self.left > 0) && pattern.is_match(text) {
                *is_met = true;
                is_expected = true;
            }
        }
        is_expected
    }

    /// Whether everything came.
    pub fn is_met(&self) -> bool {
        self.left == 0 && self.patterns.iter().all(|(_, is_met)| *is_met)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of these messages are waited for, and after how many everything came.
    fn taken(patterns: &[&str], is_ordered: bool, count: usize, messages: &[&str]) -> (Vec<String>, Option<usize>) {
        let patterns = patterns.iter().map(|pattern| Regex::new(pattern).unwrap()).collect();
        let mut expect = Expect::new(patterns, is_ordered, count).unwrap();
        let (mut taken, mut met) = (Vec::new(), None);
        for (at, message) in messages.iter().enumerate() {
            if expect.take(message) {
                taken.push((*message).to_owned());
            }
            met = met.or(expect.is_met().then_some(at + 1));
        }
        (taken, met)
    }

    fn all(messages: &[&str]) -> Vec<String> {
        messages.iter().map(|&message| message.to_owned()).collect()
    }

    #[test]
    fn the_first_that_matches_is_enough() {
        assert_eq!(taken(&["^b"], false, 0, &["a", "b1", "b2"]), (all(&["b1"]), Some(2)));
        assert_eq!(taken(&["^b"], false, 0, &["a"]), (all(&[]), None));
    }

    #[test]
    fn all_patterns_must_match_in_any_order_or_in_the_one_given() {
        let messages = ["y", "x", "y"];
        assert_eq!(taken(&["x", "y"], false, 0, &messages), (all(&["y", "x"]), Some(2)));
        assert_eq!(taken(&["x", "y"], true, 0, &messages), (all(&["x", "y"]), Some(3)));
        assert_eq!(taken(&["x", "y"], false, 0, &["xy"]), (all(&["xy"]), Some(1)), "one message may match both");
        assert_eq!(taken(&["x", "y"], true, 0, &["xy"]), (all(&["xy"]), None), "but not in an order");
    }

    #[test]
    fn so_many_must_come_of_those_that_match_or_of_any() {
        assert_eq!(taken(&[], false, 2, &["a", "b", "c"]), (all(&["a", "b"]), Some(2)));
        assert_eq!(taken(&["x"], false, 2, &["x1", "a", "x2", "x3"]), (all(&["x1", "x2"]), Some(3)));
        assert_eq!(taken(&["x", "y"], false, 2, &["x1", "x2", "y"]), (all(&["x1", "x2", "y"]), Some(3)));
    }
}
