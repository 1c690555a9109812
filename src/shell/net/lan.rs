//! The interfaces of this machine.

use std::io;
use std::net::{IpAddr, Ipv4Addr};

use crate::chat::base::address::Zones;

/// The interfaces as they were when asked.
#[derive(Debug, Default)]
pub struct Interfaces(Vec<if_addrs::Interface>);

/// An interface that multicast can leave by.
#[derive(Clone, Copy, Debug)]
pub struct Interface {
    /// Its index, where the system has one.
    pub index: u32,
    /// Its first IPv4 address.
    pub v4: Option<Ipv4Addr>,
}

/// An interface with all of its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkInterface {
    /// Its name.
    pub name: String,
    /// Its index; 0 where the system has none.
    pub index: u32,
    /// Its first IPv4 address.
    pub v4: Option<Ipv4Addr>,
    /// Whether it has an IPv6 address.
    pub has_v6: bool,
    /// Whether it never leaves this machine.
    pub is_loopback: bool,
    /// All of them.
    pub addresses: Vec<IpAddr>,
}

impl Interfaces {
    /// Asks the system.
    pub fn scan() -> io::Result<Self> {
        if_addrs::get_if_addrs().map(Self)
    }

    /// Whether `ip` is an address of this machine.
    pub fn is_own(&self, ip: IpAddr) -> bool {
        ip.is_loopback() || self.0.iter().any(|interface| interface.ip() == ip)
    }

    /// Whether this interface carries something now.
    pub fn is_up(&self, name: &str) -> bool {
        self.0.iter().any(|interface| interface.name == name && interface.is_oper_up())
    }

    /// The interface called `name`.
    pub fn find(&self, name: &str) -> Option<Interface> {
        let mut same = self.0.iter().filter(|interface| interface.name == name).peekable();
        let index = same.peek()?.index.unwrap_or(0);
        let v4 = same.find_map(|interface| match interface.ip() {
            IpAddr::V4(ip) => Some(ip),
            IpAddr::V6(_) => None,
        });
        Some(Interface { index, v4 })
    }

    /// Each interface once.
    pub fn links(&self) -> Vec<NetworkInterface> {
        let mut links: Vec<NetworkInterface> = Vec::new();
        for interface in &self.0 {
            let (name, ip) = (&interface.name, interface.ip());
            let at = links.iter().position(|link| link.name == *name).unwrap_or_else(|| {
                links.push(NetworkInterface {
                    name: name.clone(),
                    index: interface.index.unwrap_or(0),
                    v4: None,
                    has_v6: false,
                    is_loopback: interface.is_loopback(),
                    addresses: Vec::new(),
                });
                links.len() - 1
            });
            match ip {
                IpAddr::V4(ip) => links[at].v4 = links[at].v4.or(Some(ip)),
                IpAddr::V6(_) => links[at].has_v6 = true,
            }
            links[at].addresses.push(ip);
        }
        links
    }

    /// Every name once, for a sentence.
    pub fn names(&self) -> String {
        let mut names: Vec<&str> = self.0.iter().map(|interface| interface.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names.join(", ")
    }

    /// The names by index.
    pub fn zones(&self) -> Zones {
        Zones(self.0.iter().filter_map(|interface| Some((interface.index?, interface.name.clone()))).collect())
    }
}
