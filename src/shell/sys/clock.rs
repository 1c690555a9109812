//! The one place that reads the clocks.

use std::time::{Duration, Instant, SystemTime};

use crate::chat::base::time::{Moment, Now, Wall};

/// Both clocks of the system, the monotonic one counted from the start.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// A clock that starts now.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clocks")]
    pub fn start() -> Self {
        Self { start: Instant::now() }
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
