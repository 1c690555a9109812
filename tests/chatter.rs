//! The course's chatter with the live screen, on a pseudo-terminal: what is typed stays whole, whatever arrives.

mod common;

use common::Peer;
use common::terminal::Terminal;
use portable_pty::CommandBuilder;

/// `chinwag plain` on a terminal, and its port.
fn chatter(arguments: &str) -> (Terminal, u16) {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_chinwag"));
    command.args(format!("plain -b 127.0.0.1:0 {arguments}").split_whitespace());
    for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("TZ", "UTC")] {
        command.env(name, value);
    }
    let mut terminal = Terminal::run(command);
    let port = terminal.listens();
    (terminal, port)
}

/// The row that is typed into.
fn typed(terminal: &mut Terminal) -> String {
    terminal.lines().last().map(|row| row.trim_end().to_owned()).unwrap_or_default()
}

#[test]
fn fifty_datagrams_tear_nothing_of_a_line_that_is_typed_and_edited_and_it_leaves_as_one() {
    let peer = Peer::bind();
    let (mut tim, port) = chatter(&peer.address().to_string());
    let prompt = format!("[{}]> ", peer.address());
    let mut number = 0;
    let mut ten_arrive = |tim: &mut Terminal, line: &str| {
        for _ in 0..10 {
            number += 1;
            peer.says(port, format!("datagram {number} 你好").as_bytes());
            tim.until(&format!("] datagram {number} 你好"));
            let row = typed(tim);
            assert_eq!(row, format!("{prompt}{line}").trim_end());
        }
    };
    ten_arrive(&mut tim, "");
    tim.types("你好 world");
    tim.until("> 你好 world");
    ten_arrive(&mut tim, "你好 world");
    tim.types("\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D大");
    tim.until("> 你好 大world");
    ten_arrive(&mut tim, "你好 大world");
    tim.types("\x7f宽 ");
    tim.until("> 你好 宽 world");
    ten_arrive(&mut tim, "你好 宽 world");
    tim.types("\x05!\r");
    assert_eq!(peer.hears(), "你好 宽 world!".as_bytes());
    ten_arrive(&mut tim, "");
    assert_eq!(peer.hears_soon(), None, "one datagram left");
    tim.until("sent 1, received 50");
}

#[test]
fn each_line_of_a_paste_is_a_datagram_and_a_slash_is_text() {
    let peer = Peer::bind();
    let (mut tim, _) = chatter(&peer.address().to_string());
    tim.types("\x1b[200~one\rtwo\rthree\rfour\rfive\x1b[201~");
    tim.until("  five");
    tim.types("\r");
    for line in ["one", "two", "three", "four", "five"] {
        assert_eq!(peer.hears(), line.as_bytes());
    }
    tim.types("/quit\r");
    assert_eq!(peer.hears(), b"/quit");
    tim.until("sent 6, received 0");
    tim.types("\rhere");
    tim.until("> here");
    tim.types("\r");
    assert_eq!(peer.hears(), b"here", "an empty line is none");
    tim.until("sent 7, received 0");
}

#[test]
fn a_line_goes_to_whom_its_prompt_names_whoever_writes_meanwhile() {
    let (alice, bob) = (Peer::bind(), Peer::bind());
    let (mut tim, port) = chatter("");
    tim.types("too early\r");
    tim.until("nobody has written yet, so nobody can be answered");
    tim.until("> too early");
    alice.says(port, b"hi");
    let prompt = |peer: &Peer| format!("[{}]> ", peer.address());
    tim.until(&format!("{}too early", prompt(&alice)));
    bob.says(port, b"ho");
    tim.until("] ho");
    assert_eq!(typed(&mut tim), format!("{}too early", prompt(&alice)), "it was begun for alice");
    tim.types("\r");
    assert_eq!(alice.hears(), b"too early");
    tim.until(&prompt(&bob));
    tim.types("to bob\r");
    assert_eq!(bob.hears(), b"to bob");
}

#[test]
fn ctrl_c_on_an_empty_line_ends_it_and_ctrl_d_waits_for_answers() {
    let peer = Peer::bind();
    let (mut tim, _) = chatter(&peer.address().to_string());
    tim.types("a draft");
    tim.until("> a draft");
    tim.types("\x03");
    tim.until("]>  ");
    tim.types("\x03");
    assert_eq!(tim.session.ends(), 0);

    let (mut tim, port) = chatter(&peer.address().to_string());
    tim.types("question\r");
    assert_eq!(peer.hears(), b"question");
    tim.types("\x04");
    peer.says(port, b"answer");
    tim.until("] answer");
    assert_eq!(tim.session.ends(), 0);
}

#[test]
fn who_is_not_there_is_told_and_counted() {
    let dead = Peer::bind().address(); // bound and let go: nobody listens there
    let (mut tim, _) = chatter(&dead.to_string());
    tim.types("hello?\r");
    tim.until(&format!("{dead}: nothing listens there, or a firewall refuses it"));
    tim.until("refused 1");
}
