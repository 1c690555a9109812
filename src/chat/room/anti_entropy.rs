//! What is missing is found out and asked for.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use super::Room;
use crate::chat::base::inbox::is_inbox;
use crate::chat::base::limits::{
    AFAR_ASK_AGAIN, ASK_AGAIN, ASK_AGAIN_LARGE, ASK_FIRST, ASK_FIRST_LARGE, ASK_TOGETHER, ASKED_OF_ONE_MAX, BULK,
    COMPARE_DELAY, COMPARE_DELAY_LARGE, COMPARE_PAUSE, COMPARE_PAUSE_LARGE, HEADS_FRAMES_MAX,
};
use crate::chat::base::rng::Rng;
use crate::chat::keys::identity::LogId;
use crate::chat::log::digest::bucket;
use crate::chat::log::records::Record;
use crate::chat::log::{Lack, Log};
use crate::chat::peers::peer::Peer;
use crate::chat::peers::presence::Presence;
use crate::chat::sync::repair::{AskPace, GONE_BY, Offer, Question, Task};
use crate::chat::wire::frame::{Buckets, Cookie, Frame, HEADS_MAX, Head, Span, WANTS_MAX, Wanted};

impl Room {
    fn pace(&self, missing: u64) -> AskPace {
        if self.is_small() {
            return AskPace { first: ASK_FIRST, again: ASK_AGAIN };
        }
        let people = u32::try_from(self.presence.here()).unwrap_or(u32::MAX);
        let first = if missing > BULK.0 { (BULK.1, BULK.2 + BULK.3.saturating_mul(people)) } else { ASK_FIRST_LARGE };
        AskPace { first, again: ASK_AGAIN_LARGE }
    }

    /// `holder` claims to have a log up to `upto`.
    pub(super) fn claim(&mut self, log: LogId, upto: u64, holder: SocketAddr, is_backlog: bool) {
        let settled = self.archive.settled(log);
        if upto <= settled || self.shunned.get(&log).is_some() {
            return;
        }
        let pace = self.pace(upto - settled);
        let is_author = self.presence.peer(log).is_some_and(|author| author.address() == Some(holder));
        self.repair.claim(Offer { log, upto, holder, is_author, is_backlog }, pace, self.now.moment);
    }

    /// Whether an entry was asked for, so that it comes in answer.
    pub(super) fn is_wanted(&self, log: LogId, seq: u64) -> bool {
        seq <= self.repair.upto(log)
    }

    /// A log has got something: what is still missing of it?
    pub(super) fn progress(&mut self, log: LogId, from: SocketAddr) {
        let Some(gap) = self.archive.log(log).map(Log::gap) else { return };
        self.note_progress(log);
        match gap {
            None => self.gaps.end(log),
            Some(gap) => {
                self.gaps.note(log, gap.from, self.now.moment);
                let pace = self.pace(gap.to - gap.from + 1);
                self.repair.find(log, gap.to, from, pace, self.now.moment);
            }
        }
    }

    fn note_progress(&mut self, log: LogId) {
        let (settled, now) = (self.archive.settled(log), self.now.moment);
        let held = self.archive.log(log);
        let gap = held.and_then(Log::gap).map(|gap| gap.to);
        let lacks = |upto: u64| held.map_or(upto > settled, |held| !held.missing(upto, 1).is_empty());
        self.repair.progress(log, settled, gap, lacks, now);
    }

    pub(super) fn tick_repair(&mut self) {
        self.give_up_gaps();
        if self.repair.forget_exhausted(self.now.moment) {
            self.compare.failed();
        }
        if self.repair.deadline().is_none_or(|due| due > self.now.moment) {
            return;
        }
        let due = self.repair.due(self.now.moment.after(ASK_TOGETHER));
        let mut asks: BTreeMap<SocketAddr, Vec<Wanted>> = BTreeMap::new();
        for task in due {
            self.ask_for(task, &mut asks);
        }
        for (holder, wants) in asks.into_iter().filter(|(_, wants)| !wants.is_empty()) {
            let cookie = self.addresses.given_by(holder);
            self.send(holder, &Frame::Want { cookie, wants });
        }
    }

    fn ask_for(&mut self, task: Task, asks: &mut BTreeMap<SocketAddr, Vec<Wanted>>) {
        let (log, pace, now) = (task.log, self.pace(0), self.now.moment);
        let author = self.presence.peer(log).filter(|peer| peer.is_present).and_then(Peer::address);
        let (presence, rng) = (&self.presence, &mut self.rng);
        let other = || anybody(presence, rng);
        let Some(Question { holder, upto, most }) = self.repair.turn(task, author, other, pace, now) else { return };
        let mut spans = self.missing(log, upto, most);
        spans.truncate(WANTS_MAX);
        let Some(last) = spans.last().map(|span| span.to) else { return self.note_progress(log) };
        let may_ask = asks.contains_key(&holder) || self.addresses.may_ask(holder, now);
        let wants = asks.entry(holder).or_default();
        let left = WANTS_MAX.saturating_sub(wants.len());
        if !may_ask || spans.len() > left {
            return self.repair.postpone(task, pace, now);
        }
        let count = spans.iter().map(|span| span.to - span.from + 1).sum();
        let pace = if is_inbox(holder) { AskPace { again: pace.again.max(AFAR_ASK_AGAIN), ..pace } } else { pace };
        self.repair.asked(task, Question { holder, upto: last, most: count }, pace, now);
        wants.extend(spans.iter().map(wanted));
    }

    /// What is not held of a log, up to `upto`; at most so many entries. What was held and dropped is not missing.
    fn missing(&self, log: LogId, upto: u64, most: u64) -> Vec<Span> {
        if let Some(held) = self.archive.log(log) {
            return held.missing(upto, most);
        }
        let dropped = self.archive.dropped(log);
        let from = dropped.saturating_add(1);
        let to = upto.min(dropped.saturating_add(most));
        if from <= to { vec![Span { log, from, to }] } else { Vec::new() }
    }

    /// The cookie goes back at once, with what that holder was asked for and has not answered.
    pub(super) fn on_retry(&mut self, from: SocketAddr, cookie: Cookie) {
        self.was_greeted(from);
        self.probes.answered(from, self.now.moment);
        self.addresses.keep(from, cookie);
        let mut wants = Vec::new();
        for (log, upto) in self.repair.asked_of(from) {
            wants.extend(self.missing(log, upto, ASKED_OF_ONE_MAX).iter().map(wanted));
        }
        wants.truncate(WANTS_MAX);
        if self.addresses.may_answer(from, self.now.moment) {
            self.send(from, &Frame::Want { cookie, wants });
        }
        if self.compare.repeat(from, self.now.moment) {
            self.send_buckets(from);
        }
        self.begin_anew(from, cookie);
    }

    fn send_buckets(&mut self, to: SocketAddr) {
        let (cookie, buckets) = (self.addresses.given_by(to), self.archive.digest().buckets());
        self.send(to, &Frame::Buckets { cookie, buckets });
    }

    /// What nobody offered for long is given up.
    fn give_up_gaps(&mut self) {
        while let Some(log) = self.gaps.take_due(self.now.moment) {
            match self.archive.log(log).and_then(Log::gap) {
                Some(gap) if self.is_cut_off(log) => self.gaps.note(log, gap.from, self.now.moment), // who has it is away
                Some(gap) => self.give_up(log, gap.from, gap.to, Lack::Missed),
                None => self.note_progress(log), // what was behind it was dropped
            }
        }
    }

    fn give_up(&mut self, log: LogId, from: u64, to: u64, lack: Lack) {
        let first = self.archive.settled(log).saturating_add(1);
        let given_up = self.archive.give_up(log, from, to, lack);
        self.note_progress(log);
        match self.archive.log(log).and_then(Log::gap) {
            Some(gap) => self.gaps.note(log, gap.from, self.now.moment),
            None => self.gaps.end(log),
        }
        if given_up > 0 {
            self.store(Record::GivenUp(Span { log, from: first, to: first.saturating_add(given_up - 1) }));
        }
        self.show_ready(log);
    }

    pub(super) fn on_heads(&mut self, from: SocketAddr, ack: bool, reply: bool, heads: &[Head]) {
        let now = self.now.moment;
        if !self.addresses.is_proven(from) && !self.presence.is_live(from) {
            // It reminds us, so it knows us; what we said to it, or it to us, was lost.
            if ack && self.is_small_at(from) {
                self.ask_for_proof(from);
            }
            return;
        }
        let is_compared = !ack && self.compare.is_open(from, now);
        let own = self.own.log();
        for head in heads.iter().filter(|head| head.seq > 0 && head.log != own) {
            self.claim(head.log, head.seq, from, is_compared);
            if ack {
                self.owe_receipt_to(from, head.log);
            }
        }
        self.ask_for_forks(from, heads);
        if ack {
            self.ask_for_missed(from, heads);
        }
        if reply && !heads.is_empty() {
            let buckets = heads.iter().map(|head| bucket(head.log)).collect();
            let buckets = self.compare.answered(from, buckets, now);
            self.send_heads(from, false, buckets);
        }
        if is_compared {
            self.compared();
        }
    }

    /// Of a log whose author signed two histories everybody is to hold both; where they part is not known, but it is of late.
    fn ask_for_forks(&mut self, holder: SocketAddr, heads: &[Head]) {
        let is_forked = |head: &&Head| {
            let mine = self.archive.head(head.log).filter(|mine| mine.seq == head.seq && mine.id != head.id);
            mine.is_some() && self.archive.log(head.log).is_some_and(|held| held.entry(head.seq).is_some())
        };
        let forked = heads.iter().filter(|head| head.log != self.own.log()).filter(is_forked);
        let last = |head: &Head| {
            let from = head.seq.saturating_sub(ASKED_OF_ONE_MAX - 1).max(1);
            wanted(&Span { log: head.log, from, to: head.seq })
        };
        let wants = forked.map(last).collect();
        self.ask_besides(holder, wants);
    }

    /// Who waits for a receipt has what was missed and given up here, or nobody has.
    fn ask_for_missed(&mut self, holder: SocketAddr, heads: &[Head]) {
        let missed = |head: &Head| self.archive.log(head.log).map(|held| held.missed(ASKED_OF_ONE_MAX));
        let missed: Vec<Span> = heads.iter().filter_map(missed).flatten().collect();
        self.ask_besides(holder, missed.iter().map(wanted).collect());
    }

    /// Asks for what nothing that is known to be missing is the reason of: seldom.
    fn ask_besides(&mut self, holder: SocketAddr, mut wants: Vec<Wanted>) {
        if !wants.is_empty() && self.addresses.may_answer(holder, self.now.moment) {
            wants.truncate(WANTS_MAX);
            let cookie = self.addresses.given_by(holder);
            self.send(holder, &Frame::Want { cookie, wants });
        }
    }

    pub(super) fn compare_delay(&mut self, is_small: bool) -> Duration {
        let delay = if is_small || self.archive.is_empty() { COMPARE_DELAY } else { COMPARE_DELAY_LARGE };
        self.rng.between(delay.0, delay.1)
    }

    pub(super) fn tick_compare(&mut self) {
        let now = self.now.moment;
        let others = self.compare.take_due(&mut self.rng, now);
        if others.is_empty() {
            return;
        }
        let there = |log: LogId| self.presence.peer(log).and_then(|peer| Some((peer.address()?, peer.root)));
        let begun =
            others.into_iter().filter_map(there).find(|&(address, root)| self.compare.start(address, root, now));
        match begun {
            Some((address, _)) => self.send_buckets(address),
            None => self.compared(), // they hold what is held here by now
        }
    }

    pub(super) fn on_buckets(&mut self, from: SocketAddr, cookie: Cookie, buckets: &Buckets) {
        if self.takes_cookie(from, cookie) && self.addresses.takes_ask(from, true, self.now.moment) {
            let differing = self.archive.digest().differing(buckets);
            self.compare.join(from, self.now.moment);
            self.send_heads(from, true, differing);
        }
    }

    /// The newest logs first, as many as one comparison may bring.
    fn send_heads(&mut self, to: SocketAddr, reply: bool, buckets: impl IntoIterator<Item = usize>) {
        let mut heads: Vec<Head> = Vec::new();
        for bucket in buckets {
            heads.extend(self.archive.digest().heads(bucket));
        }
        let newest = |head: &Head| self.archive.log(head.log)?.entries().last().map(|entry| entry.header.time);
        heads.sort_by_cached_key(|head| std::cmp::Reverse(newest(head)));
        for heads in heads.chunks(HEADS_MAX).take(HEADS_FRAMES_MAX) {
            self.answer(to, &Frame::Heads { ack: false, reply, heads: heads.to_vec() });
        }
    }

    pub(super) fn on_gone(&mut self, from: SocketAddr, ranges: &[Span]) {
        for range in ranges {
            let author = self.presence.peer(range.log).filter(|author| author.is_present);
            let is_author = author.is_some_and(|author| author.address() == Some(from));
            // Where its author is here that alone says what is gone. Where fewer are here than it takes, those are all.
            let is_one_of_few = author.is_none() && self.presence.is_live(from);
            let enough = match author {
                Some(_) => usize::MAX,
                None if is_one_of_few => self.presence.len().min(GONE_BY),
                None => GONE_BY,
            };
            let Some(upto) = self.repair.gone(range.log, from, is_author, enough, self.now.moment) else { continue };
            let lack = if is_author { Lack::Gone } else { Lack::Missed };
            self.give_up(range.log, range.from, range.to.min(upto), lack);
        }
    }
}

/// How long after a comparison with somebody the next one follows.
pub(super) fn compare_pause(is_small: bool) -> Duration {
    if is_small { COMPARE_PAUSE } else { COMPARE_PAUSE_LARGE }
}

/// Where somebody is, any of those who are here.
fn anybody(presence: &Presence, rng: &mut Rng) -> Option<SocketAddr> {
    let here = presence.here();
    let most = if here > 0 { here } else { presence.len() }; // a broker is asked where nobody else can be
    let at = usize::try_from(rng.below(most as u64)).unwrap_or(0);
    let all = || presence.present().filter(|peer| here == 0 || !peer.is_afar());
    let found = all().skip(at).find_map(Peer::address).or_else(|| all().find_map(Peer::address));
    found.or_else(|| presence.present().find_map(Peer::address))
}

fn wanted(span: &Span) -> Wanted {
    let count = u8::try_from(span.to - span.from + 1).unwrap_or(u8::MAX);
    Wanted { log: span.log, from: span.from, count }
}
