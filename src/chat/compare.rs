//! When to compare what I have with what somebody else has.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use super::frame::Root;
use super::identity::LogId;
use super::limits::{COMPARE_OPEN_FOR, PAIRS_COMPARED_MAX, ROOTS_KEPT};
use super::time::Moment;

/// The roots I had, and the comparisons that are due or under way.
#[derive(Debug, Default)]
pub struct Compare {
    /// My last roots, the newest at the end, each with how far my own log was then.
    roots: VecDeque<(Root, u64)>,
    /// Which roots were compared with which of mine.
    pairs: BTreeSet<(Root, Root)>,
    due: Option<(Moment, LogId)>,
    last: Option<Moment>,
    /// Whom I sent my buckets to, when, and which roots we had.
    open: BTreeMap<SocketAddr, (Moment, Root, Root)>,
}

impl Compare {
    /// My root is this now; my own log is settled up to `own`.
    pub fn remember(&mut self, root: Root, own: u64) {
        if self.roots.back().is_some_and(|(last, _)| *last == root) {
            return;
        }
        if self.roots.len() >= ROOTS_KEPT {
            self.roots.pop_front();
        }
        self.roots.push_back((root, own));
    }

    /// How far whoever has this root holds my own log, where it was one of mine of late.
    pub fn own_covered(&self, root: Root) -> Option<u64> {
        self.roots.iter().rev().find(|(mine, _)| *mine == root).map(|&(_, own)| own)
    }

    /// Somebody has `root`. Where that is news a comparison is due after `delay`, no sooner than `pause` after the last
    /// one; `at_once`: after an absence.
    pub fn see(&mut self, peer: LogId, root: Root, delay: Duration, pause: Duration, at_once: bool, now: Moment) {
        let Some(&(mine, _)) = self.roots.back() else { return };
        if self.own_covered(root).is_some() || self.pairs.contains(&(mine, root)) {
            return;
        }
        let earliest = self.last.filter(|_| !at_once).map_or(now, |last| last.after(pause)).max(now);
        let due = earliest.after(delay);
        if self.due.is_none_or(|(planned, _)| due < planned) {
            self.due = Some((due, peer));
        }
    }

    /// When the next comparison is due.
    pub fn deadline(&self) -> Option<Moment> {
        self.due.map(|(due, _)| due)
    }

    /// With whom to compare now.
    pub fn take_due(&mut self, now: Moment) -> Option<LogId> {
        let (_, peer) = self.due.take_if(|(due, _)| *due <= now)?;
        Some(peer)
    }

    /// My buckets go to `address`, who has `root`. Nothing is started where that root has become one of mine meanwhile.
    pub fn start(&mut self, address: SocketAddr, root: Root, now: Moment) -> bool {
        let Some(&(mine, _)) = self.roots.back() else { return false };
        if self.own_covered(root).is_some() {
            return false;
        }
        self.last = Some(now);
        self.open.retain(|_, (since, ..)| now.since(*since) < COMPARE_OPEN_FOR);
        self.open.insert(address, (now, mine, root));
        true
    }

    /// Heads came from `address`. Says whether they answer my buckets; then the two roots need not be compared again,
    /// unless what is asked for now does not come.
    pub fn answered(&mut self, address: SocketAddr, now: Moment) -> bool {
        let Some(&(since, mine, theirs)) = self.open.get(&address) else { return false };
        if now.since(since) >= COMPARE_OPEN_FOR {
            return false;
        }
        if self.pairs.len() >= PAIRS_COMPARED_MAX {
            self.pairs.clear();
        }
        self.pairs.insert((mine, theirs));
        true
    }

    /// Something that was asked for did not come: what was compared may be compared again.
    pub fn failed(&mut self) {
        self.pairs.clear();
    }
}
