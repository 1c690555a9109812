//! Packets of MQTT 3.1.1 (OASIS Standard of 29 October 2014; the numbers in brackets are its sections), as far as a client needs
//! them that sends and takes at QoS 0 alone. Decoding takes any bytes: what such a broker may not send is refused.

use std::ops::Range;

use zeroize::Zeroizing;

use crate::chat::base::limits::{KEEP_ALIVE, PACKET_BYTES_MAX};

/// Who a client says to be.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    client_id: String,
    user: Option<(String, Zeroizing<String>)>,
}

/// How many bytes a user's name or password may have. They are of a file that somebody wrote.
pub const LOGIN_BYTES_MAX: usize = 1024;
/// How many bytes a topic may have: a string has a length of 16 bits (1.5.3).
pub const TOPIC_BYTES_MAX: usize = 65_535;

impl Login {
    /// `client_id`: at most 23 letters and digits, which every broker takes (3.1.3.1). `user`: with its password, where the broker
    /// wants one. `None`: one of them is too long.
    pub fn new(client_id: String, user: Option<(String, Zeroizing<String>)>) -> Option<Self> {
        let is_short = |(user, password): &(String, Zeroizing<String>)| {
            user.len() <= LOGIN_BYTES_MAX && password.len() <= LOGIN_BYTES_MAX
        };
        (client_id.len() <= 23 && user.as_ref().is_none_or(is_short)).then_some(Self { client_id, user })
    }
}

/// The password is not shown.
impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Login(user {:?})", self.user.as_ref().map(|(user, _)| user))
    }
}

/// What a broker sent. Ranges are of the bytes it was decoded from.
#[derive(Debug, PartialEq, Eq)]
pub enum BrokerPacket {
    /// CONNACK: the client is welcome (3.2).
    Welcome,
    /// CONNACK: it is not.
    Refused(ConnectRefusal),
    /// PUBLISH (3.3).
    Publish {
        /// UTF-8 without wildcards.
        topic: Range<usize>,
        /// Any bytes.
        payload: Range<usize>,
    },
    /// PUBLISH of what somebody left there, who may be long gone. Nothing of ours is left so.
    Retained,
    /// PUBLISH that is longer than [`PACKET_BYTES_MAX`]: whoever may write to a topic can send that to all who listen there. It may
    /// not have come as a whole.
    Overlong,
    /// SUBACK (3.9): to the SUBSCRIBE of this number, for each filter whether it was granted.
    Subscribed {
        /// Not 0.
        id: u16,
        /// At least one.
        granted: Vec<bool>,
    },
    /// UNSUBACK (3.11).
    Unsubscribed {
        /// Not 0.
        id: u16,
    },
    /// PINGRESP (3.13).
    Alive,
}

/// Why a broker does not want a client (3.2.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectRefusal {
    /// It does not speak MQTT 3.1.1.
    Version,
    /// It does not take the name of the client.
    ClientId,
    /// It does not work now.
    Unavailable,
    /// User and password are not what it wants.
    Login,
    /// The client may not come.
    NotAuthorized,
    /// For a reason of this number.
    Other(u8),
}

/// Why bytes are no packet that a broker may send to such a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadPacket {
    /// Longer than [`PACKET_BYTES_MAX`], and no PUBLISH.
    TooLong,
    /// Anything else.
    Malformed,
}

/// The first packet of `bytes` and its length; `None`: it is not complete. What brokers are known to send though they may not is taken:
/// refusing it protects from nothing, for a broker that means harm can be silent.
pub fn decode(bytes: &[u8]) -> Result<Option<(BrokerPacket, usize)>, BadPacket> {
    let Some((&first, rest)) = bytes.split_first() else { return Ok(None) };
    let is_publish = first & !(DUP | RETAIN) == PUBLISH;
    if !is_publish && ![CONNACK, SUBACK, UNSUBACK, PINGRESP].contains(&first) {
        return Err(BadPacket::Malformed);
    }
    let Some((length, digits)) = remaining_length(rest)? else { return Ok(None) };
    let begin = 1 + digits;
    if length > PACKET_BYTES_MAX - begin {
        return if is_publish { Ok(Some((BrokerPacket::Overlong, begin + length))) } else { Err(BadPacket::TooLong) };
    }
    let Some(body) = bytes.get(begin..begin + length) else { return Ok(None) };
    let packet = match first {
        CONNACK => connack(body),
        SUBACK => suback(body),
        UNSUBACK => id(body).map(|(id, _)| BrokerPacket::Unsubscribed { id }), // some say why behind it, as in MQTT 5
        PINGRESP => body.is_empty().then_some(BrokerPacket::Alive),
        _ if first & RETAIN != 0 => Some(BrokerPacket::Retained),
        _ => publish(body, begin),
    };
    packet.map(|packet| Some((packet, begin + length))).ok_or(BadPacket::Malformed)
}

/// Of type and flags in the first byte (2.2). A PUBLISH at another QoS than 0 was not subscribed to.
const CONNACK: u8 = 0x20;
const PUBLISH: u8 = 0x30;
/// It is sent again: not at QoS 0, but some do (3.3.1.1).
const DUP: u8 = 0x08;
const RETAIN: u8 = 0x01;
const SUBACK: u8 = 0x90;
const UNSUBACK: u8 = 0xb0;
const PINGRESP: u8 = 0xd0;
/// And of what a client sends.
const CONNECT: u8 = 0x10;
const SUBSCRIBE: u8 = 0x82;
const UNSUBSCRIBE: u8 = 0xa2;
const PINGREQ: u8 = 0xc0;
const DISCONNECT: u8 = 0xe0;

/// Seven bits a byte, the lowest first, in at most four (2.2.3); `None`: it is not complete. And how many bytes it takes.
fn remaining_length(bytes: &[u8]) -> Result<Option<(usize, usize)>, BadPacket> {
    let mut length = 0;
    for (at, &byte) in bytes.iter().take(4).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Ok(Some((length, at + 1)));
        }
    }
    if bytes.len() < 4 { Ok(None) } else { Err(BadPacket::Malformed) }
}

fn connack(body: &[u8]) -> Option<BrokerPacket> {
    let [flags, code] = *body else { return None };
    let why = match code {
        0 => return (flags <= 1).then_some(BrokerPacket::Welcome),
        // And as brokers of MQTT 5 say it (its section 3.2.2.2), also to others.
        1 | 0x84 => ConnectRefusal::Version,
        2 | 0x85 => ConnectRefusal::ClientId,
        3 | 0x88 => ConnectRefusal::Unavailable,
        4 | 0x86 => ConnectRefusal::Login,
        5 | 0x87 => ConnectRefusal::NotAuthorized,
        other => ConnectRefusal::Other(other),
    };
    Some(BrokerPacket::Refused(why))
}

fn publish(body: &[u8], begin: usize) -> Option<BrokerPacket> {
    let (length, rest) = body.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(*length));
    let topic = std::str::from_utf8(rest.get(..length)?).ok()?;
    let is_topic = !topic.is_empty() && !topic.contains(['+', '#', '\0']);
    let (from, to) = (begin + 2, begin + 2 + length);
    is_topic.then_some(BrokerPacket::Publish { topic: from..to, payload: to..begin + body.len() })
}

fn suback(body: &[u8]) -> Option<BrokerPacket> {
    let (id, codes) = id(body).filter(|(_, codes)| !codes.is_empty())?;
    let granted = codes.iter().map(|code| match code {
        0..=2 => Some(true),
        0x80.. => Some(false), // or why, as in MQTT 5
        _ => None,
    });
    Some(BrokerPacket::Subscribed { id, granted: granted.collect::<Option<_>>()? })
}

/// A number of a packet, which is not 0 (2.3.1), and what follows it.
fn id(body: &[u8]) -> Option<(u16, &[u8])> {
    let (id, rest) = body.split_first_chunk()?;
    let id = u16::from_be_bytes(*id);
    (id != 0).then_some((id, rest))
}

/// CONNECT (3.1), with a session that ends with the connection.
pub fn connect(login: &Login, out: &mut Vec<u8>) {
    const CLEAN_SESSION: u8 = 0x02;
    const USER_AND_PASSWORD: u8 = 0xc0;
    let seconds = u16::try_from(KEEP_ALIVE.as_secs()).expect("half a minute");
    let user = login.user.as_ref().map(|(user, password)| [user.as_str(), password.as_str()]);
    let flags = CLEAN_SESSION | if user.is_some() { USER_AND_PASSWORD } else { 0 };
    let fields = [login.client_id.as_str()].into_iter().chain(user.into_iter().flatten());
    let length = 10 + fields.clone().map(|field| 2 + field.len()).sum::<usize>();
    out.reserve_exact(length + 5); // else the password stays in memory where it was before
    begin(CONNECT, length, out);
    string("MQTT", out);
    out.extend([4, flags]);
    out.extend(seconds.to_be_bytes());
    fields.for_each(|field| string(field, out));
}

/// PUBLISH at QoS 0 (3.3).
pub fn message(topic: &str, payload: &[u8], out: &mut Vec<u8>) {
    begin(PUBLISH, 2 + topic.len() + payload.len(), out);
    string(topic, out);
    out.extend_from_slice(payload);
}

/// SUBSCRIBE at QoS 0 (3.8). There is at least one filter.
pub fn subscribe(id: u16, filters: &[String], out: &mut Vec<u8>) {
    begin(SUBSCRIBE, 2 + filters.iter().map(|filter| 3 + filter.len()).sum::<usize>(), out);
    out.extend(id.to_be_bytes());
    for filter in filters {
        string(filter, out);
        out.push(0);
    }
}

/// UNSUBSCRIBE (3.10). There is at least one filter.
pub fn unsubscribe(id: u16, filters: &[String], out: &mut Vec<u8>) {
    begin(UNSUBSCRIBE, 2 + filters.iter().map(|filter| 2 + filter.len()).sum::<usize>(), out);
    out.extend(id.to_be_bytes());
    for filter in filters {
        string(filter, out);
    }
}

/// PINGREQ (3.12).
pub fn ping(out: &mut Vec<u8>) {
    begin(PINGREQ, 0, out);
}

/// DISCONNECT (3.14).
pub fn disconnect(out: &mut Vec<u8>) {
    begin(DISCONNECT, 0, out);
}

/// The first byte and the length of what follows (2.2).
fn begin(first: u8, mut length: usize, out: &mut Vec<u8>) {
    out.push(first);
    loop {
        let digit = u8::try_from(length % 128).expect("seven bits");
        length /= 128;
        out.push(if length > 0 { digit | 0x80 } else { digit });
        if length == 0 {
            return;
        }
    }
}

/// A string with its length (1.5.3), which whoever hands it in has looked at.
fn string(text: &str, out: &mut Vec<u8>) {
    let length = u16::try_from(text.len()).expect("a string of ours is short");
    out.extend(length.to_be_bytes());
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    const MALFORMED: Result<Option<(BrokerPacket, usize)>, BadPacket> = Err(BadPacket::Malformed);

    #[test]
    fn what_a_broker_may_send_is_read_and_a_part_of_it_is_waited_for() {
        let publish = BrokerPacket::Publish { topic: 4..7, payload: 7..9 };
        for (bytes, packet) in [
            (&[0x20, 2, 0, 0][..], BrokerPacket::Welcome),
            (&[0x20, 2, 0, 5], BrokerPacket::Refused(ConnectRefusal::NotAuthorized)),
            (&[0x30, 7, 0, 3, b'a', b'/', b'b', 1, 2], publish),
            (&[0x38, 3, 0, 1, b'a'], BrokerPacket::Publish { topic: 4..5, payload: 5..5 }),
            (&[0x31, 3, 0, 1, b'a'], BrokerPacket::Retained),
            (&[0x20, 2, 1, 0], BrokerPacket::Welcome),
            (&[0x20, 2, 1, 0x86], BrokerPacket::Refused(ConnectRefusal::Login)),
            (&[0x20, 2, 0, 99], BrokerPacket::Refused(ConnectRefusal::Other(99))),
            (&[0x90, 3, 0, 1, 0x87], BrokerPacket::Subscribed { id: 1, granted: vec![false] }),
            (&[0xb0, 3, 0, 1, 0], BrokerPacket::Unsubscribed { id: 1 }),
            (&[0x90, 4, 1, 2, 0, 0x80], BrokerPacket::Subscribed { id: 258, granted: vec![true, false] }),
            (&[0xb0, 2, 0, 1], BrokerPacket::Unsubscribed { id: 1 }),
            (&[0xd0, 0], BrokerPacket::Alive),
        ] {
            for cut in 0..bytes.len() {
                assert_eq!(decode(&bytes[..cut]), Ok(None), "{bytes:?} up to {cut}");
            }
            assert_eq!(decode(&[bytes, &[0xd0, 0]].concat()), Ok(Some((packet, bytes.len()))), "{bytes:?}");
        }
    }

    #[test]
    fn what_a_broker_may_not_send_is_refused() {
        for bytes in [
            &[0x20, 2, 2, 0][..],               // flags that are kept for later
            &[0x20, 3, 0, 0, 0],                // of MQTT 5
            &[0x32, 7, 0, 1, b'a', 0, 1, 0, 0], // QoS 1
            &[0x30, 2, 0, 0],                   // no topic
            &[0x30, 3, 0, 1, b'#'],             // a filter
            &[0x30, 3, 0, 2, b'a'],             // a topic that ends behind the packet
            &[0x30, 4, 0, 2, 0xc3, 0x28],       // no UTF-8
            &[0x30, 1, 0],                      // no length
            &[0x90, 2, 0, 1],                   // an answer to nothing
            &[0x90, 3, 0, 1, 3],                // more than was asked for
            &[0x90, 3, 0, 0, 0],                // no number
            &[0xd0, 1, 0],
            &[0x00, 0],
            &[0x10, 0],       // what a client sends
            &[0x62, 2, 0, 1], // of QoS 2
            &[0xf0, 0],
            &[0x30, 0xff, 0xff, 0xff, 0xff], // a length of five digits
        ] {
            assert_eq!(decode(bytes), MALFORMED, "{bytes:?}");
        }
    }

    #[test]
    fn a_packet_is_as_long_as_it_may_be_and_no_longer_and_that_is_known_before_it_comes() {
        let head = |length: usize| {
            let mut bytes = Vec::new();
            begin(PUBLISH, length, &mut bytes);
            bytes
        };
        assert_eq!(decode(&[0xe0]), MALFORMED, "by its first byte");
        let most = PACKET_BYTES_MAX - 3; // behind a head of three bytes
        let bytes = [head(most), vec![0, 1, b'a'], vec![7; most - 3]].concat();
        assert_eq!(bytes.len(), PACKET_BYTES_MAX);
        assert!(matches!(decode(&bytes), Ok(Some((BrokerPacket::Publish { .. }, PACKET_BYTES_MAX)))));
        for length in [most + 1, 268_435_455] {
            let head = head(length);
            assert_eq!(decode(&head), Ok(Some((BrokerPacket::Overlong, head.len() + length))), "{length}");
            assert_eq!(decode(&[&[0x90], &head[1..]].concat()), Err(BadPacket::TooLong), "{length}");
        }
        assert_eq!(head(268_435_455), [0x30, 0xff, 0xff, 0xff, 0x7f], "table 2.4");
    }
}
