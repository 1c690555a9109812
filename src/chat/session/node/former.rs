//! Rooms that lines go to no more: under a secret that was replaced, or left.

use crate::chat::base::limits::{ADOPTED_MAX, FORMER_SECRET_FOR};
use crate::chat::base::recent::Recent;
use crate::chat::base::time::{Moment, Wall, millis};
use crate::chat::keys::identity::LogId;
use crate::chat::keys::secret::Tag;
use crate::chat::room::Room;

/// A room under a secret that was replaced.
#[derive(Debug)]
pub struct Fading {
    pub tag: Tag,
    pub room: Room,
    /// Until when it is listened to.
    pub until: Wall,
    /// What came here first, and not yet under the secret in use.
    pub adopted: Adopted,
}

impl Fading {
    /// It was replaced a day before `until`.
    pub fn new(tag: Tag, mut room: Room, until: Wall) -> Self {
        room.replace(Wall(until.0.saturating_sub(millis(FORMER_SECRET_FOR))));
        Self { tag, room, until, adopted: nothing_adopted() }
    }
}

/// Which entries came under a former secret first: at least the last [`ADOPTED_MAX`] of them, at most twice as many.
pub type Adopted = Recent<(LogId, u64), ()>;

const fn nothing_adopted() -> Adopted {
    Recent::new(ADOPTED_MAX)
}

/// A room that was left.
#[derive(Debug)]
pub struct Left {
    pub tag: Tag,
    pub room: Room,
    /// How often goodbye was said.
    pub said: u32,
    /// When goodbye is said again.
    pub next: Moment,
}

impl Left {
    /// It was left just now.
    pub fn new(tag: Tag, room: Room, now: Moment) -> Self {
        Self { tag, room, said: 0, next: now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;

    #[test]
    fn so_many_entries_are_remembered_as_adopted_and_the_oldest_go() {
        let (mut adopted, most) = (nothing_adopted(), ADOPTED_MAX as u64);
        let entry = |number: u64| (Bytes((number % 7).to_be_bytes()), number);
        for number in 0..3 * most {
            adopted.entry(entry(number));
            assert!(adopted.len() <= 2 * ADOPTED_MAX);
        }
        assert!((2 * most..3 * most).all(|number| adopted.get(&entry(number)).is_some()));
        assert!(adopted.get(&entry(0)).is_none());
    }
}
