//! Inboxes at a broker, as addresses: of a prefix that no network carries, so none of them is anybody's by UDP.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use crate::chat::base::bytes::Bytes;

/// The first half of such an address: `100::/64`, whatever is sent there is discarded (RFC 6666).
const DISCARDED: [u16; 4] = [0x100, 0, 0, 0];

/// The address that stands for an inbox.
pub fn address_of(inbox: Bytes<8>) -> SocketAddr {
    let mut octets = Ipv6Addr::new(DISCARDED[0], 0, 0, 0, 0, 0, 0, 0).octets();
    octets[8..].copy_from_slice(&inbox.0);
    SocketAddr::new(IpAddr::V6(Ipv6Addr::from(octets)), 0)
}

/// The inbox that an address stands for; `None`: it is one of UDP.
pub fn inbox_at(address: SocketAddr) -> Option<Bytes<8>> {
    match address.ip() {
        IpAddr::V6(ip) if ip.segments()[..4] == DISCARDED => Some(Bytes::first_of(&ip.octets()[8..])),
        _ => None,
    }
}

/// Whether an address stands for an inbox.
pub fn is_inbox(address: SocketAddr) -> bool {
    inbox_at(address).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inbox_has_one_address_and_no_address_of_a_network_is_one() {
        let inbox = Bytes([1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(address_of(inbox).to_string(), "[100::102:304:506:708]:0");
        assert_eq!(inbox_at(address_of(inbox)), Some(inbox));
        let others = ["10.0.0.1:7788", "[::1]:7788", "[fe80::1]:7788", "[100:0:0:1::1]:7788", "[2001:db8::1]:7788"];
        assert!(others.iter().all(|other| !is_inbox(other.parse().unwrap())));
    }
}
