//! What the system gives: clocks, signals, files, streams, randomness.

pub mod clock;
pub(crate) mod env;
pub(crate) mod error;
pub(crate) mod files;
pub(crate) mod rng;
pub(crate) mod signals;
pub(crate) mod stdio;
