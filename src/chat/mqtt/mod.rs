//! A client of MQTT 3.1.1 without sockets: bytes and time go in, bytes and what they mean come out.

pub mod client;
pub mod packet;
pub mod reconnect;
