//! The core: what the chat decides. Pure: no socket, file, terminal, clock or unseeded chance.

pub mod api;
pub mod base;
pub mod crowd;
pub mod keys;
pub mod log;
pub mod node;
pub mod peers;
pub mod plain;
pub mod room;
pub mod sync;
pub mod wire;
