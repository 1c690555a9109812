//! When to compare what I have with what somebody else has.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use crate::chat::base::limits::{COMPARE_OPEN_FOR, PAIRS_COMPARED_MAX, PEERS_MAX, ROOTS_KEPT};
use crate::chat::base::rng::Rng;
use crate::chat::base::time::Moment;
use crate::chat::keys::identity::LogId;
use crate::chat::wire::frame::Root;

/// The roots I had, and the comparisons that are due or under way.
#[derive(Debug, Default)]
pub struct Compare {
    /// My last roots, the newest at the end, each with how far my own log was then.
    roots: VecDeque<(Root, u64)>,
    /// Which roots were compared with which of mine.
    pairs: BTreeSet<(Root, Root)>,
    /// Who has another root, and when the next comparison is due with one of them.
    others: BTreeSet<LogId>,
    due: Option<Moment>,
    last: Option<Moment>,
    /// With whom I compare: I sent my buckets there, or the heads that answer theirs.
    open: BTreeMap<SocketAddr, Open>,
}

/// A comparison under way.
#[derive(Clone, Copy, Debug)]
struct Open {
    since: Moment,
    /// Where I began it: my root and theirs.
    begun: Option<(Root, Root)>,
    /// My buckets were sent a second time, with what proves my address.
    was_repeated: bool,
    /// A bit for each bucket whose heads I returned: each once.
    returned: u64,
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

    /// Somebody has `root`. Where that is news a comparison is due after `delay`, no sooner than `pause` after the last one.
    pub fn see(&mut self, peer: LogId, root: Root, delay: Duration, pause: Duration, now: Moment) {
        let Some(&(mine, _)) = self.roots.back() else { return };
        if self.own_covered(root).is_some() || self.pairs.contains(&(mine, root)) {
            return;
        }
        let earliest = self.last.map_or(now, |last| last.after(pause)).max(now);
        let due = earliest.after(delay);
        if self.others.len() < PEERS_MAX {
            self.others.insert(peer);
        }
        self.due = Some(self.due.map_or(due, |planned| planned.min(due)));
    }

    /// When the next comparison is due.
    pub fn deadline(&self) -> Option<Moment> {
        self.due
    }

    /// With whom to compare now: with one of those who have another root, and any of them first, so that who changes its
    /// root all the time keeps nobody else from a turn.
    pub fn take_due(&mut self, rng: &mut Rng, now: Moment) -> Vec<LogId> {
        if self.due.take_if(|due| *due <= now).is_none() {
            return Vec::new();
        }
        let mut others: Vec<LogId> = std::mem::take(&mut self.others).into_iter().collect();
        if !others.is_empty() {
            let first = rng.below(others.len() as u64);
            others.rotate_left(usize::try_from(first).unwrap_or(0));
        }
        others
    }

    /// My buckets go to `address`, who has `root`. Nothing is started where that root has become one of mine meanwhile.
    pub fn start(&mut self, address: SocketAddr, root: Root, now: Moment) -> bool {
        let Some(&(mine, _)) = self.roots.back() else { return false };
        if self.own_covered(root).is_some() {
            return false;
        }
        self.last = Some(now);
        self.open(address, Some((mine, root)), now);
        true
    }

    /// Whoever is at `address` compares with me, and is sent my heads.
    pub fn join(&mut self, address: SocketAddr, now: Moment) {
        if !self.is_open(address, now) {
            self.open(address, None, now);
        }
    }

    fn open(&mut self, address: SocketAddr, begun: Option<(Root, Root)>, now: Moment) {
        self.open.retain(|_, open| now.since(open.since) < COMPARE_OPEN_FOR);
        if self.open.len() < PEERS_MAX || self.open.contains_key(&address) {
            self.open.insert(address, Open { since: now, begun, was_repeated: false, returned: 0 });
        }
    }

    /// Whether heads from `address` are part of a comparison.
    pub fn is_open(&self, address: SocketAddr, now: Moment) -> bool {
        self.open.get(&address).is_some_and(|open| now.since(open.since) < COMPARE_OPEN_FOR)
    }

    /// Whoever is at `address` was sent my buckets, and asks for a proof. Says whether they go there again: once.
    pub fn repeat(&mut self, address: SocketAddr, now: Moment) -> bool {
        let is_open = self.is_open(address, now);
        let begun = self.open.get_mut(&address).filter(|open| is_open && open.begun.is_some());
        begun.is_some_and(|open| !std::mem::replace(&mut open.was_repeated, true))
    }

    /// Heads of these buckets came from `address` in answer to mine: then the two roots need not be compared again, unless
    /// what is asked for now does not come. Says the heads of which buckets go back: of each once.
    pub fn answered(&mut self, address: SocketAddr, buckets: BTreeSet<usize>, now: Moment) -> Vec<usize> {
        let is_open = self.is_open(address, now);
        let Some(open) = self.open.get_mut(&address).filter(|_| is_open) else { return Vec::new() };
        let Some(pair) = open.begun else { return Vec::new() };
        if self.pairs.len() >= PAIRS_COMPARED_MAX {
            self.pairs.clear();
        }
        self.pairs.insert(pair);
        let is_new = |bucket: &usize| open.returned & (1 << bucket) == 0;
        let new: Vec<usize> = buckets.into_iter().filter(is_new).collect();
        open.returned |= new.iter().fold(0, |bits, bucket| bits | 1 << bucket);
        new
    }

    /// How many roots of mine are remembered, others have another one, comparisons are open, and pairs are remembered, for
    /// whoever checks the bounds.
    pub fn len(&self) -> [usize; 4] {
        [self.roots.len(), self.others.len(), self.open.len(), self.pairs.len()]
    }

    /// Something that was asked for did not come: what was compared may be compared again.
    pub fn failed(&mut self) {
        self.pairs.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;

    #[test]
    fn the_last_roots_tell_how_far_somebody_has_ones_own_log() {
        let root = |number: usize| Bytes((number as u64).to_be_bytes());
        let (last, mut compare) = (2 * ROOTS_KEPT, Compare::default());
        for number in 1..=last {
            compare.remember(root(number), number as u64);
            compare.remember(root(number), 999); // nothing has changed
        }
        assert_eq!(compare.len(), [ROOTS_KEPT, 0, 0, 0]);
        let covered = [last + 1, last, last - ROOTS_KEPT + 1, last - ROOTS_KEPT, 1]
            .map(|number| compare.own_covered(root(number)));
        assert_eq!(covered, [None, Some(last as u64), Some((last - ROOTS_KEPT + 1) as u64), None, None]);
    }

    #[test]
    fn many_who_have_another_root_are_compared_with_within_bounds() {
        let root = |number: usize| Bytes((number as u64).to_be_bytes());
        let address = |number: usize| SocketAddr::from(([10, 0, 0, 1], u16::try_from(number).expect("a port")));
        let (now, mut compare) = (Moment::START, Compare::default());
        compare.remember(root(0), 0);
        for number in 1..2 * PEERS_MAX {
            compare.see(Bytes(number.to_be_bytes()), root(number), Duration::ZERO, Duration::ZERO, now);
            assert!(compare.start(address(number), root(number), now));
        }
        assert_eq!(compare.len(), [1, PEERS_MAX, PEERS_MAX, 0]);
        let pairs = (1..=2 * PAIRS_COMPARED_MAX).map(|number| {
            compare.start(address(1), root(number), now);
            compare.answered(address(1), BTreeSet::from([3]), now);
            compare.len()[3]
        });
        assert_eq!(pairs.max(), Some(PAIRS_COMPARED_MAX));
    }

    #[test]
    fn heads_of_each_bucket_go_back_once_and_only_in_a_comparison_that_is_open() {
        let (there, mut compare) = (SocketAddr::from(([10, 0, 0, 1], 1)), Compare::default());
        let at = |seconds: u64| Moment::since_start(Duration::from_secs(seconds));
        let answered = |compare: &mut Compare, buckets: &[usize], now| {
            compare.answered(there, buckets.iter().copied().collect(), now)
        };
        compare.remember(Bytes([1; 8]), 0);
        assert_eq!(answered(&mut compare, &[1], at(0)), [0; 0], "nobody was asked");
        compare.join(there, at(0));
        assert_eq!(answered(&mut compare, &[1], at(0)), [0; 0], "it began that one");
        assert!(compare.start(there, Bytes([2; 8]), at(0)));
        assert_eq!(answered(&mut compare, &[1, 2], at(0)), [1, 2]);
        assert_eq!(answered(&mut compare, &[1, 2, 63], at(1)), [63]);
        let over = at(0).after(COMPARE_OPEN_FOR);
        assert!(compare.is_open(there, at(1)) && !compare.is_open(there, over));
        assert_eq!(answered(&mut compare, &[5], over), [0; 0]);
    }
}
