//! Logs with a gap, and since when.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::chat::base::limits::GIVE_UP_AFTER;
use crate::chat::base::time::Moment;
use crate::chat::keys::identity::LogId;

/// What somebody must fill within a time, or it is given up.
#[derive(Debug, Default)]
pub struct Gaps {
    /// The first number that is missing, and since when.
    since: BTreeMap<LogId, (u64, Moment)>,
    order: BTreeSet<(Moment, LogId)>,
}

impl Gaps {
    /// A log lacks this number, and nothing before it. Its time begins when that is found out.
    pub fn note(&mut self, log: LogId, first: u64, now: Moment) {
        if self.since.get(&log).is_none_or(|&(known, _)| known != first) {
            self.end(log);
            self.since.insert(log, (first, now));
            self.order.insert((now, log));
        }
    }

    /// A log has none.
    pub fn end(&mut self, log: LogId) {
        if let Some((_, since)) = self.since.remove(&log) {
            self.order.remove(&(since, log));
        }
    }

    /// For so long nothing could come.
    pub fn extend(&mut self, by: Duration) {
        self.since.values_mut().for_each(|(_, since)| *since = since.after(by));
        self.order = self.since.iter().map(|(&log, &(_, since))| (since, log)).collect();
    }

    /// Those who can fill some of them are reached again: the time of those begins anew.
    pub fn restart(&mut self, is_reached: impl Fn(LogId) -> bool, now: Moment) {
        self.since.iter_mut().filter(|(log, _)| is_reached(**log)).for_each(|(_, (_, since))| *since = now);
        self.order = self.since.iter().map(|(&log, &(_, since))| (since, log)).collect();
    }

    /// When the first one is to be given up.
    pub fn deadline(&self) -> Option<Moment> {
        self.order.first().map(|&(since, _)| since.after(GIVE_UP_AFTER))
    }

    /// Takes the next one that is to be given up.
    pub fn take_due(&mut self, now: Moment) -> Option<LogId> {
        let &(_, log) = self.order.first().filter(|&&(since, _)| since.after(GIVE_UP_AFTER) <= now)?;
        self.end(log);
        Some(log)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.since.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;

    #[test]
    fn a_gap_has_its_time_from_when_its_first_number_was_missed() {
        let (mut gaps, one, other) = (Gaps::default(), Bytes([1; 8]), Bytes([2; 8]));
        let at = |seconds| Moment::since_start(Duration::from_secs(seconds));
        gaps.note(one, 7, at(0));
        gaps.note(other, 3, at(1));
        gaps.note(one, 7, at(5)); // it is the same
        assert_eq!(gaps.deadline(), Some(at(0).after(GIVE_UP_AFTER)));
        gaps.note(other, 4, at(6)); // the first number came
        gaps.extend(Duration::from_secs(10));
        let due = at(10).after(GIVE_UP_AFTER);
        assert_eq!((gaps.take_due(due), gaps.take_due(due), gaps.len()), (Some(one), None, 1));
        gaps.end(other);
        assert_eq!((gaps.deadline(), gaps.len()), (None, 0));
    }
}
