//! How much of files and their transfers there may be.

use std::time::Duration;

use super::COUNTERS_MAX;

/// So many items one entry offers at most: the smallest take 36 bytes of 980.
pub const OFFER_ITEMS_MAX: usize = 24;

/// So many ranges one Pull names at most: where their numbers are small they fit into a datagram of 1,200 bytes.
pub const PULL_RANGES_MAX: usize = 120;
/// So many bytes the ranges of a Pull take at most: what its other fields leave, however large their numbers.
pub const PULL_RANGES_BYTES_MAX: usize = 1100;

/// A Begin is said again after this, and after twice that, and so on.
pub const BEGIN_AGAIN: Duration = Duration::from_millis(60);
/// For so long an instance is asked for a transfer.
pub const BEGIN_FOR: Duration = Duration::from_secs(3);
/// Another cookie draws another Begin after this.
pub const BEGIN_ANEW_AFTER: Duration = Duration::from_millis(50);
/// So many Begins of an attempt stay open: each Retry draws another one.
pub const BEGINS_OPEN_MAX: usize = 4;
/// The last Begin of so many instances is remembered, in one of two generations: as many as counters of beacons.
pub const BEGIN_TIMES_MAX: usize = COUNTERS_MAX / 2;
/// So many transfers are granted in a second, in all.
pub const GRANTS_RATE: u32 = 20;
/// As above, to people who are not known.
pub const GRANTS_TO_STRANGERS_RATE: u32 = 5;
/// As above, to one author.
pub const GRANTS_OF_ONE_RATE: u32 = 2;
/// As above, at once: somebody who fetches a handful of small files does not wait.
pub const GRANTS_OF_ONE_BURST: u32 = 8;
/// So many are granted and not yet used; a quarter of them by people who are not known.
pub const GRANTS_MAX: usize = 32;
/// So many of them by one instance.
pub const GRANTS_OF_ONE_MAX: usize = 4;
/// Until it is used, a granted transfer lives so long.
pub const GRANT_FOR: Duration = Duration::from_secs(5);
/// The same Begin is answered again after this.
pub const GRANT_AGAIN: Duration = Duration::from_millis(50);
/// So many fetches of this node run at once.
pub const PULLERS_MAX: usize = 16;

/// Pulls of one transfer in a second that are looked at: at the fastest one for each few milliseconds.
pub const PULLS_RATE: u32 = 1000;
/// What may leave at once of a transfer, in bytes, however fast it is: the most that one call hands over, eight times.
pub const SUPPLY_BURST_MAX: u64 = 512 * 1024;
/// So much of a stream is read ahead and kept, in bytes; of large blocks two.
pub const SUPPLY_CACHE_MAX: u64 = 512 * 1024;
/// A transfer ends when nothing was asked for so long.
pub const SUPPLY_SILENT_MAX: Duration = Duration::from_secs(5);
/// After this nothing leaves until something is asked for again: whoever asked may be gone.
pub const SUPPLY_VOID_AFTER: Duration = Duration::from_secs(1);
/// Blocks in a second that are read for a transfer beside what may be read for what was sent of it.
pub const SPARE_BLOCKS_RATE: u32 = 32;
/// As above, pages, each of which costs reading 1,024 blocks.
pub const SPARE_PAGES_RATE: u32 = 1;
/// As above, at once.
pub const SPARE_PAGES_BURST: u32 = 4;
/// So many pages of a stream are kept at each side of a transfer.
pub const PAGES_HELD_MAX: usize = 8;
/// What a fetch keeps in memory of what has not reached the disk, in bytes.
pub const FETCH_MEMORY_MAX: u64 = 8 * 1024 * 1024;
/// In so many pieces may lie what was asked for: more are a holder's that sends every second byte.
pub const FETCH_FRAGMENTS_MAX: usize = 16_384;

/// So long a name is, in bytes: what file systems take.
pub const FILE_NAME_BYTES_MAX: usize = 255;
/// So long a path within a folder is, in bytes: what Linux takes.
pub const PATH_BYTES_MAX: usize = 4096;
/// So many parts it has.
pub const FOLDER_DEPTH_MAX: usize = 64;
/// So many files and empty folders there are in a folder that is offered.
pub const FOLDER_ITEMS_MAX: usize = 100_000;
/// So long its list is, in bytes.
pub const MANIFEST_BYTES_MAX: usize = 16 * 1024 * 1024;

/// So long an offer stands after it was made.
pub const OFFER_FOR: Duration = Duration::from_secs(7 * 24 * 3600);
/// So many offers are remembered in all rooms: what a person can look through.
pub const OFFERS_KNOWN_MAX: usize = 1000;
/// As above, of one author.
pub const OFFERS_OF_ONE_MAX: usize = 128;
/// So many paths one command offers at most.
pub const PATHS_MAX: usize = 64;
/// So many transfers are served at once; half of them to people who are not known.
pub const SLOTS_MAX: usize = 8;
/// So many granted transfers are held that nobody asked anything of yet.
pub const GRANTED_HELD_MAX: usize = 64;
/// Whoever does not answer, or serves others first, is asked again after this.
pub const FETCH_AGAIN: Duration = Duration::from_secs(5);
/// How a transfer goes is told so often at most.
pub const PROGRESS_EVERY: Duration = Duration::from_millis(250);
/// Whoever takes less than this in [`TRICKLE_WITHIN`] gives its place to others who wait. In bytes: a block.
pub const TRICKLE_BYTES: u64 = 64 * 1024;
/// As above.
pub const TRICKLE_WITHIN: Duration = Duration::from_secs(30);
