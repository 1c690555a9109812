//! What is being looked for in the history, slice by slice.

use std::collections::VecDeque;

use crate::chat::api::answer::Confirmation;
use crate::chat::api::event::Event;
use crate::chat::api::notice::Notice;
use crate::chat::api::requester::Requester;
use crate::chat::api::talk::Said;
use crate::chat::base::time::{Moment, Now};
use crate::chat::log::records::Recall;
use crate::shell::store::keeping::Keeping;
use crate::shell::store::{OfAnotherWindow, SLICE, Search};
use crate::view::words::en;

/// Searches, each behind the one before.
#[derive(Default)]
pub struct Searches {
    all: VecDeque<Searching>,
    /// When the next slice of the first search is done.
    look_at: Moment,
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
#[derive(Debug)]
pub struct Findings {
    /// By this.
    pub recall: Recall,
    /// Who asked.
    pub requester: Requester,
    /// The messages, or a sentence that says why there are none.
    pub events: Vec<Event>,
}

impl Findings {
    /// What was found, or why nothing could be.
    pub fn new(recall: Recall, requester: Requester, found: Result<Vec<Said>, String>) -> Self {
        let answer = |what: Confirmation| vec![Event::Notice(Notice::Answer(what))];
        let events = match found {
            Ok(all) if all.is_empty() => answer(Confirmation::NothingFound(recall.room.clone())),
            Ok(all) => all.into_iter().map(Event::Said).collect(),
            Err(why) => answer(Confirmation::Words(why)),
        };
        Self { recall, requester, events }
    }
}

/// What a slice brought.
enum Looked {
    /// It is not through yet.
    NotYet,
    /// This.
    Found(Findings),
}

/// So many searches wait for each other. A guess: nobody reads so many answers.
const SEARCHES_MAX: usize = 64;

impl Searches {
    /// What somebody asks for, or why there is nothing. `None`: it is being looked for.
    pub fn begin(&mut self, recall: Recall, requester: Requester, keeping: &mut Keeping, now: Now) -> Option<Findings> {
        if recall.words.is_empty() {
            let found = match keeping {
                Keeping::Ours(store) => store.recall(&recall, now),
                Keeping::OfAnotherWindow(path) => OfAnotherWindow::open(path).and_then(|other| other.recall(&recall)),
            };
            return Some(Findings::new(recall, requester, found));
        }
        match self.begin_search(&recall, keeping, now) {
            Ok((search, other)) => {
                self.all.push_back(Searching { recall, requester, search, other });
                None
            }
            Err(why) => Some(Findings::new(recall, requester, Err(why))),
        }
    }

    fn begin_search(
        &self,
        recall: &Recall,
        keeping: &mut Keeping,
        now: Now,
    ) -> Result<(Search, Option<OfAnotherWindow>), String> {
        if self.all.len() >= SEARCHES_MAX {
            return Err(en::files::TOO_MUCH_SOUGHT.to_owned());
        }
        match keeping {
            Keeping::Ours(store) => Ok((store.begin_search(recall, now)?, None)),
            Keeping::OfAnotherWindow(path) => {
                let other = OfAnotherWindow::open(path)?;
                Ok((other.begin_search(recall)?, Some(other)))
            }
        }
    }

    /// When it is looked on.
    pub fn deadline(&self) -> Option<Moment> {
        (!self.all.is_empty()).then_some(self.look_at)
    }

    /// Looks on until `is_over`, if it is time for that. What was found meanwhile.
    pub fn look_on(&mut self, keeping: &Keeping, is_over: &dyn Fn() -> bool, now: Now) -> Vec<Findings> {
        let mut all = Vec::new();
        while self.look_at <= now.moment
            && let Some(found) = self.look_at_first(keeping, is_over)
        {
            match found {
                Looked::Found(found) => all.push(found),
                Looked::NotYet => self.look_at = now.moment.after(SLICE), // others have their turn
            }
        }
        all
    }

    /// `None`: nothing is looked for.
    fn look_at_first(&mut self, keeping: &Keeping, is_over: &dyn Fn() -> bool) -> Option<Looked> {
        let searching = self.all.front_mut()?;
        let looked = match (&searching.other, keeping) {
            (Some(other), _) => other.look_on(&mut searching.search, is_over),
            (None, Keeping::Ours(store)) => store.look_on(&mut searching.search, is_over),
            (None, Keeping::OfAnotherWindow(_)) => Err(en::files::NOTHING_KEPT.to_owned()),
        };
        if matches!(looked, Ok(false)) {
            return Some(Looked::NotYet);
        }
        let Searching { recall, requester, search, .. } = self.all.pop_front()?;
        let found = looked.map(|_| search.found().0.map(|(said, _)| said).collect());
        Some(Looked::Found(Findings::new(recall, requester, found)))
    }

    /// Looks to the end of all of them.
    pub fn finish(&mut self, keeping: &Keeping) -> Vec<Findings> {
        self.look_at = Moment::START;
        self.look_on(keeping, &|| false, Now::default())
    }
}
