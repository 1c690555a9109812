//! Who has not confirmed the last entry of a log is reminded of it.

use std::collections::BTreeMap;

use super::Room;
use crate::chat::api::machine::To;
use crate::chat::keys::identity::LogId;
use crate::chat::wire::frame::{Frame, HEADS_MAX, Head};

impl Room {
    /// Reminds those who have not confirmed the last entry of a log; in rooms that are not small, everybody, twice.
    pub(super) fn tick_reminders(&mut self) {
        let (now, is_small) = (self.now.moment, self.is_small());
        let patience = is_small.then(|| self.confirm_within());
        let mut heads: BTreeMap<To, Vec<Head>> = BTreeMap::new();
        for log in self.reminders.due(now) {
            let targets = self.to_remind(log);
            self.reminders.reminded(log, targets.is_empty(), patience, now);
            if let Some(head) = self.archive.head(log) {
                for to in targets {
                    heads.entry(to).or_default().push(head);
                }
            }
        }
        for (to, heads) in heads {
            for heads in heads.chunks(HEADS_MAX) {
                self.send_to_all(&[to], &Frame::Heads { ack: is_small, reply: false, heads: heads.to_vec() });
            }
        }
    }

    fn to_remind(&self, log: LogId) -> Vec<To> {
        if !self.is_small() {
            return if self.presence.is_empty() { Vec::new() } else { vec![To::Lan] };
        }
        let settled = self.archive.log(log).map_or(0, crate::chat::log::Log::settled);
        let is_own = log == self.own.log() || self.outbox.has(log);
        let lacks = self.presence.present().filter(|peer| {
            let is_ours = is_own || peer.is_remote(self.now.moment) && !peer.hears(log);
            is_ours && !peer.is_afar() && peer.log != log && peer.acked(log) < settled
        });
        let mut targets: Vec<To> = lacks.filter_map(|peer| peer.address().or(peer.via)).map(To::Address).collect();
        targets.sort_unstable();
        targets.dedup();
        targets
    }
}
