//! Standard input and output, and the terminal they may be.

pub(crate) mod external_editor;
pub(crate) mod input;
pub(crate) mod input_history;
pub(crate) mod log_file;
pub(crate) mod output;
pub(crate) mod prompt;
pub(crate) mod terminal;
pub(crate) mod writer;
