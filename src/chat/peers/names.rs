//! What people are called here. A name belongs to the key that first used it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use unicode_normalization::UnicodeNormalization;

use crate::chat::api::talk::Speaker;
use crate::chat::base::limits::NAMES_MAX;
use crate::chat::base::recent::Recent;
use crate::chat::keys::identity::{Author, key_tag};
use crate::chat::keys::trust::Trust;
use crate::chat::wire::frame::NICK_BYTES_MAX;

/// The nick of each key, the key each nick belongs to, and what the user thinks of keys.
#[derive(Clone, Debug)]
pub struct Names {
    /// Of those who are or were here, or were known before.
    known: Book,
    /// Of those who are only read of. Whoever invents many of them makes nobody forget one who is known.
    heard: Book,
    trust: BTreeMap<Author, Trust>,
    /// What petnames look like, and how many do.
    petnames: BTreeMap<String, usize>,
}

/// Nicks, and who had each first.
#[derive(Clone, Debug)]
struct Book {
    nicks: Recent<Author, Option<Nick>>,
    owners: Recent<String, Option<Author>>,
}

/// What a key calls itself, and what that looks like.
#[derive(Clone, Debug)]
struct Nick {
    text: String,
    looks: [String; 2],
}

/// Whom a name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meant {
    /// Nobody.
    Nobody,
    /// This key, and no other one could be taken for it.
    One(Author),
    /// One of these, and which is not guessed.
    Several(Vec<Speaker>),
}

impl Default for Names {
    fn default() -> Self {
        Self { known: Book::new(), heard: Book::new(), trust: BTreeMap::new(), petnames: BTreeMap::new() }
    }
}

impl Book {
    fn new() -> Self {
        Self { nicks: Recent::new(NAMES_MAX), owners: Recent::new(NAMES_MAX) }
    }

    fn nick(&self, author: Author) -> Option<&Nick> {
        self.nicks.get(&author)?.as_ref()
    }

    fn note(&mut self, author: Author, nick: Nick) {
        for look in &nick.looks {
            self.owners.entry(look.clone()).get_or_insert(author);
        }
        *self.nicks.entry(author) = Some(nick);
    }

    fn release(&mut self, author: Author) {
        let looks = self.nick(author).map(|nick| nick.looks.clone());
        for look in looks.into_iter().flatten() {
            if self.owners.get(&look).is_some() {
                self.owners.entry(look).take_if(|owner| *owner == author);
            }
        }
    }

    /// Whose a name is that looks so.
    fn owner(&self, look: &String) -> Option<Author> {
        self.owners.get(look).copied().flatten()
    }
}

impl Names {
    /// `author` is here, or was known before, and goes by `nick`.
    pub fn learn(&mut self, author: Author, nick: &str) {
        self.note(author, nick, true);
    }

    /// Whether anything is known of what somebody is called.
    pub fn has_read(&self, author: Author) -> bool {
        self.nick_of(author).is_some()
    }

    /// Somebody who is not here went by `nick`.
    pub fn read(&mut self, author: Author, nick: &str) {
        self.note(author, nick, false);
    }

    fn note(&mut self, author: Author, nick: &str, is_known: bool) {
        let nick = self.nick_as(author, sanitise(nick));
        let is_known = is_known || self.known.nick(author).is_some();
        if is_known { self.known.note(author, nick) } else { self.heard.note(author, nick) }
    }

    /// A nick of `author`. What it looks like is known where it is the last one.
    fn nick_as(&self, author: Author, text: String) -> Nick {
        match self.nick_of(author) {
            Some(known) if known.text == text => known.clone(),
            _ => Nick { looks: looks(&text), text },
        }
    }

    fn nick_of(&self, author: Author) -> Option<&Nick> {
        self.known.nick(author).or_else(|| self.heard.nick(author))
    }

    /// A key that is forgotten keeps no claim to its nick.
    pub fn release(&mut self, author: Author) {
        self.known.release(author);
        self.heard.release(author);
    }

    /// What the user thinks of `author` from now on.
    pub fn regard(&mut self, author: Author, trust: Trust) {
        for look in trust.petname.iter().flat_map(|petname| looks(petname)) {
            *self.petnames.entry(look).or_default() += 1;
        }
        let before =
            if trust == Trust::default() { self.trust.remove(&author) } else { self.trust.insert(author, trust) };
        for look in before.and_then(|before| before.petname).iter().flat_map(|petname| looks(petname)) {
            if let Entry::Occupied(mut count) = self.petnames.entry(look) {
                *count.get_mut() -= 1;
                if *count.get() == 0 {
                    count.remove();
                }
            }
        }
    }

    /// What the user thinks of `author`.
    pub fn trust(&self, author: Author) -> Trust {
        self.trust.get(&author).cloned().unwrap_or_default()
    }

    /// Whether nothing of `author` is wanted.
    pub fn ignores(&self, author: Author) -> bool {
        self.trust.get(&author).is_some_and(|trust| trust.is_ignored)
    }

    /// What `author` calls itself, as far as that is known.
    pub fn nick(&self, author: Author) -> Option<&str> {
        self.nick_of(author).map(|nick| nick.text.as_str())
    }

    /// How many nicks and owners of nicks are remembered, for whoever checks the bounds.
    pub fn len(&self) -> (usize, usize) {
        let (Book { nicks, owners }, heard) = (&self.known, &self.heard);
        (nicks.len().max(heard.nicks.len()), owners.len().max(heard.owners.len()))
    }

    /// Who `author` is, with a tag where the name is another key's, or looks like it.
    pub fn speaker(&mut self, author: Author) -> Speaker {
        let nick = self.nick_of(author).cloned();
        self.speaker_by(author, nick)
    }

    /// Who `author` was when it went by `nick`.
    pub fn speaker_then(&mut self, author: Author, nick: &str) -> Speaker {
        let nick = self.nick_as(author, sanitise(nick));
        self.speaker_by(author, Some(nick))
    }

    fn speaker_by(&mut self, author: Author, nick: Option<Nick>) -> Speaker {
        let trust = self.trust(author);
        let is_verified = trust.is_verified;
        if let Some(petname) = trust.petname {
            return Speaker { nick: petname, tag: None, author, is_verified };
        }
        let Some(Nick { text: nick, looks }) = nick else {
            return Speaker { nick: "someone".to_owned(), tag: Some(key_tag(author)), author, is_verified };
        };
        let is_taken = looks.iter().any(|look| self.petnames.contains_key(look)) || {
            let owners = looks.iter().filter_map(|look| self.known.owner(look).or_else(|| self.heard.owner(look)));
            owners.into_iter().any(|owner| owner != author)
        };
        Speaker { nick, tag: is_taken.then(|| key_tag(author)), author, is_verified }
    }

    /// Who could be meant by what somebody calls itself, whatever the user calls them.
    pub fn find_called(&mut self, nick: &str) -> Meant {
        self.find_among(nick, None, false)
    }

    /// Whom `name` means, as `nick` or `nick#tag`, of all whose names are known. A petname means whom it was given to.
    pub fn find(&mut self, name: &str, prefers_verified: bool) -> Meant {
        let petname = |trust: &Trust| trust.petname.as_ref().is_some_and(|petname| is_same(petname, name));
        if let Some((&author, _)) = self.trust.iter().find(|(_, trust)| petname(trust)) {
            return Meant::One(author);
        }
        let (nick, tag) = name.split_once('#').map_or((name, None), |(nick, tag)| (nick, Some(tag)));
        self.find_among(nick, tag, prefers_verified)
    }

    /// A key that was verified is meant before those that were not, where that is wanted; who has a petname, or is ignored,
    /// is not meant by its nick where somebody else is.
    fn find_among(&mut self, nick: &str, tag: Option<&str>, prefers_verified: bool) -> Meant {
        let wanted = looks(nick);
        let looks_so = |known: &Nick| known.looks.iter().any(|look| wanted.contains(look));
        let is_alike = |known: &Nick| is_same(&known.text, nick) || tag.is_none() && looks_so(known);
        let all = self.known.nicks.iter().chain(self.heard.nicks.iter());
        let known = all.filter_map(|(&author, known)| Some((author, known.as_ref()?)));
        let alike = known.filter(|(_, known)| is_alike(known));
        let alike: Vec<(Author, String)> = alike.map(|(author, known)| (author, known.text.clone())).collect();
        let is_tagged = |author: Author| tag.is_none_or(|tag| key_tag(author) == tag);
        let is_called_so = |author: &Author| {
            let trust = self.trust.get(author);
            tag.is_some() || trust.is_none_or(|trust| trust.petname.is_none() && !trust.is_ignored)
        };
        let mut alike: Vec<(Author, String)> = alike.into_iter().filter(|&(author, _)| is_tagged(author)).collect();
        alike.sort();
        alike.dedup();
        if alike.len() > 1 {
            alike.retain(|(author, _)| is_called_so(author));
        }
        let is_verified = |(author, known): &&(Author, String)| self.trust(*author).is_verified && is_same(known, nick);
        let verified: Vec<&(Author, String)> = alike.iter().filter(is_verified).collect();
        match (alike.as_slice(), verified.as_slice()) {
            ([], _) => Meant::Nobody,
            ([(author, known)], _) if is_same(known, nick) => Meant::One(*author),
            (_, [(author, _)]) if prefers_verified => Meant::One(*author), // whose key it is was made sure of: that is no guess
            _ => {
                let tagged = |(author, nick): (Author, String)| {
                    let is_verified = self.trust(author).is_verified;
                    Speaker { nick, tag: Some(key_tag(author)), author, is_verified }
                };
                Meant::Several(alike.into_iter().map(tagged).collect())
            }
        }
    }
}

/// Whether two names are one, whatever the case.
fn is_same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// Whether two names could be taken for each other.
pub fn is_alike(one: &str, other: &str) -> bool {
    let others = looks(other);
    looks(one).iter().any(|look| others.contains(look))
}

/// What a name looks like: two names that share one of these could be taken for each other (UTS 39, confusable skeletons, of
/// the name in lower case and of what its capitals look like).
fn looks(nick: &str) -> [String; 2] {
    let skeleton = |text: &str| -> String { unicode_security::confusable_detection::skeleton(text).collect() };
    [skeleton(&nick.to_lowercase()), skeleton(&skeleton(nick).to_lowercase())]
}

/// A nick as it may stand between the marks of a line, whatever came.
pub fn sanitise(nick: &str) -> String {
    let name: String = nick.nfkc().map(|c| if is_strange(c) { '_' } else { c }).collect();
    if name.is_empty() { "_".to_owned() } else { name }
}

/// This cannot be a nick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadNick(pub String);

/// Reads a nick that the user chose.
pub fn parse(nick: &str) -> Result<String, BadNick> {
    let same: String = nick.nfkc().collect();
    if same.is_empty() || same.len() > NICK_BYTES_MAX || same.contains(is_strange) {
        return Err(BadNick(nick.to_owned()));
    }
    Ok(same)
}

/// What would tear or forge a line, or hide in a name: format controls are zero-width, or turn the direction of text. Check
/// marks would look like that of a verified key.
fn is_strange(c: char) -> bool {
    let is_format = matches!(u32::from(c),
        0xad | 0x61c | 0x180e | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfeff | 0xfff9..=0xfffb | 0xe0000..=0xe007f);
    c.is_whitespace()
        || c.is_control()
        || is_format
        || matches!(c, '<' | '>' | '[' | ']' | '#' | '→' | '✓' | '✔' | '☑' | '✅' | '🗸' | '🗹' | '√')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;

    fn shown(names: &mut Names, author: Author) -> String {
        names.speaker(author).to_string()
    }

    #[test]
    fn a_petname_that_is_given_up_marks_nobody_any_more() {
        let mut names = Names::default();
        names.learn(Bytes([1; 32]), "alice");
        let called = |petname: Option<&str>| Trust { petname: petname.map(str::to_owned), ..Trust::default() };
        for (author, petname, is_marked) in [
            (2, Some("A1ice"), true),
            (3, Some("alice"), true),
            (2, Some("bob"), true),
            (3, Some("ALICE"), true),
            (3, None, false),
            (3, None, false),
        ] {
            names.regard(Bytes([author; 32]), called(petname));
            assert_eq!(names.speaker(Bytes([1; 32])).tag.is_some(), is_marked, "{author} {petname:?}");
        }
        assert_eq!(names.petnames.len(), looks("bob").iter().collect::<std::collections::BTreeSet<_>>().len());
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
        names.learn(second, "Alice"); // by its next beacon
        assert_eq!(shown(&mut names, second), "Alice");
        assert_eq!(shown(&mut names, first), format!("alice#{}", key_tag(first)));
    }

    #[test]
    fn a_name_that_looks_like_anothers_has_its_tag() {
        let (alice, other) = (Bytes([1; 32]), Bytes([2; 32]));
        for look in ["Alice", "ALICE", "AIice", "a1ice", "аlice", "αlice"] {
            let mut names = Names::default();
            names.learn(alice, "alice");
            names.learn(other, look);
            assert_eq!(shown(&mut names, other), format!("{look}#{}", key_tag(other)));
            assert_eq!(shown(&mut names, alice), "alice");
        }
        let mut names = Names::default();
        names.learn(alice, "alice");
        names.learn(other, "malice");
        assert_eq!(shown(&mut names, other), "malice");
    }

    #[test]
    fn who_is_only_read_of_makes_room_for_whoever_comes() {
        let (gone, here) = (Bytes([1; 32]), Bytes([2; 32]));
        let mut names = Names::default();
        names.read(gone, "alice");
        assert_eq!(shown(&mut names, gone), "alice");
        names.learn(here, "alice");
        assert_eq!(
            (shown(&mut names, here), shown(&mut names, gone)),
            ("alice".into(), format!("alice#{}", key_tag(gone)))
        );
        names.read(gone, "alice");
        assert_eq!(shown(&mut names, here), "alice");
    }

    #[test]
    fn a_name_that_two_could_have_is_not_guessed() {
        let (first, second, third) = (Bytes([1; 32]), Bytes([2; 32]), Bytes([3; 32]));
        let mut names = Names::default();
        names.learn(first, "bob");
        assert_eq!(names.find("Bob", true), Meant::One(first));
        assert_eq!(
            names.find("b0b", true),
            Meant::Several(vec![Speaker { tag: Some(key_tag(first)), ..names.speaker(first) }])
        );
        names.learn(second, "bоb"); // with a Cyrillic o
        let Meant::Several(all) = names.find("bob", true) else { panic!("it guessed") };
        assert_eq!(all.len(), 2);
        assert_eq!(names.find(&format!("bob#{}", key_tag(first)), true), Meant::One(first));
        assert_eq!(names.find("carol", true), Meant::Nobody);
        names.regard(first, Trust { is_verified: true, ..Trust::default() });
        assert_eq!(names.find("bob", true), Meant::One(first));
        names.regard(first, Trust { petname: Some("bob".to_owned()), ..Trust::default() });
        assert_eq!((names.find("bob", true), shown(&mut names, first)), (Meant::One(first), "bob".to_owned()));
        names.learn(third, "BOB");
        assert_eq!(shown(&mut names, third), format!("BOB#{}", key_tag(third)));
    }

    #[test]
    fn a_nick_that_would_forge_a_line_is_made_harmless() {
        assert_eq!(sanitise("a b\n<c>[d]#→\u{1b}✓"), "a_b__c__d_____");
        assert_eq!(sanitise(""), "_");
        for nick in ["", "a b", "a>", "[x]", "a#b", &"x".repeat(33)] {
            assert!(parse(nick).is_err(), "{nick:?}");
        }
        assert_eq!(parse("zo\u{308}e").unwrap(), "zöe");
    }
}
