//! The room at a broker: whether it is reached there, what it is sealed with, and when it says something there by itself.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use crate::chat::base::inbox::{address_of, inbox_at};
use crate::chat::base::limits::{
    AFAR_ALIKE, AFAR_ALIKE_WITHIN, AFAR_BEACON_EACH, AFAR_BEACON_MAX, AFAR_BEACON_MIN, AFAR_FIRST_AT_START,
    AFAR_FIRST_EACH, AFAR_FIRST_WITHIN, AFAR_REMIND_AFTER, AFAR_REMINDERS_MAX, SPEAKERS_MAX,
};
use crate::chat::base::recent::Recent;
use crate::chat::base::rng::Rng;
use crate::chat::base::time::Moment;
use crate::chat::keys::carrier::{CarrierClient, CarrierKeys, Inbox};
use crate::chat::keys::identity::LogId;
use crate::chat::wire::BadFrame;
use crate::chat::wire::carried::{CameBy, CarrierSeal, PublishTo};
use crate::chat::wire::frame::{Frame, Wanted};

/// The room at a broker.
#[derive(Debug)]
pub struct Afar {
    /// `None`: the room is open, so no broker carries it.
    keys: Option<CarrierKeys>,
    /// `None`: the broker is not reached.
    seal: Option<CarrierSeal>,
    /// It was reached before.
    was_up: bool,
    next_beacon: Moment,
    reminders: BTreeMap<LogId, AfarReminder>,
    wanted: Recent<(LogId, u64), Vec<(SocketAddr, Moment)>>,
    /// That there are too many people was told.
    pub is_crowd_told: bool,
}

#[derive(Debug)]
struct AfarReminder {
    since: Moment,
    sent: usize,
}

impl AfarReminder {
    fn due(&self) -> Option<Moment> {
        Some(self.since.after(*AFAR_REMIND_AFTER.get(self.sent)?))
    }
}

impl Afar {
    /// No broker is reached. Without keys none ever is.
    pub fn new(keys: Option<CarrierKeys>) -> Self {
        Self {
            keys,
            seal: None,
            was_up: false,
            next_beacon: Moment::START,
            reminders: BTreeMap::new(),
            wanted: Recent::new(SPEAKERS_MAX),
            is_crowd_told: false,
        }
    }

    /// What it is known by at a broker; `None`: it is open.
    pub fn keys(&self) -> Option<&CarrierKeys> {
        self.keys.as_ref()
    }

    /// Whether a broker is reached.
    pub fn is_up(&self) -> bool {
        self.seal.is_some()
    }

    /// Whether a broker was reached, and is not now.
    pub fn is_cut_off(&self) -> bool {
        self.was_up && self.seal.is_none()
    }

    /// A broker is reached as this client. A beacon leaves soon; after an outage, from which so many others may come back at the
    /// same time, at a time that they do not share.
    pub fn rise(&mut self, client: &CarrierClient, others: usize, rng: &mut Rng, now: Moment) {
        let Some(keys) = &self.keys else { return };
        let own = keys.inbox(client);
        self.seal = Some(CarrierSeal::new(keys.clone(), own, rng));
        let others = if self.was_up { u32::try_from(others).unwrap_or(u32::MAX) } else { 0 };
        let within = AFAR_FIRST_EACH.saturating_mul(others).clamp(AFAR_FIRST_AT_START, AFAR_FIRST_WITHIN);
        self.was_up = true;
        self.next_beacon = now.after(rng.between(Duration::ZERO, within));
    }

    /// The broker is not reached any more.
    pub fn fall(&mut self) {
        self.seal = None;
        self.reminders.clear();
    }

    /// No broker is used any more.
    pub fn leave(&mut self) {
        self.fall();
        self.was_up = false;
    }

    /// A frame as it is published there.
    pub fn close(&mut self, to: PublishTo, frame: &Frame<'_>) -> Option<Rc<[u8]>> {
        self.seal.as_mut()?.close(to, frame)
    }

    /// Opens in place what came, and says from which address.
    pub fn open<'a>(&self, by: CameBy, payload: &'a mut [u8]) -> Result<(SocketAddr, Frame<'a>), BadFrame> {
        let seal = self.seal.as_ref().ok_or(BadFrame::Seal)?;
        seal.open(by, payload).map(|(sender, frame)| (address_of(sender), frame))
    }

    /// Where one is reached there oneself.
    pub fn own_inbox(&self) -> Option<Inbox> {
        self.seal.as_ref().map(CarrierSeal::own)
    }

    /// The span between two beacons, where so many others are heard there: a price that does not grow with the room.
    pub fn interval(others: usize) -> Duration {
        let people = u32::try_from(others + 1).unwrap_or(u32::MAX);
        AFAR_BEACON_EACH.saturating_mul(people).clamp(AFAR_BEACON_MIN, AFAR_BEACON_MAX)
    }

    /// Whether a beacon leaves now.
    pub fn is_beacon_due(&self, now: Moment) -> bool {
        self.is_up() && self.next_beacon <= now
    }

    /// One left: the next follows a span later, a fifth more or less.
    pub fn schedule_beacon(&mut self, interval: Duration, rng: &mut Rng, now: Moment) {
        self.next_beacon = now.after(rng.between(interval * 4 / 5, interval * 6 / 5));
    }

    /// Somebody who is heard there may lack the last entry of a log.
    pub fn remind(&mut self, log: LogId, now: Moment) {
        if self.is_up() && (self.reminders.len() < AFAR_REMINDERS_MAX || self.reminders.contains_key(&log)) {
            self.reminders.insert(log, AfarReminder { since: now, sent: 0 });
        }
    }

    /// The logs to remind of now.
    pub fn due_reminders(&self, now: Moment) -> Vec<LogId> {
        let is_due = |reminder: &AfarReminder| reminder.due().is_some_and(|due| due <= now);
        self.reminders.iter().filter(|(_, reminder)| is_due(reminder)).map(|(&log, _)| log).collect()
    }

    /// A log was reminded of, unless nobody lacked anything.
    pub fn reminded(&mut self, log: LogId, is_needless: bool) {
        let Some(reminder) = self.reminders.get_mut(&log) else { return };
        reminder.sent += 1;
        if is_needless || reminder.due().is_none() {
            self.reminders.remove(&log);
        }
    }

    /// To whom goes what `from` wants: to it alone, or to everybody, where it is the third who wants the same just now; `None`:
    /// everybody got it just now.
    pub fn whom(&mut self, from: Inbox, first: &Wanted, now: Moment) -> Option<PublishTo> {
        let askers = self.wanted.entry((first.log, first.from));
        askers.retain(|(_, at)| now.since(*at) < AFAR_ALIKE_WITHIN);
        let is_new = askers.iter().all(|(who, _)| inbox_at(*who) != Some(from));
        if !is_new {
            return Some(PublishTo::Inbox(from));
        }
        if askers.len() >= AFAR_ALIKE {
            return None;
        }
        askers.push((address_of(from), now));
        Some(if askers.len() == AFAR_ALIKE { PublishTo::Topic } else { PublishTo::Inbox(from) })
    }

    /// When something is due.
    pub fn deadline(&self) -> Option<Moment> {
        let beacon = self.is_up().then_some(self.next_beacon);
        self.reminders.values().filter_map(AfarReminder::due).chain(beacon).min()
    }

    /// How many logs are reminded of, and what was asked for of late.
    pub fn len(&self) -> [usize; 2] {
        [self.reminders.len(), self.wanted.len()]
    }
}
