//! What a room says through a broker, and hears from one.

use std::net::SocketAddr;

use super::Room;
use super::afar::Afar;
use crate::chat::api::event::Event;
use crate::chat::api::machine::{To, Way};
use crate::chat::api::network_notice::NetworkNotice;
use crate::chat::api::talk::Change;
use crate::chat::base::inbox::{address_of, inbox_at, is_inbox};
use crate::chat::base::limits::{
    AFAR_ANSWERS_WITHIN, AFAR_CONFIRM_WITHIN, AFAR_PEOPLE_MAX, AFAR_VERDICT_AFTER, SMALL_ROOM_MAX,
};
use crate::chat::base::time::Now;
use crate::chat::keys::carrier::{CarrierClient, CarrierKeys, Inbox};
use crate::chat::keys::identity::LogId;
use crate::chat::log::Log;
use crate::chat::peers::peer::Peer;
use crate::chat::wire::carried::{CameBy, PublishTo, sender};
use crate::chat::wire::frame::Frame;

impl Room {
    /// What it is known by at a broker; `None`: it is open, so that no broker carries it.
    pub fn carrier_keys(&self) -> Option<&CarrierKeys> {
        self.afar.keys()
    }

    /// Where one is reached at the broker, while that is so.
    pub fn own_inbox(&self) -> Option<Inbox> {
        self.afar.own_inbox()
    }

    /// A broker is reached as this client: what is published there comes from now on.
    pub fn broker_up(&mut self, client: &CarrierClient, now: Now) {
        self.pass_time(now);
        self.afar.rise(client, self.presence.known_afar(), &mut self.rng, now.moment);
        self.deliveries.go_on_from(now.moment.after(AFAR_VERDICT_AFTER), now.moment);
        self.presence.set_broker_down(false, now.moment);
        let (gaps, presence, receipts) = (&mut self.gaps, &self.presence, &self.passed_receipts);
        let is_of_afar = |log: LogId| presence.peer(log).map_or(receipts.origin(log).is_some(), Peer::is_afar);
        gaps.restart(is_of_afar, now.moment);
        self.passed_receipts.forget();
    }

    /// The room is to go through a broker, which is not reached yet.
    pub fn await_broker(&mut self, now: Now) {
        self.deliveries.wait_until(now.moment.after(AFAR_CONFIRM_WITHIN), now.moment);
    }

    /// The broker is not reached any more.
    pub fn broker_down(&mut self, now: Now) {
        self.pass_time(now);
        self.afar.fall();
        self.presence.set_broker_down(true, now.moment);
    }

    /// No broker is used any more: whoever was known through one alone is gone.
    pub fn leave_broker(&mut self, now: Now) {
        self.pass_time(now);
        self.afar.leave();
        self.passed_receipts.forget();
        for log in self.presence.leave_broker(now.moment) {
            self.lose(log, Change::Lost);
        }
        self.judge();
    }

    /// Whether the broker is away by which alone somebody was heard.
    pub(super) fn is_cut_off(&self, log: LogId) -> bool {
        self.afar.is_cut_off() && self.is_of_afar(log)
    }

    /// Whether somebody is known through the broker alone, by beacons or by what a bridge passed on.
    fn is_of_afar(&self, log: LogId) -> bool {
        self.presence.peer(log).map_or(self.passed_receipts.origin(log).is_some(), Peer::is_afar)
    }

    /// Takes what was published for this room. It is opened in place.
    pub fn handle_carried(&mut self, by: CameBy, payload: &mut [u8], now: Now) {
        self.pass_time(now);
        let Some(from) = sender(payload).map(address_of) else { return self.addresses.count_unsealed() };
        if !self.presence.is_live(from) && !self.addresses.takes_datagram(from, now.moment) {
            return;
        }
        let bytes = payload.len();
        let refused = self.addresses.refused();
        match self.afar.open(by, payload) {
            Ok((from, frame)) => self.take_frame(from, Way::Afar(by), frame, bytes),
            Err(bad) => self.count_bad(bad),
        }
        self.trace_refused(refused, from, bytes);
        self.remember_root();
    }

    /// At most 16 others are heard at the broker: each confirms.
    pub(super) fn is_small_afar(&self) -> bool {
        self.presence.known_afar() <= SMALL_ROOM_MAX
    }

    /// Whether those are few who are heard by the way that an address is of.
    pub(super) fn is_small_at(&self, address: SocketAddr) -> bool {
        if is_inbox(address) { self.is_small_afar() } else { self.is_small() }
    }

    /// How many others are heard by the way that an address is of.
    pub(super) fn people_at(&self, address: SocketAddr) -> usize {
        if is_inbox(address) { self.presence.clients_len() } else { self.presence.here() }
    }

    pub(super) fn tick_afar(&mut self) {
        let now = self.now.moment;
        if self.afar.is_beacon_due(now) {
            self.send_beacon(&[To::Afar]);
            let interval = Afar::interval(self.presence.clients_len());
            self.afar.schedule_beacon(interval, &mut self.rng, now);
            self.tell_crowd_afar();
        }
        for log in self.afar.due_reminders(now) {
            let lacking = self.lacking_afar(log);
            self.afar.reminded(log, lacking.is_empty());
            let Some(head) = self.archive.head(log) else { continue };
            for inbox in lacking {
                self.send(inbox, &Frame::Heads { ack: true, reply: false, heads: vec![head] });
            }
        }
    }

    /// Those in a small room who are reached at the broker alone and have not confirmed the last entry of a log.
    fn lacking_afar(&self, log: LogId) -> Vec<SocketAddr> {
        if !self.is_small_afar() {
            return Vec::new();
        }
        let settled = self.archive.log(log).map_or(0, Log::settled);
        let lacks = self.presence.only_afar().filter(|peer| peer.log != log && peer.acked(log) < settled);
        lacks.filter_map(Peer::inbox).collect()
    }

    /// More people are there than beacons and receipts are made for.
    fn tell_crowd_afar(&mut self) {
        let people = self.presence.clients_len();
        if people > AFAR_PEOPLE_MAX && !std::mem::replace(&mut self.afar.is_crowd_told, true) {
            let room = self.name.clone();
            self.show(Event::Notice(NetworkNotice::BrokerCrowded { room, people }.into()));
        }
    }

    /// Who is silent here is asked at the broker before it counts as lost. Whether it is.
    pub(super) fn is_asked_afar(&mut self, log: LogId) -> bool {
        let inbox =
            if self.afar.is_up() { self.presence.fall_back(log, AFAR_ANSWERS_WITHIN, self.now.moment) } else { None };
        if let Some(inbox) = inbox {
            self.send_retry(inbox);
        }
        inbox.is_some()
    }
}

/// Where at the broker something is published that goes there; `None`: it is sent by UDP.
pub(super) fn destination(to: To) -> Option<PublishTo> {
    match to {
        To::Afar => Some(PublishTo::Topic),
        To::Address(address) => inbox_at(address).map(PublishTo::Inbox),
        To::Lan | To::LanBeyond(_) => None,
    }
}
