//! A room whose secret was replaced, and who has not followed.

use super::{Out, Room};
use crate::chat::base::limits::{FORMER_TOLD_AFTER, FORMER_TOLD_MAX};
use crate::chat::base::time::{Stamp, Wall};
use crate::chat::keys::identity::{Author, LogId};

/// Whether the secret of this room is in use, and what was told of those who think otherwise.
#[derive(Debug, Default)]
pub struct Moving {
    /// When another secret replaced this one; `None`: this one is in use.
    since: Option<Wall>,
    /// Who was said to use this one, where it was replaced.
    behind: Vec<Author>,
    /// Since when another one was said to be in use, where this one is.
    moved: Vec<Wall>,
}

impl Moving {
    /// What beacons say of it.
    pub fn since(&self) -> Option<Wall> {
        self.since
    }

    /// How much was told.
    pub fn len(&self) -> usize {
        self.behind.len().max(self.moved.len())
    }
}

impl Room {
    /// Another secret replaced the one of this room at this time.
    pub fn replace(&mut self, since: Wall) {
        self.moving.since = Some(since);
        self.beacons.hurry(self.now.moment);
    }

    /// Who is here and uses this secret, though another one replaced it.
    pub fn behind(&self) -> impl Iterator<Item = Author> {
        let behind = self.presence.counted().filter(|peer| peer.moved.is_none());
        behind.map(|peer| peer.author)
    }

    /// Tells when one who is here uses another secret of this room than we do, once it had time to follow or to hand its own
    /// on. Of only so many, for whoever has the secret can invent people.
    pub(super) fn note_moved(&mut self, log: LogId) {
        let Some(peer) = self.presence.peer(log).filter(|peer| peer.is_present) else { return };
        let (author, since) = (peer.author, peer.moved);
        let is_settled = self.now.moment.since(peer.since) >= FORMER_TOLD_AFTER;
        let Moving { since: ours, behind, moved } = &mut self.moving;
        match since {
            _ if !is_settled => {}
            None if ours.is_some() && is_news(behind, author) => self.outputs.push_back(Out::Behind(author)),
            Some(since) if ours.is_none() && !Stamp::of(since).is_ahead_of(self.now.wall) && is_news(moved, since) => {
                self.outputs.push_back(Out::Moved { by: author, since });
            }
            _ => {}
        }
    }
}

/// Whether something was not told yet, and may be.
fn is_news<T: PartialEq>(told: &mut Vec<T>, what: T) -> bool {
    let is_news = told.len() < FORMER_TOLD_MAX && !told.contains(&what);
    if is_news {
        told.push(what);
    }
    is_news
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_are_told_of_and_each_once() {
        let mut told = Vec::new();
        assert_eq!((0..100).filter(|who| is_news(&mut told, who % 50)).count(), FORMER_TOLD_MAX);
        assert!(!is_news(&mut told, 0) && told.len() == FORMER_TOLD_MAX);
    }
}
