//! What is typed or commanded: text for the room, and everything else.

use std::net::SocketAddr;

use super::Node;
use super::membership::not_in;
use super::place::{Partner, Place};
use super::rooms::RoomKey;
use crate::chat::api::answer::{Answered, Confirmation};
use crate::chat::api::command::{self, Command, HISTORY_USUAL, Request, Showable};
use crate::chat::api::ending::Ending;
use crate::chat::api::event::Event;
use crate::chat::api::machine::{Output, To};
use crate::chat::api::refusal::{CommandRefusal, PersonRefusal, RoomRefusal, TextRefusal};
use crate::chat::api::requester::{Client, Requester};
use crate::chat::api::talk::MessageBody;
use crate::chat::base::limits::{
    DATAGRAM_BYTES_MAX, MESSAGE_BYTES_MAX, NAMED_PEERS_MAX, ONE_ENTRY_BYTES_MAX, PREVIEW_CHARS,
};
use crate::chat::base::line::BadLine;
use crate::chat::base::metrics::{Kind, Trace};
use crate::chat::keys::identity::key_tag;
use crate::chat::keys::phrase::looks_like_invitation;
use crate::chat::keys::secret::RoomName;
use crate::chat::log::records::Recall;
use crate::chat::peers::names::{self, BadNick};

impl Node {
    /// Something is to be said, or done where it may be a command.
    pub(super) fn on_text(&mut self, requester: Requester, text: Result<String, BadLine>, may_command: bool) {
        match text {
            Ok(text) if self.config.input.terminal && text.is_empty() => {}
            Ok(text) if may_command => self.on_line(requester, &text),
            Ok(text) => self.say(requester, self.current, text),
            Err(bad) => self.refuse(requester, TextRefusal::in_room(bad)),
        }
    }

    /// A command, or text. Who types sees what a slip before a command becomes; in a pipe it is not guessed.
    fn on_line(&mut self, requester: Requester, text: &str) {
        if self.is_doubtful(text) {
            return self.refuse(requester, CommandRefusal::LooksLikeInvitation);
        }
        let unveiled = command::unveiled(text);
        let line = unveiled.as_deref().unwrap_or(text);
        let meant = match unveiled {
            Some(_) if !self.config.input.terminal => Err(CommandRefusal::Veiled),
            _ => command::parse(line),
        };
        match meant {
            Ok(command) => self.follow(command, requester, self.current),
            Err(why) => {
                if command::is_of_place(line) {
                    self.be_nowhere(&requester);
                }
                self.refuse(requester, why);
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
        let Request { requester, room, command } = request;
        let is_typing = requester.client == Client::STANDARD;
        self.results.read(u64::from(is_typing));
        let place = match &room {
            Some(name) => self.place_of(name).map(Place::room),
            None if is_typing => Some(self.current),
            None => self.rooms.first().map(Place::room),
        };
        let Some(place) = place else { return self.refuse(requester, not_in(room.as_ref())) };
        if !is_typing && matches!(command, Command::Room(Some(_)) | Command::Query(_) | Command::Close) {
            return self.refuse(requester, CommandRefusal::NotTyping);
        }
        self.follow(command, requester, place);
    }

    /// Whoever types sees where lines go; what comes from a pipe behind a refused change of that was meant for nobody else.
    pub(super) fn be_nowhere(&mut self, requester: &Requester) {
        self.current.is_lost |= !self.config.input.terminal && requester.client == Client::STANDARD;
    }

    fn follow(&mut self, command: Command, requester: Requester, place: Place) {
        let (name, room) = (command.name(), place.room);
        if !matches!(command, Command::Say(_)) {
            self.flush();
        }
        match command {
            Command::Say(text) => return self.say(requester, place, text),
            Command::Me(_) | Command::Topic(_) | Command::Delete if place.is_lost => {
                return self.refuse(requester, CommandRefusal::Lost);
            }
            Command::Me(text) if let Some(Partner::Person(to)) = place.partner => {
                return self.write_private((requester, "me"), room, to, text, true);
            }
            Command::Me(_) | Command::Topic(_) | Command::Delete if place.partner.is_some() => {
                return self.refuse(requester, CommandRefusal::NotInRoom);
            }
            Command::Me(text) | Command::Topic(text) if text.len() > ONE_ENTRY_BYTES_MAX => {
                return self.refuse(requester, too_long(text.len() as u64, ONE_ENTRY_BYTES_MAX));
            }
            Command::Me(text) => return self.act(requester, room, text),
            Command::Topic(text) => return self.set_topic(requester, room, text),
            Command::Show(what) => return self.show_what_holds(&requester, room, what),
            Command::Msg(to, text) => return self.message(requester, room, to, text),
            Command::Reply(text) => return self.reply(requester, room, text),
            Command::Whois(name) => return self.whois(&requester, room, &name),
            Command::Verify(name, is_right) => return self.verify(&requester, room, &name, is_right),
            Command::Petname(name, petname) => return self.petname(&requester, room, &name, petname),
            Command::Ignore(name) => return self.ignore(&requester, room, name.as_deref()),
            Command::Unignore(name) => return self.set_ignored(&requester, room, &name, false),
            Command::Invite(name) => return self.invite(&requester, room, &name),
            Command::Rekey(names) => return self.rekey(&requester, room, &names),
            Command::Join(name, unlock) => return self.join(name, unlock, requester),
            Command::Leave(name) => return self.leave(name.as_ref(), requester, room),
            Command::History(most) => return self.recall(requester, room, Vec::new(), most),
            Command::Search(words) => return self.recall(requester, room, words, HISTORY_USUAL),
            Command::Query(to) => return self.query(requester, room, to),
            Command::Files(command) => return self.on_files(command, requester, place),
            Command::Peer(peer) if self.config.reach.peers.len() >= NAMED_PEERS_MAX => {
                return self.refuse(requester, CommandRefusal::TooManyPeers(peer.to_string()));
            }
            Command::Peer(peer) => self.outputs.push_back(Output::Reach(peer)),
            Command::Broker(wanted) => return self.follow_broker(requester, room, wanted),
            Command::Net => return self.outputs.push_back(Output::ReportNetwork(requester)),
            Command::Reload if requester.client != Client::STANDARD => {
                return self.refuse(requester, CommandRefusal::NotTyping);
            }
            Command::Reload => self.outputs.push_back(Output::Reload),
            Command::Away(is_away) => self.set_away(is_away.unwrap_or(!self.config.user.is_away)),
            Command::Close if place.partner.is_none() => {
                return self.refuse(requester, CommandRefusal::NothingToClose);
            }
            Command::Close => self.close(room),
            Command::Room(Some(name)) => return self.choose_room(requester, &name),
            Command::Nick(nick) => return self.rename(requester, room, &nick),
            Command::Who => return self.answer_who(&requester, room),
            Command::Stats => return self.answer_stats(&requester),
            Command::Doctor(named) => return self.doctor(requester, named),
            Command::Ping(name) => return self.ping(requester, room, &name),
            Command::Room(None) | Command::Rooms => return self.answer_rooms(&requester, room, name),
            Command::Display(wanted) => self.show(Event::Display(wanted)),
            Command::Highlight(word) => self.show(Event::Highlight(word)),
            Command::Delete => return self.take_back(requester, room),
            Command::Help(None) => self.confirm(Confirmation::Help),
            Command::Help(Some(of)) => self.confirm(Confirmation::HelpOn(of)),
            Command::Quit => {
                self.answer(&requester, name, Answered::Done);
                return self.finish(Ending::Quit);
            }
        }
        self.answer(&requester, name, Answered::Done);
    }

    /// Tells the others that one is away, or back.
    fn set_away(&mut self, is_away: bool) {
        self.config.user.is_away = is_away;
        self.for_each_room(|room, now| room.set_away(is_away, now));
        self.unsettled.extend(self.rooms.keys());
        self.confirm(if is_away { Confirmation::Away } else { Confirmation::Back });
    }

    /// Text for whoever is there.
    fn say(&mut self, requester: Requester, place: Place, text: String) {
        if place.is_lost {
            return self.refuse(requester, CommandRefusal::Lost);
        }
        match place.partner {
            _ if text.len() > MESSAGE_BYTES_MAX => {
                self.refuse(requester, too_long(text.len() as u64, MESSAGE_BYTES_MAX));
            }
            Some(partner) => self.write_alone((requester, "say"), place.room, partner, text),
            None => {
                if !self.batch.takes(place.room, &requester) {
                    self.flush();
                }
                self.batch.push(place.room, requester, text);
            }
        }
    }

    fn act(&mut self, requester: Requester, room: RoomKey, text: String) {
        self.results.read(1);
        let id = self.rooms[room].act(text.clone(), requester.is_auto, self.now);
        self.tell_own(room, MessageBody::Action(text), Some(id));
        self.answer_sent(room, "me", [(id, requester)].into_iter());
        self.unsettled.insert(room);
        self.collect(room);
    }

    fn set_topic(&mut self, requester: Requester, room: RoomKey, text: String) {
        let id = self.rooms[room].set_topic(text.clone(), self.now);
        self.tell_own(room, MessageBody::Topic(text), None);
        self.unsettled.insert(room);
        self.answer_sent(room, "topic", [(id, requester)].into_iter());
        self.collect(room);
    }

    /// Says how something stands.
    fn show_what_holds(&mut self, requester: &Requester, room: RoomKey, what: Showable) {
        let (petnames, room) = (self.petnames(), &mut self.rooms[room]);
        let holds = match what {
            Showable::Topic => {
                let topic = room.topic().map(|topic| (topic.text.clone(), topic.by));
                let topic = topic.map(|(text, by)| (text, room.speaker(by)));
                Confirmation::Topic { room: room.name().clone(), topic }
            }
            Showable::Nick => {
                let me = room.me();
                Confirmation::CalledNow { nick: self.config.user.nick.clone(), tag: key_tag(me.author), me }
            }
            Showable::Petnames => Confirmation::Petnames(petnames),
        };
        self.confirm(holds);
        let command = Command::Show(what).name();
        self.answer(requester, command, Answered::Done);
    }

    /// Text for a plain address. A frame address is never sent text.
    pub(super) fn write(&mut self, requester: Requester, command: &'static str, to: SocketAddr, text: String) {
        if !self.plain_peers.is_plain(to, self.now.moment) {
            return self.refuse(requester, PersonRefusal::NoPlainPeer);
        }
        let charset = self.plain_peers.charset_of(to);
        let end = if self.config.plain.newline { "\n" } else { "" };
        match charset.encode(&format!("{text}{end}")) {
            Ok(bytes) if bytes.len() > DATAGRAM_BYTES_MAX => {
                let (bytes, most) = (bytes.len() as u64, DATAGRAM_BYTES_MAX);
                self.refuse(requester, TextRefusal::TooLong { bytes, most });
            }
            Ok(bytes) => {
                self.traffic.sent.add(Kind::Plain);
                self.trace(Trace::Sent { to: Some(to), kind: Kind::Plain, bytes: bytes.len() });
                self.outputs.push_back(Output::Send { to: To::Address(to), datagram: bytes.into() });
                self.tell_answer(to, text);
                self.answer(&requester, command, Answered::Done);
            }
            Err(missing) => self.refuse(requester, TextRefusal::Unencodable { missing, charset }),
        }
    }

    fn rename(&mut self, requester: Requester, room: RoomKey, nick: &str) {
        match names::parse(nick) {
            Ok(nick) => {
                self.unsettled.extend(self.rooms.keys());
                self.for_each_room(|room, now| room.rename(&nick, now));
                let me = self.rooms[room].me();
                let seen_as = me.tag.is_some().then_some(me);
                self.confirm(Confirmation::Nick { nick: nick.clone(), seen_as });
                self.config.user.nick = nick;
                self.answer(&requester, "nick", Answered::Done);
            }
            Err(BadNick(nick)) => self.refuse(requester, PersonRefusal::BadNick(nick)),
        }
    }

    /// The history is on disk, so whoever has the disk answers.
    fn recall(&mut self, requester: Requester, room: RoomKey, words: Vec<String>, most: usize) {
        let room = self.rooms[room].name().clone();
        self.outputs.push_back(Output::Recall(Recall { room, words, most }, requester));
    }

    fn take_back(&mut self, requester: Requester, room: RoomKey) {
        let taken = self.rooms[room].take_back_last(self.now);
        self.collect(room);
        let Some((messages, text, which)) = taken else {
            return self.refuse(requester, CommandRefusal::NothingToTakeBack);
        };
        let text: String = text.lines().next().unwrap_or("").chars().take(PREVIEW_CHARS).collect();
        self.confirm(Confirmation::TakenBack { text, messages, which });
        self.answer(&requester, "delete", Answered::Done);
    }

    fn choose_room(&mut self, requester: Requester, name: &str) {
        let found = RoomName::parse(name).ok().and_then(|wanted| self.place_of(&wanted));
        if let Some(found) = found {
            return self.turn_to(found);
        }
        self.be_nowhere(&requester);
        self.refuse(requester, RoomRefusal::NoSuchRoom(name.to_owned()));
    }

    /// Says what was there at once.
    pub(super) fn flush(&mut self) {
        let Some((room, messages)) = self.batch.take() else { return };
        let (texts, requesters): (Vec<String>, Vec<Requester>) = messages.into_iter().unzip();
        let shown = if self.config.input.has_screen { texts.clone() } else { Vec::new() };
        let is_auto = requesters.iter().any(|requester| requester.is_auto); // all of them are, or none
        let messages = self.rooms[room].say(texts, is_auto, self.now);
        for (text, &id) in shown.into_iter().zip(&messages) {
            self.tell_own(room, MessageBody::Text(text), Some(id));
        }
        self.answer_sent(room, "say", messages.into_iter().zip(requesters));
        self.unsettled.insert(room);
        self.collect(room);
    }
}

fn too_long(bytes: u64, most: usize) -> TextRefusal {
    TextRefusal::TooLongForRoom { bytes, most }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::api::command::Recipient;
    use crate::chat::api::machine::{Input, Machine, Way};
    use crate::chat::keys::identity::RoomId;
    use crate::chat::keys::secret::RoomKeys;
    use crate::chat::log::records::Record;
    use crate::chat::session::node::config::Config;
    use crate::chat::session::node::tests::{Alone, usual, with_key};
    use crate::chat::wire;
    use crate::chat::wire::entry::{Body, Text};

    #[test]
    fn an_entry_is_all_of_a_person_or_all_of_a_program() {
        let mut tim = with_key(1, usual());
        for (text, is_auto) in [("a", false), ("b", false), ("c", true), ("d", true), ("e", false)] {
            let requester = Requester { is_auto, ..Requester::default() };
            let request = Request { requester, room: None, command: Command::Say(text.to_owned()) };
            tim.node.handle(Input::Request(request), tim.now);
        }
        tim.node.handle(Input::Paused { begun: false }, tim.now);
        let texts: Vec<String> = said(&mut tim).into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, ["a b false", "c d true", "e false"]);
    }

    /// What was said, each entry with its room.
    fn said(tim: &mut Alone) -> Vec<(RoomId, String)> {
        let outputs = std::iter::from_fn(|| tim.node.poll());
        let entries = outputs.filter_map(|output| match output {
            Output::Store(Record::Entry { room, entry, .. }) => Some((room, wire::body(&entry))),
            _ => None,
        });
        let texts = entries.filter_map(|(room, body)| match body {
            Body::Text(Text { lines, is_auto, .. }) => Some((room, format!("{} {is_auto}", lines.join(" ")))),
            _ => None,
        });
        texts.collect()
    }

    fn request(client: Client, room: Option<&str>, command: Command) -> Input<'static> {
        let requester = Requester { client, is_auto: client == Client::BOT, ..Requester::default() };
        Input::Request(Request { requester, room: room.map(|room| RoomName::parse(room).unwrap()), command })
    }

    fn in_two_rooms() -> Alone {
        with_key(1, Config { rooms: ["one", "two"].map(|room| RoomName::parse(room).unwrap()).to_vec(), ..usual() })
    }

    #[test]
    fn lines_that_come_together_go_each_to_its_room() {
        let mut tim = in_two_rooms();
        for (room, text) in [(None, "a"), (Some("two"), "b"), (Some("two"), "c"), (Some("one"), "d")] {
            tim.node.handle(request(Client::STANDARD, room, Command::Say(text.to_owned())), tim.now);
        }
        tim.node.handle(Input::Paused { begun: false }, tim.now);
        let rooms: Vec<RoomId> =
            ["one", "two"].map(|room| RoomKeys::open(&RoomName::parse(room).unwrap()).id()).to_vec();
        let expected = [(rooms[0], "a false"), (rooms[1], "b c false"), (rooms[0], "d false")];
        assert_eq!(said(&mut tim), expected.map(|(room, text)| (room, text.to_owned())));
    }

    /// A bot's line once went to whoever the user was writing to alone, and its `query` turned the user's lines elsewhere.
    #[test]
    fn a_bot_speaks_in_the_first_room_wherever_the_user_types_and_turns_nobodys_lines() {
        let (mut tim, plain_peer) = (in_two_rooms(), "10.0.0.9:5000".parse().unwrap());
        tim.node.handle(Input::Datagram { from: plain_peer, way: Way::Unicast, bytes: b"hi" }, tim.now);
        tim.node
            .handle(request(Client::STANDARD, None, Command::Query(Some(Recipient::PlainPeer(plain_peer)))), tim.now);
        let before = tim.node.current;
        assert_eq!(before.partner, Some(Partner::PlainPeer(plain_peer)));
        tim.node.handle(request(Client::BOT, None, Command::Say("beep".to_owned())), tim.now);
        tim.node.handle(Input::Paused { begun: false }, tim.now);
        assert_eq!(said(&mut tim).into_iter().map(|(_, text)| text).collect::<Vec<_>>(), ["beep true"]);
        for command in [Command::Query(None), Command::Room(Some("two".to_owned()))] {
            tim.node.handle(request(Client::BOT, None, command), tim.now);
            let mut outputs = std::iter::from_fn(|| tim.node.poll());
            let is_refused = outputs.any(|output| matches!(output, Output::Show(Event::Fault(_))));
            assert!(is_refused && tim.node.current == before);
        }
    }
}
