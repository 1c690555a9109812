//! Keys that are not ours, heard while one is alone: why that may be so is said instead of nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Node;
use crate::chat::api::notice::Secrecy;
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
            // Whoever is in the usual room is in another one, and hides nothing by it.
            let usual = RoomKeys::open(&RoomName::lobby()).tag();
            if is_open_there || self.foreign_keys.tags.keys().any(|tag| *tag != usual) {
                self.foreign_keys.told.insert(room.clone());
                self.notice(Secrecy::OtherKey { room, is_sealed, is_open_there }.into());
            }
        }
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
