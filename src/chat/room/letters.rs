//! Letters: entries that one person alone can read, written and opened.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Out, Renewal, Room};
use crate::chat::api::event::Event;
use crate::chat::api::notice::Secrecy;
use crate::chat::api::talk::{Marks, MessageId, Words};
use crate::chat::base::bytes::Bytes;
use crate::chat::base::chance::Chance;
use crate::chat::base::limits::{
    AGREEMENTS_MAX, LETTERS_REMEMBERED_MAX, PREKEYS_KNOWN_MAX, PREVIEW_CHARS, UNREADABLE_ANSWERED_MAX,
};
use crate::chat::base::recent::Recent;
use crate::chat::base::time::{Now, Stamp};
use crate::chat::keys::identity::{Agreement, Author, Hint, Identity, LogId, Prekey, ShortKey};
use crate::chat::log::history::{Private, Record};
use crate::chat::wire;
use crate::chat::wire::entry::{Action, Body, Entry, Header};
use crate::chat::wire::letter::{Letter, letters};
use crate::chat::wire::letterbox::{self, Letterbox};
use crate::chat::wire::packing::Message;

/// What letters are written and read with.
#[derive(Debug)]
pub struct Post {
    letterbox: Rc<Letterbox>,
    agreements: Recent<Author, Option<Agreement>>,
    /// What was announced last, by whom.
    prekeys: Recent<Author, Option<Prekey>>,
    /// What was opened in an earlier session and not shown.
    opened: BTreeMap<(LogId, u64), Private>,
    /// One's own messages to one person alone in this run: by the last entry of each the first one, and how it begins.
    written: BTreeMap<u64, (u64, String)>,
    /// How often each author was told that a letter cannot be opened.
    answered: Recent<Author, u32>,
}

impl Post {
    pub fn new(letterbox: Rc<Letterbox>) -> Self {
        Self {
            letterbox,
            agreements: Recent::new(AGREEMENTS_MAX),
            prekeys: Recent::new(PREKEYS_KNOWN_MAX),
            opened: BTreeMap::new(),
            written: BTreeMap::new(),
            answered: Recent::new(PREKEYS_KNOWN_MAX),
        }
    }

    /// What is announced.
    pub fn prekey(&self) -> Prekey {
        self.letterbox.prekey()
    }

    /// What earlier sessions have left.
    pub fn restore(&mut self, prekeys: Vec<(Author, Prekey)>, opened: impl Iterator<Item = Private>) {
        for (author, prekey) in prekeys {
            *self.prekeys.entry(author) = Some(prekey);
        }
        self.opened = opened.map(|private| ((private.log, private.seq), private)).collect();
    }

    /// How many agreements, prekeys, people who were answered, opened and written letters there are.
    pub fn len(&self) -> (usize, usize, usize, usize, usize) {
        let Self { agreements, prekeys, answered, opened, written, .. } = self;
        (agreements.len(), prekeys.len(), answered.len(), opened.len(), written.len())
    }

    /// What a letter between the two is known by.
    fn hint(&mut self, identity: &Identity, other: Author, header: &[u8]) -> Option<Hint> {
        let agreement = self.agreements.entry(other);
        if agreement.is_none() {
            *agreement = identity.agreement(other);
        }
        agreement.as_ref().map(|agreement| agreement.hint(header))
    }

    /// The body of a letter.
    pub fn seal(
        &mut self,
        identity: &Identity,
        (to, letter): (Author, &Letter),
        header: &[u8],
        chance: &mut Chance,
    ) -> Option<Vec<u8>> {
        let prekey = (*self.prekeys.get(&to)?)?;
        let hint = self.hint(identity, to, header)?;
        letterbox::seal(letter, prekey, hint, header, chance)
    }
}

/// What a sealed entry is to us.
enum Found {
    /// Nothing: it is to somebody else.
    Nothing,
    /// A letter.
    Letter(Letter),
    /// A letter of a kind that a newer version knows.
    Strange,
    /// A letter, and what it was sealed with is gone.
    Lost,
}

impl Room {
    /// Letters are written and read with these from now on.
    pub fn set_letterbox(&mut self, letterbox: Rc<Letterbox>, now: Now) {
        self.pass_time(now);
        self.post.letterbox = letterbox;
        self.beacons.hurry(now.moment);
    }

    /// Whether anything can be written to `author` alone.
    pub fn can_write_to(&self, author: Author) -> bool {
        author != self.identity.author() && self.post.prekeys.get(&author).is_some_and(Option::is_some)
    }

    /// What letters to people are sealed with.
    pub(super) fn prekeys(&self) -> Vec<(Author, Prekey)> {
        self.post.prekeys.iter().filter_map(|(&author, prekey)| Some((author, (*prekey)?))).collect()
    }

    /// Everybody who can be written to.
    pub fn correspondents(&self) -> Vec<Author> {
        let known = self.post.prekeys.iter().filter(|(_, prekey)| prekey.is_some());
        let mut all: Vec<Author> =
            known.map(|(&author, _)| author).filter(|&author| self.can_write_to(author)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Says something to one person alone, or what one does. `None`: it is not known what that could be sealed with.
    pub fn write_to(
        &mut self,
        to: Author,
        text: &str,
        (is_action, is_auto): (bool, bool),
        now: Now,
    ) -> Option<MessageId> {
        if !self.can_write_to(to) {
            return None;
        }
        self.pass_time(now);
        let all = if is_action {
            vec![Letter::Action(Action { text: text.to_owned(), is_auto })]
        } else {
            letters(text, is_auto)
        };
        let (count, before) = (all.len() as u64, self.own.seq);
        let first = self.send_letters(to, all);
        if self.own.seq < before + count {
            return None; // what was announced is no key
        }
        let log = self.own.log;
        let [first, last] = [first, self.own.seq].map(|seq| MessageId { log, seq, index: 0 });
        let begins = text.lines().next().unwrap_or_default().chars().take(PREVIEW_CHARS).collect();
        let (other, text) = (to, text.to_owned());
        self.deliveries.sent(Some(to), (first, last), &text, now.moment);
        self.store(Record::Private(Private { log, seq: last.seq, other, is_own: true, is_action, is_auto, text }));
        self.keep_unconfirmed();
        self.post.written.insert(last.seq, (first.seq, begins));
        if self.post.written.len() > LETTERS_REMEMBERED_MAX {
            self.post.written.pop_first();
        }
        Some(last)
    }

    /// The time of what is decided now.
    pub fn stamp(&mut self, now: Now) -> Stamp {
        self.clock.next(now.wall)
    }

    /// Hands on a secret of the room that is newer than this one. Says whether it could be sealed.
    pub fn hand_on(&mut self, to: Author, secret: &[u8; 16], since: Stamp, left_out: &[ShortKey], now: Now) -> bool {
        self.pass_time(now);
        let can = self.can_write_to(to);
        if can {
            self.send_letters(to, vec![Letter::Secret { secret: Bytes(*secret), since, left_out: left_out.to_vec() }]);
        }
        can
    }

    fn send_letters(&mut self, to: Author, letters: Vec<Letter>) -> u64 {
        self.publish_all(letters.into_iter().map(|letter| super::sending::Draft::Letter(to, letter)).collect())
    }

    /// The last message to one person alone that was written behind `seq` and is not taken back: its entries, and how it
    /// begins.
    pub(super) fn take_last_letter(&mut self, behind: u64) -> Option<(u64, u64, String)> {
        let (last, (first, begins)) = self.post.written.pop_last().filter(|&(last, _)| last > behind)?;
        Some((first, last, begins))
    }

    /// `author` announces what letters to it are to be sealed with.
    pub(super) fn note_prekey(&mut self, author: Author, prekey: Prekey) {
        let known = self.post.prekeys.entry(author);
        if prekey != Prekey::ZERO && *known != Some(prekey) {
            *known = Some(prekey);
            let (room, seen) = (self.id, self.now.wall);
            self.store(Record::Prekey { room, author, prekey, seen });
        }
    }

    /// Shows a sealed entry, if it is to us.
    pub(super) fn show_sealed(&mut self, entry: &Entry, marks: Marks) {
        let (author, log, seq) = (entry.header.author, entry.log, entry.header.seq);
        if let Some(private) = self.post.opened.remove(&(log, seq)) {
            let words = if private.is_action { Words::Action(private.text) } else { Words::Text(private.text) };
            return self.show_words(entry, 0, words, Marks { is_auto: private.is_auto, ..marks });
        }
        match self.open(entry) {
            Found::Nothing => {}
            Found::Letter(Letter::Text(text)) => {
                let is_strange = self.is_strange(log);
                let messages = self.timeline.unpack_private((log, seq), text, is_strange, self.now.moment);
                for Message { text, is_torn, is_auto, .. } in messages {
                    self.keep_private(entry, &text, (false, is_auto));
                    self.show_words(entry, 0, Words::Text(text), Marks { is_torn, is_auto, ..marks });
                }
            }
            Found::Letter(Letter::Action(Action { text, is_auto })) => {
                self.keep_private(entry, &text, (true, is_auto));
                self.show_words(entry, 0, Words::Action(text), Marks { is_auto, ..marks });
            }
            Found::Letter(Letter::Unreadable { log, .. })
                if self.archive.author(log) == Some(self.identity.author()) =>
            {
                let (room, who) = (self.name.clone(), self.names.speaker(author));
                self.show(Event::Notice(Secrecy::Unreadable { room, who }.into()));
            }
            Found::Letter(Letter::Unreadable { .. }) => {}
            Found::Letter(Letter::Secret { secret, since, left_out }) => {
                self.outputs.push_back(Out::Renew(Renewal { secret, since, left_out, by: author }));
            }
            Found::Strange => self.show_words(entry, 0, Words::Later, marks),
            Found::Lost => {
                self.show_words(entry, 0, Words::Sealed, marks);
                self.answer_unreadable(entry.log, entry.header);
            }
        }
    }

    fn open(&mut self, entry: &Entry) -> Found {
        let (author, body) = (entry.header.author, entry.body());
        if author == self.identity.author() {
            return Found::Nothing;
        }
        let header = wire::sealed_to(self.id, &entry.header);
        let hint = self.post.hint(&self.identity, author, &header);
        if hint.is_none_or(|hint| !body.starts_with(&hint.0)) {
            return Found::Nothing;
        }
        match self.post.letterbox.open(&header, body) {
            Some(letter) => letter.map_or(Found::Strange, Found::Letter),
            None => Found::Lost,
        }
    }

    fn keep_private(&mut self, entry: &Entry, text: &str, (is_action, is_auto): (bool, bool)) {
        let (log, seq, other, text) = (entry.log, entry.header.seq, entry.header.author, text.to_owned());
        self.store(Record::Private(Private { log, seq, other, is_own: false, is_action, is_auto, text }));
    }

    /// Tells whoever wrote a letter that it cannot be opened, where that can be told and was not told too often.
    fn answer_unreadable(&mut self, log: LogId, header: Header) {
        let to = header.author;
        let is_here = self.presence.present().any(|peer| peer.author == to);
        let times = self.post.answered.entry(to);
        if is_here && *times < UNREADABLE_ANSWERED_MAX {
            *times += 1;
            if self.can_write_to(to) {
                self.send_letters(to, vec![Letter::Unreadable { log, seq: header.seq }]);
            }
        }
    }
}

/// Whether an entry is one that somebody reads alone.
pub fn is_sealed(entry: &Entry) -> bool {
    entry.header.kind == Body::SEALED
}
