//! Hosts that the user named, whose address may become another one: whoever is silent is looked up again.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use crate::chat::base::address::{Host, PeerName};
use crate::chat::base::limits::NAMED_PEERS_MAX;
use crate::chat::base::time::Moment;

/// Whoever was not heard for so long may be elsewhere. Beacons come at least twice in it, but in the largest rooms.
const SILENT_FOR: Duration = Duration::from_secs(60);

/// The hosts of which an address is known, at most [`NAMED_PEERS_MAX`].
#[derive(Debug, Default)]
pub struct NamedHosts {
    hosts: Vec<NamedHost>,
    /// Which of them is at an address.
    at: BTreeMap<SocketAddr, usize>,
}

#[derive(Debug)]
struct NamedHost {
    peer: PeerName,
    /// When it was last heard, or looked up.
    heard: Moment,
}

impl NamedHosts {
    /// A host has these addresses. Whoever is named by its address has no other.
    pub fn learn(&mut self, peer: &PeerName, addresses: &[SocketAddr], now: Moment) {
        if !matches!(peer.host, Host::Name(_)) {
            return;
        }
        let known = self.hosts.iter().position(|host| host.peer == *peer);
        let number = known.unwrap_or(self.hosts.len());
        if known.is_none() {
            if number >= NAMED_PEERS_MAX {
                return; // the session takes no more peers either
            }
            self.hosts.push(NamedHost { peer: peer.clone(), heard: now });
        }
        self.hosts[number].heard = now;
        self.at.retain(|_, at| *at != number);
        self.at.extend(addresses.iter().map(|&address| (address, number)));
    }

    /// Something came from there.
    pub fn hear(&mut self, from: SocketAddr, now: Moment) {
        if let Some(&number) = self.at.get(&from) {
            self.hosts[number].heard = now;
        }
    }

    /// When the next one was silent too long.
    pub fn deadline(&self) -> Option<Moment> {
        self.hosts.iter().map(|host| host.heard.after(SILENT_FOR)).min()
    }

    /// Those that are to be looked up again. They have as long again.
    pub fn take_silent(&mut self, now: Moment) -> Vec<PeerName> {
        let silent = self.hosts.iter_mut().filter(|host| host.heard.after(SILENT_FOR) <= now);
        silent
            .map(|host| {
                host.heard = now;
                host.peer.clone()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_is_silent_is_looked_up_each_minute_and_one_that_speaks_or_was_named_by_address_is_not() {
        let second = |number| Moment::since_start(Duration::from_secs(number));
        let [office, home, other] = [1, 2, 3].map(|last| SocketAddr::from(([10, 0, 0, last], 7788)));
        let mut hosts = NamedHosts::default();
        let peers =
            ["office.example", "home.example", "10.0.0.3"].map(|name| name.parse::<PeerName>().expect("a peer"));
        for (peer, address) in peers.iter().zip([office, home, other]) {
            hosts.learn(peer, &[address], second(0));
        }
        hosts.hear(home, second(50));
        hosts.hear(other, second(50));
        assert_eq!((hosts.take_silent(second(59)), hosts.deadline()), (Vec::new(), Some(second(60))));
        assert_eq!(hosts.take_silent(second(60)), [peers[0].clone()]);
        hosts.learn(&peers[0], &[other], second(60));
        hosts.hear(office, second(100)); // somebody else has that address now
        hosts.hear(home, second(100));
        assert_eq!(hosts.take_silent(second(120)), [peers[0].clone()]);
    }

    #[test]
    fn so_many_hosts_are_looked_up_again_and_no_more() {
        let mut hosts = NamedHosts::default();
        for number in 0..NAMED_PEERS_MAX + 5 {
            let peer: PeerName = format!("host{number}.example").parse().expect("a peer");
            hosts.learn(&peer, &[SocketAddr::from(([10, 0, 0, 1], 7788))], Moment::START);
        }
        assert_eq!(hosts.take_silent(Moment::START.after(SILENT_FOR)).len(), NAMED_PEERS_MAX);
    }
}
