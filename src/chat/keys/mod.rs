//! Who is who and who may read: keys, secrets, the words that stand for them, and what the user thinks of keys.

pub mod carrier;
pub mod exchange;
pub mod identity;
pub mod keychain;
pub(crate) mod mnemonic;
pub mod phrase;
pub mod secret;
pub(crate) mod trust;
