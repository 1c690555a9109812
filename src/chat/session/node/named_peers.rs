//! Addresses that the user named: whether anybody answers there.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use super::Node;
use crate::chat::api::event::Event;
use crate::chat::api::network_notice::{NetworkNotice, Undelivered};
use crate::chat::base::inbox::is_inbox;
use crate::chat::base::time::Moment;

/// After so long without an answer that is told: beacons have been sent, and repeated.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);

/// Those that nothing came from yet. They are as few as a user names.
#[derive(Debug, Default)]
pub struct NamedPeers(BTreeMap<SocketAddr, SilentPeer>);

#[derive(Debug)]
struct SilentPeer {
    /// When that is told; `None`: it was.
    due: Option<Moment>,
    /// What the network says.
    why: Option<Undelivered>,
}

impl NamedPeers {
    /// These are reached from the start.
    pub fn of(addresses: &[SocketAddr], now: Moment) -> Self {
        let mut named = Self::default();
        for &address in addresses {
            named.add(address, now);
        }
        named
    }

    /// One more is reached from now on.
    pub fn add(&mut self, address: SocketAddr, now: Moment) {
        self.0.entry(address).or_insert(SilentPeer { due: Some(now.after(ANSWERS_WITHIN)), why: None });
    }

    /// Something came from there.
    pub fn heard(&mut self, from: SocketAddr) {
        if !self.0.is_empty() {
            self.0.remove(&from);
        }
    }

    /// The network says why nobody can be reached there. Says whether that was told, or is going to be.
    pub fn failed(&mut self, to: SocketAddr, why: &Undelivered) -> bool {
        let Some(silent) = self.0.get_mut(&to) else { return false };
        let before = silent.why.replace(why.clone());
        silent.due.is_some() || before.as_ref() == Some(why)
    }

    /// What the network says of an address that nobody answered from.
    pub fn why(&self, address: SocketAddr) -> Option<Undelivered> {
        self.0.get(&address)?.why.clone()
    }

    /// When the next one is to be told.
    pub fn deadline(&self) -> Option<Moment> {
        self.0.values().filter_map(|silent| silent.due).min()
    }

    fn take_due(&mut self, now: Moment) -> Vec<(SocketAddr, Option<Undelivered>)> {
        let due = self.0.iter_mut().filter(|(_, silent)| silent.due.is_some_and(|due| due <= now));
        due.map(|(&address, silent)| {
            silent.due = None;
            (address, silent.why.clone())
        })
        .collect()
    }
}

impl Node {
    /// Whoever is there is reached from now on.
    pub(super) fn reach(&mut self, address: SocketAddr) {
        if !is_inbox(address) && !self.config.reach.peers.contains(&address) {
            self.named.add(address, self.now.moment);
            self.config.reach.peers.push(address);
            self.for_each_room(|room, now| room.add_peer(address, now));
        }
    }

    /// Tells where nobody answered in time.
    pub(super) fn tick_named(&mut self) {
        for (address, why) in self.named.take_due(self.now.moment) {
            self.show(Event::Notice(NetworkNotice::Silent { address, why }.into()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(number: u64) -> Moment {
        Moment::since_start(Duration::from_secs(number))
    }

    #[test]
    fn who_does_not_answer_is_told_once_with_what_the_network_said_and_who_does_is_not() {
        let [silent, closed, there] = [1, 2, 3].map(|port| SocketAddr::from(([10, 0, 0, 7], port)));
        let mut named = NamedPeers::of(&[silent, closed, there], second(0));
        assert!(named.failed(closed, &Undelivered::Refused));
        named.heard(there);
        assert_eq!((named.take_due(second(4)), named.deadline()), (Vec::new(), Some(second(5))));
        let told = [(silent, None), (closed, Some(Undelivered::Refused))];
        assert_eq!(named.take_due(second(5)), told);
        assert_eq!((named.take_due(second(60)), named.deadline()), (Vec::new(), None));
        assert!(named.failed(closed, &Undelivered::Refused), "it was told");
        assert!(!named.failed(closed, &Undelivered::NoNeighbour), "that was not");
        named.add(silent, second(60));
        assert_eq!(named.deadline(), None, "it is the same");
    }
}
