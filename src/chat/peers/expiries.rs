//! When whoever is silent counts as lost.

use std::collections::BTreeSet;

use crate::chat::base::time::Moment;
use crate::chat::keys::identity::LogId;

/// Until when each instance may be silent.
#[derive(Debug, Default)]
pub struct Expiries {
    due: BTreeSet<(Moment, LogId)>,
    /// Nothing is listened to for now, so nobody is silent.
    pub is_paused: bool,
    /// No other machine can be reached, so nobody there is silent.
    pub is_offline: bool,
    /// The broker is not reached, so nobody there is silent.
    pub is_broker_down: bool,
}

impl Expiries {
    /// An instance may be silent until `due`, and not until `before` as it was.
    pub fn postpone(&mut self, log: LogId, before: Moment, due: Moment) {
        self.due.remove(&(before, log));
        self.due.insert((due, log));
    }

    /// An instance is gone that might have been silent until `due`.
    pub fn remove(&mut self, log: LogId, due: Moment) {
        self.due.remove(&(due, log));
    }

    /// For how many it is known.
    pub fn len(&self) -> usize {
        self.due.len()
    }

    /// When the next one counts as lost.
    pub fn deadline(&self) -> Option<Moment> {
        self.due.first().filter(|_| !self.is_paused).map(|&(due, _)| due)
    }

    /// The next one that was silent too long.
    pub fn next(&self, now: Moment) -> Option<LogId> {
        self.due.first().filter(|&&(due, _)| due <= now && !self.is_paused).map(|&(_, log)| log)
    }
}
