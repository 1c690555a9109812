//! The user fetches what others offer.

use std::net::SocketAddr;

use super::Node;
use super::fetches::{FetchPhase, Fetching, handshake_rtt};
use super::files::Files;
use super::offers::{OfferMeant, StandingOffer};
use super::rooms::RoomKey;
use crate::chat::api::answer::Answered;
use crate::chat::api::disk::{Created, Destination, DiskDone, DiskJob, NewPart, NotKept, PartId};
use crate::chat::api::event::Event;
use crate::chat::api::machine::{Advance, Output};
use crate::chat::api::refusal::OfferRefusal;
use crate::chat::api::requester::Requester;
use crate::chat::api::transfers::{TransferFault, TransferState, TransferTold, WaitsFor};
use crate::chat::base::limits::{FETCH_AGAIN, PULLERS_MAX};
use crate::chat::base::metrics::Kind;
use crate::chat::base::time::Moment;
use crate::chat::files::blocks::{Layout, STREAM_BYTES_MAX};
use crate::chat::files::fetch::{Fetch, FetchStep};
use crate::chat::keys::exchange::{TransferId, TransferKeys};
use crate::chat::keys::identity::Author;
use crate::chat::wire::offer::OfferAnswer;
use crate::chat::wire::transfer::{StopReason, TRANSFER_BYTES_MAX};

impl Node {
    /// Fetches what is called so; nothing: the newest offer that was not fetched yet.
    pub(super) fn get(&mut self, requester: Requester, called: Option<&str>, to: Destination) {
        let me = self.identity.author();
        let meant = |is_wanted: &dyn Fn(&StandingOffer) -> bool| match called {
            Some(called) => self.files.offers.find(called, |offer| offer.by != me && is_wanted(offer)),
            None => self
                .files
                .offers
                .newest(|offer| offer.by != me && self.files.fetched.get(&offer.key).is_none() && is_wanted(offer)),
        };
        let meant = match meant(&|_| true) {
            OfferMeant::Several(all) => match meant(&|offer| self.is_here(offer)) {
                OfferMeant::None => OfferMeant::Several(all),
                of_those_who_are_here => of_those_who_are_here,
            },
            meant => meant,
        };
        let OfferMeant::One(key) = meant else {
            return self.refuse_meant(requester, called.unwrap_or_default(), &meant);
        };
        let Some(offer) = self.files.offers.get(key).cloned() else { return };
        let told = self.told(&offer);
        let layout = Layout::of(offer.item.size);
        let most = self.config.file_bytes_max.unwrap_or(STREAM_BYTES_MAX);
        let why = match layout {
            _ if offer.by == me => Some(OfferRefusal::Own),
            _ if self.files.fetches.of(key).is_some() => Some(OfferRefusal::FetchedAlready(told.clone().into())),
            _ if self.files.fetches.len() >= PULLERS_MAX => Some(OfferRefusal::TooManyFetches),
            Some(layout) if layout.size() <= most => None,
            _ => Some(OfferRefusal::TooLarge(told.clone().into(), most)),
        };
        let layout = match (why, layout) {
            (None, Some(layout)) => layout,
            (why, _) => return self.refuse(requester, why.unwrap_or(OfferRefusal::TooLarge(told.into(), most))),
        };
        let stream = NewPart {
            name: offer.item.name.clone(),
            offer: offer.id.clone(),
            layout,
            root: offer.item.root,
            is_folder: offer.item.is_folder(),
            to,
        };
        self.answer(&requester, "get", Answered::Offered(told.clone().into()));
        let fetching = Fetching::new(key, (layout, offer.item.root), told, (offer.room, offer.by), requester);
        let part = self.files.fetches.begin(fetching);
        self.outputs.push_back(Output::Disk(DiskJob::Create { part, stream: Box::new(stream) }));
    }

    /// The disk has room for it, or not.
    pub(super) fn created(&mut self, part: PartId, found: Result<Created, NotKept>) {
        let buffer = self.config.receive_buffer;
        let Some(fetching) = self.files.fetches.get_mut(part) else { return };
        match found {
            Ok(Created::Begun(kept)) => {
                let (layout, root) = fetching.stream;
                let fetch = Fetch::new(fetching.key, layout, root, kept, buffer);
                fetching.fetch = Some(fetch);
                fetching.phase = FetchPhase::Waiting(WaitsFor::Turn, None);
                self.files.fetches.wake(part); // it may be complete already
            }
            Ok(Created::Already(path)) => {
                *self.files.fetched.entry(fetching.key) = ();
                self.end_fetch(part, TransferState::Already { path }, None);
            }
            Err(why) => self.end_fetch(part, TransferState::Failed(TransferFault::NotKept(why)), None),
        }
    }

    /// Asks an instance of whoever has it for a transfer, where it has its turn.
    fn begin_turn(&mut self, part: PartId) {
        let Some(fetching) = self.files.fetches.get_mut(part) else { return };
        let (holder, room, now) = (fetching.holder, fetching.room, self.now);
        fetching.phase = FetchPhase::Waiting(WaitsFor::Turn, None);
        if self.files.fetches.is_busy(holder) || !self.rooms.contains(room) {
            return self.tell_waiting(part, WaitsFor::Turn);
        }
        let Some(fetching) = self.files.fetches.get_mut(part) else { return };
        let asked = self.rooms[room].begin_fetch(part, holder, None, &fetching.tried, now);
        if let Some(run) = asked {
            fetching.tried.push(run);
            fetching.phase = FetchPhase::Asking(now.moment);
        } else {
            let (what, again) = match self.rooms[room].is_reached(holder) {
                None => (WaitsFor::Holder, None),
                Some(false) => (WaitsFor::DirectPath, Some(now.moment.after(FETCH_AGAIN))),
                Some(true) => (WaitsFor::Answer, Some(now.moment.after(FETCH_AGAIN))),
            };
            fetching.tried.clear();
            self.wait_for(part, what, again);
            self.next_turn(holder); // which waits for the same then
        }
        self.collect(room);
    }

    fn wait_for(&mut self, part: PartId, what: WaitsFor, until: Option<Moment>) {
        if let Some(fetching) = self.files.fetches.get_mut(part) {
            fetching.phase = FetchPhase::Waiting(what, until);
            self.tell_waiting(part, what);
        }
    }

    /// Tells what it waits for, once.
    fn tell_waiting(&mut self, part: PartId, what: WaitsFor) {
        let is_new =
            self.files.fetches.get_mut(part).is_some_and(|fetching| fetching.told_waiting.replace(what) != Some(what));
        if is_new {
            self.tell_fetch(part, TransferState::Waiting(what));
        }
    }

    /// The room has another secret: whoever was being asked is asked anew.
    pub(super) fn ask_again(&mut self, room: RoomKey) {
        let is_asked = |fetching: &Fetching| fetching.room == room && matches!(fetching.phase, FetchPhase::Asking(_));
        for part in self.files.fetches.which(is_asked) {
            if let Some(fetching) = self.files.fetches.get_mut(part) {
                fetching.tried.clear();
                fetching.phase = FetchPhase::Waiting(WaitsFor::Turn, None);
            }
            self.begin_turn(part);
        }
    }

    /// Somebody who has something came.
    pub(super) fn holder_came(&mut self, holder: Author) {
        let waits = |fetching: &Fetching| {
            fetching.holder == holder && matches!(fetching.phase, FetchPhase::Waiting(WaitsFor::Holder, _))
        };
        for part in self.files.fetches.which(waits) {
            self.begin_turn(part);
        }
    }

    /// A transfer to here was granted.
    pub(super) fn begun(&mut self, part: PartId, keys: TransferKeys, at: SocketAddr) {
        let now = self.now.moment;
        let Some(fetching) = self.files.fetches.wake(part) else { return };
        let FetchPhase::Asking(asked) = fetching.phase else { return };
        let Some(fetch) = &mut fetching.fetch else { return };
        fetching.phase = FetchPhase::Running(keys.id(), at);
        fetching.tried.clear();
        fetching.told_waiting = None;
        fetch.begin(keys, handshake_rtt(asked, now), now);
        if !std::mem::replace(&mut fetching.is_told, true) {
            self.tell_fetch(part, TransferState::Started);
        }
    }

    /// An instance did not answer: the next one is asked.
    pub(super) fn not_begun(&mut self, part: PartId) {
        if self.files.fetches.get(part).is_some_and(|fetching| matches!(fetching.phase, FetchPhase::Asking(_))) {
            self.begin_turn(part);
        }
    }

    pub(super) fn on_fetching(&mut self, part: PartId, datagram: &mut [u8]) {
        let now = self.now.moment;
        if let Some(fetch) = self.files.fetches.wake(part).and_then(|fetching| fetching.fetch.as_mut()) {
            fetch.on_datagram(datagram, now);
        }
    }

    fn written(&mut self, part: PartId, block: u64, kept: Result<(), NotKept>) {
        let now = self.now.moment;
        let Some(fetching) = self.files.fetches.wake(part) else { return };
        if let Err(why) = kept {
            return self.end_fetch(part, TransferState::Failed(TransferFault::NotKept(why)), Some(StopReason::NoSpace));
        }
        if let Some(fetch) = &mut fetching.fetch {
            fetch.on_written(block, true);
        }
        if let Some(progress) = fetching.progress(now) {
            self.tell_fetch(part, progress);
        }
    }

    /// Does the next thing that a transfer to here wants done.
    pub(super) fn advance_fetch(&mut self, part: PartId) -> Advance {
        let now = self.now.moment;
        let Some(fetching) = self.files.fetches.get_mut(part) else { return Advance::Done };
        let (phase, at) = (fetching.phase, fetching.at());
        let Some(fetch) = fetching.fetch.as_mut().filter(|_| phase != FetchPhase::Finishing) else {
            self.files.fetches.rest(part, None);
            return Advance::Done;
        };
        match fetch.step(now) {
            FetchStep::Send(datagram) => {
                if let Some(at) = at {
                    self.send_transfer(at, datagram);
                }
            }
            FetchStep::Write(proven) => self.outputs.push_back(Output::Disk(DiskJob::Write { part, proven })),
            FetchStep::Complete => {
                let stop = fetch.say_stop(StopReason::Done).zip(at);
                fetching.phase = FetchPhase::Finishing;
                let holder = fetching.holder;
                if let Some((stop, at)) = stop {
                    self.send_transfer(at, stop);
                }
                self.outputs.push_back(Output::Disk(DiskJob::Finish(part)));
                self.next_turn(holder);
            }
            FetchStep::Stalled => self.begin_turn(part),
            FetchStep::Failed(why) => self.broken_off(part, why),
            FetchStep::Wait(until) => {
                self.files.fetches.rest(part, until);
                if matches!(phase, FetchPhase::Waiting(WaitsFor::Turn, _)) {
                    self.begin_turn(part);
                }
            }
        }
        Advance::Done
    }

    /// It does not go on: the holder says so, or what came is not what was signed.
    fn broken_off(&mut self, part: PartId, why: StopReason) {
        let again = Some(self.now.moment.after(FETCH_AGAIN));
        let fault = match why {
            StopReason::Busy(ahead) => return self.ask_later(part, WaitsFor::Others(ahead), again),
            StopReason::Cancelled | StopReason::Done | StopReason::Other(_) => {
                return self.ask_later(part, WaitsFor::Answer, again);
            }
            StopReason::Changed => TransferFault::Changed,
            StopReason::Unknown | StopReason::Withdrawn => TransferFault::NoOffer,
            StopReason::NoSpace => TransferFault::NotKept(NotKept::NoSpace),
        };
        self.end_fetch(part, TransferState::Failed(fault), Some(why));
    }

    fn ask_later(&mut self, part: PartId, what: WaitsFor, until: Option<Moment>) {
        let Some(fetching) = self.files.fetches.get_mut(part) else { return };
        if let Some(fetch) = &mut fetching.fetch {
            fetch.break_off();
        }
        let holder = fetching.holder;
        self.files.fetches.rest(part, None);
        self.wait_for(part, what, until);
        self.next_turn(holder);
    }

    /// It is over. The disk, the holder and the user are told, and what waits for the same holder has its turn.
    pub(super) fn end_fetch(&mut self, part: PartId, state: TransferState, stop: Option<StopReason>) {
        if let Some(fetching) = self.files.fetches.get_mut(part) {
            let at = fetching.at();
            let stop = stop.and_then(|why| fetching.fetch.as_mut()?.say_stop(why));
            if let (Some(at), Some(stop)) = (at, stop) {
                self.send_transfer(at, stop);
            }
        }
        let is_here = matches!(state, TransferState::Complete { .. });
        self.tell_fetch(part, state);
        let Some(fetching) = self.files.fetches.remove(part) else { return };
        if self.rooms.contains(fetching.room) {
            self.rooms[fetching.room].forget_fetch(part);
        }
        if !is_here {
            let is_kept = !fetching.is_unwanted;
            self.outputs.push_back(Output::Disk(DiskJob::Abandon { part, is_kept }));
        }
        self.next_turn(fetching.holder);
    }

    /// What waits for its turn with this one begins.
    fn next_turn(&mut self, holder: Author) {
        if !self.files.fetches.is_busy(holder)
            && let Some(next) = self.files.fetches.next_of(holder)
        {
            self.begin_turn(next);
        }
    }

    /// All of it is there under its name, or not. Its author is told.
    fn finished(&mut self, part: PartId, path: Result<String, NotKept>) {
        let Some(fetching) = self.files.fetches.get(part) else { return };
        let (key, holder, room) = (fetching.key, fetching.holder, fetching.room);
        let path = match path {
            Ok(path) => path,
            Err(why) => return self.end_fetch(part, TransferState::Failed(TransferFault::NotKept(why)), None),
        };
        *self.files.fetched.entry(key) = ();
        if self.rooms.contains(room) {
            self.rooms[room].answer_offer(holder, key, OfferAnswer::Whole, self.now);
            self.collect(room);
        }
        self.end_fetch(part, TransferState::Complete { path: Some(path) }, None);
    }

    fn tell_fetch(&mut self, part: PartId, state: TransferState) {
        let Some(fetching) = self.files.fetches.get(part) else { return };
        let (offer, requester) = (fetching.told.clone(), Some(fetching.requester.clone()));
        self.show(Event::Transfer(Box::new(TransferTold { offer, with: None, state, requester })));
    }

    /// The disk has done something for files.
    pub(super) fn disk_done(&mut self, done: DiskDone) {
        match done {
            DiskDone::Examined { source, found } => self.examined(source, found),
            DiskDone::Block { transfer, block, bytes, value } => self.block_read(transfer, block, bytes, value),
            DiskDone::Page { transfer, page, values } => self.page_read(transfer, page, values),
            DiskDone::Created { part, found } => self.created(part, found),
            DiskDone::Written { part, block, kept } => self.written(part, block, kept),
            DiskDone::Finished { part, path } => self.finished(part, path),
        }
        self.end_if_confirmed();
    }

    /// Whether something is read, fetched or served that the end of input waits for.
    pub(super) fn is_transferring(&self) -> bool {
        let Files { sources, fetches, servings, .. } = &self.files;
        sources.is_reading() || fetches.is_going_on() || servings.iter().any(|serving| serving.offer.is_some())
    }

    /// What waited long enough is begun again.
    pub(super) fn tick_transfers(&mut self) {
        let now = self.now.moment;
        self.files.servings.wake_due(now);
        for part in self.files.fetches.take_due(now) {
            self.begin_turn(part);
        }
    }

    /// A datagram of a transfer. Whose it is its first bytes say, and only who has the keys made it.
    pub(super) fn on_transfer(&mut self, id: TransferId, bytes: &[u8]) {
        let mut scratch = [0; TRANSFER_BYTES_MAX];
        let Some(datagram) = scratch.get_mut(..bytes.len()) else { return };
        datagram.copy_from_slice(bytes);
        self.traffic.received.add(Kind::Transfer);
        if self.files.servings.get(id).is_some() {
            self.on_serving(id, datagram);
        } else if let Some(part) = self.files.fetches.of_transfer(id) {
            self.on_fetching(part, datagram);
        }
    }

    /// A room was left: nothing is fetched or offered there.
    pub(super) fn leave_offers(&mut self, room: RoomKey) {
        for part in self.files.fetches.which(|fetching| fetching.room == room) {
            self.end_fetch(part, TransferState::Cancelled, Some(StopReason::Cancelled));
        }
        self.stop_serving(|serving| serving.room == room, StopReason::Cancelled);
        let gone: Vec<StandingOffer> = self.files.offers.remove_room(room);
        for source in gone.into_iter().filter_map(|offer| offer.source) {
            self.forget_source(source);
        }
    }

    /// The session ends: what is fetched stays for another time, and others need not wait.
    pub(super) fn break_off_transfers(&mut self) {
        for part in self.files.fetches.which(|_| true) {
            let Some(fetching) = self.files.fetches.get_mut(part) else { continue };
            let at = fetching.at();
            let stop = fetching.fetch.as_mut().and_then(|fetch| fetch.say_stop(StopReason::Cancelled));
            if let (Some(at), Some(stop)) = (at, stop) {
                self.send_transfer(at, stop);
            }
            self.outputs.push_back(Output::Disk(DiskJob::Abandon { part, is_kept: true }));
            self.files.fetches.remove(part);
        }
        self.stop_serving(|_| true, StopReason::Cancelled);
    }

    /// Nothing of somebody is wanted any more: nothing is fetched from there, and nothing served.
    pub(super) fn break_off_with(&mut self, author: Author) {
        for part in self.files.fetches.which(|fetching| fetching.holder == author) {
            self.end_fetch(part, TransferState::Cancelled, Some(StopReason::Cancelled));
        }
        self.stop_serving(|serving| serving.to.0 == author, StopReason::Cancelled);
    }
}
