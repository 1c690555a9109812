//! Why a socket cannot be bound, as people are told.

use std::io;
use std::net::{IpAddr, SocketAddr};

use thiserror::Error;

use crate::shell::net::port_owner::holder;
use crate::shell::sys::error::words;
use crate::view::words::en;

/// Why there is no socket: one sentence.
#[derive(Debug, Error)]
pub enum CannotBind {
    /// Another program has the port.
    #[error("{}", en::system::port_in_use(*.port, .by))]
    InUse {
        /// The port.
        port: u16,
        /// ` by nc (process 7)`, or nothing where it cannot be told.
        by: String,
    },
    /// Ports below 1024 are reserved.
    #[error("{}", en::system::privileged_port(*.0))]
    Privileged(u16),
    /// The address belongs to another machine, or to none.
    #[error("{}", en::system::not_own(.0))]
    NotOwn(IpAddr),
    /// The system lacks the family.
    #[error("{}", en::system::no_family(.0))]
    NoFamily(&'static str),
    /// Anything else, in the system's words.
    #[error("{}", en::system::cannot(&format!("listen on {address}"), words(.error)))]
    Other {
        /// What was asked for.
        address: SocketAddr,
        /// In the system's words.
        error: io::Error,
    },
    /// A group cannot be joined.
    #[error("{}", en::system::no_group(.group, words(.error)))]
    Group {
        /// The group.
        group: IpAddr,
        /// In the system's words.
        error: io::Error,
    },
}

/// IPv6 may be missing from the kernel, or switched off.
pub fn is_no_family(error: &io::Error) -> bool {
    #[cfg(unix)]
    let lacks = error.raw_os_error() == Some(nix::errno::Errno::EAFNOSUPPORT as i32);
    #[cfg(not(unix))]
    let lacks = false;
    lacks || error.kind() == io::ErrorKind::AddrNotAvailable
}

/// Why this address cannot be bound.
pub fn explain(address: SocketAddr, error: io::Error) -> CannotBind {
    let port = address.port();
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            let by = holder(port).map(|holder| format!(" by {holder}")).unwrap_or_default();
            CannotBind::InUse { port, by }
        }
        io::ErrorKind::PermissionDenied => CannotBind::Privileged(port),
        io::ErrorKind::AddrNotAvailable => CannotBind::NotOwn(address.ip()),
        _ if is_no_family(&error) => CannotBind::NoFamily(if address.is_ipv4() { "IPv4" } else { "IPv6" }),
        _ => CannotBind::Other { address, error },
    }
}
