//! Several machines on networks that the test makes: namespaces joined by cables, with loss where it is wanted.
//!
//! It takes root, `ip` and `nft`. Where they are missing that is told; with `CHINWAG_TESTS=all` it is a failure.

mod common;

use std::process::Command;

use common::network::{Network, run};
use common::{Program, has};

#[test]
fn two_machines_without_a_route_meet_by_themselves() {
    let Some((_network, mut alice, mut bob)) = Network::of_two_who_met() else { return };
    alice.types("hello");
    bob.out.is("<alice> hello");
    bob.types("hi");
    alice.out.is("<bob> hi");
    assert_eq!(bob.ends(), 0);
    alice.err.is("bob left.");
}

#[test]
fn two_machines_that_each_know_only_a_third_read_see_and_confirm_through_it() {
    let Some(network) = Network::of(3) else { return };
    network.join(1, 0, 1);
    network.join(2, 1, 2);
    let mut hub = network.chinwag(1, "-n hub --no-lan");
    let mut alice = network.chinwag(0, "-n alice --no-lan -p 10.1.0.2");
    hub.err.is("alice is here.");
    let mut carol = network.chinwag(2, "-n carol --no-lan --commands -p 10.2.0.1");
    let mut seen = [carol.err.line(), carol.err.line()];
    seen.sort();
    assert_eq!(seen, ["alice is here (through hub).", "hub is here."]);
    carol.types("/who");
    let who = carol.err.line();
    assert!(who.contains("alice (through hub)") && !who.contains("hub (through"), "{who}");
    carol.types("hello from afar");
    alice.out.is("<carol> hello from afar");
    hub.out.is("<carol> hello from afar");
    assert_eq!(carol.ends(), 0, "both have confirmed");
}

#[test]
fn a_thousand_lines_each_way_survive_any_loss() {
    for percent in [5, 20, 40] {
        let Some((network, mut alice, mut bob)) = Network::of_two_who_met() else { return };
        network.lose(percent);
        let lines = |who: &str| (0..1000).map(|n| format!("{who} line {n}\n")).collect::<Vec<_>>().concat();
        alice.feed(lines("alice").as_bytes());
        bob.feed(lines("bob").as_bytes());
        for n in 0..1000 {
            bob.out.is(&format!("<alice> alice line {n}"));
            alice.out.is(&format!("<bob> bob line {n}"));
        }
    }
}

#[test]
fn what_was_said_while_a_cable_was_out_is_read_when_it_is_in_again() {
    let Some((network, mut alice, mut bob)) = Network::of_two_who_met() else { return };
    network.cut(0, true);
    network.cut(1, true);
    alice.types("one");
    bob.types("two");
    alice.err.is("\"one\": not confirmed by bob (0 of 1 have)");
    network.cut(0, false);
    network.cut(1, false);
    bob.out.is("<alice> one");
    alice.out.is("<bob> two");
}

#[test]
fn a_listener_of_another_program_beside_a_room_sees_no_frame() {
    let Some(network) = Network::of(2) else { return };
    if !has("nc") {
        return;
    }
    network.join(1, 0, 1);
    let mut nc =
        Program::start(Command::new("ip").args(["netns", "exec", &network.machines[1], "nc", "-u", "-l", "7788"]));
    let mut alice = network.chinwag(0, "-n alice --commands");
    let mut bob = network.chinwag(0, "-n bob");
    alice.types("hello");
    bob.out.is("<alice> hello");
    // It can only write first to whoever it knows, so another one does.
    let mut writer = Program::start(Command::new("ip").args([
        "netns",
        "exec",
        &network.machines[1],
        "nc",
        "-u",
        "-p",
        "9999",
        "10.1.0.1",
        "7788",
    ]));
    writer.types("plain words");
    alice.out.is("[10.1.0.2:9999] plain words");
    alice.types("/msg 10.1.0.2:9999 plain answer");
    alice.types("more for the room");
    bob.out.is("<alice> more for the room");
    drop(alice);
    nc.signal("TERM");
    assert_eq!(nc.out.rest(), [""; 0]);
    writer.signal("TERM");
    assert_eq!(writer.out.rest(), ["plain answer"]);
}

/// Each port of the other machine is treated in its own way; the same words for both families.
#[test]
fn why_a_machine_that_was_named_does_not_answer_is_told_as_far_as_the_network_says() {
    let Some(network) = Network::of(2) else { return };
    network.join(1, 0, 1);
    for (machine, link) in [(0, "v1a"), (1, "v1b")] {
        let (name, number) = (&network.machines[machine], machine + 1);
        assert!(run(&format!("ip -n {name} addr add fd00:1::{number}/64 dev {link} nodad")));
    }
    let rules = "add table inet f; add chain inet f in { type filter hook input priority 0; };
        add rule inet f in udp dport 7002 reject; add rule inet f in udp dport 7003 reject with icmpx admin-prohibited;
        add rule inet f in udp dport 7004 reject with icmpx host-unreachable; add rule inet f in udp dport 7005 drop";
    assert!(run(&format!("ip netns exec {} nft '{rules}'", network.machines[1])));
    let _bob = network.chinwag(1, "-n bob -b 10.1.0.2:7006");
    let closed = ": nothing listens there, or a firewall refuses it";
    let nobody = ": no machine on this network has that address: it is off, elsewhere or kept apart";
    let told = |to: &str| {
        let words = if to == "10.1.0.2:7006" { " is here." } else { " does not answer" };
        (
            network.chinwag(
                0,
                &format!("-n alice --no-lan -b {} -p {to}", if to.starts_with('[') { "[::]:0" } else { "0.0.0.0:0" }),
            ),
            words,
        )
    };
    let cases = [
        ("10.1.0.2:7001", closed),
        ("[fd00:1::2]:7001", closed),
        ("10.1.0.2:7002", closed),
        ("[fd00:1::2]:7002", closed),
        ("10.1.0.2:7003", ": a firewall at 10.1.0.2 forbids it"),
        ("[fd00:1::2]:7003", ": a firewall at fd00:1::2 forbids it"),
        ("10.1.0.2:7004", ": a firewall at 10.1.0.2 forbids it"),
        ("[fd00:1::2]:7004", ": a firewall at fd00:1::2 forbids it"),
        ("10.1.0.2:7005", ""), // silence has no cause
        ("[fd00:1::2]:7005", ""),
        ("10.1.0.9:7788", nobody),
        ("[fd00:1::9]:7788", nobody),
        ("10.1.0.2:7006", ""),
    ];
    let mut all: Vec<(Program, &str)> = cases.iter().map(|(to, _)| told(to)).collect();
    for ((alice, words), (to, why)) in all.iter_mut().zip(cases) {
        let line = std::iter::repeat_with(|| alice.err.line()).find(|line| line.contains(*words)).expect("it is told");
        let expected =
            if *words == " is here." { "bob is here.".to_owned() } else { format!("{to} does not answer{why}") };
        assert_eq!(line, expected);
    }
}

/// Ten times the cable of one side is out and in again, and lines are typed meanwhile.
#[test]
fn a_cable_that_comes_loose_is_told_of_oneself_and_nobody_is_lost_for_it() {
    let Some((network, mut alice, mut bob)) = Network::of_two_who_met() else { return };
    for time in 0..10 {
        network.set_link(0, "v1a down");
        alice.err.is("v1a is down");
        bob.err.is("v1b is down"); // its other end
        alice.types(&format!("alice {time}"));
        bob.types(&format!("bob {time}"));
        network.set_link(0, "v1a up");
        alice.err.is("v1a is up: its address is 10.1.0.1");
        bob.err.is("v1b is up: its address is 10.1.0.2");
        bob.out.is(&format!("<alice> alice {time}"));
        alice.out.is(&format!("<bob> bob {time}"));
    }
    assert_eq!(alice.ends(), 0);
    assert_eq!(bob.err.line(), "alice left.");
}

#[test]
fn whoever_gets_another_address_is_heard_there_at_once() {
    let Some((network, mut alice, mut bob)) = Network::of_two_who_met() else { return };
    network.ip(0, "addr flush dev v1a scope global");
    alice.err.is("v1a has no address any more");
    network.ip(0, "addr add 10.1.0.9/24 dev v1a");
    alice.err.is("v1a is up: its address is 10.1.0.9");
    alice.types("here");
    bob.out.is("<alice> here");
    bob.types("both ways");
    alice.out.is("<bob> both ways");
    network.ip(0, "link add v2a type veth peer name v2b");
    network.ip(0, "addr add 10.2.0.1/24 dev v2a; ip link set v2a up; ip link set v2b up");
    alice.err.is("v2a is up: its address is 10.2.0.1");
    network.ip(0, "link del v2a");
    alice.err.is("v2a is gone");
}

#[test]
fn that_the_address_to_which_a_session_is_bound_is_gone_is_told_and_it_is_heard_there_again() {
    let Some((network, mut alice, _bob)) = Network::of_two_who_met() else { return };
    network.ip(1, "addr add 10.1.0.7/24 dev v1b");
    let mut carol = network.chinwag(1, "-n carol -b 10.1.0.7:7799");
    alice.err.is("carol is here.");
    network.ip(1, "addr del 10.1.0.7/24 dev v1b");
    let next = |program: &mut Program, words: &str| while program.err.line() != words {};
    next(&mut carol, "10.1.0.7 is no address of this machine any more: until it is again, nothing comes in");
    network.ip(1, "addr add 10.1.0.7/24 dev v1b");
    next(&mut carol, "10.1.0.7 is an address of this machine again");
    alice.types("heard again");
    carol.out.is("<alice> heard again");
}

/// Below an MTU of 1280 the system forgets all that is of IPv6 (RFC 8200, 5).
#[test]
fn a_group_that_the_system_forgot_is_joined_again() {
    let Some((network, _alice, _bob)) = Network::of_two_who_met() else { return };
    let is_in = || run(&format!("ip -n {} maddr show dev v1a | grep -q ff12::4357", network.machines[0]));
    let is_soon = |wanted: bool| (0..2000).any(|_| is_in() == wanted);
    assert!(is_soon(true), "once its address is made sure of");
    network.set_link(0, "v1a mtu 1000");
    assert!(is_soon(false));
    network.set_link(0, "v1a mtu 1500");
    assert!(is_soon(true));
}

#[test]
fn a_firewall_that_is_switched_on_later_is_named_once_somebody_is_missed() {
    let Some((network, mut alice, _bob)) = Network::of_two_who_met() else { return };
    let rules = "add table inet f; add chain inet f in { type filter hook input priority 0; policy drop; };
        add rule inet f in iif lo accept";
    assert!(run(&format!("ip netns exec {} nft '{rules}'", network.machines[0])));
    let told = "this machine's firewall drops UDP 7788 and 7790 coming in by v1a";
    let before: Vec<String> = std::iter::from_fn(|| Some(alice.err.line()).filter(|line| line != told)).collect();
    assert!(before.contains(&"bob is not heard any more.".to_owned()), "{before:?}");
}

#[test]
fn of_several_peers_that_were_named_each_has_its_cause_and_has_it_once() {
    let Some(network) = Network::of(2) else { return };
    network.join(1, 0, 1);
    let mut alice =
        network.chinwag(0, "-n alice --no-lan -p 10.1.0.2:5555 -p 10.1.0.2:5556 -p 10.1.0.9 --expect x --timeout 9");
    let mut told = alice.err.rest();
    told.retain(|line| line.starts_with("10."));
    told.sort();
    let closed = "does not answer: nothing listens there, or a firewall refuses it";
    let nobody = "does not answer: no machine on this network has that address: it is off, elsewhere or kept apart";
    assert_eq!(
        told,
        [format!("10.1.0.2:5555 {closed}"), format!("10.1.0.2:5556 {closed}"), format!("10.1.0.9:7788 {nobody}")]
    );
}

/// As the firewalls write their rules: `ufw` and others let in what is on the loopback, and answers. What is told is proven by
/// copies of what the session itself sends; where they come nothing is told.
#[test]
fn a_firewall_of_this_machine_is_named_with_its_ports_and_none_where_there_is_none() {
    let usual = "add rule inet f in iif lo accept; add rule inet f in ct state established,related accept";
    let drops = |ports, family| Some(format!("this machine's firewall drops UDP {ports} coming in by v1a{family}"));
    let cases = [
        ("accept", String::new(), None),
        ("drop", usual.to_owned(), drops("7788 and 7790", "")),
        ("drop", format!("{usual}; add rule inet f in udp dport 7790 accept"), drops("7788", "")),
        ("drop", format!("{usual}; add rule inet f in udp dport {{ 7788, 7790 }} accept"), None),
        ("accept", "add rule inet f in meta nfproto ipv6 udp dport 7788 drop".to_owned(), drops("7788", " over IPv6")),
        ("accept", "add rule inet f in ip saddr 10.1.0.2 drop".to_owned(), None), // of another one alone
        ("accept", "add rule inet f in numgen random mod 100 < 40 drop".to_owned(), None), // a bad network
        (
            "accept",
            "add rule inet f out udp dport 7790 drop".to_owned(),
            Some("this machine's firewall forbids sending on v1a".to_owned()),
        ),
    ];
    let Some(network) = Network::of(2 * cases.len()) else { return };
    let mut all = Vec::new();
    for (number, (policy, rules, told)) in cases.iter().enumerate() {
        network.join(1, 2 * number, 2 * number + 1);
        let rules = format!(
            "add table inet f; add chain inet f in {{ type filter hook input priority 0; policy {policy}; }};
             add chain inet f out {{ type filter hook output priority 0; }}; {rules}"
        );
        assert!(run(&format!("ip netns exec {} nft '{rules}'", network.machines[2 * number])));
        all.push((network.chinwag(2 * number, "-n alice --expect nothing --timeout 6"), told));
    }
    for ((mut alice, told), (_, rules, _)) in all.into_iter().zip(&cases) {
        let named: Vec<String> = alice.err.rest().into_iter().filter(|line| line.contains("firewall")).collect();
        assert_eq!(named, told.iter().cloned().collect::<Vec<_>>(), "{rules}");
    }
}

/// Whoever only sends is not announced, though all that it says is read, and confirmed.
#[test]
fn who_does_one_thing_and_leaves_is_not_announced_and_confirms_as_ever() {
    let Some((network, mut alice, mut bob)) = Network::of_two_who_met() else { return };
    let mut command = Command::new("ip");
    command.args(["netns", "exec", &network.machines[1], env!("CARGO_BIN_EXE_chinwag"), "--temp", "-n", "carol"]);
    let mut carol = Program::start(command.args(["send", "build 17 is ready"]));
    assert_eq!(carol.code(), 0);
    alice.out.is("<carol> build 17 is ready");
    bob.out.is("<carol> build 17 is ready");
    drop(bob);
    let told = alice.err.line();
    assert!(told.starts_with("bob "), "carol neither came nor left: {told}");
}

/// Three subnets, and one machine that all of them reach and nobody sits before.
#[test]
fn subnets_are_joined_by_a_machine_that_nobody_sits_before() {
    let Some(network) = Network::of(4) else { return };
    for (net, machine) in [(1, 0), (2, 1), (3, 2)] {
        network.join(net, machine, 3);
    }
    let mut office = network.chinwag(3, "-n office --headless -r team");
    let person = |number| network.chinwag(number, &format!("-n p{number} -r team --commands"));
    let mut people: Vec<Program> = (0..3).map(person).collect();
    for person in &mut people {
        let (mut others, mut has_office) = (0, false);
        while others < 2 || !has_office {
            let line = person.err.line();
            has_office |= line == "office is here, and nobody sits before it.";
            others += u32::from(line.ends_with("is here (through office)."));
        }
    }
    for from in 0..3 {
        people[from].types(&format!("from {from}"));
        for to in (0..3).filter(|to| *to != from) {
            people[to].out.is(&format!("<p{from}> from {from}"));
        }
    }
    people[0].types("/who");
    let who = people[0].err.line();
    assert!(who.contains("office (nobody sits before it") && who.contains("p1 (through office"), "{who}");
    for person in people {
        assert_eq!(person.ends(), 0, "the people have confirmed");
    }
    office.signal("TERM");
    assert_eq!(office.out.rest(), [""; 0], "what people say is not written where nobody sits");
}

#[test]
fn what_only_a_machine_holds_that_nobody_sits_before_is_told_to_be_read_by_nobody() {
    let Some(network) = Network::of(2) else { return };
    network.join(1, 0, 1);
    let office = network.chinwag(1, "-n office --headless");
    let mut alice = network.chinwag(0, "-n alice");
    alice.err.is("office is here, and nobody sits before it.");
    alice.types("is anybody there?");
    alice.err.is("nobody was there to read \"is anybody there?\"; office holds it");
    assert_eq!(alice.ends(), 3);
    let mut bob = network.chinwag(0, "-n bob");
    bob.err.is("office is here, and nobody sits before it.");
    bob.types("and now?");
    office.signal("TERM"); // it says goodbye, more than once, and has the line perhaps
    let told = std::iter::repeat_with(|| bob.err.line()).find(|line| line.contains("and now?")).expect("a verdict");
    assert!(told.starts_with("nobody was there to read \"and now?\""), "{told}");
}

/// One line across a machine with two cards, from a program that is there for a moment alone.
#[test]
fn one_line_of_a_script_reaches_who_is_behind_a_machine_with_two_cards() {
    let Some(network) = Network::of(3) else { return };
    for (net, machine) in [(1, 0), (2, 1)] {
        network.join(net, machine, 2);
    }
    let _office = network.chinwag(2, "-n office --headless");
    let mut bob = network.chinwag(1, "-n bob");
    bob.err.is("office is here, and nobody sits before it.");
    let send = |arguments: &str| {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &network.machines[0], env!("CARGO_BIN_EXE_chinwag"), "--temp", "-n", "cron"]);
        Program::start(command.arg("send").args(arguments.split_whitespace())).ends()
    };
    assert_eq!(send("build is ready"), 0);
    bob.out.is("<cron> build is ready");
    assert_eq!(send("--to bob tonight"), 0);
    assert!(bob.out.line().ends_with("tonight"));
}

/// A hangup is the wish to read the configuration again; whoever is named there now is reached.
#[test]
fn a_hangup_makes_a_machine_that_nobody_sits_before_read_its_configuration() {
    let Some(network) = Network::of(2) else { return };
    network.join(1, 0, 1);
    let scratch = common::Scratch::new();
    let file = scratch.path().join("config.toml");
    std::fs::write(&file, "no-lan = true\n").expect("there is room");
    let mut office = network.chinwag(0, &format!("-n office --headless --config {}", file.display()));
    let mut alice = network.chinwag(1, "-n alice --no-lan");
    std::fs::write(&file, "no-lan = true\npeer = [\"10.1.0.2\"]\nroom = [\"lobby\", \"team\"]\n")
        .expect("there is room");
    office.signal("HUP");
    while alice.err.line() != "office is here, and nobody sits before it." {}
    let mut bob = network.chinwag(1, "-n bob --no-lan -r team -p 10.1.0.1");
    while bob.err.line() != "office is here, and nobody sits before it." {}
    assert!(office.is_alive());
}
