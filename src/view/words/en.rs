//! English.

mod answers;
pub mod commands;
mod confirmations;
mod events;
pub mod keys;
mod mistakes;
mod notices;
mod refusals;
pub mod requests;
pub mod screen;
mod secrecy;
mod verdicts;

pub use answers::answer;
pub use confirmations::confirmation;
pub use events::{OF_SCREEN, change, ending, fault, listening, marks, trace, words};
pub use mistakes::{UNKNOWN_CHARSET, bad_address, bad_nick, bad_phrase, bad_room_name, bad_time};
pub use notices::{notice, undelivered};
pub use refusals::refusal;
pub use secrecy::secrecy;
pub use verdicts::{after_all, begins, delivery};
