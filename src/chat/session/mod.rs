//! Several rooms, what is typed and commanded, and when it ends.

pub mod crowd;
pub mod node;
