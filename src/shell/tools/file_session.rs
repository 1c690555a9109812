//! What `send --file` and `get` drive: the session that uses the profile, or one that is started for them.

use std::ffi::OsString;

use std::time::Duration;

use serde_json::Value;

use crate::chat::base::time::Moment;
use crate::shell::cli::options::layers::{self, Origin};
use crate::shell::cli::options::{IdentityChoice, Options};
use crate::shell::profile;
use crate::shell::sys::error::words;
use crate::shell::sys::signals::Interrupts;
use crate::shell::sys::stdio::{change_row, is_told_on_terminal, last_words, print};
use crate::shell::term::input::is_typed;
use crate::shell::tools::remote::OF_AN_OWN_SESSION;
use crate::shell::tools::session_link::SessionLink;
use crate::view::json;
use crate::view::text;
use crate::view::words::en;

/// How long a session may take to say that it is there.
const READY_WITHIN: Duration = Duration::from_secs(10);
/// Where nobody sits at a terminal, it is waited so long for somebody, or for an offer.
const PATIENCE: Duration = Duration::from_secs(60);
/// Where there is no bound, it is looked so often.
const LOOK_EVERY: Duration = Duration::from_secs(3600);

/// The exit codes, as the README lists them.
pub mod code {
    pub const DONE: u8 = 0;
    pub const FAILED: u8 = 1;
    pub const WRONG_USAGE: u8 = 2;
    pub const NOBODY: u8 = 3;
    pub const UNFINISHED: u8 = 4;
    pub const TOO_FEW: u8 = 5;
}

/// A session that is driven, and how the user is told of it.
#[derive(Debug)]
pub struct FileSession {
    link: SessionLink,
    is_json: bool,
    is_quiet: bool,
    /// Standard error is a terminal: it has a row that changes.
    has_row: bool,
    is_row_shown: bool,
    /// A signal ends it as everything else does, so that nothing is left behind.
    interrupts: Option<Interrupts>,
}

impl FileSession {
    /// Finds or starts it. An error: the exit code; the user was told.
    pub fn open(options: &Options) -> Result<Self, u8> {
        let has_row = is_told_on_terminal() && !options.json && !options.is_quiet;
        let with = |link| {
            let (is_json, is_quiet, is_row_shown) = (options.json, options.is_quiet, false);
            Self { link, is_json, is_quiet, has_row, is_row_shown, interrupts: Interrupts::listen().ok() }
        };
        if let Some(mut session) = running(options).map(with)
            && session.is_in(options) == Ok(true)
        {
            return Ok(session);
        }
        let mut arguments: Vec<OsString> = layers::of_session(&options.layers);
        arguments.push("--passing".into());
        let started = SessionLink::start(arguments).map(with);
        let mut session = started.map_err(|error| {
            last_words(&format!("chinwag: {}", en::system::cannot("start a session", words(&error))));
            code::FAILED
        })?;
        match session.is_in(options) {
            Ok(true) => Ok(session),
            Ok(false) | Err(_) => Err(session.end().unwrap_or(code::FAILED)),
        }
    }

    /// Whether it is in the room that is meant.
    fn is_in(&mut self, options: &Options) -> Result<bool, u8> {
        let room = options.rooms.first().map_or("", |room| room.as_str());
        let bound = self.link.now().after(READY_WITHIN);
        while let Some(value) = self.next(Some(bound))? {
            if value["type"] == "ready" {
                let is_there = value["rooms"].as_array().is_some_and(|rooms| rooms.iter().any(|open| open == room));
                return Ok(is_there && value["version"] == json::VERSION);
            }
        }
        Ok(false)
    }

    /// Until when somebody is waited for; `None`: as long as whoever sits at the terminal likes.
    pub fn patience(&self, options: &Options) -> Option<Moment> {
        let at_terminal = is_told_on_terminal() && is_typed();
        let patience = options.timeout.or((!at_terminal).then_some(PATIENCE));
        patience.map(|patience| self.link.now().after(patience))
    }

    pub fn now(&self) -> Moment {
        self.link.now()
    }

    /// Gives it a command. An error: the exit code; the user was told.
    pub fn ask(&mut self, command: &Value) -> Result<(), u8> {
        self.link.write(command).map_err(|_| self.ended())
    }

    /// Gives it a last command, where it is still there.
    pub fn ask_last(&mut self, command: &Value) {
        let _ = self.link.write(command); // it has ended, and with it what is to be ended
    }

    fn ended(&mut self) -> u8 {
        self.tell(&format!("chinwag: {}", en::system::SESSION_ENDED));
        code::FAILED
    }

    /// What it tells next; `None`: nothing before this moment. An error: the exit code; the user was told.
    pub fn next(&mut self, bound: Option<Moment>) -> Result<Option<Value>, u8> {
        let bound = bound.unwrap_or_else(|| self.link.now().after(LOOK_EVERY));
        if let Some(signal) = self.interrupts.as_ref().and_then(Interrupts::taken) {
            return Err(signal);
        }
        let told = self.link.next(bound).map_err(|_| self.ended())?;
        let Some(told) = told else {
            return self.interrupts.as_ref().and_then(Interrupts::taken).map_or(Ok(None), Err);
        };
        let value = told.value;
        match value["type"].as_str() {
            Some("offer" | "transfer" | "delivery" | "error") if self.is_json => {
                print(&format!("{}\n", told.written));
            }
            Some("error") if value["kind"] == "fatal" => {
                let words = text_of(&value);
                self.tell(&format!("chinwag: {words}"));
            }
            Some("exit") => {
                return Err(value["code"].as_u64().and_then(|code| code.try_into().ok()).unwrap_or(code::FAILED));
            }
            _ => {}
        }
        Ok(Some(value))
    }

    /// Tells people a sentence.
    pub fn tell(&mut self, words: &str) {
        if self.is_json || self.is_quiet && !words.starts_with("chinwag:") {
            return;
        }
        self.clear_row();
        last_words(words);
    }

    /// Tells what has words of its own.
    pub fn tell_text(&mut self, value: &Value) {
        let words = text_of(value);
        if !words.is_empty() {
            self.tell(&words);
        }
    }

    /// Tells why it ends.
    pub fn fail(&mut self, words: &str) {
        let mut safe = String::new();
        text::sanitise(words, &mut safe);
        self.tell(&format!("chinwag: {safe}"));
    }

    /// Something that changes, in one row.
    pub fn row(&mut self, words: &str) {
        if !self.has_row {
            return;
        }
        let mut safe = String::new();
        text::sanitise(words, &mut safe);
        self.is_row_shown = true;
        change_row(&safe);
    }

    fn clear_row(&mut self) {
        if std::mem::take(&mut self.is_row_shown) {
            change_row("");
        }
    }

    /// No signal cuts short what is left to be done, which takes a few seconds at most.
    pub fn go_on(&mut self) {
        self.interrupts = None;
    }

    /// Whether it was started for this, and ends with it.
    pub fn is_started(&self) -> bool {
        self.link.is_started()
    }

    /// Ends it, where it was started for this.
    pub fn end(mut self) -> Option<u8> {
        self.clear_row();
        self.link.end()
    }
}

/// Its `text`, safe for a terminal.
pub fn text_of(value: &Value) -> String {
    let mut safe = String::new();
    text::sanitise(value["text"].as_str().unwrap_or_default(), &mut safe);
    safe
}

/// The session that uses the profile, unless a presence of one's own is wanted.
fn running(options: &Options) -> Option<SessionLink> {
    let is_given = |name: &&str| options.layers.get(*name).is_some_and(|layered| layered.origin == Origin::CommandLine);
    let IdentityChoice::Profile { name, folder } = &options.identity else { return None };
    if OF_AN_OWN_SESSION.iter().any(is_given) {
        return None;
    }
    SessionLink::connect(&profile::folder_of(name, folder.clone()).ok()?)
}
