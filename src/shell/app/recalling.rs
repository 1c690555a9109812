//! What was said, for whoever asks: the last of it at once, what holds some words slice by slice.

use super::App;
use crate::chat::api::answer::{Answer, Answered};
use crate::chat::api::event::Event;
use crate::chat::api::requester::Requester;
use crate::chat::log::records::Recall;
use crate::shell::store::SLICE;
use crate::shell::store::session_history::Findings;

impl App<'_> {
    /// Somebody asks what was said.
    pub(super) fn recall(&mut self, recall: Recall, requester: Requester) {
        match self.history.recall(recall, requester, self.now) {
            Some(found) => self.tell_found(&found),
            None => self.look_on(),
        }
    }

    /// One slice of what is being looked for, if it is time for that.
    pub(super) fn look_on(&mut self) {
        if !self.history.is_looking(self.now) {
            return;
        }
        let (clock, end) = (&self.clock, self.clock.now().moment.after(SLICE));
        let is_over = || clock.now().moment >= end;
        let found: Vec<Findings> = std::iter::from_fn(|| self.history.look_on(&is_over, clock.now())).collect();
        for found in &found {
            self.tell_found(found);
        }
    }

    /// The session ends: whoever asked before gets an answer.
    pub(super) fn look_to_the_end(&mut self) {
        while let Some(found) = self.history.look_on(&|| false, self.now) {
            self.tell_found(&found);
        }
    }

    fn tell_found(&mut self, found: &Findings) {
        let Findings { recall, requester, events } = found;
        for event in events {
            self.console.tell_to(requester.client, event);
        }
        if requester.ticket.is_some() {
            let count = events.iter().filter(|event| matches!(event, Event::Said(_))).count();
            let command = if recall.words.is_empty() { "history" } else { "search" };
            let answer = Answer { to: requester.clone(), command, what: Answered::Found(count) };
            self.console.tell(&Event::Answer(answer));
        }
    }
}
