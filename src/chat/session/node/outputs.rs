//! What rooms want done, and what of it is told.

use std::net::SocketAddr;

use super::Node;
use super::place::Partner;
use super::rooms::RoomKey;
use crate::chat::api::event::Event;
use crate::chat::api::machine::{Output, To};
use crate::chat::api::notice::Notice;
use crate::chat::api::talk::{Change, InstanceKind, MessageBody, Said, Speaker, Takeback};
use crate::chat::base::metrics::Kind;
use crate::chat::base::time::Now;
use crate::chat::keys::identity::{Author, key_tag};
use crate::chat::keys::secret::Tag;
use crate::chat::peers::names;
use crate::chat::room::{Out, Room};

impl Node {
    /// Every room: those that lines go to, those under former secrets, and those that were left.
    pub(super) fn every_room(&self) -> impl Iterator<Item = &Room> {
        self.rooms().chain(self.former.rooms())
    }

    /// Does something in every room.
    pub(super) fn for_each_room(&mut self, mut act: impl FnMut(&mut Room, Now)) {
        self.rooms.iter_mut().chain(self.former.rooms_mut()).for_each(|room| act(room, self.now));
        let mut last = None;
        while let Some(room) = self.rooms.after(last) {
            last = Some(room);
            self.collect(room);
        }
        self.collect_former();
        self.collect_left();
    }

    /// Does for a room, whichever it is, what can be done at once, and hands back what depends on which it is. A frame never
    /// goes to an address that speaks plain.
    pub(super) fn pass_on(&mut self, of: Tag, out: Out) -> Option<Out> {
        match out {
            Out::Store(record) => self.outputs.push_back(Output::Store(record)),
            Out::Commit => self.outputs.push_back(Output::Commit(self.commits.ask(of))),
            Out::Send(To::Address(to), _) if self.plain_peers.is_plain(to, self.now.moment) => {}
            out @ Out::Publish { .. } => self.publish(of, out),
            Out::Send(to, datagram) => self.outputs.push_back(Output::Send { to, datagram }),
            Out::Show(Event::Delivery(mut delivery)) => {
                delivery.requesters = self.requesters_of(&delivery);
                return Some(Out::Show(Event::Delivery(delivery)));
            }
            out @ (Out::Show(_)
            | Out::Renew(_)
            | Out::Moved { .. }
            | Out::Behind(_)
            | Out::Offered(_)
            | Out::Withdrawn(_)
            | Out::OfferAnswered { .. }
            | Out::Granted { .. }
            | Out::Begun { .. }
            | Out::NotBegun(_)) => {
                return Some(out);
            }
        }
        None
    }

    /// A datagram of a transfer, which no room counts.
    pub(super) fn send_transfer(&mut self, to: SocketAddr, datagram: Vec<u8>) {
        self.traffic.sent.add(Kind::Transfer);
        self.outputs.push_back(Output::Send { to: To::Address(to), datagram: datagram.into() });
    }

    /// The disk has what it was given up to this commit.
    pub(super) fn committed(&mut self, upto: u64) {
        for tag in self.commits.take(upto) {
            match self.rooms.tagged(tag) {
                Some(key) => {
                    self.rooms[key].committed(self.now);
                    self.collect(key);
                }
                None => self.former.every_tagged(tag).for_each(|room| room.committed(self.now)),
            }
        }
        self.collect_former();
        self.collect_left();
    }

    /// Takes over what a room wants done.
    pub(super) fn collect(&mut self, key: RoomKey) {
        while let Some(out) = self.rooms[key].poll() {
            match self.pass_on(self.rooms.tag(key), out) {
                Some(Out::Show(Event::Said(said))) => {
                    if matches!(said.words, MessageBody::Topic(_)) {
                        self.unsettled.insert(key);
                    }
                    self.tell_said(said);
                }
                Some(Out::Show(event)) => {
                    if let Event::Peer { room, who, change: Change::Joined { .. }, .. } = &event {
                        self.readmit(room, who.author);
                    }
                    self.unsettled.insert(key);
                    let newcomer = newcomer(&event);
                    self.tell_of_peers(event);
                    if let Some(author) = newcomer {
                        self.watch_name(key, author);
                        self.holder_came(author);
                    }
                }
                Some(Out::Renew(renewal)) => {
                    let name = self.rooms[key].name().clone();
                    self.renew(&name, false, renewal);
                }
                Some(Out::Moved { by, since }) => self.tell_moved(key, by, since),
                Some(Out::Offered(here)) => {
                    self.offered(key, *here);
                }
                Some(Out::Withdrawn(entry)) => self.withdrawn(entry),
                Some(Out::OfferAnswered { by, offer, answer }) => self.offer_answered(by, offer, answer),
                Some(Out::Granted { keys, to, at, is_strange }) => self.granted(key, keys, to, at, is_strange),
                Some(Out::Begun { fetch, keys, at }) => self.begun(fetch, keys, at),
                Some(Out::NotBegun(fetch)) => self.not_begun(fetch),
                _ => {}
            }
        }
        self.count_peers();
        self.tell_standing();
    }

    /// What rooms that were left want done. Of what they show only verdicts are told.
    pub(super) fn collect_left(&mut self) {
        let outs = |(tag, room): (Tag, &mut Room)| -> Vec<(Tag, Out)> {
            std::iter::from_fn(|| room.poll()).map(|out| (tag, out)).collect()
        };
        let outs: Vec<(Tag, Out)> = self.former.departed().flat_map(outs).collect();
        for (tag, out) in outs {
            if let Some(Out::Show(verdict @ Event::Delivery(_))) = self.pass_on(tag, out) {
                self.show(verdict); // it was found when the room was left, and waited for the disk
            }
        }
    }

    /// Tells what was said, unless only what is said from now on is wanted.
    fn tell_said(&mut self, said: Said) {
        if matches!(said.words, MessageBody::Deletion(Takeback { is_offer: true, .. })) {
            return; // what is withdrawn is told by its name
        }
        let is_old = match self.config.script.since {
            Some(since) => said.marks.is_before && said.sent < since,
            None => said.marks.is_before && self.config.script.expect.is_some(),
        };
        if is_old {
            return;
        }
        if said.to.is_some() {
            self.writer = Some(Partner::Person(said.who.author));
        }
        self.tell_words(said);
    }

    /// Tells what was said, which may be expected.
    pub(super) fn tell_words(&mut self, said: Said) {
        let text = match &said.words {
            MessageBody::Text(text) | MessageBody::Action(text) => Some(text.clone()),
            _ => None,
        };
        self.tell(Event::Said(said), text.as_deref());
    }

    /// Shows a message. While some are expected only those are shown, and they are the end.
    pub(super) fn tell(&mut self, event: Event, text: Option<&str>) {
        match &mut self.config.script.expect {
            Some(expect) => {
                if !self.phase.is_ending() && text.is_some_and(|text| expect.take(text)) {
                    self.show(event);
                    self.end_if_met();
                }
            }
            None if self.config.script.is_send => {}
            None => self.show(event),
        }
    }

    /// Whoever came may have our name. That is told once for each name that we take.
    fn watch_name(&mut self, key: RoomKey, author: Author) {
        let nick = &self.config.user.nick;
        let room = &mut self.rooms[key];
        let is_namesake = room.names().nick(author).is_some_and(|other| names::is_alike(other, nick));
        if is_namesake && self.told_namesake.as_ref() != Some(nick) && author != self.identity.author() {
            self.told_namesake = Some(nick.clone());
            let (room, tag) = (room.name().clone(), key_tag(self.identity.author()));
            let me = Speaker { nick: nick.clone(), tag: Some(tag), ..Speaker::me() };
            self.notice(Notice::SeenAs { room, me });
        }
    }

    fn tell_of_peers(&mut self, event: Event) {
        if self.config.script.is_send && self.config.fold && matches!(event, Event::Peer { .. }) {
            return;
        }
        if let Event::Peer { room, change, kind, .. } = &event
            && self.config.fold
            && *kind != InstanceKind::Passing
            && !self.crowd.is_told(room, change, self.now.moment)
        {
            return;
        }
        self.show(event);
    }

    /// Input is held until enough others are there; once they are it is never held again.
    fn count_peers(&mut self) {
        let presence = self.rooms[self.current.room].presence();
        let present = presence.counted().filter(|peer| peer.kind() != InstanceKind::Headless).count();
        self.told_alone |= !presence.is_empty();
        if present >= self.config.script.wait_peers {
            self.phase.others_came(self.now.moment);
        }
    }
}

/// Who came, or took another name.
fn newcomer(event: &Event) -> Option<Author> {
    match event {
        Event::Peer { who, change: Change::Joined { .. } | Change::Renamed(_), .. } => Some(who.author),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use super::*;
    use crate::chat::api::machine::{Input, Machine, Way};
    use crate::chat::base::line::Line;
    use crate::chat::base::rng::Rng;
    use crate::chat::base::time::Wall;
    use crate::chat::keys::keychain::Keychain;
    use crate::chat::keys::secret::{RoomKeys, RoomName, Secret};
    use crate::chat::log::records::Memory;
    use crate::chat::session::node::Config;
    use crate::chat::session::node::config::{Driven, Reach, Script};
    use crate::chat::session::node::tests::{Alone, usual, with_key};
    use crate::chat::wire::frame::Frame;
    use crate::chat::wire::{self, Seal};

    fn secret() -> Secret {
        Secret::of_invite(&[9; 16])
    }

    fn elsewhere() -> SocketAddr {
        "10.7.7.7:7788".parse().unwrap()
    }

    /// Somebody in a sealed room, at a time when its secret may be replaced.
    fn sealed(key: u8, peers: Vec<SocketAddr>) -> Alone {
        let team = RoomName::parse("team").unwrap();
        let keychains = vec![Keychain::new(team.clone(), secret())];
        let config = Config {
            rooms: vec![team],
            keychains,
            reach: Reach { listening: Vec::new(), peers, port: 7788, ..Reach::default() },
            input: Driven { commands: true, ..Driven::default() },
            script: Script { listen: true, ..Script::default() },
            ..usual()
        };
        let mut alone = with_key(key, config);
        alone.now.wall = Wall(1_700_000_000_000);
        alone
    }

    impl Alone {
        /// What it does; a room that is to be joined is OPEN.
        fn does(&mut self, input: Input<'_>) -> Vec<Output> {
            self.node.handle(input, self.now);
            let mut done = Vec::new();
            while let Some(output) = self.node.poll() {
                if let Output::Enter(room, _) = &output {
                    let (room, memory) = (room.clone(), Memory::default());
                    self.node.handle(
                        Input::Enter { room, keychain: None, memory: memory.into(), former: Vec::new() },
                        self.now,
                    );
                }
                if let Output::Commit(number) = output {
                    self.node.handle(Input::Committed(number), self.now);
                }
                done.push(output);
            }
            done
        }

        fn says(&mut self, text: &str) -> Vec<Output> {
            let mut done = self.does(Input::Line(Line { number: 1, text: Ok(text.to_owned()) }));
            done.extend(self.does(Input::Paused { begun: false }));
            done
        }

        fn hears(&mut self, bytes: &[u8], way: Way) -> Vec<Output> {
            self.does(Input::Datagram { from: elsewhere(), way, bytes })
        }

        fn hears_all(&mut self, done: &[Output]) -> Vec<Output> {
            datagrams(done).flat_map(|(_, bytes)| self.hears(bytes, Way::Unicast)).collect()
        }

        /// What it does in the next seconds.
        fn goes_on(&mut self, seconds: u64) -> Vec<Output> {
            let (end, mut done) = (self.now.moment.after(Duration::from_secs(seconds)), Vec::new());
            while let Some((due, _)) = self.node.deadline().filter(|(due, _)| *due <= end) {
                self.now.wall.0 += u64::try_from(due.since(self.now.moment).as_millis()).unwrap();
                self.now.moment = due;
                done.extend(self.does(Input::Tick));
            }
            done
        }
    }

    fn datagrams(done: &[Output]) -> impl Iterator<Item = (To, &[u8])> {
        done.iter().filter_map(|output| match output {
            Output::Send { to, datagram } => Some((*to, &**datagram)),
            _ => None,
        })
    }

    /// What is sent to the one who is elsewhere.
    fn sent(done: &[Output]) -> Vec<&[u8]> {
        datagrams(done).filter(|(to, _)| *to == To::Address(elsewhere())).map(|(_, bytes)| bytes).collect()
    }

    #[test]
    fn no_frame_goes_to_whoever_speaks_plain_whatever_becomes_of_the_rooms() {
        let mut tim = sealed(1, vec![elsewhere()]);
        assert!(!sent(&tim.goes_on(5)).is_empty(), "nobody can know yet that it speaks plain");
        for command in ["hi", "/rekey", "/join other", "/leave team", "/nick zoe", "/quit"] {
            tim.hears(b"hello", Way::Unicast);
            let mut done = tim.says(command);
            done.extend(tim.goes_on(30));
            assert_eq!(sent(&done).len(), 0, "after {command}");
        }
    }

    #[test]
    fn under_a_former_secret_a_new_nick_is_told_also_to_a_peer_named_later() {
        let mut tim = sealed(1, Vec::new());
        tim.says("/rekey");
        tim.does(Input::Peer(elsewhere()));
        tim.says("/nick zoe");
        let seal = Seal::new(RoomKeys::of(&secret()), &mut Rng::new(&[1; 32]));
        let nick = |datagram: &[u8]| match seal.open(&mut datagram.to_vec()) {
            Ok(Frame::Beacon { beacon, .. }) => Some(wire::claimed_beacon(beacon.bytes).unwrap().nick),
            _ => None,
        };
        let done = tim.goes_on(30);
        let nicks: Vec<String> = sent(&done).into_iter().filter_map(nick).collect();
        assert!(!nicks.is_empty() && nicks.iter().all(|nick| nick == "zoe"), "{nicks:?}");
    }

    #[test]
    fn a_slow_reader_loses_nobody_under_a_former_secret() {
        let (mut tim, mut bob) = (sealed(1, Vec::new()), sealed(2, Vec::new()));
        let mut answers = Vec::new();
        while tim.node.rooms[tim.node.current.room].presence().is_empty() {
            let mut said = tim.goes_on(1);
            said.append(&mut answers);
            let mut theirs = bob.goes_on(1);
            theirs.extend(bob.hears_all(&said));
            answers = tim.hears_all(&theirs);
        }
        tim.says("/rekey");
        tim.does(Input::Backpressure(true));
        tim.goes_on(60);
        assert_eq!(tim.node.former.superseded[0].room.presence().len(), 1, "nobody was listened to");
    }
}
