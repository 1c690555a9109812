//! The one place that reads the clocks.

use std::time::{Duration, Instant, SystemTime};

use crate::chat::base::time::{Moment, Now, Wall};

/// Both clocks of the system, the monotonic one counted from the start.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
    /// How long this machine had slept by then, by the clocks that run meanwhile and those that do not.
    slept: Duration,
}

impl Clock {
    /// A clock that starts now.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clocks")]
    pub fn start() -> Self {
        Self { start: Instant::now(), slept: system::slept().unwrap_or_default() }
    }

    /// How long the machine has slept since this was last asked, where the system tells.
    pub fn take_sleep(&mut self) -> Duration {
        let slept = system::slept().unwrap_or(self.slept);
        slept.saturating_sub(std::mem::replace(&mut self.slept, slept))
    }

    /// What the clocks say now. A wall clock before 1970 reads 1970.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clocks")]
    pub fn now(&self) -> Now {
        let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Now {
            moment: Moment::since_start(self.start.elapsed()),
            wall: Wall(u64::try_from(unix.as_millis()).unwrap_or(u64::MAX)),
        }
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::time::Duration;

    use nix::time::{ClockId, clock_gettime};

    /// Two readings that lie apart by more say nothing: the program was stopped between them.
    const APART_MAX: Duration = Duration::from_millis(50);

    /// How long the machine has slept since it started: the boot clock runs meanwhile, the monotonic one does not
    /// (`clock_gettime(2)`).
    pub fn slept() -> Option<Duration> {
        let read = |clock: ClockId| clock_gettime(clock).ok().map(Duration::from);
        let (before, boot, after) =
            (read(ClockId::CLOCK_MONOTONIC)?, read(ClockId::CLOCK_BOOTTIME)?, read(ClockId::CLOCK_MONOTONIC)?);
        (after.saturating_sub(before) < APART_MAX).then(|| boot.saturating_sub(before))
    }
}

/// Elsewhere it is not known.
#[cfg(not(target_os = "linux"))]
mod system {
    use std::time::Duration;

    pub fn slept() -> Option<Duration> {
        None
    }
}
