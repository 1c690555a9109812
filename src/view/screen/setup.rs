//! What a screen is made for.

use super::joins::ShownJoins;
use super::theme::Theme;
use crate::chat::api::talk::Said;
use crate::chat::base::charset::Charset;
use crate::chat::keys::secret::RoomName;
use crate::view::editor::bindings::Bindings;
use crate::view::text::when::LocalTime;

/// What a screen is made for.
#[derive(Clone, Debug)]
pub struct ScreenSetup {
    /// How it looks, and what it does beside.
    pub look: ScreenLook,
    /// What time it is here.
    pub local: LocalTime,
    /// The rooms; none: the session speaks plain.
    pub rooms: Vec<RoomName>,
    /// What the keys of the terminal write.
    pub charset: Charset,
    /// What was typed in earlier sessions.
    pub past: Vec<String>,
    /// Nobody has used this profile before: a few words tell how.
    pub is_first: bool,
    /// What is said is kept, so that what is not shown can be looked up.
    pub is_kept: bool,
    /// The size of the terminal.
    pub size: Size,
    /// The terminal wraps what it shows anew when its width changes.
    pub rewraps: bool,
    /// The last lines of an earlier session.
    pub earlier: Vec<Said>,
}

/// What the user may choose about a screen, also while it is shown.
#[derive(Clone, Debug)]
pub struct ScreenLook {
    /// How things look.
    pub theme: Theme,
    /// What the keys do.
    pub bindings: Bindings,
    /// The terminal is rung where somebody wants one.
    pub has_bell: bool,
    /// How the desktop is told.
    pub notify: Notify,
    /// Messages are broken between words; else the terminal wraps them.
    pub wraps_words: bool,
    /// So many of the last lines are shown again at the start and once the screen was emptied.
    pub replay_most: usize,
    /// Whose coming and going is shown.
    pub joins: ShownJoins,
    /// Words that ring as one's own name does.
    pub highlights: Vec<String>,
}

/// How the terminal passes a notification on to the desktop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Notify {
    /// It does not.
    #[default]
    Not,
    /// As iTerm2 began it: OSC 9.
    Osc9,
    /// As rxvt began it: OSC 777.
    Osc777,
}

/// The size of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// At least 2.
    pub columns: u16,
    /// At least 1.
    pub rows: u16,
}
