//! What the command line, the environment and the configuration file say.

pub mod config;
pub mod known;
pub mod options;
