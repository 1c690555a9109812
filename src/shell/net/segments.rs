//! Many datagrams of one size by one call of the system: to one address (UDP GSO, Linux 4.18; udp(7), `UDP_SEGMENT`), and from one
//! (UDP GRO, Linux 5.0; `UDP_GRO`).

use std::io;
use std::net::SocketAddr;

use mio::net::UdpSocket;

/// Sends all of them, or none: an error is the same as of one datagram, or says that the system or an interface cannot.
#[cfg(target_os = "linux")]
pub fn send(udp: &UdpSocket, to: SocketAddr, run: &[u8], each: usize) -> io::Result<()> {
    use std::io::IoSlice;
    use std::os::fd::AsRawFd;

    use nix::sys::socket::{ControlMessage, MsgFlags, SockaddrStorage, sendmsg};

    let size = u16::try_from(each).map_err(|_| io::ErrorKind::InvalidInput)?;
    let segments = [ControlMessage::UdpGsoSegments(&size)];
    let to = SockaddrStorage::from(to);
    sendmsg(udp.as_raw_fd(), &[IoSlice::new(run)], &segments, MsgFlags::empty(), Some(&to))?;
    Ok(())
}

/// No other system has it.
#[cfg(not(target_os = "linux"))]
pub fn send(_: &UdpSocket, _: SocketAddr, _: &[u8], _: usize) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Whether the system or an interface cannot send so; else the error is that of a datagram.
#[cfg(target_os = "linux")]
pub fn is_unable(error: &io::Error) -> bool {
    use nix::errno::Errno;
    let unable = [Errno::EINVAL, Errno::EIO, Errno::EMSGSIZE, Errno::EOPNOTSUPP, Errno::ENOPROTOOPT];
    error.raw_os_error().is_none_or(|number| unable.contains(&Errno::from_raw(number)))
}

/// No other system can.
#[cfg(not(target_os = "linux"))]
pub fn is_unable(_: &io::Error) -> bool {
    true
}

/// What one call received: datagrams from one sender, one behind the other, each as long as `each`, but for the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceivedRun {
    pub from: SocketAddr,
    pub bytes: usize,
    /// At least 1: an empty datagram is one, too.
    pub each: usize,
}

/// Room for what the system says beside a datagram. Reused for every read.
#[derive(Debug, Default)]
pub struct Aside(#[cfg(target_os = "linux")] Vec<u8>);

/// From now on datagrams of one size that come together may be received together. A wish: else each comes alone.
#[cfg(target_os = "linux")]
pub fn enable(udp: &impl std::os::fd::AsFd) -> Aside {
    let is_enabled = nix::sys::socket::setsockopt(udp, nix::sys::socket::sockopt::UdpGroSegment, &true).is_ok();
    Aside(if is_enabled { nix::cmsg_space!(i32) } else { Vec::new() })
}

/// Receives what came together, into a buffer that holds the largest that can: a smaller one would cut it.
#[cfg(target_os = "linux")]
pub fn receive(udp: &UdpSocket, buffer: &mut [u8], aside: &mut Aside) -> io::Result<ReceivedRun> {
    use std::io::IoSliceMut;
    use std::os::fd::AsRawFd;

    use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg};

    if aside.0.capacity() == 0 {
        let (bytes, from) = udp.recv_from(buffer)?;
        return Ok(ReceivedRun { from, bytes, each: bytes.max(1) });
    }
    let mut parts = [IoSliceMut::new(buffer)];
    let told = recvmsg::<SockaddrStorage>(udp.as_raw_fd(), &mut parts, Some(&mut aside.0), MsgFlags::empty())?;
    let (bytes, from) = (told.bytes, told.address.and_then(address).ok_or(io::ErrorKind::InvalidData)?);
    let each = told.cmsgs()?.find_map(|aside| match aside {
        ControlMessageOwned::UdpGroSegments(each) => usize::try_from(each).ok(),
        _ => None,
    });
    Ok(ReceivedRun { from, bytes, each: each.unwrap_or(bytes).max(1) })
}

#[cfg(target_os = "linux")]
fn address(told: nix::sys::socket::SockaddrStorage) -> Option<SocketAddr> {
    let v4 = told.as_sockaddr_in().map(|v4| SocketAddr::V4((*v4).into()));
    v4.or_else(|| told.as_sockaddr_in6().map(|v6| SocketAddr::V6((*v6).into())))
}

/// No other system has it.
#[cfg(not(target_os = "linux"))]
pub fn enable<T>(_: &T) -> Aside {
    Aside::default()
}

/// One datagram.
#[cfg(not(target_os = "linux"))]
pub fn receive(udp: &UdpSocket, buffer: &mut [u8], _: &mut Aside) -> io::Result<ReceivedRun> {
    let (bytes, from) = udp.recv_from(buffer)?;
    Ok(ReceivedRun { from, bytes, each: bytes.max(1) })
}
