//! What a session says of its network: where the cause is there it is named, and on healthy networks nothing is, in simulated time.

#[path = "common/sim.rs"]
mod sim;

use std::time::Duration;

use chinwag::chat::api::event::Event;
use chinwag::chat::api::machine::Input;
use chinwag::chat::api::network_notice::NetworkNotice;
use chinwag::chat::api::notice::Notice;
use sim::{Faults, World};

const SECOND: Duration = Duration::from_secs(1);

/// What a host was told of its network, in short.
fn told(world: &World, host: usize) -> Vec<String> {
    let of = |event: &Event| match event {
        Event::Notice(Notice::Network(NetworkNotice::Deaf { who, .. })) => Some(format!("{who} does not list you")),
        Event::Notice(Notice::Network(NetworkNotice::Away { span, is_asleep })) => {
            Some(format!("{} {} s", if *is_asleep { "slept" } else { "stopped" }, span.as_secs()))
        }
        Event::Notice(Notice::Network(other)) => Some(format!("{other:?}")),
        _ => None,
    };
    world.hosts[host].events.iter().filter_map(of).collect()
}

/// The firewall of one lets nothing in: the others hear it, and it hears nobody.
#[test]
fn whoever_is_heard_and_hears_nobody_is_named_by_each_of_the_others_once() {
    for (seed, loss) in [(1, 0), (2, 200), (3, 400)] {
        let mut world = World::new(seed);
        world.faults.loss = loss;
        for host in 0..3 {
            assert_eq!(world.add(), host);
            world.hosts[host].hears_nothing = host == 2;
            world.boot(host);
        }
        world.run(SECOND * 300).unwrap();
        for host in [0, 1] {
            assert_eq!(told(&world, host), ["h2 does not list you"], "seed {seed}");
        }
        assert_eq!(told(&world, 2), [""; 0], "it hears nobody, and knows no cause");
        world.hosts[2].hears_nothing = false;
        world.run(SECOND * 60).unwrap();
        assert!(
            (0..3).all(|host| world.hosts[host].node.as_ref().unwrap().rooms().next().unwrap().presence().len() == 2)
        );
    }
}

/// In which one comes and goes again and again; with `CHINWAG_ALARMS=hour` for an hour each.
#[test]
fn on_networks_that_lose_up_to_forty_percent_nobody_is_said_not_to_hear() {
    for (seed, count) in [2, 16, 50].into_iter().enumerate() {
        for loss in [0, 200, 400] {
            let mut world = World::of(seed as u64 * 10 + loss, count);
            world.faults = Faults { loss, multicast_loss: loss / 2, ..Faults::default() };
            let is_hour = std::env::var("CHINWAG_ALARMS").is_ok_and(|span| span == "hour");
            for _ in 0..if is_hour { 12 } else { (48 / count.max(16)).max(1) } {
                world.crash(count - 1);
                world.run(SECOND * 30).unwrap();
                world.boot(count - 1);
                world.run(SECOND * 270).unwrap();
            }
            let all: Vec<String> = (0..count).flat_map(|host| told(&world, host)).collect();
            assert_eq!(all, [""; 0], "{count} instances, {loss} of a thousand lost");
        }
    }
}

#[test]
fn whoever_slept_is_heard_again_at_once_and_says_for_how_long() {
    let mut world = World::of(5, 2);
    world.run(SECOND * 32).unwrap();
    let heard = |world: &World| {
        let room = world.hosts[1].node.as_ref().unwrap().rooms().next().unwrap();
        room.presence().present().next().expect("it is here").heard
    };
    let before = heard(&world);
    for slept in [SECOND * 59, SECOND * 7_860] {
        world.handle(0, Input::Woke { slept, stopped: Duration::ZERO }).unwrap();
        world.run(SECOND / 10).unwrap();
    }
    assert!(heard(&world) > before, "a beacon left at once");
    assert_eq!(told(&world, 0), ["slept 7860 s"], "a minute is nothing to tell");
    world.handle(0, Input::Woke { slept: Duration::ZERO, stopped: SECOND * 60 }).unwrap();
    assert_eq!(told(&world, 0)[1..], ["stopped 60 s"]);
}

/// Of a line that nobody who counts as here was told it is never said that nobody was there, where somebody was heard.
#[test]
fn what_is_said_to_somebody_who_is_heard_and_hears_nothing_is_confirmed_by_nobody() {
    for is_deaf_there in [true, false] {
        let mut world = World::of(7, 1);
        if is_deaf_there {
            let deaf = world.add();
            world.hosts[deaf].hears_nothing = true;
            world.boot(deaf);
        }
        world.run(SECOND * 12).unwrap();
        world.say(0).unwrap();
        world.run(SECOND * 60).unwrap();
        let delivery = |event: &Event| match event {
            Event::Delivery(told) => Some((told.of, told.is_anybody_heard)),
            _ => None,
        };
        let told: Vec<(usize, bool)> = world.hosts[0].events.iter().filter_map(delivery).collect();
        assert_eq!(told, [(0, is_deaf_there)]);
    }
}
