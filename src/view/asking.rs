//! A secret that is asked for: what is typed is not seen.

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};
use zeroize::Zeroizing;

use crate::chat::phrase::Phrase;
use crate::chat::secret::RoomName;

/// The secret of a room, as far as it is typed.
pub struct Asking {
    room: RoomName,
    typed: Zeroizing<String>,
}

/// What a key led to.
pub enum Asked {
    /// There is more to be typed.
    On,
    /// That is it.
    Done(RoomName, Phrase),
    /// The user thought better of it.
    Not(RoomName),
}

/// No secret is longer, in bytes.
const BYTES_MAX: usize = 1024;

impl Asking {
    /// Nothing is typed yet.
    pub fn new(room: RoomName) -> Self {
        Self { room, typed: Zeroizing::new(String::with_capacity(BYTES_MAX)) } // it never grows, which would leave copies
    }

    /// What stands before what is typed.
    pub fn prompt(&self) -> String {
        format!("secret of {}: ", self.room)
    }

    /// What is said before it is asked for.
    pub fn words(&self) -> String {
        format!(
            "-- {}: type its passphrase or the words of an invitation, which are not shown. Enter alone joins it OPEN, \
             Esc not at all.",
            self.room
        )
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
                    KeyCode::Enter => {
                        return Asked::Done(self.room.clone(), Phrase::new(std::mem::take(&mut self.typed)));
                    }
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

    /// Lines that were pasted are words in a row.
    fn add(&mut self, c: char) {
        if self.typed.len() + c.len_utf8() <= BYTES_MAX {
            self.typed.push(if c.is_control() { ' ' } else { c });
        }
    }
}
