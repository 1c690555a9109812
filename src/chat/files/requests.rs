//! What was asked of a holder, in one growing queue: how far it has sent of it, and what was lost on the way.
//!
//! A Pull says where the queue ends (`credit`) and what its last part is (`wanted`). The holder sends in the order of the
//! queue. So whatever was asked for before the newest byte that came has been sent: it is here, or late, or lost. What is lost
//! is asked for again, at the end of the queue. A Pull that is lost does no harm, for the next one says the same and more.

use std::collections::{BTreeMap, VecDeque};

use crate::chat::base::limits::{PULL_RANGES_BYTES_MAX, PULL_RANGES_MAX};
use crate::chat::wire::transfer::{Extent, StreamPart};

/// So much may overtake what was asked for before it: more is taken for a loss. As many datagrams as may overtake in TCP
/// (RFC 8985, 6.2, begins with 3) are few where a run of 64 KiB is sent at once; twice that many are still a guess.
const OVERTAKEN_MAX: u64 = 8 * 1200;

/// So many ranges of a Pull are kept for what is asked for the first time.
const NEW_RANGES_MIN: usize = 8;

/// So many bytes a range takes in a Pull at most.
const EXTENT_BYTES_MAX: usize = 1 + 9 + 9;

/// What was asked for and has not come.
#[derive(Debug, Default)]
pub struct RequestQueue {
    /// Where the queue ends.
    credit: u64,
    /// Up to here all was sent.
    newest: u64,
    /// The queue behind that.
    tail: VecDeque<Extent>,
    /// What has not come, by its place in the offer.
    lacking: BTreeMap<(StreamPart, u64), Lacking>,
    /// The same by its place in the queue.
    order: BTreeMap<u64, (StreamPart, u64)>,
    /// The number of the newest datagram that came.
    counter: u32,
}

/// Bytes that were asked for and have not come.
#[derive(Clone, Copy, Debug)]
struct Lacking {
    count: u64,
    /// Their place in the queue.
    at: u64,
    /// The number of the newest datagram that had come when they were asked for. What came with it, or before, answers an
    /// earlier request for the same bytes, and says nothing of how far this queue was sent.
    after: u32,
}

impl RequestQueue {
    /// Where the queue ends, and its part that may not be sent yet: what a Pull says.
    pub fn pull(&self) -> (u64, Vec<Extent>) {
        (self.credit, self.tail.iter().copied().collect())
    }

    /// How much was asked for that may not be sent yet.
    pub fn ahead(&self) -> u64 {
        self.credit - self.newest
    }

    /// Where the queue ends.
    pub fn credit(&self) -> u64 {
        self.credit
    }

    /// In how many pieces what has not come lies. A holder that sends every second byte makes it many.
    pub fn fragments(&self) -> usize {
        self.lacking.len()
    }

    /// Whether one more range can be asked for. Where much was lost, what is asked for again leaves room for what is new, of
    /// which one range is as much as many of those.
    pub fn has_room(&self, is_again: bool) -> bool {
        let kept = if is_again { NEW_RANGES_MIN } else { 1 };
        let bytes: usize = self.tail.iter().map(Extent::encoded_bytes).sum();
        self.tail.len() + kept <= PULL_RANGES_MAX && bytes + kept * EXTENT_BYTES_MAX <= PULL_RANGES_BYTES_MAX
    }

    /// Asks for something, behind all else. It is not asked for already.
    pub fn ask(&mut self, extent: Extent) {
        if extent.count == 0 {
            return;
        }
        self.put(extent.part, extent.from, Lacking { count: extent.count, at: self.credit, after: self.counter });
        self.credit += extent.count;
        match self.tail.back_mut().filter(|last| last.part == extent.part && last.from + last.count == extent.from) {
            Some(last) => last.count += extent.count,
            None => self.tail.push_back(extent),
        }
    }

    /// Bytes came, in the datagram of this number. Says how many of them lacked.
    pub fn came(&mut self, part: StreamPart, from: u64, count: u64, counter: u32) -> u64 {
        let end = from.saturating_add(count);
        let (mut came, mut newest) = (0, 0);
        while let Some((&(_, start), &lacking)) = self.lacking.range((part, 0)..(part, end)).next_back()
            && start + lacking.count > from
        {
            let Lacking { count, at, after } = lacking;
            self.lacking.remove(&(part, start));
            self.order.remove(&at);
            if start < from {
                self.put(part, start, Lacking { count: from - start, ..lacking });
            }
            if start + count > end {
                self.put(part, end, Lacking { count: start + count - end, at: at + (end - start), ..lacking });
            }
            let stop = end.min(start + count);
            came += stop - start.max(from);
            if counter > after {
                newest = newest.max(at + (stop - start));
            }
        }
        self.counter = self.counter.max(counter);
        self.pass(newest);
        came
    }

    fn put(&mut self, part: StreamPart, from: u64, lacking: Lacking) {
        self.lacking.insert((part, from), lacking);
        self.order.insert(lacking.at, (part, from));
    }

    /// All up to here was sent.
    fn pass(&mut self, newest: u64) {
        let mut passed = newest.saturating_sub(self.newest);
        self.newest = self.newest.max(newest);
        while let Some(first) = self.tail.front_mut().filter(|_| passed > 0) {
            let part = passed.min(first.count);
            first.from += part;
            first.count -= part;
            passed -= part;
            if first.count == 0 {
                self.tail.pop_front();
            }
        }
    }

    /// What was lost: so much came that was asked for later.
    pub fn lost(&mut self) -> Vec<Extent> {
        self.take_before(self.newest.saturating_sub(OVERTAKEN_MAX))
    }

    /// Nothing came for too long: all that has not come is lost.
    pub fn all_lost(&mut self) -> Vec<Extent> {
        self.pass(self.credit);
        self.take_before(self.credit)
    }

    fn take_before(&mut self, end: u64) -> Vec<Extent> {
        let mut lost = Vec::new();
        while let Some((&at, &(part, from))) = self.order.first_key_value().filter(|&(&at, _)| at < end) {
            self.order.remove(&at);
            let Some(lacking) = self.lacking.remove(&(part, from)) else { break };
            let count = lacking.count.min(end - at);
            if count < lacking.count {
                let rest = Lacking { count: lacking.count - count, at: at + count, ..lacking };
                self.put(part, from + count, rest);
            }
            lost.push(Extent { part, from, count });
        }
        lost
    }
}

/// The holder's side: what it is to send next.
#[derive(Debug, Default)]
pub struct Orders {
    credit: u64,
    /// How much of the queue was sent.
    sent: u64,
    /// What follows.
    next: VecDeque<Extent>,
}

impl Orders {
    /// A Pull says this; `sizes` says how large a part is. One that says less than another did, whose ranges do not add up,
    /// or go beyond what there is, changes nothing. Says whether it was taken.
    pub fn take(&mut self, credit: u64, wanted: &[Extent], sizes: impl Fn(StreamPart) -> u64) -> bool {
        let is_there = |extent: &Extent| {
            extent.count > 0 && extent.from.checked_add(extent.count).is_some_and(|end| end <= sizes(extent.part))
        };
        let count = wanted.iter().try_fold(0_u64, |sum, extent| sum.checked_add(extent.count));
        let start = count.and_then(|count| credit.checked_sub(count)).filter(|_| credit >= self.credit);
        let Some(start) = start.filter(|_| wanted.iter().all(is_there)) else { return false };
        self.credit = credit;
        self.sent = self.sent.max(start);
        let mut skipped = self.sent - start;
        self.next.clear();
        for &Extent { part, from, count } in wanted {
            let skip = skipped.min(count);
            skipped -= skip;
            if count > skip {
                self.next.push_back(Extent { part, from: from + skip, count: count - skip });
            }
        }
        true
    }

    /// What is to be sent next, all of it.
    pub fn next(&self) -> impl Iterator<Item = Extent> {
        self.next.iter().copied()
    }

    /// So much of what is next was sent, or cannot be.
    pub fn sent(&mut self, count: u64) {
        let Some(first) = self.next.front_mut() else { return };
        let count = count.min(first.count);
        first.from += count;
        first.count -= count;
        self.sent += count;
        if first.count == 0 {
            self.next.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::rng::Rng;

    fn stream(from: u64, count: u64) -> Extent {
        Extent { part: StreamPart::Stream, from, count }
    }

    #[test]
    fn what_is_overtaken_by_enough_is_lost_and_asked_for_again() {
        let mut requests = RequestQueue::default();
        requests.ask(stream(0, 100_000));
        assert_eq!(requests.pull(), (100_000, vec![stream(0, 100_000)]));
        assert_eq!(requests.came(StreamPart::Stream, 1000, 1000, 2), 1000);
        assert_eq!(requests.lost(), [], "it may be late");
        assert_eq!(requests.came(StreamPart::Stream, 2000, 9000, 3), 9000);
        assert_eq!(requests.lost(), [stream(0, 1000)]);
        assert_eq!(requests.came(StreamPart::Stream, 0, 1000, 1), 0, "it is not asked for any more");
        requests.ask(stream(0, 1000));
        assert_eq!(requests.pull(), (101_000, vec![stream(11_000, 89_000), stream(0, 1000)]));
        assert_eq!((requests.ahead(), requests.fragments()), (90_000, 2));
        assert_eq!(requests.came(StreamPart::Stream, 0, 1000, 4), 1000);
        assert_eq!(requests.ahead(), 0);
        assert_eq!(requests.lost(), [stream(11_000, 80_400)], "the holder sent all of it, and the end may be late");
        assert_eq!(requests.all_lost(), [stream(91_400, 8600)]);
    }

    /// What was taken for lost and comes after all says nothing of the request that repeats it.
    #[test]
    fn what_comes_late_does_not_stand_for_what_was_asked_for_since() {
        let mut requests = RequestQueue::default();
        requests.ask(stream(0, 500_000));
        assert_eq!(requests.came(StreamPart::Stream, 1000, 20_000, 20), 20_000);
        let lost = requests.lost();
        assert_eq!(lost, [stream(0, 1000)]);
        for extent in lost {
            requests.ask(extent);
        }
        let (credit, ahead) = (requests.credit(), requests.ahead());
        assert_eq!(requests.came(StreamPart::Stream, 0, 1000, 1), 1000, "the first copy");
        assert_eq!((requests.credit(), requests.ahead()), (credit, ahead));
        assert_eq!(requests.lost(), []);
    }

    #[test]
    fn a_pull_that_is_lost_or_comes_late_changes_nothing_in_what_is_sent() {
        let mut orders = Orders::default();
        let take = |orders: &mut Orders, credit, wanted: &[Extent]| orders.take(credit, wanted, |_| 100_000);
        assert!(take(&mut orders, 1000, &[stream(0, 1000)]));
        orders.sent(400);
        assert!(take(&mut orders, 3000, &[stream(0, 3000)]));
        assert_eq!(orders.next().collect::<Vec<_>>(), [stream(400, 2600)]);
        assert!(!take(&mut orders, 1000, &[stream(0, 1000)]), "it is older");
        assert!(take(&mut orders, 10_000, &[stream(8000, 1000), stream(50, 1000)]));
        assert_eq!(
            orders.next().collect::<Vec<_>>(),
            [stream(8000, 1000), stream(50, 1000)],
            "the rest is not wanted any more"
        );
        let hostile: [&[Extent]; 5] = [
            &[stream(0, u64::MAX), stream(0, 2)],
            &[stream(0, 20_000)],
            &[stream(5, 0)],
            &[stream(99_999, 2)],
            &[stream(u64::MAX, 5)],
        ];
        assert!(hostile.iter().all(|wanted| !take(&mut orders, 10_001, wanted)));
        orders.sent(1500);
        assert_eq!(orders.next().collect::<Vec<_>>(), [stream(50, 1000)], "no more than one range at a time");
        assert!(take(&mut orders, u64::MAX, &[stream(99_995, 5)]), "it ends only what it asks for itself");
        orders.sent(9);
        assert_eq!(orders.next().count(), 0);
    }

    /// Datagrams and Pulls are lost, and come in another order: in the end each byte has come, and few came twice.
    #[test]
    fn everything_comes_whatever_is_lost() {
        const SIZE: u64 = 400_000;
        for seed in 0..40 {
            let mut rng = Rng::new(&[seed; 32]);
            let (mut requests, mut orders) = (RequestQueue::default(), Orders::default());
            let mut again: VecDeque<Extent> = VecDeque::new();
            let (mut next, mut have, mut came) = (0, crate::chat::files::ranges::Ranges::default(), 0);
            let mut flying: VecDeque<(u32, Extent)> = VecDeque::new();
            let (mut turns, mut counter) = (0, 0);
            while have.count() < SIZE {
                turns += 1;
                assert!(turns < 20_000, "seed {seed}: {} of {SIZE}", have.count());
                while requests.ahead() < 40_000 && requests.has_room(false) {
                    let asked = again.pop_front().unwrap_or_else(|| {
                        let count = (SIZE - next).min(5000);
                        next += count;
                        stream(next - count, count)
                    });
                    if asked.count == 0 {
                        break;
                    }
                    requests.ask(asked);
                }
                if rng.happens(2, 3) {
                    let (credit, wanted) = requests.pull();
                    assert!(orders.take(credit, &wanted, |_| SIZE));
                }
                for _ in 0..rng.below(12) {
                    let Some(extent) = orders.next().next() else { break };
                    let count = extent.count.min(1161);
                    orders.sent(count);
                    counter += 1;
                    if !rng.happens(1, 5) {
                        let at = flying.len() - usize::try_from(rng.below(3)).unwrap().min(flying.len());
                        flying.insert(at, (counter, Extent { count, ..extent }));
                    }
                }
                let mut any = false;
                for _ in 0..rng.below(16) {
                    let Some((counter, piece)) = flying.pop_front() else { break };
                    any |= requests.came(StreamPart::Stream, piece.from, piece.count, counter) > 0;
                    have.insert(piece.from, piece.from + piece.count);
                    came += piece.count;
                }
                again.extend(requests.lost());
                if !any && flying.is_empty() && rng.happens(1, 20) {
                    again.extend(requests.all_lost());
                }
            }
            assert!(came < SIZE + SIZE / 4, "seed {seed}: {came} bytes came for {SIZE}");
        }
    }
}
