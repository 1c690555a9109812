//! What the system gives: clocks, signals, files, streams, chance.

pub mod chance;
pub mod env;
pub mod error;
pub mod files;
pub mod stdio;
