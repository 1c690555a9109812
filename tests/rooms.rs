//! Rooms, driven as a user drives them. Everything stays on the loopback: each test's room has a name of its own, so that no
//! other instance on the machine is met.

mod common;

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use common::{Peer, Program, Scratch, chinwag_command, has};

/// A temporary instance on the loopback alone, and its port.
fn instance(nick: &str, room: &str, arguments: &str) -> (Program, u16) {
    let room = format!("{room}-{}", std::process::id());
    let options = format!("--temp -b 127.0.0.1:0 -n {nick} -r {room} {arguments}");
    let mut program = Program::start(&mut chinwag_command(&options));
    let port = program.listens();
    program.err.is(&format!("You are {nick} in #{room}, OPEN: anybody on this network can read."));
    (program, port)
}

#[test]
fn who_is_away_and_who_spoke_when_is_seen_by_the_others() {
    let mut tim = common::chinwag("--temp -n tim -b 127.0.0.1:0 --no-lan --commands");
    let port = tim.listens();
    tim.err.line();
    let mut bob = common::chinwag(&format!("--temp -n bob -b 127.0.0.1:0 --no-lan -p 127.0.0.1:{port} --commands"));
    bob.listens();
    while tim.err.line() != "bob is here." {}
    let who = |tim: &mut Program| loop {
        tim.types("/who");
        let line = tim.err.line();
        if line.starts_with("in #lobby: bob") {
            return line;
        }
    };
    assert_eq!(who(&mut tim), "in #lobby: bob, and you, tim");
    bob.types("hello");
    tim.out.is("<bob> hello");
    assert_eq!(who(&mut tim), "in #lobby: bob (spoke just now), and you, tim");
    bob.types("/away");
    while bob.err.line() != "you are away: others see it in /who; /away again when you are back" {}
    while who(&mut tim) != "in #lobby: bob (away, spoke just now), and you, tim" {}
    bob.types("/away");
    while bob.err.line() != "you are back" {}
    while who(&mut tim) != "in #lobby: bob (spoke just now), and you, tim" {}
}

/// It was refused at once: nobody was found yet.
#[test]
fn what_a_script_says_first_to_one_person_alone_waits_for_that_person_and_what_follows_waits_too() {
    let mut tom = common::chinwag("--temp -n tom -b 127.0.0.1:0 --no-lan");
    let port = tom.listens();
    let arguments = format!("--temp -n script -b 127.0.0.1:0 --no-lan -p 127.0.0.1:{port} --commands --timeout 2");
    let mut script = common::chinwag(&arguments);
    script.types("/msg tom psst");
    script.types("hello all");
    tom.out.is("<script → me> psst");
    tom.out.is("<script> hello all");
    assert_eq!(script.ends(), 0);
    let mut script = common::chinwag(&arguments);
    script.types("/msg nobody psst");
    script.types("hello again");
    tom.out.is("<script> hello again");
    while script.err.line() != "chinwag: line 1: nobody here is called 'nobody': expected a name that /who shows" {}
    assert_eq!(script.ends(), 1);
}

/// "tom is timmy now" was said of the second tom: the first one seemed to have changed, whom others had verified.
#[test]
fn the_second_of_a_name_keeps_its_tag_where_it_takes_another() {
    let mut ann = common::chinwag("--temp -n ann -b 127.0.0.1:0 --no-lan --commands");
    let port = ann.listens();
    ann.err.line();
    let tom = || common::chinwag(&format!("--temp -n tom -b 127.0.0.1:0 --no-lan -p 127.0.0.1:{port} --commands"));
    let mut first = tom();
    first.listens();
    ann.err.is("tom is here.");
    let mut second = tom();
    second.listens();
    let here = std::iter::from_fn(|| ann.err.try_line()).find(|line| line.starts_with("tom#")).unwrap();
    let tagged = here.strip_suffix(" is here.").unwrap().to_owned();
    second.types("/nick timmy");
    while ann.err.line() != format!("{tagged} is timmy now.") {}
    // An entry tells the new name, too, and may come before the beacon.
    for (before, nick) in [("timmy", "fred"), ("fred", "jo"), ("jo", "max")] {
        second.types(&format!("/nick {nick}"));
        while ann.err.line() != format!("{before} is {nick} now.") {}
        second.types("hello");
        ann.out.is(&format!("<{nick}> hello"));
    }
}

#[test]
fn who_comes_with_a_name_that_is_taken_is_told_how_others_may_see_him() {
    let mut first = common::chinwag("--temp -n tim -b 127.0.0.1:0 --no-lan --commands");
    let port = first.listens();
    let mut second = common::chinwag(&format!("--temp -n tim -b 127.0.0.1:0 --no-lan -p 127.0.0.1:{port} --commands"));
    second.listens();
    second.err.is("You are tim in #lobby, OPEN: anybody on this network can read.");
    let told = std::iter::from_fn(|| second.err.try_line()).find(|line| line.starts_with("Another tim ")).unwrap();
    let seen = told.split("others may see you as ").nth(1).and_then(|rest| rest.split('.').next()).unwrap();
    assert_eq!(
        told,
        format!("Another tim is in #lobby: others may see you as {seen}. /nick NAME chooses another name.")
    );
    second.types("hello");
    first.out.is(&format!("<{seen}> hello"));
    second.types("/nick tom");
    while second.err.line() != "you are tom now" {}
}

#[test]
fn somebody_is_reached_by_an_address_that_is_typed_and_a_name_that_nobody_knows_is_told() {
    let mut tim = common::chinwag("--temp -n tim -b 127.0.0.1:0 --no-lan --commands");
    let port = tim.listens();
    tim.err.line();
    let mut bob = common::chinwag("--temp -n bob -b 127.0.0.1:0 --no-lan --commands");
    let own = bob.listens();
    bob.err.line();
    bob.types(&format!("/peer 127.0.0.1:{port}"));
    bob.err.is(&format!("trying 127.0.0.1:{port}: whoever answers there is shown"));
    bob.err.is("tim is here.");
    tim.err.is("bob is here.");
    for (typed, told) in [
        (format!("127.0.0.1:{own}"), format!("127.0.0.1:{own} cannot be reached: that is this program itself")),
        ("[::1]:9".to_owned(), "[::1]:9 cannot be reached: there is no way to its network".to_owned()),
        (
            "no.such.host.invalid".to_owned(),
            "no.such.host.invalid:7788 is not a known host; it will be looked up again".to_owned(),
        ),
    ] {
        bob.types(&format!("/peer {typed}"));
        bob.err.is(&told);
    }
}

/// Without a group there is nobody to be found; with one, an interface says by which families. Loopback has IPv4 alone.
#[test]
fn who_asks_how_one_is_reached_is_told_the_addresses_the_ports_and_each_interface() {
    for (options, ways, found) in [
        ("--no-lan", "only people whose address is given are found", "finds nobody"),
        ("", "others on the network are found by UDP port 7790", "finds others on this machine"),
    ] {
        let mut tim = common::chinwag(&format!("--temp -n tim -b 127.0.0.1:0 --commands {options}"));
        let port = tim.listens();
        tim.err.line();
        tim.types("/net");
        tim.err.is(&format!("listening on 127.0.0.1:{port}; {ways}"));
        let told = tim.err.line();
        assert!(told.starts_with("  lo") && told.contains("127.0.0.1") && told.ends_with(found), "{told}");
    }
}

#[test]
fn who_asks_who_he_is_and_what_a_command_does_is_told() {
    let mut tim = common::chinwag("--temp -n tim -b 127.0.0.1:0 --no-lan --commands");
    let port = tim.listens();
    tim.err.line();
    tim.types("/whois tim");
    assert!(tim.err.line().starts_with("tim: key "));
    tim.err.is(&format!("  that is you, listening on 127.0.0.1:{port}; its key is for the time being"));
    tim.types("/help /msg");
    tim.err.is("/msg NICK TEXT         send a private message; to ADDRESS:PORT plain text");
    tim.err.is("  expected /msg NICK TEXT, or /msg ADDRESS:PORT TEXT");
    tim.types("/close");
    tim.err.is("chinwag: line 3: you type into a room: /close is for one person alone, /leave leaves a room");
}

#[test]
fn two_instances_meet_by_themselves_chat_and_see_each_other_leave() {
    let (mut alice, _) = instance("alice", "meet", "");
    let (mut bob, _) = instance("bob", "meet", "");
    alice.err.is("bob is here.");
    bob.err.is("alice is here.");
    alice.types("hello");
    bob.out.is("<alice> hello");
    bob.types("hi\tthere");
    alice.out.is("<bob> hi\tthere");
    assert_eq!(bob.ends(), 0);
    alice.err.is("bob left.");
    assert_eq!(alice.ends(), 0, "what it said was confirmed while bob was there");
}

#[test]
fn without_multicast_one_named_peer_is_enough() {
    let (mut alice, port) = instance("alice", "named", "--no-lan");
    let (mut bob, _) = instance("bob", "named", &format!("--no-lan -p 127.0.0.1:{port}"));
    alice.err.is("bob is here.");
    bob.err.is("alice is here.");
    alice.types("hello");
    bob.out.is("<alice> hello");
}

#[test]
fn who_shares_only_a_third_instance_reads_through_it() {
    let (mut hub, port) = instance("hub", "hub", "--no-lan");
    let (mut alice, _) = instance("alice", "hub", &format!("--no-lan -p 127.0.0.1:{port}"));
    hub.err.is("alice is here.");
    let (mut carol, _) = instance("carol", "hub", &format!("--no-lan -p 127.0.0.1:{port}"));
    let mut seen = [alice.err.line(), alice.err.line()];
    seen.sort();
    assert!(seen[0].starts_with("carol is here") && seen[1].starts_with("hub is here"), "{seen:?}");
    carol.types("hello through the hub");
    alice.out.is("<carol> hello through the hub");
    hub.out.is("<carol> hello through the hub");
    assert_eq!(carol.ends(), 0, "both have confirmed");
}

#[test]
fn a_pipe_arrives_whole_and_in_order_and_the_sender_knows_it() {
    let (mut bob, _) = instance("bob", "pipe", "--listen");
    let (mut alice, _) = instance("alice", "pipe", "--wait-peers 1");
    let lines: Vec<String> = (0..20_000).map(|n| format!("line {n}")).collect();
    let all = lines.join("\n") + "\n";
    let mut stdin = alice.take_stdin();
    let feeder = std::thread::spawn(move || stdin.write_all(all.as_bytes()));
    for line in &lines {
        bob.out.is(&format!("<alice> {line}"));
    }
    feeder.join().expect("no panic").expect("all of it was read");
    assert_eq!(alice.code(), 0);
}

#[test]
fn a_message_may_be_long_and_have_lines() {
    let (mut bob, _) = instance("bob", "long", "");
    let (mut alice, _) = instance("alice", "long", "--wait-peers 1");
    let long = "äöü".repeat(10_000);
    alice.types(&long);
    bob.out.is(&format!("<alice> {long}"));
    let room = format!("long-{}", std::process::id());
    let mut send = Program::start(&mut chinwag_command(&format!("send --temp -b 127.0.0.1:0 -n carol -r {room}")));
    send.feed(b"first\nsecond\n");
    assert_eq!(send.ends(), 0);
    bob.out.is("<carol> first");
    bob.out.is("  second");
    alice.types(&"x".repeat(70_000));
    alice.err.is("bob is here.");
    let refused = std::iter::from_fn(|| alice.err.try_line()).find(|line| line.contains("not sent"));
    assert_eq!(refused.unwrap(), "chinwag: line 2 was not sent: it is 70000 bytes long, a message has at most 65536");
}

#[test]
fn send_says_one_thing_and_tells_by_its_code_what_became_of_it() {
    let room = format!("send-{}", std::process::id());
    let send = |arguments: &str| {
        let options = format!("send --temp -b 127.0.0.1:0 -r {room} {arguments}");
        let mut program = Program::start(&mut chinwag_command(&options));
        let (out, err) = (program.out.rest(), program.err.rest());
        (program.code(), out, err)
    };
    let (code, out, err) = send("--timeout 1 anybody there");
    assert_eq!((code, out.len()), (3, 0));
    assert_eq!(err, ["nobody was there to read \"anybody there\"", "chinwag: nobody there"]);
    let (mut bob, _) = instance("bob", "send", "");
    assert_eq!(send("-n carol build 17 is ready"), (0, vec![], vec![]), "nothing is said where all is well");
    bob.out.is("<carol> build 17 is ready");
}

#[test]
fn expect_and_wait_peers_run_out_of_time_with_their_code() {
    let run = |arguments: &str| {
        let options = format!("--temp -b 127.0.0.1:0 -r alone-{} {arguments}", std::process::id());
        let mut program = Program::start(&mut chinwag_command(&options));
        program.types("held");
        let code = program.code();
        (code, program.out.rest())
    };
    assert_eq!(run("--wait-peers 1 --timeout 1"), (5, vec![]));
    assert_eq!(run("--expect pong --timeout 1"), (5, vec![]));
}

#[test]
fn expect_shows_the_first_match_alone() {
    let (mut alice, _) = instance("alice", "expect", "--wait-peers 1");
    let (mut bob, _) = instance("bob", "expect", "--expect ^pong");
    alice.types("ping");
    alice.types("pong 1");
    alice.types("pong 2");
    bob.out.is("<alice> pong 1");
    assert_eq!(bob.code(), 0);
}

#[test]
fn whoever_read_it_and_left_at_once_has_confirmed_it() {
    let (mut reader, _) = instance("rx", "left", "--expect ^magic");
    let room = format!("left-{}", std::process::id());
    let options = format!("send --temp -b 127.0.0.1:0 -r {room} --wait-peers 1 magic words");
    let mut send = Program::start(&mut chinwag_command(&options));
    assert_eq!((send.code(), reader.code()), (0, 0));
}

#[test]
fn send_without_words_and_without_input_says_nothing_but_that() {
    let mut command = chinwag_command("send --temp -b 127.0.0.1:0");
    let output = command.stdin(Stdio::null()).output().expect("it runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0));
    assert_eq!(told, "nothing was sent: standard input is empty\n");
}

#[test]
fn a_late_joiner_reads_what_was_said() {
    let (mut alice, _) = instance("alice", "late", "");
    let (mut bob, _) = instance("bob", "late", "");
    alice.err.is("bob is here.");
    alice.types("one");
    alice.types("two");
    bob.out.is("<alice> one");
    bob.out.is("<alice> two");
    assert_eq!(alice.ends(), 0);
    bob.err.is("alice is here.");
    bob.err.is("alice left.");
    let (mut carol, _) = instance("carol", "late", "");
    carol.out.is("<alice> one");
    carol.out.is("<alice> two");
}

#[test]
fn one_name_of_two_keys_is_told_apart() {
    let (mut alice, _) = instance("alice", "names", "");
    let (mut first, _) = instance("bob", "names", "--wait-peers 1");
    alice.err.is("bob is here.");
    let (mut second, _) = instance("bob", "names", "--wait-peers 1");
    let line = alice.err.line();
    let tagged = line.strip_suffix(" is here.").expect("the second one came").to_owned();
    assert!(tagged.starts_with("bob#") && tagged.len() == 8, "{tagged}");
    second.types("who am I");
    alice.out.is(&format!("<{tagged}> who am I"));
    first.types("me");
    let me = std::iter::from_fn(|| alice.out.try_line()).next();
    assert_eq!(me.unwrap(), "<bob> me");
}

#[test]
fn commands_are_read_where_they_are_asked_for_and_never_sent() {
    let (mut bob, _) = instance("bob", "commands", "");
    let (mut alice, _) = instance("alice", "commands", "--commands --wait-peers 1");
    alice.types("/me waves");
    bob.out.is("* alice waves");
    alice.types("/nick alicia");
    alice.types("//slash");
    bob.out.is("<alicia> /slash");
    alice.types("/nonsense");
    alice.types("/usr/bin is text");
    bob.out.is("<alicia> /usr/bin is text");
    alice.types("/who");
    let who = std::iter::from_fn(|| alice.err.try_line()).find(|line| line.starts_with("in #")).unwrap();
    assert!(who.ends_with(": bob, and you, alicia"), "{who}");
    alice.types("/quit");
    assert_eq!(alice.code(), 1, "a line was refused");
}

#[test]
fn a_command_that_does_not_begin_its_line_is_refused_and_never_said() {
    let (mut bob, _) = instance("bob", "blank", "");
    let (mut alice, _) = instance("alice", "blank", "--commands --wait-peers 1");
    alice.err.is("bob is here.");
    for (number, line) in (1..).zip([" /msg carol psst", "\t/me waves", "／msg carol psst", "　／MSG　carol psst"])
    {
        alice.types(line);
        let refused = alice.err.line();
        assert!(refused.starts_with(&format!("chinwag: line {number}: ")), "{refused}");
    }
    for text in [" /etc/hosts is broken", "/etc/hosts is broken", " //msg carol", "a /msg carol", "／usr"] {
        alice.types(text);
        bob.out.is(&format!("<alice> {text}"));
    }
    assert_eq!(alice.ends(), 1);
}

#[test]
fn several_rooms_are_told_apart_and_lines_go_to_the_first() {
    let (mut bob, _) = instance("bob", "one", "");
    let second = format!("two-{}", std::process::id());
    let (mut carol, _) = instance("carol", "two", "");
    let options = format!("--temp -b 127.0.0.1:0 -n alice -r one-{} -r {second} --commands", std::process::id());
    let mut alice = Program::start(&mut chinwag_command(&options));
    bob.err.is("alice is here.");
    carol.err.is("alice is here.");
    alice.types("for one");
    bob.out.is("<alice> for one");
    alice.types(&format!("/room {second}"));
    alice.types("for two");
    carol.out.is("<alice> for two");
    carol.types("back");
    alice.out.is(&format!("#{second} <carol> back"));
}

#[test]
fn from_a_second_room_on_each_line_says_where_it_was_said() {
    for quiet in ["", "-q"] {
        let room = format!("label{quiet}");
        let (mut bob, port) = instance("bob", &room, "");
        let options = format!("--temp -b 127.0.0.1:0 -p 127.0.0.1:{port} -n alice --commands {quiet}");
        let own = format!("{room}-{}", std::process::id());
        let mut alice = Program::start(&mut chinwag_command(&format!("{options} -r {own}")));
        bob.err.is("alice is here.");
        bob.types("the only room");
        alice.out.is("<bob> the only room");
        alice.types(&format!("/join other-{own}"));
        alice.types(&format!("/room {own}"));
        alice.types("two rooms");
        bob.out.is("<alice> two rooms");
        bob.types("one of two");
        alice.out.is(&format!("#{own} <bob> one of two"));
        alice.types(&format!("/leave other-{own}"));
        alice.types("left");
        bob.out.is("<alice> left");
        bob.types("one again");
        alice.out.is(&format!("#{own} <bob> one again"));
    }
}

#[test]
fn a_profile_is_kept_for_its_owner_alone_and_its_second_window_is_another_person() {
    let scratch = Scratch::new();
    let folder = scratch.path().display().to_string();
    let room = format!("windows-{}", std::process::id());
    let window = || {
        let options = format!("--data-dir {folder} -b 127.0.0.1:0 -r {room}");
        Program::start(chinwag_command(&options).env("USER", "tim"))
    };
    let mut first = window();
    let port = first.listens();
    assert!(port > 0);
    first.err.is(&format!("You are tim in #{room}, OPEN: anybody on this network can read."));
    let mut second = window();
    let port = second.listens();
    second.err.is(&format!("You are tim-2 in #{room}, OPEN: anybody on this network can read."));
    second.err.is(&format!("Second window: tim-2, port {port}."));
    first.err.is("tim-2 is here.");
    second.types("hi");
    first.out.is("<tim-2> hi");

    let secret = scratch.path().join("default/secret");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&secret), mode(&scratch.path().join("default"))), (0o600, 0o700));
    let before = std::fs::read(&secret).unwrap();
    assert_eq!(before.len(), 32);
    assert_eq!(first.ends(), 0);
    let mut again = window();
    again.listens();
    assert_eq!(std::fs::read(&secret).unwrap(), before, "the key is the same at the next start");
}

#[test]
fn a_profile_that_cannot_be_used_is_told_and_left_as_it_is() {
    let scratch = Scratch::new();
    let folder = scratch.path().display().to_string();
    std::fs::create_dir_all(scratch.path().join("default")).unwrap();
    std::fs::write(scratch.path().join("default/secret"), b"short").unwrap();
    let mut damaged = Program::start(&mut chinwag_command(&format!("--data-dir {folder}")));
    assert!(damaged.err.line().contains("is not a secret key of 32 bytes: move it away to begin with a new one"));
    assert_eq!(damaged.code(), 1);
    assert_eq!(std::fs::read(scratch.path().join("default/secret")).unwrap(), b"short");
    let mut nowhere = Program::start(&mut chinwag_command("--data-dir /dev/null/x"));
    assert!(nowhere.err.line().contains("expected --data-dir DIR, or --temp to do without"));
    assert_eq!(nowhere.code(), 1);
}

#[test]
fn plain_datagrams_are_shown_as_plain_answered_on_demand_and_never_sent_a_frame() {
    let (mut alice, port) = instance("alice", "guest", "--commands");
    let nc = Peer::bind();
    nc.says(port, b"hello from nc\n");
    let address = nc.address();
    alice.out.is(&format!("[{address}] hello from nc"));
    alice.types("for the room alone");
    alice.types(&format!("/msg {address} hello nc"));
    assert_eq!(nc.hears(), b"hello nc", "and nothing before it");
    alice.types("/msg 127.0.0.1:9 unasked");
    let refused = std::iter::from_fn(|| alice.err.try_line()).find(|line| line.starts_with("chinwag: ")).unwrap();
    assert!(refused.contains("expected an address that a plain message came from"), "{refused}");
}

#[test]
fn json_tells_peers_messages_and_deliveries() {
    let (mut bob, _) = instance("bob", "json", "");
    let options = format!("--temp --json -b 127.0.0.1:0 -n alice -r json-{} --wait-peers 1", std::process::id());
    let mut alice = Program::start(&mut chinwag_command(&options));
    alice.types("hello");
    bob.out.is("<alice> hello");
    bob.types("hi \u{202e}");
    let mut seen: Vec<serde_json::Value> = Vec::new();
    while seen.iter().filter(|object| ["message", "delivery"].contains(&object["type"].as_str().unwrap())).count() < 2 {
        seen.push(serde_json::from_str(&alice.out.line()).expect("one object a line"));
    }
    let of =
        |kind: &str| seen.iter().find(|object| object["type"] == kind).unwrap_or_else(|| panic!("{kind}: {seen:?}"));
    assert_eq!((&of("peer")["change"], &of("peer")["nick"]), (&"joined".into(), &"bob".into()));
    assert_eq!((&of("message")["text"], &of("message")["nick"]), (&"hi \u{202e}".into(), &"bob".into()));
    assert_eq!((&of("delivery")["confirmed"], &of("delivery")["of"]), (&1.into(), &1.into()));
    assert_eq!(of("ready")["listening"].as_array().unwrap().len(), 1);
}

#[test]
fn whoever_was_there_and_does_not_confirm_is_exit_code_4() {
    let (mut bob, _) = instance("bob", "stopped", "");
    let (mut alice, _) = instance("alice", "stopped", "--wait-peers 1 --timeout 2");
    alice.err.is("bob is here.");
    bob.err.is("alice is here.");
    bob.signal("STOP");
    alice.types("are you there");
    let code = alice.ends();
    bob.signal("CONT");
    assert_eq!(code, 4);
    bob.out.is("<alice> are you there");
}

#[test]
fn a_signal_says_goodbye_and_then_ends_as_signals_do() {
    let (mut alice, _) = instance("alice", "signal", "");
    let (mut bob, _) = instance("bob", "signal", "");
    alice.err.is("bob is here.");
    bob.err.is("alice is here.");
    bob.signal("INT");
    alice.err.is("bob left.");
    assert_eq!(bob.code(), 130);
}

#[test]
fn a_killed_peer_that_comes_back_is_there_at_once() {
    let (mut alice, _) = instance("alice", "killed", "");
    let (mut bob, _) = instance("bob", "killed", "");
    alice.err.is("bob is here.");
    bob.err.is("alice is here.");
    bob.signal("KILL");
    assert_eq!(bob.code(), 137);
    let (mut back, _) = instance("bob2", "killed", "");
    alice.err.is("bob2 is here.");
    alice.types("welcome");
    back.out.is("<alice> welcome");
}

#[test]
fn a_peer_written_in_python_from_the_protocol_alone_is_understood() {
    if !has("python3") {
        return;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peer.py");
    let vectors = Command::new("python3").arg(script).arg("--vectors").stderr(Stdio::inherit()).output().unwrap();
    let vectors = String::from_utf8(vectors.stdout).unwrap();
    assert!(vectors.contains("tag fdf37d61363a946c"), "{vectors}");

    let options = "--temp --no-lan -b 127.0.0.1:0 -n bob --commands";
    let mut bob = Program::start(&mut chinwag_command(options));
    let port = bob.listens();
    let mut python = Program::start(Command::new("python3").arg("-u").args([
        script,
        &format!("127.0.0.1:{port}"),
        "py",
        "hello from the text",
        "--expect",
        "hello python",
    ]));
    bob.out.is("<py> hello from the text");
    bob.types("hello python");
    let lines = python.out.rest();
    for expected in ["here bob", "acknowledged", "<bob> hello python"] {
        assert!(lines.iter().any(|line| line == expected), "{expected}: {lines:?}");
    }
    assert_eq!(python.code(), 0);
    let left = std::iter::from_fn(|| bob.err.try_line()).find(|line| line == "py left.");
    assert!(left.is_some());
}

#[test]
fn a_topic_a_nick_and_petnames_are_shown_where_nothing_is_changed() {
    let (mut alice, _) = instance("alice", "shown", "--commands");
    let (mut bob, _) = instance("bob", "shown", "--commands");
    alice.err.is("bob is here.");
    bob.err.is("alice is here.");
    let room = format!("#shown-{}", std::process::id());
    let mut shown = |command: &str| {
        alice.types(command);
        alice.err.line()
    };
    assert_eq!(shown("/topic"), format!("{room} has no topic: /topic TEXT sets one"));
    assert!(shown("/nick").starts_with("you are alice (key tag #"));
    assert_eq!(shown("/petname"), "you have given nobody another name: /petname NICK NAME gives one");
    assert_eq!(shown("/petname bob boss"), "bob is boss here from now on");
    assert_eq!((shown("/petname"), alice.err.line()), ("names that you have given:".into(), "  boss  bob".into()));
    bob.types("/topic lunch at noon");
    alice.out.is("** boss sets the topic: lunch at noon");
    alice.types("/topic");
    alice.err.is(&format!("the topic of {room} is \"lunch at noon\", set by boss"));
}

#[test]
fn a_topic_is_known_to_whoever_comes_later_and_after_a_restart() {
    let scratch = Scratch::new();
    let room = format!("about-{}", std::process::id());
    let comes = |nick: &str| {
        let folder = scratch.path().join(nick);
        let mut command = chinwag_command(&format!("-b 127.0.0.1:0 -n {nick} -r {room} --commands"));
        let mut program = Program::start(command.arg("--data-dir").arg(folder));
        program.listens();
        program.err.is(&format!("You are {nick} in #{room}, OPEN: anybody on this network can read."));
        program
    };
    let mut alice = comes("alice");
    alice.types("/topic first");
    alice.types("/topic second");
    alice.types("/topic");
    alice.err.is(&format!("the topic of #{room} is \"second\", set by alice"));
    let mut bob = comes("bob");
    bob.out.is("** alice sets the topic: first");
    bob.out.is("** alice sets the topic: second");
    assert_eq!((bob.ends(), alice.ends()), (0, 0));
    let mut bob = comes("bob");
    bob.types("/topic");
    bob.err.is(&format!("the topic of #{room} is \"second\", set by alice"));
}

#[test]
fn who_leaves_a_room_is_back_in_the_one_before() {
    let (mut alice, _) = instance("alice", "left", "--commands");
    let (first, second, third) = ("left", "left-second", "left-third");
    let name = |room: &str| format!("{room}-{}", std::process::id());
    for room in [second, third] {
        alice.types(&format!("/join {}", name(room)));
        while alice.err.line() != format!("you type into #{}", name(room)) {}
    }
    alice.types(&format!("/room {}", name(first)));
    alice.err.is(&format!("you type into #{}", name(first)));
    alice.types("/leave");
    alice.err.is(&format!("you type into #{}", name(third)));
    alice.err.is(&format!("You left #{}.", name(first)));
    alice.types("/leave");
    alice.err.is(&format!("you type into #{}", name(second)));
}

#[test]
fn nobody_can_act_as_if_a_topic_was_set() {
    let (mut alice, _) = instance("alice", "forged", "--commands");
    let (mut bob, _) = instance("bob", "forged", "--commands");
    bob.err.is("alice is here.");
    alice.err.is("bob is here.");
    alice.types("/me sets the topic: tea");
    bob.out.is("* alice sets the topic: tea");
    alice.types("/topic tea");
    bob.out.is("** alice sets the topic: tea");
    alice.types("/me * alice sets the topic: tea");
    bob.out.is("* alice * alice sets the topic: tea");
}
