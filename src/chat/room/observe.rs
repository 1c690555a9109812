//! Listening to a room without being in it: who is heard, and who answers. Nothing is taken, said or confirmed there; whoever
//! asks for an answer gets one.

use std::net::SocketAddr;

use super::Room;
use crate::chat::api::machine::Way;
use crate::chat::keys::identity::log_id;
use crate::chat::peers::peer::Peer;
use crate::chat::peers::presence::{Arrived, Sighting};
use crate::chat::wire;
use crate::chat::wire::frame::{Frame, Signed, Via, flags};

impl Room {
    /// Whether it only listens here.
    pub fn is_observer(&self) -> bool {
        self.is_observer
    }

    /// Whether whoever is at an address has shown that it receives there.
    pub fn has_proven(&self, address: SocketAddr) -> bool {
        self.addresses.is_proven(address)
    }

    /// Everybody who is heard, whether they count as here or not.
    pub fn heard(&self) -> impl Iterator<Item = &Peer> {
        self.presence.all().filter(|peer| !peer.is_replaced)
    }

    pub(super) fn observe(&mut self, from: SocketAddr, way: Way, frame: &Frame<'_>) {
        match frame {
            Frame::Beacon { via: Via::Author, beacon } => self.observe_beacon(from, way, *beacon),
            Frame::Want { .. } => self.send_retry(from),
            Frame::Retry { .. } => self.probes.answered(from, self.now.moment),
            _ => {}
        }
    }

    fn observe_beacon(&mut self, from: SocketAddr, way: Way, signed: Signed<'_>) {
        let Ok(beacon) = wire::claimed_beacon(signed.bytes) else { return self.addresses.count_malformed() };
        let log = log_id(self.id, beacon.author, beacon.run);
        let sighting = self.presence.sight(log, &beacon, signed);
        if sighting == Sighting::Again && way.is_multicast() {
            return self.presence.count_multicast(log);
        }
        if !matches!(sighting, Sighting::First | Sighting::Fresh) || !self.may_verify(from) {
            return;
        }
        if !wire::is_beacon_signed(&*self.verifier, self.id, &beacon, signed) {
            return self.distrust(from);
        }
        if beacon.flags & flags::LEAVING != 0 {
            self.presence.remove(log, self.now.moment);
            return;
        }
        let (author, nick) = (beacon.author, beacon.nick.clone());
        self.names.read(author, &nick);
        self.names.learn(author, &nick);
        let arrived = Arrived { log, beacon, signed, from, is_via: false };
        if self.presence.take(arrived, 0, self.now).is_ok()
            && let Way::Multicast(network) = way
        {
            self.presence.note_near(log, network);
            self.presence.count_multicast(log);
        }
    }
}
