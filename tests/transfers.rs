//! Transfers on networks of every kind, without any: both sides of the core, a path between them that is slow, loses, delays
//! and overflows, and a disk that takes its time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;
use std::time::Duration;

use chinwag::chat::base::bytes::Bytes;
use chinwag::chat::base::rng::Rng;
use chinwag::chat::base::time::Moment;
use chinwag::chat::files::assembly::ProvenBlock;
use chinwag::chat::files::blocks::{Layout, Tree, TreeBuilder};
use chinwag::chat::files::fetch::{Fetch, FetchStep};
use chinwag::chat::files::ranges::Ranges;
use chinwag::chat::files::read_allowance::DiskRead;
use chinwag::chat::files::supply::{Supply, SupplyStep};
use chinwag::chat::keys::exchange::{Ephemeral, TransferKeys};
use chinwag::chat::keys::identity::Identity;
use chinwag::chat::wire::offer::OfferKey;
use chinwag::chat::wire::transfer::{
    Extent, Pull, Sealer, StopReason, StreamPart, StreamPiece, TransferDirection, TransferMessage,
};

const OFFER: OfferKey = OfferKey { entry: Bytes([12; 16]), item: 3 };

/// A path between two sides, the same both ways.
#[derive(Clone, Copy)]
struct Path {
    /// Bytes a second.
    rate: u64,
    /// How long a datagram takes when nothing is before it.
    delay: Duration,
    /// How much waits before it; more is dropped.
    buffer: u64,
    /// Of a hundred datagrams so many are lost.
    loss: u64,
    /// Of a hundred so many are late, by up to this.
    late: (u64, Duration),
}

impl Path {
    fn new(megabits: u64, millis: u64) -> Self {
        let rate = megabits * 125_000;
        let delay = Duration::from_millis(millis) / 2;
        // One product of rate and round trip.
        let buffer = (rate * millis / 1000).max(30_000);
        Self { rate, delay, buffer, loss: 0, late: (0, Duration::ZERO) }
    }
}

/// One way of it.
struct Way {
    path: Path,
    /// When what waits has left.
    free: Duration,
    flying: BinaryHeap<Reverse<(Duration, u64, Vec<u8>)>>,
    sent: u64,
    carried: u64,
}

impl Way {
    fn new(path: Path) -> Self {
        Self { path, free: Duration::ZERO, flying: BinaryHeap::new(), sent: 0, carried: 0 }
    }

    /// Takes so many bytes: when they arrive, unless there is no room for them.
    fn pass(&mut self, bytes: u64, now: Duration) -> Option<Duration> {
        let Path { rate, delay, buffer, .. } = self.path;
        let nanos = |bytes: u64| Duration::from_nanos(bytes * 1_000_000_000 / rate);
        if self.free.saturating_sub(now) > nanos(buffer) {
            return None;
        }
        self.free = self.free.max(now) + nanos(bytes);
        Some(self.free + delay)
    }

    fn send(&mut self, datagram: Vec<u8>, now: Duration, rng: &mut Rng) {
        let Path { loss, late, .. } = self.path;
        self.sent += 1;
        let Some(arrives) = self.pass(datagram.len() as u64 + 28, now) else { return };
        self.carried += datagram.len() as u64;
        if rng.happens(loss, 100) {
            return;
        }
        let more = if rng.happens(late.0, 100) { rng.between(Duration::ZERO, late.1) } else { Duration::ZERO };
        self.flying.push(Reverse((arrives + more, self.sent, datagram)));
    }

    fn next(&self) -> Option<Duration> {
        self.flying.peek().map(|Reverse((at, ..))| *at)
    }

    fn take(&mut self, now: Duration) -> Option<Vec<u8>> {
        self.next().filter(|&at| at <= now)?;
        self.flying.pop().map(|Reverse((.., datagram))| datagram)
    }
}

/// A TCP flow on the same path that always has more to send, by CUBIC (RFC 9438).
struct Tcp {
    /// In segments.
    window: f64,
    /// What it was when the last one was lost, and when that was.
    lost_at: (f64, Duration),
    is_slow_start: bool,
    flying: f64,
    /// When what was sent is known to have come, or not to have.
    news: BinaryHeap<Reverse<(Duration, bool)>>,
    arrived: u64,
}

impl Tcp {
    const SEGMENT: u64 = 1500;

    fn new() -> Self {
        let lost_at = (0.0, Duration::ZERO);
        Self { window: 10.0, lost_at, is_slow_start: true, flying: 0.0, news: BinaryHeap::new(), arrived: 0 }
    }

    fn step(&mut self, way: &mut Way, now: Duration) {
        let round_trip = way.path.delay * 2 + way.free.saturating_sub(now);
        while let Some(Reverse((_, has_come))) = self.news.peek().copied().filter(|Reverse((at, _))| *at <= now) {
            self.news.pop();
            self.flying -= 1.0;
            if has_come {
                self.arrived += Self::SEGMENT;
                self.grow(now, round_trip.as_secs_f64());
            } else if now > self.lost_at.1 + round_trip {
                self.lost_at = (self.window, now);
                self.window = (self.window * 0.7).max(2.0);
                self.is_slow_start = false;
            }
        }
        while self.flying < self.window {
            let known = way.pass(Self::SEGMENT, now);
            self.news.push(Reverse((known.unwrap_or(way.free) + way.path.delay, known.is_some())));
            self.flying += 1.0;
        }
    }

    fn grow(&mut self, now: Duration, round_trip: f64) {
        let (before, since) = self.lost_at;
        let after = now.saturating_sub(since).as_secs_f64();
        let flat = (before * 0.3 / 0.4).cbrt();
        let cubic = 0.4 * (after + round_trip - flat).powi(3) + before;
        let reno = before * 0.7 + 3.0 * 0.3 / 1.7 * after / round_trip;
        self.window += match cubic.max(reno) {
            _ if self.is_slow_start => 1.0,
            target if target > self.window => (target - self.window).min(self.window / 2.0) / self.window,
            _ => 0.01 / self.window,
        };
    }
}

/// A stream, made of its place.
fn byte(at: u64) -> u8 {
    (at % 251).to_le_bytes()[0] ^ (at >> 16).to_le_bytes()[0]
}

fn bytes(from: u64, count: u64) -> Vec<u8> {
    (from..from + count).map(byte).collect()
}

fn tree(size: u64) -> Tree {
    let mut builder = TreeBuilder::new(Layout::of(size).expect("a size"));
    let mut at = 0;
    while builder.wants() > 0 {
        let block = bytes(at, builder.wants());
        at += block.len() as u64;
        builder.push(&block).expect("a block");
    }
    builder.finish().expect("all blocks")
}

fn keys(number: u8) -> [TransferKeys; 2] {
    let one = Ephemeral::new(&Identity::new(&[1; 32]), &[number; 32], b"asker");
    let other = Ephemeral::new(&Identity::new(&[2; 32]), &[number; 32], b"holder");
    let keys = |mine: &Ephemeral, theirs: &Ephemeral| {
        mine.keys(theirs.key(), Bytes([number; 32]), Bytes([4; 32])).expect("two keys")
    };
    [keys(&one, &other), keys(&other, &one)]
}

/// A transfer from its first Pull to its end.
struct Transfer {
    fetch: Fetch,
    supply: Supply,
    tree: Rc<Tree>,
    to_holder: Way,
    to_asker: Way,
    rng: Rng,
    now: Duration,
    /// How long the disk takes.
    disk: Duration,
    reads: Vec<(Duration, DiskRead)>,
    writes: Vec<(Duration, u64)>,
    written: u64,
    /// The most that waited for the disk.
    most_held: u64,
    turns: u64,
    /// This block is not any more what it was.
    changed: Option<u64>,
    agreements: u8,
    /// What else passes to the asker.
    tcp: Option<Tcp>,
}

/// How it ended.
#[derive(Debug, PartialEq)]
enum End {
    Complete,
    Failed(StopReason),
    TooLong,
}

impl Transfer {
    fn of(size: u64, path: Path, seed: u8) -> Self {
        Self::with(tree(size), Ranges::default(), path, seed)
    }

    fn with(tree: Tree, kept: Ranges, path: Path, seed: u8) -> Self {
        let [mine, theirs] = keys(0);
        let mut fetch = Fetch::new(OFFER, tree.layout, tree.root, kept, 1024 * 1024);
        fetch.begin(mine, path.delay * 2, Moment::START);
        Self {
            fetch,
            supply: Supply::new(theirs, Moment::START),
            tree: Rc::new(tree),
            to_holder: Way::new(path),
            to_asker: Way::new(path),
            rng: Rng::new(&[seed; 32]),
            now: Duration::ZERO,
            disk: Duration::from_micros(200),
            reads: Vec::new(),
            writes: Vec::new(),
            written: 0,
            most_held: 0,
            turns: 0,
            changed: None,
            agreements: 0,
            tcp: None,
        }
    }

    fn moment(&self) -> Moment {
        Moment::since_start(self.now)
    }

    /// Goes on until it ends, or so long.
    fn run(&mut self, most: Duration) -> End {
        while self.now < most {
            self.turns += 1;
            assert!(self.turns < 20_000_000, "it goes on for ever at {:?}", self.now);
            let mut next = most;
            for turn in 0.. {
                assert!(turn < 100_000, "the holder goes on for ever at {:?}", self.now);
                match self.supply.step(self.moment()) {
                    SupplyStep::Send(run) => {
                        for datagram in run.bytes.chunks(run.each) {
                            self.to_asker.send(datagram.to_vec(), self.now, &mut self.rng);
                        }
                    }
                    SupplyStep::Read(reading) => {
                        self.reads.push((self.now + Duration::from_micros(200), reading));
                    }
                    SupplyStep::Stopped(_) => break,
                    SupplyStep::End(reason) => {
                        if let Some(stop) = self.supply.say_stop(reason) {
                            self.to_asker.send(stop, self.now, &mut self.rng);
                        }
                        break;
                    }
                    SupplyStep::Wait(until) => {
                        next = next.min(until.map_or(most, |until| until.since(Moment::START)));
                        break;
                    }
                }
            }
            for turn in 0.. {
                assert!(turn < 100_000, "the asker goes on for ever at {:?}", self.now);
                match self.fetch.step(self.moment()) {
                    FetchStep::Send(pull) => self.to_holder.send(pull, self.now, &mut self.rng),
                    FetchStep::Write(ProvenBlock { block, bytes: written, value }) => {
                        let at = block * self.tree.layout.block_bytes();
                        assert_eq!(written, bytes(at, written.len() as u64));
                        assert_eq!(self.tree.layout.value(block, &written), Some(value));
                        self.writes.push((self.now + self.disk, block));
                        self.most_held = self.most_held.max(self.writes.len() as u64 * 65_536);
                    }
                    FetchStep::Complete => return End::Complete,
                    FetchStep::Failed(reason) => return End::Failed(reason),
                    FetchStep::Stalled => {
                        self.agreements += 1;
                        let [mine, theirs] = keys(self.agreements);
                        self.fetch.begin(mine, self.to_asker.path.delay * 2, self.moment());
                        self.supply = Supply::new(theirs, self.moment());
                    }
                    FetchStep::Wait(until) => {
                        next = next.min(until.map_or(most, |until| until.since(Moment::START)));
                        break;
                    }
                }
            }
            let disks = self.reads.iter().map(|(at, _)| *at).chain(self.writes.iter().map(|(at, _)| *at));
            let tcp = self.tcp.as_mut().and_then(|tcp| {
                tcp.step(&mut self.to_asker, self.now);
                tcp.news.peek().map(|Reverse((at, _))| *at)
            });
            let events = disks.chain(self.to_asker.next()).chain(self.to_holder.next()).chain(tcp);
            self.now = events.chain([next]).min().unwrap_or(most).max(self.now + Duration::from_nanos(1));
            self.deliver();
        }
        End::TooLong
    }

    fn deliver(&mut self) {
        let now = self.moment();
        while let Some(mut datagram) = self.to_holder.take(self.now) {
            if let Some(offer) = self.supply.on_datagram(&mut datagram, now) {
                assert_eq!(offer, OFFER);
                self.supply.serve(Rc::clone(&self.tree));
            }
        }
        while let Some(mut datagram) = self.to_asker.take(self.now) {
            self.fetch.on_datagram(&mut datagram, now);
        }
        let due = |at: &Duration| *at <= self.now;
        let layout = self.tree.layout;
        for (_, reading) in self.reads.extract_if(.., |(at, _)| due(at)) {
            match reading {
                DiskRead::Block(block) => {
                    let mut bytes = bytes(block * layout.block_bytes(), layout.bytes_of(block));
                    if self.changed == Some(block) {
                        bytes[5] ^= 1;
                    }
                    let value = layout.value(block, &bytes);
                    self.supply.on_block(block, bytes.into(), value);
                }
                DiskRead::Page(page) => {
                    let blocks = page * 1024..page * 1024 + layout.values_of(page);
                    let value =
                        |block: u64| layout.value(block, &bytes(block * layout.block_bytes(), layout.bytes_of(block)));
                    self.supply.on_page(page, blocks.map(value).collect());
                }
            }
        }
        for (_, block) in self.writes.extract_if(.., |(at, _)| due(at)) {
            self.fetch.on_written(block, true);
            self.written += layout.bytes_of(block);
        }
    }

    /// How much of the path was used for the stream, in percent.
    fn share(&self) -> u64 {
        let millis = u64::try_from(self.now.as_millis()).expect("it took minutes");
        self.written * 100 * 1000 / (self.to_asker.path.rate * millis.max(1))
    }
}

const MIB: u64 = 1024 * 1024;

/// How much was sent, in percent of the stream.
fn sent(transfer: &Transfer) -> u64 {
    transfer.to_asker.carried * 100 / transfer.tree.layout.size()
}

#[test]
fn every_size_arrives_as_it_was() {
    for size in [0, 1, 65_535, 65_536, 65_537, 10 * MIB, 64 * MIB + 70_000] {
        let mut transfer = Transfer::of(size, Path::new(1000, 1), 1);
        assert_eq!(transfer.run(Duration::from_secs(30)), End::Complete, "{size}");
        assert_eq!((transfer.written, transfer.fetch.bytes_kept()), (size, size));
    }
}

#[test]
fn a_path_without_loss_is_filled_and_hardly_anything_is_sent_twice() {
    // Of what a path carries 5.6 % are around the pieces. The first second or so goes by before its rate is known.
    for (megabits, millis, size, least) in
        [(100, 20, 64 * MIB, 90), (1000, 1, 64 * MIB, 90), (2, 40, 4 * MIB, 90), (10, 200, 32 * MIB, 88)]
    {
        let mut transfer = Transfer::of(size, Path::new(megabits, millis), 1);
        assert_eq!(transfer.run(Duration::from_secs(120)), End::Complete);
        let (share, sent) = (transfer.share(), sent(&transfer));
        assert!(
            share >= least && sent < 110,
            "{megabits} Mbit/s, {millis} ms: {share} % of the path, {sent} % of the stream"
        );
    }
}

#[test]
fn beside_a_tcp_flow_each_has_a_part_of_the_path() {
    // A quarter, but where the buffer is small for a slow path: there CUBIC needs seconds to grow again.
    for (megabits, millis, buffers, least) in
        [(100, 20, 1, 25), (100, 20, 2, 25), (100, 20, 4, 25), (20, 50, 1, 10), (20, 50, 4, 25)]
    {
        let path = Path::new(megabits, millis);
        let mut transfer = Transfer::of(256 * MIB, Path { buffer: path.buffer * buffers, ..path }, 1);
        transfer.tcp = Some(Tcp::new());
        transfer.run(Duration::from_secs(5));
        let arrived = |transfer: &Transfer| [transfer.written, transfer.tcp.as_ref().map_or(0, |tcp| tcp.arrived)];
        let (before, since) = (arrived(&transfer), transfer.now);
        transfer.run(Duration::from_secs(35));
        let millis = u64::try_from(transfer.now.saturating_sub(since).as_millis()).expect("seconds");
        let shares = [0, 1].map(|of| (arrived(&transfer)[of] - before[of]) * 100_000 / (path.rate * millis));
        assert!(shares.iter().all(|share| *share >= least), "{megabits} Mbit/s, {buffers} buffers: {shares:?}");
    }
}

#[test]
fn a_path_that_loses_is_filled_all_the_same() {
    for (loss, megabits, millis, least) in [(1, 100, 50, 80), (5, 100, 50, 75), (20, 100, 20, 45), (40, 10, 20, 20)] {
        let mut transfer = Transfer::of(64 * MIB, Path { loss, ..Path::new(megabits, millis) }, 1);
        assert_eq!(transfer.run(Duration::from_secs(300)), End::Complete);
        let (share, sent) = (transfer.share(), sent(&transfer));
        let most = 115 * 100 / (100 - loss);
        assert!(share > least && sent < most, "{loss} %: {share} % of the path, {sent} % of the stream");
    }
}

/// What was taken for lost and comes after all once made the queue jump, and everything was sent half as often again.
#[test]
fn what_comes_late_is_not_taken_for_lost_again_and_again() {
    for late in [(2, Duration::from_millis(1)), (10, Duration::from_millis(5)), (2, Duration::from_millis(30))] {
        let mut transfer = Transfer::of(32 * MIB, Path { late, ..Path::new(100, 20) }, 1);
        assert_eq!(transfer.run(Duration::from_secs(60)), End::Complete);
        let (share, sent) = (transfer.share(), sent(&transfer));
        assert!(share >= 80 && sent < 112, "{late:?}: {share} % of the path, {sent} % of the stream");
    }
}

#[test]
fn a_slow_disk_slows_the_transfer_and_fills_no_memory() {
    let mut transfer = Transfer::of(32 * MIB, Path::new(1000, 1), 1);
    transfer.disk = Duration::from_millis(300);
    assert_eq!(transfer.run(Duration::from_secs(60)), End::Complete);
    assert!(sent(&transfer) < 110, "nothing is lost for it");
    assert!(transfer.most_held <= 8 * MIB, "{} bytes wait for the disk", transfer.most_held);
}

#[test]
fn what_is_kept_already_is_not_fetched_again() {
    let kept = Ranges::of(3, 1020);
    let mut transfer = Transfer::with(tree(66 * MIB), kept, Path::new(1000, 1), 1);
    assert_eq!(transfer.run(Duration::from_secs(10)), End::Complete);
    assert_eq!(transfer.written, 66 * MIB - 1017 * 65_536);
}

#[test]
fn a_holder_that_sends_something_else_is_found_out_by_the_first_block() {
    for size in [100, 300_000, 70 * MIB] {
        let mut transfer = Transfer::of(size, Path::new(1000, 1), 1);
        let mut other = tree(size);
        other.root = Bytes([7; 32]);
        let [mine, _] = keys(0);
        transfer.fetch = Fetch::new(OFFER, other.layout, other.root, Ranges::default(), MIB);
        transfer.fetch.begin(mine, Duration::from_millis(1), Moment::START);
        assert_eq!(transfer.run(Duration::from_secs(10)), End::Failed(StopReason::Changed), "{size}");
        assert_eq!(transfer.written, 0);
    }
}

#[test]
fn an_empty_file_is_what_was_signed_or_is_none() {
    let layout = Layout::of(0).expect("a size");
    let of = |root| Fetch::new(OFFER, layout, root, Ranges::default(), 1024).step(Moment::START);
    assert_eq!(of(Bytes(*blake3::hash(b"").as_bytes())), FetchStep::Complete);
    assert_eq!(of(Bytes([1; 32])), FetchStep::Failed(StopReason::Changed));
}

/// Whoever fetched could make a holder withdraw an offer from all by saying that its file had changed.
#[test]
fn what_an_asker_says_of_the_holders_disk_is_no_finding_of_the_holder() {
    let [mine, theirs] = keys(0);
    let mut supply = Supply::new(theirs, Moment::START);
    let mut sealer = Sealer::new(TransferDirection::ToHolder);
    let mut datagram = Vec::new();
    let stop = TransferMessage::Stop(StopReason::Changed);
    assert!(sealer.close(&mine, OFFER, stop, 0, &mut datagram));
    supply.on_datagram(&mut datagram, Moment::START);
    assert_eq!(supply.step(Moment::START), SupplyStep::Stopped(StopReason::Changed));
    assert_eq!(supply.say_stop(StopReason::Changed), None, "and it is not answered");
}

#[test]
fn what_changed_on_the_holders_disk_does_not_leave() {
    let mut transfer = Transfer::of(3 * MIB, Path::new(1000, 1), 1);
    transfer.changed = Some(20);
    assert_eq!(transfer.run(Duration::from_secs(10)), End::Failed(StopReason::Changed));
    assert!(transfer.fetch.kept().iter().all(|(_, end)| end <= 48), "{:?}", transfer.fetch.kept());
}

#[test]
fn a_holder_that_is_silent_is_asked_once_more_and_goes_on_where_it_was() {
    let mut transfer = Transfer::of(8 * MIB, Path::new(100, 10), 1);
    assert_eq!(transfer.run(Duration::from_millis(400)), End::TooLong);
    let kept = transfer.fetch.bytes_kept();
    assert!(kept > MIB);
    transfer.to_asker.path.loss = 100;
    assert_eq!(transfer.run(Duration::from_secs(3)), End::TooLong);
    transfer.to_asker.path.loss = 0;
    assert_eq!(transfer.run(Duration::from_secs(20)), End::Complete);
    assert!((1..4).contains(&transfer.agreements), "{}", transfer.agreements);
    assert!(transfer.written <= 8 * MIB, "no block twice");
}

/// One byte of each block, over and over: what is read for it is bounded, however much is asked for.
#[test]
fn who_wants_one_byte_of_each_block_makes_the_disk_work_little() {
    let tree = Rc::new(tree(200 * MIB));
    let [mine, theirs] = keys(0);
    let mut supply = Supply::new(theirs, Moment::START);
    let mut sealer = Sealer::new(TransferDirection::ToHolder);
    let (mut reads, mut credit) = (0, 0);
    for turn in 0..10_000_u64 {
        let now = Moment::since_start(Duration::from_millis(turn));
        let wanted = (0..48).map(|at| Extent {
            part: StreamPart::Stream,
            from: (turn * 48 + at) * 65_536 % (200 * MIB),
            count: 1,
        });
        credit += 48;
        let pull = Pull { offer: OFFER, credit, rate: u64::MAX, largest: 0, wanted: wanted.collect() };
        let mut datagram = Vec::new();
        assert!(sealer.close(&mine, OFFER, TransferMessage::Pull(pull), 0, &mut datagram));
        if supply.on_datagram(&mut datagram, now).is_some() {
            supply.serve(Rc::clone(&tree));
        }
        loop {
            match supply.step(now) {
                SupplyStep::Read(DiskRead::Block(block)) => {
                    reads += 1;
                    let layout = tree.layout;
                    let bytes = bytes(block * layout.block_bytes(), layout.bytes_of(block));
                    let value = layout.value(block, &bytes);
                    supply.on_block(block, bytes.into(), value);
                }
                SupplyStep::Read(DiskRead::Page(page)) => {
                    reads += 1024;
                    let layout = tree.layout;
                    let blocks = page * 1024..page * 1024 + layout.values_of(page);
                    let value = |block: u64| layout.value(block, &bytes(block * 65_536, layout.bytes_of(block)));
                    supply.on_page(page, blocks.map(value).collect());
                }
                SupplyStep::Stopped(_) => break,
                SupplyStep::Send(_) => {}
                SupplyStep::End(reason) => panic!("{reason:?}"),
                SupplyStep::Wait(_) => break,
            }
        }
    }
    assert!(reads < 10 * (16 + 1024) + 5 * 1024, "{reads} blocks were read in ten seconds");
}

/// Numbers at the end of what there is, and every shape of nonsense, in Pulls that are sealed as they have to be.
#[test]
fn a_pull_with_hostile_numbers_ends_at_most_its_own_transfer() {
    let extent = |part, from, count| Extent { part, from, count };
    let hostile = [
        (u64::MAX, u64::MAX, vec![]),
        (u64::MAX, 0, vec![extent(StreamPart::Stream, u64::MAX, u64::MAX)]),
        (10, 1, vec![extent(StreamPart::Stream, 0, u64::MAX), extent(StreamPart::Stream, 0, 11)]),
        (5, 1, vec![extent(StreamPart::Page, 0, 5)]),
        (5, u64::MAX, vec![extent(StreamPart::Top, u64::MAX - 5, 5)]),
        (0, u64::MAX, vec![extent(StreamPart::Stream, 0, 0)]),
        (u64::MAX, u64::MAX, vec![extent(StreamPart::Stream, 0, 100_000); 48]),
    ];
    for (credit, rate, wanted) in hostile {
        let [mine, theirs] = keys(0);
        let (mut supply, mut sealer, tree) =
            (Supply::new(theirs, Moment::START), Sealer::new(TransferDirection::ToHolder), Rc::new(tree(100_000)));
        let told = format!("{credit} {rate} {wanted:?}");
        for largest in [0, u32::MAX] {
            let pull = Pull { offer: OFFER, credit, rate, largest, wanted: wanted.clone() };
            let mut datagram = Vec::new();
            assert!(sealer.close(&mine, OFFER, TransferMessage::Pull(pull), 0, &mut datagram));
            if supply.on_datagram(&mut datagram, Moment::START).is_some() {
                supply.serve(Rc::clone(&tree));
            }
            let now = Moment::since_start(Duration::from_secs(1));
            let steps = (0..200).map(|_| supply.step(now)).take_while(|step| matches!(step, SupplyStep::Send(_)));
            assert!(steps.count() < 200, "{told}");
        }
    }
}

/// Pieces that were not asked for, or lie beyond the end, in datagrams that are sealed as they have to be.
#[test]
fn a_piece_with_hostile_numbers_changes_nothing_and_fills_no_memory() {
    let tree = tree(10 * MIB);
    for (from, len) in [(u64::MAX, 10), (u64::MAX - 5, 5), (10 * MIB - 1, 2), (9 * MIB, 1000), (0, 1)] {
        let [mine, theirs] = keys(0);
        let mut fetch = Fetch::new(OFFER, tree.layout, tree.root, Ranges::default(), MIB);
        fetch.begin(mine, Duration::from_millis(1), Moment::START);
        assert!(matches!(fetch.step(Moment::START), FetchStep::Send(_)));
        let bytes = vec![7; len];
        let piece = TransferMessage::Piece(StreamPiece { part: StreamPart::Stream, from, bytes: &bytes });
        let mut datagram = Vec::new();
        assert!(Sealer::new(TransferDirection::ToAsker).close(&theirs, OFFER, piece, 0, &mut datagram));
        fetch.on_datagram(&mut datagram, Moment::START);
        let is_beyond = from.saturating_add(len as u64) > 10 * MIB;
        let step = fetch.step(Moment::START);
        assert_eq!(matches!(step, FetchStep::Failed(StopReason::Changed)), is_beyond, "{from} {len}: {step:?}");
        assert_eq!(fetch.bytes_kept(), 0);
    }
}
