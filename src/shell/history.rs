//! The history of the session that runs: written, or only read, or not there.

use std::collections::VecDeque;
use std::path::PathBuf;

use super::clock::Clock;
use super::store::{self, Store};
use crate::chat::event::Event;
use crate::chat::history::{Memory, Recall, Record};
use crate::chat::identity::RoomId;
use crate::chat::keychain::Keychain;
use crate::chat::notice::Notice;
use crate::chat::secret::{RoomKeys, RoomName};
use crate::chat::time::{Moment, Now};

/// The history of the profile in use, and what waits to be shown before that is kept.
pub struct History {
    of: Keeping,
    /// What is on its way to whoever reads the output, and where it ends there: it counts as shown once that is written.
    shown: VecDeque<(u64, Record)>,
}

/// Who keeps the history of the profile in use.
pub enum Keeping {
    /// Nothing is kept.
    Nothing,
    /// This window writes it.
    Ours(Box<Store>),
    /// Another window does.
    OfAnotherWindow(PathBuf),
}

impl History {
    /// The history of a profile, of which nothing is shown yet.
    pub fn new(of: Keeping) -> Self {
        Self { of, shown: VecDeque::new() }
    }

    /// What is remembered of rooms, in their order.
    pub fn memories(&mut self, rooms: &[(RoomId, RoomName)], now: Now) -> Vec<Memory> {
        self.ours().map(|store| store.memories(rooms, now)).unwrap_or_default()
    }

    /// What is remembered of one more room.
    pub fn join(&mut self, id: RoomId, room: &RoomName, now: Now) -> Memory {
        self.commit(now); // what was said there before it was left
        let room = (id, room.clone());
        self.memories(&[room], now).pop().unwrap_or_default()
    }

    /// What is remembered of a room as far as it came under its former secrets.
    pub fn former(&mut self, chain: &Keychain, now: Now) -> Vec<Memory> {
        let Some(store) = self.ours() else { return Vec::new() };
        let tags = chain.former.iter().map(|(secret, _)| RoomKeys::of(secret).tag());
        tags.map(|tag| store.former(chain.current.room(), tag, now)).collect()
    }

    /// Something is to be kept, soon. What was shown ends at `end` in the output.
    pub fn add(&mut self, record: Record, end: u64, now: Now) {
        let is_shown = matches!(record, Record::Shown { .. });
        match self.ours() {
            Some(_) if is_shown => self.shown.push_back((end, record)),
            Some(store) => store.add(record, now),
            None => {}
        }
    }

    /// The output is written up to here.
    pub fn was_written(&mut self, upto: u64, now: Now) {
        while self.shown.front().is_some_and(|&(end, _)| end <= upto) {
            let shown = self.shown.pop_front();
            if let (Some((_, record)), Some(store)) = (shown, self.ours()) {
                store.add(record, now);
            }
        }
    }

    /// What waits is written now.
    pub fn commit(&mut self, now: Now) {
        if let Some(store) = self.ours() {
            store.commit(now);
        }
    }

    /// When it next wants a [`tick`](Self::tick).
    pub fn deadline(&self) -> Option<Moment> {
        match &self.of {
            Keeping::Ours(store) => store.deadline(),
            _ => None,
        }
    }

    /// Does what is due.
    pub fn tick(&mut self, clock: &Clock, now: Now) {
        if let Some(store) = self.ours() {
            store.tick(clock, now);
        }
    }

    /// What is to be told, once.
    pub fn take_notice(&mut self) -> Option<Notice> {
        self.ours()?.take_notice()
    }

    /// What the user asks for, or why there is nothing.
    pub fn recall(&mut self, recall: &Recall, now: Now) -> Vec<Event> {
        let found = match &mut self.of {
            Keeping::Ours(store) => store.recall(recall, now),
            Keeping::OfAnotherWindow(path) => store::recall_from(path, recall),
            Keeping::Nothing => Err("nothing is kept in this session".to_owned()),
        };
        let answer = |words: String| vec![Event::Notice(Notice::Answer(words))];
        match found {
            Ok(all) if all.is_empty() => answer(format!("nothing was found in {}", recall.room)),
            Ok(all) => all.into_iter().map(Event::Said).collect(),
            Err(why) => answer(why),
        }
    }

    /// Everything that waits is written, and the file let go. What went wrong is handed back.
    pub fn close(self, clock: &Clock) -> Option<Notice> {
        match self.of {
            Keeping::Ours(store) => store.close(clock),
            _ => None,
        }
    }

    fn ours(&mut self) -> Option<&mut Store> {
        match &mut self.of {
            Keeping::Ours(store) => Some(store),
            _ => None,
        }
    }
}
