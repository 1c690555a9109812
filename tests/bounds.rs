//! Bounds that only a whole room reaches: each is filled by what members may send, and nothing goes beyond it. The world
//! holds what a node keeps against its bounds at each step. Bounds of one part are filled in the tests of that part.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without fails it")]

#[path = "common/insider.rs"]
mod insider;
#[path = "common/sim.rs"]
mod sim;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use chinwag::chat::api::answer::Confirmation;
use chinwag::chat::api::event::Event;
use chinwag::chat::api::machine::Way;
use chinwag::chat::api::notice::Notice;
use chinwag::chat::base::bytes::Bytes;
use chinwag::chat::base::limits::{
    HANDSHAKES_MAX, HEADS_FRAMES_MAX, HERE_NAMED_MAX, MULTICASTS_RATE, NO_MULTICAST_PEERS_MAX, PRIVATE_REMEMBERED_MAX,
    SMALL_ROOM_MAX, UNDECIDED_MAX, VERDICT_AFTER_START,
};
use chinwag::chat::base::metrics::Kind;
use chinwag::chat::base::time::{Hybrid, Wall};
use chinwag::chat::keys::identity::Identity;
use chinwag::chat::room::Room;
use chinwag::chat::wire;
use chinwag::chat::wire::entry::{Body, Header, NO_ENTRY, Text};
use chinwag::chat::wire::frame::{Cookie, Frame, HEADS_MAX, Signed, Wanted};

use insider::Insider;
use sim::World;

const SECOND: Duration = Duration::from_secs(1);

/// More people than a small room has, who have met.
fn crowd(seed: u64, count: usize) -> World {
    let mut world = World::of(seed, count);
    world.run(SECOND * 10).unwrap();
    world
}

fn room(world: &World, host: usize) -> &Room {
    world.hosts[host].node.as_ref().unwrap().rooms().next().unwrap()
}

/// What a room holds of a thing.
fn held(world: &World, host: usize, what: &str) -> usize {
    room(world, host).census().iter().find(|count| count.what == what).unwrap().held
}

/// A machine where nobody answers, but all that comes is taken down.
fn listener(world: &mut World) -> (usize, SocketAddr) {
    let host = world.add();
    world.hosts[host].is_insider = true;
    (host, world.hosts[host].address)
}

/// The frames that came to a listener since it was last asked, as what `of` makes of them.
fn came<T>(world: &mut World, host: usize, of: impl Fn(Frame<'_>) -> Option<T>) -> Vec<T> {
    let heard = std::mem::take(&mut world.hosts[host].heard);
    heard.iter().filter_map(|(_, datagram)| world.open(&mut datagram.to_vec()).and_then(&of)).collect()
}

/// Asks host 0 from a listener's address, with no cookie, and returns the one that comes.
fn cookie_for(world: &mut World, (host, address): (usize, SocketAddr)) -> Cookie {
    let ask = world.seal(&Frame::Want { cookie: Bytes::ZERO, wants: Vec::new() });
    world.inject(address, 0, Way::Unicast, &ask);
    world.run(SECOND / 10).unwrap();
    let cookies = came(world, host, |frame| match frame {
        Frame::Retry { cookie } => Some(cookie),
        _ => None,
    });
    *cookies.last().unwrap()
}

#[test]
fn who_never_answers_is_greeted_and_asked_for_proof_so_often_and_then_left_alone() {
    let mut world = World::of(61, 1);
    let mut mute = Insider::enter(&mut world, 61, &[]);
    world.run(SECOND).unwrap();
    mute.greet(&mut world, 0);
    world.run(SECOND * 60).unwrap();
    let drawn = &world.drawn[&(0, mute.address)].1;
    let drawn = [Kind::Retry, Kind::Beacon].map(|kind| drawn.of(kind));
    assert_eq!(drawn, [u64::from(HANDSHAKES_MAX); 2]);
}

#[test]
fn in_a_large_room_a_line_goes_by_unicast_to_so_many_who_hear_no_multicasts() {
    let mut world = World::new(62);
    for host in 0..NO_MULTICAST_PEERS_MAX + 9 {
        world.add();
        world.hosts[host].lacks_multicast = host > 0;
        world.boot(host);
    }
    world.run(SECOND * 60).unwrap();
    assert_eq!(room(&world, 0).presence().present().count(), NO_MULTICAST_PEERS_MAX + 8);
    let before = world.traffic.datagrams;
    world.type_line(0, "h0-hello").unwrap();
    assert_eq!(world.traffic.datagrams - before, NO_MULTICAST_PEERS_MAX as u64 + 1, "to each of those, and one to all");
    world.run(SECOND * 30).unwrap();
    let read = world.hosts.iter().skip(1).filter(|host| host.read.contains("h0-hello"));
    assert_eq!(read.count(), NO_MULTICAST_PEERS_MAX + 8, "the others ask for it");
}

#[test]
fn one_comparison_brings_so_many_heads_and_no_more() {
    let mut world = World::of(63, 1);
    let (all, people) = (HEADS_MAX * HEADS_FRAMES_MAX, HEADS_MAX * HEADS_FRAMES_MAX + 100);
    let id = world.keys().id();
    for number in 0..u16::try_from(people).unwrap() {
        let [high, low] = number.to_be_bytes();
        let mut secret = [0xcd; 32];
        secret[..2].copy_from_slice(&[high, low]);
        let person = Identity::new(&secret);
        let time = Hybrid::default().next(Wall(1_767_225_600_000));
        let header = Header { author: person.author(), run: Bytes([1; 8]), seq: 1, prev: NO_ENTRY, time, kind: 0 };
        let body = Body::Text(Text { lines: vec!["hi".to_owned()], continues: false, is_auto: false });
        let entry = wire::sign_entry(&person, id, header, &wire::encode_body(&body));
        let entries = vec![Signed { bytes: &entry.bytes, signature: entry.signature }];
        let datagram = world.seal(&Frame::Entries { ack: false, entries });
        world.inject(([10, 9, high, low], 999).into(), 0, Way::Unicast, &datagram);
        if number % 100 == 99 {
            world.run(SECOND / 5).unwrap();
        }
    }
    world.run(SECOND).unwrap();
    assert_eq!(held(&world, 0, "logs"), people);
    let listener = listener(&mut world);
    let cookie = cookie_for(&mut world, listener);
    let buckets = world.seal(&Frame::Buckets { cookie, buckets: Bytes([0xff; 384]) });
    world.inject(listener.1, 0, Way::Unicast, &buckets);
    world.run(SECOND / 10).unwrap();
    let heads = came(&mut world, listener.0, |frame| match frame {
        Frame::Heads { reply: true, heads, .. } => Some(heads),
        _ => None,
    });
    let logs: BTreeSet<_> = heads.iter().flatten().map(|head| head.log).collect();
    assert_eq!((heads.len(), logs.len()), (HEADS_FRAMES_MAX, all));
}

#[test]
fn of_those_who_are_here_so_many_are_named_to_the_screen_and_all_are_counted() {
    let mut world = World::new(64);
    world.has_screens = true;
    for host in 0..HERE_NAMED_MAX + 6 {
        world.add();
        world.boot(host);
    }
    world.run(SECOND * 30).unwrap();
    let standing = world.hosts[0].events.iter().rev().find_map(|event| match event {
        Event::Standing { here, count, .. } => Some((here.len(), *count)),
        _ => None,
    });
    assert_eq!(standing, Some((HERE_NAMED_MAX, HERE_NAMED_MAX + 5)));
}

#[test]
fn who_hears_many_multicasts_answers_by_none() {
    let mut world = crowd(65, SMALL_ROOM_MAX + 4);
    for number in 0..3 {
        world.type_line(0, &format!("h0-{number}")).unwrap();
    }
    world.run(SECOND * 5).unwrap();
    let log = world.own_logs()[0];
    let [one, other, third] = [(); 3].map(|()| listener(&mut world));
    let cookies = [one, other].map(|who| (who, cookie_for(&mut world, who)));
    // The second who asks for the same is answered with a multicast, which a third hears.
    let mut serve = |from: u64, is_busy: bool| {
        let beacon = world.captured().unwrap();
        for _ in 0..if is_busy { 2 * MULTICASTS_RATE } else { 0 } {
            world.inject(([10, 0, 0, 1], 7788).into(), 0, Way::Multicast(None), &beacon);
        }
        for ((_, address), cookie) in cookies {
            let wants = vec![Wanted { log, from, count: 1 }];
            let want = world.seal(&Frame::Want { cookie, wants });
            world.inject(address, 0, Way::Unicast, &want);
        }
        world.run(SECOND / 20).unwrap();
        [one, other, third]
            .map(|(host, _)| came(&mut world, host, |frame| matches!(frame, Frame::Entries { .. }).then_some(())).len())
    };
    assert_eq!(serve(2, false), [2, 1, 1]);
    assert_eq!(serve(3, true), [1, 1, 0]);
}

#[test]
fn where_so_many_lines_are_undecided_input_waits_until_verdicts_have_fallen() {
    let mut world = World::of(66, 1);
    for number in 0..UNDECIDED_MAX {
        assert!(room(&world, 0).takes_input(), "{number}");
        world.type_line(0, &format!("h0-{number}")).unwrap();
    }
    assert!(!room(&world, 0).takes_input());
    world.run(VERDICT_AFTER_START + SECOND * 10).unwrap();
    assert!(room(&world, 0).takes_input());
}

#[test]
fn so_many_of_ones_last_private_messages_can_be_taken_back() {
    let mut world = World::of(67, 2);
    world.run(SECOND * 3).unwrap();
    for number in 0..PRIVATE_REMEMBERED_MAX + 5 {
        world.type_command(0, &format!("/msg h1 h0-{number}")).unwrap();
        world.run(SECOND / 20).unwrap();
    }
    assert_eq!(world.hosts[1].texts.len(), PRIVATE_REMEMBERED_MAX + 5);
    assert_eq!(held(&world, 0, "private messages of one's own"), PRIVATE_REMEMBERED_MAX);
    world.hosts[0].events.clear();
    for _ in 0..PRIVATE_REMEMBERED_MAX + 5 {
        world.type_command(0, "/delete").unwrap();
        world.run(SECOND / 20).unwrap();
    }
    let taken_back = world.hosts[0].events.iter().filter_map(|event| match event {
        Event::Notice(Notice::Answer(Confirmation::TakenBack { text, .. })) => Some(text.as_str()),
        _ => None,
    });
    let taken_back: Vec<&str> = taken_back.collect();
    assert_eq!((taken_back.len(), taken_back.last().copied()), (PRIVATE_REMEMBERED_MAX, Some("h0-5")));
}
