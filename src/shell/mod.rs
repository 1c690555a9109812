//! The shell: all the I/O, and no decision of the chat.

pub mod app;
pub mod cli;
pub(crate) mod clients;
pub(crate) mod files;
pub(crate) mod net;
pub(crate) mod profile;
pub mod store;
pub mod sys;
pub(crate) mod term;
pub mod tools;
