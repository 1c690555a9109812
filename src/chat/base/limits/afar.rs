//! What a room says through a broker, where each datagram costs as many deliveries as there are people. From the design of
//! rooms across a broker: beacons at a fixed price, nothing repeated to everybody.

use std::time::Duration;

/// The span between two beacons for each of those heard at the broker.
pub const AFAR_BEACON_EACH: Duration = Duration::from_millis(1500);
/// At least.
pub const AFAR_BEACON_MIN: Duration = Duration::from_secs(60);
/// And at most; the number stands in one byte of a beacon.
pub const AFAR_BEACON_MAX: Duration = Duration::from_secs(200);
/// The first beacon after an outage leaves within so long for each of those who were there, so that they do not all speak at once.
pub const AFAR_FIRST_EACH: Duration = Duration::from_millis(50);
/// At most.
pub const AFAR_FIRST_WITHIN: Duration = Duration::from_secs(5);
/// When, after something was said, those who have not confirmed it are reminded of it, in a small room.
pub const AFAR_REMIND_AFTER: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(8)];
/// So many logs somebody is reminded of.
pub const AFAR_REMINDERS_MAX: usize = 64;
/// How long receipts are waited for where somebody is there.
pub const AFAR_CONFIRM_WITHIN: Duration = Duration::from_secs(8);
/// No verdict falls sooner after a broker is reached: whoever is there has to be heard, and to confirm, by four ways there and
/// back.
pub const AFAR_VERDICT_AFTER: Duration = Duration::from_secs(2);
/// The first of a session leaves within so long: people start one by one. So it does where few were there.
pub const AFAR_FIRST_AT_START: Duration = Duration::from_millis(250);
/// An answer takes so long at most, there and back through a broker that is far.
pub const AFAR_ASK_AGAIN: Duration = Duration::from_millis(500);
/// Who is silent on our network is asked at the broker whether it is there, and has so long to answer.
pub const AFAR_ANSWERS_WITHIN: Duration = Duration::from_secs(8);
/// What somebody said passes on to a broker within so long for each who would do so before.
pub const AFAR_RELAY_WITHIN: Duration = Duration::from_secs(2);
/// Nobody waits for more than so many: a member can invent as many as it likes.
pub const AFAR_RANK_MAX: u32 = 4;
/// What so many asked for within [`AFAR_ALIKE_WITHIN`] goes to everybody, once.
pub const AFAR_ALIKE: usize = 3;
/// See [`AFAR_ALIKE`].
pub const AFAR_ALIKE_WITHIN: Duration = Duration::from_secs(2);
/// A room with more people at a broker is told to be too large for it.
pub const AFAR_PEOPLE_MAX: usize = 256;
/// So many receipts a second pass on to whoever passed on what they are for.
pub const AFAR_RECEIPTS_RATE: u32 = 16;
/// Receipts of people behind a bridge take so long, by four networks: a verdict waits so long for them.
pub const DISTANT_WITHIN: Duration = Duration::from_millis(600);
/// For so long after one came. A guess: a conversation.
pub const DISTANT_FOR: Duration = Duration::from_secs(600);
/// Of so many logs it is remembered who brought them from a broker, in one of two generations.
pub const ORIGINS_MAX: usize = 512;
/// So many publishes a second a connection makes on average, and at once.
pub const PUBLISHES_RATE: u32 = 50;
/// See [`PUBLISHES_RATE`].
pub const PUBLISHES_BURST: u32 = 100;
/// So many of these are left for greetings, receipts and questions, without which nothing else is worth anything.
pub const PUBLISHES_FOR_CONTROL: u32 = 20;
/// And so many, at least, for lines: what others ask for again and again takes none of those.
pub const PUBLISHES_FOR_LINES: u32 = 50;
/// So many entries wait for their turn. What does not fit is fetched by whoever lacks it.
pub const PUBLISHES_WAITING_MAX: usize = 1024;
