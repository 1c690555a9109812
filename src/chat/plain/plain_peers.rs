//! Whoever speaks plain in a native session: shown, answered on demand, and never sent a frame.

use std::net::SocketAddr;

use crate::chat::api::event::Content;
use crate::chat::base::budget::Budget;
use crate::chat::base::charset::Charset;
use crate::chat::base::limits::{PLAIN_FOR, PLAIN_PEER_RATE, PLAIN_PEERS_MAX, TELL_AGAIN};
use crate::chat::base::recent::Recent;
use crate::chat::base::time::Moment;
use crate::chat::plain::Plain;

/// The plain addresses, and what they write in.
#[derive(Debug)]
pub struct PlainPeers {
    plain: Plain,
    known: Recent<SocketAddr, PlainPeer>,
    dropped: u64,
    told: Option<Moment>,
}

#[derive(Debug)]
struct PlainPeer {
    budget: Budget,
    latched: Option<Moment>,
}

impl Default for PlainPeer {
    fn default() -> Self {
        Self { budget: Budget::new(PLAIN_PEER_RATE, PLAIN_PEER_RATE), latched: None }
    }
}

impl PlainPeers {
    /// Nobody has written yet; whoever does is taken to write `charset`.
    pub fn new(charset: Charset) -> Self {
        Self { plain: Plain::new(charset), known: Recent::new(PLAIN_PEERS_MAX), dropped: 0, told: None }
    }

    /// A plain datagram came. Says what it says and the charset its sender is answered in from now on where that is new;
    /// `None` where there are too many of them. An address that a frame came from stays one of frames.
    pub fn hear(
        &mut self,
        from: SocketAddr,
        bytes: &[u8],
        is_framed: bool,
        now: Moment,
    ) -> Option<(Content, Option<Charset>)> {
        let plain_peer = self.known.entry(from);
        if !is_framed {
            plain_peer.latched = Some(now);
        }
        if !plain_peer.budget.take(now) {
            self.dropped += 1;
            return None;
        }
        Some(self.plain.read(from, bytes))
    }

    /// A frame that opened outranks text.
    pub fn spoke_frames(&mut self, from: SocketAddr) {
        if self.known.get(&from).is_some_and(|plain_peer| plain_peer.latched.is_some()) {
            self.known.entry(from).latched = None;
        }
    }

    /// Whether `address` is one that no frame may be sent to.
    pub fn is_plain(&self, address: SocketAddr, now: Moment) -> bool {
        self.known
            .get(&address)
            .and_then(|plain_peer| plain_peer.latched)
            .is_some_and(|since| now.since(since) < PLAIN_FOR)
    }

    /// How many wrote of late.
    pub fn count(&self, now: Moment) -> usize {
        let latched = self.known.iter().filter_map(|(_, plain_peer)| plain_peer.latched);
        latched.filter(|&since| now.since(since) < PLAIN_FOR).count()
    }

    /// What `to` is written in.
    pub fn charset_of(&self, to: SocketAddr) -> Charset {
        self.plain.charset_of(to)
    }

    /// How many were not shown since this was last told, where it is time to tell it.
    pub fn take_dropped(&mut self, now: Moment) -> Option<u64> {
        if self.dropped == 0 || self.told.is_some_and(|told| now.since(told) < TELL_AGAIN) {
            return None;
        }
        self.told = Some(now);
        Some(std::mem::take(&mut self.dropped))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_plain_messages_of_one_address_are_shown_in_a_second_and_the_rest_are_counted() {
        let (one, other) = (SocketAddr::from(([10, 0, 0, 1], 9)), SocketAddr::from(([10, 0, 0, 2], 9)));
        let mut plain_peers = PlainPeers::new(Charset::UTF_8);
        let mut shown =
            |from| (0..25).filter(|_| plain_peers.hear(from, b"hi", false, Moment::START).is_some()).count();
        assert_eq!([shown(one), shown(other)], [PLAIN_PEER_RATE as usize; 2]);
        assert_eq!(plain_peers.take_dropped(Moment::START), Some(2 * (25 - u64::from(PLAIN_PEER_RATE))));
    }
}
