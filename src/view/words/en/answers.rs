//! What a command led to.

use std::fmt::Write;
use std::time::Duration;

use crate::chat::api::answer::{Answered, InterfaceReport, NetworkReport, PersonHere, Portrait, Stats};
use crate::chat::api::talk::InstanceKind;
use crate::chat::base::address::Zones;
use crate::chat::base::metrics::Kind;

/// The words of an answer, where it has any for a person.
pub fn answer(what: &Answered) -> Option<String> {
    match what {
        Answered::People { room, me, others } => {
            let names: Vec<String> = others.iter().map(person_here).collect();
            let who = if names.is_empty() { "nobody else".to_owned() } else { names.join(", ") };
            Some(format!("in {room}: {who}, and you, {me}"))
        }
        Answered::Rooms(rooms) => {
            let names: Vec<String> = rooms.iter().map(ToString::to_string).collect();
            Some(format!("you type into {}; your rooms: {}", names.first()?, names.join(", ")))
        }
        Answered::Stats(passed) => Some(stats(passed)),
        Answered::Portrait(who) => Some(portrait(who)),
        Answered::Words { who, words } => Some(format!(
            "{}\nCompare these words with {who}, by voice or face to face: if you both see the same ones, nobody \
             is between you. Then type /verify {who} yes",
            words.join(" ")
        )),
        Answered::Ignored(all) if all.is_empty() => Some("nobody is ignored".to_owned()),
        Answered::Ignored(all) => {
            let names: Vec<String> = all.iter().map(ToString::to_string).collect();
            Some(format!("ignored: {}", names.join(", ")))
        }
        Answered::Network(report) => Some(network(report)),
        Answered::Offers(all) => Some(super::transfers::list(all)),
        Answered::Examined(verdict) => Some(super::findings::verdict(*verdict).to_owned()),
        Answered::Done | Answered::Sent { .. } | Answered::Found(_) | Answered::Offered(_) => None,
    }
}

/// `alice (away, verified, spoke 5 min ago)`.
fn person_here(person: &PersonHere) -> String {
    let spoke = person.spoke.map(|(_, since)| format!("spoke {}", ago(since)));
    let via = person.via.as_ref().map(|via| format!("through {via}"));
    let kind = match person.kind {
        InstanceKind::Person => None,
        InstanceKind::Passing => Some("passing"),
        InstanceKind::Headless => Some("nobody sits before it"),
    };
    let marks = [
        person.is_away.then(|| "away".to_owned()),
        kind.map(str::to_owned),
        person.who.is_verified.then(|| "verified".to_owned()),
        via,
        spoke,
    ];
    let marks: Vec<String> = marks.into_iter().flatten().collect();
    if marks.is_empty() { person.who.to_string() } else { format!("{} ({})", person.who, marks.join(", ")) }
}

fn ago(span: Duration) -> String {
    match span.as_secs() {
        0..60 => "just now".to_owned(),
        seconds @ 60..3600 => format!("{} min ago", seconds / 60),
        seconds @ 3600..86_400 => format!("{} h ago", seconds / 3600),
        seconds => format!("{} d ago", seconds / 86_400),
    }
}

fn portrait(portrait: &Portrait) -> String {
    let Portrait { who, nick, tag, addresses, is_here, is_temporary, is_ignored, is_me, namesakes } = portrait;
    let mut words = format!("{who}: key {} (#{tag})", who.author);
    if let Some(nick) = nick.as_ref().filter(|nick| **nick != who.nick) {
        let _ = write!(words, "\ncalls itself {nick}");
    }
    let zones = Zones::default();
    let places: Vec<String> = addresses.iter().map(|&address| zones.name(address).to_string()).collect();
    let place = match (is_here, places.as_slice()) {
        (false, _) => "not here now".to_owned(),
        (true, []) => "here, through others".to_owned(),
        (true, places) if *is_me => format!("that is you, listening on {}", places.join(", ")),
        (true, places) => format!("here at {}", places.join(", ")),
    };
    let _ = write!(words, "\n{place}{}", if *is_temporary { "; its key is for the time being" } else { "" });
    if !is_me {
        words.push_str(if who.is_verified { "\nverified" } else { "\nnot verified: /verify shows what to compare" });
    }
    words.push_str(if *is_ignored { "\nignored" } else { "" });
    if !namesakes.is_empty() {
        let names: Vec<String> = namesakes.iter().map(ToString::to_string).collect();
        let _ = write!(words, "\nnot to be taken for {}", names.join(", "));
    }
    words
}

fn network(report: &NetworkReport) -> String {
    let NetworkReport { listening, group_port, interfaces } = report;
    let listening: Vec<String> = listening.iter().map(ToString::to_string).collect();
    let mut words = format!("listening on {}", listening.join(", "));
    let _ = match group_port {
        Some(port) => write!(words, "; others on the network are found by UDP port {port}"),
        None => write!(words, "; only people whose address is given are found"),
    };
    for interface in interfaces {
        let addresses: Vec<String> = interface.addresses.iter().map(ToString::to_string).collect();
        let _ = write!(words, "\n{}: {}; {}", interface.name, addresses.join(", "), finds(interface));
    }
    if interfaces.iter().all(|interface| interface.is_loopback) {
        words.push_str("\nthis machine has no network now");
    }
    words
}

/// Whom one finds by an interface.
fn finds(interface: &InterfaceReport) -> &'static str {
    match (interface.is_in_v4, interface.is_in_v6) {
        _ if !interface.is_up => "down",
        (true, _) if interface.is_loopback => "finds others on this machine",
        (true, true) => "finds others by IPv4 and IPv6",
        (true, false) => "finds others by IPv4",
        (false, true) => "finds others by IPv6",
        (false, false) => "finds nobody",
    }
}

fn stats(stats: &Stats) -> String {
    let Stats { traffic, people, entries, undecided, up, lacks_network, waits_for_disk } = stats;
    let mut words = format!(
        "running for {} s; others here: {people}; entries held: {entries}; your messages that wait to be \
         confirmed: {undecided}{}{}\n{:<10}{:>10}{:>10}",
        up.as_secs(),
        if *lacks_network { "; there is no network" } else { "" },
        if *waits_for_disk { "; the disk is waited for" } else { "" },
        "datagrams",
        "received",
        "sent"
    );
    for kind in Kind::ALL {
        let (received, sent) = (traffic.received.of(kind), traffic.sent.of(kind));
        let _ = write!(words, "\n{:<10}{received:>10}{sent:>10}", kind.name());
    }
    let refused = traffic.refused.reasons().map(|(why, count)| format!("{why} {count}"));
    let _ = write!(words, "\nrefused: {}", refused.join(", "));
    words
}
