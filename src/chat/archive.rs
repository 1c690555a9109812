//! Everything that is held of one room, within its bounds.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use super::digest::Digest;
use super::entry::{Deletion, Entry};
use super::frame::Head;
use super::history::Remembered;
use super::identity::{Author, EntryId, LogId};
use super::limits::{
    DELETIONS_MAX, DROPPED_LOGS_MAX, ENTRIES_HELD_MAX, ENTRY_BYTES_HELD_MAX, LOGS_HELD_MAX, OUT_OF_ORDER_IN_ALL_MAX,
};
use super::log::{Inserted, Log, Next};
use super::time::Stamp;
use super::wire;

/// All logs of a room and their digest. When it is full the oldest entries of the oldest logs go first, strangers' before
/// known people's, and of one's own only what `protect` does not hold.
#[derive(Debug, Default)]
pub struct Archive {
    logs: BTreeMap<LogId, Held>,
    digest: Digest,
    known: BTreeSet<Author>,
    /// Whose turn it is to lose entries: strangers first, then by the time of the last entry.
    ages: BTreeSet<Age>,
    all: Load,
    strangers: Load,
    out_of_order: usize,
    /// Logs that were dropped whole, and up to where: they are never asked for again.
    dropped: BTreeMap<LogId, u64>,
    /// The same in the order in which they were dropped.
    dropped_order: VecDeque<LogId>,
    /// One's own logs, and of each the first entry that must stay.
    protected: BTreeMap<LogId, u64>,
    /// What authors took back before it came.
    deletions: BTreeSet<(LogId, u64, Author)>,
}

type Age = (bool, Stamp, LogId);

#[derive(Debug)]
struct Held {
    log: Log,
    author: Author,
    last: Stamp,
    out_of_order: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Load {
    entries: usize,
    bytes: usize,
    logs: usize,
}

impl Archive {
    /// Whether exactly this entry is held.
    pub fn holds(&self, log: LogId, seq: u64, id: EntryId) -> bool {
        let Some(log) = self.log(log) else { return false };
        [log.entry(seq), log.fork(seq)].into_iter().flatten().any(|entry| entry.id == id)
    }

    /// A log.
    pub fn log(&self, log: LogId) -> Option<&Log> {
        self.logs.get(&log).map(|held| &held.log)
    }

    /// Who writes a log.
    pub fn author(&self, log: LogId) -> Option<Author> {
        self.logs.get(&log).map(|held| held.author)
    }

    /// All logs.
    pub fn logs(&self) -> impl Iterator<Item = (LogId, &Log)> {
        self.logs.iter().map(|(&id, held)| (id, &held.log))
    }

    /// How many logs are held.
    pub fn len(&self) -> usize {
        self.logs.len()
    }

    /// Whether no log is held.
    pub fn is_empty(&self) -> bool {
        self.logs.is_empty()
    }

    /// Entries and bytes held, and entries behind gaps, for whoever checks the bounds.
    pub fn load(&self) -> (usize, usize, usize) {
        (self.all.entries, self.all.bytes, self.out_of_order)
    }

    /// The digest of what is held.
    pub fn digest(&mut self) -> &mut Digest {
        &mut self.digest
    }

    /// How far a log is held, as told to others.
    pub fn head(&self, log: LogId) -> Option<Head> {
        self.digest.head(log)
    }

    /// From here on the entries of a log of one's own stay, for somebody may still lack them.
    pub fn protect(&mut self, log: LogId, from: u64) {
        if from == u64::MAX {
            self.protected.remove(&log);
        } else {
            self.protected.insert(log, from);
        }
    }

    /// What is known of a log from an earlier session. Of one that has no entries here it is known up to where it was
    /// kept, so that it is not asked for again.
    pub fn restore(&mut self, remembered: Remembered) {
        let Remembered { log, author, entries, floor, given_up, shown, .. } = remembered;
        if entries.is_empty() {
            return self.remember_dropped(log, floor - 1);
        }
        let begun = Log::from(log, floor, shown.seq);
        self.logs.insert(log, Held { log: begun, author, last: Stamp::ZERO, out_of_order: 0 });
        self.count(self.known.contains(&author), |load| load.logs += 1);
        for entry in entries {
            self.insert(Rc::new(entry));
        }
        for (from, to) in given_up {
            while self.give_up(log, from, to) > 0 {}
        }
    }

    /// `by` takes back what it said before. Says whether it may.
    pub fn take_back(&mut self, deletion: Deletion, by: Author) -> bool {
        if self.author(deletion.log).is_some_and(|author| author != by) {
            return false;
        }
        let mut less = 0;
        for seq in deletion.seqs() {
            let held = self.logs.get_mut(&deletion.log).map(|held| &mut held.log);
            if let Some(log) = held {
                less += log.take_back(seq, wire::erase);
                if log.has(seq) {
                    continue;
                }
            }
            if self.deletions.len() >= DELETIONS_MAX {
                self.deletions.pop_first();
            }
            self.deletions.insert((deletion.log, seq, by));
        }
        self.count(self.known.contains(&by), |load| load.bytes -= less);
        self.refresh(deletion.log);
        true
    }

    /// From now on this author is known: what it wrote goes last.
    pub fn know(&mut self, author: Author) {
        if !self.known.insert(author) {
            return;
        }
        let theirs: Vec<LogId> =
            self.logs.iter().filter(|(_, held)| held.author == author).map(|(&log, _)| log).collect();
        for log in theirs {
            let held = self.logs.get(&log).expect("found above");
            self.ages.remove(&(false, held.last, log));
            self.ages.insert((true, held.last, log));
            self.strangers.entries -= held.log.len();
            self.strangers.bytes -= held.log.weight();
            self.strangers.logs -= 1;
        }
    }

    /// Drops everything that `author` wrote. Says which logs that was.
    pub fn forget(&mut self, author: Author) -> Vec<LogId> {
        let theirs = self.logs.iter().filter(|(_, held)| held.author == author).map(|(&log, _)| log);
        let theirs: Vec<LogId> = theirs.collect();
        for &log in &theirs {
            let shown = self.log(log).map_or(0, Log::shown);
            self.remove(self.known.contains(&author), log);
            self.remember_dropped(log, shown); // so that it is not shown again, should it be wanted again
        }
        theirs
    }

    /// Takes an entry that its author signed.
    pub fn insert(&mut self, entry: Rc<Entry>) -> Inserted {
        let (id, seq, author, weight) = (entry.log, entry.header.seq, entry.header.author, entry.weight());
        let is_known = self.known.contains(&author);
        let stamp = entry.header.time;
        if self.dropped.get(&id).is_some_and(|&to| seq <= to) {
            return Inserted::Refused;
        }
        let is_taken_back = self.deletions.remove(&(id, seq, author));
        let is_new_log = !self.logs.contains_key(&id);
        let dropped = self.dropped(id);
        let held = self.logs.entry(id).or_insert_with(|| Held {
            log: Log::from(id, dropped + 1, dropped),
            author,
            last: Stamp::ZERO,
            out_of_order: 0,
        });
        let inserted = held.log.insert(entry);
        if matches!(inserted, Inserted::New | Inserted::Fork) {
            self.ages.remove(&(is_known, held.last, id));
            held.last = held.last.max(stamp);
            self.ages.insert((is_known, held.last, id));
            self.count(is_known, |load| {
                load.entries += 1;
                load.bytes += weight;
                load.logs += usize::from(is_new_log);
            });
            self.refresh(id);
            if is_taken_back {
                self.take_back(Deletion { log: id, seq, count: 1 }, author);
            }
            self.shrink();
        } else if is_new_log {
            self.logs.remove(&id);
        }
        inserted
    }

    /// Gives up what is missing in a log. Says how many entries that is.
    pub fn give_up(&mut self, log: LogId, from: u64, to: u64) -> u64 {
        let Some(held) = self.logs.get_mut(&log) else { return self.skip(log, from, to) };
        let given_up = held.log.give_up(from, to);
        if given_up > 0 {
            self.refresh(log);
        }
        given_up
    }

    /// Nobody has the beginning of a log that is not held: it begins behind that.
    fn skip(&mut self, log: LogId, from: u64, to: u64) -> u64 {
        let before = self.dropped(log);
        if from > before + 1 || to <= before {
            return 0;
        }
        self.remember_dropped(log, to);
        to - before
    }

    /// What is to be shown next of a log.
    pub fn show_next(&mut self, log: LogId) -> Option<Next> {
        self.logs.get_mut(&log)?.log.show_next()
    }

    /// Up to where a log was dropped, for it is not asked for again.
    pub fn dropped(&self, log: LogId) -> u64 {
        self.dropped.get(&log).copied().unwrap_or(0)
    }

    fn count(&mut self, is_known: bool, change: impl Fn(&mut Load)) {
        change(&mut self.all);
        if !is_known {
            change(&mut self.strangers);
        }
    }

    fn refresh(&mut self, log: LogId) {
        let Some(held) = self.logs.get_mut(&log) else { return };
        let now = held.log.out_of_order();
        self.out_of_order = self.out_of_order + now - held.out_of_order;
        held.out_of_order = now;
        if let Some(head) = held.log.head()
            && self.digest.head(log) != Some(head)
        {
            self.digest.set(head);
        }
    }

    fn shrink(&mut self) {
        while self.out_of_order > OUT_OF_ORDER_IN_ALL_MAX {
            let Some((&log, _)) = self.logs.iter().max_by_key(|(_, held)| held.out_of_order) else { return };
            let held = self.logs.get_mut(&log).expect("found above");
            let (Some(dropped), is_known) = (held.log.drop_farthest(), self.known.contains(&held.author)) else {
                return;
            };
            self.less(is_known, dropped);
            self.refresh(log);
        }
        while self.is_over() {
            if !self.drop_oldest() {
                return;
            }
        }
    }

    fn is_over(&self) -> bool {
        let is_over = |load: Load, part: usize| {
            load.entries > ENTRIES_HELD_MAX / part
                || load.bytes > ENTRY_BYTES_HELD_MAX / part
                || load.logs > LOGS_HELD_MAX / part
        };
        is_over(self.all, 1) || is_over(self.strangers, 2)
    }

    /// Drops one entry, or a log that has none left. Says whether anything could go.
    fn drop_oldest(&mut self) -> bool {
        let may_go = |&&(_, _, log): &&Age| {
            let first = || self.logs[&log].log.entries().next().map(|entry| entry.header.seq);
            self.protected.get(&log).is_none_or(|&from| first().is_none_or(|first| first < from))
        };
        let Some(&(is_known, last, log)) = self.ages.iter().find(may_go) else { return false };
        let is_crowded = self.all.logs > LOGS_HELD_MAX || self.strangers.logs > LOGS_HELD_MAX / 2;
        let held = self.logs.get_mut(&log).expect("its age is known");
        if !is_crowded
            && held.log.len() > 1
            && let Some(dropped) = held.log.drop_first()
        {
            self.less(is_known, dropped);
            self.refresh(log);
            return true;
        }
        let settled = held.log.settled();
        debug_assert_eq!(last, held.last, "it is where its age says");
        self.remove(is_known, log);
        self.remember_dropped(log, settled);
        true
    }

    /// Drops a log whole.
    fn remove(&mut self, is_known: bool, log: LogId) {
        let Some(held) = self.logs.remove(&log) else { return };
        self.out_of_order -= held.out_of_order;
        self.ages.remove(&(is_known, held.last, log));
        self.digest.remove(log);
        self.less(is_known, (held.log.len(), held.log.weight()));
        self.count(is_known, |load| load.logs -= 1);
    }

    fn less(&mut self, is_known: bool, (entries, bytes): (usize, usize)) {
        self.count(is_known, |load| {
            load.entries -= entries;
            load.bytes -= bytes;
        });
    }

    fn remember_dropped(&mut self, log: LogId, to: u64) {
        if self.dropped.len() >= DROPPED_LOGS_MAX
            && let Some(oldest) = self.dropped_order.pop_front()
        {
            self.dropped.remove(&oldest);
        }
        if self.dropped.insert(log, to).is_none() {
            self.dropped_order.push_back(log);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::bytes::Bytes;
    use crate::chat::entry::{Header, NO_ENTRY};
    use crate::chat::identity::Signature;
    use crate::chat::time::{Hybrid, Wall};

    /// An entry of an invented author; the archive takes what others have verified.
    fn entry(author: u16, seq: u64, body_len: usize) -> Rc<Entry> {
        let (mut log, mut key) = (LogId::ZERO, Author::ZERO);
        log.0[..2].copy_from_slice(&author.to_le_bytes());
        key.0[..2].copy_from_slice(&author.to_le_bytes());
        let time = Hybrid::default().next(Wall(u64::from(author) * 20_000 + seq));
        let header = Header { author: key, run: Bytes([1; 8]), seq, prev: NO_ENTRY, time, kind: 0 };
        let mut id = EntryId::ZERO;
        id.0[..8].copy_from_slice(&seq.to_le_bytes());
        let bytes = vec![0; 80 + body_len].into();
        Rc::new(Entry { id, log, header, bytes, signature: Signature::ZERO, body_len, is_erased: false })
    }

    fn own(author: u16) -> Author {
        entry(author, 1, 0).header.author
    }

    #[test]
    fn strangers_hold_at_most_half_and_push_nobody_out_one_knows() {
        let mut archive = Archive::default();
        archive.know(own(1));
        for seq in 1..=4000 {
            archive.insert(entry(1, seq, 10));
        }
        for author in 100..8100 {
            archive.insert(entry(author, 1, 10));
            archive.insert(entry(author, 2, 10));
        }
        let (entries, _, _) = archive.load();
        assert!(entries <= 4000 + ENTRIES_HELD_MAX / 2, "{entries}");
        assert_eq!(archive.log(entry(1, 1, 0).log).map(Log::len), Some(4000));
        assert!(archive.log(entry(8099, 1, 0).log).is_some(), "the newest stranger is there");
        assert_eq!(archive.dropped(entry(5000, 1, 0).log), 2, "and who was dropped is not asked for again");
    }

    #[test]
    fn the_oldest_go_first_and_ones_own_unconfirmed_never() {
        let mut archive = Archive::default();
        archive.know(own(1));
        archive.know(own(2));
        for seq in 1..=100 {
            archive.insert(entry(1, seq, 10));
        }
        archive.protect(entry(1, 1, 0).log, 50);
        for seq in 1001..=1000 + ENTRIES_HELD_MAX as u64 {
            archive.insert(entry(2, seq - 1000, 10));
        }
        let mine = archive.log(entry(1, 1, 0).log).unwrap();
        assert_eq!((mine.floor(), mine.len()), (50, 51));
        assert!(archive.load().0 <= ENTRIES_HELD_MAX);
    }

    #[test]
    fn bytes_are_bounded_as_entries_are() {
        let mut archive = Archive::default();
        archive.know(own(1));
        for seq in 1..=10_000 {
            archive.insert(entry(1, seq, 2000));
            assert!(archive.load().1 <= ENTRY_BYTES_HELD_MAX);
        }
        assert!(archive.load().0 < 10_000);
    }

    #[test]
    fn an_author_that_becomes_known_counts_as_a_stranger_no_more() {
        let mut archive = Archive::default();
        for seq in 1..=10 {
            archive.insert(entry(5, seq, 10));
        }
        assert_eq!(archive.strangers.entries, 10);
        archive.know(own(5));
        assert_eq!((archive.strangers.entries, archive.strangers.bytes, archive.strangers.logs), (0, 0, 0));
        assert_eq!(archive.load().0, 10);
    }

    #[test]
    fn what_was_taken_back_before_it_came_says_nothing_when_it_comes() {
        let log = entry(1, 1, 0).log;
        let held = |archive: &Archive, seq| archive.log(log).and_then(|log| log.entry(seq)).map(|held| held.is_erased);
        for first in [&[][..], &[1, 4]] {
            let mut archive = Archive::default();
            for &seq in first {
                archive.insert(entry(1, seq, 10));
            }
            // Whoever else claims it takes nothing from its author's word.
            assert_eq!(archive.take_back(Deletion { log, seq: 2, count: 1 }, own(7)), first.is_empty());
            assert!(archive.take_back(Deletion { log, seq: 2, count: 1 }, own(1)));
            archive.take_back(Deletion { log, seq: 3, count: 1 }, own(7));
            for seq in [1, 2, 3] {
                archive.insert(entry(1, seq, 10));
            }
            assert_eq!((held(&archive, 2), held(&archive, 3)), (Some(true), Some(false)));
        }
    }
}
