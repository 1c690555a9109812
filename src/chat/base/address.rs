//! Addresses as people write them, and as they are shown to them.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use crate::chat::base::inbox::is_inbox;
use crate::chat::base::limits::PORT;

/// An IP address as written, with the name of its zone (the interface a link-local address is on).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Literal {
    /// The address; one that maps IPv4 into IPv6 stands as IPv4.
    pub ip: IpAddr,
    /// What follows the `%`: the name of an interface. Only an IPv6 address of link scope has one.
    pub zone: Option<String>,
}

/// The side of a peer that is looked up: a literal address, or a name for the resolver.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Host {
    /// An address.
    Literal(Literal),
    /// A name.
    Name(String),
}

/// Someone to send to: `HOST[:PORT]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PeerName {
    /// Where it is.
    pub host: Host,
    /// Its port; never 0.
    pub port: u16,
}

/// Where to listen: `PORT`, `:PORT`, `ADDR` or `ADDR:PORT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bind {
    /// One address; `None`: all of them, in both families.
    pub address: Option<Literal>,
    /// The port; 0: any that is free.
    pub port: u16,
}

/// Why an address cannot be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadAddress {
    /// Nothing was written.
    Empty,
    /// The port is no number, or none that UDP has.
    Port(String),
    /// Nothing can be sent to port 0.
    PortZero,
    /// A port without its host.
    NoHost(u16),
    /// A bracket without its other half, or text around it.
    Brackets,
    /// Digits and dots that are no IPv4 address.
    Ipv4(String),
    /// Colons, but no IPv6 address.
    Ipv6(String),
    /// A link-local address is on every interface, so the interface must be named.
    ZoneMissing(Ipv6Addr),
    /// Any other address is known without an interface.
    ZoneUnexpected(IpAddr),
    /// The address that means "all of mine" is nobody to send to.
    Unspecified(IpAddr),
    /// A name with characters that names do not have.
    Name(String),
    /// `--bind` takes no names.
    BindName(String),
}

impl FromStr for PeerName {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let (host, port) = split(text)?;
        let port = port.map_or(Ok(PORT), parse_port)?;
        if host.is_empty() {
            return Err(if text.is_empty() { BadAddress::Empty } else { BadAddress::NoHost(port) });
        }
        if let Ok(port) = host.parse::<u16>() {
            return Err(BadAddress::NoHost(port));
        }
        if port == 0 {
            return Err(BadAddress::PortZero);
        }
        let host = Host::parse(host)?;
        match &host {
            Host::Literal(Literal { ip, .. }) if ip.is_unspecified() => Err(BadAddress::Unspecified(*ip)),
            _ => Ok(Self { host, port }),
        }
    }
}

/// As it would be written on the command line.
impl fmt::Display for PeerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Name(name) => write!(f, "{name}:{}", self.port),
            Host::Literal(Literal { ip, zone: None }) => SocketAddr::new(*ip, self.port).fmt(f),
            Host::Literal(Literal { ip, zone: Some(zone) }) => write!(f, "[{ip}%{zone}]:{}", self.port),
        }
    }
}

impl FromStr for Bind {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
            return Ok(Self { address: None, port: parse_port(text)? });
        }
        let (host, port) = split(text)?;
        let port = port.map(parse_port).transpose()?;
        if host.is_empty() {
            let port = port.ok_or_else(|| BadAddress::BindName(text.to_owned()))?;
            return Ok(Self { address: None, port });
        }
        match Host::parse(host) {
            Ok(Host::Literal(literal)) => Ok(Self { address: Some(literal), port: port.unwrap_or(PORT) }),
            Ok(Host::Name(name)) | Err(BadAddress::Name(name)) => Err(BadAddress::BindName(name)),
            Err(bad) => Err(bad),
        }
    }
}

impl Host {
    fn parse(text: &str) -> Result<Self, BadAddress> {
        let (address, zone) = match text.split_once('%') {
            Some((address, zone)) => (address, Some(zone)),
            None => (text, None),
        };
        if let Ok(ip) = address.parse::<IpAddr>() {
            return Literal::new(ip.to_canonical(), zone).map(Self::Literal);
        }
        if text.contains(':') {
            return Err(BadAddress::Ipv6(text.to_owned()));
        }
        if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
            return Err(BadAddress::Ipv4(text.to_owned()));
        }
        let is_name_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_');
        if text.chars().all(is_name_part) {
            Ok(Self::Name(text.to_owned()))
        } else {
            Err(BadAddress::Name(text.to_owned()))
        }
    }
}

impl Literal {
    fn new(ip: IpAddr, zone: Option<&str>) -> Result<Self, BadAddress> {
        match (ip, zone) {
            (IpAddr::V6(ip), None) if ip.is_unicast_link_local() => Err(BadAddress::ZoneMissing(ip)),
            (IpAddr::V6(v6), Some(zone)) if is_of_one_link(v6) && !zone.is_empty() => {
                Ok(Self { ip, zone: Some(zone.to_owned()) })
            }
            (_, Some(_)) => Err(BadAddress::ZoneUnexpected(ip)),
            (_, None) => Ok(Self { ip, zone: None }),
        }
    }
}

/// Whether the address means something else on each interface: `fe80::/10`, and multicast of link scope (RFC 4291, 2.7).
fn is_of_one_link(ip: Ipv6Addr) -> bool {
    ip.is_unicast_link_local() || ip.segments()[0] & 0xff0f == 0xff02
}

/// Cuts `HOST[:PORT]` in two; an IPv6 address with a port stands in brackets.
fn split(text: &str) -> Result<(&str, Option<&str>), BadAddress> {
    if let Some(inside) = text.strip_prefix('[') {
        let (host, rest) = inside.split_once(']').ok_or(BadAddress::Brackets)?;
        return match rest.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if rest.is_empty() => Ok((host, None)),
            None => Err(BadAddress::Brackets),
        };
    }
    match text.split_once(':') {
        Some((host, port)) if !port.contains(':') => Ok((host, Some(port))),
        _ => Ok((text, None)),
    }
}

fn parse_port(text: &str) -> Result<u16, BadAddress> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number).ok_or_else(|| BadAddress::Port(text.to_owned()))
}

/// The names of the interfaces by index, so that a link-local address is shown with the zone a user can type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Zones(pub BTreeMap<u32, String>);

impl Zones {
    /// `address` as it is written on the command line.
    pub fn name(&self, address: SocketAddr) -> ShownAddress<'_> {
        ShownAddress { address, zones: self }
    }
}

/// What is shown of whoever is reached through a broker: inboxes tell nobody anything, and change with each connection.
const AT_BROKER: &str = "broker";

/// An address with its zone by name.
#[derive(Clone, Copy, Debug)]
pub struct ShownAddress<'a> {
    address: SocketAddr,
    zones: &'a Zones,
}

impl fmt::Display for ShownAddress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            inbox if is_inbox(inbox) => f.write_str(AT_BROKER),
            SocketAddr::V6(v6) if v6.scope_id() != 0 => match self.zones.0.get(&v6.scope_id()) {
                Some(zone) => write!(f, "[{}%{zone}]:{}", v6.ip(), v6.port()),
                None => v6.fmt(f),
            },
            address => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(text: &str) -> String {
        text.parse::<PeerName>().unwrap().to_string()
    }

    fn bind(text: &str) -> String {
        match text.parse::<Bind>() {
            Ok(Bind { address: None, port }) => format!("all {port}"),
            Ok(Bind { address: Some(literal), port }) => PeerName { host: Host::Literal(literal), port }.to_string(),
            Err(bad) => format!("{bad:?}"),
        }
    }

    #[test]
    fn a_peer_is_a_host_and_perhaps_a_port() {
        assert_eq!(peer("10.0.0.7:9999"), "10.0.0.7:9999");
        assert_eq!(peer("10.0.0.7"), "10.0.0.7:7788");
        assert_eq!(peer("alice.local:1"), "alice.local:1");
        assert_eq!(peer("[::1]:9999"), "[::1]:9999");
        assert_eq!(peer("[::1]"), "[::1]:7788");
        assert_eq!(peer("fe80::1%eth0"), "[fe80::1%eth0]:7788");
        assert_eq!(peer("[fe80::1%wlan0]:9"), "[fe80::1%wlan0]:9");
        assert_eq!(peer("[::ffff:10.0.0.7]:9"), "10.0.0.7:9");
        assert_eq!(peer("[ff12::1%eth0]:9"), "[ff12::1%eth0]:9");
        assert_eq!(peer("[ff12::1]:9"), "[ff12::1]:9");
    }

    #[test]
    fn where_to_listen_has_four_forms() {
        assert_eq!(bind("9999"), "all 9999");
        assert_eq!(bind(":9999"), "all 9999");
        assert_eq!(bind("0"), "all 0");
        assert_eq!(bind("127.0.0.1"), "127.0.0.1:7788");
        assert_eq!(bind("127.0.0.1:9999"), "127.0.0.1:9999");
        assert_eq!(bind("::1"), "[::1]:7788");
        assert_eq!(bind("[::1]:0"), "[::1]:0");
        assert_eq!(bind("[fe80::1%eth0]:5"), "[fe80::1%eth0]:5");
        assert_eq!(bind("70000"), "Port(\"70000\")");
        assert_eq!(bind("localhost:1"), "BindName(\"localhost\")");
        assert_eq!(bind(""), "BindName(\"\")");
    }

    #[test]
    fn a_zone_is_shown_by_its_name() {
        let zones = Zones(BTreeMap::from([(3, "eth0".to_owned())]));
        let at = |scope| SocketAddr::V6(std::net::SocketAddrV6::new("fe80::1".parse().unwrap(), 7788, 0, scope));
        assert_eq!(zones.name(at(3)).to_string(), "[fe80::1%eth0]:7788");
        assert_eq!(zones.name(at(4)).to_string(), "[fe80::1%4]:7788");
        assert_eq!(zones.name("10.0.0.7:1".parse().unwrap()).to_string(), "10.0.0.7:1");
    }
}
