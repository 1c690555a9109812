//! A room goes on under another secret: what was said is taken along, and nobody is here until they have moved, too.

use super::{Room, Setup};
use crate::chat::history::{Memory, Remembered, Shown};
use crate::chat::time::Now;

impl Room {
    /// The room that follows this one, with everything that is held here.
    #[must_use]
    pub fn succeeded(&self, setup: Setup, now: Now) -> Self {
        let logs = self.archive.logs().filter_map(|(log, held)| {
            Some(Remembered {
                log,
                author: self.archive.author(log)?,
                entries: held.entries().map(|entry| (**entry).clone()).collect(),
                floor: held.floor(),
                given_up: held.holes().collect(),
                shown: Shown { seq: held.shown().max(held.settled()), places: 0 },
                own: None,
            })
        });
        let memory = Memory { logs: logs.collect(), prekeys: self.prekeys(), ..Memory::default() };
        let mut room = Self::new(Setup { memory, ..setup }, now);
        room.names = self.names.clone();
        room
    }
}
