//! Who is on a network that only a bridge joins to ours is known by what it says, and by the receipts that pass on for it.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::Room;
use crate::chat::api::machine::Way;
use crate::chat::base::inbox::is_inbox;
use crate::chat::base::limits::PEERS_MAX;
use crate::chat::keys::identity::{LogId, log_id};
use crate::chat::peers::peer::Peer;
use crate::chat::wire;
use crate::chat::wire::frame::{Ack, Frame, Signed, Via, flags};

impl Room {
    /// An entry came from a broker. Where its author is not heard itself, receipts go to whoever published it.
    pub(super) fn note_origin(&mut self, log: LogId, from: SocketAddr) {
        if is_inbox(from) && self.presence.peer(log).is_none() {
            self.passed_receipts.came(log, from);
        }
    }

    /// Somebody here has said what it holds: what of that came from a broker is confirmed there, too.
    pub(super) fn confirm_afar(&mut self, by: LogId) {
        let (Some(peer), now) = (self.presence.peer(by), self.now.moment) else { return };
        if !self.afar.is_up() || peer.inbox().is_some() || peer.is_afar() {
            return; // it says so there itself
        }
        for (&log, &seq) in &peer.acks {
            let to = match self.presence.peer(log) {
                Some(author) => author.inbox().filter(|_| author.is_afar()),
                None => self.passed_receipts.origin(log),
            };
            if let Some(to) = to {
                self.passed_receipts.confirm(by, (log, seq), to, &mut self.rng, now);
            }
        }
    }

    pub(super) fn tick_passed_receipts(&mut self) {
        for (to, by) in self.passed_receipts.take_due(self.now.moment) {
            let Some((bytes, signature)) = self.presence.peer(by).map(Peer::last_beacon) else { continue };
            self.send(to, &Frame::Beacon { via: Via::Receipt, beacon: Signed { bytes: &bytes, signature } });
        }
    }

    /// A receipt passed on from another network. It says of nobody that it is here: only what it has, which its author signed.
    pub(super) fn on_passed_receipt(&mut self, from: SocketAddr, way: Way, signed: Signed<'_>) {
        let Ok(beacon) = wire::claimed_beacon(signed.bytes) else { return self.addresses.count_malformed() };
        let (author, log) = (beacon.author, log_id(self.id, beacon.author, beacon.run));
        if log == self.own.log() || self.names.ignores(author) || !self.may_verify(from) {
            return;
        }
        if !wire::is_beacon_signed(&*self.verifier, self.id, &beacon, signed) {
            return self.distrust(from);
        }
        if !self.names.has_read(author) {
            self.names.read(author, &beacon.nick); // else an old one would take a newer name back
        }
        let own = self.own.log();
        let is_read = beacon.flags & flags::HEADLESS == 0; // where nobody sits, nobody has read it
        if let Some(ack) = beacon.acks.iter().find(|ack| is_read && ack.log == own && ack.seq <= self.own.seq()) {
            match self.presence.peer_mut(log) {
                Some(peer) => {
                    let acked = peer.acks.entry(own).or_default();
                    *acked = ack.seq.max(*acked);
                }
                None if self.deliveries.held().1 < PEERS_MAX / 2 => {
                    self.deliveries.somebody_distant_confirmed(log, author, ack.seq, self.now.moment);
                }
                None => {} // who invents people here takes no room from those who leave
            }
            self.judge();
        }
        if matches!(way, Way::Afar(_)) {
            self.bring_receipt(log, &beacon.acks, signed);
        }
    }

    /// Passes a receipt on to those here whose entries it is for, where that is news.
    fn bring_receipt(&mut self, by: LogId, acks: &[Ack], signed: Signed<'_>) {
        let here = |ack: &&Ack| self.presence.peer(ack.log).is_some_and(|peer| peer.inbox().is_none());
        let news: Vec<&Ack> = acks.iter().filter(here).collect();
        let news = news.into_iter().filter(|ack| self.passed_receipts.is_news(by, ack.log, ack.seq));
        let news: Vec<LogId> = news.map(|ack| ack.log).collect();
        let address = |log: &LogId| self.presence.peer(*log)?.direct_address();
        let authors: BTreeSet<SocketAddr> = news.iter().filter_map(address).collect();
        for author in authors {
            if self.passed_receipts.may_bring(self.now.moment) {
                self.send(author, &Frame::Beacon { via: Via::Receipt, beacon: signed });
            }
        }
    }
}
