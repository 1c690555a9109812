//! What was said before, gathered to be shown as one block in the order of time.

use std::collections::BTreeMap;

use crate::chat::base::limits::{BACKLOG_BLOCK_MAX, BACKLOG_QUIET, BACKLOG_WITHIN, LIVE_WITHIN};
use crate::chat::base::time::{Moment, Stamp};
use crate::chat::keys::identity::LogId;
use crate::chat::log::Next;
use crate::chat::wire;
use crate::chat::wire::entry::Body;

/// What was said before, gathered to be shown as one block in the order of time.
#[derive(Debug, Default)]
pub struct Backlog {
    gathered: Vec<Item>,
    /// How many of each log are gathered: what follows them waits with them.
    of: BTreeMap<LogId, usize>,
    /// When the block is shown whatever else may still come.
    due: Moment,
    /// Nothing of it came since.
    last: Moment,
    /// Somebody has told what was said before one came.
    is_compared: bool,
    /// So many messages of a block are shown at most; `None`: all.
    most: Option<usize>,
    /// What is too much for a screen is counted, and not shown.
    is_folding: bool,
    folded: u64,
}

/// What is shown next of a log, and when it was said.
pub type Item = (Stamp, LogId, u64, Next);

/// How many items, at the beginning, are too many where `most` messages are shown.
fn folded(block: &[Item], most: usize) -> usize {
    let messages = |next: &Next| match next {
        Next::Entry(entry, _) => match wire::body(entry) {
            Body::Text(text) => text.lines.len(),
            _ => 1,
        },
        Next::Hole(_) => 1,
    };
    let sums = block.iter().rev().scan(0, |sum, (.., next)| {
        *sum += messages(next);
        Some(*sum)
    });
    block.len() - sums.take_while(|&sum| sum <= most).count()
}

impl Backlog {
    /// Nothing is gathered yet. So many messages of a block are shown at most.
    pub fn new(most: Option<usize>) -> Self {
        Self { most, ..Self::default() }
    }

    pub fn len(&self) -> usize {
        self.gathered.len()
    }

    /// Whether what comes next of a log has to wait with the rest.
    pub fn holds(&self, log: LogId) -> bool {
        self.of.contains_key(&log)
    }

    pub fn gather(&mut self, item: Item, now: Moment) {
        if self.gathered.is_empty() {
            self.due = now.after(BACKLOG_WITHIN);
        }
        *self.of.entry(item.1).or_default() += 1;
        self.gathered.push(item);
        self.last = now;
    }

    /// What somebody says now waits for it: it is shown soon.
    pub fn hurry(&mut self, now: Moment) {
        self.due = self.due.min(now.after(LIVE_WITHIN));
    }

    pub fn is_full(&self) -> bool {
        self.gathered.len() >= BACKLOG_BLOCK_MAX
    }

    pub fn deadline(&self) -> Option<Moment> {
        (!self.gathered.is_empty()).then(|| self.last.after(BACKLOG_QUIET).min(self.due))
    }

    /// Somebody has told what was said before one came.
    pub fn compared(&mut self) {
        self.is_compared = true;
    }

    /// Whether somebody has.
    pub fn is_compared(&self) -> bool {
        self.is_compared
    }

    /// The block, in the order of time, and how many of it, the first ones, are too many to be shown. Entries of one log stay in
    /// their order though their author's clock jumped.
    pub fn take_block(&mut self) -> (Vec<Item>, usize) {
        let mut block = std::mem::take(&mut self.gathered);
        self.of.clear();
        let mut latest: BTreeMap<LogId, Stamp> = BTreeMap::new();
        for (stamp, log, _, _) in &mut block {
            let floor = latest.entry(*log).or_insert(*stamp);
            *floor = (*floor).max(*stamp);
            *stamp = *floor;
        }
        block.sort_by_key(|&(stamp, log, seq, _)| (stamp, log, seq));
        let folded = self.most.map_or(0, |most| folded(&block, most));
        (block, folded)
    }

    /// What is shown next is one of those that are too many, or not.
    pub fn fold(&mut self, is_too_much: bool) {
        self.is_folding = is_too_much;
    }

    /// Whether a message is to be counted instead of shown. It is counted then.
    pub fn folds(&mut self) -> bool {
        self.folded += u64::from(self.is_folding);
        self.is_folding
    }

    /// How many were counted.
    pub fn take_folded(&mut self) -> u64 {
        std::mem::take(&mut self.folded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;
    use crate::chat::base::time::Wall;

    #[test]
    fn a_block_of_backlog_is_so_long_and_no_longer() {
        let (mut backlog, now) = (Backlog::default(), Moment::START);
        for seq in 0..BACKLOG_BLOCK_MAX as u64 {
            assert!(!backlog.is_full());
            backlog.gather((Stamp::ZERO, LogId::ZERO, seq, Next::Hole(1)), now);
        }
        assert!(backlog.is_full() && backlog.holds(LogId::ZERO));
        assert_eq!(backlog.deadline(), Some(now.after(BACKLOG_QUIET.min(BACKLOG_WITHIN))));
        backlog.hurry(now);
        assert_eq!(backlog.deadline(), Some(now.after(LIVE_WITHIN)), "what is said now waits for it");
    }

    #[test]
    fn a_block_is_in_the_order_of_time_but_a_log_keeps_its_own_and_what_is_too_much_is_counted() {
        let mut backlog = Backlog::new(Some(3));
        let at = |millis: u64| Stamp::of(Wall(millis));
        let (one, other) = (Bytes([1; 8]), Bytes([2; 8]));
        for (time, log, seq) in [(10, one, 1), (30, one, 2), (5, one, 3), (20, other, 1), (31, other, 2)] {
            backlog.gather((at(time), log, seq, Next::Hole(1)), Moment::START);
        }
        let (block, folded) = backlog.take_block();
        let order: Vec<(LogId, u64)> = block.iter().map(|&(_, log, seq, _)| (log, seq)).collect();
        assert_eq!((order, folded), (vec![(one, 1), (other, 1), (one, 2), (one, 3), (other, 2)], 2));
        assert!(backlog.len() == 0 && !backlog.holds(one));
        let shown = (0..block.len()).filter(|&at| {
            backlog.fold(at < folded);
            !backlog.folds()
        });
        assert_eq!((shown.count(), backlog.take_folded(), backlog.take_folded()), (3, 2, 0));
    }
}
