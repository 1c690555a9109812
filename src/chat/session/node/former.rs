//! Rooms that lines go to no more: under a secret that was replaced, or left.

use std::collections::{BTreeSet, VecDeque};

use crate::chat::base::limits::{ADOPTED_MAX, FORMER_SECRET_FOR};
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
        Self { tag, room, until, adopted: Adopted::default() }
    }
}

/// Which entries came under a former secret first: the last [`ADOPTED_MAX`] of them.
#[derive(Debug, Default)]
pub struct Adopted {
    entries: BTreeSet<(LogId, u64)>,
    /// The oldest first.
    order: VecDeque<(LogId, u64)>,
}

impl Adopted {
    pub fn insert(&mut self, entry: (LogId, u64)) {
        if self.entries.insert(entry) {
            self.order.push_back(entry);
        }
        if self.order.len() > ADOPTED_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.entries.remove(&oldest);
        }
    }

    pub fn contains(&self, entry: (LogId, u64)) -> bool {
        self.entries.contains(&entry)
    }
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
        let (mut adopted, most) = (Adopted::default(), ADOPTED_MAX as u64);
        let entry = |number: u64| (Bytes((number % 7).to_be_bytes()), number);
        (0..most + 5).chain([most]).for_each(|number| adopted.insert(entry(number)));
        let held: Vec<u64> = (0..most + 5).filter(|&number| adopted.contains(entry(number))).collect();
        assert_eq!((held.first(), held.len()), (Some(&5), ADOPTED_MAX));
    }
}
