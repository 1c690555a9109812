//! Rooms that lines go to no more: under a secret that was replaced, or left.

use std::collections::BTreeSet;

use crate::chat::base::limits::FORMER_SECRET_FOR;
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
    pub adopted: BTreeSet<(LogId, u64)>,
}

impl Fading {
    /// It was replaced a day before `until`.
    pub fn new(tag: Tag, mut room: Room, until: Wall) -> Self {
        room.replace(Wall(until.0.saturating_sub(millis(FORMER_SECRET_FOR))));
        Self { tag, room, until, adopted: BTreeSet::new() }
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
