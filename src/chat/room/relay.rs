//! Passing on: whoever shares only a third instance reads each other through it.

use std::net::SocketAddr;
use std::time::Duration;

use super::Room;
use super::publish::frames;
use super::relays::{Passed, Relay, Target};
use super::reminders::Whose;
use crate::chat::api::machine::{Network, To};
use crate::chat::base::inbox::is_inbox;
use crate::chat::base::limits::{
    AFAR_RANK_MAX, AFAR_RELAY_WITHIN, INTRODUCED_AFTER, INTRODUCED_MAX, RELAY_WITHIN, REMOTE_AFTER, SAID_LATELY,
    SAID_LATELY_MAX, SMALL_ROOM_MAX,
};
use crate::chat::base::time::millis;
use crate::chat::keys::identity::LogId;
use crate::chat::peers::peer::Peer;
use crate::chat::wire::entry::Entry;
use crate::chat::wire::frame::{Frame, Signed, Via};

impl Room {
    /// Somebody who reaches us alone is told who else is here, and who is on one network of ours who is on another.
    pub(super) fn introduce_to(&mut self, newcomer: LogId) {
        let Some(peer) = self.presence.peer(newcomer).filter(|peer| !peer.is_afar()) else { return };
        let introduces = self.afar.is_up() && peer.inbox().is_none() && self.presence.rank() == 0;
        let is_news = |other: &&Peer| {
            let is_at_broker = introduces && other.inbox().is_some() && other.is_afar();
            let is_out_of_reach = !peer.is_near || peer.is_on_other_network(other) || is_at_broker;
            other.log != newcomer && !peer.knows(other.log) && is_out_of_reach
        };
        let (most, after) =
            if peer.is_near { (INTRODUCED_MAX, INTRODUCED_AFTER) } else { (SMALL_ROOM_MAX, REMOTE_AFTER) };
        let others: Vec<LogId> = self.presence.present().filter(is_news).take(most).map(|other| other.log).collect();
        for other in others {
            let wait = after + self.rng.between(RELAY_WITHIN.0, RELAY_WITHIN.1);
            let relay = Relay { due: self.now.moment.after(wait), ack: false, is_strange: false };
            self.relays.add(Target::Peer(newcomer), Passed::Beacon(other), relay);
        }
    }

    /// What somebody said just before it was known by which network of ours it is heard goes to the others now.
    pub(super) fn pass_on_said_lately(&mut self, log: LogId) {
        if !self.presence.is_unheard_by_some(log) {
            return;
        }
        let now = self.now;
        let is_recent = |entry: &Entry| now.wall.0.abs_diff(entry.header.time.wall().0) <= millis(SAID_LATELY);
        let said = self.archive.log(log).into_iter().flat_map(|held| held.entries().rev().take(SAID_LATELY_MAX));
        let said: Vec<u64> = said.filter(|entry| is_recent(entry)).map(|entry| entry.header.seq).collect();
        let is_strange = self.is_strange(log);
        for seq in said {
            let due = now.moment.after(self.rng.between(RELAY_WITHIN.0, RELAY_WITHIN.1));
            self.relays.add(Target::Lan, Passed::Entry(log, seq), Relay { due, ack: true, is_strange });
        }
    }

    /// An entry came for the first time.
    pub(super) fn pass_on_entry(&mut self, log: LogId, seq: u64, from: SocketAddr, ack: bool) {
        self.pass_on(Passed::Entry(log, seq), from, ack);
    }

    /// A beacon came for the first time.
    pub(super) fn pass_on_beacon(&mut self, log: LogId, from: SocketAddr) {
        self.pass_on(Passed::Beacon(log), from, false);
    }

    /// A goodbye is passed on at once, for its instance is forgotten.
    pub(super) fn pass_on_goodbye(&mut self, log: LogId, from: SocketAddr) {
        self.pass_on_beacon(log, from);
        for target in self.relays.of_beacon(log) {
            self.relays.remove(target, Passed::Beacon(log));
            self.relay(target, Passed::Beacon(log), false);
        }
    }

    fn pass_on(&mut self, what: Passed, from: SocketAddr, ack: bool) {
        let origin = what.origin();
        let now = self.now.moment;
        let sender = self.presence.at(from);
        let is_from_afar = sender.is_some_and(|sender| sender.is_remote(now));
        let is_remote =
            |peer: &&Peer| peer.is_remote(now) && !peer.is_afar() && !peer.addresses().any(|address| address == from);
        let remote = self.presence.far().filter(is_remote).filter(|peer| peer.log != origin && !peer.hears(origin));
        let mut targets: Vec<Target> = remote.map(|peer| Target::Peer(peer.log)).collect();
        let is_news_here = if is_inbox(from) {
            self.presence.has_near_without_broker() && self.presence.peer(origin).is_none_or(|origin| !origin.is_near)
        } else {
            is_from_afar && self.presence.has_near()
        };
        if is_news_here || self.presence.is_unheard_by_some(origin) {
            targets.push(Target::Lan);
        }
        if self.is_news_afar(what, from) {
            targets.push(Target::Afar);
        }
        if targets.is_empty() {
            return;
        }
        let is_strange = self.is_strange(origin);
        for target in targets {
            let within = if target == Target::Afar { self.rank_within() } else { RELAY_WITHIN };
            let due = self.now.moment.after(self.rng.between(within.0, within.1));
            self.relays.add(target, what, Relay { due, ack, is_strange });
        }
    }

    /// Whether something that was heard here is to be published at the broker: only what somebody said who is not there. What came
    /// from a broker, or from whoever is there, goes to none.
    fn is_news_afar(&self, what: Passed, from: SocketAddr) -> bool {
        let is_client = |peer: Option<&Peer>| peer.is_some_and(|peer| peer.inbox().is_some());
        let is_entry = matches!(what, Passed::Entry(..));
        let is_heard_there = is_client(self.presence.at(from)) || is_client(self.presence.peer(what.origin()));
        is_entry && self.afar.is_up() && !is_inbox(from) && !is_heard_there
    }

    /// Of several on our networks who hear the broker each waits for those before it.
    fn rank_within(&self) -> (Duration, Duration) {
        (Duration::ZERO, AFAR_RELAY_WITHIN.saturating_mul(self.presence.rank().min(AFAR_RANK_MAX)))
    }

    /// It came from the broker, so it need not be published there.
    pub(super) fn heard_afar(&mut self, log: LogId, seq: u64) {
        self.relays.remove(Target::Afar, Passed::Entry(log, seq));
    }

    /// Somebody else put it on our network meanwhile.
    pub(super) fn heard_on_lan(&mut self, log: LogId, seq: u64, from: SocketAddr, network: Option<Network>) {
        let is_passed_on = self.presence.at(from).is_some_and(|sender| sender.log != log);
        self.drop_relay(Passed::Entry(log, seq), is_passed_on, network);
        if let Some(log) = self.presence.at(from).map(|peer| peer.log) {
            self.presence.note_near(log, network);
        }
    }

    /// As above, of a beacon.
    pub(super) fn beacon_heard_on_lan(&mut self, log: LogId, is_via: bool, network: Option<Network>) {
        self.drop_relay(Passed::Beacon(log), is_via, network);
    }

    /// Something was heard on a network of ours, from its author or passed on: we need not pass it on, unless there is yet
    /// another network where it is lacking.
    fn drop_relay(&mut self, what: Passed, is_passed_on: bool, network: Option<Network>) {
        let origin = what.origin();
        let is_lacking = match network.filter(|_| is_passed_on) {
            Some(network) => self.presence.is_unheard_beside(origin, network),
            None => !is_passed_on && self.presence.is_unheard_by_some(origin),
        };
        if !is_lacking {
            self.relays.remove(Target::Lan, what);
        }
    }

    pub(super) fn tick_relays(&mut self) {
        while let Some((target, what, ack)) = self.relays.take_due(self.now.moment) {
            self.relay(target, what, ack);
        }
    }

    fn relay(&mut self, target: Target, what: Passed, ack: bool) {
        let origin = what.origin();
        let to = match target {
            Target::Afar => To::Afar,
            Target::Lan => self.presence.peer(origin).and_then(Peer::network).map_or(To::Lan, To::LanBeyond),
            Target::Peer(log) => {
                let Some(peer) = self.presence.peer(log) else { return };
                let has_it = match what {
                    Passed::Entry(log, seq) => peer.acked(log) >= seq,
                    Passed::Beacon(_) => false,
                };
                let is_out_of_reach = peer.is_remote(self.now.moment)
                    || self.presence.peer(origin).is_some_and(|origin| {
                        peer.is_on_other_network(origin) || origin.is_afar() && peer.inbox().is_none()
                    });
                let is_owed = !has_it && !peer.knows(origin) && is_out_of_reach;
                let Some(address) = peer.address().filter(|_| is_owed) else { return };
                To::Address(address)
            }
        };
        match what {
            Passed::Beacon(log) => {
                let Some(peer) = self.presence.peer(log) else { return };
                let (bytes, signature) = peer.last_beacon();
                self.send(to, &Frame::Beacon { via: Via::Other, beacon: Signed { bytes: &bytes, signature } });
            }
            Passed::Entry(log, seq) => {
                let Some(entry) = self.archive.log(log).and_then(|held| held.entry(seq)).cloned() else { return };
                let ack = match target {
                    Target::Afar => self.is_small_afar(), // receipts come back to us, so many a second
                    Target::Lan if self.afar.is_up() => ack && self.is_small(),
                    Target::Lan | Target::Peer(_) => ack,
                };
                for frame in frames(&[entry], ack) {
                    self.send_to_all(&[to], &frame);
                }
                if target == Target::Afar {
                    return self.afar.remind(log, self.now.moment);
                }
                let whose = if self.is_strange(log) { Whose::ForeignKeys } else { Whose::Others };
                self.reminders.start(log, whose, self.now.moment);
            }
        }
    }
}
