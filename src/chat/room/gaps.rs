//! Logs with a gap, and since when.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::chat::identity::LogId;
use crate::chat::limits::GIVE_UP_AFTER;
use crate::chat::time::Moment;

/// What somebody must fill within a time, or it is given up.
#[derive(Debug, Default)]
pub struct Gaps {
    since: BTreeMap<LogId, Moment>,
    order: BTreeSet<(Moment, LogId)>,
}

impl Gaps {
    /// A log has a gap. It is new, or the one before it was settled: the time begins now.
    pub fn begin(&mut self, log: LogId, now: Moment) {
        self.end(log);
        self.since.insert(log, now);
        self.order.insert((now, log));
    }

    /// A log has a gap, perhaps for longer.
    pub fn note(&mut self, log: LogId, now: Moment) {
        if !self.since.contains_key(&log) {
            self.begin(log, now);
        }
    }

    /// A log has none.
    pub fn end(&mut self, log: LogId) {
        if let Some(since) = self.since.remove(&log) {
            self.order.remove(&(since, log));
        }
    }

    /// For so long nothing could come.
    pub fn extend(&mut self, by: Duration) {
        self.since.values_mut().for_each(|since| *since = since.after(by));
        self.order = self.since.iter().map(|(&log, &since)| (since, log)).collect();
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
