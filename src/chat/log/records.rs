//! What is to be kept on disk, and what comes back from there at the next start. Values only; the shell has the disk.

use std::sync::Arc;

use crate::chat::base::time::Wall;
use crate::chat::keys::identity::{Author, LogId, Prekey, RoomId};
use crate::chat::keys::secret::{RoomName, Tag};
use crate::chat::keys::trust::Trust;
use crate::chat::wire::entry::{Deletion, Entry};
use crate::chat::wire::frame::Span;
use crate::chat::wire::offer::{OfferItem, OfferKey};

/// Something to be kept. Records that belong together are handed out together, the entry before what is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// An entry, verified or our own.
    Entry {
        /// The room it was said in.
        room: RoomId,
        /// The secret it came under.
        tag: Tag,
        /// As it was signed.
        entry: Arc<Entry>,
        /// When it came.
        received: Wall,
        /// This instance wrote it.
        is_own: bool,
        /// Its author signed another one of the same number, which is kept too.
        is_second: bool,
    },
    /// Nobody has these any more.
    GivenUp(Span),
    /// The log was shown up to this number, and of the entry behind that the first messages.
    Shown {
        /// Which.
        log: LogId,
        /// Up to here.
        upto: Shown,
    },
    /// Somebody has confirmed one's own log up to this number.
    Receipt {
        /// Which.
        log: LogId,
        /// Who.
        by: Author,
        /// Up to here.
        seq: u64,
    },
    /// One's own log was confirmed by everybody it was told to be, up to this number.
    Delivered {
        /// Which.
        log: LogId,
        /// Up to here.
        seq: u64,
    },
    /// A key goes by this nick.
    Name {
        /// Who.
        author: Author,
        /// The nick.
        nick: String,
        /// When that was first seen.
        seen: Wall,
    },
    /// What an entry says to one person alone, or said to us.
    Private(Private),
    /// Whom one's own private message is to has it.
    PrivateConfirmed {
        /// Which log.
        log: LogId,
        /// The entry that it ends in.
        seq: u64,
    },
    /// What private messages to somebody are sealed with.
    Prekey {
        /// Where that was announced.
        room: RoomId,
        /// Whose.
        author: Author,
        /// It.
        prekey: Prekey,
        /// When.
        seen: Wall,
    },
    /// What the user thinks of a key from now on.
    Trust {
        /// Which key.
        author: Author,
        /// What.
        trust: Trust,
    },
    /// Something is offered: by this profile, or to it alone.
    Offer(Box<KeptOffer>),
    /// It is not any more.
    OfferOver(OfferKey),
    /// Somebody took this back: what it says is to be forgotten, if it is theirs; that it was there is not.
    Erased {
        /// Which entries.
        deletion: Deletion,
        /// Who.
        by: Author,
    },
}

/// What the user wants to see of what was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recall {
    /// In which room.
    pub room: RoomName,
    /// What it is to hold; nothing: anything.
    pub words: Vec<String>,
    /// The newest so many.
    pub most: usize,
}

/// What a room remembers of earlier sessions. Nothing in it is verified again but the ids: the signatures were, when the
/// entries came.
#[derive(Debug, Default)]
pub struct Memory {
    /// The logs, the oldest first.
    pub logs: Vec<Remembered>,
    /// What people are called, in the order in which that was first seen.
    pub names: Vec<(Author, String)>,
    /// What the user thinks of them.
    pub trust: Vec<(Author, Trust)>,
    /// What private messages to people are sealed with.
    pub prekeys: Vec<(Author, Prekey)>,
    /// Private messages: those to us that were not shown, and one's own that whom they are to has not confirmed.
    pub private: Vec<Private>,
    /// What this profile offers here, and what is offered to it alone.
    pub offers: Vec<KeptOffer>,
}

/// A private message as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Private {
    /// The log.
    pub log: LogId,
    /// The entry that it ends in.
    pub seq: u64,
    /// Whom it is to, or from.
    pub other: Author,
    /// This profile wrote it.
    pub is_own: bool,
    /// It is what somebody does.
    pub is_action: bool,
    /// A program says it by itself.
    pub is_auto: bool,
    /// What it says.
    pub text: String,
}

/// An offer as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptOffer {
    /// Which.
    pub key: OfferKey,
    /// In which room.
    pub room: RoomId,
    /// The entry that offers it: its log and number.
    pub place: (LogId, u64),
    /// Who offers it.
    pub by: Author,
    /// Whom alone it is to.
    pub to: Option<Author>,
    /// What.
    pub item: OfferItem,
    /// When, as its author says.
    pub sent: Wall,
    /// Of one's own: where it is.
    pub path: Option<String>,
}

/// A log as it was.
#[derive(Debug)]
pub struct Remembered {
    /// Which.
    pub log: LogId,
    /// Who writes it.
    pub author: Author,
    /// The newest entries, in order and without one that is kept left out between them; none where the log is too old.
    pub entries: Vec<Arc<Entry>>,
    /// The first of them; where there are none, the one behind the last that is kept.
    pub floor: u64,
    /// What was given up, in order.
    pub given_up: Vec<(u64, u64)>,
    /// Up to where it was shown.
    pub shown: Shown,
    /// Where this profile wrote it: what became of it.
    pub own: Option<Sent>,
}

/// Up to where a log was shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shown {
    /// The last entry that was shown whole.
    pub seq: u64,
    /// How many messages of the next one were shown: a message that goes on behind it waits for its end.
    pub places: usize,
}

/// What became of what one said in an earlier session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Everything up to this number was told to be confirmed.
    pub delivered: u64,
    /// Who has confirmed, and up to where.
    pub receipts: Vec<(Author, u64)>,
}
