//! The rules of the house, read from the sources: which folder may import what, and what only one file or folder
//! may touch.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A source file without its comments and its tests.
struct Source {
    /// Its path below `src`, such as `chat/node.rs`.
    name: String,
    code: String,
    lines: usize,
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the sources are there").flatten().map(|entry| entry.path());
    let mut all: Vec<PathBuf> =
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    all.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    all.sort();
    all
}

fn sources() -> Vec<Source> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a source is text");
        let before_tests = text.split("\n#[cfg(test)]").next().unwrap_or_default();
        let is_code = |line: &&str| !line.trim_start().starts_with("//");
        Source {
            name: path.strip_prefix(&src).expect("below src").to_string_lossy().into_owned(),
            code: before_tests.lines().filter(is_code).collect::<Vec<_>>().join("\n"),
            lines: before_tests.lines().count(),
        }
    };
    files(&src).into_iter().map(read).collect()
}

/// The files that know the database.
const STORE: &[&str] = &[
    "shell/store.rs",
    "shell/store/database.rs",
    "shell/store/memory.rs",
    "shell/store/pages.rs",
    "shell/store/reader.rs",
    "shell/store/recall.rs",
    "shell/store/retention.rs",
    "shell/store/search.rs",
    "shell/store/index_terms.rs",
    "shell/store/write.rs",
];

/// The folders of each tree in their order: a file imports only from its own folder and from those before it.
const FOLDERS: [(&str, &[&str]); 3] = [
    ("chat", &["base", "keys", "wire", "mqtt", "log", "sync", "files", "api", "peers", "plain", "room", "session"]),
    ("view", &["text", "words", "lines", "json", "editor", "screen"]),
    ("shell", &["sys", "net", "term", "cli", "profile", "store", "files", "clients", "tools", "app"]),
];

/// Where a folder of a tree stands. The trees stand one behind the other.
fn rank(tree: &str, folder: &str) -> usize {
    let all = FOLDERS.iter().flat_map(|(tree, folders)| folders.iter().map(move |folder| (*tree, *folder)));
    let rank = all.into_iter().position(|known| known == (tree, folder));
    rank.unwrap_or_else(|| panic!("{tree}/{folder} has no place in the order of tests/tidy.rs"))
}

/// The tree and folder that a path begins with: of `chat/base/time.rs`, or `chat::base::time`.
fn place(path: &str) -> Option<(&str, &str)> {
    let mut names = path.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|name| !name.is_empty());
    let tree = names.next().filter(|tree| FOLDERS.iter().any(|(known, _)| known == tree))?;
    Some((tree, names.next().filter(|folder| *folder != "mod")?))
}

/// The trees and folders that a file names.
fn imports(code: &str) -> Vec<(&str, &str)> {
    code.split("crate::").skip(1).filter_map(place).collect()
}

#[test]
fn imports_point_one_way() {
    for Source { name, code, .. } in sources() {
        let Some((tree, folder)) = place(&name) else { continue };
        for (other, import) in imports(&code) {
            let is_before = rank(other, import) <= rank(tree, folder);
            assert!(is_before, "{name} imports {other}/{import}, which does not stand before it");
        }
    }
}

/// What a file is called in an import: `crate::chat::base::time` of `chat/base/time.rs`.
fn module(name: &str) -> String {
    let path = name.trim_end_matches(".rs").trim_end_matches("/mod");
    ["crate", path].join("::").replace('/', "::")
}

/// The files that a file names: by their whole paths, or as what stands beside it.
fn named<'a>(of: &str, code: &str, modules: &'a [String]) -> Vec<&'a str> {
    let parent = of.rsplit_once("::").map_or("crate", |(parent, _)| parent);
    let is_path = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | ':');
    let path = |rest: &str| rest.split(|c| !is_path(c)).next().unwrap_or_default().to_owned();
    let whole = code.split("crate::").skip(1).map(|rest| format!("crate::{}", path(rest)));
    let beside = code.split("super::").skip(1).map(|rest| format!("{parent}::{}", path(rest)));
    let file = |path: String| {
        let mut path = path.as_str();
        loop {
            match modules.iter().find(|module| *module == path.trim_end_matches(':')) {
                Some(module) => break Some(module.as_str()),
                None => path = path.rsplit_once("::")?.0,
            }
        }
    };
    whole.chain(beside).filter_map(file).filter(|other| *other != of).collect()
}

/// What a file names, and what those name, over and over; but for a file and its own parts, which know each other.
fn reached<'a>(from: &str, all: &'a BTreeMap<String, Vec<String>>) -> BTreeSet<&'a str> {
    let (mut reached, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(module) = next.pop() {
        let is_part =
            |other: &str| other.starts_with(&format!("{module}::")) || module.starts_with(&format!("{other}::"));
        for other in all.get(module).into_iter().flatten().filter(|other| !is_part(other)) {
            if reached.insert(other.as_str()) {
                next.push(other);
            }
        }
    }
    reached
}

#[test]
fn no_two_files_need_each_other() {
    let sources: Vec<Source> = sources().into_iter().filter(|source| source.name.contains('/')).collect();
    let modules: Vec<String> = sources.iter().map(|source| module(&source.name)).collect();
    let names = |(source, module): (&Source, &String)| {
        let named = named(module, &source.code, &modules).into_iter().map(str::to_owned).collect();
        (module.clone(), named)
    };
    let all: BTreeMap<String, Vec<String>> = sources.iter().zip(&modules).map(names).collect();
    assert!(all["crate::chat::room"].contains(&"crate::chat::base::time".to_owned()), "{:?}", all["crate::chat::room"]);
    for module in &modules {
        assert!(!reached(module, &all).contains(module.as_str()), "{module} needs itself: {:?}", all[module]);
    }
}

#[test]
fn the_core_and_the_view_are_pure() {
    let impure = [
        "std::fs",
        "std::process",
        "std::env",
        "std::thread",
        "UdpSocket",
        "std::time::Instant",
        "SystemTime",
        "mio::",
        "socket2",
        "nix::",
        "HashMap",
        "HashSet",
        "getrandom",
        "stdin()",
        "stdout()",
        "stderr()",
        "std::sync::Mutex",
        "std::sync::atomic",
        "std::sync::mpsc",
        "OnceLock",
    ];
    for Source { name, code, .. } in sources().iter().filter(|source| !source.name.starts_with("shell/")) {
        if name == "main.rs" {
            continue;
        }
        for word in impure {
            assert!(!code.contains(word), "{name} names {word}");
        }
    }
}

/// The types that a file makes. What differs between systems stands there twice.
fn types(code: &str) -> BTreeSet<&str> {
    let name = |line: &'_ str| -> Option<usize> {
        let rest = line.strip_prefix("pub(crate) ").or(line.strip_prefix("pub(super) ")).unwrap_or(line);
        let rest = rest.strip_prefix("pub ").unwrap_or(rest);
        let word = ["struct ", "enum ", "trait ", "type "].iter().find(|word| rest.starts_with(**word))?;
        Some(line.len() - rest.len() + word.len())
    };
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let of = |line: &'_ str| line.find(|c| !is_word(c)).unwrap_or(line.len());
    code.lines().filter_map(|line| name(line).map(|at| &line[at..])).map(|rest| &rest[..of(rest)]).collect()
}

#[test]
fn no_two_types_share_a_name() {
    let mut makers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Source { name, code, .. } in sources() {
        for type_name in types(&code) {
            makers.entry(type_name.to_owned()).or_default().push(name.clone());
        }
    }
    makers.retain(|_, files| files.len() > 1);
    assert!(makers.is_empty(), "one word, one meaning: {makers:?}");
}

/// What is between the quotation marks of a file, but for the reasons of assertions, which only programmers read.
fn literals(code: &str) -> Vec<&str> {
    let pieces: Vec<&str> = code.split('"').collect();
    let is_read = |before: &str| {
        let before = before.trim_end();
        let of_assertions = ["expect(", "unreachable!(", "reason =", "assert!(", "debug_assert!("];
        !of_assertions.iter().any(|call| before.ends_with(call)) && !before.ends_with(',') // the second of an assertion
    };
    pieces.chunks(2).filter(|pair| pair.len() == 2 && is_read(pair[0])).map(|pair| pair[1]).collect()
}

/// The files outside of the view that have words: the table of options, with its help, and what is made of it.
const WORDS: &[&str] = &["shell/cli/options/command_line.rs", "shell/tools/manual.rs", "shell/tools/settings.rs"];

#[test]
fn only_the_view_has_sentences() {
    let is_silent = |source: &&Source| !source.name.starts_with("view/") && !WORDS.contains(&source.name.as_str());
    for Source { name, code, .. } in sources().iter().filter(is_silent) {
        for words in literals(code) {
            let is_said = [" you", "You", "your ", "expected ", "cannot ", "; ", "/help"];
            let is_said = is_said.iter().any(|sign| words.contains(sign)) && !name.starts_with("shell/store/"); // SQL
            assert!(!is_said, "{name} says {words:?}: the words are in view/words");
        }
    }
}

/// Who has sockets.
const SOCKETS: [&str; 5] = [
    "shell/net/socket.rs",
    "shell/net/segments.rs",
    "shell/net/reports.rs",
    "shell/net/multicast.rs",
    "shell/net/discovery.rs",
];

#[test]
fn what_belongs_to_one_file_is_named_by_no_other() {
    for (word, owners) in [
        ("Instant", &["shell/sys/clock.rs"][..]),
        ("SystemTime", &["shell/sys/clock.rs"]),
        ("thread::spawn", &["shell/term/input.rs", "shell/net/resolve.rs", "shell/profile/unlock.rs"]),
        ("thread::Builder", &["shell/store/worker.rs", "shell/files/worker.rs", "shell/net/resolve.rs"]),
        ("ring::aead", &["chat/wire/cipher.rs"]),
        ("chacha20::", &["chat/wire/cipher.rs"]),
        ("ed25519_dalek", &["chat/keys/identity.rs"]),
        ("x25519_dalek", &["chat/keys/exchange.rs", "chat/keys/identity.rs"]),
        ("hpke::", &["chat/wire/letterbox.rs"]),
        ("argon2", &["chat/keys/secret.rs"]),
        ("zxcvbn", &["chat/keys/phrase.rs"]),
        ("unicode_security", &["chat/peers/names.rs"]),
        ("getrandom::", &["shell/sys/rng.rs"]),
        ("bincode::", &["chat/wire/codec.rs"]),
        ("encoding_rs", &["chat/base/charset.rs"]),
        (
            "clap::",
            &[
                "shell/cli/options.rs",
                "shell/cli/options/command_line.rs",
                "shell/cli/options/word.rs",
                "shell/cli/options/layers.rs",
                "shell/cli/options/views.rs",
                "shell/tools/completion.rs",
                "shell/tools/manual.rs",
            ],
        ),
        ("if_addrs", &["shell/net/lan.rs"]),
        ("stdin()", &["shell/term/input.rs", "shell/term/prompt.rs"]),
        ("rusqlite", STORE),
        ("toml::", &["shell/cli/config.rs"]),
        (
            "stdout()",
            &[
                "shell/sys/stdio.rs",
                "shell/term/output.rs",
                "shell/term/writer.rs",
                "shell/tools/lookup.rs",
                "shell/term/terminal.rs",
            ],
        ),
        ("stderr()", &["shell/sys/stdio.rs", "shell/term/output.rs", "shell/term/writer.rs"]),
        ("UdpSocket", &SOCKETS),
        ("unicode_properties", &["view/text.rs", "view/text/terms.rs"]),
        ("unicode_width", &["view/text/width.rs"]),
        ("unicode_segmentation", &["view/text/width.rs"]),
        (
            "Output::Send {",
            &["chat/session/node/outputs.rs", "chat/session/node/commands.rs", "chat/plain/chatter.rs", "shell/app.rs"],
        ),
        ("crossterm::terminal", &["view/screen.rs", "view/screen/rows.rs", "shell/term/terminal.rs"]),
        (
            "TimeZone::system",
            &["shell/term/output.rs", "shell/tools/lookup.rs", "shell/app/screen_setup.rs", "shell/app/session.rs"],
        ),
    ] {
        for Source { name, code, .. } in sources() {
            assert!(
                !code.contains(word) || owners.contains(&name.as_str()),
                "{name} names {word}, which is {owners:?}'s"
            );
        }
    }
}

#[test]
fn nothing_a_peer_a_file_or_a_user_sends_is_unwrapped() {
    for Source { name, code, .. } in sources() {
        for word in [".unwrap()", "todo!", "unimplemented!", "dbg!", "println!", "unsafe "] {
            assert!(!code.contains(word), "{name} has {word}");
        }
    }
}

#[test]
fn a_file_is_one_noun() {
    for Source { name, lines, .. } in sources() {
        assert!(lines <= 400, "{name} has {lines} lines without its tests: which noun is missing?");
    }
}

/// What stands in a document between two of these signs.
fn marked(document: &str) -> Vec<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(document)).expect("a document is text");
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_file_and_bound_that_a_document_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let all: Vec<String> = ["src", "tests", "benches", "fuzz"]
        .into_iter()
        .flat_map(|folder| files(&root.join(folder)))
        .map(|path| format!("/{}", path.strip_prefix(root).expect("below the root").display()))
        .collect();
    let named = ["ARCHITECTURE.md", "CONTRIBUTING.md", "PROTOCOL.md", "SECURITY.md"].map(marked).concat();
    let paths: Vec<&String> = named.iter().filter(|name| name.contains(".rs") && !name.contains('*')).collect();
    assert!(paths.len() > 50, "the documents name files");
    for path in paths {
        assert!(all.iter().any(|file| file.ends_with(&format!("/{path}"))), "no file is called {path}");
    }
    let limits = fs::read_to_string(root.join("src/chat/base/limits.rs")).expect("bounds are text");
    let is_bound = |name: &&String| {
        name.len() > 1 && name.contains('_') && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    };
    for bound in marked("PROTOCOL.md").iter().filter(is_bound) {
        assert!(limits.contains(&format!("pub const {bound}:")), "no bound is called {bound}");
    }
}

#[test]
fn the_rules_find_what_they_look_for() {
    assert_eq!(
        imports("use crate::chat::base::limits::PORT;\nlet x = crate::view::json::kind;"),
        [("chat", "base"), ("view", "json")]
    );
    assert!(rank("chat", "base") < rank("chat", "wire") && rank("chat", "session") < rank("view", "text"));
    assert_eq!(types("pub struct Room {\n    type Output = Room;\ntype Queue = u8;").len(), 2);
    let all = sources();
    assert!(all.iter().any(|source| source.name == "shell/sys/clock.rs" && source.code.contains("Instant")));
    assert!(all.len() > 20 && all.iter().all(|source| !source.code.contains("#[test]")));
}
