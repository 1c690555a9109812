//! The network around: the interfaces of this machine as they come, go and change.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use mio::{Registry, Token};

use crate::chat::api::network_notice::{LinkChange, Undelivered};
use crate::chat::base::time::Moment;
use crate::shell::net::lan::{self, Interfaces, NetworkInterface};
use crate::shell::net::link_events::LinkSocket;

/// How often the interfaces are looked at where the system does not say when they change.
const SCAN_EVERY: Duration = Duration::from_secs(10);
/// And after a send said that the network is another one than it was.
const SCAN_SOON: Duration = Duration::from_secs(1);
/// No more often than so: who plugs and unplugs without end costs little. A guess: shorter than anybody notices.
const SCAN_PAUSE: Duration = Duration::from_millis(100);

/// So many changes are told at once.
const TOLD_AT_ONCE_MAX: usize = 4;
/// And so many within a minute. Ten cables that come loose in it are told.
const TOLD_MAX: usize = 30;
const TOLD_WITHIN: Duration = Duration::from_secs(60);

/// The interfaces, and when they are to be looked at again.
#[derive(Debug)]
pub struct Surroundings {
    interfaces: Interfaces,
    socket: Option<LinkSocket>,
    /// Something changed since.
    is_stale: bool,
    scanned: Moment,
    due: Option<Moment>,
    /// What was told since when.
    told: (Moment, usize),
}

/// What is another one than it was.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// What to tell of which interface.
    pub told: Vec<(String, LinkChange)>,
    /// Of so many more nothing is told.
    pub untold: usize,
    /// By one of them others can be reached that could not.
    pub is_more: bool,
    /// Addresses that this machine has not any more (`false`), or has now.
    pub addresses: Vec<(IpAddr, bool)>,
}

impl Surroundings {
    /// They are as they were found, and looked at no more.
    pub fn fixed(interfaces: Interfaces) -> Self {
        Self { interfaces, socket: None, is_stale: false, scanned: Moment::START, due: None, told: (Moment::START, 0) }
    }

    /// They are looked at from now on, whenever the system says so or else now and then.
    pub fn watched(interfaces: Interfaces, registry: &Registry, token: Token) -> Self {
        let socket = LinkSocket::open(registry, token);
        let due = socket.is_none().then(|| Moment::START.after(SCAN_EVERY));
        Self { socket, due, is_stale: true, ..Self::fixed(interfaces) } // they may have changed since they were found
    }

    /// The interfaces as they were last seen.
    pub fn interfaces(&self) -> &Interfaces {
        &self.interfaces
    }

    /// What a report means that `by` sent. Whoever has no answer on its own network tells itself so.
    /// A machine that says of itself that it cannot be reached has a firewall that says so.
    pub fn explain(&self, why: Undelivered, by: Option<IpAddr>, to: SocketAddr) -> Undelivered {
        match why {
            Undelivered::HostUnreachable if by == Some(to.ip()) => Undelivered::Forbidden { by: to.ip() },
            Undelivered::HostUnreachable if by.is_some_and(|by| self.interfaces.is_own(by)) => Undelivered::NoNeighbour,
            why => why,
        }
    }

    /// The poll announced that something changes.
    pub fn wake(&mut self) {
        self.socket.iter_mut().for_each(LinkSocket::wake);
    }

    /// They are to be looked at soon.
    pub fn suspect(&mut self, now: Moment) {
        let soon = now.after(SCAN_SOON);
        self.due = Some(self.due.map_or(soon, |due| due.min(soon)));
    }

    /// When they are to be looked at again.
    pub fn deadline(&self) -> Option<Moment> {
        let said = (self.is_stale || self.is_ready()).then(|| self.scanned.after(SCAN_PAUSE));
        said.into_iter().chain(self.due).min()
    }

    fn is_ready(&self) -> bool {
        self.socket.as_ref().is_some_and(LinkSocket::is_ready)
    }

    /// Looks at them where it is time to. `None`: they are as they were.
    pub fn look(&mut self, now: Moment) -> Option<Difference> {
        if let Some(socket) = self.socket.as_mut().filter(|socket| socket.is_ready()) {
            self.is_stale |= socket.take();
        }
        if self.deadline().is_none_or(|due| due > now) {
            return None;
        }
        self.scanned = now;
        self.due = self.socket.is_none().then(|| now.after(SCAN_EVERY));
        self.is_stale = false;
        let found = Interfaces::scan().ok()?;
        if found == self.interfaces {
            return None;
        }
        let before = std::mem::replace(&mut self.interfaces, found);
        let mut difference = difference(&before, &self.interfaces);
        for (name, change) in difference.told.iter_mut().filter(|(_, change)| *change == LinkChange::NoAddress) {
            match lan::is_up(name) {
                None => *change = LinkChange::Gone,
                Some(false) => *change = LinkChange::Down,
                Some(true) => {}
            }
        }
        self.limit(&mut difference, now);
        Some(difference)
    }

    /// Many that change at once, or one that does so again and again, are told as far as anybody reads it.
    fn limit(&mut self, difference: &mut Difference, now: Moment) {
        let (since, told) = self.told;
        let (since, told) = if now.since(since) >= TOLD_WITHIN { (now, 0) } else { (since, told) };
        let most = TOLD_AT_ONCE_MAX.min(TOLD_MAX.saturating_sub(told));
        difference.untold = difference.told.len().saturating_sub(most);
        difference.told.truncate(most);
        self.told = (since, told + difference.told.len());
    }

    /// Looks at them at once, for something came by one that is not known.
    pub fn look_again(&mut self) -> io::Result<()> {
        self.interfaces = Interfaces::scan()?;
        Ok(())
    }
}

/// What is to be told, and whether a beacon is worth it.
fn difference(before: &Interfaces, after: &Interfaces) -> Difference {
    let find = |all: &Interfaces, name: &str| all.links().iter().find(|link| link.name == name).cloned();
    let missing = |from: &Interfaces, to: &Interfaces| -> Vec<IpAddr> {
        let all = from.links().iter().flat_map(|link| link.addresses.iter().copied());
        all.filter(|&address| !to.is_own(address)).collect()
    };
    let gone = missing(before, after).into_iter().map(|address| (address, false));
    let addresses = gone.chain(missing(after, before).into_iter().map(|address| (address, true))).collect();
    let mut difference = Difference { addresses, ..Difference::default() };
    for was in before.links().iter().filter(|was| was.leads_out()) {
        let change = match find(after, &was.name) {
            Some(is) if !is.is_up => Some(LinkChange::Down),
            Some(is) if is.addresses.is_empty() => Some(LinkChange::NoAddress),
            Some(_) => None,
            None => Some(LinkChange::NoAddress),
        };
        difference.told.extend(change.map(|change| (was.name.clone(), change)));
    }
    for is in after.links().iter().filter(|is| is.leads_out()) {
        let was = find(before, &is.name).filter(NetworkInterface::leads_out);
        let is_new = |address: &IpAddr| was.as_ref().is_none_or(|was| !was.addresses.contains(address));
        difference.is_more |= is.addresses.iter().any(is_new);
        let change = match (&was, is.main_address()) {
            (None, address) => Some(LinkChange::Up { address }),
            (Some(was), Some(address)) if was.main_address() != Some(address) => Some(LinkChange::Moved { address }),
            _ => None,
        };
        difference.told.extend(change.map(|change| (is.name.clone(), change)));
    }
    difference
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(name: &str, addresses: &[&str]) -> NetworkInterface {
        let addresses: Vec<IpAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
        NetworkInterface {
            subnets: Vec::new(),
            network: None,
            name: name.to_owned(),
            index: 2,
            v4: addresses.iter().find_map(|address| if let IpAddr::V4(v4) = address { Some(*v4) } else { None }),
            has_v6: addresses.iter().any(IpAddr::is_ipv6),
            is_loopback: name == "lo",
            is_up: true,
            is_inside: name == "docker0",
            is_port: false,
            addresses,
        }
    }

    #[test]
    fn what_became_of_each_interface_is_told_and_of_those_within_the_machine_nothing() {
        let of = |links: &[NetworkInterface]| Interfaces::of(links.to_vec());
        let (eth, own) = (link("eth0", &["10.0.0.7", "fe80::7"]), link("lo", &["127.0.0.1"]));
        let (down, bare) = (NetworkInterface { is_up: false, ..eth.clone() }, link("eth0", &[]));
        let (moved, inside) = (link("eth0", &["10.0.0.8", "fe80::7"]), link("docker0", &["172.17.0.1"]));
        let [up, at] = [7, 8].map(|last| Some(IpAddr::from([10, 0, 0, last])));
        let before = of(&[own.clone(), eth.clone()]);
        for (after, change, is_more) in [
            (vec![own.clone(), eth.clone()], None, false),
            (vec![own.clone(), down], Some(LinkChange::Down), false),
            (vec![own.clone(), bare], Some(LinkChange::NoAddress), false),
            (vec![own.clone()], Some(LinkChange::NoAddress), false),
            (vec![own.clone(), moved], at.map(|address| LinkChange::Moved { address }), true),
            (vec![own.clone(), eth.clone(), inside], None, false),
            (vec![own.clone(), link("eth0", &["10.0.0.7", "fe80::7", "2001:db8::7"])], None, true),
            (vec![own.clone(), link("eth0", &["10.0.0.7"])], None, false),
        ] {
            let told = change.into_iter().map(|change| ("eth0".to_owned(), change)).collect();
            let found = difference(&before, &of(&after));
            assert_eq!((found.told, found.is_more), (told, is_more));
        }
        let told = vec![("eth0".to_owned(), LinkChange::Up { address: up })];
        let found = difference(&of(std::slice::from_ref(&own)), &before);
        assert_eq!((found.told, found.is_more), (told, true));
        let addresses: [IpAddr; 2] = ["10.0.0.7".parse().unwrap(), "fe80::7".parse().unwrap()];
        assert_eq!(found.addresses, addresses.map(|address| (address, true)));
        assert_eq!(difference(&before, &of(&[own])).addresses, addresses.map(|address| (address, false)));
    }

    #[test]
    fn of_many_changes_so_many_are_told_and_the_rest_is_counted() {
        let mut around = Surroundings::fixed(Interfaces::default());
        let mut told = |count: usize, second: u64| {
            let down = |number| (format!("eth{number}"), LinkChange::Down);
            let mut difference = Difference { told: (0..count).map(down).collect(), ..Difference::default() };
            around.limit(&mut difference, Moment::since_start(Duration::from_secs(second)));
            (difference.told.len(), difference.untold)
        };
        assert_eq!([told(1, 0), told(4, 1), told(40, 2)], [(1, 0), (4, 0), (4, 36)]);
        let all: usize = (3..60).map(|second| told(1, second).0).sum();
        assert_eq!((all, told(2, 60)), (TOLD_MAX - 9, (2, 0)), "in the next minute there is room again");
    }

    #[test]
    fn an_interface_that_gets_its_address_behind_its_link_says_so() {
        let [first, then] =
            [&["fe80::7"][..], &["fe80::7", "10.0.0.7"]].map(|all| Interfaces::of(vec![link("eth0", all)]));
        let up = ("eth0".to_owned(), LinkChange::Up { address: None });
        assert_eq!(difference(&Interfaces::default(), &first).told, [up]);
        let moved = ("eth0".to_owned(), LinkChange::Moved { address: [10, 0, 0, 7].into() });
        assert_eq!(difference(&first, &then).told, [moved]);
    }
}
