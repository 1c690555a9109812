//! Peers as written → addresses to send to.

use std::io;
use std::net::{IpAddr, SocketAddr, SocketAddrV6, ToSocketAddrs};

use thiserror::Error;

use super::lan::Interfaces;
use super::words;
use crate::chat::address::{Host, Literal, Peer};

/// Why a peer has no address. Nothing has been sent.
#[derive(Debug, Error)]
pub enum Unresolved {
    /// The resolver does not know the name, or did not answer.
    #[error("unknown host '{name}': {}", words(.error))]
    UnknownHost {
        /// The name.
        name: String,
        /// In the system's words.
        error: io::Error,
    },
    /// The zone of a link-local address names no interface.
    #[error("'{name}' is no interface of this machine: expected one of {known}")]
    UnknownInterface {
        /// The name.
        name: String,
        /// The names there are.
        known: String,
    },
}

/// The addresses of `peer`, at least one, IPv4 first. May wait for the resolver.
pub fn resolve(peer: &Peer, interfaces: &Interfaces) -> Result<Vec<SocketAddr>, Unresolved> {
    let mut addresses = match &peer.host {
        Host::Literal(literal) => vec![address(literal, peer.port, interfaces)?],
        Host::Name(name) => look_up(name, peer.port)?,
    };
    addresses.sort_by_key(SocketAddr::is_ipv6); // stable: within a family the resolver's order stays
    addresses.dedup();
    Ok(addresses)
}

/// The socket address of a literal, its zone looked up.
pub fn address(literal: &Literal, port: u16, interfaces: &Interfaces) -> Result<SocketAddr, Unresolved> {
    match (literal.ip, &literal.zone) {
        (IpAddr::V6(ip), Some(zone)) => {
            let index = zone_index(zone, interfaces)?;
            Ok(SocketAddrV6::new(ip, port, 0, index).into())
        }
        (ip, _) => Ok(SocketAddr::new(ip, port)),
    }
}

/// An interface by its name, or by its index where it has no name that could be typed.
fn zone_index(zone: &str, interfaces: &Interfaces) -> Result<u32, Unresolved> {
    let unknown = || Unresolved::UnknownInterface { name: zone.to_owned(), known: interfaces.names() };
    interfaces.find(zone).map(|interface| interface.index).or_else(|| zone.parse().ok()).ok_or_else(unknown)
}

fn look_up(name: &str, port: u16) -> Result<Vec<SocketAddr>, Unresolved> {
    let unknown = |error| Unresolved::UnknownHost { name: name.to_owned(), error };
    let addresses: Vec<SocketAddr> = (name, port).to_socket_addrs().map_err(unknown)?.collect();
    if addresses.is_empty() {
        return Err(unknown(io::Error::other("it has no address")));
    }
    Ok(addresses)
}
