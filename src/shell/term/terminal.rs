//! The terminal, borrowed: its modes are ours while the live screen is on it, and given back however that ends.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::sync::Once;

use crossterm::event::{DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange};
use crossterm::terminal;

use crate::chat::base::charset::Charset;
use crate::view::screen::rows::ansi;
use crate::view::screen::theme::{Background, Depth, Theme};
use crate::view::screen::{Notify, Screen, Size};

/// The terminal with the live screen on it.
pub struct Terminal {
    /// What is on it.
    pub screen: Screen,
    modes: Option<Raw>,
    /// What turns modes on or off, to be written before anything else.
    pending: String,
    /// No signal said that it changed since it was last asked for.
    is_size_known: bool,
}

/// The terminal hands over each key as it is pressed, until this is dropped.
struct Raw;

impl Raw {
    fn enable() -> io::Result<Self> {
        terminal::enable_raw_mode()?;
        Ok(Self)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = terminal::disable_raw_mode(); // the terminal may be gone
    }
}

impl Terminal {
    /// Takes the terminal for a screen.
    pub fn take(screen: Screen) -> io::Result<Self> {
        give_back_on_panic();
        let mut terminal = Self { screen, modes: None, pending: String::new(), is_size_known: false };
        terminal.take_again()?;
        Ok(terminal)
    }

    /// Takes it after it was given back, or makes sure of it after somebody else may have changed it.
    pub fn take_again(&mut self) -> io::Result<()> {
        if self.modes.take().is_none() {
            self.screen.forget();
        }
        self.modes = Some(Raw::enable()?);
        ansi(&mut self.pending, EnableBracketedPaste);
        ansi(&mut self.pending, EnableFocusChange);
        self.resized();
        Ok(())
    }

    /// Its size is asked for before the next drawing.
    pub fn resized(&mut self) {
        self.is_size_known = false;
    }

    /// Whether the terminal is ours.
    pub fn is_taken(&self) -> bool {
        self.modes.is_some()
    }

    /// What is to be written now; nothing while somebody else has the terminal.
    pub fn draw(&mut self) -> Option<String> {
        self.modes.as_ref()?;
        if self.is_size_known && !self.screen.has_changed() {
            return None;
        }
        self.is_size_known = cfg!(unix); // Windows has no signal for a change
        self.screen.resize(size()); // the signal may come behind what is drawn
        let frame = self.screen.draw()?;
        let mut all = std::mem::take(&mut self.pending);
        all.push_str(frame);
        Some(all)
    }

    /// Gives the terminal back. What is to be written for that is handed out: until it is written nothing else may be.
    pub fn give_back(&mut self) -> String {
        let mut all = std::mem::take(&mut self.pending);
        all.push_str(self.screen.clear());
        all.push_str(&restoring());
        self.modes = None;
        all
    }
}

/// What turns off whatever the screen turned on.
fn restoring() -> String {
    let mut out = String::new();
    ansi(&mut out, DisableFocusChange);
    ansi(&mut out, DisableBracketedPaste);
    out
}

/// A panic is told on a terminal that can show it.
fn give_back_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let mut out = restoring();
            ansi(&mut out, terminal::EnableLineWrap);
            ansi(&mut out, terminal::EndSynchronizedUpdate);
            out.push_str("\r\n");
            let _ = io::stdout().write_all(out.as_bytes()).and_then(|()| io::stdout().flush());
            let _ = terminal::disable_raw_mode();
            before(panic);
        }));
    });
}

/// The size of the terminal; the usual one where it does not say.
pub fn size() -> Size {
    let (columns, rows) = terminal::size().unwrap_or((80, 24));
    let (columns, rows) = if columns == 0 || rows == 0 { (80, 24) } else { (columns, rows) };
    Size { columns: columns.max(2), rows }
}

/// What the keys of the terminal write: what its locale says, where that is a charset from before UTF-8.
pub fn charset() -> Charset {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].map(variable).into_iter().find(|value| !value.is_empty());
    locale.and_then(|locale| Charset::of_locale(&locale)).unwrap_or(Charset::UTF_8)
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

/// Whether a live screen can be shown: both streams are one person's terminal, and it can move its cursor.
pub fn is_able() -> bool {
    io::stdout().is_terminal() && !matches!(variable("TERM").as_str(), "" | "dumb")
}

/// How things look by what the environment says; `ground` and `has_signs` where the user says so.
pub fn theme(ground: Option<Background>, is_plain: bool, has_signs: Option<bool>) -> Theme {
    let (term, colours) = (variable("TERM"), variable("COLORTERM"));
    let depth = if is_plain || !variable("NO_COLOR").is_empty() {
        Depth::Monochrome
    } else if matches!(colours.as_str(), "truecolor" | "24bit") {
        Depth::True
    } else if term.contains("256color") {
        Depth::Indexed
    } else if term.starts_with("vt1") || term.starts_with("vt2") {
        Depth::Monochrome
    } else {
        Depth::Basic
    };
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].map(variable).into_iter().find(|value| !value.is_empty());
    let is_utf8 = locale.is_some_and(|locale| locale.to_uppercase().replace('-', "").contains("UTF8"));
    let has_signs = has_signs.unwrap_or((is_utf8 || cfg!(windows)) && term != "linux");
    Theme { depth, ground: ground.unwrap_or_else(ground_of_terminal), has_signs }
}

/// Some terminals say their colours as `COLORFGBG=0;15`, numbers of the sixteen.
fn ground_of_terminal() -> Background {
    let colours = variable("COLORFGBG");
    let behind = colours.rsplit(';').next().and_then(|number| number.parse::<u8>().ok());
    if matches!(behind, Some(7 | 15)) { Background::Light } else { Background::Dark }
}

/// Whether the terminal wraps what it shows anew when it gets narrower or wider. Those that do not are few, and known.
pub fn rewraps() -> bool {
    let (term, is_within_tmux) = (variable("TERM"), !variable("TMUX").is_empty());
    is_within_tmux || variable("XTERM_VERSION").is_empty() && term != "linux" && !term.starts_with("rxvt")
}

/// How the terminal tells the desktop.
pub fn notify() -> Notify {
    let term = variable("TERM");
    match () {
        () if term == "linux" => Notify::Not,
        () if !variable("VTE_VERSION").is_empty() || term.starts_with("foot") || term.starts_with("rxvt") => {
            Notify::Osc777
        }
        () => Notify::Osc9,
    }
}
