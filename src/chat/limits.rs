//! Every bound and interval of the core, with its reason.

use std::time::Duration;

/// The port of the plain dialect where none is named: the usual one of the course's chatters.
pub const PORT: u16 = 7788;

/// The longest message one datagram carries, in bytes: 65,535 less 20 for the IPv4 header (RFC 791) and 8 for the UDP
/// header (RFC 768). IPv6 would carry 20 more; one bound for both is easier to explain.
pub const DATAGRAM_BYTES_MAX: usize = 65_507;

/// The longest typed line that is kept, in bytes of UTF-8. No charset packs UTF-8 tighter than three bytes into one
/// (half-width kana in `Shift_JIS`), so a longer line fits no datagram in any of them.
pub const LINE_BYTES_MAX: usize = 3 * DATAGRAM_BYTES_MAX;

/// How long plain waits for answers after the last line or datagram, unless `--timeout` says otherwise. A guess: longer
/// than any answer of a program on a LAN takes, shorter than a script's author minds.
pub const LINGER: Duration = Duration::from_secs(1);

/// The same trouble with the same peer is told at most once in this time.
pub const TELL_AGAIN: Duration = Duration::from_secs(60);

/// How many addresses are remembered in one generation of [`Recent`](super::recent::Recent); two are kept. A guess: a
/// LAN has 250 people, a flood of forged addresses is cheap to forget.
pub const SPEAKERS_MAX: usize = 1024;

/// How long a line sent to one of several addresses of a name may still be found refused: longer than any round trip
/// on a LAN, shorter than a person's patience. A guess.
pub const REFUSAL_WITHIN: Duration = Duration::from_secs(1);

/// How many lines are kept for the next address of a name in [`REFUSAL_WITHIN`]. A guess: a screenful of paste.
pub const REFUSABLE_LINES_MAX: usize = 64;

/// How many combining marks one character may carry. Hebrew with cantillation and stacked Tibetan stay below; a flood
/// that climbs over the lines above does not. A guess: Unicode's own bound for streams (UAX #15) is 30.
pub const MARKS_MAX: u8 = 8;
