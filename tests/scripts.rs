//! Scripts, as people write them: nothing here sleeps, and every exit code is one of the README's.

mod common;

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdout, Command, Stdio};

use common::{Program, Scratch, chinwag_command, schema};
use nix::poll::{PollTimeout, poll};
use serde_json::{Value, json};

/// The options of an instance on the loopback alone, in a room of this test.
fn options(nick: &str, room: &str) -> String {
    format!("--temp -b 127.0.0.1:0 -n {nick} -r {room}-{}", std::process::id())
}

fn instance(nick: &str, room: &str, arguments: &str) -> Program {
    Program::start(&mut chinwag_command(&format!("{} {arguments}", options(nick, room))))
}

/// The next object of this type.
fn next(program: &mut Program, kind: &str) -> Value {
    loop {
        let object: Value = serde_json::from_str(&program.out.line()).expect("JSON");
        if object["type"] == kind {
            return object;
        }
    }
}

fn commands(program: &mut Program, commands: &[Value]) {
    for command in commands {
        let line = command.to_string();
        assert!(schema::is_command(&line), "{line}");
        program.types(&line);
    }
}

/// Two pipelines that wait for each other, say 100 lines each, and check what came. `$0` is chinwag, `$1` the room, `$2` more
/// options.
const EXCHANGE: &str = r#"
    d=$(mktemp -d)
    common="--temp -b 127.0.0.1:0 -r $1 --wait-peers 1 --count 100 --timeout 40 -q $2"
    seq -f 'a%g' 100 | "$0" -n alice $common > "$d/a" & alice=$!
    seq -f 'b%g' 100 | "$0" -n bob $common > "$d/b" & bob=$!
    wait $alice; codes=$?
    wait $bob; codes="$codes $?"
    [ "$(seq -f '<alice> a%g' 100)" = "$(cat "$d/b")" ] && [ "$(seq -f '<bob> b%g' 100)" = "$(cat "$d/a")" ]
    echo "$codes, equal: $?"
    rm -r "$d"
"#;

fn exchange(room: &str, more: &str) -> Program {
    let mut command = Command::new("sh");
    command.args(["-c", EXCHANGE, env!("CARGO_BIN_EXE_chinwag"), &format!("{room}-{}", std::process::id()), more]);
    Program::start(command.env("XDG_CONFIG_HOME", "/dev/null"))
}

#[test]
fn two_pipelines_wait_for_each_other_and_check_answers_on_any_network() {
    let chaos = |seed: u32| format!("--chaos loss=0.3,dup=0.1,reorder=0.1,seed={seed}");
    let runs =
        (0..24).map(|seed| exchange(&format!("exchange{seed}"), &if seed < 8 { String::new() } else { chaos(seed) }));
    for (seed, mut run) in runs.collect::<Vec<_>>().into_iter().enumerate() {
        assert_eq!(run.out.rest(), ["0 0, equal: 0"], "seed {seed}: {:?}", run.err.rest());
    }
}

#[test]
fn a_program_knows_what_is_wrong_with_a_command_by_its_kind() {
    let mut alice = instance("alice", "kinds", "--json --json-in");
    next(&mut alice, "ready");
    let long = "x".repeat(70_000);
    for (id, (command, kind)) in [
        (json!({"type": "say", "text": long}), "too-long"),
        (json!({"type": "say", "txt": "hi"}), "json"),
        (json!({"type": "whois", "nick": "bob"}), "nobody"),
        (json!({"type": "msg", "to": "10.0.0.7:9", "text": "hi"}), "no-guest"),
        (json!({"type": "nick", "nick": "a b"}), "bad-nick"),
        (json!({"type": "reply", "text": "hi"}), "nobody-wrote"),
        (json!({"type": "delete"}), "nothing-to-take-back"),
        (json!({"type": "leave"}), "only-room"),
        (json!({"type": "leave", "room": "other"}), "not-in"),
        (json!({"type": "rekey"}), "open-room"),
        (json!({"type": "invite", "nick": "bob"}), "no-tag"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut command = command;
        command["id"] = json!(id);
        alice.types(&command.to_string());
        let error = next(&mut alice, "error");
        assert_eq!((&error["id"], &error["kind"]), (&json!(id), &json!(kind)), "{error}");
    }
}

#[test]
fn a_command_is_answered_under_its_id_and_told_what_became_of_it() {
    let mut bob = instance("bob", "commands", "--json");
    let mut alice = instance("alice", "commands", "--json --json-in --wait-peers 1");
    let room = format!("commands-{}", std::process::id());
    let ready = next(&mut alice, "ready");
    assert_eq!((&ready["version"], &ready["rooms"]), (&json!(1), &json!([room])));
    commands(
        &mut alice,
        &[json!({"type": "say", "id": "first", "text": "a\nb \u{1b}[0m"}), json!({"type": "who", "id": 2})],
    );
    let said = next(&mut alice, "answer");
    assert_eq!((&said["id"], &said["to"], &said["room"]), (&json!("first"), &json!("say"), &json!(room)));
    let who = next(&mut alice, "answer");
    assert_eq!((&who["id"], &who["people"][0]["nick"]), (&json!(2), &json!("bob")));
    let message = next(&mut bob, "message");
    assert_eq!((&message["text"], &message["id"]), (&json!("a\nb \u{1b}[0m"), &said["message"]));
    let delivery = next(&mut alice, "delivery");
    assert_eq!(
        (&delivery["ids"], &delivery["confirmed"], &delivery["by"]),
        (&json!(["first"]), &json!(1), &json!(["bob"]))
    );
    commands(&mut alice, &[json!({"type": "quit", "id": 9})]);
    assert_eq!(next(&mut alice, "answer")["id"], 9);
    assert_eq!((next(&mut alice, "exit")["code"].clone(), alice.code()), (json!(0), 0));
}

#[test]
fn rooms_are_joined_and_left_while_a_session_goes_on() {
    let second = format!("second-{}", std::process::id());
    let mut bob = instance("bob", "first", &format!("-r {second}"));
    let mut alice = instance("alice", "first", "--json --json-in --wait-peers 1");
    let first = format!("first-{}", std::process::id());
    commands(
        &mut alice,
        &[
            json!({"type": "join", "id": 1, "room": second}),
            json!({"type": "say", "text": "there"}),
            json!({"type": "say", "room": first, "text": "here"}),
            json!({"type": "rooms", "id": 2}),
        ],
    );
    let mut heard = [bob.out.line(), bob.out.line()];
    heard.sort();
    assert_eq!(heard, [format!("#{first} <alice> here"), format!("#{second} <alice> there")]);
    assert_eq!(next(&mut alice, "answer")["id"], 1);
    assert_eq!(next(&mut alice, "answer")["rooms"], json!([second, first]));
    commands(&mut alice, &[json!({"type": "leave", "id": 3}), json!({"type": "leave", "id": 4})]);
    assert_eq!(next(&mut alice, "answer")["id"], 3);
    let refused = next(&mut alice, "error");
    assert_eq!((&refused["id"], refused["text"].as_str().unwrap().contains("your only room")), (&json!(4), true));
    let left = std::iter::from_fn(|| bob.err.try_line()).find(|line| line.ends_with("left."));
    assert_eq!(left, Some(format!("#{second} alice left.")));
}

#[test]
fn a_mistake_in_a_command_is_called_by_its_name_and_the_rest_goes_on() {
    let mut alice = instance("alice", "wrong", "--json --json-in");
    for (line, words) in [
        (
            r#"{"type":"say","id":1,"txt":"hi"}"#,
            "say has no \"txt\": expected \"type\", \"id\", \"text\", \"auto\", \"room\"",
        ),
        (r#"{"type":"say","id":1,"text":7}"#, "\"text\" is the number 7: expected a string"),
        (r#"{"type":"nick","id":1,"nick":"a b"}"#, "'a b' cannot be a nick: "),
        (r#"{"type":"say","id":1,"text":"hi","room":"nowhere"}"#, "you are not in #nowhere"),
    ] {
        alice.types(line);
        let error = next(&mut alice, "error");
        let text = error["text"].as_str().unwrap();
        assert!(text.starts_with(words) && error["id"] == 1, "{error}");
    }
    alice.types("hi");
    assert!(next(&mut alice, "error")["text"].as_str().unwrap().starts_with("line 5: not JSON from column "));
    assert_eq!(alice.ends(), 1);
}

#[test]
fn all_that_is_expected_must_come_and_in_order_where_that_is_wanted() {
    let mut bob = instance("bob", "several", "");
    let mut any = instance("any", "several", "--expect ^one --expect ^two");
    let mut ordered = instance("ordered", "several", "--expect ^one --expect ^two --expect-ordered");
    let mut counted = instance("counted", "several", "--count 2");
    let mut come = [bob.err.line(), bob.err.line(), bob.err.line(), bob.err.line(), bob.err.line()];
    come.sort();
    assert!(come[..3].iter().any(|line| line == "any is here."), "{come:?}");
    for line in ["two", "three", "one", "two again"] {
        bob.types(line);
    }
    assert_eq!((any.out.rest(), any.code()), (vec!["<bob> two".to_owned(), "<bob> one".to_owned()], 0));
    assert_eq!((ordered.out.rest(), ordered.code()), (vec!["<bob> one".to_owned(), "<bob> two again".to_owned()], 0));
    assert_eq!((counted.out.rest(), counted.code()), (vec!["<bob> two".to_owned(), "<bob> three".to_owned()], 0));
}

/// Also where the answer comes before the question is said: others may have waited for it.
#[test]
fn what_is_to_be_sent_is_said_before_what_is_expected_ends_it() {
    let mut bob = instance("bob", "before", "--listen");
    let mut send = Program::start(&mut chinwag_command(&format!(
        "send {} --json --wait-peers 2 --expect ^early --timeout 20 the question",
        options("asker", "before")
    )));
    assert_eq!(next(&mut send, "peer")["nick"], "bob"); // whoever only sends is not announced to him
    bob.types("early");
    let mut carol = instance("carol", "before", "");
    while carol.out.line() != "<bob> early" {} // the question may come first
    bob.out.is("<asker> the question");
    assert_eq!(next(&mut send, "message")["text"], "early");
    assert_eq!(next(&mut send, "delivery")["confirmed"], 2);
    assert_eq!((next(&mut send, "exit")["code"].clone(), send.code()), (json!(0), 0));
}

#[test]
fn what_was_not_confirmed_when_a_room_is_left_is_told_as_it_is() {
    let mut alice = instance("alice", "leave", "--json --json-in --timeout 1");
    let other = format!("other-{}", std::process::id());
    commands(
        &mut alice,
        &[
            json!({"type": "join", "room": other}),
            json!({"type": "say", "id": 1, "text": "anybody?"}),
            json!({"type": "leave", "id": 2}),
        ],
    );
    let delivery = next(&mut alice, "delivery");
    assert_eq!((&delivery["ids"], &delivery["of"]), (&json!([1]), &json!(0)));
    assert_eq!(next(&mut alice, "answer")["id"], 2);
    assert_eq!(alice.ends(), 3);
}

#[test]
fn backlog_is_shown_from_when_it_is_wanted() {
    let mut bob = instance("bob", "backlog", "--listen");
    bob.types("early");
    let mut first = instance("first", "backlog", "");
    first.out.is("<bob> early");
    let (out, code) = {
        let mut late = instance("late", "backlog", "--since 1h --expect early --timeout 20");
        (late.out.rest(), late.code())
    };
    assert_eq!((out, code), (vec!["<bob> early".to_owned()], 0), "it counts with --since");
    let mut now = instance("now", "backlog", "--since now");
    while bob.err.line() != "now is here." {}
    bob.types("late");
    now.out.is("<bob> late");
}

/// Editors of Windows put it there, and no reader sees it.
#[test]
fn a_byte_order_mark_at_the_start_of_input_is_no_text() {
    let mut bob = instance("bob", "mark", "--expect ^hello --expect ^whole --count 4 --timeout 20");
    let mut alice = instance("alice", "mark", "--wait-peers 1");
    alice.feed("\u{feff}hello\n\u{feff}hello\n".as_bytes());
    assert_eq!(alice.ends(), 0);
    let mut send = Program::start(&mut chinwag_command(&format!("send {} --wait-peers 1 -", options("carol", "mark"))));
    send.feed("\u{feff}whole\n".as_bytes());
    assert_eq!(send.ends(), 0);
    let mut driven = instance("dave", "mark", "--json --json-in --wait-peers 1");
    driven.feed("\u{feff}{\"type\":\"say\",\"id\":1,\"text\":\"hello\"}\n".as_bytes());
    assert_eq!(next(&mut driven, "answer")["id"], 1);
    assert_eq!(bob.out.line(), "<alice> hello");
}

#[test]
fn an_input_that_holds_nothing_but_a_byte_order_mark_is_empty() {
    let mut alice = instance("alice", "marked", "--wait-peers 0");
    alice.feed("\u{feff}".as_bytes());
    assert_eq!(alice.ends(), 0, "with a line it would be 3, for nobody is there");
}

#[test]
fn send_without_words_is_a_mistake_and_an_empty_pipe_is_told_and_is_none() {
    let send = |arguments: &[&str], input: &str| {
        let mut command = chinwag_command(&format!("send {}", options("alice", "nothing")));
        let mut send = Program::start(command.args(arguments));
        send.feed(input.as_bytes());
        send.end_input();
        let told = send.err.rest();
        (send.code(), told)
    };
    for words in [&[""][..], &["  "], &["", " \t"], &["\u{3000}"]] {
        let (code, told) = send(words, "this is not read");
        assert_eq!(code, 2, "{words:?}: {told:?}");
    }
    for input in ["", "\n", " \r\n\t\n", "\u{feff}\n"] {
        for arguments in [&["-"][..], &[]] {
            assert_eq!(send(arguments, input), (0, vec!["nothing was sent: standard input is empty".to_owned()]));
        }
    }
    assert_eq!(send(&["-q", "-"], ""), (0, vec![]));
}

#[test]
fn an_empty_pipe_waits_for_others_as_a_full_one_does() {
    let alone = options("alone", "held");
    for arguments in
        [format!("send {alone} --wait-peers 1 --timeout 1 -"), format!("{alone} --wait-peers 1 --timeout 1")]
    {
        let mut held = Program::start(&mut chinwag_command(&arguments));
        held.end_input();
        assert_eq!(held.code(), 5, "{arguments}");
    }
    let mut bob = instance("bob", "held", "--listen");
    bob.err.line();
    let send = Program::start(&mut chinwag_command(&format!("send {} --wait-peers 1 -", options("alice", "held"))));
    assert_eq!(send.ends(), 0);
}

/// Whoever does not read slows down nobody but itself, and misses nothing.
#[test]
fn a_hundred_thousand_messages_reach_a_slow_reader_of_json_whole_and_in_order() {
    const MESSAGES: usize = 100_000;
    let mut slow = Unread::start(chinwag_command(&format!("{} --json", options("slow", "many"))));
    let mut fast = instance("fast", "many", "--wait-peers 1 --timeout 120");
    let mut stdin = fast.take_stdin();
    let feeder = std::thread::spawn(move || {
        let mut stdin = std::io::BufWriter::new(&mut stdin);
        (0..MESSAGES).try_for_each(|number| writeln!(stdin, "line {number}"))?;
        stdin.flush()
    });
    slow.waits_until_full();
    let mut lines = BufReader::new(slow.stdout.take().expect("nobody reads it")).lines();
    for number in 0..MESSAGES {
        let message = lines.find_map(|line| {
            let line = line.expect("it goes on");
            schema::check_output(&line);
            let object: Value = serde_json::from_str(&line).expect("JSON");
            (object["type"] == "message").then_some(object)
        });
        assert_eq!(message.expect("all are there")["text"], format!("line {number}"));
    }
    feeder.join().expect("no panic").expect("all of it was read");
    assert_eq!(fast.code(), 0, "all of it is confirmed");
}

/// A program whose output nobody reads.
struct Unread {
    _program: Program,
    stdout: Option<ChildStdout>,
}

impl Unread {
    fn start(mut command: Command) -> Self {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().expect("it starts");
        let stdout = child.stdout.take();
        Self { _program: Program::adopt(child), stdout }
    }

    /// Until its pipe holds what a full one does at least: the program waits for its reader, or is about to.
    fn waits_until_full(&self) {
        let stdout = self.stdout.as_ref().expect("nobody reads it");
        let is_full = || {
            let waiting = rustix::io::ioctl_fionread(stdout).expect("a pipe can be asked");
            waiting >= PIPE_BYTES || poll(&mut [], PollTimeout::from(10_u8)).is_err()
        };
        assert!((0..6000).any(|_| is_full()), "it writes");
    }
}

/// A pipe holds 16 pages on Linux. What is written at a time and does not fit behind the last piece begins a page of its own:
/// so two that follow each other hold more than one page, and a full pipe may hold no more than half of its 64 KiB.
const PIPE_BYTES: u64 = 32 * 1024;

#[test]
fn what_happens_is_written_down_and_what_is_said_only_where_that_is_wanted() {
    let scratch = Scratch::new();
    let log = |name: &str| scratch.path().join(name);
    let mut bob = instance("bob", "log", &format!("-vv --log {}", log("bob").display()));
    let mut alice = instance("alice", "log", &format!("-vvv --log {} --wait-peers 1", log("alice").display()));
    alice.types("a secret");
    bob.out.is("<alice> a secret");
    bob.types("another");
    alice.out.is("<bob> another");
    assert_eq!((alice.ends(), bob.ends()), (0, 0));
    let [bobs, alices] = ["bob", "alice"].map(|name| std::fs::read_to_string(log(name)).expect("it is there"));
    for words in
        ["listening on 127.0.0.1:", "alice is here in #log-", "received entries from", "sent beacon to", "exit 0: "]
    {
        assert!(bobs.contains(words), "{words}: {bobs}");
    }
    assert!(bobs.contains(" from alice (") && !bobs.contains("a secret"), "{bobs}");
    assert!(alices.contains("<bob> another"), "{alices}");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(log("bob")).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}

/// Every exit code of the README, each by a way to it.
#[test]
fn every_exit_code_tells_what_it_says() {
    let run = |arguments: &str, input: &str| {
        let mut program = Program::start(&mut chinwag_command(arguments));
        program.feed(input.as_bytes());
        program.ends()
    };
    let alone = options("alone", "codes");
    let scratch = Scratch::new();
    let profile = format!("--data-dir {}", scratch.path().display());
    let mut bob = instance("bob", "codes-there", "--listen");
    let there = options("alice", "codes-there");
    bob.types("something");
    for (arguments, input, code) in [
        (alone.clone(), "", 0),
        (format!("send {there} hello"), "", 0),
        (format!("{there} --wait-peers 1"), "hello\n", 0),
        (format!("{there} --since 1h --expect ^something"), "", 0),
        (format!("search {profile} nothing"), "", 1),
        (format!("{there} --wait-peers 1"), "good\nb\u{0}d\n", 1),
        (format!("{alone} --interface nonsense0"), "", 1),
        (format!("{alone} --exec false --timeout 60"), "", 1),
        (format!("{alone} --nonsense"), "", 2),
        (format!("{alone} --peer 10.0.0.7:99999"), "", 2),
        (format!("{alone} --since whenever"), "", 2),
        (format!("send {alone} --timeout 1 hello"), "", 3),
        (format!("{alone} --timeout 1"), "hello\n", 3),
        (format!("{alone} --expect never --timeout 1"), "", 5),
        (format!("{alone} --count 2 --timeout 1"), "", 5),
        (format!("{alone} --wait-peers 1 --timeout 1"), "hello\n", 5),
    ] {
        assert_eq!(run(&arguments, input), code, "{arguments}");
    }
    for (signal, code) in [("TERM", 143), ("INT", 130), ("HUP", 129)] {
        let mut program = instance("ended", "codes", "");
        program.err.line();
        program.signal(signal);
        assert_eq!(program.code(), code, "{signal}");
    }
    bob.signal("STOP"); // it is there, and confirms nothing
    assert_eq!(run(&format!("send {} --timeout 3 hello", options("late", "codes-there")), ""), 3, "it was never heard");
    bob.signal("CONT");
    let mut alice = instance("alice", "codes-there", "--timeout 2 --wait-peers 1");
    while !alice.err.line().starts_with("bob is here") {}
    bob.signal("STOP");
    alice.types("anybody?");
    assert_eq!(alice.ends(), 4);
    bob.signal("CONT");
}
