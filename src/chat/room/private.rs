//! What is said to one person alone: written, opened and shown.

use std::rc::Rc;

use super::private_messages::Unsealed;
use super::{Out, Renewal, Room};
use crate::chat::api::event::Event;
use crate::chat::api::notice::Secrecy;
use crate::chat::api::talk::{Marks, MessageBody, MessageId};
use crate::chat::base::bytes::Bytes;
use crate::chat::base::time::{Now, Stamp};
use crate::chat::keys::identity::{Author, LogId, Prekey, ShortKey};
use crate::chat::log::records::{Private, Record};
use crate::chat::wire::entry::{Action, Body, Entry, Header};
use crate::chat::wire::letterbox::Letterbox;
use crate::chat::wire::packing::Unpacked;
use crate::chat::wire::private_body::{PrivateBody, private_bodies};

impl Room {
    /// Private messages are written and read with these from now on.
    pub fn set_letterbox(&mut self, letterbox: Rc<Letterbox>, now: Now) {
        self.pass_time(now);
        self.private.replace_letterbox(letterbox);
        self.beacons.hurry(now.moment);
    }

    /// Whether anything can be written to `author` alone.
    pub fn can_write_to(&self, author: Author) -> bool {
        author != self.own.author() && self.private.can_seal_to(author)
    }

    /// Everybody who can be written to.
    pub fn correspondents(&self) -> Vec<Author> {
        let known = self.private.prekeys().map(|(author, _)| author);
        let mut all: Vec<Author> = known.filter(|&author| self.can_write_to(author)).collect();
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
            vec![PrivateBody::Action(Action { text: text.to_owned(), is_auto })]
        } else {
            private_bodies(text, is_auto)
        };
        let (count, before) = (all.len() as u64, self.own.seq());
        let first = self.send_private(to, all);
        if self.own.seq() < before + count {
            return None; // what was announced is no key
        }
        let log = self.own.log();
        let [first, last] = [first, self.own.seq()].map(|seq| MessageId { log, seq, index: 0 });
        let (other, text) = (to, text.to_owned());
        self.deliveries.sent(Some(to), (first, last), &text, now.moment);
        self.private.wrote(first.seq, last.seq, &text);
        self.store(Record::Private(Private { log, seq: last.seq, other, is_own: true, is_action, is_auto, text }));
        self.keep_unconfirmed();
        Some(last)
    }

    /// The time of what is decided now.
    pub fn stamp(&mut self, now: Now) -> Stamp {
        self.own.stamp(now.wall)
    }

    /// Hands on a secret of the room that is newer than this one. Says whether it could be sealed.
    pub fn hand_on(&mut self, to: Author, secret: &[u8; 16], since: Stamp, left_out: &[ShortKey], now: Now) -> bool {
        self.pass_time(now);
        let can = self.can_write_to(to);
        if can {
            self.send_private(
                to,
                vec![PrivateBody::Secret { secret: Bytes(*secret), since, left_out: left_out.to_vec() }],
            );
        }
        can
    }

    pub(super) fn send_private(&mut self, to: Author, private_bodies: Vec<PrivateBody>) -> u64 {
        self.publish_all(
            private_bodies
                .into_iter()
                .map(|private_body| super::publish::Unsigned::PrivateBody(to, private_body))
                .collect(),
        )
    }

    /// `author` announces what private messages to it are to be sealed with.
    pub(super) fn note_prekey(&mut self, author: Author, prekey: Prekey) {
        if self.private.learn(author, prekey) {
            let (room, seen) = (self.id, self.now.wall);
            self.store(Record::Prekey { room, author, prekey, seen });
        }
    }

    /// Shows a sealed entry, if it is to us.
    pub(super) fn show_sealed(&mut self, entry: &Entry, marks: Marks) {
        let (author, log, seq) = (entry.header.author, entry.log, entry.header.seq);
        if let Some(private) = self.private.take_opened(log, seq) {
            let words =
                if private.is_action { MessageBody::Action(private.text) } else { MessageBody::Text(private.text) };
            return self.show_words(entry, 0, words, Marks { is_auto: private.is_auto, ..marks });
        }
        match self.private.open(self.own.identity(), self.id, entry) {
            Unsealed::Nothing => {}
            Unsealed::PrivateBody(PrivateBody::Text(text)) => {
                let is_strange = self.is_strange(log);
                let messages = self.timeline.unpack_private((log, seq), text, is_strange, self.now.moment);
                for Unpacked { text, is_torn, is_auto, .. } in messages {
                    self.keep_private(entry, &text, (false, is_auto));
                    self.show_words(entry, 0, MessageBody::Text(text), Marks { is_torn, is_auto, ..marks });
                }
            }
            Unsealed::PrivateBody(PrivateBody::Action(Action { text, is_auto })) => {
                self.keep_private(entry, &text, (true, is_auto));
                self.show_words(entry, 0, MessageBody::Action(text), Marks { is_auto, ..marks });
            }
            Unsealed::PrivateBody(PrivateBody::Unreadable { log, .. })
                if self.archive.author(log) == Some(self.own.author()) =>
            {
                let (room, who) = (self.name.clone(), self.names.speaker(author));
                self.show(Event::Notice(Secrecy::Unreadable { room, who }.into()));
            }
            Unsealed::PrivateBody(PrivateBody::Unreadable { .. }) => {}
            Unsealed::PrivateBody(PrivateBody::Secret { secret, since, left_out }) => {
                self.outputs.push(Out::Renew(Renewal { secret, since, left_out, by: author }));
            }
            Unsealed::PrivateBody(PrivateBody::Offer(item)) => self.show_private_offer(entry, item, marks),
            Unsealed::PrivateBody(PrivateBody::OfferAnswer { offer, answer }) => {
                self.outputs.push(Out::OfferAnswered { by: author, offer, answer });
            }
            Unsealed::Strange => self.show_words(entry, 0, MessageBody::Later, marks),
            Unsealed::Lost => {
                self.show_words(entry, 0, MessageBody::Sealed, marks);
                self.answer_unreadable(entry.log, entry.header);
            }
        }
    }

    fn keep_private(&mut self, entry: &Entry, text: &str, (is_action, is_auto): (bool, bool)) {
        let (log, seq, other, text) = (entry.log, entry.header.seq, entry.header.author, text.to_owned());
        self.store(Record::Private(Private { log, seq, other, is_own: false, is_action, is_auto, text }));
    }

    /// Tells whoever wrote a private message that it cannot be opened, where that can be told and was not told too often.
    fn answer_unreadable(&mut self, log: LogId, header: Header) {
        let to = header.author;
        let is_here = self.presence.present().any(|peer| peer.author == to);
        if is_here && self.private.may_answer(to) && self.can_write_to(to) {
            self.send_private(to, vec![PrivateBody::Unreadable { log, seq: header.seq }]);
        }
    }
}

/// Whether an entry is one that somebody reads alone.
pub fn is_sealed(entry: &Entry) -> bool {
    entry.header.kind == Body::SEALED
}
