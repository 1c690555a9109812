//! A secret that is asked for: what is typed is not seen.

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};
use zeroize::Zeroizing;

use crate::chat::api::refusal::{Refusal, RoomRefusal};
use crate::chat::keys::phrase::Phrase;
use crate::chat::keys::secret::RoomName;
use crate::view::editor::keys::NO_TEXT;
use crate::view::words::en;

/// The secret of a room, as far as it is typed.
pub struct Asking {
    room: RoomName,
    typed: Zeroizing<String>,
    /// A secret was wrong: nothing at all is no answer any more.
    was_wrong: bool,
}

/// What a key led to.
pub enum Asked {
    /// There is more to be typed.
    On,
    /// That is none: it is asked for again.
    Wrong(Refusal),
    /// That is it.
    Done(RoomName, Phrase),
    /// From this byte on it is no text: another secret would be taken for it.
    NoText(usize),
    /// The user thought better of it.
    Not(RoomName),
}

/// No secret is longer, in bytes.
const BYTES_MAX: usize = 1024;

impl Asking {
    /// Nothing is typed yet.
    pub fn new(room: RoomName) -> Self {
        Self { room, typed: empty(), was_wrong: false }
    }

    /// What stands before what is typed.
    pub fn prompt(&self) -> String {
        en::screen::secret_prompt(&self.room)
    }

    /// What is said before it is asked for.
    pub fn words(&self) -> String {
        en::screen::secret_wanted(&self.room)
    }

    /// What is seen of it: how much there is.
    pub fn shown(&self) -> String {
        "*".repeat(self.typed.chars().count())
    }

    /// Takes a key, or what was pasted.
    pub fn on_event(&mut self, event: &Event) -> Asked {
        match event {
            Event::Paste(text) => text.chars().for_each(|c| self.add(c)),
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
                match key.code {
                    KeyCode::Enter if let Some(at) = self.typed.find(NO_TEXT) => return Asked::NoText(at + 1),
                    KeyCode::Enter => return self.done(),
                    KeyCode::Esc => return Asked::Not(self.room.clone()),
                    KeyCode::Char('c' | 'd' | 'g') if is_control => return Asked::Not(self.room.clone()),
                    KeyCode::Char('u') if is_control => self.typed.clear(),
                    KeyCode::Backspace => drop(self.typed.pop()),
                    KeyCode::Char(c) if !is_control => self.add(c),
                    _ => {}
                }
            }
            _ => {}
        }
        Asked::On
    }

    /// Any text may be a passphrase, but that who types without seeing it may think of a command; an invitation is right or wrong.
    /// What is typed after a wrong one is still not seen.
    fn done(&mut self) -> Asked {
        if self.typed.trim_start().starts_with(['/', '／']) {
            self.typed.clear();
            return Asked::Wrong(RoomRefusal::LooksLikeCommand.into());
        }
        let phrase = Phrase::new(std::mem::replace(&mut self.typed, empty()));
        let wrong = if phrase.is_invitation() { phrase.unlock(&self.room).err() } else { None };
        match wrong {
            Some(bad) => {
                self.was_wrong = true;
                Asked::Wrong(RoomRefusal::BadPhrase(bad).into())
            }
            None if self.was_wrong && phrase.is_empty() => Asked::On,
            None => Asked::Done(self.room.clone(), phrase),
        }
    }

    /// Lines that were pasted are words in a row.
    fn add(&mut self, c: char) {
        if self.typed.len() + c.len_utf8() <= BYTES_MAX {
            self.typed.push(if c.is_control() { ' ' } else { c });
        }
    }
}

/// It never grows, which would leave copies.
fn empty() -> Zeroizing<String> {
    Zeroizing::new(String::with_capacity(BYTES_MAX))
}
