//! Whoever was heard for the first time: who is told of us, who is to prove its address, and how often.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use crate::chat::base::limits::{
    DEAF_TOLD_MAX, HANDSHAKE_AGAIN, HANDSHAKE_DOUBLED_MAX, HANDSHAKES_AT_ONCE_MAX, HANDSHAKES_MAX,
};
use crate::chat::base::time::Moment;
use crate::chat::keys::identity::LogId;

/// Whoever was heard and does not know us yet, or has not proven its address.
#[derive(Debug, Default)]
pub struct Handshakes {
    of: BTreeMap<SocketAddr, Handshake>,
    /// Of these it was told that they do not hear us.
    told: BTreeSet<LogId>,
}

/// What is said to whoever was heard for the first time, and again while it is not answered.
#[derive(Debug)]
struct Handshake {
    due: Moment,
    tries: u32,
    /// It is to hear of us; a Retry of its own says that it has.
    is_to_greet: bool,
    /// It is to prove its address.
    is_to_prove: bool,
    /// How often it was asked to. The first time is at once, before it is greeted.
    asked: u32,
    /// The instance whose beacon came from there, beside its own address; `true`: a fresh one.
    is_of: Option<(LogId, bool)>,
}

/// Who is to be told of us now, and who is to prove its address.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Due {
    pub greet: Vec<SocketAddr>,
    pub prove: Vec<SocketAddr>,
}

impl Handshakes {
    pub fn deadline(&self) -> Option<Moment> {
        self.of.values().map(|handshake| handshake.due).min()
    }

    pub fn len(&self) -> usize {
        self.of.len()
    }

    /// What is to be said now. Nobody is told or asked more than [`HANDSHAKES_MAX`] times.
    pub fn take_due(&mut self, now: Moment) -> Due {
        let mut due = Due::default();
        for (&address, handshake) in self.of.iter_mut().filter(|(_, handshake)| handshake.due <= now) {
            due.greet.extend(handshake.is_to_greet.then_some(address));
            if handshake.is_to_prove && handshake.asked < HANDSHAKES_MAX {
                handshake.asked += 1;
                due.prove.push(address);
            }
            handshake.due = now.after(HANDSHAKE_AGAIN * 2_u32.pow(handshake.tries.min(HANDSHAKE_DOUBLED_MAX)));
            handshake.tries += 1;
        }
        self.of.retain(|_, handshake| {
            handshake.tries < HANDSHAKES_MAX && (handshake.is_to_greet || handshake.is_to_prove)
        });
        due
    }

    /// `from` is told of us at `due`, and again while it does not answer; `is_once`: no more often. `is_to_prove`: it is asked
    /// to prove its address with it.
    pub fn greet(&mut self, from: SocketAddr, due: Moment, is_once: bool, is_to_prove: bool) {
        if self.of.len() >= HANDSHAKES_AT_ONCE_MAX {
            return;
        }
        let tries = if is_once { HANDSHAKES_MAX - 1 } else { 0 };
        let handshake = Handshake { due, tries, is_to_greet: true, is_to_prove, asked: 0, is_of: None };
        self.of.entry(from).or_insert(handshake).is_to_greet = true;
    }

    /// Whether it is to be told of an instance that it does not hear us: once, and not of too many.
    pub fn is_to_tell(&mut self, log: LogId) -> bool {
        self.told.len() < DEAF_TOLD_MAX && self.told.insert(log)
    }

    /// Whoever is at `from` has heard of us.
    pub fn was_greeted(&mut self, from: SocketAddr) {
        if let Some(handshake) = self.of.get_mut(&from) {
            handshake.is_to_greet = false;
        }
    }

    /// `from` is to prove its address. Says whether it is to be asked at once: it was not before, or there are too many to
    /// remember it.
    pub fn ask(&mut self, from: SocketAddr, now: Moment) -> bool {
        if self.of.get(&from).is_some_and(|handshake| handshake.is_to_prove) {
            return false;
        }
        if self.of.len() >= HANDSHAKES_AT_ONCE_MAX && !self.of.contains_key(&from) {
            return true; // once is better than not at all
        }
        let due = now.after(HANDSHAKE_AGAIN);
        let unheard = Handshake { due, tries: 1, is_to_greet: false, is_to_prove: false, asked: 0, is_of: None };
        let handshake = self.of.entry(from).or_insert(unheard);
        handshake.is_to_prove = true;
        handshake.asked += 1;
        true
    }

    /// A beacon of an instance came from there; `is_fresh`: none that was heard before.
    pub fn note_instance(&mut self, from: SocketAddr, log: LogId, is_fresh: bool) {
        if let Some(handshake) = self.of.get_mut(&from) {
            handshake.is_of = Some((log, is_fresh));
        }
    }

    /// Whoever is at `from` receives there. The instance whose beacon came from there beside its own address.
    pub fn proven(&mut self, from: SocketAddr) -> Option<(LogId, bool)> {
        let handshake = self.of.get_mut(&from)?;
        handshake.is_to_prove = false;
        handshake.is_of.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        ([10, 0, 0, 1], port).into()
    }

    #[test]
    fn who_is_silent_is_greeted_and_asked_so_often_and_who_answers_no_more() {
        let (mut handshakes, silent, polite) = (Handshakes::default(), address(1), address(2));
        for who in [silent, polite] {
            handshakes.greet(who, Moment::START, false, false);
            assert!(handshakes.ask(who, Moment::START) && !handshakes.ask(who, Moment::START));
        }
        handshakes.note_instance(polite, LogId::ZERO, true);
        handshakes.was_greeted(polite);
        assert_eq!((handshakes.proven(polite), handshakes.proven(polite)), (Some((LogId::ZERO, true)), None));
        let mut said = (0, 1); // it was asked at once
        while let Some(due) = handshakes.deadline() {
            let Due { greet, prove } = handshakes.take_due(due);
            assert!(greet.iter().chain(&prove).all(|&who| who == silent));
            said = (said.0 + greet.len(), said.1 + prove.len());
        }
        assert_eq!(said, (HANDSHAKES_MAX as usize, HANDSHAKES_MAX as usize));
    }

    #[test]
    fn so_many_are_remembered_and_the_others_asked_once() {
        let mut handshakes = Handshakes::default();
        for port in 1..=2 * u16::try_from(HANDSHAKES_AT_ONCE_MAX).unwrap() {
            assert!(handshakes.ask(address(port), Moment::START));
        }
        handshakes.greet(address(9999), Moment::START, false, false);
        assert_eq!(handshakes.len(), HANDSHAKES_AT_ONCE_MAX);
    }
}
