//! What is missing is found out, asked for, and served.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use super::Room;
use super::sending::frames;
use crate::chat::digest::bucket;
use crate::chat::entry::Entry;
use crate::chat::event::Event;
use crate::chat::frame::{Buckets, Cookie, Frame, GONE_MAX, HEADS_MAX, Head, Span, WANTS_MAX, Wanted};
use crate::chat::history::Record;
use crate::chat::identity::LogId;
use crate::chat::limits::{
    ASK_AGAIN, ASK_AGAIN_LARGE, ASK_FIRST, ASK_FIRST_LARGE, ASKED_OF_ONE_MAX, BULK, COMPARE_DELAY, COMPARE_DELAY_LARGE,
    COMPARE_PAUSE, COMPARE_PAUSE_LARGE, GIVE_UP_AFTER, HEADS_FRAMES_MAX, SERVED_ALIKE_WITHIN, SERVED_HOLD, TELL_AGAIN,
};
use crate::chat::log::{Lack, Log};
use crate::chat::machine::To;
use crate::chat::notice::Notice;
use crate::chat::peer::Peer;
use crate::chat::repair::{GONE_BY, Pace};
use crate::chat::time::Moment;

impl Room {
    fn pace(&self, missing: u64) -> Pace {
        if self.is_small() {
            return Pace { first: ASK_FIRST, again: ASK_AGAIN };
        }
        let people = u32::try_from(self.presence.len()).unwrap_or(u32::MAX);
        let first = if missing > BULK.0 { (BULK.1, BULK.2 + BULK.3.saturating_mul(people)) } else { ASK_FIRST_LARGE };
        Pace { first, again: ASK_AGAIN_LARGE }
    }

    /// `holder` has a log up to `upto`.
    pub(super) fn reveal(&mut self, log: LogId, upto: u64, holder: SocketAddr, is_backlog: bool) {
        let settled = self.archive.log(log).map_or(0, Log::settled);
        if upto <= settled.max(self.archive.dropped(log)) || self.shunned.get(&log).is_some() {
            return;
        }
        let pace = self.pace(upto - settled);
        let is_new = self.repair.reveal(log, upto, holder, is_backlog, pace, self.now.moment);
        if is_backlog && is_new {
            self.backlog.expect(log, upto);
        }
    }

    /// Whether an entry was asked for, so that it comes in answer.
    pub(super) fn is_wanted(&self, log: LogId, seq: u64) -> bool {
        self.repair.want(log).is_some_and(|want| seq <= want.upto)
    }

    /// A log has got something: what is still missing of it?
    pub(super) fn progress(&mut self, log: LogId, from: SocketAddr) {
        let Some(held) = self.archive.log(log) else { return };
        let (settled, gap) = (held.settled(), held.gap());
        let upto = self.repair.want(log).map_or(0, |want| want.upto);
        self.repair.progress(log, settled, held.missing(upto, 1).is_empty(), self.now.moment);
        match gap {
            None => {
                self.gaps.remove(&log);
            }
            Some(gap) => {
                self.gaps.entry(log).or_insert(self.now.moment);
                self.reveal(log, gap.to, from, false);
            }
        }
    }

    pub(super) fn tick_repair(&mut self) {
        self.give_up_gaps();
        if self.repair.forget_exhausted(self.now.moment) {
            self.compare.failed();
        }
        let due = self.repair.due(self.now.moment);
        let mut asks: BTreeMap<SocketAddr, Vec<Wanted>> = BTreeMap::new();
        for log in due {
            self.ask_for(log, &mut asks);
        }
        for (holder, wants) in asks {
            for wants in wants.chunks(WANTS_MAX) {
                self.send(holder, &Frame::Want { cookie: Cookie::ZERO, wants: wants.to_vec() });
            }
        }
    }

    fn ask_for(&mut self, log: LogId, asks: &mut BTreeMap<SocketAddr, Vec<Wanted>>) {
        let Some(want) = self.repair.want(log) else { return };
        let (first, upto) = (want.holder, want.upto);
        let others: Vec<SocketAddr> =
            self.presence.present().filter_map(Peer::address).filter(|&address| address != first).collect();
        let other =
            (!others.is_empty()).then(|| others[usize::try_from(self.chance.below(others.len() as u64)).unwrap_or(0)]);
        let pace = self.pace(0);
        let now = self.now.moment;
        let Some((holder, most)) = self.repair.turn(log, other, pace, now) else { return };
        let spans = self.missing(log, upto, most);
        let Some(last) = spans.last().map(|span| span.to) else { return self.repair.end(log) };
        let count = spans.iter().map(|span| span.to - span.from + 1).sum();
        self.repair.asked(log, holder, count, last, pace, now);
        asks.entry(holder).or_default().extend(spans.iter().map(wanted));
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
        let mut wants = Vec::new();
        for log in self.repair.asked_of(from) {
            let upto = self.repair.want(log).map_or(0, |want| want.upto);
            wants.extend(self.missing(log, upto, ASKED_OF_ONE_MAX).iter().map(wanted));
        }
        wants.truncate(WANTS_MAX);
        self.send(from, &Frame::Want { cookie, wants });
    }

    pub(super) fn gap_deadline(&self) -> Option<Moment> {
        self.gaps.values().map(|since| since.after(GIVE_UP_AFTER)).min()
    }

    /// What nobody offered for long is given up.
    fn give_up_gaps(&mut self) {
        let now = self.now.moment;
        let is_over = |since: &Moment| since.after(GIVE_UP_AFTER) <= now;
        let over: Vec<LogId> = self.gaps.iter().filter(|(_, since)| is_over(since)).map(|(&log, _)| log).collect();
        for log in over {
            self.gaps.remove(&log);
            if let Some(gap) = self.archive.log(log).and_then(Log::gap) {
                self.give_up(log, gap.from, gap.to, Lack::Missed);
            }
        }
    }

    fn give_up(&mut self, log: LogId, from: u64, to: u64, lack: Lack) {
        let given_up = self.archive.give_up(log, from, to, lack);
        let Some(held) = self.archive.log(log) else {
            return self.repair.progress(log, self.archive.dropped(log), false, self.now.moment);
        };
        let upto = self.repair.want(log).map_or(0, |want| want.upto);
        self.repair.progress(log, held.settled(), held.missing(upto, 1).is_empty(), self.now.moment);
        if held.gap().is_some() {
            self.gaps.insert(log, self.now.moment);
        } else {
            self.gaps.remove(&log);
        }
        if given_up > 0 {
            self.store(Record::GivenUp(Span { log, from, to }));
        }
        self.show_ready(log);
    }

    pub(super) fn on_heads(&mut self, from: SocketAddr, ack: bool, reply: bool, heads: &[Head]) {
        if !self.cookies.is_proven(from) && !self.presence.is_live(from) {
            // It reminds us, so it knows us; what we said to it, or it to us, was lost.
            if ack && self.is_small() {
                self.ask_for_proof(from);
            }
            return;
        }
        for head in heads.iter().filter(|head| head.seq > 0) {
            self.on_head(from, ack, head);
        }
        if reply && self.compare.answered(from, self.now.moment) {
            let buckets: BTreeSet<usize> = heads.iter().map(|head| bucket(head.log)).collect();
            self.send_heads(from, false, buckets);
        }
        if !ack {
            self.compared();
        }
    }

    fn on_head(&mut self, from_address: SocketAddr, ack: bool, head: &Head) {
        if head.log == self.own.log {
            return;
        }
        let is_backlog = !ack || self.presence.peer(head.log).is_none(); // of an earlier run
        self.reveal(head.log, head.seq, from_address, is_backlog);
        if self.archive.head(head.log).is_some_and(|mine| mine.seq == head.seq && mine.id != head.id) {
            // Its author signed two histories. Everybody is to hold both; where they part is not known, but it is of late.
            let from = head.seq.saturating_sub(ASKED_OF_ONE_MAX - 1).max(1);
            let wants = vec![wanted(&Span { log: head.log, from, to: head.seq })];
            self.send(from_address, &Frame::Want { cookie: Cookie::ZERO, wants });
        }
        if ack {
            self.ask_for_missed(head.log, from_address);
            self.owe_receipt(head.log, from_address, 1);
        }
    }

    /// Who waits for a receipt has what was missed and given up here, or nobody has.
    fn ask_for_missed(&mut self, log: LogId, holder: SocketAddr) {
        let missed = self.archive.log(log).map(|held| held.missed(ASKED_OF_ONE_MAX)).unwrap_or_default();
        if !missed.is_empty() {
            let wants = missed.iter().map(wanted).collect();
            self.send(holder, &Frame::Want { cookie: Cookie::ZERO, wants });
        }
    }

    /// Serves what is wanted. An address that has proven nothing gets no more than three times what it sent, and else a
    /// [`Frame::Retry`].
    pub(super) fn on_want(&mut self, from: SocketAddr, size: usize, cookie: Cookie, wants: &[Wanted]) {
        if !self.cookies.is_proven(from) && self.cookies.accept(from, cookie) {
            self.on_proven(from);
        }
        let (mut entries, mut gone): (Vec<Rc<Entry>>, Vec<Span>) = (Vec::new(), Vec::new());
        for want in wants {
            self.find(want, &mut entries, &mut gone);
        }
        let answer: usize = entries.iter().map(|entry| entry.bytes.len() + OVERHEAD).sum();
        let is_little = !wants.is_empty() && gone.is_empty() && answer <= 3 * size;
        if !self.cookies.is_proven(from) && !is_little {
            let cookie = self.cookies.bake(from, self.now.moment);
            return self.send(from, &Frame::Retry { cookie });
        }
        if wants.iter().any(|want| want.log == self.own.log) {
            self.flow.gap(self.now.moment);
        }
        self.serve(from, wants, &entries);
        self.tell_lost(from, &gone);
        if !gone.is_empty() {
            gone.truncate(GONE_MAX);
            self.send(from, &Frame::Gone { ranges: gone });
        }
    }

    /// What is held of what is wanted, and what was and is not kept any more.
    fn find(&self, want: &Wanted, entries: &mut Vec<Rc<Entry>>, gone: &mut Vec<Span>) {
        let to = want.from.saturating_add(u64::from(want.count)).saturating_sub(1);
        let first_kept = match self.archive.log(want.log) {
            Some(held) => {
                let of = |seq: u64| [held.entry(seq).cloned(), held.fork(seq).cloned()];
                for entry in (want.from..=to).flat_map(of).flatten() {
                    if entry.is_erased {
                        gone.push(Span { log: want.log, from: entry.header.seq, to: entry.header.seq });
                    } else {
                        entries.push(entry);
                    }
                }
                held.floor()
            }
            None => self.archive.dropped(want.log) + 1,
        };
        if want.from < first_kept {
            gone.push(Span { log: want.log, from: want.from, to: to.min(first_kept - 1) });
        }
    }

    /// Somebody who was here when one said something wants it, and it is not kept any more: it did not arrive there.
    fn tell_lost(&mut self, from: SocketAddr, gone: &[Span]) {
        let floor = self.archive.log(self.own.log).map_or(1, Log::floor);
        let (own, now) = (self.own.log, self.now.moment);
        let Some(log) = self.presence.at(from).map(|peer| peer.log) else { return };
        let Some(peer) = self.presence.peer_mut(log).filter(|peer| peer.is_present) else { return };
        let since = peer.said_before + 1;
        let lost = gone.iter().filter(|span| span.log == own).filter_map(|span| {
            let (from, to) = (span.from.max(since), span.to.min(floor - 1));
            (from <= to).then_some((from, to))
        });
        let Some((from, to)) = lost.max_by_key(|&(_, to)| to) else { return };
        let entries = to - from + 1;
        peer.said_before = to; // told once
        let author = peer.author;
        if peer.lost_told.is_none_or(|told| now.since(told) >= TELL_AGAIN) {
            peer.lost_told = Some(now);
            let (room, who) = (self.name.clone(), self.names.speaker(author));
            self.show(Event::Notice(Notice::Lost { room, who, entries }));
        }
    }

    /// By unicast. In a room that is not small what two ask for at a time goes to everybody, once, and then is held.
    fn serve(&mut self, from: SocketAddr, wants: &[Wanted], entries: &[Rc<Entry>]) {
        let to = if self.is_small() { Some(To::Address(from)) } else { self.whom_to_serve(from, wants) };
        let Some(to) = to else { return };
        let is_ours = wants.iter().any(|want| want.log == self.own.log || self.earlier.has(want.log));
        let ack = self.is_small() && is_ours;
        for frame in frames(entries, ack) {
            self.send_to_all(&[to], &frame);
        }
    }

    fn whom_to_serve(&mut self, from: SocketAddr, wants: &[Wanted]) -> Option<To> {
        let now = self.now.moment;
        let first = wants.first()?;
        let served = self.served.entry((first.log, first.from));
        match *served {
            Some((at, To::Lan)) if now.since(at) < SERVED_HOLD => return None,
            Some((at, To::Address(before))) if now.since(at) < SERVED_ALIKE_WITHIN && before != from => {
                *served = Some((now, To::Lan));
            }
            _ => *served = Some((now, To::Address(from))),
        }
        let to = served.map(|(_, to)| to);
        if to == Some(To::Lan) && !self.multicasts.has(now) { Some(To::Address(from)) } else { to }
    }

    pub(super) fn compare_delay(&mut self) -> Duration {
        let delay = if self.is_small() || self.archive.is_empty() { COMPARE_DELAY } else { COMPARE_DELAY_LARGE };
        self.chance.between(delay.0, delay.1)
    }

    pub(super) fn compare_pause(&self) -> Duration {
        if self.is_small() { COMPARE_PAUSE } else { COMPARE_PAUSE_LARGE }
    }

    pub(super) fn tick_compare(&mut self) {
        let now = self.now.moment;
        let Some(log) = self.compare.take_due(now) else { return };
        let Some((address, root)) = self.presence.peer(log).and_then(|peer| Some((peer.address()?, peer.root))) else {
            return;
        };
        if self.compare.start(address, root, now) {
            let buckets = self.archive.digest().buckets();
            self.send(address, &Frame::Buckets { cookie: Cookie::ZERO, buckets });
        } else {
            self.compared();
        }
    }

    pub(super) fn on_buckets(&mut self, from: SocketAddr, cookie: Cookie, buckets: &Buckets) {
        if !self.cookies.is_proven(from) && !self.cookies.accept(from, cookie) {
            let cookie = self.cookies.bake(from, self.now.moment);
            return self.send(from, &Frame::Retry { cookie });
        }
        let differing = self.archive.digest().differing(buckets);
        self.send_heads(from, true, differing);
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
            self.send(to, &Frame::Heads { ack: false, reply, heads: heads.to_vec() });
        }
    }

    pub(super) fn on_gone(&mut self, from: SocketAddr, ranges: &[Span]) {
        for range in ranges {
            let author = self.presence.peer(range.log);
            let is_author = author.is_some_and(|author| author.address() == Some(from));
            // Where fewer are here than it takes, and its author is not, those are all there are to ask.
            let is_one_of_few = author.is_none() && self.presence.is_live(from);
            let enough = if is_one_of_few { self.presence.len() } else { GONE_BY };
            let Some(upto) = self.repair.gone(range.log, from, is_author, enough, self.now.moment) else { continue };
            let lack = if is_author { Lack::Gone } else { Lack::Missed };
            self.give_up(range.log, range.from, range.to.min(upto), lack);
            if self.archive.log(range.log).is_some_and(|held| held.gap().is_none()) {
                self.repair.end(range.log);
            }
        }
    }
}

/// What an entry takes in a datagram of its own beside its bytes, at most.
const OVERHEAD: usize = 51 + 3 + 3 + 64;

fn wanted(span: &Span) -> Wanted {
    let count = u8::try_from(span.to - span.from + 1).unwrap_or(u8::MAX);
    Wanted { log: span.log, from: span.from, count }
}
