//! What a file or folder is made of, and how it passes from one instance to another.

pub mod assembly;
pub mod blocks;
pub(crate) mod congestion;
pub mod fetch;
pub mod file_name;
pub(crate) mod link;
pub mod manifest;
pub mod ranges;
pub mod read_allowance;
pub(crate) mod requests;
pub mod supply;
