//! What to ask for, whom, and when.

mod want;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use crate::chat::base::limits::{
    ASK_DOUBLED_MAX, ASKED_OF_ONE_MAX, CLAIMANTS_MAX, CLAIMANTS_OF_ONE_MACHINE, TRIES_MAX, WANTS_HELD_MAX,
};
use crate::chat::base::rng::Rng;
use crate::chat::base::time::Moment;
use crate::chat::keys::identity::LogId;
use want::{Ask, Claim, Gap, Want, WantReason};

pub use want::Task;

/// What is missing and who may have it, one want for each log that lacks something. What is known to be missing, for its
/// author signed what follows, and what each holder claims to have are asked for apart from each other: no claim delays the
/// rest, or takes another holder's place.
#[derive(Debug)]
pub struct Repair {
    wants: BTreeMap<LogId, Want>,
    /// What is asked for next, by time.
    order: BTreeSet<(Moment, Task)>,
    /// Of which logs each holder claims to have more.
    claimed: BTreeMap<SocketAddr, BTreeSet<LogId>>,
    /// The holders by how many logs that are.
    claimants: BTreeSet<(usize, SocketAddr)>,
    /// How many claims there are of what was said before, and how many in all.
    backlog_claims: usize,
    claims: usize,
    /// How many entries are on the way from each holder, for each reason.
    asked: BTreeMap<(SocketAddr, WantReason), u64>,
    rng: Rng,
}

/// How long things take in a room of this size.
#[derive(Clone, Copy, Debug)]
pub struct AskPace {
    /// How long to wait for what is on its way anyway.
    pub first: (Duration, Duration),
    /// How long to wait for an answer the first time; each time twice as long.
    pub again: Duration,
}

/// Whom to ask, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// This one.
    pub holder: SocketAddr,
    /// For what is missing up to here.
    pub upto: u64,
    /// But for no more entries than so many.
    pub most: u64,
}

/// What a holder claims to have.
#[derive(Clone, Copy, Debug)]
pub struct Offer {
    /// This log.
    pub log: LogId,
    /// Up to here.
    pub upto: u64,
    /// Who has it.
    pub holder: SocketAddr,
    /// The holder writes that log.
    pub is_author: bool,
    /// It was said before we came.
    pub is_backlog: bool,
}

impl Repair {
    /// Nothing is missing.
    pub fn new(rng: &mut Rng) -> Self {
        Self {
            wants: BTreeMap::new(),
            order: BTreeSet::new(),
            claimed: BTreeMap::new(),
            claimants: BTreeSet::new(),
            backlog_claims: 0,
            claims: 0,
            asked: BTreeMap::new(),
            rng: rng.fork(),
        }
    }

    /// Something is missing of `log` before `upto`, which `by` brought and its author signed.
    pub fn find(&mut self, log: LogId, upto: u64, by: SocketAddr, pace: AskPace, now: Moment) {
        let due = now.after(self.rng.between(pace.first.0, pace.first.1));
        let want = self.wants.entry(log).or_default();
        if let Some(gap) = &mut want.gap {
            (gap.upto, gap.by) = (gap.upto.max(upto), by); // who brings something may have the rest
            return;
        }
        want.gap = Some(Gap { upto, by, ask: Ask::new(due) });
        self.order.insert((due, Task { log, by: None }));
    }

    /// A holder claims to have more of a log. Only that holder is asked for what nobody has signed. Of whoever claims most a claim is forgotten where there are too many.
    pub fn claim(&mut self, offer: Offer, pace: AskPace, now: Moment) {
        let Offer { log, upto, holder, is_author, is_backlog } = offer;
        let due = now.after(self.rng.between(pace.first.0, pace.first.1));
        if let Some(claim) = self.wants.get_mut(&log).and_then(|want| want.claim(holder)) {
            self.backlog_claims += usize::from(is_backlog && !claim.is_backlog);
            claim.is_backlog |= is_backlog;
            claim.upto = claim.upto.max(upto);
            return;
        }
        let claims = self.wants.get(&log).map_or(&[][..], |want| &want.claims);
        let is_crowded = claims.len() >= CLAIMANTS_MAX;
        let alike = claims.iter().filter(|claim| claim.holder.ip() == holder.ip()).count();
        if !is_author && (is_crowded || alike >= CLAIMANTS_OF_ONE_MACHINE) {
            return;
        }
        if is_crowded && let Some(other) = claims.first().map(|claim| claim.holder) {
            self.drop_claim(log, other);
        }
        if self.claims >= WANTS_HELD_MAX && !self.make_space(holder) {
            return;
        }
        let claim = Claim { holder, upto, is_author, is_backlog, ask: Ask::new(due) };
        self.wants.entry(log).or_default().claims.push(claim);
        self.order.insert((due, Task { log, by: Some(holder) }));
        self.claims += 1;
        self.backlog_claims += usize::from(is_backlog);
        self.count(holder, |logs| logs.insert(log));
    }

    /// Forgets a claim of whoever claims most, unless that is `holder` itself.
    fn make_space(&mut self, holder: SocketAddr) -> bool {
        let theirs = self.claimed.get(&holder).map_or(0, BTreeSet::len);
        let Some(&(_, claimant)) = self.claimants.last().filter(|&&(most, _)| most > theirs) else { return false };
        let Some(&log) = self.claimed.get(&claimant).and_then(BTreeSet::first) else { return false };
        self.drop_claim(log, claimant);
        true
    }

    fn count(&mut self, holder: SocketAddr, change: impl FnOnce(&mut BTreeSet<LogId>) -> bool) {
        let logs = self.claimed.entry(holder).or_default();
        self.claimants.remove(&(logs.len(), holder));
        change(logs);
        if logs.is_empty() {
            self.claimed.remove(&holder);
        } else {
            self.claimants.insert((logs.len(), holder));
        }
    }

    fn drop_claim(&mut self, log: LogId, holder: SocketAddr) {
        self.settle(Task { log, by: Some(holder) });
        let Some(want) = self.wants.get_mut(&log) else { return };
        let Some(at) = want.claims.iter().position(|claim| claim.holder == holder) else { return };
        let claim = want.claims.remove(at);
        self.order.remove(&(claim.ask.due, Task { log, by: Some(holder) }));
        self.claims -= 1;
        self.backlog_claims -= usize::from(claim.is_backlog);
        self.count(holder, |logs| logs.remove(&log));
        self.end_if_idle(log);
    }

    fn drop_gap(&mut self, log: LogId) {
        self.settle(Task { log, by: None });
        if let Some(gap) = self.wants.get_mut(&log).and_then(|want| want.gap.take()) {
            self.order.remove(&(gap.ask.due, Task { log, by: None }));
        }
        self.end_if_idle(log);
    }

    fn end_if_idle(&mut self, log: LogId) {
        if self.wants.get(&log).is_some_and(|want| want.gap.is_none() && want.claims.is_empty()) {
            self.wants.remove(&log);
        }
    }

    /// There is room for one more ask on the way from `holder`: whatever waits for that may go.
    fn hurry(&mut self, holder: SocketAddr, now: Moment) {
        let Some(&log) = self.claimed.get(&holder).and_then(BTreeSet::first) else { return };
        let claim = self.wants.get_mut(&log).and_then(|want| want.claim(holder));
        if claim.is_some_and(|claim| claim.ask.asked.is_none()) {
            self.schedule(Task { log, by: Some(holder) }, now);
        }
    }

    /// Nothing could come for a while: everything is asked for anew.
    pub fn resume(&mut self, now: Moment) {
        for task in self.order.iter().map(|&(_, task)| task).collect::<Vec<_>>() {
            self.settle(task);
            if let Some(ask) = self.wants.get_mut(&task.log).and_then(|want| want.ask(task.by)) {
                ask.tries = 0;
            }
            self.schedule(task, now);
        }
    }

    /// Up to where a log is said to go on; 0 where nothing of it is wanted.
    pub fn upto(&self, log: LogId) -> u64 {
        self.wants.get(&log).map_or(0, Want::upto)
    }

    /// What `holder` was asked for and has not answered, and up to where.
    pub fn asked_of(&self, holder: SocketAddr) -> Vec<(LogId, u64)> {
        let is_asked = self.asked.range((holder, WantReason::Gap)..).next().is_some_and(|(&(of, _), _)| of == holder);
        if !is_asked {
            return Vec::new();
        }
        let asks = self.wants.iter().flat_map(|(&log, want)| want.asks().map(move |(_, ask)| (log, ask)));
        let asked = asks.filter_map(|(log, ask)| Some((log, ask.asked?)));
        asked.filter(|(_, (of, ..))| *of == holder).map(|(log, (.., upto))| (log, upto)).collect()
    }

    /// How many logs lack something, how many claims there are, and how many holders were asked.
    pub fn len(&self) -> (usize, usize, usize) {
        (self.wants.len(), self.claims, self.asked.len().max(self.claimed.len()).max(self.claimants.len()))
    }

    /// Whether anything that was said before is still to come.
    pub fn awaits_backlog(&self) -> bool {
        self.backlog_claims > 0
    }

    /// When somebody is to be asked next.
    pub fn deadline(&self) -> Option<Moment> {
        self.order.first().map(|&(due, _)| due)
    }

    /// What is to be asked for now: what is known to be missing, and what authors say of their logs, first.
    pub fn due(&self, now: Moment) -> Vec<Task> {
        let due = self.order.iter().take_while(|&&(due, _)| due <= now).map(|&(_, task)| task);
        let mut due: Vec<Task> = due.collect();
        due.sort_by_key(|task| task.by.map(|by| task.reason(by, self.wants.get(&task.log))));
        due
    }

    /// It could not be asked for: it waits.
    pub fn postpone(&mut self, task: Task, pace: AskPace, now: Moment) {
        self.schedule(task, now.after(pace.again));
    }

    /// Whom to ask now, and for what: its `author`, where that is here, or any `other` one, where it is known that something
    /// is missing. Nobody, where as much as is good is on the way from there for the same reason: then it waits.
    pub fn turn(
        &mut self,
        task: Task,
        author: Option<SocketAddr>,
        other: impl FnOnce() -> Option<SocketAddr>,
        pace: AskPace,
        now: Moment,
    ) -> Option<Question> {
        self.settle(task);
        let (holder, upto) = self.wants.get_mut(&task.log)?.turn(task.by, author, other)?;
        let on_the_way =
            self.asked.get(&(holder, task.reason(holder, self.wants.get(&task.log)))).copied().unwrap_or(0);
        let left = ASKED_OF_ONE_MAX.saturating_sub(on_the_way);
        if left == 0 {
            let before = self.claimed.get(&holder).map_or(0, BTreeSet::len) as u64 / ASKED_OF_ONE_MAX;
            let turns = u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1);
            self.schedule(task, now.after(pace.again.saturating_mul(turns)));
            return None;
        }
        Some(Question { holder, upto, most: left })
    }

    /// So much was asked for.
    pub fn asked(&mut self, task: Task, turn: Question, pace: AskPace, now: Moment) {
        let Question { holder, upto, most: count } = turn;
        let Some(ask) = self.wants.get_mut(&task.log).and_then(|want| want.ask(task.by)) else { return };
        let patience = pace.again * 2_u32.pow(ask.tries.min(ASK_DOUBLED_MAX));
        ask.tries = ask.tries.saturating_add(1);
        ask.asked = Some((holder, count, upto));
        let reason = task.reason(holder, self.wants.get(&task.log));
        *self.asked.entry((holder, reason)).or_default() += count;
        let jittered = patience + self.rng.between(Duration::ZERO, patience / 4);
        self.schedule(task, now.after(jittered));
    }

    /// The log is settled up to `settled`: goes on at once where all that was asked for came, and ends where nothing is
    /// missing. `gap`: up to where something is missing before what is held; `lacks` says whether anything is, up to a number.
    pub fn progress(&mut self, log: LogId, settled: u64, gap: Option<u64>, lacks: impl Fn(u64) -> bool, now: Moment) {
        let Some(want) = self.wants.get_mut(&log) else { return };
        let mut answered: Vec<Option<SocketAddr>> = Vec::new();
        for (by, ask) in want.asks() {
            if ask.asked.is_some_and(|(.., upto)| settled >= upto) {
                answered.push(by);
            }
        }
        match (gap, &mut want.gap) {
            (Some(upto), Some(known)) if known.upto != upto => {
                known.upto = upto;
                answered.push(None); // that gap is filled, and this is the next one
            }
            (None, Some(_)) => self.drop_gap(log),
            _ => {}
        }
        let claims = self.wants.get(&log).into_iter().flat_map(|want| &want.claims);
        let met: Vec<SocketAddr> = claims.filter(|claim| !lacks(claim.upto)).map(|claim| claim.holder).collect();
        for holder in met {
            self.drop_claim(log, holder);
            self.hurry(holder, now);
        }
        for by in answered {
            self.settle(Task { log, by });
            if let Some(ask) = self.wants.get_mut(&log).and_then(|want| want.ask(by)) {
                ask.tries = 0;
                self.schedule(Task { log, by }, now);
            }
        }
    }

    /// `holder` does not keep it any more. Where `enough` have said so, or its author, it may be given up as far as it was
    /// asked for: up to here.
    pub fn gone(&mut self, log: LogId, holder: SocketAddr, is_author: bool, enough: usize, now: Moment) -> Option<u64> {
        let want = self.wants.get_mut(&log)?;
        let asked = want.asks().filter_map(|(by, ask)| Some((by, ask.asked?)));
        let (by, (.., upto)) = asked.filter(|(_, (of, ..))| *of == holder).max_by_key(|(_, (.., upto))| *upto)?;
        if !want.gone.contains(&holder) && want.gone.len() < GONE_BY {
            want.gone.push(holder);
        }
        let is_gone = is_author || want.gone.len() >= enough;
        if is_gone {
            want.gone.clear();
        }
        self.schedule(Task { log, by }, now);
        is_gone.then_some(upto)
    }

    /// Nothing of a log is wanted any more.
    pub fn end(&mut self, log: LogId) {
        self.drop_gap(log);
        let claims = self.wants.get(&log).into_iter().flat_map(|want| &want.claims);
        let holders: Vec<SocketAddr> = claims.map(|claim| claim.holder).collect();
        for holder in holders {
            self.drop_claim(log, holder);
        }
    }

    fn schedule(&mut self, task: Task, due: Moment) {
        if let Some(ask) = self.wants.get_mut(&task.log).and_then(|want| want.ask(task.by)) {
            self.order.remove(&(ask.due, task));
            ask.due = due;
            self.order.insert((due, task));
        }
    }

    /// Forgets claims whose holders were asked in vain too often. Says whether a comparison told one of them.
    pub fn forget_exhausted(&mut self, now: Moment) -> bool {
        let mut was_backlog = false;
        for Task { log, by } in self.due(now) {
            let claim = by.and_then(|holder| self.wants.get_mut(&log)?.claim(holder));
            if let Some(claim) = claim.filter(|claim| claim.ask.tries >= TRIES_MAX) {
                was_backlog |= claim.is_backlog;
                let holder = claim.holder;
                self.drop_claim(log, holder);
            }
        }
        was_backlog
    }

    /// What was asked for is no longer on the way.
    fn settle(&mut self, task: Task) {
        let ask = self.wants.get_mut(&task.log).and_then(|want| want.ask(task.by));
        let Some((of, count, _)) = ask.and_then(|ask| ask.asked.take()) else { return };
        let key = (of, task.reason(of, self.wants.get(&task.log)));
        if let Some(on_the_way) = self.asked.get_mut(&key) {
            *on_the_way = on_the_way.saturating_sub(count);
            if *on_the_way == 0 {
                self.asked.remove(&key);
            }
        }
    }
}

/// So many holders that are not the author must say that an entry is gone.
pub const GONE_BY: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;

    const PACE: AskPace =
        AskPace { first: (Duration::from_millis(5), Duration::from_millis(20)), again: Duration::from_millis(60) };
    const LOG: LogId = Bytes([1; 8]);
    const SOON: Moment = Moment::since_start(Duration::from_millis(20));

    fn holder(port: u16) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, 1], port))
    }

    fn log(number: u64) -> LogId {
        Bytes(number.to_be_bytes())
    }

    fn offer(log: LogId, upto: u64, holder: SocketAddr) -> Offer {
        Offer { log, upto, holder, is_author: false, is_backlog: false }
    }

    fn known(log: LogId) -> Task {
        Task { log, by: None }
    }

    fn claimed_by(log: LogId, port: u16) -> Task {
        Task { log, by: Some(holder(port)) }
    }

    /// A repair to which somebody claims to have ten entries.
    fn claimed() -> Repair {
        let mut repair = Repair::new(&mut Rng::new(&[1; 32]));
        repair.claim(offer(LOG, 10, holder(1)), PACE, Moment::START);
        repair
    }

    #[test]
    fn what_was_said_before_is_waited_for_as_long_as_somebody_claims_to_have_it() {
        let mut repair = claimed();
        assert!(!repair.awaits_backlog());
        for _ in 0..2 {
            repair.claim(Offer { is_backlog: true, ..offer(LOG, 10, holder(1)) }, PACE, Moment::START);
            assert!(repair.awaits_backlog());
        }
        repair.claim(offer(LOG, 10, holder(1)), PACE, Moment::START);
        assert!(repair.awaits_backlog(), "it was claimed to be so before");
        repair.claim(Offer { is_backlog: true, ..offer(log(2), 10, holder(2)) }, PACE, Moment::START);
        repair.end(LOG);
        assert!(repair.awaits_backlog(), "another log");
        repair.end(log(2));
        assert!(!repair.awaits_backlog() && repair.wants.is_empty());
    }

    #[test]
    fn what_could_not_be_asked_for_waits_until_something_has_come_from_there() {
        let mut repair = claimed();
        let again = SOON.after(PACE.again);
        repair.claim(offer(log(2), 10, holder(1)), PACE, Moment::START);
        assert_eq!(repair.due(SOON).len(), 2);
        repair.asked(claimed_by(LOG, 1), Question { holder: holder(1), upto: 10, most: 10 }, PACE, SOON);
        repair.postpone(claimed_by(log(2), 1), PACE, SOON);
        assert_eq!(repair.due(SOON), []);
        assert!(repair.deadline().is_some_and(|due| due >= again), "{:?}", repair.deadline());
        repair.progress(LOG, 10, None, |_| false, SOON);
        assert_eq!((repair.deadline(), repair.due(SOON)), (Some(SOON), vec![claimed_by(log(2), 1)]));
    }

    /// Whom it asks as time passes, while nobody answers, and when.
    fn asked(repair: &mut Repair, until: Duration) -> Vec<(u16, u64)> {
        let mut asked = Vec::new();
        while let Some(due) = repair.deadline().filter(|due| due.since(Moment::START) < until) {
            repair.forget_exhausted(due);
            for task in repair.due(due) {
                let Some(turn) = repair.turn(task, Some(holder(8)), || Some(holder(9)), PACE, due) else { continue };
                repair.asked(task, Question { holder: turn.holder, upto: turn.upto, most: 1 }, PACE, due);
                asked.push((turn.holder.port(), u64::try_from(due.since(Moment::START).as_millis()).unwrap()));
            }
        }
        asked
    }

    #[test]
    fn who_claims_to_have_more_is_asked_six_times_and_nobody_else_is() {
        let mut repair = claimed();
        let asked = asked(&mut repair, Duration::from_secs(60));
        assert_eq!(asked.iter().map(|(port, _)| *port).collect::<Vec<_>>(), [1; 6]);
        assert_eq!((repair.wants.is_empty(), repair.len()), (true, (0, 0, 0)));
    }

    #[test]
    fn a_known_gap_is_asked_for_of_all_in_turn_until_it_is_filled() {
        let mut repair = Repair::new(&mut Rng::new(&[1; 32]));
        repair.find(LOG, 4, holder(2), PACE, Moment::START);
        let asked = asked(&mut repair, Duration::from_secs(20));
        assert_eq!(asked.iter().take(6).map(|(port, _)| *port).collect::<Vec<_>>(), [2, 8, 9, 2, 8, 9]);
        assert!(asked[0].1 <= 20 && asked[2].1 < 400, "{asked:?}");
        assert!(asked.windows(2).all(|pair| pair[1].1 - pair[0].1 <= 1200) && asked.len() > 15, "{asked:?}");
        repair.progress(LOG, 4, None, |_| false, Moment::START);
        assert!(repair.wants.is_empty());
    }

    #[test]
    fn a_gap_is_asked_for_at_once_whatever_was_claimed_of_its_log_before() {
        let mut repair = claimed();
        let _ = asked(&mut repair, Duration::from_secs(1));
        let (now, due) = (Moment::since_start(Duration::from_secs(1)), repair.deadline().unwrap());
        repair.find(LOG, 4, holder(2), PACE, now);
        assert!(repair.deadline().unwrap() <= due.min(now.after(Duration::from_millis(20))));
        let turn = repair.turn(known(LOG), Some(holder(8)), || Some(holder(9)), PACE, now).unwrap();
        assert_eq!((turn.holder, turn.upto), (holder(2), 4), "and not for what is only claimed");
    }

    #[test]
    fn who_claims_is_asked_at_once_whatever_others_claimed_of_that_log_before() {
        let mut repair = Repair::new(&mut Rng::new(&[1; 32]));
        repair.claim(offer(LOG, 1_000_000, holder(6)), PACE, Moment::START);
        let _ = asked(&mut repair, Duration::from_millis(900));
        let now = Moment::since_start(Duration::from_millis(900));
        repair.claim(offer(LOG, 12, holder(1)), PACE, now);
        let due = repair.due(now.after(Duration::from_millis(20)));
        assert!(due.contains(&claimed_by(LOG, 1)), "{due:?}");
    }

    #[test]
    fn what_came_is_followed_by_the_next_piece_at_once() {
        let mut repair = claimed();
        repair.asked(claimed_by(LOG, 1), Question { holder: holder(1), upto: 4, most: 4 }, PACE, SOON);
        repair.progress(LOG, 3, None, |_| true, SOON);
        assert!(repair.due(SOON).is_empty(), "a part of what was asked for is still to come");
        repair.progress(LOG, 4, None, |_| true, SOON);
        assert_eq!(repair.due(SOON), [claimed_by(LOG, 1)]);
        repair.progress(LOG, 10, None, |_| false, SOON);
        assert!(repair.wants.is_empty());
    }

    #[test]
    fn so_much_is_on_the_way_from_one_holder_and_for_known_gaps_as_much_again() {
        let mut repair = claimed();
        repair.claim(offer(log(2), 10, holder(1)), PACE, SOON);
        repair.asked(claimed_by(LOG, 1), Question { holder: holder(1), upto: 100, most: ASKED_OF_ONE_MAX }, PACE, SOON);
        assert_eq!(repair.turn(claimed_by(log(2), 1), None, || None, PACE, SOON), None);
        repair.find(log(2), 4, holder(1), PACE, SOON);
        let most = ASKED_OF_ONE_MAX;
        assert_eq!(
            repair.turn(known(log(2)), None, || None, PACE, SOON),
            Some(Question { holder: holder(1), upto: 4, most })
        );
    }

    #[test]
    fn the_claims_of_one_take_nobody_elses_place() {
        let mut repair = Repair::new(&mut Rng::new(&[1; 32]));
        for number in 0..2 * WANTS_HELD_MAX as u64 {
            repair.claim(Offer { is_backlog: true, ..offer(log(number), 64, holder(6)) }, PACE, SOON);
        }
        assert_eq!(repair.len().1, WANTS_HELD_MAX, "the table is full");
        for number in 0..100 {
            repair.claim(Offer { is_backlog: true, ..offer(log(1_000_000 + number), 64, holder(1)) }, PACE, SOON);
        }
        assert_eq!((repair.len().0, repair.len().1), (WANTS_HELD_MAX, WANTS_HELD_MAX));
        assert!((0..100).all(|number| repair.upto(log(1_000_000 + number)) == 64));
        for number in 0..WANTS_HELD_MAX as u64 {
            repair.claim(Offer { is_backlog: true, ..offer(log(2_000_000 + number), 64, holder(6)) }, PACE, SOON);
        }
        assert!((0..100).all(|number| repair.upto(log(1_000_000 + number)) == 64), "and they stay");
        for machine in 0..8 {
            for port in 1..8 {
                let holder = SocketAddr::from(([10, 0, 0, machine], port));
                repair.claim(offer(LOG, 10, holder), PACE, SOON);
            }
        }
        assert_eq!(repair.wants[&LOG].claims.len(), CLAIMANTS_MAX);
        let author = holder(77);
        repair.claim(Offer { is_author: true, ..offer(LOG, 10, author) }, PACE, SOON);
        assert!(repair.wants[&LOG].claims.iter().any(|claim| claim.holder == author), "its author is always heard");
        assert_eq!(repair.len().1, WANTS_HELD_MAX);
    }

    #[test]
    fn where_its_author_is_away_three_say_that_it_is_gone() {
        let mut repair = claimed();
        let gone = |repair: &mut Repair, number, is_author| {
            repair.gone(LOG, holder(number), is_author, GONE_BY, Moment::START)
        };
        let ask = |repair: &mut Repair, port| {
            repair.asked(claimed_by(LOG, 1), Question { holder: holder(port), upto: 9, most: 9 }, PACE, Moment::START);
        };
        for (port, upto) in [(1, None), (1, None), (2, None), (3, Some(9))] {
            ask(&mut repair, port);
            assert_eq!(gone(&mut repair, port, false), upto, "one voice is one voice: {port}");
        }
        assert_eq!(gone(&mut repair, 7, true), None, "who was not asked says nothing");
        let mut repair = claimed();
        ask(&mut repair, 9);
        assert_eq!(gone(&mut repair, 9, true), Some(9));
    }
}
