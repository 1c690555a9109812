//! What passes between instances, and its bytes.

pub mod carried;
mod cipher;
mod codec;
pub mod entry;
pub mod frame;
pub mod letterbox;
pub mod offer;
pub(crate) mod packing;
pub mod private_body;
pub mod transfer;

pub use codec::*;
