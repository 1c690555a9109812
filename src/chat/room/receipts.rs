//! Whom a receipt is owed to, and when it leaves: several entries share one.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::chat::base::limits::{RECEIPT_AFTER, RECEIPT_AT_ONCE_AFTER, RECEIPT_PAUSE, RECEIPTS_MAX};
use crate::chat::base::rng::Rng;
use crate::chat::base::time::Moment;

/// Who is owed a beacon as a receipt, and when.
#[derive(Debug, Default)]
pub struct Receipts {
    owed: BTreeMap<SocketAddr, Owed>,
    last: Moment,
}

#[derive(Debug)]
struct Owed {
    due: Moment,
    entries: u32,
}

impl Receipts {
    /// `to` counts on a receipt for one more entry; `is_new`: which it did not get before.
    pub fn owe(&mut self, to: SocketAddr, is_new: bool, rng: &mut Rng, now: Moment) {
        let due = now.after(rng.between(RECEIPT_AFTER.0, RECEIPT_AFTER.1));
        if self.owed.len() >= RECEIPTS_MAX && !self.owed.contains_key(&to) {
            return; // its next reminder asks again
        }
        let owed = self.owed.entry(to).or_insert(Owed { due, entries: 0 });
        owed.entries = owed.entries.saturating_add(u32::from(is_new));
        if owed.entries >= RECEIPT_AT_ONCE_AFTER {
            owed.due = owed.due.min(self.last.after(RECEIPT_PAUSE).max(now));
        }
    }

    /// When the next one is due.
    pub fn deadline(&self) -> Option<Moment> {
        self.owed.values().map(|owed| owed.due).min()
    }

    pub fn len(&self) -> usize {
        self.owed.len()
    }

    pub fn is_owed(&self, to: SocketAddr) -> bool {
        self.owed.contains_key(&to)
    }

    /// Who is sent one now.
    pub fn take_due(&mut self, now: Moment) -> Vec<SocketAddr> {
        let due: Vec<SocketAddr> = self.owed.iter().filter(|(_, owed)| owed.due <= now).map(|(&to, _)| to).collect();
        if !due.is_empty() {
            self.last = now;
            self.owed.retain(|_, owed| owed.due > now);
        }
        due
    }

    /// A beacon goes to everybody: it is a receipt too.
    pub fn clear(&mut self) {
        self.owed.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipts_are_owed_to_so_many_and_leave_together() {
        let (mut receipts, mut rng) = (Receipts::default(), Rng::new(&[1; 32]));
        let address = |number: usize| SocketAddr::from(([10, 0, 0, 1], u16::try_from(number).expect("a port")));
        (1..=2 * RECEIPTS_MAX).for_each(|to| receipts.owe(address(to), true, &mut rng, Moment::START));
        assert_eq!((receipts.len(), receipts.is_owed(address(1))), (RECEIPTS_MAX, true));
        assert!(receipts.take_due(Moment::START).is_empty(), "several entries share one");
        assert_eq!(receipts.take_due(Moment::START.after(RECEIPT_AFTER.1)).len(), RECEIPTS_MAX);
        assert_eq!((receipts.len(), receipts.deadline()), (0, None));
    }

    #[test]
    fn after_so_many_entries_a_receipt_leaves_at_once() {
        let (mut receipts, mut rng) = (Receipts::default(), Rng::new(&[1; 32]));
        let (to, now) = (SocketAddr::from(([10, 0, 0, 1], 1)), Moment::START.after(RECEIPT_PAUSE));
        let is_due = (0..RECEIPT_AT_ONCE_AFTER).map(|_| {
            receipts.owe(to, true, &mut rng, now);
            receipts.deadline() == Some(now)
        });
        let is_due: Vec<bool> = is_due.collect();
        assert!(is_due.iter().rev().skip(1).all(|is_due| !is_due) && is_due.last() == Some(&true), "{is_due:?}");
    }
}
