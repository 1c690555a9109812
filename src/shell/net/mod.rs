//! Sockets, the network around, and what it says.

pub(crate) mod broker_access;
pub(crate) mod broker_connection;
mod broker_stream;
pub(crate) mod brokers;
pub(crate) mod cannot_bind;
pub(crate) mod discovery;
pub(crate) mod faults;
pub(crate) mod lan;
pub(crate) mod link_events;
pub(crate) mod multicast;
pub(crate) mod named_hosts;
pub(crate) mod own_copies;
pub(crate) mod port_owner;
pub(crate) mod reports;
pub(crate) mod resolve;
pub(crate) mod segments;
pub(crate) mod socket;
pub(crate) mod start;
pub(crate) mod surroundings;
pub(crate) mod survey;

/// One of something for each IP family.
#[derive(Clone, Copy, Debug)]
pub struct ByFamily<T> {
    /// Of IPv4.
    pub v4: T,
    /// Of IPv6.
    pub v6: T,
}

impl<T: PartialEq> ByFamily<T> {
    /// That of a family.
    pub fn of(&self, is_v4: bool) -> &T {
        if is_v4 { &self.v4 } else { &self.v6 }
    }

    /// Of which family one is: whether of IPv4. `None`: of neither.
    pub fn family_of(&self, one: &T) -> Option<bool> {
        [true, false].into_iter().find(|&is_v4| self.of(is_v4) == one)
    }
}
