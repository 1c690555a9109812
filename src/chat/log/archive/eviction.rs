//! Whose turn it is to lose an entry when a room is full.

use std::collections::{BTreeMap, BTreeSet};

use crate::chat::base::bounds::Bounds;
use crate::chat::base::time::Stamp;
use crate::chat::keys::identity::{Author, LogId};

/// What is held, by whom, and in which order it may go. The oldest entry of the room goes first, strangers' before known
/// people's; where there are too many logs, the one that was silent for longest goes whole.
#[derive(Debug, Default)]
pub struct Eviction {
    bounds: Bounds,
    all: Load,
    strangers: Load,
    authors: BTreeMap<Author, Load>,
    by_first: BTreeSet<(bool, Stamp, LogId)>,
    by_last: BTreeSet<(bool, Stamp, LogId)>,
    by_author: BTreeSet<(Author, Stamp, LogId)>,
}

/// Entries, their bytes, and logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    pub entries: usize,
    pub bytes: usize,
    pub logs: usize,
}

/// Who wrote something, and whether that is somebody who is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    pub author: Author,
    pub is_known: bool,
}

/// A log with an entry that may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rank {
    pub owner: Owner,
    /// When the first of its entries was said.
    pub first: Stamp,
    /// And the last, where all of them may go.
    pub last: Option<Stamp>,
}

/// What is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evicted {
    /// The first entry of a log.
    Entry(LogId),
    /// A log, for there are too many.
    Log(LogId),
}

impl Load {
    fn add(&mut self, more: Self) {
        self.entries += more.entries;
        self.bytes += more.bytes;
        self.logs += more.logs;
    }

    fn sub(&mut self, less: Self) {
        self.entries -= less.entries;
        self.bytes -= less.bytes;
        self.logs -= less.logs;
    }

    /// Whether it is more than one of so many parts of what may be held.
    fn is_over(self, bounds: Bounds, parts: usize) -> bool {
        self.entries > bounds.entries / parts
            || self.bytes > bounds.bytes / parts
            || self.has_too_many_logs(bounds, parts)
    }

    fn has_too_many_logs(self, bounds: Bounds, parts: usize) -> bool {
        self.logs > bounds.logs / parts
    }
}

impl Eviction {
    /// Nothing is held.
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, ..Self::default() }
    }

    /// All that is held.
    pub fn all(&self) -> Load {
        self.all
    }

    /// How many authors anything is held of.
    pub fn authors(&self) -> usize {
        self.authors.len()
    }

    /// So much more is held.
    pub fn add(&mut self, owner: Owner, more: Load) {
        self.all.add(more);
        self.authors.entry(owner.author).or_default().add(more);
        if !owner.is_known {
            self.strangers.add(more);
        }
    }

    /// So much less is held.
    pub fn sub(&mut self, owner: Owner, less: Load) {
        self.all.sub(less);
        if !owner.is_known {
            self.strangers.sub(less);
        }
        if let Some(load) = self.authors.get_mut(&owner.author) {
            load.sub(less);
            if *load == Load::default() {
                self.authors.remove(&owner.author);
            }
        }
    }

    /// What was a stranger's is a known person's from now on.
    pub fn know(&mut self, author: Author) {
        if let Some(load) = self.authors.get(&author) {
            self.strangers.sub(*load);
        }
    }

    /// Where a log stood, and where it stands now; `None`: nothing of it may go.
    pub fn rank(&mut self, log: LogId, before: Option<Rank>, now: Option<Rank>) {
        if before == now {
            return;
        }
        if let Some(Rank { owner, first, last }) = before {
            self.by_first.remove(&(owner.is_known, first, log));
            last.map(|last| self.by_last.remove(&(owner.is_known, last, log)));
            self.by_author.remove(&(owner.author, first, log));
        }
        if let Some(Rank { owner, first, last }) = now {
            self.by_first.insert((owner.is_known, first, log));
            last.map(|last| self.by_last.insert((owner.is_known, last, log)));
            self.by_author.insert((owner.author, first, log));
        }
    }

    /// What is to go now that `author` has written something: as long as one author or all strangers have more than half of
    /// what may be held, or the room more than all of it.
    pub fn turn(&self, author: Author) -> Option<Evicted> {
        let theirs = self.authors.get(&author).copied().unwrap_or_default();
        let of_author = theirs.is_over(self.bounds, 2).then(|| self.oldest_of(author)).flatten();
        let of_strangers = || {
            let is_over = self.strangers.is_over(self.bounds, 2);
            is_over.then(|| self.oldest(self.strangers, 2)).flatten().filter(|(is_known, _)| !is_known)
        };
        let of_all = || self.all.is_over(self.bounds, 1).then(|| self.oldest(self.all, 1)).flatten();
        of_author.or_else(|| of_strangers().or_else(of_all).map(|(_, turn)| turn))
    }

    fn oldest_of(&self, author: Author) -> Option<Evicted> {
        let first = self.by_author.range((author, Stamp::ZERO, LogId::ZERO)..).next();
        first.filter(|&&(of, ..)| of == author).map(|&(.., log)| Evicted::Entry(log))
    }

    /// Of strangers, as long as they have any that may go.
    fn oldest(&self, load: Load, parts: usize) -> Option<(bool, Evicted)> {
        let whole = || self.by_last.first().map(|&(is_known, _, log)| (is_known, Evicted::Log(log)));
        let entry = || self.by_first.first().map(|&(is_known, _, log)| (is_known, Evicted::Entry(log)));
        if load.has_too_many_logs(self.bounds, parts) { whole().or_else(entry) } else { entry() }
    }
}
