//! Sockets, the network around, and what it says.

pub(crate) mod chaos;
pub(crate) mod group;
pub(crate) mod holder;
pub(crate) mod lan;
pub(crate) mod reports;
pub(crate) mod resolve;
pub(crate) mod socket;
pub(crate) mod start;
