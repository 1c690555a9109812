//! What SECURITY.md claims, row by row: whoever has no key, and whoever has the room's key and no shame. The name of each test
//! stands in the table there, and one test holds that it does.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without fails it")]

#[path = "common/sim.rs"]
mod sim;

#[path = "common/mod.rs"]
mod common;

use std::collections::BTreeMap;
use std::net::UdpSocket;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chinwag::chat::api::event::Event;
use chinwag::chat::api::machine::Way;
use chinwag::chat::api::notice::{Notice, Secrecy};
use chinwag::chat::api::talk::{Change, MessageBody};
use chinwag::chat::base::bytes::Bytes;
use chinwag::chat::base::limits::{
    COUNTERS_MAX, HANDSHAKES_AT_ONCE_MAX, NAMES_MAX, PEERS_MAX, PREKEYS_KNOWN_MAX, UNREADABLE_ANSWERED_MAX,
};
use chinwag::chat::base::time::{Hybrid, Wall};
use chinwag::chat::keys::identity::{Author, Identity, key_tag};
use chinwag::chat::keys::keychain::Keychain;
use chinwag::chat::keys::secret::{RoomKeys, RoomName};
use chinwag::chat::wire;
use chinwag::chat::wire::entry::{Body, Entry, Header, NO_ENTRY, Text};
use chinwag::chat::wire::frame::{Ack, Beacon, Frame, Signed, Via, flags};
use chinwag::chat::wire::letterbox::Letterbox;
use common::{Program, Scratch, chinwag_command};
use serde_json::Value;
use sim::World;

const SECOND: Duration = Duration::from_secs(1);

/// Somebody who has the key of the room.
fn insider() -> Identity {
    Identity::new(&[0xee; 32])
}

fn header(author: Author, seq: u64, kind: u8) -> Header {
    let time = Hybrid::default().next(Wall(1_767_225_600_000));
    Header { author, run: Bytes([9; 8]), seq, prev: NO_ENTRY, time, kind }
}

fn text(words: &str) -> Vec<u8> {
    wire::encode_body(&Body::Text(Text { lines: vec![words.to_owned()], continues: false, is_auto: false }))
}

/// An entry on its way to a host, from an address that is nobody's.
fn deliver(world: &mut World, to: usize, entry: &Entry) {
    let entries = vec![Signed { bytes: &entry.bytes, signature: entry.signature }];
    let datagram = world.seal(&Frame::Entries { ack: true, entries });
    world.inject(([10, 9, 9, 9], 999).into(), to, Way::Unicast, &datagram);
    world.run(SECOND).unwrap();
}

/// A beacon in the name of a host, signed by the insider.
fn forged_beacon(world: &mut World, of: usize, flags: u8, acks: Vec<Ack>) -> Rc<[u8]> {
    let log = world.own_logs()[of];
    let run = world.hosts[of].node.as_ref().unwrap().rooms().next().unwrap().own_run();
    assert_eq!(chinwag::chat::keys::identity::log_id(world.keys().id(), world.hosts[of].author, run), log);
    let beacon = Beacon {
        author: world.hosts[of].author,
        run,
        counter: 1_000_000,
        time: Hybrid::default().next(Wall(1_767_225_600_000)),
        nick: "mallory".to_owned(),
        flags,
        interval: 5,
        root: Bytes([1; 8]),
        logs: 1,
        prekey: Bytes([7; 32]),
        moved: 0,
        acks,
        hears: Vec::new(),
    };
    let (bytes, signature) = wire::sign_beacon(&insider(), world.keys().id(), &beacon);
    world.seal(&Frame::Beacon { via: Via::Author, beacon: Signed { bytes: &bytes, signature } })
}

/// What happened to people at a host since it was last asked.
fn changes(world: &mut World, host: usize) -> Vec<Change> {
    let events = std::mem::take(&mut world.hosts[host].events);
    let changes = events.into_iter().filter_map(|event| match event {
        Event::Peer { change, .. } => Some(change),
        _ => None,
    });
    changes.collect()
}

/// Three who know each other, and what was told of that is forgotten.
fn three() -> World {
    let mut world = World::of(7, 3);
    world.run(SECOND * 3).unwrap();
    (0..3).for_each(|host| world.hosts[host].events.clear());
    world
}

#[test]
fn a_line_in_anothers_name_is_not_shown() {
    let mut world = three();
    let (victim, room) = (world.hosts[0].author, world.keys().id());
    let entry = wire::sign_entry(&insider(), room, header(victim, 1, 0), &text("forged"));
    deliver(&mut world, 1, &entry);
    assert_eq!(world.hosts[1].texts, [""; 0]);
}

#[test]
fn a_goodbye_or_a_name_in_anothers_name_has_no_effect() {
    let mut world = three();
    for flags in [flags::LEAVING, 0] {
        let datagram = forged_beacon(&mut world, 0, flags, Vec::new());
        let from = world.hosts[0].address;
        world.inject(from, 1, Way::Unicast, &datagram);
        world.run(SECOND).unwrap();
    }
    assert_eq!(changes(&mut world, 1), []);
}

#[test]
fn a_receipt_in_anothers_name_confirms_nothing() {
    let mut world = three();
    world.hosts[2].hears_nothing = true;
    world.type_line(0, "h0-who has it?").unwrap();
    let log = world.own_logs()[0];
    let datagram = forged_beacon(&mut world, 2, 0, vec![Ack { log, seq: 100 }]);
    let from = world.hosts[2].address;
    world.inject(from, 0, Way::Unicast, &datagram);
    world.run(SECOND * 6).unwrap();
    let verdict = world.hosts[0].events.iter().find_map(|event| match event {
        Event::Delivery(delivery) => Some((delivery.confirmed, delivery.of)),
        _ => None,
    });
    assert_eq!(verdict, Some((1, 2)), "one of the two has signed a receipt");
}

#[test]
fn a_capture_that_is_sent_again_brings_nobody_back_and_shows_nothing_twice() {
    let mut world = three();
    world.watches = true;
    world.type_line(2, "h2-good night").unwrap();
    world.run(SECOND).unwrap();
    world.leave(2).unwrap();
    world.run(SECOND * 2).unwrap();
    (0..2).for_each(|host| world.hosts[host].events.clear());
    let texts = world.hosts[0].texts.clone();
    for round in 0..400_u16 {
        let Some(captured) = world.captured() else { panic!("nothing was captured") };
        world.inject(([10, 9, 9, 9], 1000 + round % 7).into(), usize::from(round % 2), Way::Unicast, &captured);
        world.run(Duration::from_millis(10)).unwrap();
    }
    world.run(SECOND * 5).unwrap();
    assert_eq!((changes(&mut world, 0), changes(&mut world, 1)), (vec![], vec![]));
    assert_eq!(world.hosts[0].texts, texts);
}

#[test]
fn who_floods_the_room_with_invented_people_takes_nobodys_name() {
    let mut world = three();
    world.leave(2).unwrap();
    world.run(SECOND * 2).unwrap();
    let room = world.keys().id();
    let time = Hybrid::default().next(Wall(1_767_225_600_000));
    for n in 0..10_000_u16 {
        let [high, low] = n.to_be_bytes();
        let mut invented = [0xdd; 32];
        (invented[0], invented[1]) = (high, low);
        let invented = Identity::new(&invented);
        let beacon = Beacon {
            author: invented.author(),
            run: Bytes([9; 8]),
            counter: 1,
            time,
            nick: format!("x{n}"),
            flags: 0,
            interval: 5,
            root: Bytes([1; 8]),
            logs: 0,
            prekey: Bytes([7; 32]),
            moved: 0,
            acks: Vec::new(),
            hears: Vec::new(),
        };
        let (bytes, signature) = wire::sign_beacon(&invented, room, &beacon);
        let of_beacon = Frame::Beacon { via: Via::Author, beacon: Signed { bytes: &bytes, signature } };
        let header = header(invented.author(), 1, Body::PROFILE);
        let named = wire::sign_entry(&invented, room, header, &wire::encode_body(&Body::Profile(format!("y{n}"))));
        let entries = vec![Signed { bytes: &named.bytes, signature: named.signature }];
        let of_name = Frame::Entries { ack: false, entries };
        for frame in [of_beacon, of_name] {
            let datagram = world.seal(&frame);
            world.inject(([10, 9, high, low], 999).into(), 1, Way::Unicast, &datagram);
        }
        if n % 16 == 0 {
            world.run(Duration::from_millis(40)).unwrap();
        }
    }
    world.hosts[1].events.clear();
    let mallory = insider();
    let named = wire::encode_body(&Body::Profile("h2".to_owned()));
    let named = wire::sign_entry(&mallory, room, header(mallory.author(), 1, Body::PROFILE), &named);
    deliver(&mut world, 1, &named);
    let said = Header { prev: named.id, ..header(mallory.author(), 2, 0) };
    deliver(&mut world, 1, &wire::sign_entry(&mallory, room, said, &text("I am h2")));
    let who = world.hosts[1].events.iter().find_map(|event| match event {
        Event::Said(said) => Some(said.who.clone()),
        _ => None,
    });
    let who = who.expect("it is shown");
    assert!(who.nick == "h2" && who.tag.is_some(), "{who}");
}

#[test]
fn what_was_signed_in_one_room_is_nothing_in_another() {
    let mut world = three();
    let other = RoomKeys::open(&RoomName::parse("other").unwrap()).id();
    let mallory = insider();
    let entry = wire::sign_entry(&mallory, other, header(mallory.author(), 1, 0), &text("said elsewhere"));
    deliver(&mut world, 1, &entry);
    assert_eq!(world.hosts[1].texts, [""; 0]);
    let here = wire::sign_entry(&mallory, world.keys().id(), header(mallory.author(), 1, 0), &text("said here"));
    deliver(&mut world, 1, &here);
    assert_eq!(world.hosts[1].texts, ["said here"]);
}

#[test]
fn a_private_message_is_read_by_whom_it_is_to_and_its_body_is_worth_nothing_behind_another_header() {
    let mut world = three();
    world.type_command(0, "/msg h1 h0-the CANARY sings").unwrap();
    world.run(SECOND).unwrap();
    assert_eq!(
        (world.hosts[1].texts.as_slice(), world.hosts[2].texts.len()),
        (&["h0-the CANARY sings".to_owned()][..], 0)
    );
    let log = world.own_logs()[0];
    let room = world.hosts[2].node.as_ref().unwrap().rooms().next().unwrap();
    let private_body =
        room.archive().log(log).and_then(|held| held.entries().last()).cloned().expect("a third holds it");
    assert_eq!(private_body.header.kind, Body::SEALED);
    assert!(!private_body.bytes.windows(6).any(|bytes| bytes == b"CANARY"));

    let (mallory, id) = (insider(), world.keys().id());
    for kind in [Body::SEALED, 0] {
        let stolen =
            wire::sign_entry(&mallory, id, header(mallory.author(), 1 + u64::from(kind), kind), private_body.body());
        deliver(&mut world, 1, &stolen);
    }
    let is_letter = |event: &Event| match event {
        Event::Said(said) => said.to.is_some() || matches!(said.words, MessageBody::Sealed),
        Event::Notice(Notice::Secrecy(Secrecy::Unreadable { .. })) => true,
        _ => false,
    };
    assert_eq!(world.hosts[1].events.iter().filter(|event| is_letter(event)).count(), 1, "the one that was sent");
}

#[test]
fn a_private_message_to_somebody_who_is_away_is_kept_by_others_and_told_when_it_arrives() {
    let mut world = World::of(3, 2);
    let away = world.add_with_disk();
    world.boot(away);
    world.run(SECOND * 3).unwrap();
    world.leave(away).unwrap();
    world.run(SECOND).unwrap();
    world.type_command(0, "/msg h2 h0-see you at noon").unwrap();
    world.run(SECOND * 7).unwrap();
    let told = |world: &World| -> Vec<(usize, usize, usize, bool)> {
        let deliveries = world.hosts[0].events.iter().filter_map(|event| match event {
            Event::Delivery(told) => Some((told.confirmed, told.of, told.held, told.is_after_all)),
            _ => None,
        });
        deliveries.collect()
    };
    assert_eq!(told(&world), [(0, 0, 1, false)]);
    world.boot(away);
    world.run(SECOND * 5).unwrap();
    assert_eq!(world.hosts[away].texts, ["h0-see you at noon"]);
    assert_eq!(told(&world).last().map(|told| (told.0, told.1, told.3)), Some((1, 1, true)));
}

#[test]
fn a_private_message_that_is_taken_back_is_forgotten_and_nothing_else_is() {
    let mut world = three();
    world.type_line(0, "h0-for all").unwrap();
    world.type_command(0, "/msg h1 h0-for one").unwrap();
    world.run(SECOND).unwrap();
    world.type_command(0, "/delete").unwrap();
    world.run(SECOND).unwrap();
    let log = world.own_logs()[0];
    let erased = |world: &World, host: usize| -> Vec<u8> {
        let room = world.hosts[host].node.as_ref().unwrap().rooms().next().unwrap();
        let entries = room.archive().log(log).into_iter().flat_map(chinwag::chat::log::Log::entries);
        entries.filter(|entry| entry.is_erased).map(|entry| entry.header.kind).collect()
    };
    assert_eq!((erased(&world, 1), erased(&world, 2)), (vec![Body::SEALED], vec![Body::SEALED]));
    world.type_command(0, "/delete").unwrap();
    world.run(SECOND).unwrap();
    assert_eq!(erased(&world, 2), [0, Body::SEALED]);
}

#[test]
fn a_private_message_whose_key_is_gone_is_told_to_both_sides() {
    let mut world = World::of(5, 2);
    let away = world.add_with_disk();
    world.boot(away);
    world.run(SECOND * 3).unwrap();
    world.leave(away).unwrap();
    world.run(SECOND).unwrap();
    world.type_command(0, "/msg h2 h0-too late").unwrap();
    world.run(SECOND).unwrap();
    world.hosts[away].letterbox = Rc::new(Letterbox::new(&[99; 32], Wall(1_767_225_600_000)));
    world.boot(away);
    world.run(SECOND * 5).unwrap();
    let is_lost =
        |event: &Event| matches!(event, Event::Said(said) if said.words == MessageBody::Sealed && said.to.is_some());
    assert_eq!(world.hosts[away].events.iter().filter(|event| is_lost(event)).count(), 1);
    let is_told = |event: &Event| matches!(event, Event::Notice(Notice::Secrecy(Secrecy::Unreadable { .. })));
    assert_eq!(world.hosts[0].events.iter().filter(|event| is_told(event)).count(), 1);
    assert_eq!(world.hosts[1].events.iter().filter(|event| is_lost(event) || is_told(event)).count(), 0);
}

#[test]
fn whoever_wrote_much_that_cannot_be_opened_is_told_so_a_few_times() {
    let mut world = World::of(43, 2);
    let away = world.add_with_disk();
    world.boot(away);
    world.run(SECOND * 3).unwrap();
    world.leave(away).unwrap();
    world.run(SECOND).unwrap();
    for number in 0..2 * UNREADABLE_ANSWERED_MAX {
        world.type_command(0, &format!("/msg h2 h0-{number}")).unwrap();
    }
    world.run(SECOND).unwrap();
    world.hosts[away].letterbox = Rc::new(Letterbox::new(&[99; 32], Wall(1_767_225_600_000)));
    world.boot(away);
    world.run(SECOND * 20).unwrap();
    let is_told = |event: &&Event| matches!(event, Event::Notice(Notice::Secrecy(Secrecy::Unreadable { .. })));
    assert_eq!(world.hosts[0].events.iter().filter(is_told).count(), UNREADABLE_ANSWERED_MAX as usize);
}

/// What a host was told of another secret: who gave it, or to how many it did.
fn renewals(world: &World, host: usize) -> Vec<(Option<String>, usize)> {
    let renewals = world.hosts[host].events.iter().filter_map(|event| match event {
        Event::Notice(Notice::Secrecy(Secrecy::Renewed { by, members, .. })) => {
            Some((by.as_ref().map(ToString::to_string), members.len()))
        }
        _ => None,
    });
    renewals.collect()
}

#[test]
fn another_secret_reaches_who_is_chosen_also_who_was_away_and_the_former_one_is_refused_after_a_day() {
    let mut world = World::sealed(11, 4);
    let (giver, member, away, left_out) = (0, 1, 2, 3);
    world.run(SECOND * 3).unwrap();
    world.leave(away).unwrap();
    world.run(SECOND).unwrap();
    world.type_command(giver, "/rekey h1 h2").unwrap();
    world.run(SECOND * 3).unwrap();
    assert_eq!(renewals(&world, giver), [(None, 2)]);
    assert_eq!(renewals(&world, member), [(Some("h0".to_owned()), 0)]);
    assert_eq!(renewals(&world, left_out), []);
    world.type_line(giver, "h0-under the new one").unwrap();
    world.type_line(left_out, "h3-under the old one").unwrap();
    world.run(SECOND * 3).unwrap();
    world.hosts[member].texts.sort();
    assert_eq!(world.hosts[member].texts, ["h0-under the new one", "h3-under the old one"]);
    assert_eq!(world.hosts[left_out].texts, [""; 0], "it reads nothing any more");

    // A day has all but passed, and the giver is not there.
    world.hosts.iter_mut().for_each(|host| host.wall_offset_ms += 23 * 3_600_000);
    world.leave(giver).unwrap();
    world.boot(away);
    world.run(SECOND * 10).unwrap();
    assert_eq!(renewals(&world, away), [(Some("h0".to_owned()), 0)]);
    assert!(world.hosts[away].texts.contains(&"h0-under the new one".to_owned()));

    world.hosts.iter_mut().for_each(|host| host.wall_offset_ms += 2 * 3_600_000);
    world.run(SECOND * 5).unwrap();
    world.type_line(left_out, "h3-too late").unwrap();
    world.run(SECOND * 10).unwrap();
    for host in [member, away] {
        assert!(!world.hosts[host].texts.contains(&"h3-too late".to_owned()));
        assert!(world.hosts[host].keychain.as_ref().is_some_and(|chain| chain.former.is_empty()));
    }
}

#[test]
fn who_was_left_out_moves_nobody_to_a_secret_of_their_own() {
    let mut world = World::sealed(13, 4);
    let (giver, member, other, left_out) = (0, 1, 2, 3);
    world.run(SECOND * 3).unwrap();
    world.type_command(giver, "/rekey h1 h2").unwrap();
    world.run(SECOND * 3).unwrap();
    world.type_line(member, "h1-not for h3").unwrap();
    world.run(SECOND * 2).unwrap();
    world.hosts.iter_mut().for_each(|host| host.wall_offset_ms += 60_000);
    world.type_command(left_out, "/rekey").unwrap();
    world.run(SECOND * 20).unwrap();
    let current = |host: usize| world.hosts[host].keychain.as_ref().unwrap().current.clone();
    assert_eq!((current(member), current(other)), (current(giver), current(giver)));
    assert_ne!(current(left_out), current(giver));
    assert!(!world.hosts[left_out].texts.contains(&"h1-not for h3".to_owned()));
}

#[test]
fn who_was_left_out_once_is_left_out_of_what_all_get_and_moves_nobody_by_that() {
    let mut world = World::sealed(31, 4);
    let (giver, member, left_out) = (0, 1, 3);
    world.run(SECOND * 3).unwrap();
    world.type_command(giver, "/rekey h1 h2").unwrap();
    world.run(SECOND * 3).unwrap();
    world.hosts.iter_mut().for_each(|host| host.wall_offset_ms += 60_000);
    world.type_command(giver, "/rekey h1 h3").unwrap();
    world.run(SECOND).unwrap();
    let is_refusal = |event: &Event| matches!(event, Event::Fault(_));
    assert!(world.hosts[giver].events.iter().any(is_refusal), "h3 could not read it");
    world.type_command(giver, "/rekey").unwrap();
    world.run(SECOND * 3).unwrap();
    assert_eq!(renewals(&world, giver), [(None, 2), (None, 2)]);
    world.hosts.iter_mut().for_each(|host| host.wall_offset_ms += 60_000);
    world.type_command(left_out, "/rekey").unwrap();
    world.run(SECOND * 20).unwrap();
    let chain = |world: &World, host: usize| world.hosts[host].keychain.clone().unwrap();
    assert_eq!(chain(&world, member).current, chain(&world, giver).current);
    assert_eq!([1, 2].map(|host| renewals(&world, host).len()), [2, 2], "h3 moves nobody");
    let author = world.hosts[left_out].author;
    assert!([giver, member].iter().all(|&host| chain(&world, host).leaves_out(author)));

    // By an invitation that somebody gave it after all it is one of them again.
    let invited = Keychain::new(RoomName::lobby(), chain(&world, giver).current);
    world.leave(left_out).unwrap();
    world.hosts[left_out].keychain = Some(invited);
    world.boot(left_out);
    world.run(SECOND * 5).unwrap();
    assert!((0..3).all(|host| !chain(&world, host).leaves_out(author)));
    world.hosts.iter_mut().for_each(|host| host.wall_offset_ms += 60_000);
    world.type_command(giver, "/rekey").unwrap();
    world.run(SECOND * 5).unwrap();
    assert_eq!(chain(&world, left_out).current, chain(&world, giver).current);
}

/// What a host was told of people under another secret: who said that the room moved, or who is behind, whether they were left
/// out, and who was.
fn moves(world: &World, host: usize) -> Vec<(String, bool, Vec<String>)> {
    let moves = world.hosts[host].events.iter().filter_map(|event| match event {
        Event::Notice(Notice::Secrecy(Secrecy::Moved { by, .. })) => Some((format!("{by} moved"), false, Vec::new())),
        Event::Notice(Notice::Secrecy(Secrecy::Behind { nick, is_left_out, left_out, .. })) => {
            Some((nick.clone(), *is_left_out, left_out.iter().map(ToString::to_string).collect()))
        }
        _ => None,
    });
    moves.collect()
}

/// A sealed room whose giver left h3 out and where h2 was away; and h4, who comes by an invitation from before that.
fn with_a_late_guest(seed: u64) -> World {
    let mut world = World::sealed(seed, 4);
    let former = world.hosts[0].keychain.clone();
    world.run(SECOND * 3).unwrap();
    world.leave(2).unwrap();
    world.run(SECOND).unwrap();
    world.type_command(0, "/rekey h1 h2").unwrap();
    world.run(SECOND * 3).unwrap();
    world.boot(2);
    let late = world.add();
    world.hosts[late].keychain = former;
    world.boot(late);
    world.run(SECOND * 8).unwrap();
    assert!([2, late].iter().all(|&host| moves(&world, host).is_empty()), "there was time for a letter to come");
    world.run(SECOND * 22).unwrap();
    world
}

#[test]
fn who_comes_by_a_former_invitation_is_told_so_and_the_members_are() {
    let mut world = with_a_late_guest(19);
    let (giver, member, away, left_out, late) = (0, 1, 2, 3, 4);
    let told = |who: &str, is_left_out: bool| (who.to_owned(), is_left_out, vec!["h3".to_owned()]);
    for host in [giver, member, away] {
        let mut moves = moves(&world, host);
        moves.sort();
        assert_eq!(moves, [told("h3", true), told("h4", false)], "h{host}");
    }
    for host in [left_out, late] {
        let told = moves(&world, host);
        assert!(matches!(told.as_slice(), [(by, ..)] if by.ends_with(" moved")), "h{host}: {told:?}");
    }
    world.run(SECOND * 60).unwrap();
    assert_eq!([giver, member, late].map(|host| moves(&world, host).len()), [2, 2, 1], "it is told once");
}

#[test]
fn the_secret_is_handed_on_by_the_whole_name_asked_twice_and_never_to_who_was_left_out() {
    let mut world = with_a_late_guest(23);
    let (member, left_out, late) = (1, 3, 4);
    let name = |world: &World, host: usize| format!("h{host}#{}", key_tag(world.hosts[host].author));
    let current = |world: &World, host: usize| world.hosts[host].keychain.as_ref().unwrap().current.clone();
    let refusals = |world: &World| {
        let is_refusal = |event: &&Event| matches!(event, Event::Fault(_));
        world.hosts[member].events.iter().filter(is_refusal).count()
    };
    let (plain_peer, other) = (name(&world, late), name(&world, left_out));
    for wrong in ["h4".to_owned(), format!("h3#{}", key_tag(world.hosts[late].author)), other.clone(), other] {
        let before = refusals(&world);
        world.type_command(member, &format!("/invite {wrong}")).unwrap();
        world.run(SECOND * 3).unwrap();
        assert_eq!(refusals(&world), before + 1, "{wrong}");
    }
    world.type_command(member, &format!("/invite {plain_peer}")).unwrap();
    world.run(SECOND * 3).unwrap();
    assert_ne!(current(&world, late), current(&world, member), "it is asked once");
    world.type_command(member, &format!("/invite {plain_peer}")).unwrap();
    world.run(SECOND * 3).unwrap();
    assert_eq!(current(&world, late), current(&world, member));
    assert_ne!(current(&world, left_out), current(&world, member));
    world.type_line(late, "h4-now you hear me").unwrap();
    world.type_line(0, "h0-and you me").unwrap();
    world.run(SECOND * 3).unwrap();
    assert!(world.hosts[late].texts.contains(&"h0-and you me".to_owned()));
    assert!(!world.hosts[left_out].texts.contains(&"h0-and you me".to_owned()));
}

#[test]
fn many_new_secrets_are_followed_by_who_is_here_and_few_former_ones_are_listened_to() {
    let mut world = World::sealed(17, 3);
    world.run(SECOND * 3).unwrap();
    for round in 0..7 {
        world.hosts.iter_mut().for_each(|host| host.wall_offset_ms += 60_000);
        world.type_command(round % 3, "/rekey").unwrap();
        world.run(SECOND * 4).unwrap();
    }
    let chain = |host: usize| world.hosts[host].keychain.clone().unwrap();
    assert!((1..3).all(|host| chain(host).current == chain(0).current));
    assert_eq!(chain(0).former.len(), 4);
    world.type_line(1, "h1-still here?").unwrap();
    world.run(SECOND * 2).unwrap();
    assert_eq!(
        (world.hosts[0].texts.as_slice(), world.hosts[2].texts.as_slice()),
        (&["h1-still here?".to_owned()][..], &["h1-still here?".to_owned()][..])
    );
}

#[test]
fn of_two_new_secrets_at_once_all_end_with_the_same() {
    for seed in 0..8 {
        let mut world = World::sealed(seed, 4);
        world.run(SECOND * 3).unwrap();
        world.type_command(0, "/rekey").unwrap();
        world.type_command(1, "/rekey").unwrap();
        world.run(SECOND * 10).unwrap();
        let current = |world: &World, host: usize| world.hosts[host].keychain.as_ref().unwrap().current.clone();
        assert!((1..4).all(|host| current(&world, host) == current(&world, 0)), "seed {seed}");
        world.type_line(2, "h2-all here?").unwrap();
        world.run(SECOND * 2).unwrap();
        for host in [0, 1, 3] {
            assert_eq!(world.hosts[host].texts, ["h2-all here?"], "seed {seed}, host {host}");
        }
    }
}

/// The world holds the census against its bounds at each step.
#[test]
fn people_who_are_invented_fill_their_bounds_and_nothing_beyond() {
    let mut world = World::of(41, 1);
    world.run(SECOND).unwrap();
    let room = world.keys().id();
    let mut most = BTreeMap::new();
    for number in 0..12_000_u16 {
        let [high, low] = number.to_be_bytes();
        let of = |filler: u8| {
            let mut bytes = [filler; 32];
            bytes[..2].copy_from_slice(&[high, low]);
            bytes
        };
        let person = Identity::new(&of(0xab));
        let beacon = Beacon {
            author: person.author(),
            run: Bytes([1; 8]),
            counter: 1,
            time: Hybrid::default().next(Wall(1_767_225_600_000)),
            nick: format!("p{number}"),
            flags: 0,
            interval: 255,
            root: Bytes::ZERO,
            logs: 0,
            prekey: Bytes(of(1)),
            moved: 0,
            acks: Vec::new(),
            hears: Vec::new(),
        };
        let (bytes, signature) = wire::sign_beacon(&person, room, &beacon);
        let datagram = world.seal(&Frame::Beacon { via: Via::Author, beacon: Signed { bytes: &bytes, signature } });
        world.inject(([10, 9, high, low], 999).into(), 0, Way::Unicast, &datagram);
        if number % 200 == 199 {
            world.run(SECOND / 4).unwrap();
            let room = world.hosts[0].node.as_ref().unwrap().rooms().next().unwrap();
            assert!(room.presence().is_empty(), "nobody has proven to be anywhere");
            for count in room.census() {
                let held = most.entry(count.what).or_insert(0);
                *held = count.held.max(*held);
            }
        }
    }
    let held = |what: &str| most[what];
    assert_eq!(
        [held("peers"), held("counters"), held("handshakes")],
        [PEERS_MAX, COUNTERS_MAX, HANDSHAKES_AT_ONCE_MAX]
    );
    for (what, bound) in [("nicks", NAMES_MAX), ("owners of nicks", NAMES_MAX), ("prekeys", PREKEYS_KNOWN_MAX)] {
        assert!((bound + 1..=2 * bound).contains(&held(what)), "{what}: {}", held(what)); // two generations of it
    }
}

#[test]
fn who_is_ignored_is_not_shown_kept_passed_on_or_asked_for() {
    let mut world = three();
    world.type_line(2, "h2-before").unwrap();
    world.run(SECOND).unwrap();
    world.type_command(0, "/ignore h2").unwrap();
    world.type_line(2, "h2-after").unwrap();
    world.run(SECOND * 20).unwrap();
    assert_eq!(world.hosts[0].texts, ["h2-before"]);
    assert_eq!(world.hosts[1].texts, ["h2-before", "h2-after"]);
    let log = world.own_logs()[2];
    let room = world.hosts[0].node.as_ref().unwrap().rooms().next().unwrap();
    assert!(room.archive().log(log).is_none());
    world.type_command(0, "/msg h2 h0-are you there?").unwrap();
    world.run(SECOND).unwrap();
    assert_eq!(world.hosts[2].texts, [""; 0], "who is ignored is not written to");
    world.type_command(0, "/unignore h2").unwrap();
    world.type_line(2, "h2-again").unwrap();
    world.run(SECOND * 20).unwrap();
    assert!(world.hosts[0].texts.contains(&"h2-again".to_owned()));
}

/// A session in a sealed room, which meets only whom it is told of.
fn sealed(nick: &str, invitation: &str, arguments: &str) -> (Program, u16) {
    let options =
        format!("--temp --no-lan -b 127.0.0.1:0 -n {nick} --invite {invitation} --json --json-in {arguments}");
    let mut program = Program::start(&mut chinwag_command(&options));
    let ready = until(&mut program, "ready");
    let address = ready["listening"][0].as_str().unwrap().to_owned();
    (program, address.rsplit_once(':').unwrap().1.parse().unwrap())
}

/// The next object of a type.
fn until(program: &mut Program, kind: &str) -> Value {
    program.out.events_until(|object| object["type"] == kind).pop().expect("it came")
}

/// Whoever is between two sessions, carries what they say, and keeps it.
struct Between {
    ports: [u16; 2],
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
    is_over: Arc<AtomicBool>,
}

impl Between {
    /// The first session is not known yet: it writes first.
    fn new(second: u16) -> Self {
        let socket = || UdpSocket::bind("127.0.0.1:0").unwrap();
        let [one, two] = [socket(), socket()];
        let ports = [&one, &two].map(|socket| socket.local_addr().unwrap().port());
        let (heard, is_over) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let between = Self { ports, heard: Arc::clone(&heard), is_over: Arc::clone(&is_over) };
        std::thread::spawn(move || {
            let (mut first, mut buffer) = (None, [0; 2048]);
            for socket in [&one, &two] {
                socket.set_read_timeout(Some(Duration::from_millis(2))).unwrap();
            }
            while !is_over.load(Ordering::Relaxed) {
                if let Ok((length, from)) = one.recv_from(&mut buffer) {
                    first = Some(from);
                    heard.lock().unwrap().push(buffer[..length].to_vec());
                    let _ = two.send_to(&buffer[..length], ("127.0.0.1", second));
                }
                if let (Ok(length), Some(first)) = (two.recv(&mut buffer), first) {
                    heard.lock().unwrap().push(buffer[..length].to_vec());
                    let _ = one.send_to(&buffer[..length], first);
                }
            }
        });
        between
    }
}

impl Drop for Between {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

fn invitation(folder: &Scratch) -> String {
    let path = folder.path().join("invitation");
    let out = chinwag_command(&format!("invite -r team --data-dir {}", folder.path().display())).output().unwrap();
    assert!(out.status.success());
    std::fs::write(&path, out.stdout).unwrap();
    path.display().to_string()
}

#[test]
fn whoever_captures_everything_reads_nothing_gets_no_answer_and_changes_nothing() {
    let folder = Scratch::new();
    let invitation = invitation(&folder);
    let (mut bob, bob_port) = sealed("bob", &invitation, "");
    let between = Between::new(bob_port);
    let (mut alice, alice_port) = sealed("alice", &invitation, &format!("-p 127.0.0.1:{}", between.ports[0]));
    until(&mut alice, "peer");
    until(&mut bob, "peer");
    alice.types(r#"{"type":"say","text":"a CANARY","id":1}"#);
    alice.types(r#"{"type":"msg","to":"bob","text":"another CANARY","id":2}"#);
    assert_eq!(until(&mut bob, "message")["text"], "a CANARY");
    assert_eq!(until(&mut bob, "message")["text"], "another CANARY");

    let heard = between.heard.lock().unwrap().clone();
    assert!(heard.len() > 5);
    for datagram in &heard {
        let is_there = |words: &[u8]| datagram.windows(words.len()).any(|bytes| bytes == words);
        assert!(!is_there(b"CANARY") && !is_there(b"alice") && !is_there(b"bob") && !is_there(b"team"));
    }

    let outsider = UdpSocket::bind("127.0.0.1:0").unwrap();
    outsider.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let mut buffer = [0; 2048];
    for datagram in &heard {
        for at in [0, 3, 11, 40, datagram.len() - 1] {
            let mut forged = datagram.clone();
            forged[at] ^= 1;
            outsider.send_to(&forged, ("127.0.0.1", alice_port)).unwrap();
        }
        outsider.send_to(&datagram[..datagram.len() - 1], ("127.0.0.1", bob_port)).unwrap();
    }
    assert!(outsider.recv_from(&mut buffer).is_err(), "not one byte");

    let mut sent = 0;
    for datagram in &heard {
        for port in [alice_port, bob_port] {
            sent += outsider.send_to(datagram, ("127.0.0.1", port)).unwrap();
        }
    }
    let answers = std::iter::from_fn(|| outsider.recv_from(&mut buffer).ok()).map(|(length, _)| length);
    let answered: usize = answers.sum();
    assert!(answered <= 3 * sent, "{answered} bytes for {sent}");
    alice.types(r#"{"type":"say","text":"the end"}"#);
    let rest: Vec<Value> =
        std::iter::from_fn(|| bob.out.try_line()).map(|line| serde_json::from_str(&line).unwrap()).take(1).collect();
    assert_eq!(rest[0]["text"], "the end", "nothing was shown again, and nobody came");
}

#[test]
fn no_secret_stands_where_others_could_find_it() {
    let folder = Scratch::new();
    let invitation = invitation(&folder);
    let words = std::fs::read_to_string(&invitation).unwrap();
    let words = words.lines().next().unwrap().to_owned();
    let data = folder.path().join("data");
    let passphrase = "correct CANARY battery staple";
    let log = folder.path().join("log");
    let options = format!(
        "--data-dir {} --no-lan -b 127.0.0.1:0 -r vault --json --json-in --log {} -vvv",
        data.display(),
        log.display()
    );
    let mut program = Program::start(chinwag_command(&options).env("CHINWAG_PASSPHRASE", passphrase));
    until(&mut program, "ready");
    program.types(&format!(r#"{{"type":"join","room":"team","invite":"{words}","id":1}}"#));
    program.types(r#"{"type":"join","room":"other","passphrase":"a CANARY, too","id":2}"#);
    let mut out = Vec::new();
    while out.iter().filter(|line: &&String| line.contains("\"answer\"")).count() < 2 {
        out.push(program.out.line());
    }
    program.types(r#"{"type":"join","room":"wrong","invite":"chinwag:wrong#CANARY-canary","id":3}"#);
    out.push(program.out.line());
    let arguments = std::fs::read(format!("/proc/{}/cmdline", program.id())).unwrap_or_default();
    program.types(r#"{"type":"quit"}"#);
    out.extend(program.out.rest());
    assert_eq!(program.code(), 1, "a command was refused");

    let spoken = out.join("\n");
    for hidden in [passphrase, "CANARY", "canary", &words, &words.replace(' ', "-")] {
        assert!(!spoken.contains(hidden), "standard output: {hidden}");
        assert!(!arguments.windows(hidden.len()).any(|bytes| bytes == hidden.as_bytes()));
        for file in files(folder.path()).iter().filter(|file| **file != *invitation) {
            let bytes = std::fs::read(file).unwrap();
            assert!(!bytes.windows(hidden.len()).any(|found| found == hidden.as_bytes()), "{file}: {hidden}");
        }
    }
    for file in files(&data) {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o077, 0, "{file}");
    }
}

/// All files below a folder.
fn files(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    let below = entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path.display().to_string()] });
    below.filter(|path| std::path::Path::new(path).is_file()).collect()
}

#[test]
fn every_claim_names_a_test_that_exists() {
    let text = include_str!("../SECURITY.md");
    let rows = text.lines().filter(|line| line.starts_with("| ") && line.contains(" | `"));
    let named = rows.flat_map(|row| row.split('`').skip(1).step_by(2)).filter(|name| name.contains('_'));
    let sources = ["tests", "src"].map(|folder| files(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)));
    let sources: Vec<String> = sources.concat().iter().filter_map(|file| std::fs::read_to_string(file).ok()).collect();
    let mut count = 0;
    for name in named {
        count += 1;
        assert!(sources.iter().any(|source| source.contains(&format!("fn {name}("))), "there is no test {name}");
    }
    assert!(count > 20, "{count}");
}
