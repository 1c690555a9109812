//! What the disk is to keep before it is told of, by room.

use std::collections::VecDeque;

use crate::chat::keys::secret::Tag;

/// The commits that are under way: at most one of each room.
#[derive(Debug, Default)]
pub struct Commits {
    asked: u64,
    waiting: VecDeque<(u64, Tag)>,
}

impl Commits {
    /// One more, of this room. Its number.
    pub fn ask(&mut self, of: Tag) -> u64 {
        self.asked += 1;
        self.waiting.push_back((self.asked, of));
        self.asked
    }

    /// All up to this number are done: whose they are.
    pub fn take(&mut self, upto: u64) -> Vec<Tag> {
        let done = self.waiting.iter().take_while(|(number, _)| *number <= upto).count();
        self.waiting.drain(..done).map(|(_, tag)| tag).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;

    #[test]
    fn a_commit_is_answered_to_the_room_that_asked_and_with_it_all_before() {
        let (mut commits, [a, b]) = (Commits::default(), [Bytes([1; 8]), Bytes([2; 8])]);
        assert_eq!([commits.ask(a), commits.ask(b), commits.ask(a)], [1, 2, 3]);
        assert_eq!(
            (commits.take(0), commits.take(2), commits.take(2), commits.take(9)),
            (vec![], vec![a, b], vec![], vec![a])
        );
    }
}
