//! The datagrams that a command answers: which of them wait, and which is next.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;

use crate::chat::base::budget::Budget;
use crate::chat::base::limits::{
    REQUEST_COST_MIN, REQUESTS_OF_ONE_WAITING_MAX, REQUESTS_WAITING_MAX, RUNS_MAX, RUNS_OF_ONE_RATE, RUNS_RATE,
    SPEAKERS_MAX,
};
use crate::chat::base::recent::Recent;
use crate::chat::base::time::Moment;

/// Each datagram is one run of a command. Those of one address run one after the other, so that its answers are in order;
/// addresses take turns.
#[derive(Debug)]
pub struct Responder {
    waiting: BTreeMap<SocketAddr, Requests>,
    /// What all of them cost together.
    cost: usize,
    /// The addresses with something waiting and nothing running: from when on they may run, and the order they came in.
    turns: BTreeSet<(Moment, u64, SocketAddr)>,
    next_turn: u64,
    running: BTreeSet<SocketAddr>,
    of_one: Recent<SocketAddr, OfOne>,
    of_all: Budget,
    /// When `of_all` allows another one.
    rested: Moment,
}

/// What waits of one address.
#[derive(Debug, Default)]
struct Requests {
    datagrams: VecDeque<Box<[u8]>>,
    cost: usize,
}

/// What one address may have run.
#[derive(Debug)]
struct OfOne(Budget);

impl Default for OfOne {
    fn default() -> Self {
        Self(Budget::new(RUNS_OF_ONE_RATE, RUNS_OF_ONE_RATE))
    }
}

/// What a datagram takes of the room for those that wait, in bytes.
fn cost(datagram: &[u8]) -> usize {
    datagram.len().max(REQUEST_COST_MIN)
}

impl Responder {
    /// Nothing waits.
    pub const fn new() -> Self {
        Self {
            waiting: BTreeMap::new(),
            cost: 0,
            turns: BTreeSet::new(),
            next_turn: 0,
            running: BTreeSet::new(),
            of_one: Recent::new(SPEAKERS_MAX),
            of_all: Budget::new(RUNS_RATE, RUNS_RATE),
            rested: Moment::START,
        }
    }

    /// A datagram is to be answered. Says whether there is room for it.
    pub fn add(&mut self, from: SocketAddr, datagram: &[u8], now: Moment) -> bool {
        let cost = cost(datagram);
        let of_one = self.waiting.get(&from).map_or(0, |requests| requests.cost);
        if of_one + cost > REQUESTS_OF_ONE_WAITING_MAX || self.cost + cost > REQUESTS_WAITING_MAX {
            return false;
        }
        let requests = self.waiting.entry(from).or_default();
        requests.datagrams.push_back(datagram.into());
        requests.cost += cost;
        self.cost += cost;
        if requests.datagrams.len() == 1 && !self.running.contains(&from) {
            self.give_turn(from, now);
        }
        true
    }

    /// The next one that runs now.
    pub fn next(&mut self, now: Moment) -> Option<(SocketAddr, Box<[u8]>)> {
        let &turn = self.turns.first().filter(|(from_when, ..)| *from_when <= now)?;
        if self.running.len() >= RUNS_MAX || !self.of_all.take(now) {
            return None;
        }
        self.rested = self.of_all.next(now);
        self.turns.remove(&turn);
        let (.., from) = turn;
        self.of_one.entry(from).0.take(now);
        let requests = self.waiting.get_mut(&from)?;
        let datagram = requests.datagrams.pop_front()?;
        requests.cost -= cost(&datagram);
        self.cost -= cost(&datagram);
        if requests.datagrams.is_empty() {
            self.waiting.remove(&from);
        }
        self.running.insert(from);
        Some((from, datagram))
    }

    /// What ran for this address has ended.
    pub fn ended(&mut self, from: SocketAddr, now: Moment) {
        self.running.remove(&from);
        if self.waiting.contains_key(&from) {
            self.give_turn(from, now);
        }
    }

    /// When [`next`](Self::next) is to be asked again, unless something ends before.
    pub fn deadline(&self) -> Option<Moment> {
        let (from_when, ..) = self.turns.first().filter(|_| self.running.len() < RUNS_MAX)?;
        Some((*from_when).max(self.rested))
    }

    fn give_turn(&mut self, from: SocketAddr, now: Moment) {
        let from_when = self.of_one.entry(from).0.next(now);
        self.turns.insert((from_when, self.next_turn, from));
        self.next_turn += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(millis: u64) -> Moment {
        Moment::since_start(Duration::from_millis(millis))
    }

    fn address(number: usize) -> SocketAddr {
        let [.., high, low] = u32::try_from(number).unwrap().to_be_bytes();
        SocketAddr::from(([10, 0, high, low], 9))
    }

    /// What runs now, as `address:datagram`.
    fn running(responder: &mut Responder, now: Moment) -> Vec<String> {
        std::iter::from_fn(|| responder.next(now))
            .map(|(from, datagram)| format!("{}:{}", from.ip(), String::from_utf8_lossy(&datagram)))
            .collect()
    }

    #[test]
    fn one_address_runs_one_at_a_time_in_order_and_addresses_take_turns() {
        let (one, other) = (address(1), address(2));
        let mut responder = Responder::new();
        for datagram in ["a", "b"] {
            assert!(responder.add(one, datagram.as_bytes(), at(0)));
        }
        assert!(responder.add(other, b"c", at(0)));
        assert_eq!(running(&mut responder, at(0)), ["10.0.0.1:a", "10.0.0.2:c"]);
        assert_eq!(responder.deadline(), None, "something has to end first");
        responder.ended(one, at(5));
        assert_eq!(running(&mut responder, at(5)), ["10.0.0.1:b"]);
        responder.ended(one, at(6));
        assert_eq!((running(&mut responder, at(6)), responder.deadline()), (vec![], None));
    }

    #[test]
    fn so_many_run_at_once_and_the_next_when_one_ends() {
        let mut responder = Responder::new();
        for number in 0..RUNS_MAX + 3 {
            assert!(responder.add(address(number), b"x", at(0)));
        }
        assert_eq!(running(&mut responder, at(0)).len(), RUNS_MAX);
        responder.ended(address(7), at(1));
        assert_eq!(running(&mut responder, at(1)), [format!("10.0.0.{RUNS_MAX}:x")]);
    }

    /// How many of those that wait run from one moment to another, where each ends at once.
    fn run_between(responder: &mut Responder, from: u64, until: u64) -> usize {
        let mut count = 0;
        while let Some(deadline) = responder.deadline().map(|deadline| deadline.max(at(from))) {
            if deadline >= at(until) {
                break;
            }
            while let Some((from, _)) = responder.next(deadline) {
                responder.ended(from, deadline);
                count += 1;
            }
        }
        count
    }

    #[test]
    fn an_address_gets_ten_answers_a_second_and_all_together_a_hundred() {
        let mut responder = Responder::new();
        for _ in 0..100 {
            assert!(responder.add(address(1), b"x", at(0)));
        }
        assert_eq!([run_between(&mut responder, 0, 1), run_between(&mut responder, 1, 1001)], [10, 10]);
        let mut responder = Responder::new();
        for number in 0..1000 {
            assert!(responder.add(address(number), b"x", at(0)));
        }
        assert_eq!([run_between(&mut responder, 0, 1), run_between(&mut responder, 1, 1001)], [100, 100]);
    }

    #[test]
    fn what_waits_is_bounded_for_each_address_and_in_all_whatever_its_size() {
        let filled_by_one = |bytes: usize| {
            let mut responder = Responder::new();
            (0..10_000).filter(|_| responder.add(address(1), &vec![b'x'; bytes], at(0))).count()
        };
        assert_eq!(filled_by_one(0), REQUESTS_OF_ONE_WAITING_MAX / REQUEST_COST_MIN);
        assert_eq!(filled_by_one(65_507), REQUESTS_OF_ONE_WAITING_MAX / 65_507);
        let mut responder = Responder::new();
        let added = (0..10_000).filter(|&number| responder.add(address(number), b"x", at(0))).count();
        assert_eq!(added, REQUESTS_WAITING_MAX / REQUEST_COST_MIN);
        responder.next(at(0));
        assert!(responder.add(address(10_000), b"x", at(0)), "room is given back");
        assert!(!responder.add(address(10_001), b"x", at(0)));
    }
}
