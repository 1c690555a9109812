//! What is typed or commanded: text for the room, and everything else.

use std::net::SocketAddr;

use super::joining::not_in;
use super::{Node, Partner};
use crate::chat::api::answer::{Answered, Confirmation};
use crate::chat::api::asker::{Asker, Client};
use crate::chat::api::command::{self, Command, HISTORY_USUAL, Request};
use crate::chat::api::ending::Ending;
use crate::chat::api::event::Event;
use crate::chat::api::machine::{Output, To};
use crate::chat::api::refusal::{CommandRefusal, PersonRefusal, RoomRefusal, TextRefusal};
use crate::chat::api::talk::Words;
use crate::chat::base::limits::{DATAGRAM_BYTES_MAX, MESSAGE_BYTES_MAX, ONE_ENTRY_BYTES_MAX, PREVIEW_CHARS};
use crate::chat::base::line::BadLine;
use crate::chat::base::traffic::{Kind, Trace};
use crate::chat::keys::phrase::looks_like_invitation;
use crate::chat::keys::secret::RoomName;
use crate::chat::log::history::Recall;
use crate::chat::peers::names::{self, BadNick};

impl Node {
    /// Something is to be said, or done where it may be a command.
    pub(super) fn on_text(&mut self, asker: Asker, text: Result<String, BadLine>, may_command: bool) {
        match text {
            Ok(text) if self.config.input.terminal && text.is_empty() => {}
            Ok(text) if may_command => self.on_line(asker, &text),
            Ok(text) => self.say(asker, text),
            Err(bad) => self.refuse(asker, TextRefusal::in_room(bad)),
        }
    }

    /// A command, or text. Who types sees what a slip before a command becomes; in a pipe it is not guessed.
    fn on_line(&mut self, asker: Asker, text: &str) {
        if self.is_doubtful(text) {
            return self.refuse(asker, CommandRefusal::LooksLikeInvitation);
        }
        let unveiled = command::unveiled(text);
        let line = unveiled.as_deref().unwrap_or(text);
        let meant = match unveiled {
            Some(_) if !self.config.input.terminal => Err(CommandRefusal::Veiled),
            _ => command::parse(line),
        };
        match meant {
            Ok(command) => self.follow(command, asker),
            Err(why) => {
                if command::is_of_place(line) {
                    self.be_nowhere(&asker);
                }
                self.refuse(asker, why);
            }
        }
    }

    /// Whether it is to be said only when it is typed again, for it may open a room to all who read it. A screen asks itself.
    fn is_doubtful(&mut self, text: &str) -> bool {
        let before = self.doubted.take();
        let is_asked = self.config.input.terminal && !self.config.input.has_screen;
        let is_doubtful = is_asked && before.as_deref() != Some(text) && looks_like_invitation(text);
        self.doubted = is_doubtful.then(|| text.to_owned());
        is_doubtful
    }

    /// Follows a command where it is meant. Who does not see where lines go means the first room.
    pub(super) fn on_request(&mut self, request: Request) {
        let Request { asker, room, command } = request;
        self.lines += u64::from(asker.client == Client::STANDARD);
        let first = if asker.client == Client::STANDARD { None } else { self.rooms.first() };
        let place = match &room {
            Some(room) => self.place_of(room),
            None => first.or(Some(self.target)),
        };
        let Some(place) = place else { return self.refuse(asker, not_in(room.as_ref())) };
        let was_nowhere = room.is_some() && std::mem::take(&mut self.is_nowhere); // where it is meant is said
        let command = match (command, first) {
            (Command::Leave(None), Some(first)) => Command::Leave(Some(self.rooms[first].name().clone())),
            (command, _) => command,
        };
        let is_elsewhere = place != self.target || room.is_some() && self.partner.is_some();
        if !is_elsewhere || matches!(command, Command::Join(..) | Command::Leave(_)) {
            self.follow(command, asker);
            return self.go_nowhere(was_nowhere);
        }
        self.flush();
        let usual = (self.target, self.partner);
        (self.target, self.partner) = (place, None);
        self.follow(command, asker);
        self.flush();
        (self.target, self.partner) = usual;
        self.go_nowhere(was_nowhere);
    }

    /// Whoever types sees where lines go; what comes from a pipe behind a refused change of that was meant for nobody else.
    pub(super) fn be_nowhere(&mut self, asker: &Asker) {
        self.is_nowhere |= !self.config.input.terminal && asker.client == Client::STANDARD;
    }

    /// Whether what is said where lines go would be said in the wrong place.
    fn is_lost(&self, asker: &Asker) -> bool {
        self.is_nowhere && asker.client == Client::STANDARD
    }

    /// What follows says again where it is meant, or is refused.
    fn go_nowhere(&mut self, was_nowhere: bool) {
        if was_nowhere {
            self.flush();
            self.is_nowhere = true;
        }
    }

    fn follow(&mut self, command: Command, asker: Asker) {
        let name = command.name();
        if !matches!(command, Command::Say(_)) {
            self.flush();
        }
        match command {
            Command::Say(text) => return self.say(asker, text),
            Command::Me(_) | Command::Topic(_) | Command::Delete if self.is_lost(&asker) => {
                return self.refuse(asker, CommandRefusal::Lost);
            }
            Command::Me(text) if let Some(Partner::Person(to)) = self.partner => {
                return self.write_letter((asker, "me"), to, text, true);
            }
            Command::Me(_) | Command::Topic(_) | Command::Delete if self.partner.is_some() => {
                return self.refuse(asker, CommandRefusal::NotInRoom);
            }
            Command::Me(text) | Command::Topic(text) if text.len() > ONE_ENTRY_BYTES_MAX => {
                return self.refuse(asker, too_long(text.len() as u64, ONE_ENTRY_BYTES_MAX));
            }
            Command::Me(text) => return self.act(asker, text),
            Command::Topic(text) => return self.set_topic(asker, text),
            Command::Msg(to, text) => return self.message(asker, to, text),
            Command::Reply(text) => return self.reply(asker, text),
            Command::Whois(name) => return self.whois(&asker, &name),
            Command::Verify(name, is_right) => return self.verify(&asker, &name, is_right),
            Command::Petname(name, petname) => return self.petname(&asker, &name, petname),
            Command::Ignore(name) => return self.ignore(&asker, name.as_deref()),
            Command::Unignore(name) => return self.set_ignored(&asker, "unignore", &name, false),
            Command::Invite(name) => return self.invite(&asker, &name),
            Command::Rekey(names) => return self.rekey(&asker, &names),
            Command::Join(room, unlock) => return self.join(room, unlock, asker),
            Command::Leave(room) => return self.leave(room.as_ref(), asker),
            Command::History(most) => return self.recall(asker, Vec::new(), most),
            Command::Search(words) => return self.recall(asker, words, HISTORY_USUAL),
            Command::Query(to) => return self.query(asker, to),
            Command::Room(Some(room)) => return self.choose_room(asker, &room),
            Command::Nick(nick) => return self.rename(asker, &nick),
            Command::Who => return self.answer_who(&asker),
            Command::Stats => return self.answer_stats(&asker),
            Command::Room(None) | Command::Rooms => return self.answer_rooms(&asker, name),
            Command::Display(wanted) => self.show(Event::Display(wanted)),
            Command::Delete => return self.take_back(asker),
            Command::Help => self.confirm(Confirmation::Help),
            Command::Quit => {
                self.answer(&asker, name, Answered::Done);
                return self.finish(Ending::Quit);
            }
        }
        self.answer(&asker, name, Answered::Done);
    }

    /// Text for whoever lines go to.
    fn say(&mut self, asker: Asker, text: String) {
        if self.is_lost(&asker) {
            return self.refuse(asker, CommandRefusal::Lost);
        }
        match self.partner {
            _ if text.len() > MESSAGE_BYTES_MAX => self.refuse(asker, too_long(text.len() as u64, MESSAGE_BYTES_MAX)),
            Some(partner) => self.write_alone(asker, "say", partner, text),
            None => {
                // An entry is a person's or a program's.
                if self.batch.last().is_some_and(|(_, before)| before.is_auto != asker.is_auto) {
                    self.flush();
                }
                self.batch.push((text, asker));
            }
        }
    }

    fn act(&mut self, asker: Asker, text: String) {
        self.lines += 1;
        let id = self.rooms[self.target].act(text.clone(), asker.is_auto, self.now);
        self.tell_own(Words::Action(text), Some(id));
        self.answer_sent("me", [(id, asker)].into_iter());
        self.restless.insert(self.target);
        self.collect(self.target);
    }

    fn set_topic(&mut self, asker: Asker, text: String) {
        let id = self.rooms[self.target].set_topic(text.clone(), self.now);
        self.tell_own(Words::Topic(text), None);
        self.answer_sent("topic", [(id, asker)].into_iter());
        self.collect(self.target);
    }

    /// Text for a plain address. A frame address is never sent text.
    pub(super) fn write(&mut self, asker: Asker, command: &'static str, to: SocketAddr, text: String) {
        if !self.guests.is_plain(to, self.now.moment) {
            return self.refuse(asker, PersonRefusal::NoGuest);
        }
        let charset = self.guests.charset_of(to);
        let end = if self.config.plain.newline { "\n" } else { "" };
        match charset.encode(&format!("{text}{end}")) {
            Ok(bytes) if bytes.len() > DATAGRAM_BYTES_MAX => {
                let (bytes, most) = (bytes.len() as u64, DATAGRAM_BYTES_MAX);
                self.refuse(asker, TextRefusal::TooLong { bytes, most });
            }
            Ok(bytes) => {
                self.traffic.sent.add(Kind::Plain);
                self.trace(Trace::Sent { to: Some(to), kind: Kind::Plain, bytes: bytes.len() });
                self.outputs.push_back(Output::Send { to: To::Address(to), datagram: bytes.into() });
                self.tell_answer(to, text);
                self.answer(&asker, command, Answered::Done);
            }
            Err(missing) => self.refuse(asker, TextRefusal::Unencodable { missing, charset }),
        }
    }

    fn rename(&mut self, asker: Asker, nick: &str) {
        match names::parse(nick) {
            Ok(nick) => {
                self.restless.extend(self.rooms.keys());
                self.for_each_room(|room, now| room.rename(&nick, now));
                let me = self.rooms[self.target].me();
                let seen_as = me.tag.is_some().then_some(me);
                self.confirm(Confirmation::Nick { nick: nick.clone(), seen_as });
                self.config.user.nick = nick;
                self.answer(&asker, "nick", Answered::Done);
            }
            Err(BadNick(nick)) => self.refuse(asker, PersonRefusal::BadNick(nick)),
        }
    }

    /// The history is on disk, so whoever has the disk answers.
    fn recall(&mut self, asker: Asker, words: Vec<String>, most: usize) {
        let room = self.rooms[self.target].name().clone();
        self.outputs.push_back(Output::Recall(Recall { room, words, most }, asker));
    }

    fn take_back(&mut self, asker: Asker) {
        let taken = self.rooms[self.target].take_back_last(self.now);
        self.collect(self.target);
        let Some((messages, text)) = taken else {
            return self.refuse(asker, CommandRefusal::NothingToTakeBack);
        };
        let text: String = text.lines().next().unwrap_or("").chars().take(PREVIEW_CHARS).collect();
        self.confirm(Confirmation::TakenBack { text, messages });
        self.answer(&asker, "delete", Answered::Done);
    }

    fn choose_room(&mut self, asker: Asker, name: &str) {
        let found = RoomName::parse(name).ok().and_then(|wanted| self.place_of(&wanted));
        if let Some(found) = found {
            return self.turn_to(found, false);
        }
        self.be_nowhere(&asker);
        self.refuse(asker, RoomRefusal::NoSuchRoom(name.to_owned()));
    }

    /// Says what was there at once.
    pub(super) fn flush(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        let (texts, askers): (Vec<String>, Vec<Asker>) = std::mem::take(&mut self.batch).into_iter().unzip();
        let shown = if self.config.input.has_screen { texts.clone() } else { Vec::new() };
        let is_auto = askers.iter().any(|asker| asker.is_auto); // all of them are, or none
        let messages = self.rooms[self.target].say(texts, is_auto, self.now);
        for (text, &id) in shown.into_iter().zip(&messages) {
            self.tell_own(Words::Text(text), Some(id));
        }
        self.answer_sent("say", messages.into_iter().zip(askers));
        self.restless.insert(self.target);
        self.collect(self.target);
    }
}

fn too_long(bytes: u64, most: usize) -> TextRefusal {
    TextRefusal::TooLongForRoom { bytes, most }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::api::machine::{Input, Machine};
    use crate::chat::log::history::Record;
    use crate::chat::session::node::tests::{usual, with_key};
    use crate::chat::wire;
    use crate::chat::wire::entry::{Body, Text};

    #[test]
    fn an_entry_is_all_of_a_person_or_all_of_a_program() {
        let mut tim = with_key(1, usual());
        for (text, is_auto) in [("a", false), ("b", false), ("c", true), ("d", true), ("e", false)] {
            let asker = Asker { is_auto, ..Asker::default() };
            let request = Request { asker, room: None, command: Command::Say(text.to_owned()) };
            tim.node.handle(Input::Request(request), tim.now);
        }
        tim.node.handle(Input::Paused { begun: false }, tim.now);
        let said = |output| match output {
            Output::Store(Record::Entry { entry, .. }) => Some(wire::body(&entry)),
            _ => None,
        };
        let texts: Vec<String> = std::iter::from_fn(|| tim.node.poll())
            .filter_map(said)
            .filter_map(|body| match body {
                Body::Text(Text { lines, is_auto, .. }) => Some(format!("{} {is_auto}", lines.join(" "))),
                _ => None,
            })
            .collect();
        assert_eq!(texts, ["a b false", "c d true", "e false"]);
    }
}
