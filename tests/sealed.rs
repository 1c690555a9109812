//! Sealed rooms, names and private messages, driven as a user drives them.

mod common;

use std::os::unix::process::CommandExt;
use std::path::Path;

use common::terminal::Terminal;
use common::{Program, Scratch, chinwag_command};
use portable_pty::CommandBuilder;

/// The name of a room that no other test has.
fn room(name: &str) -> String {
    format!("{name}-{}", std::process::id())
}

/// The invitation to a room, in a file; `folder` has the profile that knows it.
fn invite(folder: &Path, room: &str) -> String {
    let out = chinwag_command(&format!("invite -r {room} --data-dir {}", folder.display())).output().expect("it runs");
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    let path = folder.join("invitation");
    std::fs::write(&path, out.stdout).expect("a folder of our own");
    path.display().to_string()
}

/// A session, and what it says of where it is.
fn session(arguments: &str) -> Program {
    let mut program = Program::start(&mut chinwag_command(&format!("-b 127.0.0.1:0 {arguments}")));
    program.listens();
    program
}

#[test]
fn that_a_private_message_is_taken_back_is_told_to_whom_it_was_and_to_nobody_else() {
    let team = room("unsaid");
    let mut sessions = ["ann", "bob", "eve"].map(|nick| {
        let mut program = session(&format!("--temp -n {nick} -r {team} --commands --wait-peers 2"));
        program.err.line();
        program
    });
    let [ann, bob, eve] = &mut sessions;
    bob.types("/msg eve psst");
    eve.out.is("<bob → me> psst");
    bob.types("/delete");
    let told = eve.out.line();
    assert!(told.starts_with("** bob → me takes back what was said at "), "{told}");
    bob.types("hello all");
    ann.out.is("<bob> hello all");
    eve.out.is("<bob> hello all");
    bob.types("/delete");
    for program in [ann, eve] {
        assert!(program.out.line().starts_with("** bob takes back what was said at "));
    }
}

/// A crash, wherever it comes, leaves one of the two secrets whole.
#[test]
fn the_secret_before_is_overwritten_only_once_the_disk_knows_the_next_one_by_its_name() {
    if !common::has("strace") {
        return;
    }
    let scratch = Scratch::new();
    let (folder, trace) = (scratch.path().join("data"), scratch.path().join("trace"));
    let invite = common::chinwag(&format!("invite -r team --data-dir {}", folder.display()));
    assert_eq!(invite.ends(), 0);
    let mut command = std::process::Command::new("strace");
    command.args(["-f", "-y", "-e", "trace=/rename.*,fsync,write,pwrite64", "-o"]).arg(&trace);
    command.arg(env!("CARGO_BIN_EXE_chinwag")).arg("--data-dir").arg(&folder).env("XDG_CONFIG_HOME", "/dev/null");
    command.args(["-b", "127.0.0.1:0", "-n", "ann", "-r", "team", "--commands"]);
    let mut ann = Program::start(&mut command);
    ann.types("/rekey");
    while !ann.err.line().starts_with("#team has a new secret") {}
    ann.types("/quit");
    assert_eq!(ann.ends(), 0);
    let calls = std::fs::read_to_string(&trace).expect("it was written");
    let calls: Vec<&str> = calls.lines().collect();
    let renamed =
        calls.iter().position(|call| call.contains("rename") && call.contains("room-")).expect("it is replaced");
    let next =
        |from: usize, is: &dyn Fn(&str) -> bool| (from + 1..calls.len()).find(|&at| is(calls[at])).expect("it comes");
    let synced = next(renamed, &|call| call.contains("fsync(") && call.contains("/data/default>"));
    let wiped = next(renamed, &|call| call.contains("write(") && call.contains("\\0\\0\\0\\0\\0\\0\\0\\0"));
    assert!(synced < wiped, "{:#?}", &calls[renamed..=wiped.max(synced)]);
    next(wiped, &|call| call.contains("fsync("));
}

#[test]
fn an_invitation_opens_its_room_and_the_profile_remembers_it() {
    let (folder, team) = (Scratch::new(), room("team"));
    let invitation = invite(folder.path(), &team);
    let again = std::fs::read_to_string(invite(folder.path(), &team)).expect("it was written");
    assert_eq!(std::fs::read_to_string(&invitation).expect("it was written"), again, "it is the same each time");
    let data = folder.path().display();
    let mut alice = session(&format!("--data-dir {data} -n alice -r {team} --listen"));
    alice.err.is(&format!("You are alice in #{team}, sealed: only who has its secret can read."));
    for arguments in [format!("--invite {invitation}"), format!("-r {team}")] {
        let mut bob = session(&format!("--data-dir {data}/bob -n bob {arguments}"));
        bob.err.is(&format!("You are bob in #{team}, sealed: only who has its secret can read."));
        bob.err.is("alice is here.");
        bob.types("hello");
        alice.out.is("<bob> hello");
        assert_eq!(bob.ends(), 0);
    }
}

#[test]
fn a_passphrase_opens_the_same_room_everywhere_and_a_weak_one_is_told() {
    let (folder, vault) = (Scratch::new(), room("vault"));
    let file = folder.path().join("passphrase");
    std::fs::write(&file, "hunter2\n").expect("a folder of our own");
    let mut alice = Program::start(
        chinwag_command(&format!("--temp -b 127.0.0.1:0 -n alice -r {vault}")).env("CHINWAG_PASSPHRASE", "hunter2"),
    );
    let warning = alice.err.line();
    assert!(
        warning.starts_with(&format!(
            "The passphrase of #{vault} is weak: whoever records one datagram finds it within an hour"
        )),
        "{warning}"
    );
    assert!(warning.contains("common password") && !warning.contains("hunter2"), "{warning}");
    alice.listens();
    let mut bob = Program::start(&mut chinwag_command(&format!(
        "--temp -b 127.0.0.1:0 -n bob -q -r {vault} --passphrase-file {}",
        file.display()
    )));
    bob.types("hello");
    alice.out.is("<bob> hello");
    let mut carol = Program::start(&mut chinwag_command(&format!(
        "--temp -b 127.0.0.1:0 -n carol -q -r {vault} --passphrase-file - --wait-peers 2"
    )));
    carol.types("hunter2");
    carol.types("and the next line is said");
    alice.out.is("<carol> and the next line is said");
}

#[test]
fn who_has_another_secret_is_told_so_instead_of_nothing() {
    let (folder, team) = (Scratch::new(), room("other"));
    invite(folder.path(), &team);
    let data = folder.path().display();
    let _alice = session(&format!("--data-dir {data} -n alice -r {team}"));
    let wrong = invite(&folder.path().join("bob"), &team);
    let mut bob = session(&format!("--temp -n bob --invite {wrong}"));
    bob.err.is(&format!("You are bob in #{team}, sealed: only who has its secret can read."));
    let mut open = session(&format!("--temp -n carol -r {team}"));
    open.err.is(&format!("You are carol in #{team}, OPEN: anybody on this network can read."));
    let told = |program: &mut Program, words: &str| {
        std::iter::from_fn(|| program.err.try_line()).any(|line| line.contains(words))
    };
    assert!(
        told(&mut bob, "theirs is OPEN, yours is sealed") || told(&mut bob, "others use a key that you do not have")
    );
    assert!(told(&mut open, "use a key that you do not have"));
}

#[test]
fn a_wrong_passphrase_is_told_at_each_join_also_where_the_others_were_heard_before() {
    let (yard, team) = (room("yard"), room("later"));
    let right = "the one that both of them have been told";
    let mut alice = Program::start(
        chinwag_command(&format!("--temp -b 127.0.0.1:0 -n alice -q -r {team} --listen"))
            .env("CHINWAG_PASSPHRASE", right),
    );
    let mut bob =
        Program::start(&mut chinwag_command(&format!("--temp -b 127.0.0.1:0 -n bob -r {yard} --json --json-in")));
    for wrong in ["wrong", "wrong again"] {
        bob.types(&format!(r#"{{"type":"join","room":"{team}","passphrase":"{wrong}"}}"#));
        let is_told = |line: String| line.contains(r#""kind":"other-key""#) && line.contains(&team);
        while !is_told(bob.out.line()) {}
        bob.types(&format!(r#"{{"type":"leave","room":"{team}"}}"#));
    }
    bob.types(&format!(r#"{{"type":"join","room":"{team}","passphrase":"{right}"}}"#));
    bob.types(&format!(r#"{{"type":"say","room":"{team}","text":"it is me"}}"#));
    alice.out.is("<bob> it is me");
}

#[test]
fn a_mistake_about_a_secret_is_one_sentence_and_never_tells_it() {
    let folder = Scratch::new();
    let file = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a folder of our own");
        path.display().to_string()
    };
    let words = "abandon ability able about above absent absorb abstract absurd abuse access accident";
    for (arguments, code, expected) in [
        (format!("--invite {}", file("words", words.as_bytes())), 2, "this invitation does not name its room"),
        (
            format!("-r a --invite {}", file("words", words.as_bytes())),
            1,
            "one of the words of this invitation is wrong",
        ),
        (format!("-r a --invite {}", file("line", b"chinwag:b#abandon-ability")), 1, "is of #b, another room"),
        (format!("-r b --invite {}", file("line", b"chinwag:b#abandon-ability")), 1, "not a whole invitation"),
        (format!("-r a --invite {}", file("text", b"secret phrase")), 1, "not a whole invitation"),
        (format!("-r a --passphrase-file {}", file("empty", b"\n")), 1, "no secret was given"),
        (format!("-r a --passphrase-file {}", file("binary", b"\xff\xfe")), 1, "in UTF-8"),
        (format!("-r a --passphrase-file {}", folder.path().join("nothing").display()), 1, "cannot read"),
        (format!("-r a -r b --passphrase-file {}", file("phrase", b"secret phrase")), 2, "a secret is of one room"),
        (format!("-r a --invite {0} --passphrase-file {0}", file("phrase", b"x")), 2, "cannot be used with"),
    ] {
        let mut program = Program::start(&mut chinwag_command(&format!("--temp -b 127.0.0.1:0 {arguments}")));
        let said = program.err.rest().join("\n");
        assert_eq!(program.code(), code, "{arguments}: {said}");
        assert!(said.contains(expected) && !said.contains("secret phrase") && !said.contains("abandon"), "{said}");
    }
}

#[test]
fn two_bobs_and_one_who_looks_like_bob_are_told_apart_everywhere() {
    let (folder, names) = (Scratch::new(), room("names"));
    let start = |nick: &str, arguments: &str| {
        let data = folder.path().join(nick.replace('о', "o-")).display().to_string();
        session(&format!("--data-dir {data}{arguments} -n {nick} -r {names} --commands --listen"))
    };
    let mut alice = Program::start(&mut chinwag_command(&format!(
        "-b 127.0.0.1:0 -n alice -r {names} --json --json-in --data-dir {}",
        folder.path().join("alice").display()
    )));
    let next = |alice: &mut Program, kind: &str| {
        let lines = std::iter::from_fn(|| alice.out.try_line());
        let mut all = lines.map(|line| serde_json::from_str::<serde_json::Value>(&line).expect("an object"));
        all.find(|object| object["type"] == kind).unwrap_or_else(|| panic!("no {kind}"))
    };
    let mut first = start("bob", "-1");
    let joined = next(&mut alice, "peer");
    assert_eq!((joined["nick"].as_str(), joined.get("tag")), (Some("bob"), None));
    let _second = start("bob", "-2");
    let second = next(&mut alice, "peer");
    let tag = second["tag"].as_str().expect("the name is another's").to_owned();
    let mut third = start("bоb", ""); // with a Cyrillic o
    let cyrillic = next(&mut alice, "peer");
    assert!(cyrillic["nick"] == "bоb" && cyrillic["tag"].is_string());

    alice.types(r#"{"type":"msg","to":"bob","text":"which?","id":1}"#);
    let refused = next(&mut alice, "error")["text"].to_string();
    assert!(refused.contains("could be any of these") && refused.contains(&format!("bob#{tag}")), "{refused}");
    alice.types(&format!(r#"{{"type":"verify","nick":"bob#{tag}","id":2}}"#));
    let words = next(&mut alice, "answer")["words"].as_array().map(Vec::len);
    assert_eq!(words, Some(10));
    alice.types(&format!(r#"{{"type":"verify","nick":"bob#{tag}","right":true,"id":3}}"#));
    assert_eq!(next(&mut alice, "answer")["id"], 3);
    alice.types(&format!(r#"{{"type":"petname","nick":"bob#{tag}","name":"robert","id":4}}"#));
    assert_eq!(next(&mut alice, "answer")["id"], 4);
    alice.types(r#"{"type":"whois","nick":"robert","id":5}"#);
    let whois = next(&mut alice, "answer")["whois"].clone();
    assert_eq!((whois["nick"].as_str(), whois["verified"].as_bool()), (Some("robert"), Some(true)));
    assert_eq!(whois["namesakes"].as_array().map(Vec::len), Some(2));

    first.types("/nick robert");
    let renamed = next(&mut alice, "peer");
    assert_eq!((renamed["change"].as_str(), renamed["before"].as_str()), (Some("renamed"), Some("bob")));
    assert!(renamed["tag"].is_string(), "that name is taken here: {renamed}");
    first.types("hello");
    assert!(next(&mut alice, "message")["tag"].is_string());
    third.types("it is me, bob");
    assert!(next(&mut alice, "message")["tag"].is_string());
    assert_eq!(alice.ends(), 1, "one line was refused");
    let data = folder.path().join("alice");
    let kept = chinwag_command(&format!("history -r {names} --data-dir {}", data.display())).output().expect("it runs");
    let kept = String::from_utf8_lossy(&kept.stdout);
    assert!(kept.contains("<robert#") && kept.contains("<bоb#"), "also when it is looked up: {kept}");
}

#[test]
fn a_private_message_to_somebody_who_was_away_is_read_after_a_restart_and_stands_with_nobody_else() {
    let (folder, team) = (Scratch::new(), room("letters"));
    let data = folder.path().display().to_string();
    let start = |nick: &str| {
        let mut program = session(&format!("--data-dir {data}/{nick} -n {nick} -r {team} --commands --listen"));
        program.err.line();
        program
    };
    let mut alice = start("alice");
    let mut bob = start("bob");
    alice.err.is("bob is here.");
    bob.err.is("alice is here.");
    let mut carol = start("carol");
    alice.err.is("carol is here.");
    bob.types("/quit");
    assert_eq!(bob.code(), 0);
    alice.err.is("bob left.");
    alice.types("/msg bob the CANARY sings at noon");
    alice.err.is("bob is not here: one other holds \"the CANARY sings at noon\" for them, sealed");
    alice.types("/quit");
    assert_eq!(alice.code(), 0);

    let mut bob = start("bob");
    bob.out.is("<alice → me> the CANARY sings at noon");
    bob.types("/quit");
    assert_eq!(bob.code(), 0);
    assert!(!has_in_memory(carol.id(), b"CANARY"), "the memory of whoever held it");
    carol.types("/quit");
    assert_eq!(carol.code(), 0);
    let found = |nick: &str| {
        let options = format!("search canary --data-dir {data}/{nick} -r {team}");
        let out = chinwag_command(&options).output().expect("it runs");
        String::from_utf8_lossy(&out.stdout).into_owned()
    };
    assert!(found("alice").contains("<alice → bob> the CANARY") && found("bob").contains("<alice → me> the CANARY"));
    assert_eq!(found("carol"), "");
    for file in std::fs::read_dir(folder.path().join("carol/default")).expect("its profile").flatten() {
        let bytes = std::fs::read(file.path()).unwrap_or_default();
        assert!(!bytes.windows(6).any(|found| found == b"CANARY"), "{:?}", file.path());
    }
}

/// Whether a process has these bytes anywhere in its memory; where that cannot be read, nobody else can read it either.
fn has_in_memory(id: u32, wanted: &[u8]) -> bool {
    use std::io::{Read, Seek, SeekFrom};
    let Ok(maps) = std::fs::read_to_string(format!("/proc/{id}/maps")) else { return false };
    let Ok(mut memory) = std::fs::File::open(format!("/proc/{id}/mem")) else { return false };
    for range in maps.lines().filter(|line| line.contains(" rw")).filter_map(|line| line.split(' ').next()) {
        let bounds: Option<Vec<u64>> = range.split('-').map(|end| u64::from_str_radix(end, 16).ok()).collect();
        let Some([from, to]) = bounds.as_deref() else { continue };
        let mut bytes = vec![0; usize::try_from(to - from).unwrap_or(0)];
        let is_read = memory.seek(SeekFrom::Start(*from)).and_then(|_| memory.read_exact(&mut bytes)).is_ok();
        if is_read && bytes.windows(wanted.len()).any(|found| found == wanted) {
            return true;
        }
    }
    false
}

#[test]
fn send_reaches_one_person_alone_and_says_when_that_is_not_here() {
    let team = room("alone");
    let mut bob = session(&format!("--temp -n bob -r {team}"));
    let mut carol = session(&format!("--temp -n carol -r {team}"));
    for program in [&mut bob, &mut carol] {
        program.err.line();
        program.err.line();
    }
    let send = |to: &str| {
        let options = format!("send --temp -b 127.0.0.1:0 -n alice -r {team} --timeout 3 --to {to} at noon");
        let mut command = chinwag_command(&options);
        Program::start(command.arg0("chinwag"))
    };
    assert_eq!(send("bob").code(), 0);
    bob.out.is("<alice → me> at noon");
    let mut nobody = send("dave");
    assert!(nobody.err.rest().join("\n").contains("nobody here is called 'dave'"));
    assert_eq!(nobody.code(), 3);
    bob.types("done");
    carol.out.is("<bob> done");
}

#[test]
fn the_secret_of_a_room_is_asked_for_and_never_seen() {
    let (folder, team) = (Scratch::new(), room("asked"));
    let invitation = std::fs::read_to_string(invite(folder.path(), &team)).expect("it was written");
    let words = invitation.lines().next().expect("the words");
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_chinwag"));
    let data = folder.path().join("tim");
    let lobby = room("lobby");
    command.args(["-b", "127.0.0.1:0", "-n", "tim", "-r", &lobby, "--data-dir"]);
    command.arg(&data);
    for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("XDG_CONFIG_HOME", "/dev/null")] {
        command.env(name, value);
    }
    let mut tim = Terminal::run(command);
    tim.watch();
    tim.until("OPEN");
    tim.types(&format!("/join {team}\r"));
    tim.until(&format!("secret of #{team}: "));
    tim.types(words);
    tim.until("********");
    tim.types("\r");
    let screen = tim.until("sealed: only who has its secret can read");
    let (first, second) = words.split_once(' ').map(|(first, rest)| (first, rest.split(' ').next())).expect("words");
    let both = format!("{first} {}", second.expect("two")); // one alone may stand in what the program says
    assert!(!screen.contains(&both), "{screen}");
    tim.until(&format!("#{team} sealed"));
    tim.types("\x1b[A");
    tim.until(&format!("> /join {team}"));
    tim.types("\x03");
    tim.types(&format!("/join {team} new\r"));
    tim.until(&format!("secret of #{team}: "));
    tim.types("\x03");
    let open = room("open");
    tim.types(&format!("/join {open}\r"));
    tim.until(&format!("secret of #{open}: "));
    tim.types("\r");
    tim.until(&format!("You are tim in #{open}, OPEN"));
    tim.types(&format!("/join {open}\r"));
    tim.until(&format!("you are in #{open} already"));
    tim.types(&format!("/join {open} new\r"));
    tim.until(&format!("secret of #{open}: "));
    tim.types("/who\r");
    tim.until("that looks like a command");
    tim.types("glacier tulip oboe marmot quilt\r");
    tim.until(&format!("You are tim in #{open}, sealed"));
    tim.until(&format!("#{open} sealed"));
    tim.types("/join elsewhere\r");
    tim.until("secret of #elsewhere: ");
    tim.types("\x1b");
    tim.until("> ");
    let typed = std::fs::read_to_string(data.join("default/typed")).expect("it is kept");
    assert!(!typed.contains(&both), "{typed}");
}

#[test]
fn a_misspelt_invitation_is_asked_for_again_and_said_nowhere() {
    let (folder, team, lobby) = (Scratch::new(), room("misspelt"), room("misspelt-lobby"));
    let invitation = std::fs::read_to_string(invite(folder.path(), &team)).expect("it was written");
    let words = invitation.lines().next().expect("the words");
    let wrong = words.replacen(words.split(' ').next().expect("a word"), "qqq", 1);
    let mut carol = session(&format!("--temp -n carol -r {lobby} --listen"));
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_chinwag"));
    command.args(["-b", "127.0.0.1:0", "-n", "tim", "-r", &lobby, "--temp"]);
    for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("XDG_CONFIG_HOME", "/dev/null")] {
        command.env(name, value);
    }
    let mut tim = Terminal::run(command);
    tim.watch();
    tim.until("OPEN  carol");
    tim.types(&format!("/join {team}\r"));
    tim.until(&format!("secret of #{team}: "));
    tim.types(&format!("{wrong}\r"));
    tim.until("! word 1 is none of an invitation's words");
    tim.types("\r"); // who tries again in a hurry joins no OPEN room of that name
    tim.types(words);
    let screen = tim.until("********");
    let (first, second) = words.split_once(' ').map(|(first, rest)| (first, rest.split(' ').next())).expect("words");
    let both = format!("{first} {}", second.expect("two")); // one alone may stand in what the program says
    assert!(!screen.contains(&both), "{screen}");
    tim.types("\r");
    tim.until(&format!("#{team} sealed"));
    tim.types("\x1b1");
    tim.until("1:#misspelt-lobby");
    tim.types("for all\r");
    carol.out.is("<tim> for all");
}

#[test]
fn a_misspelt_invitation_is_asked_for_again_also_before_there_is_a_session() {
    let (folder, team) = (Scratch::new(), room("retry"));
    let invitation = std::fs::read_to_string(invite(folder.path(), &team)).expect("it was written");
    let words = invitation.lines().next().expect("the words");
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_chinwag"));
    command.args(["-b", "127.0.0.1:0", "-n", "tim", "-r", &team, "--temp", "--invite", "-"]);
    for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("XDG_CONFIG_HOME", "/dev/null")] {
        command.env(name, value);
    }
    let mut tim = Terminal::run(command);
    tim.watch();
    tim.until(&format!("of #{team} (not shown): "));
    tim.types(&format!("{words} zoo\r"));
    let asked = format!("Passphrase or invitation of #{team} (not shown): ");
    let screen = tim.until(&format!("chinwag:ROOM#WORDS\n{asked}"));
    assert!(screen.contains("this is not a whole invitation: expected its 12 words") && !screen.contains("zoo"));
    tim.types(&format!("{words}\r"));
    tim.until(&format!("You are tim in #{team}, sealed"));
}

#[test]
fn an_invitation_in_a_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, team) = (Scratch::new(), room("file"));
    let path = folder.path().join("invitation");
    std::fs::write(&path, "").expect("a folder of our own");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("it is ours");
    let file = std::fs::File::create(&path).expect("it is ours");
    let mut command = chinwag_command(&format!("invite -r {team} --data-dir {}", folder.path().display()));
    assert_eq!(command.stdout(file).output().expect("it runs").status.code(), Some(0));
    let mode = std::fs::metadata(&path).expect("it was written").permissions().mode();
    assert_eq!((mode & 0o777, std::fs::read_to_string(&path).expect("text").lines().count()), (0o600, 2));
}

#[test]
fn a_peer_written_in_python_from_the_text_alone_joins_a_sealed_room_and_exchanges_private_messages() {
    if !common::has("python3") {
        return;
    }
    let (folder, team) = (Scratch::new(), room("python"));
    let invitation = invite(folder.path(), &team);
    let data = folder.path().display();
    let mut bob = Program::start(&mut chinwag_command(&format!(
        "--data-dir {data} --no-lan -b 127.0.0.1:0 -n bob -r {team} --commands --listen"
    )));
    let port = bob.listens();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peer.py");
    let there = format!("127.0.0.1:{port}");
    let mut python = Program::start(std::process::Command::new("python3").arg("-u").args([
        script,
        &there,
        "py",
        "for your eyes only",
        "--invite",
        &invitation,
        "--to",
        "bob",
        "--expect",
        "and for yours",
    ]));
    bob.out.is("<py → me> for your eyes only");
    bob.types("/reply and for yours");
    let lines = python.out.rest();
    assert!(lines.iter().any(|line| line == "<bob → me> and for yours"), "{lines:?}");
    assert_eq!(python.code(), 0);
}

#[test]
fn send_to_one_person_goes_through_the_session_of_the_profile_and_to_nobody_else() {
    let (folder, team) = (Scratch::new(), room("driven"));
    let data = folder.path().display();
    let mut alice = session(&format!("--data-dir {data} -n alice -r {team} --listen"));
    let mut bob = session(&format!("--temp -n bob -r {team} --listen"));
    let mut carol = session(&format!("--temp -n carol -r {team} --listen"));

    let send = |words: &str| Program::start(&mut chinwag_command(&format!("send --data-dir {data} -r {team} {words}")));
    alice.err.line();
    let mut here = [alice.err.line(), alice.err.line()];
    here.sort();
    assert_eq!(here, ["bob is here.", "carol is here."]);
    assert_eq!(send("--to bob at noon").code(), 0);
    bob.out.is("<alice → me> at noon");
    assert_eq!(send("--to dave at noon").code(), 3);
    assert_eq!(send("for all").code(), 0);
    carol.out.is("<alice> for all");
}

#[test]
fn what_follows_a_join_waits_for_it_and_is_said_nowhere_else() {
    let vault = room("order");
    let mut bob = Program::start(
        chinwag_command(&format!("--temp -b 127.0.0.1:0 -n bob -q -r {vault} --listen"))
            .env("CHINWAG_PASSPHRASE", "hunter2"),
    );
    let lobby = room("order-lobby");
    let mut carol = session(&format!("--temp -n carol -r {lobby} --listen"));
    let mut alice = Program::start(&mut chinwag_command(&format!(
        "--temp -b 127.0.0.1:0 -n alice -r {lobby} --json --json-in --wait-peers 1"
    )));
    alice.feed(
        format!(
            "{{\"type\":\"join\",\"room\":\"{vault}\",\"passphrase\":\"hunter2\",\"id\":1}}\n\
             {{\"type\":\"join\",\"room\":\"{vault}\",\"id\":2}}\n\
             {{\"type\":\"say\",\"text\":\"for the vault\",\"id\":3}}\n"
        )
        .as_bytes(),
    );
    bob.out.is("<alice> for the vault");
    alice.end_input();
    let answers: Vec<serde_json::Value> =
        alice.out.rest().iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let ids: Vec<i64> =
        answers.iter().filter(|all| all["type"] == "answer").filter_map(|all| all["id"].as_i64()).collect();
    assert_eq!(ids, [1, 2, 3]);
    let mut dave = session(&format!("--temp -n dave -r {lobby} --commands"));
    for refused in ["/query nobody", "/join a room", "/room nosuch"] {
        dave.feed(format!("{refused}\nnot for the lobby\n").as_bytes());
        dave.types(&format!("/room {lobby}"));
    }
    dave.types("for the lobby");
    carol.out.is("<dave> for the lobby");
    assert_eq!(dave.ends(), 1);
}

#[test]
fn what_follows_a_join_that_fails_is_said_nowhere() {
    let lobby = room("failed");
    let mut carol = session(&format!("--temp -n carol -r {lobby} --listen"));
    for join in [r#""invite":"a b c""#, r#""passphrase":"""#, r#""pass":"x""#, r#""invite":"x","passphrase":"x""#] {
        let mut alice = Program::start(&mut chinwag_command(&format!(
            "--temp -b 127.0.0.1:0 -n alice -r {lobby} --json --json-in --wait-peers 1"
        )));
        alice.types(&format!(r#"{{"type":"join","room":"vault","id":1,{join}}}"#));
        alice.types(r#"{"type":"say","text":"not for the lobby","id":2}"#);
        alice.types(r#"{"type":"me","text":"does nothing here","id":3}"#);
        alice.types(&format!(r#"{{"type":"say","room":"{lobby}","text":"for the lobby","id":4}}"#));
        alice.types(r#"{"type":"say","text":"nor this","id":5}"#);
        carol.out.is("<alice> for the lobby");
        assert_eq!(alice.ends(), 1, "{join}");
    }
}

#[test]
fn an_invitation_that_the_profile_keeps_is_not_replaced_by_another_secret() {
    let (folder, team) = (Scratch::new(), room("kept"));
    let invitation = invite(folder.path(), &team);
    let before = std::fs::read(&invitation).expect("it was written");
    let data = folder.path().display();
    let phrase = folder.path().join("phrase");
    std::fs::write(&phrase, "glacier tulip oboe marmot quilt").expect("a folder of our own");
    let options = format!("--data-dir {data} -b 127.0.0.1:0 -n a -r {team} --passphrase-file {}", phrase.display());
    let mut other = Program::start(&mut chinwag_command(&format!("{options} --commands")));
    let told = other.err.line();
    assert!(told.starts_with(&format!("Your profile keeps another secret of #{team}")), "{told}");
    other.types("/rekey");
    let why = format!("the secret of #{team} cannot be saved: your profile keeps another one");
    while !other.err.line().contains(&why) {}
    assert_eq!(other.ends(), 0);
    assert_eq!(std::fs::read(invite(folder.path(), &team)).expect("it was written"), before);
}

#[test]
fn an_instance_of_ones_own_key_elsewhere_is_told_with_its_address() {
    let (folder, twins) = (Scratch::new(), room("twins"));
    let start = |data: &str| {
        let data = folder.path().join(data);
        let mut program = session(&format!("--data-dir {} -n tim -r {twins}", data.display()));
        program.err.line();
        program
    };
    assert_eq!(start("one").ends(), 0);
    let copied = folder.path().join("two/default");
    std::fs::create_dir_all(&copied).expect("a folder of our own");
    std::fs::copy(folder.path().join("one/default/secret"), copied.join("secret")).expect("it is there");
    let mut first = start("one");
    let _second = start("two");
    let told = first.err.line();
    assert!(told.starts_with(&format!("Another program uses your own key in #{twins} at 127.0.0.1:")), "{told}");
}

#[test]
fn what_opens_a_room_is_not_handed_on_to_programs_that_are_started() {
    let (folder, vault) = (Scratch::new(), room("bot"));
    let seen = folder.path().join("seen");
    let mut command = chinwag_command(&format!("--temp -b 127.0.0.1:0 -q -r {vault} --exec"));
    command.arg(format!("env > {0}.new; mv {0}.new {0}; cat > /dev/null", seen.display()));
    let mut bot = Program::start(command.env("CHINWAG_PASSPHRASE", "hunter2").env("CHINWAG_NICK", "bot"));
    let alice = format!("--temp -b 127.0.0.1:0 -n alice -r {vault} --wait-peers 1");
    let mut alice = Program::start(chinwag_command(&alice).env("CHINWAG_PASSPHRASE", "hunter2"));
    alice.types("are you there?");
    assert_eq!(alice.ends(), 0, "who is in the sealed room has confirmed it");
    let environment = std::fs::read_to_string(&seen).expect("the bot writes it first of all");
    assert!(environment.contains("CHINWAG_NICK=bot") && !environment.contains("hunter2"), "{environment}");
    bot.signal("TERM");
    assert_eq!(bot.code(), 143);
}

/// Enter alone means no, a script is not asked, and nothing is connected to before somebody said yes.
#[test]
fn an_invitation_names_the_broker_of_its_room_which_is_used_by_whoever_says_yes() {
    let (folder, team) = (Scratch::new(), room("broker"));
    let here = |name: &str| folder.path().join(name).display().to_string();
    let file = here("invitation");
    let broker = "mqtts://127.0.0.1:1"; // nothing listens there
    let invite = format!("invite --data-dir {} -r {team} --broker {broker} --out {file}", here("alice"));
    assert!(chinwag_command(&invite).output().expect("it runs").status.success());
    let text = std::fs::read_to_string(&file).expect("the invitation");
    assert!(text.trim_end().ends_with(&format!("&{broker}")), "{text}");
    let bob = format!("--lines --no-lan -b 127.0.0.1:0 --data-dir {} -n bob", here("bob"));
    let mut piped = Program::start(&mut chinwag_command(&format!("{bob} --invite {file} --expect x --timeout 3")));
    let told = piped.err.rest();
    assert!(told.iter().any(|line| line.contains("also reached through 127.0.0.1")), "{told:?}");
    assert!(!told.iter().any(|line| line.contains("not reached through")), "nobody was asked: {told:?}");
    let start = |arguments: &str| {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_chinwag"));
        command.args(format!("{bob} {arguments}").split_whitespace());
        let mut terminal = Terminal::run(command);
        terminal.watch();
        terminal
    };
    let mut asked = start(&format!("--invite {file}"));
    asked.until("Use it? [y/N]");
    asked.types("\n/broker\n");
    asked.until("no room is reached through a broker");
    asked.types("/quit\n");
    asked.rest();
    let mut asked = start(&format!("--invite {file}"));
    asked.until("Use it? [y/N]");
    asked.types("y\n");
    asked.until("is not reached through 127.0.0.1: no connection");
    asked.types("/quit\n");
    asked.rest();
    let mut later = start(&format!("-r {team}"));
    later.until("is not reached through 127.0.0.1");
    later.types("/broker off\n");
    later.until("is not reached through 127.0.0.1 any more");
    later.types("/quit\n");
    later.rest();
}

#[test]
fn who_runs_the_broker_of_a_room_with_a_passphrase_can_guess_it_and_that_is_told() {
    let team = room("guess");
    let vault = format!("--temp --no-lan -b 127.0.0.1:0 -r {team} --broker mqtts://127.0.0.1:1 --expect x --timeout 2");
    let mut vault = Program::start(chinwag_command(&vault).env("CHINWAG_PASSPHRASE", "correct horse battery staple"));
    let told = vault.err.rest().join("\n");
    assert!(told.contains("whoever runs 127.0.0.1 can try others at leisure"), "{told}");
}

/// Whoever joins is asked once; the profile keeps the answer, and nobody is reached who was not wanted.
#[test]
fn an_invitation_says_where_others_are_and_whoever_joins_is_asked() {
    let (folder, team) = (Scratch::new(), room("via"));
    let here = |name: &str| folder.path().join(name).display().to_string();
    let port = Program::start(&mut chinwag_command("--temp --no-lan -b 127.0.0.1:0")).listens(); // a free one
    let file = here("invitation");
    let out =
        chinwag_command(&format!("invite --data-dir {} -r {team} --via 127.0.0.1:{port} --out {file}", here("alice")))
            .output()
            .expect("it runs");
    assert!(out.status.success());
    let text = std::fs::read_to_string(&file).expect("the invitation");
    assert!(text.trim_end().ends_with(&format!("&udp://127.0.0.1:{port}")), "{text}");
    let alice = format!("--data-dir {} --no-lan -b 127.0.0.1:{port} -n alice -r {team}", here("alice"));
    let mut alice = Program::start(&mut chinwag_command(&alice));
    alice.listens();
    let bob = format!("--lines --no-lan -b 127.0.0.1:0 --data-dir {} -n bob", here("bob"));
    let mut piped = Program::start(&mut chinwag_command(&format!("{bob} --invite {file} --expect x --timeout 3")));
    let told = piped.err.rest();
    assert!(told.iter().any(|line| line.contains("says where others are: 127.0.0.1:")), "{told:?}");
    assert!(!told.iter().any(|line| line.contains("alice is here")), "nobody was asked: {told:?}");
    let start = |arguments: &str| {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_chinwag"));
        command.args(format!("{bob} {arguments}").split_whitespace());
        let mut terminal = Terminal::run(command);
        terminal.watch();
        terminal
    };
    let mut asked = start(&format!("--invite {file}"));
    asked.until("Reach them, now and from now on? [Y/n]");
    asked.types("y\n");
    asked.until("alice is here.");
    drop(asked);
    let mut again = start(&format!("-r {team}"));
    again.until("alice is here.");
}
