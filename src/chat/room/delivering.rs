//! What became of what one said.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use super::Room;
use crate::chat::event::Event;
use crate::chat::identity::LogId;
use crate::chat::limits::{CONFIRM_WITHIN, PREVIEW_CHARS, VERDICT_AFTER_NEWCOMER, VERDICT_AFTER_START};
use crate::chat::secret::RoomName;
use crate::chat::talk::{Delivery, MessageId, Speaker};
use crate::chat::time::{Moment, Now};

/// Own entries without a verdict.
#[derive(Debug)]
pub struct Deliveries {
    room: RoomName,
    confirm_within: Option<Duration>,
    /// When the last was said that will be said.
    ended: Option<Moment>,
    pending: VecDeque<Pending>,
    /// No verdict falls before.
    earliest: Moment,
    /// The time-out in use.
    patience: Duration,
    /// Who was there when something was said, and was not heard since.
    lost: BTreeSet<LogId>,
    outcome: Outcome,
    next_look: Option<Moment>,
}

#[derive(Debug)]
struct Pending {
    first: MessageId,
    last: MessageId,
    text: String,
    sent: Moment,
}

/// What became of everything said so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Something was said with nobody there.
    pub nobody: bool,
    /// Somebody was there and did not confirm in time.
    pub unconfirmed: bool,
}

impl Deliveries {
    pub fn new(room: RoomName, confirm_within: Option<Duration>, now: Moment) -> Self {
        Self {
            room,
            confirm_within,
            ended: None,
            pending: VecDeque::new(),
            earliest: now.after(VERDICT_AFTER_START),
            patience: confirm_within.unwrap_or(CONFIRM_WITHIN),
            lost: BTreeSet::new(),
            outcome: Outcome::default(),
            next_look: None,
        }
    }

    pub fn sent(&mut self, first: MessageId, last: MessageId, text: &str, now: Moment) {
        let text = text.chars().take(PREVIEW_CHARS).collect();
        let pending = Pending { first, last, text, sent: now };
        if self.pending.is_empty() {
            self.next_look = Some(self.look_again(&pending, now));
        }
        self.pending.push_back(pending);
    }

    pub fn somebody_came(&mut self, now: Moment) {
        self.earliest = self.earliest.max(now.after(VERDICT_AFTER_NEWCOMER));
    }

    pub fn somebody_lost(&mut self, log: LogId) {
        if !self.pending.is_empty() {
            self.lost.insert(log);
        }
    }

    pub fn len(&self) -> usize {
        self.pending.len()
    }

    /// The first own entry that must be kept.
    pub fn first_undecided(&self) -> Option<u64> {
        self.pending.front().map(|pending| pending.first.seq)
    }

    /// When a verdict may fall, or must.
    pub fn deadline(&self) -> Option<Moment> {
        self.pending.front()?;
        self.next_look
    }

    /// After `now`: as soon as a verdict may fall, or else when it must.
    fn look_again(&self, first: &Pending, now: Moment) -> Moment {
        if now < self.earliest { self.earliest } else { self.due(first) }
    }

    fn due(&self, pending: &Pending) -> Moment {
        pending.sent.max(self.ended.unwrap_or(Moment::START)).after(self.patience).max(self.earliest)
    }
}

impl Room {
    /// How long receipts are waited for.
    pub(super) fn confirm_within(&self) -> Duration {
        self.deliveries.confirm_within.unwrap_or_else(|| CONFIRM_WITHIN.max(self.interval() * 5 / 2))
    }

    /// Nothing more will be said: what was is to be confirmed from now on in time.
    pub fn end_input(&mut self, now: Now) {
        self.now = now;
        self.deliveries.ended = Some(now.moment);
        self.judge();
    }

    /// What became of everything said, once that is clear. In a room that is not small one receipt is enough.
    pub fn outcome(&self) -> Option<Outcome> {
        let Some(last) = self.deliveries.pending.back() else { return Some(self.deliveries.outcome) };
        let is_confirmed = || self.presence.present().any(|peer| peer.acked(self.own.log) >= last.last.seq);
        let is_enough = !self.is_small() && self.now.moment >= self.deliveries.earliest && is_confirmed();
        is_enough.then_some(self.deliveries.outcome)
    }

    pub(super) fn tick_deliveries(&mut self) {
        self.judge();
    }

    /// Says what became of own entries, in order, as far as that is clear.
    pub(super) fn judge(&mut self) {
        self.deliveries.patience = self.confirm_within();
        while let Some(pending) = self.deliveries.pending.front() {
            let is_due = self.deliveries.due(pending) <= self.now.moment;
            let is_early = self.now.moment < self.deliveries.earliest;
            if !is_due && (is_early || !self.is_confirmed_by_all(pending.last.seq)) {
                self.deliveries.next_look = Some(self.deliveries.look_again(pending, self.now.moment));
                break;
            }
            let pending = self.deliveries.pending.pop_front().expect("just seen");
            self.decide(pending);
        }
        if self.deliveries.pending.is_empty() {
            self.deliveries.lost.clear();
        }
        self.archive.protect(self.own.log, self.deliveries.first_undecided().unwrap_or(u64::MAX));
    }

    fn is_confirmed_by_all(&self, seq: u64) -> bool {
        let has = |log: LogId| self.presence.peer(log).is_some_and(|peer| peer.acked(self.own.log) >= seq);
        !self.presence.is_empty()
            && self.deliveries.lost.is_empty()
            && self.presence.present().all(|peer| has(peer.log))
    }

    fn decide(&mut self, pending: Pending) {
        let own = self.own.log;
        let (by, missing): (Vec<_>, Vec<_>) =
            self.presence.present().partition(|peer| peer.acked(own) >= pending.last.seq);
        let (confirmed, of) = (by.len(), by.len() + missing.len() + self.deliveries.lost.len());
        let authors = |peers: Vec<&crate::chat::peer::Peer>| {
            peers.into_iter().take(NAMED_MAX).map(|peer| peer.author).collect::<Vec<_>>()
        };
        let (by, missing) = (authors(by), authors(missing));
        let is_short = if self.is_small() { confirmed < of } else { confirmed == 0 };
        self.deliveries.outcome.nobody |= of == 0;
        self.deliveries.outcome.unconfirmed |= is_short && of > 0;
        let by: Vec<Speaker> = by.into_iter().map(|author| self.names.speaker(author)).collect();
        let missing = missing.into_iter().map(|author| self.names.speaker(author)).collect();
        let Pending { first, last, text, .. } = pending;
        let room = self.deliveries.room.clone();
        self.show(Event::Delivery(Delivery { room, first, last, text, by, confirmed, of, missing }));
    }
}

/// How many people are named in one verdict.
const NAMED_MAX: usize = 16;
