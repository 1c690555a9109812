//! What devices in most networks answer to: one query of multicast DNS and one of SSDP. An answer proves that multicast passes.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use socket2::{Domain, Protocol, Socket, Type};

use crate::chat::api::finding::Discovery;
use crate::shell::net::lan::{Interfaces, NetworkInterface};

/// The group of multicast DNS (RFC 6762, 3).
const MDNS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(224, 0, 0, 251)), 5353);
/// The group of SSDP (`UPnP` Device Architecture, 1.2).
const SSDP: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(239, 255, 255, 250)), 1900);

/// Which services are there (RFC 6763, 9): a query of the identifier 0x4357. From a port that is not 5353 it is answered by
/// unicast (RFC 6762, 6.7).
const MDNS_QUERY: &[u8] = b"\x43\x57\0\0\0\x01\0\0\0\0\0\0\x09_services\x07_dns-sd\x04_udp\x05local\0\0\x0c\0\x01";
/// Whoever is there answers within a second.
const SSDP_QUERY: &[u8] =
    b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n";

/// So many answers are looked at on one interface.
const ANSWERS_MAX: usize = 64;
/// Of an answer only the beginning is looked at.
const LOOKED_AT_BYTES: usize = 16;

/// Queries that were sent, and where answers come.
#[derive(Debug, Default)]
pub struct Queries(Vec<(String, UdpSocket)>);

impl Queries {
    /// Sends both by each interface that leads to other machines. What cannot be sent is not answered.
    pub fn send(links: &[NetworkInterface]) -> Self {
        let open = |link: &NetworkInterface| Some((link.name.clone(), ask(link.v4?).ok()?));
        Self(links.iter().filter(|link| link.leads_out()).filter_map(open).collect())
    }

    /// Who has answered of other machines, the first for each of the two.
    pub fn answers(&self, interfaces: &Interfaces) -> Vec<(Discovery, Option<(IpAddr, String)>)> {
        let mut by = [None, None];
        for (name, socket) in &self.0 {
            let mut buffer = [0; LOOKED_AT_BYTES];
            for _ in 0..ANSWERS_MAX {
                let Ok((taken, from)) = socket.recv_from(&mut buffer) else { break };
                let answered = protocol_of(&buffer[..taken]).filter(|_| !interfaces.is_own(from.ip()));
                if let Some(protocol) = answered {
                    by[usize::from(protocol == Discovery::Ssdp)].get_or_insert((from.ip(), name.clone()));
                }
            }
        }
        let [mdns, ssdp] = by;
        vec![(Discovery::Mdns, mdns), (Discovery::Ssdp, ssdp)]
    }
}

fn ask(by: Ipv4Addr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    socket.bind(&SocketAddr::new(by.into(), 0).into())?;
    socket.set_multicast_if_v4(&by)?;
    socket.set_multicast_loop_v4(false)?; // what runs on this machine proves nothing
    let socket = UdpSocket::from(socket);
    socket.send_to(MDNS_QUERY, MDNS)?;
    socket.send_to(SSDP_QUERY, SSDP)?;
    Ok(socket)
}

/// What an answer is of: of multicast DNS it has our identifier and the bit of a response, of SSDP it is one of HTTP.
fn protocol_of(answer: &[u8]) -> Option<Discovery> {
    if answer.starts_with(&MDNS_QUERY[..2]) && answer.get(2).is_some_and(|flags| flags & 0x80 != 0) {
        return Some(Discovery::Mdns);
    }
    answer.starts_with(b"HTTP/1.1 200").then_some(Discovery::Ssdp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_to_one_of_the_two_queries_counts() {
        assert_eq!(protocol_of(b"\x43\x57\x84\0\0\x01"), Some(Discovery::Mdns));
        assert_eq!(protocol_of(b"HTTP/1.1 200 OK"), Some(Discovery::Ssdp));
        for other in [MDNS_QUERY, SSDP_QUERY, b"\x43\x58\x84\0", b"\x43\x57", b"", b"HTTP/1.1 400 "] {
            assert_eq!(protocol_of(other), None, "{other:?}");
        }
    }
}
