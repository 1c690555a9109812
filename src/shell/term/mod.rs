//! Standard input and output, and the terminal they may be.

pub(crate) mod elsewhere;
pub(crate) mod input;
pub(crate) mod journal;
pub(crate) mod outlet;
pub(crate) mod output;
pub(crate) mod prompt;
pub(crate) mod terminal;
pub(crate) mod typed;
