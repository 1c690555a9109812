//! What everything stands on: bounds, time, chance, bytes, counting, addresses and lines.

pub mod address;
pub mod bounds;
pub mod budget;
pub mod bytes;
pub mod chance;
pub mod charset;
pub mod limits;
pub mod line;
pub mod recent;
pub mod time;
pub mod traffic;
