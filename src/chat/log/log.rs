//! The entries of one run in order: what is there, what is missing, what is given up.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::chat::base::bytes::Bytes;
use crate::chat::base::limits::OUT_OF_ORDER_MAX;
use crate::chat::keys::identity::LogId;
use crate::chat::wire::entry::Entry;
use crate::chat::wire::frame::{Head, Span};

/// The entries of one author and run.
#[derive(Debug)]
pub struct Log {
    id: LogId,
    /// The first entry still kept; what is before it was dropped here or given up.
    floor: u64,
    /// Everything from `floor` to here is settled: held, or given up. `floor - 1` where nothing is.
    settled: u64,
    entries: BTreeMap<u64, Arc<Entry>>,
    /// Second entries of one number: their author signed two histories.
    forks: BTreeMap<u64, Arc<Entry>>,
    /// What is given up between entries: from its first number, to its last.
    holes: BTreeMap<u64, Hole>,
    /// The last number that was handed out to be shown, as an entry or as a hole.
    shown: u64,
}

/// Entries that are not there and are waited for no more.
#[derive(Clone, Copy, Debug)]
struct Hole {
    to: u64,
    lack: Lack,
}

/// Why an entry is waited for no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// Nobody who is here has it.
    Missed,
    /// Its author keeps it no longer.
    Gone,
    /// Its author took it back: nobody misses it.
    TakenBack,
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// It is in its place.
    New,
    /// It was there.
    Duplicate,
    /// Another one was there: both are kept.
    Fork,
    /// It is too far ahead of what is missing before it.
    TooFar,
    /// Two others were there, or it was dropped before.
    Refused,
}

/// What is to be shown next, in order.
#[derive(Clone, Debug)]
pub enum Next {
    /// An entry, and a second one of the same number.
    Entry(Arc<Entry>, Option<Arc<Entry>>),
    /// So many entries nobody has.
    Hole(u64),
}

impl Log {
    /// An empty log.
    pub fn new(id: LogId) -> Self {
        Self::from(id, 1, 0)
    }

    /// An empty log that begins with `floor`, for what was before is not kept any more. It was shown up to `shown`.
    pub fn from(id: LogId, floor: u64, shown: u64) -> Self {
        let before = floor.max(1) - 1;
        Self {
            id,
            floor: before + 1,
            settled: before,
            entries: BTreeMap::new(),
            forks: BTreeMap::new(),
            holes: BTreeMap::new(),
            shown: shown.max(before),
        }
    }

    /// The last number up to which everything is held or given up.
    pub fn settled(&self) -> u64 {
        self.settled
    }

    /// The first number still kept.
    pub fn floor(&self) -> u64 {
        self.floor
    }

    /// The entry of a number.
    pub fn entry(&self, seq: u64) -> Option<&Arc<Entry>> {
        self.entries.get(&seq)
    }

    /// The second entry of a number.
    pub fn fork(&self, seq: u64) -> Option<&Arc<Entry>> {
        self.forks.get(&seq)
    }

    /// The first entry that is held.
    pub fn first(&self) -> Option<&Arc<Entry>> {
        self.entries.first_key_value().map(|(_, entry)| entry)
    }

    /// All entries in order, second ones not among them.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Arc<Entry>> {
        self.entries.values()
    }

    /// The last entry that is held.
    pub fn last(&self) -> Option<&Arc<Entry>> {
        self.entries.last_key_value().map(|(_, entry)| entry)
    }

    /// The entries of these numbers, second ones among them.
    pub fn between(&self, from: u64, to: u64) -> impl Iterator<Item = &Arc<Entry>> {
        let entries = self.entries.range(from..).take_while(move |&(&seq, _)| seq <= to);
        entries.flat_map(|(seq, entry)| std::iter::once(entry).chain(self.forks.get(seq)))
    }

    /// What is given up between entries, first to last.
    pub fn holes(&self) -> impl Iterator<Item = (u64, u64)> {
        self.holes.iter().map(|(&from, hole)| (from, hole.to))
    }

    /// What was missed and may still be had from somebody, at most `most` entries of it.
    pub fn missed(&self, most: u64) -> Vec<Span> {
        let missed = self.holes.iter().filter(|(_, hole)| hole.lack == Lack::Missed);
        let spans = missed.scan(most, |left, (&from, hole)| {
            let count = (hole.to - from + 1).min(*left);
            *left -= count;
            (count > 0).then(|| Span { log: self.id, from, to: from + count - 1 })
        });
        spans.collect()
    }

    /// The last number up to which nothing was missed that its author may still wait to see confirmed.
    pub fn confirmed(&self) -> u64 {
        let missed = self.holes.iter().find(|(_, hole)| hole.lack == Lack::Missed);
        missed.map_or(self.settled, |(&from, _)| from - 1)
    }

    /// How many entries are held.
    pub fn len(&self) -> usize {
        self.entries.len() + self.forks.len()
    }

    /// Whether no entry is held.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many entries are held behind a gap.
    pub fn out_of_order(&self) -> usize {
        self.entries.range(self.settled + 1..).count()
    }

    /// Whether a number is held, given up as dropped, or before the beginning.
    pub fn has(&self, seq: u64) -> bool {
        seq < self.floor || self.entries.contains_key(&seq)
    }

    /// Puts an entry in its place.
    pub fn insert(&mut self, entry: Arc<Entry>) -> Inserted {
        let seq = entry.header.seq;
        match self.entries.get(&seq) {
            Some(held) if held.id == entry.id => return Inserted::Duplicate,
            Some(_) => return self.insert_fork(entry),
            None if seq < self.floor => return Inserted::Refused,
            None => {}
        }
        if seq > self.settled.saturating_add(OUT_OF_ORDER_MAX) {
            return Inserted::TooFar;
        }
        self.entries.insert(seq, entry);
        self.fill_hole(seq);
        self.advance();
        Inserted::New
    }

    /// The lower id counts for the head, so that everybody agrees which one that is.
    fn insert_fork(&mut self, entry: Arc<Entry>) -> Inserted {
        let seq = entry.header.seq;
        match self.forks.get(&seq) {
            Some(second) if second.id == entry.id => Inserted::Duplicate,
            Some(_) => Inserted::Refused,
            None => {
                let lower = self.entries.get_mut(&seq).expect("a fork has a first entry");
                let higher = if entry.id < lower.id { std::mem::replace(lower, entry) } else { entry };
                self.forks.insert(seq, higher);
                Inserted::Fork
            }
        }
    }

    /// Its author took back the entries of a number. Those that are held are replaced by what `erase` makes of them; one
    /// that is missing is waited for no more. Says how much less the log weighs.
    pub fn take_back(&mut self, seq: u64, erase: impl Fn(&Entry) -> Entry) -> usize {
        let mut less = 0;
        for held in [self.entries.get_mut(&seq), self.forks.get_mut(&seq)].into_iter().flatten() {
            if !held.is_erased {
                let before = held.weight();
                *held = Arc::new(erase(held));
                less += before - held.weight();
            }
        }
        let is_waited_for = seq > self.settled && !self.entries.contains_key(&seq);
        if self.fill_hole(seq) || is_waited_for && self.entries.range(seq..).next().is_some() {
            self.holes.insert(seq, Hole { to: seq, lack: Lack::TakenBack });
            self.advance();
        }
        less
    }

    /// What was given up of a number is no more. Says whether anything was.
    fn fill_hole(&mut self, seq: u64) -> bool {
        let Some((&from, &hole)) = self.holes.range(..=seq).next_back().filter(|(_, hole)| hole.to >= seq) else {
            return false;
        };
        self.holes.remove(&from);
        if from < seq {
            self.holes.insert(from, Hole { to: seq - 1, ..hole });
        }
        if seq < hole.to {
            self.holes.insert(seq + 1, hole);
        }
        true
    }

    fn advance(&mut self) {
        loop {
            let next = self.settled + 1;
            if self.entries.contains_key(&next) {
                self.settled = next;
            } else if let Some(hole) = self.holes.get(&next) {
                self.settled = hole.to;
            } else {
                return;
            }
        }
    }

    /// The first gap before something that is held.
    pub fn gap(&self) -> Option<Span> {
        let (&held, _) = self.entries.range(self.settled + 1..).next()?;
        Some(Span { log: self.id, from: self.settled + 1, to: held - 1 })
    }

    /// What is missing up to `upto` and before what is held, at most `most` entries of it, in spans.
    pub fn missing(&self, upto: u64, most: u64) -> Vec<Span> {
        let (mut spans, mut left, mut from) = (Vec::new(), most, self.settled + 1);
        let held = self.entries.range(self.settled + 1..).map(|(&seq, _)| seq);
        for held in held.chain([upto.saturating_add(1)]) {
            if held > from && left > 0 {
                let to = (held - 1).min(from.saturating_add(left - 1));
                left -= to - from + 1;
                spans.push(Span { log: self.id, from, to });
            }
            from = from.max(held.saturating_add(1));
        }
        spans
    }

    /// Gives up what is missing from `from` to `to`. Says how many entries that is.
    pub fn give_up(&mut self, from: u64, to: u64, lack: Lack) -> u64 {
        let from = from.max(self.settled + 1);
        let known_end = self.entries.keys().next_back().map_or(self.settled, |&last| last);
        let to = to.min(known_end); // nothing is given up behind the last entry that is known to exist
        if from != self.settled + 1 || from > to {
            return 0;
        }
        let to = self.entries.range(from..=to).next().map_or(to, |(&held, _)| held - 1);
        if from > to {
            return 0;
        }
        let is_beginning = self.settled + 1 == self.floor;
        if is_beginning {
            self.floor = to + 1;
            self.settled = to;
        } else {
            self.holes.insert(from, Hole { to, lack });
        }
        self.advance();
        to - from + 1
    }

    /// Drops the first entry that is kept, and a second one of its number. Says how many that were and what they weighed.
    pub fn drop_first(&mut self) -> Option<(usize, usize)> {
        let (&seq, _) = self.entries.first_key_value()?;
        if seq > self.settled {
            return None;
        }
        self.floor = seq + 1;
        self.holes.retain(|&from, _| from > seq);
        Some(self.take(seq))
    }

    /// Drops the entry that is farthest ahead of a gap, in the same way.
    pub fn drop_farthest(&mut self) -> Option<(usize, usize)> {
        let (&seq, _) = self.entries.last_key_value().filter(|&(&seq, _)| seq > self.settled)?;
        Some(self.take(seq))
    }

    fn take(&mut self, seq: u64) -> (usize, usize) {
        let both = [self.entries.remove(&seq), self.forks.remove(&seq)];
        both.into_iter().flatten().fold((0, 0), |(count, bytes), entry| (count + 1, bytes + entry.weight()))
    }

    /// What all of its entries weigh.
    pub fn weight(&self) -> usize {
        self.entries.values().chain(self.forks.values()).map(|entry| entry.weight()).sum()
    }

    /// Hands out what is to be shown next.
    pub fn show_next(&mut self) -> Option<Next> {
        let next = self.shown + 1;
        if next > self.settled {
            return None;
        }
        if let Some(entry) = self.entries.get(&next) {
            self.shown = next;
            return Some(Next::Entry(Arc::clone(entry), self.forks.get(&next).cloned()));
        }
        let held = self.entries.range(next..).next().map_or(self.settled, |(&held, _)| held - 1);
        self.shown = held.min(self.settled);
        let taken_back = self.holes.range(next..=self.shown).filter(|(_, hole)| hole.lack == Lack::TakenBack);
        let taken_back: u64 = taken_back.map(|(&from, hole)| hole.to - from + 1).sum();
        Some(Next::Hole(self.shown - next + 1 - taken_back))
    }

    /// Up to where it was handed out to be shown.
    pub fn shown(&self) -> u64 {
        self.shown
    }

    /// Whether a number was handed out already, so that an entry that comes now is late.
    pub fn was_shown(&self, seq: u64) -> bool {
        seq <= self.shown
    }

    /// How far it is held; `None` where nothing is settled. The ids of second entries are mixed in, so that who lacks one
    /// has another head.
    pub fn head(&self) -> Option<Head> {
        let last = self.entries.get(&self.settled).into_iter();
        let id = last.chain(self.forks.values()).fold(Bytes::<8>::ZERO, |mut id, entry| {
            id.0.iter_mut().zip(entry.id.0).for_each(|(mixed, byte)| *mixed ^= byte);
            id
        });
        (self.settled > 0).then_some(Head { log: self.id, floor: self.floor, seq: self.settled, id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::time::{Hybrid, Wall};
    use crate::chat::keys::identity::Identity;
    use crate::chat::wire::entry::{Body, Header, NO_ENTRY};
    use crate::chat::wire::{encode_body, sign_entry};

    /// An entry that says `text`.
    fn entry(seq: u64, text: &str) -> Arc<Entry> {
        let (tim, body) = (Identity::new(&[1; 32]), Body::Topic(text.to_owned()));
        let header = Header {
            author: tim.author(),
            run: Bytes([1; 8]),
            seq,
            prev: NO_ENTRY,
            time: Hybrid::default().next(Wall(seq)),
            kind: body.kind(),
        };
        Arc::new(sign_entry(&tim, Bytes([1; 16]), header, &encode_body(&body)))
    }

    fn log_of(seqs: &[u64]) -> Log {
        let mut log = Log::new(LogId::ZERO);
        for &seq in seqs {
            assert_eq!(log.insert(entry(seq, "x")), Inserted::New);
        }
        log
    }

    /// What is handed out to be shown, a hole as `-n`.
    fn shown(log: &mut Log) -> Vec<i64> {
        let number = |next| match next {
            Next::Entry(entry, _) => i64::try_from(entry.header.seq).unwrap(),
            Next::Hole(count) => -i64::try_from(count).unwrap(),
        };
        std::iter::from_fn(|| log.show_next()).map(number).collect()
    }

    fn missing(log: &Log, upto: u64, most: u64) -> Vec<(u64, u64)> {
        log.missing(upto, most).iter().map(|span| (span.from, span.to)).collect()
    }

    #[test]
    fn entries_are_handed_out_in_order_and_once() {
        let mut log = log_of(&[1, 3, 4]);
        assert_eq!((log.settled(), shown(&mut log)), (1, vec![1]));
        assert_eq!(log.insert(entry(2, "x")), Inserted::New);
        assert_eq!((log.settled(), shown(&mut log)), (4, vec![2, 3, 4]));
        assert_eq!(log.insert(entry(2, "x")), Inserted::Duplicate);
        assert_eq!(shown(&mut log), [0; 0]);
    }

    #[test]
    fn what_is_missing_is_known_up_to_what_was_claimed() {
        let log = log_of(&[1, 4, 7]);
        assert_eq!(missing(&log, 9, 64), [(2, 3), (5, 6), (8, 9)]);
        assert_eq!(missing(&log, 9, 3), [(2, 3), (5, 5)]);
        assert_eq!(missing(&log, 7, 64), [(2, 3), (5, 6)]);
        assert_eq!(missing(&log_of(&[1, 2]), 2, 64), []);
        assert_eq!(missing(&log, u64::MAX, 64).iter().map(|(from, to)| to - from + 1).sum::<u64>(), 64);
    }

    #[test]
    fn a_gap_that_is_given_up_is_a_hole_and_may_still_be_filled() {
        let mut log = log_of(&[1, 4]);
        assert_eq!(log.give_up(2, u64::MAX, Lack::Missed), 2, "nothing is given up behind what is known to exist");
        assert_eq!((log.settled(), log.floor(), shown(&mut log)), (4, 1, vec![1, -2, 4]));
        assert!(log.was_shown(3));
        assert_eq!(log.insert(entry(3, "late")), Inserted::New);
        assert_eq!((missing(&log, 4, 64), shown(&mut log)), (vec![], vec![]));
    }

    #[test]
    fn a_beginning_that_is_given_up_raises_the_floor() {
        let mut log = log_of(&[5]);
        assert_eq!(log.head(), None);
        assert_eq!(log.give_up(1, 4, Lack::Missed), 4);
        assert_eq!((log.floor(), log.settled(), shown(&mut log)), (5, 5, vec![-4, 5]));
        assert_eq!(log.insert(entry(2, "x")), Inserted::Refused);
    }

    #[test]
    fn the_first_goes_first_and_the_head_stays() {
        let mut log = log_of(&[1, 2, 3]);
        let head = log.head().unwrap();
        assert_eq!(log.drop_first().unwrap().0, 1);
        assert_eq!(log.head(), Some(Head { floor: 2, ..head }));
        assert_eq!(log.insert(entry(1, "x")), Inserted::Refused);
        assert!(log.has(1) && log.len() == 2);
    }

    #[test]
    fn two_histories_are_both_kept_and_alike_whoever_came_first() {
        let both = |first, second| {
            let mut log = log_of(&[]);
            log.insert(entry(1, first));
            assert_eq!(log.insert(entry(1, second)), Inserted::Fork);
            assert_eq!(log.insert(entry(1, second)), Inserted::Duplicate);
            assert_eq!(log.insert(entry(1, "a third")), Inserted::Refused);
            (log.head(), log.entry(1).unwrap().id)
        };
        assert_eq!(both("yes", "no"), both("no", "yes"));
        let mut one = log_of(&[]);
        one.insert(entry(1, "yes"));
        assert_ne!(one.head(), both("yes", "no").0, "who lacks one has another head");
    }

    #[test]
    fn what_is_too_far_ahead_of_a_gap_is_not_taken() {
        let mut log = log_of(&[1]);
        assert_eq!(log.insert(entry(1 + OUT_OF_ORDER_MAX, "x")), Inserted::New);
        assert_eq!(log.insert(entry(2 + OUT_OF_ORDER_MAX, "x")), Inserted::TooFar);
        assert_eq!((log.out_of_order(), log.drop_farthest().map(|(count, _)| count)), (1, Some(1)));
    }
}
