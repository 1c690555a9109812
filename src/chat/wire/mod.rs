//! What passes between instances, and its bytes.

mod codec;
pub mod entry;
pub mod frame;
pub mod letter;
pub mod letterbox;
pub mod packing;

pub use codec::*;
