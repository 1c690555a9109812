//! What an examination of the network found, and what to do about it.

use std::fmt::Write;
use std::net::IpAddr;
use std::time::Duration;

use super::carrier;
use super::network::input;
use super::undelivered;
use crate::chat::api::finding::{
    Diagnosis, Discovery, Enclosure, Finding, FirewallTool, Grade, InterfaceFinding, InterfaceKind, Reached,
};
use crate::chat::api::network_notice::{Family, Undelivered};
use crate::chat::base::address::Zones;

/// A finding and what to do about it, as one record: `ok    eth0 …`.
pub fn finding(grade: &str, text: &str, advice: Option<&str>) -> String {
    let mut words = format!("{grade:<8}{text}");
    for line in advice.iter().flat_map(|advice| advice.lines()) {
        let _ = write!(words, "\n      > {line}");
    }
    words
}

/// What a grade is called.
pub fn grade(grade: Grade) -> &'static str {
    match grade {
        Grade::Ok => "ok",
        Grade::Unknown => "unknown",
        Grade::Warn => "warn",
        Grade::Fail => "fail",
    }
}

/// What was found.
pub fn fact(finding: &Finding, zones: &Zones) -> String {
    match finding {
        Finding::Listening { addresses, holder } => {
            let addresses: Vec<String> = addresses.iter().map(|&address| zones.name(address).to_string()).collect();
            let holder = holder.as_ref().map(|holder| format!("; UDP 7788 is in use by {holder}")).unwrap_or_default();
            format!("listening on {}{holder}", addresses.join(" and "))
        }
        Finding::Interface(found) => interface(found),
        Finding::NoNetwork => "no interface leads to other machines".to_owned(),
        Finding::InputOpen { interface, ports } => {
            format!(
                "what is sent to everybody by {interface} comes back to UDP {}: no firewall here drops it",
                all(ports)
            )
        }
        Finding::InputDropped { interface, ports, family, .. } => input(interface, ports, *family),
        Finding::SharedSubnet { interfaces: [one, other] } => {
            format!("{one} and {other} are in one subnet: what is sent may leave by either")
        }
        Finding::Enclosed(Enclosure::Container) => "this is a container: its network may be one of its own".to_owned(),
        Finding::Enclosed(Enclosure::Wsl) => {
            "this is the Windows Subsystem for Linux: its network may be one of its own behind Windows".to_owned()
        }
        Finding::Multicast { protocol, by: Some((by, interface)) } => {
            format!("multicast passes by {interface}: {by} answers to {}", discovery(*protocol))
        }
        Finding::Multicast { protocol, by: None } => format!("nobody answers to {}", discovery(*protocol)),
        Finding::Clock { ahead_ms } => {
            let minutes = Duration::from_millis(ahead_ms.unsigned_abs()).as_secs() / 60;
            let way = if *ahead_ms > 0 { "ahead of" } else { "behind" };
            format!("the clocks of the others are {minutes} min {way} this machine's")
        }
        Finding::Here { room, who, count } => {
            let names: Vec<String> = who.iter().map(ToString::to_string).collect();
            let more = count.saturating_sub(names.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("in {room}: {}{more}", names.join(", "))
        }
        Finding::Nobody { room, span, .. } => format!("in {room}: nobody was heard in {} s", span.as_secs()),
        Finding::Doctors { count: 1 } => "another examination is heard".to_owned(),
        Finding::Doctors { count } => format!("{count} other examinations are heard"),
        Finding::NotAsked { count } => format!("{count} more are heard, and were not asked for answers"),
        Finding::Unlisted { room, who, is_sure: true } => {
            format!("in {room}: you hear {who}, but {who} does not list you: what you send does not reach {who}")
        }
        Finding::Unlisted { room, who, is_sure: false } => {
            format!("in {room}: you hear {who}, who has not said yet to hear you")
        }
        Finding::Unanswering { room, who } => {
            format!(
                "in {room}: {who} hears what you send to everybody, and answers nothing that you send to {who} alone"
            )
        }
        Finding::OtherKeys { count: 1 } => {
            "a room is heard that you are not in, or whose key you do not have".to_owned()
        }
        Finding::OtherKeys { count } => {
            format!("{count} rooms are heard that you are not in, or whose keys you do not have")
        }
        Finding::OtherVersion { version } => {
            format!("somebody speaks version {version} of the protocol, which this chinwag does not")
        }
        Finding::Plain { count: 1 } => "one program speaks plain text".to_owned(),
        Finding::Plain { count } => format!("{count} programs speak plain text"),
        Finding::Reach(reached) => reach(reached, zones),
        Finding::Carrier(news) => carrier::row(news),
        Finding::Through { who, via } => format!("{who} is reached through {via}"),
    }
}

/// What to do about it: only what was tried.
pub fn advice(finding: &Finding) -> Option<String> {
    match finding {
        Finding::InputDropped { ports, firewall, .. } => {
            let open = format!("let UDP {} in on this machine", all(ports));
            Some(firewall.map_or(open.clone(), |tool| format!("{open}{}", open_ports(tool, ports))))
        }
        Finding::Interface(InterfaceFinding { is_up: false, .. }) => {
            Some("look at its cable, or switch its Wi-Fi on".to_owned())
        }
        Finding::NoNetwork => Some("connect this machine to a network in which it gets an address".to_owned()),
        Finding::Interface(InterfaceFinding { refused: Some(Undelivered::NotPermitted), .. }) => {
            Some("let this machine send UDP: a rule for what goes out forbids it".to_owned())
        }
        Finding::Interface(InterfaceFinding { leads_out: true, lacking, .. }) if !lacking.is_empty() => {
            Some("name the others there by address: -p HOST, or /peer HOST".to_owned())
        }
        Finding::Nobody { is_alone: true, .. } => Some(
            "run chinwag doctor on the other machine, too\nname that machine by address, where a router is between \
             you or multicast does not pass: chinwag doctor -p HOST, then chinwag -p HOST"
                .to_owned(),
        ),
        Finding::Unlisted { is_sure: true, .. } | Finding::Unanswering { .. } => {
            Some("run chinwag doctor on that machine: it sees whether a firewall there drops what comes in".to_owned())
        }
        Finding::OtherKeys { .. } => {
            Some("ask for the name of the room, and for its invitation where it has one".to_owned())
        }
        Finding::OtherVersion { .. } => Some("use the same version of chinwag on all machines".to_owned()),
        Finding::Clock { .. } => Some("set the clocks: what is said is put in its order by them".to_owned()),
        Finding::SharedSubnet { interfaces: [one, _] } => Some(format!("switch one of them off, or use one: -i {one}")),
        Finding::Reach(reached) if reached.trips.answers.is_empty() => unreached(reached),
        _ => None,
    }
}

/// What all of it means.
pub fn verdict(verdict: Diagnosis) -> &'static str {
    match verdict {
        Diagnosis::BothWays => "reached both ways",
        Diagnosis::SomeBothWays => "reached both ways, but for those who did not answer",
        Diagnosis::NotBothWays => "not everybody is reached both ways",
        Diagnosis::Nobody => "nobody is reached, and no fault of this machine was found",
        Diagnosis::Fault => "a fault of this machine was found",
    }
}

/// Why an address gave no answer.
fn unreached(reached: &Reached) -> Option<String> {
    Some(match &reached.why {
        _ if reached.has_other_key => "be in the same room: -r ROOM, and its invitation where it has one".to_owned(),
        _ if reached.is_explained => return None, // by what was said before
        None if reached.who.is_some() => {
            "run chinwag doctor there: it sees whether a firewall there drops what comes in".to_owned()
        }
        Some(Undelivered::NoNeighbour | Undelivered::NetworkUnreachable) if reached.who.is_some() => {
            "look at the addresses and routes of both machines: each is to have an address in the other's network"
                .to_owned()
        }
        None | Some(Undelivered::Refused) => {
            "look whether chinwag runs there, in this room; if it does, run chinwag doctor there".to_owned()
        }
        Some(Undelivered::Forbidden { by }) => format!("have UDP {} let through at {by}", reached.address.port()),
        Some(_) => return None,
    })
}

fn reach(reached: &Reached, zones: &Zones) -> String {
    let Reached { who, address, interface, trips, why, has_other_key, is_here, .. } = reached;
    let mut words = match who {
        Some(who) => format!("{who} at {}", zones.name(*address)),
        None => zones.name(*address).to_string(),
    };
    if *is_here {
        words.push_str(", on this machine");
    }
    if let Some(interface) = interface {
        let _ = write!(words, " by {interface}");
    }
    let (came, asked) = (trips.answers.len(), trips.asked);
    if came == 0 {
        words.push_str(": no answer");
        if *has_other_key {
            words.push_str("; somebody is there in another room, or with another key");
        } else if let Some(why) = why {
            // It is heard, so it is neither off nor elsewhere.
            let is_astray = *why == Undelivered::NoNeighbour && who.is_some();
            let why = if is_astray { "this machine's way there ends at no machine".into() } else { undelivered(why) };
            let _ = write!(words, ": {why}");
        }
        return words;
    }
    let millis: Vec<String> =
        trips.answers.iter().map(|answer| format!("{:.1}", answer.as_secs_f64() * 1000.0)).collect();
    let _ = write!(words, ": {came} of {asked} answers, in {} ms", millis.join(" "));
    if let Some((heard, sent)) = reached.multicasts {
        let _ = write!(words, "; {heard} of {sent} multicasts heard");
    }
    words
}

fn interface(found: &InterfaceFinding) -> String {
    let addresses: Vec<String> = found.addresses.iter().map(IpAddr::to_string).collect();
    let mut words = found.name.clone();
    let kind = match found.kind {
        InterfaceKind::Loopback | InterfaceKind::Other => "",
        InterfaceKind::WiFi => " (Wi-Fi)",
        InterfaceKind::Tunnel => " (tunnel)",
        InterfaceKind::Inside => " (leads to this machine's containers alone)",
        InterfaceKind::BridgePort => " (port of a bridge)",
    };
    words.push_str(kind);
    if !addresses.is_empty() {
        let _ = write!(words, ": {}", addresses.join(", "));
    }
    let families: Vec<&str> = found.groups.iter().map(|&of| family(of)).collect();
    match &found.refused {
        _ if !found.is_up => words.push_str("; down"),
        Some(why) => {
            let _ = write!(words, "; sending fails: {}", undelivered(why));
        }
        None if found.addresses.is_empty() => words.push_str("; without an address"),
        None if families.is_empty() => words.push_str("; finds nobody"),
        None => {
            let _ = write!(words, "; finds others by {}", families.join(" and "));
        }
    }
    let lacking: Vec<&str> = found.lacking.iter().map(|&of| family(of)).collect();
    if found.leads_out && !lacking.is_empty() && !families.is_empty() {
        let _ = write!(words, ", not by {}", lacking.join(" and "));
    }
    if found.is_main {
        words.push_str("; the default route");
    }
    words
}

fn family(family: Family) -> &'static str {
    match family {
        Family::V4 => "IPv4",
        Family::V6 => "IPv6",
    }
}

fn discovery(protocol: Discovery) -> &'static str {
    match protocol {
        Discovery::Mdns => "mDNS",
        Discovery::Ssdp => "SSDP",
    }
}

fn all(ports: &[u16]) -> String {
    ports.iter().map(u16::to_string).collect::<Vec<_>>().join(" and ")
}

/// How these ports are let in.
fn open_ports(tool: FirewallTool, ports: &[u16]) -> String {
    let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
    match tool {
        FirewallTool::Ufw => format!(":\nsudo ufw allow {}/udp", ports.join(",")),
        FirewallTool::Firewalld => {
            let ports: Vec<String> = ports.iter().map(|port| format!("--add-port={port}/udp")).collect();
            format!(":\nsudo firewall-cmd {}", ports.join(" "))
        }
        FirewallTool::Nft => format!(
            ", in the chain that drops it (sudo nft list ruleset shows it). Where that is input of inet filter:\n\
             sudo nft insert rule inet filter input udp dport '{{ {} }}' accept",
            ports.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::api::finding::RoundTrips;

    fn reached(answers: &[u64], why: Option<Undelivered>) -> Finding {
        let trips = RoundTrips { asked: 5, answers: answers.iter().copied().map(Duration::from_micros).collect() };
        let (address, interface) = ("10.0.0.7:7788".parse().expect("an address"), Some("eth0".to_owned()));
        Finding::Reach(Box::new(Reached { interface, why, ..Reached::of(address, trips) }))
    }

    #[test]
    fn answers_are_told_with_their_times_and_what_the_network_says_where_none_comes() {
        let fact = |finding: &Finding| fact(finding, &Zones::default());
        assert_eq!(fact(&reached(&[400, 1260], None)), "10.0.0.7:7788 by eth0: 2 of 5 answers, in 0.4 1.3 ms");
        assert_eq!(fact(&reached(&[], None)), "10.0.0.7:7788 by eth0: no answer");
        let refused = reached(&[], Some(Undelivered::Refused));
        assert!(
            fact(&refused).contains("no answer: nothing listens there, or a firewall refuses it"),
            "{}",
            fact(&refused)
        );
        assert_eq!(advice(&reached(&[400], None)), None);
    }

    #[test]
    fn a_firewall_is_opened_with_the_tool_that_sets_it() {
        let dropped = |firewall| Finding::InputDropped {
            interface: "eth0".to_owned(),
            ports: vec![7788, 7790],
            family: None,
            firewall,
        };
        let command = |tool| advice(&dropped(Some(tool))).and_then(|advice| advice.lines().last().map(str::to_owned));
        assert_eq!(command(FirewallTool::Ufw).as_deref(), Some("sudo ufw allow 7788,7790/udp"));
        let firewalld = "sudo firewall-cmd --add-port=7788/udp --add-port=7790/udp";
        assert_eq!(command(FirewallTool::Firewalld).as_deref(), Some(firewalld));
        let nft = "sudo nft insert rule inet filter input udp dport '{ 7788, 7790 }' accept";
        assert_eq!(command(FirewallTool::Nft).as_deref(), Some(nft));
        assert_eq!(advice(&dropped(None)).as_deref(), Some("let UDP 7788 and 7790 in on this machine"));
    }

    #[test]
    fn a_record_has_its_grade_first_and_what_to_do_below() {
        assert_eq!(
            finding(grade(Grade::Fail), "it rains", Some("wait:\nan hour")),
            "fail    it rains\n      > wait:\n      > an hour"
        );
    }
}
