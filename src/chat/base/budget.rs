//! So much per second, and no more.

use std::time::Duration;

use crate::chat::base::time::Moment;

/// A token bucket: `rate` per second on average, `burst` at once.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    rate: u32,
    burst: u32,
    /// In thousandths, so that slow rates do not lose what a short span brings.
    left_milli: u64,
    at: Moment,
}

impl Budget {
    /// A full bucket.
    pub const fn new(rate: u32, burst: u32) -> Self {
        Self { rate, burst, left_milli: burst as u64 * 1000, at: Moment::START }
    }

    /// Takes one, where there is one.
    pub fn take(&mut self, now: Moment) -> bool {
        self.take_many(1, now)
    }

    /// Takes so many, where there are so many.
    pub fn take_many(&mut self, count: usize, now: Moment) -> bool {
        self.refill(now);
        let wanted = (count as u64).saturating_mul(1000);
        let has = self.left_milli >= wanted;
        self.left_milli -= if has { wanted } else { 0 };
        has
    }

    /// Whether there is one.
    pub fn has(&mut self, now: Moment) -> bool {
        self.refill(now);
        self.left_milli >= 1000
    }

    /// Takes one, where so many stay.
    pub fn take_above(&mut self, stays: u32, now: Moment) -> bool {
        self.refill(now);
        self.left_milli >= (u64::from(stays) + 1) * 1000 && self.take(now)
    }

    /// When so many stay behind one more.
    pub fn next_above(&mut self, stays: u32, now: Moment) -> Moment {
        self.refill(now);
        let lacking = ((u64::from(stays) + 1) * 1000).saturating_sub(self.left_milli);
        now.after(Duration::from_millis(lacking.div_ceil(u64::from(self.rate.max(1)))))
    }

    /// When there is one.
    pub fn next(&mut self, now: Moment) -> Moment {
        self.refill(now);
        let lacking = 1000_u64.saturating_sub(self.left_milli);
        now.after(Duration::from_millis(lacking.div_ceil(u64::from(self.rate.max(1)))))
    }

    /// Whether at least half of it is left.
    pub fn is_half_full(&mut self, now: Moment) -> bool {
        self.refill(now);
        self.left_milli >= u64::from(self.burst) * 500
    }

    /// Whether nothing was taken of late.
    pub fn is_full(&mut self, now: Moment) -> bool {
        self.refill(now);
        self.left_milli >= u64::from(self.burst) * 1000
    }

    fn refill(&mut self, now: Moment) {
        let millis = crate::chat::base::time::millis(now.since(self.at));
        if millis > 0 {
            let more = millis.saturating_mul(u64::from(self.rate));
            self.left_milli = self.left_milli.saturating_add(more).min(u64::from(self.burst) * 1000);
            self.at = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_the_rate() {
        let mut budget = Budget::new(10, 3);
        let at = |millis| Moment::since_start(Duration::from_millis(millis));
        let taken = |budget: &mut Budget, now| (0..100).filter(|_| budget.take(at(now))).count();
        assert_eq!(taken(&mut budget, 0), 3);
        assert_eq!(taken(&mut budget, 99), 0);
        assert_eq!(taken(&mut budget, 200), 2);
        assert_eq!(taken(&mut budget, 60_000), 3);
    }

    #[test]
    fn it_is_known_when_there_is_one_again() {
        let mut budget = Budget::new(3, 1);
        assert_eq!(budget.next(Moment::START), Moment::START);
        assert!(budget.take(Moment::START));
        let next = budget.next(Moment::START);
        assert_eq!(next, Moment::since_start(Duration::from_millis(334)));
        assert!(!budget.take(Moment::since_start(Duration::from_millis(333))) && budget.take(next));
    }
}
