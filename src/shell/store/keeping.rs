//! Who keeps the history of the profile in use.

use std::path::PathBuf;

use crate::shell::store::Store;

/// Who keeps the history of the profile in use.
pub enum Keeping {
    /// This window writes it.
    Ours(Box<Store>),
    /// Another window does.
    OfAnotherWindow(PathBuf),
}
