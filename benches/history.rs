//! What the history costs: `cargo bench --bench history -- 1000000` for so many entries. Prints milliseconds and bytes.

#![expect(clippy::print_stdout, reason = "it is told to whoever runs it")]
#![expect(clippy::cast_precision_loss, reason = "for people")]

use std::fmt::Write;
use std::hint::black_box;
use std::path::Path;
use std::rc::Rc;

use chinwag::chat::base::bytes::Bytes;
use chinwag::chat::base::rng::Rng;
use chinwag::chat::base::time::{Hybrid, Now, Wall};
use chinwag::chat::keys::identity::{Identity, Run, Strict, Verify};
use chinwag::chat::keys::secret::{RoomKeys, RoomName};
use chinwag::chat::log::records::{Memory, Record};
use chinwag::chat::wire;
use chinwag::chat::wire::entry::{Body, Header, NO_ENTRY, Text};
use chinwag::shell::store::{self, Filter, Store};
use chinwag::shell::sys::clock::Clock;
use chinwag::view::text::terms::Needle;

/// How many people talk, and how many entries each says before starting again.
const PEOPLE: u64 = 20;
const RUN: u64 = 500;

fn main() {
    let count = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(20_000);
    if let Some(kept) = std::env::var_os("CHINWAG_BENCH_FOLDER") {
        return measure(count, Path::new(&kept)); // to be looked at with the program itself
    }
    let folder = std::env::temp_dir().join(format!("chinwag-bench-history-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the measurement");
    measure(count, &folder);
    std::fs::remove_dir_all(&folder).expect("it is ours");
}

fn measure(count: u64, folder: &Path) {
    let clock = Clock::start();
    let start = clock.now();
    let rooms = [(RoomKeys::open(&RoomName::lobby()).id(), RoomName::lobby())];
    let mut store = Store::open(folder, None, start);
    store.memories(&rooms, start);
    println!("{count} entries by {PEOPLE} people, every fifth in Chinese");
    let mut talk = Talk::new();
    let (mut signing, mut writing) = (0.0, 0.0);
    for number in 0..count {
        let record = timed(&clock, &mut signing, || talk.entry(number, start.wall.0 - (count - number) * 1000));
        timed(&clock, &mut writing, || store.add(record, start));
    }
    timed(&clock, &mut writing, || store.commit(start));
    println!("write (in transactions of 256)   {:8.1} us/entry", writing * 1000.0 / count as f64);
    let indexing = once(&clock, || {
        while store.deadline().is_some() {
            store.tick(&clock, later(clock.now()));
        }
    });
    println!("index                            {:8.1} us/entry", indexing * 1000.0 / count as f64);
    assert!(store.close(&clock).is_none());
    let size = std::fs::metadata(folder.join(store::FILE)).expect("the file").len();
    println!("file                             {:8.1} bytes/entry", size as f64 / count as f64);

    let mut memories: Vec<Memory> = Vec::new();
    let opening = once(&clock, || {
        let mut store = Store::open(folder, None, clock.now());
        memories = store.memories(&rooms, clock.now());
        black_box(store);
    });
    let held: usize = memories[0].logs.iter().map(|log| log.entries.len()).sum();
    println!("open and read {held:6} entries     {opening:8.1} ms");
    let verifier: Rc<dyn Verify> = Rc::new(Strict::default());
    let setup = chinwag::chat::room::RoomSetup {
        letterbox: Rc::new(chinwag::chat::wire::letterbox::Letterbox::new(&[5; 32], Wall(0))),
        since: None,
        is_observer: false,
        kind: chinwag::chat::api::talk::InstanceKind::Person,
        bounds: chinwag::chat::base::bounds::Bounds::default(),
        detail: chinwag::chat::base::metrics::Detail::None,
        name: RoomName::lobby(),
        keys: RoomKeys::open(&RoomName::lobby()),
        carrier: None,
        identity: Rc::new(Identity::new(&[200; 32])),
        is_temporary: false,
        is_away: false,
        nick: "me".to_owned(),
        verifier,
        peers: Vec::new(),
        confirm_within: None,
        is_watched: true,
        backlog_most: None,
        memory: memories.remove(0),
        seed: [1; 32],
    };
    let restoring = once(&clock, || drop(black_box(chinwag::chat::room::Room::new(setup, clock.now()))));
    println!("restore the room                 {restoring:8.1} ms");
    find(&clock, folder);
}

fn find(clock: &Clock, folder: &Path) {
    let connection = store::read_only(&folder.join(store::FILE)).expect("the history");
    let newest = Filter { most: Some(100), ..Filter::default() };
    for words in [
        &["w17"][..],
        &["the"],
        &["the", "w17"],
        &["w1999", "w17"],
        &["w17 the"],
        &["wor"],
        &["你"],
        &["你好"],
        &["世界和平"],
        &["nothing"],
    ] {
        let needles: Vec<Needle> = words.iter().filter_map(|word| Needle::new(word)).collect();
        let mut found = 0;
        let searching = once(clock, || {
            let search = store::search(&connection, needles.clone(), &newest, &mut |_| {
                found += 1;
                true
            });
            search.expect("a search");
        });
        println!("search {words:24?} {found:4} {searching:8.1} ms");
    }
    for (name, filter) in [("first line of all", Filter::default()), ("newest 100", newest)] {
        let listing =
            once(clock, || store::list(&connection, &filter, &mut |_| name != "first line of all").expect("a list"));
        println!("history: {name:24}{listing:8.1} ms");
    }
}

/// What people say: common and rare words.
struct Talk {
    people: Vec<Identity>,
    rng: Rng,
    clock: Hybrid,
}

impl Talk {
    fn new() -> Self {
        let people = (0..PEOPLE).map(|person| Identity::new(&[u8::try_from(person + 1).expect("a few"); 32]));
        Self { people: people.collect(), rng: Rng::new(&[3; 32]), clock: Hybrid::default() }
    }

    fn entry(&mut self, number: u64, wall: u64) -> Record {
        let (turn, person) = (number / PEOPLE, number % PEOPLE);
        let seq = turn % RUN + 1;
        let body = if seq == 1 { Body::Profile(format!("person{person}")) } else { self.text(number) };
        let identity = &self.people[usize::try_from(person).expect("a few")];
        let header = Header {
            author: identity.author(),
            run: Run::first_of(&(turn / RUN).to_le_bytes()),
            seq,
            prev: NO_ENTRY,
            time: self.clock.next(Wall(wall)),
            kind: body.kind(),
        };
        let room = RoomKeys::open(&RoomName::lobby()).id();
        let entry = wire::sign_entry(identity, room, header, &wire::encode_body(&body));
        Record::Entry {
            room,
            tag: Bytes::ZERO,
            entry: std::sync::Arc::new(entry),
            received: Wall(wall),
            is_own: false,
            is_second: false,
        }
    }

    fn text(&mut self, number: u64) -> Body {
        let mut text = String::new();
        if number.is_multiple_of(5) {
            for _ in 0..20 {
                let c = 0x4e00 + u32::try_from(self.rng.below(60) * self.rng.below(60)).expect("small");
                text.push(char::from_u32(c).unwrap_or('你'));
            }
            text.push_str(if number.is_multiple_of(1000) { "世界和平" } else { "你好" });
        } else {
            text.push_str("the");
            for _ in 0..9 {
                let word = self.rng.below(200) * self.rng.below(200);
                let _ = write!(text, " w{word}");
            }
        }
        Body::Text(Text { lines: vec![text], continues: false, is_auto: false })
    }
}

/// As if every pause were over.
fn later(now: Now) -> Now {
    Now { moment: now.moment.after(std::time::Duration::from_secs(1)), ..now }
}

fn once(clock: &Clock, run: impl FnOnce()) -> f64 {
    let mut spent = 0.0;
    timed(clock, &mut spent, run);
    spent
}

fn timed<T>(clock: &Clock, spent: &mut f64, run: impl FnOnce() -> T) -> T {
    let start = clock.now().moment;
    let value = run();
    *spent += clock.now().moment.since(start).as_secs_f64() * 1000.0;
    value
}
