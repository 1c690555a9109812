//! Rooms come and go while the session goes on.

use std::rc::Rc;

use super::Node;
use super::place::Place;
use super::rooms::RoomKey;
use super::secrets::KeysOfRoom;
use crate::chat::api::answer::{Answered, Confirmation, Membership};
use crate::chat::api::event::{Event, Listening};
use crate::chat::api::machine::{Machine, Output};
use crate::chat::api::notice::Notice;
use crate::chat::api::refusal::RoomRefusal;
use crate::chat::api::requester::{Client, Requester};
use crate::chat::api::talk::Conversation;
use crate::chat::base::limits::{BACKLOG_ON_SCREEN, ROOMS_MAX};
use crate::chat::keys::keychain::Keychain;
use crate::chat::keys::phrase::Unlock;
use crate::chat::keys::secret::RoomName;
use crate::chat::log::records::Memory;
use crate::chat::room::{Room, RoomSetup};

impl Node {
    /// Whoever drives the session is told who and where one is; the first time everybody is.
    pub(super) fn introduce(&mut self, client: Client, listening: Listening) {
        let rooms: Vec<RoomName> = self.rooms().map(|room| room.name().clone()).collect();
        let sealed = rooms.iter().filter(|room| self.is_sealed(room)).cloned().collect();
        let me = self.rooms.first().map(|first| self.rooms[first].me());
        let me = me.map(|me| Membership { me, rooms: rooms.clone(), sealed });
        if client != Client::STANDARD {
            return self.show(Event::Ready { to: client, listening, me });
        }
        if !self.is_quiet() {
            self.show(Event::Ready { to: client, listening, me });
        }
        for room in rooms {
            self.tell_you(room);
        }
        if self.config.user.is_second_window {
            let (nick, port) = (self.config.user.nick.clone(), self.config.reach.port);
            self.notice(Notice::SecondWindow { nick, port });
        }
    }

    /// Says what one is called in a room, and who reads it.
    fn tell_you(&mut self, room: RoomName) {
        let (nick, is_sealed) = (self.config.user.nick.clone(), self.is_sealed(&room));
        self.notice(Notice::You { nick, room, is_sealed });
    }

    /// Whether only who has a secret reads a room.
    pub(super) fn is_sealed(&self, room: &RoomName) -> bool {
        self.secrets.has(room)
    }

    /// Opens one more room, with what is remembered of it.
    pub(super) fn open(&mut self, name: RoomName, memory: Memory) {
        let keys = self.secrets.keys(&name);
        let tag = keys.tag();
        let mut memory = memory;
        let offers = std::mem::take(&mut memory.offers);
        let carrier = self.secrets.carrier_keys(&name);
        let room = self.make_room(name, (keys, carrier), memory);
        self.foreign_keys.opened(room.name(), self.now.moment);
        let (is_first, key) = (self.rooms.len() == 0, self.rooms.insert(tag, room));
        if is_first {
            self.current = Place::room(key);
        }
        self.remember_offers(key, offers);
    }

    /// Makes a room in which people are what the user thinks of them.
    pub(super) fn make_room(&mut self, name: RoomName, keys: KeysOfRoom, memory: Memory) -> Room {
        self.trust.extend(memory.trust.iter().cloned());
        let setup = self.setup(name, keys, memory);
        let mut room = Room::new(setup, self.now);
        for (&author, trust) in &self.trust {
            room.regard(author, trust.clone(), self.now);
        }
        room
    }

    /// What a room of ours is made of.
    pub(super) fn setup(&mut self, name: RoomName, (keys, carrier): KeysOfRoom, memory: Memory) -> RoomSetup {
        let config = &self.config;
        RoomSetup {
            letterbox: self.prekeys.letterbox(),
            identity: Rc::clone(&self.identity),
            is_temporary: config.user.is_temporary,
            is_away: config.user.is_away,
            kind: config.user.kind,
            nick: config.user.nick.clone(),
            verifier: Rc::clone(&self.verifier),
            peers: config.reach.peers.clone(),
            confirm_within: config.script.timeout,
            backlog_most: (config.input.terminal && config.user.is_kept).then_some(BACKLOG_ON_SCREEN),
            is_watched: !config.script.is_send && config.script.expect.is_none(),
            bounds: config.bounds,
            detail: config.detail,
            since: config.script.since,
            is_observer: config.script.examines.is_some() && !name.is_of_doctors(),
            memory,
            seed: self.rng.bytes(),
            keys,
            carrier,
            name,
        }
    }

    /// A room is to be joined. What is remembered of it is on disk, so whoever has the disk goes on.
    pub(super) fn join(&mut self, room: RoomName, unlock: Unlock, requester: Requester) {
        let is_here = requester.client == Client::STANDARD;
        let is_asked = is_here && self.config.input.has_screen && unlock == Unlock::Anew;
        if let Some(found) = self.place_of(&room).filter(|_| !is_asked) {
            if matches!(unlock, Unlock::With(_) | Unlock::Anew) {
                self.be_nowhere(&requester);
                return self.refuse(requester, RoomRefusal::InAlready(room));
            }
            self.turn_for(&requester, found);
            if is_here {
                self.confirm(Confirmation::InAlready(room));
            }
            return self.answer(&requester, "join", Answered::Done);
        }
        let unlock = if is_asked && self.place_of(&room).is_some() { Unlock::Anew } else { unlock };
        if self.rooms.len() + self.joins.len() >= ROOMS_MAX {
            return self.refuse(requester, RoomRefusal::TooMany);
        }
        let unlock = match unlock {
            Unlock::Known | Unlock::Anew if requester.client != Client::STANDARD => Unlock::Unasked, // nobody sits there
            unlock => unlock,
        };
        self.outputs.push_back(Output::Enter(room.clone(), unlock));
        if is_here && self.config.input.has_screen {
            self.show(Event::Target { to: Conversation::Room(room.clone()) });
        }
        self.joins.begin(room, requester);
    }

    /// A room that was to be joined is not.
    pub(super) fn not_entered(&mut self, room: &RoomName, why: Option<String>) {
        let Some(requester) = self.joins.end(room) else { return };
        if self.config.input.has_screen && requester.client == Client::STANDARD {
            self.tell_target();
            self.give_back();
        }
        if let Some(why) = why {
            self.be_nowhere(&requester);
            self.refuse(requester, RoomRefusal::NotEntered(why));
        }
        self.go_on();
    }

    /// What was typed for a room that is not joined is not said anywhere else.
    fn give_back(&mut self) {
        let (texts, is_line) = self.joins.give_back();
        if !texts.is_empty() {
            self.show(Event::GivenBack { text: texts.join("\n"), is_text: !is_line });
        }
    }

    /// Does what waited for a room.
    pub(super) fn go_on(&mut self) {
        let now = self.now;
        for input in self.joins.take_held() {
            self.handle(input, now);
        }
        self.flush();
    }

    /// What is remembered of a room that is to be joined is here.
    pub(super) fn enter(&mut self, room: &RoomName, keychain: Option<Keychain>, memory: Memory, former: Vec<Memory>) {
        let Some(requester) = self.joins.end(room) else { return };
        let room = room.clone();
        self.former.return_to(&room);
        let current = |chain: &Keychain| chain.current.clone();
        let is_other = self.secrets.of(&room).map(current) != keychain.as_ref().map(current);
        if let Some(place) = self.place_of(&room).filter(|_| is_other) {
            self.give_up_secret(place);
        }
        if self.place_of(&room).is_none() {
            self.secrets.forget(&room);
            if let Some(chain) = keychain {
                self.secrets.insert(chain);
            }
            self.open(room.clone(), memory);
            self.open_former(&room, former.into_iter());
            self.tell_you(room.clone());
        }
        let Some(joined) = self.place_of(&room) else { return };
        self.turn_for(&requester, joined);
        self.answer(&requester, "join", Answered::Done);
        self.unsettled.insert(joined);
        self.collect(joined);
        self.go_on();
    }

    /// A room is to be joined with another secret than it was.
    fn give_up_secret(&mut self, place: RoomKey) {
        self.flush();
        self.leave_offers(place);
        let Some((tag, room)) = self.rooms.remove(place) else { return };
        let name = room.name().clone();
        self.current.room = self.beside(place);
        self.former.depart(tag, room, self.now.moment);
        self.former.depart_oldest(&name, 0, self.now.moment);
        self.tick_left();
    }

    /// Leaves a room, or this one.
    pub(super) fn leave(&mut self, room: Option<&RoomName>, requester: Requester, place: RoomKey) {
        let found = room.map_or(Some(place), |room| self.place_of(room));
        let Some(at) = found else { return self.refuse(requester, not_in(room)) };
        if self.rooms.len() == 1 {
            return self.refuse(requester, RoomRefusal::OnlyOne);
        }
        self.flush();
        let outcome = self.rooms[at].settle(self.now);
        self.results.leave(outcome);
        self.leave_offers(at);
        self.collect(at);
        let Some((tag, room)) = self.rooms.remove(at) else { return };
        let name = room.name().clone();
        self.unsettled.extend(self.rooms.keys());
        self.former.depart(tag, room, self.now.moment);
        self.former.depart_oldest(&name, 0, self.now.moment);
        self.secrets.forget(&name);
        self.tick_left();
        self.turn_to(self.beside(at));
        self.notice(Notice::Left { room: name });
        self.answer(&requester, "leave", Answered::Done);
    }

    /// Says goodbye where it is due, and forgets the room once it was said often enough.
    pub(super) fn tick_left(&mut self) {
        self.former.say_goodbye(self.now);
        self.collect_left();
        self.former.forget_said();
    }

    /// The place of one of our rooms.
    pub(super) fn place_of(&self, room: &RoomName) -> Option<RoomKey> {
        self.rooms.named(room)
    }

    /// Where lines go once a room is gone: where they went before, or to the next one.
    fn beside(&self, gone: RoomKey) -> RoomKey {
        if gone != self.current.room {
            return self.current.room;
        }
        let before = Some(self.came_from).filter(|&before| before != gone && self.rooms.contains(before));
        let next = || self.rooms.after(Some(gone)).or_else(|| self.rooms.last());
        before.or_else(next).unwrap_or(gone)
    }

    /// Where whoever types joins a room, lines go there from now on. Others name theirs.
    fn turn_for(&mut self, requester: &Requester, place: RoomKey) {
        if requester.client == Client::STANDARD {
            self.turn_to(place);
        }
    }

    /// Lines go there from now on.
    pub(super) fn turn_to(&mut self, place: RoomKey) {
        self.flush();
        self.go_to(place);
        self.tell_target();
    }

    /// The same, untold.
    pub(super) fn go_to(&mut self, room: RoomKey) {
        if room != self.current.room {
            self.came_from = self.current.room;
        }
        self.current = Place::room(room);
    }
}

/// A room that is none of ours.
pub fn not_in(room: Option<&RoomName>) -> RoomRefusal {
    RoomRefusal::NotIn(room.cloned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::api::command::{Command, Request};
    use crate::chat::api::machine::Input;
    use crate::chat::api::talk::Conversation;
    use crate::chat::api::talk::MessageBody;
    use crate::chat::base::line::Line;
    use crate::chat::session::node::Config;
    use crate::chat::session::node::tests::{Alone, on_screen, usual, with_key};

    fn vault() -> RoomName {
        RoomName::parse("vault").unwrap()
    }

    /// At a live screen `/join vault` was typed, and what follows.
    fn joining() -> Alone {
        let mut tim = with_key(1, Config { input: on_screen(), ..usual() });
        for typed in ["/join vault", "typed"] {
            tim.node.handle(Input::Line(Line { number: 0, text: Ok(typed.to_owned()) }), tim.now);
            tim.node.handle(Input::Paused { begun: false }, tim.now);
        }
        tim.node.handle(Input::Say(Ok("pasted\nlines".to_owned())), tim.now);
        tim
    }

    /// What was said, and where.
    fn said(tim: &mut Alone) -> Vec<(String, String)> {
        let wrote = |output| match output {
            Output::Show(Event::Wrote { to: Conversation::Room(room), words: MessageBody::Text(text), .. }) => {
                Some((room.as_str().to_owned(), text))
            }
            _ => None,
        };
        std::iter::from_fn(|| tim.node.poll()).filter_map(wrote).collect()
    }

    #[test]
    fn so_many_rooms_are_joined_and_one_more_is_refused() {
        let mut tim = with_key(1, usual());
        for number in 1..ROOMS_MAX + 5 {
            let room = RoomName::parse(&format!("r{number}")).unwrap();
            let command = Command::Join(room.clone(), Unlock::Known);
            tim.node.handle(Input::Request(Request { requester: Requester::default(), room: None, command }), tim.now);
            let outputs: Vec<Output> = std::iter::from_fn(|| tim.node.poll()).collect();
            let is_entered = outputs.iter().any(|output| matches!(output, Output::Enter(..)));
            let is_refused = outputs.iter().any(|output| matches!(output, Output::Show(Event::Fault(_))));
            assert_eq!((is_entered, is_refused), (number < ROOMS_MAX, number >= ROOMS_MAX), "{number}");
            if is_entered {
                let memory = Memory::default();
                tim.node
                    .handle(Input::Enter { room, keychain: None, memory: memory.into(), former: Vec::new() }, tim.now);
            }
        }
    }

    #[test]
    fn who_leaves_the_room_it_types_into_types_into_the_next_and_else_where_it_did() {
        let mut tim = with_key(1, usual());
        let name = |name: &str| RoomName::parse(name).unwrap();
        for room in ["a", "b", "c"].map(name) {
            tim.node.join(room.clone(), Unlock::Known, Requester::default());
            tim.node.enter(&room, None, Memory::default(), Vec::new());
        }
        let mut types_into = |target: &str, leaves: &str| {
            tim.node.choose(&Conversation::Room(name(target)));
            tim.node.leave(Some(&name(leaves)), Requester::default(), tim.node.current.room);
            tim.node.rooms[tim.node.current.room].name().as_str().to_owned()
        };
        let all = [("b", "a"), ("b", "b"), ("c", "c")].map(|(target, leaves)| types_into(target, leaves));
        assert_eq!(all, ["b", "c", "lobby"]);
    }

    #[test]
    fn what_is_typed_or_pasted_while_a_room_is_joined_is_said_there() {
        let mut tim = joining();
        tim.node.handle(Input::Choose(Conversation::Room(RoomName::lobby())), tim.now);
        tim.node.handle(Input::Say(Ok("for all".to_owned())), tim.now);
        assert_eq!(said(&mut tim), []);
        let (room, memory) = (vault(), Memory::default());
        tim.node.handle(Input::Enter { room, keychain: None, memory: memory.into(), former: Vec::new() }, tim.now);
        let expected = [("vault", "typed"), ("vault", "pasted\nlines"), ("lobby", "for all")];
        assert_eq!(said(&mut tim), expected.map(|(room, text)| (room.to_owned(), text.to_owned())));
    }

    #[test]
    fn what_is_typed_or_pasted_for_a_room_that_is_not_joined_is_given_back() {
        for why in [None, Some("it cannot be read".to_owned())] {
            let mut tim = joining();
            tim.node.handle(Input::NotEntered { room: vault(), why }, tim.now);
            let outputs: Vec<Output> = std::iter::from_fn(|| tim.node.poll()).collect();
            let text = "typed\npasted\nlines".to_owned();
            assert!(outputs.contains(&Output::Show(Event::GivenBack { text, is_text: true })), "{outputs:?}");
            assert!(!outputs.iter().any(|output| matches!(output, Output::Show(Event::Wrote { .. }))), "{outputs:?}");
        }
    }
}
