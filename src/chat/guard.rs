//! What may be asked of us, and by whom: nobody takes all of our time, and whoever is not here takes little of it.

use std::net::SocketAddr;

use super::budget::Budget;
use super::limits::{
    BAD_SIGNATURES_MAX, DISTRUST_FOR, SPEAKERS_MAX, STRANGER_BURST, STRANGER_LOGS_BURST, STRANGER_LOGS_RATE,
    STRANGER_RATE, STRANGERS_VERIFICATIONS_RATE, VERIFICATIONS_RATE,
};
use super::recent::Recent;
use super::time::Moment;
use super::traffic::Tally;

/// Budgets, by address and together.
#[derive(Debug)]
pub struct Guard {
    verifications: Budget,
    strangers_verifications: Budget,
    strangers: Recent<SocketAddr, Stranger>,
    /// What was refused.
    pub tally: Tally,
}

/// An address that is no live peer's.
#[derive(Debug)]
struct Stranger {
    datagrams: Budget,
    logs: Budget,
    bad_signatures: Budget,
    distrusted_until: Moment,
}

impl Default for Stranger {
    fn default() -> Self {
        Self {
            datagrams: Budget::new(STRANGER_RATE, STRANGER_BURST),
            logs: Budget::new(STRANGER_LOGS_RATE, STRANGER_LOGS_BURST),
            bad_signatures: Budget::new(BAD_SIGNATURES_MAX, BAD_SIGNATURES_MAX),
            distrusted_until: Moment::START,
        }
    }
}

impl Default for Guard {
    fn default() -> Self {
        Self {
            verifications: Budget::new(VERIFICATIONS_RATE, VERIFICATIONS_RATE),
            strangers_verifications: Budget::new(STRANGERS_VERIFICATIONS_RATE, STRANGERS_VERIFICATIONS_RATE),
            strangers: Recent::new(SPEAKERS_MAX),
            tally: Tally::default(),
        }
    }
}

impl Guard {
    /// Whether one more datagram of an address that is no live peer's is looked at.
    pub fn takes_datagram(&mut self, from: SocketAddr, now: Moment) -> bool {
        let takes = self.strangers.entry(from).datagrams.take(now);
        self.tally.flood += u64::from(!takes);
        takes
    }

    /// Whether one more signature may be looked at. Those of addresses that are nobody's share a part.
    pub fn may_verify(&mut self, from: SocketAddr, is_known: bool, now: Moment) -> bool {
        let is_distrusted = self.strangers.get(&from).is_some_and(|stranger| stranger.distrusted_until > now);
        let budget =
            if is_known && !is_distrusted { &mut self.verifications } else { &mut self.strangers_verifications };
        let may = budget.take(now);
        self.tally.flood += u64::from(!may);
        may
    }

    /// Whether whoever is not here may begin one more log.
    pub fn may_begin_log(&mut self, from: SocketAddr, now: Moment) -> bool {
        let may = self.strangers.entry(from).logs.take(now);
        self.tally.flood += u64::from(!may);
        may
    }

    /// A signature from this address was wrong. Who brings many of them is a stranger for a while.
    pub fn distrust(&mut self, from: SocketAddr, now: Moment) {
        self.tally.signature += 1;
        let stranger = self.strangers.entry(from);
        if !stranger.bad_signatures.take(now) {
            stranger.distrusted_until = now.after(DISTRUST_FOR);
        }
    }
}
