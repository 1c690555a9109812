//! The shell: all the I/O, and no decision of the chat.

pub mod app;
pub mod cli;
pub mod clients;
pub mod console;
pub mod invitation;
pub mod lookup;
pub mod manual;
pub mod net;
pub mod profile;
pub mod remote;
pub mod session;
pub mod settings;
pub mod store;
pub mod sys;
pub mod term;
