//! What became of what this node said: who has confirmed it, and when that is told.

mod audience;
mod verdict;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::chat::api::talk::{InstanceKind, MessageId};
use crate::chat::base::limits::{
    CONFIRM_WITHIN, DISTANT_FOR, DISTANT_WITHIN, PEERS_MAX, PREVIEW_CHARS, UNDECIDED_MAX, VERDICT_AFTER_NEWCOMER,
    VERDICT_AFTER_START,
};
use crate::chat::base::time::Moment;
use crate::chat::keys::identity::{Author, LogId};
use crate::chat::peers::peer::Peer;
use crate::chat::peers::presence::Presence;

use verdict::NAMED_MAX;
pub use verdict::{Judged, Verdict};

use audience::{Audience, audience, is_for};

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
    /// That is so because nobody can be heard yet.
    is_waiting: bool,
    /// When somebody who is not heard confirmed something.
    distant: Option<Moment>,
    /// The time-out in use.
    patience: Duration,
    /// Who was there when something was said and was not heard since, and when that was found out.
    lost: BTreeMap<LogId, (Author, Moment)>,
    /// Who has left, and how far it had confirmed.
    left: BTreeMap<LogId, (Author, u64)>,
    outcome: Outcome,
    next_look: Option<Moment>,
}

#[derive(Debug, Default)]
struct Queue {
    pending: VecDeque<Undecided>,
    /// How many of them, the first ones, were told to be unconfirmed. They may still be confirmed after all.
    notified: usize,
}

#[derive(Clone, Debug)]
struct Undecided {
    first: MessageId,
    last: MessageId,
    /// How it begins; `None`: it was taken back.
    text: Option<String>,
    sent: Moment,
}

/// What receipts are judged against: who is here, and how the room is.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// Who is here.
    pub presence: &'a Presence,
    /// Everybody is sent to by unicast, and everybody's receipt counts. In others one is enough.
    pub is_small: bool,
    /// How long receipts are waited for where the user does not say.
    pub patience: Duration,
    /// Undecided entries take so much of what may be held that no more are waited for.
    pub is_crowded: bool,
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
    fn pop(&mut self) -> Option<(Undecided, bool)> {
        let pending = self.pending.pop_front()?;
        let was_told = self.notified > 0;
        self.notified -= usize::from(was_told);
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
            is_waiting: false,
            distant: None,
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
        queue.pending.push_back(Undecided { first, last, text, sent: now });
        self.look_again(now);
    }

    /// Nothing could come for a while: what comes now may confirm what was said before.
    pub fn resume(&mut self, now: Moment) {
        self.earliest = self.earliest.max(now.after(VERDICT_AFTER_START));
    }

    /// Nobody can be heard yet who is waited for: no verdict falls before.
    pub fn wait_until(&mut self, then: Moment, now: Moment) {
        self.earliest = self.earliest.max(then);
        self.is_waiting = true;
        self.look_again(now);
    }

    /// They can be heard now: a verdict falls from then on.
    pub fn go_on_from(&mut self, then: Moment, now: Moment) {
        if std::mem::take(&mut self.is_waiting) {
            self.earliest = then;
            self.look_again(now);
        }
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

    /// Somebody who is not heard confirms by way of a bridge: what is said from now on waits a moment for that one, too.
    pub fn somebody_distant_confirmed(&mut self, log: LogId, author: Author, acked: u64, now: Moment) {
        self.distant = Some(now);
        self.somebody_left(log, author, acked);
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

    /// The first own entry that must be kept. A private message whose receiver is away is not waited for: others hold it for him.
    pub fn first_kept(&self) -> Option<u64> {
        let private = self.queues.iter().filter(|(to, _)| to.is_some());
        let private = private.filter_map(|(_, queue)| queue.pending.get(queue.notified));
        private.map(|pending| pending.first.seq).chain(self.first_undecided()).min()
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
            queue.pending.get(queue.notified)
        } {
            Some(pending) if now < self.earliest_of(pending) => Some(self.earliest_of(pending)),
            next => next.map(|pending| self.due(pending)),
        };
        self.next_look = self.queues.values().filter_map(next).min();
    }

    /// When its verdict may fall: where people behind a bridge confirm, a moment after it was said.
    fn earliest_of(&self, pending: &Undecided) -> Moment {
        let is_awaited = self.distant.is_some_and(|at| pending.sent.since(at) < DISTANT_FOR);
        if is_awaited { self.earliest.max(pending.sent.after(DISTANT_WITHIN)) } else { self.earliest }
    }

    fn due(&self, pending: &Undecided) -> Moment {
        pending.sent.max(self.ended.unwrap_or(Moment::START)).after(self.patience).max(self.earliest)
    }

    fn front(&self, to: Audience) -> Option<&Undecided> {
        self.queues.get(&to)?.pending.front()
    }

    fn pop(&mut self, to: Audience) -> Option<(Undecided, bool)> {
        self.queues.get_mut(&to)?.pop()
    }

    /// How long receipts are waited for, where the room has this patience.
    pub fn confirm_within(&self, patience: Duration) -> Duration {
        self.confirm_within.unwrap_or(patience)
    }

    /// Nothing more will be said: what was is to be confirmed in time from now on.
    pub fn end(&mut self, now: Moment) {
        self.ended = Some(now);
    }

    /// What is not clear by now is told as it is.
    pub fn give_up(&mut self, now: Moment) {
        self.confirm_within = Some(Duration::ZERO);
        self.earliest = now;
    }

    /// What became of everything decided so far.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Whether it is clear what became of everything said.
    pub fn is_clear(&self, presence: &Presence, is_small: bool, now: Moment) -> bool {
        let mut lasts = self.queues.iter().filter_map(|(&to, queue)| Some((to, queue.pending.back()?)));
        let is_enough = |(to, last): (Audience, &Undecided)| {
            let is_due = !is_small && now >= self.earliest;
            is_due && audience(presence, to).any(|peer| last.is_confirmed_by(peer))
        };
        lasts.all(is_enough)
    }

    /// Finds out what became of what was said, as far as that is clear.
    pub fn judge(&mut self, setting: Circumstances<'_>, now: Moment) -> Vec<Judged> {
        self.patience = self.confirm_within(setting.patience);
        let audiences: Vec<Audience> = self.queues.keys().copied().collect();
        let most = if setting.is_crowded { 0 } else { UNDECIDED_MAX / 2 };
        let mut too_many = self.len().saturating_sub(most);
        let judged = audiences.into_iter().map(|to| self.judge_for(to, setting, &mut too_many, now)).collect();
        self.queues.retain(|to, queue| to.is_none() || !queue.pending.is_empty());
        self.look_again(now);
        match self.queues.values().filter_map(|queue| queue.pending.front()).map(|first| first.sent).min() {
            None => {
                self.lost.clear();
                self.left.clear();
            }
            Some(sent) => self.lost.retain(|_, (_, lost)| *lost > sent),
        }
        judged
    }

    fn judge_for(&mut self, to: Audience, setting: Circumstances<'_>, too_many: &mut usize, now: Moment) -> Judged {
        let mut judged = Judged { to, received: Vec::new(), delivered_before: None, verdicts: Vec::new() };
        self.judge_confirmed(&mut judged, setting.presence, too_many, now);
        self.judge_overdue(&mut judged, setting.presence, now);
        self.drop_overdue(to, setting, too_many, now);
        judged
    }

    /// What everybody has whom it is for. Receipts are for all up to an entry, so the first that is not confirmed ends it.
    fn judge_confirmed(&mut self, judged: &mut Judged, presence: &Presence, too_many: &mut usize, now: Moment) {
        let to = judged.to;
        let mut is_any = false;
        while let Some(first) = self.front(to)
            && now >= self.earliest_of(first)
            && self.is_confirmed_by_all(to, first, presence)
            && let Some((pending, was_told)) = self.pop(to)
        {
            is_any = true;
            *too_many = too_many.saturating_sub(1);
            judged.received.extend(to.map(|_| pending.last));
            let verdict = self.verdict(to, &pending, presence);
            judged.add(Verdict { is_after_all: was_told, ..verdict });
        }
        if is_any && to.is_none() {
            judged.delivered_before = Some(self.first_undecided().unwrap_or(u64::MAX));
        }
    }

    /// What is not confirmed in time is told, and waits on: whoever comes back later confirms it after all.
    fn judge_overdue(&mut self, judged: &mut Judged, presence: &Presence, now: Moment) {
        while let Some(queue) = self.queues.get(&judged.to)
            && let Some(pending) = queue.pending.get(queue.notified).cloned()
            && self.due(&pending) <= now
        {
            judged.add(self.verdict(judged.to, &pending, presence));
            self.queues.entry(judged.to).or_default().notified += 1;
        }
    }

    /// What was told counts as lost for the exit code only when input has ended, or when so many are too many to wait on.
    fn drop_overdue(&mut self, to: Audience, setting: Circumstances<'_>, too_many: &mut usize, now: Moment) {
        let is_ended = self.ended.is_some();
        while let Some(queue) = self.queues.get(&to)
            && let Some(pending) = queue.pending.front()
            && queue.notified > 0
            && (is_ended && self.due(pending) <= now || *too_many > 0)
            && let Some((pending, _)) = self.pop(to)
        {
            *too_many = too_many.saturating_sub(1);
            let Verdict { confirmed, of, .. } = self.verdict(to, &pending, setting.presence);
            let is_short = if setting.is_small { confirmed < of } else { confirmed == 0 };
            self.outcome.nobody |= of == 0;
            self.outcome.unconfirmed |= is_short && of > 0;
        }
    }

    /// Whether somebody has it, and nobody who was there when it was said lacks it, or was lost before that was clear.
    fn is_confirmed_by_all(&self, to: Audience, pending: &Undecided, presence: &Presence) -> bool {
        let has_left = |&(author, acked): &(Author, u64)| is_for(to, author) && acked >= pending.last.seq;
        let was_read = audience(presence, to).next().is_some() || self.left.values().any(has_left);
        was_read
            && self.lost_since(to, pending) == 0
            && audience(presence, to).all(|peer| pending.is_confirmed_by(peer))
    }

    /// How many whom it is for were lost since it was said.
    fn lost_since(&self, to: Audience, pending: &Undecided) -> usize {
        self.lost.values().filter(|&&(author, lost)| is_for(to, author) && lost > pending.sent).count()
    }

    fn verdict(&self, to: Audience, pending: &Undecided, presence: &Presence) -> Verdict {
        let has = |peer: &&Peer| pending.is_confirmed_by(peer);
        let left = self.left.values().filter(|(author, acked)| is_for(to, *author) && *acked >= pending.last.seq);
        let left = left.map(|&(author, _)| author);
        let mut by: Vec<Author> = audience(presence, to).filter(has).map(|peer| peer.author).chain(left).collect();
        let lacks = audience(presence, to).filter(|peer| !has(peer));
        let mut missing: Vec<Author> = lacks.map(|peer| peer.author).collect();
        let held = to.map_or(0, |to| presence.counted().filter(has).filter(|peer| peer.author != to).count());
        let headless = presence.counted().filter(|peer| to.is_none() && peer.kind() == InstanceKind::Headless);
        let held_by = headless.filter(has).map(|peer| peer.author).take(NAMED_MAX).collect();
        let (confirmed, of) = (by.len(), by.len() + missing.len() + self.lost_since(to, pending));
        by.truncate(NAMED_MAX);
        missing.truncate(NAMED_MAX);
        let Undecided { first, last, text, .. } = pending.clone();
        Verdict { first, last, text, by, confirmed, of, missing, held, held_by, is_after_all: false }
    }
}

impl Undecided {
    fn is_confirmed_by(&self, peer: &Peer) -> bool {
        peer.acked(self.last.log) >= self.last.seq
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::peers::presence::tests::{at, beacon, log};
    use crate::chat::wire::frame::{Ack, Beacon};

    const OWN: usize = 99;

    /// The one who says things, and who is here.
    struct Speaking {
        deliveries: Deliveries,
        presence: Presence,
        counter: u64,
    }

    fn message(seq: u64) -> MessageId {
        MessageId { log: log(OWN), seq, index: 0 }
    }

    fn author(number: usize) -> Author {
        beacon(number, 0).author
    }

    impl Speaking {
        /// These people are here, and the start is over.
        fn to(people: &[usize]) -> Self {
            let mut presence = Presence::new(log(OWN));
            for &number in people {
                assert!(presence.greet(number, 1, at(0)));
                presence.admit(log(number), 0, at(0).moment);
            }
            Self { deliveries: Deliveries::new(None, Moment::START), presence, counter: 1 }
        }

        fn say(&mut self, seq: u64, to: Option<usize>, second: u64) {
            self.deliveries.sent(
                to.map(author),
                (message(seq), message(seq)),
                &format!("line {seq}"),
                at(second).moment,
            );
        }

        /// Somebody has confirmed one's own log so far.
        fn confirm(&mut self, number: usize, seq: u64, second: u64) {
            self.counter += 1;
            let acks = vec![Ack { log: log(OWN), seq }];
            self.presence.come(number, Beacon { acks, ..beacon(number, self.counter) }, number, at(second));
        }

        fn judge(&mut self, second: u64) -> Vec<Judged> {
            let setting =
                Circumstances { presence: &self.presence, is_small: true, patience: CONFIRM_WITHIN, is_crowded: false };
            self.deliveries.judge(setting, at(second).moment)
        }

        /// Each verdict: first and last line, how many have it, of how many, and whether that was told otherwise before.
        fn notified(&mut self, second: u64) -> Vec<(u64, u64, usize, usize, bool)> {
            let verdicts = self.judge(second).into_iter().flat_map(|judged| judged.verdicts);
            verdicts.map(|v| (v.first.seq, v.last.seq, v.confirmed, v.of, v.is_after_all)).collect()
        }
    }

    #[test]
    fn lines_that_everybody_has_are_told_together_and_the_rest_in_time() {
        let mut tim = Speaking::to(&[1, 2]);
        (1..=3).for_each(|seq| tim.say(seq, None, 10));
        tim.confirm(1, 3, 10);
        tim.confirm(2, 2, 10);
        assert_eq!(tim.notified(10), [(1, 2, 2, 2, false)]);
        assert_eq!((tim.notified(11), tim.deliveries.first_undecided()), (vec![], Some(3)));
        let due = tim.deliveries.deadline().expect("a verdict must fall");
        assert_eq!(due, at(10).moment.after(CONFIRM_WITHIN));
        assert_eq!(tim.notified(20), [(3, 3, 1, 2, false)]);
        tim.confirm(2, 3, 21);
        assert_eq!(tim.notified(21), [(3, 3, 2, 2, true)], "it is confirmed after all");
    }

    #[test]
    fn who_was_lost_is_missed_and_who_left_with_it_is_not() {
        let mut tim = Speaking::to(&[1, 2]);
        tim.say(1, None, 10);
        tim.confirm(1, 1, 10);
        tim.presence.remove(log(2), at(11).moment);
        tim.deliveries.somebody_lost(log(2), author(2), at(11).moment);
        assert_eq!(tim.notified(20), [(1, 1, 1, 2, false)]);

        let mut tim = Speaking::to(&[1]);
        tim.say(1, None, 10);
        tim.presence.remove(log(1), at(11).moment);
        tim.deliveries.somebody_left(log(1), author(1), 1);
        assert_eq!(tim.notified(12), [(1, 1, 1, 1, false)]);
    }

    #[test]
    fn a_private_message_waits_for_its_receiver_alone() {
        let mut tim = Speaking::to(&[1, 2]);
        tim.say(1, Some(1), 10);
        tim.say(2, None, 10);
        tim.confirm(1, 1, 10);
        let judged = tim.judge(10);
        let received: Vec<MessageId> = judged.iter().flat_map(|judged| judged.received.clone()).collect();
        assert_eq!((received, tim.deliveries.first_undecided()), (vec![message(1)], Some(2)));
        assert!(judged.iter().all(|judged| judged.delivered_before.is_none()));
    }

    #[test]
    fn when_input_ends_it_is_said_what_was_lost() {
        let ended = |people: &[usize]| {
            let mut tim = Speaking::to(people);
            tim.say(1, None, 10);
            tim.deliveries.end(at(10).moment);
            assert!(!tim.deliveries.is_clear(&tim.presence, true, at(10).moment));
            tim.judge(30);
            assert!(tim.deliveries.is_clear(&tim.presence, true, at(30).moment));
            tim.deliveries.outcome()
        };
        assert_eq!(ended(&[]), Outcome { nobody: true, unconfirmed: false });
        assert_eq!(ended(&[1]), Outcome { nobody: false, unconfirmed: true });
    }
}
