//! Standard input and output, and the terminal they may be.

pub mod elsewhere;
pub mod input;
pub mod journal;
pub mod outlet;
pub mod output;
pub mod prompt;
pub mod terminal;
pub mod typed;
