//! What the disk has done, and what was said, for whoever asks.

use super::App;
use crate::chat::api::answer::{Answer, Answered};
use crate::chat::api::event::Event;
use crate::chat::api::machine::Input;
use crate::chat::api::requester::Requester;
use crate::chat::log::records::Recall;
use crate::shell::store::Findings;
use crate::shell::store::worker::Done;

impl App<'_> {
    /// Somebody asks what was said.
    pub(super) fn recall(&mut self, recall: Recall, requester: Requester) {
        let done = self.history.recall(recall, requester);
        self.hear_disk(done);
    }

    /// What the disk has done meanwhile.
    pub(super) fn hear_from_disk(&mut self) {
        let mut is_any = false;
        while let Some(done) = self.history.take() {
            is_any = true;
            self.hear_disk(Some(done));
            self.carry_out();
        }
        if is_any {
            self.watch_reader(); // there may be room again, and nothing else would wake the loop for it
        }
    }

    /// Hands the core what the disk has done, where that is for it, and tells the rest.
    pub(super) fn hear_disk(&mut self, done: Option<Done>) {
        match done {
            None => {}
            Some(Done::Committed(number)) => self.machine.handle(Input::Committed(number), self.now),
            Some(Done::Joined(room, keychain, memory, former)) => {
                self.machine.handle(Input::Enter { room, keychain, memory, former }, self.now);
            }
            Some(told) => self.tell_done(told),
        }
    }

    /// Tells what the disk has to say, where that is for the user.
    pub(super) fn tell_done(&mut self, done: Done) {
        match done {
            Done::Found(found) => self.tell_found(&found),
            Done::Told(notice) => self.console.tell(&Event::Notice(*notice)),
            Done::Committed(_) | Done::Joined(..) => {}
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
