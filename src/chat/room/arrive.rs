//! A peer says that it is here: its beacon is verified, its address proven, and what it holds is looked at.

use std::net::SocketAddr;
use std::time::Duration;

use super::Room;
use super::anti_entropy::compare_pause;
use super::reminders::Whose;
use crate::chat::api::event::Event;
use crate::chat::api::machine::Way;
use crate::chat::api::notice::Secrecy;
use crate::chat::api::talk::{Change, InstanceKind};
use crate::chat::base::inbox::is_inbox;
use crate::chat::base::limits::{KNOWN_AFTER, PASSES_WITHIN};
use crate::chat::keys::identity::{LogId, log_id};
use crate::chat::peers::peer::Peer;
use crate::chat::peers::presence::{Arrived, Sighting};
use crate::chat::wire;
use crate::chat::wire::frame::{Signed, flags};

impl Room {
    pub(super) fn on_beacon(&mut self, from: SocketAddr, way: Way, is_via: bool, signed: Signed<'_>) {
        let Ok(beacon) = wire::claimed_beacon(signed.bytes) else { return self.addresses.count_malformed() };
        let log = log_id(self.id, beacon.author, beacon.run);
        if log == self.own.log() || self.names.ignores(beacon.author) {
            return; // our own comes back by the loopback, or from whoever passes it on
        }
        let sighting = self.presence.sight(log, &beacon, signed);
        match sighting {
            Sighting::First | Sighting::Fresh => {}
            // The same bytes were verified before: they only show another way to the peer, or that it is still there.
            Sighting::Again if !is_via => {
                self.presence.hear_again(log, from, self.now.moment);
                if self.presence.is_at(log, from) {
                    self.note_way(log, way);
                }
                return self.note_address(log, from, false);
            }
            Sighting::Again => {
                if let Way::Multicast(network) = way {
                    self.beacon_heard_on_lan(log, true, network);
                }
                return;
            }
            Sighting::Old | Sighting::Full => return, // a capture
        }
        // Before the signature is looked at: who invents instances makes us verify few of them.
        if sighting == Sighting::First && !self.may_come(from) || !self.may_verify(from) {
            return;
        }
        if !wire::is_beacon_signed(&*self.verifier, self.id, &beacon, signed) {
            return self.distrust(from);
        }
        if let Way::Multicast(network) = way {
            self.beacon_heard_on_lan(log, is_via, network); // nobody need pass it on there
        }
        self.own.observe(beacon.time, self.now.wall);
        let arrived = Arrived { log, beacon, signed, from, is_via };
        if arrived.beacon.flags & flags::LEAVING != 0 {
            return self.on_goodbye(arrived);
        }
        self.on_signed_beacon(arrived, way, sighting == Sighting::First);
    }

    /// A beacon is what its author signed, and newer than what was known.
    fn on_signed_beacon(&mut self, arrived: Arrived<'_>, way: Way, is_first: bool) {
        let Arrived { log, from, is_via, .. } = arrived;
        let (author, prekey) = (arrived.beacon.author, arrived.beacon.prekey);
        self.names.read(author, &arrived.beacon.nick);
        let Ok(before) = self.presence.take(arrived, self.own.seq(), self.now) else { return };
        if !is_via {
            self.note_way(log, way);
            self.note_address(log, from, true);
        }
        if let Some(before) = before
            && self.presence.peer(log).is_some_and(|peer| peer.is_present)
        {
            // With its tag, where another one is called so. An entry may have told the new name before.
            let tag = self.names.speaker_then(author, &before).tag;
            let before = tag.map_or(before.clone(), |tag| format!("{before}#{tag}"));
            self.learn_name(log);
            self.tell(log, Change::Renamed(before));
            self.note_name(log);
        }
        if !is_via {
            self.answer_beacon(log, from, is_first);
        }
        self.note_prekey(author, prekey);
        self.note_moved(log);
        self.consider(log, from, is_via);
        self.note_staying(log);
        if !is_via {
            self.note_deaf(log, from);
        }
        if !is_via && !is_first {
            self.note_no_multicast(log, from); // the first one cannot know yet what it hears
        }
        self.on_news(log, is_first);
        self.confirm_afar(log);
        self.pass_on_beacon(log, from);
    }

    /// A peer that does not hear us is told that we are here: at first, and in a small room as long as it does not, for all
    /// answers may have been lost. In a large one it will hear the next beacon.
    fn answer_beacon(&mut self, log: LogId, from: SocketAddr, is_first: bool) {
        let is_new_there = is_inbox(from) && !self.presence.is_at(log, from); // as it is after each connection to a broker
        if self.presence.peer(log).is_some_and(|peer| peer.knows_at(from, self.own.log())) {
            self.was_greeted(from);
        } else if is_first || is_new_there || self.is_small_at(from) && self.addresses.is_proven(from) {
            self.greet(from);
        }
    }

    fn note_way(&mut self, log: LogId, way: Way) {
        if let Way::Multicast(network) = way {
            if self.presence.note_near(log, network) && self.presence.peer(log).is_some_and(|peer| peer.is_present) {
                self.introduce_to(log);
                self.pass_on_said_lately(log);
            }
            self.presence.count_multicast(log);
        }
    }

    /// Whether one more instance may come from there.
    fn may_come(&mut self, from: SocketAddr) -> bool {
        self.addresses.may_begin_log(from, false, self.now.moment)
    }

    /// Who is here has a claim to its name.
    fn learn_name(&mut self, log: LogId) {
        if let Some(peer) = self.presence.peer(log) {
            self.names.learn(peer.author, &peer.nick);
        }
    }

    /// Whether an instance that was heard counts as here. In a small room its address must be proven first, which a
    /// `Frame::Retry` asks for; in a large one that would be a datagram from everybody to everybody.
    pub(super) fn consider(&mut self, log: LogId, from: SocketAddr, is_via: bool) {
        let Some(peer) = self.presence.peer(log) else { return };
        if peer.is_present {
            return;
        }
        // What a stranger passes on may be a capture.
        let is_proven = if is_via { self.presence.is_live(from) } else { self.addresses.is_proven(from) };
        if (is_proven || !is_via && !self.is_small_at(from)) && self.presence.is_credible(peer) {
            return self.admit(log);
        }
        if !is_proven && !is_via {
            self.ask_for_proof(from);
        }
    }

    fn admit(&mut self, log: LogId) {
        for other in self.presence.replaced_by(log) {
            self.lose(other, Change::Lost);
        }
        self.presence.admit(log, self.own.seq(), self.now.moment);
        self.learn_name(log);
        self.introduce_to(log);
        self.pass_on_said_lately(log);
        let author = self.presence.peer(log).map(|peer| peer.author);
        if let Some(author) = author {
            self.deliveries.somebody_came(author, self.now.moment);
        }
        if self.deliveries.len() > 0 {
            self.reminders.start(self.own.log(), Whose::Own, self.now.moment); // of what was said before it came
            self.afar.remind(self.own.log(), self.now.moment);
        }
        for log in self.outbox.logs().collect::<Vec<_>>() {
            self.reminders.start(log, Whose::Earlier, self.now.moment);
        }
        self.note_name(log);
        let address = self.presence.peer(log).and_then(Peer::address);
        if author == Some(self.own.author()) {
            self.show(Event::Notice(Secrecy::OwnKeyElsewhere { room: self.name.clone(), address }.into()));
        }
        self.tell_joined(log);
    }

    fn tell_joined(&mut self, log: LogId) {
        let Some(peer) = self.presence.peer(log) else { return };
        let address = peer.address();
        let via = peer.via.filter(|_| address.is_none()).and_then(|via| self.presence.at(via));
        let via = via.map(|via| via.author).map(|author| self.names.speaker(author));
        self.tell(log, Change::Joined { address, via });
    }

    /// Who is still here long after it should have passed is told as everybody is.
    fn note_staying(&mut self, log: LogId) {
        let now = self.now.moment;
        let Some(peer) = self.presence.peer_mut(log).filter(|peer| peer.is_present) else { return };
        if peer.kind() == InstanceKind::Passing && now.since(peer.since) >= PASSES_WITHIN {
            peer.stays = true;
            self.tell_joined(log);
        }
    }

    /// What a beacon says of what its instance holds.
    pub(super) fn on_news(&mut self, log: LogId, is_new: bool) {
        let own = self.own.log();
        let Some(peer) = self.presence.peer_mut(log) else { return };
        let root = peer.root;
        if let Some(covered) = self.compare.own_covered(root) {
            let covered = if peer.names_me { 0 } else { covered }; // it says itself how far it has it
            let acked = peer.acks.entry(own).or_default();
            *acked = covered.max(*acked);
            self.compared();
        }
        let Some(peer) = self.presence.peer(log) else { return };
        if peer.is_present {
            let is_small = if peer.is_afar() { self.is_small_afar() } else { self.is_small() };
            if self.now.moment.since(peer.since) >= KNOWN_AFTER {
                self.archive.know(peer.author);
            }
            let has_more = self.note_receipt(log);
            self.confirm_earlier(log);
            let delay = self.compare_delay(is_small);
            let pause = if is_new { Duration::ZERO } else { compare_pause(is_small) }; // at once after an absence
            self.compare.see(log, root, delay, pause, self.now.moment);
            if self.flow.slowest() < self.own.seq() && self.is_small() {
                self.watch_flow();
            }
            if has_more || self.deliveries.len() > 0 {
                self.judge();
            }
        }
    }
}
