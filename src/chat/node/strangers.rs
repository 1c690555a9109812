//! Keys that are not ours, heard while one is alone: why that may be so is said instead of nothing.

use std::collections::BTreeSet;

use super::Node;
use crate::chat::limits::ALONE_AFTER;
use crate::chat::notice::Secrecy;
use crate::chat::room::Room;
use crate::chat::secret::{RoomKeys, RoomName, Tag};
use crate::chat::time::Moment;

/// Tags of datagrams that no room of ours has.
#[derive(Debug, Default)]
pub struct Strangers {
    tags: BTreeSet<Tag>,
    /// Something was heard since it was last looked at.
    is_new: bool,
    /// Where it was told.
    told: BTreeSet<RoomName>,
}

/// So many tags are told apart; more change nothing.
const TAGS_MAX: usize = 64;

impl Strangers {
    /// A datagram with this tag came.
    pub fn hear(&mut self, tag: Tag) {
        if self.tags.len() < TAGS_MAX {
            self.is_new |= self.tags.insert(tag);
        }
    }
}

impl Node {
    /// When one has been alone for long enough to ask oneself why.
    pub(super) fn strangers_deadline(&self) -> Option<Moment> {
        let due = Moment::START.after(ALONE_AFTER);
        self.strangers.is_new.then(|| due.max(self.now.moment.after(std::time::Duration::from_millis(1))))
    }

    /// Tells for each room that one is alone in that others use keys which are not known: once.
    pub(super) fn tell_strangers(&mut self) {
        if self.now.moment < Moment::START.after(ALONE_AFTER) || !std::mem::take(&mut self.strangers.is_new) {
            return;
        }
        let is_alone = |name: &&RoomName| !self.strangers.told.contains(*name);
        let alone: Vec<RoomName> =
            self.rooms().filter(|room| room.presence().is_empty()).map(Room::name).filter(is_alone).cloned().collect();
        for room in alone {
            let is_sealed = self.is_sealed(&room);
            let is_open_there = is_sealed && self.strangers.tags.contains(&RoomKeys::open(&room).tag());
            // Whoever is in the usual room is in another one, and hides nothing by it.
            let usual = RoomKeys::open(&RoomName::lobby()).tag();
            if is_open_there || self.strangers.tags.iter().any(|tag| *tag != usual) {
                self.strangers.told.insert(room.clone());
                self.notice(Secrecy::OtherKey { room, is_sealed, is_open_there }.into());
            }
        }
    }
}
