//! Who of those present is on a network of ours, who is not, and whether there are several networks.

use super::Presence;
use crate::chat::keys::identity::LogId;
use crate::chat::peers::peer::Peer;

impl Presence {
    /// Those present of whom no multicast was heard, in the order of their logs.
    pub fn far(&self) -> impl Iterator<Item = &Peer> {
        self.far.iter().filter_map(|log| self.peers.get(log))
    }

    /// Whether somebody near does not hear an instance that was here long enough to be heard by all of one network.
    pub fn is_unheard_by_some(&self, origin: LogId) -> bool {
        let Some(origin) = self.peers.get(&origin).filter(|_| !self.apart.is_empty()) else { return false };
        let lacks = |peer: &Peer| peer.log != origin.log && !peer.hears(origin.log) && peer.listed_after(origin);
        self.apart.iter().filter_map(|log| self.peers.get(log)).any(lacks)
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

    /// A multicast of an instance was heard, or somebody else heard one.
    pub fn note_near(&mut self, log: LogId) {
        if let Some(peer) = self.peers.get_mut(&log) {
            peer.is_near = true;
            self.far.remove(&log);
        }
    }
}
