//! Time as the core knows it: handed in, never read.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::chat::base::bytes::Bytes;
use crate::chat::base::limits::CLOCK_AHEAD_MAX;

/// A moment of the monotonic clock, counted from the start of the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(Duration);

impl Moment {
    /// The start of the program.
    pub const START: Self = Self(Duration::ZERO);

    /// The moment that lies `span` after the start.
    pub const fn since_start(span: Duration) -> Self {
        Self(span)
    }

    /// The moment `span` later; the end of time where that is beyond it.
    #[must_use]
    pub const fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(span))
    }

    /// The time from `earlier` to this moment; zero where `earlier` is the later one.
    pub const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

/// A time of the wall clock, in milliseconds since 1970 UTC. It may jump: nothing is decided by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wall(pub u64);

/// Both clocks, read once per wake of the loop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// For everything that is decided.
    pub moment: Moment,
    /// For everything that is shown.
    pub wall: Wall,
}

/// A time of the hybrid logical clock (Kulkarni et al. 2014): 48 bits of Unix milliseconds, 16 bits that count what falls
/// into one of them. Big-endian on the wire, so the order of the bytes is the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stamp(Bytes<8>);

impl Stamp {
    /// The moment nothing happened before.
    pub const ZERO: Self = Self(Bytes::ZERO);

    fn new(number: u64) -> Self {
        Self(Bytes(number.to_be_bytes()))
    }

    /// As one number, which rises as time does.
    pub fn number(self) -> u64 {
        u64::from_be_bytes(self.0.0)
    }

    /// What was one number.
    pub fn from_number(number: u64) -> Self {
        Self::new(number)
    }

    /// The first stamp of a millisecond.
    pub fn of(wall: Wall) -> Self {
        Self::new(wall.0.min(WALL_MAX) << 16)
    }

    /// The wall clock in it.
    pub fn wall(self) -> Wall {
        Wall(self.number() >> 16)
    }

    /// Whether it is further ahead of `wall` than clocks may be apart.
    pub fn is_ahead_of(self, wall: Wall) -> bool {
        self.wall().0 > wall.0.saturating_add(millis(CLOCK_AHEAD_MAX))
    }
}

/// Our own hybrid clock: it strictly rises, and follows what others have signed, but never far.
#[derive(Debug, Default)]
pub struct Hybrid {
    last: u64,
}

impl Hybrid {
    /// The stamp of what is signed now.
    pub fn next(&mut self, wall: Wall) -> Stamp {
        self.last = (self.last + 1).max(wall.0.min(WALL_MAX) << 16);
        Stamp::new(self.last)
    }

    /// Goes on behind a stamp of one's own of an earlier session, wherever the wall clock is now.
    pub fn resume(&mut self, own: Stamp) {
        self.last = self.last.max(own.number().min(u64::MAX >> 1));
    }

    /// Somebody else's stamp was seen: what is signed from now on is later, unless that is out of this world.
    pub fn observe(&mut self, stamp: Stamp, wall: Wall) {
        if !stamp.is_ahead_of(wall) {
            self.last = self.last.max(stamp.number());
        }
    }
}

/// The last millisecond that 48 bits hold: in the year 10889.
const WALL_MAX: u64 = (1 << 48) - 1;

/// In whole milliseconds.
pub fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_time_strictly_rises_though_the_wall_clock_jumps_back() {
        let mut clock = Hybrid::default();
        let stamps: Vec<Stamp> = [1000, 1000, 5, 2000].into_iter().map(|wall| clock.next(Wall(wall))).collect();
        assert!(stamps.is_sorted_by(|earlier, later| earlier < later), "{stamps:?}");
        assert_eq!(stamps[3].wall(), Wall(2000));
    }

    #[test]
    fn others_are_followed_ten_minutes_and_no_further() {
        let mut clock = Hybrid::default();
        let minute = 60_000;
        clock.observe(Stamp::new((9 * minute) << 16), Wall(0));
        assert_eq!(clock.next(Wall(0)).wall(), Wall(9 * minute));
        clock.observe(Stamp::new((11 * minute) << 16), Wall(0));
        assert_eq!(clock.next(Wall(0)).wall(), Wall(9 * minute));
    }
}
