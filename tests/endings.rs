//! How a session ends: end of input, exit codes, signals, and readers that go away or stop.

mod common;

use std::io::Read;
use std::process::{ChildStdout, Stdio};

use common::{Peer, Program, Scratch, chinwag, plain, shell};

#[test]
fn input_without_one_line_ends_at_once_whether_or_not_somebody_is_named() {
    for peer in ["", "127.0.0.1:9"] {
        let script = format!(r#": | "$0" plain --bind 127.0.0.1:0 {peer}; exit $?"#);
        assert_eq!(shell(&script).ends(), 0, "an empty pipe, peer {peer:?}");
        let folder = Scratch::new();
        let empty = folder.path().join("empty");
        std::fs::write(&empty, "").unwrap();
        let script = format!(r#""$0" plain --bind 127.0.0.1:0 {peer} < {}"#, empty.display());
        assert_eq!(shell(&script).ends(), 0, "an empty file, peer {peer:?}");
        let (mut program, _) = plain(peer);
        program.end_input();
        assert_eq!(program.code(), 0, "a pipe that is closed later, peer {peer:?}");
    }
}

#[test]
fn dev_null_and_a_closed_descriptor_0_are_listeners_until_a_signal() {
    for script in [r#"exec "$0" plain --bind 127.0.0.1:0 </dev/null"#, r#"exec "$0" plain --bind 127.0.0.1:0 <&-"#] {
        let mut listener = shell(script);
        let port = listener.listens();
        let peer = Peer::bind();
        for n in 0..3 {
            peer.says(port, format!("message {n}").as_bytes());
            listener.out.is(&format!("[{}] message {n}", peer.address()));
        }
        listener.signal("TERM");
        assert_eq!(listener.code(), 128 + 15);
    }
}

#[test]
fn a_file_is_sent_to_its_last_line() {
    let (mut receiver, port) = plain("");
    let folder = Scratch::new();
    let file = folder.path().join("lines");
    let lines: Vec<String> = (0..200).map(|n| format!("line {n} 中文")).collect();
    std::fs::write(&file, lines.join("\n")).unwrap();
    let sender = shell(&format!(r#""$0" plain --bind 127.0.0.1:0 127.0.0.1:{port} < {}"#, file.display()));
    for line in lines {
        assert!(receiver.out.line().ends_with(&format!("] {line}")));
    }
    assert_eq!(sender.ends(), 0);
}

#[test]
fn answers_that_come_after_the_end_of_input_are_shown() {
    let peer = Peer::bind();
    let (mut requester, port) = plain(&format!("--timeout 60 {}", peer.address()));
    requester.types("question");
    requester.end_input();
    assert_eq!(peer.hears(), b"question");
    peer.says(port, b"first answer");
    requester.out.is(&format!("[{}] first answer", peer.address()));
    peer.says(port, b"second answer");
    requester.out.is(&format!("[{}] second answer", peer.address()));
}

#[test]
fn after_a_quiet_second_it_is_over() {
    let peer = Peer::bind();
    let (mut requester, _) = plain(&peer.address().to_string());
    requester.types("question");
    assert_eq!(requester.ends(), 0);
    assert_eq!(peer.hears(), b"question");
}

#[test]
fn listen_stays_after_the_end_of_input() {
    let peer = Peer::bind();
    let (mut program, port) = plain(&format!("--listen --timeout 0 {}", peer.address()));
    program.types("hi");
    program.end_input();
    assert_eq!(peer.hears(), b"hi");
    // Another program waits out its time meanwhile: this one would have ended in it.
    assert_eq!(chinwag("plain --bind 127.0.0.1:0 --timeout 0.2").code(), 3);
    peer.says(port, b"still there?");
    program.out.is(&format!("[{}] still there?", peer.address()));
    program.signal("INT");
    assert_eq!(program.code(), 128 + 2);
}

#[test]
fn expect_prints_the_first_match_alone_and_exits_0() {
    let peer = Peer::bind();
    let (mut program, port) = plain(&format!("--expect ^pong {}", peer.address()));
    program.types("ping");
    program.end_input();
    assert_eq!(peer.hears(), b"ping");
    for text in ["something else", "a pong inside", "pong 1", "pong 2"] {
        peer.says(port, text.as_bytes());
    }
    assert_eq!(program.out.rest(), [format!("[{}] pong 1", peer.address())]);
    assert_eq!(program.code(), 0);
}

#[test]
fn what_did_not_come_in_time_has_a_code_of_its_own() {
    let peer = Peer::bind();
    assert_eq!(plain(&format!("--expect x --timeout 0.1 {}", peer.address())).0.code(), 5);
    assert_eq!(plain("--expect x --timeout 0.1").0.code(), 5);
    assert_eq!(plain("--timeout 0.1").0.code(), 3);
}

#[test]
fn when_every_peer_refused_nobody_was_there() {
    let dead = Peer::bind().address();
    let (mut program, _) = plain(&dead.to_string());
    program.types("anybody?");
    program.err.is(&format!("{dead}: nothing listens there, or a firewall refuses it"));
    assert_eq!(program.ends(), 3);
}

#[test]
fn signals_end_it_with_their_own_code() {
    for (name, number) in [("INT", 2), ("TERM", 15), ("HUP", 1), ("PIPE", 13)] {
        let (mut program, _) = plain("");
        program.signal(name);
        assert_eq!(program.code(), 128 + number, "SIG{name}");
    }
}

#[test]
fn nohup_keeps_it_alive() {
    let mut program = shell(r#"trap '' HUP; exec "$0" plain --bind 127.0.0.1:0"#);
    let port = program.listens();
    program.signal("HUP");
    let peer = Peer::bind();
    peer.says(port, b"still there?");
    program.out.is(&format!("[{}] still there?", peer.address()));
}

#[test]
fn a_closed_reader_ends_it_quietly_before_anything_comes() {
    let mut program = shell(r#"{ "$0" plain --bind 127.0.0.1:0 --listen; echo code $? >&2; } | true"#);
    program.listens();
    program.err.is("code 0");
}

#[test]
fn head_takes_its_line_and_the_chatter_ends() {
    let mut program = shell(r#""$0" plain --bind 127.0.0.1:0 </dev/null | head -n 1"#);
    let port = program.listens();
    let peer = Peer::bind();
    peer.says(port, b"one");
    program.out.is(&format!("[{}] one", peer.address()));
    assert_eq!(program.code(), 0);
}

/// A session whose standard output is a pipe that nobody reads yet.
fn unread() -> (Program, ChildStdout) {
    let mut command = common::chinwag_command("plain --bind 127.0.0.1:0");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("chinwag starts");
    let stdout = child.stdout.take().expect("piped");
    (Program::adopt(child), stdout)
}

#[test]
fn a_stopped_reader_stops_neither_loop_nor_input_and_the_drops_are_counted() {
    let (mut program, stdout) = unread();
    let port = program.listens();
    let peer = Peer::bind();
    let big = "x".repeat(10_000);
    let mut sent = 0;
    // Each datagram is answered by a typed line, so none is lost on the way and the loop is seen to go on.
    for n in 0..100 {
        peer.says(port, big.as_bytes());
        sent += 1;
        program.types(&format!("line {n}"));
        assert_eq!(peer.hears(), format!("line {n}").as_bytes());
    }
    peer.says(port, b"the last one");
    program.types("done");
    peer.hears();
    let mut told = program.err.line();
    if told.starts_with("lines go to") {
        told = program.err.line();
    }
    assert_eq!(told, "nobody reads standard output: messages are dropped until it is read");
    program.read_out(stdout);
    let dropped = program.err.line();
    let dropped: usize = dropped.split(' ').next().unwrap().parse().expect("a count");
    assert!(dropped > 0);
    peer.says(port, b"and now the end");
    let mut shown = 0;
    loop {
        let line = program.out.line();
        shown += 1;
        if line.ends_with("and now the end") {
            break;
        }
        assert!(line.ends_with(&big) || line.ends_with("the last one"), "no record is torn");
    }
    assert_eq!(shown + dropped, sent + 2, "every message is shown or counted");
}

#[test]
fn notices_on_the_same_pipe_tear_no_record() {
    let mut command = std::process::Command::new("sh");
    command.args(["-c", r#"exec "$0" plain --bind 127.0.0.1:0 2>&1"#, env!("CARGO_BIN_EXE_chinwag")]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("sh is there");
    let mut stdout = child.stdout.take().expect("piped");
    let mut program = Program::adopt(child);
    let mut first = Vec::new();
    while first.last() != Some(&b'\n') {
        let mut byte = [0];
        stdout.read_exact(&mut byte).expect("it says where it listens");
        first.push(byte[0]);
    }
    let first = String::from_utf8(first).expect("UTF-8");
    let port: u16 = first.trim().rsplit_once(':').expect("a port").1.parse().expect("a number");
    // Two who write in turn make a notice with each record, and nobody reads.
    let (alice, bob) = (Peer::bind(), Peer::bind());
    for _ in 0..100 {
        for peer in [&alice, &bob] {
            peer.says(port, "m".repeat(5_000).as_bytes());
            // A line that was read before the message goes to the other one; then it is typed again.
            let heard = (0..600).any(|_| {
                program.types("answer");
                peer.hears_soon() == Some(b"answer".to_vec())
            });
            assert!(heard, "whoever wrote last is answered");
        }
    }
    program.read_out(stdout);
    program.end_input();
    for line in program.out.rest() {
        let is_record = line.starts_with("[127.0.0.1:") && line.ends_with('m') && line.len() > 5_000;
        let is_notice = line.starts_with("lines go to ") || line.contains("standard output");
        assert!(is_record || is_notice && line.len() < 100, "{line}");
    }
}

#[test]
fn what_came_in_time_counts_though_the_program_was_stopped_meanwhile() {
    let peer = Peer::bind();
    let (mut program, port) = plain(&format!("--expect pong --timeout 3 {}", peer.address()));
    program.signal("STOP");
    peer.says(port, b"pong");
    assert_eq!(plain("--timeout 3.5").0.code(), 3, "another program waits the time out");
    program.signal("CONT");
    program.out.is(&format!("[{}] pong", peer.address()));
    assert_eq!(program.code(), 0);
}

#[test]
fn without_descriptors_it_says_so() {
    let mut program = shell(r#"ulimit -n 5; exec "$0" plain"#);
    assert_eq!(program.err.line(), "chinwag: cannot start: Too many open files");
    assert_eq!(program.code(), 1);
}

#[test]
fn a_slow_reader_of_the_last_records_gets_them_all() {
    let (mut program, stdout) = unread();
    let port = program.listens();
    let peer = Peer::bind();
    for n in 0..20 {
        peer.says(port, format!("{n}{}", "x".repeat(10_000)).as_bytes());
    }
    program.types("bye");
    assert_eq!(peer.hears(), b"bye");
    program.end_input();
    program.read_out(stdout); // whenever this happens, before or after the session is over
    assert_eq!(program.out.rest().len(), 20);
    assert_eq!(program.code(), 0);
}

#[test]
fn a_full_disk_is_told_in_one_sentence() {
    if !std::path::Path::new("/dev/full").exists() {
        common::skipped("this machine has no /dev/full");
        return;
    }
    let mut program = shell(r#"exec "$0" plain --bind 127.0.0.1:0 127.0.0.1:9 >/dev/full"#);
    let port = program.listens();
    Peer::bind().says(port, b"hi");
    program.err.is("chinwag: cannot write to standard output: No space left on device");
    assert_eq!(program.code(), 1);
}

#[test]
fn json_holds_everything_from_ready_to_exit_with_exact_text() {
    let mut program = chinwag("plain --json --bind 127.0.0.1:0");
    let object = |program: &mut Program| -> serde_json::Value { serde_json::from_str(&program.out.line()).unwrap() };
    let ready = object(&mut program);
    assert_eq!(ready["type"], "ready");
    let port: u16 = ready["listening"][0].as_str().unwrap().rsplit_once(':').unwrap().1.parse().unwrap();
    let peer = Peer::bind();
    peer.says(port, "a\tb\n\u{1b}[2J\u{202e} 你\n".as_bytes());
    let message = object(&mut program);
    assert_eq!(message["type"], "message");
    assert_eq!(message["from"], peer.address().to_string());
    assert_eq!(message["text"], "a\tb\n\u{1b}[2J\u{202e} 你");
    assert_eq!(object(&mut program)["kind"], "target");
    peer.says(port, b"\xff\xfe");
    assert_eq!(object(&mut program)["base64"], "//4=");
    program.types("bad \0");
    let error = object(&mut program);
    assert_eq!((error["type"].as_str(), error["line"].as_u64()), (Some("error"), Some(1)));
    program.end_input();
    let exit = object(&mut program);
    assert_eq!((exit["type"].as_str(), exit["code"].as_u64()), (Some("exit"), Some(1)));
    assert_eq!(program.err.rest(), [""; 0], "nothing on standard error");
    assert_eq!(program.code(), 1);
}

#[test]
fn idle_it_sleeps_in_one_thread_and_wakes_for_nothing() {
    let (program, _) = plain("127.0.0.1:9");
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{}/{file}", program.id())).unwrap_or_default();
    let switches = || read("status").lines().filter(|line| line.contains("ctxt_switches")).collect::<String>();
    // Another program lets half a second pass. At first this one may still be on its way to sleep.
    let is_asleep = (0..5).any(|_| {
        let before = switches();
        assert_eq!(plain("--timeout 0.5").0.code(), 3);
        switches() == before
    });
    assert!(is_asleep, "half a second without a wake-up");
    assert_eq!(std::fs::read_dir(format!("/proc/{}/task", program.id())).unwrap().count(), 1, "one thread");
}
