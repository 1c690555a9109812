//! Time as the core knows it: handed in, never read.

use std::time::Duration;

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
