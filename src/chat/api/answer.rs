//! What commands lead to, and what whoever drives a session is told of it.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::chat::api::carrier::CarrierNews;
use crate::chat::api::finding::Diagnosis;
use crate::chat::api::requester::Requester;
use crate::chat::api::talk::{Conversation, InstanceKind, MessageId, Speaker, Takeback};
use crate::chat::api::transfers::{OfferListed, OfferTold};
use crate::chat::base::metrics::Traffic;
use crate::chat::base::time::Wall;
use crate::chat::keys::secret::RoomName;

/// Who one is, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Oneself, by the name that holds in the first of the rooms.
    pub me: Speaker,
    /// Which rooms one is in.
    pub rooms: Vec<RoomName>,
    /// Which of them only who has their secrets reads.
    pub sealed: Vec<RoomName>,
}

/// What a command led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Who gave it.
    pub to: Requester,
    /// Its name.
    pub command: &'static str,
    /// What it led to.
    pub what: Answered,
}

/// What a command led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// It was done.
    Done,
    /// It is on its way under this name.
    Sent {
        /// Where.
        room: RoomName,
        /// Its name.
        message: MessageId,
    },
    /// Who is there.
    People {
        /// Where.
        room: RoomName,
        /// Oneself.
        me: Speaker,
        /// The others.
        others: Vec<PersonHere>,
    },
    /// Which rooms one is in, the first the one that lines go to.
    Rooms(Vec<RoomName>),
    /// So many messages were found; they are shown before this.
    Found(usize),
    /// What passed through the session so far.
    Stats(Stats),
    /// Who somebody is.
    Portrait(Box<Portrait>),
    /// What both see alike where nobody is between them.
    Words {
        /// With whom.
        who: Speaker,
        /// The words.
        words: Vec<&'static str>,
    },
    /// Of whom nothing is wanted.
    Ignored(Vec<Speaker>),
    /// How one is reached.
    Network(NetworkReport),
    /// This is offered now, or is fetched.
    Offered(Box<OfferTold>),
    /// Which offers stand, the oldest first.
    Offers(Vec<OfferListed>),
    /// The network was examined; what was found was shown before this.
    Examined(Diagnosis),
}

/// How a session is reached, as the system says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkReport {
    /// The bound addresses, IPv4 first.
    pub listening: Vec<SocketAddr>,
    /// The UDP port by which everybody on the network is found; `None`: only those who are named are.
    pub group_port: Option<u16>,
    /// Each interface, as it was when it was looked at last.
    pub interfaces: Vec<InterfaceReport>,
}

/// One interface of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceReport {
    /// Its name.
    pub name: String,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// It never leaves this machine.
    pub is_loopback: bool,
    /// It carries something now.
    pub is_up: bool,
    /// In the group of IPv4 by it.
    pub is_in_v4: bool,
    /// In the group of IPv6 by it.
    pub is_in_v6: bool,
}

/// What is known of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portrait {
    /// As shown.
    pub who: Speaker,
    /// What it calls itself.
    pub nick: Option<String>,
    /// What tells its key apart.
    pub tag: String,
    /// Where it is heard; nowhere: it is not here.
    pub addresses: Vec<SocketAddr>,
    /// It is here, heard directly or through others.
    pub is_here: bool,
    /// Its key is forgotten when it leaves.
    pub is_temporary: bool,
    /// Nothing of it is wanted.
    pub is_ignored: bool,
    /// It is oneself; the addresses are those that one listens on.
    pub is_me: bool,
    /// Others who could be taken for it.
    pub namesakes: Vec<Speaker>,
}

/// What passed through a session, and what it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Datagrams.
    pub traffic: Traffic,
    /// How many others are here, in all rooms.
    pub people: usize,
    /// How many entries are held.
    pub entries: usize,
    /// How many own entries wait for receipts.
    pub undecided: usize,
    /// How long it runs.
    pub up: Duration,
    /// No other machine can be reached.
    pub lacks_network: bool,
    /// Something that was said or heard waits for the disk.
    pub waits_for_disk: bool,
}

/// Somebody who is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonHere {
    /// Who.
    pub who: Speaker,
    /// Said to be away.
    pub is_away: bool,
    /// What that instance is here for.
    pub kind: InstanceKind,
    /// Heard at this address.
    pub address: Option<SocketAddr>,
    /// Not heard directly, but through whom.
    pub via: Option<Speaker>,
    /// When they last said something in the room, by their clock, as far as that is held, and how long ago that is.
    pub spoke: Option<(Wall, Duration)>,
}

/// What a command did, for whoever typed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// The commands there are.
    Help,
    /// What one of them does.
    HelpOn(&'static str),
    /// Others see that one is away.
    Away,
    /// Others see that one is back.
    Back,
    /// What is typed goes there from now on.
    TypingTo(Conversation),
    /// The user has this nick now.
    Nick {
        /// As it was chosen.
        nick: String,
        /// How others see the user, where that differs: the name is taken.
        seen_as: Option<Speaker>,
    },
    /// What a room is about, and who says so; `None`: nobody said.
    Topic {
        /// Which.
        room: RoomName,
        /// What, and who.
        topic: Option<(String, Speaker)>,
    },
    /// What the user is called.
    CalledNow {
        /// As it was chosen.
        nick: String,
        /// As others see the user.
        me: Speaker,
        /// What tells the key apart.
        tag: String,
    },
    /// What people are called here by the user's will: what they call themselves or their key, and the name.
    Petnames(Vec<(String, String)>),
    /// A message of one's own is to be forgotten.
    TakenBack {
        /// Which.
        which: Takeback,
        /// How it begins.
        text: String,
        /// How many messages that is: they were sent together.
        messages: usize,
    },
    /// The user is in that room already, and types there.
    InAlready(RoomName),
    /// Somebody's words were right.
    Verified(Speaker),
    /// They are not held to be right any more.
    NotVerified(Speaker),
    /// Somebody has another name here.
    Petname {
        /// Who, by the name before.
        who: Speaker,
        /// The name.
        petname: String,
    },
    /// Somebody has their own name again.
    NoPetname(Speaker),
    /// Nothing of somebody is wanted any more.
    Ignored(Speaker),
    /// Somebody is heard again.
    NotIgnored(Speaker),
    /// Somebody gets the secret of a room.
    HandedOn {
        /// Whom, as named.
        name: String,
        /// Which room.
        room: RoomName,
    },
    /// The history has nothing of what was asked for.
    NothingFound(RoomName),
    /// Which rooms go through a broker, and how they stand.
    Brokers(Vec<CarrierNews>),
    /// A file or folder is offered now.
    Offered {
        /// Which.
        offer: Box<OfferTold>,
        /// What of a folder is left out.
        skipped: Vec<String>,
    },
    /// The author of an offer is told that it is not wanted.
    DeclinedOffer(Box<OfferTold>),
    /// In the words of whoever has the answer.
    Words(String),
}
