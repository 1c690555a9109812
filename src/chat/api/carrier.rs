//! How a room stands at the broker that carries it.

use std::rc::Rc;
use std::sync::Arc;

use crate::chat::base::broker_url::BrokerUrl;
use crate::chat::keys::carrier::CarrierClient;
use crate::chat::keys::secret::RoomName;

/// How a room stands at its broker, told when that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierNews {
    /// The room.
    pub room: RoomName,
    /// The broker.
    pub broker: Arc<BrokerUrl>,
    /// How it stands.
    pub state: CarrierState,
}

/// How a room stands at a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CarrierState {
    /// The broker is being connected to.
    Connecting,
    /// What is said passes.
    Up,
    /// It does not.
    Down(BrokerTrouble),
    /// The room goes through this broker no more.
    Removed,
}

/// Why nothing passes through a broker. Each is what the broker, this machine or the system said: silence is no cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrokerTrouble {
    /// Its name has no address; the resolver's words.
    NoAddress(String),
    /// It cannot be connected to; the system's words.
    Unreachable(String),
    /// It does not answer.
    Silent,
    /// It closed the connection without a word.
    Closed,
    /// It wants a name and a password, or other ones.
    BadLogin,
    /// It is there and does not want this client; its reason.
    Refused(&'static str),
    /// It does not let this client listen to the room.
    Denied,
    /// What it sent is no MQTT.
    NotMqtt,
    /// It does not speak TLS on this port.
    NotTls,
    /// It closed the connection before that was sealed by TLS.
    ClosedInHandshake,
    /// The session goes through too many brokers already.
    TooMany,
    /// Its certificate is not to be trusted, or another thing of TLS is wrong; the library's words.
    Tls(String),
    /// What is to be read for it from this machine cannot be; which, and the system's words.
    Local(String),
}

/// What becomes of the connection to a broker.
#[derive(Debug)]
pub enum BrokerInput<'a> {
    /// It takes this client: now is the time to subscribe.
    Up(CarrierClient),
    /// What is published there comes from now on.
    Granted(&'a str),
    /// What is published there does not come.
    Denied(&'a str),
    /// Something was published.
    Carried {
        /// Where.
        topic: &'a str,
        /// What.
        payload: &'a [u8],
    },
    /// It is not reached, and is tried again.
    Down(BrokerTrouble),
}

/// What is to be done at a broker.
#[derive(Debug, PartialEq, Eq)]
pub enum BrokerJob {
    /// Connect, again and again where that fails, and tell what becomes of it.
    Connect,
    /// Ask for what is published there.
    Subscribe(Vec<String>),
    /// Not any more.
    Unsubscribe(Vec<String>),
    /// Publish this.
    Publish {
        /// Where.
        topic: String,
        /// What.
        payload: Rc<[u8]>,
    },
    /// Say goodbye, and do not connect again.
    Leave,
}
