//! Files and folders between real programs, on the loopback alone.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use common::{Program, Scratch, chinwag_command};
use serde_json::{Value, json};

/// Somebody in a room, driven by JSON.
struct Person {
    program: Program,
    folder: PathBuf,
    port: u16,
}

impl Person {
    /// Alone, or at the port of somebody else. What it fetches goes to `downloads` in its folder.
    fn new(home: &Scratch, nick: &str, other: Option<&Person>) -> Self {
        Self::with(home, nick, other, "")
    }

    fn with(home: &Scratch, nick: &str, other: Option<&Person>, arguments: &str) -> Self {
        let folder = home.path().join(nick);
        fs::create_dir_all(folder.join("downloads")).expect("a folder");
        let peer = other.map_or_else(String::new, |other| format!("-p 127.0.0.1:{}", other.port));
        let profile = folder.join("profile");
        let options = format!("--data-dir {} -n {nick} --no-lan -b 127.0.0.1:0 {peer} {arguments}", profile.display());
        let mut command = chinwag_command(&format!("{options} --json --json-in --listen"));
        let mut program = Program::start(command.env("XDG_DOWNLOAD_DIR", folder.join("downloads")));
        let ready = program.out.events_until(|event| event["type"] == "ready").pop().expect("it is ready");
        let address = ready["listening"][0].as_str().expect("an address");
        let port = address.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
        let mut person = Self { program, folder, port };
        if other.is_some() {
            person.hears("peer", &json!({ "change": "joined" }));
        }
        person
    }

    fn says(&mut self, command: &Value) {
        self.program.types(&command.to_string());
    }

    /// The next event of a type that has these values.
    fn hears(&mut self, of: &str, values: &Value) -> Value {
        let has = |event: &Value| {
            let values = values.as_object().expect("an object");
            event["type"] == of && values.iter().all(|(key, value)| event[key] == *value)
        };
        self.program.out.events_until(has).pop().expect("it is told")
    }

    /// Offers something, to all or to one, and says what it is called.
    fn offers(&mut self, path: &Path, to: Option<&str>) -> String {
        let mut command = json!({ "type": "send_file", "id": "o", "path": path });
        if let Some(to) = to {
            command["to"] = to.into();
        }
        self.says(&command);
        let answer = self.hears("answer", &json!({ "id": "o" }));
        answer["offer"].as_str().expect("an offer").to_owned()
    }

    /// Knows of an offer, from its history or from others.
    fn learns(&mut self, offer: &str) {
        let mut is_known = false;
        while !is_known {
            self.says(&json!({ "type": "files", "id": "l" }));
            let answer = self.hears("answer", &json!({ "id": "l" }));
            let offers = answer["offers"].as_array().expect("a list");
            is_known = offers.iter().any(|known| known["offer"] == offer);
        }
    }

    /// Fetches something; with what it is told at the end.
    fn gets(&mut self, offer: &str) -> Value {
        self.learns(offer);
        self.says(&json!({ "type": "get", "offer": offer }));
        self.ends(offer)
    }

    fn ends(&mut self, offer: &str) -> Value {
        let is_end = |state: &str| matches!(state, "complete" | "already" | "failed" | "cancelled" | "withdrawn");
        let is = |event: &Value| {
            event["type"] == "transfer"
                && event["offer"] == offer
                && event["own"] != true
                && event["state"].as_str().is_some_and(is_end)
        };
        self.program.out.events_until(is).pop().expect("it is told")
    }

    fn downloads(&self) -> PathBuf {
        self.folder.join("downloads")
    }
}

/// Two people who see each other, and a folder for what they offer.
fn two(home: &Scratch) -> (Person, Person, PathBuf) {
    let mut alice = Person::new(home, "alice", None);
    let bob = Person::new(home, "bob", Some(&alice));
    alice.hears("peer", &json!({ "change": "joined" }));
    let files = home.path().join("files");
    fs::create_dir_all(&files).expect("a folder");
    (alice, bob, files)
}

/// Bytes that no block has twice.
fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|at| (at % 251).to_le_bytes()[0] ^ (at >> 13).to_le_bytes()[0]).collect()
}

/// What is below a folder: files with their bytes, and empty folders.
fn tree(folder: &Path) -> BTreeMap<String, Option<Vec<u8>>> {
    let mut all = BTreeMap::new();
    let mut left = vec![folder.to_owned()];
    while let Some(next) = left.pop() {
        let entries: Vec<_> =
            fs::read_dir(&next).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
        let name = |path: &Path| path.strip_prefix(folder).expect("below it").display().to_string();
        if entries.is_empty() {
            all.insert(name(&next), None);
        }
        for entry in entries {
            if entry.is_dir() {
                left.push(entry);
            } else {
                all.insert(name(&entry), Some(fs::read(&entry).expect("a file")));
            }
        }
    }
    all
}

#[test]
fn a_file_arrives_as_it_was_whatever_its_size_and_both_are_told() {
    let home = Scratch::new();
    let (mut alice, mut bob, files) = two(&home);
    for size in [0, 1, 65_535, 65_536, 65_537, 3_000_000] {
        let path = files.join(format!("file-{size}"));
        fs::write(&path, bytes(size)).expect("written");
        let offer = alice.offers(&path, None);
        let heard = bob.hears("offer", &json!({ "offer": offer, "bytes": size, "nick": "alice" }));
        assert_eq!(heard["hash"], blake3(&path), "it is what b3sum prints");
        let told = bob.gets(&offer);
        let here = bob.downloads().join(format!("file-{size}"));
        assert_eq!((&told["state"], &told["path"]), (&json!("complete"), &json!(here)));
        assert_eq!(fs::read(here).expect("it is there"), bytes(size), "of {size} bytes");
        alice.hears("transfer", &json!({ "offer": offer, "state": "complete", "own": true }));
    }
    assert_eq!(fs::read_dir(bob.downloads()).expect("a folder").count(), 6, "nothing else is left there");
    bob.says(&json!({ "type": "files", "id": "f" }));
    let listed = bob.hears("answer", &json!({ "id": "f" }))["offers"].as_array().expect("a list").clone();
    assert!(listed.len() == 6 && listed.iter().all(|offer| offer["state"] == "complete"), "{listed:?}");
}

fn blake3(path: &Path) -> String {
    blake3::hash(&fs::read(path).expect("a file")).to_string()
}

#[test]
fn a_folder_arrives_with_its_dots_its_empty_folders_and_names_in_every_script() {
    let home = Scratch::new();
    let (mut alice, mut bob, files) = two(&home);
    let folder = files.join("项目");
    for path in ["a/b/c/d/e/f/g/h/deep", ".hidden", "空/文件.txt", "with blanks/and 'quotes'", "zero"] {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(&path, path.display().to_string()).expect("written");
    }
    fs::write(folder.join("zero"), b"").expect("written");
    fs::write(folder.join("large"), bytes(2_000_000)).expect("written");
    fs::create_dir_all(folder.join("empty/inner")).expect("made");
    std::os::unix::fs::symlink("/etc/passwd", folder.join("link")).expect("linked");
    let offer = alice.offers(&folder, None);
    let told = bob.gets(&offer);
    assert_eq!(told["state"], "complete", "{told}");
    fs::remove_file(folder.join("link")).expect("removed");
    assert_eq!(tree(&bob.downloads().join("项目")), tree(&folder), "all but the link");
    assert_eq!(bob.gets(&offer)["state"], "already");
}

#[test]
fn what_is_for_one_person_alone_is_seen_and_fetched_by_nobody_else() {
    let home = Scratch::new();
    let (mut alice, mut bob, files) = two(&home);
    let mut eve = Person::new(&home, "eve", Some(&alice));
    fs::write(files.join("secret"), bytes(100_000)).expect("written");
    fs::write(files.join("open"), bytes(10)).expect("written");
    let secret = alice.offers(&files.join("secret"), Some("bob"));
    let open = alice.offers(&files.join("open"), None);
    let heard = eve.program.out.events_until(|event| event["type"] == "offer" && event["offer"] == open.as_str());
    assert!(heard.iter().all(|event| event["offer"] != secret.as_str()), "{heard:?}");
    eve.says(&json!({ "type": "get", "id": 1, "offer": secret }));
    assert_eq!(eve.hears("error", &json!({ "id": 1 }))["kind"], "no-such-offer");
    assert_eq!(bob.hears("offer", &json!({ "offer": secret }))["to"], "me");
    assert_eq!(bob.gets(&secret)["state"], "complete");
    assert_eq!(fs::read(bob.downloads().join("secret")).expect("it is there"), bytes(100_000));
}

#[test]
fn what_is_there_is_never_written_over_and_what_is_the_same_is_not_fetched_again() {
    let home = Scratch::new();
    let (mut alice, mut bob, files) = two(&home);
    fs::write(files.join("photo.jpg"), bytes(70_000)).expect("written");
    fs::write(bob.downloads().join("photo.jpg"), b"another one").expect("written");
    let offer = alice.offers(&files.join("photo.jpg"), None);
    assert_eq!(bob.gets(&offer)["path"], json!(bob.downloads().join("photo (1).jpg")));
    assert_eq!(fs::read(bob.downloads().join("photo.jpg")).expect("it is there"), b"another one");
    bob.says(&json!({ "type": "get", "offer": offer, "force": true }));
    assert_eq!(bob.ends(&offer)["path"], json!(bob.downloads().join("photo.jpg")));
    assert_eq!(bob.gets(&offer)["state"], "already");
    assert_eq!(fs::read(bob.downloads().join("photo.jpg")).expect("it is there"), bytes(70_000));
}

#[test]
fn a_receiver_that_is_killed_goes_on_where_it_was() {
    let home = Scratch::new();
    let mut alice = Person::with(&home, "alice", None, "--chaos loss=0.1,delay=10ms");
    let mut bob = Person::new(&home, "bob", Some(&alice));
    let files = home.path().to_owned();
    let size = 40_000_000;
    fs::write(files.join("large"), bytes(size)).expect("written");
    let offer = alice.offers(&files.join("large"), None);
    bob.learns(&offer);
    bob.says(&json!({ "type": "get", "offer": offer }));
    let some = |event: &Value| event["state"] == "progress" && event["done"].as_u64() > Some(4_000_000);
    bob.program.out.events_until(some);
    bob.program.signal("KILL");
    let mut bob = Person::new(&home, "bob", Some(&alice));
    bob.learns(&offer);
    bob.says(&json!({ "type": "get", "offer": offer }));
    let first = bob.hears("transfer", &json!({ "state": "progress" }));
    assert!(first["done"].as_u64() > Some(4_000_000), "{first}");
    assert_eq!(bob.ends(&offer)["state"], "complete");
    assert!(fs::read(bob.downloads().join("large")).expect("it is there") == bytes(size));
    assert_eq!(fs::read_dir(bob.downloads()).expect("a folder").count(), 1, "no part is left");
}

#[test]
fn a_file_that_changed_is_not_served_any_more() {
    let home = Scratch::new();
    let (mut alice, mut bob, files) = two(&home);
    fs::write(files.join("draft"), bytes(500_000)).expect("written");
    let offer = alice.offers(&files.join("draft"), None);
    let mut other = bytes(500_000);
    other[300_000] ^= 1;
    fs::write(files.join("draft"), other).expect("written");
    let told = bob.gets(&offer);
    assert!(matches!(told["state"].as_str(), Some("failed" | "withdrawn")), "{told}");
    assert_eq!(alice.hears("transfer", &json!({ "state": "failed" }))["own"], true);
    assert!(!bob.downloads().join("draft").exists());
    bob.says(&json!({ "type": "files", "id": 2 }));
    assert_eq!(bob.hears("answer", &json!({ "id": 2 }))["offers"], json!([]), "it is withdrawn");
}

#[test]
fn a_file_that_was_removed_is_not_served_any_more() {
    let home = Scratch::new();
    let (mut alice, mut bob, files) = two(&home);
    fs::write(files.join("secret"), bytes(500_000)).expect("written");
    let offer = alice.offers(&files.join("secret"), None);
    fs::remove_file(files.join("secret")).expect("removed");
    let told = bob.gets(&offer);
    assert!(matches!(told["state"].as_str(), Some("failed" | "withdrawn")), "{told}");
}

#[test]
fn an_offer_is_withdrawn_and_declined_by_word() {
    let home = Scratch::new();
    let (mut alice, mut bob, files) = two(&home);
    fs::write(files.join("a"), bytes(10)).expect("written");
    for to in [None, Some("bob")] {
        let offer = alice.offers(&files.join("a"), to);
        bob.hears("offer", &json!({ "offer": offer }));
        bob.says(&json!({ "type": "decline", "offer": offer }));
        let declined = alice.hears("transfer", &json!({ "offer": offer, "state": "declined" }));
        assert_eq!(declined["with"]["nick"], "bob");
        alice.says(&json!({ "type": "cancel", "offer": offer }));
        bob.hears("transfer", &json!({ "offer": offer, "state": "withdrawn" }));
        bob.says(&json!({ "type": "get", "id": 1, "offer": offer }));
        assert_eq!(bob.hears("error", &json!({ "id": 1 }))["kind"], "no-such-offer");
    }
}

#[test]
fn whoever_fetches_what_is_withdrawn_is_told_once() {
    let home = Scratch::new();
    let mut alice = Person::with(&home, "alice", None, "--chaos delay=100ms");
    let mut bob = Person::new(&home, "bob", Some(&alice));
    fs::write(home.path().join("large"), bytes(80_000_000)).expect("written");
    let offer = alice.offers(&home.path().join("large"), None);
    bob.learns(&offer);
    bob.says(&json!({ "type": "get", "id": 7, "offer": offer }));
    bob.hears("transfer", &json!({ "offer": offer, "state": "progress" }));
    alice.says(&json!({ "type": "cancel", "offer": offer }));
    let told = bob.ends(&offer);
    assert_eq!((&told["state"], &told["id"]), (&json!("withdrawn"), &json!(7)), "{told}");
    bob.says(&json!({ "type": "files", "id": 8 }));
    let events = bob.program.out.events_until(|event| event["id"] == 8);
    assert!(!events.iter().any(|event| event["type"] == "transfer"), "{events:?}");
}

#[test]
fn a_link_in_the_place_of_a_part_leads_nowhere() {
    let home = Scratch::new();
    let (mut alice, mut bob, files) = two(&home);
    fs::write(files.join("a"), bytes(100_000)).expect("written");
    let offer = alice.offers(&files.join("a"), None);
    let victim = home.path().join("victim");
    fs::write(&victim, b"untouched").expect("written");
    let part = bob.downloads().join(format!(".a.{offer}.chinwag-part"));
    std::os::unix::fs::symlink(&victim, part).expect("linked");
    let told = bob.gets(&offer);
    assert_eq!(told["state"], "failed", "{told}");
    assert_eq!(fs::read(victim).expect("it is there"), b"untouched");
}

#[test]
fn a_name_that_leads_elsewhere_stays_in_the_folder() {
    let home = Scratch::new();
    let (mut alice, mut bob, files) = two(&home);
    let name = "..\u{202e}\u{7}gpj.exe";
    fs::write(files.join(name), bytes(10)).expect("written");
    let offer = alice.offers(&files.join(name), None);
    assert_eq!(bob.gets(&offer)["path"], json!(bob.downloads().join("_.__gpj.exe")));
}

/// The arguments of somebody who comes for one thing, near `other`.
fn visitor(home: &Scratch, nick: &str, other: &Person, arguments: &str) -> String {
    let folder = home.path().join(nick);
    fs::create_dir_all(&folder).expect("a folder");
    let port = other.port;
    format!("{arguments} --data-dir {} -n {nick} --no-lan -b 127.0.0.1:0 -p 127.0.0.1:{port}", folder.display())
}

#[test]
fn send_waits_until_it_has_arrived_and_withdraws() {
    let home = Scratch::new();
    let (mut bob, files) = (Person::new(&home, "bob", None), home.path().join("files"));
    fs::create_dir_all(&files).expect("a folder");
    fs::write(files.join("a.bin"), bytes(1_000_000)).expect("written");
    let arguments = visitor(&home, "ann", &bob, "send --to bob");
    let mut sends = Program::start(chinwag_command(&arguments).arg("--file").arg(files.join("a.bin")));
    let offer = bob.hears("offer", &json!({ "name": "a.bin" }))["offer"].as_str().expect("an offer").to_owned();
    assert_eq!(bob.gets(&offer)["state"], "complete");
    bob.hears("transfer", &json!({ "offer": offer, "state": "withdrawn" }));
    let told = sends.err.rest();
    assert_eq!(sends.code(), 0);
    assert_eq!(told[1..], ["bob fetches a.bin", "bob has all of a.bin"]);
}

#[test]
fn send_of_several_files_ends_once_all_have_arrived() {
    let home = Scratch::new();
    let mut bob = Person::new(&home, "bob", None);
    let arguments = visitor(&home, "ann", &bob, "send --to bob");
    let mut command = chinwag_command(&arguments);
    for name in ["a", "b", "c"] {
        fs::write(home.path().join(name), bytes(1000)).expect("written");
        command.arg("--file").arg(home.path().join(name));
    }
    let mut sends = Program::start(command.arg("three files"));
    bob.hears("message", &json!({ "text": "three files", "to": "me" }));
    bob.says(&json!({ "type": "files", "id": 1 }));
    let offers = bob.hears("answer", &json!({ "id": 1 }))["offers"].as_array().expect("a list").clone();
    assert_eq!(offers.len(), 3, "they stand before the words: {offers:?}");
    for offer in offers {
        assert!(sends.is_alive());
        assert_eq!(bob.gets(offer["offer"].as_str().expect("an offer"))["state"], "complete");
    }
    assert_eq!(sends.code(), 0);
}

#[test]
fn whoever_begins_and_stops_does_not_keep_send_from_ending() {
    let home = Scratch::new();
    let mut bob = Person::new(&home, "bob", None);
    let file = home.path().join("large");
    fs::write(&file, bytes(40_000_000)).expect("written");
    let arguments = visitor(&home, "ann", &bob, "send --timeout 2 --chaos loss=0.1,delay=20ms");
    let mut sends = Program::start(chinwag_command(&arguments).arg("--file").arg(file));
    let offer = bob.hears("offer", &json!({ "name": "large" }))["offer"].as_str().expect("an offer").to_owned();
    bob.says(&json!({ "type": "get", "offer": offer }));
    bob.hears("transfer", &json!({ "state": "progress" }));
    bob.says(&json!({ "type": "cancel", "offer": offer }));
    assert_eq!(bob.ends(&offer)["state"], "cancelled");
    assert_eq!(sends.code(), 4);
    assert_eq!(fs::read_dir(bob.downloads()).expect("a folder").count(), 0, "what was cancelled is removed");
}

#[test]
fn whoever_interrupts_send_has_withdrawn_what_it_offered() {
    let home = Scratch::new();
    let mut bob = Person::new(&home, "bob", None);
    let file = home.path().join("a");
    fs::write(&file, bytes(1000)).expect("written");
    let arguments = visitor(&home, "ann", &bob, "send");
    let mut sends = Program::start(chinwag_command(&arguments).arg("--file").arg(file));
    let offer = bob.hears("offer", &json!({ "name": "a" }))["offer"].as_str().expect("an offer").to_owned();
    sends.signal("INT");
    bob.hears("transfer", &json!({ "offer": offer, "state": "withdrawn" }));
    assert_eq!(sends.code(), 130);
}

/// Each time what came is kept, and the profile is free: the last one goes on where they were.
#[test]
fn whoever_interrupts_or_kills_get_fetches_the_rest_the_next_time() {
    let home = Scratch::new();
    let mut alice = Person::with(&home, "alice", None, "--chaos loss=0.1,delay=100ms");
    let file = home.path().join("large");
    fs::write(&file, bytes(80_000_000)).expect("written");
    let offer = alice.offers(&file, None);
    let here = home.path().join("here");
    fs::create_dir(&here).expect("a folder");
    let arguments = format!("{} {offer} --json -o", visitor(&home, "bob", &alice, "get"));
    let mut kept = 0;
    for (signal, code) in [("INT", 130), ("KILL", 137), ("TERM", 143)] {
        let mut gets = Program::start(chinwag_command(&arguments).arg(here.join("large")));
        let more = |event: &Value| event["state"] == "progress" && event["done"].as_u64() > Some(kept + 1_000_000);
        let events = gets.out.events_until(more);
        kept = events.last().expect("one")["done"].as_u64().expect("a number");
        gets.signal(signal);
        assert_eq!(gets.code(), code);
        assert_eq!(fs::read_dir(&here).expect("a folder").count(), 1, "its part is kept after {signal}");
    }
    let mut gets = Program::start(chinwag_command(&arguments).arg(here.join("large")));
    let events = gets.out.events_until(|event| event["state"] == "progress");
    let first = events.last().expect("one");
    assert!(first["done"].as_u64() > Some(kept), "{first}");
    assert_eq!(gets.code(), 0);
    assert!(fs::read(here.join("large")).expect("it is there") == bytes(80_000_000));
}

#[test]
fn an_id_is_of_its_offer_whatever_others_call_their_files() {
    let home = Scratch::new();
    let (mut alice, mut mallory, files) = two(&home);
    let carol = Person::new(&home, "carol", Some(&alice));
    fs::write(files.join("real"), bytes(10)).expect("written");
    let offer = alice.offers(&files.join("real"), None);
    fs::write(files.join(&offer), b"another one").expect("written");
    mallory.offers(&files.join(&offer), None);
    let mut carol = carol;
    carol.hears("offer", &json!({ "name": offer }));
    let folder = carol.folder.join("profile");
    let target = home.path().join("here");
    let arguments = format!("get {offer} --data-dir {} -o", folder.display());
    assert_eq!(Program::start(chinwag_command(&arguments).arg(&target)).ends(), 0);
    assert_eq!(fs::read(target).expect("it is there"), bytes(10));
}

#[test]
fn send_and_get_say_by_their_exit_codes_what_became_of_it() {
    let home = Scratch::new();
    let bob = Person::new(&home, "bob", None);
    let file = home.path().join("a.bin");
    fs::write(&file, bytes(10)).expect("written");
    let code = |arguments: &str, path: Option<&Path>| {
        let arguments = visitor(&home, "ann", &bob, arguments);
        let mut command = chinwag_command(&arguments);
        if let Some(path) = path {
            command.arg("--file").arg(path);
        }
        Program::start(&mut command).ends()
    };
    assert_eq!(code("send --timeout 1", Some(&file)), 3, "nobody came");
    assert_eq!(code("send --timeout 1", Some(&home.path().join("none"))), 1, "it is not there");
    assert_eq!(code("send --timeout 1 --to nobody", Some(&file)), 3, "nobody is called so");
    assert_eq!(code("get --timeout 1 a.bin", None), 5, "nobody offers it");
}

#[test]
fn a_stream_goes_in_at_one_end_and_comes_out_at_the_other() {
    let home = Scratch::new();
    let bob = Person::new(&home, "bob", None);
    let arguments = visitor(&home, "ann", &bob, "send --file - --name dir.tar --to bob");
    let mut sends = Program::start(&mut chinwag_command(&arguments));
    sends.feed(&bytes(300_000));
    sends.end_input();
    let arguments = format!("get dir.tar -o - --data-dir {}", bob.folder.join("profile").display());
    let got = chinwag_command(&arguments).stderr(Stdio::null()).stdin(Stdio::null()).output().expect("it runs");
    assert_eq!((got.status.code(), sends.code()), (Some(0), 0));
    assert!(got.stdout == bytes(300_000));
}

#[test]
fn get_goes_through_the_session_that_runs() {
    let home = Scratch::new();
    let (mut alice, bob, files) = two(&home);
    fs::write(files.join("a.bin"), bytes(200_000)).expect("written");
    alice.offers(&files.join("a.bin"), Some("bob"));
    let folder = bob.folder.join("profile");
    let target = home.path().join("here.bin");
    let mut command = chinwag_command(&format!("get a.bin --data-dir {} -o", folder.display()));
    let mut gets = Program::start(command.arg(&target));
    gets.out.is(&target.display().to_string());
    assert_eq!(gets.ends(), 0);
    assert!(fs::read(target).expect("it is there") == bytes(200_000));
}

/// What the screen of the same profile fetches it goes on fetching.
#[test]
fn whoever_interrupts_get_stops_only_what_it_began() {
    let home = Scratch::new();
    let mut alice = Person::with(&home, "alice", None, "--chaos loss=0.1,delay=100ms");
    let mut bob = Person::new(&home, "bob", Some(&alice));
    let file = home.path().join("large");
    fs::write(&file, bytes(20_000_000)).expect("written");
    let offer = alice.offers(&file, None);
    bob.learns(&offer);
    bob.says(&json!({ "type": "get", "offer": offer }));
    bob.hears("transfer", &json!({ "offer": offer, "state": "progress" }));
    let arguments = format!("get {offer} --json --data-dir {}", bob.folder.join("profile").display());
    let mut gets = Program::start(&mut chinwag_command(&arguments));
    gets.out.events_until(|event| event["kind"] == "fetched-already");
    gets.signal("INT");
    assert_eq!(gets.code(), 130);
    assert_eq!(bob.ends(&offer)["state"], "complete");
}

#[test]
fn of_several_who_offer_something_of_one_name_whoever_is_here_is_meant() {
    let home = Scratch::new();
    let (mut alice, mut bob, files) = two(&home);
    let file = files.join("a.txt");
    fs::write(&file, "of alice").expect("written");
    let mut carol = Person::new(&home, "carol", Some(&bob));
    let offers = [alice.offers(&file, None), carol.offers(&file, None)];
    for offer in &offers {
        bob.learns(offer);
    }
    bob.says(&json!({ "type": "get", "offer": "a.txt" }));
    bob.hears("error", &json!({ "kind": "several-offers" }));
    carol.program.signal("TERM");
    carol.program.code();
    bob.hears("peer", &json!({ "nick": "carol", "change": "left" }));
    let arguments = format!("get a.txt --data-dir {} -o", bob.folder.join("profile").display());
    assert_eq!(Program::start(chinwag_command(&arguments).arg(home.path().join("here"))).ends(), 0);
    bob.hears("transfer", &json!({ "offer": offers[0], "state": "complete" }));
    bob.says(&json!({ "type": "get", "offer": "a.txt" }));
    assert_eq!(bob.ends(&offers[0])["state"], "complete");
}

#[test]
fn get_says_before_it_waits_that_there_is_no_such_folder() {
    let home = Scratch::new();
    let bob = Person::new(&home, "bob", None);
    for target in ["none/a.txt", "none/"] {
        let arguments = format!("get a.txt --timeout 2 -o {}", home.path().join(target).display());
        let gets = Program::start(&mut chinwag_command(&visitor(&home, "ann", &bob, &arguments)));
        assert_eq!(gets.ends(), 1, "5 would be that nobody offered it");
    }
}
