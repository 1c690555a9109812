//! Rooms get another secret. Under the former one it is still listened to for a while, for those who were away.

use super::Node;
use super::former::SupersededRoom;
use super::rooms::RoomKey;
use crate::chat::api::answer::Answered;
use crate::chat::api::event::Event;
use crate::chat::api::machine::Output;
use crate::chat::api::notice::Secrecy;
use crate::chat::api::refusal::{PersonRefusal, Refusal, RoomRefusal};
use crate::chat::api::requester::Requester;
use crate::chat::api::talk::Speaker;
use crate::chat::base::bytes::Bytes;
use crate::chat::base::limits::{FORMER_SECRET_FOR, FORMER_SECRETS_MAX, LEFT_OUT_MAX, REKEY_PAUSE};
use crate::chat::base::time::{Stamp, Wall, millis};
use crate::chat::keys::carrier::CarrierKeys;
use crate::chat::keys::identity::{Author, LogId, ShortKey};
use crate::chat::keys::keychain::Keychain;
use crate::chat::keys::secret::{RoomKeys, RoomName, Secret};
use crate::chat::log::records::{Memory, Record};
use crate::chat::room::{Out, Renewal};

impl Node {
    /// Gives a room another secret, and hands it on to these members, or to all who are known.
    pub(super) fn rekey(&mut self, requester: &Requester, place: RoomKey, names: &[String]) {
        let now = self.now;
        let name = self.rooms[place].name().clone();
        let Some(chain) = self.secrets.of(&name).cloned() else {
            return self.refuse(requester.clone(), RoomRefusal::Open(name));
        };
        if now.wall.0 < chain.current.since().wall().0.saturating_add(millis(REKEY_PAUSE)) {
            return self.refuse(requester.clone(), RoomRefusal::RenewedJustNow(name));
        }
        let members = match self.members(place, names, &chain) {
            Ok(members) => members,
            Err(why) => return self.refuse(requester.clone(), why),
        };
        let (secret, since) = (self.rng.bytes::<16>(), self.rooms[place].stamp(now));
        let renewed = Secret::renewed(&secret, chain.current.room(), since);
        let chain = chain.renewed(renewed, until(since), self.left_out(place, &members));
        self.outputs.push_back(Output::KeepSecret(chain.clone()));
        let told = self.hand_on(place, &members, (&secret, since), &chain.left_out);
        self.succeed(place, chain);
        self.secrets.give(&name, members);
        self.show(Event::Notice(Secrecy::Renewed { room: name, by: None, members: told }.into()));
        self.answer(requester, "rekey", Answered::Done);
    }

    /// Who is to get another secret. Nobody who was left out: what goes under the secret in use is not for them to read, and
    /// who was given one may hand on another.
    fn members(&mut self, place: RoomKey, names: &[String], chain: &Keychain) -> Result<Vec<Author>, Refusal> {
        if names.is_empty() {
            let room = &mut self.rooms[place];
            let all = room.correspondents();
            let is_wanted = |&member: &Author| !room.names().ignores(member) && !chain.leaves_out(member);
            return Ok(all.into_iter().filter(is_wanted).collect());
        }
        let mut members = Vec::new();
        for name in names {
            let author = self.find(name, place)?;
            if author == self.identity.author() {
                continue; // who gives it has it
            }
            if chain.leaves_out(author) {
                return Err(super::invitations::left_out(name, &chain.room).into());
            }
            if !self.rooms[place].can_write_to(author) {
                return Err(PersonRefusal::UnsealableMember(name.clone()).into());
            }
            members.push(author);
        }
        Ok(members)
    }

    /// Who is known in a room and gets no other secret: whoever is here first.
    fn left_out(&mut self, place: RoomKey, members: &[Author]) -> Vec<ShortKey> {
        let room = &self.rooms[place];
        let here = room.presence().present().map(|peer| peer.author);
        let known: Vec<Author> = here.chain(room.correspondents()).collect();
        let is_out = |author: &Author| *author != self.identity.author() && !members.contains(author);
        let mut all: Vec<ShortKey> = Vec::new();
        for key in known.into_iter().filter(is_out).map(|author| Bytes::first_of(&author.0)) {
            if all.len() < LEFT_OUT_MAX && !all.contains(&key) {
                all.push(key);
            }
        }
        all
    }

    /// Hands a secret on to members, under the one in use. Says for whom it could be sealed.
    fn hand_on(
        &mut self,
        place: RoomKey,
        members: &[Author],
        (secret, since): (&[u8; 16], Stamp),
        left_out: &[ShortKey],
    ) -> Vec<Speaker> {
        let (room, now) = (&mut self.rooms[place], self.now);
        let told: Vec<Author> =
            members.iter().copied().filter(|&member| room.hand_on(member, secret, since, left_out, now)).collect();
        let told = told.into_iter().map(|member| room.speaker(member)).collect();
        self.collect(place);
        told
    }

    /// Somebody handed on another secret of a room, under the one in use, or under a former one. Of two that were made at once
    /// the later one holds, so that all hold the same. Who was left out knows a former one only, and moves nobody: what comes
    /// under one is taken by whoever gave the room the secret in use, from those who got it, and handed on to them.
    pub(super) fn renew(&mut self, name: &RoomName, is_former: bool, renewal: Renewal) {
        let Renewal { secret, since, left_out, by } = renewal;
        let (Some(chain), Some(place)) = (self.secrets.of(name).cloned(), self.place_of(name)) else { return };
        let current = (chain.current.since(), chain.current.invite().map_or(Bytes::ZERO, |bytes| Bytes(*bytes)));
        if (since, secret) <= current || since.is_ahead_of(self.now.wall) {
            return;
        }
        if is_former {
            let Some(members) = self.secrets.given_with(name, by).map(<[Author]>::to_vec) else { return };
            self.hand_on(place, &members, (&secret.0, since), &left_out);
        }
        let renewed = Secret::renewed(&secret.0, chain.current.room(), since);
        let chain = chain.renewed(renewed, until(since), left_out);
        self.outputs.push_back(Output::KeepSecret(chain.clone()));
        let by = self.rooms[place].speaker(by);
        self.succeed(place, chain);
        self.show(Event::Notice(Secrecy::Renewed { room: name.clone(), by: Some(by), members: Vec::new() }.into()));
    }

    /// The room goes on under the secret in use; under the one before, what was said there is still told.
    fn succeed(&mut self, place: RoomKey, chain: Keychain) {
        self.flush();
        let keys = RoomKeys::of(&chain.current);
        let carrier = CarrierKeys::of(&chain.current);
        let until = chain.former.first().map_or(self.now.wall, |&(_, until)| until);
        let name = chain.room.clone();
        self.secrets.insert(chain);
        self.foreign_keys.opened(&name, self.now.moment);
        let setup = self.setup(name.clone(), (keys.clone(), Some(carrier)), Memory::default());
        let next = self.rooms[place].succeeded(setup, self.now);
        let Some((tag, former)) = self.rooms.replace(place, keys.tag(), next) else { return };
        self.watch_serving(place);
        self.former.supersede(tag, former, until);
        self.former.depart_oldest(&name, FORMER_SECRETS_MAX, self.now.moment);
        self.unsettled.insert(place);
        self.collect_former();
        self.collect(place);
        self.ask_again(place); // what was asked for under the former secret is answered no more
    }

    /// Listens to the former secrets of a room.
    pub(super) fn open_former(&mut self, room: &RoomName, mut memories: impl Iterator<Item = Memory>) {
        let former = self.secrets.of(room).map(|chain| chain.former.clone()).unwrap_or_default();
        for (secret, until) in former {
            let keys = RoomKeys::of(&secret);
            let carrier = Some(CarrierKeys::of(&secret));
            let room = self.make_room(room.clone(), (keys.clone(), carrier), memories.next().unwrap_or_default());
            self.former.supersede(keys.tag(), room, until);
        }
        self.collect_former();
    }

    pub(super) fn tick_former(&mut self) {
        self.former.tick_superseded(self.now);
        self.collect_former();
        for room in self.former.depart_overdue(self.now) {
            if let Some(chain) = self.secrets.forget_before(&room, self.now.wall) {
                self.outputs.push_back(Output::KeepSecret(chain.clone()));
            }
            self.notice(Secrecy::FormerOver { room }.into());
        }
        self.tick_left();
    }

    /// Takes over what rooms under former secrets want done. Of them only what is said is told, and what became of what one
    /// said there oneself: who comes and goes is told where they have moved to.
    pub(super) fn collect_former(&mut self) {
        let (mut renewals, mut behind, mut offers) = (Vec::new(), Vec::new(), Vec::new());
        for index in 0..self.former.superseded.len() {
            while let Some(out) = self.former.superseded[index].room.poll() {
                if let Out::Store(record) = &out {
                    self.adopt(index, record);
                }
                match self.pass_on(self.former.superseded[index].tag, out) {
                    Some(Out::Show(Event::Said(said))) if self.was_said(index, said.id.log, said.id.seq) => {}
                    Some(Out::Show(Event::Said(mut said))) => {
                        said.marks.is_of_former = true;
                        self.tell_words(said);
                    }
                    Some(Out::Show(event @ Event::Delivery(_))) => self.show(event),
                    Some(Out::Renew(renewal)) => {
                        renewals.push((self.former.superseded[index].room.name().clone(), renewal));
                    }
                    Some(Out::Behind(author)) => behind.push((index, author)),
                    Some(out @ (Out::Offered(_) | Out::Withdrawn(_) | Out::OfferAnswered { .. })) => {
                        offers.push((self.former.superseded[index].room.name().clone(), out));
                    }
                    _ => {}
                }
            }
        }
        for (index, author) in behind {
            self.tell_behind(index, author);
        }
        for (name, out) in offers {
            match (self.place_of(&name), out) {
                (Some(place), Out::Offered(here)) => drop(self.offered(place, *here)),
                (_, Out::Withdrawn(entry)) => self.withdrawn(entry),
                (_, Out::OfferAnswered { by, offer, answer }) => self.offer_answered(by, offer, answer),
                _ => {}
            }
        }
        for (name, renewal) in renewals {
            self.renew(&name, true, renewal);
        }
    }

    /// What came under a former secret is held and offered under the one in use, too, and not shown again there.
    fn adopt(&mut self, former: usize, record: &Record) {
        let name = self.former.superseded[former].room.name().clone();
        if let (Record::Entry { entry, is_own: false, .. }, Some(place)) = (record, self.place_of(&name))
            && let Some(adopted) = self.rooms[place].adopt(entry)
        {
            self.former.superseded[former].adopted.entry(adopted);
        }
    }

    /// Whether it came under the secret in use before, from somebody who had adopted it.
    fn was_said(&self, former: usize, log: LogId, seq: u64) -> bool {
        let SupersededRoom { room, adopted, .. } = &self.former.superseded[former];
        let Some(place) = self.place_of(room.name()) else { return false };
        adopted.get(&(log, seq)).is_none()
            && self.rooms[place].archive().log(log).is_some_and(|log| log.entry(seq).is_some())
    }
}

/// Until when the secret that one of this time replaced is listened to: everywhere the same.
fn until(since: Stamp) -> Wall {
    Wall(since.wall().0.saturating_add(millis(FORMER_SECRET_FOR)))
}
