//! The shell: all the I/O, and no decision of the chat.

pub mod app;
pub mod cli;
pub mod clients;
pub mod net;
pub mod profile;
pub mod store;
pub mod sys;
pub mod term;
pub mod tools;
