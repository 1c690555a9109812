//! What may be asked of us, and by whom: nobody takes all of our time or all of what we send, and whoever is not here takes
//! little of it.

use std::net::SocketAddr;

use super::budget::Budget;
use super::limits::{
    ANSWERED_BYTES_RATE, ANSWERED_BYTES_RATE_IN_ALL, ANSWERS_RATE, ASKS_RATE, BAD_SIGNATURES_MAX, BUCKETS_BURST,
    BUCKETS_RATE, CLAIMED_LOGS_BURST, CLAIMED_LOGS_RATE, DISTRUST_FOR, FRAMES_RATE, PROVEN_MAX, SPEAKERS_MAX,
    STRANGER_BURST, STRANGER_LOGS_BURST, STRANGER_LOGS_RATE, STRANGER_RATE, STRANGERS_VERIFICATIONS_RATE,
    VERIFICATIONS_OF_ONE_RATE, VERIFICATIONS_RATE,
};
use super::recent::Recent;
use super::time::Moment;
use super::traffic::{Kind, Tally};

/// Budgets, by address and together.
#[derive(Debug)]
pub struct Guard {
    verifications: Budget,
    strangers_verifications: Budget,
    answered_bytes: Budget,
    /// Who has proven to receive at an address, apart from others: who invents addresses makes nobody forget what they took.
    proven: Recent<SocketAddr, Caller>,
    others: Recent<SocketAddr, Caller>,
    /// What was refused.
    pub tally: Tally,
}

/// One address.
#[derive(Debug)]
struct Caller {
    /// Datagrams of any kind, where it is no live peer's.
    datagrams: Budget,
    /// Frames that are not entries.
    frames: Budget,
    buckets: Budget,
    /// Logs that nobody here has claimed to hold.
    logs: Budget,
    /// Logs that it claimed to hold.
    claimed_logs: Budget,
    verifications: Budget,
    bad_signatures: Budget,
    distrusted_until: Moment,
    /// What it is served, in bytes.
    answered_bytes: Budget,
    /// What it is asked for, and what it asks for.
    asks: Budget,
    asks_of_us: Budget,
    /// Small answers: receipts of what was here before, proofs asked for, forks.
    answers: Budget,
}

impl Default for Caller {
    fn default() -> Self {
        Self {
            datagrams: Budget::new(STRANGER_RATE, STRANGER_BURST),
            frames: Budget::new(FRAMES_RATE, FRAMES_RATE),
            buckets: Budget::new(BUCKETS_RATE, BUCKETS_BURST),
            logs: Budget::new(STRANGER_LOGS_RATE, STRANGER_LOGS_BURST),
            claimed_logs: Budget::new(CLAIMED_LOGS_RATE, CLAIMED_LOGS_BURST),
            verifications: Budget::new(VERIFICATIONS_OF_ONE_RATE, VERIFICATIONS_OF_ONE_RATE),
            bad_signatures: Budget::new(BAD_SIGNATURES_MAX, BAD_SIGNATURES_MAX),
            distrusted_until: Moment::START,
            answered_bytes: Budget::new(ANSWERED_BYTES_RATE, ANSWERED_BYTES_RATE),
            asks: Budget::new(ASKS_RATE, ASKS_RATE),
            asks_of_us: Budget::new(2 * ASKS_RATE, 2 * ASKS_RATE),
            answers: Budget::new(ANSWERS_RATE, ANSWERS_RATE),
        }
    }
}

impl Default for Guard {
    fn default() -> Self {
        Self {
            verifications: Budget::new(VERIFICATIONS_RATE, VERIFICATIONS_RATE),
            strangers_verifications: Budget::new(STRANGERS_VERIFICATIONS_RATE, STRANGERS_VERIFICATIONS_RATE),
            answered_bytes: Budget::new(ANSWERED_BYTES_RATE_IN_ALL, ANSWERED_BYTES_RATE_IN_ALL),
            proven: Recent::new(PROVEN_MAX),
            others: Recent::new(SPEAKERS_MAX),
            tally: Tally::default(),
        }
    }
}

impl Guard {
    fn caller(&mut self, from: SocketAddr, is_proven: bool) -> &mut Caller {
        if is_proven { self.proven.entry(from) } else { self.others.entry(from) }
    }

    fn count(&mut self, may: bool) -> bool {
        self.tally.flood += u64::from(!may);
        may
    }

    /// Whether one more datagram of an address that is no live peer's is looked at.
    pub fn takes_datagram(&mut self, from: SocketAddr, now: Moment) -> bool {
        let takes = self.others.entry(from).datagrams.take(now);
        self.count(takes)
    }

    /// Whether one more frame of this kind is looked at. What is signed has a bound of its own, for each is verified; and
    /// what brings a cookie is counted once that is found to be right: nobody takes a share in another's name.
    pub fn takes_frame(&mut self, from: SocketAddr, is_proven: bool, kind: Kind, now: Moment) -> bool {
        let takes = match kind {
            Kind::Entries | Kind::Beacon | Kind::Want | Kind::Buckets | Kind::Plain => true,
            Kind::Heads | Kind::Gone | Kind::Retry => self.caller(from, is_proven).frames.take(now),
        };
        self.count(takes)
    }

    /// Whether whoever has proven to be there may ask for something once more, or compare.
    pub fn takes_ask(&mut self, from: SocketAddr, is_comparison: bool, now: Moment) -> bool {
        let caller = self.proven.entry(from);
        let takes = if is_comparison { caller.buckets.take(now) } else { caller.asks_of_us.take(now) };
        self.count(takes)
    }

    /// Whether one more signature may be looked at. Those of addresses that are nobody's share a part. Of the rest nobody
    /// takes more than half while others need it.
    pub fn may_verify(&mut self, from: SocketAddr, is_known: bool, now: Moment) -> bool {
        let caller = self.caller(from, is_known);
        let (is_distrusted, is_modest) = (caller.distrusted_until > now, caller.verifications.take(now));
        let may = if is_known {
            let is_welcome = is_modest || !is_distrusted && self.verifications.is_half_full(now);
            is_welcome && self.verifications.take(now)
        } else {
            self.strangers_verifications.take(now)
        };
        self.count(may)
    }

    /// Whether one more log may begin with what came from there: of those that it claimed to hold more than of others.
    pub fn may_begin_log(&mut self, from: SocketAddr, is_proven: bool, is_claimed: bool, now: Moment) -> bool {
        let caller = self.caller(from, is_proven);
        let may = if is_claimed { caller.claimed_logs.take(now) } else { caller.logs.take(now) };
        self.count(may)
    }

    /// A signature from this address was wrong. Who brings many of them is a stranger for a while.
    pub fn distrust(&mut self, from: SocketAddr, is_known: bool, now: Moment) {
        self.tally.signature += 1;
        let caller = self.caller(from, is_known);
        if !caller.bad_signatures.take(now) {
            caller.distrusted_until = now.after(DISTRUST_FOR);
        }
    }

    /// Whether an answer of so many bytes may go there. Nobody takes more than half of what all may be sent while others
    /// need it.
    pub fn may_answer_bytes(&mut self, to: SocketAddr, bytes: usize, now: Moment) -> bool {
        let caller = self.proven.entry(to);
        let is_modest = caller.answered_bytes.is_half_full(now);
        let may = (is_modest || self.answered_bytes.is_half_full(now))
            && self.proven.entry(to).answered_bytes.take_many(bytes, now)
            && self.answered_bytes.take_many(bytes, now);
        self.count(may)
    }

    /// Whether `holder` may be asked for something now: who claims much makes us ask for no more than that.
    pub fn may_ask(&mut self, holder: SocketAddr, is_proven: bool, now: Moment) -> bool {
        self.caller(holder, is_proven).asks.take(now)
    }

    /// Whether a small answer may go there that nothing new is the reason of.
    pub fn may_answer(&mut self, to: SocketAddr, is_proven: bool, now: Moment) -> bool {
        let may = self.caller(to, is_proven).answers.take(now);
        self.count(may)
    }

    /// How many addresses are remembered, proven ones and others, for whoever checks the bounds.
    pub fn len(&self) -> (usize, usize) {
        (self.proven.len(), self.others.len())
    }
}
