//! The rooms of a session, by keys that stay theirs.

use std::collections::BTreeMap;
use std::ops::{Index, IndexMut};

use crate::chat::keys::secret::{RoomName, Tag};
use crate::chat::room::Room;

/// One of the rooms, as long as the session is in it, whatever secret it has. Keys are in the order of joining.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoomKey(u64);

/// The rooms that a session is in.
#[derive(Debug, Default)]
pub struct Rooms {
    all: BTreeMap<RoomKey, (Tag, Room)>,
    joined: u64,
    /// How often one came, went, or got another secret.
    changes: u64,
}

impl Rooms {
    /// One more; its datagrams begin with `tag`.
    pub fn insert(&mut self, tag: Tag, room: Room) -> RoomKey {
        let key = RoomKey(self.joined);
        self.joined += 1;
        self.changes += 1;
        self.all.insert(key, (tag, room));
        key
    }

    /// It goes on as another machine, under another secret. The one before.
    pub fn replace(&mut self, key: RoomKey, tag: Tag, room: Room) -> Option<(Tag, Room)> {
        self.changes += 1;
        let place = self.all.get_mut(&key)?;
        Some(std::mem::replace(place, (tag, room)))
    }

    pub fn remove(&mut self, key: RoomKey) -> Option<(Tag, Room)> {
        self.changes += 1;
        self.all.remove(&key)
    }

    /// How often one came, went, or got another secret.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn contains(&self, key: RoomKey) -> bool {
        self.all.contains_key(&key)
    }

    /// The one that was joined first.
    pub fn first(&self) -> Option<RoomKey> {
        self.all.first_key_value().map(|(&key, _)| key)
    }

    /// The one that was joined last.
    pub fn last(&self) -> Option<RoomKey> {
        self.all.last_key_value().map(|(&key, _)| key)
    }

    /// The one that was joined next after `key`, whether that is still there or not; of `None`: the first.
    pub fn after(&self, key: Option<RoomKey>) -> Option<RoomKey> {
        let from = key.map_or(0, |key| key.0 + 1);
        self.all.range(RoomKey(from)..).next().map(|(&key, _)| key)
    }

    /// Of all, for whoever needs them while rooms change.
    pub fn keys(&self) -> Vec<RoomKey> {
        self.all.keys().copied().collect()
    }

    /// The one that is called so.
    pub fn named(&self, name: &RoomName) -> Option<RoomKey> {
        self.all.iter().find(|(_, (_, room))| room.name() == name).map(|(&key, _)| key)
    }

    /// The one whose datagrams begin so.
    pub fn tagged(&self, tag: Tag) -> Option<RoomKey> {
        self.all.iter().find(|(_, (known, _))| *known == tag).map(|(&key, _)| key)
    }

    /// What its datagrams begin with.
    pub fn tag(&self, key: RoomKey) -> Tag {
        self.all[&key].0
    }

    pub fn tags(&self) -> impl Iterator<Item = Tag> {
        self.all.values().map(|(tag, _)| *tag)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Room> {
        self.all.values().map(|(_, room)| room)
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Room> {
        self.all.values_mut().map(|(_, room)| room)
    }
}

/// Nobody keeps the key of a room that was left.
impl Index<RoomKey> for Rooms {
    type Output = Room;

    fn index(&self, key: RoomKey) -> &Room {
        &self.all[&key].1
    }
}

impl IndexMut<RoomKey> for Rooms {
    fn index_mut(&mut self, key: RoomKey) -> &mut Room {
        &mut self.all.get_mut(&key).expect("the key is of a room that is open").1
    }
}
