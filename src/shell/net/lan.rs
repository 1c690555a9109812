//! The interfaces of this machine.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::chat::api::machine::Network;
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

/// A network of IPv4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// The address of one in it.
    pub address: Ipv4Addr,
    /// Which bits all of them share.
    pub mask: Ipv4Addr,
}

impl Subnet {
    fn has(self, ip: Ipv4Addr) -> bool {
        self.address & self.mask == ip & self.mask
    }

    /// Whether both are the same, and others can be in it beside a single address.
    fn is_shared(self, other: Self) -> bool {
        self.mask == other.mask && self.has(other.address) && self.mask != Ipv4Addr::BROADCAST
    }
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
    /// The networks of IPv4 that it is in.
    pub subnets: Vec<Subnet>,
    /// On which network it is: the index of the first interface that shares a subnet with it. The loopback is on none.
    pub network: Option<Network>,
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

    /// Without addresses.
    fn bare(name: String) -> Self {
        Self {
            index: 0,
            v4: None,
            has_v6: false,
            is_loopback: false,
            is_up: false,
            is_inside: system::is_inside(&name),
            is_port: system::is_bridge_port(&name),
            subnets: Vec::new(),
            network: None,
            addresses: Vec::new(),
            name,
        }
    }

    fn shares_subnet(&self, other: &Self) -> bool {
        self.subnets.iter().any(|subnet| other.subnets.iter().any(|there| subnet.is_shared(*there)))
    }

    /// Whether other machines can be reached by it now.
    pub fn leads_out(&self) -> bool {
        self.is_up && !self.addresses.is_empty() && !self.is_loopback && !self.is_inside && !self.is_port
    }
}

impl Interfaces {
    /// These.
    pub fn of(mut links: Vec<NetworkInterface>) -> Self {
        for at in 0..links.len() {
            let is_numbered = |link: &&NetworkInterface| !link.is_loopback && link.index != 0;
            let first = links[..at].iter().filter(is_numbered).find(|first| first.shares_subnet(&links[at]));
            let first = first.or(Some(&links[at]).filter(is_numbered));
            links[at].network = first.map(|first| Network(first.index)).filter(|_| !links[at].is_loopback);
        }
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
                    index: interface.index.unwrap_or(0),
                    is_loopback: interface.is_loopback(),
                    is_up: interface.is_oper_up(),
                    ..NetworkInterface::bare(name.clone())
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
            if let if_addrs::IfAddr::V4(v4) = &interface.addr {
                links[at].subnets.push(Subnet { address: v4.ip, mask: v4.netmask });
            }
            links[at].addresses.push(ip);
        }
        Ok(Self::of(links))
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

    /// Two interfaces that lead out and are in one subnet of IPv4, each pair once.
    pub fn shared_subnets(&self) -> Vec<[String; 2]> {
        let out: Vec<&NetworkInterface> = self.0.iter().filter(|link| link.leads_out()).collect();
        let pairs = out.iter().enumerate().flat_map(|(at, link)| out[at + 1..].iter().map(move |other| (link, other)));
        let shared = pairs.filter(|(link, other)| link.shares_subnet(other));
        shared.map(|(link, other)| [link.name.clone(), other.name.clone()]).collect()
    }

    /// On which network of this machine another one is. Two interfaces in one subnet are on one network.
    pub fn network_of(&self, other: SocketAddr) -> Option<Network> {
        let is_there = |link: &&NetworkInterface| match other {
            SocketAddr::V4(v4) => link.subnets.iter().any(|subnet| subnet.has(*v4.ip())),
            SocketAddr::V6(v6) => v6.scope_id() != 0 && link.index == v6.scope_id(),
        };
        let link = self.0.iter().filter(|link| !link.is_loopback).find(is_there)?;
        link.network.filter(|_| !self.is_own(other.ip()))
    }

    /// The cables and radios that have no address.
    pub fn without_address(&self) -> Vec<NetworkInterface> {
        let names = system::cables().into_iter().filter(|name| self.find(name).is_none());
        names
            .map(|name| NetworkInterface { is_up: is_up(&name) == Some(true), ..NetworkInterface::bare(name) })
            .collect()
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

    /// `ARPHRD_ETHER` of `linux/if_arp.h`: cables and radios, and what stands for them.
    const ETHERNET: &str = "1";

    pub fn cables() -> Vec<String> {
        let entries = fs::read_dir("/sys/class/net").into_iter().flatten();
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let is_cable =
            |name: &String| fs::read_to_string(folder(name).join("type")).is_ok_and(|kind| kind.trim() == ETHERNET);
        names.filter(is_cable).filter(|name| !is_bridge_port(name)).collect()
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

    pub fn cables() -> Vec<String> {
        Vec::new()
    }

    pub fn is_inside(_: &str) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(index: u32, addresses: &[&str], mask: [u8; 4]) -> NetworkInterface {
        let addresses: Vec<IpAddr> = addresses.iter().map(|address| address.parse().expect("an address")).collect();
        let v4 = addresses.iter().find_map(|address| if let IpAddr::V4(v4) = address { Some(*v4) } else { None });
        NetworkInterface {
            name: format!("eth{index}"),
            index,
            v4,
            has_v6: addresses.iter().any(IpAddr::is_ipv6),
            is_loopback: false,
            is_up: true,
            is_inside: false,
            is_port: false,
            network: None,
            subnets: v4.map(|address| Subnet { address, mask: mask.into() }).into_iter().collect(),
            addresses,
        }
    }

    #[test]
    fn two_cards_in_one_subnet_are_on_one_network_and_others_are_not() {
        let wide = [255, 255, 255, 0];
        let interfaces = Interfaces::of(vec![
            link(2, &["10.1.0.7"], wide),
            link(3, &["10.2.0.7", "fe80::7"], wide),
            link(4, &["10.1.0.8", "fe80::8"], wide),
            link(5, &["10.9.0.1"], [255; 4]),
            link(6, &["10.9.0.1"], [255; 4]),
        ]);
        let of = |address: &str| interfaces.network_of(address.parse().expect("an address")).map(|Network(of)| of);
        assert_eq!([of("10.1.0.99:1"), of("10.2.0.99:1"), of("10.3.0.99:1")], [Some(2), Some(3), None]);
        assert_eq!([of("[fe80::99%3]:1"), of("[fe80::99%4]:1"), of("[2001:db8::1]:1")], [Some(3), Some(2), None]);
        assert_eq!(of("10.1.0.8:1"), None, "this machine is on all of them");
        assert_eq!(interfaces.shared_subnets(), [["eth2", "eth4"].map(str::to_owned)]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn an_address_that_is_not_made_sure_of_yet_is_none() {
        use super::system::tentative_address;
        let line = |flags: &str| format!("fe80000000000000020c29fffe5f3a01 02 40 20 {flags}     eth0");
        assert_eq!(tentative_address(&line("c0")), "fe80::20c:29ff:fe5f:3a01".parse().ok());
        assert_eq!((tentative_address(&line("80")), tentative_address("")), (None, None));
    }
}
