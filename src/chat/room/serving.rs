//! What others want is served, to whoever has proven its address, and no more than its share.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;

use super::Room;
use super::sending::frames;
use crate::chat::api::event::Event;
use crate::chat::api::machine::To;
use crate::chat::api::notice::Notice;
use crate::chat::base::limits::{SERVED_ALIKE_WITHIN, SERVED_AT_ONCE_MAX, SERVED_HOLD, TELL_AGAIN};
use crate::chat::keys::identity::EntryId;
use crate::chat::log::Log;
use crate::chat::wire::entry::Entry;
use crate::chat::wire::frame::{Cookie, Frame, GONE_MAX, Span, Wanted};

impl Room {
    /// Serves what is wanted, at most so many entries at a time. Before anything is looked up the cookie must be right, which
    /// changes: so nobody who takes a copy of a datagram on its way makes us answer it again later.
    pub(super) fn on_want(&mut self, from: SocketAddr, cookie: Cookie, wants: &[Wanted]) {
        if !self.takes_cookie(from, cookie) || wants.is_empty() {
            return;
        }
        if !self.guard.takes_ask(from, false, self.now.moment) {
            return;
        }
        let (mut entries, mut gone): (BTreeMap<EntryId, Rc<Entry>>, Vec<Span>) = (BTreeMap::new(), Vec::new());
        for want in wants {
            self.find(want, &mut entries, &mut gone);
        }
        if self.presence.is_live(from) && wants.iter().any(|want| want.log == self.own.log) {
            self.flow.gap(self.now.moment);
        }
        let mut entries: Vec<Rc<Entry>> = entries.into_values().collect();
        entries.sort_by_key(|entry| (entry.log, entry.header.seq));
        self.serve(from, wants, &entries);
        self.tell_lost(from, &gone);
        if !gone.is_empty() {
            gone.truncate(GONE_MAX);
            self.answer(from, &Frame::Gone { ranges: gone });
        }
    }

    /// Whether `from` has brought a cookie of ours; otherwise it is given one.
    pub(super) fn takes_cookie(&mut self, from: SocketAddr, cookie: Cookie) -> bool {
        let (was_proven, now) = (self.cookies.is_proven(from), self.now.moment);
        let is_ours = self.cookies.accept(from, cookie, now);
        if is_ours && !was_proven {
            self.on_proven(from);
        } else if !is_ours && self.guard.may_answer(from, was_proven, now) {
            let cookie = self.cookies.bake(from, now);
            self.send(from, &Frame::Retry { cookie });
        }
        is_ours
    }

    /// What is held of what is wanted, and what was and is not kept any more.
    fn find(&self, want: &Wanted, entries: &mut BTreeMap<EntryId, Rc<Entry>>, gone: &mut Vec<Span>) {
        let log = want.log;
        let to = want.from.saturating_add(u64::from(want.count)).saturating_sub(1);
        if let Some(held) = self.archive.log(log) {
            for entry in held.between(want.from, to) {
                if entries.len() + gone.len() >= SERVED_AT_ONCE_MAX {
                    return;
                }
                if entry.is_erased {
                    gone.push(Span { log, from: entry.header.seq, to: entry.header.seq });
                } else {
                    entries.insert(entry.id, Rc::clone(entry));
                }
            }
        }
        let first_kept = self.archive.log(log).map_or_else(|| self.archive.dropped(log).saturating_add(1), Log::floor);
        if want.from < first_kept && want.count > 0 {
            gone.push(Span { log, from: want.from, to: to.min(first_kept - 1) });
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
            self.answer_all(from, to, &frame);
        }
    }

    /// An answer to `asker`, as far as that has not had its share.
    pub(super) fn answer(&mut self, asker: SocketAddr, frame: &Frame<'_>) {
        self.answer_all(asker, To::Address(asker), frame);
    }

    fn answer_all(&mut self, asker: SocketAddr, to: To, frame: &Frame<'_>) {
        let Some(datagram) = self.seal.close(frame) else { return };
        if self.guard.may_answer_bytes(asker, datagram.len(), self.now.moment) {
            self.put(to, frame.kind(), datagram);
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
        if matches!(*served, Some((_, To::Lan))) && !self.multicasts.has(now) {
            *served = Some((now, To::Address(from)));
        }
        served.map(|(_, to)| to)
    }
}
