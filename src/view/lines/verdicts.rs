//! What is said of what became of one's own lines.

use std::collections::VecDeque;

use crate::chat::api::talk::{Delivery, Person};
use crate::view::text::when::LocalTime;
use crate::view::words::en;

/// So many are known to have been told to be unconfirmed. A guess: beyond, what is confirmed after all is told together.
const TOLD_MAX: usize = 64;

/// The lines that were told to be unconfirmed: of each it is told when it is confirmed after all.
#[derive(Clone, Debug, Default)]
pub struct Verdicts {
    told: VecDeque<Delivery>,
}

impl Verdicts {
    /// What is said of a verdict; nothing where all went well.
    pub fn sentences(&mut self, delivery: &Delivery, local: &LocalTime) -> Vec<String> {
        if delivery.is_after_all && delivery.said_before.is_none() {
            return self.taken_back(delivery);
        }
        let words = en::delivery(delivery, local);
        if words.is_some() && delivery.said_before.is_none() {
            self.told.push_back(delivery.clone());
            self.told.drain(..self.told.len().saturating_sub(TOLD_MAX));
        }
        words.into_iter().collect()
    }

    /// What was told before and is not so any more, as it was told.
    fn taken_back(&mut self, delivery: &Delivery) -> Vec<String> {
        let is_over = |told: &Delivery| is_alike(told, delivery) && told.last <= delivery.last;
        let (over, rest): (VecDeque<Delivery>, VecDeque<Delivery>) = self.told.drain(..).partition(is_over);
        self.told = rest;
        match over.front() {
            Some(first) if first.first == delivery.first => {
                over.iter().map(|told| en::after_all(told, delivery)).collect()
            }
            _ => vec![en::after_all(delivery, delivery)],
        }
    }
}

/// Whether both are of what was said in one log to the same people.
fn is_alike(one: &Delivery, other: &Delivery) -> bool {
    let to = |delivery: &Delivery| delivery.to.as_ref().map(Person::from);
    one.first.log == other.first.log && to(one) == to(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::api::talk::{MessageId, Speaker};
    use crate::chat::keys::identity::{Author, LogId};
    use crate::chat::keys::secret::RoomName;

    fn delivery(text: &str, (first, last): (u64, u64), confirmed: usize, to: Option<&Speaker>) -> Delivery {
        let id = |seq| MessageId { log: LogId::ZERO, seq, index: 0 };
        Delivery {
            room: RoomName::lobby(),
            first: id(first),
            last: id(last),
            text: Some(text.to_owned()),
            by: Vec::new(),
            confirmed,
            of: 1,
            missing: Vec::new(),
            is_anybody_heard: false,
            is_after_all: confirmed == 1,
            said_before: None,
            requesters: Vec::new(),
            to: to.cloned(),
            held: 0,
            held_by: Vec::new(),
        }
    }

    #[test]
    fn each_line_that_was_told_to_be_unconfirmed_is_told_to_be_confirmed_after_all() {
        let carol = Speaker { nick: "carol".to_owned(), tag: None, author: Author::ZERO, is_verified: false };
        let mut verdicts = Verdicts::default();
        let mut told = |text, lines, confirmed, to| {
            verdicts.sentences(&delivery(text, lines, confirmed, to), &LocalTime::default())
        };
        for (text, lines, to) in [("a", (1, 1), None), ("psst", (2, 2), Some(&carol)), ("b", (3, 5), None)] {
            assert_eq!(told(text, lines, 0, to).len(), 1);
        }
        told("c", (6, 9), 0, None);
        let both =
            ["\"a\" is confirmed after all (1 of 1)", "\"b\" and what followed are confirmed after all (1 of 1)"];
        assert_eq!(told("a", (1, 5), 1, None), both);
        assert_eq!(told("psst", (2, 2), 1, Some(&carol)), ["\"psst\" is confirmed after all (1 of 1)"]);
        assert_eq!(told("c", (6, 7), 1, None), ["\"c\" and what followed are confirmed after all (1 of 1)"]);
        assert_eq!(told("d", (8, 9), 1, None), ["\"d\" and what followed are confirmed after all (1 of 1)"]);
    }
}
