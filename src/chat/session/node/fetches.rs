//! What this session fetches.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use super::rooms::RoomKey;
use crate::chat::api::disk::PartId;
use crate::chat::api::requester::Requester;
use crate::chat::api::transfers::{OfferTold, TransferState, WaitsFor};
use crate::chat::base::limits::PROGRESS_EVERY;
use crate::chat::base::time::Moment;
use crate::chat::files::blocks::{Layout, StreamHash};
use crate::chat::files::fetch::Fetch;
use crate::chat::keys::exchange::TransferId;
use crate::chat::keys::identity::{Author, Run};
use crate::chat::wire::offer::OfferKey;

/// How far a fetch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchPhase {
    /// The disk makes room for it.
    Creating,
    /// It waits, at most until then.
    Waiting(WaitsFor, Option<Moment>),
    /// An instance was asked for it, then.
    Asking(Moment),
    /// Bytes come: of this transfer, from there.
    Running(TransferId, SocketAddr),
    /// All of it is written; the disk gives it its name.
    Finishing,
}

/// One thing that is fetched.
#[derive(Debug)]
pub struct Fetching {
    pub key: OfferKey,
    /// How it is cut, and its hash.
    pub stream: (Layout, StreamHash),
    /// As it is told; the offer may be withdrawn meanwhile.
    pub told: OfferTold,
    pub room: RoomKey,
    pub holder: Author,
    pub requester: Requester,
    pub phase: FetchPhase,
    /// Once there is room for it.
    pub fetch: Option<Fetch>,
    /// Instances that were asked and did not answer.
    pub tried: Vec<Run>,
    /// It was told to have begun.
    pub is_told: bool,
    /// Nothing of it is kept for another time.
    pub is_unwanted: bool,
    /// What it was last told to wait for.
    pub told_waiting: Option<WaitsFor>,
    meter: Meter,
    is_ready: bool,
    due: Option<Moment>,
}

impl Fetching {
    pub fn new(
        key: OfferKey,
        stream: (Layout, StreamHash),
        told: OfferTold,
        (room, holder): (RoomKey, Author),
        requester: Requester,
    ) -> Self {
        Self {
            key,
            stream,
            told,
            room,
            holder,
            requester,
            phase: FetchPhase::Creating,
            fetch: None,
            tried: Vec::new(),
            is_told: false,
            is_unwanted: false,
            told_waiting: None,
            meter: Meter::default(),
            is_ready: false,
            due: None,
        }
    }

    /// Where its holder is, while bytes come.
    pub fn at(&self) -> Option<SocketAddr> {
        match self.phase {
            FetchPhase::Running(_, at) => Some(at),
            _ => None,
        }
    }

    /// Whether its holder is busy with it.
    fn is_under_way(&self) -> bool {
        matches!(self.phase, FetchPhase::Asking(_) | FetchPhase::Running(..))
    }

    /// How it goes, where that is to be told now.
    pub fn progress(&mut self, now: Moment) -> Option<TransferState> {
        let done = self.fetch.as_ref()?.bytes_kept();
        self.meter.read(done, now).map(|rate| TransferState::Progress { done, rate })
    }

    /// How it goes, for whoever asks.
    pub fn state(&self) -> TransferState {
        if let FetchPhase::Waiting(what, _) = self.phase {
            return TransferState::Waiting(what);
        }
        TransferState::Progress { done: self.fetch.as_ref().map_or(0, Fetch::bytes_kept), rate: self.meter.rate }
    }
}

/// How fast bytes come.
#[derive(Debug, Default)]
struct Meter {
    /// What was here when it was last looked, and when that was.
    last: Option<(u64, Moment)>,
    rate: u64,
}

impl Meter {
    /// So much is here now. How many bytes come in a second, where that was not told just now.
    fn read(&mut self, done: u64, now: Moment) -> Option<u64> {
        let (before, then) = *self.last.get_or_insert((done, now));
        let span = now.since(then);
        if span < PROGRESS_EVERY {
            return None;
        }
        let rate = u128::from(done.saturating_sub(before)) * 1_000_000_000 / span.as_nanos().max(1);
        let rate = u64::try_from(rate).unwrap_or(u64::MAX);
        self.rate = if self.rate == 0 { rate } else { self.rate / 4 * 3 + rate / 4 };
        self.last = Some((done, now));
        Some(self.rate)
    }
}

/// All of them, in the order in which they were asked for.
#[derive(Debug, Default)]
pub struct Fetches {
    all: BTreeMap<PartId, Fetching>,
    begun: PartId,
}

impl Fetches {
    pub fn begin(&mut self, fetching: Fetching) -> PartId {
        self.begun += 1;
        self.all.insert(self.begun, fetching);
        self.begun
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn get(&self, part: PartId) -> Option<&Fetching> {
        self.all.get(&part)
    }

    pub fn get_mut(&mut self, part: PartId) -> Option<&mut Fetching> {
        self.all.get_mut(&part)
    }

    /// For whoever changes it, after which there may be something to do.
    pub fn wake(&mut self, part: PartId) -> Option<&mut Fetching> {
        let fetching = self.all.get_mut(&part)?;
        fetching.is_ready = true;
        Some(fetching)
    }

    pub fn remove(&mut self, part: PartId) -> Option<Fetching> {
        self.all.remove(&part)
    }

    /// Whether something goes on: what waits for somebody who is not here does not.
    pub fn is_going_on(&self) -> bool {
        let waits = |fetching: &Fetching| matches!(fetching.phase, FetchPhase::Waiting(WaitsFor::Holder, _));
        self.all.values().any(|fetching| !waits(fetching))
    }

    /// The one that fetches this offer.
    pub fn of(&self, key: OfferKey) -> Option<PartId> {
        self.all.iter().find(|(_, fetching)| fetching.key == key).map(|(&part, _)| part)
    }

    /// The one whose datagrams are known by this.
    pub fn of_transfer(&self, id: TransferId) -> Option<PartId> {
        let is_it = |fetching: &Fetching| matches!(fetching.phase, FetchPhase::Running(of, _) if of == id);
        self.all.iter().find(|(_, fetching)| is_it(fetching)).map(|(&part, _)| part)
    }

    /// Those that this is true of.
    pub fn which(&self, is_one: impl Fn(&Fetching) -> bool) -> Vec<PartId> {
        self.all.iter().filter(|(_, fetching)| is_one(fetching)).map(|(&part, _)| part).collect()
    }

    /// Whether something is fetched from this one already: one after the other.
    pub fn is_busy(&self, holder: Author) -> bool {
        self.all.values().any(|fetching| fetching.holder == holder && fetching.is_under_way())
    }

    /// The next one that waits for its turn with this one.
    pub fn next_of(&self, holder: Author) -> Option<PartId> {
        let waits = |fetching: &Fetching| fetching.phase == FetchPhase::Waiting(WaitsFor::Turn, None);
        self.all.iter().find(|(_, fetching)| fetching.holder == holder && waits(fetching)).map(|(&part, _)| part)
    }

    /// Those that waited long enough.
    pub fn take_due(&mut self, now: Moment) -> Vec<PartId> {
        let due = self.all.values_mut().filter(|fetching| fetching.due.is_some_and(|due| due <= now));
        due.for_each(|fetching| fetching.is_ready = true);
        self.which(|fetching| matches!(fetching.phase, FetchPhase::Waiting(_, Some(until)) if until <= now))
    }

    pub fn next_ready(&self) -> Option<PartId> {
        self.all.iter().find(|(_, fetching)| fetching.is_ready).map(|(&part, _)| part)
    }

    /// It has nothing to do until then, or until something comes.
    pub fn rest(&mut self, part: PartId, until: Option<Moment>) {
        if let Some(fetching) = self.all.get_mut(&part) {
            (fetching.is_ready, fetching.due) = (false, until);
        }
    }

    pub fn deadline(&self) -> Option<Moment> {
        let waiting = self.all.values().filter_map(|fetching| match fetching.phase {
            FetchPhase::Waiting(_, until) => until,
            _ => None,
        });
        let resting = self.all.values().filter(|fetching| !fetching.is_ready).filter_map(|fetching| fetching.due);
        waiting.chain(resting).min()
    }
}

/// The round trip of a handshake, at least this: on one machine it takes no time.
pub fn handshake_rtt(asked: Moment, now: Moment) -> Duration {
    now.since(asked).max(Duration::from_micros(100))
}
