//! A room goes on under another secret: what was said is taken along, and nobody is here until they have moved, too.

use std::rc::Rc;

use super::{Room, Setup};
use crate::chat::base::time::Now;
use crate::chat::keys::identity::LogId;
use crate::chat::log::Inserted;
use crate::chat::log::history::{Memory, Remembered, Shown};
use crate::chat::wire;
use crate::chat::wire::entry::{Body, Entry};

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
        let memory = Memory { logs: logs.collect(), prekeys: self.private.prekeys().collect(), ..Memory::default() };
        let mut room = Self::new(Setup { memory, ..setup }, now);
        room.names = self.names.clone();
        room.compared(); // what was said before is known
        room
    }

    /// Takes what came under a former secret, and was shown there. Says which entry that is, where it was not held.
    pub fn adopt(&mut self, entry: &Rc<Entry>) -> Option<(LogId, u64)> {
        let inserted = self.archive.insert(Rc::clone(entry));
        if !matches!(inserted, Inserted::New | Inserted::Fork) {
            return None;
        }
        if let Body::Deletion(deletion) = wire::body(entry) {
            self.archive.take_back(deletion, entry.header.author);
        }
        while self.archive.show_next(entry.log).is_some() {}
        self.remember_root();
        Some((entry.log, entry.header.seq))
    }
}
