//! What there is to know of the network: of this machine's own, and of those who should be heard by it.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::chat::api::talk::Speaker;
use crate::chat::keys::secret::RoomName;

/// How the network is. A cause is named only where there is evidence of it: silence is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkNotice {
    /// An interface of this machine is another one than it was.
    Link {
        /// Its name.
        name: String,
        /// What became of it.
        change: LinkChange,
    },
    /// So many more are.
    MoreLinks {
        /// How many.
        count: usize,
    },
    /// The address that the session is bound to.
    Bound {
        /// Which.
        address: IpAddr,
        /// The machine has it again; else not any more.
        is_there: bool,
    },
    /// A firewall of this machine drops what comes in by one of its interfaces.
    InputDropped {
        /// The name of the interface.
        interface: String,
        /// To these UDP ports.
        ports: Vec<u16>,
        /// In this family alone; `None`: in each.
        family: Option<Family>,
    },
    /// Somebody is heard who does not hear this instance.
    Deaf {
        /// In which room.
        room: RoomName,
        /// Who.
        who: Speaker,
    },
    /// This instance was not there for a while.
    Away {
        /// For how long.
        span: Duration,
        /// The machine slept; else the program was stopped.
        is_asleep: bool,
    },
    /// A room whose secret is a passphrase goes through a broker, which can guess it.
    BrokerGuesses {
        /// Which.
        room: RoomName,
        /// The host of the broker.
        host: String,
    },
    /// An open room goes through no broker.
    BrokerOpen {
        /// Which.
        room: RoomName,
        /// The host of the broker that was chosen.
        host: String,
    },
    /// More people than it is made for are in a room at its broker.
    BrokerCrowded {
        /// In which room.
        room: RoomName,
        /// How many.
        people: usize,
    },
    /// Nobody answers at an address that the user named.
    Silent {
        /// Where.
        address: SocketAddr,
        /// What the network says of it; `None`: nothing.
        why: Option<Undelivered>,
    },
}

/// A family of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

/// What became of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkChange {
    /// It is off, or has no carrier: nothing leaves by it.
    Down,
    /// It has no address any more.
    NoAddress,
    /// It is not there any more.
    Gone,
    /// Others can be reached by it.
    Up {
        /// Its address, where it has one beyond the cable yet.
        address: Option<IpAddr>,
    },
    /// It has another address than before.
    Moved {
        /// Which.
        address: IpAddr,
    },
}

/// Why a datagram did not arrive, as far as the system says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undelivered {
    /// No program listens on the port, or a firewall says so in its place.
    Refused,
    /// A firewall on the way says that it forbids it.
    Forbidden {
        /// Which.
        by: IpAddr,
    },
    /// Nobody on this network has the address.
    NoNeighbour,
    /// The machine cannot be reached, says a router.
    HostUnreachable,
    /// There is no way to its network.
    NetworkUnreachable,
    /// A firewall of this machine forbids it.
    NotPermitted,
    /// A firewall of this machine forbids sending to everybody by this interface.
    NotPermittedOn(String),
    /// A route of this machine forbids it.
    Prohibited,
    /// The datagram is larger than the way there allows.
    TooLarge,
    /// Anything else, in the system's words.
    Other(String),
}

impl Undelivered {
    /// Whether nobody is at the address, so that another one may be the right one. What this machine forbids or cannot
    /// carry says nothing of the address.
    pub fn is_absence(&self) -> bool {
        use Undelivered::{Forbidden, HostUnreachable, NetworkUnreachable, NoNeighbour, Refused};
        matches!(self, Refused | Forbidden { .. } | NoNeighbour | HostUnreachable | NetworkUnreachable)
    }
}
