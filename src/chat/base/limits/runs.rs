//! How much a command that answers datagrams is run.

use std::time::Duration;

/// So many commands that answer datagrams run at once.
pub const RUNS_MAX: usize = 16;
/// So long one of them may take.
pub const RUN_TIME_MAX: Duration = Duration::from_secs(5);
/// So many are run in a second for one address, and as many at once.
pub const RUNS_OF_ONE_RATE: u32 = 10;
/// So many are run in a second in all, and as many at once.
pub const RUNS_RATE: u32 = 100;
/// So much waits to be answered, in bytes: 40 seconds of it at the rate above, where it is short.
pub const REQUESTS_WAITING_MAX: usize = 4 * 1024 * 1024;
/// As above, of one address: an eighth, 51 seconds at its rate.
pub const REQUESTS_OF_ONE_WAITING_MAX: usize = REQUESTS_WAITING_MAX / 8;
/// A datagram that waits counts as at least so many bytes.
pub const REQUEST_COST_MIN: usize = 1024;
