//! A network that exists in memory alone: real nodes, real bytes, real cryptography, a clock that only the simulation
//! moves, and every fault a network can have. One seed decides everything; a failure names it.
//!
//! Only results of verification are remembered, so that a thousand nodes need not compute the same signature a thousand
//! times.

#![allow(dead_code, reason = "each test uses the part that it needs")]

#[path = "plants.rs"]
mod plants;
#[path = "sim_broker.rs"]
pub mod sim_broker;
#[path = "sim_files.rs"]
pub mod sim_files;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use chinwag::chat::api::disk::DiskDone;
use chinwag::chat::api::event::Event;
use chinwag::chat::api::machine::{Advance, Input, Machine, Output, To, Way};
use chinwag::chat::api::notice::Notice;
use chinwag::chat::api::talk::{Marks, MessageBody, MessageId};
use chinwag::chat::base::bounds::Bounds;
use chinwag::chat::base::line::Line;
use chinwag::chat::base::metrics::Counts;
use chinwag::chat::base::rng::Rng;
use chinwag::chat::base::time::{Moment, Now, Wall};
use chinwag::chat::keys::identity::{Author, Identity, LogId, Signature, Strict, Verify, entry_id, log_id};
use chinwag::chat::keys::keychain::Keychain;
use chinwag::chat::keys::secret::{RoomKeys, RoomName, Secret};
use chinwag::chat::log::records::{KeptOffer, Memory, Private, Record, Remembered, Sent, Shown};
use chinwag::chat::room::Room;
use chinwag::chat::session::node::config::{Driven, PlainConfig, Reach, Script, User};
use chinwag::chat::session::node::{Config, Node};
use chinwag::chat::wire::frame::{Frame, Via};
use chinwag::chat::wire::letterbox::Letterbox;
use chinwag::chat::wire::{self, Seal};
use chinwag::view::lines;

pub use plants::Plant;
use sim_broker::{AtBroker, SimBroker};
use sim_files::FilesDisk;

/// 2026-01-01 in Unix milliseconds: where the wall clocks begin.
const EPOCH_MS: u64 = 1_767_225_600_000;

/// What is wrong, in a sentence with the moment and the node.
pub type Violation = String;

/// How the network treats datagrams. Shares are of a thousand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    pub loss: u64,
    /// Once something was lost, the next is lost too, so many times of a thousand.
    pub burst: u64,
    /// Of multicasts alone, which wireless links do not repeat.
    pub multicast_loss: u64,
    pub copies: u64,
    pub reordered: u64,
    pub flipped: u64,
    pub cut: u64,
    /// Beside the usual tenths of a millisecond.
    pub delay: Duration,
}

/// One machine with one node.
pub struct Host {
    pub node: Option<Node>,
    pub address: SocketAddr,
    secret: [u8; 32],
    /// What it opens private messages with.
    pub letterbox: Rc<Letterbox>,
    /// The secrets of the room, where it is sealed.
    pub keychain: Option<Keychain>,
    pub author: Author,
    nick: String,
    /// Hosts of one segment hear each other's multicasts.
    pub segment: u32,
    pub lacks_multicast: bool,
    /// Nothing reaches it at all, while what it says reaches the others.
    pub hears_nothing: bool,
    /// Hosts of different sides reach each other not at all.
    pub side: u32,
    /// Its answers to strangers pass, but what it did not ask for does not.
    pub has_firewall: bool,
    opened: BTreeMap<SocketAddr, Moment>,
    pub wall_offset_ms: i64,
    /// The latest that its own wall clock ever said: what it signs never goes back behind that.
    wall_max: u64,
    peers: Vec<SocketAddr>,
    pub speaks_plain: bool,
    /// Its program is stopped: it does nothing, and what comes is lost.
    pub is_stopped: bool,
    /// No node runs there, but somebody who listens and means harm.
    pub is_insider: bool,
    /// How many datagrams it sent.
    pub sent: u64,
    /// Its room goes through the broker.
    pub has_broker: bool,
    pub heard: Vec<(SocketAddr, Rc<[u8]>)>,
    wakes_at: Option<Moment>,
    said: u64,
    lines: u64,
    /// Last (seq, index) shown of each log.
    shown_upto: BTreeMap<LogId, (u64, usize)>,
    shown: BTreeSet<MessageId>,
    /// Texts in the order in which they were shown.
    pub texts: Vec<String>,
    /// Texts that it ever showed.
    pub read: BTreeSet<String>,
    pub events: Vec<Event>,
    exited: bool,
    boots: u64,
    /// What it held before it crashed: receipts for that are true for ever.
    held_before: BTreeMap<LogId, u64>,
    /// Where it keeps what it must not forget; without one it forgets everything.
    pub disk: Option<Disk>,
    /// Its files, which need no history.
    pub files: FilesDisk,
    /// What its beacons said that it holds, in words.
    acknowledged: BTreeMap<LogId, u64>,
    /// What a planted bug holds back.
    held_back: Vec<Output>,
}

/// A disk: a store in its simplest form.
#[derive(Default)]
pub struct Disk {
    kept: Vec<Record>,
    /// Not yet written: a crash loses it.
    waiting: Vec<Record>,
    /// How many records were written in this life.
    written: usize,
    /// A commit takes at most so long.
    pub slowest: Duration,
    /// It takes nothing.
    is_full: bool,
}

impl Disk {
    pub fn commit(&mut self) {
        self.commit_upto(usize::MAX);
    }

    /// It takes nothing from now on; or again, with all that waited for that.
    pub fn fill_or_empty(&mut self) {
        self.is_full ^= true;
        self.commit();
    }

    /// Writes what was given to it first, so many records of this life.
    fn commit_upto(&mut self, given: usize) {
        let count = if self.is_full { 0 } else { given.saturating_sub(self.written).min(self.waiting.len()) };
        self.kept.extend(self.waiting.drain(..count));
        self.written += count;
    }

    /// Up to where a log was shown.
    fn shown(&self, wanted: LogId) -> Shown {
        let shown = self.kept.iter().filter_map(|record| match record {
            Record::Shown { log, upto } if *log == wanted => Some(*upto),
            _ => None,
        });
        shown.max().unwrap_or_default()
    }

    fn was_shown(&self, id: MessageId) -> bool {
        let upto = self.shown(id.log);
        id.seq <= upto.seq || id.seq == upto.seq + 1 && id.index < upto.places
    }

    /// What a node remembers that starts with it.
    fn memory(&self) -> Memory {
        let (mut logs, mut names): (BTreeMap<LogId, Remembered>, Vec<(Author, String)>) = Default::default();
        let (mut trust, mut prekeys, mut private, mut offers) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for record in &self.kept {
            match record {
                Record::Offer(offer) => offers.push((**offer).clone()),
                Record::OfferOver(key) => offers.retain(|offer: &KeptOffer| offer.key != *key),
                Record::Entry { entry, is_own, .. } => {
                    let remembered = logs.entry(entry.log).or_insert_with(|| Remembered {
                        log: entry.log,
                        author: entry.header.author,
                        entries: Vec::new(),
                        floor: 1,
                        given_up: Vec::new(),
                        shown: Shown::default(),
                        own: is_own.then(Sent::default),
                    });
                    remembered.entries.push(Arc::clone(entry));
                }
                Record::Name { author, nick, .. } => names.push((*author, nick.clone())),
                Record::Trust { author, trust: of } => trust.push((*author, of.clone())),
                Record::Prekey { author, prekey, .. } => prekeys.push((*author, *prekey)),
                Record::Private(private_body) => private.push(private_body.clone()),
                Record::PrivateConfirmed { log, seq } => {
                    private.retain(|private_body: &Private| (private_body.log, private_body.seq) != (*log, *seq));
                }
                Record::GivenUp(span) => {
                    logs.get_mut(&span.log).expect("of an entry").given_up.push((span.from, span.to));
                }
                Record::Shown { log, upto } => logs.get_mut(log).expect("of an entry").shown = *upto,
                Record::Delivered { log, seq } => {
                    logs.get_mut(log).and_then(|log| log.own.as_mut()).expect("one's own").delivered = *seq;
                }
                Record::Receipt { log, by, seq } => {
                    let own = logs.get_mut(log).and_then(|log| log.own.as_mut()).expect("one's own");
                    own.receipts.push((*by, *seq));
                }
                Record::Erased { deletion, by } => {
                    let log = logs.get_mut(&deletion.log).filter(|log| log.author == *by);
                    let entries = log.into_iter().flat_map(|log| &mut log.entries);
                    for entry in entries.filter(|entry| deletion.seqs().any(|seq| seq == entry.header.seq)) {
                        *entry = Arc::new(wire::erase(entry));
                    }
                }
            }
        }
        private.retain(|private_body| {
            private_body.is_own || private_body.seq > logs.get(&private_body.log).map_or(0, |log| log.shown.seq)
        });
        for log in logs.values_mut() {
            log.entries.sort_by_key(|entry| entry.header.seq);
        }
        Memory { logs: logs.into_values().collect(), names, trust, prekeys, private, offers }
    }
}

#[derive(Debug)]
enum Step {
    Deliver {
        to: usize,
        from: SocketAddr,
        way: Way,
        datagram: Rc<[u8]>,
    },
    Wake(usize),
    /// Something comes from the broker, by a connection.
    AtBroker {
        host: usize,
        connection: u64,
        what: AtBroker,
    },
    /// The disk has done something for files.
    FilesDone {
        host: usize,
        boots: u64,
        done: DiskDone,
    },
    /// What the disk was given up to there is written.
    Committed {
        host: usize,
        boots: u64,
        number: u64,
        given: usize,
    },
}

/// What was sent, by frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    pub datagrams: u64,
    pub bytes: u64,
    pub beacons: u64,
    pub others: u64,
}

pub struct World {
    pub seed: u64,
    pub now: Moment,
    pub hosts: Vec<Host>,
    queue: BTreeMap<(Moment, u64), Step>,
    steps: u64,
    rng: Rng,
    pub faults: Faults,
    lost_last: bool,
    pub plant: Plant,
    verifier: Rc<dyn Verify>,
    seal: Seal,
    keys: RoomKeys,
    keychain: Option<Keychain>,
    pub traffic: Traffic,
    nonces: BTreeMap<[u8; 24], u64>,
    signed: BTreeMap<(LogId, u64), [u8; 16]>,
    stamps: BTreeMap<LogId, (u64, Wall)>,
    /// All nodes draw the same random numbers.
    pub is_frozen: bool,
    /// When each text was said, and when each host showed it.
    pub said_at: BTreeMap<String, Moment>,
    pub seen_after: Vec<Duration>,
    captured: Vec<Rc<[u8]>>,
    pub watches: bool,
    /// At every step everything that a node holds is counted.
    pub counts: bool,
    /// Each node that starts has a screen.
    pub has_screens: bool,
    /// How much a room of each node holds.
    pub bounds: Bounds,
    /// Found where nothing can be returned.
    violations: Vec<Violation>,
    /// What each host sent to those who mean harm, and to nobody: bytes, and frames by kind.
    pub drawn: BTreeMap<(usize, SocketAddr), (u64, Counts)>,
    /// How many datagrams of text went to those who speak plain.
    pub to_plain: u64,
    pub broker: SimBroker,
    /// All that nodes wanted done so far: what they sent, kept and told, and when.
    outputs: blake3::Hasher,
}

/// Remembers what was verified.
#[derive(Debug, Default)]
struct Memo(RefCell<BTreeMap<[u8; 32], bool>>, Strict);

impl Verify for Memo {
    fn verify(&self, author: Author, message: &[u8], signature: Signature) -> bool {
        let mut hasher = blake3::Hasher::new();
        let key = *hasher.update(&author.0).update(&signature.0).update(message).finalize().as_bytes();
        let mut known = self.0.borrow_mut();
        if known.len() > 200_000 {
            known.clear();
        }
        *known.entry(key).or_insert_with(|| self.1.verify(author, message, signature))
    }
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let mut rng = Rng::new(&bytes);
        let keys = RoomKeys::open(&RoomName::lobby());
        Self {
            seed,
            now: Moment::START,
            hosts: Vec::new(),
            queue: BTreeMap::new(),
            steps: 0,
            faults: Faults::default(),
            lost_last: false,
            plant: Plant::None,
            verifier: Rc::new(Memo::default()),
            seal: Seal::new(keys.clone(), &mut rng),
            keys,
            keychain: None,
            traffic: Traffic::default(),
            nonces: BTreeMap::new(),
            signed: BTreeMap::new(),
            stamps: BTreeMap::new(),
            is_frozen: false,
            said_at: BTreeMap::new(),
            seen_after: Vec::new(),
            captured: Vec::new(),
            watches: true,
            counts: true,
            has_screens: false,
            bounds: Bounds::default(),
            violations: Vec::new(),
            to_plain: 0,
            outputs: blake3::Hasher::new(),
            drawn: BTreeMap::new(),
            broker: SimBroker::default(),
            rng,
        }
    }

    /// A world of `count` nodes in one network, all started.
    pub fn of(seed: u64, count: usize) -> Self {
        let mut world = Self::new(seed);
        for _ in 0..count {
            let host = world.add();
            world.boot(host);
        }
        world
    }

    /// A room that only who has its secret reads.
    pub fn sealed(seed: u64, count: usize) -> Self {
        let mut world = Self::new(seed);
        let secret = Secret::of_invite(&[7; 16]);
        world.keys = RoomKeys::of(&secret);
        world.seal = Seal::new(world.keys.clone(), &mut world.rng);
        world.keychain = Some(Keychain::new(RoomName::lobby(), secret));
        for _ in 0..count {
            let host = world.add_with_disk();
            world.boot(host);
        }
        world
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.rng.below(bound)
    }

    /// One more machine, not yet started.
    pub fn add(&mut self) -> usize {
        let number = u16::try_from(self.hosts.len()).expect("a few thousand machines");
        let [high, low] = number.to_be_bytes();
        let mut secret = [7; 32];
        secret[..2].copy_from_slice(&[high, low]);
        let letterbox = Rc::new(Letterbox::new(&secret, Wall(EPOCH_MS)));
        self.hosts.push(Host {
            letterbox,
            keychain: self.keychain.clone(),
            node: None,
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 0, high, low)), 7788),
            author: Identity::new(&secret).author(),
            secret,
            nick: format!("h{number}"),
            segment: 0,
            lacks_multicast: false,
            hears_nothing: false,
            side: 0,
            has_firewall: false,
            opened: BTreeMap::new(),
            wall_offset_ms: 0,
            wall_max: 0,
            peers: Vec::new(),
            speaks_plain: false,
            is_stopped: false,
            is_insider: false,
            sent: 0,
            has_broker: false,
            heard: Vec::new(),
            wakes_at: None,
            said: 0,
            lines: 0,
            shown_upto: BTreeMap::new(),
            shown: BTreeSet::new(),
            texts: Vec::new(),
            read: BTreeSet::new(),
            events: Vec::new(),
            exited: false,
            boots: 0,
            held_before: BTreeMap::new(),
            disk: None,
            files: FilesDisk::default(),
            acknowledged: BTreeMap::new(),
            held_back: Vec::new(),
        });
        self.hosts.len() - 1
    }

    /// Names `peer` to `host`, as `--peer` does.
    pub fn name_peer(&mut self, host: usize, peer: usize) {
        let address = self.hosts[peer].address;
        self.hosts[host].peers.push(address);
    }

    /// A machine with a disk, not yet started.
    pub fn add_with_disk(&mut self) -> usize {
        let host = self.add();
        let slowest = Duration::from_millis([0, 20, 2000][usize::try_from(self.rng.below(3)).expect("below 3")]);
        self.hosts[host].disk = Some(Disk { slowest, ..Disk::default() });
        host
    }

    /// Starts, or starts again, with what its disk has kept.
    pub fn boot(&mut self, host: usize) {
        self.start(host);
        if let Err(violation) = self.check_kept(host) {
            self.violations.push(violation);
        }
    }

    fn start(&mut self, host: usize) {
        let now = self.clock_of(host);
        let seed: [u8; 32] = if self.is_frozen { [9; 32] } else { self.rng.bytes() };
        self.disconnect(host);
        let Host { nick, peers, boots, letterbox, keychain, has_broker, .. } = &mut self.hosts[host];
        let brokers = has_broker.then(|| (RoomName::lobby(), World::url())).into_iter().collect();
        *boots += 1;
        let config = Config {
            keychains: keychain.iter().cloned().collect(),
            letterbox: Rc::clone(letterbox),
            rooms: vec![RoomName::lobby()],
            user: User { nick: nick.clone(), ..User::default() },
            reach: Reach { listening: Vec::new(), peers: peers.clone(), port: 7788, brokers, ..Reach::default() },
            plain: PlainConfig::default(),
            input: Driven { is_piped: true, commands: true, has_screen: self.has_screens, ..Driven::default() },
            script: Script { listen: true, ..Script::default() },
            receive_buffer: 1024 * 1024,
            file_bytes_max: None,
            bounds: self.bounds_given(),
            detail: chinwag::chat::base::metrics::Detail::None,
            fold: false,
        };
        let memory = self.memory(host);
        let secret = self.hosts[host].secret;
        let node = Node::new(config, Identity::new(&secret), vec![memory], &self.verifier, &seed, now);
        let host_now = &mut self.hosts[host];
        host_now.node = Some(node);
        host_now.wakes_at = None;
        host_now.shown_upto.clear();
        host_now.shown.retain(|id| host_now.disk.as_ref().is_some_and(|disk| disk.was_shown(*id)));
        host_now.texts.clear();
        host_now.exited = false;
        host_now.held_back.clear();
        if let Err(violation) = self.carry_out(host) {
            self.violations.push(violation);
        }
        self.arm(host);
    }

    /// Whether a node that has started again holds what it had acknowledged.
    fn check_kept(&self, host: usize) -> Result<(), Violation> {
        let Host { disk: Some(_), node: Some(node), acknowledged, .. } = &self.hosts[host] else { return Ok(()) };
        let room = node.rooms().next().expect("a room");
        let holds = |log: LogId| room.archive().settled(log);
        match acknowledged.iter().find(|&(&log, &seq)| holds(log) < seq) {
            None => Ok(()),
            Some((log, seq)) => Err(self.violation(host, &format!("{seq} of {log} was acknowledged and not kept"))),
        }
    }

    /// Ends without a word, as a machine does whose power fails.
    pub fn crash(&mut self, host: usize) {
        let Some(node) = self.hosts[host].node.take() else { return };
        self.disconnect(host);
        self.hosts[host].disk.iter_mut().for_each(|disk| disk.waiting.clear());
        self.hosts[host].files.crash();
        for (log, held) in node.rooms().flat_map(|room| room.archive().logs()) {
            let before = self.hosts[host].held_before.entry(log).or_default();
            *before = held.settled().max(*before);
        }
    }

    /// Says goodbye.
    pub fn leave(&mut self, host: usize) -> Result<(), Violation> {
        let ending = chinwag::chat::api::ending::Ending::EndOfInput;
        self.handle(host, Input::Leave(ending))
    }

    /// It has another address from now on, and is not told.
    pub fn roam(&mut self, host: usize) {
        let port = self.hosts[host].address.port();
        self.hosts[host].address.set_port(if port == 7788 { 7799 } else { 7788 });
    }

    /// A machine's clocks: the monotonic one is everybody's.
    fn clock_of(&self, host: usize) -> Now {
        let since_start = u64::try_from(self.now.since(Moment::START).as_millis()).expect("a few days");
        let wall = EPOCH_MS + since_start;
        Now { moment: self.now, wall: Wall(wall.saturating_add_signed(self.hosts[host].wall_offset_ms)) }
    }

    /// Types one line. It must leave at once.
    pub fn say(&mut self, host: usize) -> Result<String, Violation> {
        let text = format!("{}-{}-{}", self.hosts[host].nick, self.hosts[host].boots, self.hosts[host].said);
        self.hosts[host].said += 1;
        self.type_line(host, &text)?;
        Ok(text)
    }

    pub fn type_line(&mut self, host: usize, text: &str) -> Result<(), Violation> {
        self.hosts[host].lines += 1;
        let number = self.hosts[host].lines;
        self.said_at.insert(text.to_owned(), self.now);
        let before = self.traffic.datagrams;
        self.handle(host, Input::Line(Line { number, text: Ok(text.to_owned()) }))?;
        self.handle(host, Input::Paused { begun: false })?;
        if self.traffic.datagrams == before {
            return Err(self.violation(host, "a typed line did not leave at once"));
        }
        Ok(())
    }

    /// Types a command, which need not send anything.
    pub fn type_command(&mut self, host: usize, line: &str) -> Result<(), Violation> {
        self.hosts[host].lines += 1;
        let number = self.hosts[host].lines;
        if let Some((_, text)) = line.strip_prefix("/msg ").and_then(|rest| rest.split_once(' ')) {
            self.said_at.insert(text.to_owned(), self.now);
        }
        self.handle(host, Input::Line(Line { number, text: Ok(line.to_owned()) }))
    }

    /// A machine that was copied with all that it holds.
    pub fn add_copy(&mut self, host: usize) -> usize {
        let copy = self.add();
        self.hosts[copy].secret = self.hosts[host].secret;
        self.hosts[copy].author = self.hosts[host].author;
        self.hosts[copy].nick = self.hosts[host].nick.clone();
        copy
    }

    /// The logs of everybody here.
    pub fn own_logs(&self) -> Vec<LogId> {
        let nodes = self.hosts.iter().filter_map(|host| host.node.as_ref());
        nodes.flat_map(|node| node.rooms().map(Room::own_log)).collect()
    }

    pub fn handle(&mut self, host: usize, input: Input<'_>) -> Result<(), Violation> {
        let now = self.clock_of(host);
        self.hosts[host].wall_max = self.hosts[host].wall_max.max(now.wall.0);
        let Some(node) = &mut self.hosts[host].node else { return Ok(()) };
        let is_tick = matches!(input, Input::Tick);
        let is_lost = is_tick && self.plant == Plant::LostTicks && self.steps.is_multiple_of(16);
        if !is_lost {
            node.handle(input, now);
        }
        if is_tick
            && let Some((due, reason)) = node.deadline()
            && due <= self.now
        {
            return Err(self.violation(host, &format!("a tick did not move the deadline for {reason:?}")));
        }
        self.carry_out(host)?;
        self.advance(host)?;
        self.arm(host);
        self.check_bounds(host)
    }

    /// Works on transfers until there is nothing to do.
    fn advance(&mut self, host: usize) -> Result<(), Violation> {
        for _ in 0..10_000 {
            let now = self.clock_of(host);
            let Some(node) = &mut self.hosts[host].node else { return Ok(()) };
            match node.advance(now) {
                Advance::Idle => return Ok(()),
                Advance::Done => self.carry_out(host)?,
                Advance::Send(to, run) => {
                    for datagram in run.bytes.chunks(run.each) {
                        self.send(host, To::Address(to), &datagram.into())?;
                    }
                }
            }
        }
        Err(self.violation(host, "transfers go on for ever"))
    }

    fn carry_out(&mut self, host: usize) -> Result<(), Violation> {
        let late =
            if self.plant == Plant::LateLine { std::mem::take(&mut self.hosts[host].held_back) } else { Vec::new() };
        for output in late {
            self.do_one(host, output)?;
        }
        while let Some(output) = self.hosts[host].node.as_mut().and_then(Machine::poll) {
            if self.plant == Plant::None {
                self.do_one(host, output)?;
                continue;
            }
            for output in self.spoil(host, output) {
                self.do_one(host, output)?;
            }
        }
        Ok(())
    }

    /// A digest of all outputs so far.
    pub fn digest(&self) -> [u8; 32] {
        *self.outputs.finalize().as_bytes()
    }

    /// Bytes as they are, and events as people read them, so that a name in the sources changes nothing.
    fn note_output(&mut self, host: usize, output: &Output) {
        let (at, mut words) = (self.now.since(Moment::START).as_nanos(), String::new());
        let (what, bytes) = match output {
            Output::Send { to, datagram } => (format!("send {to:?}"), &datagram[..]),
            Output::Store(Record::Entry { entry, .. }) => ("store".to_owned(), &entry.bytes[..]),
            Output::Store(_) => ("store".to_owned(), &[][..]),
            Output::Show(event) => {
                lines::render(event, &mut lines::Context::default(), &mut words);
                ("show".to_owned(), words.as_bytes())
            }
            Output::Exit(ending) => (format!("exit {}", ending.code()), &[][..]),
            _ => ("else".to_owned(), &[][..]),
        };
        self.outputs.update(format!("{host} {at} {what} {}\n", bytes.len()).as_bytes()).update(bytes);
    }

    fn do_one(&mut self, host: usize, output: Output) -> Result<(), Violation> {
        self.note_output(host, &output);
        match output {
            Output::Store(record) => self.keep(host, record),
            Output::Commit(number) => self.begin_commit(host, number),
            Output::Broker(broker, job) => self.at_broker(host, broker, job),
            Output::Recall(..) | Output::Enter(..) | Output::Run { .. } => {}
            Output::Reach(_) | Output::ReportNetwork(_) | Output::Examine(_) | Output::Reload => {}
            Output::Disk(job) => {
                if let Some(done) = self.hosts[host].files.done(job) {
                    let slowest = self.hosts[host].disk.as_ref().map_or(Duration::ZERO, |disk| disk.slowest);
                    let due = self.now.after(self.rng.between(Duration::ZERO, slowest / 20));
                    let boots = self.hosts[host].boots;
                    self.plan(due, Step::FilesDone { host, boots, done });
                }
            }
            Output::KeepSecret(chain) => self.hosts[host].keychain = Some(chain),
            Output::RenewPrekey => {
                let (wall, secret) = (self.clock_of(host).wall, self.rng.bytes());
                let renewed = self.hosts[host].letterbox.renewed(&secret, wall);
                self.hosts[host].letterbox = Rc::new(renewed.clone());
                let now = self.clock_of(host);
                if let Some(node) = &mut self.hosts[host].node {
                    node.handle(Input::Letterbox(renewed), now);
                }
            }
            Output::Send { to, datagram } => self.send(host, to, &datagram)?,
            Output::Show(event) => self.show(host, event)?,
            Output::Exit(_) => {
                self.hosts[host].exited = true;
                self.hosts[host].node = None;
                self.hosts[host].disk.iter_mut().for_each(Disk::commit);
            }
        }
        Ok(())
    }

    /// Sometimes the disk writes before it must.
    fn keep(&mut self, host: usize, record: Record) {
        let is_now = self.plant != Plant::Uncommitted && self.rng.below(8) == 0;
        let Some(disk) = &mut self.hosts[host].disk else { return };
        disk.waiting.push(record);
        if is_now {
            disk.commit();
        }
    }

    /// The disk takes its time, and keeps nothing of it where the machine crashes before.
    fn begin_commit(&mut self, host: usize, number: u64) {
        let (boots, disk) = (self.hosts[host].boots, self.hosts[host].disk.as_ref());
        let given = disk.map_or(0, |disk| disk.written + disk.waiting.len());
        let slowest = disk.map_or(Duration::ZERO, |disk| disk.slowest);
        let due = self.now.after(self.rng.between(Duration::ZERO, slowest));
        self.plan(due, Step::Committed { host, boots, number, given });
    }

    fn end_commit(&mut self, (host, boots): (usize, u64), number: u64, given: usize) -> Result<(), Violation> {
        if self.hosts[host].boots != boots || self.hosts[host].node.is_none() {
            return Ok(()); // it crashed meanwhile
        }
        if let Some(disk) = self.hosts[host].disk.as_mut().filter(|_| self.plant != Plant::Uncommitted) {
            disk.commit_upto(given);
        }
        if self.hosts[host].is_stopped {
            self.plan(self.now.after(Duration::from_millis(50)), Step::Committed { host, boots, number, given });
            return Ok(());
        }
        self.handle(host, Input::Committed(number))
    }

    /// Plans the next tick of a host.
    fn arm(&mut self, host: usize) {
        let Some((due, _)) = self.hosts[host].node.as_ref().and_then(Machine::deadline) else { return };
        let due = due.max(self.now);
        if self.hosts[host].wakes_at.is_none_or(|planned| due < planned || planned < self.now) {
            self.hosts[host].wakes_at = Some(due);
            self.plan(due, Step::Wake(host));
        }
    }

    fn plan(&mut self, at: Moment, step: Step) {
        self.steps += 1;
        self.queue.insert((at, self.steps), step);
    }

    /// Lets time pass.
    pub fn run(&mut self, span: Duration) -> Result<(), Violation> {
        if let Some(violation) = self.violations.pop() {
            return Err(violation);
        }
        let end = self.now.after(span);
        while let Some((&(at, number), _)) = self.queue.first_key_value() {
            if at > end {
                break;
            }
            let step = self.queue.remove(&(at, number)).expect("just seen");
            self.now = self.now.max(at);
            self.step(step)?;
        }
        self.now = end;
        Ok(())
    }

    /// It goes on.
    pub fn go_on(&mut self, host: usize) {
        self.hosts[host].is_stopped = false;
        self.hosts[host].wakes_at = None;
        self.arm(host);
    }

    fn step(&mut self, step: Step) -> Result<(), Violation> {
        match step {
            Step::Wake(host) | Step::Deliver { to: host, .. } if self.hosts[host].is_stopped => Ok(()),
            Step::Wake(host) if self.hosts[host].wakes_at.is_none_or(|planned| planned > self.now) => Ok(()), // moved since
            Step::Wake(host) => {
                self.hosts[host].wakes_at = None;
                let due = self.hosts[host].node.as_ref().and_then(Machine::deadline);
                match due {
                    Some((due, _)) if due <= self.now => self.handle(host, Input::Tick),
                    _ => {
                        self.arm(host);
                        Ok(())
                    }
                }
            }
            Step::AtBroker { host, .. } if self.hosts[host].is_stopped => Ok(()),
            Step::AtBroker { host, connection, what } => self.step_at_broker(host, connection, &what),
            Step::Committed { host, boots, number, given } => self.end_commit((host, boots), number, given),
            Step::FilesDone { host, boots, .. } if self.hosts[host].boots != boots => Ok(()), // it crashed meanwhile
            Step::FilesDone { host, boots, done } if self.hosts[host].is_stopped => {
                self.plan(self.now.after(Duration::from_millis(50)), Step::FilesDone { host, boots, done });
                Ok(())
            }
            Step::FilesDone { host, done, .. } => self.handle(host, Input::Disk(done)),
            Step::Deliver { to, from, datagram, .. } if self.hosts[to].is_insider => {
                self.hosts[to].heard.push((from, datagram));
                Ok(())
            }
            Step::Deliver { to, from, way, datagram } => {
                if self.hosts[to].speaks_plain {
                    self.to_plain += u64::from(datagram.first() != Some(&0xff));
                    return Ok(());
                }
                self.handle(to, Input::Datagram { from, way, bytes: &datagram })
            }
        }
    }

    /// A plain datagram from a host that knows nothing else.
    pub fn say_plain(&mut self, from: usize, to: usize, text: &str) {
        self.hosts[from].speaks_plain = true;
        let from = self.hosts[from].address;
        self.plan(self.now, Step::Deliver { to, from, way: Way::Unicast, datagram: text.as_bytes().into() });
    }

    /// Any bytes, from any address, to a host.
    pub fn inject(&mut self, from: SocketAddr, to: usize, way: Way, bytes: &[u8]) {
        self.plan(self.now, Step::Deliver { to, from, way, datagram: bytes.into() });
    }

    /// A frame sealed as an insider could.
    pub fn seal(&mut self, frame: &Frame<'_>) -> Rc<[u8]> {
        self.seal.close(frame).expect("it fits")
    }

    /// Opens what was sealed for the room.
    pub fn open<'a>(&self, datagram: &'a mut [u8]) -> Option<Frame<'a>> {
        self.seal.open(datagram).ok()
    }

    /// How many entries the writer of a log has in it.
    pub fn said_by(&self, log: LogId) -> u64 {
        let rooms = self.hosts.iter().filter_map(|host| host.node.as_ref()).flat_map(Node::rooms);
        rooms.map(|room| room.archive().settled(log)).max().unwrap_or(0)
    }

    pub fn keys(&self) -> &RoomKeys {
        &self.keys
    }

    /// Something that was sent before.
    pub fn captured(&mut self) -> Option<Rc<[u8]>> {
        let count = self.captured.len() as u64;
        let index = usize::try_from(self.rng.below(count.max(1))).expect("an index");
        self.captured.get(index).cloned()
    }

    fn send(&mut self, host: usize, to: To, datagram: &Rc<[u8]>) -> Result<(), Violation> {
        self.traffic.datagrams += 1;
        self.hosts[host].sent += 1;
        self.traffic.bytes += datagram.len() as u64;
        if datagram.first() == Some(&0xff) && wire::transfer::transfer_of(datagram).is_none() {
            self.look_into(host, datagram)?;
        }
        if self.captured.len() < 500 {
            self.captured.push(Rc::clone(datagram));
        }
        let from = self.hosts[host].address;
        match to {
            To::Lan | To::LanBeyond(_) => {
                for other in 0..self.hosts.len() {
                    if other != host
                        && self.hosts[other].segment == self.hosts[host].segment
                        && !self.hosts[other].lacks_multicast
                    {
                        self.transmit(host, other, from, Way::Multicast(None), datagram);
                    }
                }
            }
            To::Afar => return Err(self.violation(host, "what is for a broker was sent")),
            To::Address(address) => {
                self.hosts[host].opened.insert(address, self.now);
                self.note_drawn(host, address, datagram);
                if let Some(other) = self.at(address) {
                    let is_plain = self.hosts[other].speaks_plain;
                    if is_plain && datagram.first() == Some(&0xff) {
                        return Err(self.violation(host, "a frame was sent to whoever speaks plain"));
                    }
                    self.transmit(host, other, from, Way::Unicast, datagram);
                }
            }
        }
        Ok(())
    }

    fn note_drawn(&mut self, host: usize, to: SocketAddr, datagram: &[u8]) {
        if self.at(to).is_none_or(|other| self.hosts[other].is_insider) {
            let kind = self.seal.open(&mut datagram.to_vec()).map(|frame| frame.kind());
            let (bytes, counts) = self.drawn.entry((host, to)).or_default();
            *bytes += datagram.len() as u64;
            if let Ok(kind) = kind {
                counts.add(kind);
            }
        }
    }

    /// The host at an address.
    pub fn at(&self, address: SocketAddr) -> Option<usize> {
        let IpAddr::V4(ip) = address.ip() else { return None };
        let [_, _, high, low] = ip.octets();
        let index = usize::from(u16::from_be_bytes([high, low]));
        self.hosts.get(index).filter(|host| host.address == address).map(|_| index)
    }

    /// What the network does to one datagram.
    fn transmit(&mut self, host: usize, other: usize, from: SocketAddr, way: Way, datagram: &Rc<[u8]>) {
        if self.hosts[host].side != self.hosts[other].side
            || self.hosts[other].node.is_none() && !self.hosts[other].speaks_plain && !self.hosts[other].is_insider
        {
            return;
        }
        if self.hosts[other].hears_nothing {
            return;
        }
        if self.hosts[other].has_firewall && way == Way::Unicast {
            let opened = self.hosts[other].opened.get(&from);
            if opened.is_none_or(|&at| self.now.since(at) > Duration::from_secs(30)) {
                return;
            }
        }
        let Faults { loss, burst, multicast_loss, copies, reordered, flipped, cut, delay } = self.faults;
        if way.is_multicast() && self.rng.below(1000) < multicast_loss {
            return;
        }
        let rng = if self.lost_last { loss.max(burst) } else { loss };
        self.lost_last = self.rng.below(1000) < rng;
        if self.lost_last {
            return;
        }
        if self.plant == Plant::LoseWants && self.is_want(datagram) {
            return;
        }
        let count = 1 + u64::from(self.rng.below(1000) < copies);
        for _ in 0..count {
            let mut bytes = Rc::clone(datagram);
            if self.rng.below(1000) < flipped {
                let mut changed = bytes.to_vec();
                let at = usize::try_from(self.rng.below(changed.len() as u64)).expect("an index");
                changed[at] ^= 1 << self.rng.below(8);
                bytes = changed.into();
            }
            if self.rng.below(1000) < cut {
                let len = usize::try_from(self.rng.below(bytes.len() as u64)).expect("a length");
                bytes = bytes[..len].into();
            }
            if bytes.is_empty() || bytes[0] != 0xff && datagram[0] == 0xff {
                continue; // it would be a plain datagram by chance, and an address that sent frames would be latched
            }
            let mut wait = Duration::from_micros(100 + self.rng.below(300)) + delay;
            if self.rng.below(1000) < reordered {
                wait += Duration::from_millis(self.rng.below(200));
            }
            self.plan(self.now.after(wait), Step::Deliver { to: other, from, way, datagram: bytes });
        }
    }

    fn is_want(&self, datagram: &[u8]) -> bool {
        matches!(self.seal.open(&mut datagram.to_vec()), Ok(Frame::Want { .. }))
    }

    /// Looks at what is sent: nonces, numbers, clocks.
    fn look_into(&mut self, host: usize, datagram: &Rc<[u8]>) -> Result<(), Violation> {
        let is_renewed = self.keychain.is_some() && wire::tag(datagram) != Some(self.keys.tag());
        if !self.watches || is_renewed {
            self.count(datagram);
            return Ok(());
        }
        let nonce: [u8; 24] = datagram[11..35].try_into().expect("24 bytes");
        let print = u64::from_le_bytes(blake3::hash(datagram).as_bytes()[..8].try_into().expect("8 bytes"));
        if *self.nonces.entry(nonce).or_insert(print) != print {
            return Err(self.violation(host, "a nonce was used for two datagrams"));
        }
        let mut bytes = datagram.to_vec();
        let room = self.keys.id();
        let me = self.hosts[host].author;
        match self.seal.open(&mut bytes) {
            Ok(Frame::Entries { entries, .. }) => {
                self.traffic.others += 1;
                for entry in entries {
                    let (header, _) = wire::claimed(entry.bytes).expect("our own");
                    let id = entry_id(room, entry.bytes).0;
                    let log = log_id(room, header.author, header.run);
                    if header.author == me && *self.signed.entry((log, header.seq)).or_insert(id) != id {
                        return Err(self.violation(host, "one number was signed twice"));
                    }
                }
            }
            Ok(Frame::Beacon { via: Via::Author, beacon }) => {
                self.traffic.beacons += 1;
                let beacon = wire::claimed_beacon(beacon.bytes).expect("our own");
                let log = log_id(room, beacon.author, beacon.run);
                let wall = beacon.time.wall();
                if beacon.time.is_ahead_of(Wall(self.hosts[host].wall_max)) {
                    return Err(self.violation(host, "a clock followed another too far"));
                }
                // Whose disk is full has told its user that nothing is kept, and acknowledges what it has in memory.
                let is_kept = self.hosts[host].disk.as_ref().is_some_and(|disk| !disk.is_full);
                for ack in beacon.acks.iter().filter(|_| is_kept) {
                    let acknowledged = self.hosts[host].acknowledged.entry(ack.log).or_default();
                    *acknowledged = ack.seq.max(*acknowledged);
                }
                let (counter, before) = self.stamps.insert(log, (beacon.counter, wall)).unwrap_or_default();
                if wall < before {
                    return Err(self.violation(host, "a clock went back"));
                }
                if beacon.counter < counter {
                    return Err(self.violation(host, "a counter went back"));
                }
            }
            Ok(Frame::Beacon { .. }) => self.traffic.beacons += 1,
            Ok(_) => self.traffic.others += 1,
            Err(bad) => return Err(self.violation(host, &format!("a datagram of its own cannot be opened: {bad}"))),
        }
        Ok(())
    }

    fn count(&mut self, datagram: &[u8]) {
        match self.seal.open(&mut datagram.to_vec()) {
            Ok(Frame::Beacon { .. }) => self.traffic.beacons += 1,
            _ => self.traffic.others += 1,
        }
    }

    fn show(&mut self, host: usize, event: Event) -> Result<(), Violation> {
        match &event {
            Event::Said(said) => {
                let id = said.id;
                if let MessageBody::Text(text) = &said.words {
                    let text = text.clone();
                    self.check_shown(host, id, &text, said.who.author, said.marks)?;
                    if let Some(&at) = self.said_at.get(&text) {
                        self.seen_after.push(self.now.since(at));
                    }
                    self.hosts[host].read.insert(text.clone());
                    self.hosts[host].texts.push(text);
                }
            }
            Event::Delivery(delivery) => {
                for who in &delivery.by {
                    let last = delivery.last;
                    let holder = self.hosts.iter().find(|other| other.author == who.author);
                    let holds = |node: &Node| {
                        let room = node.rooms().next().expect("a room");
                        room.archive().settled(last.log) >= last.seq
                    };
                    let held_before = |host: &Host| host.held_before.get(&last.log).is_some_and(|&seq| seq >= last.seq);
                    // Who means harm may sign what is not true; so may nobody else.
                    let has_insider = holder.is_none() && self.hosts.iter().any(|host| host.is_insider);
                    let is_true = has_insider
                        || holder.is_some_and(|other| other.node.as_ref().is_some_and(holds) || held_before(other));
                    if !is_true {
                        return Err(self.violation(host, "delivered to somebody who does not hold it"));
                    }
                }
            }
            _ => {}
        }
        if self.hosts[host].events.len() < 10_000 {
            self.hosts[host].events.push(event);
        }
        Ok(())
    }

    fn check_shown(
        &mut self,
        host: usize,
        id: MessageId,
        text: &str,
        author: Author,
        marks: Marks,
    ) -> Result<(), Violation> {
        let who = self.hosts.iter().find(|other| other.author == author);
        let was_said = marks.is_torn || self.said_at.contains_key(text);
        let is_theirs = who.is_none_or(|who| was_said && text.starts_with(&format!("{}-", who.nick)));
        // What follows a hole may be the end of a message whose beginning is what is missing.
        let is_behind_hole = matches!(self.hosts[host].events.last(),
            Some(Event::Notice(Notice::Missing { who, .. })) if who.author == author);
        let is_end = is_behind_hole && self.said_at.keys().any(|said| said.ends_with(text));
        if !is_theirs && !is_end {
            return Err(self.violation(host, &format!("{text:?} is shown of somebody who never said it")));
        }
        let watches = self.watches;
        let shown = &mut self.hosts[host];
        if !shown.shown.insert(id) && watches {
            return Err(self.violation(host, &format!("{id} is shown twice")));
        }
        let upto = shown.shown_upto.entry(id.log).or_default();
        let is_in_order = (id.seq, id.index) > *upto;
        *upto = (*upto).max((id.seq, id.index));
        if !is_in_order && !marks.is_late && watches {
            return Err(self.violation(host, &format!("{id} is shown out of order")));
        }
        Ok(())
    }

    fn check_bounds(&mut self, host: usize) -> Result<(), Violation> {
        let Some(node) = self.hosts[host].node.as_ref().filter(|_| self.counts) else { return Ok(()) };
        for room in node.rooms() {
            for chinwag::chat::room::Count { what, held, most } in room.census() {
                let most = match what {
                    "entries" => self.bounds.entries, // as the world has it, whatever the node was told
                    "bytes" => self.bounds.bytes,
                    _ => most,
                };
                if held > most {
                    return Err(self.violation(host, &format!("{held} {what}, at most {most}")));
                }
            }
        }
        Ok(())
    }

    /// Once faults have stopped everybody of one side holds the same within the time the protocol gives.
    pub fn converge(&mut self) -> Result<(), Violation> {
        self.faults = Faults::default();
        for host in &mut self.hosts {
            (host.side, host.lacks_multicast, host.has_firewall) = (0, false, false);
        }
        let people = u32::try_from(self.hosts.len()).expect("a few");
        let interval = (Duration::from_millis(100) * people).clamp(Duration::from_secs(5), Duration::from_secs(120));
        for _ in 0..30 {
            self.run((Duration::from_secs(60) + 3 * interval) / 30)?;
            if self.differs().is_none() {
                return Ok(());
            }
        }
        let differs = self.differs().unwrap_or_default();
        Err(format!("{}: they did not converge: {differs}", self.place()))
    }

    /// Who holds something else than the first.
    pub fn differs(&self) -> Option<String> {
        let all = self.hosts.iter().filter_map(|host| {
            let room = host.node.as_ref()?.rooms().next()?;
            let held: Vec<_> = room.archive().logs().map(|(id, log)| (id, log.settled(), log.out_of_order())).collect();
            Some((&host.nick, held))
        });
        let all: Vec<_> = all.collect();
        let (first, same) = all.first()?;
        let (other, held) = all.iter().find(|(_, held)| held != same)?;
        Some(format!("{first} {same:?} but {other} {held:?}"))
    }

    /// Converged and without input there are only beacons.
    pub fn quiet(&mut self) -> Result<(), Violation> {
        self.run(Duration::from_secs(90))?;
        let before = self.traffic;
        self.run(Duration::from_secs(60))?;
        let others = self.traffic.others - before.others;
        if others > 0 {
            return Err(format!("{}: {others} datagrams that are no beacons though nothing happens", self.place()));
        }
        Ok(())
    }

    fn violation(&self, host: usize, what: &str) -> Violation {
        format!("{}, {}: {what}", self.place(), self.hosts[host].nick)
    }

    fn place(&self) -> String {
        format!("seed {} with {} nodes at {:?}", self.seed, self.hosts.len(), self.now.since(Moment::START))
    }
}
