//! What everything stands on: bounds, time, randomness, bytes, counting, addresses and lines.

pub(crate) mod address;
pub mod bounds;
pub mod broker_url;
pub(crate) mod budget;
pub mod bytes;
pub mod charset;
pub mod inbox;
pub mod limits;
pub mod line;
pub mod metrics;
pub(crate) mod recent;
pub mod rng;
pub mod time;
