//! Programs that answer, and sessions that are driven from outside; the examples of `assets/examples` among them.

mod common;

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use chinwag::chat::base::limits::{BOT_BURST, BOT_RATE};
use common::{Program, Scratch, chinwag_command, has, schema};
use serde_json::{Value, json};

fn room(name: &str) -> String {
    format!("{name}-{}", std::process::id())
}

/// A temporary instance on the loopback alone.
fn instance(nick: &str, room_name: &str, arguments: &[&str]) -> Program {
    let mut command = chinwag_command(&format!("--temp -b 127.0.0.1:0 -n {nick} -r {}", room(room_name)));
    Program::start(command.args(arguments))
}

fn example(name: &str) -> String {
    format!("{}/assets/examples/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn is_told(program: &mut Program, words: &str) {
    let mut told = Vec::new();
    while let Some(line) = program.err.try_line() {
        if line == words {
            return;
        }
        told.push(line);
    }
    panic!("{words:?} was not told: {told:?}");
}

#[test]
fn a_bot_answers_in_the_room_and_two_of_them_do_not_answer_for_ever() {
    let mut echo = instance("echo", "echo", &["--exec", &example("echo-bot.sh")]);
    echo.end_input(); // it stays, and so does its bot
    let mut second = instance("second", "echo", &["--exec", &example("echo-bot.sh")]);
    is_told(&mut echo, "second is here.");
    let mut alice = instance("alice", "echo", &["--wait-peers", "2"]);
    alice.types("say \"this\" again\\");
    let mut heard = [alice.out.line(), alice.out.line()];
    heard.sort();
    assert_eq!(heard, [r#"<echo> echo: say \"this\" again\\"#, r#"<second> echo: say \"this\" again\\"#]);
    alice.types("last");
    let mut heard = [alice.out.line(), alice.out.line()];
    heard.sort();
    assert_eq!(heard, ["<echo> echo: last", "<second> echo: last"]);
    second.signal("TERM");
    assert_eq!(second.code(), 143);
}

/// Answers everything that it is told with the how-manieth that is.
const COUNTS: &str = "n=0; while read -r message; do n=$((n + 1)); echo $n; done";

/// Two bots that answer everything, and a person who listens to both.
fn two_bots(name: &str, arguments: &[&str]) -> (Program, Program, Program) {
    let bot = |nick: &str| instance(nick, name, &[&["--exec", COUNTS], arguments].concat());
    let mut one = bot("one");
    let two = bot("two");
    is_told(&mut one, "two is here.");
    (one, two, instance("alice", name, &["--json", "-q", "--wait-peers", "2"]))
}

/// The next message that was said.
fn next_message(program: &mut Program) -> Value {
    loop {
        let line = program.out.line();
        schema::check_output(&line);
        let object: Value = serde_json::from_str(&line).expect("JSON");
        if object["type"] == "message" {
            return object;
        }
    }
}

#[test]
fn two_bots_that_answer_everything_do_not_answer_each_other() {
    let (one, two, mut alice) = two_bots("pair", &[]);
    for round in ["1", "2", "3"] {
        alice.types("anybody?");
        let mut answers = [next_message(&mut alice), next_message(&mut alice)];
        answers.sort_by_key(|answer| answer["nick"].to_string());
        for (answer, nick) in answers.iter().zip(["one", "two"]) {
            assert_eq!((&answer["nick"], &answer["text"]), (&json!(nick), &json!(round)), "they heard a person alone");
            assert_eq!(answer["auto"], true);
        }
    }
    for mut bot in [one, two] {
        bot.signal("TERM");
        assert_eq!(bot.code(), 143);
    }
    alice.end_input();
    let rest = alice.out.rest();
    assert!(!rest.iter().any(|line| line.contains("\"message\"")), "they went on: {rest:?}");
}

#[test]
fn bots_that_are_given_everything_answer_each_other_and_say_little_in_a_second() {
    let (_one, _two, mut alice) = two_bots("chatty", &["--exec-all"]);
    alice.types("go");
    let mut said = std::collections::BTreeMap::<String, Vec<u64>>::new();
    let enough = BOT_BURST as usize + 3 * BOT_RATE as usize;
    while !said.values().any(|times| times.len() >= enough) {
        let message = next_message(&mut alice);
        assert_eq!(message["auto"], true);
        let times = said.entry(message["nick"].to_string()).or_default();
        times.push(message["sent_ms"].as_u64().expect("a time"));
        assert_eq!(message["text"], times.len().to_string(), "nothing is left out");
    }
    for (nick, times) in &said {
        for (from, since) in times.iter().enumerate() {
            for (upto, until) in times.iter().enumerate().skip(from) {
                let most = u64::from(BOT_BURST) + u64::from(BOT_RATE) * (until - since + 1).div_ceil(1000);
                assert!((upto - from + 1) as u64 <= most, "{nick} said too much from {since} to {until}");
            }
        }
    }
}

#[test]
fn a_bot_that_floods_is_read_later_and_loses_nothing() {
    let count = BOT_BURST + 2 * BOT_RATE;
    let mut alice = instance("alice", "flood", &["--json", "-q"]);
    let room = room("flood");
    let mut command = chinwag_command(&format!("--temp -b 127.0.0.1:0 -n bot -r {room} --wait-peers 1 -q"));
    let _bot = Program::start(command.args(["--exec", &format!("seq {count}; cat >/dev/null")]));
    let all: Vec<Value> = (0..count).map(|_| next_message(&mut alice)).collect();
    let (first, last) = (&all[0]["sent_ms"], &all[all.len() - 1]["sent_ms"]);
    assert!(all.iter().zip(1..).all(|(message, number)| message["text"] == format!("{number}")), "in order: {all:?}");
    assert!(last.as_u64() >= first.as_u64().map(|first| first + 1900), "{first} to {last}");
}

#[test]
fn a_bot_that_speaks_json_answers_in_the_room_it_was_asked_in() {
    let other = room("dice-other");
    let mut dice = instance("dice", "dice", &["-r", &other, "--json-in", "--exec", &example("dice-bot.py")]);
    let mut alice = instance("alice", "dice", &["-r", &other, "--commands", "--wait-peers", "1"]);
    is_told(&mut dice, &format!("#{other} alice is here."));
    alice.types("roll 3d1");
    alice.out.is(&format!("#{} <dice> alice: 1 + 1 + 1 = 3", room("dice")));
    alice.types(&format!("/room {other}"));
    alice.types("roll 1d1");
    alice.out.is(&format!("#{other} <dice> alice: 1 = 1"));
}

#[test]
fn a_bot_that_speaks_json_is_told_first_where_it_is_and_its_mistakes_are_told_to_its_owner() {
    let script = "read -r first; echo \"$first\" >&2; echo nonsense; cat >/dev/null";
    let mut bot = instance("bot", "ready", &["--json-in", "-q", "--exec", script]);
    let ready: Value = serde_json::from_str(&bot.err.line()).expect("JSON");
    assert_eq!((&ready["type"], &ready["rooms"]), (&json!("ready"), &json!([room("ready")])));
    assert!(bot.err.line().starts_with("chinwag: the bot's line 1: not JSON from column "));
}

#[test]
fn a_bot_is_tested_by_a_script_whose_exit_code_says_how_it_went() {
    let run = |name: &str, question: &str, answer: &str| {
        let mut command = Command::new(example("test-a-bot.sh"));
        command.args([&example("echo-bot.sh"), question, answer]);
        command.env("CHINWAG", env!("CARGO_BIN_EXE_chinwag")).env("CHINWAG_ROOM", room(name));
        let mut program = Program::start(command.env("XDG_CONFIG_HOME", "/dev/null").env("CHINWAG_NO_LAN", "false"));
        (program.out.rest(), program.code())
    };
    assert_eq!(run("test", "hello", "^echo: hello$"), (vec!["<bot> echo: hello".to_owned()], 0));
}

#[test]
fn a_build_tells_the_room_how_it_went_and_keeps_its_exit_code() {
    let mut alice = instance("alice", "ci", &[]);
    is_told(&mut alice, &format!("You are alice in #{}, OPEN: anybody on this network can read.", room("ci")));
    let scratch = Scratch::new();
    let run = |command: &[&str]| {
        let mut program = Command::new(example("notify-ci.sh"));
        program.args(command).env("CHINWAG", env!("CARGO_BIN_EXE_chinwag")).env("CHINWAG_ROOM", room("ci"));
        program.env("CHINWAG_BIND", "127.0.0.1:0").env("CHINWAG_TEMP", "true").env("XDG_DATA_HOME", scratch.path());
        let mut program = Program::start(program.env("XDG_CONFIG_HOME", "/dev/null").env("CHINWAG_NICK", "ci"));
        (program.out.rest(), program.code())
    };
    assert_eq!(run(&["echo", "fine"]), (vec!["fine".to_owned()], 0));
    assert!(alice.out.line().starts_with("<ci> echo fine: passed on "));
    assert_eq!(run(&["sh", "-c", "echo broken; exit 7"]), (vec!["broken".to_owned()], 7));
    assert!(alice.out.line().starts_with("<ci> sh -c echo broken; exit 7: FAILED with 7 on "));
    alice.out.is("  broken");
}

#[test]
fn a_bot_that_ends_is_started_again_and_one_that_only_ends_ends_the_session() {
    let scratch = Scratch::new();
    let once = scratch.path().join("once");
    // It ends after the first message it reads.
    std::fs::write(&once, "#!/bin/sh\nread -r message && echo heard one\n").unwrap();
    std::fs::set_permissions(&once, std::fs::Permissions::from_mode(0o700)).unwrap();
    let mut bot = instance("bot", "again", &["--exec", once.to_str().unwrap()]);
    let mut alice = instance("alice", "again", &["--wait-peers", "1"]);
    for _ in 0..2 {
        alice.types("anybody?");
        alice.out.is("<bot> heard one");
    }
    assert!(bot.is_alive());
    let mut broken = instance("broken", "again", &["--exec", "exit 1"]);
    is_told(&mut broken, "chinwag: 'exit 1' ended 5 times within a minute: expected one that stays");
    assert_eq!(broken.code(), 1);
}

#[test]
fn a_bad_line_of_a_bot_is_told_as_the_bots_and_is_no_mistake_of_the_user() {
    let script = "printf 'good\\nb\\000d\\n'; cat >/dev/null";
    let mut bot = instance("bot", "bad", &["--commands", "--exec", script]);
    is_told(&mut bot, "chinwag: the bot's line 2: it holds a NUL byte, expected text");
    bot.types("/quit");
    assert_eq!(bot.code(), 0, "standard input made no mistake");
}

/// A profile in use, and the socket of its session.
struct Driven {
    folder: PathBuf,
    session: Program,
    room: String,
}

fn driven(name: &str, scratch: &Scratch) -> Driven {
    let (folder, room) = (scratch.path().to_owned(), room(name));
    let mut command = chinwag_command(&format!("-b 127.0.0.1:0 -n tim -r {room}"));
    let mut session = Program::start(command.arg("--data-dir").arg(&folder).arg("--listen"));
    is_told(&mut session, &format!("You are tim in #{room}, OPEN: anybody on this network can read."));
    Driven { folder, session, room }
}

impl Driven {
    fn send(&self, arguments: &[&str], text: &str) -> (i32, Vec<String>, Vec<String>) {
        let mut command = chinwag_command(&format!("send -r {}", self.room));
        let mut send = Program::start(command.arg("--data-dir").arg(&self.folder).args(arguments));
        send.feed(text.as_bytes());
        send.end_input();
        let (out, err) = (send.out.rest(), send.err.rest());
        (send.code(), out, err)
    }

    fn connect(&self) -> Caller {
        let stream = UnixStream::connect(self.folder.join("default/socket")).expect("a session listens");
        stream.set_read_timeout(Some(common::PATIENCE)).expect("a bound on every wait");
        Caller { lines: BufReader::new(stream.try_clone().expect("a descriptor is left")), stream }
    }
}

/// A program at the socket of a session.
struct Caller {
    stream: UnixStream,
    lines: BufReader<UnixStream>,
}

impl Caller {
    fn says(&mut self, command: &Value) {
        self.stream.write_all(format!("{command}\n").as_bytes()).expect("it listens");
    }

    /// The next object of this type.
    fn next(&mut self, kind: &str) -> Value {
        loop {
            let mut line = String::new();
            assert!(self.lines.read_line(&mut line).expect("it answers") > 0, "it hung up");
            schema::check_output(&line);
            let object: Value = serde_json::from_str(&line).expect("JSON");
            if object["type"] == kind {
                return object;
            }
        }
    }
}

#[test]
fn send_speaks_through_the_session_that_runs_so_that_nobody_is_here_twice() {
    let scratch = Scratch::new();
    let mut tim = driven("through", &scratch);
    assert_eq!(tim.send(&["--timeout", "1"], "alone"), (3, vec![], vec!["chinwag: nobody there".to_owned()]));
    let mut bob = instance("bob", "through", &[]);
    is_told(&mut tim.session, "bob is here.");
    bob.out.is("<tim> alone");
    assert_eq!(tim.send(&[], "first\nsecond\n"), (0, vec![], vec![]));
    bob.out.is("<tim> first");
    bob.out.is("  second");
    let mut asked = chinwag_command(&format!("send -r {} --expect ^pong --timeout 20 ping", tim.room));
    let mut asked = Program::start(asked.arg("--data-dir").arg(&tim.folder));
    bob.out.is("<tim> ping");
    bob.types("pong!");
    assert_eq!((asked.out.rest(), asked.code()), (vec!["<bob> pong!".to_owned()], 0));
    let waited = tim.send(&["--wait-peers", "2", "--timeout", "1"], "too early");
    assert_eq!(waited.0, 5, "the session itself is none of the others");
    let empty = vec!["nothing was sent: standard input is empty".to_owned()];
    assert_eq!(tim.send(&["-"], " \n"), (0, vec![], empty.clone()));
    assert_eq!(tim.send(&["--wait-peers", "1"], ""), (0, vec![], empty));
    assert_eq!(tim.send(&["--wait-peers", "2", "--timeout", "1", "-"], "").0, 5, "an empty pipe waits for them, too");
    assert_eq!(tim.send(&["--wait-peers", "1"], "in time").0, 0);
    bob.out.is("<tim> in time");
    // Another name is another presence.
    assert_eq!(tim.send(&["-n", "zoe", "-b", "127.0.0.1:0"], "as zoe").0, 0);
    bob.out.is("<zoe> as zoe");
    let json = tim.send(&["--json"], "as objects").1;
    assert!(json.last().unwrap().contains("\"type\":\"exit\"") && json.len() == 3, "{json:?}");
}

#[test]
fn a_session_is_driven_through_a_socket_that_only_its_owner_may_use() {
    let scratch = Scratch::new();
    let mut tim = driven("driven", &scratch);
    let socket = tim.folder.join("default/socket");
    assert_eq!(mode(&socket), 0o600);
    let (mut one, mut other) = (tim.connect(), tim.connect());
    assert_eq!(one.next("ready")["rooms"], json!([tim.room]));
    let mut bob = instance("bob", "driven", &[]);
    is_told(&mut tim.session, "bob is here.");
    one.says(&json!({"type": "say", "id": 1, "text": "from a program"}));
    bob.out.is("<tim> from a program");
    assert_eq!(one.next("answer")["id"], 1);
    assert_eq!(one.next("delivery")["ids"], json!([1]));
    bob.types("hello");
    assert_eq!((&one.next("message")["text"], &other.next("message")["text"]), (&json!("hello"), &json!("hello")));
    other.says(&json!({"type": "who", "id": 2}));
    let answer = other.next("answer");
    assert_eq!((&answer["id"], &answer["people"][0]["nick"]), (&json!(2), &json!("bob")));
    let mut marked = tim.connect();
    marked.stream.write_all("\u{feff}{\"type\":\"rooms\",\"id\":4}\n".as_bytes()).expect("it is there");
    assert_eq!(marked.next("answer")["id"], 4, "a byte order mark is no part of the first command");
    other.says(&json!({"type": "nonsense", "id": 3}));
    assert_eq!(other.next("error")["id"], 3);
    drop(one);
    other.says(&json!({"type": "quit"}));
    assert_eq!(other.next("exit")["code"], 0);
    assert_eq!(tim.session.code(), 0, "a mistake of a program at the socket is not the session's");
    assert!(!socket.exists());
}

#[test]
fn a_program_at_the_socket_says_that_it_is_one_and_that_is_kept() {
    let scratch = Scratch::new();
    let mut tim = driven("marked", &scratch);
    let mut bob = instance("bob", "marked", &["--json", "-q", "--exec", COUNTS]);
    is_told(&mut tim.session, "bob is here.");
    let mut program = tim.connect();
    program.says(&json!({"type": "say", "text": "by itself", "auto": true}));
    program.says(&json!({"type": "me", "text": "blinks", "auto": true}));
    program.says(&json!({"type": "msg", "to": "bob", "text": "psst", "auto": true}));
    program.says(&json!({"type": "say", "text": "for somebody", "auto": false}));
    let heard: Vec<Value> = (0..4).map(|_| next_message(&mut bob)).collect();
    let marks: Vec<bool> = heard.iter().map(|message| message["auto"] == true).collect();
    assert_eq!(marks, [true, true, true, false], "{heard:?}");
    let answer = program.next("message");
    assert_eq!((&answer["text"], &answer["auto"]), (&json!("1"), &json!(true)), "the bot was given one of them");
    program.says(&json!({"type": "history"}));
    let kept: Vec<Value> = (0..5).map(|_| program.next("message")).collect();
    let marks: Vec<bool> = kept.iter().map(|message| message["auto"] == true).collect();
    assert_eq!(marks, [true, true, true, false, true], "{kept:?}");
}

/// A folder whose name is longer than the system has room for in the address of a socket.
fn long_folder(scratch: &Scratch) -> PathBuf {
    let folder = scratch.path().join("x".repeat(120));
    std::fs::create_dir(&folder).expect("there is room");
    folder
}

fn with_mode(folder: &Path, mode: u32) {
    std::fs::create_dir_all(folder).expect("there is room");
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode)).expect("it is ours");
}

#[test]
fn a_socket_whose_path_would_be_too_long_is_where_the_user_alone_has_one_and_send_finds_it() {
    let scratch = Scratch::new();
    let (folder, runtime) = (long_folder(&scratch), scratch.path().join("run"));
    with_mode(&runtime, 0o700);
    let room = room("long");
    let command = |arguments: &str| {
        let mut command = chinwag_command(arguments);
        command.arg("--data-dir").arg(&folder).env("XDG_RUNTIME_DIR", &runtime);
        command
    };
    let mut tim = Program::start(&mut command(&format!("-b 127.0.0.1:0 -n tim -r {room} --listen")));
    is_told(&mut tim, &format!("You are tim in #{room}, OPEN: anybody on this network can read."));
    let sockets: Vec<_> =
        std::fs::read_dir(&runtime).expect("it is there").map(|entry| entry.unwrap().path()).collect();
    assert_eq!((sockets.len(), mode(&sockets[0])), (1, 0o600));
    let mut bob = Program::start(&mut chinwag_command(&format!("--temp -b 127.0.0.1:0 -n bob -r {room}")));
    is_told(&mut tim, "bob is here.");
    let send = Program::start(&mut command(&format!("send -r {room} hello")));
    assert_eq!(send.ends(), 0);
    bob.out.is("<tim> hello");
    tim.signal("TERM");
    assert_eq!((tim.code(), sockets[0].exists()), (143, false));
}

#[test]
fn a_socket_is_never_where_others_may_write_and_that_is_told_with_its_path_and_a_remedy() {
    let scratch = Scratch::new();
    let (folder, shared) = (long_folder(&scratch), scratch.path().join("shared"));
    with_mode(&shared, 0o755);
    for runtime in [Some(shared.as_path()), None, Some(Path::new("relative"))] {
        let mut command = chinwag_command(&format!("-b 127.0.0.1:0 -n tim -r {} --json", room("shared")));
        command.arg("--data-dir").arg(&folder).env_remove("XDG_RUNTIME_DIR");
        command.envs(runtime.map(|path| ("XDG_RUNTIME_DIR", path)));
        let mut tim = Program::start(&mut command);
        let first: Value = serde_json::from_str(&tim.out.line()).expect("JSON");
        assert_eq!(first["type"], "ready", "it is the first, whatever is wrong");
        let told: Value = serde_json::from_str(&tim.out.line()).expect("JSON");
        let text = told["text"].as_str().expect("a sentence");
        let path = folder.canonicalize().expect("it is there").join("default/socket");
        assert!(told["kind"] == "not-driven" && text.contains(path.to_str().expect("a path")), "{text}");
        assert!(text.contains("takes 107: expected a shorter --data-dir, or in XDG_RUNTIME_DIR"), "{text}");
        assert_eq!(tim.ends(), 0);
    }
    assert_eq!(std::fs::read_dir(&shared).expect("it is there").count(), 0);
}

#[test]
fn the_first_object_tells_where_one_is_whatever_else_there_is_to_tell() {
    let scratch = Scratch::new();
    let tim = driven("first", &scratch);
    for arguments in ["", "--json-in -q", "-vvv"] {
        let mut command = chinwag_command(&format!("-b 127.0.0.1:0 --json -r {} {arguments}", tim.room));
        command.arg("--data-dir").arg(&tim.folder).env("CHINWAG_PASSPHRASE", "easy to guess");
        let mut second = Program::start(&mut command); // a second window, and a weak passphrase
        let first: Value = serde_json::from_str(&second.out.line()).expect("JSON");
        assert_eq!((&first["type"], &first["sealed"]), (&json!("ready"), &json!([tim.room])), "{arguments}");
        assert_eq!(second.ends(), 0);
    }
}

/// Root may go everywhere: so it is tried who is really at the other end.
#[test]
fn another_user_of_the_machine_is_not_let_in_and_not_believed() {
    if !has("python3") || !nix::unistd::geteuid().is_root() {
        return common::skipped("only root can be another user");
    }
    let scratch = Scratch::new();
    let mut tim = driven("others", &scratch);
    let socket = tim.folder.join("default/socket");
    for open in [scratch.path(), tim.folder.join("default").as_path(), &socket] {
        std::fs::set_permissions(open, std::fs::Permissions::from_mode(0o777)).expect("it is ours");
    }
    let nobody = |script: &str| {
        let mut command = Command::new("python3");
        command.args(["-c", script]).arg(&socket);
        Program::start(std::os::unix::process::CommandExt::uid(&mut command, 65534))
    };
    let came = "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); print(len(s.recv(9)))";
    assert_eq!(nobody(came).out.rest(), ["0"], "it finds the socket closed");
    assert_eq!(tim.connect().next("ready")["rooms"], json!([tim.room]));
    tim.session.signal("TERM");
    assert_eq!(tim.session.code(), 143);
    let listens =
        "import socket,sys; s=socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); print(0, flush=True)
c,_=s.accept(); print(len(c.recv(999)))";
    let mut impostor = nobody(listens);
    impostor.out.is("0");
    std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o777)).expect("root may");
    let mut bob = instance("bob", "others", &[]);
    let mut send = chinwag_command(&format!("send -r {} --wait-peers 1 hello", tim.room));
    let send = Program::start(send.arg("--data-dir").arg(&tim.folder).env("CHINWAG_BIND", "127.0.0.1:0"));
    assert_eq!(send.ends(), 0);
    assert!(bob.out.line().ends_with("> hello"), "it is said by itself");
    assert_eq!(impostor.out.line(), "0", "and not to whoever sits there");
}

#[test]
fn who_does_not_read_at_the_socket_is_put_out_and_holds_up_nobody() {
    let scratch = Scratch::new();
    let mut tim = driven("stalled", &scratch);
    let stalled = tim.connect();
    let mut bob = instance("bob", "stalled", &["--wait-peers", "1", "--timeout", "60"]);
    let mut stdin = bob.take_stdin();
    let feeder =
        std::thread::spawn(move || stdin.write_all(&format!("{}\n", "x".repeat(1000)).repeat(6000).into_bytes()));
    for _ in 0..6000 {
        assert!(tim.session.out.line().starts_with("<bob> xxx"));
    }
    feeder.join().expect("no panic").expect("it was read");
    assert_eq!(bob.code(), 0);
    let mut lines = stalled.lines.lines();
    assert!(lines.by_ref().take(7000).all(|line| line.is_ok_and(|line| !line.contains("\"exit\""))), "cut off");
    assert!(lines.next().is_none());
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}
