//! What a live screen is made of: what the configuration says, and the terminal where that says nothing.

use jiff::tz::TimeZone;

use crate::chat::session::node;
use crate::shell::cli::config::ConfigFile;
use crate::shell::term::input_history::Typed;
use crate::shell::term::terminal;
use crate::view::screen::{Notify, ScreenLook, ScreenSetup};
use crate::view::text::when::LocalTime;

/// The screen, as the user and the terminal want it.
pub fn of_rooms(config: &ConfigFile, session: &node::Config, typed: &Typed) -> ScreenSetup {
    ScreenSetup {
        rooms: session.rooms.clone(),
        is_kept: session.user.is_kept,
        is_first: typed.is_new(),
        past: typed.load(),
        ..of_plain(config)
    }
}

/// The same of a session that speaks plain: it has no rooms, and keeps nothing.
pub fn of_plain(config: &ConfigFile) -> ScreenSetup {
    ScreenSetup {
        look: look(config),
        local: LocalTime::of(TimeZone::system()),
        rooms: Vec::new(),
        charset: terminal::charset(),
        is_kept: false,
        is_first: false,
        past: Vec::new(),
        size: terminal::size(),
        rewraps: terminal::rewraps(),
        earlier: Vec::new(),
    }
}

/// What the file says of the screen, and the terminal where that says nothing.
pub fn look(config: &ConfigFile) -> ScreenLook {
    let look = &config.look;
    ScreenLook {
        theme: terminal::theme(look.ground, look.is_monochrome, look.has_signs),
        bindings: config.bindings.clone(),
        has_bell: look.has_bell,
        notify: if look.notifies { terminal::notify() } else { Notify::Not },
        wraps_words: look.wraps_words,
        replay_most: look.replay_most,
        joins: look.joins,
        highlights: look.highlights.clone(),
    }
}
