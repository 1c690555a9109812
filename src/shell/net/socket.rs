//! The UDP sockets: bound once, one per IP family, never the end of the program.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use crate::chat::api::network_notice::Undelivered;
use crate::chat::api::notice::Notice;
use crate::chat::base::limits::PORT;
use crate::chat::base::time::Moment;
use crate::chat::files::supply::PIECE_BYTES;
use crate::shell::net::ByFamily;
use crate::shell::net::cannot_bind::{CannotBind, explain, is_no_family};
use crate::shell::net::lan::Interface;
use crate::shell::net::port_owner::holder;
use crate::shell::net::reports::{self, Failure, undelivered};
use crate::shell::net::segments::{self, Aside, ReceivedRun};

/// What is asked of the system for datagrams that wait to be received, in bytes: as much as a burst of 10,000 lines. It
/// gives what it allows.
pub const RECEIVE_BUFFER_BYTES: usize = 4 * 1024 * 1024;

/// What a datagram of a transfer takes of such a buffer: Linux counts the memory around it, too (measured).
const DATAGRAM_MEMORY: u64 = 2304;

/// Where datagrams cannot be sent with one call they are sent one by one for so long: an interface may come that can.
const ONE_BY_ONE_FOR: Duration = Duration::from_secs(60);

/// How often another pair of ports is tried where any port will do and one family's was taken.
const PAIRS_TRIED_MAX: usize = 16;

/// How often a datagram is sent at once because an earlier one's error was reported instead.
const SENDS_TRIED_MAX: usize = 4;

/// The bound sockets: one address, or all addresses of each family there is, on one port.
#[derive(Debug)]
pub struct Sockets {
    all: Vec<Bound>,
    failures: VecDeque<Failure>,
    /// What the network could not take yet, in order.
    waiting: VecDeque<(SocketAddr, Rc<[u8]>)>,
    /// Until then datagrams of one size are sent one by one, for the system could not send them with one call.
    one_by_one: Moment,
}

#[derive(Debug)]
struct Bound {
    udp: UdpSocket,
    address: SocketAddr,
    /// An edge was seen, and since then not the end of what there is to receive.
    ready: bool,
    aside: Aside,
}

impl Sockets {
    /// Binds one address.
    pub fn bind(address: SocketAddr) -> Result<Self, CannotBind> {
        open(address).map(|bound| Self::new(vec![bound])).map_err(|error| explain(address, error))
    }

    /// Binds `port` on all addresses of both families; 0: any port that is free in both.
    pub fn bind_all(port: u16) -> Result<Self, CannotBind> {
        let v4 = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
        for _ in 0..PAIRS_TRIED_MAX {
            match open_pair(v4) {
                Err(error) if port == 0 && error.kind() == io::ErrorKind::AddrInUse => {}
                pair => return pair.map(Self::new).map_err(|error| explain(v4, error)),
            }
        }
        Err(explain(v4, io::ErrorKind::AddrInUse.into()))
    }

    /// Binds the usual port, or any other where it is taken, and says so.
    pub fn bind_usual() -> Result<(Self, Option<Notice>), CannotBind> {
        match Self::bind_all(PORT) {
            Err(CannotBind::InUse { .. }) => {
                let sockets = Self::bind_all(0)?;
                let notice = Notice::PortTaken { wanted: PORT, holder: holder(PORT), used: sockets.port() };
                Ok((sockets, Some(notice)))
            }
            bound => Ok((bound?, None)),
        }
    }

    fn new(all: Vec<Bound>) -> Self {
        Self { all, failures: VecDeque::new(), waiting: VecDeque::new(), one_by_one: Moment::START }
    }

    /// The bound addresses, IPv4 first.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        let mut addresses: Vec<SocketAddr> = self.all.iter().map(|bound| bound.address).collect();
        addresses.sort_by_key(SocketAddr::is_ipv6);
        addresses
    }

    /// The port, which is the same in both families.
    pub fn port(&self) -> u16 {
        self.all.first().map_or(0, |bound| bound.address.port())
    }

    /// Whether `to` can be sent to from here: the family is bound, and from the loopback nothing leaves this machine.
    pub fn reaches(&self, to: SocketAddr) -> bool {
        let stays = to.ip().is_loopback() || to.ip().is_multicast();
        let may = |bound: SocketAddr| bound.is_ipv4() == to.is_ipv4() && (stays || !bound.ip().is_loopback());
        self.all.iter().any(|bound| may(bound.address))
    }

    /// Whether what is sent to `to`, an address of this machine, comes back here.
    pub fn covers(&self, to: SocketAddr) -> bool {
        let covers = |bound: SocketAddr| bound.ip().is_unspecified() || bound.ip() == to.ip();
        to.port() == self.port() && self.of_family(to).is_some_and(|bound| covers(bound.address))
    }

    /// Lets the poll announce datagrams, by family.
    pub fn register(&mut self, registry: &Registry, tokens: ByFamily<Token>) -> io::Result<()> {
        let of = |bound: &mut Bound| {
            let token = *tokens.of(bound.address.is_ipv4());
            registry.register(&mut bound.udp, token, Interest::READABLE)
        };
        self.all.iter_mut().try_for_each(of)
    }

    /// Sends multicast by `interface`, and receives what is sent to `group` on this port.
    pub fn join(&self, group: SocketAddr, interface: Option<Interface>) -> Result<(), CannotBind> {
        let Some(bound) = self.of_family(group) else { return Ok(()) };
        let socket = SockRef::from(&bound.udp);
        let joined = match group.ip() {
            IpAddr::V4(ip) => {
                let by = interface.map_or(Some(Ipv4Addr::UNSPECIFIED), |interface| interface.v4);
                by.ok_or_else(|| io::Error::other("the interface has no IPv4 address")).and_then(|by| {
                    socket.set_multicast_if_v4(&by)?;
                    if group.port() == self.port() { socket.join_multicast_v4(&ip, &by) } else { Ok(()) }
                })
            }
            IpAddr::V6(ip) => {
                let index = interface.map_or(zone(group), |interface| interface.index);
                socket.set_multicast_if_v6(index).and_then(|()| {
                    if group.port() == self.port() { socket.join_multicast_v6(&ip, index) } else { Ok(()) }
                })
            }
        };
        match joined {
            Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
                Err(CannotBind::Group { group: group.ip(), error })
            }
            _ => Ok(()), // in use: joined already
        }
    }

    /// The poll announced something of this family.
    pub fn wake(&mut self, is_v4: bool) {
        self.all.iter_mut().filter(|bound| bound.address.is_ipv4() == is_v4).for_each(|bound| bound.ready = true);
    }

    /// Whether there may be something to receive.
    pub fn is_ready(&self) -> bool {
        self.all.iter().any(|bound| bound.ready)
    }

    /// Receives one datagram into `buffer`, or several of one size that came together; it holds the most there can be. Errors here are reports of what was sent
    /// earlier (on Linux by address, on Windows as 10054 without one); none is an end.
    pub fn receive(&mut self, buffer: &mut [u8]) -> Option<ReceivedRun> {
        self.all.rotate_left(1); // neither family waits for the other
        for bound in self.all.iter_mut().filter(|bound| bound.ready) {
            match segments::receive(&bound.udp, buffer, &mut bound.aside) {
                Ok(run) => return Some(run),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => bound.ready = false,
                Err(_) => {
                    reports::collect(&bound.udp, &mut self.failures);
                    return None; // the edge is still up: the rest is taken in the next turn
                }
            }
        }
        None
    }

    /// Sends one datagram, or says why that cannot be. Where the network is slower than the input it waits here for its
    /// turn: see [`is_full`](Self::is_full).
    pub fn send(&mut self, to: SocketAddr, datagram: Rc<[u8]>) -> Result<(), Undelivered> {
        let sent = if self.is_full() { SendResult::NotYet } else { self.try_send(to, &datagram) };
        match sent {
            SendResult::Yes => Ok(()),
            SendResult::NotYet => {
                self.waiting.push_back((to, datagram));
                Ok(())
            }
            SendResult::Never(why) => Err(why),
        }
    }

    /// Sends one datagram where the network takes it now. What it does not take is one more that it lost.
    pub fn send_or_lose(&mut self, to: SocketAddr, datagram: &[u8]) -> SendResult {
        self.try_send(to, datagram)
    }

    /// How many bytes of a file its buffer for datagrams holds, with room for others: three quarters of it.
    pub fn receive_buffer(&self) -> u64 {
        let sizes = self.all.iter().filter_map(|bound| SockRef::from(&bound.udp).recv_buffer_size().ok());
        let least = sizes.min().unwrap_or(0) as u64;
        least / DATAGRAM_MEMORY * PIECE_BYTES / 4 * 3
    }

    /// Sends datagrams of one size, one behind the other in `run`, with as few calls as the system allows; what is lost of
    /// them whoever receives asks for again. Says how many bytes of them it has sent: where that is less than all, the network
    /// takes no more for now.
    pub fn send_run(&mut self, to: SocketAddr, run: &[u8], each: usize, now: Moment) -> usize {
        let mut sent = 0;
        while sent < run.len() {
            let rest = &run[sent..];
            if rest.len() > each
                && self.one_by_one <= now
                && let Some(udp) = self.of(to.is_ipv4())
            {
                match segments::send(udp, to, rest, each) {
                    Ok(()) => return run.len(),
                    Err(error) if is_full(&error) => return sent,
                    Err(error) if segments::is_unable(&error) => self.one_by_one = now.after(ONE_BY_ONE_FOR),
                    Err(_) => {} // the report of an earlier datagram, which the next single one collects
                }
            }
            let datagram = &rest[..rest.len().min(each)];
            if matches!(self.send_or_lose(to, datagram), SendResult::NotYet) {
                return sent;
            }
            sent += datagram.len();
        }
        sent
    }

    /// The socket of a family.
    pub fn of(&self, is_v4: bool) -> Option<&UdpSocket> {
        self.all.iter().find(|bound| bound.address.is_ipv4() == is_v4).map(|bound| &bound.udp)
    }

    /// Whether datagrams wait. Then no more input is to be read, which paces a pipe as a blocking socket would and bounds
    /// what waits; and [`send_waiting`](Self::send_waiting) is to be called every now and then.
    pub fn is_full(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Sends what waits, as far as the network takes it.
    pub fn send_waiting(&mut self) {
        while let Some((to, datagram)) = self.waiting.pop_front() {
            match self.try_send(to, &datagram) {
                SendResult::Yes => {}
                SendResult::NotYet => {
                    self.waiting.push_front((to, datagram));
                    return;
                }
                SendResult::Never(why) => self.failures.push_back(Failure { to, why, by: None }),
            }
        }
    }

    /// An error may be the report of an earlier datagram; then this one was not sent and is tried again.
    fn try_send(&mut self, to: SocketAddr, datagram: &[u8]) -> SendResult {
        let Some(index) = self.all.iter().position(|bound| bound.address.is_ipv4() == to.is_ipv4()) else {
            return SendResult::Never(Undelivered::NetworkUnreachable);
        };
        let udp = &self.all[index].udp;
        for _ in 0..SENDS_TRIED_MAX {
            let Err(error) = udp.send_to(datagram, to) else { return SendResult::Yes };
            let is_to_repeat = match error.kind() {
                _ if is_full(&error) => return SendResult::NotYet,
                io::ErrorKind::Interrupted => true,
                io::ErrorKind::PermissionDenied => allow_broadcast(udp),
                _ => reports::collect(udp, &mut self.failures),
            };
            if !is_to_repeat {
                return SendResult::Never(undelivered(&error));
            }
        }
        SendResult::NotYet // there are more reports than may be read at once
    }

    /// The next datagram that was reported as not delivered.
    pub fn take_failure(&mut self) -> Option<Failure> {
        self.failures.pop_front()
    }

    fn of_family(&self, address: SocketAddr) -> Option<&Bound> {
        self.all.iter().find(|bound| bound.address.is_ipv4() == address.is_ipv4())
    }
}

/// What became of a datagram.
#[derive(Clone, Debug)]
pub enum SendResult {
    /// The network has it.
    Yes,
    /// The network takes no more for now.
    NotYet,
    /// This machine does not send it.
    Never(Undelivered),
}

/// The send buffer is full, or the queue of the interface.
pub fn is_full(error: &io::Error) -> bool {
    #[cfg(unix)]
    let is_queue_full = error.raw_os_error() == Some(nix::errno::Errno::ENOBUFS as i32);
    #[cfg(not(unix))]
    let is_queue_full = error.raw_os_error() == Some(10055); // WSAENOBUFS
    is_queue_full || matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::OutOfMemory)
}

fn open_pair(v4: SocketAddr) -> io::Result<Vec<Bound>> {
    let mut all = Vec::new();
    match open(v4) {
        Ok(bound) => all.push(bound),
        Err(error) if is_no_family(&error) => {}
        Err(error) => return Err(error),
    }
    let port = all.first().map_or(v4.port(), |bound| bound.address.port());
    match open(SocketAddr::from((Ipv6Addr::UNSPECIFIED, port))) {
        Ok(bound) => all.push(bound),
        Err(error) if is_no_family(&error) && !all.is_empty() => {}
        Err(error) => return Err(error),
    }
    Ok(all)
}

fn open(address: SocketAddr) -> io::Result<Bound> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES); // a wish: the system gives what it allows
    reports::enable(&socket, address.is_ipv4());
    socket.bind(&address.into())?;
    let aside = segments::enable(&socket);
    let udp = UdpSocket::from_std(socket.into());
    Ok(Bound { address: udp.local_addr()?, udp, ready: true, aside })
}

/// Addresses that nobody has (RFC 5737, RFC 3849): what leads there is the default route.
const SOMEWHERE: [SocketAddr; 2] = [
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 9),
    SocketAddr::new(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)), 9),
];

/// From which address this machine sends by its default route, where it has one. Nothing is sent for it.
pub fn default_source() -> Option<IpAddr> {
    SOMEWHERE.into_iter().find_map(|to| {
        let socket = Socket::new(Domain::for_address(to), Type::DGRAM, Some(Protocol::UDP)).ok()?;
        socket.connect(&to.into()).ok()?;
        Some(socket.local_addr().ok()?.as_socket()?.ip())
    })
}

fn zone(address: SocketAddr) -> u32 {
    match address {
        SocketAddr::V4(_) => 0,
        SocketAddr::V6(v6) => v6.scope_id(),
    }
}

/// Systems ask for a permission before they broadcast. Says whether it was missing and is given now.
fn allow_broadcast(udp: &UdpSocket) -> bool {
    let socket = SockRef::from(udp);
    !socket.broadcast().unwrap_or(true) && socket.set_broadcast(true).is_ok()
}
