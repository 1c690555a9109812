//! Sockets, the network around, and what it says.

pub(crate) mod faults;
pub(crate) mod lan;
pub(crate) mod multicast;
pub(crate) mod port_owner;
pub(crate) mod reports;
pub(crate) mod resolve;
pub(crate) mod socket;
pub(crate) mod start;
