//! What the command line, the environment and the configuration file say.

pub(crate) mod broker_config;
pub(crate) mod config;
pub(crate) mod known;
pub mod options;
