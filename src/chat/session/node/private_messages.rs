//! What is said to one person alone.

use std::time::Duration;

use super::Node;
use super::place::{Partner, Place};
use super::rooms::RoomKey;
use crate::chat::api::answer::Answered;
use crate::chat::api::command::Recipient;
use crate::chat::api::ending::Ending;
use crate::chat::api::event::{Event, Fault};
use crate::chat::api::machine::{Output, Reason};
use crate::chat::api::refusal::{PersonRefusal, TextRefusal};
use crate::chat::api::requester::{Client, Requester};
use crate::chat::api::talk::{Conversation, MessageBody, Person};
use crate::chat::base::limits::{CONFIRM_WITHIN, MESSAGE_BYTES_MAX, RECIPIENT_KNOWN_WITHIN};
use crate::chat::base::line::BadLine;
use crate::chat::base::time::Moment;
use crate::chat::keys::identity::Author;
use crate::chat::wire::letterbox::Letterbox;
use crate::chat::wire::private_body::ACTION_BYTES_MAX;

impl Node {
    /// Text for one person alone, or a plain peer. At the start of a script nobody may be there yet.
    pub(super) fn message(&mut self, requester: Requester, place: RoomKey, to: Recipient, text: String) {
        match self.partner_of(to, place) {
            Ok(partner) => self.write_alone((requester, "msg"), place, partner, text),
            Err(PersonRefusal::Nobody(name)) if self.may_wait(&requester) => {
                self.addressed = Some(Addressed { requester, command: "msg", name, text, is_all: false });
            }
            Err(why) => self.refuse(requester, why),
        }
    }

    /// Whom a recipient means.
    pub(super) fn partner_of(&mut self, to: Recipient, place: RoomKey) -> Result<Partner, PersonRefusal> {
        match to {
            Recipient::PlainPeer(address) => Ok(Partner::PlainPeer(address)),
            Recipient::Person(name) => match self.find_to_write(&name, place)? {
                author if author == self.identity.author() => Err(PersonRefusal::Yourself),
                author => Ok(Partner::Person(author)),
            },
        }
    }

    pub(super) fn write_alone(
        &mut self,
        (requester, command): (Requester, &'static str),
        place: RoomKey,
        to: Partner,
        text: String,
    ) {
        match to {
            Partner::PlainPeer(address) => self.write(requester, command, address, text),
            Partner::Person(author) => self.write_private((requester, command), place, author, text, false),
        }
    }

    /// A message, or what one does, for whoever has this key: in this room, or else in one where both are.
    pub(super) fn write_private(
        &mut self,
        (requester, command): (Requester, &'static str),
        place: RoomKey,
        to: Author,
        text: String,
        is_action: bool,
    ) {
        let most = if is_action { ACTION_BYTES_MAX } else { MESSAGE_BYTES_MAX };
        if text.len() > most {
            return self.refuse(requester, TextRefusal::TooLongForRoom { bytes: text.len() as u64, most });
        }
        if self.rooms[place].names().ignores(to) {
            return self.refuse(requester, PersonRefusal::Ignored);
        }
        self.flush();
        let places = [place].into_iter().chain(self.rooms.keys());
        let found = places.into_iter().find(|&place| self.rooms[place].can_write_to(to));
        let (kind, now) = ((is_action, requester.is_auto), self.now);
        let sent = found.and_then(|place| Some((place, self.rooms[place].write_to(to, &text, kind, now)?)));
        let Some((place, message)) = sent else {
            let is_behind = self.former.superseded.iter().any(|former| former.room.behind().any(|author| author == to));
            let who = self.room_of(to, place).speaker(to);
            let why = if to == self.identity.author() {
                PersonRefusal::Yourself
            } else if is_behind {
                PersonRefusal::UnderFormerSecret(who)
            } else if self.rooms().any(|room| room.presence().present().any(|peer| peer.author == to)) {
                PersonRefusal::Unsealable(who)
            } else {
                PersonRefusal::NotHeard(who)
            };
            return self.refuse(requester, why);
        };
        if self.config.input.has_screen {
            let room = &mut self.rooms[place];
            let (me, to) = (room.me(), Conversation::Person(Person::from(&room.speaker(to))));
            let words = if is_action { MessageBody::Action(text) } else { MessageBody::Text(text) };
            self.show(Event::Wrote { to, who: me, words, sent: self.now.wall, id: Some(message) });
        }
        self.answer_sent(place, command, [(message, requester)].into_iter());
        self.unsettled.insert(place);
        self.collect(place);
    }

    /// Answers whoever last wrote to us alone.
    pub(super) fn reply(&mut self, requester: Requester, place: RoomKey, text: String) {
        let Some(writer) = self.writer else {
            return self.refuse(requester, PersonRefusal::NobodyWrote);
        };
        self.write_alone((requester, "reply"), place, writer, text);
    }

    /// What is typed goes to one person alone, or to a plain peer, from now on; or to the room again.
    pub(super) fn query(&mut self, requester: Requester, room: RoomKey, to: Option<Recipient>) {
        let partner = match to.map(|to| self.partner_of(to, room)).transpose() {
            Ok(partner) => partner,
            Err(why) => {
                self.be_nowhere(&requester);
                return self.refuse(requester, why);
            }
        };
        if let Some(Partner::PlainPeer(address)) = partner
            && !self.plain_peers.is_plain(address, self.now.moment)
        {
            self.be_nowhere(&requester);
            return self.refuse(requester, PersonRefusal::NoPlainPeer);
        }
        self.current = Place { partner, ..Place::room(room) };
        self.tell_target();
        self.answer(&requester, "query", Answered::Done);
    }

    /// Goes back to the room, and forgets with whom one talked.
    pub(super) fn close(&mut self, room: RoomKey) {
        let closed = self.conversation();
        self.current = Place::room(room);
        self.tell_target();
        if self.config.input.has_screen {
            self.show(Event::Closed(closed));
        }
    }

    /// One thing is to be said: to the room, or to one person once that is here.
    pub(super) fn say_once(&mut self, text: Result<String, BadLine>) {
        match (text, self.config.script.to.is_some()) {
            (Ok(text), true) => {
                let name = self.config.script.to.clone().unwrap_or_default();
                let requester = Requester::line(1);
                self.addressed = Some(Addressed { requester, command: "say", name, text, is_all: true });
                self.tick_addressed();
            }
            (text, _) => {
                self.on_text(Requester::line(1), text, false);
                self.flush();
            }
        }
    }

    /// Whether a script's message waits for its receiver: discovery takes a moment.
    fn may_wait(&self, requester: &Requester) -> bool {
        let is_early = self.now.moment < Moment::START.after(CONFIRM_WITHIN);
        is_early && requester.client == Client::STANDARD && !self.config.input.terminal && self.addressed.is_none()
    }

    /// Until when whoever is to be told something alone is waited for: who was known before is written to in any case.
    fn addressed_due(&mut self, name: &str) -> (Moment, bool) {
        let place = self.current.room;
        let is_known = self.find_to_write(name, place).is_ok_and(|author| self.rooms[place].can_write_to(author));
        let patience = self.config.script.timeout.unwrap_or(CONFIRM_WITHIN);
        (Moment::START.after(if is_known { patience.min(RECIPIENT_KNOWN_WITHIN) } else { patience }), is_known)
    }

    pub(super) fn addressed_deadline(&self) -> Option<(Moment, Reason)> {
        self.addressed.as_ref()?;
        Some((self.now.moment.after(LOOK_AGAIN), Reason::Recipient))
    }

    /// Writes to whoever was waited for, or says that it did not come.
    pub(super) fn tick_addressed(&mut self) {
        let Some(addressed) = self.addressed.take() else { return };
        let (due, is_known) = self.addressed_due(&addressed.name);
        let place = self.current.room;
        let found = self.find_to_write(&addressed.name, place);
        let room = &self.rooms[place];
        let is_here = |author: Author| room.presence().counted().any(|peer| peer.author == author);
        let is_due = due <= self.now.moment;
        match found {
            // Where it cannot be written to, that says why.
            Ok(author) if is_due || is_known && is_here(author) => {
                let Addressed { requester, command, text, .. } = addressed;
                self.write_private((requester, command), place, author, text, false);
            }
            Err(why @ PersonRefusal::Nobody(_)) if is_due && addressed.is_all => {
                self.show(Event::Fault(Fault::Line { requester: Requester::line(0), why: why.into() }));
                self.finish(Ending::NobodyThere);
            }
            Err(why) if is_due && addressed.is_all => self.refuse(Requester::line(0), why),
            Err(why) if is_due => self.refuse(addressed.requester, why),
            _ => self.addressed = Some(addressed),
        }
        if self.addressed.is_none() {
            self.go_on();
        }
        self.end_if_confirmed();
    }

    /// A prekey is replaced when it is a day old.
    pub(super) fn tick_prekey(&mut self) {
        if self.prekeys.is_due(self.now) {
            self.outputs.push_back(Output::RenewPrekey);
        }
    }

    pub(super) fn take_letterbox(&mut self, letterbox: Letterbox) {
        let now = self.now;
        self.prekeys.replace(letterbox, now);
        let former = self.former.superseded.iter_mut().map(|former| &mut former.room);
        for room in self.rooms.iter_mut().chain(former) {
            room.set_letterbox(self.prekeys.letterbox(), now);
        }
    }
}

/// Something for one person alone who is not here yet.
#[derive(Debug)]
pub struct Addressed {
    requester: Requester,
    command: &'static str,
    /// Whom, as named.
    name: String,
    text: String,
    /// It is all that is to be said.
    is_all: bool,
}

impl Addressed {
    /// Whether what is said behind it waits, too.
    pub fn holds_up(&self) -> bool {
        !self.is_all
    }
}

/// How often it is looked whether somebody came, beside whenever a datagram comes.
const LOOK_AGAIN: Duration = Duration::from_millis(250);
