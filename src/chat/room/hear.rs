//! Datagrams come in: they are opened, counted, and handed to whatever their frames are for.

use std::net::SocketAddr;

use super::Room;
use crate::chat::api::machine::Way;
use crate::chat::base::metrics::{Tally, Trace};
use crate::chat::base::time::Now;
use crate::chat::wire::BadFrame;
use crate::chat::wire::frame::{Frame, Via};

impl Room {
    /// Takes a datagram with this room's tag. It is opened in place.
    pub fn handle(&mut self, from: SocketAddr, way: Way, datagram: &mut [u8], now: Now) {
        self.pass_time(now);
        if !self.presence.is_live(from) && !self.addresses.takes_datagram(from, now.moment) {
            return;
        }
        let size = datagram.len();
        let refused = self.addresses.refused();
        match self.seal.open(datagram) {
            Ok(frame) => self.take_frame(from, way, frame, size),
            Err(bad) => self.count_bad(bad),
        }
        self.trace_refused(refused, from, size);
        self.remember_root();
    }

    pub(super) fn count_bad(&mut self, bad: BadFrame) {
        match bad {
            BadFrame::Malformed => self.addresses.count_malformed(),
            _ => self.addresses.count_unsealed(),
        }
    }

    pub(super) fn take_frame(&mut self, from: SocketAddr, way: Way, frame: Frame<'_>, size: usize) {
        let now = self.now.moment;
        if !self.addresses.takes_frame(from, frame.kind(), now) {
            return;
        }
        self.outputs.received(frame.kind());
        self.presence.hear_from(from, now);
        if way.is_multicast() {
            self.beacons.hear_multicast(now);
            self.served.hear_multicast(now);
        }
        let trace = Trace::Received { from, kind: frame.kind(), bytes: size };
        self.outputs.trace(trace);
        if self.is_observer {
            return self.observe(from, way, &frame);
        }
        match frame {
            Frame::Entries { ack, entries } => self.on_entries(from, way, ack, &entries),
            Frame::Beacon { via: Via::Receipt, beacon } => self.on_passed_receipt(from, way, beacon),
            Frame::Beacon { via, beacon } => self.on_beacon(from, way, via == Via::Other, beacon),
            Frame::Heads { ack, reply, heads } => self.on_heads(from, ack, reply, &heads),
            Frame::Want { cookie, wants } => self.on_want(from, cookie, &wants),
            Frame::Buckets { cookie, buckets } => self.on_buckets(from, cookie, &buckets),
            Frame::Retry { cookie } => self.on_retry(from, cookie),
            Frame::Gone { ranges } => self.on_gone(from, &ranges),
            Frame::Begin { begin } => self.on_begin(from, way, begin),
            Frame::Accept { accept } => self.on_accept(from, accept),
        }
    }

    /// Traces what was refused of a datagram.
    pub(super) fn trace_refused(&mut self, before: Tally, from: SocketAddr, bytes: usize) {
        let now = self.addresses.refused();
        if now != before {
            let reasons = before.reasons().into_iter().zip(now.reasons()).filter(|(before, now)| before != now);
            reasons.for_each(|((why, _), _)| self.outputs.trace(Trace::Refused { from, why, bytes }));
        }
    }
}
