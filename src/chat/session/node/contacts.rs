//! Who people are, and what the user thinks of them.

use super::Node;
use super::rooms::RoomKey;
use crate::chat::api::answer::{Answered, Confirmation, Portrait};
use crate::chat::api::machine::Output;
use crate::chat::api::refusal::PersonRefusal;
use crate::chat::api::requester::Requester;
use crate::chat::base::limits::TRUST_MAX;
use crate::chat::keys::identity::{Author, key_tag, words_of};
use crate::chat::keys::trust::Trust;
use crate::chat::log::records::Record;
use crate::chat::peers::names::{self, BadNick, Meant};
use crate::chat::wire::frame::flags;

impl Node {
    /// Whom a name means: in the room that lines go to, or else in another one. It is never guessed.
    pub(super) fn find(&mut self, name: &str, place: RoomKey) -> Result<Author, PersonRefusal> {
        self.find_in_rooms(name, place, false)
    }

    /// The same for what is to be written: a key that was verified is no guess.
    pub(super) fn find_to_write(&mut self, name: &str, place: RoomKey) -> Result<Author, PersonRefusal> {
        self.find_in_rooms(name, place, true)
    }

    fn find_in_rooms(&mut self, name: &str, place: RoomKey, prefers_verified: bool) -> Result<Author, PersonRefusal> {
        let places = [place].into_iter().chain(self.rooms.keys());
        for place in places {
            match self.rooms[place].names().find(name, prefers_verified) {
                Meant::Nobody => {}
                Meant::One(author) => return Ok(author),
                Meant::Several(mut all) => {
                    all.retain(|who| who.author != self.identity.author());
                    let names = self.rooms[place].names();
                    if let [only] = all.as_slice()
                        && only.nick.to_lowercase() == name.to_lowercase()
                    {
                        return Ok(only.author);
                    }
                    let all = all.into_iter().map(|who| (names.speaker(who.author), who));
                    let all = all.map(|(shown, who)| (who, shown)).collect();
                    return Err(PersonRefusal::Ambiguous { name: name.to_owned(), all });
                }
            }
        }
        self.find_former(name).ok_or_else(|| PersonRefusal::Nobody(name.to_owned()))
    }

    /// Tells who somebody is.
    pub(super) fn whois(&mut self, requester: &Requester, place: RoomKey, name: &str) {
        let author = match self.find(name, place) {
            Ok(author) => author,
            Err(why) => return self.refuse(requester.clone(), why),
        };
        let is_me = author == self.identity.author();
        let mut addresses = if is_me { self.config.reach.listening.clone() } else { Vec::new() };
        let is_mine_temporary = is_me && self.config.user.is_temporary;
        let room = self.room_of(author, place);
        let here: Vec<_> = room.presence().counted().filter(|peer| peer.author == author).collect();
        addresses.extend(here.iter().flat_map(|peer| peer.addresses()));
        let is_temporary = is_mine_temporary || here.iter().any(|peer| peer.flags & flags::TEMPORARY != 0);
        let is_here = is_me || !here.is_empty();
        let names = room.names();
        let nick = names.nick(author).map(str::to_owned);
        let alike = nick.as_deref().map_or(Meant::Nobody, |nick| names.find_called(nick));
        let namesakes = match alike {
            Meant::Several(all) => all.into_iter().filter(|other| other.author != author).collect(),
            _ => Vec::new(),
        };
        let is_ignored = names.ignores(author);
        let (who, tag) = (names.speaker(author), key_tag(author));
        let portrait = Portrait { who, nick, tag, addresses, is_here, is_temporary, is_ignored, is_me, namesakes };
        self.answer(requester, "whois", Answered::Portrait(Box::new(portrait)));
    }

    /// Shows the words to compare, or takes down what came of it.
    pub(super) fn verify(&mut self, requester: &Requester, place: RoomKey, name: &str, is_right: Option<bool>) {
        let author = match self.find(name, place) {
            Ok(author) => author,
            Err(why) => return self.refuse(requester.clone(), why),
        };
        if author == self.identity.author() {
            return self.refuse(requester.clone(), PersonRefusal::Yourself);
        }
        let who = self.room_of(author, place).speaker(author);
        match is_right {
            None => {
                let words = words_of(self.identity.author(), author);
                self.answer(requester, "verify", Answered::Words { who, words });
            }
            Some(is_verified) => {
                let trust = Trust { is_verified, ..self.trust(author) };
                let done = if is_verified { Confirmation::Verified(who) } else { Confirmation::NotVerified(who) };
                self.regard((requester, "verify"), author, trust, done);
            }
        }
    }

    /// Somebody has another name here, or its own again.
    pub(super) fn petname(&mut self, requester: &Requester, place: RoomKey, name: &str, petname: Option<String>) {
        let (author, petname) =
            match (self.find(name, place), petname.map(|petname| names::parse(&petname)).transpose()) {
                (Ok(author), Ok(petname)) => (author, petname),
                (Err(why), _) => return self.refuse(requester.clone(), why),
                (_, Err(BadNick(nick))) => return self.refuse(requester.clone(), PersonRefusal::BadNick(nick)),
            };
        if petname.as_ref().is_some_and(|petname| names::is_alike(petname, &self.config.user.nick)) {
            return self.refuse(requester.clone(), PersonRefusal::OwnName);
        }
        let is_taken = |petname: &String| {
            self.trust.iter().any(|(&other, trust)| other != author && trust.petname.as_ref() == Some(petname))
        };
        if let Some(taken) = petname.as_ref().filter(|petname| is_taken(petname)) {
            return self.refuse(requester.clone(), PersonRefusal::NameTaken(taken.clone()));
        }
        let who = self.room_of(author, place).speaker(author);
        let trust = Trust { petname: petname.clone(), ..self.trust(author) };
        let done = match petname {
            Some(petname) => Confirmation::Petname { who, petname },
            None => Confirmation::NoPetname(who),
        };
        self.regard((requester, "petname"), author, trust, done);
    }

    /// Whom the user calls otherwise than they call themselves: that, where it is known, else their key tag, and the name.
    pub(super) fn petnames(&mut self) -> Vec<(String, String)> {
        let named = self.trust.iter().filter_map(|(&author, trust)| Some((author, trust.petname.clone()?)));
        let named: Vec<(Author, String)> = named.collect();
        let room = self.current.room;
        let nick = |author: Author, node: &mut Self| {
            let nick = node.room_of(author, room).names().nick(author).map(str::to_owned);
            nick.unwrap_or_else(|| format!("#{}", key_tag(author)))
        };
        named.into_iter().map(|(author, petname)| (nick(author, self), petname)).collect()
    }

    /// Nothing of somebody is wanted from now on; or of whom that is so.
    pub(super) fn ignore(&mut self, requester: &Requester, place: RoomKey, name: Option<&str>) {
        let Some(name) = name else {
            let ignored = self.trust.iter().filter(|(_, trust)| trust.is_ignored);
            let authors: Vec<Author> = ignored.map(|(&author, _)| author).collect();
            let room = &mut self.rooms[place];
            let all = authors.into_iter().map(|author| room.speaker(author)).collect();
            return self.answer(requester, "ignore", Answered::Ignored(all));
        };
        self.set_ignored(requester, place, name, true);
    }

    pub(super) fn set_ignored(&mut self, requester: &Requester, place: RoomKey, name: &str, is_ignored: bool) {
        let command = if is_ignored { "ignore" } else { "unignore" };
        match self.find(name, place) {
            Ok(author) if author == self.identity.author() => {
                self.refuse(requester.clone(), PersonRefusal::Yourself);
            }
            Ok(author) => {
                let who = self.room_of(author, place).speaker(author);
                let trust = Trust { is_ignored, ..self.trust(author) };
                let done = if is_ignored { Confirmation::Ignored(who) } else { Confirmation::NotIgnored(who) };
                if is_ignored {
                    self.break_off_with(author);
                }
                self.regard((requester, command), author, trust, done);
            }
            Err(why) => self.refuse(requester.clone(), why),
        }
    }

    fn trust(&self, author: Author) -> Trust {
        self.trust.get(&author).cloned().unwrap_or_default()
    }

    /// Takes down what the user thinks of somebody, in all rooms.
    fn regard(
        &mut self,
        (requester, command): (&Requester, &'static str),
        author: Author,
        trust: Trust,
        done: Confirmation,
    ) {
        if self.trust.len() >= TRUST_MAX && !self.trust.contains_key(&author) {
            return self.refuse(requester.clone(), PersonRefusal::TooMany);
        }
        self.trust.insert(author, trust.clone());
        self.unsettled.extend(self.rooms.keys());
        self.for_each_room(|room, now| room.regard(author, trust.clone(), now));
        self.outputs.push_back(Output::Store(Record::Trust { author, trust }));
        self.confirm(done);
        self.answer(requester, command, Answered::Done);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::api::event::Event;
    use crate::chat::api::machine::Machine;
    use crate::chat::base::bytes::Bytes;
    use crate::chat::session::node::tests::{usual, with_key};

    #[test]
    fn the_user_decides_on_so_many_people_and_may_change_that() {
        let mut tim = with_key(1, usual());
        let known = |number: usize| Bytes::first_of(&[&number.to_le_bytes()[..], &[0; 24]].concat());
        for (number, name) in [(1, "ann"), (TRUST_MAX, "bob")] {
            tim.node.rooms[tim.node.current.room].names().learn(known(number), name);
        }
        for number in 0..TRUST_MAX {
            tim.node.trust.insert(known(number), Trust { is_ignored: true, ..Trust::default() });
        }
        let mut refusals = |name: &str| {
            tim.node.ignore(&Requester::default(), tim.node.current.room, Some(name));
            let outputs = std::iter::from_fn(|| tim.node.poll());
            outputs.filter(|output| matches!(output, Output::Show(Event::Fault(_)))).count()
        };
        assert_eq!([refusals("bob"), refusals("ann")], [1, 0]);
        assert_eq!(tim.node.trust.len(), TRUST_MAX);
    }
}
