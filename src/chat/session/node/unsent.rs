//! What this machine does not send.

use std::net::SocketAddr;
use std::time::Duration;

use super::Node;
use crate::chat::api::event::Event;
use crate::chat::api::network_notice::Undelivered;
use crate::chat::api::notice::Notice;
use crate::chat::base::time::Moment;

/// So long the same is not told again: beacons go on, and the user knows. A guess.
const TELL_AGAIN: Duration = Duration::from_secs(3600);
/// So many reasons are told apart.
const REASONS_MAX: usize = 16;

/// Why something was not sent.
#[derive(Debug)]
pub struct Unsent {
    why: Undelivered,
    told: Option<Moment>,
    /// How often since it was told.
    times: u64,
}

impl Node {
    /// A datagram was not sent. One to an address that nothing leads to is one more that the network lost, unless the user
    /// named that address, or has no network anyway. What this machine refuses is told, also to who wants to hear only what goes wrong.
    pub(super) fn on_unsent(&mut self, to: SocketAddr, why: Undelivered) {
        self.examinations.current.iter_mut().for_each(|examination| examination.failed(to, &why));
        let is_told = self.named.failed(to, &why);
        let is_named = self.config.reach.peers.contains(&to);
        if why == Undelivered::Refused || why.is_absence() && (is_told || self.is_offline || !is_named) {
            return;
        }
        let now = self.now.moment;
        let unsent = self.unsent(&why);
        unsent.times += 1;
        if unsent.told.is_none_or(|told| now.since(told) >= TELL_AGAIN) {
            unsent.told = Some(now);
            let times = std::mem::take(&mut unsent.times);
            self.show(Event::Notice(Notice::Undelivered { to, why, times }));
        }
    }

    fn unsent(&mut self, why: &Undelivered) -> &mut Unsent {
        let at = self.unsent.iter().position(|unsent| unsent.why == *why).unwrap_or_else(|| {
            self.unsent.truncate(REASONS_MAX - 1);
            self.unsent.push(Unsent { why: why.clone(), told: None, times: 0 });
            self.unsent.len() - 1
        });
        &mut self.unsent[at]
    }
}
