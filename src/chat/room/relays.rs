//! What is to be passed on, to whom, and when.

use std::collections::{BTreeMap, BTreeSet};

use crate::chat::base::limits::RELAYS_MAX;
use crate::chat::base::time::Moment;
use crate::chat::keys::identity::LogId;

/// What is to be passed on, to whom, and when.
#[derive(Debug, Default)]
pub struct Relays {
    due: BTreeMap<(Target, Passed), Relay>,
    /// The same by time, so that the next one is found at once.
    order: BTreeSet<(Moment, Target, Passed)>,
    /// How many of them are strangers'.
    strange: usize,
}

#[derive(Clone, Copy, Debug)]
pub struct Relay {
    pub due: Moment,
    /// Its author asks for a receipt.
    pub ack: bool,
    /// It is of somebody whom nobody here knows.
    pub is_strange: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// One instance.
    Peer(LogId),
    /// Our own network.
    Lan,
    /// The broker.
    Afar,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Passed {
    /// The last beacon of an instance.
    Beacon(LogId),
    /// An entry.
    Entry(LogId, u64),
}

impl Passed {
    /// The log it is of.
    pub fn origin(self) -> LogId {
        match self {
            Self::Beacon(log) | Self::Entry(log, _) => log,
        }
    }
}

impl Relays {
    pub fn deadline(&self) -> Option<Moment> {
        self.order.first().map(|&(due, ..)| due)
    }

    pub fn len(&self) -> usize {
        self.due.len()
    }

    /// Of strangers half at most, for a member can invent as many as it likes.
    pub fn add(&mut self, target: Target, what: Passed, relay: Relay) {
        let has_room = self.due.len() < RELAYS_MAX && (!relay.is_strange || self.strange < RELAYS_MAX / 2);
        if has_room && !self.due.contains_key(&(target, what)) {
            self.strange += usize::from(relay.is_strange);
            self.due.insert((target, what), relay);
            self.order.insert((relay.due, target, what));
        }
    }

    /// It is not to be passed on any more. Whether its author asked for a receipt.
    pub fn remove(&mut self, target: Target, what: Passed) -> Option<bool> {
        let relay = self.due.remove(&(target, what))?;
        self.strange -= usize::from(relay.is_strange);
        self.order.remove(&(relay.due, target, what));
        Some(relay.ack)
    }

    /// The next that is due.
    pub fn take_due(&mut self, now: Moment) -> Option<(Target, Passed, bool)> {
        let &(_, target, what) = self.order.first().filter(|&&(due, ..)| due <= now)?;
        let ack = self.remove(target, what)?;
        Some((target, what, ack))
    }

    /// Whom a beacon of an instance waits for.
    pub fn of_beacon(&self, log: LogId) -> Vec<Target> {
        self.due.keys().filter(|(_, what)| *what == Passed::Beacon(log)).map(|&(target, _)| target).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;

    #[test]
    fn what_strangers_say_takes_half_of_what_waits_to_be_passed_on() {
        let mut relays = Relays::default();
        let mut add = |number: usize, is_strange: bool| {
            let what = Passed::Entry(Bytes(number.to_be_bytes()), 1);
            relays.add(Target::Lan, what, Relay { due: Moment::START, ack: false, is_strange });
            relays.len()
        };
        assert_eq!((0..2 * RELAYS_MAX).map(|number| add(number, true)).max(), Some(RELAYS_MAX / 2));
        assert_eq!((5000..5000 + RELAYS_MAX).map(|number| add(number, false)).max(), Some(RELAYS_MAX));
        while relays.take_due(Moment::START).is_some() {}
        assert_eq!((relays.len(), relays.strange), (0, 0));
    }
}
