//! What holds besides the command line, and what is made from the table of options.

mod common;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use common::{Program, Scratch, chinwag_command, has};
use serde_json::Value;

/// What chinwag prints and its exit code, with a configuration file and variables.
fn run(arguments: &str, file: &str, variables: &[(&str, &str)]) -> (Vec<String>, Vec<String>, i32) {
    let scratch = Scratch::new();
    let folder = scratch.path().join("chinwag");
    fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join("config.toml"), file)).expect("there is room");
    let mut command = chinwag_command(arguments);
    command.env("XDG_CONFIG_HOME", scratch.path()).env("USER", "tim").envs(variables.iter().copied());
    let mut program = Program::start(&mut command);
    program.end_input();
    let (out, err) = (program.out.rest(), program.err.rest());
    (out, err, program.code())
}

/// What `config` says of an option.
fn says(arguments: &str, file: &str, variables: &[(&str, &str)], option: &str) -> String {
    let (out, err, code) = run(&format!("config {arguments}"), file, variables);
    assert_eq!((code, err), (0, vec![]));
    let is_of =
        |line: &&String| line.starts_with(&format!("{option} = ")) || line.starts_with(&format!("# {option} is not"));
    out.iter().find(is_of).unwrap_or_else(|| panic!("{option} is missing: {out:?}")).clone()
}

#[test]
fn options_beat_variables_and_those_the_file_and_that_what_is_usual() {
    let (file, variables) = ("\nnick = \"of-file\"\n", [("CHINWAG_NICK", "of-variable")]);
    assert_eq!(says("", "", &[], "nick"), "# nick is not set: tim");
    assert_eq!(says("", file, &[], "nick"), "nick = \"of-file\"  # line 2 of the file");
    let marked = format!("\u{feff}{file}");
    assert_eq!(says("", &marked, &[], "nick"), "nick = \"of-file\"  # line 2 of the file");
    assert_eq!(says("", file, &variables, "nick"), "nick = \"of-variable\"  # CHINWAG_NICK");
    assert_eq!(says("--nick given", file, &variables, "nick"), "nick = \"given\"  # --nick");
    assert_eq!(says("", file, &[("CHINWAG_NICK", "")], "nick"), "nick = \"of-file\"  # line 2 of the file");
}

#[test]
fn lists_flags_and_numbers_are_written_in_their_way() {
    let file =
        "room = [\"a\", \"b\"]\npeer = \"10.0.0.7\"\njson = true\ntimeout = 1.5\nverbose = 2\n[screen]\nbell = false\n";
    for (option, line) in [
        ("room", "room = [\"a\", \"b\"]  # line 1 of the file"),
        ("peer", "peer = [\"10.0.0.7\"]  # line 2 of the file"),
        ("json", "json = true  # line 3 of the file"),
        ("timeout", "timeout = \"1.5\"  # line 4 of the file"),
        ("verbose", "verbose = 2  # line 5 of the file"),
        ("bell", "bell = false  # the file"),
    ] {
        assert_eq!(says("", file, &[], option), line);
    }
    let variables = [("CHINWAG_ROOM", "c, d"), ("CHINWAG_JSON", "off"), ("CHINWAG_EXPECT", "a{1,2}")];
    assert_eq!(says("", file, &variables, "room"), "room = [\"c\", \"d\"]  # CHINWAG_ROOM");
    assert_eq!(says("", file, &variables, "json"), "json = false  # CHINWAG_JSON");
    assert_eq!(says("", file, &variables, "expect"), "expect = [\"a{1,2}\"]  # CHINWAG_EXPECT");
    let variables = [("CHINWAG_EXEC_ALL", "true")];
    assert_eq!(says("--exec cat", file, &variables, "exec-all"), "exec-all = true  # CHINWAG_EXEC_ALL");
    // What excludes what was given gives way.
    assert_eq!(says("--lines", file, &[], "json"), "# json is not set: false");
}

#[test]
fn what_config_prints_is_a_configuration_file_that_says_the_same() {
    let file = "nick = \"a\\\"b\"\nroom = [\"a\"]\nlisten = true\n\n[history]\nkeep_days = 7\n\n[files]\nfolder = \"/tmp\"\nmax_bytes = 5\n\n[screen]\ntheme = \"light\"\n";
    let (first, _, _) = run("config", file, &[]);
    let (second, _, code) = run("config", &first.join("\n"), &[]);
    let values = |lines: &[String]| -> Vec<String> {
        let is_value = |line: &&String| !line.starts_with('#');
        lines.iter().filter(is_value).map(|line| line.split("  #").next().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!((values(&first), code), (values(&second), 0));
    assert!(
        values(&first).contains(&"keep_days = 7".to_owned())
            && values(&first).contains(&"theme = \"light\"".to_owned())
    );
}

#[test]
fn every_option_has_a_variable_and_a_key() {
    let (out, _, _) = run("config --json", "", &[]);
    let objects: Vec<Value> = out.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let help = run("config --help", "", &[]).0.join("\n");
    assert!(objects.len() > 30);
    for name in objects.iter().map(|object| object["name"].as_str().unwrap()) {
        assert!(help.contains(&format!("--{name}")), "{name}");
        let variable = format!("CHINWAG_{}", name.to_uppercase().replace('-', "_"));
        let (out, err, _) = run("config", "", &[(&variable, "\u{7f}=nonsense(")]);
        let is_heard =
            out.iter().any(|line| line.contains(&variable)) || err.iter().any(|line| line.contains(&variable));
        assert!(is_heard || name == "config" && err[0].contains("cannot read"), "{variable}: {err:?}");
        if name != "config" {
            let (_, err, code) = run("config", &format!("{name} = {{}}"), &[]);
            assert!(code == 2 && err[0].contains(&format!("line 1: {name}: expected ")), "{err:?}");
        }
    }
}

#[test]
fn a_mistake_is_told_with_its_line_or_its_variable_and_what_was_expected() {
    for (file, variables, words) in [
        ("nikc = \"tim\"", &[][..], "line 1: there is no option 'nikc'; did you mean 'nick'?"),
        (
            "\n\nnick = \"a b\"",
            &[],
            "config.toml: line 3: invalid value 'a b' for '--nick <NAME>': 'a b' cannot be a nick",
        ),
        ("bind = 70000", &[], "config.toml: line 1: invalid value '70000' for '--bind <WHERE>': port '70000'"),
        ("json = 1", &[], "line 1: json: expected true or false"),
        ("temp = true\nprofile = \"x\"", &[], "exclude each other: expected one of them"),
        ("[screne]\nbell = true", &[], "line 1: there is no option 'screne'"),
        ("", &[("CHINWAG_TIMEOUT", "soon")], "CHINWAG_TIMEOUT: invalid value 'soon' for '--timeout <SECONDS>'"),
        ("", &[("CHINWAG_TEMP", "perhaps")], "CHINWAG_TEMP: expected true or false"),
    ] {
        let (_, err, code) = run("config", file, variables);
        assert!(err[0].contains(words) && code == 2, "{code}: {err:?}");
    }
    let strange = run("config", "", &[("CHINWAG_NIKC", "x")]).0;
    let expected = "# the variable CHINWAG_NIKC sets nothing; did you mean 'CHINWAG_NICK'?";
    assert!(strange.iter().any(|line| line == expected), "{strange:?}");
}

#[test]
fn what_has_no_meaning_for_a_command_is_left_out_there() {
    let (out, err, code) = run(
        "plain --bind 127.0.0.1:0 --timeout 0.1 127.0.0.1:9",
        "room = \"team\"\nwait-peers = 3",
        &[("CHINWAG_TEMP", "1")],
    );
    assert_eq!((out, code), (vec![], 0), "{err:?}");
    let (_, err, code) = run("plain --temp", "", &[]);
    assert!(code == 2 && err[0].contains("--temp is not for plain"), "{err:?}");
    let (_, err, code) = run("send --count-of 3", "", &[]);
    assert!(code == 2 && err[0].contains("--count-of"), "{err:?}");
}

/// A file of `assets` that is made from the table of options.
fn is_as_made(path: &str, arguments: &str) {
    let (made, err, code) = run(arguments, "", &[]);
    assert_eq!((err, code), (vec![], 0), "{arguments}");
    let made = made.join("\n") + "\n";
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets").join(path);
    if std::env::var_os("CHINWAG_ASSETS").is_some_and(|what| what == "make") {
        let folder = path.parent().expect("it is in assets");
        fs::create_dir_all(folder).and_then(|()| fs::write(&path, &made)).expect("there is room");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == made, "{} is not as made: CHINWAG_ASSETS=make cargo test --test configuration", path.display());
}

#[test]
fn the_manual_and_the_completions_are_as_the_table_of_options_makes_them() {
    is_as_made("completions/chinwag.bash", "completions bash");
    is_as_made("completions/_chinwag", "completions zsh");
    is_as_made("completions/chinwag.fish", "completions fish");
    is_as_made("completions/_chinwag.ps1", "completions powershell");
    is_as_made("man/chinwag.1", "man");
    for word in ["send", "get", "history", "search", "plain", "invite"] {
        is_as_made(&format!("man/chinwag-{word}.1"), &format!("man {word}"));
    }
    is_as_made("man/chinwag-config.5", "man config");
    is_as_made("man/chinwag-json.7", "man json");
}

#[test]
fn the_pages_of_the_manual_are_in_order() {
    if has("man") {
        for entry in fs::read_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/man")).unwrap() {
            let page = entry.unwrap().path();
            let out =
                Command::new("man").args(["-l", "--warnings=all"]).arg(&page).env("MANPAGER", "cat").output().unwrap();
            assert!(out.status.success() && out.stderr.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
        }
    }
}
