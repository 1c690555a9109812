//! What this machine does not send.

use std::net::SocketAddr;
use std::time::Duration;

use super::Node;
use crate::chat::api::event::Event;
use crate::chat::api::notice::{Notice, Undelivered};
use crate::chat::base::time::Moment;

/// So long the same is not told again: beacons go on, and the user knows. A guess.
const TELL_AGAIN: Duration = Duration::from_secs(3600);
/// So many reasons are told apart.
const REASONS_MAX: usize = 16;

/// Why something was not sent.
#[derive(Debug)]
pub struct Refusal {
    why: Undelivered,
    told: Option<Moment>,
    /// How often since it was told.
    times: u64,
}

impl Node {
    /// A datagram was not sent. One to an address that nothing leads to is one more that the network lost, unless the user
    /// named that address. What this machine refuses is told, also to who wants to hear only what goes wrong.
    pub(super) fn on_unsent(&mut self, to: SocketAddr, why: Undelivered) {
        if why == Undelivered::Refused || why.is_absence() && !self.config.peers.contains(&to) {
            return;
        }
        let now = self.now.moment;
        let refusal = self.refusal(&why);
        refusal.times += 1;
        if refusal.told.is_none_or(|told| now.since(told) >= TELL_AGAIN) {
            refusal.told = Some(now);
            let times = std::mem::take(&mut refusal.times);
            self.show(Event::Notice(Notice::Undelivered { to, why, times }));
        }
    }

    fn refusal(&mut self, why: &Undelivered) -> &mut Refusal {
        let at = self.refusals.iter().position(|refusal| refusal.why == *why).unwrap_or_else(|| {
            self.refusals.truncate(REASONS_MAX - 1);
            self.refusals.push(Refusal { why: why.clone(), told: None, times: 0 });
            self.refusals.len() - 1
        });
        &mut self.refusals[at]
    }
}
