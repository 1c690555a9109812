//! What became of messages, as far as it is told.

use crate::chat::api::talk::MessageId;
use crate::chat::keys::identity::Author;

/// How many people are named in one verdict.
pub const NAMED_MAX: usize = 16;

/// What became of one message, or of several that fall together.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The first of them.
    pub first: MessageId,
    /// The last of them.
    pub last: MessageId,
    /// How the first begins; `None`: it was taken back.
    pub text: Option<String>,
    /// Some of those who have confirmed it, at most [`NAMED_MAX`].
    pub by: Vec<Author>,
    /// How many have.
    pub confirmed: usize,
    /// Of how many whom it is for.
    pub of: usize,
    /// Some of those who are here and have not, at most [`NAMED_MAX`].
    pub missing: Vec<Author>,
    /// How many others hold it for its receiver, where it is for one person alone.
    pub held: usize,
    /// Some of those before whom nobody sits and who hold it, where it is for everybody.
    pub held_by: Vec<Author>,
    /// It was told to be unconfirmed before.
    pub is_after_all: bool,
}

/// What was found out of everything that is for the same people.
#[derive(Debug, PartialEq, Eq)]
pub struct Judged {
    /// Whom it is for; `None`: everybody.
    pub to: Option<Author>,
    /// The last entry of each private message that its receiver has now.
    pub received: Vec<MessageId>,
    /// Every entry to everybody before this one is confirmed, which was not known before; [`u64::MAX`]: every one.
    pub delivered_before: Option<u64>,
    /// What is to be told.
    pub verdicts: Vec<Verdict>,
}

impl Judged {
    /// One verdict more, which is told with the one before where both say the same.
    pub(super) fn add(&mut self, verdict: Verdict) {
        match self.verdicts.last_mut() {
            Some(before) if before.says_the_same_as(&verdict) => before.last = verdict.last,
            _ => self.verdicts.push(verdict),
        }
    }
}

impl Verdict {
    fn says_the_same_as(&self, other: &Self) -> bool {
        (self.confirmed, self.of, self.is_after_all) == (other.confirmed, other.of, other.is_after_all)
            && self.by == other.by
            && self.missing == other.missing
            && self.held_by == other.held_by
    }
}
