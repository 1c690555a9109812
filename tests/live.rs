//! The live screen of the real program on a pseudo-terminal: typed into, pasted into, resized, stopped, ended.

mod common;

use common::terminal::Terminal;
use common::{Program, Scratch};
use portable_pty::CommandBuilder;

/// Somebody with a live screen, and somebody else whose lines a test types, in a room of their own.
///
/// To be taken apart whole: `..` drops the folder of both while they use it.
struct Two {
    tim: Terminal,
    alice: Program,
    _scratch: Scratch,
}

fn command(nick: &str, room: &str, scratch: &Scratch) -> CommandBuilder {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_chinwag"));
    let folder = scratch.path().join(nick);
    command.args(format!("-b 127.0.0.1:0 -n {nick} -r {room} --data-dir {}", folder.display()).split_whitespace());
    for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("TZ", "UTC"), ("XTERM_VERSION", "")] {
        command.env(name, value);
    }
    command.env("XDG_CONFIG_HOME", scratch.path());
    command.env("RUST_BACKTRACE", "0");
    command
}

fn two(name: &str, change: impl FnOnce(&mut CommandBuilder)) -> Two {
    let mut both = start(name, change);
    both.tim.until("-- alice is here.");
    both.tim.until("OPEN  alice");
    both
}

fn start(name: &str, change: impl FnOnce(&mut CommandBuilder)) -> Two {
    let scratch = Scratch::new();
    let room = format!("{name}-{}", std::process::id());
    let mut alice = common::chinwag(&format!(
        "-b 127.0.0.1:0 -n alice -r {room} --data-dir {}",
        scratch.path().join("alice").display()
    ));
    alice.listens();
    let mut command = command("tim", &room, &scratch);
    change(&mut command);
    let mut tim = Terminal::run(command);
    tim.watch();
    Two { tim, alice, _scratch: scratch }
}

fn meet(name: &str) -> Two {
    two(name, |_| {})
}

#[test]
fn what_is_typed_and_edited_in_wide_text_arrives_as_it_was_seen() {
    let Two { _scratch, mut tim, mut alice } = meet("typed");
    tim.types("你好吗 wide ");
    tim.types("wrong\x17");
    tim.types("\x01\x1b[C\x1b[C\x7f");
    tim.until("> 你吗 wide");
    tim.types("X\x05👩‍👩‍👧!\x7f\x7f");
    tim.until("> 你X吗 wide");
    tim.types("end\r");
    alice.out.is("<tim> 你X吗 wide end");
    tim.until("✓ 1/1");
    alice.types("hi TIM");
    tim.until("<alice> hi TIM");
}

#[test]
fn the_screen_follows_its_configuration_when_that_is_read_again_and_a_mistake_in_it_changes_nothing() {
    let Two { _scratch: scratch, mut tim, mut alice } = meet("reload");
    let folder = scratch.path().join("chinwag");
    std::fs::create_dir_all(&folder).expect("there is room");
    let writes = |text: &str| std::fs::write(folder.join("config.toml"), text).expect("there is room");
    writes("[screen]\nhighlight = [\"deploy\"]\njoins = \"some\"\n");
    tim.types("/reload\r");
    tim.until("`some`");
    tim.until("stays as it was");
    writes("[screen]\nhighlight = [\"deploy\"]\n[keys]\n\"ctrl+o\" = \"newline\"\n");
    tim.types("/reload\r");
    tim.until("is read again:");
    tim.types("/highlight\r");
    tim.until("highlighted besides your name: deploy");
    tim.types("one\x0ftwo\r");
    alice.out.is("<tim> one");
    alice.out.is("  two");
}

#[test]
fn keys_that_come_byte_by_byte_are_the_same_keys() {
    let Two { _scratch, mut tim, mut alice } = meet("bytes");
    let keys = "one two\x1b[1;5D\x1b[D\x1b[Dx\x1b[F\x1b[200~ pa\rste\x1b[201~\x1bOHé\x1b[1;";
    for byte in keys.as_bytes() {
        std::io::Write::write_all(&mut tim.keys, &[*byte]).expect("the terminal is there");
    }
    tim.until("> onxe two pa");
    tim.until("  éste");
    tim.types("5Cz\r");
    alice.out.is("<tim> onxe two pa");
    alice.out.is("  éstez");
}

/// Somebody whose terminal writes another charset than it says.
#[test]
fn keys_that_are_not_utf_8_are_refused_and_stay_to_be_mended() {
    let Two { _scratch, mut tim, mut alice } = two("bytes-wrong", |command| command.env("LC_ALL", "C"));
    for (keys, words) in [
        (&b"gr\xfc\xdfe"[..], "it is not UTF-8 from byte 3 on, expected text in UTF-8"),
        (b"/me gr\xfc\xdft", "it is not UTF-8 from byte 7 on"),
        (b"\x1b[200~past\xe9\x1b[201~", "it is not UTF-8 from byte 5 on"),
    ] {
        press(&mut tim, keys);
        tim.until("·");
        tim.types("\r");
        tim.until(words);
        tim.types("\x03");
    }
    tim.types("safe\r");
    alice.out.is("<tim> safe");
    tim.types("/join vault\r");
    tim.until("secret of #vault: ");
    press(&mut tim, b"gr\xfcn\r");
    tim.until("it is not UTF-8 from byte 3 on");
    tim.types("\x1b");
    tim.until("ok 1/1  alice\n#");
    tim.types("safe again\r");
    alice.out.is("<tim> safe again");
}

fn press(tim: &mut Terminal, keys: &[u8]) {
    std::io::Write::write_all(&mut tim.keys, keys).expect("the terminal is there");
}

#[test]
fn keys_are_read_in_the_charset_that_the_locale_names() {
    for (locale, keys, text) in [
        ("de_DE.ISO-8859-1", &b"gr\xfc\xdfe"[..], "grüße"),
        ("de_DE@euro.ISO-8859-15", b"5 \xa4", "5 €"),
        ("zh_CN.gb2312", b"\xc4\xe3\xba\xc3", "你好"),
        ("ja_JP.SJIS", b"\x83\x5c\x83\x74\x83\x67", "ソフト"),
    ] {
        let name = format!("locale-{}", &locale[..2]);
        let Two { _scratch, mut tim, mut alice } = two(&name, |command| command.env("LC_ALL", locale));
        for key in keys {
            press(&mut tim, &[*key]);
        }
        press(&mut tim, b"\x1b[200~ ");
        press(&mut tim, keys);
        press(&mut tim, b"\x1b[201~\r");
        alice.out.is(&format!("<tim> {text} {text}"));
    }
    let Two { _scratch, mut tim, mut alice } = start("locale-lines", |command| {
        command.env("LC_ALL", "ru_RU.KOI8-R");
        command.env("TERM", "dumb");
    });
    tim.until("alice is here.");
    press(&mut tim, b"\xd0\xd2\xc9\xd7\xc5\xd4\r");
    alice.out.is("<tim> привет");
}

/// Only who asked for a room waits for its secret.
#[test]
fn while_a_secret_is_asked_for_bots_and_programs_go_on() {
    use std::io::{BufRead, BufReader, Write};
    use std::os::unix::net::UnixStream;
    let Two { mut tim, mut alice, _scratch: scratch } = two("asked", |command| {
        command.args(["--exec", "while read -r message; do echo heard; done"]);
    });
    let mut ask = |text: &str| {
        alice.types(text);
        alice.out.is("<tim> heard");
    };
    ask("before");
    tim.types("/join vault\r");
    tim.until("secret of #vault: ");
    ask("once");
    ask("twice");
    let mut socket = UnixStream::connect(scratch.path().join("tim/default/socket")).expect("a session listens");
    socket.set_read_timeout(Some(common::PATIENCE)).expect("a bound on every wait");
    socket.write_all(b"{\"type\":\"rooms\",\"id\":1}\n").expect("it reads");
    let mut told = BufReader::new(socket).lines().map(|line| line.expect("it answers"));
    assert!(told.any(|line| line.contains("answer") && line.contains("\"id\":1")));
    tim.types("\x1b");
    tim.until("alice\n#");
    tim.types("typed\r");
    alice.out.is("<tim> typed");
}

#[test]
fn a_paste_of_fifty_lines_is_one_message_when_that_is_asked_for_twice() {
    let Two { _scratch, mut tim, mut alice } = meet("paste");
    let lines: Vec<String> = (1..=50).map(|number| format!("line {number}")).collect();
    tim.types(&format!("\x1b[200~{}\x1b[201~", lines.join("\r")));
    tim.until("  line 50");
    tim.types("\r");
    tim.until("50 lines were pasted: Enter again sends them");
    tim.types("\r");
    alice.out.is("<tim> line 1");
    (2..=50).for_each(|number| alice.out.is(&format!("  line {number}")));
}

#[test]
fn a_paste_that_is_too_long_is_kept_and_said_to_be() {
    let Two { _scratch, mut tim, mut alice } = meet("long");
    let text = "words and more ".repeat(7_000);
    for piece in format!("\x1b[200~{text}\x1b[201~").as_bytes().chunks(1024) {
        std::io::Write::write_all(&mut tim.keys, piece).expect("the terminal is there");
    }
    tim.until("words and more");
    tim.types("\r");
    tim.until("it is 105000 bytes long, a message has at most 65536");
    tim.types("\x03short\r");
    alice.out.is("<tim> short");
}

#[test]
fn what_is_pasted_while_a_secret_is_derived_is_said_in_the_sealed_room() {
    let Two { _scratch, mut tim, mut alice } = meet("derived");
    tim.types("/join vault\r");
    tim.until("secret of #vault: ");
    tim.types("a long passphrase that is not weak at all 7391\r");
    tim.until("#vault> ");
    tim.types("\x1b[200~for the vault\nalone\x1b[201~");
    tim.types("\r");
    tim.until("2:#vault sealed");
    tim.until("#vault <tim> for the vault");
    tim.types("\x1b1");
    tim.until("1:#derived");
    tim.types("for all\r");
    alice.out.is("<tim> for all");
    alice.types("hi tim");
    tim.until(&format!("#derived-{} <alice> hi tim", std::process::id()));
}

#[test]
fn lines_pasted_into_a_terminal_that_does_not_mark_it_are_not_sent() {
    let Two { _scratch, mut tim, mut alice } = meet("burst");
    tim.types("/quit\rrm -rf\r");
    tim.until("  rm -rf");
    tim.types("\x03safe\r");
    alice.out.is("<tim> safe");
}

#[test]
fn keys_go_where_the_prompt_says_also_those_behind_a_change_of_place_in_one_piece() {
    let Two { _scratch, mut tim, alice: _alice } = start("place", |command| {
        command.args(["-r", "second"]);
    });
    tim.until("\n#place");
    tim.types("for the first\x1b2for the second\x1b1\x05!");
    tim.until("> for the first!");
    tim.types("\x1b2");
    tim.until("#second> for the second");
    tim.types("\x15/room lobby\r");
    tim.until("'lobby' is none of your rooms");
    tim.until("\n#second>");
}

#[test]
fn who_comes_back_sees_the_last_lines_and_from_where_on_they_are_new() {
    let Two { _scratch: scratch, mut tim, mut alice } = meet("again");
    alice.types("seen before");
    tim.until("<alice> seen before");
    tim.types("bye\r");
    tim.until("✓ 1/1  alice");
    tim.types("\x04");
    assert_eq!(tim.session.ends(), 0);
    alice.out.is("<tim> bye");
    while alice.err.line() != "tim left." {}
    alice.types("said meanwhile");
    let room = format!("again-{}", std::process::id());
    let mut tim = Terminal::run(command("tim", &room, &scratch));
    tim.watch();
    tim.until("<alice> seen before");
    tim.until("<tim> bye");
    tim.until("-- new since ");
    tim.until("<alice> said meanwhile");
    let shown = tim.lines();
    for once in ["seen before", "<tim> bye", "said meanwhile"] {
        assert_eq!(shown.iter().filter(|line| line.contains(once)).count(), 1, "{shown:#?}");
    }
}

/// Each change of the size waits to be the last one, so four terminals go through theirs at a time.
#[test]
fn whatever_its_sizes_were_each_line_is_there_once_and_nothing_stale() {
    std::thread::scope(|scope| {
        for rng in 7..11 {
            scope.spawn(move || resized(50, rng));
        }
    });
}

/// So many lines come, each at another size of the terminal.
fn resized(lines: usize, mut rng: u64) {
    let Two { _scratch, mut tim, mut alice } = meet(&format!("sizes{rng}"));
    let mut next = |from: u16, to: u16| {
        rng = rng.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        from + u16::try_from((rng >> 33) % u64::from(to - from)).expect("small")
    };
    tim.types("a draft that is long enough to be wrapped where the terminal is narrow");
    tim.until("a draft that is long");
    for number in 0..lines {
        tim.resize(next(20, 130), next(6, 45));
        alice.types(&format!("{number:03} https://example.org/a/long/address/that/is/wrapped/{number:03}.html"));
        until_line(&mut tim, &format!("wrapped/{number:03}.html"));
    }
    let shown = tim.lines();
    for number in 0..lines {
        let whole = format!("<alice> {number:03} https://example.org/a/long/address/that/is/wrapped/{number:03}.html");
        assert_eq!(
            shown.iter().filter(|line| line.contains(&whole)).count(),
            1,
            "{number}: {:#?}",
            &shown[number..shown.len().min(number + 12)]
        );
    }
    assert_eq!(shown.iter().filter(|line| line.contains("OPEN  ")).count(), 1, "{shown:#?}");
    assert_eq!(shown.iter().filter(|line| line.contains("> a draft")).count(), 1, "{shown:#?}");
}

fn until_line(tim: &mut Terminal, text: &str) {
    while !tim.lines().iter().any(|line| line.contains(text)) {
        assert!(tim.look(), "expected {text:?} among {:#?}", tim.lines());
    }
}

#[test]
fn blanks_and_a_wide_slash_before_a_command_are_still_the_command() {
    let Two { _scratch, mut tim, mut alice } = meet("blanks");
    tim.types(" /msg nobody psst\r");
    tim.until("nobody here is called 'nobody'");
    tim.types("　／nick　zoe\r");
    tim.until("you are zoe now");
    tim.types("\x1b[200~/quit\x1b[201~");
    tim.types("\x01 \r"); // what was pasted is text, also behind a blank that was typed
    alice.out.is("<zoe>  /quit");
    tim.types("/etc/hosts is broken\r");
    alice.out.is("<zoe> /etc/hosts is broken");
}

#[test]
fn the_status_row_tells_of_the_newest_line_and_to_whom_it_went() {
    let Two { _scratch, mut tim, mut alice } = meet("newest");
    tim.types("for all\r");
    tim.until("✓ 1/1");
    tim.types("/msg alice psst\r");
    alice.out.is("<tim> for all");
    alice.out.is("<tim → me> psst");
    let screen = tim.until("OPEN  ✓ alice");
    assert!(!screen.contains("✓ 1/1"), "{screen}");
    tim.types("for all again\r");
    tim.until("OPEN  ✓ 1/1");
}

#[test]
fn tab_puts_no_petname_into_what_others_read() {
    let Two { _scratch, mut tim, mut alice } = meet("petname");
    tim.types("/petname alice boss\r");
    tim.until("alice is boss here");
    tim.until("OPEN  boss");
    for (keys, line) in [("bo\t", "bo"), ("see al\t", "see alice "), ("al\t", "alice: "), ("/me hugs bo\t", "bo")] {
        tim.types(&format!("{keys}."));
        tim.until(&format!("{line}."));
        tim.types("\x03");
    }
    tim.types("/msg bo\thi\r");
    alice.out.is("<tim → me> hi");
}

#[test]
fn an_invitation_is_asked_about_also_where_lines_are_typed_as_ever() {
    let Two { _scratch, mut tim, mut alice } = start("asked", |command| command.env("TERM", "dumb"));
    tim.until("alice is here.");
    let line = "chinwag:team#zebra-zone";
    tim.types(&format!("{line}\r"));
    tim.until("that looks like an invitation: expected it once more, if it is to be said");
    tim.types("something else\r");
    alice.out.is("<tim> something else");
    tim.types(&format!("{line}\r{line}\r"));
    alice.out.is(&format!("<tim> {line}"));
}

/// Alice does not answer any more: the line waits for her, and who leaves meanwhile is told.
#[test]
fn who_leaves_before_a_line_is_confirmed_is_told_what_becomes_of_it() {
    let Two { mut tim, alice, _scratch } = two("unsaid", |_| {});
    alice.signal("STOP");
    tim.types("see you\r");
    tim.until("sending…");
    tim.types("/quit\r");
    tim.until("not everybody has confirmed one of your messages: they are sent again when");
    assert_eq!(tim.session.ends(), 0);
    alice.signal("CONT");
}

#[test]
fn a_session_that_is_stopped_leaves_the_terminal_to_the_shell_and_comes_back() {
    let Two { _scratch, mut tim, mut alice } = start("job", |command| {
        let (program, arguments) =
            command.get_argv().split_first().map(|(first, rest)| (first.clone(), rest.to_vec())).expect("a program");
        let words: Vec<String> = arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        let script =
            format!("set -m; '{}' {}; echo the shell goes on; read go; fg", program.to_string_lossy(), words.join(" "));
        *command.get_argv_mut() = ["sh", "-c", &script].map(Into::into).to_vec();
    });
    tim.until("OPEN  alice");
    tim.types("draft");
    tim.until("> draft");
    tim.types("\x1a");
    let shown = tim.until("the shell goes on");
    assert!(!shown.contains("> draft") && !shown.contains("OPEN  alice"), "{shown}");
    tim.until_cooked(true);
    tim.types("go\r");
    tim.until_cooked(false);
    tim.until("> draft");
    tim.types("ed\r");
    alice.out.is("<tim> drafted");
    tim.types("/quit\r");
    tim.until_cooked(true);
}

#[test]
fn a_session_that_no_shell_could_continue_is_not_stopped() {
    let Two { _scratch, mut tim, mut alice } = meet("leader");
    tim.types("\x1a");
    tim.until("no shell started it that could go on with it");
    tim.types("hi\r");
    alice.out.is("<tim> hi");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a pause is what it is about")]
fn what_was_waiting_while_the_program_was_stopped_is_still_pasted() {
    let Two { _scratch, mut tim, mut alice } = meet("paused");
    tim.types("\x1b[200~hello");
    tim.signal("STOP");
    tim.types("\r/quit\r\x1b[201~");
    std::thread::sleep(std::time::Duration::from_millis(2_200)); // longer than the rest of a paste is waited for
    tim.signal("CONT");
    tim.until("  /quit");
    tim.types("\x03safe\r");
    alice.out.is("<tim> safe");
}

#[test]
fn however_it_ends_the_terminal_is_given_back() {
    for (name, end, status) in [
        ("quit", "/quit\r", None),
        ("d", "\x04", None),
        ("c", "\x03\x03", None),
        ("panic", "/panic\r", None),
        ("TERM", "", Some("Terminated")),
        ("INT", "", Some("Interrupt")),
        ("HUP", "", Some("Hangup")),
    ] {
        let Two { _scratch, mut tim, alice: _alice } = two(name, |command| command.env("CHINWAG_TEST_PANIC", "1"));
        tim.until_cooked(false);
        match status {
            Some(_) => tim.signal(name),
            None => end.split_inclusive('\r').for_each(|keys| tim.types(keys)),
        }
        if let Some(status) = status {
            assert_eq!(tim.session.died_of().as_deref(), Some(status), "{name}");
        } else {
            assert_eq!(tim.session.ends(), if name == "panic" { 101 } else { 0 }, "{name}");
        }
        assert!(tim.is_cooked(), "{name}");
        tim.rest();
        let screen = tim.screen.screen();
        assert!(!screen.bracketed_paste() && !screen.hide_cursor(), "{name}");
        assert_eq!(screen.contents().contains("a panic was asked for"), name == "panic", "{}", screen.contents());
        assert_eq!(screen.contents().contains("OPEN  alice"), name == "panic", "{}", screen.contents());
    }
}

#[test]
fn a_terminal_that_is_gone_ends_the_session() {
    let scratch = Scratch::new();
    let room = format!("gone-{}", std::process::id());
    let mut alice = common::chinwag(&format!("-b 127.0.0.1:0 -n alice -r {room} --temp"));
    alice.listens();
    alice.err.line();
    let tim = Terminal::run(command("tim", &room, &scratch));
    assert_eq!(alice.err.line(), "tim is here."); // now it runs
    let Terminal { master, keys, mut session, .. } = tim;
    drop((master, keys));
    assert_eq!(session.died_of(), Some("Hangup".to_owned()));
}

#[test]
fn what_is_typed_goes_on_in_an_editor_while_others_talk() {
    let Two { _scratch, mut tim, mut alice } = two("editor", |command| {
        command.env("EDITOR", "sh -c 'read go; printf \"\\357\\273\\277edited\\n\" > \"$0\"'"); // with a byte order mark
    });
    tim.types("draft\x18");
    tim.until_cooked(true);
    alice.types("meanwhile");
    tim.types("go\r");
    tim.until("<alice> meanwhile");
    tim.until("> edited");
    tim.types("\r");
    alice.out.is("<tim> edited");
}

#[test]
fn what_was_typed_comes_back_in_the_next_session_and_nobody_else_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let Two { mut tim, mut alice, _scratch: scratch } = meet("again");
    tim.types("to be said again\r");
    alice.out.is("<tim> to be said again");
    tim.types("\x04");
    assert_eq!(tim.session.ends(), 0);
    let kept = std::fs::metadata(scratch.path().join("tim/default/typed")).expect("a file");
    assert_eq!(kept.permissions().mode() & 0o777, 0o600);
    let mut tim = Terminal::run(command("tim", &format!("again-{}", std::process::id()), &scratch));
    tim.watch();
    tim.until("OPEN  alice");
    tim.types("\x1b[A");
    tim.until("> to be said again");
}

#[test]
fn where_no_cursor_can_be_moved_lines_are_printed_and_typed_as_ever() {
    let Two { _scratch, mut tim, mut alice } = start("linear", |command| command.env("TERM", "dumb"));
    tim.until("alice is here.");
    tim.types("/who\r");
    tim.until("and you, tim");
    tim.types("hi\r");
    alice.out.is("<tim> hi");
    assert!(tim.is_cooked());
}
