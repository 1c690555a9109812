//! Sockets, the network around, and what it says.

pub mod chaos;
pub mod group;
pub mod holder;
pub mod lan;
pub mod reports;
pub mod resolve;
pub mod socket;
pub mod start;
