//! What a command says of itself: its help, its page of the manual and what shells complete list what it takes, and nothing
//! else; who gives it something else is told what was meant.

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use common::terminal::Terminal;
use common::{Program, Scratch, chinwag, chinwag_command, has};
use portable_pty::CommandBuilder;

/// The options that a text lists: `--room` of `  -r, --room <NAME>  …`. What is indented further explains them.
fn options_in(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter(|line| !line.starts_with("        ")).map(str::trim_start);
    let lines = lines.filter(|line| line.starts_with('-'));
    let words = lines.flat_map(|line| line.split([' ', ',', '=']).take(3));
    words.filter(|word| word.starts_with("--")).map(|word| word.trim_end_matches("...").to_owned()).collect()
}

fn output(command: &mut Command) -> String {
    let out = command.output().expect("it runs");
    assert!(out.status.success(), "{command:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("it prints text")
}

/// What a shell is offered for the last of these words.
fn completed(words: &[&str], data_dir: Option<&Path>) -> BTreeSet<String> {
    let mut command = chinwag_command("--");
    command.args(words).env("_CHINWAG_COMPLETE", "bash").env("_CLAP_IFS", "\n");
    command.env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string());
    command.env("CHINWAG_DATA_DIR", data_dir.unwrap_or(Path::new("/dev/null")));
    output(&mut command).lines().map(str::to_owned).collect()
}

#[test]
fn help_manual_and_completion_of_a_command_list_the_same_options() {
    for word in ["send", "get", "history", "search", "plain", "invite"] {
        let help = options_in(&output(&mut chinwag_command(&format!("{word} --help"))));
        assert!(help.len() > 5, "{word}: {help:?}");
        assert_eq!(help, options_in(&output(&mut chinwag_command(&format!("{word} -h")))), "{word}");
        assert_eq!(help, options_in(&output(&mut chinwag_command(&format!("help {word}")))), "{word}");
        assert_eq!(help, completed(&["chinwag", word, "--"], None), "{word}");
        let page =
            output(&mut chinwag_command(&format!("man {word}"))).replace('\\', "").replace("fB", "").replace("fR", "");
        let of_page: Vec<&str> = page.lines().skip_while(|line| *line != ".SH OPTIONS").collect();
        assert_eq!(help, options_in(&of_page.join("\n")), "{word}");
    }
    let help = options_in(&output(&mut chinwag_command("--help")));
    assert!(help.contains("--exec") && !help.contains("--until") && !help.contains("--to"), "{help:?}");
    for word in ["completions", "man"] {
        let help = options_in(&output(&mut chinwag_command(&format!("{word} --help"))));
        assert_eq!(help.into_iter().collect::<Vec<_>>(), ["--help", "--version"]);
    }
}

#[test]
fn the_help_of_send_begins_with_three_examples() {
    let help = output(&mut chinwag_command("send --help"));
    let lines: Vec<&str> = help.lines().take(5).collect();
    assert_eq!(lines[0], "Examples:");
    assert!(lines[1].starts_with("  chinwag send build 17 is ready ") && lines[4].is_empty(), "{lines:?}");
}

#[test]
fn no_line_of_the_short_help_needs_more_than_a_hundred_cells_and_no_example_more_than_eighty() {
    for word in ["", "send", "get", "history", "search", "plain", "invite", "config", "completions", "man"] {
        let help = output(&mut chinwag_command(&format!("{word} -h")));
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{word}: {help}");
        let is_example = |line: &&str| line.starts_with("  ") && line.contains("chinwag ") && !line.contains('<');
        assert!(help.lines().filter(is_example).all(|line| line.chars().count() <= 80), "{word}: {help}");
    }
}

/// What is said of these arguments, and the usage that is shown with it.
fn refused(arguments: &str) -> (String, String) {
    let mut program = chinwag(arguments);
    let lines = program.err.rest();
    assert_eq!(program.code(), 2, "{arguments}");
    let usage = lines.iter().find(|line| line.starts_with("Usage: ")).cloned().unwrap_or_default();
    (lines[0].clone(), usage)
}

#[test]
fn who_gives_an_option_to_a_command_that_does_not_take_it_sees_how_that_command_is_used() {
    for (arguments, why, usage) in [
        ("send --export x hi", "--export is not for send, which says one thing and ends", "send [OPTIONS] [TEXT]..."),
        ("--until 3d", "--until is not for a session; it is of history and search", "[OPTIONS]"),
        ("search --listen x", "--listen is not for reading what a profile has kept", "search [OPTIONS] <WORDS>..."),
        ("invite --nick x", "--nick is not for invite, which needs a room and a profile alone", "invite [OPTIONS]"),
        ("man --json", "--json is not for man, which takes no options", "man [PAGE]"),
    ] {
        assert_eq!(refused(arguments), (format!("error: {why}"), format!("Usage: chinwag {usage}")));
    }
}

#[test]
fn words_without_a_command_are_answered_with_the_command_that_was_meant() {
    for (arguments, told) in [
        ("hello world", "there is no command 'hello'; to say it: chinwag send hello world"),
        ("--json good morning", "there is no command 'good'; to say it: chinwag send good morning"),
        ("history soup", "history takes no words; to look for them: chinwag search soup"),
        ("history --since 3d a b", "history takes no words; to look for them: chinwag search a b"),
        ("serach soup", "unrecognized subcommand 'serach'"),
    ] {
        assert_eq!(refused(arguments).0, format!("error: {told}"));
    }
}

#[test]
fn send_on_a_terminal_says_how_a_message_is_ended() {
    let scratch = Scratch::new();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_chinwag"));
    command.args(["send", "--no-lan", "-b", "127.0.0.1:0", "--temp"]);
    command.env("XDG_CONFIG_HOME", scratch.path());
    let mut terminal = Terminal::run(command);
    terminal.watch();
    terminal.until("type the message, Ctrl+D sends it");
    terminal.types("hi\r\x04");
    assert_eq!(terminal.session.ends(), 3, "nobody is there");
}

#[test]
fn an_invitation_goes_to_a_new_file_that_its_owner_alone_may_read() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new();
    let (data, file) = (scratch.path().join("data"), scratch.path().join("invitation"));
    let run = |file: &Path| {
        let mut command = chinwag_command("invite -r team --data-dir");
        Program::start(command.arg(&data).arg("--out").arg(file))
    };
    let missing = scratch.path().join("no folder").join("invitation");
    let mut program = run(&missing);
    assert!(program.err.line().contains("cannot write"));
    assert_eq!(program.code(), 1);
    assert!(!data.join("default").join("room-team").exists(), "nothing was sealed");

    let mut program = run(&file);
    assert!(program.err.line().contains(&format!("The invitation is in {}", file.display())));
    assert_eq!((program.code(), program.out.rest()), (0, vec![]));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let invitation = std::fs::read_to_string(&file).unwrap();
    assert!(invitation.contains("chinwag:team#"), "{invitation}");

    let mut program = run(&file);
    assert!(program.err.line().contains("exists"), "it is not written over");
    assert_eq!(program.code(), 1);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), invitation);
}

#[test]
fn shells_complete_rooms_profiles_interfaces_charsets_and_who_is_here() {
    let scratch = Scratch::new();
    let (data, room) = (scratch.path(), format!("complete-{}", std::process::id()));
    let session = |arguments: &str| {
        let mut program = Program::start(&mut chinwag_command(&format!("-b 127.0.0.1:0 -r {room} {arguments}")));
        let port = program.listens();
        (program, port)
    };
    let (mut ann, port) = session(&format!("--no-lan -n ann --data-dir {}", data.display()));
    let (_bob, _) = session(&format!("--no-lan -n bob --temp -p 127.0.0.1:{port}"));
    while ann.err.line() != "bob is here." {}
    ann.types("kept");
    let of = |words: &[&str]| completed(words, Some(data));
    assert_eq!(of(&["chinwag", "send", "--to", "b"]), BTreeSet::from(["bob".to_owned()]));
    assert_eq!(of(&["chinwag", "--profile", ""]), BTreeSet::from(["default".to_owned()]));
    assert!(of(&["chinwag", "plain", "--interface", ""]).contains("lo"));
    assert!(of(&["chinwag", "plain", "--charset", "g"]).is_superset(&BTreeSet::from(["gbk".into(), "gb18030".into()])));
    ann.end_input();
    ann.code();
    assert_eq!(of(&["chinwag", "--room", "complete"]), BTreeSet::from([room]));
    assert!(of(&["chinwag", "history", "--from", ""]).contains("ann"));
}

#[test]
fn the_scripts_of_bash_zsh_and_fish_complete_words_options_and_values() {
    let bin = Path::new(env!("CARGO_BIN_EXE_chinwag")).parent().expect("a program is in a folder");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let script = |file: &str| format!("{}/assets/completions/{file}", env!("CARGO_MANIFEST_DIR"));
    let run = |shell: &str, line: &str| {
        output(Command::new(shell).args(["-c", line]).env("PATH", &path).env("HOME", "/nonexistent"))
    };
    if has("bash") {
        let ask = |words: &str, index: u32, last: &str| {
            let line = format!(
                "source {}; COMP_WORDS=({words}); COMP_CWORD={index}; _clap_complete_chinwag chinwag '{last}' x; \
                 echo \"${{COMPREPLY[@]}}\"",
                script("chinwag.bash")
            );
            run("bash", &line).trim().to_owned()
        };
        assert_eq!(ask("chinwag --expect-o", 1, "--expect-o"), "--expect-ordered");
        assert_eq!(ask("chinwag plain --charset b", 3, "b"), "big5");
    }
    if has("fish") {
        let ask = |line: &str| run("fish", &format!("source {}; complete -C '{line}'", script("chinwag.fish")));
        assert!(ask("chinwag his").starts_with("history\t"));
        assert!(ask("chinwag plain --charset bi").starts_with("big5"));
    }
    if has("zsh") {
        let line =
            format!("autoload -U compinit; compinit -D; source {}; echo ${{_comps[chinwag]}}", script("_chinwag"));
        assert_eq!(run("zsh", &line).trim(), "_clap_dynamic_completer_chinwag");
    }
}
