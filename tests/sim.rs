//! The protocol on a network that has every fault. A failing seed is named in the failure; to repeat it:
//! `SIM_SEED=… SIM_PEERS=… cargo test --test sim any_seed`. To try many: `SIM_SEEDS=1000 SIM_PEERS=20 cargo test --release
//! --test sim any_seed`.

#[path = "common/sim.rs"]
mod sim;

use std::time::Duration;

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
        let host = world.add();
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
    match world.below(12) {
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
