//! The course's chatter: plain text, to and from whoever speaks it.

pub mod audience;
pub mod chatter;
pub(crate) mod guests;
#[expect(clippy::module_inception, reason = "the folder is named after it, and it is known by the folder")]
mod plain;

pub use plain::*;
