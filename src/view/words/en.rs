//! English.

mod answers;
pub mod commands;
mod confirmations;
mod events;
mod notices;
mod refusals;
mod secrecy;
mod verdicts;

pub use answers::answer;
pub use confirmations::confirmation;
pub use events::{OF_SCREEN, change, ending, fault, listening, marks, trace, words};
pub use notices::{notice, undelivered};
pub use refusals::refusal;
pub use secrecy::secrecy;
pub use verdicts::{after_all, delivery};
