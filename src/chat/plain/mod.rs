//! The course's chatter: plain text, to and from whoever speaks it.

pub mod chatter;
#[expect(clippy::module_inception, reason = "the folder is named after it, and it is known by the folder")]
mod plain;
pub(crate) mod plain_peers;
pub(crate) mod responder;
pub mod targets;

pub use plain::*;
