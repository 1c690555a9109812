//! Who of those present is on a network of ours, who is not, and whether there are several networks.

use super::Presence;
use crate::chat::api::machine::Network;
use crate::chat::base::limits::NETWORKS_MAX;
use crate::chat::keys::identity::LogId;
use crate::chat::peers::peer::Peer;

impl Presence {
    /// Those present of whom no multicast was heard, in the order of their logs.
    pub fn far(&self) -> impl Iterator<Item = &Peer> {
        self.far.iter().filter_map(|log| self.peers.get(log))
    }

    /// Whether somebody near does not hear an instance: that one is on another network of ours, or was here long enough to be
    /// heard by all of one network.
    pub fn is_unheard_by_some(&self, origin: LogId) -> bool {
        let Some(origin) = self.peers.get(&origin) else { return false };
        let lacks = |peer: &Peer| peer.log != origin.log && !peer.hears(origin.log) && peer.listed_after(origin);
        self.apart.iter().filter_map(|log| self.peers.get(log)).any(lacks) || self.has_listener_elsewhere(origin, None)
    }

    /// Whether somebody on another network of ours than this one does not hear an instance, which was passed on there.
    pub fn is_unheard_beside(&self, origin: LogId, network: Network) -> bool {
        self.peers.get(&origin).is_some_and(|origin| self.has_listener_elsewhere(origin, Some(network)))
    }

    /// Whether somebody present is on another network of ours than `origin`, and than `served`, and does not say that it hears it
    /// all the same.
    fn has_listener_elsewhere(&self, origin: &Peer, served: Option<Network>) -> bool {
        let is_other = |network: &Network| !origin.networks.contains(network) && served != Some(*network);
        let others = self.networks.iter().filter(|(network, _)| is_other(network));
        let lacks = |peer: &Peer| peer.is_present && peer.is_on_other_network(origin) && !peer.hears(origin.log);
        others.flat_map(|(_, logs)| logs).filter_map(|log| self.peers.get(log)).any(lacks)
    }

    /// Whether a multicast of somebody present was heard.
    pub fn has_near(&self) -> bool {
        self.far.len() < self.present
    }

    /// The last beacon of an instance came by multicast: by several ways, perhaps, which is once.
    pub fn count_multicast(&mut self, log: LogId) {
        if let Some(peer) = self.peers.get_mut(&log).filter(|peer| peer.counter > peer.last_multicast) {
            peer.last_multicast = peer.counter;
            peer.multicasts = peer.multicasts.saturating_add(1);
        }
    }

    /// A multicast of an instance was heard on this network of ours, where that is known. Says whether it is the first one
    /// known of that instance.
    pub fn note_near(&mut self, log: LogId, network: Option<Network>) -> bool {
        let Some(peer) = self.peers.get_mut(&log) else { return false };
        peer.is_near = true;
        self.far.remove(&log);
        self.sort(log);
        let Some(peer) = self.peers.get_mut(&log) else { return false };
        let is_new = |network: &Network| !peer.networks.contains(network) && peer.networks.len() < NETWORKS_MAX;
        let Some(network) = network.filter(is_new) else { return false };
        peer.networks.push(network);
        self.networks.entry(network).or_default().insert(log);
        peer.networks.len() == 1
    }

    /// An instance that is gone is on none.
    pub(super) fn leave_networks(&mut self, log: LogId, networks: &[Network]) {
        for network in networks {
            if let Some(logs) = self.networks.get_mut(network) {
                logs.remove(&log);
                if logs.is_empty() {
                    self.networks.remove(network);
                }
            }
        }
    }
}
