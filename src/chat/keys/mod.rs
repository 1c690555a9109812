//! Who is who and who may read: keys, secrets, the words that stand for them, and what the user thinks of keys.

pub(crate) mod attitude;
pub mod identity;
pub mod keychain;
pub mod phrase;
pub mod secret;
pub(crate) mod words;
