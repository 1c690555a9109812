//! What the network reports of datagrams already sent (ICMP).
//!
//! Linux keeps a queue of it that says for which address; without the queue a socket that sends to many is told nothing.

use std::io;
use std::net::{IpAddr, SocketAddr};

use crate::chat::api::network_notice::Undelivered;
use crate::shell::sys::error::words;

pub use system::{collect, enable};

/// A datagram that the network reports as not delivered.
#[derive(Debug)]
pub struct Failure {
    /// Where it was sent.
    pub to: SocketAddr,
    /// What was reported.
    pub why: Undelivered,
    /// By whom, where the network did.
    pub by: Option<IpAddr>,
}

/// An error of the system as the core knows it.
pub fn undelivered(error: &io::Error) -> Undelivered {
    #[cfg(unix)]
    match error.raw_os_error().map(nix::errno::Errno::from_raw) {
        Some(nix::errno::Errno::EMSGSIZE) => return Undelivered::TooLarge,
        Some(nix::errno::Errno::EACCES) => return Undelivered::Prohibited, // of packet filters it is EPERM
        _ => {}
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Undelivered::Refused,
        io::ErrorKind::HostUnreachable => Undelivered::HostUnreachable,
        // The last is said while the only address of a family is not made sure of yet.
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown | io::ErrorKind::AddrNotAvailable => {
            Undelivered::NetworkUnreachable
        }
        io::ErrorKind::PermissionDenied => Undelivered::NotPermitted,
        _ => Undelivered::Other(words(error)),
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::collections::VecDeque;
    use std::io::{self, IoSliceMut};
    use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
    use std::os::fd::AsRawFd;

    use mio::net::UdpSocket;
    use nix::errno::Errno;
    use nix::libc::{SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6, sock_extended_err};
    use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrIn, SockaddrStorage, recvmsg, setsockopt, sockopt};
    use socket2::Socket;

    use super::{Failure, undelivered};
    use crate::chat::api::network_notice::Undelivered;

    /// How many reports are taken at once. The kernel bounds the queue by the receive buffer; the rest comes in the next
    /// turn.
    const REPORTS_MAX: usize = 64;

    /// Asks for reports. Where that is refused nothing is reported, as on other systems.
    pub fn enable(socket: &Socket, is_ipv4: bool) {
        let _ = if is_ipv4 {
            setsockopt(socket, sockopt::Ipv4RecvErr, &true)
        } else {
            setsockopt(socket, sockopt::Ipv6RecvErr, &true)
        };
    }

    /// Appends what is reported. Says whether there was anything.
    pub fn collect(udp: &UdpSocket, failures: &mut VecDeque<Failure>) -> bool {
        let reports = std::iter::from_fn(|| next(udp).ok()).take(REPORTS_MAX);
        reports.map(|report| failures.extend(report)).count() > 0
    }

    /// The next report; `None` where it is about no datagram that left this machine.
    fn next(udp: &UdpSocket) -> Result<Option<Failure>, Errno> {
        let mut payload = [0; 0];
        let mut parts = [IoSliceMut::new(&mut payload)];
        let mut control = nix::cmsg_space!(sock_extended_err, nix::libc::sockaddr_in6);
        let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
        let report = recvmsg::<SockaddrStorage>(udp.as_raw_fd(), &mut parts, Some(&mut control), flags)?;
        let to = report.address.as_ref().and_then(socket_address);
        let told = report.cmsgs()?.find_map(|message| match message {
            ControlMessageOwned::Ipv4RecvErr(error, by) => {
                Some((error, by.map(|by| SocketAddrV4::from(SockaddrIn::from(by)).ip().to_owned().into())))
            }
            ControlMessageOwned::Ipv6RecvErr(error, by) => {
                Some((error, by.map(|by| IpAddr::V6(Ipv6Addr::from(by.sin6_addr.s6_addr)))))
            }
            _ => None,
        });
        Ok(to.zip(told.filter(|(error, _)| is_from_network(error))).map(|(to, (error, by))| Failure {
            to,
            why: meaning(&error, by),
            by,
        }))
    }

    /// What an ICMP says, by its type and code (RFC 792, RFC 1122 3.2.2.1, RFC 1812 5.2.7.1, RFC 4443 3.1).
    fn meaning(error: &sock_extended_err, by: Option<IpAddr>) -> Undelivered {
        match (error.ee_origin, error.ee_type, error.ee_code, by) {
            (SO_EE_ORIGIN_ICMP, 3, 9 | 10 | 13, Some(by)) | (SO_EE_ORIGIN_ICMP6, 1, 1 | 5 | 6, Some(by)) => {
                Undelivered::Forbidden { by }
            }
            _ => undelivered(&io::Error::from_raw_os_error(i32::try_from(error.ee_errno).unwrap_or_default())),
        }
    }

    /// What fails on this machine is told by the send itself already.
    fn is_from_network(error: &sock_extended_err) -> bool {
        matches!(error.ee_origin, SO_EE_ORIGIN_ICMP | SO_EE_ORIGIN_ICMP6)
    }

    fn socket_address(address: &SockaddrStorage) -> Option<SocketAddr> {
        let v4 = address.as_sockaddr_in().map(|v4| SocketAddrV4::from(*v4).into());
        v4.or_else(|| address.as_sockaddr_in6().map(|v6| SocketAddrV6::from(*v6).into()))
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::collections::VecDeque;

    use mio::net::UdpSocket;
    use socket2::Socket;

    use super::Failure;

    /// Nothing to ask for.
    pub fn enable(_: &Socket, _: bool) {}

    /// Nothing is reported.
    pub fn collect(_: &UdpSocket, _: &mut VecDeque<Failure>) -> bool {
        false
    }
}
