//! What this machine knows of its own network without asking anybody.

use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use socket2::{Domain, Protocol, Socket, Type};

use crate::chat::api::finding::{Enclosure, FirewallTool, InterfaceFinding, InterfaceKind};
use crate::chat::api::network_notice::{Family, Undelivered};
use crate::shell::net::lan::{Interfaces, NetworkInterface};

/// An interface, the families in which it is in the group of everybody, and what sending by it fails with.
pub fn interface(
    link: &NetworkInterface,
    groups: Vec<Family>,
    refused: Option<Undelivered>,
    source: Option<IpAddr>,
) -> InterfaceFinding {
    let able = [(Family::V4, link.v4.is_some()), (Family::V6, link.has_v6)];
    let lacking = able.into_iter().filter(|(family, is_able)| *is_able && !groups.contains(family));
    InterfaceFinding {
        name: link.name.clone(),
        kind: kind(link),
        addresses: link.addresses.clone(),
        is_up: link.is_up,
        is_main: source.is_some_and(|source| link.addresses.contains(&source)),
        leads_out: link.leads_out(),
        lacking: lacking.map(|(family, _)| family).collect(),
        groups,
        refused,
    }
}

/// `ARPHRD_NONE` of `linux/if_arp.h`: a tunnel has no addresses of its own.
const NO_HARDWARE: &str = "65534";

fn kind(link: &NetworkInterface) -> InterfaceKind {
    let folder = Path::new("/sys/class/net").join(&link.name); // of Linux; elsewhere it is not there
    let is_bare = || fs::read_to_string(folder.join("type")).is_ok_and(|kind| kind.trim() == NO_HARDWARE);
    match link {
        _ if link.is_loopback => InterfaceKind::Loopback,
        _ if link.is_port => InterfaceKind::BridgePort,
        _ if link.is_inside => InterfaceKind::Inside,
        _ if folder.join("wireless").exists() || folder.join("phy80211").exists() => InterfaceKind::WiFi,
        _ if folder.join("tun_flags").exists() || is_bare() => InterfaceKind::Tunnel,
        _ => InterfaceKind::Other,
    }
}

/// What this machine is inside of, as far as that can be seen.
pub fn enclosure() -> Option<Enclosure> {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    if release.to_lowercase().contains("microsoft") {
        return Some(Enclosure::Wsl);
    }
    let is_container = ["/.dockerenv", "/run/.containerenv"].iter().any(|path| Path::new(path).exists());
    is_container.then_some(Enclosure::Container)
}

/// What the firewall of this machine is set with: that which is in use, or else the one that every other is made of.
pub fn firewall_tool() -> Option<FirewallTool> {
    let is_installed =
        |name: &str| ["/usr/sbin", "/usr/bin", "/sbin"].iter().any(|folder| Path::new(folder).join(name).exists());
    let is_ufw_on = || {
        fs::read_to_string("/etc/ufw/ufw.conf").is_ok_and(|text| text.lines().any(|line| line.trim() == "ENABLED=yes"))
    };
    if is_installed("ufw") && is_ufw_on() {
        Some(FirewallTool::Ufw)
    } else if is_installed("firewall-cmd") && Path::new("/run/firewalld").exists() {
        Some(FirewallTool::Firewalld)
    } else {
        is_installed("nft").then_some(FirewallTool::Nft)
    }
}

/// The interface by which this machine sends to an address. Nothing is sent for it.
pub fn way_to(address: SocketAddr, interfaces: &Interfaces) -> Option<String> {
    let source = source_for(address).ok()??;
    if interfaces.is_own(address.ip()) {
        return None;
    }
    let found = interfaces.links().iter().find(|link| link.addresses.contains(&source.ip()));
    found.map(|link| link.name.clone())
}

fn source_for(address: SocketAddr) -> io::Result<Option<SocketAddr>> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    socket.connect(&address.into())?;
    Ok(socket.local_addr()?.as_socket())
}
