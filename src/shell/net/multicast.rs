//! Everybody on this network: the multicast groups, heard on every interface and sent to by each.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};
use socket2::{Domain, InterfaceIndexOrAddress, Protocol, SockRef, Socket, Type};

use crate::chat::api::machine::Network;
use crate::chat::api::network_notice::{Family, Undelivered};
use crate::chat::base::limits::GROUP_PORT;
use crate::shell::net::ByFamily;
use crate::shell::net::lan::{Interfaces, NetworkInterface};
use crate::shell::net::own_copies::WayIn;
use crate::shell::net::reports::undelivered;
use crate::shell::net::socket::{RECEIVE_BUFFER_BYTES, SendResult, Sockets, is_full};

/// Of administrative scope (RFC 2365): no router of a site's border passes it on.
const GROUP_V4: Ipv4Addr = Ipv4Addr::new(239, 255, 77, 88);
/// Transient, of link scope (RFC 4291, 2.7).
const GROUP_V6: Ipv6Addr = Ipv6Addr::new(0xff12, 0, 0, 0, 0, 0, 0, 0x4357);

/// The groups of both families. What is sent to them leaves through the session's own sockets, so that whoever hears it
/// knows where to answer; what comes from them comes here, for all instances of a machine share the port.
#[derive(Debug)]
pub struct Group {
    /// At least one of each family that there is. Systems bound how many interfaces one socket joins by.
    members: Vec<Member>,
    registry: Registry,
    tokens: ByFamily<Token>,
    links: Vec<NetworkInterface>,
    only: Only,
    /// A send said that the network is another one than it was.
    is_stale: bool,
    /// The interfaces by which this machine did not let the last datagram leave.
    forbidden: Vec<String>,
    /// What the sockets are set to, so that it is not set again for each datagram.
    set: Set,
}

#[derive(Debug)]
struct Member {
    udp: UdpSocket,
    is_v4: bool,
    ready: bool,
    /// By which interfaces it is in the group.
    joined: Vec<InterfaceKey>,
}

/// An interface as the system knows it: by its index, or where it has none by an address.
type InterfaceKey = (u32, Option<Ipv4Addr>);

#[derive(Debug, Default)]
struct Set {
    v4: Option<(Ipv4Addr, bool)>,
    v6: Option<(u32, bool)>,
}

/// By which interfaces.
#[derive(Clone, Debug)]
pub enum Only {
    /// Every one that can.
    All,
    /// Those of these names.
    Named(Vec<String>),
    /// That of this address, and the loopback.
    Of(IpAddr),
}

impl Only {
    fn takes(&self, link: &NetworkInterface) -> bool {
        match self {
            Self::All => !link.is_port,
            Self::Named(names) => names.contains(&link.name),
            Self::Of(ip) if ip.is_loopback() => link.is_loopback,
            Self::Of(ip) => link.is_loopback || link.addresses.contains(ip),
        }
    }
}

impl Group {
    /// Listens on the group port of each family that there is, and joins on each interface.
    pub fn open(only: Only, interfaces: &Interfaces, registry: &Registry, tokens: ByFamily<Token>) -> io::Result<Self> {
        let (v4, v6) = (Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into());
        // A machine may lack a family, and another program may hold the port alone: what is there is used.
        let mut members: Vec<Member> = [v4, v6].into_iter().filter_map(|any| listen(any).ok()).collect();
        for member in &mut members {
            registry.register(&mut member.udp, *tokens.of(member.is_v4), Interest::READABLE)?;
        }
        let (registry, set) = (registry.try_clone()?, Set::default());
        let mut group =
            Self { members, registry, tokens, links: Vec::new(), only, is_stale: false, forbidden: Vec::new(), set };
        group.join(interfaces);
        Ok(group)
    }

    /// Takes the interfaces as they are now.
    pub fn join(&mut self, interfaces: &Interfaces) {
        let links = interfaces.links().iter().filter(|link| self.only.takes(link)).cloned();
        let links: Vec<NetworkInterface> = links.collect();
        self.members.iter_mut().for_each(|member| member.leave_others(&links));
        for link in &links {
            self.join_by(link, true);
            self.join_by(link, false);
        }
        self.links = links;
        self.set = Set::default();
    }

    /// Joins by one interface, on a further socket where those that there are hold no more (`IP_MAX_MEMBERSHIPS`, 20 on Linux).
    fn join_by(&mut self, link: &NetworkInterface, is_v4: bool) {
        if self.is_in(link, is_v4) {
            return;
        }
        let mut family = self.members.iter_mut().filter(|member| member.is_v4 == is_v4).peekable();
        let is_spoken = family.peek().is_some();
        if !is_spoken || !family.all(|member| member.join(link).is_err_and(|error| is_full(&error))) {
            return; // it is joined now, or cannot be
        }
        let any = if is_v4 { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        let Ok(mut member) = listen(any) else { return };
        let registered = self.registry.register(&mut member.udp, *self.tokens.of(is_v4), Interest::READABLE);
        if registered.and_then(|()| member.join(link)).is_ok() {
            self.members.push(member);
        }
    }

    /// Whether everybody is heard by this interface, in one family.
    pub fn is_in(&self, link: &NetworkInterface, is_v4: bool) -> bool {
        self.members.iter().any(|member| member.is_v4 == is_v4 && member.joined.contains(&place(link)))
    }

    /// The interfaces that are in use.
    pub fn links(&self) -> &[NetworkInterface] {
        &self.links
    }

    /// What sending by an interface fails with, in one family: tried with a datagram that comes to this machine alone.
    pub fn try_sending(&mut self, sockets: &Sockets, link: &NetworkInterface, family: Family) -> Option<Undelivered> {
        let way = WayIn { link: link.clone(), family, port: GROUP_PORT };
        sockets.of(family == Family::V4)?;
        self.put_to_self(sockets, &way, &[]).err().as_ref().map(undelivered)
    }

    /// Sends what comes back to this machine alone. Says whether it left.
    pub fn send_to_self(&mut self, sockets: &Sockets, way: &WayIn, datagram: &[u8]) -> bool {
        self.put_to_self(sockets, way, datagram).is_ok()
    }

    fn put_to_self(&mut self, sockets: &Sockets, way: &WayIn, datagram: &[u8]) -> io::Result<()> {
        self.set = Set::default();
        let WayIn { link, family, port } = way;
        let Some(udp) = sockets.of(*family == Family::V4) else { return Err(io::ErrorKind::Unsupported.into()) };
        let socket = SockRef::from(udp);
        let (set, to) = if let (Family::V4, Some(by)) = (family, link.v4) {
            let set = socket.set_multicast_if_v4(&by).and_then(|()| socket.set_multicast_loop_v4(true));
            (set.and_then(|()| socket.set_multicast_ttl_v4(0)), SocketAddrV4::new(GROUP_V4, *port).into())
        } else {
            let set = socket.set_multicast_if_v6(link.index).and_then(|()| socket.set_multicast_loop_v6(true));
            let to = SocketAddrV6::new(GROUP_V6, *port, 0, link.index);
            (set.and_then(|()| socket.set_multicast_hops_v6(0)), to.into())
        };
        set.and_then(|()| udp.send_to(datagram, to)).map(drop)
    }

    /// An interface by which this machine did not let the last datagram leave, each once.
    pub fn take_forbidden(&mut self) -> Option<String> {
        self.forbidden.pop()
    }

    /// Whether a send said that the network is another one than it was.
    pub fn take_stale(&mut self) -> bool {
        std::mem::take(&mut self.is_stale)
    }

    /// The poll announced something of this family.
    pub fn wake(&mut self, is_v4: bool) {
        self.members.iter_mut().filter(|member| member.is_v4 == is_v4).for_each(|member| member.ready = true);
    }

    /// Whether there may be something to receive.
    pub fn is_ready(&self) -> bool {
        self.members.iter().any(|member| member.ready)
    }

    /// Receives one datagram into `buffer`.
    pub fn receive(&mut self, buffer: &mut [u8]) -> Option<(SocketAddr, usize)> {
        self.members.rotate_left(1);
        for member in self.members.iter_mut().filter(|member| member.ready) {
            match member.udp.recv_from(buffer) {
                Ok((taken, from)) => return Some((from, taken)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => member.ready = false,
                Err(_) => return None, // the rest in the next turn
            }
        }
        None
    }

    /// Sends one datagram by each interface that is up and each family, but to the network `beyond`. What fails is one more that the
    /// network lost. Says where to, and what this machine refused.
    pub fn send(&mut self, sockets: &Sockets, datagram: &[u8], beyond: Option<Network>) -> (SocketAddr, SendResult) {
        let (mut is_stale, mut is_taken, mut refused) = (false, false, None);
        let forbidden = &mut self.forbidden;
        let mut put = |link: &NetworkInterface, udp: &UdpSocket, to: SocketAddr| {
            let sent = udp.send_to(datagram, to);
            is_taken |= sent.is_ok();
            let why = sent.as_ref().err().map(undelivered).filter(is_refusal);
            if why == Some(Undelivered::NotPermitted) && !link.is_loopback && !forbidden.contains(&link.name) {
                forbidden.push(link.name.clone());
            }
            refused = why.map(|why| (to, why)).or(refused.take());
            is_gone(sent)
        };
        for link in self.links.iter().filter(|link| link.is_up && (beyond.is_none() || beyond != link.network)) {
            if let (Some(v4), Some(udp)) = (link.v4, sockets.of(true)) {
                is_stale |= self.set.leave_by_v4(udp, v4, link.is_loopback).is_err();
                is_stale |= put(link, udp, SocketAddrV4::new(GROUP_V4, GROUP_PORT).into());
            }
            if let (true, Some(udp)) = (link.has_v6 && !link.is_loopback, sockets.of(false)) {
                let to = SocketAddrV6::new(GROUP_V6, GROUP_PORT, 0, link.index);
                is_stale |= self.set.leave_by_v6(udp, link.index).is_err();
                is_stale |= put(link, udp, to.into());
            }
        }
        if is_stale {
            self.set = Set::default();
            self.is_stale = true;
        }
        match refused {
            Some((to, why)) => (to, SendResult::Never(why)),
            None => (ADDRESS, if is_taken { SendResult::Yes } else { SendResult::NotYet }),
        }
    }
}

/// The group of IPv4.
const ADDRESS: SocketAddr = SocketAddr::V4(SocketAddrV4::new(GROUP_V4, GROUP_PORT));

/// Whether this machine does not want it to leave. What an interface cannot do (of a tunnel, say) is no refusal.
fn is_refusal(why: &Undelivered) -> bool {
    matches!(why, Undelivered::NotPermitted | Undelivered::TooLarge)
}

impl Set {
    /// Our own datagrams come back by the loopback alone, where the other instances of this machine hear them.
    fn leave_by_v4(&mut self, udp: &UdpSocket, by: Ipv4Addr, is_loopback: bool) -> io::Result<()> {
        let socket = SockRef::from(udp);
        if self.v4.is_none_or(|(set, _)| set != by) {
            socket.set_multicast_if_v4(&by)?;
        }
        if self.v4.is_none_or(|(_, set)| set != is_loopback) {
            socket.set_multicast_loop_v4(is_loopback)?;
            socket.set_multicast_ttl_v4(1)?;
        }
        self.v4 = Some((by, is_loopback));
        Ok(())
    }

    fn leave_by_v6(&mut self, udp: &UdpSocket, by: u32) -> io::Result<()> {
        let socket = SockRef::from(udp);
        if self.v6.is_none_or(|(set, _)| set != by) {
            socket.set_multicast_if_v6(by)?;
            socket.set_multicast_loop_v6(false)?;
            socket.set_multicast_hops_v6(1)?;
        }
        self.v6 = Some((by, false));
        Ok(())
    }
}

impl Member {
    /// Leaves where nothing is any more: what it joined by counts against what it may, also where the interface is gone.
    fn leave_others(&mut self, links: &[NetworkInterface]) {
        let udp = SockRef::from(&self.udp);
        let is_v4 = self.is_v4;
        self.joined.retain(|&(index, address)| {
            // The system may forget its groups together with the addresses of a family.
            let is_able = |link: &&NetworkInterface| if is_v4 { link.v4.is_some() } else { link.has_v6 };
            let is_there = links.iter().filter(is_able).any(|link| place(link) == (index, address));
            let _ = match address {
                _ if is_there => Ok(()),
                Some(address) => udp.leave_multicast_v4(&GROUP_V4, &address),
                None if is_v4 => udp.leave_multicast_v4_n(&GROUP_V4, &InterfaceIndexOrAddress::Index(index)),
                None => udp.leave_multicast_v6(&GROUP_V6, index),
            };
            is_there
        });
    }

    /// Joins by an interface that can.
    fn join(&mut self, link: &NetworkInterface) -> io::Result<()> {
        let is_able = if self.is_v4 { link.v4.is_some() } else { link.has_v6 };
        if !is_able {
            return Ok(());
        }
        self.try_join(link)?;
        self.joined.push(place(link));
        Ok(())
    }

    fn try_join(&self, link: &NetworkInterface) -> io::Result<()> {
        let socket = SockRef::from(&self.udp);
        match (self.is_v4, link.v4) {
            (true, Some(_)) if link.index != 0 => {
                socket.join_multicast_v4_n(&GROUP_V4, &InterfaceIndexOrAddress::Index(link.index))
            }
            (true, Some(address)) => socket.join_multicast_v4(&GROUP_V4, &address),
            (true, None) => Ok(()),
            (false, _) => socket.join_multicast_v6(&GROUP_V6, link.index),
        }
    }
}

fn place(link: &NetworkInterface) -> InterfaceKey {
    (link.index, link.v4.filter(|_| link.index == 0))
}

fn listen(any: IpAddr) -> io::Result<Member> {
    let address = SocketAddr::new(any, GROUP_PORT);
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    socket.set_reuse_address(true)?; // on Linux every instance gets each multicast
    #[cfg(all(unix, not(target_os = "linux")))]
    socket.set_reuse_port(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    #[cfg(target_os = "linux")] // else groups that other programs joined arrive here too
    if address.is_ipv4() {
        socket.set_multicast_all_v4(false)?;
    } else {
        socket.set_multicast_all_v6(false)?;
    }
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES); // a wish
    socket.bind(&address.into())?;
    Ok(Member { udp: UdpSocket::from_std(socket.into()), is_v4: address.is_ipv4(), ready: true, joined: Vec::new() })
}

/// Whether a send failed because the interface is another one than it was.
fn is_gone(sent: io::Result<usize>) -> bool {
    let is_of_network = |error: io::Error| {
        use io::ErrorKind::{AddrNotAvailable, HostUnreachable, NetworkDown, NetworkUnreachable, NotFound};
        let is_gone =
            matches!(error.kind(), AddrNotAvailable | HostUnreachable | NetworkDown | NetworkUnreachable | NotFound);
        #[cfg(unix)]
        let is_gone = is_gone || error.raw_os_error() == Some(nix::errno::Errno::ENODEV as i32);
        is_gone
    };
    sent.err().is_some_and(is_of_network)
}
