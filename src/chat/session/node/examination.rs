//! An examination of the network that is under way: what was asked for, and what is known so far.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use super::rooms::RoomKey;
use crate::chat::api::finding::{Finding, MachineReport, RoundTrips};
use crate::chat::api::network_notice::Undelivered;
use crate::chat::api::requester::Requester;
use crate::chat::api::talk::Speaker;
use crate::chat::base::limits::{LISTENED_FOR, MACHINE_WITHIN};
use crate::chat::base::time::Moment;

/// The examination that is under way, and when the next one begins.
#[derive(Debug, Default)]
pub struct Examinations {
    pub current: Option<Examination>,
    pub next: Option<Moment>,
}

/// What is examined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Everything; else only who is named.
    pub is_whole: bool,
    /// The addresses that are to answer.
    pub named: Vec<SocketAddr>,
}

/// One examination.
#[derive(Debug)]
pub struct Examination {
    pub requester: Requester,
    pub command: &'static str,
    pub scope: Scope,
    /// Before that nobody is said to be absent.
    listens_until: Moment,
    machine_until: Moment,
    /// What the machine finds out about itself.
    machine: Option<Vec<Finding>>,
    /// By which interface somebody is reached.
    pub interfaces: BTreeMap<SocketAddr, String>,
    /// Who is on this machine.
    pub here: BTreeSet<SocketAddr>,
    /// Who was at each address when it was asked, and whether only an examination runs there.
    pub who: BTreeMap<SocketAddr, (Speaker, bool)>,
    /// So many who are heard are not asked.
    pub not_asked: usize,
    /// The rooms in which others are still being asked; `None`: nobody was yet.
    asked: Option<BTreeSet<RoomKey>>,
    /// What came of it, by address: the most that came in any room.
    pub trips: BTreeMap<SocketAddr, RoundTrips>,
    /// What the network says.
    failures: BTreeMap<SocketAddr, Undelivered>,
    /// Who was heard under a key that is not ours.
    other_keys: BTreeSet<SocketAddr>,
}

impl Examination {
    /// It begins.
    pub fn new(requester: Requester, command: &'static str, scope: Scope, now: Moment) -> Self {
        let listens_until = if scope.is_whole { now.max(Moment::START.after(LISTENED_FOR)) } else { now };
        Self {
            requester,
            command,
            listens_until,
            machine_until: now.after(MACHINE_WITHIN),
            machine: (!scope.is_whole).then(Vec::new),
            scope,
            interfaces: BTreeMap::new(),
            here: BTreeSet::new(),
            who: BTreeMap::new(),
            not_asked: 0,
            asked: None,
            trips: BTreeMap::new(),
            failures: BTreeMap::new(),
            other_keys: BTreeSet::new(),
        }
    }

    /// Whether others are to be asked now.
    pub fn is_to_ask(&self, now: Moment) -> bool {
        self.asked.is_none() && self.listens_until <= now
    }

    /// Others are being asked in these rooms.
    pub fn asks(&mut self, rooms: BTreeSet<RoomKey>) {
        self.asked = Some(rooms);
    }

    /// The rooms in which others are still being asked.
    pub fn asked(&self) -> Vec<RoomKey> {
        self.asked.iter().flatten().copied().collect()
    }

    /// That is over in a room.
    pub fn answered(&mut self, room: RoomKey, trips: BTreeMap<SocketAddr, RoundTrips>) {
        self.asked.iter_mut().for_each(|asked| {
            asked.remove(&room);
        });
        for (address, trips) in trips {
            let known = self.trips.entry(address).or_default();
            if known.asked == 0 || trips.answers.len() > known.answers.len() {
                *known = trips;
            }
        }
    }

    /// What the machine found out.
    pub fn report(&mut self, report: MachineReport) {
        self.interfaces.extend(report.interfaces);
        self.here.extend(report.here);
        self.machine = self.machine.take().or(report.findings);
    }

    /// Something did not arrive there.
    pub fn failed(&mut self, to: SocketAddr, why: &Undelivered) {
        if self.scope.named.contains(&to) || self.who.contains_key(&to) {
            self.failures.insert(to, why.clone());
        }
    }

    /// Something under a key that is not ours came from there.
    pub fn hear_other_key(&mut self, from: SocketAddr) {
        if self.scope.named.contains(&from) {
            self.other_keys.insert(from);
        }
    }

    /// What the network says of an address.
    pub fn why(&self, address: SocketAddr) -> Option<Undelivered> {
        self.failures.get(&address).cloned()
    }

    /// Whether whoever is there has another key.
    pub fn has_other_key(&self, address: SocketAddr) -> bool {
        self.other_keys.contains(&address)
    }

    /// When it goes on, whatever happens.
    pub fn deadline(&self) -> Option<Moment> {
        let ask = self.asked.is_none().then_some(self.listens_until);
        let machine = self.machine.is_none().then_some(self.machine_until);
        ask.into_iter().chain(machine).min()
    }

    /// What the machine found out, once all is known.
    pub fn take_whole(&mut self, now: Moment) -> Option<Vec<Finding>> {
        if self.machine.is_none() && self.machine_until <= now {
            self.machine = Some(Vec::new()); // it takes too long: the rest is worth knowing without it
        }
        let is_answered = self.asked.as_ref().is_some_and(BTreeSet::is_empty);
        if is_answered { self.machine.take() } else { None }
    }
}
