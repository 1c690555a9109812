//! Who of those present is heard at the broker of the room, and who only there.

use std::net::SocketAddr;

use super::Presence;
use crate::chat::base::time::Moment;
use crate::chat::keys::identity::LogId;
use crate::chat::peers::peer::Peer;

/// Those present who are heard at a broker. What depends on how many there are on a network counts those on that network, so that
/// a broker changes nothing here.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Who is known through it alone.
    only: std::collections::BTreeSet<LogId>,
    /// Whose beacons come from it.
    clients: std::collections::BTreeSet<LogId>,
    /// Who of those is on a network of ours.
    near: std::collections::BTreeSet<LogId>,
}

impl Presence {
    /// How many are here without the broker.
    pub fn here(&self) -> usize {
        self.present - self.at_broker.only.len()
    }

    /// Those who are known through the broker alone.
    pub fn only_afar(&self) -> impl Iterator<Item = &Peer> {
        self.at_broker.only.iter().filter_map(|log| self.peers.get(log))
    }

    /// How many are heard at the broker: their beacons come from it.
    pub fn clients_len(&self) -> usize {
        self.at_broker.clients.len()
    }

    /// Whether somebody on a network of ours does not hear the broker.
    pub fn has_near_without_broker(&self) -> bool {
        self.present - self.far.len() > self.at_broker.near.len()
    }

    /// How many of those on our networks who hear the broker come before this instance: they pass on first.
    pub fn rank(&self) -> u32 {
        u32::try_from(self.at_broker.near.range(..self.me).count()).unwrap_or(u32::MAX)
    }

    /// An instance was heard, or is gone: to whom does it belong now?
    pub(super) fn sort(&mut self, log: LogId) {
        let peer = self.peers.get(&log).filter(|peer| peer.is_present);
        let is_client = peer.is_some_and(|peer| peer.inbox().is_some());
        let belongs = [
            (&mut self.at_broker.only, peer.is_some_and(Peer::is_afar)),
            (&mut self.at_broker.clients, is_client),
            (&mut self.at_broker.near, is_client && peer.is_some_and(|peer| peer.is_near)),
        ];
        for (set, is_in) in belongs {
            if is_in {
                set.insert(log);
            } else {
                set.remove(&log);
            }
        }
    }

    /// An instance that is heard here was silent at the broker for too long: it is not there any more.
    pub(super) fn expire_inbox(&mut self, log: LogId, now: Moment) {
        let gone = self.peers.get_mut(&log).filter(|peer| !peer.is_afar() && peer.afar_until <= now);
        if let Some(peer) = gone
            && let Some(inbox) = peer.inbox()
        {
            peer.forget_inboxes(None);
            self.forget_inbox(log, Some(inbox));
        }
    }

    /// Where an instance was reached before it is nobody, unless it is there still.
    pub(super) fn forget_inbox(&mut self, log: LogId, before: Option<SocketAddr>) {
        let Some(before) = before.filter(|&before| !self.is_at(log, before)) else { return };
        if self.at.get(&before) == Some(&log) {
            self.at.remove(&before);
        }
    }

    /// How many are known at the broker, whether they can be reached there now or not.
    pub fn known_afar(&self) -> usize {
        self.at_broker.clients.len().max(self.at_broker.only.len())
    }

    /// No broker is used any more: those who are known through one alone.
    pub fn leave_broker(&mut self, now: Moment) -> Vec<LogId> {
        self.set_broker_down(true, now);
        self.expiries.is_broker_down = false;
        self.at_broker.only.iter().copied().collect()
    }

    /// The broker is not reached any more, so nobody there is silent; or it is again. Whoever is there will be at another inbox.
    pub fn set_broker_down(&mut self, is_down: bool, now: Moment) {
        self.expiries.is_broker_down = is_down;
        let clients: Vec<LogId> =
            self.peers.values().filter(|peer| peer.inbox().is_some()).map(|peer| peer.log).collect();
        for log in clients {
            let Some(peer) = self.peers.get_mut(&log).filter(|_| is_down) else { continue };
            let was_afar = peer.is_afar();
            if let Some(inbox) = peer.inbox() {
                self.at.remove(&inbox);
            }
            peer.forget_inboxes(None);
            if was_afar {
                peer.flags |= crate::chat::wire::frame::flags::AFAR;
            }
            self.sort(log);
        }
        if !is_down {
            self.forgive_afar(now);
        }
    }

    /// Who is known through the broker has as long again.
    fn forgive_afar(&mut self, now: Moment) {
        for peer in self.peers.values_mut().filter(|peer| peer.is_afar()) {
            peer.grant(&mut self.expiries, now);
        }
    }

    /// An instance is silent here, and was not at the broker: from now on it is there, if it answers within a while. Where it is to
    /// be asked.
    pub fn fall_back(&mut self, log: LogId, within: std::time::Duration, now: Moment) -> Option<SocketAddr> {
        let peer = self.peers.get_mut(&log).filter(|peer| !peer.is_afar() && peer.afar_until > now)?;
        let inbox = peer.inbox()?;
        for place in peer.places.iter().filter(|place| place.address != inbox) {
            if self.at.get(&place.address) == Some(&log) {
                self.at.remove(&place.address);
            }
        }
        peer.fall_back();
        peer.is_near = false;
        let due = now.after(within).min(peer.afar_until);
        peer.expire_at(&mut self.expiries, due);
        if peer.is_present {
            self.far.insert(log);
        }
        self.apart.remove(&log);
        let networks = std::mem::take(&mut peer.networks);
        self.leave_networks(log, &networks);
        self.sort(log);
        Some(inbox)
    }
}
