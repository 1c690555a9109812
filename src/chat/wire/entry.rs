//! One immutable, signed record of a chat.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::chat::base::bytes::Bytes;
use crate::chat::base::time::Stamp;
use crate::chat::keys::identity::{Author, EntryId, LogId, Run, Signature};
use crate::chat::wire::offer::Offers;

/// What an author signs. On the wire in this order, the body last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Who.
    pub author: Author,
    /// In which run of the program.
    pub run: Run,
    /// The how-manieth entry of the run in this room, from 1.
    pub seq: u64,
    /// The entry before it; zeros for the first.
    pub prev: EntryId,
    /// When, by the author's hybrid clock.
    pub time: Stamp,
    /// What the body is: see [`Body`].
    pub kind: u8,
}

/// A signed record, verified or our own. The bytes are kept and passed on as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The hash of its bytes.
    pub id: EntryId,
    /// The log it belongs to.
    pub log: LogId,
    /// What stands before the body.
    pub header: Header,
    /// The exact bytes that were signed.
    pub bytes: Arc<[u8]>,
    /// By the author.
    pub signature: Signature,
    /// How many of the bytes, at their end, are the body.
    pub body_len: usize,
    /// When it counts as said here: its author's time, unless that author's clock is wrong by far.
    pub placed: Stamp,
    /// Its author took it back: what it said is gone, so it can be proven to nobody any more.
    pub is_erased: bool,
}

impl Entry {
    /// The body as it came.
    pub fn body(&self) -> &[u8] {
        &self.bytes[self.bytes.len() - self.body_len..]
    }

    /// What it takes of the memory for entries, in bytes: itself and its place in the tree of its log.
    pub fn weight(&self) -> usize {
        self.bytes.len() + std::mem::size_of::<Self>() + PLACE_BYTES
    }
}

/// What a place in an ordered map and the two counters of an `Arc` take, roughly, in bytes.
const PLACE_BYTES: usize = 64;

/// What an entry says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Kind 0.
    Text(Text),
    /// Kind 1: what somebody does (`/me`).
    Action(Action),
    /// Kind 2: the nick the author goes by from here on.
    Profile(String),
    /// Kind 3: what the room is about.
    Topic(String),
    /// Kind 4: what the author said before is to be forgotten.
    Deletion(Deletion),
    /// Kind 5: files and folders that whoever is here may fetch.
    Offers(Offers),
    /// Kind 6: to one person, and nothing to anybody else.
    Sealed,
    /// Its author took it back.
    Erased,
    /// Of a kind that a newer version knows.
    Later(u8),
    /// Of a known kind, and not readable as such.
    Damaged(u8),
}

/// Messages that were there at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// At least one. Each is one message and may hold newlines.
    pub lines: Vec<String>,
    /// The last one goes on in the next text entry of this run.
    pub continues: bool,
    /// A program says it by itself: other programs do not answer it.
    pub is_auto: bool,
}

/// What somebody does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// What.
    pub text: String,
    /// As in [`Text`].
    pub is_auto: bool,
}

/// Which of one's own entries are to be forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Deletion {
    /// The log, of the same author.
    pub log: LogId,
    /// The first entry.
    pub seq: u64,
    /// How many: a long message goes over several.
    pub count: u8,
}

impl Deletion {
    /// The number of its kind.
    pub const KIND: u8 = 4;

    /// The numbers of the entries.
    pub fn seqs(self) -> impl Iterator<Item = u64> {
        (0..u64::from(self.count)).map(move |offset| self.seq.saturating_add(offset))
    }
}

impl Body {
    /// The number of a nick's kind.
    pub const PROFILE: u8 = 2;
    /// The number of what a room is about.
    pub const TOPIC: u8 = 3;
    /// The number of what one person alone can read.
    pub const SEALED: u8 = 6;

    /// The number that stands for it on the wire.
    ///
    /// # Panics
    /// Where it is erased: nobody writes that.
    pub fn kind(&self) -> u8 {
        match self {
            Self::Text(_) => 0,
            Self::Action(_) => 1,
            Self::Profile(_) => Self::PROFILE,
            Self::Topic(_) => Self::TOPIC,
            Self::Deletion(_) => Deletion::KIND,
            Self::Offers(_) => Offers::KIND,
            Self::Sealed => Self::SEALED,
            Self::Erased => unreachable!("what is erased is not written"),
            Self::Later(kind) | Self::Damaged(kind) => *kind,
        }
    }
}

/// Before the first entry of a run there is none.
pub const NO_ENTRY: EntryId = Bytes::ZERO;
