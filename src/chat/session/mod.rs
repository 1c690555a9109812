//! Several rooms, what is typed and commanded, and when it ends.

pub(crate) mod crowd;
pub mod node;
