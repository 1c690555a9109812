//! The history of the session that runs: written, or only read, or not there.

use std::collections::VecDeque;
use std::path::PathBuf;

use crate::chat::api::answer::Confirmation;
use crate::chat::api::event::Event;
use crate::chat::api::notice::Notice;
use crate::chat::api::requester::Requester;
use crate::chat::api::talk::Said;
use crate::chat::base::time::{Moment, Now};
use crate::chat::keys::identity::RoomId;
use crate::chat::keys::keychain::Keychain;
use crate::chat::keys::secret::{RoomKeys, RoomName};
use crate::chat::log::records::{Memory, Recall, Record};
use crate::shell::store::{OfAnotherWindow, SLICE, Search, Store};
use crate::shell::sys::clock::Clock;
use crate::view::words::en;

/// The history of the profile in use, and what waits to be shown before that is kept.
pub struct History {
    of: Keeping,
    /// What is on its way to whoever reads the output, and where it ends there: it counts as shown once that is written.
    shown: VecDeque<(u64, Record)>,
    searches: VecDeque<Searching>,
    /// When the next slice of the first search is done.
    look_at: Option<Moment>,
}

/// Something that is being looked for.
struct Searching {
    recall: Recall,
    requester: Requester,
    search: Search,
    /// Where another window keeps it.
    other: Option<OfAnotherWindow>,
}

/// What was found.
pub struct Findings {
    /// By this.
    pub recall: Recall,
    /// Who asked.
    pub requester: Requester,
    /// The messages, or a sentence that says why there are none.
    pub events: Vec<Event>,
}

impl Findings {
    fn new(recall: Recall, requester: Requester, found: Result<Vec<Said>, String>) -> Self {
        let answer = |what: Confirmation| vec![Event::Notice(Notice::Answer(what))];
        let events = match found {
            Ok(all) if all.is_empty() => answer(Confirmation::NothingFound(recall.room.clone())),
            Ok(all) => all.into_iter().map(Event::Said).collect(),
            Err(why) => answer(Confirmation::Words(why)),
        };
        Self { recall, requester, events }
    }
}

/// So many searches wait for each other. A guess: nobody reads so many answers.
const SEARCHES_MAX: usize = 64;

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
        Self { of, shown: VecDeque::new(), searches: VecDeque::new(), look_at: None }
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
        let look_at = self.look_at.filter(|_| !self.searches.is_empty());
        match &self.of {
            Keeping::Ours(store) => store.deadline().into_iter().chain(look_at).min(),
            _ => look_at,
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

    /// What somebody asks for, or why there is nothing. `None`: it is being looked for.
    pub fn recall(&mut self, recall: Recall, requester: Requester, now: Now) -> Option<Findings> {
        if recall.words.is_empty() {
            let found = match &mut self.of {
                Keeping::Ours(store) => store.recall(&recall, now),
                Keeping::OfAnotherWindow(path) => OfAnotherWindow::open(path).and_then(|other| other.recall(&recall)),
                Keeping::Nothing => Err(en::files::NOTHING_KEPT.to_owned()),
            };
            return Some(Findings::new(recall, requester, found));
        }
        match self.begin_search(&recall, now) {
            Ok((search, other)) => {
                self.searches.push_back(Searching { recall, requester, search, other });
                None
            }
            Err(why) => Some(Findings::new(recall, requester, Err(why))),
        }
    }

    fn begin_search(&mut self, recall: &Recall, now: Now) -> Result<(Search, Option<OfAnotherWindow>), String> {
        if self.searches.len() >= SEARCHES_MAX {
            return Err(en::files::TOO_MUCH_SOUGHT.to_owned());
        }
        match &mut self.of {
            Keeping::Ours(store) => Ok((store.begin_search(recall, now)?, None)),
            Keeping::OfAnotherWindow(path) => {
                let other = OfAnotherWindow::open(path)?;
                Ok((other.begin_search(recall)?, Some(other)))
            }
            Keeping::Nothing => Err(en::files::NOTHING_KEPT.to_owned()),
        }
    }

    /// Looks on until `is_over`. What it hands out was found; after that it may be called again.
    pub fn look_on(&mut self, is_over: &dyn Fn() -> bool, now: Now) -> Option<Findings> {
        let searching = self.searches.front_mut()?;
        let looked = match (&searching.other, &mut self.of) {
            (Some(other), _) => other.look_on(&mut searching.search, is_over),
            (None, Keeping::Ours(store)) => store.look_on(&mut searching.search, is_over),
            (None, _) => Err(en::files::NOTHING_KEPT.to_owned()),
        };
        if matches!(looked, Ok(false)) {
            self.look_at = Some(now.moment.after(SLICE));
            return None;
        }
        let Searching { recall, requester, search, .. } = self.searches.pop_front()?;
        Some(Findings::new(recall, requester, looked.map(|_| search.found().0.map(|(said, _)| said).collect())))
    }

    /// Whether somebody waits for what is being looked for, and it is time to look on.
    pub fn is_looking(&self, now: Now) -> bool {
        !self.searches.is_empty() && self.look_at.is_none_or(|due| due <= now.moment)
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
