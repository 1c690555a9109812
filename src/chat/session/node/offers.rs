//! What is offered in the rooms of a session, by the user and by others.

use std::collections::BTreeMap;

use super::rooms::RoomKey;
use crate::chat::api::disk::SourceId;
use crate::chat::api::talk::MessageId;
use crate::chat::base::limits::{OFFER_FOR, OFFERS_KNOWN_MAX, OFFERS_OF_ONE_MAX};
use crate::chat::base::time::{Wall, millis};
use crate::chat::keys::identity::{Author, EntryId};
use crate::chat::room::OfferHere;
use crate::chat::wire::offer::{OFFER_ID_LETTERS, OFFER_ID_LETTERS_MAX, OfferItem, OfferKey};

/// One offer that stands.
#[derive(Clone, Debug)]
pub struct StandingOffer {
    pub key: OfferKey,
    /// What people call it; nothing before it stands among the others.
    pub id: String,
    pub room: RoomKey,
    pub by: Author,
    /// Whom alone it is to.
    pub to: Option<Author>,
    pub item: OfferItem,
    pub message: MessageId,
    /// When it was made, as its author says.
    pub sent: Wall,
    /// Of one's own: where it is read.
    pub source: Option<SourceId>,
    /// By nobody known.
    pub is_strange: bool,
    /// The how-manieth it is that this session heard of.
    number: u64,
}

impl StandingOffer {
    /// Of a room, of what was said there; `to`: whom alone it is to.
    pub fn new(room: RoomKey, here: OfferHere, to: Option<Author>) -> Self {
        let OfferHere { key, by, item, message, sent, .. } = here;
        Self { key, id: String::new(), room, by, to, item, message, sent, source: None, is_strange: false, number: 0 }
    }

    /// Whether its author is not held to it any more.
    pub fn is_over(&self, now: Wall) -> bool {
        now.0 >= self.sent.0.saturating_add(millis(OFFER_FOR))
    }
}

/// Which offer is meant.
#[derive(Debug, PartialEq, Eq)]
pub enum OfferMeant {
    /// This one.
    One(OfferKey),
    /// None that stands.
    None,
    /// Several authors offer something of this name.
    Several(Vec<OfferKey>),
}

/// The offers that stand, of each author the newest.
#[derive(Debug, Default)]
pub struct StandingOffers {
    all: BTreeMap<OfferKey, StandingOffer>,
    heard: u64,
}

impl StandingOffers {
    pub fn get(&self, key: OfferKey) -> Option<&StandingOffer> {
        self.all.get(&key)
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.all.len()
    }

    /// The oldest first.
    pub fn in_order(&self) -> Vec<&StandingOffer> {
        let mut all: Vec<&StandingOffer> = self.all.values().collect();
        all.sort_unstable_by_key(|offer| offer.number);
        all
    }

    /// Of one's own, those that can be fetched.
    pub fn served(&self) -> impl Iterator<Item = &StandingOffer> {
        self.all.values().filter(|offer| offer.source.is_some())
    }

    /// One more, or one that is heard of again; and the one that is forgotten for it. Where there are too many that is the oldest: of
    /// its author; or else of people who are not known, of whom a member can invent as many as it likes; or of all others.
    pub fn insert(&mut self, mut offer: StandingOffer) -> (StandingOffer, Option<StandingOffer>) {
        let (key, by) = (offer.key, offer.by);
        let known = self.all.remove(&key);
        let of_author = self.all.values().filter(|other| other.by == by).count();
        let forgotten = if of_author >= OFFERS_OF_ONE_MAX {
            self.take_oldest(|other| other.by == by)
        } else if self.all.len() >= OFFERS_KNOWN_MAX {
            let has_strange = self.all.values().any(|other| other.is_strange);
            self.take_oldest(|other| other.source.is_none() && (other.is_strange || !has_strange))
        } else {
            None
        };
        (offer.id, offer.number) = match known {
            Some(known) => {
                offer.source = offer.source.or(known.source);
                (known.id, known.number)
            }
            None => (self.new_id(key), self.heard),
        };
        self.heard += 1;
        self.all.insert(key, offer.clone());
        (offer, forgotten)
    }

    fn take_oldest(&mut self, is_one: impl Fn(&StandingOffer) -> bool) -> Option<StandingOffer> {
        let oldest = self.all.values().filter(|offer| is_one(offer)).min_by_key(|offer| offer.number);
        let key = oldest.map(|offer| offer.key)?;
        self.all.remove(&key)
    }

    /// As short as no other begins.
    fn new_id(&self, key: OfferKey) -> String {
        let is_new =
            |id: &String| self.all.values().all(|offer| !offer.id.starts_with(id) && !id.starts_with(&offer.id));
        let mut lengths = OFFER_ID_LETTERS..OFFER_ID_LETTERS_MAX;
        lengths
            .find_map(|letters| Some(key.letters(letters)).filter(is_new))
            .unwrap_or_else(|| key.letters(OFFER_ID_LETTERS_MAX))
    }

    pub fn remove(&mut self, key: OfferKey) -> Option<StandingOffer> {
        self.all.remove(&key)
    }

    /// All that this entry offered.
    pub fn remove_entry(&mut self, entry: EntryId) -> Vec<StandingOffer> {
        let of_entry = OfferKey { entry, item: 0 }..=OfferKey { entry, item: u32::MAX };
        let keys: Vec<OfferKey> = self.all.range(of_entry).map(|(&key, _)| key).collect();
        keys.into_iter().filter_map(|key| self.all.remove(&key)).collect()
    }

    /// All that is not offered any more, for it was long ago.
    pub fn take_over(&mut self, now: Wall) -> Vec<StandingOffer> {
        self.take(|offer| offer.is_over(now))
    }

    /// All of a room that was left.
    pub fn remove_room(&mut self, room: RoomKey) -> Vec<StandingOffer> {
        self.take(|offer| offer.room == room)
    }

    fn take(&mut self, is_one: impl Fn(&StandingOffer) -> bool) -> Vec<StandingOffer> {
        let keys: Vec<OfferKey> = self.all.values().filter(|offer| is_one(offer)).map(|offer| offer.key).collect();
        keys.into_iter().filter_map(|key| self.all.remove(&key)).collect()
    }

    /// The offer that is called so: by its id, or by the name of its file. Of several of one author the newest is meant.
    pub fn find(&self, called: &str, is_wanted: impl Fn(&StandingOffer) -> bool) -> OfferMeant {
        if let Some(offer) = self.all.values().find(|offer| offer.id == called) {
            return OfferMeant::One(offer.key);
        }
        self.newest(|offer| is_wanted(offer) && offer.item.name == called)
    }

    /// The newest offer that somebody might mean. Where somebody else offers something of the same name it is not guessed.
    pub fn newest(&self, is_wanted: impl Fn(&StandingOffer) -> bool) -> OfferMeant {
        let wanted: Vec<&StandingOffer> = self.all.values().filter(|offer| is_wanted(offer)).collect();
        let Some(newest) = wanted.iter().max_by_key(|offer| offer.number) else { return OfferMeant::None };
        let is_alike = |offer: &&&StandingOffer| offer.item.name == newest.item.name;
        let mut newest_of: BTreeMap<Author, &StandingOffer> = BTreeMap::new();
        for offer in wanted.iter().filter(is_alike) {
            let best = newest_of.entry(offer.by).or_insert(offer);
            if offer.number > best.number {
                *best = offer;
            }
        }
        match newest_of.len() {
            1 => OfferMeant::One(newest.key),
            _ => OfferMeant::Several(newest_of.values().map(|offer| offer.key).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;

    fn new(entry: u8, by: u8, name: &str) -> StandingOffer {
        let here = OfferHere {
            key: OfferKey { entry: Bytes([entry; 16]), item: 0 },
            by: Bytes([by; 32]),
            is_private: false,
            item: OfferItem::new(name.to_owned(), 1, Bytes([1; 32]), false),
            message: MessageId { log: Bytes([by; 8]), seq: 1, index: 0 },
            sent: Wall(0),
        };
        StandingOffer::new(RoomKey::default(), here, None)
    }

    fn key(entry: u8) -> OfferKey {
        OfferKey { entry: Bytes([entry; 16]), item: 0 }
    }

    #[test]
    fn an_offer_is_meant_by_its_id_or_its_name_and_the_newest_of_an_author_is() {
        let mut offers = StandingOffers::default();
        let id = offers.insert(new(1, 1, "a.txt")).0.id;
        offers.insert(new(2, 1, "a.txt"));
        assert_eq!(offers.find(&id, |_| true), OfferMeant::One(key(1)));
        assert_eq!(offers.find("a.txt", |_| true), OfferMeant::One(key(2)));
        assert_eq!(offers.find("b.txt", |_| true), OfferMeant::None);
        assert_eq!(offers.newest(|_| true), OfferMeant::One(key(2)));
    }

    #[test]
    fn what_two_people_call_alike_is_not_guessed() {
        let mut offers = StandingOffers::default();
        offers.insert(new(1, 1, "a.txt"));
        offers.insert(new(2, 2, "a.txt"));
        offers.insert(new(3, 2, "b.txt"));
        assert_eq!(offers.newest(|_| true), OfferMeant::One(key(3)), "nobody else has one like it");
        assert_eq!(offers.find("a.txt", |_| true), OfferMeant::Several(vec![key(1), key(2)]));
        assert_eq!(offers.find("a.txt", |offer| offer.by == Bytes([2; 32])), OfferMeant::One(key(2)));
    }

    #[test]
    fn of_one_author_the_oldest_are_forgotten_and_nobody_elses() {
        let mut offers = StandingOffers::default();
        offers.insert(new(0, 9, "mine"));
        for number in 0..=OFFERS_OF_ONE_MAX {
            let entry = Bytes::first_of(&[&number.to_le_bytes()[..], &[7; 8]].concat());
            offers.insert(StandingOffer { key: OfferKey { entry, item: 0 }, ..new(1, 1, "flood") });
        }
        assert_eq!(offers.len(), OFFERS_OF_ONE_MAX + 1);
        assert!(offers.get(key(0)).is_some());
    }

    #[test]
    fn whoever_invents_people_makes_no_offer_of_somebody_known_forgotten() {
        let mut offers = StandingOffers::default();
        offers.insert(new(0, 9, "known"));
        for number in 0..2 * OFFERS_KNOWN_MAX {
            let number = number.to_le_bytes();
            let entry = Bytes::first_of(&[&number[..], &[7; 8]].concat());
            let by = Bytes::first_of(&[&number[..], &[7; 24]].concat());
            let key = OfferKey { entry, item: 0 };
            offers.insert(StandingOffer { key, by, is_strange: true, ..new(1, 1, "flood") });
        }
        assert_eq!(offers.len(), OFFERS_KNOWN_MAX);
        assert!(offers.get(key(0)).is_some());
    }

    #[test]
    fn an_offer_is_over_after_a_week() {
        let mut offers = StandingOffers::default();
        offers.insert(new(1, 1, "old"));
        assert!(offers.take_over(Wall(millis(OFFER_FOR) - 1)).is_empty());
        assert_eq!(offers.take_over(Wall(millis(OFFER_FOR))).len(), 1);
    }
}
