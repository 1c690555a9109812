//! What rings: the terminal, and the desktop behind it.

use std::time::Duration;

use super::Notify;
use crate::chat::base::time::Moment;

/// So often one is rung at most.
const RING_AGAIN: Duration = Duration::from_secs(2);

/// Rings where nobody looks.
#[derive(Debug)]
pub struct Bell {
    rings: bool,
    notify: Notify,
    /// Whether somebody looks, where the terminal tells.
    is_focused: Option<bool>,
    /// What is written with the next drawing.
    waiting: String,
    rung_at: Option<Moment>,
}

impl Bell {
    /// The terminal rings, and tells the desktop, as far as that is wanted.
    pub fn new(rings: bool, notify: Notify) -> Self {
        Self { rings, notify, is_focused: None, waiting: String::new(), rung_at: None }
    }

    /// It rings otherwise from now on.
    pub fn set_ways(&mut self, rings: bool, notify: Notify) {
        (self.rings, self.notify) = (rings, notify);
    }

    /// Somebody looks, or not any more.
    pub fn focus(&mut self, is_focused: bool) {
        self.is_focused = Some(is_focused);
    }

    /// Whether there is something to be written.
    pub fn is_silent(&self) -> bool {
        self.waiting.is_empty()
    }

    /// What is to be written now.
    pub fn take(&mut self, out: &mut String) {
        out.push_str(&self.waiting);
        self.waiting.clear();
    }

    /// Rings with these words, where nobody looks and it did not just ring.
    pub fn ring(&mut self, words: &str, now: Moment) {
        let is_again = self.rung_at.is_some_and(|last| now.since(last) < RING_AGAIN);
        if self.is_focused == Some(true) || is_again {
            return;
        }
        self.rung_at = Some(now);
        if self.rings {
            self.waiting.push('\x07');
        }
        match self.notify {
            Notify::Not => {}
            // What begins with a number would be a command of some terminals.
            Notify::Osc9 => self.waiting.extend(["\x1b]9;chinwag: ", words, "\x1b\\"]),
            Notify::Osc777 => {
                let words = words.replace(';', ","); // which separates the parts
                self.waiting.extend(["\x1b]777;notify;chinwag;", &words, "\x1b\\"]);
            }
        }
    }
}
