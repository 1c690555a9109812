//! What others want is served, to whoever has proven its address, and no more than its share.

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use super::Room;
use super::carry::destination;
use super::publish::frames;
use super::served::{Portion, find};
use crate::chat::api::event::Event;
use crate::chat::api::machine::To;
use crate::chat::api::notice::Notice;
use crate::chat::base::inbox::inbox_at;
use crate::chat::base::limits::TELL_AGAIN;
use crate::chat::log::Log;
use crate::chat::wire::carried::PublishTo;
use crate::chat::wire::entry::Entry;
use crate::chat::wire::frame::{Cookie, Frame, GONE_MAX, Span, Wanted};

impl Room {
    /// Serves what is wanted, at most so many entries at a time. Before anything is looked up the cookie must be right, which
    /// changes: so nobody who takes a copy of a datagram on its way makes us answer it again later.
    pub(super) fn on_want(&mut self, from: SocketAddr, cookie: Cookie, wants: &[Wanted]) {
        if !self.takes_cookie(from, cookie) || wants.is_empty() {
            return;
        }
        if !self.addresses.takes_ask(from, false, self.now.moment) {
            return;
        }
        let Portion { entries, mut gone } = find(&self.archive, wants);
        if self.presence.is_live(from) && wants.iter().any(|want| want.log == self.own.log()) {
            self.flow.gap(self.now.moment); // the network or the peer is slower than what we say
        }
        self.serve(from, wants, &entries);
        self.tell_lost(from, &gone);
        if !gone.is_empty() {
            gone.truncate(GONE_MAX);
            self.answer(from, &Frame::Gone { ranges: gone });
        }
    }

    /// Whether `from` has brought a cookie of ours; otherwise it is given one.
    pub(super) fn takes_cookie(&mut self, from: SocketAddr, cookie: Cookie) -> bool {
        let was_proven = self.addresses.is_proven(from);
        let is_ours = self.addresses.accept(from, cookie, self.now.moment);
        if is_ours && !was_proven {
            self.on_proven(from);
        } else if !is_ours {
            self.send_retry(from);
        }
        is_ours
    }

    /// Somebody who was here when one said something wants it, and it is not kept any more: it did not arrive there.
    fn tell_lost(&mut self, from: SocketAddr, gone: &[Span]) {
        let floor = self.archive.log(self.own.log()).map_or(1, Log::floor);
        let (own, now) = (self.own.log(), self.now.moment);
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
    fn serve(&mut self, from: SocketAddr, wants: &[Wanted], entries: &[Arc<Entry>]) {
        let is_small = self.is_small_at(from);
        let first = wants.first().filter(|_| !is_small);
        let Some(to) = first.map_or(Some(To::Address(from)), |first| self.whom_to_serve(from, first)) else { return };
        let is_ours = wants.iter().any(|want| want.log == self.own.log() || self.outbox.has(want.log));
        let ack = is_small && is_ours;
        for frame in frames(entries, ack) {
            self.answer_all(from, to, &frame);
        }
    }

    fn whom_to_serve(&mut self, from: SocketAddr, first: &Wanted) -> Option<To> {
        let now = self.now.moment;
        match inbox_at(from) {
            Some(inbox) => self.afar.whom(inbox, first, now).map(|to| match to {
                PublishTo::Topic => To::Afar,
                PublishTo::Inbox(_) => To::Address(from),
            }),
            None => self.served.whom(from, first, now),
        }
    }

    /// An answer to `requester`, as far as that has not had its share.
    pub(super) fn answer(&mut self, requester: SocketAddr, frame: &Frame<'_>) {
        self.answer_all(requester, To::Address(requester), frame);
    }

    fn answer_all(&mut self, requester: SocketAddr, to: To, frame: &Frame<'_>) {
        let there = destination(to);
        let sealed = match there {
            Some(there) => self.afar.close(there, frame),
            None => self.seal.close(frame),
        };
        let now = self.now.moment;
        let is_due = |sealed: &Rc<[u8]>| self.addresses.may_answer_bytes(requester, sealed.len(), now);
        let Some(sealed) = sealed.filter(is_due) else { return };
        match there {
            Some(there) => self.outputs.publish(there, frame.kind(), sealed),
            None => self.outputs.send(to, frame.kind(), sealed),
        }
    }
}
