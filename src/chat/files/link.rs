//! What one side that fetches has agreed on with the other: what it asked for, how fast, and how long it waits.

use std::collections::VecDeque;
use std::time::Duration;

use crate::chat::base::limits::FETCH_MEMORY_MAX;
use crate::chat::base::time::Moment;
use crate::chat::files::congestion::Congestion;
use crate::chat::files::requests::RequestQueue;
use crate::chat::keys::exchange::TransferKeys;
use crate::chat::wire::offer::OfferKey;
use crate::chat::wire::transfer::{Extent, Opener, Pull, Sealer, StreamPart, TransferDirection, TransferMessage};

/// A Pull is said again after this where nothing comes, and after twice that, and so on.
const PULL_AGAIN: Duration = Duration::from_millis(60);
/// And in any case after this: the holder stops where nothing is asked for.
const PULL_EVERY: Duration = Duration::from_millis(400);
/// But no sooner than this. A guess.
const PULL_EVERY_MIN: Duration = Duration::from_millis(20);
/// Nothing came for so long, or for four round trips: it has to begin anew.
const STALLED_AFTER: Duration = Duration::from_secs(2);
/// A path of a local network. A guess.
const SHORT_PATH: Duration = Duration::from_millis(5);

/// What is to be said to the holder now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullDue {
    /// What is wanted.
    Now,
    /// Nothing came for too long: what was lost is to be asked for again first.
    Again,
    /// Nothing before this moment.
    At(Moment),
    /// The holder does not answer any more.
    Never,
}

/// One agreement with a holder.
#[derive(Debug)]
pub struct Link {
    keys: TransferKeys,
    sealer: Sealer,
    opener: Opener,
    requests: RequestQueue,
    congestion: Congestion,
    /// What was lost, to be asked for again before anything else.
    again: VecDeque<Extent>,
    largest: u32,
    /// When the last Pull was said, how often since something came, and where its queue ended.
    pulled: Moment,
    repeated: u32,
    said: u64,
    /// And at which rate it was to come.
    said_rate: u64,
    /// Ends of the queue that were said, each with its moment: what comes behind one came after a round trip.
    asked: VecDeque<(u64, Moment)>,
    /// When something last came.
    heard: Moment,
    /// Until when something else has to come.
    patient: Moment,
    /// How much may be on the way on a short path: the system's buffer has to hold it.
    buffer: u64,
}

impl Link {
    /// Begins, on a path of this round trip.
    pub fn new(keys: TransferKeys, rtt: Duration, buffer: u64, now: Moment) -> Self {
        Self {
            keys,
            sealer: Sealer::new(TransferDirection::ToHolder),
            opener: Opener::default(),
            requests: RequestQueue::default(),
            congestion: Congestion::new(rtt, now),
            again: VecDeque::new(),
            largest: 0,
            pulled: now,
            repeated: 0,
            said: 0,
            said_rate: 0,
            asked: VecDeque::new(),
            heard: now,
            patient: now.after(PULL_AGAIN),
            buffer,
        }
    }

    /// How many bytes a second come.
    pub fn rate(&self) -> u64 {
        self.congestion.rate()
    }

    /// In how many pieces what was asked for lies.
    pub fn fragments(&self) -> usize {
        self.requests.fragments()
    }

    /// Opens a datagram in place; with its number.
    pub fn open<'a>(&mut self, datagram: &'a mut [u8], now: Moment) -> Option<(u32, TransferMessage<'a>)> {
        let size = u32::try_from(datagram.len()).unwrap_or(u32::MAX);
        let opened = self.opener.open(&self.keys, TransferDirection::ToAsker, datagram)?;
        (self.heard, self.repeated) = (now, 0);
        self.largest = self.largest.max(size);
        self.be_patient(now);
        Some(opened)
    }

    fn be_patient(&mut self, now: Moment) {
        let patience = PULL_AGAIN.max(self.congestion.rtt() * 2) * 2_u32.saturating_pow(self.repeated.min(5));
        self.patient = now.after(patience);
    }

    /// Bytes of the stream came, in the datagram of this number. What was lost before them is to be asked for again.
    pub fn came(&mut self, part: StreamPart, from: u64, count: u64, counter: u32, now: Moment) {
        let before = self.requests.credit() - self.requests.ahead();
        self.requests.came(part, from, count, counter);
        let newest = self.requests.credit() - self.requests.ahead();
        while let Some(&(_, said)) = self.asked.front().filter(|&&(end, _)| end < newest) {
            self.asked.pop_front();
            self.congestion.round_trip(now.since(said), now);
        }
        if newest > before {
            let lost = self.requests.lost();
            self.lose(lost);
        }
    }

    /// So much that lacked came.
    pub fn delivered(&mut self, bytes: u64, now: Moment) {
        self.congestion.delivered(bytes, now);
    }

    fn lose(&mut self, lost: Vec<Extent>) {
        self.congestion.lost(lost.iter().map(|extent| extent.count).sum());
        self.again.extend(lost);
    }

    /// How much may be on the way.
    fn window(&self) -> u64 {
        let most = if self.congestion.rtt() < SHORT_PATH { self.buffer } else { FETCH_MEMORY_MAX / 2 };
        self.congestion.window().min(most)
    }

    /// Whether more may be asked for.
    pub fn has_room(&self) -> bool {
        self.requests.ahead() < self.window() && self.requests.has_room(false)
    }

    /// What was lost and may be asked for again now.
    pub fn take_lost(&mut self) -> Option<Extent> {
        if self.requests.has_room(true) { self.again.pop_front() } else { None }
    }

    /// Asks for something.
    pub fn ask(&mut self, extent: Extent, now: Moment) {
        if self.requests.ahead() == 0 && self.repeated == 0 {
            self.heard = now; // nothing was to come before
            self.be_patient(now);
        }
        self.requests.ask(extent);
    }

    /// There is nothing to ask for.
    pub fn idle(&mut self) {
        self.congestion.idle();
    }

    /// What is to be said now.
    pub fn due(&self, now: Moment) -> PullDue {
        let credit = self.requests.credit();
        let stalled = self.heard.after(STALLED_AFTER.max(self.congestion.rtt() * 4));
        let is_waiting = self.requests.ahead() > 0 || self.requests.fragments() > 0;
        if is_waiting && stalled <= now {
            return PullDue::Never;
        }
        let window = self.window();
        let is_other_rate = self.rate().abs_diff(self.said_rate) > self.said_rate / 8;
        let is_more = credit > self.said && (credit - self.said >= window / 4 || self.requests.ahead() < window / 2);
        if is_more || is_other_rate && is_waiting {
            return PullDue::Now;
        }
        if !is_waiting {
            let due = self.pulled.after(PULL_EVERY);
            return if due <= now { PullDue::Now } else { PullDue::At(due) };
        }
        if self.patient <= now {
            return PullDue::Again;
        }
        // A Pull that is lost starves the holder: so it is said again each round trip or two, also where it says nothing new.
        let soon = self.pulled.after((self.congestion.rtt() * 2).clamp(PULL_EVERY_MIN, PULL_EVERY));
        if soon <= now { PullDue::Now } else { PullDue::At(soon.min(self.patient).min(stalled)) }
    }

    /// Nothing came for too long. Perhaps the last Pull is lost: it is said again. Then perhaps all that was sent since is.
    pub fn lose_patience(&mut self, now: Moment) {
        if self.repeated > 0 {
            let lost = self.requests.all_lost();
            self.lose(lost);
            self.asked.clear(); // what comes now says nothing of a round trip
        }
        self.repeated += 1;
        self.be_patient(now);
        self.congestion.idle();
    }

    /// What is wanted, as it is said. `None`: there are no more numbers.
    pub fn say_pull(&mut self, offer: OfferKey, now: Moment) -> Option<Vec<u8>> {
        let (credit, wanted) = self.requests.pull();
        let rate = self.rate();
        let pull = Pull { offer, credit, rate, largest: self.largest, wanted };
        if credit > self.said {
            self.asked.push_back((self.said, now));
        }
        (self.pulled, self.said, self.said_rate) = (now, credit, rate);
        self.say(offer, TransferMessage::Pull(pull))
    }

    /// Something that is said to the holder.
    pub fn say(&mut self, offer: OfferKey, message: TransferMessage<'_>) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        self.sealer.close(&self.keys, offer, message, 0, &mut out).then_some(out)
    }
}
