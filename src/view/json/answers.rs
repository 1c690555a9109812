//! Answers to commands, as objects.

use std::collections::BTreeMap;

use serde::Serialize;

use super::is_false;
use crate::chat::address::Zones;
use crate::chat::answer::{Answer, Answered, Person, Stats};
use crate::chat::asker::Ticket;
use crate::chat::secret::RoomName;
use crate::chat::talk::Speaker;
use crate::chat::time::millis;
use crate::chat::traffic::{Counts, Kind};

/// An answer.
#[derive(Serialize)]
pub struct Reply<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a Ticket>,
    to: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<&'a str>,
    /// The name of what was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    me: Option<Somebody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    people: Option<Vec<Somebody<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rooms: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stats: Option<Figures>,
    #[serde(skip_serializing_if = "Option::is_none")]
    whois: Option<Known<'a>>,
    /// With whom the words are compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    with: Option<Somebody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<&'a [&'static str]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignored: Option<Vec<Somebody<'a>>>,
}

/// What is known of somebody.
#[derive(Serialize)]
struct Known<'a> {
    #[serde(flatten)]
    who: Somebody<'a>,
    key_tag: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    calls_itself: Option<&'a str>,
    here: bool,
    addresses: Vec<String>,
    temporary: bool,
    ignored: bool,
    namesakes: Vec<Somebody<'a>>,
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
        }
    }
}

/// Somebody in a room.
#[derive(Serialize)]
struct Somebody<'a> {
    nick: &'a str,
    author: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<&'a str>,
    #[serde(skip_serializing_if = "is_false")]
    verified: bool,
    #[serde(skip_serializing_if = "is_false")]
    away: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
}

/// The answer as it is written.
pub fn reply<'a>(answer: &'a Answer, zones: &Zones) -> Reply<'a> {
    let somebody = |who: &'a Speaker| Somebody {
        nick: &who.nick,
        author: who.author.to_string(),
        tag: who.tag.as_deref(),
        verified: who.is_verified,
        away: false,
        address: None,
    };
    let person = |person: &'a Person| Somebody {
        away: person.is_away,
        address: person.address.map(|address| zones.name(address).to_string()),
        ..somebody(&person.who)
    };
    let (mut of, mut sent, mut oneself, mut people, mut all, mut count) = (None, None, None, None, None, None);
    let (mut stats, mut whois, mut with, mut words, mut ignored) = (None, None, None, None, None);
    match &answer.what {
        Answered::Done => {}
        Answered::Sent { room, message } => (of, sent) = (Some(room), Some(message.to_string())),
        Answered::People { room, me, others } => {
            (of, oneself, people) = (Some(room), Some(somebody(me)), Some(others.iter().map(person).collect()));
        }
        Answered::Rooms(rooms) => all = Some(rooms.iter().map(RoomName::as_str).collect()),
        Answered::Found(found) => count = Some(*found),
        Answered::Stats(all) => stats = Some(Figures::of(all)),
        Answered::Portrait(portrait) => {
            whois = Some(Known {
                who: somebody(&portrait.who),
                key_tag: &portrait.tag,
                calls_itself: portrait.nick.as_deref(),
                here: portrait.is_here,
                addresses: portrait.addresses.iter().map(|&address| zones.name(address).to_string()).collect(),
                temporary: portrait.is_temporary,
                ignored: portrait.is_ignored,
                namesakes: portrait.namesakes.iter().map(somebody).collect(),
            });
        }
        Answered::Words { who, words: all } => (with, words) = (Some(somebody(who)), Some(all.as_slice())),
        Answered::Ignored(all) => ignored = Some(all.iter().map(somebody).collect()),
    }
    Reply {
        id: answer.to.ticket.as_ref(),
        to: answer.command,
        room: of.map(RoomName::as_str),
        message: sent,
        me: oneself,
        people,
        rooms: all,
        found: count,
        stats,
        whois,
        with,
        words,
        ignored,
    }
}
