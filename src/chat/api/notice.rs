//! What there is to know beside what is said: the user's part of what goes on.

use std::net::SocketAddr;

use crate::chat::api::answer::Confirmation;
use crate::chat::api::network_notice::{NetworkNotice, Undelivered};
use crate::chat::api::run::NoAnswer;
use crate::chat::api::talk::Speaker;
use crate::chat::base::address::PeerName;
use crate::chat::base::broker_url::BrokerUrl;
use crate::chat::base::charset::Charset;
use crate::chat::base::time::Wall;
use crate::chat::keys::secret::RoomName;

/// Something to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The usual port was taken and none was asked for, so another one is used.
    PortTaken {
        /// The usual port.
        wanted: u16,
        /// The program that has it, where that can be told.
        holder: Option<String>,
        /// The port that is used.
        used: u16,
    },
    /// Input is not read, because nobody is known who could be sent a line.
    NobodyYet,
    /// No peer was named: lines go to this address from now on, which wrote last.
    Target(SocketAddr),
    /// This peer writes another charset than the session and is answered in it.
    AnsweredIn {
        /// The peer.
        peer: SocketAddr,
        /// Its charset.
        charset: Charset,
    },
    /// A named peer is tried at its next address.
    NextAddress {
        /// The name as given.
        name: String,
        /// The address that cannot be reached.
        failed: SocketAddr,
        /// As far as the system says.
        why: Undelivered,
        /// The address that lines go to from now on, those just refused included.
        next: SocketAddr,
    },
    /// Datagrams to this peer did not arrive.
    Undelivered {
        /// The peer.
        to: SocketAddr,
        /// Why the last of them did not.
        why: Undelivered,
        /// How many since it was last told.
        times: u64,
    },
    /// Something about secrets and keys.
    Secrecy(Secrecy),
    /// A room was left.
    Left {
        /// Which.
        room: RoomName,
    },
    /// A room is joined.
    You {
        /// What one is called there.
        nick: String,
        /// Which.
        room: RoomName,
        /// Only who has its secret reads it.
        is_sealed: bool,
    },
    /// Somebody else has one's name, so that others may see one with a tag.
    SeenAs {
        /// Where.
        room: RoomName,
        /// How.
        me: Speaker,
    },
    /// Another instance uses the profile: this one has a key for the time being.
    SecondWindow {
        /// What one is called here.
        nick: String,
        /// The port.
        port: u16,
    },
    /// The address of a peer that was named is not known yet.
    UnknownPeer {
        /// As it was named.
        name: String,
    },
    /// A peer is reached by unicast from now on.
    Reaching {
        /// Where.
        address: SocketAddr,
    },
    /// A peer cannot be reached.
    NoPeer {
        /// As it was named.
        name: String,
        /// Why, in words.
        why: String,
    },
    /// How the network of this machine is.
    Network(NetworkNotice),
    /// What was to be sent is empty.
    NothingSent,
    /// The user leaves, and somebody has not confirmed some of what they said.
    LeftUnconfirmed {
        /// How many messages.
        messages: usize,
        /// They are said again at the next start.
        is_kept: bool,
    },
    /// Nobody was heard in the first seconds.
    NobodyHeard {
        /// Where.
        room: RoomName,
    },
    /// So many entries of somebody are not to be had any more.
    Missing {
        /// Where.
        room: RoomName,
        /// Whose.
        who: Speaker,
        /// How many.
        entries: u64,
    },
    /// So many entries of one's own did not reach somebody who was here, and are not kept any more.
    Lost {
        /// Where.
        room: RoomName,
        /// Whom.
        who: Speaker,
        /// How many.
        entries: u64,
    },
    /// Many came or left at once.
    Crowd {
        /// Where.
        room: RoomName,
        /// How many came.
        joined: usize,
        /// How many left or were lost.
        left: usize,
        /// How many are here now.
        present: usize,
    },
    /// Somebody signs with our key in our run: a copy of this machine.
    Cloned,
    /// Plain datagrams came faster than they are shown.
    PlainDropped {
        /// How many were not shown.
        datagrams: u64,
    },
    /// The history cannot be written for now: what is said is kept in memory alone.
    HistoryOff {
        /// In the system's words.
        why: String,
    },
    /// No socket is there for programs that would drive the session.
    NotDriven {
        /// In the system's words.
        why: String,
    },
    /// The program of `--exec` has ended, and is started again.
    BotEnded {
        /// Which.
        command: String,
        /// How, in the system's words.
        status: String,
    },
    /// Datagrams were not answered by the command of `--exec`.
    Unanswered {
        /// Who sent the last of them.
        from: SocketAddr,
        /// Why that one was not.
        why: NoAnswer,
        /// How many since it was last told.
        times: u64,
    },
    /// What happens can no longer be written down.
    LogOff {
        /// In the system's words.
        why: String,
    },
    /// It can be written again, and everything that waited was.
    HistoryAgain {
        /// What found no room while it waited.
        lost: u64,
    },
    /// The history could not be read: it is kept under another name, and a new one was begun.
    HistoryAside {
        /// What is wrong with it.
        why: String,
        /// Where it is now.
        aside: String,
    },
    /// There was more backlog than a screen is for.
    Folded {
        /// Where.
        room: RoomName,
        /// How many messages are not shown.
        messages: u64,
    },
    /// The answer to a command.
    Answer(Confirmation),
    /// Nobody reads standard output: messages are dropped until somebody does.
    OutputStalled,
    /// Standard output is read again.
    Dropped {
        /// How many messages were dropped meanwhile.
        records: u64,
    },
}

/// Something to know about secrets and keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secrecy {
    /// An invitation names addresses at which others of the room are reached. Nobody was asked whether to use them.
    WaysIn {
        /// Of which room.
        room: RoomName,
        /// Which.
        ways: Vec<PeerName>,
    },
    /// An invitation names a broker through which the room is reached, too. Nobody was asked whether to use it.
    BrokerIn {
        /// Of which room.
        room: RoomName,
        /// Which.
        broker: BrokerUrl,
    },
    /// A passphrase is easy to guess.
    WeakPassphrase {
        /// Of which room.
        room: RoomName,
        /// The guesses that it takes, as a power of two.
        bits: u32,
        /// What makes it weak, where that can be told.
        why: Option<String>,
    },
    /// One is alone, and somebody here uses keys that are not known.
    OtherKey {
        /// Where one is alone.
        room: RoomName,
        /// Only who has its secret reads it.
        is_sealed: bool,
        /// Others are in the open room of this name.
        is_open_there: bool,
    },
    /// The profile keeps another secret of the room than the one that was given.
    OtherKept {
        /// Of which room.
        room: RoomName,
    },
    /// The secret in use is newer than the one that was given.
    NewerSecret {
        /// Of which room.
        room: RoomName,
    },
    /// A secret cannot be kept: it is known until the session ends.
    SecretNotKept {
        /// Of which room; `None`: those for private messages.
        room: Option<RoomName>,
        /// In the system's words.
        why: String,
    },
    /// Somebody cannot open a private message of ours any more.
    Unreadable {
        /// Where it was sent.
        room: RoomName,
        /// Who.
        who: Speaker,
    },
    /// Another instance signs with our key.
    OwnKeyElsewhere {
        /// Where it is heard.
        room: RoomName,
        /// At which address.
        address: Option<SocketAddr>,
    },
    /// A room has another secret.
    Renewed {
        /// Which.
        room: RoomName,
        /// Who gave it; `None`: we did.
        by: Option<Speaker>,
        /// To whom it was given, where we gave it.
        members: Vec<Speaker>,
    },
    /// Somebody says that a room has had another secret than ours.
    Moved {
        /// Which.
        room: RoomName,
        /// Who says so.
        by: Speaker,
        /// Since when, by that.
        since: Wall,
    },
    /// Somebody is here under a former secret.
    Behind {
        /// Of which room.
        room: RoomName,
        /// Who, with the tag.
        who: Speaker,
        /// What they call themselves.
        nick: String,
        /// They were not to have the one in use.
        is_left_out: bool,
        /// Who was not, as far as they are known.
        left_out: Vec<Speaker>,
    },
    /// The secret before the one in use is not listened to any more.
    FormerOver {
        /// Of which room.
        room: RoomName,
    },
}

impl From<Secrecy> for Notice {
    fn from(secrecy: Secrecy) -> Self {
        Self::Secrecy(secrecy)
    }
}

impl From<NetworkNotice> for Notice {
    fn from(notice: NetworkNotice) -> Self {
        Self::Network(notice)
    }
}
