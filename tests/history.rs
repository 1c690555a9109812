//! What is kept: over restarts, crashes and bad disks, as a user meets it. Each test has a room of its own on the loopback.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::{Program, Scratch, chinwag_command, has_namespaces};
use rusqlite::Connection;
use serde_json::Value;

/// Somebody with a profile of its own, on the loopback alone.
struct Person {
    nick: &'static str,
    room: String,
    folder: PathBuf,
}

impl Person {
    fn new(nick: &'static str, room: &str, scratch: &Scratch) -> Self {
        Self { nick, room: format!("{room}-{}", std::process::id()), folder: scratch.path().join(nick) }
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = chinwag_command(arguments);
        command.arg("--data-dir").arg(&self.folder).env("TZ", "UTC").env("XDG_CONFIG_HOME", &self.folder);
        command
    }

    /// Starts a session.
    fn starts(&self, arguments: &str) -> Program {
        let Self { nick, room, .. } = self;
        Program::start(&mut self.command(&format!("-b 127.0.0.1:0 -n {nick} -r {room} {arguments}")))
    }

    /// Starts a session, and is there.
    fn comes(&self) -> Program {
        let mut program = self.starts("");
        program.listens();
        let Self { nick, room, .. } = self;
        program.err.is(&format!("You are {nick} in #{room}, OPEN: anybody on this network can read."));
        program
    }

    /// What a command of the history prints, and its exit code.
    fn asks(&self, arguments: &str) -> (Vec<String>, i32) {
        let mut program = Program::start(&mut self.command(arguments));
        let out = program.out.rest();
        (out, program.code())
    }

    /// What was said, without its times.
    fn history(&self) -> Vec<String> {
        let (lines, code) = self.asks(&format!("history -r {}", self.room));
        assert_eq!(code, 0);
        lines.iter().map(|line| line["2026-11-21 11:29:05 ".len()..].to_owned()).collect()
    }

    fn file(&self) -> PathBuf {
        self.folder.join("default/history.db")
    }

    /// The names of what is in the profile's folder.
    fn files(&self) -> BTreeSet<String> {
        let files = fs::read_dir(self.folder.join("default")).expect("the profile");
        files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned()).collect()
    }
}

/// Ends it at once, as a failure of the power would.
fn kill(mut program: Program) {
    program.signal("KILL");
    program.code();
}

fn is_sound(file: &Path) -> bool {
    let connection = Connection::open(file).expect("a database");
    connection.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0)).expect("an answer") == "ok"
}

#[test]
fn whoever_was_killed_gets_everything_once_and_in_order_also_of_who_has_left() {
    let scratch = Scratch::new();
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|nick| Person::new(nick, "return", &scratch));
    let (mut a, mut b, mut c) = (alice.comes(), bob.comes(), carol.comes());
    for program in [&mut a, &mut b, &mut c] {
        program.err.line();
        program.err.line();
    }
    a.types("one");
    b.out.is("<alice> one");
    c.out.is("<alice> one");
    b.types("two");
    a.out.is("<bob> two");
    c.out.is("<bob> two");
    // What bob has seen is on its disk once it has said so.
    c.types("three");
    a.out.is("<carol> three");
    b.out.is("<carol> three");
    let mut send = alice_waits_for_receipts(&alice, &scratch);
    assert_eq!(send.code(), 0);
    b.out.is("<dora> everybody there?");
    kill(b);
    a.types("four");
    c.out.is("<dora> everybody there?");
    c.out.is("<alice> four");
    c.types("five");
    a.out.is("<dora> everybody there?");
    a.out.is("<carol> five");
    a.signal("TERM");
    a.code();
    let mut b = bob.comes();
    b.out.is("<alice> four");
    b.out.is("<carol> five");
    c.types("six");
    b.out.is("<carol> six");
    b.end_input();
    assert_eq!(b.out.rest(), [""; 0]);
    let all = ["<alice> one", "<bob> two", "<carol> three", "<dora> everybody there?"];
    let all: Vec<&str> = all.into_iter().chain(["<alice> four", "<carol> five", "<carol> six"]).collect();
    assert_eq!(bob.history(), all);
}

/// One more who says something and ends when all three have confirmed it.
fn alice_waits_for_receipts(of: &Person, scratch: &Scratch) -> Program {
    let dora = Person { nick: "dora", room: of.room.clone(), folder: scratch.path().join("dora") };
    let mut send = dora.command(&format!("send -b 127.0.0.1:0 -n dora -r {} --wait-peers 3 everybody there?", of.room));
    Program::start(&mut send)
}

/// A library that makes the disk hang while a file exists, for `LD_PRELOAD`.
fn hanging_disk(scratch: &Scratch) -> PathBuf {
    let library = scratch.path().join("hanging_disk.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/common/hanging_disk.c");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl");
    assert!(compiler.status().expect("a compiler").success());
    library
}

#[test]
#[cfg(target_os = "linux")]
fn the_talk_goes_on_while_the_disk_hangs_and_nothing_counts_as_delivered_before_it_is_written() {
    if !common::has("cc") {
        return;
    }
    let scratch = Scratch::new();
    let (library, sign) = (hanging_disk(&scratch), scratch.path().join("hangs"));
    let [mut alice, mut bob] = ["alice", "bob"].map(|nick| {
        let Person { room, folder, .. } = Person::new(nick, "hang", &scratch);
        let mut command = chinwag_command(&format!("--json -b 127.0.0.1:0 -n {nick} -r {room}"));
        command.arg("--data-dir").arg(folder).env("LD_PRELOAD", &library).env("DISK_HANGS_WHILE", &sign);
        Program::start(&mut command)
    });
    for program in [&mut alice, &mut bob] {
        program.out.events_until(|event| event["type"] == "peer" && event["change"] == "joined");
    }
    alice.types("before");
    let is_delivered = |event: &Value| event["type"] == "delivery" && event["confirmed"] == 1;
    alice.out.events_until(is_delivered);

    fs::write(&sign, "").expect("a file");
    let mut seen = Vec::new();
    for turn in 0..10 {
        alice.types(&format!("ping {turn}"));
        seen.extend(bob.out.events_until(|event| event["text"] == format!("ping {turn}")));
        bob.types(&format!("pong {turn}"));
        seen.extend(alice.out.events_until(|event| event["text"] == format!("pong {turn}")));
    }
    assert_eq!(seen.iter().find(|event| is_delivered(event)), None, "the disk has not answered");

    fs::remove_file(&sign).expect("the file");
    for program in [&mut alice, &mut bob] {
        program.out.events_until(is_delivered);
    }
}

#[test]
fn what_nobody_heard_is_offered_again_and_told_once_when_it_has_arrived() {
    let scratch = Scratch::new();
    let [alice, bob] = ["alice", "bob"].map(|nick| Person::new(nick, "alone", &scratch));
    let said = format!("send -b 127.0.0.1:0 -n alice -r {} --timeout 1 is anybody there", alice.room);
    let (out, code) = alice.asks(&said);
    assert_eq!((out.len(), code), (0, 3), "nobody is");
    let mut b = bob.comes();
    let mut a = alice.comes();
    b.err.is("alice is here.");
    b.out.is("<alice> is anybody there");
    a.err.is("bob is here.");
    let told = a.err.line();
    let (begins, ends) = ("\"is anybody there\", said 20", ", has reached bob");
    assert!(told.starts_with(begins) && told.ends_with(ends), "{told}");
    assert_eq!(a.ends(), 0);
    b.err.is("alice left.");
    let mut a = alice.comes();
    a.err.is("bob is here.");
    a.types("again");
    b.out.is("<alice> again");
    assert_eq!(a.ends(), 0);
    assert_eq!(bob.history(), ["<alice> is anybody there", "<alice> again"]);
}

#[test]
fn what_was_said_is_listed_and_found_while_a_session_runs() {
    let scratch = Scratch::new();
    let [alice, bob] = ["alice", "bob"].map(|nick| Person::new(nick, "find", &scratch));
    let (mut a, mut b) = (alice.comes(), bob.comes());
    a.err.is("bob is here.");
    let long = "x".repeat(700) + " " + &"y".repeat(700) + " mushrooms";
    for line in ["Zoë likes Mushrooms", "他说你好吗", "อยู่ที่บ้าน", "안녕하세요", &long, "a mushroom", "last"]
    {
        a.types(line);
        b.out.is(&format!("<alice> {line}"));
    }
    b.types("/me waves");
    b.types("// mushrooms");
    a.out.line();
    b.signal("TERM");
    b.code();
    let found = |words: &str| {
        let (lines, code) = bob.asks(&format!("search {words}"));
        (lines.iter().map(|line| line.rsplit("<alice> ").next().unwrap_or("").to_owned()).collect::<Vec<_>>(), code)
    };
    assert_eq!(found("zoe MUSHROOM"), (vec!["Zoë likes Mushrooms".to_owned()], 0));
    for (words, line) in [("你", "他说你好吗"), ("好吗", "他说你好吗"), ("บ้าน", "อยู่ที่บ้าน"), ("하세", "안녕하세요")]
    {
        assert_eq!(found(words), (vec![line.to_owned()], 0), "{words}");
    }
    assert_eq!(found("mushroom --from alice").0, ["Zoë likes Mushrooms", &long, "a mushroom"], "beginnings too");
    assert_eq!(found("nothing-of-the-kind"), (vec![], 1));
    assert_eq!(bob.asks("search --limit 1 mushroom").0.len(), 1);
    assert_eq!(bob.asks("search ...").1, 2);

    let (json, _) = bob.asks(&format!("history -r {} --json --since 1h --limit 3", bob.room));
    let last: Vec<Value> = json.iter().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let texts: Vec<&str> = last.iter().map(|message| message["text"].as_str().unwrap_or_default()).collect();
    assert_eq!(texts[0], "last", "{json:?}");
    assert!(last.iter().all(|message| message["type"] == "message" && message["history"] == true));
    assert_eq!(bob.asks("history --until yesterday"), (vec![], 0));
    assert_eq!(bob.asks("history --since soon").1, 2);
    assert_eq!(bob.asks("history --temp").1, 2);
    let is_listed = (0..1000).any(|_| alice.history().len() == 9); // what came last is written within a moment
    assert!(is_listed, "alice still runs");
}

#[test]
fn commands_look_back_and_take_back() {
    let scratch = Scratch::new();
    let [alice, bob] = ["alice", "bob"].map(|nick| Person::new(nick, "back", &scratch));
    let mut b = bob.comes();
    let mut a = alice.starts("--commands");
    b.err.is("alice is here.");
    a.types("one canary");
    b.out.is("<alice> one canary");
    a.types("two canary");
    b.out.is("<alice> two canary");
    a.types("/history 1");
    a.out.is("<alice> two canary");
    a.types("/delete");
    assert!(b.out.line().starts_with("** alice takes back what was said at "));
    a.types("/search canary");
    a.out.is("<alice> one canary");
    for person in [&alice, &bob] {
        // While both still run: it is not in the log beside the file either.
        let is_gone = (0..1000).any(|_| {
            let files = ["history.db", "history.db-wal"].map(|name| fs::read(person.folder.join("default").join(name)));
            let mut files = files.into_iter().flatten();
            person.asks("history"); // which takes its time
            files.all(|bytes| !bytes.windows(10).any(|part| part == b"two canary"))
        });
        assert!(is_gone, "nothing is left of it on {}'s disk", person.nick);
    }
    a.types("three");
    b.out.is("<alice> three");
    assert_eq!(a.ends(), 0);
    b.signal("TERM");
    b.code();
    for person in [&alice, &bob] {
        let kept = person.history();
        assert_eq!([&kept[0], &kept[2]], ["<alice> one canary", "<alice> three"]);
        assert!(kept[1].starts_with("** alice takes back what was said at "), "{kept:?}");
        let bytes = fs::read(person.file()).expect("the history");
        assert!(
            !bytes.windows(10).any(|part| part == b"two canary"),
            "nothing is left of it on {}'s disk",
            person.nick
        );
    }
}

/// That it was there is nobody else's business, and whom it was to is forgotten with its words.
#[test]
fn a_private_message_that_was_taken_back_leaves_nothing_in_any_history() {
    let scratch = Scratch::new();
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(|nick| Person::new(nick, "unsaid", &scratch));
    // Who waits for others and ends last would wait for ever.
    let mut sessions = [(&ann, ""), (&bob, "--wait-peers 2"), (&eve, "")].map(|(person, waits)| {
        let mut program = person.starts(&format!("--commands {waits}"));
        program.listens();
        program
    });
    let [a, b, e] = &mut sessions;
    b.types("/msg eve psst");
    e.out.is("<bob → me> psst");
    b.types("/delete");
    assert!(e.out.line().starts_with("** bob → me takes back what was said at "));
    b.types("hello all");
    a.out.is("<bob> hello all");
    e.out.is("<bob> hello all");
    for program in sessions {
        program.ends();
    }
    for person in [&ann, &bob, &eve] {
        assert_eq!(person.history(), ["<bob> hello all"], "{}", person.nick);
    }
}

#[test]
fn with_temp_nothing_is_written_anywhere() {
    let scratch = Scratch::new();
    let room = format!("nothing-{}", std::process::id());
    let options = format!("send --temp -b 127.0.0.1:0 -n tim -r {room} --timeout 1 hi");
    let homes = ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "TMPDIR"];
    let mut command = chinwag_command(&options);
    let mut send = Program::start(command.envs(homes.map(|home| (home, scratch.path()))).current_dir(scratch.path()));
    assert_eq!(send.code(), 3);
    assert_eq!(fs::read_dir(scratch.path()).expect("a folder").count(), 0);
}

#[test]
fn a_history_that_cannot_be_read_is_set_aside_and_never_overwritten() {
    let scratch = Scratch::new();
    let tim = Person::new("tim", "aside", &scratch);
    let said = format!("send -b 127.0.0.1:0 -n tim -r {} --timeout 1 hi", tim.room);
    let says = || {
        let mut program = Program::start(&mut tim.command(&said));
        (program.err.line(), program.code())
    };
    assert_eq!(says().1, 3);
    let damages: [Damage; 3] = [
        (|file| fs::write(file, "this is no database, and never was one").expect("it is ours"), "is damaged"),
        (scribble, "is damaged"),
        (|file| pretend_newer(file).expect("it is ours"), "a newer version"),
    ];
    for (number, (damage, words)) in damages.into_iter().enumerate() {
        let before = tim.files().len();
        damage(&tim.file());
        let bytes = fs::read(tim.file()).unwrap();
        let (lines, code) = tim.asks("history");
        assert_eq!((lines.len(), code), (0, 1), "{words}: whoever only reads says so and changes nothing");
        assert_eq!(fs::read(tim.file()).unwrap(), bytes);
        let (notice, code) = says();
        assert!(notice.contains(words) && notice.contains("set aside as"), "{notice}");
        assert_eq!(code, 3, "and the chat goes on");
        assert_eq!(tim.files().len(), before + 1, "{number}: {:?}", tim.files());
        let aside = notice.split("set aside as ").nth(1).and_then(|rest| rest.split(',').next()).expect("a name");
        assert_eq!(fs::read(aside).unwrap(), bytes, "as it was");
        assert_eq!(tim.history(), ["<tim> hi"]);
    }
}

/// What is done to a file, and what is said of that.
type Damage = (fn(&Path), &'static str);

/// Overwrites the middle of a database.
fn scribble(file: &Path) {
    let mut bytes = fs::read(file).expect("it is ours");
    let len = bytes.len();
    bytes[4096..len].fill(0x5a);
    fs::write(file, bytes).expect("it is ours");
}

fn pretend_newer(file: &Path) -> rusqlite::Result<()> {
    Connection::open(file)?.pragma_update(None, "user_version", 99)
}

#[test]
fn a_profile_that_is_copied_while_it_is_in_use_can_be_used() {
    let scratch = Scratch::new();
    let [alice, bob, copy] = ["alice", "bob", "copy"].map(|nick| Person::new(nick, "copied", &scratch));
    let (mut a, mut b) = (alice.comes(), bob.comes());
    a.err.is("bob is here.");
    for number in 0..50 {
        b.types(&format!("line {number}"));
        a.out.is(&format!("<bob> line {number}"));
    }
    let copied = Command::new("cp").arg("-r").arg(&alice.folder).arg(&copy.folder).status();
    assert!(copied.expect("cp is there").success());
    let mut c = copy.comes();
    b.err.is("alice is here.");
    assert_eq!(b.err.line(), "copy is here.");
    b.types("to both");
    a.out.is("<bob> to both");
    assert_eq!(
        std::iter::from_fn(|| c.out.try_line()).find(|line| line == "<bob> to both").as_deref(),
        Some("<bob> to both")
    );
    c.signal("TERM");
    c.code();
    assert!(is_sound(&copy.file()));
    assert_eq!(copy.history().len(), 51);
}

#[test]
fn a_second_window_reads_what_the_first_one_writes() {
    let scratch = Scratch::new();
    let tim = Person::new("tim", "second", &scratch);
    let mut first = tim.comes();
    let mut second = tim.starts("--commands");
    assert!(first.err.line().starts_with("tim#"), "another key of the same name");
    first.types("from the first");
    assert!(second.out.line().ends_with("> from the first"));
    assert_eq!(first.ends(), 0);
    second.types("/history");
    second.out.is("<tim> from the first");
}

#[test]
fn an_export_proves_itself_and_overwrites_nothing() {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use chinwag::chat::base::bytes::Bytes;
    use chinwag::chat::keys::identity::Strict;
    use chinwag::chat::keys::secret::{RoomKeys, RoomName};
    use chinwag::chat::wire;
    use chinwag::chat::wire::frame::Signed;

    let scratch = Scratch::new();
    let tim = Person::new("tim", "export", &scratch);
    let (_, code) = tim.asks(&format!("send -b 127.0.0.1:0 -n tim -r {} --timeout 1 hi", tim.room));
    assert_eq!(code, 3);
    let (json, text) = (scratch.path().join("talk.jsonl"), scratch.path().join("talk.txt"));
    let export = |file: &Path| tim.asks(&format!("history --export {}", file.display())).1;
    assert_eq!((export(&json), export(&text)), (0, 0));
    assert_eq!(fs::metadata(&json).unwrap().permissions().mode() & 0o777, 0o600);
    let message: Value = serde_json::from_str(&fs::read_to_string(&json).unwrap()).expect("one object");
    let bytes = |name: &str| STANDARD.decode(message[name].as_str().expect("text")).expect("base64");
    let (entry, signature) = (bytes("entry"), Bytes::first_of(&bytes("signature")));
    let room = RoomKeys::open(&RoomName::parse(&tim.room).unwrap()).id();
    let proven =
        wire::verify_entry(&Strict::default(), room, Signed { bytes: &entry, signature }).expect("it is signed");
    assert_eq!(proven.header.author.to_string(), message["author"]);
    assert!(fs::read_to_string(&text).unwrap().ends_with(&format!(" #{} <tim> hi\n", tim.room)));
    assert_eq!(export(&text), 1, "it is there already");
}

#[test]
fn where_the_disk_is_full_or_only_read_the_chat_goes_on_and_says_so_once() {
    if !has_namespaces() {
        return;
    }
    let scratch = Scratch::new();
    let script = r#"
        set -e
        ip link set lo up
        mount -t tmpfs -o size=400k none "$1"
        said() { "$0" send -b 127.0.0.1:0 -n tim --data-dir "$1" --timeout 1 "$2" 2>&1 || echo "exit $?"; }
        echo "== begins"; said "$1" hi
        head -c 250000 /dev/zero > "$1/ballast" || true
        echo "== full"
        seq -f '%.0f is a line of some length, so that the disk is full soon' 1 6000 \
            | "$0" -b 127.0.0.1:0 -n tim --data-dir "$1" --timeout 1 2>&1 || echo "exit $?"
        rm "$1/ballast"
        echo "== room again"; said "$1" after
        mount -o remount,ro "$1"
        echo "== read-only"; said "$1" never
        "$0" history --data-dir "$1" | grep -c -e '<tim> hi' -e '<tim> after'
        umount "$1"
    "#;
    let mut command = Command::new("unshare");
    command.args(["-rmn", "sh", "-c", script, env!("CARGO_BIN_EXE_chinwag")]).arg(scratch.path());
    let mut run = Program::start(&mut command);
    let out = run.out.rest().join("\n");
    assert_eq!(run.code(), 0, "{out}");
    let parts: Vec<&str> = out.split("== ").collect();
    let count = |part: &str, words: &str| part.matches(words).count();
    assert_eq!(count(parts[1], "history"), 0, "{out}");
    assert_eq!(count(parts[2], "history is not kept: the disk is full; the chat goes on in memory"), 1, "{out}");
    assert_eq!(count(parts[2], "exit 3"), 1, "nobody was there, and that is all that went wrong: {out}");
    assert_eq!(count(parts[3], "history"), 0, "{out}");
    assert_eq!(count(parts[4], "history is not kept:"), 1, "{out}");
    assert_eq!(count(parts[4], "exit 3"), 1, "{out}");
    assert!(parts[4].trim_end().ends_with('2'), "what was kept can be read: {out}");
}

#[test]
fn what_is_too_old_is_removed_from_the_file_and_not_fetched_again() {
    let scratch = Scratch::new();
    let [alice, bob] = ["alice", "bob"].map(|nick| Person::new(nick, "old", &scratch));
    let mut b = bob.comes();
    let mut a = alice.comes();
    a.err.is("bob is here.");
    a.types("ancient canary");
    b.out.is("<alice> ancient canary");
    assert_eq!(a.ends(), 0);
    b.err.is("alice is here.");
    // As if it had been said long ago.
    let connection = Connection::open(alice.file()).unwrap();
    connection.execute("UPDATE entries SET at = 1000 << 16", []).unwrap();
    drop(connection);
    fs::create_dir_all(alice.folder.join("chinwag")).unwrap();
    fs::write(alice.folder.join("chinwag/config.toml"), "[history]\nkeep_days = 30\n").unwrap();
    let mut a = alice.comes();
    a.err.is("bob is here.");
    a.types("new");
    b.out.is("<alice> new");
    assert_eq!(a.ends(), 0);
    assert_eq!(alice.history(), ["<alice> new"]);
    assert_eq!(alice.asks("search canary").1, 1);
    let bytes = fs::read(alice.file()).unwrap();
    assert!(!bytes.windows(6).any(|part| part == b"canary"), "nothing is left of it");
    assert!(is_sound(&alice.file()));
}

#[test]
fn what_comes_while_something_is_sent_is_shown_in_the_next_session_and_once() {
    let scratch = Scratch::new();
    let [alice, bob] = ["alice", "bob"].map(|nick| Person::new(nick, "meanwhile", &scratch));
    let mut a = alice.comes();
    a.types("for bob");
    let sent = bob.asks(&format!("send -b 127.0.0.1:0 -n bob -r {} --wait-peers 1 a report", bob.room));
    assert_eq!(sent, (vec![], 0));
    a.out.is("<bob> a report");
    for seen in [&["<alice> for bob"][..], &[]] {
        let mut b = bob.comes();
        b.err.is("alice is here.");
        a.err.try_line();
        a.types("new");
        for line in seen {
            b.out.is(line);
        }
        b.out.is("<alice> new");
        b.signal("TERM");
        b.code();
    }
}

/// A message of sixty entries is cut in the middle by a restart.
#[test]
fn a_long_message_that_a_restart_cuts_is_shown_whole() {
    let scratch = Scratch::new();
    let [alice, bob] = ["alice", "bob"].map(|nick| Person::new(nick, "cut", &scratch));
    let long = (0..9000).map(|number| number.to_string()).collect::<Vec<_>>().join(" ");
    let mut a = alice.comes();
    let mut b = bob.comes();
    a.err.is("bob is here.");
    a.types(&long);
    b.out.is(&format!("<alice> {long}"));
    a.types("after");
    b.out.is("<alice> after");
    b.signal("TERM");
    b.code();
    // As if the second half had not come, and nothing been shown, before the end.
    let connection = Connection::open(bob.file()).unwrap();
    connection
        .execute("DELETE FROM entries WHERE seq > 20 AND log IN (SELECT id FROM logs WHERE NOT is_own)", [])
        .unwrap();
    connection.execute("UPDATE logs SET shown = 1, last = 20 WHERE NOT is_own", []).unwrap();
    drop(connection);
    let mut b = bob.comes();
    b.out.is(&format!("<alice> {long}"));
    b.out.is("<alice> after");
    b.signal("TERM");
    b.code();
    assert_eq!(bob.asks("search 8888").0.len(), 1);
}

/// What was still on its way to a reader who was behind is shown in the next session.
#[test]
fn what_a_slow_reader_had_not_read_is_shown_at_the_next_start() {
    let scratch = Scratch::new();
    let [alice, bob] = ["alice", "bob"].map(|nick| Person::new(nick, "slow", &scratch));
    let mut a = alice.comes();
    let mut command = bob.command(&format!("-b 127.0.0.1:0 -n bob -r {}", bob.room));
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("it starts");
    let stdout = child.stdout.take().expect("piped");
    let mut b = Program::adopt(child);
    a.err.is("bob is here.");
    let lines: Vec<String> = (0..4000).map(|number| format!("<alice> {number} {}", "x".repeat(100))).collect();
    let all: String = lines.iter().map(|line| line["<alice> ".len()..].to_owned() + "\n").collect();
    let mut stdin = a.take_stdin();
    let feeder = std::thread::spawn(move || {
        use std::io::Write;
        stdin.write_all(all.as_bytes()).map(|()| stdin)
    });
    // More than a pipe holds is kept, and waits for the reader.
    let is_enough = (0..1000).any(|_| bob.asks("history").0.len() > 1200);
    assert!(is_enough, "it takes what it can");
    b.signal("TERM");
    b.read_out(stdout);
    let mut seen = b.out.rest();
    b.code();
    seen.pop_if(|last| !lines.contains(last)); // the pipe was full in the middle of it
    let mut b = bob.comes();
    let mut rest = vec![b.out.line()];
    while rest.last() != lines.last() {
        rest.push(b.out.line());
    }
    let again = seen.len() + rest.len() - lines.len();
    assert!(again < 12, "no more again than shares an entry with what was read: {again}");
    seen.truncate(seen.len() - again);
    let all = [seen, rest].concat();
    let wrong = all.iter().zip(&lines).find(|(is, expected)| is != expected);
    assert!(wrong.is_none() && all.len() == lines.len(), "everything, in order; {again} again: {wrong:?}");
    drop(feeder.join().expect("no panic"));
}

#[test]
fn an_entry_that_is_no_longer_what_it_was_is_left_out_and_fetched_again() {
    let scratch = Scratch::new();
    let [alice, bob] = ["alice", "bob"].map(|nick| Person::new(nick, "rot", &scratch));
    let (mut a, mut b) = (alice.comes(), bob.comes());
    a.err.is("bob is here.");
    for line in ["one", "two", "three"] {
        a.types(line);
        b.out.is(&format!("<alice> {line}"));
    }
    b.signal("TERM");
    b.code();
    let connection = Connection::open(bob.file()).unwrap();
    let rot = "UPDATE entries SET bytes = zeroblob(100) WHERE seq = 3";
    assert_eq!(connection.execute(rot, []).unwrap(), 1);
    drop(connection);
    assert_eq!(bob.history(), ["<alice> one", "<alice> three"]);
    let mut b = bob.comes();
    b.out.is("<alice> two [late]");
    b.signal("TERM");
    b.code();
    assert_eq!(bob.history(), ["<alice> one", "<alice> two", "<alice> three"]);
}

/// A search is looked for bit by bit; whoever asks and leaves is answered all the same.
#[test]
fn who_searches_and_leaves_at_once_gets_an_answer_first() {
    let scratch = Scratch::new();
    let mut command =
        chinwag_command(&format!("--json --json-in -n tim -b 127.0.0.1:0 -r sought-{}", std::process::id()));
    let mut tim = Program::start(command.arg("--data-dir").arg(scratch.path()));
    tim.types(r#"{"type":"say","text":"a needle in a haystack"}"#);
    for id in 1..=3 {
        tim.types(&format!(r#"{{"type":"search","id":{id},"words":["needle"]}}"#));
    }
    tim.types(r#"{"type":"quit"}"#);
    let told = tim.out.rest();
    let answers: Vec<&String> = told.iter().filter(|line| line.contains(r#""to":"search""#)).collect();
    assert_eq!(answers.len(), 3, "{told:#?}");
    assert!(answers.iter().all(|answer| answer.contains(r#""found":1"#)), "{answers:#?}");
    assert!(told.last().is_some_and(|last| last.contains("exit")));
}
