//! What one address may ask of us, and draw from us, so that nobody takes what is meant for all.

use std::time::Duration;

/// Signatures that are looked at in a second: a third of what one core of a small machine does. A guess.
pub const VERIFICATIONS_RATE: u32 = 12_000;
/// The share of those that come from addresses that are no live peer's.
pub const STRANGERS_VERIFICATIONS_RATE: u32 = 1000;
/// Datagrams in a second from one address that is no live peer's.
pub const STRANGER_RATE: u32 = 2000;
/// As above, at once.
pub const STRANGER_BURST: u32 = 2000;
/// Signatures in a second that one address may ask to be looked at while others need more than half: a share for each of two
/// dozen. A guess.
pub const VERIFICATIONS_OF_ONE_RATE: u32 = 500;
/// New logs and new instances in a second from one address.
pub const STRANGER_LOGS_RATE: u32 = 1;
/// As above, at once.
pub const STRANGER_LOGS_BURST: u32 = 32;
/// New logs in a second from an address that claims to hold them: what two comparisons tell.
pub const CLAIMED_LOGS_RATE: u32 = 200;
/// As above, at once.
pub const CLAIMED_LOGS_BURST: u32 = 1000;
/// Frames in a second from one address that are not entries: beacons as receipts every 10 ms, and as many of the rest.
pub const FRAMES_RATE: u32 = 400;
/// Comparisons in a second that one address may begin.
pub const BUCKETS_RATE: u32 = 1;
/// As above, at once.
pub const BUCKETS_BURST: u32 = 4;
/// What one address is served in a second, in bytes: a room of 16 MiB in as many seconds. A guess.
pub const ANSWERED_BYTES_RATE: u32 = 1024 * 1024;
/// The same of all addresses together.
pub const ANSWERED_BYTES_RATE_IN_ALL: u32 = 8 * 1024 * 1024;
/// Datagrams in a second that ask one holder: each may bring 64 entries.
pub const ASKS_RATE: u32 = 100;
/// Small answers in a second to one address that nothing new is the reason of: receipts said again, proofs, forks. A guess.
pub const ANSWERS_RATE: u32 = 20;
/// Wrong signatures in a second, after which an address counts as a stranger's.
pub const BAD_SIGNATURES_MAX: u32 = 20;
/// For so long.
pub const DISTRUST_FOR: Duration = Duration::from_secs(10);
