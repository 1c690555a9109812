//! What is told of the network, and what an examination of it looks at.

use std::time::Duration;

/// Who says in so many beacons that it does not hear us is told to be out of reach.
pub const DEAF_BEACONS: u32 = 3;
/// And for so long: it was greeted eight times meanwhile, and asked more often. In ten seconds a network that loses 40 % may
/// lose all of it (`alarms`).
pub const DEAF_AFTER: Duration = Duration::from_secs(20);
/// But of so many in a room at most: anybody can invent instances.
pub const DEAF_TOLD_MAX: usize = 8;

/// Who says to do one thing and leave, and is here for so long, is told as everybody is.
pub const PASSES_WITHIN: Duration = Duration::from_secs(30);

/// So many addresses are asked for answers at once: a datagram each, and no burst.
pub const PROBED_MAX: usize = 64;
/// Of so many people in a room it is looked at whether they answer: more say nothing new of the network.
pub const PEOPLE_PROBED_MAX: usize = 8;
/// Nobody is said to be absent before a session has listened for so long: beacons of a small room come every five seconds, and
/// one may be late.
pub const LISTENED_FOR: Duration = Duration::from_secs(7);
/// So long is waited for what the machine finds out about itself.
pub const MACHINE_WITHIN: Duration = Duration::from_secs(6);
/// So far the clocks of others may differ from this machine's before that is told: what is said is put in its order by them.
pub const CLOCK_DIFFERS: Duration = Duration::from_secs(600);
/// From so many multicasts on it is told how many of them came.
pub const MULTICASTS_COUNTED: u32 = 4;
/// So many of those who are heard are named.
pub const HEARD_NAMED_MAX: usize = 8;
/// So long after an examination the next one begins, where it is repeated.
pub const EXAMINED_EVERY: Duration = Duration::from_secs(2);
/// A newcomer is told who is on other networks of ours after so long: it must have taken us for somebody who is here, else it drops
/// what we pass on. It is greeted within 50 ms, and says where it is at once. A guess.
pub const INTRODUCED_AFTER: Duration = Duration::from_millis(300);
/// And so many of them at once; the rest with their next beacons.
pub const INTRODUCED_MAX: usize = 64;
/// What a newcomer said so lately is passed on, for it may have come before it was known where that one is.
pub const SAID_LATELY: Duration = Duration::from_secs(30);
/// So many of its entries at most.
pub const SAID_LATELY_MAX: usize = 16;
/// Of so many of our networks it is remembered that somebody is heard on them: more cards in the same ones say nothing new.
pub const NETWORKS_MAX: usize = 4;
