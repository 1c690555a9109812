//! The user offers files, withdraws them, and says what is not wanted.

use super::Node;
use super::fetches::FetchPhase;
use super::offers::{OfferMeant, StandingOffer};
use super::place::{Partner, Place};
use super::rooms::RoomKey;
use super::sources::ToOffer;
use crate::chat::api::answer::{Answered, Confirmation};
use crate::chat::api::command::{FileCommand, Recipient};
use crate::chat::api::disk::{DiskJob, Examined, NotOffered, PartId, SourceId};
use crate::chat::api::event::Event;
use crate::chat::api::machine::Output;
use crate::chat::api::refusal::{CommandRefusal, OfferRefusal, PersonRefusal, Refusal, RoomRefusal};
use crate::chat::api::requester::{Client, Requester};
use crate::chat::api::talk::{Conversation, MessageBody, Offered, Person, Speaker};
use crate::chat::api::transfers::{OfferListed, OfferTold, TransferFault, TransferState, TransferTold};
use crate::chat::base::limits::{OFFERS_OF_ONE_MAX, PATHS_MAX};
use crate::chat::keys::identity::Author;
use crate::chat::log::records::Record;
use crate::chat::wire::offer::{OfferAnswer, OfferItem, OfferKey};
use crate::chat::wire::transfer::StopReason;

impl Node {
    /// Something of files is wanted.
    pub(super) fn on_files(&mut self, command: FileCommand, requester: Requester, place: Place) {
        match command {
            FileCommand::Send(..) if place.is_lost => self.refuse(requester, CommandRefusal::Lost),
            FileCommand::Send(paths, to) => self.send_files(&requester, place, paths, to),
            FileCommand::Get(called, to) => self.get(requester, called.as_deref(), to),
            FileCommand::List(called) => self.list_offers(&requester, called.as_deref()),
            FileCommand::Cancel(called, is_kept) => self.cancel(requester, &called, is_kept),
            FileCommand::Decline(called) => self.decline(requester, &called),
        }
    }

    /// Files and folders are to be offered. They are looked at first.
    fn send_files(&mut self, requester: &Requester, place: Place, paths: Vec<String>, to: Option<Recipient>) {
        let partner = match to.map(|to| self.partner_of(to, place.room)).transpose() {
            Ok(partner) => partner.or(place.partner),
            Err(why) => return self.refuse(requester.clone(), why),
        };
        let room = &self.rooms[place.room];
        let why: Option<Refusal> = match partner {
            _ if paths.len() > PATHS_MAX => Some(OfferRefusal::TooManyPaths.into()),
            _ if self.own_offers() + paths.len() > OFFERS_OF_ONE_MAX => Some(OfferRefusal::TooManyOffers.into()),
            Some(Partner::PlainPeer(_)) => Some(OfferRefusal::ToPlain.into()),
            Some(Partner::Person(author)) if !room.can_write_to(author) => {
                Some(PersonRefusal::Unsealable(self.rooms[place.room].speaker(author)).into())
            }
            _ => None,
        };
        if let Some(why) = why {
            return self.refuse(requester.clone(), why);
        }
        for path in paths {
            let to_offer = ToOffer { requester: requester.clone(), place: Place { partner, ..place } };
            let source = self.files.sources.begin(path.clone(), Some(to_offer));
            self.outputs.push_back(Output::Disk(DiskJob::Examine { source, path }));
        }
    }

    /// How many there are, with those that are being looked at.
    fn own_offers(&self) -> usize {
        self.files.sources.len()
    }

    /// A file or folder was looked at.
    pub(super) fn examined(&mut self, source: SourceId, found: Result<Box<Examined>, NotOffered>) {
        let Some(known) = self.files.sources.get_mut(source) else { return };
        known.is_read = false;
        let to_offer = known.to_offer.take();
        let Some(ToOffer { requester, place }) = to_offer else { return self.examined_again(source, found) };
        let found = match found {
            Ok(found) => *found,
            Err(why) => return self.not_offered(&requester, source, why),
        };
        let Examined { name, path, is_folder, tree, skipped, .. } = found;
        let item = OfferItem::new(name, tree.layout.size(), tree.root, is_folder);
        if let Some(known) = self.files.sources.get_mut(source) {
            (known.tree, known.path) = (Some(tree.into()), path);
        }
        if !self.rooms.contains(place.room) {
            self.forget_source(source);
            return self.refuse(requester, RoomRefusal::NotIn(None)); // it was left meanwhile
        }
        let (now, room) = (self.now, &mut self.rooms[place.room]);
        let to = match place.partner {
            Some(Partner::Person(author)) => Some(author),
            _ => None,
        };
        let here = match to {
            Some(author) => room.offer_to(author, item, now),
            None => Some(room.offer(item, now)),
        };
        let Some(here) = here else {
            self.forget_source(source);
            let who = to.map_or_else(Speaker::me, |to| self.rooms[place.room].speaker(to));
            return self.refuse(requester, PersonRefusal::Unsealable(who));
        };
        let room = place.room;
        let mut offer = StandingOffer::new(room, here, to);
        offer.source = Some(source);
        let offer = self.take_offer(offer);
        self.keep_offer(&offer);
        let StandingOffer { key, id, item, .. } = offer;
        self.rooms[room].set_serving(true);
        self.results.read(u64::from(requester.client == Client::STANDARD));
        self.tell_offered(room, to, Offered { key, id, item });
        let Some(told) = self.files.offers.get(key).cloned().map(|offer| self.told(&offer)) else { return };
        if !self.config.input.has_screen || !skipped.is_empty() {
            self.confirm(Confirmation::Offered { offer: told.clone().into(), skipped }); // a screen shows the offer itself
        }
        self.answer(&requester, "send_file", Answered::Offered(told.into()));
        self.unsettled.insert(room);
        self.collect(room);
    }

    /// Shows one's own offer on a screen, where one's own words are shown.
    fn tell_offered(&mut self, room: RoomKey, to: Option<Author>, offered: Offered) {
        let message = self.files.offers.get(offered.key).map(|offer| offer.message);
        let words = MessageBody::Offer(offered.into());
        match to {
            None => self.tell_own(room, words, message),
            Some(to) if self.config.input.has_screen => {
                let place = &mut self.rooms[room];
                let (who, to) = (place.me(), Conversation::Person(Person::from(&place.speaker(to))));
                self.show(Event::Wrote { to, who, words, sent: self.now.wall, id: message });
            }
            Some(_) => {}
        }
    }

    fn not_offered(&mut self, requester: &Requester, source: SourceId, why: NotOffered) {
        if let Some(source) = self.files.sources.remove(source) {
            self.refuse(requester.clone(), OfferRefusal::NotOffered { path: source.path, why });
        }
        self.outputs.push_back(Output::Disk(DiskJob::Forget(source)));
        self.end_if_confirmed();
    }

    /// An offer of an earlier session was read again, for somebody fetches it.
    fn examined_again(&mut self, source: SourceId, found: Result<Box<Examined>, NotOffered>) {
        let offer = self.files.offers.served().find(|offer| offer.source == Some(source)).cloned();
        let Some(offer) = offer else { return };
        match found {
            Ok(found) if found.tree.root == offer.item.root && found.tree.layout.size() == offer.item.size => {
                if let Some(known) = self.files.sources.get_mut(source) {
                    known.tree = Some(found.tree.into());
                }
                self.serve_waiting(offer.key);
            }
            Ok(_) | Err(_) => self.offer_changed(offer.key),
        }
    }

    /// What the user offers is not any more what it was: nobody gets it.
    pub(super) fn offer_changed(&mut self, key: OfferKey) {
        let Some(offer) = self.files.offers.get(key).cloned() else { return };
        let state = TransferState::Failed(TransferFault::Changed);
        self.tell_transfer(&offer, None, state);
        self.withdraw(&offer, StopReason::Changed);
    }

    /// An offer is withdrawn, and whoever fetches it is told.
    pub(super) fn withdraw(&mut self, offer: &StandingOffer, why: StopReason) {
        let room = offer.room;
        if self.rooms.contains(room) {
            match offer.to {
                Some(to) => {
                    self.rooms[room].answer_offer(to, offer.key, OfferAnswer::Withdrawn, self.now);
                }
                None => self.rooms[room].withdraw(offer.message, self.now),
            }
        }
        self.forget_offer(offer, why);
        if self.rooms.contains(room) {
            self.collect(room);
        }
    }

    /// An offer of one's own does not stand any more.
    pub(super) fn forget_offer(&mut self, offer: &StandingOffer, why: StopReason) {
        self.files.offers.remove(offer.key);
        self.outputs.push_back(Output::Store(Record::OfferOver(offer.key)));
        self.stop_serving(|serving| serving.offer == Some(offer.key), why);
        if let Some(source) = offer.source {
            self.forget_source(source);
        }
        self.watch_serving(offer.room);
    }

    /// A file of this machine is not read any more.
    pub(super) fn forget_source(&mut self, source: SourceId) {
        self.files.sources.remove(source);
        self.outputs.push_back(Output::Disk(DiskJob::Forget(source)));
    }

    /// Whoever asks for a transfer is answered only where something is offered.
    pub(super) fn watch_serving(&mut self, room: RoomKey) {
        let serves = self.files.offers.served().any(|offer| offer.room == room);
        if self.rooms.contains(room) {
            self.rooms[room].set_serving(serves);
        }
    }

    /// Stops what is fetched, or withdraws what the user offers.
    fn cancel(&mut self, requester: Requester, id: &str, is_kept: bool) {
        let me = self.identity.author();
        let offer =
            match self.files.offers.find(id, |offer| offer.by == me || self.files.fetches.of(offer.key).is_some()) {
                OfferMeant::One(key) => self.files.offers.get(key).cloned(),
                _ => None,
            };
        if let Some(offer) = &offer
            && offer.by == me
        {
            self.withdraw(offer, StopReason::Withdrawn);
            self.tell_transfer(offer, None, TransferState::Withdrawn);
            return self.answer(&requester, "cancel", Answered::Done);
        }
        let fetched = self.files.fetches.which(|fetching| fetching.told.id == id);
        let part = offer.and_then(|offer| self.files.fetches.of(offer.key)).or_else(|| fetched.first().copied());
        let is_over = |part: &PartId| {
            self.files.fetches.get(*part).is_none_or(|fetching| fetching.phase == FetchPhase::Finishing)
        };
        let Some(part) = part.filter(|part| !is_over(part)) else {
            return self.refuse(requester, OfferRefusal::NothingToCancel(id.to_owned()));
        };
        self.files.fetches.get_mut(part).into_iter().for_each(|fetching| fetching.is_unwanted = !is_kept);
        self.end_fetch(part, TransferState::Cancelled, Some(StopReason::Cancelled));
        self.answer(&requester, "cancel", Answered::Done);
    }

    /// Tells its author that an offer is not wanted.
    fn decline(&mut self, requester: Requester, id: &str) {
        let me = self.identity.author();
        let key = match self.files.offers.find(id, |offer| offer.by != me) {
            OfferMeant::One(key) => key,
            other => return self.refuse_meant(requester, id, &other),
        };
        let Some(offer) = self.files.offers.get(key).cloned() else { return };
        if offer.by == me {
            return self.refuse(requester, OfferRefusal::Own);
        }
        if let Some(part) = self.files.fetches.of(key) {
            self.end_fetch(part, TransferState::Cancelled, Some(StopReason::Cancelled));
        }
        if !self.rooms[offer.room].answer_offer(offer.by, key, OfferAnswer::Declined, self.now) {
            let who = self.rooms[offer.room].speaker(offer.by);
            return self.refuse(requester, PersonRefusal::Unsealable(who));
        }
        let told = self.told(&offer);
        self.confirm(Confirmation::DeclinedOffer(told.into()));
        self.answer(&requester, "decline", Answered::Done);
        self.collect(offer.room);
    }

    /// Nothing that stands is meant, or several.
    pub(super) fn refuse_meant(&mut self, requester: Requester, called: &str, meant: &OfferMeant) {
        let why = match meant {
            OfferMeant::Several(keys) => {
                let offers: Vec<StandingOffer> =
                    keys.iter().filter_map(|&key| self.files.offers.get(key).cloned()).collect();
                OfferRefusal::Several(offers.iter().map(|offer| self.told(offer)).collect())
            }
            _ if called.is_empty() => OfferRefusal::NothingOffered,
            _ => OfferRefusal::NoSuchOffer(called.to_owned()),
        };
        self.refuse(requester, why);
    }

    /// Tells which offers stand, or how one does.
    fn list_offers(&mut self, requester: &Requester, called: Option<&str>) {
        let mut offers: Vec<StandingOffer> = self.files.offers.in_order().into_iter().cloned().collect();
        if let Some(called) = called {
            match self.files.offers.find(called, |_| true) {
                OfferMeant::One(key) => offers.retain(|offer| offer.key == key),
                other => return self.refuse_meant(requester.clone(), called, &other),
            }
        }
        let all = offers.iter().map(|offer| self.listed(offer, called.is_some())).collect();
        self.answer(requester, "files", Answered::Offers(all));
    }

    fn listed(&mut self, offer: &StandingOffer, is_asked: bool) -> OfferListed {
        let me = self.identity.author();
        let fetching = self.files.fetches.of(offer.key).and_then(|part| self.files.fetches.get(part));
        let is_fetched = self.files.fetched.get(&offer.key).is_some();
        let state = fetching
            .map(super::fetches::Fetching::state)
            .or_else(|| is_fetched.then_some(TransferState::Complete { path: None }));
        let by: Vec<Author> =
            self.files.servings.iter().filter(|of| of.offer == Some(offer.key)).map(|of| of.to.0).collect();
        let is_absent = offer.by != me && !self.is_here(offer);
        let fetched_by = by.into_iter().map(|author| self.rooms[offer.room].speaker(author)).collect();
        let root = is_asked.then(|| offer.item.root.to_string());
        OfferListed { offer: self.told(offer), sent: offer.sent, state, is_absent, fetched_by, root }
    }

    /// Whether its author is.
    pub(super) fn is_here(&self, offer: &StandingOffer) -> bool {
        self.rooms[offer.room].is_reached(offer.by).is_some()
    }

    /// An offer as it is told.
    pub(super) fn told(&mut self, offer: &StandingOffer) -> OfferTold {
        let me = self.identity.author();
        let room = &mut self.rooms[offer.room];
        let to = offer.to.map(|to| if to == me { Speaker::me() } else { room.speaker(to) });
        OfferTold {
            id: offer.id.clone(),
            name: offer.item.name.clone(),
            bytes: offer.item.size,
            is_folder: offer.item.is_folder(),
            room: room.name().clone(),
            by: room.speaker(offer.by),
            to,
            is_own: offer.by == me,
        }
    }

    /// Tells what becomes of an offer.
    pub(super) fn tell_transfer(&mut self, offer: &StandingOffer, with: Option<Author>, state: TransferState) {
        if !self.rooms.contains(offer.room) {
            return;
        }
        let with = with.map(|with| self.rooms[offer.room].speaker(with));
        let offer = self.told(offer);
        self.show(Event::Transfer(Box::new(TransferTold { offer, with, state, requester: None })));
    }
}
