//! English.

pub mod commands;
mod confirmations;
mod refusals;

pub use confirmations::confirmation;
pub use refusals::refusal;
