//! How rooms stand at their brokers.

use std::borrow::Cow;
use std::path::Path;

use super::bad_address;
use crate::chat::api::carrier::{BrokerTrouble, CarrierNews, CarrierState};
use crate::chat::base::broker_url::{BadBrokerUrl, BrokerUrl};
use crate::chat::keys::secret::RoomName;

/// The user or the password is longer than a broker takes from us.
pub const LONG_LOGIN: &str = "its user or password is longer than 1,024 bytes";
/// The system has no list of certificates.
pub const NO_ROOTS: &str = "this system has no list of trusted certificates: name one as `ca` under [brokers.\"HOST\"]";

/// Nothing can wait for the resolver.
pub const NO_THREAD: &str = "this machine starts no more threads";

/// A file that was to hold certificates holds none.
pub fn no_certificate(path: &Path) -> String {
    format!("{} holds no certificate in PEM", path.display())
}

/// A password is given for nobody.
pub const NO_USER: &str = "a password_file needs a user";

/// Why a broker cannot be meant.
pub fn bad_url(bad: &BadBrokerUrl) -> String {
    match bad {
        BadBrokerUrl::Scheme => "expected mqtts://HOST[:PORT][/PREFIX], or mqtt:// without TLS".to_owned(),
        BadBrokerUrl::Login => {
            "no user or password stands in it, where others read it: set them under [brokers.\"HOST\"]".to_owned()
        }
        BadBrokerUrl::Host(bad) => bad_address(bad),
        BadBrokerUrl::Prefix(prefix) => {
            format!("'{prefix}' is no prefix: expected letters, digits, _ and -, parted by single /, at most 64 bytes")
        }
    }
}

/// Whether the broker that an invitation names is to be used.
pub fn ask_broker(room: &RoomName, broker: &BrokerUrl) -> String {
    let host = broker.host();
    let clear = if broker.is_tls { "" } else { ", as does everybody on the way there, for it is without TLS" };
    format!(
        "{room} is also reached through {host}. Whoever runs it sees your address, when you write, how much, and which \
         addresses share a room{clear}; it can keep everything and read it if the secret ever leaks. Use it? [y/N] "
    )
}

/// An invitation names a broker, and nobody was asked.
pub fn broker_in(room: &RoomName, broker: &BrokerUrl) -> String {
    let host = broker.host();
    format!(
        "{room} is also reached through {host}. Whoever runs it sees your address, when you write, how much, and which \
         addresses share a room. To use it type /broker {broker}, or start with --broker."
    )
}

/// How a room stands; `None`: nothing that people need to know.
pub fn carrier(news: &CarrierNews) -> Option<String> {
    let CarrierNews { room, broker, state } = news;
    let host = broker.host();
    match state {
        CarrierState::Connecting => None,
        CarrierState::Up if broker.is_tls => Some(format!("{room} is reached through {host}")),
        CarrierState::Up => Some(format!(
            "{room} is reached through {host}, without TLS: everybody on the way there sees what its owner sees"
        )),
        CarrierState::Down(why) => Some(format!("{room} is not reached through {host}: {}", trouble(why))),
        CarrierState::Removed => Some(format!("{room} is not reached through {host} any more")),
    }
}

/// How all rooms stand that go through one.
pub fn brokers(all: &[CarrierNews]) -> String {
    if all.is_empty() {
        return "no room is reached through a broker: /broker mqtts://HOST reaches this one through it".to_owned();
    }
    let rows = all.iter().map(|news| format!("\n{}", row(news)));
    format!("rooms that are reached through brokers:{}", rows.collect::<String>())
}

/// How one of them stands.
pub fn row(news: &CarrierNews) -> String {
    let state = match &news.state {
        CarrierState::Connecting => Cow::Borrowed("connecting"),
        CarrierState::Up => Cow::Borrowed("up"),
        CarrierState::Down(why) => Cow::Owned(format!("not reached: {}", trouble(why))),
        CarrierState::Removed => Cow::Borrowed("not used"),
    };
    format!("{} through {}: {state}", news.room, news.broker)
}

/// Why nothing passes.
pub fn trouble(why: &BrokerTrouble) -> Cow<'_, str> {
    Cow::Borrowed(match why {
        BrokerTrouble::NoAddress(words) => return Cow::Owned(format!("its name has no address ({words})")),
        BrokerTrouble::Unreachable(words) => return Cow::Owned(format!("no connection ({words})")),
        BrokerTrouble::Silent => "it does not answer",
        BrokerTrouble::Closed => "it closed the connection",
        BrokerTrouble::BadLogin => {
            "it wants another user or password: set them under [brokers.\"HOST\"] in the configuration"
        }
        BrokerTrouble::Refused(why) => return Cow::Owned(format!("it refuses this client ({why})")),
        BrokerTrouble::Denied => "it does not let this client listen there",
        BrokerTrouble::NotMqtt => "what it sends is no MQTT",
        BrokerTrouble::NotTls => "it does not speak TLS on that port, and nothing is sent without",
        BrokerTrouble::ClosedInHandshake => {
            "it closed the connection when TLS began, as a port without TLS does; nothing is sent without"
        }
        BrokerTrouble::TooMany => "this session goes through 16 brokers already",
        BrokerTrouble::Tls(words) => return Cow::Owned(format!("its TLS is not trusted ({words})")),
        BrokerTrouble::Local(words) => words,
    })
}
