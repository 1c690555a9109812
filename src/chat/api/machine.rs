//! The contract between the core and what drives it: inputs in, outputs out.

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::chat::api::carrier::{BrokerInput, BrokerJob};
use crate::chat::api::command::Request;
use crate::chat::api::disk::{DiskDone, DiskJob};
use crate::chat::api::ending::Ending;
use crate::chat::api::event::{Event, Listening};
use crate::chat::api::finding::MachineReport;
use crate::chat::api::network_notice::Undelivered;
use crate::chat::api::refusal::Refusal;
use crate::chat::api::requester::{Client, Requester};
use crate::chat::api::run::RunOutcome;
use crate::chat::api::talk::Conversation;
use crate::chat::base::address::PeerName;
use crate::chat::base::broker_url::BrokerUrl;
use crate::chat::base::line::{BadLine, Line};
use crate::chat::base::time::{Moment, Now};
use crate::chat::files::supply::DatagramRun;
use crate::chat::keys::keychain::Keychain;
use crate::chat::keys::phrase::Unlock;
use crate::chat::keys::secret::RoomName;
use crate::chat::log::records::{Memory, Recall, Record};
use crate::chat::wire::carried::CameBy;
use crate::chat::wire::letterbox::Letterbox;

/// A session without any I/O. The shell drives it:
///
/// 1. [`handle`](Self::handle) takes one input, changes state and queues outputs. It cannot fail, and no bytes make it
///    panic.
/// 2. [`poll`](Self::poll) hands the outputs out in order until `None`. It changes nothing else.
/// 3. [`deadline`](Self::deadline) says when it next wants an [`Input::Tick`]. After a tick it is strictly later.
/// 4. [`takes_input`](Self::takes_input) says whether lines may be read from standard input.
/// 5. After [`Output::Exit`] every input is ignored.
///
/// Bytes go in and bytes come out; time comes with each input, randomness with the construction. The same inputs give the
/// same outputs to the byte.
pub trait Machine {
    /// Takes one input.
    fn handle(&mut self, input: Input<'_>, now: Now);

    /// The next thing to do.
    fn poll(&mut self) -> Option<Output>;

    /// When the next tick is wanted, and what for.
    fn deadline(&self) -> Option<(Moment, Reason)>;

    /// Whether lines are taken now.
    fn takes_input(&self) -> bool;

    /// Whether commands of this client, which is not standard input, are taken now.
    fn takes_commands(&self, _of: Client) -> bool {
        false
    }

    /// Does one piece of the work on transfers, behind all inputs: it may be put off as long as the network takes nothing.
    fn advance(&mut self, _now: Now) -> Advance {
        Advance::Idle
    }

    /// Whether a datagram that the network does not take now is to wait for it. A protocol that heals needs no such thing.
    fn is_patient(&self) -> bool {
        false
    }
}

/// What can happen.
#[derive(Debug)]
pub enum Input<'a> {
    /// A datagram came.
    Datagram {
        /// Its sender's address.
        from: SocketAddr,
        /// Whom it was sent to.
        way: Way,
        /// Its payload.
        bytes: &'a [u8],
    },
    /// Somebody drives the session from now on: standard input and output first.
    Attach {
        /// Who.
        client: Client,
        /// Where the session is heard.
        listening: Listening,
    },
    /// A line was read.
    Line(Line),
    /// A command was given.
    Request(Request),
    /// What was to be a command is none.
    Refused {
        /// Who gave it.
        requester: Requester,
        /// What is wrong with it.
        why: Refusal,
    },
    /// What is remembered of a room that is to be joined: see [`Output::Enter`].
    Enter {
        /// Which.
        room: RoomName,
        /// Its secrets; `None`: it is open.
        keychain: Option<Keychain>,
        /// What is remembered.
        memory: Box<Memory>,
        /// The same, as far as it came under each of its former secrets.
        former: Vec<Memory>,
    },
    /// What private messages are opened with from now on: see [`Output::RenewPrekey`].
    Letterbox(Letterbox),
    /// A room that was to be joined is not.
    NotEntered {
        /// Which.
        room: RoomName,
        /// Why; `None`: the user thought better of it.
        why: Option<String>,
    },
    /// Everything read so far was handed over.
    Paused {
        /// The beginning of a line is among it, and not yet its end.
        begun: bool,
    },
    /// Standard input has ended.
    End,
    /// Nobody reads standard output any more.
    OutputClosed,
    /// A datagram to this address did not arrive.
    Undelivered {
        /// The address.
        to: SocketAddr,
        /// As far as the system says.
        why: Undelivered,
    },
    /// The user or the system wants an end.
    Leave(Ending),
    /// This is to be said as one message, whatever it looks like.
    Say(Result<String, BadLine>),
    /// What is typed goes here from now on.
    Choose(Conversation),
    /// A peer that was named has this address.
    Peer(SocketAddr),
    /// Datagrams are not taken for now, for nobody reads what they would show; or they are taken again.
    Backpressure(bool),
    /// An interface or an address came or went.
    NetworkChanged {
        /// Other machines can be reached at all.
        has_network: bool,
        /// By a way that was not there before.
        is_more: bool,
    },
    /// The program runs again, after a while in which it did not. It comes before whatever that brought.
    Woke {
        /// For so long the machine slept, and the monotonic clock stood still.
        slept: Duration,
        /// For so long the program was stopped.
        stopped: Duration,
    },
    /// What was to be kept up to the [`Output::Commit`] of this number is on disk, or never will be, which the user is told.
    Committed(u64),
    /// The disk has done something for files: see [`Output::Disk`].
    Disk(DiskDone),
    /// What this machine finds out about its network: see [`Output::Examine`].
    Examined(MachineReport),
    /// Something came of the connection to a broker: see [`Output::Broker`].
    Broker(Arc<BrokerUrl>, BrokerInput<'a>),
    /// What was run for this address has ended: see [`Output::Run`].
    Ran {
        /// The address.
        from: SocketAddr,
        /// What came of it.
        outcome: RunOutcome,
    },
    /// Time has passed.
    Tick,
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// Keep this on disk, soon.
    Store(Record),
    /// What is to be kept so far is to be on disk now; [`Input::Committed`] with this number says that it is. They rise.
    Commit(u64),
    /// Look something up in what is kept, show it, and answer whoever asked where it has a ticket.
    Recall(Recall, Requester),
    /// Look up what is remembered of this room, and its secret, and hand it in as [`Input::Enter`].
    Enter(RoomName, Unlock),
    /// Keep these secrets of a room, before anything that follows.
    KeepSecret(Keychain),
    /// Make another prekey, keep it, and hand it in as [`Input::Letterbox`].
    RenewPrekey,
    /// Send this datagram. Where that fails, an [`Input::Undelivered`] says so.
    Send {
        /// The receivers.
        to: To,
        /// The payload.
        datagram: Rc<[u8]>,
    },
    /// Do this at a broker; what comes of it is an [`Input::Broker`].
    Broker(Arc<BrokerUrl>, BrokerJob),
    /// Run the command that answers, with this datagram as its input. Its end is an [`Input::Ran`].
    Run {
        /// Who sent it. For one address no other command runs meanwhile.
        from: SocketAddr,
        /// The payload.
        datagram: Box<[u8]>,
    },
    /// Look up this peer, and hand in each of its addresses as [`Input::Peer`].
    Reach(PeerName),
    /// Tell whoever asks how one is reached.
    ReportNetwork(Requester),
    /// Find out what this machine can about its network, and hand it in as [`Input::Examined`].
    Examine(ExamineJob),
    /// Read the configuration again, and let the screen follow it.
    Reload,
    /// Do this for files; what comes of it is an [`Input::Disk`].
    Disk(DiskJob),
    /// Show this to the user.
    Show(Event),
    /// End the program. Nothing follows.
    Exit(Ending),
}

/// What is to be found out about the network of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExamineJob {
    /// By which interface each of these is reached.
    pub peers: Vec<SocketAddr>,
    /// All that there is to find; else only that.
    pub is_whole: bool,
}

/// What came of a piece of work on transfers.
#[derive(Debug, PartialEq, Eq)]
pub enum Advance {
    /// There is nothing to do.
    Idle,
    /// Something was done, and there may be outputs.
    Done,
    /// These are to be sent there.
    Send(SocketAddr, DatagramRun),
}

/// Whom a datagram is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum To {
    /// One address.
    Address(SocketAddr),
    /// Everybody on our networks: once by each interface that can.
    Lan,
    /// Everybody on our networks but this one, which has it already.
    LanBeyond(Network),
    /// Everybody who is reached through the broker of the room.
    Afar,
}

impl From<SocketAddr> for To {
    fn from(address: SocketAddr) -> Self {
        Self::Address(address)
    }
}

/// Whom a datagram that came was sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// This program alone.
    Unicast,
    /// Everybody on a network of this machine: on this one, where that is known.
    Multicast(Option<Network>),
    /// Everybody who listens to a broker, or this program alone, as is authenticated with it.
    Afar(CameBy),
}

impl Way {
    /// Whether it was for everybody.
    pub fn is_multicast(self) -> bool {
        matches!(self, Self::Multicast(_))
    }
}

/// One of the networks that this machine is on. The number tells two of them apart, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Network(pub u32);

/// What a deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Answers to the last line may still come.
    Linger,
    /// The message of `--expect` must have come.
    Expect,
    /// Somebody must have written.
    FirstWriter,
    /// Whoever was named must have answered.
    NamedPeer,
    /// So many others must be there.
    Peers,
    /// It has to say that nobody was heard.
    Alone,
    /// The next goodbye is to be said.
    Goodbye,
    /// The next beacon is to be sent.
    Beacon,
    /// Somebody was silent too long.
    Lost,
    /// A receipt is owed.
    Receipt,
    /// Somebody is to be reminded of what it lacks.
    Reminder,
    /// Somebody is to be asked for what is missing.
    Repair,
    /// What nobody has is given up.
    GiveUp,
    /// What is held is to be compared.
    Compare,
    /// Something is to be passed on.
    Relay,
    /// Something is to be said at a broker.
    Afar,
    /// Something was held back long enough.
    Show,
    /// It must be said what became of a line.
    Verdict,
    /// More may leave now.
    Flow,
    /// A prekey is old enough to be replaced.
    Prekey,
    /// A secret that was replaced is not listened to any more.
    Former,
    /// Whoever is to be told something alone must have come.
    Recipient,
    /// The next datagram may be answered.
    Run,
    /// A transfer goes on.
    Transfer,
    /// The network is examined.
    Examination,
}
