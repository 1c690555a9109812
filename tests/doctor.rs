//! `doctor` and `ping` on machines that the test makes: each fault is provoked and found, and not found where it is not there.

mod common;

use std::process::Command;

use common::network::{Network, run};
use common::{Program, Scratch};
use serde_json::Value;

/// What `doctor` says on a machine, and its exit code.
fn doctor(network: &Network, machine: usize, arguments: &str) -> (Vec<String>, i32) {
    let mut program = start(network, machine, &format!("doctor {arguments}"));
    (program.out.rest(), program.code())
}

fn start(network: &Network, machine: usize, arguments: &str) -> Program {
    let scratch = Scratch::new(); // no profile is there, and none is made
    let mut command = Command::new("ip");
    command.args(["netns", "exec", &network.machines[machine], env!("CARGO_BIN_EXE_chinwag")]);
    command.args(arguments.split_whitespace()).env("XDG_CONFIG_HOME", "/dev/null").env("XDG_DATA_HOME", scratch.path());
    let mut program = Program::start(&mut command);
    program.end_input(); // it reads none
    assert!(!scratch.path().join("chinwag").exists());
    program
}

/// An instance of one profile on the first machine.
fn of_profile(network: &Network, profile: &Scratch, arguments: &str) -> Program {
    let mut command = Command::new("ip");
    command.args(["netns", "exec", &network.machines[0], env!("CARGO_BIN_EXE_chinwag"), "--data-dir"]);
    Program::start(command.arg(profile.path()).args(arguments.split_whitespace()).env("XDG_CONFIG_HOME", "/dev/null"))
}

/// The lines that say that something is in the way, each with its advice.
fn faults(said: &[String]) -> Vec<String> {
    let mut faults: Vec<String> = Vec::new();
    let mut is_fault = false;
    for line in said {
        let is_advice = line.starts_with("  ");
        is_fault = if is_advice { is_fault } else { line.starts_with("fail") || line.starts_with("warn") };
        match faults.last_mut().filter(|_| is_advice) {
            Some(last) if is_fault => last.extend(["\n", line]),
            _ if is_fault => faults.push(line.clone()),
            _ => {}
        }
    }
    faults
}

fn nft(network: &Network, machine: usize, rules: &str) {
    let name = &network.machines[machine];
    assert!(run(&format!("ip netns exec {name} nft '{rules}'")), "{rules}");
}

/// As `ufw` sets it: what comes in is dropped, but for the loopback, answers and what IPv6 needs.
const DROPS_INPUT: &str = "add table inet filter;
    add chain inet filter input { type filter hook input priority 0; policy drop; };
    add rule inet filter input iif lo accept; add rule inet filter input ct state established,related accept;
    add rule inet filter input meta l4proto ipv6-icmp accept";

/// Whether alice has answered, in either family.
fn is_reached(line: &str) -> bool {
    line.starts_with("ok      alice at ") && line.contains(":7788 by v1a: 5 of 5 answers, in ")
}

/// Two machines on one cable; alice is on the second one.
fn beside_alice() -> Option<(Network, Program)> {
    let network = Network::of(2)?;
    network.join(1, 0, 1);
    let alice = network.chinwag(1, "-n alice");
    Some((network, alice))
}

#[test]
fn where_all_is_well_nothing_is_in_the_way_and_somebody_answers() {
    let Some((network, _alice)) = beside_alice() else { return };
    let (said, code) = doctor(&network, 0, "");
    assert_eq!((faults(&said), code), (vec![], 0), "{said:#?}");
    assert!(said.contains(&"ok      in #lobby: alice".to_owned()), "{said:#?}");
    assert!(said.iter().any(|line| is_reached(line)), "{said:#?}");
}

#[test]
fn alone_it_is_said_that_nobody_is_heard_and_no_cause_is_named() {
    let Some(network) = Network::of(2) else { return };
    network.join(1, 0, 1);
    let (said, code) = doctor(&network, 0, "");
    let expected =
        "warn    in #lobby: nobody was heard in 7 s\n        > run chinwag doctor on the other machine, too\n";
    assert!(faults(&said).len() == 1 && faults(&said)[0].starts_with(expected) && code == 3, "{said:#?}");
}

/// The first advice, followed to the letter, is the cure.
#[test]
fn a_firewall_of_this_machine_is_found_and_the_command_that_is_named_opens_it() {
    let Some((network, _alice)) = beside_alice() else { return };
    nft(&network, 0, DROPS_INPUT);
    let (said, code) = doctor(&network, 0, "");
    let fault = &faults(&said)[0];
    assert!(fault.starts_with("fail    this machine's firewall drops UDP 7788 and 7790 coming in by v1a"), "{said:#?}");
    assert_eq!(code, 1);
    let command = fault.lines().find_map(|line| line.trim().strip_prefix("> sudo nft ")).expect("a command");
    nft(&network, 0, &command.replace('\'', ""));
    let (said, code) = doctor(&network, 0, "");
    assert_eq!((faults(&said), code), (vec![], 0), "{said:#?}");
}

/// Who is heard and does not answer has the fault: the advice leads there, and there it is found.
#[test]
fn a_firewall_of_the_other_machine_is_found_by_running_it_there() {
    let Some((network, alice)) = beside_alice() else { return };
    nft(&network, 1, DROPS_INPUT);
    let (said, code) = doctor(&network, 0, "");
    let advice = "no answer\n        > run chinwag doctor there: it sees whether a firewall there drops what comes in";
    let faults_here = faults(&said);
    assert!(faults_here.len() == 1 && faults_here[0].starts_with("fail    alice at "), "{said:#?}");
    assert!(faults_here[0].ends_with(advice) && code == 4, "{said:#?}");
    drop(alice);
    let (said, code) = doctor(&network, 1, "");
    assert!(
        faults(&said)[0].starts_with("fail    this machine's firewall drops UDP 7788 and 7790 coming in by v1b"),
        "{said:#?}"
    );
    assert_eq!(code, 1);
    let _bob = network.chinwag(1, "-n bob"); // no profile leads to it, and it has the usual port
    let (said, code) = doctor(&network, 1, "");
    let tried = "fail    this machine's firewall drops UDP 7790 coming in by v1b";
    assert!(faults(&said)[0].starts_with(tried) && code == 1, "of 7788 nothing was tried: {said:#?}");
}

#[test]
fn what_may_not_leave_and_a_cable_that_is_out_are_faults_of_this_machine() {
    let Some(network) = Network::of(4) else { return };
    network.join(1, 0, 1);
    network.join(2, 2, 3);
    nft(
        &network,
        0,
        "add table inet f; add chain inet f out { type filter hook output priority 0; };
        add rule inet f out oif != lo udp dport 7790 drop",
    );
    network.set_link(2, "v2a down");
    let mut both = [start(&network, 0, "doctor"), start(&network, 2, "doctor")];
    let said: Vec<(Vec<String>, i32)> = both.iter_mut().map(|one| (one.out.rest(), one.code())).collect();
    let sending = &faults(&said[0].0)[0];
    assert!(sending.starts_with("fail    v1a: 10.1.0.1") && sending.contains("; sending fails: "), "{said:#?}");
    let alone = "fail    no interface leads to other machines\n        > connect this machine to a network in which it gets an address";
    let down = "warn    v2a: 10.2.0.1; down\n        > look at its cable, or switch its Wi-Fi on";
    assert_eq!(faults(&said[1].0)[..2], [down.to_owned(), alone.to_owned()], "{said:#?}");
    assert_eq!([said[0].1, said[1].1], [1, 1], "{said:#?}");
}

#[test]
fn who_is_in_another_room_is_heard_as_that_and_reached_in_it() {
    let Some(network) = Network::of(2) else { return };
    network.join(1, 0, 1);
    let _alice = network.chinwag(1, "-n alice -r team");
    let said = ["-p 10.1.0.2", "-r team"].map(|arguments| doctor(&network, 0, arguments));
    let other = "warn    a room is heard that you are not in, or whose key you do not have\n        > ask for the name of the room, \
                 and for its invitation where it has one";
    let peer = "fail    10.1.0.2:7788 by v1a: no answer; somebody is there in another room, or with another key";
    assert!(faults(&said[0].0).contains(&other.to_owned()), "{said:#?}");
    assert!(faults(&said[0].0).iter().any(|fault| fault.starts_with(peer)), "{said:#?}");
    assert_eq!((said[0].1, faults(&said[1].0), said[1].1), (3, vec![], 0), "{said:#?}");
}

#[test]
fn why_a_peer_that_is_named_does_not_answer_is_said_as_the_network_says_it() {
    let Some((network, _alice)) = beside_alice() else { return };
    nft(
        &network,
        1,
        "add table inet f; add chain inet f in { type filter hook input priority 0; };
        add rule inet f in udp dport 7003 reject with icmpx admin-prohibited; add rule inet f in udp dport 7005 drop",
    );
    let (said, code) =
        doctor(&network, 0, "-p 10.1.0.2:7001 -p 10.1.0.2:7003 -p 10.1.0.2:7005 -p 10.1.0.9 -p 10.9.0.1");
    for (to, why) in [
        ("10.1.0.2:7001", " by v1a: no answer: nothing listens there, or a firewall refuses it"),
        ("10.1.0.2:7003", " by v1a: no answer: a firewall at 10.1.0.2 forbids it"),
        ("10.1.0.2:7005", " by v1a: no answer"), // silence has no cause
        (
            "10.1.0.9:7788",
            " by v1a: no answer: no machine on this network has that address: it is off, elsewhere or kept apart",
        ),
        ("10.9.0.1:7788", ": no answer: there is no way to its network"),
    ] {
        let fault = format!("fail    {to}{why}");
        assert!(faults(&said).iter().any(|found| found.lines().next() == Some(&fault)), "{fault}: {said:#?}");
    }
    assert_eq!(code, 4, "alice is reached, and not everybody who was named");
}

/// A switch that passes no multicast: nobody is found, and who is named is reached.
#[test]
fn where_multicast_does_not_pass_whoever_is_named_is_reached() {
    let Some((network, _alice)) = beside_alice() else { return };
    for machine in [0, 1] {
        let rules = "add table netdev f; add chain netdev f in { type filter hook ingress device \"v1X\" priority 0; };
            add rule netdev f in ether daddr & 01:00:00:00:00:00 == 01:00:00:00:00:00 udp dport 7790 drop";
        nft(&network, machine, &rules.replace("v1X", if machine == 0 { "v1a" } else { "v1b" }));
    }
    let (said, code) = doctor(&network, 0, "");
    assert!(code == 3 && faults(&said)[0].starts_with("warn    in #lobby: nobody was heard in 7 s"), "{said:#?}");
    let (said, code) = doctor(&network, 0, "--peer 10.1.0.2");
    assert_eq!(code, 0, "{said:#?}");
}

#[test]
fn two_cards_in_one_subnet_are_told_and_a_device_that_answers_proves_that_multicast_passes() {
    let Some(network) = Network::of(2) else { return };
    network.join(1, 0, 1);
    network.join(2, 0, 1);
    network.ip(0, "addr add 10.1.0.5/24 dev v2a");
    let device = r"
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('', 5353))
s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack('4s4s', socket.inet_aton('224.0.0.251'), socket.inet_aton('10.1.0.2')))
print('ready', flush=True)
query, there = s.recvfrom(2000)
s.sendto(query[:2] + b'\x84\x00' + query[4:], there)
";
    let mut command = Command::new("ip");
    let mut device = Program::start(command.args(["netns", "exec", &network.machines[1], "python3", "-c", device]));
    device.out.is("ready");
    let (said, _) = doctor(&network, 0, "");
    assert!(said.contains(&"ok      multicast passes by v1a: 10.1.0.2 answers to mDNS".to_owned()), "{said:#?}");
    assert!(faults(&said)[0].starts_with("warn    v1a and v2a are in one subnet: "), "{said:#?}");
}

#[test]
fn a_session_that_runs_is_examined_itself() {
    let Some((network, mut alice)) = beside_alice() else { return };
    let scratch = Scratch::new();
    let profile = |arguments: &str| of_profile(&network, &scratch, arguments);
    let mut bob = profile("-n bob --commands");
    alice.err.is("bob is here.");
    while bob.err.line() != "alice is here." {}
    let before = profile("doctor").out.rest();
    let mut program = profile("doctor --json -p 10.1.0.2 -p 10.1.0.9:1");
    let said: Vec<Value> =
        program.out.rest().iter().map(|line| serde_json::from_str(line).expect("an object")).collect();
    for object in &said {
        common::schema::check_output(&object.to_string());
    }
    let of = |check: &str| said.iter().filter(|one| one["check"] == check).collect::<Vec<_>>();
    assert!(before.iter().any(|line| line.starts_with("ok      v1a: 10.1.0.1")), "{before:#?}");
    assert_eq!(of("interface")[0]["interface"], "v1a", "and the second time, of a session that runs for long");
    assert_eq!(of("heard")[0]["values"]["people"][0], "alice");
    let reached = |address: &str| {
        let peer = of("peer").into_iter().find(|peer| peer["values"]["address"] == address).expect("it was asked");
        peer["values"]["answers_ms"].as_array().map(Vec::len)
    };
    assert_eq!([reached("10.1.0.2:7788"), reached("10.1.0.9:1")], [Some(5), Some(0)], "{said:#?}");
    let exit = said.last().expect("it ends");
    assert_eq!((exit["type"].as_str(), exit["code"].as_u64()), (Some("exit"), Some(4)));
    bob.types("/ping alice");
    let said = bob.err.line();
    assert!(is_reached(&said), "{said}");
    bob.types("/ping nobody");
    assert!(std::iter::repeat_with(|| bob.err.line()).take(2).any(|line| line.contains("nobody")));
    alice.types("still here");
    bob.out.is("<alice> still here");
}

#[test]
fn ping_asks_one_machine_and_says_what_came() {
    let Some((network, mut alice)) = beside_alice() else { return };
    let ping = |arguments: &str| {
        let mut program = start(&network, 0, &format!("ping {arguments}"));
        (program.out.rest(), program.code())
    };
    let (said, code) = ping("10.1.0.2");
    assert!(code == 0 && said.len() == 1 && said[0].contains("5 of 5 answers"), "{said:?}");
    let (said, code) = ping("-r elsewhere 10.1.0.2");
    assert!(code == 3 && said[0].starts_with("fail    10.1.0.2:7788"), "{said:?}");
    assert_eq!(ping("nobody.invalid").1, 1, "a name that is not known is told at once");
    alice.types("nobody came for it");
    while alice.err.line() != "nobody was there to read \"nobody came for it\"" {}
}

/// Two examinations, on two machines on which nothing else runs, meet.
#[test]
fn two_that_examine_meet() {
    let Some(network) = Network::of(2) else { return };
    network.join(1, 0, 1);
    let mut both = [start(&network, 0, "doctor --watch"), start(&network, 1, "doctor --watch")];
    for one in &mut both {
        while one.out.line() != "ok      another examination is heard" {}
        while !one.out.line().contains(" of 5 answers, in ") {}
    }
    for one in &mut both {
        one.signal("INT");
        assert_eq!(one.code(), 130);
    }
}

/// It hears what is sent to everybody, asks again and again whether this session receives, and never gets the answer.
#[test]
fn who_hears_everybody_and_nothing_that_is_for_it_alone_is_not_reached_both_ways() {
    let Some(network) = Network::of(2) else { return };
    network.join(1, 0, 1);
    nft(
        &network,
        1,
        "add table inet f; add chain inet f input { type filter hook input priority 0; };
        add rule inet f input iif != lo udp dport 7788 drop",
    );
    let _alice = network.chinwag(1, "-n alice");
    let scratch = Scratch::new();
    let profile = |arguments: &str| of_profile(&network, &scratch, arguments);
    let mut bob = profile("-n bob --json");
    while !bob.out.line().contains("listening") {}
    let mut doctor = profile("doctor");
    let said = doctor.out.rest();
    let fault =
        "fail    in #lobby: alice hears what you send to everybody, and answers nothing that you send to alice alone";
    assert!(faults(&said).iter().any(|one| one.starts_with(fault)), "{said:#?}");
    assert!(
        faults(&said).iter().any(|one| one.starts_with("fail    alice at ") && one.contains("no answer")),
        "{said:#?}"
    );
    assert_eq!(doctor.code(), 4, "{said:#?}");
}

/// What is wrong with the addresses is looked for where they are, and not at the other machine.
#[test]
fn who_is_heard_from_another_subnet_is_told_to_be_out_of_the_way_that_this_machine_takes() {
    let Some(network) = Network::of(2) else { return };
    network.join(1, 0, 1);
    for (machine, link) in [(0, "v1a"), (1, "v1b")] {
        assert!(run(&format!(
            "ip netns exec {} sysctl -qw net.ipv6.conf.{link}.disable_ipv6=1",
            network.machines[machine]
        )));
    }
    network.ip(1, "addr flush dev v1b");
    network.ip(1, "addr add 10.9.0.2/24 dev v1b");
    let _alice = network.chinwag(1, "-n alice");
    let (said, code) = doctor(&network, 0, "");
    let expected = "fail    alice at 10.9.0.2:7788: no answer: there is no way to its network\n        > look at the addresses and routes";
    assert!(faults(&said).iter().any(|one| one.starts_with(expected)), "{said:#?}");
    assert_eq!(code, 4);
    network.ip(0, "addr flush dev v1a");
    let (said, code) = doctor(&network, 0, "");
    assert!(faults(&said)[0].starts_with("warn    v1a; without an address") && code == 1, "{said:#?}");
    network.set_link(0, "v1a down");
    let (said, code) = doctor(&network, 0, "");
    assert!(faults(&said)[0].starts_with("warn    v1a; down") && code == 1, "{said:#?}");
}
