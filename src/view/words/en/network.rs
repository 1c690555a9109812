//! How the network is.

use std::borrow::Cow;
use std::fmt::Display;
use std::time::Duration;

use super::undelivered;
use crate::chat::api::network_notice::{Family, LinkChange, NetworkNotice, Undelivered};
use crate::chat::base::address::Zones;

/// What there is to know of it.
pub fn network(notice: &NetworkNotice, zones: &Zones) -> String {
    match notice {
        NetworkNotice::Link { name, change } => format!("{name} {}", link(*change)),
        NetworkNotice::InputDropped { interface, ports, family } => input(interface, ports, *family),
        NetworkNotice::Deaf { who, .. } => {
            format!("you hear {who}, but {who} does not list you: what you send does not reach {who}")
        }
        NetworkNotice::Away { span, is_asleep: true } => format!("this machine slept for {}", length(*span)),
        NetworkNotice::Away { span, is_asleep: false } => format!("chinwag was stopped for {}", length(*span)),
        NetworkNotice::MoreLinks { count } => {
            format!("{count} more interfaces are up, down or have another address: /net shows them")
        }
        NetworkNotice::Bound { address, is_there: false } => {
            format!("{address} is no address of this machine any more: until it is again, nothing comes in")
        }
        NetworkNotice::Bound { address, is_there: true } => format!("{address} is an address of this machine again"),
        NetworkNotice::BrokerGuesses { room, host } => format!(
            "{room} has a passphrase: whoever runs {host} can try others at leisure until one opens it; an invitation cannot be guessed"
        ),
        NetworkNotice::BrokerOpen { room, host } => {
            format!("{room} is not reached through {host}: it is open, so whoever has an account there could read it")
        }
        NetworkNotice::BrokerCrowded { room, people } => {
            format!(
                "{people} people are in {room} through its broker, which is made for 256: receipts and names may be late"
            )
        }
        NetworkNotice::Silent { address, why } => silent(zones.name(*address), why.as_ref()),
    }
}

/// A span in its two largest units.
fn length(span: Duration) -> String {
    let minutes = span.as_secs() / 60;
    match minutes {
        0..60 => format!("{minutes} min"),
        60..1440 => format!("{} h {} min", minutes / 60, minutes % 60),
        _ => format!("{} d {} h", minutes / 1440, minutes / 60 % 24),
    }
}

/// Nothing comes in.
pub fn input(interface: &str, ports: &[u16], family: Option<Family>) -> String {
    let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
    let family = match family {
        None => "",
        Some(Family::V4) => " over IPv4",
        Some(Family::V6) => " over IPv6",
    };
    format!("this machine's firewall drops UDP {} coming in by {interface}{family}", ports.join(" and "))
}

/// What became of an interface.
fn link(change: LinkChange) -> Cow<'static, str> {
    Cow::Borrowed(match change {
        LinkChange::Down => "is down",
        LinkChange::NoAddress => "has no address any more",
        LinkChange::Gone => "is gone",
        LinkChange::Up { address: None } => "is up",
        LinkChange::Up { address: Some(address) } => return Cow::Owned(format!("is up: its address is {address}")),
        LinkChange::Moved { address } => return Cow::Owned(format!("has the address {address} now")),
    })
}

/// Nobody answers where the user expects somebody.
fn silent(address: impl Display, why: Option<&Undelivered>) -> String {
    let why = why.map(|why| format!(": {}", undelivered(why))).unwrap_or_default();
    format!("{address} does not answer{why}")
}
