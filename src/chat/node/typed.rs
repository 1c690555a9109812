//! What is typed: text for the room, and commands.

use std::net::SocketAddr;

use super::Node;
use crate::chat::command::{self, Command, HISTORY_USUAL};
use crate::chat::event::{BadMessage, Ending, Event, Notice};
use crate::chat::frame::flags;
use crate::chat::history::Recall;
use crate::chat::limits::{MESSAGE_BYTES_MAX, ONE_ENTRY_BYTES_MAX, PREVIEW_CHARS};
use crate::chat::line::BadLine;
use crate::chat::machine::{Output, To};
use crate::chat::names;
use crate::chat::secret::RoomName;
use crate::chat::talk::Words;
use crate::chat::time::Now;

impl Node {
    /// Something is to be said, or done where it may be a command.
    pub(super) fn on_text(&mut self, number: u64, text: Result<String, BadLine>, now: Now, may_command: bool) {
        match text {
            Ok(text) if self.config.terminal && text.is_empty() => {}
            Ok(text) if text.len() > MESSAGE_BYTES_MAX => {
                let bytes = text.len() as u64;
                self.refuse(number, BadMessage::TooLongForRoom { bytes, most: MESSAGE_BYTES_MAX });
            }
            Ok(text) if may_command => self.on_typed(number, &text, now),
            Ok(text) => self.say(number, text, now),
            Err(BadLine::TooLong { bytes }) => {
                self.refuse(number, BadMessage::TooLongForRoom { bytes, most: MESSAGE_BYTES_MAX });
            }
            Err(bad) => self.refuse(number, bad.into()),
        }
    }

    fn on_typed(&mut self, number: u64, line: &str, now: Now) {
        let command = match command::parse(line) {
            Ok(Command::Say(text)) => return self.say(number, text, now),
            Ok(command) => command,
            Err(expected) => return self.refuse(number, BadMessage::Command(expected)),
        };
        self.flush(now);
        match command {
            Command::Me(_) | Command::Topic(_) | Command::Delete if self.guest.is_some() => {
                self.refuse(number, BadMessage::Command("expected in a room; /query alone goes back to yours"));
            }
            Command::Me(text) | Command::Topic(text) if text.len() > ONE_ENTRY_BYTES_MAX => {
                let bytes = text.len() as u64;
                self.refuse(number, BadMessage::TooLongForRoom { bytes, most: ONE_ENTRY_BYTES_MAX });
            }
            Command::Me(text) => self.act(text, now),
            Command::Msg(to, text) => self.answer(number, to, text, now),
            Command::Query(to) => self.query(number, to),
            Command::Topic(text) => self.set_topic(text, now),
            Command::Display(wanted) => self.show(Event::Display(wanted)),
            Command::Nick(nick) => self.rename(&nick, now),
            Command::Who => self.answer_who(),
            Command::History(most) => self.recall(Vec::new(), most),
            Command::Search(words) => self.recall(words, HISTORY_USUAL),
            Command::Delete => self.take_back(now),
            Command::Room(name) => self.choose_room(name.as_deref()),
            Command::Help => self.notice(Notice::Answer(command::help())),
            Command::Quit => self.finish(Ending::EndOfInput),
            Command::Say(_) => {}
        }
    }

    /// Text for whoever lines go to.
    fn say(&mut self, number: u64, text: String, now: Now) {
        match self.guest {
            Some(guest) => self.answer(number, guest, text, now),
            None => self.batch.push(text),
        }
    }

    fn act(&mut self, text: String, now: Now) {
        self.lines += 1;
        if self.config.has_screen {
            self.tell_own(self.target, Words::Action(text.clone()));
        }
        self.rooms[self.target].1.act(text, now);
        self.restless.insert(self.target);
        self.collect(self.target);
    }

    fn set_topic(&mut self, text: String, now: Now) {
        if self.config.has_screen {
            self.tell_own(self.target, Words::Topic(text.clone()));
        }
        self.rooms[self.target].1.set_topic(text, now);
        self.collect(self.target);
    }

    /// Text for a plain address. A frame address is never sent text.
    fn answer(&mut self, number: u64, to: SocketAddr, text: String, now: Now) {
        if !self.guests.is_plain(to, now.moment) {
            return self.refuse(number, BadMessage::Command(NO_GUEST));
        }
        let charset = self.guests.charset_of(to);
        let end = if self.config.newline { "\n" } else { "" };
        match charset.encode(&format!("{text}{end}")) {
            Ok(bytes) => {
                self.outputs.push_back(Output::Send { to: To::Address(to), datagram: bytes.into() });
                self.tell_answer(to, text);
            }
            Err(missing) => self.refuse(number, BadMessage::Unencodable { missing, charset }),
        }
    }

    /// What is typed goes to a guest from now on, or to the room again.
    fn query(&mut self, number: u64, to: Option<SocketAddr>) {
        if to.is_some_and(|to| !self.guests.is_plain(to, self.now.moment)) {
            return self.refuse(number, BadMessage::Command(NO_GUEST));
        }
        self.guest = to;
        self.tell_target();
    }

    fn rename(&mut self, nick: &str, now: Now) {
        match names::parse(nick) {
            Ok(nick) => {
                for index in 0..self.rooms.len() {
                    self.rooms[index].1.rename(&nick, now);
                    self.restless.insert(index);
                    self.collect(index);
                }
                let me = self.rooms[self.target].1.me();
                let seen =
                    if me.tag.is_some() { format!(", seen as {me}, for the name is taken") } else { String::new() };
                self.notice(Notice::Answer(format!("you are {nick} now{seen}")));
                self.config.nick = nick;
            }
            Err(why) => self.notice(Notice::Answer(why)),
        }
    }

    fn answer_who(&mut self) {
        let room = &mut self.rooms[self.target].1;
        let authors: Vec<_> = room.presence().counted().map(|peer| (peer.author, peer.flags)).collect();
        let names = authors.into_iter().map(|(author, flag)| {
            let away = if flag & flags::AWAY != 0 { " (away)" } else { "" };
            format!("{}{away}", room.names().speaker(author))
        });
        let names: Vec<String> = names.collect();
        let who = if names.is_empty() { "nobody else".to_owned() } else { names.join(", ") };
        let me = room.me();
        let answer = format!("in {}: {who}, and you, {me}", room.name());
        self.notice(Notice::Answer(answer));
    }

    /// The history is on disk, so whoever has the disk answers.
    fn recall(&mut self, words: Vec<String>, most: usize) {
        let room = self.rooms[self.target].1.name().clone();
        self.outputs.push_back(Output::Recall(Recall { room, words, most }));
    }

    fn take_back(&mut self, now: Now) {
        let taken = self.rooms[self.target].1.take_back_last(now);
        let beginning =
            |text: String| text.lines().next().unwrap_or("").chars().take(PREVIEW_CHARS).collect::<String>();
        let answer = match taken.map(|(messages, text)| (messages, beginning(text))) {
            Some((1, text)) => format!("\"{text}\" is taken back: whoever honours that forgets it"),
            Some((more, text)) => format!("\"{text}\" is taken back, with all {more} messages that were sent together"),
            None => "there is nothing of yours to take back".to_owned(),
        };
        self.collect(self.target);
        self.notice(Notice::Answer(answer));
    }

    fn choose_room(&mut self, name: Option<&str>) {
        let wanted = name.and_then(|name| RoomName::parse(name).ok());
        let found = wanted.and_then(|wanted| self.rooms.iter().position(|(_, room)| *room.name() == wanted));
        match (name, found) {
            (_, Some(found)) => {
                (self.target, self.guest) = (found, None);
                return self.tell_target();
            }
            (Some(name), None) => {
                let why = format!("'{name}' is none of your rooms; /room lists them");
                return self.notice(Notice::Answer(why));
            }
            (None, None) => {}
        }
        let all: Vec<String> = self.rooms.iter().map(|(_, room)| room.name().to_string()).collect();
        let answer = format!("you type into {}; your rooms: {}", self.conversation(), all.join(", "));
        self.notice(Notice::Answer(answer));
    }

    /// Says what was there at once.
    pub(super) fn flush(&mut self, now: Now) {
        if self.batch.is_empty() {
            return;
        }
        let batch = std::mem::take(&mut self.batch);
        if self.config.has_screen {
            for text in &batch {
                self.tell_own(self.target, Words::Text(text.clone()));
            }
        }
        self.rooms[self.target].1.say(batch, now);
        self.restless.insert(self.target);
        self.collect(self.target);
    }
}

const NO_GUEST: &str = "expected an address that a plain message came from, such as [10.0.0.7:7788] shows";
