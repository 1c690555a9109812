//! What rooms and earlier sessions say of offers: which stand, which are withdrawn, and what became of one's own.

use super::Node;
use super::offers::StandingOffer;
use super::rooms::RoomKey;
use crate::chat::api::machine::Output;
use crate::chat::api::talk::MessageId;
use crate::chat::api::transfers::TransferState;
use crate::chat::keys::identity::{Author, EntryId};
use crate::chat::log::records::{KeptOffer, Record};
use crate::chat::room::OfferHere;
use crate::chat::wire::offer::{OfferAnswer, OfferKey};
use crate::chat::wire::transfer::StopReason;

impl Node {
    /// Somebody offers something, or did in an earlier session.
    pub(super) fn offered(&mut self, room: RoomKey, here: OfferHere) -> String {
        let (me, is_private) = (self.identity.author(), here.is_private);
        let mut offer = StandingOffer::new(room, here, is_private.then_some(me));
        offer.is_strange = offer.by != me && !self.rooms[room].archive().knows(offer.by);
        let offer = self.take_offer(offer);
        if is_private {
            self.keep_offer(&offer);
        }
        self.forget_over();
        offer.id
    }

    /// One more offer, for which another one may be forgotten.
    pub(super) fn take_offer(&mut self, offer: StandingOffer) -> StandingOffer {
        let (offer, forgotten) = self.files.offers.insert(offer);
        if let Some(forgotten) = forgotten {
            self.forget_kept(&forgotten);
        }
        offer
    }

    /// What was offered long ago is not any more.
    fn forget_over(&mut self) {
        for over in self.files.offers.take_over(self.now.wall) {
            self.forget_kept(&over);
            self.watch_serving(over.room);
        }
    }

    fn forget_kept(&mut self, offer: &StandingOffer) {
        self.outputs.push_back(Output::Store(Record::OfferOver(offer.key)));
        if let Some(source) = offer.source {
            self.forget_source(source);
        }
    }

    /// What this profile offers is kept with where it is, and what is offered to it alone; the rest stands in entries.
    pub(super) fn keep_offer(&mut self, offer: &StandingOffer) {
        let path = offer.source.and_then(|source| self.files.sources.get(source)).map(|source| source.path.clone());
        let kept = KeptOffer {
            key: offer.key,
            room: self.rooms[offer.room].id(),
            place: (offer.message.log, offer.message.seq),
            by: offer.by,
            to: offer.to,
            item: offer.item.clone(),
            sent: offer.sent,
            path,
        };
        self.outputs.push_back(Output::Store(Record::Offer(Box::new(kept))));
    }

    /// What earlier sessions offered, and were offered alone.
    pub(super) fn remember_offers(&mut self, room: RoomKey, offers: Vec<KeptOffer>) {
        for KeptOffer { key, place: (log, seq), by, to, item, sent, path, .. } in offers {
            let message = MessageId { log, seq, index: 0 };
            let here = OfferHere { key, by, is_private: to.is_some(), item, message, sent };
            let mut offer = StandingOffer::new(room, here, to);
            offer.source = path.map(|path| self.files.sources.begin(path, None));
            self.take_offer(offer);
        }
        self.forget_over();
        self.watch_serving(room);
    }

    /// What an entry offered is withdrawn by its author.
    pub(super) fn withdrawn(&mut self, entry: EntryId) {
        for offer in self.files.offers.remove_entry(entry) {
            self.end_offer(&offer);
        }
    }

    /// An offer of somebody else does not stand any more.
    fn end_offer(&mut self, offer: &StandingOffer) {
        if offer.by == self.identity.author() {
            return self.forget_offer(offer, StopReason::Withdrawn);
        }
        match self.files.fetches.of(offer.key) {
            Some(part) => self.end_fetch(part, TransferState::Withdrawn, Some(StopReason::Cancelled)),
            None => self.tell_transfer(offer, None, TransferState::Withdrawn),
        }
    }

    /// Somebody says what became of an offer. Only its author withdraws it, and only whom it is to answers it.
    pub(super) fn offer_answered(&mut self, by: Author, key: OfferKey, answer: OfferAnswer) {
        let Some(offer) = self.files.offers.get(key).cloned() else { return };
        let is_own = offer.by == self.identity.author();
        match answer {
            OfferAnswer::Withdrawn if offer.by == by && offer.to.is_some() => {
                self.files.offers.remove(key);
                self.outputs.push_back(Output::Store(Record::OfferOver(key)));
                self.end_offer(&offer);
            }
            OfferAnswer::Withdrawn => {}
            _ if !is_own || offer.to.is_some_and(|to| to != by) => {}
            // Of all who may fetch it whoever never began has nothing of it; an empty one is never begun.
            OfferAnswer::Whole
                if offer.to.is_none() && offer.item.size > 0 && self.files.begun.get(&(key, by)).is_none() => {}
            _ if std::mem::replace(self.files.answered.entry((key, by, answer == OfferAnswer::Whole)), true) => {}
            OfferAnswer::Whole => self.tell_transfer(&offer, Some(by), TransferState::Complete { path: None }),
            OfferAnswer::Declined => self.tell_transfer(&offer, Some(by), TransferState::Declined),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Alone, usual, with_key};
    use super::*;
    use crate::chat::api::disk::Destination;
    use crate::chat::api::event::Event;
    use crate::chat::api::machine::Machine;
    use crate::chat::base::bytes::Bytes;
    use crate::chat::wire::offer::OfferItem;

    const ALICE: Author = Bytes([7; 32]);
    const MALLORY: Author = Bytes([8; 32]);
    const KEY: OfferKey = OfferKey { entry: Bytes([1; 16]), item: 0 };

    /// What is told of transfers.
    fn told(alone: &mut Alone) -> Vec<TransferState> {
        let outputs = std::iter::from_fn(|| alone.node.poll());
        let states = outputs.filter_map(|output| match output {
            Output::Show(Event::Transfer(told)) => Some(told.state),
            _ => None,
        });
        states.collect()
    }

    fn offer(by: Author, to: Option<Author>, source: Option<u64>) -> StandingOffer {
        let here = OfferHere {
            key: KEY,
            by,
            is_private: to.is_some(),
            item: OfferItem::new("a".to_owned(), 1, Bytes([1; 32]), false),
            message: MessageId { log: Bytes([1; 8]), seq: 1, index: 0 },
            sent: crate::chat::base::time::Wall(0),
        };
        let mut offer = StandingOffer::new(RoomKey::default(), here, to);
        offer.source = source;
        offer
    }

    #[test]
    fn what_becomes_of_an_offer_is_said_by_its_author_and_whom_it_is_to_alone() {
        let mut tim = with_key(1, usual());
        let me = tim.node.identity.author();
        told(&mut tim);
        tim.node.files.offers.insert(offer(ALICE, Some(me), None));
        tim.node.offer_answered(MALLORY, KEY, OfferAnswer::Withdrawn);
        assert!(told(&mut tim).is_empty() && tim.node.files.offers.get(KEY).is_some());
        tim.node.offer_answered(ALICE, KEY, OfferAnswer::Whole);
        assert!(told(&mut tim).is_empty(), "it is not ours");
        tim.node.offer_answered(ALICE, KEY, OfferAnswer::Withdrawn);
        assert_eq!(told(&mut tim), [TransferState::Withdrawn]);
        assert!(tim.node.files.offers.get(KEY).is_none());

        tim.node.files.offers.insert(offer(me, Some(ALICE), Some(1)));
        tim.node.offer_answered(MALLORY, KEY, OfferAnswer::Whole);
        tim.node.offer_answered(MALLORY, KEY, OfferAnswer::Declined);
        assert!(told(&mut tim).is_empty());
        tim.node.offer_answered(ALICE, KEY, OfferAnswer::Whole);
        tim.node.offer_answered(ALICE, KEY, OfferAnswer::Whole);
        assert_eq!(told(&mut tim), [TransferState::Complete { path: None }], "and once");
    }

    #[test]
    fn what_is_larger_than_anything_is_refused_before_any_room_is_made_for_it() {
        let mut tim = with_key(1, usual());
        told(&mut tim);
        let mut huge = offer(ALICE, None, None);
        huge.item.size = u64::MAX;
        tim.node.files.offers.insert(huge);
        tim.node.get(crate::chat::api::requester::Requester::line(1), None, Destination::default());
        let outputs: Vec<Output> = std::iter::from_fn(|| tim.node.poll()).collect();
        let is_refused = |output: &Output| matches!(output, Output::Show(Event::Fault(_)));
        assert!(outputs.iter().any(is_refused), "{outputs:?}");
        assert!(!outputs.iter().any(|output| matches!(output, Output::Disk(_))), "{outputs:?}");
    }

    #[test]
    fn what_all_may_fetch_is_withdrawn_by_its_entry_alone() {
        let mut tim = with_key(1, usual());
        told(&mut tim);
        tim.node.files.offers.insert(offer(ALICE, None, None));
        tim.node.offer_answered(ALICE, KEY, OfferAnswer::Withdrawn);
        assert!(told(&mut tim).is_empty(), "whoever was told so alone would not know what others know");
        tim.node.withdrawn(KEY.entry);
        assert_eq!(told(&mut tim), [TransferState::Withdrawn]);
    }
}
