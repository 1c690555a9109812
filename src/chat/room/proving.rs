//! Who was heard for the first time is answered, and proves that it receives where it says to be.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use super::Room;
use crate::chat::api::machine::To;
use crate::chat::base::limits::{
    GREET_WITHIN, HANDSHAKE_AGAIN, HANDSHAKE_DOUBLED_MAX, HANDSHAKES_AT_ONCE_MAX, HANDSHAKES_MAX, SMALL_ROOM_MAX,
};
use crate::chat::base::time::Moment;
use crate::chat::keys::identity::LogId;
use crate::chat::wire::frame::Frame;

/// Who was heard and does not know us yet, or has not proven its address.
#[derive(Debug, Default)]
pub struct Handshakes {
    of: BTreeMap<SocketAddr, Handshake>,
}

/// What is said to whoever was heard for the first time, and again while it is not answered.
#[derive(Debug)]
struct Handshake {
    due: Moment,
    tries: u32,
    /// It is to hear of us; a [`Frame::Retry`] of its own says that it has.
    is_to_greet: bool,
    /// It is to prove its address.
    is_to_prove: bool,
    /// How often it was asked to. The first time is at once, before it is greeted.
    asked: u32,
    /// The instance whose beacon came from there, beside its own address; `true`: a fresh one.
    is_of: Option<(LogId, bool)>,
}

impl Handshakes {
    pub fn deadline(&self) -> Option<Moment> {
        self.of.values().map(|handshake| handshake.due).min()
    }

    pub fn len(&self) -> usize {
        self.of.len()
    }
}

impl Room {
    pub(super) fn tick_handshakes(&mut self) {
        let now = self.now.moment;
        let mut greet: Vec<To> = Vec::new();
        let mut ask: Vec<SocketAddr> = Vec::new();
        for (&address, handshake) in self.handshakes.of.iter_mut().filter(|(_, handshake)| handshake.due <= now) {
            greet.extend(handshake.is_to_greet.then_some(To::Address(address)));
            if handshake.is_to_prove && handshake.asked < HANDSHAKES_MAX {
                handshake.asked += 1;
                ask.push(address);
            }
            handshake.due = now.after(HANDSHAKE_AGAIN * 2_u32.pow(handshake.tries.min(HANDSHAKE_DOUBLED_MAX)));
            handshake.tries += 1;
        }
        self.handshakes.of.retain(|_, handshake| {
            handshake.tries < HANDSHAKES_MAX && (handshake.is_to_greet || handshake.is_to_prove)
        });
        if !greet.is_empty() {
            self.send_beacon(&greet, 0);
        }
        for address in ask {
            self.send_retry(address);
        }
    }

    /// Whoever is at `address` has heard of us.
    pub(super) fn was_greeted(&mut self, address: SocketAddr) {
        if let Some(handshake) = self.handshakes.of.get_mut(&address) {
            handshake.is_to_greet = false;
        }
    }

    /// A beacon came directly from an address beside the one that its instance has. It is its address, too, once whoever is
    /// there has proven to receive there: a beacon can be captured, and sent again from anywhere.
    pub(super) fn note_address(&mut self, log: LogId, from: SocketAddr, is_fresh: bool) {
        if self.presence.peer(log).is_none_or(|peer| peer.is_at(from)) {
            return;
        }
        if self.cookies.is_proven(from) && self.presence.at(from).is_none_or(|other| other.log == log) {
            return self.presence.add_address(log, from, is_fresh, self.now.moment);
        }
        self.ask_for_proof(from);
        if let Some(handshake) = self.handshakes.of.get_mut(&from) {
            handshake.is_of = Some((log, is_fresh));
        }
    }

    /// Somebody new is answered by unicast, and again while that is not answered; in a large room by a few of us, once, and
    /// the others follow with their next beacons.
    pub(super) fn greet(&mut self, from: SocketAddr) {
        let people = self.presence.len() + 1;
        let is_my_turn = self.chance.happens(SMALL_ROOM_MAX as u64, people as u64);
        if is_my_turn && self.handshakes.of.len() < HANDSHAKES_AT_ONCE_MAX {
            let due = self.now.moment.after(self.chance.between(Duration::ZERO, GREET_WITHIN));
            let tries = if self.is_small() { 0 } else { HANDSHAKES_MAX - 1 };
            let is_to_prove = !self.cookies.is_proven(from);
            let is_to_prove = is_to_prove && !self.is_small(); // in a small one it is asked at once
            let handshake = Handshake { due, tries, is_to_greet: true, is_to_prove, asked: 0, is_of: None };
            self.handshakes.of.entry(from).or_insert(handshake).is_to_greet = true;
        }
    }

    /// In a large room who goes on hearing no multicast is sent to at its own address: that must be proven, too.
    pub(super) fn note_deaf(&mut self, log: LogId, from: SocketAddr) {
        let is_deaf = self.presence.peer(log).is_some_and(|peer| peer.is_present && !peer.hears_multicast());
        if is_deaf && !self.is_small() && !self.cookies.is_proven(from) {
            self.ask_for_proof(from);
        }
    }

    /// At once, and again while no answer comes.
    pub(super) fn ask_for_proof(&mut self, from: SocketAddr) {
        let due = self.now.moment.after(HANDSHAKE_AGAIN);
        let handshakes = &mut self.handshakes.of;
        if handshakes.get(&from).is_some_and(|handshake| handshake.is_to_prove) {
            return;
        }
        if handshakes.len() >= HANDSHAKES_AT_ONCE_MAX && !handshakes.contains_key(&from) {
            return self.send_retry(from); // once is better than not at all
        }
        let unheard = Handshake { due, tries: 1, is_to_greet: false, is_to_prove: false, asked: 0, is_of: None };
        let handshake = handshakes.entry(from).or_insert(unheard);
        handshake.is_to_prove = true;
        handshake.asked += 1;
        self.send_retry(from);
    }

    fn send_retry(&mut self, to: SocketAddr) {
        let (is_proven, now) = (self.cookies.is_proven(to), self.now.moment);
        if self.guard.may_answer(to, is_proven, now) {
            let cookie = self.cookies.bake(to, now);
            self.send(to, &Frame::Retry { cookie });
        }
    }

    /// Whoever is at `from` receives there.
    pub(super) fn on_proven(&mut self, from: SocketAddr) {
        if let Some(handshake) = self.handshakes.of.get_mut(&from) {
            handshake.is_to_prove = false;
            if let Some((log, is_fresh)) = handshake.is_of.take()
                && self.presence.at(from).is_none()
            {
                self.presence.add_address(log, from, is_fresh, self.now.moment);
            }
        }
        let Some(log) = self.presence.at(from).filter(|peer| !peer.is_present).map(|peer| peer.log) else { return };
        self.consider(log, from, false);
        self.on_news(log, true);
    }
}
