//! Why a line is not sent, or a command not followed. Values only; `view` gives them words, and programs a kind.

use crate::chat::api::disk::NotOffered;
use crate::chat::api::talk::Speaker;
use crate::chat::api::transfers::OfferTold;
use crate::chat::base::charset::Charset;
use crate::chat::base::limits::{DATAGRAM_BYTES_MAX, MESSAGE_BYTES_MAX};
use crate::chat::base::line::BadLine;
use crate::chat::keys::phrase::BadPhrase;
use crate::chat::keys::secret::RoomName;

/// Why a line is not sent, or a command not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The text cannot be sent.
    Text(TextRefusal),
    /// The line is no command, or one that nobody can follow now.
    Command(CommandRefusal),
    /// Something is wrong with whom it is for.
    Person(PersonRefusal),
    /// Something is wrong with a room.
    Room(RoomRefusal),
    /// Something is wrong with an offer, or with what was to be one.
    Offer(OfferRefusal),
}

/// What is wrong with an offer, or with what was to be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfferRefusal {
    /// No offer that stands is called so.
    NoSuchOffer(String),
    /// Nobody offers anything that was not fetched yet.
    NothingOffered,
    /// Several people offer something of that name.
    Several(Vec<OfferTold>),
    /// The user offers it.
    Own,
    /// It is being fetched.
    FetchedAlready(Box<OfferTold>),
    /// As much is being fetched as may be at once.
    TooManyFetches,
    /// Nothing so large is fetched: at most so many bytes.
    TooLarge(Box<OfferTold>, u64),
    /// The user neither offers nor fetches anything that is called so.
    NothingToCancel(String),
    /// One command offers at most so much.
    TooManyPaths,
    /// The user offers as much as may be at once.
    TooManyOffers,
    /// Whoever speaks plain cannot fetch anything.
    ToPlain,
    /// A file or folder cannot be offered.
    NotOffered {
        /// Which.
        path: String,
        /// Why.
        why: NotOffered,
    },
}

/// Why a text cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextRefusal {
    /// It holds a NUL.
    Nul,
    /// It is not UTF-8 from this byte on.
    NotUtf8 {
        /// The first bad byte, counted from 1.
        byte: usize,
    },
    /// One datagram does not carry it.
    TooLong {
        /// The length it would have, in bytes, at least.
        bytes: u64,
        /// The length a datagram may have.
        most: usize,
    },
    /// A message in a room is not that long.
    TooLongForRoom {
        /// Its length, in bytes.
        bytes: u64,
        /// The length a message may have.
        most: usize,
    },
    /// A charset it is to be sent in lacks a character of it.
    Unencodable {
        /// The first such character.
        missing: char,
        /// The charset.
        charset: Charset,
    },
}

/// Why a line is no command, or one that nobody can follow now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandRefusal {
    /// No command has this name.
    Unknown(String),
    /// What follows the name of this command is not what it takes.
    Usage(&'static str),
    /// Blanks stand before it, or its slash is a wide one, where nobody sees what becomes of it.
    Veiled,
    /// It looks like an invitation, and would tell it to all.
    LooksLikeInvitation,
    /// It is no JSON command: what was expected, in the words of the parser.
    Json(String),
    /// The same of a command that was to say where what follows is said.
    JsonPlace(String),
    /// Where lines go was to change, and did not: the text could go to the wrong place.
    Lost,
    /// It is of a room, and one types to a person.
    NotInRoom,
    /// Whoever has an account at a broker could read this room.
    OpenRoom(RoomName),
    /// As many addresses are reached by unicast as may be; this one is not.
    TooManyPeers(String),
    /// It closes a conversation with one person, and one types into a room.
    NothingToClose,
    /// It says where lines go that are typed, and comes from a bot or the control socket.
    NotTyping,
    /// Nothing of one's own can be taken back.
    NothingToTakeBack,
    /// The network is being examined.
    ExaminedAlready,
    /// There are no rooms in plain.
    NoRooms,
}

/// What is wrong with whom something is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonRefusal {
    /// Nobody here has that name.
    Nobody(String),
    /// The name is not of one person.
    Ambiguous {
        /// As it was given.
        name: String,
        /// Whom it could mean, each by its own name and as it is shown; one: it only looks alike.
        all: Vec<(Speaker, Speaker)>,
    },
    /// It cannot be done with oneself.
    Yourself,
    /// This cannot be a nick.
    BadNick(String),
    /// The user is called that, or something that looks like it.
    OwnName,
    /// The user calls somebody else that.
    NameTaken(String),
    /// The user has decided on as many people as there may be.
    TooMany,
    /// No plain message came from that address.
    NoPlainPeer,
    /// Nobody has written to the user alone.
    NobodyWrote,
    /// The user ignores them.
    Ignored,
    /// They are here under a former secret.
    UnderFormerSecret(Speaker),
    /// Nothing can be sealed for them.
    Unsealable(Speaker),
    /// Nor for these, of whom nothing was heard.
    NotHeard(Speaker),
    /// Nothing can be sealed for this one of those who were to get a room's new secret.
    UnsealableMember(String),
    /// Nothing can be sealed yet for whom the secret was to be handed on to.
    UnsealableInvite(String),
    /// A secret is handed on by a whole name with its tag alone.
    NoTag,
    /// Several keys have that name and tag.
    SeveralKeys(String),
}

/// What is wrong with a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomRefusal {
    /// The user is not in it; `None`: in none that lines could go to.
    NotIn(Option<RoomName>),
    /// None of the user's rooms is called so.
    NoSuchRoom(String),
    /// The user is in it already, and it has a secret.
    InAlready(RoomName),
    /// The user is in as many rooms as there may be.
    TooMany,
    /// It is the only room.
    OnlyOne,
    /// What was given opens no room.
    BadPhrase(BadPhrase),
    /// A secret is asked for, and what was typed looks like a command.
    LooksLikeCommand,
    /// It is not joined: why, in the words of whoever was to find its secret.
    NotEntered(String),
    /// It is open, so it has no secret to replace.
    Open(RoomName),
    /// It got another secret just now.
    RenewedJustNow(RoomName),
    /// Its last new secret left them out.
    LeftOut {
        /// Whom, as named.
        name: String,
        /// Which room.
        room: RoomName,
    },
    /// To hand on its secret is to be asked for twice.
    InviteTwice {
        /// Whom, as named.
        name: String,
        /// Which room.
        room: RoomName,
    },
    /// Nobody of that name is here under a former secret of it.
    NobodyBehind {
        /// Whom, as named.
        name: String,
        /// Which room.
        room: RoomName,
    },
}

impl TextRefusal {
    /// What is wrong with a message for a room.
    pub fn in_room(bad: BadLine) -> Self {
        match bad {
            BadLine::TooLong { bytes } => Self::TooLongForRoom { bytes, most: MESSAGE_BYTES_MAX },
            bad => bad.into(),
        }
    }
}

impl From<BadLine> for TextRefusal {
    fn from(bad: BadLine) -> Self {
        match bad {
            BadLine::Nul => Self::Nul,
            BadLine::NotUtf8 { byte } => Self::NotUtf8 { byte },
            BadLine::TooLong { bytes } => Self::TooLong { bytes, most: DATAGRAM_BYTES_MAX },
        }
    }
}

impl From<TextRefusal> for Refusal {
    fn from(why: TextRefusal) -> Self {
        Self::Text(why)
    }
}

impl From<CommandRefusal> for Refusal {
    fn from(why: CommandRefusal) -> Self {
        Self::Command(why)
    }
}

impl From<PersonRefusal> for Refusal {
    fn from(why: PersonRefusal) -> Self {
        Self::Person(why)
    }
}

impl From<OfferRefusal> for Refusal {
    fn from(why: OfferRefusal) -> Self {
        Self::Offer(why)
    }
}

impl From<RoomRefusal> for Refusal {
    fn from(why: RoomRefusal) -> Self {
        Self::Room(why)
    }
}
