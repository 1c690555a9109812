//! What may be asked of us, and by whom: nobody takes all of our time or all of what we send, and whoever is not here takes
//! little of it.

use std::net::SocketAddr;

use crate::chat::base::budget::Budget;
use crate::chat::base::limits::{
    ANSWERED_BYTES_RATE, ANSWERED_BYTES_RATE_IN_ALL, ANSWERS_RATE, ASKS_RATE, BAD_SIGNATURES_MAX, BUCKETS_BURST,
    BUCKETS_RATE, CLAIMED_LOGS_BURST, CLAIMED_LOGS_RATE, DISTRUST_FOR, FRAMES_RATE, PROVEN_MAX, SPEAKERS_MAX,
    STRANGER_BURST, STRANGER_LOGS_BURST, STRANGER_LOGS_RATE, STRANGER_RATE, STRANGERS_VERIFICATIONS_RATE,
    VERIFICATIONS_OF_ONE_RATE, VERIFICATIONS_RATE,
};
use crate::chat::base::metrics::{Kind, Tally};
use crate::chat::base::recent::Recent;
use crate::chat::base::time::Moment;

/// Budgets, by address and together.
#[derive(Debug)]
pub struct RateLimits {
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

impl Default for RateLimits {
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

impl RateLimits {
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
            Kind::Entries | Kind::Beacon | Kind::Want | Kind::Buckets | Kind::Begin | Kind::Plain => true,
            Kind::Heads | Kind::Gone | Kind::Retry | Kind::Accept | Kind::Transfer => {
                self.caller(from, is_proven).frames.take(now)
            }
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

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::Duration;

    use super::*;

    fn address(number: u16) -> SocketAddr {
        SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), number)
    }

    fn at(seconds: u64) -> Moment {
        Moment::since_start(Duration::from_secs(seconds))
    }

    #[test]
    fn each_address_has_its_share_and_no_more() {
        type Take = fn(&mut RateLimits, SocketAddr, Moment) -> bool;
        let shares: [(&str, Take, u32, u32); 9] = [
            (
                "datagrams",
                |rate_limits, from, now| rate_limits.takes_datagram(from, now),
                STRANGER_BURST,
                STRANGER_RATE,
            ),
            (
                "frames",
                |rate_limits, from, now| rate_limits.takes_frame(from, true, Kind::Gone, now),
                FRAMES_RATE,
                FRAMES_RATE,
            ),
            (
                "comparisons",
                |rate_limits, from, now| rate_limits.takes_ask(from, true, now),
                BUCKETS_BURST,
                BUCKETS_RATE,
            ),
            (
                "asks of us",
                |rate_limits, from, now| rate_limits.takes_ask(from, false, now),
                2 * ASKS_RATE,
                2 * ASKS_RATE,
            ),
            ("asks", |rate_limits, from, now| rate_limits.may_ask(from, true, now), ASKS_RATE, ASKS_RATE),
            ("answers", |rate_limits, from, now| rate_limits.may_answer(from, true, now), ANSWERS_RATE, ANSWERS_RATE),
            (
                "logs",
                |rate_limits, from, now| rate_limits.may_begin_log(from, true, false, now),
                STRANGER_LOGS_BURST,
                STRANGER_LOGS_RATE,
            ),
            (
                "claimed logs",
                |rate_limits, from, now| rate_limits.may_begin_log(from, true, true, now),
                CLAIMED_LOGS_BURST,
                CLAIMED_LOGS_RATE,
            ),
            (
                "KiB",
                |rate_limits, from, now| rate_limits.may_answer_bytes(from, 1024, now),
                ANSWERED_BYTES_RATE / 1024,
                ANSWERED_BYTES_RATE / 1024,
            ),
        ];
        for (what, take, burst, rate) in shares {
            let mut rate_limits = RateLimits::default();
            let mut taken = |from: u16, seconds: u64| {
                u32::try_from((0..10_000).filter(|_| take(&mut rate_limits, address(from), at(seconds))).count())
                    .unwrap()
            };
            assert_eq!([taken(1, 0), taken(1, 1), taken(2, 1)], [burst, rate, burst], "{what}");
        }
    }

    #[test]
    fn nobody_takes_more_than_half_of_the_time_for_signatures_while_others_need_it() {
        let mut rate_limits = RateLimits::default();
        let mut verified = |from: u16, is_known| {
            u32::try_from(
                (0..20_000).filter(|_| rate_limits.may_verify(address(from), is_known, Moment::START)).count(),
            )
            .unwrap()
        };
        let greedy = verified(1, true);
        assert!(greedy.abs_diff(VERIFICATIONS_RATE / 2) <= 1, "{greedy}");
        let others: Vec<u32> = (2..14).map(|from| verified(from, true)).collect();
        let left = VERIFICATIONS_RATE - greedy;
        assert!(others.iter().take(11).all(|&taken| taken == VERIFICATIONS_OF_ONE_RATE), "{others:?} of {left}");
        let strangers: u32 = (100..200).map(|from| verified(from, false)).sum();
        assert_eq!(strangers, STRANGERS_VERIFICATIONS_RATE, "all of them together");
    }

    #[test]
    fn nobody_draws_more_than_half_of_what_is_served_while_others_need_it() {
        let mut rate_limits = RateLimits::default();
        let mut drawn =
            |to: u16| (0..2000).filter(|_| rate_limits.may_answer_bytes(address(to), 1024, Moment::START)).count();
        let all: Vec<usize> = (0..20).map(&mut drawn).collect();
        let (most, in_all) = (ANSWERED_BYTES_RATE as usize / 1024, ANSWERED_BYTES_RATE_IN_ALL as usize / 1024);
        assert_eq!(all.iter().sum::<usize>(), in_all);
        assert!(all[..4].iter().all(|&taken| taken == most), "{all:?}");
        assert!(all[5..11].iter().all(|&taken| taken.abs_diff(most / 2) <= 1), "{all:?}");
    }

    #[test]
    fn addresses_are_remembered_within_bounds_and_those_that_are_proven_apart() {
        let mut rate_limits = RateLimits::default();
        let many = u16::try_from(3 * PROVEN_MAX.max(SPEAKERS_MAX)).unwrap();
        (1..=many).for_each(|from| assert!(rate_limits.may_ask(address(from), true, at(0))));
        assert_eq!(rate_limits.len(), (2 * PROVEN_MAX, 0));
        (1..=many).for_each(|from| assert!(rate_limits.takes_datagram(address(from), at(0))));
        let (proven, others) = rate_limits.len();
        assert!(proven == 2 * PROVEN_MAX && others > SPEAKERS_MAX && others <= 2 * SPEAKERS_MAX, "{proven} {others}");
    }

    #[test]
    fn who_brings_wrong_signatures_is_a_stranger_for_a_while() {
        for (wrong, more) in [(BAD_SIGNATURES_MAX, true), (BAD_SIGNATURES_MAX + 1, false)] {
            let mut rate_limits = RateLimits::default();
            (0..wrong).for_each(|_| rate_limits.distrust(address(1), true, Moment::START));
            assert_eq!(rate_limits.tally.signature, u64::from(wrong));
            let mut verified =
                |seconds: u64| (0..1000).filter(|_| rate_limits.may_verify(address(1), true, at(seconds))).count();
            let modest = VERIFICATIONS_OF_ONE_RATE as usize;
            assert_eq!(verified(0), if more { 1000 } else { modest }, "{wrong}");
            assert_eq!(verified(DISTRUST_FOR.as_secs()), 1000, "it is over");
        }
    }
}
