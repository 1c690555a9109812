//! The last counters of whoever is gone, so that a captured beacon brings nobody back.

use std::collections::{BTreeMap, VecDeque};

use crate::chat::base::limits::{COUNTERS_KEPT_FOR, COUNTERS_MAX};
use crate::chat::base::time::Moment;
use crate::chat::keys::identity::LogId;

/// The last counter of each instance that is gone, for a day.
#[derive(Debug, Default)]
pub struct Counters {
    of: BTreeMap<LogId, u64>,
    /// In the order in which they left.
    order: VecDeque<(Moment, LogId)>,
}

impl Counters {
    /// The counter that an instance had when it left. `None`: it is not remembered.
    pub fn of(&self, log: LogId) -> Option<u64> {
        self.of.get(&log).copied()
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.of.len().max(self.order.len())
    }

    /// An instance is gone. The oldest make room for it.
    pub fn remember(&mut self, log: LogId, counter: u64, now: Moment) {
        while self.order.front().is_some_and(|&(left, _)| now.since(left) > COUNTERS_KEPT_FOR) {
            self.forget_oldest();
        }
        if self.of.insert(log, counter).is_none() {
            self.order.push_back((now, log));
        }
        if self.order.len() > COUNTERS_MAX {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, oldest)) = self.order.pop_front() {
            self.of.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;

    #[test]
    fn so_many_are_remembered_for_so_long_and_each_with_its_last_counter() {
        let (mut counters, log) = (Counters::default(), |number: usize| Bytes(number.to_be_bytes()));
        (0..2 * COUNTERS_MAX).for_each(|number| counters.remember(log(number), 1, Moment::START));
        counters.remember(log(2 * COUNTERS_MAX - 1), 7, Moment::START);
        assert_eq!(
            (counters.len(), counters.of(log(0)), counters.of(log(2 * COUNTERS_MAX - 1))),
            (COUNTERS_MAX, None, Some(7))
        );
        counters.remember(log(0), 1, Moment::START.after(COUNTERS_KEPT_FOR * 2));
        assert_eq!(counters.len(), 1);
    }
}
