//! The shell: all the I/O, and no decision of the chat.

pub mod app;
pub mod clock;
pub mod holder;
pub mod input;
pub mod lan;
pub mod options;
pub mod output;
pub mod resolve;
pub mod signals;
pub mod socket;
pub mod start;
