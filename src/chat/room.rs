//! One room: what comes in, what goes out, and when. It puts logs, repair, presence and the rest together.

mod afar;
mod announce;
mod anti_entropy;
mod arrive;
mod beacons;
mod begin;
mod begins;
mod carry;
mod census;
mod deliveries;
mod gaps;
mod handshakes;
mod hear;
mod leave;
mod observe;
mod offer;
mod outbox;
mod outputs;
mod pass_receipts;
mod passed_receipts;
mod pause;
mod persist;
mod private;
mod private_messages;
mod probe;
mod prove;
mod publish;
mod receipts;
mod receive;
mod relay;
mod relays;
mod remind;
mod reminders;
mod serve;
mod served;
mod setup;
mod show;
mod supersede;
mod superseded;
mod take_back;
mod timeline;
mod topic;
mod verdicts;
mod writer;

use std::net::SocketAddr;
use std::rc::Rc;

use crate::chat::api::event::Event;
use crate::chat::api::machine::{Reason, To};
use crate::chat::api::talk::{InstanceKind, Speaker};
use crate::chat::base::bounds::Bounds;
use crate::chat::base::limits::{SHUNNED_MAX, SMALL_ROOM_MAX};
use crate::chat::base::recent::Recent;
use crate::chat::base::rng::Rng;
use crate::chat::base::time::{Moment, Now};
use crate::chat::keys::identity::{Author, LogId, RoomId, Run, Verify};
use crate::chat::keys::secret::RoomName;
use crate::chat::log::archive::Archive;
use crate::chat::peers::addresses::Addresses;
use crate::chat::peers::names::Names;
use crate::chat::peers::presence::Presence;
use crate::chat::peers::probes::Probes;
use crate::chat::sync::compare::Compare;
use crate::chat::sync::flow::Flow;
use crate::chat::sync::repair::Repair;
use crate::chat::wire::Seal;
use crate::chat::wire::frame::Frame;

use afar::Afar;
use beacons::Beacons;
use begins::Begins;
use deliveries::Deliveries;
use gaps::Gaps;
use handshakes::Handshakes;
use outbox::Outbox;
use outputs::Outputs;
use passed_receipts::PassedReceipts;
use private_messages::PrivateMessages;
use receipts::Receipts;
use relays::Relays;
use reminders::Reminders;
use served::Served;
use superseded::Superseded;
use timeline::Timeline;
use topic::Topics;
use writer::Writer;

pub use begins::FetchNumber;
pub use census::Count;
pub use deliveries::Outcome;
pub use setup::{OfferHere, Out, Renewal, RoomSetup, Urgency};
pub use topic::Topic;

/// One room, without any I/O. It is driven like a [`Machine`](crate::chat::api::machine::Machine), by the node.
#[derive(Debug)]
pub struct Room {
    name: RoomName,
    id: RoomId,
    seal: Seal,
    verifier: Rc<dyn Verify>,
    rng: Rng,
    now: Now,
    own: Writer,
    bounds: Bounds,
    archive: Archive,
    presence: Presence,
    names: Names,
    addresses: Addresses,
    repair: Repair,
    compare: Compare,
    /// Since when a log has a gap that nobody filled.
    gaps: Gaps,
    served: Served,
    flow: Flow,
    beacons: Beacons,
    handshakes: Handshakes,
    probes: Probes,
    begins: Begins,
    kind: InstanceKind,
    /// It only listens: nobody there learns of it but those whom it asks for an answer.
    is_observer: bool,
    /// Goodbye was said.
    is_leaving: bool,
    /// Something is offered here: who asks for a transfer is answered.
    serves: bool,
    receipts: Receipts,
    reminders: Reminders,
    relays: Relays,
    /// The room at a broker.
    afar: Afar,
    passed_receipts: PassedReceipts,
    deliveries: Deliveries,
    outbox: Outbox,
    timeline: Timeline,
    private: PrivateMessages,
    superseded: Superseded,
    /// Logs of people of whom nothing is wanted.
    shunned: Recent<LogId, bool>,
    topics: Topics,
    outputs: Outputs,
}

impl Room {
    /// Joins a room.
    pub fn new(setup: RoomSetup, now: Now) -> Self {
        let mut rng = Rng::new(&setup.seed);
        let id = setup.keys.id();
        let run = Run::first_of(&rng.bytes::<8>());
        let mut names = Names::default();
        names.learn(setup.identity.author(), &setup.nick);
        let addresses = Addresses::new(&setup.peers, &mut rng);
        let mut archive = Archive::new(setup.bounds);
        archive.know(setup.identity.author());
        let own = Writer::new(id, setup.identity, setup.is_temporary, setup.nick, run);
        let presence = Presence::new(own.log());
        let mut room = Self {
            id,
            seal: Seal::new(setup.keys, &mut rng),
            verifier: setup.verifier,
            now,
            own,
            bounds: setup.bounds,
            archive,
            presence,
            names,
            addresses,
            repair: Repair::new(&mut rng),
            compare: Compare::default(),
            gaps: Gaps::default(),
            served: Served::default(),
            flow: Flow::default(),
            beacons: Beacons::new(&mut rng, now.moment),
            handshakes: Handshakes::default(),
            probes: Probes::default(),
            begins: Begins::default(),
            kind: setup.kind,
            is_observer: setup.is_observer,
            is_leaving: false,
            serves: false,
            receipts: Receipts::default(),
            reminders: Reminders::default(),
            relays: Relays::default(),
            afar: Afar::new(setup.carrier),
            passed_receipts: PassedReceipts::default(),
            deliveries: Deliveries::new(setup.confirm_within, now.moment),
            outbox: Outbox::default(),
            timeline: Timeline::new(now.moment, setup.is_watched, setup.backlog_most),
            private: PrivateMessages::new(setup.letterbox),
            superseded: Superseded::default(),
            shunned: Recent::new(SHUNNED_MAX),
            topics: Topics::default(),
            outputs: Outputs::new(setup.detail),
            rng,
            name: setup.name,
        };
        room.restore(setup.memory, setup.since);
        let kept = room.holding();
        room.beacons.keep(kept);
        room.compare.remember(room.archive.digest().root(), 0);
        room
    }

    /// Does what is due.
    pub fn tick(&mut self, now: Now) {
        self.pass_time(now);
        self.tick_probes();
        if self.is_observer {
            return self.tick_presence();
        }
        self.flow.unblock();
        self.tick_presence();
        self.tick_receipts();
        self.tick_reminders();
        self.tick_repair();
        self.tick_compare();
        self.tick_relays();
        self.tick_afar();
        self.tick_passed_receipts();
        self.tick_showing();
        self.tick_beacon();
        self.tick_begins();
        self.judge();
        self.watch_flow();
        self.remember_root();
    }

    /// When something is due, and what.
    pub fn deadline(&self) -> Option<(Moment, Reason)> {
        let probe = self.probes.deadline().map(|due| (due, Reason::Examination));
        if self.is_observer {
            let lost = self.presence.deadline().map(|due| (due, Reason::Lost));
            return probe.into_iter().chain(lost).min_by_key(|&(moment, _)| moment);
        }
        let all = [
            (Some(self.beacons.deadline()), Reason::Beacon),
            (self.handshakes.deadline(), Reason::Beacon),
            (self.presence.deadline(), Reason::Lost),
            (self.receipts.deadline(), Reason::Receipt),
            (self.reminders.deadline(), Reason::Reminder),
            (self.repair.deadline(), Reason::Repair),
            (self.gaps.deadline(), Reason::GiveUp),
            (self.compare.deadline(), Reason::Compare),
            (self.relays.deadline(), Reason::Relay),
            (self.afar.deadline(), Reason::Afar),
            (self.passed_receipts.deadline(), Reason::Relay),
            (self.timeline.deadline(), Reason::Show),
            (self.deliveries.deadline(), Reason::Verdict),
            (self.flow.deadline(), Reason::Flow),
            (self.begins.deadline(), Reason::Transfer),
        ];
        let due = all.into_iter().filter_map(|(moment, reason)| Some((moment?, reason)));
        due.chain(probe).min_by_key(|&(moment, _)| moment)
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Out> {
        self.outputs.pop()
    }

    /// Its name.
    pub fn name(&self) -> &RoomName {
        &self.name
    }

    /// What it is known by, whatever its secret.
    pub fn id(&self) -> RoomId {
        self.id
    }

    /// Who is here.
    pub fn presence(&self) -> &Presence {
        &self.presence
    }

    /// What is held.
    pub fn archive(&self) -> &Archive {
        &self.archive
    }

    /// My own run.
    pub fn own_run(&self) -> Run {
        self.own.run()
    }

    /// My own log.
    pub fn own_log(&self) -> LogId {
        self.own.log()
    }

    /// What it is about, where that is known.
    pub fn topic(&self) -> Option<&Topic> {
        self.topics.current()
    }

    /// What people are called.
    pub fn names(&mut self) -> &mut Names {
        &mut self.names
    }

    /// What one is called here.
    pub fn me(&mut self) -> Speaker {
        self.speaker(self.own.author())
    }

    /// Who somebody is, by the name that holds here.
    pub fn speaker(&mut self, author: Author) -> Speaker {
        self.names.speaker(author)
    }

    /// Datagrams are not taken from now on, or taken again.
    pub fn set_paused(&mut self, is_paused: bool, now: Now) {
        self.presence.set_paused(is_paused, now.moment);
    }

    /// Somebody to be sent to by unicast from now on.
    pub fn add_peer(&mut self, peer: SocketAddr, now: Now) {
        if self.addresses.add(peer) {
            self.beacons.hurry(now.moment);
        }
    }

    /// At most 16 others without a broker: everybody is sent to by unicast, and confirms.
    fn is_small(&self) -> bool {
        self.presence.here() <= SMALL_ROOM_MAX
    }

    /// Whether a log is of nobody who is here or known.
    fn is_strange(&self, log: LogId) -> bool {
        let is_here = self.presence.peer(log).is_some_and(|peer| peer.is_present);
        !is_here && !self.archive.author(log).is_some_and(|author| self.archive.knows(author))
    }

    /// Whether one more signature that came from this address may be looked at.
    fn may_verify(&mut self, from: SocketAddr) -> bool {
        self.addresses.may_verify(from, self.presence.is_live(from), self.now.moment)
    }

    /// A signature that came from there was wrong.
    fn distrust(&mut self, from: SocketAddr) {
        self.addresses.distrust(from, self.presence.is_live(from), self.now.moment);
    }

    fn remember_root(&mut self) {
        let root = self.archive.digest().root();
        let own = self.archive.log(self.own.log()).map_or(0, crate::chat::log::Log::settled);
        self.compare.remember(root, own);
    }

    fn show(&mut self, event: Event) {
        self.outputs.push(Out::Show(event));
    }

    fn send(&mut self, to: impl Into<To>, frame: &Frame<'_>) {
        self.send_to_all(&[to.into()], frame);
    }
}
