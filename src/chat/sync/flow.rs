//! How much may be on the way.

use crate::chat::base::budget::Budget;
use crate::chat::base::limits::{
    FLOW_AGAIN_AFTER, LARGE_ROOM_BURST, LARGE_ROOM_RATE, ROUND_TRIP_GUESS, WINDOW_MAX, WINDOW_MIN, WINDOW_START,
};
use crate::chat::base::time::Moment;

/// The window of one author: how many entries the slowest peer that keeps up may lack.
#[derive(Debug)]
pub struct Flow {
    window: u64,
    acked: u64,
    halved: Option<Moment>,
    /// No gap was reported yet: the window doubles with each round trip.
    is_starting: bool,
    /// In rooms that are not small.
    budget: Budget,
    /// What the slowest peer that keeps up has.
    slowest: u64,
    /// Nothing more may be said before it was looked at again.
    blocked_until: Option<Moment>,
}

impl Default for Flow {
    fn default() -> Self {
        let budget = Budget::new(LARGE_ROOM_RATE, LARGE_ROOM_BURST);
        Self {
            window: WINDOW_START,
            acked: 0,
            halved: None,
            is_starting: true,
            budget,
            slowest: 0,
            blocked_until: None,
        }
    }
}

impl Flow {
    /// This node said so many entries, and the slowest peer that keeps up has so many of them: may more be said?
    pub fn watch(&mut self, said: u64, slowest: u64, is_small: bool, now: Moment) {
        self.acked(slowest);
        self.slowest = slowest;
        let is_blocked = if is_small { self.is_far(said) } else { !self.has_budget(now) };
        self.blocked_until = is_blocked.then(|| now.after(FLOW_AGAIN_AFTER));
    }

    /// What the slowest peer that keeps up has.
    pub fn slowest(&self) -> u64 {
        self.slowest
    }

    fn is_far(&self, said: u64) -> bool {
        said.saturating_sub(self.slowest) >= self.window
    }

    /// Whether more may be said, of which there are so many entries.
    pub fn is_open(&self, said: u64, is_small: bool) -> bool {
        self.blocked_until.is_none() && !(is_small && self.is_far(said))
    }

    /// When it is to be looked at again.
    pub fn deadline(&self) -> Option<Moment> {
        self.blocked_until
    }

    /// It is looked at again.
    pub fn unblock(&mut self) {
        self.blocked_until = None;
    }

    /// Everybody who keeps up has everything up to here.
    fn acked(&mut self, upto: u64) {
        let fresh = upto.saturating_sub(self.acked);
        self.acked = self.acked.max(upto);
        let more = if self.is_starting { fresh } else { fresh.saturating_mul(WINDOW_MIN).div_ceil(self.window) };
        self.window = self.window.saturating_add(more).min(WINDOW_MAX);
    }

    /// Somebody lacks something that was sent: the network or the peer is slower than we are.
    pub fn gap(&mut self, now: Moment) {
        if self.halved.is_none_or(|halved| now.since(halved) >= ROUND_TRIP_GUESS) {
            self.halved = Some(now);
            self.window = (self.window / 2).max(WINDOW_MIN);
            self.is_starting = false;
        }
    }

    /// In a room that is not small: an entry leaves.
    pub fn spend(&mut self, now: Moment) {
        let _ = self.budget.take(now);
    }

    /// In a room that is not small: whether an entry may leave.
    fn has_budget(&mut self, now: Moment) -> bool {
        self.budget.has(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_doubles_until_something_is_lost_and_then_grows_slowly() {
        let mut flow = Flow::default();
        flow.acked(WINDOW_START);
        assert_eq!(flow.window, 2 * WINDOW_START);
        flow.gap(Moment::START);
        flow.gap(Moment::START);
        assert_eq!(flow.window, WINDOW_START, "once in a round trip");
        flow.acked(2 * WINDOW_START);
        assert_eq!(flow.window, WINDOW_START + WINDOW_MIN);
        (0..10_000).for_each(|more| flow.acked(more * 1000));
        assert_eq!(flow.window, WINDOW_MAX);
    }

    #[test]
    fn the_window_has_a_least_width() {
        let mut flow = Flow::default();
        (0..100).for_each(|second| flow.gap(Moment::since_start(std::time::Duration::from_secs(second))));
        assert_eq!(flow.window, WINDOW_MIN);
    }

    #[test]
    fn in_a_large_room_entries_leave_in_a_burst_and_then_so_many_a_second() {
        let mut flow = Flow::default();
        let mut sent = |seconds: u64| {
            let now = Moment::since_start(std::time::Duration::from_secs(seconds));
            let leaves = |_: &u32| flow.has_budget(now).then(|| flow.spend(now)).is_some();
            u32::try_from((0..1000).filter(leaves).count()).unwrap()
        };
        assert_eq!([sent(0), sent(1), sent(100)], [LARGE_ROOM_BURST, LARGE_ROOM_RATE, LARGE_ROOM_BURST]);
    }

    #[test]
    fn in_a_small_room_the_slowest_peer_holds_up_who_is_a_window_ahead_of_it() {
        let (mut flow, now) = (Flow::default(), Moment::START);
        flow.watch(WINDOW_START - 1, 0, true, now);
        assert!(flow.is_open(WINDOW_START - 1, true) && !flow.is_open(WINDOW_START, true));
        flow.watch(WINDOW_START, 0, true, now);
        assert_eq!((flow.is_open(0, true), flow.deadline()), (false, Some(now.after(FLOW_AGAIN_AFTER))));
        flow.unblock();
        flow.watch(WINDOW_START, 1, true, now);
        assert!(flow.is_open(WINDOW_START, true) && flow.deadline().is_none());
    }
}
