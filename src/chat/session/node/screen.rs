//! What a live screen is told beside what was said: where one types, what one says, how things stand.

use std::net::SocketAddr;

use super::Node;
use super::place::Partner;
use super::rooms::RoomKey;
use crate::chat::api::answer::Confirmation;
use crate::chat::api::event::Event;
use crate::chat::api::talk::{Conversation, InstanceKind, MessageBody, MessageId, Person};
use crate::chat::base::limits::HERE_NAMED_MAX;

impl Node {
    /// Where what is typed goes.
    pub(super) fn conversation(&mut self) -> Conversation {
        match self.current.partner {
            Some(Partner::PlainPeer(plain_peer)) => Conversation::PlainPeer(plain_peer),
            Some(Partner::Person(author)) => {
                Conversation::Person(Person::from(&self.rooms[self.current.room].speaker(author)))
            }
            None => Conversation::Room(self.rooms[self.current.room].name().clone()),
        }
    }

    /// What is typed goes there from now on, where that is one of ours.
    pub(super) fn choose(&mut self, conversation: &Conversation) {
        match conversation {
            Conversation::Room(name) => {
                let Some(found) = self.rooms.named(name) else { return };
                self.go_to(found);
            }
            Conversation::Person(person) => self.current.partner = Some(Partner::Person(person.author)),
            Conversation::PlainPeer(address) => self.current.partner = Some(Partner::PlainPeer(*address)),
            Conversation::PlainPeers(_) => return, // of a plain session
        }
        self.tell_target();
    }

    /// Says where what is typed goes.
    pub(super) fn tell_target(&mut self) {
        let to = self.conversation();
        if self.config.input.has_screen {
            self.show(Event::Target { to });
        } else {
            self.confirm(Confirmation::TypingTo(to));
        }
    }

    /// Says what one said oneself in a room.
    pub(super) fn tell_own(&mut self, room: RoomKey, words: MessageBody, id: Option<MessageId>) {
        if self.config.input.has_screen {
            let room = &mut self.rooms[room];
            let (to, who) = (Conversation::Room(room.name().clone()), room.me());
            self.show(Event::Wrote { to, who, words, sent: self.now.wall, id });
        }
    }

    /// Says what one answered a plain peer.
    pub(super) fn tell_answer(&mut self, to: SocketAddr, text: String) {
        if self.config.input.has_screen {
            let who = self.rooms[self.current.room].me();
            let (to, words, sent) = (Conversation::PlainPeer(to), MessageBody::Text(text), self.now.wall);
            self.show(Event::Wrote { to, who, words, sent, id: None });
        }
    }

    /// Says how things stand where that has changed.
    pub(super) fn tell_standing(&mut self) {
        let unsettled = std::mem::take(&mut self.unsettled);
        if !self.config.input.has_screen {
            return;
        }
        for key in unsettled.into_iter().filter(|key| self.rooms.contains(*key)).collect::<Vec<_>>() {
            let room = &mut self.rooms[key];
            let here = room.presence().counted().filter(|peer| peer.kind() != InstanceKind::Passing);
            let all: Vec<_> = here.map(|peer| peer.author).collect();
            let count = all.len();
            let authors: Vec<_> = all.into_iter().take(HERE_NAMED_MAX).collect();
            let nick = |&author| room.names().nick(author).map(str::to_owned);
            let nicks = authors.iter().filter_map(nick).collect();
            let mut here: Vec<_> = authors.into_iter().map(|author| room.speaker(author)).collect();
            here.sort_by_cached_key(ToString::to_string);
            let topic = room.topic().map(|topic| topic.text.clone());
            let (me, room) = (room.me(), room.name().clone());
            let is_sealed = self.is_sealed(&room);
            let is_away = self.config.user.is_away;
            self.show(Event::Standing { room, here, nicks, count, me, is_away, is_sealed, topic });
        }
    }
}
