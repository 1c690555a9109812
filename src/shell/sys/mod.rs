//! What the system gives: clocks, signals, files, streams, chance.

pub mod chance;
pub mod clock;
pub mod env;
pub mod error;
pub mod files;
pub mod signals;
pub mod stdio;
