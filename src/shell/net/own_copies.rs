//! Whether what comes in by an interface is dropped on this machine. A copy of one's own multicast comes in as the datagrams of
//! others do; with a TTL of 0 the system gives it to nobody else.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::chat::api::network_notice::Family;
use crate::chat::base::limits::GROUP_PORT;
use crate::chat::base::time::Moment;
use crate::chat::wire::{OWN_COPY_BYTES, own_copy};
use crate::shell::net::lan::NetworkInterface;

/// The interfaces are let settle so long.
const SETTLE: Duration = Duration::from_secs(1);
/// So many copies are sent each way while none of them came, and so far apart: a full buffer may lose some, and a test that
/// loses 40 % of all keeps one of ten.
const ROUNDS: u32 = 10;
const ROUND: Duration = Duration::from_millis(200);
/// What was dropped is tried again so often: somebody may have mended it.
const AGAIN: Duration = Duration::from_secs(60);
/// So long what came of others proves that a port is open. Less than it takes until somebody who is silent is missed.
const HEARD_FOR: Duration = Duration::from_secs(15);
/// So many interfaces are looked at.
const INTERFACES_MAX: usize = 60;

/// One way in: by an interface, in one family, to one port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayIn {
    /// By which interface.
    pub link: NetworkInterface,
    /// In which family.
    pub family: Family,
    /// To which port.
    pub port: u16,
}

#[derive(Debug)]
struct Tried {
    way: WayIn,
    /// So many copies left.
    sent: u32,
    /// And one came.
    came: bool,
}

impl Tried {
    /// Each of many copies left, and none came.
    fn is_dropped(&self) -> bool {
        self.sent >= ROUNDS && !self.came
    }
}

/// Copies of one's own.
#[derive(Debug, Default)]
pub struct OwnCopies {
    /// Nobody else knows it, so nobody else makes a copy.
    nonce: [u8; 12],
    tried: Vec<Tried>,
    round: u32,
    due: Option<Moment>,
    /// When something of another machine last came in: see [`place`].
    heard: [Option<Moment>; 4],
    /// The interfaces by which all that was tried came in, the last time.
    open: BTreeSet<String>,
    /// What was dropped, the last time.
    dropped: Vec<DroppedInput>,
}

/// What is dropped that comes in by an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DroppedInput {
    /// Its name.
    pub interface: String,
    /// The ports.
    pub ports: Vec<u16>,
    /// In this family; `None`: in each that the interface has.
    pub family: Option<Family>,
}

impl OwnCopies {
    /// None is sent before [`begin`](Self::begin).
    pub fn new(nonce: [u8; 12]) -> Self {
        Self { nonce, ..Self::default() }
    }

    /// These interfaces are to be looked at soon. The sockets of the session are bound to `port` on every address; `None`: they
    /// are bound to one, and a copy says nothing of them.
    pub fn begin(&mut self, links: &[NetworkInterface], port: Option<u16>, now: Moment) {
        self.tried.clear();
        for link in links.iter().filter(|link| link.leads_out()).take(INTERFACES_MAX) {
            let families = [(Family::V4, link.v4.is_some()), (Family::V6, link.has_v6)];
            for (family, _) in families.into_iter().filter(|&(_, has)| has) {
                let way = |port| WayIn { link: link.clone(), family, port };
                let ways = port.into_iter().chain([GROUP_PORT]).map(way);
                self.tried.extend(ways.map(|way| Tried { way, sent: 0, came: false }));
            }
        }
        self.round = 0;
        self.due = (!self.tried.is_empty()).then(|| now.after(SETTLE));
    }

    /// Something of another machine came in: that port is open, whatever becomes of copies.
    pub fn hear(&mut self, family: Family, port: u16, now: Moment) {
        self.heard[place(family, port)] = Some(now);
    }

    /// Whether the interfaces are being looked at, or will be at once.
    pub fn is_under_way(&self, now: Moment) -> bool {
        self.due.is_some_and(|due| due <= now.after(SETTLE))
    }

    /// What is dropped, as far as that is known.
    pub fn dropped(&self) -> &[DroppedInput] {
        &self.dropped
    }

    /// Whether all that was tried by an interface came in, the last time.
    pub fn came_by(&self, interface: &str) -> bool {
        self.open.contains(interface)
    }

    /// When there is something to do.
    pub fn deadline(&self) -> Option<Moment> {
        self.due
    }

    /// Sends what is due by `send`, which says whether it left. Once all is known it says what is
    /// dropped that was not before.
    pub fn tick(&mut self, now: Moment, mut send: impl FnMut(&WayIn, &[u8]) -> bool) -> Option<Vec<DroppedInput>> {
        self.due.filter(|&due| due <= now)?;
        let is_open = |tried: &Tried| !tried.came && tried.sent == self.round;
        let is_known = self.round == ROUNDS || !self.tried.iter().any(is_open);
        if !is_known {
            self.round += 1;
            self.due = Some(now.after(ROUND));
            for (number, tried) in (0..=u8::MAX).zip(&mut self.tried) {
                if !tried.came && send(&tried.way, &own_copy(self.nonce, number)) {
                    tried.sent += 1;
                }
            }
            return None;
        }
        for tried in &mut self.tried {
            let heard = self.heard[place(tried.way.family, tried.way.port)];
            tried.came |= heard.is_some_and(|heard| now.since(heard) < HEARD_FOR);
        }
        let dropped = self.sum_up();
        let came =
            |name: &String| self.tried.iter().filter(|tried| tried.way.link.name == *name).all(|tried| tried.came);
        let names: BTreeSet<String> = self.tried.iter().map(|tried| tried.way.link.name.clone()).collect();
        self.open = names.into_iter().filter(came).collect();
        self.due = (!dropped.is_empty()).then(|| now.after(AGAIN));
        self.round = 0;
        self.tried.iter_mut().for_each(|tried| (tried.sent, tried.came) = (0, false));
        let is_new = |one: &&DroppedInput| !self.dropped.contains(one);
        let new = dropped.iter().filter(is_new).cloned().collect();
        self.dropped = dropped;
        Some(new)
    }

    /// Takes a copy of ours that came.
    pub fn take(&mut self, datagram: &[u8]) {
        let number = datagram.get(OWN_COPY_BYTES - 1).copied().unwrap_or(0);
        if let Some(tried) = self.tried.get_mut(usize::from(number))
            && datagram == own_copy(self.nonce, number)
        {
            tried.came = true;
        }
    }

    /// By interface, and within it what is dropped in each family before what is in one alone.
    fn sum_up(&self) -> Vec<DroppedInput> {
        let mut all: BTreeMap<(&str, Option<Family>), Vec<u16>> = BTreeMap::new();
        for tried in self.tried.iter().filter(|tried| tried.is_dropped()) {
            let WayIn { link, family, port } = &tried.way;
            let is_same = |other: &&Tried| other.way.link.name == link.name && other.way.port == *port;
            let is_of_all = self.tried.iter().filter(is_same).all(Tried::is_dropped);
            let ports = all.entry((&link.name, (!is_of_all).then_some(*family))).or_default();
            ports.extend((!ports.contains(port)).then_some(*port));
        }
        let all = all.into_iter();
        all.map(|((interface, family), ports)| DroppedInput { interface: interface.to_owned(), ports, family })
            .collect()
    }
}

/// Where a family and one of the two ports are looked up, once a datagram.
fn place(family: Family, port: u16) -> usize {
    2 * usize::from(family == Family::V6) + usize::from(port == GROUP_PORT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> NetworkInterface {
        NetworkInterface {
            subnets: Vec::new(),
            network: None,
            name: "eth0".to_owned(),
            index: 2,
            v4: Some([10, 0, 0, 7].into()),
            has_v6: true,
            is_loopback: false,
            is_up: true,
            is_inside: false,
            is_port: false,
            addresses: vec![[10, 0, 0, 7].into()],
        }
    }

    /// What is told where of each way the copies come by which `comes` is true; `None`: it cannot be sent.
    fn told(comes: impl Fn(&WayIn, u32) -> Option<bool>) -> Vec<DroppedInput> {
        let (mut copies, mut tries) = (OwnCopies::new([7; 12]), 0);
        copies.begin(&[link()], Some(7788), Moment::START);
        loop {
            let due = copies.deadline().expect("something is due");
            let mut arrived = Vec::new();
            tries += 1;
            let told = copies.tick(due, |way, copy| {
                let comes = comes(way, tries);
                arrived.extend((comes == Some(true)).then(|| copy.to_vec()));
                comes.is_some()
            });
            if let Some(told) = told {
                assert_eq!(
                    copies.deadline().is_some(),
                    !told.is_empty(),
                    "it is tried again where something is dropped"
                );
                return told;
            }
            for copy in arrived {
                copies.take(&copy);
            }
        }
    }

    fn dropped(ports: &[u16], family: Option<Family>) -> DroppedInput {
        DroppedInput { interface: "eth0".to_owned(), ports: ports.to_vec(), family }
    }

    #[test]
    fn only_a_port_that_no_copy_of_many_came_to_is_told() {
        assert_eq!(told(|_, _| Some(true)), []);
        assert_eq!(told(|_, tries| Some(tries == ROUNDS)), [], "the last one came");
        assert_eq!(told(|_, _| None), [], "what cannot be sent proves nothing");
        assert_eq!(told(|_, _| Some(false)), [dropped(&[7788, GROUP_PORT], None)]);
        assert_eq!(told(|way, _| Some(way.port != 7788)), [dropped(&[7788], None)]);
        assert_eq!(told(|way, _| Some(way.family == Family::V6)), [dropped(&[7788, GROUP_PORT], Some(Family::V4))]);
        let no_v6 = |way: &WayIn, _| (way.family == Family::V4).then_some(false);
        assert_eq!(told(no_v6), [dropped(&[7788, GROUP_PORT], Some(Family::V4))]);
    }

    #[test]
    fn a_port_by_which_others_are_heard_is_not_said_to_be_closed() {
        let mut copies = OwnCopies::new([7; 12]);
        copies.begin(&[link()], Some(7788), Moment::START);
        copies.hear(Family::V4, 7788, Moment::START);
        let mut told = None;
        while told.is_none() {
            told = copies.tick(copies.deadline().expect("it is tried"), |_, _| true);
        }
        assert_eq!(
            told,
            Some(vec![dropped(&[7788], Some(Family::V6)), dropped(&[GROUP_PORT], None)].into_iter().rev().collect())
        );
    }

    #[test]
    fn a_copy_that_somebody_else_made_proves_nothing() {
        let mut copies = OwnCopies::new([7; 12]);
        copies.begin(&[link()], None, Moment::START);
        for forged in [own_copy([8; 12], 0).to_vec(), own_copy([7; 12], 99).to_vec(), vec![0xff], Vec::new()] {
            copies.take(&forged);
        }
        assert!(copies.tried.iter().all(|tried| !tried.came));
    }
}
