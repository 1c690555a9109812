//! What became of what one said.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::Room;
use crate::chat::api::event::Event;
use crate::chat::api::talk::{Delivery, MessageId, Speaker};
use crate::chat::base::limits::{
    CONFIRM_WITHIN, OWN_KEPT_PART, PEERS_MAX, PREVIEW_CHARS, UNDECIDED_MAX, VERDICT_AFTER_NEWCOMER, VERDICT_AFTER_START,
};
use crate::chat::base::time::{Moment, Now};
use crate::chat::keys::identity::{Author, LogId};
use crate::chat::log::history::Record;
use crate::chat::peers::peer::Peer;

/// Own entries that not everybody whom they are for has confirmed.
#[derive(Debug)]
pub struct Deliveries {
    confirm_within: Option<Duration>,
    /// When the last was said that will be said.
    ended: Option<Moment>,
    /// Those for everybody, and those for one person alone. Receipts are for all up to an entry, so each waits in its order.
    queues: BTreeMap<Audience, Queue>,
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

/// Whom something is for; `None`: everybody.
type Audience = Option<Author>;

#[derive(Debug, Default)]
struct Queue {
    pending: VecDeque<Pending>,
    /// How many of them, the first ones, were told to be unconfirmed. They may still be confirmed after all.
    told: usize,
}

#[derive(Clone, Debug)]
struct Pending {
    first: MessageId,
    last: MessageId,
    /// How it begins; `None`: it was taken back.
    text: Option<String>,
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

impl Queue {
    fn pop(&mut self) -> Option<(Pending, bool)> {
        let pending = self.pending.pop_front()?;
        let was_told = self.told > 0;
        self.told -= usize::from(was_told);
        Some((pending, was_told))
    }
}

impl Deliveries {
    pub fn new(confirm_within: Option<Duration>, now: Moment) -> Self {
        Self {
            confirm_within,
            ended: None,
            queues: BTreeMap::from([(None, Queue::default())]),
            earliest: now.after(VERDICT_AFTER_START),
            patience: confirm_within.unwrap_or(CONFIRM_WITHIN),
            lost: BTreeMap::new(),
            left: BTreeMap::new(),
            outcome: Outcome::default(),
            next_look: None,
        }
    }

    /// Something was said, to everybody or to one person alone.
    pub fn sent(&mut self, to: Audience, (first, last): (MessageId, MessageId), text: &str, now: Moment) {
        let text = Some(text.lines().next().unwrap_or_default().chars().take(PREVIEW_CHARS).collect());
        let queue = self.queues.entry(to).or_default();
        queue.pending.push_back(Pending { first, last, text, sent: now });
        self.look_again(now);
    }

    /// Nothing could come for a while: what comes now may confirm what was said before.
    pub fn resume(&mut self, now: Moment) {
        self.earliest = self.earliest.max(now.after(VERDICT_AFTER_START));
    }

    /// Who was lost and is here again confirms for itself.
    pub fn somebody_came(&mut self, author: Author, now: Moment) {
        self.lost.retain(|_, (lost, _)| *lost != author);
        let sent = self.queues.values().filter_map(|queue| queue.pending.front()).map(|pending| pending.sent).min();
        let latest = sent.unwrap_or(now).after(self.patience + VERDICT_AFTER_NEWCOMER); // whoever else may come
        self.earliest = self.earliest.max(now.after(VERDICT_AFTER_NEWCOMER).min(latest));
    }

    pub fn somebody_lost(&mut self, log: LogId, author: Author, now: Moment) {
        if self.len() > 0 && self.lost.len() < PEERS_MAX {
            self.lost.insert(log, (author, now));
        }
    }

    /// What somebody confirmed before leaving stays confirmed.
    pub fn somebody_left(&mut self, log: LogId, author: Author, acked: u64) {
        if self.len() > 0 && self.left.len() < PEERS_MAX {
            self.left.insert(log, (author, acked));
        }
    }

    /// What was said from `first` to `last` is not to be told again.
    pub fn forget_text(&mut self, first: u64, last: u64) {
        let all = self.queues.values_mut().flat_map(|queue| &mut queue.pending);
        for pending in all.filter(|pending| (first..=last).contains(&pending.first.seq)) {
            pending.text = None;
        }
    }

    pub fn len(&self) -> usize {
        self.queues.values().map(|queue| queue.pending.len()).sum()
    }

    /// How many entries wait for a verdict, and how many people were lost or left since the first of them.
    pub fn held(&self) -> (usize, usize) {
        (self.len(), self.lost.len() + self.left.len())
    }

    /// The first own entry to everybody that is undecided.
    pub fn first_undecided(&self) -> Option<u64> {
        self.queues[&None].pending.front().map(|pending| pending.first.seq)
    }

    /// The first own entry that must be kept. A letter whose receiver is away is not waited for: others hold it for him.
    pub fn first_kept(&self) -> Option<u64> {
        let letters = self.queues.iter().filter(|(to, _)| to.is_some());
        let letters = letters.filter_map(|(_, queue)| queue.pending.get(queue.told));
        letters.map(|pending| pending.first.seq).chain(self.first_undecided()).min()
    }

    /// When a verdict may fall, or must.
    pub fn deadline(&self) -> Option<Moment> {
        self.next_look
    }

    /// After `now`: as soon as a verdict may fall, or else when the next one must.
    fn look_again(&mut self, now: Moment) {
        let next = |queue: &Queue| match if self.ended.is_some() {
            queue.pending.front()
        } else {
            queue.pending.get(queue.told)
        } {
            Some(_) if now < self.earliest => Some(self.earliest),
            next => next.map(|pending| self.due(pending)),
        };
        self.next_look = self.queues.values().filter_map(next).min();
    }

    fn due(&self, pending: &Pending) -> Moment {
        pending.sent.max(self.ended.unwrap_or(Moment::START)).after(self.patience).max(self.earliest)
    }

    fn front(&self, to: Audience) -> Option<&Pending> {
        self.queues.get(&to)?.pending.front()
    }

    fn pop(&mut self, to: Audience) -> Option<(Pending, bool)> {
        self.queues.get_mut(&to)?.pop()
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
        self.pass_time(now);
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
        let mut lasts = self.deliveries.queues.iter().filter_map(|(&to, queue)| Some((to, queue.pending.back()?)));
        let is_enough = |(to, last): (Audience, &Pending)| {
            let is_confirmed = |peer: &Peer| peer.acked(self.own.log) >= last.last.seq;
            let is_due = !self.is_small() && self.now.moment >= self.deliveries.earliest;
            is_due && self.audience(to).any(is_confirmed)
        };
        lasts.all(is_enough).then_some(self.deliveries.outcome)
    }

    /// Whose receipts count for what is for `to`.
    fn audience(&self, to: Audience) -> impl Iterator<Item = &Peer> {
        self.presence.counted().filter(move |peer| to.is_none_or(|author| author == peer.author))
    }

    pub(super) fn tick_deliveries(&mut self) {
        self.judge();
    }

    /// Says what became of own entries, as far as that is clear.
    pub(super) fn judge(&mut self) {
        let now = self.now.moment;
        self.deliveries.patience = self.confirm_within();
        let audiences: Vec<Audience> = self.deliveries.queues.keys().copied().collect();
        let is_crowded = self.undecided_entries() > self.kept_max() / 2;
        let most = if is_crowded { 0 } else { UNDECIDED_MAX / 2 };
        let mut too_many = self.deliveries.len().saturating_sub(most);
        for to in audiences {
            self.judge_for(to, &mut too_many);
        }
        self.deliveries.queues.retain(|to, queue| to.is_none() || !queue.pending.is_empty());
        self.deliveries.look_again(now);
        let first =
            self.deliveries.queues.values().filter_map(|queue| queue.pending.front()).map(|first| first.sent).min();
        match first {
            None => {
                self.deliveries.lost.clear();
                self.deliveries.left.clear();
            }
            Some(sent) => self.deliveries.lost.retain(|_, (_, lost)| *lost > sent),
        }
        self.keep_unconfirmed();
    }

    /// What one said stays as long as it is undecided, or somebody who is here has not confirmed it; but never more than a
    /// part of what may be held, for who does not confirm at all is not waited for.
    pub(super) fn keep_unconfirmed(&mut self) {
        let own = self.own.log;
        let behind = self.presence.present().map(|peer| peer.acked(own)).min().map(|acked| acked.saturating_add(1));
        let first = self.deliveries.first_kept().into_iter().chain(behind).min().unwrap_or(u64::MAX);
        let least = self.own.seq.saturating_sub(self.kept_max());
        self.archive.protect(own, first.max(least));
    }

    /// So many own entries stay though they are not confirmed.
    pub(super) fn kept_max(&self) -> u64 {
        (self.bounds.entries / OWN_KEPT_PART) as u64
    }

    /// How many own entries are kept because the first of them is undecided.
    pub(super) fn undecided_entries(&self) -> u64 {
        self.deliveries.first_undecided().map_or(0, |first| self.own.seq.saturating_sub(first) + 1)
    }

    /// The same of one audience. What is not confirmed in time is told, and waits on: it is lost for the exit code only when
    /// input has ended, or when there is no room for more: then so many of them are too many.
    fn judge_for(&mut self, to: Audience, too_many: &mut usize) {
        let now = self.now.moment;
        let mut verdicts: Vec<Delivery> = Vec::new();
        let add = |verdicts: &mut Vec<Delivery>, verdict: Delivery| match verdicts.last_mut() {
            Some(before) if is_alike(before, &verdict) => before.last = verdict.last,
            _ => verdicts.push(verdict),
        };
        let mut confirmed = None;
        while now >= self.deliveries.earliest
            && let Some(first) = self.deliveries.front(to)
            && self.is_confirmed_by_all(to, first)
            && let Some((pending, was_told)) = self.deliveries.pop(to)
        {
            if to.is_some() {
                self.store(Record::PrivateConfirmed { log: pending.last.log, seq: pending.last.seq });
            }
            *too_many = too_many.saturating_sub(1);
            confirmed = Some(pending.last);
            add(&mut verdicts, Delivery { is_after_all: was_told, ..self.verdict(to, &pending) });
        }
        if confirmed.is_some() && to.is_none() {
            self.note_delivered();
        }
        while let Some(queue) = self.deliveries.queues.get(&to)
            && let Some(pending) = queue.pending.get(queue.told).cloned()
            && self.deliveries.due(&pending) <= now
        {
            add(&mut verdicts, self.verdict(to, &pending));
            self.deliveries.queues.entry(to).or_default().told += 1;
        }
        let is_ended = self.deliveries.ended.is_some();
        while let Some(queue) = self.deliveries.queues.get(&to)
            && let Some(pending) = queue.pending.front()
            && queue.told > 0
            && (is_ended && self.deliveries.due(pending) <= now || *too_many > 0)
            && let Some((pending, _)) = self.deliveries.pop(to)
        {
            *too_many = too_many.saturating_sub(1);
            let Delivery { confirmed, of, .. } = self.verdict(to, &pending);
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
    }

    fn is_confirmed_by_all(&self, to: Audience, pending: &Pending) -> bool {
        let (own, seq) = (self.own.log, pending.last.seq);
        let is_of = |author: Author| to.is_none_or(|to| to == author);
        let has_left = |&(author, acked): &(Author, u64)| is_of(author) && acked >= seq;
        let was_read = self.audience(to).next().is_some() || self.deliveries.left.values().any(has_left);
        let is_lost = |&(author, lost): &(Author, Moment)| is_of(author) && lost > pending.sent;
        was_read && !self.deliveries.lost.values().any(is_lost) && self.audience(to).all(|peer| peer.acked(own) >= seq)
    }

    fn verdict(&mut self, to: Audience, pending: &Pending) -> Delivery {
        let (own, seq) = (self.own.log, pending.last.seq);
        let is_of = |author: Author| to.is_none_or(|to| to == author);
        let has = |peer: &&Peer| peer.acked(own) >= seq;
        let left = self.deliveries.left.values().filter(|(author, acked)| is_of(*author) && *acked >= seq);
        let left = left.map(|&(author, _)| author);
        let by: Vec<Author> = self.audience(to).filter(has).map(|peer| peer.author).chain(left).collect();
        let missing: Vec<Author> = self.audience(to).filter(|peer| !has(peer)).map(|peer| peer.author).collect();
        let lost = self.deliveries.lost.values();
        let lost = lost.filter(|&&(author, lost)| is_of(author) && lost > pending.sent).count();
        let held = to.map_or(0, |to| self.presence.counted().filter(has).filter(|peer| peer.author != to).count());
        let (confirmed, of) = (by.len(), by.len() + missing.len() + lost);
        let mut names = |authors: Vec<Author>| -> Vec<Speaker> {
            authors.into_iter().take(NAMED_MAX).map(|author| self.names.speaker(author)).collect()
        };
        Delivery {
            room: self.name.clone(),
            first: pending.first,
            last: pending.last,
            text: pending.text.clone(),
            by: names(by),
            confirmed,
            of,
            missing: names(missing),
            to: to.map(|to| self.names.speaker(to)),
            held,
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
