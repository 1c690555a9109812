//! What there is to tell: messages, notices, faults, the end. Values only; `view` gives them words.

use std::borrow::Cow;
use std::net::SocketAddr;

use crate::chat::api::answer::{Answer, Membership};
use crate::chat::api::carrier::CarrierNews;
use crate::chat::api::ending::Ending;
use crate::chat::api::finding::Finding;
use crate::chat::api::notice::Notice;
use crate::chat::api::refusal::Refusal;
use crate::chat::api::requester::{Client, Requester};
use crate::chat::api::talk::{Change, Conversation, Delivery, InstanceKind, MessageBody, MessageId, Said, Speaker};
use crate::chat::api::transfers::TransferTold;
use crate::chat::base::charset::Charset;
use crate::chat::base::metrics::Trace;
use crate::chat::base::time::Wall;
use crate::chat::keys::secret::RoomName;

/// Where a session is heard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listening {
    /// The bound addresses, IPv4 first.
    pub bound: Vec<SocketAddr>,
    /// Where they are of no one interface: the address that others may be told.
    pub main: Option<MainAddress>,
}

/// The address by which this machine reaches most of the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MainAddress {
    /// With the port.
    pub address: SocketAddr,
    /// Whose it is.
    pub interface: String,
    /// Others lead out, too.
    pub has_others: bool,
}

/// One thing to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The sockets are bound: the first event for everybody who drives a session.
    Ready {
        /// Who is told.
        to: Client,
        /// Where one is heard.
        listening: Listening,
        /// Who one is, and in which rooms; nobody in plain.
        me: Option<Membership>,
    },
    /// A plain datagram came.
    Message(Message),
    /// Somebody said something in a room.
    Said(Said),
    /// Somebody came, left or is called something else.
    Peer {
        /// Where.
        room: RoomName,
        /// Who, by the name that holds from now on.
        who: Speaker,
        /// What happened.
        change: Change,
        /// What that instance is here for.
        kind: InstanceKind,
    },
    /// What became of something one said.
    Delivery(Delivery),
    /// How a room stands at its broker.
    Carrier(CarrierNews),
    /// One said something oneself. Told to the live screen alone, as the next five.
    Wrote {
        /// Where.
        to: Conversation,
        /// What one is called there.
        who: Speaker,
        /// What.
        words: MessageBody,
        /// When.
        sent: Wall,
        /// What a verdict on it knows it by; none of a topic, and in plain, where nobody confirms.
        id: Option<MessageId>,
    },
    /// How things stand in a room, told whenever that changes.
    Standing {
        /// Which.
        room: RoomName,
        /// Who is here beside oneself, at most [`HERE_NAMED_MAX`](crate::chat::base::limits::HERE_NAMED_MAX) of them.
        here: Vec<Speaker>,
        /// What these call themselves, whatever they are called here.
        nicks: Vec<String>,
        /// How many are.
        count: usize,
        /// What one is called.
        me: Speaker,
        /// One has said to be away.
        is_away: bool,
        /// Only who has its secret reads it.
        is_sealed: bool,
        /// What it is about, where somebody has said so.
        topic: Option<String>,
    },
    /// What is typed goes here from now on.
    Target {
        /// Where. A room may still be waited for: a target after it that comes before its [`Notice::You`] says that it is
        /// not joined.
        to: Conversation,
    },
    /// One talks no more with somebody alone.
    Closed(Conversation),
    /// How a plain session stands.
    PlainStanding(PlainStanding),
    /// This was typed for a room that is not joined, and is not said.
    GivenBack {
        /// What.
        text: String,
        /// It was pasted, or has several parts: it is no command.
        is_text: bool,
    },
    /// The user wants something of the screen itself.
    Display(Display),
    /// A word is to ring as one's own name does, or not any more; `None`: which do is asked.
    Highlight(Option<String>),
    /// Something happened to an offer or a transfer.
    Transfer(Box<TransferTold>),
    /// Something to know. Nothing was lost by it that is not counted in it.
    Notice(Notice),
    /// The answer to a command.
    Answer(Answer),
    /// Something that an examination of the network found.
    Finding {
        /// Who wanted it.
        to: Requester,
        /// What.
        finding: Finding,
    },
    /// Something failed, and what.
    Fault(Fault),
    /// Something that only whoever looks closely is told.
    Trace(Trace),
    /// The last event.
    Exit(Ending),
}

/// How a plain session stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlainStanding {
    /// To whom the next line goes.
    pub to: Vec<SocketAddr>,
    /// They were named; else it is whoever wrote last.
    pub is_named: bool,
    /// Datagrams that left.
    pub sent: u64,
    /// Datagrams that came.
    pub received: u64,
    /// Datagrams that did not arrive, as far as the system says.
    pub undelivered: u64,
}

impl Event {
    /// Whether only a live screen is told it.
    pub fn is_of_screen(&self) -> bool {
        matches!(
            self,
            Self::Wrote { .. }
                | Self::Standing { .. }
                | Self::Target { .. }
                | Self::Closed(_)
                | Self::PlainStanding(_)
                | Self::GivenBack { .. }
                | Self::Display(_)
                | Self::Highlight(_)
        )
    }

    /// Whom alone it is for; `None`: everybody who drives the session.
    pub fn recipient(&self) -> Option<Client> {
        match self {
            Self::Ready { to, .. } => Some(*to),
            Self::Answer(answer) => Some(answer.to.client),
            Self::Finding { to, .. } => Some(to.client),
            Self::Fault(Fault::Line { requester, .. }) => Some(requester.client),
            _ => None,
        }
    }
}

/// What can be wanted of a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Display {
    /// The list of keys.
    Keys,
    /// An empty screen; what was on it stays in the scrollback.
    Clear,
    /// Only the conversation one types into.
    Only,
    /// All conversations again.
    All,
}

/// One datagram of the plain dialect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The address it came from; nothing proves who is there.
    pub from: SocketAddr,
    /// What it says.
    pub content: Content,
    /// When it was received.
    pub received: Wall,
}

/// The payload of a message without its trailing newline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Text, exactly as it came: not yet safe for a terminal.
    Text {
        /// May hold newlines and anything else.
        text: String,
        /// What it was written in.
        charset: Charset,
    },
    /// Bytes that are no text in any charset that was tried.
    Bytes(Vec<u8>),
}

impl Content {
    /// What it says, as far as it is text.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text { text, .. } => Cow::Borrowed(text),
            Self::Bytes(bytes) => String::from_utf8_lossy(bytes),
        }
    }
}

/// Something failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A line was not sent, or not to everybody. The rest still is.
    Line {
        /// Whose.
        requester: Requester,
        /// What is wrong with it.
        why: Refusal,
    },
    /// The program cannot go on: one sentence.
    Fatal(String),
}
