//! The last lines, to be shown once more where they are not seen any more.

use std::collections::VecDeque;

use crate::chat::api::event::Event;
use crate::chat::api::talk::{Conversation, MessageBody, Said, Takeback};
use crate::chat::base::time::Wall;

/// What was shown last, but for what is between two people alone.
#[derive(Debug)]
pub struct Replay {
    most: usize,
    last: VecDeque<Event>,
    /// What an earlier session showed ends here, as long as nothing new was shown.
    ended: Option<Wall>,
}

impl Replay {
    /// At most so many lines are kept; these are of an earlier session.
    pub fn new(most: usize, earlier: Vec<Said>) -> Self {
        let ended = earlier.last().map(|said| said.sent);
        let mut replay = Self { most, last: VecDeque::new(), ended };
        for said in earlier {
            replay.note(&Event::Said(said));
        }
        replay
    }

    /// So many lines are kept from now on.
    pub fn set_most(&mut self, most: usize) {
        self.most = most;
        self.last.drain(..self.last.len().saturating_sub(most));
    }

    /// Something is shown. What it takes back is not shown again.
    pub fn note(&mut self, event: &Event) {
        if let Event::Said(Said { words: MessageBody::Deletion(taken), .. }) = event {
            self.forget(taken);
        }
        let is_line = match event {
            Event::Said(said) => said.to.is_none(),
            Event::Wrote { to, .. } => !matches!(to, Conversation::Person(_)),
            Event::Message(_) => true,
            _ => false,
        };
        if is_line && self.most > 0 {
            if self.last.len() == self.most {
                self.last.pop_front();
            }
            self.last.push_back(event.clone());
        }
    }

    /// One took back something oneself.
    pub fn forget(&mut self, taken: &Takeback) {
        self.last.retain(|line| !is_taken(line, taken));
    }

    /// Whether nothing was shown.
    pub fn is_empty(&self) -> bool {
        self.last.is_empty()
    }

    /// The last lines, the newest at the end.
    pub fn lines(&self) -> Vec<Event> {
        self.last.iter().cloned().collect()
    }

    /// Where what an earlier session showed ends, once: something that was said meanwhile is shown now.
    pub fn take_end(&mut self, event: &Event) -> Option<Wall> {
        match event {
            Event::Said(said) if said.marks.is_backlog => self.ended.take(),
            _ => None,
        }
    }
}

/// Whether a line is what was taken back.
fn is_taken(line: &Event, taken: &Takeback) -> bool {
    let id = match line {
        Event::Said(said) => Some(said.id),
        Event::Wrote { id, .. } => *id,
        _ => None,
    };
    id.is_some_and(|id| id.log == taken.id.log && (taken.id.seq..=taken.last).contains(&id.seq))
}
