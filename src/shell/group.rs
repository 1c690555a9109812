//! Everybody on this network: the multicast groups, heard on every interface and sent to by each.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::time::Duration;

use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};
use socket2::{Domain, InterfaceIndexOrAddress, Protocol, SockRef, Socket, Type};

use super::lan::{Interfaces, Link};
use super::socket::{RECEIVE_BUFFER_BYTES, Sockets};
use crate::chat::limits::GROUP_PORT;
use crate::chat::time::Moment;

/// Of administrative scope (RFC 2365): no router of a site's border passes it on.
const GROUP_V4: Ipv4Addr = Ipv4Addr::new(239, 255, 77, 88);
/// Transient, of link scope (RFC 4291, 2.7).
const GROUP_V6: Ipv6Addr = Ipv6Addr::new(0xff12, 0, 0, 0, 0, 0, 0, 0x4357);

/// How often the interfaces are looked at.
const SCAN_EVERY: Duration = Duration::from_secs(10);
/// And after a send said that the network changed.
const SCAN_SOON: Duration = Duration::from_secs(1);

/// The groups of both families. What is sent to them leaves through the session's own sockets, so that whoever hears it
/// knows where to answer; what comes from them comes here, for all instances of a machine share the port.
#[derive(Debug)]
pub struct Group {
    members: Vec<Member>,
    links: Vec<Link>,
    only: Only,
    next_scan: Moment,
    /// What the sockets are set to, so that it is not set again for each datagram.
    set: Set,
}

#[derive(Debug)]
struct Member {
    udp: UdpSocket,
    is_v4: bool,
    ready: bool,
}

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
    fn takes(&self, link: &Link) -> bool {
        match self {
            Self::All => true,
            Self::Named(names) => names.contains(&link.name),
            Self::Of(ip) if ip.is_loopback() => link.is_loopback,
            Self::Of(ip) => link.is_loopback || link.addresses.contains(ip),
        }
    }
}

impl Group {
    /// Listens on the group port of each family that there is, and joins on each interface.
    pub fn open(only: Only, interfaces: &Interfaces, registry: &Registry, token: Token) -> io::Result<Self> {
        let (v4, v6) = (Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into());
        // A machine may lack a family, and another program may hold the port alone: what is there is used.
        let mut members: Vec<Member> = [v4, v6].into_iter().filter_map(|any| listen(any).ok()).collect();
        for member in &mut members {
            registry.register(&mut member.udp, token, Interest::READABLE)?;
        }
        let next_scan = Moment::START.after(SCAN_EVERY);
        let mut group = Self { members, links: Vec::new(), only, next_scan, set: Set::default() };
        group.join(interfaces);
        Ok(group)
    }

    /// Takes the interfaces as they are now. Says whether they changed.
    pub fn join(&mut self, interfaces: &Interfaces) -> bool {
        let links: Vec<Link> = interfaces.links().into_iter().filter(|link| self.only.takes(link)).collect();
        let is_changed = links != self.links;
        if is_changed {
            for link in &links {
                for member in &self.members {
                    let _ = member.join(link); // an interface that cannot, or that was joined before
                }
            }
            self.links = links;
            self.set = Set::default();
        }
        is_changed
    }

    /// When the interfaces are to be looked at again.
    pub fn next_scan(&self) -> Moment {
        self.next_scan
    }

    /// They are looked at now.
    pub fn scanned(&mut self, now: Moment) {
        self.next_scan = now.after(SCAN_EVERY);
    }

    /// The poll announced something.
    pub fn wake(&mut self) {
        self.members.iter_mut().for_each(|member| member.ready = true);
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

    /// Sends one datagram by each interface and family. What fails is one more that the network lost; where the network
    /// is another one than it was, it is looked at soon.
    pub fn send(&mut self, sockets: &Sockets, datagram: &[u8], now: Moment) {
        let mut is_stale = false;
        for link in &self.links {
            if let (Some(v4), Some(udp)) = (link.v4, sockets.of(true)) {
                is_stale |= self.set.leave_by_v4(udp, v4, link.is_loopback).is_err();
                is_stale |= is_gone(udp.send_to(datagram, SocketAddrV4::new(GROUP_V4, GROUP_PORT).into()));
            }
            if let (true, Some(udp)) = (link.has_v6 && !link.is_loopback, sockets.of(false)) {
                let to = SocketAddrV6::new(GROUP_V6, GROUP_PORT, 0, link.index);
                is_stale |= self.set.leave_by_v6(udp, link.index).is_err();
                is_stale |= is_gone(udp.send_to(datagram, to.into()));
            }
        }
        if is_stale {
            self.set = Set::default();
            self.next_scan = self.next_scan.min(now.after(SCAN_SOON));
        }
    }
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
    fn join(&self, link: &Link) -> io::Result<()> {
        let socket = SockRef::from(&self.udp);
        match (self.is_v4, link.v4) {
            (true, Some(_)) if link.index != 0 => {
                socket.join_multicast_v4_n(&GROUP_V4, &InterfaceIndexOrAddress::Index(link.index))
            }
            (true, Some(address)) => socket.join_multicast_v4(&GROUP_V4, &address),
            (true, None) => Ok(()),
            (false, _) if link.has_v6 => socket.join_multicast_v6(&GROUP_V6, link.index),
            (false, _) => Ok(()),
        }
    }
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
    Ok(Member { udp: UdpSocket::from_std(socket.into()), is_v4: address.is_ipv4(), ready: true })
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
