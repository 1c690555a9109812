//! The protocol on a network that has every fault. A failing seed is named in the failure; to repeat it:
//! `SIM_SEED=… SIM_PEERS=… cargo test --test sim any_seed`. To try many: `SIM_SEEDS=1000 SIM_PEERS=20 cargo test --release
//! --test sim any_seed`.

#[path = "common/insider.rs"]
mod insider;
#[path = "common/sim.rs"]
mod sim;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use chinwag::chat::bytes::Bytes;
use chinwag::chat::entry::{Body, Deletion, Header, NO_ENTRY, Text};
use chinwag::chat::event::Event;
use chinwag::chat::frame::{Beacon, Frame, Head, Signed, Span, Wanted, flags};
use chinwag::chat::identity::{Identity, log_id};
use chinwag::chat::limits::Bounds;
use chinwag::chat::machine::{Machine, Way};
use chinwag::chat::node::Node;
use chinwag::chat::talk::Change;
use chinwag::chat::time::{Hybrid, Wall};
use chinwag::chat::wire;

use insider::{Insider, Trick};
use sim::{Faults, Plant, Violation, World};

const SECOND: Duration = Duration::from_secs(1);

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// A life of a few people on a bad network: they talk while everything happens that can, and then it stops.
fn live(seed: u64, peers: usize, plant: Plant) -> Result<World, Violation> {
    let mut world = World::new(seed);
    world.plant = plant;
    let count = 2 + usize::try_from(world.below(peers as u64 - 1)).expect("a few");
    for _ in 0..count {
        let host = if world.below(2) > 0 { world.add_with_disk() } else { world.add() };
        if world.below(4) > 0 {
            world.boot(host);
        }
    }
    for _ in 0..12 {
        trouble(&mut world);
        for _ in 0..world.below(6) {
            let host = usize::try_from(world.below(count as u64)).expect("an index");
            if world.hosts[host].node.is_some() {
                world.say(host)?;
            }
            let wait = world.below(400);
            world.run(Duration::from_millis(wait))?;
        }
        let wait = world.below(8000);
        world.run(Duration::from_millis(wait))?;
    }
    for host in 0..count {
        if world.hosts[host].node.is_none() {
            world.boot(host);
        }
    }
    world.converge()?;
    Ok(world)
}

/// Something happens to the network, or to a machine.
fn trouble(world: &mut World) {
    let host = usize::try_from(world.below(world.hosts.len() as u64)).expect("an index");
    match world.below(13) {
        0 => world.faults = Faults::default(),
        1 => world.faults.loss = world.below(600),
        2 => world.faults = Faults { loss: 50, burst: 900, ..world.faults },
        3 => world.faults.copies = world.below(500),
        4 => world.faults.reordered = world.below(500),
        5 => world.faults = Faults { flipped: world.below(100), cut: world.below(100), ..world.faults },
        6 => world.faults.delay = Duration::from_millis(world.below(300)),
        7 => world.hosts[host].side ^= 1,
        8 => world.hosts[host].is_deaf ^= true,
        9 => world.hosts[host].has_firewall ^= true,
        10 if world.hosts[host].node.is_some() => world.crash(host),
        10 => world.boot(host),
        11 => world.roam(host),
        _ => {
            let jump = i64::try_from(world.below(2_000_000)).expect("half an hour") - 1_000_000;
            world.hosts[host].wall_offset_ms += jump;
        }
    }
}

#[test]
fn any_seed_converges_and_breaks_no_promise() {
    let peers = usize::try_from(number("SIM_PEERS").unwrap_or(6)).expect("a few").max(2);
    let seeds: Vec<u64> = match number("SIM_SEED") {
        Some(seed) => vec![seed],
        None => (0..number("SIM_SEEDS").unwrap_or(300)).collect(),
    };
    for seed in seeds {
        if let Err(violation) = live(seed, peers, Plant::None).and_then(|mut world| world.quiet()) {
            panic!("{violation}; repeat it with SIM_SEED={seed} SIM_PEERS={peers}");
        }
    }
}

/// A datagram of a comparison was lost, and the same two roots were never compared again.
#[test]
fn seed_40_of_6_a_lost_comparison_is_repeated() {
    live(40, 6, Plant::None).and_then(|mut world| world.quiet()).unwrap();
}

/// The same with letters. Says who read how many, and how many were written.
fn live_with_letters(seed: u64, count: usize) -> Result<(World, Vec<(String, usize)>), Violation> {
    let mut world = World::new(seed);
    for _ in 0..count {
        let host = world.add_with_disk();
        world.boot(host);
    }
    world.run(SECOND * 3)?;
    let mut letters = Vec::new();
    for round in 0..30 {
        trouble(&mut world);
        let (from, to) = (round % count, (round + 1 + usize::from(world.below(2) > 0)) % count);
        if world.hosts[from].node.is_some() && from != to {
            let text = format!("h{from}-letter {round}{}", " and more of it".repeat(usize::from(round % 5 == 0) * 100));
            world.type_command(from, &format!("/msg h{to} {text}"))?;
            letters.push((text, to));
        }
        let wait = world.below(3000);
        world.run(Duration::from_millis(wait))?;
    }
    for host in 0..count {
        if world.hosts[host].node.is_none() {
            world.boot(host);
        }
    }
    world.converge()?;
    world.run(SECOND * 10)?;
    Ok((world, letters))
}

#[test]
fn letters_reach_their_receiver_once_and_nobody_else_whatever_happens() {
    let (mut read, mut written) = (0, 0);
    for seed in 0..40 {
        let (world, letters) =
            live_with_letters(seed, 4).unwrap_or_else(|violation| panic!("{violation}; seed {seed}"));
        for (text, to) in letters {
            let readers: Vec<usize> = (0..4).filter(|&host| world.hosts[host].read.contains(&text)).collect();
            assert!(readers.is_empty() || readers == [to], "seed {seed}: {text:.20} was read by {readers:?}");
            read += readers.len();
            written += 1;
        }
    }
    assert!(read * 10 > written * 9, "{read} of {written}");
}

#[test]
fn two_meet_within_a_second_and_each_line_is_seen_at_once() {
    let mut world = World::of(1, 2);
    world.run(SECOND).unwrap();
    let text = world.say(0).unwrap();
    world.run(Duration::from_millis(2)).unwrap();
    assert_eq!(world.hosts[1].texts, [text]);
    world.run(SECOND).unwrap();
    world.quiet().unwrap();
}

/// A bug that is put in on purpose is found, and called what it is.
#[track_caller]
fn bites(plant: Plant, words: &str) {
    for seed in 0..40 {
        let life = live(seed, 4, plant).and_then(|mut world| world.quiet());
        if let Err(violation) = life {
            assert!(violation.contains(words), "{violation}");
            return;
        }
    }
    panic!("{plant:?} was not found");
}

#[test]
fn every_promise_is_seen_broken_where_a_bug_breaks_it() {
    bites(Plant::ShowTwice, "is shown twice");
    bites(Plant::ShowOutOfOrder, "out of order");
    bites(Plant::Forge, "never said it");
    bites(Plant::LoseWants, "did not converge");
    bites(Plant::Chatter, "though nothing happens");
    bites(Plant::Uncommitted, "was acknowledged and not kept");
    bites(Plant::FalseReceipt, "does not hold it");
    bites(Plant::StuckDeadline, "did not move the deadline");
    bites(Plant::ReusedNonce, "a nonce was used for two datagrams");
    bites(Plant::SignTwice, "signed twice");
    bites(Plant::ClockBack, "went back");
    bites(Plant::LateLine, "did not leave at once");
    bites(Plant::Unbounded, "at most");
}

#[test]
fn who_shares_only_a_third_reads_sees_and_confirms_through_it() {
    let mut world = World::new(2);
    let (a, b, c) = (world.add(), world.add(), world.add());
    for (host, segment) in [(a, 1), (b, 2), (c, 3)] {
        world.hosts[host].segment = segment;
    }
    world.name_peer(a, b);
    world.name_peer(c, b);
    for host in [a, b, c] {
        world.boot(host);
    }
    world.run(SECOND * 3).unwrap();
    for host in [a, c] {
        let joined: BTreeSet<_> = joined(&world, host);
        assert_eq!(joined.len(), 2, "{host} sees both others: {joined:?}");
    }
    let text = world.say(a).unwrap();
    world.run(SECOND).unwrap();
    assert_eq!(world.hosts[c].texts, [text]);
    let confirmed = world.hosts[a].events.iter().find_map(|event| match event {
        Event::Delivery(delivery) => Some((delivery.confirmed, delivery.of)),
        _ => None,
    });
    assert_eq!(confirmed, Some((2, 2)));
    world.leave(a).unwrap();
    world.run(SECOND).unwrap();
    let left = |host: usize| {
        world.hosts[host].events.iter().any(|event| matches!(event, Event::Peer { change: Change::Left, .. }))
    };
    assert!(left(b) && left(c));
}

fn joined(world: &World, host: usize) -> BTreeSet<String> {
    let joined = |event: &Event| match event {
        Event::Peer { who, change: Change::Joined { .. }, .. } => Some(who.to_string()),
        _ => None,
    };
    world.hosts[host].events.iter().filter_map(joined).collect()
}

#[test]
fn a_late_joiner_reads_everything_also_of_who_has_left() {
    let mut world = World::of(3, 3);
    world.run(SECOND * 2).unwrap();
    let mut said = BTreeSet::new();
    for n in 0..150 {
        said.insert(world.say(n % 2).unwrap());
        world.run(Duration::from_millis(20)).unwrap();
    }
    world.run(SECOND).unwrap();
    world.leave(0).unwrap();
    world.run(SECOND * 5).unwrap();
    let late = world.add();
    world.boot(late);
    world.run(SECOND * 8).unwrap();
    let read: BTreeSet<String> = world.hosts[late].texts.iter().cloned().collect();
    assert_eq!(read, said);
    let is_backlog = |event: &Event| matches!(event, Event::Said(said) if said.marks.is_backlog);
    assert_eq!(world.hosts[late].events.iter().filter(|event| is_backlog(event)).count(), 150);
}

#[test]
fn a_partition_is_healed_within_seconds() {
    let mut times = Vec::new();
    for seed in 0..20 {
        let mut world = World::of(seed, 4);
        world.run(SECOND * 10).unwrap();
        (world.hosts[0].side, world.hosts[1].side) = (1, 1);
        for n in 0..12 {
            world.say(n % 4).unwrap();
            world.run(Duration::from_millis(2500)).unwrap();
        }
        world.hosts.iter_mut().for_each(|host| host.side = 0);
        let healed = (1..=80).find(|_| {
            world.run(Duration::from_millis(250)).unwrap();
            world.differs().is_none()
        });
        times.push(healed.expect("it heals"));
    }
    times.sort_unstable();
    assert!(times[10] <= 16 && times[19] <= 32, "quarters of a second: {times:?}");
}

#[test]
fn what_a_pipe_holds_arrives_whole_and_in_order_through_heavy_loss() {
    for loss in [0, 50, 200, 400] {
        let mut world = World::of(4, 2);
        world.run(SECOND * 2).unwrap();
        world.faults.loss = loss;
        let mut said = Vec::new();
        for _ in 0..1000 {
            said.push(world.say(0).unwrap());
        }
        world.run(SECOND * 20).unwrap();
        assert_eq!(world.hosts[1].texts, said, "{loss} of a thousand lost");
    }
}

#[test]
fn two_machines_that_draw_the_same_chance_never_share_a_nonce() {
    let mut world = World::new(5);
    world.is_frozen = true;
    for _ in 0..3 {
        let host = world.add();
        world.boot(host);
    }
    for n in 0..20 {
        world.say(n % 3).unwrap();
        world.run(SECOND).unwrap();
    }
    world.converge().unwrap();
}

#[test]
fn a_copied_machine_parts_from_its_copy_and_nothing_is_lost() {
    let mut world = World::of(6, 2);
    world.is_frozen = true;
    world.boot(0); // the same chance gives the same run as the copy below
    world.run(SECOND * 2).unwrap();
    let copy = world.add_copy(0);
    world.watches = false; // for it signs as the other: that is what this is about
    world.boot(copy);
    world.run(SECOND).unwrap();
    for host in [0, copy, 1, 0, copy] {
        world.say(host).unwrap();
        world.run(SECOND * 2).unwrap();
    }
    world.converge().unwrap();
    let warned = |host: usize| world.hosts[host].events.iter().any(|event| format!("{event:?}").contains("Cloned"));
    assert!(warned(0) || warned(copy));
}

#[test]
fn whoever_speaks_plain_is_shown_and_never_sent_a_frame() {
    let mut world = World::of(7, 2);
    let plain = world.add();
    world.hosts[plain].speaks_plain = true;
    world.hosts[plain].segment = 9;
    world.run(SECOND).unwrap();
    world.say_plain(plain, 0, "hello from nc");
    world.name_peer(0, plain);
    world.run(SECOND * 30).unwrap();
    let shown =
        |event: &Event| matches!(event, Event::Message(message) if format!("{message:?}").contains("hello from nc"));
    assert!(world.hosts[0].events.iter().any(shown));
    let address = world.hosts[plain].address;
    let before = world.to_plain;
    world.type_command(0, &format!("/msg {address} hi nc")).unwrap();
    world.run(SECOND).unwrap();
    assert_eq!(world.to_plain, before + 1);
}

/// Everything an insider can do who has the key of the room and no shame.
fn attack(world: &mut World, round: u64) {
    let stranger = |n: u64| SocketAddr::from(([10, 9, 9, 9], u16::try_from(1000 + n % 3).expect("a port")));
    let room = world.keys().id();
    let to = usize::try_from(world.below(4)).expect("an index");
    let victim = usize::try_from(world.below(4)).expect("an index");
    let honest = world.hosts[victim].author;
    let spoofed = world.hosts[(to + 1) % 4].address;
    let from = if world.below(2) == 0 { stranger(round) } else { spoofed };
    let mut secret = [0xee; 32];
    secret[..8].copy_from_slice(&round.to_le_bytes());
    let invented = Identity::new(&secret);
    let header = |author, seq| Header {
        author,
        run: Bytes(round.to_le_bytes()),
        seq,
        prev: NO_ENTRY,
        time: Hybrid::default().next(Wall(u64::MAX)),
        kind: 0,
    };
    let body = |text: &str| {
        wire::encode_body(&Body::Text(Text { lines: vec![text.to_owned()], continues: false, is_auto: false }))
    };
    let datagram = match world.below(10) {
        0 => vec![0xff; 300].into(),
        1 => [&[0xff, 0x43, 1][..], &world.keys().tag().0, &[7; 200]].concat().into(),
        2 => match world.captured() {
            Some(captured) => captured,
            None => return,
        },
        3 => {
            // In another's name, with one's own signature.
            let entry = wire::sign_entry(&invented, room, header(honest, 1), &body("forged"));
            let entries = vec![Signed { bytes: &entry.bytes, signature: entry.signature }];
            world.seal(&Frame::Entries { ack: true, entries })
        }
        4 => {
            let entry = wire::sign_entry(&invented, room, header(invented.author(), 1 + round % 3), &body("spam"));
            let entries = vec![Signed { bytes: &entry.bytes, signature: entry.signature }];
            world.seal(&Frame::Entries { ack: true, entries })
        }
        5 => {
            let heads =
                (0..40).map(|n| Head { log: Bytes([n; 8]), floor: 1, seq: u64::MAX - round, id: Bytes([1; 8]) });
            let (ack, reply) = (world.below(2) == 0, world.below(2) == 0);
            world.seal(&Frame::Heads { ack, reply, heads: heads.collect() })
        }
        6 => {
            let logs = world.own_logs();
            let ranges = logs.into_iter().map(|log| Span { log, from: 1, to: u64::MAX }).collect();
            world.seal(&Frame::Gone { ranges })
        }
        7 => {
            let wants = world.own_logs().into_iter().map(|log| Wanted { log, from: 1, count: 255 }).collect();
            world.seal(&Frame::Want { cookie: Bytes([3; 8]), wants })
        }
        8 => world.seal(&Frame::Buckets { cookie: Bytes([3; 8]), buckets: Bytes([5; 384]) }),
        _ => {
            let author = if world.below(2) == 0 { honest } else { invented.author() };
            let beacon = Beacon {
                author,
                run: Bytes(round.to_le_bytes()),
                counter: u64::MAX - 1,
                time: Hybrid::default().next(Wall(1_767_225_600_000 + 60_000)),
                nick: "h0".to_owned(),
                flags: if world.below(2) == 0 { flags::LEAVING } else { 0 },
                interval: 255,
                root: Bytes(round.to_le_bytes()),
                logs: u32::MAX,
                prekey: Bytes([1; 32]),
                acks: Vec::new(),
                hears: Vec::new(),
            };
            let (bytes, signature) = wire::sign_beacon(&invented, room, &beacon);
            let via = world.below(2) == 0;
            world.seal(&Frame::Beacon { via, beacon: Signed { bytes: &bytes, signature } })
        }
    };
    let way = if world.below(3) == 0 { Way::Multicast } else { Way::Unicast };
    world.inject(from, to, way, &datagram);
}

#[test]
fn a_hostile_insider_breaks_no_promise_and_does_not_stop_the_chat() {
    for seed in 0..10 {
        let mut world = World::of(seed, 4);
        world.run(SECOND * 2).unwrap();
        let mut said = BTreeSet::new();
        for round in 0..2000 {
            attack(&mut world, seed * 10_000 + round);
            if round % 100 == 0 {
                let host = usize::try_from(round / 100 % 4).expect("an index");
                said.insert(world.say(host).unwrap());
            }
            world.run(Duration::from_millis(5)).unwrap();
        }
        world.run(SECOND * 60).unwrap();
        for host in 0..4 {
            let own = format!("h{host}-");
            let read: BTreeSet<String> = world.hosts[host].texts.iter().cloned().collect();
            let missing: Vec<_> = said.iter().filter(|text| !text.starts_with(&own) && !read.contains(*text)).collect();
            assert!(missing.is_empty(), "seed {seed}: {host} lacks {missing:?}");
            assert!(!read.contains("forged"));
        }
    }
}

#[test]
fn whoever_signs_two_histories_is_shown_with_both_everywhere() {
    for seed in 0..10 {
        let mut world = World::of(seed, 3);
        world.run(SECOND * 2).unwrap();
        let liar = Identity::new(&[0xdd; 32]);
        let room = world.keys().id();
        for (to, text) in [(0, "yes"), (1, "no")] {
            let header = Header {
                author: liar.author(),
                run: Bytes([1; 8]),
                seq: 1,
                prev: NO_ENTRY,
                time: Hybrid::default().next(Wall(1_767_225_600_000)),
                kind: 0,
            };
            let body =
                wire::encode_body(&Body::Text(Text { lines: vec![text.to_owned()], continues: false, is_auto: false }));
            let entry = wire::sign_entry(&liar, room, header, &body);
            let entries = vec![Signed { bytes: &entry.bytes, signature: entry.signature }];
            let datagram = world.seal(&Frame::Entries { ack: false, entries });
            world.inject("10.9.9.9:1".parse().unwrap(), to, Way::Unicast, &datagram);
        }
        world.watches = false; // one number is shown twice: that is what this is about
        world.run(SECOND * 60).unwrap();
        let log = log_id(room, liar.author(), Bytes([1; 8]));
        for host in 0..3 {
            let node = world.hosts[host].node.as_ref().unwrap();
            let held = node.rooms().next().unwrap().archive().log(log).expect("everybody holds it");
            assert!(held.fork(1).is_some(), "host {host} holds both");
            let forked = |event: &&Event| matches!(event, Event::Said(said) if said.marks.is_forked);
            assert!(world.hosts[host].events.iter().any(|event| forked(&event)), "host {host} says so");
        }
        assert!(world.differs().is_none());
    }
}

#[test]
fn who_is_lost_delays_no_verdict_of_what_is_said_later() {
    let mut world = World::of(9, 3);
    world.run(SECOND * 2).unwrap();
    world.crash(2);
    for _ in 0..30 {
        world.say(0).unwrap();
        world.run(SECOND).unwrap();
    }
    world.hosts[0].events.clear();
    world.say(0).unwrap();
    world.run(SECOND).unwrap();
    let last = world.hosts[0].events.iter().rev().find_map(|event| match event {
        Event::Delivery(delivery) => Some((delivery.confirmed, delivery.of)),
        _ => None,
    });
    assert_eq!(last, Some((1, 1)));
}

#[test]
fn who_hears_nothing_and_goes_on_beaconing_does_not_hold_up_the_others() {
    let mut world = World::of(10, 3);
    world.run(SECOND * 2).unwrap();
    world.hosts[2].hears_nothing = true;
    let (start, mut said) = (world.now, Vec::new());
    while said.len() < 3000 {
        if world.hosts[0].node.as_ref().is_some_and(Machine::takes_input) {
            said.push(world.say(0).unwrap());
        } else {
            world.run(Duration::from_millis(2)).unwrap();
        }
    }
    assert!(world.now.since(start) < SECOND * 4, "{:?}", world.now.since(start));
    world.run(SECOND * 2).unwrap();
    assert_eq!(world.hosts[1].texts, said);
}

/// One with a disk, one without.
fn with_and_without_disk(seed: u64) -> (World, usize, usize) {
    let mut world = World::new(seed);
    let (one, other) = (world.add_with_disk(), world.add());
    (world, one, other)
}

fn told_after_all(world: &World, host: usize) -> Vec<(String, usize)> {
    let told = world.hosts[host].events.iter().filter_map(|event| match event {
        Event::Delivery(delivery) if delivery.said_before.is_some() => Some((delivery.text.clone(), delivery.by.len())),
        _ => None,
    });
    told.collect()
}

#[test]
fn what_was_said_to_nobody_is_offered_in_the_next_session_and_told_once_when_it_arrives() {
    let (mut world, alice, bob) = with_and_without_disk(5);
    world.boot(alice);
    world.type_line(alice, "h0-hello").unwrap();
    world.run(SECOND * 8).unwrap();
    world.leave(alice).unwrap();
    world.run(SECOND).unwrap();
    world.boot(bob);
    world.run(SECOND * 3).unwrap();
    world.boot(alice);
    world.run(SECOND).unwrap();
    assert_eq!(world.hosts[bob].texts, ["h0-hello"]);
    assert_eq!(told_after_all(&world, alice), [("h0-hello".to_owned(), 1)]);
    for _ in 0..3 {
        world.leave(alice).unwrap();
        world.run(SECOND).unwrap();
        world.boot(alice);
        world.run(SECOND * 3).unwrap();
    }
    assert_eq!(told_after_all(&world, alice).len(), 1, "once is enough");
    assert_eq!(world.hosts[bob].texts, ["h0-hello"]);
    world.quiet().unwrap();
}

#[test]
fn what_reached_others_through_a_third_is_told_too_though_nothing_is_asked_for() {
    let mut world = World::new(6);
    let (alice, bob, carol) = (world.add_with_disk(), world.add_with_disk(), world.add());
    world.boot(alice);
    world.boot(bob);
    world.run(SECOND).unwrap();
    world.hosts[alice].hears_nothing = true; // so no receipt comes
    world.type_line(alice, "h0-hello").unwrap();
    world.run(SECOND * 2).unwrap();
    world.crash(alice);
    world.boot(carol);
    world.run(SECOND * 30).unwrap();
    assert_eq!(world.hosts[carol].texts, ["h0-hello"], "bob has passed it on");
    world.leave(bob).unwrap();
    world.run(SECOND).unwrap();
    world.hosts[alice].hears_nothing = false;
    world.boot(alice);
    world.run(SECOND * 8).unwrap();
    assert_eq!(told_after_all(&world, alice), [("h0-hello".to_owned(), 1)]);
}

#[test]
fn what_is_taken_back_is_forgotten_everywhere_and_by_latecomers() {
    let mut world = World::new(7);
    let hosts = [world.add_with_disk(), world.add_with_disk(), world.add()];
    for host in hosts {
        world.boot(host);
    }
    world.run(SECOND).unwrap();
    world.type_line(hosts[0], "h0-first").unwrap();
    world.type_line(hosts[0], "h0-canary").unwrap();
    world.run(SECOND).unwrap();
    world.crash(hosts[1]);
    world.type_command(hosts[0], "/delete").unwrap();
    world.type_line(hosts[0], "h0-last").unwrap();
    world.run(SECOND).unwrap();
    world.boot(hosts[1]);
    world.run(SECOND * 5).unwrap();
    let late = world.add();
    world.boot(late);
    world.run(SECOND * 40).unwrap();
    assert_eq!(world.hosts[late].texts, ["h0-first", "h0-last"]);
    for host in 0..4 {
        let rooms = world.hosts[host].node.iter().flat_map(chinwag::chat::node::Node::rooms);
        let entries = rooms.flat_map(|room| room.archive().logs()).flat_map(|(_, log)| log.entries());
        for entry in entries {
            assert!(!entry.bytes.windows(6).any(|part| part == b"canary"), "h{host} holds it still");
        }
    }
    world.converge().unwrap();
    world.quiet().unwrap();
}

#[test]
fn a_deletion_by_somebody_else_has_no_effect() {
    let mut world = World::of(8, 2);
    world.run(SECOND).unwrap();
    world.type_line(0, "h0-mine").unwrap();
    world.run(SECOND).unwrap();
    let log = world.own_logs()[0];
    let mallory = Identity::new(&[66; 32]);
    let run = Bytes([6; 8]);
    let room = world.keys().id();
    let body = Body::Deletion(Deletion { log, seq: 2, count: 1 });
    let header = Header {
        author: mallory.author(),
        run,
        seq: 1,
        prev: NO_ENTRY,
        time: Hybrid::default().next(Wall(1_767_225_600_000)),
        kind: Deletion::KIND,
    };
    let entry = wire::sign_entry(&mallory, room, header, &wire::encode_body(&body));
    let signed = Signed { bytes: &entry.bytes, signature: entry.signature };
    let frame = world.seal(&Frame::Entries { ack: false, entries: vec![signed] });
    let from: SocketAddr = "10.9.9.9:7788".parse().unwrap();
    for host in 0..2 {
        world.inject(from, host, Way::Unicast, &frame);
    }
    world.run(SECOND * 3).unwrap();
    for host in &world.hosts {
        let room = host.node.as_ref().unwrap().rooms().next().unwrap();
        assert!(room.archive().log(log).unwrap().entries().all(|entry| !entry.is_erased));
    }
}

/// Who comes back after a crash is not waited for twice.
#[test]
fn who_starts_again_confirms_for_the_run_that_crashed() {
    let mut world = World::new(9);
    let (alice, bob) = (world.add(), world.add_with_disk());
    world.boot(alice);
    world.boot(bob);
    world.run(SECOND).unwrap();
    world.crash(bob);
    world.roam(bob);
    world.type_line(alice, "h0-hello").unwrap();
    world.run(SECOND).unwrap();
    world.boot(bob);
    world.run(SECOND * 3).unwrap();
    assert_eq!(world.hosts[bob].texts, ["h0-hello"]);
    let confirmed = |event: &Event| matches!(event, Event::Delivery(told) if told.confirmed == 1 && told.of == 1);
    assert!(world.hosts[alice].events.iter().any(confirmed));
}

/// More than anybody holds: the beginning is gone, and the rest is read all the same.
#[test]
fn a_newcomer_reads_what_is_left_of_a_log_whose_beginning_nobody_has() {
    let mut world = World::new(10);
    world.bounds = Bounds { entries: 1000, ..Bounds::default() };
    (0..2).for_each(|_| {
        let host = world.add();
        world.boot(host);
    });
    world.run(SECOND).unwrap();
    for number in 0..1300 {
        world.type_line(0, &format!("h0-{number}")).unwrap();
        if number % 20 == 0 {
            world.run(Duration::from_millis(20)).unwrap();
        }
    }
    world.run(SECOND * 5).unwrap();
    let late = world.add();
    world.boot(late);
    world.run(SECOND * 10).unwrap();
    world.type_line(0, "h0-live").unwrap();
    world.run(SECOND * 2).unwrap();
    let texts = &world.hosts[late].texts;
    assert_eq!(texts.last().map(String::as_str), Some("h0-live"));
    assert!(texts.len() > 400, "{}", texts.len());
    // Its author is gone, and one who has the rest is all there is.
    world.crash(0);
    world.run(SECOND * 20).unwrap();
    let later = world.add();
    world.boot(later);
    world.run(SECOND * 15).unwrap();
    let read = world.hosts[later].texts.len();
    assert_eq!(read, world.bounds.entries / 2, "strangers hold half, and that is what the others have");
}

/// What a room holds, so small that a short talk fills it many times.
fn small() -> Bounds {
    Bounds { entries: 600, out_of_order: 250, ..Bounds::default() }
}

/// Four who talk in turn until each room was filled some ten times, on a network that loses something all the while.
#[test]
fn a_room_that_is_full_loses_no_line() {
    for seed in 0..8 {
        let mut world = World::new(seed);
        world.bounds = small();
        (0..4).for_each(|_| {
            let host = world.add();
            world.boot(host);
        });
        world.run(SECOND * 3).unwrap();
        world.faults = Faults { loss: 20, reordered: 50, copies: 20, ..Faults::default() };
        let mut said = BTreeSet::new();
        for line in 0..6000 {
            said.insert(world.say(line % 4).unwrap());
            world.run(Duration::from_micros(2500)).unwrap();
        }
        world.faults = Faults::default();
        world.run(SECOND * 40).unwrap();
        for host in 0..4 {
            let own = format!("h{host}-");
            let read: BTreeSet<String> = world.hosts[host].texts.iter().cloned().collect();
            let missing: Vec<_> = said.iter().filter(|text| !text.starts_with(&own) && !read.contains(*text)).collect();
            assert!(missing.is_empty(), "seed {seed}: {host} lacks {} lines, such as {}", missing.len(), missing[0]);
        }
    }
}

/// Three who talk, and a member with no shame. What they say is shown in time, and nobody sends that member more than its
/// share.
fn endure(seed: u64, tricks: &[Trick]) -> Result<(), Violation> {
    let mut world = World::of(seed, 3);
    world.run(SECOND * 2)?;
    for line in 0..64 {
        world.type_line(line % 3, &format!("h{}-{line}{}", line % 3, "x".repeat(700)))?;
        world.run(Duration::from_millis(30))?;
    }
    let mut eve = Insider::enter(&mut world, seed, tricks);
    eve.settle_in(&mut world, 3)?;
    world.run(SECOND * 8)?;
    world.watches = false; // what it signs twice is shown twice
    let every = [3, 10, 30, 100][usize::try_from(eve.chance.below(4)).expect("an index")];
    world.drawn.clear();
    let (start, mut waiting) = (world.now, Vec::new());
    for round in 0..ATTACK_MS / every {
        eve.act(&mut world, 3);
        world.run(Duration::from_millis(every))?;
        eve.listen(&mut world);
        if round * every % 400 < every {
            let host = usize::try_from(round).expect("small") % 3;
            waiting.push((world.now, host, world.say(host)?));
        }
        if round * every % 2000 < every {
            (0..3).for_each(|host| {
                let to = world.hosts[host].address;
                eve.beacon(&mut world, to, Vec::new(), 0);
            });
        }
        let nowhere = insider::NOWHERE;
        let is_live =
            |host: &sim::Host| host.node.iter().flat_map(Node::rooms).any(|room| room.presence().is_live(nowhere));
        if world.hosts.iter().any(is_live) {
            return Err(format!("seed {seed}, every {every} ms: somebody is said to be where nobody has proven to be"));
        }
        let is_due = |(said, ..): &(_, usize, String)| world.now.since(*said) > SHOWN_WITHIN;
        for (_, author, text) in waiting.extract_if(.., |line| is_due(line)) {
            let reads = |host: &usize| *host == author || world.hosts[*host].read.contains(&text);
            if let Some(host) = (0..3).find(|host| !reads(host)) {
                return Err(format!("seed {seed}, every {every} ms: {text} is not shown to h{host} in time"));
            }
        }
    }
    let seconds = world.now.since(start).as_secs() + 1;
    for (&(host, to), &bytes) in &world.drawn {
        if to == eve.address && bytes > (seconds + 1) * DRAWN_BYTES_RATE {
            return Err(format!("seed {seed}, every {every} ms: h{host} sent it {bytes} bytes in {seconds} s"));
        }
    }
    Ok(())
}

/// So long one of them is attacked.
const ATTACK_MS: u64 = 8000;
/// Every line of those who are here is shown so soon, whatever a third claims: the bound of what is held back.
const SHOWN_WITHIN: Duration = Duration::from_millis(600);
/// What one address may draw of one instance, in bytes a second.
const DRAWN_BYTES_RATE: u64 = 1_300_000;

#[test]
fn whatever_one_member_sends_the_others_read_each_other_in_time() {
    let seeds: Vec<u64> = match number("SIM_SEED") {
        Some(seed) => vec![seed],
        None => (0..number("SIM_SEEDS").unwrap_or(300)).collect(),
    };
    for seed in seeds {
        if let Err(violation) = endure(seed, &[]) {
            panic!("{violation}");
        }
    }
}
