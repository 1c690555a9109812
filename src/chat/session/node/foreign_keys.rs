//! Keys that are not ours, heard while one is alone: why that may be so is said instead of nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Node;
use crate::chat::api::notice::{Notice, Secrecy};
use crate::chat::base::limits::{ALONE_AFTER, BEACON_MAX, STRANGE_TAGS_MAX};
use crate::chat::base::time::Moment;
use crate::chat::keys::secret::{RoomKeys, RoomName, Tag};
use crate::chat::room::Room;

/// Tags of datagrams that no room of ours has.
#[derive(Debug, Default)]
pub struct ForeignKeys {
    /// When each was heard last.
    tags: BTreeMap<Tag, Moment>,
    /// Who is there is to be looked at.
    is_new: bool,
    /// Before that it is too early to tell that one is alone: a room was opened just now.
    quiet_until: Moment,
    /// Where it was told.
    told: BTreeSet<RoomName>,
    /// The last version of the protocol that is not ours, and when it was heard.
    other_version: Option<(u8, Moment)>,
}

impl ForeignKeys {
    /// A datagram with this tag came.
    pub fn hear(&mut self, tag: Tag, now: Moment) {
        if self.tags.len() >= STRANGE_TAGS_MAX && !self.tags.contains_key(&tag) {
            self.tags.retain(|_, &mut heard| is_here(heard, now));
        }
        if self.tags.len() < STRANGE_TAGS_MAX || self.tags.contains_key(&tag) {
            let before = self.tags.insert(tag, now);
            self.is_new |= before.is_none_or(|before| !is_here(before, now));
        }
    }

    /// A datagram of another version came.
    pub fn hear_version(&mut self, version: Option<u8>, now: Moment) {
        self.other_version = version.map(|version| (version, now)).or(self.other_version);
    }

    /// Which other version is spoken here.
    pub fn other_version(&self, now: Moment) -> Option<u8> {
        self.other_version.filter(|&(_, heard)| is_here(heard, now)).map(|(version, _)| version)
    }

    /// A room was opened, or goes on under another secret. Who was heard before may be in it with another key.
    pub fn opened(&mut self, room: &RoomName, now: Moment) {
        self.told.remove(room);
        self.is_new |= !self.tags.is_empty();
        self.quiet_until = now.after(ALONE_AFTER);
    }

    /// When it is to be looked who is there.
    pub fn deadline(&self, now: Moment) -> Option<Moment> {
        self.is_new.then(|| self.quiet_until.max(now.after(Duration::from_millis(1))))
    }
}

/// Whether who was heard then is still there: everybody is heard as often as that.
fn is_here(heard: Moment, now: Moment) -> bool {
    now <= heard.after(BEACON_MAX)
}

impl Node {
    /// Tells that nobody was heard, once.
    pub(super) fn tell_alone(&mut self) {
        if !self.told_alone && self.now.moment >= Moment::START.after(ALONE_AFTER) {
            self.told_alone = true;
            let room = self.rooms[self.current.room].name().clone();
            self.notice(Notice::NobodyHeard { room });
        }
    }

    /// Tells for each room that one is alone in that others use keys which are not known: once.
    pub(super) fn tell_foreign_keys(&mut self) {
        let now = self.now.moment;
        if now < self.foreign_keys.quiet_until || !std::mem::take(&mut self.foreign_keys.is_new) {
            return;
        }
        let ours: BTreeSet<Tag> = self.tags().collect();
        self.foreign_keys.tags.retain(|tag, &mut heard| is_here(heard, now) && !ours.contains(tag));
        let is_untold = |name: &&RoomName| !self.foreign_keys.told.contains(*name);
        let alone: Vec<RoomName> =
            self.rooms().filter(|room| room.presence().is_empty()).map(Room::name).filter(is_untold).cloned().collect();
        for room in alone {
            let is_sealed = self.is_sealed(&room);
            let is_open_there = is_sealed && self.foreign_keys.tags.contains_key(&RoomKeys::open(&room).tag());
            // Whoever is in the usual room is in another one, and hides nothing by it; whoever examines the network is in none.
            let usual = [RoomName::lobby(), RoomName::of_doctors()].map(|name| RoomKeys::open(&name).tag());
            if is_open_there || self.foreign_keys.tags.keys().any(|tag| !usual.contains(tag)) {
                self.foreign_keys.told.insert(room.clone());
                self.notice(Secrecy::OtherKey { room, is_sealed, is_open_there }.into());
            }
        }
    }

    /// How many rooms or keys are in use here that this session does not have.
    pub(super) fn count_foreign_keys(&self) -> usize {
        let (now, ours): (Moment, BTreeSet<Tag>) = (self.now.moment, self.tags().collect());
        let doctors = RoomKeys::open(&RoomName::of_doctors()).tag();
        let is_other = |&(tag, &heard): &(&Tag, &Moment)| is_here(heard, now) && !ours.contains(tag) && *tag != doctors;
        self.foreign_keys.tags.iter().filter(is_other).count()
    }

    /// The tags that are listened to.
    fn tags(&self) -> impl Iterator<Item = Tag> {
        self.rooms.tags().chain(self.former.tags())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;

    #[test]
    fn so_many_other_keys_are_told_apart_and_those_that_are_gone_make_room() {
        let tag = |number: usize| Bytes::first_of(&number.to_le_bytes());
        let (mut foreign_keys, later) = (ForeignKeys::default(), Moment::START.after(BEACON_MAX * 2));
        (0..3 * STRANGE_TAGS_MAX).for_each(|number| foreign_keys.hear(tag(number), Moment::START));
        assert_eq!(foreign_keys.tags.len(), STRANGE_TAGS_MAX);
        foreign_keys.hear(tag(1000), Moment::START);
        assert!(!foreign_keys.tags.contains_key(&tag(1000)), "all places are taken");
        foreign_keys.hear(tag(1000), later);
        assert_eq!((foreign_keys.tags.len(), foreign_keys.tags.contains_key(&tag(1000))), (1, true));
    }
}
