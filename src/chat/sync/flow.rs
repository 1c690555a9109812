//! How much may be on the way.

use crate::chat::base::budget::Budget;
use crate::chat::base::limits::{
    LARGE_ROOM_BURST, LARGE_ROOM_RATE, ROUND_TRIP_GUESS, WINDOW_MAX, WINDOW_MIN, WINDOW_START,
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
}

impl Default for Flow {
    fn default() -> Self {
        let budget = Budget::new(LARGE_ROOM_RATE, LARGE_ROOM_BURST);
        Self { window: WINDOW_START, acked: 0, halved: None, is_starting: true, budget }
    }
}

impl Flow {
    /// How many entries may be on the way.
    pub fn window(&self) -> u64 {
        self.window
    }

    /// Everybody who keeps up has everything up to here.
    pub fn acked(&mut self, upto: u64) {
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
    pub fn has_budget(&mut self, now: Moment) -> bool {
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
        assert_eq!(flow.window(), 2 * WINDOW_START);
        flow.gap(Moment::START);
        flow.gap(Moment::START);
        assert_eq!(flow.window(), WINDOW_START, "once in a round trip");
        flow.acked(2 * WINDOW_START);
        assert_eq!(flow.window(), WINDOW_START + WINDOW_MIN);
        (0..10_000).for_each(|more| flow.acked(more * 1000));
        assert_eq!(flow.window(), WINDOW_MAX);
    }

    #[test]
    fn the_window_has_a_least_width() {
        let mut flow = Flow::default();
        (0..100).for_each(|second| flow.gap(Moment::since_start(std::time::Duration::from_secs(second))));
        assert_eq!(flow.window(), WINDOW_MIN);
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
}
