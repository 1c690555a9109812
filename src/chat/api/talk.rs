//! What is told of a room: who says what, who comes and goes, what became of one's own words.

use std::fmt;
use std::net::SocketAddr;

use crate::chat::api::requester::Requester;
use crate::chat::base::time::Wall;
use crate::chat::keys::identity::{Author, LogId};
use crate::chat::keys::secret::RoomName;
use crate::chat::wire::offer::{OFFER_ID_LETTERS, OfferItem, OfferKey};

/// Somebody, as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Speaker {
    /// Not yet safe for a terminal, but without what would forge a line.
    pub nick: String,
    /// Tells this key apart from another one that had the name first.
    pub tag: Option<String>,
    /// The key.
    pub author: Author,
    /// The user has made sure whose key it is.
    pub is_verified: bool,
}

impl Speaker {
    /// Oneself, for whom one is called is not known.
    pub fn me() -> Self {
        Self { nick: "me".to_owned(), tag: None, author: Author::ZERO, is_verified: false }
    }
}

impl fmt::Display for Speaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.tag {
            Some(tag) => write!(f, "{}#{tag}", self.nick),
            None => f.write_str(&self.nick),
        }
    }
}

/// Somebody one talks with alone.
#[derive(Clone, Debug)]
pub struct Person {
    /// The key, which alone tells who it is.
    pub author: Author,
    /// By the name that held when this was made.
    pub name: String,
}

impl PartialEq for Person {
    fn eq(&self, other: &Self) -> bool {
        self.author == other.author
    }
}

impl Eq for Person {}

impl PartialOrd for Person {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Person {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.author.cmp(&other.author)
    }
}

impl From<&Speaker> for Person {
    fn from(speaker: &Speaker) -> Self {
        Self { author: speaker.author, name: speaker.to_string() }
    }
}

/// Where one talks: with everybody in a room, with one person alone, or with one who speaks plain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conversation {
    /// Everybody in it reads along.
    Room(RoomName),
    /// Nobody else reads along.
    Person(Person),
    /// Whoever is at this address.
    PlainPeer(SocketAddr),
    /// Those to whom a plain session's lines go; none: nobody has written yet.
    PlainPeers(Vec<SocketAddr>),
}

impl fmt::Display for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Room(name) => name.fmt(f),
            Self::Person(person) => f.write_str(&person.name),
            Self::PlainPeer(address) => write!(f, "[{address}]"),
            Self::PlainPeers(all) => match all.as_slice() {
                [] => Ok(()),
                [address] => write!(f, "[{address}]"),
                all => write!(f, "[{} peers]", all.len()),
            },
        }
    }
}

/// What names a message for ever: its log, the entry it ends in, and its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MessageId {
    /// The log.
    pub log: LogId,
    /// The entry.
    pub seq: u64,
    /// The place in the entry.
    pub index: usize,
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.log, self.seq, self.index)
    }
}

/// A signed message in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Where.
    pub room: RoomName,
    /// By whom.
    pub who: Speaker,
    /// To whom alone, where not to all.
    pub to: Option<Speaker>,
    /// Its name.
    pub id: MessageId,
    /// What.
    pub words: MessageBody,
    /// When, as its author says.
    pub sent: Wall,
    /// When it was received.
    pub received: Wall,
    /// What is particular about it.
    pub marks: Marks,
}

/// What a message is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageBody {
    /// Text.
    Text(String),
    /// What somebody does.
    Action(String),
    /// What the room is about from now on.
    Topic(String),
    /// Something was taken back.
    Deletion(Takeback),
    /// A file or a folder may be fetched.
    Offer(Box<Offered>),
    /// Something for us alone that can no longer be opened.
    Sealed,
    /// Something that only a newer version can read.
    Later,
    /// Something that is not what it says it is.
    Damaged,
}

/// A file or a folder that may be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// Which offer.
    pub key: OfferKey,
    /// What people call the offer.
    pub id: String,
    /// As its author signs it.
    pub item: OfferItem,
}

impl Offered {
    /// By an id that no other offer of this session was looked at for.
    pub fn new(key: OfferKey, item: OfferItem) -> Self {
        Self { key, id: key.letters(OFFER_ID_LETTERS), item }
    }
}

/// What was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Takeback {
    /// Its name.
    pub id: MessageId,
    /// The number of the last entry that it stands in.
    pub last: u64,
    /// When it was said, as its author says, where that is known.
    pub sent: Option<Wall>,
    /// It was an offer, which is withdrawn by it.
    pub is_offer: bool,
}

/// What is particular about a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// It was said before we were there, or while we were cut off.
    pub is_backlog: bool,
    /// It was said before we were there, as far as clocks tell.
    pub is_before: bool,
    /// It came after what follows it was shown.
    pub is_late: bool,
    /// A part of it did not come.
    pub is_torn: bool,
    /// Its author signed another message of the same number.
    pub is_forked: bool,
    /// It is shown again, for somebody asked for it.
    pub is_recalled: bool,
    /// It came under a secret that the room has no more.
    pub is_of_former: bool,
    /// A program says it by itself.
    pub is_auto: bool,
}

/// What an instance is here for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InstanceKind {
    /// Somebody sits before it.
    #[default]
    Person,
    /// It does one thing and leaves: nobody need be told that it came.
    Passing,
    /// Nobody sits before it.
    Headless,
}

/// What happened to somebody's presence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Is here now.
    Joined {
        /// At this address.
        address: Option<SocketAddr>,
        /// Heard through somebody else alone.
        via: Option<Speaker>,
    },
    /// Said goodbye.
    Left,
    /// Has not been heard for too long.
    Lost,
    /// Was called this before.
    Renamed(String),
}

/// What became of one's own messages from `first` to `last`, which were decided together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Where.
    pub room: RoomName,
    /// The first message it speaks of.
    pub first: MessageId,
    /// The last.
    pub last: MessageId,
    /// How the first message begins; `None`: it was taken back since.
    pub text: Option<String>,
    /// Who has confirmed; where many did, some of them.
    pub by: Vec<Speaker>,
    /// How many have.
    pub confirmed: usize,
    /// How many were there.
    pub of: usize,
    /// Somebody who was there has not.
    pub missing: Vec<Speaker>,
    /// Whom alone it is for, where not for all.
    pub to: Option<Speaker>,
    /// How many hold it for whom alone it is for.
    pub held: usize,
    /// Some of those before whom nobody sits, and who hold it; where it is for all.
    pub held_by: Vec<Speaker>,
    /// Nobody counted as here, but somebody was heard.
    pub is_anybody_heard: bool,
    /// It was told to be unconfirmed before.
    pub is_after_all: bool,
    /// It was said in an earlier session, then.
    pub said_before: Option<Wall>,
    /// Who asked for what of it, where that was with a ticket.
    pub requesters: Vec<Requester>,
}
