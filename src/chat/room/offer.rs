//! What is offered in a room: files and folders. Told to the session, which knows what becomes of them.

use super::publish::Unsigned;
use super::setup::OfferHere;
use super::{Out, Room};
use crate::chat::api::talk::{Marks, MessageBody, MessageId, Offered};
use crate::chat::base::time::Now;
use crate::chat::keys::identity::{Author, EntryId};
use crate::chat::wire;
use crate::chat::wire::entry::{Body, Deletion, Entry};
use crate::chat::wire::offer::{OfferAnswer, OfferItem, OfferKey, Offers};
use crate::chat::wire::private_body::PrivateBody;

impl Room {
    /// Offers something to everybody in the room: in an entry of its own, so that it can be withdrawn alone.
    pub fn offer(&mut self, item: OfferItem, now: Now) -> OfferHere {
        self.pass_time(now);
        let seq = self.publish(vec![Body::Offers(Offers { items: vec![item.clone()] })]);
        let message = MessageId { log: self.own.log(), seq, index: 0 };
        self.own_offer(message, item, false).expect("it was written just now")
    }

    /// Offers something to one person alone. `None`: nothing can be sealed for them.
    pub fn offer_to(&mut self, to: Author, item: OfferItem, now: Now) -> Option<OfferHere> {
        if !self.can_write_to(to) {
            return None;
        }
        self.pass_time(now);
        let before = self.own.seq();
        let seq = self.publish_all(vec![Unsigned::PrivateBody(to, PrivateBody::Offer(item.clone()))]);
        if self.own.seq() == before {
            return None; // what was announced is no key
        }
        let message = MessageId { log: self.own.log(), seq, index: 0 };
        self.deliveries.sent(Some(to), (message, message), &item.name, self.now.moment);
        self.keep_unconfirmed();
        self.own_offer(message, item, true)
    }

    fn own_offer(&self, message: MessageId, item: OfferItem, is_private: bool) -> Option<OfferHere> {
        let entry = self.archive.log(message.log)?.entry(message.seq)?;
        let key = OfferKey { entry: entry.id, item: 0 };
        Some(OfferHere { key, by: self.own.author(), is_private, item, message, sent: entry.header.time.wall() })
    }

    /// Withdraws what this message offered to everybody.
    pub fn withdraw(&mut self, message: MessageId, now: Now) {
        self.pass_time(now);
        self.take_back(Deletion { log: message.log, seq: message.seq, count: 1 }, message.seq);
    }

    /// Tells somebody alone what became of an offer. Says whether that could be sealed.
    pub fn answer_offer(&mut self, to: Author, offer: OfferKey, answer: OfferAnswer, now: Now) -> bool {
        self.pass_time(now);
        let can = self.can_write_to(to);
        if can {
            self.send_private(to, vec![PrivateBody::OfferAnswer { offer, answer }]);
        }
        can
    }

    pub(super) fn show_offers(&mut self, entry: &Entry, offers: Offers, marks: Marks) {
        for (index, item) in offers.items.into_iter().enumerate() {
            self.show_offer(entry, (index, item), false, marks);
        }
    }

    pub(super) fn show_private_offer(&mut self, entry: &Entry, item: OfferItem, marks: Marks) {
        self.show_offer(entry, (0, item), true, marks);
    }

    fn show_offer(&mut self, entry: &Entry, (index, item): (usize, OfferItem), is_private: bool, marks: Marks) {
        if !item.is_known() {
            return self.show_words(entry, index, MessageBody::Later, marks);
        }
        let here = offer_here(entry, (index, item), is_private);
        let words = MessageBody::Offer(Offered::new(here.key, here.item.clone()).into());
        self.outputs.push(Out::Offered(Box::new(here)));
        self.show_words(entry, index, words, marks);
    }

    /// What earlier sessions were offered, and this one is, too.
    pub(super) fn restore_offers(&mut self) {
        let entries = self.archive.logs().flat_map(|(_, log)| log.entries());
        for entry in entries.filter(|entry| entry.header.kind == Offers::KIND) {
            if let Body::Offers(offers) = wire::body(entry) {
                let known = offers.items.into_iter().enumerate().filter(|(_, item)| item.is_known());
                let here = known.map(|item| Out::Offered(Box::new(offer_here(entry, item, false))));
                for out in here {
                    self.outputs.push(out);
                }
            }
        }
    }

    /// These entries were taken back: what they offered is withdrawn.
    pub(super) fn withdraw_offers(&mut self, deletion: Deletion) {
        let Some(log) = self.archive.log(deletion.log) else { return };
        let entries = deletion.seqs().filter_map(|seq| log.entry(seq));
        let offers = entries.filter(|entry| entry.header.kind == Offers::KIND).map(|entry| entry.id);
        let offers: Vec<EntryId> = offers.collect();
        for entry in offers {
            self.outputs.push(Out::Withdrawn(entry));
        }
    }
}

fn offer_here(entry: &Entry, (index, item): (usize, OfferItem), is_private: bool) -> OfferHere {
    OfferHere {
        key: OfferKey { entry: entry.id, item: u32::try_from(index).unwrap_or(u32::MAX) },
        by: entry.header.author,
        is_private,
        item,
        message: MessageId { log: entry.log, seq: entry.header.seq, index },
        sent: entry.header.time.wall(),
    }
}
