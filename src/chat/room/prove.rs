//! Who was heard for the first time is answered, and proves that it receives where it says to be.

use std::net::SocketAddr;
use std::time::Duration;

use super::Room;
use super::handshakes::Due;
use crate::chat::api::event::Event;
use crate::chat::api::machine::To;
use crate::chat::api::network_notice::NetworkNotice;
use crate::chat::base::inbox::is_inbox;
use crate::chat::base::limits::{GREET_WITHIN, HANDSHAKES_AT_ONCE_MAX, SMALL_ROOM_MAX};
use crate::chat::keys::identity::LogId;
use crate::chat::wire::frame::Frame;

impl Room {
    pub(super) fn tick_handshakes(&mut self) {
        let Due { greet, prove } = self.handshakes.take_due(self.now.moment);
        if !greet.is_empty() {
            let greet: Vec<To> = greet.into_iter().map(To::Address).collect();
            self.send_beacon(&greet);
        }
        for address in prove {
            self.send_retry(address);
        }
    }

    /// Whoever is at `address` has heard of us.
    pub(super) fn was_greeted(&mut self, address: SocketAddr) {
        self.handshakes.was_greeted(address);
    }

    /// A beacon came directly from an address beside the one that its instance has. It is its address, too, once whoever is
    /// there has proven to receive there: a beacon can be captured, and sent again from anywhere.
    pub(super) fn note_address(&mut self, log: LogId, from: SocketAddr, is_fresh: bool) {
        if self.presence.peer(log).is_none_or(|peer| peer.is_at(from)) {
            return;
        }
        if self.addresses.is_proven(from) && self.presence.at(from).is_none_or(|other| other.log == log) {
            return self.presence.add_address(log, from, is_fresh, self.now.moment);
        }
        self.ask_for_proof(from);
        self.handshakes.note_instance(from, log, is_fresh);
    }

    /// Somebody new is answered by unicast, and again while that is not answered; in a large room by a few of us, once, and
    /// the others follow with their next beacons.
    pub(super) fn greet(&mut self, from: SocketAddr) {
        let people = self.people_at(from) + 1;
        if self.rng.happens(SMALL_ROOM_MAX as u64, people as u64) && self.handshakes.len() < HANDSHAKES_AT_ONCE_MAX {
            let due = self.now.moment.after(self.rng.between(Duration::ZERO, GREET_WITHIN));
            let is_small = self.is_small_at(from); // then it is asked at once
            self.handshakes.greet(from, due, !is_small, !is_small && !self.addresses.is_proven(from));
        }
    }

    /// In a large room who goes on hearing no multicast is sent to at its own address: that must be proven, too.
    pub(super) fn note_no_multicast(&mut self, log: LogId, from: SocketAddr) {
        let lacks_multicast = self.presence.peer(log).is_some_and(|peer| peer.is_present && !peer.hears_multicast());
        if lacks_multicast && !self.is_small() && !is_inbox(from) && !self.addresses.is_proven(from) {
            self.ask_for_proof(from);
        }
    }

    /// Somebody whom we hear says again and again whom it hears, and we are not among them.
    pub(super) fn note_deaf(&mut self, log: LogId, from: SocketAddr) {
        let Some(peer) = self.presence.peer(log).filter(|peer| peer.is_deaf(self.now.moment)) else { return };
        let is_answered = self.addresses.is_proven(from);
        if !is_answered && self.presence.is_credible(peer) && self.handshakes.is_to_tell(log) {
            let (room, who) = (self.name.clone(), self.names.speaker(peer.author));
            self.show(Event::Notice(NetworkNotice::Deaf { room, who }.into()));
        }
    }

    /// At once, and again while no answer comes.
    pub(super) fn ask_for_proof(&mut self, from: SocketAddr) {
        if self.handshakes.ask(from, self.now.moment) {
            self.send_retry(from);
        }
    }

    /// Asks whoever is at `to` to bring a cookie back.
    pub(super) fn send_retry(&mut self, to: SocketAddr) {
        if let Some(cookie) = self.addresses.bake(to, self.now.moment) {
            self.send(to, &Frame::Retry { cookie });
        }
    }

    /// Whoever is at `from` receives there.
    pub(super) fn on_proven(&mut self, from: SocketAddr) {
        if let Some((log, is_fresh)) = self.handshakes.proven(from)
            && self.presence.at(from).is_none()
        {
            self.presence.add_address(log, from, is_fresh, self.now.moment);
        }
        let Some(log) = self.presence.at(from).filter(|peer| !peer.is_present).map(|peer| peer.log) else { return };
        self.consider(log, from, false);
        self.on_news(log, true);
    }
}
