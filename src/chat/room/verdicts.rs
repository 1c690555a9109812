//! Says what became of what one said, and keeps what is not clear yet.

use std::time::Duration;

use super::Room;
use super::deliveries::{Circumstances, Judged, Outcome, Verdict};
use super::outbox::{Confirmed, LateDelivery};
use crate::chat::api::event::Event;
use crate::chat::api::talk::{Delivery, InstanceKind, MessageId, Speaker};
use crate::chat::base::limits::{AFAR_CONFIRM_WITHIN, CONFIRM_WITHIN, OWN_KEPT_PART, PREVIEW_CHARS};
use crate::chat::base::time::Now;
use crate::chat::keys::identity::{Author, LogId};
use crate::chat::log::Log;
use crate::chat::log::records::{Private, Record};

impl Room {
    /// How long receipts are waited for: in a small room they come at once or not at all, in others with the beacons.
    pub(super) fn confirm_within(&self) -> Duration {
        self.deliveries.confirm_within(self.patience())
    }

    fn patience(&self) -> Duration {
        let here = if self.is_small() { CONFIRM_WITHIN } else { CONFIRM_WITHIN.max(self.interval() * 5 / 2) };
        if self.presence.only_afar().next().is_some() { here.max(AFAR_CONFIRM_WITHIN) } else { here }
    }

    /// Whether everybody's receipt counts.
    fn is_confirmed_by_each(&self) -> bool {
        self.is_small() && self.is_small_afar()
    }

    /// Nothing more will be said: what was is to be confirmed from now on in time.
    pub fn end_input(&mut self, now: Now) {
        self.pass_time(now);
        self.deliveries.end(now.moment);
        self.judge();
    }

    /// The room is left: what is not clear by now is told as it is.
    pub fn settle(&mut self, now: Now) -> Outcome {
        self.deliveries.give_up(now.moment);
        self.end_input(now);
        self.deliveries.outcome()
    }

    /// What became of everything said, once that is clear. In a room that is not small one receipt is enough.
    pub fn outcome(&self) -> Option<Outcome> {
        let is_clear = self.deliveries.is_clear(&self.presence, self.is_confirmed_by_each(), self.now.moment);
        is_clear.then(|| self.deliveries.outcome())
    }

    /// Says what became of own entries, as far as that is clear.
    pub(super) fn judge(&mut self) {
        let setting = Circumstances {
            presence: &self.presence,
            is_small: self.is_confirmed_by_each(),
            patience: self.patience(),
            is_crowded: self.undecided_entries() > self.kept_max() / 2,
        };
        for judged in self.deliveries.judge(setting, self.now.moment) {
            self.tell_judged(judged);
        }
        self.keep_unconfirmed();
    }

    fn tell_judged(&mut self, judged: Judged) {
        for message in judged.received {
            self.store(Record::PrivateConfirmed { log: message.log, seq: message.seq });
        }
        if let Some(before) = judged.delivered_before {
            let all = self.archive.log(self.own.log()).map_or(0, Log::settled);
            self.store(Record::Delivered { log: self.own.log(), seq: all.min(before - 1) });
        }
        for verdict in judged.verdicts {
            let is_received = verdict.confirmed > 0; // that nobody has it says of nothing that it is kept
            let delivery = Event::Delivery(self.delivery(verdict, judged.to));
            if is_received { self.outputs.show_once_kept(delivery) } else { self.show(delivery) }
        }
    }

    fn delivery(&mut self, verdict: Verdict, to: Option<Author>) -> Delivery {
        let Verdict { first, last, text, by, confirmed, of, missing, held, held_by, is_after_all } = verdict;
        let mut names = |authors: Vec<Author>| -> Vec<Speaker> {
            authors.into_iter().map(|author| self.names.speaker(author)).collect()
        };
        let (by, missing, held_by) = (names(by), names(missing), names(held_by));
        Delivery {
            room: self.name.clone(),
            first,
            last,
            text,
            by,
            confirmed,
            of,
            missing,
            to: to.map(|to| self.names.speaker(to)),
            held,
            held_by,
            is_anybody_heard: of == 0 && self.presence.all().any(|peer| peer.kind() != InstanceKind::Headless),
            is_after_all,
            said_before: None,
            requesters: Vec::new(),
        }
    }

    /// What one said stays as long as it is undecided, or somebody who is here has not confirmed it; but never more than a
    /// part of what may be held, for who does not confirm at all is not waited for.
    pub(super) fn keep_unconfirmed(&mut self) {
        let own = self.own.log();
        let behind = self.presence.present().map(|peer| peer.acked(own)).min().map(|acked| acked.saturating_add(1));
        let first = self.deliveries.first_kept().into_iter().chain(behind).min().unwrap_or(u64::MAX);
        let least = self.own.seq().saturating_sub(self.kept_max());
        self.archive.protect(own, first.max(least));
    }

    /// So many own entries stay though they are not confirmed.
    pub(super) fn kept_max(&self) -> u64 {
        (self.bounds.entries / OWN_KEPT_PART) as u64
    }

    /// How many own entries are kept because the first of them is undecided.
    pub(super) fn undecided_entries(&self) -> u64 {
        self.deliveries.first_undecided().map_or(0, |first| self.own.seq().saturating_sub(first) + 1)
    }

    /// What the beacon of a live peer says of one's own logs of former sessions: how far it holds them, or that it holds all
    /// that there was, for its root was ours since.
    pub(super) fn confirm_earlier(&mut self, peer: LogId) {
        let Some(peer) = self.presence.peer(peer) else { return };
        let (by, is_covered) = (peer.author, self.compare.own_covered(peer.root).is_some());
        // What it says of a log by name goes before what follows from its root: there may be a hole that it gave up.
        let follows = |log: LogId| is_covered && !peer.acks.contains_key(&log);
        let held = |log: LogId, upto: u64| if follows(log) { upto } else { peer.acked(log) };
        let private = self.outbox.confirm_private(by, |log| held(log, self.archive.log(log).map_or(0, Log::settled)));
        let reads = peer.kind() != InstanceKind::Headless;
        let confirmed = if reads { self.outbox.confirm(by, held) } else { Vec::new() };
        for message in private {
            self.tell_private(message);
        }
        for Confirmed { log, seq, arrived, next } in confirmed {
            self.store(Record::Receipt { log, by, seq });
            if let Some(arrived) = arrived {
                self.store(Record::Delivered { log, seq: arrived.last.seq });
                self.archive.protect(log, next.unwrap_or(u64::MAX));
                self.tell_after_all(arrived, by, None);
            }
        }
    }

    /// Whom a private message is to has it.
    fn tell_private(&mut self, message: Private) {
        let Private { log, seq, other, text, .. } = message;
        self.store(Record::PrivateConfirmed { log, seq });
        let entry = self.archive.log(log).and_then(|held| held.entry(seq));
        let said = entry.map_or(self.now.wall, |entry| entry.header.time.wall());
        let id = MessageId { log, seq, index: 0 };
        let text: String = text.lines().next().unwrap_or_default().chars().take(PREVIEW_CHARS).collect();
        self.tell_after_all(LateDelivery { first: id, last: id, text, said }, other, Some(other));
    }

    /// What was said in a former session has arrived: `by` has it.
    fn tell_after_all(&mut self, arrived: LateDelivery, by: Author, to: Option<Author>) {
        let LateDelivery { first, last, text, said } = arrived;
        let verdict = Verdict {
            first,
            last,
            text: Some(text),
            by: vec![by],
            confirmed: 1,
            of: 1,
            missing: Vec::new(),
            held: 0,
            held_by: Vec::new(),
            is_after_all: true,
        };
        let delivery = self.delivery(verdict, to);
        self.show(Event::Delivery(Delivery { said_before: Some(said), ..delivery }));
    }
}
