//! What is kept on disk, and what comes back from there.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Room;
use super::topic::Topic;
use crate::chat::base::time::Wall;
use crate::chat::keys::identity::{Author, LogId};
use crate::chat::log::Log;
use crate::chat::log::records::{Memory, Record, Shown};
use crate::chat::peers::names;
use crate::chat::wire;
use crate::chat::wire::entry::{Body, Deletion, Entry};
use crate::chat::wire::frame::{Span, flags};

impl Room {
    /// Something is to be kept.
    pub(super) fn store(&mut self, record: Record) {
        self.outputs.store(record);
    }

    pub(super) fn store_entry(&mut self, entry: &Arc<Entry>, is_own: bool, is_second: bool) {
        let (room, tag, entry, received) = (self.id, self.seal.tag(), Arc::clone(entry), self.now.wall);
        if let Some(topic) = Topic::of(&entry) {
            self.topics.take(topic);
        }
        self.store(Record::Entry { room, tag, entry, received, is_own, is_second });
    }

    /// The first entry of a log came whose beginning nobody has.
    pub(super) fn note_beginning(&mut self, log: LogId, seq: u64) {
        let Some(held) = self.archive.log(log).filter(|held| held.len() == 1 && held.floor() > 1) else { return };
        if seq >= held.floor() {
            let to = held.floor() - 1;
            self.store(Record::GivenUp(Span { log, from: 1, to }));
        }
    }

    /// A log is shown as far as it was handed out, but for a message that waits for its end, and unless all of it waits for
    /// the rest of the backlog. Where nobody sees what is shown, nothing is.
    pub(super) fn note_shown(&mut self, log: LogId) {
        if let Some(seq) = self.archive.log(log).map(Log::shown)
            && !self.timeline.holds(log)
        {
            self.note_shown_upto(log, seq);
        }
    }

    pub(super) fn note_shown_upto(&mut self, log: LogId, seq: u64) {
        if let Some(upto) = self.timeline.shown(log, seq) {
            self.store(Record::Shown { log, upto });
        }
    }

    /// What a peer has confirmed of one's own log is kept. Says whether that is more than before.
    pub(super) fn note_receipt(&mut self, peer: LogId) -> bool {
        let own = self.own.log();
        let Some(peer) = self.presence.peer_mut(peer) else { return false };
        let (by, seq) = (peer.author, peer.acked(own));
        let has_more = seq > std::mem::replace(&mut peer.persisted, seq);
        if has_more {
            self.store(Record::Receipt { log: own, by, seq });
        }
        has_more
    }

    /// Who is here goes by a nick, and is known by it from now on, unless the key is forgotten with its session.
    pub(super) fn note_name(&mut self, log: LogId) {
        let Some(peer) = self.presence.peer(log).filter(|peer| peer.flags & flags::TEMPORARY == 0) else { return };
        let (author, nick) = (peer.author, names::sanitise(&peer.nick));
        self.store(Record::Name { author, nick, seen: self.now.wall });
    }

    /// Takes up what earlier sessions have left: what is held and offered, what people are called, and what was not shown
    /// or not confirmed. What others said at `since` or later counts as not shown.
    pub(super) fn restore(&mut self, memory: Memory, since: Option<Wall>) {
        let me = self.own.author();
        for (author, trust) in memory.trust {
            self.names.regard(author, trust);
        }
        let (own, opened) = memory.private.into_iter().partition(|private| private.is_own);
        self.outbox.remember_private(own);
        self.private.restore(memory.prekeys, Vec::into_iter(opened));
        let named: BTreeSet<Author> = memory.names.iter().map(|&(author, _)| author).collect();
        for (author, nick) in memory.names.into_iter().filter(|(author, _)| *author != me) {
            self.archive.know(author);
            self.names.learn(author, &nick);
        }
        let mut deletions: Vec<Arc<Entry>> = Vec::new();
        for mut remembered in memory.logs {
            let log = remembered.log;
            if self.names.ignores(remembered.author) {
                *self.shunned.entry(log) = true;
                continue;
            }
            if let Some(own) = remembered.own.take() {
                let last = remembered.entries.last().map_or(0, |entry| entry.header.seq);
                remembered.shown.seq = remembered.shown.seq.max(last);
                remembered.entries.iter().for_each(|entry| self.own.resume(entry.header.time));
                self.archive.protect(log, self.outbox.remember(log, own, &remembered.entries));
            } else if let Some(seq) = since.and_then(|since| last_before(&remembered.entries, since))
                && seq < remembered.shown.seq
            {
                remembered.shown = Shown { seq, places: 0 };
            }
            if remembered.shown.places > 0 {
                self.timeline.shown_before(log, remembered.shown);
            }
            self.archive.restore(remembered);
            let held = self.archive.log(log).into_iter().flat_map(Log::entries);
            deletions.extend(held.filter(|entry| entry.header.kind == Deletion::KIND).cloned());
        }
        for entry in deletions {
            if let Body::Deletion(deletion) = wire::body(&entry) {
                self.archive.take_back(deletion, entry.header.author);
            }
        }
        let gaps = self.archive.logs().filter_map(|(log, held)| Some((log, held.gap()?)));
        gaps.for_each(|(log, gap)| self.gaps.note(log, gap.from, self.now.moment));
        self.topics.look(&self.archive);
        self.restore_offers();
        self.read_nicks(&named);
        self.show_what_was_not();
        if !self.own.is_temporary() {
            let (author, nick, seen) = (me, names::sanitise(self.own.nick()), self.now.wall);
            self.store(Record::Name { author, nick, seen });
        }
    }

    /// Whose name was not kept goes by that in an entry of theirs: the last session ended before it was clear who that is.
    fn read_nicks(&mut self, named: &BTreeSet<Author>) {
        let entries = self.archive.logs().flat_map(|(_, log)| log.entries());
        let profiles =
            entries.filter(|entry| entry.header.kind == Body::PROFILE && !named.contains(&entry.header.author));
        let nicks = profiles.filter_map(|entry| match wire::body(entry) {
            Body::Profile(nick) => Some((entry.header.author, nick)),
            _ => None,
        });
        let nicks: Vec<(Author, String)> = nicks.collect();
        for (author, nick) in nicks {
            self.names.read(author, &nick);
        }
    }

    /// What came and was not shown before the last session ended is backlog now.
    fn show_what_was_not(&mut self) {
        let is_new = |&(_, log): &(LogId, &Log)| log.shown() < log.settled();
        let logs: Vec<LogId> = self.archive.logs().filter(is_new).map(|(id, _)| id).collect();
        for &log in &logs {
            self.gather_ready(log);
        }
        if !logs.is_empty() {
            self.show_backlog();
        }
    }
}

/// The number of the last of these entries that was written before; `None`: all were.
fn last_before(entries: &[Arc<Entry>], since: Wall) -> Option<u64> {
    entries.iter().find(|entry| entry.header.time.wall() >= since).map(|entry| entry.header.seq - 1)
}
