//! The system says that a link or an address changes, where it does: Linux, by rtnetlink(7).

#[cfg(target_os = "linux")]
mod system {
    use std::os::fd::{AsRawFd, OwnedFd};

    use mio::unix::SourceFd;
    use mio::{Interest, Registry, Token};
    use nix::errno::Errno;
    use nix::libc::{RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR, RTMGRP_LINK};
    use nix::sys::socket::{
        AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, socket,
    };

    /// So many messages are taken in one turn: who changes links without end does not hold up the loop.
    const READS_MAX: usize = 64;

    /// The socket that it is said on.
    #[derive(Debug)]
    pub struct LinkSocket {
        fd: OwnedFd,
        is_ready: bool,
    }

    impl LinkSocket {
        /// `None` where the system does not tell.
        pub fn open(registry: &Registry, token: Token) -> Option<Self> {
            let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
            let fd = socket(AddressFamily::Netlink, SockType::Raw, flags, SockProtocol::NetlinkRoute).ok()?;
            let groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
            bind(fd.as_raw_fd(), &NetlinkAddr::new(0, u32::try_from(groups).ok()?)).ok()?;
            registry.register(&mut SourceFd(&fd.as_raw_fd()), token, Interest::READABLE).ok()?;
            Some(Self { fd, is_ready: true })
        }

        /// The poll announced something.
        pub fn wake(&mut self) {
            self.is_ready = true;
        }

        /// Whether there may be something to take.
        pub fn is_ready(&self) -> bool {
            self.is_ready
        }

        /// Whether something was said since. What it is, a look at the interfaces tells.
        pub fn take(&mut self) -> bool {
            let (mut is_any, mut begin) = (false, [0; 1]);
            for _ in 0..READS_MAX {
                match recv(self.fd.as_raw_fd(), &mut begin, MsgFlags::MSG_DONTWAIT) {
                    Ok(_) | Err(Errno::ENOBUFS) => is_any = true, // or more was said than there was room for
                    Err(Errno::EINTR) => {}
                    Err(_) => {
                        self.is_ready = false;
                        break;
                    }
                }
            }
            is_any
        }
    }
}

/// Elsewhere the interfaces are looked at every now and then.
#[cfg(not(target_os = "linux"))]
mod system {
    use mio::{Registry, Token};

    /// There is none.
    #[derive(Debug)]
    pub enum LinkSocket {}

    impl LinkSocket {
        /// `None`.
        pub fn open(_: &Registry, _: Token) -> Option<Self> {
            None
        }

        /// Never.
        pub fn wake(&mut self) {
            match *self {}
        }

        /// Never.
        pub fn is_ready(&self) -> bool {
            match *self {}
        }

        /// Never.
        pub fn take(&mut self) -> bool {
            match *self {}
        }
    }
}

pub use system::LinkSocket;
