//! What an examination of the network found, as objects.

use serde::Serialize;
use serde_json::{Value, json};

use super::kinds::carrier_state;
use crate::chat::api::finding::{Diagnosis, Discovery, Enclosure, Finding, InterfaceFinding, InterfaceKind, Reached};
use crate::chat::api::network_notice::Family;
use crate::chat::api::requester::{Requester, Ticket};
use crate::chat::api::talk::Speaker;
use crate::chat::base::address::Zones;
use crate::chat::keys::secret::RoomName;
use crate::view::words::en;

/// A finding: facts for programs in `values`, and for people in `text`.
#[derive(Serialize)]
pub struct FindingObject<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a Ticket>,
    check: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    interface: Option<&'a str>,
    result: &'static str,
    values: Value,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl<'a> FindingObject<'a> {
    pub fn of(to: &'a Requester, finding: &'a Finding, zones: &Zones) -> Self {
        Self {
            id: to.ticket.as_ref(),
            check: check(finding),
            interface: interface(finding),
            result: en::findings::grade(finding.grade()),
            values: values(finding, zones),
            text: en::findings::fact(finding, zones),
            advice: en::findings::advice(finding),
        }
    }
}

/// What all findings together mean.
pub fn verdict(verdict: Diagnosis) -> &'static str {
    match verdict {
        Diagnosis::BothWays => "both-ways",
        Diagnosis::SomeBothWays => "some-both-ways",
        Diagnosis::NotBothWays => "not-both-ways",
        Diagnosis::Nobody => "nobody",
        Diagnosis::Fault => "fault",
    }
}

fn check(finding: &Finding) -> &'static str {
    match finding {
        Finding::Listening { .. } => "listening",
        Finding::Interface(_) | Finding::NoNetwork => "interface",
        Finding::InputOpen { .. } | Finding::InputDropped { .. } => "input",
        Finding::SharedSubnet { .. } => "subnet",
        Finding::Enclosed(_) => "enclosed",
        Finding::Multicast { .. } => "multicast",
        Finding::Clock { .. } => "clock",
        Finding::Here { .. } | Finding::Nobody { .. } => "heard",
        Finding::Doctors { .. } => "doctors",
        Finding::NotAsked { .. } => "not-asked",
        Finding::Unlisted { .. } => "lists-you",
        Finding::Unanswering { .. } => "answers-you",
        Finding::OtherKeys { .. } => "other-keys",
        Finding::OtherVersion { .. } => "version",
        Finding::Plain { .. } => "plain",
        Finding::Reach(_) | Finding::Through { .. } => "peer",
        Finding::Carrier(_) => "broker",
    }
}

fn interface(finding: &Finding) -> Option<&str> {
    match finding {
        Finding::Interface(InterfaceFinding { name, .. }) => Some(name),
        Finding::InputOpen { interface, .. }
        | Finding::InputDropped { interface, .. }
        | Finding::Multicast { by: Some((_, interface)), .. } => Some(interface),
        Finding::Reach(reached) => reached.interface.as_deref(),
        _ => None,
    }
}

fn values(finding: &Finding, zones: &Zones) -> Value {
    match finding {
        Finding::Listening { addresses, holder } => {
            let addresses: Vec<String> = addresses.iter().map(|&address| zones.name(address).to_string()).collect();
            json!({ "addresses": addresses, "holder": holder })
        }
        Finding::Interface(found) => json!({
            "kind": kind(found.kind),
            "addresses": found.addresses,
            "up": found.is_up,
            "default_route": found.is_main,
            "leads_out": found.leads_out,
            "multicast": families(&found.groups),
            "no_multicast": families(&found.lacking),
            "sends": found.refused.is_none(),
        }),
        Finding::NoNetwork => json!({}),
        Finding::InputOpen { ports, .. } => json!({ "ports": ports, "dropped": false }),
        Finding::InputDropped { ports, family, .. } => {
            json!({ "ports": ports, "dropped": true, "families": families(&family.map_or(BOTH.to_vec(), |one| vec![one])) })
        }
        Finding::SharedSubnet { interfaces } => json!({ "interfaces": interfaces }),
        Finding::Enclosed(Enclosure::Container) => json!({ "in": "container" }),
        Finding::Enclosed(Enclosure::Wsl) => json!({ "in": "wsl" }),
        Finding::Multicast { protocol, by } => {
            let protocol = match protocol {
                Discovery::Mdns => "mdns",
                Discovery::Ssdp => "ssdp",
            };
            json!({ "protocol": protocol, "by": by.as_ref().map(|(by, _)| by) })
        }
        Finding::Clock { ahead_ms } => json!({ "ahead_ms": ahead_ms }),
        Finding::Here { room, who, count } => {
            json!({ "room": room.as_str(), "people": who.iter().map(ToString::to_string).collect::<Vec<_>>(), "count": count })
        }
        Finding::Nobody { room, span, .. } => json!({ "room": room.as_str(), "count": 0, "seconds": span.as_secs() }),
        Finding::Unlisted { room, who, is_sure } => person(room, who, *is_sure),
        Finding::Unanswering { room, who } => person(room, who, true),
        Finding::OtherKeys { count }
        | Finding::Plain { count }
        | Finding::Doctors { count }
        | Finding::NotAsked { count } => json!({ "count": count }),
        Finding::OtherVersion { version } => json!({ "version": version }),
        Finding::Reach(reached) => reach(reached, zones),
        Finding::Carrier(news) => {
            let (state, why) = carrier_state(&news.state);
            json!({ "room": news.room.as_str(), "host": news.broker.host(), "state": state, "why": why })
        }
        Finding::Through { who, via } => json!({ "nick": who.to_string(), "via": via.to_string() }),
    }
}

fn person(room: &RoomName, who: &Speaker, is_sure: bool) -> Value {
    json!({ "room": room.as_str(), "nick": who.to_string(), "sure": is_sure })
}

fn reach(reached: &Reached, zones: &Zones) -> Value {
    let answers: Vec<f64> = reached.trips.answers.iter().map(|answer| answer.as_secs_f64() * 1000.0).collect();
    json!({
        "nick": reached.who.as_ref().map(ToString::to_string),
        "address": zones.name(reached.address).to_string(),
        "named": reached.is_named,
        "here": reached.is_here,
        "asked": reached.trips.asked,
        "answers_ms": answers,
        "multicasts": reached.multicasts.map(|(heard, sent)| json!({ "heard": heard, "sent": sent })),
        "other_key": reached.has_other_key,
    })
}

const BOTH: [Family; 2] = [Family::V4, Family::V6];

fn families(families: &[Family]) -> Vec<&'static str> {
    families
        .iter()
        .map(|family| match family {
            Family::V4 => "ipv4",
            Family::V6 => "ipv6",
        })
        .collect()
}

fn kind(kind: InterfaceKind) -> &'static str {
    match kind {
        InterfaceKind::Loopback => "loopback",
        InterfaceKind::WiFi => "wifi",
        InterfaceKind::Tunnel => "tunnel",
        InterfaceKind::Inside => "inside",
        InterfaceKind::BridgePort => "bridge-port",
        InterfaceKind::Other => "other",
    }
}
