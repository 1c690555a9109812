//! What is shown, in which order, with which marks.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Room;
use crate::chat::entry::{Body, Entry};
use crate::chat::event::{Event, Notice};
use crate::chat::identity::LogId;
use crate::chat::limits::BACKLOG_QUIET;
use crate::chat::log::Next;
use crate::chat::packing::Message;
use crate::chat::peer::Peer;
use crate::chat::talk::{Marks, MessageId, Said, Words};
use crate::chat::time::{Moment, Stamp, millis};
use crate::chat::wire;

/// What was said before, gathered to be shown as one block in the order of time.
#[derive(Debug, Default)]
pub struct Backlog {
    /// Up to where each log was said before.
    expected: BTreeMap<LogId, u64>,
    gathered: Vec<(Stamp, LogId, u64, Next)>,
    /// How many of each log are gathered: what follows them waits with them.
    of: BTreeMap<LogId, usize>,
    last: Moment,
}

impl Backlog {
    /// A comparison brings this log up to here.
    pub fn expect(&mut self, log: LogId, upto: u64) {
        let expected = self.expected.entry(log).or_default();
        *expected = upto.max(*expected);
    }

    pub fn len(&self) -> usize {
        self.gathered.len()
    }

    fn is_of(&self, log: LogId, seq: u64) -> bool {
        self.expected.get(&log).is_some_and(|&upto| seq <= upto)
    }

    /// Whether what comes next of a log has to wait with the rest.
    fn holds(&self, log: LogId) -> bool {
        self.of.contains_key(&log)
    }

    fn gather(&mut self, stamp: Stamp, log: LogId, seq: u64, next: Next, now: Moment) {
        self.gathered.push((stamp, log, seq, next));
        *self.of.entry(log).or_default() += 1;
        self.last = now;
    }

    fn deadline(&self) -> Option<Moment> {
        (!self.gathered.is_empty()).then(|| self.last.after(BACKLOG_QUIET))
    }
}

impl Room {
    /// Shows what a log has ready, or gathers it with the backlog.
    pub(super) fn show_ready(&mut self, log: LogId) {
        while let Some(next) = self.archive.show_next(log) {
            let (stamp, seq) = match &next {
                Next::Entry(entry, _) => (entry.header.time, entry.header.seq),
                Next::Hole(_) => {
                    let settled = self.archive.log(log).map_or(0, crate::chat::log::Log::settled);
                    (Stamp::ZERO, settled)
                }
            };
            if self.backlog.is_of(log, seq) || self.backlog.holds(log) {
                self.backlog.gather(stamp, log, seq, next, self.now.moment);
            } else {
                self.show_next(log, next, false);
            }
        }
        if !self.repair.awaits_backlog() {
            self.show_backlog();
        }
    }

    pub(super) fn showing_deadline(&self) -> Option<Moment> {
        self.backlog.deadline().into_iter().chain(self.partials.deadline()).min()
    }

    pub(super) fn tick_showing(&mut self) {
        let now = self.now.moment;
        if self.backlog.deadline().is_some_and(|due| due <= now) {
            self.show_backlog();
        }
        while let Some(log) = self.partials.overdue(now) {
            self.show_torn(log);
        }
    }

    /// As one block, sorted by time; entries of one log stay in their order though their author's clock jumped.
    fn show_backlog(&mut self) {
        let mut block = std::mem::take(&mut self.backlog.gathered);
        self.backlog.of.clear();
        let mut latest: BTreeMap<LogId, Stamp> = BTreeMap::new();
        for (stamp, log, _, _) in &mut block {
            let floor = latest.entry(*log).or_insert(*stamp);
            *floor = (*floor).max(*stamp);
            *stamp = *floor;
        }
        block.sort_by_key(|&(stamp, log, seq, _)| (stamp, log, seq));
        for (_, log, seq, next) in block {
            let is_backlog = self.backlog.is_of(log, seq);
            self.show_next(log, next, is_backlog);
        }
        if !self.repair.awaits_backlog() {
            self.backlog.expected.clear();
        }
    }

    fn show_next(&mut self, log: LogId, next: Next, is_backlog: bool) {
        match next {
            Next::Entry(entry, fork) => {
                let marks = Marks { is_backlog, is_forked: fork.is_some(), ..Marks::default() };
                self.show_entry(&entry, marks);
                if let Some(fork) = fork {
                    self.show_entry(&fork, marks);
                }
            }
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
    pub(super) fn show_late(&mut self, entry: &Rc<Entry>) {
        let is_forked = self.archive.log(entry.log).is_some_and(|held| held.fork(entry.header.seq).is_some());
        self.show_entry(entry, Marks { is_late: true, is_forked, ..Marks::default() });
    }

    fn show_entry(&mut self, entry: &Entry, marks: Marks) {
        let words = match wire::body(entry) {
            Body::Text(text) if marks.is_late => {
                let all = text.lines.into_iter().enumerate();
                let messages: Vec<Message> = all.map(|(index, text)| Message { index, text, is_torn: false }).collect();
                return self.show_messages(entry, messages, marks);
            }
            Body::Text(text) => {
                let messages = self.partials.unpack(entry.log, text, self.now.moment);
                return self.show_messages(entry, messages, marks);
            }
            Body::Profile(nick) => {
                // What an earlier run was called says nothing of whoever is here in another.
                let is_here = self.presence.present().any(|peer| peer.author == entry.header.author);
                if self.presence.peer(entry.log).is_some() || !is_here {
                    self.names.learn(entry.header.author, &nick);
                }
                return;
            }
            Body::Action(text) => Words::Action(text),
            Body::Topic(text) => Words::Topic(text),
            Body::Later(_) => Words::Later,
            Body::Damaged(_) => Words::Damaged,
        };
        self.show_words(entry, 0, words, marks);
    }

    fn show_messages(&mut self, entry: &Entry, messages: Vec<Message>, marks: Marks) {
        for Message { index, text, is_torn } in messages {
            self.show_words(entry, index, Words::Text(text), Marks { is_torn, ..marks });
        }
    }

    /// Whether something was said before one came, by its author's clock and how far that is ahead of ours.
    fn is_from_before(&self, entry: &Entry) -> bool {
        let here = millis(self.now.moment.since(self.started.moment));
        let came = self.now.wall.0.saturating_sub(here);
        let ahead = self.presence.peer(entry.log).map_or(0, Peer::ahead_ms);
        entry.header.time.wall().0 < came.saturating_add_signed(ahead)
    }

    fn show_words(&mut self, entry: &Entry, index: usize, words: Words, marks: Marks) {
        let marks = Marks { is_backlog: marks.is_backlog || self.is_from_before(entry), ..marks };
        let said = Said {
            room: self.name.clone(),
            who: self.names.speaker(entry.header.author),
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
        let Some(message) = self.partials.tear(log) else { return };
        let held = self.archive.log(log).and_then(|held| held.entries().last()).cloned();
        if let Some(entry) = held {
            self.show_messages(&entry, vec![message], Marks::default());
        }
    }
}
