//! A room goes on under another secret: what was said is taken along, and nobody is here until they have moved, too.

use std::sync::Arc;

use super::superseded::News;
use super::{Out, Room, RoomSetup};
use crate::chat::base::limits::FORMER_TOLD_AFTER;
use crate::chat::base::time::{Now, Wall};
use crate::chat::keys::identity::{Author, LogId};
use crate::chat::log::Inserted;
use crate::chat::log::records::{Memory, Remembered, Shown};
use crate::chat::wire;
use crate::chat::wire::entry::{Body, Entry};

impl Room {
    /// The room that follows this one, with everything that is held here.
    #[must_use]
    pub fn succeeded(&self, setup: RoomSetup, now: Now) -> Self {
        let logs = self.archive.logs().filter_map(|(log, held)| {
            Some(Remembered {
                log,
                author: self.archive.author(log)?,
                entries: held.entries().cloned().collect(),
                floor: held.floor(),
                given_up: held.holes().collect(),
                shown: Shown { seq: held.shown().max(held.settled()), places: 0 },
                own: None,
            })
        });
        let memory = Memory { logs: logs.collect(), prekeys: self.private.prekeys().collect(), ..Memory::default() };
        let mut room = Self::new(RoomSetup { memory, ..setup }, now);
        room.names = self.names.clone();
        room.compared(); // what was said before is known
        room
    }

    /// Another secret replaced the one of this room at this time.
    pub fn replace(&mut self, since: Wall) {
        self.superseded.supersede(since);
        self.beacons.hurry(self.now.moment);
    }

    /// Who is here and uses this secret, though another one replaced it.
    pub fn behind(&self) -> impl Iterator<Item = Author> {
        let behind = self.presence.counted().filter(|peer| peer.moved.is_none());
        behind.map(|peer| peer.author)
    }

    /// Tells when one who is here uses another secret of this room than we do, once it had time to follow or to hand its own
    /// on.
    pub(super) fn note_moved(&mut self, log: LogId) {
        let Some(peer) = self.presence.peer(log).filter(|peer| peer.is_present) else { return };
        if self.now.moment.since(peer.since) < FORMER_TOLD_AFTER {
            return;
        }
        let by = peer.author;
        match self.superseded.news(by, peer.moved, self.now.wall) {
            Some(News::Behind) => self.outputs.push(Out::Behind(by)),
            Some(News::Moved(since)) => self.outputs.push(Out::Moved { by, since }),
            None => {}
        }
    }

    /// Takes what came under a former secret, and was shown there. Says which entry that is, where it was not held.
    pub fn adopt(&mut self, entry: &Arc<Entry>) -> Option<(LogId, u64)> {
        let inserted = self.archive.insert(Arc::clone(entry));
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
