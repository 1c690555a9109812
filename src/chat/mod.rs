//! The core: what the chat decides. Pure: no socket, file, terminal, clock or unseeded chance.

pub mod address;
pub mod audience;
pub mod charset;
pub mod chatter;
pub mod event;
pub mod limits;
pub mod line;
pub mod machine;
pub mod plain;
pub mod recent;
pub mod time;
