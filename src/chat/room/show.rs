//! What is shown, in which order, with which marks.

use std::sync::Arc;

use super::Room;
use super::private::is_sealed;
use super::timeline::SaidAt;
use crate::chat::api::event::Event;
use crate::chat::api::notice::Notice;
use crate::chat::api::talk::{Marks, MessageBody, MessageId, Said, Speaker};
use crate::chat::base::time::Stamp;
use crate::chat::keys::identity::LogId;
use crate::chat::log::Next;
use crate::chat::peers::peer::Peer;
use crate::chat::wire;
use crate::chat::wire::entry::{Action, Body, Entry};
use crate::chat::wire::packing::Unpacked;

impl Room {
    /// Shows what a log has ready, or gathers it with the backlog.
    pub(super) fn show_ready(&mut self, log: LogId) {
        self.gather_ready(log);
        self.show_due_backlog();
    }

    /// Somebody has told what is missing here, if anything.
    pub(super) fn compared(&mut self) {
        self.timeline.compared();
        self.show_due_backlog();
    }

    pub(super) fn gather_ready(&mut self, log: LogId) {
        while let Some(next) = self.archive.show_next(log) {
            let (item, said) = match next {
                Next::Entry(entry, fork) => {
                    let (time, seq, said) = (entry.header.time, entry.header.seq, self.when_said(&entry));
                    ((time, log, seq, Next::Entry(entry, fork)), Some(said))
                }
                hole @ Next::Hole(_) => ((Stamp::ZERO, log, self.archive.settled(log), hole), None),
            };
            match self.timeline.take(item, said, self.repair.awaits_backlog(), self.now) {
                Some((.., next)) => {
                    self.show_next(log, next);
                    self.note_shown(log); // each for itself: the reader may stop behind any of them
                }
                None if self.timeline.is_full() => self.show_backlog(),
                None => {}
            }
        }
    }

    /// When it was said, by its author's clock.
    fn when_said(&self, entry: &Entry) -> SaidAt {
        let ahead_ms = self.presence.peer(entry.log).map_or(0, Peer::ahead_ms);
        SaidAt { at: entry.header.time.wall(), ahead_ms }
    }

    pub(super) fn tick_showing(&mut self) {
        self.show_due_backlog();
        while let Some(log) = self.timeline.overdue(self.now.moment) {
            self.show_torn(log);
            self.note_shown(log);
        }
    }

    fn show_due_backlog(&mut self) {
        if self.timeline.is_block_due(self.repair.awaits_backlog(), self.now.moment) {
            self.show_backlog();
        }
    }

    /// As one block.
    pub(super) fn show_backlog(&mut self) {
        let (block, folded) = self.timeline.take_block();
        for (at, (_, log, seq, next)) in block.into_iter().enumerate() {
            self.timeline.fold(at < folded);
            self.show_next(log, next);
            self.note_shown_upto(log, seq);
            if at + 1 == folded {
                self.tell_folded();
            }
        }
        self.timeline.fold(false); // what is said now is no part of it
    }

    fn tell_folded(&mut self) {
        let (room, messages) = (self.name.clone(), self.timeline.take_folded());
        if messages > 0 {
            self.show(Event::Notice(Notice::Folded { room, messages }));
        }
    }

    fn show_next(&mut self, log: LogId, next: Next) {
        match next {
            Next::Entry(entry, fork) => {
                let marks = Marks { is_forked: fork.is_some(), ..Marks::default() };
                self.show_entry(&entry, marks);
                if let Some(fork) = fork {
                    self.show_entry(&fork, marks);
                }
            }
            Next::Hole(0) => {} // it was taken back
            Next::Hole(entries) => {
                self.show_torn(log);
                if let Some(author) = self.archive.author(log) {
                    let who = self.names.speaker(author);
                    self.show(Event::Notice(Notice::Missing { room: self.name.clone(), who, entries }));
                }
            }
        }
    }

    /// What was given up, or a second entry of a number that was shown.
    pub(super) fn show_late(&mut self, entry: &Arc<Entry>) {
        let is_forked = self.archive.log(entry.log).is_some_and(|held| held.fork(entry.header.seq).is_some());
        self.show_entry(entry, Marks { is_late: true, is_forked, ..Marks::default() });
    }

    fn show_entry(&mut self, entry: &Entry, marks: Marks) {
        let words = match wire::body(entry) {
            Body::Text(text) if marks.is_late => {
                let (all, is_auto) = (text.lines.into_iter().enumerate(), text.is_auto);
                let message = |(index, text)| Unpacked { index, text, is_torn: false, is_auto };
                return self.show_messages(entry, all.map(message).collect(), marks);
            }
            Body::Text(text) => {
                let (place, is_strange) = ((entry.log, entry.header.seq), self.is_strange(entry.log));
                let messages = self.timeline.unpack(place, text, is_strange, self.now.moment);
                return self.show_messages(entry, messages, marks);
            }
            Body::Profile(nick) => {
                // What an earlier run was called says nothing of whoever is here in another.
                let author = entry.header.author;
                if self.presence.peer(entry.log).is_some_and(|peer| peer.is_present) {
                    self.names.learn(author, &nick);
                } else if self.presence.present().all(|peer| peer.author != author) {
                    self.names.read(author, &nick);
                }
                return;
            }
            Body::Action(Action { text, is_auto }) => {
                return self.show_words(entry, 0, MessageBody::Action(text), Marks { is_auto, ..marks });
            }
            Body::Topic(text) => MessageBody::Topic(text),
            Body::Deletion(deletion) if self.is_rightful(deletion, entry) => {
                let taken = self.takeback(deletion);
                if self.is_private(&taken) && !self.private.has_heard(taken.id.log, (taken.id.seq, taken.last)) {
                    return; // what was between two others is nobody else's
                }
                MessageBody::Deletion(taken)
            }
            Body::Offers(offers) => return self.show_offers(entry, offers, marks),
            Body::Sealed => return self.show_sealed(entry, marks),
            Body::Erased => return,
            Body::Later(_) => MessageBody::Later,
            Body::Deletion(_) | Body::Damaged(_) => MessageBody::Damaged,
        };
        self.show_words(entry, 0, words, marks);
    }

    fn show_messages(&mut self, entry: &Entry, messages: Vec<Unpacked>, marks: Marks) {
        for Unpacked { index, text, is_torn, is_auto } in messages {
            self.show_words(entry, index, MessageBody::Text(text), Marks { is_torn, is_auto, ..marks });
        }
    }

    pub(super) fn show_words(&mut self, entry: &Entry, index: usize, words: MessageBody, marks: Marks) {
        if self.timeline.folds() {
            return;
        }
        let is_to_me = is_sealed(entry) && words != MessageBody::Damaged;
        if is_to_me {
            self.private.hear(entry.log, entry.header.seq);
        }
        let is_to_me = is_to_me || matches!(&words, MessageBody::Deletion(taken) if self.is_private(taken));
        let when = self.when_said(entry);
        let (is_backlog, is_before) =
            (self.timeline.is_backlog(when, self.now), self.timeline.is_before(when, self.now));
        let marks = Marks { is_backlog, is_before, ..marks };
        let said = Said {
            room: self.name.clone(),
            who: self.names.speaker(entry.header.author),
            to: is_to_me.then(Speaker::me),
            id: MessageId { log: entry.log, seq: entry.header.seq, index },
            words,
            sent: entry.header.time.wall(),
            received: self.now.wall,
            marks,
        };
        self.show(Event::Said(said));
    }

    /// What followed the beginning of a message does not come.
    fn show_torn(&mut self, log: LogId) {
        let (open, sealed) = self.timeline.tear(log);
        let Some(held) = self.archive.log(log) else { return };
        let last = |is_of: bool| held.entries().rev().find(|entry| is_sealed(entry) == is_of).cloned();
        let (last, last_sealed) = (last(false), last(true));
        if let (Some(message), Some(entry)) = (open, last) {
            self.show_messages(&entry, vec![message], Marks::default());
        }
        if let (Some(message), Some(entry)) = (sealed, last_sealed) {
            let marks = Marks { is_torn: true, is_auto: message.is_auto, ..Marks::default() };
            self.show_words(&entry, 0, MessageBody::Text(message.text), marks);
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;
    use crate::chat::base::limits::PARTIAL_FOR;
    use crate::chat::base::metrics::Detail;
    use crate::chat::base::time::{Hybrid, Moment, Now, Wall};
    use crate::chat::keys::identity::{Identity, Strict};
    use crate::chat::keys::secret::{RoomKeys, RoomName};
    use crate::chat::log::records::{Memory, Record, Remembered, Shown};
    use crate::chat::room::{Out, RoomSetup};
    use crate::chat::wire::entry::{Header, NO_ENTRY, Text};
    use crate::chat::wire::packing::pack;

    /// A room that starts with a log of somebody else, of which `shown` entries were shown.
    pub fn room(lines: usize, shown: u64, backlog_most: Option<usize>) -> Room {
        let texts = (0..lines).flat_map(|line| pack(vec![line.to_string()])).collect();
        room_with(texts, Shown { seq: shown, places: 0 }, backlog_most)
    }

    fn room_with(texts: Vec<Text>, shown: Shown, backlog_most: Option<usize>) -> Room {
        let (alice, keys, mut clock) = (Identity::new(&[2; 32]), RoomKeys::open(&RoomName::lobby()), Hybrid::default());
        let entries = (1..).zip(texts).map(|(seq, text)| {
            let (run, time) = (Bytes([1; 8]), clock.next(Wall(seq)));
            let header = Header { author: alice.author(), run, seq, prev: NO_ENTRY, time, kind: 0 };
            Arc::new(wire::sign_entry(&alice, keys.id(), header, &wire::encode_body(&Body::Text(text))))
        });
        let entries: Vec<Arc<Entry>> = entries.collect();
        let (log, author) = (entries[0].log, alice.author());
        let remembered = Remembered { log, author, entries, floor: 1, given_up: Vec::new(), shown, own: None };
        let setup = RoomSetup {
            name: RoomName::lobby(),
            keys,
            carrier: None,
            identity: std::rc::Rc::new(Identity::new(&[1; 32])),
            is_temporary: false,
            is_away: false,
            letterbox: std::rc::Rc::new(crate::chat::wire::letterbox::Letterbox::new(&[5; 32], Wall(0))),
            nick: "tim".to_owned(),
            verifier: std::rc::Rc::new(Strict::default()),
            peers: Vec::new(),
            confirm_within: None,
            is_watched: true,
            backlog_most,
            bounds: crate::chat::base::bounds::Bounds::default(),
            detail: Detail::None,
            since: None,
            is_observer: false,
            kind: crate::chat::api::talk::InstanceKind::Person,
            memory: Memory { logs: vec![remembered], ..Memory::default() },
            seed: [1; 32],
        };
        Room::new(setup, Now { wall: Wall(1_000_000), ..Now::default() })
    }

    /// What is shown, and how much is said not to be.
    fn shown(mut room: Room) -> (Vec<String>, u64) {
        let (mut texts, mut folded) = (Vec::new(), 0);
        while let Some(out) = room.poll() {
            match out {
                Out::Show(Event::Said(Said { words: MessageBody::Text(text), marks, .. })) => {
                    assert!(marks.is_backlog);
                    texts.push(text);
                }
                Out::Show(Event::Notice(Notice::Folded { messages, .. })) => folded += messages,
                _ => {}
            }
        }
        (texts, folded)
    }

    #[test]
    fn what_was_not_shown_before_a_restart_is_backlog_after_it() {
        assert_eq!(shown(room(5, 3, None)), (vec!["3".to_owned(), "4".to_owned()], 0));
        assert_eq!(shown(room(5, 5, None)), (Vec::new(), 0));
    }

    #[test]
    fn what_stands_before_an_unfinished_message_is_not_shown_again() {
        let texts = pack(vec!["one".to_owned(), "two".to_owned(), "x".repeat(3000), "last".to_owned()]);
        let mut cut = room_with(texts[..2].to_vec(), Shown::default(), None);
        let outs: Vec<Out> = std::iter::from_fn(|| cut.poll()).collect();
        let upto = outs.iter().rev().find_map(|out| match out {
            Out::Store(Record::Shown { upto, .. }) => Some(*upto),
            _ => None,
        });
        assert_eq!(upto, Some(Shown { seq: 0, places: 2 }));
        let (rest, _) = shown(room_with(texts, upto.unwrap(), None));
        assert_eq!(rest, ["x".repeat(3000), "last".to_owned()]);
    }

    /// It was taken for one of the messages that stand before it in its entry.
    #[test]
    fn the_beginning_of_a_message_whose_end_never_comes_is_shown_after_a_restart() {
        let texts = pack(vec!["one".to_owned(), "two".to_owned(), "x".repeat(3000)]);
        let mut cut = room_with(texts[..1].to_vec(), Shown { seq: 0, places: 2 }, None);
        while let Some((moment, _)) = cut.deadline().filter(|&(due, _)| due <= Moment::START.after(2 * PARTIAL_FOR)) {
            cut.tick(Now { moment, wall: Wall(1_000_000) });
        }
        let (rest, _) = shown(cut);
        assert!(rest.len() == 1 && rest[0].starts_with("xxx"), "{rest:?}");
    }

    #[test]
    fn on_a_screen_the_last_of_much_backlog_is_shown_and_the_rest_is_counted() {
        let (texts, folded) = shown(room(150, 10, Some(100)));
        assert_eq!((texts.len(), texts[0].as_str(), folded), (100, "50", 40));
        assert_eq!(shown(room(150, 50, Some(100))).1, 0);
    }

    /// An entry of more messages than a screen is for was the last of the backlog.
    #[test]
    fn what_is_said_after_a_block_that_is_too_much_is_shown() {
        let texts = pack((0..150).map(|line| line.to_string()).collect());
        assert_eq!(texts.len(), 1);
        let mut room = room_with(texts, Shown::default(), Some(100));
        room.show_backlog();
        assert!(!room.timeline.folds(), "what comes next is no part of the block");
        assert_eq!(shown(room), (Vec::new(), 150));
    }
}
