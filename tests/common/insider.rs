//! A member with no shame: it has the room's key, signs real beacons, brings cookies back, and sends valid frames of every
//! kind with hostile numbers. One seed decides what it prefers.

#![allow(dead_code, reason = "each test uses the part that it needs")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use chinwag::chat::api::machine::Way;
use chinwag::chat::base::bytes::Bytes;
use chinwag::chat::base::rng::Rng;
use chinwag::chat::base::time::{Hybrid, Stamp, Wall};
use chinwag::chat::keys::identity::{EntryId, Identity, LogId, Run, log_id};
use chinwag::chat::wire;
use chinwag::chat::wire::entry::{Body, Deletion, Header, NO_ENTRY, Text};
use chinwag::chat::wire::frame::{Ack, Beacon, Cookie, Frame, Head, Signed, Span, Via, Wanted, flags};

use super::sim::{Violation, World};

const EPOCH_MS: u64 = 1_767_225_600_000;

/// What it does, each as often as it likes that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trick {
    Beacons,
    Wants,
    Heads,
    /// Claims of logs that nobody has.
    Inventions,
    Buckets,
    Gone,
    /// Entries of its own, sound and strange ones.
    Lines,
    /// Logs of many invented people, said to be there, and then brought.
    People,
    /// What others have said, sent again as if a receipt were expected.
    Echoes,
    Retries,
    /// What was sent before, from another address.
    Replays,
    /// Claims about the logs of others, and old entries of its own one by one: as if there were something to wait for.
    Drip,
}

const TRICKS: [Trick; 12] = [
    Trick::Beacons,
    Trick::Wants,
    Trick::Heads,
    Trick::Inventions,
    Trick::Buckets,
    Trick::Gone,
    Trick::Lines,
    Trick::People,
    Trick::Echoes,
    Trick::Retries,
    Trick::Replays,
    Trick::Drip,
];

/// An address that nobody is at.
pub const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 9, 9, 9)), 9);

pub struct Insider {
    identity: Rc<Identity>,
    pub address: SocketAddr,
    host: usize,
    run: Run,
    counter: u64,
    seq: u64,
    last: EntryId,
    invented: u64,
    /// How often it does what.
    taste: Vec<(Trick, u64)>,
    cookies: BTreeMap<SocketAddr, Cookie>,
    heard: BTreeSet<LogId>,
    /// What it was sent last.
    datagrams: VecDeque<Rc<[u8]>>,
    /// What it was sent of others.
    captured: Vec<(Rc<[u8]>, chinwag::chat::keys::identity::Signature)>,
    pub rng: Rng,
}

impl Insider {
    /// It comes to a world, at a machine of its own.
    pub fn enter(world: &mut World, seed: u64, tricks: &[Trick]) -> Self {
        let host = world.add();
        world.hosts[host].is_insider = true;
        let mut bytes = [0x1d; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let mut rng = Rng::new(&bytes);
        let mut taste: Vec<(Trick, u64)> = if tricks.is_empty() {
            TRICKS.map(|trick| (trick, 1)).to_vec()
        } else {
            tricks.iter().map(|&trick| (trick, 4)).collect()
        };
        if tricks.is_empty() {
            for _ in 0..3 {
                let at = usize::try_from(rng.below(taste.len() as u64)).expect("an index");
                taste[at].1 += 12;
            }
        }
        let address = world.hosts[host].address;
        let identity = Rc::new(Identity::new(&[0xee; 32]));
        let run = Bytes(rng.bytes());
        Self {
            identity,
            address,
            host,
            run,
            counter: 0,
            seq: 0,
            last: NO_ENTRY,
            invented: 0,
            taste,
            cookies: BTreeMap::new(),
            heard: BTreeSet::new(),
            datagrams: VecDeque::new(),
            captured: Vec::new(),
            rng,
        }
    }

    fn log(&self, world: &World) -> LogId {
        log_id(world.keys().id(), self.identity.author(), self.run)
    }

    /// A number that somebody did not expect.
    fn number(&mut self, known: u64) -> u64 {
        match self.rng.below(8) {
            0 => 0,
            1 => 1,
            2 => 2,
            3 => known.saturating_add(1),
            4 => known.saturating_add(1_000_000),
            5 => u64::MAX,
            6 => u64::MAX - 1,
            _ => known,
        }
    }

    fn stamp(&mut self, world: &World) -> Stamp {
        let now = EPOCH_MS
            + u64::try_from(world.now.since(chinwag::chat::base::time::Moment::START).as_millis()).expect("days");
        let wall = match self.rng.below(8) {
            0 => 0,
            1 => now - 60_000,
            2 => now + 300_000,
            3 => u64::MAX,
            _ => now,
        };
        Hybrid::default().next(Wall(wall))
    }

    /// Takes what was sent to it.
    pub fn listen(&mut self, world: &mut World) {
        for (from, datagram) in std::mem::take(&mut world.hosts[self.host].heard) {
            let mut bytes = datagram.to_vec();
            self.datagrams.push_back(datagram);
            if self.datagrams.len() > 20 {
                self.datagrams.pop_front();
            }
            let room = world.keys().id();
            match world.open(&mut bytes) {
                Some(Frame::Retry { cookie }) => {
                    self.cookies.insert(from, cookie);
                    self.send(world, from, &Frame::Want { cookie, wants: Vec::new() });
                }
                Some(Frame::Beacon { via: Via::Author, beacon }) => {
                    if let Ok(beacon) = wire::claimed_beacon(beacon.bytes) {
                        self.heard.insert(log_id(room, beacon.author, beacon.run));
                    }
                }
                Some(Frame::Entries { entries, .. }) if self.captured.len() < 200 => {
                    self.captured.extend(entries.iter().map(|entry| (entry.bytes.into(), entry.signature)));
                }
                _ => {}
            }
        }
    }

    fn send(&mut self, world: &mut World, to: SocketAddr, frame: &Frame<'_>) {
        let datagram = world.seal(frame);
        let Some(host) = world.at(to) else { return };
        world.inject(self.address, host, Way::Unicast, &datagram);
    }

    /// A beacon as anybody sends it, so that it counts as here.
    pub fn beacon(&mut self, world: &mut World, to: SocketAddr, acks: Vec<Ack>, flags: u8) {
        self.counter += 1;
        let now = EPOCH_MS
            + u64::try_from(world.now.since(chinwag::chat::base::time::Moment::START).as_millis()).expect("days");
        let beacon = Beacon {
            author: self.identity.author(),
            run: self.run,
            counter: self.counter,
            time: Hybrid::default().next(Wall(now)),
            nick: "eve".to_owned(),
            flags,
            interval: 5,
            root: Bytes(self.rng.bytes()),
            logs: 1,
            prekey: Bytes(self.rng.bytes()),
            moved: [0, 1, u64::MAX][usize::try_from(self.counter % 3).expect("small")],
            acks,
            hears: self.heard.iter().take(16).map(|log| Bytes::first_of(&log.0)).collect(),
        };
        let (bytes, signature) = wire::sign_beacon(&self.identity, world.keys().id(), &beacon);
        self.send(world, to, &Frame::Beacon { via: Via::Author, beacon: Signed { bytes: &bytes, signature } });
    }

    /// As above, with nothing strange in it.
    pub fn greet(&mut self, world: &mut World, host: usize) {
        let to = world.hosts[host].address;
        self.beacon(world, to, Vec::new(), 0);
    }

    /// An entry of its own, or of somebody it invents.
    fn entry(
        &mut self,
        world: &World,
        author: &Identity,
        run: Run,
        seq: u64,
        time: Stamp,
    ) -> chinwag::chat::wire::entry::Entry {
        let body = match self.rng.below(12) {
            0 => Body::Profile("h0".to_owned()),
            1 => Body::Topic("nonsense".to_owned()),
            2 => {
                let log = *world.own_logs().first().expect("somebody");
                Body::Deletion(Deletion { log, seq: self.number(1), count: 255 })
            }
            3 => Body::Text(Text { lines: vec!["and so on".to_owned()], continues: true, is_auto: false }),
            _ => Body::Text(Text { lines: vec!["eve says so".to_owned()], continues: false, is_auto: false }),
        };
        let header = Header { author: author.author(), run, seq, prev: self.last, time, kind: body.kind() };
        wire::sign_entry(author, world.keys().id(), header, &wire::encode_body(&body))
    }

    fn say(&mut self, world: &mut World, to: SocketAddr, time: Stamp, ack: bool) {
        self.seq += 1;
        let (identity, run, seq) = (Rc::clone(&self.identity), self.run, self.seq);
        let entry = self.entry(world, &identity, run, seq, time);
        self.last = entry.id;
        let entries = vec![Signed { bytes: &entry.bytes, signature: entry.signature }];
        self.send(world, to, &Frame::Entries { ack, entries });
    }

    fn person(&mut self) -> (Identity, Run) {
        self.invented += 1;
        let mut secret = [0xdc; 32];
        secret[..8].copy_from_slice(&self.invented.to_le_bytes());
        (Identity::new(&secret), Bytes(self.invented.to_le_bytes()))
    }

    fn head(log: LogId, seq: u64) -> Head {
        Head { log, floor: 1, seq, id: Bytes([1; 8]) }
    }

    /// One thing that it likes to do, to somebody.
    pub fn act(&mut self, world: &mut World, victims: usize) {
        let total: u64 = self.taste.iter().map(|(_, weight)| weight).sum();
        let mut at = self.rng.below(total);
        let trick = self.taste.iter().find(|(_, weight)| {
            let is_it = at < *weight;
            at = at.saturating_sub(*weight);
            is_it
        });
        let trick = trick.expect("one of them").0;
        let to = world.hosts[usize::try_from(self.rng.below(victims as u64)).expect("an index")].address;
        let cookie = self.cookies.get(&to).copied().unwrap_or(Bytes([3; 8]));
        let (ack, reply) = (self.rng.below(2) == 0, self.rng.below(2) == 0);
        let logs = world.own_logs();
        match trick {
            Trick::Beacons => {
                let acks = logs.iter().map(|&log| Ack { log, seq: self.number(world.said_by(log)) }).collect();
                let flags = if self.rng.below(40) == 0 {
                    flags::LEAVING
                } else {
                    u8::try_from(self.rng.below(32)).expect("five bits") & !flags::LEAVING
                };
                self.beacon(world, to, acks, flags);
            }
            Trick::Wants => {
                let one = logs[usize::try_from(self.rng.below(logs.len() as u64)).expect("an index")];
                let wants =
                    (0..60).map(|_| Wanted { log: one, from: self.number(1).min(1 << 40), count: 255 }).collect();
                self.send(world, to, &Frame::Want { cookie, wants });
            }
            Trick::Heads => {
                let heads = logs.iter().map(|&log| Self::head(log, self.number(world.said_by(log)))).collect();
                self.send(world, to, &Frame::Heads { ack, reply, heads });
            }
            Trick::Inventions => {
                let heads = (0..40).map(|_| Self::head(Bytes(self.rng.bytes()), self.number(64))).collect();
                self.send(world, to, &Frame::Heads { ack, reply, heads });
            }
            Trick::Buckets => {
                let buckets = Bytes([u8::try_from(self.rng.below(256)).expect("a byte"); 384]);
                self.send(world, to, &Frame::Buckets { cookie, buckets });
            }
            Trick::Gone => {
                let ranges =
                    logs.iter().map(|&log| Span { log, from: self.number(1), to: self.number(world.said_by(log)) });
                let ranges = ranges.collect();
                self.send(world, to, &Frame::Gone { ranges });
            }
            Trick::Lines => {
                let time = self.stamp(world);
                if self.rng.below(20) == 0 {
                    self.seq = self.seq.saturating_add(self.rng.below(3000));
                }
                self.say(world, to, time, ack);
            }
            Trick::People => self.bring_people(world, to),
            Trick::Echoes => self.echo(world, to),
            Trick::Retries => {
                let cookie = Bytes(self.rng.bytes());
                self.send(world, to, &Frame::Retry { cookie });
            }
            Trick::Replays => self.replay(world, to, (ack, reply)),
            Trick::Drip => self.drip(world, to, &logs),
        }
    }

    /// Something that another one said, as if a receipt were expected.
    fn echo(&mut self, world: &mut World, to: SocketAddr) {
        let index = self.rng.below(self.captured.len().max(1) as u64);
        let Some((bytes, signature)) = self.captured.get(usize::try_from(index).expect("an index")).cloned() else {
            return;
        };
        let entries = vec![Signed { bytes: &bytes, signature }];
        self.send(world, to, &Frame::Entries { ack: true, entries });
    }

    /// Something that was sent before, perhaps from another address.
    fn replay(&mut self, world: &mut World, to: SocketAddr, (ack, reply): (bool, bool)) {
        let at = self.rng.below(self.datagrams.len().max(1) as u64);
        let heard = self.datagrams.get(usize::try_from(at).expect("an index")).cloned();
        let Some(captured) = heard.filter(|_| reply).or_else(|| world.captured()) else { return };
        let from = if ack { self.address } else { NOWHERE };
        let host = world.at(to).expect("a host");
        world.inject(from, host, Way::Unicast, &captured);
    }

    /// Claims about the logs of others, and an old entry of somebody it invents.
    fn drip(&mut self, world: &mut World, to: SocketAddr, logs: &[LogId]) {
        let invented = (0..3).map(|_| Self::head(Bytes(self.rng.bytes()), 1)).collect::<Vec<_>>();
        let claimed = logs.iter().map(|&log| Self::head(log, 1_000_000));
        let heads = claimed.chain(invented).collect();
        self.send(world, to, &Frame::Heads { ack: false, reply: false, heads });
        let (person, run) = self.person();
        let old = Hybrid::default().next(Wall(EPOCH_MS - 60_000));
        let entry = self.entry(world, &person, run, 1, old);
        let heads = vec![Self::head(entry.log, 1)];
        self.send(world, to, &Frame::Heads { ack: false, reply: false, heads });
        let entries = vec![Signed { bytes: &entry.bytes, signature: entry.signature }];
        self.send(world, to, &Frame::Entries { ack: false, entries });
    }

    fn bring_people(&mut self, world: &mut World, to: SocketAddr) {
        let people: Vec<(Identity, Run)> = (0..8).map(|_| self.person()).collect();
        let (time, seq) = (self.stamp(world), 1 + self.rng.below(2));
        let entries: Vec<_> = people.iter().map(|(person, run)| self.entry(world, person, *run, seq, time)).collect();
        let heads = entries.iter().map(|entry| Self::head(entry.log, 2)).collect();
        self.send(world, to, &Frame::Heads { ack: false, reply: false, heads });
        for entry in entries {
            let entries = vec![Signed { bytes: &entry.bytes, signature: entry.signature }];
            self.send(world, to, &Frame::Entries { ack: false, entries });
        }
    }

    /// It is known to everybody, as a member is.
    pub fn settle_in(&mut self, world: &mut World, victims: usize) -> Result<(), Violation> {
        for _ in 0..4 {
            for victim in 0..victims {
                let to = world.hosts[victim].address;
                self.beacon(world, to, Vec::new(), 0);
            }
            world.run(Duration::from_millis(300))?;
            self.listen(world);
        }
        let log = self.log(world);
        let is_here = |host: usize| {
            let rooms = world.hosts[host].node.iter().flat_map(chinwag::chat::session::node::Node::rooms);
            rooms.into_iter().any(|room| room.presence().peer(log).is_some_and(|peer| peer.is_present))
        };
        assert!((0..victims).all(is_here), "it is taken for a member");
        Ok(())
    }
}
