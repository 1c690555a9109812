//! Sets of numbers, as ranges.

use std::collections::BTreeMap;

/// A set of numbers that is kept as its ranges: as long as they are few it is small, however many numbers there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranges(BTreeMap<u64, u64>);

impl Ranges {
    /// All from `from` up to and without `end`.
    pub fn of(from: u64, end: u64) -> Self {
        let mut ranges = Self::default();
        ranges.insert(from, end);
        ranges
    }

    /// Adds those from `from` up to and without `end`.
    pub fn insert(&mut self, mut from: u64, mut end: u64) {
        if from >= end {
            return;
        }
        while let Some((&start, &stop)) = self.0.range(..=end).next_back().filter(|&(_, &stop)| stop >= from) {
            (from, end) = (from.min(start), end.max(stop));
            self.0.remove(&start);
        }
        self.0.insert(from, end);
    }

    /// Removes those from `from` up to and without `end`. Says how many of them there were.
    pub fn remove(&mut self, from: u64, end: u64) -> u64 {
        let mut removed = 0;
        if from >= end {
            return 0;
        }
        while let Some((&start, &stop)) = self.0.range(..end).next_back().filter(|&(_, &stop)| stop > from) {
            self.0.remove(&start);
            if start < from {
                self.0.insert(start, from);
            }
            if stop > end {
                self.0.insert(end, stop);
            }
            removed += stop.min(end) - start.max(from);
        }
        removed
    }

    /// Whether this number is among them.
    pub fn has(&self, number: u64) -> bool {
        self.0.range(..=number).next_back().is_some_and(|(_, &end)| number < end)
    }

    /// The least of them that is at least `from`.
    pub fn first_from(&self, from: u64) -> Option<u64> {
        if self.has(from) { Some(from) } else { self.0.range(from..).next().map(|(&start, _)| start) }
    }

    /// The least number from `from` on that is not among them.
    pub fn first_lacking_from(&self, from: u64) -> u64 {
        self.0.range(..=from).next_back().map_or(from, |(_, &end)| end.max(from))
    }

    /// The first range: from where, and up to and without which.
    pub fn first(&self) -> Option<(u64, u64)> {
        self.0.iter().next().map(|(&start, &end)| (start, end))
    }

    /// All ranges in their order.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64)> {
        self.0.iter().map(|(&start, &end)| (start, end))
    }

    /// How many numbers there are.
    pub fn count(&self) -> u64 {
        self.iter().map(|(start, end)| end - start).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(ranges: &Ranges) -> Vec<(u64, u64)> {
        ranges.iter().collect()
    }

    #[test]
    fn what_touches_becomes_one_and_what_is_taken_out_leaves_its_sides() {
        let mut ranges = Ranges::of(10, 20);
        ranges.insert(30, 40);
        ranges.insert(20, 25);
        ranges.insert(5, 5);
        assert_eq!(all(&ranges), [(10, 25), (30, 40)]);
        ranges.insert(12, 35);
        assert_eq!(all(&ranges), [(10, 40)]);
        assert_eq!(
            [ranges.remove(15, 20), ranges.remove(0, 12), ranges.remove(39, 99), ranges.remove(50, 60)],
            [5, 2, 1, 0]
        );
        assert_eq!(all(&ranges), [(12, 15), (20, 39)]);
        assert_eq!(
            [ranges.first_from(0), ranges.first_from(13), ranges.first_from(16), ranges.first_from(39)],
            [Some(12), Some(13), Some(20), None]
        );
        assert_eq!([12, 14, 15, 20, 50].map(|from| ranges.first_lacking_from(from)), [15, 15, 15, 39, 50]);
        assert!(ranges.has(14) && !ranges.has(15) && !ranges.has(39) && ranges.count() == 22);
    }

    /// Beside a set of the numbers themselves.
    #[test]
    fn it_is_the_set_that_it_stands_for() {
        let mut rng = crate::chat::base::rng::Rng::new(&[1; 32]);
        let (mut ranges, mut plain) = (Ranges::default(), std::collections::BTreeSet::new());
        for _ in 0..2000 {
            let from = rng.below(64);
            let end = from + rng.below(12);
            if rng.happens(1, 2) {
                ranges.insert(from, end);
                plain.extend(from..end);
            } else {
                let before = plain.len();
                plain.retain(|number| !(from..end).contains(number));
                assert_eq!(ranges.remove(from, end), (before - plain.len()) as u64);
            }
            assert_eq!(
                ranges.iter().flat_map(|(from, end)| from..end).collect::<Vec<_>>(),
                plain.iter().copied().collect::<Vec<_>>()
            );
            let apart = ranges.iter().zip(ranges.iter().skip(1)).all(|((_, end), (from, _))| end < from);
            assert!(apart && ranges.iter().all(|(from, end)| from < end));
        }
    }
}
