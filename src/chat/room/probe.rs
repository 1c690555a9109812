//! Whether somebody answers, and how fast: a [`Frame::Want`] without a cookie is answered at once by a [`Frame::Retry`].

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::Room;
use crate::chat::api::finding::RoundTrips;
use crate::chat::base::time::Now;
use crate::chat::wire::frame::{Cookie, Frame};

impl Room {
    /// Whoever is at these addresses is asked for answers from now on.
    pub fn probe(&mut self, addresses: &[SocketAddr], now: Now) {
        self.pass_time(now);
        for &address in addresses {
            self.probes.begin(address, now.moment);
        }
        self.tick_probes();
    }

    /// What came of that, once it is known.
    pub fn take_probed(&mut self) -> Option<BTreeMap<SocketAddr, RoundTrips>> {
        self.probes.take_over()
    }

    pub(super) fn tick_probes(&mut self) {
        for address in self.probes.take_due(self.now.moment) {
            self.send(address, &Frame::Want { cookie: Cookie::ZERO, wants: Vec::new() });
        }
    }
}
