//! Everything that is held of one room, within its bounds.

mod eviction;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::chat::base::bounds::Bounds;
use crate::chat::base::limits::{CLOCK_AHEAD_MAX, DELETIONS_MAX};
use crate::chat::base::time::{Stamp, Wall, millis};
use crate::chat::keys::identity::{Author, EntryId, LogId};
use crate::chat::log::digest::Digest;
use crate::chat::log::records::Remembered;
use crate::chat::log::{Inserted, Lack, Log, Next};
use crate::chat::wire;
use crate::chat::wire::entry::{Deletion, Entry};
use crate::chat::wire::frame::Head;

use eviction::{Evicted, Eviction, Load, Owner, Rank};

/// All logs of a room and their digest. When it is full the oldest entry of the room goes, strangers' before known
/// people's: never one that was not handed out to be shown, and of one's own only what `protect` does not hold.
#[derive(Debug, Default)]
pub struct Archive {
    bounds: Bounds,
    now: Wall,
    logs: BTreeMap<LogId, HeldLog>,
    digest: Digest,
    known: BTreeSet<Author>,
    eviction: Eviction,
    out_of_order: usize,
    /// The logs with entries behind gaps, the one with most of them last.
    torn: BTreeSet<(usize, LogId)>,
    /// Logs that were dropped whole, and up to where: they are never asked for again.
    dropped: BTreeMap<LogId, u64>,
    /// The same in the order in which they were dropped.
    dropped_order: VecDeque<LogId>,
    /// One's own logs, and of each the first entry that must stay.
    protected: BTreeMap<LogId, u64>,
    /// What authors took back before it came.
    deletions: BTreeSet<(LogId, u64, Author)>,
}

#[derive(Debug)]
struct HeldLog {
    log: Log,
    author: Author,
    last: Stamp,
    /// The latest that something which came by now can have been said.
    latest: Stamp,
    out_of_order: usize,
    rank: Option<Rank>,
}

impl Archive {
    /// An empty one.
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, eviction: Eviction::new(bounds), ..Self::default() }
    }

    /// It is `now`: what was said later than that can have been is taken to have been said at most so late.
    pub fn pass_time(&mut self, now: Wall) {
        self.now = now;
    }

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

    /// Up to where a log is settled, also where it was dropped since.
    pub fn settled(&self, log: LogId) -> u64 {
        self.log(log).map_or_else(|| self.dropped(log), Log::settled)
    }

    /// Up to where all of a log came that its author may wait for, also where it was dropped since.
    pub fn confirmed(&self, log: LogId) -> u64 {
        self.log(log).map_or_else(|| self.dropped(log), Log::confirmed)
    }

    /// Entries and bytes held, and entries behind gaps, for whoever checks the bounds.
    pub fn load(&self) -> (usize, usize, usize) {
        let Load { entries, bytes, .. } = self.eviction.all();
        (entries, bytes, self.out_of_order)
    }

    /// Of how many authors anything is held, how many logs are remembered as dropped, and how many deletions of what did
    /// not come yet; for whoever checks the bounds.
    pub fn remembered(&self) -> (usize, usize, usize) {
        (self.eviction.authors(), self.dropped.len().max(self.dropped_order.len()), self.deletions.len())
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
        self.rank(log);
    }

    /// What is known of a log from an earlier session. Of one that has no entries here it is known up to where it was
    /// kept, so that it is not asked for again.
    pub fn restore(&mut self, remembered: Remembered) {
        let Remembered { log, author, mut entries, floor, given_up, shown, .. } = remembered;
        entries.retain(|entry| entry.log == log); // a damaged file may say that another one's are among them
        if entries.is_empty() {
            return self.remember_dropped(log, floor.saturating_sub(1));
        }
        self.begin(log, author, Log::from(log, floor, shown.seq));
        for entry in entries {
            self.put(entry);
        }
        self.refresh(log);
        for (from, to) in given_up {
            while self.give_up(log, from, to, Lack::Missed) > 0 {}
        }
        self.drop_farthest();
        self.shrink(author);
    }

    /// Gives up what is missing in a log, for its author says that it keeps that no longer, or else for nobody has it. Says
    /// how many entries that is.
    pub fn give_up(&mut self, log: LogId, from: u64, to: u64, lack: Lack) -> u64 {
        let Some(held) = self.logs.get_mut(&log) else { return self.skip(log, from, to) };
        let given_up = held.log.give_up(from, to, lack);
        if given_up > 0 {
            self.refresh(log);
        }
        given_up
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
        self.eviction.sub(self.owner(by), Load { bytes: less, ..Load::default() });
        self.refresh(deletion.log);
        true
    }

    /// Whether what this author wrote goes last.
    pub fn knows(&self, author: Author) -> bool {
        self.known.contains(&author)
    }

    /// From now on this author is known: what it wrote goes last.
    pub fn know(&mut self, author: Author) {
        if !self.known.insert(author) {
            return;
        }
        self.eviction.know(author);
        let theirs: Vec<LogId> =
            self.logs.iter().filter(|(_, held)| held.author == author).map(|(&log, _)| log).collect();
        for log in theirs {
            self.rank(log);
        }
    }

    /// Drops everything that `author` wrote. Says which logs that was.
    pub fn forget(&mut self, author: Author) -> Vec<LogId> {
        let theirs = self.logs.iter().filter(|(_, held)| held.author == author).map(|(&log, _)| log);
        let theirs: Vec<LogId> = theirs.collect();
        for &log in &theirs {
            let shown = self.log(log).map_or(0, Log::shown);
            self.remove(log);
            self.remember_dropped(log, shown); // so that it is not shown again, should it be wanted again
        }
        theirs
    }

    /// Takes an entry that its author signed.
    pub fn insert(&mut self, entry: Arc<Entry>) -> Inserted {
        let (id, seq, author) = (entry.log, entry.header.seq, entry.header.author);
        let dropped = self.dropped(id);
        if seq <= dropped {
            return Inserted::Refused;
        }
        let is_new_log = !self.logs.contains_key(&id);
        if is_new_log {
            self.begin(id, author, Log::from(id, dropped + 1, dropped));
        }
        let inserted = self.put(entry);
        if !matches!(inserted, Inserted::New | Inserted::Fork) {
            if is_new_log {
                self.remove(id);
            }
            return inserted;
        }
        self.refresh(id);
        if self.deletions.remove(&(id, seq, author)) {
            self.take_back(Deletion { log: id, seq, count: 1 }, author);
        }
        self.drop_farthest();
        self.shrink(author);
        inserted
    }

    /// Puts an entry into its log, which has begun. The log is to be [refreshed](Self::refresh), and the bounds looked at.
    fn put(&mut self, entry: Arc<Entry>) -> Inserted {
        let (author, stamp, weight) = (entry.header.author, entry.placed, entry.weight());
        let held = self.logs.get_mut(&entry.log).expect("it has begun");
        let inserted = held.log.insert(entry);
        if matches!(inserted, Inserted::New | Inserted::Fork) {
            held.latest = Stamp::of(Wall(self.now.0.saturating_add(millis(CLOCK_AHEAD_MAX))));
            held.last = held.last.max(stamp.min(held.latest));
            self.eviction.add(self.owner(author), Load { entries: 1, bytes: weight, logs: 0 });
        }
        inserted
    }

    fn begin(&mut self, id: LogId, author: Author, log: Log) {
        self.logs
            .insert(id, HeldLog { log, author, last: Stamp::ZERO, latest: Stamp::ZERO, out_of_order: 0, rank: None });
        self.eviction.add(self.owner(author), Load { logs: 1, ..Load::default() });
    }

    /// Nobody has the beginning of a log that is not held: it begins behind that.
    fn skip(&mut self, log: LogId, from: u64, to: u64) -> u64 {
        let before = self.dropped(log);
        if from > before.saturating_add(1) || to <= before {
            return 0;
        }
        self.remember_dropped(log, to);
        to - before
    }

    /// What is to be shown next of a log. It may go from here, now that it is handed out.
    pub fn show_next(&mut self, log: LogId) -> Option<Next> {
        let held = self.logs.get_mut(&log)?;
        let (next, author) = (held.log.show_next()?, held.author);
        self.rank(log);
        self.shrink(author);
        Some(next)
    }

    /// Up to where a log was dropped, for it is not asked for again.
    pub fn dropped(&self, log: LogId) -> u64 {
        self.dropped.get(&log).copied().unwrap_or(0)
    }

    fn owner(&self, author: Author) -> Owner {
        Owner { author, is_known: self.known.contains(&author) }
    }

    /// A log has changed: how far it is held, and what of it may go.
    fn refresh(&mut self, log: LogId) {
        let Some(held) = self.logs.get_mut(&log) else { return };
        let (before, now) = (held.out_of_order, held.log.out_of_order());
        held.out_of_order = now;
        self.out_of_order = self.out_of_order + now - before;
        if before != now {
            self.torn.remove(&(before, log));
            if now > 0 {
                self.torn.insert((now, log));
            }
        }
        if let Some(head) = held.log.head()
            && self.digest.head(log) != Some(head)
        {
            self.digest.set(head);
        }
        self.rank(log);
    }

    /// Puts a log where it stands among those that may lose an entry.
    fn rank(&mut self, log: LogId) {
        let Some(held) = self.logs.get(&log) else { return };
        let stays_from = self.protected.get(&log).copied().unwrap_or(u64::MAX);
        let may_go = |seq: u64| seq < stays_from && seq <= held.log.settled() && held.log.was_shown(seq);
        let last = held.log.last().filter(|last| may_go(last.header.seq)).map(|_| held.last);
        let first = held.log.first().filter(|first| may_go(first.header.seq));
        let said = |first: &Arc<Entry>| first.placed.min(held.latest);
        let now = first.map(|first| Rank { owner: self.owner(held.author), first: said(first), last });
        let held = self.logs.get_mut(&log).expect("found above");
        self.eviction.rank(log, std::mem::replace(&mut held.rank, now), now);
    }

    /// Of the log with most entries behind a gap the farthest ones go.
    fn drop_farthest(&mut self) {
        while self.out_of_order > self.bounds.out_of_order
            && let Some(&(_, log)) = self.torn.last()
            && let Some(held) = self.logs.get_mut(&log)
            && let Some(dropped) = held.log.drop_farthest()
        {
            self.lessen(log, dropped);
        }
    }

    /// So many entries of a log are gone. One that has none left goes, too.
    fn lessen(&mut self, log: LogId, (entries, bytes): (usize, usize)) {
        let Some(held) = self.logs.get(&log) else { return };
        self.eviction.sub(self.owner(held.author), Load { entries, bytes, logs: 0 });
        if held.log.is_empty() {
            self.drop_log(log);
        } else {
            self.refresh(log);
        }
    }

    /// As long as it is too much, and anything may go, the next goes.
    fn shrink(&mut self, author: Author) {
        while let Some(turn) = self.eviction.turn(author) {
            match turn {
                Evicted::Entry(log) => self.drop_first(log),
                Evicted::Log(log) => self.drop_log(log),
            }
        }
    }

    fn drop_first(&mut self, log: LogId) {
        let dropped = self.logs.get_mut(&log).and_then(|held| held.log.drop_first());
        self.lessen(log, dropped.expect("its rank is known: it is held, and was shown"));
    }

    /// A log goes whole, and is not asked for again as far as it was settled.
    fn drop_log(&mut self, log: LogId) {
        let settled = self.settled(log);
        self.remove(log);
        if settled > 0 {
            self.remember_dropped(log, settled);
        }
    }

    fn remove(&mut self, log: LogId) {
        let Some(held) = self.logs.remove(&log) else { return };
        self.out_of_order -= held.out_of_order;
        self.torn.remove(&(held.out_of_order, log));
        self.eviction.rank(log, held.rank, None);
        self.digest.remove(log);
        let load = Load { entries: held.log.len(), bytes: held.log.weight(), logs: 1 };
        self.eviction.sub(self.owner(held.author), load);
    }

    fn remember_dropped(&mut self, log: LogId, to: u64) {
        if self.dropped.insert(log, to).is_none() {
            self.dropped_order.push_back(log);
        }
        if self.dropped.len() > self.bounds.dropped
            && let Some(oldest) = self.dropped_order.pop_front()
        {
            self.dropped.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;
    use crate::chat::base::time::Hybrid;
    use crate::chat::keys::identity::Signature;
    use crate::chat::log::records::Shown;
    use crate::chat::wire::entry::{Header, NO_ENTRY};

    /// An entry of an invented author; the archive takes what others have verified.
    fn entry(author: u16, seq: u64, body_len: usize) -> Arc<Entry> {
        let (mut log, mut key) = (LogId::ZERO, Author::ZERO);
        log.0[..2].copy_from_slice(&author.to_le_bytes());
        key.0[..2].copy_from_slice(&author.to_le_bytes());
        let time = Hybrid::default().next(Wall(u64::from(author) * 20_000 + seq));
        let header = Header { author: key, run: Bytes([1; 8]), seq, prev: NO_ENTRY, time, kind: 0 };
        let mut id = EntryId::ZERO;
        id.0[..8].copy_from_slice(&seq.to_le_bytes());
        let bytes = vec![0; 80 + body_len].into();
        Arc::new(Entry { id, log, header, bytes, signature: Signature::ZERO, body_len, placed: time, is_erased: false })
    }

    fn own(author: u16) -> Author {
        entry(author, 1, 0).header.author
    }

    const SMALL: Bounds = Bounds { entries: 100, bytes: 1 << 20, logs: 40, dropped: 20, out_of_order: 30 };

    /// A room that holds little and knows these people.
    fn small(known: &[u16]) -> Archive {
        let mut archive = Archive::new(SMALL);
        archive.pass_time(Wall(100_000_000));
        for &author in known {
            archive.know(own(author));
        }
        archive
    }

    impl Archive {
        /// Takes an entry and shows what is ready.
        fn take(&mut self, entry: Arc<Entry>) -> Inserted {
            let (log, inserted) = (entry.log, self.insert(entry));
            while self.show_next(log).is_some() {}
            assert!(self.load().0 <= self.bounds.entries && self.load().1 <= self.bounds.bytes);
            assert!(self.len() <= self.bounds.logs && self.load().2 <= self.bounds.out_of_order);
            inserted
        }

        /// What is held of the log of an author: its floor, and how many entries.
        fn held(&self, author: u16) -> Option<(u64, usize)> {
            self.log(entry(author, 1, 0).log).map(|log| (log.floor(), log.len()))
        }
    }

    /// An entry of an author, said at a time of its own choice.
    fn said(author: u16, seq: u64, at: u64) -> Arc<Entry> {
        let mut said = Arc::unwrap_or_clone(entry(author, seq, 10));
        said.placed = Hybrid::default().next(Wall(at));
        Arc::new(said)
    }

    /// What a file says of the log of an author: these entries, all of them shown.
    fn remembered(author: u16, entries: Vec<Arc<Entry>>) -> Remembered {
        let first = entry(author, 1, 0);
        let shown = Shown { seq: u64::MAX, places: 0 };
        Remembered { log: first.log, author: own(author), entries, floor: 1, given_up: Vec::new(), shown, own: None }
    }

    #[test]
    fn what_comes_from_the_file_is_held_within_the_bounds_and_in_its_own_log_alone() {
        let mut archive = small(&[1, 2]);
        archive.restore(remembered(1, (1..=90).map(|seq| entry(1, seq, 10)).collect()));
        assert_eq!(archive.held(1), Some((41, 50)), "half of the room at most");
        archive.restore(remembered(2, vec![entry(2, 1, 10), entry(1, 91, 10), entry(2, 2, 10)]));
        assert_eq!((archive.held(1), archive.held(2)), (Some((41, 50)), Some((1, 2))));
        assert_eq!(archive.head(entry(1, 1, 0).log).map(|head| (head.floor, head.seq)), Some((41, 90)));
        archive.restore(remembered(3, vec![entry(1, 92, 10)]));
        assert_eq!((archive.held(3), archive.len()), (None, 2));
    }

    #[test]
    fn of_people_who_talk_in_turn_everybody_loses_their_oldest() {
        let mut archive = small(&[1, 2, 3, 4]);
        for turn in 0..400 {
            let (author, seq) = (1 + u16::try_from(turn % 4).unwrap(), 1 + turn / 4);
            archive.take(said(author, seq, turn));
        }
        let held: Vec<_> = (1..=4).filter_map(|author| archive.held(author)).collect();
        assert_eq!(held, [(76, 25); 4]);
    }

    #[test]
    fn what_was_not_shown_yet_does_not_go() {
        let mut archive = small(&[1, 2, 3]);
        archive.take(said(1, 1, 1));
        archive.take(said(1, 3, 2)); // behind a gap, and older than all that follows
        for seq in 1..=200 {
            archive.take(said(2, seq, 1000 + seq));
            archive.take(said(3, seq, 1000 + seq));
        }
        assert_eq!(archive.held(1), Some((2, 1)));
        archive.insert(said(1, 2, 3));
        let log = entry(1, 1, 0).log;
        let shown: Vec<_> = std::iter::from_fn(|| archive.show_next(log)).collect();
        assert!(matches!(&shown[..], [Next::Entry(..), Next::Entry(..)]), "{shown:?}");
    }

    #[test]
    fn strangers_hold_at_most_half_and_push_nobody_out_one_knows() {
        let mut archive = small(&[1]);
        (1..=40).for_each(|seq| assert_eq!(archive.take(entry(1, seq, 10)), Inserted::New));
        for author in 100..400 {
            archive.take(entry(author, 1, 10));
            archive.take(entry(author, 2, 10));
        }
        assert_eq!(archive.held(1), Some((1, 40)));
        assert!(archive.held(399).is_some(), "the newest stranger is there");
        assert_eq!(archive.len(), 1 + SMALL.logs / 2, "strangers hold half of the logs");
        assert_eq!(archive.dropped(entry(370, 1, 0).log), 2, "who was dropped is not asked for again");
        assert_eq!(archive.dropped(entry(101, 1, 0).log), 0, "as long as that is remembered");
        assert_eq!(archive.remembered().1, SMALL.dropped);
    }

    #[test]
    fn a_log_of_which_nothing_was_settled_is_forgotten_with_all_that_is_known_of_it() {
        let mut archive = small(&[]);
        for author in 100..200 {
            archive.take(entry(author, 5, 10));
        }
        assert_eq!(archive.len(), SMALL.out_of_order, "the others made room");
        assert_eq!(archive.remembered().1, 0, "nothing of it was had that could be remembered");
    }

    #[test]
    fn deletions_of_what_did_not_come_yet_are_remembered_within_bounds() {
        let mut archive = small(&[]);
        for seq in 1..=2 * DELETIONS_MAX as u64 {
            archive.take_back(Deletion { log: entry(1, 1, 0).log, seq, count: 1 }, own(1));
        }
        archive.take_back(Deletion { log: entry(2, 1, 0).log, seq: 3, count: 1 }, own(2));
        assert_eq!(archive.remembered().2, DELETIONS_MAX);
        archive.take(entry(2, 3, 10));
        assert_eq!(archive.remembered().2, DELETIONS_MAX - 1, "it came, and was taken back");
    }

    #[test]
    fn an_entry_is_held_by_its_log_its_number_and_its_id() {
        let mut archive = small(&[]);
        let [first, second] = [1, 2].map(|seq| entry(1, seq, 10));
        archive.take(Arc::clone(&first));
        let holds = |entry: &Entry, seq| archive.holds(entry.log, seq, entry.id);
        assert_eq!(
            [holds(&first, 1), holds(&first, 2), holds(&second, 1), holds(&second, 2)],
            [true, false, false, false]
        );
        assert!(!archive.holds(entry(2, 1, 0).log, 1, first.id));
    }

    #[test]
    fn of_a_log_that_is_not_held_only_its_beginning_is_skipped() {
        let (mut archive, log) = (small(&[]), entry(1, 1, 0).log);
        for (from, to, skipped, dropped) in [(10, 20, 0, 0), (2, 9, 0, 0), (1, 5, 5, 5), (1, 5, 0, 5), (3, 8, 3, 8)] {
            assert_eq!(archive.give_up(log, from, to, Lack::Gone), skipped, "{from} to {to}");
            assert_eq!(archive.dropped(log), dropped, "{from} to {to}");
        }
    }

    #[test]
    fn what_was_taken_back_takes_no_room() {
        let mut archive = small(&[1]);
        let weigh = |archive: &Archive| archive.load().1;
        archive.take(entry(1, 1, 100));
        let one = weigh(&archive);
        archive.take(entry(1, 2, 100));
        assert_eq!(weigh(&archive), 2 * one);
        assert!(archive.take_back(Deletion { log: entry(1, 1, 0).log, seq: 1, count: 1 }, own(1)));
        assert!(weigh(&archive) <= 2 * one - 100, "{} of {}", weigh(&archive), 2 * one);
    }

    #[test]
    fn one_author_holds_at_most_half_and_pushes_out_nobody_else() {
        let mut archive = small(&[1, 2]);
        (1..=40).for_each(|seq| assert_eq!(archive.take(said(2, seq, seq)), Inserted::New));
        (1..=500).for_each(|seq| assert_eq!(archive.take(said(1, seq, 1000 + seq)), Inserted::New));
        assert_eq!((archive.held(1), archive.held(2)), (Some((451, 50)), Some((1, 40))));
    }

    #[test]
    fn who_says_that_it_was_said_in_the_far_future_keeps_its_place_no_longer_for_it() {
        let mut archive = small(&[1, 2, 3]);
        (1..=40).for_each(|seq| assert_eq!(archive.take(said(1, seq, 10_000_000_000_000)), Inserted::New));
        archive.pass_time(Wall(200_000_000));
        for seq in 1..=200 {
            archive.take(said(2, seq, 199_000_000 + seq));
            archive.take(said(3, seq, 199_000_000 + seq));
        }
        assert_eq!(archive.held(1), None);
    }

    #[test]
    fn ones_own_unconfirmed_never_go_for_what_others_say() {
        for first_of_others in [1, 2] {
            let mut archive = small(&[1, 2]);
            (1..=20).for_each(|seq| assert_eq!(archive.take(entry(1, seq, 10)), Inserted::New));
            archive.protect(entry(1, 1, 0).log, 10);
            for run in 0..500 {
                let mut other = Arc::unwrap_or_clone(said(2, first_of_others, 10_000_000 + run));
                other.log.0 = run.to_be_bytes();
                archive.take(Arc::new(other));
            }
            for seq in 1..=500 {
                archive.take(said(2, seq, 20_000_000 + seq));
            }
            let (floor, len) = archive.held(1).expect("it is held");
            assert!(floor <= 10 && len >= 11, "{floor} {len}");
        }
    }

    #[test]
    fn what_lacks_its_beginning_is_bounded_and_logs_without_entries_are_none() {
        let mut archive = small(&[]);
        for author in 100..400 {
            archive.take(entry(author, 2, 10));
            assert!(archive.logs().all(|(_, log)| !log.is_empty()));
        }
        assert_eq!(archive.load().2, SMALL.out_of_order);
    }

    #[test]
    fn bytes_are_bounded_as_entries_are() {
        let mut archive = Archive::new(Bounds { bytes: 40_000, ..SMALL });
        archive.know(own(1));
        (1..=100).for_each(|seq| assert_eq!(archive.take(entry(1, seq, 2000)), Inserted::New));
        let (entries, bytes, _) = archive.load();
        assert!(bytes <= 20_000 && entries < 10, "one author holds half: {bytes} in {entries}");
    }

    #[test]
    fn an_author_that_becomes_known_counts_as_a_stranger_no_more() {
        let mut archive = small(&[]);
        (1..=50).for_each(|seq| assert_eq!(archive.take(entry(5, seq, 10)), Inserted::New));
        archive.know(own(5));
        (1..=50).for_each(|seq| assert_eq!(archive.take(entry(6, seq, 10)), Inserted::New));
        assert_eq!((archive.held(5), archive.held(6)), (Some((1, 50)), Some((1, 50))));
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
