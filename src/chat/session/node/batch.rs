//! Messages that came together and are not said yet: they may share an entry.

use super::rooms::RoomKey;
use crate::chat::api::requester::Requester;

/// Messages for one room, all of a person or all of a program, and who wants to know what became of each.
#[derive(Debug, Default)]
pub struct Batch {
    room: RoomKey,
    messages: Vec<(String, Requester)>,
}

impl Batch {
    /// Whether a message of this requester for this room may go with the others.
    pub fn takes(&self, room: RoomKey, requester: &Requester) -> bool {
        self.messages.last().is_none_or(|(_, before)| self.room == room && before.is_auto == requester.is_auto)
    }

    /// One more message.
    pub fn push(&mut self, room: RoomKey, requester: Requester, text: String) {
        debug_assert!(self.takes(room, &requester), "the others were said before");
        self.room = room;
        self.messages.push((text, requester));
    }

    /// All of them, and where they are said; `None`: there are none.
    pub fn take(&mut self) -> Option<(RoomKey, Vec<(String, Requester)>)> {
        let messages = std::mem::take(&mut self.messages);
        (!messages.is_empty()).then_some((self.room, messages))
    }
}
