//! One running instance: who it is, where it is, what it has said of itself.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use crate::chat::api::machine::Network;
use crate::chat::api::talk::InstanceKind;
use crate::chat::base::bytes::Bytes;
use crate::chat::base::inbox::is_inbox;
use crate::chat::base::limits::{
    ADDRESSES_MAX, DEAF_AFTER, DEAF_BEACONS, MULTICASTS_COUNTED, REMOTE_AFTER, ROAM_AFTER,
};
use crate::chat::base::time::{Moment, Wall};
use crate::chat::keys::identity::{Author, LogId, Run, Signature};
use crate::chat::peers::expiries::Expiries;
use crate::chat::wire::frame::{Beacon, HEARS_MAX, Hears, Root, Signed, flags};

/// One running instance.
#[derive(Debug)]
pub struct Peer {
    /// The name of the instance and its log.
    pub log: LogId,
    /// Who runs it.
    pub author: Author,
    /// Which run.
    pub run: Run,
    /// By its last beacon.
    pub nick: String,
    /// By its last beacon: see [`flags`].
    pub flags: u8,
    /// By its last beacon: since when it uses another secret of this room, where it does.
    pub moved: Option<Wall>,
    /// By its last beacon.
    pub root: Root,
    /// How far it has the logs that it acknowledged of late.
    pub acks: BTreeMap<LogId, u64>,
    /// Whom it hears directly, and whom at the broker.
    pub hears: Vec<Hears>,
    pub(super) hears_afar: Vec<Hears>,
    /// Counts as here: told to the user, waited for, sent to.
    pub is_present: bool,
    /// It was said to stay, though it only passes.
    pub stays: bool,
    /// A later run of its author came, and it was not heard since: whoever that is, speaks there.
    pub is_replaced: bool,
    /// Since when; of one that does not count as here, since when it is heard.
    pub since: Moment,
    /// So many beacons came directly from it.
    pub beacons: u32,
    /// It has said that it hears us.
    pub has_heard_me: bool,
    /// When something last came directly from it.
    pub heard: Moment,
    /// When it was first heard, how many of its beacons came by multicast, and the counter of the last of those.
    pub(super) first: Moment,
    pub(super) multicasts: u32,
    pub(super) last_multicast: u64,
    /// When it last said whom it hears.
    pub(super) listed: Moment,
    /// A multicast of it was heard, so it shares a network with us.
    pub is_near: bool,
    /// Which of ours that is, as far as it is known, each once.
    pub(super) networks: Vec<Network>,
    /// Whoever passes on its beacons, where none came directly.
    pub via: Option<SocketAddr>,
    /// When it last confirmed more of my own log, or began to lack something.
    pub progressed: Moment,
    /// How far it is known on disk to have confirmed my own log.
    pub persisted: u64,
    /// How many own entries there were before it came, or that it lacks was told: what was said since is to reach it.
    pub said_before: u64,
    /// When it was last told that something one said did not reach it.
    pub lost_told: Option<Moment>,
    /// Its last beacon says how far it has my own log.
    pub names_me: bool,
    /// When it was last sent a beacon of our own by unicast.
    pub told: Moment,
    pub(super) counter: u64,
    pub(super) interval: Duration,
    /// The same at the broker, and until when its last beacon there says that it is there.
    pub(super) afar_interval: Duration,
    pub(super) afar_until: Moment,
    /// The current one first.
    pub(super) places: Vec<HeardAt>,
    /// The last current address, used beside the current one until it is silent.
    previous: Option<SocketAddr>,
    pub(super) expires: Moment,
    /// How far its clock was ahead of ours, in milliseconds.
    pub(super) ahead_ms: i64,
    /// Its last beacon, to be passed on as it came.
    pub(super) beacon: (Rc<[u8]>, Signature),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct HeardAt {
    pub(super) address: SocketAddr,
    pub(super) heard: Moment,
}

impl Peer {
    /// It may be silent for three and a half of its intervals from now on: of those at the broker, where it is heard there
    /// alone.
    pub fn grant(&mut self, expiries: &mut Expiries, now: Moment) {
        let interval = if self.is_afar() { self.afar_interval } else { self.interval };
        self.expire_at(expiries, now.after(interval * 7 / 2));
    }

    /// It may be silent until then.
    pub(super) fn expire_at(&mut self, expiries: &mut Expiries, due: Moment) {
        expiries.postpone(self.log, std::mem::replace(&mut self.expires, due), due);
    }

    /// Where to send to: the current address, and the one before it while it is not silent.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        let current = self.places.first().map(|place| place.address);
        let previous = self.previous.filter(|&previous| {
            let is_recent =
                |place: &HeardAt| place.address == previous && self.heard.since(place.heard) < self.interval;
            Some(previous) != current && self.places.iter().any(is_recent)
        });
        current.into_iter().chain(previous)
    }

    /// The current address.
    pub fn address(&self) -> Option<SocketAddr> {
        self.places.first().map(|place| place.address)
    }

    /// The current address, where that is none at a broker: files pass there alone.
    pub fn direct_address(&self) -> Option<SocketAddr> {
        self.address().filter(|&address| !is_inbox(address))
    }

    /// Where it is reached at the broker.
    pub fn inbox(&self) -> Option<SocketAddr> {
        self.places.iter().map(|place| place.address).find(|&address| is_inbox(address))
    }

    /// Whether it is known through the broker alone, by itself or by whoever passes its beacons on.
    pub fn is_afar(&self) -> bool {
        match self.address() {
            Some(current) => is_inbox(current),
            None => self.flags & flags::AFAR != 0,
        }
    }

    /// Whether it is known to receive at an address.
    pub fn is_at(&self, address: SocketAddr) -> bool {
        self.places.iter().any(|place| place.address == address)
    }

    /// What it is here for.
    pub fn kind(&self) -> InstanceKind {
        match self.flags {
            flags if flags & flags::HEADLESS != 0 => InstanceKind::Headless,
            flags if flags & flags::PASSING != 0 && !self.stays => InstanceKind::Passing,
            _ => InstanceKind::Person,
        }
    }

    /// How far its clock was ahead of ours at its last beacon, in milliseconds.
    pub fn ahead_ms(&self) -> i64 {
        self.ahead_ms
    }

    /// How far it has a log.
    pub fn acked(&self, log: LogId) -> u64 {
        self.acks.get(&log).copied().unwrap_or(0)
    }

    /// Its last beacon, as it came.
    pub fn beacon(&self) -> Signed<'_> {
        Signed { bytes: &self.beacon.0, signature: self.beacon.1 }
    }

    /// The same, to be kept while other things change.
    pub fn last_beacon(&self) -> (Rc<[u8]>, Signature) {
        (Rc::clone(&self.beacon.0), self.beacon.1)
    }

    /// Whether it has said that it hears an instance, directly or at the broker.
    pub fn knows(&self, log: LogId) -> bool {
        self.hears(log) || self.hears_afar.contains(&Bytes::first_of(&log.0))
    }

    /// Whether it has said that it hears an instance by the way that an address of its own is of.
    pub fn knows_at(&self, address: SocketAddr, log: LogId) -> bool {
        let list = if is_inbox(address) { &self.hears_afar } else { &self.hears };
        list.contains(&Bytes::first_of(&log.0))
    }

    /// Whether it hears this instance directly.
    pub fn hears(&self, log: LogId) -> bool {
        self.hears.contains(&Bytes::first_of(&log.0))
    }

    /// Whether it has said often enough, while it was greeted and asked, whom it hears, and we never were among them.
    pub fn is_deaf(&self, now: Moment) -> bool {
        let is_whole = self.hears.len() < HEARS_MAX; // else others may have had their turn
        let is_long = self.beacons >= DEAF_BEACONS && now.since(self.since) >= DEAF_AFTER;
        !self.is_present && is_whole && is_long && !self.has_heard_me
    }

    /// How many of its beacons came by multicast, and how many it has sent so by its interval; `None`: it is too early to tell.
    pub fn multicasts(&self, now: Moment) -> Option<(u32, u32)> {
        let sent = now.since(self.first).as_millis() / self.interval.as_millis().max(1);
        let sent = u32::try_from(sent).unwrap_or(u32::MAX);
        (sent >= MULTICASTS_COUNTED && self.is_near).then(|| (self.multicasts.min(sent), sent))
    }

    /// Whether it is on a network of ours and says that it hears fewer than `near`, as many as are there beside it: on one network
    /// everybody hears everybody. A newcomer does not yet.
    pub(super) fn is_apart(&self, near: usize, now: Moment) -> bool {
        let is_whole = self.hears.len() < HEARS_MAX; // else others may have had their turn
        self.is_present
            && self.is_near
            && is_whole
            && self.hears.len() < near
            && now.since(self.since) >= self.interval * 2
    }

    /// The network of ours that it is on, where it is one and known.
    pub fn network(&self) -> Option<Network> {
        if let [network] = self.networks[..] { Some(network) } else { None }
    }

    /// Whether both are on known networks of ours and share none: neither hears what the other sends to everybody.
    pub fn is_on_other_network(&self, other: &Self) -> bool {
        let is_shared = |network: &Network| other.networks.contains(network);
        !self.networks.is_empty() && !other.networks.is_empty() && !self.networks.iter().any(is_shared)
    }

    /// Whether it said whom it hears once `other` was here long enough to be heard.
    pub(super) fn listed_after(&self, other: &Self) -> bool {
        self.listed >= other.since.after(other.interval * 2)
    }

    /// Whether it hears what is sent to everybody.
    pub fn hears_multicast(&self) -> bool {
        self.flags & flags::HEARS_MULTICAST != 0
    }

    /// Reaches us by unicast alone. Of one that hears multicasts, perhaps ours, the next beacon is waited for.
    pub fn is_remote(&self, now: Moment) -> bool {
        let settles = if self.hears_multicast() { self.interval * 3 / 2 } else { REMOTE_AFTER };
        let is_settled = now.since(self.since) >= settles || self.inbox().is_some();
        !self.is_near && !self.places.is_empty() && is_settled
    }

    /// Something came directly from `from`; `is_fresh`: a newer beacon, which alone moves an address.
    pub(super) fn hear(&mut self, from: SocketAddr, is_fresh: bool, now: Moment) {
        self.heard = now;
        self.via = None;
        let known = self.places.iter().position(|place| place.address == from);
        if known.is_none() && self.places.len() >= ADDRESSES_MAX {
            self.places.pop();
        }
        let index = known.unwrap_or(self.places.len());
        if known.is_none() {
            self.places.push(HeardAt { address: from, heard: now });
        }
        self.places[index].heard = now;
        if index > 0 && is_fresh && self.yields_to(from, now) {
            self.move_to(index);
        }
        if is_fresh && is_inbox(from) {
            self.forget_inboxes(Some(from)); // there is one at a time, and a beacon that is sent again moves none
        }
    }

    /// Whether the current address was silent for so long that another one takes its place. One at the broker yields at once.
    fn yields_to(&self, other: SocketAddr, now: Moment) -> bool {
        let Some(current) = self.places.first().filter(|current| !is_inbox(current.address)) else { return true };
        now.since(current.heard) > if is_inbox(other) { self.interval * 5 / 2 } else { ROAM_AFTER } // two beacons
    }

    /// It is not reached at the broker any more, but here.
    pub(super) fn forget_inboxes(&mut self, but: Option<SocketAddr>) {
        let stays = |address: SocketAddr| !is_inbox(address) || Some(address) == but;
        self.places.retain(|place| stays(place.address));
        self.previous = self.previous.filter(|&previous| stays(previous));
    }

    /// It is silent here: from now on it is reached at the broker.
    pub(super) fn fall_back(&mut self) {
        self.places.retain(|place| is_inbox(place.address));
        self.previous = None;
    }

    fn move_to(&mut self, index: usize) {
        self.previous = self.address();
        self.places.swap(0, index);
    }
}

impl Peer {
    /// An instance of which only this is known.
    pub(super) fn unseen(log: LogId, beacon: &Beacon, now: Moment) -> Self {
        Self {
            log,
            author: beacon.author,
            run: beacon.run,
            nick: beacon.nick.clone(),
            flags: 0,
            moved: None,
            root: Root::ZERO,
            acks: BTreeMap::new(),
            hears: Vec::new(),
            hears_afar: Vec::new(),
            is_present: false,
            stays: false,
            is_replaced: false,
            since: now,
            beacons: 0,
            has_heard_me: false,
            heard: now,
            first: now,
            multicasts: 0,
            last_multicast: 0,
            listed: now,
            is_near: false,
            networks: Vec::new(),
            via: None,
            progressed: now,
            persisted: 0,
            said_before: 0,
            lost_told: None,
            names_me: false,
            told: Moment::START,
            counter: 0,
            interval: Duration::from_secs(1),
            afar_interval: Duration::from_secs(1),
            afar_until: Moment::START,
            places: Vec::new(),
            previous: None,
            expires: Moment::START,
            ahead_ms: 0,
            beacon: (Rc::default(), Signature::ZERO),
        }
    }
}
