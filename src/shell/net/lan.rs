//! The interfaces of this machine.

use std::io;
use std::net::{IpAddr, Ipv4Addr};

use crate::chat::base::address::Zones;

/// The interfaces as they were when asked: those that have an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interfaces(Vec<NetworkInterface>);

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
    /// Whether it is on and has a carrier.
    pub is_up: bool,
    /// Whether it leads to containers and virtual machines of this machine alone.
    pub is_inside: bool,
    /// Whether it is a port of a bridge, which stands for it.
    pub is_port: bool,
    /// All of them, but those that the system has not made sure of yet (RFC 4862, 5.4).
    pub addresses: Vec<IpAddr>,
}

impl NetworkInterface {
    /// The address that others are told: of IPv4, or else one that holds beyond the cable.
    pub fn main_address(&self) -> Option<IpAddr> {
        let is_local = |address: &IpAddr| matches!(address, IpAddr::V6(v6) if v6.is_unicast_link_local());
        let wide = self.addresses.iter().find(|address| !is_local(address)).copied();
        self.v4.map(IpAddr::V4).or(wide)
    }

    /// Whether other machines can be reached by it now.
    pub fn leads_out(&self) -> bool {
        self.is_up && !self.addresses.is_empty() && !self.is_loopback && !self.is_inside && !self.is_port
    }
}

impl Interfaces {
    /// These.
    #[cfg(test)]
    pub fn of(links: Vec<NetworkInterface>) -> Self {
        Self(links)
    }

    /// Asks the system.
    pub fn scan() -> io::Result<Self> {
        let mut links: Vec<NetworkInterface> = Vec::new();
        let tentative = system::tentative();
        let found = if_addrs::get_if_addrs()?;
        for interface in &found {
            let (name, ip) = (&interface.name, interface.ip());
            let at = links.iter().position(|link| link.name == *name).unwrap_or_else(|| {
                links.push(NetworkInterface {
                    name: name.clone(),
                    index: interface.index.unwrap_or(0),
                    v4: None,
                    has_v6: false,
                    is_loopback: interface.is_loopback(),
                    is_up: interface.is_oper_up(),
                    is_inside: system::is_inside(name),
                    is_port: system::is_bridge_port(name),
                    addresses: Vec::new(),
                });
                links.len() - 1
            });
            if tentative.contains(&ip) {
                continue;
            }
            match ip {
                IpAddr::V4(ip) => links[at].v4 = links[at].v4.or(Some(ip)),
                IpAddr::V6(_) => links[at].has_v6 = true,
            }
            links[at].addresses.push(ip);
        }
        Ok(Self(links))
    }

    /// Whether `ip` is an address of this machine.
    pub fn is_own(&self, ip: IpAddr) -> bool {
        ip.is_loopback() || self.0.iter().any(|link| link.addresses.contains(&ip))
    }

    /// The interface called `name`.
    pub fn find(&self, name: &str) -> Option<Interface> {
        let link = self.0.iter().find(|link| link.name == name)?;
        Some(Interface { index: link.index, v4: link.v4 })
    }

    /// Each of them.
    pub fn links(&self) -> &[NetworkInterface] {
        &self.0
    }

    /// Whether other machines can be reached at all.
    pub fn lead_out(&self) -> bool {
        self.0.iter().any(NetworkInterface::leads_out)
    }

    /// The interface by which most is reached, its address, and whether others lead out, too: that of the default route, by which
    /// this machine sends from `source`, or else the first that has an address beyond the cable.
    pub fn main(&self, source: Option<IpAddr>) -> Option<(IpAddr, &NetworkInterface, bool)> {
        let mut out = self.0.iter().filter(|link| link.leads_out() && link.main_address().is_some());
        let has_others = out.clone().count() > 1;
        let is_source = |link: &&NetworkInterface| source.is_some_and(|source| link.addresses.contains(&source));
        let link = out.clone().find(is_source).or_else(|| out.next())?;
        Some((link.main_address()?, link, has_others))
    }

    /// Two interfaces that lead out and are in one subnet of IPv4 now, each pair once.
    pub fn shared_subnets(&self) -> Vec<[String; 2]> {
        let leads_out = |name: &str| self.0.iter().any(|link| link.name == name && link.leads_out());
        let found = if_addrs::get_if_addrs().unwrap_or_default();
        let subnets: Vec<(String, u32, u32)> = found
            .into_iter()
            .filter(|found| leads_out(&found.name))
            .filter_map(|found| match found.addr {
                if_addrs::IfAddr::V4(v4) => Some((found.name, v4.ip.to_bits(), v4.netmask.to_bits())),
                if_addrs::IfAddr::V6(_) => None,
            })
            .collect();
        let mut shared: Vec<[String; 2]> = Vec::new();
        for (at, (name, address, mask)) in subnets.iter().enumerate() {
            for (other, there, their_mask) in &subnets[at + 1..] {
                let is_same = mask == their_mask && address & mask == there & mask && *mask != u32::MAX;
                let pair = [name.clone(), other.clone()];
                if is_same && name != other && !shared.contains(&pair) {
                    shared.push(pair);
                }
            }
        }
        shared
    }

    /// Every name once, for a sentence.
    pub fn names(&self) -> String {
        let mut names: Vec<&str> = self.0.iter().map(|link| link.name.as_str()).collect();
        names.sort_unstable();
        names.join(", ")
    }

    /// The names by index.
    pub fn zones(&self) -> Zones {
        Zones(self.0.iter().filter(|link| link.index != 0).map(|link| (link.index, link.name.clone())).collect())
    }
}

/// Whether an interface that has no address is on and has a carrier. `None`: there is none of that name.
pub fn is_up(name: &str) -> Option<bool> {
    system::is_up(name)
}

#[cfg(target_os = "linux")]
mod system {
    use std::fs;
    use std::net::{IpAddr, Ipv6Addr};
    use std::path::{Path, PathBuf};

    /// `IFA_F_TENTATIVE` of `linux/if_addr.h`.
    const TENTATIVE: u32 = 0x40;

    /// How deep interfaces stand on each other: a bridge on a bond on VLANs, and more.
    const DEPTH_MAX: usize = 8;

    /// The addresses of which the system does not know yet whether somebody else has them: nothing can be sent from there.
    pub fn tentative() -> Vec<IpAddr> {
        let table = fs::read_to_string("/proc/net/if_inet6").unwrap_or_default(); // none without IPv6
        table.lines().filter_map(tentative_address).collect()
    }

    /// Of a line `address index length scope flags name`, in hexadecimal digits.
    pub(super) fn tentative_address(line: &str) -> Option<IpAddr> {
        let mut fields = line.split_whitespace();
        let address = u128::from_str_radix(fields.next()?, 16).ok()?;
        let flags = u32::from_str_radix(fields.nth(3)?, 16).ok()?;
        (flags & TENTATIVE != 0).then(|| Ipv6Addr::from(address).into())
    }

    fn folder(name: &str) -> PathBuf {
        Path::new("/sys/class/net").join(name)
    }

    /// The carrier of an interface that is off cannot be read.
    pub fn is_up(name: &str) -> Option<bool> {
        let folder = folder(name);
        folder.exists().then(|| fs::read_to_string(folder.join("carrier")).is_ok_and(|carrier| carrier.trim() == "1"))
    }

    pub fn is_bridge_port(name: &str) -> bool {
        folder(name).join("brport").exists()
    }

    /// A bridge to which no hardware is connected, neither directly nor below one of its ports.
    pub fn is_inside(name: &str) -> bool {
        folder(name).join("bridge").exists() && !has_hardware(name, DEPTH_MAX)
    }

    fn has_hardware(name: &str, depth: usize) -> bool {
        if folder(name).join("device").exists() {
            return true;
        }
        let Ok(entries) = fs::read_dir(folder(name)) else { return false };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        depth > 0
            && names
                .filter_map(|name| name.strip_prefix("lower_").map(str::to_owned))
                .any(|lower| has_hardware(&lower, depth - 1))
    }
}

/// Elsewhere nothing of this is known.
#[cfg(not(target_os = "linux"))]
mod system {
    use std::net::IpAddr;

    pub fn tentative() -> Vec<IpAddr> {
        Vec::new()
    }

    pub fn is_up(_: &str) -> Option<bool> {
        Some(true)
    }

    pub fn is_bridge_port(_: &str) -> bool {
        false
    }

    pub fn is_inside(_: &str) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(target_os = "linux")]
    fn an_address_that_is_not_made_sure_of_yet_is_none() {
        use super::system::tentative_address;
        let line = |flags: &str| format!("fe80000000000000020c29fffe5f3a01 02 40 20 {flags}     eth0");
        assert_eq!(tentative_address(&line("c0")), "fe80::20c:29ff:fe5f:3a01".parse().ok());
        assert_eq!((tentative_address(&line("80")), tentative_address("")), (None, None));
    }
}
