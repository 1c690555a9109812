//! Two instances agree on a transfer: asks for one, and grants what others ask for. The order of the checks is that of
//! PROTOCOL.md, section 11: nothing is kept, verified or said louder than it was asked, before the address is proven.

use std::net::SocketAddr;

use super::Room;
use super::begins::{AnswerAgain, FetchNumber, Granted, OpenBegin};
use super::setup::Out;
use crate::chat::api::machine::{To, Way};
use crate::chat::base::time::Now;
use crate::chat::keys::exchange::{
    Accept, BEGIN_CONTEXT_BYTES, Begin, Ephemeral, EphemeralKey, accept_hash, begin_hash,
};
use crate::chat::keys::identity::{Author, Purpose, Run, is_signed, log_id};
use crate::chat::wire;
use crate::chat::wire::frame::{Cookie, Frame, Signed};

impl Room {
    /// Asks an instance of `of` for a transfer, that of `run` first where it is here. Those in `tried` are not asked again.
    /// Says which it asks; `None`: there is none that is heard directly.
    pub fn begin_fetch(
        &mut self,
        fetch: FetchNumber,
        of: Author,
        run: Option<Run>,
        tried: &[Run],
        now: Now,
    ) -> Option<Run> {
        self.pass_time(now);
        let instances = self.presence.present().filter(|peer| peer.author == of && !tried.contains(&peer.run));
        let reached = instances.filter_map(|peer| Some((Some(peer.run) != run, peer.run, peer.direct_address()?)));
        let (_, holder_run, to) = reached.min_by_key(|&(is_other, run, _)| (is_other, run))?;
        let cookie = self.addresses.given_by(to);
        let begin = self.new_begin((of, holder_run), cookie);
        self.send_beacon(&[To::Address(to)]); // it has to know where this instance is now
        self.send_begin(to, &begin);
        self.begins.attempt(fetch, (of, holder_run), (to, cookie), begin, now.moment);
        Some(holder_run)
    }

    /// Whether somebody who is here has this key, and whether an instance of it is heard directly.
    pub fn is_reached(&self, author: Author) -> Option<bool> {
        let mut instances = self.presence.present().filter(|peer| peer.author == author).peekable();
        instances.peek()?;
        Some(instances.any(|peer| peer.direct_address().is_some()))
    }

    /// Whether something is offered here: only then is anybody answered who asks for a transfer.
    pub fn set_serving(&mut self, serves: bool) {
        self.serves = serves;
    }

    /// It is not wanted any more.
    pub fn forget_fetch(&mut self, fetch: FetchNumber) {
        self.begins.forget(fetch);
    }

    fn new_begin(&mut self, (holder, holder_run): (Author, Run), cookie: Cookie) -> OpenBegin {
        let (author, run, time) = (self.own.author(), self.own.run(), self.own.stamp(self.now.wall));
        let mut begin = Begin { author, run, time, holder, holder_run, cookie, key: EphemeralKey::ZERO };
        let context = [&self.id.0[..], &wire::encode_begin(&begin)[..BEGIN_CONTEXT_BYTES]].concat();
        let secret = Ephemeral::new(self.own.identity(), &self.rng.bytes(), &context);
        begin.key = secret.key();
        let bytes = wire::encode_begin(&begin);
        let signature = self.own.identity().sign(Purpose::Begin, self.id, &bytes);
        let hash = begin_hash(self.id, &bytes);
        OpenBegin { bytes, signature, hash, secret }
    }

    fn send_begin(&mut self, to: SocketAddr, begin: &OpenBegin) {
        let begin = Signed { bytes: &begin.bytes, signature: begin.signature };
        self.send(to, &Frame::Begin { begin });
    }

    /// Whoever is asked for a transfer wants another cookie.
    pub(super) fn begin_anew(&mut self, from: SocketAddr, cookie: Cookie) {
        let Some(holder) = self.begins.wants_anew(from, cookie, self.now.moment) else { return };
        let begin = self.new_begin(holder, cookie);
        self.send_begin(from, &begin);
        self.begins.begun_anew(from, cookie, begin, self.now.moment);
    }

    pub(super) fn tick_begins(&mut self) {
        let (again, failed) = self.begins.take_due(self.now.moment);
        for (to, (bytes, signature)) in again {
            self.send(to, &Frame::Begin { begin: Signed { bytes: &bytes, signature } });
        }
        for fetch in failed {
            self.outputs.push(Out::NotBegun(fetch));
        }
    }

    /// Somebody wants to fetch something from this instance.
    pub(super) fn on_begin(&mut self, from: SocketAddr, way: Way, signed: Signed<'_>) {
        if !self.serves || way != Way::Unicast || self.superseded.since().is_some() {
            return;
        }
        let Some(begin) = wire::begin(signed.bytes) else { return self.addresses.count_malformed() };
        let by = (begin.author, begin.run);
        if (begin.holder, begin.holder_run) != (self.own.author(), self.own.run()) {
            return;
        }
        let hash = begin_hash(self.id, signed.bytes);
        match self.begins.answered(hash, from, self.now.moment) {
            Some(AnswerAgain::Say((bytes, signature))) => {
                return self.send(from, &Frame::Accept { accept: Signed { bytes: &bytes, signature } });
            }
            Some(AnswerAgain::NotNow) => return,
            None => {}
        }
        if !self.takes_cookie(from, begin.cookie) {
            return;
        }
        let log = log_id(self.id, begin.author, begin.run);
        let is_live = self.presence.peer(log).is_some_and(|peer| peer.is_present && peer.is_at(from));
        if begin.author == self.own.author() || self.names.ignores(begin.author) || !is_live {
            return;
        }
        let is_strange = !self.archive.knows(begin.author);
        let now = self.now.moment;
        if !self.begins.is_later(by, begin.time) || !self.begins.may_grant(by, from, is_strange, now) {
            return;
        }
        if !self.may_verify(from) {
            return;
        }
        let proof = (begin.author, signed.signature);
        if !is_signed(&*self.verifier, proof, Purpose::Begin, self.id, signed.bytes) {
            return self.distrust(from);
        }
        let context = [&self.id.0[..], &hash.0].concat();
        let secret = Ephemeral::new(self.own.identity(), &self.rng.bytes(), &context);
        let bytes = wire::encode_accept(&Accept { begin: hash, key: secret.key() });
        let Some(keys) = secret.keys(begin.key, hash, accept_hash(self.id, &bytes)) else { return };
        let signature = self.own.identity().sign(Purpose::Accept, self.id, &bytes);
        self.send(from, &Frame::Accept { accept: Signed { bytes: &bytes, signature } });
        let accept = (bytes, signature);
        self.begins.grant(Granted { begin: hash, by, time: begin.time, at: from, accept, is_strange }, now);
        self.outputs.push(Out::Granted { keys, to: by, at: from, is_strange });
    }

    /// What this node asked for is granted.
    pub(super) fn on_accept(&mut self, from: SocketAddr, signed: Signed<'_>) {
        if self.superseded.since().is_some() {
            return;
        }
        let Some(accept) = wire::accept(signed.bytes) else { return self.addresses.count_malformed() };
        let Some(holder) = self.begins.holder_of(accept.begin) else { return };
        if !self.may_verify(from) {
            return;
        }
        if !is_signed(&*self.verifier, (holder, signed.signature), Purpose::Accept, self.id, signed.bytes) {
            return self.distrust(from);
        }
        let hash = accept_hash(self.id, signed.bytes);
        if let Some((fetch, at, keys)) = self.begins.accepted(accept.begin, accept.key, hash) {
            self.outputs.push(Out::Begun { fetch, keys, at });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;
    use std::time::Duration;

    use super::*;
    use crate::chat::api::machine::To;
    use crate::chat::base::bounds::Bounds;
    use crate::chat::base::bytes::Bytes;
    use crate::chat::base::limits::{GRANT_FOR, GRANTS_OF_ONE_BURST};
    use crate::chat::base::metrics::Detail;
    use crate::chat::base::rng::Rng;
    use crate::chat::base::time::{Moment, Wall};
    use crate::chat::keys::exchange::TransferKeys;
    use crate::chat::keys::identity::{Identity, Strict};
    use crate::chat::keys::secret::{RoomKeys, RoomName};
    use crate::chat::log::records::Memory;
    use crate::chat::room::RoomSetup;
    use crate::chat::wire::Seal;
    use crate::chat::wire::letterbox::Letterbox;

    /// Alice, who fetches, and bob, who has something, in one open room.
    struct Pair {
        rooms: [Room; 2],
        now: Now,
        /// What was sent: by whom, to where.
        sent: Vec<(usize, SocketAddr, Vec<u8>)>,
        granted: Vec<TransferKeys>,
        begun: Vec<TransferKeys>,
        failed: usize,
        /// Seals as any member can.
        member: Seal,
    }

    fn address(who: usize) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, 1], 7000 + u16::try_from(who).unwrap()))
    }

    fn key(who: usize) -> Identity {
        Identity::new(&[u8::try_from(who).unwrap() + 1; 32])
    }

    fn room(who: usize, seed: u8) -> Room {
        let setup = RoomSetup {
            name: RoomName::lobby(),
            keys: RoomKeys::open(&RoomName::lobby()),
            carrier: None,
            identity: Rc::new(key(who)),
            is_temporary: false,
            is_away: false,
            letterbox: Rc::new(Letterbox::new(&[5; 32], Wall(0))),
            nick: format!("nick{who}"),
            verifier: Rc::new(Strict::default()),
            peers: Vec::new(),
            confirm_within: None,
            is_watched: false,
            backlog_most: None,
            bounds: Bounds::default(),
            detail: Detail::None,
            since: None,
            is_observer: false,
            kind: crate::chat::api::talk::InstanceKind::Person,
            memory: Memory::default(),
            seed: [seed; 32],
        };
        Room::new(setup, Now { wall: Wall(1_000_000), ..Now::default() })
    }

    impl Pair {
        /// Who know each other.
        fn met() -> Self {
            let member = Seal::new(RoomKeys::open(&RoomName::lobby()), &mut Rng::new(&[9; 32]));
            let now = Now { wall: Wall(1_000_000), ..Now::default() };
            let rooms = [room(0, 1), room(1, 2)];
            let (granted, begun, sent) = (Vec::new(), Vec::new(), Vec::new());
            let mut pair = Self { rooms, now, sent, granted, begun, failed: 0, member };
            pair.rooms[1].set_serving(true);
            pair.wait(Duration::from_secs(3));
            assert!(pair.rooms.iter().all(|room| room.presence().len() == 1));
            pair
        }

        /// Does what both want, until they want nothing more.
        fn settle(&mut self, is_lost: &dyn Fn(usize, &[u8]) -> bool) {
            loop {
                let mut is_quiet = true;
                for who in 0..2 {
                    while let Some(out) = self.rooms[who].poll() {
                        is_quiet = false;
                        match out {
                            Out::Send(to, datagram) => {
                                let at = if let To::Address(at) = to { at } else { address(1 - who) };
                                self.sent.push((who, at, datagram.to_vec()));
                                let way =
                                    if matches!(to, To::Address(_)) { Way::Unicast } else { Way::Multicast(None) };
                                if at == address(1 - who) && !is_lost(who, &datagram) {
                                    self.rooms[1 - who].handle(address(who), way, &mut datagram.to_vec(), self.now);
                                }
                            }
                            Out::Commit => self.rooms[who].committed(self.now),
                            Out::Granted { keys, to, at, .. } => {
                                assert_eq!((to.0, at), (key(0).author(), address(0)));
                                self.granted.push(keys);
                            }
                            Out::Begun { keys, at, .. } => {
                                assert_eq!(at, address(1));
                                self.begun.push(keys);
                            }
                            Out::NotBegun(_) => self.failed += 1,
                            _ => {}
                        }
                    }
                }
                if is_quiet {
                    return;
                }
            }
        }

        fn wait(&mut self, span: Duration) {
            self.wait_where(span, &|_, _| false);
        }

        fn wait_where(&mut self, span: Duration, is_lost: &dyn Fn(usize, &[u8]) -> bool) {
            let end = self.now.moment.after(span);
            self.settle(is_lost);
            loop {
                let due = self.rooms.iter().filter_map(Room::deadline).map(|(due, _)| due).min().unwrap();
                self.pass_to(due.min(end).max(self.now.moment));
                if due > end {
                    return;
                }
                let now = self.now;
                self.rooms.iter_mut().for_each(|room| room.tick(now));
                self.settle(is_lost);
            }
        }

        fn pass_to(&mut self, moment: Moment) {
            let passed = u64::try_from(moment.since(self.now.moment).as_millis()).unwrap();
            self.now = Now { moment, wall: Wall(self.now.wall.0 + passed) };
        }

        fn asks(&mut self) {
            let now = self.now;
            self.sent.clear();
            assert!(self.rooms[0].begin_fetch(1, key(1).author(), None, &[], now).is_some());
        }

        /// The frames of one kind that somebody sent, in their order.
        fn frames(&self, of: usize, is: impl Fn(&Frame<'_>) -> bool) -> Vec<Vec<u8>> {
            let is_it = |datagram: &Vec<u8>| self.member.open(&mut datagram.clone()).is_ok_and(|frame| is(&frame));
            self.sent
                .iter()
                .filter(|(who, ..)| *who == of)
                .map(|(.., datagram)| datagram.clone())
                .filter(is_it)
                .collect()
        }

        fn comes(&mut self, to: usize, from: SocketAddr, mut datagram: Vec<u8>) {
            self.rooms[to].handle(from, Way::Unicast, &mut datagram, self.now);
            self.settle(&|_, _| false);
        }

        /// A member says this, as if it came from there.
        fn forges(&mut self, to: usize, from: SocketAddr, frame: &Frame<'_>) {
            let datagram = self.member.close(frame).unwrap().to_vec();
            self.comes(to, from, datagram);
        }
    }

    fn is_begin(frame: &Frame<'_>) -> bool {
        matches!(frame, Frame::Begin { .. })
    }

    fn is_accept(frame: &Frame<'_>) -> bool {
        matches!(frame, Frame::Accept { .. })
    }

    #[test]
    fn two_who_know_each_other_agree_on_the_keys_of_a_transfer() {
        let mut pair = Pair::met();
        pair.asks();
        pair.wait(Duration::from_millis(500));
        assert_eq!((pair.granted.len(), pair.begun.len(), pair.failed), (1, 1, 0));
        let (granted, begun) = (&pair.granted[0], &pair.begun[0]);
        assert_eq!((granted.pull(), granted.piece(), granted.id()), (begun.pull(), begun.piece(), begun.id()));
        let sizes = [pair.frames(0, is_begin)[0].len(), pair.frames(1, is_accept)[0].len()];
        assert_eq!(sizes, [245, 181]);
    }

    #[test]
    fn whatever_is_lost_the_begin_is_said_again_and_answered_alike() {
        let mut pair = Pair::met();
        pair.asks();
        pair.wait_where(Duration::from_millis(150), &|who, _| who == 1);
        assert_eq!(pair.begun.len(), 0);
        pair.wait(Duration::from_secs(2));
        assert_eq!((pair.granted.len(), pair.begun.len()), (1, 1));
        let accepts = pair.frames(1, is_accept);
        assert!(accepts.len() >= 2, "{}", accepts.len());
        for accept in accepts {
            pair.comes(0, address(1), accept);
        }
        assert_eq!(pair.begun.len(), 1, "one pair of keys");
    }

    #[test]
    fn who_does_not_answer_is_given_up_and_who_offers_nothing_answers_nobody() {
        let mut pair = Pair::met();
        pair.rooms[1].set_serving(false);
        pair.asks();
        pair.wait(Duration::from_secs(4));
        assert_eq!((pair.failed, pair.frames(1, is_accept).len(), pair.granted.len()), (1, 0, 0));
        let now = pair.now;
        let run = pair.rooms[1].own_run();
        assert_eq!(pair.rooms[0].begin_fetch(2, key(1).author(), None, &[run], now), None, "it was tried");
        assert_eq!(pair.rooms[0].begin_fetch(3, Bytes([7; 32]), None, &[], now), None, "nobody has this key");
    }

    #[test]
    fn a_begin_that_is_replayed_draws_the_same_answer_or_none() {
        let mut pair = Pair::met();
        pair.asks();
        pair.wait(Duration::from_millis(500));
        let begin = pair.frames(0, is_begin).pop().unwrap();
        pair.sent.clear();
        pair.comes(1, address(0), begin.clone());
        assert_eq!(pair.frames(1, is_accept).len(), 1, "the same Accept");
        pair.comes(1, address(0), begin.clone());
        assert_eq!(pair.frames(1, is_accept).len(), 1, "not again at once");
        pair.comes(1, SocketAddr::from(([10, 0, 0, 9], 1)), begin.clone());
        assert_eq!(pair.frames(1, is_accept).len(), 1, "from elsewhere it has to prove its address");
        pair.wait(GRANT_FOR);
        pair.sent.clear();
        pair.comes(1, address(0), begin.clone());
        assert_eq!((pair.frames(1, is_accept).len(), pair.granted.len()), (0, 1), "it is no later than the last");
        pair.rooms[1] = room(1, 77);
        pair.rooms[1].set_serving(true);
        pair.comes(1, address(0), begin);
        assert_eq!(pair.frames(1, is_accept).len(), 0, "another run was asked");
    }

    /// Whoever has stolen alice's key can speak for her, and not to her for bob.
    #[test]
    fn an_accept_that_bob_did_not_sign_gives_no_keys() {
        let mut pair = Pair::met();
        pair.asks();
        pair.settle(&|who, _| who == 0); // bob hears nothing of it
        let begin = pair.frames(0, is_begin).pop().unwrap();
        let mut opened = begin.clone();
        let Ok(Frame::Begin { begin: signed }) = pair.member.open(&mut opened) else { panic!("a Begin") };
        let room = pair.rooms[0].id;
        let accept = wire::encode_accept(&Accept { begin: begin_hash(room, signed.bytes), key: Bytes([9; 32]) });
        for (signer, purpose, signed_room) in [
            (key(0), Purpose::Accept, room),
            (key(1), Purpose::Begin, room),
            (key(1), Purpose::Entry, room),
            (key(1), Purpose::Accept, Bytes([1; 16])),
        ] {
            let signature = signer.sign(purpose, signed_room, &accept);
            pair.forges(0, address(1), &Frame::Accept { accept: Signed { bytes: &accept, signature } });
        }
        assert_eq!(pair.begun.len(), 0);
        let signature = key(1).sign(Purpose::Accept, room, &accept);
        pair.forges(0, address(1), &Frame::Accept { accept: Signed { bytes: &accept, signature } });
        assert_eq!(pair.begun.len(), 1, "the very same with bob's signature");
    }

    /// A member can send Retrys in bob's name, before alice asks, before the right one comes, and after it.
    #[test]
    fn forged_retrys_do_not_keep_two_apart() {
        for early in [3, 100] {
            let mut pair = Pair::met();
            for number in 0..=early {
                let retry = pair.member.close(&Frame::Retry { cookie: Bytes([number; 8]) }).unwrap();
                pair.rooms[0].handle(address(1), Way::Unicast, &mut retry.to_vec(), pair.now);
                pair.settle(&|_, _| true); // nothing of either gets through yet
                if number == 0 {
                    pair.asks();
                }
            }
            for round in 0..25 {
                pair.wait(Duration::from_millis(100));
                pair.forges(0, address(1), &Frame::Retry { cookie: Bytes([100 + round; 8]) });
            }
            assert!(!pair.begun.is_empty(), "{early} before the first answer");
        }
    }

    #[test]
    fn a_begin_without_a_cookie_that_holds_draws_a_retry_and_nothing_else() {
        let mut pair = Pair::met();
        let (room, run) = (pair.rooms[0].id, pair.rooms[0].own_run());
        let time = pair.rooms[0].stamp(pair.now);
        let (holder, holder_run) = (key(1).author(), pair.rooms[1].own_run());
        let secret = Ephemeral::new(&key(0), &[4; 32], b"x");
        let begin =
            Begin { author: key(0).author(), run, time, holder, holder_run, cookie: Bytes([1; 8]), key: secret.key() };
        let bytes = wire::encode_begin(&begin);
        let signature = key(0).sign(Purpose::Begin, room, &bytes);
        pair.sent.clear();
        pair.forges(1, address(0), &Frame::Begin { begin: Signed { bytes: &bytes, signature } });
        assert_eq!((pair.granted.len(), pair.frames(1, is_accept).len()), (0, 0));
        assert_eq!(pair.frames(1, |frame| matches!(frame, Frame::Retry { .. })).len(), 1);
    }

    #[test]
    fn no_address_draws_more_than_came_in_its_name() {
        let mut pair = Pair::met();
        pair.asks();
        pair.wait(Duration::from_millis(500));
        let begin = pair.frames(0, is_begin).pop().unwrap();
        let victim = SocketAddr::from(([10, 0, 0, 99], 5));
        pair.sent.clear();
        (0..100).for_each(|_| pair.comes(1, victim, begin.clone()));
        let drawn: usize =
            pair.sent.iter().filter(|(_, to, _)| *to == victim).map(|(.., datagram)| datagram.len()).sum();
        assert!(drawn <= 100 * begin.len() / 4, "{drawn} bytes for {}", 100 * begin.len());
    }

    #[test]
    fn one_author_gets_so_many_in_a_second_and_no_more() {
        let mut pair = Pair::met();
        let asker = pair.rooms[0].own.author();
        pair.rooms[1].archive.know(asker);
        for _ in 0..20 {
            pair.asks();
            pair.settle(&|_, _| false);
            let moment = pair.now.moment.after(Duration::from_millis(1));
            pair.pass_to(moment);
        }
        assert_eq!(pair.granted.len(), GRANTS_OF_ONE_BURST as usize);
    }

    #[test]
    fn keys_that_are_none_are_refused_on_both_sides() {
        let mut pair = Pair::met();
        pair.asks();
        pair.wait(Duration::from_millis(300));
        let cookie = pair.rooms[0].addresses.given_by(address(1));
        let (room, granted) = (pair.rooms[0].id, pair.granted.len());
        let time = pair.rooms[0].stamp(pair.now);
        let begin = Begin {
            author: key(0).author(),
            run: pair.rooms[0].own_run(),
            time,
            holder: key(1).author(),
            holder_run: pair.rooms[1].own_run(),
            cookie,
            key: EphemeralKey::ZERO,
        };
        let bytes = wire::encode_begin(&begin);
        let signature = key(0).sign(Purpose::Begin, room, &bytes);
        pair.forges(1, address(0), &Frame::Begin { begin: Signed { bytes: &bytes, signature } });
        assert_eq!(pair.granted.len(), granted);
    }
}
