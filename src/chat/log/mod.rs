//! What is held, in which order, within bounds, and what of it goes to disk.

pub(crate) mod archive;
pub(crate) mod digest;
#[expect(clippy::module_inception, reason = "the folder is named after it, and it is known by the folder")]
mod log;
pub mod records;

pub use log::*;
