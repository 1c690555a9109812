//! Who is here: beacons go out and come in.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use super::Room;
use super::reminders::Whose;
use crate::chat::api::event::Event;
use crate::chat::api::machine::{To, Way};
use crate::chat::api::notice::Secrecy;
use crate::chat::api::talk::Change;
use crate::chat::base::chance::Chance;
use crate::chat::base::limits::{
    BEACON_EACH, BEACON_MAX, BEACON_MIN, BEACONS_AT_START, KEEP_OPEN_EVERY, KNOWN_AFTER, MULTICAST_HEARD_FOR,
};
use crate::chat::base::time::Moment;
use crate::chat::keys::identity::{LogId, log_id};
use crate::chat::peers::presence::{Arrived, Sighting};
use crate::chat::wire;
use crate::chat::wire::frame::{ACKS_MAX, Ack, Beacon, Frame, Signed, flags};

/// When my own beacons leave, and what they say.
#[derive(Debug)]
pub struct Beacons {
    next: Moment,
    /// How many left, of those that leave faster at the start.
    started: usize,
    counter: u64,
    heard_multicast: Option<Moment>,
    /// The logs to be acknowledged, the latest first.
    acknowledged: VecDeque<LogId>,
}

impl Beacons {
    pub fn new(chance: &mut Chance, now: Moment) -> Self {
        let next = now.after(chance.between(Duration::ZERO, BEACONS_AT_START[0]));
        Self { next, started: 0, counter: 0, heard_multicast: None, acknowledged: VecDeque::new() }
    }

    pub fn hear_multicast(&mut self, now: Moment) {
        self.heard_multicast = Some(now);
    }

    /// Something changed: a beacon leaves at once.
    pub fn hurry(&mut self, now: Moment) {
        self.next = self.next.min(now);
    }

    /// What is held of this log is to be told in the next beacons.
    pub fn acknowledge(&mut self, log: LogId) {
        if let Some(at) = self.acknowledged.iter().position(|&known| known == log) {
            self.acknowledged.remove(at);
        } else if self.acknowledged.len() >= ACKS_MAX {
            self.acknowledged.pop_back();
        }
        self.acknowledged.push_front(log);
    }

    /// How many logs are acknowledged.
    pub fn len(&self) -> usize {
        self.acknowledged.len()
    }

    pub fn deadline(&self) -> Moment {
        self.next
    }

    /// The time to the next one: short at the start, then as the room is large.
    fn schedule(&mut self, interval: Duration, chance: &mut Chance, now: Moment) {
        self.started += 1;
        let wait = match BEACONS_AT_START.get(self.started) {
            Some(&wait) => wait,
            None => chance.between(interval * 3 / 4, interval * 5 / 4),
        };
        self.next = now.after(wait);
    }
}

impl Room {
    /// The span between two beacons, so that a large room has not more of them than a small one.
    pub(super) fn interval(&self) -> Duration {
        let people = u32::try_from(self.presence.len() + 1).unwrap_or(u32::MAX);
        BEACON_EACH.saturating_mul(people).clamp(BEACON_MIN, BEACON_MAX)
    }

    pub(super) fn tick_beacon(&mut self) {
        let now = self.now.moment;
        if self.beacons.next <= now {
            let targets = self.beacon_targets();
            self.receipts.clear();
            self.send_beacon(&targets, 0);
            self.beacons.schedule(self.interval(), &mut self.chance, now);
        }
        self.tick_handshakes();
    }

    /// Everybody at once; by unicast those who do not hear that, and in a small room each now and then, so that firewalls
    /// keep the way open.
    fn beacon_targets(&mut self) -> Vec<To> {
        let (now, is_small) = (self.now.moment, self.is_small());
        let owed = &self.receipts;
        let mut targets: Vec<To> = self.addresses.configured().map(To::Address).collect();
        for peer in self.presence.present_mut() {
            let is_time = is_small && now.since(peer.told) >= KEEP_OPEN_EVERY;
            let is_owed = peer.address().is_some_and(|address| owed.is_owed(address));
            if !peer.hears_multicast() || is_time || is_owed {
                peer.told = now;
                targets.extend(peer.addresses().map(To::Address));
            }
        }
        targets.sort_unstable();
        targets.dedup();
        targets.push(To::Lan);
        targets
    }

    /// Signs a beacon and sends it.
    pub(super) fn send_beacon(&mut self, targets: &[To], more_flags: u8) {
        self.commit();
        let beacon = self.make_beacon(more_flags);
        let (bytes, signature) = wire::sign_beacon(&self.identity, self.id, &beacon);
        let beacon = Signed { bytes: &bytes, signature };
        self.send_to_all(targets, &Frame::Beacon { via: false, beacon });
    }

    fn make_beacon(&mut self, more_flags: u8) -> Beacon {
        self.beacons.counter += 1;
        let now = self.now.moment;
        let is_heard = self.beacons.heard_multicast.is_some_and(|heard| now.since(heard) < self.multicast_heard_for());
        let mut flags = more_flags;
        flags |= if is_heard { flags::HEARS_MULTICAST } else { 0 };
        flags |= if self.is_temporary { flags::TEMPORARY } else { 0 };
        let ack = |&log: &LogId| Ack { log, seq: self.archive.confirmed(log) };
        let acks = self.beacons.acknowledged.iter().map(ack).collect();
        Beacon {
            author: self.identity.author(),
            run: self.own.run,
            counter: self.beacons.counter,
            time: self.clock.next(self.now.wall),
            nick: self.nick.clone(),
            flags,
            interval: u8::try_from(self.interval().as_secs()).unwrap_or(u8::MAX),
            root: self.archive.digest().root(),
            logs: u32::try_from(self.archive.len()).unwrap_or(u32::MAX),
            prekey: self.private.prekey(),
            moved: self.superseded.since().map_or(0, |since| since.0),
            acks,
            hears: self.presence.heard_of_late(now),
        }
    }

    fn multicast_heard_for(&self) -> Duration {
        MULTICAST_HEARD_FOR.max(self.interval() * 3)
    }

    pub(super) fn on_beacon(&mut self, from: SocketAddr, way: Way, is_via: bool, signed: Signed<'_>) {
        let Ok(beacon) = wire::claimed_beacon(signed.bytes) else { return self.addresses.count_malformed() };
        let log = log_id(self.id, beacon.author, beacon.run);
        if log == self.own.log || self.names.ignores(beacon.author) {
            return;
        }
        let sighting = self.presence.sight(log, &beacon, signed);
        match sighting {
            Sighting::First | Sighting::Fresh => {}
            Sighting::Again if !is_via => {
                self.presence.hear_again(log, from, self.now.moment);
                if self.presence.is_at(log, from) {
                    self.note_way(log, way);
                }
                return self.note_address(log, from, false);
            }
            Sighting::Again | Sighting::Old | Sighting::NoRoom => return,
        }
        if sighting == Sighting::First && !self.may_come(from) || !self.may_verify(from) {
            return;
        }
        if !wire::is_beacon_signed(&*self.verifier, self.id, &beacon, signed) {
            return self.distrust(from);
        }
        if way == Way::Multicast {
            self.beacon_heard_on_lan(log);
        }
        self.clock.observe(beacon.time, self.now.wall);
        if beacon.flags & flags::LEAVING != 0 {
            return self.on_goodbye(Arrived { log, beacon, signed, from, is_via });
        }
        let (author, prekey) = (beacon.author, beacon.prekey);
        self.names.read(author, &beacon.nick);
        let Ok(before) = self.presence.take(Arrived { log, beacon, signed, from, is_via }, self.own.seq, self.now)
        else {
            return;
        };
        if !is_via {
            self.note_way(log, way);
            self.note_address(log, from, true);
        }
        if let Some(before) = before
            && self.presence.peer(log).is_some_and(|peer| peer.is_present)
        {
            self.learn_name(log);
            self.tell(log, Change::Renamed(before));
            self.note_name(log);
        }
        let hears_us = self.presence.peer(log).is_some_and(|peer| peer.hears(self.own.log));
        if !is_via && hears_us {
            self.was_greeted(from);
        } else if !is_via && (sighting == Sighting::First || self.is_small() && self.addresses.is_proven(from)) {
            self.greet(from); // in a small room as long as it does not hear us: all answers may have been lost
        }
        self.note_prekey(author, prekey);
        self.note_moved(log);
        self.consider(log, from, is_via);
        if !is_via && sighting == Sighting::Fresh {
            self.note_deaf(log, from);
        }
        self.on_news(log, sighting == Sighting::First);
        self.pass_on_beacon(log, from);
    }

    fn note_way(&mut self, log: LogId, way: Way) {
        if way == Way::Multicast
            && let Some(peer) = self.presence.peer_mut(log)
        {
            peer.is_near = true;
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
    /// [`Frame::Retry`] asks for; in a large one that would be a datagram from everybody to everybody.
    pub(super) fn consider(&mut self, log: LogId, from: SocketAddr, is_via: bool) {
        let Some(peer) = self.presence.peer(log) else { return };
        if peer.is_present {
            return;
        }
        // What a stranger passes on may be a capture.
        let is_proven = if is_via { self.presence.is_live(from) } else { self.addresses.is_proven(from) };
        if (is_proven || !is_via && !self.is_small()) && self.presence.is_credible(peer) {
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
        self.presence.admit(log, self.own.seq, self.now.moment);
        self.learn_name(log);
        self.introduce_to(log);
        let author = self.presence.peer(log).map(|peer| peer.author);
        if let Some(author) = author {
            self.deliveries.somebody_came(author, self.now.moment);
        }
        if self.deliveries.len() > 0 {
            self.reminders.start(self.own.log, Whose::Own, self.now.moment); // of what was said before it came
        }
        for log in self.outbox.logs().collect::<Vec<_>>() {
            self.reminders.start(log, Whose::Earlier, self.now.moment);
        }
        self.note_name(log);
        if let Some(peer) = self.presence.peer(log) {
            let address = peer.address();
            let via = peer.via.filter(|_| address.is_none()).and_then(|via| self.presence.at(via));
            let via = via.map(|via| via.author).map(|author| self.names.speaker(author));
            if author == Some(self.identity.author()) {
                self.show(Event::Notice(Secrecy::OwnKeyElsewhere { room: self.name.clone(), address }.into()));
            }
            self.tell(log, Change::Joined { address, via });
        }
    }

    /// What a beacon says of what its instance holds.
    pub(super) fn on_news(&mut self, log: LogId, is_new: bool) {
        let own = self.own.log;
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
            if self.now.moment.since(peer.since) >= KNOWN_AFTER {
                self.archive.know(peer.author);
            }
            self.note_receipt(log);
            self.confirm_earlier(log);
            let delay = self.compare_delay();
            let pause = if is_new { Duration::ZERO } else { self.compare_pause() }; // at once after an absence
            self.compare.see(log, root, delay, pause, self.now.moment);
            if self.flow.slowest() < self.own.seq && self.is_small() {
                self.watch_flow();
            }
            self.judge();
        }
    }
}
