//! What people are called here. A name belongs to the key that first used it.

use unicode_normalization::UnicodeNormalization;

use super::frame::NICK_BYTES_MAX;
use super::identity::{Author, key_tag};
use super::limits::NAMES_MAX;
use super::recent::Recent;
use super::talk::Speaker;

/// The nick of each key, and the key each nick belongs to.
#[derive(Debug)]
pub struct Names {
    nicks: Recent<Author, Option<String>>,
    owners: Recent<String, Option<Author>>,
}

impl Default for Names {
    fn default() -> Self {
        Self { nicks: Recent::new(NAMES_MAX), owners: Recent::new(NAMES_MAX) }
    }
}

impl Names {
    /// `author` goes by `nick`.
    pub fn learn(&mut self, author: Author, nick: &str) {
        let nick = clean(nick);
        self.owners.entry(folded(&nick)).get_or_insert(author);
        *self.nicks.entry(author) = Some(nick);
    }

    /// A key that is forgotten keeps no claim to its nick.
    pub fn release(&mut self, author: Author) {
        let Some(nick) = self.nicks.entry(author).clone() else { return };
        self.owners.entry(folded(&nick)).take_if(|owner| *owner == author);
    }

    /// Who `author` is, with a tag where the name is another key's.
    pub fn speaker(&mut self, author: Author) -> Speaker {
        let tag = key_tag(author);
        let Some(nick) = self.nicks.entry(author).clone() else {
            return Speaker { nick: "someone".to_owned(), tag: Some(tag), author };
        };
        let owner = *self.owners.entry(folded(&nick)).get_or_insert(author);
        Speaker { nick, tag: (owner != author).then_some(tag), author }
    }
}

/// A nick as it may stand between the marks of a line, whatever came.
pub fn clean(nick: &str) -> String {
    let clean: String = nick.nfkc().map(|c| if is_strange(c) { '_' } else { c }).collect();
    if clean.is_empty() { "_".to_owned() } else { clean }
}

/// Reads a nick that the user chose.
pub fn parse(nick: &str) -> Result<String, String> {
    let same: String = nick.nfkc().collect();
    if same.is_empty() || same.len() > NICK_BYTES_MAX || same.contains(is_strange) {
        return Err(format!(
            "'{nick}' cannot be a nick: expected 1 to {NICK_BYTES_MAX} bytes without white space and <>[]#→"
        ));
    }
    Ok(same)
}

/// What would tear or forge a line, or hide in a name: format controls are zero-width, or turn the direction of text.
fn is_strange(c: char) -> bool {
    let is_format = matches!(u32::from(c),
        0xad | 0x61c | 0x180e | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfeff | 0xfff9..=0xfffb | 0xe0000..=0xe007f);
    c.is_whitespace() || c.is_control() || is_format || matches!(c, '<' | '>' | '[' | ']' | '#' | '→')
}

/// Nicks that differ in case alone are one.
fn folded(nick: &str) -> String {
    nick.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::bytes::Bytes;

    fn shown(names: &mut Names, author: Author) -> String {
        names.speaker(author).to_string()
    }

    #[test]
    fn the_first_key_keeps_the_bare_name() {
        let (first, second) = (Bytes([1; 32]), Bytes([2; 32]));
        let mut names = Names::default();
        names.learn(first, "alice");
        names.learn(second, "Alice");
        assert_eq!(shown(&mut names, first), "alice");
        assert_eq!(shown(&mut names, second), format!("Alice#{}", key_tag(second)));
        names.release(first);
        assert_eq!(shown(&mut names, second), "Alice");
        assert_eq!(shown(&mut names, first), format!("alice#{}", key_tag(first)));
    }

    #[test]
    fn a_nick_that_would_forge_a_line_is_made_harmless() {
        assert_eq!(clean("a b\n<c>[d]#→\u{1b}"), "a_b__c__d____");
        assert_eq!(clean(""), "_");
        for nick in ["", "a b", "a>", "[x]", "a#b", &"x".repeat(33)] {
            assert!(parse(nick).is_err(), "{nick:?}");
        }
        assert_eq!(parse("zo\u{308}e").unwrap(), "zöe");
    }
}
