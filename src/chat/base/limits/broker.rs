//! What a broker may cost, and how long it is waited for.

use std::time::Duration;

/// An address of a broker that does not answer for so long is none; the next one is tried.
pub const BROKER_ADDRESS_WITHIN: Duration = Duration::from_secs(5);
/// So many addresses of a broker are tried. A guess: more belong to one that is spread over the world.
pub const BROKER_ADDRESSES_MAX: usize = 8;
/// So many brokers a session is connected to.
pub const BROKERS_MAX: usize = 16;
/// The port of MQTT (IANA), and of MQTT in TLS.
pub const MQTT_PORT: u16 = 1883;
/// See [`MQTT_PORT`].
pub const MQTTS_PORT: u16 = 8883;
/// How long the prefix of topics may be: some brokers take no more than seven levels, and what follows has three.
pub const BROKER_PREFIX_BYTES_MAX: usize = 64;
/// How many bytes a packet of a broker may have. Ours are below 2 KiB.
pub const PACKET_BYTES_MAX: usize = 16 * 1024;
/// So many bytes wait for a broker that takes nothing; what does not fit is lost, as on a network.
pub const OUTGOING_BYTES_MAX: usize = 256 * 1024;
/// A connection on which nothing passes for so long is tried: routers and brokers forget it later.
pub const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// A broker that does not answer for so long is gone.
pub const BROKER_ANSWERS_WITHIN: Duration = Duration::from_secs(10);
/// So many subscriptions wait for an answer; a session has fewer rooms.
pub const SUBSCRIBING_MAX: usize = 256;
/// So many filters go into one packet: a broker may take no more (the documented limit of `AWS IoT Core`).
pub const FILTERS_MAX: usize = 8;
/// What is kept of a buffer that is empty.
pub const BUFFER_KEPT_BYTES: usize = 16 * 1024;
/// A goodbye that the broker does not take is not waited for longer.
pub const LEAVES_WITHIN: Duration = Duration::from_secs(1);

/// After a connection that held the first try comes within so long, so that many clients do not come together.
pub const RECONNECT_FIRST: Duration = Duration::from_secs(5);
/// And after tries that failed within twice as long as before each, up to this.
pub const RECONNECT_MAX: Duration = Duration::from_secs(60);
/// So many times that a broker sends what is no MQTT it is taken for one that will again.
pub const MALFORMED_MAX: u32 = 3;
/// A connection that is closed so soon was none.
pub const CLOSED_SOON: Duration = Duration::from_secs(10);
