//! Whom a typed line goes to: the peers named, or whoever wrote last.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::rc::Rc;

use crate::chat::api::network_notice::Undelivered;
use crate::chat::base::limits::{REFUSABLE_LINES_MAX, REFUSAL_WITHIN};
use crate::chat::base::time::Moment;

/// The receivers of the next line.
#[derive(Debug)]
pub struct Targets {
    named: Vec<NamedTarget>,
    latest: Option<SocketAddr>,
    /// Where the line that is being typed goes, whoever writes meanwhile.
    begun: Option<SocketAddr>,
    /// A line is being typed.
    is_begun: bool,
}

/// A peer that was named on the command line.
#[derive(Debug)]
pub struct NamedTarget {
    name: String,
    addresses: Vec<SocketAddr>,
    current: usize,
    /// Lines that may still turn out to have been refused, oldest first; none where there is no other address.
    refusable: VecDeque<(Moment, Rc<[u8]>)>,
    /// When it was last sent a line.
    sent: Moment,
    /// When it last failed at its last address, and why; nothing after it was heard from.
    failed: Option<(Moment, Undelivered)>,
}

/// A named peer goes on to its next address.
#[derive(Debug, PartialEq, Eq)]
pub struct NextAddress {
    /// The name as given.
    pub name: String,
    /// Its next address.
    pub address: SocketAddr,
    /// What the previous address refused, to be sent again.
    pub refused: Vec<Rc<[u8]>>,
}

impl Targets {
    /// The peers named; without any, whoever will write last.
    pub fn new(named: Vec<NamedTarget>) -> Self {
        Self { named, latest: None, begun: None, is_begun: false }
    }

    /// Whether there is anybody to send to.
    pub fn is_known(&self) -> bool {
        !self.is_empty()
    }

    /// How many get the next line.
    pub fn len(&self) -> usize {
        if self.named.is_empty() { usize::from(self.latest.is_some()) } else { self.named.len() }
    }

    /// Whether nobody would get the next line.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The address of receiver `index` of the next line.
    ///
    /// # Panics
    /// Where `index` is not below [`len`](Self::len).
    pub fn address(&self, index: usize) -> SocketAddr {
        match self.named.get(index) {
            Some(named) => named.address(),
            None => self.begun.or(self.latest).expect("without names, len() is 1 only when somebody wrote"),
        }
    }

    /// To whom the next line goes.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        (0..self.len()).map(|index| self.address(index)).collect()
    }

    /// Whether they were named; else it is whoever wrote last.
    pub fn is_named(&self) -> bool {
        !self.named.is_empty()
    }

    /// Somebody wrote. Says whether lines now go to another address than before.
    pub fn heard(&mut self, from: SocketAddr) -> bool {
        for named in &mut self.named {
            named.heard(from);
        }
        if self.is_begun && self.begun.is_none() {
            self.begun = Some(from); // it was begun before anybody wrote
        }
        self.named.is_empty() && self.latest.replace(from) != Some(from)
    }

    /// A line was begun: it goes to those who are the audience now.
    pub fn begin(&mut self) {
        self.is_begun = true;
        self.begun = self.begun.or(self.latest);
    }

    /// Receiver `index` was sent a line.
    pub fn sent(&mut self, index: usize, datagram: &Rc<[u8]>, now: Moment) {
        if let Some(named) = self.named.get_mut(index) {
            named.sent(datagram, now);
        }
    }

    /// The line is sent to all; the next one begins anew.
    pub fn line_ended(&mut self) {
        (self.begun, self.is_begun) = (None, false);
    }

    /// A datagram to `to` did not arrive. Says where to go on, if that was the current address of a name that has more.
    pub fn failed(&mut self, to: SocketAddr, why: &Undelivered, now: Moment) -> Option<NextAddress> {
        // Two arguments may name one address: each of them moves on, the first is told.
        let moved = self.named.iter_mut().filter(|named| named.address() == to);
        moved.filter_map(|named| named.failed(why, now)).reduce(|first, _| first)
    }

    /// Why nobody got the last lines, where none of the peers named did.
    pub fn all_failing(&self) -> Option<&Undelivered> {
        let failing: Option<Vec<&Undelivered>> = self.named.iter().map(NamedTarget::failing).collect();
        failing?.first().copied()
    }
}

impl NamedTarget {
    /// A peer with the addresses its name resolved to, in the order in which they are tried.
    ///
    /// # Panics
    /// Without an address: a name that does not resolve is an error of its own.
    pub fn new(name: String, addresses: Vec<SocketAddr>) -> Self {
        assert!(!addresses.is_empty(), "a named peer has an address");
        Self { name, addresses, current: 0, refusable: VecDeque::new(), sent: Moment::START, failed: None }
    }

    /// All its addresses.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    fn address(&self) -> SocketAddr {
        self.addresses[self.current]
    }

    fn heard(&mut self, from: SocketAddr) {
        if let Some(index) = self.addresses.iter().position(|&address| address == from) {
            self.current = index;
            self.failed = None;
            self.refusable.clear();
        }
    }

    fn sent(&mut self, datagram: &Rc<[u8]>, now: Moment) {
        self.sent = now;
        if self.addresses.len() == 1 {
            return;
        }
        while self.refusable.front().is_some_and(|(sent, _)| now.since(*sent) > REFUSAL_WITHIN)
            || self.refusable.len() >= REFUSABLE_LINES_MAX
        {
            self.refusable.pop_front();
        }
        self.refusable.push_back((now, Rc::clone(datagram)));
    }

    /// Why the last lines did not arrive. A failure speaks for what was sent shortly after it too, for hosts report one a
    /// second at most.
    fn failing(&self) -> Option<&Undelivered> {
        let (failed, why) = self.failed.as_ref()?;
        (self.sent.since(*failed) <= REFUSAL_WITHIN).then_some(why)
    }

    fn failed(&mut self, why: &Undelivered, now: Moment) -> Option<NextAddress> {
        if !why.is_absence() || self.current + 1 == self.addresses.len() {
            self.failed = Some((now, why.clone()));
            if why.is_absence() {
                self.current = 0;
                self.refusable.clear();
            }
            return None;
        }
        self.current += 1;
        let fresh = self.refusable.iter().filter(|(sent, _)| now.since(*sent) <= REFUSAL_WITHIN);
        let refused = fresh.map(|(_, datagram)| Rc::clone(datagram)).collect();
        Some(NextAddress { name: self.name.clone(), address: self.address(), refused })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    fn audience(names: &[&[u16]]) -> Targets {
        let peer = |ports: &&[u16]| NamedTarget::new("name".into(), ports.iter().copied().map(at).collect());
        Targets::new(names.iter().map(peer).collect())
    }

    fn addresses(audience: &Targets) -> Vec<SocketAddr> {
        (0..audience.len()).map(|index| audience.address(index)).collect()
    }

    fn second(n: u64) -> Moment {
        Moment::since_start(Duration::from_secs(n))
    }

    #[test]
    fn without_names_the_last_writer_is_answered() {
        let mut audience = audience(&[]);
        assert!(!audience.is_known());
        assert!(audience.heard(at(1)), "told when it changes");
        assert!(!audience.heard(at(1)));
        assert!(audience.heard(at(2)));
        assert_eq!(addresses(&audience), [at(2)]);
    }

    #[test]
    fn a_line_begun_before_the_change_goes_to_the_old_one() {
        let mut audience = audience(&[]);
        audience.heard(at(1));
        audience.begin();
        audience.heard(at(2));
        assert_eq!(addresses(&audience), [at(1)]);
        audience.line_ended();
        assert_eq!(addresses(&audience), [at(2)]);
    }

    #[test]
    fn peers_that_were_named_stay_whoever_writes() {
        let mut audience = audience(&[&[1], &[2]]);
        assert!(!audience.heard(at(9)));
        assert_eq!(addresses(&audience), [at(1), at(2)]);
    }

    #[test]
    fn after_a_refusal_the_next_address_gets_the_refused_lines() {
        let mut audience = audience(&[&[1, 2]]);
        let line = |text: &str| Rc::from(text.as_bytes());
        audience.sent(0, &line("long ago"), second(0));
        audience.sent(0, &line("one"), second(9));
        audience.sent(0, &line("two"), second(9));
        let next = audience.failed(at(1), &Undelivered::Refused, second(9)).unwrap();
        assert_eq!((next.address, next.refused), (at(2), vec![line("one"), line("two")]));
        assert_eq!(addresses(&audience), [at(2)]);
    }

    #[test]
    fn when_every_address_refused_the_first_is_tried_again_and_the_peer_is_failing() {
        let mut audience = audience(&[&[1, 2]]);
        assert!(audience.failed(at(1), &Undelivered::Refused, second(0)).is_some());
        assert_eq!(audience.failed(at(1), &Undelivered::Refused, second(0)), None, "an old address counts no more");
        assert_eq!(audience.all_failing(), None);
        assert_eq!(audience.failed(at(2), &Undelivered::Refused, second(0)), None);
        assert_eq!(audience.all_failing(), Some(&Undelivered::Refused));
        assert_eq!(addresses(&audience), [at(1)]);
    }

    #[test]
    fn a_peer_that_takes_lines_again_is_not_failing_though_it_never_answers() {
        let mut audience = audience(&[&[1]]);
        let line = Rc::from(&b"x"[..]);
        audience.sent(0, &line, second(1));
        audience.failed(at(1), &Undelivered::Refused, second(1));
        audience.sent(0, &line, second(2));
        assert_eq!(audience.all_failing(), Some(&Undelivered::Refused), "its host may be tired of saying so");
        audience.sent(0, &line, second(9));
        assert_eq!(audience.all_failing(), None);
    }

    #[test]
    fn what_this_machine_forbids_is_no_reason_to_try_another_address() {
        let mut audience = audience(&[&[1, 2]]);
        assert_eq!(audience.failed(at(1), &Undelivered::NotPermitted, second(0)), None);
        assert_eq!(addresses(&audience), [at(1)]);
    }

    #[test]
    fn an_address_that_answers_is_the_right_one() {
        let mut audience = audience(&[&[1, 2]]);
        audience.failed(at(1), &Undelivered::Refused, second(0));
        audience.failed(at(2), &Undelivered::Refused, second(0));
        audience.heard(at(2));
        assert_eq!((addresses(&audience), audience.all_failing()), (vec![at(2)], None));
    }

    #[test]
    fn the_lines_kept_for_a_refusal_are_bounded() {
        let mut audience = audience(&[&[1, 2]]);
        for _ in 0..10_000 {
            audience.sent(0, &Rc::from(&b"x"[..]), second(0));
            assert!(audience.named[0].refusable.len() <= REFUSABLE_LINES_MAX);
        }
    }
}
