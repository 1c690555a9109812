//! The native session: several rooms, plain peers, commands, and when to end.

mod batch;
mod carriers;
mod carrying;
mod commands;
mod commits;
pub mod config;
mod contacts;
mod datagrams;
mod endings;
mod examination;
mod examine;
mod fetches;
mod fetching;
mod files;
mod foreign_keys;
mod former;
mod invitations;
mod joins;
mod membership;
mod named_peers;
mod offer_news;
mod offering;
mod offers;
mod outputs;
mod phase;
mod place;
mod prekeys;
mod private_messages;
mod rekey;
mod replies;
mod results;
mod rooms;
mod screen;
mod secrets;
mod serving;
mod servings;
mod sources;
mod unsent;
mod waking;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use crate::chat::api::event::Event;
use crate::chat::api::machine::{Advance, Input, Machine, Output, Reason};
use crate::chat::api::refusal::{CommandRefusal, Refusal};
use crate::chat::api::requester::{Client, Requester};
use crate::chat::api::talk::MessageId;
use crate::chat::base::limits::{ALONE_AFTER, FRAME_DATAGRAM_BYTES_MAX};
use crate::chat::base::metrics::{Trace, Traffic};
use crate::chat::base::rng::Rng;
use crate::chat::base::time::{Moment, Now};
use crate::chat::keys::identity::{Author, Identity, Verify};
use crate::chat::keys::secret::RoomName;
use crate::chat::keys::trust::Trust;
use crate::chat::log::records::Memory;
use crate::chat::plain::plain_peers::PlainPeers;
use crate::chat::room::Room;
use crate::chat::session::crowd::Crowd;

use batch::Batch;
use carriers::Carriers;
use commits::Commits;
pub use config::Config;
use examination::Examinations;
use files::Files;
use former::Former;
use joins::Joins;
use named_peers::NamedPeers;
use phase::Phase;
use place::{Partner, Place};
use prekeys::OwnPrekeys;
use results::Results;
use rooms::{RoomKey, Rooms};
use secrets::Secrets;

/// A native session. It is driven as [`Machine`] says.
#[derive(Debug)]
pub struct Node {
    config: Config,
    identity: Rc<Identity>,
    verifier: Rc<dyn Verify>,
    rng: Rng,
    rooms: Rooms,
    former: Former,
    joins: Joins,
    secrets: Secrets,
    /// Whose keys were heard that are not ours.
    foreign_keys: foreign_keys::ForeignKeys,
    /// Where lines go that say nothing else.
    current: Place,
    /// The room that lines went to before the one they go to now.
    came_from: RoomKey,
    /// Who last wrote to us alone.
    writer: Option<Partner>,
    /// What was typed last, and is said only when it is typed again.
    doubted: Option<String>,
    /// Who is to get the secret of a room when that is asked for once more.
    invited: Option<Author>,
    /// What is to be said to one person alone once that is here.
    addressed: Option<private_messages::Addressed>,
    /// What the user thinks of people.
    trust: BTreeMap<Author, Trust>,
    prekeys: OwnPrekeys,
    /// The rooms in which things stand otherwise than was told.
    unsettled: BTreeSet<RoomKey>,
    plain_peers: PlainPeers,
    carriers: Carriers,
    named: NamedPeers,
    /// No other machine can be reached.
    is_offline: bool,
    examinations: Examinations,
    files: Files,
    crowd: Crowd,
    outputs: VecDeque<Output>,
    commits: Commits,
    batch: Batch,
    /// Messages by whose fate somebody wants to know it.
    asked: BTreeMap<MessageId, Requester>,
    results: Results,
    phase: Phase,
    /// What this machine did not send, and why.
    unsent: Vec<unsent::Unsent>,
    told_alone: bool,
    /// That somebody else has this nick of ours was told.
    told_namesake: Option<String>,
    /// What passed that is no room's.
    traffic: Traffic,
    now: Now,
    /// Reused for every datagram, which is opened in place.
    scratch: Box<[u8; FRAME_DATAGRAM_BYTES_MAX]>,
}

impl Node {
    /// Joins the rooms, with what is remembered of each, in their order; and behind that what is remembered of each as far as
    /// it came under its former secrets, in the order of `config.keychains`.
    ///
    /// # Panics
    /// Without a room.
    pub fn new(
        mut config: Config,
        identity: Identity,
        memories: Vec<Memory>,
        verifier: &Rc<dyn Verify>,
        seed: &[u8; 32],
        now: Now,
    ) -> Self {
        assert!(!config.rooms.is_empty(), "a session has a room");
        let sealed: Vec<RoomName> = config.keychains.iter().map(|chain| chain.room.clone()).collect();
        let mut node = Self {
            identity: Rc::new(identity),
            verifier: Rc::clone(verifier),
            rng: Rng::new(seed),
            rooms: Rooms::default(),
            former: Former::default(),
            secrets: Secrets::new(std::mem::take(&mut config.keychains)),
            foreign_keys: foreign_keys::ForeignKeys::default(),
            current: Place::default(),
            came_from: RoomKey::default(),
            writer: None,
            doubted: None,
            invited: None,
            addressed: None,
            trust: BTreeMap::new(),
            prekeys: OwnPrekeys::new(Rc::clone(&config.letterbox), now),
            joins: Joins::default(),
            unsettled: BTreeSet::new(),
            plain_peers: PlainPeers::new(config.plain.charset),
            carriers: Carriers::new(std::mem::take(&mut config.reach.brokers)),
            named: NamedPeers::of(&config.reach.peers, now.moment),
            is_offline: false,
            examinations: Examinations::default(),
            files: Files::default(),
            crowd: Crowd::default(),
            outputs: config.reach.ways.iter().cloned().map(Output::Reach).collect(),
            commits: Commits::default(),
            batch: Batch::default(),
            asked: BTreeMap::new(),
            results: Results::default(),
            phase: Phase::new(config.script.wait_peers > 0),
            unsent: Vec::new(),
            told_alone: config.script.is_send,
            told_namesake: None,
            traffic: Traffic::default(),
            now,
            scratch: Box::new([0; FRAME_DATAGRAM_BYTES_MAX]),
            config,
        };
        let mut memories = memories.into_iter();
        for name in node.config.rooms.clone() {
            node.open(name, memories.next().unwrap_or_default());
        }
        for room in sealed {
            node.open_former(&room, memories.by_ref());
        }
        if node.config.input.has_screen {
            node.tell_target();
            node.unsettled.extend(node.rooms.keys());
        }
        for room in node.rooms.keys() {
            node.collect(room);
        }
        node.follow_rooms();
        node
    }

    /// The rooms, for whoever looks.
    pub fn rooms(&self) -> impl Iterator<Item = &Room> {
        self.rooms.iter()
    }

    /// Datagrams that came for rooms that are not ours.
    pub fn foreign(&self) -> u64 {
        self.traffic.refused.foreign
    }

    fn tick(&mut self, now: Now) {
        self.flush();
        if self.phase.is_ending() {
            return self.tick_goodbye();
        }
        self.tick_left();
        self.tick_former();
        self.tick_prekey();
        self.tick_addressed();
        self.tick_transfers();
        self.tick_carriers();
        let mut last = None;
        while let Some(room) = self.rooms.after(last) {
            last = Some(room);
            if self.rooms[room].deadline().is_some_and(|(due, _)| due <= now.moment) {
                self.rooms[room].tick(now);
                self.collect(room);
            }
        }
        let rooms = &self.rooms;
        let present = |name: &RoomName| rooms.named(name).map_or(0, |room| rooms[room].presence().len());
        for notice in self.crowd.take_due(now.moment, present) {
            self.notice(notice);
        }
        self.tell_alone();
        self.tick_named();
        self.tick_examination();
        self.tell_foreign_keys();
        self.tick_timeout();
        self.end_if_confirmed();
    }

    /// Whether a client may say anything more. Who waits for a room holds up nobody else.
    fn takes_more(&self, client: Client) -> bool {
        let is_held = client == Client::STANDARD && self.addressed.is_some();
        !is_held && self.phase.is_open() && !self.joins.holds(client) && self.rooms[self.current.room].takes_input()
    }

    /// Tells whoever looks so closely.
    fn trace(&mut self, trace: Trace) {
        if self.config.detail >= trace.detail() {
            self.show(Event::Trace(trace));
        }
    }

    fn show(&mut self, event: Event) {
        self.outputs.push_back(Output::Show(event));
    }
}

impl Machine for Node {
    fn handle(&mut self, input: Input<'_>, now: Now) {
        if self.phase.is_over() {
            return;
        }
        self.now = now;
        if self.phase.is_ending() && !matches!(input, Input::Tick | Input::Leave(_) | Input::Committed(_)) {
            return;
        }
        let waits = self.addressed.as_ref().is_some_and(private_messages::Addressed::holds_up);
        let Some(input) = self.joins.hold(input, waits) else { return };
        match input {
            Input::Datagram { from, way, bytes } => {
                self.on_datagram(from, way, bytes, now);
                self.go_on_examining();
                self.end_if_confirmed();
            }
            Input::Attach { client, listening } => {
                self.introduce(client, listening);
                if client == Client::STANDARD {
                    self.begin_script();
                }
            }
            Input::Examined(report) => self.on_examined(report),
            Input::Line(line) => {
                self.results.read(1);
                self.on_text(Requester::line(line.number), line.text, self.config.input.commands);
            }
            Input::Say(text) => {
                self.results.read(1);
                self.say_once(text);
            }
            Input::Request(request) => self.on_request(request),
            Input::Refused { requester, why } => {
                if matches!(why, Refusal::Command(CommandRefusal::JsonPlace(_))) {
                    self.be_nowhere(&requester);
                }
                self.refuse(requester, why);
            }
            Input::Enter { room, keychain, memory, former } => self.enter(&room, keychain, *memory, former),
            Input::Letterbox(letterbox) => self.take_letterbox(letterbox),
            Input::NotEntered { room, why } => self.not_entered(&room, why),
            Input::Choose(conversation) => self.choose(&conversation),
            Input::Paused { .. } => self.flush(),
            Input::End if self.config.input.is_ignored => {}
            Input::End => self.on_end_of_input(),
            Input::OutputClosed => self.on_output_closed(),
            Input::Leave(ending) => self.on_leave(ending),
            Input::Peer(address) => self.reach(address),
            Input::Backpressure(is_paused) => self.for_each_room(|room, now| room.set_paused(is_paused, now)),
            Input::NetworkChanged { has_network, is_more } => {
                self.is_offline = !has_network;
                self.for_each_room(|room, now| room.network_changed(has_network, is_more, now));
            }
            Input::Woke { slept, stopped } => self.on_wake(slept, stopped),
            Input::Committed(upto) => self.committed(upto),
            Input::Undelivered { to, why } => self.on_unsent(to, why),
            Input::Disk(done) => self.disk_done(done),
            Input::Broker(broker, input) => self.on_broker(&broker, input),
            Input::Ran { .. } => {} // of plain
            Input::Tick => self.tick(now),
        }
        self.follow_rooms();
    }

    fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn advance(&mut self, now: Now) -> Advance {
        self.now = now;
        if self.phase.is_ending() {
            return Advance::Idle;
        }
        if let Some(part) = self.files.fetches.next_ready() {
            return self.advance_fetch(part);
        }
        self.files.servings.next_ready().map_or(Advance::Idle, |id| self.advance_serving(id))
    }

    fn deadline(&self) -> Option<(Moment, Reason)> {
        if self.phase.is_ending() {
            return self.phase.goodbye_deadline().map(|due| (due, Reason::Goodbye));
        }
        let alone = (!self.told_alone).then_some((Moment::START.after(ALONE_AFTER), Reason::Alone));
        let crowd = self.crowd.deadline().map(|due| (due, Reason::Show));
        let foreign_keys = self.foreign_keys.deadline(self.now.moment).map(|due| (due, Reason::Alone));
        let rooms = self.rooms().filter_map(Room::deadline);
        let left = self.former.goodbye_deadline().map(|due| (due, Reason::Goodbye));
        let former = self.former.superseded_deadline(self.now).map(|due| (due, Reason::Former));
        let others = [former, Some((self.prekeys.deadline(), Reason::Prekey)), self.addressed_deadline()];
        let transfers = [self.files.servings.deadline(), self.files.fetches.deadline()].into_iter().flatten().min();
        let carriers = self.carriers.deadline().map(|due| (due, Reason::Afar));
        let met = self.phase.met_deadline().map(|due| (due, Reason::Expect));
        rooms
            .chain(left)
            .chain(met)
            .chain(carriers)
            .chain(transfers.map(|due| (due, Reason::Transfer)))
            .chain(alone)
            .chain(self.named.deadline().map(|due| (due, Reason::NamedPeer)))
            .chain(self.examination_deadline().map(|due| (due, Reason::Examination)))
            .chain(foreign_keys)
            .chain(others.into_iter().flatten())
            .chain(crowd)
            .chain(self.time_bound())
            .min_by_key(|&(due, _)| due)
    }

    fn takes_input(&self) -> bool {
        !self.config.input.is_ignored && !self.phase.has_input_ended() && self.takes_more(Client::STANDARD)
    }

    fn takes_commands(&self, of: Client) -> bool {
        (!self.phase.has_input_ended() || self.config.script.listen) && self.takes_more(of)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use regex::Regex;

    use super::config::{Driven, PlainConfig, Reach, Script, User};
    use super::*;
    use crate::chat::api::ending::Ending;
    use crate::chat::api::expect::Expect;
    use crate::chat::base::line::{BadLine, Line};
    use crate::chat::base::metrics::Detail;
    use crate::chat::base::time::Wall;
    use crate::chat::keys::identity::Strict;
    use crate::chat::wire::letterbox::Letterbox;

    /// Somebody alone, at a time that only the test moves.
    pub(super) struct Alone {
        pub node: Node,
        pub now: Now,
    }

    pub(super) fn usual() -> Config {
        Config {
            rooms: vec![RoomName::lobby()],
            keychains: Vec::new(),
            letterbox: Rc::new(Letterbox::new(&[3; 32], Wall(0))),
            user: User { nick: "tim".to_owned(), is_temporary: true, ..User::default() },
            reach: Reach { listening: Vec::new(), peers: Vec::new(), port: 7788, ..Reach::default() },
            plain: PlainConfig::default(),
            input: Driven::default(),
            receive_buffer: 1024 * 1024,
            file_bytes_max: None,
            script: Script::default(),
            fold: true,
            bounds: crate::chat::base::bounds::Bounds::default(),
            detail: Detail::None,
        }
    }

    /// Somebody types at a live screen.
    pub(super) fn on_screen() -> Driven {
        Driven { has_screen: true, commands: true, terminal: true, ..Driven::default() }
    }

    fn alone(config: Config) -> Alone {
        with_key(1, config)
    }

    pub(super) fn with_key(key: u8, config: Config) -> Alone {
        let verifier: Rc<dyn Verify> = Rc::new(Strict::default());
        let now = Now::default();
        Alone { node: Node::new(config, Identity::new(&[key; 32]), Vec::new(), &verifier, &[key; 32], now), now }
    }

    impl Alone {
        /// The ending, where it ended.
        fn handle(&mut self, input: Input<'_>) -> Option<Ending> {
            self.node.handle(input, self.now);
            let mut ending = None;
            while let Some(output) = self.node.poll() {
                match output {
                    Output::Commit(number) => self.node.handle(Input::Committed(number), self.now),
                    Output::Exit(exit) => ending = Some(exit),
                    _ => {}
                }
            }
            ending
        }

        fn types(&mut self, text: &str) -> Option<Ending> {
            self.handle(Input::Line(Line { number: 1, text: Ok(text.to_owned()) }));
            self.handle(Input::Paused { begun: false })
        }

        /// How it ends, and after how many seconds, if it does within a minute.
        fn ends(&mut self) -> Option<(Ending, u64)> {
            while let Some((due, _)) = self.node.deadline().filter(|(due, _)| due.since(Moment::START).as_secs() < 60) {
                self.now.moment = due;
                if let Some(ending) = self.handle(Input::Tick) {
                    return Some((ending, due.since(Moment::START).as_secs()));
                }
            }
            None
        }
    }

    #[test]
    fn input_that_ends_without_a_line_ends_it_at_once() {
        assert_eq!(alone(usual()).handle(Input::End), Some(Ending::EndOfInput));
    }

    #[test]
    fn after_the_last_line_receipts_are_waited_for() {
        let mut alone = alone(usual());
        assert_eq!((alone.types("hi"), alone.handle(Input::End)), (None, None));
        assert_eq!(alone.ends(), Some((Ending::NobodyThere, 5)));
    }

    #[test]
    fn a_closed_output_is_the_end_of_input_however_often_it_is_told() {
        let mut alone = alone(usual());
        alone.types("hi");
        assert_eq!((alone.handle(Input::OutputClosed), alone.handle(Input::OutputClosed)), (None, None));
        assert_eq!(alone.ends(), Some((Ending::NobodyThere, 5)));
    }

    #[test]
    fn a_listener_stays_and_a_signal_ends_it() {
        let mut alone = alone(Config { script: Script { listen: true, ..Script::default() }, ..usual() });
        alone.types("hi");
        assert_eq!((alone.handle(Input::End), alone.ends()), (None, None));
        let interrupted = Ending::Signal(2, "SIGINT");
        assert_eq!(alone.handle(Input::Leave(interrupted)), Some(interrupted));
        assert_eq!((alone.node.deadline(), alone.types("too late")), (None, None));
    }

    #[test]
    fn lines_are_held_until_enough_others_are_there_and_not_for_ever() {
        let mut alone = alone(Config {
            script: Script { wait_peers: 1, timeout: Some(Duration::from_secs(3)), ..Script::default() },
            ..usual()
        });
        assert!(!alone.node.takes_input());
        assert_eq!(alone.ends(), Some((Ending::TooFew, 3)));
    }

    #[test]
    fn what_is_expected_may_not_come() {
        let expect = Expect::new(vec![Regex::new("pong").unwrap()], false, 0);
        let mut alone = alone(Config {
            script: Script { expect, timeout: Some(Duration::from_secs(3)), ..Script::default() },
            ..usual()
        });
        assert_eq!(alone.handle(Input::End), None);
        assert_eq!(alone.ends(), Some((Ending::NotExpected, 3)));
    }

    #[test]
    fn a_screen_is_told_at_once_what_one_is_called_and_what_one_says() {
        let mut alone = alone(Config { input: on_screen(), ..usual() });
        let mut told = |text: &str| {
            alone.node.handle(Input::Line(Line { number: 0, text: Ok(text.to_owned()) }), Now::default());
            alone.node.handle(Input::Paused { begun: false }, Now::default());
            let events: Vec<Output> = std::iter::from_fn(|| alone.node.poll()).collect();
            format!("{events:?}")
        };
        assert!(told("/nick zoe").contains("me: Speaker { nick: \"zoe\""));
        let said = told("hello");
        assert!(said.contains("Wrote") && said.contains("Text(\"hello\")"));
        assert!(told(&format!("/me {}", "x".repeat(2000))).contains("TooLongForRoom"));
    }

    #[test]
    fn a_refused_line_outweighs_a_good_end() {
        let mut alone = alone(usual());
        alone.handle(Input::Line(Line { number: 1, text: Err(BadLine::Nul) }));
        assert_eq!(alone.handle(Input::End), Some(Ending::LinesRefused));
    }
}
