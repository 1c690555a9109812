//! English.

mod answers;
pub(crate) mod carrier;
pub(crate) mod commands;
mod confirmations;
mod events;
pub(crate) mod examples;
pub(crate) mod files;
pub(crate) mod findings;
pub(crate) mod get;
pub(crate) mod keys;
mod mistakes;
mod network;
mod notices;
mod refusals;
pub(crate) mod requests;
pub(crate) mod screen;
mod secrecy;
pub(crate) mod system;
mod transfers;
pub(crate) mod usage;
mod verdicts;

pub use answers::answer;
pub use confirmations::confirmation;
pub use events::{OF_SCREEN, change, ending, fault, listening, marks, trace, words};
pub use mistakes::{UNKNOWN_CHARSET, bad_address, bad_nick, bad_phrase, bad_room_name, bad_time};
use network::network;
pub use notices::{notice, undelivered};
pub use refusals::refusal;
pub use secrecy::{ask_ways, secrecy};
pub use transfers::{fault as transfer_fault, offers, share, transfer};
pub use verdicts::{after_all, begins, delivery};
