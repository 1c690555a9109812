//! Who is here, at which address, what they are called, and what they may cost.

pub(crate) mod addresses;
pub(crate) mod cookies;
pub(crate) mod counters;
pub(crate) mod expiries;
pub(crate) mod names;
pub(crate) mod peer;
pub(crate) mod presence;
pub(crate) mod probes;
pub(crate) mod rate_limits;
