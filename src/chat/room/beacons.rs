//! When this node's own beacons leave, and what they may say that is held.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use crate::chat::api::machine::To;
use crate::chat::base::limits::{BEACONS_AT_START, MULTICAST_HEARD_FOR};
use crate::chat::base::rng::Rng;
use crate::chat::base::time::Moment;
use crate::chat::keys::identity::LogId;
use crate::chat::wire::frame::{ACKS_MAX, Ack, Root};

/// When this node's own beacons leave, and what they may say that is held.
#[derive(Debug)]
pub struct Beacons {
    next: Moment,
    /// How many left, of those that leave faster at the start.
    started: usize,
    counter: u64,
    heard_multicast: Option<Moment>,
    /// The logs to be acknowledged, the latest first.
    acknowledged: VecDeque<LogId>,
    /// What is held and on disk, as far as anybody was told.
    kept: Holding,
    /// What will be once the commit is done that is under way, and who hears it then.
    committing: Option<(Holding, Listeners)>,
    /// Who hears of what comes after that.
    postponed: Listeners,
}

/// What a beacon says that is held.
#[derive(Clone, Debug)]
pub struct Holding {
    pub root: Root,
    pub logs: u32,
    pub acks: Vec<Ack>,
}

/// Who is to hear a beacon, and with which flags.
#[derive(Debug, Default)]
pub struct Listeners {
    pub targets: BTreeSet<To>,
    pub flags: u8,
}

impl Beacons {
    pub fn new(rng: &mut Rng, now: Moment) -> Self {
        let next = now.after(rng.between(Duration::ZERO, BEACONS_AT_START[0]));
        Self {
            next,
            started: 0,
            counter: 0,
            heard_multicast: None,
            acknowledged: VecDeque::new(),
            kept: Holding { root: Root::ZERO, logs: 0, acks: Vec::new() },
            committing: None,
            postponed: Listeners::default(),
        }
    }

    pub fn hear_multicast(&mut self, now: Moment) {
        self.heard_multicast = Some(now);
    }

    /// Something changed: a beacon leaves at once.
    pub fn hurry(&mut self, now: Moment) {
        self.next = self.next.min(now);
    }

    /// What is held of this log is to be told in the next beacons.
    pub fn acknowledge(&mut self, log: LogId) {
        if let Some(at) = self.acknowledged.iter().position(|&known| known == log) {
            self.acknowledged.remove(at);
        } else if self.acknowledged.len() >= ACKS_MAX {
            self.acknowledged.pop_back();
        }
        self.acknowledged.push_front(log);
    }

    /// How many logs are acknowledged.
    pub fn len(&self) -> usize {
        self.acknowledged.len()
    }

    pub fn deadline(&self) -> Moment {
        self.next
    }

    /// What is held and on disk, as far as anybody was told.
    pub fn kept(&self) -> &Holding {
        &self.kept
    }

    /// So much is on disk.
    pub fn keep(&mut self, holding: Holding) {
        self.kept = holding;
    }

    /// One is to go there, and there, with these flags, once the disk has what is held now.
    pub fn postpone(&mut self, targets: &[To], flags: u8) {
        self.postponed.targets.extend(targets);
        self.postponed.flags |= flags;
    }

    /// Whether one is that no commit was asked for.
    pub fn has_postponed(&self) -> bool {
        !self.postponed.targets.is_empty()
    }

    /// Whether one waits for the disk.
    pub fn is_waiting(&self) -> bool {
        self.has_postponed() || self.committing.is_some()
    }

    /// A commit is under way that brings so much to the disk: who waits hears of it then.
    pub fn await_commit(&mut self, holding: Holding) {
        self.committing = Some((holding, self.take_postponed()));
    }

    /// The commit is done: what is on disk now, and who is to hear of it.
    pub fn committed(&mut self) -> Option<(Holding, Listeners)> {
        self.committing.take()
    }

    /// Who waits, where nothing has to be waited for.
    pub fn take_postponed(&mut self) -> Listeners {
        std::mem::take(&mut self.postponed)
    }

    /// Whether one leaves now.
    pub fn is_due(&self, now: Moment) -> bool {
        self.next <= now
    }

    /// The number of one that leaves.
    pub fn next_counter(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// Whether multicast was heard within three spans between beacons, and within [`MULTICAST_HEARD_FOR`] in any case.
    pub fn hears_multicast(&self, interval: Duration, now: Moment) -> bool {
        self.heard_multicast.is_some_and(|heard| now.since(heard) < MULTICAST_HEARD_FOR.max(interval * 3))
    }

    /// The logs to be acknowledged, the latest first.
    pub fn acknowledged(&self) -> impl Iterator<Item = LogId> {
        self.acknowledged.iter().copied()
    }

    /// The time to the next one: short at the start, then as the room is large.
    pub fn schedule(&mut self, interval: Duration, rng: &mut Rng, now: Moment) {
        self.started += 1;
        let wait = match BEACONS_AT_START.get(self.started) {
            Some(&wait) => wait,
            None => rng.between(interval * 3 / 4, interval * 5 / 4),
        };
        self.next = now.after(wait);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;

    #[test]
    fn beacons_leave_fast_at_the_start_and_then_around_the_interval() {
        let (mut rng, interval) = (Rng::new(&[1; 32]), Duration::from_secs(10));
        let mut beacons = Beacons::new(&mut rng, Moment::START);
        assert!(beacons.deadline() <= Moment::START.after(BEACONS_AT_START[0]));
        let mut wait = || {
            let now = beacons.deadline();
            beacons.schedule(interval, &mut rng, now);
            beacons.deadline().since(now)
        };
        for &at_start in &BEACONS_AT_START[1..] {
            assert_eq!(wait(), at_start);
        }
        let waits: Vec<Duration> = (0..100).map(|_| wait()).collect();
        assert!(waits.iter().all(|wait| (interval * 3 / 4..=interval * 5 / 4).contains(wait)), "{waits:?}");
    }

    #[test]
    fn the_latest_logs_are_acknowledged_each_once() {
        let mut beacons = Beacons::new(&mut Rng::new(&[1; 32]), Moment::START);
        let log = |number: usize| Bytes(number.to_be_bytes());
        (0..2 * ACKS_MAX).for_each(|number| beacons.acknowledge(log(number)));
        beacons.acknowledge(log(ACKS_MAX + 1));
        let acknowledged: Vec<LogId> = beacons.acknowledged().collect();
        assert_eq!(
            (acknowledged.len(), acknowledged[0], acknowledged[1]),
            (ACKS_MAX, log(ACKS_MAX + 1), log(2 * ACKS_MAX - 1))
        );
    }

    #[test]
    fn multicast_is_heard_for_three_intervals() {
        let mut beacons = Beacons::new(&mut Rng::new(&[1; 32]), Moment::START);
        let (interval, at) = (MULTICAST_HEARD_FOR, |intervals| Moment::START.after(MULTICAST_HEARD_FOR * intervals));
        assert!(!beacons.hears_multicast(interval, Moment::START));
        beacons.hear_multicast(Moment::START);
        assert!(beacons.hears_multicast(interval, at(2)) && !beacons.hears_multicast(interval, at(3)));
    }
}
