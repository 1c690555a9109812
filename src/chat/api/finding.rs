//! What an examination of the network finds: facts, each with how good it is.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::chat::api::carrier::{CarrierNews, CarrierState};
use crate::chat::api::network_notice::{Family, Undelivered};
use crate::chat::api::talk::Speaker;
use crate::chat::keys::secret::RoomName;

/// What this machine finds out about its own network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MachineReport {
    /// In the order in which they are told; `None`: they were not asked for.
    pub findings: Option<Vec<Finding>>,
    /// The interface by which each of the peers asked about is reached.
    pub interfaces: BTreeMap<SocketAddr, String>,
    /// Those of them that are on this machine.
    pub here: BTreeSet<SocketAddr>,
}

/// How good a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// As it should be.
    Ok,
    /// Nothing proves that it is good or bad.
    Unknown,
    /// It may be in the way.
    Warn,
    /// It is in the way.
    Fail,
}

/// One thing that was found. Every cause is named on evidence: what is not known is [`Grade::Unknown`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Where the session is heard.
    Listening {
        /// The bound addresses.
        addresses: Vec<SocketAddr>,
        /// The usual port is not among them, for this program has it.
        holder: Option<String>,
    },
    /// An interface of this machine.
    Interface(InterfaceFinding),
    /// No interface leads to other machines.
    NoNetwork,
    /// What comes in by an interface comes to the session.
    InputOpen {
        /// The name of the interface.
        interface: String,
        /// To these UDP ports.
        ports: Vec<u16>,
    },
    /// A firewall of this machine drops what comes in by an interface.
    InputDropped {
        /// The name of the interface.
        interface: String,
        /// To these UDP ports.
        ports: Vec<u16>,
        /// In this family alone; `None`: in each.
        family: Option<Family>,
        /// What a firewall of this machine is set with, where that is known.
        firewall: Option<FirewallTool>,
    },
    /// Two interfaces are in one subnet: answers may leave by the other one.
    SharedSubnet {
        /// Their names.
        interfaces: [String; 2],
    },
    /// The machine is inside another one.
    Enclosed(Enclosure),
    /// What every network has was asked for by multicast.
    Multicast {
        /// Which.
        protocol: Discovery,
        /// Who answered, and by which interface; `None`: nobody.
        by: Option<(IpAddr, String)>,
    },
    /// The clocks of the others differ from this machine's by more than ten minutes.
    Clock {
        /// By so many milliseconds theirs are ahead.
        ahead_ms: i64,
    },
    /// Somebody is heard in a room.
    Here {
        /// Which.
        room: RoomName,
        /// Some of them.
        who: Vec<Speaker>,
        /// How many they are.
        count: usize,
    },
    /// Nobody was heard in a room.
    Nobody {
        /// Which.
        room: RoomName,
        /// For how long.
        span: Duration,
        /// And nobody else is reached.
        is_alone: bool,
    },
    /// Another examination is heard: the network passes, and nobody is there yet.
    Doctors {
        /// How many.
        count: usize,
    },
    /// So many more are heard, and were not asked for answers.
    NotAsked {
        /// How many.
        count: usize,
    },
    /// Somebody is heard who does not say that it hears this session.
    Unlisted {
        /// In which room.
        room: RoomName,
        /// Who.
        who: Speaker,
        /// It had the time to.
        is_sure: bool,
    },
    /// Somebody is heard who says that it hears this session, and answers nothing that is sent to it alone.
    Unanswering {
        /// In which room.
        room: RoomName,
        /// Who.
        who: Speaker,
    },
    /// Others are heard in rooms, or under keys, that this session does not have.
    OtherKeys {
        /// How many.
        count: usize,
    },
    /// Somebody speaks another version of the protocol.
    OtherVersion {
        /// Which.
        version: u8,
    },
    /// Programs that speak plain text are heard.
    Plain {
        /// How many.
        count: usize,
    },
    /// Somebody was asked for an answer.
    Reach(Box<Reached>),
    /// How a room stands at its broker.
    Carrier(CarrierNews),
    /// Somebody is heard only through somebody else.
    Through {
        /// Who.
        who: Speaker,
        /// Through whom.
        via: Speaker,
    },
}

/// An interface of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceFinding {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: InterfaceKind,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// It is on and has a carrier.
    pub is_up: bool,
    /// The default route leads out by it.
    pub is_main: bool,
    /// It leads to other machines.
    pub leads_out: bool,
    /// The families in which others are found by it.
    pub groups: Vec<Family>,
    /// The families in which it has an address, and others are not found.
    pub lacking: Vec<Family>,
    /// This machine does not let multicast leave by it.
    pub refused: Option<Undelivered>,
}

/// What an interface is, as far as the system says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InterfaceKind {
    /// It never leaves the machine.
    Loopback,
    /// A radio.
    WiFi,
    /// A tunnel, such as a VPN.
    Tunnel,
    /// To containers and virtual machines of this machine alone.
    Inside,
    /// A port of a bridge.
    BridgePort,
    /// A cable, or anything else.
    Other,
}

/// What the machine is inside of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enclosure {
    /// A container.
    Container,
    /// The Windows Subsystem for Linux.
    Wsl,
}

/// What a firewall is set with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirewallTool {
    /// `ufw`.
    Ufw,
    /// `firewall-cmd`.
    Firewalld,
    /// `nft`.
    Nft,
}

/// What devices in most networks answer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Discovery {
    /// Multicast DNS (RFC 6762).
    Mdns,
    /// The Simple Service Discovery Protocol (of `UPnP`).
    Ssdp,
}

/// What came of asking somebody for answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// Who is there, as far as that is known.
    pub who: Option<Speaker>,
    /// Where.
    pub address: SocketAddr,
    /// The user named that address.
    pub is_named: bool,
    /// It is on this machine: nothing of the network is proven by it.
    pub is_here: bool,
    /// Only an examination runs there.
    pub is_doctor: bool,
    /// A fault of this machine is the reason.
    pub is_explained: bool,
    /// By which interface.
    pub interface: Option<String>,
    /// What came.
    pub trips: RoundTrips,
    /// How many of its beacons came by multicast, of how many that it has sent.
    pub multicasts: Option<(u32, u32)>,
    /// What the network says of it.
    pub why: Option<Undelivered>,
    /// Whoever is there is heard in a room, or under a key, that this session does not have.
    pub has_other_key: bool,
}

/// Answers, each with the time that it took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoundTrips {
    /// So many times it was asked.
    pub asked: usize,
    /// What came, in its order.
    pub answers: Vec<Duration>,
}

impl RoundTrips {
    /// It was asked as often, and nothing came.
    #[must_use]
    pub fn without_answers(&self) -> Self {
        Self { asked: self.asked, answers: Vec::new() }
    }
}

/// What all findings together mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Diagnosis {
    /// Somebody, and everybody who was named, is reached both ways.
    BothWays,
    /// The same, and somebody else who is heard is not.
    SomeBothWays,
    /// Somebody is heard, but not both ways, or not everybody who was named.
    NotBothWays,
    /// Nobody is heard, and no fault of this machine was found.
    Nobody,
    /// A fault of this machine was found.
    Fault,
}

impl Finding {
    /// How good it is.
    pub fn grade(&self) -> Grade {
        match self {
            Self::Listening { .. } | Self::InputOpen { .. } | Self::Here { .. } | Self::Through { .. } => Grade::Ok,
            Self::Carrier(CarrierNews { state: CarrierState::Up, .. }) => Grade::Ok,
            Self::Carrier(CarrierNews { state: CarrierState::Connecting, .. }) => Grade::Unknown,
            Self::Carrier(_) => Grade::Warn, // the network here goes on
            Self::Interface(interface) => interface.grade(),
            Self::InputDropped { family: Some(_), .. } => Grade::Warn, // the other one passes
            Self::NoNetwork | Self::InputDropped { .. } | Self::Unlisted { is_sure: true, .. } => Grade::Fail,
            Self::Unanswering { .. } => Grade::Fail,
            Self::Multicast { by, .. } => by.as_ref().map_or(Grade::Unknown, |_| Grade::Ok),
            Self::Plain { .. } | Self::Doctors { .. } | Self::NotAsked { .. } => Grade::Ok,
            Self::Nobody { is_alone: false, .. } => Grade::Unknown,
            Self::Enclosed(_) | Self::Unlisted { is_sure: false, .. } => Grade::Unknown,
            Self::SharedSubnet { .. }
            | Self::Clock { .. }
            | Self::Nobody { .. }
            | Self::OtherKeys { .. }
            | Self::OtherVersion { .. } => Grade::Warn,
            Self::Reach(reached) => match (reached.trips.answers.len(), reached.trips.asked) {
                (0, _) => Grade::Fail,
                (came, asked) if came < asked => Grade::Warn,
                _ => Grade::Ok,
            },
        }
    }

    /// Whether it is a fault of this machine.
    pub fn is_own_fault(&self) -> bool {
        let is_of_machine = matches!(self, Self::NoNetwork | Self::InputDropped { .. } | Self::Interface(_));
        is_of_machine && self.grade() == Grade::Fail
    }

    /// Whether it says that somebody is heard.
    fn is_of_somebody(&self) -> bool {
        matches!(self, Self::Here { .. } | Self::Unlisted { .. } | Self::Unanswering { .. } | Self::Through { .. })
    }
}

impl Reached {
    /// This came from there, and nothing else is known.
    pub fn of(address: SocketAddr, trips: RoundTrips) -> Self {
        Self {
            who: None,
            address,
            is_named: false,
            is_here: false,
            is_doctor: false,
            is_explained: false,
            interface: None,
            trips,
            multicasts: None,
            why: None,
            has_other_key: false,
        }
    }
}

impl InterfaceFinding {
    fn grade(&self) -> Grade {
        match &self.refused {
            Some(_) => Grade::Fail,
            None if self.leads_out && !self.lacking.is_empty() => Grade::Warn,
            None if !self.is_up || self.addresses.is_empty() => Grade::Warn,
            None => Grade::Ok,
        }
    }
}

/// What the findings mean together.
pub fn verdict(findings: &[Finding]) -> Diagnosis {
    let reached =
        || findings.iter().filter_map(|finding| if let Finding::Reach(it) = finding { Some(it) } else { None });
    let answers = |reached: &Reached| !reached.trips.answers.is_empty();
    let is_anybody = reached().any(|reached| answers(reached) && !reached.is_here && !reached.is_doctor);
    let is_anybody_unreached = || {
        let is_unheard = |finding: &Finding| matches!(finding, Finding::Unlisted { .. } | Finding::Unanswering { .. });
        reached().any(|reached| !answers(reached)) || findings.iter().any(is_unheard)
    };
    if is_anybody && reached().all(|reached| answers(reached) || !reached.is_named) {
        if is_anybody_unreached() { Diagnosis::SomeBothWays } else { Diagnosis::BothWays }
    } else if findings.iter().any(Finding::is_own_fault) {
        Diagnosis::Fault
    } else if is_anybody || findings.iter().any(Finding::is_of_somebody) {
        Diagnosis::NotBothWays
    } else {
        Diagnosis::Nobody
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(answers: usize, is_named: bool) -> Finding {
        let trips = RoundTrips { asked: 5, answers: vec![Duration::from_millis(1); answers] };
        let address = SocketAddr::from(([10, 0, 0, 7], 7788));
        Finding::Reach(Box::new(Reached { is_named, ..Reached::of(address, trips) }))
    }

    #[test]
    fn all_is_well_where_somebody_and_everybody_named_answers_and_else_a_fault_here_is_the_reason() {
        let trips = RoundTrips { asked: 5, answers: vec![Duration::ZERO] };
        let neighbour = Reached::of(SocketAddr::from(([127, 0, 0, 1], 7788)), trips);
        let on_this_machine = Finding::Reach(Box::new(Reached { is_here: true, ..neighbour }));
        let here = || Finding::Here { room: RoomName::lobby(), who: Vec::new(), count: 1 };
        for (findings, expected) in [
            (vec![], Diagnosis::Nobody),
            (vec![Finding::NoNetwork], Diagnosis::Fault),
            (vec![here()], Diagnosis::NotBothWays),
            (vec![here(), reach(1, false)], Diagnosis::BothWays),
            (vec![reach(5, true), reach(0, false)], Diagnosis::SomeBothWays),
            (vec![reach(5, false), reach(0, true)], Diagnosis::NotBothWays),
            (vec![reach(0, true)], Diagnosis::Nobody),
            (vec![Finding::NoNetwork, here()], Diagnosis::Fault),
            (vec![Finding::NoNetwork, reach(1, true)], Diagnosis::BothWays),
            (vec![Finding::NoNetwork, on_this_machine], Diagnosis::Fault),
        ] {
            assert_eq!(verdict(&findings), expected, "{findings:?}");
        }
    }

    #[test]
    fn an_answer_that_is_missing_is_a_warning_and_none_at_all_is_a_fault() {
        let grades = [5, 4, 0].map(|answers| reach(answers, true).grade());
        assert_eq!(grades, [Grade::Ok, Grade::Warn, Grade::Fail]);
    }
}
