//! What a room costs by its size, in the simulation: `cargo bench --bench rooms`, or `… -- 2 250` for some
//! sizes alone.
//!
//! For each number of people: beacons and bytes of the whole room per idle second; datagrams and bytes per line beyond
//! that, a multicast counted once; and how long after it was typed a line is seen by each of the others, at one line a
//! second. From 50 people on every twentieth multicast is lost on its way to each of them.

#![expect(clippy::print_stdout, reason = "it is told to whoever runs it")]

#[path = "../tests/common/sim.rs"]
mod sim;

use std::time::Duration;

use chinwag::chat::session::node::Node;
use sim::{Faults, World};

const SECOND: Duration = Duration::from_secs(1);

fn main() {
    println!("people  idle: beacons/s  bytes/s   line: datagrams  bytes   seen: p50 ms  p99 ms  max ms  missing");
    let asked: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let usual = vec![2, 8, 16, 50, 250, 1000];
    for people in if asked.is_empty() { usual } else { asked } {
        println!("{}", measure(people));
    }
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn measure(people: usize) -> String {
    let mut world = World::new(1);
    (world.watches, world.counts) = (false, false);
    for _ in 0..people {
        let host = world.add();
        world.boot(host);
        world.run(Duration::from_millis(40)).expect("no promise is broken");
    }
    let interval = (Duration::from_millis(100) * u32::try_from(people).expect("a few"))
        .clamp(Duration::from_secs(5), Duration::from_secs(120));
    world.run(SECOND * 10 + 2 * interval).expect("no promise is broken");
    if people >= 50 {
        world.faults = Faults { multicast_loss: 50, ..Faults::default() };
    }
    let present: usize = world.hosts[0].node.iter().flat_map(Node::rooms).map(|room| room.presence().len()).sum();

    let span = (interval * 2).max(SECOND * 100);
    let before = world.traffic;
    world.run(span).expect("no promise is broken");
    let idle = world.traffic;
    let seconds = span.as_secs_f64();
    let beacons = (idle.beacons - before.beacons) as f64 / seconds;
    let (idle_datagrams, idle_bytes) =
        ((idle.datagrams - before.datagrams) as f64 / seconds, (idle.bytes - before.bytes) as f64 / seconds);

    let lines = 60;
    let before = world.traffic;
    world.seen_after.clear();
    for _ in 0..lines {
        let host = usize::try_from(world.below(people as u64)).expect("an index");
        world.say(host).expect("no promise is broken");
        world.run(SECOND).expect("no promise is broken");
    }
    world.run(SECOND * 30).expect("no promise is broken");
    let talk = world.traffic;
    let seconds = f64::from(lines + 30);
    let per_line = |count: u64, idle: f64| (count as f64 - idle * seconds) / f64::from(lines);
    let mut seen: Vec<f64> = world.seen_after.iter().map(|span| span.as_secs_f64() * 1000.0).collect();
    seen.sort_by(f64::total_cmp);
    let at = |part: usize| seen.get((seen.len() - 1) * part / 100).copied().unwrap_or(0.0);
    let missing = usize::try_from(lines).expect("a few") * (people - 1) - seen.len();
    format!(
        "{people:6}  {beacons:15.1}  {idle_bytes:7.0}  {:15.1}  {:5.0}   {:12.1}  {:6.1}  {:6.0}  {missing:7}   ({present} seen present by the first)",
        per_line(talk.datagrams - before.datagrams, idle_datagrams),
        per_line(talk.bytes - before.bytes, idle_bytes),
        at(50),
        at(99),
        at(100),
    )
}
