//! Who was silent for too long, and what silence says nothing: a program that was stopped, a network or a broker that is away.

use super::Presence;
use crate::chat::base::time::Moment;
use crate::chat::keys::identity::LogId;
use crate::chat::peers::peer::Peer;

impl Presence {
    /// When the next one counts as lost.
    pub fn deadline(&self) -> Option<Moment> {
        self.expiries.deadline()
    }

    /// Our own clock was set, so many milliseconds forward: everybody is less ahead of it by that.
    pub fn shift_clocks(&mut self, by_ms: i64) {
        for peer in self.peers.values_mut() {
            peer.ahead_ms = peer.ahead_ms.saturating_sub(by_ms);
        }
    }

    /// Nothing was listened to for a while: nobody is silent for that.
    pub fn forgive(&mut self, now: Moment) {
        for peer in self.peers.values_mut() {
            peer.grant(&mut self.expiries, now);
        }
    }

    /// Nothing is listened to from now on, or again.
    pub fn set_paused(&mut self, is_paused: bool, now: Moment) {
        if std::mem::replace(&mut self.expiries.is_paused, is_paused) && !is_paused {
            self.forgive(now);
        }
    }

    /// No other machine can be reached from now on, or again.
    pub fn set_offline(&mut self, is_offline: bool, now: Moment) {
        if std::mem::replace(&mut self.expiries.is_offline, is_offline) && !is_offline {
            self.forgive(now);
        }
    }

    /// The next one that was silent too long.
    pub fn next_lost(&mut self, now: Moment) -> Option<LogId> {
        while let Some(log) = self.expiries.next(now) {
            let (is_offline, is_broker_down) = (self.expiries.is_offline, self.expiries.is_broker_down);
            let is_cut_off = |peer: &&mut Peer| {
                let is_elsewhere = peer.address().is_none_or(|address| !address.ip().is_loopback());
                if peer.is_afar() { is_broker_down } else { is_offline && is_elsewhere }
            };
            match self.peers.get_mut(&log).filter(is_cut_off) {
                Some(peer) => peer.grant(&mut self.expiries, now), // it is the network that is silent
                None => return Some(log),
            }
        }
        None
    }
}
