//! What a room is made of, and what it wants done.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use crate::chat::api::event::Event;
use crate::chat::api::machine::To;
use crate::chat::api::talk::{InstanceKind, MessageId};
use crate::chat::base::bounds::Bounds;
use crate::chat::base::bytes::Bytes;
use crate::chat::base::metrics::Detail;
use crate::chat::base::time::{Stamp, Wall};
use crate::chat::keys::carrier::CarrierKeys;
use crate::chat::keys::exchange::TransferKeys;
use crate::chat::keys::identity::{Author, EntryId, Identity, Run, ShortKey, Verify};
use crate::chat::keys::secret::{RoomKeys, RoomName};
use crate::chat::log::records::{Memory, Record};
use crate::chat::wire::carried::PublishTo;
use crate::chat::wire::letterbox::Letterbox;
use crate::chat::wire::offer::{OfferAnswer, OfferItem, OfferKey};

use super::begins::FetchNumber;

/// What a room is made of.
#[derive(Debug)]
pub struct RoomSetup {
    /// Its name.
    pub name: RoomName,
    /// Its keys.
    pub keys: RoomKeys,
    /// Those at a broker; `None`: it is open, so that no broker carries it.
    pub carrier: Option<CarrierKeys>,
    /// Who one is.
    pub identity: Rc<Identity>,
    /// The key is forgotten when the program ends.
    pub is_temporary: bool,
    /// One is away.
    pub is_away: bool,
    /// What this instance is here for.
    pub kind: InstanceKind,
    /// What private messages are opened with.
    pub letterbox: Rc<Letterbox>,
    /// What one is called.
    pub nick: String,
    /// How signatures are verified.
    pub verifier: Rc<dyn Verify>,
    /// Who is sent to by unicast in any case.
    pub peers: Vec<SocketAddr>,
    /// How long receipts are waited for; `None`: as long as a beacon takes, at least 5 s.
    pub confirm_within: Option<Duration>,
    /// Somebody sees what is shown, so that it need not be shown again at the next start.
    pub is_watched: bool,
    /// How many entries of backlog are shown at most, where the rest can be looked up.
    pub backlog_most: Option<usize>,
    /// How much is held at most.
    pub bounds: Bounds,
    /// How much of what passes is told.
    pub detail: Detail,
    /// What was said then or later is shown again.
    pub since: Option<Wall>,
    /// It only listens there.
    pub is_observer: bool,
    /// What is known of earlier sessions.
    pub memory: Memory,
    /// All of its randomness.
    pub seed: [u8; 32],
}

/// Another secret of a room, as somebody hands it on.
#[derive(Debug, PartialEq, Eq)]
pub struct Renewal {
    /// What it is derived from.
    pub secret: Bytes<16>,
    /// When it was made.
    pub since: Stamp,
    /// Who was not to have it.
    pub left_out: Vec<ShortKey>,
    /// By whom.
    pub by: Author,
}

/// Something that is offered here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferHere {
    /// Which offer.
    pub key: OfferKey,
    /// By whom.
    pub by: Author,
    /// To the user alone.
    pub is_private: bool,
    /// What.
    pub item: OfferItem,
    /// The name of the message that offers it.
    pub message: MessageId,
    /// When, as its author says.
    pub sent: Wall,
}

/// What becomes of something where too much is published at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// Nothing works without it: it goes before all else, and is lost where that is too much.
    Control,
    /// What was said: it waits for its turn.
    Line,
    /// What somebody asked for, and will ask for again: it is lost first.
    Repair,
}

/// What a room wants done.
#[derive(Debug, PartialEq, Eq)]
pub enum Out {
    /// Keep something on disk.
    Store(Record),
    /// Everything so far is to be on disk; [`Room::committed`](super::Room::committed) says that it is.
    Commit,
    /// Send a datagram.
    Send(To, Rc<[u8]>),
    /// Publish this at the broker of the room.
    Publish {
        /// Where.
        to: PublishTo,
        /// What.
        payload: Rc<[u8]>,
        /// What becomes of it where too much is published at a time.
        urgency: Urgency,
    },
    /// Show something.
    Show(Event),
    /// The room is to have another secret, by somebody's wish.
    Renew(Renewal),
    /// Somebody says that another secret replaced that of this room.
    Moved {
        /// Who.
        by: Author,
        /// When it did.
        since: Wall,
    },
    /// Another secret replaced that of this room, and somebody uses this one.
    Behind(Author),
    /// Somebody offers something. It is told before it is shown, and also where it is not.
    Offered(Box<OfferHere>),
    /// What this entry offered is withdrawn.
    Withdrawn(EntryId),
    /// Somebody says what became of an offer.
    OfferAnswered {
        /// Who.
        by: Author,
        /// Which.
        offer: OfferKey,
        /// What.
        answer: OfferAnswer,
    },
    /// Somebody may fetch something.
    Granted {
        /// What the transfer is sealed with.
        keys: TransferKeys,
        /// Who.
        to: (Author, Run),
        /// From where it asked.
        at: SocketAddr,
        /// Nobody known.
        is_strange: bool,
    },
    /// This node may fetch something.
    Begun {
        /// For which fetch.
        fetch: FetchNumber,
        /// What the transfer is sealed with.
        keys: TransferKeys,
        /// Where the holder is.
        at: SocketAddr,
    },
    /// An instance did not answer.
    NotBegun(FetchNumber),
}
