//! Which messages are wanted.

use crate::chat::base::time::Wall;
use crate::chat::keys::secret::RoomName;

/// Which messages are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of these rooms; none: of all.
    pub rooms: Vec<RoomName>,
    /// Said then or later.
    pub since: Option<Wall>,
    /// Said before.
    pub until: Option<Wall>,
    /// By whoever went by this nick, perhaps with its key tag.
    pub from: Option<String>,
    /// The newest so many; `None`: all.
    pub most: Option<usize>,
}
