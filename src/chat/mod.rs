//! The core: what the chat decides. Pure: no socket, file, terminal, clock or unseeded chance.

pub mod api;
pub mod audience;
pub mod base;
pub mod chatter;
pub mod cookie;
pub mod crowd;
pub mod guard;
pub mod guests;
pub mod keys;
pub mod log;
pub mod names;
pub mod node;
pub mod peer;
pub mod plain;
pub mod presence;
pub mod room;
pub mod sync;
pub mod wire;
