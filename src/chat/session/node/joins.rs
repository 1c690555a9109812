//! Rooms that are to be joined, and what came meanwhile from whoever wants them: it is meant for afterwards.

use std::collections::VecDeque;

use crate::chat::api::machine::Input;
use crate::chat::api::requester::{Client, Requester};
use crate::chat::keys::secret::RoomName;

/// Rooms that are to be joined, and what waits for them.
#[derive(Debug, Default)]
pub struct Joins {
    entering: VecDeque<(RoomName, Requester)>,
    held: VecDeque<Input<'static>>,
}

impl Joins {
    /// A room is to be joined by the wish of somebody.
    pub fn begin(&mut self, room: RoomName, requester: Requester) {
        self.entering.push_back((room, requester));
    }

    /// How many are to be joined.
    pub fn len(&self) -> usize {
        self.entering.len()
    }

    /// It is joined, or will not be. Whose wish it was; `None`: nobody's.
    pub fn end(&mut self, room: &RoomName) -> Option<Requester> {
        let at = self.entering.iter().position(|(entering, _)| entering == room)?;
        self.entering.remove(at).map(|(_, requester)| requester)
    }

    /// Keeps what comes from whoever waits for a room, or at standard input for something else (`waits`), and hands back
    /// everything else.
    pub fn hold<'a>(&mut self, input: Input<'a>, waits: bool) -> Option<Input<'a>> {
        let enters = |client| self.entering.iter().any(|(_, requester)| requester.client == client);
        let waits = client_of(&input).is_some_and(|client| enters(client) || waits && client == Client::STANDARD);
        let held = match input {
            input if !waits => return Some(input),
            Input::Line(line) => Input::Line(line),
            Input::Say(text) => Input::Say(text),
            Input::Choose(conversation) => Input::Choose(conversation),
            Input::Request(request) => Input::Request(request),
            Input::Refused { requester, why } => Input::Refused { requester, why },
            Input::End => Input::End,
            other => return Some(other),
        };
        self.held.push_back(held);
        None
    }

    /// Whether something of a client waits.
    pub fn holds(&self, client: Client) -> bool {
        self.held.iter().any(|held| client_of(held) == Some(client))
    }

    /// All that waited. What waits for another room is held again when it is handed over.
    pub fn take_held(&mut self) -> VecDeque<Input<'static>> {
        std::mem::take(&mut self.held)
    }

    /// What was typed meanwhile at standard input, and whether that is one line. Nothing of it waits any more.
    pub fn give_back(&mut self) -> (Vec<String>, bool) {
        let (ours, others): (VecDeque<_>, VecDeque<_>) =
            self.take_held().into_iter().partition(|held| client_of(held) == Some(Client::STANDARD));
        self.held = others;
        let is_line = ours.len() == 1 && matches!(ours.front(), Some(Input::Line(_)));
        let typed = ours.into_iter().filter_map(|held| match held {
            Input::Line(line) => line.text.ok(),
            Input::Say(text) => text.ok(),
            _ => None,
        });
        (typed.collect(), is_line)
    }
}

/// Whose input it is, where it is meant for a room.
fn client_of(input: &Input<'_>) -> Option<Client> {
    match input {
        Input::Line(_) | Input::Say(_) | Input::Choose(_) | Input::End => Some(Client::STANDARD),
        Input::Request(request) => Some(request.requester.client),
        Input::Refused { requester, .. } => Some(requester.client),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::line::Line;

    #[test]
    fn who_waits_for_a_room_holds_up_nobody_else_and_gets_back_what_it_typed() {
        let mut joins = Joins::default();
        let line = |text: &str| Input::Line(Line { number: 1, text: Ok(text.to_owned()) });
        assert!(joins.hold(line("before"), false).is_some());
        joins.begin(RoomName::lobby(), Requester::default());
        assert!(joins.hold(line("one"), false).is_none() && joins.holds(Client::STANDARD));
        let bot = Requester { client: Client::BOT, ..Requester::default() };
        let refused =
            || Input::Refused { requester: bot.clone(), why: crate::chat::api::refusal::TextRefusal::Nul.into() };
        assert!(joins.hold(refused(), false).is_some() && joins.hold(Input::Tick, false).is_some());
        assert_eq!(joins.give_back(), (vec!["one".to_owned()], true));
        assert!(joins.hold(line("two"), false).is_none() && joins.hold(Input::End, false).is_none());
        assert_eq!(joins.end(&RoomName::lobby()).map(|requester| requester.client), Some(Client::STANDARD));
        assert_eq!((joins.len(), joins.take_held().len()), (0, 2));
    }
}
