//! Rooms across a broker, simulated: sites that no datagram joins, and a broker that does what it likes.

mod common {
    pub mod sim;
}

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use chinwag::chat::api::event::Event;
use chinwag::chat::api::machine::Way;
use chinwag::chat::api::talk::Change;
use chinwag::chat::base::bytes::Bytes;
use chinwag::chat::base::inbox;
use chinwag::chat::base::limits::{PUBLISHES_BURST, PUBLISHES_RATE};
use common::sim::World;
use common::sim::sim_broker::BrokerFaults;

/// What holds at each step.
const SOUND: &str = "no invariant is broken";

const SECOND: Duration = Duration::from_secs(1);

/// Sites of so many people each, none of whom reaches another site by UDP. `is_client`: who hears the broker, by the number in the
/// site.
fn sites(seed: u64, sizes: &[usize], is_client: impl Fn(usize) -> bool) -> World {
    let mut world = World::sealed(seed, 0);
    for (site, &size) in sizes.iter().enumerate() {
        for number in 0..size {
            let host = world.add_with_disk();
            let site = u32::try_from(site).expect("few sites");
            (world.hosts[host].segment, world.hosts[host].side) = (site, site);
            world.hosts[host].has_broker = is_client(number);
            if let Some(disk) = &mut world.hosts[host].disk {
                disk.slowest = Duration::from_millis(5);
            }
            world.boot(host);
        }
    }
    world
}

/// How many others each counts as here.
fn present(world: &World) -> Vec<usize> {
    let rooms = world.hosts.iter().map(|host| host.node.as_ref().and_then(|node| node.rooms().next()));
    rooms.map(|room| room.map_or(0, |room| room.presence().len())).collect()
}

/// How many lines the verdicts are of that a host was told, and the names in them.
fn confirmed(world: &World, host: usize) -> (u64, Vec<Vec<String>>) {
    let verdict = |event: &Event| match event {
        Event::Delivery(delivery) => {
            let mut names: Vec<String> = delivery.by.iter().map(|who| who.nick.clone()).collect();
            names.sort();
            Some((delivery.last.seq - delivery.first.seq + 1, names))
        }
        _ => None,
    };
    let verdicts: Vec<(u64, Vec<String>)> = world.hosts[host].events.iter().filter_map(verdict).collect();
    (verdicts.iter().map(|(lines, _)| lines).sum(), verdicts.into_iter().map(|(_, names)| names).collect())
}

/// Everybody says so many lines, a fifth of a second apart.
fn talk(world: &mut World, lines: usize) -> Vec<String> {
    let mut said = Vec::new();
    for _ in 0..lines {
        for host in 0..world.hosts.len() {
            said.push(world.say(host).expect(SOUND));
            world.run(SECOND / 5).expect(SOUND);
        }
    }
    said
}

/// What of this somebody did not show, or not once.
fn lacking(world: &World, said: &[String]) -> Vec<(usize, String)> {
    let count = |host: &common::sim::Host, text: &String| host.texts.iter().filter(|shown| *shown == text).count();
    let mut lacking = Vec::new();
    for (number, host) in world.hosts.iter().enumerate() {
        let own = format!("h{number}-");
        let others = said.iter().filter(|text| !text.starts_with(&own));
        lacking.extend(others.filter(|text| count(host, text) != 1).map(|text| (number, text.clone())));
    }
    lacking
}

#[test]
fn two_sites_whose_people_all_hear_the_broker_read_each_other_at_once_and_confirm_by_name() {
    let mut world = sites(1, &[2, 2], |_| true);
    world.run(5 * SECOND).expect(SOUND);
    assert_eq!(present(&world), [3, 3, 3, 3]);
    let said = talk(&mut world, 20);
    world.run(2 * SECOND).expect(SOUND);
    assert_eq!(lacking(&world, &said), []);
    for (host, others) in OTHERS.iter().enumerate() {
        let (lines, verdicts) = confirmed(&world, host);
        assert!(lines == 20 && verdicts.iter().all(|names| names == others), "{host}: {lines} {verdicts:?}");
    }
}

#[test]
fn of_people_behind_bridges_each_line_is_read_once_and_each_receipt_comes_back() {
    let mut world = sites(2, &[2, 2], |number| number == 0);
    world.run(20 * SECOND).expect(SOUND);
    assert_eq!(present(&world), [2, 2, 2, 2], "who is behind a bridge is known by what it says");
    world.say(1).expect(SOUND);
    world.say(3).expect(SOUND);
    world.run(2 * SECOND).expect(SOUND);
    world.seen_after.clear();
    let said = talk(&mut world, 20);
    world.run(2 * SECOND).expect(SOUND);
    assert_eq!(lacking(&world, &said), []);
    assert!(world.seen_after.iter().max().unwrap() < &(SECOND / 4), "{:?}", world.seen_after.iter().max());
    for (host, others) in OTHERS.iter().enumerate() {
        let (lines, verdicts) = confirmed(&world, host);
        let of_talk = &verdicts[verdicts.len() - 15..];
        assert!(lines >= 20 && of_talk.iter().all(|names| names == others), "{host}: {lines} {verdicts:?}");
    }
}

/// All but oneself, of four.
const OTHERS: [[&str; 3]; 4] = [["h1", "h2", "h3"], ["h0", "h2", "h3"], ["h0", "h1", "h3"], ["h0", "h1", "h2"]];

#[test]
fn a_broker_that_loses_copies_delays_and_replays_costs_nobody_a_line() {
    for seed in 0..4 {
        let is_all_clients = seed % 2 == 0;
        let mut world = sites(seed, &[2, 2, 1], |number| number == 0 || is_all_clients);
        world.broker.faults = BrokerFaults {
            loss: 50,
            copies: 50,
            replays: 20,
            delay: Duration::from_millis(200),
            path: Duration::from_millis(20),
        };
        world.run(20 * SECOND).expect(SOUND);
        let mut said = talk(&mut world, 6);
        world.broker.faults.delay = 30 * SECOND;
        said.extend(talk(&mut world, 4));
        if !is_all_clients {
            world.run(60 * SECOND).expect(SOUND); // who hears no broker gives up a gap that nobody on its network can fill
        }
        world.set_broker_away(true).expect(SOUND);
        said.extend(talk(&mut world, 2));
        world.run(3600 * SECOND).expect(SOUND);
        world.broker.faults.delay = SECOND;
        world.set_broker_away(false).expect(SOUND);
        world.run(300 * SECOND).expect(SOUND);
        assert_eq!(lacking(&world, &said), [], "seed {seed}");
    }
}

#[test]
fn after_an_outage_all_is_there_soon_after_everybody_is_back() {
    let mut world = sites(3, &[2, 2], |_| true);
    world.run(5 * SECOND).expect(SOUND);
    world.set_broker_away(true).expect(SOUND);
    let said = talk(&mut world, 5);
    world.run(20 * SECOND).expect(SOUND);
    assert_eq!(present(&world), [3, 3, 3, 3], "nobody is lost for it");
    world.set_broker_away(false).expect(SOUND);
    let back = world.now;
    while !lacking(&world, &said).is_empty() && world.now.since(back) < 10 * SECOND {
        world.run(SECOND / 10).expect(SOUND);
    }
    assert_eq!(lacking(&world, &said), []);
}

#[test]
fn two_bridges_at_each_site_publish_no_more_than_one_however_long() {
    let mut world = sites(4, &[3, 3], |number| number < 2);
    world.run(20 * SECOND).expect(SOUND);
    let mut counts = Vec::new();
    let mut said = Vec::new();
    for _ in 0..10 {
        let before = world.broker.counts();
        for _ in 0..6 {
            for host in [2, 5] {
                said.push(world.say(host).expect(SOUND));
                world.run(5 * SECOND).expect(SOUND);
            }
        }
        let after = world.broker.counts();
        counts.push([after.0 - before.0, after.1 - before.1]);
    }
    assert_eq!(lacking(&world, &said), []);
    // 12 lines a minute, and the beacons of four; receipts of three for each line, and theirs behind them.
    assert!(counts.iter().all(|[topic, inbox]| (15..=19).contains(topic) && (48..=62).contains(inbox)), "{counts:?}");
}

/// Who was told to have come, to have left or to be lost, by the number of whoever was told.
fn told(world: &World, host: usize, wanted: &Change) -> usize {
    let is_told = |event: &&Event| match event {
        Event::Peer { change, .. } => std::mem::discriminant(change) == std::mem::discriminant(wanted),
        _ => false,
    };
    world.hosts[host].events.iter().filter(is_told).count()
}

#[test]
fn who_leaves_the_network_is_still_there_through_the_broker_and_who_is_gone_is_lost_as_soon_as_ever() {
    let mut world = sites(5, &[3], |_| true);
    world.run(30 * SECOND).expect(SOUND);
    assert_eq!(present(&world), [2, 2, 2]);
    world.hosts[2].side = 9; // it has left the building, with its connection to the broker
    world.run(30 * SECOND).expect(SOUND);
    assert_eq!((present(&world), told(&world, 0, &Change::Lost)), (vec![2, 2, 2], 0));
    let said = talk(&mut world, 3);
    world.run(SECOND).expect(SOUND);
    assert_eq!(lacking(&world, &said), []);
    world.crash(1);
    world.run(30 * SECOND).expect(SOUND);
    assert_eq!((present(&world)[0], told(&world, 0, &Change::Lost)), (1, 1), "17.5 s here, and 8 s there");
    assert_eq!(world.leave(2), Ok(()));
    world.run(SECOND).expect(SOUND);
    assert_eq!((present(&world)[0], told(&world, 0, &Change::Left)), (0, 1));
}

/// What a LAN of five sends in ten minutes, in which each says two lines, with so many people at the broker beside it.
fn traffic_here(afar: usize) -> u64 {
    let mut world = World::sealed(6, 0);
    for number in 0..5 + afar {
        let host = world.add_with_disk();
        let is_here = number < 5;
        let side = if is_here { 0 } else { u32::try_from(number).expect("few") };
        (world.hosts[host].segment, world.hosts[host].side) = (side, side);
        world.hosts[host].has_broker = afar > 0;
        if let Some(disk) = &mut world.hosts[host].disk {
            disk.slowest = Duration::from_millis(1);
        }
        world.boot(host);
    }
    world.run(60 * SECOND).expect(SOUND);
    let sent = |world: &World| world.hosts[..5].iter().map(|host| host.sent).sum::<u64>();
    let before = sent(&world);
    for _ in 0..2 {
        for host in 0..5 {
            world.say(host).expect(SOUND);
            world.run(60 * SECOND).expect(SOUND);
        }
    }
    sent(&world) - before
}

#[test]
fn a_network_does_the_same_whoever_is_at_the_broker() {
    let (alone, among_many) = (traffic_here(0), traffic_here(40));
    assert!(alone.abs_diff(among_many) * 20 <= alone, "{alone} and {among_many} datagrams");
}

/// So many, all at one broker and nowhere else; what they published in an idle hour, and in the minute after a line.
fn prices(people: usize) -> ([usize; 2], [usize; 2]) {
    let mut world = sites(7, &vec![1; people], |_| true);
    world.run(120 * SECOND).expect(SOUND);
    assert_eq!(present(&world), vec![people - 1; people]);
    let since = |world: &World, before: (usize, usize)| {
        let now = world.broker.counts();
        [now.0 - before.0, now.1 - before.1]
    };
    let before = world.broker.counts();
    world.run(3600 * SECOND).expect(SOUND);
    let idle = since(&world, before);
    let before = world.broker.counts();
    world.say(0).expect(SOUND);
    world.run(10 * SECOND).expect(SOUND);
    (idle, since(&world, before))
}

#[test]
fn what_people_cost_a_broker_does_not_grow_with_their_number() {
    // An idle hour has 60 beacons of each at most, which are 18 an hour from 134 people on; a line one publish and a receipt of each,
    // in a large room of three.
    for (people, beacons, receipts) in [(4, 60, 3), (16, 60, 15), (40, 60, 4)] {
        let (idle, line) = prices(people);
        assert!(idle[0] <= people * beacons * 5 / 4, "{people}: {idle:?}");
        assert!(idle[1] <= people, "{people}: nobody asks anybody for anything: {idle:?}");
        assert!((1..=1 + people / 4).contains(&line[0]), "{people}: {line:?}");
        assert!((1..=receipts + people / 8).contains(&line[1]), "{people}: {line:?}");
    }
}

#[test]
fn in_no_second_more_is_published_than_a_broker_is_asked_to_bear() {
    let mut world = sites(8, &[1, 1], |_| true);
    world.run(10 * SECOND).expect(SOUND);
    world.broker.published.clear();
    let said: Vec<String> = (0..400).map(|_| world.say(0).expect(SOUND)).collect();
    world.run(30 * SECOND).expect(SOUND);
    assert_eq!(lacking(&world, &said), []);
    let times: Vec<_> = world.broker.published.iter().filter(|(_, by, ..)| *by == 0).map(|(at, ..)| *at).collect();
    let in_second = |from: usize| times[from..].iter().take_while(|at| at.since(times[from]) < SECOND).count();
    let most = (0..times.len()).map(in_second).max().unwrap();
    assert!(most <= (PUBLISHES_BURST + PUBLISHES_RATE) as usize, "{most}");
    assert!(times.len() < 500, "{}", times.len());
}

#[test]
fn an_office_of_fifty_and_two_people_behind_a_slow_broker_read_each_other() {
    let mut world = sites(9, &[50, 1, 1], |number| number < 3);
    world.broker.faults.path = Duration::from_millis(80);
    world.run(60 * SECOND).expect(SOUND);
    world.seen_after.clear();
    let mut said = Vec::new();
    for _ in 0..5 {
        for host in [0, 7, 20, 50, 51] {
            said.push(world.say(host).expect(SOUND));
            world.run(SECOND / 4).expect(SOUND);
        }
    }
    world.run(3 * SECOND).expect(SOUND);
    assert_eq!(lacking(&world, &said), []);
    let slowest = *world.seen_after.iter().max().unwrap();
    assert!(slowest < Duration::from_millis(700), "there by the broker, and passed on: {slowest:?}");
}

#[test]
fn what_a_broker_keeps_tells_no_name_no_word_and_nothing_that_a_network_shows() {
    let mut world = sites(10, &[2, 1], |_| true);
    world.run(10 * SECOND).expect(SOUND);
    talk(&mut world, 3);
    let topics: BTreeSet<String> = world.broker.published.iter().map(|(_, _, topic, _)| topic.clone()).collect();
    let room: Vec<&String> = topics.iter().filter(|topic| !topic.contains("/i/")).collect();
    assert_eq!(room.len(), 1, "one room has one topic: {topics:?}");
    let tag = world.keys().tag();
    assert!(!room[0].contains(&tag.to_string()), "and it is not what its network shows");
    let kept: Vec<Rc<[u8]>> = world.broker.published.iter().map(|(.., payload)| Rc::clone(payload)).collect();
    let holds = |needle: &[u8]| kept.iter().any(|payload| payload.windows(needle.len()).any(|part| part == needle));
    assert!(kept.len() > 20 && !holds(&tag.0) && !holds(b"lobby"));
    for host in &world.hosts {
        assert!(!holds(host.author.0.first_chunk::<8>().unwrap()));
        host.read.iter().for_each(|text| assert!(!holds(text.as_bytes()), "{text}"));
    }
    let nonces: BTreeSet<&[u8]> = kept.iter().map(|payload| &payload[11..35]).collect();
    assert_eq!(nonces.len(), kept.len(), "no nonce is used twice");
    let of_network: Vec<Rc<[u8]>> = std::iter::from_fn(|| world.captured()).take(100).collect();
    for datagram in of_network {
        assert!(!holds(&datagram[datagram.len() - 16..]), "what a network saw and what the broker saw share no bytes");
    }
}

/// What there is to see of a world: what was shown, and who is here.
fn seen(world: &World) -> (Vec<Vec<String>>, Vec<usize>) {
    (world.hosts.iter().map(|host| host.texts.clone()).collect(), present(world))
}

#[test]
fn whatever_a_broker_makes_of_what_it_kept_shows_nobody_anything_and_brings_nobody_back() {
    let mut world = sites(11, &[1, 1, 1], |_| true);
    world.run(10 * SECOND).expect(SOUND);
    talk(&mut world, 4);
    world.leave(2).expect(SOUND);
    world.run(5 * SECOND).expect(SOUND);
    let kept = world.broker.published.clone();
    let filters: Vec<Vec<String>> = [0, 1].map(|host| world.filters_of(host)).to_vec();
    let before = seen(&world);
    for round in 0..3_u8 {
        for (number, (_, _, topic, payload)) in kept.iter().enumerate() {
            let mut forged = payload.to_vec();
            match round {
                0 => {}                                      // as it was
                1 => forged[3] ^= 1,                         // by another sender
                _ => forged[number % payload.len()] ^= 0x40, // changed somewhere
            }
            let forged: Rc<[u8]> = forged.into();
            for filter in filters.iter().flatten().chain([topic]) {
                world.carry(2, filter, &forged); // where it was, and everywhere else
            }
            world.run(SECOND / 50).expect(SOUND);
        }
        let of_network: Vec<Rc<[u8]>> = std::iter::from_fn(|| world.captured()).take(50).collect();
        for of_network in of_network {
            filters.iter().flatten().for_each(|filter| world.carry(2, filter, &of_network));
        }
        world.run(SECOND).expect(SOUND);
    }
    assert_eq!(seen(&world), before);
    let said = [0, 1, 0].map(|host| world.say(host).expect(SOUND));
    world.run(5 * SECOND).expect(SOUND);
    let lacking: Vec<_> = lacking(&world, &said).into_iter().filter(|(host, _)| *host < 2).collect();
    assert_eq!(lacking, [], "and the two who are there read each other");
}

#[test]
fn who_writes_from_an_inbox_by_udp_is_not_heard() {
    let mut world = sites(12, &[1, 1], |_| true);
    world.run(10 * SECOND).expect(SOUND);
    let before = world.traffic.datagrams;
    let inbox = world.filters_of(1).iter().find_map(|filter| filter.split("/i/").nth(1).map(str::to_owned)).unwrap();
    let bytes: Vec<u8> = (0..8).map(|at| u8::from_str_radix(&inbox[2 * at..2 * at + 2], 16).unwrap()).collect();
    let from: SocketAddr = inbox::address_of(Bytes::first_of(&bytes));
    let kept: Vec<Rc<[u8]>> = std::iter::from_fn(|| world.captured()).take(30).collect();
    for datagram in &kept {
        world.inject(from, 0, Way::Unicast, datagram);
    }
    world.inject(from, 0, Way::Unicast, b"hello");
    world.run(SECOND).expect(SOUND);
    assert!(world.traffic.datagrams - before < 5, "nothing but a beacon of each: {}", world.traffic.datagrams - before);
    assert!(!world.hosts[0].events.iter().any(|event| matches!(event, Event::Message(_))));
}

#[test]
fn another_secret_has_another_topic_and_the_former_one_is_left_after_a_day() {
    let mut world = sites(13, &[1, 1], |_| true);
    world.run(10 * SECOND).expect(SOUND);
    let before = world.filters_of(0);
    world.type_command(0, "/rekey").expect(SOUND);
    world.run(30 * SECOND).expect(SOUND);
    let (now, of_other) = (world.filters_of(0), world.filters_of(1));
    assert_eq!((now.len(), of_other.len()), (4, 4), "both secrets are listened to");
    assert!(before.iter().all(|filter| now.contains(filter)));
    let said = world.say(0).expect(SOUND);
    world.run(5 * SECOND).expect(SOUND);
    assert!(world.hosts[1].read.contains(&said));
    world.run(25 * 3600 * SECOND).expect(SOUND);
    let later = world.filters_of(0);
    assert_eq!(later.len(), 2);
    assert!(before.iter().all(|filter| !later.contains(filter)), "none of the former is left");
}

#[test]
fn who_may_not_listen_is_told_so_and_an_open_room_goes_nowhere() {
    let mut world = World::sealed(14, 0);
    let host = world.add_with_disk();
    world.hosts[host].has_broker = true;
    world.broker.denied.insert(host);
    world.boot(host);
    world.run(10 * SECOND).expect(SOUND);
    let words = |world: &World| -> Vec<String> {
        let mut context = chinwag::view::lines::Context::default();
        let line = |event: &Event| {
            let mut out = String::new();
            chinwag::view::lines::render(event, &mut context, &mut out);
            out
        };
        world.hosts[host].events.iter().map(line).collect()
    };
    assert!(words(&world).iter().any(|words| words.contains("it does not let this client listen there")));
    assert_eq!(world.broker.counts(), (0, 0));
    let mut open = World::new(15);
    let host = open.add();
    open.hosts[host].has_broker = true;
    open.boot(host);
    open.run(10 * SECOND).expect(SOUND);
    assert!(words(&open).iter().any(|words| words.contains("it is open")), "{:?}", words(&open));
    assert_eq!((open.broker.counts(), open.filters_of(host)), ((0, 0), Vec::new()));
}

#[test]
fn who_stops_using_the_broker_sees_nobody_there_and_is_passed_on_for_by_whoever_goes_on() {
    let mut world = sites(16, &[2, 1], |_| true);
    world.run(10 * SECOND).expect(SOUND);
    world.type_command(1, "/broker off").expect(SOUND);
    world.run(SECOND).expect(SOUND);
    assert_eq!((world.filters_of(1).len(), present(&world)[1], told(&world, 1, &Change::Lost)), (0, 1, 1));
    world.run(240 * SECOND).expect(SOUND); // 3.5 intervals there
    let said = world.say(1).expect(SOUND);
    world.run(SECOND).expect(SOUND);
    assert!(world.hosts[2].read.contains(&said), "host 0 has noticed that nobody else says it there");
    let said = world.say(2).expect(SOUND);
    world.run(SECOND).expect(SOUND);
    assert!(world.hosts[1].read.contains(&said), "and that nobody else brings it here");
}

#[test]
fn a_broker_that_is_left_and_taken_again_carries_the_room_as_before_however_fast_that_goes() {
    let mut world = sites(17, &[1, 1], |_| true);
    for _ in 0..3 {
        world.run(10 * SECOND).expect(SOUND);
        world.type_command(0, "/broker off").expect(SOUND);
        world.type_command(0, "/broker mqtts://hub.example").expect(SOUND);
        world.run(10 * SECOND).expect(SOUND);
        assert_eq!((world.filters_of(0).len(), present(&world)), (2, vec![1, 1]));
        let said = talk(&mut world, 2);
        world.run(SECOND).expect(SOUND);
        assert_eq!(lacking(&world, &said), []);
    }
}
