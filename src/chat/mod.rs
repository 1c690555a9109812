//! The core: what the chat decides. Pure: no socket, file, terminal, clock or unseeded randomness.

pub mod api;
pub mod base;
pub mod files;
pub mod keys;
pub mod log;
pub mod mqtt;
pub(crate) mod peers;
pub mod plain;
pub mod room;
pub mod session;
pub(crate) mod sync;
pub mod wire;
