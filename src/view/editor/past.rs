//! The lines typed before, and the search in them.

use std::collections::VecDeque;

use crate::chat::keys::phrase::looks_like_invitation;
use crate::view::editor::buffer::Draft;

/// How many are kept.
pub const LINES_MAX: usize = 1000;

/// What comes after a line that was typed before.
#[derive(Debug)]
pub enum Newer<'a> {
    /// Another one.
    Line(&'a str),
    /// What was being typed.
    Draft(Draft),
}

/// The lines typed before, the newest last.
#[derive(Debug, Default)]
pub struct Past {
    lines: VecDeque<String>,
    /// Which of them is shown, and what was being typed before.
    shown: Option<(usize, Draft)>,
}

impl Past {
    /// Those of earlier sessions.
    pub fn new(lines: impl IntoIterator<Item = String>) -> Self {
        let mut past = Self::default();
        lines.into_iter().for_each(|line| {
            past.add(&line);
        });
        past
    }

    /// A line was said. Says whether it is to be kept: not where it is the last one again, begins with a blank, or may open a
    /// room.
    pub fn add(&mut self, line: &str) -> bool {
        self.shown = None;
        let is_secret = line.starts_with(char::is_whitespace) || looks_like_invitation(line);
        if line.trim().is_empty() || is_secret || self.lines.back().is_some_and(|last| last == line) {
            return false;
        }
        if self.lines.len() >= LINES_MAX {
            self.lines.pop_front();
        }
        self.lines.push_back(line.to_owned());
        true
    }

    /// The line before the one that is shown; `typed` is what is shown now.
    pub fn older(&mut self, typed: impl FnOnce() -> Draft) -> Option<&str> {
        let at = self.shown.as_ref().map_or(self.lines.len(), |(at, _)| *at).checked_sub(1)?;
        let draft = self.shown.take().map_or_else(typed, |(_, draft)| draft);
        self.shown = Some((at, draft));
        self.lines.get(at).map(String::as_str)
    }

    /// The line after it, at last what was being typed.
    pub fn newer(&mut self) -> Option<Newer<'_>> {
        let (at, draft) = self.shown.take()?;
        match self.lines.get(at + 1) {
            Some(line) => {
                self.shown = Some((at + 1, draft));
                Some(Newer::Line(line))
            }
            None => Some(Newer::Draft(draft)),
        }
    }

    /// What is shown was changed: it is what is being typed now.
    pub fn settle(&mut self) {
        self.shown = None;
    }

    /// The newest line before number `before` that holds `text`, with its number.
    pub fn find(&self, text: &str, before: usize) -> Option<(usize, &str)> {
        let text = text.to_lowercase();
        let lines = self.lines.iter().enumerate().take(before).rev();
        let mut found = lines.filter(|(_, line)| line.to_lowercase().contains(&text));
        found.next().map(|(at, line)| (at, line.as_str()))
    }
}

/// A line as it stands in the file, where each takes one line.
pub fn encode(line: &str) -> String {
    line.replace('\\', "\\\\").replace('\n', "\\n")
}

/// The line that stands in the file as `line`.
pub fn decode(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('n') => out.push('\n'),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            (c, false) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_back_and_forth_and_finds_the_draft_again() {
        let mut past = Past::new(["one", "two", "two", " secret"].map(str::to_owned));
        assert_eq!(past.older(Draft::default), Some("two"));
        assert_eq!(past.older(Draft::default), Some("one"));
        assert_eq!(past.older(Draft::default), None);
        assert!(matches!(past.newer(), Some(Newer::Line("two"))));
        assert!(matches!(past.newer(), Some(Newer::Draft(_))));
        assert!(past.newer().is_none());
    }

    #[test]
    fn a_search_goes_from_the_newest_to_the_oldest() {
        let past = Past::new(["Hello one", "two", "hello three"].map(str::to_owned));
        assert_eq!(past.find("hello", usize::MAX), Some((2, "hello three")));
        assert_eq!(past.find("hello", 2), Some((0, "Hello one")));
        assert_eq!(past.find("hello", 0), None);
    }

    #[test]
    fn what_has_several_lines_is_one_line_in_the_file() {
        for line in ["two\nlines", "a\\nb", "\\", ""] {
            assert!(!encode(line).contains('\n'));
            assert_eq!(decode(&encode(line)), line);
        }
    }

    #[test]
    fn only_so_many_are_kept() {
        let past = Past::new((0..LINES_MAX + 5).map(|n| n.to_string()));
        assert_eq!((past.lines.len(), past.lines[0].as_str()), (LINES_MAX, "5"));
    }
}
