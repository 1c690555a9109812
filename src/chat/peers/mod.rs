//! Who is here, at which address, what they are called, and what they may cost.

pub mod addresses;
pub mod cookie;
pub mod guard;
pub mod names;
pub mod peer;
pub mod presence;
