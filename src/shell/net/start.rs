//! From options to bound sockets and peers with addresses: everything that may be refused before the first line.

use std::net::{IpAddr, SocketAddr};

use thiserror::Error;

use crate::chat::api::ending::Ending;
use crate::chat::api::notice::Notice;
use crate::chat::base::address::{Bind, PeerName};
use crate::chat::base::limits::PORT;
use crate::chat::base::time::Moment;
use crate::chat::plain::targets::NamedTarget;
use crate::shell::net::cannot_bind::CannotBind;
use crate::shell::net::lan::{Interface, Interfaces};
use crate::shell::net::named_hosts::NamedHosts;
use crate::shell::net::resolve::{self, Unresolved};
use crate::shell::net::socket::Sockets;
use crate::view::words::en;

/// What a session stands on.
#[derive(Debug)]
pub struct BoundSockets {
    /// Bound.
    pub sockets: Sockets,
    /// The peers named, each with the addresses that can be sent to from here.
    pub named: Vec<NamedTarget>,
    /// The hosts among them whose address may become another one.
    pub hosts: NamedHosts,
    /// What to say about the port.
    pub notice: Option<Notice>,
    /// The interfaces as they were.
    pub interfaces: Interfaces,
}

/// Why there is no session: one sentence. Nothing has been sent.
#[derive(Debug, Error)]
pub enum CannotStart {
    /// A peer or zone is not known.
    #[error(transparent)]
    Unresolved(#[from] Unresolved),
    /// There is no socket.
    #[error(transparent)]
    CannotBind(#[from] CannotBind),
    /// `--interface` names none.
    #[error("{}", en::system::unknown_interface(.name, .known))]
    UnknownInterface {
        /// The name.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A peer is this program itself.
    #[error("{}", en::system::own_address(.0))]
    OwnAddress(SocketAddr),
    /// A peer is of a family that is not bound.
    #[error("{}", en::system::other_family(.peer, .bound))]
    OtherFamily {
        /// As given.
        peer: PeerName,
        /// Where this program listens.
        bound: SocketAddr,
    },
}

impl CannotStart {
    /// The ending it is.
    pub fn ending(&self) -> Ending {
        match self {
            Self::OwnAddress(_) | Self::OtherFamily { .. } => Ending::WrongUsage,
            Self::Unresolved(_) | Self::CannotBind(_) | Self::UnknownInterface { .. } => Ending::Failed,
        }
    }
}

/// Binds for a native session. Names of peers that are not known yet are tried again later.
pub fn prepare_native(
    peers: &[PeerName],
    bind: Option<&Bind>,
    only: &[String],
) -> Result<(BoundSockets, Vec<PeerName>), CannotStart> {
    let interfaces = Interfaces::scan().unwrap_or_default();
    only.iter().try_for_each(|name| find(name, &interfaces).map(drop))?;
    let (sockets, notice) = bind_as(bind, &interfaces)?;
    let (mut named, mut hosts, mut unknown) = (Vec::new(), NamedHosts::default(), Vec::new());
    for peer in peers {
        match resolve::resolve(peer, &interfaces) {
            Err(Unresolved::UnknownHost { .. }) => unknown.push(peer.clone()),
            resolved => {
                let addresses = resolved?;
                hosts.learn(peer, &addresses, Moment::START);
                named.push(name(peer, addresses, &sockets, &interfaces, None)?);
            }
        }
    }
    Ok((BoundSockets { sockets, named, hosts, notice, interfaces }, unknown))
}

/// Looks the peers up and binds.
pub fn prepare(peers: &[PeerName], bind: Option<&Bind>, interface: Option<&str>) -> Result<BoundSockets, CannotStart> {
    let interfaces = Interfaces::scan().unwrap_or_default(); // without the list only loopback is known as our own
    let by = interface.map(|name| find(name, &interfaces)).transpose()?;
    let resolve = |peer| resolve::resolve(peer, &interfaces).map(|addresses| (peer, addresses));
    let resolved: Vec<(&PeerName, Vec<SocketAddr>)> = peers.iter().map(resolve).collect::<Result<_, _>>()?;
    let usual_is_taken = resolved.iter().flat_map(|(_, addresses)| addresses).any(|to| is_usual_here(*to, &interfaces));
    let (sockets, notice) = match bind {
        None if usual_is_taken => (Sockets::bind_all(0)?, None),
        bind => bind_as(bind, &interfaces)?,
    };
    let name = |(peer, addresses)| name(peer, addresses, &sockets, &interfaces, by);
    let named = resolved.into_iter().map(name).collect::<Result<_, _>>()?;
    Ok(BoundSockets { sockets, named, hosts: NamedHosts::default(), notice, interfaces })
}

/// Where the user said, or else the usual port.
fn bind_as(bind: Option<&Bind>, interfaces: &Interfaces) -> Result<(Sockets, Option<Notice>), CannotStart> {
    Ok(match bind {
        None => Sockets::bind_usual()?,
        Some(Bind { address: None, port }) => (Sockets::bind_all(*port)?, None),
        Some(Bind { address: Some(literal), port }) => {
            (Sockets::bind(resolve::address(literal, *port, interfaces)?)?, None)
        }
    })
}

fn find(name: &str, interfaces: &Interfaces) -> Result<Interface, CannotStart> {
    let unknown = || CannotStart::UnknownInterface { name: name.to_owned(), known: interfaces.names() };
    interfaces.find(name).ok_or_else(unknown)
}

/// Whether `to` is the usual port of this machine: then another instance has it, or will.
fn is_usual_here(to: SocketAddr, interfaces: &Interfaces) -> bool {
    to.port() == PORT && interfaces.is_own(to.ip())
}

/// A peer with those of its addresses that can be sent to from here.
fn name(
    peer: &PeerName,
    mut addresses: Vec<SocketAddr>,
    sockets: &Sockets,
    interfaces: &Interfaces,
    by: Option<Interface>,
) -> Result<NamedTarget, CannotStart> {
    addresses.retain(|&to| sockets.reaches(to));
    if addresses.is_empty() {
        let bound = sockets.addresses().into_iter().next().unwrap_or(SocketAddr::new(IpAddr::from([0; 4]), 0));
        return Err(CannotStart::OtherFamily { peer: peer.clone(), bound });
    }
    for &to in &addresses {
        if interfaces.is_own(to.ip()) && sockets.covers(to) {
            return Err(CannotStart::OwnAddress(to));
        }
        if to.ip().is_multicast() {
            sockets.join(to, by)?;
        }
    }
    Ok(NamedTarget::new(peer.to_string(), addresses))
}
