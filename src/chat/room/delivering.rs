//! What became of what one said.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::Room;
use crate::chat::event::Event;
use crate::chat::identity::{Author, LogId};
use crate::chat::limits::{
    CONFIRM_WITHIN, PEERS_MAX, PREVIEW_CHARS, UNDECIDED_MAX, VERDICT_AFTER_NEWCOMER, VERDICT_AFTER_START,
};
use crate::chat::peer::Peer;
use crate::chat::secret::RoomName;
use crate::chat::talk::{Delivery, MessageId, Speaker};
use crate::chat::time::{Moment, Now};

/// Own entries that not everybody has confirmed.
#[derive(Debug)]
pub struct Deliveries {
    room: RoomName,
    confirm_within: Option<Duration>,
    /// When the last was said that will be said.
    ended: Option<Moment>,
    pending: VecDeque<Pending>,
    /// How many of them, the first ones, were told to be unconfirmed. They may still be confirmed after all.
    told: usize,
    /// No verdict falls before.
    earliest: Moment,
    /// The time-out in use.
    patience: Duration,
    /// Who was there when something was said and was not heard since, and when that was found out.
    lost: BTreeMap<LogId, (Author, Moment)>,
    /// Who has left, and how far it had confirmed.
    left: BTreeMap<LogId, (Author, u64)>,
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
            told: 0,
            earliest: now.after(VERDICT_AFTER_START),
            patience: confirm_within.unwrap_or(CONFIRM_WITHIN),
            lost: BTreeMap::new(),
            left: BTreeMap::new(),
            outcome: Outcome::default(),
            next_look: None,
        }
    }

    pub fn sent(&mut self, first: MessageId, last: MessageId, text: &str, now: Moment) {
        let text = text.lines().next().unwrap_or_default().chars().take(PREVIEW_CHARS).collect();
        self.pending.push_back(Pending { first, last, text, sent: now });
        self.look_again(now);
    }

    /// Who was lost and is here again confirms for itself.
    pub fn somebody_came(&mut self, author: Author, now: Moment) {
        self.lost.retain(|_, (lost, _)| *lost != author);
        self.earliest = self.earliest.max(now.after(VERDICT_AFTER_NEWCOMER));
    }

    pub fn somebody_lost(&mut self, log: LogId, author: Author, now: Moment) {
        if !self.pending.is_empty() && self.lost.len() < PEERS_MAX {
            self.lost.insert(log, (author, now));
        }
    }

    /// What somebody confirmed before leaving stays confirmed.
    pub fn somebody_left(&mut self, log: LogId, author: Author, acked: u64) {
        if !self.pending.is_empty() && self.left.len() < PEERS_MAX {
            self.left.insert(log, (author, acked));
        }
    }

    /// What was said from `first` to `last` is not to be told again.
    pub fn forget_text(&mut self, first: u64, last: u64) {
        for pending in self.pending.iter_mut().filter(|pending| (first..=last).contains(&pending.first.seq)) {
            "[taken back]".clone_into(&mut pending.text);
        }
    }

    pub fn len(&self) -> usize {
        self.pending.len()
    }

    /// Whether anything was said that was told neither to be confirmed nor not to be.
    pub fn is_waiting(&self) -> bool {
        self.pending.len() > self.told
    }

    /// The first own entry that must be kept.
    pub fn first_undecided(&self) -> Option<u64> {
        self.pending.front().map(|pending| pending.first.seq)
    }

    /// When a verdict may fall, or must.
    pub fn deadline(&self) -> Option<Moment> {
        self.next_look
    }

    /// After `now`: as soon as a verdict may fall, or else when the next one must.
    fn look_again(&mut self, now: Moment) {
        let next = if self.ended.is_some() { self.pending.front() } else { self.pending.get(self.told) };
        self.next_look = match next {
            Some(_) if now < self.earliest => Some(self.earliest),
            next => next.map(|pending| self.due(pending)),
        };
    }

    fn due(&self, pending: &Pending) -> Moment {
        pending.sent.max(self.ended.unwrap_or(Moment::START)).after(self.patience).max(self.earliest)
    }

    fn pop(&mut self) -> Option<(Pending, bool)> {
        let pending = self.pending.pop_front()?;
        let was_told = self.told > 0;
        self.told -= usize::from(was_told);
        Some((pending, was_told))
    }
}

impl Room {
    /// How long receipts are waited for: in a small room they come at once or not at all, in others with the beacons.
    pub(super) fn confirm_within(&self) -> Duration {
        let of_room = if self.is_small() { CONFIRM_WITHIN } else { CONFIRM_WITHIN.max(self.interval() * 5 / 2) };
        self.deliveries.confirm_within.unwrap_or(of_room)
    }

    /// Nothing more will be said: what was is to be confirmed from now on in time.
    pub fn end_input(&mut self, now: Now) {
        self.now = now;
        self.deliveries.ended = Some(now.moment);
        self.judge();
    }

    /// The room is left: what is not clear by now is told as it is.
    pub fn settle(&mut self, now: Now) -> Outcome {
        self.deliveries.confirm_within = Some(Duration::ZERO);
        self.deliveries.earliest = now.moment;
        self.end_input(now);
        self.deliveries.outcome
    }

    /// What became of everything said, once that is clear. In a room that is not small one receipt is enough.
    pub fn outcome(&self) -> Option<Outcome> {
        let Some(last) = self.deliveries.pending.back() else { return Some(self.deliveries.outcome) };
        let is_confirmed = || self.presence.counted().any(|peer| peer.acked(self.own.log) >= last.last.seq);
        let is_enough = !self.is_small() && self.now.moment >= self.deliveries.earliest && is_confirmed();
        is_enough.then_some(self.deliveries.outcome)
    }

    pub(super) fn tick_deliveries(&mut self) {
        self.judge();
    }

    /// Says what became of own entries, as far as that is clear. What is not confirmed in time is told, and waits on: it is
    /// lost for the exit code only when input has ended, or when there is no room for more.
    pub(super) fn judge(&mut self) {
        let now = self.now.moment;
        self.deliveries.patience = self.confirm_within();
        let undecided = self.deliveries.len();
        let mut verdicts: Vec<Delivery> = Vec::new();
        let add = |verdicts: &mut Vec<Delivery>, verdict: Delivery| match verdicts.last_mut() {
            Some(before) if is_alike(before, &verdict) => before.last = verdict.last,
            _ => verdicts.push(verdict),
        };
        while now >= self.deliveries.earliest
            && let Some(first) = self.deliveries.pending.front()
            && self.is_confirmed_by_all(first)
            && let Some((pending, was_told)) = self.deliveries.pop()
        {
            add(&mut verdicts, Delivery { is_after_all: was_told, ..self.verdict(&pending) });
        }
        if self.deliveries.len() < undecided {
            self.note_delivered();
        }
        while let Some(pending) = self.deliveries.pending.get(self.deliveries.told)
            && self.deliveries.due(pending) <= now
        {
            let pending = Pending { text: pending.text.clone(), ..*pending };
            add(&mut verdicts, self.verdict(&pending));
            self.deliveries.told += 1;
        }
        let is_ended = self.deliveries.ended.is_some();
        while let Some(pending) = self.deliveries.pending.front()
            && self.deliveries.told > 0
            && (is_ended && self.deliveries.due(pending) <= now || self.deliveries.len() > UNDECIDED_MAX / 2)
            && let Some((pending, _)) = self.deliveries.pop()
        {
            let Delivery { confirmed, of, .. } = self.verdict(&pending);
            let is_short = if self.is_small() { confirmed < of } else { confirmed == 0 };
            self.deliveries.outcome.nobody |= of == 0;
            self.deliveries.outcome.unconfirmed |= is_short && of > 0;
        }
        if !verdicts.is_empty() {
            self.commit();
        }
        for verdict in verdicts {
            self.show(Event::Delivery(verdict));
        }
        self.deliveries.look_again(now);
        match self.deliveries.pending.front().map(|first| first.sent) {
            None => {
                self.deliveries.lost.clear();
                self.deliveries.left.clear();
            }
            Some(sent) => self.deliveries.lost.retain(|_, (_, lost)| *lost > sent),
        }
        self.archive.protect(self.own.log, self.deliveries.first_undecided().unwrap_or(u64::MAX));
    }

    fn is_confirmed_by_all(&self, pending: &Pending) -> bool {
        let (own, seq) = (self.own.log, pending.last.seq);
        let was_read =
            self.presence.counted().next().is_some() || self.deliveries.left.values().any(|&(_, acked)| acked >= seq);
        let is_nobody_lost = self.deliveries.lost.values().all(|&(_, lost)| lost <= pending.sent);
        was_read && is_nobody_lost && self.presence.counted().all(|peer| peer.acked(own) >= seq)
    }

    fn verdict(&mut self, pending: &Pending) -> Delivery {
        let (own, seq) = (self.own.log, pending.last.seq);
        let has = |peer: &&Peer| peer.acked(own) >= seq;
        let left = self.deliveries.left.values().filter(|(_, acked)| *acked >= seq).map(|&(author, _)| author);
        let by: Vec<Author> = self.presence.counted().filter(has).map(|peer| peer.author).chain(left).collect();
        let missing: Vec<Author> = self.presence.counted().filter(|peer| !has(peer)).map(|peer| peer.author).collect();
        let lost = self.deliveries.lost.values().filter(|&&(_, lost)| lost > pending.sent).count();
        let (confirmed, of) = (by.len(), by.len() + missing.len() + lost);
        let mut names = |authors: Vec<Author>| -> Vec<Speaker> {
            authors.into_iter().take(NAMED_MAX).map(|author| self.names.speaker(author)).collect()
        };
        Delivery {
            room: self.deliveries.room.clone(),
            first: pending.first,
            last: pending.last,
            text: pending.text.clone(),
            by: names(by),
            confirmed,
            of,
            missing: names(missing),
            is_after_all: false,
            said_before: None,
            askers: Vec::new(),
        }
    }
}

/// Whether two verdicts that fall together are one for whoever reads them.
fn is_alike(one: &Delivery, other: &Delivery) -> bool {
    (one.confirmed, one.of, one.is_after_all) == (other.confirmed, other.of, other.is_after_all)
        && one.by == other.by
        && one.missing == other.missing
}

/// How many people are named in one verdict.
const NAMED_MAX: usize = 16;
