//! Ended without a word at any moment, two hundred times: what was confirmed is kept on both sides, and the files are sound.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chinwag::chat::base::rng::Rng;
use common::{Program, Scratch, chinwag_command};
use rusqlite::Connection;
use serde_json::Value;

/// How many pairs are tried at a time, and how often one of each is ended.
const PAIRS: u8 = 4;
const ROUNDS: u32 = 50;

/// How many lines are typed at once, in each round.
const BURST: u64 = 60;

/// One side, with a profile of its own.
struct Side {
    nick: &'static str,
    room: String,
    folder: PathBuf,
    program: Option<Program>,
}

impl Side {
    fn new(nick: &'static str, pair: u8, scratch: &Scratch) -> Self {
        let room = format!("crash-{pair}-{}", std::process::id());
        Self { nick, room, folder: scratch.path().join(nick), program: None }
    }

    /// Starts where it does not run.
    fn run(&mut self) -> &mut Program {
        let Self { nick, room, folder, program } = self;
        program.get_or_insert_with(|| {
            let options = format!("--json -b 127.0.0.1:0 -n {nick} -r {room} --data-dir {}", folder.display());
            Program::start(&mut chinwag_command(&options))
        })
    }

    /// Reads until something comes that is wanted. Says what came.
    fn until(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
        self.run().out.events_until(is_wanted)
    }

    /// Ends it, and says what it had said last.
    fn kill(&mut self) -> Vec<Value> {
        let mut program = self.program.take().expect("it runs");
        program.signal("KILL");
        let lines = program.out.rest();
        program.code();
        lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect() // the last one may be torn
    }

    fn file(&self) -> PathBuf {
        self.folder.join("default/history.db")
    }
}

/// What was told to be confirmed: first and last message of each verdict.
fn confirmed(said: &[Value]) -> Vec<(String, String)> {
    let all = said.iter().filter(|event| event["type"] == "delivery" && event["confirmed"] == event["of"]);
    let id = |event: &Value, name: &str| event[name].as_str().expect("an id").to_owned();
    all.filter(|event| event["of"] != 0).map(|event| (id(event, "first"), id(event, "last"))).collect()
}

/// The numbers that a file holds of each log.
fn held(file: &Path) -> BTreeMap<String, BTreeSet<i64>> {
    let connection = Connection::open(file).expect("a database");
    connection.busy_timeout(Duration::from_secs(10)).expect("it can wait");
    let sound: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("an answer");
    assert_eq!(sound, "ok", "{}", file.display());
    let select = "SELECT lower(hex(logs.log)), seq FROM entries JOIN logs ON logs.id = entries.log";
    let mut select = connection.prepare(select).expect("a query");
    let mut held: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    for row in select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows") {
        let (log, seq) = row.expect("a row");
        held.entry(log).or_default().insert(seq);
    }
    held
}

/// How far somebody has confirmed each of one's own logs, as far as one knows.
fn receipts(file: &Path) -> Vec<(String, i64)> {
    let connection = Connection::open(file).expect("a database");
    connection.busy_timeout(Duration::from_secs(10)).expect("it can wait");
    let select = "SELECT lower(hex(logs.log)), seq FROM receipts JOIN logs ON logs.id = receipts.log";
    let mut select = connection.prepare(select).expect("a query");
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
    rows.map(|row| row.expect("a row")).collect()
}

fn place(id: &str) -> (String, i64) {
    let mut parts = id.split('.');
    let (log, seq) = (parts.next().expect("a log"), parts.next().expect("a number"));
    (log.to_owned(), seq.parse().expect("a number"))
}

fn crash(pair: u8) {
    let scratch = Scratch::new();
    let (mut alice, mut bob) = (Side::new("alice", pair, &scratch), Side::new("bob", pair, &scratch));
    let mut rng = Rng::new(&[pair; 32]);
    let mut told: Vec<(String, String)> = Vec::new();
    let mut checked = 0;
    let mut is_alice_new = true;
    let mut is_bob_new = true;
    for round in 0..ROUNDS {
        alice.run();
        bob.run();
        let joined = |event: &Value| event["type"] == "peer" && event["change"] == "joined";
        if is_alice_new || is_bob_new {
            told.extend(confirmed(&alice.until(joined)));
        }
        let waits_for_verdict = rng.below(3) == 0;
        if waits_for_verdict {
            alice.run().types(&format!("{round} before"));
            let verdict = |event: &Value| event["type"] == "delivery" && event["confirmed"] == event["of"];
            told.extend(confirmed(&alice.until(verdict)));
        }
        let lines: Vec<String> = (0..BURST).map(|line| format!("{round} {line} {}\n", "x".repeat(400))).collect();
        alice.run().feed(lines.concat().as_bytes());
        let last = format!("{round} {} ", rng.below(BURST));
        bob.until(|event| event["text"].as_str().is_some_and(|text| text.starts_with(&last)));
        (is_alice_new, is_bob_new) = if rng.below(2) == 0 { (true, false) } else { (false, true) };
        if is_alice_new {
            told.extend(confirmed(&alice.kill()));
        } else {
            bob.kill();
        }
        let (mine, theirs) = (held(&alice.file()), held(&bob.file()));
        let receipts = receipts(&alice.file());
        checked += receipts.len();
        for (log, upto) in receipts {
            let missing = (1..=upto).find(|seq| !theirs.get(&log).is_some_and(|held| held.contains(seq)));
            assert_eq!(missing, None, "bob confirmed {log} up to {upto}, in round {round} of pair {pair}");
        }
        for id in told.drain(..).flat_map(|(first, last)| [first, last]) {
            let (log, seq) = place(&id);
            for (who, held) in [("alice", &mine), ("bob", &theirs)] {
                let is_held = held.get(&log).is_some_and(|held| held.contains(&seq));
                assert!(is_held, "{id} was told to be confirmed, and {who} lacks it in round {round} of pair {pair}");
            }
        }
    }
    assert!(checked > 0, "receipts are kept, or nothing was checked");
}

#[test]
fn what_was_confirmed_is_kept_whenever_either_side_is_killed() {
    let pairs: Vec<_> = (1..=PAIRS).map(|pair| std::thread::spawn(move || crash(pair))).collect();
    for pair in pairs {
        pair.join().expect("every pair kept its promises");
    }
}
