//! A session on a terminal without the live screen, seen through a terminal emulator.

mod common;

use common::terminal::Terminal;
use common::{Peer, chinwag};
use portable_pty::CommandBuilder;

#[test]
fn two_people_chat() {
    let (mut alice, alice_port) = Terminal::watched("");
    let (mut bob, _) = Terminal::watched(&format!("127.0.0.1:{alice_port}"));
    alice.until("waiting for the first message; to write first, name a peer as HOST:PORT");
    bob.types("你好 alice\r");
    alice.until("] 你好 alice");
    alice.types("hello bob\r");
    bob.until(&format!("[127.0.0.1:{alice_port}] hello bob"));
    bob.types("\x04");
    assert_eq!(bob.session.ends(), 0);
}

#[test]
fn ctrl_d_ends_it_even_before_anybody_wrote() {
    let (mut terminal, _) = Terminal::watched("");
    terminal.until("waiting for the first message");
    terminal.types("\x04");
    assert_eq!(terminal.session.ends(), 0);
}

#[test]
fn what_was_typed_and_not_taken_is_not_left_to_the_shell() {
    let mut command = CommandBuilder::new("sh");
    let script =
        r#""$0" plain --lines --bind 127.0.0.1:0 --expect bye; echo over; read line; echo "the shell read $line""#;
    command.args(["-c", script, env!("CARGO_BIN_EXE_chinwag")]);
    let mut terminal = Terminal::run(command);
    let port = terminal.listens();
    terminal.types("secret\r");
    terminal.until("secret");
    Peer::bind().says(port, b"bye");
    terminal.until("over");
    terminal.types("next\r");
    terminal.until("the shell read next");
}

#[test]
fn an_empty_line_is_not_sent() {
    let peer = Peer::bind();
    let (mut terminal, _) = Terminal::watched(&peer.address().to_string());
    terminal.types("\r\r\rhi\r");
    assert_eq!(peer.hears(), b"hi");
    terminal.types("\x03");
    assert_ne!(terminal.session.ends(), 0, "Ctrl+C is a signal");
}

#[test]
fn no_datagram_changes_the_terminal_and_the_next_one_is_shown() {
    let (mut terminal, port) = Terminal::watched("127.0.0.1:9");
    let peer = Peer::bind();
    let all: Vec<u8> = (0..=255).collect();
    let longest = "m".repeat(65_507);
    let attacks: [&[u8]; 9] = [
        b"\x1b[2J\x1b[H",
        b"\x1b[?1049h\x1b[?25l\x1b[31;1m",
        b"\x1b]0;title\x07\x1b]52;c;aGk=\x07",
        b"\x1bc\x1b#8\x1b(0\x0e",
        "\u{9b}2J\u{90}q\u{9c}".as_bytes(),
        &all,
        longest.as_bytes(),
        "\u{202e}reversed\u{2066}\u{200b}".as_bytes(),
        b"",
    ];
    for attack in attacks {
        peer.says(port, attack);
    }
    peer.says(port, "the next message".as_bytes());
    let shown = terminal.until(&format!("[{}] the next message", peer.address()));
    assert!(shown.contains(r"\u{202e}reversed\u{2066}\u{200b}"), "{shown}");
    let screen = terminal.screen.screen();
    assert!(!screen.alternate_screen() && !screen.hide_cursor());
    assert_eq!((screen.fgcolor(), screen.bold()), (vt100::Color::Default, false));
    assert_eq!(screen.cursor_position().1, 0, "the cursor stands at the beginning of a row");
}

#[test]
fn a_terminal_that_nobody_reads_stops_neither_input_nor_signals() {
    let peer = Peer::bind();
    let mut terminal = Terminal::start(&peer.address().to_string());
    terminal.types("hi\r");
    let (_, chinwag) = peer.hears_from();
    let big = vec![b'x'; 60_000];
    for n in 0..20 {
        peer.says(chinwag.port(), &big);
        terminal.types(&format!("line {n}\r"));
        assert_eq!(peer.hears(), format!("line {n}").as_bytes());
    }
    let id = terminal.session.0.process_id().expect("it runs");
    let killed = std::process::Command::new("sh").arg("-c").arg(format!("kill -TERM {id}")).status();
    assert!(killed.expect("sh is there").success());
    assert_ne!(terminal.session.ends(), 0);
}

#[test]
fn a_terminal_that_is_gone_ends_the_session() {
    let peer = Peer::bind();
    let mut terminal = Terminal::start(&peer.address().to_string());
    terminal.types("hi\r");
    assert_eq!(peer.hears(), b"hi"); // now it runs
    let Terminal { master, keys, mut session, .. } = terminal;
    drop((master, keys));
    assert_eq!(session.died_of(), Some("Hangup".to_owned()));
}

#[test]
fn what_was_missed_stands_under_its_day_with_its_times() {
    let scratch = common::Scratch::new();
    let room = format!("screen-{}", std::process::id());
    let options = |nick: &str| {
        let folder = scratch.path().join(nick);
        format!("-b 127.0.0.1:0 -n {nick} -r {room} --data-dir {}", folder.display())
    };
    let mut alice = common::chinwag(&options("alice"));
    alice.listens();
    for number in 1..=15 {
        alice.types(&format!("line {number}"));
    }
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_chinwag"));
    command.args(options("bob").split_whitespace());
    command.arg("--lines");
    command.env("TZ", "UTC");
    let mut bob = Terminal::run(command);
    bob.watch();
    let shown = bob.until("<alice> line 15");
    assert!(shown.contains("-- earlier, "), "{shown}");
    let lines: Vec<&str> = shown.lines().collect();
    let last = lines.iter().find(|line| line.ends_with("<alice> line 15")).expect("it is there");
    let time = last.strip_suffix(" <alice> line 15").expect("a time before it");
    assert!(time.len() == 5 && time.as_bytes()[2] == b':', "{time}");
    alice.types("new");
    let shown = bob.until("-- now --");
    bob.until("\n<alice> new");
    assert!(shown.contains("<alice> line 15\n-- now --"), "{shown}");
    bob.types("/search new\r");
    bob.until("/search new\n-- earlier, ");
}

#[test]
fn a_machine_that_nobody_sits_before_goes_on_when_its_terminal_is_closed() {
    let port = chinwag("--temp --no-lan -b 127.0.0.1:0").listens(); // a free one
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_chinwag"));
    command.args(format!("--headless --temp --no-lan -n office -b 127.0.0.1:{port}").split_whitespace());
    let Terminal { master, keys, session, .. } = Terminal::run(command);
    let meets = |nick: &str| {
        let mut program = chinwag(&format!("--temp --no-lan -b 127.0.0.1:0 -n {nick} -p 127.0.0.1:{port}"));
        while program.err.line() != "office is here, and nobody sits before it." {}
        program
    };
    let _alice = meets("alice");
    drop((master, keys));
    let _bob = meets("bob");
    drop(session);
}
