//! Receipts that pass on between networks that a broker joins: to whoever brought what they are for.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::chat::base::budget::Budget;
use crate::chat::base::limits::{AFAR_RECEIPTS_RATE, ORIGINS_MAX, RELAY_WITHIN, RELAYS_MAX};
use crate::chat::base::recent::Recent;
use crate::chat::base::rng::Rng;
use crate::chat::base::time::Moment;
use crate::chat::keys::identity::LogId;

/// Which receipts pass on, to whom, and how many of them.
#[derive(Debug)]
pub struct PassedReceipts {
    /// From which inbox the entries of a log came whose author is not heard.
    origins: Recent<LogId, Option<SocketAddr>>,
    /// How far somebody's receipts for a log have passed on.
    passed: Recent<(LogId, LogId), u64>,
    /// Whose newest receipt goes where, and when.
    due: BTreeMap<(SocketAddr, LogId), Moment>,
    /// How many pass on to a broker, and how many from there.
    out: Budget,
    back: Budget,
}

impl Default for PassedReceipts {
    fn default() -> Self {
        let rate = Budget::new(AFAR_RECEIPTS_RATE, AFAR_RECEIPTS_RATE);
        Self {
            origins: Recent::new(ORIGINS_MAX),
            passed: Recent::new(ORIGINS_MAX),
            due: BTreeMap::new(),
            out: rate,
            back: rate,
        }
    }
}

impl PassedReceipts {
    /// An entry of a log, whose author is not heard, came from there.
    pub fn came(&mut self, log: LogId, from: SocketAddr) {
        *self.origins.entry(log) = Some(from);
    }

    /// Who brought the entries of a log whose author is not heard.
    pub fn origin(&self, log: LogId) -> Option<SocketAddr> {
        *self.origins.get(&log)?
    }

    /// Somebody here confirms so much of a log: it passes on to that inbox, where that is news.
    pub fn confirm(&mut self, by: LogId, (log, seq): (LogId, u64), to: SocketAddr, rng: &mut Rng, now: Moment) {
        if self.due.len() >= RELAYS_MAX || !self.is_news(by, log, seq) {
            return;
        }
        let due = now.after(rng.between(RELAY_WITHIN.0, RELAY_WITHIN.1));
        self.due.entry((to, by)).or_insert(due);
    }

    /// Whether a receipt says more of a log than the last one that passed on, in either direction.
    pub fn is_news(&mut self, by: LogId, log: LogId, seq: u64) -> bool {
        let passed = self.passed.entry((by, log));
        let is_news = seq > *passed;
        *passed = seq.max(*passed);
        is_news
    }

    /// Whose newest receipt goes to which inbox now. What is too much waits: the next one says it, too.
    pub fn take_due(&mut self, now: Moment) -> Vec<(SocketAddr, LogId)> {
        let due: Vec<(SocketAddr, LogId)> =
            self.due.iter().filter(|&(_, &due)| due <= now).map(|(&key, _)| key).collect();
        let mut taken = Vec::new();
        for key in due {
            if self.out.take(now) {
                self.due.remove(&key);
                taken.push(key);
            } else {
                self.due.insert(key, self.out.next(now));
            }
        }
        taken
    }

    /// Whether one more that came from a broker passes on to somebody here.
    pub fn may_bring(&mut self, now: Moment) -> bool {
        self.back.take(now)
    }

    /// The inboxes are other ones from now on.
    pub fn forget(&mut self) {
        *self = Self { out: self.out, back: self.back, ..Self::default() };
    }

    /// When one is due.
    pub fn deadline(&self) -> Option<Moment> {
        self.due.values().min().copied()
    }

    /// How many logs came from a broker, how many receipts are known to have passed on, and how many are to.
    pub fn len(&self) -> [usize; 3] {
        [self.origins.len(), self.passed.len(), self.due.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;

    #[test]
    fn the_newest_receipt_of_each_passes_on_to_whoever_brought_the_entry_and_so_many_a_second() {
        let (mut receipts, mut rng) = (PassedReceipts::default(), Rng::new(&[1; 32]));
        let log = |number: u64| Bytes(number.to_be_bytes());
        let from = SocketAddr::from(([10, 0, 0, 1], 1));
        assert_eq!(receipts.origin(log(1)), None, "it did not come from a broker");
        receipts.came(log(1), from);
        assert_eq!(receipts.origin(log(1)), Some(from));
        for seq in [3, 4, 4, 2] {
            receipts.confirm(log(2), (log(1), seq), from, &mut rng, Moment::START);
        }
        let later = Moment::START.after(RELAY_WITHIN.1);
        assert_eq!(receipts.take_due(later), [(from, log(2))], "once for all of them");
        receipts.confirm(log(2), (log(1), 4), from, &mut rng, later);
        assert_eq!(receipts.deadline(), None, "it has passed on");
        (100..2000).for_each(|by| receipts.confirm(log(by), (log(1), 1), from, &mut rng, later));
        assert!(receipts.len()[2] <= RELAYS_MAX && receipts.len()[1] <= 2 * ORIGINS_MAX);
        let second = later.after(std::time::Duration::from_secs(1));
        let (at_once, after) = (receipts.take_due(second).len(), receipts.take_due(second.after(RELAY_WITHIN.1 * 10)));
        assert_eq!([at_once, after.len()], [AFAR_RECEIPTS_RATE as usize; 2]);
    }
}
