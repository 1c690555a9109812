//! Every bound and interval of the core, with its reason.

mod afar;
mod broker;
mod files;
mod network;
mod runs;
mod shares;

use std::time::Duration;

pub use afar::*;
pub use broker::*;
pub use files::*;
pub use network::*;
pub use runs::*;
pub use shares::*;

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

/// So many addresses the user may name to be reached by unicast while the session runs: each is sent every beacon.
pub const NAMED_PEERS_MAX: usize = 256;

/// The same trouble with the same peer is told at most once in this time.
pub const TELL_AGAIN: Duration = Duration::from_secs(60);

/// How many addresses are remembered in one generation of `Recent`; two are kept. A guess: a
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

// The native protocol.

/// The port that groups are heard on, the same for every instance of a machine. Unassigned at IANA; a guess otherwise.
pub const GROUP_PORT: u16 = 7790;

/// The longest datagram of the native protocol, in bytes of UDP payload: below 1,280 less headers, the least that IPv6
/// carries whole (RFC 8200, 5), with room for a tunnel.
pub const FRAME_DATAGRAM_BYTES_MAX: usize = 1200;

/// The longest action or topic, in bytes: it is one entry, its length goes before it and a mark behind it.
pub const ONE_ENTRY_BYTES_MAX: usize = BODY_BYTES_MAX - 8;

/// The longest body of an entry, in bytes, so that an entry with its signature fits one datagram.
pub const BODY_BYTES_MAX: usize = 980;

/// The longest message, in bytes of UTF-8; it goes over several entries.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// The longest name of a room, in bytes of UTF-8. A guess.
pub const ROOM_NAME_BYTES_MAX: usize = 64;

/// How far ahead of ours another clock may be and still be followed.
pub const CLOCK_AHEAD_MAX: Duration = Duration::from_secs(600);

/// A room with at most so many others is small: everybody is sent to by unicast too, and everybody confirms.
pub const SMALL_ROOM_MAX: usize = 16;

/// How far ahead of a gap entries of one log are kept: as many as an author may have on the way.
pub const OUT_OF_ORDER_MAX: u64 = WINDOW_MAX;
/// The same of all logs of a room together.
pub const OUT_OF_ORDER_IN_ALL_MAX: usize = 4096;
/// How many entries of a room are held and offered: weeks of talk, and a minute and a half of eight programs that say fifty
/// lines a second each, so that one that was stopped for a minute still gets all of them from the others.
pub const ENTRIES_HELD_MAX: usize = 65_536;
/// What they may take, in bytes: so many of a line each with what holds them.
pub const ENTRY_BYTES_HELD_MAX: usize = 32 * 1024 * 1024;
/// One part of so many of what is held may be own entries that are kept only because they are not confirmed.
pub const OWN_KEPT_PART: usize = 8;
/// How many logs of a room are held.
pub const LOGS_HELD_MAX: usize = 10_000;
/// How many logs that were dropped are remembered, so that they are not asked for again.
pub const DROPPED_LOGS_MAX: usize = 4096;

/// How many entries of one's own of earlier sessions wait for receipts, and how many private messages: as many as one session
/// may leave.
pub const EARLIER_MAX: usize = UNDECIDED_MAX;

/// How many deletions of entries that did not come yet are remembered.
pub const DELETIONS_MAX: usize = 1024;

/// The least, first and most entries that an author has on the way to the slowest peer that keeps up.
pub const WINDOW_MIN: u64 = 16;
/// As above.
pub const WINDOW_START: u64 = 64;
/// As above.
pub const WINDOW_MAX: u64 = 1024;
/// With so many on the way in a small room the next ones go by unicast alone. A guess: two hundred lines of a pipe, and more
/// than people type in the time of a receipt.
pub const BULK_FROM: u64 = WINDOW_MIN;

/// How long the secret that makes cookies is used; the one before it still holds.
pub const COOKIE_SECRET_FOR: Duration = Duration::from_secs(120);
/// How many proven addresses are remembered in one of two generations.
pub const PROVEN_MAX: usize = 4096;

/// How many claims to have more of a log are remembered, those of all holders together.
pub const WANTS_HELD_MAX: usize = 4096;
/// How many holders are remembered for one log. A guess: one of them answers.
pub const CLAIMANTS_MAX: usize = 4;
/// How many entries may be on the way from one holder.
pub const ASKED_OF_ONE_MAX: u64 = 64;
/// And so many of one machine, apart from the author: who has many ports has no more voices for that.
pub const CLAIMANTS_OF_ONE_MACHINE: usize = 2;
/// How many entries answer one datagram.
pub const SERVED_AT_ONCE_MAX: usize = 64;
/// How often a holder is asked for what it claims to have.
pub const TRIES_MAX: u32 = 6;
/// How often the time between two tries doubles: a second in a small room, in which a gap is asked for until it is given up.
pub const ASK_DOUBLED_MAX: u32 = 4;

/// How many of my own roots are remembered.
pub const ROOTS_KEPT: usize = 64;
/// How many pairs of roots are remembered as compared. Then all are forgotten: a comparison too many costs little.
pub const PAIRS_COMPARED_MAX: usize = 1024;
/// How long heads may come in answer to my buckets.
pub const COMPARE_OPEN_FOR: Duration = Duration::from_secs(2);

/// In rooms that are not small: entries a second, and at once.
pub const LARGE_ROOM_RATE: u32 = 50;
/// As above.
pub const LARGE_ROOM_BURST: u32 = 100;
/// The window is halved at most once in this time: a receipt takes up to 50 ms, a repair a little more. A guess.
pub const ROUND_TRIP_GUESS: Duration = Duration::from_millis(100);

/// How many instances of a room are known at a time.
pub const PEERS_MAX: usize = 1024;
/// How many addresses an instance may have: two cards with two families each.
pub const ADDRESSES_MAX: usize = 4;
/// Who was here so long is no stranger.
pub const KNOWN_AFTER: Duration = Duration::from_secs(600);
/// A new address becomes the current one when that has been silent so long.
pub const ROAM_AFTER: Duration = Duration::from_secs(2);
/// How long and how many counters of instances that are gone are kept.
pub const COUNTERS_KEPT_FOR: Duration = Duration::from_secs(24 * 3600);
/// As above.
pub const COUNTERS_MAX: usize = 4096;

/// How many nicks are remembered in one of two generations.
pub const NAMES_MAX: usize = 4096;
/// How long the end of a message is waited for, and how long a gap that nobody fills.
pub const PARTIAL_FOR: Duration = Duration::from_secs(30);
/// How many messages may wait for their end: 64 KiB each.
pub const PARTIALS_MAX: usize = 64;

/// A receipt leaves after this: long enough that several entries share it, short enough to look immediate.
pub const RECEIPT_AFTER: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(50));
/// How many are owed one at a time.
pub const RECEIPTS_MAX: usize = PEERS_MAX;
/// A receipt for so many entries leaves at once.
pub const RECEIPT_AT_ONCE_AFTER: u32 = 8;
/// But no sooner than this after the last one: each costs a signature here and a verification there.
pub const RECEIPT_PAUSE: Duration = Duration::from_millis(10);

/// The last entry is told again after this while somebody has not confirmed it.
pub const REMIND_AFTER: Duration = Duration::from_millis(250);
/// For so long; then less often.
pub const REMIND_OFTEN_FOR: Duration = Duration::from_secs(2);
/// As above.
pub const REMIND_SELDOM_AFTER: Duration = Duration::from_secs(1);
/// What is due so soon is told of together: a guess, a fifth of the time between two.
pub const REMIND_TOGETHER: Duration = Duration::from_millis(50);
/// In rooms that are not small the second and last reminder follows the first after this.
pub const REMIND_LARGE: Duration = Duration::from_millis(1250);
/// How many logs are reminded of at a time.
pub const REMINDERS_MAX: usize = 64;
/// In rooms that are not small so many confirm at once.
pub const CHOSEN_TO_CONFIRM: usize = 3;
/// In rooms that are not small so many who do not hear multicasts are sent to by unicast.
pub const NO_MULTICAST_PEERS_MAX: usize = 32;
/// A peer that was silent for so long while it lacks something does not hold up the others: it will heal.
pub const COUNTS_FOR: Duration = Duration::from_secs(2);
/// When nothing may leave it is looked again after this.
pub const FLOW_AGAIN_AFTER: Duration = Duration::from_millis(20);
/// How many own entries may wait for a verdict before input waits.
pub const UNDECIDED_MAX: usize = 4096;
/// How many messages with a ticket wait for theirs: beyond, the oldest are forgotten. A guess: a dozen may share an entry.
pub const ASKED_MAX: usize = 16 * UNDECIDED_MAX;
/// How long a JSON command may be: a message all of whose bytes are written as `\uXXXX`, and the rest.
pub const REQUEST_BYTES_MAX: usize = 6 * MESSAGE_BYTES_MAX + 4096;
/// How many messages a bot says in a second: more than anybody reads, and little for a room where two bots answer each other. A guess.
pub const BOT_RATE: u32 = 5;
/// And at once: an answer of several lines.
pub const BOT_BURST: u32 = 10;
/// How many rooms one session may be in: each has its own beacons. A guess.
pub const ROOMS_MAX: usize = 64;

/// The waits before the first beacons.
pub const BEACONS_AT_START: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_secs(1), Duration::from_secs(2)];
/// The interval of beacons grows with the room by this for each instance, so that all together send ten a second.
pub const BEACON_EACH: Duration = Duration::from_millis(100);
/// The shortest interval.
pub const BEACON_MIN: Duration = Duration::from_secs(5);
/// The longest.
pub const BEACON_MAX: Duration = Duration::from_secs(120);
/// Stateful firewalls forget a way after 30 s: something goes there before so long has passed.
pub const KEEP_OPEN_WITHIN: Duration = Duration::from_secs(28);
/// Somebody new is greeted within this.
pub const GREET_WITHIN: Duration = Duration::from_millis(50);
/// So long one claims to hear multicasts after one was heard.
pub const MULTICAST_HEARD_FOR: Duration = Duration::from_secs(30);

/// What is missing may be on its way: it is asked for after this, first in small rooms, then in others.
pub const ASK_FIRST: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(20));
/// As above.
pub const ASK_FIRST_LARGE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(80));
/// What is due so soon is asked for together.
pub const ASK_TOGETHER: Duration = Duration::from_millis(10);
/// And asked for again after this, then twice this, and so on.
pub const ASK_AGAIN: Duration = Duration::from_millis(60);
/// As above.
pub const ASK_AGAIN_LARGE: Duration = Duration::from_millis(200);
/// In rooms that are not small, who lacks more than so many entries waits longer: from, to, and for each instance.
pub const BULK: (u64, Duration, Duration, Duration) =
    (4, Duration::from_millis(20), Duration::from_millis(120), Duration::from_millis(10));
/// The wall clock was set, and did not only drift, where it is so far from where the monotonic clock says. A guess.
pub const CLOCK_STEP: Duration = Duration::from_secs(1);
/// What is done so much later than it was due was held up by a program that was stopped, or a machine that slept. A guess:
/// longer than any disk or scheduler holds up a loop that is well.
pub const PAUSED_AFTER: Duration = Duration::from_secs(2);
/// A gap that nobody fills is given up after this.
pub const GIVE_UP_AFTER: Duration = Duration::from_secs(30);
/// Who asks for the same within this is served with a multicast.
pub const SERVED_ALIKE_WITHIN: Duration = Duration::from_millis(300);
/// And then it is not served again for so long.
pub const SERVED_HOLD: Duration = Duration::from_millis(500);

/// A comparison starts after this, in small rooms and where nothing is held.
pub const COMPARE_DELAY: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(300));
/// As above, in others.
pub const COMPARE_DELAY_LARGE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(2));
/// And no sooner than this after the last one.
pub const COMPARE_PAUSE: Duration = Duration::from_secs(5);
/// As above.
pub const COMPARE_PAUSE_LARGE: Duration = Duration::from_secs(10);
/// How many datagrams of heads answer one comparison.
pub const HEADS_FRAMES_MAX: usize = 20;

/// Something is passed on after this, unless somebody else does it first.
pub const RELAY_WITHIN: (Duration, Duration) = (Duration::ZERO, Duration::from_millis(100));
/// How many things may wait to be passed on.
pub const RELAYS_MAX: usize = 1024;

/// So many of those who are here are named to the screen; the others are counted.
pub const HERE_NAMED_MAX: usize = 64;
/// So many entries of backlog are shown on a terminal; the rest is in the history.
pub const BACKLOG_ON_SCREEN: usize = 100;
/// What was said so long ago when it comes is backlog: the network was away, or one was. A guess: what was only lost is
/// healed sooner.
pub const BACKLOG_AFTER: Duration = Duration::from_secs(5);
/// Backlog is shown so soon after the first of it came, whatever else is still to come.
pub const BACKLOG_WITHIN: Duration = Duration::from_secs(5);
/// What somebody says now waits no longer than this for older lines of its author. From the protocol, section 9.
pub const LIVE_WITHIN: Duration = Duration::from_millis(400);
/// So many entries of it are sorted at a time.
pub const BACKLOG_BLOCK_MAX: usize = 10_000;
/// Backlog is shown once nothing of it came for so long.
pub const BACKLOG_QUIET: Duration = Duration::from_secs(1);

/// What is piped in is said for so long after everything came that was waited for. A guess: programs of a pipeline start
/// together.
pub const READ_ON_FOR: Duration = Duration::from_secs(1);
/// How long receipts are waited for, unless a beacon takes longer.
pub const CONFIRM_WITHIN: Duration = Duration::from_secs(5);
/// No verdict falls sooner after the start: somebody may be about to answer.
pub const VERDICT_AFTER_START: Duration = Duration::from_secs(1);
/// As above, after somebody came.
pub const VERDICT_AFTER_NEWCOMER: Duration = Duration::from_millis(500);
/// How much of a message is told with its verdict.
pub const PREVIEW_CHARS: usize = 40;

/// Who hears more multicasts in a second than this adds none but its own lines and beacons.
pub const MULTICASTS_RATE: u32 = 150;

/// How many plain addresses are told apart in a native session, in one of two generations.
pub const PLAIN_PEERS_MAX: usize = 32;
/// How many messages of each are shown in a second.
pub const PLAIN_PEER_RATE: u32 = 10;
/// How long an address that spoke plain is sent no frames.
pub const PLAIN_FOR: Duration = Duration::from_secs(120);

/// Goodbye is said so often, for nothing answers it.
pub const GOODBYES: u32 = 3;
/// A session that ends waits so long for the disk to keep what its goodbye acknowledges. A guess: beyond that a disk is stuck,
/// and a user has waited long.
pub const LEAVE_WITHIN: Duration = Duration::from_secs(5);
/// And again after this.
pub const GOODBYE_AGAIN_AFTER: Duration = Duration::from_millis(100);
/// Whoever is alone for so long is told.
pub const ALONE_AFTER: Duration = Duration::from_secs(3);
/// So many people may come or leave in [`CROWD_WITHIN`] before they are told as a number.
pub const CROWD: usize = 8;
/// As above.
pub const CROWD_WITHIN: Duration = Duration::from_secs(2);

/// How many public keys are kept unpacked in one of two generations: 200 bytes each.
pub const KEYS_UNPACKED_MAX: usize = 512;

/// Whoever was heard and has not answered is greeted, and asked to prove its address, again after this, then twice this.
pub const HANDSHAKE_AGAIN: Duration = Duration::from_millis(200);
/// But no more than so often doubled: 1.6 s.
pub const HANDSHAKE_DOUBLED_MAX: u32 = 3;
/// So often in all: until the next beacons have come, also where half of all handshakes are lost.
pub const HANDSHAKES_MAX: u32 = 8;
/// And so many at a time.
pub const HANDSHAKES_AT_ONCE_MAX: usize = 64;

/// Whoever was not heard by multicast counts as remote after this: its own may be about to come.
pub const REMOTE_AFTER: Duration = Duration::from_secs(1);

/// How long the secret before the one in use is still listened to, for those who were away when it was replaced. From the
/// protocol; a guess: they come back the next day.
pub const FORMER_SECRET_FOR: Duration = Duration::from_secs(24 * 3600);

/// So many of them are listened to: who replaces secrets more often than that in a day leaves some behind.
pub const FORMER_SECRETS_MAX: usize = 4;

/// A passphrase that takes fewer guesses than this power of two is told to be weak: with 64 MiB and a tenth of a second for
/// each guess a million cores need years for it.
pub const PASSPHRASE_BITS_ENOUGH: u32 = 50;

/// The prekeys of so many people are known in a room, those seen last: as many as can be here.
pub const PREKEYS_KNOWN_MAX: usize = PEERS_MAX;

/// How long a prekey is in use. From the protocol, section 8.
pub const PREKEY_FOR: Duration = Duration::from_secs(24 * 3600);

/// How long after that private messages that were sealed with it can be opened. From the protocol, section 8: who wrote last week
/// and is heard again is understood.
pub const PREKEY_KEPT_FOR: Duration = Duration::from_secs(8 * 24 * 3600);

/// So many prekeys are held: one a day for as long, and some for clocks that jump.
pub const PREKEYS_MAX: usize = 16;

/// The agreements with so many authors are remembered: each costs as much as a signature.
pub const AGREEMENTS_MAX: usize = 1024;

/// So many logs of people who are ignored are known not to be asked for.
pub const SHUNNED_MAX: usize = LOGS_HELD_MAX;

/// So often somebody is told that a private message cannot be opened, so that nobody makes us write more than he does.
pub const UNREADABLE_ANSWERED_MAX: u32 = 8;

/// When a prekey could not be replaced, and at least, it is looked at again after this.
pub const PREKEY_AGAIN_AFTER: Duration = Duration::from_secs(600);

/// Who is known is waited for so long by a message for one person alone, before it is left with whoever is here: discovery
/// takes a second on a quiet network.
pub const RECIPIENT_KNOWN_WITHIN: Duration = Duration::from_secs(2);

/// The user decides on so many people.
pub const TRUST_MAX: usize = 10_000;

/// So long a room keeps a secret before it gets another one from the same side: everybody who is here has it by then.
pub const REKEY_PAUSE: Duration = Duration::from_secs(30);

/// Who is here under another secret of the room than we use is told of after this: it has had time to follow, or to hand its
/// secret on.
pub const FORMER_TOLD_AFTER: Duration = Duration::from_secs(10);

/// Of so many people it is told that they use a former secret of a room, and of so many secrets that they replaced ours.
pub const FORMER_TOLD_MAX: usize = 8;

/// Of so many people is told, with a new secret, that they were not to have it.
pub const LEFT_OUT_MAX: usize = 32;

/// So many entries that came under a former secret are remembered to have come there first, in one of two generations.
pub const ADOPTED_MAX: usize = ENTRIES_HELD_MAX;

/// So many of one's own private messages of a session can be taken back, the last ones.
pub const PRIVATE_REMEMBERED_MAX: usize = 1024;

/// So many tags of other keys are told apart at a time; more change nothing that is said.
pub const STRANGE_TAGS_MAX: usize = 64;
