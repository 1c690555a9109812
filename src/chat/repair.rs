//! What to ask for, whom, and when.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use super::chance::Chance;
use super::identity::LogId;
use super::limits::{ASKED_OF_ONE_MAX, TRIES_MAX, WANTS_HELD_MAX};
use super::time::Moment;

/// What is missing and who may have it, one [`Want`] for each log that lacks something.
#[derive(Debug)]
pub struct Repair {
    wants: BTreeMap<LogId, Want>,
    /// The same by time, so that the next one is found at once.
    order: BTreeSet<(Moment, LogId)>,
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
pub struct Want {
    /// Who revealed it.
    pub holder: SocketAddr,
    /// Up to where it is said to be held.
    pub upto: u64,
    /// What comes in answer was said before we were there, or while we were cut off.
    pub is_backlog: bool,
    due: Moment,
    tries: u32,
    /// Who was asked, for how many entries, and up to which.
    asked: Option<(SocketAddr, u64, u64)>,
    /// Who says that it is gone.
    gone: Vec<SocketAddr>,
}

impl Repair {
    /// Nothing is missing.
    pub fn new(chance: &mut Chance) -> Self {
        Self { wants: BTreeMap::new(), order: BTreeSet::new(), asked: BTreeMap::new(), chance: chance.fork() }
    }

    /// `holder` revealed that `log` goes on to `upto`. Says whether the want, or its being backlog, is new.
    pub fn reveal(
        &mut self,
        log: LogId,
        upto: u64,
        holder: SocketAddr,
        is_backlog: bool,
        pace: Pace,
        now: Moment,
    ) -> bool {
        let due = now.after(self.chance.between(pace.first.0, pace.first.1));
        if let Some(want) = self.wants.get_mut(&log) {
            let is_more = upto > want.upto;
            want.upto = want.upto.max(upto);
            let is_news = is_backlog && !want.is_backlog;
            want.is_backlog |= is_backlog;
            if want.tries >= TRIES_MAX || is_more && want.asked.is_none() {
                want.holder = holder;
                want.tries = 0;
                let due = want.due.max(now).min(due);
                self.schedule(log, due);
            }
            return is_news;
        }
        if self.wants.len() >= WANTS_HELD_MAX {
            return false;
        }
        self.wants.insert(log, Want { holder, upto, is_backlog, due, tries: 0, asked: None, gone: Vec::new() });
        self.order.insert((due, log));
        true
    }

    /// Nothing could come for a while: everything is asked for anew.
    pub fn resume(&mut self, now: Moment) {
        let logs: Vec<LogId> = self.wants.keys().copied().collect();
        for log in logs {
            self.settle_asked(log);
            if let Some(want) = self.wants.get_mut(&log) {
                want.tries = 0;
            }
            self.schedule(log, now);
        }
    }

    /// The want of a log.
    pub fn want(&self, log: LogId) -> Option<&Want> {
        self.wants.get(&log)
    }

    /// What `holder` was asked for and has not answered.
    pub fn asked_of(&self, holder: SocketAddr) -> Vec<LogId> {
        let is_asked = |want: &Want| want.asked.is_some_and(|(asked, ..)| asked == holder);
        self.wants.iter().filter(|(_, want)| is_asked(want)).map(|(&log, _)| log).collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.wants.len()
    }

    /// Whether nothing is missing.
    pub fn is_empty(&self) -> bool {
        self.wants.is_empty()
    }

    /// Whether anything that was said before is still to come.
    pub fn awaits_backlog(&self) -> bool {
        self.wants.values().any(|want| want.is_backlog && want.tries < TRIES_MAX)
    }

    /// When somebody is to be asked next.
    pub fn deadline(&self) -> Option<Moment> {
        self.order.first().map(|&(due, _)| due)
    }

    /// The logs whose turn it is.
    pub fn due(&self, now: Moment) -> Vec<LogId> {
        self.order.iter().take_while(|&&(due, _)| due <= now).map(|&(_, log)| log).collect()
    }

    /// Whom to ask for `log` now, and for how many entries at most. Odd tries go to `other`. Nobody, where as much as is
    /// good is on the way from there: then it waits.
    pub fn turn(
        &mut self,
        log: LogId,
        other: Option<SocketAddr>,
        pace: Pace,
        now: Moment,
    ) -> Option<(SocketAddr, u64)> {
        self.settle_asked(log);
        let want = self.wants.get_mut(&log)?;
        let holder = if want.tries % 2 == 1 { other.unwrap_or(want.holder) } else { want.holder };
        let on_the_way = self.asked.get(&holder).copied().unwrap_or(0);
        if on_the_way >= ASKED_OF_ONE_MAX {
            self.schedule(log, now.after(pace.again));
            return None;
        }
        Some((holder, ASKED_OF_ONE_MAX - on_the_way))
    }

    /// `holder` was asked for `count` entries of `log`, the last of them `upto`.
    pub fn asked(&mut self, log: LogId, holder: SocketAddr, count: u64, upto: u64, pace: Pace, now: Moment) {
        let Some(want) = self.wants.get_mut(&log) else { return };
        let patience = pace.again * 2_u32.saturating_pow(want.tries);
        want.tries += 1;
        want.asked = Some((holder, count, upto));
        *self.asked.entry(holder).or_default() += count;
        let jittered = patience + self.chance.between(Duration::ZERO, patience / 4);
        self.schedule(log, now.after(jittered));
    }

    /// The log is settled up to `settled`: goes on at once where all that was asked for came, and ends where nothing is
    /// missing. `is_progress`: something came.
    pub fn progress(&mut self, log: LogId, settled: u64, is_complete: bool, now: Moment) {
        let Some(want) = self.wants.get_mut(&log) else { return };
        if is_complete || settled >= want.upto {
            self.end(log);
        } else if want.asked.is_some_and(|(_, _, upto)| settled >= upto) {
            want.tries = 0;
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
        let is_gone = is_author || want.gone.len() >= enough.min(GONE_BY);
        let upto = want.asked.map(|(_, _, upto)| upto).filter(|_| is_gone);
        if upto.is_some() {
            want.gone.clear();
        }
        self.schedule(log, now);
        upto
    }

    /// Nothing is missing any more, or nobody has it.
    pub fn end(&mut self, log: LogId) {
        self.settle_asked(log);
        if let Some(want) = self.wants.remove(&log) {
            self.order.remove(&(want.due, log));
        }
    }

    fn schedule(&mut self, log: LogId, due: Moment) {
        if let Some(want) = self.wants.get_mut(&log) {
            self.order.remove(&(want.due, log));
            want.due = due;
            self.order.insert((due, log));
        }
    }

    /// Forgets what nobody offers any more. Says whether there was such a thing.
    pub fn forget_exhausted(&mut self, now: Moment) -> bool {
        let mut exhausted = self.due(now);
        exhausted.retain(|log| self.wants[log].tries >= TRIES_MAX);
        for &log in &exhausted {
            self.end(log);
        }
        !exhausted.is_empty()
    }

    fn settle_asked(&mut self, log: LogId) {
        let Some((holder, count, _)) = self.wants.get_mut(&log).and_then(|want| want.asked.take()) else { return };
        if let Some(asked) = self.asked.get_mut(&holder) {
            *asked = asked.saturating_sub(count);
            if *asked == 0 {
                self.asked.remove(&holder);
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

    fn holder(port: u16) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, 1], port))
    }

    /// A repair that lacks ten entries which one holder has.
    fn lacking_ten() -> Repair {
        let mut repair = Repair::new(&mut Chance::new(&[1; 32]));
        assert!(repair.reveal(LOG, 10, holder(1), false, PACE, Moment::START));
        repair
    }

    #[test]
    fn who_revealed_it_is_asked_first_and_then_another_until_it_is_given_up() {
        let mut repair = lacking_ten();
        let (mut asked, mut now) = (Vec::new(), Moment::START);
        while let Some(due) = repair.deadline() {
            assert!(due > now);
            now = due;
            if repair.forget_exhausted(now) {
                break;
            }
            let (to, _) = repair.turn(LOG, Some(holder(2)), PACE, now).unwrap();
            repair.asked(LOG, to, 10, 10, PACE, now);
            asked.push(to.port());
        }
        assert_eq!(asked, [1, 2, 1, 2, 1, 2]);
        assert!(repair.is_empty());
    }

    #[test]
    fn what_came_is_followed_by_the_next_piece_at_once() {
        let mut repair = lacking_ten();
        let now = repair.deadline().unwrap();
        repair.asked(LOG, holder(1), 4, 4, PACE, now);
        repair.progress(LOG, 3, false, now);
        assert!(repair.due(now).is_empty(), "a part of what was asked for is still to come");
        repair.progress(LOG, 4, false, now);
        assert_eq!(repair.due(now), [LOG]);
        repair.progress(LOG, 10, true, now);
        assert!(repair.is_empty());
    }

    #[test]
    fn so_much_is_on_the_way_from_one_holder_and_no_more() {
        let mut repair = lacking_ten();
        let (other, now) = (Bytes([2; 8]), repair.deadline().unwrap());
        repair.reveal(other, 10, holder(1), false, PACE, now);
        repair.asked(LOG, holder(1), ASKED_OF_ONE_MAX, 100, PACE, now);
        assert_eq!(repair.turn(other, None, PACE, now), None);
        repair.end(LOG);
        assert_eq!(repair.turn(other, None, PACE, now), Some((holder(1), ASKED_OF_ONE_MAX)));
    }

    #[test]
    fn the_author_alone_or_three_others_say_that_it_is_gone() {
        let mut repair = lacking_ten();
        let gone = |repair: &mut Repair, number, is_author| {
            repair.gone(LOG, holder(number), is_author, GONE_BY, Moment::START)
        };
        repair.asked(LOG, holder(1), 9, 9, PACE, Moment::START);
        assert_eq!(gone(&mut repair, 1, false), None);
        assert_eq!(gone(&mut repair, 1, false), None, "one voice is one voice");
        assert_eq!(gone(&mut repair, 2, false), None);
        assert_eq!(gone(&mut repair, 3, false), Some(9));
        let mut repair = lacking_ten();
        repair.asked(LOG, holder(1), 9, 9, PACE, Moment::START);
        assert_eq!(gone(&mut repair, 9, true), Some(9));
    }
}
