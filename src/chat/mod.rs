//! The core: what the chat decides. Pure: no socket, file, terminal, clock or unseeded chance.

pub mod answer;
pub mod asker;
pub mod audience;
pub mod base;
pub mod chatter;
pub mod command;
pub mod cookie;
pub mod crowd;
pub mod ending;
pub mod event;
pub mod expect;
pub mod guard;
pub mod guests;
pub mod keys;
pub mod log;
pub mod machine;
pub mod names;
pub mod node;
pub mod notice;
pub mod peer;
pub mod plain;
pub mod presence;
pub mod room;
pub mod sync;
pub mod talk;
pub mod wire;
