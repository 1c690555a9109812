//! Answers to commands, as objects.

use std::collections::BTreeMap;

use serde::Serialize;

use super::findings::verdict;
use super::transfers::{ListedFields, OfferFields};
use super::{Who, is_false};
use crate::chat::api::answer::{Answer, Answered, InterfaceReport, NetworkReport, PersonHere, Portrait, Stats};
use crate::chat::api::requester::Ticket;
use crate::chat::api::talk::{InstanceKind, Speaker};
use crate::chat::base::address::Zones;
use crate::chat::base::metrics::{Counts, Kind};
use crate::chat::base::time::millis;
use crate::chat::keys::secret::RoomName;

/// An answer.
#[derive(Serialize)]
pub struct Reply<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a Ticket>,
    to: &'static str,
    #[serde(flatten)]
    what: What<'a>,
}

/// What it tells.
#[derive(Serialize)]
#[serde(untagged)]
enum What<'a> {
    Done {},
    /// `message` is the name of what was said.
    Sent {
        room: &'a str,
        message: String,
    },
    People {
        room: &'a str,
        me: Somebody<'a>,
        people: Vec<Somebody<'a>>,
    },
    Rooms {
        rooms: Vec<&'a str>,
    },
    Found {
        found: usize,
    },
    Stats {
        stats: Figures,
    },
    Whois {
        whois: KnownPerson<'a>,
    },
    /// `with` is with whom the words are compared.
    Words {
        with: Somebody<'a>,
        words: &'a [&'static str],
    },
    Ignored {
        ignored: Vec<Somebody<'a>>,
    },
    Network {
        network: NetworkFields<'a>,
    },
    /// What is offered now, or is fetched.
    Offer(OfferFields<'a>),
    Offers {
        offers: Vec<ListedFields<'a>>,
    },
    Examined {
        verdict: &'static str,
    },
}

/// How one is reached.
#[derive(Serialize)]
struct NetworkFields<'a> {
    listening: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_port: Option<u16>,
    interfaces: Vec<InterfaceFields<'a>>,
}

#[derive(Serialize)]
struct InterfaceFields<'a> {
    name: &'a str,
    addresses: Vec<String>,
    loopback: bool,
    up: bool,
    multicast: Vec<&'static str>,
}

impl<'a> NetworkFields<'a> {
    fn of(report: &'a NetworkReport) -> Self {
        Self {
            listening: report.listening.iter().map(ToString::to_string).collect(),
            group_port: report.group_port,
            interfaces: report.interfaces.iter().map(InterfaceFields::of).collect(),
        }
    }
}

impl<'a> InterfaceFields<'a> {
    fn of(interface: &'a InterfaceReport) -> Self {
        let families = [(interface.is_in_v4, "ipv4"), (interface.is_in_v6, "ipv6")];
        Self {
            name: &interface.name,
            addresses: interface.addresses.iter().map(ToString::to_string).collect(),
            loopback: interface.is_loopback,
            up: interface.is_up,
            multicast: families.into_iter().filter_map(|(is_in, name)| is_in.then_some(name)).collect(),
        }
    }
}

/// What is known of somebody.
#[derive(Serialize)]
struct KnownPerson<'a> {
    #[serde(flatten)]
    who: Who<'a>,
    key_tag: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    calls_itself: Option<&'a str>,
    here: bool,
    addresses: Vec<String>,
    temporary: bool,
    ignored: bool,
    #[serde(skip_serializing_if = "super::is_false")]
    me: bool,
    namesakes: Vec<Somebody<'a>>,
}

impl<'a> KnownPerson<'a> {
    fn of(portrait: &'a Portrait, zones: &Zones) -> Self {
        Self {
            who: (&portrait.who).into(),
            key_tag: &portrait.tag,
            calls_itself: portrait.nick.as_deref(),
            here: portrait.is_here,
            addresses: portrait.addresses.iter().map(|&address| zones.name(address).to_string()).collect(),
            temporary: portrait.is_temporary,
            ignored: portrait.is_ignored,
            me: portrait.is_me,
            namesakes: portrait.namesakes.iter().map(Somebody::from).collect(),
        }
    }
}

/// What passed through a session.
#[derive(Serialize)]
struct Figures {
    received: BTreeMap<&'static str, u64>,
    sent: BTreeMap<&'static str, u64>,
    refused: BTreeMap<&'static str, u64>,
    people: usize,
    entries: usize,
    undecided: usize,
    up_ms: u64,
    health: Health,
}

/// What keeps a session from doing its work.
#[derive(Serialize)]
struct Health {
    network: bool,
    saved: bool,
}

impl Figures {
    fn of(stats: &Stats) -> Self {
        let counts = |counts: &Counts| Kind::ALL.into_iter().map(|kind| (kind.name(), counts.of(kind))).collect();
        Self {
            received: counts(&stats.traffic.received),
            sent: counts(&stats.traffic.sent),
            refused: stats.traffic.refused.reasons().into_iter().collect(),
            people: stats.people,
            entries: stats.entries,
            undecided: stats.undecided,
            up_ms: millis(stats.up),
            health: Health { network: !stats.lacks_network, saved: !stats.waits_for_disk },
        }
    }
}

/// Somebody in a room.
#[derive(Serialize)]
struct Somebody<'a> {
    #[serde(flatten)]
    who: Who<'a>,
    #[serde(skip_serializing_if = "is_false")]
    away: bool,
    #[serde(skip_serializing_if = "is_false")]
    passing: bool,
    #[serde(skip_serializing_if = "is_false")]
    headless: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    via: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spoke_ms: Option<u64>,
}

impl<'a> Somebody<'a> {
    fn of(person: &'a PersonHere, zones: &Zones) -> Self {
        let address = person.address.map(|address| zones.name(address).to_string());
        let (via, spoke_ms) = (person.via.as_ref().map(ToString::to_string), person.spoke.map(|(at, _)| at.0));
        let (passing, headless) = (person.kind == InstanceKind::Passing, person.kind == InstanceKind::Headless);
        Self { away: person.is_away, passing, headless, address, via, spoke_ms, ..Self::from(&person.who) }
    }
}

impl<'a> From<&'a Speaker> for Somebody<'a> {
    fn from(who: &'a Speaker) -> Self {
        Self { who: who.into(), away: false, passing: false, headless: false, address: None, via: None, spoke_ms: None }
    }
}

/// The answer as it is written.
pub fn reply<'a>(answer: &'a Answer, zones: &Zones) -> Reply<'a> {
    let what = match &answer.what {
        Answered::Done => What::Done {},
        Answered::Sent { room, message } => What::Sent { room: room.as_str(), message: message.to_string() },
        Answered::People { room, me, others } => {
            let people = others.iter().map(|person| Somebody::of(person, zones)).collect();
            What::People { room: room.as_str(), me: me.into(), people }
        }
        Answered::Rooms(rooms) => What::Rooms { rooms: rooms.iter().map(RoomName::as_str).collect() },
        Answered::Found(found) => What::Found { found: *found },
        Answered::Stats(stats) => What::Stats { stats: Figures::of(stats) },
        Answered::Portrait(portrait) => What::Whois { whois: KnownPerson::of(portrait, zones) },
        Answered::Words { who, words } => What::Words { with: who.into(), words },
        Answered::Network(report) => What::Network { network: NetworkFields::of(report) },
        Answered::Offered(offer) => What::Offer((&**offer).into()),
        Answered::Offers(all) => What::Offers { offers: all.iter().map(ListedFields::from).collect() },
        Answered::Examined(of) => What::Examined { verdict: verdict(*of) },
        Answered::Ignored(all) => What::Ignored { ignored: all.iter().map(Somebody::from).collect() },
    };
    Reply { id: answer.to.ticket.as_ref(), to: answer.command, what }
}
