//! Who is here, at which addresses, and what they have confirmed.

mod afar;
mod near;
mod silence;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use crate::chat::api::machine::Network;
use crate::chat::base::bytes::Bytes;
use crate::chat::base::limits::{ADDRESSES_MAX, CLOCK_AHEAD_MAX, KNOWN_AFTER, PEERS_MAX};
use crate::chat::base::time::{Moment, Now, Wall, millis};
use crate::chat::keys::identity::{Author, LogId};
use crate::chat::peers::counters::Counters;
use crate::chat::peers::expiries::Expiries;
use crate::chat::peers::peer::Peer;
use crate::chat::wire::frame::{ACKS_MAX, Beacon, HEARS_MAX, Hears, Signed, flags};

/// What a beacon was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sighting {
    /// Of an instance that was not known.
    First,
    /// Newer than what was known.
    Fresh,
    /// The one already known, perhaps from another address.
    Again,
    /// Older than what was known, or of an instance that is gone.
    Old,
    /// There is no room for one more.
    Full,
}

/// Everybody in one room, and whoever left it of late.
#[derive(Debug)]
pub struct Presence {
    /// My own log, which is never forgotten among what somebody has confirmed.
    me: LogId,
    peers: BTreeMap<LogId, Peer>,
    at: BTreeMap<SocketAddr, LogId>,
    expiries: Expiries,
    present: usize,
    /// Who is present and not near.
    far: BTreeSet<LogId>,
    /// Who was heard by multicast, by the network of ours where that was.
    networks: BTreeMap<Network, BTreeSet<LogId>>,
    /// Who is present and near, and does not hear all who are: there is more than one network here.
    apart: BTreeSet<LogId>,
    at_broker: afar::Heard,
    /// The last counters of whoever is gone, so that a captured beacon brings nobody back.
    counters: Counters,
    /// Whose turn it is to be named in `hears`.
    turn: usize,
}

/// A beacon whose signature is right.
#[derive(Debug)]
pub struct Arrived<'a> {
    /// Of which instance.
    pub log: LogId,
    /// What it says.
    pub beacon: Beacon,
    /// As it came.
    pub signed: Signed<'a>,
    /// Who sent it.
    pub from: SocketAddr,
    /// That is somebody else, who passed it on.
    pub is_via: bool,
}

impl Presence {
    /// Nobody is here but the instance that writes `me`.
    pub fn new(me: LogId) -> Self {
        Self {
            me,
            peers: BTreeMap::new(),
            at: BTreeMap::new(),
            expiries: Expiries::default(),
            present: 0,
            far: BTreeSet::new(),
            networks: BTreeMap::new(),
            apart: BTreeSet::new(),
            at_broker: afar::Heard::default(),
            counters: Counters::default(),
            turn: 0,
        }
    }

    /// My own log is another one from now on.
    pub fn set_own(&mut self, me: LogId) {
        self.me = me;
    }

    /// Everybody who is here, in the order of their logs.
    pub fn present(&self) -> impl Iterator<Item = &Peer> {
        self.peers.values().filter(|peer| peer.is_present)
    }

    /// Everybody whose word is waited for: of somebody who started again that of the later run.
    pub fn counted(&self) -> impl Iterator<Item = &Peer> {
        self.present().filter(|peer| !peer.is_replaced)
    }

    /// Everybody who is known, here or not, in the order of their logs.
    pub fn all(&self) -> impl Iterator<Item = &Peer> {
        self.peers.values()
    }

    /// The same as those present, to be changed.
    pub fn present_mut(&mut self) -> impl Iterator<Item = &mut Peer> {
        self.peers.values_mut().filter(|peer| peer.is_present)
    }

    /// How many are here.
    pub fn len(&self) -> usize {
        self.present
    }

    /// Whether nobody is.
    pub fn is_empty(&self) -> bool {
        self.present == 0
    }

    /// How many are known, here or not, for whoever checks the bounds.
    pub fn known(&self) -> usize {
        self.peers.len().max(self.expiries.len())
    }

    /// At how many addresses somebody is known to be.
    pub fn addresses(&self) -> usize {
        self.at.len()
    }

    /// How many counters of those who are gone are remembered.
    pub fn counters(&self) -> usize {
        self.counters.len()
    }

    /// How many others the one who hears most of them says that it hears.
    pub fn heard_most(&self) -> usize {
        self.peers.values().map(|peer| peer.hears.len()).max().unwrap_or(0)
    }

    /// An instance.
    pub fn peer(&self, log: LogId) -> Option<&Peer> {
        self.peers.get(&log)
    }

    /// The same, to be changed.
    pub fn peer_mut(&mut self, log: LogId) -> Option<&mut Peer> {
        self.peers.get_mut(&log)
    }

    /// The instance at an address.
    pub fn at(&self, address: SocketAddr) -> Option<&Peer> {
        self.peers.get(self.at.get(&address)?)
    }

    /// Whether somebody who is here is at this address.
    pub fn is_live(&self, address: SocketAddr) -> bool {
        self.at(address).is_some_and(|peer| peer.is_present)
    }

    /// What a beacon with this counter would be, before its signature is looked at.
    pub fn sight(&self, log: LogId, beacon: &Beacon, signed: Signed<'_>) -> Sighting {
        match (self.peers.get(&log), self.counters.of(log)) {
            (Some(peer), _) if beacon.counter > peer.counter => Sighting::Fresh,
            (Some(peer), _) if beacon.counter == peer.counter && peer.beacon() == signed => Sighting::Again,
            (Some(_), _) => Sighting::Old,
            (None, Some(counter)) if beacon.counter <= counter => Sighting::Old,
            (None, _) => Sighting::First,
        }
    }

    /// The beacon already known came from an address of its instance again.
    pub fn hear_again(&mut self, log: LogId, from: SocketAddr, now: Moment) {
        if let Some(peer) = self.peers.get_mut(&log).filter(|peer| peer.is_at(from)) {
            peer.hear(from, false, now);
        }
    }

    /// Whoever is at an address is spoken to by the name of the instance that is here, before one that only may be.
    fn take_place(&mut self, log: LogId, author: Author, from: SocketAddr) {
        if self.at(from).is_none_or(|other| !other.is_present || other.author == author) {
            self.at.insert(from, log);
        }
    }

    /// Whether an instance is known to receive at an address.
    pub fn is_at(&self, log: LogId, address: SocketAddr) -> bool {
        self.peers.get(&log).is_some_and(|peer| peer.is_at(address))
    }

    /// A beacon of an instance came directly from `from`, and whoever is there has proven to receive there. `is_fresh`: a
    /// newer one, which alone moves an address.
    pub fn add_address(&mut self, log: LogId, from: SocketAddr, is_fresh: bool, now: Moment) {
        if let Some(peer) = self.peers.get_mut(&log) {
            let before = peer.inbox().filter(|&before| before != from);
            let was_afar = peer.is_afar();
            peer.hear(from, is_fresh, now);
            if was_afar && !peer.is_afar() {
                peer.grant(&mut self.expiries, now);
            }
            self.at.insert(from, log);
            self.forget_inbox(log, before);
            self.trim_addresses(log);
            self.sort(log);
        }
    }

    /// Something that is no beacon came directly from `from`.
    pub fn hear_from(&mut self, from: SocketAddr, now: Moment) {
        let Some(peer) = self.at.get(&from).and_then(|log| self.peers.get_mut(log)) else { return };
        peer.heard = now;
        if let Some(place) = peer.places.iter_mut().find(|place| place.address == from) {
            place.heard = now;
        }
        if peer.is_afar() && peer.expires < peer.afar_until {
            let until = peer.afar_until;
            peer.expire_at(&mut self.expiries, until); // it was asked whether it is there, and is
        }
    }

    /// Takes a beacon. There are `own` own entries: who acknowledges more acknowledges nothing. Says the nick it had before where that changed. An address
    /// beside the one known is not its own by this: see [`add_address`](Self::add_address).
    pub fn take(&mut self, arrived: Arrived<'_>, own: u64, now: Now) -> Result<Option<String>, Sighting> {
        let Arrived { log, beacon, signed, from, is_via } = arrived;
        let is_first = !self.peers.contains_key(&log);
        if is_first && !self.make_space(now.moment) {
            return Err(Sighting::Full);
        }
        let wall = i64::try_from(now.wall.0).unwrap_or(i64::MAX);
        let near = self.present - self.far.len();
        let peer = self.peers.entry(log).or_insert_with(|| Peer::unseen(log, &beacon, now.moment));
        let interval = Duration::from_secs(beacon.interval.max(1).into());
        let is_renamed = !is_first && peer.nick != beacon.nick;
        let before = std::mem::replace(&mut peer.nick, beacon.nick);
        peer.flags = beacon.flags;
        peer.is_replaced = false;
        peer.moved = (beacon.moved > 0).then_some(Wall(beacon.moved));
        peer.root = beacon.root;
        let is_afar = beacon.flags & flags::AFAR != 0;
        if is_afar {
            (peer.hears_afar, peer.afar_interval) = (beacon.hears, interval);
            peer.afar_until = now.moment.after(interval * 7 / 2);
        } else {
            (peer.hears, peer.interval) = (beacon.hears, interval);
            peer.listed = now.moment;
        }
        peer.has_heard_me |= peer.knows(self.me);
        peer.counter = beacon.counter;
        peer.ahead_ms = i64::try_from(beacon.time.wall().0).unwrap_or(i64::MAX).saturating_sub(wall);
        peer.beacon = (signed.bytes.into(), signed.signature);
        let last = beacon.acks.clone().into_iter().map(|ack| ack.log);
        peer.names_me = beacon.acks.iter().any(|ack| ack.log == self.me);
        for ack in beacon.acks.into_iter().filter(|ack| ack.log != self.me || ack.seq <= own) {
            let acked = peer.acks.entry(ack.log).or_default();
            if ack.log == self.me && ack.seq > *acked {
                peer.progressed = now.moment;
            }
            *acked = ack.seq.max(*acked);
        }
        if peer.acks.len() > 2 * ACKS_MAX {
            let last: BTreeSet<LogId> = last.collect();
            peer.acks.retain(|acked, _| last.contains(acked) || *acked == self.me);
        }
        if peer.is_apart(near, now.moment) {
            self.apart.insert(log);
        } else {
            self.apart.remove(&log);
        }
        if is_via {
            if peer.places.is_empty() {
                peer.heard = now.moment;
                peer.via = Some(from);
            } else if now.moment.since(peer.heard) > interval * 2 {
                peer.via = Some(from);
            }
        } else if is_first || peer.is_at(from) {
            peer.beacons = peer.beacons.saturating_add(1);
            let before = peer.inbox().filter(|&before| before != from);
            peer.hear(from, true, now.moment);
            let author = peer.author;
            self.take_place(log, author, from);
            self.forget_inbox(log, before);
        }
        if let Some(peer) = self.peers.get_mut(&log)
            && (!is_afar || peer.is_afar())
        {
            peer.grant(&mut self.expiries, now.moment); // what it says at the broker says nothing of it here
        }
        if !is_afar {
            self.expire_inbox(log, now.moment);
        }
        self.sort(log);
        Ok(is_renamed.then_some(before))
    }

    /// Whether an instance may count as here, its address being proven or passed on: it knows of us, or its clock is that
    /// of the others. So a beacon that was captured long ago makes no ghost.
    pub fn is_credible(&self, peer: &Peer) -> bool {
        let mut ahead: Vec<i64> = self.present().map(|peer| peer.ahead_ms).chain([0]).collect();
        let middle = ahead.len() / 2;
        let median = *ahead.select_nth_unstable(middle).1;
        peer.knows(self.me) || peer.ahead_ms.abs_diff(median) <= millis(CLOCK_AHEAD_MAX)
    }

    /// From now on the instance is here; so many own entries there were before. Other runs of its author are so only if they are heard again.
    pub fn admit(&mut self, log: LogId, said_before: u64, now: Moment) {
        let author = self.peers.get(&log).map(|peer| peer.author);
        for other in self.peers.values_mut().filter(|other| Some(other.author) == author && other.log != log) {
            other.is_replaced = true;
        }
        let Some(peer) = self.peers.get_mut(&log).filter(|peer| !peer.is_present) else { return };
        peer.is_present = true;
        peer.said_before = said_before;
        peer.progressed = now;
        peer.since = now;
        self.present += 1;
        if !peer.is_near {
            self.far.insert(log);
        }
        self.sort(log);
    }

    /// The instance is gone. Says who it was, if it was here.
    pub fn remove(&mut self, log: LogId, now: Moment) -> Option<Peer> {
        let peer = self.peers.remove(&log)?;
        self.expiries.remove(log, peer.expires);
        for place in &peer.places {
            if self.at.get(&place.address) == Some(&log) {
                self.at.remove(&place.address);
            }
        }
        self.counters.remember(log, peer.counter, now);
        self.present -= usize::from(peer.is_present);
        self.far.remove(&log);
        self.apart.remove(&log);
        self.leave_networks(log, &peer.networks);
        self.sort(log);
        peer.is_present.then_some(peer)
    }

    /// Other runs of the same author at the address of `log`: they were replaced by it.
    pub fn replaced_by(&self, log: LogId) -> Vec<LogId> {
        let Some(peer) = self.peers.get(&log) else { return Vec::new() };
        let Some(address) = peer.address() else { return Vec::new() };
        let is_replaced =
            |other: &&Peer| other.log != log && other.author == peer.author && other.address() == Some(address);
        self.peers.values().filter(is_replaced).map(|other| other.log).collect()
    }

    /// The beginnings of the logs of those heard directly of late, other ones each time where they are many.
    pub fn heard_of_late(&mut self, now: Moment) -> Vec<Hears> {
        let is_here = |peer: &&Peer| !peer.places.is_empty() && !peer.is_afar();
        let is_heard = |peer: &&Peer| is_here(peer) && now.since(peer.heard) < peer.interval * 7 / 2;
        let heard: Vec<Hears> = self.peers.values().filter(is_heard).map(|peer| Bytes::first_of(&peer.log.0)).collect();
        self.some_of(heard)
    }

    /// The same of those heard at the broker.
    pub fn heard_afar_of_late(&mut self, now: Moment) -> Vec<Hears> {
        let is_heard = |peer: &&Peer| peer.inbox().is_some() && now <= peer.afar_until;
        let heard: Vec<Hears> = self.peers.values().filter(is_heard).map(|peer| Bytes::first_of(&peer.log.0)).collect();
        self.some_of(heard)
    }

    /// As many as a beacon names.
    fn some_of(&mut self, heard: Vec<Hears>) -> Vec<Hears> {
        if heard.len() <= HEARS_MAX {
            return heard;
        }
        self.turn = (self.turn + HEARS_MAX) % heard.len();
        heard.iter().cycle().skip(self.turn).take(HEARS_MAX).copied().collect()
    }

    /// An address of a peer that was crowded out is nobody's.
    fn trim_addresses(&mut self, log: LogId) {
        let Some(peer) = self.peers.get(&log) else { return };
        if self.at.len() > self.peers.len() * ADDRESSES_MAX {
            let places: Vec<SocketAddr> = peer.places.iter().map(|place| place.address).collect();
            self.at.retain(|address, owner| *owner != log || places.contains(address));
        }
    }

    fn make_space(&mut self, now: Moment) -> bool {
        if self.peers.len() < PEERS_MAX {
            return true;
        }
        let is_stranger = |peer: &&Peer| !peer.is_present || now.since(peer.since) < KNOWN_AFTER;
        let oldest = self.peers.values().filter(is_stranger).min_by_key(|peer| (peer.is_present, peer.heard));
        let Some(log) = oldest.map(|peer| peer.log) else { return false };
        self.remove(log, now);
        true
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::chat::base::limits::{COUNTERS_KEPT_FOR, COUNTERS_MAX, MULTICAST_HEARD_FOR, NETWORKS_MAX};
    use crate::chat::base::time::Stamp;
    use crate::chat::keys::identity::Signature;
    use crate::chat::wire::frame::Ack;

    pub(crate) fn log(number: usize) -> LogId {
        Bytes((number << 32).to_be_bytes())
    }

    fn address(number: usize) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, 1], u16::try_from(number).expect("a port")))
    }

    pub(crate) fn at(seconds: u64) -> Now {
        Now { moment: Moment::since_start(Duration::from_secs(seconds)), wall: Wall(0) }
    }

    const SIGNED: Signed<'_> = Signed { bytes: &[], signature: Signature::ZERO };

    pub(crate) fn beacon(number: usize, counter: u64) -> Beacon {
        let mut author = Author::ZERO;
        author.0[..8].copy_from_slice(&number.to_be_bytes());
        Beacon {
            author,
            run: Bytes([1; 8]),
            counter,
            time: Stamp::ZERO,
            nick: "tim".to_owned(),
            flags: 0,
            interval: 5,
            root: Bytes::ZERO,
            logs: 0,
            prekey: Bytes::ZERO,
            moved: 0,
            acks: Vec::new(),
            hears: vec![Bytes([1; 4]); number % 8],
        }
    }

    impl Presence {
        /// A beacon of somebody comes from its own address.
        pub(crate) fn greet(&mut self, number: usize, counter: u64, now: Now) -> bool {
            self.come(number, beacon(number, counter), number, now)
        }

        /// A beacon of an instance comes from this address. There are five own entries.
        pub(crate) fn come(&mut self, number: usize, beacon: Beacon, from: usize, now: Now) -> bool {
            self.pass(number, beacon, (address(from), false), now)
        }

        /// As above, or it was passed on.
        fn pass(&mut self, number: usize, beacon: Beacon, (from, is_via): (SocketAddr, bool), now: Now) -> bool {
            let log = log(number);
            let is_new = matches!(self.sight(log, &beacon, SIGNED), Sighting::First | Sighting::Fresh);
            is_new && self.take(Arrived { log, beacon, signed: SIGNED, from, is_via }, 5, now).is_ok()
        }
    }

    #[test]
    fn a_beacon_is_newer_the_same_or_older_by_its_counter_and_its_bytes() {
        let mut presence = Presence::new(log(0));
        let other = Signed { bytes: &[1], ..SIGNED };
        let sight = |presence: &Presence, counter, signed| presence.sight(log(7), &beacon(7, counter), signed);
        assert_eq!(sight(&presence, 5, SIGNED), Sighting::First);
        assert!(presence.greet(7, 5, at(0)));
        let seen = [(4, SIGNED), (5, SIGNED), (5, other), (6, SIGNED)]
            .map(|(counter, signed)| sight(&presence, counter, signed));
        assert_eq!(seen, [Sighting::Old, Sighting::Again, Sighting::Old, Sighting::Fresh]);
        assert_eq!(presence.heard_most(), 7);
        presence.remove(log(7), at(0).moment);
        assert_eq!(
            [4, 5, 6].map(|counter| sight(&presence, counter, SIGNED)),
            [Sighting::Old, Sighting::Old, Sighting::First]
        );
    }

    #[test]
    fn nobody_confirms_what_was_not_said_and_what_was_confirmed_stays_so() {
        let mut presence = Presence::new(log(0));
        let mut confirm = |counter: u64, acks: Vec<(usize, u64)>| {
            let acks = acks.into_iter().map(|(of, seq)| Ack { log: log(of), seq }).collect();
            presence.come(1, Beacon { acks, ..beacon(1, counter) }, 1, at(0));
            let peer = presence.peer(log(1)).expect("it came");
            (peer.acked(log(0)), peer.acked(log(9)), peer.acks.len(), peer.names_me)
        };
        assert_eq!(confirm(1, vec![(0, 6), (9, 1 << 40)]), (0, 1 << 40, 1, true), "there are five entries");
        assert_eq!(confirm(2, vec![(0, 5)]), (5, 1 << 40, 2, true));
        assert_eq!(confirm(3, vec![(0, 4), (9, 3)]), (5, 1 << 40, 2, true));
        for (counter, first) in (4..40).zip((1000..).step_by(ACKS_MAX)) {
            let others = (first..first + ACKS_MAX).map(|of| (of, 1)).collect();
            let (mine, _, held, names_me) = confirm(counter, others);
            assert!(mine == 5 && held <= 2 * ACKS_MAX + 1 && !names_me, "{mine} {held} {names_me}");
        }
        assert_eq!(confirm(40, Vec::new()).1, 0, "it was long ago");
    }

    #[test]
    fn who_confirms_more_makes_progress() {
        let mut presence = Presence::new(log(0));
        let mut progressed = |seconds: u64, of: usize, seq: u64| {
            let beacon = Beacon { acks: vec![Ack { log: log(of), seq }], ..beacon(1, seconds) };
            assert!(presence.come(1, beacon, 1, at(seconds)));
            presence.peer(log(1)).expect("it came").progressed
        };
        let told = [(1, 9, 4), (5, 0, 3), (6, 0, 3), (7, 9, 40), (8, 0, 2), (9, 0, 4)];
        let times = told.map(|(seconds, of, seq)| progressed(seconds, of, seq));
        assert_eq!(times, [1, 5, 5, 5, 5, 9].map(|seconds| at(seconds).moment));
    }

    #[test]
    fn who_is_heard_directly_is_reached_through_another_only_once_that_is_over() {
        let (mut presence, other) = (Presence::new(log(0)), address(7));
        assert!(presence.come(1, beacon(1, 1), 1, at(0)));
        let mut via = |counter: u64, seconds: u64| {
            assert!(presence.pass(1, beacon(1, counter), (other, true), at(seconds)));
            presence.peer(log(1)).expect("it came").via
        };
        assert_eq!([via(2, 5), via(3, 10), via(4, 11)], [None, None, Some(other)], "its interval is 5 s");
        assert!(presence.come(1, beacon(1, 5), 1, at(12)));
        assert_eq!(presence.peer(log(1)).and_then(|peer| peer.via), None);
        assert!(presence.pass(2, beacon(2, 1), (other, true), at(0)));
        assert_eq!(presence.peer(log(2)).and_then(|peer| peer.via), Some(other), "that one never was");
    }

    #[test]
    fn of_two_runs_of_somebody_the_later_one_counts() {
        let mut presence = Presence::new(log(0));
        for run in [1, 2, 3] {
            let author = if run == 3 { 3 } else { 1 };
            assert!(presence.come(run, beacon(author, 1), run, at(0)));
            presence.admit(log(run), 0, at(0).moment);
        }
        let counted = |presence: &Presence| presence.counted().map(|peer| peer.log).collect::<Vec<_>>();
        assert_eq!((counted(&presence), presence.len()), (vec![log(2), log(3)], 3));
        assert!(presence.come(1, beacon(1, 2), 1, at(1)));
        assert_eq!(counted(&presence), [log(1), log(2), log(3)], "it is heard again");
    }

    #[test]
    fn who_was_not_listened_to_has_as_long_again() {
        let mut presence = Presence::new(log(0));
        assert!(presence.greet(1, 1, at(0)));
        let silent_for = |seconds: u64| at(seconds).moment.after(Duration::from_millis(17_500));
        assert_eq!(presence.deadline(), Some(silent_for(0)), "three and a half intervals");
        presence.forgive(at(10).moment);
        assert_eq!((presence.deadline(), presence.next_lost(at(27).moment)), (Some(silent_for(10)), None));
        assert_eq!(presence.next_lost(at(28).moment), Some(log(1)));
    }

    #[test]
    fn while_no_other_machine_can_be_reached_nobody_there_is_lost() {
        let (mut presence, lost) =
            (Presence::new(log(0)), |presence: &mut Presence, second| presence.next_lost(at(second).moment));
        assert!(presence.greet(1, 1, at(0)));
        let here = SocketAddr::from(([127, 0, 0, 1], 9));
        let arrived = Arrived { log: log(2), beacon: beacon(2, 1), signed: SIGNED, from: here, is_via: false };
        assert_eq!(presence.take(arrived, 0, at(0)), Ok(None));
        presence.set_offline(true, at(1).moment);
        assert_eq!(lost(&mut presence, 18), Some(log(2)), "of this machine");
        presence.remove(log(2), at(18).moment);
        assert_eq!((lost(&mut presence, 18), lost(&mut presence, 3600)), (None, None));
        presence.set_offline(false, at(3600).moment);
        assert_eq!((lost(&mut presence, 3617), lost(&mut presence, 3618)), (None, Some(log(1))));
    }

    #[test]
    fn an_address_is_of_whoever_is_here_until_that_one_is_gone() {
        let mut presence = Presence::new(log(0));
        assert!(presence.greet(1, 1, at(0)));
        let whose = |presence: &Presence| presence.at(address(1)).map(|peer| peer.log);
        assert!(presence.come(2, beacon(2, 1), 1, at(0)));
        assert_eq!(whose(&presence), Some(log(2)), "nobody is here yet");
        presence.admit(log(2), 0, at(0).moment);
        assert!(presence.come(3, beacon(3, 1), 1, at(0)));
        assert_eq!(whose(&presence), Some(log(2)), "somebody is");
        assert!(presence.come(4, beacon(2, 1), 1, at(0)));
        assert_eq!(whose(&presence), Some(log(4)), "it started again");
        assert_eq!(presence.replaced_by(log(4)), [log(2)]);
        assert!(presence.come(5, beacon(2, 1), 7, at(0)));
        assert_eq!(presence.replaced_by(log(5)), [], "that one is elsewhere");
        presence.remove(log(4), at(0).moment);
        assert_eq!(whose(&presence), None);
    }

    #[test]
    fn strangers_make_room_for_each_other_and_nobody_who_is_known_for_them() {
        let mut presence = Presence::new(log(0));
        for known in 1..=10 {
            assert!(presence.greet(known, 1, at(0)));
            presence.admit(log(known), 0, at(0).moment);
        }
        let later = at(KNOWN_AFTER.as_secs());
        assert!((100..3000).all(|stranger| presence.greet(stranger, 1, later)));
        assert_eq!((presence.known(), presence.len()), (PEERS_MAX, 10));
        assert_eq!(presence.addresses(), PEERS_MAX);
        assert!((1..=10).all(|known| presence.is_live(address(known))));
        let mut full = Presence::new(log(0));
        (1..=PEERS_MAX).for_each(|known| {
            full.greet(known, 1, at(0));
            full.admit(log(known), 0, at(0).moment);
        });
        assert!(full.greet(5000, 1, at(1)), "nobody is known for long");
        full.admit(log(5000), 0, at(1).moment);
        assert!(!full.greet(5001, 1, at(2 + KNOWN_AFTER.as_secs())), "all are");
    }

    #[test]
    fn a_beacon_of_whoever_is_gone_brings_nobody_back_as_long_as_that_is_remembered() {
        let mut presence = Presence::new(log(0));
        let mut pass = |number: usize, counter, seconds| {
            let is_taken = presence.greet(number, counter, at(seconds));
            presence.remove(log(number), at(seconds).moment);
            (is_taken, presence.counters())
        };
        assert_eq!(pass(1, 7, 0), (true, 1));
        assert_eq!([pass(1, 6, 0), pass(1, 7, 0), pass(1, 8, 0)].map(|(is_taken, _)| is_taken), [false, false, true]);
        assert_eq!((2..=COUNTERS_MAX + 1).map(|number| pass(number, 1, 0).1).max(), Some(COUNTERS_MAX));
        assert_eq!(pass(1, 1, 0), (true, COUNTERS_MAX), "it was forgotten for others");
        let day = COUNTERS_KEPT_FOR.as_secs();
        assert_eq!((pass(1, 1, day).0, pass(7, 1, day + 1)), (false, (false, COUNTERS_MAX)));
        assert_eq!(pass(9000, 1, day + 1), (true, 1), "all were forgotten");
    }

    #[test]
    fn somebody_is_at_so_many_addresses_and_at_no_more() {
        let mut presence = Presence::new(log(0));
        assert!(presence.greet(1, 1, at(0)) && presence.greet(2, 1, at(0)));
        (10..500).for_each(|more| presence.add_address(log(1), address(more), false, at(0).moment));
        assert_eq!(presence.peer(log(1)).map(|peer| peer.places.len()), Some(ADDRESSES_MAX));
        assert!(presence.addresses() <= 2 * ADDRESSES_MAX, "{}", presence.addresses());
        assert!(presence.is_at(log(1), address(1)) && presence.is_at(log(2), address(2)), "their own stay");
        assert!(!presence.is_at(log(2), address(1)));
    }

    #[test]
    fn who_was_heard_of_late_is_named_in_turn() {
        let mut presence = Presence::new(log(0));
        (1..=40).for_each(|number| assert!(presence.greet(number, 1, at(0))));
        assert!(presence.greet(50, 1, at(20)));
        let named: Vec<Vec<Hears>> = (0..4).map(|_| presence.heard_of_late(at(1).moment)).collect();
        assert!(named.iter().all(|names| names.len() == HEARS_MAX), "{named:?}");
        let all: BTreeSet<Hears> = named.into_iter().flatten().collect();
        assert_eq!(all.len(), 41, "each is named before long");
        assert_eq!(presence.heard_of_late(at(20).moment), [Bytes::first_of(&log(50).0)], "the rest was silent");
        assert!(presence.heard_of_late(at(20).moment.after(MULTICAST_HEARD_FOR * 9)).is_empty());
    }

    #[test]
    fn who_is_heard_on_one_network_of_ours_is_not_heard_on_another_unless_somebody_there_says_so() {
        let mut presence = Presence::new(log(0));
        let come = |presence: &mut Presence, number: usize, counter, hears: &[usize], networks: &[u32]| {
            let hears = hears.iter().map(|&other| Bytes::first_of(&log(other).0)).collect();
            assert!(presence.come(number, Beacon { hears, ..beacon(number, counter) }, number, at(counter)));
            presence.admit(log(number), 0, at(counter).moment);
            for &network in networks {
                presence.note_near(log(number), Some(Network(network)));
            }
        };
        let unheard = |presence: &Presence| [1, 2, 3].map(|number| presence.is_unheard_by_some(log(number)));
        come(&mut presence, 1, 1, &[], &[7]);
        come(&mut presence, 2, 1, &[], &[7]);
        assert_eq!(unheard(&presence), [false; 3], "there is one network");
        come(&mut presence, 3, 1, &[], &[8]);
        assert_eq!(unheard(&presence), [true; 3], "at once");
        let beside = |presence: &Presence, of| presence.is_unheard_beside(log(1), Network(of));
        assert!(!beside(&presence, 8) && beside(&presence, 9), "it was passed on there, or elsewhere");
        come(&mut presence, 3, 2, &[1, 2], &[]);
        assert_eq!(unheard(&presence), [false, false, true], "a bridge that we do not see joins them, one way");
        come(&mut presence, 1, 2, &[], &[8, 9, 10, 11]);
        assert_eq!(unheard(&presence), [false, false, true], "1 hears both, and 2 still lacks 3");
        assert_eq!(presence.peer(log(1)).map(|peer| peer.networks.len()), Some(NETWORKS_MAX));
        (1..=3).for_each(|number| drop(presence.remove(log(number), at(3).moment)));
        assert_eq!(presence.networks.len(), 0);
    }

    /// Two cards of one machine: whoever is by the one does not hear who is by the other.
    #[test]
    fn who_is_near_and_does_not_hear_all_who_are_is_on_another_network() {
        let mut presence = Presence::new(log(0));
        let me: Hears = Bytes::first_of(&log(0).0);
        let hears = |others: &[usize]| -> Vec<Hears> {
            others.iter().map(|&other| Bytes::first_of(&log(other).0)).chain([me]).collect()
        };
        let beacons = |presence: &mut Presence, second: u64, lists: [&[usize]; 3]| {
            for (number, list) in (1..=3).zip(lists) {
                let said = Beacon { hears: hears(list), ..beacon(number, second + 1) };
                assert!(presence.come(number, said, number, at(second)));
                presence.admit(log(number), 0, at(second).moment);
                presence.note_near(log(number), None);
            }
        };
        let unheard = |presence: &Presence| [1, 2, 3].map(|number| presence.is_unheard_by_some(log(number)));
        beacons(&mut presence, 0, [&[], &[], &[]]);
        beacons(&mut presence, 5, [&[2], &[1], &[]]);
        assert_eq!(unheard(&presence), [false; 3], "all of them came just now");
        beacons(&mut presence, 10, [&[2], &[1], &[]]);
        assert_eq!(unheard(&presence), [true; 3], "1 and 2 hear each other and not 3, who hears neither");
        beacons(&mut presence, 15, [&[2, 3], &[1, 3], &[1, 2]]);
        assert_eq!(unheard(&presence), [false; 3], "everybody hears everybody");
    }
}
