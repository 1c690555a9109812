//! Who uses a former secret of a room, and gets the one in use.

use super::Node;
use super::former::SupersededRoom;
use super::rooms::RoomKey;
use crate::chat::api::answer::{Answered, Confirmation};
use crate::chat::api::event::Event;
use crate::chat::api::machine::Output;
use crate::chat::api::notice::Secrecy;
use crate::chat::api::refusal::{PersonRefusal, Refusal, RoomRefusal};
use crate::chat::api::requester::Requester;
use crate::chat::api::talk::Speaker;
use crate::chat::base::time::Wall;
use crate::chat::keys::identity::{Author, key_tag};
use crate::chat::keys::secret::RoomName;
use crate::chat::peers::names::Meant;
use crate::chat::room::Room;

impl Node {
    /// Tells that somebody says a room has had another secret than ours, which nobody handed on to us.
    pub(super) fn tell_moved(&mut self, place: RoomKey, by: Author, since: Wall) {
        let room = self.rooms[place].name().clone();
        if self.secrets.of(&room).is_some_and(|chain| since > chain.current.since().wall()) {
            let by = self.rooms[place].speaker(by);
            self.show(Event::Notice(Secrecy::Moved { room, by, since }.into()));
        }
    }

    /// Whoever is here under the secret in use has it, also if it was left out before.
    pub(super) fn readmit(&mut self, room: &RoomName, author: Author) {
        if let Some(chain) = self.secrets.readmit(room, author) {
            self.outputs.push_back(Output::KeepSecret(chain.clone()));
        }
    }

    /// Tells that somebody uses a former secret, unless the same key is here under the one in use.
    pub(super) fn tell_behind(&mut self, former: usize, author: Author) {
        let room = self.former.superseded[former].room.name().clone();
        let Some(place) = self.place_of(&room) else { return };
        if self.rooms[place].presence().counted().any(|peer| peer.author == author) {
            return;
        }
        let former = &mut self.former.superseded[former].room;
        let who = Speaker { tag: Some(key_tag(author)), ..former.speaker(author) };
        let nick = former.names().nick(author).unwrap_or("someone").to_owned();
        let Some(chain) = self.secrets.of(&room) else { return };
        let is_left_out = chain.leaves_out(author);
        let known = former.correspondents().into_iter().filter(|&known| chain.leaves_out(known));
        let left_out = known.map(|known| former.speaker(known)).collect();
        self.show(Event::Notice(Secrecy::Behind { room, who, nick, is_left_out, left_out }.into()));
    }

    /// Hands the secret of a room on to somebody who is here under a former one. It is asked for twice.
    pub(super) fn invite(&mut self, requester: &Requester, place: RoomKey, name: &str) {
        let room = self.rooms[place].name().clone();
        let (former, author) = match self.find_behind(&room, name) {
            Ok(found) => found,
            Err(why) => return self.refuse(requester.clone(), why),
        };
        let Some(chain) = self.secrets.of(&room).cloned() else { return };
        if chain.leaves_out(author) {
            return self.refuse(requester.clone(), left_out(name, &room));
        }
        if self.invited.replace(author) != Some(author) {
            return self.refuse(requester.clone(), RoomRefusal::InviteTwice { name: name.to_owned(), room });
        }
        self.invited = None;
        let former = &mut self.former.superseded[former].room;
        let (since, left_out) = (chain.current.since(), &chain.left_out);
        let is_sealed =
            chain.current.invite().is_some_and(|secret| former.hand_on(author, secret, since, left_out, self.now));
        if !is_sealed {
            return self.refuse(requester.clone(), PersonRefusal::UnsealableInvite(name.to_owned()));
        }
        if self.secrets.is_ours(&room) {
            self.secrets.give(&room, [author]);
        }
        self.collect_former();
        self.confirm(Confirmation::HandedOn { name: name.to_owned(), room });
        self.answer(requester, "invite", Answered::Done);
    }

    /// Whom a whole name with its tag means, of those who are here under a former secret of a room.
    fn find_behind(&mut self, room: &RoomName, name: &str) -> Result<(usize, Author), Refusal> {
        let Some((nick, tag)) = name.split_once('#') else {
            return Err(PersonRefusal::NoTag.into());
        };
        let mut found = Vec::new();
        let former = self.former.superseded.iter_mut().map(|superseded| &mut superseded.room);
        for (index, former) in former.enumerate().filter(|(_, former)| former.name() == room) {
            let behind: Vec<Author> = former.behind().filter(|&author| key_tag(author) == tag).collect();
            let is_called = |author: &Author| former.names().nick(*author) == Some(nick);
            found.extend(behind.into_iter().filter(is_called).map(|author| (index, author)));
        }
        match found.as_slice() {
            [] => Err(RoomRefusal::NobodyBehind { name: name.to_owned(), room: room.clone() }.into()),
            [(index, author)] => Ok((*index, *author)),
            [(_, author), rest @ ..] if rest.iter().all(|(_, other)| other == author) => Ok((found[0].0, *author)),
            _ => Err(PersonRefusal::SeveralKeys(name.to_owned()).into()),
        }
    }

    /// The room in which somebody is known: this one, or one under a former secret.
    pub(super) fn room_of(&mut self, author: Author, place: RoomKey) -> &mut Room {
        let is_known = self.rooms[place].names().nick(author).is_some();
        let knows = |former: &mut SupersededRoom| !is_known && former.room.names().nick(author).is_some();
        match self.former.superseded.iter_mut().position(knows) {
            Some(index) => &mut self.former.superseded[index].room,
            None => &mut self.rooms[place],
        }
    }

    /// Whom a name means among those who are known under former secrets alone.
    pub(super) fn find_former(&mut self, name: &str) -> Option<Author> {
        self.former.superseded.iter_mut().find_map(|former| match former.room.names().find(name, false) {
            Meant::One(author) => Some(author),
            Meant::Nobody | Meant::Several(_) => None,
        })
    }
}

/// Why somebody gets no secret.
pub fn left_out(name: &str, room: &RoomName) -> RoomRefusal {
    RoomRefusal::LeftOut { name: name.to_owned(), room: room.clone() }
}
