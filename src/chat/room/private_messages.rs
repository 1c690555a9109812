//! What private messages are sealed with and opened by, and which of them are remembered.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::chat::base::limits::{
    AGREEMENTS_MAX, PREKEYS_KNOWN_MAX, PREVIEW_CHARS, PRIVATE_REMEMBERED_MAX, UNREADABLE_ANSWERED_MAX,
};
use crate::chat::base::recent::Recent;
use crate::chat::base::rng::Rng;
use crate::chat::keys::identity::{Agreement, Author, Hint, Identity, LogId, Prekey, RoomId};
use crate::chat::log::records::Private;
use crate::chat::wire;
use crate::chat::wire::entry::Entry;
use crate::chat::wire::letterbox::{self, Letterbox};
use crate::chat::wire::private_body::PrivateBody;

/// What private messages are sealed with and opened by.
#[derive(Debug)]
pub struct PrivateMessages {
    letterbox: Rc<Letterbox>,
    agreements: Recent<Author, Option<Agreement>>,
    /// What was announced last, by whom.
    prekeys: Recent<Author, Option<Prekey>>,
    /// What was opened in an earlier session and not shown.
    opened: BTreeMap<(LogId, u64), Private>,
    /// One's own messages to one person alone in this run: by the last entry of each the first one, and how it begins.
    written: BTreeMap<u64, (u64, String)>,
    /// The entries of private messages to us that were shown in this session.
    heard: Recent<(LogId, u64), ()>,
    /// How often each author was told that a private message cannot be opened.
    answered: Recent<Author, u32>,
}

impl PrivateMessages {
    pub fn new(letterbox: Rc<Letterbox>) -> Self {
        Self {
            letterbox,
            agreements: Recent::new(AGREEMENTS_MAX),
            prekeys: Recent::new(PREKEYS_KNOWN_MAX),
            opened: BTreeMap::new(),
            written: BTreeMap::new(),
            heard: Recent::new(PRIVATE_REMEMBERED_MAX),
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

    /// How many agreements, prekeys, people who were answered, opened and written private messages there are.
    pub fn len(&self) -> (usize, usize, usize, usize, usize) {
        let Self { agreements, prekeys, answered, opened, written, .. } = self;
        (agreements.len(), prekeys.len(), answered.len(), opened.len(), written.len())
    }

    /// What a private message between the two is known by.
    fn hint(&mut self, identity: &Identity, other: Author, header: &[u8]) -> Option<Hint> {
        let agreement = self.agreements.entry(other);
        if agreement.is_none() {
            *agreement = identity.agreement(other);
        }
        agreement.as_ref().map(|agreement| agreement.hint(header))
    }

    /// The body of a private message.
    pub fn seal(
        &mut self,
        identity: &Identity,
        (to, private_body): (Author, &PrivateBody),
        header: &[u8],
        rng: &mut Rng,
    ) -> Option<Vec<u8>> {
        let prekey = (*self.prekeys.get(&to)?)?;
        let hint = self.hint(identity, to, header)?;
        letterbox::seal(private_body, prekey, hint, header, rng)
    }

    /// Private messages are opened by this from now on, and its prekey is announced.
    pub fn replace_letterbox(&mut self, letterbox: Rc<Letterbox>) {
        self.letterbox = letterbox;
    }

    /// Whether it is known what a message to this person is sealed with.
    pub fn can_seal_to(&self, author: Author) -> bool {
        self.prekeys.get(&author).is_some_and(Option::is_some)
    }

    /// What messages to people are sealed with. Somebody may come twice.
    pub fn prekeys(&self) -> impl Iterator<Item = (Author, Prekey)> {
        self.prekeys.iter().filter_map(|(&author, prekey)| Some((author, (*prekey)?)))
    }

    /// `author` announces what messages to it are to be sealed with. Says whether that is news.
    pub fn learn(&mut self, author: Author, prekey: Prekey) -> bool {
        let known = self.prekeys.entry(author);
        let is_news = prekey != Prekey::ZERO && *known != Some(prekey);
        if is_news {
            *known = Some(prekey);
        }
        is_news
    }

    /// A message to us in this entry was shown.
    pub fn hear(&mut self, log: LogId, seq: u64) {
        *self.heard.entry((log, seq)) = ();
    }

    /// Whether one in these entries was.
    pub fn has_heard(&self, log: LogId, (first, last): (u64, u64)) -> bool {
        (first..=last).any(|seq| self.heard.get(&(log, seq)).is_some())
    }

    /// This node wrote a message in the entries from `first` to `last` of its run.
    pub fn wrote(&mut self, first: u64, last: u64, text: &str) {
        let begins = text.lines().next().unwrap_or_default().chars().take(PREVIEW_CHARS).collect();
        self.written.insert(last, (first, begins));
        if self.written.len() > PRIVATE_REMEMBERED_MAX {
            self.written.pop_first();
        }
    }

    /// The last message that this node wrote behind `seq` and has not taken back: its first and last entry, and how it begins.
    pub fn take_last(&mut self, behind: u64) -> Option<(u64, u64, String)> {
        let (last, (first, begins)) = self.written.pop_last().filter(|&(last, _)| last > behind)?;
        Some((first, last, begins))
    }

    /// What was opened in an earlier session and not shown.
    pub fn take_opened(&mut self, log: LogId, seq: u64) -> Option<Private> {
        self.opened.remove(&(log, seq))
    }

    /// Opens a sealed entry of somebody else, if it is to this identity.
    pub fn open(&mut self, identity: &Identity, room: RoomId, entry: &Entry) -> Unsealed {
        let (author, body) = (entry.header.author, entry.body());
        if author == identity.author() {
            return Unsealed::Nothing;
        }
        let header = wire::sealed_to(room, &entry.header);
        let hint = self.hint(identity, author, &header);
        if hint.is_none_or(|hint| !body.starts_with(&hint.0)) {
            return Unsealed::Nothing;
        }
        match self.letterbox.open(&header, body) {
            Some(private_body) => private_body.map_or(Unsealed::Strange, Unsealed::PrivateBody),
            None => Unsealed::Lost,
        }
    }

    /// Whether `to` may be told once more that a message of its cannot be opened.
    pub fn may_answer(&mut self, to: Author) -> bool {
        let times = self.answered.entry(to);
        let may = *times < UNREADABLE_ANSWERED_MAX;
        *times += u32::from(may);
        may
    }
}

/// What a sealed entry is to us.
#[derive(Debug)]
pub enum Unsealed {
    /// Nothing: it is to somebody else.
    Nothing,
    /// A private message.
    PrivateBody(PrivateBody),
    /// A private message of a kind that a newer version knows.
    Strange,
    /// A private message, and what it was sealed with is gone.
    Lost,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;
    use crate::chat::base::time::{Stamp, Wall};
    use crate::chat::keys::identity::Run;
    use crate::chat::wire::entry::{Body, Header, NO_ENTRY};
    use crate::chat::wire::private_body::private_bodies;

    const ROOM: RoomId = Bytes([7; 16]);

    fn messages(key: u8) -> PrivateMessages {
        PrivateMessages::new(Rc::new(Letterbox::new(&[key; 32], Wall(0))))
    }

    #[test]
    fn a_message_is_opened_by_its_receiver_alone_and_lost_with_the_prekey() {
        let [alice, bob, carol] = [1, 2, 3].map(|key| Identity::new(&[key; 32]));
        let (mut hers, mut his) = (messages(11), messages(12));
        assert!(!hers.can_seal_to(bob.author()));
        assert!(hers.learn(bob.author(), his.prekey()) && !hers.learn(bob.author(), his.prekey()));
        let (run, prev, time, kind) = (Run::ZERO, NO_ENTRY, Stamp::ZERO, Body::SEALED);
        let header = Header { author: alice.author(), run, seq: 1, prev, time, kind };
        let private_body = private_bodies("hi", false).remove(0);
        let before = wire::sealed_to(ROOM, &header);
        let sealed = hers.seal(&alice, (bob.author(), &private_body), &before, &mut Rng::new(&[1; 32]));
        let entry = wire::sign_entry(&alice, ROOM, header, &sealed.expect("his prekey is known"));
        assert!(matches!(his.open(&bob, ROOM, &entry), Unsealed::PrivateBody(found) if found == private_body));
        assert!(matches!(messages(13).open(&carol, ROOM, &entry), Unsealed::Nothing));
        assert!(matches!(hers.open(&alice, ROOM, &entry), Unsealed::Nothing));
        his.replace_letterbox(Rc::new(Letterbox::new(&[14; 32], Wall(0))));
        assert!(matches!(his.open(&bob, ROOM, &entry), Unsealed::Lost));
    }

    #[test]
    fn so_many_of_ones_own_are_remembered_and_taken_back_from_the_last() {
        let mut messages = messages(1);
        (1..=2 * PRIVATE_REMEMBERED_MAX as u64).for_each(|seq| messages.wrote(seq, seq, "hi\nthere"));
        let last = 2 * PRIVATE_REMEMBERED_MAX as u64;
        assert_eq!(messages.take_last(0), Some((last, last, "hi".to_owned())));
        assert_eq!(std::iter::from_fn(|| messages.take_last(0)).count(), PRIVATE_REMEMBERED_MAX - 1);
    }

    #[test]
    fn somebody_is_told_so_often_that_a_message_is_lost() {
        let mut messages = messages(1);
        assert_eq!((0..100).filter(|_| messages.may_answer(Bytes([9; 32]))).count(), UNREADABLE_ANSWERED_MAX as usize);
    }
}
