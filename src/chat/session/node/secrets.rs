//! The secrets of rooms, in one place: what is forgotten here is wiped.

use std::collections::BTreeMap;

use crate::chat::base::time::Wall;
use crate::chat::keys::carrier::CarrierKeys;
use crate::chat::keys::identity::Author;
use crate::chat::keys::keychain::Keychain;
use crate::chat::keys::secret::{RoomKeys, RoomName};

/// What a room is sealed with: here, and at a broker, where it is not open.
pub type KeysOfRoom = (RoomKeys, Option<CarrierKeys>);

/// The secrets of the rooms that have one, and to whom this node gave those in use.
#[derive(Debug, Default)]
pub struct Secrets {
    keychains: BTreeMap<RoomName, Keychain>,
    given: BTreeMap<RoomName, Vec<Author>>,
}

impl Secrets {
    /// Those that are known at the start.
    pub fn new(keychains: Vec<Keychain>) -> Self {
        let keychains = keychains.into_iter().map(|chain| (chain.room.clone(), chain)).collect();
        Self { keychains, given: BTreeMap::new() }
    }

    /// Whether only who has a secret reads a room.
    pub fn has(&self, room: &RoomName) -> bool {
        self.keychains.contains_key(room)
    }

    /// The secret in use of a room, and those before; `None`: it is open.
    pub fn of(&self, room: &RoomName) -> Option<&Keychain> {
        self.keychains.get(room)
    }

    /// What a room is sealed with.
    pub fn keys(&self, room: &RoomName) -> RoomKeys {
        self.of(room).map_or_else(|| RoomKeys::open(room), |chain| RoomKeys::of(&chain.current))
    }

    /// What it is known by and sealed with at a broker; `None`: it is open.
    pub fn carrier_keys(&self, room: &RoomName) -> Option<CarrierKeys> {
        self.of(room).map(|chain| CarrierKeys::of(&chain.current))
    }

    /// A room has this secret from now on, and nobody got it from us.
    pub fn insert(&mut self, chain: Keychain) {
        self.given.remove(&chain.room);
        self.keychains.insert(chain.room.clone(), chain);
    }

    /// A room was left, or has no secret any more.
    pub fn forget(&mut self, room: &RoomName) {
        self.keychains.remove(room);
        self.given.remove(room);
    }

    /// These got the secret in use from us.
    pub fn give(&mut self, room: &RoomName, members: impl IntoIterator<Item = Author>) {
        self.given.entry(room.clone()).or_default().extend(members);
    }

    /// Everybody who got the secret in use from us, where `author` is one of them.
    pub fn given_with(&self, room: &RoomName, author: Author) -> Option<&[Author]> {
        self.given.get(room).filter(|given| given.contains(&author)).map(Vec::as_slice)
    }

    /// Whether we made the secret in use.
    pub fn is_ours(&self, room: &RoomName) -> bool {
        self.given.contains_key(room)
    }

    /// Who is here under the secret in use has it, also if it was left out. What is to be kept, where that is news.
    pub fn readmit(&mut self, room: &RoomName, author: Author) -> Option<&Keychain> {
        let chain = self.keychains.get_mut(room).filter(|chain| chain.leaves_out(author))?;
        chain.readmit(author);
        Some(chain)
    }

    /// Forgets former secrets that are listened to no more. What is to be kept, where there were any.
    pub fn forget_before(&mut self, room: &RoomName, now: Wall) -> Option<&Keychain> {
        let chain = self.keychains.get_mut(room)?;
        chain.forget_before(now).then_some(chain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;
    use crate::chat::keys::secret::Secret;

    #[test]
    fn of_a_room_that_was_left_nothing_is_known() {
        let (team, bob) = (RoomName::parse("team").unwrap(), Bytes([2; 32]));
        let chain = || Keychain::new(team.clone(), Secret::of_invite(&[9; 16]));
        let mut secrets = Secrets::new(vec![chain()]);
        secrets.give(&team, [bob]);
        assert!(secrets.has(&team) && secrets.given_with(&team, bob).is_some());
        assert_ne!(secrets.keys(&team).id(), RoomKeys::open(&team).id());
        secrets.forget(&team);
        assert!(!secrets.has(&team) && secrets.keys(&team).id() == RoomKeys::open(&team).id());
        secrets.insert(chain());
        assert!(!secrets.is_ours(&team), "who comes back gave it to nobody");
    }
}
