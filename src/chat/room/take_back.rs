//! What is taken back: a deletion names an entry of its author, and whoever honours it forgets what that said.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Room;
use super::private::is_sealed;
use crate::chat::api::talk::{MessageId, Takeback};
use crate::chat::base::limits::PREVIEW_CHARS;
use crate::chat::base::time::{Now, Wall};
use crate::chat::keys::identity::Author;
use crate::chat::log::records::Record;
use crate::chat::wire;
use crate::chat::wire::entry::{Body, Deletion, Entry};
use crate::chat::wire::offer::Offers;

impl Room {
    /// Takes back what one said last, with what was sent in the same entries. Says how many messages that are, how the
    /// first begins, and which; `None`: nothing is left that could be taken back.
    pub fn take_back_last(&mut self, now: Now) -> Option<(usize, String, Takeback)> {
        self.pass_time(now);
        let last = self.last_said();
        let in_this_run = last.as_ref().filter(|last| last.log == self.own.log()).map_or(0, |last| last.header.seq);
        if let Some((first, last, begins)) = self.private.take_last(in_this_run) {
            let count = u8::try_from(last - first + 1).unwrap_or(u8::MAX);
            let deletion = Deletion { log: self.own.log(), seq: first, count };
            self.take_back(deletion, last);
            return Some((1, begins, self.takeback(deletion)));
        }
        let last = last?;
        let mut parts = vec![Arc::clone(&last)];
        while parts.len() < usize::from(u8::MAX)
            && let Some(before) = self.before(parts.last()?)
        {
            parts.push(before);
        }
        let lines = parts.iter().map(|part| match wire::body(part) {
            Body::Text(text) => text.lines.len() - usize::from(text.continues),
            _ => 1,
        });
        let messages = lines.sum();
        let begins = match parts.last().map(|part| wire::body(part)) {
            Some(Body::Text(text)) => text.lines[0].chars().take(PREVIEW_CHARS).collect(),
            Some(Body::Action(action)) => action.text.chars().take(PREVIEW_CHARS).collect(),
            _ => String::new(),
        };
        let first = parts.last().map_or(last.header.seq, |part| part.header.seq);
        let count = u8::try_from(last.header.seq - first + 1).unwrap_or(u8::MAX);
        let deletion = Deletion { log: last.log, seq: first, count };
        self.take_back(deletion, last.header.seq);
        Some((messages, begins, self.takeback(deletion)))
    }

    pub(super) fn take_back(&mut self, deletion: Deletion, last: u64) {
        if deletion.log == self.own.log() {
            self.deliveries.forget_text(deletion.seq, last);
        }
        self.publish(vec![Body::Deletion(deletion)]);
        self.honour(deletion, self.own.author());
    }

    /// The newest message of one's own, of whichever session.
    fn last_said(&self) -> Option<Arc<Entry>> {
        let me = self.own.author();
        let is_message = |entry: &&Arc<Entry>| matches!(entry.header.kind, 0 | 1) && !entry.is_erased;
        let mine = self.archive.logs().filter(|&(log, _)| self.archive.author(log) == Some(me));
        let last = mine.filter_map(|(_, log)| log.entries().rev().find(is_message));
        last.max_by_key(|entry| entry.header.time).cloned()
    }

    /// When each author last said something that is held, by their clocks.
    pub fn last_words(&self) -> BTreeMap<Author, Wall> {
        let mut all = BTreeMap::new();
        for (id, log) in self.archive.logs() {
            let last = log.entries().rev().find(|entry| matches!(entry.header.kind, 0 | 1) && !entry.is_erased);
            if let (Some(author), Some(last)) = (self.archive.author(id), last) {
                let newest: &mut Wall = all.entry(author).or_default();
                *newest = (*newest).max(last.header.time.wall());
            }
        }
        all
    }

    /// The entry that an entry's first message begins in, or goes on in.
    fn before(&self, entry: &Entry) -> Option<Arc<Entry>> {
        let before = self.archive.log(entry.log)?.entry(entry.header.seq - 1)?;
        let goes_on = |body: Body| matches!(body, Body::Text(text) if text.continues);
        goes_on(wire::body(before)).then(|| Arc::clone(before))
    }

    /// A deletion came, or was made.
    pub(super) fn on_deletion(&mut self, entry: &Entry) {
        if let Body::Deletion(deletion) = wire::body(entry) {
            self.honour(deletion, entry.header.author);
            self.progress_after(deletion);
        }
    }

    fn honour(&mut self, deletion: Deletion, by: Author) {
        if self.archive.take_back(deletion, by) {
            self.withdraw_offers(deletion);
            self.store(Record::Erased { deletion, by });
            self.topics.take_back(deletion, &self.archive);
        }
    }

    /// A gap may be settled by it.
    fn progress_after(&mut self, deletion: Deletion) {
        if self.archive.log(deletion.log).is_some_and(|held| held.gap().is_none() && held.shown() < held.settled()) {
            self.gaps.end(deletion.log);
            self.show_ready(deletion.log);
        }
    }

    /// What a deletion takes back: its header is still there.
    pub(super) fn takeback(&self, deletion: Deletion) -> Takeback {
        let Deletion { log, seq, count } = deletion;
        let entry = self.archive.log(log).and_then(|held| held.entry(seq));
        Takeback {
            id: MessageId { log, seq, index: 0 },
            last: seq.saturating_add(u64::from(count.saturating_sub(1))),
            sent: entry.map(|entry| entry.header.time.wall()),
            is_offer: entry.is_some_and(|entry| entry.header.kind == Offers::KIND),
        }
    }

    /// Whether it was to one person alone.
    pub(super) fn is_private(&self, taken: &Takeback) -> bool {
        let entry = self.archive.log(taken.id.log).and_then(|held| held.entry(taken.id.seq));
        entry.is_some_and(|entry| is_sealed(entry))
    }

    /// Whether a deletion names what its author may take back, as far as that is known.
    pub(super) fn is_rightful(&self, deletion: Deletion, entry: &Entry) -> bool {
        self.archive.author(deletion.log).is_none_or(|author| author == entry.header.author)
    }
}
