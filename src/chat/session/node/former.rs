//! Rooms that lines go to no more: superseded ones, whose secret was replaced, and departed ones, which were left.

use std::time::Duration;

use crate::chat::base::limits::{ADOPTED_MAX, FORMER_SECRET_FOR, GOODBYE_AGAIN_AFTER, GOODBYES};
use crate::chat::base::recent::Recent;
use crate::chat::base::time::{Moment, Now, Wall, millis};
use crate::chat::keys::identity::LogId;
use crate::chat::keys::secret::{RoomName, Tag};
use crate::chat::room::Room;

/// Rooms that are listened to for a while, or in which goodbye is still said.
#[derive(Debug, Default)]
pub struct Former {
    /// Under secrets that were replaced, the oldest of each room first.
    pub superseded: Vec<SupersededRoom>,
    departed: Vec<Departed>,
    /// How often one went.
    forgotten: u64,
}

/// A room under a secret that was replaced.
#[derive(Debug)]
pub struct SupersededRoom {
    /// What its datagrams begin with.
    pub tag: Tag,
    /// The room.
    pub room: Room,
    /// Until when it is listened to.
    until: Wall,
    /// What came here first, and not yet under the secret in use.
    pub adopted: Adopted,
}

/// Which entries came under a former secret first: at least the last [`ADOPTED_MAX`] of them, at most twice as many.
pub type Adopted = Recent<(LogId, u64), ()>;

/// A room that was left.
#[derive(Debug)]
struct Departed {
    tag: Tag,
    room: Room,
    /// How often goodbye was said.
    said: u32,
    /// When goodbye is said again.
    next: Moment,
}

const fn nothing_adopted() -> Adopted {
    Recent::new(ADOPTED_MAX)
}

impl Former {
    /// All of these rooms.
    pub fn rooms(&self) -> impl Iterator<Item = &Room> {
        let superseded = self.superseded.iter().map(|superseded| &superseded.room);
        superseded.chain(self.departed.iter().map(|departed| &departed.room))
    }

    /// All of these rooms, to do something in each.
    pub fn rooms_mut(&mut self) -> impl Iterator<Item = &mut Room> {
        let superseded = self.superseded.iter_mut().map(|superseded| &mut superseded.room);
        superseded.chain(self.departed.iter_mut().map(|departed| &mut departed.room))
    }

    /// All of these rooms, by what their datagrams begin with.
    pub fn tagged_rooms(&self) -> impl Iterator<Item = (Tag, &Room)> {
        let superseded = self.superseded.iter().map(|superseded| (superseded.tag, &superseded.room));
        superseded.chain(self.departed.iter().map(|departed| (departed.tag, &departed.room)))
    }

    /// How many were forgotten so far.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// The rooms that were left.
    pub fn departed(&mut self) -> impl Iterator<Item = (Tag, &mut Room)> {
        self.departed.iter_mut().map(|departed| (departed.tag, &mut departed.room))
    }

    /// The rooms whose datagrams begin so.
    pub fn every_tagged(&mut self, tag: Tag) -> impl Iterator<Item = &mut Room> {
        let superseded = self.superseded.iter_mut().map(|superseded| (superseded.tag, &mut superseded.room));
        let departed = self.departed.iter_mut().map(|departed| (departed.tag, &mut departed.room));
        superseded.chain(departed).filter(move |(of, _)| *of == tag).map(|(_, room)| room)
    }

    /// What the datagrams of these rooms begin with.
    pub fn tags(&self) -> impl Iterator<Item = Tag> {
        let superseded = self.superseded.iter().map(|superseded| superseded.tag);
        superseded.chain(self.departed.iter().map(|departed| departed.tag))
    }

    /// The room under a former secret whose datagrams begin so.
    pub fn tagged(&mut self, tag: Tag) -> Option<&mut Room> {
        self.superseded.iter_mut().find(|superseded| superseded.tag == tag).map(|superseded| &mut superseded.room)
    }

    /// Whether the datagrams of a room that was left begin so.
    pub fn was_left(&self, tag: Tag) -> bool {
        self.departed.iter().any(|departed| departed.tag == tag)
    }

    /// The secret of a room was replaced a day before `until`, until when it is listened to.
    pub fn supersede(&mut self, tag: Tag, mut room: Room, until: Wall) {
        room.replace(Wall(until.0.saturating_sub(millis(FORMER_SECRET_FOR))));
        self.superseded.push(SupersededRoom { tag, room, until, adopted: nothing_adopted() });
    }

    /// A room was left: goodbye is said there.
    pub fn depart(&mut self, tag: Tag, room: Room, now: Moment) {
        self.departed.push(Departed { tag, room, said: 0, next: now });
    }

    /// The oldest secrets of a room are listened to no more, but for `most`.
    pub fn depart_oldest(&mut self, name: &RoomName, most: usize, now: Moment) {
        let is_of = |superseded: &SupersededRoom| superseded.room.name() == name;
        let mut more = self.superseded.iter().filter(|of| is_of(of)).count().saturating_sub(most);
        let is_oldest = |superseded: &mut SupersededRoom| {
            let is_one = more > 0 && is_of(superseded);
            more -= usize::from(is_one);
            is_one
        };
        let oldest: Vec<SupersededRoom> = self.superseded.extract_if(.., is_oldest).collect();
        for SupersededRoom { tag, room, .. } in oldest {
            self.depart(tag, room, now);
        }
    }

    /// A room is joined again: no more goodbye is said there.
    pub fn return_to(&mut self, name: &RoomName) {
        self.departed.retain(|departed| departed.room.name() != name);
    }

    /// Until when which superseded room is listened to, or something is due there.
    pub fn superseded_deadline(&self, now: Now) -> Option<Moment> {
        let over = |superseded: &SupersededRoom| {
            let left = superseded.until.0.saturating_sub(now.wall.0);
            now.moment.after(Duration::from_millis(left.max(1)))
        };
        let due = self.superseded.iter().filter_map(|superseded| Some(superseded.room.deadline()?.0));
        due.chain(self.superseded.iter().map(over)).min()
    }

    /// When goodbye is said next.
    pub fn goodbye_deadline(&self) -> Option<Moment> {
        self.departed.iter().map(|departed| departed.next).min()
    }

    /// Does what is due in superseded rooms.
    pub fn tick_superseded(&mut self, now: Now) {
        for SupersededRoom { room, .. } in &mut self.superseded {
            if room.deadline().is_some_and(|(due, _)| due <= now.moment) {
                room.tick(now);
            }
        }
    }

    /// Leaves superseded rooms whose time is over. Says which.
    pub fn depart_overdue(&mut self, now: Now) -> Vec<RoomName> {
        let over: Vec<SupersededRoom> = self.superseded.extract_if(.., |of| of.until <= now.wall).collect();
        let names = over.iter().map(|superseded| superseded.room.name().clone()).collect();
        for SupersededRoom { tag, room, .. } in over {
            self.depart(tag, room, now.moment);
        }
        names
    }

    /// Says goodbye where it is due.
    pub fn say_goodbye(&mut self, now: Now) {
        for departed in self.departed.iter_mut().filter(|departed| departed.next <= now.moment) {
            departed.room.say_goodbye(now);
            departed.said += u32::from(!departed.room.is_holding()); // what waits for the disk was not said yet
            departed.next = now.moment.after(GOODBYE_AGAIN_AFTER);
        }
    }

    /// Forgets rooms in which goodbye was said often enough.
    pub fn forget_said(&mut self) {
        let before = self.departed.len();
        self.departed.retain(|departed| departed.said < GOODBYES);
        self.forgotten += (before - self.departed.len()) as u64;
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
