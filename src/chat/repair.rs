//! What to ask for, whom, and when.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use super::chance::Chance;
use super::identity::LogId;
use super::limits::{ASK_DOUBLED_MAX, ASKED_OF_ONE_MAX, CLAIMANTS_MAX, TRIES_MAX, WANTS_HELD_MAX};
use super::time::Moment;

/// What is missing and who may have it, one [`Want`] for each log that lacks something. What is known to be missing, for its
/// author signed what follows, comes before what somebody claims to have; and no holder's claims take another's place.
#[derive(Debug)]
pub struct Repair {
    wants: BTreeMap<LogId, Want>,
    /// The same by time, so that the next one is found at once.
    order: BTreeSet<(Moment, LogId)>,
    /// Of which logs each holder claims to have more.
    claimed: BTreeMap<SocketAddr, BTreeSet<LogId>>,
    /// The holders by how many logs that are.
    claimants: BTreeSet<(usize, SocketAddr)>,
    /// How many claims there are of what was said before, and how many in all.
    backlog_claims: usize,
    claims: usize,
    /// How many entries are on the way from each holder.
    asked: BTreeMap<SocketAddr, u64>,
    chance: Chance,
}

/// How long things take in a room of this size.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How long to wait for what is on its way anyway.
    pub first: (Duration, Duration),
    /// How long to wait for an answer the first time; each time twice as long.
    pub again: Duration,
}

/// A log that lacks something.
#[derive(Debug)]
struct Want {
    gap: Option<Gap>,
    /// Who claims to have more, and was not asked in vain too often.
    claims: Vec<Claim>,
    due: Moment,
    tries: u32,
    asked: Option<Asked>,
    /// Who says that it is gone.
    gone: Vec<SocketAddr>,
}

/// An entry is held whose author has signed others before it.
#[derive(Clone, Copy, Debug)]
struct Gap {
    upto: u64,
    /// Who brought the entry behind the gap.
    by: SocketAddr,
}

/// Somebody says that it holds a log further than it is held here.
#[derive(Clone, Copy, Debug)]
struct Claim {
    holder: SocketAddr,
    upto: u64,
    /// A comparison told it: what comes was said before one came, or while one was cut off.
    is_backlog: bool,
    tries: u32,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    of: SocketAddr,
    count: u64,
    upto: u64,
}

/// Whom to ask, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// This one.
    pub holder: SocketAddr,
    /// For what is missing up to here.
    pub upto: u64,
    /// But for no more entries than so many.
    pub most: u64,
}

impl Want {
    fn new(due: Moment) -> Self {
        Self { gap: None, claims: Vec::new(), due, tries: 0, asked: None, gone: Vec::new() }
    }

    fn upto(&self) -> u64 {
        let claimed = self.claims.iter().map(|claim| claim.upto);
        claimed.chain(self.gap.map(|gap| gap.upto)).max().unwrap_or(0)
    }

    /// For a known gap whoever revealed it, its author and another one take turns; else those who claim to have it do, and
    /// others once one of those has said that it is gone.
    fn turn(
        &self,
        author: Option<SocketAddr>,
        other: impl FnOnce() -> Option<SocketAddr>,
    ) -> Option<(SocketAddr, u64)> {
        let tries = usize::try_from(self.tries).unwrap_or(0);
        let Some(gap) = self.gap else {
            let claim = self.claims.get(tries % self.claims.len().max(1))?;
            // What one does not keep any more others may; or say that they do not, either.
            let other = if self.gone.is_empty() || tries.is_multiple_of(2) { None } else { other() };
            return Some((other.unwrap_or(claim.holder), claim.upto));
        };
        let holder = match tries % 3 {
            0 => Some(gap.by),
            1 => author.or_else(other),
            _ => other().or(author),
        };
        Some((holder.unwrap_or(gap.by), gap.upto))
    }
}

impl Repair {
    /// Nothing is missing.
    pub fn new(chance: &mut Chance) -> Self {
        Self {
            wants: BTreeMap::new(),
            order: BTreeSet::new(),
            claimed: BTreeMap::new(),
            claimants: BTreeSet::new(),
            backlog_claims: 0,
            claims: 0,
            asked: BTreeMap::new(),
            chance: chance.fork(),
        }
    }

    /// Something is missing of `log` before `upto`, which `by` brought and its author signed.
    pub fn find(&mut self, log: LogId, upto: u64, by: SocketAddr, pace: Pace, now: Moment) {
        let due = now.after(self.chance.between(pace.first.0, pace.first.1));
        let want = self.begin(log, due);
        if let Some(gap) = &mut want.gap {
            gap.upto = gap.upto.max(upto);
            return;
        }
        (want.gap, want.tries) = (Some(Gap { upto, by }), 0);
        let due = want.due.min(due);
        self.schedule(log, due);
    }

    /// `holder` claims that `log` goes on to `upto`. Only that holder is asked for what nobody has signed. Of whoever claims
    /// most a claim is forgotten where there are too many.
    pub fn claim(&mut self, log: LogId, upto: u64, holder: SocketAddr, is_backlog: bool, pace: Pace, now: Moment) {
        let due = now.after(self.chance.between(pace.first.0, pace.first.1));
        let known =
            self.wants.get_mut(&log).and_then(|want| want.claims.iter_mut().find(|claim| claim.holder == holder));
        if let Some(claim) = known {
            claim.upto = claim.upto.max(upto);
            self.backlog_claims += usize::from(is_backlog && !claim.is_backlog);
            claim.is_backlog |= is_backlog;
            return;
        }
        let is_crowded = self.wants.get(&log).is_some_and(|want| want.claims.len() >= CLAIMANTS_MAX);
        if is_crowded || self.claims >= WANTS_HELD_MAX && !self.make_room(holder) {
            return;
        }
        let want = self.begin(log, due);
        want.claims.push(Claim { holder, upto, is_backlog, tries: 0 });
        self.claims += 1;
        self.backlog_claims += usize::from(is_backlog);
        self.count(holder, |logs| logs.insert(log));
    }

    fn begin(&mut self, log: LogId, due: Moment) -> &mut Want {
        if !self.wants.contains_key(&log) {
            self.order.insert((due, log));
        }
        self.wants.entry(log).or_insert_with(|| Want::new(due))
    }

    /// Forgets a claim of whoever claims most, unless that is `holder` itself.
    fn make_room(&mut self, holder: SocketAddr) -> bool {
        let theirs = self.claimed.get(&holder).map_or(0, BTreeSet::len);
        let Some(&(most, claimant)) = self.claimants.last().filter(|&&(most, _)| most > theirs) else { return false };
        debug_assert!(most > 0, "who claims nothing is not counted");
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
        let Some(want) = self.wants.get_mut(&log) else { return };
        let Some(at) = want.claims.iter().position(|claim| claim.holder == holder) else { return };
        let claim = want.claims.remove(at);
        self.claims -= 1;
        self.backlog_claims -= usize::from(claim.is_backlog);
        self.count(holder, |logs| logs.remove(&log));
        self.end_if_idle(log);
    }

    /// There is room for one more ask on the way from `holder`: whatever waits for that may go.
    fn hurry(&mut self, holder: SocketAddr, now: Moment) {
        let next = self.claimed.get(&holder).and_then(BTreeSet::first).copied();
        let waits = |log: &LogId| self.wants.get(log).is_some_and(|want| want.asked.is_none() && want.due > now);
        if let Some(log) = next.filter(waits) {
            self.schedule(log, now);
        }
    }

    fn end_if_idle(&mut self, log: LogId) {
        if self.wants.get(&log).is_some_and(|want| want.gap.is_none() && want.claims.is_empty()) {
            self.settle_asked(log);
            if let Some(want) = self.wants.remove(&log) {
                self.order.remove(&(want.due, log));
            }
        }
    }

    /// Nothing could come for a while: everything is asked for anew.
    pub fn resume(&mut self, now: Moment) {
        let logs: Vec<LogId> = self.wants.keys().copied().collect();
        for log in logs {
            self.settle_asked(log);
            if let Some(want) = self.wants.get_mut(&log) {
                want.tries = 0;
                want.claims.iter_mut().for_each(|claim| claim.tries = 0);
            }
            self.schedule(log, now);
        }
    }

    /// Up to where a log is said to go on; 0 where nothing of it is wanted.
    pub fn upto(&self, log: LogId) -> u64 {
        self.wants.get(&log).map_or(0, Want::upto)
    }

    /// What `holder` was asked for and has not answered, and up to where.
    pub fn asked_of(&self, holder: SocketAddr) -> Vec<(LogId, u64)> {
        let asked = self.wants.iter().filter_map(|(&log, want)| Some((log, want.asked?)));
        asked.filter(|(_, asked)| asked.of == holder).map(|(log, asked)| (log, asked.upto)).collect()
    }

    /// How many logs lack something, how many claims there are, and how many holders were asked.
    pub fn len(&self) -> (usize, usize, usize) {
        (self.wants.len(), self.claims, self.asked.len().max(self.claimed.len()).max(self.claimants.len()))
    }

    /// Whether nothing is missing.
    pub fn is_empty(&self) -> bool {
        self.wants.is_empty()
    }

    /// Whether anything that was said before is still to come.
    pub fn awaits_backlog(&self) -> bool {
        self.backlog_claims > 0
    }

    /// When somebody is to be asked next.
    pub fn deadline(&self) -> Option<Moment> {
        self.order.first().map(|&(due, _)| due)
    }

    /// The logs whose turn it is.
    pub fn due(&self, now: Moment) -> Vec<LogId> {
        self.order.iter().take_while(|&&(due, _)| due <= now).map(|&(_, log)| log).collect()
    }

    /// Whom to ask for `log` now, and for what: its `author`, where that is here, or any `other` one, where it is known that
    /// something is missing. Nobody, where as much as is good is on the way from there: then it waits. What is known to be
    /// missing has as much room again.
    pub fn turn(
        &mut self,
        log: LogId,
        author: Option<SocketAddr>,
        other: impl FnOnce() -> Option<SocketAddr>,
        pace: Pace,
        now: Moment,
    ) -> Option<Turn> {
        self.settle_asked(log);
        let want = self.wants.get(&log)?;
        let (holder, upto) = want.turn(author, other)?;
        let most = if want.gap.is_some() { 2 * ASKED_OF_ONE_MAX } else { ASKED_OF_ONE_MAX };
        let left = most.saturating_sub(self.asked.get(&holder).copied().unwrap_or(0));
        if left == 0 {
            let before = self.claimed.get(&holder).map_or(0, BTreeSet::len) as u64 / ASKED_OF_ONE_MAX;
            let turns = u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1);
            self.schedule(log, now.after(pace.again.saturating_mul(turns)));
            return None;
        }
        Some(Turn { holder, upto, most: left.min(ASKED_OF_ONE_MAX) })
    }

    /// `holder` was asked for `count` entries of `log`, the last of them `upto`.
    pub fn asked(&mut self, log: LogId, holder: SocketAddr, count: u64, upto: u64, pace: Pace, now: Moment) {
        let Some(want) = self.wants.get_mut(&log) else { return };
        let patience = pace.again * 2_u32.pow(want.tries.min(ASK_DOUBLED_MAX));
        want.tries = want.tries.saturating_add(1);
        want.asked = Some(Asked { of: holder, count, upto });
        if let Some(claim) = want.claims.iter_mut().find(|claim| claim.holder == holder) {
            claim.tries += 1;
        }
        *self.asked.entry(holder).or_default() += count;
        let jittered = patience + self.chance.between(Duration::ZERO, patience / 4);
        self.schedule(log, now.after(jittered));
    }

    /// The log is settled up to `settled`: goes on at once where all that was asked for came, and ends where nothing is
    /// missing. `gap`: up to where something is missing before what is held; `lacks` says whether anything is, up to a number.
    pub fn progress(&mut self, log: LogId, settled: u64, gap: Option<u64>, lacks: impl Fn(u64) -> bool, now: Moment) {
        let Some(want) = self.wants.get_mut(&log) else { return };
        let before = want.gap;
        want.gap = before.and_then(|known| gap.map(|upto| Gap { upto, ..known }));
        let is_another = before.zip(want.gap).is_some_and(|(before, now)| before.upto != now.upto);
        let met: Vec<SocketAddr> =
            want.claims.iter().filter(|claim| !lacks(claim.upto)).map(|claim| claim.holder).collect();
        let has_answered = want.asked.is_some_and(|asked| settled >= asked.upto);
        if is_another || has_answered {
            want.tries = 0;
        }
        if has_answered {
            want.claims.iter_mut().for_each(|claim| claim.tries = 0);
        }
        for holder in met {
            self.drop_claim(log, holder);
            self.hurry(holder, now);
        }
        self.end_if_idle(log);
        if is_another || has_answered {
            self.settle_asked(log);
            self.schedule(log, now);
        }
    }

    /// `holder` does not keep it any more. Where `enough` have said so, or its author, it may be given up as far as it was
    /// asked for: up to here.
    pub fn gone(&mut self, log: LogId, holder: SocketAddr, is_author: bool, enough: usize, now: Moment) -> Option<u64> {
        let want = self.wants.get_mut(&log)?;
        if !want.gone.contains(&holder) && want.gone.len() < GONE_BY {
            want.gone.push(holder);
        }
        let is_gone = is_author || want.gone.len() >= enough;
        let upto = want.asked.map(|asked| asked.upto).filter(|_| is_gone);
        if upto.is_some() {
            want.gone.clear();
        }
        self.schedule(log, now);
        upto
    }

    /// Nothing of a log is wanted any more.
    pub fn end(&mut self, log: LogId) {
        let Some(want) = self.wants.get_mut(&log) else { return };
        want.gap = None;
        let holders: Vec<SocketAddr> = want.claims.iter().map(|claim| claim.holder).collect();
        holders.into_iter().for_each(|holder| self.drop_claim(log, holder));
        self.end_if_idle(log);
    }

    fn schedule(&mut self, log: LogId, due: Moment) {
        if let Some(want) = self.wants.get_mut(&log) {
            self.order.remove(&(want.due, log));
            want.due = due;
            self.order.insert((due, log));
        }
    }

    /// Forgets claims whose holders were asked in vain too often. Says whether a comparison told one of them.
    pub fn forget_exhausted(&mut self, now: Moment) -> bool {
        let mut was_backlog = false;
        for log in self.due(now) {
            let claims = self.wants.get(&log).into_iter().flat_map(|want| &want.claims);
            let exhausted: Vec<Claim> = claims.filter(|claim| claim.tries >= TRIES_MAX).copied().collect();
            for claim in exhausted {
                was_backlog |= claim.is_backlog;
                self.drop_claim(log, claim.holder);
            }
        }
        was_backlog
    }

    fn settle_asked(&mut self, log: LogId) {
        let Some(asked) = self.wants.get_mut(&log).and_then(|want| want.asked.take()) else { return };
        if let Some(on_the_way) = self.asked.get_mut(&asked.of) {
            *on_the_way = on_the_way.saturating_sub(asked.count);
            if *on_the_way == 0 {
                self.asked.remove(&asked.of);
            }
        }
    }
}

/// So many holders that are not the author must say that an entry is gone.
pub const GONE_BY: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::bytes::Bytes;

    const PACE: Pace =
        Pace { first: (Duration::from_millis(5), Duration::from_millis(20)), again: Duration::from_millis(60) };
    const LOG: LogId = Bytes([1; 8]);
    const SOON: Moment = Moment::since_start(Duration::from_millis(20));

    fn holder(port: u16) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, 1], port))
    }

    fn log(number: u64) -> LogId {
        Bytes(number.to_be_bytes())
    }

    /// A repair to which somebody claims to have ten entries.
    fn claimed() -> Repair {
        let mut repair = Repair::new(&mut Chance::new(&[1; 32]));
        repair.claim(LOG, 10, holder(1), false, PACE, Moment::START);
        repair
    }

    /// Whom it asks as time passes, while nobody answers, and when.
    fn asked(repair: &mut Repair, until: Duration) -> Vec<(u16, u64)> {
        let mut asked = Vec::new();
        while let Some(due) = repair.deadline().filter(|due| due.since(Moment::START) < until) {
            repair.forget_exhausted(due);
            for log in repair.due(due) {
                let Some(turn) = repair.turn(log, Some(holder(8)), || Some(holder(9)), PACE, due) else { continue };
                repair.asked(log, turn.holder, 1, turn.upto, PACE, due);
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
        assert_eq!((repair.is_empty(), repair.len()), (true, (0, 0, 0)));
    }

    #[test]
    fn a_known_gap_is_asked_for_of_all_in_turn_until_it_is_filled() {
        let mut repair = Repair::new(&mut Chance::new(&[1; 32]));
        repair.find(LOG, 4, holder(2), PACE, Moment::START);
        let asked = asked(&mut repair, Duration::from_secs(20));
        assert_eq!(asked.iter().take(6).map(|(port, _)| *port).collect::<Vec<_>>(), [2, 8, 9, 2, 8, 9]);
        assert!(asked[0].1 <= 20 && asked[2].1 < 400, "{asked:?}");
        assert!(asked.windows(2).all(|pair| pair[1].1 - pair[0].1 <= 1200) && asked.len() > 15, "{asked:?}");
        repair.progress(LOG, 4, None, |_| false, Moment::START);
        assert!(repair.is_empty());
    }

    #[test]
    fn a_gap_is_asked_for_at_once_whatever_was_claimed_of_its_log_before() {
        let mut repair = claimed();
        let _ = asked(&mut repair, Duration::from_secs(1));
        let (now, due) = (Moment::since_start(Duration::from_secs(1)), repair.deadline().unwrap());
        repair.find(LOG, 4, holder(2), PACE, now);
        assert!(repair.deadline().unwrap() <= due.min(now.after(Duration::from_millis(20))));
        let turn = repair.turn(LOG, Some(holder(8)), || Some(holder(9)), PACE, now).unwrap();
        assert_eq!((turn.holder, turn.upto), (holder(2), 4), "and not for what is only claimed");
    }

    #[test]
    fn what_came_is_followed_by_the_next_piece_at_once() {
        let mut repair = claimed();
        repair.asked(LOG, holder(1), 4, 4, PACE, SOON);
        repair.progress(LOG, 3, None, |_| true, SOON);
        assert!(repair.due(SOON).is_empty(), "a part of what was asked for is still to come");
        repair.progress(LOG, 4, None, |_| true, SOON);
        assert_eq!(repair.due(SOON), [LOG]);
        repair.progress(LOG, 10, None, |_| false, SOON);
        assert!(repair.is_empty());
    }

    #[test]
    fn so_much_is_on_the_way_from_one_holder_and_for_known_gaps_as_much_again() {
        let mut repair = claimed();
        repair.claim(log(2), 10, holder(1), false, PACE, SOON);
        repair.asked(LOG, holder(1), ASKED_OF_ONE_MAX, 100, PACE, SOON);
        assert_eq!(repair.turn(log(2), None, || None, PACE, SOON), None);
        repair.find(log(2), 4, holder(1), PACE, SOON);
        let most = ASKED_OF_ONE_MAX;
        assert_eq!(repair.turn(log(2), None, || None, PACE, SOON), Some(Turn { holder: holder(1), upto: 4, most }));
    }

    #[test]
    fn the_claims_of_one_take_nobody_elses_place() {
        let mut repair = Repair::new(&mut Chance::new(&[1; 32]));
        for number in 0..2 * WANTS_HELD_MAX as u64 {
            repair.claim(log(number), 64, holder(6), true, PACE, SOON);
        }
        assert_eq!(repair.len().1, WANTS_HELD_MAX, "the table is full");
        for number in 0..100 {
            repair.claim(log(1_000_000 + number), 64, holder(1), true, PACE, SOON);
        }
        assert_eq!((repair.len().0, repair.len().1), (WANTS_HELD_MAX, WANTS_HELD_MAX));
        assert!((0..100).all(|number| repair.upto(log(1_000_000 + number)) == 64));
        for number in 0..WANTS_HELD_MAX as u64 {
            repair.claim(log(2_000_000 + number), 64, holder(6), true, PACE, SOON);
        }
        assert!((0..100).all(|number| repair.upto(log(1_000_000 + number)) == 64), "and they stay");
        for claimant in 0..2 * u16::try_from(CLAIMANTS_MAX).unwrap() {
            repair.claim(LOG, 10, holder(100 + claimant), false, PACE, SOON);
        }
        assert_eq!(repair.wants[&LOG].claims.len(), CLAIMANTS_MAX);
        assert_eq!(repair.len().1, WANTS_HELD_MAX);
    }

    #[test]
    fn where_its_author_is_away_three_say_that_it_is_gone() {
        let mut repair = claimed();
        let gone = |repair: &mut Repair, number, is_author| {
            repair.gone(LOG, holder(number), is_author, GONE_BY, Moment::START)
        };
        repair.asked(LOG, holder(1), 9, 9, PACE, Moment::START);
        assert_eq!(gone(&mut repair, 1, false), None);
        assert_eq!(gone(&mut repair, 1, false), None, "one voice is one voice");
        assert_eq!(gone(&mut repair, 2, false), None);
        assert_eq!(gone(&mut repair, 3, false), Some(9));
        let mut repair = claimed();
        repair.asked(LOG, holder(1), 9, 9, PACE, Moment::START);
        assert_eq!(gone(&mut repair, 9, true), Some(9));
    }
}
