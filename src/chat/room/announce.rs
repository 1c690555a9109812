//! This node says that it is here.

use std::net::SocketAddr;
use std::time::Duration;

use super::Room;
use super::afar::Afar;
use super::beacons::{Holding, Listeners};
use crate::chat::api::machine::To;
use crate::chat::api::talk::InstanceKind;
use crate::chat::base::inbox::is_inbox;
use crate::chat::base::limits::{BEACON_EACH, BEACON_MAX, BEACON_MIN, KEEP_OPEN_WITHIN};
use crate::chat::base::time::Now;
use crate::chat::keys::identity::LogId;
use crate::chat::wire;
use crate::chat::wire::frame::{Ack, Beacon, Frame, Signed, Via, flags};

impl Room {
    /// The span between two beacons, so that a large room has not more of them than a small one.
    pub(super) fn interval(&self) -> Duration {
        let people = u32::try_from(self.presence.here() + 1).unwrap_or(u32::MAX);
        BEACON_EACH.saturating_mul(people).clamp(BEACON_MIN, BEACON_MAX)
    }

    pub(super) fn tick_beacon(&mut self) {
        let now = self.now.moment;
        if self.beacons.is_due(now) {
            let targets = self.beacon_targets();
            self.receipts.clear();
            self.send_beacon(&targets);
            self.beacons.schedule(self.interval(), &mut self.rng, now);
        }
        self.tick_handshakes();
    }

    /// Everybody at once; by unicast those who do not hear that, and in a small room each now and then, so that firewalls
    /// keep the way open.
    fn beacon_targets(&mut self) -> Vec<To> {
        let (now, is_small, next) = (self.now.moment, self.is_small(), self.interval() * 5 / 4); // at the latest
        let owed = &self.receipts;
        let mut targets: Vec<To> = self.addresses.configured().map(To::Address).collect();
        for peer in self.presence.present_mut() {
            let is_time = is_small && now.since(peer.told) + next > KEEP_OPEN_WITHIN;
            let is_owed = peer.address().is_some_and(|address| owed.is_owed(address));
            if !peer.hears_multicast() || is_time || is_owed {
                peer.told = now;
                let is_meant = |address: &SocketAddr| !is_inbox(*address) || owed.is_owed(*address);
                targets.extend(peer.addresses().filter(is_meant).map(To::Address));
            }
        }
        targets.sort_unstable();
        targets.dedup();
        targets.push(To::Lan);
        targets
    }

    /// Says that this node is here. That does not wait for the disk: while a commit is under way it says again what it had
    /// acknowledged before, and what there is more to acknowledge once it is on disk.
    pub(super) fn send_beacon(&mut self, targets: &[To]) {
        if self.outputs.is_committing() {
            let kept = self.beacons.kept().clone();
            self.sign_beacon(&kept, targets.iter().copied(), 0);
        }
        self.send_receipt(targets, 0);
    }

    /// Says what is held, once it is on disk.
    pub(super) fn send_receipt(&mut self, targets: &[To], more_flags: u8) {
        self.beacons.postpone(targets, more_flags);
        if !self.outputs.is_committing() {
            self.send_postponed();
        }
    }

    /// The disk has what was given to it.
    pub fn committed(&mut self, now: Now) {
        self.pass_time(now);
        self.outputs.committed();
        if let Some((holding, Listeners { targets, flags })) = self.beacons.committed() {
            self.beacons.keep(holding.clone());
            if !targets.is_empty() {
                self.sign_beacon(&holding, targets, flags);
            }
        }
        if self.beacons.has_postponed() || self.outputs.is_holding() {
            self.send_postponed();
        }
    }

    /// Whether what is to be told waits for the disk.
    pub fn is_holding(&self) -> bool {
        self.outputs.is_holding() || self.beacons.is_waiting()
    }

    /// Sends what waits, once a commit is done where there is something to be kept.
    fn send_postponed(&mut self) {
        let holding = self.holding();
        if self.outputs.commit() {
            self.beacons.await_commit(holding);
        } else {
            let Listeners { targets, flags } = self.beacons.take_postponed();
            self.beacons.keep(holding.clone());
            self.sign_beacon(&holding, targets, flags);
        }
    }

    /// What a beacon would say that is held.
    pub(super) fn holding(&mut self) -> Holding {
        let ack = |log: LogId| Ack { log, seq: self.archive.confirmed(log) };
        let acks = self.beacons.acknowledged().map(ack).collect();
        let logs = u32::try_from(self.archive.len()).unwrap_or(u32::MAX);
        Holding { root: self.archive.digest().root(), logs, acks }
    }

    /// Signs a beacon and sends it. It is signed only when it leaves: a counter that is lower than one that was heard tells
    /// nobody anything.
    fn sign_beacon(&mut self, holding: &Holding, targets: impl IntoIterator<Item = To>, more_flags: u8) {
        let (afar, here): (Vec<To>, Vec<To>) = targets.into_iter().partition(|&to| is_afar(to));
        for (targets, is_afar) in [(here, false), (afar, true)].into_iter().filter(|(targets, _)| !targets.is_empty()) {
            let beacon = self.make_beacon(holding.clone(), more_flags, is_afar);
            let (bytes, signature) = wire::sign_beacon(self.own.identity(), self.id, &beacon);
            let beacon = Signed { bytes: &bytes, signature };
            self.send_to_all(&targets, &Frame::Beacon { via: Via::Author, beacon });
        }
    }

    /// What is said here and what is said at a broker differ in how often that is, and in who is heard there.
    fn make_beacon(&mut self, Holding { root, logs, acks }: Holding, more_flags: u8, is_afar: bool) -> Beacon {
        let now = self.now.moment;
        let (interval, hears) = if is_afar {
            (Afar::interval(self.presence.clients_len()), self.presence.heard_afar_of_late(now))
        } else {
            (self.interval(), self.presence.heard_of_late(now))
        };
        let is_heard = self.beacons.hears_multicast(self.interval(), now);
        let mut flags = more_flags;
        flags |= if is_heard { flags::HEARS_MULTICAST } else { 0 };
        flags |= if is_afar { flags::AFAR } else { 0 };
        flags |= if self.own.is_away() { flags::AWAY } else { 0 };
        flags |= if self.own.is_temporary() { flags::TEMPORARY } else { 0 };
        flags |= match self.kind {
            InstanceKind::Person => 0,
            InstanceKind::Passing => flags::PASSING,
            InstanceKind::Headless => flags::HEADLESS,
        };
        Beacon {
            author: self.own.author(),
            run: self.own.run(),
            counter: self.beacons.next_counter(),
            time: self.own.stamp(self.now.wall),
            nick: self.own.nick().to_owned(),
            flags,
            interval: u8::try_from(interval.as_secs()).unwrap_or(u8::MAX),
            root,
            logs,
            prekey: self.private.prekey(),
            moved: self.superseded.since().map_or(0, |since| since.0),
            acks,
            hears,
        }
    }
}

/// Whether it is for somebody at a broker.
fn is_afar(to: To) -> bool {
    match to {
        To::Afar => true,
        To::Address(address) => is_inbox(address),
        To::Lan | To::LanBeyond(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::time::{Moment, Now};
    use crate::chat::peers::presence::tests::{at, beacon, log};
    use crate::chat::room::Out;
    use crate::chat::room::show::tests::room;

    /// It was used once 24 s had passed when a beacon was due, which may be six seconds later.
    #[test]
    fn in_a_small_room_a_way_is_used_before_a_firewall_forgets_it() {
        let (mut room, there) = (room(1, 1, None), SocketAddr::from(([10, 0, 0, 1], 1)));
        let (mut last, mut gaps) = (Moment::START, Vec::new());
        for round in 0..24 {
            let hears = Beacon { flags: flags::HEARS_MULTICAST, interval: 120, ..beacon(1, round + 1) };
            assert!(room.presence.come(1, hears, 1, at(round * 400)));
            room.presence.admit(log(1), 0, at(round * 400).moment);
            while let Some((moment, _)) = room.deadline().filter(|&(due, _)| due <= at((round + 1) * 400).moment) {
                room.tick(Now { moment, ..Now::default() });
                while let Some(out) = room.poll() {
                    if matches!(out, Out::Send(To::Address(to), _) if to == there) {
                        gaps.push(moment.since(std::mem::replace(&mut last, moment)));
                    }
                }
            }
        }
        assert!(gaps.iter().all(|gap| gap.as_millis() < 28_000), "{:?}", gaps.iter().max());
        assert!(gaps.len() < 24 * 400 / 20, "and no more often than it takes: {}", gaps.len());
    }
}
